"""The Campaign: all sixteen Days in all their languages, as read from the folder `posts/`.

A mistake in one file doesn't affect the others: what can be read is there. For the rest there is a Problem, which keeps
the deliveries that it is about from being sent.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from orangeday.clock import DAYS
from orangeday.content import toml as source
from orangeday.content.file_names import intended_name, names_in, rename_hint
from orangeday.content.picture_files import OTHER_SUFFIXES, POSTABLE_SUFFIXES
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, did_you_mean, error
from orangeday.content.toml import Table, Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.language import LANGUAGE
from orangeday.text.names import NameMap, nfc, without_unseen


@dataclass(frozen=True, slots=True)
class Translation:
    """The text of a Day in one language, its placeholders not filled in yet."""

    file: Path
    language: str
    embassy: str | None
    """The id of the embassy that alone posts this text; None: every embassy posts it."""
    text: Text
    variants: Mapping[str, Text]
    """The texts for one platform only, by its name."""
    media: tuple[Text, ...]
    """The pictures that it is posted with, by name: the Day's, and its card."""
    headline: Text | None
    """The text of its card, which `orangeday cards` draws; None: it has no card."""
    picture_names: tuple[str, ...]
    """The names of the pictures beside its file, under its name. The first is posted as its card; more are an error."""
    alt: Mapping[str, Text]
    """The alt text of each picture, by the picture's name in `media`."""
    accepted_warnings: Mapping[str, Text]
    """The reasons for which warnings about this file are accepted, by rule."""

    def template(self, platform: str) -> Text:
        """Return the text for this platform: its own variant, or else the common one."""
        return self.variants.get(platform, self.text)

    @property
    def card(self) -> Path:
        """The file of its card: the picture beside the text's file, under the same name; where none is, the .png."""
        return self.file.with_name(next(iter(self.picture_names), f"{self.file.stem}.png"))

    def pictures(self, *, cards: bool) -> tuple[Text, ...]:
        """Return the names of the pictures that it is posted with; without its card where `cards` is false."""
        return self.media if cards or self.headline is None else self.media[:-1]


@dataclass(frozen=True, slots=True)
class Day:
    """One of the sixteen days: its facts, link and pictures, and its Translations by language."""

    number: int
    file: Path
    title: Text | None
    facts: tuple[Text, ...]
    link: Text | None
    media: tuple[Text, ...]
    """The pictures that every Translation shows, by their names relative to the folder of the posts."""
    time: time | None
    hashtags: tuple[Text, ...] | None
    grave: bool
    """True if its cards are dark."""
    translations: Mapping[str, Translation]
    embassy_translations: Mapping[tuple[str, str], Translation | None]
    """The texts of single embassies, by language and embassy. None: it can't be read, and no other text replaces it."""
    accepted_warnings: Mapping[str, Text]

    def translation(self, language: str, embassy: str) -> Translation | None:
        """Return the text of this embassy in this language; None where there is none, or it can't be read."""
        if (language, embassy) in self.embassy_translations:
            return self.embassy_translations[language, embassy]
        return self.translations.get(language)


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement of the press release, in our own words; `paragraph` 0 is its title."""

    statement: Text
    paragraph: int


@dataclass(frozen=True, slots=True)
class Handle:
    """A person or an organisation that a text may mention: by the handle on the platform, or else by name."""

    names: Mapping[str, Text]
    """By language; a name that is the same in all of them is under ""."""
    handles: Mapping[str, Text]
    """By platform."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """The text on every card besides its headline, by language, and its fonts."""

    titles: Mapping[str, Text]
    signatures: Mapping[str, Text]
    fonts: Mapping[str, Text]
    """Font files by name, relative to the folder of the posts, where the font of orangeday lacks letters."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """The content of the folder. A Day or a Translation that can't be read is not in it; `problems` has the reason."""

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
    accepted_warnings: Mapping[tuple[Path, str], Text]
    """The reasons for which warnings are accepted, by file and rule, for all files together."""
    release_title: str = ""
    lettering: Lettering = Lettering({}, {}, {})

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that a Day has a text in, in the order of first use."""
        return tuple(dict.fromkeys(language for day in self.days.values() for language in day.translations))


ID = re.compile(r"[a-z0-9-]+")
"""The pattern of a campaign's id, which is a part of keys and of files that other programs read."""

_TOP_LEVEL_HINTS = dict.fromkeys(
    ("id", "title", "minister"), "Move it to the top of the file, above the first [section]."
)


def load(folder: Path) -> Campaign:
    """Read the folder of the posts. Never raise, whatever is in it: mistakes are in `problems`."""
    problems: list[Problem] = []
    try:
        entries = sorted(filter(_is_folder, folder.iterdir()))
    except (OSError, ValueError) as failure:
        message = f"the folder with the days can't be read: {source.failure_message(failure)}."
        problems.append(error("folder-unreadable", Location(folder, 1), message, "Check “posts” in the config."))
        return Campaign(folder, "", "", None, {}, {}, {}, {}, tuple(problems), {})
    facts, accepted_warnings = _facts(folder / "facts.toml", problems)
    days = _days(folder, entries, problems)
    top = source.read(folder / "campaign.toml", problems, root=folder) or source.empty_table(folder / "campaign.toml")
    campaign_id = top.text("id", mandatory=True)
    if campaign_id and not ID.fullmatch(campaign_id):
        top.problem("id", "wrong-id", f"“{campaign_id}” can't be an id.", "Use a–z, 0–9 and -, like 16days.")
        campaign_id = None  # it would be part of keys, of lines to type and of lines for cron
    title, minister = top.text("title"), top.text("minister")
    release_title = _release_title(top.table("release"))
    tags = top.table("hashtags")
    hashtags = {language: tags.hashtags(language) for language in tags.languages(LANGUAGE, _TOP_LEVEL_HINTS)}
    handles = NameMap({name: _handle(table) for name, table in top.table("handles").tables()})
    lettering = _lettering(top.table("cards"))
    accepted_warnings |= {(folder / "campaign.toml", rule): reason for rule, reason in top.accepted_warnings().items()}
    top.done()
    for day in days.values():
        accepted_warnings |= {(day.file, rule): reason for rule, reason in day.accepted_warnings.items()}
        for translation in (*day.translations.values(), *filter(None, day.embassy_translations.values())):
            accepted_warnings |= {
                (translation.file, rule): reason for rule, reason in translation.accepted_warnings.items()
            }
        for fact in day.facts:
            if facts is not None and fact not in facts:
                hint = did_you_mean(fact, facts) or "facts.toml has them all."
                message = f"facts.toml states no “{fact}”."
                problems.append(error("unknown-fact", fact.location, message, hint, Scope(day.number)))
    return Campaign(
        folder,
        campaign_id or "",
        title or "",
        minister,
        hashtags,
        handles,
        NameMap(facts or {}),
        days,
        tuple(problems),
        accepted_warnings,
        release_title,
        lettering,
    )


def _release_title(release: Table) -> str:
    """Return the title of the release that the facts are from. What else it says is read for its mistakes."""
    title = release.text("title") or ""
    for key in ("publisher", "address"):
        release.text(key)
    release.calendar_date("date")
    release.done(_TOP_LEVEL_HINTS)
    return title


def _is_folder(entry: Path) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to a place that isn't ours to look at; the rest of the folder is
        return False


def _facts(file: Path, problems: list[Problem]) -> tuple[NameMap[Fact] | None, dict[tuple[Path, str], Text]]:
    """Return the facts of facts.toml by name (None if it can't be read), and the warnings that it accepts."""
    top = source.read(file, problems, root=file.parent)
    if top is None:
        return None, {}
    # A mistake in one fact holds, by `unknown-fact`, the Days that rest on it; no text is made of the rest.
    top.scope = NO_DELIVERY
    accepted_warnings = {(file, rule): reason for rule, reason in top.accepted_warnings().items()}
    facts = {}
    for name, table in top.tables(skip="accept"):
        statement = table.text("statement", mandatory=True)
        paragraph = table.integer("paragraph", 0)
        table.done()
        if statement:
            facts[name] = Fact(statement, paragraph)
    return NameMap(facts), accepted_warnings


def _lettering(table: Table) -> Lettering:
    table.scope = NO_DELIVERY  # a card that is drawn is there, whatever becomes of the next one
    lettering = Lettering(*(table.table(key).by_language(LANGUAGE) for key in ("title", "from", "font")))
    table.done(_TOP_LEVEL_HINTS)
    return lettering


def _handle(table: Table) -> Handle:
    if table.is_table("name"):
        names = table.table("name").by_language(LANGUAGE)
    else:
        name = table.text("name", mandatory=True)
        names = {} if name is None else {"": name}
    handles = {p: handle for p in PLATFORMS if (handle := table.text(p)) is not None}
    for platform, handle in handles.items():
        if not re.fullmatch(r"[\w.-]+", handle):
            better = without_unseen(handle).strip().lstrip("@")
            table.problem(platform, "wrong-handle", f"“{handle}” isn't a handle.", f"Without @ or spaces: {better}")
    table.done(_TOP_LEVEL_HINTS)
    return Handle(names, handles)


def _days(folder: Path, entries: list[Path], problems: list[Problem]) -> dict[int, Day]:
    folders: dict[int, list[Path]] = {number: [] for number in DAYS}
    for entry in entries:
        match = re.fullmatch(r"(\d\d)-[\w-]+", _letters_for_marks(entry.name))
        if match and int(match[1]) in DAYS:
            folders[int(match[1])].append(entry)
        elif problem := _folder_name_problem(entry, match):
            problems.append(problem)
    days = {}
    for number, candidates in folders.items():
        for duplicate in candidates[1:]:
            message = f"day {number} is here, and in {candidates[0].name} too."
            hint = "Give one of the two another number."
            problems.append(error("duplicate-day", Location(duplicate, 1), message, hint, Scope(number)))
        if not candidates:
            hint = f"Add a folder {number:02}-… with a day.toml."
            problems.append(error("missing-day", Location(folder, 1), f"day {number} is missing.", hint, Scope(number)))
        readings = [_day(number, candidate, problems) for candidate in candidates]
        if len(readings) == 1 and readings[0]:
            days[number] = readings[0]
    return days


def _letters_for_marks(name: str) -> str:
    """Return a name of the same length with a letter for each mark on a letter: no regular expression knows these."""
    return "".join("x" if unicodedata.category(c) in ("Mn", "Mc") else c for c in name)


def _folder_name_problem(entry: Path, match: re.Match[str] | None) -> Problem | None:
    """Return the Problem of a folder whose name isn't right for a Day; None where it isn't meant to be one."""
    number = re.match(r"(\d{1,2})(?!\d)", entry.name)
    name = without_unseen(entry.name)[number.end() if number else 0 :]
    words = re.finditer(r"[^\W_]+", _letters_for_marks(name))
    slug = "-".join(name[word.start() : word.end()] for word in words) or "title"
    if match or (number and int(number[0]) not in DAYS):
        message, hint = "there is no such day; days go from 01 to 16.", "Give the folder another number."
    elif number:
        message = "a day's folder is named by two digits, “-” and a word."
        hint = f"Rename it, like {int(number[0]):02}-{slug}."
    elif [*entry.glob("day.toml")]:  # glob, because exists() raises where a folder isn't ours to read
        message, hint = "a day's folder begins with its number.", f"Rename it, like 05-{slug}."
    else:
        return None
    return error("folder-name", Location(entry, 1), message, hint, NO_DELIVERY)


def _day(number: int, folder: Path, problems: list[Problem]) -> Day | None:
    file = folder / "day.toml"
    day_table = source.read(file, problems, Scope(number), root=folder.parent)
    # Its texts are read all the same, for their own mistakes.
    top = day_table or source.empty_table(file)
    title = top.text("title", mandatory=True)
    facts = top.texts("facts", mandatory=True)
    link, media, time = top.text("link"), top.texts("media"), top.time_of_day("time")
    hashtags = top.hashtags("hashtags") if "hashtags" in top else None
    grave = top.boolean("grave", False)
    accepted_warnings = top.accepted_warnings()
    top.done()
    # Which pictures there are is known only where their list could be read.
    pictures = media if day_table and (top.is_list("media") or "media" not in top) else None
    translations: dict[str, Translation] = {}
    embassy_translations: dict[tuple[str, str], Translation | None] = {}
    names = [name for name in names_in(folder) if not name.startswith(".")]
    for name in names:
        if name == "day.toml":
            continue
        text_name = name if name.endswith(".toml") and intended_name(name) in (name, None) else None
        language, _, embassy = (text_name or "").removesuffix(".toml").partition(".")
        if text_name is None:
            if problem := _file_name_problem(folder / name, number, names, day_table is not None):
                problems.append(problem)
                if (scope := problem.scope).embassies and scope.language:
                    embassy_translations |= dict.fromkeys((scope.language, e) for e in scope.embassies)
        elif LANGUAGE.fullmatch(language):
            picture_names = _picture_names(folder, text_name.removesuffix(".toml"), names)
            translation = _translation(
                folder / name, number, language, embassy or None, pictures, picture_names, problems
            )
            if embassy:
                embassy_translations[language, embassy] = translation
            elif translation is not None:
                translations[language] = translation
        else:
            message, hint = f"“{language}” isn't a language code.", source.language_code_hint(language)
            problems.append(error("file-name", Location(folder / name, 1), message, hint, NO_DELIVERY))
    if day_table is None:
        return None
    return Day(
        number,
        file,
        title,
        facts,
        link,
        media,
        time,
        hashtags,
        grave,
        translations,
        embassy_translations,
        accepted_warnings,
    )


def _file_name_problem(file: Path, number: int, names: Sequence[str], has_day: bool) -> Problem | None:
    """Return the Problem of a file with another name than it was meant to have; None where it is no text of a Day's.

    It keeps from being sent what isn't sent without it, or would be sent in other words.
    """
    right_name, location = intended_name(file.name), Location(file, 1)
    is_toml = file.name.casefold().endswith(".toml")
    language, _, embassy = (right_name or "").removesuffix(".toml").partition(".")
    if right_name is None or not (LANGUAGE.fullmatch(language) or right_name == "day.toml"):
        if not is_toml:
            return None
        stem = file.stem.partition(".")[0]
        hint = source.language_code_hint(stem)
        return error("file-name", location, f"“{stem}” isn't a language code.", hint, NO_DELIVERY)
    if right_name in names:
        hint = f"{right_name} is there too, and is read. Delete one of the two."
        return error("file-name", location, f"its name isn't {right_name}.", hint, NO_DELIVERY) if is_toml else None
    if right_name == "day.toml":
        # Where it isn't read under this name, that is a Problem of day.toml already.
        message, hint = "its name isn't day.toml.", rename_hint(file, right_name)
        return error("file-name", location, message, hint, NO_DELIVERY) if has_day else None
    scope = Scope(number, frozenset({embassy}) if embassy else None, language=language)
    message = f"it is meant as {right_name}, and isn't read under this name."
    return error("file-name", location, message, rename_hint(file, right_name), scope)


def _picture_names(folder: Path, stem: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the pictures that lie beside a text under its name, `stem`: the .png first.

    Those that can't be posted count where there is no other: the reason is said then, and the next step.
    """
    suffixes = {
        name: suffix.casefold()
        for name in names
        for name_stem, _, suffix in [name.rpartition(".")]
        if name_stem.casefold() == stem.casefold()
    }
    card = f"{stem}.png"
    # A file system that takes en.PNG for en.png has the same name for it as one that doesn't.
    postable = {
        card if name.casefold() == card.casefold() and card not in names and os.path.lexists(folder / card) else name
        for name, suffix in suffixes.items()
        if suffix in POSTABLE_SUFFIXES
    }
    return tuple(
        sorted(
            postable or (n for n, suffix in suffixes.items() if suffix in OTHER_SUFFIXES), key=lambda n: (n != card, n)
        )
    )


def _translation(
    file: Path,
    number: int,
    language: str,
    embassy: str | None,
    pictures: tuple[Text, ...] | None,
    picture_names: tuple[str, ...],
    problems: list[Problem],
) -> Translation | None:
    scope = Scope(number, None if embassy is None else frozenset({embassy}), language=language)
    top = source.read(file, problems, scope, root=file.parents[1])
    if top is None:
        return None
    alt_table = top.table("alt")
    text = top.text("text", mandatory="text" not in alt_table)
    variants = {platform: variant for platform in PLATFORMS if (variant := top.text(platform)) is not None}
    for key in alt_table:
        if key in ("text", *PLATFORMS):
            message = f"“{key}” stands below [alt], so it is read as a picture's name."
            alt_table.problem(key, "key-below-alt", message, f"Move “{key}” above the line [alt].")
        elif pictures is not None and nfc(key) not in map(nfc, pictures):
            hint = did_you_mean(key, pictures) or "day.toml lists the day's pictures under “media”."
            alt_table.problem(key, "unknown-picture", f"day {number} has no picture “{key}”.", hint)
    alt_texts = NameMap(alt_table.each_text())
    alt = {str(picture): alt_texts[picture] for picture in pictures or () if picture in alt_texts}
    card = top.table("card")
    headline = card.text("headline", mandatory="card" in top)
    card_alt = card.text("alt", mandatory="card" in top)
    card.done()
    accepted_warnings = top.accepted_warnings()
    top.done()
    if text is None:
        return None
    media = pictures or ()
    if headline is not None:
        name = headline.with_value(f"{file.parent.name}/{next(iter(picture_names), f'{file.stem}.png')}")
        media = (*media, name)
        alt |= {name: card_alt} if card_alt is not None else {}
    return Translation(file, language, embassy, text, variants, media, headline, picture_names, alt, accepted_warnings)
