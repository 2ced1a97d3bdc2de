"""Rules about links, hashtags and mentions: platforms and readers take them as they are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain, groupby

from orangeday.content.plan import Delivery
from orangeday.content.problems import Problem, Scope, error, warning
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.context import RuleContext, days_by_number, links_of, problem_in, texts_on
from orangeday.rules.prose import HASHTAG
from orangeday.text.intent import intended_facets
from orangeday.text.phrases import day_ranges, join_words


def unrecognised_word(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each link, hashtag or mention that a platform doesn't take as it is meant."""
    listed_tags = {tag for tags, _ in _hashtag_lists(context) for tag in tags}
    for platform in PLATFORMS:
        valid_words = set[str](listed_tags)  # by now, or said where it is listed
        texts = texts_on(context, platform)
        for tags, scope in _hashtag_lists(context) if texts else ():
            for tag in tags:
                for message, hint in _misreadings(tag, platform):
                    yield warning("unrecognised", tag.location, message, hint, replace(scope, platform=platform))
        for posts in texts.values():
            embassies: dict[tuple[str, str, str], set[str]] = {}
            for delivery, text in posts:
                for word in set(text.split()) - valid_words:
                    misreadings = [*_misreadings(word, platform)]
                    for message, hint in misreadings:
                        embassies.setdefault((word, message, hint), set()).add(delivery.embassy.id)
                    if not misreadings:
                        valid_words.add(word)
            for (word, message, hint), names in embassies.items():
                yield problem_in(posts[0][0], "unrecognised", message, hint, names, warning, word)


_RUN = 12
"""The number of letters in a row, all small or all capital, from which on they are seldom one word."""


def unreadable_hashtag(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each hashtag without capitals: by these a screen reader finds its words."""
    tags_in_lists = ((tag, tag.location, scope) for tags, scope in _hashtag_lists(context) for tag in tags)
    tags_in_texts = (
        (match[0], template.location_at(match.start()), posted_text.scope(platform))
        for posted_text in context.posted_texts
        for template, platform in posted_text.templates()
        for match in HASHTAG.finditer(template)
    )
    for tag, location, scope in chain(tags_in_lists, tags_in_texts):
        run, kind = max((_longest_run(tag, str.islower), "small letters"), (_longest_run(tag, str.isupper), "capitals"))
        if run >= _RUN:
            message = f"“{tag}” has {run} {kind} in a row: a screen reader can't tell its words apart."
            hint = "Begin each word with a capital and go on in small letters, like #OrangeTheWorld."
            yield warning("unreadable-hashtag", location, message, hint, scope)


_MOST_HASHTAGS = 3


def too_many_hashtags(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each list or text with too many hashtags: they look like advertising, and hide the text."""
    hint = f"Keep {_MOST_HASHTAGS} at most."
    for tags, scope in _hashtag_lists(context):
        if len(tags) > _MOST_HASHTAGS:
            message = f"there are {len(tags)} hashtags."
            yield warning("too-many-hashtags", tags[_MOST_HASHTAGS].location, message, hint, scope)
    for platform in PLATFORMS:
        for posts in texts_on(context, platform).values():
            delivery, _ = posts[0]
            # A list that is too long by itself is said where it stands, not in every text that has it.
            if not delivery.translation or not HASHTAG.search(delivery.translation.template(platform)):
                continue
            number = max(len(HASHTAG.findall(text)) for _, text in posts)
            if number > _MOST_HASHTAGS:
                message, embassies = f"the text has {number} hashtags.", {d.embassy.id for d, _ in posts}
                yield problem_in(delivery, "too-many-hashtags", message, hint, embassies, warning)


def mention_on_x(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each mention on X: it restricts those that programs post, and suspends some for them.

    A handle of the handle book is told once, where it stands, whatever texts have it. An account may name itself.
    """
    for platform, spec in PLATFORMS.items():
        if spec.restricts_mentions:
            yield from _restricted_mentions(context, platform)


def _restricted_mentions(context: RuleContext, platform: str) -> Iterator[Problem]:
    title, rule, book = PLATFORMS[platform].title, f"mention-on-{platform}", context.plan.campaign.handles
    consequence = f"{title} restricts who programs may mention: it may refuse the post, or suspend the app."
    days_by_name: dict[str, list[int]] = {}
    for posts in texts_on(context, platform).values():
        first, _ = posts[0]
        assert first.translation is not None  # noqa: S101  it has a text
        template = first.translation.template(platform)
        names = [name for name in book if platform in book[name].handles and f"{{@{name}}}" in template]
        for name in names:
            days_by_name.setdefault(name, []).append(first.number)
        told_in_book = {book[name].handles[platform].casefold() for name in names}
        for handle, embassies in _mentions(posts, told_in_book).items():
            message = f"“@{handle}” is a mention. {consequence}"
            hint = f"Write the name in words, or other words for {title} alone, as “{platform}” below the text."
            yield problem_in(first, rule, message, hint, embassies, warning, f"@{handle}")
    for name, numbers in days_by_name.items():
        handle = book[name].handles[platform]
        days = ", ".join(day_ranges(sorted(set(numbers))))
        message = f"{{@{name}}} mentions “@{handle}”, on day {days}. {consequence}"
        hint = f"Delete “{platform}” here, and the name stands in these texts, in words."
        yield warning(rule, handle.location, message, hint, Scope(platform=platform))


def _mentions(posts: Iterable[tuple[Delivery, str]], left_out: Collection[str]) -> dict[str, set[str]]:
    """Return the embassies that mention each handle, but for their own and those left out, in small letters."""
    embassies: dict[str, set[str]] = {}
    for delivery, text in posts:
        for _, _, kind, handle in PLATFORMS[delivery.platform].facets(text) if re.search("[@＠]", text) else ():
            own_handle = delivery.account.handle.lstrip("@").casefold()
            if kind == "mention" and handle.casefold() not in (own_handle, *left_out):
                embassies.setdefault(handle, set()).add(delivery.embassy.id)
    return embassies


def wrong_link(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each link that isn't a whole https address.

    On Bluesky it would become no link, or one that a host country can tamper with.
    """
    for day in days_by_number(context).values():
        for link, scopes in links_of(day):
            if re.fullmatch(_ADDRESS, link):
                continue
            tail = link.strip().rpartition("://")[2]
            better = f"https://{tail}"
            hint = f"Write {better}." if re.fullmatch(_ADDRESS, better) else "Write it like https://example.org/page."
            for scope in scopes:
                yield error("wrong-link", link.location, f"“{link}” isn't an https address.", hint, scope)


def unused_link(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each link that no text uses: it is never posted, and its author believes that it is."""
    is_used: dict[tuple[int, str], bool] = {}
    links: dict[tuple[int, str], Text] = {}
    for delivery in context.deliveries:
        if (link := delivery.link) and delivery.rendered_text:
            place = delivery.number, str(link)
            links.setdefault(place, link)
            is_used[place] = is_used.get(place, False) or link in delivery.rendered_text.text or _has_link(delivery)
    for (number, _), link in ((place, link) for place, link in links.items() if not is_used[place]):
        message, hint = f"no text of day {number} uses the link.", "Write {link} where it is to stand, or delete it."
        yield warning("unused-link", link.location, message, hint, Scope(number))


def _has_link(delivery: Delivery) -> bool:
    """Return whether the text of a Delivery has a place for the link, on whichever platform."""
    translation = delivery.translation
    return translation is not None and any(
        re.search(r"(?<!\{)\{link\}", template) for template in (translation.text, *translation.variants.values())
    )


def no_link_in_language(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each day whose links leave out a language that it is posted in."""
    languages_by_day: dict[int, dict[str, bool]] = {}
    for posted_text in context.posted_texts:
        day, translation = posted_text.day, posted_text.translation
        if day.links and not day.link(translation.language):
            has_placeholder = any("{link}" in template.lower() for template, _ in posted_text.templates())
            languages = languages_by_day.setdefault(day.number, {})
            languages[translation.language] = languages.get(translation.language, False) or has_placeholder
    for number, languages in languages_by_day.items():
        links, missing = context.plan.campaign.days[number].links, sorted(languages)
        message = f"day {number} has a link in {join_words(sorted(links))}, and none in {join_words(missing)}."
        whole = "" if all(languages.values()) else ", and {link} to the text"
        hint = f'Look whether the page is there in that language, and add it: {missing[0]} = "https://…"{whole}.'
        for language in missing:  # one warning, about each of them
            location = next(iter(links.values())).location
            yield warning("no-link-in-language", location, message, hint, Scope(number, language=language))


_ADDRESS = r"https://[^\s/?#@]+\.[^\s/?#@.]+([/?#]\S*)?"
"""The pattern of an https address, without a name or a password in it."""


def _hashtag_lists(context: RuleContext) -> Iterator[tuple[tuple[Text, ...], Scope]]:
    """Yield each list of hashtags that {hashtags} may be filled with, and the scope of a problem with it."""
    for language, tags in context.plan.campaign.hashtags.items():
        yield tags, Scope(language=language)
    for day in context.plan.campaign.days.values():
        if day.hashtags:
            yield day.hashtags, Scope(day.number)


def _longest_run(tag: str, test: Callable[[str], bool]) -> int:
    """Return the length of the longest run of letters for which the test is true."""
    return max((len([*run]) for is_so, run in groupby(tag, test) if is_so), default=0)


def _misreadings(word: str, platform: str) -> Iterator[tuple[str, str]]:
    """Yield (message, hint) where a platform doesn't take a link, a hashtag or a mention of a word as it is meant."""
    if not _LINK_OR_TAG.search(word) or len(word) > _LONGEST_WORD:
        return
    title, platform_facets, meant_facets = (
        PLATFORMS[platform].title,
        PLATFORMS[platform].facets(word),
        intended_facets(word),
    )
    raw = word.encode()
    for start, end, kind, _ in meant_facets:
        if (start, end, kind) in [facet[:3] for facet in platform_facets]:
            continue
        intended_text, previous_character = raw[start:end].decode(), raw[:start].decode()[-1:]
        actual_text = next((raw[s:e].decode() for s, e, _, _ in platform_facets if s < end and start < e), None)
        name = "hashtag" if kind == "tag" else kind
        if actual_text:
            yield f"{title} takes “{actual_text}” for the {name}, not “{intended_text}”.", _HINTS[kind]
        elif previous_character and (previous_character != "(" or kind == "tag"):
            yield (
                f"“{intended_text}” is no {name} on {title}: “{previous_character}” stands before it.",
                "Put a space between the two.",
            )
        else:
            yield f"“{intended_text}” is no {name} on {title}.", _HINTS[kind]
    for start, end, kind, _ in platform_facets:
        if kind == "link" and not any(start < e and s < end for s, e, _, _ in meant_facets):
            hint = "Put a space behind the full stop; or, if it is an address, https:// before it."
            yield f"{title} makes a link of “{raw[start:end].decode()}”.", hint


_LONGEST_WORD = 3000
"""The length of the longest word that is checked, in characters: no platform takes more, and each costs time."""
_LINK_OR_TAG = re.compile(r"[#＃@＠]|\S\.\S|://")
_HINTS = {
    "link": "Write it with https:// before it, in small letters, and a space before and behind.",
    "tag": "Type # first, then letters and digits alone, then a space.",
    "mention": "Write {@name}: the handle book in campaign.toml gives each platform its own handle.",
}
