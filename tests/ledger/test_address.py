"""The address of a ledger: its parts, and what isn't one."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.errors import LedgerError
from orangeday.ledger.address import Address
from orangeday.ledger.connection import exists, open_store


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///orangeday.db", "orangeday.db"),
        ("sqlite:////home/ann/orangeday.db?timeout=0.2", "/home/ann/orangeday.db"),
        ("sqlite:///C:/Users/Ann/orangeday.db", "C:/Users/Ann/orangeday.db"),
        ("sqlite:///Bogotá%20%E2%80%93%20é.db", "Bogotá – é.db"),
    ],
)
def test_a_file_is_found_by_its_address(url: str, file: str) -> None:
    assert Address.parse(url).file == Path(file)


def test_a_server_is_found_by_its_address_and_its_password_is_not_shown() -> None:
    address = Address.parse("postgresql+psycopg://ann:se%40cret@[::1]:5433/ledger?host=a:5432&host=b&sslmode=require")
    assert (address.user, address.password, address.host, address.port) == ("ann", "se@cret", "::1", "5433")
    assert (address.database, address.file, address.is_postgres) == ("ledger", None, True)
    assert address.options == {"host": ["a:5432", "b"], "sslmode": ["require"]}
    assert "cret" not in repr(address)


@pytest.mark.parametrize("url", ["", "orangeday.db", "sqlite:/x", "postgresql://host:port/ledger"])
def test_what_is_no_address_says_so(url: str) -> None:
    with pytest.raises(LedgerError, match="isn't an address"):
        Address.parse(url)


@pytest.mark.parametrize("seconds", ["soon", "", "-1", "1.2.3"])
def test_a_timeout_is_a_number(seconds: str) -> None:
    with pytest.raises(LedgerError, match="seconds are meant"):
        Address.parse(f"sqlite:///x.db?timeout={seconds}&timeout={seconds or 'none'}")


@pytest.mark.parametrize("url", ["mysql://ann:secret@host/ledger", "sqlite://", "sqlite+other:///x.db"])
def test_another_kind_of_database_is_none(url: str) -> None:
    assert not exists(url)
    with pytest.raises(LedgerError, match="a SQLite file or on a PostgreSQL server") as said:
        open_store(url, durable=True)
    assert "secret" not in str(said.value)
