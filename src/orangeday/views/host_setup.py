"""The data that every file names which starts orangeday on a machine: its command, its user, the campaign's dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orangeday.content.campaign import ID
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError


@dataclass(frozen=True, slots=True)
class HostSetup:
    """The machine's data that these files have to name."""

    program: Sequence[str]
    """The words of the command that starts orangeday; the first is an absolute path."""
    user: str
    """The user's name as this system's own files have it: on Windows with the domain, `DOMAIN\\user`."""
    host: str
    secrets_file: Path
    """The file with the credentials' variables, if there is one."""
    state_folder: Path
    """The folder where orangeday keeps things outside the project."""
    state_home: str | None
    """The value of XDG_STATE_HOME, where it is set: a program that is started otherwise has to have it too."""


def campaign_name(plan: Plan) -> str:
    """Return the campaign's name, safe in any of these files. Raises OrangedayError where its id isn't."""
    if not ID.fits(plan.campaign.id):
        file = plan.campaign.folder / "campaign.toml"
        raise OrangedayError(
            f"{one_line(file)}: the campaign's “id” can't stand in a line for this machine. Nothing was written. "
            "Write it with a–z, 0–9 and - alone, like 16days."
        )
    return plan.campaign_id


def config_file(plan: Plan) -> Path:
    """Return the absolute path of the config."""
    return plan.config.file.absolute()


def campaign_option(plan: Plan) -> list[str]:
    """Return the words that let a command post this campaign and no other."""
    return ["--campaign", plan.campaign_id]


def embassy_options(embassies: Sequence[str]) -> list[str]:
    """Return the words that let a command serve these embassies alone; none where there are no names."""
    return [word for name in embassies for word in ("--embassy", name)]


_MAX_BEHIND_UTC, _MAX_AHEAD_UTC = timedelta(hours=12), timedelta(hours=15)
"""The most that any clock is behind UTC and ahead of it; the second with an hour for posts in doubt at the end."""


def date_span(plan: Plan) -> tuple[date, date]:
    """Return the first and the last date on which anything may be due, whatever zone a machine's clock is in."""
    if plan.ends is None:
        raise OrangedayError("Nothing is planned: no embassy posts on any day. Nothing was written.")
    first = next(iter(plan)).due
    return (first - _MAX_BEHIND_UTC).date(), (plan.ends + _MAX_AHEAD_UTC).date()


def minute_field(plan: Plan) -> str:
    """Return cron's field for the minutes: every five, or every minute where a post is due in between."""
    return "*/5" if all(delivery.due.minute % 5 == 0 for delivery in plan) else "*"


def one_line(text: object) -> str:
    """Return any value as text on one line, without characters that can't be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
