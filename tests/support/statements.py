"""Compiled SQL for all ledgers of a process: tests open thousands of them, with the same statements."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class _CompiledStatements(dict[Any, Any]):
    """SQLAlchemy's cache of compiled statements, by the dialect's class instead of the one engine's dialect."""

    def get(self, key: tuple[Any, ...], default: object = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: object) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compiled)


def share_compiled_statements() -> None:
    """Give every engine that connects from now on the same cache."""
    shared = _CompiledStatements()

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def share(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=shared)
