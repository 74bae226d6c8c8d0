"""One vector a video: the mean over clips of a network's pooled features.

Source: pipeline `cv_r2p1d_video_embedding` (ModelScope, `cmdssl_video_embedding_pipeline.py`): ten
clips at the middles of equal parts, pictures scaled by Pillow (bilinear), central crop, no L2 norm.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from common.core.clips import Fit
from common.core.errors import InputError
from common.training.cmd.sampling import crop_frames
from common.training.embedding_weights import Embedder, Sampling
from common.video.reader import open_video

SUFFIXES = frozenset(
    ".avi .flv .gif .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv .3gp .mxf".split()
)


def embed_video(path: Path, embedder: Embedder) -> NDArray[np.float32]:
    """The embedding (D,) of one video.

    Raises:
        InputError: it cannot be decoded (`open_video`), or `embed.still` where all that is sampled
            is one picture.
    """
    return embed_clips(sample_clips(path, embedder.sampling), embedder)


def embed_clips(clips: NDArray[np.uint8], embedder: Embedder) -> NDArray[np.float32]:
    """The mean (D,) over clips (N, T, H, W, 3) uint8 of the network's features."""
    sampling = embedder.sampling
    mean, std = (torch.tensor(v).view(1, 3, 1, 1, 1) for v in (sampling.mean, sampling.std))
    features = []
    with torch.inference_mode():
        for clip in clips:  # one at a time: the result does not depend on how many there are
            x = torch.from_numpy(clip)[None].permute(0, 4, 1, 2, 3).float()
            found = embedder.network((x - mean) / std)
            # Extractors give features and logits, residual networks the map of their last stage.
            features.append(found[0] if isinstance(found, tuple) else found.mean(dim=(2, 3, 4)))
        return torch.cat(features).double().mean(dim=0).float().numpy()


def sample_clips(path: Path, sampling: Sampling) -> NDArray[np.uint8]:
    """The clips (crops, T, H, W, 3) uint8 of one video, by frame number.

    Raises:
        InputError: see `embed_video`.
    """
    with open_video(path) as video:
        for _ in video:
            pass
        n_frames, rate = video.n_frames, video.n_frames / video.duration
    stride = sampling.stride or max(1, round(rate / sampling.fps))
    wanted = crop_frames(n_frames, sampling.frames, stride, sampling.crops)
    needed = set(wanted.flatten().tolist())
    pictures: dict[int, NDArray[np.uint8]] = {}
    with open_video(path) as video:
        for picture in video:
            if picture.index in needed:
                pictures[picture.index] = fit_picture(picture.rgb(), sampling.fit)
    first = pictures[min(pictures)]
    if all(np.array_equal(first, picture) for picture in pictures.values()):
        raise InputError(
            "embed.still",
            str(path),
            f"all {len(pictures)} frames that are looked at are one still picture",
            "Leave the file out; an embedding of motion says nothing of it.",
        )
    return np.stack([[pictures[index] for index in clip] for clip in wanted.tolist()])


def fit_picture(image: NDArray[np.uint8], fit: Fit) -> NDArray[np.uint8]:
    """(H, W, 3) brought to size as the published pipeline does it."""
    picture = Image.fromarray(image)
    if fit.short_side is None:
        return np.asarray(picture.resize((fit.width, fit.height), Image.Resampling.BILINEAR))
    scale = fit.short_side / min(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    scaled = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
    left, top = (width - fit.width) // 2, (height - fit.height) // 2
    return scaled[top : top + fit.height, left : left + fit.width]


def list_videos(paths: Sequence[Path]) -> list[Path]:
    """Files as they are given; a folder stands for the videos below it, by name.

    Raises:
        InputError: `embed.none` where a folder holds no video.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        below = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not below:
            raise InputError(
                "embed.none",
                str(path),
                "no video below this folder",
                f"Videos are recognised by their suffix: {', '.join(sorted(SUFFIXES))}.",
            )
        found += below
    return found
