"""The study of starts: equal budgets, nested shares, finished runs are read back."""

import json

import numpy as np
import pytest

from common.core.params import load_params
from common.core.params.training import R2Plus1dSpec
from common.training.clip_dataset import TrimmedClips
from common.training.start_study import Study, StudyClips, load_study_clips, part_of, spread_clips
from common.video.encode import encode_video

STUDY = load_params("sample").pretrain.study.model_copy(
    update={"width": 16, "height": 16, "frames": 4, "items": 8, "epochs": 1, "batch_size": 4}
)


def clips(counts=(10, 20)):
    labels = [label for label, n in enumerate(counts) for _ in range(n)]
    frames = [np.full((6, 16, 16, 3), n, np.uint8) for n in range(len(labels))]
    return TrimmedClips(frames, labels, ("a", "b"), 1, "key")


def taken(part):
    return {int(frames[0, 0, 0, 0]) for frames in part.frames}


def test_each_share_has_the_same_number_of_items_and_class_by_class_its_clips():
    for share, expected in ((0.1, 3), (0.3, 9), (1.0, 30)):
        part = part_of(clips(), share, 60, seed=1)
        assert len(part.frames) == len(part.labels) == 60
        assert len(taken(part)) == expected
    assert taken(part_of(clips(), 0.1, 60, 1)) < taken(part_of(clips(), 0.3, 60, 1))


def test_other_seeds_keep_other_labels():
    assert taken(part_of(clips(), 0.1, 60, 1)) != taken(part_of(clips(), 0.1, 60, 2))


def test_views_are_spread_and_short_clips_repeat_their_end():
    frames = np.arange(30, dtype=np.uint8).reshape(30, 1, 1, 1)
    views = [view.ravel().tolist() for view in spread_clips(frames, 4, 2)]
    assert views == [[3, 5, 7, 9], [11, 13, 15, 17], [19, 21, 23, 25]]
    short = [view.ravel().tolist() for view in spread_clips(frames[:3], 4, 2)]
    assert short == [[0, 2, 2, 2]] * 3


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    lines = {"train.txt": [], "val.txt": []}
    for group, name in enumerate(("train.txt", "train.txt", "val.txt")):
        for label in (0, 1):
            path = f"v_{label}_g{group}_c01.mp4"
            frames = rng.integers(0, 255, (10, 16, 16, 3), dtype=np.uint8)
            encode_video(tmp_path / path, iter(frames), 8.0)
            lines[name].append(f"{path} {label}")
    for name, rows in lines.items():
        (tmp_path / name).write_text("\n".join(rows) + "\n")
    (tmp_path / "classes.csv").write_text("class,label,role\nA,0,target\nB,1,target\n")
    return tmp_path


def test_a_finished_run_is_read_back(folder, tmp_path):
    params = load_params("sample")
    size = R2Plus1dSpec(
        width=4,
        blocks=[1],
        stem_kernel=3,
        stem_stride=2,
        pool=False,
        dropout=0.0,
        remove_still=False,
        temporal_strides=[1],
    )
    found = load_study_clips(folder, STUDY, tmp_path / "decoded")
    assert isinstance(found, StudyClips)
    assert (len(found.train.frames), len(found.validation.frames)) == (4, 2)
    pretrain = params.pretrain.model_copy(update={"study": STUDY})
    out = tmp_path / "study"
    study = Study(pretrain, size, params.extractors.augmentation, found, out)
    top1 = study.run("scratch", 1.0, 1)
    result = out / "scratch-1-1.json"
    assert json.loads(result.read_text())["top1"] == top1
    result.write_text(json.dumps({"top1": 0.125}))
    assert study.run("scratch", 1.0, 1) == 0.125
