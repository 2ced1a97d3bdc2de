"""Several files that are changed as one: all of them, or none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orangeday.system import file_changes


def tree(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_files_are_written_replaced_and_deleted_together(tmp_path: Path) -> None:
    old, gone, new = (tmp_path / name for name in ("old", "gone", "new"))
    old.write_bytes(b"1")
    gone.write_bytes(b"2")
    old.chmod(0o640)
    file_changes.apply({old: b"3", gone: None, new: b"4"})
    assert tree(tmp_path) == {"old": b"3", "new": b"4"}
    if sys.platform != "win32":
        assert (old.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (0o640, 0o644)


@pytest.mark.parametrize("failure", [OSError("full"), KeyboardInterrupt()])
@pytest.mark.parametrize("nth", range(1, 6))
def test_after_a_failure_at_any_step_all_is_as_it_was(
    failure: BaseException, nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, gone, new = (tmp_path / name for name in ("old", "gone", "new"))
    old.write_bytes(b"1")
    gone.write_bytes(b"2")
    count = 0
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == nth:
            raise failure
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    changes = {old: b"3", gone: None, new: b"4"}
    if nth <= 4:  # aside, in place, aside, in place
        with pytest.raises(type(failure)):
            file_changes.apply(changes)
        assert tree(tmp_path) == {"old": b"1", "gone": b"2"}
    else:
        file_changes.apply(changes)
        assert tree(tmp_path) == {"old": b"3", "new": b"4"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"1")
    link.symlink_to(file)
    file_changes.apply({link: b"2"})
    assert link.is_symlink() and file.read_bytes() == b"2"
    file_changes.apply({link: None})
    assert tree(tmp_path) == {"file": b"2"}
