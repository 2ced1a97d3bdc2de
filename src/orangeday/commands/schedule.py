from __future__ import annotations

import signal
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import typer
from rich.live import Live

from orangeday import machine, output, streams
from orangeday.clock import local, system_clock
from orangeday.commands import (
    Embassies,
    SendForReal,
    SendNothing,
    ToSend,
    advice_on,
    brakes,
    credentials_of,
    do_nothing,
    files,
    is_live,
    ledger_to_send,
    nothing_to_send,
    parting_words,
    price_of,
    road,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from orangeday.alerts import Alerts
    from orangeday.ledger import Ledger
    from orangeday.publisher import Publisher
    from orangeday.standing import Standing


def schedule(
    ctx: typer.Context,
    dry_run: SendNothing = False,
    live: SendForReal = False,
    embassy: Embassies = None,
    campaign: ToSend = None,
) -> int:
    """Post everything at its hour, until the campaign ends.

    Leave it running: it notices files that you edit, a laptop that slept and a clock that was set. On a terminal it
    shows a live table, elsewhere a line for each thing that happens. Ctrl-C stops it, and the next start goes on.

    Started live after the last day, it says that the campaign is over, and ends; it begins the next one only where
    the config's `start` or --campaign names it.
    """
    from orangeday.alerts import Alerts
    from orangeday.publisher import Publisher
    from orangeday.scheduler import Scheduler

    machine.keep_one_heap()
    streams.never_wait()  # no post waits for whoever reads the log
    watched = files(ctx, embassy, example=not live, campaign=campaign)
    plan = watched.plan
    plan.config.usable()
    for_real = is_live(plan, dry_run, live)
    if idle := nothing_to_send(plan, for_real, campaign):
        for standing in do_nothing(plan, idle, for_real):
            output.documents().print(output.line(standing), soft_wrap=True)
        output.say(idle.why, "red" if idle.needs_person else "bold")
        return 1 if idle.needs_person else 0
    connect = road(plan, for_real, system_clock)
    watched.begin(live=for_real, chosen=dry_run or live)
    for pause in () if for_real else brakes(plan):
        output.say(output.paused(pause), "red")
    with ledger_to_send(plan, for_real) as ledger:
        publisher = Publisher(
            plan, ledger, connect, system_clock, reload=watched.newest, credentials=credentials_of(for_real),
            advice=advice_on, live=for_real, patience=20,
        )  # fmt: skip
        with closing(publisher), closing(Alerts(ledger, system_clock, lambda wrong: view.unheard(wrong))) as alerts:
            view = _View(publisher, ledger, "LIVE" if for_real else "DRY RUN", alerts if for_real else None)
            scheduler = Scheduler(publisher, system_clock, happened=view.happened, trouble=view.trouble)
            with _stopped_by_signals() as stop:
                view.watch(lambda tick: scheduler.run(stop, tick))
        view.farewell(stopped=stop.is_set())
    if not for_real:
        output.say(parting_words(publisher.plan, system_clock()), "dim")
    return 0


class _View:
    """What the officer sees meanwhile: a live table on a terminal, a line for each thing that happens elsewhere."""

    def __init__(self, publisher: Publisher, ledger: Ledger, mode: str, alerts: Alerts | None) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._mode = mode
        self._alerts = alerts
        self._unheard = ""
        self._swept = ledger.last_sweep(publisher.plan.campaign_id)
        self._console = output.documents()
        self._plan = publisher.plan
        self._trouble: str | None = None
        self._paused: list[str] = []
        self._standings = self._look()
        if price := self._price():
            output.say(price)

    def _log_wrong(self) -> None:
        if wrong := output.broken(self._plan.problems):
            self._log(wrong)

    def _look(self) -> dict[str, Standing]:
        from orangeday.standing import look

        found = look(self._plan, self._ledger, system_clock(), self._plan)
        # What is late as the program begins is begun now; whether it was is said by the sweeps.
        return {s.delivery.key: replace(s, why=None, needs_person=False) if s.ready else s for s in found}

    def _price(self) -> str | None:
        """What X charges for what is still to go out; nothing in a dry run."""
        return price_of(self._plan, self._ledger, system_clock(), self._plan) if self._alerts else None

    def happened(self, touched: list[Standing]) -> None:
        """A sweep is done. Called from the scheduler's thread, so what is shown is replaced, never changed."""
        if self._publisher.plan is not self._plan:
            before_that, self._plan = self._plan, self._publisher.plan
            self._standings = self._look()
            self._log(f"The files have changed: {len(self._standings)} posts are planned now.")
            self._log_wrong()
            if self._plan.config.prices != before_that.config.prices and (price := self._price()):
                self._log(price)
        if self._alerts:
            from orangeday.alerts import causes, silence

            late = silence(self._plan, self._swept, system_clock())
            self._alerts.tell(self._plan, [*([late] if late else []), *causes(touched)])
            self._swept = system_clock()
        self._look_at_pauses()
        before, self._standings = self._standings, self._standings | {s.delivery.key: s for s in touched}
        if not self._console.is_terminal:
            for standing in touched:
                known = before.get(standing.delivery.key)
                # What is held is touched by every sweep, and is news only once.
                if known is None or (known.state, known.why) != (standing.state, standing.why):
                    self._console.print(output.line(standing), soft_wrap=True)
        if touched:
            machine.give_back_memory()

    def trouble(self, what: str | None) -> None:
        """Something holds everything; or, None, no longer does."""
        if what and self._alerts:
            from orangeday.alerts import Cause

            self._alerts.tell(self._plan, [Cause("held, all of it", what)])
        self._trouble = what
        self._log(what or "What was wrong is mended; it goes on.")

    def unheard(self, why: str) -> None:
        """An alert didn't go out."""
        self._unheard = why
        self._log(why)

    def _look_at_pauses(self) -> None:
        """The brakes that are on, each said once, and again when it is off."""
        before, self._paused = self._paused, [output.paused(pause) for pause in self._ledger.pauses()]
        for said in self._paused:
            if said not in before:
                self._log(said)
        if before and not self._paused:
            self._log("Nothing is paused any more.")

    def _log(self, what: str) -> None:
        if not self._console.is_terminal:
            self._console.print(output.utc(system_clock()), output.shown(what), soft_wrap=True)

    def watch(self, run: Callable[[Callable[[], None]], None]) -> None:
        """Shows what happens while `run` does it."""
        if not self._console.is_terminal:
            self._announce()
            run(lambda: None)
            return
        with Live(console=self._console, auto_refresh=False, vertical_overflow="crop") as live:
            run(lambda: live.update(self._draw(), refresh=True))
            live.update(self._draw(), refresh=True)

    def _draw(self) -> RenderableType:
        height = self._console.height
        broken = output.broken(self._plan.problems)
        trouble = self._trouble or "\n".join(filter(None, [*self._paused, broken, self._unheard]))
        return output.board(self._plan, self._standings, system_clock(), self._mode, trouble, height)

    def _announce(self) -> None:
        now = system_clock()
        coming = self._plan.next_after(now)
        said = f"{self._mode}: {len(self._standings)} posts of {self._plan.campaign_id}."
        self._console.print(output.in_a_line(said), soft_wrap=True)
        self._console.print(output.by_day(self._plan, self._standings.values()))
        self._log_wrong()
        if coming:
            at = f"{output.utc(coming.due)} ({local(coming.local(coming.due))} for {coming.embassy.id})"
            self._console.print(f"Next: {at}, in {output.span(coming.due - now)}.", soft_wrap=True)

    def farewell(self, *, stopped: bool) -> None:
        """How it stands as the program ends."""
        said = "Stopped; start it again and it goes on." if stopped else "The campaign is over."
        self._console.print(output.counts(self._standings.values()).append(f". {said}"), soft_wrap=True)
        if not stopped and self._mode == "LIVE":
            output.say("Next: orangeday report", "dim")


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; the second time they have their usual effect."""
    stop = threading.Event()

    def stopped(name: int, _frame: object) -> None:
        signal.signal(name, before[signal.Signals(name)])
        # It comes between any two steps of this very thread, which may hold the event's own lock just then: whoever
        # sets it here would wait for themselves.
        threading.Thread(target=stop.set).start()

    before = {name: signal.signal(name, stopped) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
