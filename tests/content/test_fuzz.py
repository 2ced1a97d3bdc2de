"""Robust reading: whatever stands in the officer's files, it is read to its end and said in words.

Some of the shipped campaign (two of its days, one of its embassies) is copied into a folder and spoilt there, case by
case: bytes and lines moved about, values and keys replaced, encodings changed, files turned into folders, pipes and
links. Each case is read, planned, checked and shown. What must hold: nothing is raised but what an officer is told,
nothing takes long, no file outside is read, what is broken is a Problem, and nothing reaches the terminal that it
would obey.

    ORANGEDAY_FUZZ=100000      so many cases, instead of 1,000
    ORANGEDAY_FUZZ_SEED=7      others than those of seed 2
    ORANGEDAY_FUZZ_CASE=1/1234 one case alone, by its seed and number, as a failure names it; `pytest -n 0 -m "" -s`
                               says where its files lie
"""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from orangeday.cli import main
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem, UnreadableFiles
from orangeday.content.toml_file import MAX_FILE_BYTES
from orangeday.rules import catalogue as rules
from orangeday.views import console, json_documents
from orangeday.views.terminal import calendar as calendar_view
from orangeday.views.terminal import check as check_view
from orangeday.views.terminal import preview as preview_view

from ..support.common import BEFORE, EXAMPLE, ROOT, plan_of
from ..support.offices import forked

DAYS = ("01-international-day", "05-human-rights-council")
EMBASSY = "ottawa"
LANGUAGES = ("en", "fr")
MEDIA = 'link = "https://example.org/"\nmedia = ["media/01.png"]\ntime = "10:30"\nhashtags = ["#16Days"]\n'
ALT = '\n[alt]\n"media/01.png" = "A lamp on a table."\n'

OBEYED = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
"""What no terminal may get from a file. A tab is among it, since Rich makes it spaces; isolates are looked at apart."""

SECONDS = 2.0
"""Of processor time, for one case. What merely waits is stopped by `patience`."""


# The files


def sections(file: Path, opening: str, *names: str) -> list[str]:
    """What stands before the first section of a kind, and those of these names."""
    first, *others = re.split(rf"(?m)^(?={re.escape(opening)})", file.read_text("utf-8"))
    return [first, *(other for other in others if other.startswith(tuple(f"{opening}{name}]" for name in names)))]


class Folder:
    """The files of a small campaign on disk, to be spoilt and mended case by case."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.config = folder / "config.toml"
        skip = [day for day in range(1, 17) if day not in (1, 5)]
        config = "".join(
            f"{section}skip = {skip}\ndays = {{ nl = [1] }}\n" if section.startswith("[") else section
            for section in sections(EXAMPLE, "[embassies.", EMBASSY)
        )
        days = {day: (ROOT / "posts" / day / "day.toml").read_text("utf-8") for day in DAYS}
        facts = re.findall(r'"([a-z-]+)"', "".join(days.values()))
        self.whole: dict[Path, bytes] = {
            self.config: config.encode(),
            folder / "posts/campaign.toml": (ROOT / "posts/campaign.toml").read_bytes(),
            folder / "posts/facts.toml": "".join(sections(ROOT / "posts/facts.toml", "[", *facts)).encode(),
        }
        for day in DAYS:
            for name in ("day", *(LANGUAGES if day == DAYS[0] else LANGUAGES[:1])):
                content = (ROOT / "posts" / day / f"{name}.toml").read_text("utf-8")
                # One of the two has everything that a day may have.
                more = "" if day != DAYS[0] else MEDIA if name == "day" else ALT
                self.whole[folder / "posts" / day / f"{name}.toml"] = (content + more).encode()
        self.files = sorted(self.whole)
        self.write()
        self.usual = set(rules.check(plan_of(self.config), BEFORE))
        """What is said of the whole files: that there are no other days."""

    def write(self) -> None:
        """All of it, anew."""
        for path in self.folder.iterdir():
            remove(path)
        for file, content in self.whole.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def remove(path: Path) -> None:
    """Whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# How a file's content is spoilt: each gets it, and gives another

Spoil = Callable[[Random, bytes], bytes]

PIECES = (
    # what does harm somewhere
    b"\0", b"\x1b[2J", b"\x1b]8;;https://x.example\x1b\\x\x1b]8;;\x1b\\", b"\x9b31m", "\u009b31m".encode(), b"\x07",
    b"\x7f", b"\t", b"\r", b"\r\n", b"\n", b"\x0c", "\u0085".encode(), "\u2028".encode(), "\u202e".encode(),
    "\u2066".encode(), "\u200f".encode(), "\u200b".encode(), "\ufeff".encode(), "\xa0".encode(), b"\xff\xfe",
    b"\xed\xa0\x80", b"\xc0\x80", "🧡".encode(), "e\u0301\u0302".encode(), "👨‍👩‍👧".encode(), b"\\ud800", b"\\u001b[2J",
    b"\\u202e", b"\\u009b", b"\\U0010ffff", b"\\", b"'", b'"', b"'''", b'"""', b"[", b"]", b"[[", b"]]", b"{", b"}",
    b"{{", b"}}", b"{city}", b"{{city}}", b"{{{city}}}", b"{Embassy}", b"{@un-women}", b"{@}", b"{}", b"{0}",
    b"{0.__class__}", b"%s%n%d", b"%(x)s", b"$x", b"[red]", b"[/]", b"[link=x]", b"[bold", b":smile:", b"=", b",", b".",
    b"#", b"# ", b"a.b.c = 1\n", b"[a]\n", b"[[a]]\n", b"[alt]\n", b"[accept]\n", b"x = 1\n", b"text = 'x'\n", b"@x",
    b"#", b"https://", b"http://a.b/", b"../../etc/passwd", b"/etc/passwd", b"nan", b"inf", b"1e400", b"-0", b"9" * 30,
    b"9" * 5000, b"0x" + b"f" * 300, b"1979-05-27T07:32:00Z", b"9999-12-31", b"0001-01-01", b"24:00:00", b"true",
)  # fmt: skip
VALUES = (
    b"0", b"-1", b"7", b"9" * 25, b"1.5", b"nan", b"-inf", b"true", b"[]", b"{}", b"[[]]", b"[1, 'a', {}]", b"''",
    b"' '", b'"\\n"', b"'a'", b'"\\u001b[2J"', b'"\\u009b0m \\u202e"', b'"\\u2066x"', b"'[red]x[/red]'", b"'{city}'",
    b"'..'", b"'/'", b"'../..'", b"'.'", b"'a/b'", b"'~'", b"'posts'", b"'config.toml'", b'"posts\\u0000"', b"'$HOME'",
    b"1979-05-27", b"07:32:00", b"1979-05-27T07:32:00+01:00", b"0001-01-01", b"9999-12-31", b"'25:00'", b"'9999h'",
    b"'0m'", b"'\xd9\xa0\xd9\xa9:\xd9\xa0\xd9\xa0'", b"'Africa'", b"'UTC'", b"'../Nairobi'", b"'EST5EDT'", b"'live'",
    b"'http://127.0.0.1:99999999'", b"'http://[::1'", b"'https://@'", b"'sqlite:///'", b"'sqlite:////dev/null'",
    b"'" + b"x" * 20_000 + b"'", b"'''\n" + b"word {city}\n" * 900 + b"'''", b'"""\n' + b"}\\n" * 3000 + b'"""',
    b"[" + b"'#a', " * 3000 + b"]", b"'" + b"https://a.example/ " * 500 + b"'",
    b"'" + "👨‍👩‍👧".encode() * 400 + b"'",
    b"[" * 60 + b"]" * 60, b"[" * 3000 + b"]" * 3000, b"{a=" * 60 + b"1" + b"}" * 60, b"'" + b"a." * 4000 + b"'",
    b"['#a', '#a']", b"['en', 'en']", b"['EN', 'xx-Latn-001']", b"[1, 1, 99, '1/x', '1/', '/', 'x']", b"{ en = 'x' }",
    b"{ en = 1, fr = [], de = {}, '\\u001b' = 'x' }", b"{ handle = '@x' }", b"{ handle = \"\\u001b\" }",
)  # fmt: skip
NAMES = (
    b"x", b"text", b"''", b'"\\u001b[2J"', b'"\\u202e"', b'"\\n"', b"[red]", b"a.b", b"en", b"EN", b"name", b"'a/b'",
    b"a" * 5000, b"1", b"-", b"alt", b"accept", "é".encode(), "'é'".encode(),
)  # fmt: skip
LINE_OF_VALUE = re.compile(rb"^([\w.\"/-]+)( *= *)([^\n]+)$", re.MULTILINE)


def flip(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 10))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def insert(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(PIECES) * random.choice((1, 1, 1, 2, 40)) + content[at:]


def insert_noise(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.randbytes(random.choice((1, 2, 30))) + content[at:]


def delete(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + content[at + random.choice((1, 1, 2, 20, 200)) :]


def truncate(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def swap_lines(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def repeat_lines(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at, until = sorted((random.randrange(len(lines)), random.randrange(len(lines) + 1)))
    return b"\n".join([*lines[:until], *lines[at:until], *lines[until:]])


def join_lines(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    return b"\n".join([*lines[:at], random.choice((b"", b" ")).join(lines[at : at + 2]), *lines[at + 2 :]])


def change_value(random: Random, content: bytes) -> bytes:
    return _replace(random, LINE_OF_VALUE, content, lambda m: m[1] + m[2] + random.choice(VALUES))


def change_string(random: Random, content: bytes) -> bytes:
    """What stands between quotes, of whatever kind."""
    strings = re.compile(rb"'''.*?'''|\"[^\"\n]*\"", re.DOTALL)
    return _replace(random, strings, content, lambda _: random.choice(VALUES))


def change_key(random: Random, content: bytes) -> bytes:
    return _replace(random, re.compile(rb"^[\w-]+(?= *=)|(?<=\.)[\w-]+(?=\])|(?<=^\[)[\w-]+", re.MULTILINE), content,
                    lambda _: random.choice(NAMES))  # fmt: skip


def change_placeholder(random: Random, content: bytes) -> bytes:
    return _replace(random, re.compile(rb"\{[^{}\n]*\}"), content, lambda _: random.choice(PIECES))


def change_quotes(random: Random, content: bytes) -> bytes:
    quotes = (b"'", b'"', b"'''", b'"""', "“".encode(), "’".encode(), b"`", b"")
    return _replace(random, re.compile(rb"'''|['\"]"), content, lambda _: random.choice(quotes))


def change_ends(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\r", "\u2028".encode(), b"\x0b")))


def encode_anew(random: Random, content: bytes) -> bytes:
    encoding = random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1", "cp1252", "utf-8-sig"))
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def grow(random: Random, content: bytes) -> bytes:
    size = random.choice((20_000, 100_000, MAX_FILE_BYTES + 1))
    filling = random.choice((b"#", b" ", b"\n", b"a", b"x = 1\n", b"{", "é".encode()))
    at = random.choice((0, content.find(b"\n") + 1, random.randrange(len(content)), len(content)))
    return content[:at] + filling * (size // len(filling)) + content[at:]


def forget(_: Random, content: bytes) -> bytes:
    return b""


def _replace(
    random: Random, pattern: re.Pattern[bytes], content: bytes, by: Callable[[re.Match[bytes]], bytes]
) -> bytes:
    """The content with one match of the pattern replaced."""
    found = list(pattern.finditer(content))
    if not found:
        return content
    match = random.choice(found)
    return content[: match.start()] + by(match) + content[match.end() :]


CONTENT: tuple[Spoil, ...] = (
    flip, insert, insert, insert_noise, delete, truncate, swap_lines, repeat_lines, join_lines, change_value,
    change_value, change_string, change_string, change_key, change_key, change_placeholder, change_quotes, change_ends,
    encode_anew, forget,
)  # fmt: skip
"""Those that find most stand twice."""
SELDOM: tuple[Spoil, ...] = (grow,)
"""Those that cost most."""


# How a file's place is spoilt: each says at which path there must then be a Problem, if at any

NOT_OURS = "nobody's business"
Place = Callable[[Random, Folder, Path], Path | None]


def folder_for_file(_: Random, __: Folder, file: Path) -> Path | None:
    file.unlink()
    file.mkdir()
    return file


def pipe(_: Random, __: Folder, file: Path) -> Path | None:
    file.unlink()
    os.mkfifo(file)
    return file


def extra_pipe(_: Random, __: Folder, file: Path) -> Path | None:
    os.mkfifo(file.with_name("pt.toml"))
    return file.with_name("pt.toml") if file.parent.name in DAYS else None


def link(random: Random, folder: Folder, file: Path) -> Path | None:
    """To nowhere, to itself, to something endless, to a file that isn't the campaign's."""
    other = folder.folder.parent / "other.toml"
    other.write_bytes(f'x = "{NOT_OURS}"\n# {NOT_OURS}'.encode() + random.choice((b"", b"\xff", b"\nx")))
    targets = [file, file.with_name("nowhere"), Path("/dev/zero")]
    if file != folder.config:  # which may lie anywhere: it is named on the command line
        targets += [other, Path(os.path.relpath(other, file.parent))]
    file.unlink()
    file.symlink_to(random.choice(targets))
    return file


def link_within(_: Random, folder: Folder, file: Path) -> Path | None:
    file.unlink()
    file.symlink_to(folder.files[0])
    return None


def link_of_folder(random: Random, folder: Folder, file: Path) -> Path | None:
    """A day that lies elsewhere; folders that lead back into themselves."""
    day = folder.folder / "posts" / DAYS[1]
    outside = folder.folder.parent / "outside"
    shutil.rmtree(outside, ignore_errors=True)
    to = random.choice((outside, day, day.parent, Path("/"), Path("/proc/self")))
    if to == outside:
        shutil.copytree(day, outside)
    shutil.rmtree(day)
    day.symlink_to(to)
    return day / "day.toml" if to in (outside, Path("/"), Path("/proc/self")) else None


def file_for_folder(random: Random, folder: Folder, file: Path) -> Path | None:
    place = random.choice((folder.folder / "posts", folder.folder / "posts" / DAYS[1]))
    shutil.rmtree(place)
    place.write_bytes(b"text = 'x'")
    return folder.folder / "posts"


def missing(_: Random, __: Folder, file: Path) -> Path | None:
    file.unlink()
    return file if file.name in ("config.toml", "campaign.toml", "facts.toml", "day.toml") else None


def unreadable(_: Random, __: Folder, file: Path) -> Path | None:
    file.chmod(0)
    return None if os.access(file, os.R_OK) else file


def other_case(random: Random, folder: Folder, file: Path) -> Path | None:
    other = file.with_name(random.choice((file.name.upper(), file.name.title())))
    file.rename(other)
    return other if file.parent.name in DAYS and file.name != "day.toml" else None


ODD_NAMES = (
    b"\xff\xfe", b"caf\xe9", b"\x1b[2J", b"\x1b]8;;x:\x07", b"\nx.toml:1: error: ", b"\r", b"\x7f",
    b"\xc2\x9b31m", "\u202e".encode(), "\u2066".encode(), b"[red]", b" ", b"-", b"..", b"%s{0}", b"x" * 200, b"en\\",
    b"\xed\xa0\x80", "e\u0301".encode(), "\u0131".encode(), b"en.", b".en", b"en.toml", b"en.berlin", b"EN", b"en-GB",
)  # fmt: skip


def odd_name(random: Random, folder: Folder, file: Path) -> Path | None:
    """A file or a folder more."""
    # Elsewhere than on Linux a name must be text.
    name = random.choice([name for name in ODD_NAMES if sys.platform == "linux" or name.isascii()])
    posts = os.fsencode(folder.folder / "posts")
    if random.random() < 0.5:
        new = os.path.join(posts, DAYS[0].encode(), name + b".toml")  # noqa: PTH118  names of bytes
        Path(os.fsdecode(new)).write_bytes(random.choice((b"text = 'x'", b"text", b"")))
    else:
        new = os.path.join(posts, random.choice((b"05", b"05-", b"17-", b"5-", b"")) + name)  # noqa: PTH118
        Path(os.fsdecode(new)).mkdir(exist_ok=True)
        (Path(os.fsdecode(new)) / "day.toml").write_bytes(b"title = 1")
    return None


PLACES: tuple[Place, ...] = (
    folder_for_file, pipe, extra_pipe, link, link, link_within, link_of_folder, file_for_folder, missing, unreadable,
    other_case, odd_name, odd_name, odd_name,
)  # fmt: skip


# What must hold

opened: list[str] | None = None
"""The files that were opened, where somebody wants to know."""


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if opened is not None and event == "open" and isinstance(arguments[0], str | bytes):
        opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_listen)  # it can't be taken away again, and costs little


def outside(paths: Sequence[str], folder: Folder, posts: Path, links: bool) -> list[str]:
    """Those that a look at this campaign has no reason to open: not its own, Python's or the time zones'."""
    own = (str(folder.config), str(folder.folder / "posts"))
    paths = [path for path in paths if path != tempfile.gettempdir()]  # whoever opens a file without a name there
    others = [path for path in paths if links or ".." in path or not path.startswith(own)]
    if not others:
        return []
    reasons = [*own[:1], *map(str, (posts, ROOT / "src", sys.prefix, sys.base_prefix, "/usr/share/zoneinfo"))]
    allowed = tuple(os.path.realpath(reason) for reason in reasons)
    return [path for path in others if not os.path.realpath(path).startswith(allowed)]


def broken(content: bytes) -> bool:
    """Whether a file's content is no TOML, by Python's own reading."""
    if len(content) > MAX_FILE_BYTES:
        return True
    try:
        text = content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode()
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return True
    return not text.strip()


VIEWS = ("calendar", "cards", "documents")


def looked_at(folder: Folder, views: Collection[str], *, judged: bool = True) -> tuple[Plan | None, list[Problem], str]:
    """The plan, its Problems (the rules' too, if `judged`), and all that a terminal gets of it in these VIEWS."""
    terminal = StringIO()
    screen = Console(file=terminal, width=100, highlight=False)
    try:
        plan = plan_of(folder.config)
    except UnreadableFiles as failure:
        check_view.problems(screen, failure.problems)
        screen.print(console.safe_text(str(failure)))
        return None, list(failure.problems), terminal.getvalue()
    found = rules.check(plan, BEFORE) if judged else list(plan.problems)
    check_view.problems(screen, set(found) - folder.usual)
    check_view.verdict(screen, found, plan)
    if "calendar" in views:
        calendar_view.calendar(screen, plan, BEFORE)
    if "cards" in views:
        preview_view.previews(screen, list(islice(plan, 6)), show_all=len(found) % 2 == 0)
    if "documents" in views:
        with redirect_stdout(terminal):
            console.document(json_documents.problems_json(found))
            console.document(json_documents.previews_json(plan))
            console.document(json_documents.calendar_json(plan))
    return plan, found, terminal.getvalue()


COMMANDS = (
    ["check"], ["check", "--json"], ["check", "--strict"], ["calendar"], ["calendar", "--json"], ["preview"],
    ["preview", "1"], ["preview", "--json"], ["preview", "--embassy", "ottawa", "--language", "fr"], ["-v", "check"],
)  # fmt: skip


def called(config: Path, command: Sequence[str]) -> str:
    """All that a terminal gets of one command line."""
    terminal = StringIO()
    with redirect_stdout(terminal), redirect_stderr(terminal):
        status = main(["--config", str(config), *command])
    said = terminal.getvalue()
    assert status in (0, 1, 2), status
    assert "orangeday itself failed" not in said, said
    assert "Traceback" not in said, said
    return said


def fit(said: str) -> None:
    """Nothing in it is obeyed by a terminal, and all of it can be written."""
    obeyed = OBEYED.search(said)
    assert not obeyed, f"{obeyed[0]!r} in …{said[max(0, obeyed.start() - 80) : obeyed.end() + 20]!r}…"
    assert said.count("\u2068") + said.count("\u2066") + said.count("\u2067") == said.count("\u2069"), "open isolates"
    assert NOT_OURS not in said
    said.encode()


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Ends what waits for ever."""

    def end(*_: object) -> None:
        raise TimeoutError(f"still waiting after {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Case:
    """One way of spoiling one file: the same for the same seed and number, whichever come before it."""

    def __init__(self, folder: Folder, seed: int, number: int) -> None:
        self.folder = folder
        self.random = Random(f"{seed}/{number}")  # noqa: S311  nothing secret
        self.name = f"{seed}/{number}"
        self.file = self.random.choice(folder.files)
        self.places = self.random.random() < 0.1
        ways: list[Spoil] | list[Place]
        if self.places:
            ways = [self.random.choice(PLACES)]
        elif self.random.random() < 0.02:
            ways = [self.random.choice(SELDOM)]
        else:
            ways = self.random.choices(CONTENT, k=self.random.choice((1, 1, 1, 1, 2, 3)))
        self.ways: list[Any] = ways
        self.views = [view for view in VIEWS if self.random.random() < 0.02]

    def __str__(self) -> str:
        ways = ", ".join(way.__name__ for way in self.ways)
        return f"case {self.name}: {ways} of {self.file.relative_to(self.folder.folder)}"

    def spoil(self) -> Path | None:
        """Spoils the file, and says at which path there must be a Problem now."""
        if self.places:
            wrong: Path | None = self.ways[0](self.random, self.folder, self.file)
            return wrong
        content = self.folder.whole[self.file]
        for way in self.ways:
            content = way(self.random, content) if content else b"#"
        self.file.write_bytes(content)
        return self.file if broken(content) else None

    def mend(self) -> None:
        if self.places:
            self.folder.write()
        else:
            self.file.write_bytes(self.folder.whole[self.file])

    def run(self) -> None:
        """Spoils, looks, mends; raises where what must hold doesn't."""
        global opened
        wrong = self.spoil()
        opened, began = [], time.process_time()
        try:
            with patience(60):
                # What can't be read gives the rules nothing new to judge.
                judged = wrong is None or self.random.random() < 0.2
                plan, found, said = looked_at(self.folder, self.views, judged=judged)
                if self.random.random() < 0.01:
                    said += called(self.folder.config, self.random.choice(COMMANDS))
            took = time.process_time() - began
            paths, opened = opened, None
            posts = plan.config.posts if plan else self.folder.folder
            strange = outside(paths, self.folder, posts, self.places)
            assert not strange, f"opened {strange}"
        finally:
            opened = None
            self.mend()
        fit(said)
        assert took < SECONDS, f"it took {took:.1f} s"
        assert wrong is None or any(p.location.file == wrong for p in found), f"no Problem at {wrong} in {found}"


def cases() -> list[tuple[int, int]]:
    """The cases that are asked for, by seed and number."""
    if one := os.environ.get("ORANGEDAY_FUZZ_CASE"):
        seed, _, number = one.partition("/")
        return [(int(seed), int(number))]
    many = int(os.environ.get("ORANGEDAY_FUZZ") or 1_000)
    chosen = int(os.environ.get("ORANGEDAY_FUZZ_SEED") or 2)
    return [(chosen, number) for number in range(many)]


def first_failure(folder: Path, cases: Sequence[tuple[int, int]]) -> str:
    """Runs these cases in a folder of their own, up to one in which something doesn't hold; nothing, where all does."""
    files = Folder(folder)
    for seed, number in cases:
        case = Case(files, seed, number)
        try:
            case.run()
        except Exception as failure:  # noqa: BLE001  whatever it is, the officer would have had it
            where = "".join(traceback.format_exception(failure)[-3:])
            again = f"ORANGEDAY_FUZZ_CASE={case.name} pytest -n 0 -m '' -s {Path(__file__).relative_to(ROOT)}"
            return f"{case}\n{where}\nAgain: {again}"
        finally:
            if len(cases) == 1:
                case = Case(files, seed, number)
                case.spoil()
                sys.stdout.write(f"{case}, in {folder}\n")
    return ""


@pytest.mark.torture
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these pipes nor an alarm")
def test_whatever_is_in_the_files_they_are_read_to_the_end_and_said_in_words(tmp_path: Path) -> None:
    """1,000 cases; ORANGEDAY_FUZZ says how many, as the top of this file does.

    ORANGEDAY_FUZZ_CASE=1/1234 repeats one. Two processes share the rest: what is to be mended is one minute away.
    """
    asked = cases()
    if len(asked) == 1:
        failures = [first_failure(tmp_path / "campaign", asked)]
    else:
        shares = {tmp_path / "one": asked[::2], tmp_path / "other": asked[1::2]}

        def run(folder: Path) -> None:
            folder.with_suffix(".failure").write_text(first_failure(folder, shares[folder]), "utf-8")

        assert forked([partial(run, folder) for folder in shares]) == [0, 0]
        failures = [folder.with_suffix(".failure").read_text("utf-8") for folder in shares]
    assert not any(failures), "\n\n".join(failures)


# Any content and any name, as Hypothesis makes them up: what it finds it makes small

ANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAME_OF_A_FILE = st.binary(min_size=1, max_size=60).filter(lambda name: not {0, ord("/")} & set(name))
CONTENT_OF_A_TEXT = st.text(
    st.one_of(st.sampled_from("{}[]@#\\'\"\n\t\x1b\x7f\x9b\u202e\u2069:/."), st.characters(codec="utf-8"))
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "campaign")


def holds(folder: Folder) -> list[Problem]:
    """What is said of the files, once it is seen that it may be said."""
    with patience(60):
        _, found, said = looked_at(folder, VIEWS)
    fit(said)
    return found


@ANY
@given(st.integers(0, 8), st.one_of(st.binary(), st.text().map(str.encode)))
def test_a_file_may_hold_anything(folder: Folder, which: int, content: bytes) -> None:
    file = folder.files[which % len(folder.files)]
    file.write_bytes(content)
    found = holds(folder)
    assert not broken(content) or file in {problem.location.file for problem in found}
    file.write_bytes(folder.whole[file])


@ANY
@given(CONTENT_OF_A_TEXT, st.sampled_from(("text", "x", "bluesky", "title", "link", "media", "hashtags", "minister")))
def test_a_text_may_say_anything(folder: Folder, said: str, key: str) -> None:
    name = {"title": "01-international-day/day", "minister": "campaign"}.get(key, "01-international-day/en")
    if key in ("link", "media", "hashtags"):
        name = "01-international-day/day"
    file = folder.folder / f"posts/{name}.toml"
    value = json.dumps(said).replace("\x7f", "\\u007f")
    value = re.sub(r"\\ud[89ab]..\\ud[c-f]..", lambda pair: json.loads(f'"{pair[0]}"'), value)
    lines = [line for line in folder.whole[file].decode().split("\n") if not line.startswith(f"{key} =")]
    file.write_text(
        "\n".join([f"{key} = " + (f"[{value}]" if key in ("media", "hashtags") else value), *lines]), "utf-8"
    )
    holds(folder)
    file.write_bytes(folder.whole[file])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only names that are text")
@settings(ANY, max_examples=10)
@given(st.lists(st.tuples(NAME_OF_A_FILE, st.sampled_from((b"", b".toml", b".TOML")), st.booleans()), max_size=12))
def test_a_file_or_a_folder_may_have_any_name(folder: Folder, names: list[tuple[bytes, bytes, bool]]) -> None:
    """Several side by side: what is wrong with one of them keeps nobody from reading the others."""
    places: list[Path] = []
    for name, suffix, below in names:
        new = folder.folder / "posts" / (DAYS[0] if below else "") / os.fsdecode(name + suffix)
        if not new.exists() and name + suffix not in (b".", b".."):
            new.mkdir()
            (new / "day.toml").write_bytes(b"x")
            places.append(new)
    holds(folder)
    for new in places:
        remove(new)
        new.write_bytes(b"x")
    holds(folder)
    for new in places:
        remove(new)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_what_is_not_ours_to_read_is_a_problem_and_costs_nothing_else(folder: Folder) -> None:
    closed = folder.folder / "posts" / DAYS[0]
    with by_somebody_without_rights(folder.folder):
        (folder.files[-1]).chmod(0)
        closed.chmod(0)
        (folder.folder / "posts/07-link").symlink_to(closed / "en.toml")
        found = holds(folder)
        closed.chmod(0o755)
    assert {(p.location.file, p.message) for p in found if p.rule == "file-unreadable"} == {
        (closed / "day.toml", "it can't be read: Permission denied."),
        (folder.files[-1], "it can't be read: Permission denied."),
    }


@contextmanager
def by_somebody_without_rights(folder: Path) -> Iterator[None]:
    """As another user than root, whom nothing is forbidden."""
    if os.geteuid():
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    for above in folder.parents:
        if above.stat().st_uid == 0 and above != above.parent and not above.stat().st_mode & 1:
            above.chmod(above.stat().st_mode | 0o711)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
