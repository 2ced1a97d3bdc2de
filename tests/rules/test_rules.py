"""The rules: each by its exact words, its file and line, and what it holds; and that all of them are said at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from orangeday import rules
from orangeday.content.plan import Plan
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, Severity, sorted_problems
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import RULES, check
from orangeday.rules.context import RuleContext
from orangeday.rules.texts import missing_language, too_long, unfilled_placeholder

from ..support.common import plan_of

Write = Callable[[Mapping[str, str | bytes]], Path]
Planned = Callable[..., Plan]

TOP = 'id = "16days"\n\n[hashtags]\nen = ["#16Days"]\nfr = ["#16Days"]\n'
FACTS = '[one]\nstatement = "One."\nparagraph = 1\n'
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
"""One character to Bluesky, and 25 bytes."""


def embassy(name: str, *languages: str, city: str = "", more: str = "") -> str:
    """A section of the config. Its line 4 has the languages."""
    listed = ", ".join(f'"{language}"' for language in languages or ("en",))
    cities = ", ".join(f'{language} = "{city or name.title()}"' for language in languages or ("en",))
    return (
        f'[embassies.{name}]\ncity = {{ {cities} }}\ntimezone = "Africa/Nairobi"\nlanguages = [{listed}]\n'
        f'x = {{ handle = "example_be_{name}_x" }}\nbluesky = {{ handle = "{name}.example" }}\n{more}\n'
    )


@pytest.fixture
def planned(write: Write) -> Planned:
    """A campaign of sixteen sound days in English, but for the files that are given; None leaves one out."""

    def planned(config: str, files: Mapping[str, str | None] | None = None) -> Plan:
        written: dict[str, str | None] = {
            "config.toml": config,
            "posts/campaign.toml": TOP,
            "posts/facts.toml": FACTS,
        }
        for number in range(1, 17):
            written[f"posts/{number:02}-day/day.toml"] = f'title = "Day {number}"\nfacts = ["one"]\n'
            written[f"posts/{number:02}-day/en.toml"] = f"text = '''\nDay {number}, from {{city}}.\n'''\n"
        written |= {f"posts/{name}": content for name, content in (files or {}).items()}
        return plan_of(
            write({name: content for name, content in written.items() if content is not None}) / "config.toml"
        )

    return planned


def where(plan: Plan, name: str, line: int) -> Location:
    return Location(plan.config.file.parent / name, line)


def test_a_sound_campaign_has_no_problem(planned: Planned) -> None:
    assert check(planned(embassy("nairobi") + embassy("kigali"))) == []


def test_every_function_that_judges_a_plan_is_among_the_rules_and_says_why() -> None:
    modules = [import_module(f"{rules.__name__}.{found.name}") for found in iter_modules(rules.__path__)]
    functions = {function for module in modules for _, function in inspect.getmembers(module, inspect.isfunction)}
    assert set(RULES) == {function for function in functions if _is_rule(function)}
    assert len(set(RULES)) == len(RULES)
    assert all(rule.__doc__ for rule in RULES)


def _is_rule(function: Callable[..., object]) -> bool:
    signature = inspect.signature(function)
    return [*signature.parameters] == ["context"] and signature.return_annotation == "Iterator[Problem]"


# A language that is missing


@pytest.mark.parametrize(
    ("embassies", "named", "held"),
    [
        ({"lima": ("en", "fr")}, "lima", {"lima"}),
        ({"lima": ("en",), "kigali": ("fr",), "accra": ("fr", "en")}, "accra, kigali", {"kigali", "accra"}),
        (dict.fromkeys(("e", "d", "c"), ("fr",)), "c, d, e", {"c", "d", "e"}),
        (dict.fromkeys(("e", "d", "c", "b"), ("fr",)), "b, c, d, e", {"b", "c", "d", "e"}),
        ({f"e{n:03}": ("fr",) for n in range(120)}, "e000, e001, e002 and 117 more", {f"e{n:03}" for n in range(120)}),
    ],
)
def test_a_day_without_a_text_in_an_embassys_language_holds_that_language_there(
    embassies: dict[str, tuple[str, ...]], named: str, held: set[str], planned: Planned
) -> None:
    texts: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}, {{city}}'\n" for n in range(1, 17)}
    config = "".join(embassy(name, *languages) for name, languages in embassies.items())
    plan = planned(config, {**texts, "07-day/fr.toml": None})
    (problem,) = check(plan)
    assert problem == Problem(
        Severity.ERROR,
        "missing-language",
        where(plan, "posts/07-day/fr.toml", 1),
        f"day 7 has no text in “fr”, for {named}.",
        "Write it, or add 7 to the embassy's “skip”.",
    )
    assert problem.scope == Scope(7, frozenset(held), language="fr")


def test_a_language_that_is_new_may_be_posted_on_some_days_only(planned: Planned) -> None:
    found = list(missing_language(RuleContext(plan := planned(embassy("lima", "en", "es")), list(plan))))
    assert len(found) == 16
    assert {problem.hint for problem in found} == {
        "Write it (orangeday add-language es makes the files); or post in “es” on some days only, with a line below "
        "the embassy: days = { es = [1, 16] }."
    }


def test_each_day_and_each_language_that_is_missing_is_a_problem_of_its_own(planned: Planned) -> None:
    plan = planned(embassy("lima", "en", "fr", "pt-BR"), {"05-day/en.toml": None})
    found = list(missing_language(RuleContext(plan, list(plan))))
    assert len(found) == 33
    assert len(sorted_problems(found)) == 33
    assert where(plan, "posts/05-day/en.toml", 1) in {problem.location for problem in found}
    assert where(plan, "posts/16-day/pt-BR.toml", 1) in {problem.location for problem in found}


@pytest.mark.parametrize("skip", ["[7]", '["7/fr"]', '["7/x", "7/bluesky"]'])
def test_a_language_that_nobody_would_post_is_not_missed(skip: str, planned: Planned) -> None:
    texts: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}'\n" for n in range(1, 17) if n != 7}
    assert check(planned(embassy("lima", "en", "fr", more=f"skip = {skip}"), texts)) == []


@pytest.mark.parametrize("content", ["", "text = 'open\n", "bluesky = 'no text'\n", "text = 5\n", b"text = '\xe9'\n"])
def test_a_file_that_cannot_be_read_is_not_said_to_be_missing_as_well(content: str | bytes, write: Write) -> None:
    files: dict[str, str | bytes] = {"config.toml": embassy("lima"), "posts/07-day/en.toml": content}
    files["posts/07-day/day.toml"] = 'title = "Day 7"\nfacts = []\n'
    plan = plan_of(write(files) / "config.toml")
    assert [problem for problem in plan.problems if problem.location.file.name == "en.toml"]
    assert list(missing_language(RuleContext(plan, list(plan)))) == []


def test_a_day_that_cannot_be_read_is_missing_once_and_not_in_every_language(planned: Planned) -> None:
    plan = planned(embassy("lima"), {"07-day/day.toml": None, "07-day/en.toml": None})
    assert [problem.rule for problem in check(plan)] == ["missing-day"]


# A wording that is not sound


def test_every_problem_of_every_wording_is_said_and_shown_once(planned: Planned) -> None:
    config = embassy("lima") + embassy("kigali")
    plan = planned(config, {"03-day/en.toml": "text = '''\n{city}\n\n{ciyt} {\n'''\nbluesky = '''\n{oops}\n'''\n"})
    shown = sorted_problems(check(plan))
    assert [(problem.rule, problem.location, problem.message) for problem in shown] == [
        ("lone-brace", where(plan, "posts/03-day/en.toml", 4), "“{” stands alone."),
        ("unknown-placeholder", where(plan, "posts/03-day/en.toml", 4), "unknown placeholder {ciyt}."),
        ("unknown-placeholder", where(plan, "posts/03-day/en.toml", 7), "unknown placeholder {oops}."),
    ]
    assert {problem.scope for problem in shown if problem.location.line == 4} == {Scope(3, None, "x", "en")}
    assert {problem.scope for problem in shown if problem.location.line == 7} == {Scope(3, None, "bluesky", "en")}


def test_both_platforms_are_held_where_both_have_the_wording(planned: Planned) -> None:
    plan = planned(embassy("lima"), {"03-day/en.toml": "text = '{oops}'\n"})
    found = list(unfilled_placeholder(RuleContext(plan, list(plan))))
    assert {problem.scope.platform for problem in found} == {"x", "bluesky"}
    assert len(sorted_problems(found)) == 1


def test_a_value_that_one_embassy_lacks_holds_that_embassy_alone(planned: Planned) -> None:
    config = embassy("lima", more='country = { en = "Peru" }') + embassy("kigali")
    plan = planned(config, {"03-day/en.toml": "text = '{country}'\n"})
    (shown,) = sorted_problems(check(plan))
    assert str(shown) == (
        f"{where(plan, 'posts/03-day/en.toml', 1)}: error: [embassies.kigali] has no “country” in “en”. "
        'Add it there: country = { en = "…" }'
    )
    held = [d.key for d in plan if shown.scope.covers(d.number, d.embassy.id, d.platform, d.language)]
    assert held == ["16days-2026/03/kigali/x/en"]
    found = list(unfilled_placeholder(RuleContext(plan, list(plan))))
    assert {problem.scope.platform for problem in found} == {"x", "bluesky"}
    assert {problem.scope.embassies for problem in found} == {frozenset({"kigali"})}


# A text that is too long


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("text = '''\n{city}%s'''\n" % ("a" * 274), []),
        (
            "# too long by one\ntext = '''\n{city}%s'''\n" % ("a" * 275),
            [(2, "too long for X: 281 of 280 as X counts, for kigali.", "Cut 1.", "x")],
        ),
        (
            "text = '''\n{city}%s'''\n" % ("a" * 300),
            [
                (1, "too long for X: 306 of 280 as X counts, for kigali.", "Cut 26.", "x"),
                (1, "too long for Bluesky: 306 of 300 characters, for kigali.", "Cut 6.", "bluesky"),
            ],
        ),
        (
            "text = 'short'\n\nbluesky = '''\n{city}%s'''\n" % ("a" * 295),
            [(3, "too long for Bluesky: 301 of 300 characters, for kigali.", "Cut 1.", "bluesky")],
        ),
        ("text = '%s'\nbluesky = 'short'\n" % ("日" * 140), []),
        (
            "text = '%s'\nbluesky = 'short'\n" % ("日" * 141),
            [(1, "too long for X: 282 of 280 as X counts, for kigali.", "Cut 2.", "x")],
        ),
        ("text = '''\n%s {link}'''\n" % ("a" * 256), []),  # X counts any address as 23
        ("text = '''\n%s\n\n   '''\n" % ("a" * 280), []),  # what is stripped isn't counted
    ],
)
def test_a_text_over_a_limit_holds_that_platform_and_says_how_many_to_cut(
    content: str, rows: list[tuple[int, str, str, str]], planned: Planned
) -> None:
    address = f"https://example.org/{'a' * 20}"
    link = f'link = "{address}"\n' if "{link}" in content else ""
    day = f'title = "Day 5"\nfacts = ["one"]\n{link}'
    plan = planned(embassy("kigali"), {"05-day/en.toml": content, "05-day/day.toml": day})
    found = sorted(check(plan), key=lambda problem: problem.scope.platform != "x")
    assert [
        (problem.location, problem.message, problem.hint, problem.scope, problem.rule, problem.severity)
        for problem in found
    ] == [
        (
            where(plan, "posts/05-day/en.toml", line),
            message,
            hint,
            Scope(5, frozenset({"kigali"}), platform, "en"),
            "too-long",
            Severity.ERROR,
        )
        for line, message, hint, platform in rows
    ]


def test_the_embassy_with_the_longest_text_is_named_first_and_says_how_much_to_cut(planned: Planned) -> None:
    names = {"accra": 8, "berlin": 4, "cairo": 9, "dakar": 10, "hanoi": 12, "lima": 30}
    config = "".join(embassy(name, city="C" * length) for name, length in names.items())
    plan = planned(config, {"05-day/en.toml": "text = '''\n%s {city}'''\nbluesky = 'short'\n" % ("a" * 272)})
    (problem,) = check(plan)
    assert problem == Problem(
        Severity.ERROR,
        "too-long",
        where(plan, "posts/05-day/en.toml", 1),
        "too long for X: 303 of 280 as X counts, for lima, accra, cairo and 2 more.",
        "Cut 23.",
    )
    # Berlin's fits, and is not held.
    assert problem.scope == Scope(5, frozenset({"accra", "cairo", "dakar", "hanoi", "lima"}), "x", "en")


def test_a_text_with_an_unsound_wording_is_not_measured(planned: Planned) -> None:
    plan = planned(embassy("lima"), {"05-day/en.toml": "text = '{oops}%s'\n" % ("a" * 400)})
    assert {problem.rule for problem in check(plan)} == {"unknown-placeholder"}


def test_each_day_language_and_platform_that_is_too_long_is_a_problem_of_its_own(planned: Planned) -> None:
    long = "text = '%s'\n" % ("a" * 301)
    files: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}, {{city}}'\n" for n in range(1, 17)}
    files |= {"02-day/en.toml": long, "02-day/fr.toml": long, "09-day/en.toml": long}
    plan = planned(embassy("lima", "en", "fr") + embassy("kigali", "fr"), files)
    found = list(too_long(RuleContext(plan, list(plan))))
    concerns = {(p.scope.day, p.scope.language, p.scope.platform, p.scope.embassies) for p in found}
    assert len(found) == 6
    assert concerns == {
        (2, "en", "x", frozenset({"lima"})),
        (2, "en", "bluesky", frozenset({"lima"})),
        (2, "fr", "x", frozenset({"lima", "kigali"})),
        (2, "fr", "bluesky", frozenset({"lima", "kigali"})),
        (9, "en", "x", frozenset({"lima"})),
        (9, "en", "bluesky", frozenset({"lima"})),
    }


# A text of too many bytes


def test_joined_emoji_that_are_few_characters_can_be_too_many_bytes_for_bluesky(planned: Planned) -> None:
    content = "text = '{city}'\nbluesky = '''\n{city}%s'''\n"
    config = embassy("lima") + embassy("kigali", city="Kigali, Rwanda")
    assert check(planned(config, {"05-day/en.toml": content % (FAMILY * 119)})) == []
    plan = planned(config, {"05-day/en.toml": content % (FAMILY * 120)})
    (problem,) = check(plan)
    assert problem == Problem(
        Severity.ERROR,
        "too-many-bytes",
        where(plan, "posts/05-day/en.toml", 2),
        "too long for Bluesky: 3014 of 3000 bytes, for kigali, lima.",
        "Use fewer emoji, or simpler ones.",
    )
    assert problem.scope == Scope(5, frozenset({"lima", "kigali"}), "bluesky", "en")


def test_three_thousand_bytes_are_not_too_many(planned: Planned) -> None:
    plan = planned(embassy("lima"), {"05-day/en.toml": f"text = 'short'\nbluesky = '{FAMILY * 120}'\n"})
    assert check(plan) == []


# A language beyond midnight


def test_a_language_that_spacing_pushes_past_midnight_is_a_problem_of_that_embassy(planned: Planned) -> None:
    schedule = '[schedule]\nspacing = "45m"\ntime = "22:45"\n'
    files: dict[str, str | None] = {
        f"{n:02}-day/{language}.toml": f"text = '{language} {n}, {{city}}'\n"
        for n in range(1, 17)
        for language in ("fr", "nl")
    }
    config = schedule + embassy("lima", "en", "fr", "nl") + embassy("kigali", "en", "fr")
    plan = planned(config, files)
    found = check(plan)
    (shown,) = sorted_problems(found)
    assert shown == Problem(
        Severity.ERROR,
        "past-midnight",
        where(plan, "config.toml", 7),
        "“nl” would go out at 00:15 on the next day.",
        "Make “spacing” shorter or “time” earlier.",
    )
    assert [problem.scope for problem in found] == [
        Scope(number, frozenset({"lima"}), language="nl") for number in range(1, 17)
    ]


@pytest.mark.parametrize(
    ("spacing", "late"),
    [("29m", []), ("30m", ["“fr” would go out at 00:00 on the next day."])],
)
def test_midnight_itself_is_the_next_day(spacing: str, late: list[str], planned: Planned) -> None:
    schedule = f'[schedule]\nspacing = "{spacing}"\ntime = "23:30"\n'
    files: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}'\n" for n in range(1, 17)}
    plan = planned(schedule + embassy("lima", "en", "fr"), files)
    assert [problem.message for problem in sorted_problems(check(plan))] == late


def test_a_late_hour_of_one_day_holds_that_day_alone(planned: Planned) -> None:
    files: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}'\n" for n in range(1, 17)}
    files["05-day/day.toml"] = 'title = "Day 5"\nfacts = ["one"]\ntime = "23:50"\n'
    plan = planned(embassy("lima", "en", "fr"), files)
    (problem,) = check(plan)
    assert problem.message == "“fr” would go out at 00:10 on the next day."
    held = [d.key for d in plan if problem.scope.covers(d.number, d.embassy.id, d.platform, d.language)]
    assert held == ["16days-2026/05/lima/x/fr", "16days-2026/05/lima/bluesky/fr"]


def test_a_catch_up_of_nothing_is_not_taken_for_a_late_hour(planned: Planned) -> None:
    plan = planned('[schedule]\ncatch_up = "0m"\n' + embassy("lima"))
    assert [problem for problem in check(plan) if problem.rule == "past-midnight"] == []


# All of it together


def test_check_says_the_problems_of_the_files_and_of_every_rule_at_once(planned: Planned) -> None:
    config = '[schedule]\ntime = "23:50"\nspacign = "1m"\n' + embassy("lima", "en", "fr")
    files: dict[str, str | None] = {f"{n:02}-day/fr.toml": f"text = 'Jour {n}'\n" for n in range(1, 17)}
    files |= {
        "02-day/day.toml": None,
        "02-day/en.toml": None,
        "02-day/fr.toml": None,
        "03-day/fr.toml": None,
        "04-day/en.toml": "text = '{oops}'\n",
        "05-day/en.toml": f"text = '{'a' * 281}'\nbluesky = '{FAMILY * 121}'\n",
        "6-day/day.toml": "",
    }
    plan = planned(config, files)
    found = {problem.rule: problem for problem in check(plan)}
    assert set(found) == {
        "unknown-key",
        "missing-day",
        "folder-name",
        "missing-language",
        "unknown-placeholder",
        "too-long",
        "too-many-bytes",
        "past-midnight",
    }
    assert found["folder-name"].scope == NO_DELIVERY
    assert check(plan)[: len(plan.problems)] == list(plan.problems)


def test_check_judges_just_the_deliveries_it_is_given_and_always_the_files(planned: Planned) -> None:
    files: dict[str, str | None] = {
        "04-day/en.toml": "text = '{oops}'\n",
        "05-day/en.toml": "text = '%s'\n" % ("a" * 281),
        "06-day/en.toml": None,
        "07-day/day.toml": None,
        "07-day/en.toml": None,
    }
    plan = planned(embassy("lima") + embassy("kigali"), files)

    def found(*days: int) -> set[str]:
        return {problem.rule for problem in blocking_errors(plan, [d for d in plan if d.number in days])}

    assert found() == {"missing-day"}
    assert found(1, 2, 3) == {"missing-day"}
    assert found(4) == {"missing-day", "unknown-placeholder"}
    assert found(5) == {"missing-day", "too-long"}
    assert found(6) == {"missing-day", "missing-language"}
    lima = [d for d in plan if d.number in (5, 6) and d.embassy.id == "lima"]
    assert {problem.scope.embassies for problem in blocking_errors(plan, lima)} == {frozenset({"lima"}), None}
