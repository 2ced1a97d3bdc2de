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

from orangeday.adapters.base import (
    Adapter,
    Cause,
    Deferred,
    Payload,
    PlatformError,
    PostCheck,
    PostState,
    Receipt,
    Refused,
    Unsure,
)
from orangeday.adapters.x import advice, login
from orangeday.adapters.x.client import XClient
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.encoding import EncodedPicture, Flaw, encode
from orangeday.content.images import MAX_PICTURES
from orangeday.content.plan import Delivery
from orangeday.content.toml import MAX_TEXT_LENGTH
from orangeday.errors import OrangedayError
from orangeday.platforms.x import X as SPEC
from orangeday.retry import PERSON_RETRY, RETRY_SOON
from orangeday.system.sessions import Busy, Session, Sessions
from orangeday.text.x import X_LIMIT, x_length

_MEDIA_LIFETIME = timedelta(hours=12)
"""The longest time that an upload may wait to be posted: X keeps it for a day."""
_MAX_LENGTH = 2 * MAX_TEXT_LENGTH
"""The characters of the longest post to compare: what is longer is no post of ours, and would take long."""
_MAX_PAGES = 20
"""The most pages that are read back, of a hundred posts each."""
_BATCH_SIZE = 100
"""The most posts that can be asked for by their ids in one request."""


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> X:
    """Return the account, known to be the one in the config. Raises Deferred."""
    platform = _x(account, credentials, clock)
    platform.identify(credentials)
    return platform


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    """Ask X whose tokens these are, and return the account's user id. Raises Deferred."""
    platform = _x(account, credentials, clock)
    platform.identify(credentials, force=True)
    return platform.identity


def _x(account: Account, credentials: Mapping[str, str], clock: Clock) -> X:
    settle_after = account.settle_after or SPEC.settle_after
    assert settle_after is not None  # noqa: S101  X shows a new post late
    return X(account, XClient(account.address, credentials, clock, account.route), settle_after, clock)


def post_id(address: str, identity: str) -> str:
    """Return the id of the post at an address that a person has copied. Raises OrangedayError."""
    pattern = r"https://(?:www\.)?(?:x|twitter)\.com/\w+/status/([0-9]{1,19})/?(?:[?#]\S*)?"
    if match := re.fullmatch(pattern, address.strip()):
        return match[1]
    example = "https://x.com/<handle>/status/<number>"
    raise OrangedayError(f"“{address}” isn't the address of a post there. Copy it as the post has it: {example}")


class X:
    """A connected account of X."""

    def __init__(self, account: Account, client: XClient, settle_after: timedelta, clock: Clock) -> None:
        self._account = account
        self._client = client
        self._settle_after = settle_after
        self._clock = clock
        self._identity = ""
        self._uploads: dict[tuple[int, str, str], tuple[str, datetime]] = {}

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def settle_after(self) -> timedelta:
        return self._settle_after

    def identify(self, credentials: Mapping[str, str], *, force: bool = False) -> None:
        """Learn whose tokens these are: asked once, and remembered with the token. Raises Deferred.

        The id that a token begins with is no proof, and a token in the wrong variable would post in another's name.
        """

        def read_identity() -> str:
            entry = None if force else sessions.read()
            return entry.identity if isinstance(entry, Session) and _is_id(entry.identity) else ""

        try:
            sessions = Sessions(self._client.app.base_url, self._account.handle, credentials["ACCESS_TOKEN_SECRET"])
            self._identity = read_identity()
            if not self._identity:
                with sessions.lock():
                    self._identity = read_identity() or self._fetch_identity()
                    sessions.keep(Session(self._identity))
        except Busy as failure:
            message = "another program is logging in with this account"
            raise Deferred(message, self._clock() + RETRY_SOON, "account") from failure
        except (OrangedayError, OSError) as failure:
            reason = str(failure) if isinstance(failure, OrangedayError) else f"its id can't be kept: {failure}"
            raise Deferred(reason, self._clock() + PERSON_RETRY, "account", needs_person=True) from failure

    def _fetch_identity(self) -> str:
        answer = self._client.read(lambda: self._client.api.get_me(user_auth=True))
        identity, handle = answer.data.get("id"), answer.data.get("username")
        if not _is_id(identity) or not isinstance(handle, str):
            raise self._unreadable("account")
        if self._account.handle and handle.lower() != self._account.handle.lower():
            message = (
                f"these are the tokens of @{self._client.safe_text(handle)}, "
                f"and the config says @{self._account.handle}"
            )
            until = self._clock() + PERSON_RETRY
            raise Deferred(message, until, "account", needs_person=True, cause=Cause.OTHER_ACCOUNT)
        return str(identity)

    # The protocol

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed_at: datetime
    ) -> Payload:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.rendered_text is not None  # noqa: S101
        text = delivery.rendered_text.text
        if x_length(text) > X_LIMIT:
            raise Refused(f"the text is longer than {X_LIMIT} characters, as X counts")
        if len(media) > MAX_PICTURES:
            raise Refused(f"{len(media)} pictures; {MAX_PICTURES} are the most")
        encoded_pictures = [(name, _encode(name, content)) for name, content in media.items()]
        alt = delivery.alt_texts
        for name, _ in encoded_pictures:
            _require_short_alt(name, alt.get(name, ""))
        self._client.make_ready()
        ids = [
            self._upload(number, picture, alt.get(name, "")) for number, (name, picture) in enumerate(encoded_pictures)
        ]
        return Payload(text, {"text": text, **({"media_ids": ids} if ids else {})})

    def publish(self, payload: Payload, armed_at: datetime) -> Receipt:
        api, document, uploads = self._client.api, payload.document, self._uploads
        self._uploads = {}  # they are a post's now, or may be, and no second one can have them
        try:
            answer = self._client.send(lambda: api.create_tweet(**document), armed_at)
            if not answer.success:
                raise self._client.outcome(answer)
        except Deferred:
            self._uploads = uploads
            raise
        if not _is_id(answer.data.get("id")):
            raise Unsure(f"{self._client.host} sent an invalid response")
        return self._receipt(answer.data["id"], self._clock())

    def find(self, payloads: Sequence[Payload], since: datetime, excluded_ids: Container[str] = ()) -> Receipt | None:
        texts = {_normalize(payload.text) for payload in payloads}
        for post in self._timeline(since) if payloads else ():
            if post["id"] not in excluded_ids and _normalize(_typed_text(post)) in texts:
                return self._receipt(post["id"], _created_at(post) or self._clock())
        return None

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        api = self._client.api
        for start in range(0, len(posts), _BATCH_SIZE):
            batch = posts[start : start + _BATCH_SIZE]
            ids = [receipt.id for receipt, _ in batch]
            answer = self._client.read(partial(api.get_tweets, ids, tweet_fields=["entities"], user_auth=True))
            data = answer.content.get("data", [])
            posts_by_id = {post["id"]: post for post in (data if isinstance(data, list) else ()) if _is_post(post)}
            missing_ids = _missing_ids(answer.content)
            for receipt, payloads in batch:
                if receipt.id in posts_by_id:
                    yield self._check_post(posts_by_id[receipt.id], payloads)
                elif receipt.id in missing_ids:
                    visible_from = receipt.published_at + self._settle_after
                    message = f"it went out a moment ago, and {self._client.host} shows a new post late: look again"
                    yield (
                        PostCheck(PostState.GONE) if self._clock() >= visible_from else Deferred(message, visible_from)
                    )
                else:  # what is neither shown nor said to be missing may be there
                    yield self._unreadable("delivery")

    def _check_post(self, post: Mapping[str, Any], payloads: Sequence[Payload]) -> PostCheck:
        """Return the state of a post that X shows. One that was edited is shown under its old id as it was."""
        versions = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
        last = versions[-1] if isinstance(versions, list) and versions else post["id"]
        if _is_id(last) and last != post["id"]:
            return PostCheck(PostState.CHANGED, f"it was edited: {self._receipt(last, self._clock()).url}")
        text = _typed_text(post)
        if _normalize(text) in {_normalize(payload.text) for payload in payloads}:
            return PostCheck(PostState.UP)
        return PostCheck(PostState.CHANGED, self._client.safe_text(text or str(post["text"]), MAX_TEXT_LENGTH))

    def delete(self, receipt: Receipt) -> None:
        api = self._client.api
        not_found = (404,)
        answer = self._client.ask(lambda: api.delete_tweet(receipt.id, user_auth=True), may_be=not_found)
        if answer.status in not_found or answer.data.get("deleted") is True:
            return
        check = self._client.ask(lambda: api.get_tweet(receipt.id, user_auth=True), may_be=not_found)
        if check.status not in not_found and not _is_missing(check.content):
            raise Unsure(f"{self._client.host} doesn't say that {receipt.url} is gone")

    # What is there

    def _timeline(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the account's own posts since then, the newest first. Raises Deferred."""
        query: dict[str, Any] = {
            "start_time": since.astimezone(UTC).replace(microsecond=0),
            "max_results": 100,
            "tweet_fields": ["created_at", "entities"],
        }
        api = self._client.api
        for _ in range(_MAX_PAGES):
            answer = self._client.read(lambda: api.get_users_tweets(self._identity, user_auth=True, **query))
            if not self._client.app.server_clock.agrees:  # how long nothing was seen is told by our clock
                raise self._client.app.server_clock.deferral(self._client.host)
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
            query["pagination_token"] = token
        raise Deferred(f"{self._client.host} has more posts than can be read back", self._clock() + PERSON_RETRY)

    def _upload(self, number: int, picture: EncodedPicture, alt: str) -> str:
        """Return the media id of a post's nth picture with its alt text; one uploaded and not posted serves again."""
        key = number, hashlib.sha256(picture.content).hexdigest(), alt
        media_id, until = self._uploads.get(key, ("", self._clock()))
        if media_id and self._clock() < until:
            return media_id
        content = base64.b64encode(picture.content).decode()
        document: dict[str, Any] = {"media": content, "media_category": "tweet_image"}
        answer = self._post("/2/media/upload", document)
        media = answer.data.get("id")
        if not _is_id(media):
            raise self._unreadable("delivery")
        if alt:
            document = {"id": media, "metadata": {"alt_text": {"text": alt}}}
            self._post("/2/media/metadata", document)
        self._uploads[key] = str(media), self._clock() + _MEDIA_LIFETIME
        return str(media)

    def _post(self, route: str, document: Mapping[str, Any]) -> Any:
        """Return the answer to a request for which tweepy has no method."""
        api = self._client.api
        return self._client.ask(lambda: api._make_request("POST", route, json=document, user_auth=True))

    def _receipt(self, post: str, published_at: datetime) -> Receipt:
        return Receipt(post, f"https://x.com/{self._account.handle}/status/{post}", published_at)

    def _unreadable(self, scope: Any) -> Deferred:
        message = f"{self._client.host} sent an invalid response"
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


def _missing_ids(content: Mapping[str, Any]) -> set[str]:
    """Return the ids of which an answer says that there is no such post."""
    errors = content.get("errors")
    ids = set()
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and str(error.get("type")).endswith("/resource-not-found"):
            ids |= {error[name] for name in ("resource_id", "value") if _is_id(error.get(name))}
    return ids


def _encode(name: str, content: bytes) -> EncodedPicture:
    picture = encode(content, SPEC.pictures)
    if isinstance(picture, Flaw):
        raise Refused(f"{name}: {picture.message} {picture.hint}")
    return picture


def _require_short_alt(name: str, alt: str) -> None:
    """Raise Refused where an alt text is longer than X takes: it is never cut."""
    if SPEC.alt_length is not None and len(alt) > SPEC.alt_length:
        raise Refused(
            f"the alt text of “{name}” has {len(alt):,} characters, and X takes {SPEC.alt_length:,}",
            hint="shorten it, approve it, and let it be tried once more",
        )


def _created_at(post: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(post["created_at"])
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


# X gives a text back otherwise than it got it


def _typed_text(post: Mapping[str, Any]) -> str:
    """Return the text of a post as it was typed, as far as can be told: its links expanded, and its escapes undone.

    Nothing where it is longer than any post of ours.
    """
    text = str(post["text"])
    if len(text) > _MAX_LENGTH:
        return ""
    for sign, escape in (("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):  # nothing else is escaped
        text = text.replace(escape, sign)
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    for url in urls if isinstance(urls, list) else ():
        short, target = (url.get("url"), url.get("expanded_url")) if isinstance(url, dict) else (None, None)
        if not isinstance(short, str) or not short or not isinstance(target, str):
            continue
        if len(text) + text.count(short) * len(target) > _MAX_LENGTH:  # links within links could grow without an end
            return ""
        is_picture = "media_key" in url or re.search(rf"/status/{post['id']}/(photo|video)/[0-9]+$", target)
        text = text.replace(short, "" if is_picture else target)
    return text


def _normalize(text: str) -> str:
    """Return a text in the form in which two are compared: NFC, white space as spaces, addresses without their finery.

    What counts as an address is for X to say. So what it may change about one is left out everywhere, on both sides:
    the scheme, capitals and punycode in a name, what is escaped by %, a slash at an end.
    """
    text = unquote(re.sub("https?://", "", text, flags=re.IGNORECASE))
    text = re.sub(r"[^\s/]+", lambda name: _normalize_host(name[0]) if "." in name[0] else name[0], text)
    return " ".join(unicodedata.normalize("NFC", re.sub(r"/(?!\w)", "", text)).split())


def _normalize_host(name: str) -> str:
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
    login_advice=advice.login_advice,
)
