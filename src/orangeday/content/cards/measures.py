"""The measures of a card in each shape: what stands where, in pixels of the card.

Both lower corners stay free: there the platforms lay their ALT badge over a picture. Nothing is lettered smaller than
48 pixels at a width of 1200, which a telephone shows at a quarter of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orangeday.content.cards.card import SIZES
from orangeday.content.cards.lines import Block
from orangeday.content.cards.sun import QuestionMark, Sun
from orangeday.platforms.specs import Shape


@dataclass(frozen=True, slots=True)
class Masthead:
    """Where the sender stands, and the flag or the logo beside it."""

    size: int
    capitals_top: float
    step: float
    """From its first line to its second."""
    flag: tuple[float, float, float, float]
    """The flag's left, top, width and height, without its casing."""
    name_x: float
    plate: tuple[float, float, float, float]
    """The plate that a logo stands on: left, top, width and height."""
    flag_below_plate: tuple[float, float, float, float]
    name_x_beside_plate: float


@dataclass(frozen=True, slots=True)
class ListMeasures:
    """Where the title of a list stands, and its lines."""

    title_size: int
    title_top: float
    first_bases: Mapping[int, float]
    """The base line of the first, by how many there are."""
    steps: Mapping[int, float]
    sizes: Mapping[int, int]
    """The largest size, by how many there are."""
    right: float


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of a shape."""

    width: int
    height: int
    start_x: float
    end_x: float
    """Between which headlines stand."""
    masthead: Masthead
    lower_by: float
    """By how much a second line of the sender lowers what stands below."""
    lowered_by_logo: float
    statement: Block
    statement_sun: Sun
    question: Block
    mark: QuestionMark
    list: ListMeasures
    words: Block
    words_start_x: float
    words_sun: Sun | None
    """None: it stands behind the last word."""
    dawn: Block
    dawn_sun: Sun
    dawn_rings: tuple[float, ...]
    """Radii, from the outermost."""
    full: Block
    full_sun: Sun
    full_rings: tuple[float, ...]


GAP = 28
"""The distance that letters keep from the sun, in pixels."""

CASING = 4
"""The width of the light edge round the flag: red on orange can't be told apart."""

WIDE = Measures(
    *SIZES[Shape.WIDE],
    start_x=84,
    end_x=1116,
    masthead=Masthead(
        size=48, capitals_top=64, step=55, flag=(88, 70, 96, 20), name_x=212,
        plate=(84, 42, 214, 104), flag_below_plate=(88, 160, 206, 12), name_x_beside_plate=326,
    ),
    lower_by=55,
    lowered_by_logo=70,
    statement=Block(166, 546, 116, 60, 1.0, 0.66),
    statement_sun=Sun(1200, 300, 158, 196, 284, 23, 10, 90, 180, 104, 1124, 300, range(3, 15)),
    question=Block(166, 546, 112, 60, 1.0, 0.66),
    mark=QuestionMark(978, 238, 112, 212, 30, 306, 610, 58, 66),
    list=ListMeasures(56, 166, {3: 317, 4: 297}, {3: 100, 4: 80}, {3: 88, 4: 72}, 850),
    words=Block(166, 546, 216, 96, 1.04, 0.66, sinks=0),
    words_start_x=76,
    words_sun=None,
    dawn=Block(166, 450, 116, 60, 1.0, 0.66, sinks=0),
    dawn_sun=Sun(760, 672, 160, 200, 290, 24, 10, 180, 180, 116, 760, 604),
    dawn_rings=(640, 478, 340),
    full=Block(166, 546, 116, 60, 1.0, 0.66),
    full_sun=Sun(926, 316, 144, 182, 268, 32, 10, 90, 360, 168, 926, 316),
    full_rings=(660, 488, 306),
)  # fmt: skip

TALL = Measures(
    *SIZES[Shape.TALL],
    start_x=88,
    end_x=992,
    masthead=Masthead(
        size=52, capitals_top=92, step=60, flag=(92, 98, 108, 22), name_x=230,
        plate=(88, 64, 240, 116), flag_below_plate=(92, 196, 232, 13), name_x_beside_plate=360,
    ),
    lower_by=60,
    lowered_by_logo=72,
    statement=Block(230, 800, 148, 60, 1.0, 0.66),
    statement_sun=Sun(540, 1326, 232, 288, 412, 33, 13, 180, 180, 176, 540, 1228, range(3, 15)),
    question=Block(230, 560, 148, 60, 1.0, 0.66),
    mark=QuestionMark(660, 846, 132, 244, 36, 338, 1262, 70, 80),
    list=ListMeasures(68, 230, {3: 420, 4: 404}, {3: 140, 4: 126}, {3: 112, 4: 100}, 992),
    words=Block(240, 690, 290, 96, 1.04, 0.66, sinks=0),
    words_start_x=78,
    words_sun=Sun(720, 1040, 150, 190, 284, 34, 10, 90, 360, 168, 720, 1040),
    dawn=Block(230, 800, 148, 60, 1.0, 0.66),
    dawn_sun=Sun(540, 1326, 232, 288, 412, 33, 13, 180, 180, 176, 540, 1228),
    dawn_rings=(1053, 786, 560),
    full=Block(230, 490, 148, 60, 1.0, 0.66),
    full_sun=Sun(540, 917, 192, 243, 357, 43, 13, 90, 360, 224, 540, 917),
    full_rings=(880, 650, 408),
)  # fmt: skip

MEASURES: Mapping[Shape, Measures] = {Shape.WIDE: WIDE, Shape.TALL: TALL}
