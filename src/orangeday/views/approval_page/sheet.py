"""The page to approve from: each day as it will look, what is approved and what isn't, and the line to type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from orangeday.approvals import compare, model
from orangeday.approvals import content as approvals_content
from orangeday.approvals.model import Change, Kind, Subject
from orangeday.clock import DAYS
from orangeday.content.plan import Delivery
from orangeday.content.problems import Severity
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import day_ranges, plural, short_list
from orangeday.views import html as paper
from orangeday.views.approval_page.command_lines import lines, waiting
from orangeday.views.approval_page.days import DayBuilder, day_title
from orangeday.views.approval_page.model import (
    Asked,
    CalendarSquare,
    EmbassySection,
    Line,
    Picture,
    ProblemList,
    Remark,
)
from orangeday.views.approval_page.moments import utc_date_time
from orangeday.views.approval_page.problem_lists import first_problems, sort_problems
from orangeday.views.approval_page.remarks import ApprovalRemarks, subject_of
from orangeday.views.approval_page.thumbnails import Thumbnails

_GENERATOR = "orangeday preview"
MARK = paper.mark(_GENERATOR)
"""The bytes in the first lines of a page by which orangeday knows it as its own."""


def page(asked: Asked) -> str:
    """Return the whole page."""
    return paper.draw("page", _GENERATOR, {}, sheet=_Sheet(asked))


@dataclass
class _Sheet:
    """The page's values, each worked out when the template asks for it."""

    asked: Asked

    def __post_init__(self) -> None:
        asked = self.asked
        self.progress = asked.plan.progress(asked.now, asked.deliveries)
        self.changes = waiting(asked)
        self.by_subject = {change.subject: change for change in asked.changes}
        self.by_day: dict[int, list[Delivery]] = {}
        for delivery in sorted(asked.deliveries, key=lambda d: (d.number, d.due)):
            self.by_day.setdefault(delivery.number, []).append(delivery)
        self.problems, self.of_days, self.elsewhere = sort_problems(asked, self.by_day)
        self.languages = [*dict.fromkeys(t for e in asked.plan.config.embassies.values() for t in e.languages)]
        self.remarks = ApprovalRemarks(asked.stored, self.by_subject)
        self.thumbnails = Thumbnails(asked.plan.campaign.folder)
        builder = DayBuilder(
            asked, self.languages, self.progress.days_over, self.of_days, self.remarks, self.thumbnails
        )
        self.days = [builder.build(number, there) for number, there in self.by_day.items()]

    # The top

    @property
    def title(self) -> str:
        campaign = self.asked.plan.campaign
        return campaign.title or campaign.id or "A campaign"

    @property
    def narrowed(self) -> str:
        """The part of the campaign that the page has; empty where it has all of it."""
        choice = self.asked.choice
        parts = [f"day {' '.join(day_ranges(sorted(choice.days)))}"] if choice.days else []
        parts += [", ".join(choice.languages)] if choice.languages else []
        parts += [", ".join(choice.embassies)] if choice.embassies else []
        parts += [" and ".join(PLATFORMS[p].title for p in choice.platforms) + " alone"] if choice.platforms else []
        return " · ".join(parts)

    @property
    def span(self) -> tuple[date, date] | None:
        dates = [self.asked.plan.date(number) for number in self.by_day]
        return (min(dates), max(dates)) if dates else None

    @property
    def made(self) -> str:
        return utc_date_time(self.asked.now)

    @property
    def volume(self) -> str:
        """The sentence that says how many texts and posts are still to come."""
        deliveries = self.progress.to_come
        posts = Counter(delivery.platform for delivery in deliveries)
        each = ", ".join(f"{posts[name]:,} on {PLATFORMS[name].title}" for name in PLATFORMS if posts[name])
        if not each:
            return "Nothing: it is over." if self.progress.over else "Nothing."
        texts = plural(sum(subject.number is not None for subject in compare.said(deliveries)), "text")
        languages = plural(len({delivery.language for delivery in deliveries}), "language")
        speakers = plural(len({delivery.embassy.id for delivery in deliveries}), "embassy", "embassies")
        return f"{texts} in {languages}, in {plural(len(deliveries), 'post')} by {speakers}: {each}."

    @property
    def price(self) -> str | None:
        return self.asked.price

    @property
    def counts(self) -> model.Counts:
        return compare.count(self.changes, self.progress.to_come)

    @property
    def approval(self) -> str:
        """The sentence that says how much of it is approved."""
        if self.asked.stored.problems:
            return "Nothing counts as approved, since approvals.toml can’t be read."
        counts = self.counts
        if not counts.texts:
            return "Nothing is left to approve." if self.progress.over else "Nothing is there to approve."
        some = f"{counts.texts_approved} of {plural(counts.texts, 'text')}"
        embassies = f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}"
        return f"{some} and {embassies} are approved as they stand."

    @property
    def void(self) -> list[Change]:
        """The texts and embassies that were approved for this campaign, and have changed since."""
        as_ever = (Kind.NEW, Kind.WITHDRAWN, Kind.CAMPAIGN)
        return [change for change in self.changes if change.kind not in as_ever]

    @property
    def withdrawn(self) -> list[Change]:
        """The texts that were taken down: none of the commands on the page approves them."""
        return [change for change in self.changes if change.kind is Kind.WITHDRAWN]

    @property
    def earlier(self) -> str:
        """The sentence about texts approved for another campaign, and how many still read the same; empty if none."""
        found = [change for change in self.changes if change.kind is Kind.CAMPAIGN]
        if not found:
            return ""
        campaigns = " and ".join(sorted({change.approved_for or "" for change in found}))
        texts = [change for change in found if change.subject.number is not None]
        same = sum(not change.parts for change in texts)
        return (
            f"Approved for {campaigns}, not for {self.asked.plan.campaign_id}: {plural(len(texts), 'text')}, of which "
            f"{same} {'reads' if same == 1 else 'read'} word for word as then."
        )

    @property
    def verdict(self) -> Remark:
        """The remark at the top of the page: whether all of it can go out."""
        errors = self.errors
        if not self.asked.deliveries:
            why = "the config skips it, or no embassy has an account there"
            return Remark("open", f"Nothing is posted there: {why}.")
        if not self.progress.to_come:
            return Remark("plain", "It is over: nothing of it will be sent from now on.")
        if errors:
            return Remark("bad", f"{plural(errors, 'error')} to correct first.")
        if not self.asked.plan.config.require_approval:
            return Remark("open", "It goes out without an approval.")
        if not self.changes:
            some = "What is still to come is approved, exactly" if self.progress.over else "Approved, exactly"
            return Remark("good", f"{some} as it stands here.")
        if self.void:
            return Remark("open", "Changed since it was approved.")
        if len(self.withdrawn) == len(self.changes):
            return Remark("good", "Approved as it stands here, but for what was withdrawn, which is not posted.")
        return Remark("open", "Waiting for your approval.")

    @property
    def errors(self) -> int:
        shown = [*self.problems, *(problem for found in self.of_days.values() for problem in found)]
        return sum(problem.severity is Severity.ERROR for problem in shown) + len(self.asked.stored.problems)

    @property
    def mistakes(self) -> str:
        """The sentence about the problems in the files."""
        shown = [*self.problems, *(problem for found in self.of_days.values() for problem in found)]
        warnings = sum(problem.severity is Severity.WARNING for problem in shown)
        errors = self.errors
        parts = [plural(number, what) for number, what in ((errors, "error"), (warnings, "warning")) if number]
        days = f"day{'s' if len(self.of_days) > 1 else ''} {', '.join(day_ranges(sorted(self.of_days)))}"
        where = f" On {days}." if self.of_days else ""
        more = f" {plural(self.elsewhere, 'more')} elsewhere: see orangeday check." if self.elsewhere else ""
        return (f"{' and '.join(parts)}.{where}" if parts else "No errors.") + more

    @property
    def general(self) -> ProblemList:
        return first_problems([*self.asked.stored.problems, *self.problems])

    @property
    def lines(self) -> list[Line]:
        return lines(self.asked)

    @property
    def unseen(self) -> str:
        """The texts that the first command would approve too, though they aren't on this page; as a short list."""
        asked = self.asked
        if not self.lines:
            return ""
        shown, languages = compare.said(asked.deliveries), {str(d.language) for d in asked.deliveries}
        everything = not asked.choice.languages and not asked.choice.embassies
        # Without a language it approves what anybody posts, else what there is in that language.
        meant = compare.said(asked.plan) if everything else approvals_content.subjects(asked.plan)
        found = [
            str(subject)
            for subject in sorted(meant, key=lambda subject: subject.order)
            if subject.number is not None
            and subject not in shown
            and asked.stored.withdrawal(subject) is None
            and (not asked.choice.days or subject.number in asked.choice.days)
            and (everything or subject.language in languages)
        ]
        return short_list(found, 8)

    # The calendar

    @property
    def weeks(self) -> list[list[CalendarSquare | None]]:
        """The weeks of the calendar, from Monday to Sunday; None for a day outside of the campaign."""
        plan = self.asked.plan
        first = 1 - plan.first.weekday()
        return [
            [self._square(number) if number in DAYS else None for number in range(monday, monday + 7)]
            for monday in range(first, DAYS[-1] + 1, 7)
        ]

    def _square(self, number: int) -> CalendarSquare:
        plan, there = self.asked.plan, self.by_day.get(number, [])
        day = plan.campaign.days.get(number)
        moods: dict[str, str] = {}
        broken = {p.concern.language for p in self.of_days.get(number, []) if p.severity is Severity.ERROR}
        for delivery in there:
            language, subject = str(delivery.language), subject_of(delivery)
            mood = "bad" if subject is None or {None, language} & broken else "good"
            if mood == "good" and subject in self.by_subject:
                mood = "open"
            moods[language] = max(moods.get(language, mood), mood, key=["good", "open", "bad"].index)
        is_over = number in self.progress.days_over
        marks = [] if is_over else [(str(tag), moods[tag]) for tag in map(str, self.languages) if tag in moods]
        if len(marks) > 8:
            number_of = Counter(moods.values())
            marks = [(f"{number_of[mood]} languages", mood) for mood in ("good", "open", "bad") if number_of[mood]]
        return CalendarSquare(number, plan.date(number), day_title(day), bool(there), is_over, tuple(marks))

    @property
    def store(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return self.thumbnails.drawn

    @property
    def speakers(self) -> Iterator[EmbassySection]:
        there = {delivery.embassy.id for delivery in self.asked.deliveries}
        for name, embassy in self.asked.plan.config.embassies.items():
            if name not in there:
                continue
            subject = Subject(None, None, name)
            approval, parts = self.remarks.remark(subject)
            content = approvals_content.content(self.asked.plan, subject) or {}
            language, called = next(iter(embassy.names["embassy"].items()), ("", ""))
            yield EmbassySection(
                id=name,
                name=called[:1].upper() + called[1:],
                name_language=language,
                zone=embassy.timezone.key.replace("_", " "),
                languages=", ".join(embassy.languages),
                accounts=tuple((PLATFORMS[a.platform].title, str(a.handle)) for a in embassy.accounts),
                approval=approval,
                parts=parts,
                content=tuple((model.spoken(part), value) for part, value in content.items()),
            )
