"""Inputs that a coverage-guided fuzzer found interesting: no parser may fall over one of them.

`fuzz_seeds.json` holds the parser and the bytes (base64); for `results` the first byte chooses the
format. They were found by atheris runs of at least ten minutes on the harness below.
"""

import base64
import json
from pathlib import Path

import pytest

from common.challenges import formats
from common.challenges.activitynet.annotations import read_annotations
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.epic.annotations import (
    read_classes,
    read_segments,
    read_tail,
    read_unseen,
    read_video_info,
)
from common.challenges.settings import read_settings
from common.core.errors import InputError
from tests.common.challenges.temporal_files import write_truth

FORMATS = (
    "activitynet-detection",
    "activitynet-proposals",
    "activitynet-classification",
    "hacs-detection",
    "epic-detection",
    "epic-recognition",
)
SEEDS = json.loads(Path(__file__).with_name("fuzz_seeds.json").read_text())
# The two that fell over once: keys with letters that a terminal obeys.
KEYS = ['{"external\x7fdata": {}, "results": {}}', '{"results": {"\u202e\ud800": [{}]}}']
SEEDS += [
    {"parser": "results", "data": base64.b64encode(b"\0" + key.encode("utf-8", "replace")).decode()}
    for key in KEYS
]


def outcome(read, *arguments):
    """None if the input was refused in order, else True."""
    try:
        read(*arguments)
    except InputError as error:
        assert str(error)
        return None
    return True


def check_result(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    form, pred = FORMATS[data[0] % len(FORMATS)], folder / "pred.json"
    pred.write_bytes(data[1:])
    try:
        findings = formats.check(form, pred, truths[form])
    except InputError:
        findings = None
    scored = outcome(formats.evaluate, form, pred, truths[form])
    if findings is None or not findings.ok:
        return
    assert scored, "the validator passes what the evaluator refuses"
    out = folder / ("out.zip" if form.startswith("epic") else "out.json")
    formats.package(form, pred, out, truths[form])
    assert formats.check(form, out, truths[form]).ok


def check_annotations(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    path = folder / "annotations.json"
    path.write_bytes(data)
    outcome(read_annotations, path)
    outcome(read_ground_truth, path, "validation", (), False)


def check_table(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    path = folder / "EPIC_100_tail_verbs.csv"
    path.write_bytes(data)
    for read in (read_segments, read_classes, read_video_info, read_tail, read_unseen):
        outcome(read, path)


def check_settings(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    path = folder / "settings.json"
    path.write_bytes(data)
    outcome(read_settings, path, {})


CHECKS = {
    "results": check_result,
    "annotations": check_annotations,
    "tables": check_table,
    "settings": check_settings,
}


@pytest.mark.parametrize("parser", CHECKS)
def test_no_parser_falls_over_a_seed(parser, tmp_path):
    truths = {form: write_truth(tmp_path / form, form) for form in FORMATS}
    seeds = [base64.b64decode(seed["data"]) for seed in SEEDS if seed["parser"] == parser]
    assert len(seeds) >= 10
    for data in seeds:
        CHECKS[parser](data, tmp_path, truths)
