"""The setting up of alerts: questions, and the lines that they become in config.toml."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path

import typer

from orangeday.content import config
from orangeday.content.typed_answers import parse_hour
from orangeday.errors import OrangedayError
from orangeday.system import credentials
from orangeday.system.renaming import move
from orangeday.views import console

_EXAMPLE_URL = "mailtos://press:{secret}@example.org?to=someone@example.org"
_DEFAULT_HOUR = "17:00"


@dataclass(frozen=True)
class _Service:
    """A way for messages to come, and the questions that make its address."""

    title: str
    address: str
    """Its address, with a field in brackets for each question."""
    questions: Sequence[tuple[str, str, str]]
    """The name of each field, its question, and the pattern of its answers."""
    secret: str
    """What the secret is, for the question behind which it isn't shown."""


_WORD = r"[\w.%+-]+"
_SERVICES = {
    "mail": _Service(
        "mail", "mailtos://{user}:{{secret}}@{domain}?to={to}{server}",
        (
            ("sender", "The mail address that it comes from, whose password you have", rf"{_WORD}@[\w.-]+"),
            ("to", "The mail address that it goes to", rf"{_WORD}@[\w.-]+"),
        ),
        "password of that mail address",
    ),
    "telegram": _Service(
        "Telegram", "tgram://{{secret}}/{chat}", (("chat", "The chat's id", r"-?\w+"),), "token of the bot"
    ),
    "slack": _Service(
        "Slack", "slack://{{secret}}/#{channel}", (("channel", "The channel, without #", r"[\w.-]+"),),
        "three parts of the webhook, with / between them",
    ),
    "teams": _Service(
        "Teams", "workflow://{host}/{workflow}/{{secret}}",
        (("host", "The host in the workflow's address", r"[\w.:-]+"), ("workflow", "The workflow's id", r"\w+")),
        "signature, behind sig= in the workflow's address",
    ),
    "ntfy": _Service("ntfy, on a phone", "ntfys://ntfy.sh/{{secret}}", (), "name of the topic, which nobody guesses"),
}  # fmt: skip


def setup_hint(file: Path) -> str:
    """Return that the config names nobody, and what to type, or to paste into it as it is."""
    return (
        f"{file} doesn't say where alerts go. Type: orangeday alert --setup\n"
        f"Or write these lines at its end, with an address of yours:\n\n{_lines(_EXAMPLE_URL, _DEFAULT_HOUR)}"
    )


def set_up(file: Path, url: str | None) -> int:
    """Write into the config where messages go, as asked or as `url` says, and return the exit status.

    Nothing secret goes into the file. Raises OrangedayError where it says that already, or can't be written.
    """
    content = file.read_bytes()
    if _says_already(file):
        raise OrangedayError(f"{file} says already where alerts go, under [alerts]: change it there.")
    is_interactive = sys.stdin.isatty() and sys.stderr.isatty()
    service = None
    hour = _DEFAULT_HOUR
    if url is None:
        if not is_interactive:
            raise OrangedayError(
                f'There is no terminal to ask at. Say where they go: orangeday alert --setup --url "{_EXAMPLE_URL}"'
            )
        try:
            service, url, hour = _ask()
        except typer.Abort:
            console.info("\nNothing was written.")
            raise
    lines = _lines(url, hour)
    _write(file, _with_lines(content, lines), url)
    console.info(f"Written into {file}:\n")
    # Not through the console: it would fold a line, and these may be copied.
    sys.stderr.write(f"{lines}\n")
    if "{secret}" in url:
        _store_secret(service.secret if service else "secret", is_interactive)
    console.info("Next: orangeday alert --test", "dim")
    return 0


def _ask() -> tuple[_Service, str, str]:
    """Return the service, its address and the hour of the reminder, as a person types them."""
    console.info("Who is told when a post needs attention? Ctrl-C writes nothing.\n")
    names = ", ".join(_SERVICES)
    service = _SERVICES[_ask_until(f"1. By what? {names}", "mail", "|".join(_SERVICES))]
    fields = {
        name: _ask_until(f"{number}. {question}", "", pattern)
        for number, (name, question, pattern) in enumerate(service.questions, 2)
    }
    if sender := fields.pop("sender", None):
        fields["user"], _, fields["domain"] = sender.rpartition("@")
        question = f"{len(service.questions) + 2}. The server that sends its mail, if it is another"
        server = _ask_until(question, fields["domain"], r"[\w.:-]+")
        fields["server"] = "" if server == fields["domain"] else f"&smtp={server}"
    number = len(service.questions) + (3 if sender else 2)
    console.info(f"{number}. Once a day it says what goes out tomorrow, on the embassy's own clock.")
    while True:
        answer = typer.prompt("   At which hour? no for never", default=_DEFAULT_HOUR, err=True).strip()
        if answer.lower() in ("no", "never"):
            return service, service.address.format(**fields), ""
        if hour := parse_hour(answer):
            return service, service.address.format(**fields), f"{hour:%H:%M}"
        console.info(f"“{answer}” isn't a time of day. Write it like 17:00.", "red")


def _ask_until(question: str, default: str, pattern: str) -> str:
    """Return an answer of this pattern."""
    while True:
        answer = str(typer.prompt(question, default=default, show_default=bool(default), err=True)).strip()
        if re.fullmatch(pattern, answer):
            return answer
        console.info(f"“{answer}” can't be that: write it once more.", "red")


def _lines(url: str, hour: str) -> str:
    """Return the section of the config; an empty `hour` leaves the reminder out."""
    lines = ["[alerts]", f"url = {json.dumps(url, ensure_ascii=False)}"]
    lines += [f'tomorrow = "{hour}"'] if hour else ['# tomorrow = "17:00"']
    return "\n".join(lines) + "\n"


def _says_already(file: Path) -> bool:
    """Return whether the config has the section, whatever is in it. Raises UnreadableFiles."""
    config.load(file)
    text = file.read_bytes().decode("utf-8-sig", "replace")
    return re.search(r"^\s*(\[\s*\"?alerts\"?\s*\]|alerts\s*[.=])", text, re.M) is not None


def _with_lines(content: bytes, lines: str) -> bytes:
    """Return the file with the section in the place of the example's, or at its end, and with its own line ends."""
    line_end = b"\r\n" if b"\r\n" in content else b"\n"
    block = lines.encode().replace(b"\n", line_end)
    example = re.compile(rb"^# ?\[alerts\][^\n]*\n(?:# ?(?:url|tomorrow) = [^\n]*\n)*", re.M)
    if match := example.search(content):
        return content[: match.start()] + block + content[match.end() :]
    return content.rstrip() + line_end * 2 + block


def _write(file: Path, content: bytes, url: str) -> None:
    """Replace the config, once it is sure that it reads as before, with the alerts. Raises OrangedayError."""
    # A link stays a link: what it leads to is replaced.
    target = Path(os.path.realpath(file))
    try:
        handle, temporary_name = tempfile.mkstemp(prefix=".config-", suffix=".toml", dir=target.parent)
        temporary = Path(temporary_name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            if config.load(temporary).alerts != url:
                raise OrangedayError(
                    "That isn't an address for alerts, or there is a password in it: write {secret} in its place. "
                    f"{file} is as it was. It is written like “{_EXAMPLE_URL}”."
                )
            temporary.chmod(target.stat().st_mode & 0o7777)
            move(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as failure:
        raise OrangedayError(f"{file} can't be written: {failure.strerror}. It is as it was.") from failure


def _store_secret(name: str, is_interactive: bool) -> None:
    """Ask for the secret and put it into the keyring; or say where it is to be put."""
    by_hand = f"{{secret}} is the {name}: set it as {credentials.ALERTS_VARIABLE}, in the environment or the keyring."
    if credentials.alerts_secret():
        console.info("{secret} is known here already, and stays as it is.")
        return
    if not is_interactive:
        console.info(by_hand)
        return
    value = getpass(f"The {name} (it isn't shown; Enter to give it later): ").strip()
    if not value:
        console.info(by_hand)
        return
    try:
        credentials.store_alerts_secret(value)
    except credentials.NoKeyring:
        console.info(f"This computer's keyring doesn't take it. {by_hand}", "yellow")
    else:
        console.info(f"Saved in this machine's keyring, as {credentials.ALERTS_VARIABLE}.")
