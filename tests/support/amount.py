"""How much of what is random is tried: a share of it, or all where ORANGEDAY_TORTURE is `full`."""

from __future__ import annotations

import os

import pytest

FULL = os.environ.get("ORANGEDAY_TORTURE") == "full"
scaled = pytest.mark.scaled
"""Marks a test that tries only a share."""


def amount(share: int, full: int) -> int:
    """The share, or all of it."""
    return full if FULL else share
