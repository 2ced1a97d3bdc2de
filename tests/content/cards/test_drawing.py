"""What a card looks like: its layouts, its colours and free corners, its weight; and what its stamp covers."""

from __future__ import annotations

import io
import math
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from orangeday.clock import DAYS
from orangeday.content.campaign import LAYOUTS
from orangeday.content.cards import sun
from orangeday.content.cards.card import SIZES, Card, UndrawableCard
from orangeday.content.cards.drawing import draw, find_flaw
from orangeday.content.cards.fonts import is_right_to_left
from orangeday.content.cards.measures import MEASURES
from orangeday.content.cards.png import MAX_BYTES
from orangeday.content.cards.sun import Capsule, Disc, Palette
from orangeday.content.images import inspect
from orangeday.platforms.specs import Shape

from ...support.cards import FAMILY, NOWHERE, composed, headline_lines, in_shape, of

SHAPES = pytest.mark.parametrize("shape", [*Shape])
KINDS = pytest.mark.parametrize("kind", FAMILY)


@cache
def drawn(kind: str, shape: Shape) -> bytes:
    """The file of one of the family."""
    return draw(in_shape(FAMILY[kind], shape), NOWHERE)


def picture(card: Card, folder: Path = NOWHERE) -> Image.Image:
    return Image.open(io.BytesIO(draw(card, folder))).convert("RGB")


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def colours(image: Image.Image) -> set[Any]:
    return {colour for _, colour in image.getcolors(1_000_000) or ()}


def nearest(colour: Any, others: list[str]) -> float:
    return min(math.dist(colour, rgb(other)) for other in others)


def test_every_layout_is_among_these() -> None:
    assert {card.layout for card in FAMILY.values()} == set(LAYOUTS)


@SHAPES
@KINDS
def test_a_card_has_its_colours_exactly_free_corners_and_little_weight(kind: str, shape: Shape) -> None:
    card = in_shape(FAMILY[kind], shape)
    content = drawn(kind, shape)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == SIZES[shape]
    assert len(content) <= MAX_BYTES
    plan = composed(card)
    palette, seen = plan.palette, colours(image)
    grounds = [palette.ground, *(ring.colour for ring in plan.rings)]
    for colour in (*grounds, palette.ink, palette.disc, palette.ray, sun.CREAM, *sun.FLAG):
        assert rgb(colour) in seen, colour
    # Where the platforms lay their ALT badges over it nothing is drawn but the ground.
    width, height = image.size
    side, rise = 110 * width // 1200, 90 * width // 1200
    for left in (0, width - side):
        for colour in colours(image.crop((left, height - rise, left + side, height))):
            assert nearest(colour, grounds) < 20, colour


def test_cards_weigh_twenty_kilobytes_on_average() -> None:
    weights = [len(drawn(kind, shape)) for kind in FAMILY for shape in Shape]
    assert sum(weights) / len(weights) <= 20_000


@SHAPES
def test_two_drawings_are_the_same_bytes(shape: Shape) -> None:
    assert draw(in_shape(FAMILY["dawn"], shape), NOWHERE) == drawn("dawn", shape)


@pytest.mark.parametrize("palette", sun.PALETTES)
def test_its_letters_are_read_on_every_ground(palette: Palette) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: four and a half to one for letters, three to one for what counts the days."""
    for ground in (palette.ground, *palette.rings):
        assert contrast(palette.ink, ground) >= 4.5, ground
    assert contrast(palette.figure, palette.disc) >= 4.5
    behind = palette.rings[-1] if palette.rings else palette.ground
    for mark in (palette.ray, palette.dot):
        assert contrast(mark, behind) >= 3, mark


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG, from sRGB."""
    parts = [part / 255 for part in rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@SHAPES
@pytest.mark.parametrize("kind", [kind for kind in FAMILY if not kind.startswith("Arabic")])
def test_no_letter_leaves_the_card_or_touches_the_sun(kind: str, shape: Shape) -> None:
    card = in_shape(FAMILY[kind], shape)
    plan, measures = composed(card), MEASURES[shape]
    for line in plan.lines:
        if line.is_centred:
            continue
        end = line.x + line.typeface.width(line.text, line.size)
        assert 70 <= line.x < end <= plan.size[0] - 40, line
        assert line.size >= 48 and line.base <= (measures.statement.last_base if shape is Shape.WIDE else 800), line
        bullets = [form for form in plan.forms if isinstance(form, Capsule) and form.x1 == measures.start_x]
        for form in plan.forms:
            if form not in bullets and (x := form.reach(line.base - 0.6 * line.size, line.base, 10)) is not None:
                assert end < x, (line, form)


@SHAPES
@pytest.mark.parametrize("number", DAYS)
def test_as_many_rays_shine_as_days_have_begun(number: int, shape: Shape) -> None:
    measures = MEASURES[shape]
    for its_sun in (measures.statement_sun, measures.dawn_sun, measures.full_sun, measures.mark):
        disc, *rays = its_sun.forms(number, sun.DAY)
        assert isinstance(disc, Disc) and disc.colour == sun.DAY.disc
        assert [ray.colour for ray in rays] == [sun.DAY.ray] * number + [sun.DAY.dot] * (len(DAYS) - number)
    (number_line,) = [line for line in composed(of("Yes", number=number, shape=shape)).lines if line.is_centred]
    assert number_line.text == f"{number}", "and nothing else"


@SHAPES
def test_from_right_to_left_all_is_mirrored_but_flag_and_figures(shape: Shape) -> None:
    measures, seen = MEASURES[shape], picture(in_shape(FAMILY["Arabic statement"], shape))
    width = seen.width
    its_sun = measures.statement_sun
    if shape is Shape.WIDE:
        assert seen.getpixel((20, round(its_sun.y))) == rgb(sun.CREAM), "the sun is on the left"
        assert seen.getpixel((width - 20, round(its_sun.y))) == rgb(sun.ORANGE)
    left, top, flag_width, flag_height = measures.masthead.flag
    begins, middle = width - left - flag_width, round(top + flag_height / 2)
    stripes = [seen.getpixel((round(begins + flag_width * part / 6), middle)) for part in (1, 3, 5)]
    assert stripes == [rgb(colour) for colour in sun.FLAG], "black, yellow, red, from the left"
    numbers = [of("Yes", shape=shape, number=2), of("نعم", shape=shape, number=2, **{"language": "ar"})]
    x, y = round(its_sun.figure_x), round(its_sun.figure_y)
    places = [(x - 40, y - 50, x + 40, y + 50), (width - x - 40, y - 50, width - x + 40, y + 50)]
    figures = [picture(card).crop(place).convert("L") for card, place in zip(numbers, places, strict=True)]
    assert (
        not ImageChops.difference(*(figure.point(lambda level: 255 * (level < 60)) for figure in figures))
        .crop((10, 10, 70, 90))
        .getbbox()
    )


def test_a_language_from_right_to_left_may_begin_with_a_name_in_latin_letters() -> None:
    assert is_right_to_left(of("UN Women: نعم"))
    assert not is_right_to_left(of("Yes"))


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("number", 6), ("language", "en-GB"), ("layout", "question"), ("headline", "No"), ("lines", ("a",)),
        ("sender", "Belgian diplomacy"), ("grave", True), ("font", "media/f.ttf"), ("logo", "media/logo.png"),
        ("logo_digest", "00"), ("shape", Shape.TALL),
    ],
)  # fmt: skip
def test_its_stamp_covers_all_that_stands_on_it(change: str, value: Any) -> None:
    card = of("Yes")
    assert replace(card, **{change: value}).stamp != card.stamp
    assert card.stamp == of("Yes").stamp


def test_the_stamps_of_all_values_are_tried() -> None:
    assert {field.name for field in fields(Card)} == {
        "number", "language", "layout", "headline", "lines", "sender", "grave", "font", "logo", "logo_digest", "shape",
    }  # fmt: skip


@SHAPES
def test_the_stamp_is_in_the_file(shape: Shape, tmp_path: Path) -> None:
    card = of("Yes", shape=shape)
    (tmp_path / "en.png").write_bytes(draw(card, NOWHERE))
    assert getattr(inspect(tmp_path / "en.png"), "stamp", None) == card.stamp


@SHAPES
def test_a_logo_stands_on_a_plate_with_the_flag_beneath(shape: Shape, tmp_path: Path) -> None:
    Image.new("RGB", (400, 200), "#003366").save(tmp_path / "logo.png")
    card = of("Against sexual violence, Belgium does not work alone", logo="logo.png", shape=shape)
    seen, plan = picture(card, tmp_path), composed(card)
    assert plan.plate
    left, top, width, height = plan.plate
    assert seen.getpixel((round(left + width / 2), round(top + height / 2))) == rgb("#003366")
    assert seen.getpixel((round(left + 12), round(top + height / 2))) == rgb(sun.CREAM)
    assert plan.flag[1] > top + height
    first = next(line for line in plan.lines if line.text == headline_lines(card)[0])
    assert first.base - 0.7 * first.size > plan.flag[1] + plan.flag[3], "the headline begins below it"


def test_a_logo_that_cant_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UndrawableCard, match=r"The logo “logo\.png” can't be used: there is no such picture"):
        draw(of("Yes", logo="logo.png"), tmp_path)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (of("Say\a no"), "invisible character, U\\+0007"),
        (of("Say\x00 no"), "invisible character, U\\+0000"),
        (of("\u00ad\u200b"), "nothing is to be seen"),
        (of("word " * 80), "too long for the layout “statement” in 16:9: “word word.*fewer words"),
        (of("word " * 2000), "too long for the layout “statement” in 16:9: “(word ){40}…”"),
        (of("word " * 40, layout="words", shape=Shape.TALL), "too long for the layout “words” in 4:5"),
        (of("word " * 60, layout="question"), "too long for the layout “question”"),
        (of("Menschenrechtsverletzungsbeobachtungsstelle"), "may be broken where you put a soft hyphen"),
        (of("Yes", sender="The ministry of activism " * 4), "no room for so long a sender: “The ministry.*card_name"),
        (of("Yes", layout="list", lines=("a", "b")), "three lines or four below its headline, and this one has 2"),
        (of("Yes", layout="list", lines=("a", "b", "long line " * 9)), "A line of the list is too long"),
        (
            of("A very long title of a list " * 3, layout="list", lines=("a", "b", "c")),
            "too long for the layout “list”",
        ),
    ],
)
def test_what_a_card_cant_show_is_said(card: Card, said: str) -> None:
    with pytest.raises(UndrawableCard, match=said):
        draw(card, NOWHERE)
    flaw = find_flaw(card, NOWHERE)
    assert flaw and flaw.hint, "check says so too, without drawing"
