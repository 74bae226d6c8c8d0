"""Every value of the official programs, bit for bit, and every broken file with its place."""

import json
import math
from pathlib import Path

import pytest

from common.challenges import formats
from common.challenges.settings import read_settings
from common.core.errors import InputError

FORMATS = (
    "activitynet-detection",
    "activitynet-proposals",
    "activitynet-classification",
    "hacs-detection",
    "epic-detection",
    "epic-recognition",
)


def same(expected, found) -> bool:
    """Equal to the last bit; keys that the official program does not give may stand beside."""
    if isinstance(expected, dict):
        return all(key in found and same(value, found[key]) for key, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if expected is None:
        return found is None or math.isnan(found)
    return type(expected) is type(found) and expected == found


@pytest.mark.parametrize("form", FORMATS)
def test_scores_equal_the_official_ones(form, shared_data):
    folder = shared_data / "golden" / form
    cases = json.loads((folder / "expected.json").read_text())["cases"]
    assert cases
    for name, entry in cases.items():
        expected = entry.get("official_stable_sort") or entry["official"]
        settings = folder / name / "params.json"
        chosen = read_settings(settings if settings.exists() else None, {})
        truth, pred = (sorted((folder / name).glob(f"{part}.*"))[0] for part in ("gt", "pred"))
        if "error" in expected:
            with pytest.raises(InputError):
                formats.evaluate(form, pred, truth, chosen)
            continue
        scores = formats.evaluate(form, pred, truth, chosen).scores
        if form == "epic-recognition":
            check_recognition(expected, scores, pred, truth, settings)
        else:
            assert same(expected, scores), name


def check_recognition(expected, scores, pred, truth, settings) -> None:
    """Both dtypes; scores of single actions differ in the last bits between library versions."""
    narrow = read_settings(settings, {"dtype": "float32"})
    found = {"float64": scores}
    found["float32"] = formats.evaluate("epic-recognition", pred, truth, narrow).scores
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        wanted = dict(expected[dtype])
        top = wanted.pop("first_segment_top10_scores")
        assert found[dtype]["first_segment_top10_scores"] == pytest.approx(top, rel=tolerance)
        assert set(wanted["metrics"]) == set(found[dtype]["metrics"])
        assert same(wanted, found[dtype]), (pred, dtype)


@pytest.mark.parametrize("form", FORMATS)
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


@pytest.mark.parametrize("form", FORMATS)
def test_reference_submissions_can_be_packaged(form, shared_data, tmp_path):
    folder = shared_data / "broken" / "reference" / form
    truth = next(path for path in folder.iterdir() if path.name.startswith("ground_truth"))
    out = tmp_path / ("out.zip" if form.startswith("epic") else "out.json")
    formats.package(form, folder / "submission.json", out, truth)
    first = out.read_bytes()
    assert formats.check(form, out, truth).ok
    formats.package(form, out, out, truth)
    assert out.read_bytes() == first


def test_the_reduced_real_validation_set_is_named_as_reduced(shared_data):
    folder: Path = shared_data / "golden" / "activitynet-detection" / "real-sample"
    result = formats.evaluate(
        "activitynet-detection", folder / "pred.json.gz", folder / "gt.json.gz"
    )
    assert result.counts["videos"] == 4_728
    assert result.counts["rows_in_other_videos"] == 361
    assert any("4,728 validation videos" in warning for warning in result.warnings)
