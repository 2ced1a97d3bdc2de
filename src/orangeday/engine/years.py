"""The campaign that is meant: the one that a live run may send, and the one that a look back or correction is about.

A campaign is told apart by its id and its year: `16days-2026`. The files plan one of them; the ledger may know more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from orangeday.clock import DAYS, first_day_of, running_or_next, year_after
from orangeday.content import toml as source
from orangeday.content.plan import Plan
from orangeday.content.problems import nearest
from orangeday.errors import OrangedayError

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger
    from orangeday.ledger.records import Row

_BEFORE = timedelta(days=30)
"""The time before its day 1 from which on the coming campaign is meant, and no longer the one that ran last.

Where none has run from here, last year's is meant for as long after its end.
"""
_A_WEEK = timedelta(days=7)
"""The time after its end for which a campaign's posts in doubt are still looked after."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The reason why a live run sends nothing at all."""

    why: str
    needs_person: bool
    over: Plan | None = None
    """The campaign that is over, where that is the reason."""


def first_day(campaign: str, campaign_id: str) -> date | None:
    """Return day 1 of the campaign of this name, where it has this id; None where it has another, or names no year."""
    before, _, year = campaign.rpartition("-")
    return first_day_of(int(year)) if before == campaign_id and re.fullmatch("20[0-9]{2}|2100", year) else None


def plan_to_review(plan: Plan, ledger: Ledger, now: datetime, campaign: str | None = None) -> Plan:
    """Return the campaign that a look back or a correction is about; `plan` is the one that the files make.

    It is the one named by `campaign`; or else the one that runs; or the one that begins within thirty days; or the
    one that this ledger served last. Raises OrangedayError where there is none of that name.
    """
    served = ledger.served()
    if campaign is not None:
        return _named(plan, ledger, served, campaign, now)
    last = campaign_of(plan, ledger, served[-1]) if served else None
    if last and not last.is_over(now):
        return last
    if not plan.is_over(now) and plan.begins - _BEFORE <= now:
        return plan
    if last:
        return plan if plan.is_over(now) and plan.first > last.first else last
    # Nothing has run from here. Who looks just after the end means that one; who looks later prepares the next.
    before = plan.starting(first_day_of(plan.first.year - 1))
    lately = plan.config.start is None and not plan.is_over(now) and now < before.gone + _BEFORE
    return before if lately else plan


def campaign_of(plan: Plan, ledger: Ledger, campaign: str) -> Plan:
    """Return what these files plan for a campaign that the ledger knows, which may be another than theirs."""
    if campaign == plan.campaign_id:
        return plan
    campaign_id, _, year = campaign.rpartition("-")
    began = _first_day_as_it_went(plan, ledger.campaign(campaign).values())
    if began is None or f"{began.year}" != year:
        began = first_day_of(int(year))
    return plan.starting(began, None if campaign_id == plan.campaign.id else campaign_id)


def nothing_to_send(plan: Plan, ledger: Ledger, now: datetime, campaign: str | None = None) -> Idle | None:
    """Return the reason why a live run may send nothing of `plan`, which the files make; None where it may.

    Where `campaign` is named, nothing of another is sent. What has served one campaign begins another only where the
    config or `campaign` names it. Raises OrangedayError where there is no campaign of that name.
    """
    served = ledger.served()
    last = campaign_of(plan, ledger, served[-1]) if served else None
    if campaign is not None and campaign != plan.campaign_id:
        named = _any_year(plan, ledger, served, campaign)
        if named.is_over(now):
            return Idle(over_in_words(named, plan, now), False, named)
        return Idle(f"{_not_this_one(plan, campaign)}. Nothing is sent until that is corrected.", True)
    if plan.is_over(now):
        if last and last.campaign_id != plan.campaign_id and not last.is_over(now):
            return Idle(
                f"{_what_the_files_plan(plan)}, which is over, and {last.campaign_id} isn't yet. "
                "Nothing is sent until that is corrected.",
                True,
            )
        return Idle(over_in_words(plan, plan, now), False, plan)
    if campaign is not None or plan.config.start or last is None or plan.campaign_id in served:
        return None
    if not last.is_over(now):
        return Idle(
            f"{_what_the_files_plan(plan)}, and {last.campaign_id}, which went out from here so far, isn't over. "
            f"Nothing is sent. Write the old id there again; or, if a new campaign is meant, write "
            f"start = {plan.first} under [campaign] in {plan.config.file}.",
            True,
        )
    why, has_come = over_in_words(last, plan, now), plan.begins <= now
    if has_come:
        why += f" Until then nothing of {plan.campaign_id} goes out, whose day 1 has come."
    return Idle(why, has_come, last)


def may_follow(before: Plan, plan: Plan, now: datetime, campaign: str | None = None) -> str | None:
    """Return the reason why a running program can't go on from one reading of the files to the next, or None."""
    if campaign is not None and plan.campaign_id != campaign:
        return f"{_not_this_one(plan, campaign)}. Nothing is sent until that is corrected."
    if plan.campaign_id != before.campaign_id and plan.is_over(now) and not before.is_over(now):
        return (
            f"{_what_the_files_plan(plan)}, which is over, and {before.campaign_id} isn't yet. "
            "Nothing is sent until that is corrected."
        )
    if plan.campaign_id != before.campaign_id and before.is_running(now):
        # A slip, most likely. Nothing of the other is known: it would be begun, and this one left where it is.
        return (
            f"{_what_the_files_plan(plan)}, and {before.campaign_id}, which is running, isn't over. Nothing is sent "
            "until that is corrected. If the other campaign is meant, stop this program and start it again."
        )
    return None


def is_unfinished(over: Plan, ledger: Ledger, now: datetime) -> bool:
    """Return whether a campaign that is over has posts whose end isn't known yet.

    After a week it returns False: that is left to a person.
    """
    if over.ends is None or now >= over.ends + _A_WEEK:
        return False
    looked = ledger.swept(over.campaign_id, over.scope)
    return (looked is not None and looked < over.ends) or bool(ledger.in_doubt(over.campaign_id))


def _named(plan: Plan, ledger: Ledger, served: list[str], campaign: str, now: datetime) -> Plan:
    """Return the campaign of this name: one that the ledger has served, the files' own, or the calendar's last or next.

    Raises OrangedayError where it is none of these.
    """
    coming = running_or_next(now).year
    by_calendar = [f"{plan.campaign.id}-{year}" for year in (coming - 1, coming)]
    known = [*dict.fromkeys([*served, *by_calendar, plan.campaign_id])]
    if campaign not in known:
        raise _unknown(campaign, known)
    return campaign_of(plan, ledger, campaign)


def _any_year(plan: Plan, ledger: Ledger, served: list[str], campaign: str) -> Plan:
    """Return the campaign of this name: one that the ledger has served, or the files' own, of whatever year.

    Raises OrangedayError where it is none of these.
    """
    if campaign not in served and first_day(campaign, plan.campaign.id) is None:
        raise _unknown(campaign, [*dict.fromkeys([*served, plan.campaign_id])])
    return campaign_of(plan, ledger, campaign)


def _unknown(campaign: str, known: list[str]) -> OrangedayError:
    return OrangedayError(
        f"There is no campaign “{campaign}”. {nearest(campaign, known)}There are: {', '.join(known)}."
    )


def _first_day_as_it_went(plan: Plan, rows: Iterable[Row]) -> date | None:
    """Return day 1 of a campaign, by the hours at which its posts were due, or None without posts.

    The config may have had another start than now.
    """
    found: Counter[date] = Counter()
    for row in rows:
        embassy = plan.config.embassies.get(row.embassy)
        there = row.due.astimezone(embassy.timezone if embassy else UTC).date()
        found[there - timedelta(days=row.day - 1)] += 1
    return found.most_common(1)[0][0] if found else None


# In words


def over_in_words(over: Plan, plan: Plan, now: datetime) -> str:
    """Return the text that a campaign is over, and which line the config needs for the next; the files make `plan`."""
    day = over.date(DAYS[-1])
    said = f"The campaign {over.campaign_id} is over (its last day was {day.day} {day:%B %Y}). Next: orangeday report."
    if plan.campaign_id != over.campaign_id and plan.config.start and not plan.is_over(now):
        return f"{said} {plan.config.file} plans {plan.campaign_id} by now."
    start = year_after(over.first, now)
    return f"{said} For the next one write start = {start} under [campaign] in {plan.config.file}."


def _not_this_one(plan: Plan, campaign: str) -> str:
    return f"This line is for {campaign}, and {_what_the_files_plan(plan)}"


def _what_the_files_plan(plan: Plan) -> str:
    """Return in words what the files plan: `config.toml plans 16days-2025 (start = 2025-11-25, config.toml:7)`."""
    config = plan.config
    if config.start:
        return f"{config.file} plans {plan.campaign_id} (start = {config.start}, {config.where_start()})"
    file = plan.campaign.folder / "campaign.toml"
    where = (source.read(file, []) or source.empty(file)).document.where(("id",))
    return f"{config.file} plans {plan.campaign_id} (id = “{plan.campaign.id}”, {where})"
