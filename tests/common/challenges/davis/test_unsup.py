import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges import formats
from common.challenges.davis.unsup import assign
from common.core.errors import InputError
from tests.common.challenges.mask_files import disks, pngs, truth_masks, write_truth, write_zip
from tests.common.challenges.slow_masks import best_assignment

FORM = "davis-unsup"


@pytest.fixture
def truth(tmp_path):
    return write_truth(tmp_path / "truth", FORM, truth_masks(FORM))


def evaluate(folder, truth, change):
    masks = {name: change(name, mask.copy()) for name, mask in truth_masks(FORM).items()}
    path = write_zip(folder / "p.zip", pngs(masks))
    return formats.evaluate(FORM, path, truth)


def test_proposals_may_have_any_ids_up_to_twenty(truth, tmp_path):
    ids = np.array([0, 20, 7], np.uint8)
    result = evaluate(tmp_path, truth, lambda name, mask: ids[mask])
    assert result.scores["global"]["J&F-Mean"] == 1.0
    # Rows go by proposal: the first is proposal 7, which is object 2.
    assert result.scores["matching"]["one"] == {"7": 2, "20": 1}
    assert result.arrays["J/one"].shape == (2, 5)
    with pytest.raises(InputError, match="id 21"):
        evaluate(tmp_path, truth, lambda name, mask: np.where(mask > 0, 21, 0).astype(np.uint8))


def test_surplus_proposals_cost_nothing_and_missing_ones_are_empty(truth, tmp_path):
    def more(name, mask):
        mask[:3, :3] = 9
        return mask

    assert evaluate(tmp_path, truth, more).scores["global"]["J-Mean"] == 1.0
    fewer = evaluate(tmp_path, truth, lambda name, mask: np.minimum(mask, 1) * (name[:3] == "two"))
    objects = fewer.scores["objects"]
    assert (objects["one_1"]["J-Mean"], objects["one_2"]["J-Mean"]) == (0.0, 0.0)
    assert objects["two_1"]["J-Mean"] == 1.0


def test_void_is_left_out_and_late_objects_are_background(tmp_path):
    masks = truth_masks(FORM)
    masks["one/00003.png"] = disks(30, 40, (1, 2, 3), 3)
    for mask in masks.values():
        mask[:6] = 255
    truth = write_truth(tmp_path / "truth", FORM, masks)
    given_masks = {n: np.where(m == 255, 1, m * (m < 3)).astype(np.uint8) for n, m in masks.items()}
    path = write_zip(tmp_path / "p.zip", pngs(given_masks))
    assert formats.evaluate(FORM, path, truth).scores["global"]["J&F-Mean"] == 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_the_assignment_is_the_best_of_all(columns, more, seed):
    rng = np.random.default_rng(seed)
    region, contour = rng.integers(0, 4, (2, columns + more, columns, 3)) / 3
    rows, objects = assign(region, contour)
    gain = (region.mean(axis=2) + contour.mean(axis=2)) / 2
    assert gain[rows, objects].sum() == pytest.approx(best_assignment(gain))
    assert (np.diff(rows) > 0).all() and len(set(objects)) == columns
