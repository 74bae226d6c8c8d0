"""Parts of a temporal track's section of `params.yaml`: proposals, detection, ensemble."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from common.core.params.section import Section

Share = Annotated[float, Field(ge=0, le=1)]


class Bmn(Section):
    """Boundary-matching network: the score map and the sizes of its layers."""

    positions: int = Field(ge=2, description="T, positions of the resized feature sequence")
    durations: int = Field(ge=1, description="D, longest proposal in positions")
    samples: int = Field(ge=1, description="N, sample points of a proposal")
    points: int = Field(3, ge=1, description="K, interpolated points of one sample point")
    boundary_ratio: float = Field(0.5, ge=0, description="widening of a proposal on each side")
    hidden_1d: int = Field(256, ge=1, description="channels of the 1-D convolutions")
    proposal_channels: int = Field(256, ge=1, description="channels into boundary matching")
    hidden_3d: int = Field(512, ge=1, description="channels out of boundary matching")
    hidden_2d: int = Field(128, ge=1, description="channels of the 2-D convolutions")
    groups: int = Field(4, ge=1, description="groups of the 1-D convolutions")
    outside: Literal["bias", "zero"] = Field(
        "bias", description="what cells beyond the sequence hold; bias is the published network"
    )
    resize: Literal["time", "ends"] = Field(
        "time",
        description="how snippets become positions: by their time, or first to last (published)",
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.durations > self.positions:
            raise ValueError("durations must not exceed positions")
        if self.hidden_1d % self.groups:
            raise ValueError("groups must divide hidden_1d")
        return self


class Relation(Section):
    """Proposal relation module."""

    kind: Literal["full", "pooled", "axial_row", "axial"] = "axial"
    heads: int = Field(4, ge=1, description="attention heads; divides hidden_2d")
    pool: int = Field(4, ge=1, description="side of the averaged squares, `pooled` only")


class ProposalTraining(Section):
    """How BMN, or BMN with relation, is trained."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    lr: float = Field(gt=0, description="highest learning rate")
    weight_decay: float = Field(1e-4, ge=0)
    schedule: Literal["one_cycle", "cosine", "step", "constant"] = "step"
    warmup_epochs: float = Field(0.0, ge=0)
    milestones: list[int] = Field([], description="epochs of the `step` schedule")
    gamma: float = Field(0.1, gt=0, description="factor of the learning rate at a milestone")
    clip_norm: float | None = Field(None, gt=0, description="largest gradient norm; null: any")
    shift_share: Share = Field(0.5, description="share of the batches with shifted channels")
    shift_divisor: int = Field(64, ge=1, description="1/64 of the channels move each way")
    regression_weight: float = Field(10.0, ge=0)
    classification_weight: float = Field(1.0, ge=0)
    trained_lr_factor: Share = Field(
        0.1, description="relation only: factor of lr for the layers that come trained from BMN"
    )


class ProposalRule(Section):
    """Which cells of a score map become proposals, and with what score."""

    boundaries: Literal["peaks", "all"] = Field(
        "peaks", description="peaks or high values of the boundary scores, or every bin"
    )
    score: Literal["product", "sqrt", "cr"] = Field(
        "product",
        description="start end cls reg; start end sqrt(cls reg); cls^cls_power reg^reg_power",
    )
    cls_power: float = Field(1.0, ge=0, description="`cr` only")
    reg_power: float = Field(1.0, ge=0, description="`cr` only")
    reach_end: bool = Field(True, description="proposals may end at the end of the video")


class SoftNms(Section):
    """Gaussian Soft-NMS; the threshold runs from `low` to `high` with the length of a proposal."""

    alpha: float = Field(0.4, gt=0)
    low: Share = 0.5
    high: Share = 0.9
    top_k: int = Field(100, ge=1, description="proposals kept of one video")


class Detection(Section):
    """How proposals and class scores become detections."""

    top_k: int = Field(2, ge=1, description="classes of one proposal")
    video_weight: Share = Field(
        0.7, description="geometric weight of the video's class score against the proposal's"
    )
    score_power: float = Field(1.0, gt=0, description="exponent of the proposal's score")


class WeightFitting(Section):
    """How the weights of an ensemble are fitted on the fold."""

    folds: int = Field(5, ge=2)
    step: float = Field(0.05, gt=0, le=0.5, description="finest step of a weight")
    shrink: Share = Field(0.5, description="share of the uniform mean in the fitted weights")
    min_gain_points: float = Field(
        0.1, ge=0, description="out-of-fold gain over uniform that is needed, points of the score"
    )
    min_positive_folds: int = Field(4, ge=0, description="folds that must gain")
    seed: int = Field(0, ge=0)


class Ensemble(WeightFitting):
    """How members are fused and their weights fitted."""

    level: Literal["maps", "proposals"] = "maps"
    weights: dict[str, float] | None = Field(
        None, description="of every member, instead of fitted ones; `emc2 ensemble` prints them"
    )
    voting_tiou: float | None = Field(
        None, gt=0, le=1, description="segment voting from this tIoU on; null: off"
    )

    @model_validator(mode="after")
    def _weights_can_be_used(self) -> Self:
        if self.weights is not None and not (
            min(self.weights.values(), default=-1.0) >= 0 and sum(self.weights.values()) > 0
        ):
            raise ValueError("weights must not be negative, and one must be positive")
        return self


class Fold(Section):
    """The videos that are held out to fit weights, thresholds and exponents."""

    source: Literal["train", "validation"] = Field(
        description="a part of the train subset, or the validation subset where test is reported"
    )
    parts: int = Field(5, ge=2, description="parts of the train subset, `train` only")
    index: int = Field(0, ge=0, description="which part is held out, `train` only")
    seed: int = Field(0, ge=0)
