"""The values of the page: what it is asked for, and the frozen ones that its template reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from markupsafe import Markup

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem


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


@dataclass(frozen=True, slots=True)
class ProblemList:
    """Problems, and how many there are beyond those that are shown."""

    shown: tuple[Problem, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about something, and how it is meant: good, open, bad or plain."""

    mood: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When a post goes out, on the embassy's clock and in UTC."""

    iso: str
    local: str
    zone: str
    utc: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the page, which all that show it refer to."""

    id: str
    width: int
    height: int
    data: str


@dataclass(frozen=True, slots=True)
class PostPicture:
    """A picture as a post shows it."""

    file: str
    alt: str | None
    picture: Picture | None
    flaw: str


@dataclass(frozen=True, slots=True)
class LinkCard:
    """What Bluesky shows below a text with a link and no picture."""

    host: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class TextLength:
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
class Post:
    """One text as it will look: on one platform, or on all where it looks the same."""

    accounts: tuple[tuple[str, str], ...]
    """Each platform's title, and who speaks there."""
    name: str
    initial: str
    moment: Moment
    text: Markup | None
    troubles: tuple[str, ...]
    counted: tuple[TextLength, ...]
    shown: tuple[PostPicture, ...]
    card: LinkCard | None

    @property
    def platforms(self) -> str:
        return " and ".join(title for title, _ in self.accounts)


@dataclass(frozen=True, slots=True)
class OtherEmbassy:
    """What another embassy says in the same words, but for its own names."""

    embassy: str
    moment: Moment
    texts: tuple[tuple[str, Markup, str], ...]
    """The platforms that get the text, the text, and the counts; nothing where it is word for word the same."""
    pictures: str
    """How its pictures differ; nothing where they don't."""


@dataclass(frozen=True, slots=True)
class LanguageSection:
    """What is said on a day in one language: to be approved as one."""

    id: str
    language: str
    name: str
    whose: str
    """The embassy whose own words they are, or who was asked for."""
    own_file: str
    approval: Remark
    parts: tuple[tuple[str, Markup], ...]
    """What has changed since it was approved."""
    problems: ProblemList
    posts: tuple[Post, ...]
    shown: tuple[PostPicture, ...]
    others: tuple[OtherEmbassy, ...]
    same: tuple[str, ...]
    """Embassies that say exactly this."""


@dataclass(frozen=True, slots=True)
class EmbassyTimes:
    """When an embassy posts on a day: for each language its code and the moment."""

    embassy: str
    zone: str
    posts: tuple[tuple[str, Moment, str], ...]


@dataclass(frozen=True, slots=True)
class DaySection:
    number: int
    date: date
    title: str
    facts: tuple[tuple[str, str], ...]
    over: str
    """That it is over, or partly, in a sentence; nothing as long as all of it is to come."""
    problems: ProblemList
    """Those of no one language."""
    gone: tuple[str, ...]
    words: tuple[LanguageSection, ...]
    times: tuple[EmbassyTimes, ...]


@dataclass(frozen=True, slots=True)
class CalendarSquare:
    """A day in the calendar."""

    number: int
    date: date
    title: str
    is_chosen: bool
    is_over: bool
    marks: tuple[tuple[str, str], ...]
    """A language and its mood; where there are many, how many are well and how many aren't."""


@dataclass(frozen=True, slots=True)
class EmbassySection:
    id: str
    name: str
    name_language: str
    zone: str
    languages: str
    accounts: tuple[tuple[str, str], ...]
    approval: Remark
    parts: tuple[tuple[str, Markup], ...]
    content: tuple[tuple[str, str], ...]
