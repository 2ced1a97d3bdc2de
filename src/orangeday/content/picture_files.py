"""The bytes of picture files: their true kind, the orientation that a camera noted, and the file without its notes.

Formats: JPEG (ITU T.81, Exif 2.32), PNG (W3C, third edition), WebP (RFC 9649). Nothing is decoded here.
"""

from __future__ import annotations

import re
import struct
import zlib

STAMP = "orangeday"
"""The name of a card's stamp among the texts of a PNG file."""

_STAMP = STAMP.encode() + b"\0"

POSTABLE_SUFFIXES = frozenset(["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif"])
"""The endings of the names of pictures that can be posted, in small letters."""

OTHER_SUFFIXES = frozenset(["heic", "heif", "hif", "avif", "tif", "tiff", "bmp", "jxl", "jp2", "svg", "psd"])
"""The endings of pictures that can't be posted as they are."""

MAX_PROFILE_BYTES = 4_000_000
"""The limit of a colour profile in bytes: those of printers have up to two million."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SAVE_AS_JPG = "Open it in a picture program, and save it as jpg or png."
_OTHER_KINDS: tuple[tuple[str, str, str], ...] = (
    # pattern of the first bytes, name of the kind, how to get a picture from it
    (
        r"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)",
        "a HEIC picture, as telephones take them",
        "Send it to yourself by mail, which makes a jpg of it, or open it on a computer and save it as jpg.",
    ),
    (r"....ftyp(avif|avis)", "an AVIF picture", "Open it in a browser, take “Save as”, and choose jpg or png."),
    (r"....ftypcrx", "a camera's raw picture", "Export it as jpg in the camera's program."),
    (r"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", "a film", "Take a picture from it, and save that as jpg or png."),
    (r"II\*\0|MM\0\*", "a TIFF picture", _SAVE_AS_JPG),
    (r"BM", "a BMP picture", _SAVE_AS_JPG),
    (r"\0\0\x01\0", "an icon", _SAVE_AS_JPG),
    (r"8BPS", "a Photoshop file", "Export it as jpg or png."),
    (r"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture", _SAVE_AS_JPG),
    (r"\0\0\0\x0cjP|\xff\x4f\xff\x51", "a JPEG 2000 picture", _SAVE_AS_JPG),
    (r"%PDF", "a PDF file", "Export its page as a picture, jpg or png."),
    (r"PK\x03\x04|\xd0\xcf\x11\xe0", "a document or a zip file", "Save the picture that is in it as jpg or png."),
    (r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<svg|\s*<\?xml", "an SVG drawing", "Export it as png, 1,600 pixels wide."),
    (r"\s*<(!doctype html|html|head)", "a web page", "Open the page, and save the picture itself."),
)


def other_kind(content: bytes) -> tuple[str, str] | None:
    """Return what a file is that isn't a jpg, png, gif or webp picture, and how to get one from it; None if unknown."""
    first_bytes = content[:1000].decode("latin-1")
    for pattern, name, hint in _OTHER_KINDS:
        if re.match(f"(?is:{pattern})", first_bytes):
            return name, hint
    return None


class CutShortError(ValueError):
    """A file that ends before its picture does."""


_ORIENTATION = 0x0112
_SHORT, _LONG = 3, 4


def orientation(exif: bytes) -> int:
    """Return how a camera was held, 1 to 8, as EXIF data says; 1, upright, where it says nothing that can be read.

    One entry is read, as browsers do: whatever else is in the data spoils nothing.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        order = {b"II*\0": "<", b"MM\0*": ">"}[exif[:4]]
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, start)
        for n in range(entries):
            tag, kind, count = struct.unpack_from(f"{order}HHI", exif, start + 2 + 12 * n)
            if tag == _ORIENTATION and kind in (_SHORT, _LONG) and count == 1:
                (value,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), exif, start + 10 + 12 * n)
                return value if value in range(1, 9) else 1
    except (KeyError, struct.error):
        pass
    return 1


def lean(content: bytes) -> bytes:
    """Return a file with what its picture is decoded from: its colours, orientation and movement too, and no texts.

    Notes can be larger than the picture, and damaged. Raises CutShortError.
    """
    if content.startswith(PNG_SIGNATURE):
        return _png(content, _PNG_IMAGE | _PNG_COLOURS | _PNG_PROFILE | _PNG_MOTION | _PNG_EXIF)
    return _jpeg(content, keeps_notes=True) if content.startswith(_JPEG_SIGNATURE) else content


def still(content: bytes) -> bytes:
    """Return a PNG file without its movement: its first picture, as readers show it that know no other. Others stay."""
    if content.startswith(PNG_SIGNATURE):
        return _png(content, _PNG_IMAGE | _PNG_COLOURS | _PNG_PROFILE | _PNG_EXIF)
    return content


def bare(content: bytes) -> bytes:
    """Return a PNG or JPEG file with its picture alone: without profile, orientation and movement. The same pixels."""
    if content.startswith(PNG_SIGNATURE):
        return _png(content, _PNG_IMAGE | _PNG_COLOURS)
    return _jpeg(content, keeps_notes=False)


# PNG: every chunk has a length, a name, its data and a checksum


_PNG_IMAGE = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"))
_PNG_OPAQUE = _PNG_IMAGE - {b"tRNS"}
_PNG_GAMMA = frozenset((b"gAMA",))
_PNG_COLOURS = _PNG_GAMMA | {b"cHRM", b"sRGB"}
_PNG_PROFILE = frozenset((b"iCCP",))
_PNG_MOTION = frozenset((b"acTL", b"fcTL", b"fdAT"))
_PNG_EXIF = frozenset((b"eXIf",))
_PALETTE = b"\x03"
_PNG_ONCE = frozenset((b"tRNS", b"acTL")) | _PNG_COLOURS | _PNG_PROFILE | _PNG_EXIF


def _png(content: bytes, names: frozenset[bytes]) -> bytes:
    """Return a PNG file with the chunks of these names, and with the stamp of a card.

    Of those that say how the picture is shown the first counts, where it stands before the picture, as for browsers.
    """
    parts, position, name = [PNG_SIGNATURE], len(PNG_SIGNATURE), b""
    ignored_names = {b"tRNS"} if content[25:26] == _PALETTE else set()  # until there are colours to be transparent
    while name != b"IEND":
        if position + 12 > len(content):
            raise CutShortError
        (length,) = struct.unpack_from(">I", content, position)
        name, end = content[position + 4 : position + 8], position + 12 + length
        if end > len(content):
            raise CutShortError
        data = memoryview(content)[position + 8 : end - 4]
        is_stamp = name == b"tEXt" and data[: len(_STAMP)] == _STAMP
        is_excessive = name == b"iCCP" and _is_excessive(bytes(data))
        if (name in names or is_stamp) and name not in ignored_names and not is_excessive:
            parts.append(content[position:end])
        if name == b"PLTE":
            ignored_names.discard(b"tRNS")
        ignored_names |= _PNG_ONCE if name == b"IDAT" else _PNG_ONCE & {name}
        position = end
    return b"".join(parts)


def _is_excessive(profile: bytes) -> bool:
    """Return whether a profile, behind its name, its end and the kind of its packing, is damaged or too large."""
    data = profile[profile.find(b"\0") + 2 :]
    try:
        return len(zlib.decompressobj().decompress(data, MAX_PROFILE_BYTES + 1)) > MAX_PROFILE_BYTES
    except zlib.error:
        return True


def plain_png_size(content: bytes) -> tuple[int, int] | None:
    """Return the width and height of a PNG file that is shown as it is, as cards are; None for any other.

    It has eight bits a channel at most, and neither transparency, a gamma, a profile, an orientation nor other frames.
    """
    if not content.startswith(PNG_SIGNATURE):
        return None
    try:
        if _png(content, _PNG_IMAGE | _PNG_GAMMA | _PNG_PROFILE | _PNG_MOTION | _PNG_EXIF) != _png(
            content, _PNG_OPAQUE
        ):
            return None
        width, height, depth, colours = struct.unpack_from(">IIBB", content, 16)
    except (CutShortError, struct.error):
        return None
    return (width, height) if depth <= 8 and colours in (0, 2, 3) else None


def whole_card(content: bytes) -> tuple[str, int, int] | None:
    """Return the stamp, width and height of a card that is, by its checksums, as orangeday drew it; None otherwise."""
    size = plain_png_size(content)
    if size is None:
        return None
    stamp, position, name = "", len(PNG_SIGNATURE), b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, position)
        name, end = content[position + 4 : position + 8], position + 8 + length
        if content[end : end + 4] != zlib.crc32(memoryview(content)[position + 4 : end]).to_bytes(4, "big"):
            return None
        if content.startswith(b"tEXt" + _STAMP, position + 4):
            stamp = content[position + 8 + len(_STAMP) : end].decode("latin-1")
        position = end + 4
    return (stamp, *size) if stamp else None


# JPEG: segments, each with a marker; behind SOS comes a scan, until a marker that belongs to none


_JPEG_SIGNATURE = b"\xff\xd8\xff"
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _APP15, _COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))  # TEM and the restart markers have no length
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def _jpeg(content: bytes, *, keeps_notes: bool) -> bytes:
    """Return a JPEG file with its first picture, and with its EXIF data and profile if asked for.

    Kept are JFIF's header, which has the shape of a pixel, and Adobe's, which says how the colours are stored.
    """
    parts, position = [content[:2]], 2
    while True:
        position = start = _next_marker(content, position)
        marker = content[position + 1]
        position += 2
        if marker == _EOI:
            return b"".join([*parts, content[start:position]])
        if marker in _STANDALONE:
            continue
        if position + 2 > len(content):
            raise CutShortError
        (length,) = struct.unpack_from(">H", content, position)
        data, position = content[position + 2 : position + length], position + length
        if marker == _SOS:
            end = _AFTER_SCAN.search(content, position)
            if end is None:
                raise CutShortError
            position = end.start()
        is_exif = marker == _APP1 and data.startswith(b"Exif\0\0")
        is_profile = marker == _APP2 and data.startswith(b"ICC_PROFILE\0")
        if _APP0 < marker <= _APP15 and marker != _APP14:
            is_kept = keeps_notes and (is_exif or is_profile)
        else:
            is_kept = marker != _COM
        if is_kept:
            parts.append(content[start:position])


def _next_marker(content: bytes, position: int) -> int:
    """Return where the next marker begins; bytes between segments are skipped, as decoders do."""
    position = content.find(b"\xff", position)
    while 0 <= position < len(content) - 1 and content[position + 1] in (0xFF, 0x00):
        position = content.find(b"\xff", position + 1)
    if not 0 <= position < len(content) - 1:
        raise CutShortError
    return position
