"""Write the mask sequences in the DAVIS folder layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.palette import encode_mask
from common.core.files import write_bytes, write_text
from common.core.params.world import RenderedWorld
from common.core.records import SUBSETS, Subset
from common.core.seeds import rng_for
from common.world.film import Film
from common.world.mask_scenes import SCENES, mask_scene
from common.world.pictures import write_jpeg
from common.world.scene import Scene
from common.world.tables import write_csv

_RESOLUTION = "480p"  # the folder name that DAVIS tools look for, whatever the size
_SPLITS: dict[Subset, str] = {"train": "train", "validation": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class MaskJob:
    """One sequence to render."""

    sequence: str
    subset: Subset
    scene: str


def plan_masks(params: RenderedWorld) -> dict[str, MaskJob]:
    """The sequences of all subsets; the kinds of scene take turns."""
    jobs = {}
    for subset in SUBSETS:
        for number in range(getattr(params.masks, subset)):
            name = f"masks_{subset}_{number + 1:02d}"
            # Small subsets begin at different kinds, so that together they show them all.
            kind = list(SCENES)[(number + (3 if subset == "test" else 0)) % len(SCENES)]
            jobs[name] = MaskJob(name, subset, kind)
    return jobs


def render_masks(job: MaskJob, params: RenderedWorld, seed: int, folder: Path) -> None:
    """Pictures and masks of one sequence, and `entities.csv` beside its masks.

    Test sequences show the mask of the first frame only, as DAVIS does; the rest is truth.
    """
    n_frames = params.masks.frames
    scene = mask_scene(
        job.sequence, job.scene, n_frames, params.fps, params.width, params.height, seed
    )
    film = Film(scene, params.width, params.height, rng_for(seed, "film", job.sequence))
    shots = list(film.frames(range(n_frames)))
    masks = [ids for _, ids in shots if ids is not None]
    order = _ids_by_appearance(masks)
    open_truth = job.subset != "test"
    base = folder / "masks" if open_truth else folder / "truth" / "masks"
    for number, (picture, _) in enumerate(shots):
        name = f"{number:05d}"
        images = folder / "masks" / "JPEGImages" / _RESOLUTION / job.sequence
        write_jpeg(images / f"{name}.jpg", picture)
        data = encode_mask(order[masks[number]])
        write_bytes(base / "Annotations" / _RESOLUTION / job.sequence / f"{name}.png", data)
        if number == 0 and not open_truth:
            first = folder / "masks" / "Annotations" / _RESOLUTION / job.sequence
            write_bytes(first / f"{name}.png", data)
    _write_entities(base / "entities" / f"{job.sequence}.csv", scene, order)


def _ids_by_appearance(masks: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """(256,) new id of each entity: 1, 2, ... by first appearance, 0 for one never seen."""
    order = np.zeros(256, np.uint8)
    for mask in masks:
        for entity in np.unique(mask):
            if entity and not order[entity]:
                order[entity] = order.max() + 1
    return order


def _write_entities(path: Path, scene: Scene, order: NDArray[np.uint8]) -> None:
    """Ids, what they are, and whose a held thing is (portrait gives it the person's id)."""
    rows = [[int(order[p.entity]), "person", "person", ""] for p in scene.persons]
    for prop in scene.props:
        owner = ""
        if prop.kind == "ball" and prop.y.max() == 0.0:
            owner = str(int(order[scene.persons[prop.holder].entity]))
        rows.append([int(order[prop.entity]), "object", prop.kind, owner])
    rows = sorted(row for row in rows if row[0])
    write_csv(path, ["id", "kind", "noun", "owner"], rows)


def write_mask_tables(folder: Path, jobs: Sequence[MaskJob]) -> None:
    """`ImageSets/2017/*.txt` and `sequences.csv`."""
    for subset, split in _SPLITS.items():
        names = [job.sequence for job in jobs if job.subset == subset]
        text = "".join(f"{name}\n" for name in names)
        write_text(folder / "masks" / "ImageSets" / "2017" / f"{split}.txt", text)
    write_csv(
        folder / "masks" / "sequences.csv",
        ["sequence", "subset", "scene"],
        [[job.sequence, job.subset, job.scene] for job in jobs],
    )
