"""The connection of one account to its Bluesky service: a request each way, the log-in, and the meaning of answers.

What an answer means is decided by its HTTP status and by whether the request may have left, so the SDK's own reading of
errors is left out (it gives a definite 413 and a doubtful 502 the same class). Its session is ours too: kept between
runs, and renewed by one program at a time.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from orangeday.adapters.base import Cause, Deferred, PlatformError, Refused, Unsure
from orangeday.adapters.bluesky.sdk import ClientBase, RequestBase, Response, httpx
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
from orangeday.errors import OrangedayError
from orangeday.retry import LIMIT_RETRY, LOGIN_RETRY, PERSON_RETRY, RETRY_SOON, within_a_day
from orangeday.system.credentials import redact
from orangeday.system.sessions import Busy, Refusal, Session, Sessions

_MIN_VALIDITY = timedelta(minutes=5)
"""The time that a key must still be valid for; else it is renewed before anything is armed."""

_EXPIRED_TOKEN_ERRORS = ("ExpiredToken", "InvalidToken")
_PERSON_NEEDED = {
    "AuthFactorTokenRequired": "it asks for the code that it sent by e-mail: use an app password instead",
    "AccountTakedown": "the account was taken down by the service",
    "AccountSuspended": "the account is suspended",
    "AccountDeactivated": "the account is deactivated",
}
_STATUSES = {"takendown": "AccountTakedown", "suspended": "AccountSuspended", "deactivated": "AccountDeactivated"}


class Transport(RequestBase):  # type: ignore[misc]  # it carries no types
    """The SDK's way to the network, with time limits, and without proxies, redirects or cookies.

    Every answer comes back as it is, whatever its status; its content is a dict, or {} where it is no JSON object.
    """

    def __init__(self, service: str, clock: Clock, route: Route = DIRECT) -> None:
        super().__init__()
        self.server_clock = ServerClock.for_service(service, clock)
        self.secrets: set[str] = set()
        """The secrets that it was given to be let in: never to be read in any words, whoever repeats them."""
        self._http = HttpClient(self.secrets, route=route)

    def get(self, *args: Any, **kwargs: Any) -> Response:
        return self._ask("GET", *args, **kwargs)

    def post(self, *args: Any, **kwargs: Any) -> Response:
        return self._ask("POST", *args, **kwargs)

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, **kwargs: Any) -> Response:
        headers = {**self.get_headers(headers), "Accept-Encoding": "identity"}
        try:
            request = httpx.Request(method, url, headers=headers, **kwargs)
        except (httpx.InvalidURL, UnicodeError) as failure:
            raise NotSent(safe_line(redact(str(failure), self.secrets)) or type(failure).__name__) from failure
        answer = self._http.request(method, str(request.url), request.headers.raw, request.read())
        self.server_clock.update(answer.headers.get("date"))
        try:
            document = json.loads(answer.content)
            json.dumps(document, ensure_ascii=False).encode()  # half a character is none
        except (ValueError, RecursionError):
            document = None
        success = 200 <= answer.status < 300
        return Response(success, answer.status, document if isinstance(document, dict) else {}, dict(answer.headers))


class BlueskyClient:
    """One account's line to its service, with an open session."""

    def __init__(self, service: str, handle: str, password: str, clock: Clock, route: Route = DIRECT) -> None:
        """Open it, without a request where a session is kept. Raises Deferred."""
        self.host = urlsplit(service).hostname or service
        self._handle = handle
        self._password = password
        self._clock = clock
        self._route = route
        self._transport = Transport(service, clock, route)
        self._transport.secrets.add(password)
        self._sdk = ClientBase(service, request=self._transport)
        try:
            self._sessions = Sessions(service, handle, password)
            entry = self._read_session()
        except (OrangedayError, OSError) as failure:
            raise self._session_error(failure) from failure
        self._expired_key = ""
        self._session = entry if isinstance(entry, Session) and self._is_fresh(entry) else self._renew(entry)

    @property
    def identity(self) -> str:
        return self._session.identity

    @property
    def skew(self) -> timedelta | None:
        return self._transport.server_clock.skew

    # Before anything is armed

    def make_ready(self) -> None:
        """See that the key is valid for a while, and that our clock is right. Raises Deferred."""
        if not self._is_fresh(self._session) or self._session.access == self._expired_key:
            self._use_session(self._renew(self._session))
        if not self._transport.server_clock.agrees:  # it may have been set right since
            self.verify()
        if not self._transport.server_clock.agrees:
            raise self._transport.server_clock.deferral(self.host)

    def verify(self) -> None:
        """Ask the service whether the session holds. Raises Deferred."""
        try:
            session = self.ask("com.atproto.server.getSession")
        except Refused as failure:  # so it is said of an account that was taken down since
            raise self._defer_to_person(f"the account was taken down, or isn't there any more: {failure}") from failure
        if "did" not in session:
            message = f"{self.host} sent an invalid response"
            raise Deferred(message, self._clock() + RETRY_SOON, is_transient=True)
        if session["did"] != self.identity:
            raise self._defer_to_person(f"{self.host} says that this is the session of another account")
        self._check_active(session)

    def ask(
        self, method: str, params: Mapping[str, str] | None = None, *, may_be: tuple[str, ...] = (), **kwargs: Any
    ) -> Mapping[str, Any]:
        """Ask what may be asked twice, and return what the answer holds. Raises Refused or Deferred.

        `may_be` names errors that are answers too: they come back as `{"error": …}`. With `content` or `json` it is a
        procedure; otherwise a query.
        """
        answer = self._ask_once(method, params, **kwargs)
        if not answer.success and answer.content.get("error") in _EXPIRED_TOKEN_ERRORS:
            self._use_session(self._renew(self._session, is_expired=True))
            answer = self._ask_once(method, params, **kwargs)
        if answer.success:
            return dict(answer.content)
        if 400 <= answer.status_code < 500 and answer.content.get("error") in may_be:
            return dict(answer.content)
        outcome = self.outcome(answer)
        if isinstance(outcome, Unsure):
            raise Deferred(str(outcome), self._clock() + RETRY_SOON, is_transient=True)
        raise outcome

    def _ask_once(self, method: str, params: Mapping[str, str] | None, **kwargs: Any) -> Response:
        try:
            return self._call(method, self._session.access, params, **kwargs)
        except NotSent as failure:
            raise self._unreachable(failure) from failure
        except NoResponse as failure:
            until = self._clock() + RETRY_SOON
            raise Deferred(f"no answer from {self.host}: {failure}", until, is_transient=True) from failure

    # The one request

    def send(self, method: str, document: Mapping[str, Any]) -> Response:
        """Send it, once. Raises Deferred where it certainly never left, and Unsure where it may have."""
        try:
            answer = self._call(method, self._session.access, json=document)
        except NotSent as failure:
            raise self._unreachable(failure) from failure
        except NoResponse as failure:
            raise Unsure(f"no answer from {self.host}: {failure}") from failure
        if not answer.success and answer.content.get("error") in _EXPIRED_TOKEN_ERRORS:
            self._expired_key = self._session.access  # it is renewed before the next is armed
        return answer

    def outcome(self, answer: Response) -> PlatformError:
        """Return the outcome that an answer stands for which isn't the one hoped for."""
        now, status = self._clock(), answer.status_code
        error, message = self._parse_error(answer)
        words = f"{self.host} answers {status}{f' {error}' if error else ''}{f': {message}' if message else ''}"
        if self._is_anothers(answer):  # a firewall's: nobody knows what became of it
            return Unsure(words)
        if status == 429:
            return self._limit_error(answer, words)
        if not 400 <= status < 500 or status in AMBIGUOUS_STATUSES:
            return Unsure(words)
        if error in _EXPIRED_TOKEN_ERRORS:
            return Deferred(f"the session has to be renewed: {words}", now)
        if error in _PERSON_NEEDED:
            cause = Cause.TOKEN if error == "AuthFactorTokenRequired" else Cause.ACCOUNT
            return self._defer_to_person(f"{_PERSON_NEEDED[error]} ({words})", cause)
        if is_limit(error) or is_limit(message):  # a limit is one, whatever its status
            return self._limit_error(answer, words)
        if status in (401, 403):
            return self._defer_to_person(words)
        if status in (404, 405):
            return self._defer_to_person(f"{words}. Is the service in the config the right one?", Cause.ADDRESS)
        return Refused(words)

    def _limit_error(self, answer: Response, words: str) -> Deferred:
        """Return until when the service takes no more of this account."""
        now, headers = self._clock(), answer.headers
        reset = epoch(headers.get("ratelimit-reset"))
        reset = reset if reset and reset > now else retry_after(headers.get("retry-after"), now)
        if reset is None:
            until = now + (LIMIT_RETRY if is_long_limit(words) else LOGIN_RETRY)
        else:
            until = within_a_day(reset, now)
        message = f"too many requests: {words}"
        return Deferred(message, until, "account", is_guess=reset is None, cause=Cause.LIMIT)

    # The session

    def _renew(self, current: Session | Refusal | None, *, is_expired: bool = False) -> Session:
        """Return a session that holds: another program's, a renewed one, or else a new one. Raises Deferred.

        `outdated` says that the service doesn't take the key that is known, however fresh it looks.
        """
        try:
            with self._sessions.lock():
                entry = self._read_session()
                if isinstance(entry, Refusal):
                    if self._clock() < entry.until:
                        raise Deferred(entry.message, entry.until, "account", entry.needs_person)
                    entry = None
                if entry is None and isinstance(current, Session):
                    entry = current  # the file was lost, and what is known may hold
                if entry:
                    is_spent = is_expired or entry.access == self._expired_key
                    if self._is_fresh(entry) and not (is_spent and entry == current):
                        return entry
                    if next_session := self._refresh(entry):
                        self._sessions.keep(next_session)
                        return next_session
                self._sessions.keep(None)  # where nothing can be kept, every run would log in again
                entry = self._log_in()
                self._sessions.keep(entry)
        except Busy as failure:
            message = "another program is logging in with this account"
            raise Deferred(message, self._clock() + RETRY_SOON, "account") from failure
        except OSError as failure:
            raise self._session_error(failure) from failure
        if isinstance(entry, Refusal):
            raise Deferred(entry.message, entry.until, "account", entry.needs_person)
        return entry

    def _refresh(self, session: Session) -> Session | None:
        """Return the next session; None where the service has forgotten this one."""
        answer = self._request_key("com.atproto.server.refreshSession", session.refresh, RETRY_SOON)
        is_refused = answer.status_code in (400, 401) and not self._is_anothers(answer)
        if is_refused and self._parse_error(answer)[0] not in _PERSON_NEEDED:
            return None
        return self._parse_session(answer, RETRY_SOON)

    def _log_in(self) -> Session | Refusal:
        document = {"identifier": self._handle, "password": self._password}
        answer = self._request_key("com.atproto.server.createSession", "", LOGIN_RETRY, json=document)
        try:
            return self._parse_session(answer, LOGIN_RETRY)
        except Deferred as failure:
            if not failure.needs_person and failure.cause is not Cause.LIMIT:
                raise
            # It is remembered, so that it isn't tried again and again.
            message = str(failure)
            if answer.status_code == 401 and self._parse_error(answer)[0] not in _PERSON_NEEDED:
                message = f"{self.host} rejected the handle {self._handle} with this app password ({message})"
            return Refusal(message, failure.until, failure.needs_person)

    def _request_key(self, method: str, key: str, delay: timedelta, **kwargs: Any) -> Response:
        try:
            return self._call(method, key, procedure=True, **kwargs)
        except NotSent as failure:
            raise self._unreachable(failure) from failure
        except NoResponse as failure:
            message = f"no answer from {self.host} to the log-in: {failure}"
            raise Deferred(message, self._clock() + delay, "account", is_transient=True) from failure

    def _parse_session(self, answer: Response, delay: timedelta) -> Session:
        """Return the session that an answer opens. Raises Deferred."""
        now = self._clock()
        if not answer.success:
            outcome = self.outcome(answer)
            if isinstance(outcome, Deferred) and outcome.scope == "account":
                raise outcome
            if isinstance(outcome, Unsure):
                raise Deferred(f"the log-in has to wait: {outcome}", now + delay, "account", is_transient=True)
            raise self._defer_to_person(str(outcome), outcome.cause)
        self._check_active(answer.content)
        try:
            session = Session(*(answer.content[name] for name in ("did", "accessJwt", "refreshJwt")))
        except KeyError as failure:
            message = f"{self.host} sent an invalid response to the log-in"
            raise Deferred(message, now + delay, "account", is_transient=True) from failure
        if not _is_valid(session):
            message = f"{self.host} answers the log-in with no session"
            raise Deferred(message, now + delay, "account", is_transient=True)
        return session

    def _read_session(self) -> Session | Refusal | None:
        """Return the entry that is remembered, if anybody can use it: a file may be damaged."""
        entry = self._sessions.read()
        return None if isinstance(entry, Session) and not _is_valid(entry) else entry

    def _use_session(self, session: Session) -> None:
        if session.identity != self.identity:
            raise self._defer_to_person(f"{self._handle} is another account now: {safe_line(session.identity)}")
        self._session = session

    def _is_fresh(self, session: Session) -> bool:
        expiry = _expiry(session.access)
        return expiry is None or expiry - self._clock() > _MIN_VALIDITY

    def _check_active(self, session: Mapping[str, Any]) -> None:
        if session.get("active") is False:
            status = safe_line(str(session.get("status")))
            message = _PERSON_NEEDED.get(_STATUSES.get(status, ""), f"the account isn't active ({status})")
            raise self._defer_to_person(f"{self.host}: {message}")

    # Words

    def _call(
        self,
        method: str,
        key: str,
        params: Mapping[str, str] | None = None,
        *,
        procedure: bool = False,
        **kwargs: Any,
    ) -> Response:
        self._transport.secrets.update(filter(None, (key,)))
        headers = {**kwargs.pop("headers", {}), **({"Authorization": f"Bearer {key}"} if key else {})}
        if procedure or kwargs:
            return self._sdk.invoke_procedure(method, headers=headers, **kwargs)
        query = f"?{urlencode(params)}" if params else ""
        return self._sdk.invoke_query(f"{method}{query}", headers=headers)

    def _parse_error(self, answer: Response) -> tuple[str, str]:
        """Return the service's name for what is wrong, and its words, fit to be shown."""
        texts = []
        for name in ("error", "message"):
            value = answer.content.get(name)
            texts.append(safe_line(redact(value, self._transport.secrets) if isinstance(value, str) else ""))
        return texts[0], texts[1]

    def _is_anothers(self, answer: Response) -> bool:
        """Return whether a refusal isn't in the form of the protocol, where another than the service may answer."""
        error, message = (answer.content.get(name) for name in ("error", "message"))
        is_own = isinstance(error, str) and re.fullmatch("[A-Z][A-Za-z]+", error) and isinstance(message, str)
        return self._route.is_relayed and not is_own

    def _unreachable(self, failure: NotSent) -> Deferred:
        message = f"{self.host} can't be reached: {failure}"
        return Deferred(message, self._clock() + RETRY_SOON, "account", is_transient=True, cause=Cause.UNREACHABLE)

    def _defer_to_person(self, message: str, cause: Cause | None = None) -> Deferred:
        return Deferred(message, self._clock() + PERSON_RETRY, "account", needs_person=True, cause=cause)

    def _session_error(self, failure: Exception) -> Deferred:
        message = str(failure) if isinstance(failure, OrangedayError) else f"the session can't be kept: {failure}"
        return self._defer_to_person(message)


def _is_valid(session: Session) -> bool:
    """Return whether all of a session can stand in a header."""
    values: tuple[object, ...] = (session.identity, session.access, session.refresh)
    return all(isinstance(value, str) and re.fullmatch("[!-~]+", value) for value in values)


def _expiry(key: str) -> datetime | None:
    """Return when a key ends, by its own words; None where it has none that we can read."""
    try:
        middle = key.split(".")[1]
        seconds = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["exp"]
        return datetime.fromtimestamp(seconds, UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None
