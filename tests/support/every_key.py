"""A campaign in whose files every key stands that their readers know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

Values = dict[str, Any]
"""The values of a file of TOML."""

CONFIG, CAMPAIGN, FACTS = "config.toml", "posts/campaign.toml", "posts/facts.toml"
DAY, LINKED = "posts/05-day", "posts/06-day"
NAMES = "{Embassy} {city} {in_city} {country} {in_country} {from_city}"
ALL = f"{NAMES} {{minister}} {{@un-women}} {{link}} {{hashtags}}\n\n{{helpline}}"


def embassy(place: str, zone: str, **others: Any) -> Values:
    names = {key: {"en": f"{key} {place}"} for key in ("name", "city", "in_city", "country", "in_country", "card_name")}
    return {
        **names,
        "helpline": {"en": f"Help in {place}."},
        "words": {"from_city": {"en": f"from {place}"}},
        "timezone": zone,
        "languages": ["en"],
        "x": {"handle": f"be_{place}"},
        "bluesky": {"handle": f"be-{place}.be", "service": "https://pds.be"},
        **others,
    }


def campaign() -> dict[str, Values]:
    """The values of its files, by name."""
    days: dict[str, Values] = {}
    for number in range(1, 17):
        days[f"posts/{number:02}-day/day.toml"] = {"title": f"Day {number}", "facts": ["one"]}
        days[f"posts/{number:02}-day/en.toml"] = {"text": f"Day {number}, {{city}}."}
    full_day = {
        "title": "Five", "facts": ["one", "two"], "link": {"en": "https://un.org/5"}, "media": ["media/05.png"],
        "time": "11:00", "hashtags": ["#Day5", "#More"], "grave": True, "layout": "list",
        "accept": {"uncited-fact": "It is said elsewhere."},
    }  # fmt: skip
    full_text = {
        "text": ALL, "x": f"On X: {ALL}", "bluesky": f"On Bluesky: {ALL}", "alt": {"media/05.png": "A lamp."},
        "card": {"headline": "Together", "lines": ["Help", "Law", "Justice"], "alt": "{sender}: a lantern."},
        "accept": {"near-duplicate": "They say the same."},
    }  # fmt: skip
    skip = [n for n in range(1, 17) if n not in (5, 6)]
    return {
        **days,
        f"{DAY}/day.toml": full_day,
        f"{DAY}/en.toml": full_text,
        f"{LINKED}/day.toml": {"title": "Six", "facts": ["one"], "link": "https://un.org/6"},
        f"{LINKED}/en.toml": {"text": "From {city}: {link}"},
        f"{LINKED}/en.tokyo.toml": {"text": "Ours: {link}"},
        CAMPAIGN: {
            "id": "16days", "title": "Sixteen days", "minister": {"en": "A. Minister"},
            "release": {"title": "No", "date": date(2025, 11, 24), "publisher": "FPS", "address": "https://be.be"},
            "hashtags": {"en": ["#One"]},
            "cards": {"from": {"en": "All of us"}, "font": {"en": "media/a.ttf"}, "logo": "media/logo.png"},
            "handles": {"un-women": {"name": {"en": "UN Women"}, "x": "UN_Women", "bluesky": "unwomen.org"}},
            "accept": {"near-duplicate": "So it is."},
        },
        FACTS: {
            "one": {"statement": "One.", "paragraph": 1, "as_of": date(2026, 11, 1), "until": date(2027, 1, 1),
                    "reason": "It may change."},
            "two": {"statement": "Two.", "paragraph": 2},
            "accept": {"near-duplicate": "So it is."},
        },
        CONFIG: {
            "campaign": {"posts": "posts", "start": date(2026, 11, 25)},
            "schedule": {"time": "09:00", "spacing": "20m", "catch_up": "6h"},
            "publishing": {"mode": "dry-run", "require_approval": True, "workers": 8},
            "ledger": {"url": "sqlite:///orangeday.db"},
            "x": {
                "base_url": "https://api.x.com", "settle_after": "6m", "shape": "16:9",
                "prices": {"listed": date(2026, 8, 1), "post": 0.015, "post_with_link": 0.2, "alt_text": 0.005,
                           "read": 0.005, "user_read": 0.01},
            },
            "bluesky": {"service": "https://bsky.social", "shape": "4:5"},
            "alerts": {"url": "mailtos://name:{secret}@example.org?to=press@example.org", "tomorrow": "17:00"},
            "approval": {"by": ["Ann Peeters <ann@example.org>"], "mail": "press@example.org"},
            "network": {"proxy": "http://10.0.0.1:3128", "certificates": "system"},
            "accept": {"near-duplicate": "So it is."},
            "embassies": {
                "nairobi": embassy("nairobi", "Africa/Nairobi", time="10:00", skip=skip, days={"en": [5, 6]},
                                   without_hashtags=["#More"], cards=True, logo="media/logo.png",
                                   approval={"by": ["Ben Maas <ben@example.org>"], "mail": "be@example.org"}),
                "tokyo": embassy("tokyo", "Asia/Tokyo", skip=skip),
            },
        },
    }  # fmt: skip


def tables(values: Values, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for key, value in values.items():
        if isinstance(value, dict):
            yield from tables(value, (*path, key))


def at(values: Values, path: tuple[str, ...]) -> Values:
    for key in path:
        values = values[key]
    return values
