"""What is wrong with a submission of masks: names first, then each picture, header before pixels.

Verdicts follow docs, formats/davis section 8: a defect is what the server would not score, or
would score other than meant; a warning is what it scores as it stands but is not by the book.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.challenges.findings import Findings
from common.challenges.masks.files import MaskFiles, open_masks
from common.challenges.masks.layout import MaskTask, MaskTruth, read_truth
from common.challenges.masks.names import Wanted, check_names, wanted_of_files
from common.challenges.masks.pictures import check_picture
from common.core.errors import InputError
from common.core.records import Subset


@dataclass(frozen=True, slots=True)
class MaskRules:
    """What one format asks of masks.

    Args:
        task: where its truth lies.
        semi_supervised: the first and the last frame of a sequence are not scored, and ids go up to
            the number of objects of the first frame.
        max_id: largest id, or None.
        max_people: largest number of different ids in a sequence, or None.
    """

    task: MaskTask
    semi_supervised: bool = False
    max_id: int | None = None
    max_people: int | None = None


def check_masks(
    pred: Path, ground_truth: Path | None, subset: Subset, rules: MaskRules
) -> Findings:
    """Every defect and warning of a ZIP or folder of masks.

    Raises:
        InputError: the ground truth cannot be used.
    """
    findings = Findings()
    wanted = None
    if ground_truth:
        wanted = _wanted_of_truth(read_truth(rules.task, ground_truth, subset), rules)
    else:
        findings.note("without a ground truth, missing frames, sizes and ids are not checked")
    try:
        with open_masks(pred) as files:
            for defect in files.defects:
                findings.reject(defect.rule, defect.place, defect.problem, defect.fix)
            # A defect without a place concerns the whole archive: nothing of it is read.
            if all(defect.place for defect in files.defects):
                wanted = wanted_of_files(files) if wanted is None else wanted
                check_names(files, wanted, findings)
                for sequence in wanted:
                    _check_sequence(files, sequence, findings, rules)
    except InputError as error:
        findings.reject(error.rule, "", error.problem, error.fix)
    return findings


def _wanted_of_truth(truth: MaskTruth, rules: MaskRules) -> list[Wanted]:
    found = []
    for name in truth.sequences:
        frames = truth.wanted(name)
        n_objects, optional = None, frozenset[str]()
        if rules.semi_supervised:
            n_objects, optional = truth.n_objects(name), frozenset((frames[0], frames[-1]))
        found.append(Wanted(name, frames, optional, truth.size(name), n_objects))
    return found


def _check_sequence(files: MaskFiles, wanted: Wanted, findings: Findings, rules: MaskRules) -> None:
    names = set(files.names)
    limit = rules.max_id if wanted.n_objects is None else wanted.n_objects
    size, people = wanted.size, set[int]()
    for frame in wanted.frames:
        name = f"{wanted.sequence}/{frame}.png"
        if name not in names:
            continue
        try:
            picture = check_picture(files, name, size, findings)
        except InputError as error:
            findings.reject(error.rule, name, error.problem, error.fix)
            continue
        size = size or picture.size
        people |= set(picture.ids)
        if picture.ids and limit is not None and picture.ids[-1] > limit:
            _reject_id(name, picture.ids[-1], wanted, findings, rules)
    if rules.max_people is not None and len(people) > rules.max_people:
        findings.reject(
            "mask.people",
            wanted.sequence,
            f"{len(people)} people in one video, at most {rules.max_people} are allowed; the whole "
            "video would be void",
            "Keep the most salient people only.",
        )


def _reject_id(name: str, value: int, wanted: Wanted, findings: Findings, rules: MaskRules) -> None:
    if wanted.n_objects is None:
        problem = f"id {value}, at most {rules.max_id} proposals are allowed"
        fix = "Keep the best proposals and number them from 1."
    else:
        problem = f"id {value}, the sequence has {wanted.n_objects} objects"
        fix = "Use the ids of the first frame's mask."
    findings.reject("mask.id", name, problem, fix)


def layout_schema(rules: MaskRules) -> dict[str, Any]:
    """JSON Schema of the list of names in a submission; what a picture must be is told in words."""
    ids = {True: "the number of objects of the first frame", False: "254"}[rules.semi_supervised]
    limit = ids if rules.max_id is None else str(rules.max_id)
    people = "" if rules.max_people is None else f", at most {rules.max_people} different ones"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": rules.task.format,
        "description": "Names of the files of the archive. Each is a palette PNG of the size of "
        f"the frame; its values are object ids from 1 to {limit}{people}, 0 is background.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[0-9]{5}\.png$"},
    }
