"""The learnability trial: what it reads, its network, its scores."""

import numpy as np
import pandas as pd
import pytest

from common.world.trimming import BACKGROUND

torch = pytest.importorskip("torch")
learnability = pytest.importorskip("common.world.learnability")


def test_it_trains_on_train_clips_and_tests_on_validation_instances(world):
    train, held_out, classes, counts = learnability.read_clips(world)
    assert classes[-1] == BACKGROUND
    assert train.pictures.shape[1:] == held_out.pictures.shape[1:] == (8, 60, 80, 3)
    assert set(train.labels) <= set(range(len(classes)))
    segments = pd.read_csv(world / "segments.csv")
    of_validation = segments[segments["video"].str.startswith("validation")]
    of_train = segments[segments["video"].str.startswith("train")]["label"].value_counts()
    assert dict(zip(classes, counts, strict=True)) == {BACKGROUND: 0} | of_train.to_dict()
    assert [classes[label] for label in held_out.labels] == list(of_validation["label"])


@pytest.mark.parametrize("n_frames", [1, 8])
def test_the_network_takes_one_frame_or_eight(n_frames):
    net = learnability.Net(5)
    clips = torch.zeros(2, 3, n_frames, 60, 80)
    assert net(clips).shape == (2, 5)


def test_scores_of_a_known_case():
    classes = ["push box", "pull box", "wave", BACKGROUND]
    labels = np.array([0, 0, 1, 2])
    # push right, push taken for pull, pull taken for wave, wave right.
    logits = np.array([[3, 1, 0, 9], [1, 3, 0, 0], [0, 1, 3, 0], [0, 0, 2, 1]], float)
    clips = learnability.Clips(np.zeros((4, 1), np.uint8), labels)
    found = learnability.scores(logits, clips, np.array([40, 12, 3, 0]), classes)
    assert found["accuracy"] == 0.5
    assert found["class mean"] == pytest.approx(0.5)
    assert (found["head"], found["medium"], found["tail"]) == (0.5, 0.0, 1.0)
    # Within the pair pull is right: its logit beats that of push.
    assert found["push box / pull box"] == pytest.approx(0.75)
