"""Texts as rules compare them: without placeholders, addresses and hashtags, in small letters, with single spaces."""

from __future__ import annotations

import re

from orangeday.text.names import nfc

_PLACEHOLDER = r"\{[^{}\n]*\}"
_ANY_ADDRESS = r"https?://\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[^\W\d_]{2,}\b(?:/\S*)?"
HASHTAG = re.compile(r"(?<![\w/&#＃])[#＃](?=\w)[^\s#＃.,;:!?()]+")
_NO_PROSE = re.compile(rf"{_PLACEHOLDER}|{_ANY_ADDRESS}|{HASHTAG.pattern}|[@＠][\w.-]+")


def normalize(text: str) -> str:
    """Return a text in small letters, with single spaces for all white space."""
    return " ".join(nfc(text).casefold().split())


def skeleton(text: str) -> str:
    """Return the letters and digits of a text, in small letters: without hashtags, emoji and punctuation."""
    return re.sub(r"[\W_]+", "", HASHTAG.sub("", nfc(text)).casefold())


def prose_of(template: str) -> str:
    """Return a template with a space for each character of a placeholder, an address, a hashtag or a handle."""
    return _NO_PROSE.sub(lambda match: " " * len(match[0]), template)


def base_language(language: str) -> str:
    """Return a language tag without its script and region."""
    return language.partition("-")[0]
