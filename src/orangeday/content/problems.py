"""Problems: mistakes in the officer's files, as values. They are collected and shown all at once, never raised."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from orangeday.errors import OrangedayError
from orangeday.text.display import reveal
from orangeday.text.names import nfc


class Severity(StrEnum):
    """An error keeps the deliveries that it is about from being sent; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; line 1 is the first."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Scope:
    """The deliveries that a Problem is about: all that match every part that isn't None."""

    day: int | None = None
    embassies: frozenset[str] | None = None
    platform: str | None = None
    language: str | None = None

    def covers(self, day: int, embassy: str, platform: str, language: str) -> bool:
        return (
            self.day in (None, day)
            and (self.embassies is None or embassy in self.embassies)
            and self.platform in (None, platform)
            and self.language in (None, language)
        )


WHOLE_CAMPAIGN = Scope()
NO_DELIVERY = Scope(embassies=frozenset())

RENAMED_RULES = {
    "too-like": "near-duplicate",
    "accepted-in-vain": "unused-accept",
    "left-over": "leftover",
    "alike-alt": "duplicate-alt",
    "twice": "duplicate-language",
}
"""The ids that rules had before 0.1.0, with those of now. Under `[accept]` the old ones still count."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its severity, rule and place, what is wrong, and a hint what to do about it."""

    severity: Severity
    rule: str
    location: Location
    message: str
    hint: str
    scope: Scope = field(default=WHOLE_CAMPAIGN, compare=False)

    def __str__(self) -> str:
        return f"{self.location}: {self.severity}: {self.message} {self.hint}".rstrip()


class UnreadableFiles(OrangedayError):
    """The config can't be used, so that nothing can be planned from it; its problems are the reasons."""

    def __init__(self, message: str, problems: Iterable[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


def error(rule: str, location: Location, message: str, hint: str, scope: Scope = WHOLE_CAMPAIGN) -> Problem:
    """Return a Problem that keeps the deliveries that it is about from being sent."""
    return Problem(Severity.ERROR, rule, location, reveal(message), reveal(hint), scope)


def warning(rule: str, location: Location, message: str, hint: str, scope: Scope = WHOLE_CAMPAIGN) -> Problem:
    """Return a Problem that is only shown."""
    return Problem(Severity.WARNING, rule, location, reveal(message), reveal(hint), scope)


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def sorted_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, each once, sorted by file and line."""
    return sorted(set(problems), key=lambda p: (str(p.location.file), p.location.line, p.severity, p.rule, p.message))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the known word that is most like `word`, or an empty text."""
    word_found = nearest(word, known)
    return f"Did you mean “{word_found}”? " if word_found else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `word`; None where none is like it."""
    if len(word) > 100:  # to compare costs its length squared
        return None
    spellings = {nfc(spelling.lower()): spelling for spelling in known}
    matches = difflib.get_close_matches(nfc(word.lower()), spellings, n=1)
    return spellings[matches[0]] if matches else None
