"""The contract that every adapter keeps, as tests to inherit: by pytest, also in the package of another platform.

A subclass of `AdapterContract` gives four fixtures: `adapter`, `credentials`, `delivery` and `connect`. Each test
begins with an account that has no posts; `deliveries` makes a small campaign for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from orangeday.adapters.base import Adapter, Platform, Seen, There, Unsure
from orangeday.clock import DAYS, system_clock
from orangeday.content import campaign, config
from orangeday.content.plan import Delivery, Plan
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS

Connect = Callable[[], Platform]
"""A function that connects the one account of the test: once more, if it was connected already."""

Deliveries = Callable[[int], Delivery]
"""A function that returns a Delivery of that account by its day."""

ARMED = datetime(2026, 11, 25, 6, 0, 0, 123456, tzinfo=UTC)


def deliveries(folder: Path, platform: str, handle: str, section: str = "") -> Deliveries:
    """Return the deliveries of an account, of a campaign that is written into an empty folder.

    `section` is what the config says of the platform, such as `server = "http://127.0.0.1:8080"`.
    """
    posts = folder / "posts"
    for number in DAYS:
        day = posts / f"{number:02}-day"
        day.mkdir(parents=True)
        (day / "day.toml").write_text(f'title = "Day {number}"\nfacts = ["one"]\n', "utf-8")
        (day / "en.toml").write_text(f'text = "Day {number} in en, from {{city}}."\n', "utf-8")
    (posts / "campaign.toml").write_text('id = "16days"\n', "utf-8")
    (posts / "facts.toml").write_text('[one]\nstatement = "One."\n', "utf-8")
    names = "\n".join(f'{name} = {{ en = "Nairobi" }}' for name in ("name", "city", "in_city", "country", "in_country"))
    embassy = f'{names}\ntimezone = "Africa/Nairobi"\nlanguages = ["en"]\n{platform} = {{ handle = "{handle}" }}\n'
    (folder / "config.toml").write_text(f"[{platform}]\n{section}\n[embassies.nairobi]\n{embassy}", "utf-8")
    plan = Plan(campaign.load(posts), config.load(folder / "config.toml"), date(2026, 11, 25))

    def delivery(day: int) -> Delivery:
        found = plan.find(f"{plan.campaign_id}/{day:02}/nairobi/{platform}/en")
        assert found and found.wording, [*map(str, plan.problems)]
        return found

    return delivery


class Contract:
    """The tests of a connected account: all that the engine counts on."""

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


class AdapterContract(Contract):
    """The tests of a platform's adapter: of its connected account, and of all that the commands count on."""

    def test_who_it_is_now_is_who_it_is_for_good(
        self, adapter: Adapter, credentials: Mapping[str, str], connect: Connect, delivery: Deliveries
    ) -> None:
        assert adapter.verify(delivery(1).account, credentials, system_clock) == connect().identity

    def test_an_account_cannot_be_taken_for_one_of_another_platform(
        self, connect: Connect, delivery: Deliveries
    ) -> None:
        identity = connect().identity
        assert [name for name, spec in PLATFORMS.items() if spec.is_identity(identity)] == [delivery(1).platform]

    def test_a_post_is_known_by_the_address_that_a_person_copies(
        self, adapter: Adapter, connect: Connect, delivery: Deliveries
    ) -> None:
        platform = connect()
        receipt = platform.publish(platform.prepare(delivery(1), {}, 0, ARMED), ARMED)
        assert adapter.post_id(receipt.url, platform.identity) == receipt.id
        for address in ("", "https://example.org/", f"{receipt.url}/more and more"):
            try:
                found = adapter.post_id(address, platform.identity)
            except OrangedayError:
                continue
            raise AssertionError(f"“{address}” is taken for the address of {found}")
