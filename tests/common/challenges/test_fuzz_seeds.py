"""Inputs that a coverage-guided fuzzer found interesting: no parser may fall over one of them.

`fuzz_seeds.json` holds the parser and the bytes (base64); for `results`, `ava`, `archives` and
`lists` the first byte chooses the format or file. They come from runs of `fuzz.py`, ten minutes or
more for each parser.
"""

import base64
import io
import json
import stat
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from common.challenges import formats
from common.challenges.activitynet.annotations import read_annotations
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.archives import Archive
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
from common.challenges.recognition_lists import read_hmdb51, read_ucf101
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
    try:
        findings = formats.check("ava", pred, truth)
    except InputError:
        findings = None
    scored = outcome(formats.evaluate, "ava", pred, truth)
    if not choice and findings is not None and findings.ok:
        assert scored, "the validator passes what the evaluator refuses"
        formats.package("ava", pred, folder / "out.csv", truth)
        assert formats.check("ava", folder / "out.csv", truth).ok


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
    """A ZIP of masks; the first byte chooses the format. An odd second byte: the rest says what to
    put into a well-formed archive, which reaches further than bytes at random."""
    form = MASK_FORMATS[data[0] % len(MASK_FORMATS)]
    truth = folder / f"masks-{form}"
    if not truth.exists():
        mask_files.write_truth(truth, form, mask_files.truth_masks(form))
    pred, out = folder / "pred.zip", folder / "out.zip"
    built = len(data) > 1 and data[1] % 2 == 1
    pred.write_bytes(described_archive(data[2:]) if built else data[1:])
    outcome(read_all, pred)
    findings = formats.check(form, pred, truth)
    scored = outcome(formats.evaluate, form, pred, truth)
    formats.check(form, pred, None)
    if findings.ok:
        assert scored, "the validator passes what the evaluator refuses"
        formats.package(form, pred, out, truth)
        assert formats.check(form, out, truth).ok


def read_all(path: Path) -> None:
    with Archive(path) as archive:
        for name in archive.names:
            outcome(archive.read, name, 1 << 20)


SEPARATOR = b"\n\xff\n"


def described_archive(data: bytes) -> bytes:
    """A ZIP of the entries `<flags><name>`, line end, content. The bits of the flags: deflated, a
    link, a PNG to be put right, marked as encrypted, a size that lies.
    """
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # about names that stand twice
        for entry in data.split(SEPARATOR)[:32]:
            head, _, body = entry.partition(b"\n")
            flags = head[0] if head else 0
            name = head[1:].decode("latin-1") or "x"
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if flags & 1 else zipfile.ZIP_STORED
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK if flags & 2 else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, repaired(body) if flags & 4 else body)
            info.flag_bits |= flags >> 3 & 1
            info.file_size += (flags >> 4 & 1) * 100_000
    return stream.getvalue()


def described(members: dict[str, bytes]) -> bytes:
    """The description of an archive of masks."""
    return SEPARATOR.join(b"\x05" + name.encode() + b"\n" + png for name, png in members.items())


LISTS = {
    "classInd.txt": b"1 ApplyEyeMakeup\n2 HandStandPushups\n",
    "trainlist01.txt": b"ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\r\n",
    "testlist01.txt": b"HandStandPushups/v_HandstandPushups_g01_c01.avi\n",
    "brush_hair_test_split1.txt": b"a_b#c_1.avi 1\na_b#c_2.avi 2\n",
}


def check_list(data: bytes, folder: Path, truths: dict[str, Path]) -> None:
    """Split lists of UCF101 and HMDB51; the first byte chooses the file."""
    home = folder / "lists"
    home.mkdir(exist_ok=True)
    for place, (name, content) in enumerate(LISTS.items()):
        (home / name).write_bytes(data[1:] if place == data[0] % len(LISTS) else content)
    outcome(read_ucf101, home, 1)
    outcome(read_hmdb51, home, 1)


MASK_FORMATS = ("davis-semi", "davis-unsup", "portrait")
CHECKS = {
    "results": check_result,
    "annotations": check_annotations,
    "tables": check_table,
    "settings": check_settings,
    "ava": check_ava,
    "pictures": check_picture,
    "archives": check_archive,
    "lists": check_list,
}


@pytest.mark.parametrize("parser", CHECKS)
def test_no_parser_falls_over_a_seed(parser, tmp_path):
    truths = {form: write_truth(tmp_path / form, form) for form in FORMATS}
    seeds = [base64.b64decode(seed["data"]) for seed in SEEDS if seed["parser"] == parser]
    assert len(seeds) >= 10
    for data in seeds:
        CHECKS[parser](data, tmp_path, truths)
