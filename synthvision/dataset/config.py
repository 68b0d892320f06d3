"""Settings of the files of a data set: which images are written beside the picture, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["OutputConfig"]


class OutputConfig(BaseModel):
    """Which files are written for each frame. Records and COCO annotations always are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_format: Literal["png", "jpg"] = Field(
        default="png", description="Format of the pictures: png (lossless) or jpg (about a tenth of the size)."
    )
    jpeg_quality: int = Field(default=92, ge=1, le=100, description="Quality of jpg pictures, 1 to 100.")
    depth: bool = Field(
        default=False,
        description="Write depth/: float32 TIFF, metres along the camera's z axis (of a fisheye along the ray), +inf "
        "for the sky.",
    )
    ids: bool = Field(default=False, description="Write ids/: 16-bit PNG, instance id of each pixel, 0 for nothing.")
    normals: bool = Field(
        default=False,
        description="Write normals/: 16-bit RGB PNG, unit normals in camera axes as 32768 + 32767 times the component.",
    )
    semantic: bool = Field(
        default=False, description="Write semantic/: 16-bit PNG, 1 for the job's first class and so on, 0 for no class."
    )
    flow_forward: bool = Field(
        default=False,
        description="Write flow_forward/: float32 TIFF of two channels, pixels to the right and down that each point "
        "moves until the next step of the scene (frames_per_scene); NaN where that is not known, and in the last step.",
    )
    flow_backward: bool = Field(
        default=False, description="Write flow_backward/: the same until the step before; NaN in the first step."
    )
    durable: bool = Field(
        default=False,
        description="Wait for the disk after each file, so that finished frames survive a power cut (slower).",
    )
