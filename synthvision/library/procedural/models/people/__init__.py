"""People and animals, and what they push and carry."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.people.cyclist import CYCLIST
from synthvision.library.procedural.models.people.dog import DOG
from synthvision.library.procedural.models.people.motorcyclist import MOTORCYCLIST
from synthvision.library.procedural.models.people.pedestrian import PEDESTRIAN
from synthvision.library.procedural.models.people.pushchair import PUSHCHAIR
from synthvision.library.procedural.models.people.rucksack import RUCKSACK
from synthvision.library.procedural.models.people.shopping_bag import SHOPPING_BAG
from synthvision.library.procedural.models.people.suitcase import SUITCASE
from synthvision.library.procedural.models.people.umbrella import UMBRELLA
from synthvision.library.procedural.models.people.wheelchair import WHEELCHAIR

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    PEDESTRIAN,
    CYCLIST,
    MOTORCYCLIST,
    DOG,
    PUSHCHAIR,
    UMBRELLA,
    SUITCASE,
    RUCKSACK,
    SHOPPING_BAG,
    WHEELCHAIR,
)
