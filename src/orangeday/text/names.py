"""Names that people gave: of files, facts, handles. One name can be stored in two forms that look the same. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar, overload

_V = TypeVar("_V")
_D = TypeVar("_D")


def nfc(name: str) -> str:
    """Return a name in the form in which names are compared (NFC): “é” as one character, not as e and an accent.

    Macs, and archives that were made there, give names in the other form.
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


_UNSEEN_MARKS = frozenset("\u034f") | frozenset(map(chr, range(0xFE00, 0xFE10)))
"""The marks that show nothing: a joiner, and those that choose how a character looks."""


def without_unseen(name: str) -> str:
    """Return a name as the eye has it: in one form, and without characters that show nothing."""
    return nfc("".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cc") and c not in _UNSEEN_MARKS))


class NameMap(dict[str, _V]):
    """Values by name: a name is found in whichever form it is asked for, and stays as it was written."""

    def __init__(self, values: Mapping[str, _V]) -> None:
        super().__init__(values)
        self._written_names: dict[str, str] = {}
        for name in values:
            self._written_names.setdefault(nfc(name), name)

    def __missing__(self, name: str) -> _V:
        return super().__getitem__(self._written_names[nfc(name)])

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and nfc(name) in self._written_names)

    @overload
    def get(self, name: str, default: None = None, /) -> _V | None: ...
    @overload
    def get(self, name: str, default: _V, /) -> _V: ...
    @overload
    def get(self, name: str, default: _D, /) -> _V | _D: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        try:
            return self[name]
        except KeyError:
            return default
