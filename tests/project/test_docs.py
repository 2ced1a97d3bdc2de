"""The pages: each command in them is run for real, each option is known, each link leads somewhere.

A page is followed as an officer follows it, line by line, in a folder of its own. Where it ends on a platform, that is
the real Bluesky server and the X of the tests, and the clock stands in the campaign. What can't be run is listed here,
with the reason; a line that is neither run nor listed fails.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import time_machine
import typer
from PIL import Image

from orangeday.approvals import model, page_code
from orangeday.approvals import store as approvals
from orangeday.cli import COMMANDS, app, main

from .. import terminal_picture
from ..servers import bluesky_server
from ..servers.faulty_proxy import Fault, drops_after, drops_before, says
from ..servers.x_server import AUTOMATED, XServer
from ..support.alert_receiver import SECRET, Receiver
from ..support.common import BEFORE, ROOT, plan_of
from ..support.offset_clock import ahead
from ..torture.campaign_on_both import OnBoth, on_both

if sys.platform != "win32":
    from ..support.terminal import Terminal

PAGES = {page.relative_to(ROOT).as_posix(): page for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]}

NOT_RUN = {
    "python3 -m venv": "it sets the program up: first_lines.py, in CI, and whoever runs this has done so",
    ". .venv/bin/activate": "it is for the reader's own shell",
    "export ": "it is for the reader's own shell, and for a network that isn't this one",
    "pip ": "it asks the network: first_lines.py types it, in CI",
    "uv ": "it asks the network: first_lines.py types it, in CI",
    "uvx ": "it asks the network: first_lines.py types it, in CI",
    ".ci/run": "it runs this",
    "git ": "it is for the maintainer's own folder",
    "python -m tests.": "it takes minutes: test_storm.py and others run shorter ones",
}
"""Lines that are no command of ours, by how they begin; `cd` is followed."""

IN_THE_FOLDER = (
    "docs/words.md",
    "docs/approve.md",
    "docs/today.md",
    "docs/language.md",
    "docs/picture.md",
    "docs/editor.md",
)
"""These begin in the folder that `docs/start.md` makes."""
_NAMES = ("accounts", "after", "alerts", "attention", "emergency", "run", "several-machines", "x")
LIVE = tuple(f"docs/{name}.md" for name in _NAMES)
"""These are followed on accounts, with the campaign approved."""

STATUS = {
    ("docs/approve.md", "orangeday approve --diff"): 1,
    ("docs/words.md", "orangeday check --strict"): 1,
    ("docs/language.md", "orangeday check"): 1,
    ("docs/attention.md", "orangeday status"): 1,
    ("docs/attention.md", "orangeday status --wrong"): 1,
}
"""Where a page leads one to expect another exit status than 0."""

SAYS = {
    ("README.md", "orangeday check"): "No errors",
    ("docs/start.md", "orangeday check"): "No errors",
    ("docs/start.md", "orangeday init embassy"): "A few questions",
    ("docs/start.md", "orangeday rehearse"): "64 unapproved",
    ("docs/start.md", "orangeday schedule"): "DRY RUN",
    ("docs/words.md", "orangeday preview 5 --embassy nairobi"): "Tonight at 6",
    ("docs/words.md", "orangeday check --strict"): "aged-fact",
    ("docs/language.md", "orangeday add-language it"): "Wrote 16 files",
    ("docs/editor.md", "orangeday export schema"): "text.json to .schemas",
    ("docs/language.md", "orangeday check"): "“headline” is empty",
    ("docs/picture.md", "orangeday preview 7 --language en"): "Six women and men",
    ("docs/picture.md", "orangeday cards 7"): "2 cards drawn",
    ("docs/today.md", "orangeday preview 5"): "15:00",
    ("docs/approve.md", "orangeday approve --diff"): "orangeday approve 1 --language en",
    ("docs/approve.md", "orangeday approve --reply reply.eml"): "isn't known: anybody can write a sender's address",
    ("docs/approve.md", 'orangeday approve 1 --language fr --again --by "Ann Peeters"'): "Approved again by",
    ("docs/accounts.md", "orangeday login nairobi bluesky"): "Bluesky takes it",
    ("docs/accounts.md", "orangeday login nairobi x"): "X takes it",
    ("docs/accounts.md", "orangeday login nairobi bluesky --forget"): "Removed from the keyring",
    ("docs/accounts.md", "orangeday doctor"): "Ready to go live",
    ("docs/accounts.md", "orangeday doctor -v"): "nothing is paused",
    ("docs/x.md", "orangeday doctor"): "Ready to go live",
    ("docs/run.md", "orangeday schedule --live"): "LIVE",
    ("docs/run.md", "orangeday export cron"): "crontab -e",
    ("docs/run.md", "orangeday login nairobi bluesky --print"): "export ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD=",
    ("docs/run.md", "orangeday publish --dry-run"): "nothing was sent",
    ("docs/run.md", "orangeday resume"): "Resumed: everything",
    ("docs/attention.md", "orangeday status"): "1 deferred",
    ("docs/attention.md", "orangeday status --wrong"): "orangeday retry nairobi/x",
    ("docs/attention.md", "orangeday retract 05/nairobi/x/en"): "is taken down",
    ("docs/attention.md", "orangeday retract --day 6"): "06/nairobi/bluesky/en is taken down",
    ("docs/after.md", "orangeday report"): "2 published",
    ("docs/emergency.md", 'orangeday pause --reason "mourning"'): "Nothing is being sent now",
    ("docs/alerts.md", "orangeday alert --test"): "It went out",
}
"""A few words that a page promises, from what the command says."""


@dataclass(frozen=True)
class Block:
    """What stands between two rows of backticks."""

    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        lines = (re.split(r"\s{2,}#", line)[0].strip() for line in self.text.splitlines())
        return [line for line in lines if line and not line.startswith("#")]


def blocks(page: str) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGES[page].read_text("utf-8"), re.M | re.S)
    return [Block(kind, text) for kind, text in found]


def lines(page: str) -> list[str]:
    """The lines that a reader is to type."""
    return [line for block in blocks(page) if block.kind == "sh" for line in block.lines]


FOLLOWED = [page for page in sorted(PAGES) if any(line.startswith("orangeday") for line in lines(page))]


QUESTIONS = (
    ("city and country", "Nairobi, Kenya"),
    ("What is it?", ""),
    ("time zone", ""),
    ("languages", "en, fr"),
    ("hour of its posts", "10:00"),
    ("on X", "be_nairobi"),
    ("on Bluesky", "be-nairobi.bsky.social"),
    ("Write this?", ""),
)
"""What `orangeday init` asks on a terminal, and what is typed there for docs/start.md."""


class Typed(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Reader:
    """Who follows a page, line by line."""

    page: str
    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    both: OnBoth | None = None
    receiver: Receiver | None = None
    keys: Path = field(default_factory=lambda: Path.home() / "keys.json")

    def follow(self) -> None:
        for block in blocks(self.page):
            if block.kind == "toml":
                self.write(block.text)
            for line in block.lines if block.kind == "sh" else ():
                self.do(line)

    def do(self, line: str) -> None:
        program, *words = shlex.split(line)
        if program == "cd":
            self.patch.chdir(words[0])
        elif program == "orangeday":
            for step in BEFORE_THAT.get((self.page, line), ()):
                step(self)
            words = [self.real(word) for word in words]
            if words[0] == "init" and self.page == "docs/start.md":
                status, said = self.answer(words)
            elif words[0] == "login":
                status, said = self.log_in(words)
            elif words[0] == "schedule":
                status, said = self.watch(words)
            else:
                status, said = self.run(words)
            assert (line, status) == (line, STATUS.get((self.page, line), 0)), said
            assert "Traceback" not in said
            assert SAYS.get((self.page, line), "") in said
        else:
            assert any(line.startswith(begin) for begin in NOT_RUN), f"{self.page}: nobody runs “{line}”"

    def real(self, word: str) -> str:
        """What a reader puts in the place of an example: the address of the post that is there."""
        if self.both and re.fullmatch(r"https://x\.com/\w+/status/\d+", word):
            _, account = self.both.accounts["nairobi"]
            return f"https://x.com/{account.handle}/status/{self.both.x.posts(account)[-1].id}"
        return page_of_all() if word == "7F3K-92QD" else word

    def run(self, words: list[str]) -> tuple[int, str]:
        self.patch.setattr(sys, "stdin", Typed("y\n"))
        status = main(words)
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def watch(self, words: list[str]) -> tuple[int, str]:
        """A program that runs on; Ctrl-C ends it."""
        before, over = signal.getsignal(signal.SIGINT), threading.Event()

        def press() -> None:
            while not over.wait(0.1):
                if signal.getsignal(signal.SIGINT) is not before:
                    if not over.wait(0.5):
                        signal.raise_signal(signal.SIGINT)
                    return

        presses = threading.Thread(target=press)
        presses.start()
        try:
            return self.run(words)
        finally:
            over.set()
            presses.join()

    def answer(self, words: list[str]) -> tuple[int, str]:
        """The questions of init, on a terminal, before the campaign begins."""
        terminal = Terminal(words, Path.cwd(), self.keys, {"AHEAD": str(ahead(BEFORE))})
        for question, answer in QUESTIONS:
            terminal.until(question)
            terminal.type(answer)
        return terminal.end(), terminal.seen

    def log_in(self, words: list[str]) -> tuple[int, str]:
        """On a terminal, with what a person brings from the browser. A program of its own, on the servers' clock."""
        assert self.both
        bluesky, x_account = self.both.accounts["nairobi"]
        self.both.move(self.both.now)
        here = {name: "" for name in os.environ if name.startswith("ORANGEDAY_")} | {"AHEAD": str(ahead(self.both.now))}
        terminal = Terminal(words, Path.cwd(), self.keys, here)
        if "--forget" not in words and words[2] == "bluesky":
            terminal.until("The app password of nairobi/bluesky")
            terminal.type(bluesky.app_password)
        elif "--forget" not in words:
            terminal.until("API key of the app:")
            terminal.type(self.both.x.api_key)
            terminal.until("API secret of the app:")
            terminal.type(self.both.x.api_secret)
            (address,) = re.findall(r"^(http\S+)$", terminal.until("The PIN that X shows then:"), re.M)
            terminal.type(self.both.x.pin(address, x_account))
        status = terminal.end()
        self.both.move(self.both.now)
        return status, terminal.seen

    def write(self, toml: str) -> None:
        """What a page says is to be written: into the file that it begins with; or as all embassies there are."""
        if named := re.match(r"# (posts/\S+\.toml)\n", toml):
            with Path(named[1]).open("a", encoding="utf-8") as file:
                file.write("\n" + toml)
        elif toml.startswith("[embassies.nairobi]"):
            before, _, shown = Path("config.toml").read_text("utf-8").rpartition("\n[embassies.")
            written = tomllib.loads(f"[embassies.{shown}")
            assert tomllib.loads(toml) == {
                "embassies": {"nairobi": {**written["embassies"]["nairobi"], "time": "10:00"}}
            }
            Path("config.toml").write_text(f"{before}\n{toml}", "utf-8")
        else:
            tomllib.loads(toml)

    # What has happened before a line

    def due(self, day: int) -> datetime:
        assert self.both
        return next(delivery.due for delivery in self.both.plan if delivery.number == day)

    def publish(self, day: int, fault: Fault | None = None) -> None:
        """A sweep at that day's hour; what is sent to X meets the fault."""
        assert self.both
        if fault:
            self.both.x.fault("createPosts", fault)
        self.both.sweep(max(self.due(day), self.both.now) + timedelta(seconds=1))

    def wait(self, minutes: int) -> None:
        assert self.both
        self.both.move(self.both.now + timedelta(minutes=minutes))

    def hear(self) -> None:
        """The address of alerts leads to the test."""
        assert self.receiver
        config = Path("config.toml").read_text("utf-8")
        Path("config.toml").write_text(
            f'{config}\n[alerts]\nurl = "json://127.0.0.1:{self.receiver.port}/{{secret}}"\n', "utf-8"
        )
        self.patch.setenv("ORANGEDAY_ALERTS_SECRET", SECRET)


def edit(_: Reader) -> None:
    file = Path("posts/01-international-day/en.toml")
    file.write_text(file.read_text("utf-8").replace("text = '''\n", "text = '''\nToday: ", 1), "utf-8")


def take_photo(_: Reader) -> None:
    Image.effect_noise((1600, 1000), 90).convert("RGB").save("photo.jpg")


def page_of_all() -> str:
    """The code of a page that shows all that waits for an approval."""
    plan = plan_of(Path("config.toml"))
    issued = page_code.issue(plan, approvals.load(Path("posts")), plan, BEFORE)
    assert isinstance(issued, page_code.PageCode), issued
    return issued.text


def mail(reader: Reader) -> None:
    """Somebody who is named in the config has answered a new page."""
    with Path("config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[approval]\nby = ["Ann Peeters <ann@example.org>"]\n')
    edit(reader)
    Path("reply.eml").write_text(
        f"From: Ann <ann@example.org>\nSubject: Approved: {page_of_all()}\nDate: {BEFORE:%a, %d %b %Y %H:%M:%S} +0000\n"
        "Message-ID: <1@example.org>\n\n",
        "utf-8",
    )


def leave_two_embassies(_: Reader) -> None:
    """Of the ten that a reader has by then: test_cli.py rehearses with all of them."""
    top, *embassies = Path("config.toml").read_text("utf-8").split("\n[embassies.")
    Path("config.toml").write_text("\n[embassies.".join([top, *embassies[:2]]), "utf-8")


def withdraw(_: Reader) -> None:
    approvals.withdraw(Path("posts"), model.Subject(1, "fr", None), "Ann Peeters", BEFORE, "a wrong date")


def pause(reader: Reader) -> None:
    assert reader.run(["pause"])[0] == 0


NOT_PERMITTED = says(
    403, {"title": "Forbidden", "status": 403, "detail": "You are not permitted.", "type": "about:blank"}
)

ROBOT = says(403, {"errors": [{"code": 226, "message": AUTOMATED}]})

BEFORE_THAT: dict[tuple[str, str], tuple[Callable[[Reader], None], ...]] = {
    ("README.md", "orangeday rehearse"): (leave_two_embassies,),
    ("docs/approve.md", "orangeday approve --reply reply.eml"): (mail,),
    ("docs/approve.md", "orangeday approve --diff"): (edit,),
    ("docs/approve.md", 'orangeday approve 1 --language fr --again --by "Ann Peeters"'): (withdraw,),
    (
        "docs/picture.md",
        'orangeday picture 7 photo.jpg --language en --alt "Six women and men at a long table, papers before them."',
    ): (take_photo,),
    ("docs/run.md", "orangeday resume"): (pause,),
    ("docs/alerts.md", "orangeday alert --test"): (Reader.hear,),
    ("docs/attention.md", "orangeday status"): (lambda reader: reader.publish(1, ROBOT),),
    (
        "docs/attention.md",
        "orangeday settle 01/nairobi/x/en --published https://x.com/be_nairobi/status/1993210000000000000",
    ): (lambda reader: reader.publish(1, drops_after),),
    ("docs/attention.md", "orangeday settle 02/nairobi/x/en --not-published"): (
        lambda reader: reader.publish(2, drops_before),
    ),
    ("docs/attention.md", "orangeday retry 03/nairobi/x/en"): (lambda reader: reader.publish(3, NOT_PERMITTED),),
    (
        "docs/attention.md",
        'orangeday acknowledge 04/nairobi/x/en --reason "The server was down; posted by hand at noon."',
    ): (lambda reader: reader.publish(5),),
    ("docs/attention.md", "orangeday retract --day 6"): (lambda reader: reader.publish(6),),
    ("docs/after.md", "orangeday report"): (lambda reader: reader.publish(1), lambda reader: reader.wait(5)),
}


@pytest.mark.integration
@pytest.mark.parametrize("page", [page for page in FOLLOWED if page not in LIVE])
def test_a_page_can_be_followed(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if sys.platform == "win32" and page == "docs/start.md":
        pytest.skip("Windows has no pseudo-terminal of this kind")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORANGEDAY_CONFIG", raising=False)
    with time_machine.travel(BEFORE):  # in later years check says that the prices of X are old
        if page in IN_THE_FOLDER:
            assert main(["init", "embassy"]) == 0
            monkeypatch.chdir("embassy")
        Reader(page, capsys, monkeypatch).follow()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
@pytest.mark.parametrize("page", LIVE)
def test_a_page_can_be_followed_on_accounts(
    page: str,
    pds: bluesky_server.Server,
    x: XServer,
    receiver: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert page in FOLLOWED
    with on_both(pds, x, tmp_path, ("nairobi",)) as both:
        assert both.sweep(both.plan.begins) == 0  # the ledger has met its accounts before anything is due
        Reader(page, capsys, monkeypatch, both, receiver).follow()


# What is named is there


@cache
def options(command: str | None = None) -> set[str]:
    """What a command knows; without one, what can stand before any."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    context = typer.Context(group)
    found = group.resolve_command(context, [command])[1] if command else group
    assert found
    return {"--help", "-h"}.union(*([*param.opts, *param.secondary_opts] for param in found.params))


def code(page: str) -> Iterator[str]:
    """What stands as code on a page: within a line, and each line of a block, but for what is only quoted."""
    text = PAGES[page].read_text("utf-8")
    for block in blocks(page):
        quoted = block.kind == "console"
        yield from (line for line in block.text.splitlines() if line.startswith("$ ") or not quoted)
    for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        yield " ".join(span.split())


def named(words: str) -> list[str]:
    return re.findall(r"(?<![\w-])--?[a-z][\w-]*", re.sub(r"([\"']).*?\1", "", words))


def others(page: str) -> str:
    """The source of the other programs that a page names: what they know stands there."""
    modules = re.findall(
        r"python3? -m ((?:tests|bench)(?:\.\w+)+)|`((?:tests|bench)(?:\.\w+)+)`",
        PAGES[page].read_text("utf-8"),
    )
    names = {a or b for a, b in modules}
    return "".join((ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8") for name in sorted(names))


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_names_no_command_and_no_option_that_is_not_there(page: str) -> None:
    everywhere = options().union(*map(options, COMMANDS))
    for words in code(page):
        words = words.replace("/TN orangeday", "")  # the name of a task of Windows
        for command, rest in re.findall(r"(?:^|[\s/\\])orangeday ([^\s|&;>]+)([^|&;>]*)", words):
            if command == "COMMAND" or command.startswith("-"):
                assert {*named(f"{command} {rest}")} <= everywhere, words
            elif command == "help":  # which is no command of its own: of another one, or of all
                assert rest.strip() in {"", "COMMAND", *COMMANDS}, f"{page}: {words}"
            elif not re.match(r"\d", command):  # what --version says
                assert command in {*COMMANDS, "help"}, f"{page}: {words}"
                assert {*named(rest)} <= options(command), f"{page}: {words}"
        if words.startswith("-") and not words.startswith("---"):
            unknown = {*named(words)} - everywhere
            assert all(f'"{option}"' in others(page) for option in unknown), f"{page}: {words}"
        for module, rest in re.findall(r"python3? -m ((?:tests|bench)(?:\.\w+)+)([^|&;>]*)", words):
            source = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
            assert all(f'"{option}"' in source for option in named(rest)), f"{page}: {words}"


def test_every_command_is_on_a_page_for_officers() -> None:
    told = {
        command
        for page in PAGES
        if page.startswith("docs/")
        for words in code(page)
        for command in re.findall(r"(?:^|[\s/])orangeday ([a-z]+(?:-[a-z]+)?)", words)
    }
    assert told >= set(COMMANDS)


def anchors(text: str) -> set[str]:
    """As code hosts make them of headings."""
    headings = re.findall(r"^#+ +(.+?) *$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: str) -> list[str]:
    text = re.sub(r"`[^`]*`", "", re.sub(r"^```.*?^```$", "", PAGES[page].read_text("utf-8"), flags=re.M | re.S))
    found = re.findall(r"\]\(<?([^)\s>]+)>?\)|(?:src|href)=\"([^\"]+)\"", text)
    return [one or other for one, other in found if not re.match(r"[a-z]+:", one or other)]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_each_link_leads_somewhere(page: str) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        file = (PAGES[page].parent / path).resolve() if path else PAGES[page]
        assert file.exists() and file.is_relative_to(ROOT), f"{page}: {link}"
        assert not anchor or anchor in anchors(file.read_text("utf-8")), f"{page}: {link}"


def test_the_index_leads_to_every_page() -> None:
    index = {link.partition("#")[0] for link in links("docs/README.md")}
    assert {page.removeprefix("docs/") for page in PAGES if page.startswith("docs/")} - index == {"README.md"}


def package() -> dict[str, str]:
    """The source of each of our modules, by its path below the package: `/engine/status.py`."""
    top = ROOT / "src" / "orangeday"
    return {f"/{file.relative_to(top).as_posix()}": file.read_text("utf-8") for file in top.rglob("*.py")}


@pytest.mark.parametrize("page", ["docs/how-it-decides.md", "docs/one-delivery.md"])
def test_what_a_page_for_maintainers_names_is_in_the_code(page: str) -> None:
    files = package()
    source = "".join(files.values())
    spans = [span for span in code(page) if re.fullmatch(r"[\w/]+\.py|_?[A-Za-z]+(_\w+|\.\w+|[A-Z]\w*)+", span)]
    assert len(spans) > 40
    for span in spans:
        if span.endswith(".py"):
            assert any(file.endswith(f"/{span}") for file in files), span
            continue
        owner, _, name = span.rpartition(".")
        assert re.search(rf"\b{name}\b", source), span
        assert not owner or f"class {owner}" in source, span


def test_each_function_on_the_path_of_a_delivery_is_in_the_file_beside_it() -> None:
    files = package()
    rows = re.findall(r"\| `([\w.]+)` \| `([\w/]+\.py)` \|", PAGES["docs/one-delivery.md"].read_text("utf-8"))
    assert len(rows) == 18
    for name, file in rows:
        owner, _, function = name.rpartition(".")
        assert re.search(rf"^{'    ' if owner else ''}def {function}\(", files[f"/{file}"], re.M), f"{name}: {file}"
        assert not owner or f"class {owner}" in files[f"/{file}"], f"{name}: {file}"


def test_the_picture_of_the_terminal_shows_what_the_program_says() -> None:
    def said(picture: str) -> str:
        return "".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture)).replace("&#160;", " ")

    picture = (ROOT / "docs" / "terminal.svg").read_text("utf-8")
    again = "Draw it again: python -m tests.terminal_picture > docs/terminal.svg"
    with time_machine.travel(BEFORE):
        assert said(picture) == said(terminal_picture.picture()), again
    assert "orangeday schedule" in said(picture)
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]  # it asks nobody for anything
