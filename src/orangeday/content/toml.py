"""The tables of a TOML file, which keep file and line of every value, and make a Problem of every mistake.

tomli reads the values, but doesn't keep their lines. A small scanner finds them, once one of them is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
from orangeday.content.toml_forms import DURATION, HASHTAG, TIME_OF_DAY, Form, language_code_hint
from orangeday.content.toml_lines import CHARACTER, OPENING, Key, Scanner
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


class Table:
    """One table of a file. Each getter returns the value, or its default after adding a problem.

    The description of a key is read by people alone, in an editor: an Outline makes a schema of it.
    `done()` comes last: it reports the keys that were not asked for. A mistake in the table is about its `scope`.
    """

    def __init__(
        self,
        document: Document,
        values: Mapping[str, Any],
        key: Key = (),
        scope: Scope = WHOLE_CAMPAIGN,
        *,
        is_there: bool = True,
    ) -> None:
        self.document = document
        self.key = key
        self.scope = scope
        self.is_there = is_there
        """False for the empty table in the place of one that is missing or wrong."""
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

    def text(
        self, key: str, description: str = "", *, mandatory: bool = False, form: Form | None = None
    ) -> Text | None:
        """Return a string that isn't empty; None where it is missing or wrong. Of another form it is as written."""
        value = self._get(key, str, "a text between quotes", '"…"', mandatory=mandatory)
        if value is None:
            return None
        if not value.strip():
            self._empty(self.document.location((*self.key, key)), f"“{key}”")
            return None
        text = Text(value, self.document, (*self.key, key))
        self._check_form(text, form)
        return text

    def texts(
        self, key: str, description: str = "", *, mandatory: bool = False, form: Form | None = None
    ) -> tuple[Text, ...]:
        """Return a list of strings, without those that are wrong; an empty one where it is missing.

        Those of another form are as written.
        """
        return self._list(key, str, "a list of texts", '["…", "…"]', form, mandatory=mandatory)

    def hashtags(self, key: str, description: str) -> tuple[Text, ...]:
        """Return a list of hashtags, as written. One without its # is a problem."""
        return self.texts(key, description, form=HASHTAG)

    def items(self, key: str, description: str, form: Form) -> tuple[Text, ...]:
        """Return a list of whole numbers and strings, all as strings. Those of another form are as written."""
        return self._list(key, (int, str), "a list of numbers and texts", '[7, "8/x"]', form)

    def integer(self, key: str, description: str, default: int, allowed: range | None = None) -> int:
        """Return a whole number, or the default. One that isn't allowed is as written, after a problem."""
        value = self._get(key, int, "a whole number", "8")
        if value is None:
            return default
        if allowed and value not in allowed:
            hint = f"Write a number from {allowed[0]} to {allowed[-1]}."
            self.problem(key, "wrong-number", f"“{key}” can't be {value}.", hint)
        return int(value)

    def boolean(self, key: str, description: str, default: bool) -> bool:
        """Return true or false, or the default."""
        value = self._get(key, bool, "true or false", "true")
        return default if value is None else bool(value)

    def calendar_date(self, key: str, description: str) -> date | None:
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

    def time_of_day(self, key: str, description: str) -> time | None:
        """Return a time to the minute, from "09:00" or TOML's 09:00:00; None where it is missing or wrong."""
        value = self._get(key, (str, time), "a time", '"09:00"')
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        if value is None or not self._check_form(Text(value, self.document, (*self.key, key)), TIME_OF_DAY):
            return None
        hour, minute = value.split(":")
        return time(int(hour), int(minute))

    def duration(self, key: str, description: str, default: timedelta) -> timedelta:
        """Return a length of time, from "1h30m", or the default."""
        value = self.text(key, description, form=DURATION)
        match = re.fullmatch(DURATION.pattern, value or "")
        if match is None:
            return default
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)

    def accepted_warnings(self) -> dict[str, Text]:
        """Return the warnings about this file that somebody accepts, by rule, each with the reason: its `[accept]`.

        A rule that has another name by now is accepted by the old one too, with a warning that says the new one.
        """
        description = "Warnings about this file that are as they should be: the name of each, and the reason."
        reasons = self.table("accept", description).each_text("The reason why this warning is as it should be.")
        for old, rule in RENAMED_RULES.items():
            if old in reasons:
                reason = reasons.pop(old)
                message, hint = f"the warning “{old}” is now called “{rule}”.", f"Write {rule} in its place."
                self.document.add_problem(warning("renamed-rule", reason.location, message, hint, NO_DELIVERY))
                reasons.setdefault(rule, reason)
        return reasons

    def number(self, key: str, description: str, default: float) -> float:
        """Return a number, with or without a decimal point, or the default."""
        value = self._get(key, (int, float), "a number", "0.015")
        return default if value is None else float(value)

    def table(self, key: str, description: str = "") -> Table:
        """Return a table; an empty one where it is missing or wrong."""
        value = self._get(key, dict, "a section", "{ … }")
        return Table(self.document, value or {}, (*self.key, key), self.scope, is_there=value is not None)

    def tables(self, description: str = "", skip: str | None = None) -> Iterator[tuple[str, Table]]:
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
        texts = {
            language: self.text(language, "The same in this language.") for language in self.languages(code, hints)
        }
        return {language: text for language, text in texts.items() if text is not None}

    def text_or_by_language(
        self, key: str, description: str, code: re.Pattern[str], *, mandatory: bool = False
    ) -> dict[str, Text]:
        """Return a string that is the same in all languages, under "", or those of a table by language."""
        if self.is_table(key):
            return self.table(key, description).by_language(code)
        text = self.text(key, description, mandatory=mandatory)
        return {} if text is None else {"": text}

    def has_name(self, form: Form) -> bool:
        """Return whether the table's own name, the last part of its key, has a form. Another is a problem."""
        return self._check_form(Text(str(self.key[-1]), self.document, self.key), form)

    def reserve(self, keys: Collection[str], rule: str, message: str, hint: str) -> None:
        """Add a problem for each of these keys that is here: they mean something else. `{}` stands for the key."""
        for key in self._values:
            if key in keys:
                self.problem(key, rule, message.format(key), hint.format(key))

    def require_any(self, keys: Collection[str] | None, rule: str, message: str, hint: str) -> None:
        """Add a problem if none of these keys is here; None stands for any key."""
        if not any(keys is None or key in keys for key in self._values):
            self.problem(self.location, rule, message, hint)

    def require_with(self, keys: Collection[str], companion: str, message: str, hint: str) -> None:
        """Add a problem for the first of these keys that is here, if its companion isn't. `{}` stands for the key."""
        key = next((key for key in keys if key in self._values), None)
        if key is not None and companion not in self._values:
            self.problem(key, "missing-key", message.format(key), hint)

    def require_items(self, key: str, items: Collection[object], rule: str, message: str, hint: str) -> None:
        """Add a problem if a list is here and no item of it, as it was read, is left."""
        if self.is_list(key) and not items:
            self.problem(key, rule, message, hint)

    def require_distinct(self, key: str, texts: Sequence[Text], rule: str) -> None:
        """Add a problem for each text of a list that stood there before."""
        for n, text in enumerate(texts):
            if text in texts[:n]:
                self.problem(text.location, rule, f"“{text}” is there twice.", "Keep one.")

    def retired_key(self, key: str, reason: str) -> None:
        """Add a warning for a key that did something before and does nothing now, if it is there."""
        self._known[key] = None
        if key in self._values:
            location, message = self.document.location((*self.key, key)), f"“{key}” {reason}."
            self.document.add_problem(warning("retired-key", location, message, "Delete it.", NO_DELIVERY))

    def each_text(self, description: str) -> dict[str, Text]:
        """Return the strings of this table by key."""
        texts = {key: self.text(key, description) for key in self._names()}
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

    def _get(self, key: str, kind: Kind, kind_in_words: str, example: str, *, mandatory: bool = False) -> Any:
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
        message = f"“{key}” must be {kind_in_words}, not {type_in_words(value)}."
        name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
        line = f"[{name}]" if kind is dict and not self.key else f"{name} = {example}"
        self.problem(key, "wrong-type", message, f"Write it like this: {line}")
        return None

    def _list(
        self, key: str, kind: Kind, kind_in_words: str, example: str, form: Form | None, *, mandatory: bool = False
    ) -> tuple[Text, ...]:
        good = []
        for n, value in enumerate(self._get(key, list, kind_in_words, example, mandatory=mandatory) or ()):
            place = (*self.key, key, n)
            if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
                self._too_long(self.document.location(place), key, value)
            elif isinstance(value, str) and not value.strip():
                self._empty(self.document.location(place), f"a text in “{key}”")
            elif is_of_kind(value, kind):
                good.append(Text(str(value), self.document, place))
                self._check_form(good[-1], form)
            else:
                message = f"“{key}” must be {kind_in_words}; {type_in_words(value)} stands in it."
                hint = f"Write it like this: {key} = {example}"
                self.problem(self.document.location(place), "wrong-type", message, hint)
        return tuple(good)

    def _check_form(self, text: Text, form: Form | None) -> bool:
        """Return whether a text has a form, after adding a problem if it hasn't."""
        if form is None or form.fits(text):
            return True
        message, scope = form.message.format(text), form.scope or self.scope
        self.document.add_problem(error(form.rule, text.location, message, form.hint_for(text), scope))
        return False

    def _empty(self, location: Location, subject: str) -> None:
        self.problem(location, "empty-text", f"{subject} is empty.", "Write something between its quotes.")

    def _too_long(self, location: Location, key: str, value: str) -> None:
        message = (
            f"“{key}” has {len(value):,} characters, and {MAX_TEXT_LENGTH:,} are the most that a text here can have."
        )
        self.problem(location, "too-long-text", message, "Look whether the quotes that should end it are missing.")
