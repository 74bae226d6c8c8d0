"""How a classifier on frozen features is trained; tracks put it into their own sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.core.params.section import Section

ClassifierMethod = Literal[
    "joint",
    "sqrt",
    "balanced",
    "progressive",
    "crt",
    "lws",
    "tau_norm",
    "ncm",
    "logit_adjustment",
    "class_balanced_loss",
    "logit_adjusted_loss",
    "distribution_balanced",
    "focal",
    "asymmetric",
]


class ClassifierSettings(Section):
    """One classifier: a linear layer on standardised features, or one hidden layer before it."""

    hidden: int = Field(ge=0, description="units of the hidden layer; 0: linear")
    steps: int = Field(ge=1, description="of the joint training")
    head_steps: int = Field(ge=1, description="of the second training (cRT, LWS)")
    batch_size: int = Field(ge=1)
    lr: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    taus: list[float] = Field(min_length=1, description="tried on the fold by tau_norm")
