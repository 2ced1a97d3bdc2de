"""Rules about files in the folders of the days: each is used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from orangeday.content.campaign import Campaign, Day
from orangeday.content.file_names import DOCUMENT_SUFFIXES, intended_name, names_in, rename_hint
from orangeday.content.images import locate
from orangeday.content.picture_files import OTHER_SUFFIXES, POSTABLE_SUFFIXES
from orangeday.content.plan import Plan
from orangeday.content.problems import Location, Problem, Scope, nearest, warning
from orangeday.content.translations import Translation
from orangeday.platforms.specs import Shape
from orangeday.rules.context import RuleContext
from orangeday.text.language import LANGUAGE

_NOISE = re.compile(
    r"\..*|~.*|.*~|#.*#|(?:eh)?thumbs\.db|desktop\.ini|icon\r|@eadir|__macosx|.*\.(?:bak|orig|save|swp|swo|tmp|lock)",
    re.IGNORECASE,
)
"""The names of what systems, editors and office programs leave beside files."""

_MAX_LISTED = 20
"""The limit of warnings about one folder: with more, another folder was copied into it."""

_PICTURE_SUFFIXES = POSTABLE_SUFFIXES | OTHER_SUFFIXES

FileId = tuple[int, int]
"""The device and the number of a file: they tell it from any other, however it is named."""


def unused_file(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each file in a day's folder that nothing uses: perhaps it was meant to be posted."""
    campaign = context.plan.campaign
    used_files = _used_files(context.plan)
    for number, day in campaign.days.items():
        names = _names_without_use(campaign, day, used_files)
        location = Location(day.file, 1)  # where it can be accepted
        for name in names[:_MAX_LISTED]:
            message = f"nothing uses “{name}” in this folder."
            yield warning("unused-file", location, message, _hint(day, name), _scope(number, name))
        if rest := names[_MAX_LISTED:]:
            message = f"nothing uses {len(rest):,} more files in this folder."
            yield warning("unused-file", location, message, "Move them out of the folder.", Scope(number))


def names_without_use(plan: Plan, day: Day) -> list[str]:
    """Return the names of the files in a day's folder that nothing uses; of a folder in it that is unused, its own."""
    return _names_without_use(plan.campaign, day, _used_files(plan))


def _names_without_use(campaign: Campaign, day: Day, used_files: Set[FileId]) -> list[str]:
    folder, texts = day.file.parent, _texts(day)
    problem_files = {problem.location.file for problem in campaign.problems}
    names = names_in(folder)
    unread_stems = {name[: -len(".toml")].casefold() for name in names if name.casefold().endswith(".toml")}
    unread_stems -= {stem.casefold() for stem in texts}
    unused_names = []
    for name in names:
        file, (stem, _, suffix) = folder / name, name.rpartition(".")
        # Of a picture beside a text that can't be read nobody knows whether it is posted.
        is_unknown = suffix.casefold() in _PICTURE_SUFFIXES and stem.casefold() in unread_stems
        is_text = name.casefold().endswith(".toml") or file in problem_files
        if is_text or is_unknown or _NOISE.fullmatch(name) or _file_id(file) in used_files:
            continue
        if not file.is_dir():
            unused_names.append(name)
            continue
        inner_names = [inner for inner in names_in(file) if not _NOISE.fullmatch(inner)]
        surplus = [inner for inner in inner_names if _file_id(file / inner) not in used_files]
        # A folder of notes, or of an earlier year, is one thing to its owner.
        is_unused = surplus == inner_names != []
        unused_names += [f"{name}/"] if is_unused else [f"{name}/{inner}" for inner in surplus]
    return unused_names


def _texts(day: Day) -> dict[str, Translation]:
    """Return the texts of a day that can be read, by the name of their files without the ending.

    A text whose card alone is an embassy's own goes by that card's name.
    """
    translations = (*day.translations.values(), *filter(None, day.embassy_translations.values()))
    return {text.stem if text.has_borrowed_words else text.file.stem: text for text in translations}


def _used_files(plan: Plan) -> Set[FileId]:
    """Return the pictures, logos and fonts that the campaign uses, wherever they lie.

    A card of its own that has the name of no embassy isn't one: `en.draft.png` is perhaps a draft.
    """
    campaign = plan.campaign
    names = [name for day in campaign.days.values() for name in day.media]
    logos = filter(None, (embassy.logo for embassy in plan.config.embassies.values()))
    files = [locate(campaign.folder, name) for name in (*names, *campaign.lettering.files, *logos)]
    for day in campaign.days.values():
        for text in _texts(day).values():
            is_posted = text.headline is not None
            if is_posted and not (text.has_borrowed_words and text.embassy not in plan.config.embassies):
                files += [text.file.with_name(name) for names in text.picture_names.values() for name in names]
    return {file_id for file in files if isinstance(file, Path) and (file_id := _file_id(file))}


def _file_id(file: Path) -> FileId | None:
    """Return the identity of a file; None where it can't be looked at."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _scope(number: int, name: str) -> Scope:
    """Return the deliveries that a file without use may have been meant for: those in its language, or the day's."""
    language = name.partition(".")[0]
    return Scope(number, language=language if LANGUAGE.fullmatch(language) and language != "day" else None)


def _hint(day: Day, name: str) -> str:
    """Return what to do about a file that nothing uses."""
    texts, folder = _texts(day), day.file.parent
    stem, _, suffix = name.rpartition(".")
    stem = stem.removesuffix(Shape.TALL.suffix)
    right_name = intended_name(name)
    if right_name and (right_name == "day.toml" or right_name.removesuffix(".toml") in texts):
        return f"{right_name} is read in its place: delete one of the two."
    if suffix.casefold() in _PICTURE_SUFFIXES and (hint := _picture_hint(texts, stem)):
        return hint
    text_name = f"{stem}.toml"
    is_document = suffix.casefold() in DOCUMENT_SUFFIXES and LANGUAGE.fullmatch(stem.partition(".")[0])
    if is_document and stem not in texts:
        return f"If it is a text of the day: {rename_hint(folder / name, text_name)}"
    read_texts = [known for known, text in texts.items() if not text.has_borrowed_words]
    usable = ["day.toml", *(f"{known}.{ending}" for known in read_texts for ending in ("toml", "png", "jpg"))]
    if (nearest_name := nearest(name, usable)) is None:
        return "Correct its name, or move it out of the folder."
    if nearest_name in names_in(folder):
        return f"The nearest name that is used is “{nearest_name}”, and that is there: move this one out of the folder."
    return f"Did you mean “{nearest_name}”? Correct its name, or move it out of the folder."


def _picture_hint(texts: Mapping[str, Translation], stem: str) -> str | None:
    """Return what to do about a picture under the name of a text; None under any other name."""
    text = texts.get(stem)
    if text is None or text.has_borrowed_words:
        is_text_name = intended_name(f"{stem}.toml") == f"{stem}.toml" != "day.toml"
        is_twice = stem.rpartition(".")[2].casefold() in _PICTURE_SUFFIXES  # en.png.png
        if text:
            return f"The config has no embassy “{text.embassy}”, whose own card it would be."
        return f"There is no {stem}.toml beside it." if is_text_name and not is_twice else None
    if text.headline is None:
        return f"To post it, write [card] in {text.file.name}, with headline and alt."
    card = text.card_file(Shape.WIDE).name
    return f"{card} is posted in its place. To post this one, save it as {stem}.jpg, and delete {card}."
