"""The two consoles, the styles that views share, and the writing of messages and documents.

Whatever comes from a file or a platform is shown as text, never as markup, with its control characters made visible.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar

from rich.console import Console
from rich.text import Text

from orangeday.clock import system_clock
from orangeday.system import streams
from orangeday.text.display import UNPRINTABLE, visible

_T = TypeVar("_T")

ORANGE, BLUE = "color(166)", "color(32)"
"""Two colours that can be read on a light and on a dark background."""
STATE_STYLES = {
    "published": "green", "scheduled": "", "unapproved": "yellow", "past": "dim", "armed": "cyan",
    "deferred": "yellow", "held": "yellow", "refused": "red", "unsure": "magenta", "missed": "red", "retracted": "dim",
}  # fmt: skip
STATE_MARKS = {
    "published": "✓", "scheduled": "·", "unapproved": "○", "past": "–", "armed": "→", "deferred": "…", "held": "‖",
    "refused": "✗", "unsure": "?", "missed": "✗", "retracted": "⌫",
}  # fmt: skip
HEALTH_STYLES = {"ok": ("✓ ok", "green"), "warning": ("⚠ warning", "yellow"), "failure": ("✗ failure", "red")}


def documents() -> Console:
    """Return the console for the output that a command was asked for: stdout."""
    return Console(highlight=False)


def messages() -> Console:
    """Return the console for everything else: stderr."""
    return Console(stderr=True, highlight=False)


_json_lines: ContextVar[bool] = ContextVar("json lines", default=False)
"""True while each line on both streams is a JSON object, for a collector of logs."""


@contextmanager
def json_lines(enabled: bool) -> Iterator[None]:
    """Write each message as a JSON object on a line of its own meanwhile, if so wanted."""
    token = _json_lines.set(enabled)
    try:
        yield
    finally:
        _json_lines.reset(token)


def json_line(moment: datetime, values: Mapping[str, Any]) -> str:
    """Return an event as one line: a JSON object with its time."""
    record = {"time": moment.isoformat(), **values}
    return json.dumps(record, ensure_ascii=not _has_unicode()).translate(_JSON_ESCAPES) + "\n"


def _has_unicode() -> bool:
    """Return whether stdout takes every character. On Windows a pipe has a code page; its reader may have another."""
    return (sys.stdout.encoding or "").lower().startswith("utf")


def info(message: str, style: str = "") -> None:
    """Print a message to the officer, on stderr."""
    if _json_lines.get():
        sys.stderr.write(json_line(system_clock(), {"message": message}))
        return
    console = messages()
    console.print(safe_text(message, style), soft_wrap=not console.is_terminal)


def command(line: str, style: str = "") -> None:
    """Print a command to the officer, on a line of its own that never breaks: in two pieces it couldn't be pasted."""
    messages().print(Text("  ").append_text(single_line(line, style)), soft_wrap=True)


def spinner(activity: str) -> AbstractContextManager[object]:
    """Show on a terminal, as long as the work takes, a line that says what is being done."""
    return messages().status(activity)


def progress(activity: str, items: Sequence[_T]) -> Iterator[_T]:
    """Iterate over the items, with a bar on a terminal that says how far the work is."""
    from rich.progress import track

    console = messages()
    return iter(track(items, activity, console=console, transient=True, disable=not console.is_terminal))


def safe_text(text: str, style: str = "") -> Text:
    """Return foreign text fit for a terminal: nothing in it can move the cursor or colour the screen."""
    return Text(visible(text), style=style)


def single_line(text: str, style: str = "") -> Text:
    """Return foreign text as one line: what follows a line end would read as if orangeday had said it."""
    return safe_text(text.replace("\n", "␊"), style)


def document(value: Mapping[str, Any]) -> None:
    """Write one JSON document to stdout."""
    streams.write_to_stdout(json_document(value))


def json_document(value: Mapping[str, Any]) -> str:
    """Return a JSON document for stdout: all of it arrives, whatever its encoding is."""
    return json.dumps(value, ensure_ascii=not _has_unicode(), indent=2).translate(_JSON_ESCAPES) + "\n"


_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in UNPRINTABLE}
"""What a terminal would obey is written as JSON can write any character."""
