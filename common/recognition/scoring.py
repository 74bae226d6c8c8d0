"""The numbers of a recognition track: submitted scores, members, classifiers, action rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.challenges.epic.annotations import N_NOUNS, N_VERBS, EpicSegment
from common.challenges.epic.ground_truth import EpicTruth
from common.challenges.epic.recognition import RecognitionScores, evaluate_recognition
from common.core.member_weights import Weights, alone, uniform
from common.core.params.epic_recognition import Actions
from common.recognition.actions import marginals, pair_weights
from common.recognition.complementarity import complementarity
from common.recognition.epic_data import TASKS, labels
from common.recognition.fitting import late_hits
from common.recognition.members import MemberScores, fused
from common.training.accuracy import by_group, class_accuracies, shot_groups

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TOP1 = {task: f"all_{task}_accuracy_at_1" for task in (*TASKS, "action")}

# The score of a class that cannot be, as log-probability; classes beyond the dataset's tables too.
_LEAST = 1e-9


def official_scores(verbs: Floats, nouns: Floats) -> tuple[Floats, Floats]:
    """(N, 97) and (N, 300) log-probabilities, all rows on one scale, as the server wants them.

    Args:
        verbs: (N, A), nouns: (N, B) scores of sum 1; A <= 97, B <= 300.
    """
    filled = []
    for scores, size in ((verbs, N_VERBS), (nouns, N_NOUNS)):
        whole = np.full((len(scores), size), _LEAST)
        whole[:, : scores.shape[1]] = np.maximum(scores, _LEAST)
        filled.append(np.log(whole))
    return filled[0], filled[1]


def submitted_scores(
    members: Sequence[MemberScores], weights: Mapping[str, Weights], pairs: Floats | None
) -> tuple[Floats, Floats]:
    """(N, A) verb and (N, B) noun scores of the ensemble; `pairs` see `marginals`."""
    verb, noun = (fused(members, weights[task], task) for task in TASKS)
    return marginals(verb, noun, pairs)


def evaluate_scores(verbs: Floats, nouns: Floats, truth: EpicTruth) -> RecognitionScores:
    """The official numbers of scores (N, A) and (N, B); rows in the order of the truth."""
    tail = None
    lists = (truth.tail_verbs, truth.tail_nouns)
    # The official program fails where no reported segment has a tail class: no tail score then.
    if all(
        classes is not None and np.isin(task, classes).any()
        for classes, task in zip(lists, (truth.verb, truth.noun), strict=True)
    ):
        tail = lists
    unseen = None
    if truth.unseen_participants is not None:
        unseen = np.array([s.participant in truth.unseen_participants for s in truth.segments])
    return evaluate_recognition(
        (truth.verb, truth.noun), official_scores(verbs, nouns), unseen, tail
    )


def top1(scores: RecognitionScores) -> dict[str, float]:
    """Verb, noun and action top-1, fractions of 1."""
    return {task: scores.metrics[name] / 100.0 for task, name in TOP1.items()}


def choices(names: Sequence[str], weights: Mapping[str, Weights]) -> dict[str, Mapping[str, Any]]:
    """Weights by name: each member alone, the uniform mean, the fitted ones."""
    tasks = (*TASKS, "action")
    found: dict[str, Mapping[str, Any]] = {
        name: dict.fromkeys(tasks, one) for name, one in alone(names).items()
    }
    return found | {
        "uniform mean": dict.fromkeys(tasks, uniform(names)),
        "fitted weights": dict(weights),
    }


def member_rows(
    members: Mapping[str, MemberScores], weights: Mapping[str, Weights], truth: EpicTruth
) -> dict[str, dict[str, float]]:
    """Verb, noun and action top-1 of each member alone, the uniform mean and the fitted weights;
    all pairs count alike.
    """
    scores = list(members.values())
    return {
        name: top1(evaluate_scores(*submitted_scores(scores, chosen, None), truth))
        for name, chosen in choices(list(members), weights).items()
    }


def action_rows(
    members: Mapping[str, MemberScores],
    weights: Mapping[str, Weights],
    train: Sequence[EpicSegment],
    truth: EpicTruth,
    spec: Actions,
) -> dict[str, dict[str, float]]:
    """Action top-1 of every way to make actions, with uniform and with fitted weights.

    `factored`: verb and noun scores are fused first; `late`: the members' own action scores are,
    as sum of the views' products or as product of their sums. `all pairs`, or `seen pairs` alone.
    """
    scores = list(members.values())
    n_verbs, n_nouns = scores[0].verb.shape[2], scores[0].noun.shape[2]
    seen = pair_weights(train, n_verbs, n_nouns, spec.model_copy(update={"pairs": "seen"}))
    known = {"verb": truth.verb.astype(np.int64), "noun": truth.noun.astype(np.int64)}
    rows: dict[str, dict[str, float]] = {}
    chosen = choices(list(members), weights)
    for name in ("uniform mean", "fitted weights"):
        found = rows.setdefault(name, {})
        for pairs, mask in (("all pairs", None), ("seen pairs", seen)):
            verb, noun = (fused(scores, chosen[name][task], task) for task in TASKS)
            one = [MemberScores(verb[:, None], noun[:, None])]
            found[f"factored, {pairs}"] = float(late_hits(one, (1.0,), known, "sum", mask).mean())
            for views in ("sum", "calculate"):
                hits = late_hits(scores, chosen[name]["action"], known, views, mask)
                found[f"late {views}, {pairs}"] = float(hits.mean())
        submitted = evaluate_scores(*submitted_scores(scores, chosen[name], seen), truth)
        found["factored, marginals of seen pairs"] = top1(submitted)["action"]
    return rows


def classifier_rows(
    scores: Mapping[str, Sequence[Floats]],
    classes: Ints,
    counts: Ints,
    limits: tuple[int, int],
) -> dict[str, dict[str, float | None]]:
    """Accuracy of each method's uniform mean of members: over all segments, over classes, over
    those of head, medium and tail.

    Args:
        scores: method -> for each member (N, C).
        classes: (N,) of the segments.
        counts: (C,) training segments.
        limits: a head class has more, a tail class fewer.
    """
    groups = shot_groups(counts, *limits)
    rows = {}
    for method, of_members in scores.items():
        mean = np.mean(of_members, axis=0)
        per_class = by_group(class_accuracies(mean, classes), groups)
        right = mean.argmax(axis=1) == classes
        rows[method] = {
            "overall": float(right.mean()),
            "mean_class": per_class.all,
            "head": per_class.head,
            "medium": per_class.medium,
            "tail": per_class.tail,
        }
    return rows


def pair_rows(
    members: Mapping[str, MemberScores], truth: EpicTruth
) -> dict[str, dict[str, dict[str, float | None]]]:
    """For each two members and each task, how differently they err."""
    hits = {
        name: evaluate_scores(*submitted_scores([one], dict.fromkeys(TASKS, (1.0,)), None), truth)
        for name, one in members.items()
    }
    rows = {}
    for first, second in combinations(hits, 2):
        rows[f"{first} and {second}"] = {
            task: complementarity(
                getattr(hits[first], f"{task}_hits")[:, 0],
                getattr(hits[second], f"{task}_hits")[:, 0],
            ).to_dict()
            for task in (*TASKS, "action")
        }
    return rows


def floor_rows(train: Sequence[EpicSegment], truth: EpicTruth) -> dict[str, dict[str, float]]:
    """Majority: the most frequent training class (for actions: pair) every time."""
    verb, noun = labels(train, "verb"), labels(train, "noun")
    pair = np.bincount(verb * N_NOUNS + noun).argmax()
    right = {
        "verb": truth.verb == np.bincount(verb).argmax(),
        "noun": truth.noun == np.bincount(noun).argmax(),
        "action": truth.verb * N_NOUNS + truth.noun == pair,
    }
    return {"majority class": {task: float(hits.mean()) for task, hits in right.items()}}
