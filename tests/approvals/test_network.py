"""Who approves an embassy approves through whose hands its posts go: its proxy, and whose certificates are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.approvals.content import subjects

from ..content.test_network import AUTHORITY
from ..support import campaigns
from ..support.common import BEFORE, plan_of

WAYS = {
    "a proxy": 'proxy = "http://10.0.0.1:3128"',
    "another proxy": 'proxy = "http://10.0.0.2:3128"',
    "the system's certificates": 'certificates = "system"',
    "a file's": 'certificates = "ministry.pem"',
    "straight": "",
}


def changes(folder: Path, way: str, *, approve: bool = False) -> list[str]:
    """What is no longer approved when the way is this one."""
    (folder / "ministry.pem").write_text(AUTHORITY, "ascii")
    plan = plan_of(campaigns.write(folder, campaigns.files(config=f"[network]\n{WAYS[way]}\n")))
    assert plan.problems == ()
    if approve:
        approvals.approve(plan, subjects(plan), "Ann Peeters", BEFORE)
    found = compare.changes(plan, approvals.load(plan.campaign.folder))
    return [change.explanation for change in found]


@pytest.mark.parametrize("approved", WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_another_way_than_the_approved_one_holds_the_embassy_and_no_text(
    tmp_path: Path, approved: str, way: str
) -> None:
    assert changes(tmp_path, approved, approve=True) == []
    found = changes(tmp_path, way)
    assert bool(found) == (way != approved), found
    assert all("nairobi" in explanation for explanation in found) and len(found) <= 1


def test_one_byte_of_the_file_is_another_way(tmp_path: Path) -> None:
    changes(tmp_path, "a file's", approve=True)
    (tmp_path / "ministry.pem").write_text(f"{AUTHORITY}\n", "ascii")
    plan = plan_of(tmp_path / "config.toml")
    (change,) = compare.changes(plan, approvals.load(plan.campaign.folder))
    assert "certificates on that way" in change.explanation
