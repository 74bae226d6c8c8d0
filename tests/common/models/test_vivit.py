"""ViViT: sizes, initialisation, resizing, drop path, and weights of other projects."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.models.vivit import (
    Attention,
    Vivit,
    VivitSize,
    drop_path,
    resize_spatial,
    resize_temporal,
)
from common.models.vivit_keys import fit_positions, from_image_vit, from_tada, inflate

SMALL = VivitSize(
    frames=8, height=32, width=48, dim=24, heads=3, spatial_layers=2, temporal_layers=1, patch=16
)


def _small():
    torch.manual_seed(0)
    network = Vivit(SMALL)
    network.init_weights()
    return network.eval()


def _count(size):
    with torch.device("meta"):
        return sum(p.numel() for p in Vivit(size).parameters())


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (VivitSize(), 114_755_328),
        (VivitSize(height=320, width=320), 114_912_000),
        (VivitSize(frames=16), 114_749_184),
    ],
)
def test_parameter_counts_are_the_published_ones(size, count):
    assert _count(size) == count


def test_tensors_have_the_published_shapes():
    with torch.device("meta"):
        state = Vivit(VivitSize()).state_dict()
    assert len(state) == 202
    assert state["patch_embed.proj.weight"].shape == (768, 3, 2, 16, 16)
    assert state["pos_embed"].shape == (1, 197, 768)
    assert state["temporal_pos_embed"].shape == (1, 17, 768)
    assert state["spatial.11.attn.qkv.weight"].shape == (2304, 768)
    assert state["temporal.3.mlp.fc1.weight"].shape == (3072, 768)


def test_drop_path_rises_linearly_over_all_layers():
    with torch.device("meta"):
        network = Vivit(VivitSize(drop_path=0.2))
    rates = [layer.drop_path for layer in (*network.spatial, *network.temporal)]
    assert rates == pytest.approx([0.2 * i / 15 for i in range(16)])
    assert rates[1] == pytest.approx(0.013333, abs=1e-6)


def test_drop_path_drops_whole_samples_and_keeps_the_mean():
    torch.manual_seed(1)
    x = torch.ones(4000, 3, 2)
    dropped = drop_path(x, 0.25, training=True)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert (dropped.flatten(1).std(dim=1) == 0).all()
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.03)
    assert drop_path(x, 0.25, training=False) is x


def test_a_clip_becomes_one_vector_whatever_the_batch():
    network = _small()
    clips = torch.randn(3, 3, 8, 32, 48)
    with torch.no_grad():
        together, alone = network(clips), network(clips[1:2])
    assert together.shape == (3, 24)
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-5)


def test_the_order_of_frames_counts():
    network = _small()
    clips = torch.randn(1, 3, 8, 32, 48)
    with torch.no_grad():
        assert not torch.allclose(network(clips), network(clips.flip(2)), atol=1e-6)


def test_clips_of_another_size_resize_the_positions():
    network = _small()
    with torch.no_grad():
        assert network(torch.randn(1, 3, 16, 64, 48)).shape == (1, 24)


def test_attention_equals_its_formula():
    torch.manual_seed(2)
    layer, x = Attention(12, 3).double(), torch.randn(2, 5, 12, dtype=torch.float64)
    q, k, v = layer.qkv(x).split(12, dim=-1)
    heads = []
    for h in range(3):
        part = slice(4 * h, 4 * h + 4)
        weights = (q[..., part] @ k[..., part].transpose(1, 2) / 2.0).softmax(dim=-1)
        heads.append(weights @ v[..., part])
    torch.testing.assert_close(layer(x), layer.proj(torch.cat(heads, dim=-1)))


def test_goldens_of_the_resized_grid():
    embed = torch.tensor([9.0, 0, 1, 2, 3]).view(1, 5, 1)
    three = resize_spatial(embed, (2, 2), (3, 3)).flatten().tolist()
    assert three == [9, 0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3]
    four = resize_spatial(embed, (2, 2), (4, 4)).flatten().tolist()
    ramp = [0, 0.25, 0.75, 1]
    assert four[1:] == [x + y for y in (0, 0.5, 1.5, 2) for x in ramp]
    eight = resize_temporal(embed, 8).flatten().tolist()
    assert eight == [9, 0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]
    assert resize_temporal(embed, 2).flatten().tolist() == [9, 0.5, 2.5]


@given(st.sampled_from(["central_frame", "average"]), st.integers(0, 2**32 - 1))
def test_an_inflated_filter_sees_a_still_clip_as_the_image_model_sees_the_image(mode, seed):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(4, 3, 8, 8, generator=generator, dtype=torch.float64)
    image = torch.randn(1, 3, 8, 8, generator=generator, dtype=torch.float64)
    still = image[:, :, None].repeat(1, 1, 2, 1, 1)
    tokens = torch.nn.functional.conv3d(still, inflate(weight, 2, mode), stride=(2, 8, 8))
    expected = torch.nn.functional.conv2d(image, weight, stride=8)
    torch.testing.assert_close(tokens[:, :, 0], expected)


def test_the_central_frame_is_the_second_of_two():
    filled = inflate(torch.ones(2, 3, 1, 4, 4), 2, "central_frame")
    assert filled[:, :, 0].sum() == 0 and (filled[:, :, 1] == 1).all()


def _tada_state():
    """Our small network's tensors under TAdaConv's names."""
    theirs = {
        "patch_embed.proj": "stem.conv1",
        "pos_embed": "pos_embd",
        "temporal_cls_token": "cls_token_out",
        "temporal_pos_embed": "temp_embd",
        "temporal_norm": "norm_out",
        "spatial_norm": "norm",
    }
    inner = {"norm1": "norm", "norm2": "norm_ffn", "attn.qkv": "attn.to_qkv"}
    inner |= {"mlp.fc1": "ffn.net.0", "mlp.fc2": "ffn.net.3", "attn.proj": "attn.proj"}
    state = {}
    for name, tensor in _small().state_dict().items():
        parts = name.split(".")
        if parts[0] in ("spatial", "temporal"):
            folder = "layers" if parts[0] == "spatial" else "layers_temporal"
            middle = inner[".".join(parts[2:-1])]
            state[f"backbone.{folder}.{parts[1]}.{middle}.{parts[-1]}"] = tensor
        else:
            for ours, other in theirs.items():
                if name == ours or name.startswith(f"{ours}."):
                    name = other + name.removeprefix(ours)
                    break
            state[f"backbone.{name}"] = tensor
    for head, n in (("linear1", 97), ("linear2", 300)):
        state[f"head.{head}.weight"] = torch.zeros(n, 24)
        state[f"head.{head}.bias"] = torch.zeros(n)
    return state


def test_a_tada_checkpoint_fills_every_tensor_of_ours():
    found = from_tada(_tada_state(), "vivit.pth")
    own = _small().state_dict()
    for name, tensor in own.items():
        assert torch.equal(found[f"backbone.{name}"], tensor)
    heads = {name: tuple(t.shape) for name, t in found.items() if name.startswith("head.")}
    assert heads["head.verb.weight"] == (97, 24) and heads["head.noun.bias"] == (300,)
    assert len(found) == len(own) + 4


@pytest.mark.parametrize("name", ["backbone.layers.0.gamma", "backbone.lstm.weight", "extra"])
def test_a_key_of_another_network_is_named(name):
    with pytest.raises(InputError) as caught:
        from_tada({name: torch.zeros(1)}, "vivit.pth")
    assert caught.value.rule == "vivit.key" and name in str(caught.value)


def test_an_image_model_fills_all_but_the_temporal_encoder():
    own = _small().state_dict()
    image = {
        "patch_embed.proj.weight": torch.randn(24, 3, 16, 16),
        "patch_embed.proj.bias": own["patch_embed.proj.bias"],
        "cls_token": own["cls_token"],
        "pos_embed": torch.randn(1, 17, 24),
        "head.weight": torch.zeros(5, 24),
    }
    image |= {f"norm.{name}": own[f"spatial_norm.{name}"] for name in ("weight", "bias")}
    image |= {
        name.replace("spatial.", "blocks."): tensor
        for name, tensor in own.items()
        if name.startswith("spatial.")
    }
    found = from_image_vit(image, SMALL, "central_frame", "vit.pth")
    fresh = {name for name in own if name.startswith("temporal")}
    assert set(found) == set(own) - fresh
    assert all(found[name].shape == own[name].shape for name in found)


def test_a_checkpoint_serves_larger_clips():
    larger = VivitSize(
        frames=16, height=64, width=96, dim=24, heads=3, spatial_layers=2, temporal_layers=1
    )
    state = {f"backbone.{name}": t for name, t in _small().state_dict().items()}
    fitted = fit_positions(state, SMALL, larger)
    Vivit(larger).load_state_dict({k.removeprefix("backbone."): v for k, v in fitted.items()})


def test_sizes_that_do_not_divide_are_an_error():
    with pytest.raises(InputError) as caught:
        VivitSize(frames=7)
    assert caught.value.rule == "vivit.size"
