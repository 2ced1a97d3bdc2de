"""[network]: the way to the platforms, as a config says it."""

from __future__ import annotations

import ssl
import sys
from hashlib import sha256
from pathlib import Path

import certifi
import pytest

from orangeday.content.network import DIRECT
from orangeday.content.plan import Plan
from orangeday.content.problems import WHOLE_CAMPAIGN

from ..support import campaigns
from ..support.common import plan_of

PEM = Path(certifi.where()).read_text("ascii").partition("-----END CERTIFICATE-----")
AUTHORITY = PEM[0][PEM[0].index("-----BEGIN") :] + PEM[1] + "\n"
"""One authority, as a firewall's would stand in a file."""


def plan(folder: Path, network: str) -> Plan:
    return plan_of(campaigns.write(folder, campaigns.files(config=f"[network]\n{network}\n")))


def test_without_it_the_way_is_straight_and_adds_nothing_to_an_approval(tmp_path: Path) -> None:
    config = plan_of(campaigns.write(tmp_path, campaigns.files())).config
    assert config.route == DIRECT == plan(tmp_path, "").config.route
    assert (DIRECT.approved_parts, DIRECT.in_words, DIRECT.is_relayed) == ({}, "", False)
    assert all(account.route == DIRECT for embassy in config.embassies.values() for account in embassy.accounts)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://10.0.0.1:3128", ("10.0.0.1", 3128)),
        ("http://proxy.be/", ("proxy.be", 80)),
        ("http://[::1]:8080", ("::1", 8080)),
    ],
)
def test_a_proxy_is_every_accounts(tmp_path: Path, written: str, address: tuple[str, int]) -> None:
    config = plan(tmp_path, f'proxy = "{written}"').config
    assert config.problems == ()
    for account in config.embassies["nairobi"].accounts:
        assert account.route.proxy_address == address
    assert config.route.approved_parts == {"proxy": written.rstrip("/")}


@pytest.mark.parametrize(
    "written",
    ["https://proxy.be", "proxy.be:3128", "http://", "http://me:secret@proxy.be", "http://proxy.be/path", "socks5://a",
     "http://proxy.be:0", "http://proxy.be:99999", "http://proxy.be?x=1", ""],
)  # fmt: skip
def test_what_is_no_proxy_sends_nothing_anywhere(tmp_path: Path, written: str) -> None:
    problems = plan(tmp_path, f'proxy = "{written}"').config.problems
    assert [problem.scope for problem in problems] == [WHOLE_CAMPAIGN]
    assert (problems[0].location.line, "secret" in problems[0].hint) == (4, False) or not written


def test_a_file_of_certificates_is_approved_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "ministry.pem"
    file.write_text(AUTHORITY, "ascii")
    route = plan(tmp_path, 'certificates = "ministry.pem"').config.route
    assert route.authorities == AUTHORITY.strip() and route.authorities not in repr(route)
    assert route.approved_parts["certificates"].startswith("sha256:")
    file.write_text(f"# ours\n{AUTHORITY}", "ascii")
    assert plan(tmp_path, 'certificates = "ministry.pem"').config.route.approved_parts != route.approved_parts


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + AUTHORITY.encode(), id="a mark at its beginning"),
        pytest.param(f"# Ministère des Affaires étrangères\n{AUTHORITY}".encode(), id="an accent"),
        pytest.param(f"# Minist\u00e8re\r\n{AUTHORITY}".encode("latin-1"), id="an accent, as Windows writes it"),
        pytest.param(AUTHORITY.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param((AUTHORITY * 2).encode(), id="two"),
    ],
)
def test_what_stands_around_the_certificates_is_no_matter(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ministry.pem").write_bytes(content)
    config = plan(tmp_path, 'certificates = "ministry.pem"').config
    assert config.problems == ()
    assert config.route.approved_parts == {"certificates": f"sha256:{sha256(content).hexdigest()}"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the store belongs to the system")
def test_a_computer_whose_certificates_python_does_not_find_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"openssl_cafile": str(tmp_path / "cert.pem"), "openssl_capath": str(tmp_path / "certs")}
    paths = ssl.get_default_verify_paths()._replace(**nowhere)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    (problem,) = plan(tmp_path, 'certificates = "system"').config.problems
    assert problem.scope == WHOLE_CAMPAIGN and "finds none" in problem.message and "PEM" in problem.hint


@pytest.mark.parametrize("content", [None, b"", b"no certificate", "é".encode(), AUTHORITY[:200].encode()])
def test_a_file_without_certificates_sends_nothing_anywhere(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ministry.pem").write_bytes(content)
    (problem,) = plan(tmp_path, 'certificates = "ministry.pem"').config.problems
    assert problem.scope == WHOLE_CAMPAIGN and problem.rule == "wrong-certificates"
    assert "ministry.pem" in problem.message and "system" in problem.hint


def test_a_name_that_no_file_can_have_is_said(tmp_path: Path) -> None:
    (problem,) = plan(tmp_path, r'certificates = "ministry\u0000.pem"').config.problems
    assert problem.rule == "wrong-certificates" and "no certificate" in problem.message


def test_a_device_or_a_film_is_not_read_for_ever(tmp_path: Path) -> None:
    (tmp_path / "ministry.pem").write_text(AUTHORITY * (6_000_000 // len(AUTHORITY)), encoding="utf-8")
    (problem,) = plan(tmp_path, 'certificates = "ministry.pem"').config.problems
    assert "larger than 5,000,000 bytes" in problem.message
    if Path("/dev/zero").exists():
        (problem,) = plan(tmp_path, 'certificates = "/dev/zero"').config.problems
        assert problem.rule == "wrong-certificates" and "isn't an ordinary file" in problem.message


def test_the_way_in_words(tmp_path: Path) -> None:
    route = plan(tmp_path, 'proxy = "http://10.0.0.1:3128"\ncertificates = "system"').config.route
    assert route.in_words == (
        "through the proxy http://10.0.0.1:3128, trusting this computer's own certificates in place of those that come "
        "with orangeday"
    )
    assert route.approved_parts == {"proxy": "http://10.0.0.1:3128", "certificates": "system"}
