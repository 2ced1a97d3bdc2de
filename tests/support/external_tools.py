"""What tests and measurements use that is no Python: installed once, into a cache outside the checkout.

ORANGEDAY_TEST_CACHE says where, and the name of each folder there what was to be installed, so that a new recipe has a
new one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock

CACHE = Path(os.environ.get("ORANGEDAY_TEST_CACHE") or platformdirs.user_cache_path("orangeday-tests", False))
ENVIRONMENT = dict(os.environ)
"""As it is before a test puts a home of its own in place of the developer's."""


class NotHere(Exception):
    """Something can't be had on this machine, and why."""


@contextmanager
def or_skipped() -> Iterator[None]:
    """Without what isn't here a test is skipped, and says why; in CI, which counts on it, it fails."""
    try:
        yield
    except NotHere as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(why))


def from_npm(
    what: str, size: str, recipe: Path, names: Sequence[str], then: Callable[[Path], None] | None = None
) -> Path:
    """The folder that npm has filled after the lock file of a recipe, made if need be. Raises NotHere.

    `names` are the files that it takes from the recipe; `then` completes what npm has left, in a folder that has not
    its name yet.
    """
    digest = hashlib.sha256(b"\0".join((recipe / name).read_bytes() for name in names))
    folder = CACHE / f"{recipe.name}-{digest.hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if folder.exists():
            return folder
        npm = shutil.which("npm")
        if npm is None:
            raise NotHere(f"npm is not installed, and {what} comes from it")
        sys.stderr.write(f"Installing {what} into {folder}, once ({size}) …\n")
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        for name in names:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(recipe / name, new / name)
        do([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], new)
        if then:
            then(new)
        new.rename(folder)  # what has the name is whole
    return folder


def do(command: Sequence[str], folder: Path) -> None:
    """Runs it there. Raises NotHere with what it said, if it fails."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise NotHere(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
