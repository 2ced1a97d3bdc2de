"""Histories that once broke the promise, or that nearly did: each as a plain test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ..support.common import Clock
from ..torture.model import AT_FIRST, FIRST, Desk, Mood, broken


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two embassies and two programs, a day before it all begins."""
    desk = Desk(tmp_path, Clock(FIRST - timedelta(days=1)))
    desk.change(AT_FIRST)
    desk.processes = [desk.start(), desk.start()]
    desk.sweep(0)
    yield desk
    for process in desk.processes:
        desk.stop(process)


def test_a_post_is_not_taken_for_another_that_was_once_tried_with_its_words(desk: Desk) -> None:
    """Day 1 was tried with some words, found absent, and tried with others after the folders were swapped."""
    for scope in ("bluesky", "wellington"):
        desk.processes[0].ledger.pause(scope, "")
    sweep_at(desk, 1, Mood.UNSURE_BEFORE)
    one, two, three = AT_FIRST.texts
    desk.change(replace(AT_FIRST, texts=(two, one, three)))
    sweep_at(desk, 1, Mood.YES, Mood.UNSURE_BEFORE)  # read back, and sent with the words of day 2
    sweep_at(desk, 2, Mood.UNSURE_BEFORE, Mood.UNSURE_AFTER)  # of day 1 it can't be told yet
    for _ in range(3):
        sweep_at(desk, 2)
    rows = desk.processes[0].ledger.campaign_rows("16days-2026")
    ids = {desk.receipt(post).id: post for post in desk.posts}
    assert broken(desk.posts, rows, desk.replaced, ids) == ""
    assert [post.key for post in desk.posts] == ["16days-2026/02/nairobi/x/en"]


def sweep_at(desk: Desk, day: int, *moods: Mood) -> None:
    desk.clock.now = desk.files.window(day, "en", "nairobi")[0]
    desk.moods = list(moods)
    desk.sweep(0)
