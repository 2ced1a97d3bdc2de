from __future__ import annotations

import os
import sys
from contextlib import closing, suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live

from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.clock import local, system_clock, utc
from orangeday.commands.connector import advice_on, connector, credentials_of
from orangeday.commands.files import files
from orangeday.commands.ledgers import active_pauses, claim_home, is_recorded, ledger_to_send
from orangeday.commands.options import Embassies, SendForReal, SendNothing, ToSend
from orangeday.commands.runs import (
    dry_run_summary,
    finish_last_campaign,
    is_live,
    nothing_to_send,
    price_of,
    with_approvals,
)
from orangeday.commands.stopping import stop_on_signals
from orangeday.content.plan import Plan
from orangeday.engine.alerts import Alerts, AlertTopic, alert_topics, silence_topic
from orangeday.engine.publisher import Publisher
from orangeday.engine.reminders import Reminders
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.engine.years import campaign_over_text
from orangeday.errors import LedgerError
from orangeday.ledger.records import PROGRAM_ACTOR, Home, Pause
from orangeday.ledger.states import State
from orangeday.platforms.registry import title_of
from orangeday.retry import MAX_BACK_OFF
from orangeday.system import machine, streams
from orangeday.text import phrases
from orangeday.views import console, sentences
from orangeday.views.journal import Journal
from orangeday.views.terminal import status as status_view
from orangeday.views.terminal.board import board

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rich.console import RenderableType

    from orangeday.ledger.ledger import Ledger


class LogFormat(StrEnum):
    """The forms of the log: lines for people, or JSON objects for a collector."""

    TEXT = "text"
    JSON = "json"


def schedule(
    ctx: typer.Context,
    dry_run: SendNothing = False,
    live: SendForReal = False,
    embassy: Embassies = None,
    campaign: ToSend = None,
    log: Annotated[
        LogFormat, typer.Option("--log", help="What is written: text; or json, an object a line.", metavar="WHAT")
    ] = LogFormat.TEXT,
) -> int:
    """Post everything at its hour, until the campaign ends.

    Leave it running: it notices files that you edit, a laptop that slept and a clock that was set. On a terminal it
    shows a live table, elsewhere a line for each thing that happens; with --log json each line is a JSON object. Ctrl-C
    stops it, and the next start goes on. So does a terminal that is closed, unless it was started by nohup.

    The first live start in the midst of a campaign asks whether another computer has already posted; without a
    terminal it starts paused until `orangeday resume`. Exit status 1 where that pause is still on at the end.

    Started live after the last day, it says that the campaign is over, and ends; it begins the next one only where
    the config's `start` or --campaign names it.
    """
    is_json = log is LogFormat.JSON
    with console.json_lines(is_json):
        return _schedule(ctx, dry_run=dry_run, live=live, embassy=embassy, campaign=campaign, is_json=is_json)


def _schedule(
    ctx: typer.Context, *, dry_run: bool, live: bool, embassy: list[str] | None, campaign: str | None, is_json: bool
) -> int:
    """Do what `schedule` does; `is_json` is the form of its log."""
    from orangeday.engine.scheduler import Scheduler

    journal = Journal(console.documents(), is_json)
    machine.keep_one_heap()
    streams.stop_waiting()  # no post waits for whoever reads the log
    sources = files(ctx, embassy, example=not live, campaign=campaign)
    plan = sources.plan
    plan.config.require_usable()
    for_real = is_live(plan, dry_run, live)
    if idle := nothing_to_send(plan, for_real, campaign):
        for result in finish_last_campaign(plan, idle, for_real):
            journal.post(result, system_clock())
        console.info(idle.reason, "red" if idle.needs_person else "bold")
        return 1 if idle.needs_person else 0
    connect = connector(plan, for_real, system_clock)
    sources.begin(live=for_real, is_mode_given=dry_run or live)
    for pause in () if for_real else active_pauses(plan):
        console.info(sentences.pause_notice(pause, plan), "red")
    with ledger_to_send(plan, for_real) as ledger:
        if not _begin(plan, ledger, for_real):
            return 1
        publisher = Publisher(
            plan, ledger, connect, system_clock, reload=sources.newest_plan, credentials=credentials_of(for_real),
            advice=advice_on, live=for_real, timeout=20,
        )  # fmt: skip
        with (
            closing(publisher),
            closing(Alerts(ledger, system_clock, lambda error: view.on_alert_error(error))) as alerts,
            closing(Reminders(ledger, system_clock, lambda error: view.on_alert_error(error))) as reminders,
        ):
            mode = "LIVE" if for_real else "DRY RUN"
            view = _ScheduleView(publisher, ledger, mode, alerts if for_real else None, journal, is_json=is_json)
            if for_real:
                view.after_sweep = lambda: reminders.look(publisher.plan)
            scheduler = Scheduler(publisher, system_clock, on_sweep=view.on_sweep, on_error=view.on_error)
            with stop_on_signals() as stop:
                view.watch(lambda tick: scheduler.run(stop, tick))
            if stop.is_hang_up and for_real:
                alerts.notify(publisher.plan, [stop.alert_topic()])
        status = view.farewell(is_stopped=stop.is_set())
    if not for_real:
        plan = publisher.plan
        console.info(dry_run_summary(plan, plan.progress(system_clock()).to_come, "to come"), "dim")
    return status


# How it begins


def _begin(plan: Plan, ledger: Ledger, for_real: bool) -> bool:
    """Say what is over, what is to come, and what X will charge; return whether it is to go on.

    A record of posts that is new in the midst of the campaign is paused before anything else, and a person asked.
    """
    now = system_clock()
    if not for_real:
        if how_far := plan.progress(now).in_words(has_ledger=is_recorded(plan)):
            console.info(how_far)
        return True
    claim = claim_home(plan, ledger, now)
    rows = ledger.campaign_rows(plan.campaign_id)
    posted_keys = {key for key, row in rows.items() if row.state in (State.PUBLISHED, State.RETRACTED)}
    if how_far := plan.progress(now, posted_keys=posted_keys).in_words():
        console.info(how_far)
    if price := price_of(plan, ledger, now, plan, include_held=True):
        console.info(price)
    if claim.home is Home.NEW and claim.pause and _is_at_a_terminal():
        return _ask(plan, ledger, claim.pause)
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
    console.info(
        "The campaign is running, and the record of posts on this computer is new. So that nothing goes out twice, "
        "everything is paused until you answer.",
        "bold",
    )
    console.info(f"The accounts: {sentences.account_names(plan.accounts)}")
    try:
        answer = _read_answer(_QUESTION)
    except KeyboardInterrupt:
        console.info("\nStopped. Everything stays paused until `orangeday resume`; then start this again.")
        return False
    if answer == "no" and ledger.resume(pause.scope, pause=pause):
        console.info(f"No, says {ledger.actor}: the pause is over.{_delay_notice(plan)}")
    elif answer == "no":
        console.info("Meanwhile somebody else has decided what is paused.")
    else:
        console.info(
            "Everything stays paused, and nothing is sent. Look at each account: what is there already? When all is "
            "right, type this in another terminal, in this folder: orangeday resume"
        )
    return True


def _delay_notice(plan: Plan) -> str:
    """Return by how much posts are late all campaign long on each platform where the account is looked at first."""
    notice = ""
    for platform in dict.fromkeys(account.platform for account in plan.accounts):
        if settle_after := plan.config.platforms[platform].settle_after:
            minutes = -(-int(settle_after.total_seconds()) // 60)
            delay = "a minute" if minutes == 1 else f"{minutes} minutes"
            title = title_of(platform)
            notice += f" On {title} the account is looked at before each post, which goes out {delay} after its hour."
    return notice


def _read_answer(question: str) -> str:
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


class _ScheduleView:
    """The view that the officer has meanwhile: a live table on a terminal, elsewhere a line for each event."""

    def __init__(
        self, publisher: Publisher, ledger: Ledger, mode: str, alerts: Alerts | None, journal: Journal, *, is_json: bool
    ) -> None:
        self._journal = journal
        self._publisher = publisher
        self._ledger = ledger
        self._mode = mode
        self._alerts = alerts
        self._alert_error = ""
        self.after_sweep: Callable[[], None] = lambda: None
        """What is done besides after each sweep, in the scheduler's thread; it takes no time."""
        self._last_sweep = ledger.last_sweep(publisher.plan.campaign_id)
        self._console = console.documents()
        self._has_table = self._console.is_terminal and not self._console.is_dumb_terminal and not is_json
        self._plan = publisher.plan
        self._error: str | None = None
        self._pause_lines: list[str] = []
        self._pauses = ledger.pauses()
        self._approvals = self._read_approvals()
        self._statuses = self._read_statuses()
        self._last_news: dict[str, tuple[State, str | None, datetime | None]] = {}

    def _log_files_error(self) -> None:
        if error := sentences.file_errors(self._plan.problems):
            self._log(error)

    def _read_approvals(self) -> Approvals | None:
        """Return what is approved by now; None where no post needs it."""
        return approvals.load(self._plan.campaign.folder) if self._plan.config.require_approval else None

    def _read_statuses(self) -> dict[str, DeliveryStatus]:
        current_statuses = statuses(self._plan, self._ledger, system_clock(), self._plan, self._approvals)
        # What is late as the program begins is begun now; whether it was is said by the sweeps.
        return {
            status.delivery.key: replace(status, reason=None, needs_person=False) if status.ready else status
            for status in current_statuses
        }

    def _price(self) -> str | None:
        """Return what X charges for what is still to go out; None in a dry run."""
        return price_of(self._plan, self._ledger, system_clock(), self._plan) if self._alerts else None

    def on_sweep(self, results: list[DeliveryStatus]) -> None:
        """Take over what a sweep did. Called from the scheduler's thread: what is shown is replaced, not changed."""
        if self._publisher.plan is not self._plan:
            previous_plan, self._plan = self._plan, self._publisher.plan
            self._approvals = self._read_approvals()
            self._statuses = self._read_statuses()
            self._log(f"The files have changed: {len(self._statuses)} posts are planned now.")
            self._log_files_error()
            if self._plan.config.prices != previous_plan.config.prices and (price := self._price()):
                self._log(price)
        if self._alerts:
            now = system_clock()
            silence_alert = silence_topic(self._plan, self._ledger, self._last_sweep, now)
            self._alerts.notify(self._plan, [*([silence_alert] if silence_alert else []), *alert_topics(results, now)])
            self._last_sweep = now
        self.after_sweep()
        self._update_pauses()
        if (current_approvals := self._read_approvals()) != self._approvals:
            self._approvals = current_approvals
            self._statuses = self._read_statuses()
        if not self._alerts:
            results = with_approvals(self._plan, results)
        self._statuses = self._statuses | {result.delivery.key: result for result in results}
        if not self._has_table:
            for status in results:
                # What is held is touched by every sweep, and told once: that it would be was foreseen, and not told.
                # A wait of minutes that grows isn't news either; the next one of an hour is.
                now = system_clock()
                until = status.until if status.until and status.until - now > MAX_BACK_OFF else None
                news = status.state, status.reason, until
                if self._last_news.get(status.delivery.key) != news:
                    self._last_news[status.delivery.key] = news
                    self._journal.post(status, now)
        if results:
            machine.release_memory()

    def on_error(self, reason: str | None) -> None:
        """Take over that something holds everything; or, None, no longer does."""
        if reason and self._alerts:
            self._alerts.notify(self._plan, [AlertTopic("held, all of it", reason)])
        self._error = reason
        self._log(reason or "What was wrong is corrected; it goes on.")

    def on_alert_error(self, reason: str) -> None:
        """Take over why an alert didn't go out."""
        self._alert_error = reason
        self._log(reason)

    def _update_pauses(self) -> None:
        """Read which pauses are on, and say each once; say so when none is on any more."""
        self._pauses = self._ledger.pauses()
        previous_lines = self._pause_lines
        self._pause_lines = [sentences.pause_notice(pause, self._plan) for pause in self._pauses]
        for line in self._pause_lines:
            if line not in previous_lines:
                self._log(f"PAUSED: {line}")
        if previous_lines and not self._pause_lines:
            self._log("Nothing is paused any more.")

    def _log(self, text: str) -> None:
        if not self._has_table:
            self._journal.event(text)

    def watch(self, run: Callable[[Callable[[], None]], None]) -> None:
        """Show what happens while `run` does it."""
        if not self._has_table:
            self._announce()
            run(lambda: None)
            return
        # On a screen of its own, so that a window that is made smaller leaves no remains of it.
        with Live(console=self._console, auto_refresh=False, screen=True, vertical_overflow="crop") as live:
            run(lambda: live.update(self._draw(), refresh=True))
        self._console.print(self._draw())

    def _draw(self) -> RenderableType:
        files_error = sentences.file_errors(self._plan.problems)
        problem = self._error or "\n".join(filter(None, [*self._pause_lines, files_error, self._alert_error]))
        now = system_clock()
        return board(self._plan, self._statuses, now, self._mode, problem, self._console.size, self._pauses)

    def _announce(self) -> None:
        now = system_clock()
        upcoming = self._plan.next_after(now)
        self._journal.sentence(f"{self._mode}: {len(self._statuses)} posts of {self._plan.campaign_id}.")
        results = [*self._statuses.values()]
        self._journal.table(status_view.by_day(self._plan, results), self._plan, results)
        self._log_files_error()
        if upcoming:
            time_text = f"{utc(upcoming.due)} ({local(upcoming.local(upcoming.due))} for {upcoming.embassy.id})"
            text = f"Next: {time_text}, in {phrases.countdown(upcoming.due - now)}."
            if sentences.is_all_paused(self._pauses):
                text = f"{sentences.PAUSED_LABEL} It would go on with: {time_text}."
            self._journal.sentence(text)

    def farewell(self, *, is_stopped: bool) -> int:
        """Say how it stands as the program ends, and return the exit status."""
        with suppress(LedgerError):  # else it is as it was seen last
            self._pauses = self._ledger.pauses()
        message = "Stopped. The same command goes on from here." if is_stopped else "The campaign is over."
        if is_stopped and sentences.is_all_paused(self._pauses):
            message = "PAUSED, and stopped: nothing goes out until `orangeday resume`, and a new start."
        self._journal.farewell(self._statuses.values(), message)
        if not is_stopped and self._mode == "LIVE":
            console.info(campaign_over_text(self._plan, self._plan, system_clock()), "dim")
        return 1 if sentences.is_all_paused(pause for pause in self._pauses if pause.actor == PROGRAM_ACTOR) else 0
