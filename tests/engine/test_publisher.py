"""The publisher: the one road to a platform, on dry-run accounts that answer as they are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Deferred, Payload, Platform, Receipt, Refused, Unsure
from orangeday.adapters.dry_run import DryRun
from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.errors import LedgerError
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.ledger.states import State

from ..support import campaigns
from ..support.common import Clock, plan_of
from ..support.dry_run_accounts import Moody

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


@dataclass
class Desk:
    """All that a publisher needs, and what its accounts have been given."""

    folder: Path
    plan: Plan
    clock: Clock
    ledger: Ledger
    accounts: dict[str, DryRun]
    mood: Callable[[Payload], None] | None = None
    connect: Callable[[Account], Platform] | None = None
    url: str = ""

    def account(self, account: Account) -> Platform:
        if self.connect:
            return self.connect(account)
        moody = Moody(account, self.clock, mood=lambda sent: self.mood(sent) if self.mood else None)
        return self.accounts.setdefault(str(account), moody)

    def publisher(self, **options: object) -> Publisher:
        return Publisher(self.plan, self.ledger, self.account, self.clock, **options)  # type: ignore[arg-type]

    def sweep(self, now: datetime | None = None) -> dict[str, DeliveryStatus]:
        """One sweep of a publisher that knows nothing but the ledger, as cron would make it."""
        self.clock.now = now or self.clock.now
        with closing(self.publisher()) as publisher:
            return {standing.delivery.key: standing for standing in publisher.publish_due(self.clock.now)}

    def states(self) -> Counter[str]:
        return Counter(str(s.state) for s in statuses(self.plan, self.ledger, self.clock(), self.plan))

    def published(self) -> Counter[str]:
        """How often each text stands in the accounts' own books."""
        return Counter(sent.document["key"] for account in self.accounts.values() for sent, _ in account.book)


@pytest.fixture
def desk(tmp_path: Path, ledger_url: str) -> Iterator[Desk]:
    """With its ledger on SQLite, and with it on PostgreSQL: the engine doesn't notice."""
    clock = Clock(DUE - timedelta(hours=1))
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(("en", "fr"))))
    ledger = Ledger(ledger_url, clock)
    desk = Desk(tmp_path, plan, clock, ledger, {}, url=ledger_url)
    desk.sweep()  # the ledger has seen the accounts before anything was due
    yield desk
    ledger.close()


@pytest.mark.invariant(9)
def test_nothing_goes_out_before_it_is_due(desk: Desk) -> None:
    assert desk.sweep(DUE - timedelta(microseconds=1)) == {}
    assert not desk.published()


@pytest.mark.invariant(1)
@pytest.mark.arrow("scheduled → armed → published")
def test_what_is_due_goes_out_and_no_second_sweep_repeats_it(desk: Desk) -> None:
    touched = desk.sweep(DUE)
    assert {s.state for s in touched.values()} == {State.PUBLISHED}
    assert sorted(touched) == ["16days-2026/01/nairobi/bluesky/en", "16days-2026/01/nairobi/x/en"]
    assert all(s.receipt and s.receipt.published_at == DUE for s in touched.values())
    for minutes in range(0, 19):
        assert desk.sweep(DUE + timedelta(minutes=minutes)) == {}
    assert set(desk.published().values()) == {1}


def test_an_account_is_served_in_the_order_of_time(desk: Desk) -> None:
    desk.sweep(DUE + timedelta(hours=2))
    for account in desk.accounts.values():
        assert [sent.document["langs"] for sent, _ in account.book] == [["en"], ["fr"]]


@pytest.mark.invariant(9)
def test_late_is_still_in_time_until_the_window_closes(desk: Desk) -> None:
    desk.sweep(DUE + timedelta(hours=6) - timedelta(seconds=1))
    assert desk.states()["published"] == 4


@pytest.mark.invariant(9)
@pytest.mark.arrow("scheduled → missed")
def test_a_window_that_closed_is_missed_said_once_and_never_revived(desk: Desk) -> None:
    closed = DUE + timedelta(hours=6)
    touched = desk.sweep(closed)
    missed = {key: s for key, s in touched.items() if s.state is State.MISSED}
    assert sorted(missed) == ["16days-2026/01/nairobi/bluesky/en", "16days-2026/01/nairobi/x/en"]
    assert all(s.needs_person for s in missed.values())
    assert not any(s.state is State.MISSED for s in desk.sweep(closed + timedelta(minutes=1)).values())
    assert not any(key in missed for key in desk.published())


def test_what_closed_before_the_ledger_saw_the_account_is_past_and_no_alarm(tmp_path: Path, desk: Desk) -> None:
    late = Clock(DUE + timedelta(days=3))
    ledger = Ledger(f"sqlite:///{tmp_path}/new.db", late)
    newcomer = Desk(tmp_path, desk.plan, late, ledger, {})
    newcomer.sweep()
    assert newcomer.states()["past"] == 3 * 4
    assert newcomer.states()["missed"] == 0
    ledger.close()


@pytest.mark.invariant(9)
@pytest.mark.arrow("missed → armed")
def test_a_clock_that_was_wrong_for_a_while_buries_nothing(desk: Desk) -> None:
    desk.sweep(DUE + timedelta(days=30))
    assert desk.states()["missed"] == 16 * 4
    desk.sweep(DUE)  # somebody mended the clock
    assert desk.states()["published"] == 2
    desk.sweep(DUE + timedelta(hours=1))
    assert desk.states()["published"] == 4


OUTCOMES = [
    (Refused("the text is forbidden"), State.REFUSED, "the text is forbidden"),
    (Deferred("come back later", DUE + timedelta(minutes=5)), State.DEFERRED, "come back later"),
    (Unsure("no answer came"), State.UNSURE, "no answer came; it may be live"),
    (ConnectionResetError("reset"), State.UNSURE, "may be live"),
    (KeyError("an SDK's own mistake"), State.UNSURE, "may be live"),
]


@pytest.mark.invariant(3)
@pytest.mark.arrow("armed → refused", "armed → deferred", "armed → unsure")
@pytest.mark.parametrize(("failure", "state", "words"), OUTCOMES)
def test_each_outcome_is_recorded_as_what_it_is(desk: Desk, failure: Exception, state: State, words: str) -> None:
    def mood(sent: Payload) -> None:
        raise failure

    desk.mood = mood
    touched = desk.sweep(DUE)
    assert {s.state for s in touched.values()} == {state}
    assert all(words in str(s.reason) and s.attempts == 1 for s in touched.values())


def test_refused_is_never_tried_again_by_itself(desk: Desk) -> None:
    tried: list[Payload] = []

    def mood(sent: Payload) -> None:
        tried.append(sent)
        raise Refused("no")

    desk.mood = mood
    for minutes in range(10):
        desk.sweep(DUE + timedelta(minutes=minutes))
    assert len(tried) == 2
    assert desk.states()["refused"] == 2


@pytest.mark.arrow("armed → deferred → armed")
def test_deferred_is_tried_again_at_its_time_and_not_before(desk: Desk) -> None:
    until = DUE + timedelta(minutes=5)

    def mood(sent: Payload) -> None:
        if desk.clock() < until:
            raise Deferred("busy", until)

    desk.mood = mood
    desk.sweep(DUE)
    assert desk.sweep(until - timedelta(seconds=1)) == {}
    assert {(s.state, s.attempts) for s in desk.sweep(until).values()} == {(State.PUBLISHED, 2)}
    assert set(desk.published().values()) == {1}


def test_every_attempt_of_a_delivery_carries_the_same_moment_of_creation(desk: Desk) -> None:
    seen: list[str] = []

    def mood(sent: Payload) -> None:
        seen.append(sent.document["created_at"])
        if len(seen) <= 2:
            raise Deferred("busy", desk.clock() + timedelta(minutes=1))

    desk.mood = mood
    desk.sweep(DUE)
    desk.sweep(DUE + timedelta(minutes=1))
    assert len(seen) == 4
    assert set(seen) == {DUE.isoformat()}


def test_a_deferred_account_is_left_alone_and_says_that_a_person_is_needed(desk: Desk) -> None:
    tried: list[Payload] = []

    def mood(sent: Payload) -> None:
        tried.append(sent)
        raise Deferred("wrong password", DUE + timedelta(hours=1), scope="account", needs_person=True)

    desk.mood = mood
    touched = desk.sweep(DUE + timedelta(minutes=20))  # both languages are due
    assert len(tried) == 2  # one for each account, not one for each delivery
    assert {s.state for s in touched.values()} == {State.DEFERRED}
    assert all(s.needs_person and "wrong password" in str(s.reason) for s in touched.values())
    desk.mood = None
    desk.sweep(DUE + timedelta(minutes=59))
    assert not desk.published()
    desk.sweep(DUE + timedelta(hours=1))
    assert desk.states()["published"] == 4


@pytest.mark.parametrize("scope", ["delivery", "account"])
def test_a_clock_that_was_days_ahead_leaves_nothing_waiting_for_days(desk: Desk, scope: str) -> None:
    def mood(sent: Payload) -> None:
        raise Deferred("busy", desk.clock.now + timedelta(minutes=15), scope=scope)  # type: ignore[arg-type]

    desk.mood = mood
    desk.sweep(DUE + timedelta(days=3))
    desk.mood = None
    desk.sweep(DUE)
    assert set(desk.published()) == {"16days-2026/01/nairobi/x/en", "16days-2026/01/nairobi/bluesky/en"}


def test_an_account_that_cannot_be_connected_is_deferred(desk: Desk) -> None:
    def connect(account: Account) -> Platform:
        raise OSError("no such host")

    desk.connect = connect
    touched = desk.sweep(DUE)
    assert {s.state for s in touched.values()} == {State.DEFERRED}
    assert all("no such host" in str(s.reason) for s in touched.values())
    desk.connect = None
    desk.sweep(DUE + timedelta(minutes=5))
    assert desk.states()["published"] == 2


def test_a_failure_before_anything_left_is_certainly_not_live(desk: Desk) -> None:
    class CannotPrepare(DryRun):
        def prepare(self, *_: object) -> Payload:
            raise ValueError("a picture that can't be read")

    desk.connect = lambda account: CannotPrepare(account, desk.clock)
    touched = desk.sweep(DUE)
    assert {s.state for s in touched.values()} == {State.DEFERRED}
    assert all(s.attempts == 0 for s in touched.values())


@pytest.mark.invariant(3)
@pytest.mark.arrow("armed → unsure → published")
def test_what_was_in_doubt_and_is_live_is_found_and_not_sent_again(desk: Desk) -> None:
    class LosesTheAnswer(DryRun):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            super().publish(sent, armed)
            raise Unsure("the answer was lost")

    accounts: dict[str, DryRun] = {}
    desk.connect = lambda account: accounts.setdefault(str(account), LosesTheAnswer(account, desk.clock))
    assert {s.state for s in desk.sweep(DUE).values()} == {State.UNSURE}
    assert {s.state for s in desk.sweep(DUE + timedelta(seconds=30)).values()} == {State.PUBLISHED}
    assert [len(account.book) for account in accounts.values()] == [1, 1]


@pytest.mark.invariant(3)
@pytest.mark.arrow("armed → unsure → deferred → armed")
def test_what_was_in_doubt_and_is_not_live_is_sent_once(desk: Desk) -> None:
    failures = [Unsure("the request was lost"), Unsure("the request was lost")]

    def mood(sent: Payload) -> None:
        if failures:
            raise failures.pop()

    desk.mood = mood
    assert {s.state for s in desk.sweep(DUE).values()} == {State.UNSURE}
    desk.sweep(DUE + timedelta(seconds=30))
    assert desk.states()["published"] == 2
    assert set(desk.published().values()) == {1}


@pytest.mark.invariant(3)
def test_while_it_cannot_be_told_doubt_stays_doubt(desk: Desk) -> None:
    sent = []

    class Silent(DryRun):
        def publish(self, attempt: Payload, armed: datetime) -> Receipt:
            sent.append(attempt)
            raise Unsure("no answer")

        def find(self, sent: object, since: datetime, known: object = ()) -> Receipt | None:
            raise Unsure("no answer either")

    desk.connect = lambda account: Silent(account, desk.clock)
    for minutes in (0, 20, 60, 5 * 60, 24 * 60):
        desk.sweep(DUE + timedelta(minutes=minutes))
    day_one = [s for s in statuses(desk.plan, desk.ledger, desk.clock(), desk.plan) if s.delivery.number == 1]
    assert {str(s.state) for s in day_one} == {"unsure"}
    assert len([attempt for attempt in sent if "/01/" in attempt.document["key"]]) == 4


@pytest.mark.invariant(7)
def test_a_ledger_that_fails_after_the_platform_said_yes_never_leads_to_a_second_send(desk: Desk) -> None:
    """Invariant 7: the disk is full, or the power gone, just when the receipt would be written."""

    class Failing(Ledger):
        def published(self, key: str, receipt: Receipt, note: str | None = None) -> None:
            raise LedgerError("no space left on the device")

    failing = Failing(desk.url, desk.clock)
    broken = Desk(desk.folder, desk.plan, desk.clock, failing, desk.accounts)
    with pytest.raises(LedgerError):
        broken.sweep(DUE)
    failing.close()
    assert set(desk.published().values()) == {1}
    assert {s.state for s in desk.sweep(DUE + timedelta(seconds=30)).values()} == {State.PUBLISHED}
    assert set(desk.published().values()) == {1}


@pytest.mark.invariant(2)
def test_what_a_live_sender_holds_is_left_to_it(desk: Desk) -> None:
    sending, go_on = threading.Semaphore(0), threading.Event()

    def mood(sent: Payload) -> None:
        sending.release()
        assert go_on.wait(20)

    desk.mood = mood
    slow = threading.Thread(target=desk.sweep, args=(DUE,))
    slow.start()
    assert all(sending.acquire(timeout=20) for _ in range(2))  # one for each account
    other = Desk(desk.folder, desk.plan, desk.clock, desk.ledger, desk.accounts)
    other.sweep(DUE + timedelta(seconds=30))  # sees armed rows, whose locks are taken
    assert other.states()["unsure"] == 0
    go_on.set()
    slow.join(20)
    assert desk.states()["published"] == 2
    assert set(desk.published().values()) == {1}


@pytest.mark.invariant(2)
def test_an_account_that_hangs_delays_neither_the_others_nor_the_next_sweep(desk: Desk) -> None:
    go_on = threading.Event()

    def mood(sent: Payload) -> None:
        if "/x/" in sent.document["key"]:
            assert go_on.wait(20)

    desk.mood = mood
    desk.clock.now = DUE
    with closing(desk.publisher(timeout=2)) as publisher:
        first = publisher.publish_due(DUE)
        assert {s.delivery.platform: s.state for s in first} == {"bluesky": State.PUBLISHED}
        desk.clock.now = DUE + timedelta(minutes=20)
        second = publisher.publish_due(desk.clock.now)
        assert {(s.delivery.platform, s.delivery.language) for s in second} == {("bluesky", "fr")}
        go_on.set()
        for _ in range(100):
            if desk.states()["published"] == 4:
                break
            publisher.publish_due(desk.clock.now)
    assert desk.states()["published"] == 4
    assert set(desk.published().values()) == {1}


@pytest.mark.invariant(2, 8)
def test_closing_finishes_what_is_in_flight_and_begins_nothing_new(desk: Desk) -> None:
    reached = threading.Event()
    publisher = desk.publisher(timeout=0)
    closed = threading.Event()

    def mood(sent: Payload) -> None:
        reached.set()
        assert closed.wait(20)

    desk.mood = mood
    desk.clock.now = DUE + timedelta(minutes=20)  # two languages are due on each account
    publisher.publish_due(desk.clock.now)
    assert reached.wait(20)
    publisher.stop()
    closed.set()
    publisher.close()
    assert desk.states()["published"] == len(desk.published()) <= 2
    assert desk.states()["armed"] == 0


@pytest.mark.invariant(8)
@pytest.mark.parametrize("scope", [ALL_ACCOUNTS, "nairobi", "x"])
def test_a_pause_holds_and_says_so_and_resuming_sends_what_is_in_its_window(desk: Desk, scope: str) -> None:
    desk.ledger.pause(scope, "the ambassador called")
    touched = desk.sweep(DUE)
    held = {s.delivery.platform for s in touched.values() if s.state is State.HELD}
    assert held == ({"x"} if scope == "x" else {"x", "bluesky"})
    assert all("the ambassador called" in str(s.reason) for s in touched.values() if s.state is State.HELD)
    desk.ledger.resume(scope)
    desk.sweep(DUE + timedelta(hours=1))
    assert desk.states()["published"] == 4


@pytest.mark.invariant(8)
def test_resuming_never_revives_what_left_its_window(desk: Desk) -> None:
    desk.ledger.pause(ALL_ACCOUNTS, "wait")
    desk.sweep(DUE)
    desk.ledger.resume(ALL_ACCOUNTS)
    desk.sweep(DUE + timedelta(hours=7))
    assert not desk.published()
    assert desk.states()["missed"] == 4


@pytest.mark.invariant(8)
def test_a_new_ledger_of_a_running_campaign_starts_paused_for_a_live_run(tmp_path: Path, desk: Desk) -> None:
    clock = Clock(DUE + timedelta(days=1))
    approvals.approve(desk.plan, content.subjects(desk.plan), "Ann", clock.now)
    ledger = Ledger(f"sqlite:///{tmp_path}/restored.db", clock)
    with closing(Publisher(desk.plan, ledger, desk.account, clock, live=True)) as publisher:
        touched = publisher.publish_due(clock.now)
    assert {s.state for s in touched} == {State.HELD}
    assert not desk.published()
    ledger.resume(ALL_ACCOUNTS)
    with closing(Publisher(desk.plan, ledger, desk.account, clock, live=True)) as publisher:
        assert {s.state for s in publisher.publish_due(clock.now)} == {State.PUBLISHED}
    ledger.close()


@pytest.mark.invariant(8)
def test_an_error_in_a_file_holds_only_what_it_concerns(desk: Desk) -> None:
    (desk.folder / "posts/01-day/fr.toml").write_text("text = '''never closed")
    desk.plan = plan_of(desk.folder / "config.toml")
    touched = desk.sweep(DUE + timedelta(minutes=20))
    assert {s.delivery.language: s.state for s in touched.values()} == {"en": State.PUBLISHED, "fr": State.HELD}
    assert all("fr.toml:1" in str(s.reason) for s in touched.values() if s.state is State.HELD)


def test_a_text_that_was_mended_in_time_still_goes_out(desk: Desk) -> None:
    good = (desk.folder / "posts/01-day/en.toml").read_text()
    (desk.folder / "posts/01-day/en.toml").write_text('text = "{cty}"\n')
    desk.plan = plan_of(desk.folder / "config.toml")
    assert {s.state for s in desk.sweep(DUE).values()} == {State.HELD}
    (desk.folder / "posts/01-day/en.toml").write_text(good)
    desk.plan = plan_of(desk.folder / "config.toml")
    assert {s.state for s in desk.sweep(DUE + timedelta(hours=1)).values()} == {State.PUBLISHED}


@pytest.mark.invariant(6)
def test_folders_that_are_swapped_after_publication_say_nothing_again(desk: Desk) -> None:
    """Failure 14: a post's identity is what it says and when, not where its file lies."""
    desk.sweep(DUE + timedelta(hours=1))
    posts = desk.folder / "posts"
    (posts / "01-day").rename(posts / "02-tmp")
    (posts / "02-day").rename(posts / "01-day")
    (posts / "02-tmp").rename(posts / "02-day")
    desk.plan = plan_of(desk.folder / "config.toml")
    touched = desk.sweep(DUE + timedelta(days=1, hours=1))  # day 2 has day 1's texts now
    assert {s.state for s in touched.values()} == {State.REFUSED}
    assert all("already went out as 16days-2026/01/" in str(s.reason) for s in touched.values())
    assert len(desk.published()) == 4
    desk.clock.now += timedelta(hours=8)
    after = [s for s in statuses(desk.plan, desk.ledger, desk.clock(), desk.plan) if s.delivery.number == 2]
    assert {s.state for s in after} == {State.PUBLISHED}
    assert all("went out as 16days-2026/01/" in str(s.reason) and s.receipt for s in after)


@pytest.mark.invariant(3)
def test_an_embassy_that_left_the_config_is_settled_all_the_same(desk: Desk) -> None:
    class LosesTheAnswer(DryRun):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            super().publish(sent, armed)
            raise Unsure("the answer was lost")

    desk.connect = lambda account: LosesTheAnswer(account, desk.clock)
    desk.sweep(DUE)
    desk.plan = desk.plan.for_embassies([])
    assert desk.sweep(DUE + timedelta(minutes=1)) == {}
    rows = desk.ledger.campaign_rows("16days-2026")
    assert {row.state for row in rows.values()} == {State.UNSURE}  # and stays so until a person, or the config, is back


def test_a_run_for_one_embassy_leaves_the_misses_of_the_others_to_be_told(tmp_path: Path) -> None:
    clock = Clock(DUE - timedelta(days=1))
    zones = {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"}
    everybody = plan_of(campaigns.write(tmp_path, campaigns.files(embassies=zones)))
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", clock)
    desk = Desk(tmp_path, everybody, clock, ledger, {})
    nairobi = Desk(tmp_path, everybody.for_embassies(["nairobi"]), clock, ledger, desk.accounts)
    desk.sweep()
    nairobi.sweep()
    later = DUE + timedelta(hours=7)
    assert {s.delivery.embassy.id for s in nairobi.sweep(later).values()} == {"nairobi"}
    assert {s.delivery.embassy.id for s in desk.sweep(later).values()} == {"nairobi", "kampala"}
    assert desk.sweep(later) == {}
    ledger.close()
