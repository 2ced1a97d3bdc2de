"""Short storms; `python -m tests.torture.storm` makes long ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..servers.bluesky_server import Server
from ..servers.postgres_server import Postgres
from . import storm, storm_on_postgres
from .storm import Forecast

X = Forecast(platforms=("x",), days=1, deliveries=4, seed=1, weather=0.15, torments=("kills", "crowds"))


@pytest.mark.invariant(1, 3, 4)
def test_no_kill_loses_a_post_on_bluesky_or_makes_two_not_even_with_the_ledger(pds: Server) -> None:
    ill = replace(X, platforms=("bluesky",), kills=8, days=2, weather=0.1, at_once=3, delete_ledger=True)
    assert storm.main(ill, pds)


@pytest.mark.invariant(1, 2, 3, 8, 9)
def test_nothing_else_that_befalls_it_loses_a_post_or_makes_two_or_takes_a_brake_off(pds: Server) -> None:
    assert storm.main(Forecast(days=2, deliveries=16, kills=10, others=10, seed=2, weather=0.1), pds)


@pytest.mark.integration
@pytest.mark.invariant(1, 3, 5, 7)
def test_no_kill_loses_a_post_on_x_or_makes_two_in_any_weather() -> None:
    assert storm.main(replace(X, kills=12))


@pytest.mark.integration
@pytest.mark.invariant(1, 3, 5, 10)
def test_zone_data_that_is_updated_in_the_midst_of_it_moves_hours_and_no_post() -> None:
    assert storm.main(replace(X, kills=3, days=2, deliveries=8, others=3, torments=("kills", "zones")))


@pytest.mark.invariant(3, 5, 8)
def test_a_ledger_that_was_lost_says_nothing_twice_on_x() -> None:
    assert storm.main(replace(X, kills=4, delete_ledger=True))


@pytest.mark.invariant(3, 5, 8)
def test_two_machines_with_a_ledger_each_say_everything_once_on_x() -> None:
    assert storm.main(replace(X, kills=4, two_machines=True))


def test_a_storm_sees_the_harm_that_too_little_patience_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert not storm.main(replace(X, kills=2, delete_ledger=True, weather=0, settle_after=1, lag=36_000))
    assert "WRONGLY REFUSED" in capsys.readouterr().out


@pytest.mark.invariant(1, 2, 3, 5, 8)
def test_three_machines_and_a_database_that_restarts_say_everything_once_on_x(
    own_postgres: Postgres,
) -> None:
    mild = replace(storm_on_postgres.USUAL, platforms=("x",), days=1, deliveries=8, seed=8, weather=0.1)
    assert storm_on_postgres.main(mild, own_postgres)
