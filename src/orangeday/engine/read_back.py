"""Reading back: what was published is looked at on its platform, to tell what is up, what was changed, what is gone.

An account that can't be read now is said to be that, and never that its posts are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from orangeday.adapters.base import Payload, Platform, PlatformError, PostCheck, Receipt
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.content.platform_section import Prices
from orangeday.ledger.records import Row

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

CheckResult = PostCheck | str
"""The state of a post on its platform; or, in words, the reason why that can't be told now."""


def price(rows: Sequence[Row], prices: Prices) -> float:
    """Return the price of reading these posts back on a platform that has these prices, in US dollars."""
    return round(len(rows) * prices.read, 3)


def read_back(
    plan: Plan, ledger: Ledger, rows: Sequence[Row], connect: Callable[[Account], Platform]
) -> dict[str, CheckResult]:
    """Return the state of each of these published rows on its platform, by key.

    It changes nothing, neither here nor there. Accounts are read side by side, as many as the config says.
    """
    payloads_by_key = ledger.frozen_payloads(rows)
    accounts = {str(account): account for account in plan.accounts}
    rows_by_account: dict[str, list[Row]] = {}
    for row in rows:
        rows_by_account.setdefault(f"{row.embassy}/{row.platform}", []).append(row)
    checks: dict[str, CheckResult] = {}
    with ThreadPoolExecutor(plan.config.workers, thread_name_prefix="account") as pool:
        jobs = []
        for name, account_rows in rows_by_account.items():
            if name in accounts:
                jobs.append(pool.submit(_read_account, accounts[name], account_rows, payloads_by_key, connect))
            else:
                checks |= {row.key: f"the config no longer has {name}" for row in account_rows}
        try:
            for job in jobs:
                checks |= job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return checks


def _read_account(
    account: Account,
    rows: Sequence[Row],
    payloads_by_key: Mapping[str, Sequence[Payload]],
    connect: Callable[[Account], Platform],
) -> dict[str, CheckResult]:
    """Return the state of one account's posts on its platform, by key."""
    checks: dict[str, CheckResult] = {}
    reason = "the platform said nothing of it"
    try:
        platform = connect(account)
        posts: dict[str, tuple[Receipt, Sequence[Payload]]] = {}
        for row in rows:
            if row.identity != platform.identity:
                checks[row.key] = f"it went out as {row.identity}, and the account is {platform.identity} now"
            elif row.receipt:
                posts[row.key] = row.receipt, payloads_by_key[row.key]
        for key, check in zip(posts, platform.check_posts([*posts.values()]), strict=False):
            checks[key] = check if isinstance(check, PostCheck) else check.message
    except PlatformError as failure:
        reason = failure.message
    except Exception as failure:  # noqa: BLE001  whatever it was, it says nothing about what is there
        reason = f"an unexpected failure: {failure!r}"
    return {row.key: reason for row in rows} | checks
