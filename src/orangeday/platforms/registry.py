"""Every platform there is: X, Bluesky, and those that other packages bring by the entry point `orangeday.platforms`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property

from orangeday.platforms.bluesky import BLUESKY
from orangeday.platforms.specs import PlatformSpec
from orangeday.platforms.x import X

GROUP = "orangeday.platforms"
"""The group of entry points: each is named as its platform, and leads to a PlatformSpec."""

_BUILTIN_SPECS = (X, BLUESKY)

_RESERVED_WORDS = (
    "accept", "alerts", "alt", "approval", "campaign", "card", "cards", "city", "config", "country", "days", "did",
    "embassies", "embassy", "example", "facts", "folder", "from", "handle", "handles", "hashtags", "help",
    "helpline", "in_city", "in_country", "language", "languages", "layout", "ledger", "lines", "link", "logo", "media",
    "minister", "name", "publishing", "schedule", "sender", "service", "skip", "text", "time", "timezone", "title",
    "verbose", "version", "without_hashtags", "words", "zone",
)  # fmt: skip
"""The names that no platform may have: they already mean something in a file, an approval, an identity, an option."""


class Platforms(Mapping[str, PlatformSpec]):
    """All platforms by name; ours first, then the others in order of names. Other packages are asked when this is."""

    def __getitem__(self, name: str) -> PlatformSpec:
        return self._specs_and_errors[0][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs_and_errors[0])

    def __len__(self) -> int:
        return len(self._specs_and_errors[0])

    @property
    def load_errors(self) -> Mapping[str, str]:
        """The platforms that a package names and doesn't provide, by name, each with the reason in words."""
        return self._specs_and_errors[1]

    @cached_property
    def _specs_and_errors(self) -> tuple[dict[str, PlatformSpec], dict[str, str]]:
        builtin = {spec.name: spec for spec in _BUILTIN_SPECS}
        plugins, load_errors = _load_plugins() if _may_have_plugins() else ({}, {})
        return builtin | plugins, load_errors


def _may_have_plugins() -> bool:
    """Return whether any installed package names the group: ten times as fast as importing what reads entry points."""
    return any(
        f"[{GROUP}]".encode() in content for folder in dict.fromkeys(sys.path) for content in _entry_points(folder)
    )


def _entry_points(folder: str) -> Iterator[bytes]:
    """Yield the entry_points.txt of each package in a folder, as bytes."""
    with suppress(OSError):  # what can't be read holds nothing that could be imported
        for name in os.listdir(folder or "."):  # noqa: PTH208  by pathlib it takes three times as long
            if name.endswith((".dist-info", ".egg-info")):
                with suppress(OSError), open(f"{folder or '.'}/{name}/entry_points.txt", "rb") as file:  # noqa: PTH123
                    yield file.read()


def _load_plugins() -> tuple[dict[str, PlatformSpec], dict[str, str]]:
    from importlib.metadata import entry_points

    specs: dict[str, PlatformSpec] = {}
    load_errors: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        name = point.name
        try:
            spec = point.load()
        except Exception as failure:  # noqa: BLE001  it is somebody else's, and may raise anything
            load_errors[name] = f"{point.value}: {type(failure).__name__}: {failure}"
            continue
        if not isinstance(spec, PlatformSpec) or spec.name != name:
            load_errors[name] = f"{point.value} isn't a PlatformSpec of that name"
        elif name in specs or any(name == builtin.name for builtin in _BUILTIN_SPECS):
            load_errors[name] = f"{point.value} has the name of another platform"
        elif not re.fullmatch("[a-z][a-z0-9]{2,}", name) or name in _RESERVED_WORDS:
            load_errors[name] = (
                "a platform is named by three or more small letters and digits, and by no word of the files"
            )
        else:
            specs[name] = spec
    return specs, load_errors


PLATFORMS = Platforms()
"""Every platform that an account can be on, by its name in the files."""


def title_of(platform: str) -> str:
    """Return a platform's name for people; its name in the files, where it is no longer installed."""
    return PLATFORMS[platform].title if platform in PLATFORMS else platform
