"""Bluesky: at most one post, by construction.

Where a post lies in the account's repository follows from what it is (`record_key`), and it is only ever written where
nothing lies yet. So a second attempt, from whatever machine and after whatever loss, finds the first one's post in its
place, and an answer that never came is made up for by looking there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from atproto_core.uri import AtUri

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
from orangeday.adapters.bluesky.client import BlueskyClient
from orangeday.adapters.http import safe_line
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.encoding import EncodedPicture, Flaw, encode, orange_picture
from orangeday.content.images import MAX_PICTURES
from orangeday.content.plan import Delivery
from orangeday.content.toml import MAX_TEXT_LENGTH
from orangeday.errors import OrangedayError
from orangeday.platforms.bluesky import BLUESKY, MAKE_AN_APP_PASSWORD
from orangeday.retry import RETRY_SOON
from orangeday.text.bluesky import BLUESKY_BYTES, BLUESKY_LIMIT, bluesky_facets, bluesky_length
from orangeday.text.language import language_script

POSTS = "app.bsky.feed.post"

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_FIRST_MOMENT = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_MOMENT_BITS = 46
_MENTION_TIMEOUT = timedelta(minutes=10)
"""The time after it was due that a post waits for a server to say who is mentioned; then it goes without."""


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> Bluesky:
    """Return the account with an open session. Raises Deferred."""
    password = credentials["APP_PASSWORD"]
    return Bluesky(account, BlueskyClient(account.address, account.handle, password, clock, account.route), clock)


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    """Log in, or see that the session still holds, and return the account's DID. Raises Deferred."""
    platform = connect(account, credentials, clock)
    platform.verify()
    return platform.identity


def post_id(address: str, identity: str) -> str:
    """Return the id of the post at an address that a person has copied. Raises OrangedayError."""
    place = r"(?:https://bsky\.app/profile/[^/?#]+/post/|at://[^/]+/app\.bsky\.feed\.post/)([a-zA-Z0-9]+)"
    if match := re.fullmatch(rf"{place}/?(?:[?#]\S*)?", address.strip()):
        return str(AtUri.make(identity, POSTS, match[1]))
    example = "https://bsky.app/profile/<handle>/post/<letters>"
    raise OrangedayError(f"“{address}” isn't the address of a post there. Copy it as the post has it: {example}")


def record_key(campaign: str, day: int, language: str, generation: int) -> str:
    """Return a post's key in its account's repository: a TID, 13 characters that sort as what they stand for.

    A TID is a moment in microseconds (53 bits) and a clock's number (10 bits). This one is no moment: 56 bits of a hash
    over the campaign, the day, the language's script and the generation, 46 of them spread over 2.2 years from 2023 on,
    10 as the clock. The years are gone, so that no server finds a post from the future, and nothing else of the
    account will ever lie there but by a chance of one in 10^16.
    """
    source = json.dumps([campaign, day, language_script(language), generation], ensure_ascii=True)
    number = int.from_bytes(hashlib.sha256(f"orangeday {source}".encode()).digest()[:7])
    moment, clock = _FIRST_MOMENT + (number >> 10), number & 0x3FF
    assert moment < _FIRST_MOMENT + (1 << _MOMENT_BITS)  # noqa: S101
    bits = (moment << 10) | clock
    return "".join(_DIGITS[bits >> shift & 31] for shift in range(60, -1, -5))


class Bluesky:
    """A connected account of Bluesky."""

    def __init__(self, account: Account, client: BlueskyClient, clock: Clock) -> None:
        self._account = account
        self._client = client
        self._clock = clock
        self._dids: dict[str, str | None] = {}

    @property
    def identity(self) -> str:
        return self._client.identity

    @property
    def settle_after(self) -> timedelta | None:
        return None

    @property
    def skew(self) -> timedelta | None:
        """The time by which our clock is ahead of the service's; None unless an answer of the last hour says it."""
        return self._client.skew

    def verify(self) -> None:
        """Ask the service whether the session holds. Raises Deferred."""
        self._client.verify()

    # The protocol

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed_at: datetime
    ) -> Payload:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.rendered_text is not None  # noqa: S101
        text = delivery.rendered_text.text
        if bluesky_length(text) > BLUESKY_LIMIT or len(text.encode()) > BLUESKY_BYTES:
            raise Refused(f"the text is longer than {BLUESKY_LIMIT} characters or {BLUESKY_BYTES:,} bytes")
        encoded_pictures = [(name, _encode(name, content)) for name, content in media.items()]
        if len(encoded_pictures) > MAX_PICTURES:
            raise Refused(f"{len(encoded_pictures)} pictures; {MAX_PICTURES} are the most")
        self._client.make_ready()
        record: dict[str, Any] = {
            "$type": POSTS,
            "text": text,
            "langs": [str(delivery.language)],
            "createdAt": first_armed_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if facets := self._facets(text, delivery):
            record["facets"] = facets
        if encoded_pictures:
            record["embed"] = self._images(encoded_pictures, delivery)
        elif delivery.link:
            record["embed"] = self._card(delivery)
        key = record_key(delivery.plan.campaign_id, delivery.number, delivery.language, generation)
        return Payload(text, {"repo": self.identity, "collection": POSTS, "rkey": key, "record": record})

    def publish(self, payload: Payload, armed_at: datetime) -> Receipt:
        # The null is what makes it create only: without it, the SDK's put_record would write over what is there.
        document = {**payload.document, "swapRecord": None}
        answer = self._client.send("com.atproto.repo.putRecord", document)
        if answer.success:
            if answer.content.get("uri") != _uri(payload):
                raise Unsure(f"{self._client.host} sent an invalid response")
            if answer.content.get("commit"):
                return self._receipt(payload, self._clock())
            return self._receipt(payload, self._created_at(payload.document["record"]))  # it was there already
        if answer.status_code == 400 and answer.content.get("error") == "InvalidSwap":
            try:
                receipt = self.find([payload], armed_at)
            except PlatformError as failure:
                raise Unsure(f"something lies in its place already, and can't be read: {failure}") from failure
            if receipt is None:
                raise Unsure("something lay in its place already, and is gone")
            return receipt
        raise self._client.outcome(answer)

    def find(self, payloads: Sequence[Payload], since: datetime, excluded_ids: Container[str] = ()) -> Receipt | None:
        """Look where these would lie. What lies there is the delivery's one post, whatever it says."""
        payloads_by_uri = {_uri(payload): payload for payload in payloads}
        for uri, payload in payloads_by_uri.items():
            record = self._read_record(payload.document["repo"], payload.document["rkey"])
            if record is None:
                continue
            is_same_post = any(_uri(candidate) == uri and _is_record_of(record, candidate) for candidate in payloads)
            text = safe_line(str(record.get("text")), 100)
            note = None if is_same_post else f"another text was there already, and was left as it is: “{text}”"
            return self._receipt(payload, self._created_at(record), note)
        return None

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        has_failed = False
        for receipt, payloads in posts:
            try:
                yield self._check_post(receipt, payloads)
                has_failed = False
            except PlatformError as failure:
                if has_failed or (isinstance(failure, Deferred) and failure.scope != "delivery"):
                    raise
                has_failed = True  # once is weather; twice in a row, the others would have to wait for it as well
                yield failure

    def _check_post(self, receipt: Receipt, payloads: Sequence[Payload]) -> PostCheck:
        _, _, repo, _, key = receipt.id.split("/")
        record = self._read_record(repo, key)
        if record is None:
            return PostCheck(PostState.GONE)
        text = str(record.get("text"))
        own_payloads = [payload for payload in payloads if _uri(payload) == receipt.id]
        # Of a post that a person has pointed at, elsewhere, nothing is known but what it was to say.
        if any(_is_record_of(record, payload) for payload in own_payloads) or (
            not own_payloads and text in [candidate.text for candidate in payloads]
        ):
            return PostCheck(PostState.UP)
        if not any(text == payload.text for payload in own_payloads):
            return PostCheck(PostState.CHANGED, safe_line(text, MAX_TEXT_LENGTH))
        original = own_payloads[-1].document["record"]
        differences = sorted(
            name for name in {*original, *record} - {"createdAt"} if original.get(name) != record.get(name)
        )
        return PostCheck(PostState.CHANGED, f"the same words, but not the same {safe_line(', '.join(differences))}")

    def delete(self, receipt: Receipt) -> None:
        _, _, repo, collection, key = receipt.id.split("/")
        if repo != self.identity:
            raise Refused(f"{receipt.url} isn't this account's")
        place = {"repo": repo, "collection": collection, "rkey": key}
        self._client.ask("com.atproto.repo.deleteRecord", json=place)
        if self._read_record(repo, key) is not None:
            raise Unsure(f"{self._client.host} says that it has deleted {receipt.url}, and still shows it")

    # What a record is made of

    def _facets(self, text: str, delivery: Delivery) -> list[dict[str, Any]]:
        facets = []
        for start, end, kind, value in bluesky_facets(text):
            feature = {"$type": f"app.bsky.richtext.facet#{kind}"}
            if kind == "mention":
                did = self._resolve_handle(value.lower(), delivery)
                if did is None:
                    continue  # it stays as words
                feature["did"] = did
            else:
                feature["uri" if kind == "link" else "tag"] = value
            facets.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
        return facets

    def _resolve_handle(self, handle: str, delivery: Delivery) -> str | None:
        """Return the DID with this handle; None where nobody has it. Raises Deferred while that can't be told."""
        if handle not in self._dids:
            method, absence_errors = "com.atproto.identity.resolveHandle", ("InvalidRequest", "HandleNotFound")
            try:
                did = self._client.ask(method, {"handle": handle}, may_be=absence_errors).get("did")
            except Deferred as failure:
                if failure.scope == "account" or self._clock() < delivery.due + _MENTION_TIMEOUT:
                    raise
                return None
            except Refused:
                did = None
            self._dids[handle] = did if isinstance(did, str) and did.startswith("did:") else None
        return self._dids[handle]

    def _images(self, encoded_pictures: Sequence[tuple[str, EncodedPicture]], delivery: Delivery) -> dict[str, Any]:
        alt = delivery.alt_texts
        return {
            "$type": "app.bsky.embed.images",
            "images": [
                {
                    "image": self._upload(picture),
                    "alt": alt.get(name, ""),
                    "aspectRatio": {"width": picture.width, "height": picture.height},
                }
                for name, picture in encoded_pictures
            ],
        }

    def _card(self, delivery: Delivery) -> dict[str, Any]:
        """Return the card of a link, below the text: the titles of the Day and the campaign, and nothing fetched."""
        day, campaign = delivery.day, delivery.plan.campaign
        assert day and delivery.link  # noqa: S101
        external = {"uri": str(delivery.link), "title": str(day.title or campaign.title), "description": campaign.title}
        return {
            "$type": "app.bsky.embed.external",
            "external": external | {"thumb": self._upload(orange_picture())},
        }

    def _upload(self, picture: EncodedPicture) -> Mapping[str, Any]:
        headers = {"Content-Type": picture.mime}
        answer = self._client.ask("com.atproto.repo.uploadBlob", content=picture.content, headers=headers)
        expected = {
            "$type": "blob",
            "ref": {"$link": _cid(picture.content)},
            "mimeType": picture.mime,
            "size": len(picture.content),
        }
        if answer.get("blob") != expected:
            message = f"{self._client.host} doesn't confirm the picture that it was sent"
            raise Deferred(message, self._clock() + RETRY_SOON)
        return expected

    def _read_record(self, repo: str, key: str) -> dict[str, Any] | None:
        """Return the record that lies there, or None. Raises Deferred or Unsure where that can't be told."""
        params = {"repo": repo, "collection": POSTS, "rkey": key}
        try:
            answer = self._client.ask("com.atproto.repo.getRecord", params, may_be=("RecordNotFound",))
        except Refused as failure:  # a refusal to tell says nothing about what is there
            raise Unsure(str(failure)) from failure
        if answer.get("error") == "RecordNotFound":
            return None
        if not isinstance(answer.get("value"), dict) or answer.get("uri") != str(AtUri.make(repo, POSTS, key)):
            raise Deferred(f"{self._client.host} sent an invalid response", self._clock())
        return dict(answer["value"])

    def _created_at(self, record: Mapping[str, Any]) -> datetime:
        """Return when a record says that it was made; never in the future."""
        now = self._clock()
        try:
            moment = datetime.fromisoformat(record["createdAt"])
        except (KeyError, TypeError, ValueError):
            return now
        return min(now, moment.astimezone(UTC)) if moment.tzinfo else now

    def _receipt(self, payload: Payload, published_at: datetime, note: str | None = None) -> Receipt:
        url = f"https://bsky.app/profile/{self._account.handle}/post/{payload.document['rkey']}"
        return Receipt(_uri(payload), url, published_at, note)


def _is_record_of(record: Mapping[str, Any], payload: Payload) -> bool:
    """Return whether a record is this attempt's: after a ledger was lost, the same post has another creation time."""
    return {**record, "createdAt": None} == {**payload.document["record"], "createdAt": None}


def _uri(payload: Payload) -> str:
    return str(AtUri.make(payload.document["repo"], payload.document["collection"], payload.document["rkey"]))


def _encode(name: str, content: bytes) -> EncodedPicture:
    picture = encode(content, BLUESKY.pictures)
    if isinstance(picture, Flaw):
        raise Refused(f"{name}: {picture.message} {picture.hint}")
    return picture


def _cid(content: bytes) -> str:
    """Return the name of a blob in a repository: its hash, as a CID (version 1, raw bytes, SHA-256)."""
    cid = b"\x01\x55\x12\x20" + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _login_advice(account: Account, cause: Cause | None, config: Path) -> str:
    return f"Check the handle in {config}, or make a new app password: {MAKE_AN_APP_PASSWORD}."


ADAPTER = Adapter(connect, verify, post_id, login_advice=_login_advice)
