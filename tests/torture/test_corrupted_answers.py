"""Some hundreds of spoilt answers of both servers.

`python -m tests.torture.corrupted_answers` spoils as many as you like.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ..servers.bluesky_server import Server
from ..servers.x_server import XServer
from . import corrupted_answers
from .corrupted_answers import Tally


@pytest.mark.invariant(3, 7, 11)
def test_spoilt_answers_of_x_end_as_an_outcome_and_never_as_a_second_post(tmp_path: Path, x: XServer) -> None:
    tally = Tally(random.Random(2026))  # noqa: S311  (the same each time)
    corrupted_answers.on_x(tmp_path, x, tally, 250)
    assert not tally.harm, tally.table()
    assert {name for _, name in tally.spoilt} == {
        "accessToken",
        "createMediaMetadata",
        "createPosts",
        "deletePosts",
        "getPostsById",
        "getUsersMe",
        "getUsersPosts",
        "mediaUpload",
        "requestToken",
        "time",
    }


@pytest.mark.invariant(3, 4, 7, 11)
def test_spoilt_answers_of_bluesky_end_as_an_outcome_and_never_as_a_second_post(tmp_path: Path, pds: Server) -> None:
    tally = Tally(random.Random(2026))  # noqa: S311
    corrupted_answers.on_bluesky(tmp_path, pds, tally, 150)
    assert not tally.harm, tally.table()
    assert {name for _, name in tally.spoilt} == {
        "createSession",
        "deleteRecord",
        "getRecord",
        "getSession",
        "putRecord",
        "refreshSession",
        "resolveHandle",
        "uploadBlob",
    }


@pytest.mark.invariant(3, 7, 11)
def test_no_command_fails_over_a_spoilt_answer(tmp_path: Path, pds: Server, x: XServer) -> None:
    tally = Tally(random.Random(2026))  # noqa: S311
    corrupted_answers.by_commands(tmp_path, pds, x, tally, 30)
    assert not tally.harm, tally.table()
    assert tally.answers >= 30
