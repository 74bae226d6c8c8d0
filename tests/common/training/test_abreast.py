"""Trainings beside each other: the same bits as one after the other, and a killed one resumes."""

import os
import signal
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from common.core.errors import InputError
from common.training.abreast import Job, fit_many
from common.training.fingerprint import state_sha256
from common.training.recipe import FitRecipe


class Line(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, index):
        return {"x": torch.tensor([index / 12.0]), "y": torch.tensor([index / 6.0])}


def _loss(network, batch, generator):
    return {"loss": (network(batch["x"]) - batch["y"]).square().mean()}


def train(folder, seed, kill_marker=None):
    from common.training.runner import fit

    def loss(network, batch, generator):
        if kill_marker and Path(folder, "checkpoint.pth").exists():
            if not Path(kill_marker).exists():
                Path(kill_marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return _loss(network, batch, generator)

    torch.manual_seed(seed)
    recipe = FitRecipe(seed=seed, epochs=3, batch_size=4, optimizer="sgd", lr=0.1)
    return state_sha256(fit(nn.Linear(1, 1), loss, Line(), recipe, Path(folder)).state_dict())


def refuse():
    raise InputError("test.bad", "clip 7", "it is bad", "Take another.")


def test_abreast_gives_the_bits_of_one_after_the_other_and_resumes_what_was_killed(tmp_path):
    jobs = [
        Job("b", train, (str(tmp_path / "b"), 1)),
        Job("a", train, (str(tmp_path / "a"), 2, str(tmp_path / "killed"))),
    ]
    expected = {"b": train(tmp_path / "b1", 1), "a": train(tmp_path / "a1", 2)}
    results = fit_many(jobs)
    assert (tmp_path / "killed").exists()
    assert results == expected
    assert list(results) == ["b", "a"]


def test_a_job_that_fails_is_named_with_its_reason():
    with pytest.raises(InputError, match=r"relation: clip 7: it is bad"):
        fit_many([Job("relation", refuse, ())])
