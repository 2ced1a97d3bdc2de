"""The house itself: the README's commands run, and an installed orangeday needs no checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ..support.common import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def block(heading: str) -> list[str]:
    """The lines of shell below a heading of the README, without their comments."""
    found = re.search(rf"## {heading}\n.*?```sh\n(.*?)```", README, re.DOTALL)
    assert found
    return [line.split("  #")[0].strip() for line in found[1].splitlines()]


@pytest.mark.parametrize("heading", ["See it run", "Test it"])
def test_set_up_and_go_is_one_line(heading: str) -> None:
    (line,) = block(heading)
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run -q --locked")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built wheel, unpacked where it can't see the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("orangeday-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.integration
@pytest.mark.parametrize("argv", [["check"], ["rehearse"], ["init", "ours"], ["preview", "--html", "page.html"]])
def test_an_installed_orangeday_carries_the_campaign(installed: Path, tmp_path: Path, argv: list[str]) -> None:
    program = (
        "import orangeday, sys; from orangeday.cli import main; print(orangeday.__file__); sys.exit(main(sys.argv[1:]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    ran = subprocess.run(
        [sys.executable, "-c", program, *argv],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(installed))
    assert (installed / "orangeday/py.typed").exists()
    assert not list(installed.rglob("*.db"))
