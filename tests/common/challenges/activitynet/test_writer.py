import json

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet.checks import check_bytes
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.activitynet.layout import CLASSIFICATION, DETECTION, PROPOSALS
from common.challenges.activitynet.writer import ExternalData, result_bytes
from common.core.errors import InputError
from tests.common.challenges.temporal_files import write_truth

NONE_USED = ExternalData(used=False, details="")
ROWS = pd.DataFrame(
    {
        "video": ["v_two", "vid_one", "v_two"],
        "start": [1.0, 2.0, 3.0],
        "end": [2.0, 4.0, 5.5],
        "label": ["Long jump"] * 3,
        "score": np.array([0.5, 0.1, 0.3]),
    }
)


@pytest.mark.parametrize("layout", [DETECTION, PROPOSALS, CLASSIFICATION])
def test_columns_become_a_file_that_passes(layout, tmp_path):
    rows = ROWS.iloc[:2] if layout is CLASSIFICATION else ROWS
    data = result_bytes(rows, layout, NONE_USED)
    truth = read_ground_truth(write_truth(tmp_path, layout.format), "validation")
    findings = check_bytes(data, truth, layout)
    assert (findings.n_defects, findings.n_warnings) == (0, 0)


def test_rows_of_a_video_keep_their_order():
    document = json.loads(result_bytes(ROWS, DETECTION, ExternalData(True, "Kinetics")))
    assert [row["score"] for row in document["results"]["v_two"]] == [0.5, 0.3]
    assert document["external_data"] == {"used": True, "details": "Kinetics"}
    assert document["results"]["v_two"][1]["segment"] == [3.0, 5.5]


def test_videos_without_rows_can_be_named():
    document = json.loads(result_bytes(ROWS, PROPOSALS, NONE_USED, videos=["none", "v_two"]))
    assert list(document["results"]) == ["none", "v_two", "vid_one"]
    assert document["results"]["none"] == []


def test_numbers_survive_to_the_last_bit():
    odd = ROWS.assign(score=[0.1 + 0.2, 1e-320, 1 / 3])
    document = json.loads(result_bytes(odd, DETECTION, NONE_USED))
    assert document["results"]["v_two"][0]["score"] == 0.1 + 0.2
    assert document["results"]["vid_one"][0]["score"] == 1e-320


def test_what_is_not_finite_is_refused_with_its_row():
    with pytest.raises(InputError, match="end is nan in row 1"):
        result_bytes(ROWS.assign(end=[2.0, np.nan, 5.5]), DETECTION, NONE_USED)
