"""A piece of street: carriageway with paint, kerbs, pavements, verges, cycle lanes, parking, a junction, a bend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import PACK
from synthvision.library.procedural.models.surroundings import street_surfaces as surfaces
from synthvision.library.procedural.models.surroundings.street_layout import StreetPlan, plan_of
from synthvision.library.procedural.models.surroundings.street_lines import KERB_M, Side
from synthvision.library.procedural.models.surroundings.street_markings import markings_of
from synthvision.library.procedural.models.surroundings.street_mesh import (
    band,
    carriageway,
    covers_mesh,
    end_plot,
    far_ground,
    flat_pieces,
    kerb_mesh,
    mouth,
    patch_mesh,
    seams,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.reference import AssetRef

__all__ = ["STREET"]

#: Heights above the carriageway of what is painted on it or let into it.
_PATCH_M, _SEAM_M, _COVER_M, _PAINT_M = 0.002, 0.003, 0.0035, 0.0045
_PLOT_M, _END_PLOT_M = 38.0, 22.0
_GROUND_Z_M = -0.06


def _build(params: Mapping[str, Any]) -> Model:
    plan = plan_of(params)
    design, kind = int(params["design"]), str(params["asphalt"])
    road = surfaces.asphalt(kind, design % 3, "road")
    pieces: list[tuple[str, Mesh, Material]] = []
    right, left = plan.sides
    pieces.append(("road", carriageway(plan, (-right.cycle_from_m, left.cycle_from_m), design), road))
    for side in plan.sides:
        pieces += _edges(plan, side, params, road)
        if side.junction is not None:
            pieces.append(("road", mouth(plan, side), road))
        pieces += _behind_kerb(plan, side, params)
    if (patches := patch_mesh(plan, design, _PATCH_M)) is not None:
        pieces.append(("road", patches, _newer(design)))
    if kind in ("worn", "old") and (tarred := seams(plan, design, _SEAM_M)) is not None:
        pieces.append(("road", tarred, surfaces.tar()))
    pieces.append(("road", covers_mesh(plan, design, _COVER_M), surfaces.covers()))
    pieces += _paint(plan, params)
    pieces.append(("ground", far_ground(plan, _GROUND_Z_M), _sheet(surfaces.grass("meadow", 0, "ground"))))
    return _model(params, pieces)


def _paint(plan: StreetPlan, params: Mapping[str, Any]) -> list[tuple[str, Mesh, Material]]:
    """Return lines, and what is painted of the crossing as a part of its own."""
    wear = surfaces.paint(min(int(float(params["paint_wear"]) * 5), 4), int(params["design"]) % 2)
    lines = markings_of(plan, str(params["centre_line"]), params["arrows"] == "yes")
    at, half = plan.crossing_at_m, plan.crossing_m / 2 + 0.1
    right, left = plan.sides
    found = []
    on_crossing = [
        piece
        for piece in lines
        if plan.crossing != "none"
        and at - half <= piece[:, 0].min()
        and piece[:, 0].max() <= at + half
        and -right.half_m <= piece[:, 1].min()
        and piece[:, 1].max() <= left.half_m
    ]
    chosen = {id(piece) for piece in on_crossing}
    rest = [piece for piece in lines if id(piece) not in chosen]
    found.append(("marking", flat_pieces(plan, rest, _PAINT_M), wear))
    if on_crossing:
        found.append(("crossing", flat_pieces(plan, on_crossing, _PAINT_M), wear))
    return found


def _edges(plan: StreetPlan, side: Side, params: Mapping[str, Any], road: Material) -> list[tuple[str, Mesh, Material]]:
    """Return cycle lane, parking strip and gutter of a side."""
    design = int(params["design"])
    found = []
    if side.cycle_m:
        colour = str(params["cycle_surface"])
        span = sorted((side.sign * side.cycle_from_m, side.sign * side.parking_from_m))
        material = surfaces.cycle_asphalt(str(params["asphalt"]), colour, design % 2)
        found.append(("cycle_lane", carriageway(plan, (span[0], span[1]), design), _sheet(material)))
    span = sorted((side.sign * side.parking_from_m, side.sign * side.half_m))
    surface = _sheet(surfaces.paving("bricks", 1, "parking")) if params["parking_surface"] == "setts" else road
    surface = surface if side.parking_m else road
    found.append(("parking" if side.parking_m else "road", carriageway(plan, (span[0], span[1]), design), surface))
    return found


def _behind_kerb(plan: StreetPlan, side: Side, params: Mapping[str, Any]) -> list[tuple[str, Mesh, Material]]:
    design = int(params["design"])
    stone = surfaces.kerb_stone(design % 2)
    paved = _sheet(surfaces.paving(str(params["paving"]), design, "pavement"))
    green = _sheet(surfaces.grass("lawn" if design % 3 else "worn", design % 2, "verge"))
    plot = paved if side.setback_m < 1.2 else _sheet(surfaces.grass("lawn", design % 2, "garden"))
    found: list[tuple[str, Mesh, Material]] = []
    for corner in side.corners:
        found.append(("kerb", kerb_mesh(plan, side, corner), stone))
        if side.verge_m:
            found.append(("verge", band(plan, side, corner, (KERB_M, side.pavement_from_m), design), green))
        middle = side.pavement_from_m + side.pavement_m / 2
        found.append(("pavement", band(plan, side, corner, (side.pavement_from_m, middle, side.back_m), design), paved))
        far = side.back_m + _plot_depth(plan, side)
        steps = (side.back_m, side.back_m + 4.0, far)
        found.append(("ground", band(plan, side, corner, steps, design), plot))
    if side.junction is not None:
        found.append(("ground", end_plot(plan, side, _END_PLOT_M), plot))
    return found


def _plot_depth(plan: StreetPlan, side: Side) -> float:
    """Return how far level ground goes on behind the pavement: not beyond the middle of a bend."""
    curvature = plan.centre.curvature_per_m
    if curvature * side.sign > 0:
        return min(_PLOT_M, 0.85 / abs(curvature) - side.half_m - side.back_m)
    return _PLOT_M


@lru_cache(maxsize=64)
def _sheet(material: Material) -> Material:
    return replace(material, double_sided=True)


@lru_cache(maxsize=8)
def _newer(design: int) -> Material:
    return replace(surfaces.asphalt("fresh", design % 2, "patch"), double_sided=True)


def _model(params: Mapping[str, Any], pieces: list[tuple[str, Mesh, Material]]) -> Model:
    """Return the model with z = 0 on the carriageway, and one part for each name and material."""
    sheets = {id(material): material for _, _, material in pieces}
    materials = {key: material if material.name == "kerb" else _sheet(material) for key, material in sheets.items()}
    kept: dict[str, Material] = {}
    groups: dict[tuple[str, str], list[Mesh]] = {}
    for name, mesh, material in pieces:
        own = materials[id(material)]
        kept.setdefault(own.name, own)
        groups.setdefault((name, own.name), []).append(mesh)
    slots = {name: index for index, name in enumerate(kept)}
    parts = tuple(join(meshes).to_part(slots[slot], name) for (name, slot), meshes in groups.items())
    right, left = plan_of(params).sides
    return Model(
        key=AssetRef(PACK, "street", params).key,
        parts=parts,
        materials=tuple(kept.values()),
        attributes={
            "junction": str(params["junction"]),
            "crossing": str(params["crossing"]),
            "curve": str(params["curve"]),
            "lanes": str(right.lanes + left.lanes),
        },
    )


STREET = ProceduralAsset(
    name="street",
    kind="model",
    category="road",
    tags=("street", "road", "ground", "surface"),
    size_m=None,
    description="A piece of street with lanes, paint, kerbs and pavements, z = 0 on the carriageway.",
    parameters={
        "length_m": Number(60.0, 150.0, 100.0, "m"),
        "lanes_right": Integer(1, 4, 1),
        "lanes_left": Integer(1, 4, 1),
        "lane_m": Number(2.9, 3.6, 3.2, "m"),
        "traffic": Choice(("right", "left"), "right", (1.0, 0.0)),
        "parking": Choice(("none", "right", "left", "both"), "both", (1.0, 1.0, 1.0, 2.0)),
        "parking_surface": Choice(("asphalt", "setts"), "asphalt", (2.0, 1.0)),
        "cycle": Choice(("none", "right", "left", "both"), "none", (3.0, 0.5, 0.5, 1.5)),
        "cycle_surface": Choice(("plain", "red", "green"), "plain"),
        "verge": Choice(("none", "right", "left", "both"), "none", (2.0, 0.5, 0.5, 1.5)),
        "verge_m": Number(1.0, 2.5, 1.6, "m"),
        "pavement_m": Number(2.2, 4.5, 3.0, "m"),
        "setback_m": Number(0.2, 5.0, 0.5, "m"),
        "kerb_height_m": Number(0.10, 0.15, 0.12, "m"),
        "junction": Choice(("none", "right", "left", "cross"), "none", (2.0, 1.0, 1.0, 1.0)),
        "junction_at": Number(-0.12, 0.15, 0.0),
        "curve": Choice(("straight", "left", "right"), "straight", (2.0, 1.0, 1.0)),
        "radius_m": Number(80.0, 250.0, 120.0, "m"),
        "crossing": Choice(("none", "zebra", "signals"), "zebra", (0.5, 2.0, 1.0)),
        "crossing_at": Number(-0.15, 0.15, 0.0),
        "centre_line": Choice(("dashed", "solid", "double"), "dashed", (3.0, 1.0, 1.0)),
        "arrows": Choice(("no", "yes"), "no"),
        "asphalt": Choice(("fresh", "worn", "coarse", "old"), "worn", (1.0, 3.0, 2.0, 1.5)),
        "paving": Choice(
            ("slabs", "large_slabs", "bricks", "red_bricks", "concrete", "asphalt"), "slabs",
            (3.0, 1.5, 2.0, 1.0, 1.5, 1.0),
        ),
        "paint_wear": Number(0.0, 0.99, 0.3),
        "design": Integer(0, 7, 0),
    },
    build=_build,
    parts=("road", "marking", "crossing", "kerb", "pavement", "verge", "cycle_lane", "parking", "ground"),
)  # fmt: skip
