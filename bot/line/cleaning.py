"""What a file is by its first bytes, and pictures without what a camera writes into them: place, time, device, thumbnails, comments.

Only what is needed to draw the picture is copied; everything else, known or not, stays behind, as does whatever follows the end of the
picture. Belongs here: bytes in, bytes out. Does not: fetching, storing.
"""

from __future__ import annotations

import struct
import zlib

JPEG, PNG, VOICE, VIDEO, OTHER = "image/jpeg", "image/png", "audio/mp4", "video/mp4", "application/octet-stream"
#: Types that a page shows by itself; everything else is only to be downloaded.
SHOWN = frozenset({JPEG, PNG, VOICE, VIDEO, "audio/mpeg"})
_PIXELS = 60_000_000  # more is a trap for the browser, not a photograph
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"})
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # frame headers
_KEPT = _SIZES | {0xC4, 0xDB, 0xDD}  # and tables: Huffman, quantisation, restart interval
_ADOBE, _EXIF, _SCAN, _END = 0xEE, 0xE1, 0xDA, 0xD9
_ORIENTATION = 0x0112


class _Broken(Exception):
    """Not a picture that can be copied part by part."""


def type_of(head: bytes, kind: str) -> str:
    """The type by the first bytes (16 will do); what LINE calls it (`kind`) only tells sound from film."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(_PNG_HEAD):
        return PNG
    if head[4:8] == b"ftyp" and head[8:12] not in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
        return VOICE if kind == "audio" else VIDEO
    if head.startswith(b"ID3") or (kind == "audio" and head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xf3", b"\xf2")):
        return "audio/mpeg"
    return OTHER


def clean(type_: str, picture: bytes) -> bytes | None:
    """The picture without anything but the picture; None if that cannot be done for sure."""
    try:
        if type_ == JPEG:
            return _jpeg(picture)
        if type_ == PNG:
            return _png(picture)
    except (_Broken, struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> bytes:
    out, turned, at = [data[:2]], 1, 2
    seen = False
    while True:
        if data[at] != 0xFF:
            raise _Broken
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == _END:
            break
        length = struct.unpack_from(">H", data, at + 2)[0]
        part = data[at : at + 2 + length]
        if length < 2 or len(part) != 2 + length:
            raise _Broken
        at += 2 + length
        if marker in _SIZES:
            _check_size(*struct.unpack_from(">HH", part, 5))
            seen = True
        if marker == _EXIF and part[4:10] == b"Exif\0\0":
            turned = _turned(part[10:])
        if marker in _KEPT or (marker == _ADOBE and part[4:9] == b"Adobe"):
            out.append(part)
        elif marker == _SCAN:
            end = _end_of_scan(data, at)
            out += (part, data[at:end])
            at = end
    if not seen:
        raise _Broken
    if turned != 1:
        out.insert(1, _upright(turned))
    return b"".join((*out, b"\xff\xd9"))


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands after coded data. Raises _Broken if there is none."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _Broken
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _turned(tiff: bytes) -> int:
    """How the camera was held (1 to 8); 1 where it is not told."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        start = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for n in range(min(struct.unpack_from(f"{order}H", tiff, start)[0], 200)):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * n)
            if (tag, kind, count) == (_ORIENTATION, 3, 1):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _upright(turned: int) -> bytes:
    """A camera's note that says nothing but which side is up."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(tiff)) + b"Exif\0\0" + tiff


def _png(data: bytes) -> bytes:
    out, at, first = [data[:8]], 8, True
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        whole = data[at : at + 12 + length]
        if len(whole) != 12 + length or struct.unpack_from(">I", whole, 8 + length)[0] != zlib.crc32(whole[4 : 8 + length]):
            raise _Broken
        if first != (name == b"IHDR"):
            raise _Broken
        if first:
            _check_size(*struct.unpack_from(">II", whole, 8))
        if name in _PNG_KEPT:
            out.append(whole)
        elif not name[0] & 0x20:  # needed to draw it, and unknown
            raise _Broken
        if name == b"IEND":
            return b"".join(out)
        at, first = at + 12 + length, False


def _check_size(height: int, width: int) -> None:
    if not 0 < height * width <= _PIXELS:
        raise _Broken
