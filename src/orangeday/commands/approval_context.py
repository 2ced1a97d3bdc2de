"""The common context of all ways to approve: who approves, what was taken down or is out, and what has an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orangeday.approvals.authority import Authority, approver_names
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Answer, Subject
from orangeday.clock import system_clock
from orangeday.commands.ledgers import actor, ledger_to_read
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem, errors
from orangeday.engine.status import withdrawals_by_text
from orangeday.errors import OrangedayError
from orangeday.ledger.states import POSTED_STATES
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.catalogue import check
from orangeday.system import machine
from orangeday.views import console

_SHARED_USERS = frozenset(
    ("admin", "administrador", "administrateur", "administrator", "amministratore", "beheerder", "debian", "ec2-user",
     "guest", "pi", "root", "system", "ubuntu", "user", machine.UNKNOWN_USER)
)  # fmt: skip
"""The users of a computer that are no person's, in lower case."""


def approver_name(actor_name: str | None) -> str:
    """Return the name of who approves. Raise OrangedayError for a computer's user that is no person's name."""
    name = actor(actor_name)
    if actor_name is None and name.casefold() in _SHARED_USERS:
        raise OrangedayError(
            f"You use this computer as “{name}”, and that doesn't say who approves. Add your name: "
            '--by "Ann Peeters". Nothing was approved.'
        )
    if Answer.read(name)[1]:
        raise OrangedayError(f"“{name}” can't be a name: it ends as if it answered a page. Nothing was approved.")
    return name


def require_named(plan: Plan, authority: Authority, subjects: Sequence[Subject]) -> None:
    """Raise OrangedayError where the config names others, and the person may approve none of these."""
    if not authority.is_limited or authority.is_named or any(map(authority.covers, subjects)):
        return
    names = ", ".join(approver_names(plan)) or "nobody"
    raise OrangedayError(
        f"“{authority.name}” isn't among those who may approve: {plan.config.file} names {names}. Nothing was "
        "approved. If one of them said yes, give that name: --by NAME."
    )


def with_ledger_withdrawals(plan: Plan, saved_approvals: Approvals) -> Approvals:
    """Return the approvals with what this machine's ledger says was taken down. Say so where it can't be asked."""
    return with_ledger(plan, saved_approvals)[0]


def with_ledger(plan: Plan, saved_approvals: Approvals) -> tuple[Approvals, frozenset[str]]:
    """Return the approvals with what was taken down, and the keys of what is out, as this machine's ledger has both."""
    from orangeday.ledger.connection import exists

    try:
        if not exists(plan.config.ledger_url):
            return saved_approvals, frozenset()
        with ledger_to_read(plan) as ledger:
            withdrawals = withdrawals_by_text(plan, ledger, saved_approvals)
            rows = ledger.campaign_rows(plan.campaign_id)
            posted_keys = frozenset(key for key, row in rows.items() if row.state in POSTED_STATES)
            return replace(saved_approvals, local_withdrawals=withdrawals), posted_keys
    except OrangedayError as failure:
        console.info(
            f"What was taken down is known from approvals.toml alone: the record of posts can't be read. {failure}",
            "yellow",
        )
        return saved_approvals, frozenset()


def blocking_problems(plan: Plan, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Problem]]:
    """Yield each subject that can't be approved as it is, with the first error in the files that concerns it."""
    deliveries = list(plan)
    problems = errors(check(plan, system_clock(), deliveries))
    if not problems:
        return
    places_by_subject: dict[Subject, set[tuple[str, str]]] = {}
    for delivery in deliveries:
        if delivery.translation:
            text_subject = Subject(delivery.number, str(delivery.language), delivery.translation.embassy)
            places_by_subject.setdefault(text_subject, set()).add((delivery.embassy.id, delivery.platform))
    for subject in subjects:
        number, language, embassy = subject
        places = places_by_subject.get(subject, {(embassy or "", platform) for platform in PLATFORMS})
        for problem in problems:
            scope = problem.scope
            if number is None or language is None:
                # An error in a text isn't one in the settings of all who would say it.
                is_affected = scope.day is None and embassy in (scope.embassies or ())
            elif scope.day is None and scope.embassies is not None:
                is_affected = False
            else:
                is_affected = any(scope.covers(number, name, platform, language) for name, platform in places)
            if is_affected or (scope.day, scope.embassies, scope.language) == (None, None, None):
                yield subject, problem
                break
