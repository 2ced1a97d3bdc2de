"""A finding of the doctor: what was seen, how that is, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError


class Health(StrEnum):
    """The state of one checked thing."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: its name, its state, what was seen, and the next step where it isn't well."""

    check: str
    health: Health
    observation: str
    step: str = ""
    subject: str = ""
    """The account or the server that was checked, where there are several."""


OK, WARNING, FAILURE = Health


def severity_when_live(plan: Plan) -> Health:
    """Return the state for a lack that only a live run minds: a failure if the config is live, else a warning."""
    return FAILURE if plan.config.live else WARNING


def finding_of_error(check: str, failure: OrangedayError) -> Finding:
    """Return the finding for one of our own errors: its first sentence is what was seen, the rest is what to do."""
    observation, _, step = str(failure).partition(". ")
    return Finding(check, FAILURE, observation, step or "Check the file and its folder.")


def ago(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 2:
        return "less than two minutes ago"
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
