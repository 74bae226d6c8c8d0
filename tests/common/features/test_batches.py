"""One pass over a video: every extractor gets its clips, in order, and the memory stays flat."""

import threading

import numpy as np
import pytest

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.core.timebase import frame_times, frames_at, grid_for
from common.features.batches import VideoPass, ahead
from tests.common.video.film import Film, read_number

SMALL = Fit(80, 60)


def test_several_extractors_get_their_own_clips_from_one_pass(tmp_path):
    film = Film(40, times=np.cumsum(np.arange(40, 120, 2)) / 1000)
    path = film.write(tmp_path / "x.mkv")
    wanted = [(ClipSpec(1, 4.0, SMALL), 0.3), (ClipSpec(8, 6.0, Fit(40, 30)), 0.5)]
    reading = VideoPass(path, wanted, size=3)
    numbers: list[list[list[int]]] = [[], []]
    sizes: list[list[int]] = [[], []]
    for batch in reading:
        sizes[batch.extractor].append(len(batch.clips))
        for clip in batch.clips:
            numbers[batch.extractor].append([read_number(frame) for frame in clip])
    presented = np.array(film.times) - film.times[0]
    assert reading.health.frames == 40
    for (spec, stride), found, batches in zip(wanted, numbers, sizes, strict=True):
        grid = grid_for(reading.health.duration, stride)
        expected = [
            frames_at(frame_times(center, spec.frames, spec.spacing), presented).tolist()
            for center in grid.centers()
        ]
        assert found == expected
        assert set(batches[:-1]) <= {3} and 1 <= batches[-1] <= 3


def test_a_video_that_breaks_off_raises_its_reason(tmp_path):
    path = tmp_path / "x.mp4"
    path.write_text("no video")
    with pytest.raises(InputError, match="cannot be decoded"):
        list(VideoPass(path, [(ClipSpec(1, 4.0, SMALL), 0.5)], 2))


def test_items_made_ahead_come_in_order():
    assert list(ahead(range(100), 3)) == list(range(100))


def test_an_error_comes_at_its_place():
    def items():
        yield 1
        raise InputError("test.bad", "x", "it is bad", "Mend it.")

    made = ahead(items(), 3)
    assert next(made) == 1
    with pytest.raises(InputError, match="it is bad"):
        next(made)


def test_leaving_early_ends_the_thread():
    before = threading.active_count()
    made = ahead(iter(int, 1), 2)  # never ends
    assert next(made) == 0
    made.close()
    assert threading.active_count() == before


def test_only_a_few_items_are_made_in_advance():
    made = []
    taken = ahead((made.append(i) or i for i in range(50)), 2)
    for item in taken:
        # Two wait, one is in the maker's hands.
        assert len(made) <= item + 4
