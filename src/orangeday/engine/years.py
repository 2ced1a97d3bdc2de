"""The campaign that is meant: the one that a live run may send, and the one that a look back or correction is about.

A campaign is told apart by its id and its year: `16days-2026`. The files plan one of them; the ledger may know more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from orangeday.clock import DAYS, first_day_of, running_or_next, year_after
from orangeday.content import toml_file as source
from orangeday.content.plan import Plan
from orangeday.content.problems import did_you_mean
from orangeday.errors import OrangedayError

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger
    from orangeday.ledger.records import Row

_LEAD_TIME = timedelta(days=30)
"""The time before its day 1 from which on the coming campaign is meant, and no longer the one that ran last.

Where none has run from here, last year's is meant for as long after its end.
"""
_A_WEEK = timedelta(days=7)
"""The time after its end for which a campaign's posts in doubt are still looked after."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The reason why a live run sends nothing at all."""

    reason: str
    needs_person: bool
    past_plan: Plan | None = None
    """The campaign that is over, where that is the reason."""


def first_day(campaign: str, campaign_id: str) -> date | None:
    """Return day 1 of the campaign of this name, where it has this id; None where it has another, or names no year."""
    prefix, _, year = campaign.rpartition("-")
    return first_day_of(int(year)) if prefix == campaign_id and re.fullmatch("20[0-9]{2}|2100", year) else None


def plan_to_review(plan: Plan, ledger: Ledger, now: datetime, campaign: str | None = None) -> Plan:
    """Return the campaign that a look back or a correction is about; `plan` is the one that the files make.

    It is the one named by `campaign`; or else the one that runs; or the one that begins within thirty days; or the
    one that this ledger served last. Raises OrangedayError where there is none of that name.
    """
    campaigns = ledger.served_campaigns()
    if campaign is not None:
        return _campaign_of_name(plan, ledger, campaigns, campaign, now)
    last_plan = campaign_of(plan, ledger, campaigns[-1]) if campaigns else None
    if last_plan and not last_plan.is_over(now):
        return last_plan
    if not plan.is_over(now) and plan.begins - _LEAD_TIME <= now:
        return plan
    if last_plan:
        return plan if plan.is_over(now) and plan.first > last_plan.first else last_plan
    # Nothing has run from here. Who looks just after the end means that one; who looks later prepares the next.
    previous_plan = plan.with_start(first_day_of(plan.first.year - 1))
    is_recent = plan.config.start is None and not plan.is_over(now) and now < previous_plan.end_of_last_day + _LEAD_TIME
    return previous_plan if is_recent else plan


def campaign_of(plan: Plan, ledger: Ledger, campaign: str) -> Plan:
    """Return what these files plan for a campaign that the ledger knows, which may be another than theirs."""
    if campaign == plan.campaign_id:
        return plan
    campaign_id, _, year = campaign.rpartition("-")
    start = _actual_first_day(plan, ledger.campaign_rows(campaign).values())
    if start is None or f"{start.year}" != year:
        start = first_day_of(int(year))
    return plan.with_start(start, None if campaign_id == plan.campaign.id else campaign_id)


def nothing_to_send(plan: Plan, ledger: Ledger, now: datetime, campaign: str | None = None) -> Idle | None:
    """Return the reason why a live run may send nothing of `plan`, which the files make; None where it may.

    Where `campaign` is named, nothing of another is sent. What has served one campaign begins another only where the
    config or `campaign` names it. Raises OrangedayError where there is no campaign of that name.
    """
    campaigns = ledger.served_campaigns()
    last_plan = campaign_of(plan, ledger, campaigns[-1]) if campaigns else None
    if campaign is not None and campaign != plan.campaign_id:
        chosen_plan = _campaign_of_any_year(plan, ledger, campaigns, campaign)
        if chosen_plan.is_over(now):
            return Idle(campaign_over_text(chosen_plan, plan, now), False, chosen_plan)
        return Idle(f"{_wrong_campaign_text(plan, campaign)}. Nothing is sent until that is corrected.", True)
    if plan.is_over(now):
        if last_plan and last_plan.campaign_id != plan.campaign_id and not last_plan.is_over(now):
            return Idle(
                f"{_file_plan_text(plan)}, which is over, and {last_plan.campaign_id} isn't yet. "
                "Nothing is sent until that is corrected.",
                True,
            )
        return Idle(campaign_over_text(plan, plan, now), False, plan)
    if campaign is not None or plan.config.start or last_plan is None or plan.campaign_id in campaigns:
        return None
    if not last_plan.is_over(now):
        return Idle(
            f"{_file_plan_text(plan)}, and {last_plan.campaign_id}, which went out from here so far, isn't over. "
            f"Nothing is sent. Write the old id there again; or, if a new campaign is meant, write "
            f"start = {plan.first} under [campaign] in {plan.config.file}.",
            True,
        )
    reason, has_begun = campaign_over_text(last_plan, plan, now), plan.begins <= now
    if has_begun:
        reason += f" Until then nothing of {plan.campaign_id} goes out, whose day 1 has come."
    return Idle(reason, has_begun, last_plan)


def may_follow(previous: Plan, plan: Plan, now: datetime, campaign: str | None = None) -> str | None:
    """Return the reason why a running program can't go on from one reading of the files to the next, or None."""
    if campaign is not None and plan.campaign_id != campaign:
        return f"{_wrong_campaign_text(plan, campaign)}. Nothing is sent until that is corrected."
    if plan.campaign_id != previous.campaign_id and plan.is_over(now) and not previous.is_over(now):
        return (
            f"{_file_plan_text(plan)}, which is over, and {previous.campaign_id} isn't yet. "
            "Nothing is sent until that is corrected."
        )
    if plan.campaign_id != previous.campaign_id and previous.is_running(now):
        # A slip, most likely. Nothing of the other is known: it would be begun, and this one left where it is.
        return (
            f"{_file_plan_text(plan)}, and {previous.campaign_id}, which is running, isn't over. Nothing is sent "
            "until that is corrected. If the other campaign is meant, stop this program and start it again."
        )
    return None


def is_unfinished(past_plan: Plan, ledger: Ledger, now: datetime) -> bool:
    """Return whether a campaign that is over has posts whose end isn't known yet.

    After a week it returns False: that is left to a person.
    """
    if past_plan.ends is None or now >= past_plan.ends + _A_WEEK:
        return False
    last_sweep = ledger.swept_until(past_plan.campaign_id, past_plan.scope)
    return (last_sweep is not None and last_sweep < past_plan.ends) or bool(ledger.rows_in_doubt(past_plan.campaign_id))


def _campaign_of_name(plan: Plan, ledger: Ledger, campaigns: list[str], campaign: str, now: datetime) -> Plan:
    """Return the campaign of this name: one that the ledger has served, the files' own, or the calendar's last or next.

    Raises OrangedayError where it is none of these.
    """
    next_year = running_or_next(now).year
    by_calendar = [f"{plan.campaign.id}-{year}" for year in (next_year - 1, next_year)]
    choices = [*dict.fromkeys([*campaigns, *by_calendar, plan.campaign_id])]
    if campaign not in choices:
        raise _unknown_campaign(campaign, choices)
    return campaign_of(plan, ledger, campaign)


def _campaign_of_any_year(plan: Plan, ledger: Ledger, campaigns: list[str], campaign: str) -> Plan:
    """Return the campaign of this name: one that the ledger has served, or the files' own, of whatever year.

    Raises OrangedayError where it is none of these.
    """
    if campaign not in campaigns and first_day(campaign, plan.campaign.id) is None:
        raise _unknown_campaign(campaign, [*dict.fromkeys([*campaigns, plan.campaign_id])])
    return campaign_of(plan, ledger, campaign)


def _unknown_campaign(campaign: str, choices: list[str]) -> OrangedayError:
    return OrangedayError(
        f"There is no campaign “{campaign}”. {did_you_mean(campaign, choices)}There are: {', '.join(choices)}."
    )


def _actual_first_day(plan: Plan, rows: Iterable[Row]) -> date | None:
    """Return day 1 of a campaign, by the hours at which its posts were due, or None without posts.

    The config may have had another start than now.
    """
    votes: Counter[date] = Counter()
    for row in rows:
        embassy = plan.config.embassies.get(row.embassy)
        local_date = row.due.astimezone(embassy.timezone if embassy else UTC).date()
        votes[local_date - timedelta(days=row.day - 1)] += 1
    return votes.most_common(1)[0][0] if votes else None


# In words


def campaign_over_text(past_plan: Plan, plan: Plan, now: datetime) -> str:
    """Return the text that a campaign is over, and which line the config needs for the next; the files make `plan`."""
    day = past_plan.date(DAYS[-1])
    message = (
        f"The campaign {past_plan.campaign_id} is over (its last day was {day.day} {day:%B %Y}). "
        "Next: orangeday report."
    )
    if plan.campaign_id != past_plan.campaign_id and plan.config.start and not plan.is_over(now):
        return f"{message} {plan.config.file} plans {plan.campaign_id} by now."
    start = year_after(past_plan.first, now)
    return f"{message} For the next one write start = {start} under [campaign] in {plan.config.file}."


def _wrong_campaign_text(plan: Plan, campaign: str) -> str:
    return f"This line is for {campaign}, and {_file_plan_text(plan)}"


def _file_plan_text(plan: Plan) -> str:
    """Return in words what the files plan: `config.toml plans 16days-2025 (start = 2025-11-25, config.toml:7)`."""
    config = plan.config
    if config.start:
        return f"{config.file} plans {plan.campaign_id} (start = {config.start}, {config.start_location()})"
    file = plan.campaign.folder / "campaign.toml"
    location = (source.read(file, []) or source.empty_table(file)).document.location(("id",))
    return f"{config.file} plans {plan.campaign_id} (id = “{plan.campaign.id}”, {location})"
