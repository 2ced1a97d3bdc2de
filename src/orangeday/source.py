"""TOML files, read so that every value knows its file and line and every mistake becomes a Problem.

tomllib reads the values; it keeps no lines, so a small scanner finds them, and only once somebody asks for one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from orangeday.problems import EVERYTHING, Concern, Problem, Where, error, nearest

Key = tuple[str | int, ...]
"""The way to a value: keys, and places in lists."""
_Kind = type | tuple[type, ...]


class Text(str):
    """A string that knows where it was written."""

    __slots__ = ("_document", "_key")
    _document: Document
    _key: Key

    def __new__(cls, value: str, document: Document, key: Key) -> Text:
        text = super().__new__(cls, value)
        text._document, text._key = document, key
        return text

    @property
    def where(self) -> Where:
        """Where its key stands."""
        return self._document.where(self._key)

    def where_at(self, offset: int) -> Where:
        """Where its character at `offset` stands."""
        where = self.where
        # A text of several lines begins on the line below its opening quotes.
        below = self._document.source.split("\n")[where.line - 1].rstrip().endswith(("'''", '"""'))
        return Where(where.file, where.line + below + self.count("\n", 0, offset))


@dataclass(eq=False)
class Document:
    """One file: its text, and the list to which its mistakes go."""

    file: Path
    source: str
    problems: list[Problem]
    _lines: dict[Key, int] | None = field(default=None, repr=False)

    def where(self, key: Key = ()) -> Where:
        """The line on which `key` (or, failing that, the table around it) stands."""
        if self._lines is None:
            self._lines = _lines(self.source)
        while key and key not in self._lines:
            key = key[:-1]
        return Where(self.file, self._lines.get(key, 1))


def read(file: Path, problems: list[Problem], concern: Concern = EVERYTHING) -> Table | None:
    """The top table of a TOML file (UTF-8, with or without a byte-order mark, any line ends).

    None when there is nothing to read; what is wrong is then in `problems`, as is all that the Table finds later.
    """
    document = Document(file, "", problems)

    def unreadable(rule: str, line: int, message: str, hint: str) -> Table | None:
        problems.append(error(rule, Where(file, line), message, hint, concern))
        return None

    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return unreadable("file-missing", 1, "there is no such file.", "Write it, or check its name.")
    except OSError as failure:
        return unreadable("file-unreadable", 1, f"it can't be read: {failure.strerror}.", "Check the file's rights.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return unreadable("file-encoding", 1, "it is saved as UTF-16.", "Save it as UTF-8 (“Save as”, Encoding).")
    try:
        document.source = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw[: failure.start].count(b"\n") + 1
        reads = raw.split(b"\n")[line - 1].decode("latin-1").strip()
        hint = f"Save it as UTF-8. The line reads: {reads}"
        return unreadable("file-encoding", line, "it isn't saved as UTF-8.", hint)
    # A carriage return of its own (old Macs) is no line end in TOML, and no officer means one.
    document.source = document.source.replace("\r\n", "\n").replace("\r", "\n")
    if not document.source.strip():
        return unreadable("file-empty", 1, "the file is empty.", "Write it, or delete it.")
    try:
        values = tomllib.loads(document.source)
    except tomllib.TOMLDecodeError as failure:
        return unreadable("toml", *_in_plain_words(str(failure), document.source))
    except RecursionError:
        return unreadable("toml", 1, "its brackets are nested too deeply.", "Close each [ and { that is open.")
    return Table(document, values, (), concern)


def empty(file: Path) -> Table:
    """A table to read defaults from where the file itself can't be read; what it notes is not said twice."""
    return Table(Document(file, "", []), {})


class Table:
    """One table of a file. Each getter returns the value, or its default after noting what is wrong with it.

    `done()` comes last: it reports the keys that nobody asked for. A mistake in it holds its `concern`.
    """

    def __init__(
        self, document: Document, values: Mapping[str, Any], key: Key = (), concern: Concern = EVERYTHING
    ) -> None:
        self.document = document
        self.key = key
        self.concern = concern
        self._values = values
        self._known: dict[str, None] = {}

    @property
    def where(self) -> Where:
        return self.document.where(self.key)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """The keys that are there, in the order of the file."""
        return iter(self._values)

    def is_table(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def problem(self, at: str | Where, rule: str, message: str, hint: str) -> None:
        """Notes a mistake, at a key or at the place of a value."""
        where = self.document.where((*self.key, at)) if isinstance(at, str) else at
        self.document.problems.append(error(rule, where, message, hint, self.concern))

    def text(self, key: str, *, required: bool = False) -> Text | None:
        """A string."""
        value = self._get(key, str, "a text between quotes", required=required)
        return None if value is None else Text(value, self.document, (*self.key, key))

    def texts(self, key: str, *, required: bool = False) -> tuple[Text, ...]:
        """A list of strings."""
        return self._list(key, str, 'a list of texts, like ["en", "fr"]', required=required)

    def items(self, key: str) -> tuple[Text, ...]:
        """A list of whole numbers and strings, all as strings."""
        return self._list(key, (int, str), 'a list of numbers and texts, like [7, "8/x"]')

    def integer(self, key: str, default: int) -> int:
        """A whole number."""
        value = self._get(key, int, "a whole number, like 8")
        return default if value is None else int(value)

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._get(key, bool, "true or false, without quotes")
        return default if value is None else bool(value)

    def calendar_date(self, key: str) -> date | None:
        """A date, without a time."""
        wanted = "a date without quotes, like 2026-11-25"
        value = self._get(key, date, wanted)
        if isinstance(value, datetime):
            self.problem(key, "wrong-type", f"“{key}” must be {wanted}; it has a time.", "Leave out the time.")
            return None
        return cast("date | None", value)

    def time_of_day(self, key: str) -> time | None:
        """A time, to the minute: "09:00", or TOML's own 09:00:00."""
        value = self._get(key, (str, time), 'a time, like "09:00"')
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        if value is not None and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
            self.problem(key, "wrong-time", f"“{value}” is no time of the day.", 'Write it like "09:00" or "17:30".')
            return None
        return None if value is None else datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007  a time has no zone

    def table(self, key: str, *, required: bool = False) -> Table:
        """A table; an empty one where it isn't there."""
        value = self._get(key, dict, f"a section: [{key}]", required=required)
        return Table(self.document, value or {}, (*self.key, key), self.concern)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Each key here with the table that it names."""
        for key in self._values:
            value = self._get(key, dict, "a section of its own")
            if value is not None:
                yield key, Table(self.document, value, (*self.key, key), self.concern)

    def each_text(self) -> dict[str, Text]:
        """All of this table, as strings by key."""
        texts = {key: self.text(key) for key in self._values}
        return {key: text for key, text in texts.items() if text is not None}

    def done(self, hints: Mapping[str, str] | None = None) -> None:
        """Reports every key that was never asked for; `hints` says better what to do about some."""
        for key in self._values:
            if key not in self._known:
                hint = (hints or {}).get(key) or nearest(key, self._known) + self._may_have()
                self.problem(key, "unknown-key", f"nobody knows the key “{key}” here.", hint)

    def _may_have(self) -> str:
        place = ".".join(map(str, self.key))
        known = ", ".join(self._known)
        return f"[{place}] may have: {known}." if place else f"Here may stand: {known}."

    def _get(self, key: str, kind: _Kind, wanted: str, *, required: bool = False) -> Any:
        """The value, where it is of that kind; else None, after noting why."""
        self._known[key] = None
        if key not in self._values:
            if required:
                place = f" in [{'.'.join(map(str, self.key))}]" if self.key else ""
                hint = f"Add a line: {key} = {_example(wanted)}"
                self.problem(key, "missing-key", f"“{key}” is missing{place}.", hint)
            return None
        value = self._values[key]
        if _is(value, kind):
            return value
        self.problem(key, "wrong-type", f"“{key}” must be {wanted}; it is {_called(value)}.", "Mend the value.")
        return None

    def _list(self, key: str, kind: _Kind, wanted: str, *, required: bool = False) -> tuple[Text, ...]:
        good = []
        for n, value in enumerate(self._get(key, list, wanted, required=required) or ()):
            place = (*self.key, key, n)
            if _is(value, kind):
                good.append(Text(str(value), self.document, place))
            else:
                message = f"“{key}” must be {wanted}; {_called(value)} stands in it."
                self.problem(self.document.where(place), "wrong-type", message, "Mend the list.")
        return tuple(good)


def _is(value: object, kind: _Kind) -> bool:
    """In Python a bool is an int; in an officer's file it is not."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _called(value: object) -> str:
    """A value's type, in an officer's words."""
    names = {
        bool: "true or false", int: "a number", float: "a number with a point", str: "a text", list: "a list",
        dict: "a section", date: "a date", time: "a time", datetime: "a date with a time",
    }  # fmt: skip
    return names.get(type(value), "something else")


def _example(wanted: str) -> str:
    return wanted.split("like ")[-1] if "like " in wanted else '"…"'


_WORDS = (
    # (in tomllib's message, what is wrong, what to do)
    ("Expected '=' after a key", "a line is neither “key = value” nor a “[section]”.",
     "If it belongs to a text, the text's opening ''' is missing, or its closing ''' stands too early."),
    ("Invalid statement", "a line is neither “key = value” nor a “[section]”.",
     "If it belongs to a text, the text's opening ''' is missing, or its closing ''' stands too early."),
    ("Invalid initial character for a key part", "a line is neither “key = value” nor a “[section]”.",
     "A key other than letters, digits, - and _ needs quotes."),
    ("Invalid value", "the value isn't written as it should be.", 'Put a text between quotes: key = "…"'),
    ("Expected newline or end of document", "something stands behind the value.",
     "One key a line. If the text has a quote of that kind in it, put ''' around the text."),
    ("Cannot overwrite a value", "the same key stands twice.", "Keep one of them."),
    ("Duplicate inline table key", "the same key stands twice.", "Keep one of them."),
    ("twice", "the same section stands twice.", "Put its lines together under one heading."),
    ("Unclosed array", "a list is opened and never closed.", "End it with ]."),
    ("Unclosed inline table", "a { is opened and never closed on its line.", "End it with } on the same line."),
    ("Unterminated string", "a text is opened and never closed.", "End it with the same quotes it begins with."),
    ("Illegal character '\\n'", "a text is opened and not closed on its line.",
     "End it with the same quote, or put ''' around a text of several lines."),
    ("Unescaped '\\\\'", "a backslash in a text between double quotes.", "Put ''' around the text instead."),
    ("Illegal character", "a character that can't be seen stands in the file.", "Delete it and type the line anew."),
)  # fmt: skip


def _in_plain_words(message: str, source: str) -> tuple[int, str, str]:
    """(line, what is wrong, what to do) for a message of tomllib."""
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    line = int(found[1]) if found else source.count("\n") + 1
    for quotes in ("'''", '"""'):
        # Said at the end of the document; the officer looks for where it began.
        if (not found and f"{quotes}" in message) or (not found and source.count(quotes) % 2):
            opened = source[: source.rfind(quotes)].count("\n") + 1
            return (
                opened,
                "a text is opened here and never closed.",
                f"End it with {quotes} on a line of its own.",
            )
    for theirs, wrong, hint in _WORDS:
        if theirs in message:
            return line, wrong, hint
    return line, f"this isn't TOML: {message}.", "Compare the line with one that works."


_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<newline>\n)
      | (?P<mark>[\[\]{}=,.])
      | (?P<space>[ \t\r]+)
      | (?P<bare>[^\s\[\]{}=,."'#]+)""",
    re.DOTALL | re.VERBOSE,
)


def _lines(source: str) -> dict[Key, int]:
    """The line of every key, table and list item of a document that tomllib has read without complaint."""
    return _Scanner(source).lines


class _Scanner:
    def __init__(self, source: str) -> None:
        self.lines: dict[Key, int] = {}
        self._tokens: list[tuple[str, str, int]] = []
        line = 1
        for match in _TOKEN.finditer(source):
            if match.lastgroup not in ("comment", "space"):
                self._tokens.append((str(match.lastgroup), match[0], line))
            line += match[0].count("\n")
        self._tokens.append(("newline", "\n", line))
        self._at = 0
        self._document()

    def _mark(self) -> str:
        """The punctuation at hand, or nothing."""
        kind, token, _ = self._tokens[min(self._at, len(self._tokens) - 1)]
        return token if kind in ("mark", "newline") else ""

    def _skip_newlines(self) -> None:
        while self._at < len(self._tokens) - 1 and self._mark() == "\n":
            self._at += 1

    def _document(self) -> None:
        table: Key = ()
        counts: dict[Key, int] = {}
        self._skip_newlines()
        while self._at < len(self._tokens) - 1:
            if self._mark() == "[":
                brackets = 0
                while self._mark() == "[":
                    brackets += 1
                    self._at += 1
                table = self._key(())
                if brackets == 2:
                    counts[table] = counts.get(table, -1) + 1
                    self._note((*table, counts[table]))
                    table = (*table, counts[table])
                while self._mark() == "]":
                    self._at += 1
            else:
                self._value(self._key(table))
            self._skip_newlines()

    def _note(self, key: Key) -> None:
        self.lines.setdefault(key, self._tokens[min(self._at, len(self._tokens) - 1)][2])

    def _key(self, table: Key) -> Key:
        """A dotted key, up to the “=” or “]” behind it; notes the line of each of its parts."""
        key = table
        while True:
            kind, token, _ = self._tokens[self._at]
            if kind not in ("bare", "string"):
                break
            key = (*key, tomllib.loads(f"k={token}")["k"] if kind == "string" else token)
            self._note(key)
            self._at += 1
            if self._mark() != ".":
                break
            self._at += 1
        if self._mark() == "=":
            self._at += 1
        return key

    def _value(self, key: Key) -> None:
        if self._mark() == "[":
            self._at += 1
            n = 0
            self._skip_newlines()
            while self._mark() != "]":
                self._note((*key, n))
                self._value((*key, n))
                n += 1
                self._comma()
            self._at += 1
        elif self._mark() == "{":
            self._at += 1
            self._skip_newlines()
            while self._mark() != "}":
                self._value(self._key(key))
                self._comma()
            self._at += 1
        else:
            start = self._at
            while self._mark() in ("", "."):
                self._at += 1
            # A mark that can stand in no value: tomllib would have refused it, but never stand still.
            self._at = max(self._at, start + (self._mark() not in ("\n", ",", "]", "}")))

    def _comma(self) -> None:
        self._skip_newlines()
        if self._mark() == ",":
            self._at += 1
            self._skip_newlines()
