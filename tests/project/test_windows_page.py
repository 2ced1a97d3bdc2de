"""The page for Windows: nothing here can type its lines, so each is held to what its shell takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orangeday.cli import COMMANDS
from orangeday.system.windows_paths import MAX_PATH, ROOM
from orangeday.views import task_file

from ..support.common import ROOT
from .test_docs import PAGES, blocks, named, options

PAGE = "docs/windows.md"

POWERSHELL, CMD = "powershell", "bat"
"""The kinds of blocks: the first is for PowerShell 5.1 and 7, which hold in both."""

PROGRAMS = {"py", "cd", "orangeday", "schtasks", r".venv\Scripts\pip", r".venv\Scripts\uv"}
"""What a line may begin with, besides what sets a variable."""

SETS = {POWERSHELL: r"""\$env:\w+ = (?:'[^'$%]*'|"\$PWD\\[^"$%`]*;\$env:\w+")""", CMD: r'set "\w+=[^"$!&|<>^]*"'}

FORBIDDEN = {
    POWERSHELL: (
        ("&&", "PowerShell 5.1 doesn't know it"), ("||", "nor this"), ("%", "that is cmd's"), ("`", "it joins lines"),
    ),
    CMD: (("'", "cmd has no such quotes"), ("$", "that is PowerShell's"), ("&", "two lines, one a line")),
}  # fmt: skip
ANYWHERE = (
    (r"\bsource\b|^\. ", "it is for a POSIX shell"),
    (r"^export\b", "it is for a POSIX shell"),
    (r"[Aa]ctivate|\.ps1|ExecutionPolicy", "a policy may forbid scripts"),
    (r"[\\^`]$", "it would go on in the next line"),
    (r"\.venv/|bin/", "cmd takes no such path"),
    (r"[;|<>]$| [;|<>] ", "one a line"),
    (r"python3", "it is called py there"),
)

SCHTASKS = {"/Create": {"/TN", "/XML", "/RP", "/F"}, "/Query": {"/TN", "/V", "/FO"}, "/Delete": {"/TN", "/F"}}
"""Its words, as `schtasks /?` has them."""


def lines(kind: str) -> list[str]:
    return [line for block in blocks(PAGE) if block.kind == kind for line in block.text.splitlines()]


@pytest.mark.parametrize("kind", [POWERSHELL, CMD])
def test_each_line_is_one_that_its_shell_takes(kind: str) -> None:
    assert len(lines(kind)) > 12
    for line in lines(kind):
        assert line == line.strip() and line.isascii(), line
        for pattern, reason in ANYWHERE:
            assert not re.search(pattern, line), f"{line}: {reason}"
        if re.fullmatch(SETS[kind], line):
            continue
        for sign, reason in FORBIDDEN[kind]:
            assert sign not in line, f"{line}: {reason}"
        program, *words = line.split()
        assert program in PROGRAMS, line
        if program == "cd":
            assert kind == CMD and words[0] == "/d" if words[0].startswith("/") else kind == POWERSHELL, line
        elif program == "schtasks":
            known = SCHTASKS[words[0]]
            assert {word for word in words[1:] if word.startswith("/")} <= known, line
        elif program == "orangeday":
            assert words[0] in COMMANDS and {*named(" ".join(words[1:]))} <= options(words[0]), line


def test_no_block_is_for_another_shell_and_each_has_one_for_the_other() -> None:
    kinds = [block.kind for block in blocks(PAGE)]
    assert kinds == [POWERSHELL, CMD] * (len(kinds) // 2)
    for one, other in zip(blocks(PAGE)[::2], blocks(PAGE)[1::2], strict=True):
        assert len(one.text.splitlines()) == len(other.text.splitlines())
        for powershell, cmd in zip(one.text.splitlines(), other.text.splitlines(), strict=True):
            sets = [re.match(SETS[kind], line) for kind, line in ((POWERSHELL, powershell), (CMD, cmd))]
            assert all(sets) if any(sets) else cmd == re.sub("^cd ", "cd /d ", powershell)


def test_no_other_page_has_lines_for_windows() -> None:
    for page in PAGES:
        assert page == PAGE or not {POWERSHELL, CMD, "cmd", "ps1", "pwsh"} & {block.kind for block in blocks(page)}


def test_the_lines_for_task_scheduler_are_those_that_the_export_says() -> None:
    """And they are the same in each shell."""
    file = Path("orangeday.xml")
    for kind in (POWERSHELL, CMD):
        said = [line for line in lines(kind) if line.startswith("schtasks") and "/Query" not in line]
        assert said == [
            task_file.register_line(file), task_file.register_line(file, logged_off=True), task_file.REMOVE_LINE,
        ]  # fmt: skip


def test_the_page_has_the_programs_own_numbers() -> None:
    text = " ".join((ROOT / PAGE).read_text("utf-8").split())
    assert f"paths of {MAX_PATH} characters" in text and f"has more than {MAX_PATH - ROOM}" in text


def test_the_lines_that_set_it_up_are_those_of_the_first_page() -> None:
    """One for each of its steps, and the last one makes `orangeday` a command, as its second does."""
    (line,) = [line for line in PAGES["docs/start.md"].read_text("utf-8").splitlines() if line.startswith("python3 -m")]
    steps = [step for step in line.split(" && ") if "activate" not in step]
    for kind in (POWERSHELL, CMD):
        there = [line.replace(".venv\\Scripts\\", "").replace("py -m", "python3 -m") for line in lines(kind)[:3]]
        assert there == steps
        assert ".venv\\Scripts;" in lines(kind)[3]
