"""Which licence each package has that orangeday brings along: asked of the lock and of the packages themselves.

python -m tests.licences > docs/licences.md
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

ELSEWHERE = {
    "backports-tarfile": "MIT",
    "colorama": "BSD-3-Clause",
    "importlib-metadata": "Apache-2.0",
    "jeepney": "MIT",
    "lazy-importer": "Apache-2.0",
    "pywin32-ctypes": "BSD-3-Clause",
    "secretstorage": "BSD-3-Clause",
    "truststore": "MIT",
    "zipp": "MIT",
}
"""What another system or Python needs, so that it isn't there to be asked: its licence by its page in the registry."""

_PAGE = """\
# Licences

orangeday is under the [MIT licence](../LICENSE). No code of another's is copied into it: what it needs comes as
packages, each with its own licence; here are those of every system and Python that the lock knows.
`python -m tests.licences > docs/licences.md` writes this page anew.

| package | version | licence | needed by |
|---|---|---|---|
{rows}

Whoever gives away an image with all of it inside gives these away too, with their texts: each package carries its own.
certifi (MPL-2.0) and psycopg (LGPL-3.0, by the extra `postgres` alone) are used as they are, as packages of their own;
who changes one shares that change. The fonts may be used and given away, and not sold by themselves (OFL-1.1).
"""


def lock() -> dict[str, list[dict[str, Any]]]:
    """Return what the lock has of each package: one entry a version."""
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]:
        packages.setdefault(package["name"], []).append(package)
    return packages


def needed() -> dict[str, str]:
    """Return each package that is installed with orangeday, and what for: itself, or the extra that alone needs it."""
    packages = lock()
    (ours,) = packages["orangeday"]
    found: dict[str, str] = {}
    roots = {"orangeday": ours["dependencies"]}
    roots |= {f"the extra `{extra}`": needs for extra, needs in ours["optional-dependencies"].items()}
    for reason, dependencies in roots.items():
        for name in _all_of(dependencies, packages):
            found.setdefault(name, reason)
    return dict(sorted(found.items()))


def _all_of(dependencies: list[dict[str, Any]], packages: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    waiting, seen = list(dependencies), set[str]()
    while waiting:
        dependency = waiting.pop()
        name, extras = dependency["name"], dependency.get("extra", [])
        for version in packages[name]:
            for extra in extras:
                if f"{name}[{extra}]" not in seen:
                    seen.add(f"{name}[{extra}]")
                    waiting += version.get("optional-dependencies", {}).get(extra, [])
            if name not in seen:
                waiting += version.get("dependencies", [])
        if name not in seen:
            seen.add(name)
            yield name


def licence(name: str) -> str:
    """Return the licence of a package, as it says itself. Raises LookupError where it says none."""
    try:
        said = metadata.distribution(name).metadata
    except metadata.PackageNotFoundError:
        return ELSEWHERE[name]
    if "License-Expression" in said:
        return said["License-Expression"]
    classes = [line for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    named = [line.rpartition(" :: ")[2] for line in classes if line != "License :: OSI Approved"]
    short = said["License"].strip().splitlines() if "License" in said else []
    if named:
        return ", ".join(re.sub(r" License$", "", name) for name in named)
    if short:
        return short[0]
    raise LookupError(f"{name} says no licence: look into it, and put it into ELSEWHERE")


def page() -> str:
    """Return the page."""
    packages = lock()
    rows = [
        f"| {name} | {', '.join(version['version'] for version in packages[name])} | {licence(name)} | {reason} |"
        for name, reason in needed().items()
    ]
    return _PAGE.format(rows="\n".join(rows))


if __name__ == "__main__":
    sys.stdout.write(page())
