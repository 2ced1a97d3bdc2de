"""Names of files: the one on the disk for the one in a text, and the one that a file was meant to have."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePath

from orangeday.content.file_kinds import FileFlaw, foreign_kind
from orangeday.text.language import LANGUAGE
from orangeday.text.names import nfc

DOCUMENT_SUFFIXES = frozenset(
    ("toml", "txt", "text", "rtf", "rtfd", "doc", "docx", "odt", "ott", "fodt", "pages", "md", "htm", "html", "xml")
)
"""The endings that an editor, a browser or a mail program puts behind a name; Windows doesn't show them."""

_KNOWN_STEMS = ("campaign", "facts", "approvals", "config", "day")
_COPY = re.compile(
    r"(?:copy of|kopie van|kopie von|copie de) |\s*(?:\(\d+\)|[-–]\s*(?:copy|kopie|copie)|\s(?:copy|kopie|copie))", re.I
)
_HEAD_BYTES = 65_536
"""So much of a file is looked at: an office document names its parts early."""


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none where it can't be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except (OSError, ValueError):
        return []


def on_disk(folder: Path, name: str | PurePath) -> Path:
    """Return the path of a file by its name, relative to a folder or absolute; on the disk it may be in another form.

    Where there is no such file in any form, return the path as it was written.
    """
    path = folder / name
    if os.path.lexists(path):
        return path
    current = folder
    for part in PurePath(name).parts:
        step = current / part
        if not os.path.lexists(step):
            composed_part = nfc(part)
            step = current / next((n for n in names_in(current) if nfc(n) == composed_part), part)
        current = step
    return current


def intended_name(name: str) -> str | None:
    """Return the name that a file of a campaign was meant to have: `en.toml` for `EN.toml.txt`; None for other files.

    A right name is its own. A hidden file is none.
    """
    if name.startswith("."):
        return None
    plain = unicodedata.normalize("NFKC", "".join(c for c in name if unicodedata.category(c) != "Cf"))
    parts = [part.strip() for part in plain.split(".")]
    parts = [part for part in parts if part]
    while len(parts) > 2 and parts[-1].casefold() in DOCUMENT_SUFFIXES and "toml" in map(str.casefold, parts[1:-1]):
        parts.pop()
    if len(parts) < 2 or _COPY.sub("", parts[-1]).casefold() != "toml":
        return None
    first, *rest = (_COPY.sub("", part).strip().casefold() for part in parts[:-1])
    if not rest and first in _KNOWN_STEMS:
        return f"{first}.toml"
    language = _language(first)
    if language is None or len(rest) > 1 or not all(re.fullmatch(r"[a-z0-9-]+", part) for part in rest):
        return None
    return ".".join((language, *rest, "toml"))


def _language(tag: str) -> str | None:
    """Return a language tag as it should be written, `pt-BR` for `pt_br`; None where it isn't one."""
    first, *rest = re.split(r"[-_]", tag)
    code = "-".join((first, *(part.title() if len(part) == 4 else part.upper() for part in rest)))
    return code if LANGUAGE.fullmatch(code) else None


def lookalike(name: str, names: Iterable[str]) -> str | None:
    """Return the first of the names that was meant as this one, which isn't among them; None where none was."""
    return next((candidate for candidate in names if candidate != name and intended_name(candidate) == name), None)


def rename_hint(file: Path, name: str) -> str:
    """Return the step that makes a file with a wrong name the one that it was meant as: a new name, or a new file."""
    if kind := _kind(file):
        return f"{kind.message[0].upper()}{kind.message[1:]} {kind.hint} Its name: {name}."
    hint = f"Rename it: {name}."
    suffix = file.name.rpartition(".")[2]
    if suffix.casefold() in DOCUMENT_SUFFIXES and file.name.casefold().startswith(f"{name}.".casefold()):
        hint += f" Windows hides the last part of a name, here .{suffix}: Explorer shows it after View › Show › File "
        hint += "name extensions."
    return hint


def _kind(file: Path) -> FileFlaw | None:
    """Return the reason why a file isn't a text; None where it may be one, or can't be read."""
    try:
        kind = file.stat().st_mode
        if stat.S_ISDIR(kind):
            message = "it is a folder, as TextEdit saves a document with pictures."
            return FileFlaw("file-kind", 1, message, "Copy its text into a plain text editor, and save that as UTF-8.")
        if not stat.S_ISREG(kind):  # a pipe, say: to read it would be to wait for ever
            return None
        with file.open("rb") as stream:
            return foreign_kind(stream.read(_HEAD_BYTES))
    except (OSError, ValueError):
        return None
