"""What other programs get is what they can read: the right hours, no formulas, paths whatever they are called."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from orangeday.approvals import store as approvals
from orangeday.cli import main
from orangeday.commands import export as export_command
from orangeday.content.plan import Plan
from orangeday.content.schemas import schema_files
from orangeday.errors import OrangedayError
from orangeday.system.machine import UNKNOWN_USER, domain_user
from orangeday.views import csv as export
from orangeday.views import ics, task_file
from orangeday.views import service_files as jobs
from orangeday.views.host_setup import HostSetup

from ..support import campaigns, excel, task_scheduler, zone_data
from ..support.calendar_reader import Reader
from ..support.calendar_reader import read as strict_events
from ..support.common import EXAMPLE, plan_of
from ..support.crontab import lines_of
from ..support.offices import Ran

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

ZONES = {
    "apia": "Pacific/Apia", "kiritimati": "Pacific/Kiritimati", "pago-pago": "Pacific/Pago_Pago",
    "kathmandu": "Asia/Kathmandu", "dakar": "Africa/Dakar", "utc": "UTC", "sydney": "Australia/Sydney",
    "st-johns": "America/St_Johns", "asuncion": "America/Asuncion", "brussels": "Europe/Brussels",
}  # fmt: skip


@pytest.fixture
def run(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*argv: str) -> Ran:
        with time_machine.travel(NOW):
            status = main(argv)
        said = capsysbinary.readouterr()
        assert b"Traceback" not in said.err + said.out
        return Ran(status, said.out.decode(), said.err.decode())

    return run


def rows_of(table: str, between: str = ",") -> list[dict[str, str]]:
    assert table.startswith("\ufeffkey")
    return [*csv.DictReader(io.StringIO(table[1:], newline=""), delimiter=between)]


# A calendar


def events_of(calendar: bytes) -> list[Any]:
    return [*Calendar.from_ical(calendar).walk("VEVENT")]


@pytest.mark.parametrize("start", [date(2026, 11, 25), date(2027, 3, 20), date(2027, 10, 24)])
def test_each_post_stands_at_its_moment_in_utc(tmp_path: Path, start: date) -> None:
    contents = campaigns.files(["en", "fr"], ZONES, config=f"start = {start}")
    plan = plan_of(campaigns.write(tmp_path, contents))
    events = {str(event["UID"]): event for event in events_of(ics.calendar(plan, NOW))}
    assert len(events) == 16 * len(ZONES) * 2
    for delivery in plan:
        day, embassy, language = delivery.number, delivery.embassy.id, delivery.language
        event = events[f"16days-{start.year}-{day:02}-{embassy}-{language}@orangeday"]
        assert event["DTSTART"].to_ical().decode() == f"{delivery.due:%Y%m%dT%H%M%SZ}"
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=15)
        assert str(event["TRANSP"]) == "TRANSPARENT"
        assert str(event["SUMMARY"]) == f"Day {day} · Day {day} · {embassy} {language} (X, Bluesky)"


def test_what_is_not_approved_yet_stands_on_the_day_before_with_an_alarm(tmp_path: Path) -> None:
    config = '[alerts]\nurl = "json://example.org"\ntomorrow = "16:30"\n'
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(["en", "fr"], {"lima": "America/Lima"}, config)))
    now = datetime(2026, 12, 8, 23, tzinfo=UTC)
    content = ics.calendar(plan, now, lambda d: f"day {d.number} isn't approved" if d.language == "fr" else None)
    events = {str(event["UID"]): event for event in events_of(content) if "approve" in event["UID"]}
    assert list(events) == ["16days-2026-15-lima-approve@orangeday", "16days-2026-16-lima-approve@orangeday"]
    for_day_15, for_day_16 = events.values()
    assert for_day_15["DTSTART"].dt == now, "the hour on the eve is over"
    assert for_day_16["DTSTART"].dt == datetime(2026, 12, 9, 21, 30, tzinfo=UTC)
    assert str(for_day_16["SUMMARY"]) == "Approve day 16 by Thu 10 Dec 09:20 · lima (French)"
    assert "day 16 isn't approved" in for_day_16["DESCRIPTION"]
    (alarm,) = for_day_16.walk("VALARM")
    assert (str(alarm["ACTION"]), alarm["TRIGGER"].dt) == ("DISPLAY", -timedelta(minutes=5))


def test_an_event_has_the_words_folded_as_the_standard_says(tmp_path: Path) -> None:
    contents = campaigns.files(["ar", "am", "ja"], {"addis": "Africa/Addis_Ababa"})
    words = {"ar": "يوم، «واحد»; ", "am": "ዛሬ ዓለም አቀፍ ", "ja": "今日は🧡、"}
    for language, text in words.items():
        contents[f"posts/01-day/{language}.toml"] = f"text = '''{text * 12}\\back, {{city}}\nEND:VEVENT'''\n"
    plan = plan_of(campaigns.write(tmp_path, contents))
    content = ics.calendar(plan, NOW)
    lines = content.split(b"\r\n")
    assert lines.pop() == b"" and all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert [line.decode() for line in lines]  # no character was cut in two
    events = {str(event["UID"]): event for event in events_of(content)}
    assert len(events) == 48
    for delivery in plan:
        if delivery.number == 1 and delivery.rendered_text:
            event = events[f"16days-2026-01-addis-{delivery.language}@orangeday"]
            assert event["DESCRIPTION"] == delivery.rendered_text.text
            assert event["DESCRIPTION"].params["LANGUAGE"] == delivery.language


def edited_text(folder: Path) -> None:
    (folder / "posts/01-day/en.toml").write_text('text = "Another text for {city}."\nbluesky = "And one for here."\n')


def later_hour(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace("[embassies.nairobi]\n", '[embassies.nairobi]\ntime = "11:30"\n')
    )


def restored_hour(folder: Path) -> None:
    """From a copy of the day before: the file is older than the one that was exported."""
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace('time = "11:30"\n', ""))
    os.utime(config, (1_600_000_000,) * 2)


def own_words(folder: Path) -> None:
    (folder / "posts/01-day/en.nairobi.toml").write_text('text = "Our own words."\n')


def no_own_words(folder: Path) -> None:
    (folder / "posts/01-day/en.nairobi.toml").unlink()


def other_machine(folder: Path) -> None:
    """The same files, fetched there: their times are those of another computer, and all in the past."""
    later_hour(folder)
    for file in folder.rglob("*.toml"):
        os.utime(file, (1_500_000_000,) * 2)


EDITS = (edited_text, later_hour, restored_hour, own_words, no_own_words, other_machine)


@pytest.mark.parametrize("by_sequence_alone", [False, True], ids=["RFC 5546", "Google"])
def test_a_calendar_that_is_imported_again_moves_its_events_and_doubles_none(
    tmp_path: Path, by_sequence_alone: bool
) -> None:
    """Whatever is done in between, to an hour above all, and whatever becomes of the times of the files."""
    file = campaigns.write(tmp_path, campaigns.files(["en", "fr"]))
    reader, now = Reader(by_sequence_alone), NOW
    reader.take(first := ics.calendar(plan_of(file), now))
    assert reader.shows(first)
    last = first
    for edit in EDITS:
        edit(tmp_path)
        now += timedelta(minutes=5)
        exported = ics.calendar(plan_of(file), now)
        assert not reader.shows(exported), f"{edit.__name__} changes nothing"
        reader.take(exported)
        assert reader.shows(exported) and len(reader.events) == 32, edit.__name__
        last = exported
    reader.take(first)
    assert reader.shows(last), "an older file that is imported late changes nothing"


def test_a_calendar_moves_its_events_as_a_country_changes_its_hours(tmp_path: Path) -> None:
    """No file of the campaign is touched then: only the zone data is newer."""
    file, reader = campaigns.write(tmp_path, campaigns.files()), Reader(by_sequence_alone=True)
    reader.take(ics.calendar(plan_of(file), NOW))
    newer = zone_data.write(tmp_path / "zones", {"Africa/Nairobi": "<+04>-4"}, "2999a")
    with zone_data.of_the_machine(newer):
        exported = ics.calendar(plan_of(file), NOW + timedelta(days=1))
    assert not reader.shows(exported)
    reader.take(exported)
    assert reader.shows(exported)


def test_a_calendar_comes_from_the_plan_and_the_moment_and_from_nothing_else(tmp_path: Path) -> None:
    here = campaigns.write(tmp_path / "here", campaigns.files(["en", "fr"]))
    there = campaigns.write(tmp_path / "there", campaigns.files(["en", "fr"]))
    for file in there.parent.rglob("*.toml"):
        os.utime(file, (1_500_000_000,) * 2)
    exported = ics.calendar(plan_of(here), NOW)
    assert ics.calendar(plan_of(there), NOW + timedelta(microseconds=999_999)) == exported
    later = ics.calendar(plan_of(here), NOW + timedelta(days=1))
    assert [event.content for event in strict_events(later)] == [event.content for event in strict_events(exported)]
    for event in strict_events(exported):
        assert event.stamp == event.modified == NOW


@pytest.mark.parametrize("zone", ["Europe/Dublin", "Australia/Sydney", "America/Santiago", "Africa/Casablanca"])
def test_a_calendar_needs_no_zone_that_a_reader_could_take_otherwise(tmp_path: Path, zone: str) -> None:
    """A VTIMEZONE for sixteen days has one offset, and Outlook wants a STANDARD in it; moments in UTC want none."""
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(["en"], {"nairobi": zone})))
    starts = [event.start for event in strict_events(ics.calendar(plan, NOW))]
    assert [start.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") for start in starts] == [
        f"{delivery.date.day:02} 09:00" for delivery in plan if delivery.platform == "x"
    ]


def test_a_title_is_one_line_that_outlook_shows_whole(tmp_path: Path) -> None:
    contents = campaigns.files(["en"])
    for day, title in ((1, "One\\nand two"), (2, "A " * 200), (3, "🧡" * 300), (4, "x" * 230), (5, " \\t ")):
        contents[f"posts/{day:02}-day/day.toml"] = f'title = "{title}"\nfacts = ["one"]\n'
    contents["posts/campaign.toml"] += f'title = "{"Sixteen " * 50}"\n'
    plan = plan_of(campaigns.write(tmp_path, contents))
    summaries = [event.summary for event in strict_events(ics.calendar(plan, NOW))]
    assert summaries[0] == "Day 1 · One and two · nairobi en (X, Bluesky)"
    assert summaries[4] == "Day 5 · nairobi en (X, Bluesky)"
    for summary in summaries[1:4]:
        assert summary.endswith("… · nairobi en (X, Bluesky)") and len(summary.encode("utf-16-le")) in (508, 510)


def test_what_is_skipped_is_in_no_calendar_and_a_text_that_is_missing_says_so(
    tmp_path: Path, run: Callable[..., Ran]
) -> None:
    contents = campaigns.files(["en"], {"nairobi": "Africa/Nairobi", "lima": "America/Lima"})
    contents["config.toml"] = contents["config.toml"].replace(
        "[embassies.nairobi]\n", '[embassies.nairobi]\nskip = [7, "8/x"]\n'
    )
    plan = campaigns.write(tmp_path, contents)
    ran = run("export", "ics", "--embassy", "nairobi")
    events = [event for event in events_of(ran.out.encode()) if "approve" not in event["UID"]]
    assert (ran.status, len(events)) == (0, 15)
    assert [str(event["SUMMARY"]) for event in events][6] == "Day 8 · Day 8 · nairobi en (Bluesky)"
    assert len(events_of(run("export", "ics").out.encode())) == 31 + 31, "and as many to approve"
    (tmp_path / "posts/09-day/en.toml").unlink()
    ran = run("export", "ics", "--embassy", "nairobi")
    assert (ran.status, ran.out) == (1, "") and "day 9 has no text" in ran.err
    assert "orangeday check" in events_of(ics.calendar(plan_of(plan).for_embassies(["nairobi"]), NOW))[7]["DESCRIPTION"]


# Tables


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+32 2 501 81 11", "'+32 2 501 81 11"),
        ("-", "'-"),
        ("@belgium", "'@belgium"),
        ("  =1", "'  =1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("'tis", "''tis"),
        ("’tis = so", "’tis = so"),
        ("a\tb\x1b[0m\r", "a\ufffdb\ufffd[0m\ufffd"),
        ("1/3", "'1/3"),
        ("25 November", "'25 November"),
        ("mrt-2", "'mrt-2"),
        ("1985740912345678901", "'1985740912345678901"),
        ("0044", "'0044"),
        ("1e5", "'1e5"),
        ("11月25日", "'11月25日"),
        ("#N/A", "'#N/A"),
        ("Vrai", "'Vrai"),
        ("Day 1", "Day 1"),
        ("geneva-2", "geneva-2"),
        ("In 2025 …", "In 2025 …"),
        ("16 Days", "16 Days"),
        ("May", "May"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_and_each_can_be_read_back(text: str, written: str) -> None:
    assert export.cell(text) == written
    back = written[1:] if written.startswith("'") else written
    assert back == re.sub(r"[\t\x1b\r]", "\ufffd", text)


AS_TYPED = (
    "1985740912345678901", "0044", "007", "1e5", "1E+19", "12,5", "12.5", "1.234,5", "10 %", "(5)", "$ 5", "5 €",
    "1 1/2", "1/3", "3/3", "2/12", "31.12.", "25/11/2026", "25.11.2026", "2026-11-25", "25-11", "11-25-2026", "9:00",
    "09:30:15", "9:30 PM", "9 am", "2026-11-25 09:00", "25 November", "25 nov", "November 25", "November 25, 2026",
    "mar-2", "2-mei", "25 november 2026", "1 mars", "6 décembre", "3. März", "Dezember 2026", "TRUE", "false", "Waar",
    "FAUX", "wahr", "#N/A", "#REF!", "=1+1", "+32 2", "-5", "@be", "'tis", "１２", "x" * 40_000, "🧡" * 20_000,
)  # fmt: skip
PLAIN = (
    "", "Day 5", "Two words", "nairobi-2", "#16Days", "1/3 of all women", "25 November opens the campaign.", "🧡 16",
    "16 🧡", "In 2025 the Council met.", "De 16 dagen", "九", "https://x.com/be/status/1985740912345678901", "May",
    "16days-2026/01", "2026-11-26T09:00:00+05:45",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "nl", "fr", "de"])
@pytest.mark.parametrize("text", [*AS_TYPED, *PLAIN])
def test_excel_keeps_each_text_as_it_is(text: str, language: str) -> None:
    """A number of nineteen digits would end with zeros, “1/3” be the first of March: no export can undo that."""
    kind, kept = excel.value(written := export.cell(text), language)
    assert kind == "text" and kept == written, (kind, kept)
    whole = written if text in PLAIN else written.removeprefix("'")
    assert whole == text or (len(text) >= 20_000 and whole.endswith("…") and text.startswith(whole[:-1]))


def test_the_model_of_excel_takes_otherwise_what_its_users_complain_of() -> None:
    assert excel.value("1985740912345678901") == ("number", "1.98574091234568e+18")
    assert excel.value("0044") == ("number", "44")
    assert excel.value("1/3", "fr") == ("date", "1900-03-01T00:00:00")
    assert excel.value("mar-2") == ("date", "1900-03-02T00:00:00")
    assert excel.value("3. März", "de")[0] == excel.value("25 November")[0] == "date"
    assert all(excel.value(text)[0] == "text" for text in PLAIN)


@pytest.mark.parametrize("separator", [",", ";", "tab"])
def test_excel_opens_the_plan_as_it_is(tmp_path: Path, run: Callable[..., Ran], separator: str) -> None:
    contents = campaigns.files(["en", "fr"], {"mar-2": "Asia/Kathmandu", "0044": "Europe/London"})
    contents["posts/07-day/en.toml"] = 'text = "7/12"\n'
    contents["posts/08-day/en.toml"] = 'text = "« Deux ; mots, à \\"part\\" »\\n\\n=1"\n'
    plan = plan_of(campaigns.write(tmp_path, contents))
    delimiter = "\t" if separator == "tab" else separator
    head, *rows = excel.open_table(run("export", "csv", "--separator", separator).out.encode(), delimiter)
    assert len(rows) == len([*plan])
    for row, delivery in zip(rows, plan, strict=True):
        values = {name: excel.value(cell, "fr") for name, cell in zip(head, row, strict=True)}
        kinds = {name: kind for name, (kind, _) in values.items() if kind != "text"}
        assert kinds == {"day": "number", "date": "date", "length": "number", "limit": "number"}
        assert values["embassy"][1].removeprefix("'") == delivery.embassy.id
        assert delivery.rendered_text and values["text"][1].removeprefix("'") == delivery.rendered_text.text


def test_the_plan_as_a_table(tmp_path: Path, run: Callable[..., Ran]) -> None:
    contents = campaigns.files(["en", "fr"], {"kathmandu": "Asia/Kathmandu"})
    contents["posts/02-day/en.toml"] = "text = '''@{city}, \"hear\";\nus'''\n"
    contents["posts/02-day/day.toml"] += 'link = "https://example.org/=a"\n'
    config = campaigns.write(tmp_path, contents)
    plan = plan_of(config)
    ran = run("export", "csv")
    assert ran.status == 0 and "\r\n16days-2026/01/" in ran.out
    rows = rows_of(ran.out)
    assert [row["key"] for row in rows] == [delivery.key for delivery in plan]
    (row,) = [row for row in rows if row["key"] == "16days-2026/02/kathmandu/x/en"]
    assert row["text"] == '\'@Kathmandu, "hear";\nus'
    assert (row["due_local"], row["zone"]) == ("2026-11-26T09:00:00+05:45", "Asia/Kathmandu")
    assert (row["due_utc"], row["length"], row["limit"]) == ("2026-11-26T03:15:00+00:00", "22", "280")
    assert row["approved"] == "no" and row["link"] == "https://example.org/=a"
    assert run("approve", "2", "--language", "en", "--by", "Ann").status in (0, 1)
    assert run("approve", "--embassy", "kathmandu", "--by", "Ann").status in (0, 1)
    stored = approvals.load(tmp_path / "posts")
    approved = [row["key"] for row in rows_of(export.plan_csv(plan_of(config), stored.objection).decode())
                if row["approved"] == "yes"]  # fmt: skip
    assert approved == ["16days-2026/02/kathmandu/x/en", "16days-2026/02/kathmandu/bluesky/en"]
    assert rows_of(run("export", "csv", "--separator", ";").out, ";")[0] == rows[0]
    assert rows_of(run("export", "csv", "--separator", "tab").out, "\t")[0] == rows[0]
    assert "separates no cells" in run("export", "csv", "--separator", "|").err


def test_the_shipped_campaign_goes_through_both(example: Plan) -> None:
    rows = rows_of(export.plan_csv(example, lambda _: None).decode())
    events = strict_events(ics.calendar(example, NOW))
    assert len(rows) == len([*example]) and len(events) == len({(r["day"], r["embassy"], r["language"]) for r in rows})
    assert all(row["alt"] for row in rows if row["pictures"])


# cron


STRANGE = ("plain", "with space", "100% $HOME é", "\"o\" 'r' $HOME `id`;&|<>(){}[]*?!#~^=")


PUBLISH = ["publish", "--live", "--campaign", "16days-2026", "--embassy", "nairobi"]


def here(folder: Path, program: str = "orangeday", **more: Any) -> HostSetup:
    return HostSetup(
        [str(folder / program)], "ann", "vm", folder / "secrets.env", folder / "state", more.get("state_home")
    )  # fmt: skip


def prepared(folder: Path, script: str = "") -> Plan:
    """A project in a folder, beside a program that writes down how it was called."""
    contents = campaigns.files(["en"], {"nairobi": "Africa/Nairobi", "apia": "Pacific/Apia"})
    contents["config.toml"] += '\n[alerts]\nurl = "mailtos://a:{secret}@example.org"\n'
    plan = plan_of(campaigns.write(folder, contents))
    program = folder / "orangeday"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return plan


@pytest.mark.integration
@pytest.mark.parametrize("name", STRANGE)
def test_what_cron_starts_is_orangeday_with_the_right_config(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    plan = prepared(folder, 'printf "%s\\n" "$@" "$SECRET" "$XDG_STATE_HOME" > "$(dirname "$0")/called"; echo said')
    (folder / "secrets.env").write_text("export SECRET='p% $x'\n", encoding="utf-8")
    crontab = jobs.cron(plan, here(folder, state_home="/state of it"), ["nairobi"])
    jobs_ = lines_of(crontab)
    assert [fields for fields, _ in jobs_] == [
        ["*/5", "*", "24-30", "11", "*"], ["*/5", "*", "1-11", "12", "*"],
        ["*/10", "*", "24-30", "11", "*"], ["*/10", "*", "1-11", "12", "*"],
    ]  # fmt: skip
    for (_, command), words in zip(jobs_[::2], (PUBLISH, ["alert"]), strict=True):
        assert " = 2026 ] " in command
        now = command.replace(" = 2026 ] ", f" = {datetime.now(UTC):%Y} ] ")
        bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        assert subprocess.run(["/bin/sh", "-c", now], env=bare, cwd="/", check=True, capture_output=True).stdout == b""
        called = (folder / "called").read_text("utf-8").splitlines()
        assert called == ["--config", str(folder / "config.toml"), *words, "p% $x", "/state of it"]
        (folder / "called").unlink()
        other = command.replace(" = 2026 ] ", " = 1999 ] ")
        assert subprocess.run(["/bin/sh", "-c", other], env=bare, cwd="/", check=False).returncode == 0
        assert not (folder / "called").exists()  # another year's campaign isn't this one
    assert (folder / "orangeday.log").read_text("utf-8") == "said\nsaid\n"


@pytest.mark.integration
@pytest.mark.parametrize("name", STRANGE)
def test_cron_takes_the_lines(tmp_path: Path, name: str) -> None:
    program = shutil.which("crontab")
    if not program or "-n" not in subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stderr:
        pytest.skip("no crontab here that tries a file")
    file = tmp_path / "crontab"
    file.write_text(jobs.cron(prepared(tmp_path / name), here(tmp_path / name)), encoding="utf-8")
    tried = subprocess.run([program, "-n", file], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    file.write_text("*/5 * 24-31 13 * no such month\n", encoding="utf-8")
    assert subprocess.run([program, "-n", file], capture_output=True, check=False).returncode != 0


def test_the_dates_hold_every_hour_on_whatever_clock_the_machine_has(tmp_path: Path) -> None:
    zones = {"kiritimati": "Pacific/Kiritimati", "pago-pago": "Pacific/Pago_Pago", "brussels": "Europe/Brussels"}
    for start in ("2026-11-25", "2026-12-24", "2027-02-15"):
        plan = plan_of(campaigns.write(tmp_path, campaigns.files(["en"], zones, config=f"start = {start}")))
        days = set()
        for year, month, span in jobs._months(plan):
            first, _, last = span.partition("-")
            days |= {date(year, month, day) for day in range(int(first), int(last or first) + 1)}
        for delivery in plan:
            for machine in ("Etc/GMT-14", "Etc/GMT+12", "UTC"):
                for moment in (delivery.due, delivery.deadline, delivery.deadline + timedelta(minutes=30)):
                    assert moment.astimezone(ZoneInfo(machine)).date() in days
        assert len(days) <= 19


def test_what_is_due_between_fives_is_looked_for_every_minute(tmp_path: Path) -> None:
    contents = campaigns.files(config='[schedule]\ntime = "09:07"')
    plan = plan_of(campaigns.write(tmp_path, contents))
    assert lines_of(jobs.cron(plan, here(tmp_path)))[0][0] == ["*", "*", "24-30", "11", "*"]


def test_without_alerts_their_line_is_a_comment_that_says_why(tmp_path: Path) -> None:
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))
    crontab = jobs.cron(plan, here(tmp_path))
    assert len(lines_of(crontab)) == 2 and "add [alerts]" in crontab
    uncommented = re.sub(r"^# (\*/10)", r"\1", crontab, flags=re.M)
    assert len(lines_of(uncommented)) == 4


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "x" * 400])
def test_what_cron_could_not_read_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name[:200] / name[200:]
    with pytest.raises(OrangedayError, match="cron"):
        jobs.cron(prepared(folder), here(folder))


# systemd


@pytest.mark.integration
@pytest.mark.parametrize("name", [*STRANGE, "back\\slash", "new\nline"])
def test_systemd_takes_the_unit(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    plan = prepared(folder)
    if "\n" in name:
        with pytest.raises(OrangedayError, match="unit"):
            jobs.systemd(plan, here(folder), folder / "orangeday.db")
        return
    unit = tmp_path / "orangeday.service"
    text = jobs.systemd(plan, here(folder, state_home=str(folder)), folder / "orangeday.db", ["nairobi"])
    unit.write_text(text.replace("User=ann", "User=root"), encoding="utf-8")
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("no systemd here")
    tried = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    about = [line for line in tried.stderr.splitlines() if "orangeday" in line]
    assert (tried.returncode, about) == (0, []), tried.stderr
    if set(name) & set("\"'\\"):
        return
    (folder / "orangeday").unlink()
    tried = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert tried.returncode != 0 and str(folder / "orangeday") in tried.stderr  # it had looked at that very file


@pytest.mark.integration
def test_the_unit_may_write_what_orangeday_writes_and_starts_anew_what_can_go_on(tmp_path: Path) -> None:
    plan = prepared(tmp_path)
    text = jobs.systemd(plan, here(tmp_path), tmp_path / "ledger" / "orangeday.db")
    assert f"ReadWritePaths={tmp_path}/ledger {tmp_path}/state\n" in text
    assert f"EnvironmentFile=-{tmp_path}/secrets.env\n" in text
    for line in ("Restart=on-failure", "RestartPreventExitStatus=2", "User=ann", "ProtectSystem=strict"):
        assert f"\n{line}\n" in text
    assert f"ReadWritePaths={tmp_path}/state\n" in jobs.systemd(plan, here(tmp_path), None)
    (condition,) = re.findall(r"^ExecCondition=/bin/sh -c '(.*)'$", text, re.M)
    shell = condition.replace("$$", "$").replace("%%", "%")
    assert shell == '[ "$(date +%Y%m%d)" -le 20261211 ]'
    later = shell.replace("20261211", "20991231")
    assert subprocess.run(["/bin/sh", "-c", later], check=False).returncode == 0
    assert subprocess.run(["/bin/sh", "-c", shell.replace("20261211", "20200101")], check=False).returncode == 1


@pytest.mark.parametrize("name", ["two words", "a&b <c> 'd' ^e|f", "Zoë Müller", "дом", "x" * 200])
def test_windows_gets_a_task_that_starts_on_battery_too(tmp_path: Path, name: str) -> None:
    """By Task Scheduler's own settings none does, and one that runs is stopped as the plug is drawn."""
    folder = tmp_path / name
    setup = replace(here(folder), user=f"MIN\\{name}")
    task = task_scheduler.task(task_file.task_file(prepared(folder), setup, ["nairobi"]))
    assert task.settings == {
        "MultipleInstancesPolicy": "IgnoreNew", "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false", "AllowHardTerminate": "true", "StartWhenAvailable": "true",
        "RunOnlyIfNetworkAvailable": "false", "AllowStartOnDemand": "true", "Enabled": "true",
        "RunOnlyIfIdle": "false", "WakeToRun": "true", "ExecutionTimeLimit": "PT1H",
    }  # fmt: skip
    assert (task.program, task.words) == (
        str(folder / "orangeday"),
        ["--config", str(folder / "config.toml"), *PUBLISH],
    )
    assert task.principal == {
        "UserId": f"MIN\\{name}", "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege",
    }  # fmt: skip


def test_a_task_that_runs_while_nobody_is_logged_on_has_windows_ask_for_the_password(tmp_path: Path) -> None:
    """Without one, Windows would start it too (S4U), with a Credential Manager that nobody can open."""
    task = task_scheduler.task(task_file.task_file(prepared(tmp_path), here(tmp_path), logged_off=True))
    assert task.principal["LogonType"] == "Password"
    line = task_file.register_line(Path("orangeday.xml"), logged_off=True)
    assert line == "schtasks /Create /TN orangeday /XML orangeday.xml /RP * /F"
    with pytest.raises(OrangedayError, match="Set USERNAME"):
        task_file.task_file(prepared(tmp_path / "other"), replace(here(tmp_path / "other"), user=UNKNOWN_USER))


def test_a_user_of_windows_is_named_with_the_domain() -> None:
    assert domain_user("Zoë", {"USERDOMAIN": "MIN"}) == "MIN\\Zoë"
    assert domain_user("Zoë", {}) == "Zoë"
    assert domain_user(UNKNOWN_USER, {"USERDOMAIN": "MIN"}) == UNKNOWN_USER


@pytest.mark.parametrize(("hour", "minutes"), [("09:00", 5), ("09:07", 1)])
def test_the_task_runs_in_the_days_of_the_campaign_as_often_as_crons_lines_do(
    tmp_path: Path, hour: str, minutes: int
) -> None:
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(config=f'[schedule]\ntime = "{hour}"')))
    task = task_scheduler.task(task_file.task_file(plan, here(tmp_path)))
    assert task.trigger == {
        "Interval": f"PT{minutes}M", "Duration": "P18D", "StopAtDurationEnd": "false",
        "StartBoundary": "2026-11-24T00:00:00", "EndBoundary": "2026-12-11T23:59:59", "Enabled": "true",
    }  # fmt: skip
    assert (
        sum(int(days.rpartition("-")[2]) - int(days.partition("-")[0]) + 1 for _, _, days in jobs._months(plan)) == 18
    )


@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("orangeday.xml", "orangeday.xml"), (r"C:\orangeday\o-1.xml", r"C:\orangeday\o-1.xml"),
        ("my file.xml", '"my file.xml"'), ("a&b.xml", '"a&b.xml"'), ("it's.xml", '"it\'s.xml"'), ("-a.xml", '"-a.xml"'),
        ("$HOME.xml", None), ("100%.xml", None), ("`n.xml", None), ("“a”.xml", None), ("a!b!.xml", None),
        ("a\nb.xml", None), ('a".xml', None),
    ],
)  # fmt: skip
def test_the_line_that_makes_the_task_is_read_alike_in_each_shell(file: str, word: str | None) -> None:
    if word is None:
        with pytest.raises(OrangedayError, match=r"Nothing was written\. Choose a name"):
            task_file.register_line(Path(file))
    else:
        assert task_file.register_line(Path(file)) == f"schtasks /Create /TN orangeday /XML {word} /F"


def test_the_task_is_written_with_the_line_that_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))
    file = Path("orangeday.xml")
    assert export_command._export_task(plan, file, ["nairobi"], logged_off=False) == 0
    assert export_command._export_task(plan, file, [], logged_off=False) == 0, "its own is replaced"
    said = capsys.readouterr()
    assert said.out == "" and "\n  schtasks /Create /TN orangeday /XML orangeday.xml /F\n" in said.err
    assert "behind a locked screen" in said.err
    assert task_scheduler.task(file.read_bytes()).words[-2:] == ["--campaign", "16days-2026"]
    assert export_command._export_task(plan, file, [], logged_off=True) == 0
    assert "/RP * /F\n" in capsys.readouterr().err
    file.write_text("something else", "utf-8")
    with pytest.raises(OrangedayError, match="something else"):
        export_command._export_task(plan, file, [], logged_off=False)
    with pytest.raises(OrangedayError, match="Choose a name"):
        export_command._export_task(plan, Path("$a.xml"), [], logged_off=False)
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "posts", "orangeday.xml"}


def test_each_system_has_its_own_way_to_start_something() -> None:
    for made, platform, named in (
        ("cron", "win32", "orangeday export task --output orangeday.xml"),
        ("systemd", "win32", "orangeday export task --output orangeday.xml"),
        ("task", "linux", "orangeday export cron"),
        ("task", "darwin", "orangeday export cron"),
    ):
        with pytest.raises(OrangedayError, match=f"{named}$"):
            export_command._require_system(export_command.ExportFormat(made), platform)
    for made, platform in (
        ("task", "win32"),
        ("ics", "win32"),
        ("csv", "win32"),
        ("cron", "linux"),
        ("cron", "darwin"),
    ):
        export_command._require_system(export_command.ExportFormat(made), platform)


def test_a_task_is_a_file_and_the_log_in_is_the_tasks_own(run: Callable[..., Ran], tmp_path: Path) -> None:
    campaigns.write(tmp_path, campaigns.files())
    assert run("export", "cron", "--logged-off").status == 2
    assert run("export", "task", "--output", "orangeday.xml").status == (0 if sys.platform == "win32" else 2)
    assert run("export", "task").status == 2


def test_a_task_starts_a_python_without_a_console(tmp_path: Path) -> None:
    """A task's console would stand on the screen every five minutes, and closing it would end what is being sent."""
    script, python = tmp_path / "orangeday", tmp_path / "python.exe"
    script.write_text("")
    assert export_command._program(script, python, "linux") == [str(script)]
    assert export_command._program(tmp_path / "pytest", python, "linux") == [str(python), "-m", "orangeday"]
    assert export_command._program(script, python, "win32") == [str(python), "-m", "orangeday"]
    (tmp_path / "pythonw.exe").write_text("")
    assert export_command._program(script, python, "win32") == [str(tmp_path / "pythonw.exe"), "-m", "orangeday"]


def test_the_words_of_a_task_are_read_as_microsoft_says() -> None:
    """Its own examples, from “Parsing C command-line arguments”."""
    for line, words in {
        r'"a b c" d e': ["a b c", "d", "e"],
        r'"ab\"c" "\\" d': ['ab"c', "\\", "d"],
        r'a\\\b d"e f"g h': [r"a\\\b", "de fg", "h"],
        r"a\\\"b c d": [r"a\"b", "c", "d"],
        r'a\\\\"b c" d e': [r"a\\b c", "d", "e"],
    }.items():
        assert task_scheduler.arguments(line) == words


# The command


def test_the_lines_are_for_the_program_that_runs_and_hold_no_secret(
    tmp_path: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns.write(tmp_path, campaigns.files())
    monkeypatch.setenv("ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD", "abcd-efgh-ijkl-mnop")
    for what in "cron", "systemd":
        ran = run("export", what)
        assert ran.status == 0 and ran.out.startswith("# orangeday: 16days-20")
        assert f"{sys.executable} -m orangeday --config {tmp_path / 'config.toml'}" in ran.out
        assert "abcd" not in ran.out and "secrets.env" in ran.out
        assert run("export", what, "--output", f"{what}.txt").status == 0
        assert (tmp_path / f"{what}.txt").read_text("utf-8") == ran.out
    program = tmp_path / "bin" / "orangeday"
    program.parent.mkdir()
    program.write_text("")
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert f" {program} --config" in run("export", "cron").out


@pytest.mark.integration
def test_what_was_exported_runs_as_it_is_pasted(tmp_path: Path) -> None:
    """The whole way: the program writes a line, and a shell as bare as cron's runs it."""
    start = (datetime.now(UTC) + timedelta(days=30)).date()
    campaigns.write(tmp_path, campaigns.files(config=f"start = {start}"))
    environment = {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    words = [sys.executable, "-m", "orangeday", "export", "cron"]
    made = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    (_, command), *_ = lines_of(made)
    command = re.sub(r" = \d{4} \] ", f" = {datetime.now(UTC):%Y} ] ", command)
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, cwd="/", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")
    assert "No account has its credentials here" in (tmp_path / "orangeday.log").read_text("utf-8")


def test_wrong_usage_and_what_is_there_already(tmp_path: Path, run: Callable[..., Ran]) -> None:
    for what in ("ics", "csv", "cron", "systemd"):
        ran = run("export", what)
        assert (ran.status, ran.out) == (2, "") and "no config.toml" in ran.err
    assert run("export").status == 2 and run("export", "pdf").status == 2
    campaigns.write(tmp_path, campaigns.files())
    assert run("export", "ics", "--output", "config.toml").status == 2
    for _ in range(2):
        assert run("export", "ics", "--output", "plan.ics").status == 0
    assert run("export", "csv", "--output", "plan.ics").status == 2
    assert run("export", "ics", "--embassy", "nowhere").status == 2
    (tmp_path / "config.toml").write_text('[campaign]\nstart = "soon"\n', encoding="utf-8")
    assert run("export", "cron").status == 2
    assert EXAMPLE.is_file()


# Schemas


def test_the_schemas_are_written_beside_the_config_and_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "config.toml").write_text("broken", "utf-8")  # whoever mends a config needs them most
    config = ["--config", str(tmp_path / "config.toml")]
    assert main([*config, "export", "schema"]) == 0
    assert f"Wrote config.json, campaign.json, facts.json, day.json, text.json to {tmp_path}" in capsys.readouterr().err
    folder = tmp_path / ".schemas"
    written = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert written == schema_files()
    (folder / "day.json").write_text('{"$schema": "http://json-schema.org/draft-04/schema#"}', "utf-8")
    assert main([*config, "export", "schema"]) == 0
    assert (folder / "day.json").read_text("utf-8") == written["day.json"]


def test_nothing_else_is_taken_for_a_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.json").write_text('{"ours": 1}', "utf-8")
    (tmp_path / "file").write_text("x", "utf-8")
    for place, said in (
        (tmp_path, "exists already and is something else"), (tmp_path / "file", "can't be written"),
        (tmp_path / "no" / "folder", "can't be written"),
    ):  # fmt: skip
        assert main(["export", "schema", "--output", str(place)]) == 2
        assert said in " ".join(capsys.readouterr().err.split())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "text.json"]
    assert (tmp_path / "text.json").read_text("utf-8") == '{"ours": 1}'
