"""The next step for a person, by the cause of a failure."""

from __future__ import annotations

from orangeday.adapters.base import PlatformError
from orangeday.adapters.table import adapter_of
from orangeday.content.config import Account


def next_step(account: Account, failure: Exception) -> str:
    """Return what to do where a person must act: what the platform's adapter advises, or to log in again."""
    cause = failure.cause if isinstance(failure, PlatformError) else None
    advise = adapter_of(account.platform).advice
    return (advise(account, cause) if advise else "") or f"orangeday login {account.embassy} {account.platform}"
