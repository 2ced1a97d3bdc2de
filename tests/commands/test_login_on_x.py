"""`login` at X: a PIN from the browser, or tokens on standard input; tried at once, and kept or not."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keyring
import pytest

from orangeday.cli import main

from ..servers.faulty_proxy import drops_after, drops_before, says
from ..servers.x_server import XAccount, XServer
from ..support import campaigns
from ..support.login_stubs import Keys

if sys.platform != "win32":
    from ..support.terminal import Terminal

on_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")

KEY, SECRET = "ORANGEDAY_X_API_KEY", "ORANGEDAY_X_API_SECRET"
TOKEN, TOKEN_SECRET = "ORANGEDAY_NAIROBI_X_ACCESS_TOKEN", "ORANGEDAY_NAIROBI_X_ACCESS_TOKEN_SECRET"


@dataclass
class Desk:
    """An officer's folder, with an embassy or two, and their X."""

    x: XServer
    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    nairobi: XAccount
    dakar: XAccount

    @property
    def keys(self) -> Path:
        return self.folder / "keys.json"

    @property
    def held(self) -> dict[str, str]:
        """What the keyring holds."""
        if self.keys.exists():
            return dict(json.loads(self.keys.read_text()))
        return {name: value for (_, name), value in Keys.held.items()}

    def hold(self, **values: str) -> None:
        self.keys.write_text(json.dumps(values))
        Keys.held.update({("orangeday", name): value for name, value in values.items()})

    def __call__(self, *argv: str, typed: str | None = None) -> tuple[int, str, str]:
        """Runs `login` without a terminal."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed or ""))
        status = main(["login", *argv, *(["--stdin"] if typed is not None else [])])
        said = self.capsys.readouterr()
        self.see_no_secret(said.out if "--print" not in argv else "", said.err)
        return status, said.out, said.err

    def person(self, account: XAccount) -> tuple[int, str]:
        """Runs `login nairobi x` with somebody who opens the address, and types the PIN that is shown there."""
        desk, shown = self, []

        class Person(io.StringIO):
            def isatty(self) -> bool:
                return True

            def readline(self, *_: object) -> str:  # type: ignore[override]  # a base says bytes
                shown.append(desk.capsys.readouterr().err)
                return f"{desk.x.pin(address_in(shown[-1]), account)}\n"

        self.monkeypatch.setattr(sys, "stdin", Person())
        status = main(["login", "nairobi", "x"])
        said = "".join([*shown, self.capsys.readouterr().err])
        self.see_no_secret(said)
        return status, said

    def terminal(self, *argv: str, environment: dict[str, str] | None = None) -> Terminal:
        return Terminal(["login", *argv], self.folder, self.keys, environment or {})

    def see_no_secret(self, *texts: str) -> None:
        for text in texts:
            assert "Traceback" not in text
            assert "itself failed" not in text
            for secret in (self.x.api_secret, self.x.api_key, self.nairobi.access_token_secret, *self.held.values()):
                assert secret not in text

    @property
    def lines(self) -> str:
        """What --stdin wants."""
        nairobi = self.nairobi
        return "\n".join((self.x.api_key, self.x.api_secret, nairobi.access_token, nairobi.access_token_secret, ""))


@pytest.fixture
def desk(
    x: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(Keys, "held", {})
    nairobi, dakar = x.account("be_nairobi"), x.account("be_dakar")
    zones = {"nairobi": "Africa/Nairobi", "dakar": "Africa/Dakar"}
    files = campaigns.on_x(campaigns.files(embassies=zones), x.url, "1s", nairobi="be_nairobi", dakar="be_dakar")
    campaigns.write(tmp_path, files)
    before = keyring.get_keyring()
    keyring.set_keyring(Keys())  # type: ignore[no-untyped-call]  # its base says of no type what it is
    yield Desk(x, tmp_path, capsys, monkeypatch, nairobi, dakar)
    keyring.set_keyring(before)


def address_in(text: str) -> str:
    """The address to open, which stands on a line of its own."""
    (address,) = re.findall(r"^(http\S+)$", text, re.M)
    return str(address)


def open_with_key(desk: Desk, terminal: Terminal) -> str:
    """Types the app's key and secret; gives the address that is then shown."""
    terminal.until("API key of the app:")
    terminal.type(desk.x.api_key)
    terminal.until("API secret of the app:")
    terminal.type(desk.x.api_secret)
    return address_in(terminal.until("The PIN that X shows then:"))


# By PIN


@on_a_terminal
def test_a_pin_lets_orangeday_in_and_the_next_embassy_needs_no_key(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x")
    intro = terminal.until("API key of the app:")
    assert "console.x.com" in intro
    assert "“Read and write”" in intro
    terminal.type(desk.x.api_key)
    terminal.until("API secret of the app:")
    terminal.type(desk.x.api_secret)
    address = address_in(terminal.until("The PIN that X shows then:"))
    assert address.startswith(f"{desk.x.url}/oauth/authorize?oauth_token=")
    assert address.endswith("&force_login=true&screen_name=be_nairobi")
    terminal.type(desk.x.pin(address, desk.nairobi))
    terminal.until(f"X takes it: nairobi/x is @be_nairobi, {desk.nairobi.id}.")
    assert terminal.end() == 0
    held = desk.held
    assert set(held) == {KEY, SECRET, TOKEN, TOKEN_SECRET}
    desk.see_no_secret(terminal.seen)

    terminal = desk.terminal("dakar", "x")
    before = terminal.until("The PIN that X shows then:")
    assert "API key" not in before
    terminal.type(desk.x.pin(address_in(before), desk.dakar))
    assert terminal.end() == 0
    assert {name: desk.held[name] for name in held} == held
    assert len(desk.held) == 6


@on_a_terminal
def test_a_wrong_pin_costs_the_address_and_a_slip_of_the_finger_does_not(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x")
    first = open_with_key(desk, terminal)
    pin = desk.x.pin(first, desk.nairobi)
    terminal.type("twelve")
    assert "http" not in terminal.until("The PIN that X shows then:")
    terminal.type(f"{(int(pin) + 1) % 10**7:07}")
    again = terminal.until("The PIN that X shows then:")
    assert "X rejected this PIN" in again
    assert pin not in again
    second = address_in(again)
    assert second != first
    pin = desk.x.pin(second, desk.nairobi)
    terminal.type(f" {pin[:3]} {pin[3:]} ")
    assert terminal.end() == 0
    assert TOKEN in desk.held


@on_a_terminal
def test_three_wrong_pins_are_enough(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x")
    open_with_key(desk, terminal)
    for _ in range(3):
        terminal.type("0")
    assert terminal.end() == 1
    said = " ".join(terminal.seen.split())
    assert "X takes the API key of the app and API secret of the app: saved in this machine's keyring." in said
    assert "stay saved: you need not type them again. Nothing else was saved." in said
    assert "orangeday login nairobi x" in said
    assert desk.held == {KEY: desk.x.api_key, SECRET: desk.x.api_secret}
    assert len(desk.x.named("requestToken")) == 3
    again = desk.terminal("nairobi", "x")
    assert "API key" not in again.until("The PIN that X shows then:")
    again.press(b"\x03")
    again.end()


@on_a_terminal
def test_with_print_nothing_is_saved_though_x_took_it(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x", "--print")
    open_with_key(desk, terminal)
    terminal.press(b"\x03")
    terminal.until("Nothing was saved.")
    assert terminal.end() != 0
    assert desk.held == {}


@on_a_terminal
@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
@pytest.mark.parametrize("at", ["API secret of the app:", "The PIN that X shows then:"])
def test_who_breaks_off_leaves_nothing_but_what_x_took(desk: Desk, key: bytes, at: str) -> None:
    terminal = desk.terminal("nairobi", "x")
    terminal.until("API key of the app:")
    terminal.type(desk.x.api_key)
    terminal.until("API secret of the app:")
    if "PIN" in at:
        terminal.type(desk.x.api_secret)
        terminal.until(at)
    terminal.press(key)
    terminal.until("Nothing else was saved." if "PIN" in at else "Nothing was saved.")
    assert terminal.end() != 0
    assert desk.held == ({KEY: desk.x.api_key, SECRET: desk.x.api_secret} if "PIN" in at else {})
    desk.see_no_secret(terminal.seen)


@on_a_terminal
def test_another_accounts_tokens_are_not_stored(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x")
    address = open_with_key(desk, terminal)
    terminal.type(desk.x.pin(address, desk.dakar))
    terminal.until("the tokens of @be_dakar, and the config says @be_nairobi. The API key")
    terminal.until("Nothing else was saved.")
    terminal.until("log in to X as @be_nairobi")
    assert terminal.end() == 1
    assert set(desk.held) == {KEY, SECRET}


@on_a_terminal
def test_a_wrong_key_is_said_and_one_that_was_kept_is_asked_for_anew(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x")
    terminal.until("API key of the app:")
    terminal.type("nokey")
    terminal.until("API secret of the app:")
    terminal.type("nosecret")
    terminal.until("X rejected the app's API key and secret")
    terminal.until("Copy both again")
    assert terminal.end() == 1
    assert desk.held == {}
    assert "nosecret" not in terminal.seen

    desk.hold(**{KEY: "old", SECRET: "old"})
    terminal = desk.terminal("nairobi", "x")
    assert "in the keyring" in " ".join(terminal.until("API key of the app:").split())
    terminal.type(desk.x.api_key)
    terminal.until("API secret of the app:")
    terminal.type(desk.x.api_secret)
    terminal.type(desk.x.pin(address_in(terminal.until("The PIN that X shows then:")), desk.nairobi))
    assert terminal.end() == 0
    assert desk.held[KEY] == desk.x.api_key

    terminal = desk.terminal("nairobi", "x", environment={KEY: "old"})
    assert terminal.end() == 1
    assert "X rejected the app's API key" in " ".join(terminal.seen.split())


CALLBACK = {"errors": [{"code": 415, "message": "Callback URL not approved for this client application."}]}


@pytest.mark.parametrize(
    ("operation", "fault", "words"),
    [
        ("time", says(200, b"", {"Date": "Thu, 01 Jan 2015 00:00:00 GMT"}), "this machine's clock is"),
        ("requestToken", drops_before, "no answer from 127.0.0.1"),
        ("requestToken", says(200, b"<html>Sign in to the hotel's network</html>"), "an invalid response"),
        ("requestToken", says(503, b"<html>over capacity</html>"), "answers 503"),
        ("requestToken", says(302, b"", {"Location": "http://127.0.0.1:9/"}), "answers 302"),
        ("requestToken", says(403, CALLBACK), "“User authentication settings”"),
        ("requestToken", says(404, b"<html></html>"), "Is [x] base_url in the config right?"),
        ("requestToken", says(402, {"title": "CreditsDepleted"}), "there is no credit left on X"),
        ("requestToken", says(200, b"oauth_token=a&oauth_token_secret=b"), "doesn't confirm that it will show a PIN"),
        (
            "requestToken",
            says(200, b"oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=false"),
            "doesn't confirm that it will show a PIN",
        ),
        ("accessToken", drops_after, "no answer from 127.0.0.1"),
        ("accessToken", says(200, b"oauth_token=1"), "an invalid response"),
        ("accessToken", says(200, b"<html></html>"), "an invalid response"),
        ("getUsersMe", says(503, b"<html></html>"), "answers 503"),
        ("getUsersMe", says(200, b"<html></html>"), "Nothing was saved"),
        ("getUsersMe", says(402, {"title": "CreditsDepleted"}), "there is no credit left on X"),
    ],
)
def test_whatever_goes_wrong_is_a_sentence_and_nothing_is_stored(
    desk: Desk, operation: str, fault: object, words: str
) -> None:
    desk.x.fault(operation, fault, times=None)  # type: ignore[arg-type]
    desk.hold(**{KEY: desk.x.api_key, SECRET: desk.x.api_secret})
    status, said = desk.person(desk.nairobi)
    assert status == 1
    assert words in said
    assert "Nothing was saved" in said
    assert set(Keys.held) == {("orangeday", KEY), ("orangeday", SECRET)}
    assert "html" not in said


@on_a_terminal
def test_without_a_network_it_is_said_before_anything_is_asked(desk: Desk) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace(desk.x.url, "http://127.0.0.1:9"))
    terminal = desk.terminal("nairobi", "x")
    assert terminal.end() == 1
    said = " ".join(terminal.seen.split())
    assert "Connection refused. Nothing was saved." in said
    assert "API key" not in said


def test_tokens_that_may_only_read_are_warned_of(desk: Desk) -> None:
    document = {"data": {"id": desk.nairobi.id, "name": "n", "username": "be_nairobi"}}
    desk.x.fault("getUsersMe", says(200, document, {"x-access-level": "read"}), times=None)
    status, _, err = desk("nairobi", "x", typed=desk.lines)
    assert status == 1
    assert "it may read and not post" in err
    assert "“Read and write”" in err
    desk.x.heal()
    desk.x.fault("getUsersMe", says(200, document, {"x-access-level": "read-write"}), times=None)
    assert desk("nairobi", "x", typed=desk.lines)[0] == 0


@on_a_terminal
def test_the_lines_for_the_environment_can_be_taken_off_while_a_person_types(desk: Desk) -> None:
    terminal = desk.terminal("nairobi", "x", "--print")
    terminal.type(desk.x.pin(open_with_key(desk, terminal), desk.nairobi))
    assert terminal.end() == 0
    printed = dict(re.findall(r"^export (\w+)=(\S+)$", terminal.seen, re.M))
    assert set(printed) == {KEY, SECRET, TOKEN, TOKEN_SECRET}
    assert printed[SECRET].strip("'") == desk.x.api_secret
    assert desk.held == {}


# By standard input


def test_the_four_lines_are_read_and_kept(desk: Desk) -> None:
    status, _, err = desk("nairobi", "x", typed=desk.lines)
    assert status == 0
    assert f"nairobi/x is @be_nairobi, {desk.nairobi.id}" in err
    cost = "X charges about $0.01 a day for saying who 1 account is, at the price listed on"
    assert cost in " ".join(err.split()) and desk.x.spent["user"] == pytest.approx(0.01)
    assert set(desk.held) == {KEY, SECRET, TOKEN, TOKEN_SECRET}
    dakar = f"{desk.dakar.access_token}\n{desk.dakar.access_token_secret}\n"
    assert desk("dakar", "x", typed=dakar)[0] == 0
    assert len(desk.held) == 6


def test_a_key_of_the_environment_is_not_copied_into_the_keyring(desk: Desk) -> None:
    desk.monkeypatch.setenv(KEY, desk.x.api_key)
    desk.monkeypatch.setenv(SECRET, desk.x.api_secret)
    assert desk("nairobi", "x", typed=desk.lines.partition("\n")[2].partition("\n")[2])[0] == 0
    assert set(desk.held) == {TOKEN, TOKEN_SECRET}


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda lines: "", 2, "There was no API key of the app"),
        (lambda lines: lines.rpartition("\n")[0].rpartition("\n")[0], 2, "There was no access token secret"),
        (lambda lines: lines.replace("\n", "é\n", 1), 2, "a character that none can have"),
        (lambda lines: lines.replace("\n", "x\n", 1), 1, "X rejected the access token"),
        (lambda lines: f"{lines.strip()}x", 1, "Get new ones with a PIN"),
    ],
)
def test_what_is_wrong_on_standard_input_is_said(
    desk: Desk, change: Callable[[str], str], status: int, words: str
) -> None:
    ended, _, err = desk("nairobi", "x", typed=change(desk.lines))
    assert (ended, desk.held) == (status, {})
    assert words in err


def test_without_a_terminal_nobody_is_asked(desk: Desk) -> None:
    status, _, err = desk("nairobi", "x")
    assert (status, desk.held) == (2, {})
    assert "--stdin" in err
    assert not desk.x.seen


def test_what_was_remembered_is_forgotten_and_the_apps_key_stays(desk: Desk, own_state_folder: Path) -> None:
    desk("nairobi", "x", typed=desk.lines)
    assert list(own_state_folder.rglob("sessions/*.json"))
    status, _, err = desk("nairobi", "x", "--forget")
    assert status == 0
    assert "forgotten too" in err
    assert f"{KEY} and {SECRET} stay there" in err
    assert not list(own_state_folder.rglob("sessions/*.json"))
    assert set(desk.held) == {KEY, SECRET}


def test_a_clock_that_is_wrong_is_said_before_a_key_is_doubted(desk: Desk) -> None:
    desk.x.shift(3630)
    status, _, err = desk("nairobi", "x", typed=desk.lines)
    assert status == 1
    assert "this machine's clock is 60 minutes behind" in err
    assert desk.held == {}
