"""The answer to the doctor's one question, whether a live run could start: ready or not, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding

_NEEDED_TO_SEND = frozenset({"approvals", "account", "brake", "clock", "late start"})
"""The checks of what is needed for sending alone: once nothing is left to send, nobody misses it."""

FindingGroup = Sequence[Finding]
"""Findings that say the same of several accounts; the first stands for all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, by what was found."""

    missing: Sequence[FindingGroup]
    """The reasons why a live run could not start, or not all of it would go out; each with its next step."""
    warnings: Sequence[FindingGroup]
    """The things that could be better, though all goes out; that nobody is told is the last of them."""
    end: Finding | None
    """The finding that says that nothing is left to send, or None."""

    @property
    def is_ready(self) -> bool:
        """True if a live run could start, and send all that is to come."""
        return not self.missing and self.end is None


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the answer that these findings give together."""
    all_findings = list(findings)
    warnings = sorted((f for f in all_findings if f.health is WARNING), key=lambda finding: finding.check == "alerts")
    end = next((finding for finding in all_findings if finding.is_end and finding.health is OK), None)
    failures = [f for f in all_findings if f.health is FAILURE and not (end and f.check in _NEEDED_TO_SEND)]
    failures.sort(key=lambda finding: finding.check != "network")  # with a firewall in the way nothing else helps
    # That a server is down is said by its own finding, and not once more for each account there.
    missing = [sorted(group, key=lambda finding: bool(finding.handle)) for group in alike(failures, by_server=True)]
    return Verdict(missing, alike(warnings), end)


def alike(findings: Iterable[Finding], *, by_server: bool = False) -> list[list[Finding]]:
    """Return the findings in groups: those together that say the same of several accounts.

    With `by_server` those as well that are all about one server, which can't be reached.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        key: tuple[str, ...] = (str(number),)
        if by_server and finding.outage:
            key = "outage", finding.outage
        elif platform := finding.subject.partition("/")[2]:
            key = finding.check, finding.health, finding.observation, platform
        groups.setdefault(key, []).append(finding)
    return list(groups.values())
