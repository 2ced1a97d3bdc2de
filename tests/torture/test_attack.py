"""A sample of the attack at every statement; `python -m tests.torture.attack --every` is all of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ..servers.postgres_server import Databases
from ..support.amount import amount, scaled
from ..support.common import ROOT

KILLS = amount(24, 60)
KILLS_ON_A_SERVER = amount(6, 10)

pytestmark = [
    scaled,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="it needs fork and SIGKILL, which Windows doesn't have"),
]


def attack(kills: int, *options: str) -> None:
    # The first of them are the lines of the engine, each in some story; the seed says in which.
    # In one job: each has its own ground, and brings each of its stories to where it begins.
    given = ["--kills", str(kills), "--seed", "16", "--jobs", "1", *options]
    command = [sys.executable, "-m", "tests.torture.attack", *given]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    table = dict(line.rsplit("  ", 1) for line in told.stdout.splitlines())
    counts = {name.strip(): value.strip() for name, value in table.items()}
    assert counts["kills"] == str(kills)
    assert (counts["twice"], counts["never, wrongly"], counts["unsure left"]) == ("0", "0", "0")


@pytest.mark.invariant(1, 2, 3, 7, 8)
@pytest.mark.arrow("scheduled → armed → published", "armed → unsure → published", "armed → unsure → deferred → armed")
@pytest.mark.arrow("armed → refused", "armed → deferred → armed", "scheduled → missed")
def test_a_kill_at_any_statement_loses_nothing_and_repeats_nothing() -> None:
    attack(KILLS)


@pytest.mark.invariant(1, 2, 3, 7, 8)
def test_nor_does_one_with_the_ledger_on_a_server(postgres: Databases) -> None:
    attack(KILLS_ON_A_SERVER, "--postgres", f"{postgres.password}:{postgres.port}")
