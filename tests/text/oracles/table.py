"""The oracle table, per family of strings: how many there are, and in how many our answer isn't the oracle's.

    python -m tests.text.oracles.table > tests/text/oracles/TABLE.md

`test_lengths_and_facets.py` explains every difference, and sees to it that the table is up to date.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from orangeday.text.bluesky import bluesky_facets, bluesky_length
from orangeday.text.x import x_length

Facets = list[tuple[int, int, str, str]]

HEADINGS = ("strings", "X: less", "X: more", "graphemes", "facets, client", "facets, SDK")


class Answer(NamedTuple):
    """What the oracles say about one string; see `make.mjs`."""

    family: str
    text: str
    x: int
    documented: int
    graphemes: int
    facets: Facets


def answers() -> list[Answer]:
    """The kept answers of the npm packages."""
    with gzip.open(Path(__file__).with_name("answers.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Answer._make([*row[:5], [tuple(facet) for facet in row[5]]]) for row in rows]


def sdk_facets(text: str) -> Facets:
    """The facets that the Python SDK detects."""
    from atproto_client import models
    from atproto_client.utils import detect_facets, detect_mentions

    facets: Facets = []
    for facet in detect_facets(text):
        feature, index = facet.features[0], facet.index
        if isinstance(feature, models.AppBskyRichtextFacet.Link):
            facets.append((index.byte_start, index.byte_end, "link", feature.uri))
        elif isinstance(feature, models.AppBskyRichtextFacet.Tag):
            facets.append((index.byte_start, index.byte_end, "tag", feature.tag))
    facets += [(found.byte_start, found.byte_end, "mention", found.handle) for found in detect_mentions(text)]
    return sorted(facets)


def table() -> str:
    """The table, in Markdown."""
    counts: dict[str, Counter[str]] = {}
    for answer in answers():
        length, facets = x_length(answer.text), sorted(bluesky_facets(answer.text))
        different = (
            True, length < answer.x, length > answer.x, bluesky_length(answer.text) != answer.graphemes,
            facets != sorted(answer.facets), facets != sdk_facets(answer.text),
        )  # fmt: skip
        counts.setdefault(answer.family, Counter()).update(
            h for h, is_so in zip(HEADINGS, different, strict=True) if is_so
        )
    rows = [(family, *(counts[family][heading] for heading in HEADINGS)) for family in counts]
    rows.append(("**all**", *(sum(count[heading] for count in counts.values()) for heading in HEADINGS)))
    lines = ["| family | " + " | ".join(HEADINGS) + " |", "|---|" + "--:|" * len(HEADINGS)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""])


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201
