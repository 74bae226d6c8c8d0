"""Packaging where nothing can be written: the output is named and stays as it was."""

import json
import resource
from contextlib import contextmanager

import pytest

from common.challenges import formats
from common.challenges.archives import write_zip
from common.core.errors import InputError
from tests.common.challenges import mask_files
from tests.common.challenges.temporal_files import valid_document, write_truth

AVA_ROWS = "mov_one,0902,0.1,0.1,0.5,0.9,12,0.9\n"


@contextmanager
def no_file_beyond(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def valid_files(form, folder):
    """Prediction, ground truth, and the ending of what the server takes."""
    truth, pred = folder / "truth", folder / "pred"
    if form == "ava":
        truth.write_text(AVA_ROWS)
        pred.write_text(AVA_ROWS)
        return pred, truth, "csv"
    if form in mask_files.ROOTS:
        masks = mask_files.truth_masks(form)
        mask_files.write_truth(truth, form, masks)
        return mask_files.write_zip(pred, mask_files.pngs(masks)), truth, "zip"
    write_truth(truth, form)
    pred.write_text(json.dumps(valid_document(form)))
    return pred, truth, "zip" if form.startswith("epic") else "json"


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_full_disk_is_told_and_changes_nothing(form, tmp_path):
    pred, truth, ending = valid_files(form, tmp_path)
    out = tmp_path / "out" / f"submission.{ending}"
    out.parent.mkdir()
    out.write_bytes(b"yesterday's")
    with no_file_beyond(10), pytest.raises(InputError) as caught:
        formats.package(form, pred, out, truth)
    assert (caught.value.rule, caught.value.where) == ("file.write", str(out))
    assert out.read_bytes() == b"yesterday's"
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("form", formats.FORMATS)
def test_an_output_below_a_file_is_told(form, tmp_path):
    pred, truth, ending = valid_files(form, tmp_path)
    out = pred / f"submission.{ending}"
    with pytest.raises(InputError) as caught:
        formats.package(form, pred, out, truth)
    assert (caught.value.rule, caught.value.where) == ("file.write", str(out))


def test_an_archive_that_could_not_be_written_is_absent(tmp_path):
    with no_file_beyond(10), pytest.raises(InputError, match="File too large"):
        write_zip(tmp_path / "a.zip", {"a.txt": b"text"})
    assert list(tmp_path.iterdir()) == []
