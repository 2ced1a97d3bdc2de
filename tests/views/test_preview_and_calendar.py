"""What `preview` and `calendar` draw: cards and weeks whose lines stand straight, in every script and at any width."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from rich.cells import cell_len
from rich.console import Console

from orangeday.cli import main
from orangeday.content.plan import Plan
from orangeday.views.terminal import calendar as calendar_view
from orangeday.views.terminal import preview as preview_view

from ..support import campaigns
from ..support.common import BEFORE, plan_of

pytestmark = pytest.mark.usefixtures("stated_zones")

Make = Callable[..., Plan]

ARABIC = "اليوم هو اليوم الدولي للقضاء على العنف ضد المرأة، ونحن نقول لا للعنف ضد النساء والفتيات في كل مكان وزمان."
HEBREW = "היום הבינלאומי למאבק באלימות נגד נשים: אנחנו אומרים לא לאלימות נגד נשים ונערות, ומצטרפים לקמפיין."
JAPANESE = "今日は女性に対する暴力撤廃の国際デーです。ベルギー大使館は、女性と女児に対する暴力にノーと言います。"
THAI = "วันนี้เป็นวันสากลเพื่อขจัดความรุนแรงต่อสตรี สถานทูตเบลเยียมขอกล่าวว่าไม่ต่อความรุนแรงต่อสตรีและเด็กหญิง"
VIETNAMESE = "Hôm nay là Ngày Quốc tế Xóa bỏ Bạo lực đối với Phụ nữ. 🧡 🇧🇪"
HINDI = "आज महिलाओं के विरुद्ध हिंसा के उन्मूलन का अंतर्राष्ट्रीय दिवस है। हम महिलाओं और लड़कियों के विरुद्ध हिंसा नहीं।"
ISOLATES = {0x2068: None, 0x2069: None, 0x200E: None, 0x200F: None}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A small campaign with these files in place of its own; one that is None is left out."""

    def make(files: dict[str, str | None] | None = None, now: datetime = BEFORE, **how: object) -> Plan:
        contents = {**campaigns.files(**how), **(files or {})}  # type: ignore[arg-type]  # they are its keywords
        return plan_of(campaigns.write(tmp_path, {name: said for name, said in contents.items() if said}), now)

    return make


def console(width: int = 80, *, colour: bool = False, **how: object) -> Console:
    """A pipe of this width; or with `colour` a terminal."""
    system = "256" if colour else None
    return Console(file=io.StringIO(), width=width, force_terminal=colour, color_system=system, **how)  # type: ignore[arg-type]  # ditto


def cards(plan: Plan, *numbers: int, width: int = 80, every: bool = False, colour: bool = False) -> str:
    """What preview draws of these days, the first unless given."""
    there = console(width, colour=colour, highlight=False)
    preview_view.previews(there, [d for d in plan if d.number in (numbers or (1,))], show_all=every)
    return said(there)


def month(plan: Plan, width: int = 80, now: datetime = BEFORE) -> str:
    there = console(width, highlight=False)
    calendar_view.calendar(there, plan, now)
    return said(there)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def quoted(text: str) -> str:
    """A string, as TOML and JSON both write it."""
    return json.dumps(text, ensure_ascii=False)


def toml(text: str, **more: str) -> str:
    """A translation's file."""
    return "".join(f"{key} = {quoted(value)}\n" for key, value in {"text": text, **more}.items())


def boxes(drawn: str) -> list[str]:
    """The lines of all cards."""
    return [line for line in drawn.splitlines() if line[:1] in tuple("╭│├╰")]


# Cards


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize(
    "text", [ARABIC, HEBREW, JAPANESE, THAI, VIETNAMESE, HINDI, "word " * 90, "x" * 300, "one\ttwo\n\n\nx"]
)
def test_a_card_is_ruled_to_its_width_and_no_line_is_longer_in_any_script(make: Make, text: str, width: int) -> None:
    """A spacing mark takes a cell in one terminal and none in another: a right border would stand crooked in one."""
    plan = make({"posts/01-day/en.toml": toml(text, bluesky=f"{text} {text}")})
    lines = boxes(cards(plan, width=width))
    assert {cell_len(line) for line in lines if line[0] != "│"} == {min(width, 78)}
    widest = max(cell_len(line) + sum(unicodedata.category(character) == "Mc" for character in line) for line in lines)
    assert widest <= min(width, 78), "there is room for the widest reading"


@pytest.mark.parametrize("text", [ARABIC, HEBREW])
def test_every_line_of_a_right_to_left_paragraph_is_isolated_and_keeps_its_order(make: Make, text: str) -> None:
    plan = make({"posts/01-day/en.toml": toml(f"{text}\n\nLatin letters.")})
    lines = [line.removeprefix("│ ").removesuffix("│").rstrip() for line in boxes(cards(plan, width=50))]
    isolated = [line for line in lines if line.startswith("\u2068")]
    assert len(isolated) > 1
    assert all(line.endswith("\u2069") for line in isolated)
    assert " ".join(isolated).translate(ISOLATES) == text
    assert "Latin letters." in lines


def test_a_line_that_begins_in_another_direction_than_its_paragraph_is_told_so(make: Make) -> None:
    plan = make({"posts/01-day/en.toml": toml("שלום לכולם בכל העולם Belgium תודה")})
    assert "\u2068\u200fBelgium תודה\u2069" in cards(plan, width=27)


def test_no_break_spaces_are_not_broken_at(make: Make) -> None:
    plan = make({"posts/01-day/en.toml": toml("À l’égard des femmes et des filles\u00a0: seize jours")})
    assert "filles\u00a0:" in cards(plan, width=39)
    assert "│ :" not in cards(plan, width=39)


NASTY = "\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u2066\u2069\r\ufdd0[red]x[/red]"


def test_nothing_in_a_file_reaches_the_terminal_as_more_than_text(make: Make) -> None:
    plan = make(
        {
            "posts/campaign.toml": f'id = "16days"\ntitle = {quoted(NASTY)}\n',
            "posts/01-day/day.toml": f"title = {quoted(NASTY)}\nfacts = []\nmedia = [{quoted(NASTY)}]\n",
            "posts/01-day/en.toml": f"{toml(NASTY)}[alt]\n{quoted(NASTY)} = {quoted(NASTY)}\n",
        }
    )
    for drawn in (cards(plan), month(plan), month(plan, 140), month(plan, 60)):
        assert not set(drawn) & set("\x1b\x07\x9b\u202e\u2066\u2069\r\ufdd0")
        assert "[red]x[/red]" in drawn.replace("\n", "") or "[red]" in drawn


@pytest.mark.parametrize(
    ("text", "on_x", "on_bluesky"),
    [
        ("short", "5/280", "5/300"),
        ("x" * 259, "259/280", "259/300"),
        ("x" * 260, "260/280 20 left", "260/300"),
        ("x" * 280, "280/280 0 left", "280/300 20 left"),
        ("x" * 281, "281/280 cut 1", "281/300 19 left"),
        ("x" * 313, "313/280 cut 33", "313/300 cut 13"),
        ("日" * 150, "300/280 cut 20", "150/300"),
        ("👨‍👩‍👧‍👦" * 130, "260/280 20 left", "130/300 3250 of 3000 bytes"),
    ],
)
def test_a_count_says_what_is_left_and_what_to_cut(make: Make, text: str, on_x: str, on_bluesky: str) -> None:
    lines = [" ".join(line.strip("│ ").split()) for line in boxes(cards(make({"posts/01-day/en.toml": toml(text)})))]
    assert [line.split(" ", 2)[2] for line in lines if line.startswith(("X ━", "Bluesky ━"))] == [on_x, on_bluesky]


def test_a_character_that_nobody_sees_is_shown_by_its_number(make: Make) -> None:
    hidden = "#16\u200bDays of \u00adaction, \ufeffand 👩\u200d🚒"
    drawn = cards(make({"posts/01-day/en.toml": f"text = {json.dumps(hidden, ensure_ascii=False)}\n"}))
    assert "#16‹U+200B›Days of ‹U+00AD›action, ‹U+FEFF›and" in drawn
    assert "👩\u200d🚒" in drawn, "what joins a sign is part of it"
    persian = "می\u200cخواهم"
    assert "‹U+" not in cards(make({"posts/01-day/en.toml": f"text = {json.dumps(persian, ensure_ascii=False)}\n"}))


def test_a_bar_is_as_full_as_the_text_is_long(make: Make) -> None:
    for length, filled in ((1, 1), (140, 10), (279, 19), (280, 20), (400, 20)):
        line = next(line for line in boxes(cards(make({"posts/01-day/en.toml": toml("x" * length)}))) if "/280" in line)
        assert (line.count("━"), line.count("─")) == (filled, 20 - filled)


BLUE = "\x1b[4;38;5;32m"


@pytest.mark.parametrize(
    ("text", "on_x", "on_bluesky"),
    [
        ("Say #no to it: example.org", ["#no", "example.org"], ["#no", "example.org"]),
        ("(#no)", ["#no"], []),
        ("see example-site.org", ["example-site.org"], []),
        ("by @un-women.bsky.social", ["@un"], ["@un-women.bsky.social"]),
        ("by @belgium", ["@belgium"], []),
        ("#2026 is no tag", [], []),
        ("héé 🧡 #no", ["#no"], ["#no"]),
    ],
)
def test_what_each_platform_makes_of_a_text_is_marked(
    make: Make, text: str, on_x: list[str], on_bluesky: list[str]
) -> None:
    drawn = cards(make({"posts/01-day/en.toml": toml(text)}), colour=True)
    marked = [piece.partition("\x1b")[0] for piece in drawn.split(BLUE)[1:]]
    assert marked == (on_x if on_x == on_bluesky else on_x + on_bluesky)
    assert drawn.count("╭") == (1 if on_x == on_bluesky else 2), "a card is shared only where both read the same"


def test_what_is_found_is_counted_too_for_those_who_see_no_colour(make: Make) -> None:
    drawn = cards(make({"posts/01-day/en.toml": toml("#a #b https://example.org @c (#d)")}))
    assert "2 hashtags · 1 link" in drawn
    assert "3 hashtags · 1 link · 1 mention" in drawn


def test_without_colour_the_marks_are_still_underlined(make: Make) -> None:
    plan = make({"posts/01-day/en.toml": toml("#no")})
    there = console(80, colour=True, no_color=True)
    preview_view.previews(there, [d for d in plan if d.number == 1], show_all=False)
    assert "\x1b[4m#no\x1b[0m" in said(there)
    assert "38;5" not in said(there)


def test_each_picture_is_named_with_what_it_shows_and_a_missing_word_is_said(make: Make) -> None:
    day = 'title = "Day 1"\nfacts = ["one"]\nmedia = ["media/01.png", "media/02.png"]\n'
    text = toml("Hello.") + '[alt]\n"media/01.png" = "A woman reads a letter."\n'
    plan = make({"posts/01-day/day.toml": day, "posts/01-day/en.toml": text})
    lines = [line.strip("│ ") for line in boxes(cards(plan))]
    at = lines.index("Picture media/01.png")
    assert lines[at + 1] == "A woman reads a letter."
    at = lines.index("Picture media/02.png")
    assert lines[at + 1] == "✗ no alt text: say below [alt] in en.toml what it shows"
    assert "\x1b[1;31m✗ no alt text" in cards(plan, colour=True)


def test_one_embassy_stands_for_all_but_for_those_with_their_own_words(make: Make) -> None:
    embassies = {"accra": "Africa/Accra", "lagos": "Africa/Lagos", "nairobi": "Africa/Nairobi"}
    plan = make({"posts/01-day/en.accra.toml": toml("Ours.")}, embassies=embassies)
    drawn = cards(plan)
    assert [line.split()[1] for line in boxes(drawn) if line[0] == "╭"] == ["nairobi", "accra"]
    assert "accra’s own words: en.accra.toml" in drawn
    assert drawn.count("own words") == 1
    assert "2 more posts of other embassies say the same with their own names." in drawn
    assert "more post" not in cards(plan, every=True)


def test_a_text_that_cannot_be_read_or_filled_in_says_so_in_its_card(make: Make) -> None:
    plan = make(
        {
            "posts/01-day/en.toml": toml("Hello {nobody}, {city}."),
            "posts/02-day/en.toml": "text =",
            "posts/03-day/day.toml": "=",
        }
    )
    assert "Hello {nobody}, Nairobi." in cards(plan)
    assert "✗ unknown placeholder {nobody}." in cards(plan)
    for number in (2, 3):
        assert "There is no text that can be read: see orangeday check." in cards(plan, number)


def test_a_language_is_called_by_its_own_name_where_it_is_known(make: Make) -> None:
    languages = ["fr", "pt-BR", "zh-Hant", "ar", "tlh"]
    drawn = cards(make(languages=languages)).translate(ISOLATES)
    for name in ("français (fr)", "português (pt-BR)", "中文 (zh-Hant)", "العربية (ar)"):
        assert f"nairobi · {name} · X · Bluesky" in drawn
    assert "nairobi · tlh · X · Bluesky" in drawn


@time_machine.travel(BEFORE)
def test_a_card_has_the_local_time_and_utc_even_where_the_dates_differ(make: Make) -> None:
    drawn = cards(make(embassies={"apia": "Pacific/Apia"}))
    assert "Wed 25 Nov 09:00 UTC+13 · 24 Nov 20:00 UTC" in drawn
    assert "Day 1 · Wednesday 25 November 2026 · Day 1" in drawn


def test_a_card_has_no_colour_that_fades_on_a_light_or_a_dark_ground(make: Make) -> None:
    """Yellow fades on white, blue on black; what is dim may not be read at all."""
    plan = make({"posts/01-day/en.toml": toml(f"{'x' * 264} #no {{nobody}}")})
    drawn = cards(plan, colour=True)
    assert "\x1b[33m" not in drawn
    assert "\x1b[34m" not in drawn
    faint = [piece.partition("\x1b")[0] for piece in drawn.split("\x1b[2m")[1:]]
    assert all(set(piece) <= {"─"} for piece in faint)


def test_where_nothing_is_posted_preview_says_why(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make(config="")
    config = plan.config.file
    config.write_text(config.read_text("utf-8").replace("languages =", "skip = [7]\nlanguages ="), "utf-8")
    with time_machine.travel(BEFORE):
        assert main(["preview", "7", "--config", str(config)]) == 0
    ran = capsys.readouterr()
    assert ran.out == ""
    assert "the config skips it" in ran.err


# The calendar

STARTS = [date(2026, 11, 25) + timedelta(days=day) for day in range(7)] + [date(2027, 11, 25), date(2028, 2, 20)]


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("start", STARTS, ids=str)
def test_each_day_stands_with_its_date_whenever_the_campaign_starts(make: Make, start: date, width: int) -> None:
    plan = make(config=f"start = {start}")
    lines = month(plan, width).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    for number in range(1, 17):
        there = plan.date(number)
        assert f"{number:2}  {there:%a} {there.day:2} {there:%b}  Day {number}" in lines
    assert lines.count("                ✓en 09:00") == 16


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "25 Nov"),  # in Berlin and Paris; not in Lisbon
        (datetime(2026, 12, 4, 12, 0, tzinfo=UTC), "4 Dec"),
        (datetime(2026, 12, 10, 22, 59, tzinfo=UTC), "10 Dec"),
        (datetime(2026, 12, 10, 23, 0, tzinfo=UTC), None),
    ],
)
def test_today_is_marked_as_most_embassies_see_it(make: Make, now: datetime, line: str | None) -> None:
    zones = {"lisbon": "Europe/Lisbon", "berlin": "Europe/Berlin", "paris": "Europe/Paris"}
    plan = make(embassies=zones, config="start = 2026-11-25")
    lines = month(plan, 60, now).splitlines()
    marked = [above for above, text in pairwise(lines) if "today" in text]
    assert len(marked) == (line is not None)
    assert not line or f" {line} " in marked[0]


def test_a_language_is_missed_only_where_somebody_posts_in_it(make: Make) -> None:
    files = {"posts/02-day/fr.toml": None, "posts/03-day/fr.toml": None, "posts/04-day/fr.toml": "text ="}
    plan = make(dict(files), languages=["en", "fr"])
    config = plan.config.file
    config.write_text(config.read_text("utf-8").replace("languages =", 'skip = ["3/fr"]\nlanguages ='), "utf-8")
    lines = month(plan_of(config), 60).splitlines()
    shown = {number: lines[lines.index(f" {number}  {there}  Day {number}") + 1].strip() for number, there in (
        (1, "Wed 25 Nov"), (2, "Thu 26 Nov"), (3, "Fri 27 Nov"), (4, "Sat 28 Nov"),
    )}  # fmt: skip
    assert shown == {1: "✓en 09:00  ✓fr 09:20", 2: "✓en 09:00  ✗fr", 3: "✓en 09:00", 4: "✓en 09:00  ✗fr"}
    assert lines[-1] == "✗ there is no text, or it can't be read: see orangeday check"
    assert "✗" not in month(make(), 60)


def test_the_calendar_has_what_is_posted_and_no_other_language(make: Make) -> None:
    files = {f"posts/{number:02}-day/de.toml": "text = 'Tag'\n" for number in range(1, 17)}
    drawn = month(make(dict(files), languages=["fr", "en"]))
    assert drawn.count("✓fr 09:00  ✓en 09:20\n") == 16 and "de" not in drawn.split()


def test_an_hour_stands_there_only_where_all_embassies_post_at_it(make: Make) -> None:
    plan = make(embassies={"nairobi": "Africa/Nairobi", "lima": "America/Lima"}, languages=["fr", "en"])
    assert month(plan).count("✓fr 09:00  ✓en 09:20\n") == 16
    config = plan.config.file
    config.write_text(config.read_text("utf-8").replace("timezone =", 'time = "10:00"\ntimezone =', 1), "utf-8")
    assert month(plan_of(config)).count("✓fr ✓en\n") == 16


def test_many_languages_are_counted_and_those_that_are_missing_named(make: Make) -> None:
    languages = ["ar", "cs", "da", "de", "en", "es", "fr", "it", "nl", "pt-BR"]
    plan = make({"posts/05-day/pt-BR.toml": None}, languages=languages)
    drawn = month(plan, 140)
    assert drawn.count("✓ 10 of 10") == 15
    assert "✓ 9 of 10 ✗pt-BR" in drawn


def test_a_day_that_cannot_be_read_is_there_all_the_same(make: Make) -> None:
    drawn = month(make({"posts/05-day/day.toml": "="}), 140)
    assert drawn.count("can't be read") == 2
    assert "✗en" in drawn
