"""The sums of a page for the officer: what goes out, how much of it is approved, how many mistakes the files have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orangeday.approvals import compare
from orangeday.approvals.model import Change, Kind
from orangeday.content.plan import Progress
from orangeday.content.problems import Problem, Severity
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import day_ranges
from orangeday.views.approval_page.model import PageSource, Remark
from orangeday.views.approval_page.page_language import PageLanguage


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of what a page is drawn from, each a sentence."""

    source: PageSource
    progress: Progress
    changes: Sequence[Change]
    """The changes to what is still to come."""
    general_problems: Sequence[Problem]
    problems_by_day: Mapping[int, Sequence[Problem]]
    elsewhere_count: int
    """The number of problems that concern nothing on the page."""
    words: PageLanguage

    @property
    def volume(self) -> str:
        """The sentence that says how many texts and posts are still to come."""
        deliveries, words = self.progress.to_come, self.words
        posts = Counter(delivery.platform for delivery in deliveries)
        platforms = [
            words("sum.on", number=words.number(posts[name]), platform=PLATFORMS[name].title)
            for name in PLATFORMS
            if posts[name]
        ]
        if not platforms:
            return words("sum.over" if self.progress.too_late else "sum.nothing")
        texts = sum(subject.number is not None for subject in compare.required_subjects(deliveries))
        return words(
            "sum.volume",
            texts=words.count("approve.texts", texts),
            languages=words.count("sum.languages", len({delivery.language for delivery in deliveries})),
            posts=words.count("sum.posts", len(deliveries)),
            embassies=words.count("approve.embassies", len({delivery.embassy.id for delivery in deliveries})),
            platforms=", ".join(platforms),
        )

    @property
    def approval(self) -> str:
        """The sentence that says how much of it is approved."""
        words = self.words
        if self.source.approvals.problems:
            return words("sum.unreadable")
        counts = compare.count(self.changes, self.progress.to_come)
        if not counts.texts:
            return words("sum.nothing_left" if self.progress.too_late else "sum.nothing_there")
        return words(
            "sum.approved",
            number=words.number(counts.texts_approved),
            texts=words.count("approve.texts", counts.texts),
            embassies_number=words.number(counts.embassies_approved),
            embassies=words.count("approve.embassies", counts.embassies),
        )

    @property
    def previous_campaign_note(self) -> str:
        """The sentence about texts approved for another campaign, and how many still read the same; empty if none."""
        changes, words = [change for change in self.changes if change.kind is Kind.CAMPAIGN], self.words
        if not changes:
            return ""
        texts = [change for change in changes if change.subject.number is not None]
        return words.count(
            "sum.previous",
            len(texts),
            earlier=words.join(sorted({change.approved_for or "" for change in changes})),
            campaign=self.source.plan.campaign_id,
            same=words.count("sum.same", sum(not change.parts for change in texts)),
        )

    @property
    def verdict(self) -> Remark:
        """The remark on the whole: whether all of it can go out."""
        words, to_come = self.words, self.progress.to_come
        if not self.source.deliveries:
            return Remark("open", words("verdict.nowhere"))
        if not to_come:
            return Remark("plain", words("verdict.over"))
        if self.errors:
            return Remark("bad", words.count("verdict.errors", self.errors))
        if not self.source.plan.config.require_approval:
            return Remark("open", words("verdict.free"))
        if not self.changes:
            return Remark("good", words("verdict.rest_approved" if self.progress.too_late else "verdict.approved"))
        if self.outdated_changes:
            return Remark("open", words("verdict.changed"))
        if len(self.withdrawals) == len(self.changes):
            return Remark("good", words("verdict.withdrawn"))
        return Remark("open", words("verdict.waiting"))

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
    def problems(self) -> list[Problem]:
        by_day = (problem for day_problems in self.problems_by_day.values() for problem in day_problems)
        return [*self.general_problems, *by_day]

    @property
    def errors(self) -> int:
        errors = sum(problem.severity is Severity.ERROR for problem in self.problems)
        return errors + len(self.source.approvals.problems)

    @property
    def problem_summary(self) -> str:
        """The sentence about the problems in the files."""
        words = self.words
        warnings = sum(problem.severity is Severity.WARNING for problem in self.problems)
        counts = (("sum.errors", self.errors), ("sum.warnings", warnings))
        sentences = [words.join(words.count(key, number) for key, number in counts if number) + "."]
        if not self.errors and not warnings:
            sentences = [words("sum.no_errors")]
        elif days := sorted(self.problems_by_day):
            sentences.append(words.count("sum.on_days", len(days), days=", ".join(day_ranges(days))))
        if self.elsewhere_count:
            sentences.append(words.count("sum.elsewhere", self.elsewhere_count))
        return " ".join(sentences)
