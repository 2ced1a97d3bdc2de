"""Findings about clocks: how far ours is from the platforms', and which time zone data is used."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

from orangeday.adapters.http import Lost, NotSent
from orangeday.clock import Clock, zone
from orangeday.content import time_zones as zones
from orangeday.content.plan import Plan
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding, severity_when_live, some
from orangeday.rules import accounts
from orangeday.text.phrases import plural

_QUICK = 10.0
"""The seconds that a platform has to say what time it is, all in all."""
_TOO_FAR, FAR = timedelta(minutes=2), timedelta(seconds=30)
"""The differences from a platform's clock beyond which nothing is sent, and up to which ours counts as right."""


def check_clock(plan: Plan, service: str, clock: Clock) -> Finding:
    """Compare our clock with a platform's, by the Date header of any answer. No credentials are sent."""
    finding = partial(Finding, "clock", about=urlsplit(service).netloc)
    before = clock()
    try:
        headers = _headers(service)
    except (NotSent, Lost) as failure:
        return finding(
            severity_when_live(plan), f"can't be reached: {_reason(failure)}", "Check the network, and try again."
        )
    middle = before + (clock() - before) / 2
    try:
        theirs = parsedate_to_datetime(headers.get("date") or "")
        age = timedelta(seconds=int(headers.get("age") or 0))  # a cache repeats the date that it was given
    except (TypeError, ValueError):
        step = "Is this the platform, or a proxy before it?"
        return finding(severity_when_live(plan), "it answers without a date that can be read", step)
    theirs = (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) + age + timedelta(seconds=0.5)
    off = middle - theirs
    if abs(off) <= FAR:
        return finding(OK, f"ours agrees with it, to {max(1, round(abs(off).total_seconds()))} s")
    seconds = round(abs(off).total_seconds())
    length = f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min {seconds % 60} s"
    seen = f"ours is {length} {'ahead of' if off > timedelta() else 'behind'} it"
    step = "Let the network set this machine's clock."
    if abs(off) > _TOO_FAR:
        return finding(FAILURE, f"{seen}: beyond 2 min nothing is sent", step)
    return finding(WARNING, seen, step)


def _headers(service: str) -> Mapping[str, str]:
    """Return the headers of a platform's answer, whatever its status. Raises NotSent or Lost."""
    from orangeday.adapters.transport import Way

    way = Way(limit=_QUICK)
    with closing(way):
        return way.ask("HEAD", service, [("User-Agent", "orangeday")]).headers


def _reason(failure: Exception) -> str:
    cause = failure.__cause__ or failure
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return "its name isn't known here"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate isn't accepted ({cause.verify_message})"
    return str(failure)


# The machine


def check_time_zones(plan: Plan) -> Finding:
    """Check which time zone data is used, and whether the machine's and orangeday's own agree on the posts' hours."""
    brussels = zones.zone("Europe/Brussels")
    offsets = [datetime(2026, month, 1, tzinfo=brussels).utcoffset() for month in (1, 7)]
    if offsets != [timedelta(hours=1), timedelta(hours=2)]:
        seen = "the zone data that is used is wrong: it has no summer time in Brussels"
        step = "Unset PYTHONTZPATH." if zones.is_chosen_by_hand() else "Reinstall the system's zone data (tzdata)."
        return Finding("zones", FAILURE, seen, step)
    if differing := [found for found, _ in accounts.differing_zones(plan)]:
        said = []
        for found in differing:
            at, other = (found.moment.astimezone(data.zone) for data in (found.used, found.other))
            said.append(f"{found.used.zone.key} on {at.day} {at:%B} ({zone(at)}, not {zone(other)})")
        first = differing[0]
        seen = f"{first.used.of} is used; {first.other.of} differs for {some(said)}"
        step = "Update the older data, so that your calendars show the same hours."
        return Finding("zones", WARNING, seen, "Unset PYTHONTZPATH, unless you mean it." if first.by_hand else step)
    names = sorted({embassy.timezone.key for embassy in plan.config.embassies.values()})
    releases = sorted({zones.release(name) for name in names or ["Europe/Brussels"]})
    return Finding("zones", OK, f"{plural(len(names), 'zone')} as tzdata {' and '.join(releases)} has them")
