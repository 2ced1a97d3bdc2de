"""`login`: a password is asked for in silence, tried at once, and kept in the keyring or nowhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from orangeday.adapters import ADAPTERS
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import credentials

from ..support import campaigns
from ..support.common import ROOT
from ..support.login_stubs import ACCOUNTS_OWN, DID, GOOD, Broken, Keys, Locked

VARIABLE = "ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD"
Ran = tuple[int, str, str]
Login = Callable[..., Ran]


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Login]:
    """Runs `login` with this on standard input, in a folder of its own and with an empty keyring."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(ADAPTERS, "bluesky", "tests.support.login_stubs")
    campaigns.write(tmp_path, campaigns.files())
    before = keyring.get_keyring()
    Keys.held.clear()
    keyring.set_keyring(Keys())  # type: ignore[no-untyped-call]

    def login(*argv: str, typed: str | None = None) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed or ""))
        more = ["--stdin"] if typed is not None else []
        status = main(["login", *argv, *more])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return status, said.out, said.err

    yield login
    keyring.set_keyring(before)


def test_a_password_that_is_right_is_kept_in_the_keyring_and_never_shown(login: Login) -> None:
    status, out, err = login("nairobi", "bluesky", typed=f"{GOOD}\n")
    assert status == 0
    assert Keys.held == {("orangeday", VARIABLE): GOOD}
    assert f"nairobi/bluesky is @nairobi.example, {DID}-nairobi" in err
    assert VARIABLE in err
    assert GOOD not in out + err
    assert credentials.find("nairobi", "bluesky") == ({"APP_PASSWORD": GOOD}, [])
    assert not [file for file in Path().rglob("*") if file.is_file() and GOOD in file.read_text("utf-8")]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("nope", "nairobi/bluesky can't log in: wrong handle or app password"),
        ("refused", "nairobi/bluesky can't log in: there is no such account"),
        ("weather", "could not check it now: no answer from the server"),
        ("later", "could not check it now: too many logins"),
        ("fault", "could not check it now: an unexpected failure"),
    ],
)
def test_what_is_not_verified_is_not_stored(login: Login, password: str, words: str) -> None:
    status, _, err = login("nairobi", "bluesky", typed=password)
    assert (status, Keys.held) == (1, {})
    assert words in err
    assert "Nothing was saved" in err


@pytest.mark.parametrize("password", ["zzzz-zzzz-zzzz-zzzz", "it-is-long-and-secret"])
def test_a_password_is_hidden_even_where_the_platform_repeats_it(login: Login, password: str) -> None:
    status, out, err = login("nairobi", "bluesky", typed=password)
    assert status == 1
    assert password not in out + err
    assert "•••" in err


def test_an_account_that_waits_for_a_person_is_tried_again_once_one_has_logged_in(login: Login) -> None:
    assert login("nairobi", "bluesky", typed=GOOD)[0] == 0
    assert not Path("orangeday.db").exists(), "a log-in makes no record of posts"
    with closing(Ledger("sqlite:///orangeday.db", system_clock)) as ledger:
        names = ["nairobi/bluesky", "nairobi/x"]
        ledger.register_accounts(names, system_clock())
        ledger.defer_accounts(names, "it wants to see a person", UNTIL_RELEASED, needs_person=True)
        assert login("nairobi", "bluesky", typed="wrong")[0] == 1
        assert ledger.snapshot((), names).accounts["nairobi/bluesky"].deferred == UNTIL_RELEASED
        status, _, err = login("nairobi", "bluesky", typed=GOOD)
        assert (status, "nairobi/bluesky waited for you, and is tried again." in err) == (0, True)
        accounts = ledger.snapshot((), names).accounts
        assert (accounts["nairobi/bluesky"].deferred, accounts["nairobi/bluesky"].needs_person) == (None, False)
        assert accounts["nairobi/x"].deferred == UNTIL_RELEASED, "the other waits on"


def test_a_record_of_posts_that_cannot_be_opened_is_said_and_the_log_in_holds(login: Login) -> None:
    Path("orangeday.db").write_bytes(b"no database" * 100)
    status, _, err = login("nairobi", "bluesky", typed=GOOD)
    assert (status, Keys.held) == (0, {("orangeday", VARIABLE): GOOD})
    assert "If so: orangeday retry nairobi/bluesky" in err


def test_an_ordinary_password_is_warned_of_with_the_way_to_a_better_one(login: Login) -> None:
    status, out, err = login("nairobi", "bluesky", typed=ACCOUNTS_OWN)
    assert status == 0
    assert "the account's own password, which opens everything" in err
    assert "App passwords" in err
    assert ACCOUNTS_OWN not in out + err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("nairoby", "bluesky"), "There are: nairobi."),
        (("nairobi", "mastodon"), "There are: x, bluesky."),
        (("nairobi",), "PLATFORM"),
    ],
)
def test_what_is_not_there_is_said_with_what_there_is(login: Login, argv: tuple[str, ...], words: str) -> None:
    status, _, err = login(*argv, typed=GOOD)
    assert (status, Keys.held) == (2, {})
    assert words in err


def test_an_embassy_without_an_account_there_is_told_which_it_has(login: Login) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace('bluesky = { handle = "nairobi.example" }\n', ""))
    status, _, err = login("nairobi", "bluesky", typed=GOOD)
    assert status == 2
    assert "It has: x." in err


def test_no_password_goes_to_an_address_that_is_not_encrypted(login: Login) -> None:
    config = Path("config.toml")
    config.write_text(config.read_text().replace("nairobi.example", 'nairobi.example", service = "http://pds.example'))
    status, _, err = login("nairobi", "bluesky", typed=GOOD)
    assert (status, Keys.held) == (2, {})
    assert "isn't encrypted" in err


def test_without_a_terminal_nobody_is_asked(login: Login) -> None:
    status, _, err = login("nairobi", "bluesky")
    assert (status, Keys.held) == (2, {})
    assert "--stdin" in err


def test_nothing_on_standard_input_is_no_password(login: Login) -> None:
    status, _, err = login("nairobi", "bluesky", typed="\n")
    assert (status, Keys.held) == (2, {})
    assert "There was no app password" in err


@pytest.mark.parametrize("backend", [null.Keyring, fail.Keyring, Locked, Broken])
def test_without_a_keyring_the_lines_for_the_environment_are_printed_when_asked(
    login: Login, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())
    status, out, err = login("nairobi", "bluesky", typed=GOOD)
    assert (status, out) == (1, "")  # standard output is no terminal here: it may be a log
    assert "--print" in err
    status, out, err = login("nairobi", "bluesky", "--print", typed=GOOD)
    assert (status, GOOD in err) == (0, False)
    assert out == (f"$env:{VARIABLE} = '{GOOD}'\n" if sys.platform == "win32" else f"export {VARIABLE}={GOOD}\n")


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="the shell is a Unix one")
def test_the_printed_line_is_what_a_shell_takes(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = login("nairobi", "bluesky", "--print", typed=ACCOUNTS_OWN)
    ran = subprocess.run(["sh", "-c", f'{out}printf %s "${VARIABLE}"'], capture_output=True, text=True, check=True)
    assert ran.stdout == ACCOUNTS_OWN
    assert not Keys.held


def test_a_variable_that_wins_over_the_keyring_is_named(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "other")
    for argv in ((), ("--forget",)):
        status, _, err = login("nairobi", "bluesky", *argv, typed=GOOD)
        assert status == 0
        assert f"{VARIABLE} is set in the environment, and wins over the keyring" in err


def test_what_is_forgotten_is_gone_and_the_rest_stays(login: Login) -> None:
    keyring.set_password("orangeday", "ORANGEDAY_BERLIN_BLUESKY_APP_PASSWORD", "theirs")
    login("nairobi", "bluesky", typed=GOOD)
    assert login("nairobi", "bluesky", "--forget")[0] == 0
    assert Keys.held == {("orangeday", "ORANGEDAY_BERLIN_BLUESKY_APP_PASSWORD"): "theirs"}
    assert "has nothing of" in login("nairobi", "bluesky", "--forget")[2]


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_a_terminal_does_not_show_what_is_typed(tmp_path: Path) -> None:
    import pty

    campaigns.write(tmp_path, campaigns.files())
    program = (
        "import sys; from orangeday.adapters import ADAPTERS; from orangeday.cli import main;"
        "from tests.support import login_stubs;"
        "ADAPTERS['bluesky'] = 'tests.support.login_stubs'; status = main(['login', 'nairobi', 'bluesky']);"
        "print('kept', [*login_stubs.Keys.held.values()] == [login_stubs.GOOD], status)"
    )
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm",
        "PYTHON_KEYRING_BACKEND": "tests.support.login_stubs.Keys",
    }  # fmt: skip
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, "-c", program], environment)  # noqa: S606
    seen, typed, deadline = "", False, time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not read:
            break
        seen += read.decode(errors="replace")
        if "The app password of nairobi/bluesky" in seen and not typed:
            typed = True
            os.write(terminal, f"{GOOD}\n".encode())
    os.close(terminal)
    os.waitpid(child, 0)
    assert "kept True 0" in seen
    assert GOOD not in seen
