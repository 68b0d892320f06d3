"""A picture frame: moulding of several profiles, mount, an invented picture; for the wall or standing on a strut."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, print_on, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted
from synthvision.library.procedural.shapes.rods import facing_normals
from synthvision.library.procedural.shapes.sheets import rectangle

__all__ = ["PICTURE_FRAME"]

STEPS = 6
_STAND = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["seed"])
    tall = float(params["height_m"])
    wide = tall * float(params["aspect"])
    edge = float(params["moulding_ratio"]) * min(wide, tall)
    deep = max(0.4 * edge, 0.012) * float(params["depth_ratio"])
    moulding = _moulding(wide, tall, _profile(str(params["profile"]), edge, deep))
    mount_w = float(params["mount_ratio"]) * min(wide, tall)
    inner_w, inner_h = wide - 2 * edge + 0.004, tall - 2 * edge + 0.004
    rng = rng_for(seed, 0, "picture_frame.back")
    back = BoxSet(rng)
    back.add((inner_w, inner_h, 0.003), (0.0, 0.0, 0.0026))
    level = 0.25 * deep + 0.003
    picture_w, picture_h = inner_w - 2 * mount_w, inner_h - 2 * mount_w
    sheet = (
        rectangle(picture_w, picture_h)
        .with_uvs(np.array([(0, 1), (1, 1), (0, 0), (1, 0)], np.float64))
        .moved((0, 0, level + 0.0008))
    )
    standing = str(params["pose"]) == "standing"
    lean = turn_about("y", -np.radians(float(params["lean_deg"]))) if standing else np.eye(3)
    lift = np.array([0.0, 0.0, tall / 2])
    turn = lean @ _STAND
    centre = lean @ lift

    def placed(mesh: Mesh) -> Mesh:
        return mesh.turned(turn).moved(centre)

    finish = str(params["finish"])
    frame = placed(moulding)
    if finish == "gilt":
        material, frame = metal("frame", "brass", seed, dirt=0.5, roughness=0.42), in_tiles(frame, seed)
    elif finish == "painted":
        material, frame = (
            painted("frame", rgb(params["colour"]), seed, wear=0.1, dirt=0.1, roughness=0.4),
            in_tiles(frame, seed),
        )
    else:
        material, frame = timber("frame", finish, seed, roughness=0.45, varnish=0.35), wooden_uvs(frame)
    pieces: list[tuple[Mesh, Material]] = [
        (frame, material),
        (in_tiles(placed(back.mesh(0.0005))), plastic("back", (0.25, 0.17, 0.1), seed, roughness=0.85)),
        (placed(sheet), print_on("picture", _picture(int(params["design"]), wide > tall), roughness=0.25)),
    ]
    if mount_w > 0.006:
        mount = BoxSet(rng)
        for side in (-1, 1):
            mount.add((mount_w, inner_h, 0.0014), (side * (inner_w - mount_w) / 2, 0.0, level + 0.0012), "x")
            mount.add(
                (inner_w - 2 * mount_w, mount_w, 0.00136), (0.0, side * (inner_h - mount_w) / 2, level + 0.0012), "x"
            )
        pieces.append(
            (in_tiles(placed(mount.mesh(0.0003))), plastic("mount", (0.72, 0.71, 0.67), seed, dirt=0.0, roughness=0.9))
        )
    if standing:
        strut = BoxSet(rng)
        long = 0.72 * tall
        strut.add((0.004, 0.24 * wide, long), (0.0, 0.0, -long / 2), "z")
        hinge = centre + lean @ np.array([-0.004, 0.0, 0.16 * tall])
        down = float(hinge[2]) / long
        swing = turn_about("y", float(np.arccos(min(down, 1.0))))
        pieces.append((in_tiles(strut.mesh(0.001).turned(swing).moved(hinge)), pieces[1][1]))
    half_w, half_h = wide / 2, tall / 2

    def at(y: float, z: float) -> tuple[float, float, float]:
        a, b, c = (float(v) for v in turn @ np.array([y, z, deep]) + centre)
        return a, b, c

    points = {
        "centre": at(0.0, 0.0),
        "top_left": at(half_w, half_h),
        "top_right": at(-half_w, half_h),
        "bottom_left": at(half_w, -half_h),
        "bottom_right": at(-half_w, -half_h),
    }
    pieces, keypoints = centred_along_x(pieces, points)
    attributes = {"pose": str(params["pose"]), "orientation": "landscape" if wide > tall else "portrait"}
    return assembled("picture_frame", params, pieces, attributes=attributes, keypoints=keypoints)


def _profile(style: str, edge: float, deep: float) -> Profile:
    """Section of the moulding: x inwards from the outer edge, y up from the wall; closed, outside on the right."""
    lip = 0.25 * deep
    if style == "flat":
        points = [
            (0.0, 0.0),
            (edge, 0.0),
            (edge, lip),
            (edge - 0.002, 0.85 * deep),
            (edge - 0.004, deep),
            (0.003, deep),
            (0.0, 0.9 * deep),
        ]
        radii = [0.0, 0.0, 0.0, 0.002, 0.003, 0.003, 0.0]
    elif style == "scoop":
        points = [
            (0.0, 0.0),
            (edge, 0.0),
            (edge, lip),
            (edge, 0.55 * deep),
            (0.88 * edge, 0.62 * deep),
            (0.6 * edge, 0.5 * deep),
            (0.25 * edge, 0.75 * deep),
            (0.16 * edge, deep),
            (0.04 * edge, deep),
            (0.0, 0.7 * deep),
        ]
        radii = [0.0, 0.0, 0.0, 0.05 * edge, 0.05 * edge, 0.4 * edge, 0.12 * edge, 0.07 * edge, 0.07 * edge, 0.0]
    else:
        points = [
            (0.0, 0.0),
            (edge, 0.0),
            (edge, lip),
            (0.95 * edge, 0.5 * deep),
            (0.6 * edge, deep),
            (0.3 * edge, deep),
            (0.0, 0.5 * deep),
        ]
        radii = [0.0, 0.0, 0.01 * edge, 0.1 * edge, 0.25 * edge, 0.25 * edge, 0.0]
    return filleted([*points, points[0]], [*radii, 0.0])


def _moulding(wide: float, tall: float, profile: Profile) -> Mesh:
    """Four mitred lengths of a moulding around the z axis, in the plane z = 0, texture running along each."""
    sides = []
    # Each side runs counter-clockwise: along it, into the picture, and out of the wall.
    for half_long, half_across, turn in (
        (wide / 2, tall / 2, 0.0),
        (tall / 2, wide / 2, np.pi / 2),
        (wide / 2, tall / 2, np.pi),
        (tall / 2, wide / 2, 1.5 * np.pi),
    ):
        inset, rise = profile.points_k2[:, 0], profile.points_k2[:, 1]
        first = np.stack([-half_long + inset, -half_across + inset, rise], axis=1)
        last = np.stack([half_long - inset, -half_across + inset, rise], axis=1)
        share = np.linspace(0.0, 1.0, STEPS + 1)[:, None, None]
        # Mouldings that have hung for years bow a little to the room, all four sides alike at the mitres.
        bow = (
            0.0025
            * np.sin(np.pi * share)
            * (np.abs(profile.points_k2[:, 1:2]) > 1e-6)[None]
            * np.array([0.0, 0.0, 1.0])
        )
        grid: Floats = first + (last - first) * share + bow
        normals = np.stack([np.zeros(len(inset)), profile.normals_k2[:, 0], profile.normals_k2[:, 1]], axis=1)
        uvs = np.stack([grid[..., 0], np.broadcast_to(profile.distance_k, grid.shape[:2])], axis=-1)
        mesh = Mesh(
            grid.reshape(-1, 3),
            np.tile(normals, (STEPS + 1, 1)),
            uvs.reshape(-1, 2),
            grid_triangles(STEPS + 1, len(inset)),
        )
        sides.append(facing_normals(mesh).without_slivers().turned(turn_about("z", float(turn))))
    return join(sides)


@lru_cache(maxsize=16)
def _picture(design: int, landscape: bool) -> Texture:
    """Invented art: a landscape, an abstract, a still life, a portrait-like silhouette."""
    rng = rng_for(design, 0, "picture_frame.picture")
    width, height = (320, 232) if landscape else (232, 320)
    kind = design % 4
    sky: Ink = ((150, 186, 206), (232, 222, 204), (52, 60, 66), (214, 186, 150))[kind]
    canvas = Canvas(width, height, sky)

    def ink(low: int = 20, high: int = 225) -> Ink:
        r, g, b = (int(v) for v in rng.integers(low, high, 3))
        return r, g, b

    if kind == 0:
        canvas.disc((width * float(rng.uniform(0.2, 0.8)), height * 0.25), 18, (246, 226, 170))
        for k in range(5):
            base = height * (0.42 + 0.13 * k)
            phase = float(rng.uniform(0, 6))
            ridge = [
                (x, base + 16 * np.sin(x / (50 - 6 * k) + phase) + 7 * np.sin(x / 17 + k))
                for x in range(-4, width + 8, 6)
            ]
            shade = (120 - 20 * k, 142 - 14 * k, 128 - 22 * k)
            canvas.polygon([*ridge, (width, height), (0, height)], shade)
    elif kind == 1:
        for _ in range(9):
            x, y, size = float(rng.uniform(0, width)), float(rng.uniform(0, height)), float(rng.uniform(18, 80))
            if rng.random() < 0.5:
                canvas.disc((x, y), size * 0.6, ink())
            else:
                canvas.polygon(
                    [(x, y), (x + size, y + size * float(rng.uniform(-0.4, 0.4))), (x + size * 0.3, y + size)], ink()
                )
        for _ in range(4):
            x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
            canvas.line([(x, y), (x + float(rng.normal(0, 80)), y + float(rng.normal(0, 80)))], 3, (20, 20, 24))
    elif kind == 2:
        canvas.rectangle(0, height * 0.68, width, height, (96, 66, 44))
        for k in range(4):
            x = width * (0.22 + 0.19 * k)
            canvas.ellipse(
                (x, height * 0.68),
                (width * 0.09, width * 0.1),
                ((186, 52, 38), (214, 160, 56), (120, 150, 60), (180, 90, 40))[k],
            )
            canvas.ellipse((x - 6, height * 0.64), (5, 8), (240, 214, 170))
        canvas.rectangle(width * 0.42, height * 0.24, width * 0.54, height * 0.66, (60, 96, 110), 12)
    else:
        canvas.ellipse((width / 2, height * 0.98), (width * 0.38, height * 0.34), (52, 44, 58))
        canvas.ellipse((width / 2, height * 0.42), (width * 0.15, height * 0.17), (206, 164, 132))
        canvas.ellipse((width / 2, height * 0.32), (width * 0.18, height * 0.13), (58, 38, 30))
    strokes = fbm(rng, (height, width), (40, 60), 3, 0.6)
    linear = (canvas.finished().astype(np.float32) / 255) ** 2.2 * (1 + 0.1 * strokes[:, :, None])
    return make_texture(encode_srgb(np.asarray(linear, np.float32)), is_srgb=True, wrap_uv=("clamp", "clamp"))


PICTURE_FRAME = ProceduralAsset(
    name="picture_frame",
    kind="model",
    category="picture_frame",
    tags=("picture", "painting", "photo", "room", "furniture", "wall", "indoor"),
    size_m=0.5,
    description="A picture in a frame of wood, gilt or paint, with or without a mount, for the wall or on a strut.",
    parameters={
        "height_m": Number(0.2, 0.8, 0.45, "m"),
        "aspect": Number(0.62, 1.6, 0.78),
        "moulding_ratio": Number(0.045, 0.14, 0.08),
        "depth_ratio": Number(0.7, 1.5, 1.0),
        "profile": Choice(("flat", "scoop", "round"), "scoop"),
        "mount_ratio": Number(0.0, 0.14, 0.08),
        "finish": Choice(("oak", "walnut", "beech", "stained", "gilt", "painted"), "walnut"),
        "colour": Colour(((0.03, 0.03, 0.032), (0.72, 0.71, 0.68), (0.2, 0.25, 0.24)), 0.1),
        "pose": Choice(("hanging", "standing"), "standing"),
        "lean_deg": Number(8.0, 20.0, 13.0, "deg"),
        "design": Integer(0, 11, 0),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "back", "picture", "mount"),
    keypoints=("centre", "top_left", "top_right", "bottom_left", "bottom_right"),
)
