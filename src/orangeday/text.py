"""Interim, until the exact module lands in this session."""
import re
from collections.abc import Callable
from dataclasses import dataclass
X_LIMIT, BLUESKY_LIMIT = 280, 300
def x_length(text: str) -> int:
    return sum(1 if ord(c) <= 4351 or 8192 <= ord(c) <= 8205 or 8208 <= ord(c) <= 8223 else 2 for c in text)
def bluesky_length(text: str) -> int:
    return len(text)

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
"""A language tag, as files and config write it: language, then script and region where they matter (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Count:
    """How a platform counts a post, and how much it allows."""

    title: str
    """The platform's name for people."""
    length: Callable[[str], int]
    limit: int
    unit: str


PLATFORMS = {
    "x": Count("X", x_length, X_LIMIT, "as X counts"),
    "bluesky": Count("Bluesky", bluesky_length, BLUESKY_LIMIT, "characters"),
}
"""Every platform that an account can be on, by its name in the files."""
def language_script(tag: str) -> str:
    """A language and its script, said in full, whatever the tag leaves out: `en-GB` → `en-Latn`."""
    import langcodes

    full = langcodes.Language.get(tag).maximize()
    return f"{full.language}-{full.script}"
