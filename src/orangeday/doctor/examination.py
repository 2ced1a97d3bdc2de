"""The checks of all that a live run needs, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orangeday.clock import Clock
from orangeday.content.plan import Plan
from orangeday.doctor.accounts import ANSWER_TIMEOUT, check_accounts_and_clocks
from orangeday.doctor.clocks import check_network, check_time_zones
from orangeday.doctor.files import (
    check_alerts,
    check_approvals,
    check_config,
    check_files,
    check_permissions,
    check_pictures,
    check_place,
    check_progress,
    check_versions,
)
from orangeday.doctor.finding import Finding
from orangeday.doctor.ledger import check_ledger, check_state_folder
from orangeday.ledger.ledger import Ledger


def examine(
    plan: Plan,
    clock: Clock,
    open_ledger: Callable[[], Ledger],
    *,
    offline: bool = False,
    timeout: float = ANSWER_TIMEOUT,
) -> Iterator[Finding]:
    """Yield every finding, in the order in which things are needed. Changes nothing, and makes no ledger."""
    yield check_versions()
    yield check_config(plan)
    yield from check_place(plan)
    yield check_files(plan, clock())
    yield from check_progress(plan, clock())
    yield check_approvals(plan, clock(), open_ledger)
    yield from check_pictures(plan)
    yield from check_permissions(plan)
    yield check_alerts(plan)
    yield check_network(plan)
    yield from check_accounts_and_clocks(plan, clock, offline, timeout)
    yield check_time_zones(plan)
    yield check_state_folder()
    yield from check_ledger(plan, clock(), open_ledger)
