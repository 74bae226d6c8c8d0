"""The clip sampler: the same frames as looking each time up, whatever the timing."""

import gc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.clips import ClipSpec, Fit
from common.core.timebase import frame_times, frames_at, grid_for
from common.video.sampling import ClipSampler


@dataclass
class Numbered:
    """A picture whose one pixel is its number."""

    number: int
    time: float

    def rgb(self, fit=None):
        return np.full((1, 1, 3), self.number % 256, np.uint8)


def _run(sampler, times, duration):
    done = []
    for number, time in enumerate(times):
        done += sampler.push(Numbered(number, time))
    n = grid_for(duration, sampler.stride_seconds).n_snippets
    last = sampler.finish(duration)
    assert all(clip < n for clip, _ in last)
    done += last
    assert [clip for clip, _ in done][:n] == list(range(n))
    return [[int(frame[0, 0, 0]) for frame in frames] for _, frames in done[:n]]


@settings(deadline=None)
@given(
    gaps=st.lists(st.integers(1, 400), max_size=60),
    last=st.integers(1, 400),
    frames=st.integers(1, 9),
    fps=st.sampled_from([2.0, 4.0, 10.0, 15.0, 29.97]),
    stride=st.sampled_from([0.1, 8 / 15, 2 / 3, 1.0, 3.0]),
)
def test_clips_hold_what_is_on_screen_at_their_times(gaps, last, frames, fps, stride):
    times = np.concatenate([[0], np.cumsum(gaps)]) / 1000
    duration = float(times[-1] + last / 1000)
    spec = ClipSpec(frames, fps, Fit(1, 1))
    expected = [
        (frames_at(frame_times(center, frames, spec.spacing), times) % 256).tolist()
        for center in grid_for(duration, stride).centers()
    ]
    assert _run(ClipSampler(spec, stride), times, duration) == expected


def test_clips_far_apart_skip_what_lies_between():
    spec = ClipSpec(2, 10.0, Fit(1, 1))
    assert _run(ClipSampler(spec, 5.0), np.arange(100) / 10, 10.0) == [[24, 25], [74, 75]]


@pytest.mark.parametrize("fps", [12, 25, 29.97, 30])
def test_a_moment_that_is_a_frames_own_time_gets_that_frame(fps):
    """Centres fall on frames 0.5, 1.5 ... x 2: rounding must not show the frame before."""
    spec = ClipSpec(1, fps, Fit(1, 1))
    found = _run(ClipSampler(spec, 2 / fps), np.cumsum(np.full(200, 1 / fps)) - 1 / fps, 200 / fps)
    assert found == [[2 * i + 1] for i in range(100)]


def test_only_the_frames_of_open_clips_are_alive():
    spec = ClipSpec(8, 4.0, Fit(1, 1))
    sampler = ClipSampler(spec, 2 / 3)
    alive: list[weakref.ref] = []
    most = 0
    for number in range(2000):
        picture = Numbered(number, number / 12)
        alive.append(weakref.ref(picture))
        sampler.push(picture)
        del picture
        alive = [reference for reference in alive if reference() is not None]
        held = sum(len(frames) for frames in sampler._frames.values())
        most = max(most, held, len(alive))
    gc.collect()
    # A clip lasts 1.75 s, a new one starts every 0.67 s: at most four are open, of 8 frames each.
    assert most <= 4 * 8
