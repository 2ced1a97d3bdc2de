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

from orangeday.adapters.http import NoResponse, NotSent
from orangeday.clock import Clock, utc_offset
from orangeday.content import time_zones as zones
from orangeday.content.network import DIRECT, Route
from orangeday.content.plan import Plan
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding
from orangeday.rules import accounts
from orangeday.text.phrases import plural, short_list

_ANSWER_TIMEOUT = 10.0
"""The seconds that a platform has to say what time it is, all in all."""
_MAX_DIFFERENCE, TOLERANCE = timedelta(minutes=2), timedelta(seconds=30)
"""The differences from a platform's clock beyond which nothing is sent, and up to which ours counts as right."""


_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
"""OpenSSL's numbers for a certificate that is signed by nobody who is known: the platforms' own are not."""


def check_network(plan: Plan) -> Finding:
    """Say which way the posts go, and whose certificates are trusted on it."""
    if not (way := plan.config.route.in_words):
        return Finding("network", OK, "straight to the platforms, by the certificates that come with orangeday")
    step = "The firewall could read passwords and change posts: docs/threats.md says what is given up."
    return Finding("network", WARNING, f"posts go {way}", step)


def check_clock(service: str, clock: Clock, route: Route = DIRECT) -> Finding:
    """Compare our clock with a platform's, by the Date header of any answer. No credentials are sent."""
    server = urlsplit(service).netloc
    finding = partial(Finding, "clock", subject=server)
    start = clock()
    try:
        headers = _headers(service, route)
    except (NotSent, NoResponse) as failure:
        cause = failure.__cause__
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _UNKNOWN_ISSUER:
            return _firewall_finding(cause, server)
        return finding(
            FAILURE, f"can't be reached: {_reason(failure)}", "Check the network, and try again.", outage=server
        )
    midpoint = start + (clock() - start) / 2
    try:
        platform_time = parsedate_to_datetime(headers.get("date") or "")
        age = timedelta(seconds=int(headers.get("age") or 0))  # a cache repeats the date that it was given
    except (TypeError, ValueError):
        step = "Is this the platform, or a proxy before it?"
        return finding(FAILURE, "it answers without a date that can be read", step)
    platform_time = (
        (platform_time if platform_time.tzinfo else platform_time.replace(tzinfo=UTC)) + age + timedelta(seconds=0.5)
    )
    difference = midpoint - platform_time
    if abs(difference) <= TOLERANCE:
        return finding(OK, f"ours agrees with it, to {max(1, round(abs(difference).total_seconds()))} s")
    seconds = round(abs(difference).total_seconds())
    length = f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min {seconds % 60} s"
    observation = f"ours is {length} {'ahead of' if difference > timedelta() else 'behind'} it"
    step = "Let the network set this machine's clock."
    if abs(difference) > _MAX_DIFFERENCE:
        return finding(FAILURE, f"{observation}: beyond 2 min nothing is sent", step)
    return finding(WARNING, observation, step)


def _firewall_finding(failure: ssl.SSLCertVerificationError, server: str) -> Finding:
    """Return the finding where somebody answers in a server's place: a firewall that opens what is encrypted."""
    observation = (
        f"a firewall opens what is encrypted on the way to {server}, and answers in its place: its certificate isn't "
        f"accepted ({failure.verify_message}). Nothing is sent through it"
    )
    step = (
        f"Ask your IT department to let this computer reach {server} directly. Where that can't be, ask for the file "
        "of the firewall's certificate, and read docs/network.md."
    )
    return Finding("network", FAILURE, observation, step, server, outage=server)


def _headers(service: str, route: Route) -> Mapping[str, str]:
    """Return the headers of a platform's answer, whatever its status. Raises NotSent or Lost."""
    from orangeday.adapters.transport import HttpClient

    client = HttpClient(limit=_ANSWER_TIMEOUT, route=route)
    with closing(client):
        return client.request("HEAD", service, [("User-Agent", "orangeday")]).headers


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
        observation = "the zone data that is used is wrong: it has no summer time in Brussels"
        step = "Unset PYTHONTZPATH." if zones.is_chosen_by_hand() else "Reinstall the system's zone data (tzdata)."
        return Finding("zones", FAILURE, observation, step)
    if zone_differences := [zone_difference for zone_difference, _ in accounts.differing_zones(plan)]:
        examples = []
        for zone_difference in zone_differences:
            active_time, alternative_time = (
                zone_difference.moment.astimezone(data.zone)
                for data in (zone_difference.used, zone_difference.alternative)
            )
            utc_offsets = f"{utc_offset(active_time)}, not {utc_offset(alternative_time)}"
            examples.append(f"{zone_difference.used.zone.key} on {active_time.day} {active_time:%B} ({utc_offsets})")
        first = zone_differences[0]
        observation = f"{first.used.source} is used; {first.alternative.source} differs for {short_list(examples, 3)}"
        step = "Update the older data, so that your calendars show the same hours."
        return Finding(
            "zones", WARNING, observation, "Unset PYTHONTZPATH, unless you mean it." if first.by_hand else step
        )
    names = sorted({embassy.timezone.key for embassy in plan.config.embassies.values()})
    releases = sorted({zones.release(name) for name in names or ["Europe/Brussels"]})
    return Finding("zones", OK, f"{plural(len(names), 'zone')} as tzdata {' and '.join(releases)} has them")
