from __future__ import annotations

import functools
import inspect
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands import interview
from orangeday.commands.files import DEFAULT_CONFIG, packaged_example
from orangeday.content import campaign, new_language, schemas
from orangeday.content.embassy_names import Mission
from orangeday.content.first_config import config_text
from orangeday.content.toml_edit import TO_FILL_IN
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.system import file_changes, machine
from orangeday.system.renaming import move
from orangeday.system.windows_paths import folder_objection
from orangeday.text.display import english_name
from orangeday.text.shells import quote
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
    mission: Annotated[
        str | None,
        typer.Option(
            help="What it is: embassy, consulate general, permanent representation or office.",
            metavar="KIND",
        ),
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone: Africa/Nairobi.", metavar="ZONE")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="A language that it posts in; may be repeated.", metavar="CODE")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The hour of its posts, on its own clock (default: 09:00).", metavar="HH:MM")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Ask no questions: write the example of ten embassies.")
    ] = False,
    **by_platform: str | None,
) -> int:
    """Write a config and the sixteen days into a folder.

    On a terminal it asks about your embassy: where and what it is, its time zone, its languages, its hour, and where it
    posts; amid the campaign, whether it starts now. It shows what it will write, and asks. Options answer in advance.
    With neither a terminal nor options it writes the example of ten embassies.

    A language in which there are no posts yet gets files to be filled in, as `orangeday add-language` writes them.

    It writes config.toml, posts/, a .gitignore for the record of posts, .gitattributes for approvals, and .schemas/, by
    which an editor knows what may stand in the files. It never overwrites anything.

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
    objection = folder_objection(folder.absolute(), sys.platform, has_long_paths=machine.has_long_paths())
    if objection:
        raise OrangedayError(f"{folder}: {objection} Nothing was written.")
    is_interactive = sys.stdin.isatty() and sys.stderr.isatty()
    options = interview.Options(
        embassy, mission, zone, ",".join(language or []) or None, time,
        {platform: handle for platform, handle in by_platform.items() if handle},
    )  # fmt: skip
    if options.are_given and example:
        raise OrangedayError("Use --example or the options for your embassy, not both.")
    answers = None
    available_languages: tuple[str, ...] = ()
    if options.are_given or (is_interactive and not example):
        available_languages = campaign.load(example_config.parent / "posts").languages
        try:
            answers = interview.answers(options, available_languages, is_interactive, system_clock(), config)
        except typer.Abort:
            console.info("\nNothing was written.")
            raise
    example_text = example_config.read_text("utf-8")
    new_languages = [tag for tag in answers.languages if tag not in available_languages] if answers else []
    config_content = config_text(example_text, answers) if answers else example_text
    _write(folder, example_config.parent / "posts", config_content, new_languages)
    console.info(f"Wrote {config}, {posts} and {ignore}.")
    place = "" if folder == Path() else f"cd {quote(str(folder))}, then "
    if answers:
        if not is_interactive:
            for line in interview.name_lines(answers):
                console.info(line)
        if answers.mission is not Mission.EMBASSY:
            console.info("Some of the posts speak of embassies, such as those of day 16: read all, and change them.")
        console.info(f"You can change it in {DEFAULT_CONFIG}.")
        for tag in new_languages:
            texts, campaign_file = posts / "*" / f"{tag}.toml", posts / "campaign.toml"
            console.info(
                f"Fill in {texts}, the texts in {english_name(tag)}; and each “{TO_FILL_IN}” in {campaign_file}."
            )
        console.info(f"Next: {place}orangeday cards", "dim")
        console.info("It puts your embassy's name on the cards. Then: orangeday check", "dim")
    else:
        console.info(f"Next: {place}put your embassy into {DEFAULT_CONFIG}, and run orangeday check.", "dim")
    return 0


def _copy(folder: Path, source: str, target: str) -> None:
    """Copy a file to its place below the new `folder`; one of TOML begins there with the line that names its schema."""
    if target.endswith(".toml"):
        line = schemas.schema_line(Path(target).relative_to(folder))
        Path(target).write_bytes(line.encode() + Path(source).read_bytes())
    else:
        shutil.copy2(source, target)


def _write(folder: Path, posts: Path, config: str, new_languages: Sequence[str]) -> None:
    """Write all of it, with files to be filled in for the new languages, or nothing. Raises OrangedayError."""
    new_folders = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".orangeday-", dir=folder) as staging_path:
            staging_folder = Path(staging_path)
            (staging_folder / schemas.FOLDER).mkdir()
            for name, lines in (
                (".gitignore", GITIGNORE),
                (".gitattributes", GITATTRIBUTES),
                (DEFAULT_CONFIG.name, schemas.schema_line(DEFAULT_CONFIG) + config),
                *((f"{schemas.FOLDER}/{name}", content) for name, content in schemas.schema_files().items()),
            ):
                (staging_folder / name).write_text(lines, encoding="utf-8", newline="\n")
            shutil.copytree(
                posts,
                staging_folder / "posts",
                ignore=shutil.ignore_patterns("approvals.toml", ".approvals.lock", "approval-pages"),
                copy_function=functools.partial(_copy, staging_folder),
            )
            for language in new_languages:
                file_changes.apply(new_language.changes(campaign.load(staging_folder / "posts"), language, None)[0])
            # The config comes last: where it is, the rest is too.
            for name in (".gitignore", ".gitattributes", schemas.FOLDER, "posts", DEFAULT_CONFIG.name):
                if not os.path.lexists(folder / name):
                    move(staging_folder / name, folder / name)
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
