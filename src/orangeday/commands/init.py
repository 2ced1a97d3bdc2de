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

from orangeday.commands.files import DEFAULT_CONFIG, packaged_example
from orangeday.content import campaign
from orangeday.content import embassy_names as naming
from orangeday.content.embassy_names import Place
from orangeday.content.problems import did_you_mean
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import visible
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


GITIGNORE = """\
# The record of posts belongs to this machine: a copy of it would post everything again.
*.db
*.db-*
*.db.locks/
*.log
# Keeps two people from writing approvals.toml at once.
.approvals.lock
"""

GITATTRIBUTES = """\
# Two people may each write the first approvals: both are kept.
posts/approvals.toml merge=union
"""


@dataclass(frozen=True)
class Answers:
    """The answers of which the config of one embassy is made."""

    place: Place
    zone: str
    languages: Sequence[str]
    handles: Mapping[str, str]
    """The handles without @, by platform."""

    @property
    def names(self) -> dict[str, dict[str, str]]:
        return naming.names(self.place, self.zone, self.languages)


def _with_handle_options(command: Callable[..., int]) -> Callable[..., int]:
    """Return the command with an option for each platform there is, in the signature that Typer looks at."""
    signature = inspect.signature(command, eval_str=True)
    own_parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    position = next(n for n, parameter in enumerate(own_parameters) if parameter.name == "example")
    keyword = inspect.Parameter.KEYWORD_ONLY
    all_parameters = [parameter.replace(kind=keyword) for parameter in own_parameters]
    all_parameters[position:position] = [
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
    def wrapper(**answers: object) -> int:
        return command(**answers)

    wrapper.__signature__ = signature.replace(parameters=all_parameters)  # type: ignore[attr-defined]  # inspect looks for it
    return wrapper


@_with_handle_options
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
    """Write a config and the sixteen days into a folder.

    On a terminal it asks four questions about your embassy: where it is, its time zone, its languages, and where it
    posts. Options answer them in advance. With neither a terminal nor options it writes the example of ten embassies.

    It writes config.toml, posts/, a .gitignore for the record of posts and .gitattributes for approvals. It never
    overwrites anything.

    For example: orangeday init nairobi --embassy "Nairobi, Kenya" --language en --x BelgiumNairobi
    """
    example_config = packaged_example()
    config, posts, ignore = folder / DEFAULT_CONFIG, folder / "posts", folder / ".gitignore"
    paths = [path for path in (config, posts) if os.path.lexists(path)]
    if paths:
        names = " and ".join(map(str, paths))
        raise OrangedayError(
            f"{names} {'are' if paths[1:] else 'is'} there already; nothing was written. Choose another folder."
        )
    is_interactive = sys.stdin.isatty() and sys.stderr.isatty()
    given_handles = {platform: handle for platform, handle in by_platform.items() if handle}
    has_answers = bool(embassy or zone or language or given_handles)
    if has_answers and example:
        raise OrangedayError("Use --example or the options for your embassy, not both.")
    for platform, handle in given_handles.items():
        if message := _handle_error(platform, handle):
            raise OrangedayError(f"{message} Nothing was written.")
    handles = {platform: handle.removeprefix("@") for platform, handle in given_handles.items()}
    answers = None
    if has_answers or (is_interactive and not example):
        try:
            answers = _answers(example_config, is_interactive, embassy, zone, language or [], handles)
        except typer.Abort:
            console.info("\nNothing was written.")
            raise
    example_text = example_config.read_text("utf-8")
    _write(folder, example_config.parent / "posts", _config(example_text, answers) if answers else example_text)
    console.info(f"Wrote {config}, {posts} and {ignore}.")
    place = "" if folder == Path() else f"cd {shlex.quote(str(folder))}, then "
    if answers:
        for line in _name_lines(answers):
            console.info(line)
        console.info(f"You can change it in {DEFAULT_CONFIG}.")
        console.info(f"Next: {place}orangeday check", "dim")
    else:
        console.info(f"Next: {place}put your embassy into {DEFAULT_CONFIG}, and run orangeday check.", "dim")
    return 0


def _write(folder: Path, posts: Path, config: str) -> None:
    """Write all of it, or nothing. Raises OrangedayError."""
    new_folders = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".orangeday-", dir=folder) as staging_path:
            staging_folder = Path(staging_path)
            for name, lines in (
                (".gitignore", GITIGNORE),
                (".gitattributes", GITATTRIBUTES),
                (DEFAULT_CONFIG.name, config),
            ):
                (staging_folder / name).write_text(lines, encoding="utf-8", newline="\n")
            shutil.copytree(
                posts,
                staging_folder / "posts",
                ignore=shutil.ignore_patterns("approvals.toml", ".approvals.lock", "approval-pages"),
            )
            # The config comes last: where it is, the rest is too.
            for name in (".gitignore", ".gitattributes", "posts", DEFAULT_CONFIG.name):
                if not os.path.lexists(folder / name):
                    (staging_folder / name).rename(folder / name)
    except BaseException as failure:
        with suppress(OSError):
            for path in new_folders:
                path.rmdir()
        if not isinstance(failure, OSError):
            raise
        reason = failure.strerror
        if isinstance(failure, shutil.Error):  # it has a list of all that couldn't be copied
            reason = re.sub(r"\[Errno \d+\] |: '.*", "", str(failure.args[0][0][2]))
        raise OrangedayError(
            f"{folder}: {reason}. Nothing was written. Choose a folder that you may write to."
        ) from failure


# The four questions


def _ask_until_valid(
    option_value: str | None,
    option: str,
    question: str,
    default: str,
    find_error: Callable[[str], str | None],
    is_interactive: bool,
) -> str:
    """Return an answer that nothing is wrong with: the one given, or else the one typed, asked for until it is right.

    Raises OrangedayError for a wrong one where nobody is asked.
    """
    if not is_interactive:
        answer = default if option_value is None else _decode_answer(option_value)
        if message := find_error(answer):
            raise OrangedayError(f"{message} Say {option}. Nothing was written.")
        return answer
    while True:
        answer = (
            typer.prompt(question, default=default, show_default=bool(default), err=True)
            if option_value is None
            else option_value
        )
        answer = _decode_answer(answer).strip()
        message = find_error(answer)
        if message is None:
            return answer
        console.info(message, "red")
        option_value = None


def _decode_answer(text: str) -> str:
    """Return what was typed, as UTF-8 where it can be: a machine told to know ASCII alone (LANG=C) mostly has that."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text


def _answers(
    example_config: Path,
    is_interactive: bool,
    embassy: str | None,
    zone: str | None,
    languages: Sequence[str],
    handles: dict[str, str],
) -> Answers:
    """Return what the options say; the rest as it is typed, or, where nobody is asked, the default.

    Raises OrangedayError where that is wrong, or there is none.
    """
    available_languages = campaign.load(example_config.parent / "posts").languages
    if is_interactive:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")
        console.info("Four questions about your embassy. Enter takes what stands in brackets; Ctrl-C writes nothing.\n")
    question = "1. Its city and country, as in “Nairobi, Kenya”"
    place = naming.parse_place(_ask_until_valid(embassy, "--embassy", question, "", _place_error, is_interactive))
    if place.territory is None:
        console.info(
            f"orangeday doesn't know the country “{place.country}”: it is called so in every language.", "yellow"
        )
    zones = naming.zones(place)
    likely = zones[0] if len(zones) == 1 or naming.is_named_for(zones, place) else ""
    if is_interactive and zone is None and zones and not likely:
        console.info(f"Its country has: {', '.join(zones)}.")
    timezone = _ask_until_valid(zone, "--zone", "2. Its time zone", likely, partial(_zone_error, zones), is_interactive)
    question = f"3. Its languages, in the order of posting (there are posts in {', '.join(available_languages)})"
    default_languages = ", ".join(naming.official_languages(place, available_languages) or ["en"])
    languages_option = ",".join(languages) or None
    chosen_languages = _split(
        _ask_until_valid(
            languages_option,
            "--language",
            question,
            default_languages,
            partial(_languages_error, available_languages),
            is_interactive,
        )
    )
    if not handles:
        handles = _handles(is_interactive)
    return Answers(place, timezone, chosen_languages, handles)


def _handles(is_interactive: bool) -> dict[str, str]:
    """Return the handles without @, by platform. Raises OrangedayError where nobody is asked."""
    if not is_interactive:
        options = ", ".join(f"--{platform} HANDLE" for platform in PLATFORMS)
        alternative = "both" if len(PLATFORMS) == 2 else "several"
        raise OrangedayError(f"Say where it posts: {options}, or {alternative}. Nothing was written.")
    handles: dict[str, str] = {}
    while not handles:
        console.info("4. Where does it post? Its handles; Enter where it has no account.")
        for platform, count in PLATFORMS.items():
            handle = _ask_until_valid(None, "", f"   on {count.title}", "", partial(_handle_error, platform), True)
            if handle:
                handles[platform] = handle.removeprefix("@")
    return handles


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[\w-]+", text)))


def _place_error(answer: str) -> str | None:
    city, _, country = answer.partition(",")
    if visible(answer) != answer or "\n" in answer or len(answer) > 200:
        return "Its city and country have an invisible character, or are far too long."
    if city.strip() and country.strip():
        return None
    return "Write its city and its country, with a comma between them: Nairobi, Kenya."


def _zone_error(likely_zones: Sequence[str], answer: str) -> str | None:
    if answer in available_timezones():
        return None
    hint = f"There are: {', '.join(likely_zones)}." if likely_zones else "It is written like Africa/Nairobi."
    if not answer:
        return f"It needs a time zone. {hint}"
    return f"There is no time zone “{answer}”. {did_you_mean(answer, available_timezones()) or hint}".strip()


def _languages_error(choices: Sequence[str], answer: str) -> str | None:
    languages = _split(answer)
    if not languages:
        return "It needs a language, like en."
    for language in languages:
        if language not in choices:
            return f"There are no posts in “{language}”, but in {', '.join(choices)}. Others can be written later."
    return None


def _handle_error(platform: str, answer: str) -> str | None:
    form = PLATFORMS[platform].handle
    return (
        None if not answer or form.is_possible(answer.removeprefix("@")) else f"“{answer}” isn't a handle. {form.hint}"
    )


# The config


def _config(example: str, answers: Answers) -> str:
    """Return the example's own settings, with this embassy in place of the ten."""
    head, ten, _ = example.partition("\n# Ten embassies")
    assert ten  # noqa: S101  the example is ours
    lines = [head.rstrip() + "\n", f"[embassies.{answers.place.id}]"]
    for key, by_language in answers.names.items():
        pairs = ", ".join(f"{language} = {_quote(name)}" for language, name in by_language.items())
        lines.append(f"{key} = {{ {pairs} }}")
    lines.append(f"timezone = {_quote(answers.zone)}")
    order = "          # in this order, `spacing` apart" if len(answers.languages) > 1 else ""
    lines.append(f"languages = [{', '.join(map(_quote, answers.languages))}]{order}")
    lines += [
        '# time = "10:00"                  # its own hour',
        '# skip = [7, "8/x", "9/en"]       # a day, a day on one platform, a day in one language',
        '# without_hashtags = ["#OrangeTheWorld"]    # where orange is a party\'s colour:',
        "# cards = false                   # no orange pictures either",
    ]
    lines += [f"{platform} = {{ handle = {_quote(handle)} }}" for platform, handle in answers.handles.items()]
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _name_lines(answers: Answers) -> Iterator[str]:
    """Yield the names that its posts will have for it, a line for each language."""
    names = answers.names
    for language in answers.languages:
        yield f"In “{language}” it is {names['name'][language]}, {names['in_country'][language]}."
