"""The page's pictures, read once each, and small."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orangeday.content import images as pictures
from orangeday.content.plan import Delivery
from orangeday.views.approval_page.model import Picture, PostPicture

_WIDE, _NARROW = 1024, 640
"""The pixels of a picture that stands alone, and of one among others: twice what a screen shows."""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The pictures of the page, each read once, however many posts show it."""

    folder: Path
    """The folder of the posts, which the names of pictures are relative to."""
    cache: dict[str, Picture | pictures.Flaw] = field(default_factory=dict)

    def pictures_of(self, delivery: Delivery) -> Iterator[PostPicture]:
        """Yield each picture of a post, or the reason why it can't be shown."""
        names, translation = delivery.media, delivery.translation
        for name in names:
            picture = self._picture(name, _WIDE if len(names) == 1 else _NARROW)
            alt = translation.alt.get(name) if translation else None
            if isinstance(picture, pictures.Flaw):
                yield PostPicture(name, alt, None, picture.message)
            else:
                yield PostPicture(name, alt, picture, "")

    def _picture(self, name: str, side: int) -> Picture | pictures.Flaw:
        current = self.cache.get(name)
        if current is None or (isinstance(current, Picture) and side > max(current.width, current.height) >= _NARROW):
            path = pictures.locate(self.folder, name)
            thumbnail = path if isinstance(path, pictures.Flaw) else pictures.thumbnail(path, side)
            if isinstance(thumbnail, pictures.Flaw):
                self.cache[name] = thumbnail
            else:
                id = current.id if current else f"picture-{len(self.cache) + 1}"  # noqa: A001  as HTML calls it
                data = f"data:{thumbnail.mime};base64,{base64.b64encode(thumbnail.content).decode()}"
                self.cache[name] = Picture(id, thumbnail.width, thumbnail.height, data)
        return self.cache[name]

    @property
    def all_pictures(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return [picture for picture in self.cache.values() if isinstance(picture, Picture)]
