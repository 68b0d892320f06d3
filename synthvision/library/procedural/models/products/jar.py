"""A glass jar with a twist-off lid and a label, full of jam, honey, olives or sauce, or empty."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, opaque
from synthvision.library.procedural.models.products.finishes import front_forward, round_print
from synthvision.library.procedural.noise import cell_noise, encode_srgb, fbm, jittered_points, make_texture
from synthvision.library.procedural.prints.labels import DESIGNS, label_scheme
from synthvision.library.procedural.prints.schemes import linear_colour
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, stacked
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.patches import patch_in_uv
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map

__all__ = ["JAR"]

SEGMENTS = 40
CONTENTS = {
    # base colour, colour of pieces, pieces across the texture (0: none)
    "jam": ((0.16, 0.008, 0.012), (0.035, 0.002, 0.004), 22),
    "apricot": ((0.62, 0.2, 0.015), (0.4, 0.09, 0.006), 16),
    "honey": ((0.52, 0.22, 0.02), (0.5, 0.2, 0.018), 0),
    "olives": ((0.1, 0.12, 0.03), (0.22, 0.27, 0.04), 10),
    "gherkins": ((0.07, 0.1, 0.03), (0.12, 0.2, 0.03), 7),
    "sauce": ((0.46, 0.035, 0.012), (0.16, 0.03, 0.008), 24),
    "spread": ((0.07, 0.028, 0.012), (0.08, 0.03, 0.013), 0),
}


def _build(params: Mapping[str, Any]) -> Model:
    tall = float(params["height_m"])
    radius = 0.5 * tall * float(params["width_share"])
    neck = radius * float(params["mouth_share"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    shoulder = tall * float(params["shoulder_share"])
    mouth = tall - 0.006
    style = str(params["style"])
    square = 5.0 if style == "square" else 2.0
    content = str(params["content"])
    outline = filleted(
        [
            (0.0, 0.004),
            (0.7 * radius, 0.003),
            (0.78 * radius, 0.0),
            (radius, 0.0),
            (radius * (1.05 if style == "bulged" else 1.0), 0.5 * shoulder),
            (radius, shoulder),
            (neck, shoulder + 0.6 * (radius - neck) + 0.008),
            (neck, mouth),
        ],
        [0.0, 0.004, 0.004, 0.12 * radius, 2 * radius, 0.4 * radius, 0.003, 0.0],
        step_rad=0.3,
    ).refined(0.007)
    level = (0.82 + 0.1 * float(params["fill"])) * mouth
    rings = []
    for r, z in outline.points_k2[1:]:
        blend = np.clip((shoulder + 0.004 - z) / (0.25 * shoulder), 0.0, 1.0)
        rings.append((circle_ring(float(r), SEGMENTS, exponent=2.0 + (square - 2.0) * float(blend)), float(z)))
    glass = loft(stacked(rings), crease_rad=0.9)
    uvs = np.stack([glass.uvs_n2[:, 0] * 2.0, 1.0 - glass.positions_n3[:, 2] / mouth], axis=1)
    glass = glass.with_uvs(uvs)
    pieces: list[tuple[Mesh, Material]] = []
    if content == "empty":
        material = Material(
            name="glass",
            base_colour=(0.86, 0.92, 0.9, 0.54),
            roughness=0.06,
            alpha_mode="blend",
            transmission=0.93,
            double_sided=True,
            ior=1.52,
        )
        pieces.append((glass, material))
    else:
        # Over the content the glass is empty: a film of it and the lid's shadow.
        above = np.clip((glass.positions_n3[:, 2] - level) / 0.002, 0.0, 1.0)[:, None]
        tint = 1.0 + (np.array([0.55, 0.55, 0.55]) - 1.0) * above
        material = Material(
            name="glass",
            base_colour_map=_content(content),
            roughness=0.1,
            metallic_roughness_map=roughness_map(seed, 0.5),
            ior=1.52,
            clearcoat=1.0,
            clearcoat_roughness=0.04,
        )
        pieces.append((glass.tinted(tint), material))
    lid_colour = linear_colour(label_scheme(design).main)
    finish = {"painted": (lid_colour, 0.0), "gold": ((0.75, 0.5, 0.16), 1.0), "white": ((0.75, 0.75, 0.73), 0.0)}
    tint_rgb, metallic = finish[str(params["lid_finish"])]
    lid = Material(
        name="lid",
        base_colour=opaque(tint_rgb),
        metallic=metallic,
        roughness=0.34,
        clearcoat=0.4,
        metallic_roughness_map=roughness_map(seed, 0.4),
    )
    pieces.append((_lid(neck + 0.0022, mouth, tall), lid))
    if str(params["label"]) == "round":
        low, high = 0.24 * shoulder, 0.82 * shoulder
        rows = sorted({round(float(1.0 - z / mouth), 6) for _, z in rings})
        top = min(rows, key=lambda v: abs(v - (1 - high / mouth)))
        foot = min(rows, key=lambda v: abs(v - (1 - low / mouth)))
        wrap = patch_in_uv(glass, (0.0, top), (2.0, foot), 0.0003)
        art = round_print(design, 192, 2, seed, 0.0)
        paper = Material(name="label", base_colour_map=art, roughness=0.55, double_sided=True)
        pieces.append((front_forward(wrap, 2), paper))
    return assembled(
        "jar",
        params,
        pieces,
        attributes={"material": "glass", "content": content},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, tall)},
    )


def _lid(radius: float, mouth: float, tall: float) -> Mesh:
    """A twist-off lid: rolled edge, panel sunk a little, safety button in the middle."""
    low = mouth - 0.0075
    points = [
        (0.0, mouth + 0.0005),
        (radius - 0.003, mouth + 0.0005),
        (radius - 0.002, low),
        (radius + 0.0012, low),
        (radius + 0.0012, low + 0.002),
        (radius, low + 0.003),
        (radius, tall),
        (radius - 0.005, tall),
        (radius - 0.0062, tall - 0.0014),
        (0.42 * radius, tall - 0.0014),
        (0.36 * radius, tall - 0.0006),
        (0.0, tall - 0.0002),
    ]
    radii = [0.0, 0.0005, 0.0008, 0.001, 0.0008, 0.001, 0.002, 0.001, 0.0008, 0.002, 0.002, 0.0]
    return revolve(filleted(points, radii, step_rad=0.6), SEGMENTS)


@lru_cache(maxsize=7)
def _content(kind: str) -> Texture:
    """What shows through the glass: pulp, seeds, whole fruit."""
    base, piece, count = CONTENTS[kind]
    rng = rng_for(0, 0, f"jar.{kind}")
    cloud = fbm(rng, (256, 256), (4, 4), 4)[:, :, None]
    image = np.array(base, np.float32) * np.clip(1.0 + 0.16 * cloud, 0.3, 2.0)
    if count:
        points = jittered_points(rng, (count, count), 0.95)
        near, edge, index = cell_noise(points, (256, 256))
        size = 256 / count
        share = 0.55 if count > 12 else 1.0
        chosen = rng.random(len(points)) < share
        cover = np.clip((edge - 0.05 * size) / 2.0, 0, 1) if count <= 12 else np.clip((0.3 * size - near) / 1.5, 0, 1)
        cover = (cover * chosen[index])[:, :, None]
        shade = np.clip(1.25 - 0.9 * near / size, 0.35, 1.3)[:, :, None]
        image = image + (np.array(piece, np.float32) * shade - image) * cover
    return make_texture(encode_srgb(image), is_srgb=True)


JAR = ProceduralAsset(
    name="jar",
    kind="model",
    category="jar",
    tags=("table", "waste", "packaging", "food", "glass", "container"),
    size_m=0.12,
    description="A glass jar with a twist-off lid and label, full of jam, honey, olives or sauce, or empty.",
    parameters={
        "height_m": Number(0.075, 0.17, 0.12, "m"),
        "width_share": Number(0.5, 0.92, 0.66),
        "mouth_share": Number(0.78, 0.94, 0.86),
        "shoulder_share": Number(0.68, 0.8, 0.75),
        "style": Choice(("round", "bulged", "square"), "round", (0.5, 0.25, 0.25)),
        "content": Choice((*CONTENTS, "empty"), "jam"),
        "fill": Number(0.0, 1.0, 0.6),
        "lid_finish": Choice(("painted", "gold", "white"), "painted", (0.5, 0.3, 0.2)),
        "label": Choice(("round", "none"), "round", (0.8, 0.2)),
        "design": Integer(0, DESIGNS - 1, 5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("glass", "lid", "label"),
    keypoints=("base", "top"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 4),),
)
