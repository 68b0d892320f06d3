"""What goods are kept and moved in."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.storage.crate import CRATE

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (CRATE,)
