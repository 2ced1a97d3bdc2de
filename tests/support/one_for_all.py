"""A server that all processes of a session of pytest share: the first that asks for it starts it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock, Timeout

Reached: TypeAlias = Mapping[str, Any]
"""How to reach a server, in words of JSON."""
PATIENCE = 900
"""Seconds in which the other processes have done with it."""
_HIGH_NUMBER = 700
"""More than a test opens files at once, and less than the 1,024 that a process may have open."""


@contextmanager
def one_for_all(name: str, start: Callable[[], AbstractContextManager[Reached]], folder: Path) -> Iterator[Reached]:
    """The server, started here or by another process, which all have in this folder; gone when the last has ended.

    Each process holds a lock while it uses it, which the system takes from one that was killed. Whoever has started
    it stops it, once there is no other such lock. One whose starter was killed is not used by who comes then.
    """
    own_name = os.environ.get("PYTEST_XDIST_WORKER")
    if own_name is None:
        with start() as reached:
            yield reached
        return
    ours = folder / name
    ours.mkdir(exist_ok=True)
    beginning, found = FileLock(ours / "begin.lock"), ours / "found.json"
    with ExitStack() as stack:
        with beginning:
            stack.enter_context(_held(ours / f"{own_name}.used"))
            by, reached = json.loads(found.read_text("utf-8")) if found.exists() else (own_name, {})
            if by == own_name or not _is_used(ours / f"{by}.used"):
                reached = stack.enter_context(start())
                found.write_text(json.dumps([own_name, reached]), "utf-8")
                stack.callback(_when_all_have_done, ours, own_name, beginning)
        yield reached


@contextmanager
def _held(file: Path) -> Iterator[None]:
    """A lock on a file, by a descriptor of a high number.

    It is held for as long as the process lives; a test that closes a descriptor twice would close this one otherwise,
    which has its number by then, and the server would be stopped under the others.
    """
    if sys.platform == "win32":
        with FileLock(file):
            yield
        return
    import fcntl

    low = os.open(file, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(low, fcntl.LOCK_EX)
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _HIGH_NUMBER)
    finally:
        os.close(low)
    try:
        yield
    finally:
        os.close(high)


def _is_used(file: Path) -> bool:
    try:
        with FileLock(file, timeout=0):
            return False
    except Timeout:
        return True


def _when_all_have_done(ours: Path, own_name: str, beginning: FileLock) -> None:
    """Returns when nobody else uses it, and nobody can begin to any more."""
    while True:
        others = [file for file in ours.glob("*.used") if file.stem != own_name]
        with beginning:
            used = next(filter(_is_used, others), None)
            if used is None:
                (ours / "found.json").unlink()
                return
        with FileLock(used, timeout=PATIENCE):
            pass
