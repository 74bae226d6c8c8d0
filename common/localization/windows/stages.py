"""The stages of EPIC-KITCHENS action detection: what each reads, does and leaves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from common.challenges.epic import detection
from common.challenges.epic.annotations import (
    N_NOUNS,
    N_VERBS,
    SEGMENT_FILES,
    EpicSegment,
    read_segments,
)
from common.challenges.epic.writer import SupervisionLevels, detection_bytes
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.files import atomic_folder, write_bytes, write_json
from common.core.params.epic_detection import EpicDetection
from common.core.records import LabelledSegment, Subset
from common.core.seeds import derive_seed
from common.features.rows import FeatureRows, open_features
from common.features.store import check_one_extractor, list_features
from common.localization.networks import build_network, load_network, save_network
from common.localization.proposal_training import fit_proposals
from common.localization.tables import write_table
from common.localization.windows.action_pairs import PairRule, action_detections
from common.localization.windows.class_logits import train_action_classifier, write_logits
from common.localization.windows.grid import WindowGrid
from common.localization.windows.proposals import window_proposals
from common.localization.windows.sequences import resize_rule
from common.localization.windows.training import WindowDataset
from common.training.classifier_files import read_classifier, write_classifier

KINDS = {"verb": N_VERBS, "noun": N_NOUNS}


@dataclass(frozen=True)
class EpicRun:
    """The track in one profile.

    Args:
        base: artifacts of the profile.
        params: section of the track.
        members: feature sets, below `features`; their channels are joined.
    """

    base: Path
    params: EpicDetection
    members: Sequence[str]

    @property
    def own(self) -> Path:
        """What the track makes."""
        return self.base / "epic_detection"

    @property
    def grid(self) -> WindowGrid:
        """The windows."""
        bmn, windows = self.params.bmn, self.params.windows
        sizes = bmn.positions, bmn.durations, windows.step
        return WindowGrid(*sizes, windows.position_seconds, windows.min_seconds)

    def segments(self, subset: Subset) -> tuple[EpicSegment, ...]:
        """The segments of a subset; those of the test subset have no classes."""
        return read_segments(self.base / "epic" / "annotations" / SEGMENT_FILES[subset])

    def stores(self, segments: Sequence[EpicSegment]) -> dict[str, list[FeatureRows]]:
        """Features of the videos of some segments, where all members have them.

        Raises:
            InputError: a feature set mixes two extractors, or no video has features.
        """
        folders = [self.base / "features" / name for name in self.members]
        for folder in folders:
            check_one_extractor(folder)
        there = set.intersection(*[set(list_features(folder)) for folder in folders])
        videos = [v for v in dict.fromkeys(s.video for s in segments) if v in there]
        if not videos:
            raise InputError(
                "windows.videos",
                str(self.base / "features"),
                f"no features of the {len({s.video for s in segments})} annotated videos",
                "Extract or import them under the ids of the annotation tables.",
            )
        return {video: [open_features(folder, video) for folder in folders] for video in videos}


def train_proposals(run: EpicRun) -> None:
    """BMN on the windows of the train videos: `proposals/bmn.safetensors`."""
    segments = run.segments("train")
    stores = run.stores(segments)
    by_video: dict[str, list[LabelledSegment]] = {}
    for one in segments:
        by_video.setdefault(one.video, []).append(one.record("action"))
    spec, seed = run.params.bmn, derive_seed(run.params.seed, "proposals")
    dataset = WindowDataset(stores, by_video, spec, run.grid)
    network = build_network(spec, dataset[0]["features"].shape[0], None, seed)
    out = run.own / "proposals"
    fit_proposals(network, dataset, run.params.training, seed, out / ".work")
    save_network(out / "bmn.safetensors", network, {"features": "+".join(run.members)})
    shutil.rmtree(out / ".work")


def classify(run: EpicRun) -> None:
    """Classifiers from the train segments: `classifiers/verb.safetensors`, `noun.safetensors`."""
    segments = run.segments("train")
    stores = run.stores(segments)
    with atomic_folder(run.own / "classifiers") as folder:
        for kind in KINDS:
            rows = [
                (s.video, s.start, s.end, getattr(s, kind)) for s in segments if s.video in stores
            ]
            seed = derive_seed(run.params.seed, "classify", kind)
            classifier, classes = train_action_classifier(stores, rows, run.params.classify, seed)
            write_classifier(folder / f"{kind}.safetensors", classifier, list(map(str, classes)))


def detect(run: EpicRun) -> None:
    """Actions of the reported videos: `detections.parquet`, and `skipped.json` with the videos that
    failed and why: one of them stops no other.

    Raises:
        InputError: no video is left.
    """
    stores = run.stores(run.segments(run.params.subset))
    found, skipped = [], {}
    for video, rows in stores.items():
        try:
            found.append(detect_video(run, rows))
        except InputError as error:
            skipped[video] = str(error)
    if not found:
        first = next(iter(skipped.values()))
        raise InputError("windows.videos", "detection", f"every video failed; {first}", "Mend it.")
    write_table(run.own / "detections.parquet", pd.concat(found, ignore_index=True))
    write_json(run.own / "skipped.json", skipped)


def detect_video(run: EpicRun, stores: Sequence[FeatureRows]) -> pd.DataFrame:
    """Actions of one video, best first; in memory that does not grow with its length."""
    params, grid, resize = run.params, run.grid, resize_rule(run.params.bmn)
    proposals = window_proposals(
        load_network(run.own / "proposals" / "bmn.safetensors"),
        stores,
        grid,
        member="bmn",
        rule=params.proposals,
        nms=params.nms,
        resize=resize,
        proposals_per_second=params.windows.proposals_per_second,
        batch_size=params.windows.batch,
    )
    with tempfile.TemporaryDirectory(prefix="emc2-logits-") as folder:
        logits = {}
        for kind, size in KINDS.items():
            classifier, names = read_classifier(run.own / "classifiers" / f"{kind}.safetensors")
            out, classes = Path(folder, kind), [int(name) for name in names]
            logits[kind] = write_logits(
                out, stores, classifier, classes, size, params.classify.window_s
            )
        rule = PairRule(**params.pairs.model_dump())
        return action_detections(proposals, [logits["verb"]], [logits["noun"]], grid, rule, resize)


def submit(run: EpicRun) -> None:
    """The packaged file and its official scores: `test.zip`, `metrics.json`; the only stage that
    reads the classes of the reported videos.
    """
    params = run.params
    rows = pd.read_parquet(run.own / "detections.parquet")
    levels = SupervisionLevels(**params.levels.model_dump())
    truth = run.base / "epic" / ("truth" if params.subset == "test" else "annotations")
    settings = Settings(subset=params.subset)
    with tempfile.TemporaryDirectory(prefix="emc2-epic-") as folder:
        plain = Path(folder, "test.json")
        write_bytes(plain, detection_bytes(rows, levels))
        detection.package(plain, run.own / "test.zip", truth, settings)
    scored = detection.evaluate(run.own / "test.zip", truth, settings)
    metrics = {
        key: value
        for task in detection.TASKS
        for key, value in scored.scores[task]["displayed"].items()
    }
    document = metrics | {"counts": scored.counts, "levels": asdict(levels)}
    write_json(run.own / "metrics.json", document)
