"""A session on a PostgreSQL server: it waits for no answer without an end, and for none that it doesn't need."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from orangeday.ledger.database import Connection, Query, insert_statement, with_zone

ANSWER_TIMEOUT = 8.0
"""The seconds without an answer from the server until it counts as gone. Its own timeouts are shorter.

A server whose disk hangs, and a router on the way that is alive, acknowledge every packet: no timeout of TCP ends that.
"""

BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresSession(psycopg.Connection[tuple[Any, ...]]):
    """psycopg's connection, which doesn't wait for the server without an end."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return super().wait(_with_timeout(gen), *arguments, **options)
        except TimeoutError as failure:
            self.close()
            raise psycopg.OperationalError(str(failure)) from None


class PostgresConnection(Connection):
    """A connection to a server. It begins no transaction by itself."""

    driver: PostgresSession
    timeline: str | None = None
    """The server's timeline as the session began; None if it keeps no such log."""
    _pipeline: psycopg.Pipeline | None = None

    @staticmethod
    @cache
    def translate(statement: str) -> str:
        statement = re.sub(r"\bIN (:\w+)", r"= ANY (\1)", statement)
        return re.sub(r"(?<!:):([a-z]\w*)", r"%(\1)s", statement)

    def adapt(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("\0", "\ufffd")  # the one character that a server doesn't take
        return with_zone(value) if isinstance(value, datetime) else value

    @property
    def is_in_transaction(self) -> bool:
        return self.driver.info.transaction_status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)

    @property
    def is_lost(self) -> bool:
        return self.driver.closed

    def answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        cursors = [self.send(query, values) for query, values in queries]
        return [cursor.fetchall() for cursor in cursors]

    def answers_of_one_moment(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        """Return the rows of the answers to some queries, by one round trip that is a transaction of its own."""
        if not queries[1:]:
            return self.answers(*queries)
        with self.driver.pipeline():
            self.execute(BEGIN_READING)
            cursors = [self.send(query, values) for query, values in queries]
            self.execute("COMMIT")
        return [cursor.fetchall() for cursor in cursors]

    def begin_transaction(self, begin: str, *queries: Query) -> None:
        self.begin = begin
        with self.driver.pipeline():
            self.execute(begin)
            cursors = [self.send(query, values) for query, values in queries]
        self.first_answers = [cursor.fetchall() for cursor in cursors]

    def insert_line(self, table: str, /, **values: Any) -> Callable[[], int]:
        cursor = self.send(f"{insert_statement(table, *values)} RETURNING id", values)
        return cache(lambda: int(cursor.fetchone()[0]))

    def change(self, statement: str, /, **values: Any) -> int:
        cursor = self.send(statement, values)
        self.wait_for_answers()
        return int(cursor.rowcount)

    def wait_for_answers(self) -> None:
        if self._pipeline:
            self._pipeline.sync()

    @contextmanager
    def batch(self) -> Iterator[None]:
        with self.driver.pipeline() as self._pipeline:
            yield
        self._pipeline = None

    def commit(self) -> Callable[[], None]:
        cursor = self.send("COMMIT", {})

        def check() -> None:
            if cursor.statusmessage != "COMMIT":  # but ROLLBACK, without an error, where a statement had failed
                raise psycopg.InternalError(f"COMMIT was answered by {cursor.statusmessage}")

        return check


def _with_timeout(generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Run psycopg's generator as long as the server answers. Raises TimeoutError."""
    ready, last_answer = None, time.monotonic()
    while True:
        try:
            state = generator.send(ready)
        except StopIteration as end:
            return end.value
        if ready and ready & 1:  # there was something to read
            last_answer = time.monotonic()
        elif time.monotonic() - last_answer > ANSWER_TIMEOUT:
            raise TimeoutError(f"no answer for {ANSWER_TIMEOUT:.0f} seconds")
        ready = yield state
