from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.clock import DAYS, system_clock
from orangeday.commands.documents import ensure_writable, write_document
from orangeday.commands.files import files, packaged_example
from orangeday.commands.ledgers import is_recorded
from orangeday.commands.options import DAYS_HELP
from orangeday.commands.selection import choice_filter, days, must_exist
from orangeday.content.plan import Delivery, Plan
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.system.streams import write_to_stdout
from orangeday.text.phrases import short_list
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import preview as preview_view

if TYPE_CHECKING:
    from datetime import datetime

    from orangeday.approvals.compare import Approvals
    from orangeday.views.approval_page.model import Choice, PageSource


def preview(
    ctx: typer.Context,
    day: Annotated[
        list[str] | None, typer.Argument(help=f"Days to show: {DAYS_HELP} (default: all).", metavar="DAY…")
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
    page_language: Annotated[
        str | None,
        typer.Option(
            help="With --html, the page's own words: en, fr, nl or de (default: that of --language, or English).",
            metavar="CODE",
        ),
    ] = None,
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

    With --html all of it is written as one page that any browser shows and prints, made for a telephone: what is to be
    approved, what has changed since, each post with its picture, its hours and its facts, and how to answer.

    For example: orangeday preview 5 --language fr
    """
    if json and html is not None:
        raise OrangedayError("Use --json or --html, not both.")
    if page_language is not None and html is None:
        raise OrangedayError("--page-language is about the page. Add: --html page.html")
    plan = files(ctx, embassy, example=True).plan
    if html is not None:
        _suggest_page_language(plan, language or ())
    deliveries = list(filter(choice_filter(plan, day, embassy, language, platform), plan))
    if html is not None:
        choice = _choice(plan, days(day or (), plan), language or (), embassy or (), platform or ())
        return _page(ctx, plan, deliveries, choice, html, _page_language(page_language, choice))
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


def _suggest_page_language(plan: Plan, languages: Sequence[str]) -> None:
    """Raise OrangedayError for a language that only the page's own words can be in: no embassy posts in it."""
    from orangeday.views.approval_page.page_language import PAGE_LANGUAGES

    for language in languages:
        if language in PAGE_LANGUAGES and language not in _posted_languages(plan):
            raise OrangedayError(
                f"Nobody posts in “{language}”, and --language chooses posts. For the page's own words, "
                f"with all posts on it: --page-language {language}"
            )


def _posted_languages(plan: Plan) -> set[str]:
    return {str(tag) for embassy in plan.config.embassies.values() for tag in embassy.languages}


def _choice(
    plan: Plan,
    numbers: frozenset[int],
    languages: Sequence[str],
    embassies: Sequence[str],
    platforms: Sequence[str],
) -> Choice:
    """Return the selection for the page: where all days, languages or platforms are named, none was left out."""
    from orangeday.views.approval_page.model import Choice

    return Choice(
        numbers if numbers != frozenset(DAYS) else frozenset(),
        tuple(languages) if set(languages) != _posted_languages(plan) else (),
        tuple(embassies),
        tuple(platforms) if set(platforms) != set(PLATFORMS) else (),
    )


def _page_language(language: str | None, choice: Choice) -> str:
    """Return the language of the page's own words: as it was asked for, or the only one whose posts were."""
    from orangeday.views.approval_page.page_language import PAGE_LANGUAGES

    if language is not None:
        must_exist("language of the page", [language], PAGE_LANGUAGES)
        return language
    (post_language, *more_languages) = choice.languages or ("en",)
    code = post_language.partition("-")[0]
    return code if not more_languages and code in PAGE_LANGUAGES else "en"


def _page(
    ctx: typer.Context, plan: Plan, deliveries: Sequence[Delivery], choice: Choice, html: str, page_language: str
) -> int:
    """Write the page, say what comes next, and return the exit status."""
    from orangeday.approvals import compare
    from orangeday.approvals import store as approvals
    from orangeday.content.pricing import charges
    from orangeday.rules.catalogue import check
    from orangeday.views.approval_page.model import PageSource
    from orangeday.views.approval_page.sheet import MARK, page

    now = system_clock()
    config_path: Path | None = ctx.find_root().obj.config
    if html != "-":
        ensure_writable(Path(html), MARK)  # before a code is kept for a page that isn't written
    saved_approvals = approvals.load(plan.campaign.folder)
    if is_recorded(plan):
        from orangeday.commands.approval_context import with_ledger_withdrawals

        saved_approvals = with_ledger_withdrawals(plan, saved_approvals)
    code, code_objection = _code(plan, saved_approvals, deliveries, now)
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
        language=page_language,
        code=code,
        code_objection=code_objection,
        mail=plan.config.approval.mail or "",
    )
    content = page(page_request).encode()
    if html == "-":
        write_to_stdout(content)
    else:
        write_document(Path(html), content, MARK)
    _show_next_step(page_request, "" if html == "-" else f"Wrote {html}. ")
    return 0


def _show_next_step(page_request: PageSource, wrote: str) -> None:
    """Say what to do with the page: to whom it goes, and what to type for each way to answer it."""
    from orangeday.views.approval_page.command_lines import approval_commands, approve_command
    from orangeday.views.approval_page.page_language import PageLanguage

    approval = page_request.plan.config.approval
    lines = approval_commands(page_request, PageLanguage(page_request.language))
    if not lines:
        console.info(f"{wrote}Next: open it in a browser", "dim")
        return
    if not (page_request.code and approval.approvers):
        console.info(f"{wrote}Next: open it in a browser; then:", "dim")
    else:
        names = short_list([approver.name for approver in approval.approvers], 6)
        console.info(f"{wrote}Next: look at it in a browser, and send it to {names}.", "dim")
        if approval.mail:
            console.info("A mail that says yes: save it as reply.eml, then", "dim")
            console.command(approve_command(page_request, "--reply", "reply.eml"), "dim")
        console.info("A yes by telephone or on paper, with the page's code:", "dim")
    console.command(lines[0].command, "dim")


def _code(plan: Plan, approvals: Approvals, deliveries: Sequence[Delivery], now: datetime) -> tuple[str, str]:
    """Return the code of a page with these deliveries, or the reason why it has none; neither where it needs none."""
    from orangeday.approvals import compare, page_code
    from orangeday.approvals.page_code import PageCode

    is_example = plan.config.file == packaged_example()  # whoever's folder that is, nothing is kept there
    if is_example or not compare.changes(plan, approvals, plan.progress(now, deliveries).to_come):
        return "", ""
    code = page_code.issue(plan, approvals, deliveries, now)
    return (code.text, "") if isinstance(code, PageCode) else ("", code)
