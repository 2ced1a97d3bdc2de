"""The rules about texts: each by a file that breaks it, in its exact words, and by one that only looks like it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orangeday.content.plan import Plan
from orangeday.content.problems import Scope, Severity
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import BEFORE, EXAMPLE, plan_of
from ..support.judged import DAY_5, EN, FIVE, FR, NAIROBI, OWN, PICTURE, TWO, held, planned, problems, said
from ..support.offset_clock import environment_at


def test_a_campaign_of_plain_texts_breaks_no_rule(tmp_path: Path) -> None:
    assert check(planned(tmp_path, {}, embassies=FIVE), BEFORE) == []


def test_what_nobody_posts_is_a_draft_and_is_not_judged(tmp_path: Path) -> None:
    assert check(planned(tmp_path, {"posts/05-day/es.toml": 'text = "TBD 2031 #orangetheworld [name]"\n'})) == []


# Alt texts


def test_a_picture_without_an_alt_text_holds_its_language(tmp_path: Path) -> None:
    files = {DAY_5: PICTURE, EN: 'text = "Hello from {city}"\n[alt]\n"media/05.png" = "A crowd."\n'}
    plan = planned(tmp_path, files)
    assert said(plan, "missing-alt") == [
        "posts/05-day/fr.toml:1: error: the picture “media/05.png” has no alt text. "
        'Say below [alt] what it shows, in “fr”: "media/05.png" = "…"'
    ]
    assert held(plan, "missing-alt") == {"nairobi/x/fr", "nairobi/bluesky/fr"}


def test_own_words_need_their_own_alt_text_and_hold_that_embassy_alone(tmp_path: Path) -> None:
    alt = '\n[alt]\n"media/05.png" = "{}"\n'
    files = {
        DAY_5: PICTURE,
        EN: 'text = "Hello from {city}"' + alt.format("A crowd."),
        FR: 'text = "Bonjour, {city}"' + alt.format("Une foule."),
        OWN: 'text = "Karibu, {city}!"\n',
    }
    plan = planned(tmp_path, files, embassies=TWO)
    assert [problem.location.file.name for problem in problems(plan, "missing-alt")] == ["en.nairobi.toml"]
    assert held(plan, "missing-alt") == {"nairobi/x/en", "nairobi/bluesky/en"}


def test_an_empty_alt_text_is_said_once(tmp_path: Path) -> None:
    files = {DAY_5: PICTURE, EN: 'text = "Hello from {city}"\n[alt]\n"media/05.png" = ""\n'}
    plan = planned(tmp_path, files, ("en",))
    assert said(plan, "missing-alt") == []
    assert [problem.message for problem in problems(plan, "empty-text")] == ["“media/05.png” is empty."]


@pytest.mark.parametrize(
    ("french", "rows"),
    [
        (
            "A  crowd in orange. ",
            [
                "posts/05-day/fr.toml:3: warning: the alt text of “media/05.png” is the same as in en.toml. "
                "Say it in “fr”."
            ],
        ),
        ("Une foule en orange.", []),
    ],
)
def test_an_alt_text_that_stands_in_two_languages_was_pasted(french: str, rows: list[str], tmp_path: Path) -> None:
    alt = '[alt]\n"media/05.png" = "{}"\n'
    files = {
        DAY_5: PICTURE,
        EN: 'text = "Hello from {city}"\n' + alt.format("A crowd in orange."),
        OWN: 'text = "Karibu, {city}"\n' + alt.format("A crowd in orange."),
        FR: 'text = "Bonjour, {city}"\n' + alt.format(french),
    }
    assert said(planned(tmp_path, files, embassies=TWO), "duplicate-alt") == rows


@pytest.mark.parametrize(
    ("alt", "begins"),
    [
        ("Image of a crowd", "Image of"),
        ("A photo of a crowd", "A photo of"),
        ("Bild von einer Menge", "Bild von"),
        ("Ein Foto von Genf", "Ein Foto von"),
        ("Afbeelding van een menigte", "Afbeelding van"),
        ("een foto van Genève", "een foto van"),
        ("Image de Genève", "Image de"),
        ("Une photo d’une foule", "Une photo d’"),
        ("Photo des ambassades", "Photo des"),
        ("A crowd takes an image of the lake", None),
        ("Photographers at work", None),
        ("Images of women on a wall", None),
        ("A photograph leans on a chair", None),
        ("Bildung für alle: ein Plakat", None),
    ],
)
def test_an_alt_text_does_not_begin_with_image_of(alt: str, begins: str | None, tmp_path: Path) -> None:
    files = {DAY_5: PICTURE, EN: f'text = "Hello from {{city}}"\n\n[alt]\n"media/05.png" = "{alt}"\n'}
    assert said(planned(tmp_path, files, ("en",)), "wordy-alt") == (
        [
            f"posts/05-day/en.toml:4: warning: the alt text of “media/05.png” begins with “{begins}”. "
            "Begin with what it shows: that it is an image, a screen reader says by itself."
        ]
        if begins
        else []
    )


# A text that stands in two places


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        (
            {EN: "text = '''\nOne for  all,\n{city}.\n'''\n", FR: 'text = "ONE for all, {city}."\n'},
            [("posts/05-day/fr.toml:1", "05-day/en.toml")],
        ),
        (
            {EN: 'text = "One, {city}."\n', "posts/09-day/en.toml": '# pasted\ntext = "One, {city}."\n'},
            [("posts/09-day/en.toml:2", "05-day/en.toml")],
        ),
        (
            {EN: 'text = "One, {city}."\n', "posts/09-day/en.toml": 'text = "Two."\nx = "One, {city}."\n'},
            [("posts/09-day/en.toml:2", "05-day/en.toml")],
        ),
        (
            {OWN: 'text = "Karibu."\n', "posts/09-day/en.nairobi.toml": 'text = "Karibu."\n'},
            [("posts/09-day/en.nairobi.toml:1", "05-day/en.nairobi.toml")],
        ),
        (
            {OWN: 'text = "One, {city}."\n', "posts/09-day/en.toml": 'text = "One, {city}."\n'},
            [("posts/05-day/en.nairobi.toml:1", "09-day/en.toml")],
        ),
        ({EN: 'text = "Karibu, {city}."\n', OWN: 'text = "Karibu, {city}."\n'}, []),
        ({OWN: 'text = "Karibu."\n', "posts/09-day/en.berlin.toml": 'text = "Karibu."\n'}, []),
        ({EN: 'text = "Karibu, {city}."\nbluesky = "Karibu, {city}."\n'}, []),
        ({EN: 'text = "One, {city}."\n', FR: 'text = "One, {country}."\n'}, []),
    ],
)
def test_a_text_that_stands_in_two_places_is_an_error(
    files: dict[str, str], rows: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert said(planned(tmp_path, files, embassies=TWO), "same-text") == [
        f"{where}: error: the same text stands in {other}. One of the two is a slip; an account can post it only once."
        for where, other in rows
    ]


# A text in another language

DUTCH = "Geweld tegen vrouwen en meisjes is een ernstige schending van de mensenrechten, ook in België."
ENGLISH = "Violence against women and girls is a serious violation of human rights, in Belgium too."
FRENCH = "La violence à l’égard des femmes est une violation grave des droits humains, en Belgique aussi."
SWAHILI = "Ukatili dhidi ya wanawake na wasichana ni ukiukaji mkubwa wa haki za binadamu, hata nchini Ubelgiji."


@pytest.mark.parametrize(
    ("languages", "text", "other"),
    [
        (("en", "fr", "nl"), DUTCH, "nl"),
        (("en", "fr"), ENGLISH, "en"),
        (("en", "fr", "sw"), SWAHILI, "sw"),
        (("en", "fr"), FRENCH, None),
        (("en", "fr", "sw"), FRENCH, None),
        (("en", "fr"), "Hello, {city}! {hashtags}", None),  # too short to tell
        (("en", "fr"), f"{FRENCH} #TheWorldIsOrangeForAllOfUs https://example.org/the/world/is/for/all", None),
    ],
)
def test_a_text_in_another_of_the_campaigns_languages_is_noticed(
    languages: tuple[str, ...], text: str, other: str | None, tmp_path: Path
) -> None:
    pytest.importorskip("py3langid")
    tags = 'id = "16days"\n[hashtags]\nfr = ["#16Days"]\nen = ["#16Days"]\nsw = ["#16Days"]\n'
    files = {"posts/campaign.toml": tags, FR: f"# the wrong one\ntext = '{text}'\n"}
    assert said(planned(tmp_path, files, languages), "other-language") == (
        [
            f"posts/05-day/fr.toml:2: warning: this text seems to be in “{other}”, not in “fr”. "
            "Was it pasted into the wrong file?"
        ]
        if other
        else []
    )


def test_every_shipped_text_is_noticed_in_another_languages_file(tmp_path: Path) -> None:
    pytest.importorskip("py3langid")
    shutil.copytree(EXAMPLE.parent / "posts", tmp_path / "posts")
    shutil.copy(EXAMPLE, tmp_path / "config.toml")
    following = {"nl": "fr", "fr": "de", "de": "en", "en": "nl"}
    for day in (tmp_path / "posts").glob("[01]*-*"):
        texts = {language: (day / f"{language}.toml").read_text("utf-8") for language in following}
        for language, text in texts.items():
            (day / f"{following[language]}.toml").write_text(text, "utf-8", newline="\n")
    found = problems(plan_of(tmp_path / "config.toml"), "other-language")
    assert len({problem.location.file for problem in found}) == 64
    assert len(found) > 64  # a platform's own wording is judged as well


@pytest.mark.integration
def test_the_shipped_campaign_is_judged_without_loading_a_model(tmp_path: Path) -> None:
    program = "import sys; from orangeday.cli import main; main(['check']); sys.exit('numpy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.integration
def test_without_the_extra_no_language_is_judged(tmp_path: Path) -> None:
    plan = planned(tmp_path, {FR: f"text = '{DUTCH}'\n"}, ("en", "fr", "nl"))
    program = (
        "import sys; sys.modules['py3langid'] = None; from orangeday.cli import main;"
        "from tests.support.offset_clock import live_ahead; live_ahead();"
        f"sys.exit(main(['check', '--strict', '--config', {str(plan.config.file)!r}]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment_at(BEFORE), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (ran.returncode, "other" in ran.stdout) == (0, False), ran.stdout + ran.stderr


# Facts and figures


def test_a_fact_that_no_day_cites_is_said_at_its_place(tmp_path: Path) -> None:
    facts = '[one]\nstatement = "One."\n\n[forgotten]\nparagraph = 2\nstatement = "Two."\n'
    plan = planned(tmp_path, {"posts/facts.toml": facts})
    assert said(plan, "uncited-fact") == [
        "posts/facts.toml:6: warning: no day cites the fact “forgotten”. "
        "Name it under “facts” in the day.toml of the days that say it, or delete it."
    ]
    accepted = planned(tmp_path, {"posts/facts.toml": f'{facts}\n[accept]\nuncited-fact = "For the next campaign."\n'})
    assert check(accepted) == []


def test_a_fact_that_an_unreadable_day_may_cite_is_not_called_uncited(tmp_path: Path) -> None:
    facts = '[one]\nstatement = "One."\n[two]\nstatement = "Two."\n'
    plan = planned(tmp_path, {"posts/facts.toml": facts, DAY_5: 'title = "open\nfacts = ["two"]\n'})
    assert said(plan, "uncited-fact") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In June 2024, {city} heard 1,000 voices.", []),
        ("En juin 2024, 1\u202f000 voix.", []),
        ("Im Juni 2024: 1.000 Stimmen.", []),
        ("Mille : 1 000. 2024.", []),
        ("في ٢٠٢٤", []),
        ("Day 5 of 16, 29 November", []),  # the day's number, the campaign's and its own date
        ("One in 7, says the title", []),
        ("{city} #16Days #UN75 https://example.org/2031 @be_2031 1️⃣ {link}", []),
        ("In 2023,\n{city}: 40% more", [(1, "2023"), (2, "40")]),
        ("2024 and 2025", [(1, "2025")]),
        ("Day 6 of 17", [(1, "6"), (1, "17")]),
        ("10,000 voices", [(1, "10000")]),
        ("24/7", [(1, "24")]),
    ],
)
def test_a_number_that_none_of_the_days_facts_has_is_a_claim(
    text: str, numbers: list[tuple[int, str]], tmp_path: Path
) -> None:
    facts = (
        '[one]\nstatement = "In June 2024 it heard 1,000 voices."\n[other]\nstatement = "In 2023 and 2025, and 2031."\n'
    )
    day = 'title = "Day 5"\nfacts = ["one"]\nlink = "https://example.org/2031"\n'
    top = 'id = "16days"\n[release]\ntitle = "One in 7 says no"\n'
    files = {"posts/campaign.toml": top, "posts/facts.toml": facts, DAY_5: day, EN: f"text = '''\n{text}\n'''\n"}
    assert said(planned(tmp_path, files, ("en",)), "unstated-number") == [
        f"posts/05-day/en.toml:{line + 1}: warning: the number {number} stands in none of the facts of day 5. "
        "Check it against the release: state it in facts.toml, or leave it out."
        for line, number in sorted(numbers, key=lambda row: (row[0], row[1]))
    ]


def test_a_number_is_not_judged_where_a_fact_of_the_day_is_unknown(tmp_path: Path) -> None:
    files = {DAY_5: 'title = "Day 5"\nfacts = ["one", "two"]\n', EN: 'text = "In 2024, {city}"\n'}
    assert said(planned(tmp_path, files, ("en",)), "unstated-number") == []


# The same on many accounts


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        (
            {EN: 'text = "Hello, all."\n'},
            [("posts/05-day/en.toml:1", "5 accounts on X would say the same: accra, berlin, lima and 2 more.")],
        ),
        (
            {EN: 'text = "Hello, all {hashtags}."\n\nx = "Hello"\n'},
            [("posts/05-day/en.toml:3", "5 accounts on X would say the same: accra, berlin, lima and 2 more.")],
        ),
        (
            {OWN: 'text = "Hello all!! 🧡 #16Days"\n', EN: 'text = "Hello, ALL."\n'},
            [
                (
                    "posts/05-day/en.nairobi.toml:1",
                    "5 accounts on X would say nearly the same: accra, berlin, lima and 2 more.",
                ),
                (
                    "posts/05-day/en.toml:1",
                    "5 accounts on X would say nearly the same: accra, berlin, lima and 2 more.",
                ),
            ],
        ),
        ({EN: 'text = "Hello from {city}"\n'}, []),
        ({EN: 'text = "Hello from {city}"\nbluesky = "Hello"\n'}, []),
        ({OWN: 'text = "Hello, all"\n'}, []),
        ({EN: 'text = "{city}: hello"\n', FR: 'text = "hello, {city}"\n'}, []),
    ],
)
def test_accounts_on_x_that_would_say_the_same_are_named(
    files: dict[str, str], rows: list[tuple[str, str]], tmp_path: Path
) -> None:
    plan = planned(tmp_path, files, embassies=FIVE)
    assert said(plan, "near-duplicate") == [
        f"{where}: warning: {message} "
        "X may hide them as spam. Name {city} or {embassy}, or write an embassy's own words."
        for where, message in rows
    ]


def test_that_accounts_say_the_same_can_be_accepted_however_many_embassies_there_are(tmp_path: Path) -> None:
    files = {EN: 'text = "Hello, all."\n[accept]\nnear-duplicate = "One sentence that all are to say."\n'}
    assert check(planned(tmp_path / "five", files, embassies=FIVE)) == []
    assert check(planned(tmp_path / "one", files)) == []


# What a platform doesn't recognise

LINK = "Write it with https:// before it, in small letters, and a space before and behind."
TAG = "Type # first, then letters and digits alone, then a space."
MENTION = "Write {@name}: the handle book in campaign.toml gives each platform its own handle."
APART = "Put a space between the two."
FULL_STOP = "Put a space behind the full stop; or, if it is an address, https:// before it."


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("#GBV (https://example.org) https://example.org/a_(b). #Ouagadougou, #हिंसा! news.belgium.be", []),
        ("mail@example.org, C#, #1, z.B., 9.30, https://example.org/#part?a=@b, 1️⃣#️⃣", []),
        ("(#GBV)", ["“#GBV” is no hashtag on Bluesky: “(” stands before it. " + APART]),
        (
            "end#GBV",
            [
                "“#GBV” is no hashtag on Bluesky: “d” stands before it. " + APART,
                "“#GBV” is no hashtag on X: “d” stands before it. " + APART,
            ],
        ),
        ("#non-violence", ["X takes “#non” for the hashtag, not “#non-violence”. " + TAG]),
        ("#GBV’s", ["Bluesky takes “#GBV’s” for the hashtag, not “#GBV”. " + TAG]),
        (
            "سلام#",
            ["“سلام#” is no hashtag on Bluesky. " + TAG, "“سلام#” is no hashtag on X. " + TAG],
        ),
        ("#سلام", []),
        ("：https://example.org", ["“https://example.org” is no link on Bluesky: “：” stands before it. " + APART]),
        ("“https://example.org”", ["“https://example.org” is no link on Bluesky: ““” stands before it. " + APART]),
        (
            "https://example.org…",
            ["Bluesky takes “https://example.org…” for the link, not “https://example.org”. " + LINK],
        ),
        ("foo-bar.com", ["“foo-bar.com” is no link on Bluesky. " + LINK]),
        ("EXAMPLE.COM", ["“EXAMPLE.COM” is no link on Bluesky. " + LINK]),
        ("end.Next", ["X makes a link of “end.Next”. " + FULL_STOP]),
        ("end. Next", []),
        ("@dom-ain.com", ["X takes “@dom” for the mention, not “@dom-ain.com”. " + MENTION]),
        ("@UN_Women", ["“@UN_Women” is no mention on Bluesky. " + MENTION]),
        ("https://example.org/@UN_Women", []),
    ],
)
def test_what_a_platform_takes_otherwise_than_it_is_meant_is_said(text: str, rows: list[str], tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '''\nFrom {{city}}:\n{text}\n'''\n"}, ("en",), TWO)
    assert said(plan, "unrecognised") == [f"posts/05-day/en.toml:3: warning: {row}" for row in rows]


def test_a_platforms_own_wording_is_judged_for_that_platform_alone(tmp_path: Path) -> None:
    files = {EN: 'text = "{city}: see (#GBV) and @UN_Women"\nbluesky = "{city}: see #GBV and @belgium.be"\n'}
    assert said(planned(tmp_path, files, ("en",)), "unrecognised") == []


def test_a_hashtag_that_a_platform_takes_otherwise_is_said_where_it_is_listed(tmp_path: Path) -> None:
    files = {
        "posts/campaign.toml": 'id = "16days"\n\n[hashtags]\nen = [\n  "#16Days",\n  "#non-violence",\n]\n',
        EN: 'text = "{city} {hashtags}"\n',
    }
    plan = planned(tmp_path, files, ("en",))
    assert said(plan, "unrecognised") == [
        f"posts/campaign.toml:6: warning: X takes “#non” for the hashtag, not “#non-violence”. {TAG}"
    ]
    assert problems(plan, "unrecognised")[0].scope == Scope(platform="x", language="en")


# Hashtags


# Mentions on X

BOOK = (
    '[handles.un-women]\nname = { en = "UN Women", fr = "ONU Femmes" }\nx = "UN_Women"\nbluesky = "unwomen.example"\n'
)
CONSEQUENCE = "X restricts who programs may mention: it may refuse the post, or suspend the app."
IN_WORDS = "Write the name in words, or other words for X alone, as “x” below the text."


def with_book(files: Mapping[str, str]) -> dict[str, str]:
    top = campaigns.files(["en", "fr"], NAIROBI)["posts/campaign.toml"]
    return {"posts/campaign.toml": top + BOOK, **files}


def test_a_handle_of_the_book_that_x_gets_is_warned_of_once_where_it_stands(tmp_path: Path) -> None:
    text = 'text = "Day %s, {city}, with {@un-women}."\n'
    files = {f"posts/{day:02}-day/{lang}.toml": text % f"{day} {lang}" for day in (3, 5, 4, 9) for lang in ("en", "fr")}
    plan = planned(tmp_path, with_book(files), embassies=TWO)
    (row,) = said(plan, "mention-on-x")
    place, _, message = row.partition(": warning: ")
    assert message == (
        f"{{@un-women}} mentions “@UN_Women”, on day 3-5, 9. {CONSEQUENCE} "
        "Delete “x” here, and the name stands in these texts, in words."
    )
    line = int(place.removeprefix("posts/campaign.toml:"))
    assert plan.campaign.folder.joinpath("campaign.toml").read_text("utf-8").splitlines()[line - 1] == 'x = "UN_Women"'
    assert held(plan, "mention-on-x") == set(), "the post goes out all the same"


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ('text = "Follow @UN_Women from {city}."', "UN_Women"),
        ('text = "Follow us."\nx = "With (@belgium)."', "belgium"),
        ('text = "{city}: ＠UN_Women"', "UN_Women"),
        ('text = ".@UN_Women/list and {city}"', "UN_Women/list"),
    ],
)
def test_a_mention_that_is_typed_is_warned_of_in_its_text(text: str, handle: str, tmp_path: Path) -> None:
    (row,) = said(planned(tmp_path, {EN: f"{text}\n"}), "mention-on-x")
    line = 2 if "\n" in text else 1
    assert row == f"{EN}:{line}: warning: “@{handle}” is a mention. {CONSEQUENCE} {IN_WORDS}"


def test_a_mention_in_an_embassys_name_is_that_embassys(tmp_path: Path) -> None:
    files = campaigns.files(["en"], TWO)
    files["config.toml"] = files["config.toml"].replace('"Berlin"', '"Berlin with @UN_Women"', 1)
    found = problems(plan_of(campaigns.write(tmp_path, files)), "mention-on-x")
    assert found and {problem.scope.embassies for problem in found} == {frozenset({"berlin"})}


@pytest.mark.parametrize(
    "text",
    [
        'text = "{@un-women} and {city}."\nx = "UN Women and {city}."',  # Bluesky alone has the handle
        'text = "We are @example_be_nairobi_x, in {city}."',  # its own
        'text = "Write to press@example.org, {city}."',
        'text = "{city}: 5 @ 3"',
        'text = "Follow {city}."\nbluesky = "Follow @un.example."',
    ],
)
def test_what_mentions_nobody_on_x_is_not_warned_of(text: str, tmp_path: Path) -> None:
    assert said(planned(tmp_path, with_book({EN: f"{text}\n"}), ["en"]), "mention-on-x") == []


def test_a_mention_on_x_can_be_accepted_with_a_reason(tmp_path: Path) -> None:
    book = with_book({EN: 'text = "{@un-women} and {city}."\n'})
    assert said(planned(tmp_path, book), "mention-on-x")
    book["posts/campaign.toml"] += '[accept]\nmention-on-x = "UN Women has invited us to."\n'
    plan = planned(tmp_path, book)
    assert said(plan, "mention-on-x") == [] == said(plan, "unused-accept")


def test_the_shipped_posts_mention_nobody_on_x(example: Plan) -> None:
    assert problems(example, "mention-on-x") == []
    assert "mention-on-x" not in {rule for _, rule in example.accepted_warnings}


@pytest.mark.parametrize(
    ("tag", "run"),
    [
        ("#orangetheworld", "14 small letters"),
        ("#ORANGETHEWORLD", "14 capitals"),
        ("#Orangetheworld", "13 small letters"),
        ("#оранжевыймир", "12 small letters"),
        ("#OrangeTheWorld", None),
        ("#16days", None),
        ("#UNWomen", None),
        ("#solidarity", None),
        ("#orange_the_world", None),
        ("#目をそらさないでください", None),
    ],
)
def test_a_hashtag_without_capitals_inside_cannot_be_read_aloud(tag: str, run: str | None, tmp_path: Path) -> None:
    files = {
        "posts/campaign.toml": f'id = "16days"\n[hashtags]\nen = ["{tag}"]\n',
        "posts/04-day/day.toml": f'title = "Day 4"\nfacts = ["one"]\nhashtags = [\n"#GBV", "{tag}"]\n',
        EN: f"text = '''\n{{city}}\n{tag}\n'''\n",
    }
    assert said(planned(tmp_path, files, ("en",)), "unreadable-hashtag") == (
        [
            f"{where}: warning: “{tag}” has {run} in a row: a screen reader can't tell its words apart. "
            "Begin each word with a capital and go on in small letters, like #OrangeTheWorld."
            for where in ("posts/04-day/day.toml:4", "posts/05-day/en.toml:3", "posts/campaign.toml:3")
        ]
        if run
        else []
    )


@pytest.mark.parametrize(
    ("listed", "text", "rows"),
    [
        ("#A #B #C", "{hashtags}", []),
        ("#A #B #C #D", "{hashtags}", ["posts/campaign.toml:6: warning: there are 4 hashtags."]),
        ("#A #B", "#C {hashtags}", []),
        ("#A #B", "#C #D {hashtags}", ["posts/05-day/en.toml:2: warning: the text has 4 hashtags."]),
        ("#A", "#B #C\n#D #E", ["posts/05-day/en.toml:2: warning: the text has 4 hashtags."]),
        ("#A", "#B #C #D, https://example.org/#E", []),
    ],
)
def test_more_than_three_hashtags_are_too_many(listed: str, text: str, rows: list[str], tmp_path: Path) -> None:
    tags = ",\n".join(f'"{tag}"' for tag in listed.split())
    files = {
        "posts/campaign.toml": f'id = "16days"\n[hashtags]\nen = [{tags}]\n',
        EN: f"# tags\ntext = '''\n{{city}}\n{text}\n'''\n",
    }
    assert said(planned(tmp_path, files, ("en",)), "too-many-hashtags") == [f"{row} Keep 3 at most." for row in rows]


# When and by whom


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (datetime(2025, 12, 10, 13, 59, tzinfo=UTC), False),
        (datetime(2025, 12, 10, 14, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 1, tzinfo=UTC), True),
        (None, False),
    ],
)
def test_a_campaign_that_is_over_is_said_at_its_start(now: datetime | None, over: bool, tmp_path: Path) -> None:
    plan = planned(
        tmp_path, {}, embassies={"berlin": "Europe/Berlin"}, config="\nstart = 2025-11-25", languages=("en",)
    )
    assert said(plan, "past-campaign", now) == (
        [
            "config.toml:4: warning: the campaign is over: its last day was 10 December 2025. "
            "For the next one write: start = 2026-11-25"
        ]
        if over
        else []
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nairobbi", "Did you mean “nairobi”?"),
        ("zzz", "It has: berlin, nairobi."),
        ("nairobi", None),
    ],
)
def test_own_words_of_an_embassy_that_is_not_there_are_an_error(name: str, hint: str | None, tmp_path: Path) -> None:
    plan = planned(tmp_path, {f"posts/05-day/en.{name}.toml": 'text = "Karibu, {city}"\n'}, embassies=TWO)
    assert said(plan, "unknown-embassy") == (
        [f"posts/05-day/en.{name}.toml:1: error: the config has no embassy “{name}”. Rename the file. {hint}"]
        if hint
        else []
    )


@pytest.mark.parametrize(
    ("file", "config", "row"),
    [
        (
            "05-day/nl.nairobi.toml",
            "",
            "posts/05-day/nl.nairobi.toml:1: warning: nairobi posts nothing in “nl” on day 5, so these words go "
            "nowhere. It posts in: en, fr.",
        ),
        (
            "05-day/en-GB.nairobi.toml",
            "",
            "posts/05-day/en-GB.nairobi.toml:1: warning: nairobi posts nothing in “en-GB” on day 5, so these words go "
            "nowhere. It posts in: en, fr.",
        ),
        (
            "05-day/en.nairobi.toml",
            'skip = ["5/en"]\n',
            "posts/05-day/en.nairobi.toml:1: warning: nairobi posts nothing in “en” on day 5, so these words go "
            "nowhere. It skips that day.",
        ),
        ("05-day/en.nairobi.toml", 'skip = ["5/x"]\n', None),
    ],
)
def test_own_words_that_nobody_would_post_are_said(file: str, config: str, row: str | None, tmp_path: Path) -> None:
    written = campaigns.files(("en", "fr"), NAIROBI) | {f"posts/{file}": 'text = "Karibu, {city}"\n'}
    written["config.toml"] += config
    assert said(plan_of(campaigns.write(tmp_path, written)), "unused-words") == ([row] if row else [])


# Languages


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("xx", "Use the language's code: nl, fr, de, en, pt-BR."),
        ("zzz", "Use the language's code: nl, fr, de, en, pt-BR."),
        ("sw", None),
        ("zh-Hant", None),
        ("en-GB", None),
    ],
)
def test_a_language_that_does_not_exist_is_an_error(language: str, hint: str | None, tmp_path: Path) -> None:
    plan = planned(tmp_path, {}, ("fr", language))
    assert said(plan, "unknown-language") == (
        [f"config.toml:8: error: there is no language “{language}”. {hint}"] if hint else []
    )


@pytest.mark.parametrize(
    ("languages", "config", "second"),
    [
        (("en", "fr", "en-GB"), "", "en-GB"),
        (("sr-Cyrl", "sr"), "", "sr"),
        (("zh-Hans", "zh-Hant"), "", None),
        (("pt", "fr"), "", None),
        (("en", "en-GB"), "days = { en = [1, 2], en-GB = [3, 4] }\n", None),
        (("en", "en-GB"), "days = { en = [1, 2], en-GB = [2, 4] }\n", "en-GB"),
    ],
)
def test_two_languages_that_are_one_to_the_ledger_are_an_error(
    languages: tuple[str, ...], config: str, second: str | None, tmp_path: Path
) -> None:
    written = campaigns.files(languages, NAIROBI)
    written["config.toml"] += config
    plan = plan_of(campaigns.write(tmp_path, written))
    assert said(plan, "same-language") == (
        [
            f"config.toml:8: error: “{second}” is the same language as “{languages[0]}”, "
            "so its posts would be refused as repeated. Keep one of the two."
        ]
        if second
        else []
    )


# The shipped campaign


def test_what_the_shipped_campaign_accepts_is_there_and_has_a_reason(example: Plan) -> None:
    rules = {rule for _, rule in example.accepted_warnings}
    assert rules <= {"near-duplicate", "uncited-fact"}
    assert all(len(reason) > 40 for reason in example.accepted_warnings.values())
    warnings = [problem for problem in check(example, BEFORE) if problem.severity is Severity.WARNING]
    # What a person has to look at each year, and pages that nobody has found yet.
    assert sorted({(problem.rule, problem.scope.day) for problem in warnings}) == [
        *(("aged-fact", day) for day in (6, 11, 12, 13, 15)),
        *(("no-link-in-language", day) for day in (1, 11, 16)),
    ]
