"""What Toyland is."""

from __future__ import annotations

from orangeday.platforms.specs import Credential, HandleForm, PictureLimits, PlatformSpec, Server
from orangeday.text import bluesky_facets

TOY = PlatformSpec(
    name="toy",
    title="Toyland",
    length=len,
    limit=500,
    unit="characters",
    facets=bluesky_facets,
    handle=HandleForm(
        pattern=r"[a-z]+",
        rule="it has small letters alone",
        hint="Toyland has small letters alone, like bear.",
    ),
    profile_url="https://toyland.example/",
    server=Server("server", "https://toyland.example"),
    credentials=(
        Credential("CLUB", "password of the club", is_shared=True),
        Credential("KEY", "key of the toy box", pattern="[0-9]+"),
    ),
    pictures=PictureLimits(10_000_000),
    adapter="toyland.adapter",
)
