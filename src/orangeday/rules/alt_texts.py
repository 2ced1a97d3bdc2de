"""Rules about alt texts: each picture has one, which says what it shows, and who sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from orangeday.content.problems import Problem, Scope, error, warning
from orangeday.content.senders import SENDER, alt_texts, sender_of
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.context import PostedText, RuleContext, platforms_by_place
from orangeday.rules.planned_pictures import PlannedPicture, planned_pictures
from orangeday.rules.prose import normalize, skeleton


def missing_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture without alt text: it is nothing to a reader who can't see it."""
    # An alt text that is empty, or no text at all, is a Problem already.
    invalid_files = {p.location.file for p in context.plan.campaign.problems if p.rule in ("empty-text", "wrong-type")}
    for posted_text in context.posted_texts:
        for picture in dict.fromkeys(posted_text.media):
            if picture not in posted_text.translation.alt and posted_text.translation.file not in invalid_files:
                message = f"the picture “{picture}” has no alt text."
                hint = f'Say below [alt] what it shows, in “{posted_text.translation.language}”: "{picture}" = "…"'
                yield error("missing-alt", posted_text.translation.text.location, message, hint, posted_text.scope())


def alike_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that stands in two languages: in one of them it is read aloud wrongly."""
    translations: dict[tuple[int, str, str], Translation] = {}
    for posted_text in context.posted_texts:
        for picture, alt in posted_text.translation.alt.items():
            original = translations.setdefault(
                (posted_text.day.number, picture, normalize(alt)), posted_text.translation
            )
            if original.language != posted_text.translation.language:
                message = f"the alt text of “{picture}” is the same as in {original.file.name}."
                hint = f"Say it in “{posted_text.translation.language}”."
                yield warning("duplicate-alt", alt.location, message, hint, posted_text.scope())


_WORDY = re.compile(
    r"(?:(?:an?|une?|eine?|een|das|de|la) |l['’])?"
    r"(?:image|photo|photograph|photographie|picture|bild|foto|afbeelding) (?:(?:of|von|van|des?|du) |d['’])",
    re.IGNORECASE,
)


def wordy_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that begins with “image of”: a screen reader says “image” by itself."""
    for posted_text in context.posted_texts:
        for picture, alt in posted_text.translation.alt.items():
            if match := _WORDY.match(alt.lstrip()):
                message = f"the alt text of “{picture}” begins with “{match[0].strip()}”."
                hint = "Begin with what it shows: that it is an image, a screen reader says by itself."
                yield warning("wordy-alt", alt.location, message, hint, posted_text.scope())


def unfilled_sender(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each {sender} that nothing fills in: the alt text would go out with its braces."""
    plan = context.plan
    for version in context.posted_versions:
        translation = version.translation
        for picture, alt in translation.alt.items():
            match = SENDER.search(alt)
            if match is None:
                continue
            location = alt.location_at(match.start())
            if picture != translation.card_name:
                message = f"{match[0]} stands in the alt text of “{picture}”, and only cards have a sender."
                yield error("unknown-placeholder", location, message, "Leave it out.", version.scope())
            elif sender_of(plan.campaign, plan.config, translation) is None:
                language = translation.language
                message = f"the card has no sender in “{language}”."
                name = translation.embassy or plan.config.only_embassy
                hint = (
                    f'Add it below [embassies.{name}] in the config: name = {{ {language} = "…" }}'
                    if name
                    else f'Add it below [cards] in campaign.toml: from = {{ {language} = "…" }}'
                )
                yield error("missing-value", location, message, hint, version.card_scope())


def silent_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text of a card without all that other readers see on it: headline and lines."""
    for card_alt in _card_alts(context):
        alt_skeleton = skeleton(card_alt.alt)
        missing_words = [words for words in card_alt.words if skeleton(words) not in alt_skeleton]
        if card_alt.is_drawn and missing_words:
            quotation = " and ".join(f"“{words}”" for words in missing_words)
            missing_parts = f"its headline, {quotation}" if missing_words == [card_alt.words[0]] else quotation
            message, hint = f"the alt text of the card doesn't say {missing_parts}.", "Say it there word for word."
            yield warning("silent-alt", card_alt.alt.location, message, hint, card_alt.scope)


def stale_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that describes the drawn card, and stands below another picture."""
    for card_alt in _card_alts(context):
        if card_alt.own_picture and skeleton(card_alt.words[0]) in skeleton(card_alt.alt):
            name = card_alt.own_picture
            message = f"the alt text says the card's headline, and “{name}” isn't the card that orangeday draws."
            hint = "Say what can be seen on this picture."
            yield warning("stale-alt", card_alt.alt.location, message, hint, card_alt.scope)


@dataclass(frozen=True, slots=True)
class _CardAlt:
    """The alt text of a card, which all its shapes share, and perhaps embassies' own cards."""

    alt: Text
    words: tuple[Text, ...]
    """All that can be read on the card that orangeday draws: the headline, and the lines of a list."""
    is_drawn: bool
    """True if orangeday has drawn a picture of those that it describes, or would."""
    own_picture: Text | None
    """The first of them that it hasn't drawn."""
    scope: Scope


def _card_alts(context: RuleContext) -> Iterator[_CardAlt]:
    """Yield the alt text of each card once, however many files it describes."""
    pictures_by_alt: dict[int, list[PlannedPicture]] = {}
    for picture in planned_pictures(context):
        translation = picture.translation
        card = translation.card_name if translation else None
        if translation and card and card in translation.alt:
            pictures_by_alt.setdefault(id(translation.alt[card]), []).append(picture)
    days = context.plan.campaign.days
    for pictures in pictures_by_alt.values():
        first, translation = pictures[0], pictures[0].translation
        assert translation and translation.card_name and translation.headline  # noqa: S101  they were asked for above
        embassies = frozenset().union(*(picture.scope.embassies or () for picture in pictures))
        lines = translation.card_lines if days[first.scope.day or 0].layout == "list" else ()
        yield _CardAlt(
            translation.alt[translation.card_name],
            (translation.headline, *lines),
            not all(picture.is_own for picture in pictures),
            next((picture.name for picture in pictures if picture.is_own), None),
            replace(first.scope, embassies=embassies, platform=None),
        )


def long_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a problem for each alt text that is longer than a platform takes, or shows: it is never cut."""
    platforms = platforms_by_place(context)
    for posted_text in context.posted_texts:
        for picture in dict.fromkeys(posted_text.media):
            alt = _longest_alt(context, posted_text, picture)
            for spec in PLATFORMS.values():
                if alt is None or spec.alt_length is None or len(alt) <= spec.alt_length:
                    continue
                if spec.name not in platforms[posted_text.place]:
                    continue
                excess = f"{len(alt):,} characters, {len(alt) - spec.alt_length:,} more than {spec.title}"
                location, scope = alt.location, posted_text.scope(spec.name)
                message, hint = (
                    f"the alt text of “{picture}” has {excess} ",
                    "Say the rest in the text, or leave it out.",
                )
                if spec.is_long_alt_refused:
                    yield error("long-alt", location, f"{message}takes.", hint, scope)
                else:
                    yield warning("long-alt", location, f"{message}shows.", hint, scope)


def _longest_alt(context: RuleContext, posted_text: PostedText, picture: Text) -> Text | None:
    """Return the alt text of a text's picture with the longest sender of its card; None where it has none."""
    plan, number = context.plan, posted_text.media.index(picture)
    file = posted_text.translation.file
    versions = (version for version in context.posted_versions if version.translation.file == file)
    alts = (
        alt_texts(plan.campaign, plan.config, version.translation).get(version.translation.media[number])
        for version in versions
    )
    return max(filter(None, alts), key=len, default=None)
