"""`doctor` at X: each account by asking X whose tokens it has, and what is wrong said once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.system import credentials

from ..servers.faulty_proxy import drops_before, says
from ..servers.x_server import XAccount, XServer
from ..support import campaigns
from ..support.common import BEFORE
from ..support.offset_clock import ahead

EMBASSIES = ("nairobi", "dakar", "ottawa", "lima")
PAID_OUT = says(402, {"title": "CreditsDepleted", "detail": "Your enrolled account does not have any credits."})


@dataclass
class Practice:
    """An officer's folder with four embassies, whose tokens are in the environment."""

    x: XServer
    folder: Path
    accounts: dict[str, XAccount]
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *argv: str) -> tuple[int, str]:
        status = main(["doctor", *argv])
        said = self.capsys.readouterr()
        for text in (said.out, said.err):
            assert "Traceback" not in text
            for account in self.accounts.values():
                assert account.access_token_secret not in text
            assert self.x.api_secret not in text
        return status, said.out

    @property
    def found(self) -> dict[str, dict[str, Any]]:
        """What was seen, by what it is about."""
        return {check["about"]: check for check in json.loads(self("--json")[1])["checks"] if check["about"]}

    def give(self, embassy: str, account: XAccount) -> None:
        """Puts an account's tokens where an embassy's are looked for."""
        values = self.x.credentials(account)
        for name, variable in credentials.variables(embassy, "x").items():
            self.monkeypatch.setenv(variable, values[name])

    def set_their_clock(self, seconds: float = 0) -> None:
        """X's clock is so far ahead of the program's, which stands before the campaign."""
        self.x.shift(ahead(system_clock()) + seconds)

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "config.toml"
        file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")


@pytest.fixture
def doctor(
    x: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Practice]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    accounts = {embassy: x.account(f"be_{embassy}") for embassy in EMBASSIES}
    handles = {embassy: f"be_{embassy}" for embassy in EMBASSIES}
    files = campaigns.files(embassies=dict.fromkeys(EMBASSIES, "Europe/Brussels"))
    files = campaigns.on_x(files, x.url, "1s", **handles)
    files["config.toml"] += '[publishing]\nmode = "live"\n'
    campaigns.write(tmp_path, files)
    practice = Practice(x, tmp_path, accounts, capsys, monkeypatch)
    for embassy, account in accounts.items():
        practice.give(embassy, account)
    with time_machine.travel(BEFORE, tick=True):
        practice.set_their_clock()
        yield practice


def test_each_account_is_asked_for_and_the_clock_once(doctor: Practice) -> None:
    found = doctor.found
    for embassy, account in doctor.accounts.items():
        assert found[f"{embassy}/x"]["state"] == "ok"
        assert found[f"{embassy}/x"]["seen"] == f"credentials from the environment; it is {account.id}"
    assert found[doctor.x.url.removeprefix("http://")]["state"] == "ok"
    assert len(doctor.x.named("time")) == 1
    assert not doctor.x.named("createPosts")


def test_wrong_revoked_and_suspended_are_told_apart_from_another_accounts(doctor: Practice) -> None:
    doctor.monkeypatch.setenv("ORANGEDAY_NAIROBI_X_ACCESS_TOKEN_SECRET", "wrong")
    doctor.x.revoke(doctor.accounts["dakar"])
    doctor.x.suspend(doctor.accounts["ottawa"])
    doctor.give("lima", doctor.x.account("someone_else"))
    found = doctor.found
    for embassy in ("nairobi", "dakar"):
        assert "they were rejected: X rejected the access token" in found[f"{embassy}/x"]["seen"]
        assert found[f"{embassy}/x"]["step"] == f"orangeday login {embassy} x"
    assert "Your account is suspended" in found["ottawa/x"]["seen"]
    assert "as @be_ottawa" in found["ottawa/x"]["step"]
    assert "login" not in found["ottawa/x"]["step"]
    assert "these are the tokens of @someone_else, and the config says @be_lima" in found["lima/x"]["seen"]
    assert found["lima/x"]["step"] == "orangeday login lima x"
    assert {found[f"{embassy}/x"]["state"] for embassy in EMBASSIES} == {"failure"}
    assert doctor()[0] == 1


def test_missing_tokens_are_named_with_the_command(doctor: Practice) -> None:
    doctor.monkeypatch.delenv("ORANGEDAY_LIMA_X_ACCESS_TOKEN")
    found = doctor.found["lima/x"]
    assert found["seen"] == "lacks ORANGEDAY_LIMA_X_ACCESS_TOKEN"
    assert found["step"] == "orangeday login lima x"


def test_two_embassies_with_one_account_are_noticed(doctor: Practice) -> None:
    doctor.edit("be_dakar", "Be_Nairobi")
    doctor.give("dakar", doctor.accounts["nairobi"])
    found = doctor.found
    assert found["nairobi/x"]["state"] == "ok"
    assert f"the same account as nairobi/x, {doctor.accounts['nairobi'].id}" in found["dakar/x"]["seen"]


@pytest.mark.parametrize(
    ("fault", "state", "words", "step"),
    [
        (PAID_OUT, "failure", "there is no credit left on X", "https://console.x.com"),
        (drops_before, "failure", "it can't be reached now: no answer from 127.0.0.1", "try again later"),
        (says(503, b"<html></html>"), "failure", "it can't be reached now: 127.0.0.1 answers 503", "try again later"),
        (says(429, {"title": "Too Many Requests"}), "failure", "too many requests", "try again later"),
        (says(404, b"<html></html>"), "failure", "Is [x] base_url in the config right", "[x] base_url"),
        (says(401, {"title": "Unauthorized"}), "failure", "X rejected the access token", "login nairobi x"),
    ],
)
def test_what_all_accounts_have_in_common_is_said_once(
    doctor: Practice, fault: Any, state: str, words: str, step: str
) -> None:
    doctor.x.fault("getUsersMe", fault, times=None)
    doctor.monkeypatch.setenv("COLUMNS", "80")
    found = doctor.found
    assert {found[f"{embassy}/x"]["state"] for embassy in EMBASSIES} == {state}
    assert words in found["nairobi/x"]["seen"]
    assert step in found["nairobi/x"]["step"]
    status, out = doctor()
    said = " ".join(out.split())
    assert status == 1
    assert said.count(words) == 1
    assert "nairobi/x, dakar/x and 2 more:" in said
    assert len(out.splitlines()) < 32
    assert all(len(line) <= 80 for line in out.splitlines())


def test_an_x_that_is_not_there_is_said(doctor: Practice) -> None:
    doctor.edit(doctor.x.url, "http://127.0.0.1:9")
    found = doctor.found
    assert "can't be reached" in found["lima/x"]["seen"]
    assert "Nothing was sent" not in found["lima/x"]["seen"]
    assert "can't be reached" in found["127.0.0.1:9"]["seen"]


def test_a_wrong_clock_makes_no_token_look_wrong(doctor: Practice) -> None:
    doctor.set_their_clock(3630)
    found = doctor.found
    assert found[doctor.x.url.removeprefix("http://")]["state"] == "failure"
    assert "this machine's clock is 60 minutes behind" in found["lima/x"]["seen"]
    assert "X rejected the access token" not in found["lima/x"]["seen"]
    assert "clock" in found["lima/x"]["step"]


def test_tokens_that_may_only_read_are_a_failure_before_the_first_post(doctor: Practice) -> None:
    me = doctor.accounts["nairobi"]
    document = {"data": {"id": me.id, "name": "n", "username": me.handle}}
    doctor.x.fault("getUsersMe", says(200, document, {"x-access-level": "read"}), times=None)
    status, out = doctor("--json", "--embassy", "nairobi")
    (found,) = (check for check in json.loads(out)["checks"] if check["about"] == "nairobi/x")
    assert (status, found["state"]) == (1, "failure")
    assert "may only read" in found["seen"]
    assert "“Read and write”" in found["step"]
    assert "orangeday login nairobi x" in found["step"]


def test_what_x_charges_for_being_asked_is_said_before_and_is_so(doctor: Practice) -> None:
    doctor.set_their_clock()
    for name in credentials.own_variables("lima", "x").values():
        doctor.monkeypatch.delenv(name)
    assert main(["doctor"]) in (0, 1)
    said = " ".join(doctor.capsys.readouterr().err.split())
    assert "X charges about $0.03 a day for saying who 3 accounts are, at the price listed on 2026-08-01." in said
    assert doctor.x.spent["user"] == pytest.approx(0.03)
    assert main(["doctor", "--json"]) in (0, 1)
    assert json.loads(doctor.capsys.readouterr().out)["checks"]
    assert doctor.x.spent["user"] == pytest.approx(0.03), "the same day"
    assert main(["doctor", "--offline"]) in (0, 1)
    assert "charges" not in doctor.capsys.readouterr().err
