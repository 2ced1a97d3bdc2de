"""What X will charge: it wants money for every post, and many times as much for one with a link. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from orangeday.content.config import Prices
from orangeday.content.plan import Delivery
from orangeday.text.x import x_has_address


@dataclass(frozen=True, slots=True)
class Charges:
    """What some deliveries on X come to."""

    posts: int
    """All of them, with a link or without."""
    with_link: int
    """Those in which X finds an address, whoever meant it as one."""
    alt_texts: int
    dollars: float
    """In US dollars."""
    listed: date
    """When X listed the prices that this is reckoned at."""


def charges(deliveries: Iterable[Delivery], prices: Prices) -> Charges:
    """What X will charge for these deliveries, if all of them go out.

    Not for what it asks besides, a tenth of a cent each: reading a post back, where it is in doubt. A post whose text
    can't be read yet is taken for one without a link.
    """
    posts = with_link = alt_texts = 0
    linked: dict[str, bool] = {"": False}
    for delivery in deliveries:
        if delivery.platform != "x":
            continue
        text = delivery.wording.text if delivery.wording else ""
        if text not in linked:
            linked[text] = x_has_address(text)
        posts += 1
        with_link += linked[text]
        alt_texts += _alt_texts(delivery)
    dollars = (posts - with_link) * prices.post + with_link * prices.post_with_link + alt_texts * prices.alt_text
    return Charges(posts, with_link, alt_texts, round(dollars, 3), prices.listed)


def _alt_texts(delivery: Delivery) -> int:
    """How many of the pictures it shows are described."""
    return sum(picture in delivery.translation.alt for picture in delivery.media) if delivery.translation else 0
