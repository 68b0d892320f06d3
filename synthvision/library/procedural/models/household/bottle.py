"""Bottles of glass and plastic: eleven families of outlines, with labels and closures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.household.bottle_caps import closure
from synthvision.library.procedural.models.household.bottle_shapes import (
    BOTTLE_STYLES,
    BottleShape,
    BottleStyle,
    shape_of,
)
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.labels import DESIGNS, label_scheme, paper_label, wrap_label
from synthvision.library.procedural.prints.schemes import linear_colour
from synthvision.library.procedural.prints.tears import torn_paper
from synthvision.library.procedural.shapes.deformation import deformed, eased, superelliptic
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map, wear_masks

__all__ = ["BOTTLE"]

SEGMENTS = 32
LABEL_LIFT_M = 0.0004
LEVEL_STEP_M = 0.0003
STEP_M = 0.03
LEAST_LABEL = 0.06
CLEAR_STYLES = ("juice", "hot_sauce", "oil")


def _build(params: Mapping[str, Any]) -> Model:
    style = BOTTLE_STYLES[str(params["style"])]
    shape = shape_of(style, params)
    closures = style.closures
    closed_by = closures[int(params["closure"]) % len(closures)]
    square = _section(style, params, shape)

    def shaped(mesh: Mesh) -> Mesh:
        return mesh if square is None else deformed(mesh, square)

    pieces = [(shaped(mesh), material) for mesh, material in _body(style, shape, params)]
    design = int(params["design"])
    if float(params["label_share"]) > LEAST_LABEL:
        pieces += [(shaped(mesh), material) for mesh, material in _labels(style, shape, params, closed_by)]
    cap_colour = linear_colour(label_scheme(design).main)
    if str(params["cap_colour"]) != "as_label":
        cap_colour = {"white": (0.75, 0.75, 0.73), "black": (0.02, 0.02, 0.02), "gold": (0.72, 0.46, 0.13)}[
            str(params["cap_colour"])
        ]
    pieces += closure(closed_by, shape, cap_colour, gold=str(params["cap_colour"]) == "gold")
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "bottle",
        params,
        pieces,
        attributes={
            "material": "glass" if style.material == "glass" else "plastic",
            "closure": closed_by,
            "label": str(params["label_state"]) if float(params["label_share"]) > LEAST_LABEL else "none",
        },
        keypoints={"top": (0.0, 0.0, top), "base": (0.0, 0.0, 0.0), "shoulder": (0.0, 0.0, shape.label_high)},
    )


def _section(style: BottleStyle, params: Mapping[str, Any], shape: BottleShape) -> Any:
    """The map that makes the section of some bottles square, or None."""
    share = float(params["squareness"])
    if str(params["style"]) not in ("oil", "juice", "water", "ketchup") or share < 0.5:
        return None
    exponent = 2.0 + 14.0 * (share - 0.5)
    flat = float(params["flatness"]) if style.material == "squeeze" or str(params["style"]) == "oil" else 1.0
    top = shape.label_high + 0.02 * shape.height
    square = superelliptic(exponent, 0.0, top, max(0.9 * (shape.neck_low - top), 0.01))

    def move(points: Floats) -> Floats:
        moved = square(points)
        moved[:, 1] *= 1.0 + (flat - 1.0) * eased(shape.neck_low, shape.neck_low - 0.35 * shape.height, points[:, 2])
        return moved

    return move


def _body(style: BottleStyle, shape: BottleShape, params: Mapping[str, Any]) -> list[tuple[Mesh, Material]]:
    """The wall with its mouth, coloured by what is inside up to the fill level, and above it see-through if clear."""
    seed = int(params["wear_seed"])
    outer = shape.outer
    lip = outer.points_k2[-1]
    bore = filleted(
        [(lip[0], lip[1]), (lip[0] - 0.0015, lip[1] - 0.001), (lip[0] - 0.003, lip[1] - 0.035), (0.0, lip[1] - 0.035)],
        [0.0, 0.0008, 0.004, 0.0],
    )
    if style.material == "squeeze":
        plastic = Material(
            name="body",
            base_colour=opaque(rgb(params["plastic_colour"])),
            roughness=0.38,
            metallic_roughness_map=roughness_map(seed, 0.3),
        )
        return [(revolve(chain(outer.refined(STEP_M), bore), SEGMENTS), plastic)]
    level = shape.height * float(params["fill_level"])
    outer, index = _with_level(outer, level)
    glass, content = np.array(rgb(params["glass_colour"])), np.array(rgb(params["content_colour"]))
    if style.material == "glass" and (str(params["style"]) not in CLEAR_STYLES or str(params["glass"]) == "tinted"):
        # Light passes the thin empty part and is lost in the full one; the thick bottom is darkest.
        mesh = revolve(chain(outer.refined(STEP_M), bore), SEGMENTS)
        z = mesh.positions_n3[:, 2]
        empty, full = np.minimum(1.2 * glass, 1.0) + 0.006, glass * (0.55 + 0.25 * content) + 0.001
        filled = np.clip((level - z) / 1e-4 + 0.5, 0.0, 1.0)[:, None]
        foot = (0.55 + 0.45 * np.clip(z / (0.12 * shape.height), 0, 1))[:, None]
        tinted = Material(
            name="body",
            roughness=0.12,
            metallic_roughness_map=roughness_map(seed, 0.45),
            ior=1.52,
            clearcoat=1.0,
            clearcoat_roughness=0.04,
        )
        return [(mesh.tinted((empty + (full - empty) * filled) * foot), tinted)]
    blended = str(params["empty_part"]) == "blended"
    return _clear_body(style, (outer, bore, index), content, seed, blended=blended)


def _clear_body(
    style: BottleStyle, outline: tuple[Profile, Profile, int], content: Floats, seed: int, *, blended: bool
) -> list[tuple[Mesh, Material]]:
    """Clear glass or plastic: the colour of the content where it is full, and an empty part above."""
    outer, bore, index = outline
    rough = 0.1 if style.material == "glass" else 0.22
    rough_map = roughness_map(seed, 0.5)
    wet, dry = (Profile(outer.points_k2[cut], outer.normals_k2[cut]) for cut in (np.s_[: index + 1], np.s_[index:]))
    surface = filleted([tuple(wet.points_k2[-1]), (0.0, float(wet.points_k2[-1, 1]))], 0.0)
    full = Material(
        name="body",
        base_colour=opaque((float(content[0]), float(content[1]), float(content[2]))),
        roughness=rough,
        metallic_roughness_map=rough_map,
        ior=1.5,
        clearcoat=0.6,
        clearcoat_roughness=0.08,
    )
    # See-through its alpha is just above one half, so that it still counts as the object in labels. Opaque it takes a
    # tone between glass and the film of liquid on its inside.
    film = 0.2 * content + np.array([0.2, 0.215, 0.215])
    empty = Material(
        name="empty",
        base_colour=(0.92, 0.95, 0.935, 0.54) if blended else opaque((float(film[0]), float(film[1]), float(film[2]))),
        roughness=rough,
        metallic_roughness_map=rough_map,
        alpha_mode="blend" if blended else "opaque",
        # Drops and scuffs on the wall scatter a little.
        transmission=0.93 if blended else 0.0,
        # The far wall is seen through the near one.
        double_sided=blended,
        ior=1.57,
    )
    # Seen from above it lies just below the content's own surface.
    sunk = float(dry.points_k2[0, 1]) - (0.0004 if blended else 0.0)
    floor = filleted([(0.0, sunk), tuple(dry.points_k2[0])], 0.0)
    return [
        (revolve(chain(wet.refined(STEP_M), surface), SEGMENTS), full),
        (revolve(chain(floor, dry.refined(STEP_M), bore), SEGMENTS), empty),
    ]


def _with_level(outer: Profile, level: float) -> tuple[Profile, int]:
    """The outline with two points close together at the fill level, and the index of the lower one."""
    # A point closer than the step would end up on its wrong side.
    near = np.abs(outer.points_k2[:, 1] - level) < 2 * LEVEL_STEP_M
    near[[0, -1]] = False
    points, normals = outer.points_k2[~near], outer.normals_k2[~near]
    ground = int(np.argmin(points[:, 1]))
    # The wall rises all the way, but for rings around the mouth that no liquid reaches.
    index = ground + int(np.argmax(points[ground:, 1] > level))
    share = (level - points[index - 1, 1]) / (points[index, 1] - points[index - 1, 1])
    point = points[index - 1] + share * (points[index] - points[index - 1])
    normal = normals[index - 1] + share * (normals[index] - normals[index - 1])
    normal /= np.linalg.norm(normal)
    step = np.array([0.0, LEVEL_STEP_M])
    points = np.insert(points, index, [point - step, point + step], axis=0)
    return Profile(points, np.insert(normals, index, [normal, normal], axis=0)), index


def _labels(
    style: BottleStyle, shape: BottleShape, params: Mapping[str, Any], closed_by: str
) -> list[tuple[Mesh, Material]]:
    design, seed = int(params["design"]), int(params["wear_seed"])
    room = shape.label_high - shape.label_low
    tall = room * (0.62 + 0.36 * float(params["label_share"]))
    low = shape.label_low + (room - tall) * 0.5
    skin = shape.outer
    wall = Profile(skin.points_k2[_rising(skin)], skin.normals_k2[_rising(skin)])
    band = wall.between_heights(low, low + tall, steps=4)
    face = band.offset(LABEL_LIFT_M)
    inward = np.array([-0.001, 0.0])
    strip = chain(
        filleted(np.stack([face.points_k2[0] + inward, face.points_k2[0]]), 0.0),
        face,
        filleted(np.stack([face.points_k2[-1], face.points_k2[-1] + inward]), 0.0),
    )
    material_kind = {"glass": 0.6, "pet": 0.3, "squeeze": 0.35}[style.material]
    if style.label == "wrap":
        columns, rows = _label_pixels(2 * np.pi * shape.radius, tall)
        mesh = revolve(strip, SEGMENTS)
        art = _paper(design, columns, rows, True)
    else:
        share = 0.5 + 0.3 * float(params["label_wrap"])
        steps = max(round(SEGMENTS * share / 2) * 2, 8)
        half = np.pi * steps / SEGMENTS
        columns, rows = _label_pixels(2 * half * shape.radius, tall)
        mesh = revolve(strip, steps, arc_rad=(np.pi - half, np.pi + half))
        art = _paper(design, columns, rows, False)
    torn = str(params["label_state"]) == "torn"
    if torn:
        art = torn_paper(art, float(params["label_torn"]), seed)
    label = Material(
        name="torn_label" if torn else "label",
        base_colour_map=art,
        roughness=material_kind,
        metallic_roughness_map=roughness_map(seed, 0.2),
        alpha_mode="mask" if torn else "opaque",
    )
    pieces = [(mesh, label)]
    if torn:
        return pieces
    if style.label == "front" and style.neck < 0.84 and closed_by != "capsule" and float(params["label_wrap"]) > 0.5:
        pieces.append((_neck_label(shape, wall), label))
    return pieces


def _neck_label(shape: BottleShape, wall: Profile) -> Mesh:
    """A small band around the neck with a piece of the same print."""
    low = min(shape.neck_low + 0.012, shape.height - 0.052)
    face = wall.between_heights(low, low + 0.02, steps=1).offset(LABEL_LIFT_M)
    mesh = revolve(face, SEGMENTS)
    return mesh.with_uvs(np.stack([0.1 + 0.8 * mesh.uvs_n2[:, 0], 0.02 + 0.06 * mesh.uvs_n2[:, 1]], axis=1))


def _rising(skin: Profile) -> slice:
    """The part of an outline from the heel up to the neck, where height grows throughout."""
    z = skin.points_k2[:, 1]
    ground = int(np.argmin(z))
    first = ground + int(np.argmax(z[ground:] > 0.002))
    fall = np.flatnonzero(np.diff(z[first:]) < 0)
    return slice(first, first + int(fall[0]) + 1 if len(fall) else None)


def _label_pixels(width_m: float, height_m: float) -> tuple[int, int]:
    """Pixels of a label in coarse steps, so that labels of nearly equal size share one texture."""
    aspect = round(4 * width_m / height_m) / 4
    columns = 512 if aspect > 1.3 else 256
    return columns, int(np.clip(32 * round(columns / max(aspect, 0.25) / 32), 64, 512))


@lru_cache(maxsize=24)
def _paper(design: int, columns: int, rows: int, around: bool) -> Texture:
    """The label as it is on the shelf: print, slightly uneven, its edges a little worn."""
    art = (
        wrap_label(design, columns, rows, 2 if columns > 2.2 * rows else 1)
        if around
        else paper_label(design, columns, rows)
    )
    cloud = wear_masks(design).cloud
    tile = np.tile(cloud, (1 + rows // cloud.shape[0], 1 + columns // cloud.shape[1]))[:rows, :columns, None]
    worn = art.astype(np.float32) * (0.93 + 0.1 * tile)
    return make_texture(
        np.asarray(np.clip(worn, 0, 255), np.uint8), is_srgb=True, wrap_uv=("repeat" if around else "clamp", "clamp")
    )


GREEN, AMBER, DARK = (0.008, 0.035, 0.008), (0.055, 0.014, 0.002), (0.008, 0.009, 0.004)

BOTTLE = ProceduralAsset(
    name="bottle",
    kind="model",
    category="bottle",
    tags=("tableware", "container", "packaging", "drink", "glass", "plastic"),
    size_m=0.26,
    description="A bottle for wine, beer, soft drinks, water, sauces, oil or juice, with an invented label and a cap.",
    parameters={
        "style": Choice(tuple(BOTTLE_STYLES), "wine_straight"),
        "height_share": Number(0.0, 1.0, 0.5),
        "slim_share": Number(0.0, 1.0, 0.5),
        "shoulder": Number(-1.0, 1.0, 0.0),
        "neck_taper": Number(0.0, 1.0, 0.3),
        "squareness": Number(0.0, 1.0, 0.0),
        "flatness": Number(0.6, 1.0, 0.8),
        "glass_colour": Colour((GREEN, GREEN, AMBER, AMBER, DARK, (0.008, 0.016, 0.08)), 0.25),
        "glass": Choice(("clear", "tinted"), "clear", (0.75, 0.25)),
        "plastic_colour": Colour(
            (
                (0.5, 0.015, 0.01),
                (0.5, 0.015, 0.01),
                (0.8, 0.5, 0.02),
                (0.75, 0.7, 0.58),
                (0.16, 0.05, 0.015),
                (0.1, 0.3, 0.05),
            ),
            0.12,
        ),
        "content_colour": Colour(
            (
                (0.03, 0.012, 0.006),
                (0.75, 0.25, 0.02),
                (0.55, 0.02, 0.012),
                (0.72, 0.48, 0.03),
                (0.12, 0.4, 0.06),
                (0.62, 0.68, 0.7),
                (0.8, 0.76, 0.66),
                (0.2, 0.05, 0.02),
            ),
            0.15,
        ),
        "fill_level": Number(0.5, 0.86, 0.78),
        # A renderer pays for every see-through part: scenes ask for them by name.
        "empty_part": Choice(("opaque", "blended"), "opaque", (1.0, 0.0)),
        "label_share": Number(0.0, 1.0, 0.7),
        "label_wrap": Number(0.0, 1.0, 0.5),
        # Rare: scenes ask for it by name.
        "label_state": Choice(("whole", "torn"), "whole", (1.0, 0.0)),
        "label_torn": Number(0.25, 0.75, 0.5),
        "design": Integer(0, DESIGNS - 1, 0),
        "closure": Integer(0, 3, 0),
        "cap_colour": Choice(("as_label", "white", "black", "gold"), "as_label", (0.5, 0.15, 0.2, 0.15)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "empty", "cap", "label", "torn_label"),
    keypoints=("base", "shoulder", "top"),
)
