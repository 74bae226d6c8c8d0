"""Stage `epic_tables`: a dataset in the tables of EPIC-KITCHENS-100, which the EPIC tracks read.

A dataset with verbs and nouns (the rendered world) is converted; the official tables are copied. As
the challenge does, the times of the test segments are given to everybody, and their classes lie
apart: `annotations/` for training and prediction, `truth/` for scoring alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from common.challenges.epic.annotations import (
    CLASS_FILES,
    SEGMENT_FILES,
    TAIL_FILES,
    VIDEO_INFO,
    unseen_file,
)
from common.core.errors import InputError
from common.core.files import atomic_folder, write_bytes
from common.core.params import load_params
from common.core.program import run_program
from common.data.ledger import data_folder
from common.data.link import resolve
from common.data.sources import read_sources
from common.world.tables import write_csv

OFFICIAL = "epic-kitchens-100"
# A rendered video has no participant; the official columns need one.
_PARTICIPANT = "P00"
_TAIL_SHARE = 0.2
_TEST_COLUMNS = [
    "narration_id", "participant_id", "video_id", "narration_timestamp", "start_timestamp",
    "stop_timestamp", "start_frame", "stop_frame",
]  # fmt: skip
_LABEL_COLUMNS = [
    "narration", "verb", "verb_class", "noun", "noun_class", "all_nouns", "all_noun_classes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerbNoun:
    """A class of the dataset: its verb and noun with their ids."""

    verb: str
    verb_id: int
    noun: str
    noun_id: int


def tail_classes(counts: Sequence[int], share: float = _TAIL_SHARE) -> list[int]:
    """The smallest classes that together hold at most `share` of all training instances.

    Classes without instances do not count. Of equally small ones the lower id comes first. With the
    published training set this gives the published lists. Source: Damen et al., IJCV 2021
    (EPIC-100), definition of the tail.
    """
    present = [number for number, count in enumerate(counts) if count]
    order = sorted(present, key=lambda number: (counts[number], number))
    limit, total, chosen = share * sum(counts), 0, []
    for number in order:
        total += counts[number]
        if total > limit:
            break
        chosen.append(number)
    return sorted(chosen)


def clock(seconds: float) -> str:
    """`HH:MM:SS.cc` of a time in seconds, rounded to hundredths."""
    hundredths = round(100 * seconds)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"


def convert_dataset(world: Path, annotations: Path, truth: Path) -> None:
    """Write the tables of a dataset folder whose classes are verbs with nouns.

    Narration ids are `<video>_<n>`, n counting the segments of a video by their start.

    Args:
        world: dataset folder.
        annotations: gets all tables, test without classes.
        truth: gets the test table with classes, and what scoring needs beside it.

    Raises:
        InputError: no verbs and nouns, or a table is absent.
    """
    classes = _read_classes(world / "classes.csv")
    videos = _read(world / "videos.csv")
    segments = {
        "train": _read(world / "segments.csv"),
        "validation": _read(world / "segments.csv"),
        "test": _read(world / "truth" / "segments.csv"),
    }
    rows = {}
    for subset, table in segments.items():
        of_subset = videos[videos["subset"] == subset]
        fps = dict(zip(of_subset["video"], of_subset["fps"].astype(float), strict=True))
        rows[subset] = _segment_rows(table[table["video"].isin(fps)], classes, fps)
    columns = [*_TEST_COLUMNS, *_LABEL_COLUMNS]
    with atomic_folder(annotations) as out:
        for subset in ("train", "validation"):
            write_csv(out / SEGMENT_FILES[subset], columns, rows[subset])
        times = [row[: len(_TEST_COLUMNS)] for row in rows["test"]]
        write_csv(out / SEGMENT_FILES["test"], _TEST_COLUMNS, times)
        _write_shared(out, videos, classes.values(), rows["train"])
    with atomic_folder(truth) as out:
        write_csv(out / SEGMENT_FILES["test"], columns, rows["test"])
        _write_shared(out, videos, classes.values(), rows["train"])


def copy_official(source: Path, annotations: Path, truth: Path) -> None:
    """Take over the official tables; the truth of the test subset is the server's alone.

    Raises:
        InputError: a table is absent.
    """
    needed = [*SEGMENT_FILES.values(), *CLASS_FILES.values(), *TAIL_FILES.values(), VIDEO_INFO]
    absent = [name for name in needed if not (source / name).is_file()]
    if absent:
        raise InputError(
            "epic.tables",
            str(source),
            f"has no {', '.join(absent)}",
            "Clone epic-kitchens/epic-kitchens-100-annotations and link its folder.",
        )
    unseen = [unseen_file(subset) for subset in ("validation", "test")]
    for folder, names in (
        (annotations, [*needed, *(name for name in unseen if (source / name).is_file())]),
        (truth, [*TAIL_FILES.values(), VIDEO_INFO]),
    ):
        with atomic_folder(folder) as out:
            for name in names:
                write_bytes(out / name, (source / name).read_bytes())


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(
            "epic.tables", str(path), f"cannot be read ({error})", "Make the dataset: dvc repro."
        ) from error


def _read_classes(path: Path) -> dict[str, VerbNoun]:
    """Label -> verb and noun."""
    found = {}
    for line, row in enumerate(_read(path).to_dict("records"), start=2):
        if not all(row.get(name) for name in ("verb", "noun", "verb_id", "noun_id")):
            raise InputError(
                "epic.no_verbs",
                f"{path} line {line}",
                f"class {row.get('label')!r} is no verb with a noun",
                "The EPIC tracks run on the rendered world (emc2 profile use sample) or on "
                "EPIC-KITCHENS-100 (emc2 profile use full).",
            )
        number = int(row["verb_id"]), int(row["noun_id"])
        found[str(row["label"])] = VerbNoun(row["verb"], number[0], row["noun"], number[1])
    return found


def _segment_rows(
    table: pd.DataFrame, classes: dict[str, VerbNoun], fps: dict[str, float]
) -> list[list[object]]:
    rows: list[list[object]] = []
    order = {video: place for place, video in enumerate(fps)}
    counts: Counter[str] = Counter()
    records = sorted(
        table.to_dict("records"), key=lambda row: (order[row["video"]], float(row["start"]))
    )
    for row in records:
        video, label = str(row["video"]), str(row["label"])
        if label not in classes:
            raise InputError(
                "epic.tables", f"segments of {video}", f"class {label!r} is not in classes.csv",
                "Make the dataset again: dvc repro.",
            )  # fmt: skip
        found, start, end = classes[label], float(row["start"]), float(row["end"])
        frames = [max(1, int(time * fps[video])) for time in (start, end)]
        rows.append(
            [f"{video}_{counts[video]}", _PARTICIPANT, video, f"{clock(start)}0", clock(start)]
            + [clock(end), *frames, label, found.verb, found.verb_id, found.noun, found.noun_id]
            + [str([found.noun]), str([found.noun_id])]
        )
        counts[video] += 1
    return rows


def _write_shared(
    out: Path, videos: pd.DataFrame, classes: Sequence[VerbNoun], train: list[list[object]]
) -> None:
    """Class tables, tail lists and the table of videos."""
    columns = [*_TEST_COLUMNS, *_LABEL_COLUMNS]
    for task in ("verb", "noun"):
        names = {getattr(c, f"{task}_id"): getattr(c, task) for c in classes}
        if sorted(names) != list(range(len(names))):
            raise InputError(
                "epic.class_ids", "classes.csv", f"{task} ids are not 0, 1, 2, ...", "Number them."
            )
        table = [[number, names[number], str([names[number]]), ""] for number in sorted(names)]
        write_csv(out / CLASS_FILES[task], ["id", "key", "instances", "category"], table)
        place = columns.index(f"{task}_class")
        counts = Counter(row[place] for row in train)
        tail = tail_classes([counts[number] for number in sorted(names)])
        write_csv(out / TAIL_FILES[task], [task], [[number] for number in tail])
    info = [
        [row["video"], row["duration"], row["fps"], f"{row['width']}x{row['height']}"]
        for row in videos.to_dict("records")
    ]
    write_csv(out / VIDEO_INFO, ["video_id", "duration", "fps", "resolution"], info)


def main() -> None:
    """Write the tables of the profile in force."""
    params = load_params()
    base = Path("artifacts") / params.profile
    annotations, truth = base / "epic" / "annotations", base / "epic" / "truth"
    if params.world.kind == "official" and params.world.official == OFFICIAL:
        source = resolve(f"{OFFICIAL}-annotations", read_sources(), data_folder())
        copy_official(source, annotations, truth)
    else:
        convert_dataset(base / "world", annotations, truth)


if __name__ == "__main__":
    run_program(main)
