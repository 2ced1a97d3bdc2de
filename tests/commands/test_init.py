"""`init`: four questions on a terminal, options elsewhere, and what the config says of the embassy then."""

from __future__ import annotations

import errno
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from orangeday.cli import main
from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import names, official_languages, parse_place, zones
from orangeday.rules.catalogue import check

from ..support.common import plan_of
from ..support.terminal import Terminal


def embassies(folder: Path) -> dict[str, Any]:
    read = tomllib.loads((folder / "config.toml").read_text("utf-8"))
    found: dict[str, Any] = read["embassies"]
    return found


def answered(tmp_path: Path, *typed: tuple[str, str]) -> Terminal:
    """`init` in a real terminal, where each question is waited for, and then answered."""
    terminal = Terminal(["init", "ours"], tmp_path, tmp_path / "keys.json", {})
    for words, answer in typed:
        terminal.until(words)
        terminal.type(answer)
    return terminal


@pytest.mark.integration
def test_four_questions_make_a_config_that_has_nothing_to_mend(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country, as in “Nairobi, Kenya”:", "Berlin, Allemagne"),
        ("2. Its time zone [Europe/Berlin]:", ""),
        ("(there are posts in de, en, fr, nl) [de]:", "de, fr, nl"),
        ("on X", "@BelgiumDE"),
        ("on Bluesky", ""),
    )
    assert "In “nl” it is de Belgische ambassade in Berlijn, in Duitsland." in terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    folder = tmp_path / "ours"
    assert embassies(folder) == {
        "berlin": {
            "name": {
                "de": "die Belgische Botschaft in Berlin",
                "fr": "l’ambassade de Belgique à Berlin",
                "nl": "de Belgische ambassade in Berlijn",
            },
            "city": {"de": "Berlin", "fr": "Berlin", "nl": "Berlijn"},
            "in_city": {"de": "in Berlin", "fr": "à Berlin", "nl": "in Berlijn"},
            "country": {"de": "Deutschland", "fr": "Allemagne", "nl": "Duitsland"},
            "in_country": {"de": "in Deutschland", "fr": "en Allemagne", "nl": "in Duitsland"},
            "timezone": "Europe/Berlin",
            "languages": ["de", "fr", "nl"],
            "x": {"handle": "BelgiumDE"},
        }
    }
    assert check(plan_of(folder / "config.toml")) == []


@pytest.mark.integration
def test_what_is_wrong_is_said_and_asked_for_again(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country", "Washington"),
        ("with a comma between them: Nairobi, Kenya. 1. Its city and country", "Washington, Etats-Unis"),
        ("Its country has: ", ""),
        ("It needs a time zone. There are: America/New_York,", "America/New_Yrok"),
        ("There is no time zone “America/New_Yrok”. Did you mean “America/New_York”? 2.", "America/New_York"),
        ("[en]:", "en, es"),
        ("There are no posts in “es”, but in de, en, fr, nl.", ""),
        ("on X", "Belgium in the USA"),
        ("“Belgium in the USA” isn't a handle.", ""),
        ("on Bluesky", ""),
        ("4. Where does it post?", ""),
        ("on Bluesky", "belgium.example"),
    )
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["timezone"], there["languages"]) == ("America/New_York", ["en"])
    assert there["in_country"] == {"en": "in the United States"}
    assert "x" not in there and there["bluesky"] == {"handle": "belgium.example"}


@pytest.mark.integration
@pytest.mark.parametrize("told", ["LC_ALL", "PYTHONIOENCODING"])
def test_a_terminal_that_is_said_to_know_ascii_alone_may_type_more(told: str, tmp_path: Path) -> None:
    environment = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", told: "C" if told == "LC_ALL" else "ascii"}
    terminal = Terminal(["init", "ours", "--x", "B", "--language", "fr"], tmp_path, tmp_path / "keys.json", environment)
    terminal.until("1. Its city and country")
    terminal.type("Brasília, Brésil")
    terminal.until("2. Its time zone")
    terminal.type("America/Sao_Paulo")
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["in_city"], there["in_country"]) == ({"fr": "à Brasília"}, {"fr": "au Brésil"})


@pytest.mark.integration
@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
def test_who_stops_half_way_finds_nothing_written(key: bytes, tmp_path: Path) -> None:
    terminal = answered(tmp_path, ("1. Its city", "Nairobi, Kenya"))
    terminal.until("2. Its time zone [Africa/Nairobi]:")
    terminal.press(key)
    terminal.until("Nothing was written.")
    assert terminal.end() == 2
    assert not (tmp_path / "ours").exists()


def test_options_answer_where_nobody_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--embassy", "Nairobi, Kenya", "--x", "@BelgiumNairobi", "--bluesky", "be-nairobi.example"]
    assert main(["init", str(tmp_path / "ours"), *given]) == 0
    assert "In “en” it is the Belgian Embassy in Nairobi, in Kenya." in capsys.readouterr().err
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["timezone"], there["languages"]) == ("Africa/Nairobi", ["en"])
    assert there["x"] == {"handle": "BelgiumNairobi"}
    assert main(["init", str(tmp_path / "ours"), *given]) == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--x", "BelgiumUSA"], "with a comma between them: Nairobi, Kenya. Say --embassy."),
        (["--embassy", "Washington, USA", "--x", "B"], "It needs a time zone. It is written like Africa/Nairobi."),
        (["--embassy", "Washington, United States", "--x", "B"], "There are: America/New_York, America/Detroit,"),
        (["--embassy", "Nairobi, Kenya"], "Say where it posts: --x HANDLE, --bluesky HANDLE, or both."),
        (["--embassy", "Nairobi, Kenya", "--x", "two words"], "“two words” isn't a handle."),
        (["--embassy", "Nairobi, Kenya", "--x", "@"], "“@” isn't a handle."),
        (["--embassy", "Nai\nrobi, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nai\x1b[31mrobi, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nairobi\u202e, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nairobi\udcff, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "N" * 5000 + ", Kenya", "--x", "B"], "or are far too long. Say --embassy."),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--language", "sw"], "There are no posts in “sw”"),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--zone", "Nairobi"], "There is no time zone “Nairobi”."),
        (["--embassy", "Nairobi, Kenya", "--example"], "Use --example or the options for your embassy, not both."),
    ],
)
def test_what_options_lack_is_said_and_nothing_written(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "ours"), *given]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "ours").exists()


def test_a_name_with_quotes_and_backslashes_is_written_as_it_is(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path), "--embassy", 'Q"\\x, Kenya', "--zone", "Africa/Nairobi", "--x", "B"]) == 0
    (there,) = embassies(tmp_path).values()
    assert there["city"] == {"en": 'Q"\\x'}


def test_what_is_there_already_is_left_alone_even_a_link_to_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    for name in ("config.toml", "posts"):
        (tmp_path / name).symlink_to(elsewhere)
        assert main(["init", str(tmp_path), "--example"]) == 2
        assert f"{name} is there already; nothing was written." in " ".join(capsys.readouterr().err.split())
        (tmp_path / name).unlink()
    (tmp_path / ".gitignore").symlink_to(elsewhere)
    assert main(["init", str(tmp_path), "--example"]) == 0
    assert not elsewhere.exists()


@pytest.mark.parametrize("why", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_cant_be_written_to_the_end_isnt_begun(
    why: BaseException, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, left = shutil.copystat, iter(range(30))

    def full(*file: Any, **how: Any) -> None:
        """The disk is full, or somebody presses Ctrl-C, at the thirtieth file."""
        if next(left, None) is None:
            raise why
        copy(*file, **how)

    monkeypatch.setattr(shutil, "copystat", full)
    assert main(["init", str(tmp_path / "a" / "b"), "--example"]) == (2 if isinstance(why, OSError) else 130)
    if isinstance(why, OSError):
        assert "b: No space left on device. Nothing was written. Choose" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_no_disk_can_have_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / ("d" * 300)), "--example"]) == 2
    assert "File name too long. Nothing was written." in " ".join(capsys.readouterr().err.split())


def test_a_folder_with_a_blank_is_named_as_a_shell_wants_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "our embassy", "--example"]) == 0
    assert "Next: cd 'our embassy', then" in capsys.readouterr().err


@pytest.mark.parametrize(("place", "language"), [("Tripoli, Libye", "fr"), ("Ouagadougou, Burkina Faso", "nl")])
def test_the_shipped_texts_have_room_for_the_longest_names(place: str, language: str, tmp_path: Path) -> None:
    given = ["--embassy", place, "--language", language, "--x", "B", "--bluesky", "be.example"]
    assert main(["init", str(tmp_path), *given]) == 0
    assert check(plan_of(tmp_path / "config.toml")) == []


# What a place is called


@pytest.mark.parametrize(
    ("typed", "language", "in_city", "in_country"),
    [
        ("Nairobi, Kenya", "fr", "à Nairobi", "au Kenya"),
        ("Cairo, Egypt", "fr", "au Caire", "en Égypte"),
        ("Le Caire, Égypte", "nl", "in Caïro", "in Egypte"),
        ("Kinshasa, République démocratique du Congo", "de", "in Kinshasa", "in der Demokratischen Republik Kongo"),
        ("Bern, Zwitserland", "de", "in Bern", "in der Schweiz"),
        ("Ankara, Türkei", "de", "in Ankara", "in der Türkei"),
        ("Abidjan, Côte d'Ivoire", "fr", "à Abidjan", "en Côte d’Ivoire"),
        ("Mexico, Mexique", "fr", "à Mexico", "au Mexique"),
        ("La Havane, Cuba", "fr", "à La Havane", "à Cuba"),
        ("The Hague, the Netherlands", "en", "in The Hague", "in the Netherlands"),
        ("Manila, Philippines", "nl", "in Manilla", "in de Filipijnen"),
        ("Rome, Holy See", "fr", "à Rome", "près le Saint-Siège"),
        ("Washington, D.C., United States", "fr", "à Washington, D.C.", "aux États-Unis"),
        ("Sarajevo, Bosnia and Herzegovina", "en", "in Sarajevo", "in Bosnia and Herzegovina"),
        ("Port of Spain, Trinité-et-Tobago", "en", "in Port of Spain", "in Trinidad and Tobago"),
        ("Tripoli, Libya", "fr", "à Tripoli", "en Libye"),
        ("Tel Aviv, Israël", "fr", "à Tel Aviv", "en Israël"),
        ("Port-au-Prince, Haïti", "fr", "à Port-au-Prince", "en Haïti"),
    ],
)
def test_a_place_takes_the_prepositions_of_the_language(
    typed: str, language: str, in_city: str, in_country: str
) -> None:
    where = parse_place(typed)
    found = names(where, zones(where)[0], [language])
    assert (found["in_city"][language], found["in_country"][language]) == (in_city, in_country)


def test_a_country_that_nobody_knows_is_called_as_it_was_typed() -> None:
    where = parse_place("Ville, Pays imaginaire")
    assert (where.territory, zones(where), official_languages(where, ["fr"])) == (None, [], [])
    assert names(where, "Europe/Paris", ["fr"])["country"] == {"fr": "Pays imaginaire"}


def test_of_another_language_only_the_city_and_the_country_are_said() -> None:
    found = names(parse_place("Nairobi, Kenya"), "Africa/Nairobi", ["sw"])
    assert (found["country"], found["name"], found["in_country"]) == ({"sw": "Kenya"}, {}, {})


def test_every_country_has_a_name_and_a_preposition_in_each_language() -> None:
    for code, known in naming._countries().items():
        where = naming.Place("City", "", code)
        for language, (country, in_country) in (
            (language, naming._country(where, language)) for language in naming.SUPPORTED_LANGUAGES
        ):
            assert country and in_country.split()[0] in PREPOSITIONS[language], (code, known, in_country)


PREPOSITIONS = {
    "en": {"in", "to"}, "fr": {"en", "au", "aux", "à", "près"}, "nl": {"in", "op", "bij"},
    "de": {"in", "im", "auf", "beim"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("Nairobi, Kenya", ["en"]), ("Bern, Suisse", ["de", "fr"]), ("Ottawa, Canada", ["en", "fr"])],
)
def test_the_languages_that_are_official_there_are_offered(typed: str, expected: list[str]) -> None:
    assert official_languages(parse_place(typed), ["de", "en", "fr", "nl"]) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("New Delhi, India", "new-delhi"),
        ("Brasília, Brazil", "brasilia"),
        ("القاهرة, Egypt", "eg"),
        ("北京, 中", "embassy"),
    ],
)
def test_an_embassys_id_is_its_city_in_plain_letters(typed: str, expected: str) -> None:
    assert parse_place(typed).id == expected
