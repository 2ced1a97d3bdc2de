"""The length of a post on X, and its links, tags and mentions. Pure.

`tests/text/oracles` compares the lengths and the facets with the platform's own library, string by string. Patterns are
strings here: `re` compiles each when it is first used, and keeps it.
"""

from __future__ import annotations

import re
import unicodedata

from orangeday.text.facets import Facets, byte_length
from orangeday.text.x_addresses import LATIN, addresses, from_utf16, top_level_domains, utf16
from orangeday.text.x_emoji import joined_emoji

X_LIMIT = 280
"""The longest post on X, in weighted characters (`x_length`)."""

X_URL_LENGTH = 23
"""The length of any address on X, in weighted characters, however long it is."""


def x_length(text: str) -> int:
    """Return the length of a post on X, in weighted characters, as twitter-text 3.1 (npm) counts it.

    After NFC, code points 0–4351, 8192–8205, 8208–8223 and 8242–8247 count 1, all others 2; an address counts
    `X_URL_LENGTH`, with or without a scheme; an emoji counts 2, however many code points it is made of.

    Where readings differ the larger one is returned. Emoji: X documents 2 for every one, twitter-text knows those
    of 2018 and adds up the parts of any other, so that its reading is never the smaller. Addresses: names such as
    `.music` are younger than its list.
    """
    if text.isascii() and "." not in text:
        return len(text)
    text = unicodedata.normalize("NFC", text)
    if not re.search(_MAYBE_ADDRESS, text):
        return _weight(text)
    names, younger = top_level_domains()
    length = _weight(_shorten(text, names))
    lower = text.lower()
    if any(f".{name}" in lower for name in younger):
        length = max(length, _weight(_shorten(text, names | younger)))
    return length


def x_has_address(text: str) -> bool:
    """Return whether X finds a link in a post, and charges for it: any address that `x_length` counts."""
    if "." not in text:
        return False
    names, younger = top_level_domains()
    return next(addresses(utf16(unicodedata.normalize("NFC", text)), names | younger), None) is not None


def x_facets(text: str) -> list[tuple[int, int, str, str]]:
    """Return the links, tags and mentions of a post on X, in order, as twitter-text 3.1 (npm) extracts them.

    Each is as in `bluesky_facets`; a cashtag is a tag, a list (`@name/list`) a mention, and an address without a scheme
    gets the `http://` that X gives it. Names younger than twitter-text's list make links too, as in `x_length`.
    """
    matches: list[tuple[int, int, str, str]] = []
    if "." in text:
        matches += _x_links(text)
    if "@" in text or "＠" in text:
        matches += _x_mentions(text)
    if "#" in text or "＃" in text:
        matches += _x_tags(text)
    if "$" in text:
        matches += _x_cashtags(text)
    matches.sort(key=lambda facet: facet[0])
    facets, position = [], 0
    for start, end, kind, value in matches:
        if start >= position:  # what stands within an address is a part of it
            facets.append((byte_length(text[:start]), byte_length(text[:end]), kind, value))
            position = end
    return facets


# X: weights and emoji.

_HEAVY = "[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+"

_JOINTS = "[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]"
"""The code points that make an emoji of several. One of a single code point weighs 2 as it is."""


def _weight(text: str) -> int:
    """Return the weighted length of a text in NFC, with addresses counted like any other text."""
    if re.search(_JOINTS, text):
        text = re.sub(joined_emoji(), "😀", text)
    return len(text) + sum(map(len, re.findall(_HEAVY, text)))


# X: addresses.

_MAYBE_ADDRESS = r"[^\s.]\.[^\W\d_]"
"""A character, a dot, a letter: without these there is no address."""


def _shorten(text: str, names: frozenset[str]) -> str:
    """Return the text with `X_URL_LENGTH` letters in the place of each address."""
    units = utf16(text)
    pieces = []
    position = 0
    for start, end in addresses(units, names):
        pieces.append(units[position:start])
        position = end
    pieces.append(units[position:])
    return from_utf16(("x" * X_URL_LENGTH).join(pieces))


# X: facets, their offsets in code points.

_X_MENTION = (
    r"(?:^|[^a-zA-Z0-9_!#$%&*@＠]|(?:^|[^a-zA-Z0-9_+~.-])[rR][tT]:?)"
    rf"(?P<mention>[@＠](?P<name>[a-zA-Z0-9_]{{1,20}}(?:/[a-zA-Z][a-zA-Z0-9_\-]{{0,24}})?))(?P<ends>(?![@＠{LATIN}]|://))?"
)
_X_TAG_SIGN = "[#＃](?!\ufe0f|\u20e3)"
_X_CASHTAG = r"(?<!\S)\$([a-zA-Z]{1,6}(?:[._][a-zA-Z]{1,2})?)(?=\Z|[\s!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$])"

_X_TAG_SPECIALS = frozenset("_\u200c\u200d\ua67e\u05be\u05f3\u05f4～〜゛゜゠・〃\u0f0b\u0f0c·")
"""The characters of a tag besides letters, marks and digits: mostly those that join words in scripts without spaces."""


def _x_links(text: str) -> Facets:
    names, younger = top_level_domains()
    units = utf16(text)
    for start, end in addresses(units, names | younger):
        address, offset = from_utf16(units[start:end]), len(from_utf16(units[:start]))
        scheme = "" if address.lower().startswith(("http://", "https://")) else "http://"
        yield offset, offset + len(address), "link", scheme + address


def _x_mentions(text: str) -> Facets:
    for match in re.finditer(_X_MENTION, text):
        if match["ends"] is not None:
            yield *match.span("mention"), "mention", match["name"]


def _x_tags(text: str) -> Facets:
    for sign in re.finditer(_X_TAG_SIGN, text):
        start, end = sign.span()
        previous = text[start - 1 : start]
        if previous == "&" or (previous not in "\ufe0e\ufe0f" and is_in_x_tag(previous)):
            continue
        while end < len(text) and is_in_x_tag(text[end]):
            end += 1
        tag = text[sign.end() : end]
        if any(unicodedata.category(c)[0] in "LM" for c in tag) and not text.startswith(("#", "＃", "://"), end):
            yield start, end, "tag", tag


def _x_cashtags(text: str) -> Facets:
    for match in re.finditer(_X_CASHTAG, text):
        yield *match.span(), "tag", match[0]


def is_in_x_tag(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _X_TAG_SPECIALS
