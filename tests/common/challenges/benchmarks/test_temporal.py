import subprocess
import sys

import pytest

from common.challenges import formats
from common.challenges.activitynet.layout import (
    CLASSIFICATION,
    DETECTION,
    HACS_DETECTION,
    PROPOSALS,
)
from common.challenges.benchmarks import all_cases
from common.challenges.benchmarks.temporal import (
    write_activitynet,
    write_epic_detection,
    write_epic_recognition,
)
from common.challenges.settings import read_settings

SMALL = {
    "activitynet-detection": lambda folder: write_activitynet(folder, DETECTION, 210, 6),
    "activitynet-proposals": lambda folder: write_activitynet(folder, PROPOSALS, 210, 6),
    "activitynet-classification": lambda folder: write_activitynet(folder, CLASSIFICATION, 205, 0),
    "hacs-detection": lambda folder: write_activitynet(folder, HACS_DETECTION, 210, 6),
    "epic-detection": lambda folder: write_epic_detection(folder, 3, 40),
    "epic-recognition": lambda folder: write_epic_recognition(folder, 40, 2),
}
CASES = {case.format: case for case in all_cases() if case.format in SMALL}


@pytest.mark.parametrize("form", SMALL)
def test_inputs_score_between_the_extremes_and_are_the_same_each_time(form, tmp_path):
    files = SMALL[form](tmp_path)
    settings = read_settings(files.settings, {})
    scores = formats.evaluate(form, files.pred, files.ground_truth, settings).scores
    numbers = [value for value in flat(scores) if isinstance(value, float)]
    assert any(0 < number < 100 for number in numbers)
    first = files.pred.read_bytes(), files.ground_truth.read_bytes()
    SMALL[form](tmp_path)
    assert (files.pred.read_bytes(), files.ground_truth.read_bytes()) == first


@pytest.mark.parametrize("form", ["activitynet-classification", "epic-recognition"])
def test_complete_inputs_pass_the_validator(form, tmp_path):
    files = SMALL[form](tmp_path)
    assert formats.check(form, files.pred, files.ground_truth).ok


@pytest.mark.parametrize("form", SMALL)
def test_the_floor_reads_the_predictions(form, tmp_path):
    files = SMALL[form](tmp_path)
    done = subprocess.run([sys.executable, "-c", CASES[form].floor, str(files.pred)])
    assert done.returncode == 0


def flat(scores):
    if isinstance(scores, dict):
        scores = list(scores.values())
    return [leaf for s in scores for leaf in flat(s)] if isinstance(scores, list) else [scores]
