"""Random numbers that depend on names, not on the order of calls."""

from __future__ import annotations

import hashlib

import numpy as np


def derive_seed(seed: int, *names: object) -> int:
    """A 63-bit seed for one purpose: the same seed and names always give the same number."""
    text = "/".join(str(name) for name in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


def rng_for(seed: int, *names: object) -> np.random.Generator:
    """Generator for one purpose, for instance `rng_for(seed, "augment", epoch, sample)`: no
    worker, no order counts.
    """
    return np.random.default_rng(derive_seed(seed, *names))
