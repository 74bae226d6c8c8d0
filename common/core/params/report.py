"""The section `report` of params.yaml: what the page of a submission shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.core.params.section import Section


class ReportParams(Section):
    """What `report.html` shows. None of it changes a score."""

    videos: Annotated[int, Field(ge=0, description="timelines in the page")]
    detections_per_video: Annotated[
        int, Field(ge=1, description="best detections of a video that its timeline shows")
    ]
    key_frames: Annotated[int, Field(ge=0, description="key frames per timeline, at most")]
    key_frame_width: Annotated[int, Field(ge=16, le=640, description="pixels")]
    key_frame_height: Annotated[int, Field(ge=16, le=640, description="pixels")]
    key_frame_quality: Annotated[int, Field(ge=1, le=100, description="of WebP")]
    max_megabytes: Annotated[
        float, Field(gt=0, description="a larger page drops its key frames and says so")
    ]
    seed: Annotated[int, Field(ge=0, description="chooses the timelines drawn at random")]
    length_edges: Annotated[
        list[Annotated[float, Field(gt=0)]],
        Field(min_length=4, max_length=4, description="edges of the length bins XS S M L XL, s"),
    ]
    head_above: Annotated[
        int, Field(ge=1, description="a class with more training instances is head")
    ]
    tail_below: Annotated[
        int, Field(ge=0, description="a class with fewer training instances is tail")
    ]
