"""Problems as the annotations of a GitHub workflow: each is shown in a pull request, at the line that it is about.

One line a problem: `::error file=posts/05-day/en.toml,line=2,title=too-long::…`. Source: the workflow commands in
GitHub's documentation.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from orangeday.content.problems import Problem, sorted_problems
from orangeday.text.display import visible


def annotation_lines(problems: Iterable[Problem], top: Path) -> Iterator[str]:
    """Yield a line for each problem; the names of its files are relative to `top`, the folder of the checkout."""
    for problem in sorted_problems(problems):
        properties = {
            "file": _relative_name(problem.location.file, top),
            "line": str(problem.location.line),
            "title": problem.rule,
        }
        values = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
        yield f"::{problem.severity} {values}::{_escaped(f'{problem.message} {problem.hint}'.strip())}"


def _relative_name(file: Path, top: Path) -> str:
    """Return a file's name below the folder, with slashes; the whole name of a file that lies elsewhere."""
    path, folder = (Path(os.path.normpath(name.absolute())) for name in (file, top))
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _escaped(text: str) -> str:
    """Return a text in one line, in which nothing begins a command of its own, and no terminal obeys anything."""
    return visible(text.replace("\n", "␊")).replace("%", "%25")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
