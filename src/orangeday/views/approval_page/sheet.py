"""The page to approve from: what is to be approved and how to answer, then each day as it will look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

from markupsafe import Markup

from orangeday.approvals import compare
from orangeday.approvals import content as approvals_content
from orangeday.approvals.model import Kind, Subject
from orangeday.clock import DAYS
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.language import fallback_tags
from orangeday.text.phrases import day_ranges, short_list
from orangeday.views import html as paper
from orangeday.views.approval_page.answers import day_answers, page_answers
from orangeday.views.approval_page.command_lines import approval_commands, unapproved_changes
from orangeday.views.approval_page.counts import Sums
from orangeday.views.approval_page.days import DayBuilder, page_entries
from orangeday.views.approval_page.model import (
    SHAPES_HEIGHT,
    Answer,
    ApprovalCommand,
    DaySection,
    EmbassySection,
    LanguageSection,
    PageEntry,
    PageSource,
    Picture,
    ProblemList,
    Ray,
    State,
)
from orangeday.views.approval_page.page_language import PageLanguage
from orangeday.views.approval_page.part_names import part_name
from orangeday.views.approval_page.problem_lists import first_problems, sort_problems
from orangeday.views.approval_page.remarks import ApprovalRemarks
from orangeday.views.approval_page.thumbnails import Thumbnails

_GENERATOR = "orangeday preview"
MARK = paper.mark(_GENERATOR)
"""The bytes in the first lines of a page by which orangeday knows it as its own."""

_FEW_CHANGES = 2
"""The number of texts to approve up to which the words that were taken out stand on the page unasked."""

_FEW_TEXTS = 20
"""The number of texts to approve up to which each shows its picture in full; of more, a telephone would show no end."""


def page(source: PageSource) -> str:
    """Return the whole page."""
    words = PageLanguage(source.language)
    return paper.draw("page", _GENERATOR, {}, sheet=_Sheet(source, words), say=words, shapes_height=SHAPES_HEIGHT)


@dataclass
class _Sheet:
    """The page's values, each worked out when the template asks for it."""

    source: PageSource
    words: PageLanguage

    def __post_init__(self) -> None:
        source = self.source
        self.progress = source.plan.progress(source.now, source.deliveries)
        changes = unapproved_changes(source)
        self.deliveries_by_day: dict[int, list[Delivery]] = {}
        for delivery in sorted(source.deliveries, key=lambda d: (d.number, d.due)):
            self.deliveries_by_day.setdefault(delivery.number, []).append(delivery)
        problems, problems_by_day, elsewhere_count = sort_problems(source, self.deliveries_by_day)
        self.sums = Sums(source, self.progress, changes, problems, problems_by_day, elsewhere_count, self.words)
        changes_by_subject = {change.subject: change for change in source.changes}
        self.remarks = ApprovalRemarks(source.approvals, changes_by_subject, self.words, self.zone)
        self.thumbnails = Thumbnails(source.plan.campaign.folder, self.words)
        languages = [*dict.fromkeys(t for e in source.plan.config.embassies.values() for t in e.languages)]
        builder = DayBuilder(
            source, languages, self.progress.days_over, problems_by_day, self.remarks, self.thumbnails, self.words
        )
        self.days = [builder.build(number, deliveries) for number, deliveries in self.deliveries_by_day.items()]

    # The top

    @property
    def title(self) -> str:
        campaign = self.source.plan.campaign
        return campaign.title or campaign.id or "A campaign"

    @cached_property
    def embassy_ids(self) -> list[str]:
        ids = {delivery.embassy.id for delivery in self.source.deliveries}
        return [name for name in self.source.plan.config.embassies if name in ids]

    @property
    def zone(self) -> tzinfo:
        """The zone of the dates on the page: the embassy's, or UTC where it has several."""
        embassies = self.source.plan.config.embassies
        zones = {embassies[name].timezone for name in self.embassy_ids}
        return zones.pop() if len(zones) == 1 else UTC

    @property
    def sender(self) -> tuple[str, str]:
        """The name at the top, and its language: the embassy's own, or the campaign's title where there are several."""
        if len(self.embassy_ids) != 1:
            return self.title, ""
        names = self.source.plan.config.embassies[self.embassy_ids[0]].names["embassy"]
        tag = next((tag for tag in (*fallback_tags(self.words.code), *names) if tag in names), None)
        name = names[tag] if tag else self.embassy_ids[0]
        return name[:1].upper() + name[1:], tag or ""

    @property
    def selection(self) -> str:
        """The part of the campaign that the page has; empty where it has all of it."""
        choice, words = self.source.choice, self.words
        parts = []
        if choice.days:
            parts.append(words.count("about.day", len(choice.days), days=" ".join(day_ranges(sorted(choice.days)))))
        parts += [", ".join(choice.languages)] if choice.languages else []
        parts += [", ".join(choice.embassies)] if choice.embassies else []
        if choice.platforms:
            parts.append(words("about.only", platforms=words.join(PLATFORMS[p].title for p in choice.platforms)))
        return " · ".join(parts)

    @cached_property
    def waiting_texts(self) -> set[str]:
        """The texts that a yes to the page approves."""
        sections = (section for day in self.days if day.is_approvable for section in day.language_sections)
        return {section.subject for section in sections if section.state in (State.NEW, State.CHANGED)}

    @property
    def waiting_embassies(self) -> list[str]:
        return [change.subject.embassy or "" for change in self.sums.changes if change.subject.number is None]

    @property
    def waiting_days(self) -> list[DaySection]:
        return [day for day in self.days if day.is_approvable]

    @property
    def is_waiting(self) -> bool:
        """True if a person has something to approve."""
        is_free = not self.source.plan.config.require_approval
        return bool(self.waiting_texts or self.waiting_embassies) and not is_free and not self.source.approvals.problems

    @property
    def is_all_new(self) -> bool:
        """True if nothing on the page was ever approved."""
        return all(change.kind is Kind.NEW for change in self.sums.changes) and not any(
            section.state in (State.APPROVED, State.WITHDRAWN) for day in self.days for section in day.language_sections
        )

    @property
    def changed_texts_alone(self) -> bool:
        """True if all that is to be approved are changes to what was."""
        return not any(day.state is State.NEW for day in self.days)

    @property
    def headline(self) -> str:
        words = self.words
        if not self.source.deliveries:
            return words("head.empty")
        if not self.progress.to_come:
            return words("head.over")
        if self.sums.errors:
            return words.count("head.errors", self.sums.errors)
        if not self.source.plan.config.require_approval:
            return words("head.free")
        if not self.is_waiting:
            return words("head.approved")
        if not self.waiting_texts:
            return words("head.embassies")
        if self.changed_texts_alone:
            return words.count("head.changes", len(self.waiting_texts))
        waiting_count, total = len(self.waiting_days), len(self.days)
        if waiting_count == total:
            return words.count("head.days", waiting_count)
        return words.count("head.days_of", waiting_count, total=total)

    @property
    def introduction(self) -> str:
        """The sentence below the headline: what is to be approved, or what becomes of the rest."""
        words = self.words
        if not self.progress.to_come:
            return words("about.over") if self.source.deliveries else self.sums.verdict.text
        if self.is_waiting and self.changed_texts_alone and self.waiting_texts:
            dates = {date for date in self.approval_dates if date}
            if len(dates) == 1:
                return words("about.rest", date=dates.pop())
            return words("about.rest_approved")
        if not self.is_waiting and not self.sums.errors and self.source.plan.config.require_approval:
            return words("about.approved")
        waiting_numbers = {day.number for day in self.days if day.is_waiting} or set(self.deliveries_by_day)
        deliveries = [d for d in self.progress.to_come if d.number in waiting_numbers] or self.progress.to_come
        posted_platforms = {delivery.platform for delivery in deliveries}
        return words.count(
            "about.posts",
            len(deliveries),
            languages=words.language_names(dict.fromkeys(str(delivery.language) for delivery in deliveries)),
            platforms=words.join(PLATFORMS[name].title for name in PLATFORMS if name in posted_platforms),
        )

    @property
    def approval_dates(self) -> list[str]:
        return [self.approval_date(day) for day in self.days if day.state is State.APPROVED]

    def approval_date(self, day: DaySection) -> str:
        """Return the date on which the last of a day's texts was approved; empty where none is."""
        subjects = {section.subject for section in day.language_sections}
        moments = [entry.moment for subject, entry in self.source.approvals.entries.items() if str(subject) in subjects]
        return self.remarks.date(max(moments)) if moments else ""

    def approval_date_of(self, section: LanguageSection) -> str:
        """Return the date on which a text was approved; empty where it wasn't."""
        entries = self.source.approvals.entries.items()
        return next((self.remarks.date(entry.moment) for s, entry in entries if str(s) == section.subject), "")

    @property
    def first_due(self) -> Delivery | None:
        """The first post that is to come and that nobody has approved."""
        numbers = {day.number for day in self.waiting_days}
        to_come = (delivery for delivery in self.progress.to_come if delivery.number in numbers)
        return min(to_come, key=lambda delivery: delivery.due, default=None)

    @property
    def first_due_note(self) -> str:
        """The sentence that says when the first post is due that waits for a yes; empty where none does."""
        delivery = self.first_due
        if delivery is None:
            return ""
        local_time = delivery.local(delivery.due)
        place = delivery.plan.place_of(delivery.embassy)
        key = "box.due" if self.changed_texts_alone else "box.first"
        return self.words(key, date=self.words.weekday(local_time.date()), time=f"{local_time:%H:%M}", place=place)

    @property
    def changed_links(self) -> Markup:
        """The jumps to what has changed since it was approved."""
        links = []
        for day in self.changed_days:
            tags = [section.language for section in day.language_sections if section.state is State.CHANGED]
            name = self.words("box.day_in", number=day.number, languages=self.words.language_names(tags))
            links.append(_jump(f"day-{day.number}", name))
        for name in self.changed_embassies:
            links.append(_jump(f"embassy-{name}", self.words("box.details_of", embassy=name)))
        return Markup(", ").join(links)

    @property
    def new_links(self) -> Markup:
        return self._day_links(self.new_days)

    @property
    def withdrawn_links(self) -> Markup:
        return self._day_links(self.withdrawn_days)

    def _day_links(self, days: Sequence[DaySection]) -> Markup:
        return Markup(", ").join(_jump(f"day-{day.number}", self.words("box.day", number=day.number)) for day in days)

    @property
    def changed_embassies(self) -> list[str]:
        kinds = (Kind.CHANGED, Kind.EDITED)
        changes = (change for change in self.sums.changes if change.kind in kinds and change.subject.number is None)
        return [change.subject.embassy or "" for change in changes]

    @property
    def changed_days(self) -> list[DaySection]:
        return [day for day in self.days if any(section.state is State.CHANGED for section in day.language_sections)]

    @property
    def new_days(self) -> list[DaySection]:
        return [day for day in self.days if day.state is State.NEW]

    @property
    def withdrawn_days(self) -> list[DaySection]:
        return [day for day in self.days if any(section.state is State.WITHDRAWN for section in day.language_sections)]

    @property
    def coverage(self) -> str:
        """The number of things that a yes to the page covers: `11 days, 22 texts, 1 embassy`."""
        words = self.words
        parts = [] if self.changed_texts_alone else [words.count("approve.days", len(self.waiting_days))]
        parts += [words.count("approve.texts", len(self.waiting_texts))] if self.waiting_texts else []
        parts += [words.count("approve.embassies", len(self.waiting_embassies))] if self.waiting_embassies else []
        return ", ".join(parts)

    @property
    def answers(self) -> list[Answer]:
        """The buttons at the top and at the end; none where the page has no code."""
        if not self.source.code or not self.is_waiting:
            return []
        return page_answers(self.source.code, self.source.mail, self.coverage, self.words)

    def answers_to(self, day: DaySection) -> list[Answer]:
        """Return the buttons below a day."""
        if not self.answers or not day.is_waiting:
            return []
        return day_answers(day, self.source.code, self.source.mail, self.words)

    @property
    def sun_number(self) -> str:
        """The number of what is to be approved, in the small sun; a check where nothing is."""
        if not self.is_waiting:
            return "" if not self.progress.to_come else "✓"
        return f"{len(self.waiting_texts) if self.changed_texts_alone else len(self.waiting_days)}"

    @property
    def rays(self) -> list[Ray]:
        """The rays of the small sun: a half circle, from the first day on the left to the last."""
        states = {day.number: str(day.state) for day in self.days}
        step = 180 / len(DAYS)
        return [Ray(-90 + (number - 0.5) * step, states.get(number, "none")) for number in DAYS]

    # The days

    @property
    def entries(self) -> Iterator[PageEntry]:
        return page_entries(self.days, shortens=self.is_waiting)

    def end_of(self, entry: PageEntry) -> str:
        """Return what stands at the end of the row of a group: that it is over, or when it was approved."""
        if entry.is_over:
            return self.words("state.over")
        dates = {self.approval_date(day) for day in entry.days}
        return f"{State.APPROVED.sign} {dates.pop() if len(dates) == 1 else self.words('state.approved')}"

    @property
    def is_compact(self) -> bool:
        """True if there is so much to approve that pictures stand side by side, and in full below."""
        return len(self.waiting_texts) > _FEW_TEXTS

    @property
    def shows_differences(self) -> bool:
        """True if so little has changed that the words that were taken out stand on the page unasked."""
        return len(self.waiting_texts) <= _FEW_CHANGES

    @property
    def pictures(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return self.thumbnails.all_pictures

    @property
    def embassies(self) -> Iterator[EmbassySection]:
        words = self.words
        for name in self.embassy_ids:
            embassy = self.source.plan.config.embassies[name]
            subject = Subject(None, None, name)
            verdict = self.remarks.verdict(subject)
            content = approvals_content.content(self.source.plan, subject) or {}
            language, embassy_name = next(iter(embassy.names["embassy"].items()), ("", ""))
            yield EmbassySection(
                id=name,
                name=embassy_name[:1].upper() + embassy_name[1:],
                name_language=language,
                zone=embassy.timezone.key.replace("_", " "),
                languages=", ".join(embassy.languages),
                accounts=tuple((PLATFORMS[a.platform].title, str(a.handle)) for a in embassy.accounts),
                state=verdict.state,
                approval=verdict.remark,
                parts=verdict.parts,
                content=tuple((part_name(part, words), value) for part, value in content.items()),
            )

    @property
    def embassies_note(self) -> str:
        """The number of embassies that wait for a yes, where they are too many to stand open."""
        number = len(self.waiting_embassies)
        return self.words.count("embassies.waiting", number) if number else f"✓ {self.words('state.approved')}"

    # For the officer

    @property
    def code_mark(self) -> Markup:
        return Markup('<b translate="no">{}</b>').format(self.source.code)

    @property
    def not_here(self) -> Markup:
        return Markup("<b>{}</b>").format(self.words("computer.not_here"))

    @property
    def by_option(self) -> Markup:
        return Markup('<code>--by "Name"</code>')

    @property
    def release(self) -> Markup:
        return Markup("<bdi>{}</bdi>").format(paper.page_text(self.source.plan.campaign.release_title or ""))

    @property
    def creation_time(self) -> str:
        return self.words.date_time(self.source.now, self.zone)

    @property
    def general_problems(self) -> ProblemList:
        return first_problems([*self.source.approvals.problems, *self.sums.general_problems])

    @property
    def commands(self) -> list[ApprovalCommand]:
        return approval_commands(self.source, self.words)

    @property
    def off_page_texts(self) -> str:
        """The texts that the first command would approve too, though they aren't on this page; as a short list."""
        source = self.source
        if not self.commands:
            return ""
        page_subjects = compare.required_subjects(source.deliveries)
        languages = {str(delivery.language) for delivery in source.deliveries}
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


def _jump(id_: str, name: str) -> Markup:
    """Return a link to a place on the page."""
    return Markup('<a href="#{}">{}</a>').format(id_, name)
