"""Screws and bolts with ISO metric threads: hexagon, flanged, socket, button, countersunk and pan heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, head_height, screw_head, shank
from synthvision.library.procedural.models.machine_parts.finishes import lathed
from synthvision.library.procedural.models.machine_parts.placing import named_metal, turned_pose
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["BOLT"]

SEGMENTS = 20
MOST_TURNS = 26
SIZES = ("M5", "M6", "M8", "M10", "M12", "M16")


def _build(params: Mapping[str, Any]) -> Model:
    size = ISO_SIZES[str(params["size"])]
    head = str(params["head"])
    seed, kind = int(params["wear_seed"]), str(params["material"])
    length = float(params["length_ratio"]) * size.major
    threaded = min(length * float(params["threaded_share"]), MOST_TURNS * size.pitch)
    if threaded > 0.85 * length:
        threaded = length - 0.3 * size.pitch
    # A countersunk head ends in the shank, and counts as part of the length.
    sunk = 0.5 * size.major if head == "countersunk" else 0.0
    body = named_metal("head", kind, "turned", seed)
    thread = named_metal("shank", kind, "turned", seed, rougher=0.04)
    pieces = [
        (join(screw_head(head, size, SEGMENTS)), body),  # type: ignore[arg-type]  # one of the declared names
        (shank(size, max(length, 2 * size.major), threaded, SEGMENTS), thread),
    ]
    if str(params["washer"]) == "yes" and sunk == 0.0:
        ring = lathed(_washer(size.major, size.washer_out, size.washer_thick), 28)
        pieces.append(
            (ring.moved((0.0, 0.0, -size.washer_thick - 0.0002)), named_metal("washer", kind, "rolled", seed))
        )
    top = head_height(head, size)  # type: ignore[arg-type]
    tip = -max(length, 2 * size.major)
    points = {"head_centre": (0.0, 0.0, top), "tip": (0.0, 0.0, tip), "seat": (0.0, 0.0, 0.0)}
    moved, marks = turned_pose(pieces, points, _pose(pieces, str(params["pose"]), -tip))
    return assembled(
        "bolt",
        params,
        moved,
        attributes={"head": head, "size": str(params["size"]), "material": kind},
        keypoints=marks,
    )


def _pose(pieces: list[tuple[Mesh, Material]], pose: str, length: float) -> Floats:
    """Rotation of a bolt on its head, or lying on head and tip as a dropped one comes to rest."""
    if pose == "on_head":
        return turn_about("x", np.pi)
    reach = max(float(np.linalg.norm(mesh.positions_n3[:, :2], axis=1).max()) for mesh, _ in pieces)
    shank_reach = float(np.linalg.norm(pieces[1][0].positions_n3[:, :2], axis=1).max())
    # Head towards +x; the head's rim and the tip of the shank touch the ground.
    return turn_about("y", np.pi / 2 - np.arctan2(0.93 * reach - shank_reach, length))


def _washer(bore: float, outer: float, thick: float) -> Profile:
    low, high, r0, r1 = 0.0, thick, bore * 0.53, outer / 2
    bevel = 0.12 * thick
    return filleted([(r0, high), (r0, low), (r1, low), (r1, high), (r0, high)], [0.0, bevel, 2 * bevel, 2 * bevel, 0.0])


BOLT = ProceduralAsset(
    name="bolt",
    kind="model",
    category="bolt",
    tags=("part", "inspection", "screw", "fastener", "machine", "metal", "factory"),
    size_m=0.045,
    description="A metric screw with hexagon, flange, socket, button, countersunk or pan head and a real thread.",
    parameters={
        "size": Choice(SIZES, "M8"),
        "head": Choice(
            ("hex", "hex_flange", "socket", "button", "countersunk", "pan"), "hex", (0.3, 0.12, 0.26, 0.12, 0.12, 0.08)
        ),
        "length_ratio": Number(2.2, 6.0, 4.0),
        "threaded_share": Number(0.4, 1.2, 0.7),
        "washer": Choice(("no", "yes"), "no", (0.8, 0.2)),
        "pose": Choice(("lying", "on_head"), "lying", (0.7, 0.3)),
        "material": Choice(
            ("zinc", "black_oxide", "stainless", "yellow_zinc", "brass"), "zinc", (0.35, 0.25, 0.2, 0.15, 0.05)
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("head", "shank", "washer"),
    keypoints=("head_centre", "tip", "seat"),
)
