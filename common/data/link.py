"""Point at the user's own copies: official videos, features, supplied weights, clip folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from common.core.errors import InputError
from common.core.hashing import sha256_file, sha256_value
from common.core.params.composed import Composed
from common.data.clip_list import read_classes, read_clip_lists
from common.data.fetch import Pin
from common.data.ledger import Link, read_links, read_pulled, record_link
from common.data.pull import check_annotations
from common.data.sources import Source, Sources, get_source

VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".avi", ".mov", ".flv", ".m4v", ".mpg", ".mpeg", ".ts")
_SUFFIXES = {
    "videos": VIDEO_SUFFIXES,
    "features": (".safetensors", ".npy", ".npz", ".csv", ".h5", ".hdf5"),
    "tables": (".csv",),
}
# Above this, contents are not hashed: the official videos of ActivityNet are hundreds of GB.
_CONTENT_LIMIT = 2 << 30


def link(name: str, path: Path, sources: Sources, folder: Path, recipe: Composed | None) -> Link:
    """Record where the user's own copy of a source lies, after a look at what is there.

    Args:
        name: an entry of `sources.yaml`; a fetched one may be linked too (it is then not pulled).
        path: file or folder, as the kind of the entry wants.
        sources: `read_sources()`.
        folder: the data folder.
        recipe: lists and groups that a clip folder must serve.

    Raises:
        InputError: not what the entry says; nothing was recorded.
    """
    source = get_source(sources, name)
    path = Path(path).resolve()
    files = _check(name, source, path, recipe)
    entry = _describe(path, files)
    record_link(folder, name, entry)
    return entry


def resolve(name: str, sources: Sources, folder: Path) -> Path:
    """Where the data of an entry lie: the user's own copy, else the pulled file.

    Raises:
        InputError: neither is there; says how to get it.
    """
    source = get_source(sources, name)
    own = read_links(folder).get(name)
    if own is not None:
        if Path(own.path).exists():
            return Path(own.path)
        raise InputError(
            "data.link",
            name,
            f"is linked to {own.path}, which is gone",
            f"Link it anew: {how(name, source)}",
        )
    if source.file is not None and name in read_pulled(folder) and (folder / source.file).exists():
        return folder / source.file
    raise InputError("data.missing", name, f"is missing ({source.purpose})", how(name, source))


def how(name: str, source: Source) -> str:
    """What to do to get an entry."""
    return source.how or f"emc2 data pull {name}"


def _check(name: str, source: Source, path: Path, recipe: Composed | None) -> list[Path]:
    """The files that count, after the check of their kind."""
    folder_kinds = ("tables", "annotated", "videos", "features", "clips")
    wanted = "folder" if source.kind in folder_kinds else "file"
    if not (path.is_dir() if wanted == "folder" else path.is_file()):
        raise InputError(
            "data.link", str(path), f"is not a {wanted}, as {name} must be", how(name, source)
        )
    if source.kind == "weights":
        _check_weights(path)
    if source.kind == "annotations":
        check_annotations(path, str(path))
    if wanted == "file":
        _pin(source).check(str(path), path.stat().st_size, sha256_file(path))
        return [path]
    if source.kind == "clips":
        return _clip_files(path, recipe)
    if source.kind == "annotated":
        check_annotations(path / "annotations.json", str(path / "annotations.json"))
        videos = [file for file in _walk(path / "videos") if file.suffix.lower() in VIDEO_SUFFIXES]
        return [path / "annotations.json", *videos]
    suffixes = _SUFFIXES[source.kind]
    files = [file for file in _walk(path) if file.suffix.lower() in suffixes]
    if not files:
        raise InputError(
            "data.link",
            str(path),
            f"holds no file that ends in {', '.join(suffixes)}",
            "Name the folder that holds the files themselves.",
        )
    return files


def _pin(source: Source) -> Pin:
    return Pin(source.bytes, source.sha256, source.sha256_prefix)


def _clip_files(path: Path, recipe: Composed | None) -> list[Path]:
    """Class file, lists and clips that the params name."""
    if recipe is None:
        raise InputError(
            "data.link", "params.yaml", "the clips profile has no world.composed", "Add it."
        )
    classes = read_classes(path / recipe.classes)
    clips = read_clip_lists(path, recipe.lists, classes, recipe.group_pattern)
    lists = {name for names in recipe.lists.values() for name in names}
    return [
        path / recipe.classes,
        *(path / name for name in sorted(lists)),
        *(path / clip.path for clip in clips),
    ]


def _check_weights(path: Path) -> None:
    """A file share often answers with a web page; PyTorch files are zip archives or pickles."""
    with path.open("rb") as stream:
        head = stream.read(16)
    is_tensors = len(head) > 8 and head[8:9] == b"{"
    if not (head.startswith((b"PK\x03\x04", b"\x80")) or is_tensors):
        raise InputError(
            "data.link",
            str(path),
            f"is no weights file (it begins with {head[:8]!r})",
            "Download the file itself, not the page that offers it.",
        )


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _describe(path: Path, files: list[Path]) -> Link:
    root = path if path.is_dir() else path.parent
    sizes = {file.relative_to(root).as_posix(): file.stat().st_size for file in files}
    total = sum(sizes.values())
    if total > _CONTENT_LIMIT:
        return Link(str(path), len(files), total, "listing", sha256_value(sizes))
    hashes = {file.relative_to(root).as_posix(): sha256_file(file) for file in files}
    return Link(str(path), len(files), total, "content", sha256_value(hashes))
