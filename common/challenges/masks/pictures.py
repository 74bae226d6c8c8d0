"""Is one picture of a submission a mask? Judged by its header before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from common.challenges.findings import Findings
from common.challenges.masks.files import MaskFiles
from common.challenges.masks.layout import distinct
from common.challenges.palette import (
    DAVIS_PALETTE,
    GREY,
    MAX_SIDE,
    PALETTE_COLOUR,
    VOID,
    PngHeader,
    check_chunks,
    decode_ids,
    read_header,
)
from common.core.errors import InputError

# A picture may be stored without compression and in full colour; more is no mask.
_BYTES_PER_PIXEL = 8
_BYTES_AROUND = 64 * 1024
_FIX_COLOUR = "Write a palette PNG whose values are the object ids."
_FIX_PALETTE = "Use `emc2 package`, which writes the DAVIS palette."


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is a mask: (width, height) and the ids in it, ascending, without 0."""

    size: tuple[int, int]
    ids: tuple[int, ...]


def check_picture(
    files: MaskFiles, name: str, size: tuple[int, int] | None, findings: Findings
) -> Picture:
    """What a picture holds; doubts about it go to `findings`.

    Args:
        files: the submission.
        name: one of its files.
        size: (width, height) that it must have, if that is known.
        findings: takes warnings, and the defect of a picture that can be read all the same.

    Raises:
        InputError: it cannot be read as a mask of this size.
    """
    width, height = size or (MAX_SIDE, MAX_SIDE // _BYTES_PER_PIXEL)
    limit = width * height * _BYTES_PER_PIXEL + _BYTES_AROUND
    if files.size(name) > limit:
        problem = f"has {files.size(name):,} bytes, a mask of this size has {limit:,} at most"
        raise InputError("mask.bytes", name, problem, "Write the mask alone into the file.")
    data = files.read(name, limit)
    header = read_header(data, name)
    if size and (header.width, header.height) != size:
        raise InputError(
            "mask.size",
            name,
            f"{header.width}x{header.height} pixels, expected {width}x{height}",
            "Write masks of the size of the frames.",
        )
    check_chunks(data, name)
    _check_colour(header, name)
    ids = tuple(distinct(decode_ids(data, header, name)))
    if VOID in ids:
        findings.reject(
            "mask.void",
            name,
            "value 255 in a prediction: void is for the truth, here it would be an object",
            "Write 0 where there is no object.",
        )
    _warn_palette(header, ids, name, findings)
    shown = tuple(value for value in ids if value != VOID)
    return Picture((header.width, header.height), shown)


def _check_colour(header: PngHeader, name: str) -> None:
    greyscale = header.colour_type == GREY and header.bit_depth == 8
    if not greyscale and (header.colour_type != PALETTE_COLOUR or header.bit_depth > 8):
        problem = f"{header.kind} picture, expected 8-bit palette"
        raise InputError("mask.colour", name, problem, _FIX_COLOUR)


def _warn_palette(header: PngHeader, ids: tuple[int, ...], name: str, findings: Findings) -> None:
    if header.colour_type == GREY:
        problem = "greyscale with the ids as values; scored the same, but a palette is expected"
        findings.warn("mask.greyscale", name, problem, _FIX_PALETTE)
        return
    for value in (0, *ids):
        at = slice(3 * value, 3 * value + 3)
        if value != VOID and header.palette[at] != DAVIS_PALETTE[at]:
            problem = f"the colour of id {value} is not that of the DAVIS palette"
            findings.warn("mask.palette", name, problem, _FIX_PALETTE)
            return
