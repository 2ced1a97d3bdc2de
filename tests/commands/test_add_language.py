"""`add-language`: a file to fill in for each day, what campaign.toml needs, and nothing sent before it is filled in."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main
from orangeday.content import campaign
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import BEFORE, ROOT, plan_of

Run = Callable[..., tuple[int, str]]

CAMPAIGN = """\
id = "16days"
minister = "Ann Peeters"

[hashtags]  # in each language
en = ["#16Days"]
fr = ["#16Jours"]

[cards]
from = { en = "Belgian diplomacy", fr = "Diplomatie belge" }

[handles.un-women]
name = "UN Women"
"""
TEXT = """\
text = '''
Café {city} — “quoted”.

{hashtags}
'''
bluesky = "Only there, {city}."

[card]
headline = "A headline"
alt = "Orange card: “A headline”."
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `add-language` in a folder with a campaign in English and French; gives the status and what was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    files = campaigns.files(("en", "fr"))
    campaigns.write(tmp_path, files | {"posts/campaign.toml": CAMPAIGN, "posts/05-day/en.toml": TEXT})

    def run(*words: str) -> tuple[int, str]:
        status = main(["add-language", *words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return status, said.err + said.out

    with time_machine.travel(BEFORE):
        yield run


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_each_day_gets_a_file_to_fill_in(run: Run, tmp_path: Path) -> None:
    before = tree(tmp_path)
    status, said = run("it")
    after = tree(tmp_path)
    assert status == 0 and "Wrote 16 files" in said and "Italian (it)" in said
    assert {name: after[name] for name in before if name != "posts/campaign.toml"} == {
        name: content for name, content in before.items() if name != "posts/campaign.toml"
    }
    file = after["posts/05-day/it.toml"].decode()
    assert tomllib.loads(file) == {"text": "\n", "bluesky": "\n", "card": {"headline": "", "alt": ""}}
    for words in (
        "# Café {city} — “quoted”.",
        "# {hashtags}",
        "# Only there",
        "# A headline",
        "# - One.",
        "280",
        "300",
    ):
        assert words in file


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_it_names_its_schema_where_the_text_beside_does(line_end: str, run: Run, tmp_path: Path) -> None:
    source = tmp_path / "posts/05-day/en.toml"
    text = f"#:schema ../../.schemas/text.json\n{source.read_text('utf-8')}"
    source.write_bytes(text.replace("\n", line_end).encode())
    run("it")
    first_lines = [(tmp_path / f"posts/{day}-day/it.toml").read_text("utf-8").splitlines()[0] for day in ("05", "06")]
    assert first_lines == ["#:schema ../../.schemas/text.json", "# Day 6 in Italian: Day 6"]


def test_campaign_toml_gets_what_the_language_needs_and_keeps_the_rest(run: Run, tmp_path: Path) -> None:
    _, said = run("it")
    text = (tmp_path / "posts/campaign.toml").read_text("utf-8")
    assert text == CAMPAIGN.replace('fr = ["#16Jours"]\n', 'fr = ["#16Jours"]\nit = ["#16Days"]\n').replace(
        'fr = "Diplomatie belge" }', 'fr = "Diplomatie belge", it = "…" }'
    )
    assert "line 7, [hashtags]" in said and "line 10, [cards] from" in said and "Belgian diplomacy" in said


@pytest.mark.parametrize("language", ["con", "aux", "nul"])
def test_a_language_whose_file_would_be_a_device_of_windows_is_refused(language: str, run: Run, tmp_path: Path) -> None:
    """Cofán, Aurá and Nusa Laut: what is written into `con.toml` would stand on the screen, and be nowhere."""
    before = sorted(tmp_path.rglob("*"))
    status, said = run(language)
    assert status == 2 and f"Windows keeps the name “{language}.toml” for a device" in said
    assert sorted(tmp_path.rglob("*")) == before


def test_what_isnt_filled_in_holds_that_language_alone(run: Run, tmp_path: Path) -> None:
    run("it")
    config = tmp_path / "config.toml"
    config.write_text(
        config.read_text().replace('["en", "fr"]', '["en", "fr", "it"]').replace('fr = "', 'it = "R", fr = "')
    )
    plan = plan_of(config)
    problems = [p for p in check(plan, BEFORE) if p.rule == "empty-text"]
    assert {p.location.file.name for p in problems} == {"it.toml"}
    assert {(p.scope.language, p.scope.day) for p in problems} == {("it", number) for number in range(1, 17)}
    assert "it" not in campaign.load(tmp_path / "posts").languages


def test_no_words_of_another_file_become_more_than_a_comment(run: Run, tmp_path: Path) -> None:
    title = r"A day\u000b[x]\u2028y = 1\r\u0085z = 2\nmore\u001b[31m"
    (tmp_path / "posts/05-day/day.toml").write_text(f'title = "{title}"\nfacts = ["one"]\n', encoding="utf-8")
    assert run("it")[0] == 0
    file = (tmp_path / "posts/05-day/it.toml").read_text("utf-8")
    assert tomllib.loads(file).keys() == {"text", "bluesky", "card"} and "\x1b" not in file


@pytest.mark.parametrize(
    ("typed", "name"), [("Italian", "it"), ("italiano", "it"), ("PT_br", "pt-BR"), ("Japans", "ja"), ("العربية", "ar")]
)
def test_a_language_is_known_by_code_and_name(typed: str, name: str, run: Run, tmp_path: Path) -> None:
    assert run(typed)[0] == 0
    assert (tmp_path / "posts/16-day" / f"{name}.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Klingonish"], "There is no language “Klingonish”"),
        (["xx"], "There is no language “xx”"),
        (["day"], "There is no language “day”"),
        (["../it"], "There is no language “../it”"),
        (["it", "--from", "nl"], "There is no language “nl”"),
    ],
)
def test_what_is_no_language_is_said_and_nothing_written(words: list[str], said: str, run: Run, tmp_path: Path) -> None:
    before = tree(tmp_path)
    status, output = run(*words)
    assert status == 2 and said in output
    assert tree(tmp_path) == before


def test_the_words_beside_are_of_the_language_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    run("it", "--from", "fr")
    assert "# Day 4 in fr" in (tmp_path / "posts/04-day/it.toml").read_text("utf-8")
    run("es")
    assert "# Day 4 in en" in (tmp_path / "posts/04-day/es.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["it.toml", "IT.toml", "it.toml.txt"])
def test_what_is_there_is_never_overwritten(name: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "posts/05-day" / name
    file.write_text('text = "Mine."\n')
    assert "Wrote 15 files" in run("it")[1]
    assert file.read_text() == 'text = "Mine."\n' and len(list(file.parent.glob("[iI][tT].*"))) == 1
    assert "none was written" in run("it")[1]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_cant_be_written_to_the_end_isnt_begun(
    failure: BaseException, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(tmp_path)
    write_to_disk, count = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == 10:
            raise failure
        write_to_disk(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    status, said = run("it")
    assert status == (130 if isinstance(failure, KeyboardInterrupt) else 2)
    assert isinstance(failure, KeyboardInterrupt) or "Nothing was written" in said
    assert tree(tmp_path) == before


def test_a_day_that_cant_be_read_is_named_and_the_others_are_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts/03-day/day.toml").write_text("title = \n")
    status, said = run("it")
    assert status == 1 and "day 3" in said and "Wrote 15 files" in said


def test_the_shipped_campaign_takes_another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "posts", tmp_path / "posts")
    shutil.copy(ROOT / "config.example.toml", tmp_path / "config.toml")
    monkeypatch.chdir(tmp_path)
    with time_machine.travel(BEFORE):
        assert main(["add-language", "ja"]) == 0
    before, after = (campaign.load(folder) for folder in (ROOT / "posts", tmp_path / "posts"))
    assert after.languages == before.languages and len(list(tmp_path.glob("posts/*/ja.toml"))) == 16
    assert {p.rule for p in after.problems} == {"empty-text"}
