"""Training: resuming is exact wherever the run is killed, equal runs give equal bits, and it is
quiet.
"""

import json
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from common.core.errors import InputError
from common.training import hooks
from common.training.fingerprint import state_sha256
from common.training.recipe import FitRecipe
from common.training.runner import CHECKPOINT, averaged_state, fit

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")

RECIPE = FitRecipe(seed=3, epochs=3, batch_size=8, optimizer="adamw", lr=0.01, weight_decay=0.01)


class Points(Dataset):
    """20 points with noise that depends on (epoch, index), like an augmented data set."""

    def __init__(self, noise: float = 0.1):
        self.x = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
        self.noise, self.epoch = noise, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(1000 * self.epoch + index)
        noise = self.noise * torch.randn(6, generator=generator)
        return {"x": self.x[index] + noise, "y": (self.x[index].sum() > 0).long()}


def noisy_loss(network, batch, generator):
    """Draws from the loss's generator, from torch's, from numpy's: all must be resumed."""
    x = batch["x"] + 0.1 * torch.randn(batch["x"].shape, generator=generator)
    x = x + 0.01 * float(np.random.rand())  # noqa: NPY002
    return {"loss_class": nn.functional.cross_entropy(network(x), batch["y"]), "rate": x.mean()}


def network():
    torch.manual_seed(1)
    layers = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 2)
    return nn.Sequential(*layers)


def train(folder, recipe=RECIPE, loss=noisy_loss, **options):
    return state_sha256(fit(network(), loss, Points(), recipe, folder, **options).state_dict())


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"))


def _killed(folder, kill, recipe=RECIPE):
    """Run a training in a child process that kills itself."""

    def child():
        kill()
        train(folder, recipe)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _kill():
    os.kill(os.getpid(), signal.SIGKILL)


def _at_step(epoch, step):
    def arrange():
        original = hooks.SeedEpochsAndSteps.before_train_iter

        def before(self, runner, batch_idx, data_batch=None):
            if (runner.epoch, batch_idx) == (epoch, step):
                _kill()
            original(self, runner, batch_idx, data_batch)

        hooks.SeedEpochsAndSteps.before_train_iter = before

    return arrange


def _while_writing(epoch):
    def arrange():
        original = hooks.SaveEachEpoch.before_save_checkpoint

        def before(self, runner, checkpoint):
            original(self, runner, checkpoint)
            if runner.epoch == epoch:  # the temporary file lies there, empty
                _kill()

        hooks.SaveEachEpoch.before_save_checkpoint = before

    return arrange


@pytest.mark.parametrize(
    "kill",
    [_at_step(0, 1), _at_step(1, 0), _at_step(2, 2), _while_writing(0), _while_writing(1)],
    ids=["first epoch", "border", "last step", "writing the first", "writing over"],
)
def test_a_killed_training_resumes_to_the_same_bits(tmp_path, uninterrupted, kill):
    _killed(tmp_path, kill)
    assert train(tmp_path) == uninterrupted
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT, "recipe.json"]


def test_a_training_killed_twice_resumes_to_the_same_bits(tmp_path, uninterrupted):
    _killed(tmp_path, _at_step(1, 1))
    _killed(tmp_path, _at_step(2, 1))
    assert train(tmp_path) == uninterrupted


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "step"])
def test_the_learning_rate_resumes_too(tmp_path, schedule):
    recipe = FitRecipe(
        seed=3,
        epochs=3,
        batch_size=8,
        optimizer="sgd",
        lr=0.1,
        schedule=schedule,
        warmup_epochs=1.0,
        milestones=(2,),
        clip_norm=1.0,
    )
    whole = train(tmp_path / "whole", recipe)
    _killed(tmp_path / "killed", _at_step(2, 0), recipe)
    assert train(tmp_path / "killed", recipe) == whole


def test_a_finished_training_is_not_run_again(tmp_path, uninterrupted):
    train(tmp_path)

    def forbidden(network, batch, generator):
        raise AssertionError("trained again")

    assert train(tmp_path, loss=forbidden) == uninterrupted


def test_other_recipe_data_or_key_start_afresh(tmp_path, uninterrupted, capfd):
    train(tmp_path)
    assert train(tmp_path, key="other loss weights") == uninterrupted
    assert "belongs to another recipe, data or code" in capfd.readouterr().err
    longer = fit(network(), noisy_loss, Points(0.2), RECIPE, tmp_path)
    assert state_sha256(longer.state_dict()) != uninterrupted


def test_a_damaged_checkpoint_is_thrown_away(tmp_path, uninterrupted, capfd):
    tmp_path.joinpath(CHECKPOINT).write_bytes(b"PK\x03\x04 cut off")
    assert train(tmp_path) == uninterrupted
    assert "cannot be read" in capfd.readouterr().err


def test_stdout_stays_empty_and_the_callers_state_is_given_back(tmp_path, capfd):
    threads = torch.get_num_threads()
    start = network()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    fit(start, noisy_loss, Points(), RECIPE, tmp_path, threads=2)
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    assert capfd.readouterr().out == ""


def test_an_infinite_loss_ends_the_training_and_keeps_no_checkpoint(tmp_path):
    def infinite(network, batch, generator):
        return {"loss": network(batch["x"]).sum() / 0.0}

    with pytest.raises(InputError, match="the term 'loss' of the loss is"):
        fit(network(), infinite, Points(), RECIPE, tmp_path)
    assert not (tmp_path / CHECKPOINT).exists()


def test_no_items_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no items"):
        fit(network(), noisy_loss, [], RECIPE, tmp_path)


def test_a_full_disk_is_an_input_error_and_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    train(tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mmengine.fileio.backends.local_backend.LocalBackend.put", full)
    with pytest.raises(InputError, match="No space left"):
        train(tmp_path, key="another")
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_equal_trainings_leave_equal_files(tmp_path):
    for name in ("a", "b"):
        train(tmp_path / name, label=name)
    for file in (CHECKPOINT, "recipe.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_recipe_stands_beside_the_checkpoint(tmp_path):
    train(tmp_path)
    written = json.loads(Path(tmp_path / "recipe.json").read_text())
    assert written["recipe"]["lr"] == 0.01
    assert written["recipe_sha256"] == RECIPE.sha256()


def test_a_factor_of_zero_holds_the_parameters_it_names_and_no_others(tmp_path):
    recipe = FitRecipe(3, 1, 8, "adam", 0.01, lr_factors=(("0.", 0.0),))
    trained = fit(network(), noisy_loss, Points(), recipe, tmp_path)
    assert torch.equal(trained[0].weight, network()[0].weight)
    assert not torch.equal(trained[4].weight, network()[4].weight)


def plain_loss(network, batch, generator):
    return {"loss_class": nn.functional.cross_entropy(network(batch["x"]), batch["y"])}


def plain_network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


def test_averaged_weights_follow_their_recursion_and_survive_a_kill(tmp_path):
    recipe = replace(RECIPE, ema=0.9)
    states = []

    def watched(network, batch, generator):
        states.append({name: t.clone() for name, t in network.state_dict().items()})
        return plain_loss(network, batch, generator)

    trained = fit(plain_network(), watched, Points(), recipe, tmp_path / "whole")
    expected = states[0]["0.weight"].double()
    for state in [*states[1:], trained.state_dict()]:
        expected = 0.9 * expected + 0.1 * state["0.weight"].double()
    found = averaged_state(tmp_path / "whole")
    assert found is not None
    torch.testing.assert_close(found["0.weight"].double(), expected, atol=1e-6, rtol=1e-5)
    assert int(found["1.num_batches_tracked"]) == 9  # integers are copied

    _killed(tmp_path / "killed", _at_step(2, 1), recipe)
    train(tmp_path / "killed", recipe)
    train(tmp_path / "again", recipe)
    killed, again = (averaged_state(tmp_path / name) for name in ("killed", "again"))
    assert state_sha256(killed) == state_sha256(again)


def test_no_averages_without_a_decay(tmp_path):
    train(tmp_path)
    assert averaged_state(tmp_path) is None


def test_two_accumulated_batches_are_one_of_twice_the_size(tmp_path):
    """Without batch norm, and with a data set that both sizes divide."""

    def linear():
        torch.manual_seed(1)
        return nn.Linear(6, 2)

    points = torch.utils.data.Subset(Points(0.0), range(16))
    whole = replace(RECIPE, optimizer="sgd", batch_size=8, epochs=2)
    halves = replace(whole, batch_size=4, accumulate=2)
    one = fit(linear(), plain_loss, points, whole, tmp_path / "whole")
    two = fit(linear(), plain_loss, points, halves, tmp_path / "halves")
    torch.testing.assert_close(one.weight, two.weight, atol=1e-6, rtol=1e-5)
    assert not torch.equal(one.weight, linear().weight)


def test_frozen_parts_keep_their_weights_and_their_statistics(tmp_path):
    recipe = replace(RECIPE, frozen=("0.", "1."))
    start = plain_network().state_dict()
    end = fit(plain_network(), plain_loss, Points(), recipe, tmp_path).state_dict()
    assert all(torch.equal(start[name], end[name]) for name in start if name[0] in "01")
    assert not torch.equal(start["3.weight"], end["3.weight"])


def test_frozen_batch_norm_trains_its_weights_only(tmp_path):
    start = plain_network().state_dict()
    recipe = replace(RECIPE, frozen_bn=True)
    end = fit(plain_network(), plain_loss, Points(), recipe, tmp_path).state_dict()
    assert torch.equal(start["1.running_mean"], end["1.running_mean"])
    assert not torch.equal(start["1.weight"], end["1.weight"])
