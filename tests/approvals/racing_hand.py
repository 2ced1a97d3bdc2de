"""A program that approves or withdraws the texts of one language a hundred times over, in the folder where it starts.

python -m tests.approvals.racing_hand withdraw en
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.approvals.model import Subject

from ..support.common import plan_of


def main(what: str, language: str) -> None:
    plan, now = plan_of(Path("config.toml").resolve()), datetime(2026, 11, 25, tzinfo=UTC)
    for n in range(100):
        text = Subject(n % 16 + 1, language, None)
        if what == "withdraw":
            approvals.withdraw(Path("posts").resolve(), text, "Ann", now, f"round {n}")
        else:
            approvals.approve(plan, [text], "Ben", now)
            approvals.approve(plan, content.subjects(plan), "Ben", now)


if __name__ == "__main__":
    main(*sys.argv[1:])
