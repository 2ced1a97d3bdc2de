"""The page's pictures, as each platform gets them: made once each, and shown small."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orangeday.content.encoding import EncodedPicture, Flaw, encode, thumbnail
from orangeday.content.images import locate, read_picture
from orangeday.content.plan import Delivery
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.views.approval_page.model import CardShape, Picture, PostPicture
from orangeday.views.approval_page.page_language import PageLanguage

_WIDE, _NARROW = 1024, 640
"""The pixels of a picture that stands alone, and of one among others: twice what a screen shows."""


def _is_card(delivery: Delivery, name: Text) -> bool:
    """Return whether a picture of a post is its card."""
    return (
        delivery.embassy.cards
        and bool(delivery.translation and delivery.translation.headline)
        and (name == delivery.media[-1])
    )


@dataclass(slots=True)
class _PagePicture:
    """A picture as it is sent, and on the page as large as a post has needed it."""

    encoded_picture: EncodedPicture
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The pictures of the page, each made once, however many posts show it."""

    folder: Path
    """The folder of the posts, which the names of pictures are relative to."""
    words: PageLanguage
    _by_place: dict[tuple[str, str], _PagePicture | Flaw] = field(default_factory=dict)
    """By name and platform."""
    _by_content: dict[EncodedPicture, _PagePicture] = field(default_factory=dict)
    """By what is sent: most pictures are the same on every platform."""

    def pictures_of(self, delivery: Delivery, siblings: Sequence[Delivery]) -> Iterator[PostPicture]:
        """Yield each picture of a post, or the reason why it can't be shown.

        A card stands there in each shape in which this post or the `siblings` show it.
        """
        names = delivery.media
        for name in names:
            page_picture = self._sent_picture(name, delivery.platform)
            alt = delivery.alt_texts.get(name)
            if isinstance(page_picture, Flaw):
                yield PostPicture(name, alt, None, page_picture.message)
                continue
            side = _WIDE if len(names) == 1 else _NARROW
            alterations = page_picture.encoded_picture.alterations
            in_words = tuple(self.words(f"alteration.{alteration}") for alteration in alterations)
            shapes = self._shapes(delivery, siblings, side) if _is_card(delivery, name) and not alterations else ()
            picture = shapes[0].picture if shapes else self._picture(page_picture, side)
            yield PostPicture(shapes[0].file if shapes else name, alt, picture, "", in_words, shapes)

    def _shapes(self, delivery: Delivery, siblings: Sequence[Delivery], side: int) -> tuple[CardShape, ...]:
        """Return the shapes of a post's card, the widest first; nothing where all get the same file, unaltered."""
        platforms: dict[str, list[str]] = {}
        for sibling in siblings:
            if sibling.pictures == delivery.pictures and sibling.media:
                platforms.setdefault(sibling.media[-1], []).append(sibling.platform)
        page_pictures = {name: self._sent_picture(name, its_platforms[0]) for name, its_platforms in platforms.items()}
        sound = {
            n: p for n, p in page_pictures.items() if not isinstance(p, Flaw) and not p.encoded_picture.alterations
        }
        if len(sound) < 2 or len(sound) < len(page_pictures):
            return ()
        shapes = (
            CardShape(
                self.words.join(PLATFORMS[platform].title for platform in platforms[name]),
                name,
                self._picture(page_picture, side),
            )
            for name, page_picture in sound.items()
        )
        return tuple(sorted(shapes, key=lambda shape: -shape.width))

    def look(self, delivery: Delivery) -> tuple[object, ...]:
        """Return a value that is equal for two deliveries whose pictures look the same, whatever the card's shape."""

        def look_of(name: Text) -> object:
            page_picture = self._sent_picture(name, delivery.platform)
            if isinstance(page_picture, Flaw):
                return page_picture
            is_plain_card = _is_card(delivery, name) and not page_picture.encoded_picture.alterations
            return None if is_plain_card else id(page_picture)

        return tuple(map(look_of, delivery.media))

    def _sent_picture(self, name: str, platform: str) -> _PagePicture | Flaw:
        """Return what a platform gets of a picture, or the reason why it gets none."""
        if (name, platform) not in self._by_place:
            file = locate(self.folder, name)
            content = file if isinstance(file, Flaw) else read_picture(file)
            result = content if isinstance(content, Flaw) else encode(content, PLATFORMS[platform].pictures)
            self._by_place[name, platform] = (
                result if isinstance(result, Flaw) else self._by_content.setdefault(result, _PagePicture(result))
            )
        return self._by_place[name, platform]

    def _picture(self, page_picture: _PagePicture, side: int) -> Picture:
        """Return it as the page shows it, at least `side` pixels wide or high where it has as many."""
        current = page_picture.picture
        if current is None or side > max(current.width, current.height) >= _NARROW:
            small = thumbnail(page_picture.encoded_picture, side)
            id = current.id if current else f"picture-{len(self.all_pictures) + 1}"  # noqa: A001  as HTML calls it
            data = f"data:{small.mime};base64,{base64.b64encode(small.content).decode()}"
            page_picture.picture = Picture(id, small.width, small.height, data)
        assert page_picture.picture is not None  # noqa: S101  it was made above
        return page_picture.picture

    @property
    def all_pictures(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return [page_picture.picture for page_picture in self._by_content.values() if page_picture.picture]
