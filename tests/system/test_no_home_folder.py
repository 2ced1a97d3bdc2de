"""A user without a home: what needs none works, and what does says what to set."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.errors import OrangedayError
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.system import credentials, machine

from ..support import campaigns
from ..support.campaigns import ownable
from ..support.common import Clock
from ..support.file_clock import set_ahead
from ..support.offset_clock import ahead
from ..support.unprivileged_user import UID, Ran, by_root, one_after_the_other

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
KEYS = {
    variable: "of-no-platform"
    for platform in ("x", "bluesky")
    for variable in credentials.variables("nairobi", platform).values()
}
Nobody = Callable[..., dict[str, Ran]]

pytestmark = [pytest.mark.integration, pytest.mark.invariant(11)]


@pytest.fixture
def nobody(tmp_path: Path) -> Nobody:
    """A campaign that belongs to a user without a name and a home, who runs this."""
    config = '[publishing]\nmode = "live"\nrequire_approval = false\n'
    folder = tmp_path / "embassy"
    campaigns.write(folder, ownable(campaigns.files(config=config)))
    clock = tmp_path / "clock"
    set_ahead(clock, ahead(DUE - timedelta(hours=1)))
    for there, folders, files in os.walk(folder):
        for name in [".", *folders, *files]:
            os.chown(Path(there) / name, UID, UID)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == 0 and above.name.startswith("pytest"):
            above.chmod(0o755)

    def run(*lines: str, **environment: str) -> dict[str, Ran]:
        return one_after_the_other(lines, folder, clock, **KEYS, **environment)

    return run


@by_root
def test_what_remembers_nothing_needs_no_home(nobody: Nobody) -> None:
    lines = ("check", "preview 1", "rehearse", "calendar", "status", "report", "export csv", "publish --dry-run")
    for line, ran in nobody(*lines).items():
        assert ran.status == 0, (line, ran.said)
        assert "home" not in ran.said, line


@by_root
def test_what_has_to_remember_says_what_to_set(nobody: Nobody) -> None:
    for line, ran in nobody("publish --live", "schedule --live", "export cron", "export systemd").items():
        assert ran.status == 2, (line, ran.said)
        assert "no home folder" in ran.said and "Set XDG_STATE_HOME" in ran.said, line


@by_root
def test_doctor_says_so_among_its_other_lines(nobody: Nobody) -> None:
    (ran,) = nobody("doctor --offline -v").values()
    assert ran.status == 1
    assert "no home folder" in ran.said and "XDG_STATE_HOME" in ran.said
    assert "locks" in ran.said


@by_root
@pytest.mark.parametrize("home", [{}, {"HOME": "/nonexistent"}])
def test_a_person_decides_without_a_home_all_the_same(nobody: Nobody, home: dict[str, str]) -> None:
    decided = ("pause --reason mourning", "status", "resume", "approve all --by Ann", "status --log")
    nothing_to_see, live = "acknowledge 01/nairobi/x/en --reason seen", "publish --live"
    ran = nobody(*decided, nothing_to_see, live, **home)
    for line in decided:
        assert ran[line].status == 0, (line, ran[line].said)
    assert "everything: mourning" in ran["status --log"].said
    assert ran[nothing_to_see].status != 0  # nothing has happened to it
    assert ran[live].status == 2
    assert "set XDG_STATE_HOME".lower() in ran[live].said.lower()


@by_root
def test_a_state_folder_is_home_enough(nobody: Nobody, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, UID, UID)
    for line, ran in nobody("export cron", "export systemd", "publish --live", XDG_STATE_HOME=str(state)).items():
        assert ran.status == 0, (line, ran.said)
        if line != "publish --live":
            assert f"{state}/orangeday/secrets.env" in ran.said
            assert "unknown" not in ran.said.replace("MAILTO", "")


# A state folder that can't be written


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """One that is at home here."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", Clock(DUE))
    with closing(ledger):
        ledger.claim_home("16days-2026", is_running=False)
    return ledger


def test_a_pause_holds_whose_bookmark_cannot_be_moved_and_a_send_does_not_begin(
    ledger: Ledger, tmp_path: Path, own_state_folder: Path
) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", Clock(DUE))) as person:
        person.attach_high_water_mark()
        (bookmark,) = own_state_folder.rglob("ledger-*.json")
        bookmark.unlink()
        bookmark.mkdir()  # root may write any file
        person.pause(ALL_ACCOUNTS, "mourning")
        assert person.mark_problem is not None and "can't be written" in person.mark_problem
        assert [pause.reason for pause in person.pauses()] == ["mourning"]


def test_where_the_state_folder_cannot_be_made_nothing_is_remembered_and_no_live_run_begins(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", Clock(DUE))) as person:
        person.attach_high_water_mark()
        assert person.mark_problem is not None and "XDG_STATE_HOME" in person.mark_problem
        person.pause(ALL_ACCOUNTS, "mourning")
        assert person.pauses()
        with pytest.raises(OrangedayError, match="XDG_STATE_HOME"):
            person.claim_home("16days-2026", is_running=False)
    with pytest.raises(OrangedayError, match="XDG_STATE_HOME"):
        machine.identity()
