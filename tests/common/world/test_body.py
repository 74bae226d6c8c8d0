"""The jointed figure."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.world.body import (
    FOREARM,
    INDEX,
    RIGHT_FOOT,
    RIGHT_HAND,
    SHIN,
    THIGH,
    UPPER_ARM,
    ease,
    joints,
    mix,
    project,
    standing,
)

places = st.tuples(st.floats(-4, 4), st.floats(0, 9), st.floats(-3, 3))


@given(places, places)
def test_bones_keep_their_length_wherever_hands_and_feet_go(hand, foot):
    pose = standing(1)
    pose[:, RIGHT_HAND], pose[:, RIGHT_FOOT] = hand, foot
    body = joints(pose)[0]

    def length(a, b):
        return np.linalg.norm(body[INDEX[a]] - body[INDEX[b]])

    assert np.isclose(length("shoulder_r", "elbow_r"), UPPER_ARM)
    assert np.isclose(length("elbow_r", "hand_r"), FOREARM)
    assert np.isclose(length("hip_r", "knee_r"), THIGH)
    assert np.isclose(length("knee_r", "ankle_r"), SHIN)


def test_a_hand_gets_where_it_can_reach():
    pose = standing(1)
    pose[:, RIGHT_HAND] = (1.2, 4.6, 0.5)
    assert np.allclose(joints(pose)[0, INDEX["hand_r"]], (1.2, 4.6, 0.5))


def test_knees_bend_forward_and_elbows_back():
    body = joints(standing(1))[0]
    assert body[INDEX["knee_r"], 0] > 0.5 * (body[INDEX["hip_r"], 0] + body[INDEX["ankle_r"], 0])
    assert body[INDEX["elbow_r"], 0] < 0.5 * (
        body[INDEX["shoulder_r"], 0] + body[INDEX["hand_r"], 0]
    )


def test_turning_by_half_a_circle_mirrors_what_lies_ahead():
    points = np.array([[[2.0, 5.0, 0.0]]])
    one = np.ones(1)
    right, _ = project(points, 0 * one, 80 * one, 100 * one, 10 * one)
    left, _ = project(points, np.pi * one, 80 * one, 100 * one, 10 * one)
    assert np.allclose(right[0, 0], (100, 50))
    assert np.allclose(left[0, 0], (60, 50))


def test_facing_the_camera_what_lies_ahead_is_nearer_and_the_right_hand_is_on_the_left():
    points = np.array([[[2.0, 5.0, 0.0], [0.0, 5.0, 1.0]]])
    one = np.ones(1)
    screen, near = project(points, np.pi / 2 * one, 80 * one, 100 * one, 10 * one)
    assert near[0, 0] > near[0, 1]
    assert screen[0, 1, 0] < 80


def test_mixing_and_easing_meet_their_ends():
    a, b = standing(2), standing(2) + 1.0
    assert np.allclose(mix(a, b, np.array([0.0, 1.0]))[0], a[0])
    assert np.allclose(mix(a, b, np.array([0.0, 1.0]))[1], b[1])
    assert np.allclose(ease(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])), [0, 0, 0.5, 1, 1])
