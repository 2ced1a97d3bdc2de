"""A finding of the doctor: what was seen, how that is, and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError


class Health(StrEnum):
    """How it is with one thing."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, of what, how that is, and the next step where it isn't well."""

    check: str
    health: Health
    seen: str
    step: str = ""
    about: str = ""
    """An account, a server: where there are several."""


OK, WARNING, FAILURE = Health


def severity_when_live(plan: Plan) -> Health:
    """How bad is what only a live run needs: a dry run does without."""
    return FAILURE if plan.config.live else WARNING


def finding_of_error(check: str, failure: OrangedayError) -> Finding:
    """An error of ours: its first sentence is what was seen, the rest is what to do."""
    seen, _, step = str(failure).partition(". ")
    return Finding(check, FAILURE, seen, step or "Check the file and its folder.")


def ago(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 2:
        return "less than two minutes ago"
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def some(names: Iterable[str]) -> str:
    """Three of them, and how many more."""
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
