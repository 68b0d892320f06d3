"""A whole dressed person from a description and a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.models.people.cloth import cloth_material, folds, plain_cloth
from synthvision.library.procedural.models.people.extremities import hand_mesh, shoe_mesh
from synthvision.library.procedural.models.people.garments import (
    LowerCut,
    UpperCut,
    bare_arm,
    bare_leg,
    lower_mesh,
    upper_mesh,
)
from synthvision.library.procedural.models.people.hair import hair_mesh, hat_mesh, hood_mesh
from synthvision.library.procedural.models.people.head import EYE, Features, ear_mesh, eye_mesh, head_mesh
from synthvision.library.procedural.models.people.shape import BodyShape
from synthvision.library.procedural.models.people.skeleton import SIDES, Figure
from synthvision.library.procedural.models.people.skin import (
    HAIR_COLOURS,
    eye_material,
    hair_material,
    head_material,
    shoe_material,
    skin_material,
)
from synthvision.library.procedural.shapes.mesh import Mesh, join

__all__ = [
    "COCO_KEYPOINTS",
    "COCO_SKELETON",
    "PERSON_PARTS",
    "Clothes",
    "Looks",
    "Person",
    "keypoints_of",
    "person_pieces",
]

LinearColour = tuple[float, float, float]
Pieces = list[tuple[Mesh, Material]]

COCO_KEYPOINTS = (
    "nose",
    *(f"{side}_{part}" for part in ("eye", "ear") for side in ("left", "right")),
    *(
        f"{side}_{part}"
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
)
"""The 17 keypoints of a person in COCO, in its order."""

COCO_SKELETON = tuple(
    (COCO_KEYPOINTS[a - 1], COCO_KEYPOINTS[b - 1])
    for a, b in (
        (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9),
        (8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
    )
)  # fmt: skip
"""The 19 pairs that COCO joins."""

PERSON_PARTS = ("head", "skin", "eyes", "hair", "hat", "hood", "upper", "lower", "socks", "shoes")

_UPPER_CUTS = {
    "tshirt": UpperCut(0.75, (0.020, 0.026, 0.012), 0.52, 0.016, 6.9),
    "shirt": UpperCut(0.70, (0.018, 0.026, 0.012), 1.92, 0.006, 7.3),
    "sweater": UpperCut(0.85, (0.020, 0.032, 0.018), 1.92, 0.008, 7.1),
    "jacket": UpperCut(0.60, (0.028, 0.036, 0.024), 1.94, 0.012, 7.65),
    "down": UpperCut(0.65, (0.036, 0.048, 0.040), 1.93, 0.018, 7.8),
    "coat": UpperCut(-0.75, (0.042, 0.040, 0.026), 1.94, 0.014, 7.5, 0.05),
    "suit": UpperCut(0.20, (0.030, 0.026, 0.020), 1.93, 0.010, 7.15),
    "hivis": UpperCut(0.55, (0.042, 0.044, 0.032), 1.92, 0.008, 7.0),
    "dress": UpperCut(-0.85, (0.020, 0.014, 0.008), 0.30, 0.008, 6.8, 0.07, 0.6),
}

_LOWER_CUTS = {
    "jeans": LowerCut(1.75, 1.98, (0.009, 0.014, 0.022)),
    "chinos": LowerCut(1.85, 1.96, (0.010, 0.022, 0.026)),
    "joggers": LowerCut(1.85, 1.93, (0.013, 0.026, 0.012)),
    "shorts": LowerCut(1.80, 0.80, (0.012, 0.030, 0.032)),
    "skirt": LowerCut(1.95, 0.85, (0.010, 0.0, 0.0), skirt=True, flare_m=0.06),
}


@dataclass(frozen=True, slots=True)
class Looks:
    """Head and skin.

    Args:
        tone: Linear RGB of the skin.
        face: Shape of the face.
        seed: Of small variations.
        stubble: 0 none, 1 stubble, 2 beard.
        old: Wrinkles.
        made_up: Lips and lids are painted.
        hair: One of the hair styles.
        hair_colour: One of the hair colours.
        eyes: One of the eye colours.
        hat: One of the hats.
        hat_colour: Linear RGB.
    """

    tone: LinearColour
    face: Features
    seed: int
    stubble: int
    old: bool
    made_up: bool
    hair: str
    hair_colour: str
    eyes: str
    hat: str
    hat_colour: LinearColour


@dataclass(frozen=True, slots=True)
class Clothes:
    """What a person wears.

    Args:
        upper: One of the upper garments; ``dress`` takes the place of `lower`.
        pattern: Of the upper garment, or of a skirt.
        colours: Main and second colour of the upper garment.
        lower: One of the lower garments.
        lower_colour: Linear RGB.
        shoes: ``trainer``, ``leather``, ``boots`` or ``pumps``.
        shoe_colours: Upper, sole, trim.
        socks: Linear RGB of socks or stockings, None for bare legs.
        hood: ``none``, ``down`` or ``up``.
        length: Lengthens or shortens skirts and coats, share of a thigh.
        creases: How deep folds are, 1 is usual.
        dirt: 0..1.
        seed: Of folds.
    """

    upper: str
    pattern: str
    colours: tuple[LinearColour, LinearColour]
    lower: str
    lower_colour: LinearColour
    shoes: str
    shoe_colours: tuple[LinearColour, LinearColour, LinearColour]
    socks: LinearColour | None
    hood: str = "none"
    length: float = 0.0
    creases: float = 1.0
    dirt: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Looks and clothes, and how finely they are drawn.

    Args:
        looks: Head and skin.
        clothes: What is worn.
        fine: False for people that are part of something larger, such as riders.
        bare_head: Leave hair and hat out, for helmets that hide both.
        under_helmet: Press the hair down.
    """

    looks: Looks
    clothes: Clothes
    fine: bool = True
    bare_head: bool = False
    under_helmet: bool = False


def person_pieces(figure: Figure, person: Person) -> Pieces:
    """Return the meshes and materials of a person in the pose of `figure`."""
    body = BodyShape.of(figure.measures)
    return _head_pieces(figure, person) + _cloth_pieces(figure, body, person)


def _head_pieces(figure: Figure, person: Person) -> Pieces:
    looks, clothes = person.looks, person.clothes
    skin = head_material(
        looks.tone, looks.seed, looks.stubble, _brow_depth(looks.hair_colour), looks.old, looks.made_up
    )
    hooded = clothes.hood == "up"
    covered = hooded or looks.hat != "none" or person.under_helmet
    columns, rows = (24, 23) if person.fine else (16, 15)
    head = [head_mesh(figure, columns, rows, looks.face)]
    if person.bare_head or not (hooded or looks.hair in ("bob", "long")):
        head.append(ear_mesh(figure, 8 if person.fine else 6))
    pieces: Pieces = [(join(head), skin), (eye_mesh(figure, 8 if person.fine else 6), eye_material(looks.eyes))]
    if person.bare_head:
        return pieces
    hair = hair_mesh(figure, looks.hair, looks.seed, 14 if covered else (22 if person.fine else 16), covered)
    if hair is not None:
        pieces.append((hair, hair_material(HAIR_COLOURS[looks.hair_colour], looks.seed)))
    if looks.hat != "none" and not hooded:
        knit = 1 if looks.hat == "beanie" else 0
        pieces.append((hat_mesh(figure, looks.hat, looks.seed, 18), plain_cloth("hat", looks.hat_colour, knit)))
    if clothes.hood != "none":
        hood = hood_mesh(figure, hooded, 20)
        pieces.append((hood, plain_cloth("hood", clothes.colours[0], 2)))
    return pieces


def _brow_depth(hair_colour: str) -> int:
    return {"blond": 0, "white": 0, "grey": 1, "red": 1, "brown": 1}.get(hair_colour, 2)


def _cloth_pieces(figure: Figure, body: BodyShape, person: Person) -> Pieces:
    clothes = person.clothes
    cut = _UPPER_CUTS[clothes.upper]
    long_hem = cut.hem < 0
    if long_hem:
        cut = UpperCut(
            cut.hem - clothes.length, cut.ease_m, cut.sleeve, cut.cuff_ease_m, cut.collar, cut.flare_m, cut.belt
        )
    chart = "down" if clothes.upper == "down" else "upper"
    fold_m = 0.005 * clothes.creases * (1.5 if clothes.upper == "down" else 1.0)
    upper = upper_mesh(figure, body, cut, folds(chart, clothes.seed), fold_m, fine=person.fine)
    pieces: Pieces = [
        (
            upper,
            cloth_material("upper", clothes.upper, clothes.pattern, clothes.colours, clothes.seed, dirt=clothes.dirt),
        )
    ]
    skin: list[Mesh] = [hand_mesh(figure, side, fine=person.fine) for side, _ in SIDES]
    if cut.sleeve < 1.5:
        skin += [bare_arm(figure, body, side, max(cut.sleeve - 0.22, 0.12), fine=person.fine) for side, _ in SIDES]
    socks: list[Mesh] = []
    end = 2.0
    if clothes.upper != "dress":
        lower_cut = _LOWER_CUTS[clothes.lower]
        if lower_cut.skirt:
            lower_cut = LowerCut(
                lower_cut.waist, lower_cut.end + clothes.length, lower_cut.ease_m, True, lower_cut.flare_m
            )
        end = lower_cut.end
        lower = lower_mesh(
            figure,
            body,
            lower_cut,
            folds("skirt" if lower_cut.skirt else "lower", clothes.seed),
            0.005 * clothes.creases,
            fine=person.fine,
        )
        pattern = clothes.pattern if lower_cut.skirt else "plain"
        colours = (clothes.lower_colour, clothes.colours[1])
        pieces.append(
            (lower, cloth_material("lower", clothes.lower, pattern, colours, clothes.seed, dirt=clothes.dirt))
        )
    else:
        end = -cut.hem
    if end < 1.7:
        fine = person.fine and clothes.shoes != "boots"
        legs = [bare_leg(figure, body, side, min(end - 0.3, 0.6), fine=fine) for side, _ in SIDES]
        low_socks = clothes.socks is not None and clothes.upper != "dress" and clothes.lower == "shorts"
        if clothes.socks is not None and not low_socks:
            socks += legs
        else:
            skin += legs
        if low_socks:
            socks += [bare_leg(figure, body, side, 1.72, 2.1, 0.004) for side, _ in SIDES]
    else:
        socks += [_ankle(figure, body, side) for side, _ in SIDES]
    pieces.append((join(skin), skin_material(person.looks.tone)))
    if socks:
        pieces.append((join(socks), plain_cloth("socks", clothes.socks or (0.03, 0.03, 0.035), 1)))
    pieces.append(_shoe_piece(figure, body, clothes, end, person.fine))
    return pieces


def _ankle(figure: Figure, body: BodyShape, side: str) -> Mesh:
    return bare_leg(figure, body, side, 1.88, 2.12, 0.003)


def _shoe_piece(figure: Figure, body: BodyShape, clothes: Clothes, leg_end: float, fine: bool) -> tuple[Mesh, Material]:
    bulk, toe, high = {
        "trainer": (1.0, 1.0, 1.05),
        "leather": (0.85, 0.85, 1.0),
        "boots": (1.05, 0.95, 1.15),
        "pumps": (0.7, 0.7, 0.75),
    }[clothes.shoes]
    shoes = [shoe_mesh(figure, side, bulk, toe, high, fine=fine) for side, _ in SIDES]
    if clothes.shoes == "boots" and leg_end < 1.7:
        shafts = [bare_leg(figure, body, side, 1.45, 2.15, 0.010, fine=False) for side, _ in SIDES]
        # The whole shaft takes the colour of the upper.
        shoes += [shaft.with_uvs(np.tile([0.25, 0.35], (len(shaft.uvs_n2), 1))) for shaft in shafts]
    upper, sole, trim = clothes.shoe_colours
    return join(shoes), shoe_material(clothes.shoes, upper, sole, trim, clothes.seed % 2)


def keypoints_of(figure: Figure, face: Features) -> dict[str, tuple[float, float, float]]:
    """Return the 17 COCO keypoints of a figure: joints in the body, eyes, ears and the tip of the nose on it."""
    m = figure.measures
    nose = 0.386 + 0.098 * face.nose * (1 - 0.45 * face.round_face)
    places = {"nose": (nose, 0.0, 0.318)}
    for side, sign in SIDES:
        places[f"{side}_eye"] = (EYE[0] + 0.012, sign * EYE[1], EYE[2])
        places[f"{side}_ear"] = (-0.035, sign * 0.36, 0.43)
    found = {}
    low = np.array([0.004 * m.frame, 0.0, m.height - m.head])
    for name, place in places.items():
        found[name] = figure.carried_point("head", np.array(place) * m.head + low)
    bones = {"shoulder": "arm", "elbow": "forearm", "wrist": "hand", "hip": "thigh", "knee": "shin", "ankle": "foot"}
    for side, _ in SIDES:
        for part, bone in bones.items():
            found[f"{side}_{part}"] = figure.joints[f"{side}_{bone}"]
    return {name: (float(found[name][0]), float(found[name][1]), float(found[name][2])) for name in COCO_KEYPOINTS}
