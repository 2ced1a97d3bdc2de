"""The address of a ledger, `sqlite:///orangeday.db` or `postgresql+psycopg://…`, in its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote

from orangeday.errors import LedgerError

_PATTERN = re.compile(
    r"(?P<kind>[\w+]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^/?]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>\d*))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<options>.*))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a ledger's address. Its password is in no representation of it."""

    kind: str
    user: str | None
    password: str | None
    host: str | None
    port: str | None
    database: str
    options: Mapping[str, Sequence[str]]
    """The values of each option, of which some may be given several times."""

    def __repr__(self) -> str:
        return f"{self.kind}://{self.host or ''}/{self.database}"

    @classmethod
    def parse(cls, url: str) -> Address:
        """Return the parts of an address. Raises LedgerError, without what may be a password."""
        match = _PATTERN.fullmatch(url)
        if match is None:
            raise LedgerError("[ledger] url in the config isn't an address. Write sqlite:///orangeday.db.")
        user, password = (part and unquote(part) for part in match.group("user", "password"))
        host, port = match["ipv6"] or match["host"], match["port"] or None
        options = parse_qs(match["options"] or "")
        if match["kind"] == "sqlite" and not re.fullmatch(r"\d+(\.\d+)?", options.get("timeout", ["15"])[-1]):
            raise LedgerError("[ledger] url in the config has a timeout that isn't a number: seconds are meant.")
        return cls(match["kind"], user, password, host, port, unquote(match["database"] or ""), options)

    @property
    def is_postgres(self) -> bool:
        return self.kind.partition("+")[0] == "postgresql"

    @property
    def file(self) -> Path | None:
        """The file of a SQLite ledger; None for any other."""
        return Path(self.database) if self.kind == "sqlite" and self.database else None
