"""How frames are counted: frame k is one camera's picture of one step of one view of one scene.

Cameras change fastest, then steps in time, then views, then scenes: with V views, S steps and C cameras, frame k is
camera ``k % C``, step ``k // C % S``, view ``k // (C * S) % V`` and scene ``k // (C * S * V)``.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthvision.core.errors import UsageError

__all__ = ["FrameOrder", "FramePlace"]


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Which picture a frame is.

    Args:
        scene: Index of the scene.
        view: Index of the view in the scene.
        step: Index of the step in time.
        camera: Index of the camera.
    """

    scene: int
    view: int
    step: int
    camera: int


@dataclass(frozen=True, slots=True)
class FrameOrder:
    """The counts that decide which picture each frame is.

    Args:
        views: Views of a scene, 1 or more.
        steps: Steps of a scene in time, 1 or more.
        cameras: Cameras, 1 or more.

    Raises:
        UsageError: A count is below 1.

    Example:
        >>> order = FrameOrder(views=2, steps=3, cameras=2)
        >>> order.place(17)
        FramePlace(scene=1, view=0, step=2, camera=1)
        >>> order.neighbour(17, -1), order.neighbour(17, 1), order.first_step(17)
        (15, None, 13)
    """

    views: int = 1
    steps: int = 1
    cameras: int = 1

    def __post_init__(self) -> None:
        if min(self.views, self.steps, self.cameras) < 1:
            raise UsageError(
                f"views, steps and cameras must be 1 or more, got {self.views}, {self.steps} and {self.cameras}"
            )

    @property
    def frames_of_one_scene(self) -> int:
        """Frames that share one sampled scene."""
        return self.views * self.steps * self.cameras

    def place(self, frame: int) -> FramePlace:
        """Return which picture a frame is."""
        rest, camera = divmod(frame, self.cameras)
        rest, step = divmod(rest, self.steps)
        scene, view = divmod(rest, self.views)
        return FramePlace(scene, view, step, camera)

    def neighbour(self, frame: int, steps: int) -> int | None:
        """Return the frame of the same camera some steps later, or None beyond the ends of the scene."""
        return frame + steps * self.cameras if 0 <= self.place(frame).step + steps < self.steps else None

    def first_step(self, frame: int) -> int:
        """Return the frame of the same camera at the first step of the same view."""
        return frame - self.place(frame).step * self.cameras

    def video(self, frame: int) -> int:
        """Return the number, from 0, of the video that a frame is of: all steps of one camera of one view."""
        place = self.place(frame)
        return (place.scene * self.views + place.view) * self.cameras + place.camera
