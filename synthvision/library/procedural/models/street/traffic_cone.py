"""A traffic cone: rubber base, tapered body, reflective bands, the dents and dirt of a road."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import cell_noise, jittered_points, make_texture, quantise
from synthvision.library.procedural.shapes.deformation import Dent, deformed, dented, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted, rounded_polygon, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude, revolve
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["TRAFFIC_CONE"]

SEGMENTS = 36
STEP_M = 0.03
ORANGE = (0.82, 0.115, 0.004)
BAND_THICKNESS_M = 0.0008


def _build(params: Mapping[str, Any]) -> Model:
    height = float(params["height_m"])
    base_width = height * float(params["base_width_ratio"])
    base_height = float(params["base_thickness_m"])
    seed = int(params["wear_seed"])
    colour = rgb(params["colour"])
    dirt, scuff = float(params["dirt"]), float(params["scuff"])
    outer = _body_profile(params, base_width, base_height, height)
    spans = _band_spans(params, height, base_height)
    skin = outer.refined(STEP_M)
    body = revolve(chain(_under_bands(skin, spans), _bore(outer, height)), SEGMENTS)
    bands = [_band(skin, low, top) for low, top in spans]
    base = _base(str(params["base_shape"]), base_width, base_height)
    lean, yaw = float(params["lean"]), float(params["lean_yaw_rad"])
    dents = _dents(params, outer, height)

    def shaped(mesh: Mesh) -> Mesh:
        mesh = dented(mesh, dents)
        if lean == 0.0:
            return mesh
        return deformed(mesh, lambda points: _leaning(points, lean, yaw, base_height, height))

    painted = worn_paint(colour, seed, dirt=dirt, scuff=scuff, fade=float(params["fade"]), foot_dirt=dirt)
    plastic = Material(
        name="body", base_colour_map=painted, roughness=0.62, metallic_roughness_map=roughness_map(seed, 0.35)
    )
    # Rubber and sheeting have the same few colours on all cones: coarse steps of wear let them share textures.
    coarse_dirt, coarse_scuff = round(4 * dirt) / 4, round(2 * scuff) / 2
    rubber = Material(
        name="base",
        base_colour_map=painted
        if params["base_colour"] == "as_body"
        else worn_paint(
            (0.024, 0.023, 0.022),
            seed % 2,
            dirt=min(1.0, 0.25 + coarse_dirt),
            scuff=0.5 * coarse_scuff,
            scuff_colour=(0.12, 0.115, 0.11),
        ),
        roughness=0.85,
        metallic_roughness_map=roughness_map(seed + 3, 0.2),
    )
    pieces = [(shaped(body), plastic), (base, rubber)]
    if bands:
        sheeting = Material(
            name="band",
            base_colour=(*rgb(params["band_colour"]), 1.0),
            base_colour_map=worn_paint(
                (0.95, 0.95, 0.95),
                seed % 2,
                dirt=0.5 * coarse_dirt,
                scuff=0.6 * coarse_scuff,
                scuff_colour=(0.45, 0.43, 0.4),
            ),
            roughness=0.42,
            metallic_roughness_map=_sheeting_map(),
            clearcoat=0.4,
            clearcoat_roughness=0.25,
        )
        pieces.append((shaped(join(bands)), sheeting))
    return assembled(
        "traffic_cone",
        params,
        pieces,
        attributes={"bands": str(len(bands))},
        keypoints={"tip": (0.0, 0.0, height), "base_centre": (0.0, 0.0, 0.0)},
    )


def _body_profile(params: Mapping[str, Any], base_width: float, base_height: float, height: float) -> Profile:
    """Outer skin from inside the base plate to the rim of the opening at the top."""
    foot = base_width * float(params["foot_ratio"]) / 2
    tip = float(params["tip_radius_m"]) * (0.6 + 0.55 * height)
    flare = float(params["flare_m"])
    style = str(params["body_style"])
    start = base_height * 0.5

    def radius(z: float) -> float:
        return foot + (tip - foot) * (z - base_height) / (height - base_height)

    points = [
        (0.0, start),
        (foot + flare, start),
        (foot + flare, base_height + 0.004),
        (radius(base_height + 2.2 * flare), base_height + 2.2 * flare),
    ]
    radii = [0.0, 0.0, 0.003, flare]
    if style == "stepped":
        z = base_height + float(params["step_at"]) * height
        points += [(radius(z) + 0.004, z), (radius(z) - 0.003, z + 0.006)]
        radii += [0.003, 0.003]
    elif style == "ringed":
        for z in (0.72 * height, 0.72 * height + 0.05 * height):
            bead = 0.004
            points += [
                (radius(z), z),
                (radius(z) + bead, z + bead),
                (radius(z) + bead, z + 2 * bead),
                (radius(z + 3 * bead), z + 3 * bead),
            ]
            radii += [0.002] * 4
    if str(params["top_style"]) == "knob":
        neck = height - 0.085 * height
        points += [(radius(neck), neck), (tip * 0.92, neck + 0.02 * height), (tip * 1.22, neck + 0.045 * height)]
        radii += [0.006, 0.008, 0.008]
        points += [(tip * 1.12, height)]
    else:
        points += [(tip, height)]
    rim = points[-1][0]
    return filleted([*points, (rim - 0.007, height)], [*radii, 0.003, 0.0])


def _bore(outer: Profile, height: float) -> Profile:
    """Inside of the opening: a short way down, then closed."""
    rim = float(outer.points_k2[-1, 0])
    depth = min(0.18 * height, 0.09)
    return filleted([(rim, height), (rim - 0.001, height - depth), (0.0, height - depth)], [0.0, 0.004, 0.0])


def _band_spans(params: Mapping[str, Any], height: float, base_height: float) -> list[tuple[float, float]]:
    """Lower and upper height of each reflective collar, laid out from the top down."""
    tall = float(params["band_height_ratio"]) * height
    gap = float(params["band_gap_ratio"]) * height
    top = height * (0.88 if str(params["top_style"]) == "knob" else 0.93) - float(params["band_top_ratio"]) * height
    spans = []
    for number in range(int(params["band_count"])):
        # The lower band of many cones is narrower than the upper one.
        low = top - tall * (1.0 if number == 0 else float(params["lower_band_ratio"]))
        if low < base_height + 0.1 * height:
            break
        spans.append((low, top))
        top = low - gap
    return spans


def _band(skin: Profile, low: float, top: float) -> Mesh:
    """A collar around the body, its edges closed."""
    face = _flattened(skin.between_heights(low, top), BAND_THICKNESS_M)
    below, above = float(face.points_k2[0, 0]), float(face.points_k2[-1, 0])
    edges = [
        filleted([(below - 0.004, low), (below, low)], 0.0),
        face.refined(STEP_M),
        filleted([(above, top), (above - 0.004, top)], 0.0),
        filleted([(above - 0.004, top), (below - 0.004, low)], 0.0),
    ]
    return revolve(chain(*edges), SEGMENTS)


def _under_bands(skin: Profile, spans: list[tuple[float, float]]) -> Profile:
    """The body with a plain wall drawn in a little where a band covers it, so that no dent lets it show through."""
    for low, top in spans:
        height = skin.points_k2[:, 1]
        inside = np.flatnonzero((height > low) & (height < top))
        ends = [(float(skin.x_at(z)) - 0.003, z + step) for z, step in ((low, 0.001), (top, -0.001))]
        wall = filleted(ends, 0.0).refined(STEP_M)
        if len(inside):
            first, last = int(inside[0]), int(inside[-1]) + 1
        else:
            # A narrow band on a straight wall may lie between two points of it.
            first = last = int(np.flatnonzero((height[:-1] <= low) & (height[1:] >= top))[-1]) + 1
        before, after = np.s_[:first], np.s_[last:]
        skin = Profile(
            np.concatenate([skin.points_k2[before], wall.points_k2, skin.points_k2[after]]),
            np.concatenate([skin.normals_k2[before], wall.normals_k2, skin.normals_k2[after]]),
        )
    return skin


def _flattened(piece: Profile, offset_m: float) -> Profile:
    """A straight line that clears the outermost points of `piece`, as stiff sheeting bridges rings and steps."""
    points = piece.points_k2
    line = np.interp(points[:, 1], points[[0, -1], 1], points[[0, -1], 0])
    lift = float(np.max(points[:, 0] - line)) + offset_m
    ends = points[[0, -1]] + [lift, 0.0]
    z = np.linspace(ends[0, 1], ends[1, 1], 5)
    straight = np.stack([np.interp(z, ends[:, 1], ends[:, 0]), z], axis=1)
    side = ends[1] - ends[0]
    normal = np.array([side[1], -side[0]]) / np.linalg.norm(side)
    return Profile(straight, np.tile(normal, (5, 1)))


def _base(shape: str, width: float, height: float) -> Mesh:
    """The plate: square with round corners, octagon, or round, with a second lower step around the body."""
    if shape == "round":
        plate = rounded_rectangle(width * 1.08, width * 1.08, width * 0.54, steps=8)
    elif shape == "octagon":
        angle = np.pi / 8 + np.arange(8) * np.pi / 4
        corners = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (width * 0.5 / np.cos(np.pi / 8))
        plate = rounded_polygon(corners, max(0.06 * width, 0.016))
    else:
        corner = max(width * (0.06 if shape == "square" else 0.16), 0.015)
        plate = rounded_rectangle(width, width, corner, steps=4)
    slab = extrude(plate, 0.0, height, bevel_m=min(0.008, 0.35 * height), inset_top_m=0.004)
    scale = 1.0 / (2.2 * width)
    return slab.placed_uvs((scale, scale), (0.5, 0.5))


def _dents(params: Mapping[str, Any], outer: Profile, height: float) -> list[Dent]:
    rng = rng_for(int(params["wear_seed"]), 0, "traffic_cone.dents")
    depth = float(params["dent_depth_ratio"]) * height
    dents = []
    for _ in range(2):
        z = float(rng.uniform(0.25, 0.8)) * height
        angle = float(rng.uniform(0, 2 * np.pi))
        radius = float(outer.x_at(z))
        size = float(rng.uniform(0.06, 0.13)) * height
        push = depth * float(rng.uniform(0.4, 1.0))
        c, s = np.cos(angle), np.sin(angle)
        dents.append(Dent((radius * c, radius * s, z), (-push * c, -push * s, 0.0), (size, size, 0.8 * size)))
    return dents


def _leaning(points: Floats, lean: float, yaw: float, base_height: float, height: float) -> Floats:
    """The upper part bent sideways, as soft cones are after years."""
    rise = np.clip((points[:, 2] - base_height) / height, 0.0, 1.0)
    shift = lean * height * rise**2
    return shifted(points, shift * np.cos(yaw), shift * np.sin(yaw), -0.5 * lean * shift)


@lru_cache(maxsize=1)
def _sheeting_map() -> Texture:
    """Cells of retroreflective sheeting in the roughness."""
    rng = rng_for(0, 0, "traffic_cone.sheeting")
    _, edge, _ = cell_noise(jittered_points(rng, (32, 96), 0.25), (128, 512))
    rough = 0.7 + 0.3 * np.clip(1.5 - edge, 0, 1)
    full = np.full(rough.shape, 255, np.uint8)
    return make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False)


TRAFFIC_CONE = ProceduralAsset(
    name="traffic_cone",
    kind="model",
    category="traffic_cone",
    tags=("cone", "street", "road", "safety", "outdoor"),
    size_m=0.5,
    description="A traffic cone with a rubber base, up to three reflective bands, dents, fading and dirt.",
    parameters={
        "height_m": Number(0.3, 0.75, 0.5, "m"),
        "base_width_ratio": Number(0.5, 0.68, 0.58),
        "base_thickness_m": Number(0.014, 0.036, 0.024, "m"),
        "base_shape": Choice(("square", "soft_square", "octagon", "round"), "square", (0.5, 0.25, 0.17, 0.08)),
        "base_colour": Choice(("black", "as_body"), "black", (0.7, 0.3)),
        "foot_ratio": Number(0.6, 0.78, 0.7),
        "tip_radius_m": Number(0.024, 0.038, 0.03, "m"),
        "flare_m": Number(0.004, 0.014, 0.008, "m"),
        "body_style": Choice(("smooth", "stepped", "ringed"), "smooth", (0.55, 0.25, 0.2)),
        "step_at": Number(0.1, 0.2, 0.14),
        "top_style": Choice(("open", "knob"), "open", (0.75, 0.25)),
        "colour": Colour(
            (
                ORANGE,
                ORANGE,
                ORANGE,
                ORANGE,
                (0.8, 0.17, 0.006),
                (0.8, 0.17, 0.006),
                (0.9, 0.19, 0.02),
                (0.78, 0.05, 0.008),
                (0.7, 0.022, 0.012),
                (0.85, 0.52, 0.02),
                (0.38, 0.68, 0.03),
                (0.03, 0.12, 0.5),
            ),
            0.12,
        ),
        "band_count": Integer(0, 3, 2),
        "band_height_ratio": Number(0.1, 0.2, 0.15),
        "band_gap_ratio": Number(0.04, 0.11, 0.07),
        "band_top_ratio": Number(0.0, 0.09, 0.05),
        "lower_band_ratio": Number(0.6, 1.0, 0.75),
        "band_colour": Colour(((0.72, 0.72, 0.7), (0.72, 0.72, 0.7), (0.6, 0.6, 0.6), (0.75, 0.6, 0.1)), 0.06),
        "dirt": Number(0.0, 0.8, 0.25),
        "scuff": Number(0.0, 1.0, 0.4),
        "fade": Number(0.0, 0.45, 0.1),
        "dent_depth_ratio": Number(0.0, 0.035, 0.008),
        "lean": Number(0.0, 0.06, 0.01),
        "lean_yaw_rad": Number(0.0, 6.283, 0.0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("base", "body", "band"),
    keypoints=("tip", "base_centre"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 4),),
)
