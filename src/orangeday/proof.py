"""The report as a page: one file of HTML with all in it, drawn from values by Jinja2, to be read, printed and kept.

Whatever comes from a file or a platform is escaped, and an address is a link only if it is one of the web. The page
runs no script, and its own policy (CSP) lets a browser load nothing.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orangeday.report import FATES, Entry, Report
from orangeday.text import PLATFORMS

_TEMPLATES = Path(__file__).parent / "templates"
_GENERATOR = "orangeday report"
MARK = _GENERATOR.encode()
"""By this a page of ours is known, in its first lines."""

_TURNS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""What turns the direction of all that follows."""


def page(report: Report) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"seen": _seen, "web": _web, "bare": _bare, "local": _local, "utc": _utc}
    environment.filters["platform"] = _platform
    style = (_TEMPLATES / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("report.html").render(
        report=report,
        fates=[fate for fate in FATES if any(counts[fate] for counts in report.embassies().values())],
        counts={fate: sum(counts[fate] for counts in report.embassies().values()) for fate in FATES},
        embassies=_embassies(report),
        reasons=_reasons(report),
        tables={"language": report.languages(), "platform": report.platforms(), "day": report.days()},
        generator=_GENERATOR,
        style=Markup(style),  # noqa: S704  it is our own file
        style_hash=f"sha256-{digest}",
    )


def _embassies(report: Report) -> Mapping[str, Sequence[Sequence[Entry]]]:
    """What went out, by embassy: together what is one post on several platforms."""
    found: dict[str, dict[tuple[int, str], list[Entry]]] = {}
    for entry in report.entries:
        if entry.fate == "published":
            found.setdefault(entry.embassy, {}).setdefault((entry.day, entry.language), []).append(entry)
    return {name: [*found[name].values()] for name in report.embassies() if name in found}


def _reasons(report: Report) -> Mapping[tuple[str, str], Sequence[Entry]]:
    """What isn't out, but for what merely has its hour to come: together what has the same reason."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in report.entries:
        if entry.fate != "published" and (entry.why or entry.fate != "to come"):
            found.setdefault((str(entry.state), entry.why or ""), []).append(entry)
    return found


def _seen(text: str) -> str:
    """Foreign text in which nothing is unseen; still to be escaped."""
    return "".join(c if c == "\n" or _harmless(c) else "\ufffd" for c in text)


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNS


def _web(address: str) -> bool:
    """Whether an address is one that a browser may be sent to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _bare(address: str) -> str:
    return address.partition("://")[2]


def _local(moment: datetime) -> str:
    """`Wed 25 Nov 09:00 UTC+5:30`."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    zone = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    return f"{moment:%a} {moment.day} {moment:%b} {moment:%H:%M} {zone}"


def _utc(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"


def _platform(name: str) -> str:
    return PLATFORMS[name].title
