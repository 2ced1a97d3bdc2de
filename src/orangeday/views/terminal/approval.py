"""The view of approvals: how much is approved, what has changed since, word by word, and what was approved just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from orangeday.approvals.compare import Approvals
from orangeday.approvals.content import AlteredPicture
from orangeday.approvals.model import Answer, Change, Counts, Kind, Subject
from orangeday.clock import utc
from orangeday.text.display import compare_words, shorten_hashes, show_invisible
from orangeday.text.phrases import plural, short_list
from orangeday.views.console import ORANGE, safe_text, single_line
from orangeday.views.layout import FoldedText, fold_lines

if TYPE_CHECKING:
    from orangeday.approvals.answers import Outcome
    from orangeday.approvals.reply import Reply
    from orangeday.approvals.shown_page import Objection


def approval(approvals: Approvals, counts: Counts, open_changes: Sequence[Change], first_step: str) -> Text:
    """Return how much is approved, which texts and embassies have changed, since when, and what to do.

    `first_step` is the command where nothing has changed, and something isn't approved yet.
    """
    if approvals.problems:
        message = "Nothing counts as approved, since approvals.toml can't be read; nothing is sent."
        return Text(message, style="red")
    withdrawals = [change for change in open_changes if change.kind is Kind.WITHDRAWN]
    unapproved_changes = [change for change in open_changes if change.kind is not Kind.WITHDRAWN]
    if not approvals.exists:
        text = Text(f"Nothing is approved yet, so nothing is sent: {first_step}" if unapproved_changes else "")
        return _append_withdrawals(text, withdrawals)
    text = Text(
        f"Approved: {counts.texts_approved} of {plural(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}.",
        style="" if open_changes else "green",
    )
    outdated_changes = [change for change in unapproved_changes if change.kind not in (Kind.NEW, Kind.CAMPAIGN)]
    if outdated_changes:
        examples = [f"{c.subject} ({f'changed {utc(c.since)}' if c.since else c.kind})" for c in outdated_changes]
        text.append("\nNo longer as approved: ", "yellow").append_text(single_line(f"{short_list(examples, 6)}."))
    if new_subjects := [str(change.subject) for change in unapproved_changes if change.kind is Kind.NEW]:
        text.append("\nNot approved yet: ").append_text(single_line(f"{short_list(new_subjects, 12)}."))
    changes_by_sentence = _other_campaigns(unapproved_changes)
    for sentence, campaign_changes in changes_by_sentence.items():
        text.append(f"\n{sentence}: ", "yellow").append_text(
            single_line(f"{short_list([str(c.subject) for c in campaign_changes], 6)}.")
        )
    if unapproved_changes:
        command = "orangeday approve --diff" if outdated_changes or changes_by_sentence else first_step
        text.append(f"\nThese are not sent until they are approved: {command}", "cyan")
    return _append_withdrawals(text, withdrawals)


def _other_campaigns(open_changes: Sequence[Change]) -> dict[str, list[Change]]:
    """Return the changes approved for another campaign, by the sentence that says so."""
    changes_by_sentence: dict[str, list[Change]] = {}
    for change in open_changes:
        if change.kind is Kind.CAMPAIGN:
            changes_by_sentence.setdefault(f"Approved for {change.approved_for}, not for {change.campaign}", []).append(
                change
            )
    return changes_by_sentence


def _append_withdrawals(text: Text, withdrawals: Sequence[Change]) -> Text:
    """Add a line for each text that was taken down, and return the text: each has a command of its own."""
    for change in withdrawals[:6]:
        if text:
            text.append("\n")
        text.append_text(single_line(f"{change.in_words[:1].upper()}{change.in_words[1:]}", "yellow"))
    if hidden_changes := withdrawals[6:]:
        text.append(f"\nAnd {len(hidden_changes)} more are withdrawn: orangeday approve --diff", "yellow")
    return text


def changes(console: Console, open_changes: Sequence[Change], *, has_commands: bool = True) -> None:
    """Print each change since an approval: who approved it, and what differs, word by word; new texts together.

    Below each stands the command that approves it, if it `has_commands`.
    """
    if any(change.kind is Kind.CHANGED for change in open_changes):
        _legend(console)
    for change in open_changes:
        if change.kind is Kind.NEW or (change.kind is Kind.CAMPAIGN and not change.parts):
            continue
        heading = single_line(f"  {_KIND_LABELS[change.kind]}")
        console.print(FoldedText(Text.assemble((str(change.subject), f"bold {ORANGE}"), heading)))
        if change.kind in (Kind.WITHDRAWN, Kind.CAMPAIGN):
            console.print(FoldedText(single_line(change.explanation), 2))
        elif change.moment:
            file_time = f"; its file was changed on {utc(change.since)}" if change.since else ""
            console.print(FoldedText(single_line(f"approved by {change.actor} on {utc(change.moment)}{file_time}"), 2))
        if change.kind is not Kind.WITHDRAWN or any(old is not None for old, _ in change.parts.values()):
            _differences(console, {name: (old, new) for name, old, new in change.differences})
        if has_commands:
            console.print(FoldedText(single_line(f"→ {change.command}", "cyan"), 2))
        console.print()
    for sentence, campaign_changes in _other_campaigns([change for change in open_changes if not change.parts]).items():
        subjects = ", ".join(str(change.subject) for change in campaign_changes)
        console.print(
            FoldedText(single_line(f"{sentence}; word for word as then, {len(campaign_changes)}: {subjects}"))
        )
    if new_subjects := [str(change.subject) for change in open_changes if change.kind is Kind.NEW]:
        console.print(FoldedText(single_line(f"Not approved yet, {len(new_subjects)}: {', '.join(new_subjects)}")))


_KIND_LABELS = {
    Kind.CHANGED: "changed", Kind.GONE: "its file is gone", Kind.EDITED: "its approval was edited by hand",
    Kind.WITHDRAWN: "withdrawn", Kind.CAMPAIGN: "approved for another campaign, and changed",
}  # fmt: skip


def _differences(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """Print how each part has changed, word by word, below the part's name."""
    plain = _is_plain(console)
    for name, (old, new) in parts.items():
        console.print(FoldedText(single_line(name, "bold"), 2))
        console.print(FoldedText(difference(old, new, plain=plain), 4))


def _is_plain(console: Console) -> bool:
    """Return whether there are no colours to tell new words from those taken out."""
    return console.color_system is None or console.no_color


def _legend(console: Console) -> None:
    if _is_plain(console):
        console.print(FoldedText(safe_text("[-words taken out-] {+words put in+}", "dim")))


def changes_since_withdrawal(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """Print what has changed in a text since it was taken down."""
    differ = {name: (old, new) for name, (old, new) in parts.items() if old != new}
    console.print("Since it was taken down:" if differ else "It reads as it did when it was taken down.")
    _differences(console, differ)


def content(console: Console, parts: Mapping[str, str]) -> None:
    """Print part by part what an approval covers of a text that nobody posts."""
    for name, value in parts.items():
        console.print(FoldedText(single_line(name, "bold"), 2))
        console.print(FoldedText(safe_text(shorten_hashes(value)), 4))


def difference(old: str, new: str, *, plain: bool) -> Text:
    """Return how a text has changed, word by word.

    Words that went are struck and red, new ones green; with `plain` both are in brackets.
    """
    text = Text()
    for old_words, new_words in compare_words(shorten_hashes(old), shorten_hashes(new)):
        if old_words == new_words:
            text.append_text(safe_text(new_words))
            continue
        for run, opening, closing, style in (
            (old_words, "[-", "-]", "red strike"),
            (new_words, "{+", "+}", "bold green"),
        ):
            if run:
                words = safe_text(show_invisible(run))
                text.append_text(Text.assemble(opening, words, closing) if plain else Text(words.plain, style=style))
    return text


def changes_to_approve(console: Console, new_changes: Sequence[Change]) -> None:
    """Print what has changed since it was approved and is about to be approved again, word by word."""
    shown_changes = [c for c in new_changes if c.kind is not Kind.NEW and (c.kind is not Kind.CAMPAIGN or c.parts)]
    changes(console, shown_changes, has_commands=False)


def new_approvals(
    console: Console,
    approver: str,
    new_changes: Sequence[Change],
    unchanged_subjects: Sequence[Subject],
    *,
    is_listed: bool = False,
) -> None:
    """Print what was approved just now, by day; where it `is_listed` already, its number."""
    subjects = [change.subject for change in new_changes if change.kind is not Kind.GONE]
    if subjects and is_listed:
        console.print(FoldedText(single_line(f"Approved by {approver}: {count_subjects(subjects)}.", "green")))
    elif subjects:
        subject_list(console, f"Approved by {approver}:", subjects, "green")
    if unchanged_subjects:
        console.print(
            FoldedText(single_line(f"Approved already, and unchanged: {count_subjects(unchanged_subjects)}."))
        )


def subject_list(console: Console, heading: str, subjects: Sequence[Subject], style: str = "bold") -> None:
    """Print a heading, and below it texts and embassies, a row a day."""
    rows: dict[str, list[str]] = {}
    for subject in subjects:
        row, _, name = str(subject).partition("/")
        rows.setdefault(row if subject.number is None else f"day {subject.number:2}", []).append(name)
    if not rows:
        return
    console.print(FoldedText(single_line(heading, style)))
    width = max(map(len, rows))
    for row, names in rows.items():
        for n, line in enumerate(fold_lines(console, single_line(" ".join(names)), console.width - width - 4)):
            console.print(Text(f"  {'' if n else row:{width}}  ").append_text(line))


def objections(console: Console, page_objections: Sequence[Objection]) -> None:
    """Print why a page's code approves nothing any more, word by word: as the page shows it, and as it is now."""
    if any(objection.differences for objection in page_objections):
        _legend(console)
    for objection in page_objections:
        sentence = f"{objection.explanation[:1].upper()}{objection.explanation[1:]}"
        stop = "" if objection.explanation.endswith((".", "--again")) else "."
        if objection.subject:
            console.print(FoldedText(single_line(str(objection.subject), f"bold {ORANGE}")))
        console.print(FoldedText(single_line(f"{sentence}{stop}"), 2 if objection.subject else 0))
        differences = {name: (old, new) for name, old, new in objection.differences}
        for name in [name for name in differences if name.startswith(("hour ", "post "))]:
            line = Text.assemble(single_line(name, "bold"), single_line(f": {' → '.join(differences.pop(name))}"))
            console.print(FoldedText(line, 2))
        _differences(console, differences)


def altered_pictures(console: Console, pictures: Sequence[AlteredPicture], *, is_approved: bool = False) -> None:
    """Print which pictures are posted otherwise than their files have them, and how."""
    if not pictures:
        return
    verb = "is" if len(pictures) == 1 else "are"
    remark = ", and approved so" if is_approved else ""
    heading = f"{plural(len(pictures), 'picture')} {verb} altered before posting{remark}:"
    console.print(FoldedText(single_line(heading, "yellow")))
    for picture in pictures:
        line = Text.assemble(f"day {picture.number:2}  ", single_line(picture.name, "bold"))
        console.print(FoldedText(line.append_text(single_line(f": {picture.alterations}")), 2))
    step = "→ orangeday preview --html page.html shows them as they are posted"
    console.print(FoldedText(single_line(step, "cyan"), 2))


def count_subjects(subjects: Sequence[Subject]) -> str:
    """Return the numbers of texts and of embassies among these subjects, in words."""
    texts = sum(subject.number is not None for subject in subjects)
    embassies = len(subjects) - texts
    parts = [plural(texts, "text")] if texts else []
    return " and ".join([*parts, *([plural(embassies, "embassy", "embassies")] if embassies else [])])


def reply(console: Console, mail: Reply, date: str) -> None:
    """Print a mail that says yes: whom it is from, when it was sent, as `date` says, and what it says."""
    sender = f"{mail.name} <{mail.sender}>" if mail.name else mail.sender
    transport = f", sent by {mail.sending_address}" if mail.sending_address else ""
    coverage = f"day {mail.day} of page {mail.answer.code}" if mail.day else f"page {mail.answer.code}"
    console.print(FoldedText(single_line(f"Mail from {sender}{transport}, {date}: yes to {coverage}", "bold")))
    for line in mail.lines:
        console.print(FoldedText(safe_text(line), 2))


def answer(console: Console, page_answer: Answer, outcome: Outcome, *, is_listed: bool) -> None:
    """Print what an answer to a page has approved; where it `is_listed` already, its number."""
    review, name = outcome.review, outcome.authority.name
    if is_listed and review.to_approve:
        console.print(FoldedText(single_line(f"Approved by {name}: {count_subjects(review.to_approve)}.", "green")))
    elif review.to_approve:
        heading = f"Approved by {name}, as page {page_answer.code} shows it:"
        subject_list(console, heading, review.to_approve, "green")
    if review.approved_subjects:
        count = count_subjects(review.approved_subjects)
        console.print(FoldedText(single_line(f"Approved already, as the page shows it: {count}.")))
    if review.past_subjects:
        subjects = ", ".join(map(str, review.past_subjects))
        console.print(FoldedText(single_line(f"Over by now, and left out: {subjects}.")))
