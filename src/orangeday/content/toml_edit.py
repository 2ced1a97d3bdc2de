"""Edits of a TOML file that leave everything else in it as it is, byte for byte: comments, order, line ends. Pure."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import tomli

from orangeday.content.toml_lines import Key, Scanner

TO_FILL_IN = "…"
"""The sign in campaign.toml and config.toml for words that are still to be written: `check` calls it an error."""

_MAX_TRIES = 200
"""The limit of places at which an edit is tried."""


class CannotEdit(ValueError):
    """The error of a file in which there is no place where the edit would change this and nothing else."""


def quote(text: str) -> str:
    """Return a text as a string of TOML, which JSON's are but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def set_value(source: str, key: Key, literal: str) -> str:
    """Return a file in which the string at a key is another one, as TOML writes it. Raises CannotEdit."""
    values, scanner = _read(source)
    current = scanner.strings.get(key)
    if current is None:
        raise CannotEdit
    new_values = _with_value(values, key, tomli.loads(f"value = {literal}")["value"])
    starts = _occurrences(source, current, _line_start(source, scanner.lines[key]))
    return _first_that_reads(
        (f"{source[:start]}{literal}{source[start + len(current) :]}" for start in starts), new_values
    )


def value_of(source: str, key: Key) -> str | None:
    """Return the string at a key as it is written in the file, with its quotes; None where there is none.

    Raises CannotEdit.
    """
    return _read(source)[1].strings.get(key)


def add_entry(source: str, table: Key, key: str, literal: str) -> str:
    """Return a file with one entry more in a table that has entries, at its end, inline or not. Raises CannotEdit.

    `literal` is the value as TOML writes it.
    """
    values, scanner = _read(source)
    last = next(reversed(list(_table_at(values, table))), None)
    if last is None:
        raise CannotEdit
    new_values = _with_value(values, (*table, key), tomli.loads(f"value = {literal}")["value"])
    start = _line_start(source, scanner.lines[*table, last])
    return _first_that_reads(_with_entry(source, start, f"{key} = {literal}"), new_values)


def _with_entry(source: str, start: int, entry: str) -> Iterator[str]:
    """Yield the file with an entry at each line end and before each closing brace from an offset on."""
    line_end = _line_end(source)
    for match in re.finditer(r"\r?\n|\Z|[ \t]*\}", source[start:]):
        position = start + match.start()
        head, tail = source[:position], source[position:]
        if "}" in match[0]:
            yield f"{head}, {entry}{tail}"
        else:
            yield f"{head}{line_end}{entry}{tail}"


def add_comment(source: str, line_number: int, comment: str) -> str:
    """Return a file with a comment on a line of its own before the line of this number. Raises CannotEdit."""
    values, _ = _read(source)
    line_end = _line_end(source)
    start = _line_start(source, line_number)
    return _first_that_reads(iter([f"{source[:start]}{comment}{line_end}{source[start:]}"]), values)


def line_of(source: str, key: Key) -> int:
    """Return the number of a key's line; that of the table around it, or 1, where there is none. Raises CannotEdit."""
    _, scanner = _read(source)
    while key and key not in scanner.lines:
        key = key[:-1]
    return scanner.lines.get(key, 1)


def _read(source: str) -> tuple[dict[str, Any], Scanner]:
    try:
        return tomli.loads(source.removeprefix("\ufeff")), Scanner(source.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as failure:
        raise CannotEdit from failure


def _table_at(values: dict[str, Any], key: Key) -> dict[str, Any]:
    """Return the table at a key. Raises CannotEdit where there is none."""
    table: Any = values
    for part in key:
        if not isinstance(table, dict) or part not in table:
            raise CannotEdit
        table = table[part]
    if not isinstance(table, dict):
        raise CannotEdit
    return table


def _with_value(values: dict[str, Any], key: Key, value: object) -> dict[str, Any]:
    """Return the values of a file with another one at a key. Raises CannotEdit where its table isn't there."""
    new_values = copy.deepcopy(values)
    _table_at(new_values, key[:-1])[str(key[-1])] = value
    return new_values


def _first_that_reads(candidates: Iterator[str], new_values: dict[str, Any]) -> str:
    """Return the first of these files that has exactly these values. Raises CannotEdit."""
    for _, candidate in zip(range(_MAX_TRIES), candidates, strict=False):
        try:
            if tomli.loads(candidate.removeprefix("\ufeff")) == new_values:
                return candidate
        except ValueError:
            continue
    raise CannotEdit


def _line_end(source: str) -> str:
    """Return the characters with which the lines of a file end."""
    return "\r\n" if "\r\n" in source else "\n"


def _line_start(source: str, line_number: int) -> int:
    """Return the offset at which a line begins; the first is 1."""
    start = 0
    for _ in range(line_number - 1):
        start = source.find("\n", start) + 1
    return start


def _occurrences(source: str, part: str, start: int) -> Iterator[int]:
    """Yield the offsets of a part from an offset on."""
    while (start := source.find(part, start)) >= 0:
        yield start
        start += 1
