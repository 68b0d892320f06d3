"""What a renderer needs from the asset library."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import EnvironmentMap, Material, Model
from synthvision.library.reference import AssetRef

__all__ = ["RenderAssets"]


class RenderAssets(Protocol):
    """Loads assets by reference; ``synthvision.library.assets.AssetLibrary`` is one.

    Every method raises `AssetError` where the asset is missing or cannot be read.
    """

    def load_model(self, ref: AssetRef) -> Model:
        """Return a model in metres, Z up."""
        ...

    def load_material(self, ref: AssetRef) -> Material:
        """Return a material made of a texture set or one texture."""
        ...

    def load_environment(self, ref: AssetRef) -> EnvironmentMap:
        """Return an environment map."""
        ...

    def load_photo(self, ref: AssetRef) -> NDArray[np.uint8]:
        """Return a photo as uint8 (height, width, 3), sRGB, first row at the top."""
        ...
