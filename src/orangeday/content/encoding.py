"""A picture as it is sent: upright, still, in the colours of a screen, within a platform's limits, without notes.

`encode` is the one function that makes it: checks, the page, approvals and adapters call it with the same bytes. What a
reader would see otherwise than in the file is named in the result as an Alteration. A file in which nothing has to be
changed is sent as it is, but for what isn't part of the picture.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from orangeday.content.picture_files import (
    MAX_PROFILE_BYTES,
    STAMP,
    CutShortError,
    bare,
    lean,
    orientation,
    other_kind,
    still,
    whole_card,
)
from orangeday.platforms.specs import PictureLimits

if TYPE_CHECKING:
    from PIL import Image, ImageCms

MAX_PIXELS = 50_000_000
"""The limit of pixels, more than any camera makes. A small file can claim far more, and would fill the memory."""

KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""The picture formats that can be posted, by Pillow's name; MPO is a jpg of some cameras."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_QUARTER_TURNS = (5, 6, 7, 8)


class Alteration(StrEnum):
    """A way in which a reader sees a picture otherwise than its file has it."""

    STILL = "still"  # it moves, and its first picture alone is sent
    TURNED = "turned"  # upright, as the camera noted
    COLOURS = "colours"  # converted to those of screens (sRGB)
    WHITE = "white"  # transparent parts become white
    LOSSY = "lossy"  # saved as jpg, which loses detail
    SMALLER = "smaller"  # with fewer pixels

    @property
    def in_words(self) -> str:
        """The words for a reader, behind a picture's name and a colon."""
        return _ALTERATIONS_IN_WORDS[self]


_ALTERATIONS_IN_WORDS = {
    Alteration.STILL: "still, its first picture alone",
    Alteration.TURNED: "turned upright",
    Alteration.COLOURS: "converted to the colours of a screen",
    Alteration.WHITE: "white where it is transparent",
    Alteration.LOSSY: "saved as jpg with less detail",
    Alteration.SMALLER: "made smaller",
}


def in_words(alterations_by_platform: Mapping[str, Sequence[Alteration]]) -> str:
    """Return how a picture is altered: `turned upright; made smaller on X`. The platforms are those that get it."""
    phrases = []
    for alteration in Alteration:
        titles = [title for title, alterations in alterations_by_platform.items() if alteration in alterations]
        if titles:
            place = "" if len(titles) == len(alterations_by_platform) else f" on {' and '.join(titles)}"
            phrases.append(f"{alteration.in_words}{place}")
    return "; ".join(phrases)


@dataclass(frozen=True, slots=True)
class Picture:
    """The content of a picture file."""

    kind: str
    """jpg, png, gif or webp: by the content, whatever the file's name."""
    width: int
    """In pixels, as it is shown: after it was turned as the camera noted."""
    height: int
    bytes: int
    stamp: str = ""
    """The stamp of the card that `orangeday cards` drew; empty for any other picture."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture as it is sent."""

    content: bytes
    mime: str
    width: int
    height: int
    alterations: tuple[Alteration, ...] = ()
    """The ways in which it differs from its file to the eye, in the order of the class."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """The reason why a picture can't be posted: the rule, the message and the hint."""

    rule: str
    message: str
    hint: str


_pillow_lock = threading.Lock()
"""The lock for Pillow: its warnings are caught for the whole process, and one picture in memory is enough."""


def encode(content: bytes, limits: PictureLimits) -> EncodedPicture | Flaw:
    """Return the picture within a platform's limits, or the reason why it can't be sent. Raises MemoryError alone.

    The same bytes give the same picture, so that a second attempt sends the same as the first.
    """
    return _encode(content, limits)


@lru_cache(maxsize=8)
def _encode(content: bytes, limits: PictureLimits) -> EncodedPicture | Flaw:
    _, (picture,) = judge(content, (limits,))
    return picture


def judge(
    content: bytes, limits: tuple[PictureLimits, ...]
) -> tuple[Picture | Flaw, tuple[EncodedPicture | Flaw, ...]]:
    """Return the picture in a file's content, and as it is sent within each of the limits. Raises MemoryError alone."""
    if card := _untouched_card(content, limits):
        return card
    from PIL import Image

    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source = _Source(content)
            return source.picture, tuple(_fit(source, limit) for limit in limits)
        except _FlawError as failure:
            flaw = failure.flaw
        except MemoryError:
            raise  # nothing is wrong with the picture: another time there may be enough
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            flaw = _too_many_pixels("far more pixels")
        except Exception as failure:  # noqa: BLE001  a damaged picture makes a decoder raise anything
            is_short = isinstance(failure, CutShortError) or "truncated" in str(failure)
            message = "the picture is damaged: its file ends too early." if is_short else "the picture is damaged."
            flaw = Flaw("picture-unreadable", message, _COPY_AGAIN)
        return flaw, (flaw,) * len(limits)


def _untouched_card(
    content: bytes, limits: tuple[PictureLimits, ...]
) -> tuple[Picture, tuple[EncodedPicture, ...]] | None:
    """Return a card that orangeday drew, and as it is sent: untouched; None for any other picture.

    It isn't decoded: most pictures are cards, and checksums tell as well whether a file is whole.
    """
    card = whole_card(content)
    if card is None:
        return None
    (stamp, width, height), sent_content = card, bare(content)
    is_taken = all(limit.takes(width, height, len(sent_content)) for limit in limits)
    if not is_taken or width * height > MAX_PIXELS:
        return None
    picture = Picture("png", width, height, len(content), stamp)
    return picture, (EncodedPicture(sent_content, "image/png", width, height),) * len(limits)


_COPY_AGAIN = "Copy it again from where it comes from, or save it again as jpg or png."


class _FlawError(Exception):
    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw


class _Source:
    """A file's content, decoded."""

    def __init__(self, content: bytes) -> None:
        """Decode it. Raises _FlawError, and whatever a decoder does."""
        self._lean = lean(content)
        self._image = image = _open(self._lean)
        self._orientation = orientation(image.info.get("exif") or b"")
        width, height = image.size
        if self._orientation in _QUARTER_TURNS:
            width, height = height, width
        self.picture = Picture(
            kind=KINDS[image.format or ""],
            width=width,
            height=height,
            bytes=len(content),
            stamp=str(image.info.get(STAMP, "")),
        )
        is_rotated = self._orientation != 1
        is_coloured = image.mode == "CMYK" or _profile_of(image) is not None or _gamma_of(image) is not None
        is_animated = getattr(image, "is_animated", False)
        if (still_content := still(self._lean)) != self._lean:  # what tells of movement also misplaces the first frame
            self._lean = still_content
            self._image = image = _open(self._lean)
        if self.picture.kind == "jpg" and not (is_coloured or is_rotated):
            image.draft(None, (max(1, width // 8), max(1, height // 8)))  # an eighth tells as well if it is whole
        image.load()
        has_holes = image.has_transparency_data and min(_alpha(image).tobytes()) < 255
        presence = {
            Alteration.STILL: is_animated,
            Alteration.TURNED: is_rotated,
            Alteration.COLOURS: is_coloured,
            Alteration.WHITE: has_holes,
        }
        self.alterations = tuple(alteration for alteration, is_present in presence.items() if is_present)
        """The ways in which it is altered whatever the platform."""

    @cached_property
    def bare(self) -> bytes | None:
        """The file with nothing in it but the picture; None where the picture itself has to be changed."""
        is_plain = self.picture.kind in ("jpg", "png") and self._image.mode in ("1", "L", "P", "RGB", "LA", "RGBA")
        return bare(self._lean) if is_plain and not self.alterations else None

    @cached_property
    def flat(self) -> Image.Image:
        """The picture as a reader is to see it: grey or RGB in eight bits, in a screen's colours, on white, upright."""
        from PIL import Image

        image = _open(self._lean)  # whole: a jpg may have been looked at in an eighth
        image.load()
        flat = _on_white(_in_eight_bits(image))
        if turn := _TURNS.get(self._orientation):
            flat = flat.transpose(Image.Transpose[turn])
        return flat

    @property
    def jpeg_options(self) -> dict[str, Any]:
        """The options by which a turned jpg is saved as finely as it was."""
        from PIL import JpegImagePlugin

        tables = getattr(self._image, "quantization", None)
        if not tables or self._image.mode not in ("L", "RGB"):
            return {"quality": _FINE_QUALITY}
        sampling = JpegImagePlugin.get_sampling(self._image)
        return {"qtables": tables, **({"subsampling": sampling} if sampling >= 0 else {})}


_TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE",
    8: "ROTATE_90",
}  # fmt: skip
"""The turn that brings a picture upright, by the orientation that EXIF gives."""


def _open(content: bytes) -> Image.Image:
    """Open a picture without decoding it. Raises _FlawError."""
    from PIL import Image, UnidentifiedImageError

    _load_decoders()
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        name, hint = other_kind(content) or ("", "Open it in a picture program, and save it as jpg or png.")
        message = (
            f"it is {name}, and no jpg, png, gif or webp." if name else "it isn't a jpg, png, gif or webp picture."
        )
        raise _FlawError(Flaw("picture-kind", message, hint)) from None
    if image.width * image.height > MAX_PIXELS:
        raise _FlawError(_too_many_pixels(f"{image.width:,} × {image.height:,} pixels"))
    if image.format == "PNG" and "transparency" in image.info:
        image.info["transparency"] = _in_eight_bits_a_channel(image.info["transparency"], content)
    return image


def _in_eight_bits_a_channel(transparency: Any, png: bytes) -> Any:
    """Return the transparent colour of a PNG file as Pillow compares it: it stretches pixels to eight bits, not this.

    A grey of sixteen bits stays, as its pixels do.
    """
    depth, colours = png[24], png[25]  # behind the signature, the header's name, width and height
    if colours == _PNG_GREY and depth in (2, 4) and isinstance(transparency, int):
        return transparency % 2**depth * 255 // (2**depth - 1)
    if colours == _PNG_RGB and depth == 16 and isinstance(transparency, tuple):
        return tuple(level // 256 for level in transparency)
    return transparency


_PNG_GREY, _PNG_RGB = 0, 2
"""The kinds of colour in a PNG file's header."""


def _load_decoders() -> None:
    """Load the decoders of the accepted kinds: to look for one that isn't loaded, Pillow would load all forty."""
    from PIL import GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES  # the texts are left out before


def _too_many_pixels(size: str) -> Flaw:
    message = f"it has {size}; {MAX_PIXELS // 1_000_000} million are the most."
    return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")


# Colours


_SAME_COLOUR = 2
"""The largest difference of a channel, of 255, in which a profile counts as the screen's own."""


def _profile_of(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the profile of a picture's colours, if they differ from a screen's by it; one that is broken is none."""
    content = image.info.get("icc_profile") or b""
    return _profile(content, _colour_mode(image)) if 0 < len(content) <= MAX_PROFILE_BYTES else None


def _colour_mode(image: Image.Image) -> str:
    """Return the mode of a picture's colours alone: L, RGB or CMYK."""
    return "RGB" if image.mode in ("P", "RGBA") else "L" if image.mode in ("1", "LA", "I;16") else image.mode


@lru_cache(maxsize=32)
def _profile(content: bytes, mode: str) -> ImageCms.ImageCmsProfile | None:
    from PIL import Image, ImageChops, ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        if profile.profile.xcolor_space.strip() != {"L": "GRAY"}.get(mode, mode):
            return None
        if mode == "CMYK":
            return profile
        steps = range(0, 256, 51)
        samples = Image.new(mode, (len(steps) ** 3, 1))
        colours = list(product(steps, repeat=3))
        samples.putdata(colours if mode == "RGB" else [level for level, _, _ in colours])
        difference = ImageChops.difference(_on_a_screen(samples, profile), samples.convert("RGB"))
        largest = max(difference.tobytes())
    except (ImageCms.PyCMSError, OSError, ValueError, AttributeError):
        return None
    return profile if largest > _SAME_COLOUR else None


_SCREEN_GAMMAS, _SOUND_GAMMAS = (0.43, 0.48), (0.1, 5)
"""The exponents that count as a screen's own, 1/2.2, and those that a program may mean."""


def _gamma_of(image: Image.Image) -> float | None:
    """Return the exponent by which the levels of a PNG file were made from light, if it says one and no profile.

    None where it is a screen's. Programs that draw three-dimensional scenes write 1, and Macs of old 0.56.
    """
    gamma = image.info.get("gamma")
    if not gamma or "srgb" in image.info or image.info.get("icc_profile"):
        return None
    is_screens = _SCREEN_GAMMAS[0] < gamma < _SCREEN_GAMMAS[1]
    return gamma if _SOUND_GAMMAS[0] <= gamma <= _SOUND_GAMMAS[1] and not is_screens else None


def _screen_level(light: float) -> int:
    """Return the level of a screen (sRGB), 0 to 255, for so much of its light, 0 to 1."""
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def _on_a_screen(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    from PIL import ImageCms

    screen_image = ImageCms.profileToProfile(image, profile, _screen(), outputMode="RGB")
    assert screen_image is not None  # noqa: S101  it isn't converted in place
    return screen_image


@cache
def _screen() -> ImageCms.ImageCmsProfile:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture in eight bits a channel: a screen shows the upper eight of sixteen."""
    if not image.mode.startswith("I"):
        return image
    grey = image.point(lambda value: value / 256).convert("L")
    grey.info = {name: value for name, value in image.info.items() if name in ("icc_profile", "gamma", "srgb")}
    if isinstance(transparent := image.info.get("transparency"), int):
        grey.info["transparency"] = transparent // 256
    return grey


def _alpha(image: Image.Image) -> Image.Image:
    """Return how opaque each pixel of a picture with transparency is, 0 to 255."""
    visible = _in_eight_bits(image)
    return (visible if visible.mode in ("LA", "RGBA") else visible.convert("RGBA")).getchannel("A")


def _on_white(image: Image.Image) -> Image.Image:
    """Return a picture in grey or RGB of a screen, transparent parts in white."""
    from PIL import Image

    profile, gamma, alpha = _profile_of(image), _gamma_of(image), None
    if image.mode == "L" and profile is None and gamma is None and not image.has_transparency_data:
        return image
    if image.has_transparency_data:
        alpha = _alpha(image)
    flat = image if image.mode in ("RGB", "L", "CMYK") and alpha is None else image.convert(_colour_mode(image))
    if profile:
        flat = _on_a_screen(flat, profile)
    flat = flat.convert("RGB")
    if gamma:
        flat = flat.point([_screen_level((level / 255) ** (1 / gamma)) for level in range(256)] * 3)
    if alpha:
        flat = Image.composite(flat, Image.new("RGB", flat.size, "white"), alpha)
    return flat


# Within a platform's limits


_QUALITIES, _FINE_QUALITY = (90, 82, 75), 95
_SHRINK_FACTOR, _SMALLEST_SIDE = 0.8, 64
_MAX_JPEG_SIDE = 65_500
"""The most pixels of a side that the library which writes a jpg takes."""


def _fit(source: _Source, limits: PictureLimits) -> EncodedPicture | Flaw:
    """Return the picture within the limits: its own file if that may be sent, else the first encoding that fits."""
    picture, alterations = source.picture, [*source.alterations]
    size = f"{picture.width:,} × {picture.height:,} pixels"
    short, long = sorted((picture.width, picture.height))
    if limits.min_side and short < limits.min_side:
        message = f"it has {size}; {limits.min_side} × {limits.min_side} are the fewest."
        return Flaw("picture-too-small", message, "Use one that is at least 1,200 pixels wide.")
    is_narrow = limits.max_side is None or long <= limits.max_side
    if source.bare is not None and is_narrow and len(source.bare) <= limits.max_bytes:
        mime = "image/jpeg" if picture.kind == "jpg" else "image/png"
        return EncodedPicture(source.bare, mime, picture.width, picture.height)
    flat = source.flat
    if not is_narrow and limits.max_side:
        alterations.append(Alteration.SMALLER)
        flat = _shrink(flat, limits.max_side / long)
    for candidate, is_lossy, is_smaller in _encodings(source, flat):
        if limits.min_side and min(candidate.width, candidate.height) < limits.min_side:
            message = f"it has {size}: made small enough, it is less than {limits.min_side} pixels wide or high."
            return Flaw("picture-too-small", message, "Cut it: at most three times as long as wide.")
        if len(candidate.content) <= limits.max_bytes:
            names = {*alterations, *([Alteration.LOSSY] * is_lossy), *([Alteration.SMALLER] * is_smaller)}
            return replace(candidate, alterations=tuple(sorted(names, key=[*Alteration].index)))
    return Flaw("picture-too-large", "it can't be made small enough.", "Save it again as jpg.")


def _encodings(source: _Source, flat: Image.Image) -> Iterator[tuple[EncodedPicture, bool, bool]]:
    """Yield ever smaller encodings, whether each is lossy, and whether it has fewer pixels."""
    kind = source.picture.kind
    if kind in ("png", "gif"):  # drawn, so that every edge counts
        yield _save(flat, "PNG"), False, False
    elif kind == "jpg":
        yield _save(flat, "JPEG", **source.jpeg_options), False, False
    is_smaller = max(flat.size) > _MAX_JPEG_SIDE
    if is_smaller:
        flat = _shrink(flat, _MAX_JPEG_SIDE / max(flat.size))
    while True:
        for quality in _QUALITIES:
            yield _save(flat, "JPEG", quality=quality, optimize=True), True, is_smaller
        if max(flat.size) < _SMALLEST_SIDE:
            return
        flat, is_smaller = _shrink(flat, _SHRINK_FACTOR), True


def _shrink(image: Image.Image, factor: float) -> Image.Image:
    return image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))


def _save(image: Image.Image, kind: str, **options: Any) -> EncodedPicture:
    content = io.BytesIO()
    clean = image.copy()
    clean.info = {}
    try:
        clean.save(content, kind, **options)
    except OSError:
        # Of noise on a narrow strip more is made at once than Pillow has room for.
        content = io.BytesIO()
        clean.save(content, kind, **{**options, "optimize": False})
    return EncodedPicture(content.getvalue(), f"image/{kind.lower()}", *image.size)


@cache
def orange_picture() -> EncodedPicture:
    """Return a plain orange picture, in the campaign's colour: for a link that has no picture."""
    from PIL import Image

    return _save(Image.new("RGB", (1200, 630), "#f58220"), "PNG")


_SMALL_FILE_BYTES = 60_000
"""The size up to which a picture is displayed as it is."""


def thumbnail(picture: EncodedPicture, side: int) -> EncodedPicture:
    """Return a picture that is sent, at most about `side` pixels wide and high: for display. A small one stays."""
    from PIL import Image

    if len(picture.content) <= _SMALL_FILE_BYTES and max(picture.width, picture.height) <= 1.5 * side:
        return picture
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(picture.content), formats=_FORMATS)
        image.draft("RGB", (side, side))  # a large jpg is decoded no larger than it needs to be
        small = image.convert("RGB")
        small.thumbnail((side, side))
        return _save(small, "WEBP", quality=82)
