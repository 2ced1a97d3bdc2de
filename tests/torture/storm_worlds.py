"""The servers over which a storm goes: each with its weather, its accounts, and its own record of what is there."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TypeAlias

from orangeday.system import credentials

from ..servers.bluesky_server import Account, Server
from ..servers.bluesky_server import running as bluesky_server
from ..servers.faulty_proxy import (
    Answer,
    Exchange,
    Fault,
    Faulty,
    Proxy,
    Seen,
    cuts,
    delays,
    drops_after,
    drops_before,
    hangs_after,
    hangs_before,
    proxy_before,
    resets_after,
    resets_before,
    says,
    serving,
)
from ..servers.x_server import XAccount, XServer

LATE = 0.8
"""Seconds by which a request or an answer can be late."""


def answers_late(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.wait(LATE)
    exchange.answer(answer)


def _html(status: int, *, after: bool = False) -> Fault:
    fault = says(status, b"<html><p>Something went wrong</p></html>", {"Content-Type": "text/html"}, after=after)
    fault.__name__ = f"HTML {status}" + (" after" if after else "")
    return fault


FAULTS: tuple[Fault, ...] = (
    drops_before, drops_after, resets_before, resets_after, cuts,
    says(503), says(503, after=True), _html(502), _html(200, after=True),
    delays(LATE), answers_late, hangs_before, hangs_after,
)  # fmt: skip


class Sea(ABC):
    """A platform's server, and the weather over it."""

    platform: str
    sends: str
    """What is called to post."""

    def __init__(self, faulty: Faulty, seed: int, weather: float) -> None:
        self.faulty = faulty
        self._chance, self._share = random.Random(f"{seed} {self.platform}"), weather  # noqa: S311

    def blow(self) -> None:
        """The weather begins; what else was to befall a request won't."""
        self.faulty.heal()
        if self._share:
            self.faulty.weather(self._chance, self._share, FAULTS)

    @abstractmethod
    def open_account(self, embassy: str) -> tuple[str, Mapping[str, str]]:
        """A new account: its handle, and its credentials by the names of their variables."""

    @abstractmethod
    def shift(self, seconds: float) -> None:
        """Puts the server's clock so far ahead of the machine's."""

    @abstractmethod
    def there(self) -> dict[str, dict[str, str]]:
        """What stands on each embassy's account, as the server has it: its text by the id that a receipt gives."""

    @abstractmethod
    def ever(self) -> dict[str, Counter[str]]:
        """How often each text was ever posted on an account, what was deleted among it."""

    def times(self) -> dict[str, list[tuple[str, datetime]]]:
        """By embassy, each text and when it was posted, where the server has that by its own clock."""
        return {}

    @abstractmethod
    def calls(self) -> Counter[str]:
        """The requests that the server has had, by what they call, and by its answer where that was no."""

    def refused_as_there(self) -> int:
        """How often it was asked for what was there already, and had to refuse that itself."""
        return 0

    def dollars(self) -> float:
        return 0.0


class _CountingX(XServer):
    """Keeps what it has answered to each operation."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: Counter[tuple[str, int]] = Counter()

    def handle(self, seen: Seen) -> Answer:
        answer = super().handle(seen)
        self.answered[seen.name, answer.status] += 1
        return answer


class OverX(Sea):
    platform, sends = "x", "createPosts"

    def __init__(self, server: _CountingX, seed: int, weather: float, lag: float) -> None:
        super().__init__(server, seed, weather)
        self._server = server
        server.lag = lag
        self._accounts: dict[str, XAccount] = {}

    def open_account(self, embassy: str) -> tuple[str, Mapping[str, str]]:
        account = self._accounts[embassy] = self._server.account()
        values, names = self._server.credentials(account), credentials.variables(embassy, "x")
        return account.handle, {names[name]: value for name, value in values.items()}

    def shift(self, seconds: float) -> None:
        self._server.shift(seconds)

    def there(self) -> dict[str, dict[str, str]]:
        return {
            embassy: {post.id: post.text for post in self._server.posts(account)}
            for embassy, account in self._accounts.items()
        }

    def ever(self) -> dict[str, Counter[str]]:
        posted = self._server.posted
        return {name: Counter(post.text for post in posted(account)) for name, account in self._accounts.items()}

    def times(self) -> dict[str, list[tuple[str, datetime]]]:
        posted = self._server.posted
        return {name: [(p.text, p.created_at) for p in posted(account)] for name, account in self._accounts.items()}

    def calls(self) -> Counter[str]:
        calls: Counter[str] = Counter()
        for (name, status), times in self._server.answered.items():
            calls[name if status < 400 or name == "time" else f"{name}: {status}"] += times
        return calls

    def refused_as_there(self) -> int:
        return self._server.answered[self.sends, 403]

    def dollars(self) -> float:
        return sum(self._server.spent.values())


class OverBluesky(Sea):
    platform, sends = "bluesky", "putRecord"

    def __init__(self, server: Server, proxy: Proxy, seed: int, weather: float) -> None:
        super().__init__(proxy, seed, weather)
        self._server = server
        self._accounts: dict[str, Account] = {}

    def open_account(self, embassy: str) -> tuple[str, Mapping[str, str]]:
        account = self._accounts[embassy] = self._server.account()
        names = credentials.variables(embassy, "bluesky")
        return account.handle, {names["APP_PASSWORD"]: account.app_password}

    def shift(self, seconds: float) -> None:
        self._server.shift(seconds)

    def there(self) -> dict[str, dict[str, str]]:
        return {
            embassy: {
                f"at://{account.did}/app.bsky.feed.post/{key}": record["text"]
                for key, record in self._server.records(account.did).items()
            }
            for embassy, account in self._accounts.items()
        }

    def ever(self) -> dict[str, Counter[str]]:
        # What a person has taken down is not to be told from what was never there.
        return {embassy: Counter(texts.values()) for embassy, texts in self.there().items()}

    def calls(self) -> Counter[str]:
        return Counter(seen.name for seen in self.faulty.seen)


Over: TypeAlias = Callable[[ExitStack, int, float, float, Server | None], Sea]


def _over_x(stack: ExitStack, seed: int, weather: float, lag: float, _: Server | None) -> Sea:
    return OverX(stack.enter_context(serving(_CountingX())), seed, weather, lag)


def _over_bluesky(stack: ExitStack, seed: int, weather: float, _: float, pds: Server | None) -> Sea:
    server = pds or stack.enter_context(bluesky_server())
    return OverBluesky(server, stack.enter_context(proxy_before(server.url)), seed, weather)


SEAS: Mapping[str, Over] = {"x": _over_x, "bluesky": _over_bluesky}


@contextmanager
def seas(
    platforms: tuple[str, ...], seed: int, weather: float, lag: float, pds: Server | None = None
) -> Iterator[list[Sea]]:
    """The servers of these platforms, of Bluesky's this one if there is one. Raises NotHere where one can't be had."""
    with ExitStack() as stack:
        yield [SEAS[platform](stack, seed, weather, lag, pds) for platform in platforms]
