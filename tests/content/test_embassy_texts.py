"""An embassy's own words, and a language that is posted on some days only: in `check`, in `preview`, in the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Severity
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import plan_of

EMBASSIES = {"nairobi": "Africa/Nairobi", "berlin": "Europe/Berlin"}
OWN = "posts/05-day/en.nairobi.toml"


def planned(folder: Path, extra: dict[str, str]) -> Plan:
    return plan_of(campaigns.write(folder, campaigns.files(("en", "sw"), EMBASSIES) | extra))


def delivery(plan: Plan, key: str) -> Delivery:
    found = plan.find(f"16days-2026/{key}")
    assert found
    return found


def text(plan: Plan, key: str) -> str:
    wording = delivery(plan, key).rendered_text
    assert wording
    return wording.text


def test_an_embassys_own_words_stand_in_for_everybodys(tmp_path: Path) -> None:
    plan = planned(tmp_path, {OWN: 'text = "Karibu, {city}!"\n'})
    assert text(plan, "05/nairobi/x/en") == "Karibu, Nairobi!"
    assert text(plan, "05/nairobi/bluesky/en") == "Karibu, Nairobi!"
    assert text(plan, "05/nairobi/x/sw") == "Day 5 in sw, from Nairobi."
    assert text(plan, "05/berlin/x/en") == "Day 5 in en, from Berlin."
    assert check(plan) == []


def test_own_words_move_no_key_and_no_hour(tmp_path: Path) -> None:
    before = planned(tmp_path / "before", {})
    after = planned(tmp_path / "after", {OWN: 'text = "Karibu!"\n'})
    assert [(d.key, d.due) for d in before] == [(d.key, d.due) for d in after]


def test_everybodys_variant_for_a_platform_does_not_override_own_words(tmp_path: Path) -> None:
    everybodys = {"posts/05-day/en.toml": 'text = "All."\nbluesky = "All, at length."\n'}
    plan = planned(tmp_path, everybodys | {OWN: 'text = "Ours."\n'})
    assert text(plan, "05/nairobi/bluesky/en") == "Ours."
    assert text(plan, "05/berlin/bluesky/en") == "All, at length."


def test_own_words_that_cannot_be_read_hold_that_embassy_and_nothing_stands_in_for_them(tmp_path: Path) -> None:
    plan = planned(tmp_path, {OWN: "text = 'never closed\n"})
    assert delivery(plan, "05/nairobi/x/en").rendered_text is None
    (problem,) = check(plan)
    assert problem.location.file.name == "en.nairobi.toml"
    concerns = [problem.scope for problem in blocking_errors(plan, list(plan))]
    held = {d.key for d in plan if any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in concerns)}
    assert held == {"16days-2026/05/nairobi/x/en", "16days-2026/05/nairobi/bluesky/en"}


def test_own_words_are_counted_for_their_embassy_alone(tmp_path: Path) -> None:
    plan = planned(tmp_path, {OWN: f'text = "{"word " * 70}"\n'})
    found = [problem for problem in check(plan) if problem.rule == "too-long"]
    assert {problem.location.file.name for problem in found} == {"en.nairobi.toml"}
    assert {embassy for problem in found for embassy in problem.scope.embassies or ()} == {"nairobi"}


def test_an_embassy_may_have_words_of_its_own_where_nobody_else_has_any(tmp_path: Path) -> None:
    files = campaigns.files(("en", "sw"), EMBASSIES) | {"posts/05-day/sw.nairobi.toml": 'text = "Karibu!"\n'}
    del files["posts/05-day/sw.toml"]
    plan = plan_of(campaigns.write(tmp_path, files))
    assert text(plan, "05/nairobi/x/sw") == "Karibu!"
    missing = [problem for problem in check(plan) if problem.rule == "missing-language"]
    assert [problem.scope.embassies for problem in missing] == [frozenset({"berlin"})]


def test_a_language_may_be_posted_on_some_days_only(tmp_path: Path) -> None:
    files = campaigns.files(("en", "sw"), {"nairobi": "Africa/Nairobi"})
    files["config.toml"] += "days = { sw = [1, 16] }\n"
    for number in range(2, 16):
        del files[f"posts/{number:02}-day/sw.toml"]
    plan = plan_of(campaigns.write(tmp_path, files))
    assert {d.number for d in plan if d.language == "sw"} == {1, 16}
    assert {d.number for d in plan if d.language == "en"} == set(range(1, 17))
    assert check(plan) == []
    assert plan.find("16days-2026/02/nairobi/x/sw") is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("days = { fr = [1] }", "the embassy doesn't post in “fr”."),
        ("days = { sw = [17] }", "“17” isn't a day."),
        ('days = { sw = ["one"] }', "“one” isn't a day."),
        ("days = 5", "“days” must be a section, not a number."),
    ],
)
def test_days_that_cannot_be_are_problems_at_their_line(tmp_path: Path, line: str, message: str) -> None:
    files = campaigns.files(("en", "sw"), {"nairobi": "Africa/Nairobi"})
    files["config.toml"] += line + "\n"
    plan = plan_of(campaigns.write(tmp_path, files))
    (problem,) = plan.config.problems
    assert (problem.message, problem.location.line) == (message, files["config.toml"].count("\n"))
    assert problem.scope.embassies == frozenset({"nairobi"})


# Warnings that somebody accepts


def test_a_warning_that_nobody_gives_is_accepted_in_vain(tmp_path: Path) -> None:
    content = 'text = "Hello from {city}"\n[accept]\nno-such-rule = "Because."\n'
    plan = planned(tmp_path, {"posts/05-day/en.toml": content})
    (problem,) = check(plan)
    assert (problem.rule, problem.severity, problem.location.line) == ("unused-accept", Severity.WARNING, 3)


@pytest.mark.parametrize("reasons", ['too-like = "Because."', 'too-like = "Because."\nnear-duplicate = "Because."'])
def test_a_rule_that_was_renamed_is_accepted_by_its_old_name_with_a_word_to_change_it(
    tmp_path: Path, reasons: str
) -> None:
    embassies = {"nairobi": "Africa/Nairobi", "hanoi": "Asia/Ho_Chi_Minh"}
    files = campaigns.files(("en",), embassies) | {"posts/05-day/en.toml": 'text = "Hello, all."\n'}
    assert "near-duplicate" in {p.rule for p in check(plan_of(campaigns.write(tmp_path / "plain", files)))}
    files["posts/05-day/en.toml"] += f"[accept]\n{reasons}\n"
    plan = plan_of(campaigns.write(tmp_path / "accepted", files))
    (problem,) = [problem for problem in check(plan) if problem.location.file.match("05-day/en.toml")]
    assert (problem.rule, problem.severity, problem.location.line) == ("renamed-rule", Severity.WARNING, 3)
    assert "near-duplicate" in f"{problem.message} {problem.hint}"


def test_an_error_is_not_to_be_accepted(tmp_path: Path) -> None:
    content = f'text = "{"word " * 70}{{city}}"\n[accept]\ntoo-long = "It will do."\n'
    plan = planned(tmp_path, {"posts/05-day/en.toml": content})
    assert {problem.rule for problem in check(plan)} == {"too-long", "unused-accept"}


def test_accepting_needs_a_reason(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"posts/05-day/en.toml": 'text = "Hello from {city}"\n[accept]\nnear-duplicate = ""\n'})
    assert [problem.message for problem in check(plan)] == ["“near-duplicate” is empty."]
