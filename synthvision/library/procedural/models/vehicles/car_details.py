"""What is bolted to a car's body: mirrors, handles, mouldings, wipers, rails, plates, badge, exhaust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.procedural.models.vehicles.car_figure import CarFigure
from synthvision.library.procedural.models.vehicles.car_shape import HALF, NX, NZ, SCREEN, half_width
from synthvision.library.procedural.models.vehicles.coachwork import Skin
from synthvision.library.procedural.models.vehicles.fittings import number_plate
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.quads import box_quads, quad_mesh
from synthvision.library.procedural.shapes.rods import rods, tube_along

__all__ = [
    "both_sides",
    "centre_x",
    "exhausts",
    "handle_meshes",
    "mirror_meshes",
    "moulding",
    "plates",
    "roof_rails",
    "small_trim",
    "wipers",
]


def centre_x(skin: Skin, z: float, front: bool) -> float:
    """Return x of the front or rear face on the centre line at a height."""
    end = NX if front else 0
    line = skin.line([(end, HALF, k) for k in range(NZ + 1)])
    return float(np.interp(z, line[:, 2], line[:, 0]))


def both_sides(mesh: Mesh) -> Mesh:
    """Return a mesh of the left side together with its mirror image."""
    flip = np.array([1.0, -1.0, 1.0])
    other = Mesh(
        mesh.positions_n3 * flip, mesh.normals_n3 * flip, mesh.uvs_n2, mesh.triangles_m3[:, ::-1], mesh.colours_n3
    )
    return join([mesh, other])


def mirror_meshes(figure: CarFigure, tall: float = 1.0) -> dict[str, Mesh]:
    """Return ``shell``, ``foot`` and ``glass`` of both outside mirrors; those of vans are `tall` times as high."""
    x = figure.cowl_x - 0.42
    z = figure.belt_front_z + 0.05 + 0.065 * tall
    y = float(half_width(figure, x, figure.belt_front_z)) + 0.085

    def move(points: Floats) -> Floats:
        px, py, pz = points.T
        # Fuller towards the front and lower at the outer end, as mirrors are.
        return np.stack([px * (1.0 - 1.2 * np.abs(py)) - 0.25 * py, py, pz * (1.0 - 0.9 * py) - 0.1 * px], axis=1)

    shell = deformed(rounded_box((0.10, 0.20, 0.135 * tall), 0.045, 1), move).moved((x, y, z))
    glass = quad_mesh(box_quads((-0.003, -0.075, -0.045 * tall), (0.003, 0.075, 0.045 * tall))).moved(
        (x - 0.0505, y - 0.005, z - 0.002)
    )
    foot = bevelled_boxes(
        np.array([[0.06, 0.14, 0.03]]), np.array([[x + 0.005, y - 0.115, z - 0.062 * tall]]), 0.008,
        turn_about("x", 0.25)[None],
    )  # fmt: skip
    return {"shell": both_sides(shell), "foot": both_sides(foot), "glass": both_sides(glass)}


def handle_meshes(figure: CarFigure, places_x: list[float]) -> Mesh:
    """Return door handles: a bow that stands off the door."""
    z = 0.875 * (figure.belt_front_z + 0.03)
    centres = np.array([[x, float(half_width(figure, x, z)) + 0.012, z] for x in places_x])
    reach = np.array([0.095, 0.0, 0.0])
    return both_sides(rods(centres - reach, centres + reach, 0.0135, 6))


def moulding(figure: CarFigure, skin: Skin, radius_m: float) -> Mesh:
    """Return the strip under the side windows."""
    stations = range(figure.glass_station, SCREEN + 1)
    line = skin.line([(station, 2 * HALF - 1, NZ) for station in stations])[::2]
    return both_sides(tube_along(line + np.array([0.0, 0.002, 0.0]), radius_m, 4))


def roof_rails(figure: CarFigure, skin: Skin) -> Mesh:
    """Return a pair of rails on feet."""
    first = figure.header_station + 1
    line = skin.line([(station, 2 * HALF - 3, NZ) for station in range(first, 10)])[::2]
    lifted = line + np.array([0.0, 0.0, 0.040])
    feet_at = [0, len(line) // 2, len(line) - 1]
    feet = rods(line[feet_at] - [0, 0, 0.01], lifted[feet_at], 0.016, 5)
    ends = np.concatenate([[line[0] + [-0.10, 0, 0.004]], lifted, [line[-1] + [0.10, 0, -0.002]]])
    return both_sides(join([tube_along(ends, 0.015, 5), feet]))


def wipers(skin: Skin) -> Mesh:
    """Return two wipers at rest on the windscreen, arms and blades."""
    foot = skin.line([(SCREEN, j, NZ) for j in range(3, 2 * HALF - 2)])
    above = skin.line([(SCREEN - 1, j, NZ) for j in range(3, 2 * HALF - 2)])
    lift = np.array([0.35, 0.0, 1.0]) * 0.012
    starts, ends, radii = [], [], []
    for blade in ((0.05, 0.48), (0.46, 0.95)):
        row = []
        for share in blade:
            at = share * (len(foot) - 1)
            index = np.arange(len(foot))
            low, high = (np.array([np.interp(at, index, line[:, axis]) for axis in range(3)]) for line in (foot, above))
            row.append(low + (high - low) * (0.13 if share == blade[0] else 0.22) + lift)
        pivot = row[0] + (np.array([0.05, -0.02, -0.02]))
        starts += [row[0], pivot]
        ends += [row[1], row[0] + (row[1] - row[0]) * 0.5 + lift]
        radii += [0.007, 0.008]
    return rods(np.array(starts), np.array(ends), np.array(radii), 4)


def plates(skin: Skin, front_z: float, rear_z: float) -> Mesh:
    """Return both number plates."""
    front, rear = centre_x(skin, front_z, True), centre_x(skin, rear_z, False)
    return join([number_plate((front + 0.014, 0.0, front_z), 1.0), number_plate((rear - 0.014, 0.0, rear_z), -1.0)])


def small_trim(figure: CarFigure, skin: Skin, params: Mapping[str, Any]) -> list[Mesh]:
    """Return aerial and exhaust pipes, where the car has them."""
    out = []
    roof = skin.line([(station, HALF, NZ) for station in range(figure.header_station, 11)])
    if str(params["aerial"]) == "rod":
        at = roof[3]
        out.append(rods(at[None] - [0, 0, 0.01], at[None] + [-0.16, 0.0, 0.20], 0.005, 5))
    elif str(params["aerial"]) == "fin":
        at = roof[3]
        fin = deformed(rounded_box((0.15, 0.05, 0.08), 0.02, 1), lambda p: _swept(p)).moved(at + np.array([0, 0, 0.03]))
        out.append(fin)
    return out


def _swept(points: Floats) -> Floats:
    x, y, z = points.T
    rise = np.clip((z + 0.04) / 0.08, 0.0, 1.0)
    return np.stack([x * (1 - 0.55 * rise) - 0.05 * rise, y * (1 - 0.6 * rise), z], axis=1)


def exhausts(figure: CarFigure, skin: Skin, count: int) -> Mesh:
    """Return one or two pipes under the rear bumper."""
    z = figure.sill_z + 0.075
    x = centre_x(skin, z, False)
    sides = np.array([-0.62, 0.62][:count]) * figure.half
    start = np.stack([np.full(count, x + 0.10), sides, np.full(count, z)], axis=1)
    return rods(start, start + np.array([-0.125, 0.0, -0.004]), 0.032, 8)
