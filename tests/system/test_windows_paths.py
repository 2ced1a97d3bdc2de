"""Names and paths that Windows can't have."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from orangeday.system.windows_paths import MAX_PATH, ROOM, folder_objection, name_objection

from ..support.common import ROOT


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("CON", "a device"), ("con.toml", "a device"), ("aux.toml", "a device"), ("Nul", "a device"),
        ("prn.nairobi.toml", "a device"), ("COM1.png", "a device"), ("lpt¹", "a device"), ("con .toml", "a device"),
        ("CONIN$", "a device"), ("embassy.", "the last character"), ("embassy ", "the last character"),
        ("a:b", "“:”"), ("a?b", "“?”"), ("a<b", "“<”"), ('a"b', '“"”'), ("a\nb", "can't be seen"), ("a|b", "“|”"),
        ("com", None), ("com10", None), ("console.toml", None), ("en.con.png", None), ("en.toml", None), (".git", None),
        ("été & hiver", None), ("it's", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_that_windows_cant_have_is_told_with_the_reason(name: str, reason: str | None) -> None:
    said = name_objection(name)
    assert said is None if reason is None else reason in (said or "")


@pytest.mark.parametrize(
    ("folder", "has_long_paths", "reason"),
    [
        (r"C:\orangeday", False, None), (r"C:\Users\Zoë\embassy", False, None), (r"D:\aux\embassy", True, "a device"),
        (r"C:\embassy.", False, "last character"), (r"\\server\share\embassy", False, None),
        ("C:\\" + "x" * (MAX_PATH - ROOM - 3), False, None),
        ("C:\\" + "x" * (MAX_PATH - ROOM - 2), False, r"160 characters, .* takes 259 in all\. .* C:\\orangeday"),
        ("C:\\" + "😀" * 80, False, "163 characters"), ("C:\\" + "x" * 240, True, None),
    ],
)  # fmt: skip
def test_a_project_is_where_windows_can_have_all_of_its_files(
    folder: str, has_long_paths: bool, reason: str | None
) -> None:
    path = PureWindowsPath(folder)
    said = folder_objection(path, "win32", has_long_paths=has_long_paths)
    if reason is None:
        assert said is None
    else:
        with pytest.raises(ValueError, match=reason):
            raise ValueError(said)
    assert folder_objection(path, "linux", has_long_paths=True) is None


def test_elsewhere_every_folder_is_right() -> None:
    for folder in ("/home/aux/con.", "/" + "x" * 1000):
        for platform in ("linux", "darwin"):
            assert folder_objection(PurePosixPath(folder), platform, has_long_paths=True) is None


def test_there_is_room_for_the_files_that_orangeday_makes() -> None:
    """Of the longest of them there is one for an embassy, and it has a longer name while it is written."""
    longest = max(len(str(file.relative_to(ROOT))) for file in (ROOT / "posts").rglob("*"))
    embassy, while_written = ".permanent-representation-geneva", len(".-before-1234567")
    assert longest + len(embassy) + while_written + 1 <= ROOM, longest


def test_no_file_of_the_project_has_such_a_name() -> None:
    room = MAX_PATH - len("C:/Users/a.long.name/Downloads/orangeday-main/orangeday-main/")
    for part in ("docs", "posts", "src", "tests", "container", "scripts"):
        for file in (ROOT / part).rglob("*"):
            assert name_objection(file.name) is None, file
            assert len(str(file.relative_to(ROOT))) <= room, file
