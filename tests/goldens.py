"""What people see of orangeday, word for word: kept beside the tests, so that any change of it is seen.

    python -m tests.goldens            compares what the program says now; ends with 1, and shows where it differs
    python -m tests.goldens --record   writes it anew

Three worlds: the shipped campaign before it begins; a folder with many mistakes; and, on day 5, one that the version
before wrote. Each reading command is asked at 80 columns and at 120, and for JSON; `export` for all that it writes; the
page to approve from, of whose pictures only the hash is kept; and the ledger for its schema.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import hashlib
import io
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import keyring
import time_machine
from keyring.backends import null

from orangeday.cli import COMMANDS, main
from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.system import machine

from .support import campaigns, zone_data
from .support.book_desk import with_sound_handles
from .support.common import BEFORE, EXAMPLE, ROOT

KEPT = Path(__file__).with_name("goldens")
DAY_5 = datetime(2026, 11, 29, 6, tzinfo=UTC)
WIDTHS = (80, 120)
EXPORTS = ("export ics", "export csv", "export cron", "export systemd")
READING = (
    "check", "calendar", "preview 1", "preview 5 --embassy nairobi", "approve --diff", "status", "status --wrong",
    "status --log", "report",
)  # fmt: skip
IN_JSON = (
    "check --json", "preview 1 --json", "approve --diff --json", "status --json", "status --log --json",
    "report --json", "report --csv",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A folder of files, and when it is looked at."""

    name: str
    moment: datetime
    write: Callable[[Path], None]
    lines: Sequence[str]


def shipped(folder: Path) -> None:
    shutil.copytree(ROOT / "posts", folder / "posts")
    shutil.copyfile(EXAMPLE, folder / "config.toml")


def of_the_version_before(folder: Path) -> None:
    written = ROOT / "tests/acceptance/version_before"
    cities = {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"}
    files = campaigns.files(("en", "fr"), cities, config='[publishing]\nmode = "live"\n')
    campaigns.write(folder, with_sound_handles(files, cities))
    (folder / "posts/approvals.toml").write_bytes((written / "approvals.toml").read_bytes())
    with closing(sqlite3.connect(folder / "orangeday.db")) as connection:
        connection.executescript((written / "ledger.sql").read_text("utf-8").replace("@FOLDER@", str(folder)))
        (of,) = connection.execute("SELECT machine FROM home").fetchone()
    (machine.state_folder() / "machine").write_text(of)


def mistaken(folder: Path) -> None:
    """As many mistakes as go together, each once."""
    files = campaigns.files(("en", "fr"), {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"})
    config = files["config.toml"].replace('timezone = "Africa/Kampala"', 'timezone = "Africa/Kampalla"')
    config += '\n[schedule]\ntime = "25:00"\nspacing = "soon"\n[publishing]\nmode = "loud"\nspeed = 3\n'
    config += (
        '[embassies.lima]\ncity = { en = "Lima" }\ntimezone = "America/Lima"\nlanguages = ["en", "xx"]\nskip = [40]\n'
    )
    config += 'x = { handle = "not a handle" }\n[embassies.idle]\ncity = { en = "Idle" }\ntimezone = "America/Lima"\n'
    config += 'languages = ["en"]\n[accept]\nwordy-alt = "there is none"\n'
    changed: dict[str, str | bytes] = {
        "config.toml": config,
        "posts/01-day/en.toml": f'text = "{"long " * 80}"\n',
        "posts/01-day/fr.toml": 'text = ""\n',
        "posts/02-day/en.toml": 'text = "Day 2, {citty} and {{braces}}."\n',
        "posts/02-day/fr.toml": 'text = "broken\n',
        "posts/03-day/day.toml": 'title = "Day 3"\nfacts = ["one", "none"]\nmedia = ["media/gone.png", "../out.png"]\n',
        "posts/04-day/en.toml": 'text = "Day 4 with a hidden\u200b one, 45 percent of it."\n',
        "posts/05-day/day.toml": 'title = "Day 5"\nfacts = ["one"]\ncolour = "red"\nlink = "ftp://example.org"\n',
        "posts/06-day/en.toml": 'text = "#One #Two #Three #Four #Five of day 6, #2026"\n',
        "posts/07-day/en.toml": 'text = "Ceci est le jour sept, et toute la phrase est en français."\n',
        "posts/08-day/en.toml": 'text = "Day 9 in en, from {city}."\n',
        "posts/09-day/fr.toml": "text = 'latin: é'\n".encode("latin-1"),
        "posts/10-day/en.lima.toml": 'text = "For Lima alone."\n',
        "posts/10-day/en.nowhere.toml": 'text = "For nobody."\n',
        "posts/11-day/zz.toml": 'text = "In no language."\n',
        "posts/12-day/en.toml": 'text = "Day 12 TODO [place]"\nalt."media/none.png" = "A picture"\n',
        "posts/13-day/en.toml": "",
        "posts/facts.toml": '[one]\nstatement = "One."\n[two]\nstatement = "Two."\n',
    }
    campaigns.write(folder, {name: text for name, text in {**files, **changed}.items() if isinstance(text, str)})
    for name, content in changed.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
    shutil.rmtree(folder / "posts/16-day")


WORLDS = (
    World(
        "shipped", BEFORE, shipped, (*READING, "export ics", "check --json", "preview 1 --json", "preview 1 --html -")
    ),
    World("mistaken", BEFORE, mistaken, (*READING, *EXPORTS, *IN_JSON, "preview 1 --html -")),
    World("day-5", DAY_5, of_the_version_before, (*READING, *EXPORTS, *IN_JSON, "preview --html -", "rehearse")),
)


def taken() -> dict[str, str]:
    """All of it, by the name of the file in which it is kept."""
    found = {f"help/{name}.txt": asked(f"{name} --help", 80) for name in COMMANDS} | {"help.txt": asked("--help", 80)}
    for world in WORLDS:
        with within(world) as folder:
            for line in world.lines:
                one = "--json" in line or "--csv" in line or "--html" in line or line.startswith("export")
                for width in WIDTHS[:1] if one else WIDTHS:
                    name = re.sub(r"[ -]+", "-", line).strip("-")
                    said = asked(line, width).replace(str(folder), "FOLDER").replace(sys.prefix, "PREFIX")
                    said = re.sub(
                        r"(?<=Rehearsed in )[\d.]+(?= s)", "…", said.replace(str(folder.with_name("home")), "HOME")
                    )
                    said = re.sub(rf"\b{re.escape(machine.name())}\b", "MACHINE", said)
                    found[f"{world.name}/{name}{'' if one else f'.{width}'}.txt"] = without_pictures(said)
    found["schema.sql"] = schema()
    return found


@contextmanager
def within(world: World) -> Iterator[Path]:
    """Its folder, with a home beside it. Its name is as long each time, so that lines break where they broke."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="golden-", dir="/tmp") as name:
        folder, home = Path(name) / "files", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        os.environ.update(HOME=str(home), XDG_STATE_HOME=str(home), LOCALAPPDATA=str(home), LOGNAME="ann")
        os.chdir(folder)
        try:
            with time_machine.travel(world.moment, tick=False):
                world.write(folder)
                written = world.moment.timestamp() - 3600
                for file in folder.rglob("*"):  # a calendar says when a text was changed
                    os.utime(file, (written, written))
                yield folder
        finally:
            os.chdir(before)


def asked(line: str, width: int) -> str:
    """What it answers: the status, both streams in turn."""
    os.environ.update(COLUMNS=str(width), NO_COLOR="1")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(line.split())
    return f"exit status {status}\n--- stdout\n{out.getvalue()}--- stderr\n{err.getvalue()}"


def without_pictures(said: str) -> str:
    def hashed(match: re.Match[str]) -> str:
        return f"{match[1]}{hashlib.sha256(base64.b64decode(match[2])).hexdigest()[:16]}"

    return re.sub(r"(data:[\w/+-]+;base64,)([\w/+=]+)", hashed, said)


def schema() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        with closing(Ledger(f"sqlite:///{file}", system_clock)):
            pass
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
            return "".join(f"{sql};\n" for (sql,) in rows)


def differences(kept: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Where the two aren't the same, as `diff` shows it."""
    found: list[str] = []
    for name in sorted({*kept, *now}):
        before, after = (world.get(name, "").splitlines(keepends=True) for world in (kept, now))
        found += difflib.unified_diff(before, after, f"kept/{name}", f"now/{name}")
    return found


def kept() -> dict[str, str]:
    files = (file for file in KEPT.rglob("*") if file.is_file())
    return {file.relative_to(KEPT).as_posix(): file.read_bytes().decode() for file in files}


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.goldens", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="write it anew")
    record = parser.parse_args().record
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]  # its base carries none
    with tempfile.TemporaryDirectory() as zones, zone_data.chosen(zone_data.write(Path(zones), zone_data.RULES)):
        now = taken()
    if record:
        shutil.rmtree(KEPT, ignore_errors=True)
        for name, text in now.items():
            file = KEPT / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        return 0
    found = differences(kept(), now)
    sys.stdout.writelines(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(run())
