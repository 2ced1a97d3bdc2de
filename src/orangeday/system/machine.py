"""The machine that this runs on: its user, name and id, its memory, and the user's folders outside of a project."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from orangeday.errors import OrangedayError
from orangeday.system.renaming import move

UNKNOWN_USER = "unknown"


def user() -> str:
    """Return the name of the operating system's user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # it has no name: in a container, say
        return UNKNOWN_USER


def domain_user(user_name: str, environment: Mapping[str, str]) -> str:
    """Return a user's name as Windows writes it for all its computers, `DOMAIN\\user`; without a domain the name."""
    domain = environment.get("USERDOMAIN")
    return f"{domain}\\{user_name}" if domain and user_name != UNKNOWN_USER else user_name


def name() -> str:
    """Return the machine's own name."""
    return socket.gethostname()


def computer_id() -> str | None:
    """Return 12 hexadecimal digits of a hash of the system's own id, the same for all its users; None without an id.

    A copy of a whole machine has it as well: it proves nothing, and tells two users of one machine from two machines.
    """
    system_id = _system_id()
    return hashlib.sha256(b"orangeday " + system_id.encode()).hexdigest()[:12] if system_id else None


def _system_id() -> str:
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        return ""
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError, ValueError):
            if system_id := Path(file).read_text("ascii").strip():
                return system_id
    return ""


def has_long_paths() -> bool:
    """Return whether a path may be longer than 259 characters: on Windows only where its registry says so."""
    if sys.platform == "win32":
        import winreg

        key_name = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key_name) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
        return False
    return True


def identity() -> str:
    """Return the random id of this user on this machine. It is made once, and a copied project doesn't bring it along.

    Raises OrangedayError.
    """
    file = state_folder() / "machine"
    try:
        return _identity(file)
    except OSError as failure:
        raise _state_error("The file", file, failure.strerror) from failure


def _identity(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except FileNotFoundError:
        new = file.with_name(f".machine-{secrets.token_hex(8)}")
        write(new, secrets.token_hex(16))
        try:
            os.link(new, file)
        except FileExistsError:
            pass  # another program is the first here too: its id counts
        except OSError:
            move(new, file)  # a disk without links
        new.unlink(missing_ok=True)
        return file.read_text("ascii")


_temporary_folders: list[Path] = []


@contextmanager
def temporary_state() -> Iterator[None]:
    """Give a user without a state folder an empty one meanwhile, which is deleted afterwards."""
    try:
        state_folder()
    except (OrangedayError, RuntimeError):
        with tempfile.TemporaryDirectory(prefix="orangeday-") as folder:
            _temporary_folders.append(Path(folder))
            try:
                yield
            finally:
                _temporary_folders.pop()
    else:
        yield


def state_folder() -> Path:
    """Return the user's own folder for the state of this program. Raises OrangedayError where it can't be made."""
    from platformdirs import user_state_path

    if _temporary_folders:
        return _temporary_folders[-1]
    try:
        folder = user_state_path("orangeday", appauthor=False)
    except RuntimeError as failure:
        raise OrangedayError(
            "This user has no home folder, and orangeday has to keep there how far a record of posts has come. "
            "Nothing was "
            "sent. Set XDG_STATE_HOME to a folder of this user's own."
        ) from failure
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep_private(folder)
    except OSError as failure:
        raise _state_error("The folder", folder, failure.strerror) from failure
    return folder


def _state_error(subject: str, place: Path, reason: str | None, platform: str = sys.platform) -> OrangedayError:
    other_place = "" if platform == "win32" else ", or set XDG_STATE_HOME"  # which Windows doesn't go by
    return OrangedayError(
        f"{subject} {place} can't be made ({reason}), and orangeday has to keep there how far a record of posts has "
        f"come. Nothing was sent. Give yourself the right to write there{other_place}."
    )


def config_folder() -> Path:
    """Return the user's own folder for settings of this program; the state folder where there is no home."""
    from platformdirs import user_config_path

    try:
        return user_config_path("orangeday", appauthor=False)
    except RuntimeError:
        return state_folder()


def keep_private(folder: Path) -> None:
    """Remove the rights of all other users on a folder of this user; a link is followed."""
    if sys.platform == "win32":
        return  # there the user's own folder is the user's own
    status = folder.stat()
    if status.st_uid == os.getuid() and status.st_mode & 0o077:
        folder.chmod(0o700)


def write(file: Path, content: str | bytes, *, mode: int = 0o600) -> None:
    """Write a file that no other user may read, unless `mode` says so: the whole of it, or nothing."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # it has the mode 0600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).chmod(mode)
        move(Path(temporary), file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def keep_one_heap() -> None:
    """Let all later threads share one heap: with one each they take half as much again after a day of posts."""
    if glibc := _glibc():
        glibc.mallopt(-8, 1)  # M_ARENA_MAX, as malloc.h has it


def release_memory() -> None:
    """Return free memory to the system: pictures are large, and between two posts a program only waits."""
    if glibc := _glibc():
        glibc.malloc_trim(0)


@cache
def _glibc() -> Any:
    """Return the C library if it is glibc, whose threads have a heap each and give little back; otherwise None."""
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            library = ctypes.CDLL(None)
            library.malloc_trim.argtypes = [ctypes.c_size_t]
            return library
    return None


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_BLOCK_SIZE = 256
"""The bytes of a mark; a longer one has a multiple of this."""


class HighWaterMark:
    """The high-water mark of a ledger: its last event written on this machine. One from a backup has fewer events."""

    def __init__(self, ledger: Path | str) -> None:
        """Read the mark of a ledger: of its file, or of the name of one on a server."""
        self.path = str(ledger.resolve()) if isinstance(ledger, Path) else ledger
        self._file = state_folder() / f"ledger-{hashlib.sha256(self.path.encode()).hexdigest()[:16]}.json"
        self.last_event = self._read()
        """The number and moment of the last event, as one value: accounts that are served side by side read it."""

    @property
    def event(self) -> int:
        return self.last_event[0]

    @property
    def moment(self) -> datetime:
        return self.last_event[1]

    def _read(self) -> tuple[int, datetime]:
        """Return the number and moment of the last event; the number is 0 where there was none."""
        try:
            document = json.loads(self._file.read_text("utf-8").partition("\n")[0])
            return int(document["event"]), datetime.fromisoformat(document["at"]) if "at" in document else _LONG_AGO
        except (OSError, ValueError, KeyError, TypeError):
            return 0, _LONG_AGO

    def move(self, event: int, moment: datetime) -> None:
        """Set the mark to an event, and write it. Raises OSError.

        This is done twice for every post, so the file is written over in its place: a line of always the same length,
        in one write, which needs no new room on a full disk.
        """
        self.last_event = event, moment
        line = json.dumps({"ledger": self.path, "event": event, "at": moment.isoformat(timespec="microseconds")})
        content = f"{line:{-(-len(line) // _BLOCK_SIZE) * _BLOCK_SIZE - 1}}\n".encode()
        try:
            descriptor = os.open(self._file, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            write(self._file, content)
            return
        with os.fdopen(descriptor, "wb", buffering=0) as stream:
            stream.write(content)
