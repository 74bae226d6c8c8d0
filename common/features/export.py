"""Our features for other people: plain `.npy` arrays, and a table of when each row was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from common.core.errors import InputError
from common.core.files import atomic_folder
from common.features.store import check_one_extractor, list_features, read_features

INDEX_FILE = "index.csv"


def export_features(folder: Path, out: Path) -> int:
    """Write `<video>.npy` (T, C) for every video of a feature store, and `index.csv`; all or
    nothing.

    Args:
        folder: feature store of one extractor.
        out: new folder.

    Returns:
        The number of videos.

    Raises:
        InputError: no features, mixed ones, or `out` is there and not empty.
    """
    check_one_extractor(folder)
    if out.exists() and any(out.iterdir()):
        raise InputError(
            "features.out", str(out), "is there and not empty", "Choose a new folder, or remove it."
        )
    rows = []
    with atomic_folder(out) as temporary:
        for video in list_features(folder):
            found = read_features(folder, video)
            np.save(temporary / f"{video}.npy", found.array)
            rows.append(
                {
                    "video": video,
                    "rows": len(found.array),
                    "channels": found.array.shape[1],
                    "duration": found.duration,
                    "fps": found.fps,
                    "stride_seconds": found.grid.stride_seconds,
                    "first_center_seconds": found.grid.first_center_seconds,
                    "extractor": found.extractor,
                    "weights_sha256": found.weights_sha256,
                    "source_sha256": found.source_sha256,
                }
            )
        table = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
        (temporary / INDEX_FILE).write_text(table, encoding="utf-8")
    return len(rows)
