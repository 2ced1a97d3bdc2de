"""Small campaigns as the rules judge them: what a rule says of one, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from orangeday.content.plan import Plan
from orangeday.content.problems import Problem, sorted_problems
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check

from . import campaigns
from .common import plan_of

NAIROBI = {"nairobi": "Africa/Nairobi"}
TWO = {"nairobi": "Africa/Nairobi", "berlin": "Europe/Berlin"}
FIVE = TWO | {"accra": "Africa/Accra", "lima": "America/Lima", "tokyo": "Asia/Tokyo"}
DAY_5 = "posts/05-day/day.toml"
EN, FR, OWN = "posts/05-day/en.toml", "posts/05-day/fr.toml", "posts/05-day/en.nairobi.toml"
PICTURE = 'title = "Day 5"\nfacts = ["one"]\nmedia = ["media/05.png"]\n'


def planned(
    folder: Path,
    files: Mapping[str, str],
    languages: Sequence[str] = ("en", "fr"),
    embassies: Mapping[str, str] = NAIROBI,
    config: str = "",
) -> Plan:
    """A small sound campaign, but for these files."""
    return plan_of(campaigns.write(folder, campaigns.files(languages, embassies, config) | dict(files)))


def problems(plan: Plan, rule: str, now: datetime | None = None) -> list[Problem]:
    return sorted_problems(problem for problem in check(plan, now) if problem.rule == rule)


def said(plan: Plan, rule: str, now: datetime | None = None) -> list[str]:
    """What a rule says, as it is shown, by paths that begin at the config."""
    return [str(p).replace(f"{plan.config.file.parent}/", "") for p in problems(plan, rule, now)]


def held(plan: Plan, rule: str) -> set[str]:
    """What would be held by a rule when it is about to be sent: embassy, platform and language."""
    concerns = [problem.scope for problem in blocking_errors(plan, list(plan)) if problem.rule == rule]
    return {
        d.key.split("/", 2)[2]
        for d in plan
        if any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in concerns)
    }
