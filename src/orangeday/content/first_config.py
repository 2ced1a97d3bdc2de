"""The config that `init` writes: the answers of an officer, and below them the example's own settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import Mission, Place
from orangeday.content.toml_edit import TO_FILL_IN, quote

_OPENING = """\
# orangeday: who posts, where and when. To look whether all is right: orangeday check
# A path here is relative to this file.
"""


@dataclass(frozen=True)
class Answers:
    """The answers of which the config of one mission is made."""

    place: Place
    mission: Mission
    zone: str
    languages: Sequence[str]
    hour: time
    start: date | None
    """Day 1; None where it is the running campaign's, or the next 25 November."""
    handles: Mapping[str, str]
    """The handles without @, by platform."""
    city_names: Mapping[str, str] = field(default_factory=dict)
    """The city by language, where only a person could say it."""

    @property
    def names(self) -> dict[str, dict[str, str]]:
        return naming.names(self.place, self.zone, self.languages, self.mission, self.city_names)

    @property
    def unknown_names(self) -> list[str]:
        """The languages in which some name is still to be written."""
        return [tag for tag in self.languages if any(names[tag] == TO_FILL_IN for names in self.names.values())]

    @property
    def remark(self) -> str | None:
        """The remark on names that a person has to look at; None where they are nothing out of the ordinary."""
        place = naming.delicate_place(self.place.city)
        if place is None:
            return None
        if place.names_country:
            return "Look at this one: how the mission is called, and what is written as country and in_country."
        return "Look at this one: no country is named, and the city stands as country and in_country too."


def config_text(example: str, answers: Answers) -> str:
    """Return the whole config: this mission first, then the example's settings, without its ten embassies."""
    head, ten, _ = example.partition("\n# Ten embassies")
    settings = head.partition("\n\n")[2].rstrip()
    start = "# start = 2026-11-25 "
    assert ten and start in settings  # noqa: S101  the example is ours
    if answers.start:
        settings = settings.replace(start, f"start = {answers.start} ", 1)
    return f"{_OPENING}\n{embassy_block(answers)}\n{settings}\n"


def embassy_block(answers: Answers) -> str:
    """Return the section of this mission."""
    lines = [f"[embassies.{answers.place.id}]"]
    lines += [f"# {answers.remark}"] if answers.remark else []
    for key, by_language in answers.names.items():
        pairs = ", ".join(f"{language} = {quote(name)}" for language, name in by_language.items())
        lines.append(f"{key} = {{ {pairs} }}")
    lines.append(f"timezone = {quote(answers.zone)}")
    order = "          # in this order, `spacing` apart" if len(answers.languages) > 1 else ""
    lines.append(f"languages = [{', '.join(map(quote, answers.languages))}]{order}")
    lines += [
        f'time = "{answers.hour:%H:%M}"                    # on its own clock',
        '# skip = [7, "8/x", "9/en"]       # a day, a day on one platform, a day in one language',
        '# without_hashtags = ["#OrangeTheWorld"]    # where orange is a party\'s colour:',
        "# cards = false                   # no orange pictures either",
    ]
    lines += [f"{platform} = {{ handle = {quote(handle)} }}" for platform, handle in answers.handles.items()]
    return "\n".join(lines) + "\n"
