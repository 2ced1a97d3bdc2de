"""The checkup: all that a live run needs, looked at one by one. A Finding says what was seen, and what to do next."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import ssl
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Deferred, PlatformError, Refused
from orangeday.adapters.http import Lost, NotSent
from orangeday.approvals import store as approvals
from orangeday.clock import Clock, zone
from orangeday.content import time_zones as zones
from orangeday.content.config import Account, Config, is_loopback
from orangeday.content.plan import Plan
from orangeday.content.problems import errors
from orangeday.engine.status import taken_down_here
from orangeday.engine.years import nothing_to_send
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.ledger import Home, Ledger, exists
from orangeday.ledger.sqlite import locks_fail
from orangeday.rules import catalogue as rules
from orangeday.system import credentials, machine
from orangeday.system import filesystem as place

_PATIENCE = 40.0
"""So many seconds without any answer, and what hasn't answered is given up."""
_QUICK = 10.0
"""Seconds for a platform to say what time it is, all in all."""
_TOO_FAR, _FAR = timedelta(minutes=2), timedelta(seconds=30)
"""How far our clock may be from a platform's: beyond the first nothing is sent."""
_ROOM = 100_000_000
"""Bytes that should be free where the ledger lies."""
_LONG_AGO = timedelta(minutes=10)
_CONSOLE = "https://console.x.com"


class Health(StrEnum):
    """How it is with one thing."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, of what, how that is, and the next step where it isn't well."""

    check: str
    health: Health
    seen: str
    step: str = ""
    about: str = ""
    """An account, a server: where there are several."""


OK, WARNING, FAILURE = Health


def examine(
    plan: Plan, clock: Clock, open_ledger: Callable[[], Ledger], *, offline: bool = False, patience: float = _PATIENCE
) -> Iterator[Finding]:
    """Every finding, in the order in which things are needed. Changes nothing, and makes no ledger."""
    yield _versions()
    yield _config(plan)
    yield _files(plan, clock())
    yield from _how_far(plan, clock())
    yield _approvals(plan, clock(), open_ledger)
    yield from _open_to_others(plan)
    yield _alerts(plan)
    yield from _accounts_and_clocks(plan, clock, offline, patience)
    yield _zones(plan)
    yield _state_folder()
    yield from _ledger(plan, clock(), open_ledger)


def _worse(plan: Plan) -> Health:
    """How bad is what only a live run needs: a dry run does without."""
    return FAILURE if plan.config.live else WARNING


def _versions() -> Finding:
    import sqlite3

    system = f"{platform.system()} {platform.release()}".strip()
    seen = f"{metadata.version('orangeday')} on Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return Finding("orangeday", OK, f"{seen}, {system}")


# The officer's files


def _config(plan: Plan) -> Finding:
    accounts = sum(1 for _ in plan.accounts)
    size = f"{_many(len(plan.config.embassies), 'embassy', 'embassies')}, {_many(accounts, 'account')}"
    mode = "live: it sends for real" if plan.config.live else "dry-run: it sends nothing unless --live says so"
    return Finding("config", OK, f"{plan.config.file}: {size}; {mode}")


def _files(plan: Plan, now: datetime) -> Finding:
    found = rules.check(plan, now)
    grave = len(errors(set(found)))
    doubts = len(set(found)) - grave
    seen = (
        f"{_many(grave, 'error')}, {_many(doubts, 'warning')}" if found else f"nothing to mend in {plan.config.posts}"
    )
    return Finding("files", FAILURE if grave else WARNING if doubts else OK, seen, "orangeday check" if found else "")


def _how_far(plan: Plan, now: datetime) -> Iterator[Finding]:
    """What of the campaign is over, once it has begun."""
    progress = plan.progress(now)
    url = plan.config.ledger_url
    if said := progress.in_words(recorded=not url.startswith("sqlite") or exists(url)):
        yield Finding("campaign", OK, said, "orangeday report" if progress.is_over else "")


def _approvals(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Finding:
    if not plan.config.require_approval:
        return Finding("approvals", OK, "not required, by the config")
    stored = approvals.load(plan.campaign.folder)
    if stored.problems:
        return Finding(
            "approvals", _worse(plan), "approvals.toml can't be read: nothing is approved", "orangeday check"
        )
    deliveries = plan.progress(now).to_come
    with suppress(OrangedayError):  # what is wrong with the ledger is a finding of its own
        if exists(plan.config.ledger_url):
            with closing(open_ledger()) as ledger:
                stored = replace(stored, here=taken_down_here(plan, ledger, stored))
    found = approvals.changes(plan, stored, deliveries)
    counts = approvals.count(found, deliveries)
    seen = (
        f"{counts.texts_approved} of {_many(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {_many(counts.embassies, 'embassy', 'embassies')}"
    )
    if plan.has_begun(now):
        seen += ", of what is still to come"
    withdrawn = [change for change in found if change.kind is approvals.Kind.WITHDRAWN]
    earlier = {change.approved_for for change in found if change.kind is approvals.Kind.CAMPAIGN}
    if earlier:
        seen += f"; approved for {' and '.join(sorted(filter(None, earlier)))}, not for {plan.campaign_id}"
    if withdrawn:
        named = "; ".join(f"{change.subject} {change.taken_down}" for change in withdrawn[:3])
        seen += f"; {len(withdrawn)} withdrawn ({named}{'; …' if withdrawn[3:] else ''})"
    if len(found) == len(withdrawn):
        return Finding("approvals", OK, seen)
    step = "orangeday approve --diff" if stored.exists else "orangeday approve all"
    return Finding("approvals", WARNING, f"{seen}; live runs hold the rest", step)


def _open_to_others(plan: Plan) -> Iterator[Finding]:
    """What every user of this machine may write, and by that say in an embassy's name, or that it was said already."""
    if sys.platform == "win32":
        return
    posts = plan.campaign.folder
    places = [plan.config.file, plan.config.file.parent, posts, *posts.glob("*"), *posts.glob("*/*")]
    database = sa.make_url(plan.config.ledger_url).database
    if plan.config.ledger_url.startswith("sqlite") and database:
        places.append(Path(database))
    found = dict.fromkeys(str(place) for place in places if _others_may_write(place))
    if found:
        many = f"{_some(found)}: every user of this machine may write there, and so change what is posted"
        yield Finding("permissions", WARNING, many, "Take that right away: chmod -R o-w FOLDER.")


def _others_may_write(place: Path) -> bool:
    try:
        mode = place.stat().st_mode
    except OSError:
        return False
    sticky = stat.S_ISDIR(mode) and mode & stat.S_ISVTX  # as /tmp: nobody touches what is another's
    return bool(mode & stat.S_IWOTH) and not sticky


def _alerts(plan: Plan) -> Finding:
    """Whether anybody is told. Nothing is sent: whether it comes, only who gets it can say."""
    url = plan.config.alerts
    if not url:
        return Finding("alerts", OK, "nobody is told when something needs a person: the config names nobody")
    way = url.partition(":")[0]
    if "{secret}" in url and not credentials.of_alerts():
        seen = "this computer's keyring does not answer" if credentials.keyring_is_silent() else "the secret is nowhere"
        return Finding("alerts", _worse(plan), f"by {way}, and {seen}", f"Set {credentials.ALERTS}.")
    return Finding("alerts", OK, f"by {way}; `orangeday alert --test` tries it")


# Accounts and clocks: what the network says, all of it side by side


def _accounts_and_clocks(plan: Plan, clock: Clock, offline: bool, patience: float) -> Iterator[Finding]:
    reaching: dict[Account, Callable[[], str | Finding]] = {}
    accounts: dict[Account, Finding | None] = {}
    services: dict[str, None] = {}
    for account in plan.accounts:
        found, missing = credentials.find(account.embassy, account.platform)
        accounts[account] = _unreachable(plan, account, missing, offline)
        if accounts[account] is None:
            reaching[account] = partial(_reach, plan, account, found, clock)
        service = account.service or plan.config.x_base_url
        if service.startswith("https:") or is_loopback(service):
            services[service] = None
    asking = [] if offline else [partial(_clock, plan, service, clock) for service in services]
    answers = _side_by_side([*asking, *reaching.values()], plan.config.workers, patience)
    clocks, reached = answers[: len(asking)], answers[len(asking) :]
    accounts |= _reached(plan, dict(zip(reaching, reached, strict=True)))
    yield from filter(None, accounts.values())
    for service, answer in zip(services, clocks, strict=False):
        late = Finding("clock", _worse(plan), "no answer in time", "Try again later.", urlsplit(service).netloc)
        yield answer if isinstance(answer, Finding) else late
    if offline:
        yield Finding("clock", OK, "not compared with the platforms' (--offline)")


def _unreachable(plan: Plan, account: Account, missing: Sequence[str], offline: bool) -> Finding | None:
    """What there is to say of an account that isn't to be reached now, or None."""
    finding = partial(Finding, "account", about=str(account))
    where = _where(account)
    if missing:
        all_of_it = len(missing) == len(credentials.variables(account.embassy, account.platform))
        seen = "no credentials" if all_of_it else f"lacks {' and '.join(missing)}"
        if credentials.keyring_is_silent():
            step = "Unlock it, or set the variables in the environment."
            return finding(_worse(plan), f"{seen}: this computer's keyring does not answer", step)
        return finding(_worse(plan), seen, f"orangeday login {account.embassy} {account.platform}")
    if plan.config.errors_of(account):
        return finding(FAILURE, f"credentials from the {where}; the config is wrong about it", "orangeday check")
    return finding(OK, f"credentials from the {where}; not tried (--offline)") if offline else None


def _where(account: Account) -> str:
    places = credentials.places(account.embassy, account.platform)
    return " and the ".join(sorted({found for found in places.values() if found}))


def _reach(plan: Plan, account: Account, found: Mapping[str, str], clock: Clock) -> str | Finding:
    """Who the account is, by the platform's own word; or why it doesn't say."""
    where = f"credentials from the {_where(account)}"
    try:
        identity = _verified(account, found, plan.config, clock)
        return _read_only(plan, account, found, clock) or identity
    except Exception as raised:  # noqa: BLE001  whatever it was, it is to be told
        failure = _behind(plan, account, raised, clock)
        said = str(failure) if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
        said = credentials.hidden(said, found.values()).rstrip(".").removesuffix(". Nothing was sent")
        if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
            # What concerns a whole platform is no account's fault: its credit, say.
            of_all = isinstance(failure, Deferred) and failure.scope == "platform"
            seen = f"{where}; {said}" if of_all else f"{where}, and they aren't taken: {said}"
            return Finding("account", FAILURE, seen, _step(account, said), str(account))
        step = "Check the network, and try again later."
        return Finding("account", _worse(plan), f"{where}; it can't be reached now: {said}", step, str(account))


def _behind(plan: Plan, account: Account, failure: Exception, clock: Clock) -> Exception:
    """What is behind a failure: X refuses what is signed by a wrong clock as if the tokens were wrong."""
    if account.platform == "x" and isinstance(failure, Deferred) and failure.needs_person:
        from orangeday.adapters.x.login import see_that_clocks_agree

        try:
            see_that_clocks_agree(plan.config.x_base_url, clock)
        except PlatformError as objection:
            return objection
    return failure


def _step(account: Account, said: str) -> str:
    """What to do about what a platform says of an account, in words that an adapter has chosen."""
    lower = said.lower()
    if account.platform == "x":
        if "credit" in lower:
            return f"Buy credit in X's developer console, {_CONSOLE}."
        if any(word in lower for word in ("suspended", "locked", "deactivated")):
            return f"Open X in a browser, log in as @{account.handle}, and see what it wants."
        if "clock is" in lower:
            return "Let the network set this machine's clock."
        if "base_url" in lower:
            return "Correct [x] base_url in the config: X's own is https://api.x.com."
    return f"orangeday login {account.embassy} {account.platform}"


def _read_only(plan: Plan, account: Account, found: Mapping[str, str], clock: Clock) -> Finding | None:
    """Tokens of X can be right and good for nothing: they may what the app might when they were made."""
    if account.platform != "x":
        return None
    from orangeday.adapters.x.login import may_write

    if may_write(plan.config.x_base_url, found, clock) is not False:
        return None
    seen = f"credentials from the {_where(account)}, and they may only read: X would refuse every post"
    step = f"Give the app “Read and write” in X's developer console, {_CONSOLE}; then: "
    return Finding("account", FAILURE, seen, f"{step}orangeday login {account.embassy} x", str(account))


def _verified(account: Account, found: Mapping[str, str], config: Config, clock: Clock) -> str:
    identity: str = import_module(ADAPTERS[account.platform]).verify(account, found, clock)
    return identity


def _reached(plan: Plan, answers: Mapping[Account, str | Finding | None]) -> Iterator[tuple[Account, Finding]]:
    """What each account's answer comes to; one identity is one account, whatever it is called."""
    known: dict[str, Account] = {}
    for account, answer in answers.items():
        if isinstance(answer, Finding):
            yield account, answer
            continue
        finding = partial(Finding, "account", about=str(account))
        where = f"credentials from the {_where(account)}"
        if answer is None:
            yield account, finding(_worse(plan), f"{where}; no answer in time", "Try again later.")
        elif (twin := known.setdefault(answer, account)) is not account:
            step = "One account says a day's text in one language once: correct a handle or a password."
            yield account, finding(WARNING, f"it is the same account as {twin}, {answer}", step)
        else:
            yield account, finding(OK, f"{where}; it is {answer}")


def _clock(plan: Plan, service: str, clock: Clock) -> Finding:
    """How far our clock is from a platform's, by the Date header of whatever it answers. No credentials are sent."""
    finding = partial(Finding, "clock", about=urlsplit(service).netloc)
    before = clock()
    try:
        headers = _headers(service)
    except (NotSent, Lost) as failure:
        return finding(_worse(plan), f"can't be reached: {_reason(failure)}", "Check the network, and try again.")
    middle = before + (clock() - before) / 2
    try:
        theirs = parsedate_to_datetime(headers.get("date") or "")
        age = timedelta(seconds=int(headers.get("age") or 0))  # a cache repeats the date that it was given
    except (TypeError, ValueError):
        step = "Is this the platform, or a proxy before it?"
        return finding(_worse(plan), "it answers without a date that can be read", step)
    theirs = (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) + age + timedelta(seconds=0.5)
    off = middle - theirs
    if abs(off) <= _FAR:
        return finding(OK, f"ours agrees with it, to {max(1, round(abs(off).total_seconds()))} s")
    seconds = round(abs(off).total_seconds())
    length = f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min {seconds % 60} s"
    seen = f"ours is {length} {'ahead of' if off > timedelta() else 'behind'} it"
    step = "Let the network set this machine's clock."
    if abs(off) > _TOO_FAR:
        return finding(FAILURE, f"{seen}: beyond 2 min nothing is sent", step)
    return finding(WARNING, seen, step)


def _headers(service: str) -> Mapping[str, str]:
    """What a platform says above an answer, whatever it answers; asked as the adapters ask. Raises NotSent or Lost."""
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


def _side_by_side(jobs: Sequence[Callable[[], Any]], workers: int, patience: float) -> list[Any]:
    """What each job gives; None for those that were not done when nothing had come in for `patience` seconds."""
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, Any]] = SimpleQueue()

    def work() -> None:
        try:
            while True:
                number = waiting.get_nowait()
                done.put((number, jobs[number]()))
        except Empty:
            pass

    for number in range(len(jobs)):
        waiting.put(number)
    for _ in range(min(workers, len(jobs))):
        Thread(target=work, daemon=True).start()  # one that hangs doesn't keep the program
    results: list[Any] = [None] * len(jobs)
    for _ in jobs:
        try:
            number, result = done.get(timeout=patience)
        except Empty:
            break
        results[number] = result
    return results


# The machine


def _zones(plan: Plan) -> Finding:
    """Which zone data is used, and whether the machine's and orangeday's own agree on the posts' hours."""
    brussels = zones.zone("Europe/Brussels")
    offsets = [datetime(2026, month, 1, tzinfo=brussels).utcoffset() for month in (1, 7)]
    if offsets != [timedelta(hours=1), timedelta(hours=2)]:
        seen = "the zone data that is used is wrong: it has no summer time in Brussels"
        step = "Unset PYTHONTZPATH." if zones.is_chosen_by_hand() else "Reinstall the system's zone data (tzdata)."
        return Finding("zones", FAILURE, seen, step)
    if differing := [found for found, _ in rules.differing_zones(plan)]:
        said = []
        for found in differing:
            at, other = (found.moment.astimezone(data.zone) for data in (found.used, found.other))
            said.append(f"{found.used.zone.key} on {at.day} {at:%B} ({zone(at)}, not {zone(other)})")
        first = differing[0]
        seen = f"{first.used.of} is used; {first.other.of} differs for {_some(said)}"
        step = "Update the older data, so that your calendars show the same hours."
        return Finding("zones", WARNING, seen, "Unset PYTHONTZPATH, unless you mean it." if first.by_hand else step)
    names = sorted({embassy.timezone.key for embassy in plan.config.embassies.values()})
    releases = sorted({zones.release(name) for name in names or ["Europe/Brussels"]})
    return Finding("zones", OK, f"{_many(len(names), 'zone')} as tzdata {' and '.join(releases)} has them")


def _state_folder() -> Finding:
    try:
        folder = machine.state_folder()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OrangedayError as failure:
        return _complaint("state folder", failure)
    except OSError as failure:
        return Finding(
            "state folder", FAILURE, f"{folder} can't be written in: {failure.strerror}", "Give yourself the right."
        )
    if sys.platform != "win32" and folder.stat().st_uid != os.getuid():
        seen = f"{folder} belongs to another user, who may read and change what orangeday remembers there"
        return Finding("state folder", WARNING, seen, "Set XDG_STATE_HOME to a folder of your own.")
    return Finding("state folder", OK, f"{folder}, where orangeday remembers how far a ledger has come")


def _complaint(check: str, failure: OrangedayError) -> Finding:
    """An error of ours: its first sentence is what was seen, the rest is what to do."""
    seen, _, step = str(failure).partition(". ")
    return Finding(check, FAILURE, seen, step or "Check the file and its folder.")


# The ledger


def _ledger(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    url = sa.make_url(plan.config.ledger_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield from _on_a_server(plan, now, open_ledger)
        return
    file = Path(url.database)
    if not file.parent.is_dir():
        yield Finding("ledger", FAILURE, f"its folder {file.parent} isn't there", "Make it, or correct [ledger] url.")
        return
    if objection := place.objection(file):
        step = "Put it on a disk of this machine: [ledger] url in the config. No live run uses it there."
        yield Finding("ledger", FAILURE, f"{file} can't be trusted where it is: {objection}", step)
    if exists(plan.config.ledger_url):
        yield from _opened(plan, file, now, open_ledger)
    else:
        yield Finding("ledger", OK, f"{file} is new: the first live run makes it")
        yield from _first_start(plan, now, _lost_or_new(file))
        yield _last_sweep(plan, now, None)
    yield from _locks_and_room(file.parent)


def _on_a_server(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    """What a server says, and how its clock is; as everywhere here, no ledger is made."""
    try:
        if not exists(plan.config.ledger_url):
            yield Finding("ledger", OK, "the server answers, and the ledger is new: the first live run makes it")
            yield from _first_start(plan, now, (Home.NEW, None))
            yield _last_sweep(plan, now, None)
            return
        with closing(open_ledger()) as ledger:
            ledger.try_to_write()
            yield Finding("ledger", OK, f"{ledger.where} answers, and can be written")
            with ledger.hold("doctor") as hold:
                held = hold is not None and hold.still_ours()
            seen = "an account's lock holds on the server" if held else "an account's lock doesn't hold on the server"
            step = "" if held else "Try again; then reach the server without anything between."
            yield Finding("locks", OK if held else WARNING, seen, step)
            yield from _servers_clock(ledger, now)
            yield from _brakes(ledger)
            yield from _first_start(plan, now, _found(plan, now, ledger))
            yield _last_sweep(plan, now, ledger)
    except LedgerError as failure:
        yield _complaint("ledger", failure)


def _found(plan: Plan, now: datetime, ledger: Ledger) -> tuple[Home, str | None]:
    """How a live run would find the ledger. Where nobody can say, another finding says why."""
    try:
        return ledger.found(plan.campaign_id, plan.is_running(now))
    except LedgerError:
        raise
    except OrangedayError:
        return Home.FAMILIAR, None


def _lost_or_new(file: Path) -> tuple[Home, str | None]:
    """How a live run would find a ledger that isn't there."""
    try:
        lost = machine.Bookmark(file).event > 0
    except OrangedayError:
        lost = False
    return (Home.STRANGE, f"{file}, which was used here before, is gone") if lost else (Home.NEW, None)


def _first_start(plan: Plan, now: datetime, found: tuple[Home, str | None]) -> Iterator[Finding]:
    """What the next live start does in the midst of the campaign, where it doesn't simply go on."""
    home, strange = found
    if home is Home.FAMILIAR or not plan.is_running(now):
        return
    if home is Home.NEW:
        seen = (
            "the campaign is running and this computer's record of posts is new: the first live start asks whether "
            "another computer has already posted; without a terminal it starts paused until `orangeday resume`"
        )
    else:
        seen = f"the campaign is running, and {strange}: the next live start pauses everything until `orangeday resume`"
    yield Finding("late start", WARNING, seen, "Look at each account: what is there? Then: orangeday schedule --live")


def _servers_clock(ledger: Ledger, now: datetime) -> Iterator[Finding]:
    """Nothing hangs on it. But whose clock is far from it is far from the other machines' as well, most likely."""
    theirs = ledger.servers_clock()
    if theirs is not None:
        off = abs(now - theirs)
        far = off > _FAR
        seen = f"ours and the ledger's server's are {round(off.total_seconds()):,} s apart"
        yield Finding("clock", WARNING if far else OK, seen, "Let the network set both." if far else "")


def _opened(plan: Plan, file: Path, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    """What a ledger that is there says of itself."""
    try:
        with closing(open_ledger()) as ledger:
            if damage := ledger.damage():
                step = "Move it away, restore a backup, and look at each account before `orangeday resume`."
                yield Finding("ledger", FAILURE, f"{file} is damaged: {damage}", step)
                return
            ledger.try_to_write()
            yield Finding("ledger", OK, f"{file} is sound, and can be written")
            yield from _brakes(ledger)
            yield from _first_start(plan, now, _found(plan, now, ledger))
            yield _last_sweep(plan, now, ledger)
    except LedgerError as failure:
        yield _complaint("ledger", failure)


def _locks_and_room(folder: Path) -> Iterator[Finding]:
    if objection := locks_fail(folder):
        step = "Put the ledger into a folder of yours, on a disk of this machine."
        yield Finding("locks", FAILURE, f"{folder}: {objection}", step)
    else:
        yield Finding("locks", OK, "a lock beside the ledger holds between programs of this machine")
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    seen = f"{free / 1e9:,.1f} GB free beside the ledger" if free >= 1e9 else f"{free / 1e6:,.0f} MB free"
    yield Finding("disk", OK, seen) if free >= _ROOM else Finding("disk", WARNING, seen, "Free some space on the disk.")


def _brakes(ledger: Ledger) -> Iterator[Finding]:
    on = ledger.pauses()
    for pause in on:
        off = "orangeday resume" if pause.scope == "everything" else f"orangeday resume {pause.scope}"
        yield Finding("brake", WARNING, f"{pause.scope}: {pause}", f"{off}, when it may go on")
    if not on:
        yield Finding("brake", OK, "nothing is paused")


def _last_sweep(plan: Plan, now: datetime, ledger: Ledger | None) -> Finding:
    last = ledger.last_sweep(plan.campaign_id) if ledger else None
    if ledger and (idle := nothing_to_send(plan, ledger, now)):
        seen, _, step = idle.why.partition(". ")
        return Finding("next campaign", WARNING if idle.needs_person else OK, seen, step)
    seen = f"the last live run looked {_ago(now - last)}" if last else "no live run has looked at this campaign yet"
    running = plan.config.live and plan.ends is not None and plan.begins <= now < plan.ends
    if running and (last is None or now - last > _LONG_AGO):
        step = "Start `orangeday schedule`, or see whether cron calls `orangeday publish`."
        return Finding("last sweep", WARNING, f"{seen}, and the campaign is running", step)
    return Finding("last sweep", OK, seen)


def _ago(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 2:
        return "less than two minutes ago"
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


# Words


def _many(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def _some(names: Iterable[str]) -> str:
    """Three of them, and how many more."""
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
