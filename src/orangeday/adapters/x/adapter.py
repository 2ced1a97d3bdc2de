"""X: it has no key that would make sending twice harmless, so what is in doubt is settled by evidence.

`find` reads the account's own timeline back and compares what it says with every payload that was frozen. How long
nothing has to be seen before it counts as nothing is the publisher's business, by `settle_after`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote

from orangeday.adapters.base import Adapter, Cause, Deferred, PlatformError, Receipt, Refused, Seen, Sent, There, Unsure
from orangeday.adapters.x import advice, login
from orangeday.adapters.x.client import Line
from orangeday.clock import Clock
from orangeday.content import images as pictures
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.content.toml import LONGEST_TEXT
from orangeday.errors import OrangedayError
from orangeday.platforms.x import X as SPEC
from orangeday.retry import PERSON_RETRY, RETRY_SOON
from orangeday.system.sessions import Busy, Session, Sessions
from orangeday.text.x import X_LIMIT, x_length

_MEDIA_KEPT = timedelta(hours=12)
"""The longest time that an upload may wait to be posted: X keeps it for a day."""
_LONGEST = 2 * LONGEST_TEXT
"""The characters of the longest post to compare: what is longer is no post of ours, and would take long."""
_PAGES = 20
"""The most pages that are read back, of a hundred posts each."""
_AT_ONCE = 100
"""The most posts that can be asked for by their ids in one request."""


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> X:
    """Return the account, known to be the one in the config. Raises Deferred."""
    platform = _x(account, credentials, clock)
    platform.meet(credentials)
    return platform


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    """Ask X whose tokens these are, and return the account's user id. Raises Deferred."""
    platform = _x(account, credentials, clock)
    platform.meet(credentials, anew=True)
    return platform.identity


def _x(account: Account, credentials: Mapping[str, str], clock: Clock) -> X:
    settle_after = account.settle_after or SPEC.settle_after
    assert settle_after is not None  # noqa: S101  X shows a new post late
    return X(account, Line(account.address, credentials, clock), settle_after, clock)


def post_id(address: str, identity: str) -> str:
    """Return the id of the post at an address that a person has copied. Raises OrangedayError."""
    pattern = r"https://(?:www\.)?(?:x|twitter)\.com/\w+/status/([0-9]{1,19})/?(?:[?#]\S*)?"
    if found := re.fullmatch(pattern, address.strip()):
        return found[1]
    example = "https://x.com/<handle>/status/<number>"
    raise OrangedayError(f"“{address}” isn't the address of a post there. Copy it as the post has it: {example}")


class X:
    """A connected account of X."""

    def __init__(self, account: Account, line: Line, settle_after: timedelta, clock: Clock) -> None:
        self._account = account
        self._line = line
        self._settle_after = settle_after
        self._clock = clock
        self._identity = ""
        self._uploaded: dict[tuple[int, str, str], tuple[str, datetime]] = {}

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def settle_after(self) -> timedelta:
        return self._settle_after

    def meet(self, credentials: Mapping[str, str], *, anew: bool = False) -> None:
        """Learn whose tokens these are: asked once, and remembered with the token. Raises Deferred.

        The id that a token begins with is no proof, and a token in the wrong variable would post in another's name.
        """

        def known() -> str:
            entry = None if anew else sessions.read()
            return entry.identity if isinstance(entry, Session) and _is_id(entry.identity) else ""

        try:
            sessions = Sessions(self._line.app.base_url, self._account.handle, credentials["ACCESS_TOKEN_SECRET"])
            self._identity = known()
            if not self._identity:
                with sessions.alone():
                    self._identity = known() or self._ask_who()
                    sessions.keep(Session(self._identity))
        except Busy as failure:
            message = "another program is logging in with this account"
            raise Deferred(message, self._clock() + RETRY_SOON, "account") from failure
        except (OrangedayError, OSError) as failure:
            why = str(failure) if isinstance(failure, OrangedayError) else f"its id can't be kept: {failure}"
            raise Deferred(why, self._clock() + PERSON_RETRY, "account", needs_person=True) from failure

    def _ask_who(self) -> str:
        answer = self._line.read(lambda: self._line.client.get_me(user_auth=True))
        who, handle = answer.data.get("id"), answer.data.get("username")
        if not _is_id(who) or not isinstance(handle, str):
            raise self._unreadable("account")
        if self._account.handle and handle.lower() != self._account.handle.lower():
            message = (
                f"these are the tokens of @{self._line.shown(handle)}, and the config says @{self._account.handle}"
            )
            until = self._clock() + PERSON_RETRY
            raise Deferred(message, until, "account", needs_person=True, cause=Cause.OTHER_ACCOUNT)
        return str(who)

    # The protocol

    def prepare(self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime) -> Sent:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.wording is not None  # noqa: S101
        text = delivery.wording.text
        if x_length(text) > X_LIMIT:
            raise Refused(f"the text is longer than {X_LIMIT} characters, as X counts")
        if len(media) > pictures.MOST_A_POST:
            raise Refused(f"{len(media)} pictures; {pictures.MOST_A_POST} are the most")
        encoded = [(name, _encoded(name, content)) for name, content in media.items()]
        alt = delivery.translation.alt if delivery.translation else {}
        self._line.make_ready()
        ids = [self._upload(number, picture, str(alt.get(name, ""))) for number, (name, picture) in enumerate(encoded)]
        return Sent(text, {"text": text, **({"media_ids": ids} if ids else {})})

    def publish(self, sent: Sent, armed: datetime) -> Receipt:
        client, payload, uploaded = self._line.client, sent.payload, self._uploaded
        self._uploaded = {}  # they are a post's now, or may be, and no second one can have them
        try:
            answer = self._line.send(lambda: client.create_tweet(**payload), armed)
            if not answer.success:
                raise self._line.outcome(answer)
        except Deferred:
            self._uploaded = uploaded
            raise
        if not _is_id(answer.data.get("id")):
            raise Unsure(f"{self._line.host} sent an invalid response")
        return self._receipt(answer.data["id"], self._clock())

    def find(self, sent: Sequence[Sent], since: datetime, known: Container[str] = ()) -> Receipt | None:
        ours = {_as_said(attempt.text) for attempt in sent}
        for post in self._timeline(since) if sent else ():
            if post["id"] not in known and _as_said(_as_typed(post)) in ours:
                return self._receipt(post["id"], _created(post) or self._clock())
        return None

    def look(self, posts: Sequence[tuple[Receipt, Sequence[Sent]]]) -> Iterator[Seen | PlatformError]:
        client = self._line.client
        for start in range(0, len(posts), _AT_ONCE):
            some = posts[start : start + _AT_ONCE]
            ids = [receipt.id for receipt, _ in some]
            answer = self._line.read(partial(client.get_tweets, ids, tweet_fields=["entities"], user_auth=True))
            found = answer.content.get("data", [])
            there = {post["id"]: post for post in (found if isinstance(found, list) else ()) if _is_post(post)}
            missing = _missing(answer.content)
            for receipt, sent in some:
                if receipt.id in there:
                    yield self._seen(there[receipt.id], sent)
                elif receipt.id in missing:
                    shows = receipt.published_at + self._settle_after
                    late = f"it went out a moment ago, and {self._line.host} shows a new post late: look again"
                    yield Seen(There.GONE) if self._clock() >= shows else Deferred(late, shows)
                else:  # what is neither shown nor said to be missing may be there
                    yield self._unreadable("delivery")

    def _seen(self, post: Mapping[str, Any], sent: Sequence[Sent]) -> Seen:
        """Return the state of a post that X shows. One that was edited is shown under its old id as it was."""
        versions = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
        last = versions[-1] if isinstance(versions, list) and versions else post["id"]
        if _is_id(last) and last != post["id"]:
            return Seen(There.CHANGED, f"it was edited: {self._receipt(last, self._clock()).url}")
        said = _as_typed(post)
        if _as_said(said) in {_as_said(attempt.text) for attempt in sent}:
            return Seen(There.UP)
        return Seen(There.CHANGED, self._line.shown(said or str(post["text"]), LONGEST_TEXT))

    def delete(self, receipt: Receipt) -> None:
        client = self._line.client
        gone = (404,)
        answer = self._line.ask(lambda: client.delete_tweet(receipt.id, user_auth=True), may_be=gone)
        if answer.status in gone or answer.data.get("deleted") is True:
            return
        found = self._line.ask(lambda: client.get_tweet(receipt.id, user_auth=True), may_be=gone)
        if found.status not in gone and not _is_missing(found.content):
            raise Unsure(f"{self._line.host} doesn't say that {receipt.url} is gone")

    # What is there

    def _timeline(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the account's own posts since then, the newest first. Raises Deferred."""
        asked: dict[str, Any] = {
            "start_time": since.astimezone(UTC).replace(microsecond=0),
            "max_results": 100,
            "tweet_fields": ["created_at", "entities"],
        }
        client = self._line.client
        for _ in range(_PAGES):
            answer = self._line.read(lambda: client.get_users_tweets(self._identity, user_auth=True, **asked))
            if not self._line.app.theirs.agrees:  # how long nothing was seen is told by our clock
                raise self._line.app.theirs.objection(self._line.host)
            posts, meta = answer.content.get("data", []), answer.content.get("meta")
            posts = posts if isinstance(posts, list) else [None]
            readable = [post for post in posts if _is_post(post)]
            yield from readable
            # That something isn't there is said only by a whole answer, with nothing in it that is anything else.
            if not isinstance(meta, dict) or "errors" in answer.content or len(readable) != len(posts):
                raise self._unreadable("delivery")
            token = meta.get("next_token")
            if meta.get("result_count") != len(posts) or not isinstance(token, str | None):
                raise self._unreadable("delivery")
            if token is None:
                return
            asked["pagination_token"] = token
        raise Deferred(f"{self._line.host} has more posts than can be read back", self._clock() + PERSON_RETRY)

    def _upload(self, number: int, picture: pictures.Encoded, alt: str) -> str:
        """Return the media id of a post's nth picture with its alt text; one uploaded and not posted serves again."""
        known = number, hashlib.sha256(picture.content).hexdigest(), alt
        found, until = self._uploaded.get(known, ("", self._clock()))
        if found and self._clock() < until:
            return found
        content = base64.b64encode(picture.content).decode()
        document: dict[str, Any] = {"media": content, "media_category": "tweet_image"}
        answer = self._post("/2/media/upload", document)
        media = answer.data.get("id")
        if not _is_id(media):
            raise self._unreadable("delivery")
        if alt:
            document = {"id": media, "metadata": {"alt_text": {"text": alt[: SPEC.alt_length]}}}
            self._post("/2/media/metadata", document)
        self._uploaded[known] = str(media), self._clock() + _MEDIA_KEPT
        return str(media)

    def _post(self, route: str, document: Mapping[str, Any]) -> Any:
        """Return the answer to a request for which tweepy has no method."""
        client = self._line.client
        return self._line.ask(lambda: client._make_request("POST", route, json=document, user_auth=True))

    def _receipt(self, post: str, published_at: datetime) -> Receipt:
        return Receipt(post, f"https://x.com/{self._account.handle}/status/{post}", published_at)

    def _unreadable(self, scope: Any) -> Deferred:
        message = f"{self._line.host} sent an invalid response"
        return Deferred(message, self._clock() + RETRY_SOON, scope)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def _is_post(value: object) -> bool:
    return isinstance(value, dict) and _is_id(value.get("id")) and isinstance(value.get("text"), str)


def _is_missing(content: Mapping[str, Any]) -> bool:
    """Return whether an answer says of what was asked for that there is no such thing."""
    errors = content.get("errors")
    kinds = [error.get("type") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return "data" not in content and any(str(kind).endswith("/resource-not-found") for kind in kinds)


def _missing(content: Mapping[str, Any]) -> set[str]:
    """Return the ids of which an answer says that there is no such post."""
    errors = content.get("errors")
    found = set()
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and str(error.get("type")).endswith("/resource-not-found"):
            found |= {error[name] for name in ("resource_id", "value") if _is_id(error.get(name))}
    return found


def _encoded(name: str, content: bytes) -> pictures.Encoded:
    picture = pictures.encode(content)
    if isinstance(picture, pictures.Flaw):
        raise Refused(f"{name}: {picture.message} {picture.hint}")
    return picture


def _created(post: Mapping[str, Any]) -> datetime | None:
    try:
        created = datetime.fromisoformat(post["created_at"])
        return created.astimezone(UTC) if created.tzinfo else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


# X gives a text back otherwise than it got it


def _as_typed(post: Mapping[str, Any]) -> str:
    """Return the text of a post as it was typed, as far as can be told: its links expanded, and its escapes undone.

    Nothing where it is longer than any post of ours.
    """
    text = str(post["text"])
    if len(text) > _LONGEST:
        return ""
    for sign, escape in (("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):  # nothing else is escaped
        text = text.replace(escape, sign)
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    for url in urls if isinstance(urls, list) else ():
        short, expanded = (url.get("url"), url.get("expanded_url")) if isinstance(url, dict) else (None, None)
        if not isinstance(short, str) or not short or not isinstance(expanded, str):
            continue
        if len(text) + text.count(short) * len(expanded) > _LONGEST:  # links within links could grow without an end
            return ""
        of_a_picture = "media_key" in url or re.search(rf"/status/{post['id']}/(photo|video)/[0-9]+$", expanded)
        text = text.replace(short, "" if of_a_picture else expanded)
    return text


def _as_said(text: str) -> str:
    """Return a text in the form in which two are compared: NFC, white space as spaces, addresses without their finery.

    What counts as an address is for X to say. So what it may change about one is left out everywhere, on both sides:
    the scheme, capitals and punycode in a name, what is escaped by %, a slash at an end.
    """
    text = unquote(re.sub("https?://", "", text, flags=re.IGNORECASE))
    text = re.sub(r"[^\s/]+", lambda name: _plain_name(name[0]) if "." in name[0] else name[0], text)
    return " ".join(unicodedata.normalize("NFC", re.sub(r"/(?!\w)", "", text)).split())


def _plain_name(name: str) -> str:
    try:
        return re.sub("xn--([a-z0-9-]+)", lambda label: label[1].encode().decode("punycode"), name.lower())
    except UnicodeError:
        return name.lower()


ADAPTER = Adapter(
    connect,
    verify,
    post_id,
    log_in=login.log_in,
    check_clock=login.check_clock,
    restriction=advice.restriction,
    advice=advice.advice,
    advice_at_login=advice.advice_at_login,
)
