import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from common.challenges.masks.layout import distinct
from common.challenges.masks.measures import (
    pair_measures,
    same_id_measures,
    shapes_of,
    statistics,
)
from common.challenges.masks.planes import boundary, count, dilate, pack, tolerance
from tests.common.challenges import slow_masks


@st.composite
def pairs(draw, ids=3):
    """Truth, result and void of one frame; blocks of several pixels, so that shapes appear."""
    height, width = draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 5, 21, 33]))
    scale = draw(st.integers(1, 3))
    shape = (-(-height // scale), -(-width // scale))
    values = st.integers(0, ids)
    truth, result = (draw(arrays(np.uint8, shape, elements=values)) for _ in range(2))
    void = draw(arrays(np.bool_, shape, elements=st.sampled_from([False] * 4 + [True])))
    return tuple(
        np.kron(part, np.ones((scale, scale), part.dtype))[:height, :width]
        for part in (truth, result, void)
    )


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_j_and_f_equal_those_pixel_by_pixel(frame):
    truth, result, void = frame
    hidden = pack(void.astype(np.uint8), [1])[0]
    values = [1, 2, 3]
    a, b = shapes_of(truth, values, hidden), shapes_of(result, values, hidden)
    region, contour = pair_measures(a, b)
    for r in range(3):
        for g in range(3):
            masks = truth == values[g], result == values[r], void
            assert region[r, g] == slow_masks.region(*masks)
            assert contour[r, g] == pytest.approx(slow_masks.contour(*masks), abs=1e-12)
    same = same_id_measures(a, b)
    assert np.array_equal(same[0], np.diag(region)) and np.array_equal(same[1], np.diag(contour))


@settings(max_examples=60, deadline=None)
@given(pairs())
def test_j_and_f_are_symmetric_and_bounded_and_one_for_equal_masks(frame):
    truth, result, _ = frame
    a, b = shapes_of(truth, [1, 2]), shapes_of(result, [1, 2])
    for one, other in zip(same_id_measures(a, b), same_id_measures(b, a), strict=True):
        assert np.array_equal(one, other) and (one >= 0).all() and (one <= 1).all()
    for values in same_id_measures(a, a):
        assert (values == 1).all()


@settings(max_examples=80, deadline=None)
@given(pairs(ids=1), st.integers(1, 70))
def test_dilation_is_the_distance_to_the_nearest_pixel(frame, radius):
    mask = frame[0].astype(bool)
    height, width = mask.shape
    # The margin of a plane suits the tolerance of its own size; a wider picture has room for more.
    wide = np.zeros((height, 200 * 130), np.uint8)
    wide[:, :width] = mask
    radius = min(radius, tolerance(*wide.shape))
    grown = dilate(pack(wide, [1]), radius)
    bits = np.unpackbits(grown.view(np.uint8), axis=-1, bitorder="little")[0]
    expected = slow_masks.near(wide[:, : width + 80].astype(bool), radius)
    assert np.array_equal(bits[:, : width + 80].astype(bool), expected)


@pytest.mark.parametrize("width", [63, 64, 65, 127, 128, 854])
def test_shapes_at_the_border_of_words_and_of_the_picture(width):
    rng = np.random.default_rng(width)
    mask = (rng.uniform(size=(12, width)) < 0.02).astype(np.uint8)
    mask[:, -1] = mask[0] = 1
    planes = pack(mask, [1])
    edges = boundary(planes, width)
    bits = np.unpackbits(edges.view(np.uint8), axis=-1, bitorder="little")[0]
    assert np.array_equal(bits[:, :width].astype(bool), slow_masks.boundary(mask.astype(bool)))
    assert not bits[:, width:].any()
    near = dilate(edges, tolerance(12, width)) & pack(np.ones_like(mask), [1])
    slow = slow_masks.near(slow_masks.boundary(mask.astype(bool)), tolerance(12, width))
    assert count(near)[0] == slow.sum()


def test_zero_is_a_value_too_and_margins_are_not():
    ids = np.array([[0, 1], [2, 0]], np.uint8)
    assert count(pack(ids, [0, 1, 2, 9])).tolist() == [2, 1, 1, 0]
    assert distinct(ids) == [1, 2]


def test_the_tolerance_is_that_of_the_format_page():
    sizes = {(60, 107): 1, (90, 160): 2, (240, 427): 4, (480, 854): 8, (480, 910): 9}
    assert {size: tolerance(*size) for size in sizes} == sizes
    assert tolerance(1080, 1920) == 18


def test_masks_drawn_for_the_official_functions(shared_data):
    units = json.loads((shared_data / "golden" / "davis-semi" / "units.json").read_text())
    for case in units["masks"]:
        truth, result, void = (
            np.array([[cell == "#" for cell in row] for row in case[key] or []], np.uint8)
            for key in ("ground_truth", "prediction", "void")
        )
        hidden = pack(void, [1])[0] if case["void"] else None
        found = same_id_measures(shapes_of(truth, [1], hidden), shapes_of(result, [1], hidden))
        assert (found[0][0], found[1][0]) == (case["J"], case["F"]), case["note"]


def test_statistics_of_the_official_function(shared_data):
    units = json.loads((shared_data / "golden" / "davis-semi" / "units.json").read_text())
    for case in units["statistics"]:
        found = statistics(np.array(case["values"]))
        assert (found.mean, found.recall) == (case["mean"], case["recall"])
        assert found.decay == case["decay_without_wrap"]
