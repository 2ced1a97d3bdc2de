"""The Plan: campaign × config → every Delivery, in order of time. Pure; derived, never stored.

Embassies with the same time zone and hour share their slots, and the slots are sorted: to find what is due between two
moments takes time for these deliveries only, however many embassies there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from orangeday.clock import DAYS, time_in_words, to_utc, utc
from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import Account, Config, Embassy
from orangeday.content.problems import Problem
from orangeday.content.senders import alt_texts
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.content.wording import RenderedText, filled_in, is_same_everywhere, render
from orangeday.platforms.registry import title_of
from orangeday.platforms.specs import Shape
from orangeday.text.display import english_name

_MAX_TEXTS = 20_000
"""The most final texts that a plan keeps: those of 130 embassies in three languages, 8 MB."""


@dataclass(frozen=True, eq=False)
class Delivery:
    """One planned post: one Translation on one Account at one moment."""

    plan: Plan
    number: int
    embassy: Embassy
    account: Account
    language: str
    due: datetime
    deadline: datetime
    """The moment from which on it is too late."""

    @cached_property
    def key(self) -> str:
        """Its permanent name: `16days-2026/05/nairobi/x/en`."""
        return f"{self.plan.campaign_id}/{self.number:02}/{self.account}/{self.language}"

    @property
    def in_words(self) -> str:
        """The name by which a person knows it: `Hanoi, day 1, French, on X`."""
        place, platform = self.plan.place_of(self.embassy), title_of(self.platform)
        return f"{place}, day {self.number}, {english_name(self.language)}, on {platform}"

    @property
    def platform(self) -> str:
        return self.account.platform

    @property
    def date(self) -> date:
        """The date of its Day, the same in every time zone."""
        return self.plan.date(self.number)

    @property
    def day(self) -> Day | None:
        """Its Day; None where the Day's files can't be read."""
        return self.plan.campaign.days.get(self.number)

    @cached_property
    def translation(self) -> Translation | None:
        """Its Translation; None where there is none, or it can't be read."""
        return self.day.translation(self.language, self.embassy.id) if self.day else None

    @property
    def media(self) -> tuple[Text, ...]:
        """Its pictures as its platform gets them, each once, by their names relative to the folder of the posts."""
        return self._pictures(self.shape)

    @property
    def pictures(self) -> tuple[Text, ...]:
        """Its pictures by their names in its Translation, the same on every platform, whatever the card's shape."""
        return self._pictures(Shape.WIDE)

    def _pictures(self, shape: Shape) -> tuple[Text, ...]:
        pictures = self.translation.pictures(shape, cards=self.embassy.cards) if self.translation else ()
        return tuple(dict.fromkeys(pictures))

    @property
    def shape(self) -> Shape:
        """The shape of the cards that its platform gets."""
        return self.plan.config.platforms[self.platform].shape

    @cached_property
    def alt_texts(self) -> Mapping[str, str]:
        """The alt texts of its pictures, by their names, with the sender filled in; those that have one."""
        translation = self.translation
        if translation is None:
            return {}
        alt = alt_texts(self.plan.campaign, self.plan.config, translation)
        names = {str(translation.sent_name(picture, self.shape)): picture for picture in reversed(translation.media)}
        return {name: alt[picture] for name, picture in names.items() if picture in alt}

    @property
    def link(self) -> Text | None:
        """The link of its Day, in its language; None where there is none."""
        return self.day.link(self.language) if self.day else None

    @cached_property
    def rendered_text(self) -> RenderedText | None:
        day, translation = self.day, self.translation
        return self.plan.render(day, translation, self.embassy, self.platform) if day and translation else None

    @property
    def filled_in(self) -> Iterator[tuple[str, Text]]:
        """Each placeholder of its text, by name, with each text of the files that it is filled with."""
        if self.day and self.translation:
            yield from filled_in(self.plan.campaign, self.day, self.translation, self.embassy, self.platform)

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the embassy's time zone."""
        return moment.astimezone(self.embassy.timezone)


@dataclass(frozen=True)
class Progress:
    """The progress of a campaign at one moment: the deliveries that are over, and those still to come.

    A Delivery is over when it is too late for it.
    """

    plan: Plan
    now: datetime
    date: date
    """The date on the clocks of most embassies: it is rarely the same on all."""
    too_late: Sequence[Delivery]
    to_come: Sequence[Delivery]
    already_posted: Sequence[Delivery] = ()
    """The deliveries that are known to be posted: neither over nor to come."""

    @property
    def today(self) -> int | None:
        """The number of today's Day; None before day 1 and after the last."""
        number = (self.date - self.plan.first).days + 1
        return number if number in DAYS else None

    @property
    def is_running(self) -> bool:
        """True if something has been due already, and something is still to come."""
        return bool(self.to_come) and self.plan.has_begun(self.now)

    @property
    def is_over(self) -> bool:
        """True if there was something to post, and it is too late for all of it."""
        return bool(self.too_late or self.already_posted) and self.plan.is_over(self.now)

    @cached_property
    def days_over(self) -> tuple[int, ...]:
        """The numbers of the Days of which nothing is to come any more."""
        open_days, late_days = {d.number for d in self.to_come}, {d.number for d in self.too_late}
        return tuple(n for n in DAYS if n not in open_days and (n in late_days or self.plan.date(n) < self.date))

    @cached_property
    def days_partly_over(self) -> tuple[int, ...]:
        """The numbers of the Days that are over for some embassies, and not for others."""
        return tuple(sorted({d.number for d in self.too_late} & {d.number for d in self.to_come}))

    def in_words(self, *, has_ledger: bool = False) -> str | None:
        """Return today's day, how many posts are still to come, and how many are over; None before the campaign begins.

        `has_ledger`: there is a ledger, so some of what is over may have gone out. It isn't looked up.
        """
        open_count, late_count, posted_count = len(self.to_come), len(self.too_late), len(self.already_posted)
        total = open_count + late_count + posted_count
        if self.is_over:
            tail = "None of its posts will" if total > 1 else "Its post won't"
            return f"The campaign is over. Its last day was {_date_text(self.plan.last)}. {tail} be sent from now on."
        if not total or (self.today is None and not self.is_running):
            return None
        today = f"day {self.today} of {len(DAYS)} ({_date_text(self.date)})" if self.today else _date_text(self.date)
        posts = "post" if total == 1 else "posts"
        sentence = f"Today is {today}. {open_count:,} of {total:,} {posts} {_is(open_count)} still to come"
        if posted_count:
            rest = f"; {late_count:,} {_is(late_count)} over and will not be sent" if late_count else ""
            return f"{sentence}; {posted_count:,} went out{rest}."
        if not late_count:
            return f"{sentence}."
        whole = sum(delivery.number in self.days_over for delivery in self.too_late)
        parts = [f"the {whole:,} of {_days(self.days_over)}"] if whole else []
        if partly := self.days_partly_over:
            parts.append(f"{late_count - whole:,} of {_days(partly)}")
        end = "over: what of them did not go out will not be sent" if has_ledger else "over and will not be sent"
        return f"{sentence}; {' and '.join(parts)} {_is(late_count)} {end}."


def _date_text(date: date) -> str:
    return f"{date:%a} {date.day} {date:%b %Y}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _days(numbers: Sequence[int]) -> str:
    """Return Days in words: `day 1`, `days 1 to 4`, `days 1, 2 and 7`."""
    if len(numbers) == 1:
        return f"day {numbers[0]}"
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"days {numbers[0]} {'and' if len(numbers) == 2 else 'to'} {numbers[-1]}"
    return f"days {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


@dataclass(frozen=True, slots=True)
class _Slot:
    """A time at which some embassies post their n-th language of a Day."""

    due: datetime
    deadline: datetime
    number: int
    nth: int
    embassies: tuple[Embassy, ...]


class Plan:
    """A campaign's deliveries from `first`, the date of day 1, on."""

    def __init__(self, campaign: Campaign, config: Config, first: date, scope: str = "") -> None:
        """Make the plan. `scope` has the ids of the embassies, where it isn't all of them."""
        self.scope = scope
        self.campaign = campaign
        self.config = config
        self.first = first
        self.campaign_id = f"{campaign.id}-{first.year}"
        self._texts: dict[tuple[int, Path, str, str], RenderedText] = {}

    def render(self, day: Day, translation: Translation, embassy: Embassy, platform: str) -> RenderedText:
        """Return the final text for an embassy on a platform. The last ones are kept: what is due is read often."""
        key = (day.number, translation.file, embassy.id, "" if is_same_everywhere(translation) else platform)
        text = self._texts.get(key)
        if text is None:
            text = render(self.campaign, day, translation, embassy, platform)
            if not text.problems:  # a problem says which platform it is on
                if len(self._texts) >= _MAX_TEXTS:
                    self._texts.clear()
                self._texts[key] = text
        return text

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems found when the files were read."""
        return (*self.config.problems, *self.campaign.problems)

    @property
    def accepted_warnings(self) -> Mapping[tuple[Path, str], Text]:
        """The reasons for which warnings are accepted, by file and rule."""
        return {**self.config.accepted_warnings, **self.campaign.accepted_warnings}

    @property
    def accounts(self) -> Iterator[Account]:
        return (account for embassy in self.config.embassies.values() for account in embassy.accounts)

    def has_account(self, account: Account) -> bool:
        """Return whether an account is in the config just as it is."""
        embassy = self.config.embassies.get(account.embassy)
        return embassy is not None and account in embassy.accounts

    @cached_property
    def platforms(self) -> frozenset[str]:
        """The platforms on which an embassy has an account."""
        return frozenset(account.platform for account in self.accounts)

    def with_start(self, first: date, campaign: str | None = None) -> Plan:
        """Return the plan of these files for another day 1. `campaign` is its id, if that is another one."""
        renamed_campaign = replace(self.campaign, id=campaign) if campaign else self.campaign
        return Plan(renamed_campaign, self.config, first, self.scope)

    def for_embassies(self, embassies: Container[str]) -> Plan:
        """Return the same plan for some of its embassies."""
        selection = {name: embassy for name, embassy in self.config.embassies.items() if name in embassies}
        return Plan(self.campaign, replace(self.config, embassies=selection), self.first, ",".join(sorted(selection)))

    @property
    def last(self) -> date:
        """The date of the last Day."""
        return self.date(DAYS[-1])

    def date(self, number: int) -> date:
        """Return the date of a Day by its number."""
        return self.first + timedelta(days=number - 1)

    def __iter__(self) -> Iterator[Delivery]:
        return self._deliveries(self._slots)

    def due_between(self, since: datetime, until: datetime) -> Iterator[Delivery]:
        """Yield every Delivery with since < due ≤ until."""
        return self._deliveries(self._slots[self._index(since) : self._index(until)])

    def open_at(self, now: datetime) -> Iterator[Delivery]:
        """Yield every Delivery with due ≤ now < deadline."""
        slots = self._slots[self._index(now - self.config.catch_up) : self._index(now)]
        return self._deliveries(slot for slot in slots if now < slot.deadline)

    def expired_between(self, since: datetime, until: datetime) -> Iterator[Delivery]:
        """Yield every Delivery with since < deadline ≤ until."""
        earliest_due = since - self.config.catch_up - timedelta(seconds=1)
        slots = self._slots[self._index(earliest_due) : self._index(until)]
        return self._deliveries(slot for slot in slots if since < slot.deadline <= until)

    def find(self, key: str) -> Delivery | None:
        """Return the Delivery of this key; None where the plan doesn't have it any more."""
        parts = key.split("/")
        if len(parts) != 5 or parts[0] != self.campaign_id or parts[1] not in (f"{number:02}" for number in DAYS):
            return None
        number, (embassy_id, platform, language) = int(parts[1]), parts[2:]
        embassy = self.config.embassies.get(embassy_id)
        account = next((a for a in embassy.accounts if a.platform == platform), None) if embassy else None
        if not embassy or not account or language not in embassy.languages:
            return None
        if embassy.skips(number, platform, language):
            return None
        due, deadline = self._window(*self._hours(number, embassy), embassy.languages.index(language))
        return Delivery(self, number, embassy, account, language, due, deadline)

    def due_moments(self, since: datetime) -> list[datetime]:
        """Return the moments after `since` at which anything is due, each once, in order."""
        return sorted({d.due for d in self._deliveries(self._slots[self._index(since) :])})

    def clock_text(self, moment: datetime, *, with_year: bool | None = None) -> str:
        """Return a moment on the clock of all embassies, `Mon 30 Nov 10:12 UTC+3`; in UTC where theirs differ."""
        local_moment = self.shared_clock(moment)
        if local_moment is None:
            return utc(moment, with_year=with_year)
        return time_in_words(local_moment, with_year=with_year)

    def shared_clock(self, moment: datetime) -> datetime | None:
        """Return a moment as the clocks of all embassies show it; None where they don't show the same."""
        readings = [moment.astimezone(embassy.timezone) for embassy in self.config.embassies.values()]
        return readings[0] if len({reading.utcoffset() for reading in readings}) == 1 else None

    def next_after(self, now: datetime) -> Delivery | None:
        """Return the first Delivery due after `now`; None where there is none."""
        ahead = (
            self._slots[index] for index in range(self._index(now), len(self._slots))
        )  # a slice would copy them all
        return next(self._deliveries(ahead), None)

    def progress(
        self, now: datetime, deliveries: Iterable[Delivery] | None = None, posted_keys: Container[str] = ()
    ) -> Progress:
        """Return the progress at `now` of these `deliveries`, or of all.

        `posted_keys` are the keys of those that are known to have gone out.
        """
        groups: tuple[list[Delivery], list[Delivery], list[Delivery]] = ([], [], [])
        for delivery in self if deliveries is None else deliveries:
            groups[2 if delivery.key in posted_keys else delivery.deadline > now].append(delivery)
        return Progress(self, now, today(self, now), *groups)

    def has_begun(self, now: datetime) -> bool:
        """Return whether anything has been due by now."""
        return any(self.due_between(self.begins, now))

    def is_running(self, now: datetime) -> bool:
        """Return whether anything has been due by now, and not all of it is over."""
        return self.has_begun(now) and self.ends is not None and now < self.ends

    @cached_property
    def begins(self) -> datetime:
        """A moment before all deliveries: one second before day 1 begins in any time zone (UTC+14)."""
        return to_utc(self.first, time(0), timezone(timedelta(hours=14))) - timedelta(seconds=1)

    @property
    def end_of_last_day(self) -> datetime:
        """The moment when the last Day is over in every time zone (UTC-12)."""
        return to_utc(self.date(DAYS[-1] + 1), time(12), UTC)

    @cached_property
    def ends(self) -> datetime | None:
        """The moment when it is too late for the last delivery; None where nothing is planned."""
        # A slot that every embassy skips has no window.
        return max((slot.deadline for slot in self._slots if any(self._deliveries([slot]))), default=None)

    def is_over(self, now: datetime) -> bool:
        """Return whether it is too late for the last delivery; with none planned, whether the last Day is over."""
        return (self.ends or self.end_of_last_day) <= now

    @cached_property
    def _slots(self) -> list[_Slot]:
        """All slots, sorted by due."""
        clocks: dict[tuple[str, time | None], list[Embassy]] = {}
        for embassy in self.config.embassies.values():
            clocks.setdefault((embassy.timezone.key, embassy.time), []).append(embassy)
        slots = []
        for group in clocks.values():
            posting = [
                tuple(e for e in group if len(e.languages) > n) for n in range(max(len(e.languages) for e in group))
            ]
            for number in DAYS:
                hours = self._hours(number, group[0])
                slots += [_Slot(*self._window(*hours, n), number, n, posting[n]) for n in range(len(posting))]
        slots.sort(key=attrgetter("due"))
        return slots

    def _hours(self, number: int, embassy: Embassy) -> tuple[datetime, datetime]:
        """Return when an embassy posts its first language of a Day, and when that Day ends there."""
        day, date = self.campaign.days.get(number), self.date(number)
        # An embassy's own hour wins over the Day's: it knows when its host country reads.
        local_time = embassy.time or (day and day.time) or self.config.time
        return to_utc(date, local_time, embassy.timezone), to_utc(date + timedelta(days=1), time(0), embassy.timezone)

    def _window(self, first: datetime, midnight: datetime, nth: int) -> tuple[datetime, datetime]:
        """Return when the n-th language is due, and when it is too late."""
        due = first + nth * self.config.spacing
        # A slot beyond its own midnight (rules.py says so) closes as it opens: it is missed, not lost.
        return due, max(due, min(due + self.config.catch_up, midnight))

    def _index(self, moment: datetime) -> int:
        return bisect_right(self._slots, moment, key=attrgetter("due"))

    def _deliveries(self, slots: Iterable[_Slot]) -> Iterator[Delivery]:
        """Yield the deliveries of slots that are sorted by due; those of one moment in the config's order."""
        for _, simultaneous_slots in groupby(slots, attrgetter("due")):
            turns = [(slot, embassy) for slot in simultaneous_slots for embassy in slot.embassies]
            if turns and turns[0][0] is not turns[-1][0]:  # embassies with another clock may stand between
                turns.sort(key=lambda turn: self._embassy_order[turn[1].id])
            for slot, embassy in turns:
                language = embassy.languages[slot.nth]
                for account in embassy.accounts:
                    if not embassy.skips(slot.number, account.platform, language):
                        yield Delivery(self, slot.number, embassy, account, language, slot.due, slot.deadline)

    def place_of(self, embassy: Embassy) -> str:
        """Return an embassy's city; with the embassy's id, where another one has the same."""
        is_shared = self._place_counts[embassy.place] > 1
        return f"{embassy.place} ({embassy.id})" if is_shared else embassy.place

    @cached_property
    def _place_counts(self) -> Counter[str]:
        return Counter(embassy.place for embassy in self.config.embassies.values())

    @cached_property
    def _embassy_order(self) -> Mapping[str, int]:
        """The place of each embassy in the config."""
        return {name: place for place, name in enumerate(self.config.embassies)}


def today(plan: Plan, now: datetime) -> date:
    """Return the date on the clocks of most embassies."""
    dates = Counter(now.astimezone(embassy.timezone).date() for embassy in plan.config.embassies.values())
    return dates.most_common(1)[0][0] if dates else now.date()
