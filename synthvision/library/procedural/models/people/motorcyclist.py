"""A person on a motorcycle or scooter, with a full-face helmet and gloves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.body import (
    COCO_KEYPOINTS,
    COCO_SKELETON,
    PERSON_PARTS,
    Clothes,
    Looks,
    Person,
    keypoints_of,
    person_pieces,
)
from synthvision.library.procedural.models.people.head import Features
from synthvision.library.procedural.models.people.headgear import motorcycle_helmet_pieces
from synthvision.library.procedural.models.people.motorcycle import MOTORCYCLE_PARTS, machine_of, motorcycle_pieces
from synthvision.library.procedural.models.people.persona import BODY_PARAMETERS, measures_of
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.riding import riding_figure
from synthvision.library.procedural.models.people.tubework import rod

__all__ = ["MOTORCYCLIST"]

_STRONG = (
    (0.02, 0.02, 0.022),
    (0.6, 0.6, 0.58),
    (0.5, 0.015, 0.012),
    (0.02, 0.08, 0.35),
    (0.75, 0.25, 0.01),
    (0.05, 0.3, 0.06),
    (0.2, 0.2, 0.21),
)
_BODY = ("adult_height_m", "bmi", "curve")
_GLOVES = (0.02, 0.019, 0.018)


def _build(params: Mapping[str, Any]) -> Model:
    m = measures_of({name: params[name] for name in _BODY} | {"age": "adult", "child_height_m": 1.4})
    machine = machine_of(str(params["style"]))
    figure = riding_figure(m, machine.contacts, look_deg=float(params["look_deg"]), elbow_bend=0.14)
    vest = str(params["vest"]) == "yes"
    jacket, second = rgb(params["jacket_colour"]), rgb(params["second_colour"])
    seed = int(params["cloth_seed"])
    clothes = Clothes(
        upper="hivis" if vest else "jacket",
        pattern="plain" if vest else str(params["pattern"]),
        colours=((0.55, 0.85, 0.03), jacket) if vest else (jacket, second),
        lower="jeans" if str(params["trousers"]) == "jeans" else "chinos",
        lower_colour=(0.03, 0.05, 0.11) if str(params["trousers"]) == "jeans" else (0.02, 0.02, 0.022),
        shoes="boots",
        shoe_colours=((0.02, 0.019, 0.018), (0.015, 0.015, 0.015), (0.03, 0.03, 0.03)),
        socks=None,
        dirt=round(4 * float(params["dirt"])) / 4,
        seed=seed,
    )
    # Hands wear gloves, and the helmet hides the face.
    looks = Looks(_GLOVES, Features(), 0, 0, False, False, "bald", "black", "brown", "none", _GLOVES)
    pieces = person_pieces(figure, Person(looks, clothes, fine=False, bare_head=True))
    pieces = [(mesh, material) for mesh, material in pieces if material.name not in ("head", "eyes")]
    pieces = [
        (mesh, replace(material, name="gloves") if material.name == "skin" else material) for mesh, material in pieces
    ]
    neck = rod(figure.joints["neck"] - [0.0, 0.0, 0.05], figure.joints["head"], 0.062, 12)
    pieces.append((neck, pieces[0][1]))
    pieces += motorcycle_helmet_pieces(figure, rgb(params["helmet_colour"]), second)
    lit = str(params["lit"]) == "on"
    pieces += motorcycle_pieces(machine, rgb(params["paint_colour"]), lit, seed, float(params["dirt"]))
    pieces, keypoints = centred(pieces, keypoints_of(figure, looks.face))
    attributes = {"style": str(params["style"]), "lit": str(params["lit"]), "vest": str(params["vest"])}
    return assembled("motorcyclist", params, pieces, attributes=attributes, keypoints=keypoints)


MOTORCYCLIST = ProceduralAsset(
    name="motorcyclist",
    kind="model",
    category="motorcyclist",
    tags=("street", "people", "person", "motorcyclist", "motorcycle", "scooter", "traffic", "outdoor"),
    size_m=2.1,
    description="A person in jacket and full-face helmet riding a naked motorcycle or a scooter.",
    parameters={
        "style": Choice(("naked", "scooter"), "naked", (0.6, 0.4)),
        "look_deg": Number(-35.0, 35.0, 0.0, "deg"),
        "vest": Choice(("yes", "no"), "no", (0.2, 0.8)),
        "helmet_colour": Colour(_STRONG, 0.1),
        "paint_colour": Colour(_STRONG, 0.15),
        "jacket_colour": Colour((*_STRONG, (0.02, 0.02, 0.022), (0.05, 0.05, 0.055), (0.1, 0.06, 0.03)), 0.1),
        "second_colour": Colour(_STRONG, 0.1),
        "pattern": Choice(("plain", "blocks"), "blocks"),
        "trousers": Choice(("jeans", "leather"), "leather"),
        "lit": Choice(("off", "on"), "off"),
        **{name: BODY_PARAMETERS[name] for name in _BODY},
        "dirt": Number(0.0, 0.8, 0.2),
        "cloth_seed": Integer(0, 3, 0),
    },
    build=_build,
    parts=(
        *(part for part in PERSON_PARTS if part in ("upper", "lower", "socks", "shoes")),
        "gloves",
        "helmet",
        "visor",
        *MOTORCYCLE_PARTS,
    ),
    keypoints=COCO_KEYPOINTS,
    skeleton=COCO_SKELETON,
)
