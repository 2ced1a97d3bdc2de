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
    known: dict[str, Picture | pictures.Flaw] = field(default_factory=dict)

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
        known = self.known.get(name)
        if known is None or (isinstance(known, Picture) and side > max(known.width, known.height) >= _NARROW):
            at = pictures.locate(self.folder, name)
            made = at if isinstance(at, pictures.Flaw) else pictures.thumbnail(at, side)
            if isinstance(made, pictures.Flaw):
                self.known[name] = made
            else:
                id = known.id if known else f"picture-{len(self.known) + 1}"  # noqa: A001  as HTML calls it
                data = f"data:{made.mime};base64,{base64.b64encode(made.content).decode()}"
                self.known[name] = Picture(id, made.width, made.height, data)
        return self.known[name]

    @property
    def drawn(self) -> list[Picture]:
        """The pictures of the page, each once."""
        return [picture for picture in self.known.values() if isinstance(picture, Picture)]
