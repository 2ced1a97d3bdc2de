from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.connector import connector
from orangeday.commands.documents import write_document
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_read
from orangeday.commands.options import ActorName, Days, Json, Separator, ToReview
from orangeday.commands.selection import days, must_exist, plan_to_review
from orangeday.content.plan import Plan
from orangeday.engine.read_back import CheckResult, price, read_back
from orangeday.engine.report import Entry, Report, build, collect_entries, published_rows, record
from orangeday.engine.status import statuses
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.records import Row
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.system.streams import write_to_stdout
from orangeday.text.phrases import day_ranges
from orangeday.views import console, json_documents, sentences
from orangeday.views import csv as csv_view
from orangeday.views.terminal import report as report_view

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def report(
    ctx: typer.Context,
    read_back: Annotated[
        bool, typer.Option("--read-back", help="Ask the platforms what is still up, changed or gone.")
    ] = False,
    embassy: Annotated[
        list[str] | None, typer.Option(help="Only this embassy; may be repeated.", metavar="NAME")
    ] = None,
    day: Days = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help=f"Only this platform: {' or '.join(PLATFORMS)}.", metavar="NAME")
    ] = None,
    campaign: ToReview = None,
    html: Annotated[Path | None, typer.Option(help="Write a page, to be read or printed.", metavar="FILE")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table instead, for Excel: a row for each post.")] = False,
    json: Json = False,
    file: Annotated[
        Path | None, typer.Option("--output", help="Write the table or the document here.", metavar="FILE")
    ] = None,
    separator: Separator = ",",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before X charges for --read-back.")] = False,
    actor_name: ActorName = None,
) -> int:
    """Report what went out, with links, and what didn't.

    It reads the live record of posts, during the campaign and after it. The campaign is the one that is running or
    begins within 30 days; otherwise the last one.

    With --read-back each published post is looked up on its platform, and the result is kept in the log. X charges for
    that: the price is shown first. A post that can't be read now is reported as that, not as gone.

    Exit status 1 if something needs attention: as for `status`; and with --read-back where a post is changed, gone, or
    can't be read.

    For example: orangeday report --read-back --html report.html
    """
    from orangeday.ledger.connection import exists

    if sum((html is not None, csv, json)) > 1:
        raise OrangedayError("Use one of --html FILE, --csv and --json.")
    if file and not (csv or json):
        raise OrangedayError("--output is for --csv and --json. A page is written with --html FILE.")
    delimiter = csv_view.separator(separator)
    plan = files(ctx, example=False).plan
    plan.config.require_usable()
    now = system_clock()
    with ledger_to_read(plan, actor_name, to_note=read_back) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        rows = ledger.campaign_rows(plan.campaign_id).values()
        config_languages = [str(tag) for e in plan.config.embassies.values() for tag in e.languages]
        must_exist("embassy", embassy or (), [*dict.fromkeys([*plan.config.embassies, *(row.embassy for row in rows)])])
        numbers = days(day or (), plan)
        must_exist("language", language or (), [*dict.fromkeys([*config_languages, *(row.language for row in rows)])])
        must_exist("platform", platform or (), list(PLATFORMS))
        choices = {"embassy": embassy, "language": language, "platform": platform}

        def is_wanted(entry: Entry) -> bool:
            entry_values = entry.embassy, entry.language, entry.platform
            return (not numbers or entry.day in numbers) and all(
                not choice or value in choice for choice, value in zip(choices.values(), entry_values, strict=True)
            )

        needs_approval = plan.config.require_approval and exists(plan.config.ledger_url)
        saved_approvals = approvals.load(plan.campaign.folder) if needs_approval else None
        report_entries = collect_entries(
            plan, ledger, now, statuses(plan, ledger, now, plan, saved_approvals), is_wanted
        )
        checks = _read_back(plan, ledger, published_rows(report_entries), yes) if read_back else None
        words = {"embassy": embassy, "day": day_ranges(sorted(numbers)), "language": language, "platform": platform}
        part = "; ".join(f"{name} {', '.join(values)}" for name, values in words.items() if values)
        campaign_report = build(plan, ledger, now, report_entries, checks, part)
        log_error = _log_checks(ledger, campaign_report) if checks else None
    has_ledger = exists(plan.config.ledger_url)
    if html or csv or json or has_ledger:
        _write(campaign_report, html, csv, json, file, delimiter)
    else:
        report_view.nothing_to_report(console.documents(), campaign_report)
    if log_error:
        console.info(log_error, "red")
    if not has_ledger:
        console.info("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
    return 1 if campaign_report.needs_person or log_error else 0


def _log_checks(ledger: Ledger, campaign_report: Report) -> str | None:
    """Note in the log what was seen; return why that can't be done. It was paid for, and is shown all the same."""
    try:
        record(ledger, campaign_report)
    except LedgerError as failure:
        return f"What was seen isn't in the log: {failure}"
    return None


def _read_back(plan: Plan, ledger: Ledger, rows: Sequence[Row], yes: bool) -> dict[str, CheckResult]:
    """Return the state of each post there, or why it wasn't read, by its key.

    It says first what is charged, and asks a person.
    """
    if not rows:
        return {}
    connect = connector(plan, True, system_clock)
    unread_checks: dict[str, CheckResult] = {}
    rows_by_platform = {platform: [row for row in rows if row.platform == platform] for platform in plan.config.prices}
    charged_rows = {platform: platform_rows for platform, platform_rows in rows_by_platform.items() if platform_rows}
    for platform, platform_rows in charged_rows.items():
        prices = plan.config.prices[platform]
        console.info(
            sentences.reading_cost(platform, len(platform_rows), price(platform_rows, prices), prices.price_date)
        )
    if charged_rows and not yes:
        is_interactive = sys.stdin.isatty()
        titles = " and ".join(map(title_of, charged_rows))
        if not is_interactive:
            isnt = "isn't" if len(charged_rows) == 1 else "aren't"
            console.info(f"Without a terminal to ask on, {titles} {isnt} read: say --yes.", "yellow")
        if not is_interactive or not typer.confirm("Read them back?", default=True, err=True):
            reason = f"nobody agreed to what {titles} {'charges' if len(charged_rows) == 1 else 'charge'}: say --yes"
            unread_checks = {row.key: reason for platform_rows in charged_rows.values() for row in platform_rows}
    rows_to_read = [row for row in rows if row.key not in unread_checks]
    with console.spinner(f"Reading {len(rows_to_read)} posts back"):
        return unread_checks | read_back(plan, ledger, rows_to_read, connect)


def _write(
    campaign_report: Report, html: Path | None, csv: bool, json: bool, file: Path | None, delimiter: str
) -> None:
    if html:
        from orangeday.views import report_page as proof

        write_document(html, proof.page(campaign_report).encode(), proof.MARK)
        console.info(f"Wrote {html}.")
    elif csv and file:
        write_document(file, csv_view.report_csv(campaign_report, delimiter), csv_view.CSV_MARK)
        console.info(f"Wrote {file}.")
    elif csv:
        write_to_stdout(csv_view.report_csv(campaign_report, delimiter))
    elif json and file:
        text = console.json_document(json_documents.report_json(campaign_report))
        write_document(file, text.encode(), b'"campaign"')
        console.info(f"Wrote {file}.")
    elif json:
        console.document(json_documents.report_json(campaign_report))
    else:
        report_view.report(console.documents(), campaign_report)
