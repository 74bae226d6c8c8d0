"""The tables of the rendered world: CSV files and the annotation file in the official layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from common.core.files import write_json, write_text
from common.core.params.world import RenderedWorld
from common.core.records import Subset
from common.world.boxes import action_table
from common.world.cast import ACTIONS
from common.world.script import VideoScript
from common.world.trimming import ClipCut

_OFFICIAL: dict[Subset, str] = {
    "train": "training",
    "validation": "validation",
    "test": "testing",
}
_BRANCHES = {
    "body": "Moving alone",
    "object": "Handling things",
    "person": "Meeting somebody",
}


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file with these columns, `\\n` line ends."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def write_videos(folder: Path, scripts: Sequence[VideoScript], params: RenderedWorld) -> None:
    """`videos.csv`: one row for each video of all subsets."""
    write_csv(
        folder / "videos.csv",
        ["video", "subset", "duration", "fps", "width", "height", "frames"],
        [
            [
                script.video, script.subset, round(script.duration, 6), params.fps,
                params.width, params.height, round(script.duration * params.fps),
            ]
            for script in scripts
        ],
    )  # fmt: skip


def write_classes(folder: Path, params: RenderedWorld) -> None:
    """`classes.csv` (label, verb, noun and their ids, in rank order) and `actions.csv`."""
    actions = [ACTIONS[label] for label in params.classes]
    verbs = list(dict.fromkeys(action.verb for action in actions))
    nouns = list(dict.fromkeys(action.noun for action in actions))
    write_csv(
        folder / "classes.csv",
        ["label", "verb", "noun", "verb_id", "noun_id"],
        [[a.label, a.verb, a.noun, verbs.index(a.verb), nouns.index(a.noun)] for a in actions],
    )
    write_csv(folder / "actions.csv", ["action", "kind"], action_table())


def write_segments(path: Path, scripts: Sequence[VideoScript]) -> None:
    """`segments.csv`: one row for each instance; start and end in seconds."""
    write_csv(
        path,
        ["video", "start", "end", "label", "verb", "noun"],
        [
            [script.video, i.start, i.end, i.label, ACTIONS[i.label].verb, ACTIONS[i.label].noun]
            for script in scripts
            for i in script.instances
        ],
    )


def write_annotations(
    path: Path, scripts: Sequence[VideoScript], params: RenderedWorld, with_test: bool
) -> None:
    """The annotation file in the layout of ActivityNet 1.3; test videos without annotations unless
    `with_test`.
    """
    database = {}
    for script in scripts:
        shown = with_test or script.subset != "test"
        database[script.video] = {
            "duration": round(script.duration, 6),
            "subset": _OFFICIAL[script.subset],
            "resolution": f"{params.width}x{params.height}",
            "url": "",
            "annotations": [
                {"label": i.label, "segment": [i.start, i.end]} for i in script.instances
            ]
            if shown
            else [],
        }
    document = {
        "version": "VERSION 1.3",
        "taxonomy": _taxonomy(params.classes),
        "database": database,
    }
    write_json(path, document)


def _taxonomy(labels: Sequence[str]) -> list[dict[str, Any]]:
    """Root, one branch for each kind of action, the classes as leaves."""
    nodes = [{"nodeId": 0, "nodeName": "Root", "parentId": None, "parentName": None}]
    branch_ids = {}
    kinds = {ACTIONS[label].kind for label in labels}
    used = [(kind, name) for kind, name in _BRANCHES.items() if kind in kinds]
    for number, (kind, name) in enumerate(used, start=1):
        branch_ids[kind] = number
        nodes.append({"nodeId": number, "nodeName": name, "parentId": 0, "parentName": "Root"})
    for label in labels:
        kind = ACTIONS[label].kind
        nodes.append(
            {
                "nodeId": len(nodes),
                "nodeName": label,
                "parentId": branch_ids[kind],
                "parentName": _BRANCHES[kind],
            }
        )
    return nodes


def write_clips(folder: Path, cuts: Sequence[ClipCut], params: RenderedWorld) -> None:
    """`clips.csv`: the trimmed clips; start and end are seconds in the video they are cut from."""
    rows = []
    for cut in cuts:
        action = ACTIONS.get(cut.label)
        rows.append(
            [
                cut.clip, f"clips/{cut.clip}.mp4", cut.label,
                action.verb if action else "", action.noun if action else "", cut.video,
                round(cut.first / params.fps, 6), round(cut.last / params.fps, 6),
            ]
        )  # fmt: skip
    columns = ["clip", "path", "label", "verb", "noun", "group", "start", "end"]
    write_csv(folder / "clips.csv", columns, rows)
