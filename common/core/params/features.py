"""The section `features` of `params.yaml`: how videos become feature sequences."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.core.params.section import Section


class Features(Section):
    """Extraction. Changing `names`, `workers`, `timeout_s` or `max_broken` recomputes no feature
    that is there; the others do, since they can change its bits.
    """

    names: list[str] = Field(min_length=1, description="extractors, one feature set each")
    stride_seconds: float = Field(
        gt=0, description="from one snippet to the next, for networks without a published stride"
    )
    dtype: Literal["float32", "float16"] = Field(description="of the stored features")
    batch: int = Field(ge=1, description="snippets in one forward pass")
    device: Literal["cpu", "cuda"] = Field(description="where the networks run")
    threads: int = Field(ge=1, description="of torch, in each worker")
    workers: int = Field(ge=1, description="processes; each reads one video at a time")
    timeout_s: float = Field(gt=0, description="seconds for one video; then it counts as broken")
    max_broken: int = Field(
        ge=0, description="videos that may be broken; one more ends the stage with an error"
    )
