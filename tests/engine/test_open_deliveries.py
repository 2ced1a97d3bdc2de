"""The Deliveries that a sweep judges: all that is open and undecided, and what a person lets go once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Payload, Receipt
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.open_deliveries import OpenDeliveries
from orangeday.errors import LedgerError
from orangeday.ledger import statements
from orangeday.ledger.ledger import Ledger

from ..support import campaigns
from ..support.common import Clock, plan_of

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


class Office:
    """A campaign in two languages, its ledger, and one program's memory of what is open."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.clock = Clock(DUE)
        self.plan = plan_of(campaigns.write(folder, campaigns.files(("en", "fr"))))
        self.ledger = Ledger(url, self.clock)
        self.open_deliveries = OpenDeliveries(self.ledger)

    def undecided(self, plan: Plan | None = None, *, minutes: int = 0) -> list[str]:
        """The account and language of each, as a sweep so many minutes after nine o'clock finds them."""
        self.clock.now = DUE + timedelta(minutes=minutes)
        found = self.open_deliveries.find(plan or self.plan, self.clock.now)
        return ["/".join(delivery.key.split("/")[3:]) for delivery in found]

    def delivery(self, name: str) -> Delivery:
        found = self.plan.find(f"{self.plan.campaign_id}/01/nairobi/{name}")
        assert found
        return found

    def arm(self, name: str, generation: int = 0) -> None:
        self.ledger.arm(
            self.delivery(name), generation, f"{name[:2]}-identity", Payload(f"{name}{generation}", {}), DUE
        )

    def publish(self, name: str, generation: int = 0) -> None:
        self.arm(name, generation)
        self.ledger.published(self.delivery(name).key, Receipt(name, f"https://example.org/{name}", self.clock.now))


@pytest.fixture
def office(tmp_path: Path, ledger_url: str) -> Iterator[Office]:
    office = Office(tmp_path, ledger_url)
    yield office
    office.ledger.close()


def test_what_falls_due_is_added_and_what_is_published_is_left_out(office: Office) -> None:
    assert office.undecided(minutes=-1) == []
    assert office.undecided() == ["x/en", "bluesky/en"]
    office.publish("x/en")
    assert office.undecided() == ["bluesky/en"]
    assert office.undecided(minutes=21) == ["bluesky/en", "x/fr", "bluesky/fr"]
    assert office.undecided(minutes=6 * 60) == ["x/fr", "bluesky/fr"]


def test_what_is_in_doubt_stays_with_the_sweep_that_settles_it(office: Office) -> None:
    office.undecided()
    office.arm("x/en")
    assert "x/en" in office.undecided()
    office.ledger.unsure(office.delivery("x/en").key, "no answer")
    assert "x/en" in office.undecided()


def test_what_a_person_lets_go_once_more_comes_back(office: Office) -> None:
    key = office.delivery("x/en").key
    office.arm("x/en")
    office.ledger.refused(key, "too long")
    assert office.undecided() == ["bluesky/en"]
    office.ledger.allow(key)
    assert set(office.undecided()) == {"x/en", "bluesky/en"}
    office.publish("x/en")
    assert office.undecided() == ["bluesky/en"]
    office.ledger.retracted(office.ledger.rows([key])[key], replace=True)
    assert set(office.undecided()) == {"x/en", "bluesky/en"}


def test_what_was_taken_down_for_good_doesnt_come_back(office: Office) -> None:
    key = office.delivery("x/en").key
    office.publish("x/en")
    office.ledger.retracted(office.ledger.rows([key])[key], replace=False)
    assert office.undecided() == ["bluesky/en"]


def test_a_miss_whose_window_is_open_again_comes_back(office: Office) -> None:
    office.undecided(minutes=7 * 60)
    office.ledger.missed(office.delivery("x/en"), "its time passed")
    assert office.undecided(minutes=1) == ["x/en", "bluesky/en"]


def test_other_files_are_looked_through_anew(office: Office) -> None:
    office.publish("x/en")
    assert office.undecided() == ["bluesky/en"]
    edited = plan_of(office.folder / "config.toml")
    assert edited is not office.plan
    assert office.undecided(edited) == ["bluesky/en"]
    assert {delivery.plan for delivery in office.open_deliveries.find(edited, office.clock.now)} == {edited}


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_what_a_look_was_to_find_that_failed_is_found_by_the_next(office: Office, tmp_path: Path) -> None:
    office.undecided()
    away = tmp_path / "away.db"
    (tmp_path / "ledger.db").rename(away)
    with pytest.raises(LedgerError):
        office.undecided(minutes=21)
    away.rename(tmp_path / "ledger.db")
    assert set(office.undecided(minutes=22)) == {"x/en", "bluesky/en", "x/fr", "bluesky/fr"}


@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_a_line_that_appears_below_the_last_one_is_seen_all_the_same(office: Office) -> None:
    """On a server a transaction that took its number first may end last."""
    key = office.delivery("x/en").key
    office.arm("x/en")
    office.ledger.refused(key, "too long")
    with office.ledger._store.writing() as slow:
        slow.execute(statements.update_delivery("allowed"), key=key, allowed="Ann")
        slow.insert_line("event", at=office.clock.now, what="retry", key=key, who="Ann", machine="another")()
        office.ledger.note("looked at", None, "a line with a higher number, which is there first")
        assert office.undecided() == ["bluesky/en"]
    assert set(office.undecided()) == {"x/en", "bluesky/en"}
