"""A half cosine with a linear warm-up, over fractional epochs.

The warm-up aims at the value that the cosine has where it ends, not at the base rate.
Source: learning-rate policy of TAdaConv (`optimizer` and `lr_policy`), used by MoSI.
"""

from __future__ import annotations

import math


def warm_cosine(epoch: float, base: float, start: float, warmup: float, epochs: float) -> float:
    """The learning rate at one moment.

    Args:
        epoch: passed since the start, with fractions.
        base: rate at the cosine's top.
        start: rate that the warm-up begins with.
        warmup: epochs of the warm-up.
        epochs: length of the training; the rate is 0 there.
    """
    if epoch < warmup:
        return start + epoch * (_cosine(warmup, base, epochs) - start) / warmup
    return _cosine(epoch, base, epochs)


def _cosine(epoch: float, base: float, epochs: float) -> float:
    return base * (1 + math.cos(math.pi * epoch / epochs)) / 2
