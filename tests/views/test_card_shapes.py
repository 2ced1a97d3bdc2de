"""The shapes of a card, and embassies' own cards: on the page, in the terminal, in documents and in a dry run."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from orangeday.cli import main

from ..servers.browser import TELEPHONE, Browser, browser  # noqa: F401  (a fixture)
from ..support import campaigns
from ..support.common import BEFORE

DAY = "posts/05-day"
CARD = '\n[card]\nheadline = "Together"\nalt = "{sender}: “Together”."\n'


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    """A campaign whose day 5 has its card in both shapes, and Nairobi one of its own in 16:9; the options for it."""
    files = campaigns.files(("en",), {"nairobi": "Africa/Nairobi", "berlin": "Europe/Berlin"})
    files["config.toml"] = files["config.toml"].replace("\ntimezone", "\nname = { en = 'our House' }\ntimezone")
    files["posts/campaign.toml"] += "\n[cards]\nfrom = { en = 'All of us' }\n"
    files[f"{DAY}/en.toml"] += CARD
    file = campaigns.write(tmp_path, files)
    for name, size in {"en.png": (1200, 675), "en.4x5.png": (1080, 1350), "en.nairobi.png": (1200, 675)}.items():
        Image.new("RGB", size, (255, 120, len(name))).save(tmp_path / DAY / name)
    return ["--config", str(file)]


def run(*arguments: str, status: int = 0) -> None:
    with time_machine.travel(BEFORE, tick=True):
        assert main([*arguments]) == status


def drawn(config: list[str], tmp_path: Path, *choice: str) -> str:
    file = tmp_path / "page.html"
    run("preview", "5", *choice, "--html", str(file), *config)
    return file.read_text("utf-8")


def test_the_page_shows_both_shapes_side_by_side_and_the_text_once(config: list[str], tmp_path: Path) -> None:
    source = drawn(config, tmp_path)
    (shapes,) = re.findall(r'<div class="shapes">.*?</div>', source)[:1]
    assert len(re.findall("<use ", shapes)) == 2
    assert re.findall("<span>(.*?)</span>", shapes) == ["X", "Bluesky"]
    assert shapes.count("All of us: “Together”.") == 1, "a blind reader hears it once"
    assert source.count("Day 5 in en, from Berlin.") == 1
    heights = {int(height) for height in re.findall(r'<use [^>]*height="(\d+)"', shapes)}
    assert len(heights) == 1, "they are equally high"
    assert "05-day/en.png, 05-day/en.4x5.png" in source


def test_an_own_card_has_a_heading_of_its_own_on_the_page(config: list[str], tmp_path: Path) -> None:
    source = drawn(config, tmp_path)
    assert "Its own card: en.nairobi.png" in source
    assert source.count("Our House: “Together”.") >= 1
    own = source[source.index("Its own card") :]
    assert "shapes" not in own.split('class="words')[0], "it has one shape, which both get"


def test_what_all_platforms_get_stands_there_once(config: list[str], tmp_path: Path) -> None:
    (tmp_path / DAY / "en.4x5.png").unlink()
    assert '<div class="shapes">' not in drawn(config, tmp_path)


@pytest.mark.parametrize("width", [320, TELEPHONE["width"], 1280])
def test_the_shapes_have_the_room_of_one(
    browser: Browser,  # noqa: F811
    config: list[str],
    tmp_path: Path,
    width: int,
) -> None:
    drawn(config, tmp_path, "--embassy", "berlin")
    with browser.open(tmp_path / "page.html", width=width) as seen:
        both = seen.page.locator(".shapes .picture").first.bounding_box()
        around = seen.page.locator(".shapes").first.bounding_box()
        assert both and around
        assert both["width"] <= around["width"] + 0.5
        assert both["height"] <= around["width"] * 675 / 1200, "no higher than the card in 16:9 alone"
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert browser.audit(seen.page) == []
        assert seen.untoward == []


def test_in_the_terminal_each_shape_is_named_above_one_alt_text(
    config: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("preview", "5", "--embassy", "berlin", *config)
    shown = capsys.readouterr().out
    assert "Picture 05-day/en.png on X" in shown
    assert "Picture 05-day/en.4x5.png on Bluesky" in shown
    assert shown.count("All of us: “Together”.") == 1
    run("preview", "5", "--embassy", "nairobi", *config)
    shown = capsys.readouterr().out
    assert "Picture 05-day/en.nairobi.png\n" in shown
    assert "nairobi’s own card: en.nairobi.png" in shown
    assert "Our House: “Together”." in shown


FILES = {
    ("berlin", "x"): "05-day/en.png",
    ("berlin", "bluesky"): "05-day/en.4x5.png",
    ("nairobi", "x"): "05-day/en.nairobi.png",
    ("nairobi", "bluesky"): "05-day/en.nairobi.png",
}


def test_documents_name_the_file_that_is_sent(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run("preview", "5", "--json", *config)
    deliveries = json.loads(capsys.readouterr().out)["deliveries"]
    assert {(d["embassy"], d["platform"]): d["media"][0]["file"] for d in deliveries} == FILES
    assert {d["media"][0]["alt"] for d in deliveries if d["embassy"] == "berlin"} == {"All of us: “Together”."}
    run("export", "csv", *config)
    rows = [row for row in csv.DictReader(io.StringIO(capsys.readouterr().out.lstrip("\ufeff"))) if row["day"] == "5"]
    assert {(row["embassy"], row["platform"]): row["pictures"] for row in rows} == FILES
    assert {row["alt"] for row in rows if row["embassy"] == "nairobi"} == {"Our House: “Together”."}


def test_an_answer_to_the_page_approves_each_shape_as_shown(
    config: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = drawn(config, tmp_path, "--embassy", "berlin")
    found = re.search(r"--as-shown ([0-9A-Z]{4}-[0-9A-Z]{4})", source)
    assert found
    file = tmp_path / DAY / "en.4x5.png"
    before = file.read_bytes()
    file.write_bytes(before + b"\0")
    run("approve", "--as-shown", found[1], "--by", "Ann", *config, status=1)
    assert "picture 05-day/en.4x5.png" in capsys.readouterr().out
    file.write_bytes(before)
    run("approve", "--as-shown", found[1], "--by", "Ann", *config)
    assert '05.en.media."05-day/en.4x5.png"' in (tmp_path / "posts/approvals.toml").read_text("utf-8")
