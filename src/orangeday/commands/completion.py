"""Completion of a command line by the shell: days, embassies, languages, platforms and posts, as the files have them.

A parameter is completed by its name, so that a command has nothing to do for it. Where the files can't be read there is
less to offer, and never an error: a person is amid a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from orangeday.clock import DAYS, system_clock
from orangeday.commands.files import DEFAULT_CONFIG, packaged_example
from orangeday.content import campaign, config
from orangeday.content.plan import Plan
from orangeday.platforms.registry import PLATFORMS

_Words = Iterator[tuple[str, str]]
"""Words to offer, each with what it stands for, or nothing."""


def add_to(parameter: Any) -> None:
    """Let the shell complete a command's parameter, where its name is one that the files have words for."""
    if words := _WORDS.get(parameter.name):
        parameter.shell_complete = partial(_offer, words)


def _offer(words: Callable[[Plan | None], _Words], ctx: Any, incomplete: str) -> list[Any]:
    from typer._click.shell_completion import CompletionItem

    plan = None
    with suppress(Exception):  # whatever is wrong with the files, `orangeday check` says it
        plan = _plan(ctx)
    return [CompletionItem(word, help=meaning or None) for word, meaning in words(plan) if word.startswith(incomplete)]


def _plan(ctx: Any) -> Plan:
    named_file = getattr(ctx.find_root().obj, "config", None)
    file = named_file or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else packaged_example())
    loaded_config = config.load(file)
    posts = campaign.load(loaded_config.posts)
    return Plan(posts, loaded_config, loaded_config.first_day(system_clock()))


def _days(plan: Plan | None) -> _Words:
    for number in DAYS:
        day = plan.campaign.days.get(number) if plan else None
        yield str(number), str(day.title or "") if day else ""
    yield "today", ""
    yield "tomorrow", ""
    yield "all", ""


def _embassies(plan: Plan | None) -> _Words:
    for name in plan.config.embassies if plan else ():
        yield name, ""


def _languages(plan: Plan | None) -> _Words:
    for language in sorted({delivery.language for delivery in plan or ()}):
        yield language, ""


def _platforms(_: Plan | None) -> _Words:
    for name, platform in PLATFORMS.items():
        yield name, platform.title


def _accounts(plan: Plan | None) -> _Words:
    for account in plan.accounts if plan else ():
        yield str(account), ""


def _targets(plan: Plan | None) -> _Words:
    yield from _embassies(plan)
    yield from _platforms(plan)
    yield from _accounts(plan)


def _keys(plan: Plan | None) -> _Words:
    for delivery in plan or ():
        yield delivery.key.partition("/")[2], ""


_WORDS: dict[str, Callable[[Plan | None], _Words]] = {
    "day": _days, "embassy": _embassies, "language": _languages, "platform": _platforms, "targets": _targets,
    "what": _targets, "key": _keys, "keys": _keys,
}  # fmt: skip
