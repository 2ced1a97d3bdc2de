"""Days of a small campaign of which one file is mutated: a picture, a text, an alt text, a headline, a title, a name.

    input = mutated_input(seed=1, number=1234)

The same seed and number give the same. What is shared by all days (config, campaign.toml, facts.toml) is mutated too:
such an input is a campaign by itself.
"""

from __future__ import annotations

import codecs
import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .mutated_pictures import mutated_picture

DAYS = 16
PICTURES_IN_FIVE = 3
SHARED = ("config.toml", "posts/campaign.toml", "posts/facts.toml")


@dataclass(frozen=True)
class MutatedInput:
    seed: int
    number: int
    day: int
    what: str
    """What it is and what was done to it, in words."""
    is_picture: bool
    is_alone: bool
    """True if what is mutated is shared by all days."""
    files: dict[str, bytes]
    """By name: those of the day, or those that are shared."""

    def __str__(self) -> str:
        return f"{self.seed}/{self.number}, day {self.day}: {self.what}"


def mutated_inputs(seed: int, numbers: Iterable[int]) -> list[MutatedInput]:
    return [mutated_input(seed, number) for number in numbers]


def campaigns_of(inputs: Iterable[MutatedInput]) -> list[list[MutatedInput]]:
    """The inputs by campaigns: as many days as there are, or one that is alone."""
    campaigns: list[list[MutatedInput]] = [[]]
    for one in inputs:
        if one.is_alone:
            campaigns.insert(0, [one])
        elif one.day in {other.day for other in campaigns[-1]}:
            campaigns.append([one])
        else:
            campaigns[-1].append(one)
    return [campaign for campaign in campaigns if campaign]


def mutated_input(seed: int, number: int) -> MutatedInput:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311
    day, is_picture = number % DAYS + 1, number % 5 < PICTURES_IN_FIVE
    is_alone = number % 100 == 4
    files = _day(chance, number, day, is_picture)
    if is_picture:
        name = next(name for name in files if not name.endswith(".toml"))
        content, ending, what = mutated_picture(chance)
        files = {other: file for other, file in files.items() if other != name}
        if chance.random() < 0.9:  # the rest has an ending that isn't its own
            new_name = f"{name.rpartition('.')[0]}.{ending}"
            files = {other: _renamed(file, name, new_name) for other, file in files.items()}
            name = new_name
        files[name] = content
        return MutatedInput(seed, number, day, f"{name}: {what}", True, False, files)
    if is_alone:
        shared = {name: content.encode() for name, content in shared_files([day], f"m{seed}-{number}").items()}
        files |= shared
    names = [name for name in files if name.endswith(".toml") and (name in SHARED) == is_alone]
    name = chance.choice(names)
    done = []
    for _ in range(chance.choice((1, 1, 2))):
        words = chance.choice([*MUTATIONS])
        files[name] = MUTATIONS[words](chance, files[name])
        done.append(words)
    if chance.random() < 0.07 and not is_alone:
        other_name = _other_name(chance, name)
        files[other_name] = files.pop(name)
        done.append(f"renamed {other_name!a}")
    return MutatedInput(seed, number, day, f"{name}: {', '.join(done)}", False, is_alone, files)


def shared_files(days: Iterable[int], campaign: str) -> dict[str, str]:
    """The files of a campaign that posts on these days."""
    skip = [day for day in range(1, DAYS + 1) if day not in days]
    return {
        "config.toml": '[publishing]\nmode = "live"\n\n[campaign]\nposts = "posts"\n\n[embassies.nairobi]\n'
        'name = { en = "Belgium in Kenya" }\ncity = { en = "Nairobi" }\ntimezone = "Africa/Nairobi"\n'
        f'languages = ["en"]\nskip = {skip}\n'
        'x = { handle = "be_nairobi" }\nbluesky = { handle = "nairobi.be" }\n',
        "posts/campaign.toml": f'id = "{campaign}"\ntitle = "Sixteen days"\n\n[hashtags]\nen = ["#16Days"]\n',
        "posts/facts.toml": '[one]\nstatement = "One in three women."\n',
    }


def _day(chance: random.Random, number: int, day: int, has_picture: bool) -> dict[str, bytes]:
    """The files of a sound day: with a picture of the day's, one in the place of its card, or a link."""
    folder, layout = (
        f"posts/{day:02}-day",
        chance.choice(("media", "card") if has_picture else ("media", "card", "link")),
    )
    title = f'title = "Day {day}"\nfacts = ["one"]\n'
    text = f'text = "Number {number} from {{city}}: café, naïve, one in three. {{hashtags}}"\n'
    if chance.random() < 0.3:
        text += f'{chance.choice(("x", "bluesky"))} = "Number {number} in other words, from {{embassy}}."\n'
    picture = b"" if has_picture else _PLAIN
    if layout == "media":
        name = f"media/{day:02}.png"
        day_toml, text = (
            f'{title}media = ["{name}"]\n',
            f'{text}[alt]\n"{name}" = "A lamp on a table, number {number}."\n',
        )
        return {f"{folder}/day.toml": day_toml.encode(), f"{folder}/en.toml": text.encode(), f"posts/{name}": picture}
    if layout == "card":
        text += f'[card]\nheadline = "Head {number}"\nalt = "A lamp, and words beside it: number {number}."\n'
        return {f"{folder}/day.toml": title.encode(), f"{folder}/en.toml": text.encode(), f"{folder}/en.png": picture}
    day_toml = f'{title}link = "https://example.org/{number}"\n'
    text = text.replace(' {hashtags}"', ' {link}"') if chance.random() < 0.5 else text
    return {f"{folder}/day.toml": day_toml.encode(), f"{folder}/en.toml": text.encode()}


def _renamed(content: bytes, name: str, new_name: str) -> bytes:
    """The file with a picture's other name in it."""
    return content.replace(name.removeprefix("posts/").encode(), new_name.removeprefix("posts/").encode())


def _plain() -> bytes:
    import io

    from PIL import Image

    content = io.BytesIO()
    Image.new("RGB", (60, 40), "orange").save(content, "PNG")
    return content.getvalue()


_PLAIN = _plain()


def _other_name(chance: random.Random, name: str) -> str:
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".toml")
    names = (
        f"{stem}.toml.txt", f"{stem.upper()}.toml", f"{stem}.TOML", f" {file}", f"{stem} .toml", f"{stem}\u200b.toml",
        f"{stem}.txt", f"{stem}.rtf", f"Copy of {file}", f"{stem} (1).toml", f"{stem}.toml~", f"{stem}.docx",
        "fr.toml", "en.nairobi.toml", "en-GB.toml", unicodedata.normalize("NFD", "é.toml"), ".toml", "day.en.toml",
    )  # fmt: skip
    return f"{folder}/{chance.choice(names)}"


# What is done to a text


LEFTOVERS = (
    "&nbsp;", "&amp;", "&#8217;", "<b>now</b>", "<br>", "**now**", "_now_", "# ", "[LINK]", "[INSERT DATE]", "{{name}}",
    "{{ first_name | title }}", "{{", "}", "{", "{cité}", "{link}", "{minister}", "{@nobody}", "TODO", "TODO: ask Ann",
    "lorem ipsum", "Ã©", "â€™", "\ufffd", "@somebody", "@somebody.bsky.social", "ann@example.org", "#",
    "https://example.org/?utm_source=mail&utm_medium=x", "https://eur01.safelinks.protection.outlook.com/?url=https%3A",
    "example.org", "http://a.b/", "$name", "%NAME%", "<<<<<<< HEAD", "=======", ">>>>>>> main", "‹›", "«Bonjour»",
    "„so“", "раypal", "Ｆｕｌｌ", "oaicite", "contentReference[oaicite:0]{index=0}", "turn0search1", "…", "...", "!!!",
    " ", "\\u200b", "\\n", "\\t", "\\\\", '\\"', "👩‍👩‍👧", "🧡" * 20, "🇧🇪", "e\u0301", "ﬁ",
    "…" * 300, "مرحبا", "日本語", "ไทย",
)  # fmt: skip
UNSEEN = (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200f", "\u00a0", "\u202f",
    "\u2028", "\x00", "\x07", "\x1b[2J", "\t", "\r", "\x85", "\u034f", "\u115f", "\ufe0f",
    "\U000e0041", "\ue000", "\ud7ff", "\u3164",
)  # fmt: skip


def _in_a_value(change: Callable[[random.Random, str], str]) -> Callable[[random.Random, bytes], bytes]:
    """Changes one of the strings of a file."""

    def changed(chance: random.Random, content: bytes) -> bytes:
        source = content.decode("utf-8", "surrogateescape")
        values = [*re.finditer(r'"([^"\n]*)"(?! = )', source)]
        if not values:
            return content
        value = chance.choice(values)
        new = change(chance, value[1])
        return f"{source[: value.start(1)]}{new}{source[value.end(1) :]}".encode("utf-8", "surrogateescape")

    return changed


def _somewhere(pieces: tuple[str, ...]) -> Callable[[random.Random, str], str]:
    def changed(chance: random.Random, value: str) -> str:
        at = chance.choice((0, len(value), chance.randint(0, len(value))))
        return value[:at] + chance.choice(pieces) + value[at:]

    return changed


def _long(chance: random.Random, value: str) -> str:
    length = chance.choice((60, 150, 270, 281, 299, 301, 999, 1001, 1999, 2001, 3001, 10_001))
    return (value + " and more of it" * (length // 15 + 1))[:length]


def _mojibake(chance: random.Random, value: str) -> str:
    return (value + " é’").encode("utf-8", "surrogateescape").decode(chance.choice(("cp1252", "latin-1")), "replace")


def _flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 6)) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.choice((chance.randrange(32, 127), chance.randrange(256)))
    return bytes(changed)


def _conflict(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = chance.randint(0, len(lines))
    other = chance.choice((b"", *lines))
    marked = [b"<<<<<<< HEAD\n", *lines[at : at + 1], b"=======\n", other, b">>>>>>> main\n"]
    whole = (
        [b"".join(marked)]
        if chance.random() < 0.5
        else [chance.choice((marked[0], marked[-3], marked[-1])), *lines[at : at + 1]]
    )
    return b"".join([*lines[:at], *whole, *lines[at + 1 :]])


def _other_encoding(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp1251", "utf-8-sig", "utf-7"))
    return text.encode(encoding, "replace")


def _other_ends(chance: random.Random, content: bytes) -> bytes:
    return chance.choice(
        (
            content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r"), content + bytes(chance.randint(1, 9)),
            codecs.BOM_UTF8 + content, content.rstrip(b"\n"), b"\n\n" + content, content + content,
            b"{\\rtf1\\ansi " + content + b"}", content[: chance.randrange(len(content) + 1)],
        )
    )  # fmt: skip


def _other_form(chance: random.Random, content: bytes) -> bytes:
    form = chance.choice(("NFD", "NFC", "NFKD"))
    return unicodedata.normalize(form, content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")  # type: ignore[arg-type]


def _moved_line(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        line = lines.pop(chance.randrange(len(lines)))
        lines[chance.randint(0, len(lines)) : 0] = [line] * chance.choice((0, 1, 1, 2))
    return b"".join(lines)


MUTATIONS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "a leftover pasted": _in_a_value(_somewhere(LEFTOVERS)),
    "another leftover pasted": _in_a_value(_somewhere(LEFTOVERS)),
    "what can't be seen put in": _in_a_value(_somewhere(UNSEEN)),
    "long": _in_a_value(_long),
    "empty": _in_a_value(lambda chance, value: chance.choice(("", " ", "\u3000"))),
    "mojibake": _in_a_value(_mojibake),
    "bytes changed": _flip,
    "conflict markers": _conflict,
    "another encoding": _other_encoding,
    "other ends": _other_ends,
    "another form": _other_form,
    "a line moved": _moved_line,
}
