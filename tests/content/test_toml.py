"""TOML with lines: what is read, what is said of what can't be, and the line of every key of any document."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orangeday.content import toml_errors, toml_lines
from orangeday.content import toml_file as source
from orangeday.content.problems import WHOLE_CAMPAIGN, Location, Problem, Scope
from orangeday.content.toml import MAX_PROBLEMS, MAX_TEXT_LENGTH, Document, Table, Text
from orangeday.content.toml_forms import Form
from orangeday.content.toml_lines import Key

from .type_mistakes import is_plain

Write = Callable[[Mapping[str, str | bytes]], Path]


def read(write: Write, content: str | bytes) -> tuple[Table | None, list[Problem]]:
    problems: list[Problem] = []
    return source.read(write({"file.toml": content}) / "file.toml", problems), problems


def table(content: str) -> Table:
    return Table(Document(Path("file.toml"), content, []), tomllib.loads(content))


def said(table: Table) -> list[tuple[int, str, str, str]]:
    return [(p.location.line, p.rule, p.message, p.hint) for p in table.document.problems]


# What can't be read at all

NOT_TOML = {
    # name: (content, line, a piece of the message, a piece of the hint)
    "no =": ("id = 'a'\ntext\n", 2, "neither “key = value” nor a “[section]”", "look at the '''"),
    "a colon": ("text: Hello\n", 1, "neither “key = value” nor a “[section]”", ""),
    "nothing behind =": ("text =\n", 1, "the value isn't written as it should be", 'straight quotes: key = "…"'),
    "nothing behind = at the end": ("text =", 1, "the value isn't written as it should be", "straight quotes"),
    "no quotes": ("text = Hello world\n", 1, "the value isn't written as it should be", "straight quotes"),
    "a bare hashtag": ("text = #16Days\n", 1, "the value isn't written as it should be", "straight quotes"),
    "curly quotes": ("a = 1\ntext = “Hello”\n", 2, "the quotes around the text are curly", 'straight ones: "…"'),
    "German quotes": ("text = „Hallo“\n", 1, "curly", "straight ones"),
    "guillemets": ("text = « Bonjour »\n", 1, "curly", "straight ones"),
    "a no-break space": ("text\u00a0= 'a'\n", 1, "only looks like a space", "again"),
    "an accent in a key": ("größe = 'a'\n", 1, "a key like this one needs quotes", "a–z"),
    "a key of two words": ("in city = 'a'\n", 1, "a key like this one needs quotes", "a–z"),
    "a key twice": ("text = 'a'\nlink = 'b'\ntext = 'c'\n", 3, "the same key stands twice", "Keep one"),
    "a text twice": ("a = 'b'\ntext = '''\nHi\n'''\ntext = '''\nHello\nyou\n'''\n", 5, "the same key", "Keep one"),
    "a key twice in braces": ("name = { en = 'a', en = 'b' }\n", 1, "the same key stands twice", "Keep one"),
    "a section twice": ("[alt]\na = 'b'\n[alt]\nc = 'd'\n", 3, "the same section stands twice", "under one heading"),
    "braces, then a section": ("x = { a = 'b' }\n\n[x]\nc = 'd'\n", 3, "the same section stands twice", "one heading"),
    "braces, then dots": ("x.y = { a = 1 }\nx.y.b = 2\n", 2, "the same section stands twice", "one heading"),
    "a list, then a section": ("x = [1]\n[[x]]\n", 2, "the same section stands twice", "one heading"),
    "a section's ] missing": ("[alt\na = 'b'\n", 1, "a section's name", "[embassies.new-delhi]"),
    "a section of two words": ("[embassies.new delhi]\n", 1, "a section's name", "without spaces"),
    "a section without a name": ("[]\n", 1, "a key is missing here", "a–z"),
    "a comma before }": ("x = { a = 1, }\n", 1, "a key is missing here", "no comma stands before a }"),
    "''' never closed": ("id = 1\ntext = '''\nHi\n\nWorld\n", 2, "opened here and never closed", "with ''' on a line"),
    "the second ''' never closed": ("a = '''\nx\n'''\nb = '''\ny\n", 4, "opened here and never closed", "'''"),
    '""" never closed': ('id = "a"\ntext = """\nHello\n', 2, "opened here and never closed", 'with """ on a line'),
    "' never closed": ("id = 1\ntext = 'Hello\nlink = 2\n", 2, "opened here and never closed", "End it with '."),
    "' closed on another line": ("text = 'Hello\nlink = 'a'\n", 1, "not closed on its line", "the same quote"),
    '" never closed': ('text = "Hello\nlink = 2\n', 1, "not closed on its line", "the same quote"),
    '" never closed at the end': ('a = 1\ntext = "Hello', 2, "opened here and never closed", 'End it with ".'),
    "an apostrophe": ("text = 'it's here'\n", 1, "something stands behind the value", "put ''' around"),
    "a semicolon": ("a = 1;\n", 1, "something stands behind the value", "One key a line"),
    "a ''' forgotten above": ("text = '''\nHello\nx = '''\nHi\n'''\n", 4, "neither", "one is missing, or one too many"),
    "a text without its '''": ("Hello world\nand all\n'''\n", 1, "neither", "look at the '''"),
    "a list never closed": ("id = 1\ntags = ['a',\n  'b',\n", 2, "[ is opened here and never closed", "End it with ]"),
    "a list not closed": ("tags = ['a', 'b'\nid = 1\n", 2, "a list isn't closed, or lacks", "] behind the last"),
    "a list without a comma": ("tags = ['a' 'b']\n", 1, "a list isn't closed, or lacks a comma", "comma between"),
    "bare hashtags": ("a = 1\ntags = [#16Days]\n\n", 2, "[ is opened here and never closed", "A # outside quotes"),
    "braces not closed": ("x = { a = 1\ny = 2\n", 1, "a { isn't closed on its line", "} behind the last"),
    "braces never closed": ("x = { a = 1", 1, "{ is opened here and never closed", "End it with }"),
    "braces without a comma": ("x = { a = 1 b = 2 }\n", 1, "or a comma is missing", "comma between"),
    "a backslash": ('text = "C:\\docs"\n', 1, "a backslash stands in a text", "Put ''' around the text"),
    "an escape cut short": ('text = "\\u12"\n', 1, "a backslash stands in a text", "Put ''' around the text"),
    "half a character": ('text = "\\ud800"\n', 1, "a backslash stands in a text", "Put ''' around the text"),
    "a NUL": ("id = 1\ntext = 'a\0b'\n", 2, "invisible character", "type it again"),
    "a NUL between double quotes": ('text = "a\0b"\n', 1, "invisible character", "type it again"),
    "a bell in a comment": ("id = 1\n\n# \a\n", 3, "invisible character", "type it again"),
    "a time without quotes": ("a = 1\ntime = 09:00\n", 2, "a time needs quotes", 'like "09:00"'),
    "a time with a point": ("time = 9.30 h\n", 1, "a time needs quotes", 'like "09:00"'),
    "a date day first": ("start = 25-11-2026\n", 1, "isn't how a date is written", "2026-11-25"),
    "a date with slashes": ("start = 25/11/2026\n", 1, "isn't how a date is written", "2026-11-25"),
    "a date without zeros": ("start = 2026-1-5\n", 1, "isn't how a date is written", "2026-11-25"),
    "a day that isn't": ("start = 2026-02-30\n", 1, "there is no such date", "2026-11-25"),
    "True": ("require_approval = True\n", 1, "isn't written as it should be", "Write true or false"),
    "far too large a number": (f"a = {'9' * 5000}\n", 1, "too many digits", "put quotes"),
    "lists in lists without end": ("a = " + "[" * 5000 + "]" * 5000, 1, "nested too deeply", "Close each [ and {"),
    "braces in braces without end": ("a = " + "{b=" * 3000 + "1" + "}" * 3000, 1, "nested too deeply", "Close"),
    "a merge conflict": ("<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> main\n", 1, "a merge conflict", "Keep one"),
    "a merge conflict below a text": (
        "a = '''\nHi\n'''\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> 3f2a91c\n", 4, "a merge conflict", "Keep one"),
    "a merge conflict without names": ("a = 1\n<<<<<<<\nb = 1\n", 2, "a merge conflict is left here", "delete the"),
    "the end of a merge conflict": ("a = 1\n>>>>>>> origin/main\n", 2, "a merge conflict is left here", "delete the"),
    "a patch": ("@@ -1,3 +1,4 @@\na = 1\n", 1, "a merge conflict is left here", "Keep one"),
    "as a mail carries it": ("text =3D '''\nit=E2=80=99s\n'''\n", 1, "as a mail carries it", "attachment itself"),
    "two byte-order marks": ("\ufeff\ufeffa = 1\n", 1, "only looks like", "again"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line", "message", "hint"), NOT_TOML.values(), ids=list(NOT_TOML))
def test_bad_toml_is_located_and_explained(write: Write, content: str, line: int, message: str, hint: str) -> None:
    found, problems = read(write, content)
    assert found is None
    assert [(p.rule, p.location.line) for p in problems] == [("toml", line)]
    assert message in problems[0].message
    assert hint in problems[0].hint
    assert is_plain(problems[0])


@pytest.mark.parametrize("ends", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_a_mistake_has_the_same_line_whatever_ends_the_lines(write: Write, ends: str) -> None:
    _, problems = read(write, ends.join(["a = 1", "text = '''", "Hello", "'''", "b = oops", ""]))
    assert [problem.location.line for problem in problems] == [5]


NOT_TEXT = {
    # name: (content, rule, line, a piece of the message, a piece of the hint)
    "nothing": (b"", "file-empty", 1, "the file is empty", "Fill it in"),
    "white space": (b" \r\n\t\n", "file-empty", 1, "the file is empty", "Fill it in"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "file-empty", 1, "the file is empty", "Fill it in"),
    "Latin-1": ("a = 1\ntext = 'Brasília'\n".encode("latin-1"), "file-encoding", 2, "isn't saved as UTF-8", "Brasília"),
    "Windows-1252": ("text = 'l’été'\n".encode("cp1252"), "file-encoding", 1, "isn't saved as UTF-8", "text = 'l’été'"),
    "Latin-1 and CR": (b"a = 1\rb = 2\rtext = '\xe9'\r", "file-encoding", 3, "isn't saved as UTF-8", "text = 'é'"),
    "Latin-1 behind a mark": (b"\xef\xbb\xbfa\n\xe9", "file-encoding", 2, "isn't saved as UTF-8", "reads: é"),
    "UTF-16": ("a = 1".encode("utf-16"), "file-encoding", 1, "saved as UTF-16", "Save it as UTF-8"),
}


@pytest.mark.parametrize(("content", "rule", "line", "message", "hint"), NOT_TEXT.values(), ids=list(NOT_TEXT))
def test_a_file_that_is_no_text_is_explained(
    write: Write, content: bytes, rule: str, line: int, message: str, hint: str
) -> None:
    found, problems = read(write, content)
    assert found is None
    assert [(p.rule, p.location.line) for p in problems] == [(rule, line)]
    assert message in problems[0].message
    assert hint in problems[0].hint


def test_a_very_long_line_in_another_encoding_is_shown_in_part(write: Write) -> None:
    _, problems = read(write, b"text = '" + b"\xe9" * 100_000 + b"'")
    assert len(problems[0].hint) < 150


def test_a_missing_file_is_a_problem_with_the_nearest_name(write: Write) -> None:
    folder = write({"campain.toml": "id = 'a'"})
    problems: list[Problem] = []
    assert source.read(folder / "campaign.toml", problems, Scope(day=3)) is None
    assert source.read(folder / "facts.toml", problems) is None
    assert [(p.rule, str(p.location), p.message) for p in problems] == [
        ("file-missing", f"{folder / 'campaign.toml'}:1", "there is no such file."),
        ("file-missing", f"{folder / 'facts.toml'}:1", "there is no such file."),
    ]
    assert [p.hint for p in problems] == [
        "Did you mean “campain”? Write it, or check its name.",
        "Write it, or check its name.",
    ]
    assert [p.scope for p in problems] == [Scope(day=3), WHOLE_CAMPAIGN]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("folder", "this is a folder, not a file.", "Move it away and write the file."),
        ("file.toml/below", "it can't be read: Not a directory.", "Check the file's name and permissions."),
        ("nul\0.toml", "it can't be read: embedded null byte.", "Check the file's name and permissions."),
        ("a" * 5000, "it can't be read: File name too long.", "Check the file's name and permissions."),
    ],
    ids=["a folder", "below a file", "a NUL in its name", "a name too long"],
)
def test_what_is_no_file_is_a_problem(write: Write, name: str, message: str, hint: str) -> None:
    folder = write({"folder/file.toml": "", "file.toml": ""})
    problems: list[Problem] = []
    assert source.read(folder / name, problems) is None
    assert [(p.rule, p.message, p.hint) for p in problems] == [("file-unreadable", message, hint)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes of this kind, and links only for some")
def test_only_a_file_is_read_and_no_link_out_of_the_folder_is_followed(write: Write) -> None:
    folder = write({"posts/05-day/day.toml": "a = 1", "posts/other.toml": "a = 2", "outside.toml": "a = 3"})
    posts = folder / "posts"
    for name, to in {
        "within": posts / "other.toml", "out": folder / "outside.toml", "up": Path("../../outside.toml"),
        "nowhere": folder / "nowhere.toml", "loop": posts / "05-day/loop.toml", "endless": Path("/dev/zero"),
    }.items():  # fmt: skip
        (posts / f"05-day/{name}.toml").symlink_to(to)
    (posts / "06-day").symlink_to(folder)
    os.mkfifo(posts / "05-day/pipe.toml")

    def said(file: str) -> str:
        problems: list[Problem] = []
        found = source.read(posts / file, problems, root=posts)
        assert (found is None) == bool(problems)
        assert all(is_plain(problem) for problem in problems)
        return " ".join(problem.message for problem in problems)

    assert said("05-day/within.toml") == ""
    assert said("05-day/pipe.toml") == said("05-day/endless.toml") == "this isn't an ordinary file."
    assert said("05-day/nowhere.toml") == "this is a link to a file that isn't there."
    assert said("05-day/loop.toml") == "it can't be read: Too many levels of symbolic links."
    out = "a link leads from here to a file outside the folder with the days."
    assert said("05-day/out.toml") == said("05-day/up.toml") == said("06-day/outside.toml") == out


@pytest.mark.parametrize("dots", ["a." * 300_000 + "a = 1", "[" + "a." * 300_000 + "a]", "a = {" + "a." * 300_000])
def test_a_key_of_endlessly_many_parts_costs_no_time(write: Write, dots: str) -> None:
    _, problems = read(write, f"a = 1\n{dots}\n")
    assert [(p.location.line, p.message) for p in problems] == [(2, "300,000 dots stand in this line.")]


def test_a_slip_in_an_endless_line_costs_no_time(write: Write) -> None:
    _, problems = read(write, "a" * 500_000 + " b" * 200_000)
    assert [problem.rule for problem in problems] == ["toml"]


def test_of_endlessly_many_mistakes_a_thousand_are_said_and_then_that_there_are_more(write: Write) -> None:
    top, problems = read(write, "".join(f"key{n} = 1\n" for n in range(5_000)))
    assert top is not None
    top.done()
    assert [p.rule for p in problems] == ["unknown-key"] * MAX_PROBLEMS + ["too-many-problems"]
    assert problems[-1].scope == WHOLE_CAMPAIGN


# What is read


@pytest.mark.parametrize(
    "content",
    [
        b"a = 1\ntext = '''\nH\xc3\xa9\n\n\xf0\x9f\x9f\xa0\n'''\n",
        b"\xef\xbb\xbfa = 1\ntext = '''\nH\xc3\xa9\n\n\xf0\x9f\x9f\xa0\n'''\n",
        b"a = 1\r\ntext = '''\r\nH\xc3\xa9\r\n\r\n\xf0\x9f\x9f\xa0\r\n'''\r\n",
        b"a = 1\rtext = '''\rH\xc3\xa9\r\r\xf0\x9f\x9f\xa0\r'''\r",
        b"\ta\t=\t1\ntext = '''\nH\xc3\xa9\n\n\xf0\x9f\x9f\xa0\n'''",
    ],
    ids=["LF", "byte-order mark", "CRLF", "CR", "tabs"],
)
def test_one_text_is_read_from_files_of_every_make(write: Write, content: bytes) -> None:
    found, problems = read(write, content)
    assert found is not None
    assert not problems
    text = found.text("text")
    assert text == "Hé\n\n🟠\n"
    assert text.location.line == 2
    assert [text.location_at(i).line for i in range(len(text))] == [3, 3, 3, 4, 5, 5]


def test_a_file_of_two_megabytes_is_read_and_none_that_is_larger(write: Write) -> None:
    content = "text = '''\n" + "Hello {link}\n" * 700 + "'''\nlink = 1\n"
    found, problems = read(write, content + "#" * (source.MAX_FILE_BYTES - len(content)))
    assert found is not None
    text = found.text("text")
    assert text is not None
    assert text.location_at(len(text) - 2).line == 701
    assert found.text("link") is None
    assert [problem.location.line for problem in problems] == [703]
    found, problems = read(write, content + "#" * (source.MAX_FILE_BYTES - len(content) + 1))
    assert found is None
    assert [(p.rule, p.message) for p in problems] == [("file-too-large", "the file is larger than 2,000,000 bytes.")]


@pytest.mark.parametrize("get", [Table.text, Table.texts, Table.time_of_day])
def test_a_text_longer_than_any_post_is_not_taken(get: Callable[[Table, str, str], object]) -> None:
    long = "a" * (MAX_TEXT_LENGTH + 1)
    top = table(f"\na = ['b', '{long}']\n" if get is Table.texts else f"\na = '{long}'\n")
    assert get(top, "a", "") in (None, ("b",))
    assert said(top) == [
        (2, "too-long-text", "“a” has 10,001 characters, and 10,000 are the most that a text here can have.",
         "Look whether the quotes that should end it are missing."),
    ]  # fmt: skip


def test_a_file_of_comments_is_an_empty_table(write: Write) -> None:
    found, problems = read(write, "# nothing yet\n")
    assert found is not None
    assert not list(found)
    assert found.text("text", mandatory=True) is None
    assert [(p.rule, p.message, p.hint) for p in problems] == [
        ("missing-key", "“text” is missing.", 'Write it at the top: text = "…"')
    ]


def test_every_getter_gives_its_value_and_then_nothing_is_said() -> None:
    top = table(
        """
        text = "a"
        texts = ["a", "b"]
        tags = ["#a", "#été"]
        items = [7, "8/x"]
        number = 3
        yes = true
        date = 2026-11-25
        early = "9:05"
        late = 23:59:58
        [of]
        en = "English"
        pt-BR = "português"
        """
    )
    assert top.text("text") == "a"
    assert top.texts("texts") == ("a", "b")
    assert top.hashtags("tags", "") == ("#a", "#été")
    assert top.items("items", "", ITEM) == ("7", "8/x")
    assert top.integer("number", "", 1) == 3
    assert top.integer("other", "", 1) == 1
    assert top.boolean("yes", "", False) is True
    assert top.boolean("no", "", False) is False
    assert str(top.calendar_date("date", "")) == "2026-11-25"
    assert str(top.time_of_day("early", "")) == "09:05:00"
    assert str(top.time_of_day("late", "")) == "23:59:00"
    assert top.table("of").each_text("") == {"en": "English", "pt-BR": "português"}
    assert not list(top.table("nowhere"))
    top.done()
    assert not said(top)


ITEM = Form(r"\d+(/\w+)?", "wrong-item", "“{}” isn't one.", "Write another.")


def test_an_item_of_a_list_knows_its_own_line() -> None:
    items = table("skip = [ # some\n  7,\n\n  '8/x', 9,\n]\n").items("skip", "", ITEM)
    assert [(item, item.location.line) for item in items] == [("7", 2), ("8/x", 4), ("9", 4)]
    assert items[1].location_at(1).line == 4


WRONG: dict[str, tuple[str, Callable[[Table], object], str, str, str]] = {
    # name: (content below a line of comment, getter, rule, message, hint)
    "a number for a text": (
        "a = 5", lambda t: t.text("a"), "wrong-type",
        "“a” must be a text between quotes, not a number.", 'Write it like this: a = "…"'),
    "an empty text": (
        "a = ' '", lambda t: t.text("a"), "empty-text", "“a” is empty.", "Write something between its quotes."),
    "a text for a list": (
        "a = 'b'", lambda t: t.texts("a"), "wrong-type",
        "“a” must be a list of texts, not a text.", 'Write it like this: a = ["…", "…"]'),
    "a number in a list": (
        "a = ['b', 5]", lambda t: t.texts("a"), "wrong-type",
        "“a” must be a list of texts; a number stands in it.", 'Write it like this: a = ["…", "…"]'),
    "an empty text in a list": (
        "a = ['b', '']", lambda t: t.texts("a"), "empty-text",
        "a text in “a” is empty.", "Write something between its quotes."),
    "a text of spaces in a list": (
        "a = [7, ' ']", lambda t: t.items("a", "", ITEM), "empty-text",
        "a text in “a” is empty.", "Write something between its quotes."),
    "true in a list": (
        "a = [true]", lambda t: t.items("a", "", ITEM), "wrong-type",
        "“a” must be a list of numbers and texts; true or false stands in it.",
        'Write it like this: a = [7, "8/x"]'),
    "a hashtag without #": (
        "a = ['16Days']", lambda t: t.hashtags("a", ""), "wrong-hashtag",
        "“16Days” isn't a hashtag.", "Write it like “#16Days”."),
    "a hashtag of two words": (
        "a = ['#16 Days']", lambda t: t.hashtags("a", ""), "wrong-hashtag",
        "“#16 Days” isn't a hashtag.", "Write it like “#16Days”."),
    "a text for a number": (
        "a = '8'", lambda t: t.integer("a", "", 1), "wrong-type",
        "“a” must be a whole number, not a text.", "Write it like this: a = 8"),
    "a number with a point": (
        "a = 8.0", lambda t: t.integer("a", "", 1), "wrong-type",
        "“a” must be a whole number, not a number with a point.", "Write it like this: a = 8"),
    "a number beyond TOML": (
        f"a = 0x{'f' * 9999}", lambda t: t.integer("a", "", 1), "wrong-type",
        "“a” must be a whole number, not a number.", "Write it like this: a = 8"),
    "a text for true": (
        "a = 'true'", lambda t: t.boolean("a", "", True), "wrong-type",
        "“a” must be true or false, not a text.", "Write it like this: a = true"),
    "a text for a date": (
        "a = '2026-11-25'", lambda t: t.calendar_date("a", ""), "wrong-type",
        "“a” must be a date, not a text.", "Write it like this: a = 2026-11-25"),
    "a date with a time": (
        "a = 2026-11-25T09:00:00Z", lambda t: t.calendar_date("a", ""), "wrong-type",
        "“a” must be a date alone.", "Leave out the time."),
    "a date for a time": (
        "a = 2026-11-25", lambda t: t.time_of_day("a", ""), "wrong-type",
        "“a” must be a time, not a date.", 'Write it like this: a = "09:00"'),
    "no time of the day": (
        "a = '24:00'", lambda t: t.time_of_day("a", ""), "wrong-time",
        "“24:00” isn't a time of day.", 'Write it like "09:00" or "17:30".'),
    "a text for a section": (
        "a = 'b'", lambda t: t.table("a"), "wrong-type",
        "“a” must be a section, not a text.", "Write it like this: [a]"),
    "a text for sections": (
        "a = 'b'", lambda t: list(t.tables()), "wrong-type",
        "“a” must be a section, not a text.", "Write it like this: [a]"),
    "no language": (
        "EN = 'b'", lambda t: list(t.languages(re.compile("[a-z]{2}"))), "wrong-language",
        "“EN” isn't a language code.", "Did you mean “en”? Use the language's code: nl, fr, de, en, pt-BR."),
}  # fmt: skip


@pytest.mark.parametrize(("content", "get", "rule", "message", "hint"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_value_is_named_with_the_right_form(
    content: str, get: Callable[[Table], object], rule: str, message: str, hint: str
) -> None:
    top = table(f"# one line\n{content}\n")
    get(top)
    assert said(top) == [(2, rule, message, hint)]


def test_an_unknown_key_is_named_with_the_nearest_spelling() -> None:
    top = table("tekst = 'a'\n[release]\npublisher = 'b'\ntitel = 'c'\nzzz = 1\n")
    release = top.table("release")
    top.text("text")
    release.text("title")
    release.text("publisher")
    release.done({"zzz": "Say it better."})
    top.done()
    assert said(top) == [
        (4, "unknown-key", "unknown key “titel” here.",
         "Did you mean “title”? [release] may have: title, publisher."),
        (5, "unknown-key", "unknown key “zzz” here.", "Say it better."),
        (1, "unknown-key", "unknown key “tekst” here.",
         "Did you mean “text”? This file may have: release, text."),
    ]  # fmt: skip


def test_a_missing_key_is_said_where_its_section_stands() -> None:
    top = table("a = 1\n\n[b.c]\nx = { d = 1 }\n")
    for key in ("b", "c", "x"):
        top = top.table(key)
    top.text("handle", mandatory=True)
    assert said(top) == [(4, "missing-key", "“handle” is missing.", 'Write it in [b.c.x]: handle = "…"')]


def test_a_mistake_holds_what_its_table_concerns() -> None:
    top = table("[a]\nb = 1\n")
    inner = Table(top.document, {"b": 1}, ("a",), Scope(day=7))
    inner.text("b")
    top.done()
    assert [problem.scope for problem in top.document.problems] == [Scope(day=7), WHOLE_CAMPAIGN]


# Where a character of a text stands


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("t = 'ab'", [1, 1]),
        ("\n't' = '''ab'''", [2, 2]),
        ("t = '''a\nb'''", [1, 1, 2]),
        ("t = '''\na\nb'''", [2, 2, 3]),
        ("t = '''\n\\n\nb'''", [2, 2, 2, 3]),
        ("t = '''\n''a\nb'''''", [2, 2, 2, 2, 3, 3, 3]),
        ('t = "a\\nb\\u00e9c"', [1, 1, 1, 1, 1]),
        ('t = """a\nb"""', [1, 1, 2]),
        ('t = """\n\na"""', [2, 3]),
        ('t = """\\\n  a\\   \n\n\n  b\n\\U0001F7E0\\"""""', [2, 5, 5, 6, 6, 6]),
    ],
)
def test_every_character_of_a_text_knows_its_line(content: str, lines: list[int]) -> None:
    text = table(content).text("t")
    assert text is not None
    assert [text.location_at(offset).line for offset in range(len(text))] == lines
    assert text.location_at(len(text) + 100).line >= text.location.line


PIECES = {
    # as it is written between three double quotes: what it stands for
    "a": "a", "é": "é", " ": " ", "\n": "\n", "\n\n": "\n\n", "\\n": "\n", "\\\\": "\\", '\\"': '"', "\\u00e9": "é",
    "\\U0001F7E0": "🟠", "#": "#", "'''": "'''", "{x}": "{x}", "\\\nb": "b", "\\  \n\n   c": "c",
}  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(PIECES))), st.booleans())
def test_every_character_of_any_text_knows_its_line(pieces: list[str], below: bool) -> None:
    line = 2 + below
    lines, value = [], ""
    if not below and pieces and pieces[0].startswith("\n"):
        pieces = ["a", *pieces]
    for piece in pieces:
        value += PIECES[piece]
        if piece.startswith("\\"):
            line += piece.count("\n")
            lines.append(line)
        else:
            for character in piece:
                lines.append(line)
                line += character == "\n"
    text = table('a = 1\nt = """' + "\n" * below + "".join(pieces) + '"""').text("t")
    if text is None:
        assert not value.strip()
    else:
        assert text == value
        assert [text.location_at(offset).line for offset in range(len(text))] == lines


# The line of every key of any document

WORDS = (
    "a",
    "B-2",
    "_",
    "7",
    "1e3",
    "true",
    "2026-11-25",
    "in city",
    "",
    "é",
    'q"',
    "l'a",
    "a.b",
    "#",
    "[x]",
    "=",
    "\\",
)
TEXTS = (
    "",
    "a",
    "it's",
    'say "so"',
    "# no comment",
    "[no.table]",
    "k = 1",
    "{, }",
    "]]",
    "\\",
    "tab\there",
    "é🟠",
    "''",
    '""',
)
SCALARS = (
    "1", "-17", "0xBEEF", "1_000", "3.14", "-0.1e-7", "inf", "-nan", "true", "false", "2026-11-25", "09:00:00",
    "2026-11-25 09:00:00.5", "2026-11-25T09:00:00+01:00",
)  # fmt: skip


class Writer:
    """Writes a random document, and where each key of it went."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.text = ""
        self.lines: dict[Key, int] = {}
        self._names = 0
        self._tables: list[tuple[tuple[str, ...], Key]] = [((), ())]
        """Each table as a heading writes it, and as it is read: with its place in an array of tables."""
        self._arrays: list[tuple[tuple[str, ...], Key, list[int]]] = []
        self._implied: list[tuple[tuple[str, ...], Key]] = []
        self._table(())
        for _ in range(random.randrange(6)):
            random.choice((self._heading, self._heading, self._array, self._again, self._later))()

    def _put(self, text: str) -> None:
        self.text += text

    def _note(self, key: Key) -> None:
        self.lines.setdefault(key, self.text.count("\n") + 1)

    def _space(self) -> None:
        self._put(self.random.choice(("", "", " ", "\t ")))

    def _gap(self) -> None:
        """White space in a list, where lines may end."""
        for _ in range(self.random.randrange(3)):
            self._put(self.random.choice((" ", "\n", "\n\n  ", '# [c] = { \' """\n', "#\n")))

    def _end(self) -> None:
        self._space()
        self._put(self.random.choice(("", "", "# k = ''' [", "#")) + "\n" * self.random.randint(1, 3))

    def _name(self) -> str:
        """One that no other key has."""
        self._names += 1
        return f"{self.random.choice(WORDS)}{self._names}"

    def _key(self, name: str) -> None:
        forms = [json.dumps(name, ensure_ascii=False)]
        if "'" not in name:
            forms.append(f"'{name}'")
        if name.isascii() and name.replace("-", "").replace("_", "").isalnum():
            forms += [name, name]
        self._put(self.random.choice(forms))

    def _string(self) -> str:
        value = "\n".join(self.random.choices(TEXTS, k=self.random.choice((1, 1, 2, 4))))
        forms = [json.dumps(value, ensure_ascii=False)]
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        if not value.endswith('"') or value.endswith('""'):
            escaped = self.random.choice((escaped, escaped.replace("k", "\\\n \n  k").replace("é", "\\u00e9")))
        forms.append(f'"""\n{escaped}"""')
        if "'''" not in value:
            forms.append(f"'''\n{value}'''")
            if not value.startswith("\n"):
                forms.append(f"'''{value}'''")
        if "'" not in value and "\n" not in value:
            forms.append(f"'{value}'")
        return self.random.choice(forms)

    def _value(self, key: Key, depth: int = 0) -> None:
        kind = self.random.randrange(6 if depth < 3 else 4)
        if kind < 2:
            self._put(self.random.choice(SCALARS))
        elif kind < 4:
            self._put(self._string())
        elif kind == 4:
            self._put("[")
            self._gap()
            for n in range(count := self.random.randrange(4)):
                self._note((*key, n))
                self._value((*key, n), depth + 1)
                self._gap()
                if n < count - 1 or self.random.random() < 0.5:
                    self._put(",")
                self._gap()
            self._put("]")
        else:
            self._put("{")
            self._space()
            for n in range(self.random.randrange(3)):
                if n:
                    self._put(",")
                    self._space()
                self._pair(key, depth + 1)
            self._put("}")

    def _pair(self, key: Key, depth: int = 0, begun: tuple[str, ...] = ()) -> tuple[str, ...]:
        """`key = value`, with dots sometimes; sometimes within what other dots have begun."""
        names = (*begun, *(self._name() for _ in range(self.random.choice((1, 1, 1, 2, 3)))))
        for n, name in enumerate(names):
            if n:
                self._space()
                self._put(".")
                self._space()
            key = (*key, name)
            self._note(key)
            self._key(name)
        self._space()
        self._put("=")
        self._space()
        self._value(key, depth)
        self._space()
        return names[:-1]

    def _table(self, key: Key) -> None:
        begun: tuple[str, ...] = ()
        for _ in range(self.random.randrange(4)):
            self._space()
            begun = self._pair(key, begun=self.random.choice((begun, ())))
            self._end()

    def _write_heading(self, path: tuple[str, ...], key: Key, brackets: int) -> None:
        """`key` is how `path` is read, without a last place."""
        self._space()
        self._put("[" * brackets)
        names = iter(path)
        for n, part in enumerate(key):
            if isinstance(part, str):
                if n:
                    self._put(self.random.choice((".", " . ")))
                self._note(key[: n + 1])
                self._key(next(names))
        self._put("]" * brackets)

    def _new(self) -> tuple[tuple[str, ...], Key]:
        path, key = self.random.choice(self._tables)
        names = tuple(self._name() for _ in range(self.random.choice((1, 1, 2))))
        for n in range(1, len(names)):
            self._implied.append(((*path, *names[:n]), (*key, *names[:n])))
        return (*path, *names), (*key, *names)

    def _heading(self) -> None:
        path, key = self._new()
        self._tables.append((path, key))
        self._write_heading(path, key, 1)
        self._end()
        self._table(key)

    def _later(self) -> None:
        """A heading for a table that a longer heading has brought about."""
        if self._implied:
            path, key = self._implied.pop()
            self._tables.append((path, key))
            self._write_heading(path, key, 1)
            self._end()
            self._table(key)

    def _array(self) -> None:
        path, key = self._new()
        self._arrays.append((path, key, [0]))
        self._element(path, key, 0)

    def _again(self) -> None:
        """One more table in an array of them: what is below the one before can't be reached any more."""
        if self._arrays:
            path, key, count = self.random.choice(self._arrays)
            count[0] += 1

            def old(other: Key) -> bool:
                return len(other) > len(key) and other[: len(key)] == key

            self._tables = [entry for entry in self._tables if not old(entry[1])]
            self._implied = [entry for entry in self._implied if not old(entry[1])]
            self._arrays = [entry for entry in self._arrays if not old(entry[1])]
            self._element(path, key, count[0])

    def _element(self, path: tuple[str, ...], key: Key, n: int) -> None:
        self._write_heading(path, key, 2)
        self._note((*key, n))
        self._end()
        self._tables.append((path, (*key, n)))
        self._table((*key, n))


def paths(value: Any, key: Key = ()) -> Iterator[Key]:
    """The way to every value in a document."""
    for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*key, part)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*key, part))


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_key_of_any_document_has_its_line(random: Random) -> None:
    writer = Writer(random)
    values = tomllib.loads(writer.text)
    scanned = toml_lines.Scanner(writer.text)
    assert scanned.lines == writer.lines
    assert set(scanned.lines) == set(paths(values))
    for key, written in scanned.strings.items():
        value: Any = values
        for part in key:
            value = value[part]
        assert tomllib.loads(f"k = {written}")["k"] == value


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_is_toml_is_scanned_whole(random: Random) -> None:
    """Documents spoilt at random: where the result is TOML by chance, no key of it may be lost."""
    text = Writer(random).text
    for _ in range(4):
        at, length = random.randrange(len(text) + 1), random.randrange(5)
        text = text[:at] + random.choice(("", "\n", "'", '"', "[", "]", "{}", "a.b=1", "#", ",")) + text[at + length :]
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as failure:
            line, wrong, hint = toml_errors.explain(str(failure), text)
            assert 1 <= line <= text.count("\n") + 1
            assert wrong.endswith(".")
            assert hint
            assert "this isn't TOML" not in wrong
        else:
            assert set(toml_lines.Scanner(text).lines) == set(paths(values))


def test_deep_nesting_that_is_toml_has_its_lines() -> None:
    depth = 150
    text = "a = " + "[\n" * depth + "]" * depth + "\nb = " + "{ c = " * depth + "1" + " }" * depth + "\n"
    lines = toml_lines.Scanner(text).lines
    assert lines["a", *[0] * (depth - 1)] == depth
    assert lines["b", *["c"] * depth] == depth + 2
    assert len(lines) == len(list(paths(tomllib.loads(text))))


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        ("[a.b]\nc = 1\n[a]\nd = 2\n", ("a", "d"), 4),
        ("[[a]]\n[a.b]\nc = 1\n[[a]]\n[a.b]\nc = 2\n", ("a", 1, "b", "c"), 6),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2\n", ("a", 1, "b", 0, "c"), 7),
        ("a = '''\n[b]\nb = 1\n'''\nb = 2\n", ("b",), 5),
        ('a = """\\"""\nb = 1\n"""\nb = 2\n', ("b",), 4),
        ("a = ''''''\nb = 2\n", ("b",), 2),
        ("a = '''''a'''''\nb = 2\n", ("b",), 2),
        ("'' = 1\nb = 2\n", ("b",), 2),
        ("a = [ # ]\n]\nb = 2\n", ("b",), 3),
        ("a = { b = '''\n\n''', c = 1 }\n", ("a", "c"), 3),
        ("3.14 = 1\n\n3.15 = 2\n", ("3", "15"), 3),
    ],
)
def test_a_key_in_an_odd_place_has_its_line(content: str, key: Key, line: int) -> None:
    tomllib.loads(content)
    assert table(content).document.location(key) == Location(Path("file.toml"), line)


def test_a_key_that_is_nowhere_has_the_line_of_what_is_around_it() -> None:
    document = table("a = 1\n[b]\nc = [\n1]\n").document
    assert document.location(("b", "x", "y")).line == 2
    assert document.location(("b", "c", 7)).line == 3
    assert document.location(("x",)).line == 1
    assert Text("a", document, ("x",)).location_at(5).line == 1


def test_a_line_to_write_has_quotes_around_a_key_that_needs_them(write: Write) -> None:
    found, problems = read(write, '["a section"]\n"bad key" = 3\n')
    assert found is not None
    found.table("a section").table("bad key")
    assert [problem.hint for problem in problems] == ['Write it like this: "bad key" = { … }']
