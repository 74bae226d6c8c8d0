"""Decoding the clips of a dataset folder once, and what is said when the folder is wrong."""

import shutil

import numpy as np
import pytest

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.training.clip_files import Decoding, decode_clips, load_clips, read_validation

DECODING = Decoding(Fit(24, 16), 4.0, 2)


@pytest.fixture
def copy(dataset, tmp_path):
    return shutil.copytree(dataset, tmp_path / "copy")


def test_clips_are_decoded_at_size_and_rate(dataset, tmp_path):
    store = tmp_path / "clips.safetensors"
    decode_clips(dataset, DECODING, store)
    clips = load_clips(store)
    assert clips.classes == ("push box", "pull box", "background")
    assert clips.labels == [0, 1, 2] * 3
    assert [clip.shape for clip in clips.frames] == [(16, 16, 24, 3)] * 9
    assert clips.steps == 2
    # The square wanders to the right in clip 0, to the left in clip 1.
    centres = [
        [clip[f, 8].astype(int).sum(axis=1).argmax() for f in (0, 15)] for clip in clips.frames
    ]
    assert centres[0][0] < centres[0][1] and centres[1][0] > centres[1][1]


def test_what_is_there_is_decoded_once(dataset, tmp_path, monkeypatch):
    store = tmp_path / "clips.safetensors"
    decode_clips(dataset, DECODING, store)
    before = load_clips(store).fingerprint
    monkeypatch.setattr("common.training.clip_files.read_all", None)
    decode_clips(dataset, DECODING, store)
    assert load_clips(store).fingerprint == before
    with pytest.raises(TypeError):  # another size must be decoded
        decode_clips(dataset, Decoding(Fit(16, 16), 4.0, 2), store)


def test_another_content_or_label_changes_the_fingerprint(copy, tmp_path):
    store = tmp_path / "clips.safetensors"
    seen = set()
    for change in (None, "content", "label"):
        if change == "content":
            shutil.copy(copy / "clips" / "clip_1.mp4", copy / "clips" / "clip_0.mp4")
        if change == "label":
            table = (copy / "clips.csv").read_text()
            (copy / "clips.csv").write_text(table.replace("pull box", "push box", 1))
        decode_clips(copy, DECODING, store)
        seen.add(load_clips(store).fingerprint)
    assert len(seen) == 3


def test_validation_clips_stand_at_the_centres_of_the_segments(dataset):
    clips = read_validation(dataset, ClipSpec(1, 4.0, Fit(48, 32)))
    assert clips.labels == ["push box", "push box"]
    assert clips.frames.shape == (2, 1, 32, 48, 3)
    left = [int((frame[16, :, 0] > 180).argmax()) for frame in clips.frames[:, 0]]
    # Frames 4 and 12 of a square that goes two pixels a frame.
    assert left == [pytest.approx(10, abs=1), pytest.approx(26, abs=1)]


def test_a_dataset_without_validation_segments_has_no_clips(copy):
    (copy / "segments.csv").write_text("video,start,end,label\n")
    clips = read_validation(copy, ClipSpec(2, 4.0, Fit(24, 16)))
    assert clips.frames.shape == (0, 2, 16, 24, 3) and clips.labels == []


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("clips.csv", None, r"clips\.csv: no such file"),
        ("clips.csv", "", r"clips\.csv: is not a CSV table"),
        ("clips.csv", "clip,path\na,b\n", r"clips\.csv: no column 'label', found clip, path"),
        ("clips.csv", "clip,path,label\n", r"clips\.csv: no clips"),
        (
            "clips.csv",
            "clip,path,label\na,gone.mp4,push box\n",
            r"clips\.csv line 2: no file .*gone",
        ),
        ("clips.csv", "clip,path,label\na,clips/clip_0.mp4,dance\n", r"line 2: label 'dance'"),
        ("clips/clip_3.mp4", "", r"clip_3\.mp4: the file has no bytes"),
    ],
)
def test_what_is_wrong_with_the_folder_is_named(copy, tmp_path, file, content, message):
    if content is None:
        (copy / file).unlink()
    else:
        (copy / file).write_text(content)
    with pytest.raises(InputError, match=message):
        decode_clips(copy, DECODING, tmp_path / "clips.safetensors")
    assert not (tmp_path / "clips.safetensors").exists()


def test_lengths_may_differ(copy, tmp_path):
    table = (copy / "clips.csv").read_text().splitlines()[:3]
    (copy / "clips.csv").write_text("\n".join(table) + "\n")
    from common.video.encode import encode_video

    encode_video(copy / "clips" / "clip_1.mp4", [np.zeros((32, 48, 3), np.uint8)] * 5, 8.0)
    decode_clips(copy, DECODING, tmp_path / "clips.safetensors")
    frames = load_clips(tmp_path / "clips.safetensors").frames
    assert [len(clip) for clip in frames] == [16, 5]
