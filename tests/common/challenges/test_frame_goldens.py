"""Values of the official programs and the broken files, for the formats of frames and boxes."""

import json
import math

import numpy as np
import pytest

from common.challenges import formats
from common.challenges.ava.reading import read_rows

MASKS = ("davis-semi", "davis-unsup", "portrait")


def differences(expected, found, tolerance: float, path: str = "") -> list[str]:
    if isinstance(expected, dict):
        parts = [
            differences(value, found[key], tolerance, f"{path}.{key}")
            for key, value in expected.items()
        ]
        return sum(parts, [])
    if isinstance(expected, float) or expected is None:
        gone = found is None or (isinstance(found, float) and math.isnan(found))
        same = gone if expected is None else not gone and abs(expected - found) <= tolerance
        return [] if same else [f"{path}: {found}, expected {expected}"]
    return [] if expected == found else [f"{path}: {found}, expected {expected}"]


@pytest.mark.parametrize("form", ["ava", *MASKS])
def test_scores_equal_the_official_ones(form, shared_data):
    folder = shared_data / "golden" / form
    cases = json.loads((folder / "expected.json").read_text())["cases"]
    assert cases
    for name, entry in cases.items():
        expected = entry.get("official_stable_sort") or entry.get("official") or entry["reference"]
        if form in MASKS:
            truth, pred, tolerance = folder / name / "gt", folder / name / "pred", 1e-9
        else:
            truth, pred = (sorted((folder / name).glob(f"{p}.*"))[0] for p in ("gt", "pred"))
            tolerance = 0.0
        scores = formats.evaluate(form, pred, truth).scores
        assert differences(expected, scores, tolerance) == []


@pytest.mark.parametrize("form", ["davis-semi", "davis-unsup"])
def test_values_of_every_frame_equal_the_official_ones(form, shared_data):
    folder = shared_data / "golden" / form / "sequences"
    arrays = formats.evaluate(form, folder / "pred", folder / "gt").arrays
    frames = json.loads((folder / "per_frame.json").read_text())
    assert frames
    for name, values in frames.items():
        sequence, _, k = name.rpartition("_")
        for letter in ("J", "F"):
            found = arrays[f"{letter}/{sequence}"][int(k) - 1]
            assert np.array_equal(found, values[letter]), name


@pytest.mark.parametrize("form", ["ava", *MASKS])
def test_broken_files_are_decided_as_written_down(form, shared_data):
    root = shared_data / "broken"
    cases = json.loads((root / "cases.json").read_text())["cases"]
    own = [case for case in cases if case["format"] == form]
    assert own
    for case in own:
        findings = formats.check(form, root / case["file"], root / case["ground_truth"])
        found = {"reject": findings.defects, "warn": findings.warnings}.get(case["verdict"], [])
        assert findings.ok == (case["verdict"] != "reject"), case["file"]
        assert len(found) >= case["count"], case["file"]
        if case["verdict"] == "accept":
            assert not findings.n_warnings, case["file"]
        if case["place"]:
            assert any(f.place.startswith(case["place"]) for f in found), case["file"]


@pytest.mark.parametrize("form", ["ava", *MASKS])
def test_reference_submissions_can_be_packaged(form, shared_data, tmp_path):
    folder = shared_data / "broken" / "reference" / form
    out = tmp_path / ("out.csv" if form == "ava" else "out.zip")
    pred = next(path for path in sorted(folder.iterdir()) if path.name.startswith("submission"))
    formats.package(form, pred, out, folder / "ground_truth")
    first = out.read_bytes()
    findings = formats.check(form, out, folder / "ground_truth")
    assert findings.ok and not findings.n_warnings
    formats.package(form, out, out, folder / "ground_truth")
    assert out.read_bytes() == first


def test_real_boxes_are_read_and_score_one_against_themselves(shared_data, tmp_path):
    folder = shared_data / "ava_like"
    rows = read_rows(folder / "ava_like_val.csv")
    assert (len(rows), len(rows.videos)) == (39, 23)
    chosen = formats.Settings(label_map=str(folder / "action_list.pbtxt"))
    truth = folder / "ava_like_val.csv"
    assert formats.evaluate("ava", truth, truth, chosen).scores["mAP@0.5IOU"] == 1.0
    assert formats.check("ava", truth, truth, chosen).ok
