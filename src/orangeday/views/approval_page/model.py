"""The values of the page: those that it is drawn from, and the frozen ones that its template reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import accumulate
from pathlib import Path

from markupsafe import Markup

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Severity


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
    language: str = "en"
    """The language of the page's own words."""
    code: str = ""
    """The code for all that the page shows as to be approved, `7F3K-92QD`; empty where there is none."""
    code_objection: str = ""
    """The reason why there is no code, though something is to be approved; empty where there is a code."""
    mail: str = ""
    """The address that answers are mailed to; empty where the config names none."""


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

    @property
    def has_error(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


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
class CardShape:
    """A card in the shape that some platforms get."""

    platforms: str
    """Their titles, as a list in words."""
    file: str
    picture: Picture

    @property
    def width(self) -> int:
        """The width at which it stands beside the other shapes, all of them SHAPES_HEIGHT high."""
        return round(SHAPES_HEIGHT * self.picture.width / self.picture.height)


SHAPES_HEIGHT, SHAPES_GAP = 1000, 30
"""The height of a card's shapes side by side and the gap between them, in units of their drawing."""


@dataclass(frozen=True, slots=True)
class PostPicture:
    """A picture as a post shows it."""

    file: str
    alt: str | None
    picture: Picture | None
    flaw: str
    alterations: tuple[str, ...] = ()
    """The ways in which it differs from its file, in words."""
    shapes: tuple[CardShape, ...] = ()
    """All its shapes, where platforms get a card in several."""

    @property
    def files(self) -> str:
        """The names of its files, as a list."""
        return ", ".join(shape.file for shape in self.shapes) or self.file

    @property
    def shapes_width(self) -> int:
        """The width of all shapes side by side."""
        return sum(shape.width for shape in self.shapes) + SHAPES_GAP * (len(self.shapes) - 1)

    @property
    def placed_shapes(self) -> list[tuple[int, CardShape]]:
        """Each shape with the place at which it begins."""
        ends = accumulate(shape.width + SHAPES_GAP for shape in self.shapes)
        return [*zip((0, *ends), self.shapes, strict=False)]


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
    platforms: str
    """The titles of the platforms, as a list in words."""
    name: str
    initial: str
    moment: Moment
    text: Markup | None
    """The text, with the words marked that are new since it was approved."""
    difference: Markup | None
    """The text as it was approved, compared with the present one word by word; None where both are the same."""
    problems: tuple[str, ...]
    lengths: tuple[TextLength, ...]
    pictures: tuple[PostPicture, ...]
    card: LinkCard | None

    @property
    def altered_pictures(self) -> list[PostPicture]:
        """Its pictures that a reader sees otherwise than their files have them, each once."""
        return [*{picture.file: picture for picture in self.pictures if picture.alterations}.values()]


@dataclass(frozen=True, slots=True)
class OtherEmbassy:
    """Another embassy that says the same words with its own names."""

    embassy: str
    texts: tuple[tuple[str, Markup, str], ...]
    """For each text that differs: its platforms, if they aren't all; what differs in it; its lengths, if it is long."""
    pictures: str
    """The difference of its pictures, in words; empty where there is none."""


class State(StrEnum):
    """The state of a day or of one of its texts, in order of how much a person is needed; also a class of the style."""

    ERROR = "error"  # it can't be sent
    NEW = "new"  # to be approved, for the first time
    CHANGED = "changed"  # to be approved: it isn't what was approved
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"  # taken down: nothing on the page approves it
    OVER = "over"

    @property
    def sign(self) -> str:
        """The sign that tells it from the others without a colour; empty where a line below does."""
        signs = {State.CHANGED: "✎", State.APPROVED: "✓", State.WITHDRAWN: "⊘", State.ERROR: "✕"}
        return signs.get(self, "")


@dataclass(frozen=True, slots=True)
class LanguageSection:
    """The posts of a day in one language, which are approved as one."""

    id: str
    subject: str
    """The text that is approved, as approvals.toml heads it."""
    language: str
    name: str
    embassy: str
    """The embassy whose own words they are, or that was chosen on the command line; else empty."""
    embassy_file: str
    """The file of its own words; where its card alone is its own, of that."""
    has_borrowed_words: bool
    """True if an embassy's card alone is its own, and its words are everybody's."""
    state: State
    approval: Remark
    has_remark: bool
    """True if the sentence on its approval says more than the day's state and its posts do."""
    parts: tuple[tuple[str, Markup], ...]
    """The changes since it was approved that its posts don't show, each with the name of its part."""
    problems: ProblemList
    posts: tuple[Post, ...]
    pictures: tuple[PostPicture, ...]
    other_embassies: tuple[OtherEmbassy, ...]
    identical_embassies: tuple[str, ...]
    """The embassies that say exactly this."""

    @property
    def is_waiting(self) -> bool:
        """True if a person has to approve it before it is sent."""
        return self.state in (State.NEW, State.CHANGED, State.ERROR)

    def is_unchanged(self, post: Post) -> bool:
        """Return whether a post is as it was approved, and only the words for another platform have changed."""
        is_first = post == self.posts[0]
        return not is_first and not post.difference and not self.parts and any(post.difference for post in self.posts)

    @property
    def has_one_look(self) -> bool:
        """True if a small copy of its picture is enough to show it: there is at most one, and it is sent as it is."""
        looks = {picture.picture.id if picture.picture else "" for post in self.posts for picture in post.pictures}
        is_altered = any(picture.alterations for post in self.posts for picture in post.pictures)
        return len(self.pictures) <= 1 >= len(looks) and "" not in looks and not is_altered


@dataclass(frozen=True, slots=True)
class EmbassyTimes:
    """The times at which embassies post on a day: for each language its code, the moment and the platforms."""

    embassies: tuple[str, ...]
    """Those that have one clock and the same languages."""
    zone: str
    posts: tuple[tuple[str, Moment, str], ...]


@dataclass(frozen=True, slots=True)
class DaySection:
    number: int
    date: date
    title: str
    state: State
    state_note: str
    """The state in words: “to approve”, “French changed”."""
    facts: tuple[tuple[str, str], ...]
    over_note: str
    """The sentence that says that it is over, or partly; empty as long as all of it is to come."""
    problems: ProblemList
    """The problems that aren't about a single language."""
    removals: tuple[str, ...]
    language_sections: tuple[LanguageSection, ...]
    times: tuple[EmbassyTimes, ...]
    post_count: int
    is_approvable: bool
    """True if an approval of the day would approve anything."""

    @property
    def is_waiting(self) -> bool:
        """True if something of it has to be approved, or corrected, before it is sent."""
        return self.state in (State.NEW, State.CHANGED, State.ERROR)

    @property
    def waiting_sections(self) -> list[LanguageSection]:
        return [section for section in self.language_sections if section.is_waiting]

    @property
    def other_sections(self) -> list[LanguageSection]:
        return [section for section in self.language_sections if not section.is_waiting]

    @property
    def embassy_count(self) -> int:
        return sum(len(times.embassies) for times in self.times)

    @property
    def has_small_pictures(self) -> bool:
        """True if its pictures can stand side by side, small, below the texts."""
        return all(section.has_one_look for section in self.waiting_sections)

    @property
    def all_problems(self) -> list[Problem]:
        """Its problems and those of its texts, as far as they are shown."""
        lists = (self.problems, *(section.problems for section in self.language_sections))
        return [problem for problem_list in lists for problem in problem_list.problems]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """An entry that stands on the page as one: a day, or days in a row that ask for nothing."""

    days: tuple[DaySection, ...]
    is_group: bool
    """True if its days are over, or approved, and lie folded up in one row."""

    @property
    def is_over(self) -> bool:
        return self.days[0].state is State.OVER

    @property
    def numbers(self) -> str:
        """Its first and last number: `1–5`, `9`."""
        first, last = self.days[0].number, self.days[-1].number
        return f"{first}" if first == last else f"{first}–{last}"

    @property
    def post_count(self) -> int:
        return sum(day.post_count for day in self.days)


@dataclass(frozen=True, slots=True)
class Ray:
    """A ray of the small sun: a day of the campaign."""

    angle: float
    """In degrees clockwise from the top."""
    state: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A button: a mail that is written as it is pressed."""

    kind: str
    label: str
    detail: str
    """The part that it covers, in small letters; empty where the label says it."""
    address: str
    """The address of a mail with its subject and its first line: `mailto:…`."""


@dataclass(frozen=True, slots=True)
class EmbassySection:
    id: str
    name: str
    name_language: str
    zone: str
    languages: str
    accounts: tuple[tuple[str, str], ...]
    state: State
    approval: Remark
    parts: tuple[tuple[str, Markup], ...]
    content: tuple[tuple[str, str], ...]

    @property
    def is_waiting(self) -> bool:
        """True if a person has to approve it before anything of it is sent."""
        return self.state in (State.NEW, State.CHANGED)
