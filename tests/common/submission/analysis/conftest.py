"""The example on which the published program was run, and random subsets."""

import pandas as pd
import pytest

_TRUTH = [
    ("v1", 0, 10, "A"),
    ("v1", 20, 30, "A"),
    ("v1", 40, 50, "B"),
    ("v2", 0, 40, "B"),
    ("v2", 60, 100, "A"),
    ("v3", 5, 25, "A"),
]
# video, label, start, end, score, kind at tIoU 0.50 / 0.75 / 0.95
GOLDEN = [
    ("v1", "A", 0, 10, 0.95, "000"),
    ("v1", "A", 1, 10, 0.90, "113"),
    ("v1", "A", 22, 30, 0.80, "003"),
    ("v1", "B", 20, 30, 0.70, "222"),
    ("v1", "B", 41, 50, 0.65, "003"),
    ("v1", "A", 44, 56, 0.40, "444"),
    ("v2", "B", 0, 36, 0.85, "003"),
    ("v2", "B", 60, 99, 0.60, "222"),
    ("v2", "A", 55, 90, 0.55, "033"),
    ("v2", "A", 105, 119, 0.50, "555"),
    ("v3", "A", 5, 24, 0.75, "000"),
    ("v3", "A", 15, 29, 0.45, "333"),
    ("v3", "B", 26, 30, 0.30, "555"),
    ("v4", "A", 0, 5, 0.20, "555"),
]


@pytest.fixture
def golden_truth() -> pd.DataFrame:
    """Ground truth of the example, made with the program of Alwassel et al. (DETAD)."""
    table = pd.DataFrame(_TRUTH, columns=["video", "start", "end", "label"])
    return table.astype({"start": float, "end": float})


@pytest.fixture
def golden_detections() -> pd.DataFrame:
    """Detections of the example, and the kinds that the program gave them."""
    table = pd.DataFrame(GOLDEN, columns=["video", "label", "start", "end", "score", "kinds"])
    return table.astype({"start": float, "end": float})
