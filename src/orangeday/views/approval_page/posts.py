"""One post as it will look: its text, its length on each platform, its card; and how other embassies' texts differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup

from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.language import in_language
from orangeday.views import html as paper
from orangeday.views.approval_page.earlier_texts import earlier_text
from orangeday.views.approval_page.markup import marked_difference, marked_names, marked_text
from orangeday.views.approval_page.model import LinkCard, Post, PostPicture, TextLength
from orangeday.views.approval_page.moments import moment_of
from orangeday.views.approval_page.page_language import PageLanguage

_FEW_LEFT = 20
"""The number of characters left from which on a page says how many they are."""


def appearance(delivery: Delivery) -> object:
    """Return a value that is equal for two deliveries that look the same."""
    text = delivery.rendered_text.text[: paper.MAX_CHARACTERS] if delivery.rendered_text else ""
    facets = tuple(facet[:3] for facet in PLATFORMS[delivery.platform].facets(text))
    return delivery.embassy.id, text, facets, delivery.pictures, _card(delivery)


def build_post(
    deliveries: Sequence[Delivery],
    pictures: tuple[PostPicture, ...],
    words: PageLanguage,
    earlier_parts: Mapping[str, str] | None,
) -> Post:
    """Return the post of deliveries that look the same. `earlier_parts` is what was approved, if that has changed."""
    first = deliveries[0]
    rendered_text, names = first.rendered_text, first.embassy.names["embassy"]
    name = str(in_language(names, first.language) or first.embassy.id)
    earlier = earlier_text(first, earlier_parts) if earlier_parts else None
    if rendered_text and earlier == rendered_text.text:
        earlier = None
    return Post(
        accounts=tuple((PLATFORMS[d.platform].title, str(d.account.handle)) for d in deliveries),
        platforms=words.join(PLATFORMS[d.platform].title for d in deliveries),
        name=name[:1].upper() + name[1:],
        initial=first.embassy.id[:1].upper(),
        moment=moment_of(first, words),
        text=marked_text(rendered_text.text, first.platform, words, earlier) if rendered_text else None,
        difference=marked_difference(earlier, rendered_text.text, is_short=True) if rendered_text and earlier else None,
        problems=tuple(
            dict.fromkeys(
                problem.message for d in deliveries if d.rendered_text for problem in d.rendered_text.problems
            )
        ),
        lengths=tuple(_text_length(d.platform, d.rendered_text.text, words) for d in deliveries if d.rendered_text),
        pictures=pictures,
        card=_card(first),
    )


def _text_length(platform: str, text: str, words: PageLanguage) -> TextLength:
    spec = PLATFORMS[platform]
    length = spec.length(text)
    remaining = spec.limit - length
    notes = [words("length.too_many", number=words.number(-remaining))] if remaining < 0 else []
    if spec.byte_limit is not None and (size := len(text.encode())) > spec.byte_limit:
        limit = words.number(spec.byte_limit)
        notes.append(words("length.bytes", number=words.number(size), limit=limit))
    mood = "bad" if notes else "open" if remaining <= _FEW_LEFT else "good"
    if mood == "open":
        notes.append(words("length.room", number=words.number(remaining)))
    facet_counts = Counter(kind for _, _, kind, _ in spec.facets(text[: paper.MAX_CHARACTERS]))
    notes += [words.count(f"length.{kind}", number) for kind, number in facet_counts.items()]
    return TextLength(spec.title, length, spec.limit, mood, tuple(notes))


def _card(delivery: Delivery) -> LinkCard | None:
    day, link, campaign = delivery.day, delivery.link, delivery.plan.campaign
    if not PLATFORMS[delivery.platform].link_card or day is None or not link or delivery.media:
        return None
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        host = ""
    return LinkCard(host or str(link), str(day.title or campaign.title), campaign.title)


def differing_texts(
    deliveries: Sequence[Delivery], examples_by_platform: Mapping[str, Delivery], words: PageLanguage
) -> Iterator[tuple[str, Markup, str]]:
    """Yield the texts of another embassy's deliveries that differ from those that stand for them.

    Each has its platforms, where they don't all get the same; what differs, marked; and its lengths, where few
    characters are left.
    """
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.rendered_text.text if delivery.rendered_text else "", []).append(delivery)
    for text, group in groups.items():
        example_text = examples_by_platform[group[0].platform].rendered_text
        if example_text is None or all(
            w and w.text == text for d in group for w in [examples_by_platform[d.platform].rendered_text]
        ):
            continue
        specs = [PLATFORMS[delivery.platform] for delivery in group]
        lengths = [(spec, spec.length(text)) for spec in specs]
        yield (
            words.join(spec.title for spec in specs) if len(groups) > 1 else "",
            marked_names(example_text.text, text),
            " · ".join(
                f"{spec.title} {length}/{spec.limit}" for spec, length in lengths if spec.limit - length <= _FEW_LEFT
            ),
        )
