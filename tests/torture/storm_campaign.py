"""A campaign in a storm: the machines that bring it out, what has happened to it, and what is to be there for it."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from orangeday.content.plan import Delivery, Plan
from orangeday.ledger.records import Row
from orangeday.ledger.states import State

from ..support.common import plan_of
from ..support.machines import Machine, Run
from ..support.offset_clock import ahead, true_time
from .storm_worlds import LATE, Sea

FIRST = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock; the other embassies follow within the hour."""
STORMY = 80
"""So many minutes of each day, while its posts fall due, it is tormented."""
A_DAY = timedelta(hours=7)
"""Then it is left to itself until all is well, or the last window has closed and the last doubt had its time."""
BETWEEN = timedelta(minutes=4)
"""From one of its runs to the next, then."""

There: TypeAlias = dict[str, dict[str, dict[str, str]]]
"""By platform and embassy, each post's text by its id."""


@dataclass
class Storm:
    """A campaign, the machines that bring it out, and all that has happened to it."""

    seas: list[Sea]
    plan: Plan
    machines: list[Machine]
    chance: random.Random
    shift: float = 0.0
    """Seconds by which all clocks are ahead."""
    begun: bool = False
    """Whether the clocks have been set for the first time."""
    askew: float = 0.0
    """Seconds by which the machines' own clocks are ahead of the right time."""
    length: float = 3.0
    """Seconds that a run takes which has something to do: a kill at any instant comes before that."""
    runs: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    """The torments, by their names."""
    kills: Counter[str] = field(default_factory=Counter)
    """The processes that were killed while they ran, by what killed them."""
    commands: Counter[str] = field(default_factory=Counter)
    """The processes that were started, by what they were to do."""
    asked: int = 0
    """Deliveries that a person had to let go once more."""
    wrong: dict[str, str] = field(default_factory=dict)
    """What was refused though nothing was the matter with it, by machine and key."""
    broken: list[str] = field(default_factory=list)
    """The promises that were broken while it went on."""
    said: dict[str, set[str]] = field(default_factory=dict)
    """By key, every wording that was ever approved."""
    windows: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """By key, when it was due at the earliest and closed at the latest, by any zone data that was in use."""
    taken_down: dict[str, bool] = field(default_factory=dict)
    """By key, what a person has taken down, and whether something is to take its place."""
    between: timedelta = BETWEEN
    """From one sweep to the next, once it is left to itself."""
    slept_over: set[str] = field(default_factory=set)
    """What wasn't out yet as its window closed, since a sender that had its account was stopped."""

    def __post_init__(self) -> None:
        self.plan_again(self.plan)

    @property
    def keepers(self) -> list[Machine]:
        """Those with a ledger of their own."""
        return self.machines

    def plan_again(self, plan: Plan) -> None:
        """The files say something else, and it is approved."""
        self.plan = plan
        for delivery in plan:
            self.said.setdefault(delivery.key, set()).add(text_of(delivery))
            due, closes = self.windows.get(delivery.key, (delivery.due, delivery.deadline))
            self.windows[delivery.key] = min(due, delivery.due), max(closes, delivery.deadline)

    def read_again(self) -> Plan:
        """What the first machine's files say now."""
        return plan_of(self.machines[0].folder / "config.toml")

    # Time

    def now(self) -> datetime:
        return datetime.fromtimestamp(true_time() + self.shift, UTC)

    def reach(self, moment: datetime) -> None:
        """Waits until then, in no time. The first moment may lie in the past; from there on time never goes back."""
        self.shift = max(self.shift, ahead(moment)) if self.begun else ahead(moment)
        self.begun = True
        for sea in self.seas:
            sea.shift(self.shift)
        self.set_clocks(self.askew)

    def pass_by(self, minutes: float) -> None:
        self.reach(self.now() + timedelta(minutes=minutes))

    def set_clocks(self, askew: float) -> None:
        """Sets the machines' clocks so many seconds off the right time; 0 is right."""
        self.askew = askew
        for machine in self.machines:
            machine.set_clock(self.shift + askew)

    # Programs

    def begin(self, machine: Machine, *words: str, room: int | None = None) -> Run:
        self.runs += 1
        words = tuple(map(str, words)) or ("publish", "--live")
        self.commands[words[0]] += 1
        return machine.begin(*words, room=room)

    def start(self) -> dict[str, Run]:
        """Starts the program on each machine; gives the runs by the name that each has for the servers."""
        return {machine.host: self.begin(machine) for machine in self.machines}

    def compete(self, programs: int, room: int | None = None) -> list[Run]:
        """So many programs at once, side by side on one ledger: `schedule` among them, more often than not."""
        machine = self.chance.choice(self.machines)
        first = ("schedule", "--live") if self.chance.random() < 0.6 else ()
        return [self.begin(machine, *(() if nth else first), room=room) for nth in range(programs)]

    def over(self, runs: Sequence[Run], cause: str = "") -> None:
        """Waits until they have ended: `schedule` is told to. Those that were killed count, as killed by this."""
        for run in runs:
            if run.words[0] == "schedule":
                run.terminate()
        for run in runs:
            said = run.ended()
            if run.killed:
                self.kills[cause] += 1
            elif run.status != -signal.SIGTERM:  # it was told to stop before it had begun to listen
                self.hold(run.status in (0, 1, 2), f"a program ended with status {run.status}: {said[-300:]}")

    def calm(self, machine: Machine, *words: str) -> str:
        """A run that nobody kills; gives what it says."""
        return _well(self.begin(machine, *words))

    def sweep(self) -> None:
        """A run on each machine, side by side, that nobody kills."""
        began, runs = time.monotonic(), self.start()
        for run in runs.values():
            _well(run)
        self.length = max(self.length, time.monotonic() - began)

    # Promises

    def hold(self, kept: bool, promise: str) -> None:
        """Notes a promise that was broken."""
        if not kept:
            self.broken.append(f"{self.now():%d %b %H:%M}: {promise}")
            show(f"BROKEN {self.broken[-1]}")

    def settled(self) -> There:
        """What is there, once nothing that was sent can come any more."""
        time.sleep(0.2)  # what is on its way has come in by then
        while not all(sea.faulty.is_quiet() for sea in self.seas):
            time.sleep(0.05)
        return self.there()

    def nothing_new(self, before: There, why: str, concerned: Callable[[str, str, str], bool]) -> None:
        """Nothing that concerns us, by platform, embassy and text, has come since."""
        for platform, accounts in self.settled().items():
            for embassy, posts in accounts.items():
                for new in posts.keys() - before[platform][embassy].keys():
                    self.hold(not concerned(platform, embassy, posts[new]), f"{new} was posted {why}: {posts[new]}")

    # What is there, and what is known

    def there(self) -> There:
        """What the servers have."""
        return {sea.platform: sea.there() for sea in self.seas}

    def out(self, deliveries: Sequence[Delivery]) -> list[int]:
        """How often each of these is on its server, in whatever words."""
        there = {
            platform: {embassy: Counter(texts.values()) for embassy, texts in accounts.items()}
            for platform, accounts in self.there().items()
        }
        return [
            sum(there[delivery.platform][delivery.embassy.id][text] for text in self.said[delivery.key])
            for delivery in deliveries
        ]

    def end_of(self, key: str) -> tuple[State, int]:
        """How it is to end: its state in a ledger, and how often it is on the server."""
        if key in self.slept_over:  # what was to take the place of another is forgotten with its window
            return (State.RETRACTED if key in self.taken_down else State.MISSED), 0
        return (State.RETRACTED, 0) if self.taken_down.get(key) is False else (State.PUBLISHED, 1)

    def due(self, day: int | None = None) -> list[Delivery]:
        now = self.now()
        return [delivery for delivery in self.plan if day in (None, delivery.number) and delivery.due <= now]

    def rows(self, machine: Machine) -> dict[str, Row]:
        return machine.rows(self.plan.campaign_id)

    def is_well(self, day: int) -> bool:
        """Whether every ledger has the whole day as it is to end, and so have the servers."""
        of_the_day = self.due(day)
        for machine in self.keepers:
            rows = self.rows(machine)
            if any(d.key not in rows or rows[d.key].state is not self.end_of(d.key)[0] for d in of_the_day):
                return False
        return self.out(of_the_day) == [self.end_of(d.key)[1] for d in of_the_day]

    # A day

    def day(self, number: int, torments: Sequence[tuple[float, Torment]]) -> None:
        """Its torments, each at its minute; then runs that are left alone, until all is well."""
        begins = FIRST + timedelta(days=number - 1)
        for minutes, torment in torments:
            self.reach(begins + timedelta(minutes=minutes))
            torment(self)
        self.reach(begins + timedelta(minutes=STORMY + 5))
        while self.now() < begins + A_DAY:
            self.sweep()
            self.ask_a_person()
            if self.wrong or self.is_well(number):
                break
            self.reach(self.now() + self.between)

    def ask_a_person(self) -> None:
        """What was lost on the way three times is given up until somebody says to try again."""
        for machine in self.keepers:
            given_up = []
            for key, row in self.rows(machine).items():
                if row.state is not State.REFUSED:
                    continue
                if "without a clear answer" in (row.error or ""):
                    if not row.allowed and self.now() < row.closes:
                        given_up.append(key)
                else:
                    self.wrong[f"{machine.host} {key}"] = row.error or ""
            if given_up:
                self.calm(machine, "retry", *given_up)
                self.asked += len(given_up)

    def wait_for_what_is_late(self) -> None:
        time.sleep(2 * LATE)


Torment: TypeAlias = Callable[[Storm], None]


def _well(run: Run) -> str:
    said = run.ended()
    assert run.status in (0, 1), said
    return said


def show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def text_of(delivery: Delivery) -> str:
    assert delivery.rendered_text
    return delivery.rendered_text.text
