"""Rules about pictures and cards, and about their alt texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from orangeday.content import images as pictures
from orangeday.content.campaign import Campaign, Translation
from orangeday.content.cards import Card, card
from orangeday.content.images import Flaw, Picture
from orangeday.content.problems import Concern, Problem, error, warning
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec
from orangeday.rules.context import Case, days_by_number, platforms_by_place
from orangeday.rules.prose import normalized, skeleton

# What a text says


def missing_alt(case: Case) -> Iterator[Problem]:
    """Yield an error for each picture without alt text: it is nothing to a reader who can't see it."""
    # An alt text that is empty, or no text at all, is a Problem already.
    unread = {p.where.file for p in case.plan.campaign.problems if p.rule in ("empty-text", "wrong-type")}
    for said in case.said:
        for picture in dict.fromkeys(said.media):
            if picture not in said.translation.alt and said.translation.file not in unread:
                message = f"the picture “{picture}” has no alt text."
                hint = f'Say below [alt] what it shows, in “{said.translation.language}”: "{picture}" = "…"'
                yield error("missing-alt", said.translation.text.where, message, hint, said.concern())


def alike_alt(case: Case) -> Iterator[Problem]:
    """Yield a warning for each alt text that stands in two languages: in one of them it is read aloud wrongly."""
    first: dict[tuple[int, str, str], Translation] = {}
    for said in case.said:
        for picture, alt in said.translation.alt.items():
            other = first.setdefault((said.day.number, picture, normalized(alt)), said.translation)
            if other.language != said.translation.language:
                message = f"the alt text of “{picture}” is the same as in {other.file.name}."
                hint = f"Say it in “{said.translation.language}”."
                yield warning("duplicate-alt", alt.where, message, hint, said.concern())


_WORDY = re.compile(
    r"(?:(?:an?|une?|eine?|een|das|de|la) |l['’])?"
    r"(?:image|photo|photograph|photographie|picture|bild|foto|afbeelding) (?:(?:of|von|van|des?|du) |d['’])",
    re.IGNORECASE,
)


def wordy_alt(case: Case) -> Iterator[Problem]:
    """Yield a warning for each alt text that begins with “image of”: a screen reader says “image” by itself."""
    for said in case.said:
        for picture, alt in said.translation.alt.items():
            if begins := _WORDY.match(alt.lstrip()):
                message = f"the alt text of “{picture}” begins with “{begins[0].strip()}”."
                hint = "Begin with what it shows: that it is an image, a screen reader says by itself."
                yield warning("wordy-alt", alt.where, message, hint, said.concern())


def too_many_pictures(case: Case) -> Iterator[Problem]:
    """Yield an error for each day with more than four pictures, the card included: both platforms refuse the post."""
    for number, day in days_by_number(case).items():
        over = len(day.media) - pictures.MOST_A_POST
        if over > 0:
            message = f"{len(day.media)} pictures; {pictures.MOST_A_POST} a day are the most."
            where = day.media[pictures.MOST_A_POST].where
            yield error("too-many-pictures", where, message, f"Leave out {over}.", Concern(number))
    for said in case.said:
        if len(said.day.media) == pictures.MOST_A_POST < len(said.media):
            message = f"its card is one picture too many; {pictures.MOST_A_POST} a day are the most."
            hint = "Leave out one of the day's pictures, or delete [card] here."
            yield error("too-many-pictures", said.media[-1].where, message, hint, said.concern_of_card())


def unsound_picture(case: Case) -> Iterator[Problem]:
    """Yield an error for each picture that can't be posted: missing, outside the campaign's folder, or unreadable."""
    for shown in shown_pictures(case):
        flaw = shown.found
        if isinstance(flaw, Flaw):
            message, hint = f"“{shown.name}” can't be posted: {flaw.message}", flaw.hint
            if shown.card and flaw.rule == "picture-missing":
                message, hint = f"its card “{shown.name}” isn't drawn yet.", "Draw it: orangeday cards"
            yield error(flaw.rule, shown.name.where, message, hint, shown.concern)


def outdated_card(case: Case) -> Iterator[Problem]:
    """Yield an error for each card that was drawn from other words than those of its text now."""
    for shown in shown_pictures(case):
        if shown.card and isinstance(shown.found, Picture) and shown.found.stamp not in ("", shown.card.stamp):
            message = f"its card “{shown.name}” was drawn from other words than these."
            yield error("card-outdated", shown.name.where, message, "Draw it again: orangeday cards", shown.concern)


def silent_alt(case: Case) -> Iterator[Problem]:
    """Yield a warning for each alt text of a card without the headline, which other readers see."""
    for said in case.said:
        headline = said.translation.headline
        if headline is None or said.media == said.day.media:
            continue
        alt = said.translation.alt.get(said.media[-1])
        if alt is not None and skeleton(headline) not in skeleton(alt):
            message = f"the alt text of the card doesn't say its headline, “{headline}”."
            yield warning("silent-alt", alt.where, message, "Say it there word for word.", said.concern_of_card())


def picture_too_large(case: Case) -> Iterator[Problem]:
    """Yield an error for each picture whose file a platform refuses, as X does; for Bluesky a smaller copy is made."""
    for shown, found, spec in _too_large(case):
        if not spec.pictures.made_smaller:
            message = f"“{shown.name}” has {found.bytes:,} bytes; {spec.title} takes {spec.pictures.bytes:,}."
            hint = "Save it smaller, or as jpg: 1,600 pixels wide is plenty."
            concern = replace(shown.concern, platform=spec.name)
            yield error("picture-too-large", shown.name.where, message, hint, concern)


def picture_made_smaller(case: Case) -> Iterator[Problem]:
    """Yield a warning for each picture of which a smaller copy is posted: fine print on it suffers from that."""
    for shown, found, spec in _too_large(case):
        if spec.pictures.made_smaller:
            message = (
                f"“{shown.name}” has {found.bytes:,} bytes; "
                f"{spec.title} takes {spec.pictures.bytes:,} and gets a smaller copy."
            )
            hint = "Save it smaller yourself, to see how it looks: 1,600 pixels wide is plenty."
            concern = replace(shown.concern, platform=spec.name)
            yield warning("picture-made-smaller", shown.name.where, message, hint, concern)


def odd_picture(case: Case) -> Iterator[Problem]:
    """Yield a warning for each picture that is too long, which a feed cuts, or too small, which a feed enlarges."""
    for shown in shown_pictures(case):
        found = shown.found
        if isinstance(found, Picture):
            size = f"“{shown.name}” is {found.width:,} × {found.height:,} pixels"
            short, long = sorted((found.width, found.height))
            if long > 3 * short:
                message, hint = f"{size}: a feed shows only a part of it.", "At most three times as long as wide: 16:9."
                yield warning("picture-shape", shown.name.where, message, hint, shown.concern)
            if long < 600:
                message, hint = f"{size}: too few to look sharp.", "Use one that is at least 1,200 pixels wide."
                yield warning("picture-tiny", shown.name.where, message, hint, shown.concern)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture that is to be posted, with its file, its platforms and the scope of its problems."""

    name: Text
    found: Picture | Flaw
    card: Card | None
    """The card that the picture should show; None where it is no card."""
    platforms: frozenset[str]
    concern: Concern


def shown_pictures(case: Case) -> Iterator[_Shown]:
    """Yield each picture that is to be posted: a day's once, a card for each text that it is posted with."""
    campaign, platforms = case.plan.campaign, platforms_by_place(case)
    for number, day in days_by_number(case).items():
        for name in dict.fromkeys(day.media):
            where = frozenset(p for (of, _), some in platforms.items() if of == number for p in some)
            yield _Shown(name, _found(campaign, name), None, where, Concern(number))
    for said in case.said:
        if len(said.media) > len(said.day.media):
            name, where = said.media[-1], platforms[said.place]
            yield _Shown(
                name, _found(campaign, name), card(campaign, said.day, said.translation), where, said.concern_of_card()
            )


def _too_large(case: Case) -> Iterator[tuple[_Shown, Picture, PlatformSpec]]:
    """Yield each picture with its file and each of its platforms for which that file is too large."""
    for shown in shown_pictures(case):
        for spec in PLATFORMS.values():
            found = shown.found
            if spec.name in shown.platforms and isinstance(found, Picture) and found.bytes > spec.pictures.bytes:
                yield shown, found, spec


def _found(campaign: Campaign, name: Text) -> Picture | Flaw:
    """Return a picture of the campaign's folder, or the reason why it can't be posted."""
    file = pictures.locate(campaign.folder, name)
    return file if isinstance(file, Flaw) else pictures.inspect(file)
