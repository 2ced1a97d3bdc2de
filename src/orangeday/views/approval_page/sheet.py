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
from orangeday.views.approval_page.command_lines import approval_commands, unapproved_changes
from orangeday.views.approval_page.days import DayBuilder, day_title
from orangeday.views.approval_page.model import (
    ApprovalCommand,
    CalendarSquare,
    EmbassySection,
    PageSource,
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


def page(source: PageSource) -> str:
    """Return the whole page."""
    return paper.draw("page", _GENERATOR, {}, sheet=_Sheet(source))


@dataclass
class _Sheet:
    """The page's values, each worked out when the template asks for it."""

    source: PageSource

    def __post_init__(self) -> None:
        source = self.source
        self.progress = source.plan.progress(source.now, source.deliveries)
        self.changes = unapproved_changes(source)
        self.changes_by_subject = {change.subject: change for change in source.changes}
        self.deliveries_by_day: dict[int, list[Delivery]] = {}
        for delivery in sorted(source.deliveries, key=lambda d: (d.number, d.due)):
            self.deliveries_by_day.setdefault(delivery.number, []).append(delivery)
        self.problems, self.problems_by_day, self.elsewhere_count = sort_problems(source, self.deliveries_by_day)
        self.languages = [*dict.fromkeys(t for e in source.plan.config.embassies.values() for t in e.languages)]
        self.remarks = ApprovalRemarks(source.approvals, self.changes_by_subject)
        self.thumbnails = Thumbnails(source.plan.campaign.folder)
        builder = DayBuilder(
            source, self.languages, self.progress.days_over, self.problems_by_day, self.remarks, self.thumbnails
        )
        self.days = [builder.build(number, deliveries) for number, deliveries in self.deliveries_by_day.items()]

    # The top

    @property
    def title(self) -> str:
        campaign = self.source.plan.campaign
        return campaign.title or campaign.id or "A campaign"

    @property
    def selection(self) -> str:
        """The part of the campaign that the page has; empty where it has all of it."""
        choice = self.source.choice
        parts = [f"day {' '.join(day_ranges(sorted(choice.days)))}"] if choice.days else []
        parts += [", ".join(choice.languages)] if choice.languages else []
        parts += [", ".join(choice.embassies)] if choice.embassies else []
        parts += [" and ".join(PLATFORMS[p].title for p in choice.platforms) + " alone"] if choice.platforms else []
        return " · ".join(parts)

    @property
    def span(self) -> tuple[date, date] | None:
        dates = [self.source.plan.date(number) for number in self.deliveries_by_day]
        return (min(dates), max(dates)) if dates else None

    @property
    def creation_time(self) -> str:
        return utc_date_time(self.source.now)

    @property
    def volume(self) -> str:
        """The sentence that says how many texts and posts are still to come."""
        deliveries = self.progress.to_come
        posts = Counter(delivery.platform for delivery in deliveries)
        platform_counts = ", ".join(f"{posts[name]:,} on {PLATFORMS[name].title}" for name in PLATFORMS if posts[name])
        if not platform_counts:
            return "Nothing: it is over." if self.progress.too_late else "Nothing."
        texts = plural(sum(subject.number is not None for subject in compare.required_subjects(deliveries)), "text")
        languages = plural(len({delivery.language for delivery in deliveries}), "language")
        speakers = plural(len({delivery.embassy.id for delivery in deliveries}), "embassy", "embassies")
        return f"{texts} in {languages}, in {plural(len(deliveries), 'post')} by {speakers}: {platform_counts}."

    @property
    def price(self) -> str | None:
        return self.source.price

    @property
    def counts(self) -> model.Counts:
        return compare.count(self.changes, self.progress.to_come)

    @property
    def approval(self) -> str:
        """The sentence that says how much of it is approved."""
        if self.source.approvals.problems:
            return "Nothing counts as approved, since approvals.toml can’t be read."
        counts = self.counts
        if not counts.texts:
            return "Nothing is left to approve." if self.progress.too_late else "Nothing is there to approve."
        texts = f"{counts.texts_approved} of {plural(counts.texts, 'text')}"
        embassies = f"{counts.embassies_approved} of {plural(counts.embassies, 'embassy', 'embassies')}"
        return f"{texts} and {embassies} are approved as they stand."

    @property
    def outdated_changes(self) -> list[Change]:
        """The texts and embassies that were approved for this campaign, and have changed since."""
        as_ever = (Kind.NEW, Kind.WITHDRAWN, Kind.CAMPAIGN)
        return [change for change in self.changes if change.kind not in as_ever]

    @property
    def withdrawals(self) -> list[Change]:
        """The texts that were taken down: none of the commands on the page approves them."""
        return [change for change in self.changes if change.kind is Kind.WITHDRAWN]

    @property
    def previous_campaign_note(self) -> str:
        """The sentence about texts approved for another campaign, and how many still read the same; empty if none."""
        changes = [change for change in self.changes if change.kind is Kind.CAMPAIGN]
        if not changes:
            return ""
        campaigns = " and ".join(sorted({change.approved_for or "" for change in changes}))
        texts = [change for change in changes if change.subject.number is not None]
        identical_count = sum(not change.parts for change in texts)
        return (
            f"Approved for {campaigns}, not for {self.source.plan.campaign_id}: {plural(len(texts), 'text')}, of which "
            f"{identical_count} {'reads' if identical_count == 1 else 'read'} word for word as then."
        )

    @property
    def verdict(self) -> Remark:
        """The remark at the top of the page: whether all of it can go out."""
        errors = self.errors
        if not self.source.deliveries:
            reason = "the config skips it, or no embassy has an account there"
            return Remark("open", f"Nothing is posted there: {reason}.")
        if not self.progress.to_come:
            return Remark("plain", "It is over: nothing of it will be sent from now on.")
        if errors:
            return Remark("bad", f"{plural(errors, 'error')} to correct first.")
        if not self.source.plan.config.require_approval:
            return Remark("open", "It goes out without an approval.")
        if not self.changes:
            phrase = "What is still to come is approved, exactly" if self.progress.too_late else "Approved, exactly"
            return Remark("good", f"{phrase} as it stands here.")
        if self.outdated_changes:
            return Remark("open", "Changed since it was approved.")
        if len(self.withdrawals) == len(self.changes):
            return Remark("good", "Approved as it stands here, but for what was withdrawn, which is not posted.")
        return Remark("open", "Waiting for your approval.")

    @property
    def errors(self) -> int:
        problems = [
            *self.problems,
            *(problem for day_problems in self.problems_by_day.values() for problem in day_problems),
        ]
        return sum(problem.severity is Severity.ERROR for problem in problems) + len(self.source.approvals.problems)

    @property
    def problem_summary(self) -> str:
        """The sentence about the problems in the files."""
        problems = [
            *self.problems,
            *(problem for day_problems in self.problems_by_day.values() for problem in day_problems),
        ]
        warnings = sum(problem.severity is Severity.WARNING for problem in problems)
        errors = self.errors
        parts = [plural(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
        days = (
            f"day{'s' if len(self.problems_by_day) > 1 else ''} {', '.join(day_ranges(sorted(self.problems_by_day)))}"
        )
        days_note = f" On {days}." if self.problems_by_day else ""
        elsewhere_note = (
            f" {plural(self.elsewhere_count, 'more')} elsewhere: see orangeday check." if self.elsewhere_count else ""
        )
        return (f"{' and '.join(parts)}.{days_note}" if parts else "No errors.") + elsewhere_note

    @property
    def general_problems(self) -> ProblemList:
        return first_problems([*self.source.approvals.problems, *self.problems])

    @property
    def commands(self) -> list[ApprovalCommand]:
        return approval_commands(self.source)

    @property
    def off_page_texts(self) -> str:
        """The texts that the first command would approve too, though they aren't on this page; as a short list."""
        source = self.source
        if not self.commands:
            return ""
        page_subjects, languages = (
            compare.required_subjects(source.deliveries),
            {str(d.language) for d in source.deliveries},
        )
        is_unrestricted = not source.choice.languages and not source.choice.embassies
        # Without a language it approves what anybody posts, else what there is in that language.
        covered_subjects = (
            compare.required_subjects(source.plan) if is_unrestricted else approvals_content.subjects(source.plan)
        )
        names = [
            str(subject)
            for subject in sorted(covered_subjects, key=lambda subject: subject.order)
            if subject.number is not None
            and subject not in page_subjects
            and source.approvals.withdrawal(subject) is None
            and (not source.choice.days or subject.number in source.choice.days)
            and (is_unrestricted or subject.language in languages)
        ]
        return short_list(names, 8)

    # The calendar

    @property
    def weeks(self) -> list[list[CalendarSquare | None]]:
        """The weeks of the calendar, from Monday to Sunday; None for a day outside of the campaign."""
        plan = self.source.plan
        first = 1 - plan.first.weekday()
        return [
            [self._square(number) if number in DAYS else None for number in range(monday, monday + 7)]
            for monday in range(first, DAYS[-1] + 1, 7)
        ]

    def _square(self, number: int) -> CalendarSquare:
        plan, deliveries = self.source.plan, self.deliveries_by_day.get(number, [])
        day = plan.campaign.days.get(number)
        moods: dict[str, str] = {}
        languages_with_errors = {
            p.scope.language for p in self.problems_by_day.get(number, []) if p.severity is Severity.ERROR
        }
        for delivery in deliveries:
            language, subject = str(delivery.language), subject_of(delivery)
            mood = "bad" if subject is None or {None, language} & languages_with_errors else "good"
            if mood == "good" and subject in self.changes_by_subject:
                mood = "open"
            moods[language] = max(moods.get(language, mood), mood, key=["good", "open", "bad"].index)
        is_over = number in self.progress.days_over
        marks = [] if is_over else [(str(tag), moods[tag]) for tag in map(str, self.languages) if tag in moods]
        if len(marks) > 8:
            number_of = Counter(moods.values())
            marks = [(f"{number_of[mood]} languages", mood) for mood in ("good", "open", "bad") if number_of[mood]]
        return CalendarSquare(number, plan.date(number), day_title(day), bool(deliveries), is_over, tuple(marks))

    @property
    def pictures(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return self.thumbnails.all_pictures

    @property
    def embassies(self) -> Iterator[EmbassySection]:
        embassy_ids = {delivery.embassy.id for delivery in self.source.deliveries}
        for name, embassy in self.source.plan.config.embassies.items():
            if name not in embassy_ids:
                continue
            subject = Subject(None, None, name)
            approval, parts = self.remarks.remark(subject)
            content = approvals_content.content(self.source.plan, subject) or {}
            language, embassy_name = next(iter(embassy.names["embassy"].items()), ("", ""))
            yield EmbassySection(
                id=name,
                name=embassy_name[:1].upper() + embassy_name[1:],
                name_language=language,
                zone=embassy.timezone.key.replace("_", " "),
                languages=", ".join(embassy.languages),
                accounts=tuple((PLATFORMS[a.platform].title, str(a.handle)) for a in embassy.accounts),
                approval=approval,
                parts=parts,
                content=tuple((model.part_label(part), value) for part, value in content.items()),
            )
