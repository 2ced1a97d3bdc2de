"""The promise, held against random histories: at most once always, exactly once in the end or a person is asked.

    python -m tests.torture.model --steps 10000 --seed 1 [--postgres]

Files, ledger, locks, publisher and commands are the real ones. The accounts keep the truth, and answer by mood.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import hypothesis
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from orangeday.adapters.base import Deferred, Payload, PlatformError, PostCheck, PostState, Receipt, Refused, Unsure
from orangeday.approvals import model
from orangeday.approvals import store as approvals
from orangeday.cli import main as orangeday
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.engine.takedown import take_down
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row
from orangeday.ledger.states import State, StateConflict
from orangeday.text.language import language_script

from ..servers.postgres_server import Databases, running
from ..support.common import Clock, plan_of

_T = TypeVar("_T")

DAYS = (1, 2, 3)
FIRST = datetime(2026, 11, 25, tzinfo=UTC)
ZONES = {"nairobi": "Africa/Nairobi", "wellington": "Pacific/Auckland"}
LANGUAGES = ("en", "fr")
BOTH = {"en": "en", "en-GB": "en", "fr": "fr"}
"""Two tags of one language count as one: the language that each is."""


# The promise


@dataclass
class Post:
    """What stands, or stood, on an account: the truth."""

    number: int
    identity: str
    key: str
    day: int
    language: str
    generation: int
    text: str
    live: bool = True

    @property
    def saying(self) -> tuple[str, int, str]:
        return self.identity, self.day, BOTH[self.language]


SAYING = (State.ARMED, State.UNSURE, State.PUBLISHED)


def broken(posts: Sequence[Post], rows: Mapping[str, Row], replaced: Counter[Any], ids: Mapping[str, Post]) -> str:
    """At most once, always. What is live is never on record as not live, nor the other way round."""
    live = [post for post in posts if post.live]
    said = Counter(post.saying for post in posts)
    wrong = [f"twice live: {saying}" for saying, n in Counter(post.saying for post in live).items() if n > 1]
    wrong += [f"one text twice live: {w}" for w, n in Counter((p.identity, p.text) for p in live).items() if n > 1]
    wrong += [f"said once too often: {saying}" for saying, n in said.items() if n > 1 + min(1, replaced[saying])]
    wrong += [f"live, and {rows[p.key].state}: {p}" for p in live if rows[p.key].state not in SAYING]
    for row in rows.values():
        if row.state is State.PUBLISHED and (not row.receipt or ids[row.receipt.id].key != row.key):
            wrong.append(f"not its own receipt: {row}")
    return "\n".join(wrong)


def unkept(standing: DeliveryStatus, posts: Sequence[Post], in_time: bool, withdrawn: bool) -> str:
    """Exactly once, in the end: unless a person took it down, before or after it was posted, or is asked."""
    mine = [post for post in posts if post.key == standing.delivery.key and post.live]
    asked = standing.needs_person or bool(standing.row and standing.row.acknowledged)
    if standing.state is State.PUBLISHED and standing.row and standing.row.same_as:
        return "" if not mine else "published as another, and itself"
    if standing.state in (State.PUBLISHED, State.RETRACTED):
        return "" if len(mine) <= 1 else "twice"
    if standing.state is State.PAST and not in_time and standing.delivery.embassy.id not in ZONES:
        return ""  # its window closed before it had this name
    if standing.state is State.MISSED and withdrawn and not mine:
        return ""
    if standing.state is State.REFUSED or (standing.state is State.MISSED and not in_time):
        return "" if asked else "nobody is asked"
    return f"{standing.state}: {standing.reason}"


# The officer's files


@dataclass(frozen=True)
class Files:
    """What stands on the disk: the texts by day and language, and a little of the config."""

    texts: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, str], ...] = tuple((name, name) for name in ZONES)
    english: str = "en"
    hour: int = 20
    ledger: str = ""
    """Its address where that is on a server, without the password."""

    def text(self, day: int, tag: str) -> str:
        return self.texts[day - 1][LANGUAGES.index(BOTH[tag])]

    def said(self, day: int, tag: str, embassy: str) -> str:
        home = next(home for home, name in self.names if name == embassy)
        return f"{self.text(day, tag)} in {BOTH[tag]}, from {home.title()}."

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.english if language == "en" else language for language in LANGUAGES)

    def window(self, day: int, tag: str, embassy: str) -> tuple[datetime, datetime]:
        """When it may go out: reckoned here once more, and not by the plan."""
        zone = ZoneInfo(ZONES[next(home for home, name in self.names if name == embassy)])
        midnight = datetime(2026, 11, 24 + day, tzinfo=zone)
        due = midnight.replace(hour=self.hour) + timedelta(minutes=20) * self.tags.index(tag)
        return due.astimezone(UTC), min(due + timedelta(hours=3), midnight + timedelta(days=1)).astimezone(UTC)

    def write(self, folder: Path) -> None:
        posts = folder / "posts"
        for day in DAYS:
            (posts / f"{day:02}-day").mkdir(parents=True, exist_ok=True)
            (posts / f"{day:02}-day/day.toml").write_text('title = "Day"\nfacts = ["one"]\n')
            for tag, language in BOTH.items():
                text = self.text(day, tag)
                ending = '"' if text != UNCLOSED else ""
                wording = f'text = "{text} in {language}, from {{city}}.{ending}\n'
                (posts / f"{day:02}-day/{tag}.toml").write_text(wording)
        (posts / "campaign.toml").write_text('id = "16days"\n')
        (posts / "facts.toml").write_text('[one]\nstatement = "One."\n')
        config = (
            f'[campaign]\nposts = "posts"\nstart = 2026-11-25\n[publishing]\nworkers = 1\n'
            f'[schedule]\ntime = "{self.hour}:00"\nspacing = "20m"\ncatch_up = "3h"\n'
        )
        if self.ledger:
            config += f'[ledger]\nurl = "{self.ledger}"\n'
        for home, name in self.names:
            city = ", ".join(f'{tag} = "{home.title()}"' for tag in BOTH)
            config += (
                f'[embassies.{name}]\ncity = {{ {city} }}\ntimezone = "{ZONES[home]}"\n'
                f"languages = {list(self.tags)}\nskip = {list(range(4, 17))}\n"
                f'x = {{ handle = "{home}_x" }}\nbluesky = {{ handle = "{home}.example" }}\n'
            )
        (folder / "config.toml").write_text(config)


UNCLOSED, UNKNOWN = "Unclosed", "{cty}"
WORDS = ("Day 1", "Day 2", "Mended")
AT_FIRST = Files(tuple(tuple(f"Day {day}" for _ in LANGUAGES) for day in DAYS))


# The accounts


class Crash(BaseException):
    """The program is gone between two of its instructions: nothing of it runs any more."""


class Mood(Enum):
    """How an account answers, once."""

    YES = auto()
    REFUSED = auto()
    DEFERRED = auto()
    ACCOUNT_DEFERRED = auto()
    UNSURE_BEFORE = auto()
    UNSURE_AFTER = auto()
    FAULT_BEFORE = auto()
    FAULT_AFTER = auto()
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    OTHER_SWEEPS = auto()
    PAUSED_MEANWHILE = auto()
    WITHDRAWN_MEANWHILE = auto()
    SLOW = auto()


@dataclass(eq=False)
class Process:
    """A program that runs: a ledger opened by itself, a publisher, and the files as it has read them."""

    ledger: Ledger
    publisher: Publisher
    files: Files
    alive: bool = True


@dataclass
class Moody:
    """One connected account. X finds what reads the same and no receipt has; Bluesky finds by the record's key."""

    desk: Desk
    process: Process
    account: Account

    @property
    def settle_after(self) -> timedelta | None:
        return None if self.account.platform == "bluesky" else timedelta(0)

    @property
    def identity(self) -> str:
        return f"{self.account.platform}:{self.account.handle}"

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime
    ) -> Payload:
        def effect() -> Payload:
            assert delivery.rendered_text is not None
            payload = {"key": delivery.key, "day": delivery.number, "language": delivery.language, "number": generation}
            return Payload(delivery.rendered_text.text, payload)

        return self.desk.answer(self.process, self.desk.early, effect)

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        told = sent.document
        post = Post(0, self.identity, told["key"], told["day"], told["language"], told["number"], sent.text)
        if self.process.alive:
            self.desk.judge(self.process, self.account, post)

        def effect() -> Receipt:
            self.desk.posts.append(replace(post, number=len(self.desk.posts) + 1))
            return self.desk.receipt(self.desk.posts[-1])

        return self.desk.answer(self.process, self.desk.moods, effect)

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        def effect() -> Receipt | None:
            for post in self.desk.posts:
                if post.live and post.identity == self.identity and any(self._is(post, one) for one in sent):
                    receipt = self.desk.receipt(post)
                    if self.account.platform == "bluesky" or receipt.id not in known:
                        return receipt
            return None

        return self.desk.answer(self.process, self.desk.moods, effect)

    def _is(self, post: Post, sent: Payload) -> bool:
        if self.account.platform == "x":
            return post.text == sent.text
        told = sent.document
        return (post.day, BOTH[post.language], post.generation) == (
            told["day"],
            BOTH[told["language"]],
            told["number"],
        )

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        for receipt, _ in posts:
            yield PostCheck(PostState.UP if self.desk.by_id(receipt.id).live else PostState.GONE)

    def delete(self, receipt: Receipt) -> None:
        def effect() -> None:
            self.desk.by_id(receipt.id).live = False

        self.desk.answer(self.process, self.desk.moods, effect)


@dataclass
class Desk:
    """The clock, the truth, and what people have decided."""

    folder: Path
    clock: Clock
    live: bool = False
    files: Files = AT_FIRST
    posts: list[Post] = field(default_factory=list)
    replaced: Counter[Any] = field(default_factory=Counter)
    approved: dict[tuple[int, str], str] = field(default_factory=dict)
    withdrawn: set[tuple[int, str]] = field(default_factory=set)
    embassies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    moods: list[Mood] = field(default_factory=list)
    early: list[Mood] = field(default_factory=list)
    nested: bool = False
    wrong: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def receipt(self, post: Post) -> Receipt:
        handle = post.identity.partition(":")[2]
        if post.identity.startswith("x:"):
            return Receipt(str(post.number), f"https://x.com/{handle}/status/{post.number}", self.clock())
        address = f"https://bsky.app/profile/{handle}/post/{post.number}"
        return Receipt(f"at://{post.identity}/app.bsky.feed.post/{post.number}", address, self.clock())

    def by_id(self, receipt: str) -> Post:
        return self.posts[int(receipt.rpartition("/")[2]) - 1]

    def start(self) -> Process:
        """A new program, with whatever is on the disk."""
        url = self.files.ledger or f"sqlite:///{self.folder / 'orangeday.db'}"
        ledger = Ledger(url, self.clock, durable=False)
        plan = plan_of(self.folder / "config.toml")

        def connect(account: Account) -> Moody:
            return self.answer(process, self.early, lambda: Moody(self, process, account))

        publisher = Publisher(plan, ledger, connect, self.clock, live=self.live)
        process = Process(ledger, publisher, self.files)
        return process

    def answer(self, process: Process, moods: list[Mood], effect: Callable[[], _T]) -> _T:
        """What an account does and says in its next mood."""
        if not process.alive:
            raise Crash
        mood = moods.pop(0) if moods else Mood.YES
        soon = self.clock() + timedelta(minutes=7)
        if mood is Mood.REFUSED:
            found = effect() if "find" in effect.__qualname__ else None
            if found is not None:
                return found  # it is there: an honest account doesn't refuse
            raise Refused("no")
        if mood is Mood.DEFERRED:
            raise Deferred("later", soon)
        if mood is Mood.ACCOUNT_DEFERRED:
            raise Deferred("nobody may", soon, "account", needs_person=True)
        if mood is Mood.UNSURE_BEFORE:
            raise Unsure("no answer")
        if mood is Mood.FAULT_BEFORE:
            raise ValueError("a fault")
        if mood is Mood.CRASH_BEFORE:
            process.alive = False
            raise Crash
        if mood is Mood.SLOW:
            self.clock.now += timedelta(hours=1)
        if mood is Mood.OTHER_SWEEPS and not self.nested:
            self.other_sweeps(process)
        if mood is Mood.PAUSED_MEANWHILE:
            process.ledger.pause("everything", "quick")
        if mood is Mood.WITHDRAWN_MEANWHILE:
            self.withdraw(1, self.files.tags[0])
        result = effect()
        if mood is Mood.OTHER_SWEEPS and not self.nested:
            self.other_sweeps(process)
        if mood is Mood.UNSURE_AFTER:
            raise Unsure("the answer was lost")
        if mood is Mood.FAULT_AFTER:
            raise ValueError("a fault")
        if mood is Mood.CRASH_AFTER:
            process.alive = False
            raise Crash
        return result

    def other_sweeps(self, process: Process) -> None:
        self.nested = True
        try:
            for at, other in enumerate(self.processes):
                if other is not process:
                    self.sweep(at)
        finally:
            self.nested = False

    def sweep(self, at: int) -> None:
        """One sweep of a program, as `schedule` makes it; one that crashed is started anew."""
        process = self.processes[at]
        if process.files is not self.files:
            process.publisher.plan = plan_of(self.folder / "config.toml")
            process.files = self.files
        try:
            for standing in process.publisher.publish_due(self.clock()):
                if standing.state is not State.MISSED:
                    said = f"{self.clock()} {standing.state}: {standing.reason}"
                    self.reasons.setdefault(standing.delivery.key, []).append(said)
        except Crash:
            self.restart(at)

    def restart(self, at: int) -> None:
        self.stop(self.processes[at])
        self.processes[at] = self.start()

    def stop(self, process: Process) -> None:
        process.publisher.close()
        process.ledger.close()

    def judge(self, process: Process, account: Account, post: Post) -> None:
        """Nothing leaves outside its window, while paused, or unapproved."""
        embassy = account.embassy
        due, closes = process.files.window(post.day, post.language, embassy)
        if not due <= self.clock() < closes:
            self.wrong.append(f"outside its window {due} to {closes}, at {self.clock()}: {post}")
        scopes = {pause.scope for pause in process.ledger.pauses()}
        if scopes & {"everything", embassy, account.platform, str(account)}:
            self.wrong.append(f"while paused {scopes}: {post}")
        if self.live and self.approved.get((post.day, post.language)) != process.files.text(post.day, post.language):
            self.wrong.append(f"not approved: {post}")
        if self.live and self.embassies.get(embassy) != process.files.tags:
            self.wrong.append(f"the embassy isn't approved: {post}")
        if post.text != process.files.said(post.day, post.language, embassy):
            self.wrong.append(f"not its words: {post}")

    # What people do

    def command(self, *words: str, may_fail: bool = False) -> str:
        """A command line, as a person types it; gives its document."""
        document, said = io.StringIO(), io.StringIO()
        with time_machine.travel(self.clock(), tick=False), redirect_stdout(document), redirect_stderr(said):
            status = orangeday(["--config", str(self.folder / "config.toml"), *words])
        if status not in ((0, 1, 2) if may_fail else (0, 1)) or "itself failed" in said.getvalue():
            self.wrong.append(f"orangeday {' '.join(words)} ended with {status}: {said.getvalue()}")
        return document.getvalue()

    def change(self, files: Files) -> None:
        self.files = files
        files.write(self.folder)

    def approve(self) -> None:
        """All of it; and what was withdrawn, text by text, as far as it can be approved."""
        said = json.loads(self.command("approve", "all", "--by", "Ann", "--json"))
        again: list[str] = []
        for left_out in said["withdrawn"]:
            words = ("approve", str(left_out["day"]), "--language", left_out["language"], "--again", "--yes")
            document = self.command(*words, "--by", "Ann", "--json", may_fail=True)
            again += json.loads(document)["approved"] if document else []
        for subject in again:
            head, _, name = subject.partition("/")
            self.withdrawn.discard((int(head), language_script(name)))
        for subject in (*said["approved"], *said["already"], *again):
            head, _, name = subject.partition("/")
            if head == "embassies":
                self.embassies[name] = self.files.tags
            else:
                self.approved[int(head), name] = self.files.text(int(head), name)
        for subject in said["dropped"]:
            self.embassies.pop(subject.partition("/")[2], None)

    def withdraw(self, day: int, tag: str) -> None:
        approvals.withdraw(self.folder / "posts", model.Subject(day, tag, None), "Ann", self.clock(), "")
        script = language_script(tag)
        kept = (at for at in self.approved if (at[0], language_script(at[1])) != (day, script))
        self.approved = {at: self.approved[at] for at in kept}
        self.withdrawn.add((day, script))

    def plan(self) -> Plan:
        return plan_of(self.folder / "config.toml")

    def standings(self, *states: State) -> list[DeliveryStatus]:
        plan = self.processes[0].publisher.plan if self.processes[0].files is self.files else self.plan()
        needed = approvals.load(plan.campaign.folder) if self.live else None
        found = statuses(plan, self.processes[0].ledger, self.clock(), plan, needed)
        return [standing for standing in found if not states or standing.state in states]


# The histories


SERVERS: list[Databases] = []
"""The one on which the ledgers are; none: they are in files."""
STEPS: Counter[str] = Counter()
ENDS: Counter[str] = Counter()
POSTS: Counter[str] = Counter()


def step(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule that is counted."""
    as_rule: Callable[..., Any] = cast(Any, rule)(**drawn)

    def made(does: Callable[..., None]) -> Callable[..., None]:
        def counted(self: Histories, **values: Any) -> None:
            STEPS[does.__name__] += 1
            does(self, **values)

        counted.__name__ = does.__name__
        counted_rule: Callable[..., None] = as_rule(counted)
        return counted_rule

    return made


moods = st.lists(st.one_of(st.just(Mood.YES), st.sampled_from(Mood)), max_size=8)
early = st.one_of(st.just([]), st.lists(st.one_of(st.just(Mood.YES), st.sampled_from(Mood)), max_size=4))
days, tags = st.sampled_from(DAYS), st.sampled_from(LANGUAGES)
which = st.integers(0, 50)
scopes = st.sampled_from(["everything", "x", "bluesky", "nairobi", "wellington", "nairobi/x"])


class Histories(RuleBasedStateMachine):
    """Two programs, three days, two embassies with two accounts and two languages each."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(Path(tempfile.mkdtemp(prefix="model-")), Clock(FIRST - timedelta(days=1)))
        self.failed = False
        if SERVERS:  # each history has a server of its own, as far as it knows, and a machine that remembers nothing
            (server,) = SERVERS
            plain = server.address(server.new_database("model")).replace(f":{server.password}@", "@")
            self.desk.files = replace(self.desk.files, ledger=plain)
            os.environ.update(XDG_STATE_HOME=str(self.desk.folder / "home"), ORANGEDAY_LEDGER_PASSWORD=server.password)

    @initialize(live=st.booleans(), approved=st.booleans(), hours=st.integers(20, 48))
    def begin(self, live: bool, approved: bool, hours: int) -> None:
        desk = self.desk
        desk.live = live
        desk.files.write(desk.folder)
        if live and approved:
            desk.approve()
        desk.processes = [desk.start(), desk.start()]
        desk.sweep(0)
        desk.clock.now += timedelta(hours=hours)

    @step(minutes=st.sampled_from([1, 5, 20, 20, 60, 180, 600, -1, -20, -180, -1200]))
    def wait(self, minutes: int) -> None:
        self.desk.clock.now += timedelta(minutes=minutes)

    @step(at=which, closes=st.booleans(), seconds=st.sampled_from([-1, 0, 0, 1, 60]))
    def go_to_an_edge(self, at: int, closes: bool, seconds: int) -> None:
        files = self.desk.files
        windows = [files.window(d, t, name) for d in DAYS for t in files.tags for _, name in files.names]
        due, closing_ = windows[at % len(windows)]
        self.desk.clock.now = (closing_ if closes else due) + timedelta(seconds=seconds)

    @step(at=st.integers(0, 1), moods=moods, early=early)
    def sweep(self, at: int, moods: list[Mood], early: list[Mood]) -> None:
        self.desk.moods, self.desk.early = list(moods), list(early)
        self.desk.sweep(at)
        self.desk.moods, self.desk.early = [], []

    @step(at=st.integers(0, 1), moods=moods, early=early, twice=st.booleans())
    def sweep_when_due(self, at: int, moods: list[Mood], early: list[Mood], twice: bool) -> None:
        desk = self.desk
        dues = [desk.files.window(d, t, name)[0] for d in DAYS for t in desk.files.tags for _, name in desk.files.names]
        desk.clock.now = min((due for due in dues if due > desk.clock()), default=desk.clock())
        desk.moods, desk.early = list(moods), list(early)
        desk.sweep(at)
        if twice:
            desk.sweep(1 - at)
        desk.moods, desk.early = [], []

    @step(at=st.integers(0, 1), moods=moods, minutes=st.sampled_from([1, 7, 20]))
    def sweep_again_soon(self, at: int, moods: list[Mood], minutes: int) -> None:
        self.desk.clock.now += timedelta(minutes=minutes)
        self.desk.moods = list(moods)
        self.desk.sweep(at)
        self.desk.moods = []

    @step(at=st.integers(0, 1))
    def restart(self, at: int) -> None:
        self.desk.restart(at)

    @step(scope=scopes)
    def pause(self, scope: str) -> None:
        names = dict(self.desk.files.names)
        embassy, slash, platform = scope.partition("/")
        what = names.get(embassy, embassy) + slash + platform
        self.desk.command("pause", *([] if scope == "everything" else [what]))

    @step(all_of_it=st.booleans())
    def resume(self, all_of_it: bool) -> None:
        on = [pause.scope for pause in self.desk.processes[0].ledger.pauses() if pause.scope != "everything"]
        self.desk.command("resume", *on[: 0 if all_of_it else 1])

    @step()
    def approve(self) -> None:
        if self.desk.live:
            self.desk.approve()

    @step(day=days, language=tags)
    def withdraw(self, day: int, language: str) -> None:
        self.desk.withdraw(day, self.desk.files.english if language == "en" else language)

    @step(day=days, language=tags, word=st.sampled_from([*WORDS, *WORDS, UNCLOSED, UNKNOWN]))
    def edit(self, day: int, language: str, word: str) -> None:
        texts = [list(folder) for folder in self.desk.files.texts]
        texts[day - 1][LANGUAGES.index(language)] = word
        self.desk.change(replace(self.desk.files, texts=tuple(map(tuple, texts))))

    @step(one=days, other=days)
    def swap(self, one: int, other: int) -> None:
        texts = list(self.desk.files.texts)
        texts[one - 1], texts[other - 1] = texts[other - 1], texts[one - 1]
        self.desk.change(replace(self.desk.files, texts=tuple(texts)))

    @step(home=st.sampled_from(list(ZONES)))
    def rename(self, home: str) -> None:
        names = dict(self.desk.files.names)
        names[home] = home if names[home] != home else f"{home}-2"
        self.desk.change(replace(self.desk.files, names=tuple(names.items())))

    @step()
    def call_english_otherwise(self) -> None:
        english = "en" if self.desk.files.english == "en-GB" else "en-GB"
        self.desk.change(replace(self.desk.files, english=english))

    @step(hour=st.sampled_from([18, 20, 22]))
    def move_the_hour(self, hour: int) -> None:
        self.desk.change(replace(self.desk.files, hour=hour))

    @step(at=which)
    def settle(self, at: int) -> None:
        """An honest person looks at the account, and says what is there."""
        if doubtful := self.desk.standings(State.UNSURE, State.ARMED):
            row = doubtful[at % len(doubtful)].row
            assert row is not None
            there = [p for p in self.desk.posts if p.live and (p.key, p.generation) == (row.key, row.generation)]
            word = ["--published", self.desk.receipt(there[0]).url] if there else ["--not-published"]
            self.desk.command("settle", row.key, *word)

    @step(at=which)
    def retry(self, at: int) -> None:
        if refused := self.desk.standings(State.REFUSED):
            # Typed too late, or for what went out as another, it says so and changes nothing.
            self.desk.command("retry", refused[at % len(refused)].delivery.key, may_fail=True)

    @step(at=which)
    def acknowledge(self, at: int) -> None:
        if alarming := self.desk.standings(State.REFUSED, State.UNSURE, State.MISSED):
            self.desk.command("acknowledge", alarming[at % len(alarming)].delivery.key, "--reason", "known")

    @step(at=which, program=st.integers(0, 1), again=st.booleans(), moods=moods)
    def retract(self, at: int, program: int, again: bool, moods: list[Mood]) -> None:
        """As `orangeday retract` does it, on these accounts."""
        desk, process = self.desk, self.desk.processes[program]
        rows = [s.row for s in desk.standings(State.PUBLISHED) if s.row and s.row.state is State.PUBLISHED]
        if not rows:
            return
        row = rows[at % len(rows)]
        assert row.receipt is not None
        desk.withdraw(row.day, row.language)
        desk.moods = list(moods)
        try:
            account = next(a for a in process.publisher.plan.accounts if str(a) == f"{row.embassy}/{row.platform}")
            platform = Moody(desk, process, account)
            take_down(process.ledger, desk.clock, platform, "", row, row.due, replace=again)
            desk.replaced[desk.by_id(row.receipt.id).saying] += again
        except (PlatformError, StateConflict):
            pass
        except Crash:
            desk.restart(program)
        desk.moods = []

    @invariant()
    def the_promise(self) -> None:
        desk = self.desk
        if not desk.processes or self.failed:
            return
        rows = desk.processes[0].ledger.campaign_rows("16days-2026")
        ids = {desk.receipt(post).id: post for post in desk.posts}
        wrong = "\n".join(filter(None, [*desk.wrong, broken(desk.posts, rows, desk.replaced, ids)]))
        self.failed = bool(wrong)
        assert not wrong, wrong

    def teardown(self) -> None:
        try:
            if self.desk.processes and not self.failed:
                self.finish()
        finally:
            for process in self.desk.processes:
                self.desk.stop(process)
            shutil.rmtree(self.desk.folder)

    def finish(self) -> None:
        """All is well from now on: everything is mended, approved and resumed, and time goes on to the end."""
        desk = self.desk
        good = [[word if word not in (UNCLOSED, UNKNOWN) else "Mended" for word in day] for day in desk.files.texts]
        desk.change(replace(desk.files, texts=tuple(map(tuple, good))))
        if desk.live:
            desk.approve()
        desk.restart(0)
        desk.reasons.clear()
        ledger, plan = desk.processes[0].ledger, desk.processes[0].publisher.plan
        for pause in ledger.pauses():
            ledger.resume(pause.scope)
        rows = ledger.campaign_rows(plan.campaign_id)
        notes = ledger.snapshot((), map(str, plan.accounts)).accounts.values()
        untils = [*(row.until for row in rows.values()), *(note.deferred for note in notes)]
        healthy = max([desk.clock(), *filter(None, untils)])
        ends = plan.ends
        assert ends is not None
        moments = {
            desk.clock(),
            healthy,
            *(d.due for d in plan),
            *(d.deadline for d in plan),
            ends + timedelta(hours=1),
        }
        for moment in sorted(m for m in moments if m >= desk.clock()):
            desk.clock.now = moment
            desk.sweep(0)
            desk.sweep(0)  # what was read back as not published goes out with the next one
            self.the_promise()
        for standing in desk.standings():
            ENDS[str(standing.state)] += 1
            held = any("held: " in reason for reason in desk.reasons.get(standing.delivery.key, [])[-2:])
            in_time = standing.delivery.deadline > healthy and not held
            place = standing.delivery.number, language_script(standing.delivery.language)
            if wrong := unkept(standing, desk.posts, in_time, place in desk.withdrawn):
                events = "\n".join(f"{e.moment} {e.action}: {e.detail}" for e in ledger.events(standing.delivery.key))
                why = "\n".join(desk.reasons.get(standing.delivery.key, ()))
                raise AssertionError(f"in the end {standing.delivery.key}: {wrong}\n{events}\n{why}")
        POSTS["posts"] += len(desk.posts)
        POSTS["taken down"] += sum(not post.live for post in desk.posts)


def run(examples: int, length: int = 50, seed: int | None = None) -> None:
    """Some histories of so many steps each. Raises AssertionError, with the shortest that breaks the promise."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=length,
        deadline=None,
        database=None,
        derandomize=seed is None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    machine = Histories if seed is None else hypothesis.seed(seed)(Histories)
    run_state_machine_as_test(machine, settings=chosen)


@contextmanager
def on_postgres(server: Databases | None = None) -> Iterator[None]:
    """The histories' ledgers are on this server, or one of their own, as long as this lasts."""
    with nullcontext(server) if server else running() as there:
        SERVERS.append(there)
        try:
            yield
        finally:
            SERVERS.clear()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.model")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="with the ledger on a server")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home, on_postgres() if options.postgres else nullcontext():
        os.environ.update(XDG_STATE_HOME=home, HOME=home)
        seed, wrong = options.seed, 0
        try:
            while STEPS.total() < options.steps:
                run(max(1, min(100, (options.steps - STEPS.total()) // 50)), seed=seed)
                seed += 1
        except AssertionError as failure:
            print(failure, *getattr(failure, "__notes__", ()), sep="\n")  # noqa: T201  its table is its output
            wrong = 1
    table = [*STEPS.most_common(), ("steps", STEPS.total()), *POSTS.items()]
    table += [*((f"ended {state}", n) for state, n in ENDS.most_common()), ("violations", wrong)]
    for name, number in table:
        print(f"{name:28}{number:>8}")  # noqa: T201
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")  # noqa: T201
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
