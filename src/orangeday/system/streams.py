"""The program's standard streams, made safe: output that can't be written never ends the work.

A reader may be gone (`| head`), a disk full, a stream closed (`>&-`), a terminal hung up. That is met below everything
that writes, in whichever thread, so that nothing above has to know of it. It doesn't change the exit status either; one
exception is a document that somebody asked for, and that isn't whole.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TextIO

_SIZE_VARIABLES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
"""The variables for the terminal's size; libraries that draw take them unchecked, even 0 columns."""

_READER_TIMEOUT = 2.0
"""The seconds that a reader is waited for who takes nothing, once the program may not wait."""
_WRITE_SIZE = getattr(select, "PIPE_BUF", 512)
"""The bytes that a stream takes without a wait if it can take any."""


class _SafeStream(io.RawIOBase):
    """The lowest layer of a stream: it takes all bytes, and records each failure to pass them on."""

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self.name = name
        self.failure: OSError | None = None
        """The first failure; a reader that is gone doesn't count."""
        self.failures = 0
        self.has_broken_document = False
        self.never_waits = False
        self._timeout = _READER_TIMEOUT
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        buffer = getattr(stream, "buffer", None)
        self._inner: Any = getattr(buffer, "raw", buffer)  # unbuffered, the buffer is the lowest layer itself
        self._terminal = self.isatty()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno() if self._stream else super().fileno()

    def isatty(self) -> bool:
        with suppress(OSError, ValueError, AttributeError):
            return self._stream is not None and self._stream.isatty()
        return False

    def write(self, data: Any) -> int:
        content = bytes(data)
        if self._stream is not None:
            try:
                self._forward(content)
            except OSError as failure:
                if not self._is_reader_gone(failure):
                    self.failures += 1
                    self.failure = self.failure or failure
            except ValueError:
                pass  # its owner has closed it
        return len(content)

    def _forward(self, content: bytes) -> None:
        if self._inner is None:  # somebody's own stream, of text
            assert self._stream is not None  # noqa: S101
            self._stream.write(self._decoder.decode(content))
            self._stream.flush()
            return
        while content:
            piece = content
            if self.never_waits:
                if not self._has_room():
                    return
                piece = content[:_WRITE_SIZE]
            count = self._inner.write(piece)
            if count is None:  # it was told not to wait by whoever shares it, and has no room: then we do
                select.select([], [self.fileno()], [])
                count = 0
            content = content[count:]

    def _has_room(self) -> bool:
        """Return whether the stream can take more now. A reader that takes nothing is waited for once."""
        if sys.platform == "win32" or not hasattr(select, "poll"):
            return True
        poll = select.poll()
        with suppress(OSError, ValueError):
            poll.register(self.fileno(), select.POLLOUT)
            has_room = bool(poll.poll(self._timeout * 1000))
            self._timeout = _READER_TIMEOUT if has_room else 0.0
            return has_room
        return True

    def _is_reader_gone(self, failure: OSError) -> bool:
        """Return whether a failure means that no reader is there: then nothing is lost."""
        return (
            isinstance(failure, ConnectionError)
            or failure.errno == errno.EBADF
            or (failure.errno == errno.EIO and self._terminal)  # it was hung up
            or (failure.errno == errno.EINVAL and sys.platform == "win32")  # its word for a pipe that nobody reads
        )


def open_missing_streams() -> None:
    """Open each closed one of the three streams (`>&-`) on the null device: otherwise the next file would be it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                descriptor = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
                if descriptor != number:
                    os.dup2(descriptor, number)
                    os.close(descriptor)
                os.set_inheritable(number, True)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Let no output to stdout or stderr fail meanwhile, and make an empty stdin where there is none."""
    previous = sys.stdin, sys.stdout, sys.stderr
    sizes = {name: os.environ.pop(name) for name in _SIZE_VARIABLES if not _is_valid_size(os.environ.get(name, "80"))}
    sys.stdin = previous[0] or io.TextIOWrapper(io.BytesIO())
    sys.stdout, sys.stderr = _wrap(previous[1], "<stdout>"), _wrap(previous[2], "<stderr>")
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdin, sys.stdout, sys.stderr = previous
        os.environ.update(sizes)


def _is_valid_size(size: str) -> bool:
    return size.isascii() and size.isdigit() and len(size) < 5 and int(size) > 0


def _wrap(stream: TextIO | None, name: str) -> TextIO:
    if stream is not None:
        with suppress(OSError, ValueError):
            stream.flush()
    raw: Any = _SafeStream(stream, name)
    write_through = bool(getattr(stream, "write_through", False))
    return io.TextIOWrapper(
        raw if write_through else io.BufferedWriter(raw),
        # What comes to a stream of text is decoded again.
        encoding=getattr(stream, "encoding", None) if hasattr(stream, "buffer") else "utf-8",
        errors=_LEGIBLE,
        line_buffering=bool(getattr(stream, "line_buffering", False)),
        write_through=write_through,
    )


_LEGIBLE = "orangeday-legible"
"""The name under which Python knows `_replace_legibly`."""

_SUBSTITUTES = {
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "‹": "<", "›": ">", "–": "-", "—": "-", "‑": "-",
    "−": "-", "…": "...", "→": "-", "•": "*", "·": "-", "≤": "<=", "≠": "!=", "€": "EUR", "✓": "+", "✗": "x", "✕": "x",
    "⚠": "!", "○": "o", "‖": "=", "⌫": "<", "⊘": "-", "✎": "*", "␊": " ", "█": "#", "░": ".", "━": "=", "─": "-",
    "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+",
}  # fmt: skip
"""The ASCII for signs of ours that a code page may lack. A mark has one letter, as it is one: a table stays a table.

Without them each mark would be the same `?`, sound or wrong. An arrow is no `>`: before a command, which people copy, a
shell would write into a file of that name."""


def _replace_legibly(failure: UnicodeError) -> tuple[str, int]:
    """Return the text to write for what an encoding lacks: a substitute, a letter without its accent, or `?`."""
    if not isinstance(failure, UnicodeEncodeError):
        raise failure
    characters = failure.object[failure.start : failure.end]
    return "".join(_substitute(character, failure.encoding) for character in characters), failure.end


def _substitute(character: str, encoding: str) -> str:
    letter = _SUBSTITUTES.get(character) or unicodedata.normalize("NFKD", character)[0]
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return "?"
    return letter


codecs.register_error(_LEGIBLE, _replace_legibly)


def _raw_stream(stream: TextIO) -> _SafeStream | None:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return raw if isinstance(raw, _SafeStream) else None


def stop_waiting() -> None:
    """Never wait for a reader from now on: one that takes nothing (a full pipe, a stopped terminal) loses output."""
    for stream in (sys.stdout, sys.stderr):
        if raw := _raw_stream(stream):
            raw.never_waits = True


def write_to_stdout(content: str | bytes) -> None:
    """Write a document to stdout. Raise nothing where that fails: the failure is reported at the end of the program."""
    sys.stdout.flush()
    raw = _raw_stream(sys.stdout)
    previous_failures = raw.failures if raw else 0
    if isinstance(content, str):
        sys.stdout.write(content)
    else:
        sys.stdout.buffer.write(content)
    sys.stdout.flush()
    if raw and raw.failures != previous_failures:
        raw.has_broken_document = True


@dataclass(frozen=True, slots=True)
class OutputFailure:
    """A failure to write stdout, though a reader is there."""

    reason: str
    is_document: bool
    """True if a document is affected, which isn't whole and can't be used."""

    def __str__(self) -> str:
        return f"stdout can't be written: {self.reason}. " + (
            "The document isn't whole." if self.is_document else "Not all was shown; what was done is done."
        )


def output_failure() -> OutputFailure | None:
    """Return the failure to write stdout; None where there was none, or no reader."""
    sys.stdout.flush()
    raw = _raw_stream(sys.stdout)
    if raw is None or raw.failure is None:
        return None
    return OutputFailure(raw.failure.strerror or str(raw.failure), raw.has_broken_document)
