"""How posts stand, at a glance and in lists, at the widths that officers have."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from rich.console import Console, RenderableType

from orangeday.adapters.base import Receipt
from orangeday.cli import main
from orangeday.content.plan import Plan
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.states import State
from orangeday.views.terminal import status as status_view
from orangeday.views.terminal.board import board
from orangeday.views.terminal.text_rows import text_rows, text_table

from ..support import campaigns
from ..support.common import plan_of
from ..support.offices import DUE

TWO = {"nairobi": "Africa/Nairobi", "addis-ababa": "Africa/Addis_Ababa"}
NOW = DUE + timedelta(days=1, hours=1)
TITLE = "What an employer can do, and what a neighbour can do when nobody else does"


@pytest.fixture(autouse=True)
def in_the_campaign() -> Iterable[None]:
    with time_machine.travel(NOW):
        yield


def planned(folder: Path, embassies: dict[str, str] | None = None, title: str = TITLE) -> Plan:
    contents = campaigns.files(["en", "fr"], embassies)
    for number in range(1, 17):
        contents[f"posts/{number:02}-day/day.toml"] = f'title = "{title}"\nfacts = ["one"]\n'
    return plan_of(campaigns.write(folder, contents))


def standing(plan: Plan, states: dict[str, State] | None = None) -> list[DeliveryStatus]:
    """Every post, published with a link if its hour is past, else scheduled; by key in another state."""
    results = []
    for delivery in plan:
        is_past = delivery.due <= NOW
        key = delivery.key.partition("/")[2]
        state = (states or {}).get(key, State.PUBLISHED if is_past else State.SCHEDULED)
        receipt = Receipt("1", f"https://example.org/{key}", delivery.due) if state is State.PUBLISHED else None
        reason = f"why {key}" if state in (State.REFUSED, State.HELD) else None
        needs_person = state in (State.REFUSED, State.HELD)
        results.append(DeliveryStatus(delivery, state, reason, None, receipt, needs_person=needs_person))
    return results


def drawn(parts: Iterable[RenderableType], width: int) -> list[str]:
    """The lines of a terminal of this width, without the spaces at their ends."""
    console = Console(file=io.StringIO(), width=width, height=24, force_terminal=True, color_system=None)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    return lines


def rows(plan: Plan, states: dict[str, State], width: int) -> list[str]:
    statuses = [status for status in standing(plan, states) if status.delivery.number in (1, 2, 3)]
    return drawn([text_table(plan, text_rows(statuses), NOW, width)], width)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_row_keeps_mark_day_language_and_title_at_any_width(tmp_path: Path, width: int) -> None:
    lines = rows(planned(tmp_path), {}, width)
    assert len(lines) == 6, "a text has one row, whatever its platforms"
    for line, (mark, number, language) in zip(
        lines, [("✓", 1, "en"), ("✓", 1, "fr"), ("✓", 2, "en"), ("✓", 2, "fr"), ("·", 3, "en"), ("·", 3, "fr")],
        strict=True,
    ):  # fmt: skip
        assert line.split()[:3] == [mark, str(number), language]
        assert "X, Bluesky" in line and "What an emp" in line
        assert ("UTC" in line) is (width == 140)
        assert ("published" in line or "scheduled" in line) is (width >= 80)
    assert "Thu 26 Nov 09:00" in lines[2] and "1 h ago" in lines[2]
    assert "Fri 27 Nov 09:20" in lines[5] and "in 23 h" in lines[5]


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_embassy_stands_where_there_are_several(tmp_path: Path, width: int) -> None:
    lines = rows(planned(tmp_path, TWO), {}, width)
    assert len(lines) == 12
    assert {line.split()[2] for line in lines} == set(TWO)
    assert {line.split()[3] for line in lines} == {"en", "fr"}


def test_platforms_in_different_states_have_a_mark_each(tmp_path: Path) -> None:
    states = {"01/nairobi/x/en": State.REFUSED, "03/nairobi/bluesky/fr": State.UNAPPROVED}
    lines = rows(planned(tmp_path), states, 80)
    assert "X ✗  Bluesky ✓" in lines[0] and "X, Bluesky" in lines[1] and "X ·  Bluesky ○" in lines[5]
    assert lines[0].split()[0] == "1", "none stands for both"


def test_a_title_that_runs_to_the_left_or_is_wide_breaks_no_column(tmp_path: Path) -> None:
    for title in ("ماذا يستطيع صاحب العمل أن يفعل", "雇用主にできること、隣人にできること、そして誰もがそうしないとき"):
        for width in (60, 80):
            assert len(rows(planned(tmp_path / f"{width}{title[:1]}", title=title), {}, width)) == 6


def glance(plan: Plan, statuses: Sequence[DeliveryStatus], width: int) -> list[str]:
    return drawn(status_view.at_a_glance(plan, statuses, NOW, width), width)


def test_at_a_glance_stand_what_is_wrong_what_is_next_and_the_last_three(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    lines = glance(plan, standing(plan, {"01/nairobi/x/fr": State.REFUSED}), 100)
    heads = [lines.index(head) for head in ("1 post needs attention", "Next", "Last")]
    assert heads == sorted(heads)
    wrong, coming, last = lines[: heads[1]], lines[heads[1] : heads[2]], lines[heads[2] :]
    assert any("01/nairobi/x/fr" in line for line in wrong) and any("why 01/nairobi/x/fr" in line for line in wrong)
    assert [line.split()[1] for line in coming[1:]] == ["3", "3", "4"]
    links = [line.strip() for line in last if "https://" in line]
    assert links == [
        f"https://example.org/{key}" for key in (
            "01/nairobi/bluesky/fr", "02/nairobi/x/en", "02/nairobi/bluesky/en", "02/nairobi/x/fr",
            "02/nairobi/bluesky/fr",
        )
    ]  # fmt: skip


def test_at_a_glance_stand_five_of_many_posts_in_need_those_that_can_still_go_out_first(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    past = {d.key.partition("/")[2] for d in plan if d.due <= NOW}
    statuses = standing(plan, dict.fromkeys(past, State.HELD))
    lines = glance(plan, statuses, 120)
    assert lines[0] == "8 posts need attention"
    wrong = [line.split()[-1] for line in lines[: lines.index("Next")] if line.startswith("‖")]
    assert wrong == [
        "02/nairobi/x/en", "02/nairobi/bluesky/en", "02/nairobi/x/fr", "02/nairobi/bluesky/fr",
        "01/nairobi/bluesky/fr",
    ]  # fmt: skip
    assert "  and 3 more posts: orangeday status --wrong" in lines
    assert len([*status_view.needing_attention(statuses, NOW)]) == 1 + 8


@pytest.mark.parametrize("state", [State.DEFERRED, State.ARMED, State.SCHEDULED])
def test_at_a_glance_stands_what_is_due_and_waits_with_its_reason(tmp_path: Path, state: State) -> None:
    """It needs nobody, isn't next and isn't out: left out, nobody would know of it."""
    plan = planned(tmp_path)
    statuses = standing(plan, {"02/nairobi/x/fr": state})
    statuses = [
        replace(s, reason="it waits for X") if s.state is state and s.delivery.due <= NOW else s for s in statuses
    ]
    lines = glance(plan, statuses, 100)
    waiting = lines[lines.index("Due, and not out yet") + 1 : lines.index("Next")]
    assert len(waiting) == 2
    assert " 2 fr " in waiting[0] and "X " in waiting[0] and waiting[1].strip() == "it waits for X"


def test_at_a_glance_stand_three_texts_that_are_due_and_how_many_more_there_are(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    late = [replace(s, state=State.DEFERRED, reason="it waits") for s in standing(plan)]
    parts = list(status_view.waiting(plan, late, max(s.delivery.due for s in late), 80, 3))
    assert len(parts) == 1 + 3 * 2 + 1
    assert str(parts[-1]) == "   and 29 more texts: orangeday status --all"


def test_with_nothing_wrong_nothing_is_said_to_be(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert glance(plan, standing(plan), 80)[0] == "Next"
    assert list(status_view.needing_attention(standing(plan), NOW)) == []
    assert list(status_view.waiting(plan, standing(plan), NOW, 80)) == []


def test_what_a_dry_run_has_seen_to_would_go_out(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    delivery = next(iter(plan))
    receipt = Receipt("1", "dry-run:nairobi/x/1", delivery.due)
    done = DeliveryStatus(delivery, State.PUBLISHED, None, None, receipt)
    unapproved = DeliveryStatus(delivery, State.UNAPPROVED, None, None, receipt)
    assert status_view.line(done, NOW).plain.startswith("✓ would go out Wed 25 Nov 09:00 UTC+3")
    assert status_view.line(unapproved, NOW).plain.startswith("○ unapproved   Wed 25 Nov 09:00 UTC+3")
    assert status_view.counts([done, done, unapproved]).plain == "2 would go out · 1 unapproved"


def live(plan: Plan, statuses: Sequence[DeliveryStatus], now: datetime, size: tuple[int, int]) -> list[str]:
    by_key = {status.delivery.key: status for status in statuses}
    return drawn([board(plan, by_key, now, "LIVE", None, size)], size[0])


@pytest.mark.parametrize("embassies", [None, TWO], ids=["one embassy", "two"])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_live_board_fits_the_screen_and_keeps_what_matters(
    tmp_path: Path, width: int, embassies: dict[str, str] | None
) -> None:
    plan = planned(tmp_path, embassies)
    lines = live(plan, standing(plan, {"01/nairobi/x/fr": State.REFUSED}), NOW, (width, 24))
    assert len(lines) <= 24
    assert "LIVE" in lines[0] and any(line.startswith("Next in 23:") for line in lines)
    posts = [line for line in lines if line[:1] in "✓·" and " 09:" in line]
    assert posts and all("en" in line.split() or "fr" in line.split() for line in posts)
    assert all("What" in line for line in posts), "a title is more than its first letter"
    assert all(("nairobi" in line or "addis-ababa" in line) is bool(embassies) for line in posts)


APART = {"nairobi": "Africa/Nairobi", "lisbon": "Europe/Lisbon"}


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_boards_time_is_local_where_all_have_one_clock(tmp_path: Path, width: int) -> None:
    local_time = "10:00:00" if width == 60 else "10:00:00 (07:00 UTC)"
    for number, (embassies, expected) in enumerate([(None, local_time), (TWO, local_time), (APART, "07:00:00 UTC")]):
        plan = planned(tmp_path / str(number), embassies)
        head = live(plan, standing(plan), NOW, (width, 24))[1]
        assert head.endswith(f" {expected}"), head


def by_day(plan: Plan) -> list[list[str]]:
    """The cells of the first and the last time, day by day."""
    lines = drawn([status_view.by_day(plan, standing(plan))], 120)
    return [re.split(" {2,}", line.strip())[-3:-1] for line in lines if re.match(" *[0-9]", line)]


def test_the_days_have_local_hours_where_their_posts_have_one_clock(tmp_path: Path) -> None:
    for number, embassies in enumerate((None, TWO)):
        hours = by_day(planned(tmp_path / str(number), embassies))
        assert hours == [["09:00", "09:20"]] * 16


def test_and_utc_where_they_dont(tmp_path: Path) -> None:
    hours = by_day(planned(tmp_path, APART))
    assert hours[0] == ["25 Nov 06:00 UTC", "25 Nov 09:20 UTC"]


@pytest.mark.parametrize(
    ("embassies", "expected"),
    [
        (None, "Thu 26 Nov 10:00 UTC+3"), (TWO, "Thu 26 Nov 10:00 UTC+3"), (APART, "26 Nov 07:00 UTC"),
        ({"wellington": "Pacific/Auckland"}, "Thu 26 Nov 20:00 UTC+13"),
        ({"los-angeles": "America/Los_Angeles"}, "Wed 25 Nov 23:00 UTC-8"),
    ],
)  # fmt: skip
def test_a_moment_is_local_first_where_all_have_one_clock(
    tmp_path: Path, embassies: dict[str, str] | None, expected: str
) -> None:
    assert planned(tmp_path, embassies).clock_text(NOW) == expected


def test_status_and_publish_end_with_the_local_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    main(["status"])
    assert " at Thu 26 Nov 10:00 UTC+3\n" in capsys.readouterr().out
    main(["publish"])
    assert (
        " at Thu 26 Nov 10:00 UTC+3. Next: Fri 27 Nov 09:00 UTC+3: Nairobi, day 3, English, on X."
        in capsys.readouterr().out
    )
