"""What an approval covers of cards: each shape that is sent, own cards, and who they say they are from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from orangeday.approvals import store as approvals
from orangeday.approvals.compare import find_objections
from orangeday.approvals.content import altered_pictures, subjects
from orangeday.approvals.model import Kind, Subject
from orangeday.cli import main

from ..support import campaigns
from ..support.awkward_pictures import awkward_picture
from ..support.common import plan_of
from .test_approvals import Do, approve_all, edit, found, look, png

CARD = '\n[card]\nheadline = "Together"\nalt = "{sender}: “Together”."\n'
DAY = "posts/05-day"
EN, OWN = Subject(5, "en", None), Subject(5, "en", "nairobi")
CONFIG, CAMPAIGN = "config.toml", "posts/campaign.toml"


def write_campaign(folder: Path, *pictures: str) -> Path:
    """A campaign of day 5 alone, whose text has a card, in these files; two embassies post it on both platforms."""
    files = campaigns.files(("en",), {"nairobi": "Africa/Nairobi", "tokyo": "Asia/Tokyo"})
    skip = [day for day in range(1, 17) if day != 5]
    files[CONFIG] = files[CONFIG].replace("\ntimezone = ", f"\nskip = {skip}\nname = {{ en = 'us' }}\ntimezone = ")
    files[CAMPAIGN] += "\n[cards]\nfrom = { en = 'All of us' }\n"
    files[f"{DAY}/en.toml"] += CARD
    campaigns.write(folder, files)
    for number, name in enumerate(pictures):
        put(name, number)(folder)
    return folder


def put(name: str, number: int = 9) -> Do:
    """Writes a picture beside the text, another one for each number."""

    def do(folder: Path) -> None:
        (folder / DAY / name).write_bytes(png() + bytes([number]))

    return do


def drop(name: str) -> Do:
    return lambda folder: (folder / DAY / name).unlink()


def held(folder: Path) -> set[str]:
    """The places whose post isn't approved as it is: `nairobi/x`."""
    plan, stored = look(folder)
    places = {f"{d.embassy.id}/{d.platform}" for d in plan if stored.objection(d)}
    objections = find_objections(plan, stored, [*plan])
    assert {f"{d.embassy.id}/{d.platform}" for d in plan if d.key in objections} == places, "one by one or together"
    return places


X, BLUESKY = {"nairobi/x", "tokyo/x"}, {"nairobi/bluesky", "tokyo/bluesky"}
NAIROBI = {"nairobi/x", "nairobi/bluesky"}
BOTH = ("en.png", "en.4x5.png")
OWN_BOTH = (*BOTH, "en.nairobi.png", "en.nairobi.4x5.png")


def test_one_approval_covers_the_bytes_of_each_shape_that_is_sent(tmp_path: Path) -> None:
    approve_all(write_campaign(tmp_path, *BOTH))
    assert held(tmp_path) == set()
    entry = tomllib.loads((tmp_path / "posts/approvals.toml").read_text("utf-8"))["05"]["en"]
    assert [*entry["media"]] == ["05-day/en.png", "05-day/en.4x5.png"]
    assert entry["media"]["05-day/en.png"].startswith("picture 1, sha256:")
    assert entry["media"]["05-day/en.4x5.png"].startswith("picture 1 on bluesky, sha256:")
    assert [*entry["alt"].values()] == ["All of us: “Together”."], "one alt text, with its sender"


@pytest.mark.parametrize(
    ("pictures", "do", "expected"),
    [
        (BOTH, put("en.png"), X),
        (BOTH, put("en.4x5.png"), BLUESKY),
        (BOTH, drop("en.4x5.png"), BLUESKY),
        (["en.png"], put("en.4x5.png"), BLUESKY),
        (["en.png"], put("en.png"), X | BLUESKY),
        (BOTH, edit(CONFIG, "[embassies.nairobi]", '[bluesky]\nshape = "16:9"\n[embassies.nairobi]'), BLUESKY),
        (BOTH, edit(CONFIG, "[embassies.nairobi]", '[x]\nshape = "4:5"\n[embassies.nairobi]'), X),
        (["en.png"], edit(CONFIG, "[embassies.nairobi]", '[x]\nshape = "4:5"\n[embassies.nairobi]'), set()),
        (BOTH, edit(CAMPAIGN, "All of us", "All"), X | BLUESKY),
        (BOTH, put("en.nairobi.png"), NAIROBI),
        (OWN_BOTH, put("en.nairobi.png"), {"nairobi/x"}),
        (OWN_BOTH, put("en.nairobi.4x5.png"), {"nairobi/bluesky"}),
        (OWN_BOTH, put("en.png"), {"tokyo/x"}),
        (OWN_BOTH, edit(CAMPAIGN, "All of us", "All"), {"tokyo/x", "tokyo/bluesky"}),
        (OWN_BOTH, edit(f"{DAY}/en.toml", "from", "of"), X | BLUESKY),
    ],
)  # fmt: skip
def test_what_is_sent_otherwise_than_approved_is_held_there_alone(
    pictures: list[str], do: Do, expected: set[str], tmp_path: Path
) -> None:
    approve_all(write_campaign(tmp_path, *pictures))
    assert held(tmp_path) == set()
    do(tmp_path)
    assert held(tmp_path) == expected
    approve_all(tmp_path)
    assert held(tmp_path) == set()


def test_a_missing_file_holds_where_it_would_be_sent(tmp_path: Path) -> None:
    approve_all(write_campaign(tmp_path, *BOTH))
    drop("en.png")(tmp_path)
    assert held(tmp_path) == X


def test_an_approval_of_the_version_before_counts_until_there_is_another_file(tmp_path: Path) -> None:
    write_campaign(tmp_path, "en.png")
    file = tmp_path / f"{DAY}/en.toml"
    file.write_text(file.read_text("utf-8").replace("{sender}", "Orange card"), "utf-8")
    plan, _ = look(tmp_path)
    parts = {
        "title": "Day 5",
        "text": "Day 5 in en, from {city}.",
        'alt."05-day/en.png"': "Orange card: “Together”.",
        'media."05-day/en.png"': found(tmp_path)["05/en"].parts['media."05-day/en.png"'][1],
        "pictures": "as they are",
        "facts.one": "paragraph 0: One.",
    }
    assert {name: new for name, (_, new) in found(tmp_path)["05/en"].parts.items()} == parts, "byte for byte"
    approve_all(tmp_path)
    assert held(tmp_path) == set()
    assert plan.campaign.days[5].translations["en"].picture_names


def test_a_choice_of_embassies_needs_no_other_approval(tmp_path: Path) -> None:
    write_campaign(tmp_path, *BOTH)
    edit(CONFIG, 'bluesky = { handle = "nairobi.example" }\n', "")(tmp_path)
    approve_all(tmp_path)
    plan, stored = look(tmp_path)
    for embassy in ("nairobi", "tokyo"):
        chosen = plan.for_embassies([embassy])
        assert [stored.objection(delivery) for delivery in chosen] == [None] * len([*chosen])


# An embassy's own card


def test_an_own_card_is_approved_under_a_heading_of_its_own_with_its_alt_text(tmp_path: Path) -> None:
    approve_all(write_campaign(tmp_path, *BOTH))
    put("en.nairobi.png")(tmp_path)
    plan, _ = look(tmp_path)
    assert OWN in subjects(plan)
    change = found(tmp_path)["05/en.nairobi"]
    assert change.kind is Kind.NEW
    assert change.in_words == (
        "nairobi's own card on day 5 in “en” is not approved yet: orangeday approve 5 --language en --embassy nairobi"
    )
    assert change.parts['alt."05-day/en.nairobi.png"'] == (None, "Us: “Together”.")
    assert change.parts["own_card"] == (None, "with everybody's words")
    config = ["--config", str(tmp_path / CONFIG)]
    assert main(["approve", "5", "--language", "en", "--embassy", "nairobi", "--by", "Ann", *config]) == 0
    assert held(tmp_path) == set()


@pytest.mark.parametrize("pictures", [OWN_BOTH, (*BOTH, "en.nairobi.png")])
def test_an_own_card_that_is_gone_holds_the_post_and_says_so(pictures: tuple[str, ...], tmp_path: Path) -> None:
    approve_all(write_campaign(tmp_path, *pictures))
    for name in pictures[2:]:
        drop(name)(tmp_path)
    assert held(tmp_path) == NAIROBI
    change = found(tmp_path)["05/en.nairobi"]
    assert change.kind is Kind.GONE
    assert change.in_words.startswith("nairobi's own card on day 5 in “en”, which Ann Peeters approved on ")
    assert change.in_words.endswith(
        ", is gone, and nothing stands in for it unasked: orangeday approve 5 --language en"
    )
    config = ["--config", str(tmp_path / CONFIG)]
    assert main(["approve", "5", "--language", "en", "--by", "Ann", *config]) == 0
    assert held(tmp_path) == set(), "a person has let the common card stand in for it"


def test_what_altered_pictures_are_is_told_of_each_file(tmp_path: Path) -> None:
    write_campaign(tmp_path, *BOTH)
    (tmp_path / DAY / "en.4x5.png").write_bytes(awkward_picture("transparent.png"))
    pictures = altered_pictures(look(tmp_path)[0], [EN])
    assert [picture.name for picture in pictures] == ["05-day/en.4x5.png"]
    plan = plan_of(tmp_path / CONFIG)
    assert approvals.load(plan.campaign.folder).entries == {}
