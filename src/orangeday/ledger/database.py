"""A connection to either database, which takes the same statements, and the pool that keeps connections open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar

_IDLE_CONNECTIONS = 16
"""The most connections that a pool keeps open for later: enough for eight accounts at work, with a lock each."""


class Connection(ABC):
    """A connection to a database: it takes statements in SQL, and returns rows as tuples.

    In a statement `:name` stands for a value, and `IN :names` for several. `FOR UPDATE` is for servers: a file has one
    writer anyway. A server need not have answered to what returns nothing here: an error is raised later then, at the
    latest by the commit.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.begin = "BEGIN"
        self.first_answers: list[list[tuple[Any, ...]]] = []
        """The rows of the answers to the queries that the present transaction has begun with."""

    @staticmethod
    @abstractmethod
    def translate(statement: str) -> str:
        """Return a statement as the driver takes it."""

    @abstractmethod
    def adapt(self, value: Any) -> Any:
        """Return a value as the driver takes it."""

    @property
    @abstractmethod
    def is_in_transaction(self) -> bool: ...

    @property
    @abstractmethod
    def is_lost(self) -> bool: ...

    def send(self, statement: str, values: Mapping[str, Any]) -> Any:
        """Execute a statement. Return the driver's cursor, for its answer."""
        adapted_values = {name: self.adapt(value) for name, value in values.items()}
        return self.driver.execute(self.translate(statement), adapted_values)

    def rows(self, statement: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query's answer."""
        rows: list[tuple[Any, ...]] = self.send(statement, values).fetchall()
        return rows

    def row(self, statement: str, /, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query's answer, or None."""
        rows = self.rows(statement, **values)
        return rows[0] if rows else None

    def value(self, statement: str, /, **values: Any) -> Any:
        """Return the first value in the first row of a query's answer, or None."""
        row = self.row(statement, **values)
        return row and row[0]

    def answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        """Return the rows of the answers to several queries, which are asked one after the other."""
        return [self.rows(query, **values) for query, values in queries]

    def begin_transaction(self, begin: str, *queries: Query) -> None:
        """Begin a transaction with some queries; a server gets all of it at once."""
        self.begin = begin
        self.execute(begin)
        self.first_answers = self.answers(*queries)

    def change(self, statement: str, /, **values: Any) -> int:
        """Execute a statement that returns no rows. Return the number of rows that it has changed."""
        count: int = self.send(statement, values).rowcount
        return count

    def execute(self, statement: str, /, **values: Any) -> None:
        """Execute a statement, whatever it returns."""
        self.send(statement, values)

    def insert(self, table: str, /, **values: Any) -> None:
        """Insert a row."""
        self.send(insert_statement(table, *values), values)

    def add(self, table: str, /, **values: Any) -> bool:
        """Insert a row unless a unique index has one like it. Return whether it was inserted."""
        return self.change(f"{insert_statement(table, *values)} ON CONFLICT DO NOTHING", **values) > 0

    def insert_line(self, table: str, /, **values: Any) -> Callable[[], int]:
        """Insert a row. Return what returns its number, at the latest once the transaction is committed."""
        number: int = self.value(f"{insert_statement(table, *values)} RETURNING id", **values)
        return lambda: number

    def batch(self) -> AbstractContextManager[object]:
        """Return a context in which a server need not have answered to one statement before it gets the next."""
        return nullcontext()

    def commit(self) -> Callable[[], object]:
        """Commit. Return what raises an error where that has failed, to be called at the end of the batch."""
        self.execute("COMMIT")
        return bool

    def wait_for_answers(self) -> None:  # noqa: B027  (a file has answered at once)
        """Wait until a server has answered to all so far. Raises the error of a statement that failed."""

    def begin_anew(self) -> None:
        """Commit what was changed so far, and begin another transaction of the same kind."""
        check_commit = self.commit()
        self.wait_for_answers()
        check_commit()
        self.execute(self.begin)

    def roll_back(self) -> None:
        if self.is_in_transaction:
            self.driver.execute("ROLLBACK")

    def close(self) -> None:
        self.driver.close()


@cache
def insert_statement(table: str, *columns: str) -> str:
    """Return the statement that inserts a row with these columns, each from the value of its name."""
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608  (names of our own)


Query = tuple[str, Mapping[str, Any]]
"""A statement, and its values by name."""
C = TypeVar("C", bound=Connection)
T = TypeVar("T")


class Pool(Generic[C]):
    """The open connections to a database that are not in use. A connection is in use by one thread at a time."""

    def __init__(self, connect: Callable[[], C], error: type[Exception]) -> None:
        self._connect, self._error = connect, error
        self._idle: deque[C] = deque()
        self._is_closed = False

    def take(self, ask: Callable[[C], T]) -> tuple[C, T]:
        """Return a connection, and the answer to what it was asked first.

        An idle connection may have been lost: that is noticed by its first statement. A new one is asked then.
        """
        while True:
            try:
                connection, is_new = self._idle.pop(), False
            except IndexError:
                connection, is_new = self._connect(), True
            try:
                return connection, ask(connection)
            except BaseException as failure:
                is_lost = connection.is_lost
                connection.close()  # whatever became of that statement, nobody takes it over
                if is_new or not is_lost or not isinstance(failure, self._error):
                    raise
                self._close_idle()  # they were lost with it

    def give_back(self, connection: C) -> None:
        """Keep a connection for later, which is in no transaction; close it where it can't be kept."""
        if self._is_closed or connection.is_lost or len(self._idle) >= _IDLE_CONNECTIONS:
            connection.close()
        else:
            self._idle.append(connection)

    @contextmanager
    def transaction(self, begin: str, *queries: Query, in_batch: bool = True) -> Iterator[C]:
        """Yield a connection in a transaction: committed at the end, or rolled back where anything is raised.

        Its `first_answers` are those to the queries.
        """
        connection, _ = self.take(lambda connection: connection.begin_transaction(begin, *queries))
        try:
            with connection.batch() if in_batch else nullcontext():
                yield connection
                check_commit = connection.commit()
            check_commit()
        except BaseException:
            # Nobody takes it over: a statement may have been left half-way, which would be in the way of a COMMIT.
            with suppress(self._error):
                connection.roll_back()
            connection.close()
            raise
        self.give_back(connection)

    def _close_idle(self) -> None:
        with suppress(IndexError):  # another thread may take some of them, or close them, meanwhile
            while True:
                self._idle.pop().close()

    def close(self) -> None:
        """Close the idle connections; one that is in use is closed when it is given back."""
        self._is_closed = True
        self._close_idle()


def utc_text(moment: datetime) -> str:
    """Return a moment as SQLite's tables have it: text in UTC that sorts as it reads."""
    return with_zone(moment).astimezone(UTC).isoformat(timespec="microseconds")


def with_zone(moment: datetime) -> datetime:
    """Return a moment that a database is to keep. Raises ValueError where it has no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment}")
    return moment


def moment_of(value: str | datetime) -> datetime:
    """Return the moment in a column, in UTC."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


def moment_or_none(value: str | datetime | None) -> datetime | None:
    """Return the moment in a column that may be empty, in UTC."""
    return None if value is None else moment_of(value)
