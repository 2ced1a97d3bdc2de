"""The sun of a card, in its four roles: on the edge, as a question mark, as a full stop, and whole.

It counts the days: a ray that shines is a long capsule, one that waits is a dot, or a dark capsule where dots would
leave a gap. The number of the day stands in the disc. Coordinates are in pixels of the card, y downwards, and for a
language that runs from left to right; the canvas mirrors them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orangeday.clock import DAYS

RAYS = len(DAYS)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a card, as `#rrggbb`."""

    ground: str
    ink: str
    """Headline and sender, on the ground and on any ring."""
    figure: str
    """The number, on the disc."""
    disc: str
    ray: str
    """Of a day that has begun."""
    dot: str
    """Of a day that waits."""
    rings: tuple[str, ...] = ()
    """Grounds that change towards the sun: from the outermost, which is the ground itself, inwards."""
    rim: str | None = None
    """The edge of an eclipsed disc."""


INK, CREAM, ORANGE, BROWN = "#1d1208", "#fff6e9", "#ea660a", "#5a2400"
DAY = Palette(ORANGE, INK, INK, CREAM, CREAM, BROWN)
DAWN = Palette("#d45806", INK, INK, CREAM, CREAM, BROWN, ("#d45806", "#dc5d07", "#e36208", ORANGE))
FULL = Palette("#faa44e", INK, INK, CREAM, CREAM, BROWN, ("#faa44e", "#f6903a", "#f17b22", ORANGE))
DARK = Palette("#241a14", "#fff1e2", "#fff1e2", "#17100c", ORANGE, "#8a6a57", rim=ORANGE)
PALETTES = (DAY, DAWN, FULL, DARK)
FLAG = ("#000000", "#fdda24", "#ef3340")


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: str

    def reach(self, top: float, bottom: float, gap: float) -> float | None:
        """Return the least x that it comes to between two heights, kept off by a gap; None where it doesn't."""
        distance = max(top - self.y, self.y - bottom, 0)
        radius = self.radius + gap
        return None if distance >= radius else self.x - math.sqrt(radius**2 - distance**2)


@dataclass(frozen=True, slots=True)
class Capsule:
    """A line with round ends, which are part of its length."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: str

    def axis(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the centres of its two round ends."""
        length = math.dist((self.x1, self.y1), (self.x2, self.y2))
        inset = self.width / 2 / length if length else 0
        dx, dy = (self.x2 - self.x1) * inset, (self.y2 - self.y1) * inset
        return (self.x1 + dx, self.y1 + dy), (self.x2 - dx, self.y2 - dy)

    def reach(self, top: float, bottom: float, gap: float) -> float | None:
        """Return the least x that it comes to between two heights, kept off by a gap; None where it doesn't."""
        (x1, y1), (x2, y2) = self.axis()
        steps = (part / 8 for part in range(9))
        discs = (Disc(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t, self.width / 2, self.colour) for t in steps)
        return min((x for disc in discs if (x := disc.reach(top, bottom, gap)) is not None), default=None)


Form = Disc | Capsule


@dataclass(frozen=True, slots=True)
class Sun:
    """A sun: where it stands, how large it is, and where the rays of the days begin and end. In pixels and degrees."""

    x: float
    y: float
    disc: float
    """The radius of the disc."""
    inner: float
    outer: float
    """From where to where the rays go, from the centre."""
    width: float
    """The width of a ray."""
    dot: float
    """The radius of a ray that waits."""
    begins: float
    turns: float
    """From which angle the rays stand, clockwise from three o'clock, and through how many degrees."""
    figure: float
    """The size of the number."""
    figure_x: float
    figure_y: float
    """The middle of the number."""
    longer: range = range(0)
    """The days on which the day's own ray is a tenth longer."""

    def angle(self, day: int) -> float:
        """Return the angle of a day's ray, in degrees."""
        return self.begins + (day - 0.5) * self.turns / RAYS

    def forms(self, number: int, palette: Palette) -> Iterator[Form]:
        """Yield the disc, and a ray for each day of the campaign, as they are on a day."""
        yield from _rimmed_disc(self.x, self.y, self.disc, palette)
        width = 0.44 * self.width if palette.rim else self.width
        for day in DAYS:
            if day <= number:
                is_longer = day == number and day in self.longer and not palette.rim
                yield self._ray(day, self.outer * (1.1 if is_longer else 1), width, palette.ray)
            else:
                x, y = _point(self.x, self.y, self.inner + 1.1 * self.dot, self.angle(day))
                yield Disc(x, y, self.dot * (0.8 if palette.rim else 1), palette.dot)

    def outline(self, number: int) -> Iterator[Form]:
        """Yield what text keeps clear of: the same on each day, but for the longer ray."""
        yield Disc(self.x, self.y, self.outer, "")
        if number in self.longer:
            yield self._ray(number, self.outer * 1.1, self.width, "")

    def _ray(self, day: int, outer: float, width: float, colour: str) -> Capsule:
        angle = self.angle(day)
        return Capsule(*_point(self.x, self.y, self.inner, angle), *_point(self.x, self.y, outer, angle), width, colour)


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """The rays bent round the hook of a question mark; the disc is its dot. In pixels."""

    x: float
    y: float
    """The centre of the hook."""
    inner: float
    outer: float
    width: float
    stem: float
    """To where the last ray goes, which is the stem, from the centre."""
    dot_y: float
    dot: float
    """The dot's centre, below the hook's, and its radius."""
    figure: float
    """The size of the number, in the middle of the dot."""

    def forms(self, number: int, palette: Palette) -> Iterator[Form]:
        """Yield the dot, and a ray for each day of the campaign, as they are on a day."""
        yield from _rimmed_disc(self.x, self.dot_y, self.dot, palette)
        for day in DAYS:
            angle = 180 + 270 * (day - 1) / (RAYS - 1)
            outer = self.stem if day == RAYS else self.outer
            colour = palette.ray if day <= number else palette.dot
            yield Capsule(
                *_point(self.x, self.y, self.inner, angle), *_point(self.x, self.y, outer, angle), self.width, colour
            )


def leftmost(forms: Iterable[Form], top: float, bottom: float, gap: float) -> float | None:
    """Return the least x that forms come to between two heights, kept off by a gap; None where none does."""
    return min((x for form in forms if (x := form.reach(top, bottom, gap)) is not None), default=None)


def _rimmed_disc(x: float, y: float, radius: float, palette: Palette) -> Iterator[Disc]:
    """Yield the disc in which the number stands, smaller by the rim where the palette has one."""
    if palette.rim:
        yield Disc(x, y, radius, palette.rim)
    yield Disc(x, y, radius - (7 if palette.rim else 0), palette.disc)


def _point(x: float, y: float, radius: float, angle: float) -> tuple[float, float]:
    return x + radius * math.cos(math.radians(angle)), y + radius * math.sin(math.radians(angle))
