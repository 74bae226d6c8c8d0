"""Mixup, cutmix and soft targets: the published values, and what must hold for any batch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.training.recognition.mixing import Mixing, cut_box, heads_loss, mix, soft_targets

CLIPS = torch.rand(4, 3, 2, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("lam", "side", "left"), [(0.75, 112, 0.75), (0.5, 158, 0.502471)])
def test_the_box_of_cutmix(lam, side, left):
    (top, bottom, first, last), corrected = cut_box(lam, 224, 224, (112, 112))
    assert (bottom - top, last - first) == (side, side)
    assert corrected == pytest.approx(left, abs=1e-6)


def test_a_box_is_cut_at_the_border_and_its_share_with_it():
    box, corrected = cut_box(0.75, 224, 224, (0, 0))
    assert box == (0, 56, 0, 56) and corrected == pytest.approx(1 - 56**2 / 224**2)


def test_targets_are_those_published():
    rows = soft_targets(torch.arange(4), 4, 0.2, 0.75)
    assert rows[0].tolist() == pytest.approx([0.65, 0.05, 0.05, 0.25])
    verb = soft_targets(torch.tensor([3]), 97, 0.2)[0]
    noun = soft_targets(torch.tensor([3]), 300, 0.2)[0]
    assert float(verb[3]) == pytest.approx(0.802061856, abs=1e-6)
    assert float(verb[0]) == pytest.approx(0.002061856, abs=1e-8)
    assert float(noun[3]) == pytest.approx(0.800666667, abs=1e-6)
    assert float(noun[0]) == pytest.approx(0.000666667, abs=1e-8)


def test_uniform_logits_cost_the_sum_of_both_heads():
    logits = {"verb": torch.zeros(2, 97), "noun": torch.zeros(2, 300)}
    labels = {"noun": torch.tensor([1, 2]), "verb": torch.tensor([3, 4])}
    loss = float(heads_loss(logits, labels, 0.0, 1.0))
    assert loss == pytest.approx(math.log(97) + math.log(300), abs=1e-5)
    assert loss == pytest.approx(10.278493453, abs=1e-5)


@given(
    st.integers(1, 6),
    st.integers(2, 9),
    st.floats(0, 0.9),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_targets_are_distributions(n, classes, smoothing, lam, seed):
    labels = torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))
    rows = soft_targets(labels, classes, smoothing, lam)
    assert (rows >= 0).all()
    assert torch.allclose(rows.sum(dim=1), torch.ones(n), atol=1e-5)


def test_mixup_mixes_each_clip_with_its_partner():
    mixed, lam = mix(CLIPS, Mixing(mixup=0.2), np.random.default_rng(1))
    assert 0 < lam < 1
    assert torch.allclose(mixed, CLIPS * lam + CLIPS.flip(0) * (1 - lam))


def test_cutmix_takes_one_box_of_all_frames_from_the_partner():
    mixed, lam = mix(CLIPS, Mixing(cutmix=1.0), np.random.default_rng(3))
    taken = (mixed == CLIPS.flip(0)) & (mixed != CLIPS)
    assert torch.equal(taken[0, 0, 0], taken[3, 2, 1])
    assert float(taken.float().mean()) == pytest.approx(1 - lam)


def test_with_both_a_coin_decides():
    rng = np.random.default_rng(0)
    kinds = []
    for _ in range(200):
        mixed, _ = mix(CLIPS, Mixing(mixup=1.0, cutmix=1.0), rng)
        kinds.append(bool(((mixed == CLIPS) | (mixed == CLIPS.flip(0))).all()))
    assert 70 < sum(kinds) < 130


def test_off_means_untouched():
    mixed, lam = mix(CLIPS, Mixing(), np.random.default_rng(0))
    assert mixed is CLIPS and lam == 1.0
