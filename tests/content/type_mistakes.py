"""A document with each of its values replaced by one of another type; and whether what is said of it is plain."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from orangeday.content.problems import Problem


def is_plain(problem: Problem) -> bool:
    """Whether it is said in whole sentences, with a next step, and without the words of a machine."""
    jargon = re.compile(r"Errno|Error|Exception|codec|namespace|NoneType|dict|tuple|object|(?<!<)<(?!<)|\\n|\(at ")
    return (
        problem.message.endswith(".") and len(problem.hint) > 5 and not jargon.search(str(problem).partition(": ")[2])
    )


OTHERS: dict[type, str] = {
    str: '"x y"', int: "7", float: "1.5", bool: "true", list: "[[], 1.5]", dict: "{ a = 1.5 }",
    type(None): "1979-05-27T07:32:00Z",
}  # fmt: skip


def lines_of(value: Mapping[str, Any], key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of a document, sections too, with its key."""
    for name, inner in value.items():
        yield (*key, name), inner
        if isinstance(inner, dict):
            yield from lines_of(inner, (*key, name))


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value)


def with_other_types(content: str) -> Iterator[tuple[str, int]]:
    """The document, a line a value, with one value of another type each time; and that value's line."""
    values = list(lines_of(tomllib.loads(content)))
    for changed, was in values:
        for kind, other in OTHERS.items():
            if isinstance(was, kind) or (kind, type(was)) == (int, float):  # a whole number is a number
                continue
            lines, line = [], 0
            for key, value in values:
                if key == changed:
                    lines.append(f"{'.'.join(map(written, key))} = {other}")
                    line = len(lines)
                elif not isinstance(value, dict) and key[: len(changed)] != changed:
                    lines.append(f"{'.'.join(map(written, key))} = {written(value)}")
            yield "\n".join(lines) + "\n", line
