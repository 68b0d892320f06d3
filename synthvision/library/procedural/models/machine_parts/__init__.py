"""Parts as they come off a machine, and what inspects them."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = ()
