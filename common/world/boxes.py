"""Key-frame boxes with atomic actions, measured on the masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.world.body import LEAN
from common.world.cast import ACTIONS
from common.world.scene import Person, Scene

BOX_COLUMNS = [
    "video", "timestamp", "x1", "y1", "x2", "y2", "entity", "kind", "noun", "actions",
]  # fmt: skip
# Slivers behind others are no boxes.
_LEAST_PIXELS = 14
_BENT = 0.55


def key_frames(n_frames: int, fps: int) -> dict[int, int]:
    """Frame -> second, once a second from second 1 on, as in AVA."""
    return {second * fps: second for second in range(1, (n_frames - 1) // fps + 1)}


def boxes_of(
    ids: NDArray[np.uint8], scene: Scene, frame: int, video: str, second: int
) -> list[list[object]]:
    """Rows of `BOX_COLUMNS`: one for each person and thing with enough visible pixels.

    Corners are fractions of width and height; `actions` joins verbs with `|`, the pose first.
    """
    height, width = ids.shape
    rows: list[list[object]] = []
    persons = {person.entity: person for person in scene.persons}
    nouns = {prop.entity: prop.kind for prop in scene.props}
    for entity in np.unique(ids):
        if entity == 0:
            continue
        mask = ids == entity
        if int(mask.sum()) < _LEAST_PIXELS:
            continue
        across, down = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        person = persons.get(int(entity))
        rows.append(
            [
                video,
                second,
                round(across[0] / width, 6),
                round(down[0] / height, 6),
                round((across[-1] + 1) / width, 6),
                round((down[-1] + 1) / height, 6),
                int(entity),
                "person" if person else "object",
                "person" if person else nouns[int(entity)],
                "|".join(actions_of(person, frame)) if person else "",
            ]
        )
    return rows


def actions_of(person: Person, frame: int) -> list[str]:
    """The pose, and the verb of what the person does, if anything."""
    if person.jumping[frame]:
        pose = "jump"
    elif person.seated[frame]:
        pose = "sit"
    elif person.pose[frame, LEAN] > _BENT:
        pose = "bend"
    else:
        pose = "walk" if person.walking[frame] else "stand"
    verb = person.doing[frame]
    return [pose, verb] if verb and verb != pose else [pose]


def action_table() -> list[tuple[str, str]]:
    """(action, kind) of all atomic actions; kind is pose, body, object or person."""
    from common.world.cast import BYSTANDER_ACTIONS, POSES

    rows = [(pose, "pose") for pose in POSES]
    known = set(POSES)
    for action in ACTIONS.values():
        if action.verb not in known:
            known.add(action.verb)
            rows.append((action.verb, action.kind))
    return rows + [(verb, "person") for verb in BYSTANDER_ACTIONS]
