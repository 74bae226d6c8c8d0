"""Class frequencies by Zipf's law, dealt into videos."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.data.compose_deal import deal, zipf_counts


def test_zipf_counts_follow_the_law():
    # 120 split by 1, 1/2, 1/3, 1/4 (sum 25/12): 57.6, 28.8, 19.2, 14.4
    assert zipf_counts(120, 1.0, 0, [200] * 4) == [58, 29, 19, 14]


def test_exponent_zero_makes_classes_equally_frequent():
    assert zipf_counts(12, 0.0, 0, [99] * 4) == [3, 3, 3, 3]


def test_rare_classes_get_their_minimum_where_there_is_room():
    assert min(zipf_counts(40, 2.0, 4, [99] * 5)) == 4
    assert zipf_counts(5, 2.0, 4, [99] * 5) == [1, 1, 1, 1, 1]


@given(
    st.integers(1, 300),
    st.floats(0, 3),
    st.integers(0, 8),
    st.lists(st.integers(1, 60), min_size=1, max_size=9),
)
def test_zipf_counts_use_all_and_keep_the_caps(total, exponent, minimum, caps):
    counts = zipf_counts(total, exponent, minimum, caps)
    assert sum(counts) == min(total, sum(caps))
    assert all(count <= cap for count, cap in zip(counts, caps, strict=True))
    assert all(
        c >= min(minimum, total // len(caps), cap) for c, cap in zip(counts, caps, strict=True)
    )


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.integers(2, 6), st.integers(0, 99))
def test_every_instance_is_dealt_and_no_video_gets_a_class_too_often(sizes, n_classes, seed):
    caps = [5] * n_classes
    counts = zipf_counts(sum(sizes), 1.0, 0, [cap * len(sizes) for cap in caps])
    dealt = deal(counts, sizes, caps, np.random.default_rng(seed))
    assert [len(video) for video in dealt] == sizes
    assert [sum(v.count(label) for v in dealt) for label in range(n_classes)] == counts
    assert all(v.count(label) <= 5 for v in dealt for label in v)


def test_caps_that_leave_no_way_are_an_error():
    with pytest.raises(InputError, match="too few groups"):
        deal([4], [4], [2], np.random.default_rng(0))
