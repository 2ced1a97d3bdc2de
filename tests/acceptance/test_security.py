"""What stops who could post in an embassy's name, where no other test shows it: see docs/threats.md."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import select
import shutil
import signal
import ssl
import stat
import struct
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import certifi
import pytest
import time_machine
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Deferred, Payload, Receipt, Refused
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.http import MAX_RESPONSE_BYTES
from orangeday.adapters.x import adapter
from orangeday.adapters.x import client as oauth
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.content.encoding import EncodedPicture, Flaw, Picture, encode
from orangeday.content.images import inspect
from orangeday.platforms.bluesky import BLUESKY
from orangeday.system import credentials, machine
from orangeday.system.sessions import Session, Sessions

from ..servers.bluesky_server import Server
from ..servers.faulty_proxy import Answer, Exchange, Proxy, proxy_before, says
from ..servers.x_server import XAccount, XServer, x_server
from ..support import campaigns, live_accounts
from ..support.common import plan_of
from ..support.fork_server import born
from ..support.live_accounts import LiveAccount
from ..support.offset_clock import environment_at

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of this kind")

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Commands in a folder of their own, on day 1, with live accounts that need no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.live_accounts")
        for variable in credentials.variables("nairobi", platform).values():
            monkeypatch.setenv(variable, f"{variable}-secret")

    def run(*words: str) -> tuple[int, str]:
        status = main([*words])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out + said.err

    with time_machine.travel(DUE + timedelta(seconds=1)):
        yield run


def small() -> dict[str, str]:
    """A campaign whose accounts are no examples."""
    files = campaigns.files()
    files["config.toml"] = files["config.toml"].replace("example_be_", "be_").replace(".example", ".test")
    return files


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


# Files and their modes


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@on_posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_private_is_nobody_elses_whatever_the_umask(run: Run, tmp_path: Path, mask: int) -> None:
    with umask(mask):
        campaigns.write(tmp_path, small())
        assert run("approve", "all", "--by", "Ann")[0] == 0
        with time_machine.travel(DUE - timedelta(hours=20)):
            run("publish", "--live")
        assert run("publish", "--live")[0] == 0
        sessions = Sessions("https://example.org", "nairobi", "a password")
        sessions.keep(Session("1", "access", "refresh"))
    state = machine.state_folder()
    assert mode(state) == mode(state / "sessions") == 0o700
    kept = [file for file in state.rglob("*") if file.is_file() and file.suffix != ".lock"]
    assert {file.name.partition("-")[0] for file in kept} >= {"ledger", "machine", "example.org"}
    assert {mode(file) for file in kept} == {0o600}
    # What lies beside the config is the project's, and has the modes that its owner wants: it has no secret in it.
    for name in ("orangeday.db", "posts/approvals.toml"):
        assert mode(tmp_path / name) & ~(0o666 & ~mask) == 0, name
        assert b"-secret" not in (tmp_path / name).read_bytes()


@on_posix
@pytest.mark.parametrize("linked", [False, True])
def test_a_state_folder_that_others_may_write_is_closed_to_them(tmp_path: Path, linked: bool) -> None:
    state = machine.state_folder()
    elsewhere = tmp_path / "elsewhere"
    if linked:
        shutil.rmtree(state)
        elsewhere.mkdir()
        state.symlink_to(elsewhere)
    (state / "sessions").mkdir()
    for folder in (state, state / "sessions"):
        folder.chmod(0o777)
    Sessions("https://example.org", "nairobi", "a password").keep(Session("1", "access", "refresh"))
    assert mode(state) == mode(state / "sessions") == 0o700
    (file,) = (state / "sessions").glob("*.json")
    assert mode(file) == 0o600


@on_posix
def test_a_link_in_the_place_of_a_session_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    sessions = Sessions("https://example.org", "nairobi", "a password")
    sessions.keep(Session("1", "access", "refresh"))
    (file,) = (machine.state_folder() / "sessions").glob("*.json")
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    file.unlink()
    file.symlink_to(theirs)
    sessions.keep(Session("1", "access", "refresh"))
    assert theirs.read_text() == "theirs"
    assert not file.is_symlink() and mode(file) == 0o600


@on_posix
@pytest.mark.parametrize(
    "what", ["config.toml", "posts", "posts/03-day/en.toml", "posts/approvals.toml", "orangeday.db"]
)
def test_doctor_says_what_others_may_write(run: Run, tmp_path: Path, what: str) -> None:
    campaigns.write(tmp_path, small())
    run("approve", "all", "--by", "Ann")
    (tmp_path / "orangeday.db").touch()
    assert "every user of this machine" not in run("doctor", "--offline")[1]
    (tmp_path / what).chmod(0o777)
    said = run("doctor", "--offline")[1]
    assert "every user of this machine may write there" in " ".join(said.split())
    assert Path(what).name in said
    (tmp_path / what).chmod(0o775)  # a group is a person's own, mostly
    assert "every user of this machine" not in run("doctor", "--offline")[1]


# Paths that leave the folder of the posts


@on_posix
def test_no_link_and_no_name_leads_out_of_the_posts(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    Image.new("RGB", (600, 600), "red").save(outside / "secret.png")
    (outside / "en.toml").write_text('text = "PRIVATE WORDS"\n')
    (outside / "day.toml").write_text('title = "PRIVATE TITLE"\nfacts = ["one"]\n')
    files = small()
    names = (
        "../outside/secret.png",
        str(outside / "secret.png"),
        "C:\\secret.png",
        "media\\..\\..\\outside\\secret.png",
        "\\\\server\\share\\secret.png",
        "media/\\u0000.png",
        "media/link.png",
        "media/folder/secret.png",
        "media/../../outside/secret.png",
        "~/secret.png",
    )
    for day, name in enumerate(names, 1):
        written = name if "\\u0000" in name else name.replace("\\", "\\\\")
        files[f"posts/{day:02}-day/day.toml"] += f'media = ["{written}"]\n'
    campaigns.write(tmp_path, files)
    (tmp_path / "posts/media").mkdir()
    (tmp_path / "posts/media/link.png").symlink_to(outside / "secret.png")
    (tmp_path / "posts/media/folder").symlink_to(outside)
    text, folder = tmp_path / "posts/11-day/en.toml", tmp_path / "posts/12-day"
    text.unlink()
    text.symlink_to(outside / "en.toml")
    shutil.rmtree(folder)
    folder.symlink_to(outside)
    said = "".join(run(*words)[1] for words in (["check"], ["check", "--json"], ["preview"], ["rehearse"]))
    assert "PRIVATE" not in said
    problems = json.loads(run("check", "--json")[1])["problems"]
    held = {int(re.findall(r"posts/(\d\d)-", problem["file"])[0]) for problem in problems
            if problem["severity"] == "error" and "/posts/" in f"/{problem['file']}"}  # fmt: skip
    assert set(range(1, 13)) <= held
    assert run("rehearse")[0] == 1


# Pictures


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*before: bytes, width: int = 8, height: int = 8, pixels: bytes | None = None) -> bytes:
    raw = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height))) if pixels is None else pixels
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def frames(number: int) -> bytes:
    """A moving picture of so many frames."""
    one = b"\x21\xf9\x04\0\x01\0\0\0" + b"," + struct.pack("<HHHHB", 0, 0, 500, 500, 0) + b"\x02\x02\x4c\x01\0"
    table = b"\0\0\0\xff\xff\xff\xff\0\0\0\xff\0"
    return b"GIF89a" + struct.pack("<HH", 500, 500) + b"\x81\0\0" + table + one * number + b";"


def jpg(**more: bytes) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (600, 600), "red").save(content, "JPEG", **more)
    return content.getvalue()


def bomb(megabytes: int) -> bytes:
    """So many million zeros, compressed: one million of them, again and again, and the checksum of all."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"")
    million = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.flush()[:-4]
    return head + million * megabytes + end + struct.pack(">HH", megabytes * 1_000_000 % 65_521, 1)


PICTURES: dict[str, Callable[[], bytes]] = {
    "20,000 × 20,000": lambda: png(width=20_000, height=20_000, pixels=bomb(400)),
    "pixels without end": lambda: png(pixels=bomb(400)),
    "a GIF of five thousand frames": lambda: frames(5_000),
    "iTXt": lambda: png(chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb(300))),
    "zTXt": lambda: png(chunk(b"zTXt", b"Comment\0\0" + bomb(300))),
    "a thousand zTXt": lambda: png(*[chunk(b"zTXt", b"Comment\0\0" + bomb(1))] * 1000),
    "ICC": lambda: png(chunk(b"iCCP", b"Profile\0\0" + bomb(300))),
    "ICC of a JPEG": lambda: jpg(icc_profile=b"\0" * 10_000_000),
    "EXIF": lambda: png(chunk(b"eXIf", b"MM\0*\0\0\0\x08\x3f" + b"\xff" * 5_000_000)),
    "EXIF that leads to itself": lambda: png(
        chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08")
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_made_to_do_harm_costs_little_and_takes_nothing_along(tmp_path: Path, name: str) -> None:
    content = PICTURES[name]()
    (tmp_path / "bomb").write_bytes(content)
    (tmp_path / "again").write_bytes(content + b"\0")  # not the same, since who has seen it remembers what came of it
    began = time.process_time()
    found, sent = inspect(tmp_path / "bomb"), encode(content, BLUESKY.pictures)
    took = time.process_time() - began
    tracemalloc.start()  # which makes it ten times slower
    inspect(tmp_path / "again"), encode(content + b"\0", BLUESKY.pictures)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, Flaw | Picture)
    assert isinstance(sent, Flaw) or len(sent.content) < 2_000_000
    assert most < 150_000_000
    assert took < 5
    if isinstance(sent, EncodedPicture):
        assert b"Comment" not in sent.content and b"eXIf" not in sent.content


def test_a_picture_that_is_swapped_after_its_approval_is_not_sent(run: Run, tmp_path: Path) -> None:
    files = small()
    files["posts/01-day/day.toml"] += 'media = ["media/a.png"]\n'
    files["posts/01-day/en.toml"] += '[alt]\n"media/a.png" = "Red."\n'
    campaigns.write(tmp_path, files)
    (tmp_path / "posts/media").mkdir()
    Image.new("RGB", (600, 600), "red").save(tmp_path / "posts/media/a.png")
    run("approve", "all", "--by", "Ann")
    with time_machine.travel(DUE - timedelta(hours=20)):
        run("publish", "--live")
    before = (tmp_path / "posts/media/a.png").stat()
    Image.new("RGB", (600, 600), "blue").save(tmp_path / "posts/media/a.png")
    os.utime(tmp_path / "posts/media/a.png", ns=(before.st_atime_ns, before.st_mtime_ns))
    status, said = run("publish", "--live")
    assert status == 1 and "held" in said
    assert not list(tmp_path.glob("*.book"))


# What a terminal would obey

ORDERS = (
    "\x1b[2J",
    "\x1b]8;;https://example.org/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\x9d52;c;ZXZpbA==\x9c",
    "\x90q\x9c",
    "\u202egnp.exe",
    "\u2066\u2067",
    "\x08\x08\x7f",
)
NASTY = "".join(ORDERS)
OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


def unobeyed(said: str) -> None:
    found = OBEYED.search(said)
    assert not found, f"{found[0]!r} in {said[max(0, found.start() - 80) : found.end() + 40]!r}"
    assert said.count("\u2068") + said.count("\u2066") + said.count("\u2067") == said.count("\u2069"), "open isolates"


class Rude(LiveAccount):
    """Says what it wants."""

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        raise Refused(f"no: {NASTY}")


def nasty_files() -> dict[str, str]:
    quoted = json.dumps(NASTY.replace("\x7f", "\u202a"))
    files = small()
    files["posts/campaign.toml"] = f'id = "16days"\ntitle = {quoted}\nminister = {quoted}\n'
    files["posts/campaign.toml"] += f"[handles.un]\nname = {quoted}\n"
    files["posts/facts.toml"] = f"[one]\nstatement = {quoted}\n"
    for day in range(1, 17):
        files[f"posts/{day:02}-day/day.toml"] = f'title = {quoted}\nfacts = ["one"]\n'
    files["posts/01-day/en.toml"] = 'text = "One"\n'  # it goes out, and the platform answers rudely
    files["posts/06-day/en.toml"] = f"text = {json.dumps('Six' + NASTY)}\n"
    files["posts/02-day/day.toml"] += f"media = [{quoted}]\n"
    files["posts/03-day/en.toml"] = f'text = "Three"\n{quoted} = 3\n[accept]\nnear-duplicate = {quoted}\n'
    files["posts/04-day/day.toml"] += f"link = {quoted}\n"
    files["config.toml"] = files["config.toml"].replace('city = { en = "Nairobi" }', f"city = {{ en = {quoted} }}")
    return files


@on_posix
def test_no_command_gives_a_terminal_anything_to_obey(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = nasty_files()
    # What has an invisible character can't be approved.
    files["config.toml"] = f"[publishing]\nrequire_approval = false\n{files['config.toml']}"
    campaigns.write(tmp_path, files)
    for name in ("17-\x1b[2J", "18-day\x1b]0;x\x07"):
        (tmp_path / "posts" / name).mkdir()
        (tmp_path / "posts" / name / "en\x1b[2J.toml").write_text('text = "x"\n')
    (tmp_path / "posts/05-day/e\x1b[2J.toml").write_text("x")
    monkeypatch.setattr(live_accounts, "LiveAccount", Rude)
    with time_machine.travel(DUE - timedelta(hours=20)):
        run("publish", "--live")
    commands = [
        *(["check"], ["check", "--json"], ["calendar"], ["calendar", "--json"], ["preview"], ["preview", "--json"]),
        *(["approve", "--diff"], ["approve", "all", "--by", NASTY], ["approve", "--diff"]),
        *(["rehearse"], ["rehearse", "--json"], ["publish", "--live"], ["publish", "--live", "--json"]),
        *(["pause", "nairobi", "--reason", NASTY, "--by", NASTY], ["status"], ["status", "--log"]),
        *(["status", "--json"], ["status", "--log", "--json"], ["doctor", "--offline"]),
        ["doctor", "--offline", "--json"],
        *(["alert"], ["pause", NASTY], ["retry", NASTY], ["preview", NASTY], ["--config", NASTY, "check"], [NASTY]),
        *(["publish", "--embassy", NASTY], ["approve", NASTY], ["login", NASTY, "x"], ["login", "nairobi", NASTY]),
    ]  # fmt: skip
    heard = ""
    for words in commands:
        status, said = run(*words)
        assert status in (0, 1, 2), words
        assert "itself failed" not in said, said
        unobeyed(said)
        if "--json" in words and status < 2:
            json.loads(said[said.index("{") : said.rindex("}") + 1])
        heard += said
    assert "[2J" in heard and "refused" in heard
    logged = run("status", "--log")[1]
    assert "no: " in logged and "pause" in logged


@on_posix
def test_what_a_text_has_in_it_is_a_problem_or_goes_out_as_it_stands(run: Run, tmp_path: Path) -> None:
    files = small()
    for day, order in enumerate(ORDERS, 1):
        files[f"posts/{day:02}-day/en.toml"] = f"text = {json.dumps(f'Day {day}: {order}!')}\n".replace(
            "\x7f", "\\u007f"
        )
    plan = plan_of(campaigns.write(tmp_path, files))
    for day, order in enumerate(ORDERS, 1):
        of = plan.find(f"16days-2026/{day:02}/nairobi/x/en")
        assert of and of.rendered_text
        assert of.rendered_text.text == f"Day {day}: {order}!", "it is the officer's, to the character"


@on_posix
@pytest.mark.parametrize("in_a_terminal", [False, True])
def test_schedule_gives_a_terminal_nothing_to_obey(tmp_path: Path, in_a_terminal: bool) -> None:
    campaigns.write(tmp_path, nasty_files())
    environment = {**environment_at(DUE), "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    end, other = os.openpty() if in_a_terminal else os.pipe()
    program = born(
        "tests.support.offset_clock", ["schedule", "--dry-run"], tmp_path, environment, out=other,
        terminal=in_a_terminal,
    )  # fmt: skip
    os.close(other)
    try:
        said = heard(end, 60, b"nairobi") + heard(end, 1)
        program.send_signal(signal.SIGTERM)
        said += heard(end, 60)
        assert program.wait(60) == 0, said
    finally:
        program.kill()
        os.close(end)
    text = said.decode().replace("\r", "")
    if in_a_terminal:  # Rich's own: colours, lines that are drawn anew, the cursor, the alternate screen
        text = re.sub(r"\x1b\[[0-9;]*[mAK]|\x1b\[\?25[lh]|\x1b\[2K|\x1b\[\?1049[lh]|\x1b\[H", "", text)
    assert "nairobi" in text
    unobeyed(text)


def heard(end: int, seconds: float, words: bytes = b"") -> bytes:
    """What is said there, until these words have come, the other end is closed, or the time is over."""
    said, deadline = b"", time.monotonic() + seconds
    with suppress(OSError):  # how Linux says that the other end of a terminal is closed
        while not (words and words in said) and select.select([end], [], [], max(0, deadline - time.monotonic()))[0]:
            if not (piece := os.read(end, 65_536)):
                break
            said += piece
    return said


# The network


@dataclass
class Desks:
    """An account on either platform, as its adapter reaches it at an address."""

    folder: Path
    x: XServer
    pds: Server
    proxy: Proxy
    on_x: XAccount
    app_password: str
    handle: str

    def verify(self, platform: str, url: str) -> str:
        if platform == "x":
            oauth.App._apps.clear()
            files = campaigns.on_x(campaigns.files(), url, nairobi=self.on_x.handle)
            of = plan_of(campaigns.write(self.folder, files)).find("16days-2026/01/nairobi/x/en")
            assert of
            return adapter.verify(of.account, self.x.credentials(self.on_x), system_clock)
        files = campaigns.on_bluesky(campaigns.files(), url, nairobi=self.handle)
        of = plan_of(campaigns.write(self.folder, files)).find("16days-2026/01/nairobi/bluesky/en")
        assert of
        return bluesky.verify(of.account, {"APP_PASSWORD": self.app_password}, system_clock)

    def server(self, platform: str) -> XServer | Proxy:
        return self.x if platform == "x" else self.proxy


@pytest.fixture
def desks(tmp_path: Path, x: XServer, pds: Server) -> Iterator[Desks]:
    account = pds.account()
    with proxy_before(pds.url) as proxy:
        yield Desks(tmp_path, x, pds, proxy, x.account(), account.app_password, account.handle)


@pytest.mark.invariant(11)
@pytest.mark.parametrize("to", ["another host", "http", "itself", "a file", "nowhere"])
@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_no_adapter_follows_a_redirect(desks: Desks, platform: str, to: str) -> None:
    with x_server() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            server = desks.server(platform)
            where = {
                "another host": f"{elsewhere.url}/2/users/me",
                "http": elsewhere.url.replace("127.0.0.1", "localhost"),
                "itself": server.url,
                "a file": "file:///etc/passwd",
                "nowhere": "http://[",
            }[to]
            server.seen.clear()
            server.fault("", says(status, {}, {"Location": where}), times=None)
            with pytest.raises(Deferred):
                desks.verify(platform, server.url)
            server.heal()
            assert elsewhere.seen == []
            assert len(server.seen) == 1, "it was asked once, and asked for nothing else"


@pytest.mark.invariant(11)
@pytest.mark.parametrize("command", ["doctor", "login"])
@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_no_command_follows_a_redirect(
    desks: Desks, platform: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server, base = desks.server(platform), campaigns.files()
    monkeypatch.chdir(desks.folder)
    with x_server() as elsewhere:
        if platform == "x":
            campaigns.write(desks.folder, campaigns.on_x(base, server.url, nairobi=desks.on_x.handle))
        else:
            campaigns.write(desks.folder, campaigns.on_bluesky(base, server.url, nairobi=desks.handle))
        given = desks.x.credentials(desks.on_x) if platform == "x" else {"APP_PASSWORD": desks.app_password}
        server.fault("", says(308, {}, {"Location": elsewhere.url}), times=None)
        if command == "login":
            monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*given.values(), ""])))
            assert main(["login", "nairobi", platform, "--stdin"]) == 1
        else:
            for name, value in given.items():
                monkeypatch.setenv(credentials.variables("nairobi", platform)[name], value)
            main(["doctor", "--json"])
        assert server.seen and elsewhere.seen == []
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said and not any(value in said for value in given.values())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_alert_follows_a_redirect(run: Run, tmp_path: Path, x: XServer, status: int) -> None:
    with x_server() as elsewhere:
        x.fault("", says(status, {}, {"Location": f"{elsewhere.url}/hook"}), times=None)
        config = f'[alerts]\nurl = "{x.url.replace("http", "json")}/{{secret}}"\n'
        files = small()
        campaigns.write(tmp_path, {**files, "config.toml": files["config.toml"] + config})
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(credentials.ALERTS_VARIABLE, "s3cret-of-the-alerts")
            said = run("alert", "--test")
        assert said[0] == 1 and "didn't go out" in said[1]
        assert "s3cret" not in said[1]
        assert len(x.seen) == 1 and elsewhere.seen == []


def certificate(folder: Path, trouble: str) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate, and a file with the authority that has signed it."""
    now = system_clock()
    days = (-9, -1) if trouble == "expired" else (-9, 9)

    def made(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: ec.EllipticCurvePrivateKey,
             ca: bool) -> x509.Certificate:  # fmt: skip
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if not ca:
            host = (
                x509.DNSName("elsewhere.example")
                if trouble == "wrong host"
                else x509.IPAddress(ip_address("127.0.0.1"))
            )
            builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
        return builder.sign(by, hashes.SHA256())

    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])
    authority = made("an authority", keys[0], root, keys[0], ca=True)
    own = made("127.0.0.1", keys[1], root, keys[0], ca=False)
    private = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + own.public_bytes(Encoding.PEM))
    (folder / "authority.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "authority.pem"


@pytest.mark.invariant(11)
@pytest.mark.parametrize(
    "trouble", ["wrong host", "expired", "an authority that nobody knows", "known by the environment"]
)
@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_nothing_is_said_to_a_server_whose_certificate_does_not_hold(
    desks: Desks, platform: str, trouble: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    context, authority = certificate(desks.folder, trouble)
    if trouble != "an authority that nobody knows":
        # Who sets the environment says to other programs whom to trust, but not to this one.
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.setenv(name, str(authority))
        monkeypatch.setenv("SSL_CERT_DIR", str(desks.folder))
    server = desks.server(platform)
    server.serve_tls(context)
    url = server.url.replace("http:", "https:")
    with pytest.raises(Deferred, match="can't be reached") as failure:
        desks.verify(platform, url)
    assert "certificate" in str(failure.value).lower()
    monkeypatch.chdir(desks.folder)
    given = desks.x.credentials(desks.on_x) if platform == "x" else {"APP_PASSWORD": desks.app_password}
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*given.values(), ""])))
    assert main(["login", "nairobi", platform, "--stdin"]) == 1
    for name, value in given.items():
        monkeypatch.setenv(credentials.variables("nairobi", platform)[name], value)
    capsys.readouterr()
    main(["doctor", "--json"])
    checks = {check["check"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["account"]["state"] != "ok"
    assert checks["network"]["state"] == "failure" and "certificate" in checks["network"]["seen"]
    assert server.seen == [], "not a word was said"


def test_a_certificate_that_holds_is_taken_so_that_the_others_are_refused_for_their_own_sake(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, authority = certificate(desks.folder, "none")
    both = desks.folder / "both.pem"
    both.write_bytes(Path(certifi.where()).read_bytes() + authority.read_bytes())
    monkeypatch.setattr(certifi, "where", lambda: str(both))
    from orangeday.adapters import transport

    transport._ssl_context.cache_clear()
    try:
        for platform in ("x", "bluesky"):
            desks.server(platform).serve_tls(context)
            try:
                desks.verify(platform, desks.server(platform).url.replace("http:", "https:"))
            except Deferred as failure:  # the stand-in for X takes signatures for http alone
                assert platform == "x" and "certificate" not in str(failure)
            assert desks.server(platform).seen, "it was spoken to"
    finally:
        transport._ssl_context.cache_clear()


@pytest.mark.parametrize("host", ["api.x.com", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "[::2]",
                                  "127.0.0.1@example.org", "0x7f.1"])  # fmt: skip
@pytest.mark.parametrize("of", ["x", "bluesky"])
def test_plain_http_is_for_this_machine_alone(tmp_path: Path, of: str, host: str) -> None:
    files = campaigns.files()
    key = "base_url" if of == "x" else "service"
    files["config.toml"] += f'[{of}]\n{key} = "http://{host}"\n'
    problems = plan_of(campaigns.write(tmp_path, files)).config.problems
    assert any(problem.rule == "wrong-address" for problem in problems), problems


def test_the_environments_proxies_are_nobodys(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    with x_server() as theirs:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, theirs.url)
        for platform in ("x", "bluesky"):
            assert desks.verify(platform, desks.server(platform).url)
        assert theirs.seen == []


@cache
def packed(kind: str) -> bytes:
    """A document that is hundreds of times as long once it is unpacked."""
    whole = b'{"did": "' + b"x" * (20 * MAX_RESPONSE_BYTES) + b'"}'
    return gzip.compress(whole, 1) if kind == "gzip" else zstandard.compress(whole, 1)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_a_packed_answer_does_not_fill_the_memory(desks: Desks, platform: str, kind: str) -> None:
    desks.verify(platform, desks.server(platform).url)  # all is loaded
    content = packed(kind)

    def packs(exchange: Exchange) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": kind, "Date": exchange.date()}
        exchange.answer(Answer(200, content, headers))

    server = desks.server(platform)
    server.seen.clear()
    server.fault("", packs, times=None)
    tracemalloc.start()
    with pytest.raises(Deferred):
        desks.verify(platform, server.url)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30_000_000
    assert {seen.headers["Accept-Encoding"] for seen in server.seen} == {"identity"}
