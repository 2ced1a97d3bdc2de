"""The lines of the values in a TOML file, which the standard library's reader doesn't give."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tomli

Key = tuple[str | int, ...]
"""The path to a value: keys, and indexes in lists."""

OPENING = re.compile(r"""'''\n? | \"\"\"\n? | ['"]""", re.VERBOSE)
CHARACTER = re.compile(r"(?:\\[ \t]*\n\s*)*(?:\\u.{4}|\\U.{8}|\\.|.)", re.DOTALL)
"""The pattern of one character of a text between double quotes, as it is written in the file."""
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<newline>\n)
      | (?P<mark>[\[\]{}=,.])
      | (?P<space>[ \t\r]+)
      | (?P<bare>[^\s\[\]{}=,."'#]+)""",
    re.DOTALL | re.VERBOSE,
)


def tokens(source: str) -> Iterator[tuple[str, str, int]]:
    """Yield (kind, token, line) of each token, without comments and spaces; last a line end."""
    line = 1
    for match in _TOKEN.finditer(source):
        if match.lastgroup not in ("comment", "space"):
            yield str(match.lastgroup), match[0], line
        line += match[0].count("\n")
    yield "newline", "\n", line


class Scanner:
    """The line of every key, table and list item of a document that tomli can read."""

    def __init__(self, source: str) -> None:
        self.lines: dict[Key, int] = {}
        self.strings: dict[Key, str] = {}
        """Every string as it is written in the file, with its quotes."""
        self._counts: dict[Key, int] = {}
        """The index of the last table of each array of tables so far."""
        self._tokens = list(tokens(source))
        self._position = 0
        self._document()

    def _mark(self) -> str:
        """Return the punctuation or line end at the current position; an empty text if it is neither."""
        kind, token, _ = self._tokens[min(self._position, len(self._tokens) - 1)]
        return token if kind in ("mark", "newline") else ""

    def _skip_newlines(self) -> None:
        while self._position < len(self._tokens) - 1 and self._mark() == "\n":
            self._position += 1

    def _document(self) -> None:
        table: Key = ()
        self._skip_newlines()
        while self._position < len(self._tokens) - 1:
            if self._mark() == "[":
                brackets = 0
                while self._mark() == "[":
                    brackets += 1
                    self._position += 1
                table = self._key(())
                if brackets == 2:
                    self._counts[table] = self._counts.get(table, -1) + 1
                    table = (*table, self._counts[table])
                    self._note(table)
                while self._mark() == "]":
                    self._position += 1
            else:
                self._value(self._key(table))
            self._skip_newlines()

    def _note(self, key: Key) -> None:
        self.lines.setdefault(key, self._tokens[min(self._position, len(self._tokens) - 1)][2])

    def _key(self, table: Key) -> Key:
        """Return a dotted key, and keep the line of each of its parts. Read on to behind its “=”, or to its “]”."""
        key = table
        while True:
            kind, token, _ = self._tokens[self._position]
            if kind not in ("bare", "string"):
                break
            key = (*key, tomli.loads(f"k={token}")["k"] if kind == "string" else token)
            self._note(key)
            self._position += 1
            if self._mark() != ".":
                break
            self._position += 1
            if key in self._counts:  # below an array of tables: in the last of them
                key = (*key, self._counts[key])
        if self._mark() == "=":
            self._position += 1
        return key

    def _value(self, key: Key) -> None:
        if self._mark() == "[":
            self._position += 1
            n = 0
            self._skip_newlines()
            while self._mark() != "]":
                self._note((*key, n))
                self._value((*key, n))
                n += 1
                self._comma()
            self._position += 1
        elif self._mark() == "{":
            self._position += 1
            self._skip_newlines()
            while self._mark() != "}":
                self._value(self._key(key))
                self._comma()
            self._position += 1
        else:
            start = self._position
            if self._tokens[start][0] == "string":
                self.strings[key] = self._tokens[start][1]
            while self._mark() in ("", "."):
                self._position += 1
            # A mark that can stand in no value: tomli would have refused it, but never stand still.
            self._position = max(self._position, start + (self._mark() not in ("\n", ",", "]", "}")))

    def _comma(self) -> None:
        self._skip_newlines()
        if self._mark() == ",":
            self._position += 1
            self._skip_newlines()
