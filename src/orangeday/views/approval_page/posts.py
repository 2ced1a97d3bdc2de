"""One post as it will look: its text, its length on each platform, its card; and how other embassies' texts differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup

from orangeday.content.plan import Delivery
from orangeday.content.wording import tags
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import plural
from orangeday.views import html as paper
from orangeday.views.approval_page.markup import marked_difference, marked_text
from orangeday.views.approval_page.model import LinkCard, Post, PostPicture, TextLength
from orangeday.views.approval_page.moments import moment_of

_NEARLY = 20
"""The number of characters left from which on a page says how many they are."""


def appearance(delivery: Delivery) -> object:
    """Return a value that is equal for two deliveries that look the same."""
    text = delivery.wording.text[: paper.MOST] if delivery.wording else ""
    marked = tuple(facet[:3] for facet in PLATFORMS[delivery.platform].facets(text))
    return delivery.embassy.id, text, marked, delivery.media, _card(delivery)


def build_post(alike: Sequence[Delivery], shown: tuple[PostPicture, ...]) -> Post:
    first = alike[0]
    wording, names = first.wording, first.embassy.names["embassy"]
    name = next((str(names[tag]) for tag in tags(first.language) if tag in names), first.embassy.id)
    return Post(
        accounts=tuple((PLATFORMS[d.platform].title, str(d.account.handle)) for d in alike),
        name=name[:1].upper() + name[1:],
        initial=first.embassy.id[:1].upper(),
        moment=moment_of(first),
        text=None if wording is None else marked_text(wording.text, first.platform),
        troubles=tuple(dict.fromkeys(problem.message for d in alike if d.wording for problem in d.wording.problems)),
        counted=tuple(_counted(d.platform, d.wording.text) for d in alike if d.wording),
        shown=shown,
        card=_card(first),
    )


_FACETS = {"link": "link", "tag": "hashtag", "mention": "mention"}


def _counted(platform: str, text: str) -> TextLength:
    count = PLATFORMS[platform]
    length = count.length(text)
    left = count.limit - length
    notes = [f"{-left:,} too many"] if left < 0 else []
    if count.byte_limit is not None and (size := len(text.encode())) > count.byte_limit:
        notes.append(f"{size:,} of {count.byte_limit:,} bytes")
    mood = "bad" if notes else "open" if left <= _NEARLY else "good"
    if mood == "open":
        notes.append(f"{left} left")
    found = Counter(_FACETS[kind] for _, _, kind, _ in count.facets(text[: paper.MOST]))
    notes += [plural(number, kind) for kind, number in found.items()]
    return TextLength(count.title, length, count.limit, mood, tuple(notes))


def _card(delivery: Delivery) -> LinkCard | None:
    day, campaign = delivery.day, delivery.plan.campaign
    if not PLATFORMS[delivery.platform].link_card or day is None or not day.link or delivery.media:
        return None
    try:
        host = urlsplit(day.link).hostname or ""
    except ValueError:
        host = ""
    return LinkCard(host or str(day.link), str(day.title or campaign.title), campaign.title)


def differing_texts(theirs: Sequence[Delivery], standing: Mapping[str, Delivery]) -> Iterator[tuple[str, Markup, str]]:
    """Yield the texts of other deliveries that differ from those that stand for them.

    Each has its platforms, which are together where the text is the same, the text with its differences marked, and
    its lengths.
    """
    groups: dict[str, list[Delivery]] = {}
    for delivery in theirs:
        groups.setdefault(delivery.wording.text if delivery.wording else "", []).append(delivery)
    for text, alike in groups.items():
        model = standing[alike[0].platform].wording
        if model is None or all(w and w.text == text for d in alike for w in [standing[d.platform].wording]):
            continue
        counted = [_counted(delivery.platform, text) for delivery in alike]
        counts = " · ".join(f"{c.platform} {c.length:,}/{c.limit}" for c in counted)
        platforms = " and ".join(c.platform for c in counted)
        yield platforms, marked_difference(model.text[: paper.MOST], text[: paper.MOST], only_new=True), counts
