"""What tells a reversed pair apart: one frame, three in order, or their set without order.

    python -m common.world.reversed_pairs

Pictures are cut out around the actor and turned to face right, which makes it easier than it is for
a network; a ridge regression then says whether the class can be read off them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.params import load_params
from common.core.params.world import RenderedWorld
from common.core.program import run_program
from common.core.seeds import rng_for
from common.world.film import Film
from common.world.single import film_single

PAIRS = (
    ("pick up ball", "put down ball"),
    ("sit down chair", "stand up chair"),
    ("open door", "close door"),
    ("throw ball", "catch ball"),
    ("push box", "pull box"),
)

_SIDE, _SEED, _RIDGE = 20, 5, 3000.0
_ORDERED = (0.12, 0.5, 0.88)  # shares of the duration at which the three frames are taken
_REACH = 48  # pixels to either side of the actor

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of unseen instances told right; chance is one half."""

    one_frame: float
    in_order: float
    without_order: float


def measure_pair(
    pair: tuple[str, str], world: RenderedWorld, n_train: int = 100, n_test: int = 50
) -> Accuracy:
    """Tell the two classes of a pair apart; `n_train` and `n_test` instances of each."""
    pictures, labels = [], []
    for number in range(n_train + n_test):
        for label, sign in zip(pair, (1.0, -1.0), strict=True):
            pictures.append(_pictures(label, number, world))
            labels.append(sign)
    frames, signs = np.stack(pictures), np.array(labels)
    ordered = frames[:, :3].reshape(len(signs), -1)
    unordered = np.sort(frames[:, [0, 2]], axis=1).reshape(len(signs), -1)
    return Accuracy(*(_ridge(x, signs, 2 * n_train) for x in (frames[:, 3], ordered, unordered)))


def _pictures(label: str, number: int, world: RenderedWorld) -> Array:
    """(4, SIDE * SIDE) grey pictures of one instance: three in order, one at any time."""
    film, instance = film_single(label, number, world, _SEED)
    anywhere = float(rng_for(_SEED, "phase", label, number).uniform(0.0, 0.98))
    span = instance.end - instance.start
    times = [instance.start + phase * span for phase in (*_ORDERED, anywhere)]
    frames = [round(time * world.fps) for time in times]
    return np.stack([_around_actor(film, frame) for frame in frames])


def _around_actor(film: Film, frame: int) -> Array:
    actor = film.scene.persons[0]
    grey = cv2.cvtColor(film.frame(frame)[0], cv2.COLOR_RGB2GRAY)
    padded = cv2.copyMakeBorder(grey, 0, 0, _REACH, _REACH, cv2.BORDER_REPLICATE)
    left = round(float(actor.x[frame] - film.scene.camera_x[frame]))
    cut = padded[film.height // 5 :, max(left, 0) : max(left, 0) + 2 * _REACH]
    if actor.yaw[frame] > np.pi / 2:
        cut = cut[:, ::-1]
    small = cv2.resize(cut, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64).ravel()


def _ridge(features: Array, signs: Array, n_train: int) -> float:
    """Accuracy of a ridge regression on the rows after the first `n_train`."""
    x = features - features[:n_train].mean(axis=0)
    gram = x[:n_train] @ x[:n_train].T
    dual = np.linalg.solve(gram + _RIDGE * n_train * np.eye(n_train), signs[:n_train])
    scores = x[n_train:] @ (x[:n_train].T @ dual)
    return float(np.mean((scores > 0) == (signs[n_train:] > 0)))


def main() -> None:
    """Print one JSON document: the accuracies of every pair."""
    world = load_params("sample").world.rendered
    assert world is not None
    found = {}
    for pair in PAIRS:
        accuracy = measure_pair(pair, world)
        found[" / ".join(pair)] = {
            "one frame": round(accuracy.one_frame, 2),
            "three in order": round(accuracy.in_order, 2),
            "without order": round(accuracy.without_order, 2),
        }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    run_program(main)
