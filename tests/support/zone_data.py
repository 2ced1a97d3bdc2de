"""Zone data of the tests' own: zones that are what a test says they are, whatever the machine or a package has.

    folder = zone_data.write(tmp_path / "zones", {"Africa/Casablanca": "<+01>-1"}, "2025b")
    with zone_data.of_the_machine(folder): ...          # as if the system had been installed with these
    with zone_data.chosen(folder): ...                  # as PYTHONTZPATH says it, for programs that are started too

A zone is written as POSIX writes one in TZ: `CET-1CEST,M3.5.0,M10.5.0/3` is an hour ahead of UTC, and two in summer.
"""

from __future__ import annotations

import io
import os
import re
import struct
import sysconfig
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from orangeday.content import time_zones as zones

RULES = {
    "Africa/Dakar": "GMT0", "Africa/Johannesburg": "SAST-2",
    "Asia/Ho_Chi_Minh": "<+07>-7", "Asia/Tokyo": "JST-9", "Pacific/Honolulu": "HST10", "America/Lima": "<-05>5",
    "Africa/Cairo": "EET-2EEST,M4.5.5/0,M10.5.4/24", "Africa/Nairobi": "EAT-3",
    "America/Havana": "CST5CDT,M3.2.0/0,M11.1.0/1",
    "America/Nuuk": "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "America/Santiago": "<-04>4<-03>,M9.1.6/24,M4.1.6/24",
    "America/St_Johns": "NST3:30NDT,M3.2.0,M11.1.0", "America/Toronto": "EST5EDT,M3.2.0,M11.1.0",
    "Antarctica/Troll": "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", "Asia/Beirut": "EET-2EEST,M3.5.0/0,M10.5.0/0",
    "Asia/Kabul": "<+0430>-4:30", "Asia/Kathmandu": "<+0545>-5:45", "Asia/Kolkata": "IST-5:30",
    "Australia/Adelaide": "ACST-9:30ACDT,M10.1.0,M4.1.0/3", "Australia/Eucla": "<+0845>-8:45",
    "Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "Australia/Sydney": "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "Etc/GMT+12": "<-12>12", "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "Europe/Brussels": "CET-1CEST,M3.5.0,M10.5.0/3", "Pacific/Chatham": "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
    "Pacific/Kiritimati": "<+14>-14",
}  # fmt: skip
"""What tests state of these zones, for 2026 and later. History doesn't change: for that the real data serves."""


def tzif(rule: str) -> bytes:
    """A zone as RFC 9636 writes it into a file: no changes that are listed, and the rule for all that comes."""
    found = re.match(r"(?:<[^>]+>|[A-Za-z]+)([+-]?)(\d+)(?::(\d\d))?", rule)
    assert found, rule
    ahead = (1 if found[1] == "-" else -1) * (int(found[2]) * 3600 + int(found[3] or 0) * 60)
    block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb4s", ahead, 0, 0, b"STD\0")
    return block + block + f"\n{rule}\n".encode()


def zone(name: str, rule: str) -> ZoneInfo:
    """A zone of this name that keeps this rule."""
    return ZoneInfo.from_file(io.BytesIO(tzif(rule)), name)


def write(folder: Path, rules: Mapping[str, str], release: str | None = None, says: str = "tzdata.zi") -> Path:
    """Writes the zones, and how new they are, where that is said."""
    for name, rule in rules.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}")
        new.write_bytes(tzif(rule))
        new.replace(file)  # at one stroke: programs may be reading it
    folder.mkdir(parents=True, exist_ok=True)
    if release is not None:
        (folder / says).write_text(f"# version {release}\n# more\n" if says == "tzdata.zi" else f"{release}\n")
    return folder


def look_again() -> None:
    """No zone that was made before is remembered, and PYTHONTZPATH is read again."""
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()
    zones.zone.cache_clear()


@contextmanager
def chosen(folder: Path) -> Iterator[None]:
    """The zone data is in this folder, as PYTHONTZPATH says it, here and in every program that is started."""
    # That variable alone: a clock that is set meanwhile has a TZ there, which must outlast this.
    before = os.environ.get("PYTHONTZPATH")
    os.environ["PYTHONTZPATH"] = str(folder)
    try:
        look_again()
        yield
    finally:
        if before is None:
            del os.environ["PYTHONTZPATH"]
        else:
            os.environ["PYTHONTZPATH"] = before
        look_again()


@contextmanager
def of_the_machine(*folders: Path) -> Iterator[None]:
    """The machine's own zone data is in these folders: there Python was built to look."""
    path = os.pathsep.join(map(str, folders))
    with patch.dict(os.environ), patch.dict(sysconfig.get_config_vars(), {"TZPATH": path}):
        os.environ.pop("PYTHONTZPATH", None)
        look_again()
        yield
    look_again()
