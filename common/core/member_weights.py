"""Weights of the members of an ensemble, in the order of the members, of sum 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable

Weights = tuple[float, ...]


def uniform(members: Collection[str]) -> Weights:
    """Equal weights."""
    return (1.0 / len(members),) * len(members)


def alone(members: Iterable[str]) -> dict[str, Weights]:
    """By member, the weights that take it alone."""
    names = tuple(members)
    return {name: tuple(float(other == name) for other in names) for name in names}
