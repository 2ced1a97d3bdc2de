"""What Excel makes of a table that is opened by a double click, modelled from what Microsoft and its users say of it.

It knows nothing of how tables are written: it tries each cell as a number, a date, an hour, as a person's Excel does.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import datetime
from itertools import product

Value = tuple[str, str]
"""The kind of a cell (text, number, date, truth, error, formula), and what it says."""

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_SHORT = {"nl": {"maart": "mrt"}, "fr": {"juillet": "juil"}, "de": {}, "en": {}}
_TRUTHS = {"en": ("TRUE", "FALSE"), "nl": ("WAAR", "ONWAAR"), "fr": ("VRAI", "FAUX"), "de": ("WAHR", "FALSCH")}
_ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
_HOURS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I %p")
_FIGURES = ("%d %m", "%m %d", "%d %m %Y", "%m %d %Y", "%Y %m %d", "%d %m %y")
_NAMED = ("%d %B", "%B %d", "%B %Y", "%d %B %Y", "%B %d %Y")
_DATES = (
    *(form.replace(" ", joint) for joint in "/-." for form in (*_FIGURES, *_NAMED)),
    *_NAMED, "%B %d, %Y", "%d. %B", "%d. %B %Y",
)  # fmt: skip
_FORMATS = (*_DATES, *_HOURS, *(f"{day} {hour}" for day, hour in product(("%Y-%m-%d", "%d/%m/%Y"), _HOURS)))


def open_table(content: bytes, separator: str) -> list[list[str]]:
    """Return the cells of a file, for a computer with this list separator; AssertionError where Excel errs.

    Without the byte-order mark Excel takes UTF-8 for the computer's own code page; with a line `sep=` it doesn't look
    for the mark; and a file that begins with ID is one of another kind.
    """
    assert content.startswith(b"\xef\xbb\xbf"), "letters with accents are two odd ones"
    text = content[3:].decode()
    assert not text.startswith(("sep=", "ID", "\ufeff"))
    assert not re.search(r"\r(?!\n)", text)
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)]
    assert len({len(row) for row in rows}) == 1, "a row too many: a line's end that wasn't in quotation marks"
    assert len(rows[0]) > 1, "all in one column"
    for row in rows:
        assert all(len(cell.encode("utf-16-le")) // 2 <= 32_767 for cell in row), "the rest is another row's"
    return rows


def value(cell: str, language: str = "en") -> Value:
    """Return what Excel in a language keeps of a cell."""
    bare = cell.strip()
    if unicodedata.normalize("NFKC", bare)[:1] in ("=", "+", "-", "@") and bare:
        return "formula", bare
    if bare.upper() in _TRUTHS[language] + _TRUTHS["en"]:
        return "truth", bare.upper()
    if bare.upper() in _ERRORS:
        return "error", bare.upper()
    if (number := _number(bare, ",." if language == "en" else ".,")) is not None:
        return "number", f"{number:.15g}"
    if moment := _moment(bare, language) or _moment(bare, "en"):
        return "date", moment.isoformat()
    return "text", cell


def _number(text: str, signs: str) -> float | None:
    """Return the number that a text is; fifteen digits of it are kept."""
    group, point = signs[0], signs[1]
    text = unicodedata.normalize("NFKC", text)
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    text = re.sub(r"^[$€£]\s*|\s*[$€£%]$", "", text)
    if fraction := re.fullmatch(r"(\d+) (\d+)/(\d+)", text):
        return float(fraction[1])
    if not re.fullmatch(rf"[\d{re.escape(group)}{re.escape(point)}\s]+(e[+-]?\d+)?", text, re.IGNORECASE):
        return None
    try:
        return float(re.sub(rf"[{re.escape(group)}\s]", "", text).replace(point, "."))
    except ValueError:
        return None


def _moment(text: str, language: str) -> datetime | None:
    words = text.replace(" de ", " ").casefold()
    for english, own in zip(_MONTHS["en"].split(), _MONTHS[language].split(), strict=True):
        short = _SHORT[language].get(own.casefold(), own[:3].casefold())
        words = re.sub(rf"\b({own.casefold()}|{short})\b\.?", english, words)
    for form in _FORMATS:
        try:
            return datetime.strptime(words, form)  # noqa: DTZ007  a cell has no zone
        except ValueError:
            continue
    return None
