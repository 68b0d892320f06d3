"""Mugs: thrown and moulded shapes, handles, glazes, prints, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, lighter, opaque, rgb
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, smoothstep
from synthvision.library.procedural.prints.motifs import MOTIFS, motif_mask
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted, smooth, through
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.sweeps import sweep_tube
from synthvision.library.procedural.wear import roughness_map

__all__ = ["MUG"]

SEGMENTS = 44
LinearColour = tuple[float, float, float]


def _build(params: Mapping[str, Any]) -> Model:
    height = float(params["height_m"])
    radius = 0.5 * height * float(params["width_ratio"])
    wall = float(params["wall_m"])
    outer = _outer(params, height, radius)
    inner = _inner(outer, params, height, wall)
    outside = revolve(outer, SEGMENTS)
    outside = outside.with_uvs(np.stack([outside.uvs_n2[:, 0], 1.0 - outside.positions_n3[:, 2] / height], axis=1))
    inside = revolve(inner, SEGMENTS)
    glaze = rgb(params["colour"])
    inner_colour = glaze if str(params["inside"]) == "as_outside" else rgb(params["inside_colour"])
    rough = float(params["roughness"])
    rough_map = roughness_map(int(params["wear_seed"]), 0.4)
    enamel = str(params["shape"]) == "enamel"
    body = Material(
        name="body",
        base_colour_map=_outside_texture(
            glaze,
            rgb(params["print_colour"]),
            int(params["motif"]),
            str(params["glaze"]),
            round(float(params["dip_level"]), 1),
            int(params["wear_seed"]),
        ),
        roughness=rough,
        metallic_roughness_map=rough_map,
        ior=1.5,
    )
    lining = Material(
        name="inside", base_colour=opaque(inner_colour), roughness=rough, metallic_roughness_map=rough_map
    )
    handle_material = Material(
        name="handle",
        base_colour=opaque(glaze if str(params["handle_colour"]) == "as_outside" else inner_colour),
        roughness=rough,
        metallic_roughness_map=rough_map,
    )
    pieces: list[tuple[Mesh, Material]] = [
        (outside, body),
        (inside, lining),
        (_handle(outer, params, height, wall), handle_material),
    ]
    if enamel:
        rim = float(outer.points_k2[-1, 0]) - 0.5 * wall
        ring = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        path = np.stack([rim * np.cos(ring), rim * np.sin(ring), np.full(40, height - 0.0004)], axis=1)
        bead = sweep_tube(path, np.tile([wall * 0.9, 0.0014], (40, 1)), 8, binormal_xyz=(0, 0, 1), closed=True)
        pieces.append(
            (bead, Material(name="rim", base_colour=opaque(lighter(rgb(params["print_colour"]), 0.4)), roughness=rough))
        )
    content = str(params["content"])
    if content != "empty":
        pieces.append((_drink(inner, height * float(params["fill_level"])), _drink_material(content)))
    return assembled(
        "mug",
        params,
        pieces,
        attributes={"content": content},
        keypoints={
            "rim_centre": (0.0, 0.0, height),
            "base": (0.0, 0.0, 0.0),
            "handle": (radius + float(params["handle_reach_m"]), 0.0, height * 0.5),
        },
    )


def _outer(params: Mapping[str, Any], height: float, radius: float) -> Profile:
    """From the middle of the hollow foot over the wall to the top of the rim."""
    shape, curve = str(params["shape"]), float(params["curve"])
    foot = (
        radius
        * {
            "cylinder": 0.97,
            "tapered": 0.68 + 0.12 * curve,
            "barrel": 0.72,
            "tulip": 0.6,
            "waisted": 0.92,
            "enamel": 0.98,
        }[shape]
    )
    foot_ring = [(0.0, 0.003), (foot - 0.009, 0.003), (foot - 0.007, 0.0), (foot - 0.0035, 0.0)]
    radii = [0.0, 0.001, 0.001, 0.0015]
    if shape in ("cylinder", "tapered", "enamel"):
        heel = 0.0025 + 0.012 * curve if shape != "enamel" else 0.004
        wall = filleted(
            [*foot_ring, (foot, 0.004), (foot + 0.001, 0.006), (radius, height)], [*radii, 0.0015, heel, 0.0]
        )
        return wall.refined(0.012)
    share = {
        "barrel": [(0.72, 0.0), (0.93, 0.2), (1.0, 0.48), (0.97, 0.75), (0.86 + 0.06 * curve, 1.0)],
        "tulip": [(0.6, 0.0), (0.83, 0.12), (0.93, 0.35), (0.9 - 0.05 * curve, 0.65), (1.0, 1.0)],
        "waisted": [(0.92, 0.0), (0.94, 0.1), (0.85 - 0.06 * curve, 0.45), (0.88, 0.75), (1.0, 1.0)],
    }[shape]
    low = 0.004
    curve_points = [(radius * r, low + (height - low) * z) for r, z in share]
    bottom = filleted([*foot_ring, (curve_points[0][0] - 0.0008, 0.0022), curve_points[0]], [*radii, 0.001, 0.0])
    return chain(bottom, smooth(curve_points, 18))


def _inner(outer: Profile, params: Mapping[str, Any], height: float, wall: float) -> Profile:
    """Over the rim and down the inside to the middle of the floor, an offset of the outside."""
    points, normals = outer.points_k2, outer.normals_k2
    floor = 0.0055 + float(params["wall_m"])
    keep = points[:, 1] > floor + 0.35 * float(points[-1, 0])
    side = points[keep] - wall * normals[keep]
    side = side[:: max(len(side) // 10, 1)][::-1]
    rim_outer = points[-1]
    side = side[side[:, 1] < height - 0.006]
    low_r = float(np.interp(floor + 0.006, points[keep][:, 1], points[keep][:, 0])) - wall
    first, last = (float(side[0, 0]), float(side[0, 1])), (float(side[-1, 0]), float(side[-1, 1]))
    rim = [
        (float(rim_outer[0]), float(rim_outer[1])),
        (float(rim_outer[0]) - 0.1 * wall, height + 0.35 * wall),
        (float(rim_outer[0]) - wall, height + 0.2 * wall),
        first,
    ]
    bottom = [last, (min(low_r, last[0]) * 0.985, floor), (0.0, floor)]
    return chain(
        filleted(rim, [0.0, 0.4 * wall, 0.4 * wall, 0.0], step_rad=0.35),
        through(side),
        filleted(bottom, [0.0, 0.3 * float(points[-1, 0]), 0.0], step_rad=0.35),
    )


def _handle(outer: Profile, params: Mapping[str, Any], height: float, wall: float) -> Mesh:
    """A curved bar that grows out of the wall on the +x side."""
    style = str(params["handle"])
    reach, thick = float(params["handle_reach_m"]), float(params["handle_thickness_m"])
    top, low = height * float(params["handle_top"]), height * float(params["handle_low"])
    skin_top, skin_low = (float(np.interp(z, *_rising(outer))) for z in (top, low))
    into = 0.55 * wall
    r = max(skin_top, skin_low)
    middle = (top + low) / 2
    shapes = {
        "round": [
            (skin_top - into, top),
            (skin_top + 0.5 * reach, top + 0.01 * height),
            (r + reach, middle + 0.12 * (top - low)),
            (r + 0.86 * reach, middle - 0.2 * (top - low)),
            (skin_low + 0.35 * reach, low + 0.01 * height),
            (skin_low - into, low),
        ],
        "ear": [
            (skin_top - into, top - 0.01),
            (skin_top + 0.55 * reach, top + 0.03 * height),
            (r + reach, top - 0.12 * height),
            (r + 0.75 * reach, middle - 0.08 * (top - low)),
            (skin_low + 0.2 * reach, low + 0.05 * height),
            (skin_low - into, low),
        ],
        "square": [
            (skin_top - into, top),
            (skin_top + 0.75 * reach, top),
            (r + 0.98 * reach, top - 0.13 * (top - low)),
            (r + reach, middle),
            (r + 0.98 * reach, low + 0.13 * (top - low)),
            (skin_low + 0.75 * reach, low),
            (skin_low - into, low),
        ],
    }
    path = smooth(shapes[style], 26).points_k2
    path3 = np.stack([path[:, 0], np.zeros(len(path)), path[:, 1]], axis=1)
    along = np.linspace(0, 1, len(path))
    # The bar swells where it joins the wall, as clay does.
    swell = 1.0 + 0.55 * np.exp(-((along / 0.09) ** 2)) + 0.55 * np.exp(-(((1 - along) / 0.09) ** 2))
    wide = float(params["handle_width_ratio"])
    radii: Floats = np.stack([0.5 * thick * swell, 0.5 * thick * wide * swell], axis=1)
    return sweep_tube(path3, radii, 12, binormal_xyz=(0.0, 1.0, 0.0), exponent=2.0 + 1.5 * float(params["handle_edge"]))


def _rising(profile: Profile) -> tuple[Floats, Floats]:
    """Heights and radii of the wall for interpolation."""
    points = profile.points_k2[int(np.argmax(profile.points_k2[:, 1] > 0.006)) :]
    return points[:, 1], points[:, 0]


def _drink(inner: Profile, level: float) -> Mesh:
    """The surface of a liquid inside, a thin disc that reaches into the wall."""
    points = inner.points_k2[::-1]
    radius = float(np.interp(level, points[:, 1], points[:, 0])) + 0.0006
    meniscus = filleted(
        [
            (0.0, level - 0.004),
            (radius, level - 0.004),
            (radius, level + 0.0012),
            (radius - 0.003, level),
            (0.0, level),
        ],
        [0.0, 0.0, 0.0, 0.002, 0.0],
    )
    mesh = revolve(meniscus, SEGMENTS)
    return mesh.with_uvs(mesh.positions_n3[:, :2] * [0.5 / radius, -0.5 / radius] + 0.5)


def _drink_material(content: str) -> Material:
    colours: dict[str, LinearColour] = {
        "coffee": (0.022, 0.008, 0.003),
        "milk_coffee": (0.35, 0.18, 0.08),
        "tea": (0.16, 0.04, 0.008),
    }
    if content == "milk_coffee":
        return Material(name="content", base_colour_map=_foam(), roughness=0.35)
    return Material(name="content", base_colour=opaque(colours[content]), roughness=0.05, ior=1.33)


@lru_cache(maxsize=1)
def _foam() -> Texture:
    rng = rng_for(0, 0, "mug.foam")
    swirl = fbm(rng, (128, 128), (3, 3), 5, 0.6)
    share = smoothstep(-1.0, 1.2, swirl)[:, :, None]
    return make_texture(
        encode_srgb(np.array([0.3, 0.14, 0.055]) * (1 - share) + np.array([0.62, 0.45, 0.27]) * share), is_srgb=True
    )


@lru_cache(maxsize=24)
def _outside_texture(glaze: LinearColour, ink: LinearColour, motif: int, kind: str, dip: float, seed: int) -> Texture:
    """Glaze over the whole outside, u around and v by height, 1 at the foot and 0 at the rim; handle at u = 0."""
    shape = (256, 512)
    rng = rng_for(seed, 0, "mug.glaze")
    height, width = shape
    base = np.array(glaze, np.float32)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    image: NDArray[np.float32] = np.broadcast_to(base, (*shape, 3)).astype(np.float32)
    if kind in ("speckled", "dipped"):
        cloud = fbm(rng, shape, (3, 5), 4, 0.5)
        image = image * (1 + 0.07 * cloud[:, :, None])
        specks = smoothstep(1.75, 2.3, fbm(rng, shape, (40, 80), 2, 0.6))[:, :, None]
        image = image + (base * 0.25 + np.array([0.02, 0.012, 0.008], np.float32) - image) * specks * 0.85
    if kind == "dipped":
        edge = dip + 0.02 * fbm(rng, (2, width), (2, 6), 4, 0.5)[:1]
        share = smoothstep(-0.012, 0.012, np.broadcast_to(down - edge, shape))[:, :, None]
        clay = np.array(ink, np.float32) * (0.9 + 0.1 * rng.random(1, np.float32))
        image = image + (clay - image) * share
        drip = np.exp(-(((down - edge) / 0.02) ** 2))[:, :, None]
        image = np.asarray(image * (1 - 0.3 * drip), np.float32)
    if kind == "banded":
        for level, tall in ((0.12, 0.025), (0.17, 0.008), (0.86, 0.02)):
            share = smoothstep(tall + 0.004, tall - 0.002, np.abs(down - level))[:, :, None]
            image = image + (np.array(ink, np.float32) - image) * share
    if kind == "printed":
        mask = motif_mask(motif % MOTIFS, width, height)[:, :, None]
        image = image + (np.array(ink, np.float32) - image) * mask
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


MUG = ProceduralAsset(
    name="mug",
    kind="model",
    category="mug",
    tags=("tableware", "cup", "ceramic", "kitchen", "drink"),
    size_m=0.12,
    description="A ceramic or enamel mug with a handle, in many shapes and glazes, printed or plain, empty or full.",
    parameters={
        "height_m": Number(0.075, 0.115, 0.095, "m"),
        "width_ratio": Number(0.74, 1.05, 0.86),
        "wall_m": Number(0.0032, 0.0055, 0.0042, "m"),
        "shape": Choice(
            ("cylinder", "tapered", "barrel", "tulip", "waisted", "enamel"),
            "cylinder",
            (0.34, 0.18, 0.16, 0.12, 0.08, 0.12),
        ),
        "curve": Number(0.0, 1.0, 0.4),
        "handle": Choice(("round", "ear", "square"), "round", (0.5, 0.25, 0.25)),
        "handle_reach_m": Number(0.024, 0.036, 0.03, "m"),
        "handle_thickness_m": Number(0.006, 0.0095, 0.0075, "m"),
        "handle_width_ratio": Number(1.1, 2.1, 1.5),
        "handle_edge": Number(0.0, 1.0, 0.3),
        "handle_top": Number(0.78, 0.9, 0.85),
        "handle_low": Number(0.16, 0.34, 0.24),
        "handle_colour": Choice(("as_outside", "as_inside"), "as_outside", (0.85, 0.15)),
        "colour": Colour(
            (
                (0.78, 0.77, 0.74),
                (0.78, 0.77, 0.74),
                (0.74, 0.72, 0.66),
                (0.76, 0.77, 0.77),
                (0.62, 0.55, 0.43),
                (0.02, 0.02, 0.022),
                (0.5, 0.02, 0.02),
                (0.02, 0.08, 0.3),
                (0.05, 0.2, 0.12),
                (0.65, 0.4, 0.05),
                (0.2, 0.35, 0.42),
                (0.4, 0.16, 0.08),
                (0.55, 0.3, 0.32),
                (0.13, 0.14, 0.15),
            ),
            0.12,
        ),
        "inside": Choice(("as_outside", "own"), "own", (0.45, 0.55)),
        "inside_colour": Colour(
            (
                (0.78, 0.77, 0.74),
                (0.78, 0.77, 0.74),
                (0.65, 0.6, 0.5),
                (0.6, 0.35, 0.04),
                (0.03, 0.15, 0.35),
                (0.5, 0.04, 0.03),
            ),
            0.08,
        ),
        "print_colour": Colour(
            (
                (0.02, 0.02, 0.025),
                (0.45, 0.02, 0.02),
                (0.015, 0.07, 0.28),
                (0.3, 0.15, 0.06),
                (0.7, 0.68, 0.64),
                (0.04, 0.22, 0.1),
            ),
            0.15,
        ),
        "glaze": Choice(("plain", "printed", "speckled", "dipped", "banded"), "plain", (0.25, 0.38, 0.15, 0.14, 0.08)),
        "motif": Integer(0, MOTIFS - 1, 0),
        "dip_level": Number(0.35, 0.8, 0.6),
        "roughness": Number(0.08, 0.4, 0.15),
        "content": Choice(("empty", "coffee", "milk_coffee", "tea"), "empty", (0.6, 0.17, 0.12, 0.11)),
        "fill_level": Number(0.6, 0.88, 0.8),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "rim", "handle", "content"),
    keypoints=("base", "rim_centre", "handle"),
)
