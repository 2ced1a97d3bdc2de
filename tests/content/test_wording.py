"""The wording: what every placeholder becomes, and what is said of one that becomes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from orangeday.content import campaign, config
from orangeday.content.problems import Location, Problem, Scope, Severity
from orangeday.content.wording import RenderedText, render

Write = Callable[[Mapping[str, str | bytes]], Path]

CAMPAIGN = """\
id = "16days"
minister = "Maxime Prévot"

[hashtags]
en = ["#16Days", "#OrangeTheWorld"]
fr = ["#16Days", "#OrangezLeMonde"]
pt = ["#16Dias", "#Laranja"]
pt-BR = ["#16Dias"]

[handles.un-women]
name = { en = "UN Women", fr = "ONU Femmes", pt = "ONU Mulheres" }
x = "UN_Women_test"

[handles.council]
name = "the Council"
bluesky = "council.example"

[handles.partner]
name = { fr = "le partenaire" }
"""

CONFIG = """\
[embassies.nairobi]
name = { en = "the Belgian Embassy in Nairobi", fr = "l’ambassade de Belgique à Nairobi", pt = "a Embaixada" }
city = { en = "Nairobi", fr = "Nairobi", pt = "Nairóbi", pt-BR = "Nairobi" }
in_city = { en = "in Nairobi", fr = "à Nairobi" }
country = { en = "Kenya", fr = "Kenya" }
in_country = { en = "in Kenya", fr = "au Kenya" }
timezone = "Africa/Nairobi"
languages = ["en", "fr", "pt-BR"]
x = { handle = "example_be_nairobi" }

[embassies.odd]
name = { en = "{city} {link}", fr = "écho" }
city = { en = "  ", zh-Hans = "奥德" }
timezone = "Etc/UTC"
languages = ["en"]
without_hashtags = ["#OrangeTheWorld"]
x = { handle = "example_be_odd_one" }
"""

DAY = 'title = "Day 5"\nfacts = []\nlink = "https://example.org/a?b=c#d"\n'


@dataclass
class Words:
    """A way to write one text, and to have it worded."""

    write: Write

    def __call__(
        self,
        text: str,
        *,
        language: str = "en",
        embassy: str = "nairobi",
        platform: str = "x",
        top: str = CAMPAIGN,
        day: str = DAY,
    ) -> RenderedText:
        return self.file(f"text = '''\n{text}'''\n", language, embassy, platform, top, day)

    def file(
        self,
        content: str | bytes,
        language: str = "en",
        embassy: str = "nairobi",
        platform: str = "x",
        top: str = CAMPAIGN,
        day: str = DAY,
    ) -> RenderedText:
        """The same, from the whole file of a Translation."""
        folder = self.write(
            {
                "config.toml": CONFIG,
                "posts/campaign.toml": top,
                "posts/05-day/day.toml": day,
                f"posts/05-day/{language}.toml": content,
            }
        )
        read = campaign.load(folder / "posts")
        the_day = read.days[5]
        embassies = config.load(folder / "config.toml").embassies
        return render(read, the_day, the_day.translations[language], embassies[embassy], platform)

    @property
    def en(self) -> Path:
        """The file of the text in English."""
        return self.write({}) / "posts/05-day/en.toml"


@pytest.fixture
def words(write: Write) -> Words:
    return Words(write)


def only(wording: RenderedText) -> Problem:
    """Its one problem."""
    (problem,) = wording.problems
    return problem


# What becomes of a placeholder


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("{embassy}", "the Belgian Embassy in Nairobi"),
        ("{Embassy}", "The Belgian Embassy in Nairobi"),
        ("{city}", "Nairobi"),
        ("{in_city}", "in Nairobi"),
        ("{In_city}", "In Nairobi"),
        ("{country}", "Kenya"),
        ("{Country}", "Kenya"),
        ("{in_country}", "in Kenya"),
        ("{In_country}", "In Kenya"),
        ("{link}", "https://example.org/a?b=c#d"),
        ("{hashtags}", "#16Days #OrangeTheWorld"),
        ("{minister}", "Maxime Prévot"),
        ("{@un-women}", "@UN_Women_test"),
        ("{@council}", "the Council"),
        ("{city}{city}, {city}", "NairobiNairobi, Nairobi"),
        ("a {{ brace }} and {{city}}", "a { brace } and {city}"),
        ("{{{city}}}", "{Nairobi}"),
        ("{{{{", "{{"),
        ("100 % \\n $1 \\1 \\g<0>", "100 % \\n $1 \\1 \\g<0>"),
        ("no placeholder at all: @un-women", "no placeholder at all: @un-women"),
    ],
)
def test_every_placeholder_becomes_its_value(text: str, becomes: str, words: Words) -> None:
    assert words(text) == RenderedText(becomes, ())


def test_a_capital_placeholder_capitalises_its_first_letter_and_no_more(words: Words) -> None:
    assert words("{Embassy} {In_country}", language="fr").text == "L’ambassade de Belgique à Nairobi Au Kenya"
    assert words("{Embassy}", language="fr", embassy="odd").text == "Écho"


def test_a_value_that_has_braces_is_not_filled_again(words: Words) -> None:
    assert words("{embassy}!", embassy="odd") == RenderedText("{city} {link}!", ())


def test_white_space_is_stripped_around_the_text_and_kept_inside(words: Words) -> None:
    text = " \n\t\u00a0 First.  Two spaces.\n\n\n  Last. \u00a0\n\n {hashtags} \n\n"
    stripped = "First.  Two spaces.\n\n\n  Last. \u00a0\n\n"
    assert words(text).text == f"{stripped} #16Days #OrangeTheWorld"
    assert words(text, day=DAY + "hashtags = []\n").text == stripped.rstrip()


@pytest.mark.parametrize(
    ("language", "text", "becomes"),
    [
        ("pt-BR", "{embassy}", "a Embaixada"),  # said for pt alone
        ("pt-BR", "{city}", "Nairobi"),  # said for pt-BR itself
        ("pt", "{city}", "Nairóbi"),
        ("pt-BR", "{hashtags}", "#16Dias"),
        ("pt", "{hashtags}", "#16Dias #Laranja"),
        ("fr-CA", "{in_country}", "au Kenya"),
        ("fr-Latn-CA", "{hashtags}", "#16Days #OrangezLeMonde"),
    ],
)
def test_a_regions_language_falls_back_on_the_language(language: str, text: str, becomes: str, words: Words) -> None:
    assert words(text, language=language) == RenderedText(becomes, ())


def test_a_script_falls_back_no_further_than_itself(words: Words) -> None:
    assert words("{city}", language="zh-Hans-CN", embassy="odd").text == "奥德"
    assert only(words("{city}", language="zh-Hant-TW", embassy="odd")).rule == "missing-value"


@pytest.mark.parametrize(
    ("text", "language", "platform", "becomes"),
    [
        ("{@un-women}", "en", "x", "@UN_Women_test"),
        ("{@un-women}", "fr", "x", "@UN_Women_test"),
        ("{@un-women}", "en", "bluesky", "UN Women"),
        ("{@un-women}", "fr", "bluesky", "ONU Femmes"),
        ("{@un-women}", "pt-BR", "bluesky", "ONU Mulheres"),
        ("{@council}", "en", "bluesky", "@council.example"),
        ("{@council}", "fr", "x", "the Council"),  # one name for every language
        ("{@partner}", "fr", "x", "le partenaire"),
    ],
)
def test_the_handle_book_gives_the_platforms_own_handle_or_else_the_name(
    text: str, language: str, platform: str, becomes: str, words: Words
) -> None:
    assert words(text, language=language, platform=platform) == RenderedText(becomes, ())


def test_each_platform_gets_its_own_variant(words: Words) -> None:
    both = "text = 'On X, {city}'\nbluesky = 'On Bluesky, {city}'\n"
    assert words.file(both, platform="x").text == "On X, Nairobi"
    assert words.file(both, platform="bluesky").text == "On Bluesky, Nairobi"


@pytest.mark.parametrize(
    ("embassy", "own", "becomes"),
    [
        ("nairobi", "", "#16Days #OrangeTheWorld"),
        ("odd", "", "#16Days"),
        ("nairobi", 'hashtags = ["#One", "#OrangeTheWorld", "#Two"]\n', "#One #OrangeTheWorld #Two"),
        ("odd", 'hashtags = ["#One", "#OrangeTheWorld", "#Two"]\n', "#One #Two"),
        ("odd", 'hashtags = ["#OrangeTheWorld"]\n', ""),
        ("nairobi", "hashtags = []\n", ""),
    ],
)
def test_a_day_has_its_own_hashtags_and_an_embassy_leaves_some_out(
    embassy: str, own: str, becomes: str, words: Words
) -> None:
    assert words("{hashtags}", embassy=embassy, day=DAY + own) == RenderedText(becomes, ())


# What is wrong with a text, and where


@pytest.mark.parametrize(
    ("placeholder", "hint"),
    [
        ("{ciy}", "Did you mean “city”? "),
        ("{City }", "Did you mean “city”? "),
        ("{ embassy }", "Did you mean “embassy”? "),
        ("{IN_COUNTRY}", "Did you mean “in_country”? "),
        ("{hashtag}", "Did you mean “hashtags”? "),
        ("{un-women}", "Did you mean “@un-women”? "),
        ("{@Un-Women}", "Did you mean “@un-women”? "),
        (
            "{xyz}",
            "There are: {link}, {hashtags}, {minister}, {helpline}, {embassy}, {city}, {in_city}, {country}, "
            "{in_country}, {@un-women}, {@council}, {@partner}.",
        ),
    ],
)
def test_an_unknown_placeholder_stays_and_the_nearest_one_is_named(placeholder: str, hint: str, words: Words) -> None:
    wording = words(f"Line two.\n\nLine four has {placeholder}.\n")
    assert wording.text == f"Line two.\n\nLine four has {placeholder}."
    problem = only(wording)
    assert problem == Problem(
        Severity.ERROR,
        "unknown-placeholder",
        Location(words.en, 4),
        f"unknown placeholder {placeholder}.",
        hint,
    )
    assert problem.scope == Scope(day=5, platform="x", language="en")


def test_an_empty_placeholder_is_unknown_too(words: Words) -> None:
    assert only(words("a {} b")).message == "unknown placeholder {}."


@pytest.mark.parametrize(
    ("text", "lone"),
    [
        ("one { here", [("{", 2)]),
        ("one } here", [("}", 2)]),
        ("line two\n{city}}", [("}", 3)]),
        ("line two\n{{city}", [("}", 3)]),
        ("not across {city\nlines}", [("{", 2), ("}", 3)]),
        ("}\n\n{", [("}", 2), ("{", 4)]),
    ],
)
def test_a_lone_brace_is_a_problem_on_its_own_line(text: str, lone: list[tuple[str, int]], words: Words) -> None:
    found = words(text).problems
    assert [(problem.message, problem.hint, problem.location) for problem in found] == [
        (f"“{brace}” stands alone.", f"Write {brace * 2} for a brace.", Location(words.en, line))
        for brace, line in lone
    ]
    assert {problem.rule for problem in found} == {"lone-brace"}
    assert {problem.scope for problem in found} == {Scope(day=5, platform="x", language="en")}


def test_of_braces_without_end_some_are_named(words: Words) -> None:
    wording = words("}" * 4_999)
    assert wording.text == "}" * 2_500, "two are one, and the last stands alone"
    assert len(wording.problems) == 1
    assert len(words("} " * 4_000).problems) == 20


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
def test_lines_are_counted_alike_whatever_ends_them(ends: str, mark: bytes, words: Words) -> None:
    lines = [
        "# a comment",
        "",
        "text = '''",
        "The city is {city},",
        "",
        "and é {oops} 🧡 {nope}",
        "'''",
        'bluesky = """First {first}',
        'second {second}"""',
        "[alt]",
    ]
    content = mark + ends.join(lines).encode()
    on_x, on_bluesky = words.file(content), words.file(content, platform="bluesky")
    assert on_x.text == "The city is Nairobi,\n\nand é {oops} 🧡 {nope}"
    assert [problem.location for problem in on_x.problems] == [Location(words.en, 6)] * 2
    assert [problem.location for problem in on_bluesky.problems] == [Location(words.en, 8), Location(words.en, 9)]


def test_a_problem_is_where_the_platforms_own_wording_stands(words: Words) -> None:
    content = "text = 'fine'\nbluesky = '{oops}'\n"
    assert words.file(content, platform="x").problems == ()
    problem = only(words.file(content, platform="bluesky"))
    assert problem.location == Location(words.en, 2)
    assert problem.scope == Scope(day=5, platform="bluesky", language="en")


@pytest.mark.parametrize(
    ("text", "language", "embassy", "message", "hint"),
    [
        (
            "{embassy}",
            "de",
            "nairobi",
            "[embassies.nairobi] has no “name” in “de”.",
            'Add it there: name = { de = "…" }',
        ),
        ("{Embassy}", "de", "odd", "[embassies.odd] has no “name” in “de”.", 'Add it there: name = { de = "…" }'),
        (
            "{in_city}",
            "en",
            "odd",
            "[embassies.odd] has no “in_city” in “en”.",
            'Add it there: in_city = { en = "…" }',
        ),
        (
            "{Country}",
            "pt-BR",
            "nairobi",
            "[embassies.nairobi] has no “country” in “pt-BR”.",
            'Add it there: country = { pt-BR = "…" }',
        ),
        (
            "{hashtags}",
            "de",
            "nairobi",
            "campaign.toml has no hashtags in “de”.",
            'Add below [hashtags]: de = ["#…"]',
        ),
        (
            "{@partner}",
            "en",
            "nairobi",
            "the handle book has no name for @partner in “en”.",
            "Add it below [handles.partner].",
        ),
    ],
)
def test_a_value_that_a_language_lacks_is_a_problem_of_that_embassy(
    text: str, language: str, embassy: str, message: str, hint: str, words: Words
) -> None:
    wording = words(f"One.\n{text}", language=language, embassy=embassy)
    problem = only(wording)
    file = words.en.with_name(f"{language}.toml")
    assert problem == Problem(Severity.ERROR, "missing-value", Location(file, 3), message, hint)
    assert problem.scope == Scope(5, frozenset({embassy}), "x", language)
    assert wording.text == f"One.\n{text}"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{link}", "the day has no link.", 'Add to its day.toml: link = "https://…"'),
        ("{minister}", "campaign.toml names no minister.", 'Add at its top: minister = "…"'),
    ],
)
@pytest.mark.parametrize("empty", [False, True], ids=["left out", "empty"])
def test_a_link_or_a_minister_that_is_not_there_is_a_problem(
    text: str, message: str, hint: str, empty: bool, words: Words
) -> None:
    top = 'id = "16days"\n' + ('minister = ""\n' if empty else "")
    day = 'title = "Day 5"\nfacts = []\n' + ('link = " "\n' if empty else "")
    problem = only(words(f"See {text}.", top=top, day=day))
    assert (problem.rule, problem.message, problem.hint) == ("missing-value", message, hint)
    assert problem.location == Location(words.en, 2)


def test_an_embassys_empty_value_is_none_at_all(words: Words) -> None:
    problem = only(words("From {city}.", embassy="odd"))
    assert problem.message == "[embassies.odd] has no “city” in “en”."


def test_every_problem_of_a_text_is_said_at_once(words: Words) -> None:
    found = words("{one} {\n{two} }\n{in_city}", embassy="odd").problems
    assert [(problem.location.line, problem.rule) for problem in found] == [
        (2, "unknown-placeholder"),
        (2, "lone-brace"),
        (3, "unknown-placeholder"),
        (3, "lone-brace"),
        (4, "missing-value"),
    ]


def test_wording_twice_is_wording_once(words: Words) -> None:
    text = "{Embassy} and {@un-women}, {oops}: {hashtags}"
    assert words(text) == words(text)


# A name that ends with a full stop of its own


def a_name(words: Words, name: str, text: str) -> str:
    """Returns the text with {@partner} as an organisation, or a place, of this name."""
    top = CAMPAIGN.replace('[handles.partner]\nname = { fr = "le partenaire" }', f'[handles.partner]\nname = "{name}"')
    return words(text, top=top).text


@pytest.mark.parametrize(
    ("name", "text", "becomes"),
    [
        ("Washington, D.C.", "From {@partner}.", "From Washington, D.C."),
        ("Washington, D.C.", "From {@partner}. Join us.", "From Washington, D.C. Join us."),
        ("Washington, D.C.", "From {@partner}.\nJoin us.", "From Washington, D.C.\nJoin us."),
        ("Washington, D.C.", "({@partner}.)", "(Washington, D.C.)"),
        ("Washington, D.C.", "“From {@partner}.”", "“From Washington, D.C.”"),
        ("Martin Luther King Jr.", "By {@partner}.", "By Martin Luther King Jr."),
        ("rue de l’Univ.", "Rue : {@partner}.", "Rue : rue de l’Univ."),
        ("Partner Inc.", "{@partner}{hashtags}.", "Partner Inc.#16Days #OrangeTheWorld."),
        ("モーニング娘。", "今日は{@partner}。", "今日はモーニング娘。"),
        ("डॉ॰ राम।", "{@partner}।", "डॉ॰ राम।"),
        ("ادارہ۔", "{@partner}۔", "ادارہ۔"),
        ("ድርጅት።", "{@partner}። {city}።", "ድርጅት። Nairobi።"),
    ],
)
def test_a_name_that_ends_with_a_full_stop_has_one_at_the_end_of_a_sentence(
    name: str, text: str, becomes: str, words: Words
) -> None:
    assert a_name(words, name, text) == becomes


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Washington, D.C.", "{@partner}, USA"),
        ("Washington, D.C.", "{@partner}!"),
        ("Washington, D.C.", "{@partner}?"),
        ("Washington, D.C.", "{@partner}…"),
        ("Washington, D.C.", "{@partner}..."),
        ("Washington, D.C.", "{@partner} ."),
        ("Washington, D.C.", "({@partner})."),
        ("Washington, D.C.", "{@partner}。"),
        ("Washington, D.C.", "..{@partner}"),
        ("Westward Ho!", "{@partner}."),
        ("Wait…", "{@partner}."),
        ("Wait...", "{@partner}."),
        ("Nairobi", "{@partner}."),
        ("Nairobi", "{@partner}.."),
        ("Nairobi", "Two.. {@partner} {{..}}."),
    ],
)
def test_nothing_else_about_a_text_is_changed(name: str, text: str, words: Words) -> None:
    whole = text.replace("{@partner}", name).replace("{{", "{").replace("}}", "}")
    assert a_name(words, name, text) == whole


def test_a_name_before_hashtags_that_are_left_out_still_ends_the_sentence(words: Words) -> None:
    top = CAMPAIGN.replace('en = ["#16Days", "#OrangeTheWorld"]', "en = []")
    top = top.replace('name = "the Council"', 'name = "the Council, Inc."').replace('bluesky = "council.example"', "")
    assert words("From {@council}{hashtags}.", top=top).text == "From the Council, Inc."
    assert words("From {@council} {hashtags}.", top=top).text == "From the Council, Inc. ."


def test_a_link_keeps_its_end(words: Words) -> None:
    """Platforms leave the last full stop out of an address: with one alone it would be the address's own."""
    day = DAY.replace("https://example.org/a?b=c#d", "https://example.org/wiki/D.C.")
    assert words("See {link}.", day=day).text == "See https://example.org/wiki/D.C.."
