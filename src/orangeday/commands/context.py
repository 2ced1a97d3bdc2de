"""The commands, one file each: a few lines of wiring between the rooms below. Here is what they share.

That is: options, the officer's files, and the way to a platform.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.clock import Clock, system_clock, utc
from orangeday.content import campaign, config
from orangeday.content.images import locate
from orangeday.content.plan import Plan
from orangeday.content.problems import EVERYTHING, UnreadableFiles, errors, nearest
from orangeday.errors import LedgerAway, LedgerError, OrangedayError
from orangeday.system import machine

if TYPE_CHECKING:
    from orangeday.adapters.base import Platform
    from orangeday.content.campaign import Campaign
    from orangeday.content.config import Account, Config
    from orangeday.content.plan import Delivery
    from orangeday.engine.status import Standing
    from orangeday.engine.years import Idle
    from orangeday.ledger.ledger import Ledger, Pause, Row, Settled

DEFAULT = Path("config.toml")

ToSend = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        help="Send posts of this campaign only, such as 16days-2026. If the files plan another, nothing is sent.",
        metavar="NAME",
    ),
]
ToReview = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        help="The campaign, such as 16days-2026. Unless given: the one that runs, or that begins within 30 days, or "
        "that ran last.",
        metavar="NAME",
    ),
]
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


LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="The record of posts, where config.toml can't be read: its file, or its address.",
        metavar="FILE",
    ),
]


class Files:
    """The officer's files as one: read, and read again when they have changed. Any thread may ask."""

    def __init__(
        self, config_file: Path, clock: Clock, embassies: list[str] | None = None, campaign: str | None = None
    ) -> None:
        """`campaign` names the one that is meant, where the config doesn't say when it starts."""
        self.config_file = config_file
        self.campaign = campaign
        self._clock = clock
        self._embassies = embassies
        self._lock = threading.RLock()
        self._stamp: object = None
        self._looked = time.monotonic()
        self._wrong: OrangedayError | None = None
        self._run: Run | None = None
        self.plan = self.read()

    def read(self, same: str | None = None) -> Plan:
        """The plan, as the files are now. Raises UnreadableFiles, or OrangedayError for an embassy that isn't there.

        `same` is the campaign that is planned so far: where the config names no day 1, it is planned on, also when
        the calendar has come to the next.
        """
        # The stamps are taken before the files are read: one that is edited meanwhile is read again.
        before = _stamp([self.config_file])
        read = config.load(self.config_file)
        there = _stamp(_posts(read.posts))
        posts = campaign.load(read.posts)
        pictures = tuple(_pictures_elsewhere(posts))
        stamp = before, read.posts, there, pictures, _stamp(pictures)
        named = None
        if meant := self.campaign or same:
            from orangeday.engine.years import first_day

            named = first_day(meant, posts.id)
        self.plan = Plan(posts, read, read.start or named or read.first_day(self._clock()))
        if self._embassies:
            unknown = [name for name in self._embassies if name not in read.embassies]
            if unknown:
                known = ", ".join(read.embassies)
                raise OrangedayError(f"There is no embassy “{unknown[0]}” in {self.config_file}. There are: {known}.")
            self.plan = self.plan.only(self._embassies)
        self._stamp = stamp
        return self.plan

    def begin(self, *, live: bool, chosen: bool) -> None:
        """From now on `newest` raises where the config says what a run that has begun can't take over.

        `chosen` says that an option made it what it is, and not the config.
        """
        self._run = Run(self.plan.config, live, chosen)

    def newest(self, max_age: float = 0.0) -> Plan:
        """The plan, as the files are now or were `max_age` seconds ago at most.

        Raises OrangedayError as long as they can't be used, or can't be taken over by the run that has begun.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= max_age:
                if self._changed():
                    self._wrong = None
                    try:
                        self._read_again()
                    except OrangedayError as failure:
                        self._wrong = failure
                self._looked = now
            if self._wrong:
                raise self._wrong.with_traceback(None)
            return self.plan

    def _changed(self) -> bool:
        if not isinstance(self._stamp, tuple):
            return True  # they couldn't be used as they were
        config_stamp, posts, stamp, pictures, of_pictures = self._stamp
        return bool(
            config_stamp != _stamp([self.config_file])
            or stamp != _stamp(_posts(posts))
            or of_pictures != _stamp(pictures)
        )

    def _read_again(self) -> None:
        from orangeday.engine.years import may_follow

        before = self.plan
        try:
            plan = self.read(before.campaign_id)
            plan.config.usable()
            must_be_named(plan)
            if self._run and (refusal := self._run.objection(plan.config)):
                raise refusal
            if objection := may_follow(before, plan, self._clock(), self.campaign):
                raise OrangedayError(objection)
        except BaseException:
            self.plan, self._stamp = before, None
            raise


class Run:
    """What a run began with and goes on with: another record of posts, or another mode, is for another run."""

    def __init__(self, config: Config, live: bool, chosen: bool) -> None:
        self._file = config.file
        self._ledger = config.ledger_url
        self._live = live
        self._chosen = chosen
        self._was_live = config.live

    def objection(self, config: Config) -> OrangedayError | None:
        """Why nothing may be sent by this config; None where it may."""
        if not self._live:
            if config.live and not self._was_live and not self._chosen:
                return OrangedayError(
                    f'{self._file} says mode = "live" now, and this is a dry run: it goes no further. Stop it, and '
                    "start it again to send for real."
                )
            return None
        if config.ledger_url != self._ledger:
            # Whoever started again would open the other one, which knows of none of these posts: it isn't advised.
            return OrangedayError(
                f"{self._file} names another record of posts than this program began with ([ledger] url), so nothing "
                "is sent. Write back what stood there. To move the record, first stop this program."
            )
        if self._was_live and not config.live:
            return OrangedayError(
                f'{self._file} says mode = "dry-run" now, so nothing is sent. Write mode = "live" to go on.'
            )
        self._was_live = self._was_live or config.live
        return None


def _posts(folder: Path) -> list[Path]:
    """The files of a campaign. No deeper than they lie: “posts” may be a slip, and say "/"."""
    patterns = ("*.toml", "media/*", "[0-9][0-9]-*/*", "[0-9][0-9]-*/*/*")
    return sorted({file for pattern in patterns for file in folder.glob(pattern)})


def _pictures_elsewhere(posts: Campaign) -> set[Path]:
    """The pictures of a campaign that don't lie where pictures are looked for."""
    found = (locate(posts.folder, name) for day in posts.days.values() for name in day.media)
    return {file for file in found if isinstance(file, Path)} - set(_posts(posts.folder))


def _stamp(files: Iterable[Path]) -> object:
    """What changes when any of the files does."""
    stamps = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        stamps.append((file, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
    return stamps


def files(
    ctx: typer.Context, embassies: list[str] | None = None, *, example: bool, campaign: str | None = None
) -> Files:
    """The files that a command works on; the packaged example where there are none, if `example` allows it."""
    return Files(config_file(ctx, example=example), system_clock, embassies, campaign)


def config_file(ctx: typer.Context, *, example: bool) -> Path:
    """The config that a command works on. Raises OrangedayError where there is none."""
    from orangeday.views import console

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
        console.say("There is no config.toml here: this is the example that orangeday carries.", "dim")
    return chosen or DEFAULT


def packaged_example() -> Path:
    """The example config, beside its posts: in the installed package, or at the top of a checkout."""
    installed = Path(str(resources.files("orangeday") / "example" / "config.example.toml"))
    return installed if installed.is_file() else Path(__file__).parents[3] / "config.example.toml"


def is_recorded(plan: Plan) -> bool:
    """Whether something of it may have gone out, as far as that can be told without opening the ledger."""
    kind, _, path = plan.config.ledger_url.partition(":///")
    return kind != "sqlite" or os.access(path.partition("?")[0], os.F_OK)


def must_exist(kind: str, asked: Iterable[str], there: Sequence[str]) -> None:
    """Raises OrangedayError where something is asked for that isn't there."""
    for name in asked:
        if name not in there:
            raise OrangedayError(f"There is no {kind} “{name}”. {nearest(name, there)}There are: {', '.join(there)}.")


def must_be_named(plan: Plan) -> None:
    """Raises UnreadableFiles where the campaign's id can't be read: whatever is sent would be of another campaign."""
    if not campaign.ID.fullmatch(plan.campaign.id):
        wrong = [problem for problem in errors(plan.campaign.problems) if problem.concern == EVERYTHING]
        file = plan.campaign.folder / "campaign.toml"
        raise UnreadableFiles(f"{file} has no id that can be used, so nothing is sent.", wrong)


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
    from orangeday.ledger.ledger import Ledger

    ledger = Ledger(plan.config.ledger_url, system_clock, who=who(by))
    ledger.remember()
    return ledger


def ledger_to_read(plan: Plan, by: str | None = None, *, to_note: bool = False) -> AbstractContextManager[Ledger]:
    """The ledger of the live runs, for who may only read it as well; an empty one where there is none yet.

    With `to_note` what is seen is to be kept in its log, where that may be written.
    """
    from orangeday.ledger.ledger import Ledger, exists, throwaway

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


def plan_to_review(plan: Plan, ledger: Ledger, campaign: str | None = None) -> Plan:
    """The campaign that a look back or a correction is about, where the files make `plan`. See `years.plan_to_review`.

    Says so where it is another than the files plan and nobody named it. Raises OrangedayError for a wrong name.
    """
    from orangeday.engine import years
    from orangeday.views import console

    meant = years.plan_to_review(plan, ledger, system_clock(), campaign)
    if campaign is None and meant.campaign_id != plan.campaign_id:
        console.say(f"This is {meant.campaign_id}. For the other one: --campaign {plan.campaign_id}", "dim")
    return meant


@dataclass(frozen=True)
class Emergency:
    """What a command has that must work whatever else is broken: the ledger, and the config where it can be read."""

    ledger: Ledger
    config: Config | None
    broken: OrangedayError | None
    """Why the config can't be used."""

    @property
    def looked(self) -> str:
        """When a live run last looked into this ledger."""

        last = self.ledger.last_sweep()
        return f"A live run last looked there at {utc(last)}." if last else "No live run has ever looked there."


def emergency(ctx: typer.Context, address: str | None, by: str | None, *, to_read: bool = False) -> Emergency:
    """The ledger of the live runs, by its address alone. Close it when done.

    With `to_read` one that can't be written is opened all the same. It is made only where a sound config says where:
    what is mistyped in the midst of an emergency must not end in an empty one, and a word that nothing was stopped by.
    Raises OrangedayError, with exit status 1 where there is none.
    """
    from orangeday.ledger.ledger import Ledger, exists

    read: Config | None = None
    broken: OrangedayError | None = None
    if address is not None:
        url = address if "://" in address else f"sqlite:///{Path(address).absolute().as_posix()}"
        with suppress(OrangedayError):
            read = config.load(config_file(ctx, example=False))
    else:
        file = config_file(ctx, example=False)
        try:
            read = config.load(file).usable()
            url = read.ledger_url
        except OrangedayError as failure:
            broken = failure
            found = config.ledger_url(file)
            if found is None:
                raise OrangedayError(
                    f"{file} can't be read, and so nobody knows where the record of posts is. Nothing was changed. "
                    "Name it: --ledger orangeday.db, or the address of its server."
                ) from failure
            url = found
    if (address is not None or broken) and not exists(url):
        raise NoLedger(f"There is no record of posts at {_shown(url)}. Nothing was paused, nothing was changed.")
    try:
        ledger = Ledger(url, system_clock, who=who(by))
        ledger.remember()
    except LedgerAway:
        raise
    except LedgerError:
        if not to_read:
            raise
        ledger = Ledger(url, system_clock, who=who(by), read_only=True)
    return Emergency(ledger, read, broken)


class NoLedger(OrangedayError):
    """There is no ledger where one was named: a person has to look."""

    exit_status = 1


def _shown(url: str) -> str:
    """A ledger's address without a password in it."""
    return url.partition(":///")[2] if url.startswith("sqlite:") else re.sub(r"//[^/@]*@", "//", url)


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
    from orangeday.ledger.ledger import throwaway

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


def delivery(plan: Plan, key: str, ledger: Ledger | None = None) -> Delivery:
    """What a key typed by hand names, with or without the campaign in front. Raises OrangedayError.

    With a `ledger`, in front may stand any campaign that it knows.
    """
    from orangeday.engine.years import campaign_of

    full = _in_full(plan.campaign_id, key)
    of = full.partition("/")[0]
    if ledger and of != plan.campaign_id and of in ledger.served():
        plan = campaign_of(plan, ledger, of)
    found = plan.find(full)
    if found is None:
        raise OrangedayError(f"The plan has no “{key}”. `orangeday status` lists them all, like 05/nairobi/x/en.")
    return found


def row_named(ledger: Ledger, campaign: str, key: str) -> Row | None:
    """What the ledger knows of a post by a key typed by hand; of this campaign, unless another stands in front."""
    full = _in_full(campaign, key)
    return ledger.rows([full]).get(full)


def _in_full(campaign: str, key: str) -> str:
    """A key as the ledger has it: with the campaign in front, which is this one unless it is typed."""
    parts = key.strip("/").split("/")
    if len(parts) == 4:
        parts.insert(0, campaign)
    if len(parts) == 5 and parts[1].isdecimal():
        parts[1] = f"{int(parts[1]):02}"
    return "/".join(parts)


def touched(plan: Plan, ledger: Ledger, key: str) -> Row:
    """What the ledger knows of a post, even one that the plan has lost. Raises OrangedayError where it is nothing."""
    full = _in_full(plan.campaign_id, key)
    if row := ledger.rows([full]).get(full):
        return row
    raise OrangedayError(f"Nothing has happened to {delivery(plan, key, ledger).key} yet; nothing was changed.")


def planned(plan: Plan, ledger: Ledger, row: Row) -> Delivery | None:
    """What the files plan for a row of the ledger, of whichever campaign; None where they have lost it."""
    from orangeday.engine.years import campaign_of

    return campaign_of(plan, ledger, row.campaign).find(row.key)


def nothing_to_send(plan: Plan, live: bool, campaign: str | None) -> Idle | None:
    """Why a run may send nothing at all, where that is so: a campaign that is over, or isn't the one that is meant.

    No ledger is made for that. Raises OrangedayError where there is no campaign of that name.
    """
    from orangeday.engine import years

    if live:
        must_be_named(plan)
    elif campaign is None:
        return None
    with ledger_to_read(plan) as ledger:
        return years.nothing_to_send(plan, ledger, system_clock(), campaign)


def do_nothing(plan: Plan, idle: Idle, live: bool) -> list[Standing]:
    """All that a live run does then: it looks after what is in doubt, and what was missed, of what ran last."""
    from orangeday.engine.alerts import Alerts, Cause, causes
    from orangeday.engine.publisher import Publisher
    from orangeday.engine.years import is_unfinished
    from orangeday.ledger.ledger import exists

    touched: list[Standing] = []
    now = system_clock()
    if live and exists(plan.config.ledger_url):
        with closing(live_ledger(plan)) as ledger, closing(Alerts(ledger, system_clock, _in_red)) as alerts:
            found = [Cause("held, all of it", idle.why)] if idle.needs_person else []
            if idle.over and is_unfinished(idle.over, ledger, now):
                with closing(Publisher(idle.over, ledger, _if_any(idle.over), system_clock, live=True)) as publisher:
                    touched = publisher.wind_up(now)
                found += causes(touched)
            alerts.tell(idle.over or plan, found)
    return touched


def _if_any(plan: Plan) -> Callable[[Account], Platform]:
    """How an account is connected, or why none can be: its credentials may be gone, and what was missed is noted."""
    from orangeday.adapters.base import Deferred

    try:
        return road(plan, True, system_clock)
    except OrangedayError as failure:
        why = str(failure)

    def connect(account: Account) -> Platform:
        raise Deferred(why, system_clock() + timedelta(minutes=5), "account", True)

    return connect


def _in_red(wrong: str) -> None:
    from orangeday.views import console

    console.say(wrong, "red")


def road(plan: Plan, live: bool, clock: Clock) -> Callable[[Account], Platform]:
    """How an account is connected. Raises OrangedayError where a live run has no way to send."""
    if not live:
        from orangeday.adapters.dry_run import DryRun

        return lambda account: DryRun(account, clock)

    from orangeday.adapters import ADAPTERS
    from orangeday.system import credentials

    if cannot := sorted({account.platform for account in plan.accounts} - ADAPTERS.keys()):
        raise OrangedayError(f"This version can't send to {' and '.join(cannot)}; nothing was sent. Use --dry-run.")
    lacking = (credentials.find(account.embassy, account.platform)[1] for account in plan.accounts)
    first = next(lacking, None)
    if first is None or (first and all(lacking)):  # it asks no further than to one that has them: a keyring is slow
        example = f" Set {', '.join(first)}, and those of the others." if first else ""
        why = credentials.why_no_keyring()
        raise OrangedayError(f"No account has its credentials here{why}; nothing was sent.{example}")

    return lambda account: connect(account, clock)


def connect(account: Account, clock: Clock) -> Platform:
    """An account, connected with the credentials that it has now. Raises Deferred or Refused."""
    from orangeday.adapters import ADAPTERS
    from orangeday.adapters.base import Deferred
    from orangeday.system import credentials

    found, missing = credentials.find(account.embassy, account.platform)
    if missing:
        until = clock() + timedelta(minutes=5)
        why = credentials.why_no_keyring()
        raise Deferred(f"{account} has no credentials here{why}: set {', '.join(missing)}", until, "account", True)
    platform: Platform = import_module(ADAPTERS[account.platform]).connect(account, found, clock)
    return platform


def credentials_of(live: bool) -> Callable[[Account], object]:
    """What an account would be connected with now: a connection is dropped where it is something else."""
    if not live:
        return lambda _: None

    from orangeday.system import credentials

    return lambda account: credentials.find(account.embassy, account.platform)


def advice_on(account: Account) -> str:
    """What a program that goes on running can't take over of what lets an account in; or nothing."""
    from orangeday.system import credentials

    fixed = credentials.set_in_environment(credentials.variables(account.embassy, account.platform).values())
    if not fixed:
        return ""
    are, they_are = ("is", "it is") if len(fixed) == 1 else ("are", "they are")
    return f". {', '.join(fixed)} {are} set in the environment of this program: start it again once {they_are} renewed"


def brakes(plan: Plan) -> Iterable[Pause]:
    """The pauses that hold live runs now."""
    with ledger_to_read(plan) as ledger:
        return ledger.pauses()


def settle_in(plan: Plan, ledger: Ledger, now: datetime) -> Settled:
    """Makes a live run's ledger and its campaign acquainted; one that is new in mid-campaign is paused from here on."""
    return ledger.settle_in(plan.campaign_id, plan.is_running(now), plan.scope)


def price_of(
    plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery], *, held: bool = False
) -> str | None:
    """What X charges for those of these that may still go out, to be said before anything does.

    With `held` those as well that are due and held now, since they may be let go.
    """
    from orangeday.approvals import store as approvals
    from orangeday.content.pricing import charges
    from orangeday.engine.status import look
    from orangeday.ledger.ledger import State
    from orangeday.views import sentences

    on_x = [delivery for delivery in deliveries if delivery.platform == "x"]
    approved = approvals.load(plan.campaign.folder) if plan.config.require_approval and on_x else None
    ahead = (State.SCHEDULED, State.DEFERRED, *([State.HELD] if held else []))
    going = [s.delivery for s in look(plan, ledger, now, on_x, approved) if s.state in ahead]
    return sentences.charged(charges(going, plan.config.prices))


def parting_words(plan: Plan, now: datetime) -> str:
    """What a dry run ends with: that it was one, and what a live run would hold, and why."""
    from orangeday.approvals import store as approvals
    from orangeday.rules.catalogue import hindrances

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
        withdrawn = sum(approved.taken_down(delivery) is not None for delivery in ahead)
        unapproved = sum(approved.objection(delivery) is not None for delivery in ahead) - withdrawn
        if withdrawn:
            words.append(f"{withdrawn} were withdrawn and are not posted: see `orangeday status`.")
        if unapproved > 0:
            words.append(f"{unapproved} are held until they are approved: see `orangeday approve --diff`.")
    words += [f"Live runs are held: {pause.scope}, {pause}. `orangeday resume` lets them go." for pause in brakes(plan)]
    return " ".join(words)
