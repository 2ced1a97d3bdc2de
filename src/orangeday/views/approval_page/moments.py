"""Times and dates on the page: on an embassy's own clock, and in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from orangeday.clock import zone
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import day_and_month
from orangeday.views.approval_page.model import EmbassyTimes, Moment


def moment_of(delivery: Delivery) -> Moment:
    there = delivery.local(delivery.due)
    return Moment(
        iso=there.isoformat(),
        local=f"{there:%H:%M}" if there.date() == delivery.date else f"{there:%H:%M} on {day_and_month(there)}",
        zone=zone(there),
        utc=_utc(delivery.due, delivery.date),
    )


def times_of(theirs: Sequence[Delivery]) -> EmbassyTimes:
    """Return the times of one embassy's deliveries of a day.

    The platforms are named where a language isn't on all that the embassy has accounts on."""
    accounts = len(theirs[0].embassy.accounts)
    groups: dict[str, list[Delivery]] = {}
    for delivery in theirs:
        groups.setdefault(str(delivery.language), []).append(delivery)
    posts = [
        (
            language,
            moment_of(alike[0]),
            "" if len(alike) == accounts else " and ".join(PLATFORMS[d.platform].title for d in alike),
        )
        for language, alike in groups.items()
    ]
    return EmbassyTimes(theirs[0].embassy.id, posts[0][1].zone, tuple(posts))


def _utc(moment: datetime, date: date) -> str:
    """Return `08:00`, with the day before it where that isn't `date`."""
    there = moment.astimezone(UTC)
    return f"{there:%H:%M}" if date == there.date() else f"{day_and_month(there)} {there:%H:%M}"


def utc_date_time(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{day_and_month(there)} {there.year}, {there:%H:%M} UTC"
