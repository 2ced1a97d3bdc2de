"""The view of approvals: how much is approved, what has changed since, word by word, and what was approved just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change, Counts, Kind, Subject
from orangeday.clock import utc
from orangeday.text.display import conspicuous, differing, short
from orangeday.text.phrases import plural, short_list
from orangeday.views.console import ORANGE, in_a_line, shown
from orangeday.views.layout import Folded, fold_lines


def approval(stored: Approvals, counts: Counts, found: Sequence[Change]) -> Text:
    """Return how much is approved, which texts and embassies have changed, since when, and what to do."""
    if stored.problems:
        message = "Nothing counts as approved, since approvals.toml can't be read; nothing is sent."
        return Text(message, style="red")
    withdrawn = [change for change in found if change.kind is Kind.WITHDRAWN]
    waiting = [change for change in found if change.kind is not Kind.WITHDRAWN]
    if not stored.exists:
        text = Text("Nothing is approved yet, so nothing is sent: orangeday approve all" if waiting else "")
        return _with_withdrawn(text, withdrawn)
    text = Text(
        f"Approved: {counts.texts_approved} of {plural(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}.",
        style="" if found else "green",
    )
    void = [change for change in waiting if change.kind not in (Kind.NEW, Kind.CAMPAIGN)]
    if void:
        named = [f"{c.subject} ({f'since {utc(c.since)}' if c.since else c.kind})" for c in void]
        text.append("\nNo longer as approved: ", "yellow").append_text(in_a_line(f"{short_list(named, 6)}."))
    if fresh := [str(change.subject) for change in waiting if change.kind is Kind.NEW]:
        text.append("\nNot approved yet: ").append_text(in_a_line(f"{short_list(fresh, 12)}."))
    elsewhere = _of_other_campaigns(waiting)
    for said, others in elsewhere.items():
        text.append(f"\n{said}: ", "yellow").append_text(
            in_a_line(f"{short_list([str(c.subject) for c in others], 6)}.")
        )
    if waiting:
        what = "approve --diff" if void or elsewhere else "approve all"
        text.append(f"\nThese are not sent until they are approved: orangeday {what}", "cyan")
    return _with_withdrawn(text, withdrawn)


def _of_other_campaigns(found: Sequence[Change]) -> dict[str, list[Change]]:
    """Return the changes approved for another campaign, by the sentence that says so."""
    by: dict[str, list[Change]] = {}
    for change in found:
        if change.kind is Kind.CAMPAIGN:
            by.setdefault(f"Approved for {change.approved_for}, not for {change.campaign}", []).append(change)
    return by


def _with_withdrawn(text: Text, withdrawn: Sequence[Change]) -> Text:
    """Add a line for each text that was taken down, and return the text: each has a command of its own."""
    for change in withdrawn[:6]:
        if text:
            text.append("\n")
        text.append_text(in_a_line(f"{change.in_words[:1].upper()}{change.in_words[1:]}", "yellow"))
    if more := withdrawn[6:]:
        text.append(f"\nAnd {len(more)} more are withdrawn: orangeday approve --diff", "yellow")
    return text


def changes(console: Console, found: Sequence[Change]) -> None:
    """Print each change since an approval: who approved it, and what differs, word by word; new texts together."""
    for change in found:
        if change.kind is Kind.NEW or (change.kind is Kind.CAMPAIGN and not change.parts):
            continue
        since = f" since {utc(change.since)}" if change.since else ""
        said = in_a_line(f"  {_KINDS[change.kind]}{since}")
        console.print(Folded(Text.assemble((str(change.subject), f"bold {ORANGE}"), said)))
        if change.kind in (Kind.WITHDRAWN, Kind.CAMPAIGN):
            console.print(Folded(in_a_line(change.why), 2))
        elif change.at:
            console.print(Folded(in_a_line(f"approved by {change.by} on {utc(change.at)}"), 2))
        if change.kind is not Kind.WITHDRAWN or any(old is not None for old, _ in change.parts.values()):
            _differences(console, {name: (old, new) for name, old, new in change.differing})
        console.print(Folded(in_a_line(f"→ {change.command}", "cyan"), 2))
        console.print()
    for campaigns, others in _of_other_campaigns([change for change in found if not change.parts]).items():
        named = ", ".join(str(change.subject) for change in others)
        console.print(Folded(in_a_line(f"{campaigns}; word for word as then, {len(others)}: {named}")))
    if fresh := [str(change.subject) for change in found if change.kind is Kind.NEW]:
        console.print(Folded(in_a_line(f"Not approved yet, {len(fresh)}: {', '.join(fresh)}")))


_KINDS = {
    Kind.CHANGED: "changed", Kind.GONE: "its file is gone", Kind.EDITED: "its approval was edited by hand",
    Kind.WITHDRAWN: "withdrawn", Kind.CAMPAIGN: "approved for another campaign, and changed",
}  # fmt: skip


def _differences(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """Print how each part has changed, word by word, below the part's name."""
    plain = console.color_system is None or console.no_color
    for name, (old, new) in parts.items():
        console.print(Folded(in_a_line(name, "bold"), 2))
        console.print(Folded(difference(old, new, plain=plain), 4))


def since(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """Print what has changed in a text since it was taken down."""
    differ = {name: (old, new) for name, (old, new) in parts.items() if old != new}
    console.print("Since it was taken down:" if differ else "It reads as it did when it was taken down.")
    _differences(console, differ)


def content(console: Console, parts: Mapping[str, str]) -> None:
    """Print part by part what an approval covers of a text that nobody posts."""
    for name, value in parts.items():
        console.print(Folded(in_a_line(name, "bold"), 2))
        console.print(Folded(shown(short(value)), 4))


def difference(old: str, new: str, *, plain: bool) -> Text:
    """Return how a text has changed, word by word.

    Words that went are struck and red, new ones green; with `plain` both are in brackets.
    """
    text = Text()
    for before, after in differing(short(old), short(new)):
        if before == after:
            text.append_text(shown(after))
            continue
        for run, opened, closed, style in ((before, "[-", "-]", "red strike"), (after, "{+", "+}", "bold green")):
            if run:
                words = shown(conspicuous(run))
                text.append_text(Text.assemble(opened, words, closed) if plain else Text(words.plain, style=style))
    return text


def approved(console: Console, who: str, made: Sequence[Change], already: Sequence[Subject]) -> None:
    """Print what was approved just now: first what had changed, with its differences; then all of it, by day."""
    changes(console, [c for c in made if c.kind is not Kind.NEW and (c.kind is not Kind.CAMPAIGN or c.parts)])
    rows: dict[str, list[str]] = {}
    for subject in (change.subject for change in made if change.kind is not Kind.GONE):
        row, _, name = str(subject).partition("/")
        rows.setdefault(row if subject.number is None else f"day {subject.number:2}", []).append(name)
    if rows:
        console.print(Folded(in_a_line(f"Approved by {who}:", "green")))
        width = max(map(len, rows))
        for row, names in rows.items():
            for n, line in enumerate(fold_lines(console, in_a_line(" ".join(names)), console.width - width - 4)):
                console.print(Text(f"  {'' if n else row:{width}}  ").append_text(line))
    if already:
        console.print(Folded(in_a_line(f"Approved already, and unchanged: {_subjects(already)}.")))


def _subjects(subjects: Sequence[Subject]) -> str:
    """Return the numbers of texts and of embassies among these subjects, in words."""
    texts = sum(subject.number is not None for subject in subjects)
    embassies = len(subjects) - texts
    of = [plural(texts, "text")] if texts else []
    return " and ".join([*of, *([plural(embassies, "embassy", "embassies")] if embassies else [])])
