"""The page to approve from: what stands on it, what it lets through, and how a real browser shows it."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import time_machine
from PIL import Image

from orangeday.cli import main
from orangeday.clock import DAYS
from orangeday.content.plan import Plan

from ..servers.browser import Browser, browser  # noqa: F401  (a fixture)
from ..support import campaigns, zone_data
from ..support.common import BEFORE, EXAMPLE, plan_of
from ..support.offset_clock import environment_at

VOID = {"meta", "link", "br", "img", "image", "use", "rect", "hr", "input"}


@dataclass
class Read(HTMLParser):
    """A page as a program reads it: its elements, and the words of a person's."""

    source: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.feed(self.source)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("p", "li", "div", "dt", "dd"):
            self.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    @cached_property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def lines(self) -> list[str]:
        """What it says to type."""
        return [html.unescape(line) for line in re.findall(r'<p class="line"><code>(.*?)</code>', self.source)]


@dataclass
class Desk:
    """A folder with a campaign, and who works in it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    said: str = ""

    def write(self, contents: Mapping[str, str | bytes]) -> None:
        for name, content in contents.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, *argv: str) -> int:
        with time_machine.travel(BEFORE):
            status = main(list(argv))
        out, self.said = self.capsys.readouterr()
        assert "Traceback" not in self.said + out
        return status

    def page(self, *argv: str) -> Read:
        """Writes the page, and reads it."""
        assert self.run("preview", *argv, "--html", "page.html") == 0, self.said
        return Read((self.folder / "page.html").read_text("utf-8"))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORANGEDAY_CONFIG", raising=False)
    with time_machine.travel(BEFORE, tick=True):
        yield Desk(tmp_path, capsys)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped campaign."""
    file = tmp_path_factory.mktemp("shipped") / "page.html"
    stated = zone_data.write(tmp_path_factory.mktemp("zones"), zone_data.RULES)
    with zone_data.chosen(stated), time_machine.travel(BEFORE, tick=True):
        assert main(["--config", str(EXAMPLE), "preview", "--html", str(file)]) == 0
    return file


def picture(size: tuple[int, int] = (90, 60), kind: str = "PNG", **how: Any) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "orange").save(content, kind, **how)
    return content.getvalue()


# What stands on it


def pieces(shown: str) -> list[str]:
    """What is shown of a text, without what “…” stands for, each piece as a pattern."""
    return [re.escape(" ".join(piece.split())) for piece in shown.split("…") if piece.strip()]


def test_it_has_every_text_and_every_fact_of_the_shipped_campaign(shipped: Path, example: Plan) -> None:
    source = shipped.read_text("utf-8")
    read = Read(source)
    sections = dict(re.findall(r'id="day-(\d+-\w+)">(.*?)(?= id="day-)', source + ' id="day-', re.DOTALL))
    whole = set()
    for delivery in example:
        assert delivery.rendered_text
        text = " ".join(delivery.rendered_text.text.split())
        place = f"{delivery.number}-{delivery.language}"
        if text in read.text:
            whole.add(place)
            continue
        (row,) = re.findall(
            rf"<li><b>{delivery.embassy.id}</b>(.*?)</li>", sections[place].partition('class="others"')[2]
        )
        names = {value for key, value in delivery.filled_in if key in ("embassy", "city", "in_city", "in_country")}
        variants = [html.unescape(re.sub("<.*?>", "", variant)) for variant in re.findall("<bdi>(.*?)</bdi>", row)]
        (shown,) = (variant for variant in variants if re.search(".*".join(pieces(variant)), text))
        assert any(name in shown or f"{name[0].upper()}{name[1:]}" in shown for name in names), delivery.key
    assert whole >= {f"{number}-{language}" for number in DAYS for language in ("en", "fr", "nl")}, "said once, whole"
    for day in example.campaign.days.values():
        assert str(day.title) in read.text
        for fact in day.facts:
            stated = example.campaign.facts[fact]
            where = f"paragraph {stated.paragraph}" if stated.paragraph else "the title"
            assert f"{stated.statement} {where}" in read.text
    assert example.campaign.release_title in read.text
    assert "X will charge about $4.80" in read.text


def test_it_has_every_hour_on_the_embassies_clocks_and_in_utc(shipped: Path, example: Plan) -> None:
    read = Read(shipped.read_text("utf-8"))
    times = {element["datetime"] for element in read.all("time")}
    assert times == {delivery.local(delivery.due).isoformat() for delivery in example}
    assert "canberra UTC+11 en 09:00 24 Nov 22:00 UTC" in read.text
    assert "new-delhi UTC+5:30 en 09:00 03:30 UTC" in read.text


def test_each_picture_is_there_once_and_described_wherever_it_is_shown(shipped: Path, example: Plan) -> None:
    source = shipped.read_text("utf-8")
    read = Read(source)
    files = {name for delivery in example for name in delivery.media}
    assert len(read.all("image")) == len(files) >= 64
    assert len({image["href"] for image in read.all("image")}) == len(files)
    shown = [svg["aria-label"] for svg in read.all("svg") if svg.get("role") == "img"]
    alts = {alt for delivery in example for alt in delivery.alt_texts.values()}
    assert set(shown) == alts
    assert all(" ".join(alt.split()) in read.text for alt in alts)  # and to be read by everybody
    assert len(source) < 6_000_000


def test_it_lets_a_browser_load_nothing_and_run_nothing(shipped: Path) -> None:
    source = shipped.read_text("utf-8")
    read = Read(source)
    (policy,) = [meta["content"] for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{digest}'", "img-src data:", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert not {"script", "iframe", "object", "embed", "form", "img", "base"} & {tag for tag, _ in read.elements}
    for tag, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert attributes.get("href", "#").startswith(("#", "data:", "https://", "mailto:")), (tag, attributes)


def test_it_is_a_sound_document(shipped: Path) -> None:
    read = Read(shipped.read_text("utf-8"))
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a["href"][1:] for _, a in read.elements if a.get("href", "").startswith("#")}
    wanted |= {a["aria-labelledby"] for _, a in read.elements if "aria-labelledby" in a}
    assert wanted <= set(ids)
    assert read.all("html") == [{"lang": "en", "dir": "ltr"}]


def test_platforms_share_a_post_only_where_it_looks_the_same(desk: Desk) -> None:
    contents = campaigns.files()
    contents["posts/01-day/en.toml"] += 'bluesky = "Other words here."\n'
    contents["posts/02-day/day.toml"] += 'link = "https://example.org/a"\n'  # Bluesky shows a card of it
    contents["posts/03-day/en.toml"] = 'text = "See @un_women there."\n'  # no handle on Bluesky
    desk.write(contents)
    read = desk.page("1", "2", "3", "4")
    assert Counter(article["aria-label"].partition(", ")[2] for article in read.all("article")) == {
        "on X": 3, "on Bluesky": 3, "on X and Bluesky": 1,
    }  # fmt: skip
    assert "example.org Day 2" in read.text
    assert "X 26/280 Bluesky 26/300" in desk.page("4").text


def test_own_words_and_names_of_others_arent_hidden(desk: Desk) -> None:
    contents = campaigns.files(["en"], {"nairobi": "Africa/Nairobi", "accra": "Africa/Accra", "dakar": "Africa/Dakar"})
    contents["posts/01-day/en.accra.toml"] = 'text = "Accra has words of its own."\n'
    contents["posts/02-day/en.toml"] = 'text = "Word for word."\n'
    desk.write(contents)
    first = desk.page("1")
    assert "accra Its own words: en.accra.toml" in first.text
    assert "Accra has words of its own." in first.text
    assert "dakar Day 1 in en, from Dakar." in first.text
    assert "2 more embassies say this" not in first.text
    assert "Word for word: accra, dakar" in desk.page("2").text
    named = desk.page("1", "--embassy", "dakar")
    assert "Day 1 in en, from Dakar." in named.text
    assert "Nairobi" not in named.text


def test_an_embassy_without_cards_is_said_to_show_none(desk: Desk) -> None:
    contents = campaigns.files(["en"], {"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"})
    contents["config.toml"] = contents["config.toml"].replace("[embassies.accra]", "[embassies.accra]\ncards = false")
    contents["posts/01-day/en.toml"] += '[card]\nheadline = "Sixteen days"\nalt = "A card"\n'
    desk.write({**contents, "posts/01-day/en.png": picture()})
    read = desk.page("1")
    assert "without a picture" in read.text
    assert "Alt text A card 01-day/en.png" in read.text


def test_what_is_wrong_with_a_text_stands_beside_it(desk: Desk) -> None:
    contents = campaigns.files(["en", "fr"])
    contents["posts/01-day/fr.toml"] = f'text = "{"mot " * 100}"\n'
    contents["posts/01-day/day.toml"] = 'title = "One"\nfacts = ["none"]\nmedia = ["media/a.png", "media/b.png"]\n'
    desk.write({**contents, "posts/media/b.png": b"no picture"})
    read = desk.page("1")
    assert "error too long for X: 399 of 280 as X counts" in read.text
    assert "X 399/280 · 119 too many" in read.text
    assert "error facts.toml states no “none”." in read.text
    assert "No picture. media/a.png: there is no such picture." in read.text
    assert "No picture. media/b.png: it isn't a jpg, png, gif or webp picture." in read.text
    assert "No alt text Nobody who can’t see the picture knows what it shows." in read.text
    assert re.search(r"\d+ errors to correct first\.", read.text)
    assert "What has an error it leaves out." in read.text
    assert "more elsewhere: see orangeday check" not in read.text
    desk.write({"posts/09-day/en.toml": "no toml"})
    assert "1 more elsewhere: see orangeday check." in desk.page("1").text


def test_a_picture_is_upright_light_and_silent_about_where_it_was_taken(desk: Desk) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "by Somebody"
    contents = campaigns.files()
    contents["posts/01-day/day.toml"] += 'media = ["media/a.jpg"]\n'
    desk.write({**contents, "posts/media/a.jpg": picture((3000, 2000), "JPEG", exif=exif)})
    (image,) = desk.page("1").all("image")
    content = base64.b64decode(image["href"].partition(",")[2])
    with Image.open(io.BytesIO(content)) as drawn:
        assert drawn.size == (683, 1024) == (int(image["width"]), int(image["height"]))
        assert not drawn.getexif()
    assert b"Somebody" not in content


# To approve


@pytest.mark.parametrize(
    "argv",
    [
        (), ("5",), ("1", "2", "3", "9", "--language", "fr"), ("--embassy", "accra"),
        ("1", "--embassy", "accra", "--language", "en"), ("--language", "en", "--language", "fr"),
        ("16", "--embassy", "accra", "--embassy", "nairobi"),
    ],
)  # fmt: skip
def test_the_line_to_type_approves_exactly_what_is_on_the_page(desk: Desk, argv: Sequence[str]) -> None:
    contents = campaigns.files(["en", "fr"], {"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"})
    contents["posts/01-day/en.accra.toml"] = 'text = "Accra has words of its own."\n'
    desk.write(contents)
    argv = (*argv, "--page-language", "en")
    read = desk.page(*argv)
    assert "Waiting for your approval." in read.text
    assert f"then: {read.lines[0]}" in " ".join(desk.said.split())
    for line in read.lines:
        program, *words = shlex.split(line)
        assert program == "orangeday"
        assert desk.run(*words, "--by", "Ann <Peeters>") == 0
    again = desk.page(*argv)
    assert "Approved, exactly as it stands here." in again.text
    assert again.lines == []
    assert "Approved by Ann <Peeters> on " in again.text
    assert len(read.lines) == 1 and re.fullmatch(r"orangeday approve --as-shown [0-9A-Z]{4}-[0-9A-Z]{4}", read.lines[0])


@pytest.mark.parametrize(
    "argv", [("--platform", "x"), ("16", "--platform", "bluesky", "--embassy", "accra", "--embassy", "nairobi")]
)
def test_a_page_for_one_platform_has_no_code_and_a_line_that_approves_by_the_files(
    desk: Desk, argv: Sequence[str]
) -> None:
    desk.write(campaigns.files(["en", "fr"], {"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"}))
    read = desk.page(*argv)
    assert "This page has no code, so it can’t be answered by mail: These texts go out on" in read.text
    assert not [a for a in read.all("a") if a.get("href", "").startswith("mailto:")]
    assert f"then: {read.lines[0]}" in " ".join(desk.said.split())
    for line in read.lines:
        assert desk.run(*shlex.split(line)[1:], "--by", "Ann <Peeters>") == 0
    again = desk.page(*argv)
    assert "Approved, exactly as it stands here." in again.text
    assert again.lines == []
    assert "Approved by Ann <Peeters> on " in again.text


def test_it_says_what_a_line_approves_beyond_the_page(desk: Desk) -> None:
    contents = campaigns.files(["en"], {"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"})
    contents["posts/01-day/en.accra.toml"] = 'text = "Accra has words of its own."\n'
    contents["posts/02-day/es.toml"] = 'text = "Nadie lo publica."\n'
    desk.write(contents)
    assert "not on this page" not in desk.page().text, "what nobody posts isn't approved unawares"
    assert desk.run("approve", "all", "--by", "Ann") == 0
    assert "02.es" not in (desk.folder / "posts/approvals.toml").read_text("utf-8")
    assert desk.run("approve", "2", "--language", "es", "--by", "Ann") == 0
    assert "02.es" in (desk.folder / "posts/approvals.toml").read_text("utf-8")
    (desk.folder / "posts/approvals.toml").unlink()
    narrow = ("1", "--embassy", "nairobi")
    assert "not on this page, 01/en.accra." in desk.page(*narrow, "--platform", "x").text
    line = desk.page(*narrow).lines[0]
    assert desk.run(*shlex.split(line)[1:], "--by", "Ann") == 0
    approved = (desk.folder / "posts/approvals.toml").read_text("utf-8")
    assert "01.en.text" in approved and '"en.accra"' not in approved, (
        "its code stands for what it shows, and for no more"
    )


@pytest.mark.parametrize(
    "argv", [("all",), ("1-16", "--platform", "x", "--platform", "bluesky"), ("--language", "fr", "--language", "en")]
)
def test_a_page_that_names_all_there_is_is_no_part_of_the_campaign(desk: Desk, argv: Sequence[str]) -> None:
    desk.write(campaigns.files(["en", "fr"]))
    assert "part of the campaign" not in desk.page(*argv).text
    assert "part of the campaign" in desk.page("1-15").text


def test_the_line_names_the_config_that_was_named(desk: Desk) -> None:
    contents = campaigns.files()
    desk.write({**contents, "the other.toml": contents["config.toml"]})
    (line,) = desk.page("--config", "the other.toml").lines
    assert re.fullmatch(r'orangeday approve --as-shown [0-9A-Z-]{9} --config "the other.toml"', line)
    (line,) = desk.page("--config", "the other.toml", "--platform", "x").lines
    assert line == 'orangeday approve all --config "the other.toml"'


def test_what_has_changed_since_is_shown_word_by_word(desk: Desk) -> None:
    desk.write(campaigns.files())
    assert desk.run("approve", "all", "--by", "Ann") == 0
    desk.write({"posts/05-day/en.toml": 'text = "Day five in en, from {city}."\n'})
    config = (desk.folder / "config.toml").read_text().replace('"nairobi.example"', '"other.example"')
    desk.write({"config.toml": config})
    read = desk.page()
    assert "Changed since it was approved." in read.text
    assert "15 of 16 texts and 0 of 1 embassy are approved as they stand." in read.text
    assert "Changed since Ann approved it on " in read.text
    assert "Day <del>5</del><ins>five</ins> in en" in read.source
    assert "<del>nairobi</del><ins>other</ins>.example" in read.source
    assert desk.page("--platform", "x").lines == ["orangeday approve all"]
    assert desk.run(*shlex.split(read.lines[0])[1:], "--by", "Ann") == 0
    assert "All approved" in desk.page().text


def test_without_required_approvals_it_says_so(desk: Desk) -> None:
    desk.write(campaigns.files(config="[publishing]\nrequire_approval = false"))
    assert "The config asks for none: what is here goes out as it is." in desk.page().text


def test_of_the_example_it_asks_for_no_approval(desk: Desk) -> None:
    read = desk.page("1")
    assert read.lines == ["orangeday init embassy"]
    assert "then: orangeday approve" not in desk.said


# The file


def test_a_page_of_ours_is_renewed_and_nothing_else_is_written_over(desk: Desk) -> None:
    desk.write(campaigns.files())
    first = desk.page("1").source
    assert desk.page("2").source != first
    desk.write({"mine.html": "<p>mine", "folder/x": ""})
    before = sorted(str(file) for file in desk.folder.rglob("*"))
    for name in ("mine.html", "folder", "posts/01-day/en.toml", "nowhere/page.html", "a\0b", "config.toml"):
        assert desk.run("preview", "--html", name) == 2
        assert name.replace("\0", "␀") in desk.said
    assert (desk.folder / "mine.html").read_text() == "<p>mine"
    assert sorted(str(file) for file in desk.folder.rglob("*")) == before


def test_a_dash_is_stdout_and_json_is_another_thing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.write(campaigns.files())
    assert main(["preview", "1", "--html", "-"]) == 0
    out, said = capsys.readouterr()
    assert out.startswith("<!DOCTYPE html>")
    assert "then: orangeday approve --as-shown " in " ".join(said.split())
    assert desk.run("preview", "--html", "page.html", "--json") == 2
    assert "not both" in desk.said
    assert not (desk.folder / "page.html").exists()


@pytest.mark.integration
def test_it_loads_no_sdk_and_no_database(tmp_path: Path) -> None:
    program = (
        "import sys; from orangeday.cli import main; main(['preview', '1', '--html', 'page.html']);"
        "heavy = {'tweepy', 'atproto', 'sqlite3', 'psycopg', 'apscheduler', 'atproto_client'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def broken() -> dict[str, Callable[[dict[str, str]], None]]:
    def nothing(contents: dict[str, str]) -> None:
        contents["config.toml"] = re.sub(r"(x|bluesky) = \{.*\}\n", "", contents["config.toml"])

    def nobody(contents: dict[str, str]) -> None:
        contents["config.toml"] = "[campaign]\n"

    def unreadable_day(contents: dict[str, str]) -> None:
        contents["posts/01-day/day.toml"] = "title = "

    def unreadable_text(contents: dict[str, str]) -> None:
        contents["posts/01-day/en.toml"] = "text = "

    def no_day(contents: dict[str, str]) -> None:
        del contents["posts/01-day/day.toml"], contents["posts/01-day/en.toml"]

    def approvals(contents: dict[str, str]) -> None:
        contents["posts/approvals.toml"] = "nonsense"

    def no_facts(contents: dict[str, str]) -> None:
        contents["posts/facts.toml"] = "nonsense"

    def placeholder(contents: dict[str, str]) -> None:
        contents["posts/01-day/en.toml"] = 'text = "{nobody} {"\n'

    return {f.__name__: f for f in (nothing, nobody, unreadable_day, unreadable_text, no_day, approvals, no_facts,
                                    placeholder)}  # fmt: skip


@pytest.mark.parametrize("how", broken())
def test_whatever_is_broken_there_is_a_page_that_says_so(desk: Desk, how: str) -> None:
    contents = campaigns.files()
    broken()[how](contents)
    desk.write(contents)
    read = desk.page()
    expected = {
        "nothing": "Nothing is posted there", "nobody": "Nothing is posted there", "unreadable_day": "can’t be read",
        "unreadable_text": "There is no text that can be read", "no_day": "day 1 is missing",
        "approvals": "Nothing counts as approved, since approvals.toml can’t be read.",
        "no_facts": "one not stated in facts.toml", "placeholder": "unknown placeholder {nobody}.",
    }  # fmt: skip
    assert expected[how] in read.text


# What is hostile


ATTACKS = (
    "<script>alert(1)</script>", "</style><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>", "</title><script>alert(1)</script>", "{{ 7 * 7 }}{% include 'x' %}", "-->",
    "<!--", "javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>", "&lt;script&gt;", "]]>",
    "<base href=//x.example>",
    "\u202egnihsilbup", "\u2066\u2067", "<meta http-equiv=refresh content='0;url=http://x.example'>",
    "http://x.example/\"onmouseover=\"alert(1)", "https://x.example/<script>alert(1)</script>",
)  # fmt: skip


def hostile() -> dict[str, str | bytes]:
    """A campaign of which every string is an attack."""

    def quoted(text: str) -> str:
        return '"' + "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text) + '"'

    name = '"><img src=x onerror=alert(1)>.png'
    everything = quoted(" ".join(ATTACKS))
    contents: dict[str, str | bytes] = {
        "posts/campaign.toml": f'id = "16days"\ntitle = {everything}\nminister = {everything}\n'
        f"[release]\ntitle = {everything}\n[hashtags]\nen = [{quoted('#<script>alert(1)</script>')}]\n"
        f"[handles.x]\nname = {everything}\nx = {quoted(ATTACKS[2])}\n",
        "posts/facts.toml": f"[one]\nstatement = {everything}\n[{quoted(ATTACKS[0])}]\nstatement = {everything}\n",
        f"posts/media/{name}": picture(),
        "config.toml": '[campaign]\nposts = "posts"\n[embassies.nairobi]\n'
        + "".join(f"{key} = {{ en = {everything} }}\n" for key in ("name", "city", "in_city", "country"))
        + f'timezone = "Africa/Nairobi"\nlanguages = ["en", {quoted(ATTACKS[2] + chr(7))}]\n'
        f"x = {{ handle = {quoted(ATTACKS[2])} }}\n"
        f"bluesky = {{ handle = {quoted(ATTACKS[0])} }}\n[{quoted(ATTACKS[3])}]\na = {everything}\n",
    }
    for number in range(1, 17):
        attack = ATTACKS[number]
        folder = f"posts/{number:02}-day"
        media = quoted(f"media/{name}")
        contents[f"{folder}/day.toml"] = (
            f'title = {quoted(attack)}\nfacts = ["one", {quoted(attack)}]\nlink = {quoted(attack)}\n'
            + (f"media = [{media}, {quoted(attack)}]\n" if number % 2 else "")
            + f"{quoted(attack)} = {everything}\n"
        )
        contents[f"{folder}/en.toml"] = (
            f"text = {quoted(' '.join(ATTACKS) + ' {city} {link} {@x} {hashtags}' + chr(7) + chr(0x9B))}\n"
            f"x = {quoted(attack * 2)}\n[alt]\n{media} = {everything}\n{quoted(attack)} = {everything}\n"
        )
    contents["posts/16-day/en.toml"] = f'text = "{"<b>" * 3_333}"\n'
    contents["posts/14-day/en.toml"] = f'text = "{"<b>" * 33_334}"\n'
    contents["posts/15-day/<script>alert(1).toml"] = ATTACKS[0]
    contents["posts/15-day/en.<b>.toml"] = f"text = {everything}\n"
    return contents


def test_what_is_hostile_is_words(desk: Desk) -> None:
    desk.write(hostile())
    read = desk.page()
    assert not {"script", "img", "a-", "base", "iframe", "b-"} & {tag for tag, _ in read.elements}
    assert len(read.all("style")) == 1 == len(read.all("title"))
    for tag, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert attributes.get("href", "#").startswith(("#", "data:", "https://", "http://", "mailto:")), (
            tag,
            attributes,
        )
    assert "{{ 7 * 7 }}" in read.text
    assert not set(map(chr, (*range(9), *range(11, 32), *range(0x7F, 0xA0)))) & set(read.source)
    assert "␇" in read.text
    assert not set("\u202e\u2066\u2067") & set(read.source)
    assert "… and 4,999 characters more" in read.text
    assert "“text” has 100,002 characters" in read.text
    assert len(read.source) < 2_000_000


# In a real browser


UNFOLDED = "for (const d of document.querySelectorAll('details')) d.open = true"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with much on it: other scripts, pictures of all shapes, problems, changes, own words."""
    folder = tmp_path_factory.mktemp("gallery")
    contents: dict[str, str | bytes] = {
        **campaigns.files(["ar", "ja", "en"], {"doha": "Asia/Qatar", "tokyo": "Asia/Tokyo"})
    }
    arabic = "تقول بلجيكا لا للعنف ضد النساء والفتيات في {city}."
    contents["posts/01-day/ar.toml"] = f'text = """\n{arabic}\n\nhttps://example.org/ar #برتقالي"""\n'
    contents["posts/01-day/ja.toml"] = 'text = "女性に対する暴力撤廃の国際デーです。{city}から。🧡 #16Days"\n'
    contents["posts/02-day/day.toml"] = (
        'title = "اليوم الثاني"\nfacts = ["one"]\n'
        'media = ["media/a.png", "media/b.png", "media/c.png", "media/d.png"]\n'
    )
    contents["posts/03-day/day.toml"] = 'title = "Three"\nfacts = ["none"]\nmedia = ["media/a.png", "media/x.png"]\n'
    contents["posts/04-day/day.toml"] = 'title = "Four"\nfacts = ["one"]\nlink = "https://example.org/four"\n'
    contents["posts/05-day/en.toml"] = f'text = "{"unbroken" * 60}"\n'
    contents["posts/06-day/en.doha.toml"] = 'text = "Own words."\n'
    for name, size in (("a", (900, 500)), ("b", (300, 900)), ("c", (500, 500)), ("d", (1600, 400))):
        contents[f"posts/media/{name}.png"] = picture(size)
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    config = ["--config", str(folder / "config.toml")]
    main(["approve", "all", "--by", "Ann", *config])
    file = folder / "posts/07-day/en.toml"
    file.write_text(file.read_text().replace("Day 7", "Day seven"))
    assert main(["preview", *"1234567", "--html", str(folder / "page.html"), *config]) == 0
    return folder / "page.html"


@pytest.mark.parametrize(("which", "scheme"), [("gallery", "light"), ("gallery", "dark"), ("shipped", "light")])
def test_no_width_cuts_it_off_and_an_audit_finds_nothing(
    browser: Browser,  # noqa: F811
    request: pytest.FixtureRequest,
    which: str,
    scheme: str,
) -> None:
    with browser.open(request.getfixturevalue(which), scheme=scheme) as seen:
        for width in (320, 390, 768, 1280):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        if which == "gallery":
            seen.page.evaluate(UNFOLDED)
        # The shipped days are coloured alike; in the gallery each is looked at.
        later_days = ", ".join(f"#day-{number} *" for number in DAYS[1:])
        assert browser.audit(seen.page, colours="*" if which == "gallery" else f":not({later_days})") == []
        assert seen.untoward == []


def test_its_languages_run_the_way_they_are_written(browser: Browser, gallery: Path) -> None:  # noqa: F811
    with browser.open(gallery) as seen:
        seen.page.evaluate(UNFOLDED)
        of = "#day-1-{} .post .text"
        direction = "e => getComputedStyle(e).direction"
        assert seen.page.locator(of.format("ar")).first.evaluate(direction) == "rtl"
        assert seen.page.locator(of.format("ja")).first.evaluate(direction) == "ltr"
        assert seen.page.locator(of.format("ar")).first.get_attribute("lang") == "ar"
        assert seen.page.evaluate("document.documentElement.lang + document.documentElement.dir") == "enltr"
        # An address in an Arabic text stays in one piece, and leads where it says.
        link = seen.page.locator(of.format("ar")).first.locator("a")
        assert link.inner_text() == link.get_attribute("href") == "https://example.org/ar"


def test_it_can_be_walked_by_keyboard(browser: Browser, shipped: Path) -> None:  # noqa: F811
    focused = "document.activeElement.textContent.trim()"
    with browser.open(shipped) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate(focused) == "Skip to the posts"
        assert seen.page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]  # it is shown
        seen.page.keyboard.press("Tab")
        assert "Day 1" in seen.page.evaluate(focused).replace("\n", "")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url(re.compile(r"#day-1$"))
        seen.page.locator("#day-1 summary").first.focus()
        seen.page.keyboard.press("Enter")
        assert seen.page.get_by_text("diplomacy joins in, in Nairobi too").first.is_visible()
        # A click into the line to type takes all of it, for the clipboard.
        seen.page.locator(".line code").first.click()
        assert seen.page.evaluate("getSelection().toString()").startswith("orangeday ")


def test_every_picture_is_drawn(browser: Browser, gallery: Path) -> None:  # noqa: F811
    with browser.open(gallery) as seen:
        seen.page.evaluate(UNFOLDED)
        boxes = [svg.bounding_box() for svg in seen.page.locator("svg.picture").all()]
        assert len(boxes) > 8
        assert all(box and box["width"] > 60 and box["height"] > 60 for box in boxes)
        image = Image.open(io.BytesIO(seen.page.locator("svg.picture").first.screenshot())).convert("RGB")
        assert image.getpixel((image.width // 2, image.height // 2)) == (255, 165, 0)


def test_it_prints_on_light_paper_with_no_post_in_two(browser: Browser, shipped: Path) -> None:  # noqa: F811
    with browser.open(shipped, scheme="dark", width=700) as seen:
        # Pictures keep their frames' room, drawn or not, and take most of the time.
        seen.page.evaluate("for (const image of document.querySelectorAll('image')) image.remove()")
        pages = len(re.findall(rb"/Type /Page\b", seen.page.pdf(prefer_css_page_size=True)))
        assert 17 <= pages <= 40  # two pages for each day at most, and the answer
        seen.page.emulate_media(media="print")
        ground, ink = (
            seen.page.evaluate(f"getComputedStyle(document.querySelector('.words, .small')).{name}")
            for name in ("backgroundColor", "color")
        )
        assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(29, 18, 8)")
        assert seen.page.evaluate("getComputedStyle(document.querySelector('.words')).breakInside") == "avoid"
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 700


def test_a_hundred_embassies_are_no_wall(browser: Browser, desk: Desk) -> None:  # noqa: F811
    desk.write(campaigns.files(["en"], {f"post-{number}": "Africa/Nairobi" for number in range(100)}))
    desk.page("1", "2")
    with browser.open(desk.folder / "page.html") as seen:
        tall: int = seen.page.evaluate("document.querySelector('#day-1').scrollHeight")
        assert tall < 900
        assert not seen.page.get_by_text("Day 1 in en, from Post-99.").is_visible()
        assert seen.untoward == []


def test_nothing_that_is_hostile_happens(browser: Browser, desk: Desk) -> None:  # noqa: F811
    desk.write(hostile())
    desk.page()
    with browser.open(desk.folder / "page.html") as seen:
        assert seen.page.evaluate("document.querySelectorAll('script, img, [onerror], [onload], base').length") == 0
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 1280
        seen.page.evaluate(UNFOLDED)
        assert browser.audit(seen.page) == []
        assert seen.untoward == []


def test_the_shipped_page_is_that_of_the_shipped_plan(shipped: Path) -> None:
    assert f"{len([*plan_of(EXAMPLE)]) // 2} on X" in Read(shipped.read_text("utf-8")).text


@pytest.mark.parametrize(
    "content", ["Type `orangeday preview --html page.html`, and send it.\n", "<!DOCTYPE html>\nours: orangeday preview"]
)
def test_what_only_speaks_of_such_a_page_is_none_and_is_left_alone(desk: Desk, content: str) -> None:
    desk.write({**campaigns.files(), "notes.html": content})
    assert desk.run("preview", "--html", "notes.html") == 2
    assert "notes.html exists already and is something else; it was left as it is." in " ".join(desk.said.split())
    assert (desk.folder / "notes.html").read_text() == content
    assert desk.run("preview", "--html", "page.html") == desk.run("preview", "--html", "page.html") == 0


@pytest.mark.integration
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux's")
def test_a_stdout_that_is_full_is_said(desk: Desk) -> None:
    desk.write(campaigns.files())
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "tests.support.offset_clock", "preview", "1", "--html", "-"]
        told = environment_at(BEFORE)
        ran = subprocess.run(
            command, cwd=desk.folder, env=told, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.returncode == 2
    assert "stdout can't be written: No space left on device. The document isn't whole." in ran.stderr
    assert "itself failed" not in ran.stderr
