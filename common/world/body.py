"""The jointed figure: poses as numbers, limbs by inverse kinematics, joints on the screen.

Body frame, in units u (a person is 7.5 u tall): x forward, y up from the ground, z to the right
hand's side. A pose is a vector of `SIZE` numbers; every function here works on all frames at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIZE = 17
PELVIS_X, PELVIS_Y, LEAN, PITCH, GAZE = range(5)
RIGHT_HAND, LEFT_HAND = slice(5, 8), slice(8, 11)
RIGHT_FOOT, LEFT_FOOT = slice(11, 14), slice(14, 17)

HIP_HEIGHT, ANKLE = 4.0, 0.32
TORSO, NECK, THIGH, SHIN, UPPER_ARM, FOREARM = 2.35, 1.2, 1.85, 1.8, 1.5, 1.4

# Order of the joints in the arrays below.
JOINTS = (
    "pelvis", "chest", "head",
    "shoulder_r", "shoulder_l", "elbow_r", "elbow_l", "hand_r", "hand_l",
    "hip_r", "hip_l", "knee_r", "knee_l", "ankle_r", "ankle_l", "toe_r", "toe_l",
)  # fmt: skip
INDEX = {name: position for position, name in enumerate(JOINTS)}

# How much lower on the screen a thing stands that is one unit nearer to the camera.
TILT = 0.16


def standing(n: int) -> Array:
    """(n, SIZE) of a person who stands at ease, arms down."""
    pose = np.zeros((n, SIZE))
    pose[:, PELVIS_Y] = HIP_HEIGHT
    pose[:, LEAN] = 0.03
    pose[:, RIGHT_HAND] = (0.3, 3.6, 1.1)
    pose[:, LEFT_HAND] = (0.2, 3.6, -1.1)
    pose[:, RIGHT_FOOT] = (0.0, ANKLE, 0.45)
    pose[:, LEFT_FOOT] = (0.1, ANKLE, -0.45)
    return pose


def mix(a: Array, b: Array, weight: Array) -> Array:
    """Poses between `a` (weight 0) and `b` (weight 1); weight (n,)."""
    return a + (b - a) * weight[:, None]


def ease(x: Array | float) -> Array:
    """0 to 1 with soft ends: 3x^2 - 2x^3, clipped outside."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def pulse(x: Array, rise: float, fall: float) -> Array:
    """Softly up within `rise` and down again within the last `fall` of 0..1."""
    return np.asarray(ease(x / rise) * ease((1.0 - x) / fall))


def joints(pose: Array) -> Array:
    """(n, J, 3) positions of the joints in the body frame, of poses (n, SIZE)."""
    n = len(pose)
    out = np.zeros((n, len(JOINTS), 3))
    up = np.stack([np.sin(pose[:, LEAN]), np.cos(pose[:, LEAN]), np.zeros(n)], axis=1)
    pelvis = np.stack([pose[:, PELVIS_X], pose[:, PELVIS_Y], np.zeros(n)], axis=1)
    chest = pelvis + TORSO * up
    out[:, INDEX["pelvis"]], out[:, INDEX["chest"]] = pelvis, chest
    nod = pose[:, LEAN] * 0.55 + pose[:, PITCH]
    out[:, INDEX["head"]] = chest + NECK * np.stack([np.sin(nod), np.cos(nod), np.zeros(n)], axis=1)
    for side, sign, hand, foot in (
        ("r", 1.0, RIGHT_HAND, RIGHT_FOOT),
        ("l", -1.0, LEFT_HAND, LEFT_FOOT),
    ):
        shoulder = chest + np.array([0.0, -0.12, 0.82 * sign])
        hip = pelvis + np.array([0.0, -0.1, 0.42 * sign])
        # Elbows point back and outward, knees forward.
        elbow, wrist = _reach(
            shoulder, pose[:, hand], UPPER_ARM, FOREARM, (-0.8, -0.75, 0.5 * sign)
        )
        knee, ankle = _reach(hip, pose[:, foot], THIGH, SHIN, (1.0, 0.1, 0.12 * sign))
        toe = ankle + np.array([0.72, -0.12, 0.08 * sign])
        for name, value in zip(
            ("shoulder", "elbow", "hand", "hip", "knee", "ankle", "toe"),
            (shoulder, elbow, wrist, hip, knee, ankle, toe),
            strict=True,
        ):
            out[:, INDEX[f"{name}_{side}"]] = value
    return out


def _reach(
    root: Array, target: Array, first: float, second: float, hint: tuple[float, float, float]
) -> tuple[Array, Array]:
    """Middle joint and end of a limb of two bones that reaches for `target`, bent towards `hint`.

    A target out of reach gives a straight limb that points at it.
    """
    line = target - root
    distance = np.linalg.norm(line, axis=1, keepdims=True)
    line = line / np.maximum(distance, 1e-9)
    distance = np.clip(distance, abs(first - second) + 0.05, first + second - 0.02)
    along = (distance**2 + first**2 - second**2) / (2.0 * distance)
    across = np.sqrt(np.maximum(first**2 - along**2, 0.0))
    bend = np.array(hint) - line * (line @ np.array(hint))[:, None]
    bend = bend / np.maximum(np.linalg.norm(bend, axis=1, keepdims=True), 1e-9)
    return root + along * line + across * bend, root + distance * line


def project(points: Array, yaw: Array, x: Array, ground: Array, unit: Array) -> tuple[Array, Array]:
    """Screen positions of body-frame points.

    Args:
        points: (n, J, 3), u.
        yaw: (n,) radians: 0 faces right, pi/2 the camera, pi left.
        x, ground: (n,) pixels: where the body frame's origin stands.
        unit: (n,) pixels per u.

    Returns:
        (n, J, 2) pixels and (n, J) nearness to the camera in u.
    """
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    near = points[:, :, 0] * sin + points[:, :, 2] * cos
    across = points[:, :, 0] * cos - points[:, :, 2] * sin
    scale = unit[:, None]
    screen = np.stack(
        [x[:, None] + scale * across, ground[:, None] - scale * (points[:, :, 1] - TILT * near)],
        axis=2,
    )
    return screen, near
