"""The report as a page, to be read, printed and kept: what went out, where it is, and what isn't out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from orangeday.clock import local
from orangeday.engine.report import OUTCOMES, Entry, Report, next_steps
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
        {"web": _is_web_address, "bare": _without_scheme, "local": local, "utc": _utc, "platform": _platform},
        report=report,
        outcomes=[outcome for outcome in OUTCOMES if any(counts[outcome] for counts in report.embassies().values())],
        counts={outcome: sum(counts[outcome] for counts in report.embassies().values()) for outcome in OUTCOMES},
        embassies=_embassies(report),
        reasons=_reasons(report),
        steps={} if report.is_over else {group: next_steps(entries) for group, entries in _reasons(report).items()},
        tables={"language": report.languages(), "platform": report.platforms(), "day": report.days()},
    )


def _embassies(report: Report) -> Mapping[str, Sequence[Sequence[Entry]]]:
    """Return the published posts by embassy, in groups: one post on several platforms is one group."""
    posts_by_embassy: dict[str, dict[tuple[int, str], list[Entry]]] = {}
    for entry in report.entries:
        if entry.outcome == "published":
            posts_by_embassy.setdefault(entry.embassy, {}).setdefault((entry.day, entry.language), []).append(entry)
    return {name: [*posts_by_embassy[name].values()] for name in report.embassies() if name in posts_by_embassy}


def _reasons(report: Report) -> Mapping[tuple[str, str], Sequence[Entry]]:
    """Return the posts that aren't out, by state and reason.

    Posts that only wait for their hour, without another reason, are left out.
    """
    entries_by_reason: dict[tuple[str, str], list[Entry]] = {}
    for entry in report.entries:
        if entry.outcome != "published" and (entry.state_reason or entry.outcome != "to come"):
            entries_by_reason.setdefault((str(entry.state), entry.reason or ""), []).append(entry)
    return entries_by_reason


def _is_web_address(address: str) -> bool:
    """Return whether a browser may be sent to an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _without_scheme(address: str) -> str:
    return address.partition("://")[2]


def _utc(moment: datetime) -> str:
    utc_time = moment.astimezone(UTC)
    return f"{utc_time.day} {utc_time:%B %Y, %H:%M} UTC"


def _platform(name: str) -> str:
    return title_of(name)
