"""A limit is a limit, whatever the status and the form in which X says so; and an account that it takes for a robot."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from orangeday.adapters.base import Deferred, PlatformError, Refused
from orangeday.clock import system_clock
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.states import State

from ...servers.faulty_proxy import Fault, says
from ...servers.x_server import AUTOMATED, LIMIT_REACHED, PROBLEMS
from . import test_outcomes
from .test_outcomes import DUE, POST, World, coded, problem

world = test_outcomes.world

DAILY = "You have reached your daily limit for sending Tweets and messages. Please try again later."
NESTED = {
    "errors": [{"message": f"Authorization: {DAILY} (344)", "extensions": {"code": 344, "kind": "Permissions"}}],
    "data": {},
}
CAPPED = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Daily product cap",
    "type": f"{PROBLEMS}usage-capped",
    "period": "Daily",
}
LIMITS: dict[str, Fault] = {
    "185": coded(403, 185, "User is over daily status update limit."),
    "185 without words": says(403, {"errors": [{"code": "185"}]}),
    "344": coded(403, 344, DAILY),
    "344 with 400": coded(400, 344, DAILY),
    "344 in an extension": says(403, NESTED),
    "the problem form": problem(403, DAILY),
    "the problem form with 409": problem(409, DAILY),
    "a title alone": says(403, {"title": "Daily Limit Exceeded", "status": 403, "type": "about:blank"}),
    "a type alone": says(403, {"detail": "No.", "type": f"{PROBLEMS}daily-limit"}),
    "words alone": says(403, {"error": DAILY, "request": "/2/tweets"}),
    "a code beside its message": says(403, {"code": 185, "message": "User is over daily status update limit."}),
    "one error, and no list": says(
        403, {"errors": {"code": 185, "message": "User is over daily status update limit."}}
    ),
    "no code, and a message": says(403, {"errors": [], "message": DAILY}),
    "a cap": says(403, CAPPED),
    "a cap with 429": says(429, CAPPED),
    "24 hours": problem(403, "You can't send more posts: the limit for 24 hours is reached."),
}


def sweep(world: World, seconds: float) -> DeliveryStatus:
    (status,) = world.at(seconds)
    return status


def last(world: World) -> PlatformError:
    (outcomes,) = world.outcomes.values()
    return outcomes[-1]


def limited(world: World) -> Deferred:
    """The outcome of the last attempt: the account waits, and no person is needed."""
    outcome = last(world)
    assert isinstance(outcome, Deferred), outcome
    assert not outcome.needs_person
    return outcome


def minutes(outcome: Deferred) -> int:
    """How long it is to wait from now."""
    return round((outcome.until - system_clock()).total_seconds() / 60)


def with_headers(**headers: str) -> Fault:
    body = {"errors": [{"code": 185, "message": "User is over daily status update limit."}]}
    return says(403, body, {name.replace("_", "-"): value for name, value in headers.items()})


def in_minutes(world: World, number: float) -> str:
    return str(int(world.x.now() + 60 * number))


@pytest.mark.invariant(11)
@pytest.mark.parametrize("form", LIMITS)
def test_a_limit_in_any_form_lets_the_account_wait_an_hour_and_then_it_goes_out(world: World, form: str) -> None:
    world.x.fault(POST, LIMITS[form])
    status = sweep(world, 0)
    outcome = limited(world)
    assert (status.state, outcome.scope, minutes(outcome)) == (State.DEFERRED, "account", 60), outcome
    assert not status.needs_person, "it passes by itself"
    assert sweep(world, 3300).state is State.DEFERRED
    assert world.count(POST) == 1
    assert (sweep(world, 3660).state, world.count(POST), world.posts()) == (State.PUBLISHED, 2, 1)


REFUSALS: dict[str, Fault] = {
    "too long, with 403": coded(403, 186, "Tweet needs to be a bit shorter."),
    "a limit of characters": problem(403, "The text exceeds the limit of 280 characters for your account."),
    "a limit of pictures": problem(400, "The number of media exceeds the limit of 4."),
    "not permitted": problem(403, "You are not permitted to perform this action."),
    "a code of nobody's": coded(403, 18_500, "No."),
    "a code that isn't one": says(403, {"errors": [{"code": {"185": 185}}, 185, None]}),
}


@pytest.mark.parametrize("form", REFUSALS)
def test_a_refusal_that_no_list_knows_stays_one(world: World, form: str) -> None:
    world.x.fault(POST, REFUSALS[form])
    assert sweep(world, 0).state is State.REFUSED
    assert isinstance(last(world), Refused)


@pytest.mark.parametrize("name", ["x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"])
def test_the_reset_that_a_header_names_is_waited_for(world: World, name: str) -> None:
    named = {f"{name}-remaining": "0", f"{name}-reset": in_minutes(world, 25)}
    world.x.fault(POST, with_headers(**named))
    sweep(world, 0)
    outcome = limited(world)
    assert (minutes(outcome), outcome.scope) == (25, "platform" if "app" in name else "account")
    assert sweep(world, 1400).state is State.DEFERRED
    assert (sweep(world, 1560).state, world.count(POST)) == (State.PUBLISHED, 2)


def test_a_header_that_does_not_say_how_much_is_left_names_its_reset_too(world: World) -> None:
    world.x.fault(POST, with_headers(**{"x-rate-limit-reset": in_minutes(world, 25)}))
    sweep(world, 0)
    assert minutes(limited(world)) == 25


@pytest.mark.parametrize("as_date", [False, True])
def test_a_retry_after_in_seconds_or_as_a_date_is_waited_for(world: World, as_date: bool) -> None:
    date = format_datetime(system_clock() + timedelta(minutes=40), usegmt=True)
    world.x.fault(POST, with_headers(**{"Retry-After": date if as_date else "2400"}))
    sweep(world, 0)
    assert minutes(limited(world)) == 40


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit-remaining": "97", "x-rate-limit-reset": "+10"},
        {"x-user-limit-24hour-remaining": "3", "x-user-limit-24hour-reset": "+600"},
        {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "-600"},
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "soon"},
        {"Retry-After": "a while"},
        {"Retry-After": "0"},
        {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ],
    ids=["some are left", "some are left today", "past", "unreadable", "words", "at once", "an old date"],
)
def test_a_header_that_names_no_reset_of_this_limit_names_none(world: World, headers: dict[str, str]) -> None:
    values = {name: in_minutes(world, float(value)) if value[0] in "+-" else value for name, value in headers.items()}
    world.x.fault(POST, with_headers(**values))
    sweep(world, 0)
    assert minutes(limited(world)) == 60


@pytest.mark.parametrize("form", LIMIT_REACHED)
def test_when_an_account_has_posted_all_that_it_may_it_waits_and_the_others_go_out(world: World, form: str) -> None:
    world.logins["kampala"] = world.x.account()
    world.x.limits.posts_a_day, world.x.limit_form = 1, form
    world.time.go(DUE - timedelta(hours=22))
    world.says("Of yesterday.")
    states = {status.delivery.embassy.id: status.state for status in world.at(0)}
    assert states == {"nairobi": State.DEFERRED, "kampala": State.PUBLISHED}
    states = {status.delivery.embassy.id: status.state for status in world.at(3700)}
    assert states["nairobi"] is State.DEFERRED, "it is still in force"
    assert [status.state for status in world.at(7500)] == [State.PUBLISHED] * 2
    assert world.posts() == 3


def test_a_limit_that_lasts_is_tried_each_hour_and_a_last_time_before_the_window_closes(world: World) -> None:
    world.x.fault(POST, LIMITS["344"], times=None)
    tries = []
    for minute in range(0, 6 * 60 + 5, 1):
        before = world.count(POST)
        status = sweep(world, 60 * minute)
        tries += [minute] * (world.count(POST) - before)
    # It began a minute late, and each wait is a moment longer than the hour that it begins in.
    assert tries[0] == 0 and all(59 <= b - a <= 61 for a, b in pairwise(tries[:-1])), tries
    assert 357 <= tries[-1] <= 359, tries
    assert status.state is State.MISSED and status.needs_person
    assert "daily limit" in str(status.reason)


def test_the_officer_reads_what_waits_until_when_and_by_itself(world: World) -> None:
    world.x.fault(POST, LIMITS["344"])
    status = sweep(world, 0)
    assert str(status.reason).startswith("X takes no more posts of this account for now: ")
    assert DAILY in str(status.reason)
    assert status.next_try == "It is tried again by itself: Wed 25 Nov 10:01 UTC+3 (25 Nov 07:01 UTC)."


@pytest.mark.invariant(11)
def test_what_cannot_go_out_in_time_by_itself_is_a_persons_to_know_at_once(world: World) -> None:
    named = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": in_minutes(world, 600)}
    world.x.fault(POST, with_headers(**named))
    status = sweep(world, 0)
    assert status.needs_person and status.state is State.DEFERRED
    assert status.next_try == (
        "It isn't tried again before Wed 25 Nov 19:01 UTC+3 (25 Nov 16:01 UTC), and its time ends at 15:00: "
        "if it must go out today, post it by hand."
    )


# Taken for a robot


FORMS: dict[str, Fault] = {
    "226": coded(403, 226, AUTOMATED),
    "226 without words": says(403, {"errors": [{"code": 226}]}),
    "the problem form": problem(403, AUTOMATED),
    "with 400": coded(400, 226, AUTOMATED),
}


@pytest.mark.invariant(11)
@pytest.mark.parametrize("form", FORMS)
def test_an_account_that_is_taken_for_a_robot_waits_for_a_person_however_long(world: World, form: str) -> None:
    world.x.fault(POST, FORMS[form])
    status = sweep(world, 0)
    assert (status.state, status.needs_person, status.until) == (State.DEFERRED, True, None)
    assert str(status.reason).startswith("X takes this account for a robot’s, and wants to see a person (")
    assert str(status.reason).endswith(
        "Nothing of this account is sent before you say so. Open X in a browser, log in as "
        f"@{world.login.handle}, and do what it asks; then: orangeday retry nairobi/x"
    )
    for hours in (0.3, 1.1, 3, 5.8):
        assert sweep(world, 3600 * hours).state is State.DEFERRED
    assert world.count(POST) == 1
    (status,) = world.at(3600 * 7)
    assert (status.state, status.needs_person) == (State.MISSED, True)
    world.at(3600 * 24)
    world.at(3600 * 49)
    assert world.count(POST) == 1, "neither the posts of the days after are tried"


def test_once_a_person_has_said_so_it_goes_out(world: World) -> None:
    world.logins["kampala"] = world.x.account()
    world.x.suspect(world.login)
    states = {status.delivery.embassy.id: status.state for status in world.at(0)}
    assert states == {"nairobi": State.DEFERRED, "kampala": State.PUBLISHED}, "the others go out"
    world.x.suspect(world.login, applied=False)
    world.at(1800)
    assert world.count(POST) == 2
    with closing(world.ledger()) as ledger:
        ledger.release_accounts(["nairobi/x"])
    assert [status.state for status in world.at(1860)] == [State.PUBLISHED] * 2
    assert world.posts() == 2


def test_who_is_said_to_be_ready_and_is_taken_for_a_robot_again_waits_again(world: World) -> None:
    world.x.suspect(world.login)
    sweep(world, 0)
    with closing(world.ledger()) as ledger:
        ledger.release_accounts(["nairobi/x"])
    assert sweep(world, 60).needs_person
    assert sweep(world, 3600).state is State.DEFERRED
    assert world.count(POST) == 2


def test_a_limit_of_the_whole_app_does_not_end_the_wait_for_a_person(world: World) -> None:
    world.x.suspect(world.login)
    sweep(world, 0)
    with closing(world.ledger()) as ledger:
        ledger.defer_accounts(["nairobi/x", "kampala/x"], "no credit", system_clock() + timedelta(minutes=10), True)
    status = sweep(world, 1200)
    assert "robot" in str(status.reason) and world.count(POST) == 1


def test_a_picture_that_is_refused_so_lets_the_account_wait_too(world: World) -> None:
    world.picture = True
    world.x.fault("mediaUpload", FORMS["226"])
    status = sweep(world, 0)
    assert status.needs_person and "robot" in str(status.reason)
    world.x.fault("mediaUpload", LIMITS["344"])
    with closing(world.ledger()) as ledger:
        ledger.release_accounts(["nairobi/x"])
    assert "no more posts" in str(sweep(world, 60).reason)
    assert sweep(world, 3700).state is State.PUBLISHED
