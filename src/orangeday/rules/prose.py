"""Texts as rules compare them: without placeholders, addresses and hashtags, in small letters, with single spaces."""

from __future__ import annotations

import re
from functools import lru_cache

from orangeday.text.names import nfc

_PLACEHOLDER = r"\{[^{}\n]*\}"
ADDRESS = r"https?://\S+"
MENTION = r"[@＠][\w.-]+"
_ANY_ADDRESS = rf"{ADDRESS}|\b[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,9}}\.[^\W\d_]{{2,}}\b(?:/\S*)?"
HASHTAG = re.compile(r"(?<![\w/&#＃])[#＃](?=\w)[^\s#＃.,;:!?()]+")
_NO_PROSE = re.compile(rf"{_PLACEHOLDER}|{_ANY_ADDRESS}|{HASHTAG.pattern}|{MENTION}")


def normalize(text: str) -> str:
    """Return a text in small letters, with single spaces for all white space."""
    return " ".join(nfc(text).casefold().split())


def skeleton(text: str) -> str:
    """Return the letters and digits of a text, in small letters: without hashtags, emoji and punctuation."""
    return re.sub(r"[\W_]+", "", HASHTAG.sub("", nfc(text)).casefold())


@lru_cache(maxsize=1024)
def prose_of(template: str) -> str:
    """Return a template with a space for each character of a placeholder, an address, a hashtag or a handle."""
    return _NO_PROSE.sub(lambda match: " " * len(match[0]), template)


def without_addresses(text: str) -> str:
    """Return a text with a letter for each character of an address."""
    return re.sub(_ANY_ADDRESS, lambda match: "a" * len(match[0]), text)


def base_language(language: str) -> str:
    """Return a language tag without its script and region."""
    return language.partition("-")[0]
