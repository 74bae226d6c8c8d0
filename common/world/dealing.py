"""Deal the instances of a subset to its videos: how many of which class, and in which order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from common.core.errors import InputError
from common.world.cast import ACTIONS, EARLIER

LEAST, MOST = 2, 6  # instances of a video
_SIZES, _SIZE_WEIGHTS = (2, 3, 4, 5, 6), (0.08, 0.17, 0.27, 0.26, 0.22)
_MAIN_SHARE = 0.7
_FOLLOW = 0.75


@dataclass(slots=True)
class _Hand:
    """What one video has been dealt; `main` is its main class once that is decided."""

    size: int
    main: str | None = None
    labels: list[str] = field(default_factory=list)

    @property
    def room(self) -> int:
        return self.size - len(self.labels)

    def take(self, deck: Counter[str], label: str, count: int = 1) -> None:
        self.labels += [label] * count
        deck[label] -= count


def deal(
    counts: dict[str, int], n_videos: int, rng: np.random.Generator
) -> list[tuple[str, list[str]]]:
    """Main class and ordered labels of every video.

    Every instance of `counts` is dealt. A video takes about 70 % of its instances from its main
    class; where something is carried out of sight, the same video shows it picked up before, and a
    pick-up more is dealt where `counts` has too few.

    Args:
        counts: label -> number of instances in the subset.

    Raises:
        InputError: fewer than two or more than six instances a video.
    """
    chunks = _carried(counts, rng)
    deck = Counter(counts)
    for label, picked in EARLIER.items():
        needed = sum(1 for name, _ in chunks if name == label)
        deck[picked] = max(deck[picked], needed)
    hands = [_Hand(size) for size in _sizes(deck.total(), n_videos, rng)]
    for label, count in chunks:
        _deal_carried(deck, hands, label, count, rng)
    for hand in hands:
        _deal_main(deck, hand, rng)
    for hand in hands:
        while hand.room:
            hand.take(deck, _companion(deck, hand.labels, rng))
    return [(str(hand.main), _order(hand.labels, rng)) for hand in hands]


def _carried(counts: dict[str, int], rng: np.random.Generator) -> list[tuple[str, int]]:
    """What is carried, in chunks of one to three that share a video and a pick-up."""
    chunks = []
    for label in sorted(EARLIER):
        left = counts.get(label, 0)
        while left:
            count = min(left, int(rng.integers(1, 4)))
            chunks.append((label, count))
            left -= count
    return sorted(chunks, key=lambda chunk: -chunk[1])


def _sizes(total: int, n_videos: int, rng: np.random.Generator) -> list[int]:
    """Instances of each video, two to six, with the sum `total`."""
    if not LEAST * n_videos <= total <= MOST * n_videos:
        raise InputError(
            "world.instances",
            "params.yaml world.rendered",
            f"{total} instances in {n_videos} videos: a video holds {LEAST} to {MOST}",
            "Change the numbers of videos or instances; `least` times the classes counts too.",
        )
    sizes = [int(size) for size in rng.choice(_SIZES, n_videos, p=_SIZE_WEIGHTS)]
    while (missing := total - sum(sizes)) != 0:
        step = 1 if missing > 0 else -1
        open_to = [i for i, size in enumerate(sizes) if LEAST <= size + step <= MOST]
        sizes[int(rng.choice(open_to))] += step
    return sizes


def _deal_carried(
    deck: Counter[str], hands: list[_Hand], label: str, count: int, rng: np.random.Generator
) -> None:
    """Give a chunk and its pick-up to a video with room."""
    fitting = [hand for hand in hands if hand.room >= count + 1]
    if not fitting:
        raise InputError(
            "world.instances",
            "params.yaml world.rendered",
            f"no video has room for {count} times {label!r} after {EARLIER[label]!r}",
            "Give the videos more instances, or put the class further down the list.",
        )
    hand = fitting[int(rng.integers(len(fitting)))]
    hand.take(deck, EARLIER[label])
    hand.take(deck, label, count)
    if count > 1 and hand.main is None:
        hand.main = label


def _deal_main(deck: Counter[str], hand: _Hand, rng: np.random.Generator) -> None:
    if hand.main is None:
        hand.main = _draw(deck, rng) if +deck and hand.room else hand.labels[0]
    wanted = max(1, round(_MAIN_SHARE * hand.size)) - hand.labels.count(hand.main)
    hand.take(deck, hand.main, max(0, min(wanted, deck[hand.main], hand.room)))


def _draw(deck: Counter[str], rng: np.random.Generator) -> str:
    names = sorted(+deck)
    weights = np.array([deck[name] for name in names], float)
    return str(rng.choice(names, p=weights / weights.sum()))


def _companion(deck: Counter[str], labels: list[str], rng: np.random.Generator) -> str:
    """Another label for a video: one that follows a label it has, else any."""
    follow = sorted({name for label in labels for name in ACTIONS[label].follow if deck[name] > 0})
    if follow and rng.random() < _FOLLOW:
        return str(rng.choice(follow))
    return _draw(deck, rng)


def _order(labels: list[str], rng: np.random.Generator) -> list[str]:
    """An order in which natural successors stand together and a carry follows its pick-up."""
    left = [labels[index] for index in rng.permutation(len(labels))]
    order: list[str] = []
    while left:
        allowed = [name for name in left if name not in EARLIER or EARLIER[name] in order]
        following = [name for name in allowed if order and name in ACTIONS[order[-1]].follow]
        name = following[0] if following and rng.random() < _FOLLOW else allowed[0]
        left.remove(name)
        order.append(name)
    return order
