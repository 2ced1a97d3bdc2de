"""The commands, one file each: a few lines of wiring between the rooms below. Here is what they share.

That is: options, the officer's files, and the way to a platform.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import campaign, config
from orangeday.clock import Clock, system_clock
from orangeday.errors import OrangedayError
from orangeday.plan import Plan

if TYPE_CHECKING:
    from orangeday.config import Account
    from orangeday.platforms.base import Platform

DEFAULT = Path("config.toml")

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead.")]
Embassies = Annotated[
    list[str] | None, typer.Option("--embassy", help="Only this embassy; may be repeated.", metavar="NAME")
]
SendNothing = Annotated[bool, typer.Option("--dry-run", help="Send nothing, remember nothing.")]
SendForReal = Annotated[bool, typer.Option("--live", help="Send for real.")]


class Files:
    """The officer's files as one: read, and read again when they have changed."""

    def __init__(self, config_file: Path, clock: Clock, embassies: list[str] | None = None) -> None:
        self.config_file = config_file
        self._clock = clock
        self._embassies = embassies
        self._stamp: object = None
        self.plan = self.read()

    def read(self) -> Plan:
        """The plan, as the files are now. Raises UnreadableFiles, or OrangedayError for an embassy that isn't there."""
        read = config.load(self.config_file)
        self._stamp = _stamp(self.config_file, read.posts)
        self.plan = Plan(campaign.load(read.posts), read, read.first_day(self._clock()))
        if self._embassies:
            unknown = [name for name in self._embassies if name not in read.embassies]
            if unknown:
                known = ", ".join(read.embassies)
                raise OrangedayError(f"There is no embassy “{unknown[0]}” in {self.config_file}. There are: {known}.")
            self.plan = self.plan.only(self._embassies)
        return self.plan

    def reread(self) -> Plan | None:
        """The plan, where the files have changed since they were last read. Raises while they can't be used."""
        if self._stamp == _stamp(self.config_file, self.plan.config.posts):
            return None
        self._stamp = None  # unless it can be read to the end, it is to be read again
        plan = self.read()
        plan.config.usable()
        return plan


def _stamp(config_file: Path, posts: Path) -> object:
    """What changes when any of the files does. No deeper than they lie: “posts” may be a slip, and say "/"."""
    patterns = ("*.toml", "media/*", "[0-9][0-9]-*/*", "[0-9][0-9]-*/*/*")
    stamps = []
    for file in (config_file, *sorted({file for pattern in patterns for file in posts.glob(pattern)})):
        try:
            status = file.stat()
        except OSError:
            continue
        stamps.append((file, status.st_mtime_ns, status.st_size, status.st_ino))
    return stamps


def files(ctx: typer.Context, embassies: list[str] | None = None, *, example: bool) -> Files:
    """The files that a command works on; the packaged example where there are none, if `example` allows it."""
    from orangeday import output

    chosen: Path | None = ctx.find_root().obj.config
    # Whatever has the name is read, to say what is wrong with it: a folder, say.
    if chosen is not None and not os.path.lexists(chosen):
        raise OrangedayError(f"There is no file {chosen}. Check --config, or run `orangeday init` to write one.")
    if chosen is None and not os.path.lexists(DEFAULT):
        if not example:
            raise OrangedayError(
                "There is no config.toml here. Run `orangeday init` to write one, or say --config FILE."
            )
        chosen = packaged_example()
        output.say("There is no config.toml here: this is the example that orangeday carries.", "dim")
    return Files(chosen or DEFAULT, system_clock, embassies)


def packaged_example() -> Path:
    """The example config, beside its posts: in the installed package, or at the top of a checkout."""
    installed = Path(str(resources.files("orangeday") / "example" / "config.example.toml"))
    return installed if installed.is_file() else Path(__file__).parents[3] / "config.example.toml"


def is_live(plan: Plan, dry_run: bool, live: bool) -> bool:
    """Whether to send for real: as the options say, or else the config."""
    if dry_run and live:
        raise OrangedayError("Say --dry-run or --live, not both.")
    return live or (plan.config.live and not dry_run)


def road(plan: Plan, live: bool, clock: Clock) -> Callable[[Account], Platform]:
    """How an account is connected. Raises OrangedayError where a live run has no way to send."""
    if live:
        from orangeday.text import PLATFORMS

        titles = " and ".join(PLATFORMS[name].title for name in sorted({account.platform for account in plan.accounts}))
        raise OrangedayError(f"This version of orangeday can't send to {titles} yet; nothing was sent. Use --dry-run.")
    from orangeday.platforms.dry_run import DryRun

    def connect(account: Account) -> Platform:
        return DryRun(account, clock)

    return connect


def parting_words(plan: Plan, now: datetime) -> str:
    """What a dry run ends with: that it was one, and what a live run would do differently."""
    from orangeday.rules import hindrances

    concerns = [problem.concern for problem in hindrances(plan, list(plan))]
    ahead = [d for d in plan if d.closes > now]
    held = sum(any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in concerns) for d in ahead)
    broken = (
        f" {held} of the {len(ahead)} posts to come are held by errors in the files: see `orangeday check`."
        if held
        else ""
    )
    return f"Dry run: nothing was sent, and nothing is remembered. This version can't send for real yet.{broken}"
