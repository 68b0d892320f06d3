"""Brackets milled or bent from plate: flat, angle and channel, with drilled, countersunk or counterbored holes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, Head, screw_head
from synthvision.library.procedural.models.machine_parts.finishes import calm_edges, charted, lathed, metal
from synthvision.library.procedural.models.machine_parts.placing import METALS, centred, named_metal, rib
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.drilled_plates import (
    Rim,
    circle,
    drilled_plate,
    edge,
    folded_up,
    outline,
    stepped_edge,
)
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted

__all__ = ["BRACKET"]

BEVEL_M = 0.0005
HOLE_POINTS = 20
BEND_CELLS = 6
HOLE_SHADE = (0.72, 0.72, 0.72)


class _Layout:
    """The flat pattern of a bracket: x along it, folds, holes as (x, y, radius).

    Screw holes come first: two in the base, then those of the other flange.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.style = str(params["style"])
        # A flat plate is as long as an angle's legs together.
        self.length = float(params["length_m"]) * (1.5 if self.style == "plate" else 1.0)
        self.width = float(params["width_m"])
        self.thick = float(params["thickness_m"])
        self.radius = float(params["hole_m"]) / 2
        self.bend_radius = 0.6 * self.thick
        self.flange = float(params["flange_ratio"]) * self.length if self.style != "plate" else 0.0
        self.arc = (self.bend_radius + self.thick / 2) * np.pi / 2
        self.folds = {
            "plate": [],
            "angle": [self.length],
            "channel": [self.flange, self.flange + self.arc + self.length],
        }[self.style]
        self.taper = float(params["taper"])
        self.total = self.length + len(self.folds) * (self.arc + self.flange)
        self.neck = (self.folds[-1] + self.arc + 0.1 * self.flange) if self.folds else 0.45 * self.total
        self.base_low = self.flange + self.arc if self.style == "channel" else 0.0

    def half_width_at(self, x: float) -> float:
        """Half the width of the pattern at `x`."""
        start = self.neck
        if x <= start or self.style == "channel":
            return self.width / 2
        return self.width / 2 * (1.0 - self.taper * (x - start) / (self.total - start))

    def holes(self, count: str) -> list[tuple[float, float, float]]:
        """Screw holes."""
        x0, x1 = self.base_low, self.base_low + self.length
        inset = max(2.1 * self.radius + 0.002, 0.13 * self.length)
        near, far = x0 + inset, x1 - inset
        places = [(near, 1.0), (far, -1.0)]
        if count == "four" or self.style == "plate":
            places += [(far, 1.0), (near, -1.0)]
        if self.style != "plate":
            mid = self.total - 0.5 * self.flange
            places += [(mid, 1.0), (mid, -1.0)]
        found = []
        for x, side in places:
            # Heads and countersinks reach nearly two radii out, and must clear the edge and each other.
            y = self.half_width_at(x + inset) - max(2.1 * self.radius + 0.0015, 0.1 * self.width)
            if y > 2.1 * self.radius:
                found.append((x, side * y, self.radius))
            elif side > 0 or (x, 1.0) not in places:
                found.append((x, 0.0, self.radius))
        return found

    def cuts(self) -> list[float]:
        """Lines across the pattern along which the folds are divided."""
        return [float(x) for start in self.folds for x in np.linspace(start, start + self.arc, BEND_CELLS + 1)]


def _build(params: Mapping[str, Any]) -> Model:
    flat = _Layout(params)
    missing = str(params["missing"])
    seed = int(params["wear_seed"])
    kind = str(params["material"])
    body = named_metal("body", kind, "milled" if kind in ("aluminium", "steel", "stainless") else "blasted", seed)
    holes = flat.holes(str(params["holes"]))
    target = int(params["missing_index"]) % len(holes)
    outer = Rim(_pattern(flat, params), edge(0.0, flat.thick, BEVEL_M))
    screw_size = min(ISO_SIZES.values(), key=lambda size: abs(size.major * 1.08 - 2 * flat.radius))
    rims = [
        Rim(circle(r, HOLE_POINTS, (x, y)), _hole_section(params, flat, k == target and missing != "none", missing))
        for k, (x, y, r) in enumerate(holes)
    ]
    shell, walls = drilled_plate(outer, rims + _cutouts(flat, params), flat.cuts())
    fold = _folding(flat)
    # The inside of a hole gets little light from around.
    drilled = join([wall for k, wall in enumerate(walls) if k != target or missing != "screw"]).tinted(HOLE_SHADE)
    pieces: list[tuple[Mesh, Material]] = [
        (charted(fold(calm_edges(shell))), body),
        (charted(fold(drilled)), named_metal("holes", kind, "turned", seed)),
    ]
    if missing == "hole":
        plug = lathed(_plug(flat), HOLE_POINTS).moved((holes[target][0], holes[target][1], 0.0))
        uvs = plug.positions_n3[:, :2] * [1.0, -1.0]
        pieces.append((charted(fold(plug.with_uvs(uvs))), _copy(body, "missing_hole")))
    if missing == "screw":
        pieces.append((charted(fold(walls[target])), _copy(body, "missing_screw")))
    if missing == "screw" or str(params["screws"]) == "all":
        head: Head = "countersunk" if str(params["hole_style"]) == "countersunk" else "socket"
        lift = {"countersunk": -0.0003, "counterbored": -0.55 * flat.thick}.get(str(params["hole_style"]), 0.0)
        shade = metal("screw", METALS["zinc" if seed % 2 else "black_oxide"][0], "turned", roughness=0.35, seed=seed)
        screws = [
            mesh.moved((x, y, flat.thick + lift))
            for k, (x, y, _) in enumerate(holes)
            if k != target or missing == "none"
            for mesh in screw_head(head, screw_size, HOLE_POINTS)
        ]
        pieces.append((fold(join(screws)), shade))
    if str(params["gusset"]) == "yes" and flat.style == "angle":
        pieces.append((charted(_gusset(flat)), body))
    # The upright flange belongs at the back: the front of a bracket is where its base reaches out.
    turn = turn_about("z", np.pi)
    turned = [(mesh.turned(turn), material) for mesh, material in pieces]
    marks = np.array([(x, y, flat.thick) for x, y, _ in holes[:2]])
    ends = fold_points(flat, marks) @ turn.T
    middle = fold_points(flat, np.array([(flat.base_low + flat.length / 2, 0.0, flat.thick)])) @ turn.T
    names = {"centre": middle[0], "hole_1": ends[0], "hole_2": ends[1]}
    pieces, points = centred(turned, {name: (float(p[0]), float(p[1]), float(p[2])) for name, p in names.items()})
    return assembled(
        "bracket",
        params,
        pieces,
        attributes={"style": flat.style, "missing": missing, "material": kind},
        keypoints=points,
    )


def fold_points(flat: _Layout, points_n3: Floats) -> Floats:
    """Return points of the flat pattern where they come to lie on the folded bracket."""
    if flat.style == "channel":
        # The first fold is made from its own side, seen in a mirror.
        first = flat.folds[0] + flat.arc
        mirrored = points_n3 * [-1.0, 1.0, 1.0]
        folded = folded_up(mirrored, -first, flat.thick, flat.bend_radius, np.pi / 2)
        points_n3 = np.where(points_n3[:, :1] < first, folded * [-1.0, 1.0, 1.0], points_n3)
    if flat.folds:
        right = folded_up(points_n3, flat.folds[-1], flat.thick, flat.bend_radius, np.pi / 2)
        points_n3 = np.where(points_n3[:, :1] > flat.folds[-1], right, points_n3)
    return points_n3


def _folding(flat: _Layout) -> Callable[[Mesh], Mesh]:
    if not flat.folds:
        return lambda mesh: mesh
    return lambda mesh: deformed(mesh, lambda points: fold_points(flat, points), 1e-7)


def _pattern(flat: _Layout, params: Mapping[str, Any]) -> Floats:
    """The outline of the flat pattern with points on all lines of the folds."""
    half, end = flat.width / 2, flat.total
    # A corner rounder than this would cut into the countersink of the hole beside it.
    roundest = (1.414 * (2.1 * flat.radius + 0.0015) - (2.0 * flat.radius + 0.001)) / 0.414
    corner = min(float(params["corner_ratio"]) * flat.width, roundest)
    narrow = flat.half_width_at(end)
    neck = flat.neck
    corners = [(0.0, -half), (neck, -half), (end, -narrow), (end, narrow), (neck, half), (0.0, half)]
    radii = [corner, 0.3 * half, min(corner, 0.8 * narrow), min(corner, 0.8 * narrow), 0.3 * half, corner]
    if narrow == half:
        corners, radii = [corners[k] for k in (0, 2, 3, 5)], [radii[k] for k in (0, 2, 3, 5)]
    ring = outline(corners, [min(r, 0.45 * flat.length, 0.8 * (flat.flange or 1.0)) for r in radii])
    for cut in flat.cuts():
        ring = _with_cut(ring, cut)
    return ring


def _with_cut(ring: Floats, x: float) -> Floats:
    after = np.roll(ring, -1, axis=0)
    crossed = np.flatnonzero((ring[:, 0] - x) * (after[:, 0] - x) < 0)
    share = (x - ring[crossed, 0]) / (after[crossed, 0] - ring[crossed, 0])
    points = ring[crossed] + share[:, None] * (after[crossed] - ring[crossed])
    points[:, 0] = x
    return np.insert(ring, crossed + 1, points, axis=0)


def _hole_section(params: Mapping[str, Any], flat: _Layout, is_missing: bool, missing: str) -> Profile:
    thick, r = flat.thick, flat.radius
    style = str(params["hole_style"])
    if is_missing and missing == "hole":
        return edge(0.0, thick, 0.0)
    if style == "countersunk":
        wide = min(0.95 * r, 0.7 * thick)
        section = stepped_edge(0.0, [(0.0, thick - wide), (wide, thick)], 0.3 * BEVEL_M)
    elif style == "counterbored":
        floor, wide = 0.45 * thick, 0.85 * r
        section = stepped_edge(
            0.0, [(0.0, floor), (wide, floor), (wide, thick - BEVEL_M), (wide + BEVEL_M, thick)], 0.3 * BEVEL_M
        )
    else:
        section = edge(0.0, thick, BEVEL_M)
    if is_missing and missing == "screw" and style == "plain":
        # Where the head would sit belongs to the place of the missing screw.
        section = chain(section, filleted([(-BEVEL_M, thick), (-0.75 * r, thick)], 0.0))
    return section


def _plug(flat: _Layout) -> Profile:
    """Solid metal where a hole should be, with the mark of a centre punch."""
    r, t = flat.radius, flat.thick
    return filleted([(0.0, 0.0), (r, 0.0), (r, t), (0.22 * r, t), (0.0, t - 0.16 * r)], 0.0)


def _cutouts(flat: _Layout, params: Mapping[str, Any]) -> list[Rim]:
    """A large bore or slot in the middle of the base, and a slot in the flange."""
    style = str(params["cutout"])
    middle = flat.base_low + flat.length / 2
    reach = min(0.5 * flat.width - 0.008, 0.5 * flat.length - 5.5 * flat.radius - 0.006)
    if style == "none" or reach < 1.5 * flat.radius:
        return []
    section = edge(0.0, flat.thick, BEVEL_M)
    if style == "bore":
        return [Rim(circle(min(reach, 0.26 * flat.length), 28, (middle, 0.0)), section)]
    half = min(0.5 * reach, 1.6 * flat.radius)
    corners = [(middle - reach, -half), (middle + reach, -half), (middle + reach, half), (middle - reach, half)]
    return [Rim(outline(corners, 0.96 * half), section)]


def _gusset(flat: _Layout) -> Mesh:
    """A triangular web between base and flange, in the middle of the width."""
    corner_x = flat.length + flat.bend_radius
    reach = 0.55 * min(flat.flange, flat.length)
    low = 0.5 * flat.thick
    corners = [
        (corner_x + 0.4 * flat.thick, low),
        (corner_x + 0.4 * flat.thick, flat.thick + reach),
        (corner_x, flat.thick + reach),
        (corner_x - reach, flat.thick),
        (corner_x - reach, low),
    ]
    return rib(corners, 0.6 * flat.thick, 0.4 * BEVEL_M)


def _copy(material: Material, name: str) -> Material:
    """The same surface in a slot of its own, so that it can be labelled on its own."""
    return replace(material, name=name)


BRACKET = ProceduralAsset(
    name="bracket",
    kind="model",
    category="bracket",
    tags=("part", "inspection", "machine", "metal", "factory"),
    size_m=0.1,
    description="A milled or bent metal bracket with drilled, countersunk or counterbored holes and screws.",
    parameters={
        "style": Choice(("plate", "angle", "channel"), "angle", (0.3, 0.5, 0.2)),
        "length_m": Number(0.05, 0.1, 0.07, "m"),
        "width_m": Number(0.04, 0.08, 0.055, "m"),
        "thickness_m": Number(0.004, 0.009, 0.006, "m"),
        "flange_ratio": Number(0.55, 0.95, 0.7),
        "taper": Number(0.0, 0.35, 0.15),
        "corner_ratio": Number(0.06, 0.3, 0.14),
        "hole_m": Number(0.0044, 0.007, 0.0055, "m"),
        "hole_style": Choice(("plain", "countersunk", "counterbored"), "countersunk"),
        "holes": Choice(("two", "four"), "four"),
        "cutout": Choice(("none", "bore", "slot"), "bore"),
        "gusset": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "screws": Choice(("none", "all"), "none", (0.75, 0.25)),
        "missing": Choice(("none", "hole", "screw"), "none", (0.6, 0.2, 0.2)),
        "missing_index": Integer(0, 5, 0),
        "material": Choice(
            ("aluminium", "steel", "black_anodised", "zinc", "yellow_zinc"), "aluminium", (0.4, 0.25, 0.15, 0.1, 0.1)
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "holes", "screw", "missing_hole", "missing_screw"),
    keypoints=("centre", "hole_1", "hole_2"),
)
