"""A finding of the doctor: what was seen, how that is, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orangeday.content.config import Account
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import title_of


class Health(StrEnum):
    """The state of one checked thing, as a live run would meet it, whatever the config's mode."""

    OK = "ok"
    WARNING = "warning"  # posts go out all the same
    FAILURE = "failure"  # some wouldn't


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: its name, its state, what was seen, and the next step where it isn't well."""

    check: str
    health: Health
    observation: str
    step: str = ""
    subject: str = ""
    """The account or the server that was checked, where there are several."""
    handle: str = ""
    """The account as a person knows it: `@be_nairobi on X`; empty where it is about no account."""
    identity: str = ""
    """The account's permanent identity, where the platform gave it."""
    outage: str = ""
    """The server that could not be asked; empty where that isn't what is wrong."""
    is_end: bool = False
    """True if it says that nothing is left to send."""


OK, WARNING, FAILURE = Health


def account_finding(
    account: Account, health: Health, observation: str, step: str = "", *, identity: str = "", outage: str = ""
) -> Finding:
    """Return a finding about an account."""
    handle = f"@{account.handle} on {title_of(account.platform)}"
    return Finding("account", health, observation, step, str(account), handle, identity, outage)


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
