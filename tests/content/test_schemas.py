"""The schemas say what the readers do: what one refuses, the other refuses, as far as a schema can say it.

`UNSAYABLE` has the kinds of mistakes that no schema can say, each with why. Their corpus is a campaign in whose files
every key stands, with each value replaced by all those that do harm somewhere, and with keys taken away and renamed;
and the shipped files, spoilt byte by byte.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path, PurePath
from random import Random
from typing import Any, NamedTuple

import pytest
import tomli
from jsonschema import Draft4Validator

from orangeday.content.problems import Problem, Severity
from orangeday.content.schemas import READERS, Schema, schema_files, schema_line, schemas
from orangeday.content.toml import Document, Table

from ..support.amount import amount, scaled
from ..support.common import EXAMPLE, ROOT
from ..support.every_key import CAMPAIGN, CONFIG, DAY, FACTS, Values, at, campaign, tables
from .test_fuzz import CONTENT, VALUES


class Unsayable(NamedTuple):
    """A kind of mistake that a schema can't say, with an example: a value at a place in a file with every key."""

    rule: str
    message: str
    """A pattern."""
    kind: str
    place: tuple[Any, ...]
    value: object
    why: str


NO_DATE = "JSON knows no dates and no times: an editor takes both for texts."
LOOKED_UP = "It is looked up: on this computer, in the same section, among the world's time zones."
TAKEN_APART = "An address is taken apart; that it begins as one does, the schema says."
NO_ORDER = "Of texts, as which an editor takes dates and lengths of time, none is too small."
OF_THE_PLATFORM = "Which handles there are the platform says, where it is live; a dry run takes more."

NAIROBI = ("embassies", "nairobi")
UNSAYABLE = (
    Unsayable("wrong-type", "quotes, not a (date|time)", "text", ("text",), date(2026, 11, 25), NO_DATE),
    Unsayable("wrong-type", "list of texts; a (date|time)", "day", ("media", 0), date(2026, 11, 25), NO_DATE),
    Unsayable("wrong-type", "a date, not a text", "config", ("campaign", "start"), "2026-11-25", NO_DATE),
    Unsayable("wrong-date", "", "config", ("campaign", "start"), date(1979, 5, 27), NO_ORDER),
    Unsayable("wrong-number", "is too short", "config", ("schedule", "catch_up"), "0m", NO_ORDER),
    Unsayable("wrong-address", "isn't an address", "config", ("x", "base_url"), "https://a:0", TAKEN_APART),
    Unsayable("wrong-address", "isn't encrypted", "config", ("x", "base_url"), "http://a.example", TAKEN_APART),
    Unsayable("wrong-address", "be a proxy", "config", ("network", "proxy"), "http://a:0", TAKEN_APART),
    Unsayable("wrong-address", "record of posts", "config", ("ledger", "url"), "postgresql://a:0/b", TAKEN_APART),
    Unsayable("secret-in-file", "", "config", ("ledger", "url"), "postgresql://a:b@c/d", TAKEN_APART),
    Unsayable("wrong-handle", "isn't a handle", "config", (*NAIROBI, "x", "handle"), "a b", OF_THE_PLATFORM),
    Unsayable("wrong-certificates", "", "config", ("network", "certificates"), "no.pem", LOOKED_UP),
    Unsayable("unknown-zone", "", "config", (*NAIROBI, "timezone"), "Nairobi", LOOKED_UP),
    Unsayable("wrong-skip", "no platform or language", "config", (*NAIROBI, "skip"), ["8/zz"], LOOKED_UP),
    Unsayable("wrong-days", "doesn't post in", "config", (*NAIROBI, "days"), {"zz": [1]}, LOOKED_UP),
    Unsayable(
        "wrong-id", "everybody's card", "config", ("embassies", "4x5"), {**campaign()[CONFIG]["embassies"]["tokyo"]},
        "A name that is none: where names have a look-ahead, editors show nothing of what is below them.",
    ),
    Unsayable(
        "duplicate-approver", "", "config", ("approval", "by"), ["Ann <ann@a.example>", "ANN@a.example"],
        "Two are one person by the address alone, whatever stands around it.",
    ),
    Unsayable(
        "duplicate-key", "", "facts", ("accept",), {"caf\u00e9": "x", "cafe\u0301": "x"},
        "Two keys that differ only in the form in which an accent is stored.",
    ),
)  # fmt: skip
"""All of these kinds."""


def as_python_reads(schema: Any) -> Any:
    """A schema whose patterns end where a text does: to Python's `$` a line break after it is no matter."""
    return json.loads(json.dumps(schema).replace("$)", r"\\Z)").replace('$"', r'\\Z"'))


VALIDATORS = {kind: Draft4Validator(as_python_reads(schema)) for kind, schema in schemas().items()}


def files_with_every_key() -> dict[str, Values]:
    files = campaign()
    names = {"config": CONFIG, "campaign": CAMPAIGN, "facts": FACTS, "day": f"{DAY}/day.toml", "text": f"{DAY}/en.toml"}
    return {kind: files[name] for kind, name in names.items()}


def problems_of(kind: str, values: Values) -> list[Problem]:
    """The errors that the reader of a kind of file finds."""
    problems: list[Problem] = []
    READERS[kind][1](Table(Document(Path(f"{kind}.toml"), "", problems), values))
    return [problem for problem in problems if problem.severity is Severity.ERROR]


class NotInJson(Exception):
    """The error of a value that no editor can hold against a schema: JSON has none like it."""


def as_json(value: Any) -> Any:
    """The value as an editor holds it against a schema."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise NotInJson
    if isinstance(value, int) and value.bit_length() > 63:
        raise NotInJson
    return value


def is_unsayable(problem: Problem) -> bool:
    return any(problem.rule == kind.rule and re.search(kind.message, problem.message) for kind in UNSAYABLE)


def difference(kind: str, values: Values) -> str:
    """What the reader and the schema say, where it differs."""
    try:
        held = as_json(values)
    except NotInJson:
        return ""
    problems = problems_of(kind, values)
    sayable = [problem for problem in problems if not is_unsayable(problem)]
    mistakes = [] if VALIDATORS[kind].is_valid(held) else [e.message for e in VALIDATORS[kind].iter_errors(held)]
    if (mistakes and not problems) or (sayable and not mistakes):
        return f"the schema says {mistakes}, the reader {[*map(str, problems)]}"
    return ""


# The files as they are


SHIPPED = [EXAMPLE, *sorted((ROOT / "posts").glob("*.toml")), *sorted((ROOT / "posts").glob("*/*.toml"))]


def kind_of(file: Path) -> str:
    name = file.name.removesuffix(".toml").removesuffix(".example")
    return name if name in READERS else "text"


def test_the_schemas_are_schemas() -> None:
    for schema in schemas().values():
        Draft4Validator.check_schema(schema)


def test_every_shipped_file_is_as_its_schema_says() -> None:
    assert len(SHIPPED) > 130
    for file in SHIPPED:
        VALIDATORS[kind_of(file)].validate(as_json(tomli.loads(file.read_text("utf-8"))))


@pytest.mark.parametrize("kind", READERS)
def test_a_file_with_every_key_is_as_its_schema_says(kind: str) -> None:
    VALIDATORS[kind].validate(as_json(files_with_every_key()[kind]))


def test_the_rules_on_the_page_name_the_schema_that_each_files_first_line_does() -> None:
    _, *blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/editor.md").read_text("utf-8"), re.DOTALL)
    rules = tomli.loads("".join(blocks))["rule"]
    for file in (PurePath("config.toml"), *(file.relative_to(ROOT) for file in SHIPPED[1:])):
        named = [
            rule["schema"]["path"]
            for rule in rules
            if any(map(file.match, rule["include"])) and not any(map(file.match, rule.get("exclude", ())))
        ]
        assert len(named) == 1 and schema_line(file).endswith(f"/{named[0]}\n"), file


# The same keys


def below(schema: Schema, key: str) -> Schema:
    """The schema of what stands at a key."""
    for form in (schema, *schema.get("anyOf", ())):
        named = [inner for name, inner in form.get("patternProperties", {}).items() if re.search(name, key)]
        found = form.get("properties", {}).get(key) or next(iter(named), None) or form.get("additionalProperties")
        if found:
            assert isinstance(found, dict)
            return found
    raise KeyError(key)


@pytest.mark.parametrize("kind", READERS)
def test_a_schema_has_the_keys_that_the_reader_says_there_are(kind: str) -> None:
    for path in tables(files_with_every_key()[kind]):
        values = files_with_every_key()[kind]
        at(values, path)["zzz"] = True
        (hint,) = [p.hint for p in problems_of(kind, values) if "“zzz”" in p.message and p.rule == "unknown-key"] or [
            ""
        ]
        listed = re.search(r" may have: (.+)\.$", hint)
        schema = schemas()[kind]
        for key in path:
            schema = below(schema, key)
        if listed:
            assert sorted(schema["properties"]) == sorted(listed[1].split(", ")), path
            assert schema.get("additionalProperties") is False
        else:
            assert not hint, path


def test_every_key_says_what_it_is() -> None:
    def silent(schema: Schema, place: str) -> Iterator[str]:
        inner = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
        if isinstance(others := schema.get("additionalProperties"), dict):
            inner["*"] = others
        for key, below in inner.items():
            if not re.fullmatch(r"[\w{“].{8,}[.”\w\])}]", below.get("description", "")):
                yield f"{place} {key}"
            yield from silent(below, f"{place} {key}")

    assert [*silent({"properties": schemas()}, "")] == []


def test_no_pattern_of_names_looks_ahead() -> None:
    """The language server of editors shows nothing of what stands below such a name."""

    def patterns(schema: Schema) -> Iterator[str]:
        yield from schema.get("patternProperties", {})
        for inner in schema.values():
            if isinstance(inner, dict):
                yield from patterns(inner)

    assert "^[a-z0-9-]+$" in patterns(schemas()["config"])
    assert not [pattern for pattern in patterns(schemas()) if re.search(r"\(\?[=!<]", pattern)]


def test_the_files_of_the_schemas_are_the_same_each_time() -> None:
    assert schema_files() == schema_files()
    assert [*schema_files()] == ["config.json", "campaign.json", "facts.json", "day.json", "text.json"]


# The same mistakes


def with_value(kind: str, place: tuple[Any, ...], value: object) -> Values:
    """The values of a file with every key, one of them another."""
    values = files_with_every_key()[kind]
    *way, last = place
    table: Any = values
    for key in way:
        table = table[key]
    table[last] = value
    return values


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("config", ("embassies",), {}),
        ("config", ("embassies", "Nairobi"), {"timezone": "UTC", "languages": ["en"], "x": {"handle": "a"}}),
        ("config", ("embassies", "lima"), {"timezone": "America/Lima", "languages": ["es"]}),
        ("config", ("embassies", "lima"), {"languages": ["es"], "x": {"handle": "a"}}),
        ("config", (*NAIROBI, "languages"), []),
        ("config", (*NAIROBI, "languages"), ["en", "en"]),
        ("config", (*NAIROBI, "languages"), ["english"]),
        ("config", (*NAIROBI, "name"), {"english": "us"}),
        ("config", (*NAIROBI, "skip"), [17]),
        ("config", (*NAIROBI, "skip"), ["17/x"]),
        ("config", (*NAIROBI, "days", "en"), [0]),
        ("config", (*NAIROBI, "words"), {"city": {"en": "x"}}),
        ("config", (*NAIROBI, "words"), {"From": {"en": "x"}}),
        ("config", (*NAIROBI, "x", "handle"), "@us"),
        ("config", (*NAIROBI, "x", "handle"), " "),
        ("config", ("publishing", "mode"), "lve"),
        ("config", ("publishing", "workers"), 0),
        ("config", ("publishing", "workers"), 65),
        ("config", ("publishing", "workers"), 8.0),
        ("config", ("publishing", "require_approval"), 1),
        ("config", ("campaign", "start"), datetime(2026, 11, 25, tzinfo=UTC)),
        ("config", ("schedule", "time"), "24:00"),
        ("config", ("schedule", "spacing"), "20"),
        ("config", ("x", "shape"), "1:1"),
        ("config", ("x", "base_url"), "ftp://a.example"),
        ("config", ("x", "prices", "post"), "0.01"),
        ("config", ("ledger", "url"), "sqlite:///:memory:"),
        ("config", ("alerts", "url"), "me@example.org"),
        ("config", ("network", "proxy"), "http://ann:secret@10.0.0.1"),
        ("config", ("approval", "by"), []),
        ("config", ("approval", "by"), ["Ann"]),
        ("config", ("approval", "mail"), "Ann"),
        ("campaign", ("id",), "16 days"),
        ("campaign", ("handles", "un-women"), {"x": "UN_Women"}),
        ("campaign", ("handles", "un-women", "x"), "UN Women"),
        ("campaign", ("hashtags", "en"), ["16Days"]),
        ("facts", ("one",), {"statement": "One.", "as_of": date(2026, 11, 25)}),
        ("facts", ("one",), {"paragraph": 1}),
        ("day", ("layout",), "poster"),
        ("day", ("title",), ""),
        ("day", ("media",), "media/05.png"),
        ("text", ("text",), "a" * 10_001),
        ("text", ("txt",), "a"),
        ("text", ("alt", "text"), "a"),
        ("text", ("card",), {"headline": "a"}),
    ],
)
def test_what_a_schema_can_say_both_say(kind: str, place: tuple[Any, ...], value: object) -> None:
    values = with_value(kind, place, value)
    assert problems_of(kind, values) and not VALIDATORS[kind].is_valid(as_json(values))


@pytest.mark.parametrize("unsayable", UNSAYABLE, ids=lambda kind: f"{kind.rule} {kind.message}")
def test_what_a_schema_cannot_say_the_reader_says(unsayable: Unsayable) -> None:
    values = with_value(unsayable.kind, unsayable.place, unsayable.value)
    (problem,) = problems_of(unsayable.kind, values)
    assert problem.rule == unsayable.rule and re.search(unsayable.message, problem.message)
    VALIDATORS[unsayable.kind].validate(as_json(values))


def values_that_do_harm() -> list[Any]:
    """Those of the fuzz, as far as TOML can say them, and some that are right somewhere."""
    found = [
        "x y", 7, 17, 1.5, True, "20m", "1h30m", "09:00", "en", ["en"], ["en", "en"], [1, 16], [1, 17], ["#a"], "16:9",
        "https://a.example", "http://a.example", "http://localhost:1",
        "mailto://x", "postgresql://a:b@c/d", "sqlite:///a",
        "2026-11-25", date(2026, 11, 25), ["Ann <ann@a.example>", "ANN@a.example"], "ann@a.example", ["8/x", "8/zz"],
        {"a": {"en": "x"}}, {"handle": "x", "service": "https://a.example"},
    ]  # fmt: skip
    for value in VALUES:
        try:
            found.append(tomli.loads(f"value = {value.decode()}")["value"])
        except (ValueError, RecursionError):
            continue
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value below this one, tables and lists too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from places(below, (*path, key))


def edited(kind: str) -> Iterator[tuple[str, Values]]:
    """What was done, and the values of a file with every key after it: one replaced, taken away or renamed."""
    names = ["x", "text", "", "\x1b[2J", "\n", "a.b", "en", "EN", "pt-BR", "name", "a/b", "a" * 500, "1", "-", "alt",
             "accept", "é", "4x5", "city", "zz"]  # fmt: skip
    values = files_with_every_key()[kind]
    for path in places(values):
        *way, last = path

        def around(changed: Values, way: list[Any] = way) -> Any:
            for key in way:
                changed = changed[key]
            return changed

        for value in values_that_do_harm():
            changed = copy.deepcopy(values)
            around(changed)[last] = value
            yield f"{path} = {value!r}"[:200], changed
        changed = copy.deepcopy(values)
        was = around(changed).pop(last)
        yield f"{path} taken away", changed
        if isinstance(last, str):
            for name in names:
                renamed = copy.deepcopy(changed)
                around(renamed)[name] = was
                yield f"{path} renamed {name!r}", renamed
                renamed = copy.deepcopy(values)
                around(renamed)[name] = was
                yield f"{path} also as {name!r}", renamed


@scaled
@pytest.mark.parametrize("kind", READERS)
def test_reader_and_schema_refuse_the_same(kind: str) -> None:
    cases = [*edited(kind)]
    chosen = Random(kind).sample(cases, min(len(cases), amount(800, len(cases))))  # noqa: S311  nothing secret
    different = {what: said for what, values in chosen if (said := difference(kind, values))}
    assert not different


@scaled
def test_reader_and_schema_refuse_the_same_of_what_is_spoilt() -> None:
    random = Random("spoilt")  # noqa: S311  nothing secret
    read = 0
    for _ in range(amount(2_000, 50_000)):
        file = random.choice(SHIPPED)
        spoil = random.choice(CONTENT)
        try:
            values = tomli.loads(spoil(random, file.read_bytes()).decode())
        except (ValueError, RecursionError):
            continue
        read += 1
        assert not difference(kind_of(file), values), f"{spoil.__name__} of {file}"
    assert read > 500
