"""What each platform is, without any of its software: how it counts a post, and how much it allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orangeday.text.bluesky import BLUESKY_LIMIT, bluesky_facets, bluesky_length
from orangeday.text.x import X_LIMIT, x_facets, x_length


@dataclass(frozen=True, slots=True)
class Count:
    """How a platform counts a post, and how much it allows."""

    title: str
    """The platform's name for people."""
    length: Callable[[str], int]
    limit: int
    unit: str
    facets: Callable[[str], list[tuple[int, int, str, str]]]
    """What it makes a link, a tag or a mention of."""


PLATFORMS = {
    "x": Count("X", x_length, X_LIMIT, "as X counts", x_facets),
    "bluesky": Count("Bluesky", bluesky_length, BLUESKY_LIMIT, "characters", bluesky_facets),
}
"""Every platform that an account can be on, by its name in the files."""
