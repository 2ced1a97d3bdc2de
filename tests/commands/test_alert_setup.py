"""`alert --setup`: the lines of [alerts] in config.toml, with straight quotes and without a secret."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from orangeday.cli import main
from orangeday.content import config

from ..support import campaigns

if sys.platform != "win32":
    from ..support.terminal import Terminal

URL = "mailtos://press:{secret}@example.org?to=ann@example.org"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `alert` in a folder with a campaign; gives the status and what was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    campaigns.write(tmp_path, campaigns.files())

    def run(*words: str) -> tuple[int, str]:
        status = main(["alert", *words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return status, said.err + said.out

    return run


def test_the_hint_can_be_pasted_into_the_config_as_it_is(run: Run, tmp_path: Path) -> None:
    status, said = run("--test")
    assert status == 2 and "Type: orangeday alert --setup" in said
    lines = said.partition("\n\n")[2]
    assert tomllib.loads(lines)["alerts"]["tomorrow"] == "17:00"
    file = tmp_path / "config.toml"
    file.write_text(f"{file.read_text()}\n{lines}")
    assert config.load(file).alerts == "mailtos://press:{secret}@example.org?to=someone@example.org"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_lines_are_written_and_the_rest_stays_as_it_is(run: Run, tmp_path: Path, line_end: str) -> None:
    file = tmp_path / "config.toml"
    before = file.read_text().replace("\n", line_end).encode()
    file.write_bytes(before)
    file.chmod(0o640)
    status, said = run("--setup", "--url", URL)
    assert status == 0 and f'url = "{URL}"' in said and "ORANGEDAY_ALERTS_SECRET" in said
    assert said.rstrip().endswith("Next: orangeday alert --test")
    expected = f'[alerts]\nurl = "{URL}"\ntomorrow = "17:00"\n'.replace("\n", line_end).encode()
    assert file.read_bytes() == before.rstrip() + line_end.encode() * 2 + expected
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "posts"]
    status, said = run("--setup", "--url", URL)
    assert status == 2 and "says already where alerts go" in said


def test_the_examples_own_lines_make_room_for_them(tmp_path: Path, run: Run) -> None:
    assert main(["init", "ours", "--embassy", "Nairobi, Kenya", "--x", "B"]) == 0
    file = tmp_path / "ours/config.toml"
    assert main(["alert", "--config", str(file), "--setup", "--url", URL]) == 0
    text = file.read_text("utf-8")
    assert "# [alerts]" not in text and text.count("mailtos://") == 1
    assert text.index("[bluesky]") < text.index("[alerts]")


@pytest.mark.parametrize("url", ["mail to me", "mailtos://press:hunter2@example.org", ""])
def test_no_password_and_nothing_that_is_no_address_is_written(url: str, run: Run, tmp_path: Path) -> None:
    before = (tmp_path / "config.toml").read_bytes()
    status, said = run("--setup", "--url", url)
    assert status == 2 and "config.toml is as it was" in said and "hunter2" not in said
    assert (tmp_path / "config.toml").read_bytes() == before


def test_without_a_terminal_the_address_is_an_option(run: Run) -> None:
    status, said = run("--setup")
    assert status == 2 and "orangeday alert --setup --url" in said


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_a_person_is_asked_and_the_password_goes_into_the_keyring(run: Run, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    terminal = Terminal(["alert", "--setup"], tmp_path, keys, {})
    for question, answer in (
        ("1. By what? mail, telegram, slack, teams, ntfy [mail]: ", ""),
        ("whose password you have: ", "not an address"),
        ("“not an address” can't be that", "press@example.org"),
        ("3. The mail address that it goes to: ", "ann@example.org"),
        ("4. The server that sends its mail, if it is another [example.org]: ", "smtp.example.org"),
        ("At which hour? no for never [17:00]: ", "16h30"),
        ("The password of that mail address (it isn't shown; Enter to give it later): ", "hunter2"),
    ):
        terminal.until(question)
        terminal.type(answer)
    terminal.until("Next: orangeday alert --test")
    assert terminal.end() == 0
    assert "hunter2" not in terminal.seen
    alerts = tomllib.loads((tmp_path / "config.toml").read_text())["alerts"]
    assert alerts == {
        "url": "mailtos://press:{secret}@example.org?to=ann@example.org&smtp=smtp.example.org", "tomorrow": "16:30",
    }  # fmt: skip
    assert list(json.loads(keys.read_text()).values()) == ["hunter2"]
