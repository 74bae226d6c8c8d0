"""The boundary-matching layer: golden sampling weights, the dense layer as reference, gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import conv3d

from common.models.boundary_matching import (
    BoundaryMatching,
    MapShape,
    SparseMap,
    SparseProduct,
    cell_indices,
    kernel_to_weight,
    pack,
    sampling_matrix,
    unpack,
    weight_to_kernel,
)

# T, D -> valid cells, entries, sum of all weights; N = 32, K = 3. Taken from the mask that
# mmaction2 1.2.0 builds (BMN._get_interp1d_mask, in float64).
SIZES = {
    (4, 4): (10, 540, 287.8509),
    (8, 8): (36, 2_106, 1_038.8018),
    (16, 16): (136, 8_482, 3_926.5123),
    (32, 32): (528, 36_420, 15_249.7018),
    (64, 64): (2_080, 169_235, 60_087.4351),
    (100, 100): (5_050, 476_827, 145_904.4140),
    (128, 64): (6_176, 595_012, 189_166.1070),
    (128, 128): (8_256, 860_243, 238_539.5351),
    (200, 100): (15_050, 1_749_662, 460_952.9982),
}

# (s, d) -> sum of the cell's weights, entries, {sample: {position: weight}}; T = D = 100
CELLS = {
    (0, 0): (
        32.0,
        48,
        {
            0: {0: 1.0},
            15: {0: 1.0},
            16: {0: 0.9842105, 1: 0.0157895},
            31: {0: 0.5105263, 1: 0.4894737},
        },
    ),
    (0, 1): (
        31.666667,
        55,
        {
            0: {0: 0.6666667},  # the point at exactly -1 is dropped
            1: {0: 1.0},
            15: {0: 0.5473684, 1: 0.4526316},
            31: {1: 0.0315789, 2: 0.9684211},
        },
    ),
    (0, 9): (
        25.0,
        53,
        {0: {}, 15: {4: 0.8, 5: 0.2}, 16: {4: 0.2, 5: 0.8}, 31: {13: 0.2, 14: 0.8}},
    ),
    (0, 99): (
        16.0,
        96,
        {
            0: {},
            15: {
                44: 0.245614,
                45: 0.0877193,
                46: 0.2140351,
                47: 0.1192982,
                48: 0.1824561,
                49: 0.1508772,
            },
            31: {},
        },
    ),
    (10, 9): (32.0, 70, {0: {5: 0.8, 6: 0.2}, 15: {14: 0.8, 15: 0.2}, 31: {23: 0.2, 24: 0.8}}),
    (40, 19): (
        32.0,
        88,
        {
            0: {30: 0.5894737, 31: 0.4105263},
            1: {31: 0.3754386, 32: 0.6070175, 33: 0.0175439},
            31: {68: 0.4105263, 69: 0.5894737},
        },
    ),
    (50, 0): (32.0, 64, {0: {49: 0.4894737, 50: 0.5105263}, 31: {50: 0.5105263, 51: 0.4894737}}),
    (98, 1): (26.554386, 55, {0: {97: 0.9684211, 98: 0.0315789}, 31: {99: 0.0315789}}),
    (99, 0): (27.957895, 48, {16: {99: 0.9842105}, 31: {99: 0.5105263}}),
}


def cell_weights(shape: MapShape, start: int, duration: int) -> np.ndarray:
    """(T, N) weights of one cell."""
    d, s = cell_indices(shape.positions, shape.durations)
    row = int(np.flatnonzero((d == duration) & (s == start))[0])
    return sampling_matrix(shape)[row].toarray().reshape(shape.positions, shape.samples)


def dense_mask(shape: MapShape) -> torch.Tensor:
    """(T, N, D, T) float64, zeros outside: what the published layer keeps."""
    mask = np.zeros((shape.positions, shape.samples, shape.durations, shape.positions))
    rows = sampling_matrix(shape).toarray()
    for row, d, s in zip(rows, *cell_indices(shape.positions, shape.durations), strict=True):
        mask[:, :, d, s] = row.reshape(shape.positions, shape.samples)
    return torch.from_numpy(mask)


def dense_layer(x, mask, kernel, bias):
    """The published order: sample everything, then convolve."""
    sampled = torch.einsum("bct,tnds->bcnds", x, mask)
    return conv3d(sampled, kernel, bias).squeeze(2)


def relative_difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).detach().abs().max() / b.detach().abs().max())


@pytest.mark.parametrize("size", SIZES)
def test_the_sampling_matrix_has_the_published_size_and_sum(size):
    cells, entries, total = SIZES[size]
    matrix = sampling_matrix(MapShape(*size, samples=32))
    assert (matrix.shape[0], matrix.nnz) == (cells, entries)
    assert matrix.sum() == pytest.approx(total, abs=6e-5)


def test_the_sum_at_100_agrees_to_all_known_digits():
    assert sampling_matrix(MapShape(100, 100, 32)).sum() == pytest.approx(
        145_904.41403509, abs=1e-8
    )


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_has_the_published_weights(cell):
    total, entries, samples = CELLS[cell]
    weights = cell_weights(MapShape(100, 100, 32), *cell)
    assert weights.sum() == pytest.approx(total, abs=1e-6)
    assert np.count_nonzero(weights) == entries
    for sample, expected in samples.items():
        found = {int(t): weights[t, sample] for t in np.flatnonzero(weights[:, sample])}
        assert found == pytest.approx(expected, abs=1e-7)


def test_fewer_durations_give_the_first_rows_of_the_square_map():
    square = sampling_matrix(MapShape(24, 24, 8))
    few = sampling_matrix(MapShape(24, 7, 8))
    assert (few != square[: few.shape[0]]).nnz == 0


@given(
    positions=st.integers(2, 20),
    short=st.integers(0, 12),
    samples=st.integers(2, 8),
    points=st.integers(1, 4),
    ratio=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_weights_are_between_0_and_1_and_a_sample_never_weighs_more_than_1(
    positions, short, samples, points, ratio
):
    shape = MapShape(positions, max(1, positions - short), samples, points, ratio)
    matrix = sampling_matrix(shape)
    weights = matrix.toarray().reshape(-1, positions, samples)
    assert weights.min() >= 0 and weights.max() <= 1 + 1e-12
    assert weights.sum(axis=1).max() <= 1 + 1e-12
    assert matrix.has_sorted_indices


def test_the_middle_of_the_map_moves_with_its_start():
    shape = MapShape(40, 6, 8)
    first, moved = cell_weights(shape, 10, 4), cell_weights(shape, 17, 4)
    assert np.abs(np.roll(first, 7, axis=0) - moved).max() < 1e-12


@pytest.mark.parametrize("size", [(8, 8), (32, 32), (100, 100), (24, 7)])
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_forward_and_gradients_equal_the_dense_layer(size, dtype, limit):
    shape = MapShape(*size, samples=6)
    generator = torch.Generator().manual_seed(3)
    torch.manual_seed(3)
    layer = BoundaryMatching(shape, in_channels=8, out_channels=12).to(dtype)
    x = torch.randn(2, 8, size[0], generator=generator, dtype=dtype, requires_grad=True)
    kernel = weight_to_kernel(layer.weight.detach(), 6).clone().requires_grad_()
    bias = layer.bias.detach().clone().requires_grad_()

    ours = unpack(layer(x), layer.bias, *size)
    dense = dense_layer(x, dense_mask(shape).to(dtype), kernel, bias)
    assert relative_difference(ours, dense) <= limit

    upstream = torch.randn(dense.shape, generator=generator, dtype=dtype)
    dx, dweight, dbias = torch.autograd.grad((ours * upstream).sum(), [x, layer.weight, layer.bias])
    expected = torch.autograd.grad((dense * upstream).sum(), [x, kernel, bias])
    dkernel = weight_to_kernel(dweight, 6)
    for found, wanted in zip([dx, dkernel, dbias], expected, strict=True):
        assert relative_difference(found, wanted) <= limit


def test_gradients_pass_gradcheck():
    torch.manual_seed(0)
    layer = BoundaryMatching(MapShape(6, 6, 4), in_channels=3, out_channels=2).double()
    x = torch.randn(2, 3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), (x, layer.weight, layer.bias))


@pytest.mark.parametrize("batch", [1, 8, 16])
def test_a_batch_gives_what_its_items_give(batch):
    torch.manual_seed(1)
    layer = BoundaryMatching(MapShape(12, 12, 4), 6, 5)
    x = torch.randn(batch, 6, 12)
    together = layer(x)
    for i in range(batch):
        assert relative_difference(together[i], layer(x[i : i + 1])[0]) < 1e-6


def test_a_batch_is_repeated_bit_for_bit():
    torch.manual_seed(1)
    layer = BoundaryMatching(MapShape(32, 32, 8), 16, 16)
    x = torch.randn(8, 16, 32)
    grads = [torch.autograd.grad(layer(x).square().sum(), layer.weight)[0] for _ in range(2)]
    assert torch.equal(*grads)


def test_the_published_kernel_layout_goes_in_and_out():
    kernel = torch.randn(5, 3, 4, 1, 1)
    weight = kernel_to_weight(kernel)
    assert weight.shape == BoundaryMatching(MapShape(8, 8, 4), 3, 5).weight.shape
    assert torch.equal(weight_to_kernel(weight, samples=4), kernel)


def test_the_mask_is_no_part_of_the_weights():
    layer = BoundaryMatching(MapShape(8, 8, 4), 3, 5)
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_packing_undoes_unpacking_and_the_rest_is_filled():
    rows, fill = torch.randn(2, 18, 3), torch.randn(3)
    full = unpack(rows, fill, positions=7, durations=3)
    assert full.shape == (2, 3, 3, 7)
    assert torch.equal(pack(full), rows)
    assert torch.equal(full[:, :, 2, 5:], fill[None, :, None].expand(2, 3, 2))


def test_a_wrong_sequence_length_is_refused():
    with pytest.raises(ValueError, match="9 positions given, 8 expected"):
        BoundaryMatching(MapShape(8, 8, 4), 3, 5)(torch.zeros(1, 3, 9))


@pytest.mark.parametrize("bad", [{"durations": 9}, {"durations": 0}, {"samples": 1, "points": 1}])
def test_impossible_shapes_are_refused(bad):
    with pytest.raises(ValueError, match="durations|points"):
        MapShape(**({"positions": 8, "durations": 8, "samples": 4} | bad))


def test_the_sparse_product_needs_no_gradient_of_its_matrix():
    matrix = SparseMap.of(sampling_matrix(MapShape(4, 4, 2)), torch.float64, torch.device("cpu"))
    rows = torch.randn(1, 8, 3, dtype=torch.float64, requires_grad=True)
    out = SparseProduct.apply(rows, matrix)
    out.sum().backward()
    column_sums = torch.from_numpy(sampling_matrix(MapShape(4, 4, 2)).sum(axis=0)).reshape(-1)
    assert torch.allclose(rows.grad[0, :, 0], column_sums, atol=1e-14)
