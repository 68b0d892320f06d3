"""What stands at a street."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.street.traffic_cone import TRAFFIC_CONE

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (TRAFFIC_CONE,)
