"""What the code decides for Windows and for Macs, decided here: by a platform that is named, or by one that is put on.

Where a function asks `sys.platform` itself, it is told another one, and what that system lacks is taken away.
"""

from __future__ import annotations

import ctypes
import errno
import getpass
import io
import os
import select
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from orangeday.adapters import transport
from orangeday.approvals import store
from orangeday.cli import main
from orangeday.commands import export, schedule, stopping
from orangeday.content.cards import fonts
from orangeday.content.network import Route
from orangeday.doctor.files import check_permissions, check_place
from orangeday.doctor.finding import OK, WARNING
from orangeday.doctor.ledger import check_state_folder
from orangeday.system import filesystem, machine, streams
from orangeday.views.service_files import _unit_user

from ..support import campaigns, task_scheduler
from ..support.common import plan_of

LACKING = {os: ("getuid", "chown", "tcgetpgrp", "getpgrp"), select: ("poll",), time: ("CLOCK_BOOTTIME",)}
"""What Python hasn't got on Windows, of what the code uses elsewhere."""


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    for module, names in LACKING.items():
        for name in names:
            monkeypatch.delattr(module, name, raising=False)
    monkeypatch.setitem(sys.modules, "termios", None)


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Windows' registry, as Python gives it: values by the key's last word and their own name."""
    values: dict[str, object] = {}

    class Key:
        def __init__(self, _root: int, name: str) -> None:
            self.name = name.rpartition("\\")[2]

        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None: ...

    def value(key: Key, name: str) -> tuple[object, int]:
        try:
            return values[f"{key.name}/{name}"], 1
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "no such value") from None

    winreg = SimpleNamespace(HKEY_LOCAL_MACHINE=1, OpenKey=Key, QueryValueEx=value)
    monkeypatch.setitem(sys.modules, "winreg", winreg)
    return values


# The machine


def test_a_computer_of_windows_is_known_by_its_own_id(windows: None, registry: dict[str, object]) -> None:
    assert machine.computer_id() is None
    registry["Cryptography/MachineGuid"] = "a-guid"
    first = machine.computer_id()
    registry["Cryptography/MachineGuid"] = "another"
    assert first and machine.computer_id() not in (None, first)


def test_long_paths_are_on_where_the_registry_says_so(windows: None, registry: dict[str, object]) -> None:
    assert machine.has_long_paths() is False
    for value, expected in ((0, False), (1, True)):
        registry["FileSystem/LongPathsEnabled"] = value
        assert machine.has_long_paths() is expected


def test_elsewhere_paths_are_long(mac: None) -> None:
    assert machine.has_long_paths() is True


def test_a_folder_that_windows_cant_have_is_a_failure_for_the_doctor(
    tmp_path: Path, windows: None, registry: dict[str, object]
) -> None:
    plan = plan_of(campaigns.write(tmp_path / ("x" * 200), campaigns.files()))
    (finding,) = check_place(plan)
    assert "Windows takes 259" in finding.observation
    registry["FileSystem/LongPathsEnabled"] = 1
    assert [*check_place(plan)] == []


def test_a_folder_is_any_elsewhere(tmp_path: Path, mac: None) -> None:
    assert [*check_place(plan_of(campaigns.write(tmp_path / ("x" * 200), campaigns.files())))] == []


def test_rights_of_posix_are_left_alone(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch, own_state_folder: Path
) -> None:
    tmp_path.chmod(0o777)
    machine.keep_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o777
    assert [*check_permissions(plan_of(campaigns.write(tmp_path, campaigns.files())))] == []
    store._set_group(tmp_path, tmp_path.stat())
    assert check_state_folder().health == OK


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no rights of this kind")
def test_rights_of_posix_count_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))
    assert [finding.health for finding in check_permissions(plan)] == [WARNING]
    machine.keep_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    groups: list[tuple[object, ...]] = []
    monkeypatch.setattr(os, "chown", lambda *values: groups.append(values))
    store._set_group(tmp_path, tmp_path.stat())
    assert groups == [(tmp_path, -1, tmp_path.stat().st_gid)]
    monkeypatch.setattr(os, "getuid", lambda: -1)
    assert check_state_folder().health == WARNING


def test_a_variable_that_windows_does_not_go_by_is_no_way_out() -> None:
    for platform, expected in (("win32", False), ("linux", True), ("darwin", True)):
        said = str(machine._state_error("The folder", Path("state"), "denied", platform))
        assert ("XDG_STATE_HOME" in said) is expected and said.endswith(".")


def test_memory_is_given_back_where_glibc_keeps_it(mac: None) -> None:
    machine._glibc.cache_clear()
    try:
        assert machine._glibc() is None
        machine.release_memory()
    finally:
        machine._glibc.cache_clear()


def test_a_file_of_the_state_folder_is_written_over_byte_by_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_state_folder: Path
) -> None:
    """Without O_BINARY Windows would write a line end of its own, and the next line would begin a byte later."""
    flags: list[int] = []
    binary, opened = 1 << 30, os.open

    def note(file: Path, flag: int, *rest: int) -> int:
        flags.append(flag)
        return opened(file, flag & ~binary, *rest)

    monkeypatch.setattr(os, "O_BINARY", binary, raising=False)
    monkeypatch.setattr(os, "open", note)
    mark = machine.HighWaterMark(tmp_path / "orangeday.db")
    for number in (1, 2):
        mark.move(number, mark.moment)
    assert flags[-1] & binary


# Disks


@pytest.mark.parametrize(
    ("root", "kind", "share"),
    [("C:\\", 3, None), ("Z:\\", 4, "Z:\\"), ("\\\\server\\share\\", 1, "\\\\server\\share\\"), ("D:\\", 2, None)],
)
def test_a_network_drive_of_windows_is_known(root: str, kind: int, share: str | None) -> None:
    assert filesystem.windows_share(root, lambda _: kind) == share


def test_windows_is_asked_for_the_type_of_a_drive(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = SimpleNamespace(GetDriveTypeW=lambda root: 4 if root == tmp_path.anchor else 3)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    assert "a network drive" in (filesystem.objection(tmp_path / "orangeday.db", {}) or "")


def test_a_mac_is_asked_for_its_mounts_by_a_program(tmp_path: Path, mac: None, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = f"//ann@server/share on {tmp_path.resolve()} (smbfs, nodev)\n"
    asked: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, listing, "")

    monkeypatch.setattr(subprocess, "run", run)
    assert "smbfs" in (filesystem.objection(tmp_path / "orangeday.db", {}) or "")
    assert asked == [["/sbin/mount"]]


# The network


def test_a_connection_that_is_dropped_is_told_in_the_systems_own_form() -> None:
    """Windows' `struct linger` has two shorts, that of the others two ints: another length is refused."""
    assert transport._reset_on_close("win32") == struct.pack("hh", 1, 0)
    assert transport._reset_on_close("linux") == transport._reset_on_close("darwin") == struct.pack("ii", 1, 0)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_the_certificates_of_the_system_are_the_systems_own(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    truststore = ModuleType("truststore")
    truststore.SSLContext = lambda protocol: ("the system's", protocol)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "truststore", truststore)
    monkeypatch.setattr(sys, "platform", platform)
    transport._ssl_context.cache_clear()
    try:
        context: Any = transport._ssl_context(Route(certificates="system"))
        assert context == ("the system's", ssl.PROTOCOL_TLS_CLIENT)
    finally:
        transport._ssl_context.cache_clear()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_config_that_names_them_is_right_where_python_finds_no_file_of_them(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"openssl_cafile": str(tmp_path / "cert.pem"), "openssl_capath": str(tmp_path / "certs")}
    paths = ssl.get_default_verify_paths()._replace(**nowhere)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(sys, "platform", platform)
    config = '[network]\ncertificates = "system"\n'
    assert not plan_of(campaigns.write(tmp_path, campaigns.files(config=config))).config.problems


def test_seconds_go_on_without_a_clock_that_counts_sleep(windows: None) -> None:
    first = transport._ticks()
    assert 0 <= transport._ticks() - first < 5 and abs(first - time.monotonic()) < 5


# The terminal


def test_a_pipe_that_nobody_reads_is_no_failure_in_windows_own_words(windows: None) -> None:
    stream = streams._SafeStream(io.StringIO(), "<stdout>")
    assert stream._is_reader_gone(OSError(errno.EINVAL, "Invalid argument"))
    assert not stream._is_reader_gone(OSError(errno.ENOSPC, "full"))
    assert stream._has_room()


def test_elsewhere_the_same_words_are_a_failure(mac: None) -> None:
    stream = streams._SafeStream(io.StringIO(), "<stdout>")
    assert not stream._is_reader_gone(OSError(errno.EINVAL, "Invalid argument"))


class Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_whoever_sits_at_a_terminal_of_windows_is_asked(windows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typed("No\n"))
    monkeypatch.setattr(sys, "stderr", Typed())
    assert schedule._is_at_a_terminal()
    assert schedule._read_answer("? ") == "no"


def test_a_console_of_windows_tells_of_its_events_as_long_as_it_is_asked(
    windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers: list[tuple[Callable[[int], bool], int]] = []
    kernel = SimpleNamespace(SetConsoleCtrlHandler=lambda handler, is_added: handlers.append((handler, is_added)))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(ctypes, "WINFUNCTYPE", lambda *_types: lambda function: function, raising=False)
    with stopping._console_events(lambda event: event == 2):
        ((handler, is_added),) = handlers
        assert is_added == 1 and handler(2) and not handler(0)
    assert handlers[1:] == [(handler, 0)]


# Whole commands, and what is written for other programs


@pytest.mark.parametrize("name", ["x" * 200, "con", "embassy."])
def test_nothing_is_written_into_a_folder_that_windows_cant_have(
    name: str, tmp_path: Path, windows: None, registry: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / name), "--example"]) == 2
    assert "Windows" in (said := capsys.readouterr().err) and "Nothing was written." in said
    assert not [*tmp_path.iterdir()]


def test_a_task_is_exported_where_there_is_a_task_scheduler(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, campaigns.files())
    monkeypatch.chdir(tmp_path)
    assert main(["export", "task", "--output", "orangeday.xml"]) == 0
    assert "schtasks /Create /TN orangeday /XML orangeday.xml /F" in capsys.readouterr().err
    assert task_scheduler.task((tmp_path / "orangeday.xml").read_bytes()).words[1] == "orangeday"
    for words in (["export", "task"], ["export", "cron"], ["export", "systemd"]):
        assert main(words) == 2
        assert "orangeday export task --output orangeday.xml" in capsys.readouterr().err


def test_a_machine_of_windows_names_its_user_with_the_domain(
    windows: None, monkeypatch: pytest.MonkeyPatch, own_state_folder: Path
) -> None:
    monkeypatch.setenv("USERDOMAIN", "MIN")
    monkeypatch.setattr(getpass, "getuser", lambda: "Zoë")
    setup = export._this_machine()
    assert setup.user == "MIN\\Zoë" and setup.program[-1] == "orangeday"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such numbers")
def test_who_has_no_name_elsewhere_goes_by_the_number(monkeypatch: pytest.MonkeyPatch, own_state_folder: Path) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    number = str(os.getuid())
    assert export._this_machine().user == number == _unit_user(number)


def test_the_font_is_installed_by_a_path_that_the_shell_takes() -> None:
    assert fonts._pip("win32") == ".venv\\Scripts\\pip"
    assert fonts._pip("linux") == fonts._pip("darwin") == ".venv/bin/pip"
