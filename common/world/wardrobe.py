"""What people look like: skin, hair, clothes."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

Colour = tuple[int, int, int]
T = TypeVar("T")
Hair = Literal["short", "long", "bun", "bald", "cap"]
Legs = Literal["trousers", "shorts", "skirt"]
Top = Literal["plain", "stripes", "vest", "belt"]

_SKINS: tuple[Colour, ...] = ((244, 205, 172), (221, 170, 126), (164, 112, 73), (104, 67, 45))
_HAIRS: tuple[Colour, ...] = (
    (34, 27, 25),
    (86, 55, 32),
    (188, 142, 74),
    (120, 118, 118),
    (140, 60, 30),
)
_TOPS: tuple[Top, ...] = ("plain", "stripes", "vest", "belt")
_SHOES: tuple[Colour, ...] = ((35, 32, 34), (235, 235, 232), (140, 40, 40), (90, 60, 40))
_STYLES: tuple[Hair, ...] = ("short", "long", "bun", "bald", "cap")


@dataclass(frozen=True, slots=True)
class Look:
    """Colours are RGB."""

    skin: Colour
    hair: Colour
    style: Hair
    top: Colour
    accent: Colour
    cut: Top
    long_sleeves: bool
    legs: Legs
    bottom: Colour
    shoes: Colour
    girth: float


def draw_look(rng: np.random.Generator) -> Look:
    """A random person."""
    hue = float(rng.random())
    return Look(
        skin=pick(_SKINS, rng),
        hair=pick(_HAIRS, rng),
        style=_STYLES[int(rng.choice(5, p=[0.38, 0.2, 0.14, 0.08, 0.2]))],
        top=vivid(hue, rng),
        accent=vivid(hue + 0.35 + 0.3 * float(rng.random()), rng),
        cut=pick(_TOPS, rng),
        long_sleeves=bool(rng.random() < 0.55),
        legs=("trousers", "shorts", "skirt")[int(rng.choice(3, p=[0.64, 0.2, 0.16]))],
        bottom=_muted(rng),
        shoes=pick(_SHOES, rng),
        girth=float(rng.uniform(0.9, 1.15)),
    )


def twin(look: Look, rng: np.random.Generator) -> Look:
    """Somebody who is easily mistaken for `look`: the same clothes, perhaps another hair colour."""
    return replace(look, hair=pick(_HAIRS, rng)) if rng.random() < 0.5 else look


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of the options, each equally likely."""
    return options[int(rng.integers(len(options)))]


def vivid(hue: float, rng: np.random.Generator) -> Colour:
    """A clear colour of a hue 0..1."""
    return _rgb(hue, float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.6, 0.92)))


def _muted(rng: np.random.Generator) -> Colour:
    return _rgb(float(rng.random()), float(rng.uniform(0.15, 0.5)), float(rng.uniform(0.25, 0.55)))


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


_THINGS: dict[str, Colour] = {
    "ball": (240, 120, 30),
    "box": (186, 132, 74),
    "cup": (244, 244, 240),
    "chair": (128, 66, 48),
    "table": (196, 158, 112),
    "door": (140, 92, 58),
    "wheel": (200, 48, 52),
    "broom": (52, 120, 180),
}


def thing_colour(kind: str, rng: np.random.Generator) -> Colour:
    """The colour of all things of a kind, a little lighter or darker."""
    return shade(_THINGS[kind], float(rng.uniform(0.82, 1.18)))


def shade(colour: Colour, factor: float) -> Colour:
    """Darker (factor < 1) or, towards white, lighter (factor > 1)."""
    if factor <= 1.0:
        return tuple(round(channel * factor) for channel in colour)  # type: ignore[return-value]
    blend = factor - 1.0
    return tuple(round(channel + (255 - channel) * blend) for channel in colour)  # type: ignore[return-value]
