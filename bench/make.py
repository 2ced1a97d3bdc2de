"""Makes a campaign of any size: a config of N embassies, and sixteen days in L languages. The same each time.

Nothing in it can reach anybody: no X handle has more than fifteen characters, as these have, and no Bluesky address
ends in .example.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"
"""The 24 official languages of the European Union; a campaign of L languages has the first L."""

_ZONES = """
    Africa/Abidjan Africa/Addis_Ababa Africa/Algiers Africa/Cairo Africa/Casablanca Africa/Dakar
    Africa/Dar_es_Salaam Africa/Johannesburg Africa/Kampala Africa/Kigali Africa/Kinshasa Africa/Lagos
    Africa/Maputo Africa/Nairobi Africa/Tunis America/Argentina/Buenos_Aires America/Bogota America/Caracas
    America/Havana America/Jamaica America/La_Paz America/Lima America/Mexico_City America/Montevideo
    America/New_York America/Panama America/Santiago America/Sao_Paulo America/St_Johns America/Toronto
    Asia/Almaty Asia/Amman Asia/Baghdad Asia/Bangkok Asia/Beirut Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh
    Asia/Jakarta Asia/Jerusalem Asia/Kabul Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Manila Asia/Qatar
    Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tashkent Asia/Tehran Asia/Tokyo Australia/Sydney
    Europe/Athens Europe/Berlin Europe/Istanbul Europe/Kyiv Europe/London Europe/Warsaw Pacific/Apia
    Pacific/Auckland Pacific/Honolulu
"""
"""Where they are. Beyond 63 embassies some share a zone; every fifth keeps an hour of its own."""


def make(folder: Path, embassies: int, languages: int, zones: Sequence[str] = ()) -> Path:
    """Writes the config and the posts into `folder`, and gives the config. No rule finds an error in them."""
    spoken = _LANGUAGES.split()[:languages]
    _posts(folder / "posts", spoken)
    config = folder / "config.toml"
    sections = [_embassy(number, spoken, zones or _ZONES.split()) for number in range(1, embassies + 1)]
    head = '[campaign]\nposts = "posts"\nstart = 2026-11-25\n\n[schedule]\ntime = "09:00"\nspacing = "20m"\n'
    _write(config, "\n".join([head, *sections]))
    return config


def _embassy(number: int, languages: list[str], zones: Sequence[str]) -> str:

    def in_each(words: str) -> str:
        return "{ " + ", ".join(f'{language} = "{words} ({language})"' for language in languages) + " }"

    own_hour = [f'time = "{8 + number % 4:02}:30"'] if number % 5 == 0 else []
    lines = [
        f"[embassies.embassy-{number:04}]",
        f"name = {in_each(f'Embassy {number}')}",
        f"city = {in_each(f'City {number}')}",
        f"in_city = {in_each(f'in City {number}')}",
        f"country = {in_each(f'Country {number}')}",
        f"in_country = {in_each(f'in Country {number}')}",
        f'timezone = "{zones[number % len(zones)]}"',
        f"languages = {_list(languages)}",
        *own_hour,
        f'x = {{ handle = "example_be_embassy_{number:04}" }}',
        f'bluesky = {{ handle = "be-embassy-{number:04}.example" }}',
    ]
    return "\n".join(lines) + "\n"


def _posts(folder: Path, languages: list[str]) -> None:
    hashtags = "".join(f'{language} = ["#16Days", "#OrangeTheWorld"]\n' for language in languages)
    handles = '[handles.partner]\nname = "a partner"\n'
    _write(
        folder / "campaign.toml", f'id = "bench"\ntitle = "A campaign to measure"\n\n[hashtags]\n{hashtags}\n{handles}'
    )
    _write(folder / "facts.toml", '[fact]\nstatement = "This text is there to be measured."\nparagraph = 1\n')
    for day in range(1, 17):
        of_day = folder / f"{day:02}-day"
        link = f'link = "https://example.org/{day}"\n' if day % 2 else ""
        _write(of_day / "day.toml", f'title = "Day {day}"\nfacts = ["fact"]\n{link}')
        for language in languages:
            _write(of_day / f"{language}.toml", f"text = '''\n{_text(day, language)}'''\n")


def _text(day: int, language: str) -> str:
    """As long as the shipped ones, and as varied: names, a handle, an accent, an emoji; a link every other day."""
    link = "{link}\n\n" if day % 2 else ""
    return (
        f"Day {day} of sixteen, said in “{language}”. {{Embassy}} joins in with {{@partner}}: from {{city}}, and all "
        "over {country}, déjà for years.\n\nThe whole world turns orange, {in_city} as well. 🧡\n\n"
        f"{link}{{hashtags}}\n"
    )


def _list(words: list[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
