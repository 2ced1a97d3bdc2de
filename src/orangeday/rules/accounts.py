"""Rules about accounts, hours, approvals and prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from orangeday.approvals import compare, model
from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, utc_offset, year_after
from orangeday.content import time_zones as zones
from orangeday.content import toml_file as source
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.content.problems import NO_DELIVERY, Problem, Scope, error, warning
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.context import RuleContext


def past_midnight(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text that `spacing` pushes past midnight: it would speak of a day that is over."""
    late: dict[tuple[int, str, str], Delivery] = {}
    for delivery in context.deliveries:
        # Without any catch_up every window is empty, at any hour; config.py says so.
        if delivery.deadline <= delivery.due and context.plan.config.catch_up:
            late.setdefault((delivery.number, delivery.embassy.id, delivery.language), delivery)
    for (number, embassy, language), delivery in late.items():
        local_time = delivery.local(delivery.due)
        message = f"“{language}” would go out at {local_time:%H:%M} on the next day."
        hint = "Make “spacing” shorter or “time” earlier."
        scope = Scope(number, frozenset({embassy}), language=language)
        yield error("past-midnight", delivery.embassy.languages[0].location, message, hint, scope)


def past_campaign(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning where the campaign is over, as with last year's “start”: nothing would be posted any more."""
    plan, config = context.plan, context.plan.config
    if context.now and config.start and plan.is_over(context.now):
        last = plan.date(DAYS[-1])
        message = f"the campaign is over: its last day was {last.day} {last:%B %Y}."
        hint = f"For the next one write: start = {year_after(plan.first, context.now)}"
        yield warning("past-campaign", config.start_location(), message, hint, NO_DELIVERY)


def zone_data_differs(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each zone in which two sets of zone data differ: other calendars would show other hours."""
    for difference, embassies in differing_zones(context.deliveries):
        top = source.read(context.plan.config.file, []) or source.empty_table(context.plan.config.file)
        location = top.document.location(("embassies", embassies[0], "timezone"))
        local_time, other_time = (
            difference.moment.astimezone(data.zone) for data in (difference.used, difference.alternative)
        )
        message = (
            f"for {difference.used.zone.key} two sets of zone data differ: "
            f"at the post of {local_time:%A} {local_time.day} {local_time:%B %Y} it is "
            f"{utc_offset(local_time)} by {difference.used.source}, which is used, "
            f"and {utc_offset(other_time)} by {difference.alternative.source}."
        )
        if difference.by_hand:
            hint = "Unset PYTHONTZPATH, unless you mean it: then the newer data is used."
        else:
            hint = "Nothing to correct in this file. Update the older data, so that your calendars show the same hours."
        yield warning("zone-data-differs", location, message, hint, NO_DELIVERY)


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
        if difference := zones.difference(name, due):
            yield difference, [*embassies[name]]


# Who speaks, and what is shown


def shared_account(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each account of two embassies: one would speak for the other, as when a section is copied."""
    owners: dict[tuple[str, str], Account] = {}
    for account in context.plan.accounts:
        owner = owners.setdefault((account.platform, account.handle.lstrip("@").casefold()), account)
        if owner is not account:
            title = PLATFORMS[account.platform].title
            message = f"“{account.handle}” is the account of {owner.embassy} on {title}, and of {account.embassy} too."
            hint = f"Give {account.embassy} its own, or put all languages of this account into one embassy."
            scope = Scope(embassies=frozenset({owner.embassy, account.embassy}), platform=account.platform)
            yield error("shared-account", account.handle.location, message, hint, scope)


def idle_account(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each account on which every day is skipped: seldom does anybody mean that."""
    posting = {(delivery.embassy.id, delivery.platform) for delivery in context.deliveries}
    for embassy in context.plan.config.embassies.values():
        for account in embassy.accounts if embassy.languages else ():
            if (embassy.id, account.platform) not in posting:
                message = f"nothing goes out on {account}: every day is skipped."
                hint = "Take days out of “skip”, or add some to “days”; or delete the account."
                scope = Scope(embassies=frozenset({embassy.id}), platform=account.platform)
                yield warning("idle-account", account.handle.location, message, hint, scope)


def old_prices(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for prices that are older than 180 days: the person who pays needs today's."""
    for platform, prices in context.plan.config.prices.items():
        title = PLATFORMS[platform].title
        days = (context.now.date() - prices.price_date).days if context.now else 0
        if days > 180 and any(delivery.platform == platform for delivery in context.deliveries):
            message = f"the prices of {title} are those of {prices.price_date}, {days} days ago."
            hint = f"Look them up at {title}, and write them with the new date below [{platform}.prices]."
            yield warning("old-prices", prices.location, message, hint, NO_DELIVERY)


def no_longer_approved(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each approved text that has changed: live runs don't post it, and its author may not know."""
    campaign_approvals = approvals.load(context.plan.campaign.folder)
    yield from campaign_approvals.problems
    if not campaign_approvals.entries:
        return
    for change in compare.changes(context.plan, campaign_approvals, context.deliveries):
        # What a person took down, and what is still to be approved for this campaign, is no mistake in the files.
        if change.kind in (model.Kind.CHANGED, model.Kind.GONE, model.Kind.EDITED):
            number, language, embassy = change.subject
            embassies = frozenset({embassy}) if embassy else None
            # An embassy's names are in all of its texts, which are none the worse for it.
            scope = Scope(number, embassies, language=language) if number else NO_DELIVERY
            hint = f"It is not sent until somebody approves it as it is: {change.command}"
            yield warning("no-longer-approved", change.location, f"{change.explanation}.", hint, scope)
