from __future__ import annotations

import re
import shlex
import sys
import warnings
from getpass import GetPassWarning, getpass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import config, credentials, output
from orangeday.clock import system_clock
from orangeday.commands import config_file
from orangeday.errors import OrangedayError
from orangeday.problems import UnreadableFiles
from orangeday.sessions import Sessions
from orangeday.text import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orangeday.config import Account, Config

_APP_PASSWORD = r"[a-z0-9]{4}(-[a-z0-9]{4}){3}"  # noqa: S105  what one looks like
_MAKE_ONE = "Bluesky → Settings → Privacy and security → App passwords → Add app password"


def login(
    ctx: typer.Context,
    embassy: Annotated[str, typer.Argument(help="Whose account: nairobi.", metavar="EMBASSY")],
    platform: Annotated[str, typer.Argument(help="Where: bluesky.", metavar="PLATFORM")],
    stdin: Annotated[bool, typer.Option("--stdin", help="Read it from standard input, without asking.")] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Store nothing: print the lines that put it into the environment.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Remove what the keyring holds.")] = False,
) -> int:
    """Give orangeday the password of an account: it is tried at once, and never shown.

    It is kept in this machine's keyring, and in no file. Where there is no keyring, the lines that put it into the
    environment are printed instead. Bluesky wants an app password: Settings, Privacy and security, App passwords.

    For example: orangeday login nairobi bluesky
    """
    from orangeday.platforms import ADAPTERS

    read = config.load(config_file(ctx, example=False))
    account = _account(read, embassy, platform)
    if forget:
        return _forget(account)
    title = PLATFORMS[platform].title
    if platform not in ADAPTERS:
        raise OrangedayError(f"This version of orangeday can't log in to {title} yet; nothing was stored.")
    if wrong := read.usable().errors_of(account):
        raise UnreadableFiles(f"{account} can't be used as {read.file} has it; nothing was stored.", wrong)
    values = _asked(account, stdin)
    if platform == "bluesky" and not re.fullmatch(_APP_PASSWORD, values["APP_PASSWORD"]):
        output.say(
            "That looks like the account's own password, which opens everything. Better make an app password, "
            f"xxxx-xxxx-xxxx-xxxx, that can be withdrawn: {_MAKE_ONE}.",
            "yellow",
        )
    identity = _verified(account, values, read)
    if identity is None:
        return 1
    output.say(f"{title} takes it: {account} is @{account.handle}, {identity}.", "green")
    return _keep(account, values, show)


def _account(read: Config, name: str, platform: str) -> Account:
    """What the two words name. Raises OrangedayError, with what there is."""
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


def _asked(account: Account, stdin: bool) -> dict[str, str]:
    """The account's credentials by name: what is shared and known already isn't asked for again."""
    found, _ = credentials.find(account.embassy, account.platform)
    own = credentials.own_variables(account.embassy, account.platform)
    values = {name: value for name, value in found.items() if name not in own}
    for name in credentials.variables(account.embassy, account.platform):
        if name in values:
            continue
        words = name.lower().replace("_", " ")
        value = sys.stdin.readline().strip() if stdin else _typed(f"The {words} of {account} (@{account.handle}): ")
        if not value:
            raise OrangedayError(f"There was no {words}; nothing was stored.")
        values[name] = value
    return values


def _typed(prompt: str) -> str:
    """What is typed at a terminal that doesn't show it. Raises OrangedayError where there is none."""
    if not sys.stdin.isatty():
        raise OrangedayError("There is no terminal to ask at: give it on standard input, with --stdin.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt).strip()
        except GetPassWarning as failure:
            raise OrangedayError("This terminal would show what you type: use --stdin instead.") from failure
        except EOFError as failure:
            raise typer.Abort from failure


def _verified(account: Account, values: Mapping[str, str], read: Config) -> str | None:
    """Who the account is, by the platform's own word; None, and said why, where it doesn't say."""
    from orangeday.platforms import ADAPTERS
    from orangeday.platforms.base import Deferred, PlatformError, Refused

    title = PLATFORMS[account.platform].title
    try:
        identity: str = import_module(ADAPTERS[account.platform]).verify(account, values, read, system_clock)
    except Exception as failure:  # noqa: BLE001  whatever it was, nobody has said yes
        said = str(failure) if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
        said = credentials.hidden(said, values.values()).rstrip(".")
        if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
            output.say(f"{title} doesn't let {account} in: {said}. Nothing was stored.", "red")
            if account.platform == "bluesky":
                output.say(f"Check the handle in {read.file}, or make a new app password: {_MAKE_ONE}.")
        else:
            output.say(f"{title} can't say now whether it is right: {said}. Nothing was stored.", "red")
            output.say("Try again later; `orangeday doctor` says whether the platform can be reached.")
        return None
    return identity


def _keep(account: Account, values: Mapping[str, str], show: bool) -> int:
    """Into the keyring; or, where that isn't wanted or isn't there, onto the screen and nowhere else."""
    names = credentials.variables(account.embassy, account.platform)
    if not show:
        try:
            credentials.store(account.embassy, account.platform, values)
        except credentials.NoKeyring:
            output.say("This machine has no keyring, or one that stays locked: nothing was stored.", "yellow")
            if not sys.stdout.isatty():
                output.say("With --print the lines that put it into the environment go to standard output.")
                return 1
        else:
            output.say(f"Stored in this machine's keyring, as {', '.join(names[name] for name in values)}.")
            _warn_of_environment(names.values())
            return 0
    output.say("Put this into the environment of whatever starts orangeday, where nobody else can read it:")
    for name, value in values.items():
        # Not through the console: it would fold a line, and this one is to be copied.
        sys.stdout.write(_assignment(names[name], value) + "\n")
    return 0


def _assignment(variable: str, value: str) -> str:
    """A line that sets a variable in this system's usual shell."""
    if sys.platform == "win32":
        doubled = value.replace("'", "''")
        return f"$env:{variable} = '{doubled}'"
    return f"export {variable}={shlex.quote(value)}"


def _forget(account: Account) -> int:
    try:
        gone = credentials.forget(account.embassy, account.platform)
    except credentials.NoKeyring:
        output.say("The keyring is locked, and doesn't let go of it.", "red")
        return 1
    output.say(f"Removed from the keyring: {', '.join(gone)}." if gone else f"The keyring holds nothing of {account}.")
    if account.service and Sessions(account.service, account.handle, "").forget():
        output.say("Its open session is forgotten too.")
    _warn_of_environment(credentials.own_variables(account.embassy, account.platform).values())
    return 0


def _warn_of_environment(variables: Iterable[str]) -> None:
    if there := credentials.set_in_environment(variables):
        words = "is set in the environment, and wins" if len(there) == 1 else "are set in the environment, and win"
        output.say(f"{' and '.join(there)} {words} over the keyring: remove it there.", "yellow")
