"""Code pages: what a console or a pipe of Windows can't show is shown otherwise, and never an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orangeday.system import streams

from ..support import campaigns
from ..support.common import BEFORE
from ..support.offset_clock import environment_at

LINES = ("check", "calendar", "preview 1", "status", "doctor --offline", "check --json", "nonsense", "--help")
"""What is said by them has each kind of sign: marks, arrows, quotation marks, lines of a table, other scripts."""

PROGRAM = """
import sys
from orangeday.cli import main
from tests.support.offset_clock import live_ahead
live_ahead()
for line in sys.argv[1:]:
    print("status", main(line.split()), flush=True)
    sys.stderr.flush()
"""


def said(folder: Path, encoding: str) -> tuple[str, str]:
    """What a program says in such an encoding, on both streams; it ends as it should."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *LINES],
        cwd=folder,
        env={**environment_at(BEFORE), "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
        capture_output=True,
        check=False,
    )
    out, err = ran.stdout.decode(encoding), ran.stderr.decode(encoding)
    assert ran.returncode == 0, err
    assert "Traceback" not in err and "Error" not in err
    return out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign with letters that no code page has, and with one mistake."""
    folder = tmp_path_factory.mktemp("campaign")
    files = campaigns.files(["en", "ar"])
    files["posts/01-day/en.toml"] = "text = 'Łódź “says” – « no » … ✊ {city}'\n"
    files["posts/01-day/ar.toml"] = "text = 'يوم {city}'\n"
    files["posts/01-day/day.toml"] += "tiem = 1\n"
    campaigns.write(folder, files)
    return folder


@pytest.mark.integration
@pytest.mark.parametrize("encoding", ["cp850", "cp437", "cp1252", "cp1251", "ascii"])
def test_every_code_page_gets_what_it_can_show_and_the_rest_legibly(folder: Path, encoding: str) -> None:
    expected, expected_err = said(folder, "utf-8")
    out, err = said(folder, encoding)
    statuses = [line for line in out.splitlines() if line.startswith("status ")]
    assert statuses == [line for line in expected.splitlines() if line.startswith("status ")]
    for shown, whole in ((out, expected), (err, expected_err)):
        assert len(shown.splitlines()) == len(whole.splitlines())
    assert ("Łódź" if can("Ł", encoding) else "dź" if can("ź", encoding) else "dz") in out, "without its accent"
    for sign, instead in (("✗", "x "), ("→", "- "), ("“", '"')):
        assert sign in expected + expected_err
        assert (sign if can(sign, encoding) else instead) in out + err
    # The document arrives as it is.
    document = json.loads(out[out.index("{") : out.rindex("}") + 1])
    assert document == json.loads(expected[expected.index("{") : expected.rindex("}") + 1])


def can(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_a_mark_stays_one_letter_and_another_one_than_the_others() -> None:
    from orangeday.views.console import STATE_MARKS

    shown = {mark: mark.encode("ascii", streams._LEGIBLE).decode() for mark in {*STATE_MARKS.values(), *"✓⚠✗○·–"}}
    assert all(len(letter) == 1 for mark, letter in shown.items() if mark != "…"), shown
    assert len({shown[mark] for mark in "✓⚠✗○·"}) == 5, "those of the table of days and languages"


def test_what_is_copied_is_no_redirection() -> None:
    assert not {*"".join(text for sign, text in streams._SUBSTITUTES.items() if sign in "→–—•·…")} & {*"<>|&;`$"}
