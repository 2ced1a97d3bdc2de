"""Rules about links, hashtags and mentions: platforms and readers take them as they are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, groupby

from orangeday.content.problems import Concern, Problem, error, warning
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.context import Case, days_by_number, problem_in, texts_on
from orangeday.rules.prose import HASHTAG
from orangeday.text.intent import meant_facets


def unrecognised(case: Case) -> Iterator[Problem]:
    """Yield a warning for each link, hashtag or mention that a platform doesn't take as it is meant."""
    listed = {tag for tags, _ in _hashtag_lists(case) for tag in tags}
    for platform in PLATFORMS:
        sound = set[str](listed)  # by now, or said where it is listed
        texts = texts_on(case, platform)
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
                yield problem_in(alike[0][0], "unrecognised", message, hint, names, warning, word)


_RUN = 12
"""The number of letters in a row, all small or all capital, from which on they are seldom one word."""


def unreadable_hashtag(case: Case) -> Iterator[Problem]:
    """Yield a warning for each hashtag without capitals: by these a screen reader finds its words."""
    listed = ((tag, tag.where, concern) for tags, concern in _hashtag_lists(case) for tag in tags)
    written = (
        (match[0], template.where_at(match.start()), said.concern(platform))
        for said in case.said
        for template, platform in said.templates()
        for match in HASHTAG.finditer(template)
    )
    for tag, where, concern in chain(listed, written):
        run, kind = max((_longest_run(tag, str.islower), "small letters"), (_longest_run(tag, str.isupper), "capitals"))
        if run >= _RUN:
            message = f"“{tag}” has {run} {kind} in a row: a screen reader can't tell its words apart."
            hint = "Begin each word with a capital and go on in small letters, like #OrangeTheWorld."
            yield warning("unreadable-hashtag", where, message, hint, concern)


_MOST_HASHTAGS = 3


def too_many_hashtags(case: Case) -> Iterator[Problem]:
    """Yield a warning for each list or text with too many hashtags: they look like advertising, and hide the text."""
    hint = f"Keep {_MOST_HASHTAGS} at most."
    for tags, concern in _hashtag_lists(case):
        if len(tags) > _MOST_HASHTAGS:
            message = f"there are {len(tags)} hashtags."
            yield warning("too-many-hashtags", tags[_MOST_HASHTAGS].where, message, hint, concern)
    for platform in PLATFORMS:
        for alike in texts_on(case, platform).values():
            delivery, _ = alike[0]
            # A list that is too long by itself is said where it stands, not in every text that has it.
            if not delivery.translation or not HASHTAG.search(delivery.translation.template(platform)):
                continue
            number = max(len(HASHTAG.findall(text)) for _, text in alike)
            if number > _MOST_HASHTAGS:
                message, embassies = f"the text has {number} hashtags.", {d.embassy.id for d, _ in alike}
                yield problem_in(delivery, "too-many-hashtags", message, hint, embassies, warning)


def wrong_link(case: Case) -> Iterator[Problem]:
    """Yield an error for each link that isn't a whole https address.

    On Bluesky it would become no link, or one that a host country can tamper with.
    """
    for number, day in days_by_number(case).items():
        if day.link and not re.fullmatch(_ADDRESS, day.link):
            tail = day.link.strip().rpartition("://")[2]
            better = f"https://{tail}"
            hint = f"Write {better}." if re.fullmatch(_ADDRESS, better) else "Write it like https://example.org/page."
            yield error("wrong-link", day.link.where, f"“{day.link}” isn't an https address.", hint, Concern(number))


def unused_link(case: Case) -> Iterator[Problem]:
    """Yield a warning for each link that no text uses: it is never posted, and its author believes that it is."""
    used: dict[int, bool] = {}
    for delivery in case.deliveries:
        if delivery.day and delivery.day.link and delivery.wording and not used.get(delivery.number):
            used[delivery.number] = delivery.day.link in delivery.wording.text
    for number in (number for number, found in used.items() if not found):
        link = case.plan.campaign.days[number].link
        assert link is not None  # noqa: S101  (only days with a link were asked)
        message, hint = f"no text of day {number} uses the link.", "Write {link} where it is to stand, or delete it."
        yield warning("unused-link", link.where, message, hint, Concern(number))


_ADDRESS = r"https://[^\s/?#@]+\.[^\s/?#@.]+([/?#]\S*)?"
"""The pattern of an https address, without a name or a password in it."""


def _hashtag_lists(case: Case) -> Iterator[tuple[tuple[Text, ...], Concern]]:
    """Yield each list of hashtags that {hashtags} may be filled with, and the scope of a problem with it."""
    for language, tags in case.plan.campaign.hashtags.items():
        yield tags, Concern(language=language)
    for day in case.plan.campaign.days.values():
        if day.hashtags:
            yield day.hashtags, Concern(day.number)


def _longest_run(tag: str, test: Callable[[str], bool]) -> int:
    """Return the length of the longest run of letters for which the test is true."""
    return max((len([*run]) for is_so, run in groupby(tag, test) if is_so), default=0)


def _misreadings(word: str, platform: str) -> Iterator[tuple[str, str]]:
    """Yield (message, hint) where a platform doesn't take a link, a hashtag or a mention of a word as it is meant."""
    if not _MARKED.search(word) or len(word) > _LONGEST_WORD:
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


_LONGEST_WORD = 3000
"""The length of the longest word that is checked, in characters: no platform takes more, and each costs time."""
_MARKED = re.compile(r"[#＃@＠]|\S\.\S|://")
_HINTS = {
    "link": "Write it with https:// before it, in small letters, and a space before and behind.",
    "tag": "Type # first, then letters and digits alone, then a space.",
    "mention": "Write {@name}: the handle book in campaign.toml gives each platform its own handle.",
}
