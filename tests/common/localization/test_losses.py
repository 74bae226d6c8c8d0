"""Losses of BMN: golden values, guarded counts, expectation weights."""

import numpy as np
import pytest
import torch

from common.localization.labels import map_labels
from common.localization.losses import (
    bmn_loss,
    boundary_loss,
    classification_loss,
    inside_mask,
    regression_loss,
)
from common.models.bmn import BmnOutput

CPU = torch.device("cpu")


def labels_of(boxes) -> list[torch.Tensor]:
    labels = map_labels(np.array(boxes, dtype=np.float64).reshape(-1, 2), 100, 100)
    return [torch.from_numpy(x)[None] for x in (labels.start, labels.end, labels.iou)]


def golden_labels() -> list[torch.Tensor]:
    """Those that the published losses were made with: computed in single precision, in which 0.2
    is 0.200000003, some cells lie above 0.9 and one boundary label above its threshold of 0.5.
    """
    start, end, _ = labels_of([[0.2, 0.5], [0.55, 0.6]])
    start[0, 21] = 0.5000003
    iou = labels_of(np.array([[0.2, 0.5], [0.55, 0.6]], dtype=np.float32))[2]
    return [start, end, iou]


GOLDEN = golden_labels()
EMPTY = labels_of([])
HALF = BmnOutput(
    torch.full((1, 100), 0.5), torch.full((1, 100), 0.5), torch.full((1, 2, 100, 100), 0.5)
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_golden_losses_of_a_constant_prediction():
    """Values of mmaction2 1.2.0, BMNLoss, on the labels of the golden example."""
    losses = bmn_loss(HALF, *GOLDEN, seeded(0))
    assert losses["loss_boundary"].item() == pytest.approx(1.33357668, abs=2e-7)
    assert losses["loss_classification"].item() == pytest.approx(0.39811909, abs=1e-7)
    assert 0.35 < losses["loss_regression"].item() < 0.39  # 10 x (0.0359 .. 0.0380)


def test_the_golden_losses_of_a_ramp():
    start, end, iou = GOLDEN
    ramp = torch.linspace(0.05, 0.95, 10_000).view(1, 100, 100)
    found = classification_loss(ramp, iou, inside_mask(100, 100, CPU))
    assert found.item() == pytest.approx(0.32694161, abs=1e-7)
    ramp = torch.linspace(0.05, 0.95, 100)[None]
    found = boundary_loss(ramp, start) + boundary_loss(ramp, end)
    assert found.item() == pytest.approx(1.72689819, abs=2e-7)


def test_a_video_without_segments_has_finite_losses_and_no_gradient_in_regression():
    scores = HALF.confidence.clone().requires_grad_()
    losses = bmn_loss(HALF._replace(confidence=scores), *EMPTY, seeded(0))
    assert losses["loss_classification"].item() == pytest.approx(0.36381966, abs=1e-7)
    assert losses["loss_boundary"].item() == pytest.approx(0.72778350, abs=2e-7)
    assert losses["loss_regression"].item() == 0.0
    losses["loss_regression"].backward()
    assert not scores.grad.any()


def test_labels_outside_the_sequence_change_nothing():
    start, end, iou = GOLDEN
    noise = torch.where(inside_mask(100, 100, CPU), iou, torch.rand(iou.shape, generator=seeded(1)))
    a, b = bmn_loss(HALF, start, end, iou), bmn_loss(HALF, start, end, noise)
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_only_cells_of_the_band_are_drawn_when_high_cells_are_the_majority():
    """4 high, 1 mid, 8 low cells: 4 + 1 + about 4 count; cells with tIoU 0 never do."""
    iou = torch.zeros(1, 10, 10)
    iou[0, 0, :4], iou[0, 1, 0], iou[0, 2, :8] = 1.0, 0.5, 0.2
    scores = torch.full((1, 10, 10), 0.5)
    draws = [
        regression_loss(scores, iou, inside_mask(10, 10, CPU), seeded(i)).item() for i in range(50)
    ]
    possible = [0.5 * (4 * 0.25 + n * 0.09) / (5 + n) for n in range(9)]
    assert all(min(abs(draw - value) for value in possible) < 1e-7 for draw in draws)
    assert len(set(draws)) > 2


def test_expectation_weights_are_the_mean_over_draws_of_weighted_sums():
    _, _, iou = GOLDEN
    scores = torch.rand(iou.shape, generator=seeded(5))
    mask = inside_mask(100, 100, CPU)
    expected = regression_loss(scores, iou, mask, None)
    assert torch.equal(expected, regression_loss(scores, iou, mask, None))
    drawn = torch.stack([regression_loss(scores, iou, mask, seeded(i)) for i in range(300)])
    assert expected.item() == pytest.approx(
        drawn.mean().item(), abs=4 * drawn.std().item() / 300**0.5
    )


def test_equal_seeds_draw_equal_losses():
    losses = [bmn_loss(HALF, *GOLDEN, seeded(s))["loss_regression"].item() for s in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_certain_predictions_give_finite_losses(value):
    output = BmnOutput(*(torch.full_like(t, value) for t in HALF))
    assert all(torch.isfinite(loss) for loss in bmn_loss(output, *GOLDEN, seeded(0)).values())


def test_all_positions_positive_gives_a_finite_loss():
    assert torch.isfinite(boundary_loss(torch.full((1, 10), 0.3), torch.ones(1, 10)))
