"""The made-up videos of the weak experiment, and what is sure about its outcome. All networks, 5
seeds: `emc2 bench isolate-weak`.
"""

import numpy as np
import pytest

from common.localization.isolate.weak import (
    CLASSES,
    POSITIONS,
    VARIANTS,
    Prototypes,
    average_precision,
    measure,
)


def test_the_videos_are_what_they_claim_to_be():
    world = Prototypes(0)
    data = world.videos("check", 60)
    assert (data.labels.sum(axis=1) == 1).all()
    for v, one in enumerate(data.sequences):
        rows = [i for i, name in enumerate(data.truth["video"]) if name == one.video]
        assert 1 <= len(rows) <= 3
        inside = np.zeros(POSITIONS, bool)
        for i in rows:
            start, end = int(data.truth["start"][i]), int(data.truth["end"][i])
            assert 5 <= end - start <= 10
            assert data.truth["label"][i] == CLASSES[data.labels[v].argmax()]
            inside[start:end] = True
            along = one.array.T @ world.classes[data.labels[v].argmax()]
            middle = (start + end) // 2
            assert along[middle - 1 : middle + 1].mean() > along[start : middle - 1].mean()
        assert (inside == data.inside[v]).all()


def test_the_usual_background_comes_with_its_class():
    world = Prototypes(0)
    data = world.videos("check", 300)
    near = [world.background @ one.array[:, ~inside] for one, inside in zip(
        data.sequences, data.inside, strict=True)]  # fmt: skip
    share = np.array([[(n.argmax(axis=0) == p).mean() for p in range(4)] for n in near])
    for label in range(4):
        mine = data.labels[:, label]
        assert share[mine, label].mean() > share[~mine & ~data.labels[:, 4], label].mean() + 0.1


def test_average_precision_of_a_known_ranking():
    found = average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]))
    assert found == pytest.approx((1 + 2 / 3) / 2)


@pytest.fixture(scope="module")
def outcomes():
    return {name: measure(name, 0, 200) for name in ("MIL", "BaS-Net")}


def test_both_find_the_class(outcomes):
    assert all(one.frame_ap > 0.6 for one in outcomes.values())


def test_two_branches_see_more_of_an_instance(outcomes):
    assert outcomes["BaS-Net"].frame_ap > outcomes["MIL"].frame_ap


@pytest.mark.slow
def test_pseudo_background_before_the_filter_knows_anything_does_harm():
    early, late = (measure(n, 0).ap[1] for n in reversed(VARIANTS) if "local" in n)
    assert late > early + 0.1
