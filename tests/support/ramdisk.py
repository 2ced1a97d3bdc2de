"""Where the tests write: into memory, where there is plenty, since a good half of their time is waiting for a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_SHARED = Path("/dev/shm")  # noqa: S108  for that it is there
_ENOUGH = 8 * 2**30
"""Bytes that must be free there; a whole run takes up to two thousand million."""


def write_in_memory() -> None:
    """Has temporary files written there, here and in every program that is started; TMPDIR decides, where it is set."""
    if "TMPDIR" in os.environ or not _SHARED.is_dir() or not os.access(_SHARED, os.W_OK):
        return
    if shutil.disk_usage(_SHARED).free < _ENOUGH or os.statvfs(_SHARED).f_flag & getattr(os, "ST_NOEXEC", 0):
        return  # programs are installed and run there
    os.environ["TMPDIR"] = str(_SHARED)
    tempfile.tempdir = None
