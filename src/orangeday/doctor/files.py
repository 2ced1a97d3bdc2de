"""Findings about the program and the officer's files."""

from __future__ import annotations

import platform
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from importlib import metadata
from pathlib import Path

import sqlalchemy as sa

from orangeday.approvals import compare, model
from orangeday.approvals import store as approvals
from orangeday.content.plan import Plan
from orangeday.content.problems import errors
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding, severity_when_live, some
from orangeday.engine.status import taken_down_here
from orangeday.errors import OrangedayError
from orangeday.ledger.connection import exists
from orangeday.ledger.ledger import Ledger
from orangeday.rules import catalogue as rules
from orangeday.system import credentials
from orangeday.text.phrases import plural


def check_versions() -> Finding:
    import sqlite3

    system = f"{platform.system()} {platform.release()}".strip()
    seen = f"{metadata.version('orangeday')} on Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return Finding("orangeday", OK, f"{seen}, {system}")


# The officer's files


def check_config(plan: Plan) -> Finding:
    accounts = sum(1 for _ in plan.accounts)
    size = f"{plural(len(plan.config.embassies), 'embassy', 'embassies')}, {plural(accounts, 'account')}"
    mode = "live: it sends for real" if plan.config.live else "dry-run: it sends nothing unless --live says so"
    return Finding("config", OK, f"{plan.config.file}: {size}; {mode}")


def check_files(plan: Plan, now: datetime) -> Finding:
    found = rules.check(plan, now)
    grave = len(errors(set(found)))
    doubts = len(set(found)) - grave
    seen = f"{plural(grave, 'error')}, {plural(doubts, 'warning')}" if found else f"no errors in {plan.config.posts}"
    return Finding("files", FAILURE if grave else WARNING if doubts else OK, seen, "orangeday check" if found else "")


def check_progress(plan: Plan, now: datetime) -> Iterator[Finding]:
    """Yield a finding that says how much of the campaign is over, once it has begun."""
    progress = plan.progress(now)
    url = plan.config.ledger_url
    if said := progress.in_words(recorded=not url.startswith("sqlite") or exists(url)):
        yield Finding("campaign", OK, said, "orangeday report" if progress.is_over else "")


def check_approvals(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Finding:
    if not plan.config.require_approval:
        return Finding("approvals", OK, "not required, by the config")
    stored = approvals.load(plan.campaign.folder)
    if stored.problems:
        return Finding(
            "approvals",
            severity_when_live(plan),
            "approvals.toml can't be read: nothing is approved",
            "orangeday check",
        )
    deliveries = plan.progress(now).to_come
    with suppress(OrangedayError):  # what is wrong with the ledger is a finding of its own
        if exists(plan.config.ledger_url):
            with closing(open_ledger()) as ledger:
                stored = replace(stored, here=taken_down_here(plan, ledger, stored))
    found = compare.changes(plan, stored, deliveries)
    counts = compare.count(found, deliveries)
    seen = (
        f"{counts.texts_approved} of {plural(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}"
    )
    if plan.has_begun(now):
        seen += ", of what is still to come"
    withdrawn = [change for change in found if change.kind is model.Kind.WITHDRAWN]
    earlier = {change.approved_for for change in found if change.kind is model.Kind.CAMPAIGN}
    if earlier:
        seen += f"; approved for {' and '.join(sorted(filter(None, earlier)))}, not for {plan.campaign_id}"
    if withdrawn:
        named = "; ".join(f"{change.subject} {change.taken_down}" for change in withdrawn[:3])
        seen += f"; {len(withdrawn)} withdrawn ({named}{'; …' if withdrawn[3:] else ''})"
    if len(found) == len(withdrawn):
        return Finding("approvals", OK, seen)
    step = "orangeday approve --diff" if stored.exists else "orangeday approve all"
    return Finding("approvals", WARNING, f"{seen}; the rest is not sent until it is approved", step)


def check_permissions(plan: Plan) -> Iterator[Finding]:
    """Yield a warning about files and folders that every user of this machine may write.

    Such a user could change what is posted in an embassy's name, or record that it was posted already.
    """
    if sys.platform == "win32":
        return
    posts = plan.campaign.folder
    places = [plan.config.file, plan.config.file.parent, posts, *posts.glob("*"), *posts.glob("*/*")]
    database = sa.make_url(plan.config.ledger_url).database
    if plan.config.ledger_url.startswith("sqlite") and database:
        places.append(Path(database))
    found = dict.fromkeys(str(place) for place in places if _others_may_write(place))
    if found:
        many = f"{some(found)}: every user of this machine may write there, and so change what is posted"
        yield Finding("permissions", WARNING, many, "Take that right away: chmod -R o-w FOLDER.")


def _others_may_write(place: Path) -> bool:
    try:
        mode = place.stat().st_mode
    except OSError:
        return False
    sticky = stat.S_ISDIR(mode) and mode & stat.S_ISVTX  # as /tmp: nobody touches what is another's
    return bool(mode & stat.S_IWOTH) and not sticky


def check_alerts(plan: Plan) -> Finding:
    """Check whether alerts go to anybody. Nothing is sent: only the receiver can say whether an alert arrives."""
    url = plan.config.alerts
    if not url:
        return Finding("alerts", OK, "nobody is told when something needs attention: the config names nobody")
    way = url.partition(":")[0]
    if "{secret}" in url and not credentials.of_alerts():
        seen = "this computer's keyring does not answer" if credentials.keyring_is_silent() else "the secret is nowhere"
        return Finding("alerts", severity_when_live(plan), f"by {way}, and {seen}", f"Set {credentials.ALERTS}.")
    return Finding("alerts", OK, f"by {way}; `orangeday alert --test` tries it")
