"""Which campaign is meant, and of which year: a live run begins none by itself, and none is forgotten as it ends."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters.dry_run import DryRun
from orangeday.clock import local, needs_year, system_clock, utc, year_after
from orangeday.commands.files import Files
from orangeday.engine import scheduler
from orangeday.engine.years import plan_to_review
from orangeday.errors import OrangedayError
from orangeday.ledger.ledger import Ledger

from ..servers.faulty_proxy import drops_after, drops_before
from ..support import campaigns, file_clock
from ..support.common import ROOT, Clock
from ..support.crontab import lines_of
from ..support.offices import DUE, Office, Ran, X, XOffice
from ..support.scheduler_thread import AtWork

LAST = DUE + timedelta(days=15)
"""Day 16, 10 December."""
AFTER = "The campaign 16days-2026 is over (its last day was 10 December 2026). Next: orangeday report."
NEXT = "For the next one write start = 2027-11-25 under [campaign] in config.toml."


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def campaigns_in(office: Office) -> dict[str, set[str]]:
    """The campaigns that each table of the ledger names."""
    with closing(sqlite3.connect(office.folder / "orangeday.db")) as ledger:
        return {
            table: {row[0] for row in ledger.execute(f"SELECT DISTINCT campaign FROM {table}")}  # noqa: S608
            for table in ("delivery", "swept")
        }


def accounts_in(office: Office) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(office.folder / "orangeday.db")) as ledger:
        return sorted(ledger.execute("SELECT name, first_seen FROM account"))


def start(office: Office, line: str) -> None:
    """Writes a line of [campaign] into the config, in the place of one that is there."""
    config = office.folder / "config.toml"
    lines = [each for each in config.read_text("utf-8").splitlines() if not each.startswith("start = ")]
    at = lines.index("[campaign]") + 1
    config.write_text("\n".join([*lines[:at], *([line] if line else []), *lines[at:]]) + "\n", encoding="utf-8")


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """A `schedule` that runs on, where it was to end by itself, is stopped as Ctrl-C stops it."""
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def live(office: Office, command: str, *more: str) -> Ran:
    """A live run that is to end by itself."""
    with stopped_after(60):
        return office(command, "--live", *more)


@pytest.fixture
def ended(x_office: XOffice) -> XOffice:
    """An office whose campaign of 2026 is over: day 1 and day 16 are out, what lay between is missed and known."""
    x_office.open()
    assert x_office.sweep(0).states == {X: "published"}
    x_office.sweep(0, day=16)
    missed = [f"16days-2026/{number:02}/nairobi/x/en" for number in range(2, 16)]
    assert x_office("acknowledge", *missed, "--reason", "Away.").status == 0
    return x_office


# The walk


@pytest.fixture
def walk(x_office: XOffice) -> Iterator[Walk]:
    found = Walk(x_office)
    yield found
    found.office.back()


class Walk:
    """A machine with the lines of `export cron` in its crontab, and a clock that is set from day to day."""

    def __init__(self, office: XOffice) -> None:
        self.office, self.folder = office, office.folder
        bin_ = self.folder / "bin"
        bin_.mkdir()
        self.orangeday = bin_ / "orangeday"
        self.orangeday.write_text(
            f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\nsys.path.insert(0, {str(ROOT)!r})\n"
            f"from tests.support.file_clock import live_by\nlive_by(Path({str(self.folder / 'clock')!r}))\n"
            "from orangeday.cli import run\nrun()\n",
            encoding="utf-8",
        )
        date_ = bin_ / "date"
        date_.write_text(
            f'#!/bin/sh\nexec {shutil.which("date")} -d "@$(cat {self.folder}/seconds)" "$@"\n', encoding="utf-8"
        )
        for program in (self.orangeday, date_):
            program.chmod(0o755)
        self.jobs: list[tuple[list[str], str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """As little as cron gives; the credentials, which a file would have, beside it."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(("ORANGEDAY_", "XDG_", "PYTHON"))}
        return {**kept, "HOME": os.environ["HOME"], "PATH": f"{self.folder}/bin:/usr/bin:/bin", "TZ": "UTC"}

    def at(self, now: datetime) -> None:
        self.office.at(now)
        true_time = float(time_machine.escape_hatch.time.time())
        file_clock.set_ahead(self.folder / "clock", now.timestamp() - true_time)
        (self.folder / "seconds").write_text(f"{now.timestamp():.0f}")

    def paste(self) -> None:
        """What `export cron` writes goes into the crontab."""
        written = subprocess.run(
            [self.orangeday, "export", "cron"], cwd=self.folder, env=self.environment, capture_output=True, check=True
        )
        self.jobs = lines_of(written.stdout.decode())

    def lines(self, now: datetime) -> list[str]:
        """The commands that cron starts at this minute."""
        found = []
        for (minute, hour, day, month, weekday), command in self.jobs:
            assert (minute, hour, weekday) == ("*/5", "*", "*") and now.minute % 5 == 0
            first, _, last = day.partition("-")
            if int(month) == now.month and int(first) <= now.day <= int(last or first):
                found.append(command)
        return found

    def cron(self, now: datetime) -> list[int]:
        """What cron does at this minute: the exit status of each line that it starts then."""
        self.at(now)
        return [
            subprocess.run(
                ["/bin/sh", "-c", command], cwd="/", env=self.environment, check=False, timeout=120
            ).returncode
            for command in self.lines(now)
        ]

    def within(self, now: datetime) -> int:
        """The same, of one line, in this program: that cron can start it is seen on other days."""
        self.at(now)
        (command,) = self.lines(now)
        match = re.search(r"/bin/orangeday (.* publish --live --campaign 16days-2026) >>", command)
        assert match, command
        return self.office(*shlex.split(match[1])).status

    def said(self) -> str:
        """What was written into the log since this was last asked."""
        log = self.folder / "orangeday.log"
        text = log.read_text("utf-8") if log.exists() else ""
        log.write_text("")
        return text


def test_the_lines_of_cron_from_the_eve_to_next_year(walk: Walk) -> None:
    office = walk.office
    office.open(before=moment("2026-11-23T12:00"))
    walk.at(moment("2026-11-23T12:00"))
    walk.paste()
    assert len(walk.jobs) == 2 and all(" --campaign 16days-2026 " in command for _, command in walk.jobs)
    assert walk.cron(moment("2026-11-24T06:00")) == [0]
    assert "Next: Wed 25 Nov 09:00 UTC+3: Nairobi, day 1," in walk.said()
    by_cron = (1, 6, 7, 16)  # the first and the last day of each of its lines
    for day in range(1, 17):
        due = DUE + timedelta(days=day - 1)
        assert (walk.cron(due) if day in by_cron else [walk.within(due)]) == [0]
    assert [post.text for post in office.live()] == [f"Day {day} in en, from Nairobi." for day in range(1, 17)]
    before = accounts_in(office)
    walk.said()

    def looked(now: str, out: str, counted: str, head: str, *, also: str = "") -> None:
        """`status` and `report` mean the campaign of 2026, and nothing of another is known."""
        office.at(moment(now))
        status, report = office("status"), office("report")
        assert (status.status, report.status) == (0, 0)
        assert f"{counted} at {out}" in status.out and head in status.out
        assert "Wed 25 Nov – Thu 10 Dec 2026" in report.out and "16 posts: 16 published" in report.out
        assert also in status.err and also in report.err
        assert campaigns_in(office) == {"delivery": {"16days-2026"}, "swept": {"16days-2026"}}
        assert accounts_in(office) == before

    head = "16days-2026: Wed 25 Nov – Thu 10 Dec 2026"
    for now, there in (
        ("2026-12-11T11:55", "Fri 11 Dec 14:55 UTC+3"),
        ("2026-12-11T12:05", "Fri 11 Dec 15:05 UTC+3"),
    ):
        assert walk.cron(moment(now)) == [0]
        assert walk.said() == f"{AFTER} {NEXT.replace('config.toml', str(walk.folder / 'config.toml'))}\n"
        looked(now, there, "16 published", head)
    assert walk.cron(moment("2026-12-11T23:55")) == [0]
    for day in (12, 13, 14):
        assert walk.cron(moment(f"2026-12-{day}T06:00")) == []
    also = "This is 16days-2026. For the other one: --campaign 16days-2027"
    looked("2026-12-14T09:00", "Mon 14 Dec 12:00 UTC+3", "16 published", head, also=also)
    # Nobody took the lines out. The shell ends them, since it is another year; without that the program would.
    walk.said()
    assert walk.cron(moment("2027-11-24T06:00")) == [0] and walk.said() == ""
    walk.jobs = [(fields, command.replace(" = 2026 ]", " = 2027 ]")) for fields, command in walk.jobs]
    assert walk.cron(moment("2027-11-25T06:00")) == [0] and AFTER in walk.said()
    looked("2027-10-25T09:00", "Mon 25 Oct 2027 12:00 UTC+3", "16 published", head, also=also)
    assert len(office.live()) == 16
    office.at(moment("2027-11-20T09:00"))
    status = office("status")
    assert "16 unapproved at Sat 20 Nov 12:00 UTC+3" in status.out
    assert "16days-2027: Thu 25 Nov – Fri 10 Dec 2027" in status.out
    report = office("report", "--campaign", "16days-2026")
    assert report.status == 0 and "16 posts: 16 published" in report.out
    assert office("report", "--campaign", "16days-2026", "--json").deliveries.keys() == {
        f"16days-2026/{day:02}/nairobi/x/en" for day in range(1, 17)
    }
    run = office("publish", "--live")
    assert run.status == 0 and AFTER in run.err and NEXT in run.err
    assert campaigns_in(office) == {"delivery": {"16days-2026"}, "swept": {"16days-2026"}}
    assert accounts_in(office) == before


# What a live run may send


NOON = moment("2026-12-11T12:05")
NEW_YEARS_DUE = moment("2027-11-25T06:00")


@pytest.mark.invariant(17)
def test_after_the_last_day_a_live_run_only_says_so(ended: XOffice) -> None:
    accounts, sends = accounts_in(ended), ended.sends()
    for now in (moment("2026-12-10T23:00"), moment("2026-12-11T11:59"), NOON, moment("2027-11-20T09:00")):
        for command in ("publish", "schedule"):
            ended.at(now)
            ran = live(ended, command)
            assert (ran.status, ran.err) == (0, f"{AFTER} {NEXT}\n"), (now, command)
            assert campaigns_in(ended) == {"delivery": {"16days-2026"}, "swept": {"16days-2026"}}
            assert (accounts_in(ended), ended.sends()) == (accounts, sends)


def test_a_schedule_that_passes_the_end_says_what_the_next_one_needs(x_office: XOffice) -> None:
    x_office.environment.setattr(scheduler, "SWEEP_INTERVAL", timedelta(seconds=0.5))
    x_office.open()
    x_office.at(LAST + timedelta(hours=6) - timedelta(seconds=4))  # so long before the last window closes
    ran = live(x_office, "schedule")
    assert ran.status == 0 and "The campaign is over." in ran.out and f"{AFTER} {NEXT}" in ran.err


def test_when_day_1_has_come_and_nobody_has_named_it_that_is_an_alarm(ended: XOffice) -> None:
    ended.at(NEW_YEARS_DUE)
    ran = ended("publish", "--live")
    assert ran.status == 1 and AFTER in ran.err and "nothing of 16days-2027 goes out, whose day 1 has come" in ran.err
    assert len(ended.live()) == 2 and campaigns_in(ended)["swept"] == {"16days-2026"}


@pytest.mark.parametrize("named", ["start", "--campaign"])
def test_the_next_campaign_begins_where_it_is_named(ended: XOffice, named: str) -> None:
    ended.at(NEW_YEARS_DUE - timedelta(days=1))
    if named == "start":
        start(ended, "start = 2027-11-25")
    for number in range(1, 17):  # X takes no text a second time
        (ended.folder / f"posts/{number:02}-day/en.toml").write_text(f'text = "{number} once more."\n')
    ended("approve", "all", "--by", "Ann")
    words = ["publish", "--live"] if named == "start" else ["publish", "--live", "--campaign", "16days-2027"]
    assert ended(*words).status == 0
    ended.at(NEW_YEARS_DUE)
    assert ended(*words).status == 0
    assert ended.said()[-1] == "1 once more."
    # It is in its midst now: nobody has to name it any more.
    start(ended, "")
    ended.at(NEW_YEARS_DUE + timedelta(days=1))
    assert ended("publish", "--live").status == 0
    assert ended.said()[-1] == "2 once more."


def test_a_new_ledger_takes_the_running_campaign_or_the_next(x_office: XOffice) -> None:
    x_office.open(before=NOON)
    ran = x_office("publish", "--live")
    assert ran.status == 0 and "Next: Thu 25 Nov 2027 09:00 UTC+3: Nairobi, day 1, English, on X." in ran.out


def test_what_an_earlier_version_noted_of_next_year_counts_for_nothing(ended: XOffice) -> None:
    with closing(sqlite3.connect(ended.folder / "orangeday.db")) as ledger, ledger:
        ledger.execute("INSERT INTO swept VALUES ('16days-2027', '', '2026-12-11T12:05:00.000000+00:00')")
    ended.at(moment("2026-12-14T09:00"))
    assert AFTER in ended("publish", "--live").err
    assert "16days-2026: " in ended("status").out


def test_what_was_missed_at_the_end_is_noted_once_and_what_is_in_doubt_is_settled(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", drops_after)
    assert x_office.sweep(0, day=15).states["16days-2026/15/nairobi/x/en"] == "unsure"
    x_office.at(moment("2026-12-10T12:00"))  # as the last window closes
    ran = x_office("publish", "--live", "--json")
    assert ran.status == 1 and AFTER in ran.err
    assert ran.states == {"16days-2026/15/nairobi/x/en": "published", "16days-2026/16/nairobi/x/en": "missed"}
    assert x_office.row("16days-2026/16/nairobi/x/en")["state"] == "missed"
    again = x_office("publish", "--live", "--json")
    assert (again.status, again.states) == (0, {})


def test_what_was_missed_at_the_end_is_noted_where_the_credentials_are_gone(x_office: XOffice) -> None:
    x_office.open()
    x_office.sweep(0, day=15)
    for variable in [name for name in os.environ if name.startswith("ORANGEDAY_")]:
        x_office.environment.delenv(variable)
    x_office.at(NOON)
    ran = x_office("publish", "--live", "--json")
    assert ran.status == 1 and AFTER in ran.err and ran.states == {"16days-2026/16/nairobi/x/en": "missed"}


def test_after_a_week_what_is_in_doubt_is_left_to_a_person(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", drops_after)
    x_office.sweep(0, day=16)
    key = "16days-2026/16/nairobi/x/en"
    x_office.x.fault("getUsersPosts", drops_before, times=None)
    for days, looked in ((1, True), (6, True), (8, False)):
        before = len(x_office.x.named("getUsersPosts"))
        x_office.at(LAST + timedelta(days=days))
        ran = x_office("publish", "--live")
        assert (ran.status == 1) is looked and (len(x_office.x.named("getUsersPosts")) > before) is looked, ran
        assert AFTER in ran.err and x_office.row(key)["state"] == "unsure"
    # A person decides it, in the summer as well, by either name of it.
    x_office.at(moment("2027-07-01T09:00"))
    assert x_office("status").status == 1
    assert x_office("settle", "16/nairobi/x/en", "--not-published").status == 0


MISTYPED = "This line is for 16days-2026, and config.toml plans 16days-2025 (start = 2025-11-25, config.toml:4)"


def test_a_start_mistyped_in_mid_campaign_is_not_silent(x_office: XOffice) -> None:
    x_office.open()
    assert x_office.sweep(0).status == 0
    start(x_office, "start = 2025-11-25")
    x_office.at(DUE + timedelta(days=1))
    before = campaigns_in(x_office), accounts_in(x_office)
    for command in ("publish", "schedule"):
        ran = live(x_office, command, "--campaign", "16days-2026")
        assert (ran.status, ran.out) == (1, "") and MISTYPED in ran.err
        ran = live(x_office, command)
        assert ran.status == 1 and "config.toml plans 16days-2025" in ran.err and "16days-2026 isn't yet" in ran.err
    assert (campaigns_in(x_office), accounts_in(x_office)) == before and len(x_office.live()) == 1
    for command in ("status", "report"):  # they mean what runs, whatever is written
        assert "2026" in x_office(command).out and "2025" not in x_office(command).out
    x_office.at(NOON)
    statuses = []
    for _ in range(2):  # what was missed is noted, and is an alarm, once
        ran = x_office("publish", "--live", "--campaign", "16days-2026")
        statuses.append(ran.status)
        assert AFTER in ran.err and "16days-2025" not in ran.out
    assert statuses == [1, 0] and x_office("status").status == 1


def test_a_start_that_is_corrected_lets_it_go_on(x_office: XOffice) -> None:
    x_office.open()
    assert x_office.sweep(0).status == 0
    start(x_office, "start = 2027-11-25")
    x_office.at(DUE + timedelta(days=1))
    assert x_office("publish", "--live", "--campaign", "16days-2026").status == 1
    start(x_office, "")
    x_office.at(DUE + timedelta(days=1))
    assert x_office("publish", "--live", "--campaign", "16days-2026").status == 0 and len(x_office.live()) == 2


@pytest.mark.parametrize("command", ["publish", "schedule"])
def test_what_is_over_makes_no_ledger_and_needs_no_credentials(x_office: XOffice, command: str) -> None:
    x_office.write(campaigns.files())
    x_office.environment.chdir(x_office.folder)
    x_office.environment.setenv("COLUMNS", "200")
    x_office.at(NOON)
    ran = live(x_office, command, "--campaign", "16days-2026")
    assert (ran.status, ran.out, ran.err) == (0, "", f"{AFTER} {NEXT}\n")
    assert not (x_office.folder / "orangeday.db").exists()


def test_another_id_in_mid_campaign_posts_nothing_a_second_time(x_office: XOffice) -> None:
    x_office.open()
    assert x_office.sweep(0).status == 0
    (x_office.folder / "posts/campaign.toml").write_text('id = "sixteen"\n', encoding="utf-8")
    x_office.at(DUE + timedelta(minutes=10))
    ran = x_office("publish", "--live")
    assert ran.status == 1 and "config.toml plans sixteen-2026 (id = “sixteen”, posts/campaign.toml:1)" in ran.err
    assert "“sixteen”" in x_office("publish", "--live", "--campaign", "16days-2026").err
    assert x_office.sends() == 1 and campaigns_in(x_office)["swept"] == {"16days-2026"}


def test_a_campaign_that_is_not_there(ended: XOffice) -> None:
    ended.at(NOON)
    for command in ("publish", "schedule", "status", "report", "export csv", "export cron"):
        ran = ended(*command.split(), "--campaign", "16day-2026")
        assert (ran.status, ran.out) == (2, ""), command
        assert "There is no campaign “16day-2026”. Did you mean “16days-2026”? There are: 16days-2026" in ran.err


def test_a_dry_run_is_asked_nothing_and_refuses_another_campaign_as_well(ended: XOffice) -> None:
    ended.at(NOON)
    assert "Next: Thu 25 Nov 2027" in ended("publish", "--dry-run").out
    start(ended, "start = 2027-11-25")
    ran = ended("publish", "--dry-run", "--campaign", "16days-2026")
    assert ran.status == 0 and AFTER in ran.err and "config.toml plans 16days-2027 by now" in ran.err


# A program that runs


@pytest.mark.parametrize("named", [True, False])
def test_a_running_schedule_sends_nothing_while_the_files_plan_another_campaign(tmp_path: Path, named: bool) -> None:
    config = campaigns.write(tmp_path, campaigns.files())
    with time_machine.travel(DUE - timedelta(hours=1), tick=True) as traveller:
        now = Clock(DUE)
        watched = Files(config, system_clock, None, "16days-2026" if named else None)

        def edit(old: str, new: str) -> None:
            config.write_text(config.read_text("utf-8").replace(old, new), encoding="utf-8")

        with (
            closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", system_clock)) as ledger,
            AtWork(traveller, watched.plan, ledger, lambda account: DryRun(account, now), watched.newest_plan) as work,
        ):
            work.put(DUE)
            assert set(work.published) == {X, X.replace("/x/", "/bluesky/")}
            edit('posts = "posts"\n', 'posts = "posts"\nstart = 2025-11-25\n')
            work.clock.move_to(DUE + timedelta(days=1))
            work.until(lambda: bool(work.troubles))
            said = work.troubles[-1]
            assert said and "config.toml plans 16days-2025 (start = 2025-11-25, " in said
            assert work.thread.is_alive() and len(work.published) == 2
            edit("start = 2025-11-25\n", "")
            work.put(DUE + timedelta(days=1, minutes=1))
            assert work.troubles[-1] is None and len(work.published) == 4


def test_a_running_schedule_goes_over_to_a_year_that_start_names_and_by_itself_to_none(tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files())
    now = Clock(DUE)
    watched, strict = Files(config, now), Files(config, now, None, "16days-2026")
    now.now = moment("2026-12-12T09:00")  # it slept over the end; then somebody corrected a text
    (tmp_path / "posts/01-day/en.toml").write_text('text = "Another."\n', encoding="utf-8")
    for files in (watched, strict):
        plan = files.newest_plan()
        assert plan and plan.campaign_id == "16days-2026"
    config.write_text(config.read_text("utf-8").replace("[campaign]", "[campaign]\nstart = 2027-11-25", 1), "utf-8")
    plan = watched.newest_plan()
    assert plan and plan.campaign_id == "16days-2027"
    for _ in range(2):  # for as long as it is so
        with pytest.raises(OrangedayError, match=r"This line is for 16days-2026, and .* plans 16days-2027"):
            strict.newest_plan()


# What a look back means


@pytest.fixture
def bare(tmp_path: Path) -> Callable[[str], Path]:
    def bare(config: str = "") -> Path:
        return campaigns.write(tmp_path, campaigns.files(config=config))

    return bare


@pytest.mark.parametrize(
    ("now", "served", "start", "meant"),
    [
        # A ledger that has served 2026, and nothing written
        ("2026-12-10T11:00", ["2026"], None, 2026),
        ("2026-12-11T12:05", ["2026"], None, 2026),
        ("2027-10-25T09:00", ["2026"], None, 2026),
        ("2027-10-26T09:00", ["2026"], None, 2027),
        ("2027-12-20T09:00", ["2026"], None, 2026),
        ("2027-12-20T09:00", ["2026", "2027"], None, 2027),
        # The next one is written already, or one is mistyped in mid-campaign
        ("2026-12-20T09:00", ["2026"], "2027-11-25", 2026),
        ("2026-12-20T09:00", ["2026"], "2027-01-10", 2027),
        ("2026-12-01T09:00", ["2026"], "2025-11-25", 2026),
        ("2026-12-01T09:00", ["2026"], "2027-11-25", 2026),
        ("2026-12-05T09:00", ["2026"], "2027-01-01", 2026),
        # None
        ("2026-09-01T09:00", [], None, 2026),
        ("2026-12-11T12:05", [], None, 2026),
        ("2027-01-08T09:00", [], None, 2026),
        ("2027-01-12T09:00", [], None, 2027),
        ("2026-12-20T09:00", [], "2027-11-25", 2027),
        ("2028-03-01T09:00", [], "2028-02-29", 2028),
    ],
)
def test_which_campaign_a_look_back_means(
    bare: Callable[[str], Path], tmp_path: Path, now: str, served: list[str], start: str | None, meant: int
) -> None:
    clock = Clock(moment(now))
    plan = Files(bare(f"start = {start}" if start else ""), clock).plan
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock, durable=False)) as ledger:
        for year in served:
            ledger.record_sweep(f"16days-{year}", "", moment(f"{year}-12-01T00:00"))
        assert ledger.served_campaigns() == [f"16days-{year}" for year in served]
        assert plan_to_review(plan, ledger, clock.now).campaign_id == f"16days-{meant}"
        assert plan_to_review(plan, ledger, clock.now, plan.campaign_id) is plan


def test_a_campaign_that_began_on_another_day_is_shown_as_it_went(x_office: XOffice) -> None:
    contents = campaigns.files(config="start = 2026-12-01")
    x_office.open(contents, before=DUE)
    assert x_office.sweep(0, day=7).states == {X: "published"}
    start(x_office, "")
    x_office.at(moment("2027-02-01T09:00"))
    ran = x_office("status", "--campaign", "16days-2026", "--day", "1")
    assert "16days-2026: Tue 1 Dec – Wed 16 Dec 2026" in ran.out
    assert "✓ 1 en Tue  1 Dec 2026 09:00 1 Dec 06:00 UTC X published 62 d ago Day 1" in ran.out


@pytest.mark.parametrize("command", ["settle", "retry", "acknowledge"])
def test_a_key_may_be_of_any_campaign_that_the_ledger_knows(x_office: XOffice, command: str) -> None:
    x_office.open()
    x_office.x.fault("createPosts", drops_before)
    x_office.sweep(0, day=16)
    more = {"settle": ["--not-published"], "retry": [], "acknowledge": ["--reason", "Seen."]}[command]
    status = 2 if command == "retry" else 0
    for now, key in (("2027-10-01T09:00", "16/nairobi/x/en"), ("2027-11-20T09:00", "16days-2026/16/nairobi/x/en")):
        x_office.at(moment(now))
        if now.startswith("2027-11"):
            short = x_office(command, "16/nairobi/x/en", *more)
            assert short.status == 2 and "16days-2027/16/nairobi/x/en" in short.err
        ran = x_office(command, key, *more)
        if command == "settle" and now.startswith("2027-11"):
            assert "there is nothing to decide" in ran.err
        else:
            assert ran.status == status and "16days-2026/16/nairobi/x/en" in ran.err, ran.err
    named = x_office(command, "1/nairobi/x/en", "--campaign", "16days-2026", *more)
    assert "16days-2026/01/nairobi/x/en" in named.err


@pytest.mark.parametrize("now", ["2026-12-11T11:59", "2026-12-11T12:05", "2026-12-14T09:00", "2027-10-25T09:00"])
def test_what_has_just_ended_is_taken_down_by_its_short_key(ended: XOffice, now: str) -> None:
    ended.at(moment(now))
    ended("publish", "--live")
    ran = ended("retract", "16/nairobi/x/en", "--yes")
    assert ran.status == 0 and "16days-2026/16/nairobi/x/en is taken down." in ran.err
    assert ended.said() == ["Day 1 in en, from Nairobi."]


def test_what_is_exported_says_which_campaign_it_is_of(ended: XOffice) -> None:
    ended.at(moment("2027-03-01T09:00"))
    ran = ended("export", "csv")
    assert ran.status == 0 and "16days-2026/01/nairobi/x/en" in ran.out and "16days-2027" not in ran.out
    assert "This is 16days-2026. For the other one: --campaign 16days-2027" in ran.err
    assert "16days-2027/01/" in ended("export", "csv", "--campaign", "16days-2027").out
    for what in ("cron", "systemd", "ics"):
        assert "16days-2027" in ended("export", what).out
        assert "16days-2026" in ended("export", what, "--campaign", "16days-2026").out
    assert "publish --live --campaign 16days-2027 >>" in ended("export", "cron").out
    unit = ended("export", "systemd").out
    assert "schedule --live --campaign 16days-2027\n" in unit and "Restart=on-failure\n" in unit


@pytest.mark.parametrize("first", ["2028-02-29", "2028-02-14", "2028-12-31", "2027-02-28"])
def test_any_day_may_be_day_1(bare: Callable[[str], Path], x_office: XOffice, first: str) -> None:
    bare(f"start = {first}")
    x_office.environment.chdir(x_office.folder)
    for days in (-200, 0, 10, 300):
        x_office.at(moment(f"{first}T10:00") + timedelta(days=days))
        for command in ("status", "status --json", "report", "report --json", "check"):
            ran = x_office(*command.split())
            assert ran.status in (0, 1) and "itself failed" not in ran.err, (command, ran.err)


def test_the_doctor_and_the_check_know_that_it_is_over(ended: XOffice) -> None:
    ended.at(moment("2026-12-11T08:00"))
    ran = ended("check")
    assert "past-campaign" not in ran.out and ran.status == 0
    assert "From 11 Dec 12:00 UTC on these files plan 2027." in ran.out
    ended.at(moment("2026-12-14T08:00"))
    assert "16days-2027: Thu 25 Nov – Fri 10 Dec 2027" in ended("check").out
    ran = ended("doctor", "--offline")
    assert ran.out.startswith(
        "– Nothing is left to send. The campaign 16days-2026 is over (its last day was 10 December"
    )
    assert "write start = 2027-11-25" in " ".join(ran.out.split())
    assert (ran.status, "Ready" in ran.out, "approve" in ran.out) == (0, False, False), (
        "nothing is missing for what is over"
    )


# The year


@pytest.mark.parametrize(
    ("of", "now", "needed"),
    [
        ("2026-11-25", "2026-11-20", False),
        ("2026-11-25", "2026-08-28", False),
        ("2026-11-25", "2026-08-26", True),
        ("2026-11-25", "2027-01-01", True),
        ("2027-01-02", "2026-12-28", True),
        ("2027-11-25", "2026-12-11", True),
    ],
)
def test_a_date_that_could_be_of_another_year_has_its_own(of: str, now: str, needed: bool) -> None:
    there = moment(f"{of}T08:00")
    assert needs_year(there, moment(f"{now}T08:00")) is needed
    year = f" {there.year}" if needed else ""
    with time_machine.travel(moment(f"{now}T08:00"), tick=False):
        assert utc(there) == f"{there.day} {there:%b}{year} 08:00 UTC"
        assert local(there) == f"{there:%a} {there.day:2} {there:%b}{year} 08:00 UTC+0"


@pytest.mark.parametrize(
    ("first", "now", "after"),
    [
        (date(2026, 11, 25), "2026-12-10", date(2027, 11, 25)),
        (date(2026, 11, 25), "2026-12-20", date(2027, 11, 25)),
        (date(2026, 11, 25), "2028-06-01", date(2028, 11, 25)),
        (date(2026, 3, 1), "2026-04-01", date(2027, 11, 25)),  # of this year it would be the same campaign again
        (date(2028, 2, 29), "2028-04-01", date(2029, 11, 25)),
    ],
)
def test_the_next_one_is_of_another_year(first: date, now: str, after: date) -> None:
    assert year_after(first, moment(f"{now}T08:00")) == after
