"""The lettering of cards: a face for each letter, and what to do about a letter that no face has.

A text is set in the officer's own font, or else in the one that is brought for its script; what that lacks, in the
next: digits, a slash, a name in other letters. No letter is drawn as an empty box.
"""

from __future__ import annotations

import stat
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orangeday.content.cards.card import Card, UndrawableCard
from orangeday.content.encoding import Flaw
from orangeday.content.images import MAX_FILE_BYTES, locate

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

BLACK, BOLD, SEMIBOLD = 900, 700, 600
"""Weights of letters, as in CSS; the headline's is the heaviest that a font has, up to black."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a font file."""

    file: str
    index: int = 0
    """Its place in a collection, from 0."""
    weight: int = BOLD
    """Which weight a font has that can have any."""

    def has(self, letter: str) -> bool:
        """Return whether it has a letter."""
        return _has(self, letter)

    def in_size(self, size: int) -> FreeTypeFont:
        """Return the face in a size, in pixels."""
        return _open(self, size)


@dataclass(frozen=True, slots=True)
class Typeface:
    """The faces that a text of one weight is set in: each letter in the first that has it."""

    faces: tuple[Face, ...]
    is_right_to_left: bool

    def runs(self, line: str) -> tuple[tuple[Face, str], ...]:
        """Return a line in parts, each with the face that it is set in, from where the language begins."""
        return _runs(self.faces, line)

    def width(self, line: str, size: float) -> float:
        """Return the width of a line, in pixels."""
        return size * sum(_unit_width(face, part, self.is_right_to_left) for face, part in self.runs(line))

    @property
    def direction(self) -> str | None:
        """The direction of its lines, as Pillow wants it; None where Pillow can't set a direction."""
        return _direction(self.is_right_to_left)


_SAMPLE = 200
"""The size that widths are measured at: they grow with the size."""


@lru_cache(maxsize=4096)
def _unit_width(face: Face, part: str, is_right_to_left: bool) -> float:
    return face.in_size(_SAMPLE).getlength(part, direction=_direction(is_right_to_left)) / _SAMPLE


@cache
def _direction(is_right_to_left: bool) -> str | None:
    from PIL import features

    if not features.check_feature("raqm"):
        return None
    return "rtl" if is_right_to_left else "ltr"


@lru_cache(maxsize=1024)
def _runs(faces: tuple[Face, ...], line: str) -> tuple[tuple[Face, str], ...]:
    runs: list[tuple[Face, str]] = []
    for letter in line:
        face = next((face for face in faces if face.has(letter)), faces[0])
        if runs:
            last_face, part = runs[-1]
            # A mark belongs to its letter; a space or a point stays with the word before it.
            is_dependent = unicodedata.category(letter)[0] in "MCZP"
            if face == last_face or (is_dependent and (last_face.has(letter) or unicodedata.combining(letter))):
                runs[-1] = last_face, part + letter
                continue
        runs.append((face, letter))
    return tuple(runs)


@lru_cache(maxsize=4096)
def _has(face: Face, letter: str) -> bool:
    if unicodedata.category(letter) in ("Zs", "Cf", "Mn", "Me"):
        return True  # nothing is drawn of it, or it is drawn with its letter
    font = face.in_size(40)
    # A font draws every letter that it lacks as it draws what is no character.
    return list(font.getmask(letter)) != list(font.getmask("\uffff"))


def typeface(card: Card, folder: Path, weight: int) -> Typeface:
    """Return what a card's text of this weight is set in. Raise UndrawableCard where its own font can't be used."""
    letters = "".join((card.headline, *card.lines, card.sender))
    faces = [] if card.font is None else [_own_face(card.font, card.language, folder, weight)]
    families = dict.fromkeys(filter(None, map(_family, letters)))
    family_faces = [face for family in families if (face := _family_face(family, weight))]
    if not _is_arabic(card.headline):  # whose digits and points are those of its own font
        family_faces.insert(0, _latin_face(weight))
    return Typeface((*faces, *family_faces, _latin_face(weight)), is_right_to_left(card))


def figures() -> Typeface:
    """Return what the day's number is set in, in every language."""
    return Typeface((_latin_face(BLACK),), False)


def is_right_to_left(card: Card) -> bool:
    """Return whether a card's language runs from right to left: one letter in such a script says so."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in "".join((card.headline, *card.lines)))


def is_tall(card: Card) -> bool:
    """Return whether the letters of a card need more room between the lines than Latin ones."""
    return any(
        unicodedata.category(letter)[0] == "L" and not unicodedata.name(letter, "").startswith(_LOW_SCRIPTS)
        for letter in card.headline
    )


_LOW_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FEMININE", "MASCULINE")


def _latin_face(weight: int) -> Face:
    import font_source_sans_pro

    package = font_source_sans_pro
    return Face(str(package.SourceSansProBlack if weight == BLACK else package.SourceSansProSemibold), 0, weight)


_FAMILIES = {
    # the first word of a letter's name in Unicode: a family on PyPI that has the letter, by the name in `fontpkg`
    "ARABIC": "IBM Plex Sans Arabic",
    "BENGALI": "Hind Siliguri",
    "DEVANAGARI": "Hind",
    "HEBREW": "Rubik",
    "KHMER": "Noto Sans Khmer",
    "TAMIL": "Noto Sans Tamil",
    "TELUGU": "Noto Sans Telugu",
    "THAI": "Sarabun",
}
_NOTO = {
    "BOPOMOFO": "Noto Sans TC", "CJK": "Noto Sans JP, KR, SC or TC", "HANGUL": "Noto Sans KR",
    "HIRAGANA": "Noto Sans JP", "KATAKANA": "Noto Sans JP",
    **{
        script: f"Noto Sans {script.capitalize()}"
        for script in ("ARMENIAN", "CHEROKEE", "ETHIOPIC", "GEORGIAN", "GUJARATI", "GURMUKHI", "KANNADA", "LAO",
                       "MALAYALAM", "MONGOLIAN", "MYANMAR", "ORIYA", "SINHALA", "SYRIAC", "THAANA", "TIBETAN")
    },
}  # fmt: skip
"""Fonts that no package brings, by the first word of a letter's name in Unicode."""


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_arabic(text: str) -> bool:
    return any(_script(letter) == "ARABIC" for letter in text)


def _family(letter: str) -> str | None:
    return _FAMILIES.get(_script(letter))


def _package(family: str) -> str:
    return f"fontpkg-{family.lower().replace(' ', '-')}"


@cache
def _family_face(family: str, weight: int) -> Face | None:
    """Return a face of a family that is installed as a package; None where it isn't."""
    import fontpkg

    try:
        return Face(str(fontpkg.path(family, min(weight, BOLD))), 0, min(weight, BOLD))
    except fontpkg.FontpkgError:
        return None


def _own_face(name: str, language: str, folder: Path, weight: int) -> Face:
    """Return the face of a font of the officer's own. Raise UndrawableCard where it can't be used."""
    file_name, _, choice = name.partition("#")
    file = locate(folder, file_name)
    if isinstance(file, Flaw):
        raise UndrawableCard(f"The font “{file_name}” can't be used: {file.message}", file.hint)
    try:
        status = file.stat()
    except OSError as failure:
        raise UndrawableCard(f"The font “{file_name}” can't be read: {failure.strerror}.", _PUT_IT_THERE) from failure
    # Of a pipe FreeType waits for an end that never comes, and all of a file without end it would read.
    if not stat.S_ISREG(status.st_mode):
        raise UndrawableCard(f"The font “{file_name}” can't be used: it isn't a file.", _PUT_IT_THERE)
    if status.st_size > MAX_FILE_BYTES:
        message = f"The font “{file_name}” can't be used: it has more than {MAX_FILE_BYTES:,} bytes."
        raise UndrawableCard(message, "Use one for fewer scripts.")
    names = _face_names(str(file))
    index = _chosen_face(names, choice.strip(), language)
    if index is None:
        choices = ", ".join(f"#{number} {face_name}" for number, face_name in enumerate(names, 1))
        raise UndrawableCard(
            f"The file “{file_name}” has these fonts: {choices}.",
            "Say in campaign.toml, below [cards], which one is meant, by its number:"
            f' font = {{ {language} = "{file_name}#1" }}',
        )
    return Face(str(file), index, weight)


_PUT_IT_THERE = "Put its file there, .ttf or .otf, or correct its name in campaign.toml, below [cards]."
_ANOTHER_FILE = "Use another file, .ttf or .otf, for it in campaign.toml, below [cards]."
_REGIONS = {"ja": "JP", "ko": "KR", "zh": "SC", "zh-Hans": "SC", "zh-Hant": "TC", "zh-TW": "TC", "zh-HK": "HK"}
"""The word in the name of a font that draws shared characters as a language has them."""


def _chosen_face(names: tuple[str, ...], choice: str, language: str) -> int | None:
    """Return the place of the face that is meant, by number, by name or by language; None where that isn't certain."""
    if choice.isdecimal():
        return int(choice) - 1 if 0 < int(choice) <= len(names) else None
    if choice or len(names) == 1:
        matching = [place for place, name in enumerate(names) if not choice or choice.casefold() == name.casefold()]
        return matching[0] if matching else None
    tag = language
    while tag and tag not in _REGIONS:
        tag = tag.rpartition("-")[0]
    if not tag:
        return None
    matching = [
        place for place, name in enumerate(names) if _REGIONS[tag] in name.split() and "Mono" not in name.split()
    ]
    return matching[0] if len(matching) == 1 else None


@lru_cache(maxsize=16)
def _face_names(file: str) -> tuple[str, ...]:
    """Return the names of the faces that a font file holds."""
    from PIL import ImageFont

    names: list[str] = []
    try:
        while len(names) < 64:
            family, style = ImageFont.truetype(file, 10, len(names)).getname()
            words = (family or "", "" if (style or "") == "Regular" else style or "")
            names.append(" ".join(filter(None, words)))
    except OSError as failure:
        if not names:
            raise UndrawableCard(f"The font {file} can't be read: {failure}.", _ANOTHER_FILE) from failure
    return tuple(names)


@lru_cache(maxsize=256)
def _open(face: Face, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    try:
        font = ImageFont.truetype(face.file, size, face.index)
    except OSError as failure:
        raise UndrawableCard(f"The font {face.file} can't be read: {failure}.", _ANOTHER_FILE) from failure
    try:
        axes = font.get_variation_axes()
    except OSError:  # it has the one weight
        return font
    font.set_variation_by_axes(
        [
            min(max(face.weight, axis["minimum"] or 0), axis["maximum"] or 0)
            if axis["name"] in (b"Weight", "Weight")
            else axis["default"] or 0
            for axis in axes
        ]
    )
    return font


def check_letters(text: str, card: Card, letters: Typeface) -> None:
    """Raise UndrawableCard if a text can't be drawn: a control character, a missing letter, letters that don't join."""
    from PIL import features

    categories = {letter: unicodedata.category(letter) for letter in dict.fromkeys(text)}
    if controls := [f"U+{ord(letter):04X}" for letter, kind in categories.items() if kind == "Cc"]:
        raise UndrawableCard(f"“{excerpt(text)}” has an invisible character, {controls[0]}.", "Delete it.")
    visible_letters = [letter for letter, kind in categories.items() if kind[0] not in "ZM" and kind != "Cf"]
    if missing := [letter for letter in visible_letters if not any(face.has(letter) for face in letters.faces)]:
        message = f"The fonts of the cards have no {' '.join(missing[:20])} (in “{excerpt(text)}”)."
        raise UndrawableCard(message, _advice(missing, card))
    needs_joining = any(
        unicodedata.bidirectional(letter) in ("R", "AL") or kind == "Mc" for letter, kind in categories.items()
    )
    if needs_joining and not features.check_feature("raqm"):
        raise UndrawableCard(f"This computer can't join the letters of “{excerpt(text)}”.", _JOINING_ADVICE)


_JOINING_ADVICE = (
    "Arabic, Hebrew and the scripts of India are drawn with the help of FriBiDi, a small program library, and it isn't"
    " here. On Debian or Ubuntu, install it: sudo apt install libfribidi0. On macOS, with Homebrew: brew install"
    " fribidi. On Windows, put fribidi.dll into the folder of python.exe; or draw the cards on another computer, and"
    " copy the pictures: they are files like any other."
)


def _advice(missing: list[str], card: Card) -> str:
    """Return which font has the missing letters, where it can be had, and how it is used."""
    if all(unicodedata.category(letter) in ("So", "Sk") for letter in missing):
        return "Cards have no emoji: write it in words, or leave it out."
    script = next((_script(letter) for letter in missing if _script(letter) in _FAMILIES | _NOTO), None)
    if script in _FAMILIES and card.font is None:
        return (
            f"The font {_FAMILIES[script]} has them. Install it beside orangeday, and it is used by itself:"
            f" {_pip()} install {_package(_FAMILIES[script])}"
        )
    font = _FAMILIES.get(script or "") or _NOTO.get(script or "")
    source = f"{font} has them; it is free at https://fonts.google.com/noto" if font else "Use a font that has them"
    return (
        f"{source}. Put its file, .ttf or .otf, into the folder of the posts, and write in campaign.toml below [cards]:"
        f' font = {{ {card.language} = "media/….ttf" }}'
    )


def _pip(platform: str = sys.platform) -> str:
    return ".venv\\Scripts\\pip" if platform == "win32" else ".venv/bin/pip"


def excerpt(text: str) -> str:
    """Return the first 200 characters of a text, with “…” where there are more."""
    return text if len(text) <= 200 else f"{text[:200]}…"
