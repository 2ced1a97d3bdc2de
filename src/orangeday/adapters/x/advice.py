"""The advice to a person about X's refusals, and about tokens that can't post."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orangeday.adapters.base import Cause, Restriction
from orangeday.adapters.x.login import CONSOLE, may_write
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.platforms.x import X


def restriction(account: Account, credentials: Mapping[str, str], clock: Clock) -> Restriction | None:
    """Return why these tokens can't post, though X takes them; None where they can, or X doesn't say.

    They may do what the app was allowed to do when they were made.
    """
    if may_write(account.address, credentials, clock, account.route) is not False:
        return None
    again = f"orangeday login {account.embassy} {account.platform}"
    return Restriction(
        login_message=f"But with these tokens it may read and not post. In {CONSOLE}, give the app “Read and write”, "
        f"under “User authentication settings”; then log in again: {again}",
        finding="they may only read: X would refuse every post",
        next_step=f"Give the app “Read and write” in {CONSOLE}; then: {again}",
    )


def advice(account: Account, cause: Cause | None) -> str:
    """Return what to do about a refusal; nothing where logging in again is what helps."""
    match cause:
        case Cause.CREDIT:
            return f"Buy credit in {CONSOLE}."
        case Cause.ACCOUNT:
            return f"Open X in a browser, log in as @{account.handle}, and see what it wants."
        case Cause.AUTOMATED:
            return (
                f"Nothing of this account is sent before you say so. Open X in a browser, log in as @{account.handle}, "
                f"and do what it asks; then: orangeday retry {account}"
            )
        case Cause.CLOCK:
            return "Let the network set this machine's clock."
        case Cause.ADDRESS:
            return f"Correct [x] base_url in the config: X's own is {X.server.address}."
        case _:
            return ""


def login_advice(account: Account, cause: Cause | None, config: Path) -> str:
    """Return what to do about a refusal while logging in; nothing where the refusal says it itself."""
    again = f"orangeday login {account.embassy} {account.platform}"
    match cause:
        case Cause.APP_KEY:
            return f"Copy both again from {CONSOLE}: the app, then “Keys and tokens”."
        case Cause.OTHER_ACCOUNT:
            return (
                f"Run the same again, and log in to X as @{account.handle} there; a private window of the browser "
                f"knows no other account. Or correct the handle in {config}."
            )
        case Cause.TOKEN:
            return f"Get new ones with a PIN: {again}, without --stdin."
        case Cause.PIN:
            return f"Get a new one: {again}"
        case _:
            return ""
