"""Film a scene: every frame as a picture, and on demand the mask of ids that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from common.world.camera import MARGIN_Y
from common.world.canvas import SCALE, Canvas, Picture, reduce, to_fixed
from common.world.direct import FLOOR
from common.world.figure import build_figure, draw_figure
from common.world.foreground import draw_leaves, leaf_paths, pillar_sprite
from common.world.motion import BEHIND, BOTH, GONE, PARTNER, PLACED
from common.world.rooms import paint_room
from common.world.scene import Prop, Scene
from common.world.sizes import BOX_SIZE
from common.world.things import BEHIND_PEOPLE, DRAW, Placed, broom

# Where the anchor of a held thing is, seen from the hands: forward and up, u.
_GRIP = {"ball": (0.35, 0.05), "box": (0.75, 0.05 - BOX_SIZE / 2), "cup": (0.2, 0.2)}
_GRIP_OF_ONE_HAND = {"ball": (0.2, 0.35)}
# How much further back on the floor than its user a thing stands, u on the screen.
_FURTHER_BACK = {"door": 1.0, "wheel": 0.3, "table": 0.5}
_NEARER = -0.25
_CASTS_SHADOW = ("ball", "box", "cup", "chair", "table")
_OUT_OF_SIGHT = 60.0  # pixels beyond the picture at which no thing reaches into it

Point = NDArray[np.float64]


class Film:
    """The frames of one scene."""

    def __init__(self, scene: Scene, width: int, height: int, rng: np.random.Generator) -> None:
        cv2.setNumThreads(1)
        self.scene, self.width, self.height = scene, width, height
        self.left = int(np.floor(scene.camera_x.min())) - 2
        room_width = int(np.ceil(scene.camera_x.max())) + width + 2 - self.left
        floor = FLOOR * height + MARGIN_Y
        self.room = paint_room(scene.room, room_width, height + 2 * MARGIN_Y, floor, rng)
        self.figures = [build_figure(person) for person in scene.persons]
        # Back lanes first; on one lane the actor, who is number 0, comes last.
        self.order = sorted(
            range(len(scene.persons)), key=lambda i: (scene.persons[i].ground[0], -i)
        )
        self.pillar = (
            None
            if scene.pillar is None
            else pillar_sprite(scene.room, scene.pillar.width, height, rng)
        )
        time = np.arange(scene.n_frames) / scene.fps
        self.leaves = leaf_paths(time, width, height, rng) if scene.leaves else None
        self._large = np.empty((height * SCALE, width * SCALE, 3), np.uint8)

    def frame(self, number: int, with_ids: bool = False) -> tuple[Picture, Picture | None]:
        """Picture (H, W, 3) RGB and, if wanted, the ids (H, W) of what is visible."""
        # The camera moves by half pixels: on the grid of the enlarged picture.
        x = round((self.scene.camera_x[number] - self.left) * SCALE)
        y = round((self.scene.camera_y[number] + MARGIN_Y) * SCALE)
        height, width = self._large.shape[:2]
        np.copyto(self._large, self.room[y : y + height, x : x + width])
        ids = np.zeros((height, width), np.uint8) if with_ids else None
        camera = np.array([x / SCALE + self.left, y / SCALE - MARGIN_Y])
        self._draw(Canvas(self._large, ids), number, camera)
        gain = float(self.scene.gain[number])
        picture = cv2.convertScaleAbs(reduce(self._large), alpha=gain)
        return picture, None if ids is None else ids[1::SCALE, 1::SCALE].copy()

    def frames(self, ids_at: Sequence[int] = ()) -> Iterator[tuple[Picture, Picture | None]]:
        """All frames in order; ids only at the frames named."""
        wanted = set(ids_at)
        for number in range(self.scene.n_frames):
            yield self.frame(number, number in wanted)

    def _draw(self, canvas: Canvas, number: int, camera: Point) -> None:
        """From back to front: shadows, furniture, loose things, people and what they hold."""
        scene = self.scene
        visible = [index for index in self.order if self._seen(index, number, camera)]
        for index in visible:
            person, figure = scene.persons[index], self.figures[index]
            x, y = figure.feet_x[number] - camera[0], person.ground[number] - camera[1]
            canvas.shadow(float(x), float(y), 1.5 * person.unit)
        placed = [prop for prop in scene.props if prop.mode[number] == PLACED]
        loose = [prop for prop in placed if prop.kind not in (*BEHIND_PEOPLE, "chair")]
        for prop in (
            *(prop for prop in placed if prop.kind in BEHIND_PEOPLE),
            *(prop for prop in placed if prop.kind == "chair"),
            *(prop for prop in loose if prop.holder not in visible),
        ):
            self._draw_placed(canvas, prop, number, camera)
        for index in visible:
            self._draw_person(canvas, index, number, camera, loose)
        if self.leaves is not None:
            draw_leaves(canvas, self.leaves[:, number])
        if self.pillar is not None and scene.pillar is not None:
            x = float(scene.pillar.x[number])
            if np.isfinite(x):
                canvas.paste(self.pillar, x)

    def _seen(self, index: int, number: int, camera: Point) -> bool:
        left, right = self.figures[index].span[number] - camera[0]
        return bool(self.scene.persons[index].shown[number]) and right > 0 and left < self.width

    def _draw_person(
        self, canvas: Canvas, index: int, number: int, camera: Point, loose: Sequence[Prop]
    ) -> None:
        """Body, then what the hands hold and what lies at the feet, then the arms before it."""
        entity, offset = self.scene.persons[index].entity, to_fixed(camera)
        canvas.entity = entity
        draw_figure(canvas, self.figures[index], number, offset, "back")
        for prop in self.scene.props:
            if self._bearer(prop, number) == index:
                self._draw_held(canvas, prop, index, number, camera)
        for prop in loose:
            if prop.holder == index:
                self._draw_placed(canvas, prop, number, camera)
        canvas.entity = entity
        draw_figure(canvas, self.figures[index], number, offset, "front")

    def _bearer(self, prop: Prop, number: int) -> int | None:
        """Index of the person in whose hands a thing is."""
        mode = prop.mode[number]
        if mode in (PLACED, BEHIND, GONE):
            return None
        return prop.partner if mode == PARTNER else prop.holder

    def _draw_placed(self, canvas: Canvas, prop: Prop, number: int, camera: Point) -> None:
        x = float(prop.x[number] - camera[0])
        if not -_OUT_OF_SIGHT < x < self.width + _OUT_OF_SIGHT:
            return
        canvas.entity = prop.entity
        ground = float(prop.ground[number] - camera[1])
        if prop.kind in _CASTS_SHADOW and prop.y[number] < 2.0:
            canvas.shadow(x, ground + 0.2 * prop.unit, 1.1 * prop.unit)
        y = ground - prop.unit * (prop.y[number] + _FURTHER_BACK.get(prop.kind, _NEARER))
        self._draw_thing(canvas, prop, number, (x, float(y)), float(prop.facing[number]))

    def _draw_held(
        self, canvas: Canvas, prop: Prop, bearer: int, number: int, camera: Point
    ) -> None:
        canvas.entity = prop.entity
        hands = self.figures[bearer].hands[number] - camera
        if prop.kind == "broom":
            broom(canvas, hands[0], hands[1], prop.unit, prop.colour)
            return
        facing = float(prop.facing[number]) * (1.0 if bearer == prop.holder else -1.0)
        mode = prop.mode[number]
        both = mode == BOTH or (mode == PARTNER and prop.kind != "cup")
        grip = _GRIP[prop.kind] if both else _GRIP_OF_ONE_HAND.get(prop.kind, _GRIP[prop.kind])
        x, y = hands.mean(axis=0) if both else hands[0]
        place = float(x + facing * grip[0] * prop.unit), float(y - grip[1] * prop.unit)
        self._draw_thing(canvas, prop, number, place, facing)

    def _draw_thing(
        self, canvas: Canvas, prop: Prop, number: int, place: tuple[float, float], facing: float
    ) -> None:
        angle, opened = float(prop.angle[number]), float(prop.opened[number])
        DRAW[prop.kind](canvas, Placed(*place, prop.unit, facing, angle, opened, prop.colour))
