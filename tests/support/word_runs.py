"""Runs of seven words: by their hashes it is seen whether a text repeats another that isn't here.

tests/content/release_runs.txt has those of the release that the campaign is derived from, none of whose sentences the
project contains. It was made from the release's Dutch text, the only one there is, by

    python -m tests.support.word_runs release.nl.txt > tests/content/release_runs.txt
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

LENGTH = 7

NAMES = (
    "International Day for the Elimination of Violence against Women",
    "Internationale Dag voor de uitbanning van geweld tegen vrouwen",
    "Special Representative of the UN Secretary-General on Sexual Violence in Conflict",
    "UN Secretary-General's Special Representative on Sexual Violence in Conflict",
    "Speciale Vertegenwoordiger van de VN-Secretaris-Generaal inzake seksueel geweld in conflict",
    "UN Secretary-General's Special Representative",
    "Special Representative of the UN Secretary-General",
    "UN Human Rights Council",
    "VN-Mensenrechtenraad",
    "Minister of Foreign Affairs",
    "Minister van Buitenlandse Zaken",
    "National Action Plan",
    "Nationaal Actieplan",
)
"""What can be called by one name only: no run goes on beyond it. The longer ones come first."""


def words(text: str) -> list[str]:
    """The words of a text, in small letters and in one form."""
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())


_NAME = re.compile(rf"\b(?:{'|'.join(' '.join(words(name)) for name in NAMES)})\b")


def runs(text: str) -> Iterator[str]:
    """Yields every run of seven words of a text, but for its names and placeholders."""
    for part in re.split(r"\{[^{}]*\}", text):
        for piece in _NAME.split(" ".join(words(part))):
            found = piece.split()
            yield from (" ".join(found[start : start + LENGTH]) for start in range(len(found) - LENGTH + 1))


def hash_of(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:16]


def hashes(texts: Iterable[str]) -> set[str]:
    return {hash_of(run) for text in texts for run in runs(text)}


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in sorted(hashes([Path(sys.argv[1]).read_text("utf-8")])))
