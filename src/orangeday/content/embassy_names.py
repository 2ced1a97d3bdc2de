"""The names of a mission, its city and its country in each language, from a city and a country typed once.

Countries come from Unicode's CLDR, by Babel. In the languages of the shipped posts they get the right preposition.
What can't be derived is TO_FILL_IN: a person writes it there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from orangeday.clock import utc_offset
from orangeday.content.place_names import (
    CITY_NAMES,
    COUNTRY_NAMES,
    COUNTRY_PHRASES,
    OTHER_SPELLINGS,
    PORTUGUESE_CITIES_WITH_ARTICLE,
    PORTUGUESE_PREPOSITIONS,
)
from orangeday.content.toml_edit import TO_FILL_IN
from orangeday.text.language import language_script

SUPPORTED_LANGUAGES = ("en", "fr", "nl", "de", "es", "pt", "ar")
"""The languages in which a country is known by its name, and gets its preposition."""


class Mission(StrEnum):
    """The kinds of mission, by the names that people type."""

    EMBASSY = "embassy"
    CONSULATE_GENERAL = "consulate general"
    PERMANENT_REPRESENTATION = "permanent representation"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an embassy: city and country."""

    city: str
    """The city as it was typed."""
    country: str
    territory: str | None
    """Its ISO 3166 code; None where no country of that name is known."""

    @property
    def id(self) -> str:
        """The embassy's id: `new-delhi`."""
        plain = unicodedata.normalize("NFKD", self.city.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or (self.territory or "embassy").lower()


def parse_place(text: str) -> Place:
    """Return the place that `Nairobi, Kenya` names; the country in any of SUPPORTED_LANGUAGES."""
    parts = [part.strip() for part in text.split(",")]
    for index in range(1, len(parts)):  # Washington, D.C., United States: it is the last that is a country
        plain_country = _plain(country := ", ".join(parts[index:]))
        codes = (code for code, names in _countries().items() if plain_country in map(_plain, names))
        if plain_country and (code := next(codes, None)):
            return Place(", ".join(parts[:index]), country, code)
    return Place(parts[0], ", ".join(parts[1:]), None)


def zones(place: Place) -> list[str]:
    """Return the time zones of the place's country, the likeliest first."""
    if known_place := delicate_place(place.city):
        return [known_place.zone]
    country_zones = [zone for zone, code in _zones().items() if code == place.territory]
    return sorted(country_zones, key=lambda zone: not is_named_for([zone], place))


def is_named_for(zones: Sequence[str], place: Place) -> bool:
    """Return whether the first of these zones is named for the place's city."""
    return bool(zones) and _plain(zones[0].rpartition("/")[2].replace("_", " ")) == _plain(place.city)


def zones_named(text: str, place: Place) -> list[str]:
    """Return the time zones that a text which is no zone's name may mean, those of the place's country first.

    It names a city (`Nairobi`), a country (`Kenya`), the zone's usual letters (`EAT`) or its distance from UTC
    (`UTC+3`). Letters and distances are those of the country's own zones, or, where it has none, of any.
    """
    own_zones = zones(place)
    words = _plain(text)
    named_place = parse_place(text if "," in text else f"{text}, {text}")
    by_city = [zone for zone in _zones() if words and words in _city_names(zone)]
    by_country = zones(named_place)
    if words == _plain(place.city) and not by_city:
        by_country = own_zones
    letters = text.strip().upper().replace(" ", "")
    spellings = {letters, letters.replace("GMT", "UTC")}
    by_letters = [zone for zone in own_zones or _zones() if not spellings.isdisjoint(_letters(zone))]
    found = by_city or by_country or by_letters
    return sorted(found, key=lambda zone: zone not in own_zones)


@cache
def _city_names(zone: str) -> frozenset[str]:
    """Return the plain names of a zone's city, in each of SUPPORTED_LANGUAGES."""
    from babel import Locale

    city = zone.rpartition("/")[2].replace("_", " ")
    cities = (Locale.parse(tag).time_zones.get(zone, {}).get("city", city) for tag in SUPPORTED_LANGUAGES)
    return frozenset(map(_plain, (city, *cities)))


_SEASONS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
"""Two moments at which a zone shows both of its times."""


def _letters(zone: str) -> set[str]:
    """Return the usual letters of a zone's times, and their distances from UTC: EAT, UTC+3."""
    moments = [season.astimezone(ZoneInfo(zone)) for season in _SEASONS]
    return {name for moment in moments for name in (moment.tzname() or "", utc_offset(moment))}


def official_languages(place: Place, languages: Sequence[str]) -> list[str]:
    """Return those of these languages that are official in the place's country, those with more speakers first."""
    from babel.languages import get_official_languages

    country_languages = get_official_languages(place.territory, de_facto=True) if place.territory else ()
    former_languages = _FORMER_OFFICIAL_LANGUAGES.get(place.territory or "", ())
    return [tag for tag in country_languages if tag in languages and tag not in former_languages]


_FORMER_OFFICIAL_LANGUAGES: Mapping[str, tuple[str, ...]] = {"IL": ("ar",)}
"""The languages, by country, that CLDR still has among those official in all of it."""


def parse_mission(text: str) -> Mission | None:
    """Return the kind of mission that is named, in any of SUPPORTED_LANGUAGES, whole or its beginning; or None."""
    words = _plain(text.replace("-", " "))
    kinds = {kind for kind, names in _MISSION_WORDS.items() for name in names if words and name.startswith(words)}
    return kinds.pop() if len(kinds) == 1 else None


_MISSION_WORDS: Mapping[Mission, tuple[str, ...]] = {
    Mission.EMBASSY: ("embassy", "ambassade", "botschaft", "embajada", "embaixada", "سفارة"),
    Mission.CONSULATE_GENERAL: (
        "consulate general", "consulat general", "consulaat generaal", "generalkonsulat", "consulado general",
        "consulado geral", "قنصلية عامة", "القنصلية العامة",
    ),
    Mission.PERMANENT_REPRESENTATION: (
        "permanent representation", "permanent mission", "representation permanente", "permanente vertegenwoordiging",
        "standige vertretung", "representacion permanente", "representacao permanente", "ممثلية دائمة",
    ),
    Mission.OFFICE: ("office", "bureau", "kantoor", "buro", "oficina", "escritorio", "مكتب"),
}  # fmt: skip
"""The words for each kind, without accents, hyphens and capitals."""


@dataclass(frozen=True, slots=True)
class DelicatePlace:
    """A place of which no program should say on its own what it is called, and what it is in."""

    mission: Mission
    """The kind that Belgium has there."""
    zone: str
    names_country: bool
    """False where no country is named beside the city: its own name stands in the place of the country's."""


_DELICATE_PLACES: Mapping[str, DelicatePlace] = {
    "hong kong": DelicatePlace(Mission.CONSULATE_GENERAL, "Asia/Hong_Kong", names_country=False),
    "jerusalem": DelicatePlace(Mission.CONSULATE_GENERAL, "Asia/Jerusalem", names_country=False),
    "ramallah": DelicatePlace(Mission.CONSULATE_GENERAL, "Asia/Hebron", names_country=False),
    "taipei": DelicatePlace(Mission.OFFICE, "Asia/Taipei", names_country=True),
}
"""By the city's plain name in English."""


@cache
def delicate_place(city: str) -> DelicatePlace | None:
    """Return what is known of a city that a person has to look at, by its name in any language; None for others."""
    typed_name = _plain(city)
    for name, place in _DELICATE_PLACES.items():
        known_names = next((names for names in CITY_NAMES if _plain(names["en"]) == name), {})
        zone_names = _city_names(place.zone)
        if typed_name in {name, *map(_plain, known_names.values()), *(zone_names if name in zone_names else ())}:
            return place
    return None


def likely_mission(place: Place) -> Mission:
    """Return the kind of mission that a place most likely has."""
    known = delicate_place(place.city)
    return known.mission if known else Mission.EMBASSY


def names(
    place: Place,
    zone: str,
    languages: Iterable[str],
    mission: Mission = Mission.EMBASSY,
    city_names: Mapping[str, str] | None = None,
) -> dict[str, dict[str, str]]:
    """Return the config's names of a mission, by key and language: `in_country` → `fr` → `au Kenya`.

    `city_names` has the city by language, as a person wrote it. What isn't known is TO_FILL_IN.
    """
    names_by_key: dict[str, dict[str, str]] = {key: {} for key in ("name", "city", "in_city", "country", "in_country")}
    known_place = delicate_place(place.city)
    for language in languages:
        city = (city_names or {}).get(language) or city_name(place, zone, language)
        in_city = _in_city(city, language) if city else None
        country, in_country = _country(place, language)
        if known_place and not known_place.names_country:
            country, in_country = city or TO_FILL_IN, in_city
        phrase = _MISSION_PHRASES[mission].get(_base(language))
        words = {
            "name": f"{phrase} {in_city}" if phrase and in_city else None,
            "city": city, "in_city": in_city, "country": country, "in_country": in_country,
        }  # fmt: skip
        for key, value in words.items():
            names_by_key[key][language] = value or TO_FILL_IN
    return names_by_key


def _base(language: str) -> str:
    """Return a language without script and region: `pt-BR` → `pt`."""
    return language.partition("-")[0]


_MISSION_PHRASES: Mapping[Mission, Mapping[str, str]] = {
    Mission.EMBASSY: {
        "en": "the Belgian Embassy", "fr": "l’ambassade de Belgique", "nl": "de Belgische ambassade",
        "de": "die Belgische Botschaft", "es": "la Embajada de Bélgica", "pt": "a Embaixada da Bélgica",
        "ar": "سفارة بلجيكا",
    },
    Mission.CONSULATE_GENERAL: {
        "en": "the Belgian Consulate General", "fr": "le consulat général de Belgique",
        "nl": "het Belgische consulaat-generaal", "de": "das Belgische Generalkonsulat",
        "es": "el Consulado General de Bélgica", "pt": "o Consulado-Geral da Bélgica", "ar": "القنصلية العامة لبلجيكا",
    },
    Mission.PERMANENT_REPRESENTATION: {
        "en": "the Belgian Permanent Representation", "fr": "la représentation permanente de la Belgique",
        "nl": "de Belgische permanente vertegenwoordiging", "de": "die Ständige Vertretung Belgiens",
        "es": "la Representación Permanente de Bélgica", "pt": "a Representação Permanente da Bélgica",
        "ar": "الممثلية الدائمة لبلجيكا",
    },
    Mission.OFFICE: {
        "en": "the Belgian Office", "fr": "le bureau belge", "nl": "het Belgische kantoor", "de": "das Belgische Büro",
        "es": "la Oficina de Bélgica", "pt": "o Escritório da Bélgica", "ar": "المكتب البلجيكي",
    },
}  # fmt: skip
"""Each kind of mission with its article, by language."""


def _country(place: Place, language: str) -> tuple[str, str | None]:
    """Return a country's name, and the same with its preposition; None where that isn't known."""
    from babel import Locale

    code, base = place.territory, _base(language)
    name = place.country
    if code:
        locale = Locale.parse(language, sep="-")
        name = COUNTRY_NAMES.get(base, {}).get(code) or locale.territories.get(code) or name
        name = name.replace(" & ", " and ") if base == "en" else name
    if code and code in COUNTRY_PHRASES.get(base, {}):
        phrase, preposition = COUNTRY_PHRASES[base][code]
        return name, f"{preposition} {phrase}"
    usual_preposition = _country_preposition(name, code, base)
    return name, f"{usual_preposition} {name}" if usual_preposition else None


def _country_preposition(country: str, code: str | None, language: str) -> str | None:
    """Return the usual preposition of a country; None where a language has several, and this one isn't known."""
    if language == "fr":
        return _french(country)
    if language == "pt":
        return PORTUGUESE_PREPOSITIONS.get(code or "")
    return _PREPOSITIONS.get(language)


_PREPOSITIONS: Mapping[str, str] = {"en": "in", "nl": "in", "de": "in", "es": "en", "pt": "em", "ar": "في"}
"""The word for “in” before most names, by language."""


def _french(country: str) -> str:
    """Return the French preposition of a country by its spelling, `en` or `au`; COUNTRY_PHRASES has the exceptions."""
    feminine = country.endswith("e") or country.startswith(("Arabie", "Afrique"))
    return "en" if feminine or _plain(country)[:1] in "aeiouh" else "au"


def city_name(place: Place, zone: str, language: str) -> str | None:
    """Return the city's name in a language: of those that differ, or from CLDR if the time zone is named for it.

    Any other is written as it was typed, where the language has these letters; None where it hasn't.
    """
    from babel import Locale

    typed_name, base = _plain(place.city), _base(language)
    for known_names in CITY_NAMES:
        if typed_name in map(_plain, known_names.values()):
            return known_names.get(base) or _as_typed(place.city, language)

    zone_city = zone.rpartition("/")[2].replace("_", " ")
    spellings = {
        tag: Locale.parse(tag, sep="-").time_zones.get(zone, {}).get("city", zone_city)
        for tag in (*SUPPORTED_LANGUAGES, language)
    }
    # Where there is another city of the name, CLDR adds which one it means: “Tripoli (Libye)”.
    known = {tag: re.split(r" ?[(,\[]", city)[0] for tag, city in spellings.items()}
    name = known[language] if typed_name in map(_plain, known.values()) else place.city
    return _as_typed(name, language)


def _as_typed(name: str, language: str) -> str | None:
    """Return a name if it has no Latin letters in a language that has others; else None."""
    has_latin_letters = any("LATIN" in unicodedata.name(character, "") for character in name)
    return None if has_latin_letters and not language_script(language).endswith("-Latn") else name


def _in_city(city: str, language: str) -> str | None:
    """Return a city with its preposition; None in a language whose preposition isn't known."""
    base = _base(language)
    if base == "pt":
        article = PORTUGUESE_CITIES_WITH_ARTICLE.get(city, "na" if city.startswith("Cidade ") else "em")
        return f"{article} {city}"
    if base != "fr":
        return f"{_PREPOSITIONS[base]} {city}" if base in _PREPOSITIONS else None
    article, _, rest = city.partition(" ")
    return f"{ {'Le': 'au', 'Les': 'aux'}[article] } {rest}".strip() if article in ("Le", "Les") else f"à {city}"


def _plain(name: str) -> str:
    """Return a name without case, accents, hyphens, its article and the word “and”, for comparisons."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    words = [word for word in re.findall(r"[^\W_]+", bare) if word not in _AND_WORDS]
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


_ARTICLES = ("the", "le", "la", "les", "l", "de", "het", "der", "die", "das", "el", "los", "las")


_AND_WORDS = ("and", "et", "en", "und")


@cache
def _countries() -> dict[str, frozenset[str]]:
    """Return the names of each country in SUPPORTED_LANGUAGES, by its code; not of countries without a time zone."""
    from babel import Locale

    territories = [Locale.parse(language).territories for language in SUPPORTED_LANGUAGES]
    names: dict[str, frozenset[str]] = {}
    for code in {*_zones().values(), "XK"}:
        country_names = {known[code] for known in territories if code in known}
        country_names |= {bare[code] for bare in COUNTRY_NAMES.values() if code in bare}
        country_names |= {
            phrase for phrases in COUNTRY_PHRASES.values() if code in phrases for phrase in (phrases[code][0],)
        }
        country_names |= {spelling for spelling, other_code in OTHER_SPELLINGS.items() if other_code == code}
        names[code] = frozenset(country_names)
    return names


@cache
def _zones() -> dict[str, str]:
    """Return the country's code of each time zone, from the tz database."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
