"""The tables of a TOML file, which keep file and line of every value, and make a Problem of every mistake.

tomli reads the values, but doesn't keep their lines. A small scanner finds them, once one of them is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, cast

from orangeday.content.problems import (
    NO_DELIVERY,
    RENAMED_RULES,
    WHOLE_CAMPAIGN,
    Location,
    Problem,
    Scope,
    did_you_mean,
    error,
    warning,
)
from orangeday.content.toml_errors import Kind, is_of_kind, type_in_words
from orangeday.content.toml_lines import CHARACTER, OPENING, Key, Scanner
from orangeday.text.display import language_named
from orangeday.text.names import nfc


class Text(str):
    """A string with its place in a file."""

    __slots__ = ("_document", "_key")
    _document: Document
    _key: Key

    def __new__(cls, value: str, document: Document, key: Key) -> Text:
        text = super().__new__(cls, value)
        text._document, text._key = document, key
        return text

    def __deepcopy__(self, _: object) -> Text:
        return self  # nothing of it ever changes

    @property
    def location(self) -> Location:
        """The place of its key."""
        return self._document.location(self._key)

    def with_value(self, value: str) -> Text:
        """Return another string with the place of this one."""
        return Text(value, self._document, self._key)

    def location_at(self, offset: int) -> Location:
        """Return the place of the character at `offset`."""
        location = self.location
        literal = self._document.scanner.strings.get(self._key, "")
        opening = OPENING.match(literal)
        position = (opening.end() if opening else 0) + offset
        if literal.startswith('"'):  # where an escape is longer than what it stands for
            character = next(islice(CHARACTER.finditer(literal, position - offset), offset, None), None)
            position = character.end() - 1 if character else position
        return Location(location.file, location.line + literal.count("\n", 0, position))


@dataclass(eq=False)
class Document:
    """One file: its text, and the list to which its problems are added."""

    file: Path
    source: str
    problems: list[Problem]
    problem_count: int = 0

    @property
    def is_full(self) -> bool:
        """True if the file has so many problems that no more are noted."""
        return self.problem_count > MAX_PROBLEMS

    def add_problem(self, problem: Problem) -> None:
        """Add a problem. If there are too many, the last one says so, and is about every delivery."""
        if self.problem_count < MAX_PROBLEMS:
            self.problems.append(problem)
        elif self.problem_count == MAX_PROBLEMS:
            message, hint = "more is wrong here than all that is said.", "Look whether it is the right file."
            self.problems.append(error("too-many-problems", Location(self.file, 1), message, hint))
        self.problem_count += 1

    @cached_property
    def scanner(self) -> Scanner:
        return Scanner(self.source)

    def location(self, key: Key = ()) -> Location:
        """Return the line of a key, or else of the table around it; line 1 where neither is there."""
        lines = self.scanner.lines
        while key and key not in lines:
            key = key[:-1]
        return Location(self.file, lines.get(key, 1))


MAX_PROBLEMS = 1_000
"""The limit of problems of one file. So many embassies may all have the same mistake, but nobody reads more."""

MAX_TEXT_LENGTH = 10_000
"""The limit of a text in characters. No platform accepts as many, and each one costs time."""


def language_code_hint(language: str) -> str:
    """Return the hint for something that isn't a language code."""
    if code := language_named(language):
        return f"Write {code}: a language is written as its code."
    return did_you_mean(language, ("nl", "fr", "de", "en")) + "Use the language's code: nl, fr, de, en, pt-BR."


class Table:
    """One table of a file. Each getter returns the value, or its default after adding a problem.

    `done()` comes last: it reports the keys that were not asked for. A mistake in the table is about its `scope`.
    """

    def __init__(
        self, document: Document, values: Mapping[str, Any], key: Key = (), scope: Scope = WHOLE_CAMPAIGN
    ) -> None:
        self.document = document
        self.key = key
        self.scope = scope
        self._values = values
        self._known: dict[str, None] = {}

    @property
    def location(self) -> Location:
        return self.document.location(self.key)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of the table, in the order of the file."""
        return iter(self._values)

    def is_table(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def is_list(self, key: str) -> bool:
        return isinstance(self._values.get(key), list)

    def problem(self, place: str | Location, rule: str, message: str, hint: str) -> None:
        """Add a problem, at a key or at the place of a value."""
        location = self.document.location((*self.key, place)) if isinstance(place, str) else place
        self.document.add_problem(error(rule, location, message, hint, self.scope))

    def text(self, key: str, *, mandatory: bool = False) -> Text | None:
        """Return a string that isn't empty; None where it is missing or wrong."""
        value = self._get(key, str, "a text between quotes", '"…"', mandatory=mandatory)
        if value is None:
            return None
        if not value.strip():
            self._empty(self.document.location((*self.key, key)), f"“{key}”")
            return None
        return Text(value, self.document, (*self.key, key))

    def texts(self, key: str, *, mandatory: bool = False) -> tuple[Text, ...]:
        """Return a list of strings, without those that are wrong; an empty one where it is missing."""
        return self._list(key, str, "a list of texts", '["…", "…"]', mandatory=mandatory)

    def hashtags(self, key: str) -> tuple[Text, ...]:
        """Return a list of hashtags, as written. One without its # is a problem."""
        tags = self.texts(key)
        for tag in tags:
            if not re.fullmatch(r"#[^\s#]+", tag):
                better = re.sub(r"[\s#]+", "", tag)
                self.problem(tag.location, "wrong-hashtag", f"“{tag}” isn't a hashtag.", f"Write it like “#{better}”.")
        return tags

    def items(self, key: str) -> tuple[Text, ...]:
        """Return a list of whole numbers and strings, all as strings."""
        return self._list(key, (int, str), "a list of numbers and texts", '[7, "8/x"]')

    def integer(self, key: str, default: int) -> int:
        """Return a whole number, or the default."""
        value = self._get(key, int, "a whole number", "8")
        return default if value is None else int(value)

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false, or the default."""
        value = self._get(key, bool, "true or false", "true")
        return default if value is None else bool(value)

    def calendar_date(self, key: str) -> date | None:
        """Return a date without a time; None where it is missing or wrong."""
        value = self._get(key, date, "a date", "2026-11-25")
        if isinstance(value, datetime):
            self.problem(key, "wrong-type", f"“{key}” must be a date alone.", "Leave out the time.")
            return None
        return cast("date | None", value)

    def moment(self, key: str, *, mandatory: bool = False) -> datetime | None:
        """Return a date with a time and a zone; None where it is missing or wrong."""
        value = self._get(key, datetime, "a date with a time", "2026-11-25T09:00:00Z", mandatory=mandatory)
        if value is not None and value.tzinfo is None:
            self.problem(key, "wrong-type", f"“{key}” has no time zone.", "End it with Z, for UTC.")
            return None
        if value is not None and not 2000 <= value.year <= 2100:  # at the ends of time no other zone can tell it
            self.problem(key, "wrong-date", f"“{key}” can't be in the year {value.year}.", "Write when it was.")
            return None
        return cast("datetime | None", value)

    def time_of_day(self, key: str) -> time | None:
        """Return a time to the minute, from "09:00" or TOML's 09:00:00; None where it is missing or wrong."""
        value = self._get(key, (str, time), "a time", '"09:00"')
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        if value is not None and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
            self.problem(key, "wrong-time", f"“{value}” isn't a time of day.", 'Write it like "09:00" or "17:30".')
            return None
        return None if value is None else datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007  a time has no zone

    def accepted_warnings(self) -> dict[str, Text]:
        """Return the warnings about this file that somebody accepts, by rule, each with the reason: its `[accept]`.

        A rule that has another name by now is accepted by the old one too, with a warning that says the new one.
        """
        reasons = self.table("accept").each_text()
        for old, rule in RENAMED_RULES.items():
            if old in reasons:
                reason = reasons.pop(old)
                message, hint = f"the warning “{old}” is now called “{rule}”.", f"Write {rule} in its place."
                self.document.add_problem(warning("renamed-rule", reason.location, message, hint, NO_DELIVERY))
                reasons.setdefault(rule, reason)
        return reasons

    def number(self, key: str, default: float) -> float:
        """Return a number, with or without a decimal point, or the default."""
        value = self._get(key, (int, float), "a number", "0.015")
        return default if value is None else float(value)

    def table(self, key: str) -> Table:
        """Return a table; an empty one where it is missing or wrong."""
        value = self._get(key, dict, "a section", "{ … }")
        return Table(self.document, value or {}, (*self.key, key), self.scope)

    def tables(self, skip: str | None = None) -> Iterator[tuple[str, Table]]:
        """Yield each key of this table with the table below it, except the key `skip`."""
        for key in self._names():
            if key == skip:
                continue
            value = self._get(key, dict, "a section", "{ … }")
            if value is not None:
                yield key, Table(self.document, value, (*self.key, key), self.scope)

    def languages(self, code: re.Pattern[str], hints: Mapping[str, str] | None = None) -> Iterator[str]:
        """Yield the keys that are language codes. Any other key is a problem, with `hints` as in `done`."""
        for key in self._values:
            if code.fullmatch(key):
                yield key
            else:
                hint = (hints or {}).get(key) or language_code_hint(key)
                self.problem(key, "wrong-language", f"“{key}” isn't a language code.", hint)

    def by_language(self, code: re.Pattern[str], hints: Mapping[str, str] | None = None) -> dict[str, Text]:
        """Return the strings of this table by language."""
        return {language: text for language in self.languages(code, hints) if (text := self.text(language)) is not None}

    def text_or_by_language(self, key: str, code: re.Pattern[str], *, mandatory: bool = False) -> dict[str, Text]:
        """Return a string that is the same in all languages, under "", or those of a table by language."""
        if self.is_table(key):
            return self.table(key).by_language(code)
        text = self.text(key, mandatory=mandatory)
        return {} if text is None else {"": text}

    def retired_key(self, key: str, reason: str) -> None:
        """Add a warning for a key that did something before and does nothing now, if it is there."""
        self._known[key] = None
        if key in self._values:
            location, message = self.document.location((*self.key, key)), f"“{key}” {reason}."
            self.document.add_problem(warning("retired-key", location, message, "Delete it.", NO_DELIVERY))

    def each_text(self) -> dict[str, Text]:
        """Return the strings of this table by key."""
        texts = {key: self.text(key) for key in self._names()}
        return {key: text for key, text in texts.items() if text is not None}

    def _names(self) -> Iterator[str]:
        """Yield the keys, which are names that somebody chose. One that stands twice in two forms is a problem."""
        written_names: dict[str, str] = {}
        for key in self._values:
            if written_names.setdefault(nfc(key), key) != key:
                message = f"“{key}” stands here twice, stored in two forms that look the same."
                self.problem(key, "duplicate-key", message, "Keep one of them.")
            yield key

    def done(self, hints: Mapping[str, str] | None = None) -> None:
        """Add a problem for every key that was never asked for; `hints` has better hints for some keys."""
        for key in self._values:
            if key not in self._known and not self.document.is_full:
                hint = (hints or {}).get(key) or did_you_mean(key, self._known) + self._known_keys_hint()
                self.problem(key, "unknown-key", f"unknown key “{key}” here.", hint)

    def _known_keys_hint(self) -> str:
        place = f"[{'.'.join(map(str, self.key))}]" if self.key else "This file"
        return f"{place} may have: {', '.join(self._known)}."

    def _get(self, key: str, kind: Kind, description: str, example: str, *, mandatory: bool = False) -> Any:
        """Return the value if it is of that kind; or else None, after adding a problem."""
        self._known[key] = None
        if key not in self._values:
            if mandatory:
                place = f"in [{'.'.join(map(str, self.key))}]" if self.key else "at the top"
                self.problem(key, "missing-key", f"“{key}” is missing.", f"Write it {place}: {key} = {example}")
            return None
        value = self._values[key]
        if is_of_kind(value, kind):
            if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
                self._too_long(self.document.location((*self.key, key)), key, value)
                return None
            return value
        message = f"“{key}” must be {description}, not {type_in_words(value)}."
        name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
        line = f"[{name}]" if kind is dict and not self.key else f"{name} = {example}"
        self.problem(key, "wrong-type", message, f"Write it like this: {line}")
        return None

    def _list(
        self, key: str, kind: Kind, description: str, example: str, *, mandatory: bool = False
    ) -> tuple[Text, ...]:
        good = []
        for n, value in enumerate(self._get(key, list, description, example, mandatory=mandatory) or ()):
            place = (*self.key, key, n)
            if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
                self._too_long(self.document.location(place), key, value)
            elif isinstance(value, str) and not value.strip():
                self._empty(self.document.location(place), f"a text in “{key}”")
            elif is_of_kind(value, kind):
                good.append(Text(str(value), self.document, place))
            else:
                message = f"“{key}” must be {description}; {type_in_words(value)} stands in it."
                hint = f"Write it like this: {key} = {example}"
                self.problem(self.document.location(place), "wrong-type", message, hint)
        return tuple(good)

    def _empty(self, location: Location, subject: str) -> None:
        self.problem(location, "empty-text", f"{subject} is empty.", "Write something between its quotes.")

    def _too_long(self, location: Location, key: str, value: str) -> None:
        message = (
            f"“{key}” has {len(value):,} characters, and {MAX_TEXT_LENGTH:,} are the most that a text here can have."
        )
        self.problem(location, "too-long-text", message, "Look whether the quotes that should end it are missing.")
