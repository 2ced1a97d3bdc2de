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
from orangeday.clock import system_clock, time_in_words, utc
from orangeday.commands.connector import connect
from orangeday.commands.files import files
from orangeday.commands.ledgers import EmergencyAccess, emergency_access
from orangeday.commands.options import DAYS_HELP, ActorName, LedgerOption, ToReview
from orangeday.commands.selection import days, find_row, plan_to_review, planned_delivery
from orangeday.content.config import Account
from orangeday.content.network import DIRECT
from orangeday.content.plan import Plan
from orangeday.content.toml import Text
from orangeday.engine.account_run import midnight
from orangeday.engine.takedown import take_down
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.records import Row
from orangeday.ledger.states import State, StateConflict
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.system import machine
from orangeday.text.display import english_name
from orangeday.text.phrases import day_ranges
from orangeday.views import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from orangeday.ledger.ledger import Ledger

_LOCK_TIMEOUT = 60
"""The seconds for which an account is waited for that another program is using."""


@dataclass(frozen=True, order=True)
class _WithdrawnText:
    """A text as it is withdrawn: of a day, in a language; `embassy` is the one whose own it is, or ""."""

    campaign: str
    day: int
    language: str
    embassy: str

    def __str__(self) -> str:
        return f"day {self.day} in “{self.language}”" + (f" ({self.embassy}'s own words)" if self.embassy else "")


def retract(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(help="Posts, as `orangeday status` names them.", metavar="KEY…")
    ] = None,
    day: Annotated[
        list[str] | None, typer.Option(help=f"All that was published of these days: {DAYS_HELP}.", metavar="DAY")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let a corrected post take its place, if its time hasn't passed.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever the text is.", metavar="TEXT")] = "",
    service: Annotated[
        str | None,
        typer.Option(help="For a post of an older version: the service it was sent through.", metavar="ADDRESS"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    actor_name: ActorName = None,
    campaign: ToReview = None,
    ledger_address: LedgerOption = None,
) -> int:
    """Take down what was published, once you said yes.

    It asks first, and looks whether it is gone. The text is withdrawn before that: no program posts it any more, for
    any embassy on any platform, until you approve it again with `orangeday approve DAY --language CODE --again`. With
    --replace a corrected text, approved like that, may go out in its place: once, and only while its time hasn't
    passed.
    """
    if bool(keys) is bool(day):
        raise OrangedayError("Say what to take down: KEY…, or --day 5 for all of a day.")
    access = emergency_access(ctx, ledger_address, actor_name, to_read=True)
    with closing(access.ledger) as ledger, machine.temporary_state():
        plan = _plan(ctx, access)
        review_plan = plan_to_review(plan, ledger, campaign) if plan else None
        numbers = days(day or (), review_plan)
        rows = _rows(ledger, review_plan, campaign, keys, numbers)
        if not rows:
            console.info(f"Nothing of day {', '.join(day_ranges(sorted(numbers)))} is published.")
            return 0
        if replace and any(_is_over(plan, row) for row in rows):
            raise OrangedayError("That campaign is over: nothing can take a post's place. Leave --replace out.")
        if not _confirm(ledger, plan, rows, yes):
            return 0
        job = _Retraction(ledger, plan, access, reason, service)
        has_failed = job.withdraw(rows)
        for row in rows:
            has_failed |= job.take_down(row, replace)
        has_failed |= job.withdraw_approvals(rows)
    if replace and not has_failed:
        console.info("Next: correct the text; then `orangeday approve DAY --language CODE --again` posts it.", "dim")
    return 1 if has_failed else 0


def _is_over(plan: Plan | None, row: Row) -> bool:
    """Return whether a post's campaign is another than the files plan, or has ended."""
    return plan is not None and (row.campaign != plan.campaign_id or plan.is_over(system_clock()))


def _plan(ctx: typer.Context, access: EmergencyAccess) -> Plan | None:
    """Return the plan of the files; None where they can't be read, which keeps nothing up."""
    if access.config is None:
        return None
    try:
        plan = files(ctx, example=False).plan
    except OrangedayError as failure:
        console.info(f"{failure} What is up is taken down all the same.", "yellow")
        return None
    if not plan.campaign.id:
        console.info(f"{plan.campaign.folder} can't be read. What is up is taken down all the same.", "yellow")
        return None
    return plan


def _rows(
    ledger: Ledger, plan: Plan | None, campaign: str | None, keys: Sequence[str] | None, numbers: Set[int]
) -> list[Row]:
    """Return what is to be taken down: published, or perhaps so. Raises OrangedayError where a post asked for isn't."""
    live_states = (State.PUBLISHED, State.UNSURE, State.ARMED)
    campaigns = ledger.served_campaigns()
    name = plan.campaign_id if plan else campaign or (campaigns[-1] if campaigns else "")
    if numbers:
        return [row for row in ledger.campaign_rows(name).values() if row.day in numbers and row.state in live_states]
    rows = [find_row(ledger, name, key) for key in dict.fromkeys(keys or ())]
    for row, key in zip(rows, dict.fromkeys(keys or ()), strict=True):
        if row is None or row.state not in live_states:
            raise OrangedayError(f"{row.key if row else key} isn't published; nothing was taken down.")
    return [row for row in rows if row]


def _confirm(ledger: Ledger, plan: Plan | None, rows: Sequence[Row], yes: bool) -> bool:
    """Show these posts, and return whether a person says yes to taking them down."""
    payloads_by_key = ledger.frozen_payloads(rows)
    for row in rows:
        receipt = row.receipt
        moment = "it may be there: it is looked for first"
        if receipt:
            moment = f"published {_clock_text(plan, row, receipt.published_at)}"
        place = f"on {title_of(row.platform)}, in {english_name(row.language)}: {moment}"
        console.info(f"{row.key}, {place}\n{receipt.url if receipt else ''}".rstrip())
        for payload in payloads_by_key.get(row.key, [])[-1:]:
            for line in payload.text.splitlines():
                console.info(f"  {line}" if line else "")
        console.info("")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OrangedayError("Without a terminal to ask on, say --yes; nothing was taken down.")
    posts = "this post" if len(rows) == 1 else f"these {len(rows)} posts"
    if typer.confirm(f"Take down {posts}?", err=True):
        return True
    console.info("Nothing was taken down.")
    return False


def _clock_text(plan: Plan | None, row: Row, moment: datetime) -> str:
    """Return a moment on the clock of a post's embassy; in UTC where the files don't tell it."""
    embassy = plan.config.embassies.get(row.embassy) if plan else None
    return time_in_words(moment.astimezone(embassy.timezone)) if embassy else utc(moment)


class _Retraction:
    """The taking down of some posts. What fails is said, and keeps none of the others up."""

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan | None,
        access: EmergencyAccess,
        reason: str,
        service: str | None,
    ) -> None:
        self._ledger = ledger
        self._plan = plan
        self._config = access.config
        self._reason = reason
        self._service = service
        self._now = system_clock()

    def withdraw(self, rows: Iterable[Row]) -> bool:
        """Note in the ledger that these texts are withdrawn, before anything else; return whether that failed."""
        has_failed = False
        for text in sorted({text for row in rows for text in self._texts(row)}):
            try:
                self._ledger.withdraw(text.campaign, text.day, text.language, text.embassy, self._reason)
            except LedgerError as failure:
                has_failed = True
                console.info(
                    f"The withdrawal of {text} could not be noted, so it may go out elsewhere: {failure}", "red"
                )
                console.info("Stop everything at once: orangeday pause", "red")
            else:
                console.info(f"Withdrawn: {text}. It is not posted again unless it is approved again.")
        return has_failed

    def take_down(self, row: Row, replace: bool) -> bool:
        """Take one post down; return whether that failed."""

        def on_busy() -> None:
            console.info(f"Another program is using {row.embassy}/{row.platform}: waiting for it, a minute at most …")

        try:
            account = self._account(row)
            platform = connect(account, system_clock)
            result = take_down(
                self._ledger, system_clock, platform, account.address, row, self._day_start(row),
                replace=replace, timeout=_LOCK_TIMEOUT, on_busy=on_busy,
            )  # fmt: skip
        except (PlatformError, StateConflict, OrangedayError) as failure:
            self._note(row, str(failure))
            later = f" Try again after {failure.until:%H:%M} UTC." if isinstance(failure, Deferred) else ""
            console.info(f"{row.key} could not be taken down, and may still be live: {failure}{later}", "red")
            return True
        if result.ledger_error:
            console.info(f"{row.key} is taken down, but that could not be noted: {result.ledger_error}", "red")
            return True
        outcome = "is taken down" if result.was_there else "isn't there: there was nothing to take down"
        console.info(f"{row.key} {outcome}.")
        return False

    def withdraw_approvals(self, rows: Iterable[Row]) -> bool:
        """Note the withdrawals in approvals.toml; return whether that failed."""
        if self._plan is None:
            console.info(
                "approvals.toml was left as it is: the files can't be read. The record of posts has it.", "yellow"
            )
            return True
        has_failed = False
        rows = list(rows)
        current_rows = [row for row in rows if row.campaign == self._plan.campaign_id]
        for text in sorted({text for row in current_rows for text in self._texts(row)}):
            try:
                folder = self._plan.campaign.folder
                subject = model.Subject(text.day, text.language, text.embassy or None)
                approvals.withdraw(folder, subject, self._ledger.actor, self._now, self._reason)
            except OrangedayError as failure:
                has_failed = True
                console.info(
                    f"{failure} The withdrawal stands in the record of posts, which counts here; another computer that "
                    "takes its approvals from that file doesn't know of it.",
                    "red",
                )
        if repeated_rows := [row for row in rows if row not in current_rows and self._is_planned_again(row)]:
            days = ", ".join(str(number) for number in sorted({row.day for row in repeated_rows}))
            console.info(
                f"{self._plan.campaign_id} has the same words on day {days}, where they aren't withdrawn: change them.",
                "yellow",
            )
        return has_failed

    def _texts(self, row: Row) -> list[_WithdrawnText]:
        """Return the texts that a post may have said: two where the files don't tell any more whose words they were."""
        delivery = planned_delivery(self._plan, self._ledger, row) if self._plan else None
        if delivery and delivery.translation:
            return [_WithdrawnText(row.campaign, row.day, row.language, delivery.translation.embassy or "")]
        return [_WithdrawnText(row.campaign, row.day, row.language, embassy) for embassy in ("", row.embassy)]

    def _is_planned_again(self, row: Row) -> bool:
        """Return whether the files plan, for the campaign that is to come, what was said in one of before."""
        plan = self._plan
        delivery = plan.find("/".join([plan.campaign_id, *row.key.split("/")[1:]])) if plan else None
        sent_texts = {payload.text for payload in self._ledger.frozen_payloads([row]).get(row.key, [])}
        return bool(delivery and delivery.rendered_text and delivery.rendered_text.text in sent_texts)

    def _account(self, row: Row) -> Account:
        """Return the account that published it, whatever the config says of the embassy now. Raises OrangedayError."""
        config = self._config
        embassy = config.embassies.get(row.embassy) if config else None
        current_account = next((a for a in embassy.accounts if a.platform == row.platform), None) if embassy else None
        service_address = self._ledger.service_of(row) or self._service
        if service_address is None and current_account:
            service_address = current_account.address
        spec = PLATFORMS.get(row.platform)
        if spec is None:
            raise OrangedayError(f"{row.platform} isn't a platform that this version knows: install its package again")
        if service_address is None and not spec.server.is_per_account and config:
            service_address = config.platforms[row.platform].address
        if service_address is None:
            raise OrangedayError(
                f"nothing says through which service it was sent, and its password goes to no other: "
                f"orangeday retract {row.key} --service https://…"
            )
        if (
            current_account
            and current_account.address == service_address
            and self._has_same_handle(current_account, row)
        ):
            return current_account
        # Let in by its own identity: a handle may be somebody else's by now.
        handle = cast("Text", (row.identity or "") if spec.identity_logs_in else "")
        route = config.route if config else DIRECT
        return Account(row.embassy, row.platform, handle, service_address, service_address, spec.settle_after, route)

    @staticmethod
    def _has_same_handle(account: Account, row: Row) -> bool:
        """Return whether its handle is the one under which the post was published."""
        return row.receipt is None or f"/{account.handle}/".lower() in row.receipt.url.lower()

    def _day_start(self, row: Row) -> datetime:
        if self._plan and row.embassy in self._plan.config.embassies:
            return midnight(self._plan, row)
        return row.due - timedelta(days=1)

    def _note(self, row: Row, reason: str) -> None:
        with suppress(LedgerError):
            self._ledger.note("not retracted", row.key, reason)
