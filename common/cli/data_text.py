"""What `emc2 data` prints for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common.core.params import Profile

if TYPE_CHECKING:  # these load what `--help` has no need of
    from common.data.adopt import AdoptSummary
    from common.data.components import Component
    from common.data.compose import ComposeSummary
    from common.data.doctor import Need
    from common.data.pull import Pulled
    from common.data.sources import Sources
    from common.video.health import Health

_NAMED = 20


def pulled_text(done: Sequence[Pulled], sources: Sources, profile: Profile | None) -> str:
    """What is in place now, hashes recorded for the first time, and what is yours to supply."""
    lines = [
        f"{entry.name}: {entry.state}, {entry.bytes} bytes, {entry.path}"
        + (f"\n  recorded at this first pull: sha256 {entry.sha256}" if entry.first else "")
        for entry in done
    ]
    if profile is not None:
        for name, source in sources.items():
            if source.how and source.tracks(profile):
                lines.append(f"{name}: yours to supply. {source.how}")
    return "\n".join(lines) or "nothing to pull"


def doctor_text(
    needs: Sequence[Need],
    components: Sequence[Component],
    health: Sequence[Health],
    profile: Profile | None,
) -> str:
    """One table of what profiles need, one of optional parts, and how to get what is missing."""
    shown = [profile] if profile else ["sample", "clips", "full"]
    rows = [["profile", "track", "data", "kind", "state", "detail"]]
    for name in shown:
        mine = [need for need in needs if need.profile == name]
        rows += [[n.profile, n.track, n.name, n.kind, n.state, n.detail] for n in mine]
        rows += [] if mine else [[name, "all", "–", "", "ready", "needs no data"]]
    parts = [["part", "state", "version", "wanted", "serves"]]
    parts += [[c.name, c.state, c.version, c.wanted, c.serves] for c in components]
    fixes = {need.name: need.fix for need in needs if need.lacking}
    fixes |= {part.name: part.fix for part in components if part.fix}
    blocks = [_table(rows), _table(parts)]
    if fixes:
        blocks.append("\n".join(["how to get it", *(f"  {n}: {fix}" for n, fix in fixes.items())]))
    if health:
        videos = [["video", "status", "frames", "seconds", "fps", "size", "reason"]]
        videos += [_health_row(row) for row in health]
        bad = sum(row.status != "ok" for row in health)
        blocks.append(f"{_table(videos)}\n{len(health)} videos, {bad} not whole")
    return "\n\n".join(blocks)


def composed_text(made: ComposeSummary, out: Path) -> str:
    """Counts by subset; what was left out."""
    rows = [["subset", "videos", "seconds", "instances", "cuts", "of them boundaries"]]
    for subset, counts in made.subsets.items():
        n_instances = sum(counts["instances"].values())
        values = [counts["videos"], counts["seconds"], n_instances]
        rows.append([subset, *map(str, [*values, counts["cuts"], counts["boundary_cuts"]])])
    lines = [_table(rows), f"in {out}; {made.reused} videos were there already"]
    if made.lone_clips:
        lines.append(f"{made.lone_clips} clips match no group: each counts as its own source video")
    return "\n".join(lines + _left_out(made.left_out))


def adopted_text(made: AdoptSummary, out: Path) -> str:
    """Counts by subset and state; what was left out."""
    counts = ", ".join(f"{count} {subset}" for subset, count in made.videos.items())
    states = ", ".join(f"{count} {state}" for state, count in made.states.items())
    lines = [f"{counts} videos in {out} ({states})"]
    lines.append(
        f"{made.segments} segments, {made.segments_cut} cut at the end of their video, "
        f"{made.segments_dropped} dropped behind it"
    )
    lines += [f"warning: {warning}" for warning in made.warnings]
    return "\n".join(lines + _left_out(made.left_out))


def _left_out(left_out: dict[str, str]) -> list[str]:
    lines = [f"left out: {name}: {why}" for name, why in list(left_out.items())[:_NAMED]]
    more = len(left_out) - _NAMED
    return (
        [*lines, f"left out: {more} more, see manifest.csv or compose.json"] if more > 0 else lines
    )


def _health_row(row: Health) -> list[str]:
    measured = [
        str(row.frames),
        f"{row.duration:.2f}",
        f"{row.fps:.2f}",
        f"{row.width}x{row.height}",
    ]
    return [row.video, row.status, *(measured if row.frames else ["", "", "", ""]), row.reason]


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
