"""A terminal that is really closed: `schedule` ends as on SIGTERM, and tells somebody. Under nohup it goes on."""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from orangeday.system import credentials

from ..support import campaigns
from ..support.alert_receiver import Receiver
from ..support.common import BEFORE
from ..support.terminal import Terminal

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind"),
]


def begun(
    folder: Path, port: int, *under: str, words: tuple[str, ...] = ("schedule", "--live"), minutes: int = 0
) -> Terminal:
    """`schedule` in a terminal, some weeks before day 1: it only waits. `minutes`: so many later than that."""
    files = campaigns.files(config=f'[alerts]\nurl = "json://127.0.0.1:{port}/"\n')
    files["config.toml"] = files["config.toml"].replace("example_be_", "be_").replace(".example", ".test")
    campaigns.write(folder, files)
    environment = {"AHEAD": str((BEFORE + timedelta(minutes=minutes)).timestamp() - time.time())}
    for platform in ("x", "bluesky"):
        environment |= dict.fromkeys(credentials.variables("nairobi", platform).values(), "none-that-counts")
    return Terminal(words, folder, folder / "keys.json", environment, under)


def closed(folder: Path) -> bool:
    """Whether the ledger was closed, and not left behind by a program that was killed."""
    with closing(sqlite3.connect(folder / "orangeday.db")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return not (folder / "orangeday.db-wal").exists()


@pytest.mark.invariant(11)
def test_a_terminal_that_is_closed_ends_it_and_somebody_is_told(tmp_path: Path, receiver: Receiver) -> None:
    for number in (1, 2):
        # The second comes a minute after the first by their clock, however long they took to begin: each is told of.
        terminal = begun(tmp_path, receiver.port, minutes=number)
        terminal.until("LIVE")
        terminal.until("Next in")
        wal = (tmp_path / "orangeday.db-wal").exists()
        assert terminal.hang_up() == 0
        assert wal and closed(tmp_path)
        assert len(receiver.messages) == number, "each time it happens"
        told = receiver.messages[-1]
        assert told["title"] == "orangeday: ended by a hang-up"
        assert "nothing more is posted until it is started again" in told["message"]


def test_a_dry_run_ends_too_and_tells_nobody(tmp_path: Path, receiver: Receiver) -> None:
    terminal = begun(tmp_path, receiver.port, words=("schedule",))
    terminal.until("Next in")
    assert terminal.hang_up() == 0
    assert receiver.messages == []


def test_an_alert_that_cannot_go_out_does_not_keep_it(tmp_path: Path) -> None:
    terminal = begun(tmp_path, 9)
    terminal.until("Next in")
    assert terminal.hang_up() == 0
    assert closed(tmp_path)


def test_under_nohup_it_goes_on_without_its_terminal(tmp_path: Path, receiver: Receiver) -> None:
    terminal = begun(tmp_path, receiver.port, "nohup")
    log, deadline = tmp_path / "nohup.out", time.monotonic() + 60
    while "Next: " not in (log.read_text() if log.exists() else "") and time.monotonic() < deadline:
        time.sleep(0.02)
    terminal.close()
    time.sleep(1)
    assert terminal.process.poll() is None, log.read_text()
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(60) == 0
    assert "Stopped. The same command goes on from here." in log.read_text()
    assert closed(tmp_path)
    assert receiver.messages == []
