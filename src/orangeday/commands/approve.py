from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import compare, content
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change, Kind, Subject
from orangeday.clock import DAYS, system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import actor, ledger_to_read, live_ledger
from orangeday.commands.options import ActorName, Json
from orangeday.commands.selection import must_exist
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, errors
from orangeday.engine.status import withdrawals_by_text
from orangeday.errors import LedgerError, OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.catalogue import check
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view
from orangeday.views.terminal import preview as preview_view

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def approve(
    ctx: typer.Context,
    day: Annotated[list[str] | None, typer.Argument(help="Days to approve: 5, 5-8, or all.", metavar="DAY")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    embassy: Annotated[
        list[str] | None,
        typer.Option(help="This embassy: its settings, or with days its own words.", metavar="NAME"),
    ] = None,
    actor_name: ActorName = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Approve nothing; show what has changed since it was approved.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Approve one text that was taken down: it is shown, and you are asked.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; with --again.")] = False,
    json: Json = False,
) -> int:
    """Approve posts. Posts that aren't approved are not sent.

    Of a day that is what somebody posts; name a language to approve what nobody posts yet.

    An approval is for exact words, pictures, links and facts; any change voids it, and --diff shows the change. With
    `all` the names and accounts of the embassies are approved too. They stand in posts/approvals.toml.

    What was taken down with `orangeday retract` is never approved together with others. To post such a text again:
    orangeday approve 1 --language fr --again

    For example: orangeday approve 5 --language fr --by "Ann Peeters"
    """
    plan = files(ctx, example=False).plan
    if again and diff:
        raise OrangedayError("Use --again or --diff, not both. Nothing was written.")
    if yes and not again:
        raise OrangedayError("--yes goes with --again: nothing else is asked here. Nothing was written.")
    saved_approvals = approvals.load(plan.campaign.folder)
    if saved_approvals.problems:
        check_view.problems(console.messages(), saved_approvals.problems)
        console.info("Nothing counts as approved until that is corrected; nothing was written.", "bold red")
        return 1
    if again:
        return _approve_again(plan, _single_subject(day, language, embassy), actor_name, yes, json)
    saved_approvals = _with_ledger_withdrawals(plan, saved_approvals)
    known_subjects = sorted({*content.subjects(plan), *saved_approvals.entries}, key=lambda subject: subject.order)
    subjects = (
        known_subjects
        if diff and not (day or language or embassy)
        else _select(plan, known_subjects, day, language, embassy)
    )
    if diff:
        return _show_changes(plan, saved_approvals, subjects, json)
    result = _approve_subjects(plan, saved_approvals, subjects, actor(actor_name))
    if json:
        console.document(result.document())
    else:
        stdout = console.documents()
        approval_view.new_approvals(stdout, result.approver, result.changes, result.unchanged)
        approved_subjects = [change.subject for change in result.changes]
        approval_view.altered_pictures(stdout, content.altered_pictures(plan, approved_subjects), is_approved=True)
    for change in result.left_out:
        console.info(f"Left out: {change.in_words}", "yellow")
    if result.problems:
        check_view.problems(console.messages(), set(result.problems.values()))
        console.info(f"Not approved, for the errors above: {', '.join(map(str, result.problems))}.", "red")
        return 1
    if not result.has_subjects:
        console.info("Nothing was approved.", "red")
        return 1
    if result.remaining and not json:
        console.info(f"Next: {result.remaining} more to approve: orangeday approve --diff", "dim")
    elif not json:
        console.info("Next: orangeday doctor; then orangeday schedule --live", "dim")
    return 0


def _show_changes(plan: Plan, saved_approvals: Approvals, subjects: Sequence[Subject], json: bool) -> int:
    """Show what has changed of these since it was approved. Return 1 where something has that wasn't withdrawn."""
    changes = [change for change in compare.changes(plan, saved_approvals) if change.subject in subjects]
    if json:
        console.document(json_documents.changes_json(changes))
    else:
        stdout = console.documents()
        approval_view.changes(stdout, changes)
        approval_view.altered_pictures(stdout, content.altered_pictures(plan, [change.subject for change in changes]))
        if not changes:
            stdout.print("✓ Everything is as it was approved.", style="green")
    return 1 if any(change.kind is not Kind.WITHDRAWN for change in changes) else 0


@dataclass(frozen=True)
class _Result:
    """The result of an approval of several subjects."""

    approver: str
    changes: Sequence[Change]
    """The approvals that were written, and those that were dropped since their text is gone."""
    unchanged: Sequence[Subject]
    """Approved before, as they are."""
    left_out: Sequence[Change]
    """Not approved, since they were taken down."""
    problems: Mapping[Subject, Problem]
    """Not approved, since there is an error in them."""
    has_subjects: bool
    """True if any of the subjects isn't one that was taken down before."""
    remaining: int
    """The number of changes that still wait for an approval."""

    def document(self) -> dict[str, object]:
        """Return the result as a JSON document."""
        return {
            "by": self.approver,
            "approved": [str(change.subject) for change in self.changes if change.kind is not Kind.GONE],
            "dropped": [str(change.subject) for change in self.changes if change.kind is Kind.GONE],
            "already": [str(subject) for subject in self.unchanged],
            "withdrawn": json_documents.changes_json(self.left_out)["changes"],
            "refused": [{"subject": str(subject), "why": str(problem)} for subject, problem in self.problems.items()],
        }


def _approve_subjects(plan: Plan, saved_approvals: Approvals, subjects: Sequence[Subject], approver: str) -> _Result:
    """Approve these, but for those that were taken down or have an error."""
    left_out = [subject for subject in subjects if saved_approvals.withdrawal(subject)]
    subjects = [subject for subject in subjects if subject not in left_out]
    problems = dict(_blocking_problems(plan, subjects))
    approvable = [subject for subject in subjects if subject not in problems]
    local_withdrawals = saved_approvals.local_withdrawals
    changes = approvals.approve(plan, approvable, approver, system_clock(), local_withdrawals) if approvable else []
    current_approvals = replace(approvals.load(plan.campaign.folder), local_withdrawals=local_withdrawals)
    # Somebody may have taken one down in this very moment.
    left_out += [subject for subject in subjects if current_approvals.withdrawal(subject)]
    skipped = {*(change.subject for change in changes), *left_out}
    remaining = [change for change in compare.changes(plan, current_approvals) if change.kind is not Kind.WITHDRAWN]
    return _Result(
        approver, changes,
        [subject for subject in approvable if subject not in skipped and subject in current_approvals.entries],
        compare.withdrawn_changes(plan, current_approvals, left_out), problems, bool(subjects), len(remaining),
    )  # fmt: skip


def _with_ledger_withdrawals(plan: Plan, saved_approvals: Approvals) -> Approvals:
    """Return the approvals with what this machine's ledger says was taken down. Say so where it can't be asked."""
    from orangeday.ledger.connection import exists

    try:
        if not exists(plan.config.ledger_url):
            return saved_approvals
        with ledger_to_read(plan) as ledger:
            return replace(saved_approvals, local_withdrawals=withdrawals_by_text(plan, ledger, saved_approvals))
    except OrangedayError as failure:
        console.info(
            f"What was taken down is known from approvals.toml alone: the record of posts can't be read. {failure}",
            "yellow",
        )
        return saved_approvals


def _single_subject(
    day: Sequence[str] | None, language: Sequence[str] | None, embassy: Sequence[str] | None
) -> Subject:
    """Return the one text that --again is for. Raises OrangedayError where that is none, or more than one."""
    is_single = len(day or ()) == len(language or ()) == 1 and len(embassy or ()) < 2
    if not (is_single and day and language and re.fullmatch(r"\d{1,2}", day[0])):
        raise OrangedayError(
            "--again is for one text: say its day and its language, like `orangeday approve 1 --language fr --again`; "
            "for an embassy's own words also --embassy NAME. Nothing was written."
        )
    (number,) = _days(day)
    return Subject(number, language[0], embassy[0] if embassy else None)


def _approve_again(plan: Plan, subject: Subject, actor_name: str | None, yes: bool, json: bool) -> int:
    """Approve one text that was taken down, and lift its withdrawal, once a person has seen it and said so.

    Return the exit status.
    """
    at_a_terminal = sys.stdin.isatty() and not json
    if not at_a_terminal and not (yes and actor_name):
        raise OrangedayError("Without a terminal to ask on, say --yes and --by NAME. Nothing was written.")
    name = actor(actor_name)
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
        if problems_by_subject := dict(_blocking_problems(plan, [subject])):
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


def _select(
    plan: Plan,
    known_subjects: Sequence[Subject],
    day: Sequence[str] | None,
    language: Sequence[str] | None,
    embassy: Sequence[str] | None,
) -> list[Subject]:
    """Return the subjects that the words on the command line mean. Raises OrangedayError where they mean none."""
    days = set(_days(day or ()))
    must_exist("language", language or (), sorted({s.language for s in known_subjects if s.language}))
    must_exist("embassy", embassy or (), sorted({s.embassy for s in known_subjects if s.embassy}))
    if not day and not embassy:
        raise OrangedayError(
            "Say what you approve: days, like `orangeday approve 5` or `5-8`, or `orangeday approve all`. "
            "To see first what isn't approved: orangeday approve --diff"
        )
    is_whole_campaign = "all" in (day or ())
    # A text that nobody posts is in no preview: nobody says yes to it unawares.
    unposted_subjects = {*content.subjects(plan)} - compare.required_subjects(plan)

    def is_selected(subject: Subject) -> bool:
        if embassy and subject.embassy not in embassy:
            return False
        if subject.number is None:
            return not language and (is_whole_campaign or not day)
        if language or embassy:
            return subject.number in days and (not language or subject.language in language)
        return subject.number in days and subject not in unposted_subjects

    selection = [subject for subject in known_subjects if is_selected(subject)]
    if not selection:
        kind = "words of its own" if embassy else "text"
        raise OrangedayError(f"There is no {kind} there to approve; nothing was written.")
    return selection


def _days(words: Sequence[str]) -> Iterator[int]:
    for word in words:
        span = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", word)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if word == "all":
            yield from DAYS
        elif first in DAYS and last in DAYS and first <= last:
            yield from range(first, last + 1)
        else:
            raise OrangedayError(f"There is no day “{word}”. Days go from 1 to 16: 5, or 5-8, or all.")


def _blocking_problems(plan: Plan, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Problem]]:
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
