"""The contract that every adapter keeps, as tests to inherit: by pytest, also in the package of another platform.

A subclass of `AdapterContract` gives four fixtures: `adapter`, `credentials`, `delivery` and `connect`. Each test
begins with an account that has no posts; `deliveries` makes a small campaign for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from orangeday.adapters.base import Adapter, Platform, PostCheck, PostState, Unsure
from orangeday.clock import DAYS, system_clock
from orangeday.content import campaign, config
from orangeday.content.plan import Delivery, Plan
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS

Connect = Callable[[], Platform]
"""A function that connects the one account of the test: once more, if it was connected already."""

Deliveries = Callable[[int], Delivery]
"""A function that returns a Delivery of that account by its day."""

ARMED_AT = datetime(2026, 11, 25, 6, 0, 0, 123456, tzinfo=UTC)


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
        match = plan.find(f"{plan.campaign_id}/{day:02}/nairobi/{platform}/en")
        assert match and match.rendered_text, [*map(str, plan.problems)]
        return match

    return delivery


class AccountContract:
    """The tests of a connected account: all that the engine counts on."""

    def test_what_is_published_has_a_receipt_and_is_found(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        payload = platform.prepare(delivery(1), {}, 0, ARMED_AT)
        assert platform.find([payload], ARMED_AT) is None
        receipt = platform.publish(payload, ARMED_AT)
        assert receipt.id and receipt.url and receipt.published_at.tzinfo
        match = platform.find([payload], ARMED_AT)
        assert match and (match.id, match.url, match.note) == (receipt.id, receipt.url, None)

    def test_what_was_prepared_and_not_sent_is_nowhere(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        payload = platform.prepare(delivery(1), {}, 0, ARMED_AT)
        assert platform.find([payload], ARMED_AT) is None
        assert platform.find([], ARMED_AT) is None

    def test_another_post_is_not_taken_for_it(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        platform.publish(platform.prepare(delivery(1), {}, 0, ARMED_AT), ARMED_AT)
        second_payload = platform.prepare(delivery(2), {}, 0, ARMED_AT)
        assert platform.find([second_payload], ARMED_AT) is None

    def test_any_of_its_attempts_may_be_the_one(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        first, second = (platform.prepare(delivery(day), {}, 0, ARMED_AT) for day in (1, 2))
        receipt = platform.publish(second, ARMED_AT)
        match = platform.find([first, second], ARMED_AT)
        assert match and match.id == receipt.id

    def test_sent_again_it_is_found_all_the_same(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        payload = platform.prepare(delivery(1), {}, 0, ARMED_AT)
        receipts = [platform.publish(payload, ARMED_AT)]
        try:
            receipts.append(platform.publish(payload, ARMED_AT))
        except Unsure as failure:
            assert failure.is_duplicate
        match = platform.find([payload], ARMED_AT)
        assert match and match.id in {receipt.id for receipt in receipts}

    def test_what_is_deleted_is_gone(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        remaining_payload, deleted_payload = (platform.prepare(delivery(day), {}, 0, ARMED_AT) for day in (1, 2))
        platform.publish(remaining_payload, ARMED_AT)
        platform.delete(platform.publish(deleted_payload, ARMED_AT))
        assert platform.find([deleted_payload], ARMED_AT) is None
        assert platform.find([remaining_payload], ARMED_AT)

    def test_looked_at_it_is_up_or_says_something_else_or_is_gone(self, connect: Connect, delivery: Deliveries) -> None:
        platform = connect()
        payloads = [platform.prepare(delivery(day), {}, 0, ARMED_AT) for day in (1, 2, 3)]
        first, second, third = (platform.publish(payload, ARMED_AT) for payload in payloads)
        platform.delete(second)
        second = replace(second, published_at=second.published_at - timedelta(hours=1))  # what is new may be shown late
        checks = platform.check_posts(
            [
                (first, [payloads[2], payloads[0]]),
                (second, [payloads[1]]),
                (third, [payloads[0]]),
                (first, [payloads[0]]),
            ]
        )
        assert [check.state for check in checks if isinstance(check, PostCheck)] == [
            PostState.UP, PostState.GONE, PostState.CHANGED, PostState.UP,
        ]  # fmt: skip
        assert [*platform.check_posts([])] == []

    def test_it_is_prepared_the_same_each_time(self, connect: Connect, delivery: Deliveries) -> None:
        payload = connect().prepare(delivery(1), {}, 0, ARMED_AT)
        assert connect().prepare(delivery(1), {}, 0, ARMED_AT) == payload
        wording = delivery(1).rendered_text
        assert wording and payload.text == wording.text

    def test_an_account_is_the_same_for_good(self, connect: Connect) -> None:
        assert connect().identity == connect().identity != ""


class AdapterContract(AccountContract):
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
        receipt = platform.publish(platform.prepare(delivery(1), {}, 0, ARMED_AT), ARMED_AT)
        assert adapter.post_id(receipt.url, platform.identity) == receipt.id
        for address in ("", "https://example.org/", f"{receipt.url}/more and more"):
            try:
                post_id = adapter.post_id(address, platform.identity)
            except OrangedayError:
                continue
            raise AssertionError(f"“{address}” is taken for the address of {post_id}")
