"""Several files written, replaced or deleted as one: all of it happens, or nothing does."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from orangeday.errors import OrangedayError
from orangeday.system.renaming import move

_NEW_FILE_MODE = 0o644


def apply(changes: Mapping[Path, bytes | None]) -> None:
    """Give each file its new content; None deletes it. After an error every file is as it was. Raises OSError.

    A link stays a link: what it leads to is replaced; but the link is what is deleted. A file that is replaced keeps
    its rights.
    """
    targets = {file if content is None else Path(os.path.realpath(file)): content for file, content in changes.items()}
    staged_files: dict[Path, Path] = {}
    try:
        for target, content in targets.items():
            if content is not None:
                staged_files[target] = _write_beside(target, content)
        with _without_interrupts():
            _exchange(targets, staged_files)
    finally:
        for temporary in staged_files.values():
            temporary.unlink(missing_ok=True)


def apply_or_explain(changes: Mapping[Path, bytes | None], folder: Path, assurance: str) -> None:
    """Apply changes below a folder. Raises OrangedayError with the reason, this assurance, and the next step."""
    try:
        apply(changes)
    except OSError as failure:
        place, reason = failure.filename or folder, failure.strerror or failure
        raise OrangedayError(
            f"{place}: {reason}. {assurance} Make room there, or give yourself the right to write there."
        ) from failure


def _write_beside(target: Path, content: bytes) -> Path:
    """Write a content to a hidden file in the folder of its target, with the target's rights, and return the file."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else _NEW_FILE_MODE)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _exchange(targets: Mapping[Path, bytes | None], staged_files: Mapping[Path, Path]) -> None:
    """Put the staged files in the place of the targets, and take away those that have none."""
    undo: list[tuple[Path, Path | None]] = []
    try:
        for target in targets:
            previous = None
            if os.path.lexists(target):
                previous = target.with_name(f".{target.name}-before-{os.getpid()}")
                move(target, previous)
            undo.append((target, previous))
            if target in staged_files:
                move(staged_files[target], target)
    except BaseException:
        for target, previous in reversed(undo):
            with suppress(OSError):
                target.unlink(missing_ok=True)
                if previous:
                    move(previous, target)
        raise
    for _, previous in undo:
        if previous:
            previous.unlink(missing_ok=True)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Take no Ctrl-C for the moment in which names change hands."""
    try:
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # another thread than the first, to which none comes
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
