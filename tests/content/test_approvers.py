"""Who may approve, as the config says it: for the whole campaign, and for what one embassy alone posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orangeday.content import config
from orangeday.content.approvers import ApprovalSettings, Approver
from orangeday.content.config import Config
from orangeday.content.problems import NO_DELIVERY

from ..support import campaigns

Write = Callable[[Mapping[str, str | bytes]], Path]
ANN = Approver("Ann Peeters", "ann@example.org")


def load(write: Write, approval: str = "", own: str = "") -> Config:
    contents = campaigns.files(config=f"[approval]\n{approval}\n" if approval else "")
    return config.load(write({"config.toml": contents["config.toml"] + own}) / "config.toml")


def test_they_are_read_for_all_and_for_an_embassy(write: Write) -> None:
    read = load(
        write,
        'by = ["Ann Peeters <Ann@Example.org>", "desk@example.org"]\nmail = " press@example.org "',
        'approval = { by = ["\\"Maas, Ben\\" <ben@example.org>"] }\n',
    )
    assert not read.problems
    assert read.approval == ApprovalSettings(
        (ANN, Approver("desk@example.org", "desk@example.org")), True, "press@example.org"
    )
    assert read.embassies["nairobi"].approval == ApprovalSettings((Approver("Maas, Ben", "ben@example.org"),), True)


def test_without_a_word_of_it_anybody_may(write: Write) -> None:
    assert load(write).approval == ApprovalSettings((), False, None)
    assert not load(write, 'mail = "press@example.org"').approval.is_limited


@pytest.mark.parametrize(
    ("lines", "rule", "hint"),
    [
        ('by = ["Ann Peeters"]', "wrong-approver", '"Ann Peeters <ann@example.org>"'),
        ('by = ["Ann <ann@example.org>, Ben <ben@example.org>"]', "wrong-approver", "Write it like"),
        ('by = ["Ann <ann@example.org> <ben@example.org>"]', "wrong-approver", "Write it like"),
        ('by = ["Ann <ann@localhost>"]', "wrong-approver", "Write it like"),
        ('by = ["Ann <ann@example.org>", "ANN@example.org"]', "duplicate-approver", "Keep one."),
        ("by = []", "no-approver", "or leave the line out"),
        ('by = "Ann <ann@example.org>"', "wrong-type", 'by = ["…", "…"]'),
        ('bye = ["Ann <ann@example.org>"]', "unknown-key", "Did you mean “by”?"),
    ],
)
def test_a_mistake_lets_nobody_in_and_keeps_no_post_back(write: Write, lines: str, rule: str, hint: str) -> None:
    read = load(write, lines)
    rules = {problem.rule: problem for problem in read.problems}
    assert hint in rules[rule].hint and rules[rule].scope == NO_DELIVERY
    assert rules[rule].location.line == 4
    assert read.approval.is_limited
    read.require_usable()


def test_an_address_that_buttons_cant_write_to_is_said(write: Write) -> None:
    read = load(write, 'mail = "mailto:press@example.org, x@example.org"')
    assert [problem.rule for problem in read.problems] == ["wrong-address"]
    assert read.approval.mail is None and not read.approval.is_limited


@pytest.mark.parametrize("name", ["Ann Peeters", " ann  PEETERS ", "ann@example.org", "Ann Peeters <ann@example.org>"])
def test_a_name_typed_by_hand_is_known_again(name: str) -> None:
    assert ANN.is_called(name)


@pytest.mark.parametrize("name", ["Ann", "Peeters", "", "ann@example.com", "Ben <ann@example.org>"])
def test_another_name_isnt(name: str) -> None:
    assert not ANN.is_called(name)
