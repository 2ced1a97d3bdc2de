"""The content that an approval covers, part by part: a text with its pictures, facts and handles, or an embassy."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orangeday.approvals.model import AS_THEY_ARE, OWN_CARD, PICTURES, Subject, dotted_key
from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import Config, Embassy
from orangeday.content.encoding import Alteration, Flaw, in_words
from orangeday.content.images import digest_and_alterations, locate
from orangeday.content.plan import Delivery, Plan
from orangeday.content.senders import alt_texts
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.language import in_language

# What there is to approve


Parts = dict[str, tuple[str, Text | Path]]
"""The parts of a subject, by name: the value of each, and its place, as a value of TOML or as a file."""


@dataclass(frozen=True, slots=True)
class PictureContent:
    """The part of a picture that an approval covers: the bytes of its file, and how platforms get it otherwise."""

    digest: str | None
    """The sha256 of the file, in hexadecimal; None where it can't be read."""
    alterations: Mapping[str, tuple[Alteration, ...]]
    """By platform."""


def subject_of(delivery: Delivery, translation: Translation) -> Subject:
    """Return the subject whose approval covers this text of a delivery."""
    return Subject(delivery.number, str(delivery.language), translation.embassy)


def subjects(plan: Plan) -> list[Subject]:
    """Return all that can be approved, in the order of the file: every text that exists, and every embassy."""
    texts = [
        Subject(number, language, embassy)
        for number, day in plan.campaign.days.items()
        for language, embassy in ((language, None) for language in day.translations)
    ]
    own_texts = [
        Subject(number, *place) for number, day in plan.campaign.days.items() for place in day.embassy_translations
    ]
    embassies = [Subject(None, None, name) for name in plan.config.embassies]
    return sorted([*texts, *own_texts, *embassies], key=lambda subject: subject.order)


def content(plan: Plan, subject: Subject) -> dict[str, str] | None:
    """Return the parts of a subject as an approval stores them, by name; None where it is missing or can't be read."""
    parts = parts_of(plan, subject, None)
    return None if parts is None else {name: value for name, (value, _) in parts.items()}


def parts_of(
    plan: Plan,
    subject: Subject,
    media: Mapping[str, PictureContent] | None,
    platforms: Collection[str] | None = None,
) -> Parts | None:
    """Return the parts of a subject, with their places; None where it is missing or can't be read.

    `media` is the content of each picture by its name; without it the files are read. Its pictures are those that these
    `platforms` get; without any, all of the plan.
    """
    if subject.number is None:
        embassy = plan.config.embassies.get(subject.embassy or "")
        return None if embassy is None else _parts_of_embassy(embassy, plan.config)
    day, translation = day_and_text(plan, subject)
    platforms = plan.platforms if platforms is None else platforms
    return _parts_of_text(plan, day, translation, media, platforms) if day and translation else None


def day_and_text(plan: Plan, subject: Subject) -> tuple[Day | None, Translation | None]:
    """Return the day and the text of a subject; None for each that doesn't exist."""
    day = plan.campaign.days.get(subject.number or 0)
    if day is None or subject.language is None:
        return day, None
    if subject.embassy:
        return day, day.embassy_translations.get((subject.language, subject.embassy))
    return day, day.translations.get(subject.language)


def _parts_of_text(
    plan: Plan,
    day: Day,
    translation: Translation,
    media: Mapping[str, PictureContent] | None,
    platforms: Collection[str],
) -> Parts:
    campaign = plan.campaign
    parts: Parts = {}
    if day.title:
        parts["title"] = day.title, day.title
    if link := day.link(translation.language):
        parts["link"] = link, link
        if campaign.title and not day.media:  # it stands on the link's card, where an embassy posts no orange one
            parts["card"] = campaign.title, campaign.folder / "campaign.toml"
    # The wording strips what is around it.
    parts["text"] = translation.text.strip(), translation.text
    for platform, variant in translation.variants.items():
        parts[platform] = variant.strip(), variant
    alt = alt_texts(campaign, plan.config, translation)
    for picture in dict.fromkeys(translation.media):
        if picture in alt:
            parts[dotted_key("alt", picture)] = alt[picture], alt[picture]
    alterations_noted = []
    for number, picture in enumerate(dict.fromkeys(translation.media), 1):
        places = " and ".join(
            str(n) for n, name_at_place in enumerate(translation.media, 1) if name_at_place == picture
        )
        for sent_picture in sent_pictures(plan, translation, picture, platforms):
            file = locate(campaign.folder, sent_picture.name)
            picture_now = (
                picture_content(file, sent_picture.platforms) if media is None else media.get(sent_picture.name)
            )
            state = f"sha256:{picture_now.digest}" if picture_now and picture_now.digest else UNREADABLE
            alterations_noted += alterations_in_words(number, picture_now) if picture_now else []
            place = f"picture {places}{f' on {sent_picture.places}' if sent_picture.places else ''}"
            parts[dotted_key("media", sent_picture.name)] = (
                f"{place}, {state}",
                sent_picture.name if isinstance(file, Flaw) else file,
            )
    if translation.media:
        parts[PICTURES] = ", ".join(alterations_noted) or AS_THEY_ARE, translation.media[0]
    if translation.has_borrowed_words and translation.card_name:
        parts[OWN_CARD] = "with everybody's words", translation.card_name
    for fact_id in dict.fromkeys(day.facts):
        fact = campaign.facts.get(fact_id)
        statement = f"paragraph {fact.paragraph}: {fact.statement}" if fact else "stated nowhere"
        parts[dotted_key("facts", fact_id)] = statement, fact.statement if fact else fact_id
    return parts | _shared_parts(campaign, day, translation)


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A file that is sent of a picture, and the platforms that get it: of a card each gets the file of its shape."""

    name: Text
    platforms: tuple[str, ...]
    places: str
    """The platforms in words, where the others get another file; empty for the one that is everybody else's."""


def sent_pictures(plan: Plan, translation: Translation, picture: Text, platforms: Collection[str]) -> list[SentPicture]:
    """Return what is sent of one picture of a text's `media`, the file for most platforms first."""
    names: dict[Text, list[str]] = {}
    for platform in sorted(platforms):
        names.setdefault(translation.sent_name(picture, plan.config.platforms[platform].shape), []).append(platform)
    files = sorted(names or {picture: []}, key=lambda name: name != picture)
    return [
        SentPicture(name, tuple(names.get(name, ())), " and ".join(names[name]) if number else "")
        for number, name in enumerate(files)
    ]


_SENT_PICTURE = re.compile(r"(picture \d+(?: and \d+)*)(?: on ([^,]+))?, (.+)")


def has_the_same_pictures(current: Mapping[str, str], earlier: Mapping[str, str], platforms: Collection[str]) -> bool:
    """Return whether each of these platforms gets the very files that an approval has for it.

    It may have files for other platforms, too: to send less needs no other approval.
    """
    return _files_by_platform(current, platforms) == _files_by_platform(earlier, platforms)


def _files_by_platform(parts: Mapping[str, str], platforms: Collection[str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the name and the state of each picture's file, by the picture's place and the platform that gets it."""
    files: dict[tuple[str, str], tuple[str, str]] = {}
    matches = [(name, _SENT_PICTURE.fullmatch(value)) for name, value in parts.items() if is_picture_part(name)]
    for name, match in sorted(matches, key=lambda item: bool(item[1] and item[1][2])):
        place, some_platforms, state = match.groups() if match else (name, None, parts[name])
        targets = some_platforms.split(" and ") if some_platforms else platforms or [""]
        files |= {(place, platform): (name, state) for platform in targets if platform in platforms or not platforms}
    return files


def is_picture_part(name: str) -> bool:
    """Return whether a part is the file of a picture."""
    return name.startswith("media.")


def _shared_parts(campaign: Campaign, day: Day, translation: Translation) -> Parts:
    """Return the parts that many days share (hashtags, handles, the minister), as far as these words use them."""
    parts: Parts = {}
    language = translation.language
    used = {
        match for template in (translation.text, *translation.variants.values()) for match in _placeholders(template)
    }
    if "hashtags" in used:
        file, hashtags = day.file, day.hashtags
        if hashtags is None:
            file = campaign.folder / "campaign.toml"
            hashtags = in_language(campaign.hashtags, language)
        if hashtags is not None:
            parts["hashtags"] = " ".join(hashtags) or "none", hashtags[0] if hashtags else file
    for name in sorted(key[1:] for key in used if key.startswith("@")):
        if handle := campaign.handles.get(name):
            handle_name = in_language(handle.names, language)
            if handle_name is not None:
                parts[dotted_key("handles", name, "name")] = handle_name, handle_name
            for platform, platform_handle in handle.handles.items():
                parts[dotted_key("handles", name, platform)] = platform_handle, platform_handle
    if "minister" in used and (minister := campaign.minister(language)):
        parts["minister"] = minister, minister
    return parts


_BRACES = re.compile(r"\{\{|\{([^{}\n]*)\}")
UNREADABLE = "can't be read"


def _placeholders(template: str) -> Iterator[str]:
    """Yield the names of the placeholders in a template, with a small first letter, as they are filled in."""
    for match in _BRACES.finditer(template):
        if name := match[1]:
            yield name[:1].lower() + name[1:]


def _parts_of_embassy(embassy: Embassy, config: Config) -> Parts:
    file = config.file
    # Who approves an embassy approves through whose hands its posts go; a straight way adds nothing.
    parts: Parts = {dotted_key("network", name): (part, file) for name, part in config.route.approved_parts.items()}
    for placeholder, names in embassy.names.items():
        for language, name in sorted(names.items()):
            parts[dotted_key("name" if placeholder == "embassy" else placeholder, language)] = name, name
    for language, helpline in sorted(embassy.helplines.items()):
        parts[dotted_key("helpline", language)] = helpline, helpline
    for word, values in sorted(embassy.words.items()):
        for language, value in sorted(values.items()):
            parts[dotted_key("words", word, language)] = value, value
    parts["timezone"] = embassy.timezone.key, file
    parts["languages"] = " ".join(embassy.languages) or "none", embassy.languages[0] if embassy.languages else file
    if embassy.without_hashtags:
        parts["without_hashtags"] = " ".join(sorted(embassy.without_hashtags)), file
    if not embassy.cards:
        parts["cards"] = "none", file
    for account in embassy.accounts:
        parts[dotted_key(account.platform, "handle")] = account.handle, account.handle
        if account.service:
            parts[dotted_key(account.platform, "service")] = account.service, account.handle
    return parts


def is_whole(parts: Mapping[str, str]) -> bool:
    """Return whether all parts can be read, the pictures too."""
    return not any(is_picture_part(name) and value.endswith(UNREADABLE) for name, value in parts.items())


def alterations_in_words(number: int, content: PictureContent) -> list[str]:
    """Return how the picture of this number is altered: `picture 2 smaller on bluesky`."""
    return [
        f"picture {number} {alteration} on {platform}"
        for platform, platform_alterations in sorted(content.alterations.items())
        for alteration in platform_alterations
    ]


@dataclass(frozen=True, slots=True)
class AlteredPicture:
    """A picture of a text that a platform gets otherwise than its file has it."""

    number: int
    """The day's."""
    name: str
    alterations: str
    """In words: `turned upright; made smaller on X`."""


def altered_pictures(plan: Plan, subjects: Iterable[Subject]) -> list[AlteredPicture]:
    """Return the altered pictures of these texts, each once, in their order."""
    pictures: dict[tuple[int, str], AlteredPicture] = {}
    for subject in subjects:
        day, translation = day_and_text(plan, subject)
        all_pictures = (
            file
            for picture in (translation.media if day and translation else ())
            for file in (sent_pictures(plan, translation, picture, plan.platforms) if translation else ())
        )
        for picture in all_pictures:
            key = subject.number or 0, str(picture.name)
            if key in pictures:
                continue
            content = picture_content(locate(plan.campaign.folder, picture.name), picture.platforms)
            alterations_by_platform = {
                PLATFORMS[platform].title: alterations for platform, alterations in content.alterations.items()
            }
            if words := in_words(alterations_by_platform):
                pictures[key] = AlteredPicture(*key, words)
    return [*pictures.values()]


def has_no_other_alteration(current: str, earlier: str) -> bool:
    """Return whether all that is altered now was so when it was approved."""
    return {*current.split(", ")} - {AS_THEY_ARE} <= {*earlier.split(", ")}


def picture_content(file: Path | Flaw, platforms: Collection[str]) -> PictureContent:
    """Return what an approval covers of a picture on these platforms, as its file is now."""
    if isinstance(file, Flaw):
        return PictureContent(None, {})
    limits = tuple(spec.pictures for spec in PLATFORMS.values())
    digest, picture_alterations = digest_and_alterations(file, limits)
    by_platform = zip(PLATFORMS, picture_alterations, strict=True)
    return PictureContent(digest, {name: alterations for name, alterations in by_platform if name in platforms})


def digest_of(parts: Mapping[str, str], campaign: str | None) -> str:
    """Return `sha256:…` of the parts and, if given, of the campaign that they are approved for."""
    values = {**parts, "campaign": campaign} if campaign else dict(parts)
    canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
