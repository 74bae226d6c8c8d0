"""Contact sheets of the rendered world: what every class looks like, with labels drawn.

    python -m common.world.contact_sheets OUT

Draws only the frames it shows, so it needs no rendered dataset and takes seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.challenges.palette import DAVIS_PALETTE
from common.core.params import load_params
from common.core.params.world import RenderedWorld, World
from common.core.program import run_program
from common.core.seeds import rng_for
from common.world.boxes import boxes_of, key_frames
from common.world.direct import direct
from common.world.film import Film
from common.world.mask_scenes import SCENES, mask_scene
from common.world.pictures import write_jpeg
from common.world.script import Instance, VideoScript, write_scripts

Picture = NDArray[np.uint8]

_COLOURS = np.frombuffer(DAVIS_PALETTE, np.uint8).reshape(256, 3)
_MOMENTS = 6


def class_sheet(labels: Sequence[str], scripts: Sequence[VideoScript], params: World) -> Picture:
    """A row for each class: six moments of one instance, then its boxes and masks."""
    rows = [_class_row(label, scripts, params) for label in labels]
    half = -(-len(rows) // 2)
    columns = [np.concatenate(rows[:half]), np.concatenate(rows[half:])]
    columns[1] = _pad_to(columns[1], columns[0].shape[0])
    return np.concatenate(columns, axis=1)


def _class_row(label: str, scripts: Sequence[VideoScript], params: World) -> Picture:
    script, instance = _example(label, scripts)
    film, world = _film(script, params)
    times = np.linspace(instance.start, instance.end - 1 / world.fps, _MOMENTS)
    frames = [round(float(t) * world.fps) for t in times]
    cells = [film.frame(min(f, film.scene.n_frames - 1))[0] for f in frames]
    cells.append(_annotated(film, frames[_MOMENTS // 2], script.video))
    row = np.concatenate(cells, axis=1)
    _write(row, f"{label}   {instance.end - instance.start:.1f} s", 3, 11)
    return row


def _example(label: str, scripts: Sequence[VideoScript]) -> tuple[VideoScript, Instance]:
    """An instance in full view, of a length that six moments can show."""
    found = [
        (script, instance)
        for script in scripts
        for instance in script.instances
        if instance.label == label and instance.hidden_from is None
    ]
    return min(found, key=lambda pair: abs(pair[1].end - pair[1].start - 2.5))


def _film(script: VideoScript, params: World) -> tuple[Film, RenderedWorld]:
    world = params.rendered
    assert world is not None
    scene = direct(script, world, params.seed)
    rng = rng_for(params.seed, "film", script.video)
    return Film(scene, world.width, world.height, rng), world


def _annotated(film: Film, frame: int, video: str) -> Picture:
    picture, ids = film.frame(frame, with_ids=True)
    assert ids is not None
    picture = _tint(picture, ids)
    for row in boxes_of(ids, film.scene, frame, video, 0):
        _draw_box(picture, row)
    return picture


def _tint(picture: Picture, ids: Picture) -> Picture:
    """The picture with its masks laid over, half transparent."""
    colours = _COLOURS[ids].astype(np.float64)
    inside = (ids > 0)[..., None]
    return np.where(inside, 0.45 * picture + 0.55 * colours, picture).astype(np.uint8)


def _draw_box(picture: Picture, row: Sequence[object]) -> None:
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (float(str(value)) for value in row[2:6])
    entity = int(str(row[6]))
    colour = tuple(int(c) for c in _COLOURS[entity])
    corner = round(x1 * width), round(y1 * height)
    cv2.rectangle(picture, corner, (round(x2 * width) - 1, round(y2 * height) - 1), colour, 1)
    _write(picture, str(row[9] or row[8]), corner[0], max(8, corner[1] - 2), 0.28)


def video_sheet(scripts: Sequence[VideoScript], params: World, n_cells: int = 12) -> Picture:
    """A row for each video: frames at equal distances over a time line of its instances."""
    return np.concatenate([_video_row(script, params, n_cells) for script in scripts])


def _video_row(script: VideoScript, params: World, n_cells: int) -> Picture:
    film, world = _film(script, params)
    frames = (np.arange(n_cells) + 0.5) * film.scene.n_frames / n_cells
    row = np.concatenate([film.frame(int(f))[0] for f in frames], axis=1)
    line = np.full((30, row.shape[1], 3), 244, np.uint8)
    scale = row.shape[1] / script.duration
    for number, instance in enumerate(script.instances):
        x0, x1 = round(instance.start * scale), round(instance.end * scale)
        colour = (46, 110, 180) if instance.main else (200, 120, 40)
        line[3:12, x0:x1] = colour
        if instance.hidden_from is not None and instance.hidden_to is not None:
            line[12:15, round(instance.hidden_from * scale) : round(instance.hidden_to * scale)] = (
                40
            )
        y = 22 if number % 2 == 0 else 29
        cv2.putText(line, instance.label, (x0, y), 0, 0.32, (20, 20, 20), 1, cv2.LINE_AA)
    _write(row, f"{script.video}  {script.room}  {script.duration:.0f} s", 3, 11)
    return np.concatenate([row, line])


def box_sheet(scripts: Sequence[VideoScript], params: World, columns: int = 4) -> Picture:
    """Key frames, enlarged, with boxes, entities and atomic actions."""
    cells = []
    for script in scripts:
        film, world = _film(script, params)
        keys = sorted(key_frames(film.scene.n_frames, world.fps))
        busy = max(keys, key=lambda frame: (_n_busy(film, frame), -frame))
        picture, ids = film.frame(busy, with_ids=True)
        assert ids is not None
        large = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        for row in boxes_of(ids, film.scene, busy, script.video, 0):
            _draw_box(large, row)
        cells.append(large)
    return _grid(cells, columns)


def _n_busy(film: Film, frame: int) -> int:
    doing = {person.doing[frame] for person in film.scene.persons if person.shown[frame]}
    return len(doing - {""})


def mask_sheet(params: World, n_cells: int = 10) -> Picture:
    """A row for each kind of mask scene: frames with their masks laid over."""
    world = params.rendered
    assert world is not None
    n_frames, rows = world.masks.frames, []
    for kind in SCENES:
        name = f"sheet_{kind}"
        scene = mask_scene(name, kind, n_frames, world.fps, world.width, world.height, params.seed)
        film = Film(scene, world.width, world.height, rng_for(params.seed, "film", name))
        cells = []
        for frame in np.linspace(0, n_frames - 1, n_cells):
            picture, ids = film.frame(int(frame), with_ids=True)
            assert ids is not None
            cells.append(_tint(picture, ids))
        row = np.concatenate(cells, axis=1)
        _write(row, kind, 3, 11)
        rows.append(row)
    return np.concatenate(rows)


def _grid(cells: Sequence[Picture], columns: int) -> Picture:
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    return np.concatenate(padded)


def _pad_to(picture: Picture, height: int) -> Picture:
    return np.pad(picture, ((0, height - picture.shape[0]), (0, 0), (0, 0)))


def _write(picture: Picture, text: str, x: int, y: int, size: float = 0.36) -> None:
    """Light text on a dark ground, its base line at y."""
    (width, height), below = cv2.getTextSize(text, 0, size, 1)
    corner = x + width, y + below
    cv2.rectangle(picture, (x - 1, y - height - 1), corner, (24, 24, 28), cv2.FILLED)
    cv2.putText(picture, text, (x, y), 0, size, (250, 250, 240), 1, cv2.LINE_AA)


def write_sheets(params: World, out: Path) -> list[Path]:
    """Write all sheets as JPEG; returns their paths."""
    world = params.rendered
    assert world is not None
    scripts = write_scripts(world, params.seed)
    train = [script for script in scripts if script.subset == "train"]
    sheets = {
        f"classes_{number + 1}": class_sheet(world.classes[first : first + 8], scripts, params)
        for number, first in enumerate(range(0, len(world.classes), 8))
    }
    sheets |= {
        "videos": video_sheet(train[:: len(train) // 5][:5], params),
        "boxes": box_sheet(train[1 :: len(train) // 12][:12], params),
        "masks": mask_sheet(params),
    }
    paths = []
    for name, picture in sheets.items():
        paths.append(out / f"{name}.jpg")
        write_jpeg(paths[-1], picture, quality=80)
    return paths


def main() -> None:
    """Write the sheets of the sample profile's world."""
    parser = argparse.ArgumentParser(description="contact sheets of the rendered world")
    parser.add_argument("out", type=Path)
    write_sheets(load_params("sample").world, parser.parse_args().out)


if __name__ == "__main__":
    run_program(main)
