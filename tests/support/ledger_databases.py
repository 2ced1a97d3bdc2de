"""The databases of ledgers, from below: what they refuse, what befalls a transaction, and their addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from urllib.parse import quote

import psycopg

from orangeday.ledger.address import Address
from orangeday.ledger.database import Connection, Query
from orangeday.ledger.ledger import Ledger

INTEGRITY_ERRORS = (sqlite3.IntegrityError, psycopg.IntegrityError)


def wrap_writing(
    ledger: Ledger, before: Callable[[Connection], object], at_end: Callable[[Connection], object] = lambda _: None
) -> Callable[[], None]:
    """Has this called with each connection that begins to write, and before it commits. Return what takes it off."""
    store = ledger._store
    writing: Callable[..., AbstractContextManager[Connection]] = store.writing

    @contextmanager
    def wrapped(*queries: Query) -> Iterator[Connection]:
        with writing(*queries) as connection:
            before(connection)
            yield connection
            at_end(connection)

    vars(store)["writing"] = wrapped
    return lambda: vars(store).pop("writing")


def password_of(url: str) -> str:
    """The password in the address of a server."""
    return Address.parse(url).password or ""


def database_of(url: str) -> str:
    """The name of the database in the address of a server."""
    return Address.parse(url).database


def readdressed(url: str, **parts: str) -> str:
    """The address of a server, with some parts otherwise."""
    at = replace(Address.parse(url), **parts)  # type: ignore[arg-type]
    return f"{at.kind}://{at.user}:{quote(at.password or '')}@{at.host}:{at.port}/{at.database}"
