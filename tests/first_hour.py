"""The first hour of a new user, recorded: every command and what it says, from `init` to `report`.

In a real terminal, on a real Bluesky server and the stand-in for X: on the eve of the campaign, and its first morning.

python -m tests.first_hour > docs/first-hour.md
"""

from __future__ import annotations

import hashlib
import html
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .servers import bluesky_server, browser
from .servers.bluesky_server import Account, Server
from .servers.browser import TELEPHONE, Browser, screens
from .servers.x_server import XAccount, XServer, x_server
from .support.offset_clock import ahead
from .support.terminal import Terminal

EVE, MORNING = datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 25, 5, 59, 55, tzinfo=UTC)
"""When it is set up, and just before the first post is due in Nairobi."""
READ = datetime(2026, 11, 24, 16, 20, tzinfo=UTC)
"""When the ambassador answers the page."""
NOON = datetime(2026, 11, 25, 9, tzinfo=UTC)
"""When a text of a later day is changed."""
AMBASSADOR = "Ann Peeters <ann@example.org>"
MAX_SCREENS = 3
"""The most that a page with one changed text may have of a telephone's screens."""

HEAD = """\
# The first hour

Every command of a new user's first hour, and what it says, from `init` to `report`: recorded in a terminal of eighty
columns by `python -m tests.first_hour > docs/first-hour.md`, on a real Bluesky server and a stand-in for X, with the
clocks of all three set to the eve of the campaign and to its first day. A test plays it again and compares. What is
typed at a question stands behind it, but for secrets, which a terminal doesn't show. “…” stands for what is another
each time: identities, seconds, versions. “…” on a line of its own stands for more lines like those around it: they
are left out here, and the test compares them too. The codes of the two pages are always these two.
"""

SHOWN_CODES = ("7F3K-92QD", "4N8T-6GWX")
"""The codes of the two pages, in their order: the true ones stand for the servers' addresses, too."""


class Recorder:
    """One folder, one keyring, and all that was typed and shown."""

    def __init__(self, pds: Server, x: XServer, folder: Path) -> None:
        self._pds, self._x, self._folder = pds, x, folder
        self._keys = folder / "keys.json"
        self._left_out: list[str] = []
        self.codes: list[str] = []
        self.said = HEAD

    @property
    def place(self) -> Path:
        """The embassy's folder."""
        return self._folder / "nairobi"

    @property
    def page(self) -> str:
        """All that was said, and a sum of what was left out of it."""
        digest = hashlib.sha256("\n".join(self._left_out).encode()).hexdigest()
        return f"{self.said}\n<!-- SHA-256 of the {len(self._left_out)} lines that are left out: {digest} -->\n"

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
        pages = (self.place / "posts/approval-pages").glob("*.json")
        self.codes += [page.stem for page in pages if page.stem not in self.codes]
        quoted = " ".join(f'"{word}"' if " " in word else word for word in words)
        self.show("console", f"$ orangeday {quoted}\n{self.shortened(_plain(terminal.seen, self._folder))}")

    def show(self, kind: str, text: str) -> None:
        """Shows some lines, of a terminal or a file, with the codes that they always have here."""
        for code, shown in zip(self.codes, SHOWN_CODES, strict=False):
            text = text.replace(code, shown)
        self.said += f"\n```{kind}\n{text}\n```\n"

    def shortened(self, text: str) -> str:
        """The lines of a text; of many in a row that differ in their numbers and dates alone, a few."""
        shown: list[str] = []
        lines = text.split("\n")
        while lines:
            shape = _shape(lines[0])
            number = next((n for n, line in enumerate(lines) if _shape(line) != shape), len(lines))
            run, lines = lines[:number], lines[number:]
            if number > LONGEST_RUN:
                self._left_out += run[2:-1]
                run[2:-1] = [" " * (len(run[0]) - len(run[0].lstrip())) + "…"]
            shown += run
        return "\n".join(shown)


LONGEST_RUN = 5
"""The most lines in a row that are shown, though they differ in numbers and dates alone."""


def _shape(line: str) -> str:
    """What lines have in common that say the same of other days and platforms."""
    line = re.sub(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Nov|Dec|x|bluesky)\b", "", line)
    return re.sub(r"[\d\s]+", " ", line)


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
        (r"\b[\d.]+ GB\b", "… GB"),
        (r"\b(\d\d:\d\d):\d\d\b", r"\1:…"),
        (r"\b\d+(\.\d+)? m?s\b", "… s"),
        (r"\n{3,}", "\n\n"),
    ):
        shown = re.sub(pattern, instead, shown)
    return shown


def record(pds: Server, x: XServer, chromium: Browser, folder: Path) -> str:
    """The whole hour, as a page."""
    bluesky, account = pds.account("be-nairobi.test"), x.account("BelgiumNairobi")
    recorder = Recorder(pds, x, folder)
    recorder.move(EVE)
    _set_up(recorder, account.handle, bluesky.handle, {"https://bsky.social": pds.url, "https://api.x.com": x.url})
    _log_in(recorder, x, bluesky, account)
    _answer_by_mail(recorder)
    with recorder.run("doctor"):
        pass
    recorder.tell("All is ready, the evening before. The next morning, five seconds before nine in Nairobi:")
    recorder.move(MORNING)
    with recorder.run("schedule", "--live") as terminal:
        terminal.until("2 published", 60)
        terminal.press(b"\x03")
        terminal.until("scheduled. Stopped", 60)
    assert len(x.posts(account)) == 1 and len(pds.records(bluesky.did)) == 1
    recorder.move(MORNING + timedelta(seconds=30))  # however long it took
    with recorder.run("status"):
        pass
    recorder.move(NOON)
    _change_a_text(recorder, chromium)
    with recorder.run("status"):
        pass
    with recorder.run("report", "--read-back") as terminal:
        terminal.until("Read them back? [Y/n]: ")
        terminal.type("y")
    return recorder.page


def _set_up(recorder: Recorder, x_handle: str, bluesky_handle: str, addresses: dict[str, str]) -> None:
    answers = [
        ("as in “Nairobi, Kenya”: ", "Nairobi, Kenya"), ("[embassy]: ", ""), ("[Africa/Nairobi]: ", ""), ("[en]: ", ""),
        ("[09:00]: ", ""), ("on X: ", x_handle), ("on Bluesky: ", bluesky_handle), ("Write this? [Y/n]: ", ""),
    ]  # fmt: skip
    with recorder.run("init", "nairobi", place=".") as terminal:
        for question, answer in answers:
            terminal.until(question)
            terminal.type(answer)
    recorder.tell(
        "`cd nairobi`. (Here the test puts the addresses of its own servers into `config.toml`.) The ambassador is to\n"
        "approve. The last lines of `config.toml` name her, and the address that her answers go to; the `#` before\n"
        "each of these is taken away:"
    )
    config = recorder.place / "config.toml"
    written = config.read_text("utf-8")
    for shown, true in addresses.items():
        written = written.replace(shown, true)
    before, mark, after = written.partition("# [approval]")
    assert mark, "init shows where to name who may approve"
    after = re.sub(r"^# (?=by = |mail = )", "", after, flags=re.M)
    lines = f"[approval]{after}".split("\n")[:3]
    config.write_text(f"{before}[approval]{after}", "utf-8")
    recorder.show("toml", "\n".join(lines))
    for words in (["check"], ["preview", "1"], ["rehearse"]):
        with recorder.run(*words):
            pass


def _log_in(recorder: Recorder, x: XServer, bluesky: Account, account: XAccount) -> None:
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


def _answer_by_mail(recorder: Recorder) -> None:
    with recorder.run("preview", "--html", "page.html"):
        pass
    recorder.move(READ + timedelta(minutes=10))
    (recorder.place / "reply.eml").write_bytes(mail_of(recorder.place / "page.html").as_bytes())
    recorder.tell(
        "The page goes to the ambassador by mail. She reads it on her telephone and presses “Approve all”; that\n"
        "writes a mail, which she sends. It is saved as `reply.eml`:"
    )
    recorder.show("text", (recorder.place / "reply.eml").read_text("utf-8").strip())
    with recorder.run("approve", "--reply", "reply.eml") as terminal:
        terminal.until("as Ann Peeters? [y/N]: ")
        terminal.type("y")


def mail_of(page: Path) -> EmailMessage:
    """The mail that the first button of a page writes, as the ambassador's mail program sends it."""
    addresses = re.findall(r'href="(mailto:[^"]*)"', page.read_text("utf-8"))
    address = urlsplit(html.unescape(addresses[0]))
    fields = {name: value for name, (value,) in parse_qs(address.query).items()}
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = AMBASSADOR, address.path, fields["subject"]
    message["Date"], message["Message-ID"] = format_datetime(READ), "<20261124162000.1@example.org>"
    message.set_content(fields["body"].strip())
    return message


def _change_a_text(recorder: Recorder, chromium: Browser) -> None:
    """A word of a later day, so that the page is one of yesterday; then a new page, and a yes to that."""
    (text,) = (recorder.place / "posts").glob("09-*/en.toml")
    written = text.read_text("utf-8")
    assert "a fresh look" in written
    text.write_text(written.replace("a fresh look", "a new look", 1), "utf-8")
    recorder.tell(
        f"At noon a text changes: in `posts/{text.parent.name}/en.toml` “a fresh look” becomes “a new look”. It isn't\n"
        "what the ambassador has read, and the code of yesterday's page stands for nothing else:"
    )
    with recorder.run("approve", "--as-shown", recorder.codes[0], "--by", "Ann Peeters", status=1):
        pass
    with recorder.run("preview", "--html", "page.html"):
        pass
    with chromium.open(recorder.place / "page.html", width=TELEPHONE["width"]) as seen:
        assert screens(seen) <= MAX_SCREENS
    recorder.tell(
        "The new page shows that one text, with its new words marked. On a telephone it is no longer than three\n"
        "screens: the test opens it in a browser, 390 × 844, and measures. The ambassador reads its code out on the\n"
        "telephone:"
    )
    with recorder.run("approve", "--as-shown", recorder.codes[1], "--by", "Ann Peeters"):
        pass


@contextmanager
def folder_of_the_hour() -> Iterator[Path]:
    """A folder whose name is as long each time: lines that hold it end where they ended before."""
    with tempfile.TemporaryDirectory(prefix="hour-", dir="/tmp") as folder:
        yield Path(folder)


def main() -> None:
    with (
        bluesky_server.running() as pds,
        x_server() as x,
        browser.running() as chromium,
        folder_of_the_hour() as folder,
    ):
        sys.stdout.write(record(pds, x, chromium, folder))


if __name__ == "__main__":
    main()
