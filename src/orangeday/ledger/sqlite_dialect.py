"""SQLAlchemy's dialect of SQLite for ledgers: a statement that was compiled for one engine serves every other."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

COMPILED_STATEMENTS: LRUCache[Any, Any] = LRUCache(500)
"""The statements compiled so far in this process, for all engines that have this dialect."""


class SharedDialect(SQLiteDialect_pysqlite):
    """Python's own SQLite. All instances are equal, so statements are found in the cache whoever compiled them."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is SharedDialect

    def __hash__(self) -> int:
        return hash(SharedDialect)
