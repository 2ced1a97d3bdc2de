"""A server that all processes share is started once, and stopped by who started it, when nobody uses it any more."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ..support.one_for_all import Reached, one_for_all


class Starts:
    """A server that keeps who has started it, and who has stopped it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        self.said: list[str] = []

    def of(self, worker: str) -> AbstractContextManager[Reached]:
        @contextmanager
        def start() -> Iterator[Reached]:
            self.said.append(f"{worker} starts")
            yield {"port": len(self.said)}
            self.said.append(f"{worker} stops")

        self._patch.setenv("PYTEST_XDIST_WORKER", worker)
        return one_for_all("server", start, self.folder)


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starts:
    return Starts(tmp_path, monkeypatch)


def test_it_is_stopped_when_the_last_has_done_with_it(starts: Starts) -> None:
    first = starts.of("gw0")
    assert first.__enter__() == {"port": 1}
    second = starts.of("gw1")
    assert second.__enter__() == {"port": 1}
    ends = threading.Thread(target=first.__exit__, args=(None, None, None))
    ends.start()
    ends.join(0.2)
    assert ends.is_alive() and starts.said == ["gw0 starts"]
    second.__exit__(None, None, None)
    ends.join(20)
    assert starts.said == ["gw0 starts", "gw0 stops"]
    with starts.of("gw1") as reached:
        assert reached == {"port": 3}, "who comes later starts a new one"
    assert starts.said[2:] == ["gw1 starts", "gw1 stops"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process that is killed is forked here")
def test_that_of_a_process_that_was_killed_is_used_by_nobody_who_comes_then(starts: Starts) -> None:
    child = os.fork()
    if child == 0:
        starts.of("gw0").__enter__()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with starts.of("gw1") as reached, starts.of("gw2") as again:
        assert reached == again == {"port": 1} and starts.said == ["gw1 starts"]


def test_a_process_alone_has_its_own(starts: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = starts.of("gw0")
    monkeypatch.delenv("PYTEST_XDIST_WORKER")
    with alone:
        assert not [*starts.folder.iterdir()]
    assert starts.said == ["gw0 starts", "gw0 stops"]
