from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import output
from orangeday.clock import system_clock
from orangeday.commands import Embassies, Separator, files, write_document
from orangeday.streams import write_whole

if TYPE_CHECKING:
    from orangeday.jobs import Here
    from orangeday.plan import Plan


class What(StrEnum):
    """What there is to hand over."""

    ICS = "ics"
    CSV = "csv"
    CRON = "cron"
    SYSTEMD = "systemd"


def export(
    ctx: typer.Context,
    what: Annotated[What, typer.Argument(help="ics, csv, cron or systemd.", metavar="WHAT", show_default=False)],
    embassy: Embassies = None,
    file: Annotated[
        Path | None, typer.Option("--output", help="Write it here; unless given, it is printed.", metavar="FILE")
    ] = None,
    separator: Separator = ",",
) -> int:
    """Hand the plan to a calendar or a table; or its start to cron or systemd.

    ics: for Outlook or Google, each post at its embassy's own hour. csv: for Excel, a row for each post; a cell that
    Excel could take for a formula begins with an apostrophe. cron, systemd: the lines for this machine, ready to be
    pasted; on Windows cron gives a line for Task Scheduler.

    For example: orangeday export ics --embassy nairobi --output nairobi.ics
    """
    from orangeday import export, jobs

    plan = files(ctx, embassy, example=False).plan
    between = export.separator(separator)
    if what in (What.CRON, What.SYSTEMD):
        plan.config.usable()
    chosen = embassy or []
    if what is What.ICS:
        content, mark = export.calendar(plan, system_clock()), export.ICS_MARK
    elif what is What.CSV:
        from orangeday import approvals

        stored = approvals.load(plan.campaign.folder)
        content, mark = export.plan_csv(plan, stored.objection, between), export.CSV_MARK
    elif what is What.SYSTEMD:
        content, mark = jobs.systemd(plan, _here(), _ledger(plan), chosen).encode(), jobs.MARK
    elif sys.platform == "win32":
        content, mark = jobs.task(plan, _here(), chosen).encode(), b"rem orangeday: "
    else:
        content, mark = jobs.cron(plan, _here(), chosen).encode(), jobs.MARK
    if file is None:
        write_whole(content)
    else:
        write_document(file, content, mark)
        output.say(f"Wrote {file}.")
    return 0


def _here() -> Here:
    """This machine, and the orangeday that runs."""
    import os

    from orangeday import machine
    from orangeday.jobs import Here

    started = Path(sys.argv[0])
    if started.name in ("orangeday", "orangeday.exe") and started.is_file():
        program = [str(started.absolute())]
    else:
        program = [sys.executable, "-m", "orangeday"]
    secrets = machine.config_folder() / "secrets.env"
    state_home = os.environ.get("XDG_STATE_HOME")
    user = machine.user()
    if user == machine.NAMELESS and sys.platform != "win32":
        user = str(os.getuid())  # systemd takes that as well
    return Here(program, user, machine.name(), secrets, machine.state_folder(), state_home)


def _ledger(plan: Plan) -> Path | None:
    """The ledger's file, where it is one."""
    from sqlalchemy import make_url

    url = make_url(plan.config.ledger_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
