"""BMN: published sizes, equality with mmaction2's network, what the cells outside mean."""

import itertools

import numpy as np
import pytest
import torch

from common.core.errors import InputError
from common.models.bmn import Bmn, BmnShape, load_published
from common.models.boundary_matching import MapShape, pack
from common.models.relation import RelationShape

TINY = BmnShape(8, MapShape(12, 12, 4), 8, 8, 12, 8)
TOTALS = {200: 4_940_164, 400: 4_978_564, 1024: 5_098_372, 2048: 5_294_980, 2304: 5_344_132}


def n_parameters(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def published_shape(features: int) -> BmnShape:
    return BmnShape(features, MapShape(100, 100, 32))


@pytest.mark.parametrize("features", TOTALS)
def test_the_published_totals_of_parameters(features):
    assert n_parameters(Bmn(published_shape(features))) == TOTALS[features]


def test_the_published_parameters_of_each_part():
    network = Bmn(published_shape(400))
    parts = {name: n_parameters(part) for name, part in network.named_children()}
    assert parts["base"] == 126_464
    assert parts["start"] == parts["end"] == 49_665
    assert parts["proposal"] == 196_864
    assert parts["matching"] == 4_194_816
    assert parts["reduce"] + parts["head"] == 361_090


def mmaction_bmn(positions: int, dtype: torch.dtype) -> torch.nn.Module:
    """mmaction2's BMN with small layers; in float64 its mask is rebuilt without rounding."""
    pytest.importorskip("mmaction")
    from common.models.mmaction import build

    network = build(
        dict(
            type="BMN",
            temporal_dim=positions,
            boundary_ratio=0.5,
            num_samples=8,
            num_samples_per_bin=3,
            feat_dim=16,
            soft_nms_alpha=0.4,
            soft_nms_low_threshold=0.5,
            soft_nms_high_threshold=0.9,
            post_process_top_k=100,
            hidden_dim_1d=16,
            hidden_dim_2d=12,
            hidden_dim_3d=24,
        )
    )
    if dtype == torch.float64:
        mask = np.zeros((positions, 8, positions, positions))
        for d, s in itertools.product(range(positions), repeat=2):
            if d + s < positions:
                low, high = s - 0.5 * (d + 1), s + d + 0.5 * (d + 1)
                mask[:, :, d, s] = network._get_interp1d_bin_mask(low, high, positions, 8, 3)
        network.double()
        network.sample_mask.data = torch.from_numpy(mask).view(positions, -1)
    return network


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_the_whole_network_equals_mmaction2s(dtype, limit):
    torch.manual_seed(0)
    theirs = mmaction_bmn(24, dtype)
    ours = Bmn(BmnShape(16, MapShape(24, 24, 8), 16, 16, 24, 12)).to(dtype)
    load_published(ours, theirs.state_dict(), "mmaction2")
    x, y = (torch.randn(3, 16, 24, dtype=dtype) for _ in range(2))
    mine, x_grad = outputs_and_gradient(lambda x: ours(x), x, y)
    reference, wanted_grad = outputs_and_gradient(lambda x: reorder(theirs._forward(x)), x, y)
    for found, wanted in zip([*mine, x_grad], [*reference, wanted_grad], strict=True):
        assert (found - wanted).abs().max() / wanted.abs().max() <= limit


def reorder(output):
    confidence, start, end = output
    return start, end, confidence


def outputs_and_gradient(function, x, weight):
    """Detached outputs, and the gradient of a mix of all of them with respect to x."""
    x = x.clone().requires_grad_()
    outputs = function(x)
    mix = sum((output * (1 + torch.arange(output.shape[-1]))).mean() for output in outputs)
    mix.backward()
    return [output.detach() for output in outputs], x.grad


def test_a_published_state_that_lacks_a_layer_is_refused():
    with pytest.raises(InputError, match="old.pth"):
        load_published(Bmn(TINY), {"x_1d_b.0.weight": torch.zeros(8, 2, 3)}, "old.pth")


def test_scores_have_the_documented_shapes_and_range():
    out = Bmn(BmnShape(8, MapShape(12, 5, 4), 8, 8, 12, 8))(torch.randn(2, 8, 12))
    assert out.start.shape == out.end.shape == (2, 12)
    assert out.confidence.shape == (2, 2, 5, 12)
    assert all(0 <= t.min() and t.max() <= 1 for t in out)


def test_equal_seeds_give_equal_bmn_weights_with_and_without_relation():
    torch.manual_seed(5)
    plain = Bmn(TINY)
    torch.manual_seed(5)
    related = Bmn(TINY, RelationShape(heads=2))
    state = related.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in plain.state_dict().items())


def test_zeroing_the_outside_changes_only_what_lies_near_the_diagonal():
    torch.manual_seed(2)
    published = Bmn(TINY)
    zeroed = Bmn(BmnShape(8, MapShape(12, 12, 4), 8, 8, 12, 8, outside="zero"))
    zeroed.load_state_dict(published.state_dict())
    x = torch.randn(1, 8, 12)
    a, b = published(x).confidence, zeroed(x).confidence
    d, s = np.meshgrid(np.arange(12), np.arange(12), indexing="ij")
    # Two 3x3 convolutions reach two cells in each direction: four steps toward the diagonal.
    far = torch.from_numpy(d + s + 4 < 12)
    assert torch.equal(a[..., far], b[..., far])
    assert not torch.equal(pack(a), pack(b))
