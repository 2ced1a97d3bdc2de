"""The command line: the Typer app, `main(argv)`, and the one place where an error becomes words and an exit status.

A new command is a file in `commands/` and a line in COMMANDS. Its module is imported when it is called, so that
`--help` stays fast; what COMMANDS says of it is the first line of its own help, which a test holds.
"""

from __future__ import annotations

import copy
import gc
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from orangeday.content.problems import UnreadableFiles
from orangeday.errors import OrangedayError
from orangeday.system import streams

ALSO = "Also"
"""The group of which the first page has no room for more than the names."""

COMMAND_GROUPS = {
    "Prepare": {
        "init": "Write a config and the sixteen days into a folder.",
        "check": "Find every mistake in the files, all at once.",
        "cards": "Draw each post's orange card, with its headline.",
        "preview": "Show each post as it will read, with its count.",
        "rehearse": "Rehearse the whole campaign in seconds. Nothing is sent.",
        "approve": "Approve posts. Posts that aren't approved are not sent.",
        "login": "Log in to an account. The password is checked at once.",
        "doctor": "Say whether you can go live; if not, what is missing.",
    },
    "Run": {
        "schedule": "Post everything at its hour, until the campaign ends.",
        "publish": "Post what is due now, once: for cron.",
        "status": "Show what needs attention, what is next, what went out.",
        "alert": "Send a message when a post needs attention: for cron.",
        "export": "Export the plan to a calendar or a table, or to cron.",
    },
    "Trouble": {
        "pause": "Stop everything at once; or an embassy, or an account.",
        "resume": "End the pause. What is not too late goes out.",
        "settle": "Decide about a post that may or may not be live.",
        "retry": "Try a refused post, or an account that waits, once more.",
        "acknowledge": "Acknowledge a problem: there are no more warnings of it.",
        "retract": "Take down what was published, once you said yes.",
    },
    "After": {
        "report": "Report what went out, with links, and what didn't.",
    },
    ALSO: {
        "add-language": "Write the files of one more language, to be filled in.",
        "picture": "Put a photo of your own in the place of a day's card.",
        "calendar": "Show the sixteen days at a glance.",
    },
}
"""The commands, in the order of a campaign, by what they are for, and the first line of each one's help."""

COMMANDS = {name: line for group in COMMAND_GROUPS.values() for name, line in group.items()}

INTRODUCTION = """\
Sixteen days of posts on X and Bluesky, in each embassy's languages and at its own hour: nothing twice, nothing lost \
in silence. Nothing is sent for real unless the config or --live says so.\
"""


class Options:
    """The options that can stand before a command or after it."""

    def __init__(self) -> None:
        self.config: Path | None = None
        self.verbose = False


def _without_flag_types(params: list[Any]) -> list[Any]:
    """Return the parameters, none of them with a value where it is on or off: Typer's help would show a `<bool>`."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = " "
    return params


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _without_flag_types(super().get_params(ctx))


class _Help(TyperCommand):
    """The command behind `orangeday help`. It takes a command's name, and the shell offers all of them."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        return _completions(COMMANDS, incomplete)


def _completions(words: Mapping[str, str], incomplete: str) -> list[Any]:
    from typer._click.shell_completion import CompletionItem

    return [CompletionItem(word, help=line) for word, line in words.items() if word.startswith(incomplete)]


def _unwrap(text: str) -> str:
    """Return a text with each paragraph on one line, that a terminal of any width breaks; no bracket is markup."""
    paragraphs = re.split(r"\n\s*\n", re.sub(r"(?<!\\)\[", r"\\[", text))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


class _LazyGroup(TyperGroup):
    """A group that knows its commands by name, and imports one when it is called."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_flag_types(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the first page: ours, since Typer's needs a Markdown renderer just to be imported."""
        from orangeday.views.terminal import help as help_view

        help_view.overview(COMMAND_GROUPS, ALSO)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command that has just a name and a line, for `--help` and completion; None where it isn't one."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command itself, now that it is called, between its name and its own arguments."""
        if args[:1] == ["help"]:
            return self._resolve_help(ctx, args[1:])
        if args and args[0] in COMMANDS:
            return args[0], _load(args[0], tuple(self.params)), args[1:]
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}  # to say which one was meant
        return super().resolve_command(ctx, args)

    def _resolve_help(self, ctx: Any, names: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return what `orangeday help` runs: the first hour, or with a command's name that one's own help."""
        from orangeday.views.terminal import help as help_view

        if names:
            name, command, _ = self.resolve_command(ctx, [names[0]])
            return name, command, ["--help"]
        options = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        return "help", _Help("help", callback=lambda: help_view.guide(INTRODUCTION, COMMAND_GROUPS, options)), []

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the words that the shell offers first: the commands, and help."""
        return [*super().shell_complete(ctx, incomplete), *_completions({"help": "Say what to do first."}, incomplete)]


@cache
def _load(name: str, group_options: tuple[Any, ...]) -> TyperCommand:
    """Return the command of this name, with the group's options among its own."""
    function_name = name.replace("-", "_")
    module = import_module(f"orangeday.commands.{function_name}")
    if not gc.isenabled():
        gc.freeze()  # what is loaded by now is never looked through
        gc.enable()
    single = typer.Typer(add_completion=False, rich_markup_mode="rich")
    single.command(name, cls=_Command)(getattr(module, function_name))
    command = typer.main.get_command(single)
    assert isinstance(command, TyperCommand)  # noqa: S101
    command.help = _unwrap(command.help or "")
    command.epilog = "Every command takes --config FILE, --verbose (-v), --version and --help (-h) as well."
    for option in group_options:
        if option.name in ("config", "verbose", "version"):
            command_option = copy.copy(option)
            command_option.envvar = None  # the variable has spoken before the command
            command_option.hidden = True  # `orangeday help` has them, once
            command.params.append(command_option)
    if "_ORANGEDAY_COMPLETE" in os.environ:  # it is the shell that asks, for what could be typed next
        completion = import_module("orangeday.commands.completion")
        for parameter in command.params:
            completion.add_to(parameter)
    return command


app = typer.Typer(
    name="orangeday",
    cls=_LazyGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _config(ctx: typer.Context, value: Path | None) -> Path | None:
    if value is not None:
        ctx.ensure_object(Options).config = value
    return value


def _verbose(ctx: typer.Context, value: bool) -> bool:
    if value:
        ctx.ensure_object(Options).verbose = True
    return value


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"orangeday {version('orangeday')}")
        raise typer.Exit


_CONFIG = typer.Option(
    "--config",
    envvar="ORANGEDAY_CONFIG",
    callback=_config,
    expose_value=False,
    metavar="FILE",
    help="The config to use (default: config.toml in this folder).",
)
_VERBOSE = typer.Option(
    "--verbose", "-v", callback=_verbose, expose_value=False, help="Show more when orangeday itself fails."
)
_VERSION = typer.Option("--version", callback=_version, expose_value=False, is_eager=True, help="Show the version.")


@app.callback()
def orangeday(
    ctx: typer.Context,
    config: Annotated[Path | None, _CONFIG] = None,
    verbose: Annotated[bool, _VERBOSE] = False,
    version: Annotated[bool, _VERSION] = False,
) -> None:
    """Sixteen days of posts on X and Bluesky."""
    ctx.ensure_object(Options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, and return its exit status. No error of any kind leaves it, nor of what it writes to."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with streams.safe_streams():
        status = _status(arguments)
        if output_error := streams.output_failure():
            from orangeday.views import console

            console.info(str(output_error), "red")
            if output_error.is_document:
                return status or 2
    return status


@cache
def _group() -> Any:
    """Return the command line, made of the app once."""
    return typer.main.get_command(app)


def _status(arguments: Sequence[str]) -> int:
    try:
        status = _group()(arguments, prog_name="orangeday", standalone_mode=False)
    except typer.TyperException as failure:
        return _report_usage(failure)
    except typer.Abort:
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as failure:  # noqa: BLE001  no traceback reaches an officer
        return _report_failure(failure, arguments)
    return status if isinstance(status, int) else 0


def _report_failure(failure: Exception, arguments: Sequence[str]) -> int:
    """Say what went wrong, and return the exit status.

    An error of ours is told in its own words, any other as one that is to be reported.
    """
    from orangeday.views import console

    if isinstance(failure, UnreadableFiles):
        from orangeday.views.terminal import check as check_view

        check_view.problems(console.messages(), failure.problems)
        console.info(str(failure), "bold red")
        return failure.exit_status
    if isinstance(failure, OrangedayError):
        console.info(str(failure), "red")
        return failure.exit_status
    from orangeday.system import credentials

    if any(re.fullmatch("-v+|--verbose", argument) for argument in arguments):
        console.info(credentials.redact("".join(traceback.format_exception(failure))))
    message = credentials.redact(f"{type(failure).__name__}: {failure}")
    console.info(f"orangeday itself failed ({message}). What went out is in the record of posts.")
    console.info("Run the same with -v to see where, and report it.")
    return 1


def _report_usage(failure: typer.TyperException) -> int:
    """Say what is wrong with the usage and where to read on, and return the exit status."""
    if message := failure.format_message():
        from orangeday.views import console

        command = getattr(getattr(failure, "ctx", None), "command_path", "orangeday")
        console.info(message, "red")
        console.info(f"Try: {command} --help")
    return 2


def run() -> None:
    """Run the installed `orangeday`, and exit with its status."""
    streams.open_missing_streams()
    status = main()
    gc.freeze()  # nor need it be looked through once more as Python ends
    sys.exit(status)
