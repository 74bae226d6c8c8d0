"""Instances dealt to videos."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.errors import InputError
from common.world.cast import ACTIONS, EARLIER
from common.world.dealing import deal

LABELS = sorted(ACTIONS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(8, 40), st.floats(3.0, 5.5), st.integers(0, 3))
def test_every_instance_is_dealt_and_what_is_carried_was_picked_up_before(
    seed, n_videos, per_video, n_carried
):
    rng = np.random.default_rng(seed)
    plain = [label for label in LABELS if label not in EARLIER]
    total = int(n_videos * per_video) - 2 * n_carried
    shares = rng.multinomial(total, rng.dirichlet(np.ones(len(plain))))
    counts = {label: int(count) for label, count in zip(plain, shares, strict=True)}
    counts |= dict.fromkeys(EARLIER, n_carried)
    videos = deal(counts, n_videos, rng)
    dealt = Counter(label for _, names in videos for label in names)
    assert len(videos) == n_videos
    assert all(2 <= len(names) <= 6 and main in names for main, names in videos)
    for label, count in counts.items():
        most = max(count, 2 * n_carried) if label in EARLIER.values() else count
        assert count <= dealt[label] <= most
    for _, names in videos:
        for place, label in enumerate(names):
            assert label not in EARLIER or EARLIER[label] in names[:place]


def test_too_many_instances_for_the_videos_is_an_error_that_says_so():
    with pytest.raises(InputError, match="13 instances in 2 videos"):
        deal({"wave": 13}, 2, np.random.default_rng(0))


def test_the_same_generator_state_deals_the_same():
    counts = {"push box": 9, "wave": 5, "pick up ball": 6, "carry ball": 3}
    first, second = (deal(counts, 6, np.random.default_rng(4)) for _ in range(2))
    assert first == second
    assert all(main in names for main, names in first)
