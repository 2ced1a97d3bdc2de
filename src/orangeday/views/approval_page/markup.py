"""Texts as escaped HTML: with their links, tags and mentions marked, and word by word with what has changed."""

from __future__ import annotations

from markupsafe import Markup, escape

from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import conspicuous, differing, short, visible
from orangeday.views import html as paper


def marked_text(text: str, platform: str) -> Markup:
    """Return the text with the parts marked that the platform makes a link, a tag or a mention of."""
    rest = len(text) - paper.MOST
    encoded = text[: paper.MOST].encode()
    pieces, position = [], 0
    for start, end, kind, value in PLATFORMS[platform].facets(text[: paper.MOST]):
        if start < position:
            continue
        pieces.append(_escaped(encoded[position:start]))
        if kind == "link" and value.lower().startswith(("https://", "http://")):
            drawn = Markup('<a class="facet" href="{}" rel="noreferrer noopener">{}</a>')
            pieces.append(drawn.format(value, _escaped(encoded[start:end])))
        else:
            pieces.append(Markup('<span class="facet">{}</span>').format(_escaped(encoded[start:end])))
        position = end
    pieces.append(_escaped(encoded[position:]))
    if rest > 0:
        pieces.append(Markup('<span class="cut">… and {} characters more</span>').format(f"{rest:,}"))
    return Markup().join(pieces)


def _escaped(encoded: bytes) -> Markup:
    return escape(visible(encoded.decode()))


def marked_difference(old: str, new: str, *, only_new: bool = False) -> Markup:
    """Return how a text has changed, word by word."""
    pieces = []
    for before, after in differing(short(old)[: paper.MOST], short(new)[: paper.MOST]):
        if before == after:
            pieces.append(escape(visible(after)))
            continue
        if before and not only_new:
            pieces.append(Markup("<del>{}</del>").format(visible(conspicuous(before))))
        if after:
            drawn = Markup("<b>{}</b>") if only_new else Markup("<ins>{}</ins>")
            pieces.append(drawn.format(visible(after if only_new else conspicuous(after))))
    return Markup().join(pieces)
