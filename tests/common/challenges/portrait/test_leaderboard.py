import numpy as np
import pytest

from common.challenges import formats
from tests.common.challenges.mask_files import disks, pngs, truth_masks, write_truth, write_zip

FORM = "portrait"


@pytest.fixture
def truth(tmp_path):
    return write_truth(tmp_path / "truth", FORM, truth_masks(FORM))


def submission(folder, change):
    masks = {name: change(name, mask.copy()) for name, mask in truth_masks(FORM).items()}
    return write_zip(folder / "p.zip", pngs(masks))


def test_ids_may_be_any_and_surplus_people_are_free(truth, tmp_path):
    def change(name, mask):
        mask = np.array([0, 200, 10], np.uint8)[mask]
        mask[0, :6] = range(1, 7)
        return mask

    path = submission(tmp_path, change)
    assert formats.check(FORM, path, truth).ok
    scores = formats.evaluate(FORM, path, truth).scores
    assert scores["instances"]["one_1"]["matched"] == 200
    assert scores["instances"]["one_2"]["matched"] == 10
    assert scores["global"]["J-Mean"] > 0.98
    assert scores["videos"]["one"]["predicted_instances"] == 8


def test_nine_people_over_the_frames_of_a_video_void_it(truth, tmp_path):
    def change(name, mask):
        if name.startswith("one"):
            mask[0, int(name[-5])] = 3 + int(name[-5])  # another surplus person in each frame
            mask[1, int(name[-5])] = 103 + int(name[-5])
        return mask

    path = submission(tmp_path, change)
    findings = formats.check(FORM, path, truth)
    assert [(f.rule, f.place) for f in findings.defects] == [("mask.people", "one")]
    result = formats.evaluate(FORM, path, truth)
    assert result.scores["videos"]["one"] == {
        "valid": False, "predicted_instances": 12, "J&F-Mean": 0.0, "J-Mean": 0.0, "F-Mean": 0.0,
    }  # fmt: skip
    assert result.scores["videos"]["two"]["valid"]
    assert result.scores["global"]["J-Mean"] == 1 / 3
    assert result.counts["void_videos"] == 1 and "one: 12 people" in result.warnings[0]


def test_missed_people_are_compared_with_nothing(tmp_path):
    masks = truth_masks(FORM)
    masks["one/00001.png"] = disks(30, 40, (1, 0))  # person 2 enters in the second frame
    truth = write_truth(tmp_path / "truth", FORM, masks)
    path = submission(tmp_path, lambda name, mask: np.where(mask == 2, 0, mask).astype(np.uint8))
    result = formats.evaluate(FORM, path, truth)
    person = result.scores["instances"]["one_2"]
    assert (person["matched"], person["J-Mean"]) == (None, 1 / 5)
    assert result.arrays["J/one"].tolist()[1] == [1, 0, 0, 0, 0]


def test_void_of_the_truth_is_left_out_and_nothing_predicted_scores_nothing(tmp_path):
    masks = {n: np.where(m == 2, 255, m).astype(np.uint8) for n, m in truth_masks(FORM).items()}
    truth = write_truth(tmp_path / "truth", FORM, masks)
    path = submission(tmp_path, lambda name, mask: mask)
    assert formats.evaluate(FORM, path, truth).scores["global"]["J-Mean"] == 1.0
    empty = submission(tmp_path, lambda name, mask: mask * 0)
    assert formats.check(FORM, empty, truth).ok
    result = formats.evaluate(FORM, empty, truth)
    assert result.scores["global"]["J&F-Mean"] == 0.0
    assert result.scores["videos"]["one"]["predicted_instances"] == 0
