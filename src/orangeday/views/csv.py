"""The plan and the report as tables: CSV as RFC 4180 has it. Pure.

Each has a byte-order mark, by which Excel knows that it is UTF-8.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

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


def cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula, and no terminal for a command.

    An apostrophe goes before what could be one, and before an apostrophe: whoever reads the table takes one away from
    each cell that begins with one.
    """
    text = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in text)
    return f"'{text}" if text.startswith("'") or text.lstrip().startswith(_FORMULA_STARTS) else text


def _table(rows: Iterable[Mapping[str, object]], names: Sequence[str], delimiter: str) -> bytes:
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
        translation, day = delivery.translation, delivery.day
        media = delivery.media
        spec = PLATFORMS[delivery.platform]
        return {
            "key": delivery.key,
            "day": delivery.number,
            "date": delivery.date.isoformat(),
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
            "alt": "\n".join(" ".join(translation.alt.get(name, "").split()) for name in media) if translation else "",
            "link": str(day.link) if day and day.link else None,
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
            "date": entry.date.isoformat(),
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
