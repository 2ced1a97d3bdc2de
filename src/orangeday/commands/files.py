"""The officer's files, read, and read again when they have changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import typer

from orangeday.clock import Clock, system_clock
from orangeday.content import campaign, config
from orangeday.content.campaign import Campaign
from orangeday.content.config import Config
from orangeday.content.file_names import lookalike, names_in, on_disk, rename_hint
from orangeday.content.images import locate
from orangeday.content.plan import Plan
from orangeday.content.problems import WHOLE_CAMPAIGN, UnreadableFiles, errors
from orangeday.engine.years import first_day, may_follow
from orangeday.errors import OrangedayError
from orangeday.views import console

DEFAULT_CONFIG = Path("config.toml")
EXAMPLE_CONFIG = "config.example.toml"


class Files:
    """The officer's files as one: read, and read again when they have changed. Any thread may ask."""

    def __init__(
        self, config_file: Path, clock: Clock, embassies: list[str] | None = None, campaign: str | None = None
    ) -> None:
        """Read the files; `campaign` names the one that is meant, where the config doesn't say when it starts."""
        self.config_file = config_file
        self.campaign = campaign
        self._clock = clock
        self._embassies = embassies
        self._lock = threading.RLock()
        self._stamp: object = None
        self._last_check = time.monotonic()
        self._error: OrangedayError | None = None
        self._run: Run | None = None
        self.plan = self.read()

    def read(self, current_campaign: str | None = None) -> Plan:
        """Return the plan, as the files are now.

        Raises UnreadableFiles, or OrangedayError for an embassy that isn't there.

        `current_campaign` is the one that is planned so far: where the config names no day 1, it is planned on, also
        when the calendar has come to the next.
        """
        # The stamps are taken before the files are read: one that is edited meanwhile is read again.
        config_stamp = _stamp([self.config_file])
        loaded_config = config.load(self.config_file)
        posts_stamp = _stamp(_posts(loaded_config.posts))
        posts = campaign.load(loaded_config.posts)
        pictures = tuple(_other_pictures(posts))
        stamp = config_stamp, loaded_config.posts, posts_stamp, pictures, _stamp(pictures)
        named_first_day = None
        if campaign_name := self.campaign or current_campaign:
            named_first_day = first_day(campaign_name, posts.id)
        self.plan = Plan(
            posts, loaded_config, loaded_config.start or named_first_day or loaded_config.first_day(self._clock())
        )
        if self._embassies:
            unknown = [name for name in self._embassies if name not in loaded_config.embassies]
            if unknown:
                known = ", ".join(loaded_config.embassies)
                raise OrangedayError(f"There is no embassy “{unknown[0]}” in {self.config_file}. There are: {known}.")
            self.plan = self.plan.for_embassies(self._embassies)
        self._stamp = stamp
        return self.plan

    def begin(self, *, live: bool, is_mode_given: bool) -> None:
        """Begin a run: `newest_plan` raises from now on where the config says what it can't take over any more.

        `is_mode_given` says that an option made it live or a dry run, and not the config.
        """
        self._run = Run(self.plan.config, live, is_mode_given)

    def newest_plan(self, max_age: float = 0.0) -> Plan:
        """Return the plan, as the files are now or were `max_age` seconds ago at most.

        Raises OrangedayError as long as they can't be used, or can't be taken over by the run that has begun.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._last_check >= max_age:
                if self._has_changed():
                    self._error = None
                    try:
                        self._read_again()
                    except OrangedayError as failure:
                        self._error = failure
                self._last_check = now
            if self._error:
                raise self._error.with_traceback(None)
            return self.plan

    def _has_changed(self) -> bool:
        if not isinstance(self._stamp, tuple):
            return True  # they couldn't be used as they were
        config_stamp, posts, posts_stamp, pictures, pictures_stamp = self._stamp
        return bool(
            config_stamp != _stamp([self.config_file])
            or posts_stamp != _stamp(_posts(posts))
            or pictures_stamp != _stamp(pictures)
        )

    def _read_again(self) -> None:
        previous = self.plan
        try:
            plan = self.read(previous.campaign_id)
            plan.config.require_usable()
            require_campaign_id(plan)
            if self._run and (refusal := self._run.objection(plan.config)):
                raise refusal
            if objection := may_follow(previous, plan, self._clock(), self.campaign):
                raise OrangedayError(objection)
        except BaseException:
            self.plan, self._stamp = previous, None
            raise


class Run:
    """The settings with which a run goes on as it began: another record of posts, or mode, is for another run."""

    def __init__(self, config: Config, live: bool, is_mode_given: bool) -> None:
        self._file = config.file
        self._ledger = config.ledger_url
        self._live = live
        self._is_mode_given = is_mode_given
        self._was_live = config.live

    def objection(self, config: Config) -> OrangedayError | None:
        """Return why nothing may be sent by this config; None where it may."""
        if not self._live:
            if config.live and not self._was_live and not self._is_mode_given:
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
    """Return the files of a campaign, no deeper than they lie: “posts” may be a slip, and say "/"."""
    patterns = ("*.toml", "media/*", "[0-9][0-9]-*/*", "[0-9][0-9]-*/*/*")
    return sorted({file for pattern in patterns for file in folder.glob(pattern)})


def _other_pictures(posts: Campaign) -> set[Path]:
    """Return the pictures of a campaign that don't lie where pictures are looked for."""
    matches = (locate(posts.folder, name) for day in posts.days.values() for name in day.media)
    return {file for file in matches if isinstance(file, Path)} - set(_posts(posts.folder))


def _stamp(files: Iterable[Path]) -> object:
    """Return a value that changes when any of the files does: their times, sizes and inodes."""
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
    """Return the files that a command works on; the packaged example where there are none, if `example` allows it."""
    return Files(config_file(ctx, example=example), system_clock, embassies, campaign)


def config_file(ctx: typer.Context, *, example: bool) -> Path:
    """Return the config that a command works on. Raises OrangedayError where there is none."""
    named_file: Path | None = ctx.find_root().obj.config
    path = on_disk(Path(), named_file or DEFAULT_CONFIG)
    # Whatever has the name is read, to say what is wrong with it: a folder, say.
    if os.path.lexists(path):
        return path
    if similar_name := lookalike(path.name, names_in(path.parent)):
        step = rename_hint(path.parent / similar_name, path.name)
        raise OrangedayError(f"There is no file {path}, but there is {similar_name}. {step}")
    if named_file:
        raise OrangedayError(f"There is no file {path}. Check --config, or run `orangeday init` to write one.")
    if sign := _sign_of_a_campaign():
        raise OrangedayError(f"There is no config.toml here, but there is {sign}")
    if not example:
        raise OrangedayError("There is no config.toml here. Run `orangeday init` to write one, or use --config FILE.")
    if _is_programs_own_folder():
        console.info(f"There is no config.toml here: this is {EXAMPLE_CONFIG}.", "dim")
        return Path(EXAMPLE_CONFIG)
    console.info("There is no config.toml here: this is the example that orangeday carries.", "dim")
    return packaged_example()


def _sign_of_a_campaign() -> str | None:
    """Return what shows that a campaign of the officer's own lies here, and the next step; None where nothing does.

    A report about the example would be taken for one about these files.
    """
    names = {name.casefold(): name for name in names_in(Path())}
    step_up = "This is a folder within a campaign: go to the folder of its config.toml, or use --config FILE."
    if name := names.get("campaign.toml") or names.get("day.toml"):
        return f"{name}. {step_up}"
    copy = "Put a copy of your config.toml here, or use --config FILE."
    if name := names.get("orangeday.db"):
        return f"{name}, the record of posts. {copy}"
    name = names.get("posts", "")
    is_example = name and os.path.realpath(name) == os.path.realpath(packaged_example().with_name("posts"))
    if not name or not Path(name).is_dir() or is_example or _is_programs_own_folder():
        return None
    return f"a folder {name}. {copy} `orangeday init FOLDER` writes a new one, with the campaign's own posts."


def packaged_example() -> Path:
    """Return the example config, beside its posts: in the installed package, or at the top of a checkout."""
    installed_file = Path(__file__).parents[1] / "example" / EXAMPLE_CONFIG
    return installed_file if installed_file.is_file() else Path(__file__).parents[3] / EXAMPLE_CONFIG


def _is_programs_own_folder() -> bool:
    """Return whether this is a folder that orangeday is built from, and another orangeday runs in it.

    `init` writes no example: where one lies beside `posts/`, those are the program's and not an officer's.
    """
    here = Path(EXAMPLE_CONFIG)
    return here.is_file() and Path("posts").is_dir() and not here.samefile(packaged_example())


def require_campaign_id(plan: Plan) -> None:
    """Raise UnreadableFiles where the campaign's id can't be read: whatever is sent would be of another campaign."""
    if not campaign.ID.fits(plan.campaign.id):
        problems = [problem for problem in errors(plan.campaign.problems) if problem.scope == WHOLE_CAMPAIGN]
        file = plan.campaign.folder / "campaign.toml"
        raise UnreadableFiles(f"{file} has no id that can be used, so nothing is sent.", problems)
