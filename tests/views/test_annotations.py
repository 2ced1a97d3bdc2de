"""The annotations of a workflow: what a pull request shows at the lines that somebody changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orangeday.content.problems import Location, error, warning
from orangeday.views.annotations import annotation_lines

from ..support.common import EXAMPLE, ROOT

PAGE = ROOT / "docs" / "review.md"


def test_an_annotation_names_the_file_below_the_checkout_the_line_and_the_rule(tmp_path: Path) -> None:
    place = Location(tmp_path / "embassy" / ".." / "posts" / "05-day" / "en.toml", 3)
    (line,) = annotation_lines([error("too-long", place, "too long.", "Cut 7.")], tmp_path)
    assert line == "::error file=posts/05-day/en.toml,line=3,title=too-long::too long. Cut 7."


def test_a_file_that_lies_elsewhere_has_its_whole_name(tmp_path: Path) -> None:
    place = Location(tmp_path / "config.toml", 1)
    (line,) = annotation_lines([warning("old-prices", place, "old.", "Renew.")], tmp_path / "checkout")
    assert line == f"::warning file={(tmp_path / 'config.toml').as_posix()},line=1,title=old-prices::old. Renew."


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("it says “a\n::error::b”.", "it says “a␊::error::b”."),
        ("it says “a\r\n::set-output::b”.", "it says “a␍␊::set-output::b”."),
        ("it says “100%0Aof it”.", "it says “100%250Aof it”."),
        ("it says “\x1b[31mred”.", "it says “␛[31mred”."),
    ],
)
def test_no_text_begins_a_line_or_a_command_of_its_own(tmp_path: Path, message: str, shown: str) -> None:
    (line,) = annotation_lines([error("leftover", Location(tmp_path / "en.toml", 1), message, "")], tmp_path)
    assert line == f"::error file=en.toml,line=1,title=leftover::{shown}"


def test_a_name_with_a_comma_or_a_colon_doesnt_end_the_names_before_the_message(tmp_path: Path) -> None:
    (line,) = annotation_lines([error("leftover", Location(tmp_path / "a,b:c%.toml", 1), "no.", "")], tmp_path)
    assert line.startswith("::error file=a%2Cb%3Ac%25.toml,line=1,")


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="the step is for a shell of Linux")
def test_the_step_on_the_page_names_three_mistakes_in_texts(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "posts", tmp_path / "posts")
    shutil.copyfile(EXAMPLE, tmp_path / "config.toml")
    for day, old, new in (
        ("03-intimidation-and-hate", "text = '''\n", "text = '''\n{nobody} "),
        ("04-years-of-work", "text = '''\n", f"text = '''\n{'Too long. ' * 30}"),
        ("05-human-rights-council", "[card]", "[card]\ncolour = 1"),
    ):
        file = tmp_path / "posts" / day / "en.toml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
    step = re.search(r"^ +run: (orangeday check .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert step
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_WORKSPACE": str(tmp_path),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", step[1]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    errors = [line.split("::", 2)[1] for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert done.returncode == 1
    assert list(
        dict.fromkeys(error.removeprefix("error ") for error in errors)
    ) == [  # too long is said of each platform
        "file=posts/03-intimidation-and-hate/en.toml,line=2,title=unknown-placeholder",
        "file=posts/04-years-of-work/en.toml,line=1,title=too-long",
        "file=posts/05-human-rights-council/en.toml,line=10,title=unknown-key",
    ]
    assert "4 errors" in done.stderr
