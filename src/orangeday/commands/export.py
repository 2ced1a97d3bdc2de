from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.documents import ensure_writable, write_document
from orangeday.commands.files import config_file, files
from orangeday.commands.ledgers import ledger_to_read
from orangeday.commands.options import Embassies, Separator
from orangeday.commands.selection import plan_to_review
from orangeday.content import schemas
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import WHOLE_CAMPAIGN, Problem, errors, sorted_problems
from orangeday.errors import LedgerError, OrangedayError
from orangeday.rules import catalogue as rules
from orangeday.system import machine
from orangeday.system.streams import write_to_stdout
from orangeday.views import console, ics, task_file
from orangeday.views import csv as csv_view
from orangeday.views import service_files as jobs
from orangeday.views.host_setup import HostSetup
from orangeday.views.terminal import check as check_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ExportFormat(StrEnum):
    """The forms in which the plan, or its start, is handed over; and the schemas of the files that it is made of."""

    ICS = "ics"
    CSV = "csv"
    CRON = "cron"
    SYSTEMD = "systemd"
    TASK = "task"
    SCHEMA = "schema"


def export(
    ctx: typer.Context,
    export_format: Annotated[
        ExportFormat,
        typer.Argument(help="ics, csv, cron, systemd, task or schema.", metavar="WHAT", show_default=False),
    ],
    embassy: Embassies = None,
    campaign: Annotated[
        str | None,
        typer.Option(
            "--campaign",
            help="The campaign, such as 16days-2026. Unless given: for csv the one that runs, or that begins within 30 "
            "days, or that ran last; for the others the one that runs or is next.",
            metavar="NAME",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file (default: print it).", metavar="FILE")
    ] = None,
    separator: Separator = ",",
    logged_off: Annotated[
        bool,
        typer.Option("--logged-off", help="task: run while you are logged off, too; Windows asks for your password."),
    ] = False,
) -> int:
    """Export the plan to a calendar or a table, or to cron.

    ics: for Outlook or Google, which show each post in your own time zone, and on the day before what is still to be
    approved. csv: for Excel, a row for each post; a text
    that Excel could take for a formula, a number or a date begins with an apostrophe. cron, systemd: the lines for this
    machine, ready to be pasted. task: a file for Windows' Task Scheduler, and the line that makes a task of it, which
    runs on battery too. They say --campaign: they post this one, and no other.

    schema: what may stand in each file, for an editor that knows TOML: five files, in the folder .schemas beside the
    config, or in the folder that --output names. Write them again after an update of orangeday.

    Nothing is written while there is an error in what it would write: `check` lists them. Then the exit status is 1,
    or 2 where the config can't be used at all.

    For example: orangeday export ics --embassy nairobi --output nairobi.ics
    """
    if export_format is ExportFormat.SCHEMA:
        return _write_schemas(file or config_file(ctx, example=False).parent / schemas.FOLDER)
    _require_system(export_format, sys.platform)
    if export_format is ExportFormat.TASK and file is None:
        raise OrangedayError(f"Task Scheduler takes a file. Type: {_TASK_COMMAND}")
    if logged_off and export_format is not ExportFormat.TASK:
        raise OrangedayError("--logged-off is for a task of Windows: what cron and systemd start needs no log-in.")
    plan = files(ctx, embassy, example=False).plan
    delimiter = csv_view.separator(separator)
    plan.config.require_usable()
    if campaign or export_format is ExportFormat.CSV:
        plan = _plan_to_export(plan, campaign)
    embassy_names = embassy or []
    if problems := _errors(plan, export_format, embassy_names):
        check_view.problems(console.messages(), problems)
        errors_text = "There is an error" if len(problems) == 1 else f"There are {len(problems):,} errors"
        message = (
            f"{errors_text} in what this would write, so nothing was written. Correct the files; then: orangeday check"
        )
        console.info(message, "bold red")
        return 1
    if export_format is ExportFormat.ICS:
        content, mark = ics.calendar(plan, system_clock(), _objection(plan)), ics.ICS_MARK
    elif export_format is ExportFormat.CSV:
        saved_approvals = approvals.load(plan.campaign.folder)
        content, mark = csv_view.plan_csv(plan, saved_approvals.objection, delimiter), csv_view.CSV_MARK
    elif export_format is ExportFormat.SYSTEMD:
        content, mark = jobs.systemd(plan, _this_machine(), _ledger(plan), embassy_names).encode(), jobs.MARK
    elif file is not None and export_format is ExportFormat.TASK:
        return _export_task(plan, file, embassy_names, logged_off=logged_off)
    else:
        content, mark = jobs.cron(plan, _this_machine(), embassy_names).encode(), jobs.MARK
    if file is None:
        write_to_stdout(content)
    else:
        write_document(file, content, mark)
        console.info(f"Wrote {file}.")
    return 0


def _write_schemas(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as failure:
        raise OrangedayError(
            f"{folder} can't be written: {failure.strerror}. Choose another folder, with --output."
        ) from failure
    contents = schemas.schema_files()
    for name in contents:
        ensure_writable(folder / name, schemas.MARK)
    for name, content in contents.items():
        write_document(folder / name, content.encode(), schemas.MARK)
    console.info(f"Wrote {', '.join(contents)} to {folder}.")
    return 0


_TASK_COMMAND = "orangeday export task --output orangeday.xml"


def _require_system(export_format: ExportFormat, platform: str) -> None:
    """Raise OrangedayError for a format that starts nothing on this platform, which is named as `sys.platform` is."""
    if platform == "win32" and export_format in (ExportFormat.CRON, ExportFormat.SYSTEMD):
        raise OrangedayError(f"Windows has no {export_format}. Its Task Scheduler does the same. Type: {_TASK_COMMAND}")
    if platform != "win32" and export_format is ExportFormat.TASK:
        raise OrangedayError("Task Scheduler is a part of Windows. On this computer, type: orangeday export cron")


def _export_task(plan: Plan, file: Path, embassy_names: Sequence[str], *, logged_off: bool) -> int:
    """Write the file of a task, and say how it becomes one."""
    line = task_file.register_line(file, logged_off=logged_off)
    content = task_file.task_file(plan, _this_machine(), embassy_names, logged_off=logged_off)
    write_document(file, content, task_file.MARK)
    console.info(
        f"Wrote {file}. Type this line in PowerShell or in the Command Prompt, as the user who logged in to the "
        "accounts:"
    )
    console.command(line)
    console.info(
        "It asks for your password of Windows, and runs while you are logged off too."
        if logged_off
        else "It runs while you are logged on, behind a locked screen too."
    )
    console.info("This takes it away again:")
    console.command(task_file.REMOVE_LINE)
    return 0


def _errors(plan: Plan, export_format: ExportFormat, embassy_names: Sequence[str]) -> list[Problem]:
    """Return the errors in what is written: of the files as a whole, of the embassies in it, and of their posts.

    The lines for a machine have none of the posts in them: there the config and what holds everything count.
    """
    in_lines = export_format in (ExportFormat.CRON, ExportFormat.SYSTEMD, ExportFormat.TASK)
    if in_lines:
        problems = [p for p in plan.problems if p.location.file == plan.config.file or p.scope == WHOLE_CAMPAIGN]
    else:
        problems = rules.check(plan, system_clock())

    def is_relevant(problem: Problem) -> bool:
        embassies = problem.scope.embassies
        if embassies is None or not embassy_names:
            return embassies is None or bool(embassies)
        return not embassies.isdisjoint(embassy_names)

    return sorted_problems(filter(is_relevant, errors(problems)))


def _objection(plan: Plan) -> Callable[[Delivery], str | None]:
    """Return what gives the reason why a post isn't approved; None for one that is, or is withdrawn."""
    if not plan.config.require_approval:
        return lambda _: None
    saved_approvals = approvals.load(plan.campaign.folder)
    return lambda d: None if saved_approvals.withdrawal_objection(d) else saved_approvals.objection(d)


def _plan_to_export(plan: Plan, campaign: str | None) -> Plan:
    """Return the campaign to export.

    Which one ran last, only the ledger knows; a plan is exported without it as well.
    """
    try:
        with ledger_to_read(plan) as ledger:
            return plan_to_review(plan, ledger, campaign)
    except LedgerError as failure:
        if campaign not in (None, plan.campaign_id):
            raise
        console.info(f"{failure} This is {plan.campaign_id}, as the files plan it.", "yellow")
        return plan


def _this_machine() -> HostSetup:
    """Return this machine, and the orangeday that runs."""
    secrets = machine.config_folder() / "secrets.env"
    state_home = os.environ.get("XDG_STATE_HOME")
    user = machine.user()
    if sys.platform == "win32":
        user = machine.domain_user(user, os.environ)
    elif user == machine.UNKNOWN_USER:
        user = str(os.getuid())  # systemd takes that as well
    program = _program(Path(sys.argv[0]), Path(sys.executable), sys.platform)
    return HostSetup(program, user, machine.name(), secrets, machine.state_folder(), state_home)


def _program(script: Path, python: Path, platform: str) -> list[str]:
    """Return the words that start orangeday: by the script that was started, if it is one, or else by Python.

    On Windows it is the Python without a console: a task would open one on the screen every few minutes, and whoever
    closes it would end what is being sent.
    """
    if platform == "win32":
        silent_python = python.with_name("pythonw.exe")
        return [str(silent_python if silent_python.is_file() else python), "-m", "orangeday"]
    if script.name == "orangeday" and script.is_file():
        return [str(script.absolute())]
    return [str(python), "-m", "orangeday"]


def _ledger(plan: Plan) -> Path | None:
    """Return the ledger's file, where it is one."""
    from orangeday.ledger.address import Address

    return Address.parse(plan.config.ledger_url).file
