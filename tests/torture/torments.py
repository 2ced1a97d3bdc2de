"""What can befall a campaign: each torment is a function that is given the storm, and leaves all as it should be."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event

from orangeday.approvals import model
from orangeday.approvals import store as approvals
from orangeday.content.plan import Delivery
from orangeday.ledger.states import State

from ..servers.faulty_proxy import Exchange
from ..support import zone_data
from ..support.machines import HOSTS, Machine, Run
from .storm_campaign import BETWEEN, Storm, Torment, show

# Kills


def at_any_instant(storm: Storm) -> bool:
    began, runs = time.monotonic(), storm.start()
    victim = storm.chance.choice(list(runs.values()))
    victim.wait(storm.chance.uniform(0, 0.9 * storm.length))
    victim.kill()
    return _struck(storm, began, runs, "at any instant")


def as_a_post_leaves(storm: Storm) -> bool:
    return _on_the_way(storm, "as a post leaves", handled=False)


def before_its_answer(storm: Storm) -> bool:
    return _on_the_way(storm, "before its answer", handled=True)


def _on_the_way(storm: Storm, name: str, *, handled: bool) -> bool:
    sea = storm.chance.choice(storm.seas)
    began, runs = time.monotonic(), storm.start()

    def kill(exchange: Exchange) -> None:
        if handled:
            exchange.forward()
        runs[exchange.seen.headers["Host"].partition(":")[0]].kill()
        exchange.hang_up()

    sea.faulty.fault(sea.sends, kill, skip=storm.chance.randrange(2))
    struck = _struck(storm, began, runs, name)
    sea.blow()
    return struck


def _struck(storm: Storm, began: float, runs: Mapping[str, Run], name: str) -> bool:
    """Waits for all to end; whether one was killed, and hadn't ended before."""
    storm.over(list(runs.values()), name)
    struck = any(run.killed for run in runs.values())
    if not struck:
        storm.length = min(storm.length, time.monotonic() - began)
    return struck


KILLS: Mapping[str, Callable[[Storm], bool]] = {
    "at any instant": at_any_instant,
    "as a post leaves": as_a_post_leaves,
    "before its answer": before_its_answer,
}


def kill(storm: Storm, kind: str | None = None) -> None:
    """Kills a run by SIGKILL; one that had nothing to send, or ended before, isn't counted."""
    kind = kind or storm.chance.choice(list(KILLS))
    while not KILLS[kind](storm):
        kind = "at any instant"


def kill_until(kills: int, crowds: bool, alone: bool, storm: Storm) -> None:
    """Kills until so many have been killed in all, one by one or several at once."""
    while storm.kills.total() < kills:
        if crowds and (not alone or storm.chance.random() < 0.7):
            kill_a_crowd(storm)
        else:
            kill(storm)


def kill_a_crowd(storm: Storm, most: int = 5) -> None:
    """Up to five programs at once, and each is killed at an instant of its own, or all of them by a power cut."""
    programs = storm.chance.randint(min(2, most), min(5, most))
    began, runs = time.monotonic(), storm.compete(programs)
    if storm.chance.random() < 0.4:
        _power_cut(storm, runs)
        storm.over(runs, "by a power cut")
        return
    # Side by side each of them takes longer; the first ones have most of the work.
    instants = sorted(storm.chance.uniform(0, storm.length) for _ in runs)
    for run, instant in zip(storm.chance.sample(runs, len(runs)), instants, strict=True):
        time.sleep(max(0.0, began + instant - time.monotonic()))
        run.kill()
    storm.over(runs, "in a crowd")
    if not any(run.killed for run in runs):
        storm.length = min(storm.length, time.monotonic() - began)


def _power_cut(storm: Storm, runs: list[Run]) -> None:
    """All that runs is killed in the moment in which a post is on its way; or soon, where none is."""
    sea, cut = storm.chance.choice(storm.seas), Event()

    def kill(exchange: Exchange) -> None:
        for run in runs:
            run.kill()
        cut.set()
        if storm.shift % 2 < 1:  # by chance
            exchange.forward()
        exchange.hang_up()

    sea.faulty.fault(sea.sends, kill, skip=storm.chance.randrange(3))
    cut.wait(storm.chance.uniform(0.3, 1) * storm.length)
    for run in runs:
        run.kill()
    sea.blow()


def _strike(storm: Storm) -> None:
    """Programs while something else is the matter: some of them are killed, and some are not."""
    if storm.chance.random() < 0.5:
        kill_a_crowd(storm, most=3)
    else:
        storm.over(storm.compete(storm.chance.randint(1, 3)))


# Machines


def stop_and_wake(storm: Storm) -> None:
    """A sender stands still for a while, whatever it holds; other programs go on, and leave its accounts alone."""
    sleeper = _stopped(storm)
    others = storm.compete(storm.chance.randint(1, 3))
    for other in others:
        other.wait(storm.length)
    storm.pass_by(storm.chance.choice((0, 1, 3, 8)))
    sleeper.wake()
    storm.over([sleeper, *others])


def _stopped(storm: Storm, *words: str) -> Run:
    """A run that is stopped: as a post of its is on the way, or at any instant."""
    sea, sent = storm.chance.choice(storm.seas), Event()
    sleeper = storm.begin(storm.chance.choice(storm.machines), *words)

    def stop(exchange: Exchange) -> None:
        sleeper.stop()
        sent.set()
        exchange.answer(exchange.forward())

    if storm.chance.random() < 0.5:
        sea.faulty.fault(sea.sends, stop)
        sent.wait(storm.length)
        sea.blow()
    else:
        sleeper.wait(storm.chance.uniform(0, 0.9 * storm.length))
    sleeper.stop()
    return sleeper


def sleep_over_the_window(storm: Storm) -> None:
    """A sender stands still until its windows have closed; then it wakes. What it kept is missed, and never said."""
    embassy = storm.chance.choice(list(storm.plan.config.embassies))
    sleeper = _stopped(storm, "publish", "--live", "--embassy", embassy)
    while _is_locked(storm.machines[0]):  # where it sleeps with the ledger in its hand, all the others just wait
        sleeper.wake()
        time.sleep(0.01)
        sleeper.stop()
    (day,) = {d.number for d in storm.due() if storm.now() - d.due < timedelta(hours=6)} or {0}
    closes = max((d.deadline for d in storm.plan if d.number == day), default=storm.now())
    for _ in range(8):  # all others have their turn, and their doubts are settled
        storm.sweep()
        storm.ask_a_person()
        storm.reach(storm.now() + 4 * BETWEEN)
    storm.reach(closes + timedelta(minutes=1))
    of_the_day = storm.due(day)
    kept = {d.key for d, times in zip(of_the_day, storm.out(of_the_day), strict=True) if not times}
    storm.slept_over |= {key for key in kept if storm.end_of(key)[1]}
    sleeper.wake()
    storm.over([sleeper])
    for _ in range(6):
        storm.sweep()
        storm.reach(storm.now() + BETWEEN)


def _is_locked(machine: Machine) -> bool:
    with closing(sqlite3.connect(machine.folder / "ledger.db", timeout=0.1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def fill_the_disk(storm: Storm) -> None:
    """No file can grow any more: not the ledger, nor a bookmark, a session or an approval."""
    size = sum(file.stat().st_size for file in storm.machines[0].ledger_files())
    room = max(40_000, int(size * storm.chance.uniform(0, 1.1)))
    runs = [storm.begin(storm.machines[0], room=room) for _ in range(storm.chance.randint(1, 2))]
    storm.over(runs)


def lock_the_ledger(storm: Storm) -> None:
    """Another program writes on the ledger for a while, and all wait for it: meanwhile nothing leaves."""
    machine = storm.chance.choice(storm.machines)
    with closing(sqlite3.connect(machine.folder / "ledger.db", timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        before, runs = storm.settled(), [storm.begin(machine) for _ in range(2)]
        time.sleep(storm.chance.uniform(0.3, 1.2) * storm.length)
        if storm.chance.random() < 0.5:
            runs[0].kill()
        if len(storm.machines) == 1:
            storm.nothing_new(before, "while the ledger was locked", _all)
        connection.execute("ROLLBACK")
    storm.over(runs, "before a locked ledger")


def set_the_clock_wrong(storm: Storm) -> None:
    """The machine's clock is set off by minutes or hours, and right again: meanwhile nothing is sent."""
    askew = storm.chance.choice((-1, 1)) * storm.chance.choice((180, 600, 3600, 4 * 3600, 9 * 3600))
    lasting = storm.begin(storm.machines[0], "schedule", "--live") if storm.chance.random() < 0.5 else None
    if lasting:
        lasting.wait(storm.length)
    storm.set_clocks(askew)
    storm.wait_for_what_is_late()
    before = storm.settled()
    storm.pass_by(storm.chance.choice((0, 6)))
    runs = [storm.begin(storm.chance.choice(storm.machines)) for _ in range(storm.chance.randint(1, 2))]
    for run in runs:
        run.wait(30)
    if lasting:
        lasting.wait(1.5)  # it looks at the clock once a second
    storm.nothing_new(before, f"while the clock was {askew} seconds off", _all)
    storm.set_clocks(0)
    if lasting:
        lasting.wait(1.5)
        runs.append(lasting)
    storm.over(runs)


NAIROBI = ("EAT-3", "<+04>-4")
"""What Nairobi's clocks show, by the zone data before an update and after it."""


def update_the_zone_data(storm: Storm) -> None:
    """While programs run the zone data is updated, or the update taken back.

    What isn't out yet is due an hour earlier or later, and what is out stays so. Programs that run already go on by
    what they have.
    """
    runs = storm.compete(storm.chance.randint(1, 2))
    runs[0].wait(storm.chance.uniform(0, storm.length))
    folder = Path(os.environ["PYTHONTZPATH"])
    before, after = NAIROBI
    now = (folder / "Africa/Nairobi").read_bytes()
    zone_data.write(folder, {"Africa/Nairobi": after if now == zone_data.tzif(before) else before})
    zone_data.look_again()
    keys = [delivery.key for delivery in storm.plan]
    storm.plan_again(storm.read_again())
    storm.hold([delivery.key for delivery in storm.plan] == keys, "other zone data made other keys")
    _strike(storm)
    storm.over(runs)


def _all(*_: str) -> bool:
    return True


# People


def pause_and_resume(storm: Storm) -> None:
    """Ben pauses all of it, an embassy, a platform or an account: from then on nothing of it goes out."""
    machine = storm.machines[0]
    embassy = storm.chance.choice(list(storm.plan.config.embassies))
    platform = storm.chance.choice(storm.seas).platform
    scopes = (None, embassy, platform, f"{embassy}/{platform}")
    scope = storm.chance.choice(scopes)
    what = [scope] if scope else []
    before_it = storm.compete(storm.chance.randint(1, 2))
    before_it[0].wait(storm.chance.uniform(0, storm.length))
    storm.calm(machine, "pause", *what, "--reason", "a storm", "--by", "Ben")

    def concerned(on: str, of: str, _: str) -> bool:
        return scope in (None, on, of, f"{of}/{on}")

    before = storm.settled()
    storm.pass_by(storm.chance.choice((0, 3)))
    _strike(storm)
    storm.nothing_new(before, f"while {scope or 'all of it'} was paused", concerned)
    storm.calm(machine, "resume", *what, "--by", "Ben")
    storm.over(before_it)


def withdraw_an_approval(storm: Storm) -> None:
    """Ben takes back the word for a text, and gives it again: meanwhile it isn't said."""
    delivery = _one_of_today(storm)
    day, language = delivery.number, delivery.language
    runs = storm.compete(storm.chance.randint(1, 2))
    runs[0].wait(storm.chance.uniform(0, storm.length))
    text = model.Subject(day, language, None)
    approvals.withdraw(storm.plan.campaign.folder, text, "Ben", storm.plan.begins, "")
    assert text in approvals.load(storm.plan.campaign.folder).withdrawals
    storm.over(runs)  # what was armed before
    texts = _texts(storm, day, language)
    before = storm.settled()
    _strike(storm)
    storm.nothing_new(before, "unapproved", lambda platform, embassy, text: text in texts)
    _approve(storm, day, language)


def _one_of_today(storm: Storm) -> Delivery:
    today = storm.due()[-1].number if storm.due() else 1
    return storm.chance.choice([delivery for delivery in storm.plan if delivery.number == today])


def _texts(storm: Storm, day: int, language: str) -> set[str]:
    of = [delivery.key for delivery in storm.plan if (delivery.number, delivery.language) == (day, language)]
    return {text for key in of for text in storm.said[key]}


def _approve(storm: Storm, day: int, language: str, by: str = "Ben") -> None:
    text = model.Subject(day, language, None)
    again = ["--again", "--yes"] if text in approvals.load(storm.plan.campaign.folder).withdrawals else []
    said = storm.calm(storm.machines[0], "approve", str(day), "--language", language, *again, "--by", by)
    kept = approvals.load(storm.plan.campaign.folder).entries
    assert text in kept, said


def retract(storm: Storm) -> None:
    """Ben takes posts down, some of them for a corrected one to take their place; the word for the text is gone too."""
    machine, rows = storm.machines[0], storm.rows(storm.machines[0])
    today = _one_of_today(storm).number
    out = [k for k, row in rows.items() if row.state is State.PUBLISHED and row.day == today and not row.generation]
    if not out:
        return
    keys = storm.chance.sample(out, min(len(out), storm.chance.randint(1, 2)))
    replace = storm.chance.random() < 0.5
    for key in keys:
        storm.taken_down[key] = replace
        while (row := storm.rows(machine)[key]).state is State.PUBLISHED and row.generation == 0:
            words = ("retract", key, "--yes", "--by", "Ben", *(["--replace"] if replace else []))
            taking = storm.begin(machine, *words)
            if storm.chance.random() < 0.3:
                taking.wait(storm.chance.uniform(0, 0.5 * storm.length))
                taking.kill()
            storm.over([taking], "while it took a post down")
    before = storm.settled()
    _strike(storm)
    gone = {(d.platform, d.embassy.id, text) for d in storm.plan if d.key in keys for text in storm.said[d.key]}
    storm.nothing_new(before, "after it was retracted", lambda *post: post in gone)
    for language in {rows[key].language for key in keys}:
        if replace:
            _reword(storm, today, language)
        _approve(storm, today, language)


# Files


def _reword(storm: Storm, day: int, language: str) -> Path:
    """Another wording, which isn't approved yet."""
    file = _file(storm, day, language)
    old = file.read_text("utf-8")
    number = int(found[1]) + 1 if (found := re.search(r"wording (\d+)", old)) else 2
    plain = re.sub(r" wording \d+", "", old)
    file.write_text(re.sub(r'^text = "(.*)"$', rf'text = "\1 wording {number}"', plain, flags=re.M), "utf-8")
    storm.plan_again(storm.read_again())
    return file


def _file(storm: Storm, day: int, language: str) -> Path:
    return storm.machines[0].folder / f"posts/{day:02}-day/{language}.toml"


def edit(storm: Storm) -> None:
    """A text is reworded while programs run, and only then approved: what hadn't gone out goes out as it is now."""
    delivery = _one_of_today(storm)
    day, language = delivery.number, delivery.language
    runs = storm.compete(storm.chance.randint(1, 2))
    before, old = storm.there(), _texts(storm, day, language)
    _reword(storm, day, language)
    new = _texts(storm, day, language) - old
    _strike(storm)
    storm.nothing_new(before, "before it was approved", lambda platform, embassy, text: text in new)
    _approve(storm, day, language)
    storm.over(runs)


def break_the_files(storm: Storm) -> None:
    """A file is broken, half written, renamed or gone, while programs run; then it is mended."""
    delivery = _one_of_today(storm)
    posts = storm.machines[0].folder / "posts"
    config, day = posts.with_name("config.toml"), posts / f"{delivery.number:02}-day"
    text = day / f"{delivery.language}.toml"
    ways: tuple[Callable[[], object], ...] = (
        partial(_moved, day, posts / "elsewhere"),
        partial(_moved, text, text.with_suffix(".bak")),
        partial(_moved, config, config.with_suffix(".old")),
        partial(_written, text, 'text = "an unclosed quote\n'),
        partial(_written, day / "day.toml", "title = "),
        partial(_written, posts / "approvals.toml", 'approved = "'),
        # Half of a config always ends within quotes: with a platform's address cut off it would be right, and real.
        partial(_written, config, config.read_text("utf-8").rpartition('handle = "')[0] + 'handle = "'),
    )
    runs = storm.compete(storm.chance.randint(1, 2))
    runs[0].wait(storm.chance.uniform(0, 0.5 * storm.length))
    with _until_mended(storm.chance.choice(ways)):
        _strike(storm)
    storm.over(runs)


@contextmanager
def _until_mended(way: Callable[[], object]) -> Iterator[None]:
    mend = way()
    try:
        yield
    finally:
        assert callable(mend)
        mend()


def _moved(file: Path, to: Path) -> Callable[[], object]:
    file.rename(to)
    return lambda: to.rename(file)


def _written(file: Path, content: str) -> Callable[[], object]:
    old = file.read_bytes()
    file.write_text(content, "utf-8")
    return lambda: file.write_bytes(old)


# What comes once


def lose_the_ledger(storm: Storm) -> None:
    """The file is gone; a person looks at the accounts, and says that it is right to go on."""
    machine = storm.machines[0]
    for file in machine.ledger_files():
        file.unlink()
    machine.forgotten = storm.now()
    storm.happened["ledgers deleted"] += 1
    _begins_paused(storm, machine, "the ledger was deleted")
    storm.calm(machine)


def bring_a_second_machine(storm: Storm) -> None:
    """The project was copied, ledger and all, and the copy is started beside it."""
    machine = storm.machines[0].copied("second")
    machine.call_servers(HOSTS[1])
    _call_what_was_sent(machine, *HOSTS[:2])
    storm.machines.append(machine)
    storm.set_clocks(0)
    storm.calm(machine, "approve", "all", "--by", "Ann")  # which service it posts to is part of what was approved
    storm.happened["machines brought"] += 1
    _begins_paused(storm, machine, "a second machine has come with a copy of the project")


def _call_what_was_sent(machine: Machine, before: str, after: str) -> None:
    """The servers are the same, and only called by another name there: what is in doubt was sent to them."""
    with closing(sqlite3.connect(machine.folder / "ledger.db")) as ledger:
        frozen = "SELECT sql FROM sqlite_master WHERE name = 'attempt_frozen'"
        (trigger,) = ledger.execute(frozen).fetchone()
        ledger.execute("DROP TRIGGER attempt_frozen")
        ledger.execute("UPDATE attempt SET service = replace(service, ?, ?)", (before, after))
        ledger.execute(trigger)
        ledger.commit()


def _begins_paused(storm: Storm, machine: Machine, why: str) -> None:
    storm.wait_for_what_is_late()  # of a run that was killed
    before = storm.there()
    said = storm.calm(machine)
    assert "paused" in said, said
    assert storm.there() == before, "nothing goes out before a person has said so"
    storm.calm(machine, "resume")
    waiting = storm.out(storm.due()).count(0)
    show(f"{why} on {storm.now():%d %B at %H:%M} UTC, with {waiting} posts due and not out")


def at_once(programs: int, storm: Storm) -> None:
    """So many programs in one minute, each with everything of the day to send."""
    started = [storm.begin(storm.machines[0]) for _ in range(programs)]
    storm.over(started)
    times = storm.out(storm.due())
    storm.happened["programs at once"] += programs
    show(f"{programs} programs at one minute: {len(times)} deliveries, {sum(times)} posts, {times.count(0)} not yet")
    assert max(times) <= 1, times


MACHINES: Mapping[str, Torment] = {
    "stops": stop_and_wake,
    "disks": fill_the_disk,
    "locks": lock_the_ledger,
    "clocks": set_the_clock_wrong,
    "zones": update_the_zone_data,
}
"""What befalls a machine."""
PEOPLE: Mapping[str, Torment] = {
    "pauses": pause_and_resume,
    "approvals": withdraw_an_approval,
    "retractions": retract,
    "edits": edit,
    "breaks": break_the_files,
}
"""What people do. A ledger that is lost, or that another machine keeps, can't know of all of it."""
KINDS = ("kills", "crowds", *MACHINES, *PEOPLE)
