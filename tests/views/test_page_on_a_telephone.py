"""The page in a real browser as a telephone shows it: its length in screens, its sizes, its print, and what is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main

from ..servers.browser import TELEPHONE, Browser, browser, screens  # noqa: F401  (a fixture)
from ..support.common import BEFORE

WIDTH, HEIGHT = TELEPHONE["width"], TELEPHONE["height"]
DAY_5 = datetime(2026, 11, 29, 14, 40, tzinfo=UTC)
UNFOLDED = "for (const d of document.querySelectorAll('details')) d.open = true"
LANGUAGES = {"all-new": "en, fr", "all-new-long": "nl, fr", "from-day-6": "en, fr", "two-changes": "en, fr"}
"""The states of the shipped campaign that are looked at, each with the languages of its one embassy."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The page of the shipped campaign for one embassy with two languages, by state."""
    folder = tmp_path_factory.mktemp("embassy")
    drawn = {}
    for state, languages in LANGUAGES.items():
        at = folder / languages[:2]
        config = ["--config", str(at / "config.toml")]
        with time_machine.travel(BEFORE, tick=True):
            if not at.exists():
                names = ["--embassy", "Nairobi, Kenya", "--x", "BelgiumKE", "--bluesky", "be.example"]
                assert main(["init", str(at), *names, "--language", languages]) == 0
                file = at / "config.toml"
                file.write_text(f'{file.read_text("utf-8")}\n[approval]\nmail = "ann.peeters@example.org"\n', "utf-8")
            if state == "two-changes":
                assert main(["approve", "all", "--by", "Ann Peeters", *config]) == 0
                for name, old, new in (
                    ("09-*/fr", "face à", "devant"),
                    ("12-*/en", "keeps", "goes on"),
                ):
                    (file,) = (at / "posts").glob(f"{name}.toml")
                    text = file.read_text("utf-8")
                    assert old in text
                    file.write_text(text.replace(old, new, 1), "utf-8")
        with time_machine.travel(BEFORE if state.startswith("all-new") else DAY_5, tick=True):
            drawn[state] = folder / f"{state}.html"
            assert main([*config, "preview", "--html", str(drawn[state])]) == 0
    return drawn


@pytest.mark.parametrize(
    ("state", "limit", "headline"),
    [
        ("all-new", 14, "To approve: 16 days"), ("all-new-long", 14, "To approve: 16 days"),
        ("from-day-6", 14, "To approve: 11 of 16 days"), ("two-changes", 3, "To approve: 2 changes"),
    ],
)  # fmt: skip
def test_it_is_no_longer_than_an_ambassador_reads(
    browser: Browser,  # noqa: F811
    pages: Mapping[str, Path],
    state: str,
    limit: int,
    headline: str,
) -> None:
    with browser.open(pages[state], width=WIDTH) as seen:
        assert screens(seen) <= limit
        assert seen.page.locator("h1").inner_text().replace("\n", " ") == headline
        # The whole answer stands on the first screen: what it is about, the buttons and the code.
        for part in ("h1", ".box", ".button.all", ".button.ask", ".page-code", ".how"):
            box = seen.page.locator(part).first.bounding_box()
            assert box and box["y"] + box["height"] < HEIGHT * 0.66, part
        # Nothing of a post that is to be approved is folded.
        hidden = "nodes => nodes.filter(node => !node.checkVisibility({contentVisibilityAuto: true})).length"
        waiting = ".day .texts > .words > .post:not(:has(.unchanged)) > .text, .day .pair .picture"
        assert seen.page.locator(waiting).count() >= 2
        assert seen.page.locator(waiting).evaluate_all(hidden) == 0
        assert seen.untoward == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_pressed_is_large_enough_and_an_audit_finds_nothing(
    browser: Browser,  # noqa: F811
    pages: Mapping[str, Path],
    scheme: str,
) -> None:
    with browser.open(pages["two-changes"], scheme=scheme, width=WIDTH) as seen:
        for width in (320, WIDTH):
            seen.page.set_viewport_size({"width": width, "height": HEIGHT})
            sizes = seen.page.locator(".button, .strip a, summary:visible").evaluate_all(
                "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"
            )
            assert all(width >= 24 and height >= 24 for width, height in sizes), "WCAG 2.5.8"
        assert min(height for _, height in seen.page.locator(".button").evaluate_all(
            "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"
        )) >= 42  # fmt: skip
        seen.page.evaluate(UNFOLDED)
        for direction in ("ltr", "rtl"):
            seen.page.evaluate(f"document.documentElement.dir = '{direction}'")
            assert seen.page.evaluate("document.documentElement.scrollWidth") == WIDTH
            assert browser.audit(seen.page) == []
        assert seen.untoward == []


def test_from_right_to_left_all_is_mirrored_but_the_flag(browser: Browser, pages: Mapping[str, Path]) -> None:  # noqa: F811
    with browser.open(pages["two-changes"], width=WIDTH) as seen:

        def middle(part: str) -> float:
            box = seen.page.locator(part).first.bounding_box()
            assert box
            return box["x"] + box["width"] / 2

        parts = (".sun", ".flag", ".disc", ".page-code b", ".row .end", ".button.yes", ".strip li:first-child")
        left_to_right = [middle(part) for part in parts]
        seen.page.evaluate("document.documentElement.dir = 'rtl'")
        for part, x in zip(parts, left_to_right, strict=True):
            assert middle(part) == pytest.approx(WIDTH - x, abs=14), part
        black, red = (
            seen.page.locator(f'.flag path[fill="{colour}"]').bounding_box() for colour in ("#000", "#ef3340")
        )
        assert black and red and black["x"] < red["x"], "a mirrored flag is another one"


def test_a_jump_is_not_hidden_below_the_strip(browser: Browser, pages: Mapping[str, Path]) -> None:  # noqa: F811
    with browser.open(pages["two-changes"], width=WIDTH) as seen:
        seen.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        seen.page.locator(".box a").last.click()
        seen.page.wait_for_url(re.compile("#day-12$"))
        title, strip = (seen.page.locator(part).bounding_box() for part in ("#day-12-title", ".strip"))
        assert title and strip and title["y"] >= strip["y"] + strip["height"] - 1
        seen.page.locator('.strip a[href="#day-6"]').click()
        assert seen.page.locator("#day-6").bounding_box()["y"] >= 44  # type: ignore[index]  # it is shown


def test_on_paper_it_has_all_that_a_yes_covers_and_a_place_to_sign(
    browser: Browser,  # noqa: F811
    pages: Mapping[str, Path],
) -> None:
    with browser.open(pages["two-changes"], scheme="dark", width=700) as seen:
        pdf = seen.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
        seen.page.emulate_media(media="print")
        shown = seen.page.locator("body").inner_text()
        code = seen.page.locator(".page-code b").inner_text()
        assert f"Approved as shown on page {code}" in shown and "Signature" in shown
        for words in ("What it rests on", "09:20", "jour 9 sur 16", "274/280", "as approved on"):
            assert words in shown, words
        assert "Approve all" not in shown and "orangeday approve" not in shown
        assert seen.page.locator(".difference").first.is_visible(), "nobody can open it on paper"
    with browser.open(pages["all-new"], width=700) as seen:
        seen.page.evaluate("for (const image of document.querySelectorAll('image')) image.remove()")
        pages_printed = len(re.findall(rb"/Type /Page\b", seen.page.pdf(prefer_css_page_size=True)))
        assert pages_printed <= 12, "two days on a page, but for the longest"
