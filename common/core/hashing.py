"""Content hashes: of files, folders, values and code. They decide what is reused and prove what
was used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20


def sha256_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sha256_files(paths: Iterable[Path], root: Path) -> str:
    """One SHA-256 over names (relative to `root`) and contents of many files; independent of their
    order.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(p) for p in paths):
        digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_file(path)}\n".encode())
    return digest.hexdigest()


def sha256_folder(folder: Path) -> str:
    """SHA-256 over all files below `folder`, byte code left out."""
    files = (p for p in Path(folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sha256_files(files, Path(folder))


def sha256_value(value: Any) -> str:
    """SHA-256 of a JSON-like value, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()


def code_sha256(*packages: str) -> str:
    """SHA-256 of the source of whole packages or modules, named like `common.video` (relative to
    the repository).
    """
    root = Path(__file__).resolve().parents[2]
    files: list[Path] = []
    for package in packages:
        path = root / package.replace(".", "/")
        files += path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    return sha256_files(files, root)


def item_key(source_sha256: str, code: str, settings: Any) -> str:
    """Key of one item of a stage that maps over videos: equal keys mean that the stored result can
    be reused.
    """
    return sha256_value({"source": source_sha256, "code": code, "settings": settings})
