"""The connection of one account to X: signed requests through tweepy, and the meaning of its answers.

What an answer means is decided by its HTTP status and by whether the request may have left: tweepy gives a request
that was lost and an answer that was lost the same exception. It waits for nothing and repeats nothing.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import requests
import tweepy
from requests.adapters import BaseAdapter

from orangeday.adapters.base import Cause, Deferred, PlatformError, Refused, Unsure
from orangeday.adapters.http import (
    AMBIGUOUS_STATUSES,
    NoResponse,
    NotSent,
    ServerClock,
    epoch,
    is_limit,
    is_long_limit,
    retry_after,
    safe_line,
)
from orangeday.adapters.transport import HttpClient
from orangeday.clock import Clock
from orangeday.content.network import DIRECT, Route
from orangeday.retry import (
    LIMIT_RETRY,
    PERSON_RETRY,
    RATE_LIMIT_WINDOW,
    RETRY_SOON,
    UNTIL_RELEASED,
    within_a_day,
)
from orangeday.system.credentials import redact

_TWEEPY_HOST = "https://api.twitter.com"
_SPREAD_DIVISOR = 4
"""The share of few posts: if less than one in so many of a window is left, they are spread over the rest of it."""
_LONGEST_GAP = timedelta(minutes=15)
"""The longest gap between few posts: each has a window of its own to go out in."""
_SIGNATURE_LIFETIME = timedelta(minutes=2, seconds=50)
"""The time for which X surely takes a signature: five minutes, less the two that clocks may differ, and a bit less."""

_ACCOUNT_PROBLEM = r"\b(?:suspended|locked|deactivated)\b"
_READ_ONLY_PROBLEM = r"\bapp(?:lication)?\b.*\b(?:permissions?|write)\b"
_APP_PROBLEMS = ("client-forbidden", "client-not-enrolled", "unsupported-authentication")
"""The subjects of a 403 that isn't about the post: by its words, and by the last word of its type."""

_LIMIT_CODES, _LONG_LIMIT_CODES = (88, 185, 344), (185, 344)
"""The codes of limits: of requests; of the posts of a day, twice."""
_AUTOMATED_CODE, _AUTOMATED_PROBLEM = 226, r"\bmight be automated\b"
_MAX_WORDS = 1000
"""The characters of a refusal that are read."""
_AUTOMATED_WORDS = "X takes this account for a robot’s, and wants to see a person"


class TimeoutAdapter(BaseAdapter):
    """requests' way to the network: each request once, with time limits, and no answer without an end."""

    def __init__(self, secrets: Collection[str] = (), route: Route = DIRECT) -> None:
        super().__init__()
        self._http = HttpClient(secrets, route=route)
        self.begin()

    def begin(self) -> None:
        """Prepare for a request of its own: an answer that lies here isn't its answer."""
        self.answer: requests.Response | None = None
        """The last answer, whatever is made of it."""
        self.failure: NotSent | NoResponse | None = None
        """The reason why there is none."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request, once, and return its answer. Raises NotSent or NoResponse."""
        self.begin()
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if not isinstance(body, bytes | None):
            raise TypeError(f"a body that is sent in pieces: {type(body).__name__}")
        self.failure = NoResponse("its answer can't be read")  # whatever happens from here on, but for what follows
        try:
            reply = self._http.request(str(request.method), str(request.url), request.headers.items(), body)
        except (NotSent, NoResponse) as failure:
            self.failure = failure
            raise
        answer = requests.Response()
        answer.status_code, answer.reason = reply.status, reply.reason
        answer.headers.update(reply.headers)
        answer.url, answer.request = str(request.url), request
        answer._content, answer._content_consumed = reply.content, True
        self.answer = answer
        return answer

    def close(self) -> None:
        self._http.close()


class Transport(requests.Session):
    """tweepy's way to the network: to the configured address, without proxies or redirects, signed at a given time."""

    def __init__(self, base_url: str, clock: Clock, secrets: Collection[str] = (), route: Route = DIRECT) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"  # nothing that grows as it is unpacked
        self.armed_at: datetime | None = None
        """The moment when the request was armed; None: it is signed with the time at which it leaves."""
        self.timeout_adapter = TimeoutAdapter(secrets, route)
        self._base_url = base_url
        self._clock = clock
        for scheme in ("https://", "http://"):
            self.mount(scheme, self.timeout_adapter)

    def begin(self, armed_at: datetime | None) -> None:
        """Prepare for a request of its own."""
        self.armed_at = armed_at
        self.timeout_adapter.begin()

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        signature = kwargs.get("auth")
        if signature is not None:
            signature.client.timestamp = str(int((self.armed_at or self._clock()).timestamp()))
        address = self._base_url + str(url).removeprefix(_TWEEPY_HOST)
        return super().request(method, address, *args, **{**kwargs, "allow_redirects": False})

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests would look at where it leads, and fail over an answer that has come."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of X, whatever it is."""

    status: int
    content: Mapping[str, Any]
    """The JSON object of its body, or {}."""
    readable: bool
    headers: Mapping[str, str]

    @property
    def success(self) -> bool:
        return 200 <= self.status < 300 and self.readable

    @property
    def is_in_own_form(self) -> bool:
        """True for JSON as X writes it: with data, or a problem with its type, or a list of errors."""
        return isinstance(self.content.get("errors"), list) or {"title", "type"} <= {*self.content} or bool(self.data)

    @property
    def data(self) -> Mapping[str, Any]:
        value = self.content.get("data")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class _Problem:
    """The words of a refusal, in whichever of X's forms."""

    kind: str
    """The last word of its type."""
    detail: str
    """X's own words, fit to be shown."""
    text: str
    """All of them, with its title."""
    codes: frozenset[int]

    @property
    def is_automated(self) -> bool:
        return _AUTOMATED_CODE in self.codes or re.search(_AUTOMATED_PROBLEM, self.text.lower()) is not None

    @property
    def is_limit(self) -> bool:
        return not self.codes.isdisjoint(_LIMIT_CODES) or is_limit(self.kind) or is_limit(self.text)

    @property
    def is_long_limit(self) -> bool:
        return not self.codes.isdisjoint(_LONG_LIMIT_CODES) or is_long_limit(f"{self.kind} {self.text}")


class RateLimit:
    """The number of posts that X still takes before a limit is reset. Not for two threads at a time."""

    def __init__(self) -> None:
        self._limit, self._remaining = 0, 1
        self._reset: datetime | None = None
        self._last: datetime | None = None

    def read(self, headers: Mapping[str, str], name: str, now: datetime) -> None:
        """Take note of what an answer says of it."""
        numbers = [headers.get(f"{name}-{part}", "") for part in ("limit", "remaining")]
        reset = epoch(headers.get(f"{name}-reset"))
        if reset and all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
            self._limit, self._remaining = map(int, numbers)
            self._reset, self._last = within_a_day(reset, now), now

    def next_slot(self, now: datetime) -> datetime | None:
        """Return when the next post may go, if it has to wait: few that are left are spread; with none, the reset."""
        if self._reset is None or self._last is None or now >= self._reset:
            return None
        if self._remaining <= 0:
            return self._reset
        if self._remaining * _SPREAD_DIVISOR > self._limit:
            return None
        gap = min((self._reset - self._last) / (self._remaining + 1), _LONGEST_GAP)
        return self._last + gap if now < self._last + gap else None

    def take(self, now: datetime) -> None:
        """Count one post that is about to go."""
        self._remaining, self._last = self._remaining - 1, now


class App:
    """The state that all accounts of one app share: X's clock, and the limits that are the app's."""

    _apps: ClassVar[WeakValueDictionary[tuple[str, str, Route], App]] = WeakValueDictionary()
    _apps_lock = threading.Lock()

    @classmethod
    def for_key(cls, base_url: str, api_key: str, clock: Clock, route: Route = DIRECT) -> App:
        """Return the app with this key that is in use already, or a new one."""
        with cls._apps_lock:
            app = cls._apps.get((base_url, api_key, route))
            if app is None:
                app = cls._apps[base_url, api_key, route] = cls(base_url, clock, route)
            return app

    def __init__(self, base_url: str, clock: Clock, route: Route = DIRECT) -> None:
        self.base_url = base_url
        self.route = route
        self.host = urlsplit(base_url).hostname or base_url
        self.server_clock = ServerClock(clock)
        self.daily_limit = RateLimit()
        self.limits_lock = threading.Lock()
        self._clock_lock = threading.Lock()
        self._clock = clock

    def check_clock(self) -> None:
        """Ask what time it is, where no answer of the last hour has said so. Raises Deferred.

        It is asked for nothing, and without credentials: X charges nothing for that.
        """
        with self._clock_lock:
            if not self.server_clock.agrees:
                try:
                    with Transport(self.base_url, self._clock, route=self.route) as transport:
                        self.server_clock.update(transport.request("HEAD", "/").headers.get("date"))
                except (NotSent, NoResponse, requests.RequestException) as failure:
                    message, until = f"{self.host} can't be reached: {reason(failure)}", self._clock() + RETRY_SOON
                    raise Deferred(message, until, "account", is_transient=True, cause=Cause.UNREACHABLE) from failure
            if not self.server_clock.agrees:
                raise self.server_clock.deferral(self.host)


class XClient:
    """One account's line to X."""

    def __init__(self, base_url: str, credentials: Mapping[str, str], clock: Clock, route: Route = DIRECT) -> None:
        self.app = App.for_key(base_url, credentials["API_KEY"], clock, route)
        self._secrets = tuple(credentials.values())
        self._clock = clock
        self._rate_limit, self._daily_limit = RateLimit(), RateLimit()
        self._transport = Transport(base_url, clock, self._secrets, route)
        self.api = tweepy.Client(
            consumer_key=credentials["API_KEY"],
            consumer_secret=credentials["API_SECRET"],
            access_token=credentials["ACCESS_TOKEN"],
            access_token_secret=credentials["ACCESS_TOKEN_SECRET"],
            return_type=requests.Response,
        )
        self.api.session = self._transport

    @property
    def host(self) -> str:
        return self.app.host

    # Before anything is armed

    def make_ready(self) -> None:
        """See that our clock is right, and that X would take a post now. Raises Deferred."""
        self.app.check_clock()
        now = self._clock()
        limits: tuple[tuple[RateLimit, Literal["account", "platform"]], ...] = (
            (self._rate_limit, "account"),
            (self._daily_limit, "account"),
            (self.app.daily_limit, "platform"),
        )
        with self.app.limits_lock:
            for limit, scope in limits:
                if until := limit.next_slot(now):
                    owner = "this app" if scope == "platform" else "this account"
                    message = f"{self.host} takes only so many posts from {owner}; the next may go at {until:%H:%M} UTC"
                    raise Deferred(message, until, scope)
            for limit, _ in limits:
                limit.take(now)

    def ask(self, ask: Callable[[], Any], *, may_be: tuple[int, ...] = ()) -> Answer:
        """Ask what may be asked twice. Raises Refused or Deferred; `may_be` names statuses that are answers too."""
        try:
            answer = self._call(ask)
        except NotSent as failure:
            raise self._unreachable(failure) from failure
        except NoResponse as failure:
            until = self._clock() + RETRY_SOON
            raise Deferred(f"no answer from {self.host}: {failure}", until, is_transient=True) from failure
        if answer.success or (answer.status in may_be and answer.readable):
            return answer
        outcome = self.outcome(answer)
        if isinstance(outcome, Unsure):
            raise Deferred(str(outcome), self._clock() + RETRY_SOON, is_transient=True)
        raise outcome

    def read(self, ask: Callable[[], Any]) -> Answer:
        """Ask what is there: a refusal to say it refuses no post. Raises Deferred."""
        try:
            return self.ask(ask)
        except Refused as failure:
            raise self._defer_to_person(str(failure)) from failure

    # The one request

    def send(self, ask: Callable[[], Any], armed_at: datetime) -> Answer:
        """Send it, once, signed with the time of arming. Raises Deferred where it certainly never left, or Unsure."""
        try:
            answer = self._call(ask, armed_at)
        except NotSent as failure:
            raise self._unreachable(failure) from failure
        except NoResponse as failure:
            raise Unsure(f"no answer from {self.host}: {failure}") from failure
        now = self._clock()
        with self.app.limits_lock:
            self._rate_limit.read(answer.headers, "x-rate-limit", now)
            self._daily_limit.read(answer.headers, "x-user-limit-24hour", now)
            self.app.daily_limit.read(answer.headers, "x-app-limit-24hour", now)
        is_its_own = answer.is_in_own_form or not self.app.route.is_relayed
        if answer.status == 401 and is_its_own and now - armed_at > _SIGNATURE_LIFETIME:
            raise Deferred("the program slept as it was to be sent; it wasn't", now)
        return answer

    def _call(self, ask: Callable[[], Any], armed_at: datetime | None = None) -> Answer:
        """Make one request, and return its answer. Raises NotSent or NoResponse."""
        self._transport.begin(armed_at)
        adapter = self._transport.timeout_adapter
        try:
            ask()
        except Exception as failure:
            if adapter.answer is None:  # else: whatever tweepy makes of it, what counts is the answer
                is_unsent = isinstance(failure, requests.exceptions.InvalidURL)
                raise adapter.failure or (NotSent if is_unsent else NoResponse)(reason(failure)) from failure
        response = adapter.answer
        assert response is not None  # noqa: S101  (it has come, or something was raised)
        self.app.server_clock.update(response.headers.get("date"))
        try:
            document = json.loads(response.content)
            json.dumps(document, ensure_ascii=False).encode()  # half a character is none
        except (ValueError, RecursionError):
            document = None
        readable = isinstance(document, dict)
        return Answer(response.status_code, document if readable else {}, readable, response.headers)

    # What an answer means

    def outcome(self, answer: Answer) -> PlatformError:
        """Return the outcome that an answer stands for which isn't the one hoped for."""
        now, status = self._clock(), answer.status
        problem = self._parse_problem(answer)
        full_text = problem.text.lower()
        words = f"{self.host} answers {status}{f': {problem.detail}' if problem.detail else ''}"
        if not answer.readable:
            words += " with an invalid response"
        if self.app.route.is_relayed and not answer.is_in_own_form:  # a firewall's: nobody knows what became of it
            return Unsure(words)
        if status == 429:
            return self._limit_error(answer, problem, words)
        if not 400 <= status < 500 or status in AMBIGUOUS_STATUSES:
            return Unsure(words)
        if status == 401:
            cause = Cause.ACCOUNT if re.search(_ACCOUNT_PROBLEM, full_text) else Cause.TOKEN
            return self._defer_to_person(f"X rejected the access token ({words})", cause)
        if status == 402:
            return Deferred(
                f"there is no credit left on X ({words})", now + PERSON_RETRY, "platform", needs_person=True,
                cause=Cause.CREDIT, hint="buy some in its developer console",
            )  # fmt: skip
        if status in (404, 405):
            return self._defer_to_person(f"{words}. Is [x] base_url in the config right?", Cause.ADDRESS)
        if not answer.readable and status in (400, 403):
            return Unsure(words)
        if status == 403 and "duplicate" in full_text:
            return Unsure(f"{words}. So the same seems to be there already", is_duplicate=True)
        if problem.is_automated:
            return Deferred(
                f"{_AUTOMATED_WORDS} ({words})", UNTIL_RELEASED, "account", needs_person=True, cause=Cause.AUTOMATED
            )
        if problem.is_limit:  # a limit is one, whatever its status
            return self._limit_error(answer, problem, words)
        if status == 403 and (problem.kind.endswith("-permissions") or re.search(_READ_ONLY_PROBLEM, full_text)):
            message, hint = (
                f"the app may read and not write ({words})",
                "give it “Read and write” at X, then log in again",
            )
            return self._defer_to_person(message, Cause.READ_ONLY, hint)
        if status == 403 and re.search(_ACCOUNT_PROBLEM, full_text):
            return self._defer_to_person(words, Cause.ACCOUNT)
        if status == 403 and problem.kind in _APP_PROBLEMS:
            return self._defer_to_person(words)
        return Refused(words)

    def _limit_error(self, answer: Answer, problem: _Problem, words: str) -> Deferred:
        """Return until when X takes no more, and from whom."""
        now, headers, is_long = self._clock(), answer.headers, problem.is_long_limit
        days: tuple[tuple[str, Literal["platform", "account"]], ...] = (
            ("x-app-limit-24hour", "platform"),
            ("x-user-limit-24hour", "account"),
        )
        for name, scope in days:
            if headers.get(f"{name}-remaining", "0") == "0" and (until := self._reset(headers, name)):
                return Deferred(f"the posts of a day are used up: {words}", until, scope, cause=Cause.LIMIT)
        message = (
            f"X takes no more posts of this account for now: {words}" if is_long else f"too many requests: {words}"
        )
        # Of the posts of a day nothing is said by a window of a quarter of an hour in which some are left.
        has_ended = not is_long or headers.get("x-rate-limit-remaining", "0") == "0"
        moments = [self._reset(headers, "x-rate-limit") if has_ended else None]
        moments.append(retry_after(headers.get("retry-after"), now))
        if named_moments := [moment for moment in moments if moment]:
            return Deferred(message, within_a_day(max(named_moments), now), "account", cause=Cause.LIMIT)
        until = now + (LIMIT_RETRY if is_long else RATE_LIMIT_WINDOW)
        return Deferred(message, until, "account", is_guess=True, cause=Cause.LIMIT)

    def _reset(self, headers: Mapping[str, str], name: str) -> datetime | None:
        """Return when a limit is reset, by a header; None where none names a moment to come."""
        now, reset = self._clock(), epoch(headers.get(f"{name}-reset"))
        return within_a_day(reset, now) if reset and reset > now else None

    def _parse_problem(self, answer: Answer) -> _Problem:
        """Return what a refusal says. X has two forms for it, and the errors of one are at times those of a third."""
        content = answer.content
        texts = [content.get(name) for name in ("detail", "title", "error", "message")]
        codes, errors = [content.get("code")], content.get("errors")
        for error in errors if isinstance(errors, list) else [errors]:
            if isinstance(error, dict):
                texts += [error.get("message"), error.get("detail"), error.get("title")]
                extensions = error.get("extensions")
                codes += [error.get("code"), extensions.get("code") if isinstance(extensions, dict) else None]
        words = [text for text in texts if isinstance(text, str) and text]
        kind = content.get("type")
        return _Problem(
            kind.rpartition("/")[2] if isinstance(kind, str) else "",
            self.safe_text(words[0] if words else ""),
            safe_line(" ".join(words), _MAX_WORDS),
            frozenset(int(str(code)) for code in codes if re.fullmatch("[0-9]{1,6}", str(code))),
        )

    def safe_text(self, text: str, limit: int = 200) -> str:
        """Return words of X's own, fit to be shown: a line, without any of our secrets."""
        return safe_line(redact(text, self._secrets), limit)

    def _unreachable(self, failure: NotSent) -> Deferred:
        message = f"{self.host} can't be reached: {failure}"
        return Deferred(message, self._clock() + RETRY_SOON, "account", is_transient=True, cause=Cause.UNREACHABLE)

    def _defer_to_person(self, message: str, cause: Cause | None = None, hint: str = "") -> Deferred:
        return Deferred(message, self._clock() + PERSON_RETRY, "account", needs_person=True, cause=cause, hint=hint)


def reason(failure: Exception) -> str:
    """Return the cause of a failure, in a line."""
    return safe_line(redact(str(failure))) or type(failure).__name__  # it may quote what came, and that what was sent
