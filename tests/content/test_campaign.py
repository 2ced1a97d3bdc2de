"""The Campaign: what is read from `posts/`, and every mistake in it, each held where it belongs and nowhere else."""

from __future__ import annotations

import io
import sys
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from PIL import Image

from orangeday.content import campaign, config
from orangeday.content.campaign import Campaign
from orangeday.content.plan import Plan
from orangeday.content.problems import NO_DELIVERY, WHOLE_CAMPAIGN, Problem, Scope, Severity
from orangeday.rules.catalogue import check

from ..support.common import BEFORE, ROOT
from .type_mistakes import is_plain, with_other_types

Write = Callable[[Mapping[str, str | bytes]], Path]

CAMPAIGN = """\
id = "16days"
title = "16 Days"
minister = "A. Minister"

[release]
title = "No to violence"
date = 2025-11-24
publisher = "Foreign Affairs"
address = "https://news.example"

[hashtags]
en = ["#16Days"]
nl = ["#16Dagen"]

[handles.un-women]
name = { en = "UN Women", nl = "UN Women" }
x = "UN_Women"
"""
FACTS = """\
[says-no]
statement = "It says no."
paragraph = 0

[works]
statement = "It works."
paragraph = 2
"""
DAY = 'title = "A day"\nfacts = ["says-no"]\n'
TEXT = "text = '''\nHello {city}\n'''\n"
FILES = {
    f"{number:02}-a-day/{name}": content
    for number in range(1, 17)
    for name, content in (("day.toml", DAY), ("en.toml", TEXT), ("nl.toml", TEXT))
} | {"campaign.toml": CAMPAIGN, "facts.toml": FACTS}
"""A campaign with nothing to mend."""


def _small_picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "orange").save(content, "JPEG")
    return content.getvalue()


SMALL_PICTURE = _small_picture()


def load(write: Write, changed: Mapping[str, str | bytes | None]) -> Campaign:
    """The campaign with other files in the place of some, or without those that are None."""
    files = {name: content for name, content in {**FILES, **changed}.items() if content is not None}
    return campaign.load(write({f"posts/{name}": content for name, content in files.items()}) / "posts")


def reported(plan: Plan) -> list[Problem]:
    """What check says of these files, but that all days have one text and rest on one fact."""
    return [problem for problem in check(plan) if problem.rule not in ("same-text", "uncited-fact")]


# What is read


def test_the_shipped_campaign_has_nothing_to_mend() -> None:
    read = campaign.load(ROOT / "posts")
    assert not read.problems
    assert (read.id, read.minister("nl")) == ("16days", "Maxime Prévot")
    assert sorted(read.days) == list(range(1, 17))
    assert sorted(read.languages) == ["ar", "de", "en", "es", "fr", "nl", "pt"]
    assert all(fact in read.facts for day in read.days.values() for fact in day.facts)


def test_every_value_is_read_and_knows_its_file_and_line(write: Write) -> None:
    day = (
        'title = "A day"\nfacts = ["says-no",\n  "works"]\nlink = "https://a.example"\n'
        'media = ["media/05.png"]\ntime = "10:30"\nhashtags = ["#Day5"]\n'
    )
    text = "text = '''\nHello\n'''\nbluesky = 'Hi'\n[alt]\n\"media/05.png\" = 'A lamp'\n"
    read = load(write, {"05-a-day/day.toml": day, "05-a-day/en.toml": text})
    assert not read.problems
    assert (read.id, read.title, read.minister("nl")) == ("16days", "16 Days", "A. Minister")
    assert read.hashtags == {"en": ("#16Days",), "nl": ("#16Dagen",)}
    assert read.handles["un-women"].names == {"en": "UN Women", "nl": "UN Women"}
    assert read.handles["un-women"].handles == {"x": "UN_Women"}
    assert (read.facts["works"].statement, read.facts["works"].paragraph) == ("It works.", 2)
    fifth = read.days[5]
    assert (fifth.number, fifth.title, fifth.link("nl"), str(fifth.time)) == (
        5,
        "A day",
        "https://a.example",
        "10:30:00",
    )
    assert (fifth.facts, fifth.media, fifth.hashtags) == (("says-no", "works"), ("media/05.png",), ("#Day5",))
    english = fifth.translations["en"]
    assert (english.template("x"), english.template("bluesky")) == ("Hello\n", "Hi")
    assert english.alt == {"media/05.png": "A lamp"}
    folder = read.folder / "05-a-day"
    assert str(fifth.facts[1].location) == f"{folder / 'day.toml'}:3"
    assert str(english.template("bluesky").location) == f"{folder / 'en.toml'}:4"
    assert str(english.alt["media/05.png"].location) == f"{folder / 'en.toml'}:6"
    assert str(read.hashtags["nl"][0].location) == f"{read.folder / 'campaign.toml'}:13"
    assert read.days[4].hashtags is None


def test_what_no_day_is_made_of_is_left_alone(write: Write) -> None:
    read = load(
        write,
        {
            "approvals.toml": "anything", "media/logo.png": b"\x89PNG", ".git/config": "", "2026-report/notes.txt": "",
            "05-a-day/media/05.png": b"", "05-a-day/._en.toml": b"\0\5\x16\7", "05-a-day/notes.txt": "",
            "notes.toml": "= nonsense", "06-a-file-of-that-name": "",
        },
    )  # fmt: skip
    assert not read.problems
    assert read.languages == ("en", "nl")


# Every mistake


class Mistake(NamedTuple):
    """A campaign with this content in this file: what is said, of which line, and what it holds."""

    file: str
    content: str | bytes | None
    rule: str
    line: int
    message: str
    hint: str
    concern: Scope


DAY_5, DAY_5_EN = Scope(5), Scope(5, language="en")
MISTAKES = {
    "no campaign.toml": Mistake(
        "campaign.toml", None, "file-missing", 1, "there is no such file.", "Write it", WHOLE_CAMPAIGN),
    "an empty campaign.toml": Mistake(
        "campaign.toml", "", "file-empty", 1, "the file is empty.", "Fill it in.", WHOLE_CAMPAIGN),
    "campaign.toml in Latin-1": Mistake(
        "campaign.toml", CAMPAIGN.replace("A. M", "É. M").encode("latin-1"), "file-encoding", 3,
        "isn't saved as UTF-8", 'minister = "É. Minister"', WHOLE_CAMPAIGN),
    "campaign.toml isn't TOML": Mistake(
        "campaign.toml", CAMPAIGN.replace('"16 Days"', '"16 Days'), "toml", 2, "not closed on its line", "same quote",
        WHOLE_CAMPAIGN),
    "no id": Mistake(
        "campaign.toml", CAMPAIGN.replace('id = "16days"', ""), "missing-key", 1, "“id” is missing.",
        'Write it at the top: id = "…"', WHOLE_CAMPAIGN),
    "an empty id": Mistake(
        "campaign.toml", CAMPAIGN.replace('"16days"', '""'), "empty-text", 1, "“id” is empty.", "between its quotes",
        WHOLE_CAMPAIGN),
    "an impossible id": Mistake(
        "campaign.toml", CAMPAIGN.replace('"16days"', '"16 Days"'), "wrong-id", 1, "“16 Days” can't be an id.",
        "like 16days", WHOLE_CAMPAIGN),
    "a misspelt key": Mistake(
        "campaign.toml", CAMPAIGN.replace("minister =", "minster ="), "unknown-key", 3,
        "unknown key “minster” here.", "Did you mean “minister”?", WHOLE_CAMPAIGN),
    "a handle with an unseen character": Mistake(
        "campaign.toml", CAMPAIGN.replace('"UN_Women"', '"UN_\u200bWomen"'), "wrong-handle", 17, "isn't a handle.",
        "Without @ or spaces: UN_Women", WHOLE_CAMPAIGN),
    "a misspelt section": Mistake(
        "campaign.toml", CAMPAIGN.replace("[release]", "[releases]"), "unknown-key", 5,
        "unknown key “releases” here.", "Did you mean “release”?", WHOLE_CAMPAIGN),
    "a misspelt key in a section": Mistake(
        "campaign.toml", CAMPAIGN.replace("publisher", "publischer"), "unknown-key", 8,
        "unknown key “publischer” here.", "Did you mean “publisher”?", WHOLE_CAMPAIGN),
    "the minister below [release]": Mistake(
        "campaign.toml", CAMPAIGN.replace("date = ", 'minister = "B"\ndate = ').replace('minister = "A. Minister"', ""),
        "unknown-key", 7, "unknown key “minister” here.", "Move it to the top of the file", WHOLE_CAMPAIGN),
    "the minister below [hashtags]": Mistake(
        "campaign.toml", CAMPAIGN.replace("nl = [", 'minister = "B"\nnl = ['), "wrong-language", 13,
        "“minister” isn't a language code.", "Move it to the top of the file", WHOLE_CAMPAIGN),
    "the minister below the handles": Mistake(
        "campaign.toml", CAMPAIGN + 'minister = "B"\n', "unknown-key", 18, "unknown key “minister” here.",
        "Move it to the top of the file", WHOLE_CAMPAIGN),
    "a date with a time": Mistake(
        "campaign.toml", CAMPAIGN.replace("2025-11-24", "2025-11-24T10:00:00"), "wrong-type", 7,
        "“date” must be a date alone.", "Leave out the time.", WHOLE_CAMPAIGN),
    "a language in capitals": Mistake(
        "campaign.toml", CAMPAIGN.replace("nl = [", "NL = ["), "wrong-language", 13, "“NL” isn't a language code.",
        "Did you mean “nl”?", WHOLE_CAMPAIGN),
    "a hashtag without #": Mistake(
        "campaign.toml", CAMPAIGN.replace("#16Dagen", "16Dagen"), "wrong-hashtag", 13, "“16Dagen” isn't a hashtag.",
        "Write it like “#16Dagen”.", WHOLE_CAMPAIGN),
    "a handle without a name": Mistake(
        "campaign.toml", CAMPAIGN + '[handles.eu]\nx = "eu"\n', "missing-key", 18, "“name” is missing.",
        'Write it in [handles.eu]: name = "…"', WHOLE_CAMPAIGN),
    "a handle on a misspelt platform": Mistake(
        "campaign.toml", CAMPAIGN + 'blue-sky = "un.example"\n', "unknown-key", 18,
        "unknown key “blue-sky” here.", "Did you mean “bluesky”?", WHOLE_CAMPAIGN),
    "a handle with an @": Mistake(
        "campaign.toml", CAMPAIGN.replace('"UN_Women"', '"@UN_Women"'), "wrong-handle", 17, "“@UN_Women” isn't a "
        "handle.",
        "UN_Women", WHOLE_CAMPAIGN),
    "a handle's name in no language": Mistake(
        "campaign.toml", CAMPAIGN.replace('{ en = "UN W', '{ "in English" = "UN W'), "wrong-language", 16,
        "“in English” isn't a language code.", "Use the language's code", WHOLE_CAMPAIGN),
    "no facts.toml": Mistake(
        "facts.toml", None, "file-missing", 1, "there is no such file.", "Write it", WHOLE_CAMPAIGN),
    "facts.toml isn't TOML": Mistake(
        "facts.toml", FACTS + "[works]\n", "toml", 8, "the same section stands twice.", "one heading", WHOLE_CAMPAIGN),
    "a misspelt key of a fact": Mistake(
        "facts.toml", FACTS.replace("paragraph = 2", "paragraf = 2"), "unknown-key", 7,
        "unknown key “paragraf” here.", "Did you mean “paragraph”?", NO_DELIVERY),
    "a fact's paragraph in quotes": Mistake(
        "facts.toml", FACTS.replace("= 2", '= "2"'), "wrong-type", 7,
        "“paragraph” must be a whole number, not a text.", "paragraph = 8", NO_DELIVERY),
    "a fact without a section": Mistake(
        "facts.toml", 'statement = "It says."\n' + FACTS, "wrong-type", 1,
        "“statement” must be a section, not a text.", "[statement]", NO_DELIVERY),
    "a folder without a number": Mistake(
        "human rights/day.toml", DAY, "folder-name", 1, "a day's folder begins with its number.",
        "Rename it, like 05-human-rights.", NO_DELIVERY),
    "a folder out of range": Mistake(
        "17-a-day/day.toml", DAY, "folder-name", 1, "there is no such day; days go from 01 to 16.",
        "Give the folder another number.", NO_DELIVERY),
    "a folder numbered 0": Mistake(
        "00-a-day/day.toml", DAY, "folder-name", 1, "there is no such day; days go from 01 to 16.",
        "Give the folder another number.", NO_DELIVERY),
    "a folder with one digit": Mistake(
        "5-a-day/day.toml", DAY, "folder-name", 1, "is named by two digits, “-” and a word.",
        "Rename it, like 05-a-day.", NO_DELIVERY),
    "a folder with spaces": Mistake(
        "05 a day, and more/day.toml", DAY, "folder-name", 1, "is named by two digits, “-” and a word.",
        "Rename it, like 05-a-day-and-more.", NO_DELIVERY),
    "a folder with a number alone": Mistake(
        "05/day.toml", DAY, "folder-name", 1, "is named by two digits, “-” and a word.", "Rename it, like 05-title.",
        NO_DELIVERY),
    "a day twice": Mistake(
        "05-the-same/day.toml", DAY, "duplicate-day", 1, "day 5 is here, and in 05-a-day too.",
        "Give one of the two another number.", DAY_5),
    "no day.toml": Mistake("05-a-day/day.toml", None, "file-missing", 1, "there is no such file.", "Write it", DAY_5),
    "day.toml in another spelling": Mistake(
        "05-a-day/days.toml", DAY, "file-name", 1, "“days” isn't a language code.", "nl, fr, de, en, pt-BR",
        NO_DELIVERY),
    "a day without a title": Mistake(
        "05-a-day/day.toml", 'facts = ["works"]\n', "missing-key", 1, "“title” is missing.", 'title = "…"', DAY_5),
    "a day without facts": Mistake(
        "05-a-day/day.toml", 'title = "A"\n', "missing-key", 1, "“facts” is missing.", 'facts = ["…", "…"]', DAY_5),
    "an unknown fact": Mistake(
        "05-a-day/day.toml", 'title = "A"\nfacts = [\n  "works",\n  "say-no",\n]\n', "unknown-fact", 4,
        "facts.toml states no “say-no”.", "Did you mean “says-no”?", DAY_5),
    "a fact like no other": Mistake(
        "05-a-day/day.toml", 'title = "A"\nfacts = ["xyz"]\n', "unknown-fact", 2, "facts.toml states no “xyz”.",
        "facts.toml has them all.", DAY_5),
    "a time that isn't": Mistake(
        "05-a-day/day.toml", DAY + 'time = "9h30"\n', "wrong-time", 3, "“9h30” isn't a time of day.", '"09:00"',
        DAY_5),
    "a misspelt key of a day": Mistake(
        "05-a-day/day.toml", DAY + 'medai = ["a.png"]\n', "unknown-key", 3, "unknown key “medai” here.",
        "Did you mean “media”?", DAY_5),
    "a hashtag of a day without #": Mistake(
        "05-a-day/day.toml", DAY + 'hashtags = ["#A",\n "B"]\n', "wrong-hashtag", 4, "“B” isn't a hashtag.", "“#B”",
        DAY_5),
    "no text": Mistake(
        "05-a-day/en.toml", "x = 'Hello'\n", "missing-key", 1, "“text” is missing.", 'Write it at the top: text = "…"',
        DAY_5_EN),
    "an empty text": Mistake(
        "05-a-day/en.toml", "\ntext = '''\n\n'''\n", "empty-text", 2, "“text” is empty.", "between its quotes",
        DAY_5_EN),
    "an empty wording for one platform": Mistake(
        "05-a-day/en.toml", TEXT + "x = ' '\n", "empty-text", 4, "“x” is empty.", "between its quotes", DAY_5_EN),
    "a misspelt platform": Mistake(
        "05-a-day/en.toml", TEXT + "blusky = 'Hi'\n", "unknown-key", 4, "unknown key “blusky” here.",
        "Did you mean “bluesky”?", DAY_5_EN),
    "a text never closed": Mistake(
        "05-a-day/en.toml", "\ntext = '''\nHello\n", "toml", 2, "a text is opened here and never closed.",
        "End it with '''", DAY_5_EN),
    "a text below [alt]": Mistake(
        "05-a-day/en.toml", "[alt]\ntext = '''\nHello\n'''\n", "key-below-alt", 2,
        "“text” stands below [alt], so it is read as a picture's name.", "Move “text” above the line [alt].", DAY_5_EN),
    "a wording below [alt]": Mistake(
        "05-a-day/en.toml", TEXT + "[alt]\nbluesky = 'Hi'\n", "key-below-alt", 5, "“bluesky” stands below [alt]",
        "Move “bluesky” above the line [alt].", DAY_5_EN),
    "a picture that isn't the day's": Mistake(
        "05-a-day/en.toml", TEXT + "[alt]\n'media/05.png' = 'A lamp'\n", "unknown-picture", 5,
        "day 5 has no picture “media/05.png”.", "day.toml lists the day's pictures under “media”.", DAY_5_EN),
    "[alt] is no section": Mistake(
        "05-a-day/en.toml", TEXT + "alt = 'A lamp'\n", "wrong-type", 4, "“alt” must be a section, not a text.", "[alt]",
        DAY_5_EN),
    "a file in no language": Mistake(
        "05-a-day/EN.toml", TEXT, "file-name", 1, "its name isn't en.toml.", "en.toml is there too", NO_DELIVERY),
    "a copy of a file": Mistake(
        "05-a-day/en (1).toml", TEXT, "file-name", 1, "its name isn't en.toml.", "Delete one of the two.", NO_DELIVERY),
    "a file's name in capitals": Mistake(
        "05-a-day/fr.TOML", TEXT, "file-name", 1, "it is meant as fr.toml", "Rename it: fr.toml.",
        Scope(5, language="fr")),
    "a lone CR in Latin-1": Mistake(
        "05-a-day/en.toml", b"text = 'a'\rx = '\xe9'\r", "file-encoding", 2, "it isn't saved as UTF-8.", "x = 'é'",
        DAY_5_EN),
    "a NUL in a text": Mistake(
        "05-a-day/en.toml", "text = '''\n\0'''\n", "toml", 2, "an invisible character", "type it again", DAY_5_EN),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_named_located_and_held_where_it_belongs(write: Write, mistake: Mistake) -> None:
    read = load(write, {mistake.file: mistake.content})
    assert [problem.rule for problem in read.problems] == [mistake.rule]
    problem = read.problems[0]
    whole_folder = mistake.rule in ("folder-name", "duplicate-day")
    file = read.folder / mistake.file
    assert str(problem.location) == f"{file.parent if whole_folder else file}:{mistake.line}"
    assert mistake.message in problem.message
    assert mistake.hint in problem.hint
    assert problem.severity is Severity.ERROR
    assert problem.scope == mistake.concern
    assert is_plain(problem)


MISNAMED = {
    # a file's true name: (its wrong one, a piece of the hint, what is held)
    "05-a-day/en.toml": [
        ("en.toml.txt", "Windows hides the last part of a name, here .txt", DAY_5_EN),
        ("en.toml.toml", "Windows hides the last part of a name, here .toml", DAY_5_EN),
        ("en .toml", "Rename it: en.toml.", DAY_5_EN), ("EN.TOML", "Rename it: en.toml.", DAY_5_EN),
        ("en (1).toml", "Rename it: en.toml.", DAY_5_EN), ("en.toml.TXT", "Rename it: en.toml.", DAY_5_EN),
        ("en\u200b.toml", "Rename it: en.toml.", DAY_5_EN),
    ],
    "05-a-day/en.nairobi.toml": [
        ("en.nairobi.toml.txt", "Rename it: en.nairobi.toml.", Scope(5, frozenset({"nairobi"}), language="en")),
        ("En.Nairobi.toml", "Rename it: en.nairobi.toml.", Scope(5, frozenset({"nairobi"}), language="en")),
        ("en.nairobi.TOML", "Rename it: en.nairobi.toml.", Scope(5, frozenset({"nairobi"}), language="en")),
    ],
    "05-a-day/pt-BR.toml": [("pt_br.toml", "Rename it: pt-BR.toml.", Scope(5, language="pt-BR"))],
}  # fmt: skip


@pytest.mark.parametrize(
    ("right", "name", "hint", "held"), [(right, *mistake) for right, all_ in MISNAMED.items() for mistake in all_]
)
def test_a_text_under_another_name_is_said_once_and_held(
    write: Write, right: str, name: str, hint: str, held: Scope
) -> None:
    files: dict[str, str | bytes | None] = {right: None, f"05-a-day/{name}": TEXT}
    read = plan(write, files)
    (problem,) = reported(read)
    assert (problem.rule, problem.location.file.name, problem.scope) == ("file-name", name, held)
    assert f"it is meant as {right[9:]}" in problem.message
    assert hint in problem.hint
    words = read.campaign.days[5].translation("en", "nairobi")
    assert words is None or held.language != "en", "and no other text stands in for an embassy's own"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("en.toml.docx", b"PK\3\4\x14\0word/document.xml", "a Word document"),
        ("en.toml.rtf", b"{\\rtf1 text}", "an RTF document"),
        ("en.toml.txt", TEXT.encode("utf-16"), "saved as UTF-16"),
    ],
)
def test_where_a_new_name_would_not_help_the_step_is_another(
    write: Write, name: str, content: bytes, kind: str
) -> None:
    (problem,) = reported(plan(write, {"05-a-day/en.toml": None, f"05-a-day/{name}": content}))
    assert (problem.rule, problem.scope) == ("file-name", DAY_5_EN)
    assert kind in problem.hint and "Rename" not in problem.hint and "en.toml." in problem.hint


@pytest.mark.parametrize(
    ("file", "name", "held"),
    [
        ("05-a-day/day.toml", "day.toml.txt", DAY_5), ("05-a-day/day.toml", "day.toml.toml", DAY_5),
        ("campaign.toml", "campaign.toml.txt", WHOLE_CAMPAIGN), ("facts.toml", "facts.toml.txt", WHOLE_CAMPAIGN),
    ],
)  # fmt: skip
def test_a_file_that_must_be_there_is_seen_under_its_other_name(
    write: Write, file: str, name: str, held: Scope
) -> None:
    folder = file.rpartition("/")[0]
    problems = load(write, {file: None, f"{folder}/{name}".lstrip("/"): FILES[file]}).problems
    problem = next(p for p in problems if p.rule == "file-missing")
    assert problem.message == f"there is {name}, and no {Path(file).name}."
    assert problem.hint.startswith(f"Rename it: {Path(file).name}.")
    assert problem.scope == held


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="Day.toml is read there, and only named")
def test_a_day_in_capitals_is_seen_too(write: Write) -> None:
    (problem,) = load(write, {"05-a-day/day.toml": None, "05-a-day/Day.toml": DAY}).problems
    assert (problem.rule, problem.message, problem.scope) == (
        "file-missing", "there is Day.toml, and no day.toml.", DAY_5,
    )  # fmt: skip


@pytest.mark.parametrize("slug", ["égalité", "हिंसा", "Şiddet-m\u0303", "ความรุนแรง"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_folders_name_may_be_stored_in_either_form(write: Write, slug: str, form: Literal["NFC", "NFD"]) -> None:
    name = f"05-{unicodedata.normalize(form, slug)}"
    read = load(
        write,
        {f"05-a-day/{file}.toml": None for file in ("day", "en", "nl")}
        | {f"{name}/day.toml": DAY, f"{name}/en.toml": TEXT},
    )
    assert not read.problems
    assert 5 in read.days


def test_a_wrong_name_with_an_accent_is_mended_without_losing_it(write: Write) -> None:
    problems = load(write, {f"5 {unicodedata.normalize('NFD', 'É galité')}\u200b/day.toml": DAY}).problems
    assert [p.hint for p in problems] == ["Rename it, like 05-É-galité."]


def test_names_compare_in_one_form_within_the_files_and_stay_as_written(write: Write) -> None:
    whole, apart = "media/été.jpg", unicodedata.normalize("NFD", "media/été.jpg")
    fact, handle = "égalité", "ministère"
    texts: dict[str, str | bytes | None] = {
        "facts.toml": FACTS + f'["{unicodedata.normalize("NFD", fact)}"]\nstatement = "Equal."\n',
        "campaign.toml": CAMPAIGN + f'[handles."{unicodedata.normalize("NFD", handle)}"]\nname = "The ministry"\n',
        "05-a-day/day.toml": f'title = "A"\nfacts = ["{fact}"]\nmedia = ["{apart}"]\n',
        "05-a-day/en.toml": f"text = 'Hello {{@{handle}}}'\n[alt]\n'{whole}' = 'Lanterns.'\n",
        "05-a-day/nl.toml": f"text = 'Dag'\n[alt]\n'{apart}' = 'Lantaarns.'\n",
        "media/été.jpg": SMALL_PICTURE,
    }
    read = plan(write, texts)
    assert {problem.rule for problem in reported(read)} <= {"picture-tiny"}
    english = read.campaign.days[5].translations["en"]
    assert (english.media, english.alt) == ((apart,), {apart: "Lanterns."})
    assert [d.rendered_text.text for d in read if d.number == 5 and d.language == "en" and d.rendered_text] == [
        "Hello The ministry"
    ] * 2


def test_a_name_that_stands_twice_in_two_forms_is_a_mistake(write: Write) -> None:
    whole, apart = "été", unicodedata.normalize("NFD", "été")
    problems = load(
        write,
        {
            "facts.toml": FACTS + "".join(f'["{name}"]\nstatement = "One."\n' for name in (whole, apart)),
            "05-a-day/day.toml": DAY + f"media = ['{whole}']\n",
            "05-a-day/en.toml": TEXT + f"[alt]\n'{whole}' = 'A'\n'{apart}' = 'B'\n",
        },
    ).problems
    assert [(p.rule, p.location.file.name, p.location.line) for p in problems] == [
        ("duplicate-key", "facts.toml", 10), ("duplicate-key", "en.toml", 6),
    ]  # fmt: skip


def test_a_hashtag_is_left_out_in_whichever_form_it_is_stored(write: Write) -> None:
    files = {
        "campaign.toml": CAMPAIGN.replace('en = ["#16Days"]', 'en = ["#16Days", "#Égalité"]'),
        "05-a-day/en.toml": "text = 'Hello {hashtags}'\n",
    }
    for form in ("NFC", "NFD"):
        tag = unicodedata.normalize(form, "#égalité")
        configured = config.load(write({"config.toml": CONFIG + f'without_hashtags = ["{tag}"]\n'}) / "config.toml")
        read = Plan(load(write, files), configured, configured.first_day(BEFORE))
        texts = {d.rendered_text.text for d in read if d.number == 5 and d.language == "en" and d.rendered_text}
        assert texts == {"Hello #16Days"}


@pytest.mark.parametrize(
    ("files", "held"),
    [
        ({"facts.toml": FACTS.replace("statement = ", "state = ", 1), "05-a-day/day.toml": DAY}, range(1, 17)),
        (
            {"facts.toml": FACTS.replace('"It works."', "5"), "05-a-day/day.toml": 'title = "A"\nfacts = ["works"]\n'},
            [5],
        ),
        ({"facts.toml": "# none\n"}, range(1, 17)),
    ],
    ids=["a fact of all days", "a fact of one day", "no fact"],
)
def test_a_broken_fact_holds_the_days_that_rest_on_it(
    write: Write, files: Mapping[str, str | bytes], held: list[int]
) -> None:
    problems = load(write, files).problems
    assert [p.scope for p in problems if p.rule == "unknown-fact"] == [Scope(day) for day in held]
    assert all(p.scope == NO_DELIVERY for p in problems if p.rule != "unknown-fact")


def test_a_missing_day_is_held_and_its_folder_described(write: Write) -> None:
    read = load(write, {f"07-a-day/{name}.toml": None for name in ("day", "en", "nl")})
    assert 7 not in read.days
    assert [(p.rule, p.message, p.hint, p.scope) for p in read.problems] == [
        ("missing-day", "day 7 is missing.", "Add a folder 07-… with a day.toml.", Scope(7))
    ]
    assert str(read.problems[0].location) == f"{read.folder}:1"


def test_a_day_in_two_folders_is_in_neither(write: Write) -> None:
    read = load(write, {"05-another/day.toml": DAY + "x = 1\n", "05-the-third/day.toml": DAY})
    assert 5 not in read.days
    assert len(read.days) == 15
    assert [(p.rule, p.location.file.name, p.scope) for p in read.problems] == [
        ("duplicate-day", "05-another", DAY_5),
        ("duplicate-day", "05-the-third", DAY_5),
        ("unknown-key", "day.toml", DAY_5),
    ]


@pytest.mark.parametrize(
    ("posts", "reason"),
    [("posts", "No such file or directory"), ("a-file", "Not a directory"), ("nul\0", "embedded null byte")],
)
def test_a_folder_that_cannot_be_read_is_one_problem(write: Write, posts: str, reason: str) -> None:
    folder = write({"a-file": ""}) / posts
    read = campaign.load(folder)
    assert [(p.rule, p.location.file, p.message, p.hint, p.scope) for p in read.problems] == [
        ("folder-unreadable", folder, f"the folder with the days can't be read: {reason}.",
         "Check “posts” in the config.", WHOLE_CAMPAIGN)
    ]  # fmt: skip
    assert not read.days


def test_a_folder_in_the_place_of_a_file_is_a_problem(write: Write) -> None:
    read = load(write, {"05-a-day/en.toml": None, "05-a-day/en.toml/x": "", "facts.toml": None, "facts.toml/x": ""})
    assert [(p.rule, p.location.file.name, p.message, p.scope) for p in read.problems] == [
        ("file-unreadable", "facts.toml", "this is a folder, not a file.", WHOLE_CAMPAIGN),
        ("file-unreadable", "en.toml", "this is a folder, not a file.", DAY_5_EN),
    ]


def test_a_broken_day_hides_no_mistake_in_its_texts(write: Write) -> None:
    text = TEXT + "blusky = 'Hi'\n[alt]\n'media/05.png' = 'A lamp'\nx = 'Hi'\n"
    broken = {"05-a-day/day.toml": "title =\n", "05-a-day/en.toml": text, "05-a-day/nl.toml": "text = 5\n"}
    read = load(write, broken)
    assert 5 not in read.days
    # Nobody knows which pictures the day has, so that nothing is said of them.
    assert sorted((p.location.file.name, p.location.line, p.rule) for p in read.problems) == [
        ("day.toml", 1, "toml"),
        ("en.toml", 4, "unknown-key"),
        ("en.toml", 7, "key-below-alt"),
        ("nl.toml", 1, "wrong-type"),
    ]


def test_a_day_without_pictures_knows_that_it_has_none(write: Write) -> None:
    text = TEXT + "[alt]\n'media/05.png' = 'A lamp'\n"
    read = load(write, {"05-a-day/day.toml": DAY + "media = []\n", "05-a-day/en.toml": text})
    assert [(p.rule, p.location.line) for p in read.problems] == [("unknown-picture", 5)]


def test_pictures_that_are_no_list_are_said_once(write: Write) -> None:
    text = TEXT + "[alt]\n'media/05.png' = 'A lamp'\n"
    read = load(write, {"05-a-day/day.toml": DAY + "media = 'media/05.png'\n", "05-a-day/en.toml": text})
    assert [(p.rule, p.location.line) for p in read.problems] == [("wrong-type", 3)]


CONFIG = """\
[embassies.nairobi]
name = { en = "the embassy", nl = "de ambassade" }
city = { en = "Nairobi", nl = "Nairobi" }
timezone = "Africa/Nairobi"
languages = ["en", "nl"]
x = { handle = "be_nairobi" }
bluesky = { handle = "be-nairobi.example" }
"""


def plan(write: Write, files: Mapping[str, str | bytes | None]) -> Plan:
    read = load(write, files)
    configured = config.load(write({"config.toml": CONFIG}) / "config.toml")
    return Plan(read, configured, configured.first_day(BEFORE))


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("text = '''\nHello\n\nfrom {citty}\n'''\n", 4, "{citty}", "Did you mean “city”?"),
        ("text = 'Hello {link2}'\n", 1, "{link2}", "Did you mean “link”?"),
        ('text = "Hello\\n\\n{@un-woman}"\n', 1, "{@un-woman}", "Did you mean “@un-women”?"),
        ('a = 1\ntext = """\nHello \\\n   you\n{xyz}"""\n', 5, "{xyz}", "{city}"),
    ],
)
def test_an_unknown_placeholder_is_located_within_its_text(
    write: Write, text: str, line: int, message: str, hint: str
) -> None:
    found = [p for p in check(plan(write, {"05-a-day/en.toml": text})) if p.rule == "unknown-placeholder"]
    assert {(p.location.file.name, p.location.line) for p in found} == {("en.toml", line)}
    assert message in found[0].message
    assert hint in found[0].hint
    assert {(p.scope.day, p.scope.platform, p.scope.language) for p in found} == {
        (5, "x", "en"), (5, "bluesky", "en"),
    }  # fmt: skip


def test_ten_broken_files_are_all_reported_and_the_healthy_days_are_there(write: Write) -> None:
    latin = "text = 'Brasília'\n".encode("latin-1")
    broken: dict[str, str | bytes] = {
        "campaign.toml": b"\xef\xbb\xbf" + CAMPAIGN.replace("\n", "\r\n").replace("minister", "minster").encode(),
        "facts.toml": FACTS + "[more]\nstatement = 1\n",
        "01-a-day/day.toml": "title = “A day”\n",
        "02-a-day/day.toml": DAY + "time = 9\n",
        "03-a-day/en.toml": "text = '''\nHello\n",
        "04-a-day/nl.toml": "",
        "05-a-day/en.toml": TEXT + "[alt]\nx = 'Hi'\n",
        "06-a-day/nl.toml": latin,
        "07-a-day/en.toml": TEXT + TEXT,
        "08-b-day/day.toml": DAY,
        "09-a-day/en.toml": "text = 'Hello {sity}'\n",
    }
    read = plan(write, broken)
    found = reported(read)
    assert all(map(is_plain, found))
    folder = read.campaign.folder
    located = {
        (str(p.location.file.relative_to(folder)), p.location.line, p.rule, p.scope.day, p.scope.language)
        for p in found
    }
    assert located == {
        ("campaign.toml", 3, "unknown-key", None, None),
        ("facts.toml", 9, "wrong-type", None, None),
        ("01-a-day/day.toml", 1, "toml", 1, None),
        ("02-a-day/day.toml", 3, "wrong-type", 2, None),
        ("03-a-day/en.toml", 1, "toml", 3, "en"),
        ("04-a-day/nl.toml", 1, "file-empty", 4, "nl"),
        ("05-a-day/en.toml", 5, "key-below-alt", 5, "en"),
        ("06-a-day/nl.toml", 1, "file-encoding", 6, "nl"),
        ("07-a-day/en.toml", 4, "toml", 7, "en"),
        ("08-b-day", 1, "duplicate-day", 8, None),
        ("09-a-day/en.toml", 1, "unknown-placeholder", 9, "en"),
    }
    assert sorted(read.campaign.days) == [2, 3, 4, 5, 6, 7, *range(9, 17)]
    assert [day for day, languages in sorted(read.campaign.days.items()) if len(languages.translations) < 2] == [
        3,
        4,
        6,
        7,
    ]
    assert not read.campaign.days[16].translations.keys() - {"en", "nl"}


def test_a_mistake_in_one_text_holds_that_text_alone(write: Write) -> None:
    (problem,) = load(write, {"05-a-day/en.toml": "text = 5\n"}).problems
    held = {
        (day, embassy, platform, language)
        for day in range(1, 17) for embassy in ("nairobi", "hanoi") for platform in ("x", "bluesky")
        for language in ("en", "nl") if problem.scope.covers(day, embassy, platform, language)
    }  # fmt: skip
    assert held == {(5, embassy, platform, "en") for embassy in ("nairobi", "hanoi") for platform in ("x", "bluesky")}


@pytest.mark.parametrize(
    ("lines", "rule"), [(1_600, "too-long"), (1_700, "too-long-text"), (870_000, "file-too-large")]
)
def test_a_text_of_any_length_is_too_long_and_nothing_else(write: Write, lines: int, rule: str) -> None:
    found = reported(plan(write, {"05-a-day/en.toml": "text = '''\n" + "Hello\n" * lines + "'''\n"}))
    assert rule in {p.rule for p in found}
    assert {(p.location.file.name, p.location.line) for p in found} == {("en.toml", 1)}


# Any file at all


def test_any_value_of_another_type_is_a_problem_on_its_line(write: Write) -> None:
    day = DAY + 'link = "https://a.example"\nmedia = ["a.png"]\ntime = "10:30"\nhashtags = ["#A"]\n'
    text = TEXT + "x = 'a'\nbluesky = 'b'\n[alt]\n'a.png' = 'A lamp'\n"
    whole: dict[str, str | bytes] = {"05-a-day/day.toml": day, "05-a-day/en.toml": text}
    folder = load(write, whole).folder
    # A handle's name may be one text too, for all languages; so it isn't among those that must be a section.
    shared = CAMPAIGN.replace('{ en = "UN Women", nl = "UN Women" }', '"UN Women"')
    for name, content in (
        ("campaign.toml", shared),
        ("facts.toml", FACTS),
        ("05-a-day/day.toml", day),
        ("05-a-day/en.toml", text),
    ):
        for spoilt, line in with_other_types(content):
            (folder / name).write_text(spoilt, encoding="utf-8")
            found = campaign.load(folder).problems
            assert (folder / name, line) in {(p.location.file, p.location.line) for p in found}, spoilt
            assert all(map(is_plain, found)), found
        (folder / name).write_text(content, encoding="utf-8")


def test_no_file_of_the_campaign_can_make_it_raise(write: Write) -> None:
    folder = load(write, {}).folder
    for name in ("campaign.toml", "facts.toml", "05-a-day/day.toml", "05-a-day/en.toml"):
        healthy = (folder / name).read_bytes()
        for content in (
            b"",
            b"\0",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"a",
            b"=",
            b"[",
            b"'''",
            b"\r",
            b"[[text]]\n[[id]]",
            b"\xed\xa0\x80",
        ):
            (folder / name).write_bytes(content)
            found = campaign.load(folder).problems
            assert any(p.location.file == folder / name for p in found), content
            assert all(map(is_plain, found)), found
        (folder / name).write_bytes(healthy)
    assert not campaign.load(folder).problems
