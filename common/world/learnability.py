"""How learnable a dataset's trimmed clips are: a small network on eight frames and on one.

    python -m common.world.learnability DATASET [--epochs 30] [--seed 0] [--threads 1]
    python -m common.world.learnability --independent 20

With a dataset it trains on `clips.csv` and tests on the instances of `segments.csv` that lie in
validation videos. With `--independent N` it draws scenes of one instance each instead, 15 classes,
N of each to train and N to test: what the same network learns when every clip is a new scene. The
table says whether motion pays (eight frames against one) and which reversed pairs are confused.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from common.core.clips import Fit
from common.core.params import load_params
from common.core.program import run_program
from common.core.timebase import frame_times
from common.video.clips import read_clip
from common.world.cast import MIRRORED
from common.world.single import film_single
from common.world.trimming import BACKGROUND

_FRAMES, _SPACING, _FIT = 8, 0.25, Fit(80, 60)
_INDEPENDENT = (
    "push box", "pull box", "pick up ball", "put down ball", "throw ball", "stand up chair",
    "sit down chair", "wave", "jump", "sweep floor", "drink cup", "open door", "close door",
    "shake hands person", "give ball",
)  # fmt: skip
_PAIRS = (
    ("push box", "pull box"),
    ("pick up ball", "put down ball"),
    ("sit down chair", "stand up chair"),
    ("open door", "close door"),
    ("throw ball", "catch ball"),
    ("turn left wheel", "turn right wheel"),
)


@dataclass(frozen=True, slots=True)
class Clips:
    """Clips (N, T, H, W, 3) uint8 and their class (N,)."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]


def read_clips(folder: Path) -> tuple[Clips, Clips, list[str], NDArray[np.int64]]:
    """Train clips, validation instances, class names (background last), train instances of each."""
    classes = [*pd.read_csv(folder / "classes.csv")["label"], BACKGROUND]
    table = pd.read_csv(folder / "clips.csv")
    train = _read([(folder / p, 0.0, e - s) for p, s, e in table[["path", "start", "end"]].values])
    segments = pd.read_csv(folder / "segments.csv")
    videos = pd.read_csv(folder / "videos.csv").set_index("video")["subset"]
    subset = segments["video"].map(videos)
    counts = segments[subset == "train"]["label"].value_counts()
    segments = segments[subset == "validation"]
    rows = segments[["video", "start", "end"]].values
    held_out = _read([(folder / "videos" / f"{v}.mp4", s, e) for v, s, e in rows])
    return (
        Clips(train, np.array([classes.index(name) for name in table["label"]])),
        Clips(held_out, np.array([classes.index(name) for name in segments["label"]])),
        classes,
        np.array([int(counts.get(name, 0)) for name in classes]),
    )


def _read(spans: Sequence[tuple[Path, float, float]]) -> NDArray[np.uint8]:
    """Clips of spans (path, start, end)."""
    return np.stack([read_clip(path, _times(start, end), _FIT) for path, start, end in spans])


def draw_clips(per_class: int, seed: int = 7) -> tuple[Clips, Clips, list[str], NDArray[np.int64]]:
    """The same four as `read_clips`, of independent scenes; `per_class` clips to train and test."""
    world = load_params("sample").world.rendered
    assert world is not None
    drawn: list[Clips] = []
    for first in (0, per_class):
        clips = []
        for label in _INDEPENDENT:
            for number in range(first, first + per_class):
                film, instance = film_single(label, number, world, seed)
                frames = np.round(_times(instance.start, instance.end) * world.fps).astype(int)
                clips.append(np.stack([_small(film.frame(int(f))[0]) for f in frames]))
        drawn.append(Clips(np.stack(clips), np.repeat(np.arange(len(_INDEPENDENT)), per_class)))
    counts = np.array([per_class] * len(_INDEPENDENT) + [0])
    return drawn[0], drawn[1], [*_INDEPENDENT, BACKGROUND], counts


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (_FIT.width, _FIT.height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _times(start: float, end: float) -> NDArray[np.float64]:
    """Two seconds around the middle; a shorter span is not filled up with its surroundings."""
    times = frame_times(0.5 * (start + end), _FRAMES, _SPACING)
    return np.clip(times, start, max(start, end - 0.05))


class Net(nn.Module):
    """A (2+1)D residual network of four blocks; with one frame its temporal kernels do nothing."""

    def __init__(self, n_classes: int, width: int = 16) -> None:
        super().__init__()
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        self.stem = nn.Sequential(
            nn.Conv3d(3, width, (1, 5, 5), (1, 2, 2), (0, 2, 2), bias=False),
            nn.BatchNorm3d(width),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.Sequential(
            _Block(widths[0], widths[1], 1),
            *[_Block(a, b, 2) for a, b in zip(widths[1:], widths[2:], strict=False)],
        )
        self.head = nn.Linear(widths[-1], n_classes)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, 3, T, H, W) -> (B, classes)."""
        maps: Tensor = self.blocks(self.stem(clips))
        logits: Tensor = self.head(maps.mean(dim=(2, 3, 4)))
        return logits


class _Block(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv3d(inner, outer, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(outer),
            nn.ReLU(inplace=True),
            nn.Conv3d(outer, outer, (3, 1, 1), 1, (1, 0, 0), bias=False),
            nn.BatchNorm3d(outer),
        )
        self.short = nn.Sequential(
            nn.Conv3d(inner, outer, 1, (1, stride, stride), bias=False), nn.BatchNorm3d(outer)
        )

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(self.body(maps) + self.short(maps))


def train(clips: Clips, classes: list[str], n_frames: int, epochs: int, seed: int) -> Net:
    """AdamW, one cycle to 4e-3, batches of 20, label smoothing .1, shifts and mirror images."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(len(classes))
    steps = -(-len(clips.labels) // 20)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps * epochs)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    mirrored = np.array([classes.index(MIRRORED.get(name, name)) for name in classes])
    for _ in range(epochs):
        for batch in np.array_split(rng.permutation(len(clips.labels)), steps):
            pictures, labels = _augment(clips, batch, mirrored, rng)
            optimizer.zero_grad()
            loss(net(_tensor(pictures, n_frames)), torch.from_numpy(labels)).backward()
            optimizer.step()
            schedule.step()
    return net


def _augment(
    clips: Clips, batch: NDArray[np.int64], mirrored: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pictures, labels = clips.pictures[batch].copy(), clips.labels[batch].copy()
    for index in range(len(batch)):
        if rng.random() < 0.5:
            pictures[index], labels[index] = pictures[index, :, :, ::-1], mirrored[labels[index]]
        shift = tuple(int(s) for s in rng.integers(-6, 7, 2))
        pictures[index] = np.roll(pictures[index], shift, axis=(1, 2))
    return pictures, labels


def _tensor(pictures: NDArray[np.uint8], n_frames: int) -> Tensor:
    if n_frames == 1:
        pictures = pictures[:, _FRAMES // 2 : _FRAMES // 2 + 1]
    clips = torch.from_numpy(np.ascontiguousarray(pictures)).float()
    return ((clips - 114.75) / 57.375).permute(0, 4, 1, 2, 3)


@torch.no_grad()
def predict(net: Net, clips: Clips, n_frames: int) -> NDArray[np.float64]:
    """(N, classes) logits."""
    net.eval()
    parts = [
        net(_tensor(part, n_frames)) for part in np.array_split(clips.pictures, 8) if len(part)
    ]
    return torch.cat(parts).double().numpy()


def scores(
    logits: NDArray[np.float64], clips: Clips, counts: NDArray[np.int64], classes: list[str]
) -> dict[str, float]:
    """Accuracy over all instances, mean over classes, over head/medium/tail, and within pairs."""
    guess = logits[:, :-1].argmax(axis=1)
    right = guess == clips.labels
    recall = {c: right[clips.labels == c].mean() for c in np.unique(clips.labels)}
    groups = {
        "head": [c for c in recall if counts[c] > 30],
        "medium": [c for c in recall if 10 <= counts[c] <= 30],
        "tail": [c for c in recall if counts[c] < 10],
    }
    out = {"accuracy": float(right.mean()), "class mean": float(np.mean(list(recall.values())))}
    out |= {name: float(np.mean([recall[c] for c in g])) for name, g in groups.items() if g}
    for first, second in _PAIRS:
        if first in classes and second in classes:
            pair = [classes.index(first), classes.index(second)]
            rows = np.isin(clips.labels, pair)
            chosen = np.array(pair)[logits[rows][:, pair].argmax(axis=1)]
            hits = [np.mean(chosen[clips.labels[rows] == c] == c) for c in pair]
            out[f"{first} / {second}"] = float(np.mean(hits))
    return out


def main() -> None:
    """Train both networks and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("dataset", type=Path, nargs="?")
    source.add_argument("--independent", type=int, metavar="N")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clips, held_out, classes, counts = (
        draw_clips(options.independent) if options.independent else read_clips(options.dataset)
    )
    result: dict[str, object] = {"train": len(clips.labels), "held out": len(held_out.labels)}
    for n_frames in (_FRAMES, 1):
        start = time.process_time()
        net = train(clips, classes, n_frames, options.epochs, options.seed)
        found = scores(predict(net, held_out, n_frames), held_out, counts, classes)
        rounded = {name: round(value, 3) for name, value in found.items()}
        result[f"{n_frames} frames"] = rounded | {"cpu_s": round(time.process_time() - start)}
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    run_program(main)
