"""The reading of what an officer types at the questions of `init`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import time
from functools import cache

from orangeday.content.embassy_names import SUPPORTED_LANGUAGES
from orangeday.content.file_names import intended_name
from orangeday.content.problems import did_you_mean
from orangeday.text.display import english_name, language_named, native_name
from orangeday.text.language import LANGUAGE, is_registered

_CONJUNCTIONS = ("and", "et", "und", "then", "puis")


class UnknownLanguage(ValueError):
    """The error of a word that names none of the languages; its text says which there are."""


def parse_languages(text: str, choices: Sequence[str]) -> list[str]:
    """Return the languages that are named, each once, in this order: `French and English`, `fr, en`, `français`.

    One that isn't among the choices, those that there are posts in, may be any. Raises UnknownLanguage.
    """
    words = re.findall(r"[\w-]+|[,;/+&]", text)
    languages = []
    for place, word in enumerate(words):
        if not re.match(r"[\w-]", word) or word.casefold() in _CONJUNCTIONS or _is_dutch_and(words, place):
            continue
        languages.append(_language(word, choices))
    return list(dict.fromkeys(languages))


def _is_dutch_and(words: Sequence[str], place: int) -> bool:
    """Return whether a word is the “en” of “Frans en Engels”, which is no language; in “fr en nl” it is one."""
    around = [*words[place - 1 : place], *words[place + 1 : place + 2]]
    return words[place].casefold() == "en" and len(around) == 2 and all(len(word) > 3 for word in around)


def _language(word: str, choices: Sequence[str]) -> str:
    codes = {choice.casefold(): choice for choice in choices}
    names = {name: choice for choice in choices for name in _language_names(choice)}
    if language := codes.get(word.casefold()) or names.get(word.casefold()):
        return language
    with suppress(UnknownLanguage):
        return parse_any_language(word)
    guess = did_you_mean(word.capitalize(), sorted(name.capitalize() for name in names))
    there = ", ".join(f"{english_name(choice)} ({choice})" for choice in choices)
    hint = guess or f"There are posts in {there}; another can be named by its code, like pt-BR."
    raise UnknownLanguage(f"There are no posts in “{word}”. {hint}")


def parse_any_language(text: str) -> str:
    """Return the code of the language that is named: `it`, `pt_BR`, `Italian`, `italiano`. Raises UnknownLanguage."""
    text = text.strip()
    code = (intended_name(f"{text}.toml") or "").removesuffix(".toml")
    if LANGUAGE.fullmatch(code) and code not in _FILES and is_registered(code):
        return code
    language = language_named(text) or _by_own_name().get(text.casefold()) or ""
    if LANGUAGE.fullmatch(language):
        return language
    guess = did_you_mean(text.capitalize(), sorted(_english_names()))
    raise UnknownLanguage(f"There is no language “{text}”. {guess}Write its code or its name: it, pt-BR, or Italian.")


_FILES = ("day",)
"""Codes of languages that are the name of another file of a day."""


@cache
def _by_own_name() -> dict[str, str]:
    """Return the code of each language that CLDR knows by its own name, without capitals."""
    from babel import localedata

    codes = (code for code in localedata.locale_identifiers() if "_" not in code)
    return {name.casefold(): code for code in codes if (name := native_name(code))}


def _english_names() -> set[str]:
    from babel import Locale

    return {str(name) for code, name in Locale.parse("en").languages.items() if len(code) == 2}


@cache
def _language_names(tag: str) -> frozenset[str]:
    """Return the names of a language, in itself and in each of SUPPORTED_LANGUAGES, without capitals."""
    from babel import Locale

    names = [Locale.parse(language).languages.get(tag) for language in SUPPORTED_LANGUAGES]
    return frozenset(name.casefold() for name in (native_name(tag), *names) if name)


def parse_hour(text: str) -> time | None:
    """Return the time of day that is meant: `9`, `9:30`, `09.30`, `9h30`, `2 pm`; None where it is none."""
    match = re.fullmatch(r"(\d{1,2})(?:\s?[:.hHuU]\s?(\d\d)?)?\s*([ap])?\.?(?:m\.?)?\s*", text.strip(), re.I)
    if not match:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
