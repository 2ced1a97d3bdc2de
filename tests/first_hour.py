"""The first hour of a new user, recorded: every command and what it says, from `init` to `report`.

In a real terminal, on a real Bluesky server and the stand-in for X: on the eve of the campaign, and its first morning.

python -m tests.first_hour > docs/first-hour.md
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .servers.bluesky_server import Account, Server, running
from .servers.x_server import XAccount, XServer, x_server
from .support.offset_clock import ahead
from .support.terminal import Terminal

EVE, MORNING = datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 25, 5, 59, 55, tzinfo=UTC)
"""When it is set up, and just before the first post is due in Nairobi."""

HEAD = """\
# The first hour

Every command of a new user's first hour, and what it says, from `init` to `report`: recorded in a terminal of eighty
columns by `python -m tests.first_hour > docs/first-hour.md`, on a real Bluesky server and a stand-in for X, with the
clocks of all three set to the eve of the campaign and to its first morning. A test plays it again and compares. What is
typed at a question stands behind it, but for secrets, which a terminal doesn't show. “…” stands for what is another
each time: identities, seconds, versions.
"""


class Recorder:
    """One folder, one keyring, and all that was typed and shown."""

    def __init__(self, pds: Server, x: XServer, folder: Path) -> None:
        self._pds, self._x, self._folder = pds, x, folder
        self._keys = folder / "keys.json"
        self.said = HEAD

    def move(self, moment: datetime) -> None:
        """Puts the clocks of the program and of its servers at a moment."""
        self.ahead = ahead(moment)
        self._pds.shift(self.ahead)
        self._x.shift(self.ahead)

    def tell(self, words: str) -> None:
        self.said += f"\n{words}\n"

    @contextmanager
    def run(self, *words: str, status: int = 0, place: str = "nairobi") -> Iterator[Terminal]:
        """One command; in the block it is spoken with."""
        environment = {"AHEAD": str(self.ahead), "HOME": str(self._folder), "XDG_STATE_HOME": str(self._folder)}
        terminal = Terminal(words, self._folder / place, self._keys, environment | {"NO_COLOR": "1"})
        yield terminal
        ended = terminal.end()
        assert ended == status, terminal.seen
        assert "Traceback" not in terminal.seen
        quoted = " ".join(f'"{word}"' if " " in word else word for word in words)
        self.said += f"\n```console\n$ orangeday {quoted}\n{_plain(terminal.seen, self._folder)}\n```\n"


def _plain(seen: str, folder: Path) -> str:
    """What was shown, of what was drawn over and over the last state alone, and without what is another each time."""
    lines = [line.rstrip() for line in seen.replace(str(folder), "~").replace("\r", "\n").split("\n")]
    lines = [re.sub(r"^ *\^C(?=.* LIVE$)", "", line) for line in lines]  # the key, on the screen that was left
    boards = [number for number, line in enumerate(lines) if line.endswith(" LIVE")]
    if boards:
        del lines[boards[0] : boards[-1]]
    shown = "\n".join(line for line in lines if not re.match("[⠁-⣿] ", line)).strip()
    for pattern, instead in (
        (r"http://127\.0\.0\.1:\d+", "https://the.test.server"),
        (r"did:plc:\w+", "did:plc:…"),
        (r"oauth_token=[\w-]+", "oauth_token=…"),
        (r"(?<=\bstatus/)\d+", "…"),
        (r"\b\d{15,}\b", "…"),
        (r"(?<=shows then: )\d+", "…"),
        (r"127\.0\.0\.1:\d+", "the.test.server"),
        (r"(?<=Python ).+", "…"),
        (r"(?<=as tzdata )\w+", "…"),
        (r"(?<=--as-shown\s)\w{4}-\w{4}\b", "7F3K-92QD"),  # it stands for the accounts too
        (r"\b[\d.]+ GB\b", "… GB"),
        (r"\b(\d\d:\d\d):\d\d\b", r"\1:…"),
        (r"\b\d+(\.\d+)? m?s\b", "… s"),
        (r"\n{3,}", "\n\n"),
    ):
        shown = re.sub(pattern, instead, shown)
    return shown


def record(pds: Server, x: XServer, folder: Path) -> str:
    """The whole hour, as a page."""
    bluesky, account = pds.account("be-nairobi.test"), x.account("BelgiumNairobi")
    recorder = Recorder(pds, x, folder)
    recorder.move(EVE)
    _set_up(recorder, x, bluesky, account, folder)
    recorder.tell("It is approved, the evening before. The next morning, five seconds before nine in Nairobi:")
    recorder.move(MORNING)
    with recorder.run("schedule", "--live") as terminal:
        terminal.until("2 published", 60)
        terminal.press(b"\x03")
        terminal.until("start it again and it goes on", 60)
    assert len(x.posts(account)) == 1 and len(pds.records(bluesky.did)) == 1
    recorder.move(MORNING + timedelta(seconds=30))  # however long it took
    with recorder.run("status"):
        pass
    with recorder.run("report", "--read-back") as terminal:
        terminal.until("Read them back? [Y/n]: ")
        terminal.type("y")
    return recorder.said


def _set_up(recorder: Recorder, x: XServer, bluesky: Account, account: XAccount, folder: Path) -> None:
    answers = [
        ("as in “Nairobi, Kenya”: ", "Nairobi, Kenya"), ("[embassy]: ", ""), ("[Africa/Nairobi]: ", ""), ("[en]: ", ""),
        ("[09:00]: ", ""), ("on X: ", account.handle), ("on Bluesky: ", bluesky.handle), ("Write this? [Y/n]: ", ""),
    ]  # fmt: skip
    with recorder.run("init", "nairobi", place=".") as terminal:
        for question, answer in answers:
            terminal.until(question)
            terminal.type(answer)
    config = folder / "nairobi/config.toml"
    written = config.read_text("utf-8")
    config.write_text(written.replace("https://bsky.social", recorder._pds.url).replace("https://api.x.com", x.url))
    recorder.tell("`cd nairobi`. (Here the test puts the addresses of its own servers into `config.toml`.)")
    for words in (["check"], ["preview", "1"], ["preview", "--html", "page.html"], ["rehearse"]):
        with recorder.run(*words):
            pass
    with recorder.run("login", "nairobi", "x") as terminal:
        terminal.until("API key of the app: ")
        terminal.type(x.api_key)
        terminal.until("API secret of the app: ")
        terminal.type(x.api_secret)
        before = terminal.until("The PIN that X shows then: ")
        (address,) = re.findall(r"^(http\S+)$", before, re.M)
        terminal.type(x.pin(address, account))
    with recorder.run("login", "nairobi", "bluesky") as terminal:
        terminal.until("be-nairobi.test): ")
        terminal.type(bluesky.app_password)
    with recorder.run("approve", "all", "--by", "Ann Peeters") as terminal:
        terminal.until("as Ann Peeters? [y/N]: ")
        terminal.type("y")
    with recorder.run("doctor"):
        pass


@contextmanager
def folder_of_the_hour() -> Iterator[Path]:
    """A folder whose name is as long each time: lines that hold it end where they ended before."""
    with tempfile.TemporaryDirectory(prefix="hour-", dir="/tmp") as folder:
        yield Path(folder)


def main() -> None:
    with running() as pds, x_server() as x, folder_of_the_hour() as folder:
        sys.stdout.write(record(pds, x, folder))


if __name__ == "__main__":
    main()
