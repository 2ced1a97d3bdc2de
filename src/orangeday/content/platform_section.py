"""A platform's section in the config: its address, how soon it shows a post, what it charges, its cards' shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from orangeday.content.addresses import is_loopback, service_address
from orangeday.content.network import DIRECT, Route
from orangeday.content.problems import Location
from orangeday.content.toml import Table
from orangeday.content.toml_forms import one_of
from orangeday.platforms.specs import PlatformSpec, PriceList, Shape

_SHAPE = one_of(
    [*Shape], "wrong-shape", "a card can't have the shape “{}”.", f'Write "{Shape.WIDE}" or "{Shape.TALL}".'
)


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a platform, in US dollars, as listed on a date."""

    price_date: date
    post: float
    post_with_link: float
    alt_text: float
    read: float
    """The price of reading back one of the account's posts."""
    user_read: float
    """The price of asking whose an account is: once a day, however often it is asked."""
    table: Table = field(compare=False, repr=False)

    @property
    def location(self) -> Location:
        """The place in the file of the date on which the prices were listed."""
        return self.table.document.location((*self.table.key, "listed"))


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """The config's settings for a whole platform."""

    address: str
    """The address for requests, unless an account names its own server."""
    settle_after: timedelta | None
    """The longest time until the platform shows a new post; None where it does at once."""
    prices: Prices | None
    """None where a post costs nothing."""
    shape: Shape
    """The shape of the cards that it gets."""
    route: Route = DIRECT
    """The way to it, the same for all."""


def platform_settings(spec: PlatformSpec, table: Table, route: Route) -> PlatformSettings:
    """Return the settings of a platform's section."""
    address = service_address(table, spec.server.key, spec.server.address)
    description = (
        f"What {spec.title} charges, in US dollars, as it listed them on a date: look again before each campaign."
    )
    prices = _prices(spec.prices, table.table("prices", description)) if spec.prices else None
    shape = _shape(spec, table)
    least = spec.settle_after
    if least is None:
        return PlatformSettings(address, None, prices, shape, route)
    description = f"The longest time until {spec.title} shows a new post: only after it does a post's absence count."
    settle_after = table.duration("settle_after", description, least)
    if settle_after < least and not is_loopback(address):
        late = f"{spec.title} shows a new post late, and too early a look would post it again"
        hint = f"At least {least // timedelta(minutes=1)}m: {late}."
        table.problem("settle_after", "wrong-number", f"“{table.text('settle_after')}” is too short.", hint)
    return PlatformSettings(address, settle_after, prices, shape, route)


def _shape(spec: PlatformSpec, table: Table) -> Shape:
    value = table.text("shape", "The shape of the cards that it gets: 16:9, or 4:5, which is taller.", form=_SHAPE)
    return Shape(value) if value is not None and _SHAPE.fits(value) else spec.shape


def _prices(usual: PriceList, table: Table) -> Prices:
    prices = Prices(
        price_date=table.calendar_date("listed", "The date on which these prices were listed.") or usual.list_date,
        post=table.number("post", "The price of a post without a link.", usual.post),
        post_with_link=table.number("post_with_link", "The price of a post with a link.", usual.post_with_link),
        alt_text=table.number("alt_text", "The price of a picture's alt text.", usual.alt_text),
        read=table.number("read", "The price of reading back an own post.", usual.read),
        user_read=table.number("user_read", "The price of asking whose an account is, once a day.", usual.user_read),
        table=table,
    )
    table.done()
    return prices
