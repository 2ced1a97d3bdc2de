"""What can end a command, and with which exit status.

    OrangedayError            exit 2: wrong usage, or a config that can't be read
    ├── UnreadableFiles       the files are broken; carries their Problems
    └── LedgerError           the ledger can't be opened, read or written

A mistake in one file of the campaign is no exception: it is a `Problem`, a value, and holds only what it concerns.
A platform's answer is one of the outcomes in `platforms/base.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orangeday.problems import Problem


class OrangedayError(Exception):
    """A message for the officer: what happened, whether anything may be live, and the next step."""

    exit_status = 2


class UnreadableFiles(OrangedayError):
    """The config, or the whole campaign, can't be read; nothing can be planned from it."""

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class LedgerError(OrangedayError):
    """The record of what went out can't be used; without it nothing may be sent."""
