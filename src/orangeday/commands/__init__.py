"""The commands, one file each: a few lines of wiring between the rooms below. Here is what they share.

That is: options, the officer's files, and the way to a platform.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from datetime import datetime, timedelta
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import campaign, config, machine
from orangeday.clock import Clock, system_clock
from orangeday.errors import LedgerAway, LedgerError, OrangedayError
from orangeday.plan import Plan
from orangeday.problems import nearest

if TYPE_CHECKING:
    from orangeday.config import Account
    from orangeday.ledger import Ledger, Pause, Row
    from orangeday.plan import Delivery
    from orangeday.platforms.base import Platform

DEFAULT = Path("config.toml")

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead.")]
Embassies = Annotated[
    list[str] | None, typer.Option("--embassy", help="Only this embassy; may be repeated.", metavar="NAME")
]
SendNothing = Annotated[bool, typer.Option("--dry-run", help="Send nothing, remember nothing.")]
SendForReal = Annotated[bool, typer.Option("--live", help="Send for real.")]
Separator = Annotated[
    str,
    typer.Option(help="Of a table's cells: , or tab, or ; which Excel wants in much of Europe.", metavar="SIGN"),
]
By = Annotated[
    str | None, typer.Option("--by", help="Who acts; the operating system's user, unless given.", metavar="NAME")
]
Key = Annotated[str, typer.Argument(help="A post, as `orangeday status` names it: 05/nairobi/x/en.", metavar="KEY")]
Keys = Annotated[list[str], typer.Argument(help="Posts, as `orangeday status` names them.", metavar="KEY")]


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
    return Files(config_file(ctx, example=example), system_clock, embassies)


def config_file(ctx: typer.Context, *, example: bool) -> Path:
    """The config that a command works on. Raises OrangedayError where there is none."""
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
    return chosen or DEFAULT


def packaged_example() -> Path:
    """The example config, beside its posts: in the installed package, or at the top of a checkout."""
    installed = Path(str(resources.files("orangeday") / "example" / "config.example.toml"))
    return installed if installed.is_file() else Path(__file__).parents[3] / "config.example.toml"


def must_exist(kind: str, asked: Iterable[str], there: Sequence[str]) -> None:
    """Raises OrangedayError where something is asked for that isn't there."""
    for name in asked:
        if name not in there:
            raise OrangedayError(f"There is no {kind} “{name}”. {nearest(name, there)}There are: {', '.join(there)}.")


def is_live(plan: Plan, dry_run: bool, live: bool) -> bool:
    """Whether to send for real: as the options say, or else the config."""
    if dry_run and live:
        raise OrangedayError("Say --dry-run or --live, not both.")
    return live or (plan.config.live and not dry_run)


def who(by: str | None) -> str:
    """Whose word it is, in a line: the operating system's user, unless given. Raises OrangedayError."""
    name = machine.user() if by is None else " ".join("".join(c if c.isprintable() else " " for c in by).split())[:100]
    if not name:
        raise OrangedayError("Say who you are: --by NAME. Nothing was changed.")
    return name


def live_ledger(plan: Plan, by: str | None = None) -> Ledger:
    """The ledger of the live runs, opened or made, in the hand of `by`. Close it when done."""
    from orangeday.ledger import Ledger

    ledger = Ledger(plan.config.ledger_url, system_clock, who=who(by))
    ledger.remember()
    return ledger


def ledger_to_read(plan: Plan, by: str | None = None, *, to_note: bool = False) -> AbstractContextManager[Ledger]:
    """The ledger of the live runs, for who may only read it as well; an empty one where there is none yet.

    With `to_note` what is seen is to be kept in its log, where that may be written.
    """
    from orangeday.ledger import Ledger, exists, throwaway

    if not exists(plan.config.ledger_url):
        return throwaway(system_clock)  # asking makes none
    if to_note:
        try:
            return closing(live_ledger(plan, by))
        except LedgerAway:
            raise
        except LedgerError:
            pass  # it may be that it can be read
    return closing(Ledger(plan.config.ledger_url, system_clock, who=who(by), read_only=True))


def as_it_went(plan: Plan, ledger: Ledger) -> Plan:
    """The plan to look back on: once a campaign is over, and the next is far, what counts is how it went."""
    before = plan.a_year_earlier()
    return before if not ledger.has_seen(plan.campaign_id) and ledger.has_seen(before.campaign_id) else plan


def write_document(file: Path, content: bytes, mark: bytes) -> None:
    """Writes the whole document, or nothing. Raises OrangedayError.

    What is there already is replaced if it is one of the same kind: it has this `mark` near its beginning.
    """
    try:
        if file.exists() and not file.is_file():
            with suppress(BrokenPipeError):  # whoever was to read it is gone
                file.write_bytes(content)  # a terminal or a pipe; a folder says itself that it is one
            return
        target = file.resolve()
        if target.exists():
            with target.open("rb") as there:
                begins = there.read(2000)
            if begins.strip() and mark not in begins:
                raise OrangedayError(
                    f"{file} is there already, and is something else; it was left as it is. Name another file."
                )
            mode = target.stat().st_mode & 0o777
        else:
            os.umask(mask := os.umask(0o077))
            mode = 0o666 & ~mask
        machine.write(target, content, mode=mode)
    except (OSError, ValueError) as failure:  # the latter of a name that no file can have
        why = getattr(failure, "strerror", None) or str(failure)
        raise OrangedayError(f"{file} can't be written: {why}. Choose a file that you may write.") from failure


def ledger_to_send(plan: Plan, live: bool) -> AbstractContextManager[Ledger]:
    """The ledger that a run writes in: a dry run's is thrown away. Raises LedgerError."""
    from orangeday.ledger import throwaway

    if not live:
        return throwaway(system_clock)
    ledger = live_ledger(plan)
    try:
        # At once: no later sweep could mend that.
        ledger.see_where_it_lies()
        machine.identity()
    except BaseException:
        ledger.close()
        raise
    return closing(ledger)


def delivery(plan: Plan, key: str) -> Delivery:
    """What a key typed by hand names, with or without the campaign in front. Raises OrangedayError."""
    parts = key.strip("/").split("/")
    if len(parts) == 4:
        parts.insert(0, plan.campaign_id)
    if len(parts) == 5 and parts[1].isdecimal():
        parts[1] = f"{int(parts[1]):02}"
    found = plan.find("/".join(parts))
    if found is None:
        raise OrangedayError(f"The plan has no “{key}”. `orangeday status` lists them all, like 05/nairobi/x/en.")
    return found


def touched(plan: Plan, ledger: Ledger, key: str) -> Row:
    """What the ledger knows of a post, even one that the plan has lost. Raises OrangedayError where it is nothing."""
    known = ledger.rows([key]).get(key)
    if known:
        return known
    of = delivery(plan, key)
    row = ledger.rows([of.key]).get(of.key)
    if row is None:
        raise OrangedayError(f"Nothing has happened to {of.key} yet; nothing was changed.")
    return row


def road(plan: Plan, live: bool, clock: Clock) -> Callable[[Account], Platform]:
    """How an account is connected. Raises OrangedayError where a live run has no way to send."""
    if not live:
        from orangeday.platforms.dry_run import DryRun

        return lambda account: DryRun(account, clock)

    from orangeday import credentials
    from orangeday.platforms import ADAPTERS
    from orangeday.platforms.base import Deferred

    if cannot := sorted({account.platform for account in plan.accounts} - ADAPTERS.keys()):
        raise OrangedayError(f"This version can't send to {' and '.join(cannot)}; nothing was sent. Use --dry-run.")
    lacking = (credentials.find(account.embassy, account.platform)[1] for account in plan.accounts)
    first = next(lacking, None)
    if first is None or (first and all(lacking)):  # it asks no further than to one that has them: a keyring is slow
        example = f" Set {', '.join(first)}, and those of the others." if first else ""
        why = credentials.why_no_keyring()
        raise OrangedayError(f"No account has its credentials here{why}; nothing was sent.{example}")

    def connect(account: Account) -> Platform:
        found, missing = credentials.find(account.embassy, account.platform)
        if missing:
            until = clock() + timedelta(minutes=5)
            why = credentials.why_no_keyring()
            raise Deferred(f"{account} has no credentials here{why}: set {', '.join(missing)}", until, "account", True)
        platform: Platform = import_module(ADAPTERS[account.platform]).connect(account, found, plan.config, clock)
        return platform

    return connect


def brakes(plan: Plan) -> Iterable[Pause]:
    """The pauses that hold live runs now."""
    with ledger_to_read(plan) as ledger:
        return ledger.pauses()


def say_price(plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery]) -> None:
    """What X charges for those of these that may still go out, said before anything does."""
    from orangeday import approvals, output
    from orangeday.charges import charges
    from orangeday.ledger import State
    from orangeday.standing import look

    on_x = [delivery for delivery in deliveries if delivery.platform == "x"]
    approved = approvals.load(plan.campaign.folder) if plan.config.require_approval and on_x else None
    ahead = (State.SCHEDULED, State.DEFERRED)
    going = [s.delivery for s in look(plan, ledger, now, on_x, approved) if s.state in ahead]
    if price := output.charged(charges(going, plan.config.prices)):
        output.say(price)


def parting_words(plan: Plan, now: datetime) -> str:
    """What a dry run ends with: that it was one, and what a live run would hold, and why."""
    from orangeday import approvals
    from orangeday.rules import hindrances

    words = ["Dry run: nothing was sent, and nothing is remembered."]
    concerns = [problem.concern for problem in hindrances(plan, list(plan))]
    ahead = [d for d in plan if d.closes > now]
    held = sum(any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in concerns) for d in ahead)
    if held:
        words.append(
            f"{held} of the {len(ahead)} posts to come are held by errors in the files: see `orangeday check`."
        )
    if plan.config.require_approval:
        approved = approvals.load(plan.campaign.folder)
        unapproved = sum(approved.objection(delivery) is not None for delivery in ahead)
        if unapproved:
            words.append(f"{unapproved} are held until they are approved: see `orangeday approve --diff`.")
    words += [f"Live runs are held: {pause.scope}, {pause}. `orangeday resume` lets them go." for pause in brakes(plan)]
    return " ".join(words)
