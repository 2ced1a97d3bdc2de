"""The JSON Schemas of the officer's files, which tell an editor their keys: what each is, and what it may be.

The readers make them: each is run over an Outline in the place of a file's Table, which notes what it is asked for. So
a key stands in a schema if and only if a reader knows it. They are of draft 4, which editors of TOML know best.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path, PurePath
from typing import Any, NoReturn

from orangeday.content.campaign import read_day, read_facts, read_shared
from orangeday.content.config import read_config
from orangeday.content.toml import MAX_TEXT_LENGTH, Document, Table, Text
from orangeday.content.toml_forms import TIME_OF_DAY, Form
from orangeday.content.translations import read_text
from orangeday.platforms.specs import Shape

Schema = dict[str, Any]

FOLDER = ".schemas"
"""The folder, beside the config, in which the schemas lie."""

MARK = b"json-schema.org"
"""The word near the beginning of a file by which it is known as a schema, and may be replaced by one."""

_NAME = "*"
"""The key that stands for all those that an officer chooses: languages, embassies, facts, pictures."""

_NEVER: Schema = {"not": {}, "x-taplo": {"hidden": True}}
"""The schema of a key that may not be there, and that no editor offers."""


class Outline(Table):
    """A table without a file: to a reader it is one in which nothing stands yet. It notes what it is asked for."""

    def __init__(self, description: str = "", parent: Outline | None = None) -> None:
        super().__init__(Document(Path(), "", []), {})
        self._description = description
        self._parent = parent
        self._entries: dict[str, Schema | Outline] = {}
        self._required: list[str] = []
        self._conditions: Schema = {}
        self._name_pattern = ""
        """The pattern of the keys that an officer chooses. With a look-ahead, editors show nothing of what is below."""

    def schema(self) -> Schema:
        """Return the schema of a table in which may stand what was asked for, and nothing else."""
        entries = {key: entry.schema() if isinstance(entry, Outline) else entry for key, entry in self._entries.items()}
        required = [key for key, entry in self._entries.items() if isinstance(entry, Outline) and entry._is_mandatory]
        schema: Schema = {"description": self._description} if self._description else {}
        schema["type"] = "object"
        named = entries.pop(_NAME, None)
        schema |= {"properties": entries} if entries else {}
        if named is None:
            schema["additionalProperties"] = False
        elif self._name_pattern:
            schema |= {"patternProperties": {_whole(self._name_pattern): named}, "additionalProperties": False}
        else:
            schema["additionalProperties"] = named
        required += self._required
        schema |= {"required": required} if required else {}
        return schema | self._conditions

    @property
    def _is_mandatory(self) -> bool:
        return "minProperties" in self._conditions

    def _note(self, key: str, description: str, schema: Schema, *, mandatory: bool = False) -> None:
        self._entries[key] = {"description": description, **schema}
        if mandatory:
            self._required.append(key)

    def _get(self, key: str, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError(f"the schema of “{key}”, whose getter an Outline doesn't have")

    # What a reader sees: a table that is there, and empty.

    def __contains__(self, key: str) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        yield _NAME

    def _names(self) -> Iterator[str]:
        yield _NAME

    def is_table(self, key: str) -> bool:
        return True

    def is_list(self, key: str) -> bool:
        return True

    # What it asks for.

    def text(self, key: str, description: str = "", *, mandatory: bool = False, form: Form | None = None) -> None:
        self._note(key, description, _text_schema(form), mandatory=mandatory)

    def texts(
        self, key: str, description: str = "", *, mandatory: bool = False, form: Form | None = None
    ) -> tuple[Text, ...]:
        self._note(key, description, {"type": "array", "items": _text_schema(form)}, mandatory=mandatory)
        return ()

    def items(self, key: str, description: str, form: Form) -> tuple[Text, ...]:
        numbers = [number for number in range(100) if form.fits(str(number))]
        number = {"type": "integer", "minimum": min(numbers), "maximum": max(numbers)}
        self._note(key, description, {"type": "array", "items": {"anyOf": [number, _text_schema(form)]}})
        return ()

    def integer(self, key: str, description: str, default: int, allowed: range | None = None) -> int:
        limits = {"minimum": allowed[0], "maximum": allowed[-1]} if allowed else {}
        self._note(key, description, {"type": "integer", "default": default, **limits})
        return default

    def boolean(self, key: str, description: str, default: bool) -> bool:
        self._note(key, description, {"type": "boolean", "default": default})
        return default

    def number(self, key: str, description: str, default: float) -> float:
        self._note(key, description, {"type": "number", "default": default})
        return default

    def calendar_date(self, key: str, description: str) -> date | None:
        self._note(key, description, {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
        return None

    def time_of_day(self, key: str, description: str) -> time | None:
        # An editor gets TOML's own 09:00:00 as a text with seconds.
        pattern = rf"^(?:{TIME_OF_DAY.pattern}|\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d+)?)$"
        self._note(key, description, {"type": "string", "pattern": pattern})
        return None

    def table(self, key: str, description: str = "") -> Outline:
        self._entries[key] = table = Outline(description, self)
        return table

    def tables(self, description: str = "", skip: str | None = None) -> Iterator[tuple[str, Table]]:
        yield _NAME, self.table(_NAME, description)

    def languages(self, code: re.Pattern[str], hints: Mapping[str, str] | None = None) -> Iterator[str]:
        self._name_pattern = code.pattern
        yield _NAME

    def text_or_by_language(
        self, key: str, description: str, code: re.Pattern[str], *, mandatory: bool = False
    ) -> dict[str, Text]:
        table = Outline()
        table.by_language(code)
        self._note(key, description, {"anyOf": [_text_schema(None), table.schema()]}, mandatory=mandatory)
        return {}

    def retired_key(self, key: str, reason: str) -> None:
        self._note(key, f"It {reason}: delete it.", {"x-taplo": {"hidden": True}})

    # What must hold of several values together.

    def has_name(self, form: Form) -> bool:
        assert self._parent is not None  # noqa: S101  the top of a file has no name
        self._parent._name_pattern = form.pattern
        return True

    def reserve(self, keys: Collection[str], rule: str, message: str, hint: str) -> None:
        self._entries |= {key: {"description": message.format(key), **_NEVER} for key in keys}

    def require_any(self, keys: Collection[str] | None, rule: str, message: str, hint: str) -> None:
        self._conditions |= {"minProperties": 1} if keys is None else {"anyOf": [{"required": [key]} for key in keys]}

    def require_with(self, keys: Collection[str], companion: str, message: str, hint: str) -> None:
        self._conditions |= {"dependencies": {key: [companion] for key in keys}}

    def require_items(self, key: str, items: Collection[object], rule: str, message: str, hint: str) -> None:
        self._add_condition(key, minItems=1)

    def require_distinct(self, key: str, texts: Sequence[Text], rule: str) -> None:
        self._add_condition(key, uniqueItems=True)

    def _add_condition(self, key: str, **condition: object) -> None:
        entry = self._entries[key]
        assert isinstance(entry, dict)  # noqa: S101  a list's, by what the reader has asked before
        entry |= condition


def _text_schema(form: Form | None) -> Schema:
    if form is None:
        return {"type": "string", "pattern": r"\S", "maxLength": MAX_TEXT_LENGTH}
    if form.choices:
        return {"type": "string", "enum": [*form.choices]}
    pattern = rf"(?=\s*\S){form.pattern}" if re.fullmatch(form.pattern, " ") else form.pattern
    return {"type": "string", "pattern": _whole(pattern), "maxLength": MAX_TEXT_LENGTH}


def _whole(pattern: str) -> str:
    """Return the pattern of a text of which all matches a pattern, and not a part of it."""
    return f"^(?:{pattern})$" if "|" in pattern else f"^{pattern}$"


def _read_text(top: Table) -> object:
    return read_text(top, Path("en.toml"), 1, "en", None, None, dict.fromkeys(Shape, ()))


READERS: Mapping[str, tuple[str, Callable[[Table], object]]] = {
    "config": ("Who posts, where and when.", lambda top: read_config(top, Path("config.toml"))),
    "campaign": ("What all sixteen days share.", read_shared),
    "facts": ("What the press release states, in our own words: each fact in a section of its own.", read_facts),
    "day": ("One day: what it is about, the facts it rests on, its pictures.", lambda top: read_day(top, 1, Path())),
    "text": ("A day's words in one language.", _read_text),
}
"""The kinds of files: what each is about, and its reader."""


def schemas() -> dict[str, Schema]:
    """Return the schema of each kind of file: config, campaign, facts, day, text."""
    schemas = {}
    for kind, (description, read) in READERS.items():
        outline = Outline(description)
        read(outline)
        schemas[kind] = {"$schema": "http://json-schema.org/draft-04/schema#", **outline.schema()}
    return schemas


def schema_files() -> dict[str, str]:
    """Return the schemas' files by name, with their content."""
    return {
        f"{kind}.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for kind, schema in schemas().items()
    }


def schema_line(file: PurePath) -> str:
    """Return the first line of a file, in which editors find its schema; `file` is relative to the config's folder."""
    kind = file.stem if file.stem in READERS else "text"
    way = "../" * (len(file.parts) - 1) or "./"
    return f"#:schema {way}{FOLDER}/{kind}.json\n"
