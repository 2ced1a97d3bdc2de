"""The connection of an account to its platform, with the credentials that it has now."""

from __future__ import annotations

from collections.abc import Callable

from orangeday.adapters.base import Deferred, Platform
from orangeday.adapters.dry_run import DryRun
from orangeday.adapters.table import adapter_of, has_adapter
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
        return connector(plan, True, system_clock)
    except OrangedayError as failure:
        reason = str(failure)

    def connect(account: Account) -> Platform:
        raise Deferred(reason, system_clock() + CREDENTIALS_RETRY, "account", True)

    return connect


def connector(plan: Plan, live: bool, clock: Clock) -> Callable[[Account], Platform]:
    """Return a function that connects an account. Raises OrangedayError where a live run has no way to send."""
    if not live:
        return lambda account: DryRun(account, clock)

    if missing_platforms := sorted({a.platform for a in plan.accounts if not has_adapter(a.platform)}):
        raise OrangedayError(
            f"This version can't send to {' and '.join(missing_platforms)}; nothing was sent. Use --dry-run."
        )
    _require_credentials(plan)
    return lambda account: connect(account, clock)


def _require_credentials(plan: Plan) -> None:
    """Raise OrangedayError where no account has its credentials here.

    The environment is asked of all accounts before the keyring is of one, and that no further than to one that has
    them: a keyring is slow.
    """
    if any(credentials.are_in_environment(account.embassy, account.platform) for account in plan.accounts):
        return
    lacking = (credentials.find(account.embassy, account.platform)[1] for account in plan.accounts)
    first = next(lacking, None)
    if first is None or (first and all(lacking)):
        example = f" Set {', '.join(first)}, and those of the others." if first else ""
        reason = credentials.keyring_problem()
        raise OrangedayError(f"No account has its credentials here{reason}; nothing was sent.{example}")


def connect(account: Account, clock: Clock) -> Platform:
    """Return an account, connected with the credentials that it has now. Raises Deferred or Refused."""
    secrets, missing = credentials.find(account.embassy, account.platform)
    if missing:
        until = clock() + CREDENTIALS_RETRY
        reason = credentials.keyring_problem()
        raise Deferred(f"{account} has no credentials here{reason}: set {', '.join(missing)}", until, "account", True)
    return adapter_of(account.platform).connect(account, secrets, clock)


def credentials_of(live: bool) -> Callable[[Account], object]:
    """Return a function that gives what an account would be connected with now, to be compared.

    It gives None in a dry run, and where that can't be told: a keyring doesn't answer.
    """
    if not live:
        return lambda _: None

    def current_secrets(account: Account) -> object:
        secrets, missing = credentials.find(account.embassy, account.platform)
        return None if missing and credentials.is_keyring_silent() else (secrets, missing)

    return current_secrets


def advice_on(account: Account) -> str:
    """Return a sentence about the credentials that a running program can't take over; or nothing."""
    variables = credentials.environment_variables(credentials.variables(account.embassy, account.platform).values())
    if not variables:
        return ""
    are, they_are = ("is", "it is") if len(variables) == 1 else ("are", "they are")
    return (
        f". {', '.join(variables)} {are} set in the environment of this program: start it again once {they_are} renewed"
    )
