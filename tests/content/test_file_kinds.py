"""What a file is that should be a text: said as it is, whichever program made it, with the next step."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from orangeday.content import toml_file as source
from orangeday.content.file_kinds import foreign_kind
from orangeday.content.problems import Problem

from .type_mistakes import is_plain

TEXT = "text = '''\nÀ l’été, {hashtags}\n'''\n"


def archive(**contents: str) -> bytes:
    """A zip file with these in it; `__` stands for a slash, `_0` for a point."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in contents.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(name.replace("__", "/").replace("_0", "."), content, stored)
    return stream.getvalue()


KINDS = {
    # name: (content, rule, line, a piece of the message, a piece of the hint)
    "UTF-16 with its mark": (TEXT.encode("utf-16"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-16 big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-16 without, big end first": (TEXT.encode("utf-16-be"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-16 in Arabic": ("text = 'مرحبا'\n".encode("utf-16-le"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-16 of four characters": ("a=1\n".encode("utf-16-le"), "file-encoding", 1, "saved as UTF-16", "UTF-8"),
    "UTF-32 with its mark": (TEXT.encode("utf-32"), "file-encoding", 1, "saved as UTF-32", "UTF-8"),
    "UTF-32 big end first": (b"\0\0\xfe\xff" + TEXT.encode("utf-32-be"), "file-encoding", 1, "UTF-32", "UTF-8"),
    "UTF-32 without a mark": (TEXT.encode("utf-32-le"), "file-encoding", 1, "saved as UTF-32", "UTF-8"),
    "UTF-32 without, big end first": (TEXT.encode("utf-32-be"), "file-encoding", 1, "saved as UTF-32", "UTF-8"),
    "RTF": (rb"{\rtf1\ansi\ansicpg1252 " + TEXT.encode() + b"}", "file-kind", 1, "an RTF document", "Make Plain Text"),
    "RTF behind a mark and a line": (b"\xef\xbb\xbf\r\n{\\rtf1 }", "file-kind", 1, "an RTF document", "Notepad"),
    "Word": (archive(_0rels="", word__document_0xml=TEXT), "file-kind", 1, "a Word document", "save that as UTF-8"),
    "Excel": (archive(xl__workbook_0xml=""), "file-kind", 1, "an Excel table", "save that as UTF-8"),
    "PowerPoint": (archive(ppt__presentation_0xml=""), "file-kind", 1, "a PowerPoint file", "save that as UTF-8"),
    "OpenDocument": (
        archive(mimetype="application/vnd.oasis.opendocument.text", content_0xml=TEXT),
        "file-kind", 1, "a document of LibreOffice or OpenOffice", "save that as UTF-8"),
    "OpenDocument in one file": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<office:document xmlns:office="urn:x">', "file-kind", 1,
        "a document of an office program", "save that as UTF-8"),
    "Pages": (archive(Index__Document_0iwa=""), "file-kind", 1, "a Pages document", "save that as UTF-8"),
    "the beginning of an archive": (b"PK\3\4" + bytes(90), "file-kind", 1, "a Word document or a zip file", "plain"),
    "an empty archive": (archive(), "file-kind", 1, "a Word document or a zip file", "plain"),
    "Word of old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "file-kind", 1, "a document of Word", "plain"),
    "a web page": (b"<!DOCTYPE html>\n<html lang='en'>", "file-kind", 1, "a web page", "Download the file itself"),
    "a web page behind a comment": (
        b"\n<!-- saved from url=(0026)https://example.org -->\n<HTML>", "file-kind", 1, "a web page", "Download"),
    "a piece of a web page": (b"<p class='x'>text = 1</p>", "file-kind", 1, "a web page", "Download"),
    "a page saved as mail": (
        b"From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\n", "file-kind", 1, "a page that a browser",
        "Copy its text"),
    "a page that Safari saved": (b"bplist00\xd1\x01\x02", "file-kind", 1, "Safari", "plain text editor"),
    "PDF": (b"%PDF-1.7\n", "file-kind", 1, "a PDF file", "plain text editor"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file-kind", 1, "a picture", "text file itself"),
    "packed": (b"\x1f\x8b\x08\0", "file-kind", 1, "an archive", "Unpack it"),
    "something else": (bytes(range(1, 32)) * 9 + b"\xff", "file-kind", 1, "isn't a text file", "text file itself"),
    "nothing but NULs": (bytes(4096), "file-damaged", 1, "nothing is in it but empty bytes", "good copy"),
    "one NUL": (b"\0", "file-damaged", 1, "nothing is in it but empty bytes", "good copy"),
    "NULs at the end": (TEXT.encode() + bytes(300), "file-damaged", 4, "300 empty bytes (NUL) at its end", "end."),
    "one NUL at the end": (TEXT.encode() + b"\0\r\n", "file-damaged", 4, "1 empty byte (NUL) at", "read it to its end"),
    "NULs in the midst": (
        b"a = 1\r\ntext = '" + bytes(512) + b"'\r\n", "file-damaged", 2, "512 empty bytes (NUL) in this line", "copy"),
    "a large Word document": (
        archive(word__document_0xml="") + bytes(3_000_000), "file-kind", 1, "a Word document", "save that as UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "rule", "line", "message", "hint"), KINDS.values(), ids=list(KINDS))
def test_a_file_of_another_kind_is_called_what_it_is(
    content: bytes, rule: str, line: int, message: str, hint: str, tmp_path: Path
) -> None:
    file = tmp_path / "en.toml"
    file.write_bytes(content)
    problems: list[Problem] = []
    assert source.read(file, problems) is None
    (problem,) = problems
    assert (problem.rule, problem.location.line) == (rule, line)
    assert message in problem.message
    assert hint in problem.hint
    assert is_plain(problem)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.replace("\n", "\r\n").encode(), b"a=1", b"[a]\n",
        b"# {\\rtf is what TextEdit writes\na = 1\n", b"text = '<html>'\n", b"text = 'PK\x03\x04'\n",
        "text = 'أهلا'\n".encode(), b"{not = 'toml'}",
    ],
)  # fmt: skip
def test_a_text_is_none_of_them(content: bytes) -> None:
    assert foreign_kind(content) is None
