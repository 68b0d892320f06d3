"""The marks as assets: each makes itself on a sheet of metal to be looked at, or on any host at a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from synthvision.core.errors import AssetError
from synthvision.library.decals import HostSurface, Patch, Place, lift_of, surface_patch
from synthvision.library.model import Material, MeshPart, Model
from synthvision.library.parameters import Choice, Integer, Number, Parameter, ProceduralAsset
from synthvision.library.procedural.defects.dents import Bowl
from synthvision.library.procedural.defects.lines import crack_sheet, scratch_sheet
from synthvision.library.procedural.defects.prints import FAULTS, print_sheet
from synthvision.library.procedural.defects.sheets import Canvas, Sheet, material_of_sheet
from synthvision.library.procedural.defects.spots import STAINS, chip_sheet, stain_sheet
from synthvision.library.procedural.defects.tones import Tone, tone_under
from synthvision.library.reference import AssetRef

__all__ = ["ASSETS", "SEEDS"]

PACK = "builtin"
SEEDS = 24
"""Shapes of each kind; with sizes, severities and hosts they give far more marks."""

_LEVELS = 8
"""Severity is painted in so many steps, so that marks share textures."""

Painter = Callable[[Canvas, float, int, str, Tone], Sheet]
_LONG_PX = {"scratch": 512, "crack": 512, "stain": 256, "chip": 192, "misprint": 512, "print": 512}


def _build(kind: str, params: Mapping[str, Any]) -> Model:
    """The mark on a small sheet of brushed metal."""
    length, width = float(params["length_m"]), float(params["width_m"])
    host = _sheet_metal(length, width)
    place = Place.of((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    mark = _build_on(kind, params, host, place)
    materials = {material.name: material for material in (*host.materials, *mark.materials)}
    order = list(materials)
    parts = tuple(
        MeshPart(
            positions_n3=part.positions_n3, normals_n3=part.normals_n3, triangles_m3=part.triangles_m3,
            uvs_n2=part.uvs_n2, colours_n4=part.colours_n4, name=part.name,
            material=order.index(model.materials[part.material].name),
        )
        for model in (host, mark)
        for part in model.parts
    )  # fmt: skip
    return Model(
        key=AssetRef(PACK, f"defect_{kind}", params).key,
        parts=parts,
        materials=tuple(materials.values()),
        attributes=mark.attributes,
    )


def _build_on(kind: str, params: Mapping[str, Any], host: Model, place: Place) -> Model:
    """The mark alone, on a host at a place."""
    length, width = float(params["length_m"]), float(params["width_m"])
    severity, seed = float(params["severity"]), int(params["seed"])
    surface = HostSurface.of(host)
    patch = surface_patch(surface, place, length, width)
    if patch is None:
        raise AssetError(
            f"defect_{kind}: the host must have a surface at the seat, got none at {place.seat_m.tolist()}"
        )
    lift = lift_of(surface.size_m)
    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    if kind == "dent":
        parts, materials = _dent(patch, Bowl.of(length, width, severity, seed), host, lift)
    else:
        variant = str(params["variant"]) if "variant" in params else ""
        # Sizes in steps of a twelfth, so that textures are shared; the shape is stretched by the rest.
        rounded = tuple(float(np.exp(round(np.log(side) * 12) / 12)) for side in (length, width))
        step = round(severity * _LEVELS) / _LEVELS
        materials = (_painted(kind, rounded[0], rounded[1], step, seed % SEEDS, variant, tone_under(host, patch)),)
        parts = (patch.sheet(lift, length, width, kind),)
    return Model(key="", parts=parts, materials=materials, attributes={"defect": "none" if kind == "print" else kind})


def _dent(patch: Patch, bowl: Bowl, host: Model, lift_m: float) -> tuple[tuple[MeshPart, ...], tuple[Material, ...]]:
    pressed = bowl.pressed(patch)
    if not len(pressed.soup):
        pressed = patch
    slots = {index: host.parts[index].material for index in set(pressed.part_m.tolist())}
    # All of the host's slots, so that what a scene changes of any of them can be said of the dent too.
    return pressed.parts(lift_m, slots, dict.fromkeys(slots, "dent")), host.materials


@lru_cache(maxsize=96)
def _painted(kind: str, length: float, width: float, severity: float, seed: int, variant: str, tone: Tone) -> Material:
    canvas = Canvas.of(length, width, _LONG_PX[kind])
    return material_of_sheet(kind, _PAINTERS[kind](canvas, severity, seed, variant, tone), canvas)


_PAINTERS: dict[str, Painter] = {
    "scratch": lambda canvas, severity, seed, variant, tone: scratch_sheet(canvas, severity, seed, tone),
    "crack": lambda canvas, severity, seed, variant, tone: crack_sheet(canvas, severity, seed, tone),
    "stain": lambda canvas, severity, seed, variant, tone: stain_sheet(canvas, severity, seed, variant),
    "chip": lambda canvas, severity, seed, variant, tone: chip_sheet(canvas, severity, seed, tone),
    "misprint": lambda canvas, severity, seed, variant, tone: print_sheet(canvas, severity, seed, variant, tone),
    "print": lambda canvas, severity, seed, variant, tone: print_sheet(canvas, 0.0, seed, "none", tone),
}


def _sheet_metal(length: float, width: float) -> Model:
    """A flat piece of grey metal around the origin."""
    x, y = 0.7 * length, 0.7 * max(width, 0.4 * length)
    corners = np.array([[-x, -y, 0.0], [x, -y, 0.0], [x, y, 0.0], [-x, y, 0.0]], np.float32)
    part = MeshPart(
        positions_n3=corners,
        normals_n3=np.tile(np.array([0.0, 0.0, 1.0], np.float32), (4, 1)),
        uvs_n2=corners[:, :2] * np.array([1.0, -1.0], np.float32),
        triangles_m3=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        name="sheet",
    )
    metal = Material(name="sheet", base_colour=(0.55, 0.55, 0.56, 1.0), metallic=1.0, roughness=0.45)
    return Model(key="", parts=(part,), materials=(metal,))


def _asset(
    kind: str, description: str, length: Number, width: Number, variant: Choice | None = None, *, is_fault: bool = True
) -> ProceduralAsset:
    parameters: dict[str, Parameter] = {
        "length_m": length,
        "width_m": width,
        "severity": Number(0.0, 1.0, 0.6),
        "seed": Integer(0, SEEDS - 1, 3),
    }
    if variant is not None:
        parameters["variant"] = variant
    return ProceduralAsset(
        name=f"defect_{kind}" if is_fault else "printed_code",
        kind="model",
        category=kind,
        tags=("defect",) if is_fault else ("marking",),
        size_m=None,
        description=description,
        attributes={"defect": kind if is_fault else "none"},
        parameters=parameters,
        build=partial(_build, kind),
        build_on=partial(_build_on, kind),
        parts=("sheet", kind),
    )


def _size(low: float, high: float, default: float) -> Number:
    return Number(low, high, default, "m", log=True)


ASSETS: tuple[ProceduralAsset, ...] = (
    _asset(
        "scratch", "A scratch: one or more bright grooves with raised edges.",
        _size(1e-3, 0.5, 0.02), _size(2e-4, 0.1, 0.003),
    ),
    _asset("crack", "A crack: a dark jagged line with branches.", _size(1e-3, 0.5, 0.02), _size(2e-4, 0.3, 0.008)),
    _asset(
        "stain", "A stain: a soft-edged blotch of oil, rust, coolant, grease or glue.",
        _size(1e-3, 0.5, 0.015), _size(2e-4, 0.5, 0.011), Choice(tuple(STAINS), "oil"),
    ),
    _asset(
        "dent", "A dent: the surface pressed in, seen by its shading.",
        _size(1e-3, 0.5, 0.01), _size(2e-4, 0.5, 0.008),
    ),
    _asset("chip", "A chip: a flake broken out, with facets.", _size(1e-3, 0.2, 0.006), _size(2e-4, 0.2, 0.005)),
    _asset(
        "misprint", "A printed code that is smeared, doubled, broken or cut.",
        _size(1e-3, 0.5, 0.025), _size(2e-4, 0.3, 0.009), Choice(FAULTS, "smeared"),
    ),
    _asset(
        "print", "A printed code as it should be.", _size(1e-3, 0.5, 0.025), _size(2e-4, 0.3, 0.009), is_fault=False
    ),
)  # fmt: skip
