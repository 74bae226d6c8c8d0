"""`emc2 bench motion-vectors`: motion from the stream against optical flow, one core, frames per
second of processor time.

Makes its own videos: two textures that slide over each other, encoded without B-frames and with one
reference. Flow is measured on grey pictures that are decoded beforehand, so its figures leave the
decoding out.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.bench import BenchTable, measured
from common.core.seeds import rng_for
from common.video.encode import MotionCodec, encode_for_motion
from common.video.health import probe
from common.video.motion_vectors import motion_frames, mv_map
from common.video.reader import open_video

SIZES = ((320, 240), (640, 480))
CODECS: tuple[MotionCodec, ...] = ("h264", "mpeg4")
FRAMES = 250
# Flow of this many seconds of processor time at most, for each method and size.
_FLOW_SECONDS = 6.0

Grey = NDArray[np.uint8]


def run() -> BenchTable:
    """Frames per second by size and codec, and how many times ours is the others' rate."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        rows = [row for size in SIZES for row in measure(size)]
    finally:
        cv2.setNumThreads(threads)
    columns = ("what", "size", "codec", "frames/s", "ours is x")
    notes = (
        f"{FRAMES} frames a video, GOP 12, no B-frames, one reference; one thread",
        "ours: decode, vectors, 4-pixel map; bars at 320x240: 500 frames/s, 20x Farneback",
        "flow between neighbouring grey pictures, decoding left out; ratios are to the slower of "
        "our two codecs",
        "Farneback: 5 levels, window 15; DIS: OpenCV's presets; TV-L1: not installed where empty",
    )
    return BenchTable("motion vectors", columns, tuple(rows), notes)


def measure(size: tuple[int, int]) -> list[tuple[str | float | None, ...]]:
    """Rows of one picture size, (width, height)."""
    name, ours = f"{size[0]}x{size[1]}", []
    rows: list[tuple[str | float | None, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for codec in CODECS:
            path = Path(folder) / f"{codec}.mp4"
            encode_for_motion(path, sliding_textures(size, FRAMES), 25, codec)
            mv_map(path)  # numba compiles, the file is in memory
            rates = {
                "decode only": _rate(lambda path=path: probe(path)),
                "decode and vectors": _rate(lambda path=path: _read_vectors(path)),
                "ours": _rate(lambda path=path: _read_maps(path)),
            }
            ours.append(rates["ours"])
            rows += [
                (what, name, codec, rate, rates["ours"] / rate) for what, rate in rates.items()
            ]
        grey = _grey_pictures(path)
    for what, flow in flows().items():
        rate = None if flow is None else _flow_rate(flow, grey)
        rows.append((what, name, None, rate, None if rate is None else min(ours) / rate))
    return rows


def flows() -> dict[str, Callable[[Grey, Grey], Any] | None]:
    """The methods to compare with; None for one that is not installed."""
    found: dict[str, Callable[[Grey, Grey], Any] | None] = {}
    for preset in ("ultrafast", "fast", "medium"):
        kind = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset.upper()}")
        dis = cv2.DISOpticalFlow.create(kind)
        found[f"DIS {preset}"] = lambda a, b, dis=dis: dis.calc(a, b, None)
    found["Farneback"] = _farneback
    found["TV-L1"] = _tv_l1()
    return found


def _farneback(first: Grey, second: Grey) -> Any:
    return cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 5, 15, 3, 5, 1.2, 0)  # type: ignore[call-overload]


def _tv_l1() -> Callable[[Grey, Grey], Any] | None:
    if hasattr(cv2, "optflow"):  # OpenCV with its contributed modules
        dual = cv2.optflow.DualTVL1OpticalFlow_create()
        return lambda a, b: dual.calc(a, b, None)
    try:
        registration = importlib.import_module("skimage.registration")
    except ModuleNotFoundError:
        return None
    return lambda a, b: registration.optical_flow_tvl1(a, b)


def sliding_textures(size: tuple[int, int], n_frames: int) -> Iterator[NDArray[np.uint8]]:
    """(H, W, 3) pictures: a textured ground that pans, a textured box that crosses it."""
    width, height = size
    ground = _texture(rng_for(0, "bench", "ground"), height + 64, width + 64)
    box = _texture(rng_for(0, "bench", "box"), height // 3, width // 4)
    for i in range(n_frames):
        top, left = (abs((i * step) % 126 - 63) for step in (1, 2))  # there and back
        picture = ground[top : top + height, left : left + width].copy()
        x = i * 4 % (width - box.shape[1])
        picture[height // 3 : height // 3 + box.shape[0], x : x + box.shape[1]] = box
        yield picture


def _texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    texture = np.full((height, width, 3), 128.0)
    for cell in (4, 8, 16):
        coarse = rng.normal(0, 24, (-(-height // cell), -(-width // cell), 1))
        texture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(texture, 0, 255).astype(np.uint8)


def _rate(read: Callable[[], object]) -> float:
    """Frames per second of processor time, the best of three."""
    seconds = []
    for _ in range(3):
        with measured() as watch:
            read()
        seconds.append(watch.cpu)
    return FRAMES / min(seconds)


def _read_vectors(path: Path) -> None:
    with open_video(path, motion=True) as video:
        for picture in video:
            picture.motion_vectors()


def _read_maps(path: Path) -> None:
    for _ in motion_frames(path):
        pass


def _grey_pictures(path: Path) -> list[Grey]:
    with open_video(path) as video:
        return [cv2.cvtColor(picture.rgb(), cv2.COLOR_RGB2GRAY) for picture in video]


def _flow_rate(flow: Callable[[Grey, Grey], Any], grey: list[Grey]) -> float:
    flow(grey[0], grey[1])
    spent, done = 0.0, 0
    for first, second in zip(grey, grey[1:], strict=False):
        with measured() as watch:
            flow(first, second)
        spent, done = spent + watch.cpu, done + 1
        if spent > _FLOW_SECONDS:
            break
    return done / spent
