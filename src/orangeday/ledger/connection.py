"""The connection to a ledger by its address: a SQLite file, or a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from orangeday.errors import LedgerError
from orangeday.ledger.postgres import Postgres, ReadOnlyPostgres
from orangeday.ledger.sqlite import ReadOnlySqlite, Sqlite


def open_store(url: str, durable: bool, read_only: bool = False) -> Sqlite | Postgres:
    """Return the store at an address. Raises LedgerError."""
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # which may say it, password and all
        raise LedgerError("[ledger] url in the config isn't an address. Write sqlite:///orangeday.db.") from None
    if address.get_backend_name() == "postgresql":
        return ReadOnlyPostgres(address) if read_only else Postgres(address)
    if address.get_backend_name() != "sqlite" or not address.database:
        # An address may have a password in it, which its own repr hides.
        raise LedgerError(
            f"{address!r}: the record of posts is kept in a SQLite file or on a PostgreSQL server. Write sqlite:///orangeday.db."
        )
    return ReadOnlySqlite(address) if read_only else Sqlite(address, durable=durable)


def exists(url: str) -> bool:
    """Return whether there is a ledger already. Raises LedgerError where that can't be seen."""
    address = sa.make_url(url)
    if address.get_backend_name() != "postgresql":
        try:
            return bool(address.database and Path(address.database).stat())
        except PermissionError as failure:
            raise LedgerError(
                f"whether there is a record of posts {address.database} can't be seen: ask for the right to read its "
                "folder."
            ) from failure
        except (OSError, ValueError):
            return False
    store = open_store(url, durable=True, read_only=True)
    try:
        return store.exists()
    finally:
        store.close()
