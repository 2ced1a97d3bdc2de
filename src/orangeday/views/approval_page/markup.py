"""Texts as escaped HTML: with their links, tags and mentions marked, and word by word with what has changed."""

from __future__ import annotations

from markupsafe import Markup, escape

from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import compare_words, shorten_hashes, show_invisible, visible
from orangeday.views import html as paper


def marked_text(text: str, platform: str) -> Markup:
    """Return the text with the parts marked that the platform makes a link, a tag or a mention of."""
    cut_count = len(text) - paper.MAX_CHARACTERS
    data = text[: paper.MAX_CHARACTERS].encode()
    pieces, position = [], 0
    for start, end, kind, value in PLATFORMS[platform].facets(text[: paper.MAX_CHARACTERS]):
        if start < position:
            continue
        pieces.append(_escape(data[position:start]))
        if kind == "link" and value.lower().startswith(("https://", "http://")):
            link = Markup('<a class="facet" href="{}" rel="noreferrer noopener">{}</a>')
            pieces.append(link.format(value, _escape(data[start:end])))
        else:
            pieces.append(Markup('<span class="facet">{}</span>').format(_escape(data[start:end])))
        position = end
    pieces.append(_escape(data[position:]))
    if cut_count > 0:
        pieces.append(Markup('<span class="cut">… and {} characters more</span>').format(f"{cut_count:,}"))
    return Markup().join(pieces)


def _escape(data: bytes) -> Markup:
    return escape(visible(data.decode()))


def marked_difference(old: str, new: str, *, only_new: bool = False) -> Markup:
    """Return how a text has changed, word by word."""
    pieces = []
    for old_words, new_words in compare_words(
        shorten_hashes(old)[: paper.MAX_CHARACTERS], shorten_hashes(new)[: paper.MAX_CHARACTERS]
    ):
        if old_words == new_words:
            pieces.append(escape(visible(new_words)))
            continue
        if old_words and not only_new:
            pieces.append(Markup("<del>{}</del>").format(visible(show_invisible(old_words))))
        if new_words:
            element = Markup("<b>{}</b>") if only_new else Markup("<ins>{}</ins>")
            pieces.append(element.format(visible(new_words if only_new else show_invisible(new_words))))
    return Markup().join(pieces)
