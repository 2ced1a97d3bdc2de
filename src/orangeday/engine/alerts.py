"""Alerts: messages about what needs a person, one for each cause, to the address that the config names.

They come after the posts, and nothing that goes wrong here keeps a post back. `status` and the exit codes say the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from orangeday.clock import Clock
from orangeday.content.plan import Plan
from orangeday.engine.advice import remedy, timely_remedy
from orangeday.engine.status import DeliveryStatus
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.system import credentials
from orangeday.text.display import visible

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

SECRET = "{secret}"  # noqa: S105  what stands for it
"""The placeholder in the config's address for the secret, which no file may hold."""

_RECURRENCE_GAP = timedelta(hours=6)
"""The time of absence after which a cause that comes back counts as new."""

SILENCE = timedelta(minutes=10)
"""The longest time for which no program may look for what is due."""

_CLOSE_TIMEOUT = 30
"""The seconds for which the program's end waits for messages that are on their way."""

_SEND_TIMEOUT = 25.0
"""The seconds for one message. A server may trickle, and the library that sends has no limit for the whole."""
_MAX_UNFINISHED = 4
"""The number of unfinished messages from which on no further one is begun."""

_MAX_POSTS_SHOWN = 10
"""The number of posts that a message names; the others are counted."""
_MAX_STEPS_SHOWN = 3
"""The number of different steps that a message has; of more it has the first."""

_TITLES = {
    State.REFUSED: "refused",
    State.UNSURE: "unsure: live or not, nobody knows",
    State.MISSED: "missed",
    State.HELD: "held",
    State.DEFERRED: "in need of attention",
    State.SCHEDULED: "due, and not begun",
}


@dataclass(frozen=True, slots=True)
class AlertPost:
    """A post that an alert is about."""

    key: str
    name: str
    """Its name in words: `Hanoi, day 1, French, on X`."""
    step: str = ""
    """The next step, in a line that begins with an arrow; or empty."""


@dataclass(frozen=True, slots=True)
class AlertTopic:
    """The subject of an alert: a thing that is wrong, however many posts it concerns."""

    title: str
    reason: str
    posts: tuple[AlertPost, ...] = ()
    occasion: str = ""
    """A text that tells this one from others of its kind, where each of them is told; or empty."""
    detail: str = ""
    """The sentence that says how it goes on, the first time that it is told; or empty."""
    explanation: str = ""
    """The reason as a message has it, without the step that it may end with; empty where it is the same."""

    @property
    def name(self) -> str:
        """The name, the same for the same thing, whichever post, account, number or moment it was seen at.

        The ledger keeps it: nobody is told again of what they were told. So neither steps nor names of posts are in it.
        """
        words = ("#" if re.search(r"[0-9/@]", word) else word for word in self.reason.split(" "))
        alike = f"{self.title.partition(':')[0]}: {' '.join(words)}"
        return f"{alike} ({self.occasion})" if self.occasion else alike

    @property
    def summary(self) -> str:
        """The thing that is wrong in a line, with the post where it is one: `1 post refused (Hanoi, day 1, …)`."""
        number = f"{len(self.posts)} {'post' if len(self.posts) == 1 else 'posts'} " if self.posts else ""
        name = f" ({self.posts[0].name})" if len(self.posts) == 1 else ""
        return f"{number}{self.title}{name}"

    def message(self) -> tuple[str, str]:
        """Return a title and a body, for a person who isn't at the machine."""
        reason = self.explanation or self.reason
        paragraphs = [[reason, *filter(None, [self.detail])], self._posts_and_steps(), ["See: orangeday status"]]
        keys = [post.key for post in self.posts[:_MAX_POSTS_SHOWN]]
        paragraphs.append([f"In the record of posts: {', '.join(keys)}"] if keys else [])
        body = "\n\n".join("\n".join(map(_single_line, lines)) for lines in paragraphs if lines)
        return f"orangeday: {_single_line(self.summary)}", body

    def _posts_and_steps(self) -> list[str]:
        """Return the lines that name the posts, those with one and the same next step together, above it."""
        names_by_step: dict[str, list[str]] = {}
        for post in self.posts[:_MAX_POSTS_SHOWN]:
            names_by_step.setdefault(post.step, []).append(post.name)
        if len(names_by_step) > _MAX_STEPS_SHOWN:
            first_step = f"{self.posts[0].step} (and likewise the others)"
            names_by_step = {first_step: [post.name for post in self.posts[:_MAX_POSTS_SHOWN]]}
        lines: list[str] = []
        for step, names in names_by_step.items():
            lines += [*names, *filter(None, [step])]
        remainder = len(self.posts) - _MAX_POSTS_SHOWN
        return [*lines, f"and {remainder} more"] if remainder > 0 else lines


def _single_line(text: str) -> str:
    """Return a text as one line: what a server or a file says begins no line of ours."""
    return visible(" ".join(text.split()))


def alert_topics(statuses: Iterable[DeliveryStatus], now: datetime) -> list[AlertTopic]:
    """Return what needs a person among these deliveries, each cause once, with its posts and their next steps."""
    groups: dict[str, tuple[AlertTopic, list[AlertPost]]] = {}
    for status in statuses:
        if status.needs_person and status.state in _TITLES:
            reason = status.reason or "nobody knows why"
            topic = AlertTopic(
                _TITLES[status.state], reason, detail=status.next_try, explanation=status.explanation or ""
            )
            step = str(remedy(status, now) or "")
            post = AlertPost(status.delivery.key, status.delivery.in_words, step)
            groups.setdefault(topic.name, (topic, []))[1].append(post)
    return [replace(topic, posts=tuple(posts)) for topic, posts in groups.values()]


def silence_topic(plan: Plan, ledger: Ledger, last_look: datetime | None, now: datetime) -> AlertTopic | None:
    """Return that nothing has looked since `last_look` for what was due ten minutes ago or earlier, or None.

    A look is noted to the minute, so that a post may be out that was due in the minute of the last one.
    """
    since = max(last_look, plan.begins) if last_look else plan.begins
    late = [delivery for delivery in plan.due_between(since, now - SILENCE) if now < delivery.deadline]
    rows = ledger.rows([delivery.key for delivery in late]) if late else {}
    late = [delivery for delivery in late if delivery.key not in rows or rows[delivery.key].state is State.DEFERRED]
    if not late:
        return None
    period = f"since {last_look:%d %B at %H:%M} UTC" if last_look else "at all"
    posts = (AlertPost(d.key, d.in_words, str(timely_remedy(d, "start it: orangeday schedule --live"))) for d in late)
    return AlertTopic("due, and nothing has looked", f"No program has looked for what is due {period}.", tuple(posts))


class Alerts:
    """The sender of alerts to the config's [alerts] url, in a thread of its own. Close it when done."""

    def __init__(self, ledger: Ledger, clock: Clock, on_failure: Callable[[str], None]) -> None:
        """Begin nothing yet; `on_failure` is called with the reason why a message didn't go out.

        It is called in the alerts' own thread; in `close`, in the caller's.
        """
        self._ledger = ledger
        self._clock = clock
        self._on_failure = on_failure
        self._queue: SimpleQueue[tuple[Plan, Sequence[AlertTopic]] | None] = SimpleQueue()
        self._worker: Thread | None = None

    def notify(self, plan: Plan, topics: Sequence[AlertTopic]) -> None:
        """Queue a message about these, and return at once; the ledger knows which of them were told before."""
        if not plan.config.alerts or not topics:
            return
        if self._worker is None:
            self._worker = Thread(target=self._work, name="alerts", daemon=True)
            self._worker.start()
        self._queue.put((plan, topics))

    def close(self) -> None:
        """Wait for the messages that are on their way, for a limited time."""
        if self._worker:
            self._queue.put(None)
            self._worker.join(_CLOSE_TIMEOUT)
            if self._worker.is_alive():
                self._on_failure("an alert is still on its way as the program ends: nobody knows whether it comes")

    def _work(self) -> None:
        while job := self._next_job():
            plan, topics = job
            try:
                self._notify(plan, topics)
            except Exception as failure:  # noqa: BLE001  whatever it is, the posts go on
                self._on_failure(f"the alert didn't go out: {failure}")

    def _next_job(self) -> tuple[Plan, Sequence[AlertTopic]] | None:
        """Return plan and causes to tell next: all that came in while the last message went out; None at the end."""
        job = self._queue.get()
        topics_by_name: dict[str, AlertTopic] = {}
        while job:
            plan, topics = job
            topics_by_name = {topic.name: topic for topic in topics} | topics_by_name
            if self._queue.empty():
                return plan, [*topics_by_name.values()]
            job = self._queue.get()
        self._queue.put(None)  # for whoever asks once more
        return (plan, [*topics_by_name.values()]) if topics_by_name else None

    def _notify(self, plan: Plan, topics: Sequence[AlertTopic]) -> None:
        now = self._clock()
        new_names = self._ledger.unnotified_causes([topic.name for topic in topics], now, now - _RECURRENCE_GAP)
        for topic in topics:
            if topic.name in new_names:
                if failure := send(plan, *topic.message()):
                    self._on_failure(failure)
                else:
                    self._ledger.record_notification(topic.name, now)


_send_threads: list[Thread] = []


def send(plan: Plan, title: str, body: str) -> str | None:
    """Send one message, within a time limit; return the reason why it didn't go out, without a secret, or None."""
    import apprise  # noqa: F401  that it takes a while to load is no fault of the message's

    _send_threads[:] = [thread for thread in _send_threads if thread.is_alive()]
    if len(_send_threads) >= _MAX_UNFINISHED:
        return f"the alert didn't go out: {len(_send_threads)} before it haven't ended yet"
    answers: SimpleQueue[str | None] = SimpleQueue()
    thread = Thread(target=lambda: answers.put(_send(plan, title, body)), name="alert", daemon=True)
    thread.start()
    _send_threads.append(thread)
    try:
        return answers.get(timeout=_SEND_TIMEOUT)
    except Empty:
        return f"the alert wasn't taken within {_SEND_TIMEOUT:g} seconds: nobody knows whether it has come"


def _send(plan: Plan, title: str, body: str) -> str | None:
    import logging

    import apprise

    try:
        address, secrets = _address(plan)
    except OrangedayError as failure:
        return str(failure)
    config = plan.config
    # What apprise sends by goes by the environment; nothing else in this program does.
    variables = config.route.environment(config.file.parent)
    with (
        apprise.LogCapture(level=logging.WARNING) as log,  # type: ignore[no-untyped-call]  # it carries none
        _ENVIRONMENT.having(variables),
    ):
        try:
            asset = apprise.AppriseAsset()
            asset.async_mode = False  # its threads would keep the program from ending
            asset.http_redirects = False  # whoever redirects would be given the message, and maybe the secret
            sender = apprise.Apprise(asset=asset)
            is_known = sender.add(address)
            secrets += _account_secrets(plan)
            # It is text: where a message is HTML, or Markdown, what it says is escaped.
            is_sent = is_known and sender.notify(
                credentials.redact(body, secrets),
                credentials.redact(title, secrets),
                body_format=apprise.NotifyFormat.TEXT,
            )
        except Exception as failure:  # noqa: BLE001  a hundred services, each with its own ways to fail
            return f"the alert didn't go out: {type(failure).__name__}"
        if is_sent:
            return None
        log_text = " ".join(credentials.redact(log.getvalue(), secrets).split())
    if not is_known:
        return "[alerts] url in the config is none that the alerts can use: see the examples in the config"
    return f"the alert didn't go out{f': {log_text[-200:]}' if log_text else ''}"


class _SharedEnvironment:
    """The environment of this program, while messages go out: several may at a time, and one may take long.

    Each sets the way that the config has by then; when the last has ended all is as it was before the first.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._senders = 0
        self._previous: dict[str, str | None] = {}

    @contextmanager
    def having(self, variables: Mapping[str, str]) -> Iterator[None]:
        """Set these variables meanwhile, and none that another message has set."""
        with self._lock:
            self._senders += 1
            self._restore()
            self._previous = {name: os.environ.get(name) for name in variables}
            os.environ.update(variables)
        try:
            yield
        finally:
            with self._lock:
                self._senders -= 1
                if not self._senders:
                    self._restore()

    def _restore(self) -> None:
        for name, value in self._previous.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._previous = {}


_ENVIRONMENT = _SharedEnvironment()


def _address(plan: Plan) -> tuple[str, list[str]]:
    """Return the address of the alerts with the secret in its place, and the forms of the secret, to be hidden.

    Raises OrangedayError where the address needs a secret and there is none.
    """
    url = plan.config.alerts or ""
    if SECRET not in url:
        return url, []
    secret = credentials.alerts_secret()
    if not secret:
        reason = credentials.keyring_problem()
        raise OrangedayError(
            f"the alerts' {SECRET} is nowhere{reason}: set {credentials.ALERTS_VARIABLE}, or put it into the keyring"
        )
    # Before an @ it is a password, and whole; elsewhere it may be several words of the address.
    is_password = "@" in url.partition(SECRET)[2].partition("/")[0]
    url_secret = quote(secret, safe="" if is_password else ":/")
    return url.replace(SECRET, url_secret), [secret, url_secret]


def _account_secrets(plan: Plan) -> list[str]:
    """Return every account's secret that is known here: none leaves, whoever put it into a message."""
    return [
        value for account in plan.accounts for value in credentials.find(account.embassy, account.platform)[0].values()
    ]
