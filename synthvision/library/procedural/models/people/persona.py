"""Who somebody is, as parameters: age and build, face and hair, clothes and their colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.parameters import Choice, Colour, Integer, Number, Parameter
from synthvision.library.procedural.models.assembly import lighter, rgb
from synthvision.library.procedural.models.people.body import Clothes, Looks
from synthvision.library.procedural.models.people.hair import HAIR_STYLES, HATS
from synthvision.library.procedural.models.people.head import Features
from synthvision.library.procedural.models.people.skeleton import Measures
from synthvision.library.procedural.models.people.skin import EYE_COLOURS, HAIR_COLOURS, SKIN_TONES

__all__ = ["BODY_PARAMETERS", "LOOKS_PARAMETERS", "PERSON_PARAMETERS", "clothes_of", "looks_of", "measures_of"]

# Everyday cloth, linear RGB: blacks, greys, navy, beige, white and some stronger colours.
_UPPER_PALETTE = (
    (0.018, 0.018, 0.020),
    (0.018, 0.018, 0.020),
    (0.024, 0.026, 0.032),
    (0.012, 0.020, 0.055),
    (0.22, 0.22, 0.22),
    (0.62, 0.61, 0.58),
    (0.035, 0.036, 0.040),
    (0.12, 0.12, 0.13),
    (0.62, 0.61, 0.58),
    (0.012, 0.020, 0.055),
    (0.035, 0.075, 0.20),
    (0.16, 0.27, 0.42),
    (0.30, 0.020, 0.020),
    (0.10, 0.010, 0.020),
    (0.40, 0.30, 0.19),
    (0.20, 0.13, 0.075),
    (0.030, 0.070, 0.032),
    (0.09, 0.10, 0.045),
    (0.58, 0.36, 0.040),
    (0.48, 0.15, 0.17),
    (0.05, 0.22, 0.23),
)
_LOWER_PALETTE = (
    (0.022, 0.036, 0.085),
    (0.050, 0.085, 0.17),
    (0.13, 0.19, 0.29),
    (0.014, 0.014, 0.016),
    (0.045, 0.045, 0.048),
    (0.30, 0.235, 0.155),
    (0.075, 0.080, 0.050),
    (0.14, 0.14, 0.145),
)
_HIVIS = ((0.55, 0.85, 0.03), (0.95, 0.20, 0.015))

BODY_PARAMETERS: dict[str, Parameter] = {
    "age": Choice(("child", "adult", "old"), "adult", (0.16, 0.66, 0.18)),
    "adult_height_m": Number(1.5, 1.95, 1.74, "m"),
    "child_height_m": Number(0.95, 1.5, 1.25, "m"),
    "bmi": Number(17.5, 34.0, 23.0),
    "curve": Number(0.0, 1.0, 0.4),
}

LOOKS_PARAMETERS: dict[str, Parameter] = {
    "skin": Colour(SKIN_TONES, 0.06),
    "face_seed": Integer(0, 5, 0),
    "eye_colour": Choice(tuple(EYE_COLOURS), "brown", (0.6, 0.2, 0.1, 0.1)),
    "beard": Choice(("none", "stubble", "full"), "none", (0.72, 0.16, 0.12)),
    "hair_style": Choice(HAIR_STYLES, "short", (0.13, 0.19, 0.14, 0.08, 0.1, 0.14, 0.08, 0.05, 0.05, 0.04)),
    "hair_colour": Choice(tuple(HAIR_COLOURS), "dark_brown", (0.27, 0.25, 0.2, 0.13, 0.04, 0.08, 0.03)),
}

PERSON_PARAMETERS: dict[str, Parameter] = {
    **BODY_PARAMETERS,
    **LOOKS_PARAMETERS,
    "hat": Choice(HATS, "none", (0.78, 0.09, 0.09, 0.04)),
    "hat_colour": Colour(_UPPER_PALETTE, 0.15),
    "upper": Choice(
        ("tshirt", "shirt", "sweater", "jacket", "down", "coat", "suit", "hivis", "dress"),
        "jacket",
        (0.18, 0.12, 0.13, 0.2, 0.1, 0.08, 0.06, 0.06, 0.07),
    ),
    "pattern": Choice(
        ("plain", "stripes", "plaid", "print", "floral", "blocks"), "plain", (0.6, 0.1, 0.08, 0.1, 0.04, 0.08)
    ),
    "upper_colour": Colour(_UPPER_PALETTE, 0.2),
    "second_colour": Colour(_UPPER_PALETTE, 0.2),
    "lower": Choice(("jeans", "chinos", "joggers", "shorts", "skirt"), "jeans", (0.4, 0.22, 0.14, 0.12, 0.12)),
    "lower_colour": Colour(_LOWER_PALETTE, 0.2),
    "skirt_length": Number(-0.25, 0.4, 0.0),
    "hood": Choice(("none", "down", "up"), "none", (0.68, 0.24, 0.08)),
    "shoes": Choice(("trainer", "leather", "boots", "pumps"), "trainer", (0.5, 0.22, 0.16, 0.12)),
    "shoe_colour": Colour(
        (
            (0.62, 0.62, 0.6),
            (0.02, 0.02, 0.022),
            (0.06, 0.065, 0.075),
            (0.11, 0.055, 0.025),
            (0.3, 0.03, 0.03),
            (0.03, 0.06, 0.2),
        ),
        0.15,
    ),
    "stockings": Choice(("none", "dark", "light"), "none", (0.5, 0.35, 0.15)),
    "creases": Number(0.5, 1.5, 1.0),
    "dirt": Number(0.0, 0.8, 0.15),
    "cloth_seed": Integer(0, 3, 0),
}


def measures_of(params: Mapping[str, Any]) -> Measures:
    """Return the measures of a body from `BODY_PARAMETERS`.

    Proportions of children follow their height: the head is a fifth of a toddler and 1/7.7 of an adult.
    """
    age = str(params["age"])
    bmi, curve = float(params["bmi"]), float(params["curve"])
    height = float(params["child_height_m"] if age == "child" else params["adult_height_m"])
    girth = float(np.sqrt(bmi / 21.5))
    belly = 0.028 * max(bmi - 23.5, 0.0) / 10.0
    if age == "child":
        head = height * float(np.interp(height, (0.95, 1.2, 1.5), (0.195, 0.172, 0.148)))
        crotch = height * float(np.interp(height, (0.95, 1.2, 1.5), (0.425, 0.45, 0.468)))
        return Measures(height, head, crotch, 1.03 * height, 0.5 + 0.5 * girth, 0.008 + 0.5 * belly, 0.4 + 0.2 * curve)
    head = 0.1 * height + 0.053
    crotch = height * 0.468
    if age == "old":
        return Measures(
            0.975 * height,
            head,
            crotch,
            0.985 * height,
            0.97 * girth,
            belly + 0.006,
            curve,
            float(np.radians(8 + 12 * curve)),
        )
    return Measures(height, head, crotch, height, girth, belly, curve)


def looks_of(params: Mapping[str, Any]) -> Looks:
    """Return head and skin from the parameters of a person."""
    age = str(params["age"])
    curve = float(params["curve"])
    seed = int(params["face_seed"])
    rng = rng_for(seed, 0, "people.features")
    nose, nose_width, jaw, lips = (float(value) for value in rng.uniform(-1, 1, 4))
    round_face = 0.0
    if age == "child":
        round_face = float(np.interp(float(params["child_height_m"]), (0.95, 1.5), (1.0, 0.45)))
    face = Features(
        nose=1.0 + 0.18 * nose + (0.1 if age == "old" else 0.0),
        nose_width=1.0 + 0.18 * nose_width,
        jaw=1.02 + 0.05 * jaw - 0.07 * (curve - 0.4),
        lips=1.0 + 0.3 * lips + 0.3 * curve,
        round_face=round_face,
        thick_neck=1.04 - 0.16 * curve - 0.08 * round_face,
    )
    beard = {"none": 0, "stubble": 1, "full": 2}[str(params["beard"])]
    hair, colour = str(params["hair_style"]), str(params["hair_colour"])
    if age == "child" or curve > 0.55:
        beard = 0
        hair = {"bald": "short", "receding": "bob"}.get(hair, hair)
    if age == "child" and colour in ("grey", "white"):
        colour = "blond"
    if age == "old" and colour not in ("white", "blond"):
        colour = "grey" if seed % 2 else "white"
    hat = str(params["hat"]) if "hat" in params else "none"  # riders wear helmets
    return Looks(
        tone=rgb(params["skin"]),
        face=face,
        seed=seed,
        stubble=beard,
        old=age == "old",
        made_up=curve > 0.6 and age != "child" and seed % 2 == 0,
        hair=hair,
        hair_colour=colour,
        eyes=str(params["eye_colour"]),
        hat=hat,
        hat_colour=rgb(params["hat_colour"]) if hat != "none" else (0.1, 0.1, 0.1),
    )


def clothes_of(params: Mapping[str, Any]) -> Clothes:
    """Return what a person wears from `PERSON_PARAMETERS`."""
    upper, seed = str(params["upper"]), int(params["cloth_seed"])
    main, second = rgb(params["upper_colour"]), rgb(params["second_colour"])
    pattern = str(params["pattern"])
    if upper in ("suit", "coat", "hivis") or (upper == "down" and pattern in ("print", "floral", "plaid", "stripes")):
        pattern = "plain"
    if upper == "hivis":
        main = _HIVIS[seed % 2]
    shoe = rgb(params["shoe_colour"])
    kind = str(params["shoes"])
    if kind == "trainer":
        colours = (shoe, (0.6, 0.6, 0.58), (0.55, 0.55, 0.53) if max(shoe) < 0.4 else second)
    else:
        shoe = lighter(shoe, 0.4) if max(shoe) > 0.4 else shoe
        colours = (shoe, (0.02, 0.018, 0.016), lighter(shoe, 0.5))
    stockings = str(params["stockings"])
    socks = None
    if stockings != "none":
        socks = (0.018, 0.018, 0.02) if stockings == "dark" else (0.5, 0.49, 0.47)
    hood = str(params["hood"])
    if upper not in ("jacket", "down", "sweater"):
        hood = "none"
    return Clothes(
        upper=upper,
        pattern=pattern,
        colours=(main, second),
        lower=str(params["lower"]),
        lower_colour=rgb(params["lower_colour"]),
        shoes=kind,
        shoe_colours=colours,
        socks=socks,
        hood=hood,
        length=float(params["skirt_length"]),
        creases=float(params["creases"]),
        dirt=round(4 * float(params["dirt"])) / 4,
        seed=seed,
    )
