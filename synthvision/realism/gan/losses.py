"""Losses of the generators."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody reads

__all__ = [
    "class_crops",
    "discriminator_loss",
    "generator_loss",
    "gradient_penalty",
    "patch_nce",
    "pyramid_loss",
    "structure_loss",
    "tone_loss",
]

# Luminance of gamma-coded sRGB, Rec. 709; a loss of edges needs no exact one.
_LUMINANCE = (0.2126, 0.7152, 0.0722)
# Gradients, in units of half the range of the picture, about which an edge begins to count, and below which one of the
# output counts as gone.
_EDGE = 0.1
_GONE = 0.03
# Side of the cells whose mean colour is a tone, px.
_TONE_PX = 16
# Objects are judged with some of what surrounds them.
_MARGIN = 0.15


def generator_loss(scores: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return how far a discriminator is from taking the pictures for real: least squares (Mao et al. 2017), a scalar.

    Args:
        scores: Maps of scores, one for each resolution.
    """
    return torch.stack([((score.float() - 1) ** 2).mean() for score in scores]).mean()


def discriminator_loss(real: Sequence[torch.Tensor], made: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return how badly a discriminator tells real from made: least squares (Mao et al. 2017), a scalar.

    Args:
        real: Its maps of scores of real pictures, one for each resolution.
        made: Those of made ones.
    """
    good = torch.stack([((score.float() - 1) ** 2).mean() for score in real]).mean()
    bad = torch.stack([(score.float() ** 2).mean() for score in made]).mean()
    return 0.5 * (good + bad)


def gradient_penalty(scores: Sequence[torch.Tensor], real_bchw: torch.Tensor) -> torch.Tensor:
    """Return how steeply the scores of real pictures change with them, a scalar that can be trained on.

    R1 of Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?" (2018), for each score
    of a map instead of each picture.

    Args:
        scores: A discriminator's maps of scores of the pictures.
        real_bchw: The pictures; they must require a gradient.
    """
    terms = []
    for score in scores:
        (slope,) = torch.autograd.grad(score.float().sum(), real_bchw, create_graph=True)
        terms.append(slope.square().sum() / score.numel())
    return torch.stack(terms).mean()


def patch_nce(queries: Sequence[torch.Tensor], keys: Sequence[torch.Tensor], temperature: float) -> torch.Tensor:
    """Return how badly each patch of the output finds its own place among those of its input, a scalar.

    The contrastive loss of Park, Efros, Zhang and Zhu, "Contrastive Learning for Unpaired Image-to-Image Translation"
    (2020): cross entropy over the places of the same picture; the other places are the negatives.

    Args:
        queries: Unit vectors of the output, (batch, places, width), one for each layer.
        keys: Unit vectors of the input at the same places; no gradient goes through them.
        temperature: Above 0; 0.07 in the paper.
    """
    terms = []
    for query, key in zip(queries, keys, strict=True):
        likeness = query.float() @ key.detach().float().transpose(1, 2) / temperature
        own = torch.arange(likeness.shape[1], device=likeness.device).expand(likeness.shape[0], -1)
        terms.append(F.cross_entropy(likeness.flatten(0, 1), own.flatten()))
    return torch.stack(terms).mean()


def structure_loss(source_bchw: torch.Tensor, made_bchw: torch.Tensor) -> torch.Tensor:
    """Return the share of the source's edges whose direction is lost, a scalar from 0 to 1.

    At each place 1 - cos^2 of the angle between the gradients of luminance is weighed by how much of an edge the source
    has there. Colour, contrast and even which side is brighter may change; an edge that moves, turns or fades costs.
    What is new costs nothing, so that textures can come in.

    Args:
        source_bchw: The renders, float (batch, 3, height, width), -1 to 1.
        made_bchw: What was made of them.
    """
    source, made = _gradients(source_bchw), _gradients(made_bchw)
    size = source.square().sum(dim=1)
    weight = size / (size + _EDGE**2)
    dot = (source * made).sum(dim=1)
    cosine2 = dot.square() / ((size + 1e-8) * (made.square().sum(dim=1) + _GONE**2))
    return (weight * (1 - cosine2)).sum() / weight.sum().clamp_min(1e-6)


def tone_loss(source_bchw: torch.Tensor, made_bchw: torch.Tensor) -> torch.Tensor:
    """Return how far mean colours of cells of 16 px are from those of the source, mean of squares, a scalar.

    Squares, and not absolutes: the latter hold an untrained generator, whose every step moves means a little, to what
    it was given.

    Args:
        source_bchw: What the generator was given, float (batch, 3, height, width), -1 to 1.
        made_bchw: What was made of them.
    """
    difference = made_bchw.float() - source_bchw.float()
    return F.avg_pool2d(difference, _TONE_PX, ceil_mode=True).square().mean()


def pyramid_loss(made_bchw: torch.Tensor, wanted_bchw: torch.Tensor, levels: int = 4) -> torch.Tensor:
    """Return the L1 distance of Laplacian pyramids, a scalar: detail of each size counts alike.

    After Bojanowski et al., "Optimizing the Latent Space of Generative Networks" (2018), with block means for
    Gaussians and equal weights of the levels.

    Args:
        made_bchw: Float (batch, channels, height, width).
        wanted_bchw: The same shape.
        levels: Halvings; fewer where the pictures are small.
    """
    difference = made_bchw.float() - wanted_bchw.float()
    terms = []
    for _ in range(levels):
        if min(difference.shape[2:]) < 2:
            break
        small = F.avg_pool2d(difference, 2, ceil_mode=True)
        large = F.interpolate(small, size=difference.shape[2:], mode="bilinear", align_corners=False)
        terms.append((difference - large).abs().mean())
        difference = small
    terms.append(difference.abs().mean())
    return torch.stack(terms).mean()


def class_crops(
    pixels_bchw: torch.Tensor, boxes: Sequence[tuple[float, float, float, float]], side: int
) -> torch.Tensor:
    """Return one square picture of an object of each picture of a batch, float (batch, 3, side, side).

    The box grows by 15 % on each side, is cut at the border, and is stretched to the square.

    Args:
        pixels_bchw: Float (batch, 3, height, width).
        boxes: One half-open box (x1, y1, x2, y2) in pixels for each picture.
        side: Side of the result, px.
    """
    height, width = pixels_bchw.shape[2:]
    found = []
    for picture, (x1, y1, x2, y2) in zip(pixels_bchw, boxes, strict=True):
        dx, dy = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
        left, top = max(int(x1 - dx), 0), max(int(y1 - dy), 0)
        right, bottom = min(int(x2 + dx) + 1, width), min(int(y2 + dy) + 1, height)
        part = picture[None, :, top:bottom, left:right]
        found.append(F.interpolate(part, size=(side, side), mode="bilinear", align_corners=False, antialias=True))
    return torch.cat(found)


def _gradients(pixels_bchw: torch.Tensor) -> torch.Tensor:
    """Return gradients of luminance per pixel, (batch, 2, height - 2, width - 2), by Sobel's filters."""
    weights = torch.tensor(_LUMINANCE, dtype=torch.float32, device=pixels_bchw.device).view(1, 3, 1, 1)
    grey = (pixels_bchw.float() * weights).sum(dim=1, keepdim=True)
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], device=grey.device) / 8
    return F.conv2d(grey, torch.stack((across, across.T))[:, None])
