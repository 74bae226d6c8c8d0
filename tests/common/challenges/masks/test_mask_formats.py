"""The three mask formats side by side: scores, findings, packaging."""

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.challenges import formats
from common.challenges.formats import Settings
from common.challenges.masks.layout import read_names, read_truth
from common.challenges.palette import DAVIS_PALETTE, encode_mask
from common.core.errors import InputError
from tests.common.challenges.mask_files import (
    disks,
    picture,
    pngs,
    truth_masks,
    write_truth,
    write_zip,
)

FORMS = ("davis-semi", "davis-unsup", "portrait")
MIDDLE = "one/00002.png"
Members = dict[str, bytes]


@pytest.fixture(params=FORMS)
def form(request) -> str:
    return request.param


@pytest.fixture
def truth(form, tmp_path) -> Path:
    return write_truth(tmp_path / "truth", form, truth_masks(form))


@pytest.fixture
def members(form) -> Members:
    return pngs(truth_masks(form))


def check(form: str, members: Members, truth: Path | None, folder: Path):
    return formats.check(form, write_zip(folder / "pred.zip", members), truth)


def test_equal_masks_score_one_from_a_zip_and_from_a_folder(form, truth, members, tmp_path):
    for name, data in members.items():
        (tmp_path / "pred" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pred" / name).write_bytes(data)
    archive = write_zip(tmp_path / "pred.zip", members)
    for pred in (archive, tmp_path / "pred"):
        findings = formats.check(form, pred, truth)
        assert findings.ok and not findings.n_warnings
        result = formats.evaluate(form, pred, truth)
        assert result.scores["global"]["J&F-Mean"] == 1.0
        assert all((values == 1).all() for values in result.arrays.values())


def test_order_of_sequences_does_not_change_the_global_score(form, tmp_path):
    masks = truth_masks(form)
    pred = write_zip(tmp_path / "p.zip", pngs({n: np.roll(m, 2, 1) for n, m in masks.items()}))
    first = formats.evaluate(form, pred, write_truth(tmp_path / "a", form, masks))
    turned = dict(reversed(masks.items()))
    second = formats.evaluate(form, pred, write_truth(tmp_path / "b", form, turned))
    assert first.scores["global"] == pytest.approx(second.scores["global"], abs=1e-12)
    assert 0 < first.scores["global"]["J-Mean"] < 1


def without(*names: str) -> Callable[[Members], Members]:
    return lambda members: {n: d for n, d in members.items() if n not in names}


def replaced(data: bytes, name: str = MIDDLE) -> Callable[[Members], Members]:
    return lambda members: members | {name: data}


def redrawn(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Members], Members]:
    return replaced(encode_mask(change(disks(30, 40, (1, 2), 2))))


def with_palette(data: bytes, palette: bytes) -> bytes:
    body = b"PLTE" + palette
    chunk = struct.pack(">L", len(palette)) + body + struct.pack(">L", zlib.crc32(body))
    before, after = data.index(b"PLTE") - 4, data.index(b"IDAT") - 4
    return data[:before] + chunk + data[after:]


MASK = disks(30, 40, (1, 2), 2)
GOOD = encode_mask(MASK)
DEFECTS = {
    "no sequence": (
        lambda m: {n: d for n, d in m.items() if n[:3] == "one"},
        "mask.sequence",
        "two",
    ),
    "no frame": (without(MIDDLE), "mask.frame", MIDDLE),
    "upper case suffix": (
        lambda m: {n.replace("2.png", "2.PNG") if n == MIDDLE else n: d for n, d in m.items()},
        "mask.frame",
        MIDDLE,
    ),
    "one folder too deep": (
        lambda m: {f"out/{n}": d for n, d in m.items()},
        "mask.top_level",
        "out",
    ),
    "colour": (replaced(picture(MASK, "RGB")), "mask.colour", MIDDLE),
    "colour with alpha": (replaced(picture(MASK, "RGBA")), "mask.colour", MIDDLE),
    "grey with alpha": (replaced(picture(MASK, "LA")), "mask.colour", MIDDLE),
    "16 bits": (replaced(picture(MASK.astype(np.uint16))), "mask.colour", MIDDLE),
    "1 bit": (replaced(picture(MASK > 0)), "mask.colour", MIDDLE),
    "JPEG": (replaced(picture(MASK, kind="JPEG")), "mask.png", MIDDLE),
    "text": (replaced(b"no picture"), "mask.png", MIDDLE),
    "empty file": (replaced(b""), "mask.png", MIDDLE),
    "cut off": (replaced(GOOD[:-30]), "mask.damaged", MIDDLE),
    "flipped bit": (
        replaced(GOOD[:-20] + bytes([GOOD[-20] ^ 1]) + GOOD[-19:]),
        "mask.damaged",
        MIDDLE,
    ),
    "too narrow": (redrawn(lambda m: m[:, :-1]), "mask.size", MIDDLE),
    "transposed": (redrawn(lambda m: m.T), "mask.size", MIDDLE),
    "void": (redrawn(lambda m: np.where(m == 1, 255, m).astype(np.uint8)), "mask.void", MIDDLE),
    "much too large a file": (
        replaced(GOOD + np.random.default_rng(0).bytes(200_000)),
        "mask.bytes",
        MIDDLE,
    ),
    "huge picture": (replaced(encode_mask(np.zeros((9000, 2), np.uint8))), "mask.side", MIDDLE),
    "dots in a name": (lambda m: m | {f"../{MIDDLE}": GOOD}, "archive.name", f"../{MIDDLE}"),
    "absolute name": (lambda m: m | {f"/{MIDDLE}": GOOD}, "archive.name", f"/{MIDDLE}"),
    "name in upper case beside": (
        lambda m: m | {"ONE/00002.png": GOOD},
        "archive.duplicate",
        "ONE/00002.png",
    ),
    "bomb": (replaced(bytes(20_000_000)), "archive.ratio", MIDDLE),
    "nothing": (lambda m: {}, "mask.sequence", "one"),
}
WARNINGS = {
    "frame too many": (lambda m: m | {"one/00077.png": GOOD}, "mask.extra", "one/00077.png"),
    "foreign folder": (
        lambda m: m | {f"three/{k}.png": GOOD for k in range(3)},
        "mask.extra",
        "three",
    ),
    "readme": (lambda m: m | {"readme.txt": b"hello"}, "mask.extra", "readme.txt"),
    "deeper folder": (lambda m: m | {"one/a/b.png": GOOD}, "mask.extra", "one/a/b.png"),
    "Thumbs.db": (lambda m: m | {"one/Thumbs.db": b"x"}, "mask.clutter", "one/Thumbs.db"),
    "__MACOSX": (
        lambda m: m | {"__MACOSX/._one": b"x", "__MACOSX/one/._00002.png": b"x"},
        "mask.clutter",
        "__MACOSX",
    ),
    "greyscale": (replaced(picture(MASK)), "mask.greyscale", MIDDLE),
    "foreign palette": (
        replaced(picture(MASK, "P", palette=[7] * 768)),
        "mask.palette",
        MIDDLE,
    ),
    "palette too short": (
        replaced(with_palette(GOOD, DAVIS_PALETTE[:6])),
        "mask.palette",
        MIDDLE,
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_found_by_its_rule_at_its_place(name, form, truth, members, tmp_path):
    change, rule, place = DEFECTS[name]
    findings = check(form, change(members), truth, tmp_path)
    assert (rule, place) in [(f.rule, f.place) for f in findings.defects]
    out = tmp_path / "out.zip"
    out.write_bytes(b"before")
    with pytest.raises(InputError):
        formats.package(form, tmp_path / "pred.zip", out, truth)
    assert out.read_bytes() == b"before"


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_scored_but_odd_is_a_warning_and_packaging_mends_it(
    name, form, truth, members, tmp_path
):
    change, rule, place = WARNINGS[name]
    findings = check(form, change(members), truth, tmp_path)
    assert findings.ok
    assert [(f.rule, f.place) for f in findings.warnings] == [(rule, place)]
    formats.package(form, tmp_path / "pred.zip", tmp_path / "out.zip", truth)
    assert (tmp_path / "out.zip").read_bytes() == _packaged(form, members, truth, tmp_path)
    findings = formats.check(form, tmp_path / "out.zip", truth)
    assert findings.ok and not findings.n_warnings
    score = formats.evaluate(form, tmp_path / "pred.zip", truth).scores["global"]
    assert score == formats.evaluate(form, tmp_path / "out.zip", truth).scores["global"]


def _packaged(form, members, truth, folder) -> bytes:
    formats.package(form, write_zip(folder / "good.zip", members), folder / "sound.zip", truth)
    return (folder / "sound.zip").read_bytes()


def test_packages_hold_palette_masks_in_order_and_nothing_else(form, truth, members, tmp_path):
    _packaged(form, members, truth, tmp_path)
    with zipfile.ZipFile(tmp_path / "sound.zip") as archive:
        assert archive.namelist() == sorted(members)
        assert {name: archive.read(name) for name in members} == members
    for ground_truth in (None, truth):
        out = tmp_path / "again.zip"
        formats.package(form, tmp_path / "sound.zip", out, ground_truth)
        assert out.read_bytes() == (tmp_path / "sound.zip").read_bytes()


def test_what_is_no_zip_is_refused_without_a_place(form, truth, tmp_path):
    path = tmp_path / "pred.zip"
    with tarfile.open(path, "w:gz"):
        pass
    for data in (path.read_bytes(), b"", b"PK\x03\x04 and no more"):
        path.write_bytes(data)
        findings = formats.check(form, path, truth)
        assert [(f.rule, f.place) for f in findings.defects] == [("archive.open", "")]
        with pytest.raises(InputError):
            formats.evaluate(form, path, truth)
    assert not formats.check(form, tmp_path / "absent.zip", truth).ok


def test_a_link_is_refused(form, truth, members, tmp_path):
    pred = write_zip(tmp_path / "p.zip", members | {MIDDLE: b"../../x"}, {MIDDLE: 0o120777})
    findings = formats.check(form, pred, truth)
    assert [(f.rule, f.place) for f in findings.defects] == [("archive.link", MIDDLE)]
    with pytest.raises(InputError) as caught:
        formats.evaluate(form, pred, truth)
    assert caught.value.rule == "archive.link"


def test_without_ground_truth_pictures_are_checked_and_a_note_says_what_is_not(
    form, members, tmp_path
):
    findings = check(form, members, None, tmp_path)
    assert findings.ok and not findings.n_warnings and findings.notes
    for name in ("colour", "cut off", "void", "too narrow", "one folder too deep", "nothing"):
        change, rule, _ = DEFECTS[name]
        assert rule in [f.rule for f in check(form, change(members), None, tmp_path).defects]


def test_evaluation_stops_where_the_official_program_cannot_score(form, truth, members, tmp_path):
    for name in ("no sequence", "no frame", "colour", "too narrow", "text", "cut off"):
        pred = write_zip(tmp_path / "p.zip", DEFECTS[name][0](members))
        with pytest.raises(InputError):
            formats.evaluate(form, pred, truth)


def test_the_ground_truth_is_named_where_it_is_at_fault(form, truth, members, tmp_path):
    pred = write_zip(tmp_path / "p.zip", members)
    names = next(truth.rglob("val.txt"))
    assert formats.evaluate(form, pred, names).scores == formats.evaluate(form, pred, truth).scores
    for text, words in (("one\n\none\n", "line 3"), ("../x\n", "line 1"), ("\n", "no sequence")):
        names.write_text(text)
        with pytest.raises(InputError, match=words):
            formats.check(form, pred, truth)
    names.write_text("one\nthree\n")
    with pytest.raises(InputError, match="three"):
        formats.check(form, pred, truth)
    with pytest.raises(InputError, match="train"):
        formats.evaluate(form, pred, truth, Settings(subset="train"))


def test_frames_come_from_the_pictures_where_masks_are_not_public(form, truth, members, tmp_path):
    from common.challenges.formats import module_of

    task = module_of(form).TASK
    masks = sorted((truth / task.annotations / "one").glob("*.png"))
    (truth / task.pictures / "one").mkdir(parents=True)
    for path in masks:
        jpeg = picture(MASK, kind="JPEG")
        (truth / task.pictures / "one" / f"{path.stem}.jpg").write_bytes(jpeg)
    for path in masks[1:]:
        path.unlink()
    assert check(form, members, truth, tmp_path).ok
    findings = check(form, without(MIDDLE)(members), truth, tmp_path)
    assert [f.place for f in findings.defects] == [MIDDLE]


def test_truth_masks_become_records(form, truth):
    from common.challenges.formats import module_of

    records = read_truth(module_of(form).TASK, truth, "validation").records("one")
    assert len(records) == 10
    assert {record.object_id for record in records} == {1, 2}
    assert (truth / records[0].path).is_file()
    assert read_names(next(truth.rglob("val.txt"))) == ("one", "two")


@given(data=st.data())
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_edits_of_the_archive_never_crash(data, form, truth, members, tmp_path):
    path = write_zip(tmp_path / "pred.zip", members)
    spoiled = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[at] = data.draw(st.integers(0, 255))
    path.write_bytes(spoiled)
    findings = formats.check(form, path, truth)
    assert all(str(f).isprintable() for f in findings.defects + findings.warnings)
    try:
        formats.evaluate(form, path, truth)
    except InputError:
        assert not findings.ok
    if findings.ok:
        formats.package(form, path, tmp_path / "out.zip", truth)


def test_a_list_of_the_right_length_with_other_frames_is_told(tmp_path):
    masks = {f"s{k}/{t:05d}.png": disks(8, 9, (1,), t) for k in range(20) for t in range(3)}
    truth = write_truth(tmp_path / "truth", "davis-semi", masks)
    listed = truth / "ImageSets" / "2016" / "val.txt"
    listed.parent.mkdir()
    (truth / "ImageSets" / "2017" / "val.txt").rename(listed)
    pred = write_zip(tmp_path / "pred.zip", pngs(masks))
    warnings = formats.evaluate("davis-semi", pred, listed).warnings
    assert warnings == ["ImageSets/2016/val.txt: 60 frames, published are 1,376"]


@pytest.mark.parametrize("form", ["davis-semi", "davis-unsup"])
def test_a_reduced_list_is_told(form, tmp_path):
    masks = truth_masks(form)
    truth = write_truth(tmp_path / "truth", form, masks)
    pred = write_zip(tmp_path / "pred.zip", pngs(masks))
    told = [w for w in formats.evaluate(form, pred, truth).warnings if "published" in w]
    assert told == ["ImageSets/2017/val.txt: 2 sequences, published are 30"]
