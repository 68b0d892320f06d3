"""Bones of a human body: measures, the rest pose, and the placing of points that follow several bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, turn_about

__all__ = ["BONES", "REST_ARM_RAD", "SIDES", "Figure", "Measures", "follow", "rest_joints"]

SIDES = (("left", 1.0), ("right", -1.0))
BONES = (
    "pelvis",
    "spine",
    "chest",
    "neck",
    "head",
    *(f"{side}_{part}" for side, _ in SIDES for part in ("arm", "forearm", "hand", "thigh", "shin", "foot")),
)
REST_ARM_RAD = np.radians(50.0)
"""How far the arms of the rest pose point down: sleeves are modelled there and move both ways from it."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Lengths of a body in metres, and factors on how thick it is.

    Args:
        height: Standing height.
        head: Chin to crown.
        crotch: Height of the crotch; the hip joints lie above it.
        frame: Length that widths are taken from; about the height, less for children.
        girth: Factor on limb and trunk thickness, 1 is lean.
        belly: How far the belly stands out, share of the frame.
        curve: 0 broad shoulders and narrow hips, 1 the opposite, with a bust.
        stoop_rad: Bent back of old people.
    """

    height: float
    head: float
    crotch: float
    frame: float
    girth: float = 1.0
    belly: float = 0.0
    curve: float = 0.5
    stoop_rad: float = 0.0

    @property
    def shoulder(self) -> float:
        """Height of the shoulder joints."""
        return self.height - 1.39 * self.head

    @property
    def shoulder_y(self) -> float:
        """Half the distance of the shoulder joints."""
        return self.frame * (0.099 - 0.010 * self.curve) * (0.5 + 0.5 * self.girth)

    @property
    def hip_y(self) -> float:
        """Half the distance of the hip joints."""
        return self.frame * (0.05 + 0.006 * self.curve) * (0.6 + 0.4 * self.girth)

    @property
    def upper_arm(self) -> float:
        """Shoulder to elbow."""
        return 0.345 * (self.shoulder - 0.9 * self.crotch) + 0.06 * self.height

    @property
    def forearm(self) -> float:
        """Elbow to wrist."""
        return 0.87 * self.upper_arm

    @property
    def foot(self) -> float:
        """Length of the foot."""
        return 0.15 * self.height


def rest_joints(m: Measures) -> dict[str, Floats]:
    """Return where each bone begins in the rest pose: upright, legs straight, arms hanging out to the sides."""
    hip, shoulder = m.crotch + 0.038 * m.height, m.shoulder
    trunk = shoulder - hip
    joints = {
        "pelvis": (0.0, 0.0, hip),
        "spine": (-0.006, 0.0, hip + 0.24 * trunk),
        "chest": (-0.008, 0.0, hip + 0.56 * trunk),
        "neck": (-0.012, 0.0, shoulder + 0.05 * m.head),
        "head": (0.0, 0.0, m.height - 0.88 * m.head),
    }
    out, down = float(np.cos(REST_ARM_RAD)), float(np.sin(REST_ARM_RAD))
    knee, ankle = 0.54 * hip + 0.01 * m.height, 0.043 * m.height
    for side, sign in SIDES:
        y, z = m.shoulder_y, shoulder
        joints[f"{side}_arm"] = (-0.008, sign * y, z)
        y, z = y + out * m.upper_arm, z - down * m.upper_arm
        joints[f"{side}_forearm"] = (-0.008, sign * y, z)
        y, z = y + out * m.forearm, z - down * m.forearm
        joints[f"{side}_hand"] = (-0.008, sign * y, z)
        joints[f"{side}_thigh"] = (0.0, sign * m.hip_y, hip)
        joints[f"{side}_shin"] = (0.004, sign * m.hip_y, knee)
        joints[f"{side}_foot"] = (-0.008, sign * m.hip_y, ankle)
    return {name: np.array(place, np.float64) for name, place in joints.items()}


def follow(**shares: float) -> Floats:
    """Return one row of bone weights, e.g. ``follow(chest=0.7, left_arm=0.3)``."""
    row = np.zeros(len(BONES))
    for name, share in shares.items():
        row[BONES.index(name)] = share
    return row


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body in a pose: where each bone begins and how it is turned from the rest pose.

    Args:
        measures: Of the body.
        rest: Joints of the rest pose.
        joints: Joints of this pose.
        turns: Rotation of each bone from the rest pose.
        curl: How far the fingers of the left and right hand are bent, 0..1.
    """

    measures: Measures
    rest: Mapping[str, Floats]
    joints: Mapping[str, Floats]
    turns: Mapping[str, Floats]
    curl: tuple[float, float] = (0.25, 0.25)

    def carried(self, bone: str, mesh: Mesh) -> Mesh:
        """Return a mesh of the rest pose moved stiffly with one bone."""
        return mesh.moved(-self.rest[bone]).turned(self.turns[bone]).moved(self.joints[bone])

    def carried_point(self, bone: str, point: Floats) -> Floats:
        """Return a point of the rest pose moved with one bone."""
        return np.asarray(self.turns[bone] @ (point - self.rest[bone]) + self.joints[bone], np.float64)

    def placed(self, points_n3: Floats, weights_nb: Floats) -> Floats:
        """Return points of the rest pose moved with several bones each, by blended dual quaternions.

        Rings around a joint keep their size when it bends, where blended matrices would pinch them.
        """
        real = np.array([_quaternion(self.turns[bone]) for bone in BONES])
        shift = np.array([self.joints[bone] - self.turns[bone] @ self.rest[bone] for bone in BONES])
        dual = 0.5 * _product(np.concatenate([np.zeros((len(BONES), 1)), shift], axis=1), real)
        main = real[np.argmax(weights_nb, axis=1)]
        signed = weights_nb * np.where(main @ real.T < 0, -1.0, 1.0)
        q, d = signed @ real, signed @ dual
        size = np.linalg.norm(q, axis=1, keepdims=True)
        q, d = q / size, d / size
        conjugate = q * [1.0, -1.0, -1.0, -1.0]
        offset = 2.0 * _product(d, conjugate)[:, 1:]
        axis, w = q[:, 1:], q[:, :1]
        twice = 2.0 * np.cross(axis, points_n3)
        return np.asarray(points_n3 + w * twice + np.cross(axis, twice) + offset, np.float64)

    def moved(self, offset: Floats) -> Figure:
        """Return the figure shifted by `offset` metres."""
        return replace(self, joints={name: place + offset for name, place in self.joints.items()})


def _quaternion(m: Floats) -> Floats:
    """(w, x, y, z) of a rotation matrix, by the largest of its four squares (Shepperd)."""
    squares = np.array(
        [
            1 + m[0, 0] + m[1, 1] + m[2, 2],
            1 + m[0, 0] - m[1, 1] - m[2, 2],
            1 - m[0, 0] + m[1, 1] - m[2, 2],
            1 - m[0, 0] - m[1, 1] + m[2, 2],
        ]
    )
    k = int(np.argmax(squares))
    rows = (
        (squares[0], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]),
        (m[2, 1] - m[1, 2], squares[1], m[1, 0] + m[0, 1], m[0, 2] + m[2, 0]),
        (m[0, 2] - m[2, 0], m[1, 0] + m[0, 1], squares[2], m[2, 1] + m[1, 2]),
        (m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[2, 1] + m[1, 2], squares[3]),
    )
    return np.asarray(np.array(rows[k]) / (2.0 * np.sqrt(squares[k])), np.float64)


def _product(a: Floats, b: Floats) -> Floats:
    """Quaternion products, row by row."""
    aw, av, bw, bv = a[:, :1], a[:, 1:], b[:, :1], b[:, 1:]
    w = aw * bw - np.sum(av * bv, axis=1, keepdims=True)
    return np.concatenate([w, aw * bv + bw * av + np.cross(av, bv)], axis=1)


def hanging_arm(sign: float) -> Floats:
    """Return the rotation that takes an arm of the rest pose to hanging straight down."""
    return turn_about("x", sign * (REST_ARM_RAD - np.pi / 2))
