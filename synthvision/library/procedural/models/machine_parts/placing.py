"""What several kinds of parts share: choosing a finish by name, centring a finished part, standing things up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Material
from synthvision.library.procedural.models.machine_parts.finishes import (
    ALUMINIUM,
    BLACK_OXIDE,
    BRASS,
    STAINLESS,
    STEEL,
    YELLOW_ZINC,
    ZINC,
    Finish,
    lathed,
    metal,
)
from synthvision.library.procedural.shapes.drilled_plates import Rim, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.threads import screw_thread

__all__ = [
    "METALS",
    "Points",
    "around_z",
    "centred",
    "laid_along_x",
    "named_metal",
    "parted",
    "rib",
    "socket_end",
    "turned_pose",
    "upright_from_y",
]

Points = Mapping[str, tuple[float, float, float]]

#: Colour, roughness and depth of marks of metals by the names that parameters use.
METALS = {
    "aluminium": (ALUMINIUM, 0.36),
    "steel": (STEEL, 0.38),
    "stainless": (STAINLESS, 0.3),
    "zinc": (ZINC, 0.34),
    "yellow_zinc": (YELLOW_ZINC, 0.34),
    "black_oxide": (BLACK_OXIDE, 0.48),
    "black_anodised": ((0.03, 0.03, 0.033), 0.45),
    "brass": (BRASS, 0.3),
}


def named_metal(
    slot: str, kind: str, finish: Finish, seed: int, *, rougher: float = 0.0, marks: float = 1.0
) -> Material:
    """Return one of `METALS` as a material of slot `slot`."""
    colour, roughness = METALS[kind]
    return metal(slot, colour, finish, roughness=min(roughness + rougher, 0.9), seed=seed, marks=marks)


def centred(
    pieces: Sequence[tuple[Mesh, Material]], points: Points
) -> tuple[list[tuple[Mesh, Material]], dict[str, tuple[float, float, float]]]:
    """Return pieces and keypoints moved so that the middle of their bounds is over the origin."""
    places = np.concatenate([mesh.positions_n3 for mesh, _ in pieces])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    shift = (-float(middle[0]), -float(middle[1]), 0.0)
    moved = {name: (x + shift[0], y + shift[1], z) for name, (x, y, z) in points.items()}
    return [(mesh.moved(shift), material) for mesh, material in pieces], moved


def laid_along_x() -> Floats:
    """Return the rotation that turns +z to +x: what was turned about z lies down."""
    return turn_about("y", np.pi / 2)


def upright_from_y() -> Floats:
    """Return the rotation that turns +y to +z and +x stays: what was drawn flat stands."""
    return turn_about("x", np.pi / 2)


def rib(corners_xz: Sequence[tuple[float, float]], thickness_m: float, bevel_m: float, round_m: float = 0.0) -> Mesh:
    """Return an upright web in the plane y = 0, its outline given as x and z, counter-clockwise seen from -y."""
    half = thickness_m / 2
    web, _ = drilled_plate(Rim(outline(corners_xz, round_m), edge(-half, half, bevel_m)))
    return web.turned(upright_from_y())


def around_z(mesh: Mesh, count: int, start_rad: float = 0.0) -> Mesh:
    """Return `count` copies of a mesh at equal angles about the z axis."""
    return join([mesh.turned(turn_about("z", start_rad + k * 2 * np.pi / count)) for k in range(count)])


def turned_pose(
    pieces: Sequence[tuple[Mesh, Material]], points: Points, rotation_33: Floats
) -> tuple[list[tuple[Mesh, Material]], dict[str, tuple[float, float, float]]]:
    """Return pieces and keypoints turned about the origin, then centred."""
    marks = {name: rotation_33 @ np.array(place) for name, place in points.items()}
    return centred(
        [(mesh.turned(rotation_33), material) for mesh, material in pieces],
        {name: (float(p[0]), float(p[1]), float(p[2])) for name, p in marks.items()},
    )


def parted(mesh: Mesh, chosen_m: NDArray[np.bool_]) -> tuple[Mesh, Mesh]:
    """Return the chosen triangles of a mesh, and the others, each with the points that it uses."""
    pieces = []
    for keep in (chosen_m, ~chosen_m):
        used, corners = np.unique(mesh.triangles_m3[keep], return_inverse=True)
        colours = None if mesh.colours_n3 is None else mesh.colours_n3[used]
        triangles = corners.reshape(-1, 3).astype(np.int64)
        pieces.append(Mesh(mesh.positions_n3[used], mesh.normals_n3[used], mesh.uvs_n2[used], triangles, colours))
    return pieces[0], pieces[1]


def socket_end(
    outside: Profile, bore_m: float, depth_m: float, segments: int, pitch_m: float | None = None
) -> tuple[Mesh, Mesh]:
    """Return the outside of an end of a pipe along +z, and the hole in its end face, threaded where a pitch is given.

    Args:
        outside: From the axis over the outside to the rim of the end face; its last point is the mouth of the hole.
        bore_m: Radius of the hole.
        depth_m: Of the hole.
        segments: Around.
        pitch_m: Of its thread; None leaves it plain.
    """
    mouth, high = (float(v) for v in outside.points_k2[-1])
    lead = min(mouth - bore_m, 0.2 * depth_m)
    cone = filleted([(mouth, high), (bore_m, high - lead)], 0.0)
    floor = filleted([(bore_m, high - depth_m), (0.0, high - depth_m)], 0.0)
    if pitch_m is None:
        wall = filleted([(bore_m, high - lead), (bore_m, high - depth_m)], 0.0)
        inside = [lathed(chain(cone, wall), segments)]
    else:
        inside = [
            lathed(cone, segments),
            screw_thread(bore_m, pitch_m, high - depth_m, high - lead, segments, inside=True),
        ]
    # Little light reaches the inside of a pipe.
    dark = [mesh.tinted((0.55, 0.55, 0.55)) for mesh in inside]
    return lathed(outside, segments), join([*dark, lathed(floor, segments).tinted((0.12, 0.12, 0.12))])
