"""The plan of the trimmed clips."""

from collections import Counter

import pytest

from common.world.script import write_scripts
from common.world.trimming import BACKGROUND, plan_clips


@pytest.fixture(scope="module")
def planned(sample):
    scripts = write_scripts(sample.rendered, sample.seed)
    return scripts, plan_clips(scripts, sample.rendered, sample.seed)


def test_clips_come_from_train_videos_and_lie_inside_what_their_label_says(planned, sample):
    scripts, cuts = planned
    fps = sample.rendered.fps
    train = {script.video: script for script in scripts if script.subset == "train"}
    for cut in cuts:
        script = train[cut.video]
        # Times of the first and of the last frame.
        start, end = cut.first / fps, (cut.last - 1) / fps
        inside = [i for i in script.instances if i.start <= end and start < i.end]
        if cut.label == BACKGROUND:
            assert inside == []
            assert 0 <= start < end < script.duration
        else:
            assert [i.label for i in inside] == [cut.label]
            assert inside[0].start <= start + 1e-6
            assert end < inside[0].end
        assert 0.8 <= end - start <= 3.0


def test_every_class_has_enough_clips_and_the_long_tail_stays(planned, sample):
    scripts, cuts = planned
    counts = Counter(cut.label for cut in cuts)
    classes = sample.rendered.classes
    assert min(counts[label] for label in classes) >= sample.rendered.clips_least
    assert counts[classes[0]] > 3 * counts[classes[-1]]
    assert 0.07 <= counts[BACKGROUND] / len(cuts) <= 0.13
    assert sample.rendered.clips <= len(cuts) <= 1.25 * sample.rendered.clips
    assert len({cut.clip for cut in cuts}) == len(cuts)
