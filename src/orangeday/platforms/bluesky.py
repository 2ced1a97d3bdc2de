"""The facts about Bluesky; its adapter is `orangeday.adapters.bluesky`."""

from __future__ import annotations

from orangeday.platforms.specs import Credential, HandleForm, PictureLimits, PlatformSpec, Server, Shape
from orangeday.text.bluesky import BLUESKY_BYTES, BLUESKY_LIMIT, bluesky_facets, bluesky_length

MAKE_AN_APP_PASSWORD = "Bluesky → Settings → Privacy and security → App passwords → Add app password"  # noqa: S105
"""The page on which a person makes one."""

BLUESKY = PlatformSpec(
    name="bluesky",
    title="Bluesky",
    length=bluesky_length,
    limit=BLUESKY_LIMIT,
    unit="characters",
    facets=bluesky_facets,
    handle=HandleForm(
        pattern=r"([a-z0-9](-*[a-z0-9])*\.)+[a-z](-*[a-z0-9])*",
        rule="it is written like an internet address",
        hint="Bluesky writes it whole, like be-nairobi.bsky.social.",
        reserved_endings=(".example", ".invalid", ".local", ".localhost", ".internal"),
        usual_ending=".bsky.social",
    ),
    profile_url="https://bsky.app/profile/",
    server=Server("service", "https://bsky.social", is_per_account=True),
    credentials=(
        Credential(
            "APP_PASSWORD",
            "app password",
            source=MAKE_AN_APP_PASSWORD,
            usual_pattern=r"[a-z0-9]{4}(-[a-z0-9]{4}){3}",
            unusual_warning="That looks like the account's own password, which opens everything. Better make an app "
            f"password, xxxx-xxxx-xxxx-xxxx, that can be withdrawn: {MAKE_AN_APP_PASSWORD}.",
        ),
    ),
    pictures=PictureLimits(2_000_000),
    shape=Shape.TALL,
    byte_limit=BLUESKY_BYTES,
    alt_length=2000,
    is_long_alt_refused=False,
    identity_pattern=r"did:[a-z]+:\S+",
    identity_logs_in=True,
    link_card=True,
    kept_data="Its open session",
)
