"""Inputs that a coverage-guided fuzzer found interesting: no parser may fall over one of them.

`fuzz_seeds.json` holds the parser and the bytes (base64); for `results`, `ava` and `archives` the
first byte chooses the format or file. They come from runs of `fuzz.py`, ten minutes or more each.
"""

import base64
import json
import struct
import zlib
from pathlib import Path

import pytest

from common.challenges import formats
from common.challenges.activitynet.annotations import read_annotations
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.ava.ground_truth import read_truth
from common.challenges.epic.annotations import (
    read_classes,
    read_segments,
    read_tail,
    read_unseen,
    read_video_info,
)
from common.challenges.formats import Settings
from common.challenges.palette import check_chunks, decode_ids, read_header
from common.challenges.settings import read_settings
from common.core.errors import InputError
from tests.common.challenges import mask_files
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


AVA_FILES = {
    "ava_val_v2.2.csv": b"mov_one,0902,0.1,0.1,0.5,0.9,12,0\nmov_two,1700\n",
    "ava_val_excluded_timestamps_v2.2.csv": b"mov_two,1701\n",
    "ava_action_list_v2.2_for_activitynet_2019.pbtxt": b'item {\n  name: "stand"\n  id: 12\n}\n',
}


def check_ava(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    """The first byte chooses: a prediction, or one of the files of the ground truth."""
    truth = folder / "ava"
    truth.mkdir(exist_ok=True)
    choice = data[0] % (len(AVA_FILES) + 1)
    for place, (name, content) in enumerate(AVA_FILES.items(), start=1):
        (truth / name).write_bytes(data[1:] if place == choice else content)
    pred = folder / "pred.csv"
    pred.write_bytes(b"mov_one,0902,0.1,0.1,0.5,0.9,12,0.5\n" if choice else data[1:])
    outcome(read_truth, truth, Settings())
    passed = outcome(formats.check, "ava", pred, truth)
    scored = outcome(formats.evaluate, "ava", pred, truth)
    if not choice and passed and formats.check("ava", pred, truth).ok:
        assert scored, "the validator passes what the evaluator refuses"


def check_picture(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    """A PNG whose checksums are made right first: else hardly any input would be decoded."""
    data = repaired(data)
    for read in (check_chunks, read_header):
        if outcome(read, data, "mask.png") is None and read is read_header:
            return
    outcome(decode_ids, data, read_header(data, "mask.png"), "mask.png")


def repaired(data: bytes) -> bytes:
    """The bytes as a PNG with a signature and right checksums, as far as its parts reach."""
    out, at = bytearray(b"\x89PNG\r\n\x1a\n"), 8
    while at + 8 <= len(data):
        length = struct.unpack_from(">L", data, at)[0] % 65536
        body = data[at + 4 : at + 8 + length]
        out += struct.pack(">L", max(0, len(body) - 4)) + body + struct.pack(">L", zlib.crc32(body))
        at += 12 + length
    return bytes(out)


def check_archive(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    """A ZIP of masks; the first byte chooses the format."""
    form = MASK_FORMATS[data[0] % len(MASK_FORMATS)]
    truth = folder / f"masks-{form}"
    if not truth.exists():
        mask_files.write_truth(truth, form, mask_files.truth_masks(form))
    pred = folder / "pred.zip"
    pred.write_bytes(data[1:])
    outcome(formats.check, form, pred, truth)
    outcome(formats.evaluate, form, pred, truth)


MASK_FORMATS = ("davis-semi", "davis-unsup", "portrait")
CHECKS = {
    "results": check_result,
    "annotations": check_annotations,
    "tables": check_table,
    "settings": check_settings,
    "ava": check_ava,
    "pictures": check_picture,
    "archives": check_archive,
}


@pytest.mark.parametrize("parser", CHECKS)
def test_no_parser_falls_over_a_seed(parser, tmp_path):
    truths = {form: write_truth(tmp_path / form, form) for form in FORMATS}
    seeds = [base64.b64decode(seed["data"]) for seed in SEEDS if seed["parser"] == parser]
    assert len(seeds) >= 10
    for data in seeds:
        CHECKS[parser](data, tmp_path, truths)
