"""Statistics of the full-size world, from its scripts alone."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from common.core.params.world import World
from common.world.cast import ACTIONS, EARLIER
from common.world.script import VideoScript, write_scripts


@pytest.fixture(scope="module")
def scripts(sample: World) -> list[VideoScript]:
    assert sample.rendered is not None
    return write_scripts(sample.rendered, sample.seed)


def _of(scripts, subset):
    return [script for script in scripts if script.subset == subset]


def test_the_subsets_have_their_sizes_and_videos_their_lengths(scripts):
    assert [len(_of(scripts, s)) for s in ("train", "validation", "test")] == [60, 24, 24]
    durations = np.array([script.duration for script in scripts])
    assert durations.min() >= 20
    assert durations.max() <= 60
    assert 27 <= durations.mean() <= 33


def test_every_segment_lies_inside_its_video_and_none_overlap(scripts):
    for script in scripts:
        clock = 0.0
        for instance in script.instances:
            assert clock < instance.start < instance.end < script.duration
            clock = instance.end
        assert 2 <= len(script.instances) <= 6


def test_train_counts_follow_the_zipf_law_with_head_and_tail(scripts, sample):
    counts = Counter(i.label for s in _of(scripts, "train") for i in s.instances)
    classes, exponent = sample.rendered.classes, sample.rendered.zipf
    assert len(counts) == len(classes) >= 12
    by_rank = np.array([counts[label] for label in classes])
    assert (by_rank > 30).sum() >= 2
    assert (by_rank < 10).sum() >= 4
    assert ((by_rank >= 10) & (by_rank <= 30)).sum() >= 4
    law = np.arange(1, len(classes) + 1) ** -exponent
    assert np.abs(by_rank - law / law.sum() * by_rank.sum()).max() <= 3
    for subset in ("validation", "test"):
        held_out = Counter(i.label for s in _of(scripts, subset) for i in s.instances)
        assert min(held_out[label] for label in classes) >= sample.rendered.test.least


def test_durations_are_long_tailed_between_one_and_thirty_seconds(scripts):
    lengths = np.array([i.end - i.start for s in scripts for i in s.instances])
    assert lengths.min() >= 0.99
    assert lengths.min() < 1.2
    assert 15 < lengths.max() <= 30
    assert np.median(lengths) < 0.8 * lengths.mean() + 0.5


def test_gaps_of_background_are_long_tailed(scripts):
    gaps = []
    for script in scripts:
        ends = [0.0, *(i.end for i in script.instances)]
        starts = [*(i.start for i in script.instances), script.duration]
        gaps += [start - end for start, end in zip(starts, ends, strict=True)]
    gaps = np.array(gaps)
    assert gaps.min() > 0.9
    assert 8 < gaps.max() <= 15.1
    assert np.median(gaps) < gaps.mean()


def test_main_instances_share_one_length_and_about_half_end_hidden_but_never_all(scripts):
    n_hidden = n_main = 0
    for script in scripts:
        main = [i for i in script.instances if i.main]
        assert {i.label for i in main} == {script.main}
        assert np.ptp([i.end - i.start for i in main]) < 0.02
        hidden = [i for i in main if i.hidden_from is not None]
        assert len(hidden) < len(main)
        for instance in hidden:
            assert instance.start < instance.hidden_from < instance.end < instance.hidden_to
        if len(main) > 1:
            n_hidden, n_main = n_hidden + len(hidden), n_main + len(main)
    assert 0.38 <= n_hidden / n_main <= 0.58


def test_what_is_carried_was_picked_up_earlier_in_the_same_video(scripts):
    carried = 0
    for script in scripts:
        seen = set()
        for instance in script.instances:
            if instance.label in EARLIER:
                carried += 1
                assert EARLIER[instance.label] in seen
            seen.add(instance.label)
    assert carried > 5


def test_the_scene_bias_is_that_of_the_params(scripts, sample):
    usual = [script.room == ACTIONS[script.main].room for script in scripts]
    assert abs(np.mean(usual) - sample.rendered.scene_bias) < 0.1


def test_the_room_alone_tells_the_class_better_than_chance_but_badly(scripts):
    """A baseline that sees nothing but the room: per room the class that is most over-represented
    there, scored by the mean over classes, as no class prior can help.
    """
    train, held_out = _of(scripts, "train"), _of(scripts, "validation") + _of(scripts, "test")
    table = defaultdict(Counter)
    total = Counter(i.label for s in train for i in s.instances)
    for script in train:
        for instance in script.instances:
            table[script.room][instance.label] += 1 / total[instance.label]
    hits = defaultdict(list)
    for script in held_out:
        ranked = [label for label, _ in table[script.room].most_common(len(total) // 4)]
        for instance in script.instances:
            hits[instance.label].append(instance.label in ranked)
    recall = np.mean([np.mean(found) for found in hits.values()])
    # A quarter of the classes is guessed for each room: chance is a quarter.
    assert 0.35 < recall < 0.75


def test_order_carries_information(scripts):
    """After an action its natural successor comes far more often than by chance."""
    follow = pairs = chance = 0
    for script in scripts:
        labels = [i.label for i in script.instances]
        for a, b in zip(labels, labels[1:], strict=False):
            pairs += 1
            follow += b in ACTIONS[a].follow
            chance += np.mean([other in ACTIONS[a].follow for other in labels])
    assert follow > 1.3 * chance
    assert pairs > 300


def test_scripts_depend_on_the_seed_alone(scripts, sample):
    assert write_scripts(sample.rendered, sample.seed) == scripts
    assert write_scripts(sample.rendered, sample.seed + 1) != scripts
