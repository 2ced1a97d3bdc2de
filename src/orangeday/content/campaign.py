"""The Campaign: all sixteen Days in all their languages, as read from the folder `posts/`.

A mistake in one file doesn't affect the others: what can be read is there. For the rest there is a Problem, which keeps
the deliveries that it is about from being sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path

from orangeday.clock import DAYS
from orangeday.content import toml_file as source
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, did_you_mean, error
from orangeday.content.toml import Table, Text
from orangeday.content.toml_forms import Form, one_of
from orangeday.content.translations import Translation, read_translations
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.language import LANGUAGE, in_language
from orangeday.text.names import NameMap, without_unseen


@dataclass(frozen=True, slots=True)
class Day:
    """One of the sixteen days: its facts, links and pictures, and its Translations by language."""

    number: int
    file: Path
    title: Text | None
    facts: tuple[Text, ...]
    links: Mapping[str, Text]
    """By language; a link that is the same in all of them is under ""."""
    media: tuple[Text, ...]
    """The pictures that every Translation shows, by their names relative to the folder of the posts."""
    time: time | None
    hashtags: tuple[Text, ...] | None
    grave: bool
    """True if its cards are dark."""
    layout: str
    """The layout of its cards, one of LAYOUTS."""
    translations: Mapping[str, Translation]
    embassy_translations: Mapping[tuple[str, str], Translation | None]
    """The texts of single embassies, by language and embassy. None: it can't be read, and no other text replaces it."""
    accepted_warnings: Mapping[str, Text]

    def link(self, language: str) -> Text | None:
        """Return the link of its texts in a language; None where they have none."""
        return in_language(self.links, language)

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
    as_of: date | None = None
    """The date on which it was so; a later campaign looks at it again."""
    until: date | None = None
    """The last date on which it is so."""
    reason: Text | None = None
    """Why it may be so no longer."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A person or an organisation that a text may mention: by the handle on the platform, or else by name."""

    names: Mapping[str, Text]
    """By language; a name that is the same in all of them is under ""."""
    handles: Mapping[str, Text]
    """By platform."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """All that every card shows besides its headline: by language the sender and the font, and a logo."""

    senders: Mapping[str, Text]
    fonts: Mapping[str, Text]
    """Font files by name, relative to the folder of the posts, where the fonts of orangeday lack letters.

    Of a collection with the font that is meant, `media/NotoSansCJK.ttc#2`.
    """
    logo: Text | None = None
    """The name of a picture, relative to the folder of the posts."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files of the fonts, and of the logo's."""
        return (*(font.partition("#")[0] for font in self.fonts.values()), *filter(None, [self.logo]))


@dataclass(frozen=True, slots=True)
class Campaign:
    """The content of the folder. A Day or a Translation that can't be read is not in it; `problems` has the reason."""

    folder: Path
    id: str
    title: str
    ministers: Mapping[str, Text]
    """By language; a name that is the same in all of them is under ""."""
    hashtags: Mapping[str, tuple[Text, ...]]
    """By language."""
    handles: Mapping[str, Handle]
    facts: Mapping[str, Fact]
    days: Mapping[int, Day]
    problems: tuple[Problem, ...]
    accepted_warnings: Mapping[tuple[Path, str], Text]
    """The reasons for which warnings are accepted, by file and rule, for all files together."""
    release_title: str = ""
    lettering: Lettering = Lettering({}, {})

    def minister(self, language: str) -> Text | None:
        """Return the minister's name as a language writes it; None where there is none."""
        return in_language(self.ministers, language)

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that a Day has a text in, in the order of first use."""
        return tuple(dict.fromkeys(language for day in self.days.values() for language in day.translations))


ID = Form(r"[a-z0-9-]+", "wrong-id", "“{}” can't be an id.", "Use a–z, 0–9 and -, like 16days.")
"""The form of a campaign's id, which is a part of keys and of files that other programs read."""

LAYOUTS = ("statement", "question", "list", "words", "dawn", "full-sun")
"""The layouts of a card; the first is that of a Day which says none."""


def _layout_hint(layout: str) -> str:
    return did_you_mean(layout, LAYOUTS) + f"There are: {', '.join(LAYOUTS)}."


def _handle_hint(handle: str) -> str:
    return f"Without @ or spaces: {without_unseen(handle).strip().lstrip('@')}"


_LAYOUT = one_of(LAYOUTS, "wrong-layout", "cards have no layout “{}”.", _layout_hint, NO_DELIVERY)
_HANDLE = Form(r"[\w.-]+", "wrong-handle", "“{}” isn't a handle.", _handle_hint)

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
        return Campaign(folder, "", "", {}, {}, {}, {}, {}, tuple(problems), {})
    facts, accepted_warnings = _facts(folder / "facts.toml", problems)
    days = _days(folder, entries, problems)
    top = source.read(folder / "campaign.toml", problems, root=folder) or source.empty_table(folder / "campaign.toml")
    shared = read_shared(top)
    accepted_warnings |= {(folder / "campaign.toml", rule): reason for rule, reason in shared.accepted_warnings.items()}
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
        shared.id,
        shared.title,
        shared.ministers,
        shared.hashtags,
        shared.handles,
        NameMap(facts or {}),
        days,
        tuple(problems),
        accepted_warnings,
        shared.release_title,
        shared.lettering,
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """All that the Days share, as campaign.toml has it; what each part is, the Campaign says."""

    id: str
    title: str
    ministers: Mapping[str, Text]
    release_title: str
    hashtags: Mapping[str, tuple[Text, ...]]
    handles: Mapping[str, Handle]
    lettering: Lettering
    accepted_warnings: Mapping[str, Text]


def read_shared(top: Table) -> Shared:
    """Return what the top table of campaign.toml says."""
    description = "The first part of every post's key in the record: never change it once something went out."
    campaign_id = top.text("id", description, mandatory=True, form=ID)
    # A wrong one would be part of keys, of lines to type and of lines for cron.
    campaign_id = campaign_id if campaign_id and ID.fits(campaign_id) else None
    title = top.text("title", "The campaign's name, in headings and in the card of a link.")
    description = "{minister}: the minister's name, one for all languages, or by language."
    ministers = top.text_or_by_language("minister", description, LANGUAGE)
    release_title = _release_title(top.table("release", "The press release that every text is derived from."))
    tags = top.table("hashtags", "{hashtags}, by language; a day or an embassy can have fewer.")
    description = "The hashtags in this language."
    hashtags = {
        language: tags.hashtags(language, description) for language in tags.languages(LANGUAGE, _TOP_LEVEL_HINTS)
    }
    book = top.table("handles", "The handle book: {@un-women} is the platform's own handle, or the plain name.")
    description = "A person or an organisation that a text may mention."
    handles = NameMap({name: _handle(table) for name, table in book.tables(description)})
    lettering = _lettering(top.table("cards", "What stands on every card that `orangeday cards` draws."))
    accepted_warnings = top.accepted_warnings()
    top.done()
    return Shared(
        campaign_id or "", title or "", ministers, release_title, hashtags, handles, lettering, accepted_warnings
    )


def _release_title(release: Table) -> str:
    """Return the title of the release that the facts are from. What else it says is read for its mistakes."""
    title = release.text("title", "Its title.") or ""
    release.text("publisher", "Who published it.")
    release.text("address", "Where it can be read.")
    release.calendar_date("date", "The date on which it was published.")
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
    facts, accepted_warnings = read_facts(top)
    return NameMap(facts), {(file, rule): reason for rule, reason in accepted_warnings.items()}


def read_facts(top: Table) -> tuple[dict[str, Fact], dict[str, Text]]:
    """Return what the top table of facts.toml says: the facts by name, and the warnings that are accepted."""
    # A mistake in one fact holds, by `unknown-fact`, the Days that rest on it; no text is made of the rest.
    top.scope = NO_DELIVERY
    accepted_warnings = top.accepted_warnings()
    facts = {}
    for name, table in top.tables("A fact, by a name of your choice, which a day.toml may have in its list.", "accept"):
        description = "What the release states, in our own words and no stronger than it does."
        statement = table.text("statement", description, mandatory=True)
        description = "Its paragraph in the release, counted without headings; 0 is the title."
        paragraph = table.integer("paragraph", description, 0)
        as_of = table.calendar_date(
            "as_of", "The date on which it was so: `orangeday check` asks again in a later year."
        )
        until = table.calendar_date("until", "The last date on which it is so.")
        reason = table.text("reason", "Why it may be so no longer.")
        message, hint = "“{}” stands here without the reason.", 'Say in a line below it what may change: reason = "…"'
        table.require_with(("as_of", "until"), "reason", message, hint)
        table.done()
        if statement:
            facts[name] = Fact(statement, paragraph, as_of, until, reason)
    return facts, accepted_warnings


def _lettering(table: Table) -> Lettering:
    table.scope = NO_DELIVERY  # a card that is drawn is there, whatever becomes of the next one
    table.retired_key("title", "isn't drawn on cards any more")
    description = "The sender at the top of the cards, by language, where the config has several embassies."
    senders = table.table("from", description).by_language(LANGUAGE)
    description = (
        "A font file for a language whose letters Source Sans lacks; its path begins in the folder of the posts."
    )
    fonts = table.table("font", description).by_language(LANGUAGE)
    description = "A picture beside the sender; its path begins in the folder of the posts."
    lettering = Lettering(senders, fonts, table.text("logo", description))
    table.done(_TOP_LEVEL_HINTS)
    return lettering


def _handle(table: Table) -> Handle:
    description = (
        "The plain name, one for all languages or by language: it stands where a platform has no handle for it."
    )
    names = table.text_or_by_language("name", description, LANGUAGE, mandatory=True)
    handles = {
        name: handle
        for name, spec in PLATFORMS.items()
        if (handle := table.text(name, f"Its handle on {spec.title}, without @.", form=_HANDLE)) is not None
    }
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
    day = read_day(top, number, file)
    # Which pictures there are is known only where their list could be read.
    pictures = day.media if day_table and (top.is_list("media") or "media" not in top) else None
    translations, embassy_translations = read_translations(
        folder, number, pictures, problems, has_day=day_table is not None
    )
    if day_table is None:
        return None
    return replace(day, translations=translations, embassy_translations=embassy_translations)


def read_day(top: Table, number: int, file: Path) -> Day:
    """Return what the top table of a day.toml says: a Day that has no text yet."""
    title = top.text("title", "What the day is about: for people, in calendars and lists.", mandatory=True)
    description = "The facts that its texts rest on, by their names in facts.toml: a text says no more than they do."
    facts = top.texts("facts", description, mandatory=True)
    links = top.text_or_by_language("link", "{link}: an address, one for all languages or by language.", LANGUAGE)
    media = top.texts("media", "Its pictures, by their paths in the folder of the posts: media/05.png.")
    time = top.time_of_day("time", "The hour of this day's posts, on each embassy's own clock.")
    hashtags = top.hashtags("hashtags", "{hashtags} of this day, in place of those in campaign.toml.")
    grave = top.boolean("grave", "With true, its cards are dark.", False)
    layout = _layout(top)
    accepted_warnings = top.accepted_warnings()
    top.done()
    return Day(
        number,
        file,
        title,
        facts,
        links,
        media,
        time,
        hashtags if "hashtags" in top else None,
        grave,
        layout,
        {},
        {},
        accepted_warnings,
    )


def _layout(table: Table) -> str:
    """Return the layout of a Day's cards. A wrong one holds nothing: a card that is drawn is there."""
    layout = table.text("layout", "How its cards are laid out; “statement” unless given.", form=_LAYOUT)
    return layout if layout in LAYOUTS else LAYOUTS[0]
