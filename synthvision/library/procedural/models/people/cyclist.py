"""A person on a bicycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.body import (
    COCO_KEYPOINTS,
    COCO_SKELETON,
    PERSON_PARTS,
    Person,
    keypoints_of,
    person_pieces,
)
from synthvision.library.procedural.models.people.cycle import CYCLE_PARTS, cycle_pieces, fitted_cycle
from synthvision.library.procedural.models.people.headgear import cycle_helmet_pieces
from synthvision.library.procedural.models.people.persona import PERSON_PARAMETERS, clothes_of, looks_of, measures_of
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.riding import riding_figure

__all__ = ["CYCLIST"]

_LEFT_OUT = ("hat", "hat_colour", "skirt_length", "hood", "stockings", "upper", "lower", "shoes")


def _build(params: Mapping[str, Any]) -> Model:
    m = measures_of(params)
    looks = looks_of(params)
    fit = fitted_cycle(m, float(params["crank_rad"]), str(params["style"]))
    figure = riding_figure(m, fit.contacts, look_deg=float(params["look_deg"]))
    vest, helmet = str(params["vest"]) == "yes", str(params["helmet"]) == "yes"
    dressed = {name: params[name] for name in PERSON_PARAMETERS if name not in _LEFT_OUT}
    dressed |= {"upper": params["upper"], "lower": params["lower"], "shoes": "trainer", "hood": "none"}
    dressed |= {"skirt_length": 0.0, "stockings": "dark"}
    clothes = clothes_of(dressed | ({"upper": "hivis"} if vest else {}))
    looks = replace(looks, hat="none", hair="bald" if helmet and looks.hair == "curly" else looks.hair)
    person = Person(looks, clothes, fine=False, under_helmet=helmet)
    pieces = person_pieces(figure, person)
    if helmet:
        pieces += cycle_helmet_pieces(figure, rgb(params["helmet_colour"]), (0.02, 0.02, 0.022))
    pieces += cycle_pieces(fit, rgb(params["frame_colour"]), int(params["cloth_seed"]), float(params["dirt"]))
    pieces, keypoints = centred(pieces, keypoints_of(figure, looks.face))
    attributes = {"helmet": str(params["helmet"]), "vest": str(params["vest"]), "bicycle": str(params["style"])}
    return assembled("cyclist", params, pieces, attributes=attributes, keypoints=keypoints)


CYCLIST = ProceduralAsset(
    name="cyclist",
    kind="model",
    category="cyclist",
    tags=("street", "people", "person", "cyclist", "bicycle", "traffic", "outdoor"),
    size_m=1.8,
    description="A person riding a bicycle that fits, with or without helmet and reflective vest.",
    parameters={
        "crank_rad": Number(0.0, 6.283, 0.6),
        "style": Choice(("city", "trekking", "race"), "trekking", (0.4, 0.4, 0.2)),
        "look_deg": Number(-35.0, 35.0, 0.0, "deg"),
        "helmet": Choice(("yes", "no"), "yes", (0.6, 0.4)),
        "vest": Choice(("yes", "no"), "no", (0.25, 0.75)),
        "helmet_colour": Colour(
            ((0.7, 0.7, 0.69), (0.02, 0.02, 0.022), (0.5, 0.02, 0.02), (0.03, 0.12, 0.4), (0.55, 0.7, 0.05)), 0.1
        ),
        "frame_colour": Colour(
            (
                (0.02, 0.02, 0.022),
                (0.45, 0.02, 0.02),
                (0.03, 0.1, 0.35),
                (0.6, 0.6, 0.58),
                (0.05, 0.2, 0.1),
                (0.35, 0.36, 0.38),
                (0.7, 0.3, 0.02),
            ),
            0.15,
        ),
        **{name: value for name, value in PERSON_PARAMETERS.items() if name not in _LEFT_OUT},
        "upper": Choice(("tshirt", "shirt", "sweater", "jacket"), "jacket"),
        "lower": Choice(("jeans", "chinos", "joggers", "shorts"), "jeans"),
    },
    build=_build,
    parts=(*PERSON_PARTS, "helmet", "strap", *CYCLE_PARTS),
    keypoints=COCO_KEYPOINTS,
    skeleton=COCO_SKELETON,
)
