"""How Toyland is spoken to: a post lies under a key that follows from what it is, so that it can't be there twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orangeday.adapters.base import (
    Adapter,
    Deferred,
    Payload,
    PlatformError,
    PostCheck,
    PostState,
    Receipt,
    Refused,
    Unsure,
)
from orangeday.adapters.http import NoResponse, NotSent
from orangeday.adapters.transport import HttpClient
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.errors import OrangedayError
from orangeday.retry import PERSON_RETRY, RETRY_SOON


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> ToyBox:
    box = ToyBox(account, credentials, clock)
    box.open()
    return box


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    return connect(account, credentials, clock).identity


def post_id(address: str, identity: str) -> str:
    if found := re.fullmatch(r"https://toyland\.example/[a-z]+/([0-9a-f]{32})", address.strip()):
        return found[1]
    raise OrangedayError(f"“{address}” is no address of a toy: https://toyland.example/<handle>/<digits>")


class ToyBox:
    """One account."""

    settle_after: timedelta | None = None

    def __init__(self, account: Account, credentials: Mapping[str, str], clock: Clock) -> None:
        self._account = account
        self._headers = [("Club", credentials["CLUB"]), ("Key", credentials["KEY"])]
        self._http = HttpClient(credentials.values())
        self._clock = clock
        self.identity = ""

    def open(self) -> None:
        """Learn who the account is. Raises Deferred."""
        self.identity = f"toy:{self._ask('GET', '')[1]['number']}"

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed_at: datetime
    ) -> Payload:
        assert delivery.rendered_text is not None
        source = json.dumps([delivery.plan.campaign_id, delivery.number, delivery.language, generation])
        key = hashlib.sha256(source.encode()).hexdigest()[:32]
        pictures = [hashlib.sha256(content).hexdigest() for content in media.values()]
        return Payload(
            delivery.rendered_text.text, {"key": key, "text": delivery.rendered_text.text, "pictures": pictures}
        )

    def publish(self, payload: Payload, armed_at: datetime) -> Receipt:
        status, document = self._ask("PUT", f"/{payload.document['key']}", dict(payload.document), doubt=True)
        if status == 409:
            raise Unsure("it is there already", is_duplicate=True)
        return self._receipt(document)

    def find(self, payloads: Sequence[Payload], since: datetime, excluded_ids: Container[str] = ()) -> Receipt | None:
        for payload in payloads:
            status, document = self._ask("GET", f"/{payload.document['key']}")
            if status == 200 and payload.document["key"] not in excluded_ids:
                return self._receipt(document)
        return None

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        for receipt, payloads in posts:
            status, document = self._ask("GET", f"/{receipt.id}")
            if status == 404:
                yield PostCheck(PostState.GONE)
            elif document["text"] in [payload.text for payload in payloads]:
                yield PostCheck(PostState.UP)
            else:
                yield PostCheck(PostState.CHANGED, document["text"])

    def delete(self, receipt: Receipt) -> None:
        self._ask("DELETE", f"/{receipt.id}", doubt=True)

    def _ask(
        self, method: str, path: str, document: Mapping[str, Any] | None = None, *, doubt: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """The answer, if it is one. `doubt`: what fails may have been done."""
        content = None if document is None else json.dumps(document).encode()
        headers = [*self._headers, ("Content-Length", str(len(content or b"")))]
        soon = self._clock() + RETRY_SOON
        try:
            reply = self._http.request(
                method, f"{self._account.address}/{self._account.handle}{path}", headers, content
            )
        except NotSent as failure:
            raise Deferred(f"Toyland can't be reached: {failure}", soon, "account") from failure
        except NoResponse as failure:
            message = f"Toyland doesn't answer: {failure}"
            raise (Unsure(message) if doubt else Deferred(message, soon)) from failure
        if reply.status == 401:
            raise Deferred("Toyland doesn't know this key", self._clock() + PERSON_RETRY, "account", needs_person=True)
        if reply.status == 400:
            raise Refused("Toyland doesn't take this toy")
        if reply.status not in (200, 404, 409):
            raise (Unsure if doubt else _later(soon))(f"Toyland answers {reply.status}")
        return reply.status, json.loads(reply.content or b"{}")

    def _receipt(self, document: Mapping[str, Any]) -> Receipt:
        address = f"https://toyland.example/{self._account.handle}/{document['key']}"
        return Receipt(document["key"], address, datetime.fromtimestamp(document["at"], UTC))


def _later(until: datetime) -> Any:
    return lambda message: Deferred(message, until)


ADAPTER = Adapter(connect, verify, post_id)
