from pathlib import Path

import pytest

from common.challenges.benchmarks import BenchCase, BenchFiles
from common.cli import bench_evaluate
from common.cli.bench_evaluate import COLUMNS
from tests.common.challenges.temporal_files import valid_document, write_truth


def write_tiny(folder: Path) -> BenchFiles:
    import json

    pred = folder / "pred.json"
    pred.write_text(json.dumps(valid_document("activitynet-detection")))
    return BenchFiles(pred, write_truth(folder, "activitynet-detection"))


def test_a_row_holds_ours_the_official_figure_the_ratio_and_the_floor(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_evaluate, "_RUNS", 1)
    case = BenchCase("activitynet-detection", "3 rows", 10.0, None, 1.0, write_tiny, "pass")
    row = dict(zip(COLUMNS, bench_evaluate.measure(case, write_tiny(tmp_path)), strict=True))
    assert row["official CPU s"] == 10.0
    assert row["ratio x"] == pytest.approx(10.0 / row["ours CPU s"], rel=0.05)
    assert 0 < row["floor CPU s"] < row["ours CPU s"]
    assert row["official MB"] is None and row["ours MB"] > 20
