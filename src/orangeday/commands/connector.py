"""The connection of an account to its platform, with the credentials that it has now."""

from __future__ import annotations

from collections.abc import Callable

from orangeday.adapters.base import Deferred, Platform
from orangeday.adapters.dry_run import DryRun
from orangeday.adapters.table import adapter_of, is_there
from orangeday.clock import Clock, system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError
from orangeday.retry import CREDENTIALS_RETRY
from orangeday.system import credentials


def connector_or_reason(plan: Plan) -> Callable[[Account], Platform]:
    """Return a function that connects an account, or defers it with the reason why no account can be connected.

    Credentials may be gone by then, and what was missed is noted all the same.
    """
    try:
        return road(plan, True, system_clock)
    except OrangedayError as failure:
        why = str(failure)

    def connect(account: Account) -> Platform:
        raise Deferred(why, system_clock() + CREDENTIALS_RETRY, "account", True)

    return connect


def road(plan: Plan, live: bool, clock: Clock) -> Callable[[Account], Platform]:
    """Return a function that connects an account. Raises OrangedayError where a live run has no way to send."""
    if not live:
        return lambda account: DryRun(account, clock)

    if cannot := sorted({a.platform for a in plan.accounts if not is_there(a.platform)}):
        raise OrangedayError(f"This version can't send to {' and '.join(cannot)}; nothing was sent. Use --dry-run.")
    lacking = (credentials.find(account.embassy, account.platform)[1] for account in plan.accounts)
    first = next(lacking, None)
    if first is None or (first and all(lacking)):  # it asks no further than to one that has them: a keyring is slow
        example = f" Set {', '.join(first)}, and those of the others." if first else ""
        why = credentials.why_no_keyring()
        raise OrangedayError(f"No account has its credentials here{why}; nothing was sent.{example}")

    return lambda account: connect(account, clock)


def connect(account: Account, clock: Clock) -> Platform:
    """Return an account, connected with the credentials that it has now. Raises Deferred or Refused."""
    found, missing = credentials.find(account.embassy, account.platform)
    if missing:
        until = clock() + CREDENTIALS_RETRY
        why = credentials.why_no_keyring()
        raise Deferred(f"{account} has no credentials here{why}: set {', '.join(missing)}", until, "account", True)
    return adapter_of(account.platform).connect(account, found, clock)


def credentials_of(live: bool) -> Callable[[Account], object]:
    """Return a function that gives what an account would be connected with now, to be compared.

    It gives None in a dry run, and where that can't be told: a keyring doesn't answer.
    """
    if not live:
        return lambda _: None

    def found_now(account: Account) -> object:
        found, missing = credentials.find(account.embassy, account.platform)
        return None if missing and credentials.keyring_is_silent() else (found, missing)

    return found_now


def advice_on(account: Account) -> str:
    """Return a sentence about the credentials that a running program can't take over; or nothing."""
    fixed = credentials.set_in_environment(credentials.variables(account.embassy, account.platform).values())
    if not fixed:
        return ""
    are, they_are = ("is", "it is") if len(fixed) == 1 else ("are", "they are")
    return f". {', '.join(fixed)} {are} set in the environment of this program: start it again once {they_are} renewed"
