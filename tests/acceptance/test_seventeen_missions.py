"""The shipped posts for seventeen missions with the longest names: nothing is too long, and nothing unexplained.

Embassies, consulates general, permanent representations and an office, in all languages that the posts are written in.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main
from orangeday.content.plan import Plan

from ..support.common import BEFORE, EXAMPLE, plan_of

MISSIONS = Path(__file__).with_name("seventeen_missions.toml")
TO_CONFIRM = {("aged-fact", "11-human-rights"), ("aged-fact", "12-together")}
"""What the minister of 2025 said is for a person to confirm in each later year: nobody accepts it in advance."""


@pytest.fixture(scope="module")
def missions() -> Plan:
    return plan_of(MISSIONS)


def test_they_post_in_every_language_of_the_posts(missions: Plan) -> None:
    assert len(missions.config.embassies) == 17
    assert {language for e in missions.config.embassies.values() for language in e.languages} == set(
        missions.campaign.languages
    )


@pytest.mark.parametrize("config", [EXAMPLE, MISSIONS], ids=["example", "missions"])
def test_check_finds_no_error_and_only_what_a_person_must_confirm(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(BEFORE):
        status = main(["--config", str(config), "check", "--strict", "--json"])
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {(p["rule"], Path(p["file"]).parent.name) for p in problems if p["severity"] != "note"} == TO_CONFIRM
    assert status == 1


def test_no_post_has_a_gap_where_a_name_stands(missions: Plan) -> None:
    """A full stop after “D.C.”, a space before a comma or a blank line too many: marks of a name that was filled in."""
    texts = {delivery.key: delivery.rendered_text for delivery in missions}
    assert all(texts.values())
    for key, rendered in texts.items():
        assert rendered is not None
        for flaw in ("..", " ,", "  ", "\n\n\n", "{", "}"):
            assert flaw not in rendered.text, (key, flaw)
