"""What houses are made of: every slot of a building at the scale of its texture, with its material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.models.assembly import LinearColour, opaque, rgb
from synthvision.library.procedural.models.surroundings.storefront import awning_material, fascia_texture
from synthvision.library.procedural.models.surroundings.wall_maps import (
    BRICKS,
    HouseMaps,
    house_maps,
    roof_maps,
    room_lights,
    window_panes,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.wear import roughness_map

__all__ = ["dressed_house"]

ROOM_CD_M2 = 120.0
"""Luminance of a bright wall in a lit living room seen through the window."""


def dressed_house(pieces: Mapping[str, list[Mesh]], params: Mapping[str, Any]) -> list[tuple[Mesh, Material]]:
    """Return every slot of a building as one mesh at the scale of its texture, with its material."""
    design = int(params["design"])
    wall_kind = str(params["wall"])
    walls = house_maps(wall_kind, design % 2)
    roof = roof_maps("felt" if str(params["roof"]) == "flat" else str(params["roof_cover"]), design % 2)
    plaster = house_maps("plaster", 0)
    tint: LinearColour = rgb(params["wall_colour"]) if wall_kind == "plaster" else (1.0, 1.0, 1.0)
    trim: LinearColour = (0.62, 0.6, 0.56) if wall_kind in BRICKS else (0.5, 0.48, 0.45)
    paint = {slot: rgb(params[name]) for slot, name in _PAINTED.items()}
    materials = {
        "wall": _mapped("wall", walls, tint),
        "trim": _mapped("trim", plaster, trim),
        "roof": _mapped("roof", roof, (1.0, 1.0, 1.0)),
        "metal": Material(name="metal", base_colour=(0.09, 0.095, 0.1, 1.0), metallic=0.6, roughness=0.5),
        "glass": Material(name="glass", base_colour_map=window_panes(design % 2), roughness=0.06),
        "lit_glass": Material(
            name="lit_glass",
            base_colour_map=window_panes(design % 2),
            roughness=0.06,
            emissive=(ROOM_CD_M2, ROOM_CD_M2, ROOM_CD_M2),
            emissive_map=room_lights(design % 2),
        ),
        "sign": Material(
            name="sign", base_colour_map=fascia_texture(design, bool(design & 2)), roughness=0.4, clearcoat=0.3
        ),
        "awning": awning_material(design),
    }
    for slot, colour in paint.items():
        materials[slot] = Material(
            name=slot,
            base_colour=opaque(colour),
            roughness=0.5,
            metallic_roughness_map=roughness_map(design % 4, 0.3),
        )
    scales = {"wall": walls.tile_m, "trim": plaster.tile_m, "roof": roof.tile_m}
    dressed = []
    for slot, meshes in pieces.items():
        scale = 1.0 / scales.get(slot, 1.0)
        mesh = join(meshes).placed_uvs((scale, scale))
        if slot in ("wall", "trim", "shop", "frame"):
            mesh = _grimy(mesh, float(params["dirt"]))
        dressed.append((mesh, materials[slot]))
    return dressed


_PAINTED = {"frame": "frame_colour", "door": "door_colour", "shop": "shop_colour"}


def _mapped(name: str, maps: HouseMaps, tint: LinearColour) -> Material:
    return Material(
        name=name,
        base_colour=opaque(tint),
        base_colour_map=maps.colour,
        metallic_roughness_map=maps.rough,
        normal_map=maps.normal,
        roughness=1.0,
    )


def _grimy(mesh: Mesh, dirt: float) -> Mesh:
    """Walls darker towards the street, and under everything that water drips from."""
    z = mesh.positions_n3[:, 2]
    under = np.where(mesh.normals_n3[:, 2] < -0.5, 0.5, 0.0)
    share = dirt * np.clip(0.55 * np.exp(-z / 0.5) + 0.1 + under, 0.0, 1.0)[:, None]
    return mesh.tinted(1.0 - share * (1.0 - np.array([0.42, 0.4, 0.36])))
