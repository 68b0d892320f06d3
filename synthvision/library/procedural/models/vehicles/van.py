"""Vans: small courier vans, medium and large panel vans, minibuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles import car_details as details
from synthvision.library.procedural.models.vehicles.car_figure import CarFigure
from synthvision.library.procedural.models.vehicles.car_parts import faced, painted_faces
from synthvision.library.procedural.models.vehicles.car_places import CAR_KEYPOINTS, car_keypoints, car_wheels
from synthvision.library.procedural.models.vehicles.car_shape import HALF, HEADER, NZ, SCREEN, car_skin, half_width
from synthvision.library.procedural.models.vehicles.coachwork import FRONT, REAR, TOP, Skin, underbody
from synthvision.library.procedural.models.vehicles.fittings import (
    CAR_COLOURS,
    CHROME,
    badges,
    glass_material,
    grille_material,
    paint_material,
    plate_material,
    trim_material,
)
from synthvision.library.procedural.models.vehicles.lamps import (
    LIGHTS,
    head_lamp_material,
    lamp_uvs,
    tail_lamp_material,
)
from synthvision.library.procedural.models.vehicles.paintwork import REAR_CHART, SIDE_CHART, Paintwork
from synthvision.library.procedural.models.vehicles.wheels import RIM_STYLES, WheelSpec, placed_wheels, tyre_material
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map

__all__ = ["VAN"]

#: length, width, height, front and rear overhang, wheel radius, sill, belt, lip and cowl heights, cowl ahead of the
#: front axle, windscreen length in x, brow. Compare a VW Caddy, VW Transporter, Fiat Ducato L2H2.
_SIZES: dict[str, tuple[float, ...]] = {
    "small": (4.45, 1.80, 1.83, 0.88, 0.82, 0.320, 0.20, 1.05, 0.84, 1.08, -0.12, 0.78, 0.06),
    "medium": (4.98, 1.91, 1.98, 0.92, 1.02, 0.335, 0.22, 1.15, 0.94, 1.20, 0.05, 0.74, 0.09),
    "large": (5.65, 2.04, 2.56, 0.96, 1.10, 0.345, 0.25, 1.27, 1.02, 1.36, 0.10, 0.84, 0.42),
}


def _build(params: Mapping[str, Any]) -> Model:
    figure = _figure(params)
    skin = car_skin(figure)
    paintwork = _paintwork(figure, params)
    materials = _materials(params, paintwork)
    pieces = [(mesh, materials[name]) for name, mesh in _parts(figure, skin, params, paintwork).items()]
    pieces.append((underbody(skin, 0.56 * figure.half, figure.sill_z + 0.02, 0.12), materials["trim"]))
    pieces += _bolted_on(params, figure, skin, materials, paintwork)
    spec = WheelSpec(figure.wheel_radius, 0.215, 0.60, str(params["rim_style"]), int(params["spokes"]))
    wheels = car_wheels(figure, spec.width)
    rolled = placed_wheels(spec, wheels)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    return assembled(
        "van",
        params,
        pieces,
        attributes={"size": str(params["size"]), "body": str(params["body"]), "lights": str(params["lit"])},
        keypoints=car_keypoints(figure, skin, wheels),
    )


def _figure(params: Mapping[str, Any]) -> CarFigure:
    size = str(params["size"])
    length, width, height, front, rear, wheel, sill, belt, lip, cowl_z, cowl, screen, brow = _SIZES[size]
    length *= float(params["length_scale"])
    height *= float(params["height_scale"])
    nose, tail = length / 2, -length / 2
    front_x, rear_x = nose - front, tail + rear
    cowl_x = front_x + cowl
    header_x = cowl_x - screen
    glazed = str(params["body"]) == "minibus"
    return CarFigure(
        style=size, length=length, width=width, height=height, nose_x=nose, tail_x=tail, front_x=front_x, rear_x=rear_x,
        wheel_radius=wheel, sill_z=sill, belt_front_z=belt, belt_rear_z=belt, lip_z=lip, cowl_x=cowl_x, cowl_z=cowl_z,
        header_x=header_x, roof_rear=(tail + 0.09, height - 0.05), screen_low=(tail + 0.045, belt + 0.04),
        tail_z=belt - 0.01, header_station=2, screen_station=1, glass_station=2 if glazed else 9,
        arch=1.13 * wheel + 0.012, tumblehome=0.87, pillar_x=front_x - 1.02, taper=(0.13, 0.03), roof_taper=0.02,
        brow=brow, glass_top=height - brow - 0.12, tail_corner=0.095,
    )  # fmt: skip


def _parts(figure: CarFigure, skin: Skin, params: Mapping[str, Any], paintwork: Paintwork) -> dict[str, Mesh]:
    side_glass = skin.on(TOP, (figure.glass_station, SCREEN), (1, 2))
    pillar = skin.on(TOP, (8, 9), (1, 2)) | skin.on(TOP, (5.5, 6), (1, 2))
    window = (side_glass & ~pillar) | skin.on(TOP, (HEADER, SCREEN), (3, 6))
    if str(params["rear_windows"]) == "yes":
        window |= skin.on(TOP, (1.0, 1.5), (3, 4.5))
    tall = str(params["head_lamp"]) == "reflector"
    low = 2.5 if tall else 3.0
    head = skin.on(FRONT, (0, 1.6), (low, 4)) | skin.on_sides((16.5, 17), (low, 4))
    tail = skin.on(REAR, (0, 0.5), (2, 4)) | skin.on_sides((0, 0.5), (2, 4))
    grille = skin.on(FRONT, (2, 6), (3, 4)) | skin.on(FRONT, (1.5, 6), (0.5, 1.5))
    trim = pillar & side_glass
    if str(params["bumpers"]) == "black":
        trim |= skin.on(FRONT, (0, 6), (0, 1.5)) | skin.on(REAR, (0, 6), (0, 1)) | skin.on_sides((16, 17), (0, 1.5))
        trim |= skin.on_sides((0, 1), (0, 1))
    grille &= ~(trim | head)
    paint = ~(window | head | tail | grille | trim)
    surface = skin.surface
    out = {
        "window": surface.part(window),
        "head_lamp": lamp_uvs(surface.part(head)),
        "tail_lamp": lamp_uvs(surface.part(tail)),
        "grille": faced(surface.part(grille)),
        "paint": painted_faces(skin, paint, paintwork, 3),
    }
    if trim.any():
        out["trim"] = surface.part(trim)
    return out


def _paintwork(figure: CarFigure, params: Mapping[str, Any]) -> Paintwork:
    work = Paintwork(figure.length, figure.height, figure.half)
    belt, sill, roof = figure.belt_front_z, figure.sill_z + 0.06, figure.height - 0.13
    hinge, back = figure.front_x - figure.arch - 0.05, figure.pillar_x
    top = figure.glass_top + 0.05
    work.seam(SIDE_CHART, [(min(hinge + 0.1, figure.cowl_x - 0.3), belt), (hinge, 0.7 * belt), (hinge, sill)])
    work.seam(SIDE_CHART, [(hinge, sill), (back, sill), (back, top), (figure.header_x + 0.12, top)])
    slide = back - 1.12
    if slide > figure.rear_x + 0.35:
        work.seam(
            SIDE_CHART, [(back - 0.06, roof), (back - 0.06, sill), (slide, sill), (slide, roof), (back - 0.06, roof)]
        )
    else:
        work.seam(SIDE_CHART, [(back - 0.06, roof), (back - 0.06, sill)])
    work.seam(SIDE_CHART, [(slide, belt - 0.06), (figure.tail_x + 0.15, belt - 0.06)], 0.025)
    if str(params["livery"]) == "stripe":
        low, high = 0.72 * belt, 0.86 * belt
        work.stripe([(figure.nose_x, low), (figure.nose_x, high), (figure.tail_x, high), (figure.tail_x, low)])
    elif str(params["livery"]) == "wedge":
        work.stripe([(slide + 0.2, 0.0), (slide + 0.9, 3.0), (figure.tail_x - 0.1, 3.0), (figure.tail_x - 0.1, 0.0)])
    width = 0.80 * figure.half
    work.seam(REAR_CHART, [(0.0, 0.4 * belt), (0.0, figure.height)], 0.008)
    work.seam(REAR_CHART, [(0.0, 0.42 * belt), (width, 0.42 * belt), (width, figure.height)], 0.004)
    return work


def _bolted_on(
    params: Mapping[str, Any], figure: CarFigure, skin: Skin, materials: Mapping[str, Material], paintwork: Paintwork
) -> list[tuple[Mesh, Material]]:
    trim = materials["trim"]
    mirrors = details.mirror_meshes(figure, tall=1.7)
    body = materials["paint"] if str(params["mirrors"]) == "body" else trim
    shell = mirrors["shell"]
    shell = shell.with_uvs(np.broadcast_to(paintwork.clean_uv(), shell.uvs_n2.shape).copy())
    handles = details.handle_meshes(figure, [figure.pillar_x + 0.14, figure.pillar_x - 0.24])
    front_z, rear_z = 0.34 * figure.belt_front_z, 0.62 * figure.belt_rear_z
    nose_z = figure.lip_z - 0.07
    pieces = [
        (shell, body),
        (mirrors["foot"], trim),
        (mirrors["glass"], CHROME),
        (handles, trim),
        (details.wipers(skin), trim),
        (details.plates(skin, front_z, rear_z), materials["plate"]),
        (badges([(details.centre_x(skin, nose_z, True) + 0.005, 0.0, nose_z)]), CHROME),
        (_side_strip(figure), trim),
    ]
    if str(params["roof_rack"]) == "yes":
        pieces.append((_roof_rack(skin), materials["rim"]))
    return pieces


def _side_strip(figure: CarFigure) -> Mesh:
    """The rubbing strip along the doors."""
    x = np.linspace(figure.rear_x + figure.arch + 0.08, figure.front_x - figure.arch - 0.10, 7)
    z = np.full(7, 0.50 * figure.belt_front_z)
    line = np.stack([x, half_width(figure, x, z) + 0.002, z], axis=1)
    return details.both_sides(rods(line[:-1], line[1:], 0.028, 6))


def _roof_rack(skin: Skin) -> Mesh:
    """Cross bars on feet, and a pipe for ladders along them."""
    bars = []
    for station in (4, 6, 8):
        line: Floats = skin.line([(station, j, NZ) for j in range(3, 2 * HALF - 2)])
        left, right = line[-1], line[0]
        lift = np.array([0.0, 0.0, 0.09])
        bars += [(left - [0, 0, 0.02], left + lift), (right - [0, 0, 0.02], right + lift), (left + lift, right + lift)]
    ends = np.array(bars)
    return rods(ends[:, 0], ends[:, 1], 0.018, 6)


def _materials(params: Mapping[str, Any], paintwork: Paintwork) -> dict[str, Material]:
    seed, dirt, lights = int(params["wear_seed"]), float(params["dirt"]), str(params["lit"])
    paint = paintwork.texture(rgb(params["colour"]), dirt, seed, rgb(params["second_colour"]))
    return {
        "paint": paint_material(paint, str(params["finish"]), dirt, seed),
        "window": glass_material(),
        "head_lamp": head_lamp_material(str(params["head_lamp"]), lights),
        "tail_lamp": tail_lamp_material("banded", lights),
        "grille": grille_material("bars"),
        "trim": trim_material(shade=0.028),
        "plate": plate_material(int(params["plate_seed"]), str(params["plate_colour"])),
        "tyre": tyre_material(dirt, seed),
        "rim": Material(
            name="rim", base_colour=opaque((0.38, 0.38, 0.39)), metallic=0.7, roughness=0.42,
            metallic_roughness_map=roughness_map(seed, 0.2),
        ),
    }  # fmt: skip


VAN = ProceduralAsset(
    name="van",
    kind="model",
    category="van",
    tags=("street", "vehicle", "road", "motor", "delivery", "outdoor"),
    size_m=5.2,
    description="A van of no make: panel van or minibus in three sizes, with sliding doors, stripes and roof racks.",
    parameters={
        "size": Choice(("small", "medium", "large"), "medium", (0.3, 0.35, 0.35)),
        "body": Choice(("panel", "minibus"), "panel", (0.72, 0.28)),
        "length_scale": Number(0.93, 1.1, 1.0),
        "height_scale": Number(0.96, 1.08, 1.0),
        "colour": Colour(((0.70, 0.70, 0.68),) * 8 + CAR_COLOURS, 0.1),
        "second_colour": Colour(
            ((0.55, 0.02, 0.02), (0.02, 0.08, 0.40), (0.75, 0.45, 0.02), (0.03, 0.25, 0.10), (0.03, 0.03, 0.035)), 0.15
        ),
        "livery": Choice(("none", "stripe", "wedge"), "none", (0.6, 0.2, 0.2)),
        "finish": Choice(("solid", "metallic"), "solid", (0.75, 0.25)),
        "bumpers": Choice(("black", "body"), "black", (0.65, 0.35)),
        "mirrors": Choice(("black", "body"), "black", (0.8, 0.2)),
        "rear_windows": Choice(("yes", "no"), "yes", (0.65, 0.35)),
        "roof_rack": Choice(("no", "yes"), "no", (0.75, 0.25)),
        "head_lamp": Choice(("projector", "reflector", "bar"), "reflector", (0.3, 0.5, 0.2)),
        "lit": Choice(LIGHTS, "off", (0.6, 0.25, 0.15)),
        "rim_style": Choice(RIM_STYLES, "steel", (0.1, 0.05, 0.1, 0.05, 0.35, 0.35)),
        "spokes": Integer(7, 12, 9),
        "plate_seed": Integer(0, 15, 1),
        "plate_colour": Choice(("white", "yellow", "blue_band"), "blue_band", (0.4, 0.15, 0.45)),
        "dirt": Number(0.0, 0.9, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("paint", "window", "head_lamp", "tail_lamp", "grille", "trim", "plate", "chrome", "tyre", "rim"),
    keypoints=CAR_KEYPOINTS,
)  # fmt: skip
