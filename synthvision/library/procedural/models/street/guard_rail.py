"""A guard rail: a W-shaped steel beam on posts with spacers, dented where cars have hit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.street.finishes import (
    galvanised,
    lamp_material,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.deformation import Dent, dented
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["GUARD_RAIL"]

# Half of the W-beam of AASHTO M 180: 312 mm tall, 81 mm deep; here with a thickness that shows.
W_HALF = ((0.0, 0.0), (0.0, 0.02), (0.081, 0.062), (0.081, 0.102), (0.012, 0.138), (0.012, 0.156))
THICK_M = 0.006


def _build(params: Mapping[str, Any]) -> Model:
    length, height = float(params["length_m"]), float(params["height_m"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    rng = rng_for(seed, 0, "guard_rail")
    posts = int(params["posts"])
    spacing = length / posts
    rows = (np.arange(posts) + 0.5) * spacing - length / 2
    middle = height - 0.156
    x = float(params["spacer_m"]) / 2
    tiers = [middle, middle - 0.36] if str(params["beams"]) == "double" and height > 0.8 else [middle]
    beams, plates = [], []
    for z in tiers:
        beam = _beam(length).moved((x, 0.0, z))
        push = 0.12 * float(params["dent"])
        y = float(rng.uniform(-0.35, 0.35)) * length
        reach = 0.09 * length * float(rng.uniform(0.6, 1.3))
        beams.append(dented(beam, [Dent((x, y, z), (-push, 0.0, 0.3 * push), (0.4, reach, 0.4))]))
        plates.append(_lap(x, z, float(rows[posts // 2])))
    steel = galvanised("beam", seed)
    pieces: list[tuple[Mesh, Material]] = [(_along(join(beams), height), steel)]
    pieces.append((over_height(_posts(params, rng, rows, tiers, x, height), height), _post_finish(params)))
    pieces.append((_bolts(rows, tiers, x), worn_steel("bolts", seed)))
    if str(params["end"]) == "fishtail":
        ends = [_fishtail(side, length, x, z) for side in (-1, 1) for z in tiers]
        pieces.append((_along(join(ends), height), painted_steel("end", ((0.7, 0.45, 0.02), seed, dirt, 0.5))))
    if str(params["reflectors"]) == "yes":
        shapes = bevelled_boxes(
            np.tile([0.012, 0.05, 0.1], (posts, 1)), np.array([(x + 0.03, float(y), middle) for y in rows]), 0.003
        )
        pieces.append((shapes, lamp_material("reflector", (0.85, 0.35, 0.02))))
    pieces.append((join(plates), galvanised("lap", 1)))
    return assembled(
        "guard_rail",
        params,
        pieces,
        attributes={"beams": "double" if len(tiers) == 2 else "single", "post": str(params["post"])},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (x, 0.0, height),
            "left": (x, length / 2, middle),
            "right": (x, -length / 2, middle),
        },
    )


def _along(mesh: Mesh, height: float) -> Mesh:
    """Texture coordinates along the beam and down, which run on around its bends."""
    p = mesh.positions_n3
    return mesh.with_uvs(
        np.stack([p[:, 1] / 0.6, np.clip(1.0 - (p[:, 2] - 0.5 * p[:, 0]) / height, 0.01, 0.99)], axis=1)
    )


def _outline(grow_m: float = 0.0) -> Floats:
    """Section of the beam in x and z, a closed ring."""
    half = np.array(W_HALF)
    line = np.concatenate([(half * [1, -1])[:0:-1], half])
    curve = filleted(line, 0.016, step_rad=0.9, tolerance_m=2e-3)
    keep = np.concatenate([[True], np.linalg.norm(np.diff(curve.points_k2, axis=0), axis=1) > 1e-6])
    points, normals = curve.points_k2[keep], curve.normals_k2[keep]
    outside = points + (THICK_M / 2 + grow_m) * normals
    return np.concatenate([outside, (points - (THICK_M / 2 + grow_m) * normals)[::-1]])


def _beam(length: float) -> Mesh:
    section = _outline()
    stations = np.linspace(-length / 2, length / 2, 17)
    rings = [np.stack([section[:, 0], np.full(len(section), y), section[:, 1]], axis=1) for y in stations]
    return _ribbon(np.array(rings))


def _lap(x: float, z: float, y: float) -> Mesh:
    """The end of the next beam, bolted over this one."""
    section = _outline(0.0035)
    rings = [np.stack([section[:, 0], np.full(len(section), y + s), section[:, 1]], axis=1) for s in (-0.16, 0.16)]
    return _ribbon(np.array(rings)).moved((x, 0.0, z))


def _ribbon(rings_rs3: Floats) -> Mesh:
    """A loft of a thin bent sheet whose ends are closed by strips across its thickness."""
    body = loft(rings_rs3, crease_rad=0.9, cap_first=False, cap_last=False)
    if _volume(body) < 0:
        body = Mesh(body.positions_n3, -body.normals_n3, body.uvs_n2, body.triangles_m3[:, ::-1])
    caps = [_end_strip(rings_rs3[place], side) for place, side in ((0, -1.0), (-1, 1.0))]
    return join([body, *caps])


def _volume(mesh: Mesh) -> float:
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)))


def _end_strip(ring_s3: Floats, side: float) -> Mesh:
    half = len(ring_s3) // 2
    k = np.arange(half - 1)
    other = len(ring_s3) - 1 - k
    triangles = np.concatenate([np.stack([k, k + 1, other], axis=1), np.stack([k + 1, other - 1, other], axis=1)])
    a, b, c = (ring_s3[triangles[:, corner]] for corner in range(3))
    if side * float(np.cross(b - a, c - a)[:, 1].sum()) < 0:
        triangles = triangles[:, ::-1]
    normals = np.tile([0.0, side, 0.0], (len(ring_s3), 1))
    return Mesh(ring_s3, normals, ring_s3[:, [0, 2]].copy(), triangles.astype(np.int64))


def _posts(
    params: Mapping[str, Any],
    rng: np.random.Generator,
    rows: np.ndarray[Any, Any],
    tiers: list[float],
    x: float,
    height: float,
) -> Mesh:
    """Posts of rolled steel or timber, each a little out of true, and the blocks between them and the beam."""
    meshes = []
    timber = str(params["post"]) == "timber"
    for y in rows:
        top = height + float(rng.uniform(0.0, 0.04))
        shift = float(rng.normal(0, 0.004))
        if timber:
            meshes.append(
                bevelled_boxes(np.array([(0.15, 0.15, top)]), np.array([(-x - 0.03, y + shift, top / 2)]), 0.008)
            )
        else:
            sizes = np.array([(0.1, 0.006, top), (0.006, 0.06, top), (0.006, 0.06, top)])
            at = np.array([(-x, y, top / 2), (-x + 0.05, y + 0.027, top / 2), (-x - 0.05, y + 0.027, top / 2)])
            meshes.append(bevelled_boxes(sizes, np.add(at, (0.0, shift, 0.0)), 0.002))
        for z in tiers:
            start = -x + 0.04
            meshes.append(
                bevelled_boxes(
                    np.array([(x - start + 0.006, 0.11, 0.2)]), np.array([((x + start) / 2 + 0.002, y, z)]), 0.006
                )
            )
    return join(meshes)


def _post_finish(params: Mapping[str, Any]) -> Material:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    if str(params["post"]) == "timber":
        return painted_steel("post", ((0.17, 0.115, 0.07), seed, min(1.0, 0.4 + dirt), 0.2), clearcoat=0.0)
    return galvanised("post", seed + 1)


def _bolts(rows: np.ndarray[Any, Any], tiers: list[float], x: float) -> Mesh:
    spots = [(x + 0.006, float(y) + s, z) for y in rows for z in tiers for s in (-0.0, 0.12)]
    starts = np.array(spots)
    return rods(starts, np.add(starts, (0.022, 0.0, 0.0)), 0.016, 8)


def _fishtail(side: int, length: float, x: float, z: float) -> Mesh:
    """The flared end of a beam, bent back out of the way."""
    section = _outline(0.002)
    rings = []
    for share in np.linspace(0.0, 1.0, 6):
        y = side * (length / 2 - 0.12 + 0.42 * share)
        back = -0.22 * max(share - 0.25, 0.0) ** 2
        flat = 1.0 - 0.85 * share
        wide = 1.0 + 0.25 * share
        rings.append(
            np.stack([section[:, 0] * flat + back + x, np.full(len(section), y), section[:, 1] * wide + z], axis=1)
        )
    if side < 0:
        rings = rings[::-1]
    return _ribbon(np.array(rings))


GUARD_RAIL = ProceduralAsset(
    name="guard_rail",
    kind="model",
    category="guard_rail",
    tags=("street", "road", "safety", "guard rail", "crash barrier", "outdoor"),
    size_m=4.0,
    description="A guard rail: one or two W-shaped steel beams on steel or timber posts, dented by cars.",
    parameters={
        "length_m": Number(2.8, 5.0, 4.0, "m"),
        "height_m": Number(0.68, 1.0, 0.75, "m"),
        "posts": Integer(2, 3, 2),
        "post": Choice(("steel", "timber"), "steel", (0.7, 0.3)),
        "spacer_m": Number(0.14, 0.3, 0.2, "m"),
        "beams": Choice(("single", "double"), "single", (0.7, 0.3)),
        "end": Choice(("open", "fishtail"), "open"),
        "reflectors": Choice(("no", "yes"), "no"),
        "dent": Number(0.0, 1.0, 0.2),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("beam", "post", "bolts", "end", "reflector", "lap"),
    keypoints=("base", "top", "left", "right"),
)
