"""Rules about accounts, hours, approvals and prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from orangeday.approvals import compare, model
from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, year_after, zone
from orangeday.content import time_zones as zones
from orangeday.content import toml as source
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.content.problems import NOTHING, Concern, Problem, error, warning
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.context import Case


def past_midnight(case: Case) -> Iterator[Problem]:
    """Yield an error for each text that `spacing` pushes past midnight: it would speak of a day that is over."""
    late: dict[tuple[int, str, str], Delivery] = {}
    for delivery in case.deliveries:
        # Without any catch_up every window is empty, at any hour; config.py says so.
        if delivery.closes <= delivery.due and case.plan.config.catch_up:
            late.setdefault((delivery.number, delivery.embassy.id, delivery.language), delivery)
    for (number, embassy, language), delivery in late.items():
        at = delivery.local(delivery.due)
        message = f"“{language}” would go out at {at:%H:%M} on the next day."
        hint = "Make “spacing” shorter or “time” earlier."
        concern = Concern(number, frozenset({embassy}), language=language)
        yield error("past-midnight", delivery.embassy.languages[0].where, message, hint, concern)


def past_campaign(case: Case) -> Iterator[Problem]:
    """Yield a warning where the campaign is over, as with last year's “start”: nothing would be posted any more."""
    plan, config = case.plan, case.plan.config
    if case.now and config.start and plan.is_over(case.now):
        last = plan.date(DAYS[-1])
        message = f"the campaign is over: its last day was {last.day} {last:%B %Y}."
        hint = f"For the next one write: start = {year_after(plan.first, case.now)}"
        yield warning("past-campaign", config.where_start(), message, hint, NOTHING)


def zone_data_differs(case: Case) -> Iterator[Problem]:
    """Yield a warning for each zone in which two sets of zone data differ: other calendars would show other hours."""
    for found, embassies in differing_zones(case.deliveries):
        top = source.read(case.plan.config.file, []) or source.empty(case.plan.config.file)
        where = top.document.where(("embassies", embassies[0], "timezone"))
        at, other = (found.moment.astimezone(data.zone) for data in (found.used, found.other))
        message = (
            f"for {found.used.zone.key} two sets of zone data differ: at the post of {at:%A} {at.day} {at:%B %Y} it is "
            f"{zone(at)} by {found.used.of}, which is used, and {zone(other)} by {found.other.of}."
        )
        if found.by_hand:
            hint = "Unset PYTHONTZPATH, unless you mean it: then the newer data is used."
        else:
            hint = "Nothing to correct in this file. Update the older data, so that your calendars show the same hours."
        yield warning("zone-data-differs", where, message, hint, NOTHING)


def differing_zones(deliveries: Iterable[Delivery]) -> Iterator[tuple[zones.Difference, list[str]]]:
    """Yield each zone in which two sets of zone data differ at a due time: the first difference, and its embassies.

    Each zone is looked at once, however many embassies are in it.
    """
    moments: dict[str, dict[datetime, None]] = {}
    embassies: dict[str, dict[str, None]] = {}
    for delivery in deliveries:
        name = delivery.embassy.timezone.key
        moments.setdefault(name, {})[delivery.due] = None
        embassies.setdefault(name, {})[delivery.embassy.id] = None
    for name, due in moments.items():
        if found := zones.difference(name, due):
            yield found, [*embassies[name]]


# Who speaks, and what is shown


def shared_account(case: Case) -> Iterator[Problem]:
    """Yield an error for each account of two embassies: one would speak for the other, as when a section is copied."""
    owners: dict[tuple[str, str], Account] = {}
    for account in case.plan.accounts:
        first = owners.setdefault((account.platform, account.handle.lstrip("@").casefold()), account)
        if first is not account:
            title = PLATFORMS[account.platform].title
            message = f"“{account.handle}” is the account of {first.embassy} on {title}, and of {account.embassy} too."
            hint = f"Give {account.embassy} its own, or put all languages of this account into one embassy."
            concern = Concern(embassies=frozenset({first.embassy, account.embassy}), platform=account.platform)
            yield error("shared-account", account.handle.where, message, hint, concern)


def idle_account(case: Case) -> Iterator[Problem]:
    """Yield a warning for each account on which every day is skipped: seldom does anybody mean that."""
    posting = {(delivery.embassy.id, delivery.platform) for delivery in case.deliveries}
    for embassy in case.plan.config.embassies.values():
        for account in embassy.accounts if embassy.languages else ():
            if (embassy.id, account.platform) not in posting:
                message = f"nothing goes out on {account}: every day is skipped."
                hint = "Take days out of “skip”, or add some to “days”; or delete the account."
                concern = Concern(embassies=frozenset({embassy.id}), platform=account.platform)
                yield warning("idle-account", account.handle.where, message, hint, concern)


def old_prices(case: Case) -> Iterator[Problem]:
    """Yield a warning for prices that are older than 180 days: the person who pays needs today's."""
    for platform, prices in case.plan.config.prices.items():
        title = PLATFORMS[platform].title
        days = (case.now.date() - prices.listed).days if case.now else 0
        if days > 180 and any(delivery.platform == platform for delivery in case.deliveries):
            message = f"the prices of {title} are those of {prices.listed}, {days} days ago."
            hint = f"Look them up at {title}, and write them with the new date below [{platform}.prices]."
            yield warning("old-prices", prices.where, message, hint, NOTHING)


def no_longer_approved(case: Case) -> Iterator[Problem]:
    """Yield a warning for each approved text that has changed: live runs don't post it, and its author may not know."""
    stored = approvals.load(case.plan.campaign.folder)
    yield from stored.problems
    if not stored.entries:
        return
    for change in compare.changes(case.plan, stored, case.deliveries):
        # What a person took down, and what is still to be approved for this campaign, is no mistake in the files.
        if change.kind in (model.Kind.CHANGED, model.Kind.GONE, model.Kind.EDITED):
            number, language, embassy = change.subject
            own = frozenset({embassy}) if embassy else None
            # An embassy's names are in all of its texts, which are none the worse for it.
            concern = Concern(number, own, language=language) if number else NOTHING
            hint = f"It is not sent until somebody approves it as it is: {change.command}"
            yield warning("no-longer-approved", change.where, f"{change.why}.", hint, concern)
