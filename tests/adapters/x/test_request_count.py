"""What a campaign asks of X: the posts and what they show, once who each account is, and nothing more."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...servers.x_server import XServer
from ...x_calls import hold


@pytest.mark.parametrize(("accounts", "cron"), [(12, False), (4, True)])
def test_on_time_x_is_asked_for_nothing_but_the_posts(x: XServer, tmp_path: Path, accounts: int, cron: bool) -> None:
    bill = hold(tmp_path, x, accounts, cron=cron)
    assert bill.posts == accounts * 16
    assert bill.calls == {
        "getUsersMe": accounts,
        "createPosts": accounts * 16,
        "mediaUpload": accounts * 2,
        "createMediaMetadata": accounts * 2,
    }
    assert bill.times <= (bill.sweeps if cron else bill.hours)
    assert bill.cents == pytest.approx(
        {
            "post": accounts * 14 * 1.5,
            "post with a link": accounts * 2 * 20,
            "alt text": accounts * 2 * 0.5,
            "user": accounts,
        }
    )
    assert bill.dollars == pytest.approx(
        bill.reckoned + accounts * 0.01
    )  # what `login` has asked already, if it was used


def test_what_is_late_costs_one_look_a_post_and_half_a_cent_for_each_that_is_there(x: XServer, tmp_path: Path) -> None:
    bill = hold(tmp_path, x, 2, cron=True, late=10, languages=("en", "fr"))
    assert bill.calls["createPosts"] == bill.calls["getUsersPosts"] == 2 * 16 * 2
    assert bill.calls["getUsersMe"] == 2
    assert bill.cents["read"] == pytest.approx(2 * 16 * 0.5)  # the second language finds the first there
    assert bill.dollars == pytest.approx(bill.reckoned + 2 * 0.01 + 2 * 16 * 0.005)
