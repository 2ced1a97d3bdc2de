"""`doctor`: what a live run needs, each looked at; what isn't well comes with the next step."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.adapters import ADAPTERS
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.doctor.examination import examine
from orangeday.doctor.finding import Finding, Health
from orangeday.doctor.verdict import verdict
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import credentials

from ..support import campaigns
from ..support.common import plan_of
from ..support.login_stubs import DID, GOOD

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
"""An hour before day 1 in Nairobi; the campaign is running."""
PASSWORD = "ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD"  # noqa: S105


@dataclass
class Server:
    """A platform that says what time it is, and what it was asked."""

    address: str
    date: Callable[[], str | None]
    asked: list[tuple[str, str, dict[str, str]]]
    age: str | None = None
    status: int = 404


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            server.asked.append((self.command, self.path, dict(self.headers)))
            self.send_response_only(server.status)
            if server.status == 302:
                self.send_header("Location", "http://198.51.100.1/")
            if (date := server.date()) is not None:
                self.send_header("Date", date)
            if server.age:
                self.send_header("Age", server.age)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_port}", lambda: format_datetime(system_clock(), True), [])
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        yield server
        http.shutdown()
        thread.join()


@dataclass
class Ran:
    status: int
    out: str
    err: str

    def __getitem__(self, check: str) -> dict[str, Any]:
        """The one finding of a check, or about something."""
        found = [f for f in json.loads(self.out)["checks"] if check in (f["check"], f["about"])]
        assert len(found) == 1, found
        return dict(found[0])


@dataclass
class Practice:
    """An officer's folder with one embassy, whose platforms are servers on this machine."""

    folder: Path
    server: Server
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *argv: str) -> Ran:
        status = main(["doctor", *argv])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert GOOD not in said.out + said.err
        return Ran(status, said.out, said.err)

    @property
    def json(self) -> Ran:
        return self("--json")

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "config.toml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/orangeday.db", system_clock)


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.login_stubs")
        for name, variable in credentials.variables("nairobi", platform).items():
            monkeypatch.setenv(variable, GOOD if name == "APP_PASSWORD" else "secret")
    monkeypatch.delitem(ADAPTERS, "x")
    with serving() as server, time_machine.travel(NOW):
        files = campaigns.files(config=f'[bluesky]\nservice = "{server.address}"\n[publishing]\nmode = "live"\n')
        config = files["config.toml"].replace('x = { handle = "example_be_nairobi_x" }\n', "")
        files["config.toml"] = config.replace("nairobi.example", "nairobi.example.org")
        campaigns.write(tmp_path, files)
        yield Practice(tmp_path, server, capsys)


@pytest.fixture
def ready(doctor: Practice) -> Practice:
    """The same, where nothing is missing: all is approved, and a live run has looked a moment ago."""
    doctor.edit("[publishing]", '[alerts]\nurl = "json://127.0.0.1/hook"\n[publishing]')
    assert main(["approve", "all", "--by", "Ann"]) == 0
    with closing(doctor.ledger) as ledger:
        ledger.record_sweep("16days-2026", "", NOW)
    doctor.capsys.readouterr()
    return doctor


READY = "✓ Ready to go live.\n  Next post: Wed 25 Nov 09:00 UTC+3, Nairobi, day 1, English, on Bluesky.\n"
NO_ALERTS = "⚠ Alerts: nobody is told when something needs attention\n  → orangeday alert --setup\n"


def test_where_all_is_there_it_is_ready_and_nothing_is_changed(ready: Practice) -> None:
    doctor = ready
    with closing(doctor.ledger) as ledger:
        before = ledger.events()
    ran = doctor()
    assert (ran.status, ran.out, ran.err) == (0, READY, "Next: orangeday schedule --live\n")
    with closing(doctor.ledger) as ledger:
        assert ledger.events() == before
        assert not ledger.snapshot([], ["?"]).accounts
    left = {file.name for file in doctor.folder.iterdir()} - {"orangeday.db-wal", "orangeday.db-shm"}
    assert left == {"config.toml", "orangeday.db", "orangeday.db.locks", "posts"}


def test_without_alerts_it_is_ready_and_the_last_line_warns(ready: Practice) -> None:
    ready.edit("url = ", "# url = ")
    ran = ready()
    assert (ran.status, ran.out) == (0, f"{READY}\n{NO_ALERTS}")
    document = json.loads(ready("--json").out)
    assert (document["ready"], document["missing"], document["counts"]["warning"]) == (True, [], 1)


@pytest.mark.parametrize("mode", ["live", "dry-run"])
def test_what_is_missing_is_numbered_with_the_line_to_type_whatever_the_mode(
    ready: Practice, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    ready.edit('"live"', f'"{mode}"')
    ready.edit("url = ", "# url = ")
    monkeypatch.delenv(PASSWORD)
    (ready.folder / "posts/approvals.toml").unlink()
    ran = ready()
    assert ran.status == 1
    assert ran.out == (
        "✗ Not ready to go live: 2 things are missing.\n\n"
        "1. Approvals: 0 of 16 texts, 0 of 1 embassy, of what is still to come; the rest is not sent until it is "
        "approved\n   → orangeday approve all\n"
        "2. @nairobi.example.org on Bluesky: no credentials\n   → orangeday login nairobi bluesky\n"
        f"\n{NO_ALERTS}"
    ).replace(", of what is still to come", "")
    assert ran.err == "Then look again: orangeday doctor\n"
    document = json.loads(ready("--json").out)
    assert not document["ready"]
    assert document["missing"][1] == {
        "about": ["nairobi/bluesky"], "seen": "no credentials", "step": "orangeday login nairobi bluesky",
    }  # fmt: skip


def test_a_server_that_is_down_is_one_thing_and_not_one_more_for_each_account(ready: Practice) -> None:
    ready.edit(ready.server.address, "http://127.0.0.1:9")
    ready.edit("url = ", "# url = ")
    assert main(["approve", "all", "--by", "Ann"]) == 0
    ready.capsys.readouterr()
    ran = ready()
    assert ran.status == 1
    assert ran.out.startswith("✗ Not ready to go live: 1 thing is missing.\n\n1. 127.0.0.1:9: can't be reached: ")


def test_a_record_that_is_new_in_a_running_campaign_is_not_ready(ready: Practice) -> None:
    for file in ready.folder.glob("orangeday.db*"):
        if file.is_file():
            file.unlink()
    with time_machine.travel(NOW + timedelta(hours=2)):
        ran = ready("--offline")
    assert ran.status == 1
    assert "1. First start: the campaign is running and this computer's record of posts is new" in ran.out
    assert "→ Look at each account: what is there? Then: orangeday schedule --live" in ran.out


def test_a_pause_of_everything_is_not_ready_and_one_of_a_platform_warns(ready: Practice) -> None:
    with closing(ready.ledger) as ledger:
        ledger.pause("x", "")
    ran = ready()
    assert (ran.status, ran.out.partition("\n")[0]) == (0, "✓ Ready to go live.")
    assert "⚠ Paused: x: paused since" in ran.out and "→ orangeday resume x" in ran.out
    with closing(ready.ledger) as ledger:
        ledger.pause(ALL_ACCOUNTS, "")
    ran = ready()
    assert (ran.status, ran.out.partition("\n")[0]) == (1, "✗ Not ready to go live: 1 thing is missing.")


def test_all_that_was_looked_at_is_shown_on_request(ready: Practice) -> None:
    assert "zones" not in ready().out
    ran = ready("-v")
    assert ran.out.endswith(f"\n\n{READY}")
    for check in (
        "✓ ok  orangeday",
        "✓ ok  zones",
        "✓ ok  locks",
        "✓ ok  account       @nairobi.example.org on Bluesky: ",
    ):
        assert check in ran.out
    assert "did:" not in ran.out


def test_looking_makes_no_ledger(doctor: Practice) -> None:
    assert "is new" in doctor.json["ledger"]["seen"]
    assert not list(doctor.folder.glob("*.db*"))


def test_json_has_every_check_and_the_counts(doctor: Practice) -> None:
    ran = doctor.json
    document = json.loads(ran.out)
    checks = [finding["check"] for finding in document["checks"]]
    of_the_day = ("campaign", "late start", "next campaign")  # which of these there are, the day decides
    assert [check for check in checks if check not in of_the_day] == [
        "orangeday", "config", "files", "approvals", "alerts", "network", "account", "clock", "zones", "state folder",
        "ledger", "last run", "locks", "disk",
    ]  # fmt: skip
    assert sum(document["counts"].values()) == len(checks)
    assert set(document["counts"]) == {"ok", "warning", "failure"}
    assert all(finding["step"] for finding in document["checks"] if finding["state"] != "ok")
    assert not any(finding["step"] for finding in document["checks"] if finding["state"] == "ok")


# The officer's files


def test_without_a_config_and_with_an_unreadable_one_it_ends_with_2(doctor: Practice) -> None:
    (doctor.folder / "config.toml").write_text("[", encoding="utf-8")
    assert doctor().status == 2
    (doctor.folder / "config.toml").unlink()
    assert "orangeday init" in doctor().err


def test_errors_in_the_files_are_counted(doctor: Practice) -> None:
    (doctor.folder / "posts/03-day/en.toml").write_text('text = "{nobody}"\n', encoding="utf-8")
    ran = doctor.json
    assert ran.status == 1
    assert ran["files"]["state"] == "failure"
    assert ran["files"]["seen"].startswith("1 error")
    assert ran["files"]["step"] == "orangeday check"


def test_approvals_say_how_many_of_how_many(doctor: Practice) -> None:
    assert doctor.json["approvals"]["seen"].startswith("0 of 16 texts, 0 of 1 embassy")
    main(["approve", "1", "--by", "Ann"])
    doctor.capsys.readouterr()
    found = doctor.json["approvals"]
    assert found["seen"].startswith("1 of 16 texts")
    assert (found["state"], found["step"]) == ("failure", "orangeday approve --diff")
    doctor.edit("[publishing]", "[publishing]\nrequire_approval = false")
    assert doctor.json["approvals"]["state"] == "ok"


# Accounts


def test_an_account_is_reached_and_says_who_it_is(doctor: Practice) -> None:
    found = doctor.json["account"]
    assert (found["about"], found["state"]) == ("nairobi/bluesky", "ok")
    assert found["seen"] == "credentials from the environment; it is @nairobi.example.org"
    assert (found["account"], found["identity"]) == ("@nairobi.example.org on Bluesky", f"{DID}-nairobi")


@pytest.mark.parametrize(
    ("password", "words", "mode", "state"),
    [
        ("nope", "they were rejected: wrong handle or app password", "live", "failure"),
        ("nope", "they were rejected", "dry-run", "failure"),
        ("refused", "there is no such account", "live", "failure"),
        ("weather", "it can't be reached now: no answer from the server", "live", "failure"),
        ("weather", "it can't be reached now", "dry-run", "failure"),
        ("fault", "an unexpected failure: RuntimeError", "live", "failure"),
    ],
)
def test_what_an_account_answers_is_said(
    doctor: Practice, monkeypatch: pytest.MonkeyPatch, password: str, words: str, mode: str, state: str
) -> None:
    monkeypatch.setenv(PASSWORD, password)
    doctor.edit('"live"', f'"{mode}"')
    ran = doctor.json
    assert words in ran["account"]["seen"]
    assert (ran["account"]["state"], ran.status) == (state, 1)
    assert f"{password!r}" not in ran.out


@pytest.mark.parametrize(("mode", "state"), [("live", "failure"), ("dry-run", "failure")])
def test_missing_credentials_are_named_with_the_command(
    doctor: Practice, monkeypatch: pytest.MonkeyPatch, mode: str, state: str
) -> None:
    monkeypatch.delenv(PASSWORD)
    doctor.edit('"live"', f'"{mode}"')
    found = doctor.json["account"]
    assert (found["state"], found["seen"]) == (state, "no credentials")
    assert found["step"] == "orangeday login nairobi bluesky"


def test_offline_asks_nobody(doctor: Practice) -> None:
    ran = doctor("--json", "--offline")
    assert not doctor.server.asked
    assert ran["account"]["seen"].endswith("not tried (--offline)")
    assert ran["clock"]["state"] == "ok"


def test_no_credentials_go_to_an_address_that_is_wrong(doctor: Practice) -> None:
    doctor.edit("nairobi.example.org", 'nairobi.example.org", service = "http://pds.example.org')
    ran = doctor.json
    assert "the config is wrong about it" in ran["account"]["seen"]
    assert not doctor.server.asked


def test_two_names_for_one_account_are_noticed(doctor: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    config = doctor.folder / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text + text[text.index("[embassies.nairobi]") :].replace("nairobi", "kampala"), encoding="utf-8")
    for embassy in ("NAIROBI", "KAMPALA"):
        monkeypatch.setenv(f"ORANGEDAY_{embassy}_BLUESKY_APP_PASSWORD", "same")
    ran = doctor.json
    assert ran["nairobi/bluesky"]["state"] == "ok"
    assert "the same account as @nairobi.example.org (nairobi/bluesky)" in ran["kampala/bluesky"]["seen"]
    assert ran["kampala/bluesky"]["identity"] == DID
    only = doctor("--json", "--embassy", "kampala")
    assert only["account"]["state"] == "ok"
    assert doctor("--embassy", "nowhere").status == 2


def test_one_that_never_answers_holds_up_nothing(doctor: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "hang")
    plan = plan_of(doctor.folder / "config.toml", NOW)
    found = {f.check: f for f in examine(plan, system_clock, lambda: doctor.ledger, timeout=3)}
    assert found["account"].health is Health.FAILURE
    assert "no answer in time" in found["account"].observation
    assert found["clock"].health is Health.OK


# The clock


@pytest.mark.parametrize(
    ("off", "state", "words"),
    [
        (0, "ok", "agrees with it"),
        (-20, "ok", "agrees with it"),
        (45, "warning", "behind it"),
        (-45, "warning", "ahead of it"),
        (200, "failure", "min"),
        (-90_030, "failure", "ours is 1,500 min"),
    ],
)
def test_the_clock_is_compared_with_the_platforms(doctor: Practice, off: int, state: str, words: str) -> None:
    doctor.server.date = lambda: format_datetime(system_clock() + timedelta(seconds=off), True)
    ran = doctor.json
    assert (ran["clock"]["state"], ran["clock"]["step"] is None) == (state, state == "ok")
    assert words in ran["clock"]["seen"]
    assert [(method, path) for method, path, _ in doctor.server.asked] == [("HEAD", "/")]
    assert not any("auth" in name.lower() or "cookie" in name.lower() for name in doctor.server.asked[0][2])


def test_a_date_out_of_a_cache_is_as_old_as_it_says(doctor: Practice) -> None:
    doctor.server.date = lambda: format_datetime(system_clock() - timedelta(seconds=300), True)
    doctor.server.age = "300"
    assert doctor.json["clock"]["state"] == "ok"


@pytest.mark.parametrize("status", [200, 302, 401, 503])
def test_any_answer_has_a_date_and_no_redirection_is_followed(doctor: Practice, status: int) -> None:
    doctor.server.status = status
    assert doctor.json["clock"]["state"] == "ok"


@pytest.mark.parametrize("date", [None, "yesterday", ""])
def test_an_answer_without_a_date_is_no_clock(doctor: Practice, date: str | None) -> None:
    doctor.server.date = lambda: date
    assert "without a date" in doctor.json["clock"]["seen"]


@pytest.mark.parametrize(("mode", "state"), [("live", "failure"), ("dry-run", "failure")])
def test_a_platform_that_cannot_be_reached_is_said(doctor: Practice, mode: str, state: str) -> None:
    doctor.edit(doctor.server.address, "http://127.0.0.1:9")
    doctor.edit('"live"', f'"{mode}"')
    found = doctor.json["clock"]
    assert (found["about"], found["state"]) == ("127.0.0.1:9", state)
    assert "can't be reached: " in found["seen"]


def test_one_server_is_asked_once(doctor: Practice) -> None:
    config = doctor.folder / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text + text[text.index("[embassies.nairobi]") :].replace("nairobi", "kampala"), encoding="utf-8")
    doctor()
    assert len(doctor.server.asked) == 1


# The machine and the ledger


def test_a_ledger_in_a_synced_folder_is_refused_with_the_reason(doctor: Practice) -> None:
    (doctor.folder / "OneDrive - Ministry").mkdir()
    doctor.edit("[publishing]", '[ledger]\nurl = "sqlite:///OneDrive - Ministry/orangeday.db"\n[publishing]')
    ran = doctor.json
    assert ran.status == 1
    refused = next(f for f in json.loads(ran.out)["checks"] if f["check"] == "ledger")
    assert refused["state"] == "failure"
    assert "locks don't work there, and a synced copy would not know what went out" in refused["seen"]
    for command in ("publish", "schedule"):
        assert main([command, "--live"]) == 2
        assert "it lies in OneDrive" in doctor.capsys.readouterr().err


def test_a_ledger_that_is_damaged_is_said(doctor: Practice) -> None:
    with closing(doctor.ledger) as ledger:
        ledger.note("test", None, "x" * 200_000)
    file = doctor.folder / "orangeday.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40_000] = b"\xff" * 40_000
    file.write_bytes(content)
    ran = doctor.json
    assert ran.status == 1
    assert ran["ledger"]["state"] == "failure"
    assert "restore a backup" in ran["ledger"]["step"]


def test_another_kind_of_file_is_no_ledger(doctor: Practice) -> None:
    (doctor.folder / "orangeday.db").write_text("a note to myself, and rather a long one" * 10)
    found = doctor.json["ledger"]
    assert found["state"] == "failure"
    assert "another kind of file" in found["step"]


def test_a_ledger_on_a_server_does_not_show_its_password(doctor: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor.edit("[publishing]", '[ledger]\nurl = "postgresql+psycopg://ann:hunter2@db.invalid/x"\n[publishing]')
    ran = doctor()
    assert (ran.status, "there is a password in the address of the record of posts" in ran.err) == (2, True)
    assert "hunter2" not in ran.out + ran.err
    doctor.edit("ann:hunter2@", "ann@")
    monkeypatch.setenv("ORANGEDAY_LEDGER_PASSWORD", "hunter2-hunter2")
    ran = doctor.json
    assert ran["ledger"]["state"] == "failure"
    assert "x on db.invalid can't be used" in ran["ledger"]["seen"]
    assert "hunter2" not in ran.out + ran.err


def test_a_folder_that_is_not_there_is_said(doctor: Practice) -> None:
    doctor.edit("[publishing]", '[ledger]\nurl = "sqlite:///nowhere/orangeday.db"\n[publishing]')
    assert "isn't there" in doctor.json["ledger"]["seen"]


def test_a_brake_that_is_on_is_named_with_how_it_is_taken_off(doctor: Practice) -> None:
    with closing(doctor.ledger) as ledger:
        ledger.pause(ALL_ACCOUNTS, "the ambassador called")
        ledger.record_sweep("16days-2026", "", NOW)
    ran = doctor.json
    assert ran["brake"]["state"] == "failure"
    assert "the ambassador called" in ran["brake"]["seen"]
    assert ran["brake"]["step"].startswith("orangeday resume")


def test_an_account_that_waits_for_a_person_is_named_though_a_log_in_works(doctor: Practice) -> None:
    reason = "X wants to see a person (it answers 403). Nothing of this account is sent before you say so."
    with closing(doctor.ledger) as ledger:
        ledger.register_accounts(["nairobi/bluesky"], NOW)
        ledger.defer_accounts(["nairobi/bluesky"], reason, UNTIL_RELEASED, needs_person=True)
        ledger.record_sweep("16days-2026", "", NOW)
    ran = doctor.json
    (finding,) = [f for f in json.loads(ran.out)["checks"] if "wants to see a person" in f["seen"]]
    assert (ran.status, finding["state"], finding["about"]) == (1, "failure", "nairobi/bluesky")
    assert finding["step"] == "Do that; then: orangeday retry nairobi/bluesky"


@pytest.mark.parametrize(
    ("ago", "mode", "state"),
    [(9, "live", "ok"), (11, "live", "warning"), (None, "live", "warning"), (None, "dry-run", "ok")],
)
def test_a_running_campaign_that_nobody_sweeps_is_noticed(
    doctor: Practice, ago: int | None, mode: str, state: str
) -> None:
    doctor.edit('"live"', f'"{mode}"')
    if ago is not None:
        with closing(doctor.ledger) as ledger:
            ledger.record_sweep("16days-2026", "berlin", NOW - timedelta(days=1))
            ledger.record_sweep("16days-2026", "nairobi", NOW - timedelta(minutes=ago))
    assert doctor.json["last run"]["state"] == state


def test_a_live_run_leaves_word_that_it_has_looked(doctor: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "bluesky", "tests.support.live_accounts")
    for minutes in (0, 4, 8, 12):
        with time_machine.travel(NOW + timedelta(minutes=minutes)):
            main(["publish"])
    doctor.capsys.readouterr()
    monkeypatch.setitem(ADAPTERS, "bluesky", "tests.support.login_stubs")
    with time_machine.travel(NOW + timedelta(minutes=20)):
        assert doctor.json["last run"]["state"] == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_state_folder_that_cannot_be_made_is_said(doctor: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    (doctor.folder / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(doctor.folder / "file"))
    found = doctor.json["state folder"]
    assert found["state"] == "failure"
    assert found["step"]


# How it looks


def test_accounts_that_are_alike_stand_together_and_everything_fits(
    doctor: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    config = doctor.folder / "config.toml"
    text = config.read_text("utf-8")
    embassy = text[text.index("[embassies.nairobi]") :]
    more = "".join(embassy.replace("nairobi", f"consulate-general-{n}") for n in range(30))
    config.write_text(text + more, encoding="utf-8")
    ran = doctor()
    assert ran.status == 1
    assert "@consulate-general-0.example.org, @consulate-general-1.example.org," in ran.out
    assert "orangeday login consulate-general-0 bluesky" in " ".join(ran.out.split())
    assert "consulate-general-7" not in ran.out
    assert len(ran.out.splitlines()) < 40
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "\x1b" not in ran.out


def test_a_finding_cannot_colour_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    from orangeday.views import console
    from orangeday.views.terminal import doctor as doctor_view

    found = [Finding("account", Health.FAILURE, "it says \x1b[31m[red]\n", "do", "a/x", "@a\x1b[31m on X")]
    doctor_view.findings(console.documents(), found)
    doctor_view.answer(console.documents(), verdict(found), None, is_offline=False)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "[red]" in said
