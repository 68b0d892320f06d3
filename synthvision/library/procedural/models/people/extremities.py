"""Hands and shoes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.procedural.models.people.skeleton import REST_ARM_RAD, Figure
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["hand_mesh", "phone_mesh", "shoe_mesh"]

# Where each finger begins across the palm, its length, its radius and how much of the common bend it takes.
_FINGERS = (
    (0.155, 0.40, 0.047, 0.9),
    (0.052, 0.45, 0.049, 1.0),
    (-0.052, 0.42, 0.047, 1.06),
    (-0.148, 0.34, 0.042, 1.12),
)


def _finger(
    start: Floats, length: float, radius: float, bends_rad: tuple[float, float, float], aim: Floats, sections: int
) -> Mesh:
    """A finger that begins inside the palm and bends towards -z about an axis across `aim`."""
    across = np.cross([0.0, 0.0, 1.0], aim)
    across /= np.linalg.norm(across)
    points, place, angle = [start - 0.03 * aim], start, 0.0
    for share, bend in zip((0.44, 0.30, 0.22), bends_rad, strict=True):
        angle += bend
        place = place + length * share * (aim * np.cos(angle) - np.array([0.0, 0.0, 1.0]) * np.sin(angle))
        points.append(place)
    tip = points[-1] + 0.04 * length * (points[-1] - points[-2]) / np.linalg.norm(points[-1] - points[-2])
    path = np.array([*points, tip])
    radii = radius * np.array([1.05, 1.02, 0.95, 0.75, 0.3])
    return sweep_tube(
        path, np.repeat(radii[:, None], 2, axis=1), sections, binormal_xyz=(across[0], across[1], across[2])
    )


@lru_cache(maxsize=64)
def _hand(curl: float, sections: int) -> Mesh:
    """A hand of unit length: fingers along +x, thumb to +y, its back up."""
    x = np.array([-0.05, 0.06, 0.2, 0.36, 0.49, 0.545])
    path = np.stack([x, np.array([0.0, 0.005, 0.012, 0.008, 0.004, 0.004]), np.zeros(6)], axis=1)
    radii = np.array([(0.115, 0.132), (0.100, 0.142), (0.097, 0.19), (0.085, 0.212), (0.066, 0.205), (0.035, 0.165)])
    palm = sweep_tube(path, radii, 8, binormal_xyz=(0.0, 1.0, 0.0), exponent=2.5)
    pieces = [palm]
    for across, length, radius, share in _FINGERS:
        bend = curl * share
        start = np.array([0.5 + 0.02 * np.cos(8 * across), across, 0.0])
        aim = np.array([1.0, 0.35 * across, 0.0])
        bends = (0.15 + 1.15 * bend, 0.12 + 1.35 * bend, 0.08 + 0.9 * bend)
        pieces.append(_finger(start, length, radius, bends, aim / np.linalg.norm(aim), sections))
    aim = np.array([0.82, 0.58 - 0.3 * curl, -0.25 - 0.5 * curl])
    aim[2] = 0.0
    thumb = _finger(
        np.array([0.14, 0.13, -0.03]),
        0.40,
        0.056,
        (0.35 + 0.5 * curl, 0.1, 0.15 + 0.5 * curl),
        aim / np.linalg.norm(aim),
        sections,
    )
    return join([*pieces, thumb])


def _hand_frame(side: str) -> Floats:
    """Columns along the fingers, to the thumb and out of the back of a hand in the rest pose."""
    sign = 1.0 if side == "left" else -1.0
    out, down = float(np.cos(REST_ARM_RAD)), float(np.sin(REST_ARM_RAD))
    return np.stack(
        [np.array([0.0, sign * out, -down]), np.array([1.0, 0.0, 0.0]), np.array([0.0, sign * down, out])], axis=1
    )


def _hand_length(figure: Figure) -> float:
    return 0.106 * figure.measures.height * (0.6 + 0.4 * figure.measures.girth)


def phone_mesh(figure: Figure, side: str) -> Mesh:
    """Return a telephone (150 x 73 x 9 mm) in the palm of one hand."""
    length = _hand_length(figure)
    frame = _hand_frame(side)
    middle = figure.rest[f"{side}_hand"] + frame @ np.array([0.60 * length, 0.0, -0.115 * length - 0.005])
    turn = frame if side == "right" else frame * [1.0, -1.0, 1.0]
    slab = bevelled_boxes(np.array([[0.150, 0.073, 0.009]]), middle[None], 0.003, turn[None])
    return figure.carried(f"{side}_hand", slab)


def hand_mesh(figure: Figure, side: str, *, fine: bool = True) -> Mesh:
    """Return one hand of a figure, its fingers bent as the figure says."""
    left = side == "left"
    frame = _hand_frame(side)
    hand = _hand(round(figure.curl[0 if left else 1], 2), 5 if fine else 4)
    # The frame of the left hand is a mirror of the right one's.
    triangles = hand.triangles_m3[:, ::-1] if left else hand.triangles_m3
    length = _hand_length(figure)
    placed = hand.positions_n3 * length @ frame.T + figure.rest[f"{side}_hand"]
    uvs = hand.uvs_n2 * [0.2, 0.2] + [0.4, 0.6]
    return figure.carried(f"{side}_hand", Mesh(placed, hand.normals_n3 @ frame.T, uvs, triangles))


# Along the foot from heel to toe: half width, height of the upper, and how far the ring leans back.
_SHOE = np.array(
    [
        (-0.235, 0.085, 0.30),
        (-0.20, 0.135, 0.40),
        (0.02, 0.15, 0.43),
        (0.36, 0.178, 0.25),
        (0.60, 0.185, 0.185),
        (0.765, 0.14, 0.15),
        (0.80, 0.07, 0.10),
    ]
)


def _drawn_in(points_n3: Floats) -> Floats:
    """Points about as far inside as subdivision would have put them."""
    middle = points_n3.mean(axis=0)
    middle[2] = points_n3[:, 2].min()
    return np.asarray(middle + (points_n3 - middle) * [0.98, 0.93, 0.93], np.float64)


def shoe_mesh(figure: Figure, side: str, bulk: float, toe: float, high: float, *, fine: bool = True) -> Mesh:
    """Return one shoe; texture: u from heel to toe, v from the middle of the sole (0) up to the instep (0.5) and down.

    Args:
        figure: Who wears it.
        side: ``left`` or ``right``.
        bulk: Thickness of the upper and the sole, 1 is a trainer.
        toe: Width of the toe, 1 is round, 0.7 pointed.
        high: How high it reaches at the ankle, 1 is a low shoe.
        fine: False leaves it less smooth.
    """
    m = figure.measures
    sign = 1.0 if side == "left" else -1.0
    length = m.foot
    floor = -0.043 * m.height - 0.008
    around = np.array([(0.0, -0.03), (1.06, 0.0), (1.06, 0.42), (0.68, 1.0), (0.0, 1.1)])
    half = np.concatenate([around, around[-2:0:-1] * [-1.0, 1.0]])
    cage = Cage()
    rings = []
    for x, wide, tall in _SHOE:
        pointed = toe if x > 0.5 else 1.0
        lift = high if x < 0.1 else 1.0
        # Toes spring up a little, and the foot curves inwards.
        spring = 0.05 * max(x - 0.45, 0.0) / 0.35
        y = half[:, 0] * wide * pointed * (0.85 + 0.15 * bulk) - sign * 0.035 * max(x, 0.0)
        z = half[:, 1] * tall * (0.8 + 0.2 * bulk) * lift + spring
        lean = np.where(half[:, 1] > 0.3, -0.04, 0.0) if x < 0 else np.zeros(len(half))
        local = np.stack([np.full(len(half), x) * (1.0 + 0.06 * (1 - toe) * (x > 0.5)) + lean, y, z], axis=1) * length
        rings.append(cage.ring(local + [0.0, 0.0, floor] + figure.rest[f"{side}_foot"], np.ones(1)))
    us = (_SHOE[:, 0] - _SHOE[0, 0]) / (_SHOE[-1, 0] - _SHOE[0, 0])
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, 1.0), (float(us[row]), float(us[row + 1])))
    cage.cap(rings[0], (0.5, 0.0), flip=True)
    cage.cap(rings[-1], (0.5, 1.0))
    points = cage.positions_n3()
    mesh = (cage.surface(points) if fine else cage.coarse_surface(_drawn_in(points))).mesh()
    return figure.carried(f"{side}_foot", mesh.with_uvs(mesh.uvs_n2[:, ::-1]))
