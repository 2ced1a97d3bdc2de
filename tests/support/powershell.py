"""The few lines of PowerShell that make a task, as PowerShell, Task Scheduler and a program of Windows read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = "'‘’‚‛"
"""The signs that open and close a literal text: PowerShell takes all of them for one."""


@dataclass(frozen=True)
class Task:
    """A task as Task Scheduler keeps it."""

    program: str
    words: list[str]
    """The words that the program gets."""
    options: dict[str, dict[str, str]]
    """The options of each command, as they were typed; one without a value is empty."""


def commands(script: str) -> list[str]:
    """Return the commands of a script, in order; AssertionError for a line that does anything else."""
    return [re.sub(r"^\$[a-z]+ = ", "", line).split(" ")[0] for line in _statements(script)]


def task(script: str) -> Task:
    options = {}
    for line in _statements(script):
        name, *words = _tokens(re.sub(r"^\$[a-z]+ = ", "", line))
        found: dict[str, str] = {}
        for word in words:
            if word.startswith("-"):
                last = word
                found[last] = ""
            else:
                assert not found[last], (last, word)
                found[last] = word
        options[name] = found
    action = options["New-ScheduledTaskAction"]
    return Task(_literal(action["-Execute"]), arguments(_literal(action["-Argument"])), options)


def _statements(script: str) -> list[str]:
    assert script.isascii() or script.encode()
    return [line for line in script.split("\n") if line and not line.startswith("#")]


def _tokens(line: str) -> list[str]:
    """Return the words of a command, as they were typed; a literal and what is in brackets are one each."""
    tokens, at = [], 0
    literal = re.compile(rf"[{_QUOTES}](?:[^{_QUOTES}]|[{_QUOTES}]{{2}})*[{_QUOTES}](?![{_QUOTES}])")
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        match = literal.match(line, at) or re.compile(r"\([A-Za-z0-9 -]+\)|-?[$A-Za-z]+(?:-[A-Za-z]+)*").match(line, at)
        assert match, line[at:]
        assert match.end() == len(line) or line[match.end()] == " ", line[match.end() :]
        tokens.append(match[0])
        at = match.end()
    return tokens


def _literal(token: str) -> str:
    assert token[0] in _QUOTES and token[-1] in _QUOTES, token
    text = re.sub(rf"[{_QUOTES}]([{_QUOTES}])", r"\1", token[1:-1])
    assert not re.search(r"%[^%]+%|\$\(Arg", text), "Task Scheduler fills it in"
    return text


def arguments(line: str) -> list[str]:
    """Return the words of a command line, as Microsoft's C run-time parses them."""
    words, word, quoted, begun, at = [], "", False, False, 0
    while at < len(line):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        if slashes:
            at += slashes
            if at < len(line) and line[at] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word += '"'
                    at += 1
            else:
                word += "\\" * slashes
            begun = True
        elif line[at] == '"':
            quoted, begun, at = not quoted, True, at + 1
        elif line[at] in " \t" and not quoted:
            if begun:
                words.append(word)
            word, begun, at = "", False, at + 1
        else:
            word, begun, at = word + line[at], True, at + 1
    return [*words, word] if begun else words
