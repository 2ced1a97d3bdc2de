"""A delivery made ready to be sent, and what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orangeday.adapters.base import Receipt, Refused, Sent
from orangeday.content import images
from orangeday.content.plan import Delivery


@dataclass(frozen=True)
class Draft:
    """A delivery made ready to be sent, and what it was made of."""

    ingredients: tuple[object, ...]
    media: Mapping[str, bytes]
    sent: Sent
    generation: int
    first_armed: datetime
    found: Receipt | None
    """A post that says the same already, where the account was looked at."""


def ingredients(delivery: Delivery, media: Mapping[str, bytes]) -> tuple[object, ...]:
    """All that a payload is made of: where two readings of the files agree on it, it is the same one."""
    translation, day = delivery.translation, delivery.day
    return (
        delivery.account,
        delivery.due,
        delivery.closes,
        delivery.wording and delivery.wording.text,
        dict(translation.alt) if translation else None,
        dict(media),
        *((day.link, day.title) if day else ()),
        delivery.plan.campaign.title,
    )


def read_media(delivery: Delivery) -> dict[str, bytes]:
    """Its pictures. Raises Refused where there is one that can't be read."""
    media = {}
    for name in delivery.media:
        file = images.locate(delivery.plan.campaign.folder, name)
        if isinstance(file, images.Flaw):
            raise Refused(f"the picture {name}: {file.message}")
        media[str(name)] = file.read_bytes()
    return media
