"""Findings about accounts: their credentials, and what the platforms say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from orangeday.adapters.base import Deferred, PlatformError, Refused
from orangeday.adapters.table import adapter_of
from orangeday.clock import Clock
from orangeday.content.config import Account, is_loopback
from orangeday.content.plan import Plan
from orangeday.doctor.clocks import check_clock
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding, severity_when_live
from orangeday.engine.advice import next_step
from orangeday.system import credentials

PATIENCE = 40.0
"""Seconds without any answer after which the checks that are still open are given up."""


# Accounts and clocks: what the network says, all of it side by side


def check_accounts_and_clocks(plan: Plan, clock: Clock, offline: bool, patience: float) -> Iterator[Finding]:
    reaching: dict[Account, Callable[[], str | Finding]] = {}
    accounts: dict[Account, Finding | None] = {}
    services: dict[str, None] = {}
    for account in plan.accounts:
        found, missing = credentials.find(account.embassy, account.platform)
        accounts[account] = _unreachable(plan, account, missing, offline)
        if accounts[account] is None:
            reaching[account] = partial(_reach, plan, account, found, clock)
        if account.address.startswith("https:") or is_loopback(account.address):
            services[account.address] = None
    asking = [] if offline else [partial(check_clock, plan, service, clock) for service in services]
    answers = _side_by_side([*asking, *reaching.values()], plan.config.workers, patience)
    clocks, reached = answers[: len(asking)], answers[len(asking) :]
    accounts |= _reached(plan, dict(zip(reaching, reached, strict=True)))
    yield from filter(None, accounts.values())
    for service, answer in zip(services, clocks, strict=False):
        late = Finding(
            "clock", severity_when_live(plan), "no answer in time", "Try again later.", urlsplit(service).netloc
        )
        yield answer if isinstance(answer, Finding) else late
    if offline:
        yield Finding("clock", OK, "not compared with the platforms' (--offline)")


def _unreachable(plan: Plan, account: Account, missing: Sequence[str], offline: bool) -> Finding | None:
    """Return the finding about an account that isn't to be asked now, or None where it is to be asked."""
    finding = partial(Finding, "account", about=str(account))
    where = _where(account)
    if missing:
        all_of_it = len(missing) == len(credentials.variables(account.embassy, account.platform))
        seen = "no credentials" if all_of_it else f"lacks {' and '.join(missing)}"
        if credentials.keyring_is_silent():
            step = "Unlock it, or set the variables in the environment."
            return finding(severity_when_live(plan), f"{seen}: this computer's keyring does not answer", step)
        return finding(severity_when_live(plan), seen, f"orangeday login {account.embassy} {account.platform}")
    if plan.config.errors_of(account):
        return finding(FAILURE, f"credentials from the {where}; the config is wrong about it", "orangeday check")
    return finding(OK, f"credentials from the {where}; not tried (--offline)") if offline else None


def _where(account: Account) -> str:
    places = credentials.places(account.embassy, account.platform)
    return " and the ".join(sorted({found for found in places.values() if found}))


def _reach(plan: Plan, account: Account, found: Mapping[str, str], clock: Clock) -> str | Finding:
    """Return the identity that the platform gives for the account, or a finding that says why there is none."""
    where = f"credentials from the {_where(account)}"
    try:
        identity = adapter_of(account.platform).verify(account, found, clock)
        return _restricted(account, found, clock) or identity
    except Exception as raised:  # noqa: BLE001  whatever it was, it is to be told
        failure = _behind(account, raised, clock)
        said = failure.message if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
        said = credentials.hidden(said, found.values()).rstrip(".")
        if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
            # What concerns a whole platform is no account's fault: its credit, say.
            of_all = isinstance(failure, Deferred) and failure.scope == "platform"
            seen = f"{where}; {said}" if of_all else f"{where}, and they were rejected: {said}"
            return Finding("account", FAILURE, seen, next_step(account, failure), str(account))
        step = "Check the network, and try again later."
        return Finding(
            "account", severity_when_live(plan), f"{where}; it can't be reached now: {said}", step, str(account)
        )


def _behind(account: Account, failure: Exception, clock: Clock) -> Exception:
    """Return the cause of a failure: the clock's error where this machine's clock is wrong, else the failure itself.

    A platform may refuse what is signed by a wrong clock as if the tokens were wrong.
    """
    check_clock = adapter_of(account.platform).check_clock
    if check_clock and isinstance(failure, Deferred) and failure.needs_person:
        try:
            check_clock(account, clock)
        except PlatformError as objection:
            return objection
    return failure


def _restricted(account: Account, found: Mapping[str, str], clock: Clock) -> Finding | None:
    """Return the finding about credentials that the platform takes but that can't be used to post; None for others."""
    look = adapter_of(account.platform).restriction
    restriction = look(account, found, clock) if look else None
    if restriction is None:
        return None
    seen = f"credentials from the {_where(account)}, and {restriction.seen}"
    return Finding("account", FAILURE, seen, restriction.step, str(account))


def _reached(plan: Plan, answers: Mapping[Account, str | Finding | None]) -> Iterator[tuple[Account, Finding]]:
    """Yield each account with the finding about its answer; two accounts with one identity are the same account."""
    known: dict[str, Account] = {}
    for account, answer in answers.items():
        if isinstance(answer, Finding):
            yield account, answer
            continue
        finding = partial(Finding, "account", about=str(account))
        where = f"credentials from the {_where(account)}"
        if answer is None:
            yield account, finding(severity_when_live(plan), f"{where}; no answer in time", "Try again later.")
        elif (twin := known.setdefault(answer, account)) is not account:
            step = "One account says a day's text in one language once: correct a handle or a password."
            yield account, finding(WARNING, f"it is the same account as {twin}, {answer}", step)
        else:
            yield account, finding(OK, f"{where}; it is {answer}")


def _side_by_side(jobs: Sequence[Callable[[], Any]], workers: int, patience: float) -> list[Any]:
    """Return each job's result; None for a job that wasn't done when nothing had come in for `patience` seconds."""
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
