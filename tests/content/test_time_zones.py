"""The newer zone data decides, before any zone is made; where two sets differ somebody is told, and no key moves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tzdata  # type: ignore[import-untyped]  # it has no types

from orangeday.cli import main
from orangeday.content import time_zones as zones

from ..support import campaigns, zone_data
from ..support.common import ROOT, plan_of
from ..support.offices import BlueskyOffice, XOffice

RABAT = "Africa/Casablanca"
SEVEN = {RABAT: "<+07>-7", "Europe/Brussels": "CET-1CEST,M3.5.0,M10.5.0/3", "Africa/Nairobi": "EAT-3"}
"""Seven hours ahead of UTC is Rabat nowhere but in the tests' own data."""


def in_rabat() -> int:
    offset = datetime(2026, 12, 1, tzinfo=zones.zone(RABAT)).utcoffset()
    assert offset is not None
    return offset // timedelta(hours=1)


@pytest.mark.parametrize(
    ("release", "says", "machine_decides"),
    [
        ("1999a", "tzdata.zi", False),
        ("1999a", "+VERSION", False),
        ("1999a", "version", False),
        (f"{tzdata.IANA_VERSION}", "tzdata.zi", True),
        (f"{tzdata.IANA_VERSION}", "+VERSION", True),
        ("2999a", "tzdata.zi", True),
        ("2999a", "+VERSION", True),
        ("2999z", "version", True),
        (None, "", False),
        ("newest", "tzdata.zi", False),
        ("2999", "+VERSION", False),
        ("", "version", False),
    ],
)
def test_the_newer_data_decides_and_where_the_machine_says_no_version_the_packages(
    tmp_path: Path, release: str | None, says: str, machine_decides: bool
) -> None:
    with zone_data.of_the_machine(zone_data.write(tmp_path, SEVEN, release, says)):
        assert (in_rabat() == 7) is machine_decides
        assert zones.zone(RABAT).key == RABAT and zones.zone(RABAT) is zones.zone(RABAT)
        assert zones.zone("Asia/Tokyo").key == "Asia/Tokyo", "what the machine hasn't, the package has"
        assert zones.release(RABAT) == (release if machine_decides else tzdata.IANA_VERSION)


def test_of_several_folders_the_one_that_has_the_zone_says_how_new_it_is(tmp_path: Path) -> None:
    first = zone_data.write(tmp_path / "first", {"Africa/Nairobi": "EAT-3"}, "2999a")
    second = zone_data.write(tmp_path / "second", SEVEN, "1999a")
    with zone_data.of_the_machine(first, second):
        assert in_rabat() != 7
    with zone_data.of_the_machine(second, first):
        assert in_rabat() != 7
    zone_data.write(second, {}, "2999b")
    zones._release.cache_clear()
    with zone_data.of_the_machine(first, second):
        assert in_rabat() == 7


def test_what_is_chosen_by_hand_decides_however_old_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = zone_data.write(tmp_path, SEVEN, "1999a")
    with zone_data.chosen(folder):
        assert in_rabat() == 7
    monkeypatch.delenv("PYTHONTZPATH")
    zone_data.look_again()
    zoneinfo.reset_tzpath(to=[folder])  # as a program does that orangeday is a part of
    assert in_rabat() == 7
    with zone_data.chosen(tmp_path / "nowhere"):
        assert in_rabat() != 7, "where nothing is, the package is"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    zone_data.look_again()


def test_a_file_that_cant_be_read_counts_only_where_it_is_the_newer(tmp_path: Path) -> None:
    (zone_data.write(tmp_path, SEVEN, "1999a") / RABAT).write_bytes(b"TZif?")
    with zone_data.of_the_machine(tmp_path):
        assert in_rabat() != 7


@pytest.mark.parametrize("release", ["1999a", "2999a"])
@pytest.mark.parametrize(
    "name",
    [
        "",
        "Africa",
        "Africa/",
        "/etc/passwd",
        "../../etc/passwd",
        "Africa/../Africa/Nairobi",
        "zone.tab",
        "a\0b",
        "Mars",
    ],
)
def test_what_is_no_zone_is_none_by_either(tmp_path: Path, name: str, release: str) -> None:
    with zone_data.of_the_machine(zone_data.write(tmp_path, SEVEN, release)):
        with pytest.raises((OSError, ValueError, KeyError)):
            zones.zone(name)
        assert zones.difference(name, [datetime(2026, 12, 1, tzinfo=UTC)]) is None


@pytest.mark.integration
def test_help_pays_nothing_for_it() -> None:
    code = (
        "import sys; from orangeday.cli import main; main(['--help']); "
        "sys.exit(bool({'orangeday.content.time_zones', 'zoneinfo', 'tzdata'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


# What is said


def project(folder: Path) -> Path:
    zones_ = {"nairobi": "Africa/Nairobi", "rabat": RABAT, "rabat-too": RABAT}
    return campaigns.write(folder, campaigns.files(embassies=zones_, config="start = 2026-11-25"))


def setting(folder: Path, how: str) -> AbstractContextManager[None]:
    data = zone_data.write(folder / "zones", SEVEN, "2999a" if how == "newer" else "1999a")
    return zone_data.chosen(data) if how == "by hand" else zone_data.of_the_machine(data)


@pytest.mark.parametrize("how", ["older", "newer", "by hand"])
def test_check_and_doctor_say_where_two_sets_differ(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    project(tmp_path)
    with setting(tmp_path, how):
        assert main(["check", "--json"]) == 0, "it is a warning"
        found = [p for p in json.loads(capsys.readouterr().out)["problems"] if p["rule"] == "zone-data-differs"]
        (problem,) = found  # once for each zone
        line = (tmp_path / "config.toml").read_text().splitlines()[problem["line"] - 1]
        assert line == f'timezone = "{RABAT}"' and problem["severity"] == "warning"
        used = in_rabat()
        assert (used == 7) is (how != "older")
        for said in (RABAT, "25 November 2026", "UTC+7", f"tzdata {tzdata.IANA_VERSION}"):
            assert said in problem["message"]
        assert f"it is UTC{used:+} by " in problem["message"] and "which is used" in problem["message"]
        assert ("PYTHONTZPATH" in problem["message"] + problem["hint"]) is (how == "by hand")
        main(["doctor", "--offline", "--json"])
        (seen,) = [c for c in json.loads(capsys.readouterr().out)["checks"] if c["check"] == "zones"]
        assert seen["state"] == "warning" and seen["step"]
        assert f"{RABAT} on 25 November (UTC{used:+}, not UTC" in seen["seen"]
        main(["preview", "1", "--embassy", "rabat", "--json"])
        due = json.loads(capsys.readouterr().out)["deliveries"][0]["due"]
        assert due == f"2026-11-25T{9 - used:02}:00:00+00:00"


def test_where_they_agree_on_the_campaigns_days_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    campaigns.write(tmp_path, campaigns.files(embassies={"brussels": "Europe/Brussels"}, config="start = 2026-11-25"))
    data = zone_data.write(
        tmp_path / "zones", {"Europe/Brussels": "CET-1CEST,M4.1.0,M9.5.0/3"}, "1999a"
    )  # another summer
    with zone_data.of_the_machine(data):
        main(["check"])
        assert "zone-data-differs" not in capsys.readouterr().out
        main(["doctor", "--offline", "-v"])
        assert f"1 zone as tzdata {tzdata.IANA_VERSION} has them" in " ".join(capsys.readouterr().out.split())


# An update in the middle of a campaign


def moved(folder: Path, hours: int) -> AbstractContextManager[None]:
    """Zone data by which Nairobi is so far ahead of UTC."""
    return zone_data.chosen(zone_data.write(folder / f"zones-{hours}", {"Africa/Nairobi": f"<+{hours:02}>-{hours}"}))


def test_zone_data_that_moves_a_due_moment_moves_no_key(tmp_path: Path) -> None:
    file = campaigns.write(tmp_path, campaigns.files(["en", "fr"]))
    with moved(tmp_path, 3):
        before = [*plan_of(file)]
    with moved(tmp_path, 5):
        after = [*plan_of(file)]
    assert [d.key for d in before] == [d.key for d in after]
    assert {b.due - a.due for b, a in zip(before, after, strict=True)} == {timedelta(hours=2)}


EN, FR = (f"16days-2026/01/nairobi/x/{language}" for language in ("en", "fr"))
AN_HOUR = '[schedule]\ncatch_up = "1h"'


def test_after_an_update_what_is_out_stays_out_and_what_was_missed_and_is_open_again_goes_out(
    x_office: XOffice, tmp_path: Path
) -> None:
    with moved(tmp_path, 5):  # due at 4:00 and 4:20 UTC
        x_office.open(campaigns.files(["en", "fr"], config=AN_HOUR), before=datetime(2026, 11, 25, 3, tzinfo=UTC))
        assert x_office.sweep(-119).states == {EN: "published"}
        assert x_office.sweep(-20).states == {FR: "missed"}
    with moved(tmp_path, 3):  # due at 6:00 and 6:20
        assert x_office.sweep(1).states.get(EN) in (None, "published")
        assert x_office.sweep(21).states == {FR: "published"}
        states = x_office("status", "--json").states
        assert (states[EN], states[FR]) == ("published", "published")
    assert sorted(x_office.said()) == ["Day 1 in en, from Nairobi.", "Day 1 in fr, from Nairobi."]
    assert x_office.sends() == 2


def test_after_an_update_that_closes_a_window_what_is_not_out_is_missed_and_said(
    x_office: XOffice, tmp_path: Path
) -> None:
    with moved(tmp_path, 3):
        x_office.open(campaigns.files(["en", "fr"], config=AN_HOUR))
        assert x_office.sweep(1).states == {EN: "published"}
    with moved(tmp_path, 5):  # by this data French was due at 4:20, and too late from 5:20 on
        ran = x_office.sweep(25)
        assert ran.status == 1 and ran.states == {FR: "missed"}
        assert x_office("status", "--json").states[EN] == "published"
    assert x_office.said() == ["Day 1 in en, from Nairobi."]


def test_after_an_update_bluesky_has_each_post_once(sky_office: BlueskyOffice, tmp_path: Path) -> None:
    with moved(tmp_path, 5):
        before = datetime(2026, 11, 25, 3, tzinfo=UTC)
        sky_office.open(campaigns.files(["en", "fr"], config=AN_HOUR), before=before)
        sky_office.sweep(-119)
        sky_office.sweep(-20)
    with moved(tmp_path, 3):
        sky_office.sweep(1)
        sky_office.sweep(21)
    assert sorted(record["text"] for record in sky_office.records()) == [
        "Day 1 in en, from Nairobi.",
        "Day 1 in fr, from Nairobi.",
    ]


@pytest.mark.integration
def test_a_program_that_is_started_goes_by_the_data_that_is_chosen_for_it(tmp_path: Path) -> None:
    file = campaigns.write(tmp_path, campaigns.files(config="start = 2026-11-25"))
    with moved(tmp_path, 8):
        words = [sys.executable, "-m", "orangeday", "--config", str(file), "preview", "1", "--json"]
        ran = subprocess.run(words, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["deliveries"][0]["due"] == "2026-11-25T01:00:00+00:00"
