"""The commands that a person types to approve what is on the page."""

from __future__ import annotations

from orangeday.approvals.model import Change, Kind
from orangeday.text.phrases import day_ranges
from orangeday.text.shells import quote
from orangeday.views.approval_page.model import ApprovalCommand, PageSource
from orangeday.views.approval_page.page_language import PageLanguage


def approval_commands(source: PageSource, words: PageLanguage) -> list[ApprovalCommand]:
    """Return the commands that approve what is on the page; none where all of it is approved, or can't be.

    What each of them approves is said in `words`.
    """
    subjects = {change.subject for change in unapproved_changes(source) if change.kind is not Kind.WITHDRAWN}
    if source.is_example or source.approvals.problems or not subjects:
        return []
    if source.code:
        approvers = source.plan.config.approval.approvers
        approver_option = ["--by", approvers[0].name] if len(approvers) == 1 else []
        return [ApprovalCommand(approve_command(source, "--as-shown", source.code, *approver_option), "")]
    choice = source.choice
    languages = choice.languages
    if choice.embassies and not languages:
        languages = tuple(dict.fromkeys(str(delivery.language) for delivery in source.deliveries))
    covers_all_days = not choice.days
    days = ["all"] if covers_all_days else day_ranges(sorted({delivery.number for delivery in source.deliveries}))
    language_options = [part for language in languages for part in ("--language", language)]
    texts, embassies = (
        sum((subject.number is None) is is_embassy for subject in subjects) for is_embassy in (False, True)
    )
    commands = []
    if texts or (covers_all_days and not languages):
        coverage = [words.count("approve.texts", texts)] if texts else []
        with_embassies = covers_all_days and not languages and embassies
        coverage += [words.count("approve.embassies", embassies)] if with_embassies else []
        commands.append(ApprovalCommand(approve_command(source, *days, *language_options), words.join(coverage)))
        if with_embassies:
            embassies = 0
    if embassies:
        names = [subject.embassy or "" for subject in sorted(subjects, key=lambda s: s.order) if subject.number is None]
        commands.append(
            ApprovalCommand(
                approve_command(source, *(p for name in names for p in ("--embassy", name))),
                words.count("approve.embassies", embassies),
            )
        )
    return commands


def unapproved_changes(source: PageSource) -> list[Change]:
    """Return the changes that nobody has approved; without days that are over, which need no approval any more."""
    to_come = source.plan.progress(source.now, source.deliveries).to_come
    days = {None, *(delivery.number for delivery in to_come)}
    return [change for change in source.changes if change.subject.number in days] if to_come else []


def approve_command(source: PageSource, *words: str) -> str:
    """Return the command `orangeday approve` with these words, and the config that the page was made with."""
    config = ["--config", str(source.config)] if source.config else []
    return " ".join(map(quote, ["orangeday", "approve", *words, *config]))
