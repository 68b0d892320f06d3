"""A crisp packet of printed foil: puffed up and sealed, torn open, or scrunched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.products.finishes import metal
from synthvision.library.procedural.models.products.printing import crush_amount, crushed_word, worn_wrap
from synthvision.library.procedural.prints.packages import PACKAGE_DESIGNS
from synthvision.library.procedural.shapes.crushing import Move, crumpling, crushed
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.patches import lifted_patch
from synthvision.library.procedural.wear import roughness_map

__all__ = ["CRISP_PACKET"]

ACROSS = 22
CRIMP_M = 0.012
FOIL_M = 0.0005


def _build(params: Mapping[str, Any]) -> Model:
    length = float(params["length_m"])
    width = length * float(params["width_share"])
    puff = width * float(params["puff"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)
    opened = str(params["opening"]) == "open"
    mouth = float(params["mouth_share"]) if opened else 0.0
    rings = _rings(length, width, puff * (1.0 - 0.3 * amount), mouth)
    dirt = round(2 * float(params["dirt"])) / 2
    foil = Material(
        name="body",
        base_colour_map=worn_wrap("snack", design, seed, dirt),
        metallic=0.35,
        roughness=0.34,
        metallic_roughness_map=roughness_map(seed, 0.4),
        clearcoat=0.4,
        clearcoat_roughness=0.12,
    )
    moves: tuple[Move, ...] = (
        crumpling(seed, "crisps.fine", depth_m=(0.02 + 0.03 * amount) * width, size_m=0.22 * width, folds=9),
        crumpling(
            seed, "crisps", depth_m=(0.03 + 0.25 * amount) * width, size_m=(0.7 - 0.25 * amount) * width, folds=6
        ),
    )
    pieces: list[tuple[Mesh, Material]] = []
    if opened:
        outside = loft(rings, crease_rad=0.7, cap_last=False)
        inner = _rings(length, width - 4 * FOIL_M, puff * (1.0 - 0.3 * amount) - 2 * FOIL_M, mouth)[:4:-1]
        inner[..., 2] *= 0.94
        inside = loft(np.concatenate([rings[-1:], inner]), crease_rad=0.7, cap_first=False)
        pieces.append((crushed(inside, *moves, crease_rad=0.6), metal("inside", (0.72, 0.72, 0.73), 0.28, seed)))
    else:
        outside = loft(rings, crease_rad=0.7)
    printed = outside.with_uvs(_chart(outside.positions_n3, length, width))
    wrapped = crushed(printed, *moves, crease_rad=0.6)
    # The heat seals of many packets are left bare.
    at_end = np.minimum(wrapped.uvs_n2[:, 1], 1.0 - wrapped.uvs_n2[:, 1]) < CRIMP_M / length + 1e-6
    bare = at_end[wrapped.triangles_m3].all(axis=1)
    pieces.insert(0, (lifted_patch(wrapped, ~bare, 0.0), foil))
    if bare.any():
        pieces.append((lifted_patch(wrapped, bare, 0.0), metal("seals", (0.74, 0.74, 0.75), 0.3, seed)))
    return assembled(
        "crisp_packet",
        params,
        pieces,
        attributes={"material": "plastic", "opening": str(params["opening"]), "crushed": crushed_word(amount)},
        keypoints={"bottom": (-length / 2, 0.0, puff / 2), "top": (length / 2, 0.0, puff / 2)},
    )


def _chart(points: Floats, length: float, width: float) -> Floats:
    """The front of the print over the upper side, the back under it; the top of the print towards +x."""
    across = np.clip(points[:, 1] / width + 0.5, 0.0, 1.0)
    u = np.where(points[:, 2] >= -1e-9, 0.3 * (1.0 - across), 0.5 + 0.3 * across)
    return np.stack([u, np.clip(0.5 - points[:, 0] / length, 0.0, 1.0)], axis=1)


def _rings(length: float, width: float, puff: float, mouth: float) -> Floats:
    """Lens-shaped sections along x between two crimped seals with toothed edges, or up to an open mouth."""
    y = np.cos(np.linspace(0.0, np.pi, ACROSS // 2 + 1))
    teeth = np.where(np.arange(len(y)) % 2 == 0, 0.0, 1.0)
    share = CRIMP_M / length
    stops = [
        0.0,
        0.012,
        0.3 * share,
        0.34 * share,
        0.62 * share,
        0.66 * share,
        share,
        *np.linspace(share + 0.03, 1 - share - 0.03, 21),
    ]
    stops += (
        [] if mouth else [1 - share, 1 - 0.66 * share, 1 - 0.62 * share, 1 - 0.34 * share, 1 - 0.3 * share, 0.988, 1.0]
    )
    rings = []
    for t in stops:
        inner = np.clip((t - share) / (1 - 2 * share), 0.0, 1.0)
        swell = (
            float(np.sin(np.pi * inner) ** 0.55)
            if not mouth
            else float(
                max(np.sin(np.pi * min(inner, 0.5)) ** 0.55 * (1 - (1 - mouth) * max(inner - 0.5, 0.0) * 2), 0.0)
            )
        )
        half = FOIL_M + puff / 2 * swell
        lens = half * (1.0 - np.abs(y) ** 2.6) + 0.0002
        # Film drawn into the bulge makes the packet narrower there.
        narrow = width / 2 * (1.0 - 0.16 * swell * min(puff / width, 0.5) * 2)
        ridge = 0.0005 * (1 if round(t / share * 6) % 2 else -1) if (t < share or t > 1 - share) else 0.0
        x = (t - 0.5) * length + (0.0022 * teeth * (-1 if t == 0.0 else 1) if t in (0.0, 1.0) else 0.0 * y)
        upper = np.stack([x, narrow * y, lens + ridge], axis=1)
        lower = np.stack([x, narrow * y, -lens + ridge], axis=1)[-2:0:-1]
        rings.append(np.concatenate([upper, lower]))
    return np.array(rings)


CRISP_PACKET = ProceduralAsset(
    name="crisp_packet",
    kind="model",
    category="crisp_packet",
    tags=("table", "waste", "packaging", "food", "foil", "snack", "plastic"),
    size_m=0.22,
    description="A crisp packet of printed foil with crimped ends, puffed up, torn open or scrunched up.",
    parameters={
        "length_m": Number(0.15, 0.3, 0.22, "m"),
        "width_share": Number(0.6, 0.82, 0.7),
        "puff": Number(0.2, 0.45, 0.34),
        "opening": Choice(("sealed", "open"), "sealed", (0.6, 0.4)),
        "mouth_share": Number(0.15, 0.8, 0.45),
        "design": Integer(0, PACKAGE_DESIGNS - 1, 3),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "seals"),
    keypoints=("bottom", "top"),
)
