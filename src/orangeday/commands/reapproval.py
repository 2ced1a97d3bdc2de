"""The approval of one text that was taken down, which lifts its withdrawal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from orangeday.approvals import compare, content
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import authority as authority_of
from orangeday.approvals.model import Change, Subject
from orangeday.clock import system_clock
from orangeday.commands.approval_context import approver_name, blocking_problems, require_named
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.selection import must_exist
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.status import withdrawals_by_text
from orangeday.errors import LedgerError, OrangedayError
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view
from orangeday.views.terminal import preview as preview_view

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def approve_again(plan: Plan, subject: Subject, actor_name: str | None, yes: bool, json: bool) -> int:
    """Approve one text that was taken down, and lift its withdrawal, once a person has seen it and said so.

    Return the exit status.
    """
    at_a_terminal = sys.stdin.isatty() and not json
    if not at_a_terminal and not (yes and actor_name):
        raise OrangedayError("Without a terminal to ask on, say --yes and --by NAME. Nothing was written.")
    authority = authority_of(plan, approver_name(actor_name))
    require_named(plan, authority, [subject])
    if not authority.covers(subject):
        raise OrangedayError(f"{authority.limits}: {subject.in_words}. Nothing was written.")
    name = authority.name
    known_subjects = content.subjects(plan)
    must_exist("language", [subject.language or ""], sorted({s.language for s in known_subjects if s.language}))
    if subject not in known_subjects:
        raise OrangedayError(f"There are no such words: {subject.in_words}. Nothing was written.")
    with _ledger_to_lift(plan, actor_name) as ledger:
        saved_approvals = approvals.load(plan.campaign.folder)
        saved_approvals = replace(saved_approvals, local_withdrawals=withdrawals_by_text(plan, ledger, saved_approvals))
        change = next(iter(compare.withdrawn_changes(plan, saved_approvals, [subject])), None)
        if change is None:
            raise OrangedayError(
                f"{subject.in_words[0].upper()}{subject.in_words[1:]} isn't withdrawn. Nothing was written. "
                f"To approve it: {subject.command}"
            )
        if problems_by_subject := dict(blocking_problems(plan, [subject])):
            check_view.problems(console.messages(), set(problems_by_subject.values()))
            console.info(f"Not approved, for the errors above: {subject}. It stays withdrawn.", "red")
            return 1
        if not json:
            _show(plan, ledger, change)
        if not yes and not typer.confirm("Post this text again?", err=True):
            console.info("Nothing was changed: it stays withdrawn.")
            return 0
        text_key = plan.campaign_id, subject.number or 0, subject.language or "", subject.embassy or ""
        approvals.approve_again(plan, subject, name, system_clock(), lambda: ledger.lift(*text_key))
    if json:
        console.document(
            {"by": name, "approved": [str(subject)], "was": json_documents.changes_json([change])["changes"]}
        )
    else:
        console.info(f"Approved again by {name}: {subject.in_words}. It may be posted from now on.", "green")
        console.info("Next: commit or copy posts/approvals.toml where other machines post, too.", "dim")
    return 0


@contextmanager
def _ledger_to_lift(plan: Plan, actor_name: str | None) -> Iterator[Ledger]:
    """Yield the ledger in which a withdrawal stands. Raises LedgerError, saying that none was lifted."""
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import throwaway

    try:
        has_ledger = exists(plan.config.ledger_url)
        with closing(live_ledger(plan, actor_name)) if has_ledger else throwaway(system_clock) as ledger:
            yield ledger
    except LedgerError as failure:
        raise LedgerError(f"{failure} The text stays withdrawn, and nothing was written.") from failure


def _show(plan: Plan, ledger: Ledger, change: Change) -> None:
    """Show the text as it reads now, what has changed in it since it was taken down, by whom it was, and why."""
    stdout, subject = console.documents(), change.subject
    posts = [d for d in plan if _subject_of(d) == subject]
    preview_view.previews(stdout, posts, show_all=subject.embassy is not None)
    if not posts:
        approval_view.content(stdout, content.content(plan, subject) or {})
    has_old = any(old is not None for old, _ in change.parts.values())
    if not has_old and change.parts and posts:  # of what was approved then nothing is kept: but of what was posted
        posted_texts = ledger.last_texts(plan.campaign_id, subject.number or 0, subject.language or "")
        current_texts = {d.key: d.rendered_text.text for d in posts if d.rendered_text and d.key in posted_texts}
        approval_view.changes_since_withdrawal(
            stdout, {key: (posted_texts[key], text) for key, text in current_texts.items()}
        )
    else:
        approval_view.changes_since_withdrawal(stdout, {name: (old, new) for name, old, new in change.differences})
    console.info(f"{change.explanation[0].upper()}{change.explanation[1:]}.", "yellow")


def _subject_of(delivery: Delivery) -> Subject | None:
    translation = delivery.translation
    return Subject(delivery.number, str(delivery.language), translation.embassy) if translation else None
