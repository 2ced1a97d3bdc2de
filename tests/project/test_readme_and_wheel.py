"""The house itself: the README's commands run, and an installed orangeday needs no checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from .. import first_lines
from ..support.common import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def block(heading: str) -> list[str]:
    """The lines of shell below a heading of the README, without their comments."""
    found = re.search(rf"## {heading}\n.*?```sh\n(.*?)```", README, re.DOTALL)
    assert found
    return [line.split("  #")[0].strip() for line in found[1].splitlines()]


def test_set_up_and_go_is_one_line() -> None:
    (run,) = block("See it run")
    assert run.startswith("python3 -m venv .venv && . .venv/bin/activate && pip install -q uv && uv run -q --locked")
    (test,) = block("Test it")
    assert test.startswith("python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run -q --locked")


def test_what_a_new_user_types_is_what_the_readme_says() -> None:
    """`.ci/run` types them, in a terminal; here it is only seen that it finds them."""
    assert first_lines.lines("run") == block("See it run")
    assert first_lines.lines("next") == block("Make it yours")


def build(checkout: Path, into: Path, *what: str) -> list[Path]:
    command = [sys.executable, "-m", "hatchling", "build", *what, "-d", str(into)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    return sorted(into.iterdir())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built wheel, unpacked where it can't see the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = build(ROOT, folder, "-t", "wheel")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.integration
@pytest.mark.parametrize("argv", [["check"], ["rehearse"], ["init", "ours"], ["preview", "--html", "page.html"]])
def test_an_installed_orangeday_carries_the_campaign(installed: Path, tmp_path: Path, argv: list[str]) -> None:
    ran = run_installed(installed, tmp_path, argv)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(installed))
    assert (installed / "orangeday/py.typed").exists()
    assert not list(installed.rglob("*.db"))


def run_installed(installed: Path, folder: Path, argv: list[str]) -> subprocess.CompletedProcess[str]:
    program = (
        "import orangeday, sys; from orangeday.cli import main; print(orangeday.__file__); sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *argv],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.integration
def test_an_installed_orangeday_works_on_the_example_of_a_checkout_that_it_is_typed_in(
    installed: Path, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "posts", tmp_path / "posts")
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    english = next(tmp_path.glob("posts/05-*/en.toml"))
    english.write_text(english.read_text("utf-8").replace("text = ", "txet = ", 1), "utf-8")
    ran = run_installed(installed, tmp_path, ["check"])
    assert ran.returncode == 1, ran.stderr
    assert "There is no config.toml here: this is config.example.toml." in ran.stderr
    assert "en.toml" in ran.stdout + ran.stderr and "txet" in ran.stdout + ran.stderr


@pytest.mark.integration
def test_what_is_published_is_the_same_to_the_byte_whoever_builds_it(tmp_path: Path) -> None:
    """Two copies of other times, modes and places, in other zones of time."""
    built = []
    for name, mode, zone in (("one", 0o600, "UTC"), ("another-place", 0o664, "Asia/Tokyo")):
        checkout = tmp_path / name / "checkout"
        first_lines.copy_to(checkout)
        for number, file in enumerate(sorted(checkout.rglob("*"))):
            if file.is_file():
                file.chmod(mode)
                os.utime(file, (1_700_000_000 + number * len(name),) * 2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", zone)
            patch.delenv("SOURCE_DATE_EPOCH", raising=False)
            built.append(build(checkout, tmp_path / name / "dist"))
    one, other = built
    assert [file.name for file in one] == [file.name for file in other]
    assert len(one) == 2
    for file, again in zip(one, other, strict=True):
        assert file.read_bytes() == again.read_bytes(), file.name


@pytest.mark.integration
def test_a_wheel_has_its_licence_and_what_a_registry_shows(installed: Path) -> None:
    (folder,) = installed.glob("orangeday-*.dist-info")
    assert (folder / "licenses" / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
    shown = metadata.PathDistribution(folder).metadata
    assert (shown["Name"], shown["License-Expression"], shown["Requires-Python"]) == ("orangeday", "MIT", ">=3.11")
    assert shown["Summary"] and "Programming Language :: Python :: 3.11" in shown.get_all("Classifier", [])
    assert set(shown.get_all("Provides-Extra", [])) == {"language", "postgres"}
