"""The cost of posts on a platform that charges for each, and perhaps many times as much for one with a link.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.content.platform_section import Prices
from orangeday.platforms.registry import PLATFORMS


@dataclass(frozen=True, slots=True)
class Charges:
    """The cost of some deliveries on one platform."""

    posts: int
    """All of them, with a link or without."""
    with_link: int
    """The posts in which the platform finds an address, even if none was meant."""
    alt_texts: int
    dollars: float
    """In US dollars."""
    price_date: date
    """The date on which these prices were listed."""


def charges(deliveries: Iterable[Delivery], prices: Mapping[str, Prices]) -> dict[str, Charges]:
    """Return the charges of each platform that has prices, by its name, if all these deliveries are posted.

    The price of what may be read besides isn't included: on X half a cent for each post that is read back, where one is
    in doubt or late, and a cent a day for asking whose an account is, as `login` and `doctor` do. A post whose text
    can't be read yet counts as one without a link.
    """
    by_platform: dict[str, list[Delivery]] = {platform: [] for platform in prices}
    for delivery in deliveries:
        if delivery.platform in by_platform:
            by_platform[delivery.platform].append(delivery)
    return {
        platform: _charges(platform, platform_deliveries, prices[platform])
        for platform, platform_deliveries in by_platform.items()
    }


def identity_charges(accounts: Iterable[Account], prices: Mapping[str, Prices]) -> dict[str, tuple[int, float]]:
    """Return what each platform that has prices charges for asking whose these accounts are: how many, and dollars."""
    numbers = Counter(account.platform for account in accounts if account.platform in prices)
    return {platform: (number, round(number * prices[platform].user_read, 3)) for platform, number in numbers.items()}


def _charges(platform: str, deliveries: Iterable[Delivery], prices: Prices) -> Charges:
    price_list = PLATFORMS[platform].prices
    posts = with_link = alt_texts = 0
    has_link: dict[str, bool] = {"": False}
    for delivery in deliveries:
        text = delivery.rendered_text.text if delivery.rendered_text else ""
        if text not in has_link:
            has_link[text] = price_list is not None and price_list.has_link(text)
        posts += 1
        with_link += has_link[text]
        alt_texts += _alt_texts(delivery)
    dollars = (posts - with_link) * prices.post + with_link * prices.post_with_link + alt_texts * prices.alt_text
    return Charges(posts, with_link, alt_texts, round(dollars, 3), prices.price_date)


def _alt_texts(delivery: Delivery) -> int:
    """Return the number of a delivery's pictures that have an alt text."""
    return sum(picture in delivery.alt_texts for picture in delivery.media)
