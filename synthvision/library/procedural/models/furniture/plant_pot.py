"""A potted plant: clay, glazed or woven pot with earth, and a plant of bent leaves cut out of sheets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRIC_M, fabric, in_tiles, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import tube_along

__all__ = ["PLANT_POT"]

SEGMENTS = 32


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["seed"])
    kind = str(params["plant"])
    radius, tall = float(params["pot_radius_m"]), float(params["pot_radius_m"]) * float(params["pot_ratio"])
    pot = _pot(str(params["pot_shape"]), radius, tall)
    pot_kind = str(params["pot"])
    colour = rgb(params["pot_colour"])
    if pot_kind == "woven":
        pot_material = fabric("pot", "boucle", (0.45, 0.33, 0.18), seed)
        pot = pot.placed_uvs((1 / FABRIC_M, 1 / FABRIC_M))
    else:
        clay = pot_kind == "clay"
        base = plastic(
            "pot",
            (0.42, 0.17, 0.08) if clay else colour,
            seed,
            dirt=0.6 if clay else 0.1,
            roughness=0.9 if clay else 0.3,
            grain=2.0 if clay else 0.5,
        )
        pot_material = Material(
            name="pot",
            base_colour=base.base_colour,
            base_colour_map=base.base_colour_map,
            roughness=base.roughness,
            metallic_roughness_map=base.metallic_roughness_map,
            normal_map=base.normal_map,
            normal_scale=base.normal_scale,
            clearcoat=0.0 if clay else 0.8,
            clearcoat_roughness=0.08,
        )
        pot = in_tiles(pot, seed)
    pieces: list[tuple[Mesh, Material]] = [(pot, pot_material)]
    level = 0.9 * tall
    soil = revolve(
        filleted(
            [(0.0, level - 0.02), (0.86 * radius, level - 0.02), (0.86 * radius, level - 0.004), (0.0, level + 0.006)],
            [0.0, 0.0, 0.004, 0.0],
        ),
        20,
    )
    pieces.append((soil.placed_uvs((3.0, 1.0)), _earth()))
    height = float(params["plant_m"])
    leaves, stems = _plant(kind, seed, height, level, radius, float(params["density"]))
    pieces.append((leaves, _leaf_material(kind, int(params["shade"]))))
    if stems is not None:
        pieces.append(
            (
                in_tiles(stems),
                plastic("stems", (0.1, 0.16, 0.04) if kind != "fig" else (0.2, 0.13, 0.07), seed, roughness=0.7),
            )
        )
    top = float(leaves.positions_n3[:, 2].max())
    return assembled(
        "plant_pot",
        params,
        pieces,
        attributes={"plant": kind, "pot": pot_kind},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "soil": (0.0, 0.0, level),
            "rim_front": (radius, 0.0, tall),
            "plant_top": (0.0, 0.0, top),
        },
    )


def _pot(shape: str, radius: float, tall: float) -> Mesh:
    """The pot with its inside down to below the earth."""
    t = 0.06 * radius + 0.002
    if shape == "classic":
        outer = [
            (0.0, 0.0),
            (0.68 * radius, 0.0),
            (0.9 * radius, 0.76 * tall),
            (radius, 0.77 * tall),
            (1.03 * radius, tall),
        ]
        radii = [0.0, 0.006, 0.002, 0.004, 0.004]
    elif shape == "bowl":
        outer = [(0.0, 0.0), (0.5 * radius, 0.0), (1.04 * radius, 0.45 * tall), (1.0 * radius, tall)]
        radii = [0.0, 0.02, 0.4 * radius, 0.004]
    else:
        outer = [(0.0, 0.0), (0.96 * radius, 0.0), (radius, tall)]
        radii = [0.0, 0.01, 0.004]
    rim = outer[-1][0]
    inner = [(rim - t, tall), (0.82 * radius, 0.8 * tall), (0.0, 0.8 * tall)]
    profile = filleted([*outer, *inner], [*radii, 0.003, 0.0, 0.0])
    return revolve(profile.refined(0.06), SEGMENTS, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))


@lru_cache(maxsize=1)
def _earth() -> Material:
    rng = rng_for(0, 0, "plant_pot.earth")
    lumps = fbm(rng, (128, 128), (14, 14), 4, 0.7)
    image = np.clip(0.7 + 0.3 * lumps, 0.15, 1.5)[:, :, None] * np.array([0.05, 0.033, 0.022], np.float32)
    return Material(
        name="earth",
        base_colour_map=make_texture(encode_srgb(np.asarray(image, np.float32)), is_srgb=True),
        normal_map=make_texture(normal_map(np.asarray(0.003 * lumps, np.float32), 0.002), is_srgb=False),
        roughness=0.95,
    )


def _leaf(length: float, width: float, droop: float, fold: float, turn: float) -> Floats:
    """A leaf as a grid of 7 by 3 points from the origin along +x, drooping, folded along its rib; (7, 3, 3)."""
    along = np.linspace(0.0, 1.0, 7)[:, None]
    across = np.array([-1.0, 0.0, 1.0])[None]
    angle = droop * along
    x = length * np.sin(np.maximum(angle, 1e-6)) / max(droop, 1e-6)
    z = -length * (1 - np.cos(angle)) / max(droop, 1e-6)
    twist = turn * along
    y = across * width / 2 * np.cos(twist)
    lift = np.abs(across) * fold * width / 2 + across * width / 2 * np.sin(twist)
    return np.stack(np.broadcast_arrays(x, y, z + lift), axis=-1)


def _placed(grids: list[tuple[Floats, float, float, Floats, int]]) -> Mesh:
    """Leaves, each with its turn about z, its rise, its place and which of the four pictures it bears."""
    meshes = []
    rows, columns = 7, 3
    triangles = grid_triangles(rows, columns)
    for grid, yaw, pitch, place, cell in grids:
        c, s = np.cos(pitch), np.sin(pitch)
        raised = grid @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
        c, s = np.cos(yaw), np.sin(yaw)
        points = raised @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T + place
        normals = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
        normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
        u = np.linspace(0.02, 0.98, columns)[None, :] * 0.25 + 0.25 * cell
        v = 1 - np.linspace(0.0, 1.0, rows)[:, None]
        uvs = np.stack(np.broadcast_arrays(u, v), axis=-1)
        meshes.append(
            Mesh(points.reshape(-1, 3), normals.reshape(-1, 3), np.ascontiguousarray(uvs).reshape(-1, 2), triangles)
        )
    return join(meshes)


def _plant(
    kind: str, seed: int, height: float, level: float, radius: float, density: float
) -> tuple[Mesh, Mesh | None]:
    rng = rng_for(seed, 0, f"plant_pot.{kind}")
    leaves: list[tuple[Floats, float, float, Floats, int]] = []
    stems: list[Mesh] = []
    root = np.array([0.0, 0.0, level])

    def pick() -> int:
        return int(rng.integers(4))

    if kind == "sword":  # stiff upright leaves from the earth
        for _ in range(round(14 + 16 * density)):
            yaw, away = float(rng.uniform(0, 6.28)), float(rng.uniform(0.05, 0.5)) * radius
            long = height * float(rng.uniform(0.55, 1.05))
            place = root + np.array([away * np.cos(yaw), away * np.sin(yaw), -0.01])
            leaves.append(
                (
                    _leaf(long, 0.075 * float(rng.uniform(0.7, 1.1)), 0.12, 0.35, float(rng.normal(0, 0.9))),
                    yaw,
                    float(rng.uniform(1.25, 1.5)),
                    place,
                    pick(),
                )
            )
    elif kind == "palm":  # long leaves that arch over
        for _ in range(round(22 + 26 * density)):
            yaw = float(rng.uniform(0, 6.28))
            pitch = float(rng.uniform(0.75, 1.5))
            place = root + np.array([0.15 * radius * np.cos(yaw), 0.15 * radius * np.sin(yaw), 0.0])
            leaves.append(
                (
                    _leaf(
                        height * float(rng.uniform(0.6, 0.95)),
                        0.045 + 0.025 * height,
                        float(rng.uniform(0.9, 1.9)),
                        0.25,
                        float(rng.normal(0, 0.4)),
                    ),
                    yaw,
                    pitch,
                    place,
                    pick(),
                )
            )
    elif kind == "monstera":  # broad leaves on stalks
        for k in range(round(9 + 10 * density)):
            yaw = k * 2.4 + float(rng.normal(0, 0.3))
            pitch = float(rng.uniform(0.7, 1.35))
            long = height * float(rng.uniform(0.5, 0.85))
            s = np.linspace(0, 1, 6)[:, None]
            out = np.array([np.cos(yaw), np.sin(yaw), 0.0])
            path = (
                root
                + long * (s * np.cos(pitch) * out + np.array([0, 0, 1.0]) * np.sin(pitch) * s * (1.12 - 0.12 * s))
                - [0, 0, 0.01]
            )
            stems.append(tube_along(path, 0.0045, 6, scale_k=np.linspace(1.2, 0.7, 6)))
            size = 0.16 + 0.2 * height * float(rng.uniform(0.6, 1.0))
            leaves.append(
                (
                    _leaf(size, 0.9 * size, 0.8, 0.12, float(rng.normal(0, 0.2))),
                    yaw,
                    float(rng.uniform(-0.5, 0.25)),
                    path[-1] - 0.02 * size * out,
                    pick(),
                )
            )
    else:  # a small tree with leaves along bent branches
        for k in range(round(4 + 4 * density)):
            yaw = k * 2.4 + float(rng.normal(0, 0.4))
            s = np.linspace(0, 1, 8)[:, None]
            out = np.array([np.cos(yaw), np.sin(yaw), 0.0])
            long = height * float(rng.uniform(0.75, 1.0))
            path = root + s * [0, 0, long] + (0.3 * long * s**2) * out + 0.01 * np.sin(6 * s + k) * [1, 0, 0]
            stems.append(tube_along(path, 0.007, 6, scale_k=np.linspace(1.2, 0.35, 8)))
            for t in np.linspace(0.25, 1.0, round(9 + 10 * density)):
                place = np.array([np.interp(t, s[:, 0], path[:, axis]) for axis in range(3)])
                leaves.append(
                    (
                        _leaf(0.09 + 0.05 * height, 0.05 + 0.028 * height, 0.7, 0.3, 0.0),
                        float(rng.uniform(0, 6.28)),
                        float(rng.uniform(-0.2, 0.7)),
                        place,
                        pick(),
                    )
                )
    return _placed(leaves), join(stems) if stems else None


@lru_cache(maxsize=16)
def _leaf_texture(kind: str, shade: int) -> Texture:
    """Four leaves side by side, stem end at the bottom, their outlines in alpha."""
    rng = rng_for(shade, 0, f"plant_pot.leaf.{kind}")
    height, width = 256, 512
    cell = width // 4
    v = 1 - (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    out = np.zeros((height, width, 4), np.float32)
    greens = ((0.035, 0.12, 0.022), (0.055, 0.16, 0.03), (0.03, 0.1, 0.04), (0.08, 0.17, 0.025))
    green = np.array(greens[shade % 4], np.float32)
    noise = fbm(rng, (height, width), (10, 24), 4, 0.6)
    for k in range(4):
        x = ((np.arange(cell, dtype=np.float32) + 0.5) / cell * 2 - 1)[None, :]
        if kind in ("sword", "palm"):
            reach = 0.95 * np.clip(np.minimum(v * 8 + 0.45, 1.0) * np.clip((1 - v) * 2.2, 0, 1) ** 0.7, 0, 1)
        elif kind == "monstera":
            heart = np.clip(np.sin(np.pi * np.clip(v * 0.93 + 0.07, 0, 1)) ** 0.6, 0, 1)
            slit = np.abs(((v * 5 + 0.8 * np.abs(x)) % 1) - 0.5) < 0.1
            reach = 0.97 * heart * np.where(slit & (np.abs(x) > 0.4), 0.42, 1.0)
        else:
            reach = 0.95 * np.sin(np.pi * np.clip(v, 0, 1)) ** 0.75 * (1.05 - 0.35 * v)
        inside = np.clip((reach - np.abs(x)) * 24, 0, 1) * np.ones_like(v)
        rib = np.exp(-((x / 0.05) ** 2)) * np.ones_like(v)
        veins = np.clip(np.cos(2 * np.pi * (v * 9 - 2.2 * np.abs(x))), 0, 1) ** 6 * (kind not in ("sword", "palm"))
        part = noise[:, k * cell : (k + 1) * cell]
        tone = 1 + 0.16 * part - 0.25 * np.abs(x)
        image = green * tone[:, :, None]
        image += (np.array([0.2, 0.27, 0.07], np.float32) - image) * (0.5 * rib + 0.25 * veins)[:, :, None]
        if kind == "sword":
            bands = np.clip(np.sin(v * 42 + 2.0 * part + k), 0, 1)
            image *= (1 - 0.5 * bands)[:, :, None]
            edge = np.clip((np.abs(x) - reach + 0.22) * 9, 0, 1) * (shade % 2)
            image += (np.array([0.42, 0.4, 0.1], np.float32) - image) * edge[:, :, None]
        tip = np.clip((v - 0.93) * 14, 0, 1) * np.ones_like(x)
        image += (np.array([0.22, 0.14, 0.05], np.float32) - image) * (0.6 * tip)[:, :, None]
        out[:, k * cell : (k + 1) * cell, :3] = image
        out[:, k * cell : (k + 1) * cell, 3] = inside
    pixels = np.concatenate([encode_srgb(out[:, :, :3]), (255 * out[:, :, 3:]).astype(np.uint8)], axis=2)
    return make_texture(np.ascontiguousarray(pixels), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _leaf_material(kind: str, shade: int) -> Material:
    return Material(
        name="leaves",
        base_colour_map=_leaf_texture(kind, shade),
        roughness=0.42,
        alpha_mode="mask",
        alpha_cutoff=0.5,
        double_sided=True,
    )


PLANT_POT = ProceduralAsset(
    name="plant_pot",
    kind="model",
    category="plant_pot",
    tags=("plant", "houseplant", "pot", "room", "furniture", "indoor", "green"),
    size_m=0.8,
    description="A houseplant with sword, palm, monstera or fig leaves in a clay, glazed or woven pot.",
    parameters={
        "plant": Choice(("sword", "palm", "monstera", "fig"), "monstera"),
        "plant_m": Number(0.3, 0.95, 0.6, "m"),
        "density": Number(0.2, 1.0, 0.6),
        "shade": Integer(0, 3, 0),
        "pot": Choice(("clay", "glazed", "woven"), "clay"),
        "pot_shape": Choice(("classic", "bowl", "cylinder"), "classic"),
        "pot_radius_m": Number(0.08, 0.2, 0.13, "m"),
        "pot_ratio": Number(1.3, 2.1, 1.7),
        "pot_colour": Colour(
            ((0.72, 0.71, 0.68), (0.05, 0.05, 0.052), (0.08, 0.18, 0.25), (0.35, 0.4, 0.33), (0.6, 0.35, 0.2)), 0.12
        ),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("pot", "earth", "leaves", "stems"),
    keypoints=("base", "soil", "rim_front", "plant_top"),
)
