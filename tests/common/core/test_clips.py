"""Clip descriptions: round trip, the published ones, and what is refused."""

import pytest

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError

SLOWFAST_R101 = ClipSpec(
    32, 15.0, Fit(256, 256, 256), (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 8 / 15
)


@pytest.mark.parametrize("spec", [SLOWFAST_R101, ClipSpec(1, 4.0, Fit(80, 60))])
def test_a_clip_survives_its_json(spec):
    assert ClipSpec.from_json(spec.to_json(), "here") == spec


def test_only_frames_rate_and_size_are_needed():
    spec = ClipSpec.from_json('{"frames": 8, "fps": 4, "height": 60, "width": 80}', "here")
    assert spec == ClipSpec(8, 4.0, Fit(80, 60))
    assert spec.spacing == 0.25


@pytest.mark.parametrize(
    "text",
    [
        '{"frames": 8, "fps": 4, "height": 60}',
        '{"frames": 8, "fps": 4, "height": 60, "width": 80, "heigth": 3}',
        '{"frames": 8, "fps": 4, "height": 60, "width": 80, "mean": [1]}',
        '{"frames": 0, "fps": 4, "height": 60, "width": 80}',
        '{"frames": 8, "fps": 4, "height": 224, "width": 224, "short_side": 200}',
        "[]",
        "nonsense",
    ],
)
def test_a_wrong_clip_is_refused(text):
    with pytest.raises(InputError, match="clip"):
        ClipSpec.from_json(text, "w.safetensors")
