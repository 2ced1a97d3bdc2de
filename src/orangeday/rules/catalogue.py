"""The rules: what a campaign must keep to, each a function that gives the Problems it finds.

A new rule is a function here and its name in RULES; in ESSENTIAL too, if nothing may be sent that breaks it. It judges
a Case: all deliveries for `orangeday check`, those that are due when something is about to be sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from itertools import chain, combinations, groupby
from pathlib import Path
from typing import Any

from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, year_after, zone
from orangeday.content import images as pictures
from orangeday.content import time_zones as zones
from orangeday.content import toml as source
from orangeday.content.campaign import Campaign, Day, Translation
from orangeday.content.cards import Card, card
from orangeday.content.config import Account, Embassy
from orangeday.content.images import Flaw, Picture
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import NOTHING, Concern, Problem, Severity, Where, error, errors, nearest, warning
from orangeday.content.toml import Text
from orangeday.text.x import BLUESKY_BYTES, OFFICIAL, PLATFORMS, language_script, meant_facets


@dataclass(frozen=True)
class Case:
    """What a rule judges."""

    plan: Plan
    deliveries: Sequence[Delivery]
    now: datetime | None = None
    """When it is judged; None where that is of no matter."""

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """All that any of the deliveries says, by day: everybody's words, then own ones."""
        found: dict[Path, tuple[Day, Translation, dict[str, bool]]] = {}
        for delivery in self.deliveries:
            day, translation, embassy = delivery.day, delivery.translation, delivery.embassy
            if day and translation:
                found.setdefault(translation.file, (day, translation, {}))[2][embassy.id] = embassy.cards
        said = (
            Said(day, words, frozenset(cards), frozenset(name for name, shows in cards.items() if shows))
            for day, words, cards in found.values()
        )
        return tuple(sorted(said, key=lambda s: (s.day.number, s.translation.embassy or "", s.translation.language)))


@dataclass(frozen=True, slots=True)
class Said:
    """A Translation that somebody posts, with its Day and who posts it."""

    day: Day
    translation: Translation
    embassies: frozenset[str]
    cards: frozenset[str]
    """Those of them that post its card."""

    @property
    def place(self) -> tuple[int, str]:
        """Day and language: here one text is posted, be it everybody's or an embassy's own."""
        return self.day.number, self.translation.language

    @property
    def media(self) -> tuple[Text, ...]:
        """Its pictures, but for a card that nobody posts."""
        return self.translation.pictures(cards=bool(self.cards))

    def concern(self, platform: str | None = None) -> Concern:
        return Concern(self.day.number, self.embassies, platform, self.translation.language)

    def concern_of_card(self) -> Concern:
        """What is wrong with a card holds nobody who posts none."""
        return replace(self.concern(), embassies=self.cards)

    def templates(self) -> Iterator[tuple[Text, str | None]]:
        """Each of its wordings, and the platform that it is for; None where all platforms have the same."""
        if not self.translation.variants:
            yield self.translation.text, None
        else:
            yield from ((self.translation.template(platform), platform) for platform in PLATFORMS)


Rule = Callable[[Case], Iterator[Problem]]


# Is there something to say, and can it be said?


def missing_language(case: Case) -> Iterator[Problem]:
    """A language that an embassy posts in has no text on some day: nothing would go out, and nobody would know."""
    wanted: dict[tuple[int, str], set[str]] = {}
    for delivery in case.deliveries:
        own = (delivery.language, delivery.embassy.id)
        # Words of its own that can't be read are a Problem already, and nothing is to stand in for them.
        if delivery.day and delivery.translation is None and own not in delivery.day.own:
            wanted.setdefault((delivery.number, delivery.language), set()).add(delivery.embassy.id)
    unreadable = {problem.where.file for problem in case.plan.campaign.problems}
    for (number, language), embassies in wanted.items():
        file = case.plan.campaign.days[number].file.with_name(f"{language}.toml")
        if file not in unreadable:
            message = f"day {number} has no text in “{language}”, for {_some(embassies)}."
            hint = f"Write it, or add {number} to the embassy's “skip”."
            concern = Concern(number, frozenset(embassies), language=language)
            yield error("missing-language", Where(file, 1), message, hint, concern)


def unsound_wording(case: Case) -> Iterator[Problem]:
    """A placeholder that nobody knows, or that has no value for some embassy, would go out as it stands."""
    for delivery in case.deliveries:
        if delivery.wording:
            yield from delivery.wording.problems


def too_long(case: Case) -> Iterator[Problem]:
    """A platform refuses a longer text; it is never cut for the officer."""
    for platform, count in PLATFORMS.items():
        for worst, sizes in _over(case, platform, count.length, count.limit):
            much = f"{sizes[worst.embassy.id]} of {count.limit} {count.unit}"
            message = f"too long for {count.title}: {much}, for {_some(sizes, worst.embassy.id)}."
            yield _about(worst, "too-long", message, f"Cut {sizes[worst.embassy.id] - count.limit}.", sizes)


def too_many_bytes(case: Case) -> Iterator[Problem]:
    """Bluesky limits bytes as well: joined emoji and stacked marks are one character each, and many bytes."""
    for worst, sizes in _over(case, "bluesky", lambda text: len(text.encode()), BLUESKY_BYTES):
        much = f"{sizes[worst.embassy.id]} of {BLUESKY_BYTES} bytes"
        message = f"too long for Bluesky: {much}, for {_some(sizes, worst.embassy.id)}."
        yield _about(worst, "too-many-bytes", message, "Use fewer emoji, or simpler ones.", sizes)


def past_midnight(case: Case) -> Iterator[Problem]:
    """A language that `spacing` pushes beyond its Day's last minute would speak of the Day when it is over."""
    late: dict[tuple[int, str, str], Delivery] = {}
    for delivery in case.deliveries:
        # Without any catch_up every window is empty, at any hour; config.py says so.
        if delivery.closes <= delivery.due and case.plan.config.catch_up:
            late.setdefault((delivery.number, delivery.embassy.id, delivery.language), delivery)
    for (number, embassy, language), delivery in late.items():
        at = delivery.local(delivery.due)
        message = f"“{language}” would go out at {at:%H:%M} on the next day."
        hint = "Make “spacing” shorter or “time” earlier."
        concern = Concern(number, frozenset({embassy}), language=language)
        yield error("past-midnight", delivery.embassy.languages[0].where, message, hint, concern)


# What a text says


def missing_alt(case: Case) -> Iterator[Problem]:
    """A picture without alt text is nothing to somebody who can't see it, and nobody else would notice."""
    # An alt text that is empty, or no text at all, is a Problem already.
    unread = {p.where.file for p in case.plan.campaign.problems if p.rule in ("empty-text", "wrong-type")}
    for said in case.said:
        for picture in dict.fromkeys(said.media):
            if picture not in said.translation.alt and said.translation.file not in unread:
                message = f"the picture “{picture}” has no alt text."
                hint = f'Say below [alt] what it shows, in “{said.translation.language}”: "{picture}" = "…"'
                yield error("missing-alt", said.translation.text.where, message, hint, said.concern())


def alike_alt(case: Case) -> Iterator[Problem]:
    """An alt text that stands in two languages was pasted, and one of them is read aloud in the wrong voice."""
    first: dict[tuple[int, str, str], Translation] = {}
    for said in case.said:
        for picture, alt in said.translation.alt.items():
            other = first.setdefault((said.day.number, picture, _flat(alt)), said.translation)
            if other.language != said.translation.language:
                message = f"the alt text of “{picture}” is the same as in {other.file.name}."
                hint = f"Say it in “{said.translation.language}”."
                yield warning("alike-alt", alt.where, message, hint, said.concern())


_WORDY = re.compile(
    r"(?:(?:an?|une?|eine?|een|das|de|la) |l['’])?"
    r"(?:image|photo|photograph|photographie|picture|bild|foto|afbeelding) (?:(?:of|von|van|des?|du) |d['’])",
    re.IGNORECASE,
)


def wordy_alt(case: Case) -> Iterator[Problem]:
    """A screen reader says “image” by itself; whose alt text begins so is heard saying it twice."""
    for said in case.said:
        for picture, alt in said.translation.alt.items():
            if begins := _WORDY.match(alt.lstrip()):
                message = f"the alt text of “{picture}” begins with “{begins[0].strip()}”."
                hint = "Begin with what it shows: that it is an image, a screen reader says by itself."
                yield warning("wordy-alt", alt.where, message, hint, said.concern())


def same_text(case: Case) -> Iterator[Problem]:
    """A text that stands in two places was pasted: one is wrong, and no account posts the same text twice."""
    before: dict[tuple[str, str | None], list[Said]] = {}
    # Own words come last: they are compared with everybody's, and with that embassy's alone.
    for said in sorted(case.said, key=lambda said: said.translation.embassy is not None):
        whose = said.translation.embassy
        for flat, template in {_flat(template): template for template, _ in said.templates()}.items():
            earlier = chain(before.get((flat, None), ()), before.get((flat, whose), ()))
            other = next((there for there in earlier if there.place != said.place), None)
            if other:
                file = other.translation.file
                message = f"the same text stands in {file.parent.name}/{file.name}."
                hint = "One of the two is a slip; an account can post it only once."
                yield error("same-text", template.where, message, hint, said.concern())
            before.setdefault((flat, whose), []).append(said)


_COMMONEST = {
    language: frozenset(words.split())
    for language, words in {
        "de": "auf aus damit dass das dem den der des die ein eine einen für gegen hat ihn ihre im ist mit nicht sie "
        "sind und uns unter vom von was wer wie wir wird zu zum zur",
        "en": "a an and are as at be by can does for from has have in is it its more of on our than that the their "
        "they this to us was we what with you",
        "fr": "au aussi aux avec ce ces cette dans de dont du elle en est et il la le les leur mais nous on ont par "
        "pas plus pour que qui sa se son sont sur un une vous",
        "nl": "aan als dat de deze die dit een er haar het hij ik in is maar meer met naar net niet om onze ook op te "
        "tegen tot uit van voor waar wat wie worden wordt ze zich zijn",
    }.items()
}
"""The words by which a text in one of these languages is known at once."""


def other_language(case: Case) -> Iterator[Problem]:
    """A text that was pasted into another language's file looks right to whoever doesn't read both.

    The extra py3langid decides, among the campaign's languages; without it nothing is said. Loading it takes longer
    than all the rest, so it is asked only about a text that isn't plainly in its language.
    """
    languages = {_base(language) for language in case.plan.campaign.languages}
    languages |= {_base(said.translation.language) for said in case.said}
    for said in case.said:
        own = _base(said.translation.language)
        for template, platform in said.templates():
            prose = _prose(template)
            if len(languages) == 1 or _is_short(prose) or _is_plainly(own, prose, languages):
                continue
            if other := _other_language(own, prose, languages):
                message = f"this text seems to be in “{other}”, not in “{own}”."
                hint = "Was it pasted into the wrong file?"
                yield warning("other-language", template.where, message, hint, said.concern(platform))


def uncited_fact(case: Case) -> Iterator[Problem]:
    """A fact that no day rests on is either forgotten or not needed."""
    campaign = case.plan.campaign
    if len(campaign.days) < len(DAYS):
        return  # a day that can't be read may cite it
    cited = {fact for day in campaign.days.values() for fact in day.facts}
    for name, fact in campaign.facts.items():
        if name not in cited:
            message = f"no day cites the fact “{name}”."
            hint = "Name it under “facts” in the day.toml of the days that say it, or delete it."
            yield warning("uncited-fact", fact.statement.where, message, hint, NOTHING)


def unstated_number(case: Case) -> Iterator[Problem]:
    """A figure is what gets quoted; one that no fact states has been checked by nobody."""
    campaign = case.plan.campaign
    always = {f"{len(DAYS)}", *_figures(campaign.title), *_figures(campaign.release_title)}
    for said in case.said:
        if not all(fact in campaign.facts for fact in said.day.facts):
            continue  # what isn't there may state it
        number = said.day.number
        stated = {figure for fact in said.day.facts for figure in _figures(campaign.facts[fact].statement)}
        stated |= always | {f"{number}", f"{case.plan.date(number).day}"}
        for template, platform in said.templates():
            for figure, at in _figures(_prose(template)).items():
                if figure not in stated:
                    message = f"the number {figure} stands in none of the facts of day {number}."
                    hint = "Check it against the release: state it in facts.toml, or leave it out."
                    yield warning("unstated-number", template.where_at(at), message, hint, said.concern(platform))


def too_like(case: Case) -> Iterator[Problem]:
    """X takes many accounts that say the same for one that floods it; naming the place makes a text one's own."""
    alike: dict[tuple[int, str, str], dict[str, tuple[Path, Delivery, str]]] = {}
    for file, texts in _texts(case, "x").items():
        for delivery, text in texts:
            same = alike.setdefault((delivery.number, delivery.language, _skeleton(text)), {})
            same.setdefault(delivery.account.handle.casefold(), (file, delivery, text))
    largest = {}
    for same in sorted(alike.values(), key=len):
        largest.update({file: (delivery, same) for file, delivery, _ in same.values() if len(same) > 1})
    for delivery, same in largest.values():
        embassies = {d.embassy.id for _, d, _ in same.values()}
        how = "the same" if len({text for _, _, text in same.values()}) == 1 else "nearly the same"
        message = f"{len(same)} accounts on X would say {how}: {_some(embassies)}."
        hint = "X may hold them back as spam. Name {city} or {embassy}, or write an embassy's own words."
        yield _about(delivery, "too-like", message, hint, embassies, warning)


def unrecognised(case: Case) -> Iterator[Problem]:
    """A link that can't be followed, a hashtag that leads nowhere, a stranger who is named: seen only once it's out."""
    listed = {tag for tags, _ in _hashtag_lists(case) for tag in tags}
    for platform in PLATFORMS:
        sound = set[str](listed)  # by now, or said where it is listed
        texts = _texts(case, platform)
        for tags, concern in _hashtag_lists(case) if texts else ():
            for tag in tags:
                for message, hint in _misreadings(tag, platform):
                    yield warning("unrecognised", tag.where, message, hint, replace(concern, platform=platform))
        for alike in texts.values():
            embassies: dict[tuple[str, str, str], set[str]] = {}
            for delivery, text in alike:
                for word in set(text.split()) - sound:
                    misread = [*_misreadings(word, platform)]
                    for message, hint in misread:
                        embassies.setdefault((word, message, hint), set()).add(delivery.embassy.id)
                    if not misread:
                        sound.add(word)
            for (word, message, hint), names in embassies.items():
                yield _about(alike[0][0], "unrecognised", message, hint, names, warning, word)


_RUN = 12
"""So many letters in a row, all small or all capital, are seldom one word."""


def unreadable_hashtag(case: Case) -> Iterator[Problem]:
    """A screen reader finds the words of a hashtag by their capitals; without them it reads out one long noise."""
    listed = ((tag, tag.where, concern) for tags, concern in _hashtag_lists(case) for tag in tags)
    written = (
        (match[0], template.where_at(match.start()), said.concern(platform))
        for said in case.said
        for template, platform in said.templates()
        for match in _HASHTAG.finditer(template)
    )
    for tag, where, concern in chain(listed, written):
        run, kind = max((_longest_run(tag, str.islower), "small letters"), (_longest_run(tag, str.isupper), "capitals"))
        if run >= _RUN:
            message = f"“{tag}” has {run} {kind} in a row: a screen reader can't tell its words apart."
            hint = "Begin each word with a capital and go on in small letters, like #OrangeTheWorld."
            yield warning("unreadable-hashtag", where, message, hint, concern)


_MOST_HASHTAGS = 3


def too_many_hashtags(case: Case) -> Iterator[Problem]:
    """Many hashtags look like advertising, and hide what is said."""
    hint = f"Keep {_MOST_HASHTAGS} at most."
    for tags, concern in _hashtag_lists(case):
        if len(tags) > _MOST_HASHTAGS:
            message = f"there are {len(tags)} hashtags."
            yield warning("too-many-hashtags", tags[_MOST_HASHTAGS].where, message, hint, concern)
    for platform in PLATFORMS:
        for alike in _texts(case, platform).values():
            delivery, _ = alike[0]
            # A list that is too long by itself is said where it stands, not in every text that has it.
            if not delivery.translation or not _HASHTAG.search(delivery.translation.template(platform)):
                continue
            number = max(len(_HASHTAG.findall(text)) for _, text in alike)
            if number > _MOST_HASHTAGS:
                message, embassies = f"the text has {number} hashtags.", {d.embassy.id for d, _ in alike}
                yield _about(delivery, "too-many-hashtags", message, hint, embassies, warning)


_LEFT_OVER = re.compile(r"\b(?:TODO|TBD|FIXME|XXX+)\b|(?i:\blorem ipsum\b)|\A\s*(?:…|\.{3,})\s*\Z")
_TODO_IS_A_WORD = ("es", "gl", "pt")


def left_over(case: Case) -> Iterator[Problem]:
    """What a writer puts down to come back to goes out under an ambassador's name, if nobody comes back."""
    for said in case.said:
        alts = ((alt, None) for alt in said.translation.alt.values())
        for text, platform in chain(said.templates(), alts):
            for match in _LEFT_OVER.finditer(_prose(text)):
                found = match[0].lstrip()
                if found != "TODO" or _base(said.translation.language) not in _TODO_IS_A_WORD:
                    where = text.where_at(match.end() - len(found))
                    message = f"“{found.rstrip()}” was left here to be replaced."
                    yield error("left-over", where, message, "Write what belongs there.", said.concern(platform))


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|[\u202a-\u202e]")


def unseen_character(case: Case) -> Iterator[Problem]:
    """A control character obeys nobody's eyes, and a turned direction makes a text read otherwise than it is."""
    for said in case.said:
        alts = ((alt, None) for alt in said.translation.alt.values())
        for text, platform in chain(said.templates(), alts):
            for match in _UNSEEN.finditer(text):
                judge = warning if "\u202a" <= match[0] <= "\u202e" else error
                message = f"there is a character here that nobody sees, U+{ord(match[0]):04X}."
                where = text.where_at(match.start())
                yield judge(
                    "unseen-character", where, message, "Delete it, and type the line anew.", said.concern(platform)
                )


def double_braces(case: Case) -> Iterator[Problem]:
    """In other programs a placeholder has two braces; here two mean that one is to be read."""
    for said in case.said:
        for template, platform in said.templates():
            for match in re.finditer(r"(?<!\{)\{\{ *(@?[\w-]+) *\}\}(?!\})", template):
                message = f"{match[0]} would go out as {match[0][1:-1]}."
                hint = f"Write {{{match[1]}}} for a placeholder."
                yield error("double-braces", template.where_at(match.start()), message, hint, said.concern(platform))


def placeholder_in_alt(case: Case) -> Iterator[Problem]:
    """Every embassy shows the same picture, so an alt text goes out as it stands, braces and all."""
    for said in case.said:
        for alt in said.translation.alt.values():
            for match in re.finditer(r"\{ *@?[\w-]+ *\}", alt):
                message = f"{match[0]} stands in an alt text, where nothing is filled in."
                hint = "Write what the picture shows without it."
                yield error("placeholder-in-alt", alt.where_at(match.start()), message, hint, said.concern())


def bracketed(case: Case) -> Iterator[Problem]:
    """“[name]” and “<date>” are mostly what somebody meant to fill in."""
    for said in case.said:
        for template, platform in said.templates():
            for match in re.finditer(r"\[[^\W\d_][^\[\]\n]{2,40}\]|<[^\W\d_][^<>\n]{2,40}>", _prose(template)):
                message = f"“{match[0]}” looks like something to fill in."
                hint = "Write what belongs there."
                where = template.where_at(match.start())
                yield warning("bracketed", where, message, hint, said.concern(platform))


def past_campaign(case: Case) -> Iterator[Problem]:
    """Last year's “start” in the config: nothing would go out, and nothing would say why."""
    plan, config = case.plan, case.plan.config
    if case.now and config.start and plan.is_over(case.now):
        last = plan.date(DAYS[-1])
        message = f"the campaign is over: its last day was {last.day} {last:%B %Y}."
        hint = f"For the next one write: start = {year_after(plan.first, case.now)}"
        yield warning("past-campaign", config.where_start(), message, hint, NOTHING)


def zone_data_differs(case: Case) -> Iterator[Problem]:
    """Where the machine's zone data and orangeday's own disagree, other calendars show other hours than these posts."""
    for found, embassies in differing_zones(case.deliveries):
        top = source.read(case.plan.config.file, []) or source.empty(case.plan.config.file)
        where = top.document.where(("embassies", embassies[0], "timezone"))
        at, other = (found.moment.astimezone(data.zone) for data in (found.used, found.other))
        message = (
            f"for {found.used.zone.key} two sets of zone data differ: at the post of {at:%A} {at.day} {at:%B %Y} it is "
            f"{zone(at)} by {found.used.of}, which is used, and {zone(other)} by {found.other.of}."
        )
        if found.by_hand:
            hint = "Unset PYTHONTZPATH, unless you mean it: then the newer data is used."
        else:
            hint = "Nothing to correct in this file. Update the older data, so that your calendars show the same hours."
        yield warning("zone-data-differs", where, message, hint, NOTHING)


def differing_zones(deliveries: Iterable[Delivery]) -> Iterator[tuple[zones.Difference, list[str]]]:
    """For each zone in which two sets of zone data differ when something is due: the first such moment, the embassies.

    Each zone is looked at once, however many embassies are in it.
    """
    moments: dict[str, dict[datetime, None]] = {}
    embassies: dict[str, dict[str, None]] = {}
    for delivery in deliveries:
        name = delivery.embassy.timezone.key
        moments.setdefault(name, {})[delivery.due] = None
        embassies.setdefault(name, {})[delivery.embassy.id] = None
    for name, due in moments.items():
        if found := zones.difference(name, due):
            yield found, [*embassies[name]]


def unknown_embassy(case: Case) -> Iterator[Problem]:
    """Own words whose file names no embassy go nowhere, and everybody's go out in their place."""
    embassies = case.plan.config.embassies
    for day, language, embassy, where in _own_words(case):
        if embassy not in embassies:
            message = f"the config has no embassy “{embassy}”."
            hint = nearest(embassy, embassies) or f"It has: {_some(embassies)}."
            concern = Concern(day.number, frozenset({embassy}), language=language)
            yield error("unknown-embassy", where, message, f"Rename the file. {hint}", concern)


def unused_words(case: Case) -> Iterator[Problem]:
    """Own words in a language, or for a day, that the embassy doesn't post were written for nothing."""
    for day, language, name, where in _own_words(case):
        embassy = case.plan.config.embassies.get(name)
        if embassy and not _posts(embassy, day.number, language):
            message = f"{name} posts nothing in “{language}” on day {day.number}, so these words go nowhere."
            skipped = language in embassy.languages
            hint = "It skips that day." if skipped else f"It posts in: {', '.join(embassy.languages)}."
            yield warning("unused-words", where, message, hint, NOTHING)


def unknown_language(case: Case) -> Iterator[Problem]:
    """A language that doesn't exist is a slip; readers are shown posts by language, and would miss these."""
    for embassy in case.plan.config.embassies.values():
        for language in embassy.languages:
            if not _exists(language):
                message = f"there is no language “{language}”."
                concern = Concern(embassies=frozenset({embassy.id}), language=language)
                yield error("unknown-language", language.where, message, source.use_a_code(language), concern)


def same_language(case: Case) -> Iterator[Problem]:
    """One account says one day in one language once: the ledger would refuse the second."""
    for embassy in case.plan.config.embassies.values():
        for language, other in combinations(embassy.languages, 2):
            together = (_posts(embassy, number, language) and _posts(embassy, number, other) for number in DAYS)
            if _is_one(language, other) and any(together):
                message = f"“{other}” is the same language as “{language}”, so its posts would be refused as repeated."
                concern = Concern(embassies=frozenset({embassy.id}), language=other)
                yield error("same-language", other.where, message, "Keep one of the two.", concern)


# Who speaks, and what is shown


def shared_account(case: Case) -> Iterator[Problem]:
    """A section that was copied with its handle would let one embassy's account speak for another."""
    owners: dict[tuple[str, str], Account] = {}
    for account in case.plan.accounts:
        first = owners.setdefault((account.platform, account.handle.lstrip("@").casefold()), account)
        if first is not account:
            title = PLATFORMS[account.platform].title
            message = f"“{account.handle}” is the account of {first.embassy} on {title}, and of {account.embassy} too."
            hint = f"Give {account.embassy} its own, or put all languages of this account into one embassy."
            concern = Concern(embassies=frozenset({first.embassy, account.embassy}), platform=account.platform)
            yield error("shared-account", account.handle.where, message, hint, concern)


def idle_account(case: Case) -> Iterator[Problem]:
    """An account on which every day is skipped says nothing for sixteen days; seldom does anybody mean that."""
    posting = {(delivery.embassy.id, delivery.platform) for delivery in case.deliveries}
    for embassy in case.plan.config.embassies.values():
        for account in embassy.accounts if embassy.languages else ():
            if (embassy.id, account.platform) not in posting:
                message = f"nothing goes out on {account}: every day is skipped."
                hint = "Take days out of “skip”, or add some to “days”; or delete the account."
                concern = Concern(embassies=frozenset({embassy.id}), platform=account.platform)
                yield warning("idle-account", account.handle.where, message, hint, concern)


def wrong_link(case: Case) -> Iterator[Problem]:
    """Whatever isn't a whole https address becomes no link on Bluesky, or one that a host country can tamper with."""
    for number, day in _days(case).items():
        if day.link and not re.fullmatch(_ADDRESS, day.link):
            tail = day.link.strip().rpartition("://")[2]
            better = f"https://{tail}"
            hint = f"Write {better}." if re.fullmatch(_ADDRESS, better) else "Write it like https://example.org/page."
            yield error("wrong-link", day.link.where, f"“{day.link}” is no https address.", hint, Concern(number))


def unused_link(case: Case) -> Iterator[Problem]:
    """A link that no text has a place for never goes out, and whoever wrote it believes that it does."""
    used: dict[int, bool] = {}
    for delivery in case.deliveries:
        if delivery.day and delivery.day.link and delivery.wording and not used.get(delivery.number):
            used[delivery.number] = delivery.day.link in delivery.wording.text
    for number in (number for number, found in used.items() if not found):
        link = case.plan.campaign.days[number].link
        assert link is not None  # noqa: S101  (only days with a link were asked)
        message, hint = f"no text of day {number} uses the link.", "Write {link} where it is to stand, or delete it."
        yield warning("unused-link", link.where, message, hint, Concern(number))


def too_many_pictures(case: Case) -> Iterator[Problem]:
    """Both platforms refuse a post with more than four."""
    for number, day in _days(case).items():
        over = len(day.media) - pictures.MOST_A_POST
        if over > 0:
            message = f"{len(day.media)} pictures; {pictures.MOST_A_POST} a day are the most."
            where = day.media[pictures.MOST_A_POST].where
            yield error("too-many-pictures", where, message, f"Leave out {over}.", Concern(number))
    for said in case.said:
        if len(said.day.media) == pictures.MOST_A_POST < len(said.media):
            message = f"its card is one picture too many; {pictures.MOST_A_POST} a day are the most."
            hint = "Leave out one of the day's pictures, or delete [card] here."
            yield error("too-many-pictures", said.media[-1].where, message, hint, said.concern_of_card())


def unsound_picture(case: Case) -> Iterator[Problem]:
    """A picture that isn't there, isn't ours to show or can't be opened would go missing at nine in the morning."""
    for shown in _pictures(case):
        flaw = shown.found
        if isinstance(flaw, Flaw):
            message, hint = f"“{shown.name}” can't be posted: {flaw.message}", flaw.hint
            if shown.card and flaw.rule == "picture-missing":
                message, hint = f"its card “{shown.name}” isn't drawn yet.", "Draw it: orangeday cards"
            yield error(flaw.rule, shown.name.where, message, hint, shown.concern)


def outdated_card(case: Case) -> Iterator[Problem]:
    """A card that was drawn before its headline changed says what nobody means any more."""
    for shown in _pictures(case):
        if shown.card and isinstance(shown.found, Picture) and shown.found.stamp not in ("", shown.card.stamp):
            message = f"its card “{shown.name}” was drawn from other words than these."
            yield error("card-outdated", shown.name.where, message, "Draw it anew: orangeday cards", shown.concern)


def silent_alt(case: Case) -> Iterator[Problem]:
    """Who hears a card's alt text and not its headline misses the very thing that the others see."""
    for said in case.said:
        headline = said.translation.headline
        if headline is None or said.media == said.day.media:
            continue
        alt = said.translation.alt.get(said.media[-1])
        if alt is not None and _skeleton(headline) not in _skeleton(alt):
            message = f"the alt text of the card doesn't say its headline, “{headline}”."
            yield warning("silent-alt", alt.where, message, "Say it there word for word.", said.concern_of_card())


def picture_too_large_for_x(case: Case) -> Iterator[Problem]:
    """X refuses a larger file; only for Bluesky, which allows far less, is a smaller copy made."""
    for shown in _pictures(case):
        found = shown.found
        if isinstance(found, Picture) and found.bytes > pictures.X_BYTES and "x" in shown.platforms:
            message = f"“{shown.name}” has {found.bytes:,} bytes; X takes {pictures.X_BYTES:,}."
            hint = "Save it smaller, or as jpg: 1,600 pixels wide is plenty."
            yield error("picture-too-large", shown.name.where, message, hint, replace(shown.concern, platform="x"))


def picture_made_smaller(case: Case) -> Iterator[Problem]:
    """Bluesky gets a copy that is encoded anew, and fine print on a picture suffers from that."""
    for shown in _pictures(case):
        found, concern = shown.found, replace(shown.concern, platform="bluesky")
        if isinstance(found, Picture) and found.bytes > pictures.BLUESKY_BYTES and "bluesky" in shown.platforms:
            message = (
                f"“{shown.name}” has {found.bytes:,} bytes; "
                f"Bluesky takes {pictures.BLUESKY_BYTES:,} and gets a smaller copy."
            )
            hint = "Save it smaller yourself, to see how it looks: 1,600 pixels wide is plenty."
            yield warning("picture-made-smaller", shown.name.where, message, hint, concern)


def odd_picture(case: Case) -> Iterator[Problem]:
    """A feed cuts a long strip off, and blows a tiny picture up until nothing can be made out."""
    for shown in _pictures(case):
        found = shown.found
        if isinstance(found, Picture):
            size = f"“{shown.name}” is {found.width:,} × {found.height:,} pixels"
            short, long = sorted((found.width, found.height))
            if long > 3 * short:
                message, hint = f"{size}: a feed shows only a part of it.", "At most three times as long as wide: 16:9."
                yield warning("picture-shape", shown.name.where, message, hint, shown.concern)
            if long < 600:
                message, hint = f"{size}: too few to look sharp.", "Use one that is at least 1,200 pixels wide."
                yield warning("picture-tiny", shown.name.where, message, hint, shown.concern)


def old_prices(case: Case) -> Iterator[Problem]:
    """X changes its prices, and whoever answers for the money needs today's."""
    prices = case.plan.config.prices
    days = (case.now.date() - prices.listed).days if case.now else 0
    if days > 180 and any(delivery.platform == "x" for delivery in case.deliveries):
        message = f"the prices of X are those of {prices.listed}, {days} days ago."
        hint = "Look them up at X, and write them with the new date below [x.prices]."
        yield warning("old-prices", prices.where, message, hint, NOTHING)


def no_longer_approved(case: Case) -> Iterator[Problem]:
    """What was approved and has changed since is held by live runs, and its author may not know."""
    stored = approvals.load(case.plan.campaign.folder)
    yield from stored.problems
    if not stored.entries:
        return
    for change in approvals.changes(case.plan, stored, case.deliveries):
        # What a person took down, and what is still to be approved for this campaign, is no mistake in the files.
        if change.kind in (approvals.Kind.CHANGED, approvals.Kind.GONE, approvals.Kind.EDITED):
            number, language, embassy = change.subject
            own = frozenset({embassy}) if embassy else None
            # An embassy's names are in all of its texts, which are none the worse for it.
            concern = Concern(number, own, language=language) if number else NOTHING
            hint = f"Live runs hold it until somebody approves it as it is: {change.command}"
            yield warning("no-longer-approved", change.where, f"{change.why}.", hint, concern)


# All of them

ESSENTIAL: tuple[Rule, ...] = (
    missing_language,
    unsound_wording,
    too_long,
    too_many_bytes,
    past_midnight,
    missing_alt,
    silent_alt,
    left_over,
    unseen_character,
    double_braces,
    placeholder_in_alt,
    shared_account,
    wrong_link,
    too_many_pictures,
    unsound_picture,
    outdated_card,
    picture_too_large_for_x,
)
"""What is judged again right before anything is sent: quick, and about single deliveries."""

RULES: tuple[Rule, ...] = (
    *ESSENTIAL,
    alike_alt,
    wordy_alt,
    same_text,
    other_language,
    uncited_fact,
    unstated_number,
    too_like,
    unrecognised,
    unreadable_hashtag,
    too_many_hashtags,
    bracketed,
    past_campaign,
    zone_data_differs,
    unknown_embassy,
    unused_words,
    unknown_language,
    same_language,
    idle_account,
    unused_link,
    picture_made_smaller,
    odd_picture,
    old_prices,
    no_longer_approved,
)


def check(plan: Plan, now: datetime | None = None, deliveries: Sequence[Delivery] | None = None) -> list[Problem]:
    """Every Problem of the files and all that the rules find, but for the warnings that are accepted.

    `deliveries` are all that are planned, where they are at hand.
    """
    case = Case(plan, list(plan) if deliveries is None else deliveries, now)
    found = [*plan.problems, *(problem for rule in RULES for problem in rule(case))]
    return [*(p for p in found if not _is_accepted(plan, p)), *_accepted_in_vain(plan, found)]


def hindrances(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    """The errors that may hold these deliveries."""
    case = Case(plan, deliveries)
    return errors([*plan.problems, *(problem for rule in ESSENTIAL for problem in rule(case))])


def _is_accepted(plan: Plan, problem: Problem) -> bool:
    """A person has said why this is as it should be. An error is never accepted: the platform wouldn't."""
    return problem.severity is Severity.WARNING and (problem.where.file, problem.rule) in plan.accepted


def _accepted_in_vain(plan: Plan, found: Iterable[Problem]) -> Iterator[Problem]:
    """What is accepted and isn't there hides the next one of its kind."""
    there = {(problem.where.file, problem.rule): problem.severity for problem in found}
    for (file, rule), reason in plan.accepted.items():
        severity = there.get((file, rule))
        if severity is None and rule != "too-like":  # that depends on how many embassies there are, not on the file
            message = f"there is no warning “{rule}” about this file to accept."
            yield warning("accepted-in-vain", reason.where, message, "Delete the line below [accept].", NOTHING)
        elif severity is Severity.ERROR:
            message = f"“{rule}” is an error, and can't be accepted."
            yield warning("accepted-in-vain", reason.where, message, "Mend it.", NOTHING)


def _texts(case: Case, platform: str) -> dict[Path, list[tuple[Delivery, str]]]:
    """What is said on a platform, as it will read, by the file that it comes from. Unsound wordings are left out."""
    texts: dict[Path, list[tuple[Delivery, str]]] = {}
    for delivery in case.deliveries:
        translation, wording = delivery.translation, delivery.wording
        if delivery.platform == platform and translation and wording and not wording.problems:
            texts.setdefault(translation.file, []).append((delivery, wording.text))
    return texts


def _over(
    case: Case, platform: str, measure: Callable[[str], int], limit: int
) -> Iterator[tuple[Delivery, dict[str, int]]]:
    """Each file whose text is over a limit: the worst delivery, and the size for each embassy that is over."""
    sized: dict[str, int] = {}
    for alike in _texts(case, platform).values():
        over = {}
        for delivery, text in alike:
            size = sized[text] if text in sized else sized.setdefault(text, measure(text))
            if size > limit:
                over[delivery.embassy.id] = size
        if over:
            yield max((d for d, _ in alike), key=lambda d: over.get(d.embassy.id, 0)), over


def _about(
    delivery: Delivery,
    rule: str,
    message: str,
    hint: str,
    embassies: Iterable[str],
    kind: Callable[[str, Where, str, str, Concern], Problem] = error,
    word: str = "",
) -> Problem:
    """A Problem in the text of a delivery, for it and for these embassies; at a word of it, where that is written."""
    concern = Concern(delivery.number, frozenset(embassies), delivery.platform, delivery.language)
    assert delivery.translation is not None  # noqa: S101  (where there is no text, nothing is wrong with it)
    template = delivery.translation.template(delivery.platform)
    where = template.where_at(template.index(word)) if word and word in template else template.where
    return kind(rule, where, message, hint, concern)


_ADDRESS = r"https://[^\s/?#@]+\.[^\s/?#@.]+([/?#]\S*)?"
"""An https address, without name or password of anybody in it."""


def _days(case: Case) -> dict[int, Day]:
    """The Days on which anything is to go out, by number."""
    return {delivery.number: delivery.day for delivery in case.deliveries if delivery.day}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture that is to be shown."""

    name: Text
    found: Picture | Flaw
    card: Card | None
    """What it is to say, where it is a card."""
    platforms: frozenset[str]
    concern: Concern


def _pictures(case: Case) -> Iterator[_Shown]:
    """Each picture that is to be shown: a Day's once, a card wherever somebody posts it."""
    campaign, platforms = case.plan.campaign, _platforms(case)
    for number, day in _days(case).items():
        for name in dict.fromkeys(day.media):
            where = frozenset(p for (of, _), some in platforms.items() if of == number for p in some)
            yield _Shown(name, _found(campaign, name), None, where, Concern(number))
    for said in case.said:
        if len(said.media) > len(said.day.media):
            name, where = said.media[-1], platforms[said.place]
            yield _Shown(
                name, _found(campaign, name), card(campaign, said.day, said.translation), where, said.concern_of_card()
            )


def _found(campaign: Campaign, name: Text) -> Picture | Flaw:
    file = pictures.locate(campaign.folder, name)
    return file if isinstance(file, Flaw) else pictures.inspect(file)


def _platforms(case: Case) -> dict[tuple[int, str], frozenset[str]]:
    """Where anything is posted, by day and language."""
    found: dict[tuple[int, str], set[str]] = {}
    for delivery in case.deliveries:
        found.setdefault((delivery.number, delivery.language), set()).add(delivery.platform)
    return {place: frozenset(platforms) for place, platforms in found.items()}


def _some(embassies: Iterable[str], first: str | None = None) -> str:
    """Embassies by name: three, and how many more."""
    names = sorted(embassies, key=lambda name: (name != first, name))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


_PLACEHOLDER = r"\{[^{}\n]*\}"
_ANY_ADDRESS = r"https?://\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[^\W\d_]{2,}\b(?:/\S*)?"
_HASHTAG = re.compile(r"(?<![\w/&#＃])[#＃](?=\w)[^\s#＃.,;:!?()]+")
_NO_PROSE = re.compile(rf"{_PLACEHOLDER}|{_ANY_ADDRESS}|{_HASHTAG.pattern}|[@＠][\w.-]+")
_FIGURE = re.compile("(?:\\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\\d{3}(?!\\d))+|\\d++)(?!\ufe0f?\u20e3)")


def _flat(text: str) -> str:
    """A text whatever its white space and case."""
    return " ".join(text.casefold().split())


def _skeleton(text: str) -> str:
    """The letters and digits of a text, in small: hashtags, emoji and punctuation make no difference."""
    return re.sub(r"[\W_]+", "", _HASHTAG.sub("", text).casefold())


def _prose(template: str) -> str:
    """A template with a space for each character of a placeholder, an address, a hashtag or a handle."""
    return _NO_PROSE.sub(lambda match: " " * len(match[0]), template)


def _figures(text: str) -> dict[str, int]:
    """The numbers in a text, and where each stands first. Thousands may be set apart as any language does it."""
    found: dict[str, int] = {}
    for match in _FIGURE.finditer(text):
        digits = "".join(str(unicodedata.decimal(character)) for character in match[0] if character.isdecimal())
        found.setdefault(digits.lstrip("0") or "0", match.start())
    return found


def _base(language: str) -> str:
    """A language without its script and region."""
    return language.partition("-")[0]


def _is_short(prose: str) -> bool:
    """Whether there is too little to tell a language by."""
    letters = [letter for letter in prose.lower() if letter.isalpha()]
    return len(letters) < 30 or len(set(letters)) < 10


def _is_plainly(language: str, prose: str, languages: Set[str]) -> bool:
    """Whether the commonest words of a text say that it is in this language, and in no other of these."""
    if not languages <= _COMMONEST.keys():
        return False
    words = re.findall(r"[^\W\d_]+", prose.lower())
    common = {tag: sum(word in _COMMONEST[tag] for word in words) for tag in languages}
    return common.pop(language) > 1.5 * max(common.values())


def _other_language(language: str, prose: str, languages: Set[str]) -> str | None:
    """Which of these languages a text is in, where that is another than this one, and sure."""
    identifier, labels = _identifier()
    known = {_LABELS.get(tag, tag): tag for tag in languages if _LABELS.get(tag, tag) in labels}
    if identifier is None or language not in known.values():
        return None
    identifier.set_languages([*known])
    label, sure = identifier.classify(prose)
    return known[label] if sure > 0.9 and known[label] != language else None


_LABELS = {"nb": "no", "fil": "tl"}
"""What py3langid calls a language, where its tag is another."""


@cache
def _identifier() -> tuple[Any, frozenset[str]]:
    """py3langid's, and the languages that it knows; None and none where it isn't installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        return None, frozenset()
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier, frozenset(identifier.labels)


def _exists(language: str) -> bool:
    """Whether a language tag is in the registry."""
    if language in OFFICIAL:  # langcodes takes longer to load than all rules take to run
        return True
    import langcodes

    return langcodes.Language.get(language).is_valid()


def _is_one(language: str, other: str) -> bool:
    """Whether two tags are one language to the ledger."""
    return language_script(language) == language_script(other)


def _posts(embassy: Embassy, number: int, language: str) -> bool:
    """Whether an embassy posts anything in a language on a day."""
    skipped = (embassy.skips(number, account.platform, language) for account in embassy.accounts)
    return language in embassy.languages and not all(skipped)


def _own_words(case: Case) -> Iterator[tuple[Day, str, str, Where]]:
    """The day, the language and the embassy of all own words, and their file."""
    for day in case.plan.campaign.days.values():
        for language, embassy in day.own:
            yield day, language, embassy, Where(day.file.with_name(f"{language}.{embassy}.toml"), 1)


def _hashtag_lists(case: Case) -> Iterator[tuple[tuple[Text, ...], Concern]]:
    """What {hashtags} stands for, and where."""
    for language, tags in case.plan.campaign.hashtags.items():
        yield tags, Concern(language=language)
    for day in case.plan.campaign.days.values():
        if day.hashtags:
            yield day.hashtags, Concern(day.number)


def _longest_run(tag: str, test: Callable[[str], bool]) -> int:
    """How many letters of a kind stand in a row."""
    return max((len([*run]) for is_so, run in groupby(tag, test) if is_so), default=0)


def _misreadings(word: str, platform: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) where a platform takes a link, a hashtag or a mention otherwise than it is meant."""
    if not _MARKED.search(word) or len(word) > BLUESKY_BYTES:
        return
    title, seen, meant = PLATFORMS[platform].title, PLATFORMS[platform].facets(word), meant_facets(word)
    encoded = word.encode()
    for start, end, kind, _ in meant:
        if (start, end, kind) in [facet[:3] for facet in seen]:
            continue
        said, before = encoded[start:end].decode(), encoded[:start].decode()[-1:]
        taken = next((encoded[s:e].decode() for s, e, _, _ in seen if s < end and start < e), None)
        name = "hashtag" if kind == "tag" else kind
        if taken:
            yield f"{title} takes “{taken}” for the {name}, not “{said}”.", _HINTS[kind]
        elif before and (before != "(" or kind == "tag"):
            yield f"“{said}” is no {name} on {title}: “{before}” stands before it.", "Put a space between the two."
        else:
            yield f"“{said}” is no {name} on {title}.", _HINTS[kind]
    for start, end, kind, _ in seen:
        if kind == "link" and not any(start < e and s < end for s, e, _, _ in meant):
            hint = "Put a space behind the full stop; or, if it is an address, https:// before it."
            yield f"{title} makes a link of “{encoded[start:end].decode()}”.", hint


_MARKED = re.compile(r"[#＃@＠]|\S\.\S|://")
_HINTS = {
    "link": "Write it with https:// before it, in small letters, and a space before and behind.",
    "tag": "Type # first, then letters and digits alone, then a space.",
    "mention": "Write {@name}: the handle book in campaign.toml gives each platform its own handle.",
}
