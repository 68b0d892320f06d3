"""A dog: breeds by their proportions, standing, walking or sitting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.organic import organic_tube
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.tubework import tyre_ring
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, smoothstep, value_noise
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about

__all__ = ["DOG"]

LinearColour = tuple[float, float, float]
_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "withers",
    "tail_base",
    "left_front_paw",
    "right_front_paw",
    "left_hind_paw",
    "right_hind_paw",
)

# Leg length and body length as shares of the height at the withers, bulk, length of the snout, ears, fur, tail.
_BREEDS: dict[str, tuple[float, float, float, float, str, float, str]] = {
    "shepherd": (0.52, 1.10, 1.0, 1.1, "prick", 1.15, "down"),
    "retriever": (0.50, 1.08, 1.12, 1.0, "drop", 1.1, "level"),
    "terrier": (0.50, 1.02, 1.05, 0.9, "prick", 1.0, "up"),
    "dachshund": (0.34, 1.72, 1.15, 1.15, "drop", 1.0, "level"),
    "hound": (0.60, 1.02, 0.8, 1.25, "drop", 0.95, "down"),
    "bulldog": (0.42, 1.05, 1.5, 0.5, "drop", 1.0, "short"),
    "spitz": (0.46, 1.0, 1.25, 0.8, "prick", 1.35, "curled"),
}


@lru_cache(maxsize=32)
def _coat(main: LinearColour, second: LinearColour, pattern: str, seed: int) -> Texture:
    """Fur of the body: u = 0.25 the belly or back after the sweep, v from rump to chest."""
    rng = rng_for(seed, 0, "dog.coat")
    size = 256
    u = ((np.arange(size) + 0.5) / size)[None, :] * np.ones((size, 1))
    back = 0.5 + 0.5 * np.sin(2 * np.pi * u)  # 1 along the spine, 0 along the belly
    noise = 0.12 * value_noise(rng, (size, size), (7, 7))
    if pattern == "saddle":
        mask = smoothstep(0.45, 0.62, back + noise)
    elif pattern == "spotted":
        mask = smoothstep(0.35, 0.55, fbm(rng, (size, size), (4, 4), 2))
    elif pattern == "white_belly":
        mask = smoothstep(0.3, 0.16, back + noise)
    else:
        mask = np.zeros((size, size), np.float32)
    strands = 1.0 + 0.16 * fbm(rng, (size, size), (24, 80), 2) + 0.08 * value_noise(rng, (size, size), (5, 5))
    image = np.array(main) * (1 - mask[..., None]) + np.array(second) * mask[..., None]
    return make_texture(encode_srgb(image * np.clip(strands, 0.4, 1.6)[..., None]), is_srgb=True)


@lru_cache(maxsize=2)
def _fur_relief(long: bool) -> Texture:
    rng = rng_for(int(long), 0, "dog.fur")
    height = (0.0016 if long else 0.0006) * fbm(rng, (256, 256), (16, 64), 2, 0.6)
    return make_texture(normal_map(np.asarray(height, np.float32), 0.003), is_srgb=False)


def _leg(top: Floats, bend: Floats, low: Floats, paw: Floats, thick: float, bulk: float) -> Mesh:
    """A leg from inside the body to the paw."""
    toe = paw + np.array([0.10 * thick * 10, 0.0, 0.0])
    path = [
        top,
        (top + bend) / 2,
        bend,
        (bend + low) / 2,
        low,
        paw + np.array([0.0, 0.0, 0.6 * thick]),
        toe + np.array([0.0, 0.0, 0.35 * thick]),
    ]
    sizes = np.array([2.3 * bulk, 2.0 * bulk, 1.25, 0.95, 0.85, 1.15, 0.7]) * thick
    radii = np.stack([sizes * [0.8, 0.75, 0.85, 1, 1, 1.15, 1.1], sizes * [1.3, 1.2, 1, 1, 1, 0.8, 0.6]], axis=1)
    return organic_tube(path, radii, (0.0, 1.0, 0.0), points=6)


def _swing(pose: str, phase: float) -> tuple[float, float, float, float]:
    """How far each paw is ahead: front left, front right, hind left, hind right."""
    if pose != "walking":
        return 0.0, 0.03, 0.0, -0.03
    a = 2 * np.pi * phase
    return tuple(float(0.17 * np.sin(a + shift)) for shift in (0.0, np.pi, 1.3 * np.pi, 0.3 * np.pi))  # type: ignore[return-value]


def _build(params: Mapping[str, Any]) -> Model:
    leg, length, bulk, snout, ears, fur, tail = _BREEDS[str(params["breed"])]
    h, pose, phase = float(params["withers_m"]), str(params["pose"]), float(params["stride_phase"])
    bulk *= float(params["bulk"])
    sitting = pose == "sitting"
    tilt = np.radians(42.0) if sitting else 0.0
    deep, wide = (
        (1 - leg) * (0.42 + 0.22 * leg / 0.5) * (0.55 + 0.45 * fur),
        (1 - leg) * 0.46 * bulk * (0.6 + 0.4 * fur),
    )
    spine_z = 1.0 - 0.78 * deep
    half = length / 2
    # The body from the rump to the chest, then tilted about the shoulder when it sits.
    path = np.array(
        [
            (-half, 0, spine_z + 0.02),
            (-0.86 * half, 0, spine_z + 0.02),
            (-0.45 * half, 0, spine_z + 0.05),
            (0.1 * half, 0, spine_z - 0.01),
            (0.55 * half, 0, spine_z - 0.03),
            (0.9 * half, 0, spine_z + 0.03),
            (1.02 * half, 0, spine_z + 0.10),
        ]
    )
    radii = np.array(
        [(0.3, 0.35), (0.82, 0.8), (0.78, 0.66), (0.95, 0.95), (1.0, 1.08), (0.78, 0.92), (0.45, 0.55)]
    ) * [wide, deep]
    shoulder = np.array([0.55 * half, 0.0, spine_z])

    def tilted(points: Floats) -> Floats:
        turned: Floats = (np.asarray(points, np.float64) - shoulder) @ turn_about("y", -tilt).T + shoulder
        return turned

    path = tilted(path)
    body = organic_tube(path, radii, (0.0, 1.0, 0.0), points=8)
    thick = 0.052 * (0.5 + 0.5 * bulk) * (0.9 + 0.1 * fur)
    swings = _swing(pose, phase)
    legs, paws = [], []
    for number, (ahead, sign) in enumerate(zip(swings, (1.0, -1.0, 1.0, -1.0), strict=True)):
        y = sign * 0.62 * wide
        front = number < 2
        lift = max(float(np.cos(2 * np.pi * phase + number)), 0.0) * 0.03 * (pose == "walking")
        if front:
            top = np.array([0.62 * half, y * 0.8, spine_z - 0.05])
            paw = np.array([0.62 * half + ahead + (0.06 if sitting else 0.0), y, lift])
            bend = (top * 0.45 + paw * 0.55) * [1, 1, 0] + [-0.05, 0.0, 0.52 * leg + lift]
            low = paw + np.array([-0.012 - 0.2 * ahead, 0.0, 0.13])
        elif sitting:
            hip = tilted(np.array([[-0.72 * half, 0.0, spine_z]]))[0]
            top = np.array([hip[0] + 0.04, y, max(hip[2], 0.17)])
            paw = np.array([hip[0] + 0.22, 1.25 * y, 0.0])
            bend = np.array([hip[0] + 0.28, 1.25 * y, max(hip[2], 0.18) + 0.08])
            low = np.array([hip[0] + 0.02, 1.25 * y, 0.07])
        else:
            top = np.array([-0.74 * half, y * 0.8, spine_z - 0.02])
            paw = np.array([-0.80 * half + ahead, y, lift])
            bend = np.array([-0.66 * half + 0.6 * ahead, y, 0.62 * leg + lift])
            low = paw + np.array([-0.10, 0.0, 0.30 * leg])
        legs.append(_leg(top, bend, low, paw, thick * (1.0 if front else 1.08), bulk))
        paws.append(paw + np.array([0.04, 0.0, 0.02]))
    withers = np.array([0.62 * half, 0.0, 1.0])
    neck_low = tilted(path[-2:-1] * 0 + np.array([[0.86 * half, 0.0, spine_z + 0.02]]))[0]
    scale = 0.19 + 0.05 * (1 - leg)
    head = (
        np.array([0.86 * half + 0.22, 0.0, 1.16])
        if not sitting
        else np.array([neck_low[0] + 0.16, 0.0, neck_low[2] + 0.30])
    )
    nod = float(np.radians(params["head_pitch_deg"]))
    rump = path[1] + [0.0, 0.0, 0.45 * deep]
    fur_parts = [
        body,
        *(limb.placed_uvs((0.3, 1.0), (0.6, 0.0)) for limb in legs),
        _neck(neck_low, head, scale, fur),
        _tail(rump, tail, sitting),
    ]
    skull, dark, points = _head(scale, snout, ears, bulk)
    facing = turn_about("y", nod)
    fur_parts.append(skull.turned(facing).moved(head))
    black = dark.turned(facing).moved(head)
    seed = int(params["coat_seed"])
    second = rgb(params["second_colour"])
    fur_material = Material(
        name="fur",
        base_colour_map=_coat(rgb(params["colour"]), second, str(params["pattern"]), seed),
        roughness=0.85,
        normal_map=_fur_relief(fur > 1.12),
    )
    nose = Material(name="nose", base_colour=(0.012, 0.011, 0.011, 1.0), roughness=0.22)
    around = 0.5 * (neck_low + head)
    lean = turn_about("y", float(np.arctan2(head[0] - neck_low[0], head[2] - neck_low[2])))
    collar_size = 0.66 * scale * (0.8 + 0.2 * fur)
    ring = (
        tyre_ring(collar_size + 0.008, 0.012, 0.022, 18, 6)
        .turned(turn_about("x", np.pi / 2))
        .turned(lean)
        .moved(around)
    )
    collar = Material(name="collar", base_colour=(*rgb(params["collar_colour"]), 1.0), roughness=0.6)
    pieces = [(_scaled(join(fur_parts), h), fur_material), (_scaled(black, h), nose), (_scaled(ring, h), collar)]
    found = {name: facing @ place + head for name, place in points.items()}
    found |= {"withers": withers - [0, 0, 0.06], "tail_base": rump - [0, 0, 0.05]}
    found |= dict(zip(_KEYPOINTS[5:], paws, strict=True))
    keypoints = {
        name: (float(found[name][0] * h), float(found[name][1] * h), float(found[name][2] * h)) for name in _KEYPOINTS
    }
    pieces, keypoints = centred(pieces, keypoints)
    return assembled(
        "dog", params, pieces, attributes={"breed": str(params["breed"]), "pose": pose}, keypoints=keypoints
    )


def _scaled(mesh: Mesh, factor: float) -> Mesh:
    return Mesh(mesh.positions_n3 * factor, mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3)


def _neck(low: Floats, head: Floats, scale: float, fur: float) -> Mesh:
    path = [low - [0.05, 0, 0.06], low, (low + head) / 2, head - [0.02, 0, 0.0]]
    radii = np.array([(0.75, 0.85), (0.78, 0.95), (0.60, 0.68), (0.52, 0.55)]) * scale * (0.8 + 0.2 * fur)
    return organic_tube(path, radii, (0.0, 1.0, 0.0))


def _tail(base: Floats, kind: str, sitting: bool) -> Mesh:
    bends = {
        "down": ((0, 0), (-0.07, -0.03), (-0.13, -0.16), (-0.16, -0.32), (-0.21, -0.42)),
        "level": ((0, 0), (-0.09, 0.0), (-0.2, 0.01), (-0.32, 0.05), (-0.42, 0.11)),
        "up": ((0, 0), (-0.04, 0.05), (-0.06, 0.13), (-0.06, 0.2), (-0.04, 0.26)),
        "curled": ((0, 0), (-0.05, 0.09), (0.02, 0.19), (0.13, 0.19), (0.16, 0.12)),
        "short": ((0, 0), (-0.03, 0.01), (-0.06, 0.03), (-0.08, 0.05), (-0.1, 0.06)),
    }[kind]
    path = np.array([(x, 0.0, z) for x, z in bends])
    if sitting and kind in ("down", "level"):
        path = np.array(
            [(0, 0, 0), (-0.08, 0, -0.05), (-0.18, 0.03, -0.12), (-0.27, 0.09, -0.14), (-0.34, 0.16, -0.14)]
        )
        path[:, 2] *= max(float(base[2]) - 0.05, 0.05) / 0.14
    wide = 0.062 if kind == "curled" else 0.038
    radii = np.repeat((np.array([1.1, 1.0, 0.9, 0.8, 0.35]) * wide)[:, None], 2, axis=1)
    return organic_tube(path + base + [0.03, 0.0, -0.03], radii, (0.0, 1.0, 0.0), points=6)


def _head(s: float, snout: float, ears: str, bulk: float) -> tuple[Mesh, Mesh, dict[str, Floats]]:
    """Skull, snout and ears; nose and eyes; and their points. The origin is the middle of the skull."""
    reach = 0.62 + 0.72 * snout
    wide = 0.9 + 0.15 * (bulk - 1)
    path = [
        (-0.55, 0, 0.02),
        (-0.4, 0, 0.06),
        (-0.02, 0, 0.1),
        (0.36, 0, 0.05),
        (0.62, 0, -0.08),
        (reach - 0.1, 0, -0.12),
        (reach, 0, -0.12),
    ]
    radii = np.array([(0.3, 0.3), (0.5, 0.5), (0.58, 0.56), (0.47, 0.46), (0.3, 0.32), (0.235, 0.23), (0.15, 0.14)]) * [
        wide,
        1.0,
    ]
    pieces = [organic_tube(np.array(path) * s, radii * s, (0.0, 1.0, 0.0))]
    for sign in (1.0, -1.0):
        if ears == "prick":
            line = np.array(
                [
                    (-0.1, sign * 0.33, 0.42),
                    (-0.12, sign * 0.38, 0.66),
                    (-0.1, sign * 0.41, 0.9),
                    (-0.07, sign * 0.41, 1.08),
                ]
            )
            sizes = np.array([(0.24, 0.09), (0.2, 0.07), (0.11, 0.05), (0.02, 0.02)])
            pieces.append(organic_tube(line * s, sizes * s, (1.0, 0.0, 0.0), points=6))
        else:
            line = np.array(
                [
                    (-0.06, sign * 0.42, 0.42),
                    (-0.05, sign * 0.58, 0.32),
                    (0.0, sign * 0.64, 0.0),
                    (0.04, sign * 0.6, -0.34),
                    (0.05, sign * 0.58, -0.46),
                ]
            )
            sizes = np.array([(0.16, 0.06), (0.24, 0.06), (0.27, 0.055), (0.2, 0.05), (0.06, 0.03)])
            pieces.append(organic_tube(line * s, sizes * s, (1.0, 0.0, 0.0), points=6))
    tip = np.array([reach + 0.04, 0.0, -0.02])
    dark = [
        organic_tube(
            np.array([tip - [0.12, 0, 0], tip, tip + np.array([0.05, 0, -0.02])]) * s,
            np.array([(0.08, 0.07), (0.13, 0.10), (0.07, 0.05)]) * s,
            (0.0, 1.0, 0.0),
            points=6,
        )
    ]
    points = {"nose": (tip + np.array([0.03, 0, -0.01])) * s}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        eye = np.array([0.42, sign * 0.30 * wide, 0.25]) * s
        out = np.array([0.75, sign * 0.6, 0.3]) * 0.05 * s
        dark.append(
            organic_tube(
                [eye - 2 * out, eye, eye + 1.2 * out],
                np.array([(0.06, 0.06), (0.085, 0.085), (0.04, 0.04)]) * s,
                (0.0, 0.3, 1.0),
                points=6,
            )
        )
        points[f"{side}_eye"] = eye + out
    return join(pieces), join(dark), points


_COLOURS = (
    (0.36, 0.20, 0.075),
    (0.52, 0.34, 0.16),
    (0.02, 0.018, 0.016),
    (0.10, 0.05, 0.025),
    (0.62, 0.57, 0.48),
    (0.2, 0.19, 0.18),
    (0.30, 0.10, 0.035),
)

DOG = ProceduralAsset(
    name="dog",
    kind="model",
    category="dog",
    tags=("street", "people", "animal", "pet", "dog", "outdoor"),
    size_m=0.8,
    description="A dog of one of seven builds from dachshund to shepherd, standing, walking or sitting, with a collar.",
    parameters={
        "breed": Choice(tuple(_BREEDS), "shepherd"),
        "pose": Choice(("standing", "walking", "sitting"), "standing", (0.3, 0.45, 0.25)),
        "stride_phase": Number(0.0, 1.0, 0.15),
        "withers_m": Number(0.26, 0.68, 0.5, "m"),
        "bulk": Number(0.85, 1.2, 1.0),
        "head_pitch_deg": Number(-12.0, 28.0, 6.0, "deg"),
        "colour": Colour(_COLOURS, 0.15),
        "second_colour": Colour(((0.02, 0.018, 0.016), (0.62, 0.58, 0.5), (0.08, 0.045, 0.025)), 0.15),
        "pattern": Choice(("plain", "saddle", "spotted", "white_belly"), "saddle"),
        "collar_colour": Colour(((0.4, 0.02, 0.02), (0.02, 0.05, 0.3), (0.02, 0.02, 0.02), (0.15, 0.07, 0.03)), 0.1),
        "coat_seed": Integer(0, 3, 0),
    },
    build=_build,
    parts=("fur", "nose", "collar"),
    keypoints=_KEYPOINTS,
    skeleton=(("nose", "withers"), ("withers", "tail_base")),
)
