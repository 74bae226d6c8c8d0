"""What the frames of one forward pass look like: how many, how far apart, how large, how scaled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from common.core.errors import InputError, did_you_mean

# 0.45 and 0.225 of the 0..255 range, the same for the three colours.
_MEAN = (114.75, 114.75, 114.75)
_STD = (57.375, 57.375, 57.375)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture of any size becomes `width` x `height` pixels.

    Without `short_side` the whole picture is stretched to that size; with it the short side is
    scaled to `short_side`, the proportions stay, and the centre is cut out.
    """

    width: int
    height: int
    short_side: int | None = None

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise InputError(
                "clip.size", "clip", f"size {self.width}x{self.height}", "Give positive sizes."
            )
        if self.short_side is not None and self.short_side < max(self.width, self.height):
            raise InputError(
                "clip.size",
                "clip",
                f"a crop of {self.width}x{self.height} does not fit a short side of "
                f"{self.short_side}",
                "Make the short side at least as large as the crop.",
            )


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """The clip that one forward pass of a network sees.

    Args:
        frames: number of frames; 1 for a network that sees single pictures.
        fps: rate at which they are taken from the video; they lie 1 / fps seconds apart.
        fit: how each is brought to size.
        mean, std: RGB, on the scale 0..255; a network sees (value - mean) / std.
        stride_seconds: seconds from one snippet to the next where that is published with the
            network; None where the params decide.
    """

    frames: int
    fps: float
    fit: Fit
    mean: tuple[float, float, float] = _MEAN
    std: tuple[float, float, float] = _STD
    stride_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.frames < 1 or not self.fps > 0 or min(self.std) <= 0:
            raise InputError(
                "clip.spec",
                "clip",
                f"frames {self.frames}, fps {self.fps}, std {self.std}: all must be positive",
                "Correct the clip of this extractor.",
            )

    @property
    def spacing(self) -> float:
        """Seconds between two frames of the clip."""
        return 1.0 / self.fps

    def to_json(self) -> str:
        """The JSON that stands as `clip` in the metadata of an extractor's weights."""
        return json.dumps(
            {
                "frames": self.frames,
                "fps": self.fps,
                "width": self.fit.width,
                "height": self.fit.height,
                "short_side": self.fit.short_side,
                "mean": list(self.mean),
                "std": list(self.std),
                "stride_seconds": self.stride_seconds,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str, where: str) -> ClipSpec:
        """Read it back; `short_side`, `mean`, `std` and `stride_seconds` may be left out.

        Args:
            text: JSON object.
            where: what the error names when the text is no clip.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            fit = Fit(values.pop("width"), values.pop("height"), values.pop("short_side", None))
            frames, fps = values.pop("frames"), float(values.pop("fps"))
            mean = tuple(values.pop("mean", _MEAN))
            std = tuple(values.pop("std", _STD))
            stride = values.pop("stride_seconds", None)
            if len(mean) != 3 or len(std) != 3:
                raise ValueError("mean and std need three values each")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "clip.spec",
                where,
                f"the clip is not described as expected ({type(error).__name__}: {error})",
                "Give at least frames, fps, height and width.",
            ) from error
        if values:
            known = ("frames", "fps", "width", "height", "short_side", "mean", "std")
            word = sorted(values)[0]
            raise InputError(
                "clip.spec", where, f"unknown key {word!r} of a clip", did_you_mean(word, known)
            )
        return cls(frames, fps, fit, mean, std, stride)
