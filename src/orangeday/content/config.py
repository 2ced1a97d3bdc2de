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
from orangeday.content.addresses import alerts_address, is_loopback, ledger_address, service_address
from orangeday.content.approvers import DEFAULT_APPROVAL, ApprovalSettings, approval_settings
from orangeday.content.file_names import on_disk
from orangeday.content.network import DIRECT, Route, read_route
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
from orangeday.content.toml import Table, Text, language_code_hint
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec, PriceList, Shape
from orangeday.text.language import LANGUAGE

NAMES = ("embassy", "city", "in_city", "country", "in_country")
"""The placeholders for an embassy, its city and its country; also keys of the config, with `name` for `embassy`."""

PLACEHOLDERS = ("link", "hashtags", "minister", "helpline", *NAMES)
"""Every placeholder that has a meaning of its own, beside the handles and an embassy's free words."""


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
class Prices:
    """The prices of a platform, in US dollars, as listed on a date."""

    price_date: date
    post: float
    post_with_link: float
    alt_text: float
    read: float
    """The price of reading back one of the account's posts."""
    user_read: float
    """The price of asking whose an account is: once a day, however often it is asked."""
    table: Table = field(compare=False, repr=False)

    @property
    def location(self) -> Location:
        """The place in the file of the date on which the prices were listed."""
        return self.table.document.location((*self.table.key, "listed"))


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """The config's settings for a whole platform."""

    address: str
    """The address for requests, unless an account names its own server."""
    settle_after: timedelta | None
    """The longest time until the platform shows a new post; None where it does at once."""
    prices: Prices | None
    """None where a post costs nothing."""
    shape: Shape
    """The shape of the cards that it gets."""
    route: Route = DIRECT
    """The way to it, the same for all."""


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
    campaign, schedule, publishing = top.table("campaign"), top.table("schedule"), top.table("publishing")
    ledger, sections = top.table("ledger"), {name: top.table(name) for name in PLATFORMS}
    alerts, embassies, network = top.table("alerts"), top.table("embassies"), top.table("network")
    route = read_route(network, file.parent)

    mode = publishing.text("mode") or "dry-run"
    if mode not in ("dry-run", "live"):
        hint = did_you_mean(mode, ("dry-run", "live")) or 'Write "dry-run", or "live" to send for real.'
        publishing.problem("mode", "wrong-mode", f"there is no mode “{mode}”.", hint)
    workers = publishing.integer("workers", 8)
    if not 1 <= workers <= 64:
        publishing.problem("workers", "wrong-number", f"“workers” can't be {workers}.", "Write a number from 1 to 64.")
    platforms = {name: _platform(PLATFORMS[name], section, route) for name, section in sections.items()}
    for name, cause in PLATFORMS.load_errors.items():
        message, hint = f"the platform “{name}” can't be used: {cause}.", "Install its package again, or remove it."
        problems.append(error("broken-platform", Location(file, 1), message, hint, Scope(platform=name)))
        top.table(name)
    catch_up = _duration(schedule, "catch_up", timedelta(hours=6))
    if catch_up < timedelta(minutes=1):
        hint = "At least 1m: a post goes out only between its time and this much later."
        schedule.problem("catch_up", "wrong-number", f"“{schedule.text('catch_up')}” is too short.", hint)
    config = Config(
        file=file,
        posts=on_disk(file.parent, campaign.text("posts") or "posts"),
        start=_start(campaign),
        time=schedule.time_of_day("time") or time(9),
        spacing=_duration(schedule, "spacing", timedelta(minutes=20)),
        catch_up=catch_up,
        live=mode == "live",
        require_approval=publishing.boolean("require_approval", True),
        workers=workers,
        ledger_url=ledger_address(ledger, file.parent),
        platforms=platforms,
        embassies=_embassies(embassies, platforms, mode),
        alerts=alerts_address(alerts),
        reminder_hour=alerts.time_of_day("tomorrow"),
        problems=(),
        accepted_warnings={(file, rule): reason for rule, reason in top.accepted_warnings().items()},
        approval=approval_settings(top.table("approval")),
        only_embassy=next(iter(embassies)) if len(list(embassies)) == 1 else None,
        route=route,
    )
    for table in (campaign, schedule, publishing, ledger, *sections.values(), alerts, network, top):
        table.done()
    if not list(embassies) and ("embassies" not in top or top.is_table("embassies")):
        embassies.problem(
            embassies.location, "no-embassy", "there is no embassy.", "Add a section [embassies.nairobi]."
        )
    return replace(config, problems=tuple(problems))


def _start(campaign: Table) -> date | None:
    start = campaign.calendar_date("start")
    if start and not 2000 <= start.year <= 2100:
        campaign.problem("start", "wrong-date", f"no campaign starts on {start}.", "Write the date of day 1.")
        return None
    return start


def _platform(spec: PlatformSpec, table: Table, route: Route) -> PlatformSettings:
    address = service_address(table, spec.server.key, spec.server.address)
    prices = _prices(spec.prices, table.table("prices")) if spec.prices else None
    shape = _shape(spec, table)
    least = spec.settle_after
    if least is None:
        return PlatformSettings(address, None, prices, shape, route)
    settle_after = _duration(table, "settle_after", least)
    if settle_after < least and not is_loopback(address):
        late = f"{spec.title} shows a new post late, and too early a look would post it again"
        hint = f"At least {least // timedelta(minutes=1)}m: {late}."
        table.problem("settle_after", "wrong-number", f"“{table.text('settle_after')}” is too short.", hint)
    return PlatformSettings(address, settle_after, prices, shape, route)


def _shape(spec: PlatformSpec, table: Table) -> Shape:
    value = table.text("shape")
    if value is None or value in [*Shape]:
        return spec.shape if value is None else Shape(value)
    table.problem(
        "shape", "wrong-shape", f"a card can't have the shape “{value}”.", f'Write "{Shape.WIDE}" or "{Shape.TALL}".'
    )
    return spec.shape


def _prices(usual: PriceList, table: Table) -> Prices:
    prices = Prices(
        price_date=table.calendar_date("listed") or usual.list_date,
        post=table.number("post", usual.post),
        post_with_link=table.number("post_with_link", usual.post_with_link),
        alt_text=table.number("alt_text", usual.alt_text),
        read=table.number("read", usual.read),
        user_read=table.number("user_read", usual.user_read),
        table=table,
    )
    table.done()
    return prices


def _embassies(table: Table, platforms: Mapping[str, PlatformSettings], mode: str) -> dict[str, Embassy]:
    embassies = {
        name: embassy for name, section in table.tables() if (embassy := _embassy(name, section, platforms, mode))
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
    possible = re.fullmatch(r"[a-z0-9-]+", name)
    if not possible:
        better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "nairobi"
        table.problem(
            table.location, "wrong-id", f"“{name}” can't be an embassy's id.", f"Use a–z, 0–9 and -: {better}."
        )
    elif f".{name}" in [shape.suffix for shape in Shape]:
        message = f"“{name}” can't be an embassy's id: en.{name}.png is everybody's card in another shape."
        table.problem(table.location, "wrong-id", message, "Write another, like the name of its city.")
        possible = None
    config_keys = {"embassy": "name"}
    names = {key: table.table(config_keys.get(key, key)).by_language(LANGUAGE) for key in NAMES}
    timezone = embassy_section.timezone(table)
    languages = table.texts("languages", mandatory=True)
    for n, language in enumerate(languages):
        if not LANGUAGE.fullmatch(language):
            message, hint = f"“{language}” isn't a language code.", language_code_hint(language)
            table.problem(language.location, "wrong-language", message, hint)
        elif language in languages[:n]:
            table.problem(language.location, "duplicate-language", f"“{language}” is there twice.", "Keep one.")
    if table.is_list("languages") and not languages:
        table.problem("languages", "no-language", f"{name} has no language.", 'Write languages = ["en"].')
    time = table.time_of_day("time")
    without_hashtags = frozenset(tag.casefold() for tag in table.hashtags("without_hashtags"))
    cards = table.boolean("cards", True)
    accounts = tuple(account for p in PLATFORMS if (account := _account(name, p, table, platforms[p], mode)))
    for platform in PLATFORMS.load_errors:
        table.table(platform)  # that it can't be used is said once, for all
    if not any(platform in table for platform in (*PLATFORMS, *PLATFORMS.load_errors)):
        hint = f'Write it in [embassies.{name}]: x = {{ handle = "…" }}'
        table.problem(table.location, "no-account", f"{name} has no account on any platform.", hint)
    skip = embassy_section.skip(table, [*languages, *PLATFORMS])
    days = embassy_section.days(table.table("days"), languages)
    approval = approval_settings(table.table("approval"))
    helplines, card_names = (table.table(key).by_language(LANGUAGE) for key in ("helpline", "card_name"))
    words, logo = embassy_section.words(table.table("words"), PLACEHOLDERS), table.text("logo")
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
    account = table.table(platform)
    if not table.is_table(platform):
        return None
    account.scope = replace(table.scope, platform=platform)
    handle = account.text("handle", mandatory=True)
    account_address = (
        service_address(account, spec.server.key, settings.address) if spec.server.is_per_account else None
    )
    account.done()
    if handle is None:
        return None
    if handle.startswith("@"):
        account.problem("handle", "wrong-handle", f"“{handle}” has an @.", f"Leave it out: {handle[1:]}.")
    elif problem := spec.handle_flaw(handle):
        # The example's handles can belong to nobody, on purpose: a dry run may use them, a live run may not.
        if mode == "live":
            account.problem("handle", "wrong-handle", f"“{handle}” {problem}", "Write the account's own handle.")
        elif not re.fullmatch(r"[\w.-]+", handle):
            account.problem("handle", "wrong-handle", f"“{handle}” isn't a handle.", "Letters, digits, . - and _ only.")
    address = account_address or settings.address
    return Account(embassy, platform, handle, account_address, address, settings.settle_after, settings.route)


def _duration(table: Table, key: str, default: timedelta) -> timedelta:
    value = table.text(key)
    if value is None:
        return default
    match = re.fullmatch(r"(?:(\d{1,4})h)?\s*(?:(\d{1,4})m)?\s*(?:(\d{1,4})s)?", value)
    if not value.strip() or not match:
        table.problem(key, "wrong-duration", f"“{value}” isn't a length of time.", 'Write it like "20m" or "1h30m".')
        return default
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
