"""How differently two models err: what an ensemble of the two can gain at most."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Complementarity:
    """Joint rates of two models on the same samples.

    Args:
        disagreement: share of samples that one of the two gets right alone.
        double_fault: share that both get wrong.
        oracle: share that at least one gets right.
        q, rho: Yule's Q and the correlation of being right; None where a rate leaves them
            undefined.
        oracle_gain: oracle less the better of the two.
    """

    disagreement: float
    double_fault: float
    oracle: float
    q: float | None
    rho: float | None
    oracle_gain: float

    def to_dict(self) -> dict[str, float | None]:
        """By name."""
        return asdict(self)


def complementarity(first: Bools, second: Bools) -> Complementarity:
    """Compare two models.

    Args:
        first, second: (N,) whether each is right, N >= 1.

    Source: Kuncheva and Whitaker, Machine Learning 2003, sections 2 and 3.
    """
    both, neither = float((first & second).mean()), float((~first & ~second).mean())
    one, other = float((first & ~second).mean()), float((~first & second).mean())
    product, cross = both * neither, one * other
    q = None if product + cross == 0 else (product - cross) / (product + cross)
    spread = ((both + one) * (other + neither) * (both + other) * (one + neither)) ** 0.5
    return Complementarity(
        one + other,
        neither,
        1.0 - neither,
        q,
        None if spread == 0 else (product - cross) / spread,
        1.0 - neither - max(both + one, both + other),
    )
