"""Sentences that several commands say: the campaign's dates, charges, pauses, and errors in the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from orangeday.clock import DAYS, utc
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.content.platform_section import Prices
from orangeday.content.pricing import identity_charges
from orangeday.content.problems import Problem, errors
from orangeday.platforms.registry import title_of
from orangeday.text.phrases import date_range, plural, short_list

if TYPE_CHECKING:
    from orangeday.content.pricing import Charges
    from orangeday.ledger.records import Pause


def file_errors(problems: Iterable[Problem]) -> str | None:
    """Return a line that says how many errors are in the files; None where there are none."""
    number = len(errors(set(problems)))
    return (
        f"{plural(number, 'error')} in the files: what they concern is held. See `orangeday check`." if number else None
    )


def campaign_dates(plan: Plan) -> str:
    """Return the campaign's id and its dates: `16days-2026: Wed 25 Nov – Thu 10 Dec 2026`."""
    return f"{plan.campaign_id}: {date_range(plan.first, plan.date(DAYS[-1]))}"


def utc_beside(local_moment: datetime) -> str:
    """Return a moment in UTC, to stand behind its local time: `06:00 UTC`; where its date is another, with the date."""
    utc_moment = local_moment.astimezone(UTC)
    return f"{utc_moment:%H:%M} UTC" if utc_moment.date() == local_moment.date() else utc(utc_moment, with_year=False)


def cards_summary(drawn_count: int, current_count: int, custom_count: int) -> str:
    """Return a line that says how many cards were drawn, were up to date, or were the embassy's own."""
    parts = [f"{plural(drawn_count, 'card')} drawn"]
    if current_count:
        parts.append(f"{current_count:,} up to date")
    if custom_count:
        parts.append(f"{plural(custom_count, 'picture')} of your own left alone")
    return ", ".join(parts) + "."


def charges_summary(charges_by_platform: Mapping[str, Charges]) -> str | None:
    """Return a line with what each platform will charge; None where no post goes to a platform that charges."""
    return (
        " ".join(
            _charges_sentence(platform, charges) for platform, charges in charges_by_platform.items() if charges.posts
        )
        or None
    )


def _charges_sentence(platform: str, charges: Charges) -> str:
    link_count = {0: "none", charges.posts: "all"}.get(charges.with_link, f"{charges.with_link:,}")
    posts = f"{plural(charges.posts, 'post')}, {link_count} with a link,"
    if charges.alt_texts:
        posts += f" and {plural(charges.alt_texts, 'alt text')},"
    dollars = f"about ${charges.dollars:,.2f}"
    return f"{title_of(platform)} will charge {dollars} for {posts} at the prices listed on {charges.price_date}."


PAUSED_LABEL = "PAUSED."
"""The word in place of the next hour, while all is paused."""


def is_all_paused(pauses: Iterable[Pause]) -> bool:
    """Return whether a pause covers everything, so that nothing can go out."""
    return any(pause.scope == "everything" for pause in pauses)


def account_names(account_list: Iterable[Account]) -> str:
    """Return accounts as a person knows them: `@be_nairobi on X, …`."""
    names = [f"@{account.handle} on {title_of(account.platform)}" for account in account_list]
    return f"{short_list(names, 6)}."


def pause_notice(pause: Pause, plan: Plan) -> str:
    """Return the sentence about an active pause, since when on the embassies' clock, and the command that ends it."""
    resume_command = "orangeday resume" if pause.scope == "everything" else f"orangeday resume {pause.scope}"
    until = "" if f"`{resume_command}`" in pause.reason else f" It lasts until `{resume_command}`."
    words = str(pause).replace(f"{pause.since:%Y-%m-%d %H:%M} UTC", plan.clock_text(pause.since), 1)
    return f"{pause.scope[:1].upper()}{pause.scope[1:]} is {words}.{until}"


def identity_cost(accounts: Iterable[Account], prices: Mapping[str, Prices]) -> str | None:
    """Return the sentence about what is charged for asking whose these accounts are; None where nothing is."""
    sentences = [
        f"{title_of(platform)} charges about ${dollars:,.2f} a day for saying who {plural(number, 'account')} "
        f"{'is' if number == 1 else 'are'}, at the price listed on {prices[platform].price_date}."
        for platform, (number, dollars) in identity_charges(accounts, prices).items()
        if dollars
    ]
    return " ".join(sentences) or None


def reading_cost(platform: str, posts: int, dollars: float, price_date: date) -> str:
    """Return the sentence about what a platform charges for posts that are read back."""
    return (
        f"{title_of(platform)} will charge about ${dollars:,.3f} for reading {plural(posts, 'post')} back, "
        f"at the price listed on {price_date}."
    )
