"""Parts of a weakly supervised track: background suppression from video labels alone."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.params.localization import Ensemble
from common.core.params.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
Branches = Literal["plain", "background", "suppression"]


class BasNet(Section):
    """Background suppression network: sizes, and which of its parts are there."""

    positions: int = Field(ge=2, description="T, positions of the resized feature sequence")
    resize: Literal["time", "ends"] = Field(
        "time",
        description="how snippets become positions: by their time, or first to last (published)",
    )
    branches: Branches = Field(
        "suppression",
        description="plain: action classes only; background: one more class; suppression: both "
        "branches and the filter",
    )
    channels: int = Field(2048, ge=1, description="of the class activation module")
    filter_channels: int = Field(512, ge=1, description="of the filter")
    dropout: float = Field(0.7, ge=0, lt=1)
    context_heads: int = Field(
        4, ge=0, description="of the attention over the whole video; 0: no such layer"
    )
    pool_divisor: int = Field(8, ge=1, description="a class scores by its best T / so many")

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.context_heads and self.channels % self.context_heads:
            raise ValueError("context_heads must divide channels")
        return self


class LocalTerms(Section):
    """What single positions are taught: those of least attention are background, the best of a
    true class are action.
    """

    divisor: int = Field(8, ge=1, description="T / so many positions of each kind")
    starts_after: Share = Field(
        0.5, description="share of the epochs before: an untrained filter points anywhere"
    )
    background: float = Field(0.5, ge=0, description="weight: pseudo-background is background")
    action: float = Field(0.0, ge=0, description="weight: pseudo-action is its class")
    entropy: float = Field(0.1, ge=0, description="weight: pseudo-background is of no action class")
    smoothness: float = Field(0.1, ge=0, description="weight: attention changes slowly")


class SecondRound(Section):
    """A second training on frame labels that the first one made for the train videos."""

    weight: float = Field(ge=0, description="of the frame labels in the loss; 0: no second round")
    action_above: Share = Field(0.5, description="activation and attention of an action")
    background_below: Share = Field(0.1, description="attention of background")


class WeakTraining(Section):
    """How the network learns from video labels."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    lr: float = Field(1e-4, gt=0)
    weight_decay: float = Field(5e-4, ge=0)
    attention_weight: float = Field(1e-4, ge=0, description="of the sum of the filter's weights")
    local: LocalTerms | None = Field(description="null: the published loss")
    second_round: SecondRound | None = None


class ActivationProposals(Section):
    """How class activations become scored segments."""

    thresholds: list[float] = Field(min_length=1, description="of the activation scaled to 0..1")
    upsampling: int = Field(8, ge=1, description="fine positions for one position")
    margin: float = Field(0.25, ge=0, description="outer zone of each side, share of the length")
    video_weight: float = Field(0.2, ge=0, description="of the video's class score")
    min_class_score: Share = Field(0.25, description="classes of a video; the best one always")
    most_classes: int = Field(ge=1, description="of one video")
    nms_tiou: float = Field(0.6, gt=0, le=1)
    top_k: int = Field(100, ge=1, description="detections of one video")


class LabelClassifier(Section):
    """A classifier of whole videos, learnt from their labels."""

    method: ClassifierMethod
    settings: ClassifierSettings


class WeakTrack(Section):
    """Everything that a weakly supervised track may change."""

    seed: int = Field(ge=0)
    networks: int = Field(ge=1, description="of each feature set, each with a seed of its own")
    workers: int = Field(ge=1, description="trainings beside each other, one thread each")
    subset: Literal["validation", "test"] = Field(description="what the scores are reported on")
    members: list[str] = Field([], description="feature sets that the track uses; none: all")
    basnet: BasNet
    training: WeakTraining
    proposals: ActivationProposals
    classes_by: Literal["network", "videos", "mean"] = Field(
        description="class scores of a video: the network's, the classifier's, their mean"
    )
    classifier: LabelClassifier
    ensemble: Ensemble
    floor_proposals: int = Field(ge=1, description="of one video")
