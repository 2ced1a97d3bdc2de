"""The page's own words in one language, with its plurals, dates and lists.

All of them stand in `languages/`, a file a language: a new file there is a new language of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import tomli
from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from orangeday.clock import utc_offset
from orangeday.text.display import native_name

_FOLDER = Path(__file__).parent / "languages"
PAGE_LANGUAGES = tuple(sorted((file.stem for file in _FOLDER.glob("*.toml")), key=lambda code: (code != "en", code)))
"""The languages in which the page's own words are there, English first."""


class PageLanguage:
    """The page's own words in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.phrases = phrases(code)
        self._locale = Locale.parse(self.phrases["locale"])

    @property
    def direction(self) -> str:
        """The direction it is written in: `ltr` or `rtl`."""
        return self._locale.text_direction

    def __call__(self, key: str, **values: object) -> str:
        """Return the phrase of this key, its placeholders filled in. It still has to be escaped."""
        return self.phrases[key].format(**values)

    def count(self, key: str, number: int, **values: object) -> str:
        """Return the phrase of this key for a number: `{key}.one` or `{key}.other`, as the language has it."""
        form = self._locale.plural_form(number)
        chosen_key = f"{key}.{form}" if f"{key}.{form}" in self.phrases else f"{key}.other"
        return self.phrases[chosen_key].format(number=self.number(number), **values)

    def number(self, number: int) -> str:
        """Return a number as it is written: `1,000`."""
        return format_decimal(number, locale=self._locale)

    def markup(self, key: str, **values: Any) -> Markup:
        """Return the phrase as HTML; each value is escaped, unless it is HTML itself."""
        return Markup(escape(self.phrases[key])).format(**values)  # noqa: S704  it was escaped

    def join(self, words: Iterable[str]) -> str:
        """Return words as a list: `A, B and C`."""
        return format_list([*words], locale=self._locale)

    def language_names(self, tags: Iterable[str]) -> str:
        """Return languages by their names in this one, as a list: `English and French`."""
        names = ((self._locale.languages.get(tag.partition("-")[0]) or native_name(tag) or tag) for tag in tags)
        return self.join(dict.fromkeys(names))

    def day_month(self, day: date) -> str:
        """Return a date without its year, `3 Dec`, with a space that no line breaks at."""
        text: str = format_datetime(_noon(day), self.phrases["date.short"], locale=self._locale)
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def weekday(self, day: date) -> str:
        """Return a date with its weekday: `Thu 3 Dec`."""
        return format_datetime(_noon(day), self.phrases["date.weekday"], locale=self._locale)

    def day_range(self, first: date, last: date) -> str:
        """Return two dates, the month once where both have the same: `25–29 Nov`, `29 Nov – 3 Dec`."""
        if first == last:
            return self.day_month(first)
        if (first.year, first.month) == (last.year, last.month):
            start = format_datetime(_noon(first), self.phrases["date.day"], locale=self._locale)
            return f"{start}–{self.day_month(last)}"
        return f"{self.day_month(first)} – {self.day_month(last)}"

    def date_time(self, moment: datetime, zone: tzinfo) -> str:
        """Return a moment on the clock of a zone: `29 November 2026, 17:40 UTC+3`; in UTC itself `… 17:40 UTC`."""
        local_time = moment.astimezone(zone)
        offset = utc_offset(local_time)
        text = format_datetime(local_time.replace(tzinfo=None), self.phrases["date.full"], locale=self._locale)
        return f"{text} {'UTC' if offset == 'UTC+0' else offset}"


@cache
def phrases(code: str) -> Mapping[str, str]:
    """Return all phrases of a language by their keys: `approve.all`."""
    return dict(_flat(tomli.loads((_FOLDER / f"{code}.toml").read_text("utf-8")), ()))


def _flat(table: Mapping[str, Any], keys: Sequence[str]) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*keys, key))
        else:
            yield ".".join((*keys, key)), value


def _noon(day: date) -> datetime:
    """Return noon of a date, without a zone: babel moves a moment that has one."""
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  it is only formatted
