"""A hand pallet truck: two forks with load rollers, a pump with steering wheels, a tiller with a loop handle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, rubber, soiled
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.centring import centred_along_x
from synthvision.library.procedural.models.storage.wheels import wheel
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.shapes.section_bodies import section_body, superellipse

__all__ = ["PALLET_JACK"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "pallet_jack.parts")
    wear, dirt = float(params["wear"]), float(params["dirt"])
    # Usual sizes: forks 1150 mm long over a width of 540 mm, 85 mm high when lowered and 200 mm when raised.
    length, width, lift = float(params["fork_m"]), float(params["width_m"]), float(params["lift_m"])
    fork_wide, top = 0.155, 0.085 + lift
    shift = -length / 2 + 0.1
    forks = [_fork(length, fork_wide, top).moved((shift, side * (width - fork_wide) / 2, 0.0)) for side in (-1, 1)]
    body = join([*forks, _head(rng, width, top).moved((shift, 0.0, 0.0))])
    steer = float(params["steer_deg"])
    turn = turn_about("z", np.radians(steer))
    pivot = (shift - 0.13, 0.0, 0.0)
    tilt = np.radians(float(params["tiller_deg"]))
    tiller, grip, hand = _tiller(float(params["tiller_m"]), tilt, str(params["handle"]))
    pump, chrome = _pump(rng, top)
    tyre, hub = wheel(0.1, 0.055, 0.055, tread=0.15)
    steering = [(part.moved((0.0, side * 0.05, 0.1))) for side in (-1, 1) for part in (tyre,)]
    hubs = [hub.moved((0.0, side * 0.05, 0.1)) for side in (-1, 1)]
    roller, roller_hub = wheel(0.04, 0.07, 0.016, tread=0.1, segments=12)
    for side in (-1, 1):
        for back in (0.0, 0.075):
            place = (shift + length - 0.16 - back, side * (width - fork_wide) / 2, 0.04)
            steering.append(roller.moved(np.array(place) - np.array(pivot)).turned(turn.T))
            hubs.append(roller_hub.moved(np.array(place) - np.array(pivot)).turned(turn.T))

    def steered(mesh: Mesh) -> Mesh:
        return mesh.turned(turn).moved(pivot)

    paint = painted("frame", rgb(params["colour"]), seed, wear=wear, dirt=dirt)
    wheels = (
        plastic("wheels", (0.42, 0.2, 0.05), seed, dirt=dirt, roughness=0.5)
        if str(params["wheels"]) == "polyurethane"
        else rubber("wheels", seed, dirt=dirt)
    )
    pieces: list[tuple[Mesh, Material]] = [
        (soiled(in_tiles(body, seed), 0.0, 0.12, dirt), paint),
        (in_tiles(steered(join([pump, tiller])), seed), paint),
        (in_tiles(steered(chrome), seed), metal("rods", "chrome", seed, dirt=0.5 * dirt)),
        (in_tiles(steered(grip), seed), rubber("grip", seed, dirt=0.2)),
        (in_tiles(steered(join(steering)), seed), wheels),
        (in_tiles(steered(join(hubs)), seed), metal("hubs", "steel", seed, dirt=dirt)),
    ]
    hx, hy, hz = (float(v) for v in turn @ np.array(hand) + np.array(pivot))
    tip, across = shift + length, (width - fork_wide) / 2
    points = {
        "handle": (hx, hy, hz),
        "fork_tip_left": (tip, across, top - 0.02),
        "fork_tip_right": (tip, -across, top - 0.02),
        "fork_heel_left": (shift, across, top),
        "fork_heel_right": (shift, -across, top),
        "steering_axle": (pivot[0], 0.0, 0.1),
    }
    pieces, keypoints = centred_along_x(pieces, points)
    return assembled(
        "pallet_jack",
        params,
        pieces,
        attributes={"lifted": "yes" if lift > 0.06 else "no"},
        keypoints=keypoints,
    )


def _fork(length: float, width: float, top: float) -> Mesh:
    """A fork from its heel to the tapered tip, hollow below only where nobody looks."""
    rings = []
    for x, wide, low in (
        (-0.02, 1.0, 0.052),
        (0.3, 1.0, 0.05),
        (length - 0.3, 1.0, 0.05),
        (length - 0.16, 1.0, 0.046),
        (length - 0.07, 0.86, 0.036),
        (length - 0.02, 0.66, 0.026),
        (length, 0.5, 0.018),
    ):
        ring = superellipse(wide * width / 2, low / 2, 7.0, 20, 0.1)
        rings.append(
            np.stack([np.full(20, x), ring[:, 0], top - 0.004 * (1 - wide) * 6 - low / 2 + ring[:, 1]], axis=1)
        )
    return section_body(np.array(rings))


def _head(rng: np.random.Generator, width: float, top: float) -> Mesh:
    """The plate between the forks with its slanted gussets."""
    boxes = BoxSet(rng)
    boxes.add((0.03, width, 0.055), (-0.02, 0.0, top - 0.028), "y")
    boxes.add((0.16, 0.19, 0.016), (-0.1, 0.0, top + 0.14))
    for side in (-1, 1):
        boxes.add((0.16, 0.012, 0.2), (-0.06, side * 0.09, top + 0.06), "z", turn_about("y", 0.42))
        boxes.add((0.012, 0.2, 0.13), (-0.028, side * 0.13, top + 0.025), "y", turn_about("x", side * -0.6))
    boxes.add((0.012, 0.3, 0.17), (-0.03, 0.0, top + 0.06), "y")
    return boxes.mesh(0.004)


def _pump(rng: np.random.Generator, top: float) -> tuple[Mesh, Mesh]:
    """The hydraulic unit over the steering wheels, and its bright rods."""
    column = filleted(
        [
            (0.0, 0.1),
            (0.07, 0.1),
            (0.075, 0.13),
            (0.075, 0.2),
            (0.05, 0.22),
            (0.05, 0.34),
            (0.062, 0.35),
            (0.062, 0.4),
            (0.0, 0.4),
        ],
        [0.0, 0.01, 0.01, 0.01, 0.008, 0.006, 0.006, 0.01, 0.0],
    )
    boxes = BoxSet(rng)
    boxes.add((0.12, 0.16, 0.05), (0.0, 0.0, 0.135))
    boxes.add((0.06, 0.05, 0.12), (-0.075, 0.0, 0.2))
    chrome = rods(
        [(0.0, -0.085, 0.1), (0.02, 0.0, 0.2), (-0.09, 0.0, 0.22)],
        [(0.0, 0.085, 0.1), (0.02, 0.0, top + 0.15), (-0.09, 0.0, 0.33)],
        np.array([0.012, 0.03, 0.014]),
        10,
    )
    return join([revolve(column, 20, v_per_metre=1.0).placed_uvs((0.4, 1.0)), boxes.mesh(0.006)]), chrome


def _tiller(long: float, tilt: float, style: str) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """The bar to pull by, its loop and lever; `tilt` leans it back from upright."""
    turn = turn_about("y", -tilt)
    root = np.array([-0.06, 0.0, 0.28])
    bar = rods([(0.0, 0.0, 0.0)], [(0.0, 0.0, long - 0.2)], 0.019, 12)
    wide = 0.13 if style == "loop" else 0.17
    loop = bent_path(
        [
            (0, 0.0, long - 0.22),
            (0, wide, long - 0.12),
            (0, wide * 0.9, long),
            (0, -wide * 0.9, long),
            (0, -wide, long - 0.12),
        ],
        0.05,
        4,
        closed=True,
    )
    ring = tube_along(loop, 0.014, 9, closed=True)
    lever = rods(
        [(0.01, 0.0, long - 0.19), (0.01, 0.0, long - 0.08)],
        [(0.012, 0.0, long - 0.08), (0.02, 0.05, long - 0.06)],
        0.007,
        6,
    )
    fork = BoxSet(rng_for(0, 0, "pallet_jack.fork"))
    for side in (-1, 1):
        fork.add((0.05, 0.012, 0.14), (0.0, side * 0.035, 0.03), "z")
    base = fork.mesh(0.003)
    grip = rods([(0.0, -0.075, long)], [(0.0, 0.075, long)], 0.019, 12)
    hand = turn @ np.array([0.0, 0.0, long]) + root
    body = join([bar, ring, lever, base]).turned(turn).moved(root)
    return body, grip.turned(turn).moved(root), (float(hand[0]), float(hand[1]), float(hand[2]))


PALLET_JACK = ProceduralAsset(
    name="pallet_jack",
    kind="model",
    category="pallet_jack",
    tags=("pallet_truck", "warehouse", "storage", "transport", "machine"),
    size_m=1.6,
    description="A hand pallet truck with two forks, a hydraulic pump and a tiller, lowered or raised.",
    parameters={
        "fork_m": Number(0.9, 1.22, 1.15, "m"),
        "width_m": Number(0.48, 0.68, 0.54, "m"),
        "lift_m": Number(0.0, 0.115, 0.0, "m"),
        "tiller_m": Number(0.85, 1.05, 0.95, "m"),
        "tiller_deg": Number(2.0, 55.0, 12.0, "deg"),
        "steer_deg": Number(-45.0, 45.0, 10.0, "deg"),
        "handle": Choice(("loop", "wide"), "loop"),
        "wheels": Choice(("polyurethane", "rubber"), "rubber"),
        "colour": Colour(
            (
                (0.72, 0.42, 0.02),
                (0.6, 0.04, 0.02),
                (0.75, 0.18, 0.01),
                (0.02, 0.1, 0.38),
                (0.1, 0.28, 0.06),
                (0.1, 0.1, 0.105),
            ),
            0.12,
        ),
        "wear": Number(0.0, 1.0, 0.45),
        "dirt": Number(0.0, 0.8, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "rods", "grip", "wheels", "hubs"),
    keypoints=("handle", "fork_tip_left", "fork_tip_right", "fork_heel_left", "fork_heel_right", "steering_axle"),
)
