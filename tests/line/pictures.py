"""Pictures as a telephone makes them, with what should not be told in every place where it can stand."""

from __future__ import annotations

import struct
import zlib


def jpeg(turned: int = 1, size: tuple[int, int] = (2, 3)) -> bytes:
    """A picture in the form of a JPEG (its coded part is no real one)."""
    width, height = size
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0) + b"GPS13.75N thumbnail"
    parts = [
        _segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0 thumbnail"),
        _segment(0xE1, b"Exif\0\0" + tiff),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta"),
        _segment(0xFE, b"a comment <script>"),
        _segment(0xDB, bytes(65)),
        _segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
        _segment(0xC4, bytes(20)),
        _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
    ]
    return b"\xff\xd8" + b"".join(parts) + b"\x12\xff\x00\x34" + b"\xff\xd9" + b"PK\x03\x04 hidden"


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(data)) + data


def png(size: tuple[int, int] = (2, 2)) -> bytes:
    """A real PNG of four grey dots, so that a browser can draw it."""
    width, height = size
    rows = b"".join(b"\0" + bytes(range(2)) for _ in range(2))
    chunks = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        _chunk(b"tEXt", b"Comment\0a comment <script>"),
        _chunk(b"eXIf", b"II*\0 GPS13.75N thumbnail"),
        _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta"),
        _chunk(b"IDAT", zlib.compress(rows)),
        _chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + b"PK\x03\x04 hidden"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
