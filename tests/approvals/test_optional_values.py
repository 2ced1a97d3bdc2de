"""What an approval covers of links and ministers by language, helplines and free words."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.approvals.model import part_label

from ..support import campaigns
from .test_approvals import Do, approve_all, edit, found, look, objection, replace

CONFIG, CAMPAIGN, DAY = "config.toml", "posts/campaign.toml", "posts/05-day/day.toml"
TEXT = "Says {minister} {from_city}: {link}\n\n{helpline}"
LINKS = 'link = { en = "https://un.org/en", nl = "https://un.org/nl" }\n'
MINISTERS = 'minister = { en = "A. Minister", nl = "A. Minister" }\n'
OWN = "helpline = { en = 'Call 1195.' }\nwords.from_city = { en = 'from Nairobi', fr = 'de Nairobi' }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign of days 5 and 6 whose text uses all of them, approved."""
    files = campaigns.files(("en", "fr"), {"nairobi": "Africa/Nairobi", "tokyo": "Asia/Tokyo"})
    skip = [day for day in range(1, 17) if day not in (5, 6)]
    files[CONFIG] = files[CONFIG].replace("\ntimezone = ", f"\nskip = {skip}\ntimezone = ")
    files[CONFIG] = files[CONFIG].replace("[embassies.nairobi]\n", f"[embassies.nairobi]\n{OWN}")
    files[CONFIG] = files[CONFIG].replace(
        "[embassies.tokyo]\n", "[embassies.tokyo]\nwords.from_city.en = 'from Tokyo'\n"
    )
    files[CAMPAIGN] = MINISTERS + files[CAMPAIGN]
    files[DAY] = LINKS + files[DAY]
    files["posts/05-day/en.toml"] = f"text = '''\n{TEXT}\n'''\n"
    campaigns.write(tmp_path, files)
    approve_all(tmp_path)
    assert objection(tmp_path) is None
    return tmp_path


VOIDS: dict[str, tuple[Do, str, str, str]] = {
    "the link of the language changes": (edit(DAY, "un.org/en", "un.org/5"), "05/en", "link", "link"),
    "the language has no link any more": (edit(DAY, 'en = "https://un.org/en", ', ""), "05/en", "link", "link"),
    "all languages have another one": (
        edit(DAY, LINKS, 'link = "https://un.org/5"\n'), "05/en", "link", "link"),
    "the minister of the language changes": (
        edit(CAMPAIGN, 'en = "A.', 'en = "B.'), "05/en", "minister", "minister"),
    "all languages have another minister": (
        edit(CAMPAIGN, MINISTERS, 'minister = "B. Minister"\n'), "05/en", "minister", "minister"),
    "the helpline changes": (
        edit(CONFIG, "Call 1195.", "Call 116."), "embassies/nairobi", "helpline.en", "helpline in “en”"),
    "the helpline is taken away": (
        edit(CONFIG, "helpline = { en = 'Call 1195.' }\n", ""), "embassies/nairobi", "helpline.en", "helpline in “en”"),
    "a helpline is added": (
        edit(CONFIG, "[embassies.tokyo]\n", "[embassies.tokyo]\nhelpline.en = 'Call 0.'\n"),
        "embassies/tokyo", "helpline.en", "helpline in “en”"),
    "a word changes": (
        edit(CONFIG, "from Nairobi", "of Nairobi"),
        "embassies/nairobi", "words.from_city.en", "word “from_city” in “en”"),
    "a word is added": (
        edit(CONFIG, "words.from_city.en", "words.of_city.en = 'of Tokyo'\nwords.from_city.en"),
        "embassies/tokyo", "words.of_city.en", "word “of_city” in “en”"),
}  # fmt: skip


@pytest.mark.parametrize("what", VOIDS)
def test_a_change_of_what_is_filled_in_voids_the_approval_and_is_named(folder: Path, what: str) -> None:
    do, subject, part, label = VOIDS[what]
    assert found(folder) == {}
    do(folder)
    change = found(folder)[subject]
    assert part in change.parts
    assert part_label(part) == label
    plan, stored = look(folder)
    held = [d for d in plan if subject in (f"{d.number:02}/{d.language}", f"embassies/{d.embassy.id}")]
    assert held and all(stored.objection(delivery) for delivery in held)
    approve_all(folder)
    assert found(folder) == {}


KEEPS: dict[str, Do] = {
    "the link of another language changes": edit(DAY, "un.org/nl", "un.org/5"),
    "another language gets a link": edit(DAY, " nl =", ' de = "https://un.org/de", nl ='),
    "the same link is written for all": edit(DAY, LINKS, 'link = "https://un.org/en"\n'),
    "the minister of another language changes": edit(CAMPAIGN, 'nl = "A.', 'nl = "B.'),
    "the same minister is written for all": edit(CAMPAIGN, MINISTERS, 'minister = "A. Minister"\n'),
    "the layout of the cards changes": edit(DAY, LINKS, f'{LINKS}layout = "question"\n'),
    "what all cards show changes": lambda folder: (folder / CAMPAIGN).write_text(
        (folder / CAMPAIGN).read_text("utf-8") + '[cards]\nfrom.en = "Belgian diplomacy"\n', "utf-8"
    ),
}


@pytest.mark.parametrize("what", KEEPS)
def test_what_no_text_is_filled_with_voids_nothing(folder: Path, what: str) -> None:
    KEEPS[what](folder)
    changes = {subject: change for subject, change in found(folder).items() if subject == "05/en"}
    assert changes == {}
    assert objection(folder) is None


def test_an_approval_with_one_link_and_one_minister_is_what_it_was(folder: Path) -> None:
    """What an earlier version stored of them: the values under these names, whatever the language."""
    replace(folder, DAY, LINKS, 'link = "https://un.org/en"\n')
    replace(folder, CAMPAIGN, MINISTERS, 'minister = "A. Minister"\n')
    approve_all(folder)
    _, stored = look(folder)
    (entry,) = [entry for subject, entry in stored.entries.items() if str(subject) == "05/en"]
    parts = entry.parts
    assert (parts["link"], parts["minister"]) == ("https://un.org/en", "A. Minister")
    assert not [name for name in parts if name.startswith(("link.", "minister.", "layout"))]
