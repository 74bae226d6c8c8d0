import numpy as np
import pytest

from common.challenges.epic.detection_checks import check_bytes as check_detection
from common.challenges.epic.ground_truth import read_truth
from common.challenges.epic.recognition_checks import check_bytes as check_recognition
from common.challenges.epic.writer import SupervisionLevels, detection_bytes, recognition_bytes
from common.challenges.findings import Findings
from common.challenges.formats import Settings
from common.core.errors import InputError
from tests.common.challenges.temporal_files import write_truth

LEVELS = SupervisionLevels(pt=2, tl=3, td=3)


@pytest.fixture
def truth(tmp_path):
    return read_truth(write_truth(tmp_path, "epic-detection"), Settings())


def test_detection_columns_become_a_file_that_passes(truth):
    rows = {
        "video": ["P01_11", "P18_02"],
        "verb": [0, 96],
        "noun": np.array([299, 1]),
        "start": [0.5, 1.0],
        "end": [1.5, 2.0],
        "score": [0.25, 0.75],
    }
    findings = Findings()
    check_detection(detection_bytes(rows, LEVELS), truth, findings)
    assert (findings.n_defects, findings.n_warnings) == (0, 0)
    with pytest.raises(InputError, match="score is inf in row 1"):
        detection_bytes(rows | {"score": [0.1, np.inf]}, LEVELS)


def test_recognition_arrays_become_a_file_that_passes(truth):
    names = [segment.narration for segment in truth.segments]
    verbs, nouns = np.zeros((3, 97)), np.ones((3, 300))
    findings = Findings()
    check_recognition(recognition_bytes(names, verbs, nouns, LEVELS), truth, findings)
    assert (findings.n_defects, findings.n_warnings) == (0, 0)
    nouns[1, 5] = np.nan
    with pytest.raises(InputError, match="not finite"):
        recognition_bytes(names, verbs, nouns, LEVELS)


def test_levels_out_of_range_are_caught(truth):
    rows = {name: [1] for name in ("verb", "noun", "start", "end", "score")}
    rows |= {"video": ["P01_11"], "end": [2]}
    findings = Findings()
    check_detection(detection_bytes(rows, SupervisionLevels(6, 3, 3)), truth, findings)
    assert [f.place for f in findings.defects] == ["$.sls_pt"]
