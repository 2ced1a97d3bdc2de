"""A delivery made ready to be sent, and what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orangeday.adapters.base import Payload, Receipt, Refused
from orangeday.content.encoding import Flaw
from orangeday.content.images import locate, read_picture
from orangeday.content.plan import Delivery


@dataclass(frozen=True)
class Draft:
    """A delivery made ready to be sent, and what it was made of."""

    ingredients: tuple[object, ...]
    media: Mapping[str, bytes]
    payload: Payload
    generation: int
    first_armed: datetime
    existing_post: Receipt | None
    """The post that says the same already, if the account was looked at and has one."""


def ingredients(delivery: Delivery, media: Mapping[str, bytes]) -> tuple[object, ...]:
    """Return all that a payload is made of: where two readings of the files agree on it, the payload is the same."""
    day = delivery.day
    return (
        delivery.account,
        delivery.due,
        delivery.deadline,
        delivery.rendered_text and delivery.rendered_text.text,
        dict(delivery.alt_texts),
        dict(media),
        delivery.link,
        day and day.title,
        delivery.plan.campaign.title,
    )


def read_media(delivery: Delivery) -> dict[str, bytes]:
    """Return a delivery's pictures, as bytes by name. Raises Refused where one can't be read."""
    media = {}
    for name in delivery.media:
        file = locate(delivery.plan.campaign.folder, name)
        content = file if isinstance(file, Flaw) else read_picture(file)
        if isinstance(content, Flaw):
            raise Refused(f"the picture {name}: {content.message}")
        media[str(name)] = content
    return media
