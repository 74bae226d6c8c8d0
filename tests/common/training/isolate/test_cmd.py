"""The world of the isolating experiment, and one tiny run of it."""

import numpy as np
import pytest

from common.core.seeds import rng_for
from common.training.isolate.cmd import Budget, Pretext, Scenes, measure, run
from common.training.isolate.moving_patch import DIRECTIONS, draw_scene
from common.training.isolate.recognition import labelled_clips


@pytest.mark.parametrize("direction", range(DIRECTIONS))
def test_a_patch_moves_in_its_direction(direction):
    scene = draw_scene(rng_for(direction, "test"), 8, (1.0, 2.0), direction)
    assert scene.frames.shape == (8, 32, 32, 3)
    assert scene.motion.shape == (8, 8, 8, 2)
    moving = scene.motion[np.abs(scene.motion).sum(axis=-1) > 0]
    assert len(np.unique(moving, axis=0)) == 1
    angle = np.arctan2(moving[0, 1], moving[0, 0])
    assert np.cos(angle - direction * np.pi / 4) == pytest.approx(1)
    assert 1 <= np.linalg.norm(moving[0]) <= 2
    for motion in scene.motion:  # 10 to 14 pixels cover half of 4 to 16 cells, all inside
        assert 4 <= (np.abs(motion).sum(axis=-1) > 0).sum() <= 16


def test_classes_are_balanced_and_clips_repeat_by_seed():
    data, again = (labelled_clips(rng_for(1, "x"), 16, "motion") for _ in range(2))
    assert np.bincount(data.tensors[1]).tolist() == [2] * 8
    assert data.tensors[0].equal(again.tensors[0])


def test_mirrored_scenes_keep_or_turn_their_motion():
    ways = ("none", "negated", "kept")
    plain, negated, kept = (Scenes(3, 40, Pretext(frozenset({"motion"}), way)) for way in ways)
    turned = 0
    for index in range(40):
        x = [float(scenes[index]["futures"][0, 0].sum()) for scenes in (plain, negated, kept)]
        assert x[2] == pytest.approx(x[0], rel=1e-4, abs=1e-4)
        if x[1] != pytest.approx(x[0], rel=1e-4, abs=1e-4):
            assert x[1] == pytest.approx(-x[0], rel=1e-4, abs=1e-4)
            turned += 1
    assert 8 < turned < 32


NAMES = ["scratch", "motion and context"]


def test_a_tiny_run_fills_its_table():
    table = run(seeds=(0,), steps=2, labels=8, variants=NAMES, budget=Budget(1, 16))
    assert [row[0] for row in table.rows] == NAMES
    assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.mark.slow
def test_motion_prediction_helps_a_motion_task_and_context_does_not():
    found = {
        name: np.mean([measure(name, seed, 400, 80).motion for seed in range(3)])
        for name in ("scratch", "motion", "context")
    }
    assert found["motion"] - found["scratch"] >= 0.10
    assert abs(found["context"] - found["scratch"]) < 0.10
