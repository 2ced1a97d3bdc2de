"""The names of countries and cities that aren't as CLDR has them, and how a language says “in” before each. Data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COUNTRY_PHRASES: Mapping[str, Mapping[str, tuple[str, str]]] = {
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
        "CY": ("Chypre", "à"), "DJ": ("Djibouti", "à"), "GW": ("Guinée-Bissau", "en"), "HK": ("Hong Kong", "à"),
        "HN": ("Honduras", "au"),
        "KH": ("Cambodge", "au"), "KM": ("Comores", "aux"), "KR": ("Corée du Sud", "en"), "MG": ("Madagascar", "à"),
        "MC": ("Monaco", "à"), "MK": ("Macédoine du Nord", "en"), "MM": ("Myanmar", "au"), "MT": ("Malte", "à"),
        "MU": ("Maurice", "à"), "MV": ("Maldives", "aux"), "MX": ("Mexique", "au"), "MZ": ("Mozambique", "au"),
        "NL": ("Pays-Bas", "aux"), "OM": ("Oman", "à"), "PH": ("Philippines", "aux"), "SC": ("Seychelles", "aux"),
        "SG": ("Singapour", "à"), "SR": ("Suriname", "au"), "TW": ("Taïwan", "à"), "US": ("États-Unis", "aux"),
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
    "es": {
        "AE": ("los Emiratos Árabes Unidos", "en"), "CD": ("la República Democrática del Congo", "en"),
        "CF": ("la República Centroafricana", "en"), "CG": ("la República del Congo", "en"),
        "DO": ("la República Dominicana", "en"), "GB": ("el Reino Unido", "en"), "IN": ("la India", "en"),
        "MV": ("las Maldivas", "en"), "NL": ("los Países Bajos", "en"), "VA": ("la Santa Sede", "ante"),
    },
    "pt": {"VA": ("à Santa Sé", "junto")},
    "ar": {"VA": ("الكرسي الرسولي", "لدى")},
}  # fmt: skip
"""The countries that have another phrase than the usual preposition and their name, by language.

Of each the name with its article, and the preposition.
"""

COUNTRY_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "HK": "Hong Kong", "PS": "Palestine",
        "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "MM": "Myanmar", "VA": "the Holy See",
        "VN": "Viet Nam",
    },
    "fr": {
        "HK": "Hong Kong", "PS": "Palestine",
        "CD": "République démocratique du Congo", "CG": "République du Congo", "MM": "Myanmar", "VA": "Saint-Siège",
    },
    "nl": {
        "HK": "Hongkong", "PS": "Palestina",
        "CD": "Democratische Republiek Congo", "CG": "Republiek Congo", "MM": "Myanmar", "VA": "Heilige Stoel",
    },
    "de": {
        "HK": "Hongkong", "PS": "Palästina",
        "CD": "Demokratische Republik Kongo", "CG": "Republik Kongo", "MD": "Republik Moldau", "MM": "Myanmar",
        "VA": "Heiliger Stuhl",
    },
    "es": {
        "CD": "República Democrática del Congo", "CG": "República del Congo", "HK": "Hong Kong", "MM": "Myanmar",
        "PS": "Palestina", "VA": "Santa Sede",
    },
    "pt": {
        "CD": "República Democrática do Congo", "CG": "República do Congo", "HK": "Hong Kong", "MM": "Mianmar",
        "PS": "Palestina", "VA": "Santa Sé",
    },
    "ar": {
        "CD": "جمهورية الكونغو الديمقراطية", "CG": "جمهورية الكونغو", "HK": "هونغ كونغ", "MM": "ميانمار",
        "PS": "فلسطين", "VA": "الكرسي الرسولي",
    },
}  # fmt: skip
"""The names of countries that diplomats call differently than CLDR does, by language."""

OTHER_SPELLINGS: Mapping[str, str] = {
    "burma": "MM", "cape verde": "CV", "czech republic": "CZ", "east timor": "TL", "great britain": "GB",
    "holland": "NL", "ivory coast": "CI", "macedonia": "MK", "swaziland": "SZ", "turkey": "TR", "uae": "AE",
    "uk": "GB", "usa": "US", "vatican": "VA",
}  # fmt: skip
"""Names by which people know countries, beside those of CLDR, without accents and capitals; with the codes."""

PORTUGUESE_PREPOSITIONS: Mapping[str, str] = {
    code: preposition
    for preposition, codes in {
        "em": "AD AG AO BB BD BF BN BW BZ CM CU CV CY DM FJ GD GH HK HN IL KI KN LC LI LU MA MC MG MM MO MT MU MZ NR OM"
        " PR PT PW RW SG SM ST SV SZ TL TO TT TV TW UG VC VU WS",
        "no": "AF AZ BH BI BJ BR BT CA CL DJ EC EG GA HT IQ IR JO JP KE KG KH KW KZ LA LB LK LS ME ML MW MX NE NP PA PE"
        " PK PY QA SD SN SR SS TD TG TJ TM UY UZ VN XK YE ZW GB",
        "na": "AL AM AR AT AU BA BE BG BO BY CD CF CG CH CI CN CO CR CZ DE DK DO DZ EE ER ES ET FI FR GE GM GN GQ GR GT"
        " GW GY HR HU ID IE IN IS IT JM KP KR LR LT LV LY MD MK MN MR MY NA NG NI NO NZ PG PL PS RO RS RU SA SE SI SK"
        " SL SO SY TH TN TR TZ UA VE ZA ZM",
        "nos": "AE NL US",
        "nas": "BS MH MV PH SB SC",
    }.items()
    for code in codes.split()
}
"""The Portuguese word for “in” a country, by its code: with its article, if it has one."""

PORTUGUESE_CITIES_WITH_ARTICLE: Mapping[str, str] = {
    "Cairo": "no", "Porto": "no", "Praia": "na", "Recife": "no", "Rio de Janeiro": "no",
}  # fmt: skip
"""The Portuguese word for “in” a city that has an article; a “Cidade …” has one too."""

CITY_NAMES: Sequence[Mapping[str, str]] = (
    {
        "en": "Abu Dhabi", "fr": "Abou Dabi", "nl": "Abu Dhabi", "de": "Abu Dhabi", "es": "Abu Dabi", "pt": "Abu Dhabi",
        "ar": "أبو ظبي",
    },
    {"en": "Ankara", "fr": "Ankara", "nl": "Ankara", "de": "Ankara", "es": "Ankara", "pt": "Ancara", "ar": "أنقرة"},
    {"en": "Beijing", "fr": "Pékin", "nl": "Peking", "de": "Peking", "es": "Pekín", "pt": "Pequim", "ar": "بكين"},
    {"en": "Bern", "fr": "Berne", "nl": "Bern", "de": "Bern", "es": "Berna", "pt": "Berna", "ar": "برن"},
    {
        "en": "Brasília", "fr": "Brasília", "nl": "Brasilia", "de": "Brasília", "es": "Brasilia", "pt": "Brasília",
        "ar": "برازيليا",
    },
    {
        "en": "Casablanca", "fr": "Casablanca", "nl": "Casablanca", "de": "Casablanca", "es": "Casablanca",
        "pt": "Casablanca", "ar": "الدار البيضاء",
    },
    {"en": "Doha", "fr": "Doha", "nl": "Doha", "de": "Doha", "es": "Doha", "pt": "Doha", "ar": "الدوحة"},
    {"en": "Geneva", "fr": "Genève", "nl": "Genève", "de": "Genf", "es": "Ginebra", "pt": "Genebra", "ar": "جنيف"},
    {"en": "Hanoi", "fr": "Hanoi", "nl": "Hanoi", "de": "Hanoi", "es": "Hanói", "pt": "Hanói", "ar": "هانوي"},
    {
        "en": "Hong Kong", "fr": "Hong Kong", "nl": "Hongkong", "de": "Hongkong", "es": "Hong Kong", "pt": "Hong Kong",
        "ar": "هونغ كونغ",
    },
    {
        "en": "Islamabad", "fr": "Islamabad", "nl": "Islamabad", "de": "Islamabad", "es": "Islamabad",
        "pt": "Islamabade", "ar": "إسلام آباد",
    },
    {
        "en": "Kuwait City", "fr": "Koweït", "nl": "Koeweit-Stad", "de": "Kuwait-Stadt", "es": "Kuwait",
        "pt": "Cidade do Kuwait", "ar": "مدينة الكويت",
    },
    {"en": "Milan", "fr": "Milan", "nl": "Milaan", "de": "Mailand", "es": "Milán", "pt": "Milão", "ar": "ميلانو"},
    {
        "en": "New Delhi", "fr": "New Delhi", "nl": "New Delhi", "de": "Neu-Delhi", "es": "Nueva Delhi",
        "pt": "Nova Deli", "ar": "نيودلهي",
    },
    {"en": "Ottawa", "fr": "Ottawa", "nl": "Ottawa", "de": "Ottawa", "es": "Ottawa", "pt": "Ottawa", "ar": "أوتاوا"},
    {
        "en": "Pretoria", "fr": "Pretoria", "nl": "Pretoria", "de": "Pretoria", "es": "Pretoria", "pt": "Pretória",
        "ar": "بريتوريا",
    },
    {"en": "Rabat", "fr": "Rabat", "nl": "Rabat", "de": "Rabat", "es": "Rabat", "pt": "Rabat", "ar": "الرباط"},
    {
        "en": "Ramallah", "fr": "Ramallah", "nl": "Ramallah", "de": "Ramallah", "es": "Ramala", "pt": "Ramallah",
        "ar": "رام الله",
    },
    {
        "en": "Strasbourg", "fr": "Strasbourg", "nl": "Straatsburg", "de": "Straßburg", "es": "Estrasburgo",
        "pt": "Estrasburgo", "ar": "ستراسبورغ",
    },
    {
        "en": "The Hague", "fr": "La Haye", "nl": "Den Haag", "de": "Den Haag", "es": "La Haya", "pt": "Haia",
        "ar": "لاهاي",
    },
)  # fmt: skip
"""The cities with a mission that have several names, and no time zone named for them."""
