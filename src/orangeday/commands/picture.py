from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import Files, files
from orangeday.commands.options import Languages
from orangeday.commands.selection import days, must_exist
from orangeday.content import encoding, images, own_picture, toml_edit
from orangeday.content.campaign import Day
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.problems import errors
from orangeday.content.translations import Translation
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.catalogue import check
from orangeday.system import file_changes
from orangeday.text.display import english_name
from orangeday.text.shells import quote
from orangeday.views import console
from orangeday.views.terminal import check as check_view


@dataclass(frozen=True, slots=True)
class _Post:
    """A text whose card is to give way to a picture, or to come back."""

    translation: Translation
    file: Path
    """Where its words stand, or are to stand where an embassy has none of its own yet."""

    @property
    def language(self) -> str:
        return str(self.translation.language)


def picture(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(help="The day: 7, today or tomorrow.", metavar="DAY")],
    photo: Annotated[Path | None, typer.Argument(help="The picture: jpg, png, webp or gif.", metavar="FILE")] = None,
    alt: Annotated[
        str | None, typer.Option(help="What can be seen on it, for who can't see it.", metavar="TEXT")
    ] = None,
    language: Languages = None,
    embassy: Annotated[
        str | None, typer.Option(help="For this embassy alone; its words become its own.", metavar="NAME")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Go back to the drawn card.")] = False,
) -> int:
    """Put a photo of your own in the place of a day's card.

    It is copied beside the day's texts, and what it shows is written into them, in each language: on a terminal you are
    asked for each, else say it with --language and --alt, a language at a time. The drawn card is deleted; `orangeday
    picture 7 --remove` and `orangeday cards 7` bring it back. A picture of yours that was there is kept beside it,
    under a name that ends with .removed.

    For example: orangeday picture 7 photo.jpg --language en --alt "A woman reads at a long table."
    """
    officer_files = files(ctx, example=False)
    posts = _posts(officer_files, day, language, embassy)
    if remove == (photo is not None):
        raise OrangedayError(
            "Name a picture, or say --remove to go back to the drawn card: one of the two. Nothing was changed."
        )
    number = int(posts[0].file.parent.name[:2])
    try:
        changes = _without_photo(posts, alt, number) if photo is None else _with_photo(posts, photo, alt, number)
    except toml_edit.CannotEdit as failure:
        raise OrangedayError(
            f"The alt text can't be written into {posts[0].file.parent} as the files are. Nothing was changed. See "
            "orangeday check; or write it yourself, below [card]."
        ) from failure
    kept_names = {
        file: name
        for file, content in changes.items()
        if content is None and (name := own_picture.kept_name(file)) in changes
    }
    file_changes.apply_or_explain(changes, posts[0].file.parent, "Nothing was changed.")
    for file, content in changes.items():
        if file in kept_names:
            console.info(f"Kept your picture {file} as {kept_names[file].name}.")
        elif file not in kept_names.values():
            console.info(f"{'Deleted' if content is None else 'Wrote'} {file}.")
    for post in posts:
        if post.file != post.translation.file:
            console.info(f"Its words are its own now: what is changed in {post.translation.file} doesn't reach them.")
    languages_option = "".join(f" --language {post.language}" for post in posts) if language else ""
    embassy_option = f" --embassy {embassy}" if embassy else ""
    approval = f"orangeday approve {number}{languages_option}{embassy_option}"
    return _report(officer_files, posts, approval, is_drawn=photo is None)


def _posts(officer_files: Files, word: str, languages: Sequence[str] | None, embassy: str | None) -> list[_Post]:
    """Return the texts that are meant. Raises OrangedayError where there are none, or one has no card."""
    plan = officer_files.plan
    numbers = days([word], plan)
    if len(numbers) != 1:
        raise OrangedayError("A picture is for one day: orangeday picture 7 photo.jpg. Nothing was changed.")
    (number,) = numbers
    day = plan.campaign.days.get(number)
    if day is None:
        raise OrangedayError(f"Day {number} can't be read: see orangeday check. Nothing was changed.")
    must_exist("embassy", [embassy] if embassy else [], list(plan.config.embassies))
    embassies = [plan.config.embassies[embassy]] if embassy else plan.config.embassies.values()
    posted_languages = dict.fromkeys(str(tag) for entry in embassies for tag in entry.languages)
    special_words = {str(language) for language, name in day.embassy_translations if name == embassy}
    must_exist("language", languages or (), [*(posted_languages if embassy else day.translations)])
    tags = [tag for tag in languages or posted_languages if tag in day.translations or tag in special_words]
    if not tags:
        raise OrangedayError(f"Day {number} has no text there. See orangeday check. Nothing was changed.")
    return [_post(day, tag, embassy) for tag in tags]


def _post(day: Day, language: str, embassy: str | None) -> _Post:
    translation = day.translation(language, embassy or "")
    if translation is None:
        raise OrangedayError(f"Its text in “{language}” can't be read: see orangeday check. Nothing was changed.")
    if translation.headline is None:
        raise OrangedayError(
            f'{translation.file} has no card, in whose place a picture could be. Write below it [card], headline = "…" '
            'and alt = "…", then type this again. Nothing was changed.'
        )
    file = translation.file if embassy is None else translation.file.with_name(f"{language}.{embassy}.toml")
    return _Post(translation, file)


def _with_photo(posts: Sequence[_Post], photo: Path, alt: str | None, number: int) -> dict[Path, bytes | None]:
    """Return the changes that put a photo in the place of the cards. Raises OrangedayError, or CannotEdit."""
    picture, content = _postable_picture(photo)
    alts = _alts(posts, photo, alt, number)
    changes: dict[Path, bytes | None] = {}
    for post in posts:
        target = own_picture.place(post.file, picture)
        if target.is_symlink():
            raise OrangedayError(f"{target} is a link to another file: move it away first. Nothing was changed.")
        has_drawn_card = not own_picture.own_pictures(post.file)
        changes |= _removals(post.file, target, content)
        changes[target] = content
        text = post.translation.file.read_bytes().decode()
        changes[post.file] = own_picture.with_alt(text, alts[post.language], has_drawn_alt=has_drawn_card).encode()
    return changes


def _postable_picture(photo: Path) -> tuple[Picture, bytes]:
    """Return a picture and its file's content. Say how it is posted otherwise. Raises OrangedayError if it can't be."""
    specs = PLATFORMS.values()
    judgement = images.judge_file(photo, tuple(dict.fromkeys(spec.pictures for spec in specs)))
    if isinstance(judgement.picture, Flaw):
        flaw = judgement.picture
        raise OrangedayError(f"{photo} can't be posted: {flaw.message} {flaw.hint} Nothing was changed.")
    if judgement.picture.stamp:
        raise OrangedayError(f"{photo} is a card that orangeday drew: orangeday cards draws it. Nothing was changed.")
    alterations = {}
    for spec in specs:
        fit = judgement.fits[spec.pictures]
        if isinstance(fit, Flaw):
            raise OrangedayError(
                f"{photo} can't be posted on {spec.title}: {fit.message} {fit.hint} Nothing was changed."
            )
        alterations[spec.title] = fit.alterations
    if words := encoding.in_words(alterations):
        console.info(f"{photo} is posted {words}.", "yellow")
    content = images.read_picture(photo)
    if isinstance(content, Flaw):
        raise OrangedayError(f"{photo} can't be read: {content.message} Nothing was changed.")
    return judgement.picture, content


def _alts(posts: Sequence[_Post], photo: Path | None, alt: str | None, number: int) -> dict[str, str]:
    """Return the alt text of each language, as given or as typed. Raises OrangedayError where nobody can be asked."""
    if alt is not None and not alt.strip():
        raise OrangedayError("--alt is empty. Say what can be seen on the picture. Nothing was changed.")
    if len(posts) == 1 and alt is not None:
        return {posts[0].language: alt}
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        _list_commands(posts, photo, number)
        raise OrangedayError("What it shows is to be said in each language. Nothing was changed.")
    alts = {}
    console.info("What can be seen on it? A blind reader hears it, in each language. Ctrl-C changes nothing.\n")
    try:
        for post in posts:
            alts[post.language] = _ask(f"In {english_name(post.language)}", alt or "")
    except typer.Abort:
        console.info("\nNothing was changed.")
        raise
    return alts


def _ask(question: str, default: str) -> str:
    """Return an answer that isn't empty."""
    answer = ""
    while not answer:
        answer = str(typer.prompt(question, default=default, show_default=bool(default), err=True)).strip()
    return answer


def _list_commands(posts: Sequence[_Post], photo: Path | None, number: int) -> None:
    """Print the command for each language, whose alt text is to be written between the quotes."""
    argument = quote(str(photo)) if photo else "--remove"
    console.info("Type these, each with what the picture shows between its quotes:")
    for post in posts:
        embassy = post.file.stem.partition(".")[2]
        embassy_option = f" --embassy {embassy}" if embassy else ""
        console.command(f'orangeday picture {number} {argument} --language {post.language}{embassy_option} --alt "…"')


def _removals(text_file: Path, target: Path | None, content: bytes | None) -> dict[Path, bytes | None]:
    """Return the changes that leave no picture beside a text but the target: a drawn card goes, any other is kept."""
    changes: dict[Path, bytes | None] = {}
    for file in own_picture.pictures_beside(text_file):
        if own_picture.is_drawn(file):
            changes[file] = None
            continue
        old_content = file.read_bytes()
        if not (file == target and old_content == content):
            changes |= {own_picture.kept_name(file): old_content, file: None}
    return changes


def _without_photo(posts: Sequence[_Post], alt: str | None, number: int) -> dict[Path, bytes | None]:
    """Return the changes that bring the drawn cards back. Raises OrangedayError, or CannotEdit."""
    changes: dict[Path, bytes | None] = {}
    unknown = []
    for post in posts:
        pictures = own_picture.own_pictures(post.file)
        if not (pictures and post.file.exists()):
            continue
        for file in pictures:
            changes |= {own_picture.kept_name(file): file.read_bytes(), file: None}
        text = own_picture.with_drawn_alt(post.file.read_bytes().decode())
        if text is None:
            unknown.append(post)
        else:
            changes[post.file] = text.encode()
    if not changes:
        raise OrangedayError(f"Day {number} has no picture of your own there. Nothing was changed.")
    if unknown:
        alts = _alts(unknown, None, alt, number)
        for post in unknown:
            text = post.file.read_bytes().decode()
            changes[post.file] = own_picture.with_alt(text, alts[post.language], has_drawn_alt=False).encode()
    return changes


def _report(officer_files: Files, posts: Sequence[_Post], approval: str, *, is_drawn: bool) -> int:
    """Say what `check` says of the texts now, and which approval they need; return the exit status."""
    plan = officer_files.read()
    changed_files = {post.file for post in posts}
    problems = [
        problem
        for problem in check(plan, system_clock(), list(plan))
        if problem.location.file in changed_files and not (is_drawn and problem.rule == "picture-missing")
    ]
    if problems:
        check_view.problems(console.messages(), problems)
    number = posts[0].translation.file.parent.name[:2].lstrip("0")
    if is_drawn:
        console.info(f"Next: orangeday cards {number} draws the card. Then it needs its approval:")
    else:
        console.info(f"It goes out only once it is approved. Look at it with orangeday preview {number}, then type:")
    console.command(approval)
    return 1 if errors(problems) else 0
