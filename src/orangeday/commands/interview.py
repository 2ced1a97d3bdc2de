"""The questions of `init` about one mission, and what is wrong with an answer."""

from __future__ import annotations

import difflib
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import typer

from orangeday.clock import DAYS, running_or_next, year_after
from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import Mission, Place, parse_mission
from orangeday.content.first_config import Answers, embassy_block
from orangeday.content.toml_edit import TO_FILL_IN
from orangeday.content.typed_answers import UnknownLanguage, parse_hour, parse_languages
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.text import phrases
from orangeday.text.display import english_name, visible
from orangeday.views import console
from orangeday.views.layout import FoldedText

_DEFAULT_HOUR = "09:00"
_ROOM = 20
"""The columns that are left for an answer behind its question."""
_MAX_ZONES_SHOWN = 5
_YES, _NO = ("y", "yes"), ("n", "no")
"""The answers to “Did you mean …?”."""
_NONE = "-"
"""The answer of who has no account any more, where Enter would keep the one in brackets."""


@dataclass(frozen=True)
class Options:
    """The answers that the command line gives; None for what it doesn't."""

    place: str | None
    mission: str | None
    zone: str | None
    languages: str | None
    hour: str | None
    handles: Mapping[str, str] = field(default_factory=dict)

    @property
    def are_given(self) -> bool:
        return any((self.place, self.mission, self.zone, self.languages, self.hour, self.handles))


def answers(
    options: Options, available_languages: Sequence[str], is_interactive: bool, now: datetime, file: Path
) -> Answers:
    """Return what the options say; the rest as it is typed, or, where nobody is asked, the default.

    A person who is asked sees what will be written to `file`, and says yes; after a no the questions come again, with
    these answers in brackets. Raises OrangedayError where an option is wrong, or one is lacking.
    """
    interview = _Interview(options, available_languages, is_interactive, now)
    interview.require_possible_handles()
    if is_interactive:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")
        console.info(
            "A few questions about your embassy. Enter takes what stands in brackets; Ctrl-C writes nothing.\n"
        )
    while True:
        current_answers = interview.run()
        if not interview.has_asked or _is_confirmed(current_answers, file):
            return current_answers
        console.info("\nOnce more, then: Enter keeps what stands in brackets.\n")
        interview.begin_again(current_answers)


def name_lines(answers: Answers) -> Iterator[str]:
    """Yield the names that its posts will have for it, a line for each language."""
    names, unknown = answers.names, answers.unknown_names
    for language in answers.languages:
        if language in unknown:
            yield f"In “{language}” its names are still to be written, where “{TO_FILL_IN}” stands for them."
        else:
            name, in_country = names["name"][language], names["in_country"][language]
            yield f"In “{language}” it is {name}{'' if name.endswith(in_country) else f', {in_country}'}."
    if answers.remark:
        yield answers.remark


def _is_confirmed(answers: Answers, file: Path) -> bool:
    """Show what will be written, and return whether it is right."""
    console.info(f"\nThis will be written to {file}, and below it the settings that all posts share:\n")
    for line in embassy_block(answers).splitlines():
        if not line.startswith("#"):
            console.messages().print(FoldedText(console.safe_text(line), 2))
    console.info("")
    for line in name_lines(answers):
        console.info(line)
    if answers.start:
        console.info(f"Day 1 is {answers.start:%A} {phrases.day_and_month(answers.start)} {answers.start.year}.")
    return typer.confirm("Write this?", default=True, err=True)


class _Interview:
    """One person who is asked, or the options alone."""

    def __init__(
        self, options: Options, available_languages: Sequence[str], is_interactive: bool, now: datetime
    ) -> None:
        self._given = options
        self._defaults: Answers | None = None
        self._available_languages = available_languages
        self._is_interactive = is_interactive
        self._now = now
        self._number = 0
        self.has_asked = False
        """True once anything was asked."""

    def begin_again(self, answers: Answers) -> None:
        """Have every question asked, with these answers as the defaults."""
        self._given = Options(None, None, None, None, None)
        self._defaults = answers
        self._number = 0

    def require_possible_handles(self) -> None:
        """Raise OrangedayError for an option with a handle that nobody can have."""
        for platform, handle in self._given.handles.items():
            if message := _handle_error(platform, handle):
                raise OrangedayError(f"{message} Nothing was written.")

    def run(self) -> Answers:
        """Return the answers to all questions, of which the options leave out some."""
        place = self._place()
        mission = self._mission(place)
        zone = self._zone(place)
        languages = self._languages(place)
        city_names = self._city_names(place, zone, languages)
        hour = self._hour()
        start = self._start(zone) if self._is_interactive else None
        if self._given.handles:
            handles = {name: PLATFORMS[name].handle_in(handle) for name, handle in self._given.handles.items()}
        else:
            handles = self._handles()
        return Answers(place, mission, zone, languages, hour, start, handles, city_names)

    def _place(self) -> Place:
        previous = self._defaults.place if self._defaults else None
        default = f"{previous.city}, {previous.country}" if previous else ""
        question = "Its city and country, as in “Nairobi, Kenya”"
        place = naming.parse_place(self._ask(self._given.place, "--embassy", question, default, _place_error))
        if place.territory is None and not naming.delicate_place(place.city):
            console.info(
                f"orangeday doesn't know the country “{place.country}”: it is called so in every language.", "yellow"
            )
        return place

    def _mission(self, place: Place) -> Mission:
        kinds = [str(kind) for kind in Mission]
        default = self._defaults.mission if self._defaults else naming.likely_mission(place)
        question = f"What is it? {', '.join(kinds[:-1])} or {kinds[-1]}"
        answer = self._ask(self._given.mission, "--mission", question, str(default), _mission_error)
        return parse_mission(answer) or default

    def _zone(self, place: Place) -> str:
        zones = naming.zones(place)
        likely = zones[0] if len(zones) == 1 or naming.is_named_for(zones, place) else ""
        if self._defaults and self._defaults.place == place:
            likely = self._defaults.zone
        if self._is_interactive and self._given.zone is None and zones and not likely:
            console.info(f"Its country has: {', '.join(zones)}.")
        return self._ask(
            self._given.zone, "--zone", "Its time zone", likely, partial(_zone_error, place),
            suggest=partial(_suggested_zone, place),
        )  # fmt: skip

    def _languages(self, place: Place) -> list[str]:
        choices = self._available_languages
        chosen = self._defaults.languages if self._defaults else naming.official_languages(place, choices)
        question = f"Its languages, in the order of posting (there are posts in {', '.join(choices)})"
        answer = self._ask(
            self._given.languages, "--language", question, ", ".join(chosen or ["en"]),
            partial(_languages_error, choices),
        )  # fmt: skip
        languages = parse_languages(answer, choices)
        if new_languages := [english_name(tag) for tag in languages if tag not in choices]:
            names = phrases.short_list(new_languages, 3)
            console.info(f"There are no posts in {names} yet: files are written for them, to be filled in.", "yellow")
        return languages

    def _city_names(self, place: Place, zone: str, languages: Sequence[str]) -> dict[str, str]:
        """Return the city in each language whose letters aren't those that it was typed in, and that isn't known."""
        if not self._is_interactive:
            return {}
        previous = self._defaults.city_names if self._defaults else {}
        unknown = [language for language in languages if naming.city_name(place, zone, language) is None]
        answers = {
            language: self._ask(
                None, "", f"   {place.city} in {english_name(language)}; Enter to write it later",
                previous.get(language, ""), _city_error, is_numbered=False,
            )
            for language in unknown
        }  # fmt: skip
        return {language: answer for language, answer in answers.items() if answer}

    def _hour(self) -> time:
        default = f"{self._defaults.hour:%H:%M}" if self._defaults else _DEFAULT_HOUR
        answer = self._ask(self._given.hour, "--time", "The hour of its posts, on its own clock", default, _hour_error)
        return parse_hour(answer) or time(9)

    def _start(self, zone: str) -> date | None:
        """Return next year's day 1, where the campaign is running and a person doesn't want to join it; or None."""
        first = running_or_next(self._now)
        today = (self._now.astimezone(ZoneInfo(zone)).date() - first).days + 1
        if today not in DAYS:
            return None
        console.info(f"The campaign is running: today is day {today} of {len(DAYS)}.")
        self._number += 1
        self.has_asked = True
        starts_now = typer.confirm(
            f"{self._number}. Does it start now?", default=not (self._defaults and self._defaults.start), err=True
        )
        return None if starts_now else year_after(first, self._now)

    def _handles(self) -> dict[str, str]:
        """Return the handles without @, by platform. Raises OrangedayError where nobody is asked."""
        if not self._is_interactive:
            options = ", ".join(f"--{platform} HANDLE" for platform in PLATFORMS)
            alternative = "both" if len(PLATFORMS) == 2 else "several"
            raise OrangedayError(f"Say where it posts: {options}, or {alternative}. Nothing was written.")
        self._number += 1
        previous = self._defaults.handles if self._defaults else {}
        handles: dict[str, str] = {}
        while not handles:
            console.info(
                f"{self._number}. Where does it post? Its handles, or the addresses of its profiles; Enter where it "
                f"has no account{f', {_NONE} where it has none any more' if previous else ''}."
            )
            for platform, spec in PLATFORMS.items():
                answer = self._ask(
                    None, "", f"   on {spec.title}", previous.get(platform, ""),
                    partial(_handle_error, platform, may_be_none=platform in previous),
                    suggest=partial(_whole_handle, platform), is_numbered=False,
                )  # fmt: skip
                if answer not in ("", _NONE):
                    handles[platform] = spec.handle_in(answer)
        return handles

    def _ask(
        self,
        option_value: str | None,
        option: str,
        question: str,
        default: str,
        find_error: Callable[[str], str | None],
        *,
        suggest: Callable[[str], str] = lambda _: "",
        is_numbered: bool = True,
    ) -> str:
        """Return an answer that nothing is wrong with: the option's, or the one typed, asked for until it is right.

        `suggest` returns what a wrong answer may mean, or "": it stands in brackets as the question comes again.
        Raises OrangedayError for a wrong one where nobody is asked.
        """
        if not self._is_interactive:
            answer = default if option_value is None else _decode_answer(option_value).strip()
            if message := find_error(answer):
                raise OrangedayError(f"{message} Say {option}. Nothing was written.")
            return answer
        self._number += is_numbered
        numbered_question = f"{self._number}. {question}" if is_numbered else question
        first_default, suggestion = default, ""
        while True:
            if option_value is None:
                self.has_asked = True
                answer = _prompt(numbered_question, default)
            else:
                answer = option_value
            answer = _decode_answer(answer).strip()
            if suggestion and answer.lower() in _YES:
                return suggestion
            message = find_error(answer)
            if message is None:
                return answer
            option_value = None
            if suggestion and answer.lower() in _NO:
                default, suggestion = first_default, ""
                continue
            console.info(message, "red")
            suggestion = suggest(answer)
            default = suggestion or first_default


def _prompt(question: str, default: str) -> str:
    """Return what is typed at a question. A default that doesn't fit behind it stands on a line of its own, whole."""
    brackets = f" [{default}]" if default else ""
    prompt = f"{question}{brackets}: "
    if len(prompt) + _ROOM > console.messages().width:
        console.info(f"{question}:")
        prompt = f"  {brackets}: " if default else "   "
    return str(typer.prompt(prompt, default=default, show_default=False, prompt_suffix="", err=True))


def _decode_answer(text: str) -> str:
    """Return what was typed, as UTF-8 where it can be: a machine told to know ASCII alone (LANG=C) mostly has that."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text


# What is wrong with an answer


def _place_error(answer: str) -> str | None:
    city, _, country = answer.partition(",")
    if visible(answer) != answer or "\n" in answer or len(answer) > 200:
        return "Its city and country have an invisible character, or are far too long."
    if city.strip() and country.strip():
        return None
    return "Write its city and its country, with a comma between them: Nairobi, Kenya."


def _city_error(answer: str) -> str | None:
    if visible(answer) != answer or "\n" in answer or len(answer) > 200:
        return "It has an invisible character, or is far too long."
    return None


def _mission_error(answer: str) -> str | None:
    return None if parse_mission(answer) else f"“{answer}” is none of: {', '.join(Mission)}."


def _zone_error(place: Place, answer: str) -> str | None:
    # CET and EST are zones of old, whose hours in summer are no country's.
    if answer in available_timezones() and ("/" in answer or not naming.zones_named(answer, place)):
        return None
    zones = naming.zones_named(answer, place) if answer else naming.zones(place)
    hint = f"There are: {', '.join(zones)}." if zones else "It is written like Africa/Nairobi."
    if not answer:
        return f"It needs a time zone. {hint}"
    if zones and len(zones) > _MAX_ZONES_SHOWN:
        hint = f"It may be: {phrases.short_list(zones, _MAX_ZONES_SHOWN)}."
    elif guess := _suggested_zone(place, answer):
        hint = f"Did you mean “{guess}”?"
    return f"There is no time zone “{answer}”. {hint}"


def _suggested_zone(place: Place, answer: str) -> str:
    """Return the one time zone that a wrong answer means; empty where it may be several, or none."""
    zones = naming.zones_named(answer, place)
    if len(zones) == 1:
        return zones[0]
    return "" if zones else next(iter(difflib.get_close_matches(answer, sorted(available_timezones()), n=1)), "")


def _languages_error(choices: Sequence[str], answer: str) -> str | None:
    try:
        return None if parse_languages(answer, choices) else "It needs a language, like en."
    except UnknownLanguage as failure:
        return str(failure)


def _hour_error(answer: str) -> str | None:
    return None if parse_hour(answer) else f"“{answer}” isn't a time of day. Write it like 09:00 or 17:30."


def _handle_error(platform: str, answer: str, *, may_be_none: bool = False) -> str | None:
    spec = PLATFORMS[platform]
    if not answer or (may_be_none and answer == _NONE) or spec.handle.is_possible(spec.handle_in(answer)):
        return None
    whole = _whole_handle(platform, answer)
    return f"“{answer}” isn't a handle. {f'Did you mean {whole}?' if whole else spec.handle.hint}"


def _whole_handle(platform: str, answer: str) -> str:
    """Return a handle with the ending that most have there; empty where that makes none."""
    form = PLATFORMS[platform].handle
    whole = f"{PLATFORMS[platform].handle_in(answer)}{form.usual_ending}".lower()
    return whole if form.usual_ending and form.is_possible(whole) else ""
