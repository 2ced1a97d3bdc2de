"""What measures is sound, without measuring: no test depends on a time."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from bench import crosspost, live, memory, tls
from bench.measure import Row, Table

from ..servers.bluesky_server import Server
from ..servers.x_server import XServer
from ..support.file_clock import set_ahead
from ..support.offset_clock import ahead

TABLE = Table(
    "Posts",
    "Beside another.",
    [Row("one post", "184 ms", [1.1, 0.9, 1.25], "≤ 1.15"), Row("a long line of words", "12 s")],
)


def test_a_table_for_a_page() -> None:
    assert TABLE.markdown() == (
        "## Posts\n\nBeside another.\n\n"
        "|  | here | ratio | min–max | goal |\n|---|---:|---:|---:|---|\n"
        "| one post | 184 ms | 1.10 | 0.90–1.25 | ≤ 1.15 |\n| a long line of words | 12 s |  |  |  |\n"
    )


def test_a_table_for_a_terminal() -> None:
    assert TABLE.plain().splitlines() == [
        "",
        "Posts                             here         ratio       min–max          goal",
        "  one post                      184 ms          1.10     0.90–1.25        ≤ 1.15",
        "  a long line of words            12 s",
    ]


def test_the_lock_of_crosspost_names_no_host_and_has_every_hash() -> None:
    lock = json.loads((crosspost.RECIPE / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages["node_modules/@humanwhocodes/crosspost"]["version"] == "1.0.4"
    assert not [name for name, package in packages.items() if "resolved" in package or "integrity" not in package]


def test_where_node_is_missing_the_table_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Node is not installed" in crosspost.table(tmp_path, 1).plain()


@pytest.mark.integration
def test_what_goes_before_a_post_that_is_measured_works(tmp_path: Path, pds: Server) -> None:
    """The approval, the resuming and the log-in, by the program as it is now: nobody runs the bench each day."""
    accounts = {"e0": pds.account()}
    live.write(tmp_path, pds.url, accounts, ("en",))
    environment = live.environment(tmp_path, accounts)
    live.ready(tmp_path, environment, ["e0"])
    assert [*tmp_path.rglob("sessions/*.json")], "its session is kept"
    assert pds.records(accounts["e0"].did) == {}, "and nothing is posted"


def test_the_front_speaks_tls_with_whom_trusts_its_authority_and_ends(tmp_path: Path, x: XServer) -> None:
    authority = tls.Authority(tmp_path)
    with tls.front(x.url, authority) as host:
        trusting = ssl.create_default_context(cafile=str(authority.file))
        assert httpx.get(f"https://{host}/", verify=trusting, trust_env=False).headers["date"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"https://{host}/", trust_env=False)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://{host}/", verify=trusting, trust_env=False)


@pytest.mark.integration
def test_the_program_at_another_time_loads_none_of_the_tests_libraries(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    set_ahead(clock, ahead(datetime(2027, 6, 1, tzinfo=UTC)))
    told = "import sys; from bench import clocked; clocked.main(); "
    code = f"import atexit, sys; atexit.register(lambda: print('pytest' in sys.modules)); {told}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(clock), "calendar"],
        cwd=memory.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"\b2027-11-25\b|\b25 Nov(?:ember)? 2027\b", done.stdout), done.stdout[:500]
    assert done.stdout.endswith("False\n")
