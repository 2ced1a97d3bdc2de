"""The plan and the report as tables: CSV as RFC 4180 has it. Pure.

Each has a byte-order mark, by which Excel knows that it is UTF-8. None has a line `sep=;`: with that Excel doesn't look
at the mark.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from orangeday.content.plan import Delivery
from orangeday.engine.report import Report
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS

CSV_MARK = b"\xef\xbb\xbfkey"


# Tables


def separator(sign: str) -> str:
    """Return the character between two cells, from the sign that a person types for it. Raises OrangedayError."""
    signs = {",": ",", ";": ";", "tab": "\t"}
    if sign not in signs:
        raise OrangedayError(f"“{sign}” separates no cells. There are: {' '.join(signs)}.")
    return signs[sign]


_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_MAX_CELL = 32_767
"""The longest cell of Excel's in UTF-16 units: it puts the rest into the cells of another row."""


def cell(text: str) -> str:
    """Return a text as a cell that a spreadsheet takes for a text, and no terminal for a command.

    An apostrophe goes before what could be a formula, before what Excel would take for a number or a date and keep as
    such (“1/3” as 1 March, a post's number with its last digits as zeros), and before an apostrophe: whoever reads the
    table takes one away from each cell that begins with one.
    """
    text = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in text)
    if text.startswith("'") or text.lstrip().startswith(_FORMULA_STARTS) or _is_value(text):
        text = f"'{text}"
    return _shorten(text)


_FIGURES = re.compile(
    r"(?:[\d\s.,'’/:()%$€£¥+−–—-]|[年月日時时分秒년월일시분초])+(?:[eE][+-]?\d+[\s)%]*|\s*[aApP][mM]?\s*)?"
)
"""Numbers, fractions, percentages, sums of money, dates and hours in figures, however they are grouped."""
_WORDS_OF_DATES = re.compile(r"[\s.,/'’-]+")
_TRUTHS = frozenset(
    "true false waar onwaar vrai faux wahr falsch verdadero falso verdadeiro vero".split()  # noqa: SIM905
)
_ERRORS = frozenset(("#n/a", "#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!"))


def _is_value(text: str) -> bool:
    """Return whether Excel may take a text for a number, a date, an hour, a truth or an error, in whatever language."""
    word = text.strip().casefold()
    if word in _TRUTHS or word in _ERRORS:
        return True
    if not any(map(str.isdigit, word)):
        return False
    if _FIGURES.fullmatch(word):
        return True
    parts = [part for part in _WORDS_OF_DATES.split(word) if part]
    return len(parts) <= _MAX_DATE_PARTS and all(
        part in _date_words() or part.isdigit() or _FIGURES.fullmatch(part) for part in parts
    )


_MAX_DATE_PARTS = 9
"""The most words of a date with its hour: `Wednesday, 25 de noviembre de 2026, 9:00 am`."""
_DATE_LANGUAGES = ("en", "nl", "fr", "de", "es", "pt", "it")
"""The languages in which Excel may know the months: English always, else that of the reader's computer."""


@cache
def _date_words() -> frozenset[str]:
    """Return the words of dates: months and weekdays, whole and cut short, and what stands between them."""
    from babel import Locale

    locales = [Locale.parse(language) for language in _DATE_LANGUAGES]
    names = {
        name.casefold().strip(".")
        for locale in locales
        for names_by_use in (locale.months, locale.days)
        for use in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in names_by_use[use][width].values()
    }
    # English in three letters is what Excel itself writes; with CLDR it is “Sept”.
    return frozenset(names | {name[:3] for name in names} | {"de", "am", "pm"})


def _shorten(text: str) -> str:
    """Return a text as long as a cell may be, with … where anything was cut off."""
    content = text.encode("utf-16-le")
    if len(content) <= 2 * _MAX_CELL:
        return text
    # What is cut in the midst of a surrogate pair loses the half that is left.
    return content[: 2 * (_MAX_CELL - 1)].decode("utf-16-le", errors="ignore") + "…"


def _table(rows: Iterable[Mapping[str, object]], names: Sequence[str], delimiter: str) -> bytes:
    """Return the rows as CSV. A value that isn't a text is meant as what it is: a number as one, a date as one."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        values = ("" if row[name] is None else row[name] for name in names)
        writer.writerow([cell(value) if isinstance(value, str) else value for value in values])
    return buffer.getvalue().encode("utf-8-sig")


_PLAN_COLUMNS = (
    "key", "day", "date", "due_local", "zone", "due_utc", "embassy", "platform", "language", "text", "length", "limit",
    "pictures", "alt", "link", "approved",
)  # fmt: skip


def plan_csv(
    deliveries: Iterable[Delivery], objection: Callable[[Delivery], str | None], delimiter: str = ","
) -> bytes:
    """Return the plan as CSV, a row for each delivery; `objection` says why one isn't approved."""

    def row(delivery: Delivery) -> dict[str, object]:
        text = delivery.rendered_text.text if delivery.rendered_text else None
        media = delivery.media
        spec = PLATFORMS[delivery.platform]
        return {
            "key": delivery.key,
            "day": delivery.number,
            "date": delivery.date,
            "due_local": delivery.local(delivery.due).isoformat(),
            "zone": delivery.embassy.timezone.key,
            "due_utc": _utc(delivery.due),
            "embassy": delivery.embassy.id,
            "platform": delivery.platform,
            "language": str(delivery.language),
            "text": text,
            "length": None if text is None else spec.length(text),
            "limit": spec.limit,
            "pictures": "\n".join(media),
            "alt": "\n".join(" ".join(delivery.alt_texts.get(name, "").split()) for name in media),
            "link": str(delivery.link) if delivery.link else None,
            "approved": "no" if objection(delivery) else "yes",
        }

    return _table(map(row, deliveries), _PLAN_COLUMNS, delimiter)


_REPORT_COLUMNS = (
    "key", "day", "date", "title", "embassy", "platform", "language", "due_local", "due_utc", "state", "why",
    "acknowledged", "published_local", "published_utc", "link", "read_back", "read_back_note", "planned",
)  # fmt: skip


def report_csv(report: Report, delimiter: str = ",") -> bytes:
    """Return the report as CSV, a row for each post."""
    rows = (
        {
            "key": entry.key,
            "day": entry.day,
            "date": entry.date,
            "title": entry.title,
            "embassy": entry.embassy,
            "platform": entry.platform,
            "language": entry.language,
            "due_local": entry.due.isoformat(),
            "due_utc": _utc(entry.due),
            "state": str(entry.state),
            "why": entry.state_reason,
            "acknowledged": entry.acknowledgement,
            "published_local": entry.published and entry.published.isoformat(timespec="seconds"),
            "published_utc": entry.published and _utc(entry.published),
            "link": entry.receipt.url if entry.receipt else None,
            "read_back": entry.check_state,
            "read_back_note": entry.check_note,
            "planned": "yes" if entry.is_planned else "no",
        }
        for entry in report.entries
    )
    return _table(rows, _REPORT_COLUMNS, delimiter)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
