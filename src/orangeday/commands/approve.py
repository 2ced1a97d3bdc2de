from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import approvals, output
from orangeday.approvals import Subject
from orangeday.clock import DAYS, system_clock
from orangeday.commands import By, Json, files, must_exist, who
from orangeday.errors import OrangedayError
from orangeday.problems import errors
from orangeday.text import PLATFORMS

if TYPE_CHECKING:
    from orangeday.plan import Plan
    from orangeday.problems import Problem


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
    diff: Annotated[bool, typer.Option("--diff", help="Approve nothing: show what isn't as it was approved.")] = False,
    json: Json = False,
) -> int:
    """Approve what may go out: live runs hold the rest.

    Of a day that is what somebody posts; name a language to approve what nobody posts yet.

    An approval is for exact words, pictures, links and facts; any change voids it, and --diff shows the change. With
    `all` the names and accounts of the embassies are approved too. They stand in posts/approvals.toml.

    For example: orangeday approve 5 --language fr --by "Ann Peeters"
    """
    plan = files(ctx, example=False).plan
    stored = approvals.load(plan.campaign.folder)
    if stored.problems:
        output.problems(output.messages(), stored.problems)
        output.say("Nothing counts as approved until that is mended; nothing was written.", "bold red")
        return 1
    known = sorted({*approvals.subjects(plan), *stored.entries}, key=lambda subject: subject.order)
    chosen = known if diff and not (day or language or embassy) else _chosen(plan, known, day, language, embassy)
    if diff:
        found = [change for change in approvals.changes(plan, stored) if change.subject in chosen]
        if json:
            output.document(output.changes_json(found))
        else:
            console = output.documents()
            output.changes(console, found)
            if not found:
                console.print("✓ All of it is as it was approved.", style="green")
        return 1 if found else 0
    refused = dict(_refused(plan, chosen))
    name = who(by)
    made = approvals.approve(plan, [subject for subject in chosen if subject not in refused], name, system_clock())
    done = {change.subject for change in made}
    now = approvals.load(plan.campaign.folder)
    already = [
        subject for subject in chosen if subject not in done and subject not in refused and subject in now.entries
    ]
    if json:
        output.document(
            {
                "by": name,
                "approved": [str(change.subject) for change in made if change.kind is not approvals.Kind.GONE],
                "dropped": [str(change.subject) for change in made if change.kind is approvals.Kind.GONE],
                "already": [str(subject) for subject in already],
                "refused": [{"subject": str(subject), "why": str(why)} for subject, why in refused.items()],
            }
        )
    else:
        output.approved(output.documents(), name, made, already)
    if refused:
        output.problems(output.messages(), set(refused.values()))
        listed = ", ".join(map(str, refused))
        output.say(f"Not approved, for the errors above: {listed}.", "red")
        return 1
    left = approvals.changes(plan, now)
    if left and not json:
        output.say(f"Next: {len(left)} more to approve: orangeday approve --diff", "dim")
    elif not json:
        output.say("Next: orangeday doctor; then orangeday schedule --live", "dim")
    return 0


def _chosen(
    plan: Plan,
    known: Sequence[Subject],
    day: Sequence[str] | None,
    language: Sequence[str] | None,
    embassy: Sequence[str] | None,
) -> list[Subject]:
    """What the words on the command line mean. Raises OrangedayError where they mean nothing."""
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
    unsaid = {*approvals.subjects(plan)} - approvals.said(plan)

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
    """What can't be approved as it is, each with an error in the files that concerns it."""
    from orangeday.rules import check

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
