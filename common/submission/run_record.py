"""`run.json`: what varies from run to run, and so stands outside the compared files."""

from __future__ import annotations

import json
import platform
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.core.bench import machine, measured, peak_mb
from common.core.files import write_json

SCHEMA_VERSION = 1


@contextmanager
def record_run(path: Path, stage: str) -> Iterator[None]:
    """Measure the block and write its seconds, peak memory and machine to `run.json`.

    The records of other stages stay. A block that fails is not recorded.

    Args:
        path: `artifacts/<profile>/<track>/run.json`.
    """
    with measured() as watch:
        yield
    document = _read(path)
    document["stages"][stage] = {
        "seconds": round(watch.wall, 3),
        "cpu_seconds": round(watch.cpu, 3),
        "peak_mb": round(peak_mb(), 1),
        "host": socket.gethostname(),
        "python": platform.python_version(),
        **machine(),
    }
    write_json(path, document)


def _read(path: Path) -> dict[str, Any]:
    """The record so far; a new one if there is none that can be read: it holds no result."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document["stages"], dict) and document["schema_version"] == SCHEMA_VERSION:
            return dict(document)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {"schema_version": SCHEMA_VERSION, "stages": {}}
