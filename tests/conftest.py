"""The fixtures that all tests share, and those of the servers."""

from __future__ import annotations

import gc
import hashlib
import os
import secrets
import socket
import subprocess
import tempfile
import threading
import time
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

import keyring
import pytest
import urllib3.util.connection  # noqa: F401  it binds a socket as it is imported, to see whether there is IPv6
from keyring.backends import null

from orangeday.content.plan import Plan

from .servers import bluesky_server, browser
from .servers.bluesky_server import Server, pds, strict_pds  # noqa: F401  (fixtures)
from .servers.postgres_server import Databases, loose_pair, own_postgres, pair, postgres  # noqa: F401  (fixtures)
from .servers.x_server import x  # noqa: F401  (a fixture)
from .support import zone_data
from .support.alert_receiver import receiver  # noqa: F401  (a fixture)
from .support.common import EXAMPLE, plan_of
from .support.offices import sky_office, x_office  # noqa: F401  (fixtures)
from .support.ramdisk import write_in_memory
from .support.running_schedule import desk  # noqa: F401  (a fixture)

TESTS = Path(__file__).parent
write_in_memory()
vars(hashlib)["scrypt"] = cache(hashlib.scrypt)
"""A password's hash is slow on purpose: the same one isn't reckoned twice in a process."""
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath()
"""The machine's zone data is nobody's here, however old it is: what a test needs of it, it brings: see zone_data.py."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """In CI what is to be installed is so from the first moment on, and not only when a test asks for it."""
    if not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return

    def install(installed: Callable[[], Path]) -> None:
        with suppress(Exception):  # the test that asks for it says why
            installed()

    for installed in (bluesky_server.installed, browser.installed):
        threading.Thread(target=install, args=[installed], daemon=True).start()


COMPILING = "ORANGEDAY_TESTS_COMPILED"
"""The variable that names the file by which the first process says that it has compiled the tests, where it has to."""


def pytest_configure(config: pytest.Config) -> None:
    """Where the tests aren't compiled yet, all processes would do that at once, each for itself."""
    if not hasattr(config, "workerinput"):
        os.environ.pop(COMPILING, None)
        if not [*TESTS.glob("__pycache__/test_cli.*-pytest-*.pyc")]:
            os.environ[COMPILING] = str(Path(tempfile.gettempdir()) / f"orangeday-compiled-{secrets.token_hex(8)}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """The first process compiles the tests for all."""
    name, worker = os.environ.get(COMPILING), os.environ.get("PYTEST_XDIST_WORKER")
    if not name or not worker:
        return (yield)
    compiled = Path(name)
    deadline = time.monotonic() + 120
    while worker != "gw0" and not compiled.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        return (yield)
    finally:
        compiled.touch()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and COMPILING in os.environ:
        Path(os.environ.pop(COMPILING)).unlink(missing_ok=True)


def pytest_xdist_auto_num_workers() -> int:
    """How many tests run at once where the machine decides: they wait for servers and programs half of their time."""
    return (os.cpu_count() or 1) * 2


KINDS = ("torture", "integration", "unit")
WHOLE = ("acceptance", "servers")
"""Folders of tests of the whole program, and of whole servers."""
SERVERS = {"browser", "loose_pair", "own_postgres", "pair", "pds", "postgres", "receiver", "strict_pds", "x"}
"""Fixtures behind which a server or a browser runs."""


def kind_of(item: pytest.Item) -> str:
    """What a mark says; else the test's folder, and the servers that it asks for."""
    if marked := [kind for kind in KINDS if item.get_closest_marker(kind)]:
        (only,) = marked
        return only
    room, fixtures = item.path.relative_to(TESTS).parts[0], {*getattr(item, "fixturenames", ())}
    if room == "torture":
        return "torture"
    on_postgres = "ledger_url" in fixtures and "postgres" in item.name
    return "integration" if room in WHOLE or on_postgres or fixtures & SERVERS else "unit"


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test has one of three kinds; what takes longest begins first, in every process."""
    by_kind: dict[str, list[pytest.Item]] = {kind: [] for kind in KINDS}
    for item in items:
        kind = kind_of(item)
        item.add_marker(kind)
        by_kind[kind].append(item)
    torture, others = by_kind["torture"], [*by_kind["integration"], *by_kind["unit"]]
    items[:] = dealt(torture, others, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def dealt(long: list[pytest.Item], others: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The order in which each process, of which the first gets the first part and so on, begins with long ones."""
    ordered: list[pytest.Item] = []
    rest = iter(others)
    for worker in range(workers):
        own = long[worker::workers]
        share = (len(long) + len(others) - len(ordered)) // (workers - worker)
        ordered += [*own, *islice(rest, max(0, share - len(own)))]
    return [*ordered, *rest]


@pytest.fixture(autouse=True)
def unit_tests_stay_in_their_process(request: pytest.FixtureRequest) -> Iterator[None]:
    """Those that start a program or a server, or speak with one, fail: they need another mark."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a unit test starts no program and opens no connection: mark it integration")

    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("unit"):
            patch.setattr(subprocess.Popen, "__init__", refuse)
            for name in {"fork", "forkpty"} & {*dir(os)}:
                patch.setattr(os, name, refuse)
            for name in ("bind", "connect"):
                patch.setattr(socket.socket, name, refuse)
        yield


def pytest_collection_finish() -> None:
    """What was collected stays to the end: it isn't looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: what orangeday remembers outside a project is none of the developer's."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("LOGNAME", "ann")  # a person, whoever runs the tests: root approves nothing
    return home


@pytest.fixture(autouse=True)
def no_keyring_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty keyring that keeps nothing, here and in every program that a test starts."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]  # its base carries none


@pytest.fixture(autouse=True)
def shared_clock_set_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever time a test has set the shared server to: the next one finds it right."""
    server: Server | None = request.getfixturevalue("pds") if "pds" in request.fixturenames else None
    yield
    if server:
        server.shift(0)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a ledger that is not there yet: once in a file, and once on a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'ledger.db').as_posix()}"
    else:
        server: Databases = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def stated_zones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The zones keep the rules that the tests state, whatever is decided anywhere."""
    with zone_data.chosen(zone_data.write(tmp_path_factory.mktemp("zones"), zone_data.RULES)):
        yield


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The shipped campaign with the shipped config, for 2026."""
    with zone_data.chosen(zone_data.write(tmp_path_factory.mktemp("zones"), zone_data.RULES)):
        return plan_of(EXAMPLE)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Writes files by their names below the test's own folder, exactly as given, and says where that is."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write
