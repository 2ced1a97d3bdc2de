"""Times on the page: on an embassy's own clock, and in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from orangeday.clock import utc_offset
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.views.approval_page.model import EmbassyTimes, Moment
from orangeday.views.approval_page.page_language import PageLanguage


def moment_of(delivery: Delivery, words: PageLanguage) -> Moment:
    local_time, utc_time = delivery.local(delivery.due), delivery.due.astimezone(UTC)
    local = f"{local_time:%H:%M}"
    if local_time.date() != delivery.date:
        local = words("fold.on_date", time=local, date=words.day_month(local_time.date()))
    utc = f"{utc_time:%H:%M}"
    if utc_time.date() != delivery.date:
        utc = f"{words.day_month(utc_time.date())} {utc}"
    return Moment(iso=local_time.isoformat(), local=local, zone=utc_offset(local_time), utc=utc)


def times_of(deliveries: Sequence[Delivery], words: PageLanguage) -> EmbassyTimes:
    """Return the times of one embassy's deliveries of a day.

    The platforms are named where a language isn't on all that the embassy has accounts on."""
    accounts = len(deliveries[0].embassy.accounts)
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(str(delivery.language), []).append(delivery)
    posts = [
        (
            language,
            moment_of(group[0], words),
            "" if len(group) == accounts else words.join(PLATFORMS[d.platform].title for d in group),
        )
        for language, group in groups.items()
    ]
    return EmbassyTimes(deliveries[0].embassy.id, posts[0][1].zone, tuple(posts))
