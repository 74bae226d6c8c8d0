"""Two processes on a CPU train as one does with the same global batch."""

import json
import os
import socket
import subprocess
import sys

import pytest

from common.core.errors import InputError
from common.training import distributed

SCRIPT = '''
import json, os, sys
import torch
from torch.utils.data import Dataset
from common.training.fingerprint import state_sha256
from common.training.recipe import FitRecipe
from common.training.runner import averaged_state, fit

RECIPE = FitRecipe(3, 3, 8, "adamw", 0.01, 0.01, "warm_cosine", 1.0, clip_norm=1.0, ema=0.9)
CURVE = []


class Points(Dataset):
    """Noise by (epoch, index)."""

    epoch = 0
    fingerprint = "points"

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return 32

    def __getitem__(self, index):
        draw = torch.Generator().manual_seed(1000 * self.epoch + index)
        x = torch.randn(6, generator=draw)
        return {"x": x, "y": (x.sum() > 0).long()}


def loss(network, batch, generator):
    value = torch.nn.functional.cross_entropy(network(batch["x"]), batch["y"])
    CURVE.append(value.item())
    return {"loss_class": value}


def main():
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.GELU(), torch.nn.Linear(8, 2))
    trained = fit(network, loss, Points(), RECIPE, sys.argv[1])
    rank = os.environ.get("RANK", "0")
    weights = {name: t.tolist() for name, t in trained.state_dict().items()}
    averages = {name: t.tolist() for name, t in averaged_state(sys.argv[1]).items()}
    with open(f"{sys.argv[2]}.{rank}", "w") as stream:
        json.dump({"curve": CURVE, "weights": weights, "averages": averages}, stream)


main()
'''


def _run(script, folder, ranks):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    workers = []
    for rank in range(ranks):
        names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "MASTER_PORT": port}
        added = {name: str(value) for name, value in names.items()} if ranks > 1 else {}
        env = os.environ | added | {"MASTER_ADDR": "127.0.0.1"}
        arguments = [sys.executable, script, folder / "work", folder / "found"]
        workers.append(subprocess.Popen([str(a) for a in arguments], env=env))
    assert [worker.wait(timeout=120) for worker in workers] == [0] * ranks
    return [json.loads((folder / f"found.{rank}").read_text()) for rank in range(ranks)]


@pytest.mark.slow
def test_two_workers_have_the_loss_curve_of_one(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (alone,) = _run(script, tmp_path / "one", 1)
    first, second = _run(script, tmp_path / "two", 2)
    both = [(a + b) / 2 for a, b in zip(first["curve"], second["curve"], strict=True)]
    assert len(both) == 12
    assert both == pytest.approx(alone["curve"], abs=1e-5)
    assert first["weights"] == second["weights"]
    for part in ("weights", "averages"):
        for name, values in alone[part].items():
            assert str(first[part].keys()) == str(alone[part].keys())
            flat = [v for row in values for v in (row if isinstance(row, list) else [row])]
            ours = [v for r in first[part][name] for v in (r if isinstance(r, list) else [r])]
            assert ours == pytest.approx(flat, abs=1e-5)


def test_without_a_launcher_there_is_one_worker(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert distributed.join_workers() == "none"
    assert distributed.batch_of_one(7) == 7


def test_a_batch_that_does_not_divide_is_an_error(monkeypatch):
    monkeypatch.setattr(distributed, "get_world_size", lambda: 2)
    assert distributed.batch_of_one(8) == 4
    with pytest.raises(InputError, match="do not divide among 2 workers"):
        distributed.batch_of_one(7)
