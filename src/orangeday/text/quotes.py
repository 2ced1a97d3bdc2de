"""The words of a mail that its author wrote, without those that are quoted from another. Pure.

Mail programs mark quotes in many ways. What can't be told for sure counts as quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser

_SEPARATOR = re.compile(r"[-=*_]{4,}[^-=*_]*[-=*_]{3,}|_{8,}")
"""`-----Original Message-----`, in whatever language, and the line of Outlook's."""
_LABEL = re.compile(r"[*_]*[^\W\d_][\w’' .-]{0,24}\s?[*_]*[:：][*_]*(?:\s|$)")
_SENDER_LABEL = re.compile(
    r"[*_]*(?:from|de|von|van|da|fra|från|od|от|kimden|gönderen|feladó|lähettäjä|από|מאת|من|发件人|寄件者|差出人|"
    r"보낸 사람)\s?[*_]*[:：]",
    re.IGNORECASE,
)
_MAX_ATTRIBUTION = 3
"""The lines that `On … wrote:` may take."""


def unquoted_lines(text: str) -> list[str]:
    """Return the lines that the author of a mail wrote, stripped, without empty ones and invisible characters."""
    lines = [clean_line(line) for line in text.splitlines()]
    own_lines: list[str] = []
    number = 0
    while number < len(lines):
        if _begins_quote(lines, number):
            break
        if length := _attribution_length(lines, number):
            number += length
            continue
        if lines[number] and not lines[number].startswith(">"):
            own_lines.append(lines[number])
        number += 1
    return own_lines


def clean_line(line: str) -> str:
    """Return a line with single spaces, and without the characters that nobody sees."""
    return " ".join("".join(c for c in line if unicodedata.category(c) != "Cf").split())


def _begins_quote(lines: Sequence[str], number: int) -> bool:
    """Return whether all from this line on is a quote without marks: below a separator, or the headers of a mail."""
    line = lines[number]
    if _SEPARATOR.fullmatch(line):
        return True
    if not _LABEL.match(line):
        return False
    if all(map(_LABEL.match, (block := lines[number : number + 3]))) and len(block) == 3:
        return True
    following = next((text for text in lines[number + 1 :] if text), "")
    return bool(_SENDER_LABEL.match(line) and _LABEL.match(following))


def _attribution_length(lines: Sequence[str], number: int) -> int:
    """Return the number of lines of `On …, Ann wrote:` that begins here, right above a quote; 0 where none does."""
    for length in range(1, _MAX_ATTRIBUTION + 1):
        block = lines[number : number + length]
        if not all(block) or any(line.startswith(">") for line in block):
            return 0
        if block[-1].endswith((":", "：")):
            following = next((line for line in lines[number + length :] if line), "")
            return length if following.startswith(">") else 0
    return 0


def html_text(source: str) -> str:
    """Return the text of a mail in HTML, line by line, without what is quoted or hidden."""
    reader = _HtmlReader()
    reader.feed(source)
    reader.close()
    return "".join(reader.pieces)


_BLOCKS = frozenset(
    ("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
     "ol", "p", "pre", "section", "table", "tr", "ul")
)  # fmt: skip
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_UNREAD = frozenset(("head", "script", "style", "template", "title"))
_QUOTES = re.compile(
    r"\b(?:gmail_quote|gmail_quote_container|gmail_attr|gmail_extra|moz-cite-prefix|yahoo_quoted|protonmail_quote|"
    r"OutlookMessageHeader|zmail_extra|WordSection_quote|tutanota_quote)\b"
)
_ENDS = frozenset(
    ("divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message",
     "reply-intro", "isForwardContent", "isReplyContent", "stopSpelling")
)  # fmt: skip
"""The ids, Outlook's above all, from which on all is quoted."""


class _HtmlReader(HTMLParser):
    """The reader of a mail's HTML; it leaves out what is quoted, hidden or not for reading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._left_out: list[str] = []
        """The open tags from the first one that is left out on."""
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("id", "").removeprefix("x_") in _ENDS:
            self._is_over = True
        if tag in _BLOCKS:
            self._write("\n")
        if tag in _VOID:
            return
        if self._left_out or _is_left_out(tag, values):
            self._left_out.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._left_out:
            del self._left_out[len(self._left_out) - 1 - self._left_out[::-1].index(tag) :]
        if tag in _BLOCKS:
            self._write("\n")

    def handle_data(self, data: str) -> None:
        self._write(re.sub(r"\s+", " ", data))

    def _write(self, text: str) -> None:
        if not (self._left_out or self._is_over):
            self.pieces.append(text)


def _is_left_out(tag: str, values: dict[str, str]) -> bool:
    """Return whether what stands in an element is quoted, hidden, or not for reading."""
    style = re.sub(r"\s", "", values.get("style", "")).lower()
    is_hidden = "hidden" in values or any(s in style for s in ("display:none", "visibility:hidden", "font-size:0"))
    return tag in _UNREAD or tag == "blockquote" or is_hidden or bool(_QUOTES.search(values.get("class", "")))
