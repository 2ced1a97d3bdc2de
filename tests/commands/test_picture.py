"""`picture`: a photo of one's own in the place of a day's card, with its alt text, and the way back."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from orangeday.cli import main

from ..support import campaigns
from ..support.common import BEFORE

Run = Callable[..., tuple[int, str]]

TEXT = """\
text = "Day 7 in {language}, from {{city}}."

[card]
headline = "A headline in {language}"   # a comment
alt = "Orange card: “A headline in {language}”."
"""
FOLDER = Path("posts/07-day")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command in a folder with cards for day 7 in two languages, and photo.jpg beside the config."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    texts = {f"posts/07-day/{language}.toml": TEXT.format(language=language) for language in ("en", "fr")}
    campaigns.write(tmp_path, campaigns.files(("en", "fr")) | texts)
    (tmp_path / "photo.jpg").write_bytes(photo("JPEG"))

    def run(*words: str) -> tuple[int, str]:
        status = main([*words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return status, said.err + said.out

    with time_machine.travel(BEFORE):
        assert run("cards", "7")[0] == 0
        yield run


def photo(kind: str, size: tuple[int, int] = (1200, 800)) -> bytes:
    content = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(content, kind)
    return content.getvalue()


def tree() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in FOLDER.iterdir()}


def test_a_photo_takes_the_place_of_the_card_of_one_language(run: Run) -> None:
    before = tree()
    status, said = run("picture", "7", "photo.jpg", "--language", "en", "--alt", 'She says “yes” \\ "no".')
    after = tree()
    assert status == 0
    assert after["en.jpg"] == Path("photo.jpg").read_bytes() and "en.png" not in after
    assert tomllib.loads(after["en.toml"].decode())["card"]["alt"] == 'She says “yes” \\ "no".'
    assert {name: after[name] for name in ("fr.toml", "fr.png", "day.toml")} == {
        name: before[name] for name in ("fr.toml", "fr.png", "day.toml")
    }
    assert "Deleted posts/07-day/en.png" in said and "orangeday approve 7 --language en" in said
    assert "orangeday preview 7" in said
    assert run("check")[0] == 0


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_back_to_the_card_everything_is_as_it_was(line_end: str, run: Run) -> None:
    text = FOLDER / "en.toml"
    text.write_bytes(text.read_bytes().replace(b"\n", line_end.encode()))
    before = tree()
    run("picture", "7", "photo.jpg", "--language", "en", "--alt", "A long table.")
    status, said = run("picture", "7", "--remove", "--language", "en")
    assert status == 0 and "orangeday cards 7" in said
    assert "Kept your picture posts/07-day/en.jpg as en.jpg.removed." in said and "Deleted" not in said
    assert run("cards", "7")[0] == 0
    after = tree()
    assert after.pop("en.jpg.removed") == Path("photo.jpg").read_bytes()
    assert after == before


def test_each_language_needs_its_alt_text(run: Run) -> None:
    before = tree()
    for words in ([], ["--alt", "A long table."]):
        status, said = run("picture", "7", "photo.jpg", *words)
        assert status == 2 and tree() == before
        for language in ("en", "fr"):
            assert f'orangeday picture 7 photo.jpg --language {language} --alt "…"' in said
    status, said = run("picture", "7", "photo.jpg", "--language", "en", "--alt", " ")
    assert status == 2 and "--alt is empty" in said and tree() == before


def test_a_picture_of_ones_own_is_never_lost(run: Run) -> None:
    Path("other.png").write_bytes(photo("PNG"))
    run("picture", "7", "photo.jpg", "--language", "en", "--alt", "A long table.")
    run("picture", "7", "other.png", "--language", "en", "--alt", "A short table.")
    after = tree()
    assert after["en.png"] == Path("other.png").read_bytes()
    assert after["en.jpg.removed"] == Path("photo.jpg").read_bytes() and "en.jpg" not in after
    status, said = run("check")
    assert status == 0 and "removed" not in said


def test_for_one_embassy_its_words_become_its_own(run: Run) -> None:
    status, said = run("picture", "7", "photo.jpg", "--embassy", "nairobi", "--language", "en", "--alt", "In Nairobi.")
    after = tree()
    assert status == 0 and "en.png" in after and "en.nairobi.jpg" in after
    own = tomllib.loads(after["en.nairobi.toml"].decode())
    assert own["text"] == tomllib.loads(after["en.toml"].decode())["text"] and own["card"]["alt"] == "In Nairobi."
    assert "doesn't reach them" in said and "orangeday approve 7 --language en --embassy nairobi" in said
    assert run("check")[0] == 0


def test_an_embassys_own_words_name_the_schema_that_everybodys_do(run: Run) -> None:
    file = Path("posts/07-day/en.toml")
    line = b"#:schema ../../.schemas/text.json\n"
    file.write_bytes(line + file.read_bytes())
    words = ["picture", "7", "photo.jpg", "--embassy", "nairobi", "--language", "en", "--alt", "In Nairobi."]
    assert run(*words)[0] == 0
    assert tree()["en.nairobi.toml"].startswith(line)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["7", "nothing.jpg"], "there is no such picture"),
        (["7", "posts/campaign.toml"], "can't be posted"),
        (["7", "posts/07-day/en.png"], "is a card that orangeday drew"),
        (["7"], "Name a picture, or say --remove"),
        (["7", "photo.jpg", "--remove"], "one of the two"),
        (["1-2", "photo.jpg"], "A picture is for one day"),
        (["17", "photo.jpg"], "There is no day “17”"),
        (["8", "photo.jpg"], "has no card"),
        (["7", "--remove"], "has no picture of your own"),
        (["7", "photo.jpg", "--embassy", "lima"], "There is no embassy “lima”"),
        (["7", "photo.jpg", "--language", "nl"], "There is no language “nl”"),
    ],
)
def test_what_cant_be_done_is_said_and_changes_nothing(words: list[str], said: str, run: Run) -> None:
    before = tree()
    options = [] if "--language" in words else ["--language", "en"]
    status, output = run("picture", *words, *options, "--alt", "A long table.")
    assert status == 2 and said in output
    assert tree() == before


def test_what_is_wrong_with_the_alt_text_is_said_at_once(run: Run) -> None:
    _, said = run("picture", "7", "photo.jpg", "--language", "en", "--alt", "A photo of “A headline in en”.")
    assert "wordy-alt" in said or "begins with" in said
    assert "says the card's headline" in said


def test_a_picture_that_is_posted_otherwise_is_said_before_it_is_approved(run: Run) -> None:
    Path("large.png").write_bytes(photo("PNG"))
    _, said = run("picture", "7", "large.png", "--language", "en", "--alt", "A long table.")
    assert "is posted" in said and "Bluesky" in said


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_no_file_elsewhere_is_touched_through_a_link(run: Run) -> None:
    elsewhere = Path("elsewhere.jpg")
    elsewhere.write_bytes(photo("JPEG"))
    before = elsewhere.read_bytes()
    link = FOLDER / "en.jpg"
    link.symlink_to(elsewhere.resolve())
    status, said = run("picture", "7", "photo.jpg", "--language", "en", "--alt", "A long table.")
    assert status == 2 and "is a link" in said
    link.rename(FOLDER / "en.jpeg")
    assert run("picture", "7", "photo.jpg", "--language", "en", "--alt", "A long table.")[0] == 0
    assert elsewhere.read_bytes() == before and not (FOLDER / "en.jpeg").is_symlink()


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own needs a pty")
def test_on_a_terminal_it_asks_in_each_language_and_ctrl_c_changes_nothing(run: Run, tmp_path: Path) -> None:
    from ..support.offset_clock import ahead
    from ..support.terminal import Terminal

    environment = {"AHEAD": str(ahead(BEFORE))}
    before = tree()
    terminal = Terminal(["picture", "7", "photo.jpg"], tmp_path, tmp_path / "keys.json", environment)
    terminal.until("In English")
    terminal.type("A long table.")
    terminal.until("In French")
    terminal.press(b"\x03")
    terminal.until("Nothing was changed.")
    assert terminal.end() == 2 and tree() == before
    terminal = Terminal(["picture", "7", "photo.jpg"], tmp_path, tmp_path / "keys.json", environment)
    terminal.until("In English")
    terminal.type("A long table.")
    terminal.until("In French")
    terminal.type("Une longue table.")
    assert terminal.end() == 0
    alts = {name: tomllib.loads(tree()[name].decode())["card"]["alt"] for name in ("en.toml", "fr.toml")}
    assert alts == {"en.toml": "A long table.", "fr.toml": "Une longue table."}
