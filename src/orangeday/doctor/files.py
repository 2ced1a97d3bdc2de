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

from orangeday.approvals import compare, model
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import first_step
from orangeday.approvals.content import altered_pictures
from orangeday.content.plan import Plan
from orangeday.content.problems import errors
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding
from orangeday.engine.status import withdrawals_by_text
from orangeday.errors import OrangedayError
from orangeday.ledger.address import Address
from orangeday.ledger.connection import exists
from orangeday.ledger.ledger import Ledger
from orangeday.rules import catalogue as rules
from orangeday.system import credentials, machine
from orangeday.system.windows_paths import folder_objection
from orangeday.text.phrases import plural, short_list


def check_versions() -> Finding:
    import sqlite3

    system = f"{platform.system()} {platform.release()}".strip()
    versions = f"{metadata.version('orangeday')} on Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return Finding("orangeday", OK, f"{versions}, {system}")


# The officer's files


def check_config(plan: Plan) -> Finding:
    accounts = sum(1 for _ in plan.accounts)
    size = f"{plural(len(plan.config.embassies), 'embassy', 'embassies')}, {plural(accounts, 'account')}"
    mode = "live: it sends for real" if plan.config.live else "dry-run: it sends nothing unless --live says so"
    return Finding("config", OK, f"{plan.config.file}: {size}; {mode}")


def check_files(plan: Plan, now: datetime) -> Finding:
    problems = rules.check(plan, now)
    error_count = len(errors(set(problems)))
    warning_count = len(set(problems)) - error_count
    summary = (
        f"{plural(error_count, 'error')}, {plural(warning_count, 'warning')}"
        if problems
        else f"no errors in {plan.config.posts}"
    )
    return Finding(
        "files",
        FAILURE if error_count else WARNING if warning_count else OK,
        summary,
        "orangeday check" if problems else "",
    )


def check_progress(plan: Plan, now: datetime) -> Iterator[Finding]:
    """Yield a finding that says how much of the campaign is over, once it has begun."""
    progress = plan.progress(now)
    url = plan.config.ledger_url
    if summary := progress.in_words(has_ledger=not url.startswith("sqlite") or exists(url)):
        step = "orangeday report" if progress.is_over else ""
        yield Finding("campaign", OK, summary, step, is_end=progress.is_over)


def check_approvals(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Finding:
    if not plan.config.require_approval:
        return Finding("approvals", OK, "not required, by the config")
    saved_approvals = approvals.load(plan.campaign.folder)
    if saved_approvals.problems:
        return Finding("approvals", FAILURE, "approvals.toml can't be read: nothing is approved", "orangeday check")
    deliveries = plan.progress(now).to_come
    with suppress(OrangedayError):  # what is wrong with the ledger is a finding of its own
        if exists(plan.config.ledger_url):
            with closing(open_ledger()) as ledger:
                saved_approvals = replace(
                    saved_approvals, local_withdrawals=withdrawals_by_text(plan, ledger, saved_approvals)
                )
    changes = compare.changes(plan, saved_approvals, deliveries)
    counts = compare.count(changes, deliveries)
    summary = (
        f"{counts.texts_approved} of {plural(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}"
    )
    if plan.has_begun(now):
        summary += ", of what is still to come"
    withdrawals = [change for change in changes if change.kind is model.Kind.WITHDRAWN]
    other_campaigns = {change.approved_for for change in changes if change.kind is model.Kind.CAMPAIGN}
    if other_campaigns:
        summary += f"; approved for {' and '.join(sorted(filter(None, other_campaigns)))}, not for {plan.campaign_id}"
    if withdrawals:
        examples = "; ".join(f"{change.subject} {change.withdrawal_note}" for change in withdrawals[:3])
        summary += f"; {len(withdrawals)} withdrawn ({examples}{'; …' if withdrawals[3:] else ''})"
    if len(changes) == len(withdrawals):
        return Finding("approvals", OK, summary)
    step = "orangeday approve --diff" if saved_approvals.exists else first_step(plan.config)
    return Finding("approvals", FAILURE, f"{summary}; the rest is not sent until it is approved", step)


def check_pictures(plan: Plan) -> Iterator[Finding]:
    """Yield a finding that names the pictures that are altered before they are posted, if there are any."""
    subjects = sorted(compare.required_subjects(plan), key=lambda subject: subject.order)
    pictures = dict.fromkeys(f"{p.name} ({p.alterations})" for p in altered_pictures(plan, subjects))
    if pictures:
        observation = f"{plural(len(pictures), 'picture')} altered before posting: {short_list([*pictures], 3)}"
        yield Finding("pictures", OK, observation, "orangeday preview --html page.html shows them as they are posted")


def check_place(plan: Plan) -> Iterator[Finding]:
    """Yield a failure where the project's folder is one whose files Windows couldn't all read and write."""
    folder = plan.config.file.absolute().parent
    if objection := folder_objection(folder, sys.platform, has_long_paths=machine.has_long_paths()):
        yield Finding("folder", FAILURE, f"{folder}: {objection}", "Move the folder there, with all that is in it.")


def check_permissions(plan: Plan) -> Iterator[Finding]:
    """Yield a warning about files and folders that every user of this machine may write.

    Such a user could change what is posted in an embassy's name, or record that it was posted already.
    """
    if sys.platform == "win32":
        return
    posts = plan.campaign.folder
    places = [plan.config.file, plan.config.file.parent, posts, *posts.glob("*"), *posts.glob("*/*")]
    if ledger := Address.parse(plan.config.ledger_url).file:
        places.append(ledger)
    writable_places = dict.fromkeys(str(place) for place in places if _is_world_writable(place))
    if writable_places:
        listed_places = short_list([*writable_places], 3)
        observation = f"{listed_places}: every user of this machine may write there, and so change what is posted"
        yield Finding("permissions", WARNING, observation, "Take that right away: chmod -R o-w FOLDER.")


def _is_world_writable(place: Path) -> bool:
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
        return Finding("alerts", WARNING, "nobody is told when something needs attention", "orangeday alert --setup")
    scheme = url.partition(":")[0]
    if "{secret}" in url and not credentials.alerts_secret():
        observation = (
            "this computer's keyring does not answer" if credentials.is_keyring_silent() else "the secret is nowhere"
        )
        return Finding("alerts", WARNING, f"by {scheme}, and {observation}", f"Set {credentials.ALERTS_VARIABLE}.")
    return Finding("alerts", OK, f"by {scheme}; `orangeday alert --test` tries it")
