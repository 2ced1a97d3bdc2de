"""The parts that the commands that send share: mode, price, a run that sends nothing, the end of a dry run."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.connector import connector_or_reason
from orangeday.commands.files import must_be_named
from orangeday.commands.ledgers import brakes, ledger_to_read, live_ledger
from orangeday.content.plan import Delivery, Plan
from orangeday.content.pricing import charges
from orangeday.engine import years
from orangeday.engine.alerts import Alerts, Cause, causes
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import Standing, look
from orangeday.engine.years import Idle, is_unfinished
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.rules.catalogue import hindrances
from orangeday.views import console, sentences

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def is_live(plan: Plan, dry_run: bool, live: bool) -> bool:
    """Return whether to send for real: as the options say, or else the config. Raises OrangedayError."""
    if dry_run and live:
        raise OrangedayError("Use --dry-run or --live, not both.")
    return live or (plan.config.live and not dry_run)


def nothing_to_send(plan: Plan, live: bool, campaign: str | None) -> Idle | None:
    """Return why a run may send nothing at all, where that is so: its campaign is over, or isn't the one meant.

    No ledger is made for that. Raises OrangedayError where there is no campaign of that name.
    """
    if live:
        must_be_named(plan)
    elif campaign is None:
        return None
    with ledger_to_read(plan) as ledger:
        return years.nothing_to_send(plan, ledger, system_clock(), campaign)


def do_nothing(plan: Plan, idle: Idle, live: bool) -> list[Standing]:
    """Do all that a live run does when it may send nothing, and return the state of what it looked after.

    It looks after what is in doubt, and what was missed, of what ran last; and alerts somebody if a person is needed.
    """
    from orangeday.ledger.connection import exists

    touched: list[Standing] = []
    now = system_clock()
    if live and exists(plan.config.ledger_url):
        with closing(live_ledger(plan)) as ledger, closing(Alerts(ledger, system_clock, _in_red)) as alerts:
            found = [Cause("held, all of it", idle.why)] if idle.needs_person else []
            if idle.over and is_unfinished(idle.over, ledger, now):
                with closing(
                    Publisher(idle.over, ledger, connector_or_reason(idle.over), system_clock, live=True)
                ) as publisher:
                    touched = publisher.wind_up(now)
                found += causes(touched)
            alerts.tell(idle.over or plan, found)
    return touched


def _in_red(wrong: str) -> None:
    console.say(wrong, "red")


def price_of(
    plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery], *, held: bool = False
) -> str | None:
    """Return what is charged for those of these that may still go out, to be said before anything does.

    With `held` those as well that are due and held now, since they may be let go.
    """
    prices = plan.config.prices
    charged = [delivery for delivery in deliveries if delivery.platform in prices]
    approved = approvals.load(plan.campaign.folder) if plan.config.require_approval and charged else None
    ahead = (State.SCHEDULED, State.DEFERRED, *([State.HELD] if held else []))
    going = [s.delivery for s in look(plan, ledger, now, charged, approved) if s.state in ahead]
    return sentences.charged(charges(going, prices))


def parting_words(plan: Plan, now: datetime) -> str:
    """Return the last words of a dry run: that it was one, and what a live run would hold, and why."""
    words = ["Dry run: nothing was sent, and nothing is remembered."]
    concerns = [problem.concern for problem in hindrances(plan, list(plan))]
    ahead = [d for d in plan if d.closes > now]
    held = sum(any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in concerns) for d in ahead)
    if held:
        words.append(
            f"{held} of the {len(ahead)} posts to come are held by errors in the files: see `orangeday check`."
        )
    if plan.config.require_approval:
        approved = approvals.load(plan.campaign.folder)
        withdrawn = sum(approved.taken_down(delivery) is not None for delivery in ahead)
        unapproved = sum(approved.objection(delivery) is not None for delivery in ahead) - withdrawn
        if withdrawn:
            words.append(f"{withdrawn} were withdrawn and are not posted: see `orangeday status`.")
        if unapproved > 0:
            words.append(f"{unapproved} are held until they are approved: see `orangeday approve --diff`.")
    words += [f"Live runs are held: {pause.scope}, {pause}. `orangeday resume` lets them go." for pause in brakes(plan)]
    return " ".join(words)
