"""A dataset folder of a few tiny videos, for the stages that train on clips."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common.video.encode import encode_video

N_FRAMES, FPS, SIZE = 16, 8.0, (32, 48)


def moving_square(direction: int, seed: int):
    """A bright square that wanders right (1), left (-1) or stays (0) on noise."""
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 90, (*SIZE, 3), dtype=np.uint8)
    for f in range(N_FRAMES):
        frame = ground.copy()
        x = 18 + direction * (f - N_FRAMES // 2) * 2
        frame[10:22, x : x + 10] = (250, 220, 40)
        yield frame


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Path:
    """Two classes and background; nine clips, one validation video with two segments."""
    folder = tmp_path_factory.mktemp("dataset")
    rows = []
    for number in range(9):
        label = ("push box", "pull box", "background")[number % 3]
        name = f"clip_{number}"
        direction = (1, -1, 0)[number % 3]
        encode_video(folder / "clips" / f"{name}.mp4", moving_square(direction, number), FPS)
        rows.append((name, f"clips/{name}.mp4", label, "", "", "train_1", 0.0, 2.0))
    columns = ["clip", "path", "label", "verb", "noun", "group", "start", "end"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "clips.csv", index=False)
    (folder / "classes.csv").write_text("label,verb,noun\npush box,push,box\npull box,pull,box\n")
    encode_video(folder / "videos" / "v_1.mp4", moving_square(1, 77), FPS)
    (folder / "videos.csv").write_text("video,subset\nt_1,train\nv_1,validation\n")
    (folder / "segments.csv").write_text(
        "video,start,end,label\nt_1,0,1,pull box\nv_1,0.0,1.0,push box\nv_1,1.0,2.0,push box\n"
    )
    return folder
