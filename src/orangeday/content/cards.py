"""Cards: a picture for each Translation with a headline, drawn by Pillow, beside the text's file and with its name.

A card shows the headline and the signature; and a sun of sixteen rays, of which as many are bright
as days have begun. It has a stamp, a hash of all that, so that `check` recognises a card that is out of date. A picture
that the officer made and gave that name has no stamp, and is left alone.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orangeday.clock import DAYS
from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import Config
from orangeday.content.encoding import Flaw
from orangeday.content.images import MAX_FILE_BYTES, locate
from orangeday.content.picture_files import STAMP
from orangeday.content.senders import sender_of
from orangeday.content.translations import Translation
from orangeday.errors import OrangedayError
from orangeday.platforms.specs import Shape
from orangeday.text.language import in_language, is_right_to_left

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 675)
"""The size of a card in pixels: 16 to 9, which neither platform cuts."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a card as `#rrggbb`; the ink can be read on all the others."""

    ground: str
    ink: str
    bright: str
    dim: str


ORANGE = Palette("#f58220", "#1d1208", "#ffdcae", "#e0700f")
DARK = Palette("#2b211b", "#fff1e2", "#a3500a", "#43342a")


@dataclass(frozen=True, slots=True)
class Card:
    """All that is drawn on a card."""

    number: int
    language: str
    headline: str
    signature: str
    grave: bool
    font: str | None
    """The font file's name, relative to the folder of the posts; None: the font of orangeday."""
    shape: Shape = Shape.WIDE

    @property
    def stamp(self) -> str:
        """The version of the drawing, and the SHA-256 of all that the card shows, in hexadecimal."""
        digest = hashlib.sha256(repr((*astuple(self)[:-1], str(self.shape))).encode()).hexdigest()
        return f"{_DRAWING_VERSION}:{digest}"


_DRAWING_VERSION = 2
"""The version of the drawing. Increase it when cards are drawn differently: older cards are then out of date."""


def card(campaign: Campaign, config: Config, day: Day, translation: Translation, shape: Shape) -> Card | None:
    """Return the card of a Translation in a shape; None where it has no headline."""
    if translation.headline is None:
        return None

    def localize(by_language: Mapping[str, str]) -> str | None:
        value = in_language(by_language, translation.language)
        return None if value is None else str(value)

    def one_line(text: str | None) -> str:
        """Return the text on one line: the card breaks lines elsewhere than the file. A no-break space stays one."""
        return re.sub(r"[\t-\r \x1c-\x1f\x85\u2028\u2029]+", " ", text or "").strip(" ")

    lettering = campaign.lettering
    return Card(
        day.number,
        str(translation.language),
        one_line(str(translation.headline)),
        one_line(sender_of(campaign, config, translation)),
        day.grave,
        localize(lettering.fonts),
        shape,
    )


def draw(card: Card, folder: Path) -> bytes:
    """Return the card as a PNG file. Raise OrangedayError where it can't be drawn. `folder` is that of the posts."""
    try:
        return _render(card, folder)
    except OrangedayError:
        raise
    except Exception as failure:  # a damaged font opens, and makes Pillow raise anything at some letter
        raise OrangedayError(f"It can't be drawn with the font {card.font or 'of orangeday'}: {failure}.") from failure


def _render(card: Card, folder: Path) -> bytes:
    from PIL import Image, ImageDraw, PngImagePlugin

    width, height = SIZE
    colours = DARK if card.grave else ORANGE
    is_mirrored = is_right_to_left(card.headline)
    image = _sun(card.number, colours).copy()
    if is_mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pen = ImageDraw.Draw(image)

    def write(line: str, font: FreeTypeFont, x: int, y: int, anchor: str) -> None:
        """Write one line with its base on y; x counts from the side on which its language begins."""
        if is_mirrored:
            x, anchor = width - x, {"l": "r", "r": "l"}.get(anchor[0], anchor[0]) + anchor[1]
        pen.text((x, y), line, colours.ink, font, anchor)

    small, figures, smaller = (_font(card, folder, bold, size) for bold, size in ((False, 31), (True, 92), (False, 34)))
    for line in (card.headline, card.signature):
        _check_letters(line, card, _font(card, folder, True, 40))
    if not any(unicodedata.category(c)[0] not in "ZCM" for c in card.headline):
        raise OrangedayError("Of its headline nothing is to be seen. Write one.")
    if small.getlength(card.signature) > _max_width(height - 66):
        excerpt = _excerpt(card.signature)
        raise OrangedayError(f"A card has no room for so long a line: “{excerpt}”. Say it in fewer words.")
    write(card.signature, small, _MARGIN, height - 66, "ls")
    middle = width - 84
    write(str(card.number), figures, middle, height - 58, "ms")
    write(f"/ {len(DAYS)}", smaller, middle, height - 20, "ms")
    lines, font = _fit_headline(card, folder)
    for line, base in lines:
        write(line, font, _MARGIN, base, "ls")
    stamp = PngImagePlugin.PngInfo()
    stamp.add_text(STAMP, card.stamp)
    content = io.BytesIO()
    # So few colours are there that none is lost.
    image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        content, "PNG", pnginfo=stamp, optimize=True
    )
    return content.getvalue()


_MARGIN = 76
_TOP, _HEIGHT, _MAX_LINES = 138, 384, 5
"""The space for the headline: its top and its height in pixels, and the most lines."""
_RAYS = 300
"""The length of the sun's rays, in pixels."""
_MAX_FONT_SIZE, _MIN_FONT_SIZE = 104, 46
"""The largest and the smallest size of the headline, in pixels."""


@lru_cache(maxsize=2 * len(DAYS))
def _sun(number: int, colours: Palette) -> Image.Image:
    """Return the background with the sun in its lower right corner, drawn four times as large, for smooth edges."""
    from PIL import Image, ImageDraw

    finer = 4
    width, height = (side * finer for side in SIZE)
    image = Image.new("RGB", (width, height), colours.ground)
    pen = ImageDraw.Draw(image)

    def circle_box(radius: int) -> tuple[int, int, int, int]:
        return width - radius, height - radius, width + radius, height + radius

    share = 90 / len(DAYS)
    for day in DAYS:
        begins = 180 + (day - 1) * share
        colour = colours.bright if day <= number else colours.dim
        pen.pieslice(circle_box(_RAYS * finer), begins + share * 0.14, begins + share * 0.86, colour)
    pen.ellipse(circle_box(196 * finer), colours.ground)
    pen.ellipse(circle_box(176 * finer), colours.bright)
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def _fit_headline(card: Card, folder: Path) -> tuple[list[tuple[str, int]], FreeTypeFont]:
    """Return the headline's lines, each with the y of its base, and the font. Raise OrangedayError if it is too long.

    It is as large as it fits. Lines break where Unicode allows it (UAX #14), in any script that marks where; after a
    hyphen only if nothing else fits.
    """
    import unicode_segmentation_rs

    pieces: list[str] = unicode_segmentation_rs.line_break_units(card.headline)
    whole: list[str] = []
    for piece in pieces:
        if whole and whole[-1].endswith("-"):
            whole[-1] += piece
        else:
            whole.append(piece)
    layouts = list(_layouts(whole, card, folder)) or list(_layouts(pieces, card, folder))
    if not layouts:
        excerpt = _excerpt(card.headline)
        raise OrangedayError(f"The headline is too long for a card: “{excerpt}”. Say it in fewer words.")
    largest = max(font.size for _, font in layouts)
    # A line less is worth an eighth of the size.
    return next(layout for layout in layouts if layout[1].size >= largest * 0.88)


def _layouts(pieces: Sequence[str], card: Card, folder: Path) -> Iterator[tuple[list[tuple[str, int]], FreeTypeFont]]:
    """Yield the pieces in one line, in two and so on, each as large as it fits: lines with their bases, and font."""
    for number in range(1, _MAX_LINES + 1):
        for size in range(_MAX_FONT_SIZE, _MIN_FONT_SIZE - 1, -2):
            font, step = _font(card, folder, True, size), round(size * 1.16)
            first = _TOP + (_HEIGHT - step * number) // 2 + round(size * 0.9)
            bases = [first + nth * step for nth in range(number)]
            widths = [_max_width(base + size // 4) for base in bases]
            if step * number <= _HEIGHT and (lines := _lines(pieces, font, widths)):
                yield list(zip(lines, bases, strict=True)), font
                break


def _max_width(lowest: int) -> int:
    """Return the greatest width of a line whose lowest pixel is at `lowest`, beside the sun. In pixels."""
    height = SIZE[1] - lowest
    sun = math.sqrt(_RAYS**2 - height**2) if height < _RAYS else 0
    return SIZE[0] - _MARGIN - max(_MARGIN, round(sun) + 14)


def _lines(pieces: Sequence[str], font: FreeTypeFont, widths: Sequence[int]) -> list[str] | None:
    """Return the pieces in as many lines as there are widths (in pixels), evenly filled; None if they don't fit."""

    def line(first: int, last: int) -> str:
        return _display_text("".join(pieces[first:last]))

    @cache
    def best(first: int, nth: int) -> tuple[float, tuple[int, ...]] | None:
        """Return the least unevenness of the lines from a piece on, and their ends; None where they don't fit."""
        if first == len(pieces) or nth == len(widths):
            return (0.0, ()) if first == len(pieces) and nth == len(widths) else None
        candidates: list[tuple[float, tuple[int, ...]]] = []
        for last in range(first + 1, len(pieces) + 1):
            text = line(first, last)
            length = font.getlength(text)
            if length > widths[nth]:
                break
            if rest := best(last, nth + 1):
                uneven = (max(widths) - length) ** 2 + (0 if text[-1:] in _PAUSES else _NO_PAUSE_PENALTY)
                candidates.append((uneven + rest[0], (last, *rest[1])))
        return min(candidates, default=None)

    best_fit = best(0, 0)
    return (
        None
        if best_fit is None
        else [line(first, last) for first, last in zip((0, *best_fit[1]), best_fit[1], strict=False)]
    )


_PAUSES = ",:;.?!،؛؟、。：！？"
_NO_PAUSE_PENALTY = 140**2
"""The square of a length in pixels: a line that ends without a pause counts as bad as one that is so much shorter."""


def _display_text(line: str) -> str:
    """Return a line as it is drawn: a soft hyphen shows only at its end; a non-breaking hyphen becomes a plain one."""
    line = line.rstrip().replace("\u2011", "-")
    return line.replace("\u00ad", "") + ("-" if line.endswith("\u00ad") else "")


def _font(card: Card, folder: Path, bold: bool, size: int) -> FreeTypeFont:
    """Return the font of a card in this size. Raise OrangedayError where it can't be used."""
    if card.font is None:
        import font_source_sans_pro

        font_package = font_source_sans_pro
        return _open_font(font_package.SourceSansProBold if bold else font_package.SourceSansProSemibold, size)
    file = locate(folder, card.font)
    if isinstance(file, Flaw):
        raise OrangedayError(f"The font “{card.font}” can't be used: {file.message}")
    try:
        status = file.stat()
    except OSError as failure:
        raise OrangedayError(f"The font “{card.font}” can't be read: {failure.strerror}.") from failure
    # Of a pipe FreeType waits for an end that never comes, and all of a file without end it would read.
    if not stat.S_ISREG(status.st_mode):
        raise OrangedayError(f"The font “{card.font}” can't be used: it isn't a file.")
    if status.st_size > MAX_FILE_BYTES:
        raise OrangedayError(f"The font “{card.font}” can't be used: it has more than {MAX_FILE_BYTES:,} bytes.")
    return _open_font(str(file), size)


@lru_cache(maxsize=256)
def _open_font(file: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(file, size)
    except OSError as failure:
        raise OrangedayError(f"The font {file} can't be read: {failure}.") from failure


def _excerpt(text: str) -> str:
    """Return the first 200 characters of a text, with “…” where there are more."""
    return text if len(text) <= 200 else f"{text[:200]}…"


def _check_letters(text: str, card: Card, font: FreeTypeFont) -> None:
    """Raise OrangedayError if a text can't be drawn: a control character, a missing letter, letters that don't join."""
    from PIL import features

    empty = list(font.getmask("\uffff"))
    categories = {c: unicodedata.category(c) for c in dict.fromkeys(_display_text(text))}
    excerpt = _excerpt(text)
    if controls := [f"U+{ord(c):04X}" for c, kind in categories.items() if kind == "Cc"]:
        raise OrangedayError(f"“{excerpt}” has an invisible character, {controls[0]}. Delete it.")
    letters = [c for c, kind in categories.items() if kind[0] not in "ZM" and kind != "Cf"]
    missing = [c for c in letters if list(font.getmask(c)) == empty]
    if missing:
        raise OrangedayError(
            f"The font of the cards has no {' '.join(missing[:20])} (in “{excerpt}”). Put a font that has them into the"
            " folder of the posts, and write in campaign.toml below [cards]:"
            f' font = {{ {card.language} = "media/….ttf" }}'
        )
    needs_joining = any(unicodedata.bidirectional(c) in ("R", "AL") or unicodedata.category(c) == "Mc" for c in text)
    if needs_joining and not features.check_feature("raqm"):
        raise OrangedayError(
            f"This machine can't join the letters of “{excerpt}”: Pillow finds no FriBiDi here. Install libfribidi."
        )
