"""What each part of a weak track adds, over several seeds, all with the same features and labels.

Apart from the DAG: a submission needs one seed, a claim needs several.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace

from common.core.files import write_json
from common.core.params.weak import LocalTerms, SecondRound, WeakTrack
from common.core.seeds import derive_seed
from common.localization.ensemble import average_map, truth_table
from common.localization.splits import read_annotated
from common.localization.study import ON_FOLD
from common.localization.track_files import TrackFiles
from common.localization.weak.members import train_members
from common.localization.weak.stages import FULL, WeakRun, floor_scores, make_labels
from common.localization.weak.system import fit_on_labels

_LOCAL = LocalTerms()
_SECOND = SecondRound(weight=0.5)


def variants(params: WeakTrack) -> Iterator[tuple[str, WeakTrack]]:
    """Rows of the study, one network a feature set; each differs from one before it in one part."""
    heads = params.basnet.context_heads or 4
    local = params.training.local or _LOCAL
    parts = {
        "MIL": ("plain", 0, None, None),
        "+ background class": ("background", 0, None, None),
        "+ suppression branch (BaS-Net)": ("suppression", 0, None, None),
        "BaS-Net + local terms": ("suppression", 0, local, None),
        "BaS-Net + local terms from the first epoch": (
            "suppression",
            0,
            local.model_copy(update={"starts_after": 0.0}),
            None,
        ),
        "BaS-Net + global layer": ("suppression", heads, None, None),
        "BaS-Net + second round": ("suppression", 0, None, _SECOND),
        "all parts": ("suppression", heads, local, _SECOND),
    }
    for name, (branches, attention, terms, second) in parts.items():
        basnet = params.basnet.model_copy(update={"branches": branches, "context_heads": attention})
        training = params.training.model_copy(update={"local": terms, "second_round": second})
        changes = {"basnet": basnet, "training": training, "networks": 1}
        yield name, params.model_copy(update=changes)


def study_seed(run: WeakRun, seed: int) -> dict[str, float]:
    """Train every variant with one seed and score it; what is finished is read back.

    Args:
        run: of the track; its own folder holds the studies.
        seed: of networks and classifiers; the features stay.

    Returns:
        Row -> average mAP of the reported videos, fraction of 1; rows `on the fold` are what parts
        are chosen by.
    """
    rows: dict[str, float] = {}
    base = run.files.own / "study" / f"seed-{seed}"
    files = TrackFiles(run.files.world, run.files.features, base)
    params = run.params.model_copy(update={"seed": derive_seed(seed, "study")})
    for name, changed in [*variants(params), ("system", params)]:
        one = replace(run, files=replace(files, own=base / name), params=changed)
        done = one.files.own / "scores.json"
        if not done.is_file():
            write_json(done, _score(one))
            shutil.rmtree(one.networks)
        found = json.loads(done.read_text(encoding="utf-8"))
        if name == "system":
            rows |= {f"system: {row}": value for row, value in found.items()}
        else:
            for where in ("", ON_FOLD):
                rows[name + where] = found[f"uniform mean{where}"]
    return rows


def _score(run: WeakRun) -> dict[str, float]:
    """Train and score one system: members and means, on the reported videos and on the fold, and
    floors.
    """
    make_labels(run)
    videos, files, subset = run.videos(), run.files, run.params.subset
    train_members(run.members, files.features, videos, run.params, run.networks)
    annotated = read_annotated(files.annotations)
    reported = read_annotated(files.truth) if subset == "test" else annotated
    fold = run.system(videos.fold, videos.known.classes)
    fit = fit_on_labels(fold, videos.known)
    system = run.system(videos.reported, videos.known.classes)
    choices = system.choices() | {FULL: fit.weights}
    truth = truth_table(reported, reported.of_subset(subset))
    rows = {name: average_map(truth, system.detections(w)) for name, w in choices.items()}
    known = truth_table(annotated, videos.fold)
    rows |= {
        f"{name}{ON_FOLD}": average_map(known, fold.detections(w)) for name, w in choices.items()
    }
    floors = floor_scores(
        [reported.videos[name] for name in videos.reported],
        system.class_scores(fit.weights),
        truth,
        run.params,
    )
    return rows | {f"floor: {name}": value for name, value in floors.items()}
