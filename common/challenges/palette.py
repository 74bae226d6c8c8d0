"""Object masks as palette PNG: the DAVIS palette, headers judged before decoding, ids in and out.

A mask PNG holds one byte for each pixel, the object id; 0 is background, 255 is void (truth only).
Colours never matter for a score. Source: docs of davisvideochallenge/davis2017-evaluation; the
palette is the PASCAL VOC colour map.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError

VOID = 255
MAX_SIDE = 8192
GREY, PALETTE_COLOUR = 0, 3

# Deflate expands by this at most. What stays below the bound is expanded in one go, which is faster
# by a third than step by step.
_DEFLATE_RATIO = 1032
_BOUNDED = 64 << 20
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = {0: "greyscale", 2: "RGB", 3: "palette", 4: "greyscale with alpha", 6: "RGBA"}
_FIX = "Write the mask as a palette PNG whose values are the object ids."


def _colour_map() -> bytes:
    """The 256 colours: the bits of the index, dealt out to red, green and blue from the top."""
    colours = bytearray()
    for index in range(256):
        for channel in range(3):
            bits = ((index >> (3 * level + channel)) & 1 for level in range(8))
            colours.append(sum(bit << (7 - level) for level, bit in enumerate(bits)))
    return bytes(colours)


DAVIS_PALETTE = _colour_map()


@dataclass(frozen=True, slots=True)
class PngHeader:
    """What a PNG says of itself before its pixels: size, kind of picture, palette (RGB bytes)."""

    width: int
    height: int
    bit_depth: int
    colour_type: int
    interlaced: bool
    palette: bytes

    @property
    def kind(self) -> str:
        """`8-bit palette`, `8-bit RGB` and so on."""
        return f"{self.bit_depth}-bit {_KINDS[self.colour_type]}"


def encode_mask(mask: NDArray[np.uint8]) -> bytes:
    """A palette PNG of a mask, with all 256 colours of the DAVIS palette; same mask, same bytes.

    Args:
        mask: (H, W) uint8, object ids.
    """
    height, width = mask.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = mask
    head = struct.pack(">2L5B", width, height, 8, PALETTE_COLOUR, 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", head),
            _chunk(b"PLTE", DAVIS_PALETTE),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def read_header(data: bytes, where: str) -> PngHeader:
    """Size and kind of a PNG, without touching its pixels.

    Raises:
        InputError: not a PNG, or sides of 0 or above 8192 pixels.
    """
    if data[:8] != _SIGNATURE:
        raise InputError("mask.png", where, "is not a PNG file", _FIX)
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise _damaged(where, "has no whole header")
    width, height, depth, colour, _, _, interlace = struct.unpack_from(">2L5B", data, 16)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        problem = f"picture of {width}x{height} pixels, at most {MAX_SIDE} a side are read"
        raise InputError("mask.side", where, problem, "Write masks of the size of the frames.")
    if colour not in _KINDS or depth not in (1, 2, 4, 8, 16):
        raise _damaged(where, f"has an unknown kind of picture ({depth} bits, type {colour})")
    palettes = [bytes(body) for kind, body in _chunks(data, where) if kind == b"PLTE"]
    return PngHeader(width, height, depth, colour, interlace != 0, b"".join(palettes))


def check_chunks(data: bytes, where: str) -> None:
    """Walk through a whole PNG and verify the checksum of every part.

    Raises:
        InputError: it ends in the middle, or bytes were changed.
    """
    last, at = b"", len(_SIGNATURE)
    for kind, body in _chunks(data, where):
        at += 12 + len(body)
        if zlib.crc32(kind + body) != int.from_bytes(data[at - 4 : at], "big"):
            raise _damaged(where, f"has a wrong checksum in its {_name(kind)} part")
        last = kind
    if last != b"IEND":
        raise _damaged(where, "ends in the middle")


def _chunks(data: bytes, where: str) -> list[tuple[bytes, memoryview]]:
    found, at, view = [], len(_SIGNATURE), memoryview(data)
    while at < len(data):
        if at + 12 > len(data):
            raise _damaged(where, "ends in the middle")
        length, kind = struct.unpack_from(">L4s", data, at)
        if at + 12 + length > len(data):
            raise _damaged(where, "ends in the middle")
        found.append((kind, view[at + 8 : at + 8 + length]))
        at += 12 + length
        if kind == b"IEND":
            break
    return found


def decode_ids(data: bytes, header: PngHeader, where: str) -> NDArray[np.uint8]:
    """The value of every pixel of a greyscale or palette PNG; 16-bit values stop at 255.

    Values are those that the official evaluator sees, which reads with Pillow: a greyscale of fewer
    than 8 bits is stretched (1-bit: to 0 and 1).

    Returns:
        (H, W) uint8.

    Raises:
        InputError: colour picture or damaged file.
    """
    if header.colour_type not in (GREY, PALETTE_COLOUR):
        problem = f"{header.kind} picture, expected 8-bit palette"
        raise InputError("mask.colour", where, problem, _FIX)
    if header.bit_depth == 8 and not header.interlaced:
        ids = _decode_plain(data, header, where)
        if ids is not None:
            return ids
    return _decode_with_pillow(data, where)


def _decode_plain(data: bytes, header: PngHeader, where: str) -> NDArray[np.uint8] | None:
    """The common case, decoded without a library and bounded; None if rows are filtered."""
    size = header.height * (header.width + 1)
    packed = b"".join(body for kind, body in _chunks(data, where) if kind == b"IDAT")
    try:
        if len(packed) * _DEFLATE_RATIO < _BOUNDED:
            rows = zlib.decompress(packed, bufsize=size)
        else:
            rows = zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise _damaged(where, f"cannot be expanded ({error})") from error
    if len(rows) < size:
        raise _damaged(where, "ends in the middle")
    table = np.frombuffer(rows, np.uint8, size).reshape(header.height, header.width + 1)
    return None if table[:, 0].any() else table[:, 1:]


def _decode_with_pillow(data: bytes, where: str) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            values = np.asarray(picture)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        zlib.error,
    ) as error:
        raise _damaged(where, f"cannot be decoded ({error})") from error
    ids: NDArray[np.uint8] = np.minimum(values, VOID).astype(np.uint8)
    return ids


def _name(kind: bytes) -> str:
    return kind.decode("latin-1") if kind.isalpha() else "unnamed"


def _damaged(where: str, problem: str) -> InputError:
    return InputError("mask.damaged", where, problem, "Write the file again.")
