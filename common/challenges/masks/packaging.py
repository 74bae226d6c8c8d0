"""Write the ZIP that the server takes: `<sequence>/<frame>.png` at top level, DAVIS palette."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from common.challenges.archives import fill_zip
from common.challenges.masks.checks import MaskRules, check_masks
from common.challenges.masks.files import MaskFiles, open_masks
from common.challenges.masks.layout import read_truth
from common.challenges.masks.names import wanted_of_files
from common.challenges.palette import encode_mask
from common.challenges.refusal import refuse_defects
from common.core.files import atomic_path
from common.core.records import Subset


def package_masks(
    pred: Path, out: Path, ground_truth: Path | None, subset: Subset, rules: MaskRules
) -> None:
    """Pack the masks of a ZIP or folder: those that are asked for and nothing else.

    Every mask is written anew, so greyscale masks and foreign palettes become DAVIS masks. Without
    a ground truth all sequence folders are packed.

    Raises:
        InputError: `pred` has a defect; `out` is then as it was.
    """
    refuse_defects(check_masks(pred, ground_truth, subset, rules), pred)
    with open_masks(pred) as files, atomic_path(out) as temporary:
        names = _names(files, ground_truth, subset, rules)
        fill_zip(temporary, {name: partial(_encoded, files, name) for name in names})
        refuse_defects(check_masks(temporary, ground_truth, subset, rules), out)


def _names(
    files: MaskFiles, ground_truth: Path | None, subset: Subset, rules: MaskRules
) -> list[str]:
    if ground_truth:
        truth = read_truth(rules.task, ground_truth, subset)
        asked = {name: truth.wanted(name) for name in truth.sequences}
    else:
        asked = {entry.sequence: entry.frames for entry in wanted_of_files(files)}
    names = [f"{sequence}/{frame}.png" for sequence, frames in asked.items() for frame in frames]
    there = set(files.names)
    return [name for name in names if name in there]


def _encoded(files: MaskFiles, name: str) -> bytes:
    return encode_mask(files.ids(name))
