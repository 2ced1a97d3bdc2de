"""The file that starts orangeday by Windows' Task Scheduler, and the lines that make a task of it. Pure.

`schtasks` has no word for a task that starts on battery, and by Windows' own settings none does: so it gets a file.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError
from orangeday.system.machine import UNKNOWN_USER
from orangeday.text.shells import windows_word
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

MARK = "orangeday: ".encode("utf-16-le")
"""The bytes near the beginning of such a file, by which orangeday knows it as its own."""

TASK_NAME = "orangeday"

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

_ATTRIBUTES = {"Principal": {"id": "Author"}, "Actions": {"Context": "Author"}}
"""The attributes of elements: by these two the actions run as the user."""

_Element = str | Mapping[str, "_Element"]
"""The content of an element: its text, or the elements in it by their names."""

_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    # Unless it is told so, Windows starts no task on battery, and stops one that runs.
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "AllowHardTerminate": "true",
    "StartWhenAvailable": "true",
    # Without a network it starts as well: a post that can't leave is deferred, and the record of posts says why.
    "RunOnlyIfNetworkAvailable": "false",
    "AllowStartOnDemand": "true",
    "Enabled": "true",
    "RunOnlyIfIdle": "false",
    "WakeToRun": "true",
    # No RestartOnFailure: it starts again in some minutes anyhow, and exit status 1 means that a person is needed.
    "ExecutionTimeLimit": "PT1H",
}


def task_file(plan: Plan, setup: HostSetup, embassies: Sequence[str] = (), *, logged_off: bool = False) -> bytes:
    """Return the XML file of a task that posts what is due, in UTF-16, as Task Scheduler itself exports one.

    The task runs while its user is logged on: only then the Credential Manager is certainly open. If `logged_off`, it
    runs at all times, by the password that Windows then asks for. Without one (S4U) it couldn't read the Credential
    Manager at all, so that isn't offered.

    Raises OrangedayError for a path that Windows would read otherwise than it is written.
    """
    if setup.user == UNKNOWN_USER:
        raise OrangedayError("Windows doesn't say who you are. Nothing was written. Set USERNAME to your user's name.")
    campaign = campaign_name(plan)
    program, *words = map(_word, (*setup.program, "--config", str(config_file(plan)), "publish", "--live"))
    first, last = date_span(plan)
    minutes = 5 if minute_field(plan) == "*/5" else 1
    user = one_line(setup.user)
    root = ElementTree.Element("Task", {"version": "1.2", "xmlns": _NAMESPACE})
    contents: Mapping[str, _Element] = {
        "RegistrationInfo": {
            "Author": user,
            "Description": f"orangeday: {campaign} from this machine, {one_line(setup.host)[:100]}. It posts this "
            f"campaign and no other, until {last}.",
        },
        "Triggers": {
            "TimeTrigger": {
                "Repetition": {
                    "Interval": f"PT{minutes}M",
                    "Duration": f"P{(last - first).days + 1}D",
                    "StopAtDurationEnd": "false",
                },
                "StartBoundary": f"{first}T00:00:00",
                "EndBoundary": f"{last}T23:59:59",
                "Enabled": "true",
            }
        },
        "Principals": {
            "Principal": {
                "UserId": user,
                "LogonType": "Password" if logged_off else "InteractiveToken",
                "RunLevel": "LeastPrivilege",
            }
        },
        "Settings": _SETTINGS,
        "Actions": {
            "Exec": {
                "Command": program,
                "Arguments": subprocess.list2cmdline([*words, *campaign_option(plan), *embassy_options(embassies)]),
            }
        },
    }
    _fill(root, contents)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode").replace("\n", "\r\n")
    return f'\ufeff<?xml version="1.0" encoding="UTF-16"?>\r\n{body}\r\n'.encode("utf-16-le")


def register_line(file: Path, *, logged_off: bool = False) -> str:
    """Return the line that makes a task of this file: one that PowerShell 5.1, PowerShell 7 and cmd read alike.

    It replaces a task of the same name. Raises OrangedayError for a file that they would read otherwise.
    """
    word = windows_word(str(file))
    if word is None:
        raise OrangedayError(
            f"PowerShell and the Command Prompt would read “{one_line(file)}” otherwise. Nothing was written. Choose a "
            "name of letters and digits for the file, such as orangeday.xml."
        )
    password = " /RP *" if logged_off else ""
    return f"schtasks /Create /TN {TASK_NAME} /XML {word}{password} /F"


REMOVE_LINE = f"schtasks /Delete /TN {TASK_NAME} /F"
"""The line that takes the task away again."""


def _fill(element: ElementTree.Element, contents: Mapping[str, _Element]) -> None:
    for name, content in contents.items():
        child = ElementTree.SubElement(element, name, _ATTRIBUTES.get(name, {}))
        if isinstance(content, str):
            child.text = content
        else:
            _fill(child, content)


def _word(word: str) -> str:
    """Return a word of a task's command. Raises OrangedayError for what Windows would read otherwise.

    Task Scheduler fills in `%NAME%` and `$(Arg0)`, and no name of a file has a quotation mark there.
    """
    if not word.isprintable() or re.search(r'["%]|\$\(', word):
        raise OrangedayError(
            f"A task of Windows can't be told of “{one_line(word)}”. Nothing was written. Move it to a path "
            'without any of " % $( in it.'
        )
    return word
