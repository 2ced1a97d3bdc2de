"""The type and the function that all finders of links, tags and mentions use."""

from __future__ import annotations

from collections.abc import Iterator


def byte_length(text: str) -> int:
    return len(text.encode())


Facets = Iterator[tuple[int, int, str, str]]
