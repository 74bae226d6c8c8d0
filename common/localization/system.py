"""Members and classifiers as one system: weights in, detections out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from common.core.member_weights import Weights
from common.core.params.localization import Detection
from common.core.params.temporal_track import TemporalTrack
from common.localization.class_scores import proposal_scores, video_scores
from common.localization.detection import ProposalScores, detect
from common.localization.fusion import (
    FUSED,
    fuse_all_maps,
    fuse_class_scores,
    join_proposals,
)
from common.localization.maps import ScoreMaps, read_maps
from common.localization.proposals import proposals_table
from common.localization.video_classifier import whole_video_scores
from common.training.classifiers import Classifier


@dataclass(frozen=True)
class System:
    """Some videos as all members see them.

    Args:
        classifiers: by member, in the order that weights are given in.
        whole_videos: classifiers of whole videos, by member; None: snippets vote.
        features: folder of the feature sets, one a member.
        maps: folder of the score maps, `<member>/<video>.safetensors`.
        videos: ids.
        classes: labels, as the classifiers number them.
        params: of the track.
    """

    classifiers: Mapping[str, Classifier]
    whole_videos: Mapping[str, Classifier] | None
    features: Path
    maps: Path
    videos: tuple[str, ...]
    classes: tuple[str, ...]
    params: TemporalTrack

    @property
    def members(self) -> tuple[str, ...]:
        """Names, in the order of the weights."""
        return tuple(self.classifiers)

    @cached_property
    def member_maps(self) -> dict[str, list[ScoreMaps]]:
        """The maps of every member, video by video."""
        return {
            name: [read_maps(self.maps / name, video) for video in self.videos]
            for name in self.members
        }

    @cached_property
    def member_video_scores(self) -> dict[str, pd.DataFrame]:
        """Class scores of the videos by every member."""
        if self.whole_videos is not None:
            return {
                name: whole_video_scores(
                    self.whole_videos[name], self.features / name, self.videos, self.classes
                )
                for name in self.members
            }
        return {
            name: video_scores(
                classifier, self.features / name, self.videos, self.classes, self.params.classify
            )
            for name, classifier in self.classifiers.items()
        }

    @cached_property
    def member_proposals(self) -> dict[str, pd.DataFrame]:
        """Proposals of every member's own maps."""
        return {
            name: proposals_table(maps, self.params.proposals, self.params.nms, name)
            for name, maps in self.member_maps.items()
        }

    def proposals(self, weights: Weights) -> pd.DataFrame:
        """Proposals of the fused maps, or fused proposals, as `ensemble.level` says."""
        chosen = dict(zip(self.members, weights, strict=True))
        if self.params.ensemble.level == "proposals":
            durations = {maps.video: maps.duration for maps in self.member_maps[self.members[0]]}
            return join_proposals(
                self.member_proposals,
                chosen,
                durations,
                self.params.nms,
                self.params.ensemble.voting_tiou,
            )
        fused = fuse_all_maps(self.member_maps, chosen)
        return proposals_table(fused, self.params.proposals, self.params.nms, FUSED)

    def class_scores(self, weights: Weights) -> pd.DataFrame:
        """Fused class scores of the videos."""
        return fuse_class_scores(
            self.member_video_scores, dict(zip(self.members, weights, strict=True))
        )

    def classify(self, proposals: pd.DataFrame, weights: Weights) -> ProposalScores:
        """Fused class scores of proposals."""
        total = np.zeros((len(proposals), len(self.classes)))
        for (name, classifier), weight in zip(self.classifiers.items(), weights, strict=True):
            if weight > 0:
                folder = self.features / name
                one = proposal_scores(classifier, folder, proposals, self.classes)
                total += weight / sum(weights) * one.scores
        return ProposalScores(self.classes, total)

    def detections(
        self, proposals: pd.DataFrame, weights: Weights, spec: Detection
    ) -> pd.DataFrame:
        """Detections on given proposals (the system's own, or a floor's)."""
        scores = self.classify(proposals, weights)
        return detect(proposals, self.class_scores(weights), scores, spec)
