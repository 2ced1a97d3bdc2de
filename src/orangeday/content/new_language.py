"""The files of a language that a campaign has no texts in yet: to be filled in, with the words of another beside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from orangeday.content import toml_edit
from orangeday.content.campaign import Campaign, Day, Fact
from orangeday.content.file_names import intended_name, names_in
from orangeday.content.translations import Translation
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import english_name, visible
from orangeday.text.language import fallback_tags


@dataclass(frozen=True, slots=True)
class Gap:
    """A name in campaign.toml that a language still lacks."""

    key: tuple[str, ...]
    """The table of its names by language: `("cards", "from")`."""
    example: str
    """The same in another language."""
    language: str
    """The language of the example."""


def missing_days(campaign: Campaign, language: str) -> list[Day]:
    """Return the days beside whose texts there is no file meant as this language's."""
    name = f"{language}.toml"
    return [
        day
        for day in campaign.days.values()
        if name not in map(intended_name, names_in(day.file.parent)) and language not in day.translations
    ]


def text_file(campaign: Campaign, day: Day, language: str, source_language: str | None) -> str:
    """Return the file of a day's text: each of its texts empty, below the words of another language as a comment.

    Those are of the `source_language`, or, where the day hasn't got it, in English, or in the first language there is.
    """
    source = _source(day, language, source_language)
    wordings = _wordings(source)
    limits = " and ".join(f"{spec.limit} on {spec.title}" for spec in PLATFORMS.values())
    lines = [
        *_schema_line(source),
        *_comment(f"Day {day.number} in {english_name(language)}: {day.title or ''}"),
        "#",
        "# Fill in each pair of quotes that is empty. As long as one is, nothing of this file goes out.",
        "# What stands in braces is filled in for each embassy: keep {hashtags} and its like as they are.",
        f"# A text has room for {limits}, all filled in, hashtags included: orangeday preview {day.number}",
        "# A line that begins with # is read by people alone, and can be deleted.",
        "#",
        "# It says no more than these facts:",
        *(line for fact in day.facts for line in _fact(campaign.facts.get(fact))),
    ]
    if source:
        lines += ["#", f"# In {english_name(source.language)}:", *_comment(str(source.text))]
    lines += ["text = '''", "", "'''"]
    for platform, spec in PLATFORMS.items():
        if isinstance(wording := wordings.get(platform), str):
            lines += [
                "",
                f"# Other words for {spec.title} alone; delete all from here to the quotes' end if it needs none:",
            ]
            lines += [*_comment(wording), f"{platform} = '''", "", "'''"]
    if isinstance(card := wordings.get("card"), dict):
        lines += ["", "[card]", *_empty_entries(card)]
    if day.media:
        known = wordings.get("alt")
        alts = known if isinstance(known, dict) else {}
        lines += ["", "[alt]", *_empty_entries({str(name): str(alts.get(name, "")) for name in day.media})]
    return "\n".join(lines) + "\n"


def text_files(campaign: Campaign, language: str, source_language: str | None) -> dict[Path, bytes]:
    """Return the files of all days that have no text in a language, by where they belong."""
    return {
        day.file.with_name(f"{language}.toml"): text_file(campaign, day, language, source_language).encode()
        for day in missing_days(campaign, language)
    }


def changes(
    campaign: Campaign, language: str, source_language: str | None
) -> tuple[dict[Path, bytes | None], list[Gap], list[Gap]]:
    """Return the files that a language needs, with their content, and what is to be filled in in campaign.toml.

    Last what couldn't be written there. Raises OSError.
    """
    files: dict[Path, bytes | None] = {**text_files(campaign, language, source_language)}
    file = campaign.folder / "campaign.toml"
    content = file.read_bytes()
    new_content, gaps, unwritten_gaps = campaign_file(content, language, source_language)
    return files | ({file: new_content} if new_content != content else {}), gaps, unwritten_gaps


def campaign_file(content: bytes, language: str, source_language: str | None) -> tuple[bytes, list[Gap], list[Gap]]:
    """Return campaign.toml with what a language needs there, what is to be filled in, and what couldn't be written.

    The hashtags are those of the other language: many are the same everywhere. For a name there stands a “…”.
    """
    text = content.decode()
    values = tomli.loads(text.removeprefix("\ufeff"))
    gaps, unwritten_gaps = [], []
    for key, by_language in _tables_by_language(values):
        if any(tag in by_language for tag in fallback_tags(language)) or not by_language:
            continue
        example_language = next(tag for tag in _sources(language, source_language, by_language) if tag in by_language)
        example = by_language[example_language]
        is_list = isinstance(example, list)
        literal = json.dumps(example, ensure_ascii=False) if is_list else toml_edit.quote(toml_edit.TO_FILL_IN)
        words = " ".join(map(str, example)) if isinstance(example, list) else str(example)
        gap = Gap(key, words, example_language)
        try:
            text = toml_edit.add_entry(text, key, language, literal)
        except toml_edit.CannotEdit:
            unwritten_gaps.append(gap)
        else:
            gaps.append(gap)
    return text.encode(), gaps, unwritten_gaps


def _tables_by_language(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the tables of campaign.toml that have an entry for each language, with their keys."""
    handles = values.get("handles", {})
    keys = [("minister",), ("hashtags",), ("cards", "title"), ("cards", "from")]
    keys += [("handles", name, "name") for name in handles] if isinstance(handles, dict) else []
    for key in keys:
        table: Any = values
        for part in key:
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict):
            yield key, table


def _sources(language: str, source_language: str | None, languages: Sequence[str] | Mapping[str, object]) -> list[str]:
    """Return the languages whose words help to write another, the best first: its own without a region, English."""
    return [*([source_language] if source_language else []), *fallback_tags(language), "en", *languages]


def _source(day: Day, language: str, source_language: str | None) -> Translation | None:
    tags = _sources(language, source_language, day.translations)
    return next((day.translations[tag] for tag in tags if tag in day.translations), None)


def _schema_line(source: Translation | None) -> Iterator[str]:
    """Yield the line in which editors find the schema, where the text beside begins with it."""
    text = source.file.read_bytes().decode("utf-8-sig") if source else ""
    if match := re.match(r"#:schema [^\r\n]+", text):
        yield match[0]


def _wordings(source: Translation | None) -> Mapping[str, Any]:
    """Return all that stands in the file of a text."""
    if source is None:
        return {}
    raw = source.file.read_bytes().decode("utf-8-sig")
    return tomli.loads(raw.replace("\r\n", "\n").replace("\r", "\n"))


def _empty_entries(entries: Mapping[str, object]) -> Iterator[str]:
    """Yield a line for each entry with nothing in its quotes, each below the words of the other language."""
    for key, value in entries.items():
        name = key if key.isidentifier() and key.isascii() else toml_edit.quote(key)
        if isinstance(value, list):
            yield from (line for item in value for line in _comment(str(item)))
            yield f"{name} = {json.dumps([''] * len(value))}"
        else:
            yield from _comment(str(value))
            yield f'{name} = ""'


def _fact(fact: Fact | None) -> Iterator[str]:
    if fact:
        yield from _comment(f"- {fact.statement}")


def _comment(text: str) -> Iterator[str]:
    """Yield a text as lines of comment, none of which can end it."""
    for line in text.strip().splitlines():
        yield f"# {visible(line)}".rstrip()
