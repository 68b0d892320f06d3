"""Spur gears with involute teeth (20 degrees, ISO 53), web, hub, bore and keyway, and one tooth broken off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.finishes import STEEL, charted, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import named_metal, parted
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, ring_plate
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["GEAR", "tooth_ring"]

PRESSURE_RAD = np.radians(20.0)
POINTS_PER_TOOTH = 10
BEVEL_M = 0.0003


@dataclass(frozen=True, slots=True)
class GearSize:
    """Radii of a gear in metres.

    Args:
        teeth: Number of teeth.
        module: Pitch diameter per tooth.
        width: Of the teeth.
    """

    teeth: int
    module: float
    width: float

    @property
    def pitch(self) -> float:
        """Pitch radius."""
        return self.module * self.teeth / 2

    @property
    def tip(self) -> float:
        """Radius over the teeth."""
        return self.pitch + self.module

    @property
    def root(self) -> float:
        """Radius between the teeth."""
        return self.pitch - 1.25 * self.module


def tooth_ring(size: GearSize) -> Floats:
    """Return the outline of all teeth, counter-clockwise, `POINTS_PER_TOOTH` points each; the first tooth is at +x."""
    base = size.pitch * np.cos(PRESSURE_RAD)
    start = max(base, size.root + 0.15 * size.module)
    radii = np.array([size.root, size.root + 0.12 * size.module, *np.linspace(start, size.tip, 4)[1:]])

    def involute(radius: Floats | float) -> Floats:
        turn = np.arccos(np.minimum(base / np.asarray(radius, np.float64), 1.0))
        return np.asarray(np.tan(turn) - turn, np.float64)

    half = np.pi / (2 * size.teeth) + involute(size.pitch) - involute(np.maximum(radii, start))
    # The foot widens into the root like the fillet that a hob leaves.
    half[0] += 0.35 * size.module / size.root
    angle = np.concatenate([-half, half[::-1]])
    reach = np.concatenate([radii, radii[::-1]])
    turns = np.arange(size.teeth)[:, None] * 2 * np.pi / size.teeth + angle[None]
    spread = np.broadcast_to(reach, turns.shape)
    return np.stack([spread * np.cos(turns), spread * np.sin(turns)], axis=-1).reshape(-1, 2)


def _build(params: Mapping[str, Any]) -> Model:
    module = float(params["module_m"])
    teeth = int(params["teeth"])
    size = GearSize(teeth, module, module * float(params["width_ratio"]))
    seed, kind = int(params["wear_seed"]), str(params["material"])
    broken = int(params["tooth_index"]) % teeth if str(params["missing_tooth"]) == "yes" else None
    ring = tooth_ring(size)
    if broken is not None:
        ring = _with_stub(ring, size, broken, seed)
    body = _material(kind, seed)
    bore = float(params["bore_ratio"]) * size.root
    keyed = str(params["keyway"]) == "yes"
    hub = min(1.75 * bore + 0.001, 0.8 * size.root)
    high = size.width * float(params["hub_ratio"])
    meshes = _wheel(params, size, ring, hub)
    toothed, rest = meshes[0], meshes[1:]
    parts: list[tuple[Mesh, Material]] = []
    if broken is not None:
        stub, toothed = _split(toothed, size, broken)
        parts.append((charted(stub), metal("missing_tooth", STEEL, "cast", roughness=0.6, seed=seed)))
        if not kind.startswith("steel"):
            fresh = plastic("missing_tooth", _material(kind, seed).base_colour[:3], roughness=0.85, finish="cast")
            parts[-1] = (parts[-1][0], fresh)
    *collar, bored = ring_plate(Rim(circle(hub, 40), edge(0.0, high, 2 * BEVEL_M)), _bore_rim(bore, high, keyed))
    # Plastic gears are moulded around a bush of brass.
    reamed = named_metal("bore", "brass" if kind in ("nylon", "acetal", "brass") else "steel", "turned", seed)
    parts = [(charted(join([toothed, *rest, *collar])), body), (charted(bored), reamed), *parts]
    return assembled(
        "gear",
        params,
        parts,
        attributes={"missing_tooth": str(params["missing_tooth"]), "material": kind, "teeth": str(teeth)},
        keypoints={
            "centre": (0.0, 0.0, high),
            "tooth": (size.pitch, 0.0, size.width),
            "opposite_tooth": (-size.pitch, 0.0, size.width),
        },
    )


def _material(kind: str, seed: int) -> Material:
    if kind == "nylon":
        return plastic("body", (0.72, 0.7, 0.63), roughness=0.45, seed=seed)
    if kind == "acetal":
        return plastic("body", (0.03, 0.03, 0.032), roughness=0.42, seed=seed)
    if kind == "steel_dark":
        return metal("body", (0.17, 0.165, 0.16), "ground", roughness=0.45, seed=seed)
    return named_metal("body", "brass" if kind == "brass" else "steel", "ground", seed)


def _wheel(params: Mapping[str, Any], size: GearSize, ring: Floats, hub: float) -> list[Mesh]:
    """The toothed rim, and the web between it and the hub."""
    teeth = Rim(ring, edge(0.0, size.width, BEVEL_M))
    style = str(params["style"])
    inner = size.root - 2.2 * size.module
    if style == "solid" or inner < hub + 0.006:
        return [_ring(teeth, Rim(circle(0.9 * hub, 40), edge(0.0, size.width, 0.0)))]
    low, high = 0.28 * size.width, 0.72 * size.width
    rim = _ring(teeth, Rim(circle(inner, 48), edge(0.0, size.width, 2 * BEVEL_M)))
    holes = []
    if style == "holes":
        middle, room = (inner + hub) / 2, inner - hub
        count = int(params["web_holes"])
        radius = min(0.36 * room, 0.36 * middle * 2 * np.pi / count)
        section = edge(low, high, 1.5 * BEVEL_M)
        turns = np.arange(count) * 2 * np.pi / count + 0.3
        holes = [Rim(circle(radius, 18, (middle * np.cos(a), middle * np.sin(a))), section) for a in turns]
    holes.append(Rim(circle(0.9 * hub, 24), edge(low, high, 0.0)))
    web, walls = drilled_plate(Rim(circle(inner + 0.0004, 48), edge(low, high, 0.0)), holes)
    return [rim, web, *walls]


def _ring(outer: Rim, inner: Rim) -> Mesh:
    return join(ring_plate(outer, inner))


def _bore_rim(radius: float, high: float, keyed: bool) -> Rim:
    """The bore, with a keyway as wide as a third of it (DIN 6885: 4 mm for 10 to 12 mm, 2 mm deep in the hub)."""
    section = edge(0.0, high, 1.5 * BEVEL_M)
    if not keyed:
        return Rim(circle(radius, 32), section)
    half = 0.32 * radius
    start = np.arcsin(half / radius)
    turn = np.linspace(start, 2 * np.pi - start, 30)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    slot = np.array([(1.32 * radius, -half), (1.32 * radius, half)])
    return Rim(np.concatenate([slot, arc]), section)


def _with_stub(ring: Floats, size: GearSize, tooth: int, seed: int) -> Floats:
    """The outline with one tooth broken off a little above its root, the break uneven."""
    rng = rng_for(seed, 0, "gear.break")
    ring = ring.copy()
    mine = np.s_[tooth * POINTS_PER_TOOTH : (tooth + 1) * POINTS_PER_TOOTH]
    points = ring[mine]
    radius, angle = np.linalg.norm(points, axis=1), np.arctan2(points[:, 1], points[:, 0])
    centre = tooth * 2 * np.pi / size.teeth
    offset = (angle - centre + np.pi) % (2 * np.pi) - np.pi
    edge_radius = size.root + 0.12 * size.module
    foot = np.abs(offset[1])
    # Four points of the foot stay; the others spread over the break.
    spread = np.linspace(-0.9, 0.9, POINTS_PER_TOOTH - 4) * foot
    jag = edge_radius + size.module * rng.uniform(0.05, 0.5, POINTS_PER_TOOTH - 4)
    offset[2:-2] = spread
    radius[2:-2] = jag
    turn = centre + offset
    ring[mine] = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    return ring


def _split(mesh: Mesh, size: GearSize, tooth: int) -> tuple[Mesh, Mesh]:
    """The faces of the break and all others."""
    middle = mesh.positions_n3[mesh.triangles_m3].mean(axis=1)
    away = np.arctan2(middle[:, 1], middle[:, 0]) - tooth * 2 * np.pi / size.teeth
    away = np.abs((away + np.pi) % (2 * np.pi) - np.pi)
    is_stub = (away < 0.62 * np.pi / size.teeth) & (
        np.linalg.norm(middle[:, :2], axis=1) > size.root - 0.2 * size.module
    )
    return parted(mesh, is_stub)


GEAR = ProceduralAsset(
    name="gear",
    kind="model",
    category="gear",
    tags=("part", "inspection", "machine", "metal", "factory", "cog"),
    size_m=0.06,
    description="A spur gear with involute teeth, hub, bore and keyway, whole or with one tooth broken off.",
    parameters={
        "module_m": Number(0.0012, 0.0026, 0.002, "m"),
        "teeth": Integer(14, 36, 24),
        "width_ratio": Number(4.0, 9.0, 6.0),
        "style": Choice(("solid", "web", "holes"), "holes", (0.35, 0.25, 0.4)),
        "web_holes": Integer(3, 6, 5),
        "hub_ratio": Number(1.0, 1.9, 1.35),
        "bore_ratio": Number(0.2, 0.38, 0.28),
        "keyway": Choice(("no", "yes"), "yes", (0.35, 0.65)),
        "missing_tooth": Choice(("no", "yes"), "no", (0.7, 0.3)),
        "tooth_index": Integer(0, 35, 20),
        "material": Choice(("steel", "steel_dark", "brass", "nylon", "acetal"), "steel", (0.4, 0.2, 0.15, 0.15, 0.1)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "bore", "missing_tooth"),
    keypoints=("centre", "tooth", "opposite_tooth"),
)
