"""Times and dates on the page: on an embassy's own clock, and in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from orangeday.clock import utc_offset
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import day_and_month
from orangeday.views.approval_page.model import EmbassyTimes, Moment


def moment_of(delivery: Delivery) -> Moment:
    local_time = delivery.local(delivery.due)
    return Moment(
        iso=local_time.isoformat(),
        local=f"{local_time:%H:%M}"
        if local_time.date() == delivery.date
        else f"{local_time:%H:%M} on {day_and_month(local_time)}",
        zone=utc_offset(local_time),
        utc=_utc(delivery.due, delivery.date),
    )


def times_of(deliveries: Sequence[Delivery]) -> EmbassyTimes:
    """Return the times of one embassy's deliveries of a day.

    The platforms are named where a language isn't on all that the embassy has accounts on."""
    accounts = len(deliveries[0].embassy.accounts)
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(str(delivery.language), []).append(delivery)
    posts = [
        (
            language,
            moment_of(group[0]),
            "" if len(group) == accounts else " and ".join(PLATFORMS[d.platform].title for d in group),
        )
        for language, group in groups.items()
    ]
    return EmbassyTimes(deliveries[0].embassy.id, posts[0][1].zone, tuple(posts))


def _utc(moment: datetime, date: date) -> str:
    """Return `08:00`, with the day before it where that isn't `date`."""
    utc_time = moment.astimezone(UTC)
    return f"{utc_time:%H:%M}" if date == utc_time.date() else f"{day_and_month(utc_time)} {utc_time:%H:%M}"


def utc_date_time(moment: datetime) -> str:
    utc_time = moment.astimezone(UTC)
    return f"{day_and_month(utc_time)} {utc_time.year}, {utc_time:%H:%M} UTC"
