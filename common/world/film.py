"""Film a scene: every frame as a picture, and on demand the mask of ids that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.params.world import RenderedWorld
from common.world.camera import MARGIN_Y
from common.world.canvas import SCALE, Canvas, Picture, reduce, to_fixed
from common.world.direct import FLOOR
from common.world.figure import Figure, build_figure, draw_figure
from common.world.motion import BEHIND, BOTH, GONE, PARTNER, PLACED
from common.world.rooms import paint_room
from common.world.scene import Prop, Scene
from common.world.things import BEHIND_PEOPLE, DRAW, Placed, broom

# Where a held thing is, seen from the hands: forward and up, u.
_GRIP = {"ball": (0.35, 0.05), "box": (0.75, 0.05), "cup": (0.2, 0.2), "broom": (0.0, 0.0)}


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
        # Back lanes first.
        self.order = sorted(
            range(len(scene.persons)), key=lambda i: (scene.persons[i].ground[0], -i)
        )
        self.pillar = None if scene.pillar is None else _pillar(scene, height, rng)
        self._leaves = _leaf_paths(scene, width, height, rng) if scene.leaves else None
        self._canvas = np.empty((height * SCALE, width * SCALE, 3), np.uint8)

    def frame(self, number: int, with_ids: bool = False) -> tuple[Picture, Picture | None]:
        """Picture (H, W, 3) RGB and, if wanted, the ids (H, W) of what is visible."""
        scene = self.scene
        # Half pixels: the camera moves on the grid of the enlarged picture.
        x = round((scene.camera_x[number] - self.left) * SCALE)
        y = round((scene.camera_y[number] + MARGIN_Y) * SCALE)
        np.copyto(
            self._canvas,
            self.room[y : y + self._canvas.shape[0], x : x + self._canvas.shape[1]],
        )
        ids = np.zeros(self._canvas.shape[:2], np.uint8) if with_ids else None
        canvas = Canvas(self._canvas, ids)
        camera = np.array([x / SCALE + self.left, y / SCALE - MARGIN_Y])
        self._draw(canvas, number, camera)
        picture = reduce(self._canvas)
        picture = cv2.convertScaleAbs(picture, alpha=float(scene.gain[number]))
        return picture, None if ids is None else ids[1::SCALE, 1::SCALE].copy()

    def frames(self, ids_at: Sequence[int] = ()) -> Iterator[tuple[Picture, Picture | None]]:
        """All frames in order; ids only at the frames named."""
        wanted = set(ids_at)
        for number in range(self.scene.n_frames):
            yield self.frame(number, number in wanted)

    def _draw(self, canvas: Canvas, number: int, camera: NDArray[np.float64]) -> None:
        scene, offset = self.scene, to_fixed(camera)
        visible = [
            index for index in self.order if self._seen(self.figures[index], index, number, camera)
        ]
        for index in visible:
            person = scene.persons[index]
            canvas.shadow(
                float(self.figures[index].feet_x[number] - camera[0]),
                float(person.ground[number] - camera[1]),
                1.5 * person.unit,
            )
        placed = [prop for prop in scene.props if prop.mode[number] == PLACED]
        for prop in placed:
            if prop.kind in BEHIND_PEOPLE:
                self._draw_prop(canvas, prop, number, camera)
        for prop in placed:
            if prop.kind == "chair":
                self._draw_prop(canvas, prop, number, camera)
        small = [prop for prop in placed if prop.kind not in (*BEHIND_PEOPLE, "chair")]
        for prop in small:
            if prop.holder not in visible:
                self._draw_prop(canvas, prop, number, camera)
        for index in visible:
            canvas.entity = scene.persons[index].entity
            draw_figure(canvas, self.figures[index], number, offset, "back")
            for prop in scene.props:
                if self._bearer(prop, number) == index:
                    self._draw_prop(canvas, prop, number, camera)
                elif index == prop.holder and prop in small:
                    self._draw_prop(canvas, prop, number, camera)
            canvas.entity = scene.persons[index].entity
            draw_figure(canvas, self.figures[index], number, offset, "front")
        if self._leaves is not None:
            self._draw_leaves(canvas, number)
        if (
            self.pillar is not None
            and scene.pillar is not None
            and np.isfinite(scene.pillar.x[number])
        ):
            canvas.entity = 0
            canvas.paste(self.pillar, float(scene.pillar.x[number] - 0 * camera[0]))

    def _seen(self, figure: Figure, index: int, number: int, camera: NDArray[np.float64]) -> bool:
        left, right = figure.span[number] - camera[0]
        return bool(self.scene.persons[index].shown[number]) and right > 0 and left < self.width

    def _bearer(self, prop: Prop, number: int) -> int | None:
        mode = prop.mode[number]
        if mode in (PLACED, BEHIND, GONE):
            return None
        return prop.partner if mode == PARTNER and prop.partner is not None else prop.holder

    def _draw_prop(
        self, canvas: Canvas, prop: Prop, number: int, camera: NDArray[np.float64]
    ) -> None:
        canvas.entity = prop.entity
        if prop.mode[number] == PLACED:
            x = float(prop.x[number] - camera[0])
            if not -60 < x < self.width + 60:
                return
            ground = float(prop.ground[number] - camera[1])
            lift = {"door": -1.0, "wheel": -0.3, "table": -0.5}.get(prop.kind, 0.25)
            y = ground - prop.unit * (prop.y[number] - lift)
            if prop.kind in ("ball", "box", "cup", "chair", "table") and prop.y[number] < 2:
                canvas.shadow(x, ground + 0.2 * prop.unit, 1.1 * prop.unit)
            facing = float(prop.facing[number])
        else:
            bearer = self._bearer(prop, number)
            hands = self.figures[bearer].hands[number] - camera
            facing = float(prop.facing[number]) * (1.0 if bearer == prop.holder else -1.0)
            if prop.kind == "broom":
                broom(canvas, hands[0], hands[1], prop.unit, prop.colour)
                return
            both = prop.mode[number] == BOTH or (
                prop.mode[number] == PARTNER and prop.kind == "ball"
            )
            hand = hands.mean(axis=0) if both else hands[0]
            forward, up = _GRIP[prop.kind]
            if not both and prop.kind == "ball":
                forward, up = 0.2, 0.35
            x = float(hand[0] + facing * forward * prop.unit)
            y = float(hand[1] - up * prop.unit)
            if prop.kind == "box":
                y += 1.1 * prop.unit
        DRAW[prop.kind](
            canvas,
            Placed(
                x,
                y,
                prop.unit,
                facing,
                float(prop.angle[number]),
                float(prop.opened[number]),
                prop.colour,
                prop.pattern,
            ),
        )

    def _draw_leaves(self, canvas: Canvas, number: int) -> None:
        canvas.entity = 0
        for x, y in self._leaves[:, number]:
            if 0 < y < self.height:
                corners = np.array([(x - 1.4, y), (x, y - 0.8), (x + 1.4, y), (x, y + 0.8)])
                ids, canvas.ids = canvas.ids, None
                canvas.fill(corners, (214, 150, 50))
                canvas.ids = ids


def _leaf_paths(
    scene: Scene, width: int, height: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(leaves, F, 2) screen positions of falling leaves."""
    time = np.arange(scene.n_frames) / scene.fps
    paths = []
    for _ in range(int(rng.integers(4, 9))):
        speed, period = rng.uniform(14, 26), rng.uniform(1.2, 2.4)
        y = (rng.uniform(0, 2 * height) + speed * time) % (1.6 * height) - 0.3 * height
        x = (
            rng.uniform(0, width)
            + 9 * np.sin(2 * np.pi * time / period + rng.uniform(0, 6))
            - 6 * time
        )
        paths.append(np.stack([x % (1.2 * width) - 0.1 * width, y], axis=1))
    return np.stack(paths)


def _pillar(scene: Scene, height: int, rng: np.random.Generator) -> Picture:
    """A foreground pillar as a sprite of full height, shaded like a column."""
    width = round(scene.pillar.width * SCALE)
    colour = {
        "kitchen": (214, 208, 196),
        "gym": (70, 96, 140),
        "street": (98, 92, 88),
        "park": (96, 68, 46),
    }[scene.room]
    across = np.linspace(-1, 1, width)
    tone = 0.35 + 0.75 * np.sqrt(np.clip(1 - (0.82 * across + 0.25) ** 2, 0, 1))
    grain = 1.0 + 0.05 * cv2.resize(
        rng.standard_normal((24, 12)).astype(np.float32),
        (width, height * SCALE),
        interpolation=cv2.INTER_CUBIC,
    )
    sprite = np.array(colour) * (tone[None, :, None] * grain[..., None])
    if scene.room in ("gym", "street"):
        sprite[round(0.3 * height * SCALE) : round(0.36 * height * SCALE)] *= (1.5, 1.4, 0.6)
    return np.clip(sprite, 0, 255).astype(np.uint8)


def film_of(scene: Scene, params: RenderedWorld, rng: np.random.Generator) -> Film:
    """The film of a scene at the size that the params name."""
    return Film(scene, params.width, params.height, rng)
