"""Packed goods, fruit, waste and hand tools."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = ()
