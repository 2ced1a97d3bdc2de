"""The layouts of a card: which sun, and where the words stand beside it.

All of it is composed for a language that runs from left to right; the canvas mirrors it, but for flag and figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from orangeday.content.cards import sun
from orangeday.content.cards.card import Card, UndrawableCard
from orangeday.content.cards.fonts import Typeface, excerpt, figures, is_tall
from orangeday.content.cards.lines import Block, display_text, fit, sender_lines
from orangeday.content.cards.measures import GAP, MEASURES, Measures
from orangeday.content.cards.sun import Capsule, Disc, Form, Palette, Sun, leftmost

_FEWER_WORDS = "Say it in fewer words."


@dataclass(frozen=True, slots=True)
class Lettering:
    """The typefaces that the texts of a card are set in."""

    heavy: Typeface
    """Of the headline."""
    light: Typeface
    """Of the sender, and of a list's title."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of letters, from where the language begins, or round its middle."""

    text: str
    x: float
    base: float
    size: int
    typeface: Typeface
    colour: str
    is_centred: bool = False


Box = tuple[float, float, float, float]
"""Left, top, width and height."""


@dataclass(frozen=True, slots=True)
class Composition:
    """All that is painted, from the ground up."""

    size: tuple[int, int]
    palette: Palette
    rings: tuple[Disc, ...]
    forms: tuple[Form, ...]
    lines: tuple[Line, ...]
    flag: Box
    plate: Box | None
    """Where the logo stands."""


def compose(card: Card, lettering: Lettering) -> Composition:
    """Return where all of a card stands. Raise UndrawableCard where something is too long for its layout."""
    composer = _Composer(card, MEASURES[card.shape], lettering)
    return _LAYOUTS[card.layout](composer)


@dataclass(frozen=True, slots=True)
class _Composer:
    """The work that all layouts have in common."""

    card: Card
    measures: Measures
    lettering: Lettering

    @property
    def palette(self) -> Palette:
        if self.card.grave:
            return sun.DARK
        return {"dawn": sun.DAWN, "full-sun": sun.FULL}.get(self.card.layout, sun.DAY)

    def composition(
        self, forms: Iterable[Form], lines: Iterable[Line], masthead: Iterable[Line], rings: Sequence[Disc] = ()
    ) -> Composition:
        measures = self.measures
        head, has_logo = measures.masthead, self.card.logo is not None
        return Composition(
            (measures.width, measures.height),
            self.palette,
            tuple(rings),
            tuple(forms),
            (*masthead, *lines),
            head.flag_below_plate if has_logo else head.flag,
            head.plate if has_logo else None,
        )

    def room(self, obstacles: Sequence[Form], base: float, size: float, start: float, limit: float) -> float:
        """Return how wide a line may be: up to the sun at its height, or to the margin."""
        end = leftmost(obstacles, base - 0.7 * size, base + 0.15 * size, GAP)
        return min(limit, limit if end is None else end) - start

    def masthead(self, obstacles: Sequence[Form]) -> list[Line]:
        """Return the sender, on one line or two."""
        head, card = self.measures.masthead, self.card
        if not card.sender:
            return []
        typeface = self.lettering.light
        size = head.size + 6 if is_tall(card) else head.size
        x = head.name_x if card.logo is None else head.name_x_beside_plate
        first = head.capitals_top + 0.66 * head.size

        def bases(count: int) -> list[float]:
            if card.logo is not None and count == 1:  # in the middle of the plate
                return [head.plate[1] + head.plate[3] / 2 + 0.33 * size]
            return [first + nth * head.step for nth in range(count)]

        def fits(lines: Sequence[str]) -> bool:
            rooms = (self.room(obstacles, base, size, x, self.measures.width - 48) for base in bases(len(lines)))
            return all(typeface.width(line, size) <= room for line, room in zip(lines, rooms, strict=True))

        lines = sender_lines(display_text(card.sender), fits, lambda line: typeface.width(line, size))
        if lines is None:
            raise UndrawableCard(
                f"A card has no room for so long a sender: “{excerpt(card.sender)}”.",
                f"{_FEWER_WORDS} An embassy's name on its cards is “card_name” in its section of the config; the common"
                " one is “from” below [cards] in campaign.toml.",
            )
        return [
            Line(line, x, base, size, typeface, self.palette.ink)
            for line, base in zip(lines, bases(len(lines)), strict=True)
        ]

    def block_below(self, block: Block, masthead: Sequence[Line]) -> Block:
        """Return the place of the headline below a sender on two lines, or beside a logo."""
        lower = self.lowering(masthead)
        block = replace(block, top=block.top + lower)
        if is_tall(self.card):
            return replace(block, leading=1.28, capitals=0.74)
        return block

    def lowering(self, masthead: Sequence[Line]) -> float:
        if self.card.logo is not None:
            return self.measures.lowered_by_logo
        return self.measures.lower_by if len(masthead) > 1 else 0

    def headline(self, block: Block, obstacles: Sequence[Form], masthead: Sequence[Line]) -> list[Line]:
        """Return the headline, as large as it fits."""
        start, limit = self.measures.start_x, self.measures.end_x

        def room(base: float, size: float, is_last: bool) -> float:
            return self.room(obstacles, base, size, start, limit)

        return self.fit_text(self.card.headline, self.block_below(block, masthead), start, room)

    def fit_text(self, text: str, block: Block, x: float, room: Callable[[float, float, bool], float]) -> list[Line]:
        typeface = self.lettering.heavy
        setting = fit(text, self.card.language, block, lambda line: typeface.width(line, 1), room)
        if setting is None:
            raise self.too_long(text)
        return [Line(line, x, base, setting.size, typeface, self.palette.ink) for line, base in setting.lines]

    def too_long(self, text: str) -> UndrawableCard:
        longest = max(text.split(), key=len, default="")
        word = f" Its word “{longest}” may be broken where you put a soft hyphen, U+00AD." if len(longest) > 20 else ""
        message = (
            f"The headline is too long for the layout “{self.card.layout}” in {self.card.shape}: “{excerpt(text)}”."
        )
        return UndrawableCard(message, f"{_FEWER_WORDS}{word}")

    def figure(self, x: float, y: float, size: float) -> Line:
        """Return the number of the day, round a point."""
        return Line(str(self.card.number), x, y + 0.33 * size, round(size), figures(), self.palette.figure, True)

    def rings(self, centre: Sun, radii: Sequence[float]) -> list[Disc]:
        colours = self.palette.rings[1:]
        return [Disc(centre.x, centre.y, radius, colour) for radius, colour in zip(radii, colours, strict=False)]


def _statement(composer: _Composer) -> Composition:
    its_sun, number = composer.measures.statement_sun, composer.card.number
    obstacles = [*its_sun.outline(number)]
    masthead = composer.masthead(obstacles)
    headline = composer.headline(composer.measures.statement, obstacles, masthead)
    figure = composer.figure(its_sun.figure_x, its_sun.figure_y, its_sun.figure)
    return composer.composition(its_sun.forms(number, composer.palette), [*headline, figure], masthead)


def _question(composer: _Composer) -> Composition:
    mark = composer.measures.mark
    forms = [*mark.forms(composer.card.number, composer.palette)]
    masthead = composer.masthead(forms)
    headline = composer.headline(composer.measures.question, forms, masthead)
    return composer.composition(forms, [*headline, composer.figure(mark.x, mark.dot_y, mark.figure)], masthead)


def _list(composer: _Composer) -> Composition:
    card, measures, palette = composer.card, composer.measures, composer.palette
    its_sun, table = measures.statement_sun, measures.list
    count = len(card.lines)
    if count not in table.sizes:
        message = f"A card of the layout “list” has three lines or four below its headline, and this one has {count}."
        raise UndrawableCard(message, 'Write below [card]: lines = ["…", "…", "…"]')
    obstacles = [*its_sun.outline(card.number)]
    masthead = composer.masthead(obstacles)
    lower = composer.lowering(masthead)
    light, heavy = composer.lettering.light, composer.lettering.heavy
    title_base = table.title_top + lower + 0.66 * table.title_size
    title_room = composer.room(obstacles, title_base, table.title_size, measures.start_x, measures.end_x)
    if light.width(display_text(card.headline), table.title_size) > title_room:
        raise composer.too_long(card.headline)
    title = Line(display_text(card.headline), measures.start_x, title_base, table.title_size, light, palette.ink)
    lines = [display_text(line) for line in card.lines]
    # Below a taller sender the lines move down by what is free, and closer together by the rest.
    last_base = min(table.first_bases[count] + (count - 1) * table.steps[count] + lower, measures.statement.last_base)
    first_base = table.first_bases[count] + lower
    step = (last_base - first_base) / (count - 1)
    bases = [first_base + nth * step for nth in range(count)]
    leading = 1.16 if is_tall(card) else 1.0
    largest = min(table.sizes[count], int(step / leading))

    def fits(size: int) -> bool:
        start = measures.start_x + _BULLET_ROOM * size
        return all(
            heavy.width(line, size) <= composer.room(obstacles, base, size, start, table.right)
            for line, base in zip(lines, bases, strict=True)
        )

    size = next((size for size in range(largest, 47, -1) if fits(size)), None)
    if size is None:
        longest = max(lines, key=lambda line: heavy.width(line, 1))
        raise UndrawableCard(f"A line of the list is too long for a card: “{excerpt(longest)}”.", _FEWER_WORDS)
    bullets = [
        Capsule(
            measures.start_x, base - 0.33 * size, measures.start_x + 0.72 * size, base - 0.33 * size, 0.26 * size,
            palette.ray,
        )
        for base in bases
    ]  # fmt: skip
    entries = [
        Line(line, measures.start_x + _BULLET_ROOM * size, base, size, heavy, palette.ink)
        for line, base in zip(lines, bases, strict=True)
    ]
    figure = composer.figure(its_sun.figure_x, its_sun.figure_y, its_sun.figure)
    return composer.composition([*its_sun.forms(card.number, palette), *bullets], [title, *entries, figure], masthead)


_BULLET_ROOM = 1.12
"""From the left of a list's ray to the words behind it, in sizes."""


def _words(composer: _Composer) -> Composition:
    card, measures, palette = composer.card, composer.measures, composer.palette
    masthead = composer.masthead([])
    text = card.headline.removesuffix(".").removesuffix("。")  # the sun is its full stop
    right = measures.width - 60
    obstacles = [*measures.words_sun.outline(card.number)] if measures.words_sun else []

    def room(base: float, size: float, is_last: bool) -> float:
        sun_room = (_FULL_STOP_GAP + 2 * _FULL_STOP_REACH) * size if is_last and measures.words_sun is None else 0
        return composer.room(obstacles, base, size, measures.words_start_x, right - sun_room)

    block = composer.block_below(measures.words, masthead)
    lines = composer.fit_text(text, block, measures.words_start_x, room)
    its_sun = measures.words_sun
    if its_sun is None:
        last = lines[-1]
        size = min(last.size, 216)
        end = last.x + last.typeface.width(last.text, last.size)
        x, y = end + (_FULL_STOP_GAP + _FULL_STOP_REACH) * size, last.base - 0.25 * size
        its_sun = Sun(
            x, y, 0.25 * size, 0.335 * size, _FULL_STOP_REACH * size, 0.058 * size, 0.025 * size, 90, 360,
            0.28 * size, x, y,
        )  # fmt: skip
    figure = [composer.figure(its_sun.figure_x, its_sun.figure_y, its_sun.figure)] if its_sun.figure >= 48 else []
    return composer.composition(its_sun.forms(card.number, palette), [*lines, *figure], masthead)


_FULL_STOP_GAP, _FULL_STOP_REACH = 0.12, 0.51
"""From the last letter to the rays of the sun behind it, and how long these are, in sizes."""


def _dawn(composer: _Composer) -> Composition:
    measures, number = composer.measures, composer.card.number
    its_sun = measures.dawn_sun
    forms = [*its_sun.forms(number, composer.palette)]
    masthead = composer.masthead(forms)
    headline = composer.headline(measures.dawn, forms, masthead)
    figure = composer.figure(its_sun.figure_x, its_sun.figure_y, its_sun.figure)
    return composer.composition(forms, [*headline, figure], masthead, composer.rings(its_sun, measures.dawn_rings))


def _full_sun(composer: _Composer) -> Composition:
    measures, number = composer.measures, composer.card.number
    its_sun = measures.full_sun
    obstacles = [*its_sun.outline(number)]
    masthead = composer.masthead(obstacles)
    headline = composer.headline(measures.full, obstacles, masthead)
    figure = composer.figure(its_sun.figure_x, its_sun.figure_y, its_sun.figure)
    rings = composer.rings(its_sun, measures.full_rings)
    return composer.composition(its_sun.forms(number, composer.palette), [*headline, figure], masthead, rings)


_LAYOUTS: Mapping[str, Callable[[_Composer], Composition]] = {
    "statement": _statement,
    "question": _question,
    "list": _list,
    "words": _words,
    "dawn": _dawn,
    "full-sun": _full_sun,
}
