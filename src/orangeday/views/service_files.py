"""The files that start orangeday on this machine: for cron and for systemd. Pure.

They are ready to be pasted, and hold no secret: each says where those come from.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError
from orangeday.views.host_setup import (
    HostSetup,
    campaign_name,
    campaign_option,
    config_file,
    date_span,
    embassy_options,
    minute_field,
    one_line,
)

MARK = b"# orangeday: "
"""The first bytes of such a file, by which orangeday knows it as its own."""

_MAX_LINE_BYTES = 998
"""The longest line that cron takes, in bytes: it cuts the rest off, and says nothing."""


def cron(plan: Plan, setup: HostSetup, embassies: Sequence[str] = ()) -> str:
    """Return the lines for `crontab -e`. Raises OrangedayError where cron couldn't read one."""
    campaign = campaign_name(plan)
    log = _folder(plan) / "orangeday.log"
    shell_start = f's={_shell_word(setup.secrets_file)}; set -a; [ ! -r "$s" ] || . "$s"; set +a'
    if setup.state_home:
        shell_start = f"export XDG_STATE_HOME={_shell_word(setup.state_home)}; {shell_start}"

    def cron_lines(minutes: str, *words: str) -> list[str]:
        command = " ".join(map(_shell_word, (*setup.program, "--config", str(config_file(plan)), *words)))
        return [
            _cron_line(f"{minutes} * {days} {month} *", year, f"{shell_start}; {command} >> {_shell_word(log)} 2>&1")
            for year, month, days in _months(plan)
        ]

    first, last = date_span(plan)
    publish = cron_lines(minute_field(plan), "publish", "--live", *campaign_option(plan), *embassy_options(embassies))
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
            f"#   {one_line(setup.secrets_file)}",
            f"# What orangeday says goes to {one_line(log)}; what cron itself has to say, to:",
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
    campaign = campaign_name(plan)
    writable = [*([ledger.parent] if ledger else []), setup.state_folder]
    command = (
        *setup.program,
        "--config",
        str(config_file(plan)),
        "schedule",
        "--live",
        *campaign_option(plan),
        *embassy_options(embassies),
    )
    _, last = date_span(plan)
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


def _reminder_comment(plan: Plan) -> str:
    """Return the line that says whether somebody is told each day what goes out tomorrow."""
    if hour := plan.config.reminder_hour:
        return f"# It also says, once a day from {hour:%H:%M} on at each embassy, what goes out tomorrow."
    return '# To be told each day what goes out tomorrow, add to [alerts] in the config: tomorrow = "17:00"'


def _folder(plan: Plan) -> Path:
    return config_file(plan).parent


# How it is written


def _months(plan: Plan) -> list[tuple[int, int, str]]:
    """Return these dates as cron writes them: year, month, days (`25-30`)."""
    first, last = date_span(plan)
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    months: dict[tuple[int, int], list[int]] = {}
    for day in dates:
        months.setdefault((day.year, day.month), []).append(day.day)
    return [(*month, str(days[0]) if len(days) == 1 else f"{days[0]}-{days[-1]}") for month, days in months.items()]


def _shell_word(word: str | Path) -> str:
    """Return a word quoted for sh in a line of cron, where % would end the command.

    Raises OrangedayError for a character that such a line can't have."""
    text = str(word)
    if "\\" in text or not text.isprintable():
        raise OrangedayError(
            f"cron can't be told of “{one_line(text)}”. Nothing was written. Move it to a path without a backslash, "
            "a line end or any other character that can't be seen."
        )
    return shlex.quote(text).replace("%", r"\%")


def _cron_line(schedule: str, year: int, command: str) -> str:
    line = f'{schedule} [ "$(date +\\%Y)" = {year} ] || exit 0; {command}'
    if len(line.encode()) > _MAX_LINE_BYTES:
        raise OrangedayError("The line would be longer than cron can read: move the project to a shorter path.")
    return line


def _name(text: str) -> str:
    """Return a name as text on one line, of at most 100 characters."""
    return one_line(text)[:100]


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
        raise OrangedayError(f"A unit can't name the file “{one_line(path)}”.")
    return text.replace("%", "%%")


def _unit_user(name: str) -> str:
    """Return a user's name as systemd takes it. Raises OrangedayError for one that it would read otherwise."""
    if sys.platform != "win32" and name == str(os.getuid()):
        return name  # who has no name goes by the number, which systemd reads as one
    if not name.isprintable() or re.search(r"[\s/:]|^[-.]|\\$|^\d*$", name):
        raise OrangedayError(
            f"A unit can't name the user “{one_line(name)}”. Nothing was written. Start orangeday as the user who is "
            "to run it, with the environment's LOGNAME and USER as the system sets them."
        )
    return name.replace("%", "%%")
