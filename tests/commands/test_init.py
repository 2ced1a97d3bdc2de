"""`init`: questions on a terminal, options elsewhere, and what the config says of the embassy then."""

from __future__ import annotations

import errno
import json
import shutil
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orangeday.cli import main
from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import (
    Mission,
    names,
    official_languages,
    parse_mission,
    parse_place,
    zones,
    zones_named,
)
from orangeday.content.problems import errors
from orangeday.rules.catalogue import check

from ..support.common import BEFORE, ROOT, plan_of
from ..support.offset_clock import ahead
from ..support.terminal import Terminal


def embassies(folder: Path) -> dict[str, Any]:
    read = tomllib.loads((folder / "config.toml").read_text("utf-8"))
    found: dict[str, Any] = read["embassies"]
    return found


def answered(tmp_path: Path, *typed: tuple[str, str], moment: datetime = BEFORE, columns: int = 80) -> Terminal:
    """`init` in a real terminal, where each question is waited for, and then answered.

    One with a default is waited for to its last space: else the next line may begin with it.
    """
    environment = {"AHEAD": str(ahead(moment))}
    terminal = Terminal(["init", "ours"], tmp_path, tmp_path / "keys.json", environment, columns=columns)
    for words, answer in typed:
        terminal.until(f"{words} " if words.endswith("]:") else words)
        terminal.type(answer)
    return terminal


@pytest.mark.integration
def test_the_questions_make_a_config_that_has_nothing_to_mend_but_its_cards(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country, as in “Nairobi, Kenya”:", "Berlin, Allemagne"),
        ("2. What is it? embassy, consulate general, permanent representation or office: [embassy]:", ""),
        ("3. Its time zone [Europe/Berlin]:", ""),
        ("(there are posts in ar, de, en, es, fr, nl, pt): [de]:", "Duits, français and Dutch"),
        ("5. The hour of its posts, on its own clock [09:00]:", "10h30"),
        ("on X", "https://x.com/BelgiumDE?s=21"),
        ("on Bluesky", ""),
        ("In “nl” it is de Belgische ambassade in Berlijn, in Duitsland. Write this? [Y/n]:", ""),
    )
    terminal.until("Next: cd ours, then")
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
            "time": "10:30",
            "x": {"handle": "BelgiumDE"},
        }
    }
    # The cards come with the sender of several embassies, until this one draws its own. What a minister said is asked
    # about whatever was answered: somebody confirms it, or skips these days.
    assert "orangeday cards" in terminal.seen
    found = [(problem.rule, problem.scope.day) for problem in check(plan_of(folder / "config.toml"))]
    assert sorted(found, key=str) == [("aged-fact", 11), ("aged-fact", 12), ("other-sender", None)]


@pytest.mark.integration
def test_what_is_wrong_is_said_and_asked_for_again(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country", "Washington"),
        ("with a comma between them: Nairobi, Kenya. 1. Its city and country", "Washington, Etats-Unis"),
        ("[embassy]:", "club"),
        ("“club” is none of: embassy, consulate general,", ""),
        ("Its country has: ", ""),
        ("It needs a time zone. There are: America/New_York,", "America/New_Yrok"),
        ("Did you mean “America/New_York”? 3. Its time zone [America/New_York]:", ""),
        ("[en]:", "en, xx"),
        ("There are no posts in “xx”. There are posts in Arabic (ar),", ""),
        ("[09:00]:", "at nine"),
        ("“at nine” isn't a time of day.", ""),
        ("on X", "Belgium in the USA"),
        ("“Belgium in the USA” isn't a handle.", ""),
        ("on Bluesky", ""),
        ("6. Where does it post?", ""),
        ("on Bluesky", "@Belgium"),
        ("Did you mean belgium.bsky.social? on Bluesky [belgium.bsky.social]:", ""),
        ("Write this? [Y/n]:", ""),
    )
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["timezone"], there["languages"]) == ("America/New_York", ["en"])
    assert there["in_country"] == {"en": "in the United States"}
    assert "x" not in there and there["bluesky"] == {"handle": "belgium.bsky.social"}


@pytest.mark.integration
def test_a_suggestion_is_answered_with_yes_or_no(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country", "Nairobi, Kenya"),
        ("[embassy]:", ""),
        ("[Africa/Nairobi]:", "EAT"),
        ("Did you mean “Africa/Nairobi”? 3. Its time zone [Africa/Nairobi]:", "yes"),
        ("[en]:", ""),
        ("[09:00]:", ""),
        ("on X", ""),
        ("on Bluesky", "@belgum"),
        ("Did you mean belgum.bsky.social? on Bluesky [belgum.bsky.social]:", "n"),
        ("on Bluesky: ", "belgium"),
        ("Did you mean belgium.bsky.social? on Bluesky [belgium.bsky.social]:", "y"),
        ("Write this? [Y/n]:", ""),
    )
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["timezone"], there["bluesky"]) == ("Africa/Nairobi", {"handle": "belgium.bsky.social"})


@pytest.mark.integration
def test_who_says_no_is_asked_once_more_with_these_answers_in_brackets(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city", "Lagos, Nigeria"), ("[embassy]:", "consulat général"), ("[Africa/Lagos]:", ""),
        ("[en]:", "French and English"), ("[09:00]:", "8"), ("on X", "x.com/BelguimLagos"),
        ("on Bluesky", "https://bsky.app/profile/be.example"),
        ("Write this?", "n"),
        ("[Lagos, Nigeria]:", ""), ("[consulate general]:", ""), ("[Africa/Lagos]:", ""), ("[fr, en]:", ""),
        ("[08:00]:", ""), ("on X [BelguimLagos]", "BelgiumLagos"), ("on Bluesky [be.example]", "-"),
        ("Write this?", "y"),
    )  # fmt: skip
    assert "Some of the posts speak of embassies" in terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert there["name"] == {
        "fr": "le consulat général de Belgique à Lagos", "en": "the Belgian Consulate General in Lagos",
    }  # fmt: skip
    assert there["x"] == {"handle": "BelgiumLagos"} and "bluesky" not in there


@pytest.mark.integration
@pytest.mark.parametrize(("answer", "start"), [("", None), ("n", date(2027, 11, 25))])
def test_amid_the_campaign_it_asks_whether_to_start_now(answer: str, start: date | None, tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city", "Nairobi, Kenya"), ("[embassy]:", ""), ("[Africa/Nairobi]:", ""), ("[en]:", ""),
        ("[09:00]:", ""), ("today is day 5 of 16. 6. Does it start now? [Y/n]:", answer), ("7. Where does", ""),
        ("on Bluesky", "be.example"), ("Write this?", ""),
        moment=datetime(2026, 11, 29, 9, tzinfo=UTC),
    )  # fmt: skip
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    read = tomllib.loads((tmp_path / "ours/config.toml").read_text("utf-8"))
    assert read["campaign"].get("start") == start


@pytest.mark.integration
@pytest.mark.parametrize("columns", [60, 80])
def test_no_default_is_broken_at_the_end_of_a_line(columns: int, tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city", "Buenos Aires, Argentina"), ("[embassy]:", "permanent representation"),
        ("[America/Argentina/Buenos_Aires]:", ""), ("[es]:", "de, en, fr, nl"), ("[09:00]:", ""), ("on X", "B"),
        ("on Bluesky", ""), ("Write this?", "n"), ("[Buenos Aires, Argentina]:", ""),
        ("[permanent representation]:", ""),
        ("[America/Argentina/Buenos_Aires]:", ""), ("[de, en, fr, nl]:", ""), ("[09:00]:", ""),
        columns=columns,
    )  # fmt: skip
    terminal.until("on X [B]:")
    terminal.press(b"\x03")
    terminal.until("Nothing was written.")
    assert terminal.end() == 2
    asked = [line for line in terminal.seen.splitlines() if not line.startswith("  ") or "[" in line[:4]]
    for line in asked:
        assert len(line) <= columns and line.count("[") == line.count("]"), line


@pytest.mark.integration
@pytest.mark.parametrize("told", ["LC_ALL", "PYTHONIOENCODING"])
def test_a_terminal_that_is_said_to_know_ascii_alone_may_type_more(told: str, tmp_path: Path) -> None:
    environment = {
        "AHEAD": str(ahead(BEFORE)),
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        told: "C" if told == "LC_ALL" else "ascii",
    }
    given = ["--x", "B", "--language", "fr", "--mission", "embassy", "--time", "9"]
    terminal = Terminal(["init", "ours", *given], tmp_path, tmp_path / "keys.json", environment)
    terminal.until("1. Its city and country")
    terminal.type("Brasília, Brésil")
    terminal.until("3. Its time zone")
    terminal.type("America/Sao_Paulo")
    terminal.until("Write this?")
    terminal.type("")
    terminal.until("Next: cd ours, then")
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert (there["in_city"], there["in_country"]) == ({"fr": "à Brasília"}, {"fr": "au Brésil"})


@pytest.mark.integration
def test_a_city_that_isnt_known_in_other_letters_is_asked_for(tmp_path: Path) -> None:
    terminal = answered(
        tmp_path,
        ("1. Its city and country", "Quito, Ecuador"),
        ("[embassy]:", ""),
        ("Its time zone", "America/Guayaquil"),
        ("(there are posts in ar, de, en, es, fr, nl, pt)", "ar, ja, en"),
        ("Quito in Arabic; Enter to write it later:", "كيتو"),
        ("Quito in Japanese; Enter to write it later:", ""),
        ("[09:00]:", ""),
        ("on X", "be_quito"),
        ("on Bluesky", ""),
        ("Write this? [Y/n]:", ""),
    )
    assert terminal.end() == 0
    (there,) = embassies(tmp_path / "ours").values()
    assert there["city"] == {"ar": "كيتو", "ja": "…", "en": "Quito"}
    assert there["name"]["ar"] == "سفارة بلجيكا في كيتو"
    assert len(list(tmp_path.glob("ours/posts/*/ja.toml"))) == 16


@pytest.mark.integration
@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
def test_who_stops_half_way_finds_nothing_written(key: bytes, tmp_path: Path) -> None:
    terminal = answered(tmp_path, ("1. Its city", "Nairobi, Kenya"))
    terminal.until("[embassy]:")
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
    assert there["x"] == {"handle": "BelgiumNairobi"} and there["time"] == "09:00"
    text = (tmp_path / "ours/config.toml").read_text("utf-8")
    assert "example is complete" not in text and text.index("[embassies.nairobi]") < text.index("[campaign]")
    assert main(["init", str(tmp_path / "ours"), *given]) == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--x", "BelgiumUSA"], "with a comma between them: Nairobi, Kenya. Say --embassy."),
        (["--embassy", "Washington, Usania", "--x", "B"], "It needs a time zone. It is written like Africa/Nairobi."),
        (["--embassy", "Washington, United States", "--x", "B"], "There are: America/New_York, America/Detroit,"),
        (["--embassy", "Nairobi, Kenya"], "Say where it posts: --x HANDLE, --bluesky HANDLE, or both."),
        (["--embassy", "Nairobi, Kenya", "--x", "two words"], "“two words” isn't a handle."),
        (["--embassy", "Nairobi, Kenya", "--x", "@"], "“@” isn't a handle."),
        (["--embassy", "Nai\nrobi, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nai\x1b[31mrobi, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nairobi\u202e, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "Nairobi\udcff, Kenya", "--x", "B"], "an invisible character"),
        (["--embassy", "N" * 5000 + ", Kenya", "--x", "B"], "or are far too long. Say --embassy."),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--language", "xx"], "There are no posts in “xx”"),
        (
            ["--embassy", "Nairobi, Kenya", "--x", "B", "--zone", "Nairobi"],
            "Did you mean “Africa/Nairobi”? Say --zone.",
        ),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--zone", "EAT"], "Did you mean “Africa/Nairobi”? Say --zone."),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--time", "25:00"], "“25:00” isn't a time of day."),
        (["--embassy", "Nairobi, Kenya", "--x", "B", "--mission", "club"], "“club” is none of: embassy, consulate"),
        (["--embassy", "Nairobi, Kenya", "--bluesky", "belgium"], "Did you mean belgium.bsky.social?"),
        (["--embassy", "Nairobi, Kenya", "--x", "https://x.com/home"], "isn't a handle."),
        (["--embassy", "Nairobi, Kenya", "--x", "-"], "“-” isn't a handle."),
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
    assert 'Next: cd "our embassy", then' in capsys.readouterr().err


@pytest.mark.parametrize(("place", "language"), [("Tripoli, Libye", "fr"), ("Ouagadougou, Burkina Faso", "nl")])
def test_the_shipped_texts_have_room_for_the_longest_names(place: str, language: str, tmp_path: Path) -> None:
    given = ["--embassy", place, "--language", language, "--x", "B", "--bluesky", "be.example"]
    assert main(["init", str(tmp_path), *given]) == 0
    assert errors(check(plan_of(tmp_path / "config.toml"))) == []


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
        ("Hanoi, Viet Nam", "fr", "à Hanoi", "au Viêt Nam"),
        ("Pékin, Chine", "nl", "in Peking", "in China"),
        ("The Hague, the Netherlands", "fr", "à La Haye", "aux Pays-Bas"),
    ],
)
def test_a_place_takes_the_prepositions_of_the_language(
    typed: str, language: str, in_city: str, in_country: str
) -> None:
    where = parse_place(typed)
    found = names(where, zones(where)[0], [language])
    assert (found["in_city"][language], found["in_country"][language]) == (in_city, in_country)


@pytest.mark.parametrize("mission", Mission)
def test_each_kind_of_mission_has_its_name_in_each_language(mission: Mission) -> None:
    named = names(parse_place("Geneva, Switzerland"), "Europe/Zurich", naming.SUPPORTED_LANGUAGES, mission)["name"]
    assert set(named) == set(naming.SUPPORTED_LANGUAGES) and len(set(named.values())) == 7
    assert parse_mission(mission) is mission


@pytest.mark.parametrize(
    ("typed", "place", "expected"),
    [
        ("EAT", "Nairobi, Kenya", ["Africa/Nairobi"]),
        ("UTC+3", "Nairobi, Kenya", ["Africa/Nairobi"]),
        ("GMT", "Accra, Ghana", ["Africa/Accra"]),
        ("Kenya", "Nairobi, Kenya", ["Africa/Nairobi"]),
        ("le caire", "Nairobi, Kenya", ["Africa/Cairo"]),
        ("Hanoi", "Hanoi, Viet Nam", ["Asia/Ho_Chi_Minh"]),
        ("new york", "Washington, United States", ["America/New_York"]),
        ("nowhere", "Nairobi, Kenya", []),
    ],
)
def test_a_zone_is_known_by_city_country_and_letters(typed: str, place: str, expected: list[str]) -> None:
    assert zones_named(typed, parse_place(place)) == expected


def test_a_country_that_nobody_knows_is_called_as_it_was_typed() -> None:
    where = parse_place("Ville, Pays imaginaire")
    assert (where.territory, zones(where), official_languages(where, ["fr"])) == (None, [], [])
    assert names(where, "Europe/Paris", ["fr"])["country"] == {"fr": "Pays imaginaire"}


@pytest.mark.parametrize(
    ("language", "city", "country"),
    [("sw", "Nairobi", "Kenya"), ("ja", "ナイロビ", "ケニア"), ("it", "Nairobi", "Kenya")],
)
def test_of_another_language_only_the_city_and_the_country_are_said(language: str, city: str, country: str) -> None:
    found = names(parse_place("Nairobi, Kenya"), "Africa/Nairobi", [language])
    assert {key: by_language[language] for key, by_language in found.items()} == {
        "name": "…", "city": city, "in_city": "…", "country": country, "in_country": "…",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "language", "name", "in_country"),
    [
        ("Lima, Peru", "es", "la Embajada de Bélgica en Lima", "en Perú"),
        ("The Hague, Netherlands", "es", "la Embajada de Bélgica en La Haya", "en los Países Bajos"),
        ("New Delhi, India", "es", "la Embajada de Bélgica en Nueva Delhi", "en la India"),
        ("Brasília, Brazil", "pt", "a Embaixada da Bélgica em Brasília", "no Brasil"),
        ("Luanda, Angola", "pt-PT", "a Embaixada da Bélgica em Luanda", "em Angola"),
        ("Lisbon, Portugal", "pt", "a Embaixada da Bélgica em Lisboa", "em Portugal"),
        ("New Delhi, India", "pt", "a Embaixada da Bélgica em Nova Deli", "na Índia"),
        ("Cairo, Egypt", "pt", "a Embaixada da Bélgica no Cairo", "no Egito"),
        ("Washington, United States", "pt", "a Embaixada da Bélgica em Washington", "nos Estados Unidos"),
        ("Oranjestad, Aruba", "pt", "a Embaixada da Bélgica em Oranjestad", "…"),
        ("Rabat, Maroc", "ar", "سفارة بلجيكا في الرباط", "في المغرب"),
        ("Tunis, Tunisia", "ar", "سفارة بلجيكا في تونس", "في تونس"),
        ("Quito, Ecuador", "ar", "…", "في الإكوادور"),
    ],
)
def test_spanish_portuguese_and_arabic_have_their_own_names(
    typed: str, language: str, name: str, in_country: str
) -> None:
    where = parse_place(typed)
    found = names(where, zones(where)[0], [language])
    assert (found["name"][language], found["in_country"][language]) == (name, in_country)


@pytest.mark.parametrize(
    ("typed", "zone", "name", "in_country"),
    [
        ("Taipei, Taiwan", "Asia/Taipei", "le bureau belge à Taipei", "à Taïwan"),
        ("Hong Kong, China", "Asia/Hong_Kong", "le consulat général de Belgique à Hong Kong", "à Hong Kong"),
        ("Hongkong, Hong Kong", "Asia/Hong_Kong", "le consulat général de Belgique à Hong Kong", "à Hong Kong"),
        ("Jerusalem, Israel", "Asia/Jerusalem", "le consulat général de Belgique à Jérusalem", "à Jérusalem"),
        ("Jeruzalem, Palestina", "Asia/Jerusalem", "le consulat général de Belgique à Jérusalem", "à Jérusalem"),
        ("Ramallah, Palestine", "Asia/Hebron", "le consulat général de Belgique à Ramallah", "à Ramallah"),
    ],
)
def test_of_a_delicate_place_a_person_is_asked_to_look(
    typed: str, zone: str, name: str, in_country: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "ours"
    assert main(["init", str(folder), "--embassy", typed, "--language", "fr", "--x", "be_there"]) == 0
    (embassy,) = embassies(folder).values()
    assert (embassy["timezone"], embassy["name"]["fr"], embassy["in_country"]["fr"]) == (zone, name, in_country)
    assert "Look at this one" in capsys.readouterr().err
    assert "# Look at this one" in (folder / "config.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Ankara, Turkey", "TR"), ("Ramallah, Palestine", "PS"), ("Abidjan, Ivory Coast", "CI"), ("Lima, Perú", "PE")],
)
def test_a_country_is_known_by_its_other_spellings(typed: str, code: str) -> None:
    assert parse_place(typed).territory == code


def test_a_language_without_posts_gets_files_and_names_to_fill_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "ours"
    options = ["--embassy", "Rome, Italy", "--language", "Italian", "--language", "fr", "--x", "be_rome"]
    assert main(["init", str(folder), *options]) == 0
    rome = embassies(folder)["rome"]
    assert rome["languages"] == ["it", "fr"]
    assert (rome["city"]["it"], rome["country"]["it"], rome["name"]["it"]) == ("Roma", "Italia", "…")
    assert len(list(folder.glob("posts/*/it.toml"))) == 16
    said = capsys.readouterr().err
    assert "Italian" in said and "it.toml" in said and "its names are still to be written" in said
    problems = [problem for problem in check(plan_of(folder / "config.toml"), BEFORE) if problem.severity == "error"]
    assert problems and {problem.scope.language for problem in problems} <= {"it", None}
    first = next(folder.glob("posts/01-*/it.toml"))
    first.write_text(first.read_text("utf-8").replace("text = '''\n", "text = '''\n{embassy}", 1), encoding="utf-8")
    problems = check(plan_of(folder / "config.toml"), BEFORE)
    assert any("“…” was left here" in p.message and p.location.file.name == "config.toml" for p in problems)


def test_each_file_names_its_schema_in_its_first_line(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    given = ["--embassy", "Rome, Italy", "--language", "it", "--language", "fr", "--x", "be_rome"]
    assert main(["init", str(folder), *given]) == 0
    files = list(folder.rglob("*.toml"))
    assert len(files) == 1 + 2 + 16 * (1 + 7 + 1)
    kinds: dict[str, int] = {}
    for file in files:
        first_line, _, rest = file.read_text("utf-8").partition("\n")
        mark, _, place = first_line.partition(" ")
        schema = (file.parent / place).resolve()
        assert mark == "#:schema" and place.startswith(".") and schema.parent == folder.resolve() / ".schemas", file
        keys = json.loads(schema.read_text("utf-8"))["properties"]
        assert tomllib.loads(rest).keys() <= keys.keys() or schema.name == "facts.json", file
        kinds[schema.name] = kinds.get(schema.name, 0) + 1
    assert kinds == {"config.json": 1, "campaign.json": 1, "facts.json": 1, "day.json": 16, "text.json": 128}


def test_but_for_that_line_the_posts_are_those_that_orangeday_carries(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path), "--example"]) == 0
    for file in (ROOT / "posts").rglob("*"):
        written = tmp_path / file.relative_to(ROOT)
        if file.suffix == ".toml" and file.name != "approvals.toml":
            assert written.read_bytes().partition(b"\n")[2] == file.read_bytes()
        elif file.suffix == ".png":
            assert written.read_bytes() == file.read_bytes()


def test_every_country_has_a_name_and_a_preposition_in_each_language() -> None:
    for code, known in naming._countries().items():
        where = naming.Place("City", "", code)
        for language in naming.SUPPORTED_LANGUAGES:
            country, in_country = naming._country(where, language)
            if in_country is None:  # an island without a mission, as a rule: a person writes it
                assert language == "pt" and code not in {"BR", "PT", "AO", "MZ", "CV", "GW", "ST", "TL"}, known
            else:
                assert country and in_country.split()[0] in PREPOSITIONS[language], (code, known, in_country)


PREPOSITIONS = {
    "en": {"in", "to"}, "fr": {"en", "au", "aux", "à", "près"}, "nl": {"in", "op", "bij"},
    "de": {"in", "im", "auf", "beim"}, "es": {"en", "ante"}, "pt": {"em", "no", "na", "nos", "nas", "junto"},
    "ar": {"في", "لدى"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Nairobi, Kenya", ["en"]),
        ("Bern, Suisse", ["de", "fr"]),
        ("Ottawa, Canada", ["en", "fr"]),
        ("Rabat, Morocco", ["ar", "fr"]),
        ("Lima, Peru", ["es"]),
        ("Brasília, Brasil", ["pt"]),
        # Not what is official in a part of the country alone, or was once.
        ("Washington, USA", ["en"]),
        ("Rome, Italy", []),
        ("Tel Aviv, Israel", []),
    ],
)
def test_the_languages_that_are_official_there_are_offered(typed: str, expected: list[str]) -> None:
    assert official_languages(parse_place(typed), ["ar", "de", "en", "es", "fr", "nl", "pt"]) == expected


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
