"""The next step of a person, by the cause of a failure and never by its words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Cause, Deferred, PlatformError, Refused, Unsure
from orangeday.content.config import Account
from orangeday.engine.advice import next_step

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


def test_only_what_never_left_says_that_nothing_was_sent() -> None:
    soon = BEFORE
    for failure in (Deferred("no", soon, cause=Cause.UNREACHABLE), Refused("no", cause=Cause.UNREACHABLE)):
        assert (str(failure), failure.message) == ("no. Nothing was sent", "no")
    for other in (Refused("no"), Unsure("no"), Deferred("no", soon), PlatformError("no", cause=Cause.CREDIT)):
        assert str(other) == other.message == "no"
    hinted = Deferred("there is no credit", soon, cause=Cause.CREDIT, hint="buy some")
    assert str(hinted) == hinted.message == "there is no credit: buy some"
