"""Parts of an embassy's section in the config that take more than one step to read: each adds the problems it finds."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo, available_timezones

from orangeday.clock import DAYS
from orangeday.content import time_zones as zones
from orangeday.content.problems import did_you_mean
from orangeday.content.toml import Table, Text
from orangeday.text.language import LANGUAGE


def timezone(table: Table) -> ZoneInfo | None:
    """Return the time zone; None where it is missing, or there is none of that name."""
    name = table.text("timezone", mandatory=True)
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
    for item in table.items("skip"):
        number, slash, part = item.partition("/")
        if not re.fullmatch(r"\d\d?", number) or int(number) not in DAYS:
            table.problem(item.location, "wrong-skip", f"“{item}” names no day.", 'Write [7, "8/x", "9/en"].')
        elif slash and part not in parts:
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
        numbers = table.items(language)
        for number in numbers:
            if not number.isdecimal() or number not in map(str, DAYS):
                table.problem(
                    number.location, "wrong-days", f"“{number}” isn't a day.", "Write days from 1 to 16: [1, 16]."
                )
        by_language[str(language)] = frozenset(day for day in DAYS if str(day) in numbers)
    return by_language


def words(table: Table, placeholders: Collection[str]) -> dict[str, dict[str, Text]]:
    """Return the free words of an embassy, by placeholder and by language; `placeholders` are all others."""
    by_word = {}
    for name, by_language in table.tables():
        if name in placeholders:
            message = f"“{name}” can't be a word of your own: {{{name}}} has a meaning already."
            table.problem(name, "wrong-word", message, "Give it another name, like “from_city”.")
        elif not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            message = f"“{name}” can't be the name of a word."
            table.problem(name, "wrong-word", message, "Use a–z, 0–9 and _, and begin with a letter, like “from_city”.")
        else:
            by_word[str(name)] = by_language.by_language(LANGUAGE)
    return by_word
