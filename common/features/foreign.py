"""Arrays out of other people's feature files; nothing in them is run."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.errors import InputError, did_you_mean
from common.core.hashing import sha256_file
from common.features.export import INDEX_FILE

_SUFFIXES = (".npy", ".npz", ".csv")
_HDF5 = (".h5", ".hdf5")
_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".mat")
_LARGEST = 2 << 30  # bytes of one array; a header may promise anything


@dataclass(frozen=True, slots=True)
class ForeignArray:
    """An array as it lies in the source; `source_sha256` is of its file, in HDF5 of its bytes."""

    name: str
    array: NDArray[Any]
    source_sha256: str
    where: str


def foreign_arrays(source: Path, key: str | None = None) -> Iterator[ForeignArray]:
    """Yield the arrays of a folder (one `.npy`, `.npz` or `.csv` a video) or of one HDF5 file (one
    dataset or group a video), sorted by name.

    Args:
        source: folder or HDF5 file.
        key: name of the array inside an `.npz` of several, or of the dataset inside a group.

    Raises:
        InputError: nothing of that kind, a file that would run code when opened, or a broken one.
    """
    if source.is_file() and source.suffix in _HDF5:
        yield from _hdf5_arrays(source, key)
        return
    if not source.is_dir():
        raise InputError(
            "features.source",
            str(source),
            "neither a folder nor an HDF5 file",
            "Give a folder with one .npy, .npz or .csv a video, or one .h5 file.",
        )
    found = (path for path in source.iterdir() if path.suffix in _SUFFIXES)
    paths = sorted(path for path in found if path.name != INDEX_FILE)  # ours, beside an export
    if not paths:
        raise _nothing(source)
    for path in paths:
        yield ForeignArray(path.stem, _load(path, key), sha256_file(path), str(path))


def _nothing(source: Path) -> InputError:
    pickles = sorted(path.name for path in source.iterdir() if path.suffix in _PICKLES)
    if pickles:
        return InputError(
            "features.source",
            str(source / pickles[0]),
            "files of this kind can run code when they are opened",
            "Convert them where you trust them: numpy.save(name + '.npy', array).",
        )
    return InputError(
        "features.source",
        str(source),
        "no .npy, .npz or .csv file in it",
        "Give the folder that holds the files themselves.",
    )


def _load(path: Path, key: str | None) -> NDArray[Any]:
    try:
        if path.suffix == ".csv":
            return _load_csv(path)
        if path.suffix == ".npz":
            return _load_npz(path, key)
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, MemoryError) as error:
        raise InputError(
            "features.source",
            str(path),
            f"cannot be read as an array of numbers ({error})",
            "Fetch it again, or convert it to a plain .npy file.",
        ) from error


def _load_csv(path: Path) -> NDArray[np.float64]:
    """Numbers, with or without one line of column names."""
    with path.open(encoding="utf-8") as stream:
        first = stream.readline().strip().split(",")
    header = None if all(map(_is_number, first)) else 0
    return pd.read_csv(path, header=header, dtype=np.float64).to_numpy()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _load_npz(path: Path, key: str | None) -> NDArray[Any]:
    with zipfile.ZipFile(path) as archive:
        if max((entry.file_size for entry in archive.infolist()), default=0) > _LARGEST:
            raise ValueError(f"an array of more than {_LARGEST >> 30} GiB")
    with np.load(path, allow_pickle=False) as arrays:
        return arrays[_choose(list(arrays), key, str(path))]


def _hdf5_arrays(source: Path, key: str | None) -> Iterator[ForeignArray]:
    import h5py

    try:
        file = h5py.File(source, "r")
    except OSError as error:
        raise InputError(
            "features.source", str(source), f"no HDF5 file ({error})", "Fetch it again."
        ) from error
    with file:
        for name in sorted(file):
            where = f"{source} {name}"
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise _elsewhere(where)
            item = file[name]
            if isinstance(item, h5py.Group):
                chosen = _choose(list(item), key, where)
                if not isinstance(item.get(chosen, getlink=True), h5py.HardLink):
                    raise _elsewhere(where)
                item = item[chosen]
            if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                raise _elsewhere(where)
            if item.dtype.kind not in "fiu" or item.nbytes > _LARGEST:
                raise InputError(
                    "features.source",
                    where,
                    f"{item.dtype} of {item.nbytes} bytes is no array of features",
                    "Name the right dataset with --key.",
                )
            array = np.asarray(item[()])
            digest = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
            yield ForeignArray(name, array, digest, where)


def _elsewhere(where: str) -> InputError:
    return InputError(
        "features.source",
        where,
        "its content lies in another place or file",
        "Copy the features into plain datasets of one file.",
    )


def _choose(names: list[str], key: str | None, where: str) -> str:
    if key is None and len(names) == 1:
        return names[0]
    if key in names:
        assert key is not None
        return key
    raise InputError(
        "features.key",
        where,
        f"holds {len(names)} arrays" if key is None else f"holds no array {key!r}",
        f"Name one with --key. {did_you_mean(key or '', names)}",
    )
