"""The values of the page: those that it is drawn from, and the frozen ones that its template reads."""

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
    """The selection made on the command line; an empty field selects all."""

    days: frozenset[int] = frozenset()
    languages: tuple[str, ...] = ()
    embassies: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        return not (self.days or self.languages or self.embassies or self.platforms)


@dataclass(frozen=True)
class PageSource:
    """The data that the page is drawn from."""

    plan: Plan
    choice: Choice
    deliveries: Sequence[Delivery]
    """The chosen deliveries."""
    problems: Sequence[Problem]
    approvals: Approvals
    changes: Sequence[Change]
    """The texts and embassies of these deliveries that nobody has approved as they are."""
    price: str | None
    """The sentence that says what X will charge for those of them that are still to come."""
    now: datetime
    progress_note: str | None = None
    """The sentence that says how much of the campaign is over, and how much is to come."""
    config: Path | None = None
    """The config's path, where the command to type needs it."""
    is_example: bool = False
    """The flag for the example files that orangeday carries, which nobody can approve."""


@dataclass(frozen=True, slots=True)
class ApprovalCommand:
    """A command that a person types to approve, and what it approves."""

    command: str
    coverage: str


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The problems that are shown, and the number of those that aren't."""

    problems: tuple[Problem, ...] = ()
    hidden_count: int = 0

    def __bool__(self) -> bool:
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about something, and how it is meant: good, open, bad or plain."""

    mood: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment when a post goes out, on the embassy's clock and in UTC."""

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
    alterations: tuple[str, ...] = ()
    """The ways in which it differs from its file, in words."""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """The card that Bluesky shows below a text with a link and no picture."""

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
        """The share of the limit that is taken, in per cent, from 1 to 100."""
        return min(100, max(1, 100 * self.length // self.limit))


@dataclass(frozen=True, slots=True)
class Post:
    """One text as it will look: on one platform, or on all where it looks the same."""

    accounts: tuple[tuple[str, str], ...]
    """The title of each platform, and the handle there."""
    name: str
    initial: str
    moment: Moment
    text: Markup | None
    problems: tuple[str, ...]
    lengths: tuple[TextLength, ...]
    pictures: tuple[PostPicture, ...]
    card: LinkCard | None

    @property
    def altered_pictures(self) -> list[PostPicture]:
        """Its pictures that a reader sees otherwise than their files have them, each once."""
        return [*{picture.file: picture for picture in self.pictures if picture.alterations}.values()]

    @property
    def platforms(self) -> str:
        return " and ".join(title for title, _ in self.accounts)


@dataclass(frozen=True, slots=True)
class OtherEmbassy:
    """Another embassy that says the same words with its own names."""

    embassy: str
    moment: Moment
    texts: tuple[tuple[str, Markup, str], ...]
    """The platforms that get the text, the text, and the counts; nothing where it is word for word the same."""
    pictures: str
    """The difference of its pictures, in words; empty where there is none."""


@dataclass(frozen=True, slots=True)
class LanguageSection:
    """The posts of a day in one language, which are approved as one."""

    id: str
    language: str
    name: str
    embassy: str
    """The embassy whose own words they are, or that was chosen on the command line; else empty."""
    embassy_file: str
    approval: Remark
    parts: tuple[tuple[str, Markup], ...]
    """The changes since it was approved, each with the name of its part."""
    problems: ProblemList
    posts: tuple[Post, ...]
    pictures: tuple[PostPicture, ...]
    other_embassies: tuple[OtherEmbassy, ...]
    identical_embassies: tuple[str, ...]
    """The embassies that say exactly this."""


@dataclass(frozen=True, slots=True)
class EmbassyTimes:
    """The times at which an embassy posts on a day: for each language its code, the moment and the platforms."""

    embassy: str
    zone: str
    posts: tuple[tuple[str, Moment, str], ...]


@dataclass(frozen=True, slots=True)
class DaySection:
    number: int
    date: date
    title: str
    facts: tuple[tuple[str, str], ...]
    over_note: str
    """The sentence that says that it is over, or partly; empty as long as all of it is to come."""
    problems: ProblemList
    """The problems that aren't about a single language."""
    removals: tuple[str, ...]
    language_sections: tuple[LanguageSection, ...]
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
    """The languages, each with its mood; where there are many, the number of languages for each mood."""


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
