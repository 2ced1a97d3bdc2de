"""The names and the lengths of paths that Windows can't have. Pure: each takes what it judges by, on any system."""

from __future__ import annotations

import re
from pathlib import PurePath

MAX_PATH = 259
"""The longest path that Windows takes, in UTF-16 code units, unless its long paths are on."""

ROOM = 100
"""The units that a project's own files need below its folder, with the names that they have while they are written."""

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


def name_objection(name: str) -> str | None:
    """Return the reason why Windows can't have a file or folder of this name; None if it can."""
    if _DEVICES.fullmatch(name.split(".")[0].rstrip(" ")):
        return f"Windows keeps the name “{name}” for a device"
    if name.endswith((".", " ")):
        return f"Windows drops the last character of “{name}”"
    if match := re.search(r'[\x00-\x1f<>:"/\\|?*]', name):
        sign = f"“{match[0]}”" if match[0].isprintable() else "a sign that can't be seen"
        return f"Windows has no names with {sign} in them"
    return None


def folder_objection(folder: PurePath, platform: str, *, has_long_paths: bool) -> str | None:
    """Return the reason why a project can't be in this folder, an absolute path, with the next step; None if it can.

    `platform` is named as `sys.platform` is: only Windows objects.
    """
    if platform != "win32":
        return None
    for name in folder.parts[1:]:
        if objection := name_objection(name):
            return f"{objection}. Choose another name."
    length = len(str(folder).encode("utf-16-le", "surrogatepass")) // 2
    if has_long_paths or length + ROOM <= MAX_PATH:
        return None
    return (
        f"the path has {length} characters, and with those of the files in it Windows takes {MAX_PATH} in all. "
        r"Choose a folder nearer to the top of the disk, such as C:\orangeday."
    )
