"""The contract that every adapter keeps: a class for each platform in `test_contract.py` gives it an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orangeday.adapters.base import Platform, Seen, There, Unsure
from orangeday.content.plan import Delivery

Connect = Callable[[], Platform]
"""Connects the one account of the test: once more, if it was connected already."""

Deliveries = Callable[[int], Delivery]
"""A Delivery of that account by its day."""

ARMED = datetime(2026, 11, 25, 6, 0, 0, 123456, tzinfo=UTC)


class Contract:
    """What the engine counts on."""

    def test_what_is_published_has_a_receipt_and_is_found(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        sent = platform.prepare(delivery(1), {}, 0, ARMED)
        assert platform.find([sent], ARMED) is None
        receipt = platform.publish(sent, ARMED)
        assert receipt.id and receipt.url and receipt.published_at.tzinfo
        found = platform.find([sent], ARMED)
        assert found and (found.id, found.url, found.note) == (receipt.id, receipt.url, None)

    def test_what_was_prepared_and_not_sent_is_nowhere(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        sent = platform.prepare(delivery(1), {}, 0, ARMED)
        assert platform.find([sent], ARMED) is None
        assert platform.find([], ARMED) is None

    def test_another_post_is_not_taken_for_it(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        platform.publish(platform.prepare(delivery(1), {}, 0, ARMED), ARMED)
        other = platform.prepare(delivery(2), {}, 0, ARMED)
        assert platform.find([other], ARMED) is None

    def test_any_of_its_attempts_may_be_the_one(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        first, second = (platform.prepare(delivery(day), {}, 0, ARMED) for day in (1, 2))
        receipt = platform.publish(second, ARMED)
        found = platform.find([first, second], ARMED)
        assert found and found.id == receipt.id

    def test_sent_again_it_is_found_all_the_same(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        sent = platform.prepare(delivery(1), {}, 0, ARMED)
        receipts = [platform.publish(sent, ARMED)]
        try:
            receipts.append(platform.publish(sent, ARMED))
        except Unsure as doubt:
            assert doubt.there_already
        found = platform.find([sent], ARMED)
        assert found and found.id in {receipt.id for receipt in receipts}

    def test_what_is_deleted_is_gone(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        kept, gone = (platform.prepare(delivery(day), {}, 0, ARMED) for day in (1, 2))
        platform.publish(kept, ARMED)
        platform.delete(platform.publish(gone, ARMED))
        assert platform.find([gone], ARMED) is None
        assert platform.find([kept], ARMED)

    def test_looked_at_it_is_up_or_says_something_else_or_is_gone(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        sent = [platform.prepare(delivery(day), {}, 0, ARMED) for day in (1, 2, 3)]
        up, gone, changed = (platform.publish(each, ARMED) for each in sent)
        platform.delete(gone)
        gone = replace(gone, published_at=gone.published_at - timedelta(hours=1))  # what is new may be shown late
        looked = platform.look([(up, [sent[2], sent[0]]), (gone, [sent[1]]), (changed, [sent[0]]), (up, [sent[0]])])
        assert [seen.there for seen in looked if isinstance(seen, Seen)] == [
            There.UP, There.GONE, There.CHANGED, There.UP,
        ]  # fmt: skip
        assert [*platform.look([])] == []

    def test_it_is_prepared_the_same_each_time(self, connect: Connect, delivery: Deliveries) -> None:
        sent = connect().prepare(delivery(1), {}, 0, ARMED)
        assert connect().prepare(delivery(1), {}, 0, ARMED) == sent
        wording = delivery(1).wording
        assert wording and sent.text == wording.text

    def test_an_account_is_the_same_for_good(self, connect: Connect) -> None:
        assert connect().identity == connect().identity != ""
