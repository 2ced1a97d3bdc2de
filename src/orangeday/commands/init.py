from __future__ import annotations

import functools
import inspect
import io
import json
import os
import re
import shlex
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated
from zoneinfo import available_timezones

import typer

from orangeday.commands.files import DEFAULT, packaged_example
from orangeday.content import campaign
from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import Place
from orangeday.content.problems import nearest
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import visible
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


IGNORED = """\
# The record of posts belongs to this machine: a copy of it would post everything again.
*.db
*.db-*
*.db.locks/
*.log
# Keeps two people from writing approvals.toml at once.
.approvals.lock
"""

MERGED = """\
# Two people may each write the first approvals: both are kept.
posts/approvals.toml merge=union
"""


@dataclass(frozen=True)
class Answers:
    """The answers of which the config of one embassy is made."""

    where: Place
    zone: str
    languages: Sequence[str]
    handles: Mapping[str, str]
    """The handles without @, by platform."""

    @property
    def names(self) -> dict[str, dict[str, str]]:
        return naming.names(self.where, self.zone, self.languages)


def _with_a_handle_for_each_platform(command: Callable[..., int]) -> Callable[..., int]:
    """Return the command with an option for each platform there is, in the signature that Typer looks at."""
    signature = inspect.signature(command, eval_str=True)
    written = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    before = next(n for n, parameter in enumerate(written) if parameter.name == "example")
    keyword = inspect.Parameter.KEYWORD_ONLY
    asked = [parameter.replace(kind=keyword) for parameter in written]
    asked[before:before] = [
        inspect.Parameter(
            name,
            keyword,
            default=None,
            annotation=Annotated[
                str | None, typer.Option(f"--{name}", help=f"Its handle on {spec.title}, without @.", metavar="HANDLE")
            ],
        )
        for name, spec in PLATFORMS.items()
    ]

    @functools.wraps(command)
    def asking(**answers: object) -> int:
        return command(**answers)

    asking.__signature__ = signature.replace(parameters=asked)  # type: ignore[attr-defined]  # inspect looks for it
    return asking


@_with_a_handle_for_each_platform
def init(
    folder: Annotated[
        Path, typer.Argument(help="The folder to write to (default: this folder).", metavar="DIR")
    ] = Path(),
    embassy: Annotated[
        str | None, typer.Option(help="Its city and country: “Nairobi, Kenya”.", metavar="PLACE")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone: Africa/Nairobi.", metavar="ZONE")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="A language that it posts in; may be repeated.", metavar="CODE")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Ask no questions: write the example of ten embassies.")
    ] = False,
    **by_platform: str | None,
) -> int:
    """Write a config and the sixteen days into a folder, ready to be made your own.

    On a terminal it asks four questions about your embassy: where it is, its time zone, its languages, and where it
    posts. Options answer them in advance. With neither a terminal nor options it writes the example of ten embassies.

    It writes config.toml, posts/, a .gitignore for the record of posts and .gitattributes for approvals. It never
    overwrites anything.

    For example: orangeday init nairobi --embassy "Nairobi, Kenya" --language en --x BelgiumNairobi
    """
    carried = packaged_example()
    config, posts, ignore = folder / DEFAULT, folder / "posts", folder / ".gitignore"
    there = [path for path in (config, posts) if os.path.lexists(path)]
    if there:
        names = " and ".join(map(str, there))
        raise OrangedayError(
            f"{names} {'are' if there[1:] else 'is'} there already; nothing was written. Choose another folder."
        )
    asks = sys.stdin.isatty() and sys.stderr.isatty()
    given = {platform: handle for platform, handle in by_platform.items() if handle}
    told = bool(embassy or zone or language or given)
    if told and example:
        raise OrangedayError("Use --example or the options for your embassy, not both.")
    for platform, handle in given.items():
        if wrong := _wrong_handle(platform, handle):
            raise OrangedayError(f"{wrong} Nothing was written.")
    handles = {platform: handle.removeprefix("@") for platform, handle in given.items()}
    answers = None
    if told or (asks and not example):
        try:
            answers = _answers(carried, asks, embassy, zone, language or [], handles)
        except typer.Abort:
            console.say("\nNothing was written.")
            raise
    written = carried.read_text("utf-8")
    _write(folder, carried.parent / "posts", _config(written, answers) if answers else written)
    console.say(f"Wrote {config}, {posts} and {ignore}.")
    place = "" if folder == Path() else f"cd {shlex.quote(str(folder))}, then "
    if answers:
        for line in _called(answers):
            console.say(line)
        console.say(f"You can change it in {DEFAULT}.")
        console.say(f"Next: {place}orangeday check", "dim")
    else:
        console.say(f"Next: {place}put your embassy into {DEFAULT}, and run orangeday check.", "dim")
    return 0


def _write(folder: Path, posts: Path, config: str) -> None:
    """Write all of it, or nothing. Raises OrangedayError."""
    made = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".orangeday-", dir=folder) as beside:
            half = Path(beside)
            for name, lines in ((".gitignore", IGNORED), (".gitattributes", MERGED), (DEFAULT.name, config)):
                (half / name).write_text(lines, encoding="utf-8", newline="\n")
            shutil.copytree(posts, half / "posts", ignore=shutil.ignore_patterns("approvals.toml", ".approvals.lock"))
            # The config comes last: where it is, the rest is too.
            for name in (".gitignore", ".gitattributes", "posts", DEFAULT.name):
                if not os.path.lexists(folder / name):
                    (half / name).rename(folder / name)
    except BaseException as failure:
        with suppress(OSError):
            for path in made:
                path.rmdir()
        if not isinstance(failure, OSError):
            raise
        why = failure.strerror
        if isinstance(failure, shutil.Error):  # it has a list of all that couldn't be copied
            why = re.sub(r"\[Errno \d+\] |: '.*", "", str(failure.args[0][0][2]))
        raise OrangedayError(
            f"{folder}: {why}. Nothing was written. Choose a folder that you may write to."
        ) from failure


# The four questions


def _settle(
    given: str | None, option: str, question: str, default: str, wrong: Callable[[str], str | None], asks: bool
) -> str:
    """Return an answer that nothing is wrong with: the one given, or else the one typed, asked for until it is right.

    Raises OrangedayError for a wrong one where nobody is asked.
    """
    if not asks:
        answer = default if given is None else _as_typed(given)
        if message := wrong(answer):
            raise OrangedayError(f"{message} Say {option}. Nothing was written.")
        return answer
    while True:
        answer = (
            typer.prompt(question, default=default, show_default=bool(default), err=True) if given is None else given
        )
        answer = _as_typed(answer).strip()
        message = wrong(answer)
        if message is None:
            return answer
        console.say(message, "red")
        given = None


def _as_typed(text: str) -> str:
    """Return what was typed, as UTF-8 where it can be: a machine told to know ASCII alone (LANG=C) mostly has that."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text


def _answers(
    carried: Path, asks: bool, embassy: str | None, zone: str | None, languages: Sequence[str], handles: dict[str, str]
) -> Answers:
    """Return what the options say; the rest as it is typed, or, where nobody is asked, the default.

    Raises OrangedayError where that is wrong, or there is none.
    """
    written = campaign.load(carried.parent / "posts").languages
    if asks:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")
        console.say("Four questions about your embassy. Enter takes what stands in brackets; Ctrl-C writes nothing.\n")
    question = "1. Its city and country, as in “Nairobi, Kenya”"
    where = naming.place(_settle(embassy, "--embassy", question, "", _wrong_place, asks))
    if where.territory is None:
        console.say(
            f"orangeday doesn't know the country “{where.country}”: it is called so in every language.", "yellow"
        )
    zones = naming.zones(where)
    likely = zones[0] if len(zones) == 1 or naming.is_named_for(zones, where) else ""
    if asks and zone is None and zones and not likely:
        console.say(f"Its country has: {', '.join(zones)}.")
    chosen = _settle(zone, "--zone", "2. Its time zone", likely, partial(_wrong_zone, zones), asks)
    question = f"3. Its languages, in the order of posting (there are posts in {', '.join(written)})"
    spoken = ", ".join(naming.official(where, written) or ["en"])
    typed = ",".join(languages) or None
    said = _split(_settle(typed, "--language", question, spoken, partial(_wrong_languages, written), asks))
    if not handles:
        handles = _handles(asks)
    return Answers(where, chosen, said, handles)


def _handles(asks: bool) -> dict[str, str]:
    """Return the handles without @, by platform. Raises OrangedayError where nobody is asked."""
    if not asks:
        options = ", ".join(f"--{platform} HANDLE" for platform in PLATFORMS)
        more = "both" if len(PLATFORMS) == 2 else "several"
        raise OrangedayError(f"Say where it posts: {options}, or {more}. Nothing was written.")
    handles: dict[str, str] = {}
    while not handles:
        console.say("4. Where does it post? Its handles; Enter where it has no account.")
        for platform, count in PLATFORMS.items():
            handle = _settle(None, "", f"   on {count.title}", "", partial(_wrong_handle, platform), True)
            if handle:
                handles[platform] = handle.removeprefix("@")
    return handles


def _split(typed: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[\w-]+", typed)))


def _wrong_place(typed: str) -> str | None:
    city, _, country = typed.partition(",")
    if visible(typed) != typed or "\n" in typed or len(typed) > 200:
        return "Its city and country have an invisible character, or are far too long."
    if city.strip() and country.strip():
        return None
    return "Write its city and its country, with a comma between them: Nairobi, Kenya."


def _wrong_zone(likely: Sequence[str], typed: str) -> str | None:
    if typed in available_timezones():
        return None
    there = f"There are: {', '.join(likely)}." if likely else "It is written like Africa/Nairobi."
    if not typed:
        return f"It needs a time zone. {there}"
    return f"There is no time zone “{typed}”. {nearest(typed, available_timezones()) or there}".strip()


def _wrong_languages(written: Sequence[str], typed: str) -> str | None:
    languages = _split(typed)
    if not languages:
        return "It needs a language, like en."
    for language in languages:
        if language not in written:
            return f"There are no posts in “{language}”, but in {', '.join(written)}. Others can be written later."
    return None


def _wrong_handle(platform: str, typed: str) -> str | None:
    form = PLATFORMS[platform].handle
    return None if not typed or form.is_possible(typed.removeprefix("@")) else f"“{typed}” isn't a handle. {form.hint}"


# The config


def _config(example: str, answers: Answers) -> str:
    """Return the example's own settings, with this embassy in place of the ten."""
    head, ten, _ = example.partition("\n# Ten embassies")
    assert ten  # noqa: S101  the example is ours
    lines = [head.rstrip() + "\n", f"[embassies.{answers.where.id}]"]
    for key, by_language in answers.names.items():
        said = ", ".join(f"{language} = {_quoted(name)}" for language, name in by_language.items())
        lines.append(f"{key} = {{ {said} }}")
    lines.append(f"timezone = {_quoted(answers.zone)}")
    order = "          # in this order, `spacing` apart" if len(answers.languages) > 1 else ""
    lines.append(f"languages = [{', '.join(map(_quoted, answers.languages))}]{order}")
    lines += [
        '# time = "10:00"                  # its own hour',
        '# skip = [7, "8/x", "9/en"]       # a day, a day on one platform, a day in one language',
        '# without_hashtags = ["#OrangeTheWorld"]    # where orange is a party\'s colour:',
        "# cards = false                   # no orange pictures either",
    ]
    lines += [f"{platform} = {{ handle = {_quoted(handle)} }}" for platform, handle in answers.handles.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _called(answers: Answers) -> Iterator[str]:
    """Yield the names that its posts will have for it, a line for each language."""
    names = answers.names
    for language in answers.languages:
        yield f"In “{language}” it is {names['name'][language]}, {names['in_country'][language]}."
