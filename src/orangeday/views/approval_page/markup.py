"""Texts as escaped HTML: with their links, tags and mentions marked, and word by word with what has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import compare_words, shorten_hashes, show_invisible, visible
from orangeday.views import html as paper
from orangeday.views.approval_page.page_language import PageLanguage


def marked_text(text: str, platform: str, words: PageLanguage, earlier: str | None = None) -> Markup:
    """Return the text with the parts marked that the platform makes a link, a tag or a mention of.

    `earlier` is the text as it was approved, where that was another one: the words that are new get a mark of theirs.
    """
    shown_text, cut_count = text[: paper.MAX_CHARACTERS], len(text) - paper.MAX_CHARACTERS
    data = shown_text.encode()
    new_runs = [] if earlier is None else [*_new_runs(earlier[: paper.MAX_CHARACTERS], shown_text)]
    pieces, position = [], 0
    for start, end, kind, value in PLATFORMS[platform].facets(shown_text):
        if start < position:
            continue
        pieces.append(_with_new_words(data, position, start, new_runs))
        content = _with_new_words(data, start, end, new_runs)
        if kind == "link" and value.lower().startswith(("https://", "http://")):
            link = Markup('<a class="facet" href="{}" rel="noreferrer noopener">{}</a>')
            pieces.append(link.format(value, content))
        else:
            pieces.append(Markup('<span class="facet">{}</span>').format(content))
        position = end
    pieces.append(_with_new_words(data, position, len(data), new_runs))
    pieces = [Markup('<span class="par">'), *pieces, Markup("</span>")]
    if cut_count > 0:
        pieces.append(Markup('<span class="cut">{}</span>').format(words("post.more", number=words.number(cut_count))))
    return Markup().join(pieces)


def _new_runs(earlier: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last byte of each run of new words, each within a paragraph, without blanks around it."""
    position = 0
    for earlier_words, new_words in compare_words(earlier, text):
        for paragraph in re.split("(\n\n)", new_words):
            if earlier_words != new_words and (core := paragraph.strip()):
                start = position + len(paragraph[: paragraph.index(core)].encode())
                yield start, start + len(core.encode())
            position += len(paragraph.encode())


def _with_new_words(data: bytes, start: int, end: int, new_runs: list[tuple[int, int]]) -> Markup:
    """Return a slice of the text, escaped, with the runs of new words in it marked."""
    pieces = []
    for run_start, run_end in new_runs:
        first, last = max(start, run_start), min(end, run_end)
        if first < last:
            pieces += [_escape(data[start:first]), Markup("<mark>{}</mark>").format(_escape(data[first:last]))]
            start = last
    return Markup().join([*pieces, _escape(data[start:end])])


_NEXT_PARAGRAPH = Markup('\n</span><span class="par">')
"""Half a line lies between two paragraphs; the line end is for who copies the text."""


def _escape(data: bytes) -> Markup:
    return escape(visible(data.decode())).replace("\n\n", _NEXT_PARAGRAPH)


def marked_difference(old: str, new: str, *, is_short: bool = False) -> Markup:
    """Return how a text has changed, word by word; with `is_short`, only the paragraphs in which it has."""
    pieces: list[Markup] = []
    runs = [*compare_words(shorten_hashes(old)[: paper.MAX_CHARACTERS], shorten_hashes(new)[: paper.MAX_CHARACTERS])]
    for number, (old_words, new_words) in enumerate(runs, start=1):
        if old_words == new_words:
            shown = _near_changes(new_words, number == 1, number == len(runs)) if is_short else new_words
            pieces.append(escape(visible(shown)))
            continue
        if old_words:
            pieces.append(Markup("<del>{}</del>").format(visible(show_invisible(old_words))))
        if new_words:
            pieces.append(Markup("<ins>{}</ins>").format(visible(show_invisible(new_words))))
    return Markup().join(pieces)


def marked_names(example: str, text: str) -> Markup:
    """Return the words of a text that aren't an example's, each with a few words around it; “…” is for the rest.

    What the example has and the text hasn't is crossed out. A line that brings nothing that a line before hasn't said
    is left out.
    """
    old_lines, new_lines = (t[: paper.MAX_CHARACTERS].split("\n") for t in (example, text))
    if len(old_lines) != len(new_lines):  # what is filled in stays on its line, but for an optional line
        old_lines, new_lines = ["\n".join(old_lines)], ["\n".join(new_lines)]
    said: set[tuple[str, str]] = set()
    lines = []
    for old, new in zip(old_lines, new_lines, strict=True):
        runs = _runs_in_line(old, new)
        changes = {run for run in runs if run[0] != run[1]}
        if changes - said:
            lines.append(_marked_line(runs))
            said |= changes
    return Markup(" ").join(lines)


_WORDS_AROUND = 4
"""The words that are shown on each side of what differs."""


def _runs_in_line(old: str, new: str) -> list[tuple[str, str]]:
    """Return the old and the new words of a line, run by run; an unchanged run twice the same."""
    if old == new:
        return []
    beginning = _common_beginning(old, new)
    end = _common_beginning(old[len(beginning) :][::-1], new[len(beginning) :][::-1])[::-1]
    middles = (text[len(beginning) : len(text) - len(end)] for text in (old, new))
    return [run for run in ((beginning, beginning), *compare_words(*middles), (end, end)) if any(run)]


def _marked_line(runs: Sequence[tuple[str, str]]) -> Markup:
    pieces: list[Markup] = []
    for number, (old_words, new_words) in enumerate(runs, start=1):
        if old_words == new_words:
            pieces.append(escape(visible(_nearest_words(new_words, number > 1, number < len(runs)))))
        else:
            element = Markup("<b>{}</b>") if new_words else Markup("<del>{}</del>")
            pieces.append(element.format(visible(new_words or old_words)))
    return Markup().join(pieces)


def _common_beginning(old: str, new: str) -> str:
    """Return what both begin with, in whole words up to a blank: comparing takes as long as both lengths multiplied."""
    pairs = enumerate(zip(old, new, strict=False))
    length = next((place for place, (a, b) in pairs if a != b), min(len(old), len(new)))
    return old[: old.rfind(" ", 0, length) + 1]


def _nearest_words(text: str, is_after: bool, is_before: bool) -> str:
    """Return the words next to what differs, after it and before it; “…” is for the rest."""
    words = text.split(" ")  # what stands next to a word begins or ends with a blank: an empty word more
    first, last = (_WORDS_AROUND + 1) * is_after, (_WORDS_AROUND + 1) * is_before
    if len(words) <= first + last + 1:
        return text
    return " ".join([*words[:first], "…", *words[len(words) - last :]])


def _near_changes(words: str, is_first: bool, is_last: bool) -> str:
    """Return what stands in the same paragraph as a change before or after these words; “…” is for the rest."""
    first, *between = words.split("\n\n")
    if not between or (is_first and is_last):
        return words
    last = between.pop()
    if is_first:
        return f"… {last}"
    if is_last:
        return f"{first} …"
    return f"{first} …\n\n{last}" if between else words
