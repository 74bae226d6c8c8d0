"""Which training instances a step sees when the classes are long-tailed.

Source of the sampling rules: Kang et al., ICLR 2020, section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Sampling = Literal["instance", "sqrt", "class", "progressive"]

_EXPONENTS: dict[str, float] = {"instance": 1.0, "sqrt": 0.5, "class": 0.0}


def class_probabilities(counts: Ints, sampling: Sampling, progress: float = 0.0) -> Floats:
    """(C,) chance of each class to be drawn: proportional to n^q, or from n to equal over time.

    Args:
        counts: (C,) instances; a class without any is never drawn.
        sampling: q = 1 (`instance`), 1/2 (`sqrt`), 0 (`class`), or `progressive`.
        progress: share of the training that is done, for `progressive`.
    """
    present = counts > 0
    if sampling == "progressive":
        natural, equal = counts / counts.sum(), present / present.sum()
        return (1 - progress) * natural + progress * equal
    weights = np.where(present, counts.astype(np.float64) ** _EXPONENTS[sampling], 0.0)
    return weights / weights.sum()


class ClassDraws:
    """Draws instances by class: a class by its chance, then the next of its instances, which are
    gone through in a shuffled order, again and again. With `instance`, all instances are gone
    through that way.

    With several labels an instance stands in the list of each of them, so head classes still come
    along with tail classes: `realised` tells how often.
    """

    def __init__(self, truth: NDArray[np.bool_], rng: np.random.Generator) -> None:
        """`truth`: (N, C), which classes each instance has."""
        self.truth, self.rng = truth, rng
        self.counts = truth.sum(axis=0).astype(np.int64)
        self._all = self._endless(np.arange(len(truth)))
        self._of_class = [self._endless(np.flatnonzero(column)) for column in truth.T]

    def draw(self, n: int, sampling: Sampling, progress: float = 0.0) -> Ints:
        """(n,) instances; `progress` as in `class_probabilities`."""
        if sampling == "instance":
            return np.fromiter(self._all, np.int64, count=n)
        chances = class_probabilities(self.counts, sampling, progress)
        labels = self.rng.choice(len(chances), size=n, p=chances)
        return np.array([next(self._of_class[label]) for label in labels], dtype=np.int64)

    def realised(self, drawn: Ints) -> Floats:
        """(C,) share of the drawn instances that have each class; sums to more than 1 where
        instances have several.
        """
        return self.truth[drawn].mean(axis=0)

    def _endless(self, members: Ints) -> Iterator[int]:
        while True:
            yield from self.rng.permutation(members).tolist()


def instance_weights(truth: NDArray[np.bool_], sampling: Sampling) -> Floats:
    """(N,) chance of each instance when it is to serve its rarest class: the largest, over its
    labels, of the class's wanted share by its natural one; normalised to sum 1.
    """
    counts = truth.sum(axis=0)
    wanted = class_probabilities(counts, sampling)
    natural = np.maximum(counts, 1) / len(truth)
    weights = np.where(truth, wanted / natural, 0.0).max(axis=1)
    return weights / weights.sum()


def norms_grow_with_counts(weight: Floats, counts: Ints) -> float:
    """Correlation of log n_j with the norm of class j's weight vector.

    tau-normalisation helps only where it is clearly positive.

    Args:
        weight: (C, F).
        counts: (C,); classes without instances are left out.
    """
    seen = counts > 0
    norms = np.linalg.norm(weight[seen], axis=1)
    return float(np.corrcoef(np.log(counts[seen]), norms)[0, 1])
