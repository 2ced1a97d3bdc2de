"""The config that `init` writes: the answers of an officer, and below them the example's own settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import Mission, Place
from orangeday.content.toml_edit import quote

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

    @property
    def names(self) -> dict[str, dict[str, str]]:
        return naming.names(self.place, self.zone, self.languages, self.mission)


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
