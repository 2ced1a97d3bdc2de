"""`status --alive`, a container's probe: is a live run looking for what is due? What needs a person is no matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main
from orangeday.ledger.ledger import Ledger

from ..support import campaigns
from ..support.common import BEFORE, Clock

Probe = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which a live run last looked at BEFORE."""
    campaigns.write(tmp_path, campaigns.files())
    with closing(Ledger(f"sqlite:///{(tmp_path / 'orangeday.db').as_posix()}", Clock(BEFORE))) as ledger:
        ledger.record_sweep("test-2026", "", BEFORE)
    return tmp_path


@pytest.fixture
def probe(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Probe:
    """Asks so many minutes after the last look, and gives the exit status and all that is said."""
    monkeypatch.delenv("ORANGEDAY_CONFIG", raising=False)
    monkeypatch.chdir(folder)

    def probe(minutes: float, *options: str) -> tuple[int, str]:
        with time_machine.travel(BEFORE + timedelta(minutes=minutes), tick=False):
            status = main(["status", "--alive", *options])
        said = capsys.readouterr()
        return status, said.out + said.err

    return probe


@pytest.mark.parametrize(("minutes", "status"), [(0, 0), (9, 0), (10.9, 0), (11, 1), (24 * 60, 1)])
def test_it_lives_as_long_as_it_looks_every_ten_minutes(probe: Probe, minutes: float, status: int) -> None:
    assert probe(minutes)[0] == status
    assert json.loads(probe(minutes, "--json")[1]) == {
        "now": (BEFORE + timedelta(minutes=minutes)).isoformat(), "alive": status == 0, "last_look": BEFORE.isoformat(),
    }  # fmt: skip


def test_what_is_wrong_in_the_files_kills_nobody(probe: Probe, folder: Path) -> None:
    for file in (folder / "posts").rglob("*.toml"):
        file.write_text("= = =", "utf-8")
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8") + "\n[nonsense]\nkey = 1\n", "utf-8")
    assert probe(1)[0] == 0
    (folder / "posts").rename(folder / "gone")
    assert probe(1)[0] == 0


def test_where_nothing_was_ever_sent_nobody_lives_and_no_record_is_made(probe: Probe, folder: Path) -> None:
    (folder / "orangeday.db").unlink()
    status, said = probe(1)
    assert status == 1 and "No live run has ever looked" in said
    assert not (folder / "orangeday.db").exists()


def test_a_record_that_cannot_be_read_is_an_error_of_its_own(probe: Probe, folder: Path) -> None:
    (folder / "orangeday.db").write_bytes(b"no database" * 100)
    status, said = probe(1)
    assert status == 2 and "orangeday.db" in said and "Traceback" not in said
