"""The files that start orangeday on this machine: for cron, for systemd and for Windows' Task Scheduler. Pure.

They are ready to be pasted, and hold no secret: each says where those come from.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orangeday.content.campaign import ID
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError

MARK = b"# orangeday: "
"""The first bytes of such a file, by which orangeday knows it as its own."""

_MAX_LINE_BYTES = 998
"""The longest line that cron takes, in bytes: it cuts the rest off, and says nothing."""


@dataclass(frozen=True, slots=True)
class HostSetup:
    """The machine's data that these files have to name."""

    program: Sequence[str]
    """The words of the command that starts orangeday; the first is an absolute path."""
    user: str
    host: str
    secrets_file: Path
    """The file with the credentials' variables, if there is one."""
    state_folder: Path
    """The folder where orangeday keeps things outside the project."""
    state_home: str | None
    """The value of XDG_STATE_HOME, where it is set: a program that is started otherwise has to have it too."""


def cron(plan: Plan, setup: HostSetup, embassies: Sequence[str] = ()) -> str:
    """Return the lines for `crontab -e`. Raises OrangedayError where cron couldn't read one."""
    campaign = _campaign(plan)
    log = _folder(plan) / "orangeday.log"
    shell_start = f's={_shell_word(setup.secrets_file)}; set -a; [ ! -r "$s" ] || . "$s"; set +a'
    if setup.state_home:
        shell_start = f"export XDG_STATE_HOME={_shell_word(setup.state_home)}; {shell_start}"

    def cron_lines(minutes: str, *words: str) -> list[str]:
        command = " ".join(map(_shell_word, (*setup.program, "--config", str(_config(plan)), *words)))
        return [
            _cron_line(f"{minutes} * {days} {month} *", year, f"{shell_start}; {command} >> {_shell_word(log)} 2>&1")
            for year, month, days in _months(plan)
        ]

    first, last = _date_span(plan)
    publish = cron_lines(
        _minute_field(plan), "publish", "--live", *_campaign_option(plan), *_embassy_options(embassies)
    )
    watch = cron_lines("*/10", "alert")
    if plan.config.alerts:
        watch = [_reminder_comment(plan), *watch]
    if not plan.config.alerts:
        watch = [
            "# The config doesn't say yet who is told: add [alerts], then take the # away from the line below.",
            *(f"# {line}" for line in watch),
        ]
    return "\n".join(
        [
            f"# orangeday: {campaign} from this machine, {_name(setup.host)}, as {_name(setup.user)}.",
            "# Paste these lines with: crontab -e",
            f"# They run from {first} to {last}, which is the whole campaign on every embassy's own clock, whatever",
            "# zone this machine is in; and in that year alone, should nobody take them out again. They post this",
            "# campaign and no other: where the files plan another, they send nothing, and say so.",
            "# cron knows no keyring. The credentials come from this file, which you write, and nobody else may read;",
            "# each line of it as `orangeday login … --print` gives it:",
            f"#   {_comment(setup.secrets_file)}",
            f"# What orangeday says goes to {_comment(log)}; what cron itself has to say, to:",
            f"# MAILTO={_name(setup.user)}",
            "SHELL=/bin/sh",
            "",
            "# Post what is due:",
            *publish,
            "",
            "# Look whether that is done, and tell somebody if it isn't:",
            *watch,
            "",
        ]
    )


def systemd(plan: Plan, setup: HostSetup, ledger: Path | None, embassies: Sequence[str] = ()) -> str:
    """Return a unit for systemd; `ledger` is the ledger's file, or None where it is on a server.

    Raises OrangedayError where something can't be written in a unit.
    """
    campaign = _campaign(plan)
    writable = [*([ledger.parent] if ledger else []), setup.state_folder]
    command = (
        *setup.program,
        "--config",
        str(_config(plan)),
        "schedule",
        "--live",
        *_campaign_option(plan),
        *_embassy_options(embassies),
    )
    _, last = _date_span(plan)
    state_variable = _unit_word(f"XDG_STATE_HOME={setup.state_home}", variables=False)
    return "\n".join(
        [
            f"# orangeday: {campaign} from this machine, {_name(setup.host)}, as {_name(setup.user)}.",
            "# Put this into /etc/systemd/system/orangeday.service; then:",
            "#   sudo systemctl daemon-reload && sudo systemctl enable --now orangeday",
            "#   systemctl status orangeday; journalctl -u orangeday",
            "# A service knows no keyring. The credentials come from EnvironmentFile, which you write, and nobody else",
            "# may read: a line NAME=value for each, as `orangeday login … --print` gives it, without the word export.",
            "# Encrypted instead: `systemd-creds encrypt` and LoadCredentialEncrypted=, with a shell in ExecStart that",
            "# reads the file in $CREDENTIALS_DIRECTORY before it starts orangeday.",
            "# `schedule` tells alerts itself; that it has ended, the second line of `orangeday export cron` does.",
            *([_reminder_comment(plan)] if plan.config.alerts else []),
            "",
            "[Unit]",
            f"Description=orangeday posts {campaign}",
            "Wants=network-online.target",
            "After=network-online.target time-sync.target",
            "",
            "[Service]",
            "Type=exec",
            *(["# Rather a user who may do nothing else, and owns these files:"] if setup.user == "root" else []),
            f"User={_unit_user(setup.user)}",
            f"EnvironmentFile=-{_unit_path(setup.secrets_file)}",
            *([f"Environment={state_variable}"] if setup.state_home else []),
            f"# It posts {campaign} and no other. After {last} it isn't started, should nobody disable it:",
            "# it would only say that the campaign is over.",
            f"ExecCondition=/bin/sh -c '[ \"$$(date +%%Y%%m%%d)\" -le {last:%Y%m%d} ]'",
            f"ExecStart={_unit_command(command)}",
            *(_RESTART_WITH_FILE if ledger else _RESTART_WITH_SERVER),
            "# As it is stopped, what is being sent is still recorded.",
            "TimeoutStopSec=180",
            "",
            "# It may read the system, and write the record of posts and the state folder; nothing else.",
            "UMask=0077",
            "ProtectSystem=strict",
            f"ReadWritePaths={' '.join(_unit_word(str(path), variables=False) for path in dict.fromkeys(writable))}",
            *_HARDENING,
            "",
            "[Install]",
            "WantedBy=multi-user.target",
            "",
        ]
    )


_RESTART_WITH_FILE = (
    "# It ends with 0 when the campaign is over, and isn't started again; with 2 when only a person can correct what "
    "is",
    "# wrong. With 1, where the files plan another campaign, it is: it goes on when they are corrected.",
    "Restart=on-failure",
    "RestartSec=30",
    "RestartPreventExitStatus=2",
)
_RESTART_WITH_SERVER = (
    "# It ends with 0 when the campaign is over, and isn't started again. The server of the record of posts may be "
    "away as this",
    "# starts, and come back; files that plan another campaign may be corrected.",
    "# Its password, ORANGEDAY_LEDGER_PASSWORD, is a line of EnvironmentFile too.",
    "Restart=on-failure",
    "RestartSec=30",
)
_HARDENING = (
    "NoNewPrivileges=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "CapabilityBoundingSet=",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
)


def task(plan: Plan, setup: HostSetup, embassies: Sequence[str] = ()) -> str:
    """Return the lines that create a task for Windows' Task Scheduler, which has the user's keyring.

    They are PowerShell's: `schtasks` has no word for a task that starts on battery, and by Windows' own settings none
    does. Raises OrangedayError for a path that Windows would read otherwise than it is written.
    """
    campaign = _campaign(plan)
    program, *words = map(_task_word, (*setup.program, "--config", str(_config(plan)), "publish", "--live"))
    arguments = subprocess.list2cmdline([*words, *_campaign_option(plan), *_embassy_options(embassies)])
    first, last = _date_span(plan)
    minutes = 5 if _minute_field(plan) == "*/5" else 1
    days = (last - first).days + 1
    return "\n".join(
        [
            f"# orangeday: {campaign} from this machine. Open PowerShell as the user who logged in to the accounts,",
            "# not as administrator, and paste all of these lines into it.",
            f"$action = New-ScheduledTaskAction -Execute {_powershell_word(program)}"
            f" -Argument {_powershell_word(arguments)}",
            f"$trigger = New-ScheduledTaskTrigger -Once -At '{first}'"
            f" -RepetitionInterval (New-TimeSpan -Minutes {minutes})"
            f" -RepetitionDuration (New-TimeSpan -Days {days})",
            "# On battery as well: unless it is told so, Windows starts no task on battery, and stops one that runs.",
            "$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries"
            " -StartWhenAvailable -ExecutionTimeLimit (New-TimeSpan -Hours 1)",
            "Register-ScheduledTask -TaskName orangeday -Action $action -Trigger $trigger -Settings $settings -Force",
            "# It runs while you are logged on, also with the screen locked: only then your keyring is open.",
            "# A computer that sleeps or is off posts nothing, on battery or not.",
            *([_reminder_comment(plan)] if plan.config.alerts else []),
            f"# After {last}: Unregister-ScheduledTask -TaskName orangeday",
            "",
        ]
    )


def _reminder_comment(plan: Plan) -> str:
    """Return the line that says whether somebody is told each day what goes out tomorrow."""
    if hour := plan.config.reminder_hour:
        return f"# It also says, once a day from {hour:%H:%M} on at each embassy, what goes out tomorrow."
    return '# To be told each day what goes out tomorrow, add to [alerts] in the config: tomorrow = "17:00"'


def _folder(plan: Plan) -> Path:
    return _config(plan).parent


def _config(plan: Plan) -> Path:
    return plan.config.file.absolute()


def _campaign_option(plan: Plan) -> list[str]:
    return ["--campaign", plan.campaign_id]


def _embassy_options(embassies: Sequence[str]) -> list[str]:
    return [word for name in embassies for word in ("--embassy", name)]


# When

_MAX_BEHIND_UTC, _MAX_AHEAD_UTC = timedelta(hours=12), timedelta(hours=15)
"""The most that any clock is behind UTC and ahead of it; the second with an hour for posts in doubt at the end."""


def _date_span(plan: Plan) -> tuple[date, date]:
    """Return the first and the last date on which anything may be due, whatever zone a machine's clock is in."""
    if plan.ends is None:
        raise OrangedayError("Nothing is planned: no embassy posts on any day. Nothing was written.")
    first = next(iter(plan)).due
    return (first - _MAX_BEHIND_UTC).date(), (plan.ends + _MAX_AHEAD_UTC).date()


def _months(plan: Plan) -> list[tuple[int, int, str]]:
    """Return these dates as cron writes them: year, month, days (`25-30`)."""
    first, last = _date_span(plan)
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    months: dict[tuple[int, int], list[int]] = {}
    for day in dates:
        months.setdefault((day.year, day.month), []).append(day.day)
    return [(*month, str(days[0]) if len(days) == 1 else f"{days[0]}-{days[-1]}") for month, days in months.items()]


def _minute_field(plan: Plan) -> str:
    """Return cron's field for the minutes: every five, or every minute where a post is due in between."""
    return "*/5" if all(delivery.due.minute % 5 == 0 for delivery in plan) else "*"


# How it is written


def _campaign(plan: Plan) -> str:
    """Return the campaign's name, safe in any of these files. Raises OrangedayError where its id isn't."""
    if not ID.fits(plan.campaign.id):
        file = plan.campaign.folder / "campaign.toml"
        raise OrangedayError(
            f"{_comment(file)}: the campaign's “id” can't stand in a line for this machine. Nothing was written. "
            "Write it with a–z, 0–9 and - alone, like 16days."
        )
    return plan.campaign_id


def _shell_word(word: str | Path) -> str:
    """Return a word quoted for sh in a line of cron, where % would end the command.

    Raises OrangedayError for a character that such a line can't have."""
    text = str(word)
    if "\\" in text or not text.isprintable():
        raise OrangedayError(
            f"cron can't be told of “{_comment(text)}”. Nothing was written. Move it to a path without a backslash, "
            "a line end or any other character that can't be seen."
        )
    return shlex.quote(text).replace("%", r"\%")


def _cron_line(schedule: str, year: int, command: str) -> str:
    line = f'{schedule} [ "$(date +\\%Y)" = {year} ] || exit 0; {command}'
    if len(line.encode()) > _MAX_LINE_BYTES:
        raise OrangedayError("The line would be longer than cron can read: move the project to a shorter path.")
    return line


def _comment(text: object) -> str:
    """Return any value as text on one line, without characters that can't be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _name(text: str) -> str:
    """Return a name as text on one line, of at most 100 characters."""
    return _comment(text)[:100]


def _unit_command(words: Sequence[str]) -> str:
    program, *arguments = words
    if re.search(r"""["'\\]""", program):  # systemd takes no such name for a program, but any for what env starts
        return " ".join(["/usr/bin/env", *map(_unit_word, words)])
    return " ".join([_unit_word(program, variables=False), *map(_unit_word, arguments)])


def _unit_word(word: str, *, variables: bool = True) -> str:
    """Return a word of a command line, or of a list, for a unit; `variables`: systemd would read $NAME in it."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")

    def escape(character: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="surrogateescape"))

    text = "".join(c if c.isprintable() else escape(c) for c in text)
    text = text.replace("$", "$$") if variables else text
    return f'"{text}"' if re.search(r"[^\w@%+=:,./$-]", text) else text


def _unit_path(path: Path) -> str:
    """Return a path for a unit's line of its own. Raises OrangedayError where it can't be written there."""
    text = str(path)
    if not text.isprintable() or text != text.strip() or text.endswith("\\"):
        raise OrangedayError(f"A unit can't name the file “{_comment(path)}”.")
    return text.replace("%", "%%")


def _unit_user(name: str) -> str:
    """Return a user's name as systemd takes it. Raises OrangedayError for one that it would read otherwise."""
    if sys.platform != "win32" and name == str(os.getuid()):
        return name  # who has no name goes by the number, which systemd reads as one
    if not name.isprintable() or re.search(r"[\s/:]|^[-.]|\\$|^\d*$", name):
        raise OrangedayError(
            f"A unit can't name the user “{_comment(name)}”. Nothing was written. Start orangeday as the user who is "
            "to run it, with the environment's LOGNAME and USER as the system sets them."
        )
    return name.replace("%", "%%")


def _task_word(word: str) -> str:
    """Return a word of a task's command. Raises OrangedayError for what Windows would read otherwise.

    Task Scheduler fills in `%NAME%` and `$(Arg0)`; and what the command prompt would obey is left out too, for whoever
    pastes these lines there.
    """
    if not word.isprintable() or re.search(r'["%&|<>^]|\$\(', word):
        raise OrangedayError(
            f"A task of Windows can't be told of “{_comment(word)}”. Nothing was written. Move it to a path "
            'without any of " % & | < > ^ $( in it.'
        )
    return word


def _powershell_word(text: str) -> str:
    """Return a text in PowerShell's single quotation marks, in which nothing is filled in; it knows four that close."""
    return "'" + re.sub("(['‘’‚‛])", r"\1\1", text) + "'"
