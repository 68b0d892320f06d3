"""Sizes that a network can take: padded by reflection, and cropped back exactly."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody reads

__all__ = ["crop_back", "pad_to_multiple", "reflect"]


def pad_to_multiple(pixels_bchw: torch.Tensor, factor: int) -> torch.Tensor:
    """Return pictures whose sides are the next multiples of `factor`, padded at the right and bottom alone.

    The padding mirrors the picture, without its last row or column; a side shorter than what is to be added is
    mirrored as often as it takes.

    Args:
        pixels_bchw: Float (batch, channels, height, width).
        factor: 1 or more.
    """
    padded = pixels_bchw
    for axis in (2, 3):
        side = pixels_bchw.shape[axis]
        missing = -side % factor
        if missing:
            # By index and not by F.pad: it mirrors more than once where a side is short, 0 1 2 1 0 1 2 ...
            period = max(2 * side - 2, 1)
            place = torch.arange(side + missing, device=pixels_bchw.device) % period
            padded = padded.index_select(axis, torch.where(place < side, place, period - place))
    return padded


def crop_back(pixels_bchw: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the part that `pad_to_multiple` was given.

    Args:
        pixels_bchw: Float (batch, channels, at least height, at least width).
        height: Rows before padding.
        width: Columns before padding.
    """
    return pixels_bchw[:, :, :height, :width]


def reflect(pixels_bchw: torch.Tensor, margin: int) -> torch.Tensor:
    """Return pictures with a mirrored margin on all sides; where they are too small for it, the border is repeated."""
    mode = "reflect" if min(pixels_bchw.shape[2:]) > margin else "replicate"
    return F.pad(pixels_bchw, (margin,) * 4, mode=mode)
