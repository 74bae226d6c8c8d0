"""Deal the instances of a subset to its videos: how many of which class, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from common.world.cast import ACTIONS, EARLIER

# A video holds two to six instances.
_SIZES, _SIZE_WEIGHTS = (2, 3, 4, 5, 6), (0.08, 0.17, 0.27, 0.26, 0.22)
_MAIN_SHARE = 0.7
_FOLLOW = 0.75


def deal(
    counts: dict[str, int], n_videos: int, rng: np.random.Generator
) -> list[tuple[str, list[str]]]:
    """Main class and ordered labels of every video.

    Every video takes about 70 % of its instances from one main class; where an object is carried
    out of sight, the same video shows it picked up before. All instances of `counts` are dealt.

    Args:
        counts: label -> number of instances in the subset.
    """
    deck = Counter(counts)
    sizes = _sizes(sum(counts.values()), n_videos, rng)
    hands = [_hand(deck, size, rng) for size in sizes]
    _hand_out_rest(deck, hands, rng)
    videos = []
    for main, labels in hands:
        videos.append((main, _order(labels, rng)))
    return [videos[index] for index in rng.permutation(n_videos)]


def _sizes(total: int, n_videos: int, rng: np.random.Generator) -> list[int]:
    """Instances of each video, two to six, with the sum `total` as near as that allows."""
    sizes = [int(size) for size in rng.choice(_SIZES, n_videos, p=_SIZE_WEIGHTS)]
    while sum(sizes) != total:
        step = 1 if sum(sizes) < total else -1
        open_to = [i for i, size in enumerate(sizes) if _SIZES[0] <= size + step <= _SIZES[-1]]
        if not open_to:
            break
        sizes[int(rng.choice(open_to))] += step
    return sorted(sizes, reverse=True)


def _hand(deck: Counter[str], size: int, rng: np.random.Generator) -> tuple[str, list[str]]:
    main = _draw(deck, rng)
    wanted = max(1, round(_MAIN_SHARE * size))
    if main in EARLIER:
        wanted = min(wanted, size - 1)
    labels = [main] * min(wanted, deck[main])
    deck[main] -= len(labels)
    if main in EARLIER:
        _take(deck, EARLIER[main], labels)
    while len(labels) < size and +deck:
        label = _companion(deck, labels, rng)
        if label in EARLIER and EARLIER[label] not in labels:
            if len(labels) + 2 > size or not deck[EARLIER[label]]:
                # No room for both: the rest of the deck finds other places.
                label = EARLIER[label] if deck[EARLIER[label]] else _draw(deck, rng, no_carry=True)
                if label is None:
                    break
            else:
                _take(deck, EARLIER[label], labels)
        _take(deck, label, labels)
    return main, labels


def _take(deck: Counter[str], label: str, labels: list[str]) -> None:
    """Move one instance from the deck to a hand; a pick-up that a carry needs is made if the deck
    has none left.
    """
    deck[label] = max(0, deck[label] - 1)
    labels.append(label)


def _draw(deck: Counter[str], rng: np.random.Generator, no_carry: bool = False) -> str:
    names = sorted(label for label in +deck if not (no_carry and label in EARLIER))
    if not names:
        return None
    weights = np.array([deck[name] for name in names], float)
    return str(rng.choice(names, p=weights / weights.sum()))


def _companion(deck: Counter[str], labels: Sequence[str], rng: np.random.Generator) -> str:
    """Another label for a video: one that follows a label it has, else any."""
    follow = sorted({name for label in labels for name in ACTIONS[label].follow if deck[name] > 0})
    if follow and rng.random() < _FOLLOW:
        return str(rng.choice(follow))
    return _draw(deck, rng)


def _hand_out_rest(
    deck: Counter[str], hands: list[tuple[str, list[str]]], rng: np.random.Generator
) -> None:
    for label in sorted((+deck).elements()):
        fitting = [
            labels
            for _, labels in hands
            if len(labels) < _SIZES[-1] and (label not in EARLIER or EARLIER[label] in labels)
        ]
        if fitting:
            shortest = min(len(labels) for labels in fitting)
            choice = [labels for labels in fitting if len(labels) == shortest]
            choice[int(rng.integers(len(choice)))].append(label)
            deck[label] -= 1


def _order(labels: list[str], rng: np.random.Generator) -> list[str]:
    """An order in which natural successors stand together and a carry follows its pick-up."""
    left = [labels[index] for index in rng.permutation(len(labels))]
    order: list[str] = []
    while left:
        allowed = [name for name in left if name not in EARLIER or EARLIER[name] in order]
        following = [name for name in allowed if order and name in ACTIONS[order[-1]].follow]
        if following and rng.random() < _FOLLOW:
            name = following[0]
        else:
            name = allowed[0]
        left.remove(name)
        order.append(name)
    return order
