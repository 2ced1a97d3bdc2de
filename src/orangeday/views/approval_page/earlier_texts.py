"""A text as it was approved, with its placeholders filled in: what the present one is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orangeday.content.plan import Delivery
from orangeday.content.toml import Text
from orangeday.content.wording import render
from orangeday.platforms.registry import PLATFORMS


def earlier_text(delivery: Delivery, approved_parts: Mapping[str, str]) -> str | None:
    """Return the text of a delivery as it would have read when it was approved; None where that isn't known.

    `approved_parts` is all that was approved, by the name of each part. Names of the embassy are those of today: they
    are approved on their own.
    """
    day, translation, campaign = delivery.day, delivery.translation, delivery.plan.campaign
    if day is None or translation is None or "text" not in approved_parts:
        return None

    def earlier(name: str) -> Text | None:
        return translation.text.with_value(approved_parts[name]) if name in approved_parts else None

    def earlier_or_none(name: str) -> dict[str, Text]:
        """Return an earlier value as the one of all languages."""
        return {} if (value := earlier(name)) is None else {"": value}

    variants = {name: text for name in PLATFORMS if (text := earlier(name)) is not None}
    hashtags = None if (tags := earlier("hashtags")) is None else [*map(tags.with_value, tags.split())]
    earlier_translation = replace(translation, text=earlier("text") or translation.text, variants=variants)
    # Where it had no link, only other languages had: {link} became nothing.
    links = earlier_or_none("link") or {"und": translation.text}
    earlier_day = replace(day, links=links, hashtags=day.hashtags if hashtags is None else _without_none(hashtags))
    earlier_campaign = replace(campaign, ministers=earlier_or_none("minister") or campaign.ministers)
    return render(earlier_campaign, earlier_day, earlier_translation, delivery.embassy, delivery.platform).text


def _without_none(hashtags: list[Text]) -> tuple[Text, ...]:
    """Return hashtags as an approval lists them; it says `none` where there are none."""
    return () if hashtags == ["none"] else tuple(hashtags)
