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
from orangeday.content.addresses import is_loopback
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.doctor.clocks import check_clock
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding, account_finding
from orangeday.engine.advice import next_step
from orangeday.system import credentials

ANSWER_TIMEOUT = 40.0
"""Seconds without any answer after which the checks that are still open are given up."""


# Accounts and clocks: what the network says, all of it side by side


def check_accounts_and_clocks(plan: Plan, clock: Clock, offline: bool, timeout: float) -> Iterator[Finding]:
    account_jobs: dict[Account, Callable[[], str | Finding]] = {}
    account_findings: dict[Account, Finding | None] = {}
    services: dict[str, None] = {}
    for account in plan.accounts:
        secrets, missing = credentials.find(account.embassy, account.platform)
        account_findings[account] = _finding_without_request(plan, account, missing, offline)
        if account_findings[account] is None:
            account_jobs[account] = partial(_verify_account, account, secrets, clock)
        if account.address.startswith("https:") or is_loopback(account.address):
            services[account.address] = None
    clock_jobs = [] if offline else [partial(check_clock, service, clock, plan.config.route) for service in services]
    answers = _run_in_parallel([*clock_jobs, *account_jobs.values()], plan.config.workers, timeout)
    clock_answers, account_answers = answers[: len(clock_jobs)], answers[len(clock_jobs) :]
    account_findings |= _account_findings(dict(zip(account_jobs, account_answers, strict=True)))
    yield from filter(None, account_findings.values())
    for service, answer in zip(services, clock_answers, strict=False):
        server = urlsplit(service).netloc
        timeout_finding = Finding("clock", FAILURE, "no answer in time", "Try again later.", server, outage=server)
        yield answer if isinstance(answer, Finding) else timeout_finding
    if offline:
        yield Finding("clock", OK, "not compared with the platforms' (--offline)")


def accounts_to_ask(plan: Plan) -> list[Account]:
    """Return the accounts that are asked who they are: those with all their credentials, and a sound config."""
    return [
        account
        for account in plan.accounts
        if not plan.config.errors_of(account) and not credentials.find(account.embassy, account.platform)[1]
    ]


def _finding_without_request(plan: Plan, account: Account, missing: Sequence[str], offline: bool) -> Finding | None:
    """Return the finding about an account that isn't to be asked now, or None where it is to be asked."""
    finding = partial(account_finding, account)
    sources = _credential_sources(account)
    if missing:
        has_none = len(missing) == len(credentials.variables(account.embassy, account.platform))
        observation = "no credentials" if has_none else f"lacks {' and '.join(missing)}"
        if credentials.is_keyring_silent():
            step = "Unlock it, or set the variables in the environment."
            return finding(FAILURE, f"{observation}: this computer's keyring does not answer", step)
        return finding(FAILURE, observation, f"orangeday login {account.embassy} {account.platform}")
    if plan.config.errors_of(account):
        return finding(FAILURE, f"credentials from the {sources}; the config is wrong about it", "orangeday check")
    return finding(OK, f"credentials from the {sources}; not tried (--offline)") if offline else None


def _server(account: Account) -> str:
    return urlsplit(account.address).netloc


def _credential_sources(account: Account) -> str:
    places = credentials.sources(account.embassy, account.platform)
    return " and the ".join(sorted({source for source in places.values() if source}))


def _verify_account(account: Account, secrets: Mapping[str, str], clock: Clock) -> str | Finding:
    """Return the identity that the platform gives for the account, or a finding that says why there is none."""
    origin = f"credentials from the {_credential_sources(account)}"
    try:
        identity = adapter_of(account.platform).verify(account, secrets, clock)
        return _restriction_finding(account, secrets, clock) or identity
    except Exception as error:  # noqa: BLE001  whatever it was, it is to be told
        failure = _root_failure(account, error, clock)
        message = failure.message if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
        message = credentials.redact(message, secrets.values()).rstrip(".")
        if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
            # What concerns a whole platform is no account's fault: its credit, say.
            is_platform_wide = isinstance(failure, Deferred) and failure.scope == "platform"
            observation = f"{origin}; {message}" if is_platform_wide else f"{origin}, and they were rejected: {message}"
            return account_finding(account, FAILURE, observation, next_step(account, failure))
        step = "Check the network, and try again later."
        observation = f"{origin}; it can't be reached now: {message}"
        return account_finding(account, FAILURE, observation, step, outage=_server(account))


def _root_failure(account: Account, failure: Exception, clock: Clock) -> Exception:
    """Return the cause of a failure: the clock's error where this machine's clock is wrong, else the failure itself.

    A platform may refuse what is signed by a wrong clock as if the tokens were wrong.
    """
    compare_clocks = adapter_of(account.platform).check_clock
    if compare_clocks and isinstance(failure, Deferred) and failure.needs_person:
        try:
            compare_clocks(account, clock)
        except PlatformError as objection:
            return objection
    return failure


def _restriction_finding(account: Account, secrets: Mapping[str, str], clock: Clock) -> Finding | None:
    """Return the finding about credentials that the platform takes but that can't be used to post; None for others."""
    find_restriction = adapter_of(account.platform).restriction
    restriction = find_restriction(account, secrets, clock) if find_restriction else None
    if restriction is None:
        return None
    observation = f"credentials from the {_credential_sources(account)}, and {restriction.finding}"
    return account_finding(account, FAILURE, observation, restriction.next_step)


def _account_findings(answers: Mapping[Account, str | Finding | None]) -> Iterator[tuple[Account, Finding]]:
    """Yield each account with the finding about its answer; two accounts with one identity are the same account."""
    accounts_by_identity: dict[str, Account] = {}
    for account, answer in answers.items():
        if isinstance(answer, Finding):
            yield account, answer
            continue
        finding = partial(account_finding, account)
        origin = f"credentials from the {_credential_sources(account)}"
        if answer is None:
            observation = f"{origin}; no answer in time"
            yield account, finding(FAILURE, observation, "Try again later.", outage=_server(account))
        elif (first_account := accounts_by_identity.setdefault(answer, account)) is not account:
            step = "One account says a day's text in one language once: correct a handle or a password."
            observation = f"it is the same account as @{first_account.handle} ({first_account})"
            yield account, finding(WARNING, observation, step, identity=answer)
        else:
            yield account, finding(OK, f"{origin}; it is @{account.handle}", identity=answer)


def _run_in_parallel(jobs: Sequence[Callable[[], Any]], workers: int, timeout: float) -> list[Any]:
    """Return each job's result; None for a job that wasn't done when nothing had come in for `timeout` seconds."""
    job_numbers: SimpleQueue[int] = SimpleQueue()
    outcomes: SimpleQueue[tuple[int, Any]] = SimpleQueue()

    def work() -> None:
        try:
            while True:
                number = job_numbers.get_nowait()
                outcomes.put((number, jobs[number]()))
        except Empty:
            pass

    for number in range(len(jobs)):
        job_numbers.put(number)
    for _ in range(min(workers, len(jobs))):
        Thread(target=work, daemon=True).start()  # one that hangs doesn't keep the program
    results: list[Any] = [None] * len(jobs)
    for _ in jobs:
        try:
            number, result = outcomes.get(timeout=timeout)
        except Empty:
            break
        results[number] = result
    return results
