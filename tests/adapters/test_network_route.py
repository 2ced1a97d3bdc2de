"""Through a ministry's proxy, which opens what is encrypted: what it refuses was not sent; what it keeps is unsure."""

from __future__ import annotations

import os
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from orangeday.adapters import transport
from orangeday.adapters.base import Deferred, Payload, Platform, Unsure
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.contract import ARMED_AT
from orangeday.adapters.http import NoResponse, NotSent
from orangeday.adapters.transport import HttpClient
from orangeday.adapters.x import adapter as x_adapter
from orangeday.adapters.x.login import PinLogin
from orangeday.clock import system_clock
from orangeday.content.network import DIRECT, Route
from orangeday.content.plan import Delivery, Plan
from orangeday.doctor.clocks import check_clock
from orangeday.doctor.finding import FAILURE, OK
from orangeday.engine.alerts import send

from ..servers.bluesky_server import Server
from ..servers.intercepting_proxy import OPEN, InterceptingProxy, intercepting_proxy
from ..servers.x_server import XServer
from ..support import campaigns
from ..support.alert_receiver import Receiver
from ..support.certificates import self_signed
from ..support.common import plan_of
from .x.desk import moved_to

pytestmark = pytest.mark.integration

HOST = "platform.test"
"""A server that can be reached through the proxy alone: no resolver knows it."""
PAGE = b"<html><title>Blocked</title>Ask your administrator.</html>"


@dataclass
class Desk:
    """An account behind the proxy, and how many posts its server has."""

    proxy: InterceptingProxy
    delivery: Delivery
    connect: Callable[[], Platform]
    posts: Callable[[], int]

    def prepared(self) -> tuple[Platform, Payload]:
        platform = self.connect()
        return platform, platform.prepare(self.delivery, {}, 0, ARMED_AT)


@pytest.fixture(params=["bluesky", "x"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    context = self_signed(tmp_path, HOST)
    pem = (tmp_path / "certificate.pem").read_text("ascii")
    (tmp_path / "ministry.pem").write_text(pem[pem.index("-----BEGIN CERTIFICATE-----") :], "ascii")
    platform = request.param
    server: Server | XServer = request.getfixturevalue("pds" if platform == "bluesky" else "x")
    port = urlsplit(server.url).port
    assert port
    with intercepting_proxy(context, {HOST: port}) as proxy:
        network = f'[network]\nproxy = "{proxy.url}"\ncertificates = "ministry.pem"\n'
        if isinstance(server, XServer):
            login = server.account()
            files = campaigns.on_x(campaigns.files(config=network), f"https://{HOST}", nairobi=login.handle)
            delivery = plan_of(campaigns.write(tmp_path, files)).find("16days-2026/01/nairobi/x/en")
            assert delivery
            account, keys = delivery.account, server.credentials(login)
            server.scheme = "https"
            with moved_to(server, ARMED_AT):
                yield Desk(
                    proxy, delivery, lambda: x_adapter.connect(account, keys, system_clock),
                    lambda: len(server.posts(login)),
                )  # fmt: skip
            server.scheme = "http"
            return
        person = server.account()
        files = campaigns.on_bluesky(campaigns.files(config=network), f"https://{HOST}", nairobi=person.handle)
        delivery = plan_of(campaigns.write(tmp_path, files)).find("16days-2026/01/nairobi/bluesky/en")
        assert delivery
        of, password = delivery.account, {"APP_PASSWORD": person.app_password}
        yield Desk(
            proxy, delivery, lambda: bluesky.connect(of, password, system_clock),
            lambda: len(server.records(person.did)),
        )  # fmt: skip


def test_a_post_goes_out_through_it(desk: Desk) -> None:
    platform, payload = desk.prepared()
    assert platform.publish(payload, ARMED_AT).id
    assert desk.posts() == 1
    assert {*desk.proxy.targets} == {f"{HOST}:443"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="resets"),
        pytest.param(b"", id="hangs up"),
        pytest.param(b"HTTP/1.1 200", id="half an answer"),
        pytest.param(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", id="asks for a log-in"),
        pytest.param(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n" + PAGE, id="refuses"),
        pytest.param(OPEN + PAGE, id="says more"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="is no proxy"),
        pytest.param(b"x" * 20_000, id="says anything"),
    ],
)
def test_what_it_refuses_before_the_way_is_open_was_certainly_not_sent(desk: Desk, answer: bytes | None) -> None:
    platform, payload = desk.prepared()
    _drop_connections(platform)
    desk.proxy.answer = answer
    connected = desk.proxy.passed_on
    with pytest.raises(Deferred, match=r"can't be reached: the proxy 127\.0\.0\.1:\d+ "):
        platform.publish(payload, ARMED_AT)
    assert (desk.posts(), desk.proxy.passed_on) == (0, connected)


def answer(status: int, page: bytes) -> bytes:
    kind = "text/html" if page is PAGE else "application/json"
    head = f"HTTP/1.1 {status} Blocked\r\nContent-Type: {kind}\r\nContent-Length: {len(page)}\r\n\r\n"
    return head.encode() + page


@pytest.mark.parametrize("page", [PAGE, b'{"error": "blocked"}'])
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_at_a_log_in_a_page_of_its_own_is_no_answer_and_nobody_is_let_out(desk: Desk, page: bytes, status: int) -> None:
    desk.proxy.page = answer(status, page)
    if desk.delivery.platform == "bluesky":
        with pytest.raises(Deferred) as failure:
            desk.connect()
    else:
        account = desk.delivery.account
        login = PinLogin(account.address, "key", "secret", system_clock, account.route)
        login._app.server_clock.update(None)
        with pytest.raises(Deferred) as failure:
            login.authorization_url(account.handle)
    assert not failure.value.needs_person
    assert "rejected" not in str(failure.value)


def _drop_connections(platform: Platform) -> None:
    """What is sent next needs a way of its own."""
    transport = platform._client._transport  # type: ignore[attr-defined]
    (getattr(transport, "timeout_adapter", transport))._http.close()


@pytest.mark.invariant(3)
@pytest.mark.parametrize(
    ("direction", "length", "posts"),
    [("upward", 1, 0), ("upward", 40, 0), ("upward", 400, 0), *(("downward", n, 1) for n in (0, 1, 40, 200))],
)
def test_what_is_cut_once_the_way_is_open_is_unsure_whether_it_is_there_or_not(
    desk: Desk, direction: str, length: int, posts: int
) -> None:
    platform, payload = desk.prepared()
    _drop_connections(platform)
    setattr(desk.proxy, direction, length)
    with pytest.raises(Unsure):
        platform.publish(payload, ARMED_AT)
    assert desk.posts() == posts


@pytest.mark.invariant(3)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 405, 407, 429, 451, 502, 503])
@pytest.mark.parametrize(
    "page", [PAGE, b'{"error": "blocked"}', b'{"error": "Blocked", "code": 7}', b'{"message": "Ask your IT."}', b"{}"]
)
def test_a_page_of_its_own_is_unsure_whatever_its_form_and_status(desk: Desk, page: bytes, status: int) -> None:
    platform, payload = desk.prepared()
    _drop_connections(platform)
    desk.proxy.page = answer(status, page)
    with pytest.raises(Unsure):
        platform.publish(payload, ARMED_AT)
    assert desk.posts() == 0


def test_one_that_is_not_there_was_certainly_not_sent_to(desk: Desk) -> None:
    route = replace(desk.delivery.account.route, proxy="http://127.0.0.1:9")
    with pytest.raises(NotSent, match=r"the proxy 127\.0\.0\.1:9 can't be reached"):
        HttpClient(route=route).request("GET", f"https://{HOST}/", [])


def test_without_its_certificate_nothing_is_sent_and_doctor_names_a_firewall(desk: Desk) -> None:
    route = Route(proxy=desk.proxy.url)
    with pytest.raises(NotSent, match=r"certificate verify failed"):
        HttpClient(route=route).request("GET", f"https://{HOST}/", [])
    assert desk.proxy.passed_on == 0
    finding = check_clock(f"https://{HOST}", system_clock, route)
    assert (finding.check, finding.health) == ("network", FAILURE)
    assert "a firewall opens what is encrypted" in finding.observation and "docs/network.md" in finding.step


def test_with_it_doctor_compares_the_clocks_through_it(desk: Desk) -> None:
    finding = check_clock(f"https://{HOST}", system_clock, desk.delivery.account.route)
    assert (finding.check, finding.health) == ("clock", OK)


def test_what_is_on_this_machine_is_spoken_to_without_it(desk: Desk, tmp_path: Path) -> None:
    (port,) = desk.proxy.ports.values()
    assert HttpClient(route=desk.delivery.account.route).request("GET", f"http://127.0.0.1:{port}/", []).status
    assert desk.proxy.targets == []


@pytest.mark.invariant(3)
@pytest.mark.parametrize("length", [0, 1, 50, 200])
def test_a_cut_before_tls_stands_was_certainly_not_sent(desk: Desk, length: int) -> None:
    """The way is open, and nothing was said on it but the beginning of TLS: not a byte of the request has left."""
    platform, payload = desk.prepared()
    _drop_connections(platform)
    before, desk.proxy.handshake = desk.proxy.passed_on, length
    with pytest.raises(Deferred, match="can't be reached"):
        platform.publish(payload, ARMED_AT)
    assert (desk.posts(), desk.proxy.passed_on) == (0, before)


def test_the_environment_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", desk.proxy.url)
    with pytest.raises((NotSent, NoResponse)):
        HttpClient(limit=5, route=DIRECT).request("GET", f"https://{HOST}/", [])
    assert desk.proxy.targets == []


def test_an_alert_goes_the_same_way(desk: Desk, receiver: Receiver) -> None:
    desk.proxy.ports = {HOST: receiver.port}
    plan = desk.delivery.plan
    config = replace(plan.config, alerts=f"jsons://{HOST}/hook")
    before = dict(os.environ)
    assert send(Plan(plan.campaign, config, plan.first), "Held", "A post is held.") is None
    assert receiver.titles == ["Held"] and desk.proxy.targets == [f"{HOST}:443"]
    assert dict(os.environ) == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the store belongs to the system, and to no test")
def test_the_computers_own_certificates_are_its_own_and_not_the_environments(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ministry.pem"))
    transport._ssl_context.cache_clear()
    route = Route(proxy=desk.proxy.url, certificates="system")
    with pytest.raises(NotSent, match="certificate verify failed"):
        HttpClient(route=route).request("GET", f"https://{HOST}/", [])
    paths = ssl.get_default_verify_paths()._replace(openssl_cafile=str(tmp_path / "ministry.pem"))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    transport._ssl_context.cache_clear()
    assert HttpClient(route=route).request("GET", f"https://{HOST}/", []).status
    transport._ssl_context.cache_clear()


def test_alerts_that_overlap_leave_the_environment_as_it_was(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where both are set, most programs go by this one
    desk.proxy.ports = {HOST: receiver.port}
    plan = desk.delivery.plan
    slow = Plan(plan.campaign, replace(plan.config, alerts=f"jsons://{HOST}/slow"), plan.first)
    before = dict(os.environ)
    receiver.trickles = 3
    said: list[str | None] = []
    first = threading.Thread(target=lambda: said.append(send(slow, "First", "It takes its time.")))
    first.start()
    while not receiver.paths and first.is_alive():
        first.join(0.01)
    assert first.is_alive()
    receiver.trickles = 0
    assert send(slow, "Second", "It overtakes the first.") is None
    first.join(20)
    assert said == [None] and sorted(receiver.titles) == ["First", "Second"]
    assert dict(os.environ) == before
