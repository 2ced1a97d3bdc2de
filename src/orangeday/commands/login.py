from __future__ import annotations

import re
import shlex
import sys
import warnings
from getpass import GetPassWarning, getpass
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.adapters.base import Deferred, PlatformError, Refused
from orangeday.adapters.table import adapter_of, is_there
from orangeday.clock import system_clock
from orangeday.commands.files import config_file
from orangeday.content import config
from orangeday.content.config import Account, Config
from orangeday.content.problems import UnreadableFiles
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.system import credentials
from orangeday.system.sessions import Sessions
from orangeday.system.streams import write_whole
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def login(
    ctx: typer.Context,
    embassy: Annotated[str, typer.Argument(help="Whose account: nairobi.", metavar="EMBASSY")],
    platform: Annotated[str, typer.Argument(help=f"Where: {' or '.join(PLATFORMS)}.", metavar="PLATFORM")],
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it from standard input, a line each, without asking: see above.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Save nothing: print the lines that put it into the environment.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Remove this account's passwords from the keyring.")] = False,
) -> int:
    """Log in to an account. The password is checked at once and never displayed.

    It is kept in this machine's keyring, and in no file. Where there is no
    keyring, the lines that put it into the environment are printed instead.

    Bluesky wants an app password: Settings, Privacy and security, App passwords.

    X wants the API key and secret of an app of yours, once for all embassies,
    from its developer console, https://console.x.com. Give the app “Read and
    write” there before you log in. Then an address is shown to open in a
    browser, where you log in to X as the embassy and get a PIN to type here.

    With --stdin there is no PIN: it reads the app's API key and API secret, if
    they aren't known yet, then the account's access token and access token
    secret, as the console makes them.

    For example: orangeday login nairobi x
    """
    read = config.load(config_file(ctx, example=False))
    account = _account(read, embassy, platform)
    if forget:
        return _forget(account, read)
    title = PLATFORMS[platform].title
    if not is_there(platform):
        raise OrangedayError(f"This version of orangeday can't log in to {title} yet; nothing was saved.")
    if wrong := read.usable().errors_of(account):
        raise UnreadableFiles(f"{account} can't be used as {read.file} has it; nothing was saved.", wrong)
    known = _known(account)
    if credentials.keyring_is_silent() and not show:  # before anybody types anything
        raise OrangedayError(
            "This computer's keyring does not answer: unlock it, and try again. Or say --print, for the lines that put "
            "it into the environment. Nothing was saved."
        )
    try:
        log_in = None if stdin else adapter_of(platform).log_in
        asked = _let_in(account, log_in, known, read) if log_in else _asked(account, known, stdin)
        identity = None if asked is None else _verified(account, known | asked, read)
    except (KeyboardInterrupt, typer.Abort):
        console.say("\nNothing was saved.")
        raise
    if asked is None or identity is None:
        return 1
    console.say(f"{title} takes it: {account} is @{account.handle}, {identity}.", "green")
    useless = _restricted(account, known | asked)
    status = _keep(account, known | asked, asked, show) or int(useless)
    if not status and not show:
        console.say(_next(read), "dim")
    return status


def _next(read: Config) -> str:
    """Return the next step: the next account that lacks its credentials, or what comes after them all."""
    accounts = (account for embassy in read.embassies.values() for account in embassy.accounts)
    lacking = next((a for a in accounts if credentials.find(a.embassy, a.platform)[1]), None)
    return f"Next: orangeday login {lacking.embassy} {lacking.platform}" if lacking else "Next: orangeday approve all"


def _account(read: Config, name: str, platform: str) -> Account:
    """Return the account that the two words name. Raises OrangedayError, with what there is."""
    embassy = read.embassies.get(name)
    if embassy is None:
        known = ", ".join(read.embassies)
        raise OrangedayError(f"There is no embassy “{name}” in {read.file}. There are: {known}.")
    if platform not in PLATFORMS:
        raise OrangedayError(f"There is no platform “{platform}”. There are: {', '.join(PLATFORMS)}.")
    account = next((account for account in embassy.accounts if account.platform == platform), None)
    if account is None:
        known = ", ".join(account.platform for account in embassy.accounts) or "none"
        raise OrangedayError(f"{name} has no account on {PLATFORMS[platform].title} in {read.file}. It has: {known}.")
    return account


def _known(account: Account) -> dict[str, str]:
    """Return the known credentials that all accounts of the platform share: they aren't asked for again."""
    found, _ = credentials.find(account.embassy, account.platform)
    own = credentials.own_variables(account.embassy, account.platform)
    return {name: value for name, value in found.items() if name not in own}


def _asked(account: Account, known: Mapping[str, str], stdin: bool) -> dict[str, str]:
    """Return the account's credentials by name, but for those that are known. Raises OrangedayError."""
    names = [name for name in credentials.variables(account.embassy, account.platform) if name not in known]
    values = _given(account, names, stdin)
    for needed in PLATFORMS[account.platform].credentials:
        if needed.usual and needed.name in values and not re.fullmatch(needed.usual, values[needed.name]):
            console.say(needed.unusual, "yellow")
    return values


def _given(account: Account, names: Iterable[str], stdin: bool) -> dict[str, str]:
    of = {needed.name: needed for needed in PLATFORMS[account.platform].credentials}
    values = {}
    for name in names:
        words, pattern = of[name].title, of[name].pattern
        whose = "" if of[name].shared else f" of {account} (@{account.handle})"
        value = sys.stdin.readline().strip() if stdin else _typed(f"The {words}{whose}: ")
        if not value:
            raise OrangedayError(f"There was no {words}; nothing was saved.")
        if pattern and not re.fullmatch(pattern, value):
            raise OrangedayError(f"The {words} has a character that none can have: copy it again. Nothing was saved.")
        values[name] = value
    return values


def _see_that_there_is_a_terminal() -> None:
    """Raise OrangedayError where there is no terminal to ask at."""
    if not sys.stdin.isatty():
        raise OrangedayError("There is no terminal to ask at: give it on standard input, with --stdin.")


def _typed(prompt: str) -> str:
    """Return what is typed at a terminal that doesn't show it. Raises OrangedayError where there is none."""
    _see_that_there_is_a_terminal()
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt).strip()
        except GetPassWarning as failure:
            raise OrangedayError("This terminal would show what you type: use --stdin instead.") from failure
        except EOFError as failure:
            raise typer.Abort from failure


# Where a platform has a way of its own


def _let_in(
    account: Account, log_in: Callable[..., dict[str, str]], known: Mapping[str, str], read: Config
) -> dict[str, str] | None:
    """Return the account's credentials, by the platform's own way; None, saying why, where it doesn't give them."""
    _see_that_there_is_a_terminal()
    dialog = _Dialog(account)
    try:
        return log_in(account, known, dialog, system_clock)
    except (OrangedayError, typer.Abort):
        raise
    except Exception as failure:  # noqa: BLE001  whatever it was, nobody has said yes
        _explain(account, failure, {**known, **dialog.given}, read)
        return None


class _Dialog:
    """The person at this terminal."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.given: dict[str, str] = {}
        """The secrets that were typed so far."""

    def say(self, text: str, style: str = "") -> None:
        console.say(text, style)

    def show(self, line: str) -> None:
        # Not through the console: it would fold a line, and this one is to be copied.
        sys.stderr.write(f"{line}\n")

    def ask(self, question: str) -> str:
        sys.stderr.write(question)
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            return ""
        if not line:
            raise typer.Abort
        return line

    def secrets(self, names: Iterable[str]) -> dict[str, str]:
        asked = _given(self._account, names, False)
        self.given |= asked
        return asked


# What comes of it


def _verified(account: Account, values: Mapping[str, str], read: Config) -> str | None:
    """Return the account's identity, by the platform's own word; None, saying why, where it doesn't say."""
    try:
        adapter = adapter_of(account.platform)
        if adapter.check_clock:
            adapter.check_clock(account, system_clock)
        return adapter.verify(account, values, system_clock)
    except Exception as failure:  # noqa: BLE001  whatever it was, nobody has said yes
        _explain(account, failure, values, read)
        return None


def _restricted(account: Account, values: Mapping[str, str]) -> bool:
    """Return whether the credentials are taken and good for nothing, and say so."""
    look = adapter_of(account.platform).restriction
    found = look(account, values, system_clock) if look else None
    if found is None:
        return False
    console.say(found.at_login, "yellow")
    return True


def _explain(account: Account, failure: Exception, values: Mapping[str, str], read: Config) -> None:
    """Say why nothing was stored, and what to do next."""
    title = PLATFORMS[account.platform].title
    said = failure.message if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
    said = credentials.hidden(said, values.values()).rstrip(".")
    if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
        console.say(f"{account} can't log in: {said}. Nothing was saved.", "red")
        if step := _step(account, failure, read):
            console.say(step)
    else:
        console.say(f"{title} could not check it now: {said}. Nothing was saved.", "red")
        console.say("Try again later; `orangeday doctor` says whether the platform can be reached.")


def _step(account: Account, failure: PlatformError, read: Config) -> str:
    """Return the next step where a platform says no; it may be empty, where the platform has said it."""
    advise = adapter_of(account.platform).advice_at_login
    return (
        advise(account, failure.cause, read.file) if advise else f"Check the handle in {read.file}, and what was typed."
    )


def _keep(account: Account, values: Mapping[str, str], asked: Mapping[str, str], show: bool) -> int:
    """Store in the keyring what was asked for, and return the exit status.

    With --print, and on a terminal without a keyring, all of the credentials are printed instead.
    """
    names = credentials.variables(account.embassy, account.platform)
    if not show:
        try:
            credentials.store(account.embassy, account.platform, asked)
        except credentials.NoKeyring as failure:
            silent = isinstance(failure, credentials.SilentKeyring)
            why = "computer's keyring does not answer" if silent else "machine has no keyring, or one that stays locked"
            console.say(f"This {why}: nothing was saved.", "yellow")
            if not sys.stdout.isatty():
                console.say("With --print the lines that put it into the environment go to standard output.")
                return 1
        else:
            console.say(f"Saved in this machine's keyring, as {', '.join(names[name] for name in asked)}.")
            _warn_of_environment(names.values())
            return 0
    console.say("Put this into the environment of whatever starts orangeday, where nobody else can read it:")
    # Not through the console: it would fold a line, and these are to be copied.
    write_whole("".join(f"{_assignment(names[name], value)}\n" for name, value in values.items()))
    return 0


def _assignment(variable: str, value: str) -> str:
    """Return a line that sets a variable in this system's usual shell."""
    if sys.platform == "win32":
        doubled = value.replace("'", "''")
        return f"$env:{variable} = '{doubled}'"
    return f"export {variable}={shlex.quote(value)}"


def _forget(account: Account, read: Config) -> int:
    try:
        gone = credentials.forget(account.embassy, account.platform)
    except credentials.SilentKeyring as failure:
        raise OrangedayError(
            "This computer's keyring does not answer: unlock it, and try again. Nothing was removed."
        ) from failure
    except credentials.NoKeyring:
        console.say("The keyring is locked, and can't remove it.", "red")
        return 1
    console.say(f"Removed from the keyring: {', '.join(gone)}." if gone else f"The keyring has nothing of {account}.")
    if Sessions(account.address, account.handle, "").forget():
        console.say(f"{PLATFORMS[account.platform].remembers} is forgotten too.")
    shared = _shared_in_keyring(account)
    if shared:
        console.say(f"{' and '.join(shared)} stay there, for the other embassies.")
    _warn_of_environment(credentials.own_variables(account.embassy, account.platform).values())
    return 0


def _shared_in_keyring(account: Account) -> list[str]:
    own = credentials.own_variables(account.embassy, account.platform).values()
    places = credentials.places(account.embassy, account.platform)
    return [variable for variable, place in places.items() if place == "keyring" and variable not in own]


def _warn_of_environment(variables: Iterable[str]) -> None:
    if there := credentials.set_in_environment(variables):
        words = "is set in the environment, and wins" if len(there) == 1 else "are set in the environment, and win"
        console.say(f"{' and '.join(there)} {words} over the keyring: remove it there.", "yellow")
