"""Which transforms of albumentations a pipeline may name, what each does to labels, and why others are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthvision.dataset.augmentation import Geometry

__all__ = [
    "BOXES_NEEDED",
    "CONTAINERS",
    "FIXED_ARGUMENTS",
    "HOLES",
    "LABEL_FREE_VALUES",
    "PIXELS",
    "REFUSED",
    "TRANSFORMS",
    "WARPS",
    "WINDOWS",
    "geometry_of",
]

#: Change values of pixels and move none.
PIXELS = frozenset(
    {
        "AdditiveNoise", "AdvancedBlur", "AutoContrast", "Blur", "CLAHE", "ChannelDropout", "ChannelShuffle",
        "ChromaticAberration", "ColorJitter", "Defocus", "Downscale", "Emboss", "Equalize", "FancyPCA", "GaussNoise",
        "GaussianBlur", "GlassBlur", "HEStain", "HueSaturationValue", "ISONoise", "Illumination", "ImageCompression",
        "InvertImg", "MedianBlur", "MotionBlur", "MultiplicativeNoise", "NoOp", "PlanckianJitter",
        "PlasmaBrightnessContrast", "PlasmaShadow", "Posterize", "RGBShift", "RandomBrightnessContrast", "RandomFog",
        "RandomGamma", "RandomGravel", "RandomRain", "RandomShadow", "RandomSnow", "RandomSunFlare", "RandomToneCurve",
        "RingingOvershoot", "SaltAndPepper", "Sharpen", "ShotNoise", "Solarize", "Spatter", "Superpixels", "ToGray",
        "ToSepia", "UnsharpMask", "ZoomBlur",
    }
)  # fmt: skip

#: Paint over parts of the picture. Labels stay as they are, or lose those pixels with ``fill_mask: 0``.
HOLES = frozenset({"CoarseDropout", "Erasing", "GridDropout", "PixelDropout"})

#: Crop and pad at the picture's own scale.
WINDOWS = frozenset(
    {
        "AtLeastOneBBoxRandomCrop", "BBoxSafeRandomCrop", "CenterCrop", "Crop", "Pad", "PadIfNeeded", "RandomCrop",
        "RandomCropFromBorders",
    }
)  # fmt: skip

#: Move pixels in other ways.
WARPS = frozenset(
    {
        "Affine", "CropAndPad", "D4", "ElasticTransform", "GridDistortion", "GridElasticDeform", "HorizontalFlip",
        "LongestMaxSize", "OpticalDistortion", "Perspective", "RandomResizedCrop", "RandomRotate90", "RandomScale",
        "RandomSizedBBoxSafeCrop", "RandomSizedCrop", "Resize", "Rotate", "SafeRotate", "SmallestMaxSize",
        "SquareSymmetry", "ThinPlateSpline", "Transpose", "VerticalFlip",
    }
)  # fmt: skip

#: Every transform that a pipeline may name.
TRANSFORMS = PIXELS | HOLES | WINDOWS | WARPS

#: Hold other transforms.
CONTAINERS = frozenset({"OneOf", "RandomOrder", "Sequential", "SomeOf"})

#: Look at the boxes of the labelled objects to choose a crop.
BOXES_NEEDED = frozenset({"AtLeastOneBBoxRandomCrop", "BBoxSafeRandomCrop", "RandomSizedBBoxSafeCrop"})

_IMAGES = "it mixes several images, and the labels of the others are not known"
_VOLUMES = "it is for volumes"
_SPECTRA = "it is for spectrograms; use CoarseDropout"
_DEPTH = "pictures of a data set have 8 bits; leave this to the training"

#: Transforms of albumentations that are known and not taken, with the reason.
REFUSED: Mapping[str, str] = {
    "FDA": _IMAGES,
    "HistogramMatching": _IMAGES,
    "Mosaic": _IMAGES,
    "OverlayElements": _IMAGES,
    "PixelDistributionAdaptation": _IMAGES,
    "MixUp": _IMAGES,
    "CenterCrop3D": _VOLUMES,
    "CoarseDropout3D": _VOLUMES,
    "CubicSymmetry": _VOLUMES,
    "Pad3D": _VOLUMES,
    "PadIfNeeded3D": _VOLUMES,
    "RandomCrop3D": _VOLUMES,
    "FrequencyMasking": _SPECTRA,
    "TimeMasking": _SPECTRA,
    "TimeReverse": "it is for spectrograms; use HorizontalFlip",
    "XYMasking": _SPECTRA,
    "FromFloat": _DEPTH,
    "Normalize": _DEPTH,
    "ToFloat": _DEPTH,
    "ToTensorV2": _DEPTH,
    "ToRGB": "pictures of a data set are RGB already",
    "Lambda": "a pipeline file holds no code",
    "TextImage": "it needs a font file; text over a picture has no label",
    "ConstrainedCoarseDropout": "use CoarseDropout",
    "CropNonEmptyMaskIfExists": "use AtLeastOneBBoxRandomCrop",
    "MaskDropout": "it removes objects; use the label policy, or CoarseDropout",
    "Morphological": "it grows or shrinks masks, which then no longer fit the picture",
    "PiecewiseAffine": "it takes seconds a picture; use ElasticTransform",
    "RandomCropNearBBox": "use AtLeastOneBBoxRandomCrop",
    "RandomGridShuffle": "it cuts objects into pieces",
    "ShiftScaleRotate": "use Affine",
}

#: Arguments that have one value here whatever the default of albumentations is, with the reason.
FIXED_ARGUMENTS: Mapping[tuple[str, str], tuple[Any, str]] = {
    ("MotionBlur", "allow_shifted"): (False, "a shifted blur moves the picture against its labels"),
    ("ToGray", "num_output_channels"): (3, "pictures of a data set have three channels"),
}

#: Arguments of any transform that decide what labels get, by the values that keep labels true, with the reason.
LABEL_FREE_VALUES: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "border_mode": ((0,), "a mirrored or repeated border shows objects twice, which one label cannot say"),
    "fill_mask": ((0, None), "no object stands where the picture ends; with 0 labels end there too"),
    "mask_drop_value": ((None,), "single pixels cut out of masks are noise"),
    "mask_interpolation": ((0,), "ids must never be blended"),
}


def geometry_of(names: frozenset[str]) -> Geometry:
    """Return what transforms with these names can do to the geometry of a picture.

    Args:
        names: Names out of `TRANSFORMS`.

    Example:
        >>> geometry_of(frozenset({"GaussNoise", "RandomCrop"}))
        'window'
    """
    if names & WARPS:
        return "warped"
    # A hole that also cuts into labels leaves every other pixel where it is.
    return "window" if names & (WINDOWS | HOLES) else "pixels"
