"""Roads, buildings, plants: what scenes stand in."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = ()
