"""The view of `preview`: each post as a card, with its pictures and its length on every platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from orangeday.clock import local, utc
from orangeday.content.encoding import Flaw, in_words
from orangeday.content.images import alterations, locate
from orangeday.content.plan import Delivery
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import code_point, native_name
from orangeday.text.invisible import hidden_characters
from orangeday.text.phrases import plural
from orangeday.views.console import BLUE, ORANGE, safe_text, single_line
from orangeday.views.layout import FoldedText, is_width_disputed, isolate


def _language(tag: str) -> Text:
    """Return a language by its own name, with its code: `français (fr)`; only its code where the name isn't known."""
    name = native_name(tag)
    return Text.assemble(isolate(Text(name)), f" ({tag})") if name else Text(tag)


def previews(console: Console, deliveries: Sequence[Delivery], *, show_all: bool, now: datetime | None = None) -> None:
    """Print each post as a card. Unless `show_all`, one embassy stands for all that say the same in a language.

    A post that is over at `now` says so.
    """
    posts = _posts(deliveries, show_all=show_all)
    number = 0
    for cards in posts:
        first = cards[0][0]
        if first.number != number:
            number = first.number
            console.print(_heading(first))
        width = min(_MAX_CARD_WIDTH, console.width)
        console.print(Group(*(_card(group, width, now) for group in cards)))
    hidden_count = len(deliveries) - sum(len(group) for cards in posts for group in cards)
    if hidden_count:
        hidden_note = f"{plural(hidden_count, 'more post')} of other embassies say the same with their own names."
        console.print(Text(f"{hidden_note} --embassy NAME shows them."))


def _posts(deliveries: Iterable[Delivery], *, show_all: bool) -> list[list[list[Delivery]]]:
    """Return the posts in order of time: for each embassy's day and language its cards, each with alike deliveries."""

    def words_key(delivery: Delivery) -> tuple[int, str, str, str | None]:
        """Return what makes the words of two deliveries the same: day, language, platform, and whose words they are.

        Nobody else can stand for an embassy that has its own words.
        """
        language, embassy = delivery.language, delivery.embassy.id
        own_embassy = embassy if delivery.day and (language, embassy) in delivery.day.embassy_translations else None
        return delivery.number, language, delivery.platform, own_embassy

    sorted_deliveries = sorted(deliveries, key=lambda d: (d.number, d.due))
    speakers: dict[tuple[int, str, str, str | None], str] = {}
    for delivery in sorted(sorted_deliveries, key=lambda d: -len(d.media)):  # who posts no cards would hide them
        speakers.setdefault(words_key(delivery), delivery.embassy.id)
    posts: dict[tuple[int, str, str], dict[object, list[Delivery]]] = {}
    for delivery in sorted_deliveries:
        number, language, embassy = delivery.number, delivery.language, delivery.embassy.id
        if not show_all and speakers[words_key(delivery)] != embassy:
            continue
        posts.setdefault((number, embassy, language), {}).setdefault(_display_key(delivery), []).append(delivery)
    return [[*cards.values()] for cards in posts.values()]


def _display_key(delivery: Delivery) -> object:
    """Return the text, and what the platform makes of it: where both are the same, platforms share a card."""
    if delivery.rendered_text is None:
        return None
    text = delivery.rendered_text.text
    return text, *((start, end, kind) for start, end, kind, _ in PLATFORMS[delivery.platform].facets(text))


def _heading(delivery: Delivery) -> RenderableType:
    day, date = delivery.day, delivery.date
    head = Text.assemble((f"Day {delivery.number}", f"bold {ORANGE}"), f" · {date:%A} {date.day} {date:%B %Y}")
    if day and day.title:
        head.append(" · ").append_text(isolate(single_line(day.title, "bold")))
    return Padding(head, (1, 0, 0, 0))


_MAX_CARD_WIDTH = 78
"""The widest card, in columns: longer lines are hard to read."""


def _card(deliveries: Sequence[Delivery], width: int, now: datetime | None) -> _Card:
    """Return the card of one text, with every platform on which one embassy posts it."""
    first = deliveries[0]
    rendered_text, translation = first.rendered_text, first.translation
    post: list[RenderableType] = []
    details: list[RenderableType] = []
    if rendered_text is None or translation is None:
        post.append(FoldedText(Text("There is no text that can be read: see orangeday check.", style="bold red")))
    else:
        post.append(FoldedText(_mark_facets(rendered_text.text, first.platform)))
        post += [FoldedText(single_line(f"✗ {problem.message}", "bold red")) for problem in rendered_text.problems]
        post += _pictures(deliveries, translation.file.name)
        details.append(_length_table(deliveries, rendered_text.text, width))
    over_note = (" · over", "bold") if now and first.deadline <= now else ""
    details.append(FoldedText(Text.assemble(f"{local(first.local(first.due))} · {utc(first.due)}", over_note)))
    if translation and translation.embassy:
        part, file = ("words", translation.file)
        if translation.has_borrowed_words:
            part, file = "card", translation.card_file(translation.sent_shape(first.shape))
        details.append(FoldedText(single_line(f"{translation.embassy}’s own {part}: {file.name}")))
    return _Card(_title(deliveries), Group(*post), Group(*details), width)


@dataclass(frozen=True, slots=True)
class _Card:
    """A post in a box: its text, and below a line its length, its time and the like.

    The box is open at its right: terminals disagree how wide some texts are, and no two would close it alike.
    """

    title: Text
    post: Group
    details: Group
    width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner_options = options.update(width=self.width - 2, height=None)
        border = console.get_style(ORANGE)

        def horizontal_line(start: str, title: Text | None = None) -> Text:
            text = Text.assemble(start, " ", title, " ") if title else Text(start)
            disputed_count = sum(map(is_width_disputed, text.plain))
            text.append("─" * (self.width - cell_len(text.plain) - disputed_count))
            text.stylize_before(border)
            return text

        title = self.title.copy()
        title.truncate(self.width - 6, overflow="ellipsis")
        yield horizontal_line("╭─", title)
        for part in (self.post, self.details):
            if part is self.details:
                yield horizontal_line("├")
            for line in console.render_lines(part, inner_options, pad=False):
                yield Segment("│ ", border)
                yield from line
                yield Segment.line()
        yield horizontal_line("╰")


def _title(deliveries: Sequence[Delivery]) -> Text:
    first = deliveries[0]
    platforms = " · ".join(PLATFORMS[delivery.platform].title for delivery in deliveries)
    return Text.assemble((first.embassy.id, "bold"), " · ", _language(first.language), f" · {platforms}")


def _mark_facets(text: str, platform: str) -> Text:
    """Return the text, underlined and blue where the platform makes a link, a tag or a mention, as platforms do."""
    styled_text, data = safe_text(text), text.encode()
    for start, end, _, _ in PLATFORMS[platform].facets(text):
        styled_text.stylize(f"underline {BLUE}", len(data[:start].decode()), len(data[:end].decode()))
    return _reveal(styled_text)


def _reveal(text: Text) -> Text:
    """Return the text with the number of each character that nobody sees in its place, in red."""
    for offset in reversed(list(hidden_characters(text.plain))):
        code = Text(code_point(text.plain[offset]), "bold red")
        text = text[:offset].append_text(code).append_text(text[offset + 1 :])
    return text


def _pictures(deliveries: Sequence[Delivery], text_name: str) -> Iterator[RenderableType]:
    """Yield each picture of a post: its name, how it is altered before it is posted, and its alt text.

    Of a card that platforms get in several shapes each is named, with the platforms, above the one alt text.
    """
    folder = deliveries[0].plan.campaign.folder
    for files in zip_longest(*(delivery.media for delivery in deliveries)):
        by_file: dict[str, list[Delivery]] = {}
        for file, delivery in zip(files, deliveries, strict=True):
            if file is not None:
                by_file.setdefault(file, []).append(delivery)
        yield Text()
        for file, its_deliveries in by_file.items():
            specs = [PLATFORMS[delivery.platform] for delivery in its_deliveries]
            place = f" on {' and '.join(spec.title for spec in specs)}" if len(by_file) > 1 else ""
            yield FoldedText(Text.assemble(("Picture ", "bold"), single_line(file), place))
            path = locate(folder, file)
            by_spec = () if isinstance(path, Flaw) else alterations(path, tuple(spec.pictures for spec in specs))
            if words := in_words(dict(zip((spec.title for spec in specs), by_spec, strict=False))):
                yield FoldedText(single_line(f"Altered: {words}", f"bold {ORANGE}"), indent=2)
        file, its_deliveries = next(iter(by_file.items()))
        if alt := its_deliveries[0].alt_texts.get(file):
            yield FoldedText(_reveal(safe_text(alt)), indent=2)
        else:
            missing = f"✗ no alt text: say below [alt] in {text_name} what it shows"
            yield FoldedText(single_line(missing, "bold red"), indent=2)


_FEW_LEFT = 20
"""The number of characters left from which on a card says how many they are."""


def _length_table(deliveries: Sequence[Delivery], text: str, width: int) -> Table:
    """Return a row for each platform: how much of its limit the text takes, as a bar and a number.

    It also has how many links, tags and mentions the platform finds in the text.
    """
    bar = min(20, max(5, width - 50))
    table = Table.grid(padding=(0, 1, 0, 0))
    for justify in ("left", "left", "right", "left"):
        table.add_column(justify=justify)
    for delivery in deliveries:
        spec = PLATFORMS[delivery.platform]
        length = spec.length(text)
        remaining = spec.limit - length
        filled_cells = min(bar, max(1, bar * length // spec.limit))
        remarks, style = _remaining_notes(spec.byte_limit, text, remaining)
        facet_counts = Counter(_FACETS[kind] for _, _, kind, _ in spec.facets(text))
        notes = [
            *(Text(note, style=style) for note in remarks),
            *(Text(plural(facet_counts[kind], kind)) for kind in facet_counts),
        ]
        table.add_row(
            Text(spec.title),
            Text.assemble(("━" * filled_cells, style or "green"), ("─" * (bar - filled_cells), "dim")),
            Text(f"{length}/{spec.limit}", style=style),
            Text(" · ").join(notes),
        )
    return table


def _remaining_notes(byte_limit: int | None, text: str, remaining: int) -> tuple[list[str], str]:
    """Return the notes about the characters that are left, and the style to draw them in."""
    notes = [f"cut {-remaining}"] if remaining < 0 else []
    if byte_limit is not None and (size := len(text.encode())) > byte_limit:
        notes.append(f"{size} of {byte_limit} bytes")
    if notes:
        return notes, "bold red"
    return ([f"{remaining} left"], f"bold {ORANGE}") if remaining <= _FEW_LEFT else ([], "")


_FACETS = {"link": "link", "tag": "hashtag", "mention": "mention"}
