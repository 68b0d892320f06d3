"""A pedestrian: a dressed person of any age in one of many poses, with the keypoints of COCO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.people.body import (
    COCO_KEYPOINTS,
    COCO_SKELETON,
    PERSON_PARTS,
    Person,
    keypoints_of,
    person_pieces,
)
from synthvision.library.procedural.models.people.extremities import phone_mesh
from synthvision.library.procedural.models.people.persona import (
    PERSON_PARAMETERS,
    clothes_of,
    looks_of,
    measures_of,
)
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.poses import POSES, posed_figure
from synthvision.library.procedural.models.people.riding import cycling_contacts, riding_figure

__all__ = ["PEDESTRIAN"]


def _build(params: Mapping[str, Any]) -> Model:
    m = measures_of(params)
    looks = looks_of(params)
    pose, phase = str(params["pose"]), float(params["stride_phase"])
    rng = rng_for(int(params["pose_seed"]), 0, "pedestrian.joints")
    jitter = float(params["joint_jitter_deg"])
    if pose == "cycling":
        contacts = cycling_contacts(m, 2 * np.pi * phase)
        figure = riding_figure(m, contacts, look_deg=jitter * float(rng.normal()) * 2)
    else:
        figure = posed_figure(m, pose, phase, rng, jitter)
    pieces = person_pieces(figure, Person(looks, clothes_of(params)))
    if pose == "phone":
        glass = Material(name="phone", base_colour=(0.012, 0.012, 0.014, 1.0), roughness=0.12)
        pieces.append((phone_mesh(figure, "right"), glass))
    pieces, keypoints = centred(pieces, keypoints_of(figure, looks.face))
    attributes = {"pose": pose, "age": str(params["age"]), "clothes": str(params["upper"])}
    return assembled("pedestrian", params, pieces, attributes=attributes, keypoints=keypoints)


PEDESTRIAN = ProceduralAsset(
    name="pedestrian",
    kind="model",
    category="person",
    tags=("street", "people", "person", "pedestrian", "human", "outdoor"),
    size_m=1.7,
    description="A person, child to old, in everyday or work clothes: walking, standing, sitting, phoning and more.",
    parameters={
        "pose": Choice(POSES, "walking", (0.2, 0.34, 0.06, 0.1, 0.1, 0.07, 0.04, 0.04, 0.03, 0.02)),
        "stride_phase": Number(0.0, 1.0, 0.0),
        "joint_jitter_deg": Number(0.0, 6.0, 3.0, "deg"),
        "pose_seed": Integer(0, 9999, 0),
        **PERSON_PARAMETERS,
    },
    build=_build,
    parts=(*PERSON_PARTS, "phone"),
    keypoints=COCO_KEYPOINTS,
    skeleton=COCO_SKELETON,
)
