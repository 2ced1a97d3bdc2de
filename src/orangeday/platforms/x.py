"""The facts about X; its adapter is `orangeday.adapters.x`."""

from __future__ import annotations

from datetime import date, timedelta

from orangeday.platforms.specs import Credential, HandleForm, PictureLimits, PlatformSpec, PriceList, Server, Shape
from orangeday.text.x import X_LIMIT, x_facets, x_has_address, x_length

_PRINTABLE = r"[!-~]+"

X = PlatformSpec(
    name="x",
    title="X",
    length=x_length,
    limit=X_LIMIT,
    unit="as X counts",
    facets=x_facets,
    handle=HandleForm(
        pattern=r"\w{1,15}",
        rule="fifteen letters, digits or _ at most",
        hint="X has up to fifteen letters, digits and _, like BelgiumNairobi.",
        other_pages=("compose", "explore", "home", "i", "intent", "messages", "notifications", "search", "settings"),
    ),
    profile_url="https://x.com/",
    former_profile_urls=("https://twitter.com/",),
    server=Server("base_url", "https://api.x.com"),
    credentials=(
        Credential("API_KEY", "API key of the app", is_shared=True, pattern=_PRINTABLE),
        Credential("API_SECRET", "API secret of the app", is_shared=True, pattern=_PRINTABLE),
        Credential("ACCESS_TOKEN", "access token", pattern=_PRINTABLE),
        Credential("ACCESS_TOKEN_SECRET", "access token secret", pattern=_PRINTABLE),
    ),
    pictures=PictureLimits(5_000_000, min_side=4, max_side=8192),
    shape=Shape.WIDE,
    alt_length=1000,
    settle_after=timedelta(minutes=6),
    prices=PriceList(
        list_date=date(2026, 8, 1),
        post=0.015,
        post_with_link=0.20,
        alt_text=0.005,
        # An “owned read” is a tenth of a cent, but for the account alone that owns the app: no embassy's does.
        read=0.005,
        has_link=x_has_address,
        user_read=0.01,
    ),
    identity_pattern=r"[0-9]{1,19}",
    flags_duplicates=True,
    restricts_mentions=True,
    kept_data="Whose tokens they were",
)
