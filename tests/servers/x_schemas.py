"""The shapes of what X's API takes, as its OpenAPI document gives them, and what is wrong with a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    pattern: str = ""
    most: int | None = None
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    pass


@dataclass(frozen=True)
class Number:
    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Several:
    of: Shape
    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Record:
    """What it must have, what it may have; anything else is wrong, unless it is open."""

    needed: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    open: bool = False


Shape = Text | Flag | Number | Several | Record

_KINDS: dict[type[Shape], tuple[type, str]] = {
    Text: (str, "string"),
    Flag: (bool, "boolean"),
    Number: (int, "integer"),
    Several: (list, "array"),
    Record: (dict, "object"),
}


def wrongs(shape: Shape, value: object, where: str = "$") -> Iterator[tuple[str, str]]:
    """Each thing that is wrong with a value: where, and what."""
    kind, called = _KINDS[type(shape)]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield where, f"{where}: {_called(value)} found, {called} expected"
    elif isinstance(shape, Text) and isinstance(value, str):
        if shape.pattern and not re.fullmatch(shape.pattern, value):
            yield where, f"{where}: does not match the regex pattern ^{shape.pattern}$"
        if shape.most is not None and len(value) > shape.most:
            yield where, f"{where}: must be at most {shape.most} characters long"
        if shape.among and value not in shape.among:
            yield where, f"{where}: does not have a value in the enumeration [{', '.join(shape.among)}]"
    elif isinstance(shape, Number) and isinstance(value, int):
        if value < shape.least or (shape.most is not None and value > shape.most):
            yield where, f"{where}: must be between {shape.least} and {shape.most}"
    elif isinstance(shape, Several) and isinstance(value, list):
        if len(value) < shape.least:
            yield where, f"{where}: there must be a minimum of {shape.least} items in the array"
        if shape.most is not None and len(value) > shape.most:
            yield where, f"{where}: there must be a maximum of {shape.most} items in the array"
        for number, item in enumerate(value):
            yield from wrongs(shape.of, item, f"{where}[{number}]")
    elif isinstance(shape, Record) and isinstance(value, dict):
        for name in shape.needed:
            if name not in value:
                yield f"{where}.{name}", f"{where}.{name}: is missing but it is required"
        for name, item in value.items():
            inner = shape.needed.get(name) or shape.optional.get(name)
            if inner is not None:
                yield from wrongs(inner, item, f"{where}.{name}")
            elif not shape.open:
                yield (
                    f"{where}.{name}",
                    f"{where}.{name}: is not defined in the schema and the schema does not allow it",
                )


def _called(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


ID = Text(pattern="[0-9]{1,19}")

POST = Record(
    optional={
        "text": Text(),
        "media": Record(needed={"media_ids": Several(ID, 1, 4)}, optional={"tagged_user_ids": Several(ID, most=10)}),
        "card_uri": Text(),
        "community_id": ID,
        "direct_message_deep_link": Text(),
        "edit_options": Record(needed={"previous_post_id": ID}),
        "for_super_followers_only": Flag(),
        "geo": Record(needed={"place_id": Text()}),
        "made_with_ai": Flag(),
        "nullcast": Flag(),
        "paid_partnership": Flag(),
        "poll": Record(open=True),
        "quote_tweet_id": ID,
        "reply": Record(needed={"in_reply_to_tweet_id": ID}, open=True),
        "reply_settings": Text(among=("following", "mentionedUsers", "subscribers", "verified")),
        "share_with_followers": Flag(),
    }
)

_CATEGORIES = ("tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles")
UPLOAD = Record(
    needed={"media": Text(), "media_category": Text(among=_CATEGORIES)}, optional={"additional_owners": Text()}
)
INITIALIZE = Record(
    optional={
        "media_category": Text(among=(*_CATEGORIES, "amplify_video")),
        "media_type": Text(pattern="(?:image|video|text|model)/[a-z0-9.+-]+"),
        "total_bytes": Number(0, 17179869184),
        "shared": Flag(),
        "additional_owners": Several(ID),
    }
)
APPEND = Record(needed={"media": Text(), "segment_index": Number(0, 999)})
METADATA = Record(
    needed={"id": ID}, optional={"metadata": Record(optional={"alt_text": Record(needed={"text": Text(most=1000)})})}
)

_POST_FIELDS = """
    article article_title attachments author_id card_uri community_id context_annotations conversation_id created_at
    display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang
    matched_media_notes media_metadata non_public_metrics note_post note_tweet organic_metrics paid_partnership
    possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings scopes source text withheld
"""
_USER_FIELDS = """
    confirmed_email connection_status created_at description entities id is_identity_verified location name parody
    profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription subscription_type url
    username verified verified_followers_count verified_type withheld
"""
_FIELDS = {
    "tweet.fields": _POST_FIELDS,  # what the documentation, the libraries and the live answers say
    "post.fields": _POST_FIELDS,  # what the OpenAPI document says
    "user.fields": _USER_FIELDS,
    "media.fields": "alt_text duration_ms height media_key preview_image_url public_metrics type url variants width",
    "expansions": "attachments.media_keys author_id edit_history_tweet_ids pinned_tweet_id",
    "exclude": "replies retweets",
}
_TIMELINE = {"tweet.fields", "post.fields", "user.fields", "media.fields", "expansions"}
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z"
_SIMPLE = {
    "max_results": "[1-9][0-9]{0,2}",
    "pagination_token": "[0-9a-v]+",
    "start_time": _TIME,
    "end_time": _TIME,
    "ids": "[0-9]{1,19}(,[0-9]{1,19})*",
    "since_id": "[0-9]{1,19}",
    "until_id": "[0-9]{1,19}",
}
QUERIES: dict[str, set[str]] = {
    "getUsersPosts": _TIMELINE | set(_SIMPLE) - {"ids"} | {"exclude"},
    "getPostsById": _TIMELINE,
    "getPostsByIds": _TIMELINE | {"ids"},
    "getUsersMe": {"user.fields", "expansions", "tweet.fields", "post.fields"},
}


def query_wrongs(operation: str, query: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Each thing that is wrong with a query: name, value and what."""
    names = [name for name, _ in query]
    for name, value in query:
        if name not in QUERIES.get(operation, ()):
            known = ",".join(sorted(QUERIES.get(operation, ())))
            yield name, value, f"The query parameter [{name}] is not one of [{known}]"
        elif names.count(name) > 1:
            yield name, value, f"The query parameter [{name}] is given twice"
        elif name in _FIELDS:
            for item in value.split(","):
                if item not in _FIELDS[name].split():
                    yield name, value, f"The `{name}` query parameter value [{item}] is not one of its values"
        elif not re.fullmatch(_SIMPLE[name], value):
            yield name, value, f"The `{name}` query parameter value [{value}] is not valid"
        elif name == "max_results" and not 5 <= int(value) <= 100:
            yield name, value, f"The `max_results` query parameter value [{value}] is not between 5 and 100"
