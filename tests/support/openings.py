"""What happens between two readings of a file: right before each time that this process opens it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_hooks: list[Callable[[str], None]] = []


def _tell(event: str, args: tuple[object, ...]) -> None:
    if event == "open" and _hooks and isinstance(args[0], str):
        for hook in [*_hooks]:
            hook(args[0])


@contextmanager
def each_opening_of(file: Path, act: Callable[[int], object]) -> Iterator[list[int]]:
    """Calls `act` with the number of the opening, from 1 on; gives the list of them. What `act` opens isn't counted."""
    if not _installed:
        sys.addaudithook(_tell)  # which can't be taken away again
        _installed.append(True)
    target, numbers, acting = str(file.absolute()), list[int](), list[bool]()

    def hook(name: str) -> None:
        if not acting and str(Path(name).absolute()) == target:
            numbers.append(len(numbers) + 1)
            acting.append(True)
            try:
                act(numbers[-1])
            finally:
                acting.clear()

    _hooks.append(hook)
    try:
        yield numbers
    finally:
        with suppress(ValueError):
            _hooks.remove(hook)


_installed: list[bool] = []
