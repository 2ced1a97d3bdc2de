"""A platform is one value: nobody but its own modules asks for it by name, and packages from outside bring more."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from orangeday.adapters.table import adapter_of, has_adapter
from orangeday.errors import OrangedayError
from orangeday.platforms import registry
from orangeday.platforms.bluesky import BLUESKY
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.platforms.specs import PlatformSpec
from orangeday.platforms.x import X

from ..support.common import ROOT

SOURCE = ROOT / "src/orangeday"
THEIR_OWN = ("platforms", "adapters")


def named(tree: ast.AST) -> Iterator[ast.expr]:
    """Where a program compares with a platform's name, or chooses by it: in ==, in, a table, a match, or `[…]`."""
    for node in ast.walk(tree):
        asked: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            asked = [*node.keys]
        elif isinstance(node, ast.MatchValue):
            asked = [node.value]
        elif isinstance(node, ast.Subscript):
            asked = [node.slice]
        elif isinstance(node, ast.Call):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            asked = [argument for argument in given if isinstance(argument, ast.Constant)]
        for part in (inner for outer in asked if outer for inner in ast.walk(outer)):
            if isinstance(part, ast.Constant) and part.value in PLATFORMS:
                yield part


def test_nobody_else_asks_for_a_platform_by_its_name() -> None:
    found = [
        f"{file.relative_to(SOURCE)}:{part.lineno}"
        for file in SOURCE.rglob("*.py")
        if file.relative_to(SOURCE).parts[0] not in THEIR_OWN
        for part in named(ast.parse(file.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'platform == "x"', '"bluesky" != platform', 'platform in ("x", "bluesky")', '{"x": 1}', 'table["bluesky"]',
        'texts_on(case, "x")', 'replace(concern, platform="x")', 'match platform:\n    case "x":\n        pass',
    ],
)  # fmt: skip
def test_whoever_would_is_found(line: str) -> None:
    assert [*named(ast.parse(line))]


@pytest.mark.integration
def test_each_is_known_by_its_own_name_and_has_an_adapter() -> None:
    assert {name: PLATFORMS[name].name for name in PLATFORMS} == {"x": "x", "bluesky": "bluesky"}
    assert all(has_adapter(name) and adapter_of(name) for name in PLATFORMS)
    assert (title_of("x"), title_of("gone")) == ("X", "gone")
    with pytest.raises(OrangedayError, match="no way to gone"):
        adapter_of("gone")


def test_no_identity_could_be_another_platforms() -> None:
    theirs = {"x": "1234567890123456789", "bluesky": "did:plc:ewvi7nxzyoun6zhxrhs64oiz"}
    for name, identity in theirs.items():
        assert [other for other, spec in PLATFORMS.items() if spec.is_identity(identity)] == [name]


@pytest.mark.parametrize(
    ("spec", "handle", "flaw"),
    [
        (X, "BelgiumNairobi", ""),
        (X, "Belgium_in_the_USA", "can't be a handle on X: fifteen letters, digits or _ at most."),
        (X, "ſ", "can't be a handle on X: fifteen letters, digits or _ at most."),
        (BLUESKY, "be-nairobi.bsky.social", ""),
        (BLUESKY, "BE-nairobi.bsky.social", ""),
        (BLUESKY, "nairobi", "can't be a handle on Bluesky: it is written like an internet address."),
        (BLUESKY, "-be.bsky.social", "can't be a handle on Bluesky: it is written like an internet address."),
        (BLUESKY, "be-Nairobi.Example", "can't be a handle on Bluesky: nobody can own that address."),
    ],
)
def test_a_handle_is_looked_at_by_its_platforms_own_form(spec: PlatformSpec, handle: str, flaw: str) -> None:
    assert spec.handle_flaw(handle) == flaw


# Packages from outside


def brought(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> registry.Platforms:
    """The platforms as they are found where packages bring these."""
    found = [EntryPoint(name, value, registry.GROUP) for name, value in points]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: found)
    monkeypatch.setattr(registry, "_may_have_plugins", lambda: True)
    return registry.Platforms()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("gone", "tests.nowhere:TOY", "tests.nowhere:TOY: ModuleNotFoundError: No module named 'tests.nowhere'"),
        ("rude", "sys:exit", "sys:exit isn't a PlatformSpec of that name"),
        ("other", "orangeday.platforms.x:X", "orangeday.platforms.x:X isn't a PlatformSpec of that name"),
        ("x", "orangeday.platforms.x:X", "orangeday.platforms.x:X has the name of another platform"),
        ("handle", "tests.platforms.test_platforms:HANDLE", "no word of the files"),
        ("did", "tests.platforms.test_platforms:DID", "no word of the files"),
        ("nl", "tests.platforms.test_platforms:NL", "three or more small letters"),
    ],
)
def test_what_a_package_brings_wrongly_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    found = brought(monkeypatch, (name, value))
    assert [*found] == ["x", "bluesky"]
    assert why in found.load_errors[name]


def test_a_platform_that_two_packages_bring_is_that_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    package = "tests.platforms.test_platforms"
    found = brought(monkeypatch, ("toy", f"{package}:TOY"), ("toy", f"{package}:SAME_AGAIN"))
    assert found["toy"] is SAME_AGAIN
    assert "has the name of another platform" in found.load_errors["toy"]


@pytest.mark.integration
def test_who_brings_none_is_asked_for_nothing(tmp_path: Path) -> None:
    """Not even for the module that reads entry points: it takes longer to load than a platform's value."""
    program = (
        "import sys; from orangeday.platforms.registry import PLATFORMS; "
        "print(*PLATFORMS, 'importlib.metadata' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["x", "bluesky", "False"]


def like_x(name: str) -> PlatformSpec:
    return replace(X, name=name, title=name.title())


HANDLE, DID, NL, TOY, SAME_AGAIN = (like_x(name) for name in ("handle", "did", "nl", "toy", "toy"))
