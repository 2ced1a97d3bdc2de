"""The true kind of a file that should be a text: what other programs, and an interrupted save, make of one.

Formats: RTF 1.9, ZIP (APPNOTE), OpenDocument 1.3 part 2, Office Open XML (ECMA-376 part 2), Compound File (MS-CFB).
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from orangeday.text.phrases import plural


class FileFlaw(NamedTuple):
    """The reason why a file isn't a text in UTF-8: rule, line, message and hint."""

    rule: str
    line: int
    message: str
    hint: str


_MARKS = (
    # UTF-32's mark in little-endian order begins as UTF-16's does.
    (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip
_PATTERNS_WITHOUT_MARK = (
    # Whatever a text's language: it begins with a key, a comment or a section, and those with ASCII.
    (rb"(?:[^\0]\0\0\0){2,4}", "UTF-32"), (rb"(?:\0\0\0[^\0]){2,4}", "UTF-32"),
    (rb"(?:[^\0]\0){2,8}", "UTF-16"), (rb"(?:\0[^\0]){2,8}", "UTF-16"),
)  # fmt: skip

_SAVE_PLAIN = (
    "Copy its text into a plain text editor (Notepad; TextEdit after Format › Make Plain Text), and save that as UTF-8 "
    "in the place of this file."
)
_DOWNLOAD = "Download the file itself, not the page that shows it, and put it in the place of this one."
_PUT_TEXT = "Put the text file itself in its place."
_DOCUMENTS: tuple[tuple[bytes, str, str], ...] = (
    # pattern of the first bytes, name of the kind, next step
    (rb"\{\\rtf", "an RTF document, as TextEdit and WordPad save them", _SAVE_PLAIN),
    (rb"\xd0\xcf\x11\xe0", "a document of Word or another office program", _SAVE_PLAIN),
    (rb"bplist00", "a document of a Mac program, or a page that Safari saved", _SAVE_PLAIN),
    (rb"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|meta|body|title|script|div|p)\b", "a web page", _DOWNLOAD),
    (rb"<\?xml\b.{,400}?<(?:office:document|w:wordDocument|pkg:package)\b", "a document of an office program",
     _SAVE_PLAIN),
    (rb"<\?xml\b|<svg\b", "an XML file", _PUT_TEXT),
    (rb"(?:[A-Z][\w-]*: [^\n]*\r?\n)*MIME-Version: ", "a mail, or a page that a browser saved", _SAVE_PLAIN),
    (rb"%PDF", "a PDF file", _SAVE_PLAIN),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|....ftyp", "a picture or a film", _PUT_TEXT),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ", "an archive", "Unpack it, and put the text file in its place."),
)  # fmt: skip
_IN_ZIP: tuple[tuple[bytes, str, str], ...] = (
    # what an archive has in it, name of the kind, next step
    (b"application/vnd.oasis.opendocument", "a document of LibreOffice or OpenOffice", _SAVE_PLAIN),
    (b"word/", "a Word document", _SAVE_PLAIN),
    (b"xl/", "an Excel table", _SAVE_PLAIN),
    (b"ppt/", "a PowerPoint file", _SAVE_PLAIN),
    (b"Index/Document.iwa", "a Pages document", _SAVE_PLAIN),
)

MIN_EMPTY_RUN = 4
"""The least number of NULs in a row that come from a disk, and not from a slip in an editor."""


def foreign_kind(content: bytes) -> FileFlaw | None:
    """Return the reason why a file's content isn't a text in UTF-8; None where nothing shows that it isn't."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _encoding(name)
    first_bytes = content[:16]
    for pattern, name in _PATTERNS_WITHOUT_MARK:
        if re.fullmatch(pattern, first_bytes[: len(first_bytes) // 4 * 4], re.DOTALL):
            return _encoding(name)
    if document := _document(content):
        kind, hint = document
        return FileFlaw("file-kind", 1, f"this isn't a text file: it is {kind}.", hint)
    return _emptiness(content)


def _encoding(name: str) -> FileFlaw:
    return FileFlaw("file-encoding", 1, f"it is saved as {name}.", "Save it as UTF-8 (“Save as”, Encoding).")


def _document(content: bytes) -> tuple[str, str] | None:
    """Return the name of a document's kind, and the next step; None for what may be a text."""
    if content.startswith((b"PK\3\4", b"PK\5\6")):
        kinds = ((name, hint) for part, name, hint in _IN_ZIP if part in content)
        return next(kinds, ("a Word document or a zip file", _SAVE_PLAIN))
    start = content[:2000].removeprefix(codecs.BOM_UTF8).lstrip()
    for pattern, name, hint in _DOCUMENTS:
        if re.match(pattern, start, re.DOTALL | re.IGNORECASE):
            return name, hint
    return None


def _emptiness(content: bytes) -> FileFlaw | None:
    """Return the reason where a disk left NULs in the place of a text, as after a crash; None where it left none."""
    text = content.rstrip(b"\0\r\n\t ")
    if not text and b"\0" in content:
        hint = "Put a good copy in its place."
        return FileFlaw("file-damaged", 1, "nothing is in it but empty bytes (NUL), as after a crash.", hint)
    start = content.find(b"\0" * MIN_EMPTY_RUN)
    if b"\0" in content[len(text) :]:
        start = content.index(b"\0", len(text)) if start < 0 else min(start, content.index(b"\0", len(text)))
    if start < 0:
        return None
    number = len(content[start:]) - len(content[start:].lstrip(b"\0"))
    line = len(re.findall(rb"\r\n?|\n", content[:start])) + 1
    place = "at its end" if start >= len(text) else "in this line"
    message = f"the file has {plural(number, 'empty byte')} (NUL) {place}, as after a crash: it may not be whole."
    hint = "Put a good copy in its place; or copy the text into a new file, and read it to its end."
    return FileFlaw("file-damaged", line, message, hint)


def is_binary(content: bytes) -> bool:
    """Return whether content that isn't UTF-8 is no text in any encoding: control characters stand in it."""
    return len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", content[:1000])) > 5
