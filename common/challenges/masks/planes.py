"""Masks as bits, 64 pixels to a word: boundaries and disk dilation by shifting whole words.

A plane is a boolean picture (H, W) packed along x: word `x // 64` of row y holds pixel (y, x) in
its bit `x % 64`; bits beyond W are 0. A stack is (K, H, words) uint64, one plane an object.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isqrt, sqrt

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.uint64]

_WORD = 64
_BOUND_OF_DIAGONAL = 0.008


def pack(ids: NDArray[np.uint8], values: Sequence[int]) -> Stack:
    """One plane for each value: where `ids` equals it.

    Args:
        ids: (H, W) uint8.
        values: K values.

    Returns:
        (K, H, words) uint64.
    """
    height, width = ids.shape
    words = -(-width // _WORD)
    # The padding must equal none of the values; 0 does, unless it is asked for.
    padded = np.full((height, words * _WORD), _other_than(values), np.uint8)
    padded[:, :width] = ids
    out = np.empty((len(values), height, words), np.uint64)
    equal = np.empty(padded.shape, np.bool_)
    for position, value in enumerate(values):
        np.equal(padded, value, out=equal)
        packed = np.packbits(equal, bitorder="little")
        out[position] = packed.view("<u8").reshape(height, words)
    return out


def _other_than(values: Sequence[int]) -> int:
    return next(value for value in range(257) if value not in values)


def count(stack: Stack) -> NDArray[np.int64]:
    """Number of set pixels of each plane: (..., H, words) -> (...)."""
    bits = np.bitwise_count(stack).reshape(*stack.shape[:-2], -1)
    total: NDArray[np.int64] = bits.sum(axis=-1, dtype=np.int64)
    return total


def boundary(stack: Stack, width: int) -> Stack:
    """Pixels that differ from their right, lower or lower right neighbour.

    The last row looks to the right only, the last column down only, the corner not at all, so the
    border of the picture makes no boundary.

    Args:
        stack: (K, H, words) planes.
        width: W in pixels.

    Source: docs, formats/davis section 4 (`seg2bmap` of the 2017 evaluator).
    """
    right = _towards_left(stack, 1)
    horizontal = stack ^ right
    lower = stack[:, :-1] ^ stack[:, 1:]
    diagonal = stack[:, :-1] ^ right[:, 1:]
    has_right = _all_but_last_column(width, stack.shape[-1])
    horizontal &= has_right
    diagonal &= has_right
    out = horizontal
    out[:, :-1] |= lower
    out[:, :-1] |= diagonal
    return out


def _all_but_last_column(width: int, words: int) -> Stack:
    mask = np.zeros(words, np.uint64)
    for word in range(words):
        bits = min(max(width - 1 - word * _WORD, 0), _WORD)
        mask[word] = (1 << bits) - 1
    return mask


def tolerance(height: int, width: int) -> int:
    """Pixels by which a boundary may be off: 0.8 % of the diagonal, rounded up."""
    return ceil(_BOUND_OF_DIAGONAL * sqrt(height * height + width * width))


def dilate(stack: Stack, radius: int) -> Stack:
    """Every plane grown by the digital disk dx² + dy² <= radius².

    The disk is a pile of row segments: planes are widened once for each half width that occurs,
    then shifted up and down. Bits that leave the picture to the right never come back as more than
    what is set there already.

    Args:
        stack: (K, H, words) planes.
        radius: pixels, 1 or more.
    """
    height = stack.shape[1]
    half_widths = [isqrt(radius * radius - dy * dy) for dy in range(radius + 1)]
    out = np.zeros_like(stack)
    wide, reached = stack, 0
    for dy in range(radius, -1, -1):
        wide = _widen(wide, reached, half_widths[dy])
        reached = half_widths[dy]
        if dy == 0:
            out |= wide
        elif dy < height:
            out[:, dy:] |= wide[:, :-dy]
            out[:, :-dy] |= wide[:, dy:]
    return out


def _widen(stack: Stack, reached: int, wanted: int) -> Stack:
    """Planes that were widened by `reached` pixels to both sides, widened to `wanted`."""
    while reached < wanted:
        # A run of 2 * reached + 1 pixels leaves no hole when it is shifted by its own length.
        step = min(wanted - reached, 2 * reached + 1)
        stack = stack | _towards_left(stack, step) | _towards_right(stack, step)
        reached += step
    return stack


def _towards_left(stack: Stack, step: int) -> Stack:
    """Pixel x takes the value of pixel x + step; 1 <= step."""
    words, bits = divmod(step, _WORD)
    out = np.zeros_like(stack)
    n = stack.shape[-1] - words
    if n > 0:
        out[..., :n] = stack[..., words:] >> np.uint64(bits)
        if bits:
            out[..., : n - 1] |= stack[..., words + 1 :] << np.uint64(_WORD - bits)
    return out


def _towards_right(stack: Stack, step: int) -> Stack:
    """Pixel x takes the value of pixel x - step; 1 <= step."""
    words, bits = divmod(step, _WORD)
    out = np.zeros_like(stack)
    n = stack.shape[-1] - words
    if n > 0:
        out[..., words:] = stack[..., :n] << np.uint64(bits)
        if bits:
            out[..., words + 1 :] |= stack[..., : n - 1] >> np.uint64(_WORD - bits)
    return out
