from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import compare, content, model
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change, Subject
from orangeday.clock import DAYS, system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_read, live_ledger, who
from orangeday.commands.options import By, Json
from orangeday.commands.selection import must_exist
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, errors
from orangeday.engine.status import taken_down_here
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
    by: By = None,
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
    stored = approvals.load(plan.campaign.folder)
    if stored.problems:
        check_view.problems(console.messages(), stored.problems)
        console.say("Nothing counts as approved until that is corrected; nothing was written.", "bold red")
        return 1
    if again:
        return _again(plan, _only(day, language, embassy), by, yes, json)
    stored = _with_the_ledger(plan, stored)
    known = sorted({*content.subjects(plan), *stored.entries}, key=lambda subject: subject.order)
    chosen = known if diff and not (day or language or embassy) else _chosen(plan, known, day, language, embassy)
    if diff:
        found = [change for change in compare.changes(plan, stored) if change.subject in chosen]
        if json:
            console.document(json_documents.changes_json(found))
        else:
            stdout = console.documents()
            approval_view.changes(stdout, found)
            if not found:
                stdout.print("✓ Everything is as it was approved.", style="green")
        return 1 if any(change.kind is not model.Kind.WITHDRAWN for change in found) else 0
    left_out = [subject for subject in chosen if stored.withdrawal(subject)]
    chosen = [subject for subject in chosen if subject not in left_out]
    refused = dict(_refused(plan, chosen))
    name = who(by)
    meant = [subject for subject in chosen if subject not in refused]
    made = approvals.approve(plan, meant, name, system_clock(), stored.here) if meant else []
    done = {change.subject for change in made}
    now = replace(approvals.load(plan.campaign.folder), here=stored.here)
    # Somebody may have taken one down in this very moment.
    left_out += [subject for subject in chosen if now.withdrawal(subject)]
    already = [subject for subject in meant if subject not in (*done, *left_out) and subject in now.entries]
    withdrawn = compare.withdrawn(plan, now, left_out)
    if json:
        console.document(
            {
                "by": name,
                "approved": [str(change.subject) for change in made if change.kind is not model.Kind.GONE],
                "dropped": [str(change.subject) for change in made if change.kind is model.Kind.GONE],
                "already": [str(subject) for subject in already],
                "withdrawn": json_documents.changes_json(withdrawn)["changes"],
                "refused": [{"subject": str(subject), "why": str(why)} for subject, why in refused.items()],
            }
        )
    else:
        approval_view.approved(console.documents(), name, made, already)
    for change in withdrawn:
        console.say(f"Left out: {change.in_words}", "yellow")
    if refused:
        check_view.problems(console.messages(), set(refused.values()))
        listed = ", ".join(map(str, refused))
        console.say(f"Not approved, for the errors above: {listed}.", "red")
        return 1
    if not chosen:
        console.say("Nothing was approved.", "red")
        return 1
    left = [change for change in compare.changes(plan, now) if change.kind is not model.Kind.WITHDRAWN]
    if left and not json:
        console.say(f"Next: {len(left)} more to approve: orangeday approve --diff", "dim")
    elif not json:
        console.say("Next: orangeday doctor; then orangeday schedule --live", "dim")
    return 0


def _with_the_ledger(plan: Plan, stored: Approvals) -> Approvals:
    """Return the approvals with what this machine's ledger says was taken down. Say so where it can't be asked."""
    from orangeday.ledger.connection import exists

    try:
        if not exists(plan.config.ledger_url):
            return stored
        with ledger_to_read(plan) as ledger:
            return replace(stored, here=taken_down_here(plan, ledger, stored))
    except OrangedayError as failure:
        console.say(
            f"What was taken down is known from approvals.toml alone: the record of posts can't be read. {failure}",
            "yellow",
        )
        return stored


def _only(day: Sequence[str] | None, language: Sequence[str] | None, embassy: Sequence[str] | None) -> Subject:
    """Return the one text that --again is for. Raises OrangedayError where that is none, or more than one."""
    one = len(day or ()) == len(language or ()) == 1 and len(embassy or ()) < 2
    if not (one and day and language and re.fullmatch(r"\d{1,2}", day[0])):
        raise OrangedayError(
            "--again is for one text: say its day and its language, like `orangeday approve 1 --language fr --again`; "
            "for an embassy's own words also --embassy NAME. Nothing was written."
        )
    (number,) = _days(day)
    return Subject(number, language[0], embassy[0] if embassy else None)


def _again(plan: Plan, subject: Subject, by: str | None, yes: bool, json: bool) -> int:
    """Approve one text that was taken down, and lift its withdrawal, once a person has seen it and said so.

    Return the exit status.
    """
    at_a_terminal = sys.stdin.isatty() and not json
    if not at_a_terminal and not (yes and by):
        raise OrangedayError("Without a terminal to ask on, say --yes and --by NAME. Nothing was written.")
    name = who(by)
    there = content.subjects(plan)
    must_exist("language", [subject.language or ""], sorted({s.language for s in there if s.language}))
    if subject not in there:
        raise OrangedayError(f"There are no such words: {subject.in_words}. Nothing was written.")
    with _ledger_to_lift(plan, by) as ledger:
        stored = approvals.load(plan.campaign.folder)
        stored = replace(stored, here=taken_down_here(plan, ledger, stored))
        change = next(iter(compare.withdrawn(plan, stored, [subject])), None)
        if change is None:
            raise OrangedayError(
                f"{subject.in_words[0].upper()}{subject.in_words[1:]} isn't withdrawn. Nothing was written. "
                f"To approve it: {subject.command}"
            )
        if refused := dict(_refused(plan, [subject])):
            check_view.problems(console.messages(), set(refused.values()))
            console.say(f"Not approved, for the errors above: {subject}. It stays withdrawn.", "red")
            return 1
        if not json:
            _show(plan, ledger, change)
        if not yes and not typer.confirm("Post this text again?", err=True):
            console.say("Nothing was changed: it stays withdrawn.")
            return 0
        of = plan.campaign_id, subject.number or 0, subject.language or "", subject.embassy or ""
        approvals.approve_again(plan, subject, name, system_clock(), lambda: ledger.lift(*of))
    if json:
        console.document(
            {"by": name, "approved": [str(subject)], "was": json_documents.changes_json([change])["changes"]}
        )
    else:
        console.say(f"Approved again by {name}: {subject.in_words}. It may be posted from now on.", "green")
        console.say("Next: commit or copy posts/approvals.toml where other machines post, too.", "dim")
    return 0


@contextmanager
def _ledger_to_lift(plan: Plan, by: str | None) -> Iterator[Ledger]:
    """Yield the ledger in which a withdrawal stands. Raises LedgerError, saying that none was lifted."""
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import throwaway

    try:
        there = exists(plan.config.ledger_url)
        with closing(live_ledger(plan, by)) if there else throwaway(system_clock) as ledger:
            yield ledger
    except LedgerError as failure:
        raise LedgerError(f"{failure} The text stays withdrawn, and nothing was written.") from failure


def _show(plan: Plan, ledger: Ledger, change: Change) -> None:
    """Show the text as it reads now, what has changed in it since it was taken down, by whom it was, and why."""
    stdout, subject = console.documents(), change.subject
    said = [d for d in plan if _words(d) == subject]
    preview_view.previews(stdout, said, every=subject.embassy is not None)
    if not said:
        approval_view.content(stdout, content.content(plan, subject) or {})
    known = any(old is not None for old, _ in change.parts.values())
    if not known and change.parts and said:  # of what was approved then nothing is kept: but of what was posted
        posted = ledger.last_said(plan.campaign_id, subject.number or 0, subject.language or "")
        now = {d.key: d.wording.text for d in said if d.wording and d.key in posted}
        approval_view.since(stdout, {key: (posted[key], text) for key, text in now.items()})
    else:
        approval_view.since(stdout, {name: (old, new) for name, old, new in change.differing})
    console.say(f"{change.why[0].upper()}{change.why[1:]}.", "yellow")


def _words(delivery: Delivery) -> Subject | None:
    found = delivery.translation
    return Subject(delivery.number, str(delivery.language), found.embassy) if found else None


def _chosen(
    plan: Plan,
    known: Sequence[Subject],
    day: Sequence[str] | None,
    language: Sequence[str] | None,
    embassy: Sequence[str] | None,
) -> list[Subject]:
    """Return the subjects that the words on the command line mean. Raises OrangedayError where they mean none."""
    days = set(_days(day or ()))
    must_exist("language", language or (), sorted({s.language for s in known if s.language}))
    must_exist("embassy", embassy or (), sorted({s.embassy for s in known if s.embassy}))
    if not day and not embassy:
        raise OrangedayError(
            "Say what you approve: days, like `orangeday approve 5` or `5-8`, or `orangeday approve all`. "
            "To see first what isn't approved: orangeday approve --diff"
        )
    whole = "all" in (day or ())
    # A text that nobody posts is in no preview: nobody says yes to it unawares.
    unsaid = {*content.subjects(plan)} - compare.said(plan)

    def is_meant(subject: Subject) -> bool:
        if embassy and subject.embassy not in embassy:
            return False
        if subject.number is None:
            return not language and (whole or not day)
        if language or embassy:
            return subject.number in days and (not language or subject.language in language)
        return subject.number in days and subject not in unsaid

    chosen = [subject for subject in known if is_meant(subject)]
    if not chosen:
        what = "words of its own" if embassy else "text"
        raise OrangedayError(f"There is no {what} there to approve; nothing was written.")
    return chosen


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


def _refused(plan: Plan, chosen: Sequence[Subject]) -> Iterator[tuple[Subject, Problem]]:
    """Yield each subject that can't be approved as it is, with the first error in the files that concerns it."""
    deliveries = list(plan)
    found = errors(check(plan, system_clock(), deliveries))
    if not found:
        return
    said: dict[Subject, set[tuple[str, str]]] = {}
    for delivery in deliveries:
        if delivery.translation:
            words = Subject(delivery.number, str(delivery.language), delivery.translation.embassy)
            said.setdefault(words, set()).add((delivery.embassy.id, delivery.platform))
    for subject in chosen:
        number, language, embassy = subject
        places = said.get(subject, {(embassy or "", platform) for platform in PLATFORMS})
        for problem in found:
            concern = problem.concern
            if number is None or language is None:
                # An error in a text isn't one in the settings of all who would say it.
                concerned = concern.day is None and embassy in (concern.embassies or ())
            elif concern.day is None and concern.embassies is not None:
                concerned = False
            else:
                concerned = any(concern.covers(number, name, platform, language) for name, platform in places)
            if concerned or (concern.day, concern.embassies, concern.language) == (None, None, None):
                yield subject, problem
                break
