from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import typer
from rich.live import Live

from orangeday.clock import local, system_clock, utc
from orangeday.commands.connector import advice_on, credentials_of, road
from orangeday.commands.files import files
from orangeday.commands.ledgers import brakes, is_recorded, ledger_to_send, settle_in
from orangeday.commands.options import Embassies, SendForReal, SendNothing, ToSend
from orangeday.commands.runs import do_nothing, is_live, nothing_to_send, parting_words, price_of
from orangeday.content.plan import Plan
from orangeday.engine.alerts import Alerts, Cause, causes, silence
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import Standing, look
from orangeday.engine.years import over_in_words
from orangeday.errors import LedgerError
from orangeday.ledger.records import ITSELF, Home, Pause
from orangeday.ledger.states import State
from orangeday.platforms.registry import title_of
from orangeday.system import machine, streams
from orangeday.text import phrases
from orangeday.views import console, sentences
from orangeday.views.terminal import status as status_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from orangeday.ledger.ledger import Ledger


def schedule(
    ctx: typer.Context,
    dry_run: SendNothing = False,
    live: SendForReal = False,
    embassy: Embassies = None,
    campaign: ToSend = None,
) -> int:
    """Post everything at its hour, until the campaign ends.

    Leave it running: it notices files that you edit, a laptop that slept and a clock that was set. On a terminal it
    shows a live table, elsewhere a line for each thing that happens. Ctrl-C stops it, and the next start goes on. So
    does a terminal that is closed, unless it was started by nohup.

    The first live start in the midst of a campaign asks whether another computer has already posted; without a
    terminal it starts paused until `orangeday resume`. Exit status 1 where that pause is still on at the end.

    Started live after the last day, it says that the campaign is over, and ends; it begins the next one only where
    the config's `start` or --campaign names it.
    """
    from orangeday.engine.scheduler import Scheduler

    machine.keep_one_heap()
    streams.never_wait()  # no post waits for whoever reads the log
    watched = files(ctx, embassy, example=not live, campaign=campaign)
    plan = watched.plan
    plan.config.usable()
    for_real = is_live(plan, dry_run, live)
    if idle := nothing_to_send(plan, for_real, campaign):
        for standing in do_nothing(plan, idle, for_real):
            console.documents().print(status_view.line(standing), soft_wrap=True)
        console.say(idle.why, "red" if idle.needs_person else "bold")
        return 1 if idle.needs_person else 0
    connect = road(plan, for_real, system_clock)
    watched.begin(live=for_real, chosen=dry_run or live)
    for pause in () if for_real else brakes(plan):
        console.say(sentences.paused(pause), "red")
    with ledger_to_send(plan, for_real) as ledger:
        if not _begin(plan, ledger, for_real):
            return 1
        publisher = Publisher(
            plan, ledger, connect, system_clock, reload=watched.newest, credentials=credentials_of(for_real),
            advice=advice_on, live=for_real, patience=20,
        )  # fmt: skip
        with closing(publisher), closing(Alerts(ledger, system_clock, lambda wrong: view.unheard(wrong))) as alerts:
            view = _View(publisher, ledger, "LIVE" if for_real else "DRY RUN", alerts if for_real else None)
            scheduler = Scheduler(publisher, system_clock, happened=view.happened, trouble=view.trouble)
            with _stopped_by_signals() as stop:
                view.watch(lambda tick: scheduler.run(stop, tick))
            if stop.hung_up and for_real:
                alerts.tell(publisher.plan, [stop.cause()])
        status = view.farewell(stopped=stop.is_set())
    if not for_real:
        console.say(parting_words(publisher.plan, system_clock()), "dim")
    return status


# How it begins


def _begin(plan: Plan, ledger: Ledger, for_real: bool) -> bool:
    """Say what is over, what is to come, and what X will charge; return whether it is to go on.

    A record of posts that is new in the midst of the campaign is paused before anything else, and a person asked.
    """
    now = system_clock()
    if not for_real:
        if how_far := plan.progress(now).in_words(recorded=is_recorded(plan)):
            console.say(how_far)
        return True
    settled = settle_in(plan, ledger, now)
    rows = ledger.campaign(plan.campaign_id)
    out = {key for key, row in rows.items() if row.state in (State.PUBLISHED, State.RETRACTED)}
    if how_far := plan.progress(now, out=out).in_words():
        console.say(how_far)
    if price := price_of(plan, ledger, now, plan, held=True):
        console.say(price)
    if settled.home is Home.NEW and settled.pause and _is_at_a_terminal():
        return _ask(plan, ledger, settled.pause)
    return True


def _is_at_a_terminal() -> bool:
    """Return whether a person can be asked: not in the background, where a program that asks is stopped unheard."""
    try:
        asks = sys.stdin.isatty() and sys.stderr.isatty()
        return asks and (sys.platform == "win32" or os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp())
    except (OSError, ValueError):
        return False


_QUESTION = "Has another computer already posted for these accounts in this campaign? [yes/no] "


def _ask(plan: Plan, ledger: Ledger, pause: Pause) -> bool:
    """Ask whether another computer has posted already; only “no” ends the pause. Return whether it is to go on."""
    console.say(
        "The campaign is running, and the record of posts on this computer is new. So that nothing goes out twice, "
        "everything is paused until you answer.",
        "bold",
    )
    console.say(f"The accounts: {sentences.accounts(plan.accounts)}")
    try:
        answer = _typed(_QUESTION)
    except KeyboardInterrupt:
        console.say("\nStopped. Everything stays paused until `orangeday resume`; then start this again.")
        return False
    if answer == "no" and ledger.resume(pause.scope, only=pause):
        console.say(f"No, says {ledger.who}: the pause is over.{_how_late(plan)}")
    elif answer == "no":
        console.say("Meanwhile somebody else has decided what is paused.")
    else:
        console.say(
            "Everything stays paused, and nothing is sent. Look at each account: what is there already? When all is "
            "right, type this in another terminal, in this folder: orangeday resume"
        )
    return True


def _how_late(plan: Plan) -> str:
    """Return by how much posts are late all campaign long on each platform where the account is looked at first."""
    said = ""
    for platform in dict.fromkeys(account.platform for account in plan.accounts):
        if settle_after := plan.config.platforms[platform].settle_after:
            minutes = -(-int(settle_after.total_seconds()) // 60)
            after = "a minute" if minutes == 1 else f"{minutes} minutes"
            title = title_of(platform)
            said += f" On {title} the account is looked at before each post, which goes out {after} after its hour."
    return said


def _typed(question: str) -> str:
    """Return what a person types, in small letters; nothing where no more can be typed."""
    if sys.platform != "win32":
        import termios

        with suppress(termios.error):  # what was typed before the question is no answer to it
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
    sys.stderr.write(question)
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip().lower()
    except (OSError, UnicodeDecodeError):
        return ""


class _View:
    """The view that the officer has meanwhile: a live table on a terminal, elsewhere a line for each event."""

    def __init__(self, publisher: Publisher, ledger: Ledger, mode: str, alerts: Alerts | None) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._mode = mode
        self._alerts = alerts
        self._unheard = ""
        self._swept = ledger.last_sweep(publisher.plan.campaign_id)
        self._console = console.documents()
        self._plan = publisher.plan
        self._trouble: str | None = None
        self._paused: list[str] = []
        self._pauses = ledger.pauses()
        self._standings = self._look()
        self._told: dict[str, tuple[State, str | None]] = {}

    def _log_wrong(self) -> None:
        if wrong := sentences.broken(self._plan.problems):
            self._log(wrong)

    def _look(self) -> dict[str, Standing]:
        found = look(self._plan, self._ledger, system_clock(), self._plan)
        # What is late as the program begins is begun now; whether it was is said by the sweeps.
        return {s.delivery.key: replace(s, why=None, needs_person=False) if s.ready else s for s in found}

    def _price(self) -> str | None:
        """Return what X charges for what is still to go out; None in a dry run."""
        return price_of(self._plan, self._ledger, system_clock(), self._plan) if self._alerts else None

    def happened(self, touched: list[Standing]) -> None:
        """Take over what a sweep did. Called from the scheduler's thread: what is shown is replaced, not changed."""
        if self._publisher.plan is not self._plan:
            before_that, self._plan = self._plan, self._publisher.plan
            self._standings = self._look()
            self._log(f"The files have changed: {len(self._standings)} posts are planned now.")
            self._log_wrong()
            if self._plan.config.prices != before_that.config.prices and (price := self._price()):
                self._log(price)
        if self._alerts:
            late = silence(self._plan, self._swept, system_clock())
            self._alerts.tell(self._plan, [*([late] if late else []), *causes(touched)])
            self._swept = system_clock()
        self._look_at_pauses()
        self._standings = self._standings | {s.delivery.key: s for s in touched}
        if not self._console.is_terminal:
            for standing in touched:
                # What is held is touched by every sweep, and told once: that it would be was foreseen, and not told.
                news = standing.state, standing.why
                if self._told.get(standing.delivery.key) != news:
                    self._told[standing.delivery.key] = news
                    self._console.print(status_view.line(standing), soft_wrap=True)
        if touched:
            machine.give_back_memory()

    def trouble(self, what: str | None) -> None:
        """Take over that something holds everything; or, None, no longer does."""
        if what and self._alerts:
            self._alerts.tell(self._plan, [Cause("held, all of it", what)])
        self._trouble = what
        self._log(what or "What was wrong is corrected; it goes on.")

    def unheard(self, why: str) -> None:
        """Take over why an alert didn't go out."""
        self._unheard = why
        self._log(why)

    def _look_at_pauses(self) -> None:
        """Read which pauses are on, and say each once; say so when none is on any more."""
        self._pauses = self._ledger.pauses()
        before, self._paused = self._paused, [sentences.paused(pause) for pause in self._pauses]
        for said in self._paused:
            if said not in before:
                self._log(f"PAUSED: {said}")
        if before and not self._paused:
            self._log("Nothing is paused any more.")

    def _log(self, what: str) -> None:
        if not self._console.is_terminal:
            self._console.print(utc(system_clock()), console.in_a_line(what), soft_wrap=True)

    def watch(self, run: Callable[[Callable[[], None]], None]) -> None:
        """Show what happens while `run` does it."""
        if not self._console.is_terminal:
            self._announce()
            run(lambda: None)
            return
        with Live(console=self._console, auto_refresh=False, vertical_overflow="crop") as live:
            run(lambda: live.update(self._draw(), refresh=True))
            live.update(self._draw(), refresh=True)

    def _draw(self) -> RenderableType:
        height = self._console.height
        broken = sentences.broken(self._plan.problems)
        trouble = self._trouble or "\n".join(filter(None, [*self._paused, broken, self._unheard]))
        now = system_clock()
        return status_view.board(self._plan, self._standings, now, self._mode, trouble, height, self._pauses)

    def _announce(self) -> None:
        now = system_clock()
        coming = self._plan.next_after(now)
        said = f"{self._mode}: {len(self._standings)} posts of {self._plan.campaign_id}."
        self._console.print(console.in_a_line(said), soft_wrap=True)
        self._console.print(status_view.by_day(self._plan, self._standings.values()))
        self._log_wrong()
        if coming:
            at = f"{utc(coming.due)} ({local(coming.local(coming.due))} for {coming.embassy.id})"
            said = f"Next: {at}, in {phrases.countdown(coming.due - now)}."
            if sentences.is_all_paused(self._pauses):
                said = f"{sentences.PAUSED} It would go on with: {at}."
            self._console.print(said, soft_wrap=True)

    def farewell(self, *, stopped: bool) -> int:
        """Say how it stands as the program ends, and return the exit status."""
        with suppress(LedgerError):  # else it is as it was seen last
            self._pauses = self._ledger.pauses()
        said = "Stopped; start it again and it goes on." if stopped else "The campaign is over."
        if stopped and sentences.is_all_paused(self._pauses):
            said = "PAUSED, and stopped: nothing goes out until `orangeday resume`, and a new start."
        self._console.print(status_view.counts(self._standings.values()).append(f". {said}"), soft_wrap=True)
        if not stopped and self._mode == "LIVE":
            console.say(over_in_words(self._plan, self._plan, system_clock()), "dim")
        return 1 if sentences.is_all_paused(pause for pause in self._pauses if pause.who == ITSELF) else 0


class Stop(threading.Event):
    """The event that is set when the program shall end."""

    hung_up = False
    """True where it is because the terminal was closed, or the connection to the computer was lost."""

    def cause(self) -> Cause:
        """Return the cause of an alert for who isn't at the machine: another each time, so that each is told."""
        why = (
            f"`orangeday schedule` on {machine.name()} was ended by a hang-up: its terminal was closed, or the "
            "connection to that computer was lost. From there nothing more is posted until it is started again. "
            "docs/run.md says how it keeps running without a terminal."
        )
        return Cause("ended by a hang-up", why, once=f"{machine.name()}, {system_clock():%Y-%m-%d %H:%M:%S}")


@contextmanager
def _stopped_by_signals() -> Iterator[Stop]:
    """Yield the event that Ctrl-C, SIGTERM and a hang-up set. The second Ctrl-C or SIGTERM has its usual effect.

    A hang-up that was ignored when the program began (`nohup`) is ignored still.
    """
    stop = Stop()

    def stopped(name: int, _frame: object) -> None:
        # A shell that ends passes on the hang-up that its terminal has told us of already: the second is no other.
        signal.signal(name, signal.SIG_IGN if name == hang_up else before[signal.Signals(name)])
        stop.hung_up = stop.hung_up or name == hang_up
        # It comes between any two steps of this very thread, which may hold the event's own lock just then: whoever
        # sets it here would wait for themselves.
        threading.Thread(target=stop.set).start()

    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    names = [signal.SIGINT, signal.SIGTERM]
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        names.append(hang_up)
    before = {name: signal.signal(name, stopped) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            if not (name == hang_up and stop.hung_up):
                signal.signal(name, handler)
