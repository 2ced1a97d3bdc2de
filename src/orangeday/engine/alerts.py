"""Alerts: messages about what needs a person, one for each cause, to the address that the config names.

They come after the posts, and nothing that goes wrong here keeps a post back. `status` and the exit codes say the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from orangeday.clock import Clock
from orangeday.content.plan import Plan
from orangeday.engine.status import Standing
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.system import credentials
from orangeday.text.display import visible

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

SECRET = "{secret}"  # noqa: S105  what stands for it
"""The placeholder in the config's address for the secret, which no file may hold."""

_OVER = timedelta(hours=6)
"""The time of absence after which a cause that comes back counts as new."""

_SILENCE = timedelta(minutes=10)
"""The longest time for which no program may look for what is due."""

_PATIENCE = 30
"""The seconds for which the program's end waits for messages that are on their way."""

_LIMIT = 25.0
"""The seconds for one message. A server may trickle, and the library that sends has no limit for the whole."""
_HANGING = 4
"""The number of unfinished messages from which on no further one is begun."""

_LISTED = 10
"""The number of posts that a message names; the others are counted."""

_TITLES = {
    State.REFUSED: "refused",
    State.UNSURE: "unsure: live or not, nobody knows",
    State.MISSED: "missed",
    State.HELD: "held",
    State.DEFERRED: "in need of attention",
    State.SCHEDULED: "due, and not begun",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """The subject of an alert: a thing that is wrong, however many posts it concerns."""

    title: str
    why: str
    about: tuple[str, ...] = ()
    """The keys of the posts concerned."""
    once: str = ""
    """A text that tells this one from others of its kind, where each of them is told; or empty."""

    @property
    def name(self) -> str:
        """The name, the same for the same thing, whichever post, account, number or moment it was seen at."""
        alike = f"{self.title.partition(':')[0]}: {re.sub(r'[^ ]*[0-9/@][^ ]*', '#', self.why)}"
        return f"{alike} ({self.once})" if self.once else alike

    def message(self) -> tuple[str, str]:
        """Return a title and a body, for a person who isn't at the machine."""
        number = f"{len(self.about)} {'post' if len(self.about) == 1 else 'posts'} " if self.about else ""
        more = len(self.about) - _LISTED
        listed = [*self.about[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
        why = visible(" ".join(self.why.split()))  # what a server or a file says begins no line of ours
        return f"orangeday: {number}{self.title}", "\n".join([why, "", *listed, "", "See: orangeday status"])


def causes(standings: Iterable[Standing]) -> list[Cause]:
    """Return what needs a person among these deliveries, each cause once, with the keys of its posts."""
    alike: dict[str, tuple[Cause, list[str]]] = {}
    for standing in standings:
        if standing.needs_person and standing.state in _TITLES:
            cause = Cause(_TITLES[standing.state], standing.why or "nobody knows why")
            alike.setdefault(cause.name, (cause, []))[1].append(standing.delivery.key)
    return [Cause(cause.title, cause.why, tuple(keys)) for cause, keys in alike.values()]


def silence(plan: Plan, last: datetime | None, now: datetime) -> Cause | None:
    """Return the alert that nothing has looked since `last` for what was due ten minutes ago or earlier, or None."""
    since = max(last, plan.begins) if last else plan.begins
    late = [delivery.key for delivery in plan.due_between(since, now - _SILENCE) if now < delivery.closes]
    if not late:
        return None
    looked = f"since {last:%d %B at %H:%M} UTC" if last else "at all"
    return Cause("due, and nothing has looked", f"No program has looked for what is due {looked}.", tuple(late))


class Alerts:
    """The sender of alerts to the config's [alerts] url, in a thread of its own. Close it when done."""

    def __init__(self, ledger: Ledger, clock: Clock, failed: Callable[[str], None]) -> None:
        """Begin nothing yet; `failed` is called with the reason why a message didn't go out.

        It is called in the alerts' own thread; in `close`, in the caller's.
        """
        self._ledger = ledger
        self._clock = clock
        self._failed = failed
        self._waiting: SimpleQueue[tuple[Plan, Sequence[Cause]] | None] = SimpleQueue()
        self._worker: Thread | None = None

    def tell(self, plan: Plan, found: Sequence[Cause]) -> None:
        """Queue a message about these, and return at once; the ledger knows which of them were told before."""
        if not plan.config.alerts or not found:
            return
        if self._worker is None:
            self._worker = Thread(target=self._work, name="alerts", daemon=True)
            self._worker.start()
        self._waiting.put((plan, found))

    def close(self) -> None:
        """Wait for the messages that are on their way, for a limited time."""
        if self._worker:
            self._waiting.put(None)
            self._worker.join(_PATIENCE)
            if self._worker.is_alive():
                self._failed("an alert is still on its way as the program ends: nobody knows whether it comes")

    def _work(self) -> None:
        while job := self._next():
            plan, found = job
            try:
                self._tell(plan, found)
            except Exception as failure:  # noqa: BLE001  whatever it is, the posts go on
                self._failed(f"the alert didn't go out: {failure}")

    def _next(self) -> tuple[Plan, Sequence[Cause]] | None:
        """Return plan and causes to tell next: all that came in while the last message went out; None at the end."""
        job = self._waiting.get()
        causes: dict[str, Cause] = {}
        while job:
            plan, found = job
            causes = {cause.name: cause for cause in found} | causes
            if self._waiting.empty():
                return plan, [*causes.values()]
            job = self._waiting.get()
        self._waiting.put(None)  # for whoever asks once more
        return (plan, [*causes.values()]) if causes else None

    def _tell(self, plan: Plan, found: Sequence[Cause]) -> None:
        now = self._clock()
        new = self._ledger.unheard([cause.name for cause in found], now, now - _OVER)
        for cause in found:
            if cause.name in new:
                if wrong := send(plan, *cause.message()):
                    self._failed(wrong)
                else:
                    self._ledger.told(cause.name, now)


_sending: list[Thread] = []


def send(plan: Plan, title: str, body: str) -> str | None:
    """Send one message, within a time limit; return the reason why it didn't go out, without a secret, or None."""
    import apprise  # noqa: F401  that it takes a while to load is no fault of the message's

    _sending[:] = [thread for thread in _sending if thread.is_alive()]
    if len(_sending) >= _HANGING:
        return f"the alert didn't go out: {len(_sending)} before it haven't ended yet"
    said: SimpleQueue[str | None] = SimpleQueue()
    thread = Thread(target=lambda: said.put(_send(plan, title, body)), name="alert", daemon=True)
    thread.start()
    _sending.append(thread)
    try:
        return said.get(timeout=_LIMIT)
    except Empty:
        return f"the alert wasn't taken within {_LIMIT:g} seconds: nobody knows whether it has come"


def _send(plan: Plan, title: str, body: str) -> str | None:
    import apprise

    try:
        address, secrets = _address(plan)
    except OrangedayError as failure:
        return str(failure)
    with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]  # it carries none
        try:
            asset = apprise.AppriseAsset()
            asset.async_mode = False  # its threads would keep the program from ending
            asset.http_redirects = False  # whoever redirects would be given the message, and maybe the secret
            sender = apprise.Apprise(asset=asset)
            known = sender.add(address)
            secrets += _of_the_accounts(plan)
            # It is text: where a message is HTML, or Markdown, what it says is escaped.
            sent = known and sender.notify(
                credentials.hidden(body, secrets),
                credentials.hidden(title, secrets),
                body_format=apprise.NotifyFormat.TEXT,
            )
        except Exception as failure:  # noqa: BLE001  a hundred services, each with its own ways to fail
            return f"the alert didn't go out: {type(failure).__name__}"
        if sent:
            return None
        said = " ".join(credentials.hidden(log.getvalue(), secrets).split())
    if not known:
        return "[alerts] url in the config is none that the alerts can use: see the examples in the config"
    return f"the alert didn't go out{f': {said[-200:]}' if said else ''}"


def _address(plan: Plan) -> tuple[str, list[str]]:
    """Return the address of the alerts with the secret in its place, and the forms of the secret, to be hidden.

    Raises OrangedayError where the address needs a secret and there is none.
    """
    url = plan.config.alerts or ""
    if SECRET not in url:
        return url, []
    secret = credentials.of_alerts()
    if not secret:
        why = credentials.why_no_keyring()
        raise OrangedayError(
            f"the alerts' {SECRET} is nowhere{why}: set {credentials.ALERTS}, or put it into the keyring"
        )
    # Before an @ it is a password, and whole; elsewhere it may be several words of the address.
    whole = "@" in url.partition(SECRET)[2].partition("/")[0]
    quoted = quote(secret, safe="" if whole else ":/")
    return url.replace(SECRET, quoted), [secret, quoted]


def _of_the_accounts(plan: Plan) -> list[str]:
    """Return every account's secret that is known here: none leaves, whoever put it into a message."""
    return [
        value for account in plan.accounts for value in credentials.find(account.embassy, account.platform)[0].values()
    ]
