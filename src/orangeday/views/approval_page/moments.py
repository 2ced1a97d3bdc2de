"""Times on the page: on an embassy's own clock, and in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

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


def times_of(deliveries_by_embassy: Mapping[str, Sequence[Delivery]], words: PageLanguage) -> Iterator[EmbassyTimes]:
    """Yield the times of a day's deliveries; embassies that post at the same times on the same clock stand together.

    The platforms are named where a language isn't on all that the embassy has accounts on.
    """
    embassies: dict[tuple[tuple[str, datetime, str, str], ...], list[Sequence[Delivery]]] = {}
    for deliveries in deliveries_by_embassy.values():
        accounts = len(deliveries[0].embassy.accounts)
        by_language: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            by_language.setdefault(str(delivery.language), []).append(delivery)
        times = tuple(
            (
                language,
                group[0].due,
                utc_offset(group[0].local(group[0].due)),
                "" if len(group) == accounts else words.join(PLATFORMS[d.platform].title for d in group),
            )
            for language, group in by_language.items()
        )
        embassies.setdefault(times, []).append(deliveries)
    for times, groups in embassies.items():
        first = {str(delivery.language): delivery for delivery in reversed(groups[0])}
        posts = tuple((language, moment_of(first[language], words), platforms) for language, _, _, platforms in times)
        yield EmbassyTimes(tuple(group[0].embassy.id for group in groups), posts[0][1].zone, posts)
