"""The rendered text: the final text of one delivery, every placeholder filled in.

The text that was approved is the text made here, and the text made here is sent: nothing changes it afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import NAMES, PLACEHOLDERS, Embassy
from orangeday.content.problems import Problem, Scope, did_you_mean, error
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.text.language import in_language
from orangeday.text.names import nfc

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
_MAX_PROBLEMS = 20
"""The limit of problems of one text: with more it isn't really a text, and each costs time to describe."""


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A final text, stripped at both ends; if it has problems it must not be sent."""

    text: str
    problems: tuple[Problem, ...]


def render(campaign: Campaign, day: Day, translation: Translation, embassy: Embassy, platform: str) -> RenderedText:
    """Return the final text of a translation for an embassy on a platform. Pure."""
    template = translation.template(platform)
    language = translation.language
    problems: list[Problem] = []

    def fill(placeholder: _Placeholder) -> str:
        source, name, key = placeholder.source, placeholder.name, placeholder.key
        if source in ("{{", "}}"):
            return source[0]
        value = _value(key, campaign, day, language, embassy, platform)
        # Of anything else an empty value is none, and nothing would go out in its place.
        if value is not None and (key in _MAY_BE_EMPTY or value.strip()):
            return value if name == key else value[:1].upper() + value[1:]
        if len(problems) == _MAX_PROBLEMS:
            return source
        rule, message, hint = _placeholder_problem(placeholder, campaign, language, embassy)
        embassies = frozenset({embassy.id}) if rule == "missing-value" else None
        scope = Scope(day.number, embassies, platform, language)
        problems.append(error(rule, template.location_at(placeholder.position), message, hint, scope))
        return source

    text = "\n".join(_filled_lines(template, fill)).strip()
    return RenderedText(text, tuple(problems))


def is_same_everywhere(translation: Translation) -> bool:
    """Return whether an embassy's text is the same on every platform: no variant, and no handle, which differ."""
    return not translation.variants and "{@" not in translation.text


_MAY_BE_EMPTY = ("hashtags", "link", "helpline")
"""The placeholders that may become nothing: hashtags that are left out, a language without a link, no helpline."""
_OPTIONAL_LINE = re.compile(r"(?=.*\{(?:[lL]ink|[hH]elpline)\})\s*(?:\{[^{}\n]*\}\s*)+")
"""The pattern of a line of placeholders alone, one of which may have no value in a language or for an embassy."""


@dataclass(frozen=True, slots=True)
class _Placeholder:
    """A pair of braces in a template, or a brace."""

    literal: str
    """The text between the placeholder before, or the beginning of the line, and this one."""
    source: str
    """The placeholder as it is written, `{City}`; a brace, or two for one: `{`, `}}`."""
    name: str | None
    """What stands between the braces; None for a brace that is no placeholder."""
    key: str
    """The name with a small first letter."""
    position: int
    """The place in the template at which it begins."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a template."""

    placeholders: tuple[_Placeholder, ...]
    rest: str
    """The text after the last placeholder."""
    is_optional: bool
    """True if it goes where its placeholders are all empty."""


@lru_cache(maxsize=1024)
def _lines(template: str) -> tuple[_Line, ...]:
    """Return the lines of a template: hundreds of embassies fill in the same."""
    lines = []
    start = 0
    for line in template.split("\n"):
        placeholders, end = [], 0
        for match in _BRACES.finditer(line):
            name = match[1] or ""
            key = name[:1].lower() + name[1:]
            placeholders.append(_Placeholder(line[end : match.start()], match[0], match[1], key, start + match.start()))
            end = match.end()
        lines.append(_Line(tuple(placeholders), line[end:], _OPTIONAL_LINE.fullmatch(line) is not None))
        start += len(line) + 1
    return tuple(lines)


def _filled_lines(template: str, fill: Callable[[_Placeholder], str]) -> Iterator[str]:
    """Yield the lines of the template with every placeholder filled in.

    A line of placeholders that are all empty goes, and with it one of the two blank lines that would then meet.
    """
    is_after_blank, is_gap = True, False
    for line in _lines(template):
        filled_line = _filled_line(line, fill) if line.placeholders else line.rest
        is_blank = not filled_line or filled_line.isspace()
        if is_blank and line.is_optional:
            is_gap = True
        elif not (is_blank and is_gap and is_after_blank):
            yield filled_line
            is_after_blank, is_gap = is_blank, is_gap and is_blank


_FULL_STOPS = tuple(".。．｡।۔።։᠃᙮")
"""The full stops of the world's scripts: Latin, Chinese, Devanagari, Urdu, Ethiopic, Armenian, Mongolian, Cree."""


def _filled_line(line: _Line, fill: Callable[[_Placeholder], str]) -> str:
    """Return a line of the template, filled in, with one full stop where a name's own meets the sentence's.

    “Washington, D.C.” at a sentence's end has one, as in print. Both must be the same sign: behind “D.C.” a “!”, a “?”,
    an ellipsis or a “。” says something else, and stands. What follows a link stays, or its address would lose an end.
    """
    pieces = []
    own_stop = ""
    for placeholder in line.placeholders:
        pieces.append(_after_own_stop(placeholder.literal, own_stop) if own_stop else placeholder.literal)
        value = fill(placeholder)
        pieces.append(value)
        if placeholder.literal or value:  # after an empty one, such as {hashtags}, the name before it still ends there
            is_name = placeholder.source not in ("{{", "}}", "{link}", "{Link}")
            own_stop = _own_stop(value) if is_name else ""
    pieces.append(_after_own_stop(line.rest, own_stop) if own_stop else line.rest)
    return "".join(pieces)


def _own_stop(value: str) -> str:
    """Return the full stop at the end of a value, or an empty text; an ellipsis is none."""
    return value[-1:] if value.endswith(_FULL_STOPS) and value[-2:-1] != value[-1:] else ""


def _after_own_stop(text: str, own_stop: str) -> str:
    """Return what follows a value in a template, without the full stop that the value brings; an ellipsis is none."""
    is_repeated = text.startswith(own_stop) and not text.startswith(own_stop * 2)
    return text[1:] if is_repeated else text


def _placeholder_problem(
    placeholder: _Placeholder, campaign: Campaign, language: str, embassy: Embassy
) -> tuple[str, str, str]:
    """Return (rule, message, hint) for a placeholder that can't be filled in."""
    source, key = placeholder.source, placeholder.key
    if placeholder.name is None:
        return "lone-brace", f"“{source}” stands alone.", f"Write {source * 2} for a brace."
    known = [*PLACEHOLDERS, *embassy.words, *(f"@{handle}" for handle in campaign.handles)]
    if nfc(key) in map(nfc, known):
        return "missing-value", *_missing_value(key, campaign, language, embassy)
    hint = did_you_mean(key, known) or "There are: " + ", ".join(f"{{{k}}}" for k in known) + "."
    return "unknown-placeholder", f"unknown placeholder {source}.", hint


def _value(key: str, campaign: Campaign, day: Day, language: str, embassy: Embassy, platform: str) -> str | None:
    texts = _texts_of(key, campaign, day, language, embassy, platform)
    if texts is None:
        return None
    is_handle = key.startswith("@") and platform in campaign.handles[key[1:]].handles
    return f"@{texts[0]}" if is_handle else " ".join(texts)


def _texts_of(
    key: str, campaign: Campaign, day: Day, language: str, embassy: Embassy, platform: str
) -> tuple[Text, ...] | None:
    """Return the texts of the files that a placeholder is filled with; None where there is none."""
    text = None
    if key in NAMES:
        text = in_language(embassy.names[key], language)
    elif key in embassy.words:
        text = in_language(embassy.words[key], language)
    elif key == "helpline":
        text = in_language(embassy.helplines, language)
        if text is None:
            return ()
    elif key == "link":
        text = day.link(language)
        if text is None and day.links:
            return ()
    elif key == "minister":
        text = campaign.minister(language)
    elif key == "hashtags":
        hashtags = day.hashtags
        if hashtags is None:
            hashtags = in_language(campaign.hashtags, language)
        if hashtags is not None and embassy.without_hashtags:
            # Whether one is left out doesn't hang on the form in which it is stored.
            excluded_tags = {nfc(tag) for tag in embassy.without_hashtags}
            return tuple(tag for tag in hashtags if nfc(tag.casefold()) not in excluded_tags)
        return hashtags
    elif key.startswith("@") and (handle := campaign.handles.get(key[1:])):
        text = handle.handles.get(platform) or in_language(handle.names, language)
    return None if text is None else (text,)


def filled_in(
    campaign: Campaign, day: Day, translation: Translation, embassy: Embassy, platform: str
) -> Iterator[tuple[str, Text]]:
    """Yield each placeholder of a text, by its name in small letters, with each text that it is filled with."""
    for key in _keys(translation.template(platform)):
        for text in _texts_of(key, campaign, day, translation.language, embassy, platform) or ():
            yield key, text


@lru_cache(maxsize=1024)
def _keys(template: str) -> tuple[str, ...]:
    """Return the names of a template's placeholders, each once, in small letters."""
    placeholders = (placeholder for line in _lines(template) for placeholder in line.placeholders)
    return tuple(dict.fromkeys(placeholder.key for placeholder in placeholders if placeholder.name))


def _missing_value(key: str, campaign: Campaign, language: str, embassy: Embassy) -> tuple[str, str]:
    if key in NAMES:
        field = "name" if key == "embassy" else key
        section = f"[embassies.{embassy.id}]"
        return (
            f"{section} has no “{field}” in “{language}”.",
            f'Add it there: {field} = {{ {language} = "…" }}',
        )
    if key in embassy.words:
        section = f"[embassies.{embassy.id}.words]"
        return f"{section} has no “{key}” in “{language}”.", f'Add it there: {key} = {{ {language} = "…" }}'
    if key == "link":
        return "the day has no link.", 'Add to its day.toml: link = "https://…"'
    if key == "hashtags":
        return f"campaign.toml has no hashtags in “{language}”.", f'Add below [hashtags]: {language} = ["#…"]'
    if key == "minister":
        if not campaign.ministers:
            return "campaign.toml names no minister.", 'Add at its top: minister = "…"'
        names = {tag: json.dumps(name, ensure_ascii=False) for tag, name in campaign.ministers.items()}
        line = ", ".join(f"{tag} = {name}" for tag, name in (names | {language: '"…"'}).items())
        return f"campaign.toml names no minister in “{language}”.", f"Write at its top: minister = {{ {line} }}"
    return f"the handle book has no name for {key} in “{language}”.", f"Add it below [handles.{key[1:]}]."
