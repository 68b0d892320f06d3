"""A traffic light: three lamps under visors in a housing with a backplate, on a post or on an arm over the road."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    foot_plate,
    galvanised,
    lathe,
    moulded_plastic,
    over_height,
    painted_steel,
)
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import bent_path, tube_along

__all__ = ["TRAFFIC_LIGHT"]

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.8, 0.02, 0.012),
    "amber": (0.9, 0.36, 0.01),
    "green": (0.01, 0.72, 0.3),
}
LUMINANCE_CD_M2 = 2500.0
"""Of a lit signal; EN 12368 asks for 200 to 400 cd from a lens of 200 or 300 mm."""
CUTS = 21
SECTION_M = 1.22
"""Height of a section of the housing as a multiple of the diameter of its lens."""


def _build(params: Mapping[str, Any]) -> Model:
    lens = 0.2 if str(params["lens"]) == "200" else 0.3
    height = float(params["height_m"])
    mast = str(params["mount"]) == "arm"
    reach = float(params["arm_m"]) if mast else 0.0
    lowest = 2.6 + 0.5 * (height - 2.2) if mast else height
    section = SECTION_M * lens
    middle = lowest + 1.5 * section
    radius = 0.055 if not mast else 0.075
    x = reach + radius + 0.34 * lens + 0.05
    # The lamps, on an arm all the more, reach to the front: the origin lies nearer the middle of the whole.
    shift = -0.3 * (x + 1.2 * lens - 0.13)
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    housing, visors, lamps = _head(params, lens)
    place = np.array([x + shift, 0.0, middle])
    post = _post(params, radius, lowest + 3 * section, reach, middle)
    brackets = _brackets(radius, x - 0.34 * lens, middle, section, reach)
    total = middle + 1.7 * section
    pieces: list[tuple[Mesh, Material]] = [
        (over_height(join([*post, brackets]).moved((shift, 0.0, 0.0)), total, 0.9), _post_finish(params)),
        (
            over_height(housing.moved(place), total, 0.5),
            moulded_plastic("housing", (rgb(params["colour"]), seed, 0.5 * dirt, 0.1), roughness=0.5),
        ),
        (visors.moved(place), _visor_finish(rgb(params["colour"]))),
        (over_height(foot_plate(4.6 * radius).moved((shift, 0.0, 0.0)), 1.0), galvanised("base", seed)),
    ]
    for name, mesh in lamps.items():
        pieces.append((mesh.moved(place), _lamp(name, str(params["state"]))))
    if str(params["button"]) == "yes":
        box = rounded_box((0.09, 0.11, 0.2), 0.02, 2).moved((radius + 0.04 + shift, 0.0, 1.05))
        knob = lathe([(0, 0), (0.03, 0), (0.026, 0.015), (0, 0.02)], 0.004, 14).turned(turn_about("y", np.pi / 2))
        knob = knob.moved((radius + 0.084 + shift, 0.0, 1.0))
        pieces.append(
            (over_height(join([box, knob]), 2.0), painted_steel("button", ((0.75, 0.45, 0.02), seed, dirt, 0.4)))
        )
    if str(params["backplate"]) == "yes":
        plate = extrude(rounded_rectangle(2.2 * lens, 3 * section + 0.9 * lens, 0.05, 3), -0.004, 0.004, bevel_m=0.001)
        plate = plate.turned(np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])).moved(
            np.subtract(place, (0.12 * lens, 0.0, 0.0))
        )
        pieces.append((over_height(plate, total), painted_steel("backplate", ((0.02, 0.02, 0.021), seed, dirt, 0.2))))
    foot = (shift, 0.0, 0.0)
    lamp_at = {name: (x + shift + 0.2 * lens, 0.0, middle + k * section) for name, k in _ROWS.items()}
    return assembled(
        "traffic_light",
        params,
        pieces,
        attributes={"state": str(params["state"]), "mount": str(params["mount"])},
        keypoints={"base": foot, "top": (x + shift, 0.0, total - 0.2 * section), **lamp_at},
    )


_ROWS = {"red": 1, "amber": 0, "green": -1}


def _head(params: Mapping[str, Any], lens: float) -> tuple[Mesh, Mesh, dict[str, Mesh]]:
    """Housing, visors and lenses about the middle of the amber one."""
    section = SECTION_M * lens
    deep = 0.55 * lens
    bodies, visors, lamps = [], [], {}
    forward = turn_about("y", np.pi / 2)
    ring = [(0.5, 0.0), (0.56, 0.0), (0.56, 0.16), (0.5, 0.18), (0.5, 0.0)]
    rim = lathe([(r * lens, z * lens) for r, z in ring], 0.0, 20)
    dome = lathe([(0.0, -0.01), (0.5 * lens, -0.01), (0.49 * lens, 0.012), (0.3 * lens, 0.03), (0.0, 0.036)], 0.05, 20)
    dome = dome.with_uvs(dome.positions_n3[:, :2] / lens + 0.5)
    visor = _visor(0.55 * lens, lens * float(params["visor_ratio"]), str(params["visor"]))
    for name, row in _ROWS.items():
        z = row * section
        bodies.append(rounded_box((deep, 1.28 * lens, 0.985 * section), 0.09 * lens, 2).moved((0.0, 0.0, z)))
        at = (deep / 2 - 0.002, 0.0, z)
        bodies.append(rim.turned(forward).moved(at))
        lamps[name] = dome.turned(forward).moved((deep / 2 + 0.008, 0.0, z))
        visors.append(visor.moved((deep / 2 + 0.03, 0.0, z)))
        hinge = rounded_box((0.03, 0.02, 0.05), 0.006, 1)
        bodies.append(join([hinge.moved((deep / 2 - 0.03, 0.65 * lens, z + s * 0.3 * section)) for s in (-1, 1)]))
    cap = rounded_box((0.8 * deep, 1.1 * lens, 0.05), 0.02, 2)
    bodies += [cap.moved((0.0, 0.0, s * (1.5 * section + 0.005))) for s in (-1, 1)]
    return join(bodies), join(visors), lamps


def _visor(radius: float, length: float, style: str) -> Mesh:
    """A sheet of a tube over a lens, cut so that its lower edge is short or missing; the axis is x."""
    half = {"open": 0.72 * np.pi, "tunnel": np.pi}[style]
    angle = np.linspace(np.pi / 2 + half, np.pi / 2 - half, CUTS)
    height = np.sin(angle)
    reach = length * (0.62 + 0.38 * height if style == "open" else 0.78 + 0.22 * height)
    ring = np.stack([np.cos(angle), height], axis=1)
    rows = []
    for share in (0.0, 0.35, 1.0):
        droop = -0.05 * length * share**2
        flare = radius * (1.0 + 0.02 * share)
        rows.append(np.stack([share * reach, flare * ring[:, 0], flare * ring[:, 1] + droop], axis=1))
    positions = np.concatenate(rows)
    normals = np.tile(np.stack([np.zeros(CUTS), ring[:, 0], ring[:, 1]], axis=1), (3, 1))
    u = np.tile(np.linspace(0, 1, CUTS), 3)
    v = np.repeat([0.9, 0.5, 0.1], CUTS)
    triangles = grid_triangles(3, CUTS)
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    if float(np.einsum("ij,ij->", np.cross(b - a, c - a), normals[triangles[:, 0]])) < 0:
        triangles = triangles[:, ::-1]
    return Mesh(positions, normals, np.stack([u, v], axis=1), triangles)


def _post(params: Mapping[str, Any], radius: float, top: float, reach: float, middle: float) -> list[Mesh]:
    if str(params["mount"]) == "post":
        high = top + 0.12
        outline = [(0.0, 0.01), (radius, 0.01), (radius, high), (0.6 * radius, high + 0.03), (0.0, high + 0.04)]
        door = rounded_box((0.02, 1.0 * radius, 0.28), 0.006, 2).moved((-radius, 0.0, 0.6))
        return [lathe(outline, [0, 0.003, 0.015, 0.01, 0], 22), door]
    high = middle + 0.55
    outline = [(0.0, 0.01), (1.25 * radius, 0.01), (0.8 * radius, high), (0.0, high + 0.05)]
    path: Floats = np.array([(0.0, 0.0, middle + 0.3), (0.5 * reach, 0.0, middle + 0.22), (reach + 0.1, 0.0, middle)])
    path = bent_path(path, 0.45 * reach, 6)
    arm = tube_along(path, 0.75 * radius, 14, scale_k=np.linspace(1.0, 0.7, len(path)))
    return [lathe(outline, [0, 0.003, 0.01, 0], 22), arm]


def _brackets(radius: float, back: float, middle: float, section: float, reach: float) -> Mesh:
    """Two arms from the post, or one clamp on the end of a mast arm, to the back of the housing."""
    start = reach - 0.02
    length = back - start + 0.06
    heights = (-1.2, 1.2) if reach == 0.0 else (0.0,)
    sizes = np.tile([length, 0.05, 0.06], (len(heights), 1))
    centres = np.array([(start + length / 2, 0.0, middle + k * section) for k in heights])
    bars = bevelled_boxes(sizes, centres, 0.008)
    if reach > 0.0:
        return bars
    bands = [
        lathe([(0, -0.035), (radius + 0.008, -0.035), (radius + 0.008, 0.035), (0, 0.035)], 0.003, 20).moved(
            (0.0, 0.0, middle + k * section)
        )
        for k in heights
    ]
    return join([bars, *bands])


def _post_finish(params: Mapping[str, Any]) -> Material:
    seed = int(params["wear_seed"])
    if str(params["finish"]) == "zinc":
        return galvanised("post", seed)
    return painted_steel("post", (rgb(params["post_colour"]), seed, float(params["dirt"]), 0.4))


def _visor_finish(colour: tuple[float, float, float]) -> Material:
    """Matt black, whatever the housing is, or the housing's own colour where that is dark."""
    dark = max(colour) < 0.1
    tone = colour if dark else (0.02, 0.02, 0.021)
    return Material(name="visor", base_colour=(*tone, 1.0), roughness=0.7, double_sided=True)


def _lamp(name: str, state: str) -> Material:
    red, green, blue = COLOURS[name]
    lit = state == name
    tone = 1.0 if lit else 0.3
    glow = LUMINANCE_CD_M2 if lit else 0.0
    return Material(
        name=name,
        base_colour=(red * tone, green * tone, blue * tone, 1.0),
        base_colour_map=_lens_map(),
        roughness=0.12,
        clearcoat=0.6,
        clearcoat_roughness=0.05,
        emissive=(red * glow, green * glow, blue * glow),
        emissive_map=_lens_map() if lit else None,
    )


@lru_cache(maxsize=1)
def _lens_map() -> Texture:
    """The prisms on the inside of a lens, as its brightness."""
    y, x = np.mgrid[0:128, 0:128].astype(np.float32) / 128
    prism = 0.5 + 0.5 * np.cos(2 * np.pi * 12 * x) * np.cos(2 * np.pi * 12 * y)
    radius = np.hypot(x - 0.5, y - 0.5) * 2
    shade = (0.72 + 0.28 * prism) * np.clip(1.08 - 0.3 * radius**3, 0, 1)
    return make_texture(encode_srgb(np.repeat(shade[:, :, None], 3, axis=2)), is_srgb=True)


TRAFFIC_LIGHT = ProceduralAsset(
    name="traffic_light",
    kind="model",
    category="traffic_light",
    tags=("street", "traffic", "signal", "light", "road", "outdoor"),
    size_m=3.6,
    description="A traffic light with three lamps under visors on a post or an arm; red, amber, green or off.",
    parameters={
        "state": Choice(("red", "amber", "green", "off"), "red", (0.4, 0.15, 0.35, 0.1)),
        "mount": Choice(("post", "arm"), "post", (0.75, 0.25)),
        "height_m": Number(2.1, 3.0, 2.3, "m"),
        "arm_m": Number(1.6, 2.6, 2.0, "m"),
        "lens": Choice(("200", "300"), "200", (0.65, 0.35)),
        "visor": Choice(("open", "tunnel"), "open", (0.65, 0.35)),
        "visor_ratio": Number(0.75, 1.2, 0.95),
        "backplate": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "button": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "colour": Colour(
            ((0.018, 0.018, 0.019), (0.018, 0.018, 0.019), (0.02, 0.045, 0.03), (0.72, 0.4, 0.02), (0.06, 0.065, 0.07)),
            0.1,
        ),
        "finish": Choice(("zinc", "paint"), "zinc"),
        "post_colour": Colour(((0.06, 0.065, 0.07), (0.02, 0.045, 0.03), (0.03, 0.03, 0.032)), 0.1),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("post", "housing", "visor", "base", "red", "amber", "green", "button", "backplate"),
    keypoints=("base", "top", "red", "amber", "green"),
)
