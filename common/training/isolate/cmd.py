"""What do CMD's two branches teach? `emc2 bench isolate-cmd`.

Pretext: scenes of 16 frames without labels; eight are seen, the motion of the next eight is
foretold, or one picture of the scene is matched. Then the same network is fine-tuned on few labels:
once the class is the direction of motion, once the family of textures. Controls: the future of
another scene (as many steps, nothing to learn), and mirrored clips whose motion keeps its x.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from common.core.bench import BenchTable, measured
from common.core.seeds import derive_seed, rng_for
from common.models.cmd import CmdNetwork, ContextBranch, MotionBranch, last_map
from common.models.cmd_predictor import FuturePredictor, PredictorSize
from common.models.small3d import WIDTHS, Small3d
from common.training.cmd.pretrain import pretrain
from common.training.isolate.moving_patch import draw_scene
from common.training.isolate.recognition import (
    CLIP_FRAMES,
    as_clip,
    fine_tune,
    labelled_clips,
    predictions,
    probe_accuracy,
)
from common.training.runner import FitRecipe

_SPEEDS = (0.8, 1.1)
_NOISE = 0.05
_BATCH = 24
_WIDTH = 64
# Class of the mirror image of each direction of motion (steps of 45 degrees from the right on).
_MIRROR = np.array([4, 3, 2, 1, 0, 7, 6, 5])


@dataclass(frozen=True, slots=True)
class Pretext:
    """One way to pretrain.

    Args:
        parts: branches of CMD.
        mirror: what happens to half of the clips: nothing, mirrored with the motion's x turned
            round, or mirrored with x left as it is (the published fault).
        others_future: control, the motion is that of another scene.
    """

    parts: frozenset[str]
    mirror: str = "none"
    others_future: bool = False


_MOTION = frozenset({"motion"})
VARIANTS: dict[str, Pretext | None] = {
    "scratch": None,
    "motion": Pretext(_MOTION),
    "context": Pretext(frozenset({"context"})),
    "motion and context": Pretext(frozenset({"motion", "context"})),
    "control: motion of another scene": Pretext(_MOTION, others_future=True),
    "motion, mirrored, x negated": Pretext(_MOTION, mirror="negated"),
    "motion, mirrored, x kept (fault)": Pretext(_MOTION, mirror="kept"),
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Epochs of fine-tuning, and clips that test."""

    epochs: int = 40
    tests: int = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares: top-1 by direction and by texture, fine-tuned and of a linear probe (direction);
    `mirrored`, clips that move sideways and are taken for their mirror image; pretext top-1.
    """

    motion: float
    texture: float
    probe: float
    mirrored: float
    pretext: tuple[float, float]
    seconds: float


def run(
    seeds: Sequence[int] = (0, 1, 2),
    steps: int = 400,
    labels: int = 80,
    variants: Sequence[str] = tuple(VARIANTS),
    budget: Budget = Budget(),
) -> BenchTable:
    """Every start with every seed (3 seeds: about 20 minutes of one core).

    Args:
        seeds: of scenes, weights and label subsets.
        steps: of pretraining, 24 scenes each.
        labels: clips to fine-tune on.
        variants: names among `VARIANTS`.
        budget: of every fine-tuning.
    """
    rows = []
    for name in variants:
        outcomes = [measure(name, seed, steps, labels, budget) for seed in seeds]
        table = np.array([[o.motion, o.texture, o.probe, o.mirrored, *o.pretext] for o in outcomes])
        mean, std = 100 * table.mean(axis=0), 100 * table.std(axis=0, ddof=min(1, len(seeds) - 1))
        by_seed = " ".join(f"{100 * o.motion:.1f}" for o in outcomes)
        cells = [float(mean[0]), float(std[0]), by_seed, float(mean[1]), float(std[1])]
        rest = [float(value) for value in mean[2:]]
        rows.append((name, *cells, *rest, float(np.mean([o.seconds for o in outcomes]))))
    columns = (
        "start",
        "motion %",
        "std",
        "by seed",
        "texture %",
        "std",
        "probe %",
        "mirrored %",
        "pretext motion %",
        "pretext context %",
        "CPU s",
    )
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {steps} steps of {_BATCH} scenes; {labels} labels",
        f"motion, texture: top-1 of 8 classes after fine-tuning all layers, {budget.tests} test "
        "clips; chance 12.5 %",
        "probe: top-1 by motion of a linear classifier on frozen features",
        "mirrored: share of clips that move sideways taken for their mirror image",
        f"chance of the pretext: motion 1 of {16 * _BATCH} keys, context 1 of {_BATCH}",
        "bar: motion - scratch >= 10 points; context about scratch (by motion)",
    )
    return BenchTable("CMD, isolated", columns, tuple(rows), notes)


def measure(variant: str, seed: int, steps: int, labels: int, budget: Budget = Budget()) -> Outcome:
    """Pretrain one start, then judge it by both tasks."""
    pretext, accuracies = VARIANTS[variant], (0.0, 0.0)
    torch.manual_seed(derive_seed(seed, "start"))  # one start for all variants of a seed
    network = Small3d(8)
    with tempfile.TemporaryDirectory() as name, measured() as watch:
        work = Path(name)
        if pretext is not None:
            scenes = Scenes(seed, steps * _BATCH, pretext)
            recipe = FitRecipe(seed, 1, _BATCH, "adam", 3e-3, schedule="one_cycle")
            cmd = _around(network, pretext.parts)
            trained, accuracies = pretrain(cmd, scenes, recipe, work / "pretext", variant)
            network.load_state_dict(trained.state_dict())
        shares = {
            by: _judge(network, by, seed, labels, budget, work) for by in ("motion", "texture")
        }
    return Outcome(
        shares["motion"][0],
        shares["texture"][0],
        shares["motion"][1],
        shares["motion"][2],
        accuracies,
        watch.cpu,
    )


def _judge(
    network: Small3d, by: str, seed: int, labels: int, budget: Budget, work: Path
) -> tuple[float, float, float]:
    """Top-1 fine-tuned, top-1 of the linear probe, share of mirrored mistakes."""
    data = labelled_clips(rng_for(seed, by, "train"), labels, by)
    test = labelled_clips(rng_for(seed, by, "test"), budget.tests, by)
    probe = probe_accuracy(network, data, test)
    found = predictions(fine_tune(network, data, seed, work / by, budget.epochs), test)
    truth = test.tensors[1].numpy()
    sideways = _MIRROR[truth] != truth
    mirrored = (found == _MIRROR[truth])[sideways].mean()
    return float((found == truth).mean()), probe, float(mirrored)


class Scenes(Dataset[dict[str, Tensor]]):
    """Items of CMD, each drawn by (seed, index): eight frames, the motion of the next eight on a
    grid of 8x8 with 5 % noise, and one frame of the scene.
    """

    def __init__(self, seed: int, n: int, pretext: Pretext) -> None:
        self.seed, self.n, self.pretext = seed, n, pretext
        self.fingerprint = f"{seed} {n} {pretext.mirror} {pretext.others_future}"

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        rng = rng_for(self.seed, "scene", index)
        scene = draw_scene(rng, 2 * CLIP_FRAMES, _SPEEDS)
        frames, motion = scene.frames, scene.motion
        if self.pretext.others_future:
            motion = draw_scene(rng, 2 * CLIP_FRAMES, _SPEEDS).motion
        motion = motion * (1 + _NOISE * rng.standard_normal(motion.shape)).astype(np.float32)
        if self.pretext.mirror != "none" and rng.random() < 0.5:
            frames, motion = frames[:, :, ::-1], motion[:, :, ::-1]
            if self.pretext.mirror == "negated":
                motion = motion * np.float32([-1, 1])
        future = np.ascontiguousarray(motion[CLIP_FRAMES:].transpose(3, 0, 1, 2))
        picture = as_clip(frames[[rng.integers(len(frames))]])[:, 0]
        return {
            "clip": as_clip(frames[:CLIP_FRAMES]),
            "futures": torch.from_numpy(future)[None],
            "frame": picture,
        }


def _around(network: Small3d, parts: frozenset[str]) -> CmdNetwork:
    """CMD's branches, small: 16 places of the future, keys of 64 numbers."""
    motion = context = None
    if "motion" in parts:
        maps = nn.Sequential(
            *_layer(nn.Conv3d(2, 32, 3, 2, 1), nn.BatchNorm3d(32)),
            *_layer(nn.Conv3d(32, 32, 3, (2, 1, 1), 1), nn.BatchNorm3d(32)),
            *_layer(nn.Conv3d(32, 32, (2, 1, 1)), nn.BatchNorm3d(32)),
        )
        size = PredictorSize(_WIDTH, 4, 0, 2, _WIDTH, dropout=0.0)  # too few steps to overfit
        predictor = FuturePredictor(WIDTHS[-1], 64, 16, size)
        motion = MotionBranch(maps, 32, predictor, _WIDTH, hidden=_WIDTH, n_keys=_WIDTH)
    if "context" in parts:
        pictures = nn.Sequential(
            *_layer(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16)),
            *_layer(nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32)),
            *_layer(nn.Conv2d(32, 32, 3, 2, 1), nn.BatchNorm2d(32)),
        )
        context = ContextBranch(pictures, 32, WIDTHS[-1], hidden=_WIDTH, n_keys=_WIDTH)
    return CmdNetwork(network, _read, motion, context)


def _read(network: nn.Module, clips: Tensor) -> tuple[Tensor, Tensor]:
    assert isinstance(network, Small3d)
    return last_map(network.maps(clips))


def _layer(convolution: nn.Module, norm: nn.Module) -> tuple[nn.Module, ...]:
    return convolution, norm, nn.ReLU(inplace=True)
