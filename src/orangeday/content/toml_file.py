"""Reading a file of TOML: its top Table, or the reason why it can't be read."""

from __future__ import annotations

import codecs
import stat
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli

from orangeday.content.file_kinds import FileFlaw, foreign_kind, is_binary
from orangeday.content.file_names import lookalike, names_in, rename_hint
from orangeday.content.problems import WHOLE_CAMPAIGN, Location, Problem, Scope, did_you_mean, error
from orangeday.content.toml import Document, Table
from orangeday.content.toml_errors import explain

MAX_FILE_BYTES = 2_000_000
"""The limit of a day's or a campaign's file in bytes; a larger one is a mistake."""

MAX_MINISTRY_BYTES = 20_000_000
"""The limit of a file that has something for each embassy, in bytes: that of two thousand has a seventh of it."""

USUAL_LENGTH = 100_000
"""The greatest length, in characters, of files whose values are kept in memory once they are parsed."""

MAX_DOTS_PER_LINE = 200
"""The limit of dots in a line. The time to read a key grows with the square of its parts."""


def read(
    file: Path,
    problems: list[Problem],
    scope: Scope = WHOLE_CAMPAIGN,
    *,
    root: Path | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> Table | None:
    """Return the top table of a TOML file (UTF-8, with or without a byte-order mark, any line ends).

    Return None where it can't be read: the reason is in `problems`, to which the Table adds all that it finds later.
    A link that leads out of the folder `root` isn't followed, because messages quote the content of a file.
    """
    document = Document(file, "", problems)

    def reject(rule: str, line: int, message: str, hint: str) -> Table | None:
        problems.append(error(rule, Location(file, line), message, hint, scope))
        return None

    raw = _content(file, root, max_bytes)
    if not isinstance(raw, bytes):
        return reject(*raw)
    # A carriage return of its own (old Macs) is no line end in TOML, and no officer means anything else by it.
    raw = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        document.source = raw.decode()
    except UnicodeDecodeError as failure:
        if is_binary(raw):
            return reject("file-kind", 1, "this isn't a text file.", "Put the text file itself in its place.")
        line = raw[: failure.start].count(b"\n") + 1
        # Windows' own encoding, of which Latin-1 is a part: the officer knows the line again by its accents.
        reads = raw.split(b"\n")[line - 1].decode("cp1252", "replace").strip()[:80]
        hint = f"Save it as UTF-8. The line reads: {reads}"
        return reject("file-encoding", line, "it isn't saved as UTF-8.", hint)
    if not document.source.strip():
        return reject("file-empty", 1, "the file is empty.", "Fill it in.")
    for line, content in enumerate(document.source.split("\n"), 1):
        if content.count(".") > MAX_DOTS_PER_LINE:
            hint = f"{MAX_DOTS_PER_LINE} are the most that a line can have."
            return reject("toml", line, f"{content.count('.'):,} dots stand in this line.", hint)
    try:
        values = _parse(document.source)
    except ValueError as failure:
        return reject("toml", *explain(str(failure), document.source))
    except RecursionError:
        return reject("toml", 1, "its brackets are nested too deeply.", "Close each [ and { that is open.")
    return Table(document, values, (), scope)


def _parse(source: str) -> Mapping[str, Any]:
    """Return the values of a file; those of one of usual size are known again, as most are that a `schedule` reads."""
    return _parse_once(source) if len(source) <= USUAL_LENGTH else tomli.loads(source)


@lru_cache(maxsize=500)
def _parse_once(source: str) -> Mapping[str, Any]:
    return tomli.loads(source)


def forget_files() -> None:
    """Forget the values of all files: the next one is parsed whatever was read before."""
    _parse_once.cache_clear()


def _content(file: Path, root: Path | None, max_bytes: int) -> bytes | FileFlaw:
    """Return a file's bytes; or the reason why they aren't a text."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return _unreadable("this is a folder, not a file.", "Move it away and write the file.")
        if not stat.S_ISREG(mode):  # a pipe, say: to read it would be to wait for ever
            return _unreadable("this isn't an ordinary file.", "Move it away and write the file.")
        if root and _leaves(file, root):
            message = "a link leads from here to a file outside the folder with the days."
            return _unreadable(message, "Put the file itself in the place of the link.")
        with file.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except FileNotFoundError:
        return _missing(file)
    except (OSError, ValueError) as failure:
        message = f"it can't be read: {failure_message(failure)}."
        return _unreadable(message, "Check the file's name and permissions.")
    # Office documents are large: what they are says more than how many bytes they have.
    if flaw := foreign_kind(raw):
        return flaw
    if len(raw) > max_bytes:
        message = f"the file is larger than {max_bytes:,} bytes."
        hint = "Look whether it is the right one: a day's texts have a few hundred."
        return FileFlaw("file-too-large", 1, message, hint)
    return raw


def _unreadable(message: str, hint: str) -> FileFlaw:
    return FileFlaw("file-unreadable", 1, message, hint)


def _missing(file: Path) -> FileFlaw:
    """Return the reason for a file that isn't there, with the file that was meant as this one, or the nearest name."""
    if file.is_symlink():
        message = "this is a link to a file that isn't there."
        return FileFlaw("file-missing", 1, message, "Put the file itself in the place of the link.")
    names = names_in(file.parent)
    if similar_name := lookalike(file.name, names):
        return FileFlaw(
            "file-missing",
            1,
            f"there is {similar_name}, and no {file.name}.",
            rename_hint(file.parent / similar_name, file.name),
        )
    suggestion = did_you_mean(file.stem, (name.removesuffix(".toml") for name in names if name.endswith(".toml")))
    return FileFlaw("file-missing", 1, "there is no such file.", suggestion + "Write it, or check its name.")


def _leaves(file: Path, folder: Path) -> bool:
    """Return whether a link on the way from `folder`, at most two steps up, to `file` leads out of it."""
    if not (file.is_symlink() or file.parent.is_symlink()):
        return False
    return not file.resolve().is_relative_to(folder.resolve())


def failure_message(failure: OSError | ValueError) -> str:
    """Return the operating system's message, without error number and file name."""
    return (failure.strerror if isinstance(failure, OSError) else None) or str(failure)


def empty_table(file: Path) -> Table:
    """Return a table that gives defaults, for a file that can't be read; its own problems are dropped."""
    return Table(Document(file, "", []), {})
