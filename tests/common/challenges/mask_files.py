"""Small data sets of masks and submissions to them, written for tests."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from common.challenges.palette import encode_mask

Masks = dict[str, np.ndarray]  # `<sequence>/<frame>.png` -> (H, W) uint8

ROOTS = {
    "davis-semi": ("ImageSets/2017/val.txt", "Annotations/480p", 0),
    "davis-unsup": ("ImageSets/2017/val.txt", "Annotations_unsupervised/480p", 0),
    "portrait": ("ImageSets/val.txt", "Annotations", 1),
}


def disks(height: int, width: int, ids: tuple[int, ...], shift: int = 0) -> np.ndarray:
    """Disks side by side, one for each id, moved to the right."""
    y, x = np.mgrid[:height, :width]
    mask = np.zeros((height, width), np.uint8)
    for k, value in enumerate(ids):
        centre = width * (k + 0.5) / len(ids) + shift
        inside = (x - centre) ** 2 + (y - height / 2) ** 2 <= (height / 4) ** 2
        mask[inside] = value
    return mask


def truth_masks(form: str) -> Masks:
    """Two sequences of 5 and 4 frames, 40x30 and 36x48, with two and one objects."""
    start = ROOTS[form][2]
    masks = {f"one/{t + start:05d}.png": disks(30, 40, (1, 2), t + start) for t in range(5)}
    return masks | {f"two/{t + start:05d}.png": disks(48, 36, (1,), t) for t in range(4)}


def write_truth(folder: Path, form: str, masks: Masks) -> Path:
    """The root of a data set."""
    names, annotations, _ = ROOTS[form]
    sequences = dict.fromkeys(name.split("/")[0] for name in masks)
    (folder / names).parent.mkdir(parents=True, exist_ok=True)
    (folder / names).write_text("".join(f"{name}\n" for name in sequences))
    for name, mask in masks.items():
        path = folder / annotations / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_mask(mask))
    return folder


def pngs(masks: Masks) -> dict[str, bytes]:
    return {name: encode_mask(mask) for name, mask in masks.items()}


def write_zip(path: Path, members: Mapping[str, bytes], modes: Mapping[str, int] = {}) -> Path:  # noqa: B006
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED
            info.external_attr = modes.get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(info, data)
    return path


def picture(mask: np.ndarray, mode: str = "L", kind: str = "PNG", **options) -> bytes:
    """A mask saved in another way: `mode` of Pillow, `kind` of file."""
    stream = io.BytesIO()
    image = Image.fromarray(mask)
    if mode == "P":
        image.putpalette(options.pop("palette"))
    elif mode != "L":
        image = image.convert(mode)
    image.save(stream, kind, **options)
    return stream.getvalue()
