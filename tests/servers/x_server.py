"""A stand-in for X in the tests: a real HTTP server on loopback, written from X's published description.

    def test_…(x):
        nairobi = x.account()
        x.fault("createPosts", drops_after)     # X has it, the client never hears of it
        …
        assert [post.text for post in x.posts(nairobi)] == ["Good morning"]

It knows no adapter, so that it can prove one wrong: it checks signatures, shapes, lengths, duplicates, limits and
money, and refuses in the words that X uses where they are known. What X does about a case that nobody has described
is a guess, and says so where it is made.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from ..support.offset_clock import true_time
from . import x_oauth, x_schemas, x_text
from .faulty_proxy import Answer, Faulty, Seen, serving

PROBLEMS = "https://api.twitter.com/2/problems/"

LIMIT_REACHED: Mapping[str, Mapping[str, object]] = {
    "185": {"errors": [{"code": 185, "message": "User is over daily status update limit."}]},
    "344": {
        "errors": [
            {
                "code": 344,
                "message": "You have reached your daily limit for sending Tweets and messages. Please try again later.",
            }
        ]
    },
    "problem": {
        "title": "Forbidden",
        "detail": "You have reached your daily limit for sending Tweets and messages. Please try again later.",
        "type": "about:blank",
        "status": 403,
    },
}
"""The forms in which X says, with 403, that an account has posted all that it may.

X's table of codes says of 185 that it comes whenever a limit of posting was reached, whatever its words, and that such
limits roam over times that aren't told: no header names one. 344 is known from answers that people have published.
"""
AUTOMATED = (
    "This request looks like it might be automated. To protect our users from spam and other malicious activity, we "
    "can't complete this action right now."
)
"""X's words, with code 226, to an account that it takes for a robot's."""

PRICES = {"post": 0.015, "post with a link": 0.2, "alt text": 0.005, "delete": 0.01, "read": 0.005, "user": 0.01}
"""What X charges, in dollars; a read for each post that is given."""

MEDIA_LIFE = 86400
LARGEST_IMAGE = 5 * 1024 * 1024

_ID = r"(?P<id>[^/]+)"
OPERATIONS: tuple[tuple[str, str, str], ...] = (
    ("POST", "/2/tweets", "createPosts"),
    ("DELETE", f"/2/tweets/{_ID}", "deletePosts"),
    ("GET", f"/2/tweets/{_ID}", "getPostsById"),
    ("GET", "/2/tweets", "getPostsByIds"),
    ("GET", "/2/users/me", "getUsersMe"),
    ("GET", f"/2/users/{_ID}/tweets", "getUsersPosts"),
    ("POST", "/2/media/upload", "mediaUpload"),
    ("POST", "/2/media/upload/initialize", "initializeMediaUpload"),
    ("POST", f"/2/media/upload/{_ID}/append", "appendMediaUpload"),
    ("POST", f"/2/media/upload/{_ID}/finalize", "finalizeMediaUpload"),
    ("POST", "/2/media/metadata", "createMediaMetadata"),
    ("POST", "/oauth/request_token", "requestToken"),
    ("GET", "/oauth/authorize", "authorize"),
    ("POST", "/oauth/access_token", "accessToken"),
    ("HEAD", "/", "time"),
    ("GET", "/", "time"),
)
WRITES = {
    "createPosts",
    "deletePosts",
    "mediaUpload",
    "initializeMediaUpload",
    "appendMediaUpload",
    "finalizeMediaUpload",
    "createMediaMetadata",
}


@dataclass(frozen=True)
class XAccount:
    """An account, and the tokens by which the server's one app acts for it."""

    id: str
    handle: str
    access_token: str
    access_token_secret: str


@dataclass
class Post:
    """A post as it is at X."""

    id: str
    author: str
    text: str
    created_at: datetime
    media: list[tuple[bytes, str | None]]
    deleted: bool = False
    media_keys: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    """The ids of all its versions, where it was edited: the oldest first."""


@dataclass
class Limits:
    """How many requests X takes: of posts in 15 minutes and in 24 hours, and of the rest in 15 minutes.

    And how many posts an account may have of a day, by whatever app or hand: which no header speaks of.
    """

    user_window: int = 100
    app_day: int = 10_000
    user_day: int | None = None
    posts_a_day: int | None = None
    others: dict[str, int] = field(
        default_factory=lambda: {
            "deletePosts": 50,
            "getPostsById": 900,
            "getPostsByIds": 900,
            "getUsersMe": 75,
            "getUsersPosts": 900,
            "mediaUpload": 500,
            "initializeMediaUpload": 1875,
            "appendMediaUpload": 1875,
            "finalizeMediaUpload": 1875,
            "createMediaMetadata": 500,
        }
    )


@dataclass
class _Media:
    id: str
    owner: str
    expires: float
    content: bytes = b""
    alt: str | None = None
    segments: dict[int, bytes] = field(default_factory=dict)
    ready: bool = False
    used: bool = False

    @property
    def key(self) -> str:
        return f"3_{self.id}"


@dataclass
class _Window:
    ends: float
    used: int = 0


@dataclass
class _Login:
    """A log-in that was begun: the request token's secret, and the PIN once a person has agreed."""

    secret: str
    pin: str = ""
    user: str = ""


@dataclass
class _Call:
    """A request whose signature holds, and who makes it."""

    operation: str
    seen: Seen
    headers: Mapping[str, str]
    query: dict[str, str]
    id: str
    user: str


class Refusal(Exception):
    """How the server says no."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def problem(status: int, detail: str, title: str = "", type_: str = "about:blank", **more: object) -> Refusal:
    """A refusal in X's problem form."""
    title = title or HTTPStatus(status).phrase
    body = {"title": title, "detail": detail, "type": type_, "status": status} | more
    return Refusal(_json(status, body, "application/problem+json"))


def invalid(*errors: tuple[str, str, str]) -> Refusal:
    """A refusal of parameters: each with its name, its value and what is wrong with it."""
    body = {
        "errors": [{"parameters": {name: [value]}, "message": message} for name, value, message in errors],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}invalid-request",
    }
    return Refusal(_json(400, body, "application/problem+json"))


def not_found(what: str, id_: str, parameter: str = "id") -> dict[str, str]:
    """An entry of `errors` for what isn't there."""
    return {
        "value": id_,
        "detail": f"Could not find {what} with {parameter}: [{id_}].",
        "title": "Not Found Error",
        "resource_type": what,
        "parameter": parameter,
        "resource_id": id_,
        "type": f"{PROBLEMS}resource-not-found",
    }


def _json(status: int, body: object, kind: str = "application/json; charset=utf-8") -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": kind})


def _form(body: Mapping[str, str]) -> Answer:
    return Answer(200, urlencode(body).encode(), {"Content-Type": "text/html;charset=utf-8"})


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _image_type(content: bytes) -> str:
    """What kind of image it is by its first bytes; "" is none."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""


class XServer(Faulty):
    """X: its accounts, its posts, its clock and what it shall refuse. One for each test."""

    def __init__(self) -> None:
        super().__init__()
        self.scheme = "http"
        """By which it is called, and requests are signed; https where a front before it speaks TLS."""
        self.api_key = secrets.token_urlsafe(18)
        self.api_secret = secrets.token_urlsafe(36)
        self.lag = 0.0
        """How many seconds a post can't be read after it was made."""
        self.credit: float | None = None
        """The dollars that are left; None: as many as it takes."""
        self.sees_duplicates = True
        """Whether it refuses a text that the account has posted already: now and then X doesn't notice."""
        self.can_write = True
        """Whether the app may do more than read."""
        self.limits = Limits()
        self.limit_form = "344"
        """In which of the forms of LIMIT_REACHED it says that an account may post no more."""
        self.spent: defaultdict[str, float] = defaultdict(float)
        """The dollars charged, by kind: the keys of PRICES."""
        self.calls: Counter[str] = Counter()
        """The requests that were handled, whatever came of them, by operation."""
        self.broken: list[Exception] = []
        """Where the stand-in itself failed; the test that met it fails too."""
        self._shifted = 0.0
        self._state = threading.RLock()  # a request is handled as a whole
        self._ids: set[int] = set()
        self._told: set[tuple[str, date]] = set()
        """Who was told who they are, and on which day of UTC: the same thing is charged once a day."""
        self._handles: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, str]] = {}
        self._suspended: set[str] = set()
        self._suspected: set[str] = set()
        self._posts: dict[str, Post] = {}
        self._media: dict[str, _Media] = {}
        self._logins: dict[str, _Login] = {}
        self._nonces: set[tuple[str, str, str]] = set()
        self._windows: dict[tuple[str, str], _Window] = {}

    # What a test asks of it.

    def account(self, handle: str | None = None) -> XAccount:
        """Makes an account, or new tokens for one that is there."""
        with self._state:
            handle = handle or f"test_{secrets.token_hex(4)}"
            known = [user for user, name in self._handles.items() if name == handle]
            user = known[0] if known else self._new_id()
            self._handles[user] = handle
            token, secret = f"{user}-{secrets.token_hex(12)}", secrets.token_urlsafe(32)
            self._tokens[token] = secret, user
            return XAccount(user, handle, token, secret)

    def posts(self, account: XAccount) -> list[Post]:
        """The account's posts that aren't deleted, the oldest first, those that can't be read yet among them."""
        return [post for post in self.posted(account) if not post.deleted]

    def posted(self, account: XAccount) -> list[Post]:
        """All that the account ever posted, the oldest first."""
        with self._state:
            mine = [replace(post) for post in self._posts.values() if post.author == account.id]
            return sorted(mine, key=lambda post: int(post.id))

    def remove(self, post: str) -> None:
        """Deletes a post, as its owner can in the app."""
        with self._state:
            self._posts[post].deleted = True

    def edit(self, post: str, text: str) -> str:
        """Edits a post, as its owner can in the app: the new version has an id of its own, which this gives."""
        with self._state:
            old = self._posts[post]
            new = replace(old, id=self._new_id(), text=text)
            old.versions = new.versions = [*(old.versions or [old.id]), new.id]
            self._posts[new.id] = new
            return new.id

    def forget(self, post: str) -> None:
        """Takes a post out as if it had never been."""
        with self._state:
            del self._posts[post]

    def credentials(self, account: XAccount) -> dict[str, str]:
        """All that a program needs to act for an account, by orangeday's names."""
        keys = {"API_KEY": self.api_key, "API_SECRET": self.api_secret}
        return keys | {"ACCESS_TOKEN": account.access_token, "ACCESS_TOKEN_SECRET": account.access_token_secret}

    def suspend(self, account: XAccount, applied: bool = True) -> None:
        """Suspends an account, or lets it come back."""
        with self._state:
            (self._suspended.add if applied else self._suspended.discard)(account.id)

    def suspect(self, account: XAccount, applied: bool = True) -> None:
        """Takes an account for a robot's, or no longer: a person has shown that there is one."""
        with self._state:
            (self._suspected.add if applied else self._suspected.discard)(account.id)

    def revoke(self, account: XAccount) -> None:
        """Takes back every token of the account's, as its owner can in the settings."""
        with self._state:
            self._tokens = {token: held for token, held in self._tokens.items() if held[1] != account.id}

    def shift(self, seconds: float) -> None:
        """Puts the server's clock so far ahead of the machine's."""
        with self._state:
            self._shifted = seconds

    def now(self) -> float:
        return true_time() + self._shifted  # a test that travels takes only itself along

    def pin(self, authorize_url: str, account: XAccount | str) -> str:
        """What a person does in the browser: opens the address, logged in to that account, agrees and gets a PIN."""
        assert authorize_url.startswith(f"{self.url}/oauth/"), authorize_url
        handle = account if isinstance(account, str) else account.handle
        page = httpx.get(authorize_url, headers={"Cookie": f"user={handle}"}, trust_env=False, timeout=30)
        found = re.search(r"<code>(\d+)</code>", page.text)
        assert found, f"no PIN was shown: {page.status_code} {page.text}"
        return found[1]

    # What comes in.

    def name_of(self, method: str, path: str) -> str:
        return _operation(method, path)[0]

    def handle(self, seen: Seen) -> Answer:
        with self._state:
            extra: dict[str, str] = {}
            try:
                answer = self._handled(seen, extra)
            except Refusal as no:
                answer = no.answer
            except Exception as error:
                self.broken.append(error)
                raise
            date = {"Date": formatdate(self.now(), usegmt=True)}
            return Answer(answer.status, answer.body, {**answer.headers, **extra, **date})

    def _handled(self, seen: Seen, extra: dict[str, str]) -> Answer:
        operation, id_ = _operation(seen.method, seen.path)
        self.calls[operation] += 1
        if operation in ("", "time"):
            raise problem(404, "Not Found")
        headers = {name.lower(): value for name, value in seen.headers.items()}
        parts = urlsplit(seen.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        call = _Call(operation, seen, headers, dict(pairs), id_, "")
        if operation == "authorize":
            return self._authorize(call)
        if operation in ("requestToken", "accessToken"):
            return self._request_token(call) if operation == "requestToken" else self._access_token(call)
        call.user = self._caller(call)
        if operation in WRITES and not self.can_write:
            detail = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
            raise problem(403, detail, type_=f"{PROBLEMS}oauth1-permissions")
        if call.user in self._suspended:
            raise problem(403, "Your account is suspended and is not permitted to access this feature.")
        self._count(call, extra)
        wrong = list(x_schemas.query_wrongs(operation, pairs))
        if id_ and not re.fullmatch("[0-9]{1,19}", id_):
            wrong.append(("id", id_, f"The `id` query parameter value [{id_}] is not valid"))
        if wrong:
            raise invalid(*wrong)
        handlers: dict[str, Callable[[_Call], Answer]] = {
            "createPosts": self._create,
            "getUsersMe": self._me,
            "getUsersPosts": self._timeline,
            "getPostsById": self._post,
            "getPostsByIds": self._several,
            "deletePosts": self._delete,
            "mediaUpload": self._upload,
            "initializeMediaUpload": self._initialize,
            "appendMediaUpload": self._append,
            "finalizeMediaUpload": self._finalize,
            "createMediaMetadata": self._describe,
        }
        return handlers[operation](call)

    # Who asks, and how often.

    def _caller(self, call: _Call) -> str:
        """The account for which a request is signed. Refuses any other."""
        oauth = x_oauth.signature_of(call.headers)
        secret, user = self._tokens.get((oauth or {}).get("oauth_token", ""), ("", ""))
        if oauth is None or not user or not self._signed(call, oauth, secret):
            raise problem(401, "Unauthorized")
        return user

    def _signed(self, call: _Call, oauth: Mapping[str, str], token_secret: str) -> bool:
        url = f"{self.scheme}://{call.headers.get('host', '')}{call.seen.path}"
        once = oauth["oauth_timestamp"], oauth["oauth_nonce"], oauth.get("oauth_token", "")
        if (
            oauth["oauth_consumer_key"] != self.api_key
            or abs(int(oauth["oauth_timestamp"]) - self.now()) > 300
            or once in self._nonces
        ):
            return False
        body = call.seen.body
        if not x_oauth.holds(call.seen.method, url, call.headers, body, oauth, self.api_secret, token_secret):
            return False
        self._nonces.add(once)
        return True

    def _count(self, call: _Call, extra: dict[str, str]) -> None:
        """Counts a request, and says in the headers what is left. Refuses one too many."""
        posting = call.operation == "createPosts"
        limit = self.limits.user_window if posting else self.limits.others[call.operation]
        windows = [("x-rate-limit", limit, 900, self._window(call.operation, call.user, 900))]
        if posting:
            windows.append(("x-app-limit-24hour", self.limits.app_day, 86400, self._window("app", "", 86400)))
            if self.limits.user_day is not None:
                day = self._window("day", call.user, 86400)
                windows.append(("x-user-limit-24hour", self.limits.user_day, 86400, day))
        full = any(window.used >= most for _, most, _, window in windows)
        for name, most, _, window in windows:
            window.used += not full
            extra[f"{name}-limit"] = str(most)
            extra[f"{name}-remaining"] = str(max(0, most - window.used))
            extra[f"{name}-reset"] = str(int(window.ends))
        if full:
            raise problem(429, "Too Many Requests")

    def _window(self, name: str, user: str, seconds: float) -> _Window:
        """The window that is running, or a new one: it starts with the first request in it."""
        now = self.now()
        window = self._windows.get((name, user))
        if window is None or not window.ends - seconds - 1 <= now < window.ends:
            window = self._windows[name, user] = _Window(float(int(now + seconds)))
        return window

    def _price(self, kind: str, times: int = 1) -> float:
        """What it costs. Refuses if there isn't so much."""
        price = PRICES[kind] * times
        if self.credit is not None and self.credit < price - 1e-9:
            account = 1_800_000_000_000_000_000
            detail = f"Your enrolled account [{account}] does not have any credits to fulfill this request."
            body = {"account_id": account, "title": "CreditsDepleted", "detail": detail, "type": f"{PROBLEMS}credits"}
            raise Refusal(_json(402, body))
        return price

    def _charge(self, kind: str, times: int = 1) -> None:
        price = self._price(kind, times)
        self.spent[kind] += price
        if self.credit is not None:
            self.credit -= price

    # What is asked.

    def _body(self, call: _Call, shape: x_schemas.Record) -> dict[str, object]:
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise invalid(("Content-Type", kind, "The Content-Type of the request must be application/json"))
        try:
            body = json.loads(call.seen.body)
            json.dumps(body, ensure_ascii=False).encode()  # half a character is none
        except ValueError:
            raise invalid(("body", "", "The body of the request is not JSON")) from None
        _check(shape, body)
        return dict(body)

    def _create(self, call: _Call) -> Answer:
        body = self._body(call, x_schemas.POST)
        beyond = set(body) - {"text", "media"}
        if beyond:
            raise invalid(*((name, str(body[name]), "This stand-in does not know it") for name in sorted(beyond)))
        text = str(body.get("text", ""))
        media = body.get("media")
        ids = [str(id_) for id_ in media["media_ids"]] if isinstance(media, dict) else []
        kind = "post with a link" if any(x_text.links(x_text.normal(text))) else "post"
        self._price(kind)
        if not x_text.normal(text) and not ids:
            raise invalid(("text", text, "The `text` field is required, unless there are media"))
        if x_text.weighted_length(text) > x_text.LIMIT:
            where = "https://github.com/twitter/twitter-text"
            what = (
                f"Your Tweet text is too long. For more information on how Twitter determines text length see {where}."
            )
            raise invalid(("text", text, what))
        if call.user in self._suspected:
            raise Refusal(_json(403, {"errors": [{"code": 226, "message": AUTOMATED}]}))
        mine = [post for post in self._posts.values() if post.author == call.user and not post.deleted]
        today = [post for post in mine if self.now() - post.created_at.timestamp() < 86400]
        if self.limits.posts_a_day is not None and len(today) >= self.limits.posts_a_day:
            raise Refusal(_json(403, LIMIT_REACHED[self.limit_form]))
        said = x_text.normal(text) if self.sees_duplicates else ""
        if said and any(x_text.normal(post.text) == said for post in mine):
            raise problem(403, "You are not allowed to create a Tweet with duplicate content.")
        attached = [self._media.get(id_) for id_ in ids]
        pictures = [
            one
            for one in attached
            if one and one.ready and not one.used and one.owner == call.user and one.expires > self.now()
        ]
        if len(pictures) != len(ids) or len(set(ids)) != len(ids):
            raise invalid(("media.media_ids", ",".join(ids), "Your media IDs are invalid."))
        self._charge(kind)
        for picture in pictures:
            picture.used = True
        created = datetime.fromtimestamp(self.now(), UTC)
        content = [(picture.content, picture.alt) for picture in pictures]
        post = Post(self._new_id(), call.user, text, created, content, media_keys=[one.key for one in pictures])
        self._posts[post.id] = post
        data = {"id": post.id, "text": self._shown(post).text, "edit_history_tweet_ids": [post.id]}
        return _json(201, {"data": data})

    def _delete(self, call: _Call) -> Answer:
        post = self._posts.get(call.id)
        if post is None or post.deleted:
            # Nobody has written down what X says here; the document allows any problem.
            missing = not_found("tweet", call.id)
            raise problem(404, missing.pop("detail"), missing.pop("title"), missing.pop("type"), **missing)
        if post.author != call.user:
            raise problem(403, "You are not authorized to delete this Tweet.")
        self._charge("delete")
        post.deleted = True
        return _json(200, {"data": {"deleted": True}})

    def _me(self, call: _Call) -> Answer:
        handle = self._handles[call.user]
        today = datetime.fromtimestamp(self.now(), UTC).date()
        if (call.user, today) not in self._told:
            self._charge("user")
            self._told.add((call.user, today))
        return _json(200, {"data": {"id": call.user, "name": handle, "username": handle}})

    def _timeline(self, call: _Call) -> Answer:
        query = call.query
        if call.id not in self._handles:
            return _json(200, {"errors": [not_found("user", call.id)]})
        if call.id in self._suspended:
            gone = not_found("user", call.id) | {
                "detail": f"User has been suspended: [{call.id}].",
                "title": "Forbidden",
            }
            return _json(200, {"errors": [gone]})
        try:
            start, end = (_moment(query[name]) if name in query else None for name in ("start_time", "end_time"))
            page = query.get("pagination_token")
            before = _unpaged(page) if page else None
        except ValueError as error:
            raise invalid(("query", str(error), "A query parameter is not valid")) from None
        for name, moment in ("start_time", start), ("end_time", end):
            if moment and moment < datetime(2010, 11, 6, tzinfo=UTC):
                raise invalid((name, query[name], f"'{name}' must be on or after 2010-11-06T00:00Z"))
        if start and end and start >= end:
            raise invalid(("end_time", query["end_time"], "'end_time' must be after 'start_time'"))
        found = [
            post
            for post in sorted(self._posts.values(), key=lambda post: -int(post.id))
            if post.author == call.id
            and self._readable(post)
            and post.id == [post.id, *post.versions][-1]
            and (start is None or post.created_at >= start)
            and (end is None or post.created_at < end)
            and int(post.id) > int(query.get("since_id", 0))
            and int(post.id) < min(int(query.get("until_id", 10**19)), before or 10**19)
        ]
        most = int(query.get("max_results", 10))
        given, more = found[:most], found[most:]
        if not given:
            return _json(200, {"meta": {"result_count": 0}})
        self._charge("read", len(given))
        meta: dict[str, object] = {"result_count": len(given), "newest_id": given[0].id, "oldest_id": given[-1].id}
        if more:
            meta["next_token"] = _paged(given[-1].id)
        return _json(
            200, {"data": [self._view(post, query) for post in given], **self._beside(given, query), "meta": meta}
        )

    def _post(self, call: _Call) -> Answer:
        post = self._posts.get(call.id)
        if post is None or not self._readable(post) or post.author in self._suspended:
            return _json(200, {"errors": [not_found("tweet", call.id)]})
        self._charge("read")
        return _json(200, {"data": self._view(post, call.query), **self._beside([post], call.query)})

    def _several(self, call: _Call) -> Answer:
        ids = call.query.get("ids", "").split(",")
        if ids == [""] or len(ids) > 100:
            raise invalid(("ids", call.query.get("ids", ""), f"size must be between 1 and 100, but is {len(ids)}"))
        found = [self._posts.get(id_) for id_ in ids]
        given = [post for post in found if post and self._readable(post) and post.author not in self._suspended]
        missing = [not_found("tweet", id_, "ids") for id_ in ids if id_ not in {post.id for post in given}]
        body: dict[str, object] = {"data": [self._view(post, call.query) for post in given]} if given else {}
        if given:
            self._charge("read", len(given))
            body |= self._beside(given, call.query)
        return _json(200, body | ({"errors": missing} if missing else {}))

    def _readable(self, post: Post) -> bool:
        return not post.deleted and self.now() - post.created_at.timestamp() >= self.lag

    def _view(self, post: Post, query: Mapping[str, str]) -> dict[str, object]:
        """A post as X gives it, with the fields that were asked for."""
        fields = {name for asked in ("tweet.fields", "post.fields") for name in query.get(asked, "").split(",")}
        shown = self._shown(post)
        view: dict[str, object] = {
            "id": post.id,
            "text": shown.text,
            "edit_history_tweet_ids": post.versions or [post.id],
        }
        if "created_at" in fields:
            view["created_at"] = _stamp(post.created_at)
        if "author_id" in fields or "author_id" in query.get("expansions", ""):
            view["author_id"] = post.author
        if "entities" in fields and shown.urls:
            view["entities"] = {"urls": shown.urls}
        if post.media_keys and ("attachments" in fields or "attachments" in query.get("expansions", "")):
            view["attachments"] = {"media_keys": post.media_keys}
        return view

    def _beside(self, posts: list[Post], query: Mapping[str, str]) -> dict[str, object]:
        """What `expansions` asks for beside the posts."""
        asked, fields = query.get("expansions", "").split(","), query.get("media.fields", "").split(",")
        includes: dict[str, object] = {}
        if "author_id" in asked:
            authors = dict.fromkeys(post.author for post in posts)
            names = ((user, self._handles[user]) for user in authors)
            includes["users"] = [{"id": user, "name": name, "username": name} for user, name in names]
        pictures = [self._media[key.removeprefix("3_")] for post in posts for key in post.media_keys]
        if "attachments.media_keys" in asked and pictures:
            includes["media"] = [
                {"media_key": one.key, "type": "photo"}
                | ({"alt_text": one.alt} if one.alt and "alt_text" in fields else {})
                for one in pictures
            ]
        return {"includes": includes} if includes else {}

    def _shown(self, post: Post) -> x_text.Shown:
        return x_text.shown(post.text, post.id, self._handles[post.author], post.media_keys)

    def _new_id(self) -> str:
        """An id as X makes them: milliseconds since its own epoch, and a number within one."""
        new = (int(self.now() * 1000) - 1288834974657) << 22
        while new in self._ids:
            new += 1
        self._ids.add(new)
        return str(new)

    # Pictures.

    def _upload(self, call: _Call) -> Answer:
        fields, content = self._fields(call, x_schemas.UPLOAD)
        media = self._new_media(call, str(fields["media_category"]))
        return self._stored(media, content)

    def _initialize(self, call: _Call) -> Answer:
        body = self._body(call, x_schemas.INITIALIZE)
        media = self._new_media(call, str(body.get("media_category", "tweet_image")))
        data = {"id": media.id, "media_key": media.key, "expires_after_secs": MEDIA_LIFE}
        return _json(200, {"data": data})

    def _append(self, call: _Call) -> Answer:
        media = self._own_media(call, call.id)
        fields, content = self._fields(call, x_schemas.APPEND)
        media.segments[int(str(fields["segment_index"]))] = content
        return _json(200, {"data": {"expires_at": int(media.expires)}})

    def _finalize(self, call: _Call) -> Answer:
        media = self._own_media(call, call.id)
        if sorted(media.segments) != list(range(len(media.segments))):
            raise invalid(("segment_index", str(sorted(media.segments)), "Segments are missing."))
        return self._stored(media, b"".join(media.segments[number] for number in sorted(media.segments)))

    def _describe(self, call: _Call) -> Answer:
        body = self._body(call, x_schemas.METADATA)
        media = self._own_media(call, str(body["id"]))
        metadata = body.get("metadata")
        alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
        if alt:
            self._charge("alt text")
            media.alt = alt["text"]
        return _json(200, {"data": {"id": media.id, "associated_metadata": metadata or {}}})

    def _new_media(self, call: _Call, category: str) -> _Media:
        if category not in ("tweet_image", "tweet_gif"):
            raise invalid(("media_category", category, "This stand-in takes images only"))
        media = _Media(self._new_id(), call.user, self.now() + MEDIA_LIFE)
        self._media[media.id] = media
        return media

    def _own_media(self, call: _Call, id_: str) -> _Media:
        media = self._media.get(id_)
        if media is None or media.expires <= self.now():
            raise invalid(("id", id_, f"The media id [{id_}] is not valid"))
        if media.owner != call.user:
            raise problem(403, "You are not permitted to perform this action.")
        return media

    def _stored(self, media: _Media, content: bytes) -> Answer:
        kind = _image_type(content)
        if not kind:
            raise invalid(("media", "", "The media is not a JPG, PNG, GIF or WEBP image"))
        if len(content) > LARGEST_IMAGE:
            raise invalid(("media", "", f"File size exceeds {LARGEST_IMAGE} bytes."))
        media.content, media.ready = content, True
        data: dict[str, object] = {"id": media.id, "media_key": media.key, "expires_after_secs": MEDIA_LIFE}
        return _json(200, {"data": data | {"size": len(content), "image": {"image_type": kind}}})

    def _fields(self, call: _Call, shape: x_schemas.Record) -> tuple[dict[str, object], bytes]:
        """What was sent beside the media, and the media: base64 in JSON, or as it is in a multipart form."""
        if not call.headers.get("content-type", "").startswith("multipart/form-data"):
            body = self._body(call, shape)
            try:
                return body, base64.b64decode(str(body["media"]), validate=True)
            except ValueError:
                raise invalid(("media", "", "The media is not base64")) from None
        head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + call.seen.body)
        if not parts.is_multipart():
            raise invalid(("body", "", "The body of the request is not a form"))
        raw: dict[str, bytes] = {}
        for part in parts.walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                raw[name] = content
        content = raw.get("media", b"")
        body = {name: value.decode(errors="replace") for name, value in raw.items() if name != "media"}
        if str(body.get("segment_index", "")).isdecimal():
            body["segment_index"] = int(str(body["segment_index"]))
        _check(shape, body | ({"media": ""} if "media" in raw else {}))
        return body, content

    # How an account's owner lets the app in.

    def _request_token(self, call: _Call) -> Answer:
        given = self._oauth_step(call, "")
        if given.get("oauth_callback") != "oob":
            message = "Callback URL not approved for this client application."
            raise Refusal(_json(403, {"errors": [{"code": 415, "message": message}]}))
        token, login = secrets.token_urlsafe(20), _Login(secrets.token_urlsafe(24))
        self._logins[token] = login
        return _form({"oauth_token": token, "oauth_token_secret": login.secret, "oauth_callback_confirmed": "true"})

    def _authorize(self, call: _Call) -> Answer:
        login = self._logins.get(call.query.get("oauth_token", ""))
        if login is None:
            raise Refusal(
                Answer(403, b"<p>The request token for this page is invalid.</p>", {"Content-Type": "text/html"})
            )
        handle = call.headers.get("cookie", "").removeprefix("user=")
        user = next((user for user, name in self._handles.items() if name == handle), "")
        if not user:
            return Answer(200, b"<p>Log in to X.</p>", {"Content-Type": "text/html"})
        login.user, login.pin = user, f"{secrets.randbelow(10**7):07}"
        return Answer(200, f"<p>Your PIN: <code>{login.pin}</code></p>".encode(), {"Content-Type": "text/html"})

    def _access_token(self, call: _Call) -> Answer:
        oauth = x_oauth.signature_of(call.headers) or {}
        token = oauth.get("oauth_token", "")
        login = self._logins.get(token)
        given = self._oauth_step(call, login.secret if login else "")
        if login is None:
            raise _plainly(401, "Invalid request token.")
        if not login.pin or given.get("oauth_verifier") != login.pin:
            raise _plainly(401, "Error processing your OAuth request: Invalid oauth_verifier parameter")
        del self._logins[token]
        made = self.account(self._handles[login.user])
        return _form(
            {
                "oauth_token": made.access_token,
                "oauth_token_secret": made.access_token_secret,
                "user_id": made.id,
                "screen_name": made.handle,
            }
        )

    def _oauth_step(self, call: _Call, token_secret: str) -> dict[str, str]:
        """All that a signed step of the log-in says, in its header, query or form."""
        oauth = x_oauth.signature_of(call.headers)
        if oauth is None or not self._signed(call, oauth, token_secret):
            raise Refusal(_json(401, {"errors": [{"code": 32, "message": "Could not authenticate you."}]}))
        form = call.seen.body if call.headers.get("content-type", "").startswith(x_oauth.FORM) else b""
        said = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        return {**call.query, **said, **oauth}


def _operation(method: str, path: str) -> tuple[str, str]:
    """What a request calls, and the id in its path; ("", "") is nothing that is here."""
    called = urlsplit(path).path
    for verb, pattern, name in OPERATIONS:
        if verb == method and (match := re.fullmatch(pattern, called)):
            return name, match.groupdict().get("id", "")
    return "", ""


def _check(shape: x_schemas.Record, body: object) -> None:
    wrong = [(where, "", what) for where, what in x_schemas.wrongs(shape, body)]
    if wrong:
        raise invalid(*wrong)


def _plainly(status: int, said: str) -> Refusal:
    return Refusal(Answer(status, said.encode(), {"Content-Type": "text/html;charset=utf-8"}))


def _paged(id_: str) -> str:
    return base64.b32hexencode(id_.encode()).decode().lower().rstrip("=")


def _unpaged(token: str) -> int:
    return int(base64.b32hexdecode((token.upper() + "=" * (-len(token) % 8)).encode()))


@contextmanager
def x_server() -> Iterator[XServer]:
    with serving(XServer()) as server:
        yield server
    if server.broken:
        raise server.broken[0]


@pytest.fixture
def x() -> Iterator[XServer]:
    """An X of the test's own."""
    with x_server() as server:
        yield server
