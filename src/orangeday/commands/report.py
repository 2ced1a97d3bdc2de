from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, system_clock
from orangeday.commands.connector import road
from orangeday.commands.documents import write_document
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_read
from orangeday.commands.options import By, Json, Separator, ToReview
from orangeday.commands.selection import must_exist, plan_to_review
from orangeday.content.plan import Plan
from orangeday.engine.read_back import Sight, price, read_back
from orangeday.engine.report import Entry, Report, draw_up, entries, published, record
from orangeday.engine.status import look
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.records import Row
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.system.streams import write_whole
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
    day: Annotated[list[str] | None, typer.Option(help="Only this day; may be repeated.", metavar="N")] = None,
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
    by: By = None,
) -> int:
    """Report what went out, with links, and what didn't and why.

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
    between = csv_view.separator(separator)
    plan = files(ctx, example=False).plan
    plan.config.usable()
    now = system_clock()
    with ledger_to_read(plan, by, to_note=read_back) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        rows = ledger.campaign(plan.campaign_id).values()
        spoken = [str(tag) for e in plan.config.embassies.values() for tag in e.languages]
        must_exist("embassy", embassy or (), [*dict.fromkeys([*plan.config.embassies, *(row.embassy for row in rows)])])
        must_exist("day", day or (), [str(number) for number in DAYS])
        must_exist("language", language or (), [*dict.fromkeys([*spoken, *(row.language for row in rows)])])
        must_exist("platform", platform or (), list(PLATFORMS))
        choices = {"embassy": embassy, "day": day, "language": language, "platform": platform}

        def wanted(entry: Entry) -> bool:
            has = entry.embassy, str(entry.day), entry.language, entry.platform
            return all(not some or one in some for some, one in zip(choices.values(), has, strict=True))

        needed = plan.config.require_approval and exists(plan.config.ledger_url)
        stored = approvals.load(plan.campaign.folder) if needed else None
        found = entries(plan, ledger, look(plan, ledger, now, plan, stored), wanted)
        sights = _read_back(plan, ledger, published(found), yes) if read_back else None
        part = "; ".join(f"{what} {', '.join(chosen)}" for what, chosen in choices.items() if chosen)
        drawn = draw_up(plan, ledger, now, found, sights, part)
        unkept = _kept(ledger, drawn) if sights else None
    recorded = exists(plan.config.ledger_url)
    if html or csv or json or recorded:
        _write(drawn, html, csv, json, file, between)
    else:
        report_view.nothing_to_report(console.documents(), drawn)
    if unkept:
        console.say(unkept, "red")
    if not recorded:
        console.say("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
    return 1 if drawn.needs_person or unkept else 0


def _kept(ledger: Ledger, drawn: Report) -> str | None:
    """Note in the log what was seen; return why that can't be done. It was paid for, and is shown all the same."""
    try:
        record(ledger, drawn)
    except LedgerError as failure:
        return f"What was seen isn't in the log: {failure}"
    return None


def _read_back(plan: Plan, ledger: Ledger, rows: Sequence[Row], yes: bool) -> dict[str, Sight]:
    """Return the state of each post there, or why it wasn't read, by its key.

    It says first what is charged, and asks a person.
    """
    if not rows:
        return {}
    connect = road(plan, True, system_clock)
    unread: dict[str, Sight] = {}
    of = {platform: [row for row in rows if row.platform == platform] for platform in plan.config.prices}
    charged = {platform: there for platform, there in of.items() if there}
    for platform, there in charged.items():
        prices = plan.config.prices[platform]
        console.say(sentences.reading(platform, len(there), price(there, prices), prices.listed))
    if charged and not yes:
        asks = sys.stdin.isatty()
        titles = " and ".join(map(title_of, charged))
        if not asks:
            isnt = "isn't" if len(charged) == 1 else "aren't"
            console.say(f"Without a terminal to ask on, {titles} {isnt} read: say --yes.", "yellow")
        if not asks or not typer.confirm("Read them back?", default=True, err=True):
            why = f"nobody agreed to what {titles} {'charges' if len(charged) == 1 else 'charge'}: say --yes"
            unread = {row.key: why for there in charged.values() for row in there}
    asked = [row for row in rows if row.key not in unread]
    with console.working(f"Reading {len(asked)} posts back"):
        return unread | read_back(plan, ledger, asked, connect)


def _write(drawn: Report, html: Path | None, csv: bool, json: bool, file: Path | None, between: str) -> None:
    if html:
        from orangeday.views import report_page as proof

        write_document(html, proof.page(drawn).encode(), proof.MARK)
        console.say(f"Wrote {html}.")
    elif csv and file:
        write_document(file, csv_view.report_csv(drawn, between), csv_view.CSV_MARK)
        console.say(f"Wrote {file}.")
    elif csv:
        write_whole(csv_view.report_csv(drawn, between))
    elif json and file:
        text = console.json_document(json_documents.report_json(drawn))
        write_document(file, text.encode(), b'"campaign"')
        console.say(f"Wrote {file}.")
    elif json:
        console.document(json_documents.report_json(drawn))
    else:
        report_view.report(console.documents(), drawn)
