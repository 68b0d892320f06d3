"""Track ids: one number for an object through all pictures of its scene."""

from __future__ import annotations

from synthvision.scene.scene import MAX_INSTANCE_ID, Origin

__all__ = ["track_id"]

_IDS = MAX_INSTANCE_ID + 1
# A job has at most 10 ** 8 frames, and no more scenes.
_SCENES = 1 << 28


def track_id(origin: Origin, instance_id: int) -> int:
    """Return the number of an object, the same in every picture of its scene and unlike all others of the job.

    Pictures of one scene index that come from different attempts show different scenes, and their tracks differ.

    Args:
        origin: Which draw the scene is.
        instance_id: The object's id in it.

    Returns:
        1 or more; below 2 ** 53 up to 511 attempts, and below 2 ** 44 for those of the first one.

    Example:
        >>> track_id(Origin(scene_index=2), 7)
        131079
    """
    return (origin.attempt * _SCENES + origin.scene_index) * _IDS + instance_id
