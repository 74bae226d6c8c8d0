"""What a dataset folder remembers of its making, so that a killed run goes on and a changed one
redoes only what changed.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from common.core.errors import InputError
from common.core.files import write_json
from common.core.hashing import code_sha256, item_key, sha256_file, sha256_value
from common.core.params.composed import Composed
from common.data.compose_plan import VideoPlan
from common.video.health import Health

_MARK = ".keys"
# No video id begins with a dot, so the notes about videos cannot be mistaken for this one.
_HEALTH = ".health.json"


def check_out(out: Path) -> None:
    """Refuse a folder that holds something else than a dataset of ours.

    Raises:
        InputError: it exists, is not empty, and we did not make it; or it is a file.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_dir()):
        raise InputError(
            "data.out",
            str(out),
            "exists and was not made by this command",
            "Choose another folder or remove this one; nothing was changed.",
        )


def video_keys(
    plans: Collection[VideoPlan], sha256: Mapping[str, str], recipe: Composed
) -> dict[str, str]:
    """Video -> key over its plan, its clips' contents, the output settings and the code."""
    code = sha256_value(
        [
            code_sha256("common.data.compose_render", "common.video"),
            importlib.metadata.version("av"),
        ]
    )
    settings = {"fps": recipe.fps, "size": [recipe.width, recipe.height], "crf": recipe.crf}
    keys = {}
    for plan in plans:
        used = sorted({piece.clip for run in plan.runs for piece in run.pieces})
        source = sha256_value({clip: sha256[clip] for clip in used})
        keys[plan.video] = item_key(source, code, {**settings, "runs": asdict(plan)["runs"]})
    return keys


def done_videos(out: Path, keys: Mapping[str, str]) -> set[str]:
    """Videos that lie in `out` whole and as planned."""
    return {
        video
        for video, key in keys.items()
        if _read(out / _MARK / f"{video}.json") == {"key": key, "sha256": _hash(out, video)}
    }


def mark_done(out: Path, video: str, key: str) -> None:
    """Note that a video lies there as planned."""
    write_json(out / _MARK / f"{video}.json", {"key": key, "sha256": _hash(out, video)})


def remove_others(out: Path, videos: Collection[str]) -> None:
    """Remove videos of an earlier plan with the notes about them, and what a killed run left half
    written.
    """
    # The names that `common.core.files` gives to what is not whole yet.
    for path in [*out.rglob(".part-*")]:
        path.unlink()
    for folder, suffix in ((out / "videos", ".mp4"), (out / _MARK, ".json")):
        for path in folder.glob(f"*{suffix}"):
            if path.stem not in videos and path.name != _HEALTH:
                path.unlink()


def known_health(out: Path) -> dict[str, Health]:
    """Key of a file -> what an earlier run found in it."""
    found = _read(out / _MARK / _HEALTH) or {}
    try:
        return {key: Health(**entry) for key, entry in found.items()}
    except TypeError:
        return {}


def remember_health(out: Path, found: Mapping[str, Health]) -> None:
    """Note what was found in files."""
    write_json(out / _MARK / _HEALTH, {key: asdict(entry) for key, entry in found.items()})


def _hash(out: Path, video: str) -> str | None:
    path = out / "videos" / f"{video}.mp4"
    return sha256_file(path) if path.exists() else None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
