"""What X will charge: by table, and as `check` and `rehearse` say it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main
from orangeday.content.config import load
from orangeday.content.pricing import Charges, charges, identity_charges
from orangeday.views.sentences import charges_summary, identity_cost

from ..support import campaigns
from ..support.common import BEFORE, EXAMPLE, plan_of

LISTED = date(2026, 8, 1)
LINKED = 'text = "Day five: {link}"\n'
DAY = 'title = "Day 5"\nfacts = ["one"]\nlink = "https://example.org/5"\n'


def reckoned(folder: Path, changed: dict[str, str], embassies: int = 1) -> str:
    """What is said of a small campaign with these files changed."""
    names = {f"e{number}": "Europe/Brussels" for number in range(embassies)}
    plan = plan_of(campaigns.write(folder, campaigns.files(("en",), names) | changed))
    return str(charges_summary(charges(plan, plan.config.prices)))


def every_day(text: str) -> dict[str, str]:
    """All sixteen days with this text, and a link."""
    days = [f"posts/{number:02}-day" for number in range(1, 17)]
    return {f"{day}/en.toml": text for day in days} | {f"{day}/day.toml": DAY for day in days}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('text = "{city}, no link"\n', "$24.00 for 1,600 posts, none with a link,"),
        ('text = "{city}: {link}"\n', "$320.00 for 1,600 posts, all with a link,"),
    ],
)
def test_a_hundred_accounts_pay_thirteen_times_as_much_with_a_link(tmp_path: Path, text: str, said: str) -> None:
    line = reckoned(tmp_path, every_day(text), embassies=100)
    assert line == f"X will charge about {said} at the prices listed on 2026-08-01."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "$0.24 for 16 posts, none with a link,"),
        ({"posts/05-day/day.toml": DAY, "posts/05-day/en.toml": LINKED}, "$0.42 for 16 posts, 1 with a link,"),
        # A link that no text uses costs nothing.
        ({"posts/05-day/day.toml": DAY}, "$0.24 for 16 posts, none with a link,"),
        # X makes a link of whatever looks like an address, and charges for it.
        ({"posts/05-day/en.toml": 'text = "Read un.org today"\n'}, "$0.42 for 16 posts, 1 with a link,"),
        ({"posts/05-day/en.toml": 'text = "The end.Next comes day six"\n'}, "$0.42 for 16 posts, 1 with a link,"),
        ({"posts/05-day/en.toml": 'text = "The end.Then comes day six"\n'}, "$0.24 for 16 posts, none with a link,"),
        # What only Bluesky says costs nothing.
        (
            {"posts/05-day/day.toml": DAY, "posts/05-day/en.toml": f'text = "No link"\nbluesky = {LINKED[7:]}'},
            "$0.24 for 16 posts, none with a link,",
        ),
        # A text that is missing or can't be read yet is taken for one without a link.
        ({"posts/05-day/en.toml": ""}, "$0.24 for 16 posts, none with a link,"),
        ({"posts/05-day/day.toml": ""}, "$0.24 for 16 posts, none with a link,"),
        (
            {
                "posts/05-day/day.toml": 'title = "5"\nfacts = []\nmedia = ["media/a.png", "media/b.png"]\n',
                "posts/05-day/en.toml": 'text = "5"\n[alt]\n"media/a.png" = "A candle."\n"media/b.png" = "A hand."\n',
                "posts/06-day/day.toml": 'title = "6"\nfacts = []\nmedia = ["media/a.png", "media/b.png"]\n',
                "posts/06-day/en.toml": 'text = "6"\n[alt]\n"media/a.png" = "A candle."\n',
            },
            "$0.26 for 16 posts, none with a link, and 3 alt texts,",
        ),
    ],
)
def test_what_x_asks_for_is_counted_and_nothing_else(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    assert reckoned(tmp_path, changed) == f"X will charge about {said} at the prices listed on 2026-08-01."


def test_an_embassys_own_words_are_counted_as_they_are_said(tmp_path: Path) -> None:
    own = {"posts/05-day/day.toml": DAY, "posts/05-day/en.e1.toml": LINKED}
    plan = plan_of(
        campaigns.write(tmp_path, campaigns.files(("en",), {"e0": "Europe/Brussels", "e1": "Europe/Brussels"}) | own)
    )
    assert charges(plan, plan.config.prices) == {"x": Charges(32, 1, 0, 0.665, LISTED)}


def test_the_prices_of_the_config_are_those_that_count(tmp_path: Path) -> None:
    prices = "[x.prices]\nlisted = 2027-01-05\npost = 1\npost_with_link = 2.5\nalt_text = 0.01\n"
    contents = campaigns.files(config=prices) | {"posts/05-day/day.toml": DAY, "posts/05-day/en.toml": LINKED}
    plan = plan_of(campaigns.write(tmp_path, contents))
    assert charges(plan, plan.config.prices) == {"x": Charges(16, 1, 0, 17.5, date(2027, 1, 5))}


def test_without_prices_in_the_config_those_that_came_with_the_program_stand(tmp_path: Path) -> None:
    prices = load(campaigns.write(tmp_path, campaigns.files())).prices["x"]
    assert (prices.price_date, prices.post, prices.post_with_link, prices.alt_text) == (LISTED, 0.015, 0.2, 0.005)
    assert load(EXAMPLE).prices == {"x": prices}


def test_where_nobody_posts_on_x_nothing_is_said_of_it(tmp_path: Path) -> None:
    contents = campaigns.files()
    contents["config.toml"] = contents["config.toml"].replace('x = { handle = "example_be_nairobi_x" }\n', "")
    plan = plan_of(campaigns.write(tmp_path, contents))
    reckoning = charges(plan, plan.config.prices)
    assert reckoning == {"x": Charges(0, 0, 0, 0, LISTED)}
    assert charges_summary(reckoning) is None


def test_asking_whose_accounts_these_are_has_its_price_and_the_config_may_name_another(tmp_path: Path) -> None:
    contents = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "lima": "America/Lima"})
    plan = plan_of(campaigns.write(tmp_path, contents))
    assert identity_charges(plan.accounts, plan.config.prices) == {"x": (2, 0.02)}
    assert identity_cost(plan.accounts, plan.config.prices) == (
        "X charges about $0.02 a day for saying who 2 accounts are, at the price listed on 2026-08-01."
    )
    contents["config.toml"] += "\n[x.prices]\nlisted = 2026-10-01\nuser_read = 0.5\n"
    plan = plan_of(campaigns.write(tmp_path, contents))
    assert plan.problems == ()
    on_x = [account for account in plan.accounts if account.platform == "x"]
    assert identity_cost(on_x[:1], plan.config.prices) == (
        "X charges about $0.50 a day for saying who 1 account is, at the price listed on 2026-10-01."
    )
    on_bluesky = [account for account in plan.accounts if account.platform == "bluesky"]
    assert identity_cost(on_bluesky, plan.config.prices) is None
    assert identity_cost([], plan.config.prices) is None


def test_a_config_from_before_this_price_keeps_its_own_and_gets_the_new_one(tmp_path: Path) -> None:
    before = "\n[x.prices]\nlisted = 2026-08-01\npost = 0.015\npost_with_link = 0.20\nalt_text = 0.005\nread = 0.001\n"
    contents = campaigns.files()
    contents["config.toml"] += before
    prices = plan_of(campaigns.write(tmp_path, contents)).config.prices["x"]
    assert (prices.read, prices.user_read) == (0.001, 0.01)


@time_machine.travel(BEFORE)
def test_check_and_rehearse_say_what_x_will_charge(capsys: pytest.CaptureFixture[str]) -> None:
    line = (
        "X will charge about $4.80 for 240 posts, none with a link, and 240 alt texts, "
        "at the prices listed on 2026-08-01."
    )
    assert main(["--config", str(EXAMPLE), "check"]) == 0
    assert line in capsys.readouterr().out
    assert main(["--config", str(EXAMPLE), "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["charges"] == {
        "posts": 240,
        "with_link": 0,
        "alt_texts": 240,
        "dollars": 4.8,
        "listed": "2026-08-01",
    }
    assert main(["--config", str(EXAMPLE), "rehearse", "--embassy", "dakar"]) == 0
    dakar = "X will charge about $0.32 for 16 posts, none with a link, and 16 alt texts, at the prices listed on"
    assert dakar in " ".join(capsys.readouterr().err.split())
