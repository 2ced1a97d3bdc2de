"""The commands that a person types to approve what is on the page."""

from __future__ import annotations

import shlex

from orangeday.approvals.model import Change, Kind
from orangeday.text.phrases import day_ranges, plural
from orangeday.views.approval_page.model import Asked, Line


def lines(asked: Asked) -> list[Line]:
    """Return the commands that approve what is on the page; none where all of it is approved, or can't be."""
    fresh = {change.subject for change in waiting(asked) if change.kind is not Kind.WITHDRAWN}
    if asked.example or asked.stored.problems or not fresh:
        return []
    choice = asked.choice
    languages = choice.languages
    if choice.embassies and not languages:
        languages = tuple(dict.fromkeys(str(delivery.language) for delivery in asked.deliveries))
    every = not choice.days
    words = ["all"] if every else day_ranges(sorted({delivery.number for delivery in asked.deliveries}))
    of = [part for language in languages for part in ("--language", language)]
    texts, embassies = (sum((subject.number is None) is which for subject in fresh) for which in (False, True))
    found = []
    if texts or (every and not languages):
        what = [plural(texts, "text")] if texts else []
        with_embassies = every and not languages and embassies
        what += [plural(embassies, "embassy", "embassies")] if with_embassies else []
        found.append(Line(_command(asked, *words, *of), " and ".join(what)))
        if with_embassies:
            embassies = 0
    if embassies:
        names = [subject.embassy or "" for subject in sorted(fresh, key=lambda s: s.order) if subject.number is None]
        found.append(
            Line(
                _command(asked, *(p for name in names for p in ("--embassy", name))),
                plural(embassies, "embassy", "embassies"),
            )
        )
    return found


def waiting(asked: Asked) -> list[Change]:
    """Return the changes that nobody has approved; without days that are over, which need no approval any more."""
    to_come = asked.plan.progress(asked.now, asked.deliveries).to_come
    days = {None, *(delivery.number for delivery in to_come)}
    return [change for change in asked.changes if change.subject.number in days] if to_come else []


def _command(asked: Asked, *words: str) -> str:
    config = ["--config", str(asked.config)] if asked.config else []
    return shlex.join(["orangeday", "approve", *words, *config])
