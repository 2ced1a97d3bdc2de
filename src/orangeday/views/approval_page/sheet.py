"""The page to approve from: each day as it will look, what is approved and what isn't, and the line to type."""

from __future__ import annotations

import base64
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from orangeday.approvals import store as approvals
from orangeday.approvals.store import Approvals, Change, Kind, Subject
from orangeday.clock import DAYS, zone
from orangeday.content import images as pictures
from orangeday.content.campaign import Day
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Severity, in_order
from orangeday.content.wording import tags
from orangeday.text.display import conspicuous, differing, own_name, short, visible
from orangeday.text.x import BLUESKY_BYTES, PLATFORMS
from orangeday.views import html as paper

_GENERATOR = "orangeday preview"
MARK = paper.mark(_GENERATOR)
"""By this a page of ours is known, in its first lines."""

_MOST_PROBLEMS = 50
_NEARLY = 20
"""From here on it is said how many characters are left."""
_WIDE, _NARROW = 1024, 640
"""Pixels of a picture that stands alone, and of one among others: twice what a screen shows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for on the command line; where nothing was, it is all."""

    days: frozenset[int] = frozenset()
    languages: tuple[str, ...] = ()
    embassies: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        return not (self.days or self.languages or self.embassies or self.platforms)


@dataclass(frozen=True)
class Asked:
    """All that the page is drawn from."""

    plan: Plan
    choice: Choice
    deliveries: Sequence[Delivery]
    """Those that were chosen."""
    problems: Sequence[Problem]
    stored: Approvals
    changes: Sequence[Change]
    """What these deliveries say and nobody has approved as it is."""
    price: str | None
    """What X will charge for those of them that are still to come, in a sentence."""
    now: datetime
    how_far: str | None = None
    """What of the campaign is over, and what is to come, in a sentence."""
    config: Path | None = None
    """The config's name, where the line to type has to have it."""
    example: bool = False
    """These are the files that orangeday carries, which nobody can approve."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a person types to approve, and what it is good for."""

    command: str
    what: str


def page(asked: Asked) -> str:
    """The whole page."""
    return paper.draw("page", _GENERATOR, {}, sheet=_Sheet(asked))


def lines(asked: Asked) -> list[Line]:
    """What to type to approve what is on the page; nothing where all of it is, or can't be."""
    fresh = {change.subject for change in waiting(asked) if change.kind is not Kind.WITHDRAWN}
    if asked.example or asked.stored.problems or not fresh:
        return []
    choice = asked.choice
    languages = choice.languages
    if choice.embassies and not languages:
        languages = tuple(dict.fromkeys(str(delivery.language) for delivery in asked.deliveries))
    every = not choice.days
    words = ["all"] if every else _spans(sorted({delivery.number for delivery in asked.deliveries}))
    of = [part for language in languages for part in ("--language", language)]
    texts, embassies = (sum((subject.number is None) is which for subject in fresh) for which in (False, True))
    found = []
    if texts or (every and not languages):
        what = [_many(texts, "text")] if texts else []
        with_embassies = every and not languages and embassies
        what += [_embassies(embassies)] if with_embassies else []
        found.append(Line(_command(asked, *words, *of), " and ".join(what)))
        if with_embassies:
            embassies = 0
    if embassies:
        names = [subject.embassy or "" for subject in sorted(fresh, key=lambda s: s.order) if subject.number is None]
        found.append(Line(_command(asked, *(p for name in names for p in ("--embassy", name))), _embassies(embassies)))
    return found


def waiting(asked: Asked) -> list[Change]:
    """What nobody has approved as it is, but for the days that are over: those need no approval any more."""
    to_come = asked.plan.progress(asked.now, asked.deliveries).to_come
    days = {None, *(delivery.number for delivery in to_come)}
    return [change for change in asked.changes if change.subject.number in days] if to_come else []


def _command(asked: Asked, *words: str) -> str:
    config = ["--config", str(asked.config)] if asked.config else []
    return shlex.join(["orangeday", "approve", *words, *config])


def _spans(numbers: Sequence[int]) -> list[str]:
    """Days as `approve` takes them: 1, 2, 3, 5 → `1-3 5`."""
    spans = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        days = [number for _, number in run]
        spans.append(f"{days[0]}" if len(days) == 1 else f"{days[0]}-{days[-1]}")
    return spans


# What the template is given


@dataclass(frozen=True, slots=True)
class _Found:
    """Problems, and how many there are beyond those that are shown."""

    shown: tuple[Problem, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence about something, and how it is meant: good, open, bad or plain."""

    mood: str
    text: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """When a post goes out, on the embassy's clock and in UTC."""

    iso: str
    local: str
    zone: str
    utc: str


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of the page, which all that show it refer to."""

    id: str
    width: int
    height: int
    data: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture as a post shows it."""

    file: str
    alt: str | None
    picture: _Picture | None
    flaw: str


@dataclass(frozen=True, slots=True)
class _Card:
    """What Bluesky shows below a text with a link and no picture."""

    host: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class _Counted:
    platform: str
    length: int
    limit: int
    mood: str
    notes: tuple[str, ...]

    @property
    def share(self) -> int:
        """Of a hundred, how much of the limit is taken."""
        return min(100, max(1, 100 * self.length // self.limit))


@dataclass(frozen=True, slots=True)
class _Post:
    """One text as it will look: on one platform, or on all where it looks the same."""

    accounts: tuple[tuple[str, str], ...]
    """Each platform's title, and who speaks there."""
    name: str
    initial: str
    moment: _Moment
    text: Markup | None
    troubles: tuple[str, ...]
    counted: tuple[_Counted, ...]
    shown: tuple[_Shown, ...]
    card: _Card | None

    @property
    def platforms(self) -> str:
        return " and ".join(title for title, _ in self.accounts)


@dataclass(frozen=True, slots=True)
class _Other:
    """What another embassy says in the same words, but for its own names."""

    embassy: str
    moment: _Moment
    texts: tuple[tuple[str, Markup, str], ...]
    """The platforms that get the text, the text, and the counts; nothing where it is word for word the same."""
    pictures: str
    """How its pictures differ; nothing where they don't."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said on a day in one language: to be approved as one."""

    id: str
    language: str
    name: str
    whose: str
    """The embassy whose own words they are, or who was asked for."""
    own_file: str
    approval: _Said
    parts: tuple[tuple[str, Markup], ...]
    """What has changed since it was approved."""
    problems: _Found
    posts: tuple[_Post, ...]
    shown: tuple[_Shown, ...]
    others: tuple[_Other, ...]
    same: tuple[str, ...]
    """Embassies that say exactly this."""


@dataclass(frozen=True, slots=True)
class _Times:
    """When an embassy posts on a day: for each language its code and the moment."""

    embassy: str
    zone: str
    posts: tuple[tuple[str, _Moment, str], ...]


@dataclass(frozen=True, slots=True)
class _Day:
    number: int
    date: date
    title: str
    facts: tuple[tuple[str, str], ...]
    over: str
    """That it is over, or partly, in a sentence; nothing as long as all of it is to come."""
    problems: _Found
    """Those of no one language."""
    gone: tuple[str, ...]
    words: tuple[_Words, ...]
    times: tuple[_Times, ...]


@dataclass(frozen=True, slots=True)
class _Square:
    """A day in the calendar."""

    number: int
    date: date
    title: str
    is_chosen: bool
    is_over: bool
    marks: tuple[tuple[str, str], ...]
    """A language and its mood; where there are many, how many are well and how many aren't."""


@dataclass(frozen=True, slots=True)
class _Speaker:
    id: str
    name: str
    name_language: str
    zone: str
    languages: str
    accounts: tuple[tuple[str, str], ...]
    approval: _Said
    parts: tuple[tuple[str, Markup], ...]
    content: tuple[tuple[str, str], ...]


@dataclass
class _Sheet:
    """The page's values, each worked out when the template asks for it."""

    asked: Asked
    thumbnails: dict[str, _Picture | pictures.Flaw] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = self.asked
        self.progress = asked.plan.progress(asked.now, asked.deliveries)
        self.changes = waiting(asked)
        self.by_subject = {change.subject: change for change in asked.changes}
        self.by_day: dict[int, list[Delivery]] = {}
        for delivery in sorted(asked.deliveries, key=lambda d: (d.number, d.due)):
            self.by_day.setdefault(delivery.number, []).append(delivery)
        self.problems, self.of_days, self.elsewhere = _sorted_out(asked, self.by_day)
        self.languages = [*dict.fromkeys(t for e in asked.plan.config.embassies.values() for t in e.languages)]
        self.days = [self._day(number, there) for number, there in self.by_day.items()]

    # The top

    @property
    def title(self) -> str:
        campaign = self.asked.plan.campaign
        return campaign.title or campaign.id or "A campaign"

    @property
    def narrowed(self) -> str:
        """Which part of the campaign this is; nothing where it is all."""
        choice = self.asked.choice
        parts = [f"day {' '.join(_spans(sorted(choice.days)))}"] if choice.days else []
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
        return _dated(self.asked.now)

    @property
    def volume(self) -> str:
        """How much it is that is still to come, in a sentence."""
        deliveries = self.progress.to_come
        posts = Counter(delivery.platform for delivery in deliveries)
        each = ", ".join(f"{posts[name]:,} on {PLATFORMS[name].title}" for name in PLATFORMS if posts[name])
        if not each:
            return "Nothing: it is over." if self.progress.over else "Nothing."
        texts = _many(sum(subject.number is not None for subject in approvals.said(deliveries)), "text")
        languages = _many(len({delivery.language for delivery in deliveries}), "language")
        speakers = _embassies(len({delivery.embassy.id for delivery in deliveries}))
        return f"{texts} in {languages}, in {_many(len(deliveries), 'post')} by {speakers}: {each}."

    @property
    def price(self) -> str | None:
        return self.asked.price

    @property
    def counts(self) -> approvals.Counts:
        return approvals.count(self.changes, self.progress.to_come)

    @property
    def approval(self) -> str:
        """How much of it is approved."""
        if self.asked.stored.problems:
            return "Nothing counts as approved, since approvals.toml can’t be read."
        counts = self.counts
        if not counts.texts:
            return "Nothing is left to approve." if self.progress.over else "Nothing is there to approve."
        some = f"{counts.texts_approved} of {_many(counts.texts, 'text')}"
        return f"{some} and {counts.embassies_approved} of {_embassies(counts.embassies)} are approved as they stand."

    @property
    def void(self) -> list[Change]:
        """What somebody approved for this campaign, and is no longer so."""
        as_ever = (Kind.NEW, Kind.WITHDRAWN, Kind.CAMPAIGN)
        return [change for change in self.changes if change.kind not in as_ever]

    @property
    def withdrawn(self) -> list[Change]:
        """What was taken down: none of the lines to type approves it."""
        return [change for change in self.changes if change.kind is Kind.WITHDRAWN]

    @property
    def earlier(self) -> str:
        """How much of it was approved for another campaign, and what of that is still the same; or nothing."""
        found = [change for change in self.changes if change.kind is Kind.CAMPAIGN]
        if not found:
            return ""
        campaigns = " and ".join(sorted({change.approved_for or "" for change in found}))
        texts = [change for change in found if change.subject.number is not None]
        same = sum(not change.parts for change in texts)
        return (
            f"Approved for {campaigns}, not for {self.asked.plan.campaign_id}: {_many(len(texts), 'text')}, of which "
            f"{same} {'reads' if same == 1 else 'read'} word for word as then."
        )

    @property
    def verdict(self) -> _Said:
        """What it comes to."""
        errors = self.errors
        if not self.asked.deliveries:
            why = "the config skips it, or no embassy has an account there"
            return _Said("open", f"Nothing is posted there: {why}.")
        if not self.progress.to_come:
            return _Said("plain", "It is over: nothing of it will be sent from now on.")
        if errors:
            return _Said("bad", f"{_many(errors, 'error')} to mend first.")
        if not self.asked.plan.config.require_approval:
            return _Said("open", "It goes out without an approval.")
        if not self.changes:
            some = "What is still to come is approved, exactly" if self.progress.over else "Approved, exactly"
            return _Said("good", f"{some} as it stands here.")
        if self.void:
            return _Said("open", "Changed since it was approved.")
        if len(self.withdrawn) == len(self.changes):
            return _Said("good", "Approved as it stands here, but for what was withdrawn, which is not posted.")
        return _Said("open", "Waiting for your approval.")

    @property
    def errors(self) -> int:
        shown = [*self.problems, *(problem for found in self.of_days.values() for problem in found)]
        return sum(problem.severity is Severity.ERROR for problem in shown) + len(self.asked.stored.problems)

    @property
    def mistakes(self) -> str:
        """What is wrong in the files, in a sentence."""
        shown = [*self.problems, *(problem for found in self.of_days.values() for problem in found)]
        warnings = sum(problem.severity is Severity.WARNING for problem in shown)
        errors = self.errors
        parts = [_many(number, what) for number, what in ((errors, "error"), (warnings, "warning")) if number]
        days = f"day{'s' if len(self.of_days) > 1 else ''} {', '.join(_spans(sorted(self.of_days)))}"
        where = f" On {days}." if self.of_days else ""
        more = f" {_many(self.elsewhere, 'more')} elsewhere: see orangeday check." if self.elsewhere else ""
        return (f"{' and '.join(parts)}.{where}" if parts else "Nothing to mend.") + more

    @property
    def general(self) -> _Found:
        return _some([*self.asked.stored.problems, *self.problems])

    @property
    def lines(self) -> list[Line]:
        return lines(self.asked)

    @property
    def unseen(self) -> str:
        """What the first line would approve besides, which isn't on this page."""
        asked = self.asked
        if not self.lines:
            return ""
        shown, languages = approvals.said(asked.deliveries), {str(d.language) for d in asked.deliveries}
        everything = not asked.choice.languages and not asked.choice.embassies
        # Without a language it approves what anybody posts, else what there is in that language.
        meant = approvals.said(asked.plan) if everything else approvals.subjects(asked.plan)
        found = [
            str(subject)
            for subject in sorted(meant, key=lambda subject: subject.order)
            if subject.number is not None
            and subject not in shown
            and asked.stored.withdrawal(subject) is None
            and (not asked.choice.days or subject.number in asked.choice.days)
            and (everything or subject.language in languages)
        ]
        return _listed(found, 8)

    # The calendar

    @property
    def weeks(self) -> list[list[_Square | None]]:
        """Weeks from Monday to Sunday, the campaign's days in them."""
        plan = self.asked.plan
        first = 1 - plan.first.weekday()
        return [
            [self._square(number) if number in DAYS else None for number in range(monday, monday + 7)]
            for monday in range(first, DAYS[-1] + 1, 7)
        ]

    def _square(self, number: int) -> _Square:
        plan, there = self.asked.plan, self.by_day.get(number, [])
        day = plan.campaign.days.get(number)
        moods: dict[str, str] = {}
        broken = {p.concern.language for p in self.of_days.get(number, []) if p.severity is Severity.ERROR}
        for delivery in there:
            language, subject = str(delivery.language), _subject(delivery)
            mood = "bad" if subject is None or {None, language} & broken else "good"
            if mood == "good" and subject in self.by_subject:
                mood = "open"
            moods[language] = max(moods.get(language, mood), mood, key=["good", "open", "bad"].index)
        is_over = number in self.progress.days_over
        marks = [] if is_over else [(str(tag), moods[tag]) for tag in map(str, self.languages) if tag in moods]
        if len(marks) > 8:
            number_of = Counter(moods.values())
            marks = [(f"{number_of[mood]} languages", mood) for mood in ("good", "open", "bad") if number_of[mood]]
        return _Square(number, plan.date(number), _title(day), bool(there), is_over, tuple(marks))

    # The days

    def _day(self, number: int, there: Sequence[Delivery]) -> _Day:
        plan = self.asked.plan
        day = plan.campaign.days.get(number)
        found = self.of_days.get(number, [])
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
            key = _whose(problem, groups)
            (rest if key is None else own.setdefault(key, [])).append(problem)
        return _Day(
            number=number,
            date=plan.date(number),
            title=_title(day),
            facts=tuple(facts),
            over=self._over(number, there),
            problems=_some(rest),
            gone=tuple(gone),
            words=tuple(self._words(key, alike, _some(own.get(key, []))) for key, alike in groups),
            times=tuple(_times(alike) for alike in _by_embassy(there).values()),
        )

    def _over(self, number: int, there: Sequence[Delivery]) -> str:
        if number in self.progress.days_over:
            return "This day is over: nothing of it will be sent from now on."
        over = sum(delivery.closes <= self.asked.now for delivery in there)
        are = "is" if over == 1 else "are"
        return f"Of its {_many(len(there), 'post')} {over:,} {are} over and will not be sent." if over else ""

    def _together(self, there: Iterable[Delivery]) -> list[tuple[tuple[str, str], list[Delivery]]]:
        """A day's deliveries that are worded alike: by language, and by embassy where it speaks for itself alone."""
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

    def _words(self, key: tuple[str, str], alike: Sequence[Delivery], problems: _Found) -> _Words:
        language, whose = key
        # One embassy stands for all: the first to post, of those that show every picture, since all of them are
        # approved; and on a platform that it isn't on, the first there.
        speaker = max(alike, key=lambda d: len(d.media)).embassy.id
        standing: dict[str, Delivery] = {}
        for delivery in sorted(alike, key=lambda d: (d.embassy.id != speaker, -len(d.media))):
            standing.setdefault(delivery.platform, delivery)
        chosen = [standing[platform] for platform in PLATFORMS if platform in standing]
        first = chosen[0]
        subject, translation = _subject(first), first.translation
        approval, parts = self._approval(subject)
        if approval.mood != "good" and all(delivery.closes <= self.asked.now for delivery in alike):
            approval, parts = _Said("plain", "Over: it needs no approval any more"), ()
        rest = [delivery for delivery in alike if delivery not in chosen]
        others, same = [], []
        for embassy, theirs in _by_embassy(rest).items():
            texts, pictured = tuple(_differing(theirs, standing)), ""
            if theirs[0].media != first.media:
                pictured = f"with {', '.join(theirs[0].media)}" if theirs[0].media else "without a picture"
            if texts or pictured:
                others.append(_Other(embassy, _moment(theirs[0]), texts, pictured))
            else:
                same.append(embassy)
        looks: dict[object, list[Delivery]] = {}
        for delivery in chosen:
            looks.setdefault(_look(delivery), []).append(delivery)
        posts = [_post(alike, tuple(self._shown(alike[0]))) for alike in looks.values()]
        return _Words(
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

    def _approval(self, subject: Subject | None) -> tuple[_Said, tuple[tuple[str, Markup], ...]]:
        """Whether it is approved as it is, by whom; and what has changed since."""
        if subject is None:
            return _Said("bad", "There is nothing to approve."), ()
        change, entry = self.by_subject.get(subject), self.asked.stored.entries.get(subject)
        if change is None and entry:
            return _Said("good", f"Approved by {entry.by} on {_dated(entry.at)}"), ()
        if change is None or change.kind is Kind.NEW:
            return _Said("open", "Not approved yet"), ()
        parts = tuple((name, _difference(old, new)) for name, old, new in change.differing)
        if change.kind is Kind.WITHDRAWN:
            known = any(old is not None for old, _ in change.parts.values())
            said = f"Withdrawn ({change.taken_down}): no line on this page approves it"
            return _Said("bad", said), parts if known else ()
        if change.kind is Kind.CAMPAIGN:
            same = "" if parts else ", word for word as it is"
            return _Said("open", f"Approved for {change.approved_for}{same}; not for {change.campaign}"), parts
        if change.kind is Kind.EDITED:
            return _Said("bad", "Its approval was edited by hand, and counts no more"), parts
        by = f"{change.by} approved it on {_dated(change.at)}" if change.at else "it was approved"
        return _Said("open", f"Changed since {by}"), parts

    def _shown(self, delivery: Delivery) -> Iterator[_Shown]:
        names, translation = delivery.media, delivery.translation
        for name in names:
            picture = self._picture(name, _WIDE if len(names) == 1 else _NARROW)
            alt = translation.alt.get(name) if translation else None
            if isinstance(picture, pictures.Flaw):
                yield _Shown(name, alt, None, picture.message)
            else:
                yield _Shown(name, alt, picture, "")

    def _picture(self, name: str, side: int) -> _Picture | pictures.Flaw:
        known = self.thumbnails.get(name)
        if known is None or (isinstance(known, _Picture) and side > max(known.width, known.height) >= _NARROW):
            at = pictures.locate(self.asked.plan.campaign.folder, name)
            made = at if isinstance(at, pictures.Flaw) else pictures.thumbnail(at, side)
            if isinstance(made, pictures.Flaw):
                self.thumbnails[name] = made
            else:
                id = known.id if known else f"picture-{len(self.thumbnails) + 1}"  # noqa: A001  as HTML calls it
                data = f"data:{made.mime};base64,{base64.b64encode(made.content).decode()}"
                self.thumbnails[name] = _Picture(id, made.width, made.height, data)
        return self.thumbnails[name]

    @property
    def store(self) -> list[_Picture]:
        """Every picture, once."""
        return [picture for picture in self.thumbnails.values() if isinstance(picture, _Picture)]

    # The embassies

    @property
    def speakers(self) -> Iterator[_Speaker]:
        there = {delivery.embassy.id for delivery in self.asked.deliveries}
        for name, embassy in self.asked.plan.config.embassies.items():
            if name not in there:
                continue
            subject = Subject(None, None, name)
            approval, parts = self._approval(subject)
            content = approvals.content(self.asked.plan, subject) or {}
            language, called = next(iter(embassy.names["embassy"].items()), ("", ""))
            yield _Speaker(
                id=name,
                name=called[:1].upper() + called[1:],
                name_language=language,
                zone=embassy.timezone.key.replace("_", " "),
                languages=", ".join(embassy.languages),
                accounts=tuple((PLATFORMS[a.platform].title, str(a.handle)) for a in embassy.accounts),
                approval=approval,
                parts=parts,
                content=tuple((approvals.spoken(part), value) for part, value in content.items()),
            )


def _sorted_out(
    asked: Asked, by_day: Mapping[int, Sequence[Delivery]]
) -> tuple[list[Problem], dict[int, list[Problem]], int]:
    """The problems of the whole, those of each day, and how many concern nothing that is on the page."""
    general: list[Problem] = []
    of_days: dict[int, list[Problem]] = {}
    elsewhere = 0
    for problem in in_order(asked.problems):
        concern = problem.concern
        if problem.rule == "no-longer-approved" or problem in asked.stored.problems:
            continue  # the page says so where it says what is approved
        there: Iterable[Delivery] = by_day.get(concern.day, ()) if concern.day else asked.deliveries
        concerned = any(concern.covers(d.number, d.embassy.id, d.platform, d.language) for d in there)
        if concern.day and (concerned or (asked.choice.is_all and there)):
            of_days.setdefault(concern.day, []).append(problem)
        elif concerned or asked.choice.is_all:
            general.append(problem)
        else:
            elsewhere += 1
    return general, of_days, elsewhere


def _some(found: Sequence[Problem]) -> _Found:
    return _Found(tuple(found[:_MOST_PROBLEMS]), max(0, len(found) - _MOST_PROBLEMS))


def _whose(problem: Problem, groups: Iterable[tuple[tuple[str, str], Sequence[Delivery]]]) -> tuple[str, str] | None:
    """The words that it is shown beside; None where it is about more than one language."""
    concern = problem.concern
    of_language = [(key, alike) for key, alike in groups if key[0] == concern.language]
    for key, alike in of_language:
        if any(concern.covers(d.number, d.embassy.id, d.platform, d.language) for d in alike):
            return key
    return None


def _subject(delivery: Delivery) -> Subject | None:
    translation = delivery.translation
    return Subject(delivery.number, str(delivery.language), translation.embassy) if translation else None


def _title(day: Day | None) -> str:
    return "can’t be read" if day is None else str(day.title or "without a title")


def _paragraph(number: int) -> str:
    return f"paragraph {number}" if number else "the title"


def _by_embassy(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.embassy.id, []).append(delivery)
    return found


# A post


def _look(delivery: Delivery) -> object:
    """What is the same for two deliveries that look the same."""
    text = delivery.wording.text[: paper.MOST] if delivery.wording else ""
    marked = tuple(facet[:3] for facet in PLATFORMS[delivery.platform].facets(text))
    return delivery.embassy.id, text, marked, delivery.media, _card(delivery)


def _post(alike: Sequence[Delivery], shown: tuple[_Shown, ...]) -> _Post:
    first = alike[0]
    wording, names = first.wording, first.embassy.names["embassy"]
    name = next((str(names[tag]) for tag in tags(first.language) if tag in names), first.embassy.id)
    return _Post(
        accounts=tuple((PLATFORMS[d.platform].title, str(d.account.handle)) for d in alike),
        name=name[:1].upper() + name[1:],
        initial=first.embassy.id[:1].upper(),
        moment=_moment(first),
        text=None if wording is None else _marked(wording.text, first.platform),
        troubles=tuple(dict.fromkeys(problem.message for d in alike if d.wording for problem in d.wording.problems)),
        counted=tuple(_counted(d.platform, d.wording.text) for d in alike if d.wording),
        shown=shown,
        card=_card(first),
    )


def _marked(text: str, platform: str) -> Markup:
    """The text with what the platform makes a link, a tag or a mention of."""
    rest = len(text) - paper.MOST
    encoded = text[: paper.MOST].encode()
    pieces, position = [], 0
    for start, end, kind, value in PLATFORMS[platform].facets(text[: paper.MOST]):
        if start < position:
            continue
        pieces.append(_escaped(encoded[position:start]))
        if kind == "link" and value.lower().startswith(("https://", "http://")):
            drawn = Markup('<a class="facet" href="{}" rel="noreferrer noopener">{}</a>')
            pieces.append(drawn.format(value, _escaped(encoded[start:end])))
        else:
            pieces.append(Markup('<span class="facet">{}</span>').format(_escaped(encoded[start:end])))
        position = end
    pieces.append(_escaped(encoded[position:]))
    if rest > 0:
        pieces.append(Markup('<span class="cut">… and {} characters more</span>').format(f"{rest:,}"))
    return Markup().join(pieces)


def _escaped(encoded: bytes) -> Markup:
    return escape(visible(encoded.decode()))


_FACETS = {"link": "link", "tag": "hashtag", "mention": "mention"}


def _counted(platform: str, text: str) -> _Counted:
    count = PLATFORMS[platform]
    length = count.length(text)
    left = count.limit - length
    notes = [f"{-left:,} too many"] if left < 0 else []
    if platform == "bluesky" and (size := len(text.encode())) > BLUESKY_BYTES:
        notes.append(f"{size:,} of {BLUESKY_BYTES:,} bytes")
    mood = "bad" if notes else "open" if left <= _NEARLY else "good"
    if mood == "open":
        notes.append(f"{left} left")
    found = Counter(_FACETS[kind] for _, _, kind, _ in count.facets(text[: paper.MOST]))
    notes += [_many(number, kind) for kind, number in found.items()]
    return _Counted(count.title, length, count.limit, mood, tuple(notes))


def _card(delivery: Delivery) -> _Card | None:
    day, campaign = delivery.day, delivery.plan.campaign
    if delivery.platform != "bluesky" or day is None or not day.link or delivery.media:
        return None
    try:
        host = urlsplit(day.link).hostname or ""
    except ValueError:
        host = ""
    return _Card(host or str(day.link), str(day.title or campaign.title), campaign.title)


def _differing(theirs: Sequence[Delivery], standing: Mapping[str, Delivery]) -> Iterator[tuple[str, Markup, str]]:
    """How other deliveries read, where it isn't as those that stand for them do; alike platforms together."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in theirs:
        groups.setdefault(delivery.wording.text if delivery.wording else "", []).append(delivery)
    for text, alike in groups.items():
        model = standing[alike[0].platform].wording
        if model is None or all(w and w.text == text for d in alike for w in [standing[d.platform].wording]):
            continue
        counted = [_counted(delivery.platform, text) for delivery in alike]
        counts = " · ".join(f"{c.platform} {c.length:,}/{c.limit}" for c in counted)
        platforms = " and ".join(c.platform for c in counted)
        yield platforms, _difference(model.text[: paper.MOST], text[: paper.MOST], only_new=True), counts


def _difference(old: str, new: str, *, only_new: bool = False) -> Markup:
    """What became of a text, word by word."""
    pieces = []
    for before, after in differing(short(old)[: paper.MOST], short(new)[: paper.MOST]):
        if before == after:
            pieces.append(escape(visible(after)))
            continue
        if before and not only_new:
            pieces.append(Markup("<del>{}</del>").format(visible(conspicuous(before))))
        if after:
            drawn = Markup("<b>{}</b>") if only_new else Markup("<ins>{}</ins>")
            pieces.append(drawn.format(visible(after if only_new else conspicuous(after))))
    return Markup().join(pieces)


# Times and numbers


def _moment(delivery: Delivery) -> _Moment:
    there = delivery.local(delivery.due)
    return _Moment(
        iso=there.isoformat(),
        local=f"{there:%H:%M}" if there.date() == delivery.date else f"{there:%H:%M} on {_on(there)}",
        zone=zone(there),
        utc=_utc(delivery.due, delivery.date),
    )


def _times(theirs: Sequence[Delivery]) -> _Times:
    """One embassy's deliveries of a day; the platforms are named where a language isn't on all of its own."""
    accounts = len(theirs[0].embassy.accounts)
    groups: dict[str, list[Delivery]] = {}
    for delivery in theirs:
        groups.setdefault(str(delivery.language), []).append(delivery)
    posts = [
        (
            language,
            _moment(alike[0]),
            "" if len(alike) == accounts else " and ".join(PLATFORMS[d.platform].title for d in alike),
        )
        for language, alike in groups.items()
    ]
    return _Times(theirs[0].embassy.id, posts[0][1].zone, tuple(posts))


def _utc(moment: datetime, date: date) -> str:
    """`08:00`, with the day where it isn't that one."""
    there = moment.astimezone(UTC)
    return f"{there:%H:%M}" if date == there.date() else f"{_on(there)} {there:%H:%M}"


def _dated(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{_on(there)} {there.year}, {there:%H:%M} UTC"


def _on(moment: datetime) -> str:
    return f"{moment.day} {moment:%b}"


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _embassies(number: int) -> str:
    return f"{number:,} embass{'y' if number == 1 else 'ies'}"


def _listed(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:most])} and {more} more"
