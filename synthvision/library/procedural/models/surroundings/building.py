"""A building of a street: storeys of windows, a door or a shop, a roof, and what hangs on its walls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.surroundings.facade import Bay, Facade, Side, house_sides
from synthvision.library.procedural.models.surroundings.house_finish import dressed_house
from synthvision.library.procedural.models.surroundings.roof import (
    RoofShape,
    chimneys,
    flat_roof,
    gable_roof,
    gutters,
    hip_roof,
    roof_windows,
)
from synthvision.library.procedural.models.surroundings.storefront import (
    awning,
    door_bay,
    door_leaf,
    fascia,
    shop_bay,
)
from synthvision.library.procedural.models.surroundings.wall_maps import (
    BRICKS,
)
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["BUILDING"]

BARS: dict[str, tuple[tuple[str, float], ...]] = {
    "plain": (),
    "casement": (("u", 0.5),),
    "cross": (("u", 0.5), ("z", 0.68)),
    "sash": (("z", 0.5),),
    "six_panes": (("u", 0.5), ("z", 0.36), ("z", 0.68)),
}


def _build(params: Mapping[str, Any]) -> Model:
    rng = rng_for(int(params["design"]), 0, "building.layout")
    storeys, storey = int(params["storeys"]), float(params["storey_height_m"])
    width, depth = float(params["width_m"]), float(params["depth_m"])
    ground = storey + (0.5 if str(params["ground_floor"]) == "shop" else 0.1)
    eaves = ground + (storeys - 1) * storey
    shape = RoofShape(width, depth, eaves, math.radians(float(params["roof_pitch_deg"])))
    sides = house_sides(width, depth)
    facade = Facade()
    pieces: dict[str, list[Mesh]] = {}
    bays = max(round(width / float(params["bay_m"])), 2)
    door_at = _ground_floor(facade, pieces, params, sides["front"], bays, ground, rng)
    _upper_front(facade, params, sides["front"], bays, storeys, ground)
    _other_sides(facade, params, sides, storeys, ground)
    _bands(facade, params, sides, storeys, ground, eaves)
    top = _roof(pieces, params, shape, rng)
    pieces.setdefault("metal", []).append(gutters(shape, str(params["roof"])))
    for slot in facade.faces:
        pieces.setdefault(slot, []).append(facade.mesh(slot))
    dark, lit = facade.pane_meshes(rng_for(int(params["design"]), 0, "building.lights"), float(params["lit_windows"]))
    for slot, panes in (("glass", dark), ("lit_glass", lit)):
        if panes is not None:
            pieces.setdefault(slot, []).append(panes)
    x, y = depth / 2, width / 2
    return assembled(
        "building",
        params,
        dressed_house(pieces, params),
        attributes={
            "storeys": str(storeys),
            "roof": str(params["roof"]),
            "ground_floor": str(params["ground_floor"]),
            "lit": "yes" if lit is not None else "no",
        },
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "door": (x, door_at, 0.0),
            "front_left_eave": (x, y, eaves),
            "front_right_eave": (x, -y, eaves),
        },
    )


def _ground_floor(
    facade: Facade,
    pieces: dict[str, list[Mesh]],
    params: Mapping[str, Any],
    side: Side,
    bays: int,
    ground: float,
    rng: np.random.Generator,
) -> float:
    """Add the ground floor of the front; returns y of the door."""
    shop = str(params["ground_floor"]) == "shop"
    if shop:
        bays = max(bays // 2, 2)
    pitch = side.width_m / bays
    door = int(rng.integers(bays))
    places = [(k * pitch, 0.0) for k in range(bays) if k != door]
    if shop:
        facade.add_bays(side, shop_bay(pitch, ground, door=False), places)
        half = min(pitch / 2, 1.1)
        entrance, rest = shop_bay(2 * half, ground, door=True), pitch / 2 - half
        facade.add_bays(side, entrance, [(door * pitch + rest, 0.0)])
        if rest > 0.0:
            fill = shop_bay(rest, ground, door=False) if rest > 0.8 else Bay(rest, ground, wall="shop")
            facade.add_bays(side, fill, [(door * pitch, 0.0), ((door + 1) * pitch - rest, 0.0)])
        middle = door * pitch + pitch / 2
        facade.add_box("metal", side, (middle + half - 0.35, 0.9, -0.25), (middle + half - 0.31, 1.5, -0.16))
        pieces["sign"] = [fascia(side, ground)]
        if str(params["awning"]) == "yes":
            cloth, arms = awning(side, ground - 1.05, 1.1)
            pieces["awning"] = [cloth.placed_uvs((2.0, 2.0))]
            pieces["metal"] = [arms]
    else:
        facade.add_bays(side, _window(params, pitch, ground), places)
        bay = door_bay(pitch, ground)
        facade.add_bays(side, bay, [(door * pitch, 0.0)])
        door_leaf(facade, side, door * pitch, bay, 1 + int(params["design"]) % 4)
    return -side.width_m / 2 + (door + 0.5) * pitch


def _upper_front(facade: Facade, params: Mapping[str, Any], side: Side, bays: int, storeys: int, ground: float) -> None:
    """Add windows in rows above the ground floor, some with balconies."""
    storey, pitch = float(params["storey_height_m"]), side.width_m / bays
    column = {"none": -1, "middle": bays // 2, "all": -2}[str(params["balconies"])]
    plain: list[tuple[float, float]] = []
    open_: list[tuple[float, float]] = []
    for level in range(storeys - 1):
        for k in range(bays):
            wanted = k == column or (column == -2 and k % 2 == 0)
            # A balcony would hide the lettering of a shop.
            wanted = wanted and (level > 0 or str(params["ground_floor"]) == "house")
            (open_ if wanted else plain).append((k * pitch, ground + level * storey))
    if plain:
        facade.add_bays(side, _window(params, pitch, storey), plain)
    if open_:
        bay = _window(params, pitch, storey, low=0.06)
        facade.add_bays(side, bay, open_)
        for u, z in open_:
            _balcony(facade, side, u + 0.12, u + pitch - 0.12, z, bars=len(open_) <= 9)


def _other_sides(
    facade: Facade, params: Mapping[str, Any], sides: Mapping[str, Side], storeys: int, ground: float
) -> None:
    """Add the back and the two ends, with fewer windows than the front."""
    storey = float(params["storey_height_m"])
    levels = [(0.0, ground)] + [(ground + k * storey, storey) for k in range(storeys - 1)]
    for name in ("back", "left", "right"):
        side = sides[name]
        blank = name != "back" and str(params["ends"]) == "blank"
        count = max(round(side.width_m / 3.4), 1)
        pitch = side.width_m / count
        for low, high in {levels[0], *levels[1:2]}:
            places = [(k * pitch, z) for z, tall in levels if tall == high for k in range(count)]
            facade.add_bays(
                side, Bay(pitch, high) if blank else _window(params, pitch, high, share=0.7, back=True), places
            )
            if high == ground and low > 0.0:
                break


def _bands(
    facade: Facade, params: Mapping[str, Any], sides: Mapping[str, Side], storeys: int, ground: float, eaves: float
) -> None:
    """Add plinth, string courses and cornice around the house."""
    ornate = str(params["ornament"]) == "bands"
    for name, side in sides.items():
        start, end = (-0.03, side.width_m + 0.03) if name in ("front", "back") else (0.0, side.width_m)
        if name != "front":
            facade.add_box("trim", side, (start, 0.0, -0.1), (end, 0.45, 0.03))
        if ornate and storeys > 1:
            facade.add_box("trim", side, (start, ground - 0.1, -0.1), (end, ground + 0.1, 0.045))
        if ornate:
            facade.add_box("trim", side, (start, eaves - 0.38, -0.1), (end, eaves - 0.16, 0.05))
            facade.add_box("trim", side, (start, eaves - 0.16, -0.1), (end, eaves - 0.003, 0.14))


def _roof(
    pieces: dict[str, list[Mesh]], params: Mapping[str, Any], shape: RoofShape, rng: np.random.Generator
) -> float:
    """Add the roof; returns the height of its highest line."""
    kind = str(params["roof"])
    stacks, skylights = int(params["chimneys"]), int(params["roof_windows"])
    parts: list[dict[str, Mesh]] = []
    if kind == "flat":
        parapet = 0.5 if str(params["ornament"]) == "plain" else 0.9
        parts.append(flat_roof(shape, parapet, rng))
        top = shape.eaves_m + parapet
    elif kind == "gable":
        parts.append(gable_roof(shape))
        top = shape.ridge_m
        if skylights:
            parts.append(roof_windows(shape, skylights))
    else:
        parts.append(hip_roof(shape))
        top = shape.hip_ridge_m
    if stacks and kind != "flat":
        parts.append(chimneys(shape, stacks, top, rng))
    for part in parts:
        for slot, mesh in part.items():
            pieces.setdefault(slot, []).append(mesh)
    return top


def _window(
    params: Mapping[str, Any],
    pitch: float,
    storey: float,
    *,
    low: float = 0.85,
    share: float = 1.0,
    back: bool = False,
) -> Bay:
    """The window of this house in a bay of a given size."""
    wide = min(float(params["window_share"]) * share * pitch, pitch - 0.7)
    high = min(low + float(params["window_height_m"]), storey - 0.32) if low > 0.3 else storey - 0.45
    middle = pitch / 2
    return Bay(
        pitch,
        storey,
        (middle - wide / 2, middle + wide / 2, low, high),
        recess_m=float(params["recess_m"]),
        bars=BARS["casement"] if back and wide > 0.8 else () if back else BARS[str(params["window_bars"])],
        sill=low > 0.3,
        lintel=not back and str(params["ornament"]) == "bands",
    )


def _balcony(facade: Facade, side: Side, left: float, right: float, z: float, *, bars: bool) -> None:
    """A slab with a railing."""
    reach, high = 1.05, 1.02
    facade.add_box("trim", side, (left, z - 0.14, -0.1), (right, z + 0.02, reach))
    rails = [((left, reach - 0.05), (right, reach - 0.01)), ((left, 0.0), (left + 0.04, reach - 0.05))]
    rails.append(((right - 0.04, 0.0), (right, reach - 0.05)))
    for (u0, d0), (u1, d1) in rails:
        facade.add_box("metal", side, (u0, z + high, d0), (u1, z + high + 0.045, d1))
        if not bars:
            facade.add_box("metal", side, (u0 + 0.008, z + 0.1, d0 + 0.008), (u1 - 0.008, z + high, d1 - 0.008))
    if bars:
        count = max(round((right - left) / 0.16), 4)
        for k in range(count + 1):
            u = left + 0.01 + k * (right - left - 0.04) / count
            facade.add_box("metal", side, (u, z + 0.02, reach - 0.04), (u + 0.02, z + high, reach - 0.02))
        for u in (left + 0.01, right - 0.03):
            for d in (0.3, 0.65):
                facade.add_box("metal", side, (u, z + 0.02, d), (u + 0.02, z + high, d + 0.02))


BUILDING = ProceduralAsset(
    name="building",
    kind="model",
    category="building",
    tags=("building", "house", "street", "architecture", "outdoor", "city"),
    size_m=14.0,
    description="A house or block of flats with recessed windows, a door or a shop, and a flat or tiled roof.",
    parameters={
        "storeys": Integer(1, 8, 3),
        "storey_height_m": Number(2.7, 3.5, 3.0, "m"),
        "width_m": Number(6.5, 15.0, 10.0, "m"),
        "depth_m": Number(7.0, 12.0, 9.0, "m"),
        "bay_m": Number(2.2, 3.6, 2.8, "m"),
        "wall": Choice((*BRICKS, "plaster", "concrete"), "brick_red", (0.24, 0.14, 0.12, 0.35, 0.15)),
        "wall_colour": Colour(
            (
                (0.78, 0.74, 0.66),
                (0.72, 0.62, 0.42),
                (0.62, 0.4, 0.27),
                (0.5, 0.52, 0.5),
                (0.46, 0.5, 0.42),
                (0.56, 0.32, 0.26),
                (0.42, 0.5, 0.58),
                (0.8, 0.8, 0.78),
            ),
            0.08,
        ),
        "window_share": Number(0.42, 0.68, 0.5),
        "window_height_m": Number(1.2, 1.9, 1.5, "m"),
        "window_bars": Choice(tuple(BARS), "cross"),
        "recess_m": Number(0.07, 0.22, 0.13, "m"),
        "frame_colour": Colour(
            ((0.75, 0.75, 0.73), (0.75, 0.75, 0.73), (0.05, 0.05, 0.055), (0.16, 0.075, 0.035)), 0.06
        ),
        "door_colour": Colour(
            ((0.25, 0.02, 0.02), (0.02, 0.06, 0.16), (0.02, 0.1, 0.05), (0.14, 0.06, 0.025), (0.03, 0.03, 0.033)), 0.1
        ),
        "ground_floor": Choice(("house", "shop"), "house", (0.6, 0.4)),
        "shop_colour": Colour(((0.03, 0.06, 0.05), (0.12, 0.02, 0.02), (0.04, 0.045, 0.05), (0.02, 0.05, 0.12)), 0.1),
        "awning": Choice(("no", "yes"), "no"),
        "balconies": Choice(("none", "middle", "all"), "none", (0.6, 0.25, 0.15)),
        "ornament": Choice(("plain", "bands"), "bands"),
        "ends": Choice(("windows", "blank"), "windows", (0.7, 0.3)),
        "roof": Choice(("flat", "gable", "hip"), "gable", (0.35, 0.45, 0.2)),
        "roof_cover": Choice(("tiles", "slate"), "tiles", (0.65, 0.35)),
        "roof_pitch_deg": Number(24.0, 46.0, 36.0, "deg"),
        "chimneys": Integer(0, 2, 1),
        "roof_windows": Integer(0, 3, 1),
        "lit_windows": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 1.0, 0.4),
        "design": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "wall", "trim", "roof", "metal", "frame", "glass", "lit_glass", "door", "shop", "sign", "awning",
    ),
    keypoints=("base", "top", "door", "front_left_eave", "front_right_eave"),
)  # fmt: skip
