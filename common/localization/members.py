"""Members of an ensemble: one proposal network for each feature set, trained and applied."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from common.core.files import atomic_folder
from common.core.params.temporal_track import TemporalTrack
from common.core.seeds import derive_seed
from common.features.trained_on import check_trained_on, features_identity
from common.localization.maps import write_maps
from common.localization.networks import load_network, predict_maps, save_network
from common.localization.proposal_training import ProposalVideos, train_bmn, train_relation
from common.localization.sequences import read_sequence
from common.localization.splits import AnnotatedVideos, Split
from common.training.abreast import Job, fit_many

# A member's file without relation; it is the start of the member and the baseline of the study.
PLAIN = "bmn"


def train_members(
    names: Sequence[str],
    features: Path,
    annotated: AnnotatedVideos,
    split: Split,
    params: TemporalTrack,
    out: Path,
) -> None:
    """Train BMN and then the relation network on each feature set.

    Writes `out/<name>.safetensors` (with relation) and `out/bmn/<name>.safetensors` (without).

    Args:
        names: feature sets, each a folder below `features`.
        split: only its train videos are used.
        out: folder of the weights; checkpoints lie in `out/.work` until a member is whole.
    """
    jobs = [
        Job(name, train_member, (name, features, annotated, split, params, out)) for name in names
    ]
    fit_many(jobs, params.workers)


def train_member(
    name: str,
    features: Path,
    annotated: AnnotatedVideos,
    split: Split,
    params: TemporalTrack,
    out: Path,
) -> None:
    """Train one member; a killed training goes on where it was."""
    data = ProposalVideos((features / name,), split.train, annotated.segments)
    work, seed = out / ".work" / name, derive_seed(params.seed, "proposals", name)
    metadata = features_identity(features / name, split.train)
    bmn = train_bmn(data, params.bmn, params.bmn_training, seed, work / "bmn")
    save_network(out / PLAIN / f"{name}.safetensors", bmn, metadata)
    related = train_relation(
        bmn, data, params.bmn, params.relation, params.relation_training, seed, work / "relation"
    )
    save_network(out / f"{name}.safetensors", related, metadata)
    shutil.rmtree(work)


def infer_members(
    weights: Path,
    features: Path,
    names: Sequence[str],
    videos: Sequence[str],
    params: TemporalTrack,
    out: Path,
) -> None:
    """Score maps of some videos by each member: `out/<name>/<video>.safetensors`.

    Args:
        weights: folder with `<name>.safetensors`.
        features: folder of the feature sets.
        names: members.
        videos: ids.

    Raises:
        InputError: a feature set is of another extractor or stride than its network was trained on.
    """
    for name in names:
        check_trained_on(weights / f"{name}.safetensors", features / name, videos)
    with atomic_folder(out) as folder:
        for name in names:
            network = load_network(weights / f"{name}.safetensors")
            sequences = (read_sequence((features / name,), video, params.bmn) for video in videos)
            for maps in predict_maps(network, sequences, params.bmn_training.batch_size):
                write_maps(folder / name, maps)
