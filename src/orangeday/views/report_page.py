"""The report as a page, to be read, printed and kept: what went out, where it is, and what isn't out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from orangeday.clock import local
from orangeday.engine.report import FATES, Entry, Report
from orangeday.platforms.registry import title_of
from orangeday.views import html as paper

_GENERATOR = "orangeday report"
MARK = paper.mark(_GENERATOR)
"""The bytes in the first lines of a page by which orangeday knows it as its own."""


def page(report: Report) -> str:
    """Return the whole page."""
    return paper.draw(
        "report",
        _GENERATOR,
        {"web": _web, "bare": _bare, "local": local, "utc": _utc, "platform": _platform},
        report=report,
        fates=[fate for fate in FATES if any(counts[fate] for counts in report.embassies().values())],
        counts={fate: sum(counts[fate] for counts in report.embassies().values()) for fate in FATES},
        embassies=_embassies(report),
        reasons=_reasons(report),
        tables={"language": report.languages(), "platform": report.platforms(), "day": report.days()},
    )


def _embassies(report: Report) -> Mapping[str, Sequence[Sequence[Entry]]]:
    """Return the published posts by embassy, in groups: one post on several platforms is one group."""
    found: dict[str, dict[tuple[int, str], list[Entry]]] = {}
    for entry in report.entries:
        if entry.fate == "published":
            found.setdefault(entry.embassy, {}).setdefault((entry.day, entry.language), []).append(entry)
    return {name: [*found[name].values()] for name in report.embassies() if name in found}


def _reasons(report: Report) -> Mapping[tuple[str, str], Sequence[Entry]]:
    """Return the posts that aren't out, by state and reason.

    Posts that only wait for their hour, without another reason, are left out.
    """
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in report.entries:
        if entry.fate != "published" and (entry.why or entry.fate != "to come"):
            found.setdefault((str(entry.state), entry.reason or ""), []).append(entry)
    return found


def _web(address: str) -> bool:
    """Return whether a browser may be sent to an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _bare(address: str) -> str:
    return address.partition("://")[2]


def _utc(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"


def _platform(name: str) -> str:
    return title_of(name)
