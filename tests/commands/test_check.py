"""What `orangeday check` comes to: the grid of days and languages, the embassies, and what somebody has accepted."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.cli import main
from orangeday.content.problems import NO_DELIVERY, WHOLE_CAMPAIGN, Location, Scope, error, warning
from orangeday.views import json_documents

from ..support import campaigns
from ..support.common import BEFORE, EXAMPLE, ROOT, plan_of

Check = Callable[..., str]
Changed = Callable[[Mapping[str, str]], Path]

FIVE = "posts/05-human-rights-council"
LONG = f'text = "{"word " * 60}"\nbluesky = "Short."\n'
LINK = 'link = "https://un.org/5"\n'
TWENTY_FOUR = [
    *("bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu"),
    *("ga", "it", "lv", "lt", "mt", "pl", "pt-BR", "ro", "sk", "sl", "es", "sr-Latn-ME"),
]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """What `orangeday check` says of a config, on a page of this width, in November 2026."""
    for name in ("ORANGEDAY_CONFIG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def check(config: Path, *options: str, width: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        assert main(["--config", str(config), "check", *options]) in (0, 1)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return said.out

    with time_machine.travel(BEFORE):
        yield check


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """A copy of the shipped campaign, but for some files: a text that ends in … stands before what is there."""

    def changed(files: Mapping[str, str]) -> Path:
        shutil.copytree(ROOT / "posts", tmp_path / "posts")
        shutil.copyfile(EXAMPLE, tmp_path / "config.toml")
        for name, content in files.items():
            file = tmp_path / name
            before, more, _ = content.partition("…")
            file.write_text(before + (file.read_text("utf-8") if more else ""), encoding="utf-8")
        return tmp_path / "config.toml"

    return changed


def document(said: str) -> Any:
    return json.loads(said)


def days(said: str) -> list[list[str]]:
    """The lines of the grid that belong to a day, in words."""
    found = re.findall(r"^ *\d+  [A-Z][a-z]{2} +\d+ [A-Z][a-z]{2}  .*$", said, re.MULTILINE)
    return [line.split() for line in found]


# The shipped campaign


AS_SHIPPED = dict.fromkeys(range(1, 17), "✓ ✓ ✓ ✓ ✓ ✓ ✓") | dict.fromkeys((11, 12), "⚠ ⚠ ⚠ ⚠ ⚠ ⚠ ⚠")
"""What the cells of each day come to: whoever is minister confirms days 11 and 12 in each later campaign."""
STATES = {"✓": "sound", "⚠": "warning", "✗": "error"}


@pytest.mark.parametrize("width", [80, 140])
def test_the_shipped_campaign_has_no_error_on_any_day_and_fits_eighty_columns(check: Check, width: int) -> None:
    said = check(EXAMPLE, width=width)
    assert [" ".join(line[4:]) for line in days(said)] == [*AS_SHIPPED.values()]
    assert [line[:4] for line in (days(said)[0], days(said)[15])] == [
        ["1", "Wed", "25", "Nov"],
        ["16", "Thu", "10", "Dec"],
    ]
    assert re.search(r"^day  date +en  fr  es  pt  ar  de  nl *$", said, re.MULTILINE)
    assert re.search(r"^berlin +de, nl, fr +X, Bluesky +96 +0$", said, re.MULTILINE)
    grid = said[said.index("\n16days-") :].splitlines()
    assert [line for line in grid if len(line) > 80 and not line.startswith("X will charge")] == []
    assert "No errors" in grid[-1]


def test_as_a_document_the_grid_stands_beside_the_problems(check: Check) -> None:
    said = document(check(EXAMPLE, "--json"))
    assert list(said) == ["problems", "counts", "grid", "charges", "approvals"]
    assert said["grid"] == {
        str(number): {tag: STATES[mark] for tag, mark in zip(LANGUAGES, cells.split(), strict=True)}
        for number, cells in AS_SHIPPED.items()
    }


# What a cell says


LANGUAGES = ("en", "fr", "es", "pt", "ar", "de", "nl")
"""In the order in which the example posts them."""
CELLS: Mapping[int, tuple[dict[str, str], str]] = {
    1: ({}, "✓ ✓ ✓ ✓ ✓ ✓ ✓"),
    2: ({"fr.toml": LONG}, "✓ ✗ ✓ ✓ ✓ ✓ ✓"),
    3: ({"fr.toml": ""}, "✓ ✗ ✓ ✓ ✓ ✓ ✓"),
    4: ({"fr.toml": "text = {oops}"}, "✓ ✗ ✓ ✓ ✓ ✓ ✓"),
    5: ({"day.toml": ""}, "✗ ✗ ✗ ✗ ✗ ✗ ✗"),
    # What is wrong with one embassy's own words is wrong on that day in that language.
    6: ({"fr.dakar.toml": LONG}, "✓ ✗ ✓ ✓ ✓ ✓ ✓"),
    7: ({"day.toml": f"{LINK}…"}, "⚠ ⚠ ⚠ ⚠ ⚠ ⚠ ⚠"),
    # An error outweighs a warning.
    8: ({"day.toml": f"{LINK}…", "de.toml": LONG}, "⚠ ⚠ ⚠ ⚠ ⚠ ✗ ⚠"),
}
"""By day: files of it, and what its cells come to by that."""


def test_a_cell_says_the_worst_that_is_true_of_any_post(check: Check, changed: Changed) -> None:
    folders = {int(folder.name[:2]): folder.name for folder in (ROOT / "posts").glob("[01]*")}
    config = changed(
        {
            f"posts/{folders[number]}/{name}": content
            for number, (files, _) in CELLS.items()
            for name, content in files.items()
        }
    )
    expected = {number: CELLS.get(number, ({}, AS_SHIPPED[number]))[1].split() for number in folders}
    assert {int(line[0]): line[4:] for line in days(check(config))} == expected
    assert document(check(config, "--json"))["grid"] == {
        str(number): {tag: STATES[mark] for tag, mark in zip(LANGUAGES, expected[number], strict=True)}
        for number in sorted(folders)
    }


def test_a_text_that_is_missing_is_an_error_and_one_that_nobody_posts_is_none(check: Check, changed: Changed) -> None:
    config = changed({})
    (config.parent / FIVE / "de.toml").unlink()
    assert days(check(config))[4][4:] == [*"✓✓✓✓✓✗✓"]
    # Berlin alone posts in German.
    berlin = config.read_text("utf-8").replace(
        'languages = ["de", "nl", "fr"]', 'languages = ["de", "nl", "fr"]\nskip = ["5/de"]'
    )
    config.write_text(berlin, encoding="utf-8")
    assert days(check(config))[4][4:] == [*"✓✓✓✓✓–✓"]
    assert document(check(config, "--json"))["grid"]["5"]["de"] == "none"


def test_a_language_that_is_never_posted_keeps_its_column(check: Check, changed: Changed) -> None:
    config = changed({})
    languages = 'languages = ["de", "nl", "fr"]'
    berlin = config.read_text("utf-8").replace(languages, f"{languages}\ndays = {{de = []}}")
    config.write_text(berlin, encoding="utf-8")
    assert {line[9] for line in days(check(config))} == {"–"}


@pytest.mark.parametrize(
    ("concern", "struck", "of"),
    [
        (Scope(5), 7, ["5"]),
        (Scope(5, language="fr"), 1, ["5"]),
        (Scope(5, frozenset({"canberra"})), 1, ["5"]),
        (Scope(5, frozenset({"canberra"}), language="fr"), 0, []),
        (Scope(embassies=frozenset({"dakar", "berlin"}), platform="x"), 48, [str(n) for n in range(1, 17)]),
        (Scope(5, frozenset({"ottawa"}), "bluesky", "en"), 1, ["5"]),
        (Scope(5, platform="mastodon"), 0, []),
        (NO_DELIVERY, 0, []),
    ],
)
def test_a_problem_strikes_the_cells_of_what_it_concerns(concern: Scope, struck: int, of: list[str]) -> None:
    plan = plan_of(EXAMPLE)
    deliveries = list(plan)
    for make, state in ((error, "error"), (warning, "warning")):
        grid = json_documents.grid_json(
            plan, deliveries, [make("rule", Location(EXAMPLE, 1), "Wrong.", "Mend it.", concern)]
        )
        assert [number for number, row in grid.items() if state in row.values()] == of
        assert sum(list(row.values()).count(state) for row in grid.values()) == struck


def test_an_error_in_everything_strikes_every_cell_and_a_warning_about_everything_none() -> None:
    plan = plan_of(EXAMPLE)
    deliveries = list(plan)
    for make, state in ((error, "error"), (warning, "sound")):
        grid = json_documents.grid_json(
            plan, deliveries, [make("rule", Location(EXAMPLE, 1), "Wrong.", "Mend it.", WHOLE_CAMPAIGN)]
        )
        assert {said for row in grid.values() for said in row.values()} == {state}


# The embassies


def test_each_embassy_says_how_much_is_planned_and_how_much_of_it_is_held(check: Check, changed: Changed) -> None:
    said = check(changed({f"{FIVE}/fr.toml": LONG, "posts/06-geneva/day.toml": ""}))
    lines = {line.split()[0]: line.split()[-2:] for line in said.splitlines() if "X, Bluesky" in line}
    # The text that is too long for X still goes out on Bluesky; day 6 can't be read at all.
    assert lines["canberra"] == ["32", "2"]
    assert lines["dakar"] == ["32", "3"]
    assert lines["berlin"] == ["96", "7"]
    assert lines["ottawa"] == ["64", "5"]


def test_a_warning_holds_nothing(check: Check, changed: Changed) -> None:
    said = check(changed({f"{FIVE}/day.toml": f"{LINK}…"}))
    assert {line.split()[-1] for line in said.splitlines() if "X, Bluesky" in line} == {"0"}


# Many languages, many embassies, little room


@pytest.mark.parametrize(("width", "blocks"), [(140, 1), (80, 2), (40, 5), (27, 9)])
def test_many_languages_stand_in_as_many_blocks_as_the_page_needs(
    check: Check, tmp_path: Path, width: int, blocks: int
) -> None:
    config = campaigns.write(tmp_path, campaigns.files(TWENTY_FOUR))
    said = check(config, width=width)
    headings = re.findall(r"^day +date +(.+)$", said, re.MULTILINE)
    assert len(days(said)) == 16 * blocks
    assert [tag for heading in headings for tag in heading.split()] == TWENTY_FOUR
    assert all(len("day  Wed 25 Nov  ") + len(heading) <= width for heading in headings)
    assert set(document(check(config, "--json"))["grid"]["16"]) == set(TWENTY_FOUR)


def test_nothing_is_drawn_where_nobody_posts(check: Check, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files() | {"config.toml": '[campaign]\nposts = "posts"\n'})
    said = check(config)
    assert days(said) == []
    assert "nobody posts it" not in said
    assert document(check(config, "--json"))["grid"] == {str(number): {} for number in range(1, 17)}


def test_a_thousand_problems_of_a_hundred_embassies_are_added_up_at_once(tmp_path: Path) -> None:
    names = {f"e{number:03}": "Europe/Brussels" for number in range(120)}
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(("en", "fr", "de"), names)))
    deliveries = list(plan)
    place = Location(plan.config.file, 1)
    found = [
        error("rule", place, f"{name} {day}", "", Scope(day, frozenset({name}), "x", "en"))
        for name in names
        for day in range(1, 17)
    ]
    began = time.process_time()
    grid = json_documents.grid_json(plan, deliveries, found)
    assert time.process_time() - began < 2
    assert len(deliveries) == 120 * 16 * 3 * 2
    assert {tuple(row.values()) for row in grid.values()} == {("error", "sound", "sound")}


# What is accepted


@pytest.mark.parametrize(
    ("five", "six", "said"),
    [
        ("", "", None),
        ('unused-link = "It is said aloud."\n', "", "1 warning is accepted, with a reason in its file."),
        (
            'unused-link = "It is said aloud."\n',
            'unused-link = "This one too."\n',
            "2 warnings are accepted, each with a reason in its file.",
        ),
        # What is accepted in vain is a warning of its own.
        ('unused-link = "It is said aloud."\nodd = "?"\n', "", "1 warning is accepted, with a reason in its file."),
    ],
)
def test_how_many_warnings_are_accepted_is_said_in_a_line(
    check: Check, tmp_path: Path, five: str, six: str, said: str | None
) -> None:
    day = 'title = "Day"\nfacts = ["one"]\n' + LINK
    files = {"posts/05-day/day.toml": f"{day}[accept]\n{five}", "posts/06-day/day.toml": f"{day}[accept]\n{six}"}
    answer = check(campaigns.write(tmp_path, campaigns.files() | files), width=140)
    lines = [line for line in answer.splitlines() if "accepted, " in line]
    assert lines == ([said] if said else [])
