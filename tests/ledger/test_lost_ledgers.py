"""A ledger that is lost, copied, restored, full or locked: nothing goes out on a memory that may be wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Deferred, Payload, Receipt, Refused, Unsure
from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus
from orangeday.errors import LedgerError
from orangeday.ledger.database import Connection
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.ledger.states import State

from ..support import campaigns
from ..support.campaigns import ownable
from ..support.common import Clock, plan_of
from ..support.ledger_databases import wrap_writing
from ..support.misbehaving_accounts import Misbehaving, live

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
TOMORROW = DUE + timedelta(days=1)
DAY_1, DAY_2 = ([f"16days-2026/{day}/nairobi/{p}/en" for p in ("x", "bluesky")] for day in ("01", "02"))


@dataclass
class House:
    """A live campaign, all of it approved, and its ledger where it should be."""

    folder: Path
    plan: Plan
    clock: Clock = field(default_factory=lambda: Clock(DUE - timedelta(hours=1)))
    account: type[Misbehaving] = Misbehaving

    @property
    def file(self) -> Path:
        return self.folder / "ledger.db"

    @contextmanager
    def publisher(self, file: Path | None = None, moods: Mapping[str, str] | None = None) -> Iterator[Publisher]:
        def connect(account: Account) -> Misbehaving:
            return self.account(account, self.clock, file=self.folder / f"{account.platform}.book", moods=moods or {})

        url = f"sqlite:///{file or self.file}?timeout=0.2"
        with (
            closing(Ledger(url, self.clock)) as ledger,
            closing(Publisher(self.plan, ledger, connect, self.clock, live=True)) as publisher,
        ):
            yield publisher

    def sweep(
        self, now: datetime, file: Path | None = None, moods: Mapping[str, str] | None = None
    ) -> dict[str, DeliveryStatus]:
        self.clock.now = now
        with self.publisher(file, moods) as publisher:
            return {standing.delivery.key: standing for standing in publisher.publish_due(now)}

    def resume(self, file: Path | None = None) -> None:
        with closing(Ledger(f"sqlite:///{file or self.file}", self.clock)) as ledger:
            ledger.resume(ALL_ACCOUNTS)

    def live(self) -> dict[str, int]:
        return dict(live(self.folder))


@pytest.fixture
def house(tmp_path: Path) -> House:
    config = '\n[publishing]\nmode = "live"\n'
    plan = plan_of(campaigns.write(tmp_path, ownable(campaigns.files(config=config))))
    approvals.approve(plan, content.subjects(plan), "Ann", DUE - timedelta(days=1))
    house = House(tmp_path, plan)
    house.sweep(DUE - timedelta(hours=1))
    return house


def once(*keys: str) -> dict[str, int]:
    return dict.fromkeys(keys, 1)


def assert_held(touched: Mapping[str, DeliveryStatus], why: str) -> None:
    assert touched
    assert {standing.state for standing in touched.values()} == {State.HELD}
    assert all(why in str(standing.reason) for standing in touched.values())


# Gone, or another's


@pytest.mark.invariant(1, 11)
@pytest.mark.parametrize("replaced", [True, False])
def test_a_ledger_that_vanishes_while_it_is_in_use_is_missed_at_once(house: House, replaced: bool) -> None:
    with house.publisher() as publisher:
        publisher.publish_due(house.clock.now)
        copy = shutil.copy(house.file, house.folder / "copy.db")
        house.file.unlink()
        if replaced:
            Path(copy).rename(house.file)
        house.clock.now = DUE
        with pytest.raises(LedgerError, match=r"ledger\.db was removed or replaced while it was in use"):
            publisher.publish_due(DUE)
    assert not live(house.folder)


@pytest.mark.invariant(7, 8)
def test_a_ledger_that_vanishes_under_an_answer_leaves_a_brake_behind(house: House) -> None:
    class Tidy(Misbehaving):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            receipt = super().publish(sent, armed)
            for file in house.folder.glob("ledger.db*"):
                if file.is_file():
                    file.unlink()
            return receipt

    house.account = Tidy
    with pytest.raises(LedgerError):
        house.sweep(DUE)
    before = house.live()
    assert before
    assert set(before.values()) == {1}
    house.account = Misbehaving
    assert_held(house.sweep(DUE + timedelta(minutes=1)), "there is no record here of what was posted so far")
    assert house.live() == before


@pytest.mark.invariant(8)
def test_a_ledger_that_was_deleted_between_two_runs_is_made_anew_with_the_brake_on(house: House) -> None:
    house.sweep(DUE)
    house.file.unlink()
    assert_held(
        house.sweep(DUE + timedelta(minutes=1)),
        "16days-2026 is running, and there is no record here of what was posted so far",
    )
    assert house.live() == once(*DAY_1)
    house.resume()
    house.sweep(TOMORROW)
    assert house.live() == once(*DAY_1, *DAY_2)


@pytest.mark.invariant(8)
def test_a_campaign_by_another_name_starts_with_the_brake_on(house: House) -> None:
    house.sweep(DUE)
    (house.folder / "posts/campaign.toml").write_text('id = "orange"\n')
    house.plan = plan_of(house.plan.config.file)
    assert_held(
        house.sweep(DUE + timedelta(minutes=1)),
        "orange-2026 is running, and there is no record here of what was posted so far",
    )


@pytest.mark.invariant(8)
def test_a_ledger_that_was_copied_starts_with_the_brake_on(house: House) -> None:
    house.sweep(DUE)
    (house.folder / "elsewhere").mkdir()
    copy = Path(shutil.copy(house.file, house.folder / "elsewhere"))
    assert_held(
        house.sweep(TOMORROW, copy), f"this record of posts was last used at {house.file}. Look at the accounts"
    )
    house.resume(copy)
    house.sweep(TOMORROW + timedelta(minutes=1), copy)
    assert house.live() == once(*DAY_1, *DAY_2)
    # And the original, if somebody starts it again: what the copy has sent it can't know.
    assert {s.state for s in house.sweep(TOMORROW + timedelta(hours=7)).values()} == {State.MISSED}
    assert house.live() == once(*DAY_1, *DAY_2)


@pytest.mark.invariant(8)
@pytest.mark.parametrize(
    ("user", "host", "words"),
    [
        ("ann", "laptop", "by ann with another state folder: is XDG_STATE_HOME set in one place only?"),
        ("root", "laptop", "by another user of this machine, ann"),
        ("ann", "server", "on another computer"),
        ("root", "server", "on another computer"),
    ],
)
def test_a_ledger_that_somebody_else_used_last_starts_with_the_brake_on_and_says_who_it_was(
    house: House, own_state_folder: Path, monkeypatch: pytest.MonkeyPatch, user: str, host: str, words: str
) -> None:
    _uses(house, own_state_folder, monkeypatch, "ann", "laptop")
    house.resume()
    house.sweep(DUE)
    _uses(house, own_state_folder, monkeypatch, user, host)
    touched = house.sweep(TOMORROW)
    assert_held(touched, words)
    others = {"by another user", "on another computer", "another state folder"} - {w for w in WORDS if w in words}
    assert not any(other in str(standing.reason) for standing in touched.values() for other in others)
    assert house.live() == once(*DAY_1)


def test_who_used_it_last_is_told_of_a_ledger_that_an_older_version_has_written_as_well(
    house: House, own_state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept no more than the machine's name and the path."""
    _uses(house, own_state_folder, monkeypatch, "ann", "laptop")
    house.sweep(DUE)
    with closing(sqlite3.connect(house.file)) as ledger:
        for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            ledger.execute(f"DROP TRIGGER {name}")
        assert ledger.execute("UPDATE event SET detail = ? WHERE what = 'settled in'", [str(house.file)]).rowcount
        ledger.commit()
    _uses(house, own_state_folder, monkeypatch, "root", "laptop")
    assert_held(house.sweep(TOMORROW), "by another user of this machine, ann")


WORDS = ("by another user", "on another computer", "another state folder")


def _uses(house: House, state: Path, monkeypatch: pytest.MonkeyPatch, user: str, host: str) -> None:
    """It is used by this user from now on, on this machine: nobody else's state folder is theirs."""
    for machine in state.rglob("machine"):
        machine.unlink()
    monkeypatch.setenv("LOGNAME", user)
    monkeypatch.setattr("socket.gethostname", lambda: host)
    house.sweep(max(house.clock.now, DUE - timedelta(minutes=30)))


@pytest.mark.invariant(8)
def test_a_ledger_that_moves_before_the_campaign_begins_brakes_nothing(house: House) -> None:
    house.clock.now = DUE - timedelta(days=2)
    moved = house.folder / "moved.db"
    house.file.rename(moved)
    house.sweep(DUE - timedelta(days=2), moved)
    house.sweep(DUE, moved)
    assert house.live() == once(*DAY_1)


@pytest.mark.invariant(8)
def test_a_program_that_ends_as_its_ledger_settles_in_leaves_the_brake_on(house: House) -> None:
    """Were it at home first and braked afterwards, a kill between the two would let it go."""
    copy = Path(shutil.copy(house.file, house.folder / "copy.db"))
    with closing(Ledger(f"sqlite:///{copy}", house.clock)) as ledger:
        ledger.claim_home("16days-2026", is_running=True)
        assert [pause.scope for pause in ledger.pauses()] == [ALL_ACCOUNTS]


# From a backup


@pytest.fixture
def restored(house: House) -> House:
    """Two days went out, and the ledger is as it was after the first."""
    house.sweep(DUE, moods={"x/en": "loses after"})  # the backup is made in doubt
    backup = house.folder / "backup.db"
    with closing(sqlite3.connect(house.file)) as of, closing(sqlite3.connect(backup)) as to:
        of.backup(to)
    house.sweep(DUE + timedelta(minutes=1))
    house.sweep(TOMORROW)
    assert house.live() == once(*DAY_1, *DAY_2)
    house.file.unlink()
    backup.rename(house.file)
    return house


@pytest.mark.invariant(8)
def test_a_restored_backup_starts_with_the_brake_on(restored: House) -> None:
    touched = restored.sweep(TOMORROW + timedelta(minutes=1))
    day_2 = {key: standing for key, standing in touched.items() if key in DAY_2}
    assert_held(day_2, "it seems to come from a backup")
    assert restored.live() == once(*DAY_1, *DAY_2)


@pytest.mark.invariant(3, 8)
def test_what_a_backup_knows_or_doubts_never_goes_out_again(restored: House) -> None:
    touched = restored.sweep(TOMORROW + timedelta(hours=7))
    assert touched[DAY_1[0]].state is State.PUBLISHED, "the backup's doubt is settled by reading back, brake or not"
    restored.resume()
    restored.sweep(TOMORROW + timedelta(hours=8))
    restored.sweep(TOMORROW + timedelta(days=1))
    assert {restored.live()[key] for key in (*DAY_1, *DAY_2)} == {1}


@pytest.mark.invariant(8)
def test_what_a_backup_has_never_heard_of_does_not_go_out_again_after_resume(restored: House) -> None:
    restored.sweep(TOMORROW + timedelta(minutes=1))
    restored.resume()
    restored.sweep(TOMORROW + timedelta(minutes=2))
    assert restored.live() == once(*DAY_1, *DAY_2)


# Full, locked, and not to be written


class Disk:
    """The disk of one ledger, full from a given moment on."""

    def __init__(self, publisher: Publisher) -> None:
        self.full = False

        def begun(connection: Connection) -> None:
            pages = connection.value("PRAGMA page_count") if self.full else 2**30
            connection.rows(f"PRAGMA max_page_count = {pages}")

        wrap_writing(publisher._ledger, begun)


LONG = "much to say. " * 2000
"""More than fits on the pages that a ledger has already."""


@pytest.mark.invariant(1, 3, 7)
@pytest.mark.parametrize(
    ("stage", "on_the_way"),
    [("arming", 0), ("published", 1), ("unsure", 1), ("deferred", 0), ("refused", 0)],
)
def test_a_disk_that_is_full_at_any_stage_loses_nothing_and_repeats_nothing(
    house: House, stage: str, on_the_way: int
) -> None:
    class Wordy(Misbehaving):
        """Says so much about one thing that the ledger has to grow for it."""

        def prepare(
            self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime
        ) -> Payload:
            sent = super().prepare(delivery, media, generation, first_armed)
            if stage != "arming":
                return sent
            disk.full = tried == []
            return Payload(sent.text, {**sent.document, "said": LONG})

        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            tried.append(sent)
            first = len(tried) == 1
            disk.full = first
            if first and stage == "deferred":
                raise Deferred(LONG, self.clock() + timedelta(minutes=1))
            if first and stage == "refused":
                raise Refused(LONG)
            receipt = super().publish(sent, armed)
            if first and stage == "unsure":
                raise Unsure(LONG)
            return Receipt(receipt.id, LONG, receipt.published_at) if first else receipt

    files = (house.folder / "config.toml").read_text().replace("bluesky =", "# bluesky =")
    (house.folder / "config.toml").write_text(files)
    house.plan = plan_of(house.folder / "config.toml")
    approvals.approve(house.plan, content.subjects(house.plan), "Ann", DUE - timedelta(days=1))
    house.account, tried = Wordy, list[Payload]()
    key, house.clock.now = DAY_1[0], DUE
    with house.publisher() as publisher:
        disk = Disk(publisher)
        with pytest.raises(LedgerError, match="Free some space"):
            publisher.publish_due(DUE)
        assert house.live().get(key, 0) == on_the_way
        assert len(tried) == (stage != "arming")
        disk.full, tried = False, [*tried, Payload("", {})]  # somebody made room
        for minutes in (1, 2, 3):
            house.clock.now = DUE + timedelta(minutes=minutes)
            publisher.publish_due(house.clock.now)
        assert publisher._ledger.rows([key])[key].state is State.PUBLISHED
    assert house.live() == once(key)


@pytest.mark.invariant(1, 11)
def test_a_ledger_that_may_only_be_read_sends_nothing_and_says_why(house: House) -> None:
    with house.publisher() as publisher:
        publisher.publish_due(house.clock.now)

        # Root may write whatever the mode says.
        wrap_writing(publisher._ledger, lambda connection: connection.change("PRAGMA query_only = ON"))
        house.clock.now = DUE
        with pytest.raises(LedgerError, match="may only read it\\. Run this as the user who posts from here"):
            publisher.publish_due(DUE)
    assert not house.live()


@pytest.mark.invariant(1, 8)
def test_what_cannot_be_bookmarked_is_not_sent(house: House, own_state_folder: Path) -> None:
    """A backup of a moment ago would not be told from the ledger itself."""
    with house.publisher() as publisher:
        publisher.publish_due(house.clock.now)
        (bookmark,) = own_state_folder.rglob("ledger-*.json")
        shutil.rmtree(bookmark.parent)
        house.clock.now = DUE
        with pytest.raises(LedgerError, match="Check its folder"):
            publisher.publish_due(DUE)
    assert not house.live()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
@pytest.mark.invariant(1, 11)
def test_a_ledger_whose_file_may_only_be_read_sends_nothing(house: House) -> None:
    house.file.chmod(0o444)
    with pytest.raises(LedgerError, match="right to write"):
        house.sweep(DUE)
    assert not house.live()


@pytest.mark.invariant(1, 11)
def test_a_ledger_that_another_program_locks_sends_nothing_until_it_is_free(house: House) -> None:
    with closing(sqlite3.connect(house.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="Another program is using it"):
            house.sweep(DUE)
        assert not house.live()
    house.sweep(DUE + timedelta(minutes=1))
    assert house.live() == once(*DAY_1)


@pytest.mark.invariant(3, 7)
def test_a_ledger_that_another_program_locks_under_an_answer_repeats_nothing(house: House) -> None:
    others: list[sqlite3.Connection] = []

    class Interrupted(Misbehaving):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            receipt = super().publish(sent, armed)
            if not others:
                others.append(sqlite3.connect(house.file, isolation_level=None, check_same_thread=False, timeout=20))
                others[0].execute("BEGIN IMMEDIATE")
            return receipt

    house.account = Interrupted
    with pytest.raises(LedgerError, match="Another program is using it"):
        house.sweep(DUE)
    others[0].close()
    house.sweep(DUE + timedelta(minutes=1))
    house.sweep(DUE + timedelta(minutes=2))
    assert house.live() == once(*DAY_1)
