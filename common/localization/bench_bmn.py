"""`emc2 bench bmn`: boundary matching against mmaction2's dense layer, forward and backward.

Every case runs in a process of its own with one thread. Memory is the highest resident size during
the first pass above what the process held before it, parameters and sampling weights included in
the latter on both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from common.core.bench import (
    BenchTable,
    in_child,
    median_cpu_seconds,
    ratio,
    reset_peak_mb,
    resident_mb,
)
from common.models.bmn import Bmn, BmnShape
from common.models.boundary_matching import (
    BoundaryMatching,
    MapShape,
    kernel_to_weight,
    sampling_matrix,
    unpack,
    weight_to_kernel,
)
from common.models.mmaction import build

_CHANNELS, _HIDDEN, _SAMPLES, _FEATURES = 256, 512, 32, 400


@dataclass(frozen=True, slots=True)
class Case:
    """`part`: `layer` (boundary matching and its convolution) or `network`, at T = D = `size`."""

    part: str
    size: int
    batch: int
    dense: bool
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of forward and backward, and extra peak memory in MB (None where unknown)."""

    seconds: float
    megabytes: float | None


CASES = (
    Case("layer", 100, 1, dense=True),
    Case("layer", 100, 8, dense=False),
    Case("layer", 100, 16, dense=False, repeats=1),
    Case("layer", 400, 1, dense=False, repeats=1),
    Case("network", 100, 1, dense=True),
)


def run(cases: tuple[Case, ...] = CASES) -> BenchTable:
    """Measure; about two minutes, most of it mmaction2's dense layer and its mask."""
    gemm, copy = in_child(_machine_rates)
    rows = []
    for case in cases:
        ours = in_child(_measure, case, False)
        dense = in_child(_measure, case, True) if case.dense else None
        name = f"{case.part}, T = D = {case.size}, batch {case.batch}"
        seconds = (ours.seconds, dense and dense.seconds, dense and _ratio(dense, ours, "seconds"))
        memory = (
            ours.megabytes,
            dense and dense.megabytes,
            dense and _ratio(dense, ours, "megabytes"),
        )
        rows.append((name, *seconds, *memory, _bound(case, gemm, copy)))
    difference = in_child(_largest_difference, min(case.size for case in cases))
    columns = (
        "case",
        "s",
        "mmaction2 s",
        "s: x less",
        "MB",
        "mmaction2 MB",
        "MB: x less",
        "bound s",
    )
    notes = (
        "CPU seconds of one thread, forward and backward; MB: extra peak memory of the first pass",
        "bound: multiply-adds of the projection and of the sparse products at the rate of a large "
        f"product ({gemm / 1e9:.0f} G/s), their operands moved once at the rate of a copy "
        f"({copy / 1e9:.0f} GB/s); network: its 2-D head too, whose 3x3 convolutions a library may "
        "do with fewer multiply-adds",
        f"largest difference from mmaction2, relative to the largest value: {difference:.1e} "
        "(output and gradients of layer and convolution, float32)",
    )
    return BenchTable("boundary matching", columns, tuple(rows), notes)


def _ratio(dense: Measured, ours: Measured, name: str) -> float | None:
    values = getattr(dense, name), getattr(ours, name)
    return None if None in values else ratio(*values)


def _measure(case: Case, dense: bool) -> Measured:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    step = _step(case, dense)
    before = reset_peak_mb()
    step()
    peak = resident_mb("VmHWM")
    extra = None if before is None or peak is None else peak - before
    return Measured(median_cpu_seconds(step, case.repeats), extra)


def _step(case: Case, dense: bool) -> Callable[[], object]:
    """One forward and backward pass."""
    shape = MapShape(case.size, case.size, _SAMPLES)
    channels = _CHANNELS if case.part == "layer" else _FEATURES
    x = torch.randn(case.batch, channels, case.size, requires_grad=True)
    if case.part == "network":
        network = _mmaction_bmn(case.size) if dense else Bmn(BmnShape(_FEATURES, shape))
        forward = network._forward if dense else network
        return lambda: sum(scores.sum() for scores in forward(x)).backward()
    if dense:
        reference = _mmaction_bmn(case.size)
        upstream = torch.ones(case.batch, _HIDDEN, case.size, case.size)
        return lambda: _dense_layer(reference, x).backward(upstream)
    layer = BoundaryMatching(shape, _CHANNELS, _HIDDEN)
    layer(x)  # builds the sampling weights
    upstream = torch.ones(case.batch, shape.n_cells, _HIDDEN)
    return lambda: layer(x).backward(upstream)


def _dense_layer(reference: nn.Module, x: Tensor) -> Tensor:
    return reference.x_3d_p[0](reference._boundary_matching_layer(x)).squeeze(2)


def _mmaction_bmn(size: int) -> nn.Module:
    config = {
        "type": "BMN",
        "temporal_dim": size,
        "boundary_ratio": 0.5,
        "num_samples": _SAMPLES,
        "num_samples_per_bin": 3,
        "feat_dim": _FEATURES,
        "soft_nms_alpha": 0.4,
        "soft_nms_low_threshold": 0.5,
        "soft_nms_high_threshold": 0.9,
        "post_process_top_k": 100,
    }
    return build(config)


def _largest_difference(size: int) -> float:
    """Between both layers with the same weights, of output and gradients."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    reference = _mmaction_bmn(size)
    shape = MapShape(size, size, _SAMPLES)
    layer = BoundaryMatching(shape, _CHANNELS, _HIDDEN)
    kernel, bias = reference.x_3d_p[0].weight, reference.x_3d_p[0].bias
    layer.weight.data, layer.bias.data = kernel_to_weight(kernel.data), bias.data.clone()
    x = torch.randn(1, _CHANNELS, size, requires_grad=True)
    upstream = torch.randn(1, _HIDDEN, size, size)
    theirs = _dense_layer(reference, x)
    expected = [theirs, *torch.autograd.grad(theirs, [x, kernel, bias], upstream)]
    ours = unpack(layer(x), layer.bias, size, size)
    dx, dweight, dbias = torch.autograd.grad(ours, [x, layer.weight, layer.bias], upstream)
    found = [ours, dx, weight_to_kernel(dweight, _SAMPLES), dbias]
    return max(
        float((a - b).detach().abs().max() / b.detach().abs().max())
        for a, b in zip(found, expected, strict=True)
    )


def _bound(case: Case, gemm: float, copy: float) -> float:
    """Seconds of the work that is counted, at the machine's measured rates."""
    shape = MapShape(case.size, case.size, _SAMPLES)
    projection = 3 * case.batch * case.size * _CHANNELS * _SAMPLES * _HIDDEN
    matrix = sampling_matrix(shape)
    rows = case.batch * _HIDDEN * 4 * (shape.n_cells + case.size * _SAMPLES)
    moved = 2 * (rows + case.batch * matrix.nnz * 8)
    work = projection + 2 * case.batch * matrix.nnz * _HIDDEN
    if case.part == "network":
        cells, c2 = case.size**2, 128
        work += 3 * case.batch * (shape.n_cells * _HIDDEN * c2 + 2 * cells * 9 * c2 * c2)
    return work / gemm + moved / copy


def _machine_rates() -> tuple[float, float]:
    """Multiply-adds a second of the best of some products; bytes a second of a copy."""
    torch.set_num_threads(1)
    rates = []
    for n in (512, 1024, 2048):
        a, b = torch.randn(2, n, n)
        rates.append(n**3 / median_cpu_seconds(lambda a=a, b=b: a @ b))
    source, target = torch.randn(2, 2**24)
    return max(rates), 2 * 4 * 2**24 / median_cpu_seconds(lambda: target.copy_(source))
