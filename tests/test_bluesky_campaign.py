"""The shipped campaign, live on a real server: sixteen days in one go, and every record as the plan says."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.cli import main
from orangeday.platforms.bluesky import record_key
from orangeday.text import bluesky_facets

from .bluesky_server import Account, Server
from .conftest import EXAMPLE, ROOT, plan_of

EMBASSIES = ("berlin", "nairobi", "ottawa")


def test_three_embassies_say_on_the_server_what_the_plan_says(
    pds: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = {name: pds.account() for name in EMBASSIES}
    config = folder(tmp_path, pds.url, accounts)
    monkeypatch.chdir(tmp_path)
    for name, account in accounts.items():
        monkeypatch.setenv(f"ORANGEDAY_{name.upper()}_BLUESKY_APP_PASSWORD", account.app_password)
    plan = plan_of(config)
    moments = [plan.begins, *plan.moments(plan.begins)]
    with time_machine.travel(plan.begins, tick=True) as clock:
        assert main(["approve", "all", "--by", "Ann"]) == 0
        try:
            for moment in moments:
                clock.move_to(moment + timedelta(seconds=1))
                pds.shift(moment.timestamp() + 1 - time_machine.escape_hatch.time.time())
                status = main(["publish"])
                said = capsys.readouterr()
                assert status == 0, said.out + said.err
        finally:
            pds.shift(0)
    there = {name: pds.records(account.did) for name, account in accounts.items()}
    deliveries = list(plan)
    assert len(deliveries) == sum(map(len, there.values())) == 16 * (3 + 1 + 2)
    for delivery in deliveries:
        record = there[delivery.embassy.id].pop(
            record_key(plan.campaign_id, delivery.number, delivery.language, generation=0)
        )
        created = datetime.fromisoformat(record.pop("createdAt"))
        assert delivery.due <= created < delivery.due + timedelta(seconds=30), delivery.key
        assert delivery.wording
        text = delivery.wording.text
        expected: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "langs": [str(delivery.language)]}
        if facets := bluesky_facets(text):
            expected["facets"] = [as_sent(*facet) for facet in facets]
        assert record == expected, delivery.key
    assert not any(there.values()), "nothing but the plan is there"


def folder(tmp_path: Path, service: str, accounts: dict[str, Account]) -> Path:
    """The shipped posts, and the shipped config for these embassies alone, on Bluesky alone."""
    shutil.copytree(ROOT / "posts", tmp_path / "posts")
    top, *blocks = EXAMPLE.read_text("utf-8").split("\n[embassies.")
    chosen = [block for block in blocks if block.partition("]")[0] in EMBASSIES]
    lines = "\n[embassies.".join([top, *chosen]).splitlines()
    kept = [line for line in lines if not line.startswith("x = {")]
    config = "\n".join(kept).replace('"dry-run"', '"live"').replace("https://bsky.social", service)
    for name, account in accounts.items():
        config = config.replace(f"be-{name}.example", account.handle)
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    return tmp_path / "config.toml"


def as_sent(start: int, end: int, kind: str, value: str) -> dict[str, Any]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}", "uri" if kind == "link" else "tag": value}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}
