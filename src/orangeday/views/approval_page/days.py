"""The section of a day: its facts, its texts in each language, and when they go out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from orangeday.approvals.model import Kind
from orangeday.content.campaign import Day, Fact
from orangeday.content.plan import Delivery
from orangeday.content.problems import Problem, Severity
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import native_name
from orangeday.views.approval_page.model import (
    DaySection,
    LanguageSection,
    OtherEmbassy,
    PageEntry,
    PageSource,
    Post,
    ProblemList,
    Remark,
    State,
)
from orangeday.views.approval_page.moments import times_of
from orangeday.views.approval_page.page_language import PageLanguage
from orangeday.views.approval_page.part_names import part_name
from orangeday.views.approval_page.posts import appearance, build_post, differing_texts
from orangeday.views.approval_page.problem_lists import first_problems, section_key
from orangeday.views.approval_page.remarks import ApprovalRemarks, Verdict, subject_of
from orangeday.views.approval_page.thumbnails import Thumbnails

_FEW_APPROVED_DAYS = 3
"""The approved days in a row that each keep a line of their own."""


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
    words: PageLanguage

    def build(self, number: int, deliveries: Sequence[Delivery]) -> DaySection:
        plan = self.source.plan
        day = plan.campaign.days.get(number)
        problems = self.problems.get(number, [])
        removals = [
            self.words(
                "remark.gone_card" if change.is_own_card else "remark.gone",
                embassy=subject.embassy,
                language=self.words.language_names([subject.language]),
            )
            for change in self.source.changes
            if change.kind is Kind.GONE
            and (subject := change.subject).number == number
            and subject.language is not None
        ]
        groups = self._group_alike(deliveries)
        problems_by_section: dict[tuple[str, str], list[Problem]] = {}
        day_problems: list[Problem] = []
        for problem in problems:
            key = section_key(problem, groups)
            (day_problems if key is None else problems_by_section.setdefault(key, [])).append(problem)
        sections = tuple(
            self._language_section(key, group, first_problems(problems_by_section.get(key, [])))
            for key, group in groups
        )
        state = self._state(number, sections, has_error=_has_error(day_problems), is_reduced=bool(removals))
        return DaySection(
            number=number,
            date=plan.date(number),
            title=day_title(day, self.words),
            state=state,
            state_note=self._state_note(state, sections),
            facts=tuple(self._fact(str(name), plan.campaign.facts.get(name)) for name in (day.facts if day else ())),
            over_note=self._over_note(number, deliveries),
            problems=first_problems(day_problems),
            removals=tuple(removals),
            language_sections=sections,
            times=tuple(times_of(_by_embassy(deliveries), self.words)),
            post_count=len(deliveries),
            is_approvable=not _has_error(day_problems)
            and any(section.state in (State.NEW, State.CHANGED) for section in sections),
        )

    def _fact(self, name: str, fact: Fact | None) -> tuple[str, str]:
        """Return a fact's statement, and its place in the release."""
        if fact is None:
            return name, self.words("fold.unstated")
        if not fact.paragraph:
            return str(fact.statement), self.words("fold.release_title")
        return str(fact.statement), self.words("fold.paragraph", number=fact.paragraph)

    def _state(self, number: int, sections: Sequence[LanguageSection], *, has_error: bool, is_reduced: bool) -> State:
        """Return the state of a day: that of the text which most needs a person."""
        if number in self.days_over:
            return State.OVER
        if has_error:
            return State.ERROR
        states = {section.state for section in sections} - {State.OVER}
        if states <= {State.WITHDRAWN} and states:
            return State.WITHDRAWN
        if is_reduced:
            states.add(State.CHANGED)
        return next((state for state in State if state in states), State.OVER)

    def _state_note(self, state: State, sections: Sequence[LanguageSection]) -> str:
        changed_languages = [section.language for section in sections if section.state is State.CHANGED]
        if state is State.CHANGED and changed_languages:
            return self.words("state.changed_in", languages=self.words.language_names(changed_languages))
        return self.words(f"state.{state}")

    def _over_note(self, number: int, deliveries: Sequence[Delivery]) -> str:
        if number in self.days_over:
            return self.words("days.is_over")
        over_count = sum(delivery.deadline <= self.source.now for delivery in deliveries)
        return self.words.count("days.partly_over", over_count, total=len(deliveries)) if over_count else ""

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
        verdict = self.remarks.verdict(subject)
        if verdict.state is not State.APPROVED and all(d.deadline <= self.source.now for d in deliveries):
            verdict = Verdict(State.OVER, Remark("plain", self.words("remark.over")))
        elif _has_error(problems.problems) and verdict.state is not State.WITHDRAWN:
            verdict = replace(verdict, state=State.ERROR)
        rest = [delivery for delivery in deliveries if delivery not in examples]
        other_embassies, identical_embassies = [], []
        for embassy, embassy_deliveries in _by_embassy(rest if verdict.state is not State.OVER else ()).items():
            texts, picture_note = tuple(differing_texts(embassy_deliveries, examples_by_platform, self.words)), ""
            if (pictures := embassy_deliveries[0].pictures) != first.pictures:
                phrase = "others.with" if pictures else "others.without"
                picture_note = self.words(phrase, pictures=", ".join(pictures))
            if texts or picture_note:
                other_embassies.append(OtherEmbassy(embassy, texts, picture_note))
            else:
                identical_embassies.append(embassy)
        groups_by_look: dict[object, list[Delivery]] = {}
        for delivery in examples:
            groups_by_look.setdefault((appearance(delivery), self.thumbnails.look(delivery)), []).append(delivery)
        posts = [
            build_post(group, tuple(self.thumbnails.pictures_of(group[0], examples)), self.words, verdict.earlier_parts)
            for group in groups_by_look.values()
        ]
        return LanguageSection(
            id=re.sub(
                r"[^a-zA-Z0-9-]",
                "_",
                f"day-{first.number}-{language}{f'-{section_embassy}' if section_embassy else ''}",
            ),
            subject=str(subject or ""),
            language=language,
            name=native_name(language) or language,
            embassy=section_embassy,
            embassy_file=_own_file(first),
            has_borrowed_words=translation is not None and translation.has_borrowed_words,
            state=verdict.state,
            approval=verdict.remark,
            has_remark=(verdict.state is not State.NEW or verdict.earlier_parts is not None)
            and not any(post.difference for post in posts),
            parts=self._parts_beside(posts, verdict),
            problems=problems,
            posts=tuple(posts),
            pictures=tuple(
                {(picture.file, picture.alt): picture for post in posts for picture in post.pictures}.values()
            ),
            other_embassies=tuple(other_embassies),
            identical_embassies=tuple(identical_embassies),
        )

    def _parts_beside(self, posts: Sequence[Post], verdict: Verdict) -> tuple[tuple[str, Markup], ...]:
        """Return the changed parts that the posts don't show themselves: they show what their texts are made of."""
        if not any(post.difference for post in posts):
            return verdict.parts
        shown_names = {part_name(name, self.words) for name in ("text", "hashtags", "link", "minister", *PLATFORMS)}
        return tuple((name, difference) for name, difference in verdict.parts if name not in shown_names)


def _own_file(delivery: Delivery) -> str:
    """Return the name of the file of an embassy's own words or own card; empty where it has neither."""
    translation = delivery.translation
    if translation is None or translation.embassy is None:
        return ""
    is_card = translation.has_borrowed_words
    return (translation.card_file(translation.sent_shape(delivery.shape)) if is_card else translation.file).name


def day_title(day: Day | None, words: PageLanguage) -> str:
    return words("days.unreadable") if day is None else str(day.title or words("days.untitled"))


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _by_embassy(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.embassy.id, []).append(delivery)
    return groups


def page_entries(days: Iterable[DaySection], *, shortens: bool) -> Iterator[PageEntry]:
    """Yield the days in their order; those in a row that are over stand as one.

    With `shortens` those in a row that are approved stand as one, too, so that what waits for a yes isn't far apart.
    """
    for state, run in groupby(days, key=lambda day: day.state):
        row = tuple(run)
        is_long = shortens and len(row) > _FEW_APPROVED_DAYS
        if state is State.OVER or (state is State.APPROVED and is_long):
            yield PageEntry(row, is_group=True)
        else:
            yield from (PageEntry((day,), is_group=False) for day in row)
