"""The classes of MoSI: published order, label layouts, mirror map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.core.params.pretrain import Mosi
from common.training.mosi.pool import label_pool

PUBLISHED = ((-2, 0), (-1, 0), (1, 0), (2, 0), (0, -2), (0, -1), (0, 1), (0, 2), (0, 0))


@pytest.mark.parametrize(
    ("settings", "number"),
    [
        ({}, 9),
        ({"zero_out": True}, 8),
        ({"axes": "x"}, 5),
        ({"axes": "y"}, 5),
        ({"decouple": False}, 25),
        ({"decouple": False, "zero_out": True}, 24),
    ],
)
def test_number_of_classes(settings, number):
    assert len(label_pool(Mosi(**settings))) == number


def test_published_order_of_one_axis_at_a_time():
    pool = label_pool(Mosi())
    assert pool.speeds == PUBLISHED
    assert pool.names == ("x-2", "x-1", "x+1", "x+2", "y-2", "y-1", "y+1", "y+2", "still")


def test_published_order_of_both_axes():
    pool = label_pool(Mosi(decouple=False))
    assert pool.speeds[:4] == ((-2, -2), (-2, -1), (-2, 0), (-2, 1))
    assert pool.speeds[12] == (0, 0)


def test_separate_labels():
    pool = label_pool(Mosi(labels="separate"))
    assert pool.axis_labels[:, 0].tolist() == [0, 1, 3, 4, 2, 2, 2, 2, 2]
    assert pool.axis_labels[:, 1].tolist() == [2, 2, 2, 2, 0, 1, 3, 4, 2]
    assert pool.axis_classes == 5


def test_separate_labels_of_one_axis_without_the_still_class_have_no_gap():
    pool = label_pool(Mosi(labels="separate", axes="x", zero_out=True))
    assert pool.axis_labels[:, 0].tolist() == [0, 1, 2, 3]
    assert pool.axis_classes == 4


@pytest.mark.parametrize("spelling", ["seperate", "Joint"])
def test_a_misspelled_layout_is_refused(spelling):
    with pytest.raises(ValidationError):
        Mosi(labels=spelling)


def test_separate_labels_of_both_axes_need_the_still_class():
    with pytest.raises(ValidationError, match="need the class without motion"):
        Mosi(labels="separate", zero_out=True)


def test_mirrored_classes():
    assert label_pool(Mosi()).mirrored.tolist() == [3, 2, 1, 0, 4, 5, 6, 7, 8]


@given(st.integers(2, 9), st.booleans(), st.sampled_from(["x", "y", "xy"]), st.booleans())
def test_classes_are_unique_and_closed_under_mirroring(speeds, decouple, axes, zero_out):
    pool = label_pool(Mosi(speeds=speeds, decouple=decouple, axes=axes, zero_out=zero_out))
    assert len(set(pool.speeds)) == len(pool)
    assert pool.mirrored[pool.mirrored].tolist() == list(range(len(pool)))
    assert ((0, 0) in pool.speeds) != zero_out
    assert max(abs(s) for pair in pool.speeds for s in pair) == pool.levels
