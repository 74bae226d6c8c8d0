import subprocess
import sys

import pytest

from common.challenges import formats
from common.challenges.benchmarks import all_cases
from common.challenges.benchmarks.frames import write_ava, write_masks
from common.challenges.davis import semi, unsup

SMALL = {
    "ava": lambda folder: write_ava(folder, 1, 4),
    "davis-semi": lambda folder: write_masks(folder, semi.TASK, 2, 4, (48, 64), 2, 2),
    "davis-unsup": lambda folder: write_masks(folder, unsup.TASK, 2, 300, (12, 16), 2, 9),
}
CASES = {case.format: case for case in all_cases() if case.format in SMALL}


@pytest.mark.parametrize("form", SMALL)
def test_inputs_pass_the_validator_and_score_between_the_extremes(form, tmp_path):
    files = SMALL[form](tmp_path)
    findings = formats.check(form, files.pred, files.ground_truth)
    assert findings.ok and not findings.n_warnings
    scores = formats.evaluate(form, files.pred, files.ground_truth).scores
    number = scores["mAP@0.5IOU"] if form == "ava" else scores["global"]["J&F-Mean"]
    assert 0.05 < number < 0.97


@pytest.mark.parametrize("form", SMALL)
def test_the_floor_reads_the_predictions(form, tmp_path):
    files = SMALL[form](tmp_path)
    done = subprocess.run([sys.executable, "-c", CASES[form].floor, str(files.pred)])
    assert done.returncode == 0
