"""Training clips: which frames, mirrored labels, colours; all seeded by (seed, epoch, index)."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.core.clips import ClipSpec, Fit
from common.core.params.training import Augmentation
from common.training.clip_dataset import (
    ClipDataset,
    TrimmedClips,
    central_clip,
    frame_indices,
    mirrored_labels,
    normalise,
)

SPEC = ClipSpec(4, 4.0, Fit(16, 12))
OFF = {
    "outside_s": 0.0,
    "shift": 0.0,
    "zoom": 0.0,
    "mirror": False,
    "mirrored_labels": {},
    "light": 0.0,
    "tint": 0.0,
}
ON = Augmentation(
    outside_s=0.5,
    shift=0.1,
    zoom=0.1,
    mirror=True,
    mirrored_labels={"left": "right", "right": "left"},
    light=0.2,
    tint=0.1,
)
CLASSES = ("left", "right", "wave")


def clips(labels=(0, 1, 2, 0), n_frames=12):
    """Random pictures; frame f of every clip has the value f in its first pixel."""
    rng = np.random.default_rng(0)
    frames = []
    for _ in labels:
        clip = rng.integers(0, 256, (n_frames, 12, 16, 3), dtype=np.uint8)
        clip[:, 0, 0] = np.arange(n_frames)[:, None]
        frames.append(clip)
    return TrimmedClips(frames, list(labels), CLASSES, 2, "fingerprint")


def items(dataset, epoch):
    dataset.set_epoch(epoch)
    return [dataset[index] for index in range(len(dataset))]


def test_an_item_depends_on_seed_epoch_and_index_alone():
    first, second = ClipDataset(clips(), SPEC, ON, 1), ClipDataset(clips(), SPEC, ON, 1)
    expected = items(first, 3)
    second.set_epoch(3)
    for index in (2, 0, 3, 1):
        assert torch.equal(second[index]["clip"], expected[index]["clip"])
    other_epoch, other_seed = items(first, 4), items(ClipDataset(clips(), SPEC, ON, 2), 3)
    for other in (other_epoch, other_seed):
        assert not any(
            torch.equal(a["clip"], b["clip"]) for a, b in zip(expected, other, strict=True)
        )


def test_an_item_is_a_normalised_clip_and_a_label():
    item = ClipDataset(clips(), SPEC, Augmentation(**OFF), 1)[2]
    assert item["clip"].shape == (3, 4, 12, 16) and item["clip"].dtype == torch.float32
    assert item["label"].item() == 2


def test_without_augmentation_the_pixels_are_those_of_the_clip():
    data = clips(n_frames=7)  # a training clip of 4 frames in steps of 2 takes all there is
    item = ClipDataset(data, SPEC, Augmentation(**OFF), 1)[0]
    expected = normalise(data.frames[0][[0, 2, 4, 6]], SPEC)
    assert np.allclose(item["clip"].numpy(), expected, atol=1e-5)


def test_mirroring_swaps_pictures_and_labels_that_tell_left_from_right():
    data = clips()
    options = OFF | {"mirror": True, "mirrored_labels": ON.mirrored_labels}
    dataset = ClipDataset(data, SPEC, Augmentation(**options), 1)
    seen: dict[int, set[tuple[bool, int]]] = {0: set(), 1: set(), 2: set()}
    for epoch in range(20):
        for index, item in enumerate(items(dataset, epoch)):
            picture = item["clip"][0, 0]
            # The marked pixel is at the left, or at the right where the clip is mirrored.
            starts = [normalise(data.frames[index][f : f + 1], SPEC)[0, 0] for f in range(6)]
            plain = any(np.allclose(picture, s, atol=1e-4) for s in starts)
            mirrored = any(np.allclose(picture, s[:, ::-1], atol=1e-4) for s in starts)
            assert plain != mirrored
            seen[data.labels[index]].add((mirrored, item["label"].item()))
    assert seen == {
        0: {(False, 0), (True, 1)},
        1: {(False, 1), (True, 0)},
        2: {(False, 2), (True, 2)},
    }


def test_a_class_whose_mirror_image_is_unknown_is_not_mirrored():
    assert mirrored_labels(("left", "wave"), {"left": "right"}) == [None, 1]
    data = TrimmedClips(clips((0,)).frames, [0], ("left", "wave"), 2, "f")
    options = OFF | {"mirror": True, "mirrored_labels": {"left": "right"}}
    dataset = ClipDataset(data, SPEC, Augmentation(**options), 1)
    for epoch in range(20):
        (item,) = items(dataset, epoch)
        assert item["label"].item() == 0
        assert item["clip"][0, 0, 0, 0] < -1.5  # the dark marked pixel is still at the left


@given(
    st.integers(1, 60), st.integers(1, 9), st.integers(1, 4), st.integers(0, 6), st.integers(0, 99)
)
def test_frames_ascend_in_steps_and_stay_inside(n_frames, n_taken, steps, outside, seed):
    rng = np.random.default_rng(seed)
    indices = frame_indices(n_frames, n_taken, steps, outside, rng)
    assert len(indices) == n_taken
    assert (indices >= 0).all() and (indices < n_frames).all()
    inner = np.diff(indices)
    assert (inner >= 0).all() and (inner <= steps).all()
    if outside == 0 and n_frames > (n_taken - 1) * steps:
        assert (inner == steps).all()


def test_every_start_is_drawn():
    rng = np.random.default_rng(0)
    starts = {int(frame_indices(12, 4, 2, 0, rng)[0]) for _ in range(200)}
    assert starts == set(range(6))


@pytest.mark.parametrize(
    ("n_frames", "expected"),
    [(7, [0, 2, 4, 6]), (9, [1, 3, 5, 7]), (3, [0, 0, 2, 2]), (1, [0] * 4)],
)
def test_the_central_clip_lies_in_the_middle(n_frames, expected):
    frames = np.arange(n_frames, dtype=np.uint8)[:, None, None, None]
    assert central_clip(frames, 4, 2).ravel().tolist() == expected


def test_the_fingerprint_follows_data_settings_and_seed():
    def fingerprint(**change):
        options = {"data": clips(), "spec": SPEC, "augmentation": ON, "seed": 1} | change
        return ClipDataset(*options.values()).fingerprint

    assert fingerprint() == fingerprint()
    others = [
        fingerprint(seed=2),
        fingerprint(augmentation=Augmentation(**OFF)),
        fingerprint(spec=ClipSpec(5, 4.0, Fit(16, 12))),
        fingerprint(data=TrimmedClips([], [], CLASSES, 2, "other")),
    ]
    assert len({fingerprint(), *others}) == 5
