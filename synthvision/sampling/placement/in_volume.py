"""Places in a box in the air, without overlap."""

from __future__ import annotations

from collections import Counter

import numpy as np

from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import InVolume
from synthvision.sampling.placement.on_surface import drawn_rotation
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage

__all__ = ["place_in_volume"]


def place_in_volume(candidate: Candidate, placement: InVolume, stage: Stage) -> Body:
    """Return an object whose centre of mass lies in a box, touching nothing.

    Raises:
        NoPlaceError: No try succeeded.
    """
    drawer = stage.drawer
    rotation = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    start = candidate.body(rotation, np.zeros(3))
    centre = start.centre_of_mass
    rng = drawer.rng(f"{candidate.path}.position")
    reasons: Counter[str] = Counter()
    for _ in range(placement.max_tries):
        place = np.array(placement.centre_m) + (rng.random(3) - 0.5) * np.array(placement.size_m)
        body = start.moved(place - centre)
        other = stage.bodies.touching(body, placement.clearance_m)
        if other is None:
            stage.refuse(candidate, reasons)
            return body
        reasons[f"overlap with {other.group}"] += 1
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)
