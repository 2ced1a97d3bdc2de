"""The section of a day: its facts, its texts in each language, and when they go out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from orangeday.approvals.model import Kind
from orangeday.content.campaign import Day
from orangeday.content.plan import Delivery
from orangeday.content.problems import Problem
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import native_name
from orangeday.text.phrases import plural
from orangeday.views.approval_page.model import (
    DaySection,
    LanguageSection,
    OtherEmbassy,
    PageSource,
    ProblemList,
    Remark,
)
from orangeday.views.approval_page.moments import moment_of, times_of
from orangeday.views.approval_page.posts import appearance, build_post, differing_texts
from orangeday.views.approval_page.problem_lists import first_problems, section_key
from orangeday.views.approval_page.remarks import ApprovalRemarks, subject_of
from orangeday.views.approval_page.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class DayBuilder:
    """The builder of the page's sections, one a day."""

    source: PageSource
    languages: Sequence[str]
    """The languages that embassies post in, in the config's order."""
    days_over: Collection[int]
    problems: Mapping[int, Sequence[Problem]]
    """The problems by day."""
    remarks: ApprovalRemarks
    thumbnails: Thumbnails

    def build(self, number: int, deliveries: Sequence[Delivery]) -> DaySection:
        plan = self.source.plan
        day = plan.campaign.days.get(number)
        problems = self.problems.get(number, [])
        facts = [
            (str(fact.statement), _paragraph(fact.paragraph)) if fact else (str(name), "not stated in facts.toml")
            for name in (day.facts if day else ())
            for fact in [plan.campaign.facts.get(name)]
        ]
        removals = [
            change.in_words
            for change in self.source.changes
            if change.kind is Kind.GONE and change.subject.number == number
        ]
        groups = self._group_alike(deliveries)
        problems_by_section: dict[tuple[str, str], list[Problem]] = {}
        day_problems: list[Problem] = []
        for problem in problems:
            key = section_key(problem, groups)
            (day_problems if key is None else problems_by_section.setdefault(key, [])).append(problem)
        return DaySection(
            number=number,
            date=plan.date(number),
            title=day_title(day),
            facts=tuple(facts),
            over_note=self._over_note(number, deliveries),
            problems=first_problems(day_problems),
            removals=tuple(removals),
            language_sections=tuple(
                self._language_section(key, group, first_problems(problems_by_section.get(key, [])))
                for key, group in groups
            ),
            times=tuple(times_of(group) for group in _by_embassy(deliveries).values()),
        )

    def _over_note(self, number: int, deliveries: Sequence[Delivery]) -> str:
        if number in self.days_over:
            return "This day is over: nothing of it will be sent from now on."
        over_count = sum(delivery.deadline <= self.source.now for delivery in deliveries)
        verb = "is" if over_count == 1 else "are"
        return (
            f"Of its {plural(len(deliveries), 'post')} {over_count:,} {verb} over and will not be sent."
            if over_count
            else ""
        )

    def _group_alike(self, deliveries: Iterable[Delivery]) -> list[tuple[tuple[str, str], list[Delivery]]]:
        """Return a day's deliveries in groups that are worded alike, each with its language and embassy.

        The embassy is "" where the words are everybody's, unless the page is for chosen embassies.
        """
        groups: dict[tuple[str, str], list[Delivery]] = {}
        for delivery in deliveries:
            language, embassy = str(delivery.language), delivery.embassy.id
            has_own_words = delivery.day is not None and (language, embassy) in delivery.day.embassy_translations
            groups.setdefault((language, embassy if has_own_words or self.source.choice.embassies else ""), []).append(
                delivery
            )
        order = {str(language): place for place, language in enumerate(self.languages)}
        speakers = [*self.source.plan.config.embassies]
        if self.source.choice.embassies:
            return sorted(groups.items(), key=lambda group: (speakers.index(group[0][1]), order[group[0][0]]))
        return sorted(groups.items(), key=lambda group: order[group[0][0]])  # everybody's words before anybody's own

    def _language_section(
        self, key: tuple[str, str], deliveries: Sequence[Delivery], problems: ProblemList
    ) -> LanguageSection:
        language, section_embassy = key
        # One embassy stands for all: the first to post, of those that show every picture, since all of them are
        # approved; and on a platform that it isn't on, the first there.
        speaker = max(deliveries, key=lambda d: len(d.media)).embassy.id
        examples_by_platform: dict[str, Delivery] = {}
        for delivery in sorted(deliveries, key=lambda d: (d.embassy.id != speaker, -len(d.media))):
            examples_by_platform.setdefault(delivery.platform, delivery)
        examples = [examples_by_platform[platform] for platform in PLATFORMS if platform in examples_by_platform]
        first = examples[0]
        subject, translation = subject_of(first), first.translation
        approval, parts = self.remarks.remark(subject)
        if approval.mood != "good" and all(delivery.deadline <= self.source.now for delivery in deliveries):
            approval, parts = Remark("plain", "Over: it needs no approval any more"), ()
        rest = [delivery for delivery in deliveries if delivery not in examples]
        other_embassies, identical_embassies = [], []
        for embassy, embassy_deliveries in _by_embassy(rest).items():
            texts, picture_note = tuple(differing_texts(embassy_deliveries, examples_by_platform)), ""
            if (media := embassy_deliveries[0].media) != first.media:
                picture_note = f"with {', '.join(media)}" if media else "without a picture"
            if texts or picture_note:
                other_embassies.append(OtherEmbassy(embassy, moment_of(embassy_deliveries[0]), texts, picture_note))
            else:
                identical_embassies.append(embassy)
        groups_by_look: dict[object, list[Delivery]] = {}
        for delivery in examples:
            groups_by_look.setdefault((appearance(delivery), self.thumbnails.look(delivery)), []).append(delivery)
        posts = [build_post(group, tuple(self.thumbnails.pictures_of(group[0]))) for group in groups_by_look.values()]
        return LanguageSection(
            id=re.sub(
                r"[^a-zA-Z0-9-]",
                "_",
                f"day-{first.number}-{language}{f'-{section_embassy}' if section_embassy else ''}",
            ),
            language=language,
            name=native_name(language) or language,
            embassy=section_embassy,
            embassy_file=translation.file.name if translation and translation.embassy else "",
            approval=approval,
            parts=parts,
            problems=problems,
            posts=tuple(posts),
            pictures=tuple(
                {(picture.file, picture.alt): picture for post in posts for picture in post.pictures}.values()
            ),
            other_embassies=tuple(other_embassies),
            identical_embassies=tuple(identical_embassies),
        )


def day_title(day: Day | None) -> str:
    return "can’t be read" if day is None else str(day.title or "without a title")


def _paragraph(number: int) -> str:
    return f"paragraph {number}" if number else "the title"


def _by_embassy(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.embassy.id, []).append(delivery)
    return groups
