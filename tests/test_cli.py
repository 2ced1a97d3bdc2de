"""The command line, as its users meet it: through `main(argv)` and as a process, on real files."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.adapters.dry_run import DryRun
from orangeday.cli import ALSO, COMMAND_GROUPS, COMMANDS, main
from orangeday.commands.files import Files
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger

from .support import campaigns
from .support.common import BEFORE, EXAMPLE, ROOT, plan_of
from .support.fork_server import born
from .support.offset_clock import ahead, environment_at

if sys.platform != "win32":
    from .support.terminal import Terminal

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command line in a folder of its own, long before the campaign unless the test travels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    for name in ("ORANGEDAY_CONFIG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*argv: str | Path) -> Ran:
        status = main([str(argument) for argument in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Ran(status, said.out, said.err)

    with time_machine.travel(BEFORE):
        yield run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One embassy, one language, two accounts."""
    return campaigns.write(tmp_path, campaigns.files())


# Help


def test_help_names_every_command_on_one_screen_of_80_by_24(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for words in ["--help"], ["-h"], []:
        ran = run(*words)
        assert ran.status == (0 if words else 2)
        lines = (ran.out or ran.err).splitlines()
        assert len(lines) <= 23, "the last is the prompt's"
        assert max(map(len, lines)) <= 80
        for name, line in COMMANDS.items():
            if name not in COMMAND_GROUPS[ALSO]:
                assert any(f" {name} " in row and row.rstrip().endswith(line) for row in lines), name
        assert any(row.startswith(ALSO) and all(name in row for name in COMMAND_GROUPS[ALSO]) for row in lines)
        groups = [row.split()[0] for row in lines if row[:1].isupper()]
        assert groups == ["Prepare", "Run", "Trouble", "After", "Also", "First"]


def test_the_guide_says_what_to_do_first_and_knows_every_option(run: Run) -> None:
    ran = run("help")
    assert ran.status == 0
    assert all(f" {name} " in ran.out and line in ran.out for name, line in COMMANDS.items())
    for words in ("The first hour", "orangeday init embassy", "--config", "--version", "Exit status"):
        assert words in ran.out


@pytest.mark.parametrize("name", ["retry", "schedule"])
def test_help_with_a_name_is_that_commands_own_help(run: Run, name: str) -> None:
    assert run("help", name) == run(name, "--help")


def test_help_on_what_is_no_command_says_which_was_meant(run: Run) -> None:
    ran = run("help", "chek")
    assert ran.status == 2 and "Did you mean 'check'" in ran.err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_first_line_of_a_commands_own_help(run: Run, name: str) -> None:
    function_name = name.replace("-", "_")
    function = getattr(import_module(f"orangeday.commands.{function_name}"), function_name)
    assert function.__doc__.splitlines()[0] == COMMANDS[name]
    ran = run(name, "--help")
    assert ran.status == 0
    assert COMMANDS[name] in ran.out
    assert ran.out.count("--config FILE") == 1, "what every command takes stands in one line"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("preview", "[DAY…]"), ("cards", "[DAY…]"), ("approve", "[DAY…]"), ("retract", "[KEY…]"), ("pause", "[WHAT…]"),
        ("resume", "[WHAT…]"),
    ],
)  # fmt: skip
def test_help_shows_of_what_a_command_takes_several(run: Run, name: str, arguments: str) -> None:
    assert f"orangeday {name} [OPTIONS] {arguments}" in run(name, "--help").out


def test_every_file_in_commands_is_a_command_and_stands_in_the_table_of_the_docs() -> None:
    files = {file.stem for file in (ROOT / "src/orangeday/commands").glob("*.py")}
    files -= {
        "__init__",
        "approval_context",
        "completion",
        "connector",
        "documents",
        "files",
        "ledgers",
        "options",
        "page_answers",
    }
    files -= {"alert_setup", "interview", "reapproval", "runs", "selection", "stopping"}
    assert {file.replace("_", "-") for file in files} == set(COMMANDS)
    table = (ROOT / "docs/README.md").read_text("utf-8")
    assert all(f"`{name}" in table for name in COMMANDS)


def test_without_a_command_the_help_is_shown_and_it_counts_as_wrong_usage(run: Run) -> None:
    ran = run()
    assert ran.status == 2
    assert "orangeday COMMAND" in ran.out


def test_the_version_is_said_before_or_after(run: Run) -> None:
    ran = run("--version")
    assert (ran.status, ran.out.split()[0]) == (0, "orangeday")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["chek"], "Did you mean 'check'"),
        (["preview", "--langage", "fr"], "--language"),
        (["preview", "17"], "There is no day “17”"),
        (["preview", "five"], "five"),
        (["preview", "--platform", "twitter"], "x, bluesky"),
        (["preview", "--embassy", "berln"], "berlin"),
        (["preview", "--language", "ge"], "There are: "),
        (["--config", "nowhere.toml", "check"], "nowhere.toml"),
        (["status"], "orangeday init"),
        (["publish"], "orangeday init"),
        (["schedule", "--live"], "orangeday init"),
        (["check", "extra"], "extra"),
    ],
)
def test_wrong_usage_says_what_is_wrong_and_ends_with_2(run: Run, argv: list[str], words: str) -> None:
    ran = run(*argv)
    assert ran.status == 2
    assert words in ran.err
    assert ran.out == ""


def test_the_config_may_be_named_before_or_after_the_command_or_in_the_environment(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = small.rename(small.with_name("ours.toml"))
    answers = [run("--config", elsewhere, "preview", "--json"), run("preview", "--json", "--config", elsewhere)]
    monkeypatch.setenv("ORANGEDAY_CONFIG", str(elsewhere))
    answers.append(run("preview", "--json"))
    monkeypatch.setenv("ORANGEDAY_CONFIG", "nowhere.toml")
    answers.append(run("--config", elsewhere, "preview", "--json"))
    answers.append(run("preview", "--config", elsewhere, "--json"))
    assert [ran.status for ran in answers] == [0] * 5
    assert {ran.out for ran in answers} == {answers[0].out}


def test_a_config_that_cannot_be_read_says_where_and_ends_with_2(run: Run, small: Path) -> None:
    small.write_text("[campaign\n")
    for name in ("check", "calendar", "preview", "rehearse", "schedule", "publish", "status"):
        ran = run(name)
        assert ran.status == 2
        assert "config.toml:1" in ran.err


def test_a_config_that_cannot_be_trusted_sends_nothing(run: Run, small: Path) -> None:
    small.write_text('[publishing]\nmode = "liv"\n' + small.read_text())
    for name in ("rehearse", "schedule", "publish", "status"):
        ran = run(name)
        assert ran.status == 2
        assert "Did you mean “live”?" in ran.err
    assert run("check").status == 1


# Reading commands


def test_check_finds_in_the_shipped_campaign_only_what_a_person_confirms_each_year(run: Run) -> None:
    ran = run("check")
    assert ran.status == 0
    assert "No errors, 2 warnings in 16 days, 112 texts, 10 embassies" in ran.out
    assert "example that orangeday carries" in ran.err
    document = run("check", "--json").json
    assert [problem["rule"] for problem in document["problems"]] == ["aged-fact", "aged-fact"]
    assert document["counts"].items() >= {"error": 0, "warning": 2}.items()


def test_check_says_every_problem_with_its_place_and_ends_with_1(run: Run, small: Path) -> None:
    posts = small.parent / "posts"
    (posts / "03-day/en.toml").write_text(f'text = "{"word " * 70}"\n')
    (posts / "04-day/en.toml").unlink()
    (posts / "05-day/en.toml").write_text('txt = "x"\n')
    ran = run("check", "--json")
    assert ran.status == 1
    assert [(p["rule"], Path(p["file"]).parts[-2:], p["line"]) for p in ran.json["problems"]] == [
        ("too-long", ("03-day", "en.toml"), 1),
        ("too-long", ("03-day", "en.toml"), 1),
        ("missing-language", ("04-day", "en.toml"), 1),
        ("missing-key", ("05-day", "en.toml"), 1),
        ("unknown-key", ("05-day", "en.toml"), 1),
    ]
    assert ran.json["counts"].items() >= {"error": 5, "warning": 0}.items()
    assert all(set(p) == {"severity", "rule", "file", "line", "message", "hint"} for p in ran.json["problems"])
    text = run("check")
    assert text.status == 1
    assert "Did you mean “text”?" in text.out
    assert "5 errors" in text.out


def test_the_calendar_shows_all_sixteen_days(run: Run) -> None:
    ran = run("calendar")
    assert ran.status == 0
    assert "Wed 25 Nov" in ran.out
    assert "Thu 10 Dec" in ran.out
    days = run("calendar", "--json").json["days"]
    assert [day["day"] for day in days] == list(range(1, 17))
    assert days[0]["date"] == "2026-11-25"
    assert all(day["languages"] == ["ar", "de", "en", "es", "fr", "nl", "pt"] for day in days)


@pytest.mark.usefixtures("stated_zones")
def test_preview_shows_a_post_as_it_will_read(run: Run) -> None:
    ran = run("preview", "5", "--embassy", "berlin", "--language", "fr")
    assert ran.status == 0
    assert "Nous en sommes fiers, à Berlin aussi" in " ".join(ran.out.replace("│", " ").split())
    assert "/280" in ran.out
    assert "/300" in ran.out
    assert "Sun 29 Nov 09:40 UTC+1" in ran.out
    assert "29 Nov 08:40 UTC" in ran.out


def test_preview_as_a_document_has_every_delivery_of_the_filter(run: Run) -> None:
    deliveries = run("preview", "--json").json["deliveries"]
    assert len(deliveries) == 480
    assert len(run("preview", "1", "2", "--platform", "x", "--json").json["deliveries"]) == 30
    one = run("preview", "5", "--embassy", "nairobi", "--platform", "bluesky", "--json").json["deliveries"]
    assert [d["key"] for d in one] == ["16days-2026/05/nairobi/bluesky/en"]
    assert set(one[0]) == {
        "key", "day", "date", "due", "embassy", "platform", "language", "text", "length", "limit", "media", "link",
    }  # fmt: skip
    assert (one[0]["due"], one[0]["limit"]) == ("2026-11-29T07:00:00+00:00", 300)


def test_no_text_can_colour_or_clear_the_terminal(run: Run, small: Path) -> None:
    (small.parent / "posts/01-day/en.toml").write_text(
        'text = "\\u001b[2J\\u001b]0;x\\u0007[red]hello[/red] \\u202e"\n'
    )
    ran = run("preview", "1")
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "[red]hello[/red]" in ran.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only names that are text")
def test_no_name_of_a_file_can_colour_the_terminal_or_forge_a_line(run: Run, small: Path) -> None:
    for name in (b"\x1b[2J\x9b31m\xff", b"\nconfig.toml:1: error: all is lost", "\u202e".encode()):
        os.mkdir(os.fsencode(small.parent / "posts/1-") + name)  # noqa: PTH102  a name of bytes
    ran = run("check")
    assert ran.status == 1
    assert ran.out.count("a day's folder is named by two digits") == 3
    assert not {"\x1b", "\x9b", "\u202e", "\udcff"} & set(ran.out)
    assert "\nconfig.toml:1: error" not in ran.out
    document = run("check", "--json")
    assert not {"\x1b", "\x9b", "\u202e", "\udcff"} & set(document.out)
    names = {Path(problem["file"]).name for problem in document.json["problems"]}
    assert names >= {"1-\x1b[2J\udc9b31m\udcff", "1-\u202e"}, "a program gets them as they are"


def test_no_id_of_a_campaign_can_colour_the_terminal(run: Run, small: Path) -> None:
    (small.parent / "posts/campaign.toml").write_text('id = "a/\\u001b[2J\\n"\n')
    for name in ("check", "calendar", "preview", "rehearse", "status"):
        ran = run(name)
        assert "\x1b" not in ran.out + ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes of this kind")
@pytest.mark.parametrize("argv", [["check"], ["--config", "config.toml", "check"]])
def test_what_has_the_configs_name_and_is_no_file_is_named_and_no_example_stands_in(
    run: Run, tmp_path: Path, argv: list[str]
) -> None:
    config = tmp_path / "config.toml"
    made: dict[str, Callable[[], None]] = {
        "this is a folder, not a file": config.mkdir,
        "this isn't an ordinary file": lambda: os.mkfifo(config),
        "this is a link to a file that isn't there": lambda: config.symlink_to("nowhere"),
    }
    for words, make in made.items():
        make()
        ran = run(*argv)
        assert (ran.status, ran.out) == (2, "")
        assert words in ran.err
        config.rmdir() if config.is_dir() else config.unlink()


EVERY_READING_COMMAND = ["check", "calendar", "preview", "rehearse", "schedule", "publish", "status", "doctor"]


@pytest.mark.parametrize("name", EVERY_READING_COMMAND)
def test_where_a_campaign_lies_without_its_config_no_example_stands_in(run: Run, small: Path, name: str) -> None:
    small.unlink()
    ran = run(name)
    assert (ran.status, ran.out) == (2, "")
    assert "There is no config.toml here, but there is a folder posts." in ran.err
    assert ran.err.rstrip().endswith("with the campaign's own posts.")
    assert "use --config FILE" in ran.err
    assert "example" not in ran.err


@pytest.mark.parametrize("name", EVERY_READING_COMMAND)
@pytest.mark.parametrize("wrong", ["config.toml.txt", "config.toml.toml", "config .toml", "config (1).toml"])
def test_a_config_under_another_name_is_seen(run: Run, small: Path, name: str, wrong: str) -> None:
    small.rename(small.with_name(wrong))
    for posts in (True, False):
        if not posts:
            shutil.rmtree(small.parent / "posts")
        ran = run(name)
        assert (ran.status, ran.out) == (2, "")
        assert f"There is no file config.toml, but there is {wrong}. Rename it: config.toml." in ran.err
    ran = run("--config", small, name)
    assert (ran.status, ran.out) == (2, "")
    assert f"but there is {wrong}. Rename it: config.toml." in ran.err
    small.with_name(wrong).rename(small)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="it is config.toml there")
def test_a_config_in_capitals_is_seen(run: Run, small: Path) -> None:
    small.rename(small.with_name("Config.toml"))
    ran = run("check")
    assert (ran.status, ran.out) == (2, "")
    assert "but there is Config.toml. Rename it: config.toml." in ran.err


def test_a_config_that_is_a_document_is_called_what_it_is(run: Run, small: Path) -> None:
    small.unlink()
    for name in ("config.toml.docx", "config.toml"):
        small.with_name(name).write_bytes(b"PK\3\4word/document.xml")
        ran = run("check")
        assert (ran.status, ran.out) == (2, "")
        words = " ".join(ran.err.replace("→", "").split())
        assert "it is a Word document. Copy its text into a plain text editor" in words


@pytest.mark.parametrize("below", ["posts", "posts/05-day"])
def test_within_a_campaign_the_way_to_its_config_is_said(
    run: Run, small: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.parent / below)
    ran = run("check")
    assert (ran.status, ran.out) == (2, "")
    assert "This is a folder within a campaign: go to the folder of its config.toml" in ran.err
    assert not ran.err.rstrip().endswith("..")


def test_the_checkout_is_the_example_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = run("check")
    assert ran.status == 0
    assert "this is the example that orangeday carries" in ran.err


def test_a_config_is_found_in_whichever_form_its_name_is_stored(run: Run, small: Path) -> None:
    whole, apart = "été.toml", unicodedata.normalize("NFD", "été.toml")
    small.rename(small.with_name(apart))
    posts = (small.parent / "posts").rename(small.parent / unicodedata.normalize("NFD", "campagne-été"))
    with small.with_name(apart).open("r+", encoding="utf-8") as file:
        content = file.read().replace('posts = "posts"', 'posts = "campagne-été"')
        file.seek(0)
        file.write(content)
    assert run("--config", whole, "check").status == 0
    assert posts.is_dir()


def test_a_change_in_any_file_is_noticed_and_what_else_lies_there_is_not_looked_at(small: Path) -> None:
    posts = small.parent / "posts"
    files = Files(small, lambda: DUE)
    before = files.newest_plan()
    assert files.newest_plan() is before
    for file in ("05-day/en.toml", "05-day/fr.toml", "05-day/media/05.png", "media/logo.png", "facts.toml"):
        (posts / file).parent.mkdir(exist_ok=True)
        (posts / file).write_text('text = "a longer text"\n' if "facts" not in file else "# none\n")
        after = files.newest_plan()
        assert after is not before, file
        assert files.newest_plan() is after, file
        before = after
    (posts / "archive/2025").mkdir(parents=True)
    (posts / "archive/2025/en.toml").write_text("x")
    assert files.newest_plan() is before


def test_init_writes_files_that_check_and_rehearse_accept_and_never_overwrites(run: Run, tmp_path: Path) -> None:
    ran = run("init", tmp_path / "ours")
    assert ran.status == 0
    assert sorted(path.name for path in (tmp_path / "ours").iterdir()) == [
        ".gitattributes", ".gitignore", ".schemas", "config.toml", "posts",
    ]  # fmt: skip
    (tmp_path / "ours/config.toml").write_text((tmp_path / "ours/config.toml").read_text() + "# mine\n")
    again = run("init", tmp_path / "ours")
    assert again.status == 2
    assert "nothing was written" in again.err
    assert (tmp_path / "ours/config.toml").read_text().endswith("# mine\n")
    assert run("check", "--config", tmp_path / "ours/config.toml").status == 0


def test_init_into_a_folder_that_may_not_be_written_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run("init", tmp_path / "file")
    assert ran.status == 2
    assert "Choose" in ran.err


# The three clocks


def test_rehearse_plays_the_shipped_campaign_to_its_end(run: Run) -> None:
    ran = run("rehearse", "--json")
    assert ran.status == 0
    assert ran.json["counts"] == {"unapproved": 480}, "nobody has approved the example"
    assert {d["attempts"] for d in ran.json["deliveries"]} == {1}
    assert all(d["due"] == d["receipt"]["published_at"] for d in ran.json["deliveries"])
    assert set(ran.json["deliveries"][0]) == {
        "key", "day", "embassy", "platform", "language", "due", "state", "attempts", "receipt", "error", "step",
    }  # fmt: skip


def test_rehearse_shows_each_post_with_local_time_and_utc_and_a_summary(run: Run, small: Path) -> None:
    ran = run("rehearse")
    assert ran.status == 0
    assert ran.out.count("○ unapproved ") == 32
    assert "Wed 25 Nov 09:00 UTC+3" in ran.out
    assert "25 Nov 06:00 UTC" in ran.out
    assert "\n32 unapproved\n" in ran.out
    assert "nothing was sent" in ran.err
    assert (
        run("approve", "1-15", "--by", "Ann").status
        == run("approve", "--embassy", "nairobi", "--by", "Ann").status
        == 0
    )
    ran = run("rehearse")
    assert ran.status == 0
    assert (ran.out.count("✓ would go out "), ran.out.count("○ unapproved ")) == (30, 2)
    assert "\n30 would go out · 2 unapproved\n" in ran.out
    assert "published" not in ran.out


def test_rehearse_ends_with_1_where_a_post_would_not_go_out(run: Run, small: Path) -> None:
    (small.parent / "posts/16-day/en.toml").write_text('text = "{nobody}"\n')
    ran = run("rehearse", "--json")
    assert ran.status == 1
    assert ran.json["counts"] == {"unapproved": 30, "missed": 2}


def test_publish_posts_what_is_due_and_says_what_comes_next(run: Run, small: Path) -> None:
    with time_machine.travel(DUE + timedelta(minutes=1)):
        ran = run("publish")
        assert ran.status == 0
        assert ran.out.count("○ unapproved ") == 2
        assert "Next: Thu 26 Nov 09:00 UTC+3: Nairobi, day 2, English, on X." in ran.out
        assert "nothing is remembered" in ran.err
        assert run("publish", "--json").json["counts"] == {"unapproved": 2}
    with time_machine.travel(DUE - timedelta(minutes=1)):
        ran = run("publish", "--json")
        assert (ran.status, ran.json["counts"], ran.json["deliveries"]) == (0, {}, [])
    assert not list(small.parent.glob("*.db*")), "a dry run leaves nothing behind"


def test_publish_ends_with_1_where_something_is_held(run: Run, small: Path) -> None:
    (small.parent / "posts/01-day/en.toml").write_text('text = "{nobody}"\n')
    with time_machine.travel(DUE + timedelta(minutes=1)):
        ran = run("publish", "--json")
    assert ran.status == 1
    assert ran.json["counts"] == {"held": 2}
    assert "unknown placeholder {nobody}" in ran.json["deliveries"][0]["error"]


def test_publish_can_serve_one_embassy(run: Run) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 7, 30, tzinfo=UTC)):
        ran = run("publish", "--json", "--config", EXAMPLE, "--embassy", "hanoi")
    assert {d["embassy"] for d in ran.json["deliveries"]} == {"hanoi"}
    assert ran.json["counts"] == {"unapproved": 4}


@pytest.mark.parametrize("name", ["publish", "schedule"])
def test_a_live_run_is_refused_while_there_is_no_way_to_send(run: Run, small: Path, name: str) -> None:
    small.write_text(small.read_text().replace("example_be_nairobi_x", "be_nairobi").replace(".example", ".test"))
    ran = run(name, "--live")
    assert ran.status == 2
    assert "No account has its credentials here" in ran.err
    assert run(name, "--live", "--dry-run").status == 2
    assert not list(small.parent.glob("*.db*"))


def test_status_without_a_ledger_says_so_and_makes_none(run: Run, small: Path) -> None:
    ran = run("status")
    assert ran.status == 0
    assert "32 unapproved" in ran.out
    assert "There is no record of posts yet" in ran.err
    with time_machine.travel(DUE + timedelta(days=2)):
        later = run("status", "--json")
    assert later.status == 0
    assert later.json["counts"] == {"past": 4, "unapproved": 28}
    assert not list(small.parent.glob("*.db*"))


def test_status_tells_how_the_campaign_went_when_it_is_over(run: Run, small: Path) -> None:
    moment = [DUE - timedelta(hours=1)]
    plan = plan_of(small, moment[0])
    with (
        closing(Ledger(plan.config.ledger_url, lambda: moment[0])) as ledger,
        closing(Publisher(plan, ledger, lambda a: DryRun(a, lambda: moment[0]), lambda: moment[0])) as publisher,
    ):
        publisher.publish_due(moment[0])
        moment[0] = DUE
        publisher.publish_due(DUE)
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC)):
        ran, wrong = run("status", "--json"), run("status", "--wrong")
    assert ran.status == wrong.status == 1
    assert wrong.out.startswith("30 posts need attention\n")
    lines = [line.strip() for line in wrong.out.splitlines()]
    listed = [line for line in lines if re.match(r"✗ missed .* \d\d/nairobi/(x|bluesky)/en$", line)]
    steps = [line for line in lines if line.startswith("→ ")]
    assert len(listed) == 30
    assert len(steps) == 30
    for post, step in zip(listed, steps, strict=True):
        assert f"orangeday acknowledge {post.split()[-1]} --reas" in step
    assert ran.json["counts"] == {"published": 2, "missed": 30}
    assert {d["key"].split("/")[0] for d in ran.json["deliveries"]} == {"16days-2026"}


# As a process


def orangeday(*argv: str | Path, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Starts it as a program of its own, before the campaign."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.offset_clock", *argv],
        cwd=folder,
        env={**environment_at(BEFORE), "PYTHONWARNINGS": "error", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_schedule_logs_lines_elsewhere_than_on_a_terminal_and_stops_with_0(
    tmp_path: Path, name: signal.Signals
) -> None:
    with orangeday("schedule", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = ""
        while "Next: " not in said:
            line = process.stdout.readline()
            assert line, f"it ended by itself: {said}{process.stderr.read()}"
            said += line
        process.send_signal(name)
        said += process.stdout.read()
        err = process.stderr.read()
    assert process.returncode == 0, err
    assert "DRY RUN: 480 posts of 16days-20" in said
    assert "Stopped. The same command goes on from here." in said
    assert "nothing was sent" in err
    assert "\x1b" not in said


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_schedule_writes_a_json_object_a_line_for_a_collector_of_logs(tmp_path: Path) -> None:
    with orangeday("schedule", "--log", "json", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines: list[str] = []
        while not lines or "Next: " not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read()
        process.send_signal(signal.SIGTERM)
        lines += process.stdout.read().splitlines()
        messages = [json.loads(line) for line in process.stderr.read().splitlines()]
    events = [json.loads(line) for line in lines]
    assert process.returncode == 0
    assert all(datetime.fromisoformat(event["time"]) for event in (*events, *messages))
    assert events[0]["message"] == "DRY RUN: 480 posts of 16days-2026."
    assert sum(events[1]["counts"].values()) == sum(events[-1]["counts"].values()) == 480
    assert events[-1]["message"] == "Stopped. The same command goes on from here."
    assert "nothing was sent" in messages[-1]["message"]


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_schedule_shows_a_live_table_on_a_terminal_and_ctrl_c_stops_it(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**environment_at(BEFORE), "COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    argv = [sys.executable, "-m", "tests.support.offset_clock", "schedule"]
    with subprocess.Popen(argv, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen, deadline = "", time.monotonic() + 30
        while "Next in" not in seen and time.monotonic() < deadline:
            seen += os.read(ours, 4096).decode(errors="replace")
        process.send_signal(signal.SIGINT)
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:
                break
            if not read:
                break
            seen += read.decode(errors="replace")
        assert process.wait(30) == 0
    os.close(ours)
    assert "DRY RUN" in seen
    assert "canberra" in seen
    assert "480 unapproved" in seen
    assert "Stopped" in seen


@pytest.mark.integration
def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    with orangeday("preview", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(30)
        assert "Traceback" not in process.stderr.read()


@pytest.mark.integration
def test_a_pipe_that_knows_few_characters_gets_the_rest(tmp_path: Path) -> None:
    with orangeday("check", folder=tmp_path, PYTHONIOENCODING="ascii") as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "No errors" in out


@pytest.mark.integration
def test_a_pipe_and_no_color_get_plain_text(tmp_path: Path) -> None:
    for environment in ({}, {"NO_COLOR": "1"}):
        with orangeday("calendar", folder=tmp_path, **environment) as process:
            out, _ = process.communicate(timeout=30)
        assert "\x1b" not in out


def said_on_a_terminal(argv: Sequence[str], folder: Path, **environment: str) -> str:
    """What a command writes to a terminal of 100 columns, with all that moves its cursor and colours it."""
    import fcntl
    import pty
    import struct
    import termios

    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    program = [sys.executable, "-c", "from orangeday.cli import run; run()", *argv]
    given = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    given |= {"TERM": "xterm-256color", **environment}
    process = subprocess.Popen(program, cwd=folder, env=given, stdin=there, stdout=there, stderr=there)
    os.close(there)
    said = b""
    try:
        while read := os.read(here, 4096):
            said += read
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(here)
    assert process.wait(30) == 0, said
    return said.decode()


COLOURED = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|4[0-9]|9[0-7])[;m]")


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_schedule_writes_lines_on_a_terminal_that_cannot_move_its_cursor(tmp_path: Path) -> None:
    terminal = Terminal(["schedule"], tmp_path, tmp_path / "keys.json", {"TERM": "dumb", "AHEAD": str(ahead(BEFORE))})
    terminal.until("DRY RUN: 480 posts of 16days-2026.")
    terminal.until("Next:")
    terminal.press(b"\x03")
    assert terminal.end() == 0
    assert "Stopped. The same command goes on from here." in terminal.seen


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
@pytest.mark.parametrize("argv", [["calendar"], ["check"], ["help"], ["preview", "1"]], ids=" ".join)
def test_a_terminal_gets_no_more_than_it_asked_for(tmp_path: Path, argv: list[str]) -> None:
    usual = said_on_a_terminal(argv, tmp_path)
    assert COLOURED.search(usual)
    assert not COLOURED.search(said_on_a_terminal(argv, tmp_path, NO_COLOR="1"))
    assert "\x1b" not in said_on_a_terminal(argv, tmp_path, TERM="dumb")
    assert said_on_a_terminal(argv, tmp_path, COLUMNS="0") == usual


@pytest.mark.integration
@pytest.mark.parametrize("argv", [["--help"], ["check"], ["preview", "1"], ["calendar"]])
def test_looking_loads_no_sdk_and_no_database(tmp_path: Path, argv: list[str]) -> None:
    program = (
        "import sys; from orangeday.cli import main; main(sys.argv[1:]);"
        "heavy = {'tweepy', 'atproto', 'sqlite3', 'psycopg', 'apscheduler', 'atproto_client'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *argv], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.integration
def test_the_machines_own_zone_changes_nothing(tmp_path: Path) -> None:
    """Failure 23: the plan is made of the embassies' zones, never of the server's."""
    answers = {}
    for zone in ("UTC", "Pacific/Kiritimati", "America/New_York", "Nowhere/Atall"):
        told = {**environment_at(BEFORE), "TZ": zone}
        with (tmp_path / "said").open("wb") as out, (tmp_path / "err").open("wb") as err:
            argv = ["preview", "--json"]
            process = born("tests.support.offset_clock", argv, tmp_path, told, out=out, err=err.fileno())
            assert process.wait(30) == 0, (tmp_path / "err").read_text("utf-8")
        said = json.loads((tmp_path / "said").read_bytes())
        answers[zone] = [(d["key"], d["due"]) for d in said["deliveries"]]
        assert answers[zone] == answers["UTC"], zone
    assert len(answers["UTC"]) == 480


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="the shells are Unix ones")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("orangeday ", ("rehearse", "help")),
        ("orangeday help ap", ("approve",)),
        ("orangeday preview --lang", ("--language",)),
        ("orangeday preview 1", ("1", "10", "11", "12", "13", "14", "15", "16")),
        ("orangeday approve 5 t", ("today", "tomorrow")),
        ("orangeday status --embassy n", ("nairobi",)),
        ("orangeday status --language ", ("en",)),
        ("orangeday status --platform ", ("x", "bluesky")),
        ("orangeday login nairobi ", ("x", "bluesky")),
        ("orangeday pause nairobi/", ("nairobi/x", "nairobi/bluesky")),
        ("orangeday settle 05/nairobi/x/", ("05/nairobi/x/en",)),
        ("orangeday --config elsewhere.toml status --embassy ", ()),
    ],
)
def test_the_shell_completes_commands_their_options_and_what_the_files_have(
    small: Path, typed: str, offered: tuple[str, ...]
) -> None:
    words = typed.split()
    environment = {
        **os.environ,
        "_ORANGEDAY_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - (0 if typed.endswith(" ") else 1)),
    }
    program = [sys.executable, "-c", "from orangeday.cli import run; run()"]
    ran = subprocess.run(program, cwd=small.parent, env=environment, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    given = ran.stdout.split()
    assert set(offered) <= set(given), given
    assert typed in ("orangeday ",) or set(given) == set(offered), given
