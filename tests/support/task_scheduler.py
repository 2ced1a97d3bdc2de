"""The file that makes a task, as Task Scheduler and a program of Windows read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

_NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

_CHILDREN = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "RegistrationInfo": ["Author", "Description"],
    "Triggers": ["TimeTrigger"],
    "TimeTrigger": ["Repetition", "StartBoundary", "EndBoundary", "Enabled"],
    "Repetition": ["Interval", "Duration", "StopAtDurationEnd"],
    "Principals": ["Principal"],
    "Principal": ["UserId", "LogonType", "RunLevel"],
    "Actions": ["Exec"],
    "Exec": ["Command", "Arguments"],
}
"""The elements in each, in the order in which Windows exports them; of the settings any order is right."""


@dataclass(frozen=True)
class Task:
    """A task as Task Scheduler keeps it."""

    program: str
    words: list[str]
    """The words that the program gets."""
    settings: dict[str, str]
    trigger: dict[str, str]
    """Its times, those of its repetition among them."""
    principal: dict[str, str]
    author: str
    description: str


def task(file: bytes) -> Task:
    """Read the file of a task. AssertionError where Task Scheduler would refuse it, or read it otherwise."""
    assert file.startswith(b"\xff\xfe"), "it is taken for a file of the code page"
    text = file.decode("utf-16")
    assert text.startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n')
    root = ElementTree.fromstring(file)  # noqa: S314  it is ours
    assert root.tag == f"{_NAMESPACE}Task" and root.attrib == {"version": "1.2"}
    _look(root)
    principal, actions = _find(root, "Principals/Principal"), _find(root, "Actions")
    assert principal.attrib["id"] == actions.attrib["Context"]
    trigger = _find(root, "Triggers/TimeTrigger")
    action = _texts(_find(actions, "Exec"))
    for words in action.values():
        assert not re.search(r"%[^%]+%|\$\(Arg", words), "Task Scheduler fills it in"
    information = _texts(_find(root, "RegistrationInfo"))
    return Task(
        action["Command"], arguments(action["Arguments"]), _texts(_find(root, "Settings")),
        _texts(trigger) | _texts(_find(trigger, "Repetition")), _texts(principal),
        information["Author"], information["Description"],
    )  # fmt: skip


def _look(element: ElementTree.Element) -> None:
    """Look that all elements are there, each once and in its place."""
    name = element.tag.removeprefix(_NAMESPACE)
    names = [child.tag.removeprefix(_NAMESPACE) for child in element]
    assert names == _CHILDREN.get(name, names) and len({*names}) == len(names), name
    for child in element:
        _look(child)


def _find(element: ElementTree.Element, path: str) -> ElementTree.Element:
    found = element.find("/".join(f"{_NAMESPACE}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


def _texts(element: ElementTree.Element) -> dict[str, str]:
    return {child.tag.removeprefix(_NAMESPACE): child.text or "" for child in element if not len(child)}


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
