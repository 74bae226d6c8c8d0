"""The stages of a recognition track: what each reads, does and leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from common.core.files import atomic_folder, nan_to_none, write_json
from common.core.params import Params
from common.core.params.epic_recognition import Head, RecognitionTrack
from common.core.seeds import derive_seed
from common.core.tensor_files import write_tensors
from common.features.store import check_one_extractor, list_features
from common.recognition.actions import pair_weights
from common.recognition.clip_features import ClipFeatures, pool_parts, read_clips, write_clips
from common.recognition.epic_data import TASKS, EpicData, labels, read_epic_data, with_features
from common.recognition.fitting import fit_members
from common.recognition.members import (
    MemberScores,
    Weights,
    read_heads,
    score_clips,
    train_heads,
)
from common.recognition.scoring import (
    action_rows,
    classifier_rows,
    evaluate_scores,
    floor_rows,
    member_rows,
    pair_rows,
    submitted_scores,
    top1,
)
from common.recognition.track_files import RecognitionFiles
from common.recognition.weight_files import read_weights
from common.training.abreast import Job, fit_many
from common.training.classifier_files import write_classifier


@dataclass(frozen=True)
class RecognitionRun:
    """A recognition track in the profile in force.

    Args:
        files: where everything lies.
        params: of all tracks.
        track: the section of this track.
    """

    files: RecognitionFiles
    params: Params
    track: RecognitionTrack

    @property
    def members(self) -> list[str]:
        """Feature sets, two heads each."""
        return self.track.used(self.params.features.names)

    @property
    def heads(self) -> dict[str, Head]:
        """The params of the two heads."""
        return {task: getattr(self.track, task) for task in TASKS}

    @cached_property
    def data(self) -> EpicData:
        """The segments whose videos all members have features of."""
        data = read_epic_data(self.files.annotations, self.track)
        stores = {name: set(list_features(self.files.features / name)) for name in self.members}
        limit = self.params.features.max_broken
        return with_features(data, stores, self.files.annotations, limit)

    def clips(self, member: str, part: str) -> ClipFeatures:
        """Clip features of one role."""
        path = self.files.clips / member / f"{part}.safetensors"
        return read_clips(path, self.data.parts()[part])

    def scores(
        self, part: str, methods: Mapping[str, str] | None = None
    ) -> dict[str, MemberScores]:
        """Scores of the segments of one role by every member.

        Args:
            methods: by task; None: the chosen ones.
        """
        chosen = methods or {task: head.method for task, head in self.heads.items()}
        return {
            name: score_clips(read_heads(self.files.heads, chosen, name), self.clips(name, part))
            for name in self.members
        }

    def pairs(self) -> np.ndarray | None:
        """Weights of verb-noun pairs in what is submitted."""
        sizes = (len(self.data.classes[task]) for task in TASKS)
        return pair_weights(self.data.train, *sizes, self.track.actions)


def pool_clips(run: RecognitionRun) -> None:
    """Features of every segment, by member and role."""
    with atomic_folder(run.files.clips) as folder:
        for name in run.members:
            check_one_extractor(run.files.features / name)
            found = pool_parts(run.files.features / name, run.data.parts(), run.track)
            for part, clips in found.items():
                write_clips(folder / name / f"{part}.safetensors", clips)


def train(run: RecognitionRun) -> None:
    """Every compared classifier of verbs and of nouns, for every member."""
    with atomic_folder(run.files.heads) as folder:
        jobs = [Job(name, train_member, (run, name, folder)) for name in run.members]
        fit_many(jobs, run.track.workers)


def train_member(run: RecognitionRun, name: str, folder: Path) -> None:
    """The classifiers of one member: `folder/<task>/<method>/<name>.safetensors`."""
    segments = {"train": run.data.train, "fold": run.data.fold}
    seed = derive_seed(run.track.seed, "heads", name)
    clips = run.clips(name, "train"), run.clips(name, "fold")
    for task, head in run.heads.items():
        classes = run.data.classes[task]
        found = train_heads(*clips, segments, task, len(classes), head, seed)
        for method, classifier in found.items():
            write_classifier(folder / task / method / f"{name}.safetensors", classifier, classes)


def fit_ensemble(run: RecognitionRun) -> None:
    """Fit the weights on the fold: `ensemble.json`; apply them to what is submitted:
    `scores.safetensors`, verb (N, A) and noun (N, B).
    """
    track = run.track
    fitted = fit_members(run.scores("fold"), run.data.fold, track.actions, track.ensemble)
    members = list(run.scores("submitted").values())
    verb, noun = submitted_scores(members, fitted.weights(), run.pairs())
    write_tensors(run.files.own / "scores.safetensors", {"verb": verb, "noun": noun}, {})
    write_json(run.files.own / "ensemble.json", nan_to_none(fitted.to_dict()))


def score(run: RecognitionRun) -> None:
    """All numbers: `metrics.json`; of these stages the only one that reads hidden classes."""
    weights = read_weights(run.files.own / "ensemble.json", run.members)
    write_json(run.files.own / "metrics.json", nan_to_none(scores_document(run, weights)))


def scores_document(run: RecognitionRun, weights: Mapping[str, Weights]) -> dict[str, object]:
    """What `metrics.json` holds; fractions of 1."""
    track, data = run.track, run.data
    truth = run.files.read_truth(track)
    members = run.scores("reported")
    verb, noun = submitted_scores(list(members.values()), weights, run.pairs())
    found = evaluate_scores(verb, noun, truth)
    limits = run.params.report.head_above, run.params.report.tail_below
    counts = {
        task: np.bincount(labels(data.train, task), minlength=len(data.classes[task]))
        for task in TASKS
    }
    return {
        "subset": track.subset,
        "segments": {"reported": len(truth.segments), "train": len(data.train)},
        "videos": {"listed": len(truth.videos)},
        "official": {name: value / 100.0 for name, value in found.metrics.items()},
        "top1": top1(found),
        "members": member_rows(members, weights, truth),
        "actions": action_rows(members, weights, data.train, truth, track.actions),
        "pairs": pair_rows(members, truth),
        "classifiers": {
            task: classifier_rows(
                method_scores(run, task, "reported"), labels(truth.segments, task),
                counts[task], limits,
            )
            for task in TASKS
        },
        "floors": floor_rows(data.train, truth),
        "train_counts": {
            task: dict(zip(data.classes[task], counts[task].tolist(), strict=True))
            for task in TASKS
        },
        "by_class": {
            task: class_rows(scores, labels(truth.segments, task), data.classes[task])
            for task, scores in (("verb", verb), ("noun", noun))
        },
    }  # fmt: skip


def method_scores(run: RecognitionRun, task: str, part: str) -> dict[str, list[np.ndarray]]:
    """Method -> scores (N, C) of each member, for one task."""
    found = {}
    for method in dict.fromkeys([run.heads[task].method, *run.heads[task].compared]):
        chosen = {name: head.method for name, head in run.heads.items()} | {task: method}
        found[method] = [one.mean(task) for one in run.scores(part, chosen).values()]
    return found


def class_rows(
    scores: np.ndarray, classes: np.ndarray, names: tuple[str, ...]
) -> dict[str, dict[str, object]]:
    """For each class with reported segments: their number, how many are right, what the others are
    taken for.
    """
    best = scores.argmax(axis=1)
    rows: dict[str, dict[str, object]] = {}
    for number in np.unique(classes).tolist():
        taken = np.bincount(best[classes == number], minlength=len(names))
        others = [i for i in np.argsort(-taken, kind="stable").tolist() if i != number and taken[i]]
        rows[names[number]] = {
            "segments": int(taken.sum()),
            "right": int(taken[number]),
            "taken_for": {names[i]: int(taken[i]) for i in others},
        }
    return rows


# name in dvc.yaml -> what it does
STAGES: dict[str, Callable[[RecognitionRun], None]] = {
    "clips": pool_clips,
    "heads": train,
    "ensemble": fit_ensemble,
    "score": score,
}
