"""The strings that `orangeday.text` is held against: made from a seed, the same on every machine.

    python corpus.py | node make.mjs

One line of JSON each, `[family, text]`. The families follow what goes wrong: scripts, emoji, addresses, tags.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import product
from random import Random

SCRIPTS = {
    "latin": "0061-007a 00df-00f6 0100-017f",
    "vietnamese": "1ea0-1ef9 0061-007a",
    "greek": "03b1-03c9 1f00-1f07 0370-0373",
    "cyrillic": "0430-045f 0460-0481",
    "armenian": "0561-0587",
    "georgian": "10d0-10fa 1c90-1cba",
    "hebrew": "05d0-05ea 05b0-05bc",
    "arabic": "0621-064a 064b-0652 0660-0669",
    "persian": "0627-0628 067e 0686 0698 06a9 06af 06cc 200c 06f0-06f9",
    "syriac": "0710-072c 0730-073a",
    "thaana": "0780-07b0",
    "nko": "07ca-07f3",
    "devanagari": "0905-0939 093e-094d 0966-096f",
    "bengali": "0985-098c 0995-09a8 09be-09c4 09cd",
    "gurmukhi": "0a15-0a28 0a3e-0a42 0a4d",
    "gujarati": "0a95-0aa8 0abe-0ac5 0acd",
    "odia": "0b15-0b28 0b3e-0b44 0b4d",
    "tamil": "0b95 0b99-0b9a 0b9e-0b9f 0ba3-0ba4 0bbe-0bc2 0bc6-0bc8 0bcd",
    "telugu": "0c15-0c28 0c3e-0c44 0c4d",
    "kannada": "0c95-0ca8 0cbe-0cc4 0ccd",
    "malayalam": "0d15-0d28 0d3e-0d44 0d4d-0d4e",
    "sinhala": "0d9a-0db1 0dca 0dcf-0dd4 200d",
    "thai": "0e01-0e3a 0e40-0e4e 0e50-0e59",
    "lao": "0e81-0e82 0e94-0e97 0eb0-0eb9 0ec8-0ecd",
    "tibetan": "0f40-0f47 0f71-0f7d 0f90-0f97 0f0b 0f20-0f29",
    "burmese": "1000-102a 102b-103e 1040-1049",
    "ethiopic": "1200-1248 1361-1368",
    "cherokee": "13a0-13f5 ab70-abbf",
    "canadian": "1401-1450",
    "khmer": "1780-17b3 17b6-17d3",
    "mongolian": "1820-1842 180b-180e",
    "javanese": "a984-a9b2 a9b3-a9c0",
    "balinese": "1b05-1b33 1b34-1b44",
    "tifinagh": "2d30-2d67",
    "hiragana": "3041-3096 3099-309a",
    "katakana": "30a1-30fa ff66-ff9f",
    "han": "4e00-4eff 6211 7231 3002 ff0c 20000-2000f",
    "hangul": "ac00-acff d55c",
    "jamo": "1100-1112 1161-1175 11a8-11c2 a960-a963 d7b0-d7b3",
    "bopomofo": "3105-312f",
    "yi": "a000-a020",
    "adlam": "1e900-1e94a",
    "gothic": "10330-1034a",
    "mathematical": "1d400-1d420 1d7ce-1d7d7",
    "phonetic": "0250-02af 1d00-1d2b 02b0-02ff",
}
"""Code points by script, in hexadecimal: letters with the marks that go with them."""

MARKS = "0300-0315 0323-0328 0338 0345 035c-0361 20d0-20dc fe20-fe23"

TONES = [chr(point) for point in range(0x1F3FB, 0x1F400)]
WEIGHTS = "10f8-1108 1ff8-2048"

ADDRESS_CHARACTERS = """
    00-2af 2b8-2be 2fd-300 345 36c-386 399 3b9 3fd-410 450 4fd-502 61a-61e 167e-1681 180b-180f 1c7f-1c8a 1dfd-1e02
    1efd-1f01 1fbc-1fbf 1ffe-2030 205d-206b 20ac 2c5f-2c80 2fff-3003 a7da-a7de fefd-ff01 ff03 ff0e ff20 ff61
    fff9-ffff 10000 1f600"""

PEOPLE = [*"👨👩🧑👮🏃💂🕵🏋⛹👯🧞🤼🤷🙋🦸🧝🧙💆🏄🕴👷👶🤰🫅🫃", "🏋\ufe0f", "🕵\ufe0f", "⛹\ufe0f"]
SIGNS = ["⚕", "⚖", "✈", "♀", "♂", "⚧", "❤", "☠", "➡", *"🌾🍳🎓💻🔬🚒🚀🎨🦰🦱🦳🦲🌈💋🗨🤝🦯🦼🎄🧑👨👩👦👧🐾⬛🟩💥🔥"]

HOSTS = [
    "example.com",
    "EXAMPLE.COM",
    "Example.Org",
    "diplomatie.belgium.be",
    "www.belgium.be",
    "a.be",
    "foo-bar.com",
    "foo_bar.com",
    "sub_domain.example.com",
    "-a.com",
    "a-.com",
    "1.2.3.4",
    "3.be",
    "localhost",
    "example.test",
    "example.invalid",
    "example.con",
    "example.museum",
    "example.co.uk",
    "example.c",
    "example.common",
    "xn--bcher-kva.example.com",
    "xn--p1ai.xn--p1ai",
    "xn--é.com",
    "bücher.de",
    "bücher.example",
    "кремль.рф",
    "пример.com",
    "例え.jp",
    "例え.テスト",
    "中国.中国",
    "example.中国",
    "example.香港人",
    "मिसाल.भारत",
    "ไทย.ไทย",
    "موقع.مصر",
    "example.com中",
    "ünïcode.at",
    "café.fr",
    "ß.de",
    "t.co",
    "x.com",
    "bsky.app",
    "httpbin.org",
    "http.cat",
    "https.nonsense",
    "e.g",
    "i.e",
    "end.Next",
    "geweld.an",
    "node.js",
    "readme.md",
    "script.sh",
    "example.music",
    "a.b.c.d.e.f",
    "example..com",
    "example.com.",
    ".com",
    "example.com.example",
    "👩.com",
    "i❤.ws",
    "a" * 63 + ".com",
    "a" * 64 + ".com",
    "中" * 20 + ".com",
    "文字" * 15 + "です。example.com",
    "a" * 57 + "。b.com",
    "a" * 57 + "．b.com",
    "a" * 57 + "｡b.com",
    "女性に対する暴力は決して私的な問題ではありませんベルギーと世界でexample.com",
    "a.com中b.com",
    "a.be中www.com.пример.com中",
]
SCHEMES = ["", "http://", "https://", "HTTP://", "Https://", "https:/", "ftp://", "mailto:me@", "//", "www."]
PATHS = [
    "",
    "/",
    "/a",
    "/a/b.html",
    "/é/ü",
    "/д/ж",
    "/中文",
    "/a_(b)",
    "/a_(b_(c))_d",
    "/(a",
    "/a)",
    "/@user",
    "/@user/status",
    "/a;b=c,d!e'f*",
    "/~x/$y/|z",
    "/a–b",
    "/a—b",
    "/a…",
    "/%20x",
    "/a//b",
    "/#!/x",
    "?q=1",
    "?q=é",
    "/?q=1&r=2",
    "/a?b=c#d",
    "/a?b=(c)",
    "/a?",
    "#top",
    "/#top",
    ":80",
    ":8080/a",
    ":/a",
    "/" + "long-path-" * 5,
    "/a-",
    "/a.",
    "/[x]",
    "/😀",
    "/1\ufe0f\u20e3",
    "/Ιι",
]
TRAILING = [
    *".,;:!?)]}'\"…»”’*_-/\\|~`@#$%^&=+<>",
    "",
    "...",
    "?!",
    ").",
    ".)",
    "),",
    "。",
    "、",
    "，",
    "）",
    "：",
    "؟",
    "،",
]
BEFORE = [
    "",
    " ",
    "(",
    "[",
    "{",
    "<",
    '"',
    "'",
    "«",
    "“",
    "¿",
    "-",
    "_",
    ".",
    "/",
    "@",
    "#",
    "$",
    "＃",
    "＠",
    "：",
    ":",
]
BEFORE += [
    "é",
    "中",
    "文。",
    "😀",
    "👍🏽",
    "🇧🇪",
    "a",
    "1",
    "\n",
    "\t",
    "\u00a0",
    "\u200b",
    "\u200f",
    "\u202a",
    "\u2067",
]
BEFORE += ["\ufeff", "\u3000", "&", "=", "“(", "((", "a@", "\u0301", "\x85", "\x1c", "\u2028"]

TAGS = [
    "OrangeTheWorld",
    "16Days",
    "2026",
    "16",
    "1a",
    "a1",
    "_",
    "_a_",
    "é",
    "été2026",
    "日本",
    "العربية",
    "हिन्दी",
    "ไทย",
    "a-b",
    "a.b",
    "a's",
    "a/b",
    "C++",
    "😀",
    "😀a",
    "❤\ufe0f",
    "\ufe0f\u20e3",
    "\ufe0fa",
    "1\ufe0f\u20e3",
    "٣",
    "१२",
    "²",
    "Ⅳ",
    "a\u200bb",
    "a\u00adb",
    "a\u200db",
    "a\u2060b",
    "\u200da",
    "a#b",
    "#a",
    "##",
    "!!",
    "!a!",
    "a!!!",
    "a…",
    "a。",
    "(a)",
    "a)",
    "$a",
    "+",
    "=1",
    "x" * 64,
    "x" * 65,
    "é" * 64,
    "e\u0301" * 64,
    "👩‍👩‍👧‍👦" * 20,
    "👩‍👩‍👧‍👦" * 30,
    "क्षि" * 60,
]
HANDLES = [
    "alice.bsky.social",
    "belgium.be",
    "Belgium.be",
    "belgium.BE",
    "alice",
    "a.test",
    "a.TEST",
    ".test",
    ".com",
    "a.con",
    "-a.com",
    "a-.com",
    "a_b.com",
    "a..com",
    "1.com",
    "a.com-",
    "a.com--",
    "a.com.",
    "a.com...",
    "é.com",
    "a.é",
    "xn--p1ai.xn--p1ai",
    "a.b.c.d.org",
    "alice.bsky.social_",
    "alice.bsky.socialé",
    "a.com/b",
    "a.com's",
    "a.com@b.com",
    "a.museum",
    "handle.invalid",
]
CASHTAGS = [
    "$BE",
    "$be",
    "$Brent",
    "$Brents",
    "$1",
    "$A1",
    "$",
    "$$A",
    "$A.",
    "$A’s",
    "$A's",
    "$A-",
    "($A)",
    "$É",
    "＄A",
]

INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200e",
    "\u200f",
    "\u061c",
    "\u180e",
    "\ufe0f",
]
INVISIBLE += [
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
    "\u202a",
    "\u202c",
    "\u034f",
    "\u3164",
    "\u115f",
    "\ufe0e",
    "\u17b4",
]

SOUP = [
    *"abzAZ019.,:;/?#@$&=+-_~!*'()[]|%<>\"\\ \n\t",
    "..",
    "://",
    "http",
    "https://",
    "HTTP://",
    ".com",
    ".be",
    ".co",
]
SOUP += [
    "t.co",
    "https://t.co/",
    "xn--",
    "www.",
    "é",
    "ß",
    "Ι",
    "д",
    "中",
    "国",
    "。",
    "．",
    "रत",
    "א",
    "م",
    "ก",
    "😀",
    "👩",
]
SOUP += [
    "🇧",
    "🇪",
    "🏽",
    "❤",
    "\ufe0f",
    "\u20e3",
    "\u200d",
    "\u200b",
    "\u0301",
    "＃",
    "＠",
    "＄",
    "：",
    "（",
    "）",
    "’",
    "–",
    "…",
]
SOUP += [
    "\u00a0",
    "\u3000",
    "\u2028",
    "\ufeff",
    "\u00ad",
    "\u202e",
    ".中国",
    ".рф",
    ".भारत",
    "a.b",
    ".music",
    "test",
    ".test",
]

WORDS = {
    "nl": "Geweld tegen vrouwen is nooit een privézaak België één onderzoek recht stem geëerd",
    "fr": "La violence contre les femmes n’est jamais une affaire privée « égalité » œuvre où ça",
    "de": "Gewalt gegen Frauen ist nie Privatsache Größe Mädchen für Österreich",
    "en": "Violence against women is never a private matter we’re equal",
    "ja": "女性に対する暴力は 決して 私的な 問題ではありません",
    "ar": "العنف ضد المرأة ليس شأنًا خاصًا أبدًا",
    "hi": "महिलाओं के विरुद्ध हिंसा कभी निजी मामला नहीं",
    "ru": "Насилие в отношении женщин никогда не является личным делом",
    "ko": "여성에 대한 폭력은 결코 사적인 문제가 아닙니다",
    "th": "ความรุนแรงต่อสตรี ไม่ใช่เรื่องส่วนตัว",
}


def points(ranges: str) -> list[str]:
    """The characters of ranges of code points in hexadecimal."""
    ends = [item.split("-") for item in ranges.split()]
    return [chr(point) for item in ends for point in range(int(item[0], 16), int(item[-1], 16) + 1)]


def chunks(items: list[str], size: int) -> Iterator[list[str]]:
    """The items, some at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def scripts(random: Random) -> Iterator[tuple[str, str]]:
    """Words in every script, some with an address, a tag or an emoji stuck to them."""
    for name, ranges in SCRIPTS.items():
        letters = points(ranges)

        def word(letters: list[str] = letters) -> str:
            return "".join(random.choice(letters) for _ in range(random.randint(1, 9)))

        for _ in range(30):
            text = " ".join(word() for _ in range(random.randint(1, 6)))
            yield f"script {name}", text
        for _ in range(8):
            stuck = random.choice(
                ["example.com", "https://example.com/a", "#", "@a.com", "😀", "👩🏽‍💻", ".com", "1.be"]
            )
            yield f"script {name}", random.choice([word() + stuck, stuck + word(), f"{word()} {stuck}{word()}"])


def emoji(random: Random) -> Iterator[tuple[str, str]]:
    """Emoji of one code point and of many, whether they exist or not."""
    single = points(
        "a9 ae 203c 2049 2122 2139 2190-21ff 2300-23ff 24c2 25a0-27bf 2900-297f 2b00-2bff 3030 303d 3297 3299"
    )
    single += points("1f000-1f0ff 1f170-1f1ff 1f200-1f265 1f300-1f6ff 1f7e0-1f7f0 1f90c-1faff")
    for some in chunks(single, 6):
        yield "emoji", "".join(some)
        yield "emoji styled", " ".join(one + "\ufe0f" for one in some)
        yield "emoji as text", " ".join(one + "\ufe0e" for one in some)
        yield "emoji toned", " ".join(one + random.choice(TONES) for one in some)
        yield "emoji joined", " ".join(one + "\u200d♂\ufe0f" for one in some)
        yield "emoji joined", " ".join(one + random.choice(TONES) + "\u200d♀\ufe0f" for one in some)
    letters = points("1f1e6-1f1ff")
    for first in letters:
        yield "flags", " ".join(first + second for second in letters)
    for _ in range(60):
        yield "flags", "".join(random.choice(letters) for _ in range(random.randint(1, 7)))
    for region in ("gbeng", "gbsct", "gbwls", "gbnir", "beBRU", "ustx", ""):
        tag = "".join(chr(0xE0000 + ord(letter)) for letter in region)
        yield "flags", f"🏴{tag}\U000e007f 🏴{tag}"
    for key in "0123456789#*a":
        yield "keycaps", f"{key}\u20e3 {key}\ufe0f\u20e3 {key}\ufe0f {key}{key}\ufe0f\u20e3"
    for person, sign in product(PEOPLE, SIGNS):
        tone = random.choice(["", *TONES])
        yield "emoji joined", f"{person}{tone}\u200d{sign}\ufe0f {person}\u200d{sign} {person}{tone}\u200d{sign}"
    pieces = [
        *PEOPLE,
        *SIGNS,
        *TONES,
        "\u200d",
        "\u200d",
        "\u200d",
        "\ufe0f",
        "\ufe0f",
        "\ufe0e",
        "🏴",
        "🏳",
        "👁",
        "🇧",
        "🇪",
    ]
    for _ in range(600):
        yield "emoji joined", "".join(random.choice(pieces) for _ in range(random.randint(2, 9)))
    adults, children = ["👨", "👩", "🧑"], ["👦", "👧", "🧒"]
    for family in product(["", *adults], adults, ["", *children], children):
        yield "emoji joined", "\u200d".join(member for member in family if member)
    for left, middle, right in product(adults, ["❤\ufe0f", "❤", "❤\ufe0f\u200d💋", "🤝"], adults):
        yield "emoji joined", f"{left}\u200d{middle}\u200d{right}"


def clusters(random: Random) -> Iterator[tuple[str, str]]:
    """What several code points make one character of: marks, jamo, conjuncts, line ends."""
    marks = points(MARKS)
    bases = [*"aeiouEnçß", "日", "م", "क", "😀", " ", "1", "."]
    for _ in range(250):
        yield (
            "combining marks",
            "".join(
                random.choice(bases) + "".join(random.choice(marks) for _ in range(random.randint(0, 4)))
                for _ in range(random.randint(1, 8))
            ),
        )
    lead, vowel, tail = points("1100-1112"), points("1161-1175"), points("11a8-11c2")
    for _ in range(120):
        pieces = [random.choice(random.choice([lead, vowel, tail, ["가", "각"]])) for _ in range(random.randint(2, 10))]
        yield "jamo", "".join(pieces)
    for some in chunks(points(WEIGHTS), 5):
        yield "weights", "".join(some)
    for first, virama in (("0915", "094d"), ("0995", "09cd"), ("0a95", "0acd"), ("0b15", "0b4d"), ("0c15", "0c4d")):
        yield from conjuncts(random, int(first, 16), chr(int(virama, 16)))
    for first, virama in (("0d15", "0d4d"), ("0b95", "0bcd"), ("0c95", "0ccd"), ("0d9a", "0dca"), ("1000", "1039")):
        yield from conjuncts(random, int(first, 16), chr(int(virama, 16)))
    for end in ("\n", "\r\n", "\r", "\n\r", "\r\n\r\n", "\u2028", "\x0b", "\x00", "\x7f"):
        yield "line ends", f"a{end}b{end}"
        yield "line ends", f"é{end}{end}b"
    for _ in range(200):
        yield "invisible", "".join(random.choice([*INVISIBLE, *"ab .#@é中"]) for _ in range(random.randint(1, 12)))


def conjuncts(random: Random, first: int, virama: str) -> Iterator[tuple[str, str]]:
    """Consonants joined by a virama, with and without joiners."""
    links = [virama, virama + "\u200d", virama + "\u200c", virama * 2, "", "\u0301" + virama, "\u200d"]
    for _ in range(25):
        pieces = [chr(first + random.randint(0, 10)) + random.choice(links) for _ in range(random.randint(2, 6))]
        yield "conjuncts", "".join(pieces)


def addresses(random: Random) -> Iterator[tuple[str, str]]:
    """Addresses of every kind, behind and before everything."""
    for host, scheme in product(HOSTS, SCHEMES):
        yield "addresses", f"See {scheme}{host}{random.choice(PATHS)} now"
    for scheme, path, host in product(["", "https://"], PATHS, ["example.com", "кремль.рф", "t.co"]):
        yield "paths", f"{scheme}{host}{path} b"
    for scheme, end, path in product(["", "https://"], TRAILING, ["", "/", "/a", "/a?b=c"]):
        yield "trailing punctuation", f"See {scheme}example.com{path}{end}{random.choice(['', ' b', 'b', 'é'])}"
    for before, scheme, host in product(BEFORE, ["", "http://"], ["example.com", "é.com", "中.com", "a.中国/b"]):
        yield "before an address", f"{random.choice(['', 'a', 'a ', '中'])}{before}{scheme}{host}"
    for some in chunks(points(ADDRESS_CHARACTERS), 6):
        for form in ("a.be/b{}", "https://a.be/{}", "https://b{}a.com", "c{}a.be", "{}.com", "a.be{}"):
            yield "characters in addresses", " ".join(form.format(one) for one in some)
    for start, end in ("()", "[]", "{}", "<>", "«»", "“”", "（）", "''", '""', "**", "__"):
        for address in ("example.com", "https://example.com/a", "https://example.com/a_(b)", "example.com/(a)b"):
            yield "in parentheses", f"{start}{address}{end} {start}see {address}{end}."
    for scheme, slug, end in product(
        ["", "http://", "https://"],
        ["", "/", "/abc", "/abc/d", "/abc?d=e", "/abc-d", "/" + "a" * 40, "/" + "a" * 41, "/é", "/abcé", "/abc?d=."],
        ["", ".", " x"],
    ):
        yield "t.co", f"{scheme}t.co{slug}{end}"
    for _ in range(500):
        parts = [random.choice(BEFORE), random.choice(SCHEMES), random.choice(HOSTS), random.choice(PATHS)]
        one = "".join([*parts, random.choice(TRAILING)])
        other = "".join([random.choice(HOSTS), random.choice(PATHS), random.choice(TRAILING)])
        yield "addresses mixed", random.choice(["{} {}", "{}{}", "{},{}", "{}\n{}", "{}({})"]).format(one, other)
    yield "addresses", "https://example.com/" + "a" * 4068
    yield "addresses", "https://example.com/" + "a" * 4069
    for name in ("amazon", "kids", "music", "spa", "アマゾン"):
        yield "younger names", f"example.{name} https://example.{name}/a/rather/long/path/to/something and b.{name}/x"
    for text in (
        "https://",
        "https:///a",
        "https://.",
        "https://)",
        "https://…",
        "http://a",
        "https://a.b.c(d)",
        "http://)x",
    ):
        yield "odd links", f"See {text} now"


def tags(random: Random) -> Iterator[tuple[str, str]]:
    """Hashtags, cashtags, mentions."""
    for tag, sign in product(TAGS, "#＃"):
        yield "hashtags", f"{sign}{tag}"
        yield "hashtags", f"A {sign}{tag}{random.choice(TRAILING)} b{sign}{tag} ({sign}{tag})"
    for _ in range(300):
        yield (
            "hashtags",
            " ".join(
                random.choice(["", "", "", "(", "a"])
                + random.choice("#＃")
                + random.choice(TAGS)
                + random.choice(TRAILING)
                for _ in range(random.randint(1, 4))
            ),
        )
    for handle, end in product(HANDLES, TRAILING):
        yield "mentions", f"{random.choice(['', 'Hi ', '(', 'é ', 'x', '.'])}@{handle}{end}"
    for tag in CASHTAGS:
        yield "cashtags", f"{tag} a {tag}, ({tag} {tag}{random.choice(TRAILING)}"


def mixtures(random: Random) -> Iterator[tuple[str, str]]:
    """Posts as people write them, and soup."""
    extras = ["😀", "👩🏽‍⚖️", "🧑‍⚖️", "🇧🇪", "🧡", "☎️", "1️⃣", "…", "—", "“x”", "100 %", "½", "№", "A.B.", "\n\n", "🫶🏾"]
    for language, words in WORDS.items():
        for _ in range(30):
            text = " ".join(random.choice(words.split()) for _ in range(random.randint(3, 25)))
            for _ in range(random.randint(0, 5)):
                extra = random.choice([extras, HOSTS, TAGS, HANDLES, CASHTAGS])
                start = {id(TAGS): "#", id(HANDLES): "@", id(HOSTS): random.choice(SCHEMES)}.get(id(extra), "")
                text += random.choice(["", " ", " ", " ", "\n", "("]) + start + random.choice(extra)
            yield f"posts {language}", text + random.choice(TRAILING)
    wide = [chr(point) for point in range(0xFF01, 0xFF5F)]
    for _ in range(120):
        letters = "".join(random.choice(wide) for _ in range(random.randint(2, 12)))
        yield (
            "full-width",
            random.choice(["{}", "https://example.com/{}", "{}example.com", "＃{} #{}"]).replace("{}", letters),
        )
    for _ in range(250):
        hebrew = "".join(random.choice(points("05d0-05ea 0627-064a")) for _ in range(random.randint(2, 8)))
        mark = random.choice(["", "\u200f", "\u202b", "\u2067", "\u200e", "\u061c"])
        other = random.choice(["example.com", "https://example.com/א", "#" + hebrew, "@a.com", "(a.be)", "٣.be", "1️⃣"])
        yield (
            "right to left",
            random.choice([f"{hebrew} {mark}{other} {hebrew}", f"{mark}{other}{hebrew}", hebrew + mark + other]),
        )
    for _ in range(2500):
        yield "soup", "".join(random.choice(SOUP) for _ in range(random.randint(2, 24)))


def corpus(seed: int = 16) -> list[tuple[str, str]]:
    """Every string with its family, each once."""
    random = Random(seed)  # noqa: S311 - nothing secret
    families = (scripts, emoji, clusters, addresses, tags, mixtures)
    texts: dict[str, str] = {}
    for family in families:
        for name, text in family(random):
            texts.setdefault(text, name)
    return [(name, text) for text, name in texts.items()]


if __name__ == "__main__":
    for line in corpus():
        sys.stdout.write(json.dumps(line) + "\n")
