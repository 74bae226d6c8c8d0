"""Stage `world`: the dataset folder of the profile in force.

sample: rendered; clips: joined from trimmed clips that `emc2 data link` points at, or own annotated
videos; full: the official videos and annotations, linked or pulled before.
"""

from __future__ import annotations

from pathlib import Path

from common.challenges.activitynet.annotations import read_annotations
from common.core.errors import InputError
from common.core.params import Params, load_params
from common.core.params.world import World
from common.core.program import run_program
from common.data.adopt import Adoption, adopt_dataset
from common.data.compose import compose_dataset
from common.data.epic_tables import OFFICIAL
from common.data.epic_videos import read_epic
from common.data.ledger import data_folder
from common.data.link import resolve
from common.data.sources import read_sources
from common.world.render import render_world

_OFFICIAL = {"train": "train", "validation": "validation", "test": "test"}


def make_dataset(params: Params, out: Path) -> None:
    """Fill `out` with videos, annotations and trimmed clips.

    Raises:
        InputError: the clips or the official data are not linked, or are broken.
    """
    world = params.world
    if world.kind == "rendered":
        render_world(world, out)
    elif world.kind == "composed":
        recipe = world.composed
        if recipe is None:
            raise InputError("data.recipe", "params.yaml", "no world.composed", "Add the section.")
        clips = resolve(recipe.source, read_sources(), data_folder())
        compose_dataset(clips, recipe, world.seed, world.workers, out)
    elif world.kind == "adopted":
        _adopt_own(world, out)
    else:
        sources, folder = read_sources(), data_folder()
        # The official set is hundreds of gigabytes: its videos are pointed at, not copied.
        rules = Adoption(_OFFICIAL, symlink=True, max_broken=params.features.max_broken)
        adopt_dataset(
            resolve(f"{world.official}-annotations", sources, folder),
            resolve(f"{world.official}-videos", sources, folder),
            out,
            rules,
            params.features.workers,
            params.features.timeout_s,
            read_epic if world.official == OFFICIAL else read_annotations,
        )


def _adopt_own(world: World, out: Path) -> None:
    recipe = world.adopted
    if recipe is None:
        raise InputError("data.recipe", "params.yaml", "no world.adopted", "Add the section.")
    folder = resolve(recipe.source, read_sources(), data_folder())
    rules = Adoption(
        {theirs: None if ours == "none" else ours for theirs, ours in recipe.subsets.items()},
        max_broken=recipe.max_broken,
        clips=recipe.clips,
        seed=world.seed,
    )
    adopt_dataset(folder, folder / "videos", out, rules, world.workers, recipe.timeout_s)


def main() -> None:
    """Make the dataset of the profile in force."""
    params = load_params()
    make_dataset(params, Path("artifacts") / params.profile / "world")


if __name__ == "__main__":
    run_program(main)
