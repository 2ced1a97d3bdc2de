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

from orangeday.adapters.base import Adapter, Cause, Deferred, PlatformError, Receipt, Refused, Seen, Sent, There, Unsure
from orangeday.adapters.bluesky.client import Line
from orangeday.adapters.http import plain
from orangeday.clock import Clock
from orangeday.content import images as pictures
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.content.toml import LONGEST_TEXT
from orangeday.errors import OrangedayError
from orangeday.platforms.bluesky import BLUESKY, MAKE_AN_APP_PASSWORD
from orangeday.retry import RETRY_SOON
from orangeday.text.bluesky import BLUESKY_BYTES, BLUESKY_LIMIT, bluesky_facets, bluesky_length
from orangeday.text.language import language_script

POSTS = "app.bsky.feed.post"

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_FROM = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_BITS = 46
_MENTIONS_MATTER = timedelta(minutes=10)
"""The time after it was due that a post waits for a server to say who is mentioned; then it goes without."""


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> Bluesky:
    """Return the account with an open session. Raises Deferred."""
    return Bluesky(account, Line(account.address, account.handle, credentials["APP_PASSWORD"], clock), clock)


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    """Log in, or see that the session still holds, and return the account's DID. Raises Deferred."""
    platform = connect(account, credentials, clock)
    platform.verify()
    return platform.identity


def post_id(address: str, identity: str) -> str:
    """Return the id of the post at an address that a person has copied. Raises OrangedayError."""
    place = r"(?:https://bsky\.app/profile/[^/?#]+/post/|at://[^/]+/app\.bsky\.feed\.post/)([a-zA-Z0-9]+)"
    if found := re.fullmatch(rf"{place}/?(?:[?#]\S*)?", address.strip()):
        return str(AtUri.make(identity, POSTS, found[1]))
    example = "https://bsky.app/profile/<handle>/post/<letters>"
    raise OrangedayError(f"“{address}” isn't the address of a post there. Copy it as the post has it: {example}")


def record_key(campaign: str, day: int, language: str, generation: int) -> str:
    """Return a post's key in its account's repository: a TID, 13 characters that sort as what they stand for.

    A TID is a moment in microseconds (53 bits) and a clock's number (10 bits). This one is no moment: 56 bits of a hash
    over the campaign, the day, the language's script and the generation, 46 of them spread over 2.2 years from 2023 on,
    10 as the clock. The years are gone, so that no server finds a post from the future, and nothing else of the
    account will ever lie there but by a chance of one in 10^16.
    """
    named = json.dumps([campaign, day, language_script(language), generation], ensure_ascii=True)
    number = int.from_bytes(hashlib.sha256(f"orangeday {named}".encode()).digest()[:7])
    moment, clock = _FROM + (number >> 10), number & 0x3FF
    assert moment < _FROM + (1 << _BITS)  # noqa: S101
    bits = (moment << 10) | clock
    return "".join(_DIGITS[bits >> shift & 31] for shift in range(60, -1, -5))


class Bluesky:
    """A connected account of Bluesky."""

    def __init__(self, account: Account, line: Line, clock: Clock) -> None:
        self._account = account
        self._line = line
        self._clock = clock
        self._dids: dict[str, str | None] = {}

    @property
    def identity(self) -> str:
        return self._line.identity

    @property
    def settle_after(self) -> timedelta | None:
        return None

    @property
    def askew(self) -> timedelta | None:
        """The time by which our clock is ahead of the service's; None unless an answer of the last hour says it."""
        return self._line.askew

    def verify(self) -> None:
        """Ask the service whether the session holds. Raises Deferred."""
        self._line.verify()

    # The protocol

    def prepare(self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime) -> Sent:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.wording is not None  # noqa: S101
        text = delivery.wording.text
        if bluesky_length(text) > BLUESKY_LIMIT or len(text.encode()) > BLUESKY_BYTES:
            raise Refused(f"the text is longer than {BLUESKY_LIMIT} characters or {BLUESKY_BYTES:,} bytes")
        encoded = [(name, _encoded(name, content)) for name, content in media.items()]
        if len(encoded) > pictures.MOST_A_POST:
            raise Refused(f"{len(encoded)} pictures; {pictures.MOST_A_POST} are the most")
        self._line.make_ready()
        record: dict[str, Any] = {
            "$type": POSTS,
            "text": text,
            "langs": [str(delivery.language)],
            "createdAt": first_armed.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if facets := self._facets(text, delivery):
            record["facets"] = facets
        if encoded:
            record["embed"] = self._images(encoded, delivery)
        elif delivery.day and delivery.day.link:
            record["embed"] = self._card(delivery)
        key = record_key(delivery.plan.campaign_id, delivery.number, delivery.language, generation)
        return Sent(text, {"repo": self.identity, "collection": POSTS, "rkey": key, "record": record})

    def publish(self, sent: Sent, armed: datetime) -> Receipt:
        # The null is what makes it create only: without it, the SDK's put_record would write over what is there.
        document = {**sent.payload, "swapRecord": None}
        answer = self._line.send("com.atproto.repo.putRecord", document)
        if answer.success:
            if answer.content.get("uri") != _address(sent):
                raise Unsure(f"{self._line.host} sent an invalid response")
            if answer.content.get("commit"):
                return self._receipt(sent, self._clock())
            return self._receipt(sent, self._created(sent.payload["record"]))  # it was there already
        if answer.status_code == 400 and answer.content.get("error") == "InvalidSwap":
            try:
                receipt = self.find([sent], armed)
            except PlatformError as failure:
                raise Unsure(f"something lies in its place already, and can't be read: {failure}") from failure
            if receipt is None:
                raise Unsure("something lay in its place already, and is gone")
            return receipt
        raise self._line.outcome(answer)

    def find(self, sent: Sequence[Sent], since: datetime, known: Container[str] = ()) -> Receipt | None:
        """Look where these would lie. What lies there is the delivery's one post, whatever it says."""
        places = {_address(attempt): attempt for attempt in sent}
        for address, attempt in places.items():
            record = self._read(attempt.payload["repo"], attempt.payload["rkey"])
            if record is None:
                continue
            ours = any(_address(other) == address and _says(record, other) for other in sent)
            said = plain(str(record.get("text")), 100)
            note = None if ours else f"another text was there already, and was left as it is: “{said}”"
            return self._receipt(attempt, self._created(record), note)
        return None

    def look(self, posts: Sequence[tuple[Receipt, Sequence[Sent]]]) -> Iterator[Seen | PlatformError]:
        failed = False
        for receipt, sent in posts:
            try:
                yield self._seen(receipt, sent)
                failed = False
            except PlatformError as failure:
                if failed or (isinstance(failure, Deferred) and failure.scope != "delivery"):
                    raise
                failed = True  # once is weather; twice in a row, the others would have to wait for it as well
                yield failure

    def _seen(self, receipt: Receipt, sent: Sequence[Sent]) -> Seen:
        _, _, repo, _, key = receipt.id.split("/")
        record = self._read(repo, key)
        if record is None:
            return Seen(There.GONE)
        text = str(record.get("text"))
        ours = [attempt for attempt in sent if _address(attempt) == receipt.id]
        # Of a post that a person has pointed at, elsewhere, nothing is known but what it was to say.
        if any(_says(record, attempt) for attempt in ours) or (not ours and text in [a.text for a in sent]):
            return Seen(There.UP)
        if not any(text == attempt.text for attempt in ours):
            return Seen(There.CHANGED, plain(text, LONGEST_TEXT))
        was = ours[-1].payload["record"]
        parts = sorted(name for name in {*was, *record} - {"createdAt"} if was.get(name) != record.get(name))
        return Seen(There.CHANGED, f"the same words, but not the same {plain(', '.join(parts))}")

    def delete(self, receipt: Receipt) -> None:
        _, _, repo, collection, key = receipt.id.split("/")
        if repo != self.identity:
            raise Refused(f"{receipt.url} isn't this account's")
        place = {"repo": repo, "collection": collection, "rkey": key}
        self._line.ask("com.atproto.repo.deleteRecord", json=place)
        if self._read(repo, key) is not None:
            raise Unsure(f"{self._line.host} says that it has deleted {receipt.url}, and still shows it")

    # What a record is made of

    def _facets(self, text: str, delivery: Delivery) -> list[dict[str, Any]]:
        facets = []
        for start, end, kind, value in bluesky_facets(text):
            feature = {"$type": f"app.bsky.richtext.facet#{kind}"}
            if kind == "mention":
                did = self._did(value.lower(), delivery)
                if did is None:
                    continue  # it stays as words
                feature["did"] = did
            else:
                feature["uri" if kind == "link" else "tag"] = value
            facets.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
        return facets

    def _did(self, handle: str, delivery: Delivery) -> str | None:
        """Return the DID with this handle; None where nobody has it. Raises Deferred while that can't be told."""
        if handle not in self._dids:
            method, nobody = "com.atproto.identity.resolveHandle", ("InvalidRequest", "HandleNotFound")
            try:
                found = self._line.ask(method, {"handle": handle}, may_be=nobody).get("did")
            except Deferred as failure:
                if failure.scope == "account" or self._clock() < delivery.due + _MENTIONS_MATTER:
                    raise
                return None
            except Refused:
                found = None
            self._dids[handle] = found if isinstance(found, str) and found.startswith("did:") else None
        return self._dids[handle]

    def _images(self, encoded: Sequence[tuple[str, pictures.Encoded]], delivery: Delivery) -> dict[str, Any]:
        alt = delivery.translation.alt if delivery.translation else {}
        return {
            "$type": "app.bsky.embed.images",
            "images": [
                {
                    "image": self._upload(picture),
                    "alt": str(alt.get(name, "")),
                    "aspectRatio": {"width": picture.width, "height": picture.height},
                }
                for name, picture in encoded
            ],
        }

    def _card(self, delivery: Delivery) -> dict[str, Any]:
        """Return the card of a link, below the text: the titles of the Day and the campaign, and nothing fetched."""
        day, campaign = delivery.day, delivery.plan.campaign
        assert day and day.link  # noqa: S101
        external = {"uri": str(day.link), "title": str(day.title or campaign.title), "description": campaign.title}
        return {"$type": "app.bsky.embed.external", "external": external | {"thumb": self._upload(pictures.orange())}}

    def _upload(self, picture: pictures.Encoded) -> Mapping[str, Any]:
        headers = {"Content-Type": picture.mime}
        found = self._line.ask("com.atproto.repo.uploadBlob", content=picture.content, headers=headers)
        expected = {
            "$type": "blob",
            "ref": {"$link": _link_to(picture.content)},
            "mimeType": picture.mime,
            "size": len(picture.content),
        }
        if found.get("blob") != expected:
            message = f"{self._line.host} doesn't confirm the picture that it was sent"
            raise Deferred(message, self._clock() + RETRY_SOON)
        return expected

    def _read(self, repo: str, key: str) -> dict[str, Any] | None:
        """Return the record that lies there, or None. Raises Deferred or Unsure where that can't be told."""
        params = {"repo": repo, "collection": POSTS, "rkey": key}
        try:
            found = self._line.ask("com.atproto.repo.getRecord", params, may_be=("RecordNotFound",))
        except Refused as failure:  # a refusal to tell says nothing about what is there
            raise Unsure(str(failure)) from failure
        if found.get("error") == "RecordNotFound":
            return None
        if not isinstance(found.get("value"), dict) or found.get("uri") != str(AtUri.make(repo, POSTS, key)):
            raise Deferred(f"{self._line.host} sent an invalid response", self._clock())
        return dict(found["value"])

    def _created(self, record: Mapping[str, Any]) -> datetime:
        """Return when a record says that it was made; never in the future."""
        now = self._clock()
        try:
            created = datetime.fromisoformat(record["createdAt"])
        except (KeyError, TypeError, ValueError):
            return now
        return min(now, created.astimezone(UTC)) if created.tzinfo else now

    def _receipt(self, sent: Sent, published_at: datetime, note: str | None = None) -> Receipt:
        url = f"https://bsky.app/profile/{self._account.handle}/post/{sent.payload['rkey']}"
        return Receipt(_address(sent), url, published_at, note)


def _says(record: Mapping[str, Any], sent: Sent) -> bool:
    """Return whether a record is this attempt's: after a ledger was lost, the same post has another creation time."""
    return {**record, "createdAt": None} == {**sent.payload["record"], "createdAt": None}


def _address(sent: Sent) -> str:
    return str(AtUri.make(sent.payload["repo"], sent.payload["collection"], sent.payload["rkey"]))


def _encoded(name: str, content: bytes) -> pictures.Encoded:
    picture = pictures.encode(content, BLUESKY.pictures.bytes)
    if isinstance(picture, pictures.Flaw):
        raise Refused(f"{name}: {picture.message} {picture.hint}")
    return picture


def _link_to(content: bytes) -> str:
    """Return the name of a blob in a repository: its hash, as a CID (version 1, raw bytes, SHA-256)."""
    cid = b"\x01\x55\x12\x20" + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _advice_at_login(account: Account, cause: Cause | None, config: Path) -> str:
    return f"Check the handle in {config}, or make a new app password: {MAKE_AN_APP_PASSWORD}."


ADAPTER = Adapter(connect, verify, post_id, advice_at_login=_advice_at_login)
