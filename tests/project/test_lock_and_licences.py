"""What is installed beside orangeday: from the lock, as wheels on each system, under a licence that is known."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

from .. import licences
from ..support.common import ROOT

PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = licences.lock()

SYSTEMS = {
    "Intel Mac": ("darwin", "x86_64", [*mac_platforms((14, 0), "x86_64")]),
    "Mac": ("darwin", "arm64", [*mac_platforms((14, 0), "arm64")]),
    "Windows": ("win32", "AMD64", ["win_amd64"]),
    "Linux": ("linux", "x86_64", [f"manylinux_2_{minor}_x86_64" for minor in range(36, 16, -1)]),
    "Linux on ARM": ("linux", "aarch64", [f"manylinux_2_{minor}_aarch64" for minor in range(36, 16, -1)]),
}
"""For each system what Python calls it and its processor, and for what files of packages for it are named."""

PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14), (3, 15))


def environment(system: str, python: tuple[int, int]) -> dict[str, str]:
    name, machine, _ = SYSTEMS[system]
    return {
        "sys_platform": name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": f"{python[0]}.{python[1]}",
        "python_full_version": f"{python[0]}.{python[1]}.0",
        "extra": "",
    }


def installed(given: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Each package of the lock that is installed with orangeday there, without its extras."""
    waiting, found = list(LOCK["orangeday"][0]["dependencies"]), dict[str, dict[str, Any]]()
    while waiting:
        dependency = waiting.pop()
        if "marker" in dependency and not Marker(dependency["marker"]).evaluate(given):
            continue
        (package,) = (one for one in LOCK[dependency["name"]] if is_meant(one, dependency, given))
        if dependency["name"] not in found:
            found[dependency["name"]] = package
            waiting += package.get("dependencies", [])
    return found


def is_meant(package: dict[str, Any], dependency: dict[str, Any], given: dict[str, str]) -> bool:
    """Whether it is this version of several that is installed there."""
    markers = package.get("resolution-markers")
    return package["version"] == dependency.get("version", package["version"]) and (
        not markers or any(Marker(marker).evaluate(given) for marker in markers)
    )


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: f"{python[0]}.{python[1]}")
@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_has_to_be_compiled(system: str, python: tuple[int, int]) -> None:
    platforms = SYSTEMS[system][2]
    accepted: set[Tag] = {*cpython_tags(python, platforms=platforms), *compatible_tags(python, platforms=platforms)}
    packages = installed(environment(system, python))
    assert len(packages) > 50
    for name, package in packages.items():
        files = [wheel["url"].rpartition("/")[2] for wheel in package.get("wheels", [])]
        assert any(parse_wheel_filename(file)[3] & accepted for file in files), f"{name} {package['version']}"


def test_what_builds_orangeday_is_in_the_lock_with_its_hashes() -> None:
    assert PROJECT["build-system"]["requires"] == ["hatchling"]
    assert PROJECT["tool"]["uv"]["no-build-isolation-package"] == ["orangeday"]
    assert "build" in PROJECT["tool"]["uv"]["default-groups"]
    assert "hatchling" in PROJECT["dependency-groups"]["build"]
    waiting, seen = ["hatchling", "editables"], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        (package,) = LOCK[name]
        assert all(wheel["hash"].startswith("sha256:") for wheel in package["wheels"])
        waiting += [dependency["name"] for dependency in package.get("dependencies", [])]
    assert "trove-classifiers" in seen


def test_the_page_of_licences_has_each_package_as_it_is_locked() -> None:
    again = "Write it again: python -m tests.licences > docs/licences.md"
    rows = dict(re.findall(r"^\| ([a-z0-9-]+) \| (\d\S*(?:, \S+)*) \|", PAGE, re.M))
    versions = {name: ", ".join(version["version"] for version in LOCK[name]) for name in licences.needed()}
    assert rows == versions, again


@pytest.mark.parametrize("name", licences.needed())
def test_each_licence_is_known_and_one_that_asks_for_more_is_named_below_the_table(name: str) -> None:
    said = licences.licence(name)
    assert f"| {said} |" in PAGE
    assert not re.search(r"\bA?GPL", said)
    if re.search(r"LGPL|Mozilla|MPL|EUPL|CDDL", said) and name != "psycopg-binary":
        assert f"{name} (" in PAGE.rpartition("|\n")[2]
