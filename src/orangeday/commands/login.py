from __future__ import annotations

import re
import sys
import warnings
from contextlib import closing
from getpass import GetPassWarning, getpass
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.adapters.base import Deferred, PlatformError, Refused
from orangeday.adapters.table import adapter_of, has_adapter
from orangeday.approvals.authority import first_step
from orangeday.clock import system_clock
from orangeday.commands.files import config_file
from orangeday.content import config
from orangeday.content.config import Account, Config
from orangeday.content.problems import UnreadableFiles
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.system import credentials
from orangeday.system.sessions import Sessions
from orangeday.system.streams import write_to_stdout
from orangeday.text.shells import assignment
from orangeday.views import console, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


def login(
    ctx: typer.Context,
    embassy: Annotated[str, typer.Argument(help="Whose account: nairobi.", metavar="EMBASSY")],
    platform: Annotated[str, typer.Argument(help=f"Where: {' or '.join(PLATFORMS)}.", metavar="PLATFORM")],
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it from standard input, a line each, without asking: see above.")
    ] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Save nothing: print the lines that put it into the environment.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Remove this account's passwords from the keyring.")] = False,
) -> int:
    """Log in to an account. The password is checked at once.

    It is never displayed, and kept in this machine's keyring, in no file. Where there is no
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
    loaded_config = config.load(config_file(ctx, example=False))
    account = _account(loaded_config, embassy, platform)
    if forget:
        return _forget(account, loaded_config)
    title = PLATFORMS[platform].title
    if not has_adapter(platform):
        raise OrangedayError(f"This version of orangeday can't log in to {title} yet; nothing was saved.")
    if problems := loaded_config.require_usable().errors_of(account):
        raise UnreadableFiles(f"{account} can't be used as {loaded_config.file} has it; nothing was saved.", problems)
    shared_secrets = _shared_secrets(account)
    if credentials.is_keyring_silent() and not print_only:  # before anybody types anything
        raise OrangedayError(
            "This computer's keyring does not answer: unlock it, and try again. Or say --print, for the lines that put "
            "it into the environment. Nothing was saved."
        )
    if cost := sentences.identity_cost([account], loaded_config.prices):
        console.info(cost)
    dialog = _Dialog(account, is_kept=not print_only)
    try:
        log_in = None if stdin else adapter_of(platform).log_in
        new_secrets = (
            _log_in(account, log_in, shared_secrets, loaded_config, dialog)
            if log_in
            else _ask_secrets(account, shared_secrets, stdin)
        )
        identity = (
            None
            if new_secrets is None
            else _verify(account, shared_secrets | new_secrets, loaded_config, kept=dialog.kept_secrets)
        )
    except (KeyboardInterrupt, typer.Abort):
        console.info(f"\n{_saved_so_far(account, dialog.kept_secrets)}")
        raise
    if new_secrets is None or identity is None:
        return 1
    console.info(f"{title} takes it: {account} is @{account.handle}, {identity}.", "green")
    is_restricted = _warn_if_restricted(account, shared_secrets | new_secrets)
    status = _store(account, shared_secrets | new_secrets, new_secrets, print_only) or int(is_restricted)
    if not status:
        _release(account, loaded_config)
    if not status and not print_only:
        console.info(_next_login(loaded_config), "dim")
    return status


def _release(account: Account, loaded_config: Config) -> None:
    """Let an account that waits for a person be tried again, where the record of posts says that it does."""
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import Ledger

    name = str(account)
    try:
        if not exists(loaded_config.ledger_url):
            return
        with closing(Ledger(loaded_config.ledger_url, system_clock, read_only=True)) as ledger:
            note = ledger.snapshot((), [name]).accounts.get(name)
        if note is None or not note.needs_person or note.deferred is None:
            return
        with closing(Ledger(loaded_config.ledger_url, system_clock)) as ledger:
            ledger.attach_high_water_mark()
            ledger.release_accounts([name])
        console.info(f"{name} waited for you, and is tried again.")
    except OrangedayError as failure:
        console.info(f"Whether {name} waited for you can't be told: {failure} If so: orangeday retry {name}", "yellow")


def _next_login(loaded_config: Config) -> str:
    """Return the next step: the next account that lacks its credentials, or what comes after them all."""
    accounts = (account for embassy in loaded_config.embassies.values() for account in embassy.accounts)
    lacking = next((a for a in accounts if credentials.find(a.embassy, a.platform)[1]), None)
    step = f"orangeday login {lacking.embassy} {lacking.platform}" if lacking else first_step(loaded_config)
    return f"Next: {step}"


def _account(loaded_config: Config, name: str, platform: str) -> Account:
    """Return the account that the two words name. Raises OrangedayError, with what there is."""
    embassy = loaded_config.embassies.get(name)
    if embassy is None:
        choices = ", ".join(loaded_config.embassies)
        raise OrangedayError(f"There is no embassy “{name}” in {loaded_config.file}. There are: {choices}.")
    if platform not in PLATFORMS:
        raise OrangedayError(f"There is no platform “{platform}”. There are: {', '.join(PLATFORMS)}.")
    account = next((account for account in embassy.accounts if account.platform == platform), None)
    if account is None:
        choices = ", ".join(account.platform for account in embassy.accounts) or "none"
        raise OrangedayError(
            f"{name} has no account on {PLATFORMS[platform].title} in {loaded_config.file}. It has: {choices}."
        )
    return account


def _shared_secrets(account: Account) -> dict[str, str]:
    """Return the known credentials that all accounts of the platform share: they aren't asked for again."""
    secrets, _ = credentials.find(account.embassy, account.platform)
    own_variables = credentials.own_variables(account.embassy, account.platform)
    return {name: value for name, value in secrets.items() if name not in own_variables}


def _ask_secrets(account: Account, shared_secrets: Mapping[str, str], stdin: bool) -> dict[str, str]:
    """Return the account's credentials by name, but for those that are known. Raises OrangedayError."""
    names = [name for name in credentials.variables(account.embassy, account.platform) if name not in shared_secrets]
    values = _read_secrets(account, names, stdin)
    for credential in PLATFORMS[account.platform].credentials:
        if (
            credential.usual_pattern
            and credential.name in values
            and not re.fullmatch(credential.usual_pattern, values[credential.name])
        ):
            console.info(credential.unusual_warning, "yellow")
    return values


def _read_secrets(account: Account, names: Iterable[str], stdin: bool) -> dict[str, str]:
    credentials_by_name = {credential.name: credential for credential in PLATFORMS[account.platform].credentials}
    values = {}
    for name in names:
        words, pattern = credentials_by_name[name].title, credentials_by_name[name].pattern
        if (source := credentials_by_name[name].source) and not stdin:
            console.info(f"Its {words} is made here: {source}. It isn't shown as you type or paste it.")
        owner = "" if credentials_by_name[name].is_shared else f" of {account} (@{account.handle})"
        value = sys.stdin.readline().strip() if stdin else _read_hidden(f"The {words}{owner}: ")
        if not value:
            raise OrangedayError(f"There was no {words}; nothing was saved.")
        if pattern and not re.fullmatch(pattern, value):
            raise OrangedayError(f"The {words} has a character that none can have: copy it again. Nothing was saved.")
        values[name] = value
    return values


def _require_terminal() -> None:
    """Raise OrangedayError where there is no terminal to ask at."""
    if not sys.stdin.isatty():
        raise OrangedayError("There is no terminal to ask at: give it on standard input, with --stdin.")


def _read_hidden(prompt: str) -> str:
    """Return what is typed at a terminal that doesn't show it. Raises OrangedayError where there is none."""
    _require_terminal()
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt).strip()
        except GetPassWarning as failure:
            raise OrangedayError("This terminal would show what you type: use --stdin instead.") from failure
        except EOFError as failure:
            raise typer.Abort from failure


# Where a platform has a way of its own


def _log_in(
    account: Account,
    log_in: Callable[..., dict[str, str]],
    shared_secrets: Mapping[str, str],
    loaded_config: Config,
    dialog: _Dialog,
) -> dict[str, str] | None:
    """Return the account's credentials, by the platform's own way; None, saying why, where it doesn't give them."""
    _require_terminal()
    try:
        return log_in(account, shared_secrets, dialog, system_clock)
    except (OrangedayError, typer.Abort):
        raise
    except Exception as failure:  # noqa: BLE001  whatever it was, nobody has said yes
        values = {**shared_secrets, **dialog.typed_secrets}
        _explain(account, failure, values, loaded_config, kept=dialog.kept_secrets)
        return None


class _Dialog:
    """The person at this terminal."""

    def __init__(self, account: Account, *, is_kept: bool) -> None:
        """`is_kept`: what the platform has taken goes into the keyring at once."""
        self._account = account
        self._is_kept = is_kept
        self.typed_secrets: dict[str, str] = {}
        """The secrets that were typed so far."""
        self.kept_secrets: tuple[str, ...] = ()
        """The names of those that are in the keyring already."""

    def keep(self, secrets: Mapping[str, str]) -> None:
        """Save what the platform has taken by now, whatever becomes of the rest; nothing where there is no keyring."""
        if not self._is_kept or not secrets:
            return
        try:
            credentials.store(self._account.embassy, self._account.platform, secrets)
        except credentials.NoKeyring:
            return  # that is said at the end, with the lines for the environment
        self.kept_secrets = tuple(secrets)
        titles = _titles(self._account, secrets)
        console.info(f"{PLATFORMS[self._account.platform].title} takes the {titles}: saved in this machine's keyring.")

    def info(self, text: str, style: str = "") -> None:
        console.info(text, style)

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

    def ask_secrets(self, names: Iterable[str]) -> dict[str, str]:
        new_secrets = _read_secrets(self._account, names, False)
        self.typed_secrets |= new_secrets
        return new_secrets


# What comes of it


def _verify(account: Account, values: Mapping[str, str], loaded_config: Config, *, kept: Sequence[str]) -> str | None:
    """Return the account's identity, by the platform's own word; None, saying why, where it doesn't say."""
    try:
        adapter = adapter_of(account.platform)
        if adapter.check_clock:
            adapter.check_clock(account, system_clock)
        return adapter.verify(account, values, system_clock)
    except Exception as failure:  # noqa: BLE001  whatever it was, nobody has said yes
        _explain(account, failure, values, loaded_config, kept=kept)
        return None


def _warn_if_restricted(account: Account, values: Mapping[str, str]) -> bool:
    """Return whether the credentials are taken and good for nothing, and say so."""
    find_restriction = adapter_of(account.platform).restriction
    restriction = find_restriction(account, values, system_clock) if find_restriction else None
    if restriction is None:
        return False
    console.info(restriction.login_message, "yellow")
    return True


def _explain(
    account: Account, failure: Exception, values: Mapping[str, str], loaded_config: Config, *, kept: Sequence[str]
) -> None:
    """Say why nothing was stored, or nothing but these names, and what to do next."""
    saved = _saved_so_far(account, kept)
    title = PLATFORMS[account.platform].title
    message = failure.message if isinstance(failure, PlatformError) else f"an unexpected failure: {failure!r}"
    message = credentials.redact(message, values.values()).rstrip(".")
    if isinstance(failure, Refused) or (isinstance(failure, Deferred) and failure.needs_person):
        console.info(f"{account} can't log in: {message}. {saved}", "red")
        if step := _next_step(account, failure, loaded_config):
            console.info(step)
    else:
        console.info(f"{title} could not check it now: {message}. {saved}", "red")
        console.info("Try again later; `orangeday doctor` says whether the platform can be reached.")


def _saved_so_far(account: Account, kept: Sequence[str]) -> str:
    """Return the sentence that says what a log-in that failed has left in the keyring."""
    if not kept:
        return "Nothing was saved."
    return f"The {_titles(account, kept)} stay saved: you need not type them again. Nothing else was saved."


def _titles(account: Account, names: Iterable[str]) -> str:
    """Return these credentials as people know them: `API key of the app and API secret of the app`."""
    return " and ".join(c.title for c in PLATFORMS[account.platform].credentials if c.name in set(names))


def _next_step(account: Account, failure: PlatformError, loaded_config: Config) -> str:
    """Return the next step where a platform says no; it may be empty, where the platform has said it."""
    advise = adapter_of(account.platform).login_advice
    return (
        advise(account, failure.cause, loaded_config.file)
        if advise
        else f"Check the handle in {loaded_config.file}, and what was typed."
    )


def _store(account: Account, values: Mapping[str, str], new_secrets: Mapping[str, str], print_only: bool) -> int:
    """Store in the keyring what was asked for, and return the exit status.

    With --print, and on a terminal without a keyring, all of the credentials are printed instead.
    """
    names = credentials.variables(account.embassy, account.platform)
    if not print_only:
        try:
            credentials.store(account.embassy, account.platform, new_secrets)
        except credentials.NoKeyring as failure:
            is_silent = isinstance(failure, credentials.SilentKeyring)
            reason = (
                "computer's keyring does not answer"
                if is_silent
                else "machine has no keyring, or one that stays locked"
            )
            console.info(f"This {reason}: nothing was saved.", "yellow")
            if not sys.stdout.isatty():
                console.info("With --print the lines that put it into the environment go to standard output.")
                return 1
        else:
            console.info(f"Saved in this machine's keyring, as {', '.join(names[name] for name in new_secrets)}.")
            _warn_of_environment(names.values())
            return 0
    console.info("Put this into the environment of whatever starts orangeday, where nobody else can read it:")
    # Not through the console: it would fold a line, and these are to be copied.
    write_to_stdout("".join(f"{assignment(names[name], value)}\n" for name, value in values.items()))
    return 0


def _forget(account: Account, loaded_config: Config) -> int:
    try:
        removed_variables = credentials.forget(account.embassy, account.platform)
    except credentials.SilentKeyring as failure:
        raise OrangedayError(
            "This computer's keyring does not answer: unlock it, and try again. Nothing was removed."
        ) from failure
    except credentials.NoKeyring:
        console.info("The keyring is locked, and can't remove it.", "red")
        return 1
    console.info(
        f"Removed from the keyring: {', '.join(removed_variables)}."
        if removed_variables
        else f"The keyring has nothing of {account}."
    )
    if Sessions(account.address, account.handle, "").forget():
        console.info(f"{PLATFORMS[account.platform].kept_data} is forgotten too.")
    shared_variables = _shared_keyring_variables(account)
    if shared_variables:
        console.info(f"{' and '.join(shared_variables)} stay there, for the other embassies.")
    _warn_of_environment(credentials.own_variables(account.embassy, account.platform).values())
    return 0


def _shared_keyring_variables(account: Account) -> list[str]:
    own_variables = credentials.own_variables(account.embassy, account.platform).values()
    places = credentials.sources(account.embassy, account.platform)
    return [variable for variable, place in places.items() if place == "keyring" and variable not in own_variables]


def _warn_of_environment(variables: Iterable[str]) -> None:
    if set_variables := credentials.environment_variables(variables):
        words = (
            "is set in the environment, and wins" if len(set_variables) == 1 else "are set in the environment, and win"
        )
        console.info(f"{' and '.join(set_variables)} {words} over the keyring: remove it there.", "yellow")
