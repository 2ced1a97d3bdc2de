"""The kind of place that a file is in: a folder that is copied elsewhere, a network drive, or a disk."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

_SYNC_FOLDERS = {
    "onedrive": "OneDrive", "dropbox": "Dropbox", "google drive": "Google Drive", "googledrive": "Google Drive",
    "my drive": "Google Drive", "drivefs": "Google Drive", "iclouddrive": "iCloud", "icloud drive": "iCloud",
    "mobile documents": "iCloud", "cloudstorage": "a synced folder", "nextcloud": "Nextcloud", "owncloud": "ownCloud",
    "box sync": "Box", "pcloud drive": "pCloud", "pclouddrive": "pCloud", "proton drive": "Proton Drive",
    "megasync": "MEGA", "seafile": "Seafile", "tresorit": "Tresorit", "kdrive": "kDrive", "yandex.disk": "Yandex Disk",
}  # fmt: skip
"""The folder names of programs that synchronise; `OneDrive - Ministry` is one too."""

_MARKER_FILES = {
    ".dropbox.cache": "Dropbox", ".owncloudsync.log": "ownCloud", ".nextcloudsync.log": "Nextcloud",
    ".sync_*.db": "Nextcloud", "._sync_*.db": "Nextcloud", ".stfolder": "Syncthing",
    ".tmp.driveupload": "Google Drive", ".tmp.drivedownload": "Google Drive",
}  # fmt: skip
"""The files that such programs leave at the top of a folder, whatever it is called."""

_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")

_NETWORK_TYPES = re.compile(
    r"(nfs|cifs|smb|afp|webdav|davfs|ncp|gluster|ceph|lustre|beegfs|gpfs|afs|coda|vboxsf|prl_fs)"
    r"|fuse\.(sshfs|rclone|davfs|gvfsd|s3fs|gcsfuse|goofys|gluster|ceph|onedriver|google|vmhgfs|juicefs|smb|nfs)",
)
"""The beginnings of the types of file systems that keep their files on another machine."""


def objection(file: Path, environment: Mapping[str, str] | None = None, mounts: str | None = None) -> str | None:
    """Return the reason why no ledger may be at this path, or None.

    `mounts` is the system's list of mounts; if left out, the system is asked. Locks don't work on a network drive or in
    a synced folder; and a copy that this brings to another machine would not know which posts were sent.
    """
    path = file.resolve()
    if sync_folder := _find_sync_folder(path, os.environ if environment is None else environment):
        return f"it lies in {sync_folder}: locks don't work there, and a synced copy would not know what went out"
    if network_drive := _find_network_drive(path, mounts):
        return f"it lies on a network drive ({network_drive}): locks don't work there"
    return None


def _find_sync_folder(path: Path, environment: Mapping[str, str]) -> str | None:
    """Return the program that synchronises a folder above this path, with that folder: “Dropbox (/x)”; or None."""
    onedrive_folders = {Path(value).resolve() for name in _VARIABLES if (value := environment.get(name))}
    for folder in path.parents:
        name = folder.name.casefold()
        title = (
            "OneDrive"
            if folder in onedrive_folders or name.startswith("onedrive - ")
            else _SYNC_FOLDERS.get(name.split(" (")[0])
        )
        if title := title or _find_marker(folder):
            return f"{title} ({folder})"
    return None


def _find_marker(folder: Path) -> str | None:
    """Return the program whose marker file is in a folder, or None."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(".")]  # as all marks are
    except OSError:
        return None
    return next((title for mark, title in _MARKER_FILES.items() if fnmatch.filter(names, mark)), None)


def _find_network_drive(path: Path, mounts: str | None) -> str | None:
    """Return the network drive that a path is on, with its type and mount point; None where it isn't on one."""
    if sys.platform == "win32":
        import ctypes

        return windows_share(path.anchor, ctypes.windll.kernel32.GetDriveTypeW)
    mount = ("", "")
    for point, kind in _mounts(mounts):
        # A later mount hides an earlier one at the same place.
        if len(point) >= len(mount[0]) and path.is_relative_to(point):
            mount = point, kind
    return f"{mount[1]} at {mount[0]}" if _NETWORK_TYPES.match(mount[1]) else None


_REMOTE_DRIVE = 4
"""DRIVE_REMOTE, as Windows counts the types of drives."""


def windows_share(root: str, drive_type: Callable[[str], int]) -> str | None:
    """Return the root of a path of Windows (`Z:\\`) if it is on another machine, by its name or by its drive's type."""
    return root if root.startswith("\\\\") or drive_type(root) == _REMOTE_DRIVE else None


def _mounts(listing: str | None) -> list[tuple[str, str]]:
    """Return the mount point and type of each file system in a list of mounts, of Linux or macOS."""
    if listing is None:
        listing = _read_mounts()
    mounts = []
    for line in listing.splitlines():
        mount_part, dash, type_part = line.partition(" - ")
        if dash and len(fields := mount_part.split(" ")) > 4:  # 36 35 98:0 / /mnt/share rw,noatime - nfs4 server:/ rw
            point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
            mounts.append((point, type_part.split(" ")[0]))
        elif match := re.fullmatch(r".+ on (/.*) \(([^,)]+).*\)", line):  # //ann@server/share on /Volumes/share (smbfs,
            mounts.append((match[1], match[2]))
    return mounts


def _read_mounts() -> str:
    """Return this system's list of mounts; "" where it has none."""
    try:
        if sys.platform == "darwin":
            return subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False, timeout=10).stdout
        return Path("/proc/self/mountinfo").read_text("utf-8", errors="surrogateescape")
    except (OSError, subprocess.SubprocessError):
        return ""
