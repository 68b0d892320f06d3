"""Passenger cars: mini, hatchback, saloon, estate, SUV, coupe, of no make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles import car_details as details
from synthvision.library.procedural.models.vehicles.car_figure import STYLES, CarFigure, car_figure
from synthvision.library.procedural.models.vehicles.car_parts import (
    car_paintwork,
    door_count,
    handle_places,
    skin_parts,
)
from synthvision.library.procedural.models.vehicles.car_places import CAR_KEYPOINTS, car_keypoints, car_wheels
from synthvision.library.procedural.models.vehicles.car_shape import car_skin
from synthvision.library.procedural.models.vehicles.coachwork import Skin, underbody
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
from synthvision.library.procedural.models.vehicles.lamps import LIGHTS, head_lamp_material, tail_lamp_material
from synthvision.library.procedural.models.vehicles.wheels import (
    RIM_STYLES,
    WheelSpec,
    placed_wheels,
    tyre_material,
)
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.wear import roughness_map

__all__ = ["CAR"]


def _build(params: Mapping[str, Any]) -> Model:
    figure = car_figure(params)
    skin = car_skin(figure)
    paintwork = car_paintwork(figure, params)
    parts = skin_parts(figure, skin, params, paintwork)
    materials = _materials(params, figure, paintwork)
    pieces = [(mesh, materials[name]) for name, mesh in parts.items()]
    floor = underbody(skin, 0.56 * figure.half, figure.sill_z + 0.02, 0.12)
    pieces.append((floor, materials["trim"]))
    pieces += _bolted_on(params, figure, skin, materials, paintwork)
    spec = WheelSpec(
        figure.wheel_radius, 0.205 + 0.06 * (figure.wheel_radius - 0.3) / 0.06 * 0.5, float(params["rim_share"]),
        str(params["rim_style"]), int(params["spokes"]),
    )  # fmt: skip
    wheels = car_wheels(figure, spec.width)
    rolled = placed_wheels(spec, wheels)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    return assembled(
        "car",
        params,
        pieces,
        attributes={"body_style": figure.style, "doors": str(door_count(figure, params)), "lights": str(params["lit"])},
        keypoints=car_keypoints(figure, skin, wheels),
    )


def _bolted_on(
    params: Mapping[str, Any], figure: CarFigure, skin: Skin, materials: Mapping[str, Material], paintwork: Any
) -> list[tuple[Mesh, Material]]:
    trim, bright = materials["trim"], materials["bright"]
    mirrors = details.mirror_meshes(figure)
    clean = paintwork.clean_uv()
    handles = details.handle_meshes(figure, handle_places(figure, door_count(figure, params)))

    def painted(mesh: Mesh) -> Mesh:
        return mesh.with_uvs(np.broadcast_to(clean, mesh.uvs_n2.shape).copy())

    mirror_trim = trim if str(params["mirrors"]) == "black" else materials["paint"]
    handle_trim = {"black": trim, "chrome": bright}.get(str(params["handles"]), materials["paint"])
    pieces = [
        (painted(mirrors["shell"]), mirror_trim),
        (mirrors["foot"], trim),
        (mirrors["glass"], CHROME),
        (painted(handles), handle_trim),
        (details.moulding(figure, skin, 0.008), bright if str(params["mouldings"]) == "chrome" else trim),
        (details.wipers(skin), trim),
        (details.plates(skin, 0.40 * figure.belt_front_z + 0.02, _rear_plate_z(figure)), materials["plate"]),
        (_badges(figure, skin), CHROME),
        (details.exhausts(figure, skin, int(params["exhausts"])), CHROME),
    ]
    pieces += [(mesh, trim) for mesh in details.small_trim(figure, skin, params)]
    if str(params["roof_rails"]) == "yes" and figure.style in ("estate", "suv"):
        pieces.append((details.roof_rails(figure, skin), materials["rim"]))
    return pieces


def _rear_plate_z(figure: CarFigure) -> float:
    return (0.60 if figure.style in ("saloon", "estate") else 0.50) * figure.belt_rear_z


def _badges(figure: CarFigure, skin: Skin) -> Mesh:
    """A plain disc at the nose and one at the tail."""
    front_z, rear_z = figure.lip_z - 0.055, 0.86 * figure.tail_z
    ahead, behind = details.centre_x(skin, front_z, True) + 0.004, details.centre_x(skin, rear_z, False) - 0.004
    return badges([(ahead, 0.0, front_z), (behind, 0.0, rear_z)])


def _materials(params: Mapping[str, Any], figure: CarFigure, paintwork: Any) -> dict[str, Material]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    trim = trim_material()
    lights = str(params["lit"])
    rim_colour = {"silver": 0.55, "dark": 0.09, "black": 0.022}[str(params["rim_colour"])]
    return {
        "paint": paint_material(
            paintwork.texture(rgb(params["colour"]), dirt, seed), str(params["finish"]), dirt, seed
        ),
        "roof": Material(
            name="roof",
            base_colour=opaque((0.014, 0.014, 0.015)),
            roughness=0.35,
            clearcoat=1.0,
            clearcoat_roughness=0.05,
        ),
        "window": glass_material(),
        "head_lamp": head_lamp_material(str(params["head_lamp"]), lights),
        "tail_lamp": tail_lamp_material(
            {"low": "plain", "upright": "ring", "wide": "banded"}[str(params["tail_lamp"])], lights
        ),
        "grille": grille_material(str(params["mesh"])),
        "trim": trim,
        "plate": plate_material(int(params["plate_seed"]), str(params["plate_colour"])),
        "bright": CHROME,
        "tyre": tyre_material(dirt, seed),
        "rim": Material(
            name="rim",
            base_colour=opaque((rim_colour, rim_colour, 1.02 * rim_colour)),
            metallic=0.7 if rim_colour > 0.1 else 0.4,
            roughness=0.34,
            metallic_roughness_map=roughness_map(seed, 0.2),
        ),
    }


CAR = ProceduralAsset(
    name="car",
    kind="model",
    category="car",
    tags=("street", "vehicle", "road", "motor", "outdoor"),
    size_m=4.4,
    description="A passenger car of no make: mini, hatchback, saloon, estate, SUV or coupe, in many colours.",
    attributes={},
    parameters={
        "body_style": Choice(STYLES, "hatchback", (0.14, 0.27, 0.18, 0.14, 0.19, 0.08)),
        "doors": Choice(("2", "4"), "4", (0.25, 0.75)),
        "length_scale": Number(0.95, 1.05, 1.0),
        "height_scale": Number(0.97, 1.04, 1.0),
        "wheel_scale": Number(0.96, 1.06, 1.0),
        "screen_rake": Number(0.9, 1.12, 1.0),
        "belt_lift_m": Number(-0.02, 0.03, 0.0, "m"),
        "roof_width": Number(-0.02, 0.02, 0.0),
        "colour": Colour(CAR_COLOURS, 0.12),
        "finish": Choice(("solid", "metallic", "matt"), "metallic", (0.4, 0.55, 0.05)),
        "roof_colour": Choice(("body", "contrast"), "body", (0.88, 0.12)),
        "cladding": Choice(("no", "yes"), "no", (0.75, 0.25)),
        "head_lamp": Choice(("projector", "reflector", "bar"), "projector", (0.4, 0.3, 0.3)),
        "tail_lamp": Choice(("low", "upright", "wide"), "low", (0.45, 0.35, 0.2)),
        "grille": Choice(("wide", "slim", "tall", "none"), "wide", (0.4, 0.25, 0.2, 0.15)),
        "mesh": Choice(("bars", "uprights", "net"), "bars", (0.45, 0.2, 0.35)),
        "lit": Choice(LIGHTS, "off", (0.6, 0.25, 0.15)),
        "rim_style": Choice(RIM_STYLES, "twin", (0.2, 0.2, 0.17, 0.13, 0.18, 0.12)),
        "rim_share": Number(0.60, 0.72, 0.66),
        "rim_colour": Choice(("silver", "dark", "black"), "silver", (0.65, 0.2, 0.15)),
        "spokes": Integer(7, 12, 9),
        "mirrors": Choice(("body", "black"), "body", (0.75, 0.25)),
        "handles": Choice(("body", "chrome", "black"), "body", (0.6, 0.2, 0.2)),
        "mouldings": Choice(("black", "chrome"), "black", (0.7, 0.3)),
        "roof_rails": Choice(("no", "yes"), "yes", (0.4, 0.6)),
        "aerial": Choice(("none", "rod", "fin"), "fin", (0.25, 0.35, 0.4)),
        "exhausts": Integer(1, 2, 1),
        "plate_seed": Integer(0, 15, 0),
        "plate_colour": Choice(("white", "yellow", "blue_band"), "blue_band", (0.4, 0.15, 0.45)),
        "dirt": Number(0.0, 0.8, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "paint", "roof", "window", "head_lamp", "tail_lamp", "grille", "trim", "plate", "chrome", "tyre", "rim",
    ),
    keypoints=CAR_KEYPOINTS,
)  # fmt: skip
