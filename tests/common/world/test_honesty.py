"""Motion is what tells a reversed pair apart: no single frame does, three in order do."""

import cv2
import numpy as np
import pytest

from common.core.seeds import rng_for
from common.world.cast import ROOMS
from common.world.direct import direct
from common.world.film import Film
from common.world.motion import Style
from common.world.script import Instance, VideoScript

SIDE = 20


def _clip(label, number, world, phases):
    """Grey pictures (len(phases), SIDE, SIDE) of one instance, cut out around its actor and turned
    so that the actor faces right: as easy as it can be made for whoever looks at them.
    """
    rng = rng_for(11, label, number)
    duration = float(rng.uniform(1.6, 2.6))
    style = Style(*rng.uniform([0, 0, 0, -0.1], [1, 0.3, 6, 0.3]))
    instance = Instance(label, 0.5, 0.5 + duration, style)
    room = ROOMS[int(rng.integers(4))]
    script = VideoScript(f"{label}{number}", "train", room, duration + 1, label, (instance,), 0)
    scene = direct(script, world, 3)
    film = Film(scene, world.width, world.height, rng)
    actor = scene.persons[0]
    pictures = []
    for phase in phases:
        frame = round((0.5 + float(phase) * duration) * world.fps)
        picture = cv2.cvtColor(film.frame(frame)[0], cv2.COLOR_RGB2GRAY)
        middle = round(actor.x[frame] - scene.camera_x[frame])
        padded = cv2.copyMakeBorder(picture, 0, 0, 60, 60, cv2.BORDER_REPLICATE)
        cut = padded[24:, middle + 60 - 48 : middle + 60 + 48]
        if actor.yaw[frame] > np.pi / 2:
            cut = cut[:, ::-1]
        pictures.append(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.stack(pictures).astype(np.float64)


def _ridge_accuracy(features, labels, n_train, strength=3000.0):
    """Accuracy of a ridge regression on what was not trained on."""
    mean = features[:n_train].mean(axis=0)
    x = features - mean
    gram = x[:n_train] @ x[:n_train].T
    dual = np.linalg.solve(gram + strength * len(gram) * np.eye(len(gram)), labels[:n_train])
    scores = x[n_train:] @ (x[:n_train].T @ dual)
    return float(np.mean((scores > 0) == (labels[n_train:] > 0)))


@pytest.fixture(scope="module")
def pair(sample):
    """(2 * 150, 3 + 1, SIDE * SIDE): three ordered frames, then one at any time; labels +-1."""
    features, labels = [], []
    for number in range(150):
        for label, sign in (("pick up ball", 1.0), ("put down ball", -1.0)):
            rng = rng_for(5, label, number)
            phases = [0.12, 0.5, 0.88, rng.uniform(0.0, 0.98)]
            clip = _clip(label, number, sample.rendered, phases)
            features.append(clip.reshape(4, -1))
            labels.append(sign)
    return np.stack(features), np.array(labels)


def test_one_frame_of_a_reversed_pair_is_at_chance(pair):
    features, labels = pair
    accuracy = _ridge_accuracy(features[:, 3], labels, 200)
    assert abs(accuracy - 0.5) <= 0.1


def test_three_ordered_frames_tell_a_reversed_pair_apart(pair):
    features, labels = pair
    ordered = features[:, :3].reshape(len(labels), -1)
    assert _ridge_accuracy(ordered, labels, 200) >= 0.75


def test_three_frames_without_their_order_do_not(pair):
    features, labels = pair
    unordered = np.sort(features[:, [0, 2]], axis=1).reshape(len(labels), -1)
    assert _ridge_accuracy(unordered, labels, 200) <= 0.65
