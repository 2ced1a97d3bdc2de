from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import compare, content
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import Authority
from orangeday.approvals.authority import authority as authority_of
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change, Kind, Subject
from orangeday.clock import system_clock
from orangeday.commands import page_answers, reapproval
from orangeday.commands.approval_context import (
    approver_name,
    blocking_problems,
    require_named,
    with_ledger_withdrawals,
)
from orangeday.commands.files import files
from orangeday.commands.options import DAYS_HELP, ActorName, Json
from orangeday.commands.selection import days, must_exist
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem
from orangeday.errors import OrangedayError
from orangeday.text.phrases import short_list
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view

if TYPE_CHECKING:
    pass


def approve(
    ctx: typer.Context,
    day: Annotated[list[str] | None, typer.Argument(help=f"Days to approve: {DAYS_HELP}.", metavar="DAY…")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    embassy: Annotated[
        list[str] | None,
        typer.Option(help="This embassy: its settings, or with days its own words.", metavar="NAME"),
    ] = None,
    actor_name: ActorName = None,
    as_shown: Annotated[
        str | None,
        typer.Option(
            "--as-shown",
            help="Approve exactly what the page with this code shows: all of it, or these days.",
            metavar="CODE",
        ),
    ] = None,
    reply: Annotated[
        str | None,
        typer.Option("--reply", help="Approve what this mail, saved as .eml, says yes to.", metavar="FILE"),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Approve nothing; show what has changed since it was approved.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Approve one text that was taken down: it is shown, and you are asked.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    json: Json = False,
) -> int:
    """Approve posts. Posts that aren't approved are not sent.

    A day is all of its texts that an embassy posts. To approve a text that nobody posts yet, name its language too.

    An approval is for exact words, pictures, links and facts; any change voids it, and --diff shows the change. With
    `all` the names and accounts of the embassies are approved too. They stand in posts/approvals.toml.

    What was taken down with `orangeday retract` is never approved together with others. To post such a text again:
    orangeday approve 1 --language fr --again

    A page (orangeday preview --html) has a code. Who answers with it approves what the page shows, word for word, and
    nothing else: if anything has changed since, nothing is approved.

    For example: orangeday approve 5 --language fr --by "Ann Peeters"
    """
    _check_options({"--as-shown": as_shown is not None, "--reply": reply is not None, "--diff": diff, "--again": again})
    if (as_shown is not None or reply is not None) and (language or embassy or (reply is not None and day)):
        raise OrangedayError("The page's code says what is approved: leave the rest out. Nothing was written.")
    if yes and diff:
        raise OrangedayError("--diff approves nothing, and asks nothing: leave --yes out.")
    config_files = files(ctx, example=False)
    plan = config_files.plan
    saved_approvals = approvals.load(plan.campaign.folder)
    if saved_approvals.problems:
        check_view.problems(console.messages(), saved_approvals.problems)
        console.info("Nothing counts as approved until that is corrected; nothing was written.", "bold red")
        return 1
    if as_shown is not None:
        numbers = None if not day or "all" in day else days(day, plan)
        return page_answers.approve_as_shown(config_files, as_shown, numbers, actor_name, json=json)
    if reply is not None:
        return page_answers.approve_reply(config_files, reply, actor_name, yes=yes, json=json)
    if again:
        return reapproval.approve_again(
            plan, _single_subject(days(day or (), plan), language, embassy), actor_name, yes, json
        )
    saved_approvals = with_ledger_withdrawals(plan, saved_approvals)
    known_subjects = sorted({*content.subjects(plan), *saved_approvals.entries}, key=lambda subject: subject.order)
    subjects = (
        known_subjects
        if diff and not (day or language or embassy)
        else _select(plan, known_subjects, day, language, embassy)
    )
    if diff:
        return _show_changes(plan, saved_approvals, subjects, json)
    authority = authority_of(plan, approver_name(actor_name))
    require_named(plan, authority, subjects)
    request = _request(plan, saved_approvals, subjects, authority)
    is_asked = sys.stdin.isatty() and not json and not yes and ("all" in (day or ()) or request.has_news)
    if not json:
        _show_request(plan, request, with_subjects=is_asked)
    if is_asked and request.changes and not typer.confirm(_question(request), err=True):
        console.info("Nothing was approved.")
        return 1
    return _show_result(plan, _approve_request(plan, saved_approvals, request), is_asked=is_asked, json=json)


def _check_options(options: Mapping[str, bool]) -> None:
    """Raise OrangedayError where two ways to approve are asked for at once."""
    names = [name for name, is_used in options.items() if is_used]
    if len(names) > 1:
        raise OrangedayError(f"Use {names[0]} or {names[1]}, not both. Nothing was written.")


def _question(request: _Request) -> str:
    changed_subjects = [change.subject for change in request.changes]
    return f"Approve {approval_view.count_subjects(changed_subjects)} as {request.authority.name}?"


def _show_request(plan: Plan, request: _Request, *, with_subjects: bool) -> None:
    """Show what has changed since it was approved, before it is approved again; and all that is about to be."""
    stdout = console.documents()
    approval_view.changes_to_approve(stdout, request.changes)
    if with_subjects and request.changes:
        subjects = [change.subject for change in request.changes]
        approval_view.subject_list(stdout, f"To approve, as {request.authority.name}:", subjects)
        approval_view.altered_pictures(stdout, content.altered_pictures(plan, subjects))


def _show_result(plan: Plan, result: _Result, *, is_asked: bool, json: bool) -> int:
    """Show what was approved, and what wasn't and why; return the exit status."""
    if json:
        console.document(result.document())
    else:
        stdout = console.documents()
        approval_view.new_approvals(
            stdout, result.approver, result.changes, result.unchanged_subjects, is_listed=is_asked
        )
        if not is_asked:
            subjects = [change.subject for change in result.changes]
            approval_view.altered_pictures(stdout, content.altered_pictures(plan, subjects), is_approved=True)
    for change in result.left_out:
        console.info(f"Left out: {change.in_words}", "yellow")
    if result.not_covered:
        names = short_list([str(subject) for subject in result.not_covered], 12)
        console.info(f"Left out: {names}. {result.limits}.", "yellow")
    if result.problems:
        check_view.problems(console.messages(), set(result.problems.values()))
        console.info(f"Not approved, for the errors above: {', '.join(map(str, result.problems))}.", "red")
        return 1
    if not result.has_subjects:
        console.info("Nothing was approved.", "red")
        return 1
    if result.not_covered:
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
        elif plan.config.approval.mail and any(change.kind is not Kind.WITHDRAWN for change in changes):
            console.info("To ask for a yes by mail: orangeday preview --html page.html", "dim")
    return 1 if any(change.kind is not Kind.WITHDRAWN for change in changes) else 0


@dataclass(frozen=True)
class _Result:
    """The result of an approval of several subjects."""

    approver: str
    changes: Sequence[Change]
    """The approvals that were written, and those that were dropped since their text is gone."""
    unchanged_subjects: Sequence[Subject]
    """Approved before, as they are."""
    left_out: Sequence[Change]
    """Not approved, since they were taken down."""
    problems: Mapping[Subject, Problem]
    """Not approved, since there is an error in them."""
    has_subjects: bool
    """True if any of the subjects isn't one that was taken down before."""
    remaining: int
    """The number of changes that still wait for an approval."""
    not_covered: Sequence[Subject] = ()
    """Not approved, since who approves has no right to."""
    limits: str = ""
    """The sentence that says why, without its full stop."""

    def document(self) -> dict[str, object]:
        """Return the result as a JSON document."""
        return {
            "by": self.approver,
            "approved": [str(change.subject) for change in self.changes if change.kind is not Kind.GONE],
            "dropped": [str(change.subject) for change in self.changes if change.kind is Kind.GONE],
            "already": [str(subject) for subject in self.unchanged_subjects],
            "withdrawn": json_documents.changes_json(self.left_out)["changes"],
            "refused": [
                *({"subject": str(subject), "why": str(problem)} for subject, problem in self.problems.items()),
                *({"subject": str(subject), "why": self.limits} for subject in self.not_covered),
            ],
        }


@dataclass(frozen=True)
class _Request:
    """The subjects that are about to be approved, and those that aren't, with the reasons."""

    authority: Authority
    subjects: Sequence[Subject]
    """Those that can be approved, or are already."""
    changes: Sequence[Change]
    """Those of them that aren't approved as they are."""
    contents: Mapping[Subject, Mapping[str, str]]
    """The parts of each, as they are now: exactly these are approved."""
    left_out: Sequence[Subject]
    problems: Mapping[Subject, Problem]
    not_covered: Sequence[Subject]
    has_subjects: bool

    @property
    def has_news(self) -> bool:
        """True if any was approved before, and is another by now: a person should see how."""
        return any(change.kind is not Kind.NEW and change.parts for change in self.changes)


def _request(plan: Plan, saved_approvals: Approvals, subjects: Sequence[Subject], authority: Authority) -> _Request:
    """Return what of these can be approved, and by whom: nothing that was taken down, or has an error."""
    left_out = [subject for subject in subjects if saved_approvals.withdrawal(subject)]
    subjects = [subject for subject in subjects if subject not in left_out]
    problems = dict(blocking_problems(plan, subjects))
    candidates = [subject for subject in subjects if subject not in problems]
    changes = [
        change
        for subject in candidates
        if authority.covers(subject) and (change := compare.find_change(plan, saved_approvals, subject, None))
    ]
    changed_subjects = [change.subject for change in changes]
    not_covered = [subject for subject in candidates if not authority.covers(subject)]
    contents = {subject: parts for subject in changed_subjects if (parts := content.content(plan, subject))}
    approvable = [subject for subject in candidates if subject not in not_covered]
    return _Request(authority, approvable, changes, contents, left_out, problems, not_covered, bool(subjects))


def _approve_request(plan: Plan, saved_approvals: Approvals, request: _Request) -> _Result:
    """Approve these exactly as they were when the request was made."""
    local_withdrawals, approver = saved_approvals.local_withdrawals, request.authority.name
    changes = (
        approvals.approve(plan, request.subjects, approver, system_clock(), local_withdrawals, request.contents)
        if request.subjects
        else []
    )
    current_approvals = replace(approvals.load(plan.campaign.folder), local_withdrawals=local_withdrawals)
    # Somebody may have taken one down in this very moment.
    left_out = [*request.left_out, *(s for s in request.subjects if current_approvals.withdrawal(s))]
    exclusions = {*(change.subject for change in changes), *left_out}
    remaining = [change for change in compare.changes(plan, current_approvals) if change.kind is not Kind.WITHDRAWN]
    return _Result(
        approver, changes,
        [subject for subject in request.subjects if subject not in exclusions and subject in current_approvals.entries],
        compare.withdrawn_changes(plan, current_approvals, left_out), request.problems, request.has_subjects,
        len(remaining), request.not_covered, request.authority.limits,
    )  # fmt: skip


def _single_subject(numbers: Set[int], language: Sequence[str] | None, embassy: Sequence[str] | None) -> Subject:
    """Return the one text that --again is for. Raises OrangedayError where that is none, or more than one."""
    if not (language and len(numbers) == len(language) == 1 and len(embassy or ()) < 2):
        raise OrangedayError(
            "--again is for one text: say its day and its language, like `orangeday approve 1 --language fr --again`; "
            "for an embassy's own words also --embassy NAME. Nothing was written."
        )
    (number,) = numbers
    return Subject(number, language[0], embassy[0] if embassy else None)


def _select(
    plan: Plan,
    known_subjects: Sequence[Subject],
    day: Sequence[str] | None,
    language: Sequence[str] | None,
    embassy: Sequence[str] | None,
) -> list[Subject]:
    """Return the subjects that the words on the command line mean. Raises OrangedayError where they mean none."""
    numbers = days(day or (), plan)
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
            return subject.number in numbers and (not language or subject.language in language)
        return subject.number in numbers and subject not in unposted_subjects

    selection = [subject for subject in known_subjects if is_selected(subject)]
    if not selection:
        kind = "words of its own" if embassy else "text"
        raise OrangedayError(f"There is no {kind} there to approve; nothing was written.")
    return selection
