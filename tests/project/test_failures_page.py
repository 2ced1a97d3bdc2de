"""What befell others: each of the fifty has its test or its reason, and the page says so."""

from __future__ import annotations

from .. import failures
from ..support.common import ROOT


def test_each_of_the_fifty_is_replayed_by_a_test_or_can_not_concern_us() -> None:
    assert [*failures.FAILURES] == [*range(1, 51)]
    assert sorted([*failures.shown(), *failures.NOT_OURS]) == [*range(1, 51)]


def test_the_page_of_the_failures_is_as_the_tests_are() -> None:
    written = (ROOT / "docs/failures.md").read_text("utf-8")
    assert written == failures.table(failures.shown()), "python -m tests.failures > docs/failures.md"
