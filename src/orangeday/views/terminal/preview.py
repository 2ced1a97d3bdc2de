"""The view of `preview`: each post as a card, with its pictures and its length on every platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from orangeday.clock import local, utc
from orangeday.content.campaign import Translation
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import own_name
from orangeday.text.phrases import plural
from orangeday.views.console import BLUE, ORANGE, in_a_line, shown
from orangeday.views.layout import Folded, is_width_disputed, isolated


def _language(tag: str) -> Text:
    """Return a language by its own name, with its code: `français (fr)`; only its code where the name isn't known."""
    name = own_name(tag)
    return Text.assemble(isolated(Text(name)), f" ({tag})") if name else Text(tag)


def previews(console: Console, deliveries: Sequence[Delivery], *, every: bool, now: datetime | None = None) -> None:
    """Print each post as a card. Unless `every`, one embassy stands for all that say the same in a language.

    A post that is over at `now` says so.
    """
    posts = _posts(deliveries, every=every)
    number = 0
    for cards in posts:
        first = cards[0][0]
        if first.number != number:
            number = first.number
            console.print(_heading(first))
        width = min(_CARD, console.width)
        console.print(Group(*(_card(alike, width, now) for alike in cards)))
    hidden = len(deliveries) - sum(len(alike) for cards in posts for alike in cards)
    if hidden:
        more = f"{plural(hidden, 'more post')} of other embassies say the same with their own names."
        console.print(Text(f"{more} --embassy NAME shows them."))


def _posts(deliveries: Iterable[Delivery], *, every: bool) -> list[list[list[Delivery]]]:
    """Return the posts in order of time: for each embassy's day and language its cards, each with alike deliveries."""

    def words(delivery: Delivery) -> tuple[int, str, str, str | None]:
        """Return what makes the words of two deliveries the same: day, language, platform, and whose words they are.

        Nobody else can stand for an embassy that has its own words.
        """
        language, embassy = delivery.language, delivery.embassy.id
        own = embassy if delivery.day and (language, embassy) in delivery.day.own else None
        return delivery.number, language, delivery.platform, own

    ordered = sorted(deliveries, key=lambda d: (d.number, d.due))
    speakers: dict[tuple[int, str, str, str | None], str] = {}
    for delivery in sorted(ordered, key=lambda d: -len(d.media)):  # who posts no cards would hide them
        speakers.setdefault(words(delivery), delivery.embassy.id)
    posts: dict[tuple[int, str, str], dict[object, list[Delivery]]] = {}
    for delivery in ordered:
        number, language, embassy = delivery.number, delivery.language, delivery.embassy.id
        if not every and speakers[words(delivery)] != embassy:
            continue
        posts.setdefault((number, embassy, language), {}).setdefault(_reading(delivery), []).append(delivery)
    return [[*cards.values()] for cards in posts.values()]


def _reading(delivery: Delivery) -> object:
    """Return the text, and what the platform makes of it: where both are the same, platforms share a card."""
    if delivery.wording is None:
        return None
    text = delivery.wording.text
    return text, *((start, end, kind) for start, end, kind, _ in PLATFORMS[delivery.platform].facets(text))


def _heading(delivery: Delivery) -> RenderableType:
    day, date = delivery.day, delivery.date
    head = Text.assemble((f"Day {delivery.number}", f"bold {ORANGE}"), f" · {date:%A} {date.day} {date:%B %Y}")
    if day and day.title:
        head.append(" · ").append_text(isolated(in_a_line(day.title, "bold")))
    return Padding(head, (1, 0, 0, 0))


_CARD = 78
"""The widest card, in columns: longer lines are hard to read."""


def _card(alike: Sequence[Delivery], width: int, now: datetime | None) -> _Card:
    """Return the card of one text, with every platform on which one embassy posts it."""
    first = alike[0]
    wording, translation = first.wording, first.translation
    post: list[RenderableType] = []
    about: list[RenderableType] = []
    if wording is None or translation is None:
        post.append(Folded(Text("There is no text that can be read: see orangeday check.", style="bold red")))
    else:
        post.append(Folded(_marked(wording.text, first.platform)))
        post += [Folded(in_a_line(f"✗ {problem.message}", "bold red")) for problem in wording.problems]
        post += _pictures(first, translation)
        about.append(_counts(alike, wording.text, width))
    over = (" · over", "bold") if now and first.closes <= now else ""
    about.append(Folded(Text.assemble(f"{local(first.local(first.due))} · {utc(first.due)}", over)))
    if translation and translation.embassy:
        about.append(Folded(in_a_line(f"{translation.embassy}’s own words: {translation.file.name}")))
    return _Card(_title(alike), Group(*post), Group(*about), width)


@dataclass(frozen=True, slots=True)
class _Card:
    """A post in a box: its text, and below a line its length, its time and the like.

    The box is open at its right: terminals disagree how wide some texts are, and no two would close it alike.
    """

    title: Text
    post: Group
    about: Group
    width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inside = options.update(width=self.width - 2, height=None)
        border = console.get_style(ORANGE)

        def ruled(left: str, title: Text | None = None) -> Text:
            text = Text.assemble(left, " ", title, " ") if title else Text(left)
            disputed = sum(map(is_width_disputed, text.plain))
            text.append("─" * (self.width - cell_len(text.plain) - disputed))
            text.stylize_before(border)
            return text

        title = self.title.copy()
        title.truncate(self.width - 6, overflow="ellipsis")
        yield ruled("╭─", title)
        for part in (self.post, self.about):
            if part is self.about:
                yield ruled("├")
            for line in console.render_lines(part, inside, pad=False):
                yield Segment("│ ", border)
                yield from line
                yield Segment.line()
        yield ruled("╰")


def _title(alike: Sequence[Delivery]) -> Text:
    first = alike[0]
    platforms = " · ".join(PLATFORMS[delivery.platform].title for delivery in alike)
    return Text.assemble((first.embassy.id, "bold"), " · ", _language(first.language), f" · {platforms}")


def _marked(text: str, platform: str) -> Text:
    """Return the text, underlined and blue where the platform makes a link, a tag or a mention, as platforms do."""
    drawn, encoded = shown(text), text.encode()
    for start, end, _, _ in PLATFORMS[platform].facets(text):
        drawn.stylize(f"underline {BLUE}", len(encoded[:start].decode()), len(encoded[:end].decode()))
    return drawn


def _pictures(delivery: Delivery, translation: Translation) -> Iterator[RenderableType]:
    """Yield each picture of a post: its name and its alt text."""
    for file in delivery.media:
        yield Text()
        yield Folded(Text.assemble(("Picture ", "bold"), in_a_line(file)))
        if alt := translation.alt.get(file):
            yield Folded(shown(alt), indent=2)
        else:
            missing = f"✗ no alt text: say below [alt] in {translation.file.name} what it shows"
            yield Folded(in_a_line(missing, "bold red"), indent=2)


_NEARLY = 20
"""The number of characters left from which on a card says how many they are."""


def _counts(alike: Sequence[Delivery], text: str, width: int) -> Table:
    """Return a row for each platform: how much of its limit the text takes, as a bar and a number.

    It also has how many links, tags and mentions the platform finds in the text.
    """
    bar = min(20, max(5, width - 50))
    table = Table.grid(padding=(0, 1, 0, 0))
    for justify in ("left", "left", "right", "left"):
        table.add_column(justify=justify)
    for delivery in alike:
        count = PLATFORMS[delivery.platform]
        length = count.length(text)
        left = count.limit - length
        filled = min(bar, max(1, bar * length // count.limit))
        said, style = _room(count.byte_limit, text, left)
        found = Counter(_FACETS[kind] for _, _, kind, _ in count.facets(text))
        notes = [*(Text(note, style=style) for note in said), *(Text(plural(found[kind], kind)) for kind in found)]
        table.add_row(
            Text(count.title),
            Text.assemble(("━" * filled, style or "green"), ("─" * (bar - filled), "dim")),
            Text(f"{length}/{count.limit}", style=style),
            Text(" · ").join(notes),
        )
    return table


def _room(byte_limit: int | None, text: str, left: int) -> tuple[list[str], str]:
    """Return the notes about the characters that are left, and the style to draw them in."""
    notes = [f"cut {-left}"] if left < 0 else []
    if byte_limit is not None and (size := len(text.encode())) > byte_limit:
        notes.append(f"{size} of {byte_limit} bytes")
    if notes:
        return notes, "bold red"
    return ([f"{left} left"], f"bold {ORANGE}") if left <= _NEARLY else ([], "")


_FACETS = {"link": "link", "tag": "hashtag", "mention": "mention"}
