"""The learning-rate schedules, step by step, against closed forms and torch's own."""

import math

import pytest
import torch
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope

from common.training.cmd.schedule import CmdSchedule
from common.training.recipe import FitRecipe, optimizer_config, schedule_config
from common.training.warm_cosine import warm_cosine


def rates(recipe, steps_per_epoch):
    """The learning rate that each step of a training sees."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=recipe.lr)
    with DefaultScope.overwrite_default_scope("mmengine"):
        schedulers = [
            PARAM_SCHEDULERS.build({"optimizer": optimizer, **config})
            for config in schedule_config(recipe, steps_per_epoch)
        ]
    seen = []
    for _ in range(recipe.epochs * steps_per_epoch):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return seen


def recipe(schedule, **options):
    return FitRecipe(0, 10, 4, "sgd", 0.5, schedule=schedule, **options)


def test_one_cycle_is_that_of_torch():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.5, total_steps=50, cycle_momentum=False
    )
    expected = []
    for _ in range(50):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates(recipe("one_cycle"), 5) == pytest.approx(expected, rel=1e-9)


def test_one_cycle_climbs_as_long_as_the_warm_up_says():
    seen = rates(recipe("one_cycle", warmup_epochs=2.0), 5)
    assert seen.index(max(seen)) == 9
    assert max(seen) == pytest.approx(0.5)


def test_cosine_follows_its_formula():
    expected = [0.25 * (1 + math.cos(math.pi * step / 50)) for step in range(50)]
    assert rates(recipe("cosine"), 5) == pytest.approx(expected, abs=1e-9)


def test_cosine_starts_after_the_warm_up():
    seen = rates(recipe("cosine", warmup_epochs=2.0), 5)
    assert seen[0] == pytest.approx(0.005)
    assert seen[:10] == sorted(seen[:10])
    assert seen[10] == pytest.approx(0.5)
    expected = [0.25 * (1 + math.cos(math.pi * step / 40)) for step in range(40)]
    assert seen[10:] == pytest.approx(expected, abs=1e-9)


def test_step_falls_at_the_milestones():
    seen = rates(recipe("step", milestones=(4, 8), gamma=0.1), 5)
    assert seen == pytest.approx([0.5] * 20 + [0.05] * 20 + [0.005] * 10)


def test_constant_stays():
    assert rates(recipe("constant"), 5) == [0.5] * 50


def test_begin_and_end_are_explicit():
    for name in ("one_cycle", "cosine", "step", "constant"):
        for config in schedule_config(recipe(name, warmup_epochs=1.0), 7):
            assert {"begin", "end"} <= config.keys()


def test_clipping_is_off_unless_asked_for():
    assert "clip_grad" not in optimizer_config(recipe("constant"))
    assert optimizer_config(recipe("constant", clip_norm=2.0))["clip_grad"] == {"max_norm": 2.0}


def test_the_hash_changes_with_any_value():
    assert recipe("constant").sha256() != recipe("constant", clip_norm=1.0).sha256()


def test_factors_of_the_learning_rate_belong_to_the_longest_name_that_fits():
    factors = (("", 0.1), ("head", 1.0), ("head.slow", 0.5))
    config = optimizer_config(recipe("constant", lr_factors=factors))
    assert config["paramwise_cfg"]["custom_keys"] == {
        "network.": {"lr_mult": 0.1},
        "network.head": {"lr_mult": 1.0},
        "network.head.slow": {"lr_mult": 0.5},
    }
    with pytest.raises(ValueError, match="one learning rate for all"):
        recipe("one_cycle", lr_factors=factors)


def test_the_schedule_of_cmd_is_its_closed_form():
    planned = CmdSchedule(0.5, 0.005, 0.0, 10, 2, first_step=1)
    expected = [planned.rate(epoch, step, 5) for epoch in range(1, 11) for step in range(1, 6)]
    assert rates(recipe("cmd", warmup_epochs=2.0), 5) == pytest.approx(expected, rel=1e-9)
    assert expected[-1] == 0


def test_warm_cosine_is_that_of_its_formula_and_spares_normalisation():
    made = FitRecipe(0, 5, 4, "adam", 1e-3, 1e-4, "warm_cosine", 0.5, norm_decay=False)
    expected = [warm_cosine(step * 20 / 40, 1e-3, 1e-4, 10, 100) for step in range(200)]
    assert rates(made, 40) == pytest.approx(expected, rel=1e-9)
    assert optimizer_config(made)["paramwise_cfg"] == {"norm_decay_mult": 0.0}
