"""Still pictures as JPEG files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.files import write_bytes


def write_jpeg(path: Path, picture: NDArray[np.uint8], quality: int = 92) -> None:
    """Write (H, W, 3) RGB as JPEG, atomically."""
    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert ok, "a uint8 RGB picture can always be encoded"
    write_bytes(path, data.tobytes())
