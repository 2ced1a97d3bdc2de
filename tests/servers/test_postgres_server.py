"""The PostgreSQL of the tests: that it is a real one, and that it ends when it should."""

from __future__ import annotations

import signal
from contextlib import closing

import psycopg
import pytest

from .postgres_server import Databases, Postgres


def test_each_test_has_a_database_of_its_own_and_is_no_superuser(postgres: Databases) -> None:
    with postgres.database() as one, postgres.database() as other:
        assert one != other
        with closing(psycopg.connect(one.replace("+psycopg", ""))) as connection:
            asked = connection.execute("SELECT current_setting('is_superuser'), version()").fetchone()
    assert asked is not None
    assert asked[0] == "off"
    assert asked[1].startswith("PostgreSQL ")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_what_was_committed_is_there_when_it_has_started_again(own_postgres: Postgres, how: signal.Signals) -> None:
    with own_postgres.database() as url:
        with closing(psycopg.connect(url.replace("+psycopg", ""))) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.commit()
            own_postgres.restart(how)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        with closing(psycopg.connect(url.replace("+psycopg", ""))) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
