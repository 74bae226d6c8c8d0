"""Are the files of a submission of masks the ones that are asked for? Judged by name alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.challenges.archives import is_clutter
from common.challenges.findings import Findings
from common.challenges.masks.files import MaskFiles

_FIX_FRAMES = "Write one mask for each frame, named like the frame."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one sequence must hold.

    Args:
        sequence: its name, the folder at the top level.
        frames: names of its frames.
        optional: those that are not scored.
        size: (width, height), or None without a ground truth.
        n_objects: largest id that is allowed, or None.
    """

    sequence: str
    frames: tuple[str, ...]
    optional: frozenset[str]
    size: tuple[int, int] | None
    n_objects: int | None


def wanted_of_files(files: MaskFiles) -> list[Wanted]:
    """What stands there, for want of a ground truth: folders of PNG files at the top level."""
    frames: dict[str, list[str]] = {}
    for name in files.names:
        folder, _, file = name.partition("/")
        if file.endswith(".png") and "/" not in file and not is_clutter(name):
            frames.setdefault(folder, []).append(file.removesuffix(".png"))
    return [
        Wanted(folder, tuple(sorted(stems)), frozenset(), None, None)
        for folder, stems in sorted(frames.items())
    ]


def check_names(files: MaskFiles, wanted: Sequence[Wanted], findings: Findings) -> None:
    """Missing sequences and frames are defects; whatever else is there is worth a warning."""
    folders = {name.split("/")[0] for name in files.names if "/" in name}
    outer = _check_top_level(files, wanted, findings)
    for entry in wanted:
        if entry.sequence in folders:
            _check_frames(files, entry, findings)
        elif entry.sequence not in outer:
            findings.reject(
                "mask.sequence",
                entry.sequence,
                "the sequence is missing",
                "Write a folder of masks for each sequence of the set, at the top level.",
            )
    if not wanted and not outer:
        findings.reject("mask.sequence", "", "holds no folder of PNG files", _FIX_FRAMES)
    _warn_extras(files, wanted, set(outer.values()), findings)


def _check_top_level(
    files: MaskFiles, wanted: Sequence[Wanted], findings: Findings
) -> dict[str, str]:
    """Sequences that stand too deep: sequence -> the superfluous folder at the top."""
    known = {entry.sequence for entry in wanted}
    outer: dict[str, str] = {}
    for name in files.names:
        top, *inner = name.split("/")[:-1] or [""]
        if not known and name.endswith(".png"):
            deeper = set(inner[-1:])
        else:
            deeper = known & set(inner)
        if deeper and top not in known and not is_clutter(name):
            outer |= dict.fromkeys(deeper, top)
    for top in sorted(set(outer.values())):
        findings.reject(
            "mask.top_level",
            top,
            "the sequence folders stand below this folder, not at the top level",
            "Leave the outer folder out of the archive.",
        )
    return outer


def _check_frames(files: MaskFiles, entry: Wanted, findings: Findings) -> None:
    # An entry that was refused as unsafe is there, and was reported.
    there = set(files.names) | {defect.place for defect in files.defects}
    for frame in entry.frames:
        name = f"{entry.sequence}/{frame}.png"
        if name in there:
            continue
        if frame in entry.optional:
            problem = "the frame is missing; it is not scored in this task, but asked for"
            findings.warn("mask.frame", name, problem, _FIX_FRAMES)
        else:
            findings.reject("mask.frame", name, "the frame is missing", _FIX_FRAMES)


def _warn_extras(
    files: MaskFiles, wanted: Sequence[Wanted], outer: set[str], findings: Findings
) -> None:
    known = {entry.sequence for entry in wanted}
    asked = {f"{entry.sequence}/{frame}.png" for entry in wanted for frame in entry.frames}
    places: dict[str, bool] = {}
    for name in files.names:
        top, _, rest = name.partition("/")
        if name not in asked and top not in outer:
            # A foreign folder is named once, not file by file.
            places.setdefault(name if not rest or top in known else top, is_clutter(name))
    for place, clutter in places.items():
        if clutter:
            problem, fix = "left by the operating system", "Leave such files out of the archive."
            findings.warn("mask.clutter", place, problem, fix)
        else:
            problem = "is not asked for; the server ignores it"
            findings.warn("mask.extra", place, problem, "Leave it out of the archive.")
