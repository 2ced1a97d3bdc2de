from __future__ import annotations

import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, cast

import typer

from orangeday.adapters.base import Deferred, PlatformError
from orangeday.approvals import model
from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.connector import connect
from orangeday.commands.files import files
from orangeday.commands.ledgers import Emergency, emergency
from orangeday.commands.options import By, LedgerOption, ToReview
from orangeday.commands.selection import plan_to_review, planned, row_named
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.content.toml import Text
from orangeday.engine.account_run import midnight
from orangeday.engine.takedown import take_down
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.records import Row
from orangeday.ledger.states import NotArmed, State
from orangeday.platforms.registry import PLATFORMS
from orangeday.system import machine
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orangeday.ledger.ledger import Ledger

_PATIENCE = 60
"""The seconds for which an account is waited for that another program is using."""


@dataclass(frozen=True, order=True)
class _Words:
    """A text as it is withdrawn: of a day, in a language; `of` is the embassy whose own it is, or ""."""

    campaign: str
    day: int
    language: str
    of: str

    def __str__(self) -> str:
        return f"day {self.day} in “{self.language}”" + (f" ({self.of}'s own words)" if self.of else "")


def retract(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(help="Posts, as `orangeday status` names them.", metavar="KEY")
    ] = None,
    day: Annotated[int | None, typer.Option(help="All that was published of this day.", metavar="N")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let a corrected post take its place, if its time hasn't passed.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever the text is.", metavar="TEXT")] = "",
    service: Annotated[
        str | None,
        typer.Option(help="For a post of an older version: the service it was sent through.", metavar="ADDRESS"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    by: By = None,
    campaign: ToReview = None,
    ledger: LedgerOption = None,
) -> int:
    """Take down what was published: it asks first, and looks whether it is gone.

    First its text is withdrawn: no program posts it any more, for any embassy on any platform, until you approve it
    again with `orangeday approve DAY --language CODE --again`. With --replace a corrected text, approved like that,
    may go out in its place: once, and only while its time hasn't passed.
    """
    if bool(keys) is (day is not None):
        raise OrangedayError("Say what to take down: KEY…, or --day N for all of a day.")
    found = emergency(ctx, ledger, by, to_read=True)
    with closing(found.ledger) as book, machine.borrowed_state():
        plan = _plan(ctx, found)
        meant = plan_to_review(plan, book, campaign) if plan else None
        rows = _rows(book, meant, campaign, keys, day)
        if not rows:
            console.say(f"Nothing of day {day} is published.")
            return 0
        if replace and any(_is_over(plan, row) for row in rows):
            raise OrangedayError("That campaign is over: nothing can take a post's place. Leave --replace out.")
        if not _agreed(book, rows, yes):
            return 0
        job = _Job(book, plan, found, reason, service)
        failed = job.withdraw(rows)
        for row in rows:
            failed |= job.take_down(row, replace)
        failed |= job.withdraw_approvals(rows)
    if replace and not failed:
        console.say("Next: correct the text; then `orangeday approve DAY --language CODE --again` posts it.", "dim")
    return 1 if failed else 0


def _is_over(plan: Plan | None, row: Row) -> bool:
    """Return whether a post's campaign is another than the files plan, or has ended."""
    return plan is not None and (row.campaign != plan.campaign_id or plan.is_over(system_clock()))


def _plan(ctx: typer.Context, found: Emergency) -> Plan | None:
    """Return the plan of the files; None where they can't be read, which keeps nothing up."""
    if found.config is None:
        return None
    try:
        plan = files(ctx, example=False).plan
    except OrangedayError as failure:
        console.say(f"{failure} What is up is taken down all the same.", "yellow")
        return None
    if not plan.campaign.id:
        console.say(f"{plan.campaign.folder} can't be read. What is up is taken down all the same.", "yellow")
        return None
    return plan


def _rows(
    ledger: Ledger, plan: Plan | None, campaign: str | None, keys: Sequence[str] | None, day: int | None
) -> list[Row]:
    """Return what is to be taken down: published, or perhaps so. Raises OrangedayError where a post asked for isn't."""
    up = (State.PUBLISHED, State.UNSURE, State.ARMED)
    served = ledger.served()
    name = plan.campaign_id if plan else campaign or (served[-1] if served else "")
    if day is not None:
        return [row for row in ledger.campaign(name).values() if row.day == day and row.state in up]
    rows = [row_named(ledger, name, key) for key in dict.fromkeys(keys or ())]
    for row, key in zip(rows, dict.fromkeys(keys or ()), strict=True):
        if row is None or row.state not in up:
            raise OrangedayError(f"{row.key if row else key} isn't published; nothing was taken down.")
    return [row for row in rows if row]


def _agreed(ledger: Ledger, rows: Sequence[Row], yes: bool) -> bool:
    """Show these posts, and return whether a person says yes to taking them down."""
    frozen = ledger.frozen(rows)
    for row in rows:
        unsure = "" if row.receipt else "  (nobody knows whether it is there: it is looked for first)"
        console.say(f"{row.key}  {row.receipt.url if row.receipt else ''}{unsure}")
        for sent in frozen.get(row.key, [])[-1:]:
            console.say(sent.text, "dim")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OrangedayError("Without a terminal to ask on, say --yes; nothing was taken down.")
    posts = "this post" if len(rows) == 1 else f"these {len(rows)} posts"
    if typer.confirm(f"Take down {posts}?", err=True):
        return True
    console.say("Nothing was taken down.")
    return False


class _Job:
    """The taking down of some posts. What fails is said, and keeps none of the others up."""

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan | None,
        found: Emergency,
        reason: str,
        service: str | None,
    ) -> None:
        self._ledger = ledger
        self._plan = plan
        self._config = found.config
        self._reason = reason
        self._service = service
        self._now = system_clock()

    def withdraw(self, rows: Iterable[Row]) -> bool:
        """Note in the ledger that these texts are withdrawn, before anything else; return whether that failed."""
        failed = False
        for words in sorted({words for row in rows for words in self._words(row)}):
            try:
                self._ledger.withdraw(words.campaign, words.day, words.language, words.of, self._reason)
            except LedgerError as failure:
                failed = True
                console.say(
                    f"The withdrawal of {words} could not be noted, so it may go out elsewhere: {failure}", "red"
                )
                console.say("Stop everything at once: orangeday pause", "red")
            else:
                console.say(f"Withdrawn: {words}. It is not posted again unless it is approved again.")
        return failed

    def take_down(self, row: Row, replace: bool) -> bool:
        """Take one post down; return whether that failed."""

        def busy() -> None:
            console.say(f"Another program is using {row.embassy}/{row.platform}: waiting for it, a minute at most …")

        try:
            account = self._account(row)
            platform = connect(account, system_clock)
            done = take_down(
                self._ledger, system_clock, platform, account.address, row, self._day_began(row),
                replace=replace, patience=_PATIENCE, busy=busy,
            )  # fmt: skip
        except (PlatformError, NotArmed, OrangedayError) as failure:
            self._note(row, str(failure))
            later = f" Try again after {failure.until:%H:%M} UTC." if isinstance(failure, Deferred) else ""
            console.say(f"{row.key} could not be taken down, and may still be live: {failure}{later}", "red")
            return True
        if done.unwritten:
            console.say(f"{row.key} is taken down, but that could not be noted: {done.unwritten}", "red")
            return True
        there = "is taken down" if done.was_there else "isn't there: there was nothing to take down"
        console.say(f"{row.key} {there}.")
        return False

    def withdraw_approvals(self, rows: Iterable[Row]) -> bool:
        """Note the withdrawals in approvals.toml; return whether that failed."""
        if self._plan is None:
            console.say(
                "approvals.toml was left as it is: the files can't be read. The record of posts has it.", "yellow"
            )
            return True
        failed = False
        rows = list(rows)
        of_now = [row for row in rows if row.campaign == self._plan.campaign_id]
        for words in sorted({words for row in of_now for words in self._words(row)}):
            try:
                folder = self._plan.campaign.folder
                text = model.Subject(words.day, words.language, words.of or None)
                approvals.withdraw(folder, text, self._ledger.who, self._now, self._reason)
            except OrangedayError as failure:
                failed = True
                console.say(
                    f"{failure} The withdrawal stands in the record of posts, which counts here; another computer that "
                    "takes its approvals from that file doesn't know of it.",
                    "red",
                )
        if same := [row for row in rows if row not in of_now and self._says_it_again(row)]:
            days = ", ".join(str(number) for number in sorted({row.day for row in same}))
            console.say(
                f"{self._plan.campaign_id} has the same words on day {days}, where they aren't withdrawn: change them.",
                "yellow",
            )
        return failed

    def _words(self, row: Row) -> list[_Words]:
        """Return the texts that a post may have said: two where the files don't tell any more whose words they were."""
        delivery = planned(self._plan, self._ledger, row) if self._plan else None
        if delivery and delivery.translation:
            return [_Words(row.campaign, row.day, row.language, delivery.translation.embassy or "")]
        return [_Words(row.campaign, row.day, row.language, of) for of in ("", row.embassy)]

    def _says_it_again(self, row: Row) -> bool:
        """Return whether the files plan, for the campaign that is to come, what was said in one of before."""
        plan = self._plan
        delivery = plan.find("/".join([plan.campaign_id, *row.key.split("/")[1:]])) if plan else None
        said = {sent.text for sent in self._ledger.frozen([row]).get(row.key, [])}
        return bool(delivery and delivery.wording and delivery.wording.text in said)

    def _account(self, row: Row) -> Account:
        """Return the account that published it, whatever the config says of the embassy now. Raises OrangedayError."""
        config = self._config
        embassy = config.embassies.get(row.embassy) if config else None
        now = next((a for a in embassy.accounts if a.platform == row.platform), None) if embassy else None
        sent_to = self._ledger.service_of(row) or self._service
        if sent_to is None and now:
            sent_to = now.address
        spec = PLATFORMS.get(row.platform)
        if spec is None:
            raise OrangedayError(f"{row.platform} isn't a platform that this version knows: install its package again")
        if sent_to is None and not spec.server.of_account and config:
            sent_to = config.platforms[row.platform].address
        if sent_to is None:
            raise OrangedayError(
                f"nothing says through which service it was sent, and its password goes to no other: "
                f"orangeday retract {row.key} --service https://…"
            )
        if now and now.address == sent_to and self._is_the_same(now, row):
            return now
        # Let in by its own identity: a handle may be somebody else's by now.
        who = cast("Text", (row.identity or "") if spec.identity_logs_in else "")
        return Account(row.embassy, row.platform, who, sent_to, sent_to, spec.settle_after)

    @staticmethod
    def _is_the_same(account: Account, row: Row) -> bool:
        """Return whether its handle is the one under which the post was published."""
        return row.receipt is None or f"/{account.handle}/".lower() in row.receipt.url.lower()

    def _day_began(self, row: Row) -> datetime:
        if self._plan and row.embassy in self._plan.config.embassies:
            return midnight(self._plan, row)
        return row.due - timedelta(days=1)

    def _note(self, row: Row, why: str) -> None:
        with suppress(LedgerError):
            self._ledger.note("not retracted", row.key, why)
