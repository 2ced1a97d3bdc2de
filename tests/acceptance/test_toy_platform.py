"""A platform that another package brings goes all the way, from `init` to `report`, as X and Bluesky do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ..support.common import BEFORE, ROOT
from ..support.fork_server import born
from ..support.offset_clock import ahead, environment_at
from .toy_platform.toyland.service import CLUB, KEY, Toyland, toyland

PACKAGE = ROOT / "tests/acceptance/toy_platform"
DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Nine o'clock in Nairobi, on day 1."""
FIRST, SECOND = "01/nairobi/toy/en", "02/nairobi/toy/en"


@dataclass
class Office:
    """An embassy's folder, on a machine on which Toyland is installed."""

    folder: Path
    site: Path
    """Where that package lies."""
    land: Toyland
    now: datetime = BEFORE

    def __call__(self, *argv: str, status: int = 0, typed: str = "") -> str:
        """What a command says, on both streams, as an installed program."""
        self.land.ahead = ahead(self.now)
        environment = {
            **environment_at(self.now), "PYTHONPATH": f"{ROOT}{os.pathsep}{self.site}", "COLUMNS": "200",
            "PYTHON_KEYRING_BACKEND": "tests.support.login_stubs.Filed", "KEYS": str(self.folder / "keys.json"),
        }  # fmt: skip
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+", encoding="utf-8") as streams:
            given.write(typed)
            given.seek(0)
            program = "tests.support.offset_clock"
            ended = born(program, argv, self.folder, environment, out=streams.fileno(), reads=given.fileno()).wait(120)
            streams.seek(0)
            said = streams.read()
        assert "Traceback" not in said and "itself failed" not in said, said
        assert ended == status, f"{' '.join(argv)}: {said}"
        return " ".join(said.split())

    def states(self) -> dict[str, tuple[str, Any]]:
        document = json.loads(self("status", "--json"))
        return {d["key"].partition("/")[2]: (d["state"], d["receipt"]) for d in document["deliveries"]}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    site = tmp_path / "site"
    shutil.copytree(PACKAGE, site, ignore=shutil.ignore_patterns("__pycache__"))
    with toyland() as land:
        made = Office(tmp_path, site, land)
        place = ["--embassy", "Nairobi, Kenya", "--zone", "Africa/Nairobi", "--language", "en"]
        assert "“Bear 7” isn't a handle. Toyland has small" in made("init", "ours", *place, "--toy", "Bear 7", status=2)
        assert "Next: cd ours, then orangeday cards" in made("init", "ours", *place, "--toy", "@bear")
        made.folder = tmp_path / "ours"
        config = made.folder / "config.toml"
        assert 'toy = { handle = "bear" }' in config.read_text("utf-8")
        config.write_text(config.read_text("utf-8") + f'\n[toy]\nserver = "{land.url}"\n', "utf-8")
        yield made


def test_a_platform_from_outside_goes_all_the_way(office: Office) -> None:
    land = office.land
    said = office("check")
    assert "Toyland" in said and "charge" not in said
    said = office("preview", "1", "--platform", "toy")
    assert "nairobi · English (en) · Toyland" in said
    assert "/500" in said
    assert "Toyland" in office("preview", "--html", "-")

    cut_short = office("login", "nairobi", "toy", "--stdin", typed=f"{CLUB}\n", status=2)
    assert "There was no key of the toy box" in cut_short
    wrong = office("login", "nairobi", "toy", "--stdin", typed=f"{CLUB}\n1\n", status=1)
    assert "nairobi/toy can't log in: Toyland doesn't know this key. Nothing was saved." in wrong
    said = office("login", "nairobi", "toy", "--stdin", typed=f"{CLUB}\n{KEY}\n")
    assert "Toyland takes it: nairobi/toy is @bear, toy:7." in said
    assert "as ORANGEDAY_TOY_CLUB, ORANGEDAY_NAIROBI_TOY_KEY" in said
    said = office("doctor", "-v", status=1)
    assert "@bear on Toyland: credentials from the keyring; it is @bear" in said
    assert "ours agrees with it" in said

    office("approve", "all", "--by", "Ann")
    assert "16 would go out" in office("rehearse")
    assert land.posts == {}

    office.now = DUE - timedelta(days=1)
    office("publish", "--live")
    office.now = DUE + timedelta(minutes=1)
    office("publish", "--live")
    (posted,) = land.posts.values()
    state, receipt = office.states()[FIRST]
    assert (state, receipt["url"]) == ("published", f"https://toyland.example/bear/{posted['key']}")

    office.now = DUE + timedelta(days=1, minutes=1)
    land.falls_silent = True
    office("publish", "--live", status=1)
    said = office("status", "--wrong", status=1)
    settle = "orangeday settle 02/nairobi/toy/en"
    look = "look at https://toyland.example/bear; orangeday keeps checking, too. If the post is there: "
    assert f"{look}{settle} --published ADDRESS; if it isn't: {settle} --not-published" in said
    land.falls_silent = land.silent = False
    (second,) = [post for post in land.posts.values() if post != posted]
    elsewhere = office("settle", SECOND, "--published", "https://example.org/1", status=2)
    assert "is no address of a toy" in elsewhere
    office("settle", SECOND, "--published", f"https://toyland.example/bear/{second['key']}")
    assert office.states()[SECOND][0] == "published"

    office("retract", SECOND, "--yes", "--reason", "a slip")
    assert [*land.posts.values()] == [posted]
    office.now = DUE + timedelta(days=1, minutes=2)
    said = office("report", "--read-back", "--yes")
    assert "Toyland" in said and "charge" not in said
    assert "1 up" in said

    said = office("login", "nairobi", "toy", "--forget")
    assert "Removed from the keyring: ORANGEDAY_NAIROBI_TOY_KEY." in said
    assert "ORANGEDAY_TOY_CLUB stay there, for the other embassies." in said


def test_where_its_package_is_gone_what_went_out_is_still_told(office: Office) -> None:
    office("login", "nairobi", "toy", "--stdin", typed=f"{CLUB}\n{KEY}\n")
    office("approve", "all", "--by", "Ann")
    office.now = DUE - timedelta(days=1)
    office("publish", "--live")
    office.now = DUE + timedelta(minutes=1)
    office("publish", "--live")
    (office.site / "toyland/platform.py").unlink()
    said = office("check", status=1)
    assert "the platform “toy” can't be used: toyland.platform:TOY: ModuleNotFoundError" in said
    assert said.count("can't be used") == 1
    office("publish", "--live", status=2)
    assert "toy" in office("report")
    said = office("retract", FIRST, "--yes", status=1)
    assert "could not be taken down" in said
    assert len(office.land.posts) == 1


def test_its_adapter_keeps_the_contract(tmp_path: Path) -> None:
    """Away from here: what it inherits comes with the package."""
    shutil.copytree(PACKAGE, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "site/toyland/held_to_the_contract.py"]
    ran = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "12 passed" in ran.stdout
