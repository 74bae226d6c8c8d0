"""J, F and the assignment pixel by pixel, from the description of the official program."""

import itertools
import math

import numpy as np


def boundary(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    found = np.zeros_like(mask, dtype=bool)
    for y, x in itertools.product(range(height), range(width)):
        others = []
        if x + 1 < width:
            others.append(mask[y, x + 1])
        if y + 1 < height:
            others.append(mask[y + 1, x])
        if x + 1 < width and y + 1 < height:
            others.append(mask[y + 1, x + 1])
        found[y, x] = any(other != mask[y, x] for other in others)
    return found


def near(pixels: np.ndarray, radius: int) -> np.ndarray:
    found = np.zeros_like(pixels)
    points = np.argwhere(pixels)
    for y, x in itertools.product(*map(range, pixels.shape)):
        squares = ((points - (y, x)) ** 2).sum(axis=1)
        found[y, x] = bool((squares <= radius * radius).any())
    return found


def region(truth: np.ndarray, result: np.ndarray, void: np.ndarray) -> float:
    union = ((truth | result) & ~void).sum()
    return 1.0 if union == 0 else float((truth & result & ~void).sum() / union)


def contour(truth: np.ndarray, result: np.ndarray, void: np.ndarray) -> float:
    radius = math.ceil(0.008 * math.hypot(*truth.shape))
    a, b = boundary(truth & ~void), boundary(result & ~void)
    if not a.any() and not b.any():
        return 1.0
    if not a.any() or not b.any():
        return 0.0
    precision = (b & near(a, radius)).sum() / b.sum()
    recall = (a & near(b, radius)).sum() / a.sum()
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def best_assignment(gain: np.ndarray) -> float:
    """Largest sum over one proposal (row) for each object (column); rows may stay unused."""
    rows, columns = gain.shape
    choices = itertools.permutations(range(rows), columns)
    return max(sum(gain[row, k] for k, row in enumerate(choice)) for choice in choices)
