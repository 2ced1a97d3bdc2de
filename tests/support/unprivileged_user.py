"""A program run by somebody else: a user without a name and a home, who may read everything, and write nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from .common import ROOT

UID = 12345
_MAY_READ = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""The tests' Python may lie where nobody else may read; that is no matter here."""

by_root = pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv"),
    reason="to be another user, root is needed, and setpriv",
)


@dataclass(frozen=True)
class Ran:
    status: int
    said: str


def run_as_another(program: Sequence[str], folder: Path, given_in: str = "", **environment: str) -> Ran:
    """Runs it as a user without a passwd entry, with no more in its environment than that; `given_in` is its stdin."""
    become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *_MAY_READ]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment}
    ran = subprocess.run(
        [*become, sys.executable, *program], cwd=folder, env=given, input=given_in, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stdout and "itself failed" not in ran.stdout, ran.stdout
    return Ran(ran.returncode, ran.stdout)


def orangeday(line: str, folder: Path, clock: Path, **environment: str) -> Ran:
    """The same, of a command, by a clock that lies in a file."""
    return run_as_another(
        ["-m", "tests.support.live_accounts_program", str(clock), *line.split()], folder, **environment
    )


def one_after_the_other(lines: Sequence[str], folder: Path, clock: Path, **environment: str) -> dict[str, Ran]:
    """The same, of several commands in their order, each in a program of its own."""
    program = ["-m", "tests.support.command_sequence", str(clock)]
    ran = run_as_another(program, folder, "\n".join(lines), **environment)
    assert ran.status == 0, ran.said
    return {line: Ran(*ended) for line, ended in zip(lines, json.loads(ran.said), strict=True)}
