"""The plan: every delivery, when it is due and when it is too late; and its windows, against a brute-force filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orangeday.clock import DAYS
from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import Account, Config, Embassy, load
from orangeday.content.plan import Delivery, Plan
from orangeday.content.platform_section import PlatformSettings
from orangeday.content.toml import Document, Text

from ..support.common import EXAMPLE, plan_of

pytestmark = pytest.mark.usefixtures("stated_zones")

Write = Callable[[Mapping[str, str | bytes]], Path]
Planned = Callable[..., Plan]

ONE = """
[embassies.nairobi]
timezone = "Africa/Nairobi"
languages = ["en"]
x = { handle = "example_be_nairobi" }
"""

NIGHT = timedelta(hours=24)


@pytest.fixture
def planned(write: Write) -> Planned:
    """Reads a plan from files: a config's sections, and what each day.toml has besides its title."""

    def planned(config: str = ONE, days: Mapping[int, str] | None = None, campaign_id: str = "16days") -> Plan:
        files: dict[str, str | bytes] = {"config.toml": config, "posts/campaign.toml": f'id = "{campaign_id}"\n'}
        for number, more in (days or {}).items():
            files[f"posts/{number:02}-day/day.toml"] = f'title = "Day {number}"\nfacts = []\n{more}\n'
            files[f"posts/{number:02}-day/en.toml"] = "text = 'One, {city}'\n"
        return plan_of(write(files) / "config.toml")

    return planned


def utc(text: str) -> datetime:
    """A moment in UTC, from ISO 8601 without an offset."""
    return datetime.fromisoformat(f"{text}+00:00")


def keys(deliveries: Iterable[Delivery]) -> list[str]:
    return [delivery.key for delivery in deliveries]


def of_day(plan: Plan, number: int) -> list[Delivery]:
    return [delivery for delivery in plan if delivery.number == number]


# Every delivery, by name and in order


def test_a_key_names_campaign_day_embassy_platform_and_language(planned: Planned) -> None:
    plan = planned(ONE, campaign_id="orange")
    assert plan.campaign_id == "orange-2026"
    assert keys(plan) == [f"orange-2026/{number:02}/nairobi/x/en" for number in range(1, 17)]


def test_the_keys_year_is_that_of_day_1(planned: Planned) -> None:
    plan = planned(f"[campaign]\nstart = 2026-12-20\n{ONE}")
    assert [plan.date(1), plan.date(13), plan.date(16)] == [date(2026, 12, 20), date(2027, 1, 1), date(2027, 1, 4)]
    assert keys(plan)[-1] == "16days-2026/16/nairobi/x/en"


def test_a_delivery_knows_its_day_and_text_where_they_can_be_read(planned: Planned) -> None:
    plan = planned(ONE.replace("languages", "city = { en = 'Nairobi' }\nlanguages"), {5: ""})
    five, six = plan.find("16days-2026/05/nairobi/x/en"), plan.find("16days-2026/06/nairobi/x/en")
    assert five and five.day and five.translation and five.rendered_text and six
    assert (five.date, five.platform) == (date(2026, 11, 29), "x")
    assert (five.day.title, five.translation.language, five.rendered_text.text) == ("Day 5", "en", "One, Nairobi")
    assert (six.day, six.translation, six.rendered_text) == (None, None, None)
    assert five.local(five.due).isoformat() == "2026-11-29T09:00:00+03:00"


def test_what_cannot_be_read_is_still_planned_so_that_it_can_be_held(planned: Planned) -> None:
    plan = planned()
    assert plan.campaign.days == {}
    assert len(list(plan)) == 16
    assert {problem.rule for problem in plan.problems} >= {"missing-day", "file-missing"}


def test_the_order_is_that_of_time_and_languages_keep_theirs(planned: Planned) -> None:
    plan = planned("""
[schedule]
spacing = "0m"
[embassies.b]
timezone = "Europe/Brussels"
languages = ["nl", "fr", "de"]
x = { handle = "example_be_b_handle" }
bluesky = { handle = "b.example" }
[embassies.a]
timezone = "Asia/Tokyo"
languages = ["en"]
x = { handle = "example_be_a_handle" }
[embassies.c]
timezone = "Europe/Berlin"
languages = ["en"]
x = { handle = "example_be_c_handle" }
""")
    assert keys(of_day(plan, 2)) == [
        "16days-2026/02/a/x/en",  # nine o'clock comes first in Tokyo
        "16days-2026/02/b/x/nl",
        "16days-2026/02/b/bluesky/nl",
        "16days-2026/02/b/x/fr",
        "16days-2026/02/b/bluesky/fr",
        "16days-2026/02/b/x/de",
        "16days-2026/02/b/bluesky/de",
        "16days-2026/02/c/x/en",
    ]
    assert [str(account) for account in plan.accounts] == ["b/x", "b/bluesky", "a/x", "c/x"]


def test_at_one_moment_embassies_of_several_clocks_stand_in_the_config_s_order(planned: Planned) -> None:
    zones = {"d": "Brussels", "c": "Berlin", "b": "Brussels", "a": "Berlin"}
    settings = 'timezone = "Europe/{}"\nlanguages = ["en"]\nx = {{ handle = "example_be_{}" }}\n'
    plan = planned("".join(f"[embassies.{name}]\n{settings.format(zone, name)}" for name, zone in zones.items()))
    assert keys(of_day(plan, 1)) == [f"16days-2026/01/{name}/x/en" for name in zones]
    some = {"c", "b", "a"}
    assert keys(plan.for_embassies(some)) == keys(d for d in plan if d.embassy.id in some)


def test_languages_go_out_spacing_apart_on_every_account(planned: Planned) -> None:
    plan = planned("""
[schedule]
time = "08:30"
spacing = "1h15m"
[embassies.berlin]
timezone = "Europe/Berlin"
languages = ["de", "nl", "fr"]
x = { handle = "example_be_berlin" }
bluesky = { handle = "be-berlin.example" }
""")
    assert [(d.platform, d.language, f"{d.local(d.due):%d %H:%M}") for d in of_day(plan, 1)] == [
        ("x", "de", "25 08:30"),
        ("bluesky", "de", "25 08:30"),
        ("x", "nl", "25 09:45"),
        ("bluesky", "nl", "25 09:45"),
        ("x", "fr", "25 11:00"),
        ("bluesky", "fr", "25 11:00"),
    ]


@pytest.mark.parametrize(
    ("config", "day", "due"),
    [
        ("", "", "09:00"),
        ('[schedule]\ntime = "11:30"', "", "11:30"),
        ("", 'time = "12:00"', "12:00"),
        ('[schedule]\ntime = "11:30"', 'time = "12:00"', "12:00"),
        ('[schedule]\ntime = "11:30"', 'time = "00:00"', "00:00"),
    ],
)
def test_a_days_hour_wins_over_the_configs_and_an_embassys_own_over_both(
    config: str, day: str, due: str, planned: Planned
) -> None:
    own = ONE.replace("nairobi]", "own]").replace("languages", 'time = "07:15"\nlanguages')
    midnight = ONE.replace("nairobi]", "midnight]").replace("languages", 'time = "00:00"\nlanguages')
    plan = planned(config + ONE + own + midnight, {3: day, 4: ""})
    shown = {delivery.embassy.id: f"{delivery.local(delivery.due):%H:%M}" for delivery in of_day(plan, 3)}
    assert shown == {"nairobi": due, "own": "07:15", "midnight": "00:00"}
    others = {delivery.embassy.id: f"{delivery.local(delivery.due):%H:%M}" for delivery in of_day(plan, 4)}
    assert others == {"nairobi": "11:30" if "11:30" in config else "09:00", "own": "07:15", "midnight": "00:00"}


@pytest.mark.parametrize(
    ("skip", "left_out"),
    [
        ("[]", []),
        ("[7]", ["07/here/x/en", "07/here/bluesky/en", "07/here/x/fr", "07/here/bluesky/fr"]),
        ('["7"]', ["07/here/x/en", "07/here/bluesky/en", "07/here/x/fr", "07/here/bluesky/fr"]),
        ('["7/x"]', ["07/here/x/en", "07/here/x/fr"]),
        ('["07/en"]', ["07/here/x/en", "07/here/bluesky/en"]),
        ('["7/x", "8/fr"]', ["07/here/x/en", "07/here/x/fr", "08/here/x/fr", "08/here/bluesky/fr"]),
        ('["1/x", "1/en"]', ["01/here/x/en", "01/here/bluesky/en", "01/here/x/fr"]),
    ],
)
def test_an_embassy_skips_a_day_or_a_platform_or_a_language_of_it(
    skip: str, left_out: list[str], planned: Planned
) -> None:
    both = """
[embassies.{}]
timezone = "Africa/Kigali"
languages = ["en", "fr"]
x = {{ handle = "example_be_kigali_" }}
bluesky = {{ handle = "kigali.example" }}
"""
    full = planned(both.format("here") + both.format("there"))
    plan = planned(both.format("here") + f"skip = {skip}\n" + both.format("there"))
    # `skip` stands below the inline tables, in the section of `here`.
    assert not any(problem.rule in ("unknown-key", "wrong-skip") for problem in plan.config.problems)
    gone = [key for key in keys(full) if key not in set(keys(plan))]
    assert sorted(gone) == sorted(f"16days-2026/{key}" for key in left_out)
    assert all(plan.find(key) is None for key in gone)
    # What is left keeps its moment: nothing moves up.
    assert {d.key: d.due for d in plan}.items() <= {d.key: d.due for d in full}.items()


# Windows


@pytest.mark.invariant(9)
@pytest.mark.parametrize(
    ("at", "catch_up", "closes"),
    [
        ("09:00", "6h", "25 15:00"),
        ("18:00", "6h", "26 00:00"),
        ("18:01", "6h", "26 00:00"),
        ("23:59", "6h", "26 00:00"),
        ("17:59", "6h", "25 23:59"),
        ("00:00", "24h", "26 00:00"),
        ("00:00", "240h", "26 00:00"),
        ("09:00", "1m", "25 09:01"),
        ("09:00", "30s", "25 09:00"),
    ],
)
@pytest.mark.parametrize("zone", ["Africa/Nairobi", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"])
def test_a_window_lasts_catch_up_and_never_past_its_days_midnight(
    zone: str, at: str, catch_up: str, closes: str, planned: Planned
) -> None:
    schedule = f'[schedule]\ntime = "{at}"\ncatch_up = "{catch_up}"\n'
    (first, *_) = planned(schedule + ONE.replace("Africa/Nairobi", zone))
    assert f"{first.local(first.due):%d %H:%M}" == f"25 {at}"
    assert f"{first.local(first.deadline):%d %H:%M}" == closes
    assert first.due < first.deadline


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("Pacific/Fiji", "2009-11-29", 23),
        ("America/Ciudad_Juarez", "2022-11-29", 25),  # at midnight it was eleven again
        ("Europe/Brussels", "2026-10-25", 25),
        ("America/Havana", "2026-11-01", 25),
        ("Asia/Beirut", "2026-03-29", 23),  # its midnight is skipped
    ],
)
def test_midnight_is_the_dates_own_on_the_night_when_the_clock_changes(
    zone: str, start: str, hours: int, planned: Planned
) -> None:
    schedule = f'[campaign]\nstart = {start}\n[schedule]\ntime = "00:00"\ncatch_up = "48h"\n'
    first, second, *_ = planned(schedule + ONE.replace("Africa/Nairobi", zone))
    assert first.deadline - first.due == timedelta(hours=hours)
    assert first.deadline == second.due


def test_a_slot_past_midnight_closes_as_it_opens_and_is_missed_not_lost(planned: Planned) -> None:
    plan = planned("""
[schedule]
time = "23:00"
spacing = "30m"
[embassies.berlin]
timezone = "Europe/Berlin"
languages = ["de", "nl", "fr", "en"]
x = { handle = "example_be_berlin" }
""")
    windows = [(d.language, f"{d.local(d.due):%d %H:%M}", f"{d.local(d.deadline):%d %H:%M}") for d in of_day(plan, 1)]
    assert windows == [
        ("de", "25 23:00", "26 00:00"),
        ("nl", "25 23:30", "26 00:00"),
        ("fr", "26 00:00", "26 00:00"),
        ("en", "26 00:30", "26 00:30"),
    ]
    late = plan.find("16days-2026/01/berlin/x/en")
    assert late
    assert late.key not in keys(plan.open_at(late.due))
    assert keys(plan.expired_between(late.due - timedelta(seconds=1), late.due)) == [late.key]


@pytest.mark.invariant(9)
def test_a_window_is_open_from_its_due_moment_and_shut_at_its_end(planned: Planned) -> None:
    plan = planned('[schedule]\ncatch_up = "2h"\n' + ONE)
    key = "16days-2026/01/nairobi/x/en"
    assert keys(plan.open_at(utc("2026-11-25T05:59:59.999999"))) == []
    assert keys(plan.open_at(utc("2026-11-25T06:00"))) == [key]
    assert keys(plan.open_at(utc("2026-11-25T07:59:59.999999"))) == [key]
    assert keys(plan.open_at(utc("2026-11-25T08:00"))) == []
    assert keys(plan.expired_between(utc("2026-11-25T07:00"), utc("2026-11-25T07:59:59"))) == []
    assert keys(plan.expired_between(utc("2026-11-25T07:00"), utc("2026-11-25T08:00"))) == [key]
    assert keys(plan.expired_between(utc("2026-11-25T08:00"), utc("2026-11-25T09:00"))) == []
    assert keys(plan.due_between(utc("2026-11-25T05:59"), utc("2026-11-25T06:00"))) == [key]
    assert keys(plan.due_between(utc("2026-11-25T06:00"), utc("2026-11-25T07:00"))) == []


def test_catch_up_of_nothing_leaves_nothing_open_and_loses_nothing(planned: Planned) -> None:
    plan = planned('[schedule]\ncatch_up = "0m"\n' + ONE)
    first = next(iter(plan))
    assert first.due == first.deadline
    assert list(plan.open_at(first.due)) == []
    assert keys(plan.expired_between(first.due - timedelta(seconds=1), first.due)) == [first.key]


# What a plan can be asked


def test_a_plan_for_some_embassies_has_just_theirs(planned: Planned) -> None:
    two = ONE + ONE.replace("nairobi]", "lima]").replace("Africa/Nairobi", "America/Lima")
    plan = planned(two)
    lima = plan.for_embassies(["lima", "nobody"])
    assert keys(lima) == [key for key in keys(plan) if "/lima/" in key]
    assert {delivery.key: (delivery.due, delivery.deadline) for delivery in lima}.items() <= {
        delivery.key: (delivery.due, delivery.deadline) for delivery in plan
    }.items()
    assert lima.find("16days-2026/01/nairobi/x/en") is None
    assert (lima.campaign_id, lima.first, lima.problems) == (plan.campaign_id, plan.first, plan.problems)
    assert len(keys(plan)) == 32


def test_a_plan_for_no_embassy_is_empty(planned: Planned) -> None:
    plan = planned().for_embassies([])
    now = utc("2026-11-26T00:00")
    assert list(plan) == []
    assert (plan.ends, plan.next_after(now), plan.due_moments(plan.begins)) == (None, None, [])
    assert [*plan.open_at(now), *plan.due_between(plan.begins, now), *plan.expired_between(plan.begins, now)] == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "nonsense",
        "16days-2026",
        "16days-2026/05",
        "16days-2026/05/nairobi/x",
        "16days-2026/05/nairobi/x/en/1",
        "16days-2026/05/nairobi/x/fr",
        "16days-2026/05/nairobi/bluesky/en",
        "16days-2026/05/lima/x/en",
        "16days-2025/05/nairobi/x/en",
        "other-2026/05/nairobi/x/en",
        "16days-2026/5/nairobi/x/en",
        "16days-2026/00/nairobi/x/en",
        "16days-2026/17/nairobi/x/en",
        "16days-2026/٠٥/nairobi/x/en",
        "16days-2026/five/nairobi/x/en",
        "16days-2026/-5/nairobi/x/en",
        " 16days-2026/05/nairobi/x/en",
    ],
)
def test_a_key_that_the_plan_does_not_have_is_not_found(key: str, planned: Planned) -> None:
    assert planned().find(key) is None


def test_the_next_delivery_is_the_first_that_is_due_later(planned: Planned) -> None:
    plan = planned()
    deliveries = list(plan)
    assert plan.next_after(plan.begins) is not None
    for one, following in pairwise(deliveries):
        found = plan.next_after(one.due)
        assert found and found.key == following.key
        found = plan.next_after(one.due - timedelta(microseconds=1))
        assert found and found.key == one.key
    assert plan.next_after(deliveries[-1].due) is None


def test_the_next_delivery_is_none_that_is_skipped(planned: Planned) -> None:
    plan = planned(ONE + "skip = [1, 2, 16]\n")
    following = plan.next_after(plan.begins)
    assert following and following.key == "16days-2026/03/nairobi/x/en"
    assert plan.next_after(utc("2026-12-09T06:00")) is None


def test_moments_are_each_once_and_none_that_every_embassy_skips(planned: Planned) -> None:
    two = ONE + "skip = [2]\n" + ONE.replace("nairobi]", "kampala]").replace("Nairobi", "Kampala") + 'skip = ["2"]\n'
    plan = planned(two)
    moments = plan.due_moments(plan.begins)
    assert moments == [utc(f"2026-11-{n}T06:00") for n in (25, 27, 28, 29, 30)] + [
        utc(f"2026-12-{n:02}T06:00") for n in range(1, 11)
    ]
    assert plan.due_moments(moments[3]) == moments[4:]


def test_a_plan_begins_before_the_first_clock_on_earth_can_show_its_first_hour(planned: Planned) -> None:
    plan = planned('[schedule]\ntime = "00:00"\n' + ONE.replace("Africa/Nairobi", "Pacific/Kiritimati"))
    first = next(iter(plan))
    assert first.due == utc("2026-11-24T10:00")
    assert plan.begins < first.due
    assert plan.begins > first.due - timedelta(minutes=1)
    assert plan.due_moments(plan.begins)[0] == first.due


def test_a_plan_ends_with_its_last_window(planned: Planned) -> None:
    assert planned(ONE).ends == utc("2026-12-10T12:00")
    assert planned(ONE.replace("Africa/Nairobi", "Etc/GMT+12")).ends == utc("2026-12-11T03:00")
    assert planned(ONE + "skip = [15, 16]\n").ends == utc("2026-12-08T12:00")
    assert planned(ONE + f"skip = {list(DAYS)}\n").ends is None


def test_an_embassy_without_languages_has_nothing_planned(planned: Planned) -> None:
    assert list(planned(ONE.replace('["en"]', "[]"))) == []


def test_the_shipped_campaign_is_planned_whole(example: Plan) -> None:
    embassies = example.config.embassies.values()
    wanted = {
        f"16days-2026/{number:02}/{embassy.id}/{platform}/{language}"
        for number in range(1, 17)
        for embassy in embassies
        for platform in ("x", "bluesky")
        for language in embassy.languages
    }
    assert set(keys(example)) == wanted
    assert len(list(example)) == len(wanted)
    first_hours = {d.embassy.id: f"{d.local(d.due):%d %b %H:%M}" for d in example if d.number == 1}
    assert first_hours["nairobi"] == "25 Nov 10:00"
    assert first_hours["berlin"] == "25 Nov 09:40"  # its third language
    assert first_hours["canberra"] == "25 Nov 09:00"


# Against a brute-force filter, for any config

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Nairobi", "America/Asuncion", "America/Caracas",
    "America/Ciudad_Juarez", "America/Havana", "America/Nuuk", "America/Santiago", "America/Sao_Paulo",
    "America/St_Johns", "America/Toronto", "Antarctica/Troll", "Asia/Beirut", "Asia/Kathmandu", "Asia/Kolkata",
    "Asia/Tehran", "Atlantic/Azores", "Australia/Lord_Howe", "Australia/Perth", "Australia/Sydney", "Etc/GMT+12",
    "Europe/Berlin", "Europe/Brussels", "Europe/Saratov", "Pacific/Apia", "Pacific/Chatham", "Pacific/Fiji",
    "Pacific/Kiritimati",
)  # fmt: skip

LANGUAGES = ("en", "fr", "nl", "pt-BR")

STARTS = st.one_of(
    st.integers(2005, 2036).map(lambda year: date(year, 11, 25)),
    st.dates(date(2005, 1, 1), date(2036, 12, 1)),
    st.sampled_from(
        # A few days before clocks change: in the north and the south, in spring and in autumn, and a day left out.
        [date(2026, 3, 20), date(2026, 10, 18), date(2026, 4, 1), date(2026, 9, 25), date(2018, 10, 30),
         date(2006, 11, 25), date(2007, 11, 25), date(2009, 11, 25), date(2011, 12, 20), date(2032, 11, 25)]
    ),
)  # fmt: skip

MINUTES = st.one_of(
    st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    st.sampled_from([time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(9), time(23, 30), time(23, 59)]),
)

LENGTHS = st.one_of(
    st.sampled_from([timedelta(0), timedelta(minutes=20), timedelta(hours=6), timedelta(hours=24)]),
    st.integers(0, 26 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds)),
)

# Strategies are made here, once: each that is made for an example is looked through anew by Hypothesis.
HOURS = st.none() | MINUTES
HOURS_OF_DAYS = st.dictionaries(st.integers(1, 16), HOURS, max_size=6)
HOW_MANY = st.integers(1, 5)
PLATFORMS = st.sampled_from([["x"], ["bluesky"], ["x", "bluesky"]])
TIMEZONES = st.sampled_from(ZONES)
SPOKEN = st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=3, unique=True)
PARTS = st.sampled_from(["", "/x", "/bluesky", *(f"/{language}" for language in LANGUAGES)])
SKIPS = st.sets(st.builds("{}{}".format, st.integers(1, 16), PARTS), max_size=6)
DAYS_OF_LANGUAGES = st.dictionaries(st.sampled_from(LANGUAGES), st.frozensets(st.integers(1, 16)), max_size=1)
NUDGES = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1), timedelta(hours=3)])


def text(value: str) -> Text:
    return Text(value, Document(Path("config.toml"), "", []), ())


@cache
def platforms() -> Mapping[str, PlatformSettings]:
    """What the shipped config says of each."""
    return load(EXAMPLE).platforms


def embassy(draw: st.DrawFn, name: str) -> Embassy:
    present = draw(PLATFORMS)
    return Embassy(
        id=name,
        names={},
        timezone=ZoneInfo(draw(TIMEZONES)),
        languages=tuple(map(text, draw(SPOKEN))),
        time=draw(HOURS),
        skip=frozenset(draw(SKIPS)),
        days=draw(DAYS_OF_LANGUAGES),
        without_hashtags=frozenset(),
        cards=True,
        accounts=tuple(Account(name, platform, text("nobody"), None) for platform in present),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    names = [f"embassy-{n}" for n in range(draw(HOW_MANY))]
    hours = draw(HOURS_OF_DAYS)
    day = Day(0, Path("day.toml"), None, (), {}, (), None, None, False, "statement", {}, {}, {})
    campaign = Campaign(
        folder=Path("posts"),
        id="16days",
        title="",
        ministers={},
        hashtags={},
        handles={},
        facts={},
        days={number: replace(day, number=number, time=hour) for number, hour in hours.items()},
        problems=(),
        accepted_warnings={},
    )
    config = Config(
        file=Path("config.toml"),
        posts=Path("posts"),
        start=None,
        reminder_hour=None,
        time=draw(MINUTES),
        spacing=draw(LENGTHS),
        catch_up=draw(LENGTHS),
        live=False,
        require_approval=True,
        workers=8,
        ledger_url="sqlite:///orangeday.db",
        platforms=platforms(),
        embassies={name: embassy(draw, name) for name in names},
        alerts=None,
        problems=(),
        accepted_warnings={},
    )
    return Plan(campaign, config, draw(STARTS))


def wanted(plan: Plan) -> dict[str, tuple[date, time, int, Embassy]]:
    """By key, all that the config asks for: the date, the hour on the embassy's clock, and which language it is."""
    asked = {}
    for number in range(1, 17):
        day = plan.campaign.days.get(number)
        for embassy in plan.config.embassies.values():
            hours = [embassy.time, day.time if day else None, plan.config.time]
            hour = next(hour for hour in hours if hour is not None)
            for nth, language in enumerate(embassy.languages):
                for account in embassy.accounts:
                    skips = {f"{number}", f"{number}/{account.platform}", f"{number}/{language}"}
                    if not skips & embassy.skip and number in embassy.days.get(language, range(1, 17)):
                        key = f"16days-{plan.first.year}/{number:02}/{embassy.id}/{account.platform}/{language}"
                        asked[key] = plan.first + timedelta(days=number - 1), hour, nth, embassy
    return asked


def moves_forward(moment: datetime, wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock of `zone` skips `wall`, and `moment` is later on it by as much as it skips."""
    before, after = ((moment + shift).astimezone(zone).utcoffset() for shift in (-NIGHT, NIGHT))
    assert before is not None
    assert after is not None
    return moment.astimezone(zone).replace(tzinfo=None) - wall == after - before > timedelta()


@settings(deadline=None, max_examples=150, database=None)
@given(plan=plans())
def test_any_plan_has_what_the_config_asks_for_at_its_hour(plan: Plan) -> None:
    asked = wanted(plan)
    deliveries = {delivery.key: delivery for delivery in plan}
    assert len(deliveries) == len(list(plan))
    assert set(deliveries) == set(asked)
    assert [d.due for d in plan] == sorted(d.due for d in plan)
    for key, (day, hour, nth, embassy) in asked.items():
        delivery, zone = deliveries[key], embassy.timezone
        assert (delivery.date, delivery.due.tzinfo, delivery.deadline.tzinfo) == (day, UTC, UTC)
        first = delivery.due - nth * plan.config.spacing
        wall = datetime.combine(day, hour)
        if first.astimezone(zone).replace(tzinfo=None) == wall:
            assert first.astimezone(zone).fold == 0
        else:
            assert moves_forward(first, wall, zone)
        assert delivery.due <= delivery.deadline <= delivery.due + plan.config.catch_up
        if delivery.due < delivery.deadline:
            last = (delivery.deadline - timedelta(microseconds=1)).astimezone(zone)
            assert delivery.due.astimezone(zone).date() == last.date() == day
        elif plan.config.catch_up:
            # Its date is over, unless that is so because the clock goes back over midnight.
            assert delivery.due.astimezone(zone).date() > day or delivery.due.astimezone(zone).fold


@settings(deadline=None, max_examples=150, database=None)
@given(plan=plans(), data=st.data())
def test_any_window_of_any_plan_gives_what_a_look_at_every_delivery_gives(plan: Plan, data: st.DataObject) -> None:
    everything = list(plan)
    edges = sorted({plan.begins, *(d.due for d in everything), *(d.deadline for d in everything)})
    moments = st.builds(lambda edge, nudge: edge + nudge, st.sampled_from(edges), NUDGES)
    for _ in range(4):
        after, until = sorted((data.draw(moments), data.draw(moments)))
        assert keys(plan.due_between(after, until)) == keys(d for d in everything if after < d.due <= until)
        assert keys(plan.open_at(until)) == keys(d for d in everything if d.due <= until < d.deadline)
        assert keys(plan.expired_between(after, until)) == keys(d for d in everything if after < d.deadline <= until)
        assert plan.due_moments(after) == sorted({d.due for d in everything if d.due > after})
        following = plan.next_after(after)
        assert keys([following] if following else []) == keys(d for d in everything if d.due > after)[:1]
    assert plan.due_moments(plan.begins) == sorted({d.due for d in everything})
    assert plan.ends == max((d.deadline for d in everything), default=None)


@settings(deadline=None, max_examples=60, database=None)
@given(plan=plans(), data=st.data())
def test_any_delivery_is_found_by_its_key_as_it_was_planned(plan: Plan, data: st.DataObject) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(plan.config.embassies))))
    for delivery in plan:
        found = plan.find(delivery.key)
        assert found is not None
        for name in ("key", "number", "embassy", "account", "language", "due", "deadline", "date", "platform"):
            assert getattr(found, name) == getattr(delivery, name)
    assert keys(plan.for_embassies(some)) == keys(d for d in plan if d.embassy.id in some)
