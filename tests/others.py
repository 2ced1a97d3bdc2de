"""A program run by somebody else: a user without a name and a home, who may read everything, and write nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from .ground import ROOT

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


def run_as_another(program: Sequence[str], folder: Path, **environment: str) -> Ran:
    """Runs it as a user without a passwd entry, with no more in its environment than that."""
    become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *_MAY_READ]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment}
    ran = subprocess.run(
        [*become, sys.executable, *program], cwd=folder, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stdout and "itself failed" not in ran.stdout, ran.stdout
    return Ran(ran.returncode, ran.stdout)


def orangeday(line: str, folder: Path, clock: Path, **environment: str) -> Ran:
    """The same, of a command, by a clock that lies in a file."""
    return run_as_another(["-m", "tests.stubborn", str(clock), *line.split()], folder, **environment)
