"""Time zones, from the newer of two sets of data: the machine's, and the one that comes with orangeday (tzdata).

Python itself takes the machine's wherever there is one, however old. Here the newer of the two is used, for each zone;
where the machine's has no release, the one that comes with orangeday. If PYTHONTZPATH is set, or a program has called
zoneinfo.reset_tzpath, the data was chosen by hand: it is used, however old it is.
"""

from __future__ import annotations

import os
import re
import sysconfig
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_RELEASE = re.compile(rb"(?:# version )?(\d{4}[a-z]{1,2})(?![a-z0-9])")
_RELEASE_FILES = ("+VERSION", "tzdata.zi", "version")
"""The files of a folder of zone data whose first line has its release."""


@dataclass(frozen=True, slots=True)
class ZoneData:
    """A time zone in one set of data."""

    zone: ZoneInfo
    source: str
    """The set of data and its release, in words: `this machine's zone data (2025b)`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A moment at which two sets of data show different times in a zone."""

    moment: datetime
    used: ZoneData
    alternative: ZoneData
    by_hand: bool
    """True if the data that is used was chosen by hand, by PYTHONTZPATH."""


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of this name, the same object each time. Raise what ZoneInfo raises where the name is unknown."""
    package_zone = _package_zone(name) if not is_chosen_by_hand() and _package_is_newer(name) else None
    return package_zone or ZoneInfo(name)


def difference(name: str, moments: Iterable[datetime]) -> Difference | None:
    """Return the first of these moments at which the machine's data and that of the package differ, or None."""
    package_zone, folder = _package_zone(name), _folder(name)
    if package_zone is None or folder is None:
        return None
    package_data = ZoneData(package_zone, f"the zone data that comes with orangeday (tzdata {_package_release()})")
    origin = "the zone data that PYTHONTZPATH names" if is_chosen_by_hand() else "this machine's zone data"
    try:
        with Path(folder, *name.split("/")).open("rb") as file:
            machine_data = ZoneData(
                ZoneInfo.from_file(file, name), f"{origin} ({_release(folder) or 'it says no version'})"
            )
    except (OSError, ValueError):
        return None  # it can't be read: zone() says so, if it is needed
    used, alternative = (
        (machine_data, package_data)
        if is_chosen_by_hand() or not _package_is_newer(name)
        else (package_data, machine_data)
    )
    for moment in moments:
        if moment.astimezone(used.zone).utcoffset() != moment.astimezone(alternative.zone).utcoffset():
            return Difference(moment, used, alternative, is_chosen_by_hand())
    return None


def release(name: str) -> str:
    """Return the release of the data that this zone is read from: `2026a`."""
    folder = _folder(name)
    if folder is None or (_package_is_newer(name) and not is_chosen_by_hand()):
        return _package_release() or ""
    return _release(folder) or "of an unknown version"


def is_chosen_by_hand() -> bool:
    """Return whether a person, or a program that orangeday is a part of, has set where the zone data is."""
    return "PYTHONTZPATH" in os.environ or _default_path() != zoneinfo.TZPATH


def _default_path() -> tuple[str, ...]:
    """Return the folders in which this Python looks for zone data, unless told otherwise."""
    search_path: str = sysconfig.get_config_var("TZPATH") or ""
    return tuple(folder for folder in search_path.split(os.pathsep) if Path(folder).is_absolute())


def _package_is_newer(name: str) -> bool:
    """Return whether the package's data is newer than the machine's, which counts as older where it has no release."""
    package, folder = _package_release(), _folder(name)
    return folder is None or (package is not None and (_release(folder) or "") < package)


def _folder(name: str) -> str | None:
    """Return the first folder of the machine's zone data that has a zone; None where none has."""
    if not _NAME.fullmatch(name):
        return None
    return next((folder for folder in zoneinfo.TZPATH if Path(folder, name).is_file()), None)


@cache
def _release(folder: str) -> str | None:
    """Return the release of a folder's data, `2025b`, or None. Compared as texts, the later release is the greater."""
    for name in _RELEASE_FILES:
        try:
            with Path(folder, name).open("rb") as file:
                if match := _RELEASE.match(file.readline(100)):
                    return match[1].decode()
        except OSError:
            continue
    return None


@cache
def _package_release() -> str | None:
    """Return the release of the package's data; None where the package isn't there, or doesn't say."""
    try:
        import tzdata  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        return None
    match = _RELEASE.match(str(getattr(tzdata, "IANA_VERSION", "")).encode())
    return match[1].decode() if match else None


def _package_zone(name: str) -> ZoneInfo | None:
    """Return a zone from the package's data, whatever the machine has; None where the package hasn't got it."""
    if not _NAME.fullmatch(name):
        return None
    from importlib import resources

    try:
        with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            return ZoneInfo.from_file(file, name)
    except (OSError, ValueError, ImportError):
        return None
