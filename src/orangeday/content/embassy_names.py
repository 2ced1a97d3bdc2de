"""The names of a mission, its city and its country in each language, from a city and a country typed once.

Countries come from Unicode's CLDR, by Babel. In the languages of the shipped posts they get the right preposition. In
any other language, and for cities, a person writes what can't be derived.
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

SUPPORTED_LANGUAGES = ("en", "fr", "nl", "de")
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

    country_languages = get_official_languages(place.territory, regional=True, de_facto=True) if place.territory else ()
    return [language for language in country_languages if language in languages]


def parse_mission(text: str) -> Mission | None:
    """Return the kind of mission that is named, in any of SUPPORTED_LANGUAGES, whole or its beginning; or None."""
    words = _plain(text.replace("-", " "))
    kinds = {kind for kind, names in _MISSION_WORDS.items() for name in names if words and name.startswith(words)}
    return kinds.pop() if len(kinds) == 1 else None


_MISSION_WORDS: Mapping[Mission, tuple[str, ...]] = {
    Mission.EMBASSY: ("embassy", "ambassade", "botschaft"),
    Mission.CONSULATE_GENERAL: ("consulate general", "consulat general", "consulaat generaal", "generalkonsulat"),
    Mission.PERMANENT_REPRESENTATION: (
        "permanent representation", "permanent mission", "representation permanente", "permanente vertegenwoordiging",
        "standige vertretung",
    ),
    Mission.OFFICE: ("office", "bureau", "kantoor", "buro"),
}  # fmt: skip
"""The words for each kind, without accents, hyphens and capitals."""


def names(
    place: Place, zone: str, languages: Iterable[str], mission: Mission = Mission.EMBASSY
) -> dict[str, dict[str, str]]:
    """Return the config's names of a mission, by key and language: `in_country` → `fr` → `au Kenya`.

    A language that isn't one of SUPPORTED_LANGUAGES gets only the city and the country.
    """
    names_by_key: dict[str, dict[str, str]] = {key: {} for key in ("name", "city", "in_city", "country", "in_country")}
    for language in languages:
        city, (country, in_country) = _city(place, zone, language), _country(place, language)
        names_by_key["city"][language], names_by_key["country"][language] = city, country
        if language in SUPPORTED_LANGUAGES:
            in_city = _in_city(city, language)
            names_by_key["name"][language] = f"{_MISSION_PHRASES[mission][language]} {in_city}"
            names_by_key["in_city"][language] = in_city
            names_by_key["in_country"][language] = in_country
    return names_by_key


_MISSION_PHRASES: Mapping[Mission, Mapping[str, str]] = {
    Mission.EMBASSY: {
        "en": "the Belgian Embassy", "fr": "l’ambassade de Belgique", "nl": "de Belgische ambassade",
        "de": "die Belgische Botschaft",
    },
    Mission.CONSULATE_GENERAL: {
        "en": "the Belgian Consulate General", "fr": "le consulat général de Belgique",
        "nl": "het Belgische consulaat-generaal", "de": "das Belgische Generalkonsulat",
    },
    Mission.PERMANENT_REPRESENTATION: {
        "en": "the Belgian Permanent Representation", "fr": "la représentation permanente de la Belgique",
        "nl": "de Belgische permanente vertegenwoordiging", "de": "die Ständige Vertretung Belgiens",
    },
    Mission.OFFICE: {
        "en": "the Belgian Office", "fr": "le bureau belge", "nl": "het Belgische kantoor", "de": "das Belgische Büro",
    },
}  # fmt: skip
"""Each kind of mission with its article, by language."""

_COUNTRY_PHRASES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "AE": ("the United Arab Emirates", "in"), "CD": ("the Democratic Republic of the Congo", "in"),
        "CF": ("the Central African Republic", "in"), "CG": ("the Republic of the Congo", "in"),
        "DO": ("the Dominican Republic", "in"), "GB": ("the United Kingdom", "in"), "GM": ("The Gambia", "in"),
        "MM": ("Myanmar", "in"), "NL": ("the Netherlands", "in"), "PH": ("the Philippines", "in"),
        "US": ("the United States", "in"), "VA": ("the Holy See", "to"), "VN": ("Viet Nam", "in"),
    },
    "fr": {
        "AE": ("Émirats arabes unis", "aux"), "BH": ("Bahreïn", "à"), "BZ": ("Belize", "au"),
        "CD": ("République démocratique du Congo", "en"), "CG": ("République du Congo", "en"), "CU": ("Cuba", "à"),
        "CY": ("Chypre", "à"), "DJ": ("Djibouti", "à"), "GW": ("Guinée-Bissau", "en"), "HN": ("Honduras", "au"),
        "KH": ("Cambodge", "au"), "KM": ("Comores", "aux"), "KR": ("Corée du Sud", "en"), "MG": ("Madagascar", "à"),
        "MC": ("Monaco", "à"), "MK": ("Macédoine du Nord", "en"), "MM": ("Myanmar", "au"), "MT": ("Malte", "à"),
        "MU": ("Maurice", "à"), "MV": ("Maldives", "aux"), "MX": ("Mexique", "au"), "MZ": ("Mozambique", "au"),
        "NL": ("Pays-Bas", "aux"), "OM": ("Oman", "à"), "PH": ("Philippines", "aux"), "SC": ("Seychelles", "aux"),
        "SG": ("Singapour", "à"), "SR": ("Suriname", "au"), "US": ("États-Unis", "aux"),
        "VA": ("Saint-Siège", "près le"), "ZW": ("Zimbabwe", "au"),
    },
    "nl": {
        "AE": ("de Verenigde Arabische Emiraten", "in"), "CD": ("de Democratische Republiek Congo", "in"),
        "CF": ("de Centraal-Afrikaanse Republiek", "in"), "CG": ("de Republiek Congo", "in"),
        "DO": ("de Dominicaanse Republiek", "in"), "GB": ("het Verenigd Koninkrijk", "in"), "MM": ("Myanmar", "in"),
        "MV": ("de Malediven", "op"), "PH": ("de Filipijnen", "in"), "SC": ("de Seychellen", "op"),
        "US": ("de Verenigde Staten", "in"), "VA": ("de Heilige Stoel", "bij"),
    },
    "de": {
        "AE": ("den Vereinigten Arabischen Emiraten", "in"), "CD": ("der Demokratischen Republik Kongo", "in"),
        "CF": ("der Zentralafrikanischen Republik", "in"), "CG": ("der Republik Kongo", "in"),
        "CH": ("der Schweiz", "in"), "DO": ("der Dominikanischen Republik", "in"),
        "GB": ("Vereinigten Königreich", "im"),
        "IQ": ("Irak", "im"), "IR": ("Iran", "im"), "LB": ("Libanon", "im"), "MD": ("der Republik Moldau", "in"),
        "MM": ("Myanmar", "in"), "MN": ("der Mongolei", "in"), "MV": ("den Malediven", "auf"),
        "NL": ("den Niederlanden", "in"), "PH": ("den Philippinen", "auf"), "SC": ("den Seychellen", "auf"),
        "SD": ("Sudan", "im"), "SK": ("der Slowakei", "in"), "SN": ("Senegal", "im"), "SS": ("Südsudan", "im"),
        "TD": ("Tschad", "im"), "TR": ("der Türkei", "in"), "UA": ("der Ukraine", "in"),
        "US": ("den Vereinigten Staaten", "in"), "VA": ("Heiligen Stuhl", "beim"), "XK": ("Kosovo", "im"),
        "YE": ("Jemen", "im"),
    },
}  # fmt: skip
"""The countries that need another phrase than “in” and their name: name with article, and preposition, by language."""

_COUNTRY_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "MM": "Myanmar", "VA": "the Holy See",
        "VN": "Viet Nam",
    },
    "fr": {
        "CD": "République démocratique du Congo", "CG": "République du Congo", "MM": "Myanmar", "VA": "Saint-Siège",
    },
    "nl": {
        "CD": "Democratische Republiek Congo", "CG": "Republiek Congo", "MM": "Myanmar", "VA": "Heilige Stoel",
    },
    "de": {
        "CD": "Demokratische Republik Kongo", "CG": "Republik Kongo", "MD": "Republik Moldau", "MM": "Myanmar",
        "VA": "Heiliger Stuhl",
    },
}  # fmt: skip
"""The names of countries that diplomats call differently than CLDR does, by language."""


def _country(place: Place, language: str) -> tuple[str, str]:
    """Return a country's name, and the same with its preposition."""
    from babel import Locale

    code = place.territory
    name = place.country
    if code:
        locale = Locale.parse(language, sep="-")
        name = _COUNTRY_NAMES.get(language, {}).get(code) or locale.territories.get(code) or name
        name = name.replace(" & ", " and ") if language == "en" else name
    if code and code in _COUNTRY_PHRASES.get(language, {}):
        phrase, preposition = _COUNTRY_PHRASES[language][code]
        return name, f"{preposition} {phrase}"
    return name, f"{_french(name) if language == 'fr' else 'in'} {name}"


def _french(country: str) -> str:
    """Return the French preposition of a country by its spelling, `en` or `au`; _COUNTRY_PHRASES has the exceptions."""
    feminine = country.endswith("e") or country.startswith(("Arabie", "Afrique"))
    return "en" if feminine or _plain(country)[:1] in "aeiouh" else "au"


def _city(place: Place, zone: str, language: str) -> str:
    """Return the city's name in a language: of those that differ, or from CLDR if the time zone is named for it.

    Any other is written as it was typed.
    """
    from babel import Locale

    typed_name = _plain(place.city)
    for known_names in _CITY_NAMES:
        if typed_name in map(_plain, known_names.values()):
            return known_names.get(language, place.city)

    zone_city = zone.rpartition("/")[2].replace("_", " ")
    spellings = {
        tag: Locale.parse(tag, sep="-").time_zones.get(zone, {}).get("city", zone_city)
        for tag in (*SUPPORTED_LANGUAGES, language)
    }
    # Where there is another city of the name, CLDR adds which one it means: “Tripoli (Libye)”.
    known = {tag: re.split(r" ?[(,\[]", city)[0] for tag, city in spellings.items()}
    return known[language] if typed_name in map(_plain, known.values()) else place.city


_CITY_NAMES: Sequence[Mapping[str, str]] = (
    {"en": "Abu Dhabi", "fr": "Abou Dabi", "nl": "Abu Dhabi", "de": "Abu Dhabi"},
    {"en": "Beijing", "fr": "Pékin", "nl": "Peking", "de": "Peking"},
    {"en": "Bern", "fr": "Berne", "nl": "Bern", "de": "Bern"},
    {"en": "Geneva", "fr": "Genève", "nl": "Genève", "de": "Genf"},
    {"en": "Hanoi", "fr": "Hanoi", "nl": "Hanoi", "de": "Hanoi"},
    {"en": "Milan", "fr": "Milan", "nl": "Milaan", "de": "Mailand"},
    {"en": "Strasbourg", "fr": "Strasbourg", "nl": "Straatsburg", "de": "Straßburg"},
    {"en": "The Hague", "fr": "La Haye", "nl": "Den Haag", "de": "Den Haag"},
)
"""The cities with a mission that have several names, and no time zone named for them."""


def _in_city(city: str, language: str) -> str:
    if language != "fr":
        return f"in {city}"
    article, _, rest = city.partition(" ")
    return f"{ {'Le': 'au', 'Les': 'aux'}[article] } {rest}".strip() if article in ("Le", "Les") else f"à {city}"


def _plain(name: str) -> str:
    """Return a name without case, accents, hyphens, its article and the word “and”, for comparisons."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    words = [word for word in re.findall(r"[^\W_]+", bare) if word not in _AND_WORDS]
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


_ARTICLES = ("the", "le", "la", "les", "l", "de", "het", "der", "die", "das")


_AND_WORDS = ("and", "et", "en", "und")


@cache
def _countries() -> dict[str, frozenset[str]]:
    """Return the names of each country in SUPPORTED_LANGUAGES, by its code; not of countries without a time zone."""
    from babel import Locale

    territories = [Locale.parse(language).territories for language in SUPPORTED_LANGUAGES]
    names: dict[str, frozenset[str]] = {}
    for code in {*_zones().values(), "XK"}:
        country_names = {known[code] for known in territories if code in known}
        country_names |= {bare[code] for bare in _COUNTRY_NAMES.values() if code in bare}
        country_names |= {
            phrase for phrases in _COUNTRY_PHRASES.values() if code in phrases for phrase in (phrases[code][0],)
        }
        names[code] = frozenset(country_names)
    return names


@cache
def _zones() -> dict[str, str]:
    """Return the country's code of each time zone, from the tz database."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
