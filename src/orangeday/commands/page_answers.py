"""The answer to a page: its code given back by hand, or in a mail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import typer

from orangeday.approvals import answers, compare, page_code
from orangeday.approvals import store as approvals
from orangeday.approvals.answers import Outcome, PageAnswer
from orangeday.approvals.authority import Authority, approver_names, authority, authority_of_address
from orangeday.approvals.model import Answer, Kind, Subject
from orangeday.approvals.page_code import PageRecord
from orangeday.approvals.reply import MAX_BYTES, Reply, ReplyRefusal, read_reply
from orangeday.clock import system_clock
from orangeday.commands.approval_context import approver_name, blocking_problems, require_named, with_ledger
from orangeday.commands.files import Files
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem
from orangeday.content.toml_file import failure_message
from orangeday.errors import OrangedayError
from orangeday.text.phrases import short_list
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view

_NEXT_PAGE = "Next: put the words back, or make a new page and send that: orangeday preview --html page.html"


class Refusal(OrangedayError):
    """The reason why an answer approves nothing: somebody has to look."""

    exit_status = 1


def approve_as_shown(
    config_files: Files, typed_code: str, days: Collection[int] | None, actor_name: str | None, *, json: bool
) -> int:
    """Approve what the page of a code shows, in the name of who gave the code back; return the exit status."""
    code = page_code.read_code(typed_code)
    if code is None:
        raise OrangedayError(
            f"“{typed_code}” isn't the code of a page: that has eight letters and digits, like 7F3K-92QD. "
            "Nothing was approved."
        )
    if actor_name is None:
        if json or not sys.stdin.isatty():
            raise OrangedayError('Say who gave the code back: --by "Ann Peeters". Nothing was approved.')
        actor_name = typer.prompt("Who gave the code back? The name", err=True)
    name, plan = approver_name(actor_name), config_files.plan
    record = _record(plan, code, days)
    require_named(plan, authority(plan, name), record.page.subjects_of(days))
    job = _Job(config_files, record, Answer(code), days, lambda plan: authority(plan, name), is_asked=False, json=json)
    return job.run()


def approve_reply(config_files: Files, file_name: str, actor_name: str | None, *, yes: bool, json: bool) -> int:
    """Approve what a mail says yes to, once a person has seen it and said so; return the exit status."""
    if not yes and (json or not sys.stdin.isatty()):
        raise OrangedayError("Without a terminal to ask on, say --yes. Nothing was approved.")
    reply = _read(file_name)
    plan, address = config_files.plan, reply.sender
    _require_sender(plan, reply, actor_name)
    days = None if reply.day is None else frozenset((reply.day,))
    record = _record(plan, reply.answer.code, days)
    job = _Job(
        config_files, record, reply.answer, days, lambda plan: authority_of_address(plan, address), reply,
        is_asked=not yes, json=json,
    )  # fmt: skip
    return job.run()


def _read(file_name: str) -> Reply:
    """Return the mail in a file. Raise Refusal where it approves nothing."""
    file = Path(file_name)
    try:
        if not file.is_file():
            raise OrangedayError(f"There is no file {file}. Nothing was approved.")
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as failure:
        raise OrangedayError(f"{file} can't be read: {failure_message(failure)}. Nothing was approved.") from failure
    try:
        if len(raw) > MAX_BYTES:
            raise ReplyRefusal("It is larger than any mail.")
        return read_reply(raw, system_clock())
    except ReplyRefusal as reason:
        raise Refusal(f"{file} approves nothing. {reason}") from reason


def _require_sender(plan: Plan, reply: Reply, actor_name: str | None) -> None:
    """Raise Refusal where the config doesn't name the address that a mail is from, or another was said to be."""
    sender = authority_of_address(plan, reply.sender)
    if sender.is_named:
        if actor_name is not None and authority(plan, actor_name).name != sender.name:
            raise Refusal(
                f"This mail is from {sender.name} ({reply.sender}), and not from {actor_name}: leave --by out. Nothing "
                "was approved."
            )
        return
    if names := ", ".join(approver_names(plan)):
        step = (
            f"It names: {names}. Ask for a mail from such an address; or, if this person may approve, add it to “by” "
            "in [approval]."
        )
    else:
        example = f"{reply.name or 'Ann Peeters'} <{reply.sender}>".replace('"', "")
        step = f'It names nobody. If this person may approve, add the lines [approval] and by = ["{example}"].'
    raise Refusal(
        f"This mail approves nothing: {reply.sender} isn't an address that {plan.config.file} names among those who "
        f"may approve. {step}"
    )


def _record(plan: Plan, code: str, days: Collection[int] | None) -> PageRecord:
    """Return the record of a code. Raise Refusal where there is none, or it shows nothing of these days."""
    record = page_code.load(plan.campaign.folder, code)
    if isinstance(record, str):
        pages = plan.campaign.folder / page_code.FOLDER
        raise Refusal(
            f"{record} Nothing was approved. If the page was made on another computer, bring its folder {pages} here, "
            "too; or write a new page: orangeday preview --html page.html"
        )
    if days is not None and not any(subject.number in days for subject in record.page.contents):
        names = ", ".join(map(str, sorted({subject.number for subject in record.page.contents if subject.number})))
        numbers = ", ".join(map(str, sorted(days)))
        raise Refusal(
            f"Page {code} shows nothing of day {numbers} to approve: it has {f'day {names}' if names else 'no day'}. "
            "Nothing was approved."
        )
    return record


@dataclass(frozen=True)
class _Job:
    """The approval of what an answer to a page says yes to."""

    config_files: Files
    record: PageRecord
    answer: Answer
    days: Collection[int] | None
    authority: Callable[[Plan], Authority]
    """The right of who answers, by the files as they are."""
    reply: Reply | None = None
    is_asked: bool = field(kw_only=True)
    json: bool = field(kw_only=True)

    def run(self) -> int:
        """Show what the answer approves, ask where it is a mail, and approve it; return the exit status."""
        plan = self.config_files.plan
        folder = plan.campaign.folder
        outcome = self._page_answer(plan).outcome(plan, approvals.load(folder), system_clock())
        if outcome.review.objections:
            return self._refuse(outcome)
        if not self.json:
            self._show_request(outcome)
        subjects = outcome.review.to_approve
        if subjects and self.is_asked:
            count = approval_view.count_subjects(subjects)
            if not typer.confirm(f"Approve {count} as {outcome.authority.name}?", err=True):
                console.info("Nothing was approved.")
                return 1
            plan = self._read_plan()
        problems = dict(blocking_problems(plan, subjects))
        outcome, flaw = answers.approve(
            self._page_answer(plan), self._read_plan, folder, system_clock(), frozenset(problems)
        )
        if outcome.review.objections:
            return self._refuse(outcome)
        if flaw:
            console.info(f"It is approved, and the record of the page couldn't be told so. {flaw}", "yellow")
        return self._show_result(outcome, problems)

    def _read_plan(self) -> Plan:
        """Return the plan of the files as they are now."""
        return self.config_files.read(self.config_files.plan.campaign_id)

    def _page_answer(self, plan: Plan) -> PageAnswer:
        saved_approvals, posted_keys = with_ledger(plan, approvals.load(plan.campaign.folder))
        return PageAnswer(
            self.record, self.answer, self.days, self.authority, saved_approvals.local_withdrawals, posted_keys
        )

    def _refuse(self, outcome: Outcome) -> int:
        """Say why the answer approves nothing; return the exit status."""
        objections = outcome.review.objections
        has_differences = any(objection.differences for objection in objections)
        heading = " This isn't as the page shows it:" if has_differences else ""
        console.info(f"Nothing was approved by page {self.answer.code}.{heading}", "bold red")
        if self.json:
            console.document(json_documents.refusal_json(self.answer, outcome))
        else:
            approval_view.objections(console.documents(), objections)
        if has_differences:
            console.info(_NEXT_PAGE, "dim")
        for step in filter(None, dict.fromkeys(objection.step for objection in objections)):
            console.info(f"Next: {step}", "dim")
        return 1

    def _show_request(self, outcome: Outcome) -> None:
        """Show the mail, what isn't known of it, and what it says yes to."""
        stdout = console.documents()
        if self.reply:
            mail_date = self.reply.answer.mail_date
            date = self.config_files.plan.clock_text(mail_date) if mail_date else ""
            approval_view.reply(stdout, self.reply, date)
            console.info(
                f"Whether {self.reply.sender} has really sent it isn't known: anybody can write a sender's address "
                "into a mail, and its signature (DKIM) isn't checked. If you aren't sure, ask.",
                "yellow",
            )
        if embassies := outcome.review.other_embassies:
            names = short_list(embassies, 6)
            console.info(
                f"Some of these texts are posted by {names}, too, with their own names; the page doesn't show that."
            )
        if self.is_asked:
            heading = f"To approve, as page {self.answer.code} shows it, as {outcome.authority.name}:"
            approval_view.subject_list(stdout, heading, outcome.review.to_approve)

    def _show_result(self, outcome: Outcome, problems: Mapping[Subject, Problem]) -> int:
        """Show what was approved, and what wasn't and why; return the exit status."""
        review = outcome.review
        if self.json:
            console.document(json_documents.answer_json(self.answer, outcome, problems))
        else:
            approval_view.answer(console.documents(), self.answer, outcome, is_listed=self.is_asked)
        if outcome.not_covered:
            names = short_list([str(subject) for subject in outcome.not_covered], 12)
            console.info(f"Left out: {names}. {outcome.authority.limits}.", "yellow")
        if problems:
            check_view.problems(console.messages(), set(problems.values()))
            console.info(f"Not approved, for the errors above: {', '.join(map(str, problems))}.", "red")
        if outcome.not_covered or problems:
            if not review.to_approve:
                console.info("Nothing was approved.", "red")
            return 1
        if not (review.to_approve or review.approved_subjects):
            console.info("Nothing was approved: all that the page shows is over.", "red")
            return 1
        if not self.json:
            self._show_next_step()
        return 0

    def _show_next_step(self) -> None:
        """Say what is still to be approved, or else what comes next."""
        plan = self._read_plan()
        saved_approvals = with_ledger(plan, approvals.load(plan.campaign.folder))[0]
        open_changes = compare.changes(plan, saved_approvals, plan.progress(system_clock()).to_come)
        if remaining := sum(change.kind is not Kind.WITHDRAWN for change in open_changes):
            console.info(f"Next: {remaining} more to approve: orangeday approve --diff", "dim")
        else:
            console.info("Next: orangeday doctor; then orangeday schedule --live", "dim")
