"""The Campaign: all sixteen Days in all their languages, as read from the folder `posts/`.

A mistake in one file costs no other: what can be read is there, the rest is a Problem that holds what it concerns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from orangeday import source
from orangeday.clock import DAYS
from orangeday.problems import NOTHING, Concern, Problem, Where, error, nearest
from orangeday.source import Table, Text
from orangeday.text import LANGUAGE, PLATFORMS


@dataclass(frozen=True, slots=True)
class Translation:
    """A Day's wording in one language, placeholders and all."""

    file: Path
    language: str
    text: Text
    variants: Mapping[str, Text]
    """Another wording for one platform, by its name."""
    alt: Mapping[str, Text]
    """What each picture shows, by the picture's name in `Day.media`."""

    def template(self, platform: str) -> Text:
        """The wording that this platform gets."""
        return self.variants.get(platform, self.text)


@dataclass(frozen=True, slots=True)
class Day:
    """One of the sixteen: what it rests on and shows, and its Translations by language."""

    number: int
    file: Path
    title: Text | None
    facts: tuple[Text, ...]
    link: Text | None
    media: tuple[Text, ...]
    time: time | None
    hashtags: tuple[Text, ...] | None
    translations: Mapping[str, Translation]


@dataclass(frozen=True, slots=True)
class Fact:
    """What the release states, in our own words; `paragraph` 0 is its title."""

    statement: Text
    paragraph: int


@dataclass(frozen=True, slots=True)
class Handle:
    """Somebody whom a text may name: by the platform's own handle, or else by name."""

    names: Mapping[str, Text]
    """By language; one that is the same in all of them stands under ""."""
    handles: Mapping[str, Text]
    """By platform."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """The whole folder. A Day or a Translation that can't be read is not in it; `problems` says why."""

    folder: Path
    id: str
    title: str
    minister: Text | None
    hashtags: Mapping[str, tuple[Text, ...]]
    """By language."""
    handles: Mapping[str, Handle]
    facts: Mapping[str, Fact]
    days: Mapping[int, Day]
    problems: tuple[Problem, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that a Day is written in, in the order of first use."""
        return tuple(dict.fromkeys(language for day in self.days.values() for language in day.translations))


def load(folder: Path) -> Campaign:
    """Reads the folder; never raises, whatever is in it."""
    problems: list[Problem] = []
    try:
        entries = sorted(folder.iterdir())
    except (OSError, ValueError) as failure:
        wrong = "this is a file, not a folder" if folder.is_file() else f"it can't be read: {source.because(failure)}"
        problems.append(
            error("folder-unreadable", Where(folder, 1), f"{wrong}.", "“posts” in the config names the folder.")
        )
        return Campaign(folder, "", "", None, {}, {}, {}, {}, tuple(problems))
    facts = _facts(folder / "facts.toml", problems)
    days = _days(folder, entries, problems)
    top = source.read(folder / "campaign.toml", problems) or source.empty(folder / "campaign.toml")
    campaign_id = top.text("id", required=True)
    if campaign_id is not None and not re.fullmatch(r"[a-z0-9-]+", campaign_id):
        top.problem("id", "wrong-id", f"“{campaign_id}” can't be an id.", "Use a–z, 0–9 and -, like 16days.")
    title, minister = top.text("title"), top.text("minister")
    release = top.table("release")
    for key in ("title", "publisher", "address"):
        release.text(key)
    release.calendar_date("date")
    release.done(_AT_THE_TOP)
    tags = top.table("hashtags")
    for key in tags:
        if not LANGUAGE.fullmatch(key):
            hint = _AT_THE_TOP.get(key) or nearest(key, LANGUAGES) + "Use a language's code: nl, fr, de, en, pt-BR."
            tags.problem(key, "wrong-language", f"“{key}” is no language code.", hint)
    hashtags = {language: tags.hashtags(language) for language in tags}
    handles = {name: _handle(table) for name, table in top.table("handles").tables()}
    top.done()
    for day in days.values():
        for fact in day.facts:
            if facts and fact not in facts:
                hint = nearest(fact, facts) or "facts.toml has them all."
                problems.append(
                    error("unknown-fact", fact.where, f"there is no fact “{fact}”.", hint, Concern(day.number))
                )
    return Campaign(folder, campaign_id or "", title or "", minister, hashtags, handles, facts, days, tuple(problems))


def _facts(file: Path, problems: list[Problem]) -> dict[str, Fact]:
    top = source.read(file, problems)
    facts = {}
    for name, table in top.tables() if top else ():
        statement = table.text("statement", required=True)
        paragraph = table.integer("paragraph", 0)
        table.done()
        if statement:
            facts[name] = Fact(statement, paragraph)
    return facts


def _handle(table: Table) -> Handle:
    if table.is_table("name"):
        names = table.table("name").each_text()
    else:
        name = table.text("name", required=True)
        names = {} if name is None else {"": name}
    handles = {p: handle for p in PLATFORMS if (handle := table.text(p)) is not None}
    table.done()
    return Handle(names, handles)


def _days(folder: Path, problems: list[Problem]) -> dict[int, Day]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError as failure:
        message = f"the folder can't be read: {failure.strerror}."
        problems.append(error("folder-unreadable", Where(folder, 1), message, "Check “posts” in the config."))
        return {}
    folders: dict[int, list[Path]] = {number: [] for number in DAYS}
    for entry in entries:
        named = re.fullmatch(r"(\d\d)-[\w-]+", entry.name)
        if named and int(named[1]) in DAYS:
            folders[int(named[1])].append(entry)
        elif problem := _misnamed(entry, named):
            problems.append(problem)
    days = {}
    for number, candidates in folders.items():
        for other in candidates[1:]:
            message = f"day {number} is here, and in {candidates[0].name} too."
            hint = "Give one of the two another number."
            problems.append(error("duplicate-day", Where(other, 1), message, hint, Concern(number)))
        if not candidates:
            hint = f"Add a folder {number:02}-… with a day.toml."
            problems.append(error("missing-day", Where(folder, 1), f"day {number} is missing.", hint, Concern(number)))
        elif len(candidates) == 1 and (day := _day(number, candidates[0], problems)):
            days[number] = day
    return days


def _misnamed(entry: Path, named: re.Match[str] | None) -> Problem | None:
    """What is wrong with a folder that is no Day's; nothing, where it doesn't mean to be."""
    number = re.match(r"\d+", entry.name)
    if named:
        message, hint = f"there is no day {named[1]}; days go from 01 to 16.", "Give the folder another number."
    elif number:
        better = f"{int(number[0]):02}-{entry.name[number.end() :].strip(' -_.') or 'title'}"
        message, hint = "a day's folder begins with two digits and “-”.", f"Rename it, like {better}."
    elif (entry / "day.toml").exists():
        message, hint = "a day's folder begins with its number.", f"Rename it, like 05-{entry.name}."
    else:
        return None
    return error("folder-name", Where(entry, 1), message, hint, NOTHING)


def _day(number: int, folder: Path, problems: list[Problem]) -> Day | None:
    top = source.read(folder / "day.toml", problems, Concern(number))
    if top is None:
        return None
    title = top.text("title", required=True)
    facts = top.texts("facts", required=True)
    link, media, time = top.text("link"), top.texts("media"), top.time_of_day("time")
    hashtags = top.texts("hashtags") if "hashtags" in top else None
    top.done()
    translations = {}
    for file in sorted(folder.glob("*.toml")):
        language = file.stem
        if language == "day":
            continue
        if LANGUAGE.fullmatch(language):
            translation = _translation(file, number, media, problems)
            if translation is not None:
                translations[language] = translation
        else:
            hint = "Name it after its language's code: nl.toml, pt-BR.toml."
            problems.append(error("file-name", Where(file, 1), f"“{language}” is no language code.", hint, NOTHING))
    return Day(number, folder / "day.toml", title, facts, link, media, time, hashtags, translations)


def _translation(file: Path, number: int, media: tuple[Text, ...], problems: list[Problem]) -> Translation | None:
    top = source.read(file, problems, Concern(number, language=file.stem))
    if top is None:
        return None
    text = top.text("text", required=True)
    variants = {platform: variant for platform in PLATFORMS if (variant := top.text(platform)) is not None}
    alt_table = top.table("alt")
    for key in alt_table:
        if key in ("text", *PLATFORMS):
            message = f"“{key}” stands below [alt], so it is read as a picture's name."
            alt_table.problem(key, "key-below-alt", message, f"Move “{key}” above the line [alt].")
        elif key not in media:
            hint = nearest(key, media) or "day.toml lists the day's pictures under “media”."
            alt_table.problem(key, "unknown-picture", f"day {number} has no picture “{key}”.", hint)
    alt = {key: value for key, value in alt_table.each_text().items() if key in media}
    top.done()
    for key, wording in {"text": text, **variants}.items():
        if wording is not None and not wording.strip():
            top.problem(key, "empty-text", f"“{key}” is empty.", "Write the text, or delete the file.")
    return None if text is None else Translation(file, file.stem, text, variants, alt)
