from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.documents import write_document
from orangeday.commands.files import files, packaged_example
from orangeday.commands.ledgers import is_recorded
from orangeday.commands.options import DAYS_HELP
from orangeday.commands.selection import chosen, days
from orangeday.content.plan import Delivery, Plan
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.system.streams import write_to_stdout
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import preview as preview_view

if TYPE_CHECKING:
    from orangeday.views.approval_page.model import Choice


def preview(
    ctx: typer.Context,
    day: Annotated[
        list[str] | None, typer.Argument(help=f"Days to show: {DAYS_HELP} (default: all).", metavar="DAY")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    embassy: Annotated[
        list[str] | None, typer.Option(help="Only this embassy; may be repeated.", metavar="NAME")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help=f"Only this platform: {' or '.join(PLATFORMS)}.", metavar="NAME")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    html: Annotated[
        str | None,
        typer.Option(
            "--html",
            help="A page for who approves, into this file, where only such a page is replaced; - is stdout.",
            metavar="FILE",
        ),
    ] = None,
) -> int:
    """Show each post as it will read, with its count.

    Every embassy's own names are filled in. What the platform makes a link, a hashtag or a mention is underlined.
    Unless you name an embassy, one stands for all that post in a language.

    With --html all that is to be approved is written as one page that any browser shows and prints: the calendar, each
    post with its pictures, the hours, the facts, what is approved, and the line to type.

    For example: orangeday preview 5 --language fr
    """
    if json and html is not None:
        raise OrangedayError("Use --json or --html, not both.")
    plan = files(ctx, embassy, example=True).plan
    deliveries = list(filter(chosen(plan, day, embassy, language, platform), plan))
    if html is not None:
        from orangeday.views.approval_page.model import Choice

        choice = Choice(days(day or (), plan), tuple(language or ()), tuple(embassy or ()), tuple(platform or ()))
        return _page(ctx, plan, deliveries, choice, html)
    if json:
        console.document(json_documents.previews_json(deliveries))
    else:
        now = system_clock()
        stdout, progress = console.documents(), plan.progress(now)
        preview_view.previews(stdout, deliveries, show_all=bool(embassy), now=now)
        if how_far := progress.in_words(has_ledger=is_recorded(plan)):
            stdout.print(how_far, soft_wrap=not stdout.is_terminal)
        if not deliveries:
            console.info("Nothing is posted there: the config skips it, or no embassy has an account there.")
        else:
            console.info(f"Next: orangeday {'report' if progress.is_over else 'rehearse'}", "dim")
    return 0


def _page(ctx: typer.Context, plan: Plan, deliveries: Sequence[Delivery], choice: Choice, html: str) -> int:
    """Write the page, say what comes next, and return the exit status."""
    from orangeday.approvals import compare
    from orangeday.approvals import store as approvals
    from orangeday.content.pricing import charges
    from orangeday.rules.catalogue import check
    from orangeday.views.approval_page.command_lines import approval_commands
    from orangeday.views.approval_page.model import PageSource
    from orangeday.views.approval_page.sheet import MARK, page

    now = system_clock()
    config_path: Path | None = ctx.find_root().obj.config
    saved_approvals = approvals.load(plan.campaign.folder)
    page_request = PageSource(
        plan=plan,
        choice=choice,
        deliveries=deliveries,
        problems=check(plan, now),
        approvals=saved_approvals,
        changes=compare.changes(plan, saved_approvals, deliveries),
        price=sentences.charges_summary(charges(plan.progress(now, deliveries).to_come, plan.config.prices)),
        now=now,
        progress_note=plan.progress(now).in_words(has_ledger=is_recorded(plan)),
        config=config_path,
        is_example=config_path is None and plan.config.file == packaged_example(),
    )
    content = page(page_request).encode()
    if html == "-":
        write_to_stdout(content)
    else:
        write_document(Path(html), content, MARK)
    wrote = "" if html == "-" else f"Wrote {html}. "
    step = next((f"; then: {line.command}" for line in approval_commands(page_request)), "")
    console.info(f"{wrote}Next: open it in a browser{step}", "dim")
    return 0
