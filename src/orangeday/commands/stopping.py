"""The end of a program that runs on: by Ctrl-C, by the system, or because its terminal was closed."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orangeday.clock import system_clock
from orangeday.engine.alerts import AlertTopic
from orangeday.system import machine


class Stop(threading.Event):
    """The event that is set when the program shall end."""

    is_hang_up = False
    """True where it is because the terminal was closed, or the connection to the computer was lost."""

    def alert_topic(self) -> AlertTopic:
        """Return the cause of an alert for who isn't at the machine: another each time, so that each is told."""
        reason = (
            f"`orangeday schedule` on {machine.name()} was ended by a hang-up: its terminal was closed, or the "
            "connection to that computer was lost. From there nothing more is posted until it is started again. "
            "docs/run.md says how it keeps running without a terminal."
        )
        return AlertTopic(
            "ended by a hang-up", reason, occasion=f"{machine.name()}, {system_clock():%Y-%m-%d %H:%M:%S}"
        )


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Yield the event that Ctrl-C, SIGTERM and a hang-up set. The second Ctrl-C or SIGTERM has its usual effect.

    A hang-up that was ignored when the program began (`nohup`) is ignored still.
    """
    stop = Stop()

    def on_signal(name: int, _frame: object) -> None:
        # A shell that ends passes on the hang-up that its terminal has told us of already: the second is no other.
        signal.signal(name, signal.SIG_IGN if name == hang_up else previous_handlers[signal.Signals(name)])
        stop.is_hang_up = stop.is_hang_up or name == hang_up
        # It comes between any two steps of this very thread, which may hold the event's own lock just then: whoever
        # sets it here would wait for themselves.
        threading.Thread(target=stop.set).start()

    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    names = stop_signals(signal)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        names.append(hang_up)
    previous_handlers = {name: signal.signal(name, on_signal) for name in names}
    try:
        with _console_events(console_handler(stop, threading.Event().wait)):
            yield stop
    finally:
        for name, handler in previous_handlers.items():
            if not (name == hang_up and stop.is_hang_up):
                signal.signal(name, handler)


def stop_signals(signals: object) -> list[signal.Signals]:
    """Return the signals by which a person or the system ends a program, of those that a system has.

    On Windows Ctrl-Break is SIGBREAK, which is all that another program can send to one that was started beside it.
    """
    return [value for name in ("SIGINT", "SIGTERM", "SIGBREAK") if (value := getattr(signals, name, None)) is not None]


# Windows

_CONSOLE_ENDINGS = frozenset({2, 5, 6})
"""The window is closed, the user logs off, the computer is shut down: CTRL_CLOSE_EVENT and so on."""


def console_handler(stop: Stop, wait: Callable[[], object]) -> Callable[[int], bool]:
    """Return the function that Windows is to call, in a thread of its own, for each event of its console.

    Windows ends the program when the function returns, and at the latest some five seconds later: so it waits
    meanwhile, and the program ends by itself. Ctrl-C and Ctrl-Break come as signals.
    """

    def on_event(event: int) -> bool:
        if event not in _CONSOLE_ENDINGS:
            return False
        stop.is_hang_up = True
        stop.set()
        wait()
        return True

    return on_event


@contextmanager
def _console_events(on_event: Callable[[int], bool]) -> Iterator[None]:
    """Let Windows tell of the events of its console meanwhile; other systems send signals for them."""
    if sys.platform == "win32":
        import ctypes

        handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(on_event)
        ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, 1)
        try:
            yield
        finally:
            ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, 0)
    else:
        yield
