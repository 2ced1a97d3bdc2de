"""The writing of a document to a file, whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from orangeday.errors import OrangedayError
from orangeday.system import machine


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
            with target.open("rb") as stream:
                begins = stream.read(2000)
            if begins.strip() and mark not in begins:
                raise OrangedayError(
                    f"{file} exists already and is something else; it was left as it is. Choose another file."
                )
            mode = target.stat().st_mode & 0o777
        else:
            os.umask(mask := os.umask(0o077))
            mode = 0o666 & ~mask
        machine.write(target, content, mode=mode)
    except (OSError, ValueError) as failure:  # the latter of a name that no file can have
        reason = getattr(failure, "strerror", None) or str(failure)
        raise OrangedayError(f"{file} can't be written: {reason}. Choose a file that you may write.") from failure
