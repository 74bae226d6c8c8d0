"""Which videos there are, by id, and what their files hash to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.core.launcher import Broken
from common.features.store import check_video_id


def dataset_videos(folder: Path) -> list[Path]:
    """The video files of a dataset folder, in the order of its `videos.csv`.

    Raises:
        InputError: no `videos.csv`, or a video with no file or two in `videos/`.
    """
    table = folder / "videos.csv"
    if not table.is_file():
        raise InputError(
            "features.dataset",
            str(table),
            "no such file",
            "Make the dataset first: dvc repro, or emc2 data compose or link.",
        )
    files: dict[str, list[Path]] = {}
    for path in (folder / "videos").iterdir():
        files.setdefault(path.stem, []).append(path)
    found = []
    for video in pd.read_csv(table, dtype={"video": str})["video"]:
        paths = files.get(video, [folder / "videos" / f"{video}.mp4"])
        if len(paths) > 1:
            raise InputError(
                "features.dataset",
                str(paths[0]),
                f"video {video} has {len(paths)} files: {', '.join(p.name for p in paths)}",
                "Keep one.",
            )
        found += paths
    return found


def videos_by_id(videos: Sequence[Path]) -> dict[str, Path]:
    """Video id -> file; the id is the file's name without suffix.

    Raises:
        InputError: two files of one id, or an id that is no safe file name.
    """
    paths: dict[str, Path] = {}
    for path in map(Path, videos):
        check_video_id(path.stem)
        if path.stem in paths:
            raise InputError(
                "features.video_id",
                str(path),
                f"{paths[path.stem]} has the same id {path.stem}",
                "Rename one of them.",
            )
        paths[path.stem] = path
    return paths


def hash_videos(
    paths: Mapping[str, Path], threads: int
) -> tuple[dict[str, str], tuple[Broken, ...]]:
    """SHA-256 of every video, and those that are no readable files."""

    def hashed(path: Path) -> str | None:
        # A pipe or a device would never end.
        try:
            return sha256_file(path) if path.is_file() else None
        except OSError:
            return None

    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(paths, pool.map(hashed, paths.values()), strict=True))
    absent = (
        Broken(video, "video.missing", f"{paths[video].name}: no file, or it cannot be read")
        for video, source in found.items()
        if source is None
    )
    return {video: source for video, source in found.items() if source}, tuple(absent)
