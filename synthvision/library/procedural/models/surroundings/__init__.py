"""What stands around a scene out of doors."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.surroundings.building import BUILDING
from synthvision.library.procedural.models.surroundings.fence import FENCE
from synthvision.library.procedural.models.surroundings.hedge import HEDGE
from synthvision.library.procedural.models.surroundings.street import STREET
from synthvision.library.procedural.models.surroundings.tree import TREE

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (BUILDING, TREE, HEDGE, FENCE, STREET)
