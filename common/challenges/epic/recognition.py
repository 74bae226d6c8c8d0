"""Format `epic-recognition`: top-1 and top-5 accuracy of verbs, nouns and actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.challenges.epic.action_ranking import (
    RankedScores,
    best_actions,
    kept_actions,
    rank_scores,
)
from common.challenges.epic.annotations import EpicSegment
from common.challenges.epic.ground_truth import EpicTruth, read_truth
from common.challenges.epic.head import read_submission
from common.challenges.epic.recognition_checks import check_bytes
from common.challenges.epic.recognition_entries import score_arrays
from common.challenges.epic.schemas import recognition_schema
from common.challenges.epic.writer import package_submission
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.json_reading import member_place
from common.challenges.payloads import read_payload
from common.challenges.result_file import open_leniently
from common.challenges.temporal.columns import Ints
from common.core.errors import InputError

TOP = (1, 5)


@dataclass(frozen=True, slots=True)
class RecognitionScores:
    """What a recognition file is worth.

    Args:
        metrics: the official names and percentages.
        verb_hits, noun_hits, action_hits: (N, 2) whether the class is among the best 1 and 5.
        ranked: verbs and nouns of every segment, best first.
    """

    metrics: dict[str, float]
    verb_hits: NDArray[np.bool_]
    noun_hits: NDArray[np.bool_]
    action_hits: NDArray[np.bool_]
    ranked: RankedScores


def evaluate_recognition(
    labels: tuple[ArrayLike, ArrayLike],
    scores: tuple[ArrayLike, ArrayLike],
    unseen: ArrayLike | None = None,
    tail: tuple[Sequence[int], Sequence[int]] | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    per_segment_softmax: bool = False,
) -> RecognitionScores:
    """Score verb and noun scores that are in memory.

    Args:
        labels: (N,) verb and (N,) noun classes.
        scores: (N, 97) verb and (N, 300) noun scores, any reals, all rows on one scale.
        unseen: (N,) True where the participant is not in the training set; None: not asked.
        tail: verb and noun classes of the tail; None: not asked.
        dtype: arithmetic of the action scores.
        per_segment_softmax: False is the official program, see `rank_scores`.

    Raises:
        InputError: no segment, or none with a tail class (the official program fails there).
    """
    verb, noun = (np.asarray(part, dtype=np.intp) for part in labels)
    if not verb.size:
        raise InputError("epic.empty", "scores", "no segment to score", "Give predictions.")
    verb_scores, noun_scores = (np.asarray(part, dtype=dtype) for part in scores)
    ranked = rank_scores(verb_scores, noun_scores, per_segment_softmax)
    action_verbs, action_nouns = best_actions(ranked, max(TOP))
    hits = {
        "verb": _hits(ranked.verbs[:, : max(TOP)] == verb[:, None]),
        "noun": _hits(ranked.nouns[:, : max(TOP)] == noun[:, None]),
        "action": _hits((action_verbs == verb[:, None]) & (action_nouns == noun[:, None])),
    }
    metrics = {
        f"all_{task}_accuracy_at_{k}": _percent(hit[:, column])
        for task, hit in hits.items()
        for column, k in enumerate(TOP)
    }
    if tail is not None:
        metrics |= _tail_metrics(hits, verb, noun, tail)
    if unseen is not None and np.any(unseen):
        rows = np.flatnonzero(unseen)
        metrics |= {f"unseen_{t}_accuracy_at_1": _percent(h[rows, 0]) for t, h in hits.items()}
    return RecognitionScores(metrics, hits["verb"], hits["noun"], hits["action"], ranked)


def _hits(right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N, 2) any right among the first 1 and 5 columns."""
    return np.stack([right[:, :k].any(axis=1) for k in TOP], axis=1)


def _percent(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) * 100


def _tail_metrics(
    hits: dict[str, NDArray[np.bool_]], verb: Ints, noun: Ints, tail: tuple[Any, Any]
) -> dict[str, float]:
    of_verb, of_noun = np.isin(verb, tail[0]), np.isin(noun, tail[1])
    chosen = {"verb": of_verb, "noun": of_noun, "action": of_verb | of_noun}
    for task, mask in chosen.items():
        if not mask.any():
            raise InputError(
                "epic.tail",
                "ground truth",
                f"no segment has a tail class ({task}); the official program fails here",
                "Check the tail lists, or leave them out to score without the tail.",
            )
    return {f"tail_{t}_accuracy_at_1": _percent(hits[t][m, 0]) for t, m in chosen.items()}


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official recognition accuracies of a submission; see `formats.evaluate`.

    Segments without prediction are left out, as in the official program, and counted.
    Arrays: `verb_hits`, `noun_hits`, `action_hits` (N, 2): right at 1 and at 5, in file order.
    """
    truth = read_truth(ground_truth, settings)
    truth.require_classes()
    file = open_leniently(read_payload(pred, "test.json"), str(pred))
    if not file.results:
        raise InputError(
            "epic.empty", f"{pred} $.results", "no prediction at all", "Is it the right file?"
        )
    segments = _segments_of(file.results, truth, pred)
    scores = score_arrays(file.results, str(pred))
    result = _evaluate_segments(segments, scores, truth, settings)
    n_missing = len(truth.segments) - len(segments)
    warnings = [*truth.warnings, *_missing_lists(truth, result)]
    if n_missing:
        warnings.append(f"{n_missing} segments have no prediction; officially they are left out")
    if file.repeats_keys:
        warnings.append("a segment stands more than once in results; the last one counts")
    if not all(np.isfinite(part).all() for part in scores):
        warnings.append("some scores are not finite; all action scores are undefined then")
    counts = {
        "segments": len(truth.segments),
        "scored_segments": len(segments),
        "segments_without_prediction": n_missing,
    }
    arrays = {
        "verb_hits": result.verb_hits,
        "noun_hits": result.noun_hits,
        "action_hits": result.action_hits,
    }
    return Evaluation(_document(segments, result), counts, warnings, arrays)


def _segments_of(results: Any, truth: EpicTruth, pred: Path) -> list[EpicSegment]:
    by_id = {segment.narration: segment for segment in truth.segments}
    unknown = [narration for narration in results if narration not in by_id]
    if unknown:
        raise InputError(
            "epic.segment_id",
            f"{pred} {member_place('$.results', unknown[0])}",
            f"{len(unknown)} segments that the ground truth does not have",
            "Is it the file of another subset? See --subset.",
        )
    return [by_id[narration] for narration in results]


def _evaluate_segments(
    segments: list[EpicSegment], scores: Any, truth: EpicTruth, settings: Settings
) -> RecognitionScores:
    unseen = None
    if truth.unseen_participants is not None:
        participants = set(truth.unseen_participants)
        unseen = np.array([segment.participant in participants for segment in segments])
    tail = None
    if truth.tail_verbs is not None and truth.tail_nouns is not None:
        tail = (truth.tail_verbs, truth.tail_nouns)
    labels = ([s.verb or 0 for s in segments], [s.noun or 0 for s in segments])
    return evaluate_recognition(labels, scores, unseen, tail, settings.dtype)


def _missing_lists(truth: EpicTruth, result: RecognitionScores) -> list[str]:
    found = []
    if truth.tail_verbs is None or truth.tail_nouns is None:
        found.append("no tail lists given: the tail accuracies are left out")
    if truth.unseen_participants is None:
        found.append("no unseen participants given: the unseen accuracies are left out")
    elif "unseen_verb_accuracy_at_1" not in result.metrics:
        found.append("no segment of an unseen participant: those accuracies are left out")
    return found


def _document(segments: list[EpicSegment], result: RecognitionScores) -> dict[str, Any]:
    ranked = result.ranked
    verb, noun, shares = (part[:10] for part in kept_actions(ranked, 0))
    return {
        "metrics": result.metrics,
        "first_segment": segments[0].narration,
        "first_segment_top10_actions": np.stack(
            [ranked.verbs[0, verb], ranked.nouns[0, noun]], axis=1
        ).tolist(),
        "first_segment_top10_scores": shares.tolist(),
    }


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a recognition submission; see `formats.check`."""
    truth = read_truth(ground_truth, settings) if ground_truth else None
    findings = Findings()
    data = read_submission(pred, findings)
    if data is not None:
        check_bytes(data, truth, findings)
    return findings


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the ZIP for the server; see `formats.package`."""
    truth = read_truth(ground_truth, settings) if ground_truth else None
    package_submission(pred, out, lambda data, findings: check_bytes(data, truth, findings))


def schema() -> dict[str, Any]:
    """JSON Schema of `test.json`."""
    return recognition_schema()
