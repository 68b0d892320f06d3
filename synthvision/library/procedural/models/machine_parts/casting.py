"""Die castings: flanges with hub and ribs, and housings with bosses, rough skin and machined faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.finishes import ALUMINIUM, charted, lathed, metal
from synthvision.library.procedural.models.machine_parts.placing import around_z, laid_along_x, rib
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted

__all__ = ["CASTING"]

SKIN_TONES = {"aluminium": (0.52, 0.53, 0.54), "zinc": (0.47, 0.48, 0.5), "iron": (0.16, 0.155, 0.15)}
FACE_M = 0.0006


def _build(params: Mapping[str, Any]) -> Model:
    seed, kind = int(params["wear_seed"]), str(params["material"])
    skin = metal("skin", SKIN_TONES[kind], "cast", roughness=0.56 if kind != "iron" else 0.7, seed=seed, marks=0.55)
    bright = (0.5, 0.49, 0.48) if kind == "iron" else ALUMINIUM
    face = metal("machined", bright, "milled", roughness=0.26, seed=seed, marks=0.8)
    make = _flange if str(params["style"]) == "flange" else _housing
    rough, bare, points = make(params)
    return assembled(
        "casting",
        params,
        [(rough, skin), (bare, face)],
        attributes={"style": str(params["style"]), "material": kind},
        keypoints=points,
    )


def _spot(radius: float, inner: float, height: float) -> Mesh:
    """A machined ring on z = 0, as a spot facer leaves it, its edge broken."""
    b = min(0.0002, 0.3 * height)
    section = filleted(
        [
            (inner, 0.5 * height),
            (inner, -0.0004),
            (radius, -0.0004),
            (radius, height),
            (inner, height),
            (inner, 0.5 * height),
        ],
        [0.0, 0.0, 0.0, b, b, 0.0],
    )
    return lathed(section, 24)


def _flange(params: Mapping[str, Any]) -> tuple[Mesh, Mesh, dict[str, tuple[float, float, float]]]:
    """A plate with ears, a hub with a bore, and ribs between them."""
    radius = float(params["size_m"]) / 2
    thick = 0.09 * radius + 0.004
    bolts = int(params["bolts"])
    hole = 0.065 * radius + 0.001
    reach = 0.8 * radius
    if str(params["outline"]) == "round":
        ring = circle(radius, 72)
    elif str(params["outline"]) == "lobed":
        angle = np.arange(96) * 2 * np.pi / 96
        waist = 1.0 - 0.26 * (0.5 - 0.5 * np.cos(bolts * angle)) ** 1.3
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (radius * waist)[:, None]
    else:
        half = 0.82 * radius
        ring = outline([(half, -half), (half, half), (-half, half), (-half, -half)], 0.3 * half)
        bolts = 4
    start = np.pi / 4 if str(params["outline"]) == "square" else 0.0
    turns = start + np.arange(bolts) * 2 * np.pi / bolts
    places = [(reach * np.cos(a), reach * np.sin(a)) for a in turns]
    hub = float(params["hub_ratio"]) * radius
    bore = 0.66 * hub
    section = edge(0.0, thick, min(0.0016, 0.3 * thick), low_bevel_m=0.0006, steps=3)
    holes = [Rim(circle(hole, 18, place), edge(0.0, thick, 0.0003)) for place in places]
    holes.append(Rim(circle(0.85 * hub, 32), edge(0.0, thick, 0.0)))
    shell, walls = drilled_plate(Rim(ring, section), holes)
    high = thick + float(params["height_ratio"]) * radius
    draft = 0.05 * (high - thick)
    collar = filleted(
        [
            (0.8 * hub, 0.5 * thick),
            (0.8 * hub, 0.0004),
            (hub + draft, 0.0004),
            (hub + draft + 0.003, thick - 0.0002),
            (hub + draft, thick + 0.003),
            (hub, high),
            (bore, high),
            (bore, 0.0012),
            (0.8 * hub, 0.0012),
        ],
        [0.0, 0.0, 0.0, 0.0, 0.004, 0.0016, 0.0006, 0.0, 0.0],
        step_rad=0.4,
    )
    # Back to the start: the lower rim of the bore belongs to the machined sleeve.
    collar = chain(collar, filleted([(0.8 * hub, 0.0012), (0.8 * hub, 0.5 * thick)], 0.0))
    pieces = [charted(join([shell, *walls])), lathed(collar, 40)]
    count = int(params["ribs"])
    if count:
        start_x, end_x = 0.9 * hub, reach - 2.4 * hole if count == bolts else 0.88 * reach
        low = 0.6 * thick
        web = rib(
            [
                (start_x, low),
                (end_x, low),
                (end_x, thick),
                (hub + 0.2 * (end_x - hub), high - 0.28 * (high - thick)),
                (start_x, high - 0.18 * (high - thick)),
            ],
            0.07 * radius + 0.001,
            0.0007,
        )
        turn = np.pi / bolts if count == bolts else start
        pieces.append(charted(around_z(web, count, turn + (0.0 if count == bolts else np.pi / count))))
    spots = [_spot(1.75 * hole, hole * 1.02, FACE_M).moved((x, y, thick)) for x, y in places]
    top = _spot(0.93 * hub, bore * 0.99, FACE_M).moved((0.0, 0.0, high))
    inner = _tube(bore - 0.0006, bore + 0.0006, 0.0003, high + FACE_M - 0.0004)
    points = {"top_centre": (0.0, 0.0, high), "base_centre": (0.0, 0.0, 0.0), "hole_1": (*places[0], thick)}
    return join(pieces), join([*spots, top, inner]), points


def _tube(inner: float, outer: float, low: float, high: float) -> Mesh:
    """A thin sleeve: the machined wall of a bore."""
    middle = (low + high) / 2
    section = filleted(
        [(inner, middle), (inner, low), (outer, low), (outer, high), (inner, high), (inner, middle)], 0.0
    )
    return lathed(section, 40)


def _housing(params: Mapping[str, Any]) -> tuple[Mesh, Mesh, dict[str, tuple[float, float, float]]]:
    """An open box with a flange for its lid, screw bosses, ribs and a port towards +x."""
    long = float(params["size_m"])
    wide, high = long * float(params["width_ratio"]), long * float(params["height_ratio"]) * 0.8 + 0.01
    wall = 0.003 + 0.02 * long
    corner = 0.14 * wide
    screw = 0.0018 + 0.008 * long
    ear = 2.6 * screw

    def box(half_x: float, half_y: float, radius: float) -> Floats:
        return outline([(half_x, -half_y), (half_x, half_y), (-half_x, half_y), (-half_x, -half_y)], radius)

    outer_x, outer_y = long / 2 - ear, wide / 2 - ear
    inside = box(outer_x - wall, outer_y - wall, 0.7 * corner)
    draft = 0.03 * high
    slanted = np.array([[0.7071, -0.7071], [1.0, 0.0], [1.0, 0.0]])
    body_wall = Profile(np.array([[-draft - 0.002, 0.0], [-draft, 0.002], [0.0, high]]), slanted)
    floor = 0.9 * wall
    shell, walls = drilled_plate(
        Rim(box(outer_x, outer_y, corner), body_wall), [Rim(inside, edge(0.0, high, 0.0008, low_bevel_m=0.0))]
    )
    bottom, _ = drilled_plate(
        Rim(box(outer_x - 0.4 * wall, outer_y - 0.4 * wall, corner), edge(0.3 * floor, floor, 0.0))
    )
    pieces = [charted(join([shell, *walls, bottom]))]
    thick = 0.06 * long + 0.002
    places = [(sx * (long / 2 - ear), sy * (wide / 2 - ear)) for sx in (-1, 1) for sy in (-1, 1)]
    lip_holes = [Rim(circle(screw, 14, place), edge(high - thick, high, 0.0003)) for place in places]
    lip_inner = Rim(
        box(outer_x - wall - 0.0005, outer_y - wall - 0.0005, 0.7 * corner), edge(high - thick, high, 0.0005)
    )
    lip, lip_walls = drilled_plate(
        Rim(box(long / 2, wide / 2, 1.35 * ear), edge(high - thick, high, 0.0012, steps=2)), [*lip_holes, lip_inner]
    )
    pieces.append(charted(join([lip, *lip_walls])))
    # The lid's seat: machined, standing proud of the cast skin.
    seat_section = edge(high - 0.0002, high + FACE_M, 0.0002, low_bevel_m=0.0)
    seat, seat_walls = drilled_plate(
        Rim(box(long / 2 - 0.0015, wide / 2 - 0.0015, 1.3 * ear), seat_section),
        [
            *(Rim(circle(screw + 0.0002, 14, place), seat_section) for place in places),
            Rim(box(outer_x - wall + 0.001, outer_y - wall + 0.001, 0.7 * corner), seat_section),
        ],
    )
    post = lathed(_boss(1.9 * screw, 0.55 * screw, 0.6 * high), 18)
    pieces += [post.moved((0.45 * sx * outer_x, 0.45 * sy * outer_y, 0.5 * floor)) for sx in (-1, 1) for sy in (-1, 1)]
    count = int(params["ribs"])
    web = rib(
        [
            (0.0, 0.12 * high),
            (0.6 * ear, 0.6 * high),
            (0.6 * ear, high - 0.5 * thick),
            (-1.5 * wall, high - 0.5 * thick),
            (-1.5 * wall, 0.12 * high),
        ],
        0.0022 + 0.01 * long,
        0.0006,
    )
    side = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    for k in range(count):
        x = ((k + 0.5) / count - 0.5) * 1.7 * outer_x
        pieces += [
            charted(web.turned(turn)).moved((x, y, 0.0))
            for turn, y in ((side, outer_y - draft), (side @ np.diag([-1.0, -1.0, 1.0]), -outer_y + draft))
        ]
    port_r = 0.24 * min(high, wide)
    port = lathed(_boss(port_r, 0.66 * port_r, 1.2 * ear + wall), 32).turned(laid_along_x())
    mouth = _spot(0.95 * port_r, 0.66 * port_r, FACE_M).turned(laid_along_x())
    at = (outer_x - wall - draft, 0.0, 0.48 * high)
    pieces.append(port.moved(at))
    ring = mouth.moved((at[0] + 1.2 * ear + wall, 0.0, at[2]))
    machined = [charted(join([seat, *seat_walls])), ring]
    points = {"top_centre": (0.0, 0.0, high), "base_centre": (0.0, 0.0, 0.0), "hole_1": (*places[3], high)}
    return join(pieces), join(machined), points


def _boss(radius: float, bore: float, length: float) -> Profile:
    """A cast post with a blind hole from its end."""
    depth = 0.7 * length
    return filleted(
        [
            (0.0, 0.0),
            (1.08 * radius, 0.0),
            (radius, length),
            (bore + 0.0003, length),
            (bore, length - 0.0006),
            (bore, length - depth),
            (0.0, length - depth),
        ],
        [0.0, 0.0, 0.0006, 0.0, 0.0, 0.0, 0.0],
    )


CASTING = ProceduralAsset(
    name="casting",
    kind="model",
    category="casting",
    tags=("part", "inspection", "machine", "metal", "factory", "housing", "flange"),
    size_m=0.12,
    description="A die-cast flange or housing with ribs, bosses and holes: rough skin, machined faces.",
    parameters={
        "style": Choice(("flange", "housing"), "flange", (0.55, 0.45)),
        "size_m": Number(0.08, 0.16, 0.12, "m"),
        "outline": Choice(("round", "lobed", "square"), "lobed"),
        "bolts": Integer(3, 6, 4),
        "ribs": Integer(2, 6, 4),
        "hub_ratio": Number(0.34, 0.48, 0.4),
        "height_ratio": Number(0.35, 0.8, 0.5),
        "width_ratio": Number(0.55, 0.85, 0.7),
        "material": Choice(("aluminium", "zinc", "iron"), "aluminium", (0.55, 0.2, 0.25)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("skin", "machined"),
    keypoints=("top_centre", "base_centre", "hole_1"),
)
