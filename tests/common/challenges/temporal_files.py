"""Small valid files of the temporal formats, to be spoiled by tests."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

ANNOTATIONS: dict[str, Any] = {
    "version": "VERSION 1.3",
    "taxonomy": [],
    "database": {
        "vid_one": {
            "subset": "validation",
            "duration": 60.0,
            "annotations": [
                {"label": "Rope skipping", "segment": [5.0, 21.5]},
                {"label": "Rope skipping", "segment": [30.0, 44.0]},
            ],
        },
        "v_two": {
            "subset": "validation",
            "duration": 42.5,
            "annotations": [{"label": "Long jump", "segment": [2.0, 9.75]}],
        },
        "training1": {
            "subset": "training",
            "duration": 30.0,
            "annotations": [{"label": "Javelin throw", "segment": [1.0, 4.0]}],
        },
        "testing1": {"subset": "testing", "duration": 20.0, "annotations": []},
    },
}
EPIC_TABLE = """\
narration_id,participant_id,video_id,start_timestamp,stop_timestamp,verb_class,noun_class
P01_11_0,P01,P01_11,00:00:00.50,00:00:01.89,0,2
P01_11_1,P01,P01_11,00:00:02.10,00:00:04.00,1,2
P18_02_0,P18,P18_02,00:00:09.00,00:00:12.50,3,0
"""
EPIC_INFO = """\
video_id,duration,fps,resolution
P01_11,30.5,50.0,1920x1080
P18_02,25.0,50.0,1920x1080
"""


def entry(form: str, label: str, start: float, end: float, score: float) -> dict[str, Any]:
    """One entry of an ActivityNet or HACS file."""
    whole = {"label": label, "score": score, "segment": [start, end]}
    dropped = {"activitynet-proposals": "label", "activitynet-classification": "segment"}
    return {key: value for key, value in whole.items() if key != dropped.get(form)}


def activitynet_file(form: str) -> dict[str, Any]:
    """A result file without a finding."""
    return {
        "version": "VERSION 1.3",
        "results": {
            "vid_one": [
                entry(form, "Rope skipping", 4.8, 21.0, 0.93),
                entry(form, "Long jump", 0.0, 3.5, 0.04),
            ],
            "v_two": [entry(form, "Long jump", 1.5, 10.0, 0.88)],
        },
        "external_data": {"used": False, "details": ""},
    }


def epic_head(challenge: str) -> dict[str, Any]:
    return {"version": "0.2", "challenge": challenge, "sls_pt": 2, "sls_tl": 3, "sls_td": 3}


def epic_action(verb: int, noun: int, start: float, end: float, score: float) -> dict[str, Any]:
    """One entry of an EPIC detection file."""
    action = {"verb": verb, "noun": noun, "action": f"{verb},{noun}"}
    return action | {"score": score, "segment": [start, end]}


def epic_detection_file() -> dict[str, Any]:
    """A submission without a finding."""
    results = {
        "P01_11": [epic_action(0, 2, 0.4, 2.0, 0.9), epic_action(96, 299, 20.0, 30.0, 0.01)],
        "P18_02": [epic_action(3, 0, 9.5, 12.0, 0.8)],
    }
    return epic_head("action_detection") | {"results": results}


def epic_recognition_file() -> dict[str, Any]:
    """A submission without a finding."""
    segment = {
        "verb": {str(c): round(0.5 - c / 100, 3) for c in range(97)},
        "noun": {str(c): round(0.5 - c / 1000, 4) for c in range(300)},
    }
    results = {name: copy.deepcopy(segment) for name in ("P01_11_0", "P01_11_1", "P18_02_0")}
    return epic_head("action_recognition") | {"results": results}


def valid_document(form: str) -> dict[str, Any]:
    """A fresh valid result file of a format."""
    if form == "epic-detection":
        return epic_detection_file()
    if form == "epic-recognition":
        return epic_recognition_file()
    return activitynet_file(form)


def write_truth(folder: Path, form: str) -> Path:
    """The ground truth for `valid_document`, in the official layout of the format."""
    folder.mkdir(parents=True, exist_ok=True)
    if form.startswith("epic"):
        (folder / "EPIC_100_validation.csv").write_text(EPIC_TABLE)
        (folder / "EPIC_100_video_info.csv").write_text(EPIC_INFO)
        unseen = "EPIC_100_unseen_participant_ids_validation.csv"
        (folder / unseen).write_text("participant_id\nP18\n")
        return folder
    annotations = copy.deepcopy(ANNOTATIONS)
    if form == "hacs-detection":
        annotations = {"database": annotations["database"]}
        for video in annotations["database"].values():
            video["duration"] = f"{video['duration']:.6f}"
    path = folder / "ground_truth.json"
    path.write_text(json.dumps(annotations))
    return path
