"""Cards as files: what is drawn where, what is left alone, and what is known of one that is missing or out of date."""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from PIL import Image

from orangeday.approvals import content as approvals_content
from orangeday.approvals import store as approvals
from orangeday.cli import main
from orangeday.content import images as pictures
from orangeday.content.cards.card import SIZES, card
from orangeday.content.cards.drawing import draw
from orangeday.content.cards.png import MAX_BYTES
from orangeday.content.encoding import Picture
from orangeday.platforms.specs import Shape
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import BEFORE, EXAMPLE, plan_of

CARD = '\n[card]\nheadline = "{headline}"\nalt = "Orange card: “{headline}”."\n'
LETTERING = '\n[cards]\nfrom = { en = "The ministry" }\n'
HEADLINE = "A resolution on Belgium’s initiative"


@pytest.fixture
def files() -> dict[str, str]:
    """A campaign in which day 5 has a card."""
    written = campaigns.files()
    written["posts/campaign.toml"] += LETTERING
    written["posts/05-day/en.toml"] += CARD.format(headline=HEADLINE)
    return written


# The shipped ones


def test_every_text_of_ours_has_its_cards_as_the_words_are_now() -> None:
    plan = plan_of(EXAMPLE)
    for day in plan.campaign.days.values():
        for translation in day.translations.values():
            for shape in Shape:
                drawn = card(plan.campaign, plan.config, day, translation, shape)
                file = translation.card_file(shape)
                there = pictures.inspect(file)
                assert drawn and isinstance(there, Picture), file
                assert (there.kind, there.width, there.height) == ("png", *SIZES[shape])
                assert there.bytes <= MAX_BYTES
                assert there.stamp == drawn.stamp, f"{file}: run orangeday cards"
                assert drawn.sender
                assert drawn.grave is (day.number == 15)
                assert translation.alt[translation.media[-1]]


def test_a_card_is_drawn_again_as_it_lies_there() -> None:
    plan = plan_of(EXAMPLE)
    campaign = plan.campaign
    translation = campaign.days[15].translations["fr"]
    for shape in Shape:
        anew = card(campaign, plan.config, campaign.days[15], translation, shape)
        assert anew
        with (
            Image.open(io.BytesIO(draw(anew, campaign.folder))) as drawn,
            Image.open(translation.card_file(shape)) as there,
        ):
            assert drawn.convert("RGB").tobytes() == there.convert("RGB").tobytes()


# The command, and what check says


def run(folder: Path, *arguments: str) -> int:
    return main(["--config", str(folder / "config.toml"), *arguments])


def told(folder: Path) -> list[tuple[str, str, int]]:
    """The rule, the file and the line of what is wrong with cards."""
    found = check(plan_of(folder / "config.toml"))
    return [(p.rule, p.location.file.name, p.location.line) for p in found if "card" in p.message or "card" in p.rule]


def test_a_card_is_missed_drawn_and_known_to_be_out_of_date(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    words, picture = tmp_path / "posts/05-day/en.toml", tmp_path / "posts/05-day/en.png"
    assert told(tmp_path) == [("picture-missing", "en.toml", 4)]
    assert run(tmp_path, "cards") == 0
    assert "2 cards drawn.\nNext: look at them" in capsys.readouterr().err
    assert told(tmp_path) == []
    first = picture.read_bytes()
    assert run(tmp_path, "cards") == 0
    assert "0 cards drawn, 2 up to date." in capsys.readouterr().err
    words.write_text(words.read_text().replace(HEADLINE, "Another headline"))
    assert told(tmp_path) == [("card-outdated", "en.toml", 4)] * 2, "in both shapes"
    assert run(tmp_path, "cards", "6") == 0
    assert "No text there has a headline" in capsys.readouterr().err
    assert run(tmp_path, "cards", "5", "--language", "en") == 0
    assert told(tmp_path) == []
    assert picture.read_bytes() != first
    assert not list(picture.parent.glob(".*")), "nothing is left beside it"


def test_a_picture_of_the_officers_own_is_left_alone(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    own = tmp_path / "posts/05-day/en.png"
    Image.new("RGB", (1200, 675), "navy").save(own)
    before = own.read_bytes()
    assert run(tmp_path, "cards", "--again") == 0
    assert "0 cards drawn, 1 picture of your own left alone." in capsys.readouterr().err
    assert own.read_bytes() == before
    assert told(tmp_path) == [("stale-alt", "en.toml", 5)], "the alt text is that of the drawn card"
    describe(tmp_path, "Two lanterns at night.")
    assert told(tmp_path) == [], "and of a picture of one's own nobody wants the headline"


def describe(folder: Path, alt: str) -> None:
    """Another alt text of the fifth day's picture."""
    file = folder / "posts/05-day/en.toml"
    file.write_text(re.sub(r'(?m)^alt = ".*"$', f'alt = "{alt}"', file.read_text("utf-8")), "utf-8", newline="\n")


def photo(file: Path, colour: str = "navy") -> bytes:
    """A picture of the officer's own, in whatever format its name says."""
    formats = {".jpe": "JPEG", ".jfif": "JPEG", ".jpg": "JPEG", ".jpeg": "JPEG"}
    Image.new("RGB", (1200, 675), colour).save(file, formats.get(file.suffix.lower()))
    return file.read_bytes()


@pytest.mark.parametrize(
    "name", ["en.jpg", "en.jpeg", "en.jpe", "en.jfif", "en.webp", "en.gif", "en.JPG", "en.PNG", "EN.Jpeg"]
)
def test_a_picture_under_the_texts_name_is_posted_whatever_its_format(
    name: str, files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    before = photo(tmp_path / "posts/05-day" / name)
    describe(tmp_path, "Two lanterns at night.")
    plan = plan_of(tmp_path / "config.toml")
    translation = plan.campaign.days[5].translations["en"]
    assert [str(picture) for picture in translation.media] == [f"05-day/{name}"]
    assert translation.alt == {f"05-day/{name}": "Two lanterns at night."}
    assert translation.card_file(Shape.WIDE).read_bytes() == before
    assert told(tmp_path) == []
    for option in ([], ["--again"]):
        assert run(tmp_path, "cards", *option) == 0
        assert "0 cards drawn, 1 picture of your own left alone." in capsys.readouterr().err
    assert {file.name for file in translation.file.parent.iterdir()} == {"day.toml", "en.toml", name}


def test_two_pictures_under_one_name_are_an_error_and_none_is_drawn_over(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    photo(tmp_path / "posts/05-day/en.jpg")
    capsys.readouterr()
    (problem,) = [p for p in check(plan_of(tmp_path / "config.toml")) if p.rule == "ambiguous-picture"]
    assert "en.png and en.jpg lie beside en.toml" in problem.message
    assert "en.png is the drawn card" in problem.hint
    assert (problem.scope.day, problem.scope.language) == (5, "en")
    assert run(tmp_path, "cards", "--again") == 1
    assert "en.png and en.jpg lie beside it. Nothing was drawn: delete all but one." in " ".join(
        capsys.readouterr().err.split()
    )
    for drawn in ("en.png", "en.4x5.png"):
        (tmp_path / "posts/05-day" / drawn).unlink()
    describe(tmp_path, "Two lanterns at night.")
    assert told(tmp_path) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="en.png and en.PNG are one file there")
def test_one_name_in_two_cases_is_two_pictures(files: dict[str, str], tmp_path: Path) -> None:
    campaigns.write(tmp_path, files)
    for name in ("en.png", "en.PNG"):
        photo(tmp_path / "posts/05-day" / name)
    (problem,) = [p for p in check(plan_of(tmp_path / "config.toml")) if p.rule == "ambiguous-picture"]
    assert "en.png and en.PNG lie" in problem.message


def test_an_embassys_own_text_has_its_own_picture(files: dict[str, str], tmp_path: Path) -> None:
    files["posts/05-day/en.nairobi.toml"] = files["posts/05-day/en.toml"]
    campaigns.write(tmp_path, files)
    photo(tmp_path / "posts/05-day/en.nairobi.webp")
    day = plan_of(tmp_path / "config.toml").campaign.days[5]
    own = day.embassy_translations["en", "nairobi"]
    assert own and [str(name) for name in own.media] == ["05-day/en.nairobi.webp"]
    assert [str(name) for name in day.translations["en"].media] == ["05-day/en.png"]


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def test_a_picture_that_cant_be_posted_is_named_and_no_card_is_drawn_beside_it(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    (tmp_path / "posts/05-day/en.heic").write_bytes(HEIC)
    (problem,) = [p for p in check(plan_of(tmp_path / "config.toml")) if p.rule == "picture-kind"]
    assert "“05-day/en.heic” can't be posted: it is a HEIC picture" in problem.message
    assert run(tmp_path, "cards") == 1
    assert "en.heic was left as it is: it is a HEIC picture" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "posts/05-day/en.png").exists()


def test_beside_a_drawn_card_it_is_a_file_that_nothing_uses(files: dict[str, str], tmp_path: Path) -> None:
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    (tmp_path / "posts/05-day/en.heic").write_bytes(HEIC)
    (problem,) = [p for p in check(plan_of(tmp_path / "config.toml")) if "heic" in p.message]
    assert (problem.rule, problem.scope.language) == ("unused-file", "en")
    assert problem.hint == "en.png is posted in its place. To post this one, save it as en.jpg, and delete en.png."


def test_a_card_whose_stamp_another_program_took_out_is_taken_for_another_picture(
    files: dict[str, str], tmp_path: Path
) -> None:
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    assert told(tmp_path) == []
    own = tmp_path / "posts/05-day/en.png"
    with Image.open(own) as drawn:
        drawn.convert("RGB").save(own.with_suffix(".jpg"), quality=95)
    own.unlink()
    own.with_name("en.4x5.png").unlink()
    assert told(tmp_path) == [("stale-alt", "en.toml", 5)]


def test_the_headline_is_found_in_an_alt_text_that_is_stored_in_the_other_form(
    files: dict[str, str], tmp_path: Path
) -> None:
    files["posts/05-day/en.toml"] = campaigns.files()["posts/05-day/en.toml"] + CARD.format(headline="Égalité")
    campaigns.write(tmp_path, files)
    describe(tmp_path, unicodedata.normalize("NFD", "Orange card: Égalité."))
    assert run(tmp_path, "cards") == 0
    assert told(tmp_path) == []


def a_tiff(own: Path) -> None:
    Image.new("RGB", (1200, 675), "navy").save(own, "TIFF")


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (a_tiff, "it is a TIFF picture, and no jpg, png, gif or webp."),
        (lambda own: own.write_bytes(Path(EXAMPLE.parent, "posts/05-human-rights-council/en.png").read_bytes()[:-90]),
         "the picture is damaged: its file ends too early."),
        (Path.mkdir, "this isn't a file."),
        (lambda own: Image.new("1", (9000, 9000)).save(own), "50 million are the most."),
    ],
)  # fmt: skip
def test_nothing_is_drawn_over_a_file_that_is_no_card(
    put: Callable[[Path], Any], said: str, files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    own = tmp_path / "posts/05-day/en.png"
    put(own)
    before = own.stat()
    assert run(tmp_path, "cards", "--again") == 1
    heard = " ".join(capsys.readouterr().err.split())
    assert "en.png was left as it is: " in heard and f"{said} Correct it, or delete it." in heard
    assert own.stat().st_ino == before.st_ino and own.stat().st_mtime_ns == before.st_mtime_ns


def test_a_headline_of_several_lines_in_its_file_is_one_to_the_card(files: dict[str, str], tmp_path: Path) -> None:
    broken = "'''\n" + HEADLINE.replace(" on", "\n  on") + "\n'''"
    files["posts/05-day/en.toml"] = files["posts/05-day/en.toml"].replace(f'"{HEADLINE}"', broken)
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    plan = plan_of(tmp_path / "config.toml")
    day = plan.campaign.days[5]
    drawn = card(plan.campaign, plan.config, day, day.translations["en"], Shape.WIDE)
    assert drawn and drawn.headline == HEADLINE
    assert told(tmp_path) == []


def test_what_cant_be_drawn_is_said_and_costs_no_other_card(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files["posts/04-day/en.toml"] += CARD.format(headline="暴力")
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert re.search(r"04-day/en\.toml:4: The fonts of the cards have no 暴 力 .* 2 cards drawn\.", said)
    assert (tmp_path / "posts/05-day/en.png").is_file()


def test_no_card_is_drawn_while_what_all_say_cant_be_read(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    card = tmp_path / "posts/05-day/en.png"
    before, shared = card.read_bytes(), tmp_path / "posts/campaign.toml"
    shared.write_text(shared.read_text().replace("[cards]", "[cards"))
    assert run(tmp_path, "cards", "--again") == 2
    assert "What all cards say can't be read as it is, so none was drawn." in " ".join(capsys.readouterr().err.split())
    assert card.read_bytes() == before


def test_a_text_that_cant_be_read_may_have_a_headline_and_is_said(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files["posts/05-day/en.toml"] = files["posts/05-day/en.toml"].replace("[card]", "[card")
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 1
    said = capsys.readouterr().err
    assert "0 cards drawn.\n" in said and "The files have an error: see orangeday check." in said
    assert run(tmp_path, "cards", "6") == 0


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: text.replace('headline = "', 'headline = "  "  # '), "empty-text"),
        (lambda text: re.sub(r"alt = .*", "", text), "missing-key"),
        (lambda text: text.replace("alt =", 'colour = "red"\nalt ='), "unknown-key"),
        (lambda text: re.sub(r"alt = .*", 'alt = "An orange card."', text), "silent-alt"),
        (lambda text: re.sub(r"alt = .*", f'alt = "Image of {HEADLINE}"', text), "wordy-alt"),
    ],
)
def test_a_mistake_in_a_card_is_said(
    change: Callable[[str], str], rule: str, files: dict[str, str], tmp_path: Path
) -> None:
    files["posts/05-day/en.toml"] = change(files["posts/05-day/en.toml"])
    found = check(plan_of(campaigns.write(tmp_path, files)))
    assert rule in [problem.rule for problem in found if problem.location.file.name == "en.toml"]


def test_four_pictures_and_a_card_are_one_too_many(files: dict[str, str], tmp_path: Path) -> None:
    names = ", ".join(f'"media/{n}.png"' for n in range(4))
    files["posts/05-day/day.toml"] += f"media = [{names}]\n"
    plan = plan_of(campaigns.write(tmp_path, files))
    (problem,) = [problem for problem in check(plan) if problem.rule == "too-many-pictures"]
    assert problem.message == "its card is one picture too many; 4 a day are the most."


def test_an_embassy_where_orange_is_a_partys_colour_posts_no_cards(files: dict[str, str], tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", plan.begins)
    config.write_text(config.read_text().replace("[embassies.nairobi]", "[embassies.nairobi]\ncards = false"))
    plan = plan_of(config)
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery and delivery.media == ()
    stored = approvals.load(plan.campaign.folder)
    said = stored.objection(delivery, {})
    assert said and "cards" in said, "the embassy's settings have changed, and were approved as they were"
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", plan.begins)
    assert approvals.load(plan.campaign.folder).objection(delivery, {}) is None
    # A card that nobody posts is missed by nobody.
    (tmp_path / "posts/05-day/en.png").unlink()
    assert told(tmp_path) == []


@pytest.fixture
def two() -> dict[str, str]:
    """The same campaign for two embassies, of which Accra posts no cards; day 5 has a link."""
    written = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"})
    written["config.toml"] = written["config.toml"].replace("[embassies.accra]", "[embassies.accra]\ncards = false")
    written["posts/campaign.toml"] = f'title = "Sixteen"\n{written["posts/campaign.toml"]}{LETTERING}'
    written["posts/05-day/day.toml"] += 'link = "https://example.org/page"\n'
    written["posts/05-day/en.toml"] = 'text = "From {city}: {link}"\n' + CARD.format(headline=HEADLINE)
    return written


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda files: None, "picture-missing"),
        (lambda files: files.update(
            {"posts/05-day/en.toml": files["posts/05-day/en.toml"].replace(": “A", ": “No")}), "silent-alt"),
        (lambda files: files.update(
            {"posts/05-day/day.toml": files["posts/05-day/day.toml"] + 'media = ["a", "b", "c", "d"]\n'}),
         "too-many-pictures"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_card_holds_nobody_who_posts_none(
    change: Callable[[dict[str, str]], None], rule: str, two: dict[str, str], tmp_path: Path
) -> None:
    change(two)
    found = check(plan_of(campaigns.write(tmp_path, two)))
    assert [p.scope.embassies for p in found if p.rule == rule and p.location.file.name == "en.toml"] == [
        frozenset({"nairobi"})
    ]


def test_what_a_link_shows_where_no_card_is_posted_is_approved_too(two: dict[str, str], tmp_path: Path) -> None:
    """Accra's post on Bluesky shows the campaign's title below the link, in the place of an orange card."""
    config = campaigns.write(tmp_path, two)
    assert run(tmp_path, "cards") == 0
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", plan.begins)
    title = tmp_path / "posts/campaign.toml"
    title.write_text(title.read_text().replace('"Sixteen"', '"Something else"'))
    delivery = plan_of(config).find("16days-2026/05/accra/bluesky/en")
    assert delivery and delivery.media == ()
    said = approvals.load(tmp_path / "posts").objection(delivery, {})
    assert said and said.startswith("its card is no longer what Ann approved")


def test_who_posts_no_cards_hides_them_from_nobody_who_approves(
    two: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accra posts first of the two in the plan of this test, and its own preview would show no picture."""
    two["config.toml"] = two["config.toml"].replace('"Africa/Accra"', '"Asia/Tokyo"')
    campaigns.write(tmp_path, two)
    assert run(tmp_path, "cards") == 0
    assert run(tmp_path, "preview", "5") == 0
    assert "Picture 05-day/en.png" in capsys.readouterr().out
    with time_machine.travel(BEFORE):  # of a day that is over, nothing more is shown
        assert run(tmp_path, "preview", "5", "--html", str(tmp_path / "page.html")) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "data:image/" in page and f'aria-label="Orange card: “{HEADLINE}”."' in page
    assert "accra</b>" in page and "without a picture" in page


def test_a_card_that_changed_on_the_disk_isnt_what_was_approved(files: dict[str, str], tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", plan.begins)
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery
    stored = approvals.load(plan.campaign.folder)
    assert stored.objection(delivery) is None
    Image.new("RGB", (1200, 675), "navy").save(tmp_path / "posts/05-day/en.png")
    said = stored.objection(delivery)
    assert said and said.startswith("its picture 05-day/en.png and picture 05-day/en.4x5.png are no longer")


def test_own_words_have_a_card_of_their_own(files: dict[str, str], tmp_path: Path) -> None:
    files["posts/05-day/en.nairobi.toml"] = 'text = "Ours, from {city}."\n' + CARD.format(headline="Ours")
    config = campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    delivery = plan_of(config).find("16days-2026/05/nairobi/x/en")
    assert delivery and delivery.media == ("05-day/en.nairobi.png",)
    assert (tmp_path / "posts/05-day/en.nairobi.png").is_file()


# In the shapes of the platforms, and for one embassy


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [("16:9", {"en.png"}), ("4:5", {"en.4x5.png"}), ("both", {"en.png", "en.4x5.png"})],
)
def test_cards_are_drawn_in_the_shapes_that_are_posted(
    shapes: str, expected: set[str], files: dict[str, str], tmp_path: Path
) -> None:
    config = files["config.toml"]
    for section in ("[x]", "[bluesky]"):
        if shapes != "both":
            assert config.count(f"\n{section}\n") <= 1
            config = (
                config.replace(f"\n{section}\n", f'\n{section}\nshape = "{shapes}"\n')
                if f"\n{section}\n" in config
                else f'{section}\nshape = "{shapes}"\n{config}'
            )
    files["config.toml"] = config
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    assert {file.name for file in (tmp_path / "posts/05-day").glob("*.png")} == expected


@pytest.fixture
def several() -> dict[str, str]:
    """The campaign of two embassies, with a card on day 5."""
    written = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "accra": "Africa/Accra"})
    written["posts/campaign.toml"] += LETTERING
    written["posts/05-day/en.toml"] += CARD.format(headline=HEADLINE)
    return written


def sender(folder: Path, language: str, embassy: str | None) -> str:
    """Who stands on the card of day 5."""
    plan = plan_of(folder / "config.toml")
    day = plan.campaign.days[5]
    translation = day.embassy_translations[language, embassy] if embassy else day.translations[language]
    drawn = translation and card(plan.campaign, plan.config, day, translation, Shape.WIDE)
    assert drawn and translation
    there = pictures.inspect(translation.card_file(Shape.WIDE))
    assert isinstance(there, Picture) and there.stamp == drawn.stamp
    return drawn.sender


def test_an_embassy_gets_cards_of_its_own_beside_the_common_ones(
    several: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = 'name = { en = "the Belgian Embassy in Nairobi" }'
    several["config.toml"] = several["config.toml"].replace("[embassies.nairobi]", f"[embassies.nairobi]\n{name}")
    campaigns.write(tmp_path, several)
    assert run(tmp_path, "cards") == 0
    folder = tmp_path / "posts/05-day"
    before = {file.name: file.read_bytes() for file in folder.glob("*.png")}
    assert run(tmp_path, "cards", "--embassy", "nairobi") == 0
    assert "2 cards drawn." in capsys.readouterr().err
    assert {file.name for file in folder.glob("*.png")} == {
        "en.png", "en.4x5.png", "en.nairobi.png", "en.nairobi.4x5.png",
    }  # fmt: skip
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert sender(tmp_path, "en", None) == "The ministry"
    assert sender(tmp_path, "en", "nairobi") == "The Belgian Embassy in Nairobi"
    assert run(tmp_path, "cards", "--embassy", "nairobi") == 0
    assert "0 cards drawn, 2 up to date." in capsys.readouterr().err
    assert run(tmp_path, "cards", "--embassy", "paris") == 2
    assert "There is no embassy “paris”" in capsys.readouterr().err


def test_its_own_cards_have_its_card_name_and_its_logo(several: dict[str, str], tmp_path: Path) -> None:
    several["config.toml"] = several["config.toml"].replace(
        "[embassies.nairobi]", '[embassies.nairobi]\ncard_name = { en = "Belgium in Kenya" }\nlogo = "media/logo.png"'
    )
    campaigns.write(tmp_path, several)
    (tmp_path / "posts/media").mkdir()
    Image.new("RGB", (800, 400), "#003366").save(tmp_path / "posts/media/logo.png")
    assert run(tmp_path, "cards", "--embassy", "nairobi") == 0
    assert sender(tmp_path, "en", "nairobi") == "Belgium in Kenya"
    with Image.open(tmp_path / "posts/05-day/en.nairobi.png") as own:
        assert (0, 0x33, 0x66) in {colour for _, colour in own.convert("RGB").getcolors(1_000_000) or ()}
    Image.new("RGB", (800, 400), "#446600").save(tmp_path / "posts/media/logo.png")
    assert ("card-outdated", "en.toml", 4) in told(tmp_path), "another logo is another card"


def test_check_says_what_cant_be_drawn_where_it_stands(files: dict[str, str], tmp_path: Path) -> None:
    long = "Governments " * 30
    files["posts/05-day/en.toml"] = files["posts/05-day/en.toml"].replace(HEADLINE, long.strip())
    campaigns.write(tmp_path, files)
    problems = [p for p in check(plan_of(tmp_path / "config.toml")) if p.rule == "card-undrawable"]
    assert {(p.location.file.name, p.location.line) for p in problems} == {("en.toml", 4)}
    assert "too long for the layout “statement” in 16:9" in problems[0].message
    assert problems[0].hint == "Say it in fewer words."
    assert run(tmp_path, "cards") == 1
    photo(tmp_path / "posts/05-day/en.png")
    assert "card-undrawable" not in [p.rule for p in check(plan_of(tmp_path / "config.toml"))]


def test_check_opens_no_card_twice(files: dict[str, str], tmp_path: Path) -> None:
    campaigns.write(tmp_path, files)
    assert run(tmp_path, "cards") == 0
    opened: Counter[str] = Counter()
    sys.addaudithook(lambda event, details: opened.update([str(details[0])]) if event == "open" else None)
    pictures._judge_file.cache_clear()
    check(plan_of(tmp_path / "config.toml"))
    seen = {
        Path(name).name: count for name, count in opened.items() if name.startswith(str(tmp_path / "posts/05-day/en."))
    }
    assert seen["en.png"] == seen["en.4x5.png"] == 1
