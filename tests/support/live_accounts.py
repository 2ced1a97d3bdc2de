"""Accounts that a live run can use without a platform: each keeps its posts in a file of the working folder.

Stands in the table of adapters for the time of a test; `down` beside the books makes it refuse to take a post down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orangeday.adapters.base import Adapter, Receipt, Unsure
from orangeday.adapters.x.adapter import post_id as post_id
from orangeday.clock import Clock
from orangeday.content.config import Account

from .dry_run_accounts import DurableDryRun, entries


@dataclass
class LiveAccount(DurableDryRun):
    def delete(self, receipt: Receipt) -> None:
        if self.file.with_name("down").exists():
            raise Unsure("the platform doesn't answer")
        left = [entry for entry in entries(self.file) if entry["payload"]["key"] != receipt.id]
        self.file.write_text("".join(json.dumps(entry) + "\n" for entry in left), encoding="utf-8")


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> LiveAccount:
    assert credentials, "nobody connects without"
    return LiveAccount(account, clock, file=Path(f"{account.embassy}-{account.platform}.book").absolute())


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    return connect(account, credentials, clock).identity


ADAPTER = Adapter(connect, verify, post_id)
