"""A whole day behind a ministry's firewall, which opens what is encrypted by an authority of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ..servers.bluesky_server import Account, Server
from ..servers.intercepting_proxy import intercepting_proxy
from ..servers.x_server import XAccount, XServer
from ..support import campaigns
from ..support.certificates import private_authority
from ..support.common import plan_of
from ..support.offset_clock import ahead, environment_at

pytestmark = pytest.mark.integration

BLUESKY, X = "pds.test", "api.test"
"""Servers that only the proxy leads to: no resolver knows them."""
LANGUAGES = ("en", "fr", "nl")
EMBASSIES = dict.fromkeys(("berlin", "hanoi", "lima", "nairobi", "ottawa"), "UTC")


def project(
    folder: Path, proxy: str, accounts: Mapping[str, tuple[Account, XAccount]], certificates: str = "ministry.pem"
) -> Path:
    """A campaign of five embassies in three languages, all of it due at the same minute."""
    settings = (
        '[publishing]\nmode = "live"\n[schedule]\ntime = "09:00"\nspacing = "0m"\n'
        f'[network]\nproxy = "{proxy}"\ncertificates = "{certificates}"\n[bluesky]\nservice = "https://{BLUESKY}"\n'
        f'[x]\nbase_url = "https://{X}"'
    )
    files = campaigns.files(LANGUAGES, EMBASSIES, settings)
    for name, (bluesky, x_account) in accounts.items():
        files["config.toml"] = (
            files["config.toml"]
            .replace(f'"{name}.example"', f'"{bluesky.handle}"')
            .replace(f'"example_be_{name}_x"', f'"{x_account.handle}"')
        )
    return campaigns.write(folder, files)


def credentials(x: XServer, accounts: Mapping[str, tuple[Account, XAccount]]) -> dict[str, str]:
    """What a person has put into the environment; and proxies there, by which nothing may go."""
    variables = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    for name, (bluesky, x_account) in accounts.items():
        variables[f"ORANGEDAY_{name.upper()}_BLUESKY_APP_PASSWORD"] = bluesky.app_password
        for credential, value in x.credentials(x_account).items():
            owner = "" if credential.startswith("API") else f"{name.upper()}_"
            variables[f"ORANGEDAY_{owner}X_{credential}"] = value
    return variables


def test_a_whole_day_is_posted_through_it_by_the_commands_of_an_officer(
    pds: Server, x: XServer, tmp_path: Path
) -> None:
    accounts = {name: (pds.account(), x.account()) for name in EMBASSIES}
    context = private_authority(tmp_path, BLUESKY, X)
    ports = {host: urlsplit(url).port or 0 for host, url in ((BLUESKY, pds.url), (X, x.url))}
    x.scheme = "https"
    environment = credentials(x, accounts)
    with intercepting_proxy(context, ports) as proxy:
        plan = plan_of(project(tmp_path, proxy.url, accounts))
        due = next(iter(plan)).due

        def orangeday(moment: datetime, *words: str) -> str:
            """A command as a process of its own, with its clock and the servers' at this moment; it ends with 0."""
            pds.shift(ahead(moment))
            x.shift(ahead(moment))
            ran = subprocess.run(
                [sys.executable, "-m", "tests.support.offset_clock", *words],
                cwd=tmp_path, env=environment_at(moment) | environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
            return ran.stdout + ran.stderr

        try:
            before = due - timedelta(hours=10)
            orangeday(before, "approve", "all", "--by", "Ann Peeters")
            assert "Ready to go live" in orangeday(before, "doctor")
            orangeday(before, "publish", "--live")  # the record of posts has met its accounts before anything is due
            assert not posts_there(pds, x, accounts)
            said = orangeday(due + timedelta(seconds=20), "publish", "--live")
            assert "30 published" in said
            orangeday(due + timedelta(minutes=5), "publish", "--live")
        finally:
            pds.shift(0)
        assert posts_there(pds, x, accounts) == sorted(
            (platform, account, f"Day 1 in {language}, from {name.title()}.")
            for name, (bluesky, x_account) in accounts.items()
            for platform, account in (("bluesky", bluesky.handle), ("x", x_account.handle))
            for language in LANGUAGES
        ), "each post once, and no other"
        assert {*proxy.targets} == {f"{BLUESKY}:443", f"{X}:443"}
        assert proxy.passed_on > 30 * 100


def posts_there(
    pds: Server, x: XServer, accounts: Mapping[str, tuple[Account, XAccount]]
) -> list[tuple[str, str, str]]:
    """All that the servers have of these accounts: platform, handle and text."""
    posts = []
    for bluesky, x_account in accounts.values():
        posts += [("bluesky", bluesky.handle, str(record["text"])) for record in pds.records(bluesky.did).values()]
        posts += [("x", x_account.handle, post.text) for post in x.posts(x_account)]
    return sorted(posts)
