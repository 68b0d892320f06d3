"""A human head: skull, face and neck as one closed surface, with ears and eyeballs.

Lengths are shares of the height of the head, chin to crown; z = 0 is the chin, x = 0 the middle of the skull.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.people.skeleton import Figure, follow
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = [
    "EYE",
    "NECK_LOW",
    "Features",
    "column_angles",
    "ear_mesh",
    "eye_mesh",
    "head_mesh",
    "head_points",
    "skull_radius",
]

NECK_LOW = -0.5
EYE = (0.345, 0.142, 0.485)
"""Where an eye lies: forwards, to the side, up."""

# Height at the front and at the back, then how far the surface lies in front, to the side and behind.
_ROWS = np.array(
    [
        (-0.50, -0.46, 0.13, 0.275, 0.40),
        (-0.30, -0.26, 0.125, 0.235, 0.355),
        (-0.12, -0.12, 0.15, 0.225, 0.335),
        (-0.005, 0.02, 0.215, 0.232, 0.33),
        (0.0, 0.07, 0.335, 0.248, 0.335),
        (0.055, 0.11, 0.385, 0.262, 0.345),
        (0.115, 0.15, 0.378, 0.28, 0.36),
        (0.160, 0.18, 0.388, 0.292, 0.375),
        (0.198, 0.21, 0.386, 0.302, 0.39),
        (0.235, 0.24, 0.394, 0.31, 0.405),
        (0.275, 0.28, 0.386, 0.32, 0.42),
        (0.320, 0.32, 0.386, 0.328, 0.43),
        (0.375, 0.375, 0.386, 0.335, 0.44),
        (0.435, 0.435, 0.388, 0.34, 0.447),
        (0.485, 0.485, 0.388, 0.342, 0.452),
        (0.535, 0.535, 0.400, 0.345, 0.456),
        (0.585, 0.585, 0.415, 0.349, 0.46),
        (0.665, 0.665, 0.420, 0.352, 0.458),
        (0.760, 0.76, 0.405, 0.345, 0.447),
        (0.850, 0.85, 0.350, 0.312, 0.405),
        (0.925, 0.925, 0.262, 0.245, 0.32),
        (0.975, 0.975, 0.160, 0.155, 0.21),
        (1.0, 1.0, 0.055, 0.055, 0.09),
    ]
)


@dataclass(frozen=True, slots=True)
class Features:
    """What makes a face this one; 1 is the mean.

    Args:
        nose: Length of the nose.
        nose_width: Width of its wings.
        jaw: Width of the jaw.
        lips: Fullness.
        round_face: 0 for adults, up to 1 for small children: full cheeks, small nose and chin.
        thick_neck: Width of the neck.
    """

    nose: float = 1.0
    nose_width: float = 1.0
    jaw: float = 1.0
    lips: float = 1.0
    round_face: float = 0.0
    thick_neck: float = 1.0


def column_angles(columns: int) -> Floats:
    """Return the angle of each column about the vertical axis, dense at the face; the first is the back."""
    even = 2 * np.pi * (np.arange(columns) / columns - 0.5)
    return np.asarray(even - 0.52 * np.sin(even), np.float64)


def _bump(value: Floats, centre: float, width: float) -> Floats:
    return np.asarray(np.exp(-(((value - centre) / width) ** 2)), np.float64)


def _relief(y: Floats, z: Floats, f: Features) -> Floats:
    """How far the face stands out from its plain oval at places across and up."""
    side = np.abs(y)
    small = 1.0 - 0.45 * f.round_face
    ridge = (
        np.interp(z, (0.255, 0.285, 0.32, 0.40, 0.50, 0.57), (0.0, 0.062, 0.102, 0.072, 0.026, 0.0)) * f.nose * small
    )
    spread = np.interp(z, (0.26, 0.33, 0.40, 0.55), (0.068, 0.06, 0.038, 0.034)) * f.nose_width
    out = ridge * np.exp(-((side / spread) ** 2))
    out -= 0.036 * _bump(side, 0.14, 0.072) * _bump(z, 0.487, 0.05)
    out += 0.016 * _bump(side, 0.13, 0.1) * _bump(z, 0.572, 0.032)
    out += (0.012 + 0.035 * f.round_face) * _bump(side, 0.2, 0.09) * _bump(z, 0.36 - 0.06 * f.round_face, 0.09)
    lips = _bump(z, 0.236, 0.018) + 1.1 * _bump(z, 0.166, 0.022)
    out += 0.017 * f.lips * lips * _bump(side, 0.0, 0.085)
    out -= 0.020 * _bump(z, 0.2, 0.012) * _bump(side, 0.0, 0.10)
    out += 0.026 * small * _bump(side, 0.0, 0.085) * _bump(z, 0.045, 0.045)
    return np.asarray(out, np.float64)


def head_points(columns: int, rows: int, f: Features) -> tuple[Floats, Floats]:
    """Return the points of the head, float64 (rows, columns, 3), and texture v of each row."""
    table = _ROWS
    if rows < len(table):
        table = table[np.unique(np.round(np.linspace(0, len(table) - 1, rows)).astype(np.int64))]
    angle = column_angles(columns)
    c, s = np.cos(angle), np.sin(angle)
    z_front, z_back, front, wide, back = (table[:, k : k + 1] for k in range(5))
    neck = np.clip((0.02 - z_front) / 0.05, 0, 1)
    jaw = np.clip(1 - np.abs(z_front - 0.12) / 0.22, 0, 1)
    wide = wide * (1 + neck * (f.thick_neck - 1)) * (1 + jaw * (f.jaw - 1 + 0.05 * f.round_face))
    front = front * (1 + 0.6 * neck * (f.thick_neck - 1)) - 0.03 * f.round_face * _bump(z_front, 0.05, 0.1)
    z = z_back + (z_front - z_back) * (0.5 + 0.5 * c)
    y = wide * np.sign(s) * np.abs(s) ** 0.92
    x = np.where(c > 0, front * np.abs(c) ** 0.92, back * c)
    ahead = np.clip(c * 2.5, 0, 1)
    x = x + _relief(y, z, f) * ahead
    v = (1.0 - z_front[:, 0]) / (1.0 - NECK_LOW)
    return np.stack([x, y, z], axis=2), v


def _to_body(figure: Figure, points_n3: Floats) -> Floats:
    """Points of the head's own frame in the rest pose of a body, metres."""
    m = figure.measures
    return np.asarray(points_n3 * m.head + [0.004 * m.frame, 0.0, m.height - m.head], np.float64)


def head_mesh(figure: Figure, columns: int, rows: int, f: Features) -> Mesh:
    """Return head and neck; texture u = 0.5 is the middle of the face, v = 0 the crown."""
    grid, v = head_points(columns, rows, f)
    cage = Cage()
    rings = []
    for row in grid:
        high = float(row[:, 2].mean())
        head = float(np.clip((high + 0.3) / 0.28, 0, 1))
        chest = float(np.clip((-0.22 - high) / 0.26, 0, 1))
        rings.append(cage.ring(_to_body(figure, row), follow(head=head, neck=max(1 - head - chest, 0.0), chest=chest)))
    for low in range(len(rings) - 1):
        cage.bridge(rings[low], rings[low + 1], (0.0, 1.0), (float(v[low]), float(v[low + 1])))
    cage.cap(rings[0], (0.5, 1.0), flip=True)
    cage.cap(rings[-1], (0.5, 0.0))
    return cage.coarse_surface(figure.placed(cage.positions_n3(), cage.weights_nb())).mesh()


def _ellipsoid(centre: Floats, half: Floats, columns: int, rows: int, turn: Floats) -> Mesh:
    """A closed ellipsoid; its texture is projected along its own x axis."""
    lat = np.linspace(-np.pi / 2, np.pi / 2, rows + 1)[1:-1]
    lon = np.arange(columns) * 2 * np.pi / columns
    cage = Cage()
    # The poles lie at the sides, where they are hidden.
    rings = [
        cage.ring(
            np.stack([np.cos(a) * np.cos(lon), np.full(columns, np.sin(a)), -np.cos(a) * np.sin(lon)], axis=1),
            np.ones(1),
        )
        for a in lat
    ]
    for low in range(len(rings) - 1):
        cage.bridge(rings[low], rings[low + 1], (0.0, 1.0), (0.0, 1.0))
    cage.cap(rings[0], (0.5, 0.5), flip=True)
    cage.cap(rings[-1], (0.5, 0.5))
    unit = cage.positions_n3()
    surface = cage.coarse_surface((unit * half) @ turn.T + centre)
    mesh = surface.mesh()
    local = ((mesh.positions_n3 - centre) @ turn) / half
    return mesh.with_uvs(np.stack([0.5 + 0.5 * local[:, 1], 0.5 - 0.5 * local[:, 2]], axis=1))


def eye_mesh(figure: Figure, columns: int) -> Mesh:
    """Return both eyeballs, as much as lids leave open; texture: u to the left, the iris in the middle."""
    eyes = []
    for sign in (1.0, -1.0):
        yaw = np.radians(14.0) * sign
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        eyes.append(
            _ellipsoid(
                np.array([EYE[0] - 0.026, sign * EYE[1], EYE[2]]), np.array([0.045, 0.058, 0.027]), columns, 5, turn
            )
        )
    both = join(eyes)
    placed = Mesh(_to_body(figure, both.positions_n3), both.normals_n3, both.uvs_n2, both.triangles_m3)
    return figure.carried("head", placed)


def ear_mesh(figure: Figure, columns: int) -> Mesh:
    """Return both ears."""
    ears = []
    for sign in (1.0, -1.0):
        yaw, pitch = np.radians(28.0) * sign, np.radians(-12.0)
        spread = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        lean = np.array([[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]])
        turn = lean @ spread
        ear = _ellipsoid(np.zeros(3), np.array([0.082, 0.03, 0.14]), columns, 6, turn)
        # The shell is hollow on its outside, and narrows to the lobe.
        local = ear.positions_n3 @ turn
        hollow = np.exp(-((local[:, 0] / 0.05) ** 2) - ((local[:, 2] - 0.01) / 0.08) ** 2)
        local[:, 1] -= sign * 0.034 * hollow * (sign * local[:, 1] > 0)
        local[:, 0] *= np.interp(local[:, 2], (-0.14, 0.02, 0.14), (0.62, 1.0, 1.05))
        ear = Mesh(local @ turn.T + [-0.045, sign * 0.345, 0.42], ear.normals_n3, ear.uvs_n2, ear.triangles_m3)
        ears.append(ear)
    both = join(ears)
    placed = Mesh(
        _to_body(figure, both.positions_n3),
        both.normals_n3,
        np.tile([0.5, 0.55], (len(both.uvs_n2), 1)),
        both.triangles_m3,
    )
    return figure.carried("head", placed)


def skull_radius(direction_n3: Floats) -> Floats:
    """Distance of the scalp from the middle of the skull (0, 0, 0.6) along unit directions."""
    x, y, z = direction_n3.T
    half = np.where(x > 0, 0.436, 0.478)
    return np.asarray(1.0 / np.sqrt((x / half) ** 2 + (y / 0.372) ** 2 + (z / 0.412) ** 2), np.float64)
