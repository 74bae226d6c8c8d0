"""Masks as bits, 64 pixels to a word: boundaries and disk dilation by shifting whole words.

A plane is a boolean picture (H, W) packed along x: word `x // 64` of row y holds pixel (y, x) in
its bit `x % 64`. Each row ends in a margin wider than the dilation radius, so that all rows can be
shifted as one run of words: what leaves a row ends in a margin, and margins are never counted. A
stack is (K, H, words) uint64, one plane an object.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, isqrt, sqrt

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.uint64]

_WORD = 64
_TOLERANCE_OF_DIAGONAL = 0.008


def tolerance(height: int, width: int) -> int:
    """Pixels by which a boundary may be off: 0.8 % of the diagonal, rounded up."""
    return ceil(_TOLERANCE_OF_DIAGONAL * sqrt(height * height + width * width))


def pack(ids: NDArray[np.uint8], values: Sequence[int]) -> Stack:
    """One plane for each value: where `ids` equals it; the margin is 0.

    Args:
        ids: (H, W) uint8.
        values: K values.

    Returns:
        (K, H, words) uint64.
    """
    height, width = ids.shape
    words = (width + tolerance(height, width)) // _WORD + 1
    padded = np.zeros((height, words * _WORD), np.uint8)
    padded[:, :width] = ids
    equal = np.zeros(padded.shape, np.bool_)
    out = np.empty((len(values), height, words), np.uint64)
    for position, value in enumerate(values):
        if value:
            np.equal(padded, value, out=equal)
        else:
            equal[:, :width] = ids == 0
        packed = np.packbits(equal, bitorder="little")
        out[position] = packed.view("<u8").reshape(height, words)
    return out


def count(stack: Stack) -> NDArray[np.int64]:
    """Number of set pixels of each plane: (..., H, words) -> (...)."""
    size = stack.shape[-2] * stack.shape[-1]
    bits = np.bitwise_count(stack).reshape(*stack.shape[:-2], size)
    total: NDArray[np.int64] = bits.sum(axis=-1, dtype=np.int64)
    return total


def boundary(stack: Stack, width: int) -> Stack:
    """Pixels that differ from their right, lower or lower right neighbour.

    The last row looks to the right only, the last column down only, the corner not at all, so the
    border of the picture makes no boundary.

    Args:
        stack: (K, H, words) planes, margins 0.
        width: W in pixels.

    Source: docs, formats/davis section 4 (`_seg2bmap` of the 2017 evaluator).
    """
    right = _towards_left(stack.ravel(), 1).reshape(stack.shape)
    out = stack ^ right
    out[:, :-1] |= stack[:, :-1] ^ right[:, 1:]
    out &= _all_but_last_column(width, stack.shape[1], stack.shape[2])
    out[:, :-1] |= stack[:, :-1] ^ stack[:, 1:]
    return out


@lru_cache(maxsize=8)
def _all_but_last_column(width: int, height: int, words: int) -> Stack:
    bits = [min(max(width - 1 - word * _WORD, 0), _WORD) for word in range(words)]
    # Of full size: a row of a few words would be broadcast in a slow loop.
    return np.tile(np.array([(1 << n) - 1 for n in bits], np.uint64), (height, 1))


def dilate(stack: Stack, radius: int) -> Stack:
    """Every plane grown by the digital disk dx² + dy² <= radius²; margins hold anything.

    The disk is a pile of row segments: planes are widened once for each half width that occurs,
    then shifted up and down.

    Args:
        stack: (K, H, words) planes, margins 0 and wider than the radius.
        radius: pixels, 1 or more.
    """
    out = np.zeros_like(stack)
    # One by one: an object fills few rows, and a single plane stays in the processor's cache.
    for plane, target in zip(stack, out, strict=True):
        _dilate_plane(plane, radius, target)
    return out


@lru_cache(maxsize=8)
def _half_widths(radius: int) -> tuple[int, ...]:
    """Half width of the disk at the vertical distances 0 to radius."""
    return tuple(isqrt(radius * radius - dy * dy) for dy in range(radius + 1))


def _dilate_plane(plane: Stack, radius: int, out: Stack) -> None:
    height, words = plane.shape
    rows = np.flatnonzero(np.bitwise_or.reduce(plane, axis=1))
    if not rows.size:
        return
    first, last = int(rows[0]), int(rows[-1]) + 1
    wide, reached = plane[first:last].ravel(), 0
    half_widths, target = _half_widths(radius), out.ravel()
    for dy in range(radius, -1, -1):
        if half_widths[dy] > reached:
            wide, reached = _widen(wide, reached, half_widths[dy]), half_widths[dy]
        for shift in (dy, -dy) if dy else (0,):
            low, high = max(first + shift, 0), min(last + shift, height)
            if low < high:
                origin = first + shift
                moved = wide[(low - origin) * words : (high - origin) * words]
                target[low * words : high * words] |= moved


def _widen(run: Stack, reached: int, wanted: int) -> Stack:
    """Rows that were widened by `reached` pixels to both sides, widened to `wanted`."""
    while reached < wanted:
        # A segment of 2 * reached + 1 pixels leaves no hole when it is shifted by its own length.
        step = min(wanted - reached, 2 * reached + 1, _WORD - 1)
        wider = _towards_left(run, step)
        wider |= run
        wider |= _towards_right(run, step)
        run, reached = wider, reached + step
    return run


def _towards_left(run: Stack, step: int) -> Stack:
    """Pixel x takes the value of pixel x + step, 0 < step < 64; all rows are one run of words."""
    out = run >> np.uint64(step)
    out[:-1] |= run[1:] << np.uint64(_WORD - step)
    return out


def _towards_right(run: Stack, step: int) -> Stack:
    """Pixel x takes the value of pixel x - step, 0 < step < 64; all rows are one run of words."""
    out = run << np.uint64(step)
    out[1:] |= run[:-1] >> np.uint64(_WORD - step)
    return out
