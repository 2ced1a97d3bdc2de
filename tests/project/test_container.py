"""The container: what its file copies is enough, its lines are orangeday's, and a user without a name can run it.

An image is built by nobody here: that needs a base from elsewhere. What it does is done by the same lines.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orangeday.cli import main
from orangeday.system import credentials

from ..support import campaigns
from ..support.campaigns import ownable
from ..support.common import BEFORE, ROOT
from ..support.file_clock import set_ahead
from ..support.offset_clock import ahead
from ..support.unprivileged_user import by_root, one_after_the_other

CONTAINERFILE = (ROOT / "container" / "Containerfile").read_text("utf-8")
COMPOSE = (ROOT / "container" / "compose.yaml").read_text("utf-8")


def instructions(name: str) -> list[str]:
    """The values of an instruction, each in one line."""
    joined = CONTAINERFILE.replace("\\\n", " ")
    return [re.sub(r" +", " ", value) for value in re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)]


def environment(folder: Path) -> dict[str, str]:
    """The variables that the image sets, with a folder of ours in the place of /state."""
    pairs = (pair.partition("=") for pair in shlex.split(instructions("ENV")[0]))
    return {name: value.replace("/state", str(folder / "state")) for name, _, value in pairs if name != "PATH"}


@pytest.mark.integration
def test_what_is_copied_is_all_that_is_built(tmp_path: Path) -> None:
    for line in instructions("COPY"):
        *sources, target = line.split()
        if sources[0].startswith("--from"):
            continue
        place = tmp_path / target.removeprefix("/")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=tmp_path / "src", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "src" / "uv.lock").is_file() and len([*tmp_path.glob("orangeday-*.whl")]) == 1


def lines() -> list[list[str]]:
    """Each line of orangeday in the two files, without its name."""
    arrays = re.findall(r"(?:CMD |command: )(\[.+?\])", CONTAINERFILE + COMPOSE)
    words = [[word for word in json.loads(array) if word != "orangeday"] for array in arrays]
    return [*words, *(line.split() for line in re.findall(r"orangeday (alert)\b", COMPOSE))]


@pytest.mark.parametrize("line", lines(), ids=" ".join)
def test_each_line_is_one_of_orangedays(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([line[0], "--help"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in line if word.startswith("--"))


def test_there_are_a_program_that_posts_one_that_notices_and_a_probe() -> None:
    assert {line[0] for line in lines()} == {"schedule", "alert", "status"}


@pytest.mark.integration
@by_root
def test_a_user_without_a_name_runs_it_with_two_folders_to_write_in(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    set_ahead(clock, ahead(BEFORE))
    tmp_path.chmod(0o755)
    for folder in (data := tmp_path / "data", tmp_path / "state"):
        folder.mkdir()
        folder.chmod(0o777)
    campaigns.write(data, ownable(campaigns.files(config='[publishing]\nmode = "live"\nrequire_approval = false\n')))
    expected = {
        "check": (0, "No errors"),
        "publish --dry-run": (0, "Dry run: nothing was sent"),
        "status --alive": (1, "No live run has ever looked"),
        "publish --live": (0, "Next: "),
        "status --alive --json": (0, '"alive": true'),
    }
    keys = {
        variable: "of-no-platform"
        for platform in ("x", "bluesky")
        for variable in credentials.variables("nairobi", platform).values()
    }
    results = one_after_the_other([*expected], data, clock, **environment(tmp_path), **keys)
    for line, (status, said) in expected.items():
        ran = results[line]
        assert (ran.status, said in ran.said) == (status, True), f"{line}: {ran.status}\n{ran.said}"
    assert [*(tmp_path / "state" / "orangeday").iterdir()]
    assert not [*data.rglob("__pycache__")]
