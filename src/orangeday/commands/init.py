from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from orangeday import output
from orangeday.commands import DEFAULT, packaged_example
from orangeday.errors import OrangedayError

IGNORED = """\
# The ledger belongs to this machine: a copy of it would post everything again.
*.db
*.db-*
*.db.locks/
"""

MERGED = """\
# Two people may each write the first approvals: both are kept.
posts/approvals.toml merge=union
"""


def init(
    folder: Annotated[Path, typer.Argument(help="Where to; this folder, unless given.", metavar="DIR")] = Path(),
) -> int:
    """Write a config and the sixteen days into a folder, ready to be made your own.

    It writes config.toml, posts/, a .gitignore for the ledger and .gitattributes for approvals, and never overwrites
    anything.
    """
    example = packaged_example()
    config, posts, ignore = folder / DEFAULT, folder / "posts", folder / ".gitignore"
    there = [path for path in (config, posts) if path.exists()]
    if there:
        names = " and ".join(map(str, there))
        raise OrangedayError(
            f"{names} {'are' if there[1:] else 'is'} there already; nothing was written. Choose another folder."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(example.parent / "posts", posts, ignore=shutil.ignore_patterns("approvals.toml"))
        for file, lines in ((ignore, IGNORED), (folder / ".gitattributes", MERGED)):
            if not file.exists():
                file.write_text(lines, encoding="utf-8", newline="\n")
        # The config comes last: where it is, the rest is too.
        shutil.copyfile(example, config)
    except OSError as failure:
        raise OrangedayError(
            f"{failure.filename}: {failure.strerror}. Choose a folder that you may write to."
        ) from failure
    output.say(f"Wrote {config}, {posts} and {ignore}.")
    place = "" if folder == Path() else f"cd {folder}, then "
    output.say(f"Next: {place}put your embassy into {DEFAULT}, and run orangeday check.", "dim")
    return 0
