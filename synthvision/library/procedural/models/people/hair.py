"""Hair, hats and hoods: closed shells over the skull, each with its own edge around the face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.models.people.head import column_angles, skull_radius
from synthvision.library.procedural.models.people.skeleton import Figure
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["HAIR_STYLES", "HATS", "ShellCut", "hair_mesh", "hat_mesh", "hood_mesh", "shell"]

HAIR_STYLES = ("crew", "short", "parted", "curly", "bob", "long", "ponytail", "bun", "bald", "receding")
HATS = ("none", "beanie", "cap", "sun_hat")
_CENTRE = np.array([0.0, 0.0, 0.6])


@dataclass(frozen=True, slots=True)
class ShellCut:
    """A shell over the skull, in shares of the height of the head.

    Args:
        thickness: How far it stands off at crown, sides and back.
        front: Height of its edge over the face.
        temple: Height of the edge before the ears.
        nape: Height of the edge at the back; below 0 it hangs on the shoulders.
        face_rad: Half the angle that the edge leaves open for the face.
        flare: How far hanging parts stand away from the neck.
        lump: Height of lumps and strands.
        lumps: How fine they are.
        end: How thick the edge is; 0 runs out thin.
        top: Further thickness at the crown.
    """

    thickness: float = 0.05
    front: float = 0.8
    temple: float = 0.45
    nape: float = 0.12
    face_rad: float = 1.15
    flare: float = 0.0
    lump: float = 0.006
    lumps: float = 5.0
    end: float = 0.02
    top: float = 0.0


_HAIR = {
    "crew": ShellCut(0.026, 0.83, 0.46, 0.16, 1.25, lump=0.006, end=0.006),
    "short": ShellCut(0.055, 0.80, 0.42, 0.1, 1.2, lump=0.014, end=0.008, top=0.02),
    "parted": ShellCut(0.066, 0.79, 0.40, 0.08, 1.2, lump=0.02, end=0.012, top=0.03),
    "curly": ShellCut(0.16, 0.76, 0.36, 0.02, lump=0.035, lumps=9.0, end=0.06, top=0.04),
    "bob": ShellCut(0.075, 0.78, 0.06, -0.02, 1.05, 0.07, lump=0.01, end=0.05),
    "long": ShellCut(0.07, 0.8, -0.42, -0.62, 1.1, 0.05, lump=0.014, end=0.05),
    "ponytail": ShellCut(0.034, 0.83, 0.5, 0.14, 1.25, lump=0.006, end=0.006),
    "bun": ShellCut(0.036, 0.83, 0.5, 0.14, 1.25, lump=0.006, end=0.006),
    "receding": ShellCut(0.042, 0.94, 0.44, 0.12, 1.3, lump=0.004, end=0.012),
}


def shell(cut: ShellCut, columns: int, rows: int, seed: int, shape: Callable[[Floats], Floats] | None = None) -> Mesh:
    """Return a closed shell in the frame of the head; u runs around it from the back, v from crown to edge.

    Args:
        cut: Its measures.
        columns: Points around.
        rows: Points from crown to edge.
        seed: Of the lumps.
        shape: Changes its points before the inside is closed.
    """
    angle = column_angles(columns)
    away = np.abs(angle)
    side = np.clip((away - cut.face_rad + 0.35) / 0.5, 0, 1)
    side = side * side * (3 - 2 * side)
    back = np.clip((away - 1.75) / 0.9, 0, 1)
    edge = cut.front + (cut.temple - cut.front) * side + (cut.nape - cut.temple) * back * back * (3 - 2 * back)
    c, s = np.cos(angle), np.sin(angle)
    rng = rng_for(seed, 0, "people.hair")
    phases = rng.uniform(0, 2 * np.pi, 6)
    ragged = rng.uniform(-1, 1, columns)
    edge = edge + cut.lump * (0.9 * ragged + 1.2 * np.sin(2 * angle + phases[4]) + np.sin(5 * angle + phases[5]))
    share = np.linspace(0.06, 1.0, rows)
    points = np.empty((rows, columns, 3))
    for row, t in enumerate(share):
        # Down to the widest place the shell is a dome, below it hangs.
        low = np.minimum(edge - _CENTRE[2], 0.3)
        reach = np.where(low < 0, np.pi / 2 - low / 0.4, np.arccos(np.clip(low / 0.405, -1, 1)))
        polar = t * reach
        dome = np.minimum(polar, np.pi / 2)
        direction = np.stack([np.sin(dome) * c, np.sin(dome) * s, np.cos(dome)], axis=1)
        lumps = np.sin(cut.lumps * angle + phases[0] + 2 * t) * np.sin(cut.lumps * 1.3 * polar + phases[1])
        lumps += 0.7 * np.sin(2.3 * cut.lumps * angle + phases[2]) * np.sin(2.1 * cut.lumps * polar + phases[3])
        thick = cut.thickness * (0.75 + 0.25 * np.sin(dome)) + cut.top * np.cos(dome) ** 2 + cut.lump * lumps
        # Over the brow the edge runs out.
        thick = cut.end + (thick - cut.end) * np.clip((1.0 - t) / 0.3, 0.0, 1.0) ** 0.55
        place = _CENTRE + direction * (skull_radius(direction) + thick)[:, None]
        drop = np.maximum(polar - np.pi / 2, 0.0) * 0.4
        hang = drop / 0.4
        narrow = (0.075 - cut.flare) * np.clip(hang, 0, 1.3) * np.clip((away - 1.2) / 0.8, 0.3, 1)
        place[:, 0] -= narrow * c
        place[:, 1] -= 0.8 * narrow * s
        place[:, 2] -= drop
        points[row] = place
    if shape is not None:
        points = shape(points.reshape(-1, 3)).reshape(points.shape)
    cage = Cage()
    rings = [cage.ring(row, np.ones(1)) for row in points]
    tucks = []
    for pull in (0.2, 0.62):
        inside = points[-1] * (1 - pull) + np.array([-0.02, 0.0, 0.0]) * pull
        inside[:, 2] = points[-1][:, 2] + np.minimum(0.10, 0.3 * pull)
        tucks.append(cage.ring(inside, np.ones(1)))
    everything = [*rings, *tucks]
    v = [*np.linspace(0.0, 0.97, len(rings)), 0.985, 1.0]
    for high in range(len(everything) - 1):
        cage.bridge(everything[high], everything[high + 1], (0.0, 1.0), (float(v[high]), float(v[high + 1])), flip=True)
    cage.cap(everything[0], (0.5, 0.0))
    cage.cap(everything[-1], (0.5, 1.0), flip=True)
    return cage.coarse_surface(cage.positions_n3()).mesh()


def on_head(figure: Figure, mesh: Mesh) -> Mesh:
    """Return a mesh of the frame of the head where the head of the figure is."""
    m = figure.measures
    placed = Mesh(
        mesh.positions_n3 * m.head + [0.004 * m.frame, 0.0, m.height - m.head],
        mesh.normals_n3,
        mesh.uvs_n2,
        mesh.triangles_m3,
    )
    return figure.carried("head", placed)


def hair_mesh(figure: Figure, style: str, seed: int, columns: int, under_hat: bool) -> Mesh | None:
    """Return hair of one of `HAIR_STYLES`; None for a bald head."""
    if style == "bald":
        return None
    cut = _HAIR[style]
    if under_hat:
        cut = ShellCut(0.022, 0.86, cut.temple, cut.nape, cut.face_rad, cut.flare, 0.003, cut.lumps, 0.02)
    rows = (9 if cut.nape > -0.1 else 12) - (3 if under_hat else 0)
    pieces = [shell(cut, columns, rows, seed)]
    if style == "ponytail":
        path = np.array(
            [(-0.42, 0, 0.66), (-0.56, 0, 0.68), (-0.62, 0, 0.52), (-0.6, 0, 0.2), (-0.55, 0, -0.1), (-0.53, 0, -0.24)]
        )
        radii = np.array([(0.05, 0.05), (0.07, 0.075), (0.085, 0.1), (0.08, 0.1), (0.055, 0.075), (0.015, 0.03)])
        pieces.append(sweep_tube(path, radii, 8, binormal_xyz=(0.0, 1.0, 0.0)))
    elif style == "bun":
        turn = np.linspace(0.02, np.pi - 0.02, 8)
        path = np.stack([-0.5 - 0.13 * np.cos(turn[::-1]), np.zeros(8), 0.72 + 0 * turn], axis=1)
        radii = np.repeat((0.13 * np.sin(turn))[:, None] + 0.004, 2, axis=1)
        pieces.append(sweep_tube(path, radii, 10, binormal_xyz=(0.0, 1.0, 0.0)))
    return on_head(figure, join(pieces))


def _peak(reach: float, drop: float) -> Mesh:
    """The peak of a cap: a closed bent sheet over the brow."""
    across = np.linspace(-1, 1, 9)
    out = np.linspace(0, 1, 4)
    top = np.empty((4, 9, 3))
    for row, t in enumerate(out):
        wide = 0.335 * (1 - 0.22 * t * t)
        y = across * wide
        front = 0.405 * np.sqrt(np.clip(1 - (across * 0.80) ** 2, 0, 1))
        x = front + reach * t * np.sqrt(np.clip(1 - across**2 * 0.82, 0.0, 1))
        z = 0.735 - drop * t - 0.05 * across**2
        top[row] = np.stack([x, y, z], axis=1)
    low = top - [0.0, 0.0, 0.022]
    rings = [np.concatenate([a, b[::-1]]) for a, b in zip(top, low, strict=True)]
    cage = Cage()
    numbers = [cage.ring(ring, np.ones(1)) for ring in rings]
    for row in range(3):
        cage.bridge(numbers[row], numbers[row + 1], (0.3, 0.7), (0.8, 1.0), flip=True)
    cage.cap(numbers[0], (0.5, 0.8))
    cage.cap(numbers[-1], (0.5, 1.0), flip=True)
    return cage.coarse_surface(cage.positions_n3()).mesh()


def hat_mesh(figure: Figure, kind: str, seed: int, columns: int) -> Mesh:
    """Return a beanie, cap or sun hat."""
    if kind == "beanie":
        crown = shell(ShellCut(0.085, 0.70, 0.58, 0.46, lump=0.006, end=0.085, top=0.05), columns, 9, seed, _cuffed)
        return on_head(figure, crown)
    if kind == "cap":
        dome = shell(ShellCut(0.062, 0.74, 0.68, 0.60, lump=0.002, end=0.06, top=0.015), columns, 8, seed)
        return on_head(figure, join([dome, _peak(0.3, 0.09)]))
    dome = shell(ShellCut(0.075, 0.72, 0.70, 0.66, lump=0.003, end=0.07, top=0.06), columns, 7, seed)
    return on_head(figure, join([dome, _brim(columns)]))


def _cuffed(points: Floats) -> Floats:
    """Turn the lower rows of a shell up to a thicker edge."""
    rows = points.reshape(9, -1, 3)
    out = rows - _CENTRE
    factor = np.ones(9)
    factor[6:] = 1.075
    return np.asarray((_CENTRE + out * factor[:, None, None]).reshape(-1, 3), np.float64)


def _brim(columns: int) -> Mesh:
    angle = column_angles(columns)
    c, s = np.cos(angle), np.sin(angle)
    cage = Cage()
    rings = []
    for reach, z in (
        (0.36, 0.70),
        (0.50, 0.675),
        (0.72, 0.63),
        (0.73, 0.62),
        (0.71, 0.612),
        (0.50, 0.655),
        (0.36, 0.68),
    ):
        wave = 0.02 * np.cos(2 * angle) * (reach - 0.36) / 0.36
        rings.append(cage.ring(np.stack([reach * 1.08 * c - 0.02, reach * s, z + wave], axis=1), np.ones(1)))
    for row in range(len(rings)):
        cage.bridge(rings[row], rings[(row + 1) % len(rings)], (0.0, 1.0), (0.8, 0.9), flip=True)
    return cage.coarse_surface(cage.positions_n3()).mesh()


def hood_mesh(figure: Figure, up: bool, columns: int) -> Mesh:
    """Return a hood over the head, or lying on the shoulders behind the neck."""
    if up:
        return on_head(
            figure, shell(ShellCut(0.13, 0.88, -0.1, -0.34, 0.95, 0.10, 0.012, 4.0, 0.11, 0.03), columns, 11, 3)
        )
    m = figure.measures
    turn = np.linspace(-2.3, 2.3, 11) + np.pi
    radius = 0.36 * m.head
    path = np.stack(
        [radius * 1.15 * np.cos(turn), radius * 1.25 * np.sin(turn), 0.05 * np.cos(turn - np.pi) - 0.05], axis=1
    )
    path[:, 2] *= m.head * 1.6
    path += figure.rest["neck"] + [0.006, 0.0, -0.1 * m.head]
    share = np.sin(np.linspace(0.12, np.pi - 0.12, 11))
    radii = np.stack([0.05 + 0.12 * share, 0.06 + 0.19 * share], axis=1) * m.head * 0.9
    tube = sweep_tube(path, radii, 8, binormal_xyz=(0.0, 0.0, 1.0))
    return figure.carried("chest", tube.placed_uvs((1.0, 1.5)))
