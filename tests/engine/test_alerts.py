"""Alerts: one message for each cause, to a real receiver over HTTP; and nothing that fails there keeps a post back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from urllib.parse import unquote

import apprise
import pytest
import time_machine

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Cause, Deferred, Payload, Receipt, Refused, Unsure
from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.engine import alerts
from orangeday.ledger.ledger import Ledger
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import credentials

from ..support import campaigns, live_accounts
from ..support.alert_receiver import SECRET, Receiver
from ..support.common import ROOT, plan_of
from ..support.live_accounts import LiveAccount

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)


MOODS: dict[str, Exception] = {}


class Moody(LiveAccount):
    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        for part, failure in MOODS.items():
            if part in sent.document["key"]:
                raise failure
        return super().publish(sent, armed)


@dataclass
class Desk:
    folder: Path
    clock: time_machine.Traveller
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, after: float = 0) -> tuple[int, str]:
        """A command so many minutes after day 1's hour."""
        self.clock.move_to(DUE + timedelta(minutes=after))
        status = main([*words])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out + said.err

    def posts(self) -> int:
        return sum(len(book.read_text().splitlines()) for book in self.folder.glob("*.book"))

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "config.toml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def desk(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    config = f'[publishing]\nmode = "live"\n[alerts]\nurl = "json://127.0.0.1:{receiver.port}/{{secret}}"\n'
    zones = dict.fromkeys(("nairobi", "kampala"), "Africa/Nairobi")
    contents = campaigns.files(embassies=zones, config=config)
    contents["config.toml"] = contents["config.toml"].replace("example_be_", "be_").replace(".example", ".test")
    file = campaigns.write(tmp_path, contents)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(credentials.ALERTS_VARIABLE, SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    for embassy in zones:
        for platform in ("x", "bluesky"):
            for variable in credentials.variables(embassy, platform).values():
                monkeypatch.setenv(variable, f"{variable}-secret")
    monkeypatch.setattr(live_accounts, "LiveAccount", Moody)
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.live_accounts")
    MOODS.clear()
    with time_machine.travel(DUE - timedelta(hours=20), tick=False) as clock:
        plan = plan_of(file)
        approvals.approve(plan, content.subjects(plan), "Ann", DUE - timedelta(days=1))
        with closing(Ledger(f"sqlite:///{tmp_path / 'orangeday.db'}", lambda: DUE - timedelta(hours=20))) as ledger:
            ledger.record_sweep(plan.campaign_id, "", DUE - timedelta(minutes=1))
        yield Desk(tmp_path, clock, capsys)
    MOODS.clear()


def test_a_test_message_comes_and_its_secret_is_in_its_place(desk: Desk, receiver: Receiver) -> None:
    status, said = desk("alert", "--test")
    assert (status, receiver.titles) == (0, ["orangeday: a test"])
    assert "It went out" in said
    assert [unquote(path) for path in receiver.paths] == [f"/{SECRET}"]


def test_all_is_well_and_nobody_is_told(desk: Desk, receiver: Receiver) -> None:
    assert desk("publish")[0] == 0
    assert desk.posts() == 4
    assert not receiver.messages


@pytest.mark.parametrize(
    ("failure", "title", "step"),
    [
        (
            Refused("the text is forbidden"), "orangeday: 2 posts refused",
            "correct what X says; then: orangeday retry 01/nairobi/x/en, before 15:00 in Nairobi: then it still goes "
            "out",
        ),
        (
            Unsure("no answer"), "orangeday: 2 posts unsure: live or not, nobody knows",
            "look at https://x.com/be_nairobi_x; orangeday keeps checking, too. If the post is there: "
            "orangeday settle 01/nairobi/x/en --published ADDRESS; if it isn't: "
            "orangeday settle 01/nairobi/x/en --not-published, and it is sent again while there is time",
        ),
        (
            Deferred("the password is wrong", DUE + timedelta(minutes=9), "account", True),
            "orangeday: 2 posts in need of attention",
            "orangeday login nairobi x, before 15:00 in Nairobi: then it still goes out",
        ),
    ],
)  # fmt: skip
def test_one_message_a_cause_and_not_one_a_post(
    desk: Desk, receiver: Receiver, failure: Exception, title: str, step: str
) -> None:
    MOODS["/x/"] = failure
    assert desk("publish")[0] == 1
    (message,) = receiver.messages
    assert message["title"].startswith(title)
    assert str(failure) in message["message"]
    assert "16days-2026/01/kampala/x/en" in message["message"] and "16days-2026/01/nairobi/x/en" in message["message"]
    assert f"\n\nNairobi, day 1, English, on X\n→ {step}\nKampala, day 1, English, on X\n→ " in message["message"]
    assert message["message"].endswith(
        "\n\nSee: orangeday status\n\nIn the record of posts: 16days-2026/01/nairobi/x/en, 16days-2026/01/kampala/x/en"
    )
    desk("publish", after=1)
    desk("publish", after=2)
    assert len(receiver.messages) == 1
    assert desk.posts() >= 2, "the others went out"


def test_a_limit_that_ends_too_late_is_told_with_what_to_do_and_one_that_ends_in_time_is_not(
    desk: Desk, receiver: Receiver
) -> None:
    MOODS["/x/"] = Deferred("no more posts are taken for now", DUE + timedelta(hours=1), "account")
    assert desk("publish")[0] == 0
    assert not receiver.messages, "it passes by itself"
    MOODS["/x/"] = Deferred("no more posts are taken for now", DUE + timedelta(hours=8), "account")
    assert desk("publish", after=61)[0] == 1
    (message,) = receiver.messages
    assert message["title"] == "orangeday: 2 posts in need of attention"
    assert message["message"].startswith(
        "no more posts are taken for now\nIt isn't tried again before Wed 25 Nov 17:00 UTC+3 (25 Nov 14:00 UTC), and "
        "its time ends at 15:00.\n\nNairobi, day 1, English, on X\nKampala, day 1, English, on X\n"
        "→ post it by hand on X, if it must go out today\n"
    )
    assert desk("publish", after=70)[0] == 1
    assert len(receiver.messages) == 1


def test_an_account_that_waits_for_a_person_is_told_with_each_days_posts(desk: Desk, receiver: Receiver) -> None:
    MOODS["/x/"] = Deferred("the platform wants to see a person", UNTIL_RELEASED, "account", True)
    for hours in (0, 1, 5, 24, 25):
        assert desk("publish", after=60 * hours)[0] == 1
    told = [title for title in receiver.titles if "attention" in title]
    assert told == [
        f"orangeday: 1 post in need of attention ({city}, day {day}, English, on X)"
        for day in (1, 2) for city in ("Nairobi", "Kampala")
    ], "each account's, on each day"  # fmt: skip
    assert receiver.messages[0]["message"].startswith(
        "the platform wants to see a person\n\nNairobi, day 1, English, on X\n"
        "→ orangeday login nairobi x, before 15:00 in Nairobi: then it still goes out\n"
    )


def test_what_is_missed_is_told(desk: Desk, receiver: Receiver) -> None:
    desk("pause", "nairobi", "--reason", "mourning")
    desk("publish")
    desk("publish", after=7 * 60)
    assert [title.partition(": ")[2] for title in receiver.titles] == ["2 posts held", "2 posts missed"]
    held, missed = (message["message"].partition("\n\nSee")[0] for message in receiver.messages)
    why = f"paused since 2026-11-25 06:00 UTC by {getuser()}: mourning"
    posts = "Nairobi, day 1, English, on X\nNairobi, day 1, English, on Bluesky"
    step = "→ orangeday resume nairobi, before 15:00 in Nairobi: then it still goes out"
    assert held == f"{why}\n\n{posts}\n{step}"
    by_hand = '→ post it by hand on X, if it still matters; then: orangeday acknowledge 01/nairobi/x/en --reason "'
    assert missed.startswith(f"it was held: {why}\n\nNairobi, day 1, English, on X\n{by_hand}")


def before_its_hour_alone(desk: Desk) -> None:
    desk("publish", after=-60)


def paused(desk: Desk) -> None:
    desk("pause", "--reason", "mourning")
    desk("publish", after=5)
    desk("publish", after=355)


def paused_for_an_hour_and_left(desk: Desk) -> None:
    paused_until = 60
    desk("pause")
    desk("publish", after=paused_until)
    desk("resume", after=paused_until)


def unapproved_and_approved_too_late(desk: Desk) -> None:
    file = desk.folder / "posts/01-day/en.toml"
    file.write_text(file.read_text().replace("Day 1", "The first day"))
    desk("publish", after=5)
    desk("publish", after=355)
    desk("approve", "1", "--by", "Ann", after=365)


def wrong_in_a_file_and_corrected_too_late(desk: Desk) -> None:
    file = desk.folder / "posts/01-day/en.toml"
    text = file.read_text()
    file.write_text('text = "{nobody}"\n')
    desk("publish", after=5)
    desk("publish", after=355)
    file.write_text(text)


def waiting_for_a_password(desk: Desk) -> None:
    MOODS["en"] = Deferred("the password is wrong", DUE + timedelta(minutes=10), "account", True)
    desk("publish", after=1)


def limited(desk: Desk) -> None:
    MOODS["en"] = Deferred("no more posts are taken for now", DUE + timedelta(hours=8), "account", cause=Cause.LIMIT)
    desk("publish", after=1)


def offline(desk: Desk) -> None:
    MOODS["en"] = Deferred("no answer from the server", DUE, "account", is_transient=True, cause=Cause.UNREACHABLE)
    for minutes in (1, 340, 350, 359):
        MOODS["en"].until = DUE + timedelta(minutes=minutes + 1)  # type: ignore[attr-defined]
        desk("publish", after=minutes)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (before_its_hour_alone, "nothing was running while it could be sent"),
        (paused, "it was held: paused since 2026-11-25 06:00 UTC by"),
        (paused_for_an_hour_and_left, "nothing was running from 10:00 UTC+3 on"),
        (unapproved_and_approved_too_late, "it was held: its text is no longer what Ann approved on 24 Nov 06:00 UTC"),
        (wrong_in_a_file_and_corrected_too_late, "it was held: posts/01-day/en.toml:1: error: "),
        (waiting_for_a_password, "its account waited for a person: the password is wrong"),
        (limited, "its time passed while it waited: no more posts are taken for now"),
        (offline, "its time passed while it waited: no answer from the server. Nothing was sent"),
    ],
)
def test_what_is_missed_says_for_which_reason(desk: Desk, events: Callable[[Desk], None], reason: str) -> None:
    events(desk)
    assert f"\n            {reason}" in desk("publish", after=400)[1]
    assert f"\n            {reason}" in desk("status", after=500)[1], "and so it stays"


def test_the_same_cause_on_another_day_in_another_city_has_the_same_name() -> None:
    """The names that the version before has kept in its ledger: whoever was told isn't told again."""
    first, second = (
        alerts.AlertTopic("held", f"paused since 2026-11-{day} 06:00 UTC by ann: mourning", (post,), explanation=city)
        for day, city, post in (
            (25, "a", alerts.AlertPost("a", "Nairobi, day 1", "→ orangeday resume nairobi, before 15:00")),
            (26, "b", alerts.AlertPost("b", "Lima, day 2", "→ orangeday resume")),
        )
    )
    assert first.name == second.name == "held: paused since # # UTC by ann: mourning"


def test_another_day_is_another_alarm(desk: Desk, receiver: Receiver) -> None:
    MOODS["/x/"] = Refused("the text is forbidden")
    desk("publish")
    desk("publish", after=24 * 60)
    assert len(receiver.messages) == 2


def test_that_nothing_looked_is_told_by_whoever_looks_next(desk: Desk, receiver: Receiver) -> None:
    assert desk("publish", after=30)[0] == 0
    (message,) = receiver.messages
    assert message["title"] == "orangeday: 4 posts due, and nothing has looked"
    assert "since 25 November at 05:59 UTC" in message["message"]


def test_what_went_out_in_the_minute_of_the_last_look_is_no_silence(desk: Desk, receiver: Receiver) -> None:
    """A look is noted to the minute: what it sent was due after the time that is noted."""
    assert desk("publish")[0] == 0
    with closing(Ledger(f"sqlite:///{desk.folder / 'orangeday.db'}", system_clock)) as ledger:
        ledger.record_sweep("16days-2026", "", DUE - timedelta(minutes=1))
    assert desk("alert", after=60)[0] == 0
    assert receiver.titles == []
    assert "No program has looked" not in desk("status", after=60)[1]


def test_the_watchdog_tells_that_nothing_looks(desk: Desk, receiver: Receiver) -> None:
    assert desk("alert", after=9)[0] == 0
    assert not receiver.messages
    status, said = desk("alert", after=11)
    assert (status, receiver.titles) == (1, ["orangeday: 4 posts due, and nothing has looked"])
    assert "No program has looked" in said
    desk("alert", after=21)
    assert len(receiver.messages) == 1


@pytest.mark.parametrize("status", [500, 404])
def test_an_alert_that_fails_keeps_nothing_back_and_comes_later(desk: Desk, receiver: Receiver, status: int) -> None:
    receiver.status = status
    MOODS["nairobi/x/"] = Refused("the text is forbidden")
    ended, said = desk("publish")
    assert (ended, desk.posts()) == (1, 3)
    assert "the alert didn't go out" in said and SECRET not in said
    receiver.status = 200
    desk("alert", after=1)
    assert receiver.titles == ["orangeday: 1 post refused (Nairobi, day 1, English, on X)"]


def test_who_has_no_way_to_be_told_is_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.ALERTS_VARIABLE)
    status, said = desk("alert", "--test")
    assert status == 1 and "ORANGEDAY_ALERTS_SECRET" in said
    desk.edit("json://", "nosuchservice://")
    monkeypatch.setenv(credentials.ALERTS_VARIABLE, SECRET)
    status, said = desk("alert", "--test")
    assert status == 1 and "none that the alerts can use" in said
    desk.edit("url = ", "# url = ")
    status, said = desk("alert")
    assert status == 2 and "doesn't say where alerts go" in said


def test_the_doctor_says_whether_anybody_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "by json; `orangeday alert --test` tries it" in desk("doctor", "--offline", "-v")[1]
    monkeypatch.delenv(credentials.ALERTS_VARIABLE)
    assert "by json, and the secret is nowhere" in desk("doctor", "--offline")[1]
    desk.edit("url = ", "# url = ")
    assert "nobody is told when something needs attention" in desk("doctor", "--offline")[1]


def test_a_password_in_the_file_is_a_mistake(desk: Desk) -> None:
    desk.edit("json://", "json://me:hunter2@")
    status, said = desk("check")
    assert status == 1
    assert "there is a password in the address of the alerts" in said and "hunter2" not in said
    desk("publish")
    assert desk.posts() == 4, "no mistake about alerts keeps a post back"


def test_no_secret_leaves_with_an_alert(desk: Desk, receiver: Receiver) -> None:
    secret = "ORANGEDAY_NAIROBI_X_ACCESS_TOKEN-secret"  # noqa: S105
    MOODS["nairobi/x/"] = Refused(f"401 for token {secret} and {SECRET}")
    desk("publish")
    (message,) = receiver.messages
    assert "401 for token ••• and •••" in message["message"]
    assert secret not in json.dumps(message) and SECRET not in json.dumps(message)


SECRETS = {
    "mailtos": "a/b:c@d?e#f%",
    "tgram": "123456789:abcdefg_hijklmnop",
    "slack": "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
}


def test_the_addresses_of_the_page_are_such_as_the_alerts_can_use(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = re.findall(r"^\| .* \| `(\w+://\S+)` \|$", (ROOT / "docs/alerts.md").read_text("utf-8"), re.M)
    assert len(addresses) == 5
    config = (desk.folder / "config.toml").read_text()
    for address in addresses:
        (desk.folder / "config.toml").write_text(re.sub(r"url = .*", f'url = "{address}"', config))
        monkeypatch.setenv(credentials.ALERTS_VARIABLE, SECRETS.get(address.partition(":")[0], "a/b"))
        found, _ = alerts._address(plan_of(desk.folder / "config.toml"))
        (sender,) = apprise.Apprise(found)
        if address.startswith("mailtos"):
            assert sender.password == SECRETS["mailtos"]


def test_a_dry_run_tells_nobody(desk: Desk, receiver: Receiver) -> None:
    desk("publish", "--dry-run", after=60)
    assert not receiver.messages


def test_an_alert_that_trickles_ends_within_a_limit_and_comes_again(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk("check")  # all is loaded
    monkeypatch.setattr(alerts, "_SEND_TIMEOUT", 3.0)
    receiver.trickles = 60
    began = time.monotonic()
    status, said = desk("alert", "--test")
    assert status == 1
    assert "the alert wasn't taken within 3 seconds: nobody knows whether it has come" in said
    MOODS["nairobi/x/"] = Refused("the text is forbidden")
    status, said = desk("publish")
    assert time.monotonic() - began < 30, "and it keeps no command"
    assert (status, desk.posts()) == (1, 3)
    assert "the alert wasn't taken within 3 seconds" in said
    receiver.trickles = 0
    monkeypatch.undo()
    found = alerts.AlertTopic("refused", "the text is forbidden")
    with closing(Ledger(f"sqlite:///{desk.folder / 'orangeday.db'}", lambda: DUE)) as ledger:
        assert ledger.unnotified_causes([found.name], DUE, DUE - timedelta(hours=6)) == {found.name}, "it is told again"


def test_while_alerts_hang_no_more_of_them_are_begun(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_SEND_TIMEOUT", 0.2)
    monkeypatch.setattr(alerts, "_send_threads", [])
    receiver.trickles = 60
    said = [desk("alert", "--test")[1] for _ in range(alerts._MAX_UNFINISHED + 2)]
    assert len(alerts._send_threads) == alerts._MAX_UNFINISHED
    assert "4 before it haven't ended yet" in said[-1]
    receiver.trickles = 0


def test_what_came_in_while_one_was_sent_is_told_together(desk: Desk) -> None:
    plan = plan_of(desk.folder / "config.toml")
    with closing(Ledger(f"sqlite:///{desk.folder / 'orangeday.db'}", lambda: DUE)) as ledger:
        told = alerts.Alerts(ledger, lambda: DUE, lambda why: None)
        first, second = (
            alerts.AlertTopic("refused", "the text is forbidden", (alerts.AlertPost("a", "Nairobi"),)),
            alerts.AlertTopic("missed", "too late"),
        )
        for found in (
            [first],
            [second],
            [alerts.AlertTopic("refused", "the text is forbidden", (alerts.AlertPost("b", "Lima"),))],
        ):
            told._queue.put((plan, found))
        assert told._next_job() == (plan, [first, second])
        told._queue.put((plan, [second]))
        told._queue.put(None)
        assert told._next_job() == (plan, [second])
        assert told._next_job() is None
