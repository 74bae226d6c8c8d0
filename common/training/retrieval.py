"""Retrieval: does the nearest clip of other source videos show the same class?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.launcher import Broken
from common.core.progress import track_progress
from common.data.clip_list import ListedClip, read_classes, read_clip_lists
from common.training.embedding import embed_clips, sample_clips
from common.training.embedding_weights import Embedder, Sampling

RANKS = (1, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Recall of several networks on the same clips.

    Args:
        recall: name of the weights -> rank k -> share of queries with a clip of their class among
            the k nearest.
        chance: the same for a random order of the gallery.
        n_queries, n_gallery: clips.
        left_out: clips that cannot be used.
    """

    recall: dict[str, dict[int, float]]
    chance: dict[int, float]
    n_queries: int
    n_gallery: int
    left_out: tuple[Broken, ...]


def recall_at(
    queries: NDArray[np.float32],
    query_labels: Sequence[str],
    gallery: NDArray[np.float32],
    gallery_labels: Sequence[str],
    ranks: Sequence[int] = RANKS,
) -> dict[int, float]:
    """Share of queries with at least one hit of their class among the k nearest, by cosine.

    Args:
        queries: (N, D).
        query_labels: N.
        gallery: (M, D).
        gallery_labels: M.
        ranks: values of k; beyond M all M count.

    Source: arXiv 2104.00862, video retrieval. Ties go to the earlier row of the gallery.
    """
    unit = [
        rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        for rows in (queries.astype(np.float64), gallery.astype(np.float64))
    ]
    order = np.argsort(-(unit[0] @ unit[1].T), axis=1, kind="stable")
    hits = np.asarray(gallery_labels)[order] == np.asarray(query_labels)[:, None]
    return {k: float(hits[:, :k].any(axis=1).mean()) for k in ranks}


def chance_at(
    query_labels: Sequence[str], gallery_labels: Sequence[str], ranks: Sequence[int] = RANKS
) -> dict[int, float]:
    """`recall_at` that a random order of the gallery gives in the mean."""
    names, counts = np.unique(np.asarray(gallery_labels), return_counts=True)
    of_class = dict(zip(names.tolist(), counts.tolist(), strict=True))
    total = len(gallery_labels)
    return {
        k: float(np.mean([_hit_chance(of_class.get(x, 0), total, k) for x in query_labels]))
        for k in ranks
    }


def listed(folder: Path, gallery: str, queries: str, group_pattern: str) -> list[ListedClip]:
    """The clips of two lists (`relative-path label`); subset `train` is the gallery, `validation`
    the queries.

    Raises:
        InputError: see `read_clip_lists`; a group on both sides is one reason.
    """
    classes = read_classes(folder / "classes.csv")
    lists = {"train": [gallery], "validation": [queries]}
    return read_clip_lists(folder, lists, classes, group_pattern)  # type: ignore[arg-type]


def retrieve(
    folder: Path, clips: Sequence[ListedClip], embedders: Mapping[str, Embedder]
) -> Retrieval:
    """Embed every clip with every network and compute the recalls.

    Args:
        folder: the clip folder.
        clips: see `listed`.
        embedders: name -> network.

    Raises:
        InputError: `retrieval.empty` where no clip of one side can be used.
    """
    vectors: dict[str, list[NDArray[np.float32]]] = {name: [] for name in embedders}
    used: list[ListedClip] = []
    left_out: list[Broken] = []
    for clip in track_progress(clips, len(clips), "embed"):
        try:
            found = _embed(folder / clip.path, embedders)
        except InputError as error:
            left_out.append(Broken(clip.path, error.rule, error.problem))
            continue
        used.append(clip)
        for name, vector in found.items():
            vectors[name].append(vector)
    asked = np.array([clip.subset == "validation" for clip in used], dtype=bool)
    if not asked.any() or asked.all():
        side = "queries" if not asked.any() else "the gallery"
        raise InputError("retrieval.empty", str(folder), f"no clip of {side}", "Check the lists.")
    labels = np.array([clip.label for clip in used])
    pair = labels[asked].tolist(), labels[~asked].tolist()
    recall = {}
    for name, rows in vectors.items():
        stacked = np.stack(rows)
        recall[name] = recall_at(stacked[asked], pair[0], stacked[~asked], pair[1])
    return Retrieval(recall, chance_at(*pair), len(pair[0]), len(pair[1]), tuple(left_out))


def _embed(path: Path, embedders: Mapping[str, Embedder]) -> dict[str, NDArray[np.float32]]:
    """One decoding for all networks that are fed alike."""
    clips: dict[Sampling, NDArray[np.uint8]] = {}
    found = {}
    for name, embedder in embedders.items():
        if embedder.sampling not in clips:
            clips[embedder.sampling] = sample_clips(path, embedder.sampling)
        found[name] = embed_clips(clips[embedder.sampling], embedder)
    return found


def _hit_chance(n_of_class: int, total: int, k: int) -> float:
    """1 - C(total - n, k) / C(total, k)."""
    missed = 1.0
    for drawn in range(min(k, total)):
        missed *= max(0, total - n_of_class - drawn) / (total - drawn)
    return 1.0 - missed
