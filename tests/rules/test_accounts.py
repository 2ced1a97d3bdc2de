"""The rules about who speaks and what a post leads to: accounts, links, and the prices of X."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.content.plan import Plan
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, Severity
from orangeday.rules import accounts as rules_accounts
from orangeday.rules import context, links_and_tags
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check
from orangeday.rules.context import RuleContext

from ..support import campaigns
from ..support.common import plan_of

DAY = "posts/05-day/day.toml"


def embassy(name: str, x: str | None = None, bluesky: str | None = None, more: str = "") -> str:
    """A section of the config. Its line 5 has the first account, its line 6 the second."""
    accounts = "".join(
        f'{platform} = {{ handle = "{handle}" }}\n' for platform, handle in (("x", x), ("bluesky", bluesky)) if handle
    )
    return (
        f'[embassies.{name}]\ncity = {{ en = "{name.title()}" }}\ntimezone = "Europe/Brussels"\nlanguages = ["en"]\n'
        f"{accounts}{more}\n"
    )


def planned(folder: Path, config: str, files: dict[str, str] | None = None) -> Plan:
    """Sixteen sound days in English with this config, and with these files changed."""
    return plan_of(campaigns.write(folder, campaigns.files() | {"config.toml": config} | (files or {})))


def found(plan: Plan, rule: context.Rule, now: datetime | None = None) -> list[Problem]:
    return list(rule(RuleContext(plan, list(plan), now)))


# Accounts


@pytest.mark.parametrize(
    ("first", "second"), [("BelgiumInX", "BelgiumInX"), ("BelgiumInX", "belgiuminx"), ("belgiuminx", "@BelgiumInX")]
)
def test_two_embassies_with_one_account_hold_each_other_there(tmp_path: Path, first: str, second: str) -> None:
    config = embassy("accra", first, "accra.example") + embassy("lima", second, "lima.example") + embassy("oslo", "o")
    plan = planned(tmp_path, config)
    problems = found(plan, rules_accounts.shared_account)
    assert problems == [
        Problem(
            Severity.ERROR,
            "shared-account",
            Location(plan.config.file, 12),
            f"“{second}” is the account of accra on X, and of lima too.",
            "Give lima its own, or put all languages of this account into one embassy.",
        )
    ]
    assert problems[0].scope == Scope(embassies=frozenset({"accra", "lima"}), platform="x")
    assert problems[0] in blocking_errors(plan, [*plan])


def test_every_embassy_that_borrows_an_account_is_named_at_its_own_line(tmp_path: Path) -> None:
    config = "".join(embassy(name, f"{name}_x", "be.example") for name in ("accra", "lima", "oslo"))
    problems = found(planned(tmp_path, config), rules_accounts.shared_account)
    assert [(p.location.line, p.message) for p in problems] == [
        (13, "“be.example” is the account of accra on Bluesky, and of lima too."),
        (20, "“be.example” is the account of accra on Bluesky, and of oslo too."),
    ]


def test_one_name_on_two_platforms_is_two_accounts(tmp_path: Path) -> None:
    config = embassy("accra", "be.example", "accra.example") + embassy("lima", "lima_x", "be.example")
    assert found(planned(tmp_path, config), rules_accounts.shared_account) == []


@pytest.mark.parametrize(
    ("more", "idle"),
    [
        ("", []),
        ("skip = [1, 2, 3]", []),
        (f"skip = {[*range(1, 16)]}", []),
        (f"skip = {[f'{n}/x' for n in range(1, 17)]}", ["x"]),
        (f"skip = {[*range(1, 17)]}", ["x", "bluesky"]),
        ("days = { en = [] }", ["x", "bluesky"]),
        ("days = { en = [7] }\nskip = ['7/bluesky']", ["bluesky"]),
    ],
)
def test_an_account_all_of_whose_days_are_skipped_is_warned_of(tmp_path: Path, more: str, idle: list[str]) -> None:
    plan = planned(tmp_path, embassy("accra", "a", "a.example") + embassy("lima", "l", "l.example", more))
    hint = "Take days out of “skip”, or add some to “days”; or delete the account."
    problems = found(plan, rules_accounts.idle_account)
    assert problems == [
        Problem(
            Severity.WARNING,
            "idle-account",
            Location(plan.config.file, {"x": 12, "bluesky": 13}[platform]),
            f"nothing goes out on lima/{platform}: every day is skipped.",
            hint,
        )
        for platform in idle
    ]
    assert [p.scope for p in problems] == [Scope(embassies=frozenset({"lima"}), platform=p) for p in idle]


def test_an_embassy_without_a_language_is_not_said_to_skip_its_days_as_well(tmp_path: Path) -> None:
    config = embassy("accra", "a") + embassy("lima", "l").replace('["en"]', "[]")
    plan = planned(tmp_path, config)
    assert {"no-language"} == {problem.rule for problem in check(plan)}


# Links


@pytest.mark.parametrize(
    "link",
    [
        "https://www.un.org",
        "https://diplomatie.belgium.be/nl/beleid",
        "https://un.org?lang=fr",
        "https://un.org:443/a#b",
        "https://vereinte-nationen.de/übersicht",
        "https://münchen.example/@x",
    ],
)
def test_an_https_address_is_a_link(tmp_path: Path, link: str) -> None:
    day = f'title = "5"\nfacts = ["one"]\nlink = "{link}"\n'
    plan = planned(tmp_path, embassy("lima", "l"), {DAY: day, "posts/05-day/en.toml": 'text = "See {link}"\n'})
    assert found(plan, links_and_tags.wrong_link) == []


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("http://un.org/day", "Write https://un.org/day."),
        ("HTTPS://un.org/day", "Write https://un.org/day."),
        ("www.un.org/day", "Write https://www.un.org/day."),
        ("un.org", "Write https://un.org."),
        (" https://un.org ", "Write https://un.org."),
        ("ftp://un.org/day", "Write https://un.org/day."),
        ("https://un", "Write it like https://example.org/page."),
        ("https://un.org/a day", "Write it like https://example.org/page."),
        ("https://anna:secret@un.org", "Write it like https://example.org/page."),
        ("anna@un.org", "Write it like https://example.org/page."),
        ("the UN's page", "Write it like https://example.org/page."),
        ("javascript:alert(1)", "Write it like https://example.org/page."),
        ("https://", "Write it like https://example.org/page."),
    ],
)
def test_whatever_is_no_https_address_holds_its_day(tmp_path: Path, link: str, hint: str) -> None:
    day = f'title = "5"\nfacts = ["one"]\nlink = "{link}"\n'
    plan = planned(tmp_path, embassy("lima", "l"), {DAY: day, "posts/05-day/en.toml": 'text = "See {link}"\n'})
    (problem,) = found(plan, links_and_tags.wrong_link)
    where, message = Location(tmp_path / DAY, 3), f"“{link}” isn't an https address."
    assert problem == Problem(Severity.ERROR, "wrong-link", where, message, hint)
    assert problem.scope == Scope(5)
    assert problem in blocking_errors(plan, [d for d in plan if d.number == 5])
    assert blocking_errors(plan, [d for d in plan if d.number == 6]) == []


@pytest.mark.parametrize(
    ("texts", "unused"),
    [
        ({"en": 'text = "No link."\n'}, True),
        ({"en": 'text = "{{link}} in braces."\n'}, True),
        ({"en": 'text = "See {link}."\n'}, False),
        # A capital letter makes an address of it that is none.
        ({"en": 'text = "{Link}"\n'}, True),
        ({"en": 'text = "See https://un.org/5 itself."\n'}, False),
        ({"en": 'text = "No link."\nbluesky = "See {link}."\n'}, False),
        ({"en": 'text = "No link."\n', "en.lima": 'text = "See {link}."\n'}, False),
        # Nobody posts in French.
        ({"en": 'text = "No link."\n', "fr": 'text = "Voir {link}"\n'}, True),
        # Of a text that can't be read nothing is known.
        ({"en": ""}, False),
    ],
)
def test_a_link_that_no_text_uses_is_warned_of(tmp_path: Path, texts: dict[str, str], unused: bool) -> None:
    day = 'title = "5"\nfacts = ["one"]\n\nlink = "https://un.org/5"\n'
    files = {f"posts/05-day/{name}.toml": text for name, text in texts.items()}
    plan = planned(tmp_path, embassy("accra", "a", "a.example") + embassy("lima", "l"), {DAY: day} | files)
    problems = found(plan, links_and_tags.unused_link)
    where, hint = Location(tmp_path / DAY, 4), "Write {link} where it is to stand, or delete it."
    warned = Problem(Severity.WARNING, "unused-link", where, "no text of day 5 uses the link.", hint)
    assert problems == ([warned] if unused else [])
    assert {problem.scope for problem in problems} <= {Scope(5)}


# Prices

LISTED = date(2026, 8, 1)
PRICES = "[x.prices]\npost = 0.015\nlisted = 2026-08-01\n"


@pytest.mark.parametrize(("config", "line"), [(PRICES, 3), ("", 1)])
@pytest.mark.parametrize(("days", "old"), [(-1, False), (0, False), (180, False), (181, True), (500, True)])
def test_prices_that_are_half_a_year_old_are_to_be_looked_up_again(
    tmp_path: Path, config: str, line: int, days: int, old: bool
) -> None:
    plan = planned(tmp_path, config + embassy("lima", "l"))
    now = datetime(LISTED.year, LISTED.month, LISTED.day, 12, tzinfo=UTC) + timedelta(days=days)
    problems = found(plan, rules_accounts.old_prices, now)
    message = f"the prices of X are those of 2026-08-01, {days} days ago."
    hint = "Look them up at X, and write them with the new date below [x.prices]."
    warned = Problem(Severity.WARNING, "old-prices", Location(plan.config.file, line), message, hint)
    assert problems == ([warned] if old else [])
    assert {problem.scope for problem in problems} <= {NO_DELIVERY}
    assert ("old-prices" in {problem.rule for problem in check(plan, now)}) is old


def test_old_prices_are_of_no_matter_to_who_never_posts_on_x_or_asks_at_no_time(tmp_path: Path) -> None:
    years_later = datetime(2030, 1, 1, tzinfo=UTC)
    assert found(planned(tmp_path, embassy("lima", bluesky="l.example")), rules_accounts.old_prices, years_later) == []
    assert found(planned(tmp_path, embassy("lima", "l")), rules_accounts.old_prices) == []


def test_old_prices_can_be_accepted_in_the_config(tmp_path: Path) -> None:
    accepted = '[accept]\nold-prices = "Nothing is posted on X this year."\n'
    plan = planned(tmp_path, embassy("lima", "l") + accepted)
    assert "old-prices" not in {problem.rule for problem in check(plan, datetime(2030, 1, 1, tzinfo=UTC))}
