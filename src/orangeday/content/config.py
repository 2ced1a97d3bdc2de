"""The Config: the embassies, their accounts and the schedule, as read from `config.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from orangeday.clock import DAYS, running_or_next
from orangeday.content import embassy_section
from orangeday.content import toml_file as source
from orangeday.content.addresses import alerts_address, ledger_address, service_address
from orangeday.content.approvers import DEFAULT_APPROVAL, ApprovalSettings, approval_settings
from orangeday.content.file_names import on_disk
from orangeday.content.network import DIRECT, Route, read_route
from orangeday.content.platform_section import PlatformSettings, Prices, platform_settings
from orangeday.content.problems import (
    WHOLE_CAMPAIGN,
    Location,
    Problem,
    Scope,
    UnreadableFiles,
    did_you_mean,
    error,
    errors,
)
from orangeday.content.toml import Table, Text
from orangeday.content.toml_forms import LANGUAGE_CODE, Form, one_of
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import Shape
from orangeday.text.language import LANGUAGE

_NAME_DESCRIPTIONS = {
    "embassy": "{embassy}: the embassy's name, by language, with its article: “the Belgian Embassy in Nairobi”.",
    "city": "{city}: its city, by language: “Nairobi”.",
    "in_city": "{in_city}: its city with the preposition that the language wants: “in Nairobi”, “à Nairobi”.",
    "country": "{country}: its country, by language: “Kenya”.",
    "in_country": "{in_country}: its country with the preposition that the language wants: “in Kenya”, “au Kenya”.",
}
NAMES = tuple(_NAME_DESCRIPTIONS)
"""The placeholders for an embassy, its city and its country; also keys of the config, with `name` for `embassy`."""

PLACEHOLDERS = ("link", "hashtags", "minister", "helpline", *NAMES)
"""Every placeholder that has a meaning of its own, beside the handles and an embassy's free words."""


def _mode_hint(mode: str) -> str:
    return did_you_mean(mode, _MODE.choices) or 'Write "dry-run", or "live" to send for real.'


def _id_hint(name: str) -> str:
    return f"Use a–z, 0–9 and -: {re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-') or 'nairobi'}."


_MODE = one_of(("dry-run", "live"), "wrong-mode", "there is no mode “{}”.", _mode_hint)
_ID = Form(r"[a-z0-9-]+", "wrong-id", "“{}” can't be an embassy's id.", _id_hint)
_NO_AT = Form(r"[^@][\s\S]*", "wrong-handle", "“{}” has an @.", lambda handle: f"Leave it out: {handle[1:]}.")


@dataclass(frozen=True, slots=True)
class Account:
    """One login of one Embassy on one platform, with all that a connection needs except the credentials."""

    embassy: str
    platform: str
    handle: Text
    service: str | None
    """The server's address, where the platform has more than one."""
    address: str = ""
    """The address for its requests: that of its server, or else the platform's. A password is sent nowhere else."""
    settle_after: timedelta | None = None
    """The longest time until the platform shows a new post; None where it does at once."""
    route: Route = DIRECT
    """The way to its server."""

    def __str__(self) -> str:
        return f"{self.embassy}/{self.platform}"


@dataclass(frozen=True, slots=True)
class Embassy:
    """An embassy that posts: names, time zone, languages, accounts."""

    id: str
    names: Mapping[str, Mapping[str, Text]]
    """By placeholder (NAMES), then by language."""
    timezone: ZoneInfo
    languages: tuple[Text, ...]
    """In the order in which they are posted."""
    time: time | None
    skip: frozenset[str]
    """Days, or `7/x`, `7/en`."""
    days: Mapping[str, frozenset[int]]
    """The only days of a language, where it isn't posted on all of them."""
    without_hashtags: frozenset[str]
    """In lower case: a hashtag is the same however it is written."""
    cards: bool
    """True if its posts show the cards that are drawn of them."""
    accounts: tuple[Account, ...]
    approval: ApprovalSettings = DEFAULT_APPROVAL
    """The people who may approve what is this embassy's alone, beside those of the whole config."""
    helplines: Mapping[str, Text] = field(default_factory=dict)
    """By language, as is what follows."""
    words: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    """Its free words, by placeholder. Those of other embassies are here too, and empty."""
    card_names: Mapping[str, Text] = field(default_factory=dict)
    """The sender on its own cards, where its name is too long for that."""
    logo: Text | None = None
    """The name of the picture on its own cards, relative to the folder of the posts."""

    @property
    def place(self) -> str:
        """The city's name in English, or in a language that it is written in; without one, the id."""
        cities = self.names["city"]
        return str(cities.get("en") or next(iter(cities.values()), self.id))

    def skips(self, day: int, platform: str, language: str) -> bool:
        """Return whether nothing is posted there on that day, in that language."""
        if self.days and day not in self.days.get(language, DAYS):
            return True
        return bool(self.skip) and not self.skip.isdisjoint((f"{day}", f"{day}/{platform}", f"{day}/{language}"))


@dataclass(frozen=True, slots=True)
class Config:
    """The content of config.toml. A value that can't be read has its default, and `problems` has the reason."""

    file: Path
    posts: Path
    start: date | None
    reminder_hour: time | None
    """The hour, on each embassy's clock, from which somebody is told what goes out tomorrow; None for never."""
    time: time
    spacing: timedelta
    catch_up: timedelta
    live: bool
    require_approval: bool
    workers: int
    ledger_url: str
    platforms: Mapping[str, PlatformSettings]
    """Every platform by name, with an account there or without."""
    alerts: str | None
    """The address for alerts, in the form of apprise, with `{secret}` in the place of the password."""
    embassies: Mapping[str, Embassy]
    problems: tuple[Problem, ...]
    accepted_warnings: Mapping[tuple[Path, str], Text]
    """The reasons for which warnings about this file are accepted, by file and rule."""
    approval: ApprovalSettings = DEFAULT_APPROVAL
    only_embassy: str | None = None
    """The id of the embassy, where the file has one alone; a choice of some of several is none."""
    route: Route = DIRECT
    """The way to the platforms."""

    @property
    def prices(self) -> dict[str, Prices]:
        """The prices of the platforms that charge for a post, by name."""
        return {name: platform.prices for name, platform in self.platforms.items() if platform.prices}

    def first_day(self, now: datetime) -> date:
        """Return the date of day 1: as configured; or else of the running campaign, or of the next."""
        return self.start or running_or_next(now)

    def start_location(self) -> Location:
        """Return the line of day 1, or of the section in which it would be written."""
        top = _read(self.file, []) or source.empty_table(self.file)  # the date itself doesn't know its line
        return top.document.location(("campaign", "start"))

    def errors_of(self, account: Account) -> list[Problem]:
        """Return the errors in the lines of this account. If there is one, its password isn't sent anywhere."""
        return [
            problem
            for problem in errors(self.problems)
            if problem.scope.platform == account.platform and account.embassy in (problem.scope.embassies or ())
        ]

    def require_usable(self) -> Config:
        """Return the config itself. Raise UnreadableFiles if an error in it affects every delivery."""
        grave = [problem for problem in errors(self.problems) if problem.scope == WHOLE_CAMPAIGN]
        if grave:
            raise UnreadableFiles(f"{self.file} can't be used as it is, so nothing is sent.", grave)
        return self


def _read(file: Path, problems: list[Problem]) -> Table | None:
    return source.read(file, problems, max_bytes=source.MAX_MINISTRY_BYTES)


def load(file: Path) -> Config:
    """Read the file. Raise UnreadableFiles where it can't be read at all."""
    problems: list[Problem] = []
    top = _read(file, problems)
    if top is None:
        raise UnreadableFiles(f"{file} can't be read, so nothing is sent.", problems)
    return replace(read_config(top, file), problems=tuple(problems))


def read_config(top: Table, file: Path) -> Config:
    """Return the config of a file's top table; the problems, the broken platforms' too, are added to its document."""
    campaign = top.table("campaign", "Which posts, and from which day on.")
    schedule = top.table("schedule", "When the posts go out.")
    publishing = top.table("publishing", "How the posts go out: for real or not, and with whose approval.")
    ledger = top.table("ledger", "The record of what went out.")
    sections = {name: top.table(name, f"How {spec.title} is spoken to.") for name, spec in PLATFORMS.items()}
    alerts = top.table("alerts", "Who is told what needs attention, once for each cause.")
    embassies = top.table("embassies", "The embassies that post, by an id of your choice: [embassies.nairobi].")
    network = top.table(
        "network", "The way to the platforms, where a ministry's network lets nothing straight through."
    )
    route = read_route(network, file.parent)

    mode = (
        publishing.text("mode", "“live” sends for real; “dry-run” shows what would be sent.", form=_MODE) or "dry-run"
    )
    workers = publishing.integer("workers", "How many accounts are served side by side.", 8, range(1, 65))
    platforms = {name: platform_settings(PLATFORMS[name], section, route) for name, section in sections.items()}
    for name, cause in PLATFORMS.load_errors.items():
        message, hint = f"the platform “{name}” can't be used: {cause}.", "Install its package again, or remove it."
        top.document.problems.append(error("broken-platform", Location(file, 1), message, hint, Scope(platform=name)))
        top.table(name, f"The platform can't be used: {cause}.")
    description = "How late a post may still go out, and never past its own day: 6h, 1h30m."
    catch_up = schedule.duration("catch_up", description, timedelta(hours=6))
    if catch_up < timedelta(minutes=1):
        hint = "At least 1m: a post goes out only between its time and this much later."
        schedule.problem("catch_up", "wrong-number", f"“{schedule.text('catch_up')}” is too short.", hint)
    config = Config(
        file=file,
        posts=on_disk(file.parent, campaign.text("posts", "The folder with the sixteen days.") or "posts"),
        start=_start(campaign),
        time=schedule.time_of_day("time", "The hour of each post, on the embassy's own clock.") or time(9),
        spacing=schedule.duration("spacing", "The time between two languages on one account.", timedelta(minutes=20)),
        catch_up=catch_up,
        live=mode == "live",
        require_approval=publishing.boolean(
            "require_approval", "Live, only what somebody approved goes out. With false, anything does.", True
        ),
        workers=workers,
        ledger_url=ledger_address(ledger, file.parent),
        platforms=platforms,
        embassies=_embassies(embassies, platforms, mode),
        alerts=alerts_address(alerts),
        reminder_hour=alerts.time_of_day(
            "tomorrow", "The hour, on the embassy's clock, at which it says each day what goes out tomorrow."
        ),
        problems=(),
        accepted_warnings={(file, rule): reason for rule, reason in top.accepted_warnings().items()},
        approval=approval_settings(top.table("approval", "Who may approve, for all embassies.")),
        only_embassy=next(iter(embassies)) if len(list(embassies)) == 1 else None,
        route=route,
    )
    for table in (campaign, schedule, publishing, ledger, *sections.values(), alerts, network, top):
        table.done()
    if embassies.is_there or "embassies" not in top:
        embassies.require_any(None, "no-embassy", "there is no embassy.", "Add a section [embassies.nairobi].")
    return config


def _start(campaign: Table) -> date | None:
    description = "The date of day 1. Left out: that of the running campaign, or the next 25 November."
    start = campaign.calendar_date("start", description)
    if start and not 2000 <= start.year <= 2100:
        campaign.problem("start", "wrong-date", f"no campaign starts on {start}.", "Write the date of day 1.")
        return None
    return start


def _embassies(table: Table, platforms: Mapping[str, PlatformSettings], mode: str) -> dict[str, Embassy]:
    embassies = {
        name: embassy
        for name, section in table.tables("An embassy that posts.")
        if (embassy := _embassy(name, section, platforms, mode))
    }
    words = dict.fromkeys(word for embassy in embassies.values() for word in embassy.words)
    if not words:
        return embassies
    return {
        name: replace(embassy, words={word: embassy.words.get(word, {}) for word in words})
        for name, embassy in embassies.items()
    }


def _embassy(name: str, table: Table, platforms: Mapping[str, PlatformSettings], mode: str) -> Embassy | None:
    """Return the embassy of a section; None where its id or its time zone can't be used."""
    table.scope = Scope(embassies=frozenset({name}))
    possible = table.has_name(_ID)
    if f".{name}" in [shape.suffix for shape in Shape]:
        message = f"“{name}” can't be an embassy's id: en.{name}.png is everybody's card in another shape."
        table.problem(table.location, "wrong-id", message, "Write another, like the name of its city.")
        possible = False
    config_keys = {"embassy": "name"}
    names = {
        key: table.table(config_keys.get(key, key), description).by_language(LANGUAGE)
        for key, description in _NAME_DESCRIPTIONS.items()
    }
    timezone = embassy_section.timezone(table)
    description = "The languages in which it posts, in this order."
    languages = table.texts("languages", description, mandatory=True, form=LANGUAGE_CODE)
    table.require_distinct("languages", languages, "duplicate-language")
    hint = 'Write languages = ["en"].'
    table.require_items("languages", languages, "no-language", f"{name} has no language.", hint)
    time = table.time_of_day("time", "This embassy's own hour, on its clock.")
    description = "The hashtags that it leaves out."
    without_hashtags = frozenset(tag.casefold() for tag in table.hashtags("without_hashtags", description))
    cards = table.boolean("cards", "With false, its posts show no orange cards.", True)
    accounts = tuple(account for p in PLATFORMS if (account := _account(name, p, table, platforms[p], mode)))
    for platform in PLATFORMS.load_errors:
        table.table(
            platform, "An account on a platform that can't be used."
        )  # that it can't be used is said once, for all
    message, hint = f"{name} has no account on any platform.", f'Write it in [embassies.{name}]: x = {{ handle = "…" }}'
    table.require_any([*PLATFORMS, *PLATFORMS.load_errors], "no-account", message, hint)
    skip = embassy_section.skip(table, [*languages, *PLATFORMS])
    description = "Languages that it posts in on some days only: { en = [1, 16] }."
    days = embassy_section.days(table.table("days", description), languages)
    approval = approval_settings(table.table("approval", "Who may approve what this embassy alone posts."))
    description = "{helpline}: who helps here, by language. Left out: nothing stands there, and its line goes."
    helplines = table.table("helpline", description).by_language(LANGUAGE)
    description = "The sender on its own cards, by language, where its name is too long for them."
    card_names = table.table("card_name", description).by_language(LANGUAGE)
    description = 'Words of its own, each by language: from_city = { en = "from Nairobi" } is {from_city} in a text.'
    words = embassy_section.words(table.table("words", description), PLACEHOLDERS)
    logo = table.text(
        "logo", "A picture beside the sender on its own cards; its path begins in the folder of the posts."
    )
    table.done({"embassy": "The embassy's name stands under “name”."})
    if timezone is None or not possible:
        return None
    languages = tuple(dict.fromkeys(language for language in languages if LANGUAGE.fullmatch(language)))
    return Embassy(
        name,
        names,
        timezone,
        languages,
        time,
        skip,
        days,
        without_hashtags,
        cards,
        accounts,
        approval,
        helplines,
        words,
        card_names,
        logo,
    )


def _account(embassy: str, platform: str, table: Table, settings: PlatformSettings, mode: str) -> Account | None:
    spec = PLATFORMS[platform]
    account = table.table(platform, f"Its account on {spec.title}.")
    if not table.is_table(platform):
        return None
    account.scope = replace(table.scope, platform=platform)
    handle = account.text("handle", "The account's handle, without @.", mandatory=True, form=_NO_AT)
    account_address = (
        service_address(account, spec.server.key, settings.address) if spec.server.is_per_account else None
    )
    account.done()
    if handle is None:
        return None
    if _NO_AT.fits(handle) and (problem := spec.handle_flaw(handle)):
        # The example's handles can belong to nobody, on purpose: a dry run may use them, a live run may not.
        if mode == "live":
            account.problem("handle", "wrong-handle", f"“{handle}” {problem}", "Write the account's own handle.")
        elif not re.fullmatch(r"[\w.-]+", handle):
            account.problem("handle", "wrong-handle", f"“{handle}” isn't a handle.", "Letters, digits, . - and _ only.")
    address = account_address or settings.address
    return Account(embassy, platform, handle, account_address, address, settings.settle_after, settings.route)
