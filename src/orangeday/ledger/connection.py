"""The store of a ledger by its address: in a SQLite file, or on a PostgreSQL server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orangeday.errors import LedgerError
from orangeday.ledger.address import Address
from orangeday.ledger.sqlite import ReadOnlySqlite, Sqlite

if TYPE_CHECKING:
    from orangeday.ledger.postgres import Postgres


def open_store(url: str, durable: bool, read_only: bool = False) -> Sqlite | Postgres:
    """Return the store at an address. Raises LedgerError."""
    address = Address.parse(url)
    if address.is_postgres:
        return _postgres(address, read_only)
    if address.file is None:
        raise LedgerError(
            f"{address!r}: the record of posts is kept in a SQLite file or on a PostgreSQL server. Write "
            "sqlite:///orangeday.db."
        )
    return ReadOnlySqlite(address) if read_only else Sqlite(address, durable=durable)


def _postgres(address: Address, read_only: bool) -> Postgres:
    try:
        from orangeday.ledger.postgres import Postgres, ReadOnlyPostgres
    except ImportError as failure:
        raise LedgerError(
            "the record of posts is on a PostgreSQL server, and what speaks with one isn't installed here. Install "
            "“orangeday[postgres]”; nothing was sent."
        ) from failure
    return ReadOnlyPostgres(address) if read_only else Postgres(address)


def exists(url: str) -> bool:
    """Return whether there is a ledger already. Raises LedgerError where that can't be seen."""
    address = Address.parse(url)
    if not address.is_postgres:
        try:
            return address.file is not None and bool(address.file.stat())
        except PermissionError as failure:
            raise LedgerError(
                f"whether there is a record of posts {address.file} can't be seen: ask for the right to read its "
                "folder."
            ) from failure
        except (OSError, ValueError):
            return False
    store = open_store(url, durable=True, read_only=True)
    try:
        return store.exists()
    finally:
        store.close()
