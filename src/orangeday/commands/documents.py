"""The writing of a document to a file, whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from orangeday.errors import OrangedayError
from orangeday.system import machine


def ensure_writable(file: Path, mark: bytes) -> None:
    """Raise OrangedayError where `write_document` would: for what has to be done before the document is made."""
    try:
        if file.exists() and not file.is_file():
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            return
        target = file.resolve()
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if target.exists():
            _refuse_foreign(file, target, mark)
    except (OSError, ValueError) as failure:
        raise _unwritable(file, failure) from failure


def write_document(file: Path, content: bytes, mark: bytes) -> None:
    """Write the whole document, or nothing. Raises OrangedayError.

    What is there already is replaced if it is one of the same kind: it has this `mark` near its beginning.
    """
    try:
        if file.exists() and not file.is_file():
            with suppress(BrokenPipeError):  # whoever was to read it is gone
                file.write_bytes(content)  # a terminal or a pipe; a folder says itself that it is one
            return
        target = file.resolve()
        if target.exists():
            _refuse_foreign(file, target, mark)
            mode = target.stat().st_mode & 0o777
        else:
            os.umask(mask := os.umask(0o077))
            mode = 0o666 & ~mask
        machine.write(target, content, mode=mode)
    except (OSError, ValueError) as failure:  # the latter of a name that no file can have
        raise _unwritable(file, failure) from failure


def _refuse_foreign(file: Path, target: Path, mark: bytes) -> None:
    """Raise OrangedayError where the file is no document of the same kind."""
    with target.open("rb") as stream:
        start = stream.read(2000)
    if start.strip() and mark not in start:
        raise OrangedayError(f"{file} exists already and is something else; it was left as it is. Choose another file.")


def _unwritable(file: Path, failure: OSError | ValueError) -> OrangedayError:
    reason = getattr(failure, "strerror", None) or str(failure)
    return OrangedayError(f"{file} can't be written: {reason}. Choose a file that you may write.")
