"""A roll cage: wire walls on a frame with four castors, with two to four sides, a gate and shelves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, rubber, soiled
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.storage.wheels import castor_fork, wheel
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["ROLL_CAGE"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "roll_cage.parts")
    wear, dirt = float(params["wear"]), float(params["dirt"])
    # Usual roll containers are 720 mm wide, 800 mm long and 1.6 to 1.8 m high.
    length, width, height = float(params["length_m"]), float(params["width_m"]), float(params["height_m"])
    radius = float(params["wheel_m"])
    floor = 2 * radius + 0.075
    sides = int(params["sides"])
    tubes: list[Mesh] = []
    wires: list[tuple[Floats, Floats]] = []
    cells = float(params["mesh_m"])
    half_x, half_y = length / 2, width / 2
    walls = [((-half_x, -half_y), (half_x, -half_y), height), ((-half_x, half_y), (half_x, half_y), height)]
    if sides >= 3:
        walls.append(((-half_x, -half_y + 0.03), (-half_x, half_y - 0.03), height))
    if sides >= 4:
        # The front gate opens in the upper half.
        walls.append(((half_x, -half_y + 0.03), (half_x, half_y - 0.03), floor + 0.52 * (height - floor)))
    for a, b, top in walls:
        frame, mesh = _wall(np.array(a), np.array(b), floor, top, cells, float(params["bow_m"]))
        tubes.append(frame)
        wires.append(mesh)
    wire_mesh = rods(np.concatenate([w[0] for w in wires]), np.concatenate([w[1] for w in wires]), 0.0028, 4)
    base = BoxSet(rng)
    for side in (-1, 1):
        base.add((length, 0.035, 0.035), (0.0, side * (half_y - 0.018), floor - 0.02))
        base.add((0.035, width - 0.07, 0.035), (side * (half_x - 0.018), 0.0, floor - 0.0205), "y")
    deck_kind = str(params["deck"])
    decks = BoxSet(rng)
    shelf_z = floor + float(params["shelf_share"]) * (height - floor)
    levels = [floor + 0.006] + ([shelf_z] if str(params["shelf"]) == "yes" else [])
    for z in levels:
        if deck_kind == "slats":
            count = 7
            for k in range(count):
                y = (k - (count - 1) / 2) * (width - 0.08) / count
                decks.add((length - 0.03, (width - 0.08) / count * 0.7, 0.012), (0.0, y, z))
        else:
            decks.add((length - 0.03, width - 0.05, 0.016), (0.0, 0.0, z))
    forks, tyres, hubs = _castors(rng, radius, half_x, half_y, floor)
    finish = str(params["finish"])
    steel = (
        metal("frame", "galvanised", seed, dirt=dirt)
        if finish == "zinc"
        else painted("frame", rgb(params["colour"]), seed, wear=wear, dirt=dirt)
    )
    deck_material = plastic("deck", rgb(params["deck_colour"]), seed, dirt=dirt) if deck_kind == "plastic" else steel
    pieces: list[tuple[Mesh, Material]] = [
        (soiled(in_tiles(join([*tubes, base.mesh(0.003)]), seed), 0.0, 0.4, dirt), steel),
        (in_tiles(wire_mesh, seed), steel),
        (in_tiles(decks.mesh(0.003), seed), deck_material),
        (in_tiles(forks, seed), metal("castors", "galvanised", seed + 1, dirt=dirt)),
        (
            in_tiles(tyres, seed),
            rubber("tyres", seed, dirt=dirt)
            if str(params["wheels"]) == "rubber"
            else plastic("tyres", (0.05, 0.12, 0.4), seed, dirt=dirt),
        ),
        (in_tiles(hubs, seed), plastic("hubs", (0.4, 0.4, 0.4), seed, dirt=dirt)),
    ]
    corners = {
        f"{level}_{front}_{side}": (sx * half_x, sy * half_y, z)
        for level, z in (("deck", floor), ("top", height))
        for front, sx in (("front", 1), ("back", -1))
        for side, sy in (("left", 1), ("right", -1))
    }
    return assembled(
        "roll_cage", params, pieces, attributes={"sides": str(sides), "shelf": str(params["shelf"])}, keypoints=corners
    )


def _wall(
    a: Floats, b: Floats, floor: float, top: float, cell: float, bow: float
) -> tuple[Mesh, tuple[Floats, Floats]]:
    """A bent tube around one wall, and the ends of the wires inside it."""
    long = float(np.linalg.norm(b - a))
    along = np.array([*((b - a) / long), 0.0])
    start = np.array([*a, 0.0])
    out = np.array([along[1], -along[0], 0.0])
    if float(out[:2] @ (a + b)) < 0:
        out = -out
    low = floor - 0.03
    corners = [
        start + np.array([0, 0, low]),
        start + np.array([0, 0, top]),
        start + along * long + [0, 0, top],
        start + along * long + [0, 0, low],
    ]
    frame = tube_along(bent_path(corners, 0.1, 4), 0.0125, 8)
    starts, ends = [], []

    def lean(share: float, height: float) -> Floats:
        """Walls are knocked out of shape by what they are pushed against."""
        rise = (height - floor) / (top - floor)
        return out * bow * float(np.sin(np.pi * share)) * float(np.sin(np.pi * min(max(rise, 0.0), 1.0)))

    columns, rows = max(round(long / cell), 3), max(round((top - floor) / (1.9 * cell)), 3)
    for k in range(1, columns):
        share = k / columns
        base = start + along * long * share
        levels = (floor - 0.01, (floor + top) / 2, top)
        points = [base + np.array([0, 0, z]) + lean(share, z) for z in levels]
        starts += points[:-1]
        ends += points[1:]
    for k in range(1, rows):
        z = floor + (top - floor) * k / rows
        shares = (0.0, 0.5, 1.0)
        points = [start + along * long * s + [0, 0, z] + lean(s, z) + out * 0.004 for s in shares]
        starts += points[:-1]
        ends += points[1:]
    return frame, (np.array(starts), np.array(ends))


def _castors(
    rng: np.random.Generator, radius: float, half_x: float, half_y: float, floor: float
) -> tuple[Mesh, Mesh, Mesh]:
    """Two fixed castors at the back, two swivelled ones at the front."""
    forks: list[Mesh] = []
    tyres: list[Mesh] = []
    hubs: list[Mesh] = []
    tyre, hub = wheel(radius, 0.032, 0.6 * radius, tread=0.3, segments=16)
    fork = castor_fork(rng, radius, 0.032, floor - 0.035, 0.04)
    for x, y, turn_rad in (
        (half_x - 0.09, half_y - 0.07, float(rng.uniform(-3, 3))),
        (half_x - 0.09, -half_y + 0.07, float(rng.uniform(-3, 3))),
        (-half_x + 0.09, half_y - 0.07, 0.0),
        (-half_x + 0.09, -half_y + 0.07, 0.0),
    ):
        turn = turn_about("z", turn_rad)
        forks.append(fork.turned(turn).moved((x, y, 0.0)))
        for part, into in ((tyre, tyres), (hub, hubs)):
            into.append(part.moved((-0.04, 0.0, radius)).turned(turn).moved((x, y, 0.0)))
    return join(forks), join(tyres), join(hubs)


ROLL_CAGE = ProceduralAsset(
    name="roll_cage",
    kind="model",
    category="roll_cage",
    tags=("roll_container", "trolley", "warehouse", "storage", "logistics", "wire"),
    size_m=1.7,
    description="A roll cage with wire walls on two to four sides, a deck, a shelf and four castors.",
    parameters={
        "length_m": Number(0.68, 0.95, 0.8, "m"),
        "width_m": Number(0.58, 0.76, 0.72, "m"),
        "height_m": Number(1.35, 1.85, 1.68, "m"),
        "wheel_m": Number(0.05, 0.065, 0.06, "m"),
        "sides": Integer(2, 4, 3),
        "mesh_m": Number(0.065, 0.12, 0.09, "m"),
        "bow_m": Number(0.0, 0.04, 0.012, "m"),
        "deck": Choice(("plastic", "slats", "steel"), "plastic"),
        "shelf": Choice(("no", "yes"), "no", (0.7, 0.3)),
        "shelf_share": Number(0.35, 0.65, 0.5),
        "finish": Choice(("zinc", "painted"), "zinc", (0.75, 0.25)),
        "colour": Colour(((0.02, 0.1, 0.4), (0.5, 0.03, 0.02), (0.05, 0.25, 0.1), (0.3, 0.3, 0.3)), 0.12),
        "deck_colour": Colour(((0.03, 0.03, 0.032), (0.02, 0.1, 0.4), (0.4, 0.03, 0.02), (0.25, 0.25, 0.25)), 0.12),
        "wheels": Choice(("rubber", "nylon"), "rubber"),
        "wear": Number(0.0, 1.0, 0.4),
        "dirt": Number(0.0, 0.8, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "deck", "castors", "tyres", "hubs"),
    keypoints=(
        "deck_front_left",
        "deck_front_right",
        "deck_back_left",
        "deck_back_right",
        "top_front_left",
        "top_front_right",
        "top_back_left",
        "top_back_right",
    ),
)
