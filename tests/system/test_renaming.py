"""A file that takes another's place, which Windows refuses while a program has that one open."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from orangeday.errors import OrangedayError
from orangeday.system import file_changes, machine, renaming


class Held:
    """A file that another program has open for some tries, as `Path` says it on Windows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, file: Path, tries: int, number: int | None = 32) -> None:
        self.tries = tries
        replace = Path.replace

        def replace_unless_held(source: Path, target: Path) -> Path:
            if file in (source, target) and self.tries:
                self.tries -= 1
                failure = PermissionError(errno.EACCES, "Zugriff verweigert", str(source))
                if number is not None:
                    vars(failure)["winerror"] = number
                raise failure
            return replace(source, target)

        monkeypatch.setattr(Path, "replace", replace_unless_held)
        monkeypatch.setattr(renaming, "_PAUSES", (0.0,) * len(renaming._PAUSES))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_bytes(b"2")
    old.write_bytes(b"1")
    return new, old


@pytest.mark.parametrize("number", [5, 32, 33])
def test_a_file_that_is_open_for_a_moment_is_replaced(
    number: int, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = files
    held = Held(monkeypatch, old, len(renaming._PAUSES), number)
    renaming.move(new, old)
    assert (held.tries, old.read_bytes(), new.exists()) == (0, b"2", False)


def test_one_that_stays_open_is_named_with_what_to_do(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = files
    Held(monkeypatch, old, 99)
    with pytest.raises(PermissionError, match="another program has it open") as said:
        renaming.move(new, old)
    assert said.value.filename == str(old) and "Zugriff" not in str(said.value)
    assert (old.read_bytes(), new.read_bytes()) == (b"1", b"2")


def test_a_refusal_of_another_kind_stands_at_once(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = files
    for number in (None, 112):  # of another system; a full disk
        held = Held(monkeypatch, old, 99, number)
        with pytest.raises(PermissionError, match="Zugriff"):
            renaming.move(new, old)
        assert held.tries == 98


def test_the_time_for_it_is_short() -> None:
    assert 1 < sum(renaming._PAUSES) < 3


def test_files_that_change_together_are_all_as_they_were_where_one_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "en.toml", tmp_path / "fr.toml"
    for file in (first, second):
        file.write_bytes(b"1")
    Held(monkeypatch, second, len(renaming._PAUSES) + 1)
    with pytest.raises(OrangedayError, match=r"fr\.toml: another program has it open.*Nothing was changed\."):
        file_changes.apply_or_explain({first: b"2", second: b"2"}, tmp_path, "Nothing was changed.")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"en.toml": b"1", "fr.toml": b"1"}


def test_a_file_of_the_state_folder_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "session.json"
    file.write_bytes(b"1")
    Held(monkeypatch, file, 2)
    machine.write(file, b"2")
    assert file.read_bytes() == b"2"
