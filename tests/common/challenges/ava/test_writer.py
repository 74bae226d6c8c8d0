import numpy as np

from common.challenges.ava.reading import read_rows
from common.challenges.ava.writer import write_detections


def test_written_rows_read_back_equal(tmp_path):
    rng = np.random.default_rng(1)
    boxes, scores = rng.uniform(size=(5, 4)), rng.uniform(size=5)
    boxes[0] = [0.0, 1.0, 1e-7, 0.1]
    actions = np.array([1, 80, 3, 3, 12])
    times = [902.0, 902, 1798, 4.53, 0.1234567]
    write_detections(tmp_path / "a.csv", ["a", "a", "b", "c", "c"], times, boxes, actions, scores)
    rows = read_rows(tmp_path / "a.csv")
    assert np.array_equal(rows.boxes, boxes.T) and np.array_equal(rows.scores, scores)
    assert rows.actions.tolist() == actions.tolist()
    assert [rows.stamps[k] for k in rows.stamp] == [
        "902.000000", "902.000000", "1798.000000", "4.530000", "0.123457",
    ]  # fmt: skip
    assert (tmp_path / "a.csv").read_text().startswith("a,0902,0.0,1.0,1e-07,0.1,1,")
