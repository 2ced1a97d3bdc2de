"""Why a post was missed: one reason of several, by what the ledger knows of its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orangeday.content.plan import Delivery
from orangeday.engine.misses import Wait, last_look_at, miss_reason
from orangeday.ledger.records import Hold

from ..support import campaigns
from ..support.common import plan_of


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    """Day 1 in Nairobi: from 9 to 15 o'clock."""
    return next(iter(plan_of(campaigns.write(tmp_path, campaigns.files()))))


OPEN = timedelta(hours=6)
MINUTES = {
    "before": timedelta(minutes=-5), "early": timedelta(minutes=30), "late": OPEN - timedelta(minutes=5),
    "after": OPEN + timedelta(minutes=1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("look", "hold", "wait", "obstacle", "reason"),
    [
        (None, None, None, None, "nothing was running while it could be sent"),
        ("before", None, None, None, "nothing was running while it could be sent"),
        ("before", None, None, "paused", "nothing was running while it could be sent; besides, it was held: paused"),
        ("early", None, None, None, "nothing was running from 09:30 UTC+3 on"),
        ("early", "early", None, None, "nothing was running from 09:30 UTC+3 on"),
        ("early", "early", None, "paused", "it was held: unapproved"),
        ("late", "early", None, None, "it was held: unapproved"),
        ("late", None, None, "paused", "it was held: paused"),
        ("late", None, ("late", "after"), None, "offline"),
        ("late", "early", ("late", "after"), None, "offline"),
        ("late", "late", ("early", "late"), None, "it was held: unapproved"),
        ("early", None, ("early", "early"), None, "nothing was running from 09:30 UTC+3 on"),
        ("early", None, ("early", None), None, "offline"),
        ("before", None, ("before", "after"), None, "offline"),
        ("after", None, None, None, "its hour was changed to one that had passed"),
        (
            "late", None, None, None,
            "a program was running and did not begin it: the account's server may not have answered",
        ),
    ],
)  # fmt: skip
def test_a_miss_has_one_reason(
    delivery: Delivery,
    look: str | None,
    hold: str | None,
    wait: tuple[str, str | None] | None,
    obstacle: str | None,
    reason: str,
) -> None:
    def moment(name: str) -> datetime:
        return delivery.due + MINUTES[name]

    kept = Hold(moment(hold), "unapproved") if hold else None
    waited = Wait(moment(wait[0]), moment(wait[1]) if wait[1] else None, "offline") if wait else None
    assert miss_reason(delivery, moment(look) if look else None, kept, waited, obstacle) == reason


def test_an_hour_beyond_its_own_midnight_can_never_be_kept(tmp_path: Path) -> None:
    files = campaigns.files(("en", "fr"), config='[schedule]\ntime = "23:50"\n')
    delivery = plan_of(campaigns.write(tmp_path, files)).find("16days-2026/01/nairobi/x/fr")
    assert delivery
    assert miss_reason(delivery, delivery.due, None, None, None) == (
        "its hour comes after the end of its day, so it could never be sent"
    )


def test_a_run_for_other_embassies_has_not_looked(delivery: Delivery) -> None:
    first, second = delivery.due, delivery.due + timedelta(minutes=1)
    assert last_look_at(delivery, {}) is None
    assert last_look_at(delivery, {"lima": first}) is None
    assert last_look_at(delivery, {"": first, "lima,nairobi": second}) == second
