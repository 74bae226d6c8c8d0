"""Members of an ensemble from files, ours or other people's: score maps, proposals, detections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec
import pandas as pd

from common.challenges.payloads import read_payload
from common.core.errors import InputError
from common.core.params.localization import Ensemble, ProposalRule, SoftNms
from common.localization.fusion import fuse_all_maps, join_proposals
from common.localization.maps import ScoreMaps, list_maps, read_maps
from common.localization.proposals import proposals_table
from common.localization.tables import DETECTION_COLUMNS, PROPOSAL_COLUMNS, make_table, read_table

Kind = Literal["maps", "proposals", "detections"]
# Between video and label in the name of a group that is suppressed on its own.
_JOIN = "\x1f"


class _Entry(msgspec.Struct):
    """One entry of a result file: of ActivityNet and HACS, or of EPIC-KITCHENS (verb, noun)."""

    score: float
    segment: tuple[float, float]
    label: str | None = None
    verb: int | None = None
    noun: int | None = None

    @property
    def name(self) -> str | None:
        if self.label is None and self.verb is not None and self.noun is not None:
            return f"{self.verb},{self.noun}"
        return self.label


class _File(msgspec.Struct):
    results: dict[str, list[_Entry]]


@dataclass(frozen=True, slots=True)
class FileMember:
    """One member.

    Args:
        name: of the file or folder.
        path: as given.
        maps: by video, or None.
        table: proposals or detections (with `label`), or None.
    """

    name: str
    path: Path
    maps: Mapping[str, ScoreMaps] | None
    table: pd.DataFrame | None

    @property
    def kind(self) -> Kind:
        """What it holds."""
        if self.table is None:
            return "maps"
        return "detections" if "label" in self.table else "proposals"

    @property
    def videos(self) -> set[str]:
        """Ids of the videos that it covers."""
        return set(self.maps or ()) if self.table is None else set(self.table["video"])


def read_member(path: Path, wanted: Sequence[str]) -> FileMember:
    """A member from a folder of score maps, a result file (.json, .json.gz) or a table (.parquet).

    Args:
        path: file or folder.
        wanted: videos of interest; others are not read.

    Raises:
        InputError: none of these, broken, or without any of the wanted videos.
    """
    name = path.name.removesuffix(".gz").removesuffix(".json").removesuffix(".parquet")
    if path.is_dir():
        there = set(list_maps(path))
        found = {video: read_maps(path, video) for video in wanted if video in there}
        member = FileMember(name, path, found, None)
    else:
        table = _read_parquet(path) if path.suffix == ".parquet" else _read_result(path)
        member = FileMember(name, path, None, table[table["video"].isin(wanted)])
    if not member.videos:
        raise InputError(
            "ensemble.videos",
            str(path),
            f"has none of the {len(wanted)} videos of the fold",
            "Give score maps, proposals or detections of the held-out videos.",
        )
    return member


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return read_table(path, DETECTION_COLUMNS)
    except InputError:
        return read_table(path, PROPOSAL_COLUMNS)


def _read_result(path: Path) -> pd.DataFrame:
    try:
        results = msgspec.json.decode(read_payload(path), type=_File).results
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "ensemble.file", str(path), f"no result file ({error})", "Run `emc2 validate` on it."
        ) from error
    rows = [(video, entry) for video, entries in results.items() for entry in entries]
    labels = [entry.name for _, entry in rows]
    columns = {
        "video": [video for video, _ in rows],
        "start": [entry.segment[0] for _, entry in rows],
        "end": [entry.segment[1] for _, entry in rows],
        "label": labels,
        "score": [entry.score for _, entry in rows],
        "member": path.name,
    }
    if all(label is None for label in labels):
        return make_table(PROPOSAL_COLUMNS, columns)
    if any(label is None for label in labels):
        raise InputError(
            "ensemble.file", str(path), "some entries have no label", "Give all or none a label."
        )
    return make_table(DETECTION_COLUMNS, columns)


@dataclass(frozen=True)
class FileEnsemble:
    """Members of files on the videos that all of them cover.

    Args:
        members: at least one; detections mix with nothing else.
        videos: that all cover.
        durations: seconds, by video.
        rule, nms, ensemble: of the track; `ensemble.level` counts where all are maps.
    """

    members: tuple[FileMember, ...]
    videos: tuple[str, ...]
    durations: Mapping[str, float]
    rule: ProposalRule
    nms: SoftNms
    ensemble: Ensemble

    @property
    def kind(self) -> Kind:
        """What comes of fusing: `maps` and `proposals` give proposals."""
        kinds = {member.kind for member in self.members}
        if kinds == {"maps"} and self.ensemble.level == "maps":
            return "maps"
        return "detections" if "detections" in kinds else "proposals"

    @cached_property
    def maps(self) -> dict[str, list[ScoreMaps]]:
        """Of the members that are maps, video by video."""
        return {m.name: [m.maps[v] for v in self.videos] for m in self.members if m.maps}

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Proposals or detections of every member; those of maps are made by the track's rule."""
        found = {}
        for member in self.members:
            if member.table is None:
                found[member.name] = proposals_table(
                    self.maps[member.name], self.rule, self.nms, member.name
                )
            else:
                found[member.name] = member.table[member.table["video"].isin(self.videos)]
        return found

    def fuse(self, weights: tuple[float, ...]) -> pd.DataFrame:
        """Weights in the order of the members -> proposals, or detections."""
        chosen = {m.name: w for m, w in zip(self.members, weights, strict=True)}
        if self.kind == "maps":
            return proposals_table(
                fuse_all_maps(self.maps, chosen), self.rule, self.nms, "ensemble"
            )
        voting = self.ensemble.voting_tiou
        if self.kind == "proposals":
            return join_proposals(self.tables, chosen, self.durations, self.nms, voting)
        # Detections: suppression within each class of a video.
        keyed = {
            name: table.assign(video=table["video"] + _JOIN + table["label"])
            for name, table in self.tables.items()
        }
        durations = {
            key: self.durations[key.split(_JOIN)[0]]
            for table in keyed.values()
            for key in table["video"].unique()
        }
        joined = join_proposals(keyed, chosen, durations, self.nms, voting)
        parts = joined["video"].str.split(_JOIN, n=1, expand=True)
        return joined.assign(video=parts[0], label=parts[1])[list(DETECTION_COLUMNS)]


def file_ensemble(
    paths: Sequence[Path],
    wanted: Sequence[str],
    durations: Mapping[str, float],
    rule: ProposalRule,
    nms: SoftNms,
    ensemble: Ensemble,
) -> FileEnsemble:
    """Read all members; only videos that all of them cover are kept.

    Raises:
        InputError: a file cannot be a member, two have one name, detections beside something
            else, or no video is common to all.
    """
    members = tuple(read_member(path, wanted) for path in paths)
    names = [member.name for member in members]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise InputError("ensemble.names", doubled, "names two members", "Rename one of the files.")
    kinds = {member.kind for member in members}
    if "detections" in kinds and len(kinds) > 1:
        other = next(member for member in members if member.kind != "detections")
        raise InputError(
            "ensemble.kinds",
            str(other.path),
            f"holds {other.kind}, others detections with labels",
            "Fuse detections with detections, and proposals with maps or proposals.",
        )
    common = set.intersection(*(member.videos for member in members))
    videos = tuple(video for video in wanted if video in common)
    if not videos:
        raise InputError(
            "ensemble.videos", ", ".join(names), "have no video in common", "Give the same videos."
        )
    return FileEnsemble(members, videos, durations, rule, nms, ensemble)
