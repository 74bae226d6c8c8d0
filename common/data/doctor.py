"""What each profile and track still lacks, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from common.core.errors import InputError
from common.core.params import Profile, load_params
from common.core.params.schema import PROFILES
from common.data.ledger import Link, PulledFile, read_links, read_pulled
from common.data.link import VIDEO_SUFFIXES, how
from common.data.sources import Source, Sources

if TYPE_CHECKING:
    from common.video.health import Health

# For one video: those of ActivityNet are at most some minutes long.
_TIMEOUT_S = 600.0

State = Literal["pulled", "linked", "missing", "changed"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a track needs to run a profile. `fix` is empty where it is in place."""

    profile: Profile
    track: str
    name: str
    kind: str
    state: State
    detail: str
    licence: str
    fix: str

    @property
    def lacking(self) -> bool:
        return self.state in ("missing", "changed")


def examine(sources: Sources, folder: Path, profile: Profile | None = None) -> list[Need]:
    """Look at every source that a profile needs; sizes are compared, contents are not hashed anew.

    Args:
        sources: `read_sources()`.
        folder: the data folder.
        profile: only this one; default: all.
    """
    pulled, links = read_pulled(folder), read_links(folder)
    needs = []
    for wanted in PROFILES if profile is None else (profile,):
        for name, source in sources.items():
            state, detail = _state(source, folder, pulled.get(name), links.get(name))
            fix = how(name, source) if state in ("missing", "changed") else ""
            needs += [
                Need(wanted, track, name, source.kind, state, detail, source.licence, fix)
                for track in source.tracks(wanted)
            ]
    return needs


def look_at_videos(folder: Path, workers: int | None) -> list[Health]:
    """Read every video below a folder to its end.

    Args:
        folder: looked through with all its folders.
        workers: processes; None: as `world.workers` says.

    Raises:
        InputError: no such folder, or no video in it.
    """
    from common.video.health import check_videos  # needs the extra `train`; doctor does not

    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()
    }
    if not paths:
        raise InputError("doctor.videos", str(folder), "holds no video", "Check the folder.")
    n_workers = workers or load_params().world.workers
    return check_videos(paths, workers=n_workers, timeout_s=_TIMEOUT_S)


def _state(
    source: Source, folder: Path, pulled: PulledFile | None, own: Link | None
) -> tuple[State, str]:
    if own is not None:
        if not Path(own.path).exists():
            return "changed", f"linked to {own.path}, which is gone"
        return "linked", f"{own.path} ({own.files} files, {_size(own.bytes)})"
    if source.file is None:
        return "missing", "yours to supply"
    target = folder / source.file
    if not target.exists():
        part = target.parent / ".part" / target.name
        if part.exists():
            return "missing", f"{_size(part.stat().st_size)} of it came, it resumes"
        return "missing", ""
    if pulled is None:
        return "missing", f"{target} was not checked yet"
    if target.stat().st_size != pulled.bytes:
        return "changed", f"{target} has another size than when it was pulled"
    return "pulled", f"{target} ({_size(pulled.bytes)})"


def _size(n_bytes: int) -> str:
    size, unit = float(n_bytes), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):  # noqa: B007
        if size < 1000:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
