"""Closures of bottles as parts: plastic screw caps with knurls, tamper rings and threads, crown caps, sport caps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, lighter, opaque, rgb
from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import around_z, parted, turned_pose
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.deformation import deformed, eased, widened
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.threads import screw_thread

__all__ = ["BOTTLE_CAP"]

WALL_M = 0.0013
CROWN_TEETH = 21


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    colour = rgb(params["colour"])
    radius = float(params["diameter_m"]) / 2
    # Crown caps are 32 mm wide for a mouth of 26 mm, 36 mm for one of 29 mm, and 6 mm high (EN 17177).
    height = 0.006 if style == "crown" else radius * 2 * float(params["height_ratio"])
    if style == "crown":
        pieces, top = _crown(colour, seed, float(params["bend"]), 1.115 if radius > 0.017 else 1.0), 0.006
    else:
        pieces, top = _screw_cap(params, style, radius, height, colour, seed)
    pose = str(params["pose"])
    turn = {"upright": np.eye(3), "upside_down": turn_about("x", np.pi), "on_side": turn_about("y", np.pi / 2)}[pose]
    if style == "crown" and pose == "on_side":
        turn = turn_about("x", np.pi)
    points = {"top_centre": (0.0, 0.0, top), "rim_centre": (0.0, 0.0, 0.0)}
    posed, marks = turned_pose(pieces, points, turn)
    return assembled("bottle_cap", params, posed, attributes={"style": style, "pose": pose}, keypoints=marks)


def _screw_cap(
    params: Mapping[str, Any], style: str, radius: float, height: float, colour: tuple[float, float, float], seed: int
) -> tuple[list[tuple[Mesh, Material]], float]:
    knurls = int(params["knurls"])
    ring = 0.0028 if str(params["tamper_ring"]) == "yes" else 0.0
    low = ring + 0.0006 if ring else 0.0
    body = plastic("body", colour, roughness=0.38, seed=seed)
    wall = _cup(radius, low, height, knurls)
    bore = radius - WALL_M - 0.0006
    thread = screw_thread(bore + 0.00025, 0.0032, low + 0.001, height - 0.0045, 32, inside=True)
    # The thread is a skin inside the cup, closed by rings of its own at both ends.
    sleeve = [
        thread,
        lathed(filleted([(bore + 0.0008, low + 0.001), (bore + 0.00025, low + 0.001)], 0.0).reversed(), 32),
        lathed(filleted([(bore + 0.00025, height - 0.0045), (bore + 0.0008, height - 0.0045)], 0.0).reversed(), 32),
        lathed(filleted([(bore + 0.0008, low + 0.001), (bore + 0.0008, height - 0.0045)], 0.0), 32),
    ]
    pieces: list[tuple[Mesh, Material]] = [(join([wall, *sleeve]), body)]
    liner = filleted(
        [
            (0.0, height - 0.0022),
            (bore - 0.0004, height - 0.0022),
            (bore - 0.0004, height - 0.001),
            (0.0, height - 0.001),
        ],
        0.0,
    )
    pieces.append((lathed(liner, 32), plastic("liner", (0.72, 0.72, 0.68), roughness=0.55, seed=seed)))
    if ring:
        pieces.append((_tamper_ring(radius, ring), body))
    top = height
    if style == "sport":
        spout, top = _spout(radius, height)
        shade = lighter(colour, 0.35) if max(colour) > 0.3 else (0.75, 0.75, 0.74)
        pieces.append((spout, plastic("spout", shade, roughness=0.35, seed=seed)))
    if style == "flip":
        lid, top = _flip_lid(radius, height)
        pieces.append((lid, body))
    return pieces, top


def _cup(radius: float, low: float, height: float, knurls: int) -> Mesh:
    """Top and knurled wall with the hollow inside."""
    inner = radius - WALL_M
    points = [
        (0.0, height - 0.0012),
        (inner, height - 0.0012),
        (inner, low),
        (radius, low),
        (radius, height),
        (0.92 * radius, height),
        (0.8 * radius, height - 0.00025),
        (0.0, height - 0.00025),
    ]
    radii = [0.0, 0.001, 0.0002, 0.0003, 0.0016, 0.001, 0.001, 0.0]
    profile = filleted(points, radii, step_rad=0.8)
    cup = revolve(profile, 4 * knurls)

    def grooved(places: Floats) -> Floats:
        r, turn = np.hypot(places[:, 0], places[:, 1]), np.arctan2(places[:, 1], places[:, 0])
        outside = eased(inner + 0.3 * WALL_M, inner + 0.8 * WALL_M, r)
        tall = eased(low + 0.0004, low + 0.0012, places[:, 2]) * eased(height - 0.0004, height - 0.0022, places[:, 2])
        groove = (0.5 - 0.5 * np.cos(turn * knurls)) ** 2
        return widened(places, 1.0 - 0.05 * outside * tall * groove)

    return charted(deformed(cup, grooved, 1e-7).with_uvs(cup.uvs_n2 * [6.0 * radius, 0.03]))


def _tamper_ring(radius: float, tall: float) -> Mesh:
    """The ring that stays on the bottle, and the bridges that break."""
    inner = radius - 0.0009
    section = filleted(
        [(inner, 0.5 * tall), (inner, 0.0), (radius + 0.0002, 0.0), (radius, tall), (inner, tall), (inner, 0.5 * tall)],
        [0.0, 0.0002, 0.0003, 0.0002, 0.0002, 0.0],
    )
    bridge = bevelled_boxes(
        np.array([[0.0006, 0.0008, 0.0011]]), np.array([[radius - 0.0005, 0.0, tall + 0.0003]]), 0.0001
    )
    return join([lathed(section, 48), charted(around_z(bridge, 12))])


def _spout(radius: float, height: float) -> tuple[Mesh, float]:
    """A nozzle that is pulled open."""
    r, tall = 0.42 * radius, 0.85 * radius
    points = [
        (0.0, height - 0.0004),
        (1.25 * r, height - 0.0004),
        (1.1 * r, height + 0.25 * tall),
        (0.85 * r, height + 0.45 * tall),
        (0.85 * r, height + 0.7 * tall),
        (1.1 * r, height + 0.75 * tall),
        (1.05 * r, height + tall),
        (0.4 * r, height + tall),
        (0.35 * r, height + 0.85 * tall),
        (0.0, height + 0.85 * tall),
    ]
    return lathed(filleted(points, [0.0, *([0.15 * r] * 7), 0.0, 0.0], step_rad=0.5), 28), height + tall


def _flip_lid(radius: float, height: float) -> tuple[Mesh, float]:
    """A domed lid with a hinge at the back and a lip at the front."""
    top = height + 0.38 * radius
    dome = filleted(
        [
            (0.0, height + 0.0004),
            (0.985 * radius, height + 0.0004),
            (0.96 * radius, height + 0.2 * radius),
            (0.6 * radius, top),
            (0.0, top + 0.0004),
        ],
        [0.0, 0.0003, 0.1 * radius, 0.5 * radius, 0.0],
        step_rad=0.5,
    )
    pieces = np.array([[0.0025, 0.9 * radius, 0.003], [0.003, 0.7 * radius, 0.0016]])
    places = np.array([[-radius - 0.0006, 0.0, height], [radius + 0.0008, 0.0, height + 0.0014]])
    return join([lathed(dome, 40), charted(bevelled_boxes(pieces, places, 0.0005))]), top + 0.0004


def _crown(colour: tuple[float, float, float], seed: int, bend: float, wide: float) -> list[tuple[Mesh, Material]]:
    """A sheet-metal crown with its teeth, and the liner inside."""
    sheet = 0.0004
    rim, crown_r, high = 0.0160, 0.0130, 0.006
    outer = [(rim, 0.0), (crown_r + 0.0007, 0.0036), (crown_r - 0.002, high), (0.0, high + 0.0002)]
    inner = [
        (0.0, high + 0.0002 - sheet),
        (crown_r - 0.0022, high - sheet),
        (crown_r + 0.0001, 0.0034),
        (rim - sheet, 0.0),
    ]
    profile = filleted(
        [inner[0], inner[1], inner[2], inner[3], *outer],
        [0.0, 0.002, 0.003, 0.0, 0.0, 0.003, 0.002, 0.0],
        step_rad=0.35,
    )
    skin = revolve(profile.refined(0.0026), 4 * CROWN_TEETH)

    def fluted(points: Floats) -> Floats:
        turn = np.arctan2(points[:, 1], points[:, 0])
        share = eased(0.0042, 0.0002, points[:, 2])
        wave = 0.5 + 0.5 * np.cos(CROWN_TEETH * turn)
        moved = widened(points, 1.0 - 0.1 * share * (1.0 - wave))
        # An opener bends one half of the cap up.
        lift = bend * 0.6 * np.maximum(moved[:, 0] - 0.002, 0.0) ** 2 / rim
        return np.asarray((moved + np.stack([0 * lift, 0 * lift, lift], axis=1)) * [wide, wide, 1.0], np.float64)

    painted = Material(
        name="body", base_colour=opaque(colour), metallic=0.4, roughness=0.32, clearcoat=0.8, clearcoat_roughness=0.12
    )
    bare = metal("inside", (0.68, 0.66, 0.6), "rolled", roughness=0.3, seed=seed)
    mesh = charted(deformed(skin, fluted, 1e-7).with_uvs(skin.uvs_n2 * [0.1, 0.04]))
    outward = mesh.normals_n3[mesh.triangles_m3].mean(axis=1)
    middle = mesh.positions_n3[mesh.triangles_m3].mean(axis=1)
    faces_in = (outward[:, 2] < -0.3) | (np.einsum("ij,ij->i", outward[:, :2], middle[:, :2]) < 0)
    lining, shell = parted(mesh, faces_in)
    disc = filleted(
        [(0.0, 0.0048), (0.0098, 0.0048), (0.0102, 0.0042), (0.0106, 0.0048), (0.0106, 0.0057), (0.0, 0.0057)], 0.0
    )
    liner = lathed(disc, 32)
    liner = deformed(liner, fluted, 1e-7)
    return [(shell, painted), (lining, bare), (liner, plastic("liner", (0.7, 0.69, 0.62), roughness=0.5, seed=seed))]


BOTTLE_CAP = ProceduralAsset(
    name="bottle_cap",
    kind="model",
    category="bottle_cap",
    tags=("part", "inspection", "plastic", "packaging", "closure", "factory"),
    size_m=0.032,
    description="A closure: a knurled plastic screw cap with thread and tamper ring, a sport, flip or crown cap.",
    parameters={
        "style": Choice(("screw", "crown", "sport", "flip"), "screw", (0.45, 0.3, 0.12, 0.13)),
        "diameter_m": Number(0.026, 0.042, 0.03, "m"),
        "height_ratio": Number(0.42, 0.8, 0.55),
        "knurls": Integer(14, 28, 22),
        "tamper_ring": Choice(("no", "yes"), "yes"),
        "bend": Number(0.0, 1.0, 0.2),
        "pose": Choice(("upright", "upside_down", "on_side"), "upright", (0.5, 0.3, 0.2)),
        "colour": Colour(
            (
                (0.6, 0.02, 0.015),
                (0.02, 0.1, 0.45),
                (0.03, 0.28, 0.07),
                (0.78, 0.77, 0.74),
                (0.8, 0.5, 0.02),
                (0.02, 0.02, 0.022),
                (0.75, 0.2, 0.01),
            ),
            0.12,
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "liner", "spout", "inside"),
    keypoints=("top_centre", "rim_centre"),
)
