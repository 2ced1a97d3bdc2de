"""Pictures: finding the file of a picture, and looking into it.

A picture can come from anywhere: a telephone, a designer, a mail that was cut short. A mistake in it is returned as a
Flaw, never raised. What is sent of it is made by `encoding.encode`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from orangeday.content.encoding import Alteration, Flaw, Picture, judge
from orangeday.content.file_names import names_in, on_disk
from orangeday.content.problems import did_you_mean
from orangeday.platforms.specs import PictureLimits
from orangeday.text.display import show_invisible
from orangeday.text.names import without_unseen

MAX_PICTURES = 4
"""The largest number of pictures in a post, on either platform."""

MAX_FILE_BYTES = 100_000_000
"""The limit of a file in bytes: a larger one isn't opened."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The size of a picture within the limits of a platform, and how it is altered."""

    width: int
    height: int
    bytes: int
    alterations: tuple[Alteration, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A picture file, as it is and as it is sent."""

    picture: Picture | Flaw
    fits: Mapping[PictureLimits, Fit | Flaw]
    digest: str | None
    """The sha256 of the content that was judged, in hexadecimal; None where it can't be read."""


def locate(folder: Path, name: str) -> Path | Flaw:
    """Return the file of a picture by its name, relative to the folder of the posts; a Flaw if it lies outside."""
    posix_name = re.sub(r"\\+", "/", name)
    hint = f"Put the picture into {folder.name}/media, and write “media/{posix_name.rstrip('/').rpartition('/')[2]}”."
    if "\0" in name:
        return Flaw("picture-path", "no file can have that name.", hint)
    if re.match(r"\w+://", posix_name):
        return Flaw("picture-path", "it is an address on the internet, not a file.", hint)
    if posix_name.startswith(("/", "~")) or re.match(r"[A-Za-z]:", posix_name):
        return Flaw("picture-path", "it starts from the top of a disk, which no other machine has.", hint)
    if Path(os.path.normpath(posix_name)).parts[:1] == (os.pardir,):
        return Flaw("picture-path", f"it leads out of the folder {folder.name}.", hint)
    if posix_name != name:
        return Flaw("picture-path", "it has a backslash.", f"Write it with /: {posix_name}")
    file = on_disk(folder, name)
    if not _is_inside(file, folder):
        message = f"it is a link that leads out of the folder {folder.name}."
        return Flaw("picture-path", message, "Put the picture itself there, in place of the link.")
    return file


def _is_inside(file: Path, folder: Path) -> bool:
    """Return whether a file below a folder lies in it when all links are followed."""
    path, top = (os.path.normcase(os.path.realpath(name)) for name in (file, folder))
    return path.startswith(top.rstrip(os.sep) + os.sep)


def inspect(file: Path) -> Picture | Flaw:
    """Return the picture in a file, or the reason why it can't be posted. Never raise, and read only regular files."""
    return judge_file(file, ()).picture


def judge_file(file: Path, limits: tuple[PictureLimits, ...]) -> Judgement:
    """Return the picture in a file, and what is sent of it within each of the limits. Never raise."""
    status = _status(file)
    if isinstance(status, Flaw):
        return Judgement(status, dict.fromkeys(limits, status), None)
    try:
        return _judge_file(file, limits, _version(status))
    except MemoryError:  # which isn't remembered: it is looked into again
        return Judgement(_NO_MEMORY, dict.fromkeys(limits, _NO_MEMORY), None)


_NO_MEMORY = Flaw(
    "picture-unreadable",
    "this computer has too little memory free to look into it.",
    "Close other programs, or save it smaller: 1,600 pixels wide is plenty.",
)


# A sweep asks for the same pictures again and again: they are looked into once, until they change. What is sent is made
# from bytes that are read anew, and these are what is compared with its approval.


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


@lru_cache(maxsize=1024)
def _judge_file(file: Path, limits: tuple[PictureLimits, ...], _version: tuple[int, ...]) -> Judgement:
    content = _read(file)
    if isinstance(content, Flaw):
        return Judgement(content, dict.fromkeys(limits, content), None)
    picture, encoded_pictures = judge(content, limits)
    fits = {
        limit: result
        if isinstance(result, Flaw)
        else Fit(result.width, result.height, len(result.content), result.alterations)
        for limit, result in zip(limits, encoded_pictures, strict=True)
    }
    return Judgement(picture, fits, _digest(content))


def digest_and_alterations(
    file: Path, limits: tuple[PictureLimits, ...]
) -> tuple[str | None, tuple[tuple[Alteration, ...], ...]]:
    """Return the sha256 of a picture's file, in hexadecimal, and how it is altered within each of the limits.

    Both are of one reading: None where it can't be read; not altered at all where nothing can be sent of it.
    """
    status = _status(file)
    with suppress(MemoryError):  # where there is too little, it can't be read now
        if not isinstance(status, Flaw):
            judgement = _judge_file(file, tuple(dict.fromkeys(limits)), _version(status))
            fits = (judgement.fits[limit] for limit in limits)
            return judgement.digest, tuple(fit.alterations if isinstance(fit, Fit) else () for fit in fits)
    return None, ((),) * len(limits)


def alterations(file: Path, limits: tuple[PictureLimits, ...]) -> tuple[tuple[Alteration, ...], ...]:
    """Return how a picture is altered within each of the limits; not at all where nothing can be sent of it."""
    return digest_and_alterations(file, limits)[1]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_picture(file: Path) -> bytes | Flaw:
    """Return the content of a picture's file. Never raise, and read only regular files."""
    status = _status(file)
    return status if isinstance(status, Flaw) else _read(file)


def _read(file: Path) -> bytes | Flaw:
    try:
        return file.read_bytes()
    except OSError as failure:
        return _unreadable(failure)


def _status(file: Path) -> os.stat_result | Flaw:
    """Return the status of a regular file that isn't empty, nor larger than any picture."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Flaw(
            "picture-missing", "there is no such picture.", f"{_similar_name(file)}Put it there, or correct its name."
        )
    except (OSError, ValueError) as failure:
        return _unreadable(failure)
    if not stat.S_ISREG(status.st_mode):
        return Flaw("picture-unreadable", "this isn't a file.", "Write the name of a picture, not of a folder.")
    if not status.st_size:
        return Flaw("picture-unreadable", "the file is empty.", "Save the picture again.")
    if status.st_size > MAX_FILE_BYTES:
        message = f"it has {status.st_size:,} bytes; no picture has more than {MAX_FILE_BYTES:,}."
        return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")
    return status


def _unreadable(failure: OSError | ValueError) -> Flaw:
    reason = getattr(failure, "strerror", None) or failure
    return Flaw("picture-unreadable", f"it can't be read: {reason}.", "Check its name and permissions.")


def _similar_name(file: Path) -> str:
    """Return a question with the name in the same folder that is most like the file's, or an empty text."""
    names, seen_name = names_in(file.parent), without_unseen(file.name)
    if twin := next((name for name in names if without_unseen(name) == seen_name), None):
        return f"“{show_invisible(twin)}” is there; “{show_invisible(file.name)}” is written: they only look the same. "
    return did_you_mean(file.name, filter(str.isprintable, names))
