"""Extractors: shapes, what each kind of network can see, and published checkpoints that fit."""

import json
from pathlib import Path

import mmaction
import pytest
import torch
from mmengine.config import Config

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.core.params.training import R2Plus1dSpec, ResNetSpec, SlowFastSpec, VivitSpec
from common.models.extractors import (
    PUBLISHED,
    Extractor,
    build_extractor,
    csn_config,
    restore_extractor,
    slowfast_config,
)
from common.models.mmaction import build

SIZE = {
    "width": 8,
    "blocks": [1, 1, 1],
    "stem_kernel": 5,
    "stem_stride": 2,
    "pool": True,
    "dropout": 0.5,
}
SPECS = {
    "appearance": ResNetSpec(**SIZE),
    "slowfast": SlowFastSpec(**SIZE, remove_still=True, speed_ratio=4, channel_ratio=2),
    "r2plus1d": R2Plus1dSpec(**SIZE, remove_still=False, temporal_strides=[1, 1, 2]),
    "vivit": VivitSpec(
        dim=24,
        heads=3,
        spatial_layers=1,
        temporal_layers=1,
        tubelet_frames=2,
        patch=16,
        epochs=1,
        lr=0.001,
        drop_path=0.1,
        dropout=0.5,
        remove_still=False,
    ),
}
FEATURES = {"appearance": 32, "slowfast": 48, "r2plus1d": 32, "vivit": 24}
CLIP = ClipSpec(8, 4.0, Fit(64, 48))
CONFIGS = Path(mmaction.__file__).parent / ".mim" / "configs" / "recognition"


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    return {name: build_extractor(name, spec, 5, CLIP).eval() for name, spec in SPECS.items()}


@pytest.fixture
def clips():
    return torch.randn(2, 3, 8, 48, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", SPECS)
def test_a_clip_becomes_features_and_logits(networks, clips, name):
    with torch.inference_mode():
        features, logits = networks[name](clips)
    assert features.shape == (2, FEATURES[name])
    assert logits.shape == (2, 5)


@pytest.mark.parametrize(
    ("name", "sees_order"), [("appearance", 0), ("slowfast", 1), ("r2plus1d", 1), ("vivit", 1)]
)
def test_only_the_appearance_network_is_blind_to_the_order_of_frames(
    networks, clips, name, sees_order
):
    with torch.inference_mode():
        forward = networks[name](clips)[0]
        backward = networks[name](clips.flip(2))[0]
    assert (not torch.allclose(forward, backward, atol=1e-4)) == bool(sees_order)


def test_removing_what_stands_still_makes_the_background_vanish(networks, clips):
    background = torch.rand(2, 3, 1, 48, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        before, after = (networks["slowfast"](clips + b)[0] for b in (0, background))
        assert torch.allclose(before, after, atol=1e-4)
        before, after = (networks["r2plus1d"](clips + b)[0] for b in (0, background))
        assert not torch.allclose(before, after, atol=1e-2)


@pytest.mark.parametrize("name", SPECS)
def test_the_same_seed_draws_the_same_weights(name):
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(build_extractor(name, SPECS[name], 5, CLIP).state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize("name", ["slowfast", "vivit"])
def test_a_file_is_enough_to_restore_its_network(networks, clips, name):
    network = networks[name]
    metadata = {
        "network": name,
        "spec": SPECS[name].model_dump_json(),
        "classes": json.dumps(list("abcde")),
        "clip": CLIP.to_json(),
    }
    restored = restore_extractor(network.state_dict(), metadata, f"{name}.safetensors")
    with torch.inference_mode():
        assert torch.equal(restored(clips)[1], network(clips)[1])


@pytest.mark.parametrize(
    "change",
    [{"network": "slowfats"}, {"spec": "{}"}, {"classes": "five"}, {"spec": None}],
)
def test_metadata_that_do_not_describe_a_network_name_the_file(networks, change):
    metadata = {"network": "appearance", "spec": SPECS["appearance"].model_dump_json()}
    metadata = metadata | {"classes": "[1, 2, 3, 4, 5]"} | change
    metadata = {key: value for key, value in metadata.items() if value is not None}
    with pytest.raises(InputError, match=r"^(a\.safetensors|extractor): "):
        restore_extractor(networks["appearance"].state_dict(), metadata, "a.safetensors")


def test_tensors_of_another_size_name_the_first_that_differs(networks):
    wide = SPECS["appearance"].model_copy(update={"width": 16})
    metadata = {"network": "appearance", "spec": wide.model_dump_json(), "classes": "[1, 2]"}
    message = r"a\.st: tensor 'backbone\.conv1\.conv\.weight' has shape \(8, 3, 1, 5, 5\)"
    with pytest.raises(InputError, match=message):
        restore_extractor(networks["appearance"].state_dict(), metadata, "a.st")


def test_an_unknown_network_gets_the_nearest_name():
    with pytest.raises(InputError, match='Did you mean "slowfast_r101"'):
        build_extractor("slowfast_101", None, 5)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("slowfast_r101", "slowfast/slowfast_r101_8xb8-8x8x1-256e_kinetics400-rgb.py"),
        (
            "csn_r152",
            "csn/ircsn_ig65m-pretrained-r152-bnfrozen_8xb12-32x2x1-58e_kinetics400-rgb.py",
        ),
    ],
)
def test_published_checkpoints_load_unchanged(name, file):
    """Keys and shapes of the network equal those of the recogniser that mmaction2's config file
    builds, and so of the checkpoint published with that file.
    """
    config = Config.fromfile(CONFIGS / file)
    config.model.backbone.pretrained = None
    with torch.device("meta"):
        expected = {key: t.shape for key, t in build(config.model.to_dict()).state_dict().items()}
        ours = build_extractor(name, None, 400)
    assert {key: t.shape for key, t in ours.state_dict().items()} == expected
    pipeline = {step["type"]: step for step in config.val_pipeline}
    assert PUBLISHED[name].clip.frames == pipeline["SampleFrames"]["clip_len"]
    assert PUBLISHED[name].clip.fps == 30 / pipeline["SampleFrames"]["frame_interval"]
    assert PUBLISHED[name].clip.fit.short_side == pipeline["Resize"]["scale"][1]
    assert list(PUBLISHED[name].clip.mean) == config.model.data_preprocessor.mean
    assert list(PUBLISHED[name].clip.std) == config.model.data_preprocessor.std


def _count(backbone, n_features):
    with torch.device("meta"):
        network = Extractor(build(backbone), n_features, 400, 0.5)
    return sum(parameter.numel() for parameter in network.parameters())


def test_parameter_counts_are_the_published_ones():
    assert _count(csn_config(152), 2048) == 29_703_568
    slowfast = slowfast_config(50, speed_ratio=8, lateral_frames=5)
    # 34,480,216 is the network with batch norm in its four lateral connections; mmaction2's has
    # none there: 2 x (16 + 64 + 128 + 256) parameters less.
    assert _count(slowfast, 2304) == 34_480_216 - 928
    slowfast["slow_pathway"]["lateral_norm"] = True
    assert _count(slowfast, 2304) == 34_480_216
