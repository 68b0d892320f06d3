"""Structure distance in the features of given weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.realism.guard.targets import Target
from synthvision.realism.guard.weights import as_input, load_network

if TYPE_CHECKING:
    import torch

__all__ = ["StructureFeatures"]

# Side of the input of a network whose config does not say one.
_SIDE_PX = 224
_BATCH = 16


class StructureFeatures:
    """How unlike two pictures are in structure: the mean difference of the self-similarities of their features.

    The cosines between all pairs of a picture's local features say which places look alike and hardly change with style
    (Shechtman and Irani, 2007; with features of a vision transformer: Tumanyan et al., "Splicing ViT Features", 2022).

    Args:
        folder: Local folder of a vision network of transformers.
        device: ``cpu``, or a device of torch.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        UsageError: The folder is missing or holds no vision network.
    """

    def __init__(self, folder: Path, device: str) -> None:
        network, self._colours = load_network(folder, "AutoModel", device, "guard.features")
        # Of networks for pictures and text, the part for pictures.
        self._network = getattr(network, "vision_model", network)
        self._device = device
        config = getattr(network.config, "vision_config", network.config)
        if getattr(self._network, "main_input_name", "") != "pixel_values":
            raise UsageError(f"guard.features must hold a vision network, got {type(network).__name__} at {folder}")
        side: Any = getattr(config, "image_size", _SIDE_PX)
        self._size_hw = (side, side) if isinstance(side, int) else (int(side[0]), int(side[1]))

    def distances(
        self, render_hwc: NDArray[np.uint8], refined_hwc: NDArray[np.uint8], targets: Sequence[Target]
    ) -> tuple[float, list[float]]:
        """Return the distance of the whole pictures, and that of the windows around each target, 0..2.

        Args:
            render_hwc: uint8 (height, width, 3).
            refined_hwc: uint8, the same size.
            targets: The instances.
        """
        pairs = [(render_hwc, refined_hwc)]
        pairs += [(render_hwc[target.window], refined_hwc[target.window]) for target in targets]
        found: list[float] = []
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            first = self._similarities([pair[0] for pair in part])
            second = self._similarities([pair[1] for pair in part])
            found += (first - second).abs().mean(dim=(1, 2)).tolist()
        return found[0], found[1:]

    def _similarities(self, pictures: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            hidden: Any = self._network(
                as_input(pictures, self._size_hw, self._colours, self._device)
            ).last_hidden_state
            # Networks of convolutions give a map, transformers a list of places.
            places = hidden.flatten(2).transpose(1, 2) if hidden.ndim == 4 else hidden
            unit = torch.nn.functional.normalize(places.float(), dim=2)
            return unit @ unit.transpose(1, 2)
