"""The parts that an approval covers, by names that an ambassador knows."""

from __future__ import annotations

import json

from orangeday.approvals.model import part_label
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.views.approval_page.page_language import PageLanguage


def part_name(name: str, words: PageLanguage) -> str:
    """Return the name of a part in the page's language; one that has none there in English."""
    head, _, rest = name.partition(".")
    if rest.startswith('"'):
        rest = json.loads(rest)
    if head in PLATFORMS:
        key = f"part.platform_{rest}" if rest else "part.platform"
        return words(key, platform=PLATFORMS[head].title) if key in words.phrases else part_label(name)
    if head == "handles":
        handle, _, aspect = rest.rpartition(".")
        if aspect == "name":
            return words("part.handles", name=handle)
        return words("part.handles_on", name=handle, platform=title_of(aspect))
    if head == "words":
        word, _, language = rest.rpartition(".")
        return words("part.words", word=word, language=language)
    key = f"part.{head}"
    if key not in words.phrases:
        return part_label(name)
    return words(key, name=rest, language=rest)
