"""The next step of a person, by the cause of a failure and never by its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orangeday.adapters.base import Cause, Deferred, PlatformError, Refused, Unsure
from orangeday.content.config import Account
from orangeday.engine.advice import next_step, remedy, timely_remedy
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.states import State

from ..support import campaigns
from ..support.common import BEFORE, plan_of

STEPS = {
    Cause.CREDIT: "Buy credit in X",
    Cause.ACCOUNT: "Open X in a browser, log in as @",
    Cause.AUTOMATED: "Nothing of this account is sent before you say so.",
    Cause.CLOCK: "Let the network set this machine's clock.",
    Cause.ADDRESS: "Correct [x] base_url in the config",
}


@pytest.fixture
def accounts(tmp_path: Path) -> dict[str, Account]:
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))
    return {account.platform: account for account in plan.accounts}


@pytest.mark.integration
@pytest.mark.parametrize("cause", [None, *Cause])
@pytest.mark.parametrize("words", ["no", "there is no credit left", "the clock is suspended at base_url"])
def test_the_step_on_x_comes_from_the_cause_whatever_is_said(
    accounts: dict[str, Account], cause: Cause | None, words: str
) -> None:
    step = next_step(accounts["x"], Deferred(words, BEFORE + timedelta(hours=1), "account", True, cause=cause))
    again = "orangeday login nairobi x"
    assert step.startswith(STEPS[cause]) if cause in STEPS else step == again


@pytest.mark.integration
def test_what_no_adapter_has_classed_is_a_log_in(accounts: dict[str, Account]) -> None:
    assert next_step(accounts["x"], ValueError("credit")) == "orangeday login nairobi x"
    assert (
        next_step(accounts["bluesky"], Refused("suspended", cause=Cause.ACCOUNT)) == "orangeday login nairobi bluesky"
    )


NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
"""An hour after day 1's hour in Nairobi."""
IN_TIME = ", before 15:00 in Nairobi: then it still goes out"
LATER = NOW + timedelta(hours=9)
ACKNOWLEDGE = "orangeday acknowledge 01/nairobi/x/en --reason"
BY_HAND = f'→ post it by hand on X, if it still matters; then: {ACKNOWLEDGE} "Posted by hand."'
SETTLE = "orangeday settle 01/nairobi/x/en"


@pytest.mark.parametrize(
    ("state", "values", "now", "line"),
    [
        (State.DEFERRED, {"step": "orangeday login nairobi x"}, NOW, f"→ orangeday login nairobi x{IN_TIME}"),
        (State.DEFERRED, {"step": "Buy credit."}, NOW, f"→ Buy credit{IN_TIME}"),
        (State.DEFERRED, {}, NOW, f"→ orangeday doctor --embassy nairobi{IN_TIME}"),
        (State.DEFERRED, {"until": LATER}, NOW, "→ post it by hand on X, if it must go out today"),
        (State.SCHEDULED, {}, NOW, f"→ orangeday doctor --embassy nairobi{IN_TIME}"),
        (State.HELD, {"step": "orangeday resume"}, NOW, f"→ orangeday resume{IN_TIME}"),
        (State.REFUSED, {}, NOW, f"→ correct what X says; then: orangeday retry 01/nairobi/x/en{IN_TIME}"),
        (State.REFUSED, {}, LATER, BY_HAND),
        (State.MISSED, {}, LATER, BY_HAND),
        (
            State.UNSURE, {}, NOW,
            "→ look at https://x.com/example_be_nairobi_x; orangeday keeps checking, too. "
            f"If the post is there: {SETTLE} --published ADDRESS; if it isn't: {SETTLE} --not-published, "
            "and it is sent again while there is time",
        ),
        (
            State.PUBLISHED, {"step": "orangeday retract 16days-2026/01/nairobi/x/en"}, NOW,
            "→ orangeday retract 16days-2026/01/nairobi/x/en",
        ),
    ],
)  # fmt: skip
def test_each_state_that_needs_a_person_has_a_next_step_and_the_time_that_is_left(
    tmp_path: Path, state: State, values: dict[str, Any], now: datetime, line: str
) -> None:
    delivery = plan_of(campaigns.write(tmp_path, campaigns.files())).find("16days-2026/01/nairobi/x/en")
    assert delivery
    status = DeliveryStatus(delivery, state, "why", None, None, needs_person=True, **values)
    assert str(remedy(status, now)) == line
    assert remedy(replace(status, needs_person=False), now) is None


def test_a_day_that_ends_at_midnight_and_cities_with_two_embassies_are_named_so(tmp_path: Path) -> None:
    files = campaigns.files(
        ("fr",), {"geneva": "Europe/Zurich", "geneva-un": "Europe/Zurich"}, '[schedule]\ntime = "20:00"'
    )
    files["config.toml"] = files["config.toml"].replace('fr = "Geneva-Un"', 'fr = "Geneva"')
    delivery = plan_of(campaigns.write(tmp_path, files)).find("16days-2026/03/geneva-un/bluesky/fr")
    assert delivery and delivery.in_words == "Geneva (geneva-un), day 3, French, on Bluesky"
    assert str(timely_remedy(delivery, "orangeday check")) == (
        "→ orangeday check, before midnight in Geneva (geneva-un): then it still goes out"
    )


def test_a_reason_that_ends_with_its_step_is_explained_without_it(tmp_path: Path) -> None:
    (delivery, *_) = plan_of(campaigns.write(tmp_path, campaigns.files()))
    for reason, step, explanation in (
        ("it is not approved yet: orangeday approve 1", "orangeday approve 1", "it is not approved yet"),
        ("X wants a person. Open X.", "Open X.", "X wants a person"),
        ("paused by Ann", "orangeday resume", "paused by Ann"),
        (None, "orangeday resume", None),
    ):
        status = DeliveryStatus(delivery, State.HELD, reason, None, None, step=step)
        assert status.explanation == explanation


def test_only_what_never_left_says_that_nothing_was_sent() -> None:
    soon = BEFORE
    for failure in (Deferred("no", soon, cause=Cause.UNREACHABLE), Refused("no", cause=Cause.UNREACHABLE)):
        assert (str(failure), failure.message) == ("no. Nothing was sent", "no")
    for other in (Refused("no"), Unsure("no"), Deferred("no", soon), PlatformError("no", cause=Cause.CREDIT)):
        assert str(other) == other.message == "no"
    hinted = Deferred("there is no credit", soon, cause=Cause.CREDIT, hint="buy some")
    assert str(hinted) == hinted.message == "there is no credit: buy some"
