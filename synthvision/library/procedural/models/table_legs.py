"""What a table top stands on: legs, aprons, trestles, pedestals, panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["LEG_STYLES", "Space", "frame_under"]

LEG_STYLES = ("square", "tapered", "splayed", "turned", "trestle", "pedestal", "panel")

_BEVEL_M = 0.0025
# Boxes have their grain along local x: these turn it upright (x to z) and across (x to y).
_UPRIGHT = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
_ACROSS = turn_about("z", np.pi / 2)


@dataclass(frozen=True, slots=True)
class Space:
    """Where the frame has to fit, metres.

    Args:
        size_x_m: Width at the top that the frame may take.
        size_y_m: The same in depth.
        height_m: From the floor to the underside of the top.
        leg_m: Thickness of a leg.
        apron_m: Height of the boards that join the legs, 0 for none.
        round_ends: The top is round or ends in half-circles, which its corners must stay within.
    """

    size_x_m: float
    size_y_m: float
    height_m: float
    leg_m: float
    apron_m: float
    round_ends: bool


def frame_under(style: str, space: Space) -> Mesh:
    """Return the frame of one of `LEG_STYLES`, standing on z = 0; texture coordinates are metres, u along the grain."""
    if style == "pedestal":
        return _pedestal(space)
    if style == "trestle":
        return _trestle(space)
    if style == "panel":
        return _panels(space)
    places = _corners(space)
    if style == "square":
        legs = _boxes([((space.height_m, space.leg_m, space.leg_m), (x, y, space.height_m / 2), _UPRIGHT) for x, y in places])
    elif style == "turned":
        legs = join([_turned_leg(space).moved((x, y, 0.0)) for x, y in places])
    else:
        legs = join([_slanted_leg(space, x, y, 0.11 if style == "splayed" else 0.0) for x, y in places])
    return join([legs, _apron(space, places)]) if space.apron_m > 0 else legs


def _corners(space: Space) -> list[tuple[float, float]]:
    x, y = space.size_x_m / 2 - space.leg_m / 2, space.size_y_m / 2 - space.leg_m / 2
    if space.round_ends:
        # On the half-circles that end the top (with its middle part, if it is oval) at 45 degrees.
        drawn_in = 0.3 * min(x, y)
        x, y = x - drawn_in, y - drawn_in
    return [(x, y), (-x, y), (-x, -y), (x, -y)]


def _boxes(items: list[tuple[tuple[float, float, float], tuple[float, float, float], Floats]]) -> Mesh:
    """Boxes from local size, centre and rotation, each with its own piece of the wood."""
    sizes, centres, turns = (np.array(part, np.float64) for part in zip(*items, strict=True))
    seeds = np.stack([0.37 * np.arange(len(items)), 0.23 * np.arange(len(items))], axis=1)
    return bevelled_boxes(sizes, centres, _BEVEL_M, turns, seeds)


def _apron(space: Space, places: list[tuple[float, float]]) -> Mesh:
    """Four boards between the legs, set back a little from their outsides."""
    x, y = places[0]
    thick = min(0.02, 0.6 * space.leg_m)
    # Boards end inside the legs and stop short under the top, so that no two faces lie in one plane.
    z = space.height_m - space.apron_m / 2 - 0.0005
    set_back = space.leg_m / 2 - thick / 2 - 0.004
    still = np.eye(3)
    return _boxes(
        [((2 * x, thick, space.apron_m), (0.0, side * (y + set_back), z), still) for side in (-1, 1)]
        + [((2 * y, thick, space.apron_m), (side * (x + set_back), 0.0, z), _ACROSS) for side in (-1, 1)]
    )


def _turned_leg(space: Space) -> Mesh:
    """A leg from the lathe: square-set foot, vase, beads, and a neck under the apron."""
    h, r = space.height_m, space.leg_m / 2
    points = [
        (0.0, 0.0), (0.5 * r, 0.0), (0.62 * r, 0.05 * h), (0.45 * r, 0.08 * h), (0.95 * r, 0.52 * h), (0.9 * r, 0.66 * h), (0.5 * r, 0.71 * h),
        (0.8 * r, 0.725 * h), (0.8 * r, 0.745 * h), (0.62 * r, 0.755 * h), (1.0 * r, 0.79 * h), (1.0 * r, h), (0.0, h),
    ]  # fmt: skip
    fillet = [0.0, 0.004, 0.02, 0.01, 0.3, 0.05, 0.012, 0.006, 0.006, 0.004, 0.008, 0.0, 0.0]
    return _upright_uvs(revolve(filleted(points, fillet, step_rad=0.7, tolerance_m=4e-4), 14, v_per_metre=1.0), 2 * np.pi * r)


def _slanted_leg(space: Space, x: float, y: float, splay: float) -> Mesh:
    """A round or square leg that gets thinner towards the floor, its foot set outwards by `splay` times its height."""
    outward = np.array([np.sign(x), np.sign(y)]) * splay * space.height_m
    thick = space.leg_m / 2
    # The cut ends are level: the tube starts and ends with short upright pieces.
    share = np.array([0.0, 0.012, 0.5, 0.988, 1.0])
    bend = np.array([0.0, 0.0, 0.5, 1.0, 1.0])
    path = np.stack(
        [x + outward[0] * (1 - bend), y + outward[1] * (1 - bend), space.height_m * share], axis=1
    ) - np.array([*outward, 0.0])
    half = thick * (0.55 + 0.45 * share)
    exponent = 2.0 if splay else 7.0
    tube = sweep_tube(path[::-1], np.stack([half, half], axis=1)[::-1], 20, binormal_xyz=(0.0, 1.0, 0.0), exponent=exponent)
    return tube.with_uvs(np.stack([tube.uvs_n2[:, 1], tube.uvs_n2[:, 0] * 8 * thick], axis=1))


def _pedestal(space: Space) -> Mesh:
    """One column on a round, domed foot, with a plate under the top."""
    h = space.height_m
    reach = 0.5 * min(space.size_x_m, space.size_y_m)
    foot, column = min(0.66 * reach, 0.32), space.leg_m * 0.75
    points = [
        (0.0, 0.0), (foot, 0.0), (foot, 0.014), (0.55 * foot, 0.034), (column, 0.06), (column, h - 0.09),
        (0.45 * reach, h - 0.012), (0.45 * reach, h), (0.0, h),
    ]  # fmt: skip
    fillet = [0.0, 0.002, 0.006, 0.12, 0.03, 0.06, 0.004, 0.001, 0.0]
    return _upright_uvs(revolve(filleted(points, fillet), 40, v_per_metre=1.0), 2 * np.pi * column)


def _trestle(space: Space) -> Mesh:
    """Two standing frames with a foot, a post and an upper beam each, joined by a stretcher."""
    h, leg = space.height_m, space.leg_m
    x = 0.5 * space.size_x_m - 0.14 * space.size_x_m
    depth = 0.86 * space.size_y_m
    still = np.eye(3)
    items = []
    for side in (-1, 1):
        items += [
            ((depth, leg, 0.9 * leg), (side * x, 0.0, 0.45 * leg), _ACROSS),
            ((0.9 * depth, leg, 0.9 * leg), (side * x, 0.0, h - 0.45 * leg), _ACROSS),
            ((h - 1.6 * leg, 2.0 * leg, 0.8 * leg), (side * x, 0.0, h / 2), _UPRIGHT),
        ]
    items.append(((2 * x + 2.4 * leg, 0.5 * leg, 1.6 * leg), (0.0, 0.0, 0.32 * h), still))
    return _boxes(items)


def _panels(space: Space) -> Mesh:
    """Two side panels and a set-back rear panel, as on desks."""
    h, thick = space.height_m, max(0.018, 0.4 * space.leg_m)
    x, depth = 0.5 * space.size_x_m - thick / 2, 0.94 * space.size_y_m
    items = [((h, depth, thick), (side * x, 0.0, h / 2), _UPRIGHT) for side in (-1, 1)]
    items.append(((2 * x, 0.9 * thick, 0.55 * h), (0.0, 0.3 * space.size_y_m, 0.7 * h - 0.001), np.eye(3)))
    return _boxes(items)


def _upright_uvs(mesh: Mesh, around_m: float) -> Mesh:
    """Coordinates of a turned piece with u along its axis and v around, metres."""
    return mesh.with_uvs(np.stack([mesh.uvs_n2[:, 1], mesh.uvs_n2[:, 0] * around_m], axis=1))
