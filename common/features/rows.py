"""Features of one video read a few rows at a time, for videos that are too long to hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.tensor_files import read_metadata, read_rows, tensor_shape
from common.core.timebase import SnippetGrid
from common.features.store import check_grid, feature_path


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """A file of a feature store; its array stays on disk.

    Args:
        path: of the file.
        video: id.
        duration: seconds of the video.
        grid: when each row was seen.
        channels: C.
    """

    path: Path
    video: str
    duration: float
    grid: SnippetGrid
    channels: int

    def read(self, first: int, stop: int) -> NDArray[np.float32]:
        """Rows `first` to `stop` as (n, C) float32; rows past the end are not there.

        Raises:
            InputError: the file is damaged, or a value is not finite.
        """
        stop = min(stop, self.grid.n_snippets)
        if first >= stop:
            return np.zeros((0, self.channels), dtype=np.float32)
        rows = read_rows(self.path, "features", first, stop).astype(np.float32)
        if not np.isfinite(rows).all():
            row = first + int(np.argwhere(~np.isfinite(rows))[0][0])
            raise InputError(
                "features.finite",
                f"{self.path} row {row}",
                "features hold a value that is not finite",
                "Repair the source.",
            )
        return rows


def open_features(folder: Path, video: str) -> FeatureRows:
    """The features of one video of a store, read when asked for.

    Raises:
        InputError: no such file, a damaged one, metadata that lack something, or a grid that does
            not cover the video.
    """
    path = feature_path(folder, video)
    metadata, shape = read_metadata(path), tensor_shape(path, "features")
    try:
        duration, stride, first = (
            float(metadata[name]) for name in ("duration", "stride_seconds", "first_center_seconds")
        )
        n_rows, channels = shape
    except (KeyError, ValueError) as error:
        raise InputError(
            "features.metadata",
            str(path),
            f"it is no file of a feature store ({type(error).__name__}: {error})",
            "Import it: emc2 features import.",
        ) from error
    grid = SnippetGrid(first, stride, n_rows)
    check_grid(grid, duration, str(path))
    return FeatureRows(path, video, duration, grid, channels)
