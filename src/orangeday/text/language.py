"""Language tags, and the direction of a text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TypeVar

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
"""The pattern of a language tag in files and config: language, then script and region where they matter (BCP 47)."""


SCRIPTS = {
    "bg": "Cyrl", "cs": "Latn", "da": "Latn", "de": "Latn", "el": "Grek", "en": "Latn", "es": "Latn", "et": "Latn",
    "fi": "Latn", "fr": "Latn", "ga": "Latn", "hr": "Latn", "hu": "Latn", "it": "Latn", "lt": "Latn", "lv": "Latn",
    "mt": "Latn", "nl": "Latn", "pl": "Latn", "pt": "Latn", "ro": "Latn", "sk": "Latn", "sl": "Latn", "sv": "Latn",
    "ar": "Arab", "ru": "Cyrl", "zh": "Hans",
}  # fmt: skip
"""The scripts of the official languages of the European Union and the United Nations: langcodes takes 50 ms to load."""


def language_script(tag: str) -> str:
    """Return a language and its script, even if the tag has no script: `en-GB` → `en-Latn`."""
    if tag in SCRIPTS:
        return f"{tag}-{SCRIPTS[tag]}"
    import langcodes

    full = langcodes.Language.get(tag).maximize()
    return f"{full.language}-{full.script}"


def fallback_tags(language: str) -> Iterator[str]:
    """Yield the language's tag, then the same without its last part, and so on: `pt-BR`, `pt`."""
    while language:
        yield language
        language = language.rpartition("-")[0]


_Value = TypeVar("_Value")


def in_language(values: Mapping[str, _Value], language: str) -> _Value | None:
    """Return the value for a language, or else for a shorter tag of it, or for all (""); None where there is none."""
    return next((values[tag] for tag in (*fallback_tags(language), "") if tag in values), None)


def is_registered(tag: str) -> bool:
    """Return whether a language tag is in the registry."""
    if tag in SCRIPTS:  # langcodes takes longer to load than all rules take to run
        return True
    import langcodes

    return langcodes.Language.get(tag).is_valid()


def is_right_to_left(text: str) -> bool:
    """Return whether a text runs from right to left, by its first letter."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)
