"""The right to approve, as the config gives it: for everything, or for what one embassy alone posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orangeday.approvals.content import subject_of
from orangeday.approvals.model import Subject
from orangeday.content.approvers import Approver
from orangeday.content.config import Config
from orangeday.content.plan import Plan


@dataclass(frozen=True, slots=True)
class Authority:
    """One person's right to approve."""

    name: str
    """The name under which approvals are kept: that of the config, where the person is named there."""
    is_named: bool
    """True where the config names the person."""
    is_limited: bool
    """True where the config says anywhere who may approve."""
    embassies: frozenset[str] = frozenset()
    """The embassies that name the person, who isn't named for all."""
    _is_covered: Callable[[Subject], bool] = field(default=lambda _: True, repr=False)

    def covers(self, subject: Subject) -> bool:
        """Return whether the person may approve this."""
        return self._is_covered(subject)

    @property
    def limits(self) -> str:
        """The reason why something isn't covered, as a sentence without its full stop."""
        if self.embassies:
            names = " and ".join(sorted(self.embassies))
            return f"{self.name} gives word for {names} alone, and not for a text that others post, too"
        return f"{self.name} isn't named in the config among those who may approve this"


def authority(plan: Plan, name: str) -> Authority:
    """Return the right of a person by the name that was typed: a name of the config, its address, or both."""
    return _authority(plan, name, lambda approver: approver.is_called(name))


def authority_of_address(plan: Plan, address: str) -> Authority:
    """Return the right of a person by a mail's address, whatever name stands beside it."""
    return _authority(plan, address, lambda approver: approver.address == address.casefold())


def first_step(config: Config) -> str:
    """Return the command to begin with where nothing is approved: for people whom the config names, a page."""
    sections = (config.approval, *(embassy.approval for embassy in config.embassies.values()))
    is_limited = any(section.is_limited for section in sections)
    return "orangeday preview --html page.html" if is_limited else "orangeday approve all"


def approver_names(plan: Plan) -> list[str]:
    """Return those who may approve, in words: `Ann Peeters <ann@example.org>`, and for which embassy alone."""
    names = [str(approver) for approver in plan.config.approval.approvers]
    for embassy in plan.config.embassies.values():
        names += [f"{approver} (for {embassy.id})" for approver in embassy.approval.approvers]
    return names


def _authority(plan: Plan, name: str, is_person: Callable[[Approver], bool]) -> Authority:
    config = plan.config
    own_sections = {embassy.id: embassy.approval for embassy in config.embassies.values()}
    is_limited = config.approval.is_limited or any(section.is_limited for section in own_sections.values())
    if approver := next(filter(is_person, config.approval.approvers), None):
        return Authority(approver.name, True, is_limited)
    people = [(id_, a) for id_, section in own_sections.items() for a in section.approvers if is_person(a)]
    if not is_limited:
        return Authority(name, False, False)
    embassies = frozenset(id_ for id_, _ in people)
    speakers = _speakers(plan)

    def is_covered(subject: Subject) -> bool:
        posting = {subject.embassy} if subject.embassy else speakers.get(subject, set())
        if embassies:
            return bool(posting) and posting <= embassies
        is_closed = any(own_sections[id_].is_limited for id_ in posting if id_ in own_sections)
        return not config.approval.is_limited and not is_closed

    return Authority(people[0][1].name if people else name, bool(people), True, embassies, is_covered)


def _speakers(plan: Plan) -> Mapping[Subject, set[str | None]]:
    """Return the embassies that post each text."""
    speakers: dict[Subject, set[str | None]] = {}
    for delivery in plan:
        if delivery.translation:
            speakers.setdefault(subject_of(delivery, delivery.translation), set()).add(delivery.embassy.id)
    return speakers
