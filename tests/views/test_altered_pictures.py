"""What an officer sees, before anything is approved, of pictures that are posted otherwise than as their files."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from orangeday.cli import main
from orangeday.content.encoding import Alteration, EncodedPicture, encode, in_words
from orangeday.engine.draft import read_media
from orangeday.platforms.bluesky import BLUESKY
from orangeday.platforms.x import X

from ..servers.browser import Browser, browser  # noqa: F401  (a fixture)
from ..support import campaigns
from ..support.awkward_pictures import MAKERS, awkward_picture
from ..support.common import BEFORE, plan_of

DAYS = {
    1: ("turned-6.jpg", "transparent.png", "moves.gif", "p3.jpg"),
    2: ("too-long-for-x.png",),
    3: ("heavy-for-bluesky.png", "plain.jpg"),
    4: ("plain.png",),
}
ALTERED = {
    "turned-6.jpg": "turned upright",
    "transparent.png": "white where it is transparent",
    "moves.gif": "still, its first picture alone",
    "p3.jpg": "converted to the colours of a screen",
    "too-long-for-x.png": "made smaller on X",
    "heavy-for-bluesky.png": "saved as jpg with less detail on Bluesky",
}
Run = Callable[..., str]


def write(folder: Path) -> None:
    files = campaigns.files()
    for number, names in DAYS.items():
        listed = json.dumps([f"media/{name}" for name in names])
        files[f"posts/{number:02}-day/day.toml"] += f"media = {listed}\n"
        alts = "".join(f'"media/{name}" = "An arrow in an orange ring: {name}."\n' for name in names)
        files[f"posts/{number:02}-day/en.toml"] += f"[alt]\n{alts}"
    campaigns.write(folder, files)
    (folder / "posts/media").mkdir()
    for names in DAYS.values():
        for name in names:
            (folder / "posts/media" / name).write_bytes(awkward_picture(name))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command in a folder with such pictures; gives what it says, in one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    write(tmp_path)

    def run(*argv: str) -> str:
        main([*argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return " ".join(said.out.split())

    with time_machine.travel(BEFORE, tick=True):
        yield run


def post(page: str, day: int, platforms: str) -> str:
    """One post of a page, as it stands in its source."""
    section = page[page.index(f'id="day-{day}"') :]
    start = section.index(f'aria-label="English, on {platforms}"')
    return section[start : section.index("</article>", start)]


def altered(article: str) -> list[str]:
    found = re.findall(r'<li><b class="kind">Altered</b> (.*?) <span class="file"><bdi>(.*?)</bdi>', article)
    return [f"{name}: {words}" for words, name in found]


@pytest.mark.invariant(15)
def test_the_page_says_below_each_posts_pictures_how_they_are_altered(run: Run) -> None:
    run("preview", "--html", "page.html")
    page = Path("page.html").read_text("utf-8")
    assert altered(post(page, 1, "X and Bluesky")) == [f"media/{name}: {ALTERED[name]}" for name in DAYS[1]]
    assert altered(post(page, 2, "X")) == ["media/too-long-for-x.png: made smaller"]
    assert altered(post(page, 2, "Bluesky")) == altered(post(page, 3, "X")) == []
    assert altered(post(page, 3, "Bluesky")) == ["media/heavy-for-bluesky.png: saved as jpg with less detail"]
    assert altered(post(page, 4, "X and Bluesky")) == [], "what is sent as it is needs no word"


@pytest.mark.invariant(15)
def test_the_page_shows_what_each_platform_gets(run: Run) -> None:
    run("preview", "2", "3", "--html", "page.html")
    page = Path("page.html").read_text("utf-8")
    shown = {
        id_: Image.open(io.BytesIO(base64.b64decode(data)))
        for id_, data in re.findall(r'<symbol id="(.*?)".*?href="data:image/[a-z]+;base64,(.*?)"', page)
    }
    for day, name in ((2, "too-long-for-x.png"), (3, "heavy-for-bluesky.png")):
        ids = [re.findall(r'href="#(picture-\d+)"', post(page, day, platform))[0] for platform in ("X", "Bluesky")]
        assert ids[0] != ids[1], "they get different pictures"
        for id_, limits in zip(ids, (X.pictures, BLUESKY.pictures), strict=True):
            sent = encode(awkward_picture(name), limits)
            assert isinstance(sent, EncodedPicture)
            assert shown[id_].width / shown[id_].height == pytest.approx(sent.width / sent.height, rel=0.02)


@pytest.mark.invariant(15)
def test_a_picture_that_is_listed_twice_is_shown_once_as_it_is_sent(run: Run) -> None:
    day = Path("posts/03-day/day.toml")
    day.write_text(day.read_text().replace('"media/plain.jpg"', '"media/plain.jpg", "media/plain.jpg"'))
    posts = json.loads(run("preview", "3", "--json"))["deliveries"]
    shown = {tuple(picture["file"] for picture in post["media"]) for post in posts}
    plan = plan_of(Path("config.toml"))
    sent = {tuple(read_media(delivery)) for delivery in plan if delivery.number == 3}
    assert shown == sent == {("media/heavy-for-bluesky.png", "media/plain.jpg")}
    run("preview", "3", "--html", "page.html")
    page = Path("page.html").read_text("utf-8")
    assert [len(re.findall(r'href="#picture-', post(page, 3, name))) for name in ("X", "Bluesky")] == [2, 2]


@pytest.mark.invariant(15)
@pytest.mark.parametrize("command", ["preview 1 2 3 4", "approve --diff", "approve 1-4 --by Ann"])
def test_preview_and_approve_name_each_altered_picture(run: Run, command: str) -> None:
    said = run(*command.split())
    for name, words in ALTERED.items():
        if "preview" in command:
            assert f"Picture media/{name} │ Altered: {words} │ An arrow" in said
        else:
            assert f"media/{name}: {words}" in said
    assert "media/plain.jpg:" not in said
    assert ("Picture media/plain.png │ An arrow" in said) == ("preview" in command)


def test_approve_says_that_they_are_approved_so_and_one_is_no_crowd(run: Run) -> None:
    said = run("approve", "1-4", "--by", "Ann")
    assert "6 pictures are altered before posting, and approved so: day 1 media/turned-6.jpg: turned upright" in said
    assert "orangeday preview --html page.html shows them as they are posted" in said
    assert "altered" not in run("approve", "1-4", "--by", "Ann"), "what is approved already isn't told again"
    assert "altered" not in run("approve", "5", "--by", "Ann")
    Path("posts/02-day/en.toml").write_text(Path("posts/02-day/en.toml").read_text().replace("Day 2", "Day two"))
    said = run("approve", "--diff")
    assert "1 picture is altered before posting: day 2 media/too-long-for-x.png: made smaller on X" in said


def test_the_doctor_names_them_too_and_nothing_where_there_are_none(run: Run) -> None:
    (finding,) = [f for f in json.loads(run("doctor", "--offline", "--json"))["checks"] if f["check"] == "pictures"]
    assert (finding["state"], finding["step"]) == (
        "ok", "orangeday preview --html page.html shows them as they are posted",
    )  # fmt: skip
    assert finding["seen"].startswith("6 pictures altered before posting: media/turned-6.jpg (turned upright), ")
    for number in (1, 2, 3):
        file = Path(f"posts/{number:02}-day/day.toml")
        file.write_text(re.sub(r"media = .*\n", "", file.read_text()))
    checks = json.loads(run("doctor", "--offline", "--json"))["checks"]
    assert [f for f in checks if f["check"] == "pictures"] == []


def test_a_platform_that_nobody_posts_to_alters_nothing(run: Run) -> None:
    config = Path("config.toml")
    config.write_text(re.sub(r"^x = .*\n", "", config.read_text(), flags=re.MULTILINE))
    said = run("approve", "--diff")
    assert "too-long-for-x" not in said
    assert "media/heavy-for-bluesky.png: saved as jpg with less detail" in said, "of the only platform none is named"


def test_in_words_each_way_is_told_with_the_platforms_where_not_all_get_it_so() -> None:
    turned, smaller, lossy = Alteration.TURNED, Alteration.SMALLER, Alteration.LOSSY
    assert in_words({"X": (), "Bluesky": ()}) == in_words({}) == ""
    assert in_words({"X": (turned,), "Bluesky": (turned,)}) == "turned upright"
    assert in_words({"X": (turned, smaller), "Bluesky": (turned,)}) == "turned upright; made smaller on X"
    assert in_words({"X": (lossy,), "Bluesky": (lossy,), "Y": ()}) == "saved as jpg with less detail on X and Bluesky"
    assert all(alteration.in_words for alteration in Alteration)


def test_the_awkward_pictures_are_24_and_alter_in_every_way() -> None:
    """So that the contact sheet (python -m tests.contact_sheet) shows each."""
    made = set()
    for name in MAKERS:
        for limits in (X.pictures, BLUESKY.pictures):
            sent = encode(awkward_picture(name), limits)
            made |= {*sent.alterations} if isinstance(sent, EncodedPicture) else set()
    assert (len(MAKERS), made) == (24, {*Alteration})


# In a real browser


@pytest.fixture(scope="module")
def awkward_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("awkward")
    write(folder)
    with time_machine.travel(BEFORE, tick=True):
        config = ["--config", str(folder / "config.toml")]
        assert main([*config, "preview", "1", "2", "3", "--html", str(folder / "page.html")]) == 0
    return folder / "page.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_altered_is_readable_at_every_width_and_an_audit_finds_nothing(
    browser: Browser,  # noqa: F811
    awkward_page: Path,
    scheme: str,
) -> None:
    with browser.open(awkward_page, scheme=scheme) as seen:
        for width in (360, 768, 1280):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") == width
            for item in seen.page.locator(".altered li").all():
                box = item.bounding_box()
                assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert seen.page.locator(".altered li").count() == 6
        assert seen.page.get_by_role("list", name="Altered before posting").count() == 3
        assert browser.audit(seen.page) == []
        assert seen.untoward == []
