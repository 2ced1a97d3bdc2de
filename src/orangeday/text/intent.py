"""The links, tags and mentions that the author of a post means, whatever a platform makes of it. Pure."""

from __future__ import annotations

import re
import unicodedata

from orangeday.text.bluesky import bluesky_facets
from orangeday.text.facets import Facets, byte_length
from orangeday.text.x import is_in_x_tag, x_facets


def intended_facets(text: str) -> list[tuple[int, int, str, str]]:
    """Return the links, tags and mentions that the author of a post means, in order; each is as in `bluesky_facets`.

    Where a platform finds something else, it will not show what the author means. An address without a scheme is meant
    where any platform finds one, except at a full stop without a space (`end.Next`). A mention may have any
    platform's handle. A tag is letters, digits and hyphens; in a text from right to left its sign may be behind it.
    """
    matches: list[tuple[int, int, str, str]] = []
    mask = bytearray(len(text))
    for finder in (_addresses, _mentions, _bare_addresses, _tags):
        for start, end, kind, value in finder(text):
            if not any(mask[start:end]):  # what stands within an address is a part of it
                matches.append((start, end, kind, value))
                mask[start:end] = b"x" * (end - start)
    matches.sort(key=lambda facet: facet[0])
    return [(byte_length(text[:start]), byte_length(text[:end]), kind, value) for start, end, kind, value in matches]


# What is meant, offsets in code points.

_ADDRESS = r"(?i:https?)://[^\s<>\"“”„«»‚‘‹›…。，、！？：；）】」』》]+"
_MENTION = r"(?<![\w.+@＠-])[@＠][a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?"


def _addresses(text: str) -> Facets:
    for match in re.finditer(_ADDRESS, text):
        address = match[0].rstrip(".,;:!?'’" if "(" in match[0] else ".,;:!?'’)")
        yield match.start(), match.start() + len(address), "link", address


def _mentions(text: str) -> Facets:
    for match in re.finditer(_MENTION, text):
        yield *match.span(), "mention", match[0][1:]


def _bare_addresses(text: str) -> Facets:
    data = text.encode()
    for start, end, kind, value in (*x_facets(text), *bluesky_facets(text)):
        address = data[start:end].decode()
        if kind == "link" and not re.search(r"://|^[^/?#:]*\.[A-Z][a-z]+(?:[/?#:]|$)", address):
            offset = len(data[:start].decode())
            yield offset, offset + len(address), kind, value


def _tags(text: str) -> Facets:
    for sign in re.finditer("[#＃]", text):
        start, end = sign.span()
        while end < len(text) and (is_in_x_tag(text[end]) or re.match(r"-[^\W\d_]", text[end : end + 2])):
            end += 1
        tag = text[sign.end() : end]
        if not tag and unicodedata.bidirectional(text[start - 1 : start] or " ") in ("R", "AL"):
            while start > 0 and is_in_x_tag(text[start - 1]):
                start -= 1
            yield start, end, "tag", text[start : end - 1]
        elif re.match(r"\w", tag) and any(character.isalpha() for character in tag):
            yield start, end, "tag", tag
