"""`login`, `doctor` and a first post, against a real Bluesky server."""

from __future__ import annotations

import io
from pathlib import Path

import keyring
import pytest

from orangeday.cli import main

from ..servers.bluesky_server import Server
from ..support import campaigns
from ..support.login_stubs import Keys


def test_from_login_to_forget(
    pds: Server,
    tmp_path: Path,
    own_state_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = pds.account()
    files = campaigns.files()
    config = files["config.toml"].replace('"nairobi.example"', f'"{account.handle}"')
    config = "\n".join(line for line in config.splitlines() if not line.startswith("x = ")) + "\n"
    # Far ahead of any day on which this runs: a new ledger in a campaign that runs isn't ready.
    config = config.replace("[campaign]\n", "[campaign]\nstart = 2090-11-25\n")
    files["config.toml"] = f'[publishing]\nmode = "live"\n[bluesky]\nservice = "{pds.url}"\n{config}'
    campaigns.write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setattr(Keys, "held", {})
    before = keyring.get_keyring()
    keyring.set_keyring(Keys())  # type: ignore[no-untyped-call]  # its base says of no type what it is
    try:
        monkeypatch.setattr("sys.stdin", io.StringIO("aaaa-bbbb-cccc-dddd\n"))
        assert main(["login", "nairobi", "bluesky", "--stdin"]) == 1
        assert not Keys.held
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{account.app_password}\n"))
        assert main(["login", "nairobi", "bluesky", "--stdin"]) == 0
        said = capsys.readouterr()
        assert account.did in said.err
        assert account.app_password not in said.out + said.err
        assert main(["approve", "all", "--by", "Ann"]) == 0
        status = main(["doctor", "-v"])
        seen = capsys.readouterr().out
        assert status == 0, seen
        assert account.handle in seen and account.did not in seen
        sessions = list(own_state_folder.rglob("sessions/*.json"))
        assert len(sessions) == 1
        assert sessions[0].stat().st_mode & 0o777 == 0o600
        assert main(["login", "nairobi", "bluesky", "--forget"]) == 0
        assert "Its open session is forgotten too." in capsys.readouterr().err
        assert not list(own_state_folder.rglob("sessions/*.json"))
        assert not Keys.held
    finally:
        keyring.set_keyring(before)
