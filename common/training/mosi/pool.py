"""The classes of MoSI: which axis, which direction, how fast.

Source: `MoSIGenerator` of the authors' release (TAdaConv, `mosi_generator.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.core.params.pretrain import Mosi


@dataclass(frozen=True, slots=True)
class LabelPool:
    """Signed speeds of the classes, in the published order.

    A positive speed moves the window right or down, so the content moves left or up.

    Args:
        speeds: (sx, sy) of each class, whole numbers from -levels to levels.
        levels: speeds of one direction; a class moves by speed / levels of the room there is.
        zero_out: whether the class without motion is left out.
    """

    speeds: tuple[tuple[int, int], ...]
    levels: int
    zero_out: bool

    def __len__(self) -> int:
        return len(self.speeds)

    @property
    def names(self) -> tuple[str, ...]:
        """`x-2`, `y+1`, `still`; `x+1 y-2` where both axes move."""
        return tuple(_name(*pair) for pair in self.speeds)

    @property
    def mirrored(self) -> NDArray[np.int64]:
        """(classes,) the class of each one's mirror image (left and right swapped)."""
        place = {pair: index for index, pair in enumerate(self.speeds)}
        return np.array([place[-sx, sy] for sx, sy in self.speeds])

    @property
    def axis_labels(self) -> NDArray[np.int64]:
        """(classes, 2) label of each axis, for two heads.

        Source: s - s_min - (1 if s > 0 and the class without motion is left out).
        """
        speeds = np.array(self.speeds)
        return speeds + self.levels - ((speeds > 0) & self.zero_out)

    @property
    def axis_classes(self) -> int:
        """Classes of one axis' head."""
        return 2 * self.levels + (not self.zero_out)


def label_pool(mosi: Mosi) -> LabelPool:
    """The classes that the params ask for.

    One axis at a time: x ascending, then y ascending, and last the class without motion. Both at
    once: all pairs, x first; the class without motion in its place.
    """
    levels = mosi.speeds // 2
    moving = [s for s in range(-levels, levels + 1) if s]
    if mosi.axes == "xy" and not mosi.decouple:
        both = range(-levels, levels + 1)
        pairs = [(sx, sy) for sx in both for sy in both if sx or sy or not mosi.zero_out]
    else:
        pairs = [(s, 0) for s in moving] if "x" in mosi.axes else []
        pairs += [(0, s) for s in moving] if "y" in mosi.axes else []
        pairs += [] if mosi.zero_out else [(0, 0)]
    return LabelPool(tuple(pairs), levels, mosi.zero_out)


def _name(sx: int, sy: int) -> str:
    parts = [f"{axis}{s:+d}" for axis, s in (("x", sx), ("y", sy)) if s]
    return " ".join(parts) or "still"
