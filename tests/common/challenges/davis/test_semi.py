import numpy as np
import pytest

from common.challenges import formats
from common.core.errors import InputError
from tests.common.challenges.mask_files import disks, pngs, truth_masks, write_truth, write_zip

FORM = "davis-semi"


@pytest.fixture
def truth(tmp_path):
    return write_truth(tmp_path / "truth", FORM, truth_masks(FORM))


def pred(folder, change):
    masks = {name: change(name, mask.copy()) for name, mask in truth_masks(FORM).items()}
    return write_zip(folder / "p.zip", pngs({n: m for n, m in masks.items() if m is not None}))


def test_the_first_and_the_last_frame_are_asked_for_but_not_scored(truth, tmp_path):
    ends = ("one/00000.png", "one/00004.png")
    path = pred(tmp_path, lambda name, mask: None if name in ends else mask)
    findings = formats.check(FORM, path, truth)
    assert findings.ok
    assert [(f.rule, f.place) for f in findings.warnings] == [("mask.frame", end) for end in ends]
    result = formats.evaluate(FORM, path, truth)
    assert result.scores["global"]["J-Mean"] == 1.0
    assert result.arrays["J/one"].shape == (2, 3)
    assert result.counts["frames"] == 9 and result.counts["frames_not_scored"] == 4


def test_ids_are_compared_one_to_one(truth, tmp_path):
    swap = np.array([0, 2, 1], np.uint8)
    path = pred(tmp_path, lambda name, mask: swap[mask] if name[:3] == "one" else mask)
    scores = formats.evaluate(FORM, path, truth).scores
    assert scores["objects"]["one_1"]["J-Mean"] == 0.0
    assert scores["objects"]["two_1"]["J-Mean"] == 1.0
    assert scores["global"]["J-Mean"] == 1 / 3


def test_objects_that_are_not_predicted_count_as_missed(truth, tmp_path):
    path = pred(tmp_path, lambda name, mask: np.where(mask == 2, 0, mask).astype(np.uint8))
    assert formats.check(FORM, path, truth).ok
    scores = formats.evaluate(FORM, path, truth).scores
    assert (scores["objects"]["one_1"]["J-Mean"], scores["objects"]["one_2"]["F-Mean"]) == (
        1.0,
        0.0,
    )


def test_an_id_above_the_objects_of_the_first_frame_stops(truth, tmp_path):
    path = pred(
        tmp_path,
        lambda name, mask: np.maximum(mask, 2 * (name == "two/00001.png")).astype(np.uint8),
    )
    findings = formats.check(FORM, path, truth)
    assert [(f.rule, f.place) for f in findings.defects] == [("mask.id", "two/00001.png")]
    with pytest.raises(InputError, match="id 2, the sequence has 1 objects"):
        formats.evaluate(FORM, path, truth)


def test_ids_of_the_truth_that_appear_later_and_void_are_background(tmp_path):
    masks = truth_masks(FORM)
    masks["one/00002.png"] = disks(30, 40, (255, 2, 7), 2)
    truth = write_truth(tmp_path / "truth", FORM, masks)
    given = {n: np.where(np.isin(m, (255, 7)), 0, m).astype(np.uint8) for n, m in masks.items()}
    path = write_zip(tmp_path / "p.zip", pngs(given))
    assert formats.evaluate(FORM, path, truth).scores["global"]["J-Mean"] == 1.0


def test_a_sequence_of_two_frames_leaves_nothing_to_score(tmp_path):
    masks = {f"one/{t:05d}.png": disks(30, 40, (1,)) for t in range(2)}
    truth = write_truth(tmp_path / "truth", FORM, masks)
    with pytest.raises(InputError, match="2 masks") as caught:
        formats.evaluate(FORM, write_zip(tmp_path / "p.zip", pngs(masks)), truth)
    assert caught.value.rule == "mask.truth"


def test_long_sequences_get_a_decay_and_a_remark(tmp_path):
    masks = {f"one/{t:05d}.png": disks(8, 8, (1,)) for t in range(260)}
    truth = write_truth(tmp_path / "truth", FORM, masks)
    result = formats.evaluate(FORM, write_zip(tmp_path / "p.zip", pngs(masks)), truth)
    assert result.scores["global"]["J-Decay"] == 0.0
    assert any("258 frames" in text for text in result.warnings)


def test_worker_processes_give_the_same_as_one_process(truth, tmp_path, monkeypatch):
    from common.challenges.masks import sequences

    path = pred(tmp_path, lambda name, mask: np.roll(mask, 1, 0))
    alone = formats.evaluate(FORM, path, truth)
    monkeypatch.setattr(sequences, "_PIXELS_FOR_WORKERS", 0)
    together = formats.evaluate(FORM, path, truth)
    assert alone.scores == together.scores
    bad = pred(tmp_path, lambda name, mask: None if name == "two/00001.png" else mask)
    with pytest.raises(InputError) as caught:
        formats.evaluate(FORM, bad, truth)
    assert caught.value.rule == "mask.missing"
