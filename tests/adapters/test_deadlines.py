"""Nothing waits without end: a request has a limit for all of it, and its connection is closed before it is told.

Each server here is real, on loopback, and answers a little at a time; only the limit is shorter than in earnest.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orangeday.adapters import http as network
from orangeday.adapters import transport
from orangeday.adapters.base import Deferred, PlatformError, Unsure
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.bluesky.adapter import Bluesky
from orangeday.adapters.contract import ARMED_AT
from orangeday.adapters.http import NoResponse, NotSent
from orangeday.adapters.transport import Deadline, HttpClient
from orangeday.adapters.x import login as pin
from orangeday.clock import system_clock
from orangeday.content import config
from orangeday.doctor import clocks
from orangeday.system import credentials

from ..servers.bluesky_server import Account, Server
from ..servers.faulty_proxy import Faulty, Proxy, proxy_before
from ..servers.slow_server import MANNERS, Trickles, listening, never_accepting
from ..support import campaigns, offices
from ..support.common import EXAMPLE, ROOT
from ..support.offices import XOffice, a_picture, with_picture
from .bluesky.desk import Desk as OnBluesky
from .x import desk as x_desk
from .x.desk import Desk as OnX

LIMIT = 1.0
"""Seconds for a whole request, here."""
MARGIN = 4.0
"""Seconds that a busy machine may take longer."""

desk_of_x = x_desk.desk


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", LIMIT)


def test_in_earnest_it_is_far_less_than_the_time_after_which_absence_is_a_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    assert network.CONNECT_TIMEOUT <= network.READ_TIMEOUT < network.RESPONSE_TIMEOUT
    assert clocks._ANSWER_TIMEOUT < network.RESPONSE_TIMEOUT
    settle_after = config.load(EXAMPLE).platforms["x"].settle_after
    assert settle_after and timedelta(seconds=network.RESPONSE_TIMEOUT) <= settle_after / 3


# Every request of both platforms, side by side: each is kept waiting as long as the limit


@pytest.fixture(scope="module")
def login(pds: Server) -> Account:
    """One account for all: of what is asked within the limit nothing reaches it."""
    return pds.account()


def of_bluesky(desk: OnBluesky, unknown: Proxy) -> dict[str, Callable[[], object]]:
    """For each request something of which it is a part, with all that comes before it done.

    `unknown` stands before the same server, where this account hasn't logged in yet.
    """
    newcomer = OnBluesky(desk.folder / "newcomer", desk.pds, desk.login, unknown)
    account = desk.delivery().account

    def logged_in() -> Bluesky:
        return bluesky.connect(account, {"APP_PASSWORD": desk.login.app_password}, system_clock)

    sent = desk.prepare()
    putting, finding, deleting, uploading = (logged_in() for _ in range(4))
    receipt = deleting.publish(sent, ARMED_AT)
    desk.pictures = {"media/01.png": a_picture()["posts/media/01.png"]}
    desk.files = with_picture(desk.files)
    delivery = desk.delivery()
    return {
        "createSession": newcomer.connect,
        "putRecord": lambda: putting.publish(sent, ARMED_AT),
        "uploadBlob": lambda: uploading.prepare(delivery, desk.pictures, 0, ARMED_AT),
        "getRecord": lambda: finding.find([sent], ARMED_AT),
        "deleteRecord": lambda: deleting.delete(receipt),
    }


def of_x(desk: OnX) -> dict[str, Callable[[], object]]:
    newcomer = OnX(desk.folder / "newcomer", desk.x, desk.x.account())
    way_in = pin.PinLogin(desk.x.url, desk.x.api_key, desk.x.api_secret, system_clock)
    creating, reading, deleting, uploading = (desk.connect() for _ in range(4))
    desk.says(reading, "Orange.")
    receipt = desk.says(deleting, "To be deleted.")
    desk.pictures = {"media/01.png": x_desk.png("orange")}
    desk.describe(**{"01": "An orange square"})
    delivery = desk.delivery()
    return {
        "getUsersMe": newcomer.connect,
        "requestToken": lambda: way_in.authorization_url(desk.login.handle),
        "createPosts": lambda: desk.says(creating, "More orange."),
        "mediaUpload": lambda: uploading.prepare(delivery, desk.pictures, 0, ARMED_AT),
        "getUsersPosts": lambda: reading.find([x_desk.sent("Orange.")], ARMED_AT - timedelta(minutes=5)),
        "deletePosts": lambda: deleting.delete(receipt),
        "": lambda: pin.check_server_clock(desk.x.url, system_clock),
    }


def cut_off(trickles: Trickles, ask: Callable[[], object], outcome: type[PlatformError]) -> None:
    began = time.monotonic()
    with pytest.raises(outcome) as raised:
        ask()
    assert trickles.all_closed(), "the connection is closed before the outcome is told"
    assert LIMIT <= time.monotonic() - began < LIMIT + MARGIN
    assert type(raised.value) is outcome
    assert "it took more than 1 seconds" in str(raised.value)
    assert trickles.met == 1, "and nobody asks twice"


def each_cut_off(
    manner: str, servers: Mapping[str, Faulty], asks: Mapping[str, Callable[[], object]], doubtful: str
) -> None:
    """Every one of them asks at once, and its server trickles: what is `doubtful` ends so, and the others wait."""
    trickles = {name: Trickles(manner) for name in asks}
    for name in asks:
        servers[name].fault(name, trickles[name], times=None)
    with ThreadPoolExecutor(len(asks)) as together:
        asked = {
            name: together.submit(cut_off, trickles[name], ask, Unsure if name == doubtful else Deferred)
            for name, ask in asks.items()
        }
    assert {name: failure for name, one in asked.items() if (failure := one.exception())} == {}


@pytest.mark.invariant(16)
@pytest.mark.parametrize("manner", MANNERS)
def test_no_request_to_bluesky_takes_longer_than_the_limit(
    manner: str, pds: Server, login: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", 60)
    with proxy_before(pds.url) as proxy, proxy_before(pds.url) as unknown:
        asks = of_bluesky(OnBluesky(tmp_path, pds, login, proxy), unknown)
        assert asks.keys() == {"createSession", "putRecord", "uploadBlob", "getRecord", "deleteRecord"}
        monkeypatch.setattr(network, "RESPONSE_TIMEOUT", LIMIT)
        each_cut_off(manner, defaultdict(lambda: proxy, createSession=unknown), asks, "putRecord")


@pytest.mark.invariant(16)
@pytest.mark.parametrize("manner", MANNERS)
def test_no_request_to_x_takes_longer_than_the_limit(
    manner: str, desk_of_x: OnX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", 60)
    asks = of_x(desk_of_x)
    if manner in ("body", "chunks", "trailers"):
        del asks[""]  # what asks for the time asks for no body
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", LIMIT)
    each_cut_off(manner, defaultdict(lambda: desk_of_x.x), asks, "createPosts")


@pytest.mark.parametrize("manner", ["informational", "headers", "trailers"])
def test_nor_does_one_that_is_answered_without_an_end_as_fast_as_it_goes(
    manner: str, desk_of_x: OnX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", 60)
    ask = of_x(desk_of_x)["createPosts"]
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", LIMIT)
    flood = Trickles(manner, every=0)
    desk_of_x.x.fault("createPosts", flood, times=None)
    began = time.monotonic()
    with pytest.raises(Unsure):
        ask()
    assert flood.all_closed()
    assert time.monotonic() - began < LIMIT + MARGIN


# Before anything has left


def says_nothing(connection: socket.socket, closing: threading.Event) -> None:
    """Whatever comes is taken, and not answered."""


def a_byte_of_tls_at_a_time(connection: socket.socket, closing: threading.Event) -> None:
    for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
        if closing.wait(0.1):
            return
        try:
            connection.send(bytes([byte]))
        except OSError:
            return


@pytest.mark.integration
@pytest.mark.parametrize("act", [says_nothing, a_byte_of_tls_at_a_time])
def test_without_an_end_of_the_handshake_certainly_nothing_was_sent(
    act: Callable[[socket.socket, threading.Event], None],
) -> None:
    with listening(act) as listener:
        began = time.monotonic()
        with pytest.raises(NotSent, match="it took more than 1 seconds"):
            HttpClient().request("POST", f"https://localhost:{listener.port}/", [], b"secret words")
        assert LIMIT <= time.monotonic() - began < LIMIT + MARGIN
        listener.join()
        assert listener.ends == ["closed"] or listener.ends == ["reset"]
        assert b"secret" not in listener.came[0]


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
def test_a_server_that_takes_no_connection_was_certainly_sent_nothing() -> None:
    with never_accepting() as port:
        began = time.monotonic()
        with pytest.raises(NotSent, match="it took more than 1 seconds"):
            HttpClient().request("POST", f"http://127.0.0.1:{port}/", [], b"{}")
        assert LIMIT <= time.monotonic() - began < LIMIT + MARGIN


@pytest.mark.integration
def test_of_several_addresses_none_is_waited_for_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with never_accepting() as port:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 50
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(network, "CONNECT_TIMEOUT", 0.3)
        began = time.monotonic()
        with pytest.raises(NotSent):
            HttpClient().request("POST", "http://many.test/", [], b"{}")
        assert time.monotonic() - began < LIMIT + MARGIN


def test_the_next_address_is_tried_where_the_first_refuses(desk_of_x: OnX, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(desk_of_x.x.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    ways = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", number)) for number in (closed, port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ways)
    assert HttpClient().request("HEAD", f"http://two.test:{port}/", []).headers["date"]


class Resolver:
    """The system's, which doesn't answer until it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, host: str, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        self.let_go.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    hangs = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    yield hangs
    hangs.let_go.set()


def test_a_resolver_that_never_answers_is_waited_for_no_longer_than_the_limit(resolver: Resolver) -> None:
    threads = threading.active_count()

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(NotSent, match="it took more than 1 seconds"):
            HttpClient().request("POST", "https://nobody.test/", [], b"{}")
        assert LIMIT <= time.monotonic() - began < LIMIT + MARGIN

    with ThreadPoolExecutor(2) as together:
        for asked in [together.submit(ask) for _ in range(2)]:
            asked.result()
    ask()  # and who comes when others have given up
    assert resolver.asked == ["nobody.test"], "one question, however many wait for its answer"
    assert threading.active_count() == threads + 1
    resolver.let_go.set()
    with pytest.raises(NotSent, match="emporary failure"):
        HttpClient().request("POST", "https://nobody.test/", [], b"{}")


def test_a_resolver_is_given_up_before_the_limit_of_the_whole(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", 60)
    monkeypatch.setattr(network, "READ_TIMEOUT", 0.5)
    with pytest.raises(NotSent, match="its name wasn't looked up in time"):
        HttpClient().request("POST", "https://nobody.test/", [], b"{}")


def test_a_name_that_cannot_be_one_was_sent_nothing() -> None:
    for host in ("x" * 70 + ".test", "nobody..test", "xn--a.test"):
        with pytest.raises(NotSent):
            HttpClient().request("POST", f"https://{host}/", [], b"{}")


WITHOUT_NAMES = """
import socket, sys, threading, time
from orangeday.doctor import clocks
from orangeday.adapters import http as network
from orangeday.cli import main
network.RESPONSE_TIMEOUT = clocks._ANSWER_TIMEOUT = 1.0
socket.getaddrinfo = lambda *_, **__: time.sleep(600)
import time_machine
time_machine.travel(float(sys.argv[1]), tick=True).start()
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.integration
def test_a_whole_command_ends_where_no_name_is_answered(tmp_path: Path) -> None:
    """Side by side: they do little but wait."""
    commands = {"doctor -v": 1, "publish --live": 0}  # which is tried again
    files = campaigns.files(config='[publishing]\nmode = "live"\nrequire_approval = false\n')
    campaigns.write(tmp_path, campaigns.on_x(files, "https://api.x.test", nairobi="be_nairobi"))
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    for variable in credentials.variables("nairobi", "x").values():
        environment[variable] = "none-that-counts"

    def run(line: str, minutes: float) -> subprocess.CompletedProcess[str]:
        at = str((offices.DUE + timedelta(minutes=minutes)).timestamp())
        argv = [sys.executable, "-c", WITHOUT_NAMES, at, *line.split()]
        return subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90)

    run("publish --live", minutes=-60)  # its ledger is older than the campaign
    began = time.monotonic()
    with ThreadPoolExecutor(len(commands)) as together:
        running = {line: together.submit(run, line, minutes=1) for line in commands}
    assert time.monotonic() - began < 40, "which isn't the resolver's ten minutes"
    for line, status in commands.items():
        ran = running[line].result()
        said = " ".join((ran.stdout + ran.stderr).split())
        assert "api.x.test" in said and "it took more than 1 seconds" in said, (line, said)
        assert "Traceback" not in said
        assert ran.returncode == status, (line, said)


# What has left, and what hasn't


@pytest.mark.integration
@pytest.mark.invariant(3)
def test_what_has_not_left_at_the_limit_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side takes nothing for a while: what our system still holds of the request is dropped."""
    late = threading.Event()

    def takes_late(connection: socket.socket, closing: threading.Event) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        late.wait(30)

    content = b"x" * 8_000_000
    with listening(takes_late) as listener:
        began = time.monotonic()
        with pytest.raises(NoResponse):
            HttpClient().request("POST", f"http://127.0.0.1:{listener.port}/", [], content)
        assert LIMIT <= time.monotonic() - began < LIMIT + MARGIN
        late.set()
        listener.join()
        assert listener.ends == ["reset"]
        assert len(listener.came[0]) < len(content) / 2


def test_an_answer_that_came_whole_is_an_answer_and_its_connection_serves_the_next(desk_of_x: OnX) -> None:
    way = HttpClient()
    for _ in range(3):
        assert way.request("HEAD", f"{desk_of_x.x.url}/", []).headers["date"]
    (stream,) = [connection._connection._network_stream for connection in way._pool._connections]  # type: ignore[attr-defined]
    linger = stream._socket.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
    assert linger == bytes(8), "it ends as connections do"


PROGRAM = """
import os, signal, sys
from orangeday.adapters import http as network, transport
network.RESPONSE_TIMEOUT = 1.0
stop, port = int(sys.argv[1]), sys.argv[2]
write, read, written = transport._Stream.write, transport._Stream.read, []
def stopped(self, buffer, timeout=None):
    written.append(bytes(buffer))
    if len(written) == stop:
        print("stopped", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    write(self, buffer, timeout)
def waits(self, most, timeout=None):
    if not stop:
        print("waits", flush=True)
    return read(self, most, timeout)
transport._Stream.write, transport._Stream.read = stopped, waits
try:
    transport.HttpClient().request("POST", f"http://127.0.0.1:{port}/", [], b"the post")
except (network.NotSent, network.NoResponse) as outcome:
    print(type(outcome).__name__, outcome, flush=True)
"""


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no program")
def test_a_program_that_was_stopped_over_the_limit_sends_nothing_when_it_wakes() -> None:
    """Before its first piece, before its second, and while it waits for the answer: three programs, side by side."""
    outcomes = {1: "NotSent", 2: "NoResponse", 0: "NoResponse"}
    came = threading.Event()

    def takes(connection: socket.socket, closing: threading.Event) -> None:
        came.wait(120)

    with ExitStack() as stack:
        stack.callback(came.set)
        listeners = {before: stack.enter_context(listening(takes)) for before in outcomes}
        programs = {}
        for before, listener in listeners.items():
            command = [sys.executable, "-c", PROGRAM, str(before), str(listener.port)]
            program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            programs[before] = stack.enter_context(program)
            stack.callback(program.kill)

        def kill() -> None:
            for program in programs.values():
                program.kill()

        too_late = threading.Timer(60, kill)
        stack.callback(too_late.cancel)
        too_late.start()
        for before, program in programs.items():
            assert program.stdout
            assert program.stdout.readline() == ("stopped\n" if before else "waits\n")
            if not before:
                program.send_signal(signal.SIGSTOP)
        time.sleep(LIMIT + 0.1)
        for before, program in programs.items():
            assert program.stdout
            program.send_signal(signal.SIGCONT)
            assert program.stdout.readline() == f"{outcomes[before]} it took more than 1 seconds\n"
        came.set()
        for listener in listeners.values():
            listener.join()
    received = {before: b"".join(listener.came) for before, listener in listeners.items()}
    assert {before: b"POST / " in what for before, what in received.items()} == {1: False, 2: True, 0: True}
    assert {before: b"the post" in what for before, what in received.items()} == {1: False, 2: False, 0: True}
    assert [len(listener.came) for listener in listeners.values()] == [1, 1, 1]


def test_a_machine_that_slept_is_past_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    if hasattr(time, "CLOCK_BOOTTIME"):  # it goes on while the machine sleeps; time.monotonic doesn't
        monkeypatch.setattr(time, "monotonic", lambda: 5.0)
        deadline = Deadline(0.05)
        time.sleep(0.1)
        with pytest.raises(transport.DeadlineError):
            deadline.remaining(1)


# The doctor


def test_the_doctor_ends_though_a_service_trickles(x_office: XOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_ANSWER_TIMEOUT", LIMIT)
    x_office.open()
    x_office.x.fault("", Trickles("headers"), times=None)
    began = time.monotonic()
    ran = x_office("doctor", "-v")
    assert time.monotonic() - began < LIMIT * 4 + 2 * MARGIN
    assert ran.status == 1
    said = " ".join(ran.out.split())
    assert "it took more than 1 seconds" in said
    assert "Not ready to go live" in said and "can't be reached: no answer in time" in said


# Eight accounts whose answers come after the limit

EIGHT = ["nairobi", "kampala", "kigali", "dakar", "kinshasa", "abuja", "tunis", "rabat"]


@pytest.mark.invariant(16)
@pytest.mark.invariant(3)
@pytest.mark.invariant(5)
def test_posts_whose_answers_come_after_the_limit_are_found_and_out_once(
    x_office: XOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as `workers`; X has each of them, and its answer begins and never ends, or never begins."""
    limit = 3.0
    monkeypatch.setattr(network, "RESPONSE_TIMEOUT", limit)
    x_office.open(campaigns.files(embassies=dict.fromkeys(EIGHT, "Africa/Nairobi")), EIGHT)
    begins, silent = Trickles("headers", after=True), Trickles("silence", after=True)
    x_office.x.fault("createPosts", begins, times=4)
    x_office.x.fault("createPosts", silent, times=None)
    began = time.monotonic()
    first = x_office.sweep(1)
    assert time.monotonic() - began < 3 * limit + MARGIN, "they are served side by side"
    assert (begins.met, silent.met) == (4, 4)
    assert begins.all_closed() and silent.all_closed()
    assert {first.states[f"16days-2026/01/{embassy}/x/en"] for embassy in EIGHT} == {"unsure"}
    assert len(x_office.live()) == 8, "though nobody here knows it"
    x_office.x.heal()
    for minutes in (2, 9, 12):
        ran = x_office.sweep(minutes)
    for embassy in EIGHT:
        assert x_office.row(f"16days-2026/01/{embassy}/x/en")["state"] == "published", ran
        (post,) = x_office.x.posted(x_office.accounts[embassy])
        assert post.text.startswith("Day 1 in en, from ")
    assert x_office.sends() == 8, "each was sent once"
