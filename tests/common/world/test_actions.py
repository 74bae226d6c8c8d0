"""Actions: reversed pairs, places of things, travel."""

import numpy as np
import pytest

from common.world.actions import act
from common.world.body import LEFT_HAND, RIGHT_HAND, SIZE
from common.world.cast import ACTIONS
from common.world.motion import BOTH, PARTNER, PLACED, Style
from common.world.sizes import BALL_RADIUS

STYLE = Style(rate=0.5, lean=0.2, phase=0.4, reach=0.1)
REVERSED = [
    ("pick up", "put down", "ball"),
    ("pick up", "put down", "cup"),
    ("open", "close", "door"),
    ("open", "close", "box"),
    ("sit down", "stand up", "chair"),
    ("throw", "catch", "ball"),
]


def _act(verb, noun, t, duration=2.0):
    return act(verb, noun, np.asarray(t, float), duration, STYLE)


@pytest.mark.parametrize(("forth", "back", "noun"), REVERSED)
def test_a_reversed_pair_shows_the_same_pictures_in_the_other_order(forth, back, noun):
    t = np.linspace(0.0, 2.0, 25)
    one, other = _act(forth, noun, t), _act(back, noun, t[::-1])
    assert np.allclose(one.pose, other.pose)
    for a, b in zip(one.things, other.things, strict=True):
        assert (a.mode == b.mode).all()
        assert np.allclose(a.opened, b.opened)
        assert np.allclose(a.x, b.x)
        assert np.allclose(a.y, b.y)
    # Both stand on the same spots, counted from where each began.
    assert np.allclose(one.travel - one.travel[-1], other.travel - other.travel[-1])
    assert np.isclose(_act(back, noun, [0.0]).travel[0], 0.0)


@pytest.mark.parametrize("label", sorted(ACTIONS))
def test_poses_are_finite_and_rest_outside_the_action(label):
    action = ACTIONS[label]
    motion = _act(action.verb, action.noun, [-1.0, 0.0, 1.0, 2.0, 3.0])
    assert motion.pose.shape == (5, SIZE)
    assert np.isfinite(motion.pose).all()
    if action.verb not in ("jump", "drink"):
        assert np.allclose(motion.pose[0], motion.pose[1], atol=0.02)
        assert np.allclose(motion.pose[3], motion.pose[4], atol=0.02)
    assert motion.travel[0] == motion.travel[1]
    assert motion.travel[3] == motion.travel[4]


def test_a_ball_lies_on_the_ground_until_the_hands_are_there():
    motion = _act("pick up", "ball", np.linspace(0, 2, 201))
    ball = motion.things[0]
    taken = int(np.argmax(ball.mode == BOTH))
    assert (ball.mode[:taken] == PLACED).all()
    assert np.allclose(ball.y[:taken], BALL_RADIUS)
    hands = 0.5 * (motion.pose[taken, RIGHT_HAND] + motion.pose[taken, LEFT_HAND])
    assert np.hypot(hands[0] - ball.x[taken], hands[1] - ball.y[taken]) < 0.4


def test_a_box_stands_on_the_ground_before_it_is_picked_up():
    box = _act("pick up", "box", [0.0, 0.5]).things[0]
    assert (box.mode == PLACED).all()
    assert (box.y == 0.0).all()


def test_push_and_pull_go_opposite_ways_with_the_thing_before_them():
    t = np.linspace(0, 2, 21)
    push, pull = _act("push", "box", t), _act("pull", "box", t)
    assert push.travel[-1] > 1.0
    assert np.allclose(pull.travel, -push.travel)
    assert (push.things[0].x == pull.things[0].x).all()


def test_turning_left_is_anticlockwise_and_right_its_opposite():
    t = np.linspace(0, 2, 21)
    left = _act("turn left", "wheel", t).things[0].angle
    right = _act("turn right", "wheel", t).things[0].angle
    assert (np.diff(left) > 0).all()
    assert np.allclose(np.diff(right), -np.diff(left))


def test_what_is_given_ends_with_the_partner_who_moves_the_other_way_round():
    motion = _act("give", "ball", np.linspace(0, 2, 21))
    assert motion.things[0].mode[0] == BOTH
    assert motion.things[0].mode[-1] == PARTNER
    assert np.allclose(motion.partner, motion.pose[::-1])


def test_a_thrown_ball_flies_on_after_the_throw():
    ball = _act("throw", "ball", [1.8, 2.0, 2.2]).things[0]
    assert (ball.mode == PLACED).all()
    assert (np.diff(ball.x) > 1.0).all()
