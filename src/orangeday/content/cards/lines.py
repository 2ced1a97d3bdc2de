"""Where the lines of a card break, and how large they can be.

They break where Unicode allows it (UAX #14). Japanese, Chinese and Thai mark no words: there they break between
phrases, as BudouX finds them. A no-break space, U+00A0, or a word joiner, U+2060, holds together in any language; a
zero-width space, U+200B, allows a break; so does a soft hyphen, U+00AD, which then shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

Width = Callable[[str], float]
"""The width of a line at the size 1."""


@dataclass(frozen=True, slots=True)
class Block:
    """The place of a headline, in pixels: lines of one size, under one another."""

    top: float
    """The top of the first line's capitals, if the block is full."""
    last_base: float
    """The lowest base line."""
    largest: int
    smallest: int
    """The sizes of its letters."""
    leading: float
    """From one base line to the next, in sizes."""
    capitals: float
    """The height of capital letters, in sizes."""
    sinks: float = 0.42
    """By which part of the free height it stands lower."""
    max_lines: int = 9
    """The most lines."""

    def bases(self, number: int, size: float) -> list[float] | None:
        """Return the base lines of so many lines; None where they don't fit."""
        height = (self.capitals + (number - 1) * self.leading) * size
        free = self.last_base - self.top - height
        if free < 0 or number > self.max_lines:
            return None
        first = self.top + self.capitals * size + self.sinks * free
        return [first + nth * self.leading * size for nth in range(number)]


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines as they fit, each with its base line; and their size, in pixels."""

    lines: tuple[tuple[str, float], ...]
    size: int


def fit(
    text: str, language: str, block: Block, width: Width, room: Callable[[float, float, bool], float]
) -> Setting | None:
    """Return a text as large as it fits into its place; None where it is too long.

    `room` says how wide a line may be, by its base line, its size, and whether it is the last. Of sizes that are nearly
    the largest that one is taken whose lines end best.
    """
    pieces = break_units(text, language)
    whole: list[str] = []
    for piece in pieces:  # after a hyphen a line breaks only if nothing else fits
        if whole and whole[-1].endswith("-"):
            whole[-1] += piece
        else:
            whole.append(piece)
    return _fit(whole, block, width, room) or _fit(pieces, block, width, room)


def _fit(
    pieces: Sequence[str], block: Block, width: Width, room: Callable[[float, float, bool], float]
) -> Setting | None:
    settings: list[tuple[float, Setting]] = []
    width = cache(width)
    for size in range(block.largest, block.smallest - 1, -1):
        if settings and size < _LEAST_SHARE * settings[0][1].size:
            break
        for number in range(1, len(pieces) + 1):
            bases = block.bases(number, size)
            if bases is None:
                break
            rooms = [room(base, size, base is bases[-1]) / size for base in bases]
            if lines := _break(pieces, width, rooms):
                unevenness, texts = lines
                setting = Setting(tuple(zip(texts, bases, strict=True)), size)
                # In sizes: a smaller size has to make up for what it loses.
                loss = 1 - size / settings[0][1].size if settings else 0
                settings.append((unevenness / number + _SMALLER_PENALTY * loss, setting))
    return min(settings, key=lambda pair: pair[0])[1] if settings else None


_LEAST_SHARE = 0.9
"""By how much a setting that ends its lines better may be smaller than the largest."""
_SMALLER_PENALTY = 16.0
_NO_PAUSE_PENALTY = 1.5
_TORN_PENALTY = 3.0
_HYPHEN_PENALTY = 12.0
"""The cost of being smaller, and of ending a line here or there: as a line that is shorter by its root, in sizes."""
_PAUSES = (*",:;.?!،؛؟、。：！？",)


def _break(pieces: Sequence[str], width: Width, rooms: Sequence[float]) -> tuple[float, list[str]] | None:
    """Return the pieces in as many lines as there are rooms, and how uneven they are; None where they don't fit."""

    def line(first: int, last: int) -> str:
        return display_text("".join(pieces[first:last]))

    @cache
    def best(first: int, nth: int) -> tuple[float, tuple[int, ...]] | None:
        """Return the least unevenness of the lines from a piece on, and their ends; None where they don't fit."""
        if first == len(pieces) or nth == len(rooms):
            return (0.0, ()) if first == len(pieces) and nth == len(rooms) else None
        candidates: list[tuple[float, tuple[int, ...]]] = []
        for last in range(first + 1, len(pieces) + 1):
            text = line(first, last)
            length = width(text)
            if length > rooms[nth]:
                break
            if rest := best(last, nth + 1):
                short = (max(rooms) - length) ** 2 / (8 if last == len(pieces) else 4)
                uneven = short + _end_penalty(pieces[last - 1], text, last == len(pieces))
                candidates.append((uneven + rest[0], (last, *rest[1])))
        return min(candidates, default=None)

    best_fit = best(0, 0)
    if best_fit is None:
        return None
    return best_fit[0], [line(first, last) for first, last in zip((0, *best_fit[1]), best_fit[1], strict=False)]


def _end_penalty(piece: str, line: str, is_last: bool) -> float:
    """Return how bad it is that a line ends here: after “to” or “de”, or a word behind a comma, one waits for more."""
    if is_last or line.endswith(_PAUSES):
        return 0
    if piece.endswith(("\u00ad", "-")):
        return _HYPHEN_PENALTY
    rest, _, last_word = line.rpartition(" ")
    is_torn = len(last_word) <= 3 or rest.endswith(_PAUSES)
    return _NO_PAUSE_PENALTY + (_TORN_PENALTY if is_torn else 0)


def break_units(text: str, language: str) -> list[str]:
    """Return a text in the pieces between which its lines may break."""
    import unicode_segmentation_rs

    units: list[str] = unicode_segmentation_rs.line_break_units(text)
    parser = _phrase_parser(language)
    if parser is None:
        return units
    ends, unit_ends = set(_ends(parser(text))), set(_ends(units))
    if not language.startswith("th"):  # whose words Unicode doesn't part at all
        ends &= unit_ends
    ends = {end for end in ends if "\u2060" not in text[end - 1 : end + 1] and "\u00a0" not in text[end - 1 : end + 1]}
    ends |= {end for end in unit_ends if text[end - 1] in " \u200b\u00ad-"} | {len(text)}
    sorted_ends = sorted(ends)
    return [text[start:end] for start, end in zip((0, *sorted_ends), sorted_ends, strict=False)]


def _ends(pieces: Sequence[str]) -> Iterator[int]:
    end = 0
    for piece in pieces:
        end += len(piece)
        yield end


@cache
def _phrase_parser(language: str) -> Callable[[str], list[str]] | None:
    """Return what parts a text of a language into phrases; None where spaces part its words."""
    if language.partition("-")[0] not in ("ja", "th", "zh"):
        return None
    import budoux

    if language.startswith("ja"):
        parser = budoux.load_default_japanese_parser()
    elif language.startswith("th"):
        parser = budoux.load_default_thai_parser()
    elif language in ("zh-Hant", "zh-TW", "zh-HK", "zh-MO") or "-Hant" in language:
        parser = budoux.load_default_traditional_chinese_parser()
    else:
        parser = budoux.load_default_simplified_chinese_parser()
    return lambda text: list(parser.parse(text))


def display_text(line: str) -> str:
    """Return a line as it is drawn: a soft hyphen shows only at its end; a non-breaking hyphen becomes a plain one."""
    line = line.rstrip(" \u3000\u200b").replace("\u2011", "-").replace("\u2060", "").replace("\u200b", "")
    return line.replace("\u00ad", "") + ("-" if line.endswith("\u00ad") else "")


_PLACES = frozenset([
    "in", "im", "at", "à", "a", "au", "aux", "auprès", "près", "en", "em", "no", "na", "ao", "ante", "junto", "te",
    "bij", "bei", "beim", "في", "لدى",
])  # fmt: skip
_LINKS = frozenset([
    "of", "to", "for", "de", "du", "des", "da", "do", "del", "van", "von", "der", "voor", "tot", "für", "zum", "zur",
    "pour", "para", "per", "with", "et", "and", "und", "y", "e",
])  # fmt: skip
"""Words that a sender's second line begins with, gladly those of a place: `Ambassade de Belgique / à Dakar`."""


def sender_lines(sender: str, fits: Callable[[Sequence[str]], bool], width: Width) -> list[str] | None:
    """Return a sender on one line or two, broken before the preposition; None where two lines don't hold it."""
    if fits([sender]):
        return [sender]
    words = sender.split(" ")
    candidates = []
    for place in range(1, len(words)):
        pair = [" ".join(words[:place]), " ".join(words[place:])]
        word = words[place].casefold()
        rank = 0 if word in _PLACES else 1 if word in _LINKS or word.startswith(("d’", "d'", "l’")) else 2
        if fits(pair):
            candidates.append((rank, max(map(width, pair)), pair))
    return min(candidates)[2] if candidates else None
