"""A value never becomes syntax: whatever stands in a file, what other programs are given says it, and never obeys it.

One table: hostile values × the places that a value comes from × what is written or shown. What may hold any text is
written there and must stay text; what has a form of its own is refused, by `check` and by `export`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine
from icalendar import Calendar

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Payload, Receipt, Refused
from orangeday.approvals import content as approvals_content
from orangeday.approvals import store as approvals
from orangeday.cli import main
from orangeday.clock import DAYS
from orangeday.content.plan import Plan
from orangeday.engine import alerts
from orangeday.engine.alerts import AlertPost, AlertTopic
from orangeday.engine.report import Report, build, collect_entries
from orangeday.engine.status import statuses
from orangeday.errors import OrangedayError
from orangeday.ledger.ledger import Ledger
from orangeday.system import credentials
from orangeday.text.display import visible
from orangeday.views import csv as export
from orangeday.views import ics, task_file
from orangeday.views import service_files as jobs
from orangeday.views.host_setup import HostSetup

from ..support import calendar_reader, campaigns, live_accounts, task_scheduler
from ..support.common import BEFORE, plan_of
from ..support.crontab import lines_of
from ..support.live_accounts import LiveAccount
from ..support.offices import DUE

HOSTILE = {
    "a line of cron's": "x\n* * * * * touch owned #",
    "a line end of old": "x\r* * * * * touch owned",
    "a percent sign": "x % y %s %%",
    "quotes": "x ' y \" z",
    "backticks": "x `touch owned` y",
    "a substitution": "x $(touch owned) ${HOME} y",
    "a semicolon": "x; touch owned; & y | z",
    "an escape": "x \x1b]0;owned\x07 \x1b[2J \x9b31m y",
    "a direction": "x \u202eDENWO\u202c y \u2066z",
    "nothing at all": "x\x00y",
    "a formula": "=cmd|' /C calc'!A0",
    "a sum": "+1+cmd",
    "a difference": "-1+cmd",
    "a call": "@SUM(1)",
    "a formula after a tab": "\t=1+1",
    "a formula after a line end": "\r=1+1",
    "a script": "</script><script>owned()</script><x-live onclick=owned()>",
    "an attribute": 'x" onerror="owned()" x-live="',
    "an entity": "&lt;x-live&gt; &#60;x-live&#62;",
    "an event": "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:owned\r\nEND:VEVENT",
    "specifiers": "x %i %%h %n ${PATH} \\",
    "a section": "x\n[Service]\nExecStartPre=+/bin/touch owned",
    "a continued line": "x \\",
    "a line that reads as ours": "x\nFORGED: nothing is wrong",
    "very much": "x" * 9_000,
}
ON_A_TERMINAL = ("an escape", "a direction", "a line end of old", "a line that reads as ours", "a script", "very much")
"""Those that would do something there that they don't do in a pipe."""
UNSEEN = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]"
"""What moves a cursor, colours a screen, or turns a text around."""
FORMLESS = [value for value in HOSTILE.values() if not re.fullmatch("x+", value)]
"""Those that are no id, no handle and no address."""
each_value = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())


def quoted(text: str) -> str:
    """As TOML writes any text."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def hostile_files(value: str, config: str = "", embassies: Sequence[str] = ("nairobi",)) -> dict[str, str]:
    """A campaign that says it wherever any text may stand; of the embassies the first is called so."""
    files = campaigns.files(embassies=dict.fromkeys(embassies, "Africa/Nairobi"), config=config)
    said = quoted(f"{value} {{city}}".replace("{", "{{").replace("}", "}}").replace("{{{{city}}}}", "{city}"))
    files["posts/campaign.toml"] += (
        f'title = {quoted(value)}\nminister = {quoted(value)}\n'
        f'[release]\ntitle = {quoted(value)}\n[handles.un]\nname = {quoted(value)}\n'
    )  # fmt: skip
    aged = f"as_of = 2020-01-01\nreason = {quoted(value)}\n"
    files["posts/facts.toml"] += f"paragraph = 1\n[two]\nstatement = {quoted(value)}\n{aged}"
    files["posts/01-day/day.toml"] = f'title = {quoted(value)}\nfacts = ["one"]\nmedia = [{quoted(value)}]\n'
    files["posts/01-day/en.toml"] = f"text = {said}\n[alt]\n{quoted(value)} = {quoted(value)}\n"
    files["posts/03-day/day.toml"] = f'title = {quoted(value)}\nfacts = ["one"]\n'  # it goes out: nothing else is amiss
    files["posts/02-day/day.toml"] = f'title = {quoted(value)}\nfacts = ["one", "two"]\nlink.fr = {quoted(value)}\n'
    files["posts/02-day/en.toml"] = (
        'text = "{embassy} {city} {minister} {@un} {helpline} {from_city} {link}"\n'
        f"[accept]\nx = {quoted(value)}\n"
    )
    named = ("name", "city", "helpline", "words.from_city", "card_name")
    name = "".join(f"{key} = {{ en = {quoted(value)} }}\n" for key in named)
    files["config.toml"] = re.sub(r"city = .*\n", lambda _: name, files["config.toml"], count=1)
    return files


def on_few_days(files: Mapping[str, str], days: Sequence[int] = (1, 2, 3, 16)) -> dict[str, str]:
    """The same campaign, with nothing to post on other days: what is shown of those would be more of the same."""
    config = files["config.toml"].replace("\ntimezone = ", f"\ndays = {{ en = {[*days]} }}\ntimezone = ")
    others = {f"posts/{day:02}-day/en.toml" for day in DAYS if day not in days}
    left = {name: text for name, text in files.items() if name not in others}
    return {**left, "config.toml": config}


def written(folder: Path, files: Mapping[str, str]) -> Plan:
    return plan_of(campaigns.write(folder, files))


@pytest.fixture
def run(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*argv: str) -> tuple[int, str, str]:
        status = main(argv)
        said = capsysbinary.readouterr()
        out, err = said.out.decode(), said.err.decode()
        assert "Traceback" not in out + err and "itself failed" not in out + err, err
        return status, out, err

    return run


# What has a form of its own is refused

REFUSED: Mapping[str, Callable[[dict[str, str], str], None]] = {
    "the campaign's id": lambda files, value: files.update(
        {"posts/campaign.toml": f"id = {quoted(value)}\n"}
    ),
    "a language": lambda files, value: files.update(
        {"config.toml": files["config.toml"].replace('languages = ["en"]', f"languages = [{quoted(value)}]")}
    ),
    "an embassy's id": lambda files, value: files.update(
        {"config.toml": files["config.toml"].replace("[embassies.nairobi]", f"[embassies.{quoted(value)}]")}
    ),
    "a time zone": lambda files, value: files.update(
        {"config.toml": files["config.toml"].replace('"Africa/Nairobi"', quoted(value))}
    ),
    "a handle": lambda files, value: files.update(
        {"config.toml": files["config.toml"].replace('"example_be_nairobi_x"', quoted(value))}
    ),
    "a service": lambda files, value: files.update(
        {"config.toml": files["config.toml"] + f"[bluesky]\nservice = {quoted(value)}\n"}
    ),
    "the ledger's address": lambda files, value: files.update(
        {"config.toml": files["config.toml"] + f"[ledger]\nurl = {quoted(value)}\n"}
    ),
    "a hashtag": lambda files, value: files.update(
        {"posts/campaign.toml": files["posts/campaign.toml"] + f"[hashtags]\nen = [{quoted(value)}]\n"}
    ),
    "a link": lambda files, value: files.update(
        {"posts/01-day/day.toml": files["posts/01-day/day.toml"] + f"link = {quoted(value)}\n"}
    ),
    "a link to a script": lambda files, value: files.update(
        {"posts/01-day/day.toml": files["posts/01-day/day.toml"] + f'link = {quoted(f"javascript:{value}")}\n'}
    ),
}  # fmt: skip
IN_LINES = frozenset(REFUSED) - {"a link", "a link to a script"}  # fmt: skip
"""Those that the lines for a machine depend on."""


@pytest.mark.parametrize("moment", [datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 11, 13, tzinfo=UTC)])
@pytest.mark.parametrize("value", FORMLESS)
def test_an_id_that_is_none_is_part_of_no_line(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]], value: str, moment: datetime
) -> None:
    """Also just after a campaign, when it is said which one is meant, and how the other one is named."""
    files = on_few_days(campaigns.files(), (1, 16))
    campaigns.write(tmp_path, {**files, "posts/campaign.toml": f"id = {quoted(value)}\n"})
    with time_machine.travel(moment):
        for line in ("status", "report", "check", "approve --diff", "export csv", "export cron", "rehearse", "alert"):
            _, out, err = run(*line.split())
            harmless(out + err)
            assert "--campaign x" not in out + err, line


@pytest.mark.parametrize("value", FORMLESS)
def test_what_has_a_form_of_its_own_is_refused_and_nothing_is_written(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]], value: str
) -> None:
    """Each place meets each value, and each export: which of them, goes round from value to value."""
    before: dict[str, str] = {}
    for nth, (place, put) in enumerate(REFUSED.items(), FORMLESS.index(value)):
        files = campaigns.files()
        put(files, value)
        campaigns.write(tmp_path, dict(files.items() - before.items()))
        before = files
        status, out, err = run("check")
        assert status == 1, (place, out, err)
        harmless(out + err)
        what = ("cron", "ics", "systemd", "csv")[nth % 4]
        status, out, err = run("export", what, *(["--output", "document"] if nth % 8 < 4 else []))
        if what in ("ics", "csv") or place in IN_LINES:
            assert status in (1, 2) and out == "" and not (tmp_path / "document").exists(), (place, what, out)
            assert "config.toml:" in err or "posts/" in err, "it says where"
            harmless(err)
        else:
            assert status == 0, (place, what, err)
            (tmp_path / "document").unlink(missing_ok=True)


def test_an_export_that_is_refused_says_why_and_leaves_the_old_one(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    files = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "lima": "America/Lima"})
    campaigns.write(tmp_path, files)
    for what in ("cron", "systemd", "ics", "csv"):
        assert run("export", what, "--output", what)[0] == 0
    before = {what: (tmp_path / what).read_bytes() for what in ("cron", "systemd", "ics", "csv")}
    handle = 'bluesky = { handle = "lima.example" }'
    config = files["config.toml"].replace(handle, 'bluesky = { handle = "@lima.example" }')
    campaigns.write(tmp_path, {"config.toml": config, "posts/05-day/en.toml": 'text = "{nobody}"\n'})
    for what in ("ics", "csv"):
        status, out, err = run("export", what, "--output", what)
        assert (status, out) == (1, "") and "There are 2 errors" in err and "nothing was written" in err
        assert re.search(r"posts/05-day/en.toml:1: error: ", err) and re.search(r"config.toml:\d+: error: ", err)
        status, _, err = run("export", what, "--output", what, "--embassy", "nairobi")
        assert status == 1 and "There is an error" in err and "lima" not in err, "an error of lima's isn't in it"
    for what in ("cron", "systemd"):
        status, _, err = run("export", what, "--output", what)
        assert status == 1 and "There is an error" in err and "05-day" not in err, "no text is in these lines"
        assert run("export", what, "--embassy", "nairobi", "--output", f"{what}-of-nairobi")[0] == 0
    assert {what: (tmp_path / what).read_bytes() for what in before} == before
    campaigns.write(tmp_path, {"config.toml": config.replace("[campaign]", '[campaign]\nstart = "soon"')})
    for what in before:
        assert run("export", what)[:2] == (2, ""), "a config that can't be used"


# Lines for a machine


def machine(folder: Path, user: str = "ann", host: str = "vm", program: str = "orangeday") -> HostSetup:
    return HostSetup([str(folder / program)], user, host, folder / "secrets.env", folder / "state", None)


def in_a_folder(tmp_path: Path, value: str) -> Path | None:
    """A project in a folder of this name; None where no folder can have it."""
    name = value.replace("/", "∕")[:100]
    if "\0" in name:
        return None
    (tmp_path / name).mkdir()
    return tmp_path / name


@pytest.mark.invariant(18)
@each_value
def test_cron_gets_the_lines_that_it_should_and_no_other(tmp_path: Path, value: str) -> None:
    plan = written(tmp_path, hostile_files(value))
    expected = lines_of(jobs.cron(written(tmp_path / "plain", campaigns.files()), machine(tmp_path / "plain")))
    made = jobs.cron(plan, machine(tmp_path, host=value, user=value))
    assert [when for when, _ in lines_of(made)] == [when for when, _ in expected]
    assert len(made.split("\n")) == len(jobs.cron(plan, machine(tmp_path)).split("\n"))
    assert not re.search(UNSEEN, made)
    folder = in_a_folder(tmp_path, value)
    if folder is None:
        return
    plan = written(folder, campaigns.files())
    try:
        made = jobs.cron(plan, machine(folder))
    except OrangedayError as refused:
        assert "Nothing was written" in str(refused)
        return
    for _, command in lines_of(made):
        words = shlex.split(command, comments=False)
        assert str(folder / "config.toml") in words, "the path is one word of the shell's"
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("value", FORMLESS)
def test_an_id_that_no_rule_was_asked_about_is_refused_where_the_line_is_made(tmp_path: Path, value: str) -> None:
    files = campaigns.files()
    files["posts/campaign.toml"] = f"id = {quoted(value)}\n"
    plan = written(tmp_path, files)
    refused = pytest.raises(OrangedayError, match=r"campaign\.toml: .* Nothing was written")
    with refused:
        jobs.cron(plan, machine(tmp_path))
    with refused:
        jobs.systemd(plan, machine(tmp_path), None)
    with refused:
        task_file.task_file(plan, machine(tmp_path))


def unit_of(text: str) -> dict[str, list[tuple[str, str]]]:
    """A unit as systemd.syntax(7) has it: sections, and their keys in order; a backslash at the end goes on."""
    sections: dict[str, list[tuple[str, str]]] = {}
    lines, goes_on = text.split("\n"), ""
    for line in lines:
        if not goes_on and (not line.strip() or line.lstrip()[0] in "#;"):
            continue
        line = f"{goes_on}{line}"
        goes_on = ""
        if line.endswith("\\"):
            goes_on = line[:-1] + " "
            continue
        if line.startswith("["):
            assert line.endswith("]") and line[1:-1] not in sections, line
            sections[line[1:-1]] = []
            continue
        key, equals, said = line.partition("=")
        assert equals and re.fullmatch("[A-Za-z]+", key), line
        sections[[*sections][-1]].append((key, said))
    return sections


@pytest.mark.invariant(18)
@each_value
def test_systemd_gets_the_unit_that_it_should_and_no_other_key(tmp_path: Path, value: str) -> None:
    plain = written(tmp_path / "plain", campaigns.files())
    keys = [(name, [key for key, _ in said]) for name, said in
            unit_of(jobs.systemd(plain, machine(tmp_path), tmp_path / "orangeday.db")).items()]  # fmt: skip
    plan = written(tmp_path, hostile_files(value))
    made = jobs.systemd(plan, machine(tmp_path, host=value), tmp_path / "orangeday.db")
    assert [(name, [key for key, _ in said]) for name, said in unit_of(made).items()] == keys
    assert not re.search(UNSEEN, made)
    try:
        made = jobs.systemd(plan, machine(tmp_path, user=value), None)
        (user,) = [said for key, said in unit_of(made)["Service"] if key == "User"]
        assert user.replace("%%", "%") == value and "%" not in user.replace("%%", "")
    except OrangedayError as refused:
        assert "Nothing was written" in str(refused)
    folder = in_a_folder(tmp_path, value)
    if folder is None:
        return
    plan = written(folder, campaigns.files())
    (folder / "orangeday").write_text("#!/bin/sh\n")
    (folder / "orangeday").chmod(0o755)
    try:
        made = jobs.systemd(plan, machine(folder, user="root"), folder / "orangeday.db")
    except OrangedayError as refused:
        assert "A unit can't name" in str(refused)
        return
    named = [key for key, _ in unit_of(made)["Service"]]
    assert named == [*dict(keys)["Service"]]
    if program := shutil.which("systemd-analyze"):
        unit = tmp_path / "orangeday.service"
        unit.write_text(made, encoding="utf-8")
        tried = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
        about = [line for line in tried.stderr.splitlines() if "orangeday" in line]
        assert (tried.returncode, about) == (0, []), tried.stderr


@each_value
def test_a_task_has_the_elements_that_it_should_and_no_other(tmp_path: Path, value: str) -> None:
    plan = written(tmp_path, hostile_files(value))
    plain = task_scheduler.task(task_file.task_file(plan, machine(tmp_path)))
    task = task_scheduler.task(task_file.task_file(plan, machine(tmp_path, host=value, user=value)))
    assert (task.program, task.words, task.settings) == (plain.program, plain.words, plain.settings)
    assert not re.search(UNSEEN, task.author + task.description)
    folder = in_a_folder(tmp_path, value)
    if folder is None:
        return
    plan = written(folder, campaigns.files())
    try:
        made = task_file.task_file(plan, machine(folder))
    except OrangedayError as refused:
        assert "Nothing was written" in str(refused)
        return
    task = task_scheduler.task(made)
    assert task.program == str(folder / "orangeday")
    assert task.words[:3] == ["--config", str(folder / "config.toml"), "publish"]


def test_a_path_that_windows_would_read_otherwise_is_refused(tmp_path: Path) -> None:
    for name in ("100%PATH%", "100%", 'a" --live "', "a $(Arg0)", "a\u2028b"):
        plan = written(tmp_path / name, campaigns.files())
        with pytest.raises(OrangedayError, match="A task of Windows can't be told of"):
            task_file.task_file(plan, machine(tmp_path / name))
    for name in ("a b;c'd(e)", "a & calc", "<a>|b^", "l’été à Liège", "$HOME `n ${x} #", "a\\b \\", "x" * 250):
        folder = tmp_path / name
        task = task_scheduler.task(task_file.task_file(written(folder, campaigns.files()), machine(folder)))
        assert task.program == str(folder / "orangeday"), name
        assert task.words == ["--config", str(folder / "config.toml"), "publish", "--live", "--campaign", "16days-2026"]


# Documents


@each_value
def test_a_calendar_has_its_events_and_no_other(tmp_path: Path, value: str) -> None:
    plan = written(tmp_path, hostile_files(value))
    made = ics.calendar(plan, BEFORE)
    lines = made.split(b"\r\n")
    assert lines.pop() == b"" and not any(b"\n" in line or b"\r" in line for line in lines)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", made.replace(b"\r\n", b""))
    events = Calendar.from_ical(made).walk("VEVENT")
    assert len(events) == 16 and "owned" not in {str(event["UID"]) for event in events}
    assert len(calendar_reader.read(made)) == 16, "nor for who reads it strictly"
    names = {line.partition(b":")[0].partition(b";")[0] for line in lines if not line.startswith(b" ")}
    plain = ics.calendar(written(tmp_path / "plain", campaigns.files()), BEFORE).split(b"\r\n")
    assert names <= {line.partition(b":")[0].partition(b";")[0] for line in plain}


@each_value
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_table_has_its_cells_and_no_formula(tmp_path: Path, value: str, between: str) -> None:
    plan = written(tmp_path, hostile_files(value))
    a_table(export.plan_csv(plan, lambda _: value, between), between, len([*plan]))


def a_table(made: bytes, between: str, rows: int) -> None:
    csv.field_size_limit(10_000_000)
    read = [*csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""), delimiter=between)]
    assert len(read) == 1 + rows and len({len(row) for row in read}) == 1
    for row in read:
        for cell in row:
            assert not re.match(r"[\s\x00-\x1f]*[=+\-@\t\r]", cell), cell
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", cell), "no terminal obeys it"


TAGS = frozenset(
    """
    a article b bdi body caption code dd del details div dl dt footer g h1 h2 h3 head header html image ins li link main
    mark meta nav ol p path rect s section span style summary svg symbol table tbody td text th thead time title tr ul
    use
    """.split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """
    aria-hidden aria-label aria-labelledby charset class content d datetime dir fill focusable height href http-equiv id
    lang
    name open preserveaspectratio rel role rx scope transform translate viewbox width x y
    """.split()  # noqa: SIM905
)


class Page(HTMLParser):
    """What of a page is live: every tag and attribute has to be one of ours."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, said in attrs:
            assert name in ATTRIBUTES, (tag, name)
            if name == "href":
                assert re.match(r"#|https?://|data:(image/\w+;base64,|,$)", said or ""), said
            if name in ("id", "class", "role", "http-equiv", "name"):
                assert "owned" not in (said or ""), said

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def a_page(source: str) -> str:
    """Judges a page; gives its words."""
    page = Page(source)
    words = "".join(page.words)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2067]", source), "nothing turns it around"
    assert source.count("<script") == 0 and source.count("Content-Security-Policy") == 1
    return words


@pytest.mark.invariant(18)
@each_value
def test_no_tag_or_attribute_on_the_page_is_a_values(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]], value: str
) -> None:
    campaigns.write(tmp_path, hostile_files(value))
    assert run("preview", "1", "2", "--html", "page.html")[0] == 0
    words = a_page((tmp_path / "page.html").read_text("utf-8"))
    shown = visible(value.split("\n")[0][:50])
    assert "".join(shown.split()) in "".join(words.split()), "it stands there as text"


# What is kept, and told: reasons and names of people, and what a server says


class Mail(threading.Thread):
    """A mail server that takes one message."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.content = b""
        self.start()

    def run(self) -> None:
        connection, _ = self.listening.accept()
        with connection, connection.makefile("rwb") as line:

            def say(words: bytes) -> None:
                line.write(words + b"\r\n")
                line.flush()

            say(b"220 here")
            while word := line.readline().upper():
                if word.startswith(b"DATA"):
                    say(b"354 go on")
                    while (part := line.readline()) != b".\r\n":
                        self.content += part
                say(b"221 bye" if word.startswith(b"QUIT") else b"250 well")
                if word.startswith(b"QUIT"):
                    break

    @property
    def message(self) -> Message:
        self.join(20)
        self.listening.close()
        return message_from_bytes(self.content)


@each_value
def test_a_mail_says_it_and_nothing_in_it_is_live(tmp_path: Path, value: str) -> None:
    mail = Mail()
    url = f"mailto://127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org&mode=insecure&smtp=127.0.0.1"
    plan = written(tmp_path, campaigns.files(config=f'[alerts]\nurl = "{url}"'))
    post = AlertPost("16days-2026/01/nairobi/x/en", f"{value}, day 1", f"→ {value}")
    assert alerts.send(plan, *AlertTopic("refused", value, (post,)).message()) is None
    message = mail.message
    assert message["X-Owned"] is None
    subject = str(make_header(decode_header(message["Subject"])))
    assert subject.startswith("orangeday: 1 post refused (") and "\n" not in subject
    parts = {
        part.get_content_type(): part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()
    }
    assert parts and parts.keys() <= {"text/plain", "text/html"}
    for kind, content in parts.items():
        assert isinstance(content, bytes)
        text = content.decode()
        if kind == "text/html":
            for tag in re.findall(r"<\s*/?\s*([\w-]+)", text):
                assert tag in ("html", "head", "title", "body", "br", "p"), text[:500]
            assert "16days-2026/01" in text
        else:
            harmless(text.replace("\r\n", "\n"))
            assert len(text.split("\n")) < 13 and "\nFORGED" not in text


def harmless(said: str) -> None:
    """Nothing in it moves a cursor, colours a screen, turns the text around, or begins a line in our name."""
    assert not re.search(UNSEEN, said), ascii(said)[-400:]
    lines = said.split("\n")
    assert not any(re.match(r"\s*(FORGED|END:|UID:|\[Service\]|ExecStart\w+=\+|\* \* \* \* \* touch)", line)
                   for line in lines), said[-2000:]  # fmt: skip


class Hostile(LiveAccount):
    """An account on a server that says what it likes, in what it refuses and in its receipts."""

    says = ""

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        if "/x/" in sent.document["key"]:
            raise Refused(self.says)
        return replace(super().publish(sent, armed), url=f"javascript:{self.says}")


@pytest.fixture
def eventful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], time_machine.Traveller]]:
    """A live campaign in which people and servers have said something: pauses, a refusal, a receipt, a note."""
    monkeypatch.setattr(live_accounts, "LiveAccount", Hostile)
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.live_accounts")
        for embassy in ("nairobi", "kampala"):
            for variable in credentials.variables(embassy, platform).values():
                monkeypatch.setenv(variable, "a-secret")

    def happen(value: str) -> time_machine.Traveller:
        files = hostile_files(value, 'start = 2026-11-25\n[publishing]\nmode = "live"', ("nairobi", "kampala"))
        files["config.toml"] = files["config.toml"].replace("example_be_", "be_").replace(".example", ".test")
        plan = written(tmp_path, on_few_days(files))
        approvals.approve(plan, approvals_content.subjects(plan), "Ann", BEFORE)
        with closing(Ledger(f"sqlite:///{tmp_path / 'orangeday.db'}", lambda: DUE, actor="Ann")) as ledger:
            ledger.record_sweep(plan.campaign_id, "", DUE - timedelta(hours=1))
            ledger.note("not retracted", "16days-2026/03/nairobi/x/en", value)
            ledger.pause("nairobi", value)
        Hostile.says = value
        main(["publish", "--live"])
        with closing(Ledger(f"sqlite:///{tmp_path / 'orangeday.db'}", lambda: DUE)) as ledger:
            rows = ledger.campaign_rows(plan.campaign_id)
        assert rows["16days-2026/03/kampala/x/en"].error and rows["16days-2026/03/kampala/bluesky/en"].receipt
        return clock

    with time_machine.travel(DUE + timedelta(days=2, minutes=1), tick=False) as clock:
        yield happen


@pytest.mark.invariant(18)
@pytest.mark.parametrize(
    ("value", "colours"),
    [
        *(pytest.param(value, False, id=f"{name}, in a pipe") for name, value in HOSTILE.items()),
        *(pytest.param(HOSTILE[name], True, id=f"{name}, on a terminal") for name in ON_A_TERMINAL),
    ],
)
def test_nothing_that_is_shown_is_obeyed(
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    eventful: Callable[[str], time_machine.Traveller],
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    colours: bool,
) -> None:
    clock = eventful(value)
    if colours:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "3000")  # no line of ours is folded before what was typed
    run("status")  # what was said meanwhile
    if "\0" not in value:
        run("pause", "x", "--reason", value, "--by", value)
    for words in (
        ["check"], ["calendar"], ["preview", "1", "2"], ["status"], ["status", "--log"], ["report"],
        ["report", "--html", "report.html"], ["approve", "--diff"], ["publish", "--dry-run"], ["doctor", "--offline"],
        ["resume", "nairobi", "--by", f"Ben {value}".replace("\0", "")], ["schedule"],
    ):  # fmt: skip
        if words == ["schedule"]:
            clock.move_to(DUE + timedelta(days=20))  # it sweeps once, says what there is to say, and ends
        status, out, err = run(*words)
        assert status in (0, 1), (words, err)
        plain = re.sub(r"\x1b\[(\?25[lh]|[0-9;]*m|1A|2K)", "", out + err).replace("\r", "") if colours else out + err
        # An isolate of ours stands around what runs from right to left; it is closed in its line.
        harmless(plain.replace("\u2068", "").replace("\u2069", ""))
    a_page((tmp_path / "report.html").read_text("utf-8"))
    report = _report(tmp_path)
    a_table(export.report_csv(report), ",", len(report.entries))


def _report(folder: Path) -> Report:
    plan = plan_of(folder / "config.toml")
    with closing(Ledger(f"sqlite:///{folder / 'orangeday.db'}", lambda: DUE)) as ledger:
        found = collect_entries(plan, ledger, DUE, statuses(plan, ledger, DUE, plan, None), lambda _: True)
        return build(plan, ledger, DUE, found, None, "")
