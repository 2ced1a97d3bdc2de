"""The rules about leftovers of other programs: each by a text that has some, and by one that only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.rules.catalogue import check

from ..support.judged import DAY_5, EN, FR, PICTURE, TWO, held, planned, problems, said

EVERYBODY = {f"{embassy}/{platform}/en" for embassy in TWO for platform in ("x", "bluesky")}


def findings(folder: Path, text: str, rule: str, language: str = "en") -> list[tuple[str, str]]:
    """What a rule says of a text, each once: severity and message."""
    plan = planned(folder, {f"posts/05-day/{language}.toml": f"text = '''\n{text}\n'''\n"}, (language,), TWO)
    return [(str(problem.severity), problem.message) for problem in problems(plan, rule)]


# What was to be replaced


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Hello from {city}\nTODO: the link", [(3, "TODO")]),
        ("TBD and XXX in\n{city}: FIXME", [(2, "TBD"), (2, "XXX"), (3, "FIXME")]),
        ("Lorem ipsum dolor", [(2, "Lorem ipsum")]),
        ("…", [(2, "…")]),
        ("\n ... \n\n{hashtags}", [(3, "...")]),
        ("Todo es posible", []),
        ("… and {city} goes on…", []),
        ("#TODO, https://example.org/TODO, {city}", []),
        ("XX. Century", []),
    ],
)
def test_what_a_writer_left_to_be_replaced_holds_the_text(
    text: str, rows: list[tuple[int, str]], tmp_path: Path
) -> None:
    tags = 'id = "16days"\n[hashtags]\nen = ["#16Days"]\n'
    plan = planned(tmp_path, {EN: f"text = '''\n{text}\n'''\n", "posts/campaign.toml": tags}, ("en",), TWO)
    assert said(plan, "leftover") == [
        f"posts/05-day/en.toml:{line}: error: “{word}” was left here to be replaced. Write what belongs there."
        for line, word in rows
    ]
    everybody = {f"{embassy}/{platform}/en" for embassy in TWO for platform in ("x", "bluesky")}
    assert held(plan, "leftover") == (everybody if rows else set())


@pytest.mark.parametrize(("language", "number"), [("es", 0), ("pt-BR", 0), ("en", 1)])
def test_todo_is_a_word_in_some_languages(language: str, number: int, tmp_path: Path) -> None:
    plan = planned(tmp_path, {f"posts/05-day/{language}.toml": 'text = "TODO {city}"\n'}, (language,))
    assert len(said(plan, "leftover")) == number


def test_what_is_left_in_one_platforms_wording_or_in_an_alt_text_is_found_there(tmp_path: Path) -> None:
    alt = '[alt]\n"media/05.png" = "TBD"\n'
    files = {DAY_5: PICTURE, EN: 'text = "{city}"\nx = "TODO {city}"\n', FR: f'text = "Ici {{city}}"\n{alt}'}
    plan = planned(tmp_path, files)
    assert [str(problem.location).rpartition("/")[2] for problem in problems(plan, "leftover")] == [
        "en.toml:2",
        "fr.toml:3",
    ]
    assert held(plan, "leftover") == {"nairobi/x/en", "nairobi/x/fr", "nairobi/bluesky/fr"}


@pytest.mark.parametrize(
    ("text", "shown", "name"),
    [
        ("Hello from {{city}}", "{city}", "city"),
        ("{{ @un-women }}", "{ @un-women }", "@un-women"),
        ("{{{city}}}", None, None),
        ("{{ and }}", "{ and }", "and"),
        ("{{:-}}", None, None),
    ],
)
def test_two_braces_around_a_placeholder_hold_the_text(
    text: str, shown: str | None, name: str | None, tmp_path: Path
) -> None:
    plan = planned(tmp_path, {EN: f"text = '''\n{text}\n'''\n"}, ("en",))
    assert said(plan, "double-braces") == (
        [f"posts/05-day/en.toml:2: error: {{{shown}}} would go out as {shown}. Write {{{name}}} for a placeholder."]
        if shown
        else []
    )
    assert bool(held(plan, "double-braces")) == bool(shown)


def test_a_placeholder_in_an_alt_text_holds_the_text(tmp_path: Path) -> None:
    files = {DAY_5: PICTURE, EN: "text = '{city}'\n[alt]\n\"media/05.png\" = 'The lake of {city} {:-}'\n"}
    plan = planned(tmp_path, files, ("en",))
    assert said(plan, "placeholder-in-alt") == [
        "posts/05-day/en.toml:3: error: {city} stands in an alt text, where nothing is filled in but a card's "
        "{sender}. Write what the picture shows without it."
    ]
    assert held(plan, "placeholder-in-alt") == {"nairobi/x/en", "nairobi/bluesky/en"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello from [name of the city]", "[name of the city]"),
        ("Until <date>, {city}", "<date>"),
        ("{city} [EN] [1/2] [{city}] 3 < 4 > 2 <3 ->", None),
    ],
)
def test_brackets_around_a_word_look_like_something_to_fill_in(text: str, found: str | None, tmp_path: Path) -> None:
    assert said(planned(tmp_path, {EN: f"text = '{text}'\n"}, ("en",)), "bracketed") == (
        [f"posts/05-day/en.toml:1: warning: “{found}” looks like something to fill in. Write what belongs there."]
        if found
        else []
    )


@pytest.mark.parametrize(
    ("text", "line", "marker"),
    [
        ("Orange\n<<<<<<< HEAD\nday\n=======\nnight\n>>>>>>> origin/main\nin {city}", 3, "<<<<<<< HEAD"),
        ("{city} and its <<<<<<< HEAD\nday", 2, "<<<<<<< HEAD"),
        ("{city}\n||||||| 3f2a91c\nday", 3, "||||||| 3f2a91c"),
        ("{city}\n>>>>>>> wording-of-ann", 3, ">>>>>>> wording-of-ann"),
        ("@@ -1,3 +1,4 @@\n{city}", 2, "@@ -1,3 +1,4 @@"),
        ("{city}\n<<<<<<<\nday\n=======\nnight\n>>>>>>>", 3, "<<<<<<<"),
        ("{city}\n  <<<<<<< ours\n  day\n  =======\n  night\n  >>>>>>> theirs", 3, "<<<<<<< ours"),
        ("<<<<<<< .mine\n{city}\n||||||| .r11\nday\n=======\nnight\n>>>>>>> .r12", 2, "<<<<<<< .mine"),
    ],
)
def test_a_merge_conflict_is_said_once_and_holds_the_text(text: str, line: int, marker: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '''\n{text}\n'''\n"}, ("en",), TWO)
    assert said(plan, "leftover") == [
        f"posts/05-day/en.toml:{line}: error: a merge conflict is left here, at “{marker}”. Keep one of its versions, "
        "and delete the others and the lines with <<<<<<<, ======= and >>>>>>>."
    ]
    assert held(plan, "leftover") == EVERYBODY


@pytest.mark.parametrize(
    "text",
    ["=======\n{city}", "{city} <<< here >>>", "<<<<<<<< {city} >>>>>>>>", "{city} >>>>>>> more", "<<<<<<<\n{city}"],
)
def test_a_row_of_signs_is_no_merge_conflict(text: str, tmp_path: Path) -> None:
    assert findings(tmp_path, text, "leftover") == []


@pytest.mark.parametrize(
    "gap",
    [
        "[LINK]", "[CITY]", "[FIRST_NAME]", "[insert the link here]", "[à compléter]", "[Ort einfügen]", "%FIRSTNAME%",
        "%%First name%%", "*|FNAME|*", "${name}", "{{first name}}", "<%= city %>", "«First_Name»", "#REF!", "#N/A",
        "[object Object]", "Error! Reference source not",
    ],
)  # fmt: skip
def test_a_gap_of_a_template_holds_the_text(gap: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '''\nHello, {gap} {{city}}\n'''\n"}, ("en",), TWO)
    message = "posts/05-day/en.toml:2: error: “%s” was left here to be replaced. Write what belongs there."
    assert said(plan, "leftover") == [message % gap]
    assert held(plan, "leftover") == EVERYBODY
    assert said(plan, "bracketed") == []


@pytest.mark.parametrize(
    "text",
    ["[VIDEO] {city}", "100 % BE %", "{{ {city} }}", "5$ {city}", "#NA {city}", "{{{{ {city}", "« Merci_ » {city}"],
)
def test_what_only_looks_like_a_gap_is_none(text: str, tmp_path: Path) -> None:
    assert findings(tmp_path, text, "leftover") == []


def test_marks_of_a_program_that_writes_are_an_error_that_holds_nothing(tmp_path: Path) -> None:
    text = "{city} 【12†source】 :contentReference[oaicite:0] turn0search4"
    plan = planned(tmp_path, {EN: f"text = '{text}'\n"}, ("en",))
    assert len(said(plan, "leftover")) == 3
    assert held(plan, "leftover") == set()


# Markup


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Women &amp; men", "“&amp;” is how web pages write a character: here it is posted as it stands."),
        ("10&nbsp;000", "“&nbsp;” is how web pages write a character: here it is posted as it stands."),
        ("it&#39;s", "“&#39;” is how web pages write a character: here it is posted as it stands."),
        ("it&amp;#x2019;s", "“&amp;#x2019;” is how web pages write a character: here it is posted as it stands."),
        ("https://example.org/?a=1&amp;b=2", "“&amp;” is how web pages write a character: here it is posted as it "
         "stands."),
        ("Women &amp men", "“&amp” is how web pages write a character: here it is posted as it stands."),
        ("10&nbsp000", "“&nbsp” is how web pages write a character: here it is posted as it stands."),
        ("it&#8217s", "“&#8217” is how web pages write a character: here it is posted as it stands."),
        ("it&#039s", "“&#039” is how web pages write a character: here it is posted as it stands."),
    ],
)  # fmt: skip
def test_an_entity_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"{text} {{city}}", "html-entity") == [("error", message)]


@pytest.mark.parametrize(
    ("entity", "hint"),
    [
        ("&hellip;", "Write … in its place."), ("&nbsp;", "Write a space in its place."), ("&shy;", "Delete it."),
        ("&amp;amp;", "Write & in its place."), ("&euro", "Write € in its place."),
        ("&#160", "Write a space in its place."),
    ],
)  # fmt: skip
def test_an_entitys_hint_is_what_it_stands_for(entity: str, hint: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '{{city}}{entity}'\n"}, ("en",))
    assert [problem.hint for problem in problems(plan, "html-entity")] == [hint]


@pytest.mark.parametrize(
    "text",
    [
        "AT&T; R&D;",
        "Q&A",
        "rock & roll;",
        "https://example.org/?a=1&copy=2",
        "&notathing;",
        "Day&#16Days",
        "https://example.org/?a=1&lt=2&amp_x=3",
        "R&amplify",
        "&copy",
        "Peace&#2026Goals",
    ],
)
def test_an_ampersand_alone_is_no_entity(text: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"{text} {{city}}", "html-entity") == []


@pytest.mark.parametrize(
    "text",
    ["one\\ntwo", "caf\\u00e9", "Hello%20world", "\\xe9t\\xe9", "it%E2%80%99s", "caf=C3=A9", "it=E2=80=99s",
     "so=20\nmore", "=F0=9F=A7=A1", "=?UTF-8?Q?caf=C3=A9?=", "=?utf-8?b?Y2Fmw6k=?=", "caf\\'e9", "one_x000D_ two"],
)  # fmt: skip
def test_what_programs_write_for_a_character_is_an_error(text: str, tmp_path: Path) -> None:
    assert {severity for severity, _ in findings(tmp_path, f"{text} {{city}}", "escape-sequence")} == {"error"}


@pytest.mark.parametrize(
    "text",
    ["¯\\_(ツ)_/¯", "\\o/", "100%2", "https://example.org/a%20b", "https://example.org/%E2%80%99?a=C3=A9",
     "10 + 10 =20\n", "a=C3", "E=mc2", "= 20", "'\\'", "_x00_"],
)  # fmt: skip
def test_a_backslash_or_a_per_cent_sign_alone_is_none(text: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"{text} {{city}}", "escape-sequence") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>{city}", "<p>"), ("{city}<br />", "<br />"), ("<a href=x>{city}", "<a href=x>"),
        ("{city}</live>", "</live>"),
        ("<!-- a note -->{city}", "<!-- a note -->"), ("<o:p>{city}", "<o:p>"), ("{city}[/b]", "[/b]"),
    ],
)  # fmt: skip
def test_markup_is_a_warning(text: str, shown: str, tmp_path: Path) -> None:
    message = f"“{shown}” is markup: platforms show it as it stands."
    assert findings(tmp_path, text, "markup") == [("warning", message)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**{city}** says no", "**{city}**"), ("the _initiative_ of {city}", "_initiative_"), ("*No!* {city}", "*No!*"),
        ("__Never__ {city}", "__Never__"), ("# Orange {city}", "# Orange {city}"), ("~~old~~ {city}", "~~old~~"),
        ("`code` {city}", "`code`"), ("{city}\n=====", "====="), ("“_hashtag_”, {city}", "_hashtag_"),
    ],
)  # fmt: skip
def test_markdown_is_a_warning(text: str, shown: str, tmp_path: Path) -> None:
    message = f"“{shown}” is Markdown: platforms show its marks as they stand."
    assert findings(tmp_path, text, "markdown") == [("warning", message)]


def test_a_link_in_markdown_is_said_as_a_whole(tmp_path: Path) -> None:
    for address in ("https://example.org/a", "example.org", "news.example.org/a?b=c"):
        text = f"Read [our release]({address}) in {{city}}"
        message = f"“[our release]({address})” is a link in Markdown: platforms show its brackets as they stand."
        assert findings(tmp_path, text, "markdown") == [("warning", message)]
        assert findings(tmp_path, text, "bracketed") == []


@pytest.mark.parametrize(
    "text",
    ["snake_case and so_on_it", "Kolleg*innen und Bürger*innen", "5 * 6 * 7", "2*3*4", "* a\n* b", "^_^ or -_-",
     "#1 {city}", "@_nobody_ of https://example.org/_a_/__b__?*c*", "f*** you",
     "____", "*See below", "_", "[EN](in English)", "[1](p.5)", "Hawai`i, O`ahu"],
)  # fmt: skip
def test_stars_and_bars_that_mark_nothing_are_no_markdown(text: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"{text} {{city}}", "markdown") == []


def test_markup_can_be_accepted_and_an_entity_beside_it_cannot(tmp_path: Path) -> None:
    text = "text = '<br>{city} &amp; more'\n[accept]\nmarkup = 'The tag is what it is about.'\n"
    plan = planned(tmp_path, {EN: text}, ("en",))
    assert [problem.rule for problem in check(plan)] == ["html-entity"]
    assert held(plan, "html-entity") == set()


def test_a_sign_of_one_font_is_a_warning_and_shown_by_its_number(tmp_path: Path) -> None:
    assert findings(tmp_path, "\uf0b7 {city}", "private-character") == [
        ("warning", "“‹U+F0B7›” is a sign of one font, such as a bullet of Word: readers see an empty box.")
    ]


# Links


@pytest.mark.parametrize(
    ("address", "through", "hint"),
    [
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.un.org%2Fen&data=05%7C02",
            "Outlook's Safe Links", "Write that one: https://www.un.org/en",
        ),
        ("https://urldefense.com/v3/__https://www.un.org/en__;!!Ab3!x$", "Proofpoint's URL Defense",
         "Write that one: https://www.un.org/en"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__www.un.org_en&d=Dw", "Proofpoint's URL Defense",
         "Write that one: https://www.un.org/en"),
        ("https://www.google.com/url?q=https://www.un.org/en&sa=D", "Google", "Write that one: https://www.un.org/en"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.un.org%2Fen&h=AT0", "Facebook",
         "Write that one: https://www.un.org/en"),
        ("https://secure-web.cisco.com/1abc/https%3A%2F%2Fwww.un.org%2Fen", "Cisco's Secure Web",
         "Write that one: https://www.un.org/en"),
        ("https://protect-eu.mimecast.com/s/AbCd?domain=un.org", "Mimecast",
         "Open it, and write the address where it ends."),
    ],
)  # fmt: skip
def test_an_address_that_a_program_rewrote_is_an_error(address: str, through: str, hint: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '{{city}} {address}.'\n"}, ("en",))
    assert said(plan, "rewritten-link") == [
        f"posts/05-day/en.toml:1: error: this address leads through {through}, which put it in the place of another. "
        f"{hint}"
    ]
    assert held(plan, "rewritten-link") == set()


@pytest.mark.parametrize(
    ("address", "names", "clean"),
    [
        ("https://example.org/a?utm_source=mail&utm_medium=x", "utm_source, utm_medium", "https://example.org/a"),
        ("https://example.org/a?id=5&fbclid=Iw#top", "fbclid", "https://example.org/a?id=5#top"),
        ("https://example.org/a?gclid=x&id=5", "gclid", "https://example.org/a?id=5"),
        ("https://youtu.be/abc?si=x&t=30", "si", "https://youtu.be/abc?t=30"),
        ("https://x.com/UN/status/1?s=20&t=abc", "s, t", "https://x.com/UN/status/1"),
        ("https://example.org/a?x=1&amp;mc_eid=2", "mc_eid", "https://example.org/a?x=1"),
    ],
)
def test_an_address_that_follows_its_readers_is_a_warning(address: str, names: str, clean: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '{{city}} {address}'\n"}, ("en",))
    assert said(plan, "tracking-link") == [
        "posts/05-day/en.toml:1: warning: this address has parameters that follow its readers: "
        f"{names}. Write it without: {clean}"
    ]


@pytest.mark.parametrize(
    "address",
    ["https://example.org/?s=20&t=5&si=x", "https://www.google.com/maps?q=Nairobi", "https://example.org/utm_source=x",
     "https://www.facebook.com/belgium", "https://example.org/?url=https://www.un.org", "https://www.youtube.com/watch?v=a&t=9"],
)  # fmt: skip
def test_an_ordinary_parameter_follows_nobody(address: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"{{city}} {address}", "tracking-link") == []
    assert findings(tmp_path, f"{{city}} {address}", "rewritten-link") == []


def test_a_days_link_is_judged_where_it_stands(tmp_path: Path) -> None:
    day = 'title = "Day 5"\nfacts = ["one"]\nlink = "https://example.org/?utm_source=mail"\n'
    plan = planned(tmp_path, {DAY_5: day, EN: "text = '{city} {link}'\n"}, ("en",))
    assert [str(problem.location).rpartition("/")[2] for problem in problems(plan, "tracking-link")] == ["day.toml:3"]


# Wherever people write


def test_a_headline_and_its_cards_alt_text_are_judged_as_a_text_is(tmp_path: Path) -> None:
    card = "[card]\nheadline = 'Hello, {city}'\nalt = 'Hello, &quot;all&quot;'\n"
    plan = planned(tmp_path, {EN: f"text = '{{city}}'\n{card}"}, ("en",), TWO)
    assert said(plan, "leftover") == [
        "posts/05-day/en.toml:3: error: {city} stands where nothing is filled in. "
        "Write what belongs there: placeholders are for texts alone."
    ]
    assert [problem.location.line for problem in problems(plan, "html-entity")] == [4]
    assert held(plan, "leftover") == EVERYBODY


def test_a_card_that_an_embassy_does_not_post_holds_nothing_there(tmp_path: Path) -> None:
    card = "[card]\nheadline = 'TBD'\nalt = 'TBD'\n"
    plan = planned(tmp_path, {EN: f"text = '{{city}}'\n{card}"}, ("en",), TWO)
    written = plan.config.file.read_text("utf-8") + "cards = false\n"  # the last section is Berlin's
    plan = planned(tmp_path, {EN: f"text = '{{city}}'\n{card}", "config.toml": written}, ("en",), TWO)
    assert held(plan, "leftover") == {"nairobi/x/en", "nairobi/bluesky/en"}


def test_a_name_that_is_still_to_be_written_holds_that_embassy_alone(tmp_path: Path) -> None:
    config = planned(tmp_path, {}, ("en",), TWO).config.file.read_text("utf-8")
    plan = planned(tmp_path, {"config.toml": config.replace('"Berlin"', '"[CITY]"')}, ("en",), TWO)
    assert [str(problem.location).rpartition("/")[2][:12] for problem in problems(plan, "leftover")] == ["config.toml:"]
    assert held(plan, "leftover") == {"berlin/x/en", "berlin/bluesky/en"}


def test_a_title_holds_nothing_unless_it_stands_on_a_links_card(tmp_path: Path) -> None:
    day = 'title = "TBD"\nfacts = ["one"]\n'
    plan = planned(tmp_path / "a", {DAY_5: day}, ("en",))
    assert (len(said(plan, "leftover")), held(plan, "leftover")) == (1, set())
    linked = planned(tmp_path / "b", {DAY_5: f'{day}link = "https://example.org/"\n'}, ("en",))
    assert held(linked, "leftover") == {"nairobi/x/en", "nairobi/bluesky/en"}
