"""States of an object in one view: the face of a die that lies up, the side of a card that is seen."""

from __future__ import annotations

import numpy as np

from synthvision.sampling.objects import PlacedObject
from synthvision.scene import Camera

__all__ = ["states_of"]


def states_of(item: PlacedObject, camera: Camera) -> dict[str, str]:
    """Return the value of each state of an object.

    A state takes the value whose direction, turned with the object, is nearest to its reference: world up, or the
    direction from the middle of the object to the camera.

    Args:
        item: The object at its place.
        camera: Who looks.
    """
    shape = item.drawn.shape
    if not shape.states:
        return {}
    middle = item.rotation @ ((shape.low + shape.high) / 2 * np.array(item.drawn.scale)) + item.position_m
    towards = {"up": np.array([0.0, 0.0, 1.0]), "camera": np.array(camera.position_m) - middle}
    best: dict[str, tuple[float, str]] = {}
    for state in shape.states:
        score = float(item.rotation @ np.array(state.direction_xyz) @ towards[state.towards])
        if state.state not in best or score > best[state.state][0]:
            best[state.state] = (score, state.value)
    return {name: value for name, (_, value) in best.items()}
