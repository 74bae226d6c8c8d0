"""BMN trained on windows.

Source: alibaba-mmai-research/TAdaConv (datasets/base/epickitchen100_feature.py): only windows that
hold a whole action teach, and only those actions are labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor
from torch.utils.data import Dataset

from common.core.errors import InputError
from common.core.hashing import sha256_value
from common.core.params.localization import Bmn
from common.core.records import LabelledSegment
from common.core.tensor_files import read_metadata
from common.features.rows import FeatureRows
from common.localization.proposal_training import training_item
from common.localization.windows.grid import WindowGrid
from common.localization.windows.sequences import resize_rule, window_sequence

_WHOLE = 0.999  # share of an action inside a window from which on it counts as inside

Stores = Mapping[str, Sequence[FeatureRows]]


def training_windows(
    segments: Sequence[LabelledSegment], grid: WindowGrid, n_windows: int
) -> list[tuple[int, list[LabelledSegment]]]:
    """Windows of one video that hold a whole action: their numbers and these actions, in seconds
    from the start of the window.
    """
    found = []
    for window in range(n_windows):
        start = window * grid.step * grid.position_seconds
        inside = [moved for s in segments if (moved := _moved(s, start, grid.window_seconds))]
        if inside:
            found.append((window, inside))
    return found


def _moved(segment: LabelledSegment, start: float, length: float) -> LabelledSegment | None:
    low, high = max(segment.start - start, 0.0), min(segment.end - start, length)
    if high - low <= _WHOLE * (segment.end - segment.start):
        return None
    return LabelledSegment(segment.video, low, high, segment.label)


class WindowDataset(Dataset[dict[str, Tensor]]):
    """Items of `training_item`, one a window that holds a whole action.

    Args:
        stores: by video, the feature sets whose channels are joined.
        segments: by video.
        spec: sizes of the map; those of the grid.

    Raises:
        InputError: no window holds an action.
    """

    def __init__(
        self,
        stores: Stores,
        segments: Mapping[str, Sequence[LabelledSegment]],
        spec: Bmn,
        grid: WindowGrid,
    ) -> None:
        self.stores, self.spec, self.grid = stores, spec, grid
        self.windows = [
            (video, window, inside)
            for video, rows in stores.items()
            if rows[0].duration >= grid.min_seconds
            for window, inside in training_windows(
                segments.get(video, ()), grid, grid.n_windows(rows[0].duration, video)
            )
        ]
        if not self.windows:
            raise InputError(
                "windows.empty",
                "training",
                f"no window of {len(stores)} videos holds a whole action",
                "Check that the annotations are those of the videos, and the size of the windows.",
            )
        keys = {v: [read_metadata(r.path).get("item_key") for r in s] for v, s in stores.items()}
        items = [(v, w, [(s.start, s.end) for s in inside]) for v, w, inside in self.windows]
        self.fingerprint = sha256_value([keys, items, spec.model_dump(), repr(grid)])

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        video, window, inside = self.windows[index]
        sequence = window_sequence(self.stores[video], self.grid, window, resize_rule(self.spec))
        return training_item(sequence, inside, self.spec)
