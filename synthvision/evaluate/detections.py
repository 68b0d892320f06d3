"""What a detector found in one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Detections"]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The boxes that a detector found in one picture, in the order in which it gave them; read-only.

    Args:
        box_xyxy_n4: float32 (n, 4); half-open boxes in pixels of the picture given, finite, x2 >= x1 and y2 >= y1.
        score_n: float32 (n,); finite, higher is surer.
        class_n: int64 (n,); place of the class among the detector's classes.

    Raises:
        ValueError: An array has another shape or type, or a number is not finite, or a box is turned inside out.
    """

    box_xyxy_n4: NDArray[np.float32]
    score_n: NDArray[np.float32]
    class_n: NDArray[np.int64]

    def __post_init__(self) -> None:
        count = len(self.score_n)
        wanted = (
            ("box_xyxy_n4", self.box_xyxy_n4, (count, 4), np.float32),
            ("score_n", self.score_n, (count,), np.float32),
            ("class_n", self.class_n, (count,), np.int64),
        )
        for name, array, shape, dtype in wanted:
            if array.shape != shape or array.dtype != dtype:
                raise ValueError(
                    f"{name} must be {np.dtype(dtype)} with shape {shape}, got {array.dtype} with shape {array.shape}"
                )
            # A view: the array of whoever made it stays writable.
            frozen = array.view()
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)
        if not (np.isfinite(self.box_xyxy_n4).all() and np.isfinite(self.score_n).all()):
            raise ValueError("boxes and scores of detections must be finite, got NaN or infinity")
        if (self.box_xyxy_n4[:, 2:] < self.box_xyxy_n4[:, :2]).any():
            raise ValueError("boxes of detections must have x2 >= x1 and y2 >= y1, got one that is turned inside out")
        if (self.class_n < 0).any():
            raise ValueError(f"classes of detections must be 0 or more, got {int(self.class_n.min())}")

    def __len__(self) -> int:
        return len(self.score_n)

    @classmethod
    def empty(cls) -> Detections:
        """Return no detections."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))

    def best(self, count: int) -> Detections:
        """Return at most `count` of them, the surest first; equal scores keep their order.

        Args:
            count: 0 or more.
        """
        order = np.argsort(-self.score_n, kind="stable")[:count]
        return Detections(self.box_xyxy_n4[order], self.score_n[order], self.class_n[order])
