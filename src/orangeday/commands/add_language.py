from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from orangeday.clock import DAYS
from orangeday.commands.files import files
from orangeday.commands.selection import must_exist
from orangeday.content import new_language, toml_edit
from orangeday.content.new_language import Gap
from orangeday.content.plan import Plan
from orangeday.content.problems import UnreadableFiles, errors
from orangeday.content.typed_answers import UnknownLanguage, parse_any_language
from orangeday.errors import OrangedayError
from orangeday.system import file_changes
from orangeday.system.windows_paths import name_objection
from orangeday.text import phrases
from orangeday.text.display import english_name
from orangeday.views import console


def add_language(
    ctx: typer.Context,
    language: Annotated[
        str, typer.Argument(help="The language, by code or name: it, pt-BR, Italian, italiano.", metavar="LANGUAGE")
    ],
    source: Annotated[
        str | None,
        typer.Option("--from", help="The language whose words stand beside (default: English).", metavar="CODE"),
    ] = None,
) -> int:
    """Write the files of one more language, to be filled in.

    Each day that has no text in it gets a file with empty quotes, and above them, as comment, the words of another
    language, the facts that they rest on, and how long a text may be. campaign.toml gets its hashtags, and a “…” for
    each name that it needs. Nothing is overwritten, and as long as a text isn't filled in, nothing of it goes out.

    For example: orangeday add-language it
    """
    try:
        tag = parse_any_language(language)
    except UnknownLanguage as failure:
        raise OrangedayError(f"{failure} Nothing was written.") from failure
    if objection := name_objection(f"{tag}.toml"):
        raise OrangedayError(f"{objection}: no campaign that is ever on Windows can have it. Nothing was written.")
    plan = files(ctx, example=False).plan
    campaign = plan.campaign
    must_exist("language", [source] if source else [], campaign.languages)
    campaign_file = campaign.folder / "campaign.toml"
    if problems := [p for p in errors(campaign.problems) if p.location.file in (campaign_file, campaign.folder)]:
        raise UnreadableFiles("The campaign can't be read as it is, so nothing was written.", problems)
    changes, gaps, unwritten_gaps = new_language.changes(campaign, tag, source)
    texts = [file for file in changes if file != campaign_file]
    file_changes.apply_or_explain(changes, campaign.folder, "Nothing was written.")
    name = english_name(tag)
    if texts:
        first = min(texts)
        console.info(f"Wrote {len(texts)} files to be filled in, {name} ({tag}): {first} and so on.")
    else:
        console.info(f"Every day has its file in {name} ({tag}) already; none was written.")
    _report_gaps(campaign_file, tag, gaps, unwritten_gaps)
    _report_embassies(plan, tag)
    missing_days = [number for number in DAYS if number not in campaign.days]
    if missing_days:
        day_list = phrases.short_list(list(map(str, missing_days)), 3)
        console.info(
            f"No file for day {day_list}, which can't be read: see orangeday check, then type this again.", "red"
        )
    console.info(
        f"Next: fill in each empty pair of quotes{' and each “…”' if gaps else ''}, then orangeday check.", "dim"
    )
    return 1 if missing_days else 0


def _report_gaps(file: Path, language: str, gaps: Sequence[Gap], unwritten_gaps: Sequence[Gap]) -> None:
    """Say where campaign.toml is to be filled in or looked at, and what a person has to write there."""
    if gaps:
        console.info(f"{file} has new words in “{language}”:")
        source = file.read_bytes().decode()
        for gap in gaps:
            line = toml_edit.line_of(source, (*gap.key, language))
            step = "look whether they are so there too" if gap.key == ("hashtags",) else f"write it where {_TO_FILL_IN}"
            console.info(f"  line {line}, {_place(gap)}: {step}. In “{gap.language}”: {gap.example}")
    if unwritten_gaps:
        console.info(f"{file} still needs in “{language}”, and a person has to write it there:", "yellow")
        for gap in unwritten_gaps:
            value = "[…]" if gap.key == ("hashtags",) else '"…"'
            console.info(f"  {_place(gap)}: {language} = {value}. In “{gap.language}”: {gap.example}")


_TO_FILL_IN = f"“{toml_edit.TO_FILL_IN}” stands"


def _place(gap: Gap) -> str:
    """Return the place of a name in campaign.toml, as a reader finds it."""
    *section, key = gap.key
    if gap.key == ("hashtags",):
        return "[hashtags]"
    return f"[{'.'.join(section)}] {key}" if section else key


def _report_embassies(plan: Plan, language: str) -> None:
    """Say which embassies post in a language; or, where none does, what one needs in config.toml to do so."""
    names = [embassy.id for embassy in plan.config.embassies.values() if language in embassy.languages]
    if names:
        console.info(f"It is posted by: {phrases.short_list(names, 3)}.")
        return
    console.info(
        f"No embassy posts in it yet. In {plan.config.file}, add “{language}” to the embassy's languages, and to its "
        f'name, city, in_city, country and in_country the words for it: name = {{ {language} = "…" }}'
    )
