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
from orangeday.text.display import own_name
from orangeday.text.phrases import plural
from orangeday.views.approval_page.model import Asked, DaySection, LanguageSection, OtherEmbassy, ProblemList, Remark
from orangeday.views.approval_page.moments import moment_of, times_of
from orangeday.views.approval_page.posts import appearance, build_post, differing_texts
from orangeday.views.approval_page.problem_lists import first_problems, section_key
from orangeday.views.approval_page.remarks import ApprovalRemarks, subject_of
from orangeday.views.approval_page.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class DayBuilder:
    """The builder of the page's sections, one a day."""

    asked: Asked
    languages: Sequence[str]
    """The languages that embassies post in, in the config's order."""
    days_over: Collection[int]
    problems: Mapping[int, Sequence[Problem]]
    """The problems by day."""
    remarks: ApprovalRemarks
    thumbnails: Thumbnails

    def build(self, number: int, there: Sequence[Delivery]) -> DaySection:
        plan = self.asked.plan
        day = plan.campaign.days.get(number)
        found = self.problems.get(number, [])
        facts = [
            (str(fact.statement), _paragraph(fact.paragraph)) if fact else (str(name), "not stated in facts.toml")
            for name in (day.facts if day else ())
            for fact in [plan.campaign.facts.get(name)]
        ]
        gone = [
            change.in_words
            for change in self.asked.changes
            if change.kind is Kind.GONE and change.subject.number == number
        ]
        groups = self._together(there)
        own: dict[tuple[str, str], list[Problem]] = {}
        rest: list[Problem] = []
        for problem in found:
            key = section_key(problem, groups)
            (rest if key is None else own.setdefault(key, [])).append(problem)
        return DaySection(
            number=number,
            date=plan.date(number),
            title=day_title(day),
            facts=tuple(facts),
            over=self._over(number, there),
            problems=first_problems(rest),
            gone=tuple(gone),
            words=tuple(self._words(key, alike, first_problems(own.get(key, []))) for key, alike in groups),
            times=tuple(times_of(alike) for alike in _by_embassy(there).values()),
        )

    def _over(self, number: int, there: Sequence[Delivery]) -> str:
        if number in self.days_over:
            return "This day is over: nothing of it will be sent from now on."
        over = sum(delivery.closes <= self.asked.now for delivery in there)
        are = "is" if over == 1 else "are"
        return f"Of its {plural(len(there), 'post')} {over:,} {are} over and will not be sent." if over else ""

    def _together(self, there: Iterable[Delivery]) -> list[tuple[tuple[str, str], list[Delivery]]]:
        """Return a day's deliveries in groups that are worded alike, each with its language and embassy.

        The embassy is "" where the words are everybody's, unless the page is for chosen embassies.
        """
        groups: dict[tuple[str, str], list[Delivery]] = {}
        for delivery in there:
            language, embassy = str(delivery.language), delivery.embassy.id
            own = delivery.day is not None and (language, embassy) in delivery.day.own
            groups.setdefault((language, embassy if own or self.asked.choice.embassies else ""), []).append(delivery)
        order = {str(language): place for place, language in enumerate(self.languages)}
        speakers = [*self.asked.plan.config.embassies]
        if self.asked.choice.embassies:
            return sorted(groups.items(), key=lambda group: (speakers.index(group[0][1]), order[group[0][0]]))
        return sorted(groups.items(), key=lambda group: order[group[0][0]])  # everybody's words before anybody's own

    def _words(self, key: tuple[str, str], alike: Sequence[Delivery], problems: ProblemList) -> LanguageSection:
        language, whose = key
        # One embassy stands for all: the first to post, of those that show every picture, since all of them are
        # approved; and on a platform that it isn't on, the first there.
        speaker = max(alike, key=lambda d: len(d.media)).embassy.id
        standing: dict[str, Delivery] = {}
        for delivery in sorted(alike, key=lambda d: (d.embassy.id != speaker, -len(d.media))):
            standing.setdefault(delivery.platform, delivery)
        chosen = [standing[platform] for platform in PLATFORMS if platform in standing]
        first = chosen[0]
        subject, translation = subject_of(first), first.translation
        approval, parts = self.remarks.remark(subject)
        if approval.mood != "good" and all(delivery.closes <= self.asked.now for delivery in alike):
            approval, parts = Remark("plain", "Over: it needs no approval any more"), ()
        rest = [delivery for delivery in alike if delivery not in chosen]
        others, same = [], []
        for embassy, theirs in _by_embassy(rest).items():
            texts, pictured = tuple(differing_texts(theirs, standing)), ""
            if theirs[0].media != first.media:
                pictured = f"with {', '.join(theirs[0].media)}" if theirs[0].media else "without a picture"
            if texts or pictured:
                others.append(OtherEmbassy(embassy, moment_of(theirs[0]), texts, pictured))
            else:
                same.append(embassy)
        looks: dict[object, list[Delivery]] = {}
        for delivery in chosen:
            looks.setdefault(appearance(delivery), []).append(delivery)
        posts = [build_post(alike, tuple(self.thumbnails.pictures_of(alike[0]))) for alike in looks.values()]
        return LanguageSection(
            id=re.sub(r"[^a-zA-Z0-9-]", "_", f"day-{first.number}-{language}{f'-{whose}' if whose else ''}"),
            language=language,
            name=own_name(language) or language,
            whose=whose,
            own_file=translation.file.name if translation and translation.embassy else "",
            approval=approval,
            parts=parts,
            problems=problems,
            posts=tuple(posts),
            shown=tuple(dict.fromkeys(picture for post in posts for picture in post.shown)),
            others=tuple(others),
            same=tuple(same),
        )


def day_title(day: Day | None) -> str:
    return "can’t be read" if day is None else str(day.title or "without a title")


def _paragraph(number: int) -> str:
    return f"paragraph {number}" if number else "the title"


def _by_embassy(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.embassy.id, []).append(delivery)
    return found
