"""The log-in of an account at X: a person lets the app in by a browser, and brings a PIN back from there.

Nothing here may post, and nothing is kept: what comes out is the account's two tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import requests
import tweepy

from orangeday.adapters.base import Cause, Deferred, Dialog, PlatformError, Refused
from orangeday.adapters.http import safe_line
from orangeday.adapters.x.client import App, TimeoutAdapter, XClient, reason
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.network import DIRECT, Route
from orangeday.platforms.x import X
from orangeday.retry import PERSON_RETRY, RETRY_SOON
from orangeday.system.credentials import environment_variables, variables

CONSOLE = "X's developer console, https://console.x.com"
"""The place where a person looks after the app."""
_APP_CREDENTIALS = tuple(secret.name for secret in X.credentials if secret.is_shared)
_TRIES = 3
"""The number of times that a PIN may be wrong."""


class WrongKey(Refused):
    """The refusal of an app's key and secret that X doesn't know."""


class WrongPin(Refused):
    """The refusal of a PIN: X now takes no other for the same address."""


class PinLogin:
    """One account's way in. Any step raises Refused or Deferred."""

    def __init__(self, base_url: str, api_key: str, api_secret: str, clock: Clock, route: Route = DIRECT) -> None:
        self._app = App.for_key(base_url, api_key, clock, route)
        self._new_handler = partial(_Handler, base_url, api_key, api_secret, route)
        self._handler = self._new_handler()
        self._clock = clock

    def authorization_url(self, handle: str) -> str:
        """Return the address at which a person lets the app into this account, for one PIN. Raises WrongKey."""
        self._handler = self._new_handler()  # one signs for one address only
        address = self._request(self._handler.get_authorization_url, self._request_token_error)
        if self._handler.request_token.get("oauth_callback_confirmed") != "true":
            raise Refused(f"{self._app.host} doesn't confirm that it will show a PIN", cause=Cause.PIN)
        # Else the browser offers whichever account it is logged in to.
        return f"{address}&{urlencode({'force_login': 'true', 'screen_name': handle})}"

    def tokens(self, pin: str) -> Mapping[str, str]:
        """Return the account's tokens by name, for the PIN that was shown at the last address. Raises WrongPin."""
        token, secret = self._request(lambda: self._handler.get_access_token(pin), self._access_token_error)
        return {"ACCESS_TOKEN": token, "ACCESS_TOKEN_SECRET": secret}

    def _request(self, ask: Callable[[], Any], classify: Callable[[int, str], PlatformError | None]) -> Any:
        """Make one request, by tweepy. What counts is the answer, whatever tweepy makes of it."""
        self._handler.answers.clear()
        try:
            return ask()
        except tweepy.TweepyException as failure:
            host = self._app.host
            if not self._handler.answers:
                cause = failure.args[0] if failure.args and isinstance(failure.args[0], Exception) else failure
                raise Deferred(f"no answer from {host}: {reason(cause)}", self._retry_at) from failure
            answer = self._handler.answers[-1]
            error_text = _error_message(answer)
            if self._app.route.is_relayed and not _is_in_own_form(answer):
                message = f"{self._describe(answer.status_code, '')} with an invalid response"
                raise Deferred(message, self._retry_at) from failure
            if outcome := classify(answer.status_code, error_text):
                raise outcome from failure
            if answer.status_code < 300:
                raise Deferred(f"{host} sent an invalid response", self._retry_at) from failure
            if answer.status_code in (404, 405):
                message = f"{self._describe(answer.status_code, error_text)}. Is [x] base_url in the config right?"
                raise Deferred(message, self._retry_at, "account", needs_person=True, cause=Cause.ADDRESS) from failure
            raise Deferred(self._describe(answer.status_code, error_text), self._retry_at) from failure
        finally:
            self._handler.oauth.close()

    def _request_token_error(self, status: int, error_text: str) -> PlatformError | None:
        words = self._describe(status, error_text)
        if status == 401:
            return WrongKey(f"X rejected the app's API key and secret ({words})", cause=Cause.APP_KEY)
        if status == 402:
            return Deferred(
                f"there is no credit left on X ({words})", self._clock() + PERSON_RETRY, "platform", needs_person=True,
                cause=Cause.CREDIT, hint="buy some in its developer console",
            )  # fmt: skip
        if status == 403 and "callback" in error_text.lower():
            return Refused(
                f"the app isn't set up for logging in ({words}): in X's developer console, set up the app's "
                "“User authentication settings”, with “Read and write”"
            )
        return Refused(words) if status in (400, 403) else None

    def _access_token_error(self, status: int, error_text: str) -> PlatformError | None:
        words = self._describe(status, error_text)
        return WrongPin(f"X rejected the PIN ({words})", cause=Cause.PIN) if status in (400, 401, 403) else None

    def _describe(self, status: int, error_text: str) -> str:
        return f"{self._app.host} answers {status}{f': {error_text}' if error_text else ''}"

    @property
    def _retry_at(self) -> datetime:
        return self._clock() + RETRY_SOON


def log_in(account: Account, known: Mapping[str, str], dialog: Dialog, clock: Clock) -> dict[str, str]:
    """Return the account's tokens, and the app's key where it is new. Raises any outcome of a Pin."""
    check_clock(account, clock)  # before anybody types anything
    app_credentials = {} if set(_APP_CREDENTIALS) <= set(known) else _ask_app_credentials(dialog, "")
    values = {**known, **app_credentials}
    while True:
        pin = PinLogin(account.address, values["API_KEY"], values["API_SECRET"], clock, account.route)
        try:
            return app_credentials | _ask_tokens(account, pin, dialog, app_credentials)
        except WrongKey:
            names = variables(account.embassy, account.platform)
            if app_credentials or environment_variables(names[name] for name in _APP_CREDENTIALS):
                raise
            preface = "X rejected the API key and secret in the keyring; maybe they were replaced. "
            app_credentials = _ask_app_credentials(dialog, preface)
            values |= app_credentials


def _ask_app_credentials(dialog: Dialog, preface: str) -> dict[str, str]:
    """Say where one gets the app's key and secret, and return them as typed."""
    dialog.info(
        f"{preface}orangeday reaches X through an app of yours, one for all embassies:\n"
        f"1. Open {CONSOLE}, and make an app.\n"
        "2. Under “User authentication settings”, give it “Read and write”.\n"
        "   This comes first: what was made before can't post.\n"
        "3. Under “Keys and tokens”, copy its API key and its secret.\n"
        "   Neither is shown as you type or paste it here."
    )
    return dialog.ask_secrets(_APP_CREDENTIALS)


def _ask_tokens(account: Account, pin: PinLogin, dialog: Dialog, new_credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the account's tokens, for a PIN that a person brings from the browser. Raises any outcome of a Pin.

    As X gives the first address it has taken the app's key and secret: where they are new they are kept from then on.
    """
    has_address = False
    for tries_left in reversed(range(_TRIES)):
        if not has_address:
            address = pin.authorization_url(account.handle)
            dialog.keep(new_credentials)
            new_credentials = {}
            dialog.info(f"\nOpen this address in a browser, log in to X as @{account.handle}, and let the app in:\n")
            dialog.show(f"{address}\n")
            has_address = True
        digits = re.sub(r"\s", "", dialog.ask("The PIN that X shows then: "))
        if not re.fullmatch(r"[0-9]{1,20}", digits):
            dialog.info("A PIN is a number, usually of seven digits.", "yellow")
            continue
        try:
            return dict(pin.tokens(digits))
        except WrongPin:
            if not tries_left:
                raise
            dialog.info("X rejected this PIN. Each address works once: here is a new one.", "yellow")
            has_address = False
    raise WrongPin("there was no PIN", cause=Cause.PIN)


def check_clock(account: Account, clock: Clock) -> None:
    """See that our clock agrees with that of the account's server. Raises Deferred."""
    check_server_clock(account.address, clock, account.route)


def check_server_clock(base_url: str, clock: Clock, route: Route = DIRECT) -> None:
    """See that our clock agrees with X's: else a signature is refused as if the key were wrong. Raises Deferred."""
    App.for_key(base_url, "", clock, route).check_clock()


def may_write(base_url: str, credentials: Mapping[str, str], clock: Clock, route: Route = DIRECT) -> bool | None:
    """Return whether X says that these tokens may post; None where it says nothing of it.

    They may do what the app was allowed to do when they were made, whatever it is allowed now.
    """
    client = XClient(base_url, credentials, clock, route)
    try:
        level = client.ask(lambda: client.api.get_me(user_auth=True)).headers.get("x-access-level", "")
    except PlatformError:
        return None
    return "write" in level if level else None


class _Handler(tweepy.OAuth1UserHandler):  # type: ignore[misc]  # tweepy carries no types
    """tweepy's own handler, at the configured address: behind time limits, without proxies or redirects."""

    def __init__(self, base_url: str, api_key: str, api_secret: str, route: Route) -> None:
        self.answers: list[requests.Response] = []
        self._route = route
        self._base_url = base_url
        super().__init__(api_key, api_secret, callback="oob")

    def _get_oauth_url(self, endpoint: str) -> str:
        return f"{self._base_url}/oauth/{endpoint}"

    @property
    def oauth(self) -> requests.Session:
        return self._session

    @oauth.setter
    def oauth(self, session: requests.Session) -> None:
        """Set limits to a session of tweepy's, which makes a new one for each step."""
        session.trust_env = False
        session.max_redirects = 0
        session.headers["Accept-Encoding"] = "identity"  # nothing that grows as it is unpacked
        session.hooks["response"].append(self._record_answer)
        for scheme in ("https://", "http://"):
            session.mount(scheme, TimeoutAdapter(route=self._route))
        self._session = session

    def _record_answer(self, answer: requests.Response, **_: object) -> None:
        self.answers.append(answer)


def _is_in_own_form(answer: requests.Response) -> bool:
    """Return whether a refusal is a list of errors, as X writes it at a log-in; a firewall's page isn't."""
    try:
        return isinstance(json.loads(answer.content)["errors"], list)
    except (ValueError, RecursionError, LookupError, TypeError):
        return False


def _error_message(answer: requests.Response) -> str:
    """Return X's own words, in any of the forms in which it has them; nothing of a page that is meant for a browser."""
    text = answer.content.decode(errors="replace").strip()
    try:
        error = json.loads(text)["errors"][0]
        return safe_line(str(error["message"]))
    except (ValueError, RecursionError, LookupError, TypeError):
        return "" if text[:1] in ("", "<", "{", "[") else safe_line(text)
