"""Features of a video at the positions of the network."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.localization.sequences import join_features, read_sequence


@pytest.fixture
def ramp(make_features):
    """Features every 0.5 s whose values are the times of their centres."""

    def make(duration: float, n: int, dtype=np.float32):
        centers = 0.5 * np.arange(n) + 0.25
        array = np.tile(centers[:, None], 2).astype(dtype)
        return make_features("v", duration, 2, "x", array)

    return make


def test_positions_are_read_at_their_own_time(ramp, tiny):
    sequence = join_features([ramp(20.0, 40)], tiny)
    expected = (np.arange(16) + 0.5) / 16 * 20.0
    assert sequence.array.shape == (2, 16) and sequence.array.dtype == np.float32
    assert np.allclose(sequence.array[0], expected, atol=1e-5)
    assert sequence.duration == 20.0


def test_the_published_rule_reads_from_the_first_snippet_to_the_last(ramp, tiny):
    ends = tiny.model_copy(update={"resize": "ends"})
    sequence = join_features([ramp(20.2, 40)], ends)
    assert sequence.array[0] == pytest.approx(np.linspace(0.25, 19.75, 16), abs=1e-5)
    assert sequence.duration == 20.0  # what 40 snippets cover
    assert join_features([ramp(19.8, 40)], ends).duration == 19.8  # never beyond the video


def test_half_precision_is_read_in_single_precision(ramp, tiny):
    half, single = (join_features([ramp(20.0, 40, t)], tiny) for t in (np.float16, np.float32))
    assert half.array.dtype == np.float32
    # the centres are multiples of 0.25: exact in half precision, what lies between them is not
    assert np.abs(half.array - single.array).max() < 1e-6


def test_the_channels_of_several_stores_stand_one_after_the_other(synthetic, tiny):
    both = read_sequence(synthetic.folders, "v3", tiny)
    parts = [read_sequence([folder], "v3", tiny).array for folder in synthetic.folders]
    assert both.array.shape == (12, 16)
    assert np.array_equal(both.array, np.concatenate(parts))


def test_a_missing_video_is_named(synthetic, tiny):
    with pytest.raises(InputError, match=r"v99\.safetensors"):
        read_sequence(synthetic.folders, "v99", tiny)
