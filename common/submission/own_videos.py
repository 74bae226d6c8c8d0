"""A trained temporal track on anyone's own videos: leaderboard JSON and a picture of each video."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from common.challenges.activitynet.writer import ExternalData
from common.core.errors import InputError
from common.core.files import write_bytes
from common.core.params import Params
from common.core.params.temporal_track import TemporalTrack
from common.features.extract import extract_features
from common.features.store import list_features, read_features
from common.localization.members import infer_members
from common.localization.score_files import read_fitted
from common.localization.splits import read_annotated
from common.localization.track_files import TrackFiles, system_on
from common.submission.leaderboard import detection_file
from common.submission.timeline import KeyFrame, draw_timeline
from common.video.health import Health
from common.video.key_frames import KeyFrameReader

RESULT = "result.json"
_KEY_FRAMES = 8
_OFFICIAL_NAME = re.compile(r"v_[\w-]{11}")


@dataclass(frozen=True, slots=True)
class Predicted:
    """What came of the videos.

    Args:
        result: the leaderboard-style file.
        pictures: one a video.
        left_out: videos that cannot be used, with what is wrong with each.
    """

    result: Path
    pictures: tuple[Path, ...]
    left_out: tuple[Health, ...]


def predict_videos(
    videos: Sequence[Path], files: TrackFiles, params: Params, track: TemporalTrack, out: Path
) -> Predicted:
    """Detect actions in video files with the trained track of the profile in force.

    Writes `out/result.json`, `out/<video>.png`, and the features and maps below `out/work`, where a
    second call finds them.

    Raises:
        InputError: the track has not been trained, or no video can be read.
    """
    members = track.used(params.features.names)
    _require_trained(files, track, members)
    for video in videos:
        if not video.is_file():
            raise InputError("predict.video", str(video), "no such file", "Check the path.")
    work = out / "work"
    extractors = [files.features.parent / "extractors" / f"{name}.safetensors" for name in members]
    settings = params.features.model_copy(update={"max_broken": len(videos)})
    extraction = extract_features(videos, extractors, work / "features", settings)
    names = tuple(list_features(work / "features" / members[0]))
    if not names:
        raise InputError(
            "predict.none", str(out), "no video can be read", f"See {work / 'features'}/health.csv."
        )
    infer_members(files.proposals, work / "features", members, names, track, work / "maps")
    weights, spec = read_fitted(files.own / "ensemble.json")
    classes = read_annotated(files.annotations).classes
    trained = system_on(files, members, names, classes, track)
    system = replace(trained, features=work / "features", maps=work / "maps")
    detections = system.detections(system.proposals(weights), weights, spec)
    ids = official_ids(names)
    listed = detections.assign(video=detections["video"].map(ids))
    found = detection_file(listed, ExternalData(False, ""), videos=tuple(ids.values()))
    write_bytes(out / RESULT, found)
    paths = {video.stem: video for video in videos}
    pictures = []
    for name in names:
        duration = read_features(work / "features" / members[0], name).duration
        mine = detections[detections["video"] == name]
        picture = draw_timeline(name, duration, mine, key_frames=_key_frames(paths[name], duration))
        write_bytes(out / f"{name}.png", picture)
        pictures.append(out / f"{name}.png")
    return Predicted(out / RESULT, tuple(pictures), extraction.broken)


def official_ids(names: Sequence[str]) -> dict[str, str]:
    """File name -> id in the result file. ActivityNet hands out `v_<id>` and lists `<id>`.

    A name keeps its prefix where another file has the name without it.
    """
    return {
        name: name[2:] if _OFFICIAL_NAME.fullmatch(name) and name[2:] not in names else name
        for name in names
    }


def _key_frames(path: Path, duration: float) -> list[KeyFrame]:
    reader = KeyFrameReader(path.parent)
    times = [duration * (i + 0.5) / _KEY_FRAMES for i in range(_KEY_FRAMES)]
    found = [(time, reader(path.stem, time)) for time in times]
    return [KeyFrame(time, image) for time, image in found if image is not None]


def _require_trained(files: TrackFiles, track: TemporalTrack, members: Sequence[str]) -> None:
    needed = [files.own / "ensemble.json", files.annotations]
    needed += [files.proposals / f"{name}.safetensors" for name in members]
    for path in needed:
        if not path.is_file():
            raise InputError(
                "predict.untrained",
                str(path),
                "the track has not been trained in this profile",
                f"Run `dvc repro tracks/{files.own.name}` first.",
            )
