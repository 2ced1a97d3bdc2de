from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated

import typer

from orangeday.clock import utc
from orangeday.commands.ledgers import emergency_access
from orangeday.commands.options import ActorName, LedgerOption
from orangeday.content.config import Config
from orangeday.errors import OrangedayError
from orangeday.ledger.records import ALL_ACCOUNTS, Row
from orangeday.platforms.registry import PLATFORMS
from orangeday.views import console

_POLL_INTERVAL = 0.2
"""The seconds between two looks at what is in flight."""


def pause(
    ctx: typer.Context,
    targets: Annotated[
        list[str] | None, typer.Argument(help="Embassies, platforms, or accounts like nairobi/x.", metavar="WHAT…")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever the pause is.", metavar="TEXT")] = "",
    actor_name: ActorName = None,
    ledger_address: LedgerOption = None,
) -> int:
    """Stop everything at once; or an embassy, or an account.

    Nothing new is sent from now on, by any program. The command returns when nothing is being sent any more. A post
    whose time passes meanwhile is missed, and stays so. `orangeday resume` ends the pause.

    It needs nothing but the record of posts: it works while config.toml is broken and the posts are gone.
    """
    access = emergency_access(ctx, ledger_address, actor_name)
    with closing(access.ledger) as ledger:
        for name in targets or ():
            _must_be_known(name, access.config, ledger.accounts())
        scopes = targets or [ALL_ACCOUNTS]
        for scope in scopes:
            ledger.pause(scope, reason)
        console.info(f"Paused: {', '.join(scopes)}. {_unpaused_text(scopes, access.config)}", "bold")
        console.info(f"This is written in {ledger.location}. {access.last_look_text}")
        if access.config_error:
            console.info(f"{access.config_error} While that is so, a running program sends nothing either.", "yellow")

        def is_affected(row: Row) -> bool:
            return not {ALL_ACCOUNTS, row.embassy, row.platform, f"{row.embassy}/{row.platform}"}.isdisjoint(scopes)

        announced_keys: set[str] = set()
        while rows_in_flight := ledger.rows_in_flight(is_affected):
            for row in rows_in_flight:
                if row.key not in announced_keys:
                    since = f" since {utc(row.first_armed)}" if row.first_armed else ""
                    console.info(f"Waiting for {row.key}, on its way{since}. Ctrl-C waits no longer; the pause stays.")
                    announced_keys.add(row.key)
            time.sleep(_POLL_INTERVAL)
        for row in ledger.rows(announced_keys).values():
            console.info(f"{row.key} ended {row.state}.")
    console.info("Nothing is being sent now. Next: orangeday status")
    return 0


def _must_be_known(name: str, config: Config | None, accounts: list[str]) -> None:
    """Raise OrangedayError where neither the config nor the ledger has anything of that name."""
    known = dict.fromkeys(PLATFORMS)
    for embassy in config.embassies.values() if config else ():
        known |= dict.fromkeys([embassy.id, *map(str, embassy.accounts)])
    for account in accounts:
        known |= dict.fromkeys([account.partition("/")[0], account])
    if name not in known:
        short = ", ".join(name for name in known if "/" not in name)
        raise OrangedayError(
            f"There is nothing called “{name}” to pause. There are: {short}. Nothing was paused; "
            "`orangeday pause` alone stops everything."
        )


def _unpaused_text(scopes: list[str], config: Config | None) -> str:
    """Return a text that says what isn't paused, so that nobody takes a part for the whole."""
    if ALL_ACCOUNTS in scopes:
        return "Nothing more is sent."
    accounts = [account for embassy in config.embassies.values() for account in embassy.accounts] if config else []
    active_accounts = [a for a in accounts if {a.embassy, a.platform, str(a)}.isdisjoint(scopes)]
    if not active_accounts:
        return "Nothing more is sent there." if not config else "Nothing more is sent."
    platforms = list(dict.fromkeys(account.platform for account in active_accounts))
    embassies = list(dict.fromkeys(account.embassy for account in active_accounts))
    if all(scope in PLATFORMS for scope in scopes):
        names = " and ".join(PLATFORMS[platform].title for platform in platforms)
    elif len(embassies) == 1:
        names = " and ".join(map(str, active_accounts))
    else:
        names = ", ".join(embassies if len(embassies) <= 5 else [*embassies[:5], f"{len(embassies) - 5} more"])
    goes = "goes" if " and " not in names and "," not in names else "go"
    return f"Nothing more is sent there. {names} {goes} on: `orangeday pause` alone stops everything."
