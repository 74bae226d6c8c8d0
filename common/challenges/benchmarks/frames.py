"""Full-size inputs of the frame formats: AVA boxes and DAVIS masks, seeded.

The sizes are those of the official validation sets; the official seconds and MB are those of the
official programs at this size (docs, formats/ava section 2.7, formats/davis section 6).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.labels import ava_label_map
from common.challenges.ava.writer import write_detections
from common.challenges.benchmarks import BenchCase, BenchFiles
from common.challenges.davis import semi, unsup
from common.challenges.masks.layout import MaskTask
from common.challenges.palette import encode_mask

SEED = 2021
_FIRST_KEY_FRAME, _KEY_FRAMES = 902, 897
_AVA_FLOOR = """\
import sys
from pathlib import Path
from common.challenges.ava.reading import read_rows
read_rows(Path(sys.argv[1]))
"""
# Truth and result of every frame must be decoded; the truth is as large as the result.
_MASKS_FLOOR = """\
import sys
from pathlib import Path
from common.challenges.masks.files import open_masks
with open_masks(Path(sys.argv[1])) as files:
    for name in files.names:
        files.ids(name), files.ids(name)
"""


def write_ava(folder: Path, n_videos: int, rows_per_frame: int) -> BenchFiles:
    """Boxes of people at all key frames, and detections, half of them near a box."""
    rng = np.random.default_rng(SEED)
    ids = np.array(sorted(ava_label_map().names))
    n_frames = n_videos * _KEY_FRAMES
    frame = np.repeat(np.arange(n_frames), rng.integers(1, 6, n_frames))
    boxes = _boxes(rng, len(frame))
    truth_actions = rng.choice(ids, len(frame), p=_zipf(len(ids)))
    lines = [
        f"{_video(f)},{_time(f):04d},{','.join(f'{x:.3f}' for x in box)},{action},0\n"
        for f, box, action in zip(
            frame.tolist(), boxes.tolist(), truth_actions.tolist(), strict=True
        )
    ]
    truth, pred = folder / "gt.csv", folder / "pred.csv"
    truth.write_text("".join(lines))
    first = np.searchsorted(frame, np.arange(n_frames))
    shown = np.repeat(np.arange(n_frames), rows_per_frame)
    source = first[shown]
    near = rng.random(len(shown)) < 0.5
    moved = np.clip(boxes[source] + rng.normal(0, 0.02, (len(shown), 4)), 0, 0.98)
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 0.02)
    found = np.where(near[:, None], moved, _boxes(rng, len(shown))).round(4)
    actions = np.where(near, truth_actions[source], rng.choice(ids, len(shown)))
    scores = (0.3 * near + 0.7 * rng.random(len(shown))).round(8)
    order = shown.tolist()
    write_detections(
        pred, [_video(f) for f in order], [_time(f) for f in order], found, actions, scores
    )
    return BenchFiles(pred, truth)


def _video(frame: int) -> str:
    return f"v{frame // _KEY_FRAMES:010d}"


def _time(frame: int) -> int:
    return _FIRST_KEY_FRAME + frame % _KEY_FRAMES


def _boxes(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    corner = rng.uniform(0, 0.7, (n, 2))
    return np.hstack([corner, corner + rng.uniform(0.08, 0.3, (n, 2))]).round(3)


def _zipf(n: int) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = 1 / np.arange(1.0, n + 1.0)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def write_masks(
    folder: Path,
    task: MaskTask,
    n_sequences: int,
    n_frames: int,
    shape: tuple[int, int],
    n_objects: int,
    n_proposals: int,
) -> BenchFiles:
    """Wavy blobs that drift over the picture, and a spoiled copy of them as the submission."""
    root, pred = folder / "truth", folder / "pred"
    names = [f"sequence-{number:02d}" for number in range(n_sequences)]
    listed = root / task.lists["validation"]
    listed.parent.mkdir(parents=True)
    listed.write_text("".join(f"{name}\n" for name in names))
    for number, name in enumerate(names):
        wanted, given = root / task.annotations / name, pred / name
        wanted.mkdir(parents=True)
        given.mkdir(parents=True)
        blobs = _Blobs(np.random.default_rng([SEED, number]), shape, max(n_objects, n_proposals))
        for t in range(n_frames):
            file = f"{t:05d}.png"
            (wanted / file).write_bytes(encode_mask(blobs.draw(t, n_objects, spoiled=False)))
            (given / file).write_bytes(encode_mask(blobs.draw(t, n_proposals, spoiled=True)))
    return BenchFiles(pred, root)


class _Blobs:
    """Shapes of one sequence: ellipses with wavy edges, the more of them the smaller."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], n: int) -> None:
        self.shape = shape
        self.centres = rng.uniform(0.15, 0.85, (n, 2))
        self.radii = rng.uniform(0.06, 0.3 / max(1.0, n / 4), (n, 2))
        self.speeds = rng.normal(0, 0.003, (n, 2))
        self.phases = rng.uniform(0, 6, n)

    def draw(self, t: int, n: int, *, spoiled: bool) -> NDArray[np.uint8]:
        """(H, W) ids of the first `n` shapes at frame `t`."""
        height, width = self.shape
        mask = np.zeros(self.shape, np.uint8)
        for k in range(n):
            x0, y0 = (self.centres[k] + t * self.speeds[k]) * (width, height)
            rx, ry = self.radii[k] * (width, height)
            # Only the window that the wavy ellipse can reach.
            top, left = max(0, int(y0 - 1.5 * ry)), max(0, int(x0 - 1.5 * rx))
            bottom = max(top, min(height, int(y0 + 1.5 * ry)))
            right = max(left, min(width, int(x0 + 1.5 * rx)))
            y, x = np.mgrid[top:bottom, left:right]
            angle = np.arctan2(y - y0, x - x0 + 2 * spoiled)
            edge = 1 + 0.15 * np.sin(5 * angle + self.phases[k])
            if spoiled:
                edge *= 1 + 0.1 * np.sin(9 * angle + t)
            inside = ((x - x0 + 2 * spoiled) / rx) ** 2 + ((y - y0) / ry) ** 2 < edge
            mask[top:bottom, left:right][inside] = k + 1
        return mask


CASES = (
    BenchCase(
        "ava",
        "64 videos x 897 key frames x 25 rows",
        official_seconds=121.0,
        official_mb=None,
        budget_seconds=4.0,
        write=lambda folder: write_ava(folder, 64, 25),
        floor=_AVA_FLOOR,
    ),
    BenchCase(
        "davis-semi",
        "20 sequences, 1,380 frames of 854x480, 2 objects",
        official_seconds=39.0,
        official_mb=1_700.0,
        budget_seconds=6.0,
        write=lambda folder: write_masks(folder, semi.TASK, 20, 69, (480, 854), 2, 2),
        floor=_MASKS_FLOOR,
    ),
    BenchCase(
        "davis-unsup",
        "20 sequences, 1,380 frames of 854x480, 3 objects, 20 proposals",
        official_seconds=628.0,
        official_mb=14_100.0,
        budget_seconds=30.0,
        write=lambda folder: write_masks(folder, unsup.TASK, 20, 69, (480, 854), 3, 20),
        floor=_MASKS_FLOOR,
    ),
)
