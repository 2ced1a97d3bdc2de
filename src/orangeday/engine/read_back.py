"""Reading back: what was published is looked at on its platform, to tell what is up, what was changed, what is gone.

An account that can't be read now is said to be that, and never that its posts are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from orangeday.adapters.base import Platform, PlatformError, Receipt, Seen, Sent
from orangeday.content.config import Account, Prices
from orangeday.content.plan import Plan
from orangeday.ledger.records import Row

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

Sight = Seen | str
"""The state of a post on its platform; or, in words, the reason why that can't be told now."""


def price(rows: Sequence[Row], prices: Prices) -> float:
    """Return the price of reading these posts back on a platform that has these prices, in US dollars."""
    return round(len(rows) * prices.read, 3)


def read_back(
    plan: Plan, ledger: Ledger, rows: Sequence[Row], connect: Callable[[Account], Platform]
) -> dict[str, Sight]:
    """Return the state of each of these published rows on its platform, by key.

    It changes nothing, neither here nor there. Accounts are read side by side, as many as the config says.
    """
    frozen = ledger.frozen(rows)
    accounts = {str(account): account for account in plan.accounts}
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(f"{row.embassy}/{row.platform}", []).append(row)
    sights: dict[str, Sight] = {}
    with ThreadPoolExecutor(plan.config.workers, thread_name_prefix="account") as pool:
        jobs = []
        for name, theirs in of.items():
            if name in accounts:
                jobs.append(pool.submit(_account, accounts[name], theirs, frozen, connect))
            else:
                sights |= {row.key: f"the config no longer has {name}" for row in theirs}
        try:
            for job in jobs:
                sights |= job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sights


def _account(
    account: Account, rows: Sequence[Row], frozen: Mapping[str, Sequence[Sent]], connect: Callable[[Account], Platform]
) -> dict[str, Sight]:
    """Return the state of one account's posts on its platform, by key."""
    sights: dict[str, Sight] = {}
    why = "the platform said nothing of it"
    try:
        platform = connect(account)
        posts: dict[str, tuple[Receipt, Sequence[Sent]]] = {}
        for row in rows:
            if row.identity != platform.identity:
                sights[row.key] = f"it went out as {row.identity}, and the account is {platform.identity} now"
            elif row.receipt:
                posts[row.key] = row.receipt, frozen[row.key]
        for key, seen in zip(posts, platform.look([*posts.values()]), strict=False):
            sights[key] = seen if isinstance(seen, Seen) else seen.message
    except PlatformError as failure:
        why = failure.message
    except Exception as failure:  # noqa: BLE001  whatever it was, it says nothing about what is there
        why = f"an unexpected failure: {failure!r}"
    return {row.key: why for row in rows} | sights
