"""Parts of an embassy's section in the config that take more than one step to read: each adds the problems it finds."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo, available_timezones

from orangeday.clock import DAYS
from orangeday.content import time_zones as zones
from orangeday.content.problems import did_you_mean
from orangeday.content.toml import Table, Text
from orangeday.content.toml_forms import Form
from orangeday.text.language import LANGUAGE

_DAY = Form("|".join(map(str, DAYS)), "wrong-days", "“{}” isn't a day.", "Write days from 1 to 16: [1, 16].")
_DAY_NUMBERS = "|".join(dict.fromkeys(number for day in DAYS for number in (f"{day}", f"{day:02}")))
_SKIPPED = Form(rf"(?:{_DAY_NUMBERS})(?:/[\s\S]*)?", "wrong-skip", "“{}” names no day.", 'Write [7, "8/x", "9/en"].')
_WORD = Form(
    r"[a-z][a-z0-9_]*",
    "wrong-word",
    "“{}” can't be the name of a word.",
    "Use a–z, 0–9 and _, and begin with a letter, like “from_city”.",
)


def timezone(table: Table) -> ZoneInfo | None:
    """Return the time zone; None where it is missing, or there is none of that name."""
    name = table.text("timezone", "Its time zone, by continent and city: Africa/Nairobi.", mandatory=True)
    if name is None:
        return None
    try:
        return zones.zone(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        # Etc/GMT+1 lies an hour behind Greenwich, which nobody means who writes GMT+1.
        known = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        zones_by_name = {zone.lower(): zone for zone in known} | {
            zone.rsplit("/", 1)[-1].lower(): zone for zone in known
        }
        plain_name = name.strip().replace(" ", "_").lower()
        city = plain_name.rsplit("/", 1)[-1]
        matches = (
            [city] if city in zones_by_name else difflib.get_close_matches(plain_name, zones_by_name, n=1, cutoff=0.8)
        )
        hint = (
            f"Did you mean “{zones_by_name[matches[0]]}”?"
            if matches
            else "Write continent and city, like Africa/Nairobi."
        )
        table.problem("timezone", "unknown-zone", f"there is no time zone “{name}”.", hint)
        return None


def skip(table: Table, parts: Sequence[str]) -> frozenset[str]:
    """Return what isn't posted, as in `skip`: days, days on a platform or in a language, which are its `parts`."""
    entries = set()
    description = 'What it doesn\'t post: a day, a day on one platform, a day in one language: [7, "8/x", "9/en"].'
    for item in table.items("skip", description, _SKIPPED):
        number, slash, part = item.partition("/")
        if not _SKIPPED.fits(item):
            continue
        if slash and part not in parts:
            hint = did_you_mean(part, parts) or f"This embassy has: {', '.join(parts)}."
            table.problem(item.location, "wrong-skip", f"“{item}” names no platform or language.", hint)
        else:
            entries.add(f"{int(number)}{slash}{part}")
    return frozenset(entries)


def days(table: Table, languages: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return the days of each language that is posted on some days only."""
    by_language = {}
    for language in table:
        if language not in languages:
            hint = did_you_mean(language, languages) or f"This embassy has: {', '.join(languages)}."
            table.problem(language, "wrong-days", f"the embassy doesn't post in “{language}”.", hint)
        numbers = table.items(language, "The only days on which it posts in this language.", _DAY)
        by_language[str(language)] = frozenset(day for day in DAYS if str(day) in numbers)
    return by_language


def words(table: Table, placeholders: Collection[str]) -> dict[str, dict[str, Text]]:
    """Return the free words of an embassy, by placeholder and by language; `placeholders` are all others."""
    by_word = {}
    message, hint = (
        "“{0}” can't be a word of your own: {{{0}}} has a meaning already.",
        "Give it another name, like “from_city”.",
    )
    table.reserve(placeholders, "wrong-word", message, hint)
    for name, by_language in table.tables("A word of its own, by language."):
        if name not in placeholders and by_language.has_name(_WORD):
            by_word[str(name)] = by_language.by_language(LANGUAGE)
    return by_word
