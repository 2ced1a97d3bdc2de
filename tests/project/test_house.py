"""The drawing as built: what `scripts/house.py` counts is what is written, and a planted offender is found."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from ..support.common import ROOT

PLAIN = '''\
"""The words of a post."""

from enum import StrEnum


class State(StrEnum):
    """The states of a post."""

    GONE = "gone"


def count(text: str, language: str) -> int:
    """Return the number of words. Raises ValueError."""
    return len(text.split())
'''


@pytest.fixture(scope="module")
def house() -> Any:
    spec = importlib.util.spec_from_file_location("house", ROOT / "scripts" / "house.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def strict(house: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, with no share allowed at all."""
    monkeypatch.setattr(house, "MAX_UNCLEAR_NAMES", 0.0)
    monkeypatch.setattr(house, "MAX_INDIRECT_DOCSTRINGS", 0.0)
    return house


def package(folder: Path, text: str, file: str = "rules/texts.py") -> Path:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, "utf-8")
    return folder


def test_plain_code_is_under_every_limit(strict: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strict.main(["--check"], package(tmp_path, PLAIN)) == 0
    assert "0 of 4, 0.0 %" in capsys.readouterr().out  # State, count, text, language: a member of an enum is a state


@pytest.mark.parametrize(
    "offender",
    [
        "found = 1",
        "def them() -> None: ...",
        "def count(of: str) -> None: ...",
        "for written in (): ...",
        "class Seen: ...",
        "self = object()\nself._there = 1",
        "try: ...\nexcept OSError as happened: ...",
    ],
)
def test_a_name_that_says_nothing_is_found(
    strict: Any, offender: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert strict.main(["--check"], package(tmp_path, f"{PLAIN}\n\n{offender}\n")) == 1
    assert "names that are a pronoun, a participle or a preposition: 1 of" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["speed", "since", "closed", "first_armed", "string", "words"])
def test_a_name_that_says_something_is_not(house: Any, name: str) -> None:
    assert not house.is_unclear(name)


@pytest.mark.parametrize(
    "offender",
    [
        'class Text:\n    """What is said."""',
        'def is_long() -> bool:\n    """Whether it is long."""',
        'LIMIT = 1\n"""How long it may be."""',
    ],
)
def test_a_docstring_that_says_nothing_is_found(
    strict: Any, offender: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = package(tmp_path, f'"""Who reads this."""\n\n{offender}\n')
    assert strict.main(["--check"], source) == 1
    assert "docstrings that open with What, How, Whether or Who: 2 of 2" in capsys.readouterr().out


def test_the_drawing_has_rooms_files_and_functions(
    house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = "def late() -> None:\n    from orangeday import clock\n    import orangeday.cli\n    import json\n"
    package(package(tmp_path, PLAIN), late, "clock.py")
    assert house.main([], tmp_path) == 0
    drawing = capsys.readouterr().out
    assert "rules            1     14" in drawing
    assert "   14  rules/texts.py" in drawing
    assert "Functions: 2, median 3.5 lines, p99 4; the longest\n    4  clock.py:1: late" in drawing
    assert "Imports of our own modules inside functions: 2" in drawing


WORDS = '''\
"""Docstrings may say ledger and sweep."""

import re
import sqlalchemy as sa

EVENT = "anew"
PATTERN = re.compile("a window of it")
QUERY = sa.text("FROM ledger")
TABLE = "CREATE TABLE ledger (a, b)"
NAMES = "armed ended".split()
SETTING = "[ledger] url in the config, or --ledger FILE"
USUAL = "there is no such file; on Windows, it is nowhere; a private window of the browser"


def retry(number: int) -> str:
    """Let it be tried again.

    First mend it.
    """
    if number:
        return f"{number} go out with the next sweep"
    return (
        "It is no handle. Live runs "
        "hold it."
    )
'''


def test_a_word_that_people_no_longer_read_is_found(
    house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package(tmp_path, WORDS, "commands/retry.py")
    page = "<style>.window { color: red }</style>\n{# the ledger #}\n<p class=window>As {{ ledger }} had it,\nanew.</p>"
    package(tmp_path, page, "views/page.html")
    assert house.main(["--words"], tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "commands/retry.py:15: mend: Let it be tried again. First mend it.",
        "commands/retry.py:21: sweep: {} go out with the next sweep",
        "commands/retry.py:23: is no handle: It is no handle. Live runs hold it.",
        "commands/retry.py:23: hold: It is no handle. Live runs hold it.",
        "views/page.html:4: anew: anew.",
        "5 retired words in texts for people",
    ]
    assert house.main(["--check"], tmp_path) == 1
    assert "commands/retry.py:21: sweep: {} go out with the next sweep\n" in capsys.readouterr().out


def test_the_code_is_within_the_limits(house: Any) -> None:
    assert house.main(["--check"]) == 0
