"""Cards in the shape of each platform, embassies' own cards, and the sender on them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from orangeday.content import config
from orangeday.content.plan import Delivery, Plan
from orangeday.content.senders import sender_of
from orangeday.engine.draft import read_media
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import Shape

from ..support import campaigns
from ..support.common import plan_of

CARD = '\n[card]\nheadline = "We stand together"\nalt = "{sender}, day 5: “We stand together”."\n'
EMBASSIES = {"nairobi": "Africa/Nairobi", "berlin": "Europe/Berlin"}
FOLDER = "posts/05-day"


def planned(
    folder: Path, *pictures: str, embassies: Mapping[str, str] = EMBASSIES, extra: Mapping[str, str] | None = None
) -> Plan:
    """The plan of a campaign whose day 5 has a card, with these files beside its text."""
    files = campaigns.files(("en",), embassies)
    files[f"{FOLDER}/en.toml"] += CARD
    for name in embassies:
        files["config.toml"] = files["config.toml"].replace(
            f"[embassies.{name}]\n", f'[embassies.{name}]\nname = {{ en = "the embassy in {name}" }}\n'
        )
    for name, value in (extra or {}).items():
        files[name] = files.get(name, "") + value
    file = campaigns.write(folder, files)
    for picture in pictures:
        (folder / FOLDER / picture).write_bytes(picture.encode())
    return plan_of(file)


def delivery(plan: Plan, place: str) -> Delivery:
    embassy, platform = place.split("/")
    found = plan.find(f"{plan.campaign_id}/05/{embassy}/{platform}/en")
    assert found
    return found


def sent(plan: Plan, place: str) -> list[str]:
    """The names of what is sent there; what is read for it is what has that name."""
    post = delivery(plan, place)
    assert [*read_media(post)] == [*post.media]
    return [name.rpartition("/")[2] for name in post.media]


# The config


def test_each_platform_has_a_shape_of_its_own(tmp_path: Path) -> None:
    settings = config.load(campaigns.write(tmp_path, campaigns.files())).platforms
    assert (settings["x"].shape, settings["bluesky"].shape) == (Shape.WIDE, Shape.TALL)
    file = campaigns.write(tmp_path, campaigns.files(config='[x]\nshape = "4:5"\n[bluesky]\nshape = "16:9"\n'))
    settings = config.load(file).platforms
    assert (settings["x"].shape, settings["bluesky"].shape) == (Shape.TALL, Shape.WIDE)
    assert {spec.name: spec.shape for spec in PLATFORMS.values() if spec.name not in ("x", "bluesky")} == {}


def test_another_shape_is_an_error_with_the_right_ones(tmp_path: Path) -> None:
    loaded = config.load(campaigns.write(tmp_path, campaigns.files(config='[bluesky]\nshape = "1:1"\n')))
    (problem,) = loaded.problems
    assert (problem.rule, problem.location.line) == ("wrong-shape", 4)
    assert problem.message == "a card can't have the shape “1:1”."
    assert problem.hint == 'Write "16:9" or "4:5".'
    assert loaded.platforms["bluesky"].shape is Shape.TALL


def test_no_embassy_is_called_as_a_shape_is(tmp_path: Path) -> None:
    loaded = config.load(campaigns.write(tmp_path, campaigns.files(embassies={"4x5": "Africa/Nairobi"})))
    (problem,) = loaded.problems
    assert problem.rule == "wrong-id"
    assert problem.message == "“4x5” can't be an embassy's id: en.4x5.png is everybody's card in another shape."
    assert loaded.embassies == {}


# What is sent


def test_each_platform_gets_the_file_of_its_shape(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", "en.4x5.png")
    assert (sent(plan, "nairobi/x"), sent(plan, "nairobi/bluesky")) == (["en.png"], ["en.4x5.png"])
    assert plan.campaign.days[5].embassy_translations == {}, "4x5 is nobody"


@pytest.mark.parametrize(
    ("pictures", "on_x", "on_bluesky"),
    [
        (["en.png"], "en.png", "en.png"),  # as the version before drew it
        (["en.jpg"], "en.jpg", "en.jpg"),  # one's own, for both
        (["en.jpg", "en.4x5.jpg"], "en.jpg", "en.4x5.jpg"),
        (["EN.JPG", "En.4X5.Jpg"], "EN.JPG", "En.4X5.Jpg"),
    ],
)
def test_without_the_other_shape_the_first_stands_in(
    pictures: list[str], on_x: str, on_bluesky: str, tmp_path: Path
) -> None:
    plan = planned(tmp_path, *pictures)
    assert (sent(plan, "nairobi/x"), sent(plan, "nairobi/bluesky")) == ([on_x], [on_bluesky])


def test_the_config_turns_shapes_round(tmp_path: Path) -> None:
    shapes = '\n[x]\nshape = "4:5"\n[bluesky]\nshape = "16:9"\n'
    plan = planned(tmp_path, "en.png", "en.4x5.png", extra={"config.toml": shapes})
    assert (sent(plan, "nairobi/x"), sent(plan, "nairobi/bluesky")) == (["en.4x5.png"], ["en.png"])


def test_all_shapes_have_one_alt_text(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", "en.4x5.png", extra={"posts/campaign.toml": "[cards]\nfrom.en = 'We'\n"})
    for place in ("nairobi/x", "nairobi/bluesky"):
        post = delivery(plan, place)
        assert post.alt_texts == {str(post.media[0]): "We, day 5: “We stand together”."}


def test_pictures_of_the_day_stand_before_the_card_on_each_platform(tmp_path: Path) -> None:
    day = {f"{FOLDER}/day.toml": 'media = ["media/one.png"]\n', "posts/media/one.png": "one"}
    plan = planned(tmp_path, "en.png", "en.4x5.png", extra=day)
    assert sent(plan, "nairobi/x") == ["one.png", "en.png"]
    assert sent(plan, "nairobi/bluesky") == ["one.png", "en.4x5.png"]


# An embassy's own card


def test_an_embassys_own_card_stands_in_its_posts_alone(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", "en.4x5.png", "en.nairobi.png", "en.nairobi.4x5.png")
    assert (sent(plan, "nairobi/x"), sent(plan, "nairobi/bluesky")) == (["en.nairobi.png"], ["en.nairobi.4x5.png"])
    assert (sent(plan, "berlin/x"), sent(plan, "berlin/bluesky")) == (["en.png"], ["en.4x5.png"])
    own = plan.campaign.days[5].embassy_translations["en", "nairobi"]
    assert own and own.has_borrowed_words and own.stem == "en.nairobi"
    text = delivery(plan, "nairobi/x").rendered_text
    assert text and text.text == "Day 5 in en, from Nairobi."


def test_the_common_card_never_stands_in_for_an_own_one(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", "en.4x5.png", "en.nairobi.png")
    assert sent(plan, "nairobi/bluesky") == ["en.nairobi.png"]
    other = planned(tmp_path / "other", "en.png", "en.4x5.png", "en.nairobi.4x5.png")
    assert [*delivery(other, "nairobi/x").media] == ["05-day/en.nairobi.png"], "it is missing, and said to be"


def test_an_own_card_lies_beside_own_words_as_ever(tmp_path: Path) -> None:
    own = {f"{FOLDER}/en.nairobi.toml": 'text = "Ours."\n' + CARD}
    plan = planned(tmp_path, "en.png", "en.nairobi.png", "en.nairobi.4x5.png", extra=own)
    translation = delivery(plan, "nairobi/x").translation
    assert translation and not translation.has_borrowed_words
    assert (sent(plan, "nairobi/x"), sent(plan, "nairobi/bluesky")) == (["en.nairobi.png"], ["en.nairobi.4x5.png"])


def test_an_embassy_without_cards_has_no_own_one_either(tmp_path: Path) -> None:
    pictures = {"config.toml": ""}
    plan = planned(tmp_path, "en.png", "en.nairobi.png", extra=pictures)
    file = tmp_path / "config.toml"
    file.write_text(file.read_text("utf-8").replace("[embassies.nairobi]\n", "[embassies.nairobi]\ncards = false\n"))
    plan = plan_of(file)
    assert sent(plan, "nairobi/x") == []
    assert sent(plan, "berlin/x") == ["en.png"]


@pytest.mark.parametrize("name", ["en.png.png", "sw.nairobi.png", "en.nairobi.txt", "en.nairobi.4x5"])
def test_other_names_are_no_own_cards(name: str, tmp_path: Path) -> None:
    assert planned(tmp_path, "en.png", name).campaign.days[5].embassy_translations == {}


# The sender


def test_several_embassies_speak_as_the_campaign_does(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", extra={"posts/campaign.toml": "[cards]\nfrom.en = 'Belgian diplomacy'\n"})
    (alt,) = delivery(plan, "nairobi/x").alt_texts.values()
    assert alt == "Belgian diplomacy, day 5: “We stand together”."
    (chosen,) = delivery(plan.for_embassies(["nairobi"]), "nairobi/x").alt_texts.values()
    assert chosen == alt, "a choice of some isn't a folder of one"


@pytest.mark.parametrize(("card_name", "sender"), [("", "The embassy in nairobi"), ("our House", "Our House")])
def test_the_only_embassy_of_a_folder_speaks_itself(card_name: str, sender: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", embassies={"nairobi": "Africa/Nairobi"})
    file = tmp_path / "config.toml"
    if card_name:
        own = f'[embassies.nairobi]\ncard_name = {{ en = "{card_name}" }}\n'
        file.write_text(file.read_text("utf-8").replace("[embassies.nairobi]\n", own))
    (alt,) = delivery(plan_of(file), "nairobi/x").alt_texts.values()
    assert alt == f"{sender}, day 5: “We stand together”."
    assert plan.config.only_embassy == "nairobi"


def test_an_own_card_has_the_embassy_as_its_sender(tmp_path: Path) -> None:
    senders = {"posts/campaign.toml": "[cards]\nfrom.en = 'Belgian diplomacy'\n"}
    plan = planned(tmp_path, "en.png", "en.nairobi.png", extra=senders)
    assert [*delivery(plan, "nairobi/x").alt_texts.values()] == ["The embassy in nairobi, day 5: “We stand together”."]
    assert [*delivery(plan, "berlin/x").alt_texts.values()] == ["Belgian diplomacy, day 5: “We stand together”."]
    own = delivery(plan, "nairobi/x").translation
    assert own and sender_of(plan.campaign, plan.config, own) == "The embassy in nairobi"


def test_what_is_sent_has_the_very_bytes_of_its_shape(tmp_path: Path) -> None:
    plan = planned(tmp_path, "en.png", "en.4x5.png")
    contents = read_media(delivery(plan, "berlin/bluesky"))
    assert {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == {
        "05-day/en.4x5.png": hashlib.sha256(b"en.4x5.png").hexdigest()
    }
