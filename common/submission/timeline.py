"""A picture of what was found in one video: key frames, a time axis, a row for each class."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from common.submission.charts.strip import pack
from common.submission.charts.svg import ticks

WIDTH = 1400
_MARGIN = 28
_FRAME = (160, 90)
_GAP = 8
_ROW = 26
_BAR = 20
# Okabe and Ito's colours, dark enough for white text or light enough for black.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A6A00", "#6F5FA8")
_INK, _QUIET, _RULE, _PAPER, _TRUTH = "#1d1c1a", "#5d5a54", "#dfdcd5", "#ffffff", "#444444"


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A frame of the video: RGB uint8 (H, W, 3) at a time in seconds."""

    time: float
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar with its text; x in pixels. `text_at`: left end of the text."""

    left: float
    right: float
    text: str
    text_at: float
    colour: str
    inside: bool


@dataclass(frozen=True, slots=True)
class _Lane:
    """Bars of one line of the picture; `label` stands above the first line of a class."""

    label: str
    colour: str
    bars: tuple[_Bar, ...]


def draw_timeline(
    video: str,
    duration: float,
    detections: pd.DataFrame,
    truth: pd.DataFrame | None = None,
    key_frames: Sequence[KeyFrame] = (),
    most: int = 20,
) -> bytes:
    """A PNG that a person can read without knowing the files.

    Args:
        video: its name, for the title.
        duration: seconds.
        detections: `start, end, label, score` of this video; the best `most` are drawn, the higher
            the score, the stronger the colour.
        truth: `start, end, label` of this video, if it is known.
        key_frames: at most eight are drawn, each tied to its time.
    """
    best = detections.sort_values(
        ["score", "start", "end", "label"], ascending=[False, True, True, True], kind="stable"
    ).head(most)
    lanes = _lanes(best, truth, duration)
    frames = _spread(sorted(key_frames, key=lambda frame: frame.time))
    strip_top = 74
    axis_top = strip_top + (_FRAME[1] + 58 if frames else 0)
    rows_top = axis_top + 34
    height = rows_top + sum(_ROW + (24 if lane.label else 0) for lane in lanes) + 34
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    _title(draw, video, duration, len(best), len(detections), truth)
    _frames(image, draw, frames, duration, strip_top, axis_top)
    _axis(draw, duration, axis_top, height - 20)
    _rows(draw, lanes, rows_top)
    if not lanes:
        draw.text((_MARGIN, rows_top), "nothing found", font=_font(18), fill=_QUIET)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def _x(time: float, duration: float) -> float:
    share = min(max(time / duration, 0.0), 1.0)
    return _MARGIN + share * (WIDTH - 2 * _MARGIN)


def _lanes(best: pd.DataFrame, truth: pd.DataFrame | None, duration: float) -> list[_Lane]:
    """Classes of the truth in order of time, then the others by their best score."""
    known = [] if truth is None else truth.sort_values("start", kind="stable")["label"].tolist()
    labels = list(dict.fromkeys([*known, *best["label"].tolist()]))
    top = float(best["score"].max()) if len(best) else 1.0
    lanes: list[_Lane] = []
    for index, label in enumerate(labels):
        colour = _COLOURS[index % len(_COLOURS)]
        rows: list[tuple[_Bar, ...]] = []
        if truth is not None:
            own = truth[truth["label"] == label]
            rows += _packed([_truth_bar(row, duration) for row in own.to_dict("records")])
        own = best[best["label"] == label]
        rows += _packed([_found_bar(row, duration, colour, top) for row in own.to_dict("records")])
        lanes += [_Lane(label if n == 0 else "", colour, bars) for n, bars in enumerate(rows)]
    return lanes


def _packed(bars: list[_Bar]) -> list[tuple[_Bar, ...]]:
    lanes = pack([(min(bar.left, bar.text_at), _end(bar) + 6) for bar in bars])
    count = max(lanes, default=-1) + 1
    return [
        tuple(bar for bar, lane in zip(bars, lanes, strict=True) if lane == number)
        for number in range(count)
    ]


def _end(bar: _Bar) -> float:
    return max(bar.right, bar.text_at + _font(13).getlength(bar.text))


def _truth_bar(row: dict[str, float], duration: float) -> _Bar:
    left, right = _x(row["start"], duration), _x(row["end"], duration)
    return _bar(left, right, "truth", _TRUTH)


def _found_bar(row: dict[str, float], duration: float, colour: str, top: float) -> _Bar:
    left, right = _x(row["start"], duration), _x(row["end"], duration)
    strength = 0.35 + 0.65 * max(row["score"], 0.0) / top if top > 0 else 1.0
    return _bar(left, right, f"{row['score']:.2f}", _mixed(colour, strength))


def _bar(left: float, right: float, text: str, colour: str) -> _Bar:
    right = max(right, left + 2)
    length = _font(13).getlength(text)
    if inside := right - left >= length + 10:
        at = left + 5
    elif right + 6 + length <= WIDTH:
        at = right + 6
    else:  # a short bar at the end of the video
        at = left - 6 - length
    return _Bar(left, right, text, at, colour, inside)


def _mixed(colour: str, strength: float) -> str:
    """The colour on white paper at a strength from 0 to 1."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * strength):02x}" for part in parts)


def _title(
    draw: ImageDraw.ImageDraw,
    video: str,
    duration: float,
    shown: int,
    total: int,
    truth: pd.DataFrame | None,
) -> None:
    draw.text((_MARGIN, 18), _short(Path(video).name, 70), font=_font(26), fill=_INK)
    said = f"{duration:.1f} s, the {shown} best of {total} detections with their scores"
    if truth is not None:
        said += "; the ground truth is grey"
    draw.text((_MARGIN, 50), said, font=_font(15), fill=_QUIET)


def _spread(frames: list[KeyFrame]) -> list[KeyFrame]:
    """At most as many frames as fit beside each other, spread evenly over those given."""
    fit = (WIDTH - 2 * _MARGIN + _GAP) // (_FRAME[0] + _GAP)
    if len(frames) <= fit:
        return frames
    picks = np.linspace(0, len(frames) - 1, fit).round().astype(int)
    return [frames[index] for index in picks.tolist()]


def _frames(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    frames: list[KeyFrame],
    duration: float,
    top: int,
    axis: int,
) -> None:
    """Key frames near their times without overlap, each with a line to its time."""
    for frame, left in zip(frames, _places(frames, duration), strict=True):
        picture = ImageOps.pad(Image.fromarray(frame.picture), _FRAME, color="#000000")
        image.paste(picture, (left, top))
        foot, at = top + _FRAME[1], _x(frame.time, duration)
        middle = left + _FRAME[0] / 2
        draw.text((middle, foot + 4), f"{frame.time:.1f} s", font=_font(13), fill=_INK, anchor="ma")
        draw.line([(middle, foot + 22), (at, axis)], fill=_RULE, width=2)
        draw.ellipse([at - 4, axis - 4, at + 4, axis + 4], fill=_PAPER, outline=_QUIET, width=2)


def _places(frames: list[KeyFrame], duration: float) -> list[int]:
    """Left ends: as near to the times as the width allows, in order, without overlap."""
    step = _FRAME[0] + _GAP
    lefts = [round(_x(frame.time, duration) - _FRAME[0] / 2) for frame in frames]
    floor = _MARGIN
    for index, left in enumerate(lefts):
        lefts[index] = floor = max(left, floor)
        floor += step
    ceiling = WIDTH - _MARGIN - _FRAME[0]
    for index in reversed(range(len(lefts))):
        lefts[index] = ceiling = min(lefts[index], ceiling)
        ceiling -= step
    return lefts


def _axis(draw: ImageDraw.ImageDraw, duration: float, top: int, bottom: int) -> None:
    for value in ticks(0.0, duration, 10):
        at = _x(value, duration)
        draw.line([(at, top), (at, bottom)], fill="#efece7", width=1)
        anchor = "la" if value == 0 else "ra" if at > WIDTH - _MARGIN - 24 else "ma"
        draw.text((at, top + 8), f"{value:g} s", font=_font(13), fill=_QUIET, anchor=anchor)
    draw.line([(_MARGIN, top), (WIDTH - _MARGIN, top)], fill=_QUIET, width=1)


def _rows(draw: ImageDraw.ImageDraw, lanes: list[_Lane], top: int) -> None:
    for lane in lanes:
        if lane.label:
            draw.rectangle([_MARGIN, top + 8, _MARGIN + 11, top + 19], fill=lane.colour)
            draw.text((_MARGIN + 18, top + 4), _short(lane.label, 90), font=_font(16), fill=_INK)
            top += 24
        for bar in lane.bars:
            box = [bar.left, top + 2, bar.right, top + 2 + _BAR]
            draw.rounded_rectangle(box, radius=3, fill=bar.colour)
            ink = _ink_on(bar.colour) if bar.inside else _INK
            draw.text((bar.text_at, top + 5), bar.text, font=_font(13), fill=ink)
        top += _ROW


def _ink_on(colour: str) -> str:
    """Dark or white text, whichever has more contrast on the colour (WCAG relative luminance)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    luminance = sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    # At 0.2 both have the same contrast, with the ink at 0.01.
    return "#ffffff" if luminance < 0.2 else _INK


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2 - 1) :]}"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Pillow's own font: the same picture on every machine.
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
