"""The painting of a composition: forms and letters, three times as fine as the card, for smooth edges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orangeday.content.cards import sun
from orangeday.content.cards.layouts import Box, Composition, Line
from orangeday.content.cards.measures import CASING
from orangeday.content.cards.sun import Capsule, Disc, Form

if TYPE_CHECKING:
    from PIL import Image

_FINER = 3
"""The factor by which the painting is finer than the card."""

_LOGO_MARGIN = 12
"""The part of its plate that a logo leaves free on each side, in pixels."""


def paint(composition: Composition, *, is_mirrored: bool, logo: Path | None) -> Image.Image:
    """Return the picture of a composition, mirrored where its language runs from right to left."""
    return _Canvas(composition, is_mirrored).paint(logo)


class _Canvas:
    """A picture that is being painted."""

    def __init__(self, composition: Composition, is_mirrored: bool) -> None:
        from PIL import Image, ImageDraw

        self._composition, self._is_mirrored = composition, is_mirrored
        self._width, height = composition.size
        self._image = Image.new("RGB", (self._width * _FINER, height * _FINER), composition.palette.ground)
        self._pen = ImageDraw.Draw(self._image)

    def paint(self, logo: Path | None) -> Image.Image:
        """Return the whole picture, in the size of the card."""
        composition = self._composition
        for form in (*composition.rings, *composition.forms):
            self._form(form)
        self._flag(composition.flag)
        if composition.plate:
            self._plate(composition.plate, radius=14)
        for line in composition.lines:
            self._line(line)
        image = self._image.reduce(_FINER)
        if composition.plate and logo is not None:
            self._logo(image, composition.plate, logo)
        return image

    def _x(self, x: float) -> float:
        return self._width - x if self._is_mirrored else x

    def _form(self, form: Form) -> None:
        if isinstance(form, Disc):
            self._disc(self._x(form.x), form.y, form.radius, form.colour)
        else:
            self._capsule(form)

    def _disc(self, x: float, y: float, radius: float, colour: str) -> None:
        box = [(x - radius) * _FINER, (y - radius) * _FINER, (x + radius) * _FINER - 1, (y + radius) * _FINER - 1]
        self._pen.ellipse(box, colour)

    def _capsule(self, capsule: Capsule) -> None:
        (x1, y1), (x2, y2) = ((self._x(x), y) for x, y in capsule.axis())
        radius = capsule.width / 2
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        if length:
            dx, dy = (y1 - y2) / length * radius, (x2 - x1) / length * radius
            corners = ((x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy))
            self._pen.polygon([(x * _FINER, y * _FINER) for x, y in corners], capsule.colour)
        for x, y in ((x1, y1), (x2, y2)):
            self._disc(x, y, radius, capsule.colour)

    def _left_edge(self, box: Box) -> float:
        """Return the left of a box, which isn't turned round when it changes its side."""
        return self._width - box[0] - box[2] if self._is_mirrored else box[0]

    def _flag(self, box: Box) -> None:
        from PIL import Image, ImageDraw

        x, (_, top, width, height) = self._left_edge(box), box
        self._box(x - CASING, top - CASING, width + 2 * CASING, height + 2 * CASING, sun.CREAM)
        size = (round(width * _FINER), round(height * _FINER))
        stripes = Image.new("RGB", size)
        pen = ImageDraw.Draw(stripes)
        for place, colour in enumerate(sun.FLAG):
            pen.rectangle([size[0] * place // 3, 0, size[0] * (place + 1) // 3 - 1, size[1]], colour)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).rounded_rectangle([0, 0, size[0] - 1, size[1] - 1], size[1] / 2, 255)
        self._image.paste(stripes, (round(x * _FINER), round(top * _FINER)), mask)

    def _box(self, x: float, top: float, width: float, height: float, colour: str, radius: float | None = None) -> None:
        box = [x * _FINER, top * _FINER, (x + width) * _FINER - 1, (top + height) * _FINER - 1]
        self._pen.rounded_rectangle(box, (height / 2 if radius is None else radius) * _FINER, colour)

    def _plate(self, box: Box, radius: float) -> None:
        self._box(self._left_edge(box), *box[1:], sun.CREAM, radius)

    def _logo(self, image: Image.Image, box: Box, file: Path) -> None:
        from PIL import Image

        room = box[2] - 2 * _LOGO_MARGIN, box[3] - 2 * _LOGO_MARGIN
        with Image.open(file) as image_file:
            logo = image_file.convert("RGBA")
        scale = min(room[0] / logo.width, room[1] / logo.height)
        logo = logo.resize(
            (max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)), Image.Resampling.LANCZOS
        )
        x = round(self._left_edge(box) + (box[2] - logo.width) / 2)
        image.paste(logo, (x, round(box[1] + (box[3] - logo.height) / 2)), logo)

    def _line(self, line: Line) -> None:
        typeface, size = line.typeface, line.size * _FINER
        runs = typeface.runs(line.text)
        fonts = [face.in_size(size) for face, _ in runs]
        widths = [
            font.getlength(part, direction=typeface.direction) for font, (_, part) in zip(fonts, runs, strict=True)
        ]
        x = self._x(line.x) * _FINER
        if line.is_centred:
            x -= sum(widths) / 2
        for font, (_, part), width in zip(fonts, runs, widths, strict=True):
            if typeface.is_right_to_left:
                x -= width
            self._pen.text((x, line.base * _FINER), part, line.colour, font, "ls", direction=typeface.direction)
            if not typeface.is_right_to_left:
                x += width
