"""Which camera of several drawn ones holds a scene's constraints, by an estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synthvision.core.errors import PlacementError
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.constraints.config import (
    AsFactor,
    Attribute,
    Constraint,
    Distance,
    InFrontOf,
    Occlusion,
    PixelSize,
    Transmittance,
    Truncation,
    VisibleFraction,
    Which,
)
from synthvision.sampling.constraints.judge import needs_pixels, violated
from synthvision.sampling.factors.levels import row_misses
from synthvision.sampling.factors.plan import PlanRow
from synthvision.sampling.proposals.estimate import Estimator, View
from synthvision.scene import Scene

__all__ = ["CameraScreen", "decided_by_camera", "estimated_misses"]


def decided_by_camera(constraint: Constraint) -> bool:
    """Return whether another camera may change whether a constraint holds, and an estimate can tell."""
    match constraint:
        case Transmittance():
            return False  # the air is drawn after the camera
        case Distance():
            return constraint.to is None
        case Attribute():
            return True
        case AsFactor():
            return constraint.path.startswith("camera")
        case _:
            return needs_pixels(constraint)


def estimated_misses(constraints: Sequence[Constraint], scene: Scene, estimator: Estimator) -> tuple[Constraint, ...]:
    """Return the constraints that a scene misses, those on pixels by estimate; what the air decides is left open."""
    judged = [constraint for constraint in constraints if not isinstance(constraint, Transmittance)]
    return violated(judged, scene, estimator.measures(scene, _ids(scene, _asked(judged))))


class CameraScreen:
    """Chooses among proposed cameras of one world.

    Args:
        spec: The scene file.
        row: What a plan asks of the scene.
        estimator: Estimates what the label images would say.
    """

    def __init__(self, spec: SceneSpec, row: PlanRow, estimator: Estimator) -> None:
        self._constraints = tuple(constraint for constraint in spec.constraints if decided_by_camera(constraint))
        self._factors = spec.factors
        self._levels = {name: level for name, level in row.levels.items() if spec.factors[name].measure is not None}
        self._estimator = estimator
        self._most = spec.proposals

    def __bool__(self) -> bool:
        """Whether there is anything to choose by."""
        return bool(self._constraints or self._levels) and self._most > 1

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What a row asks for: with the scene file it decides what is chosen."""
        return tuple(sorted(self._levels.items()))

    def choose(self, propose: Callable[[int], Scene]) -> int:
        """Return the number of the first proposal that holds everything, by estimate.

        Args:
            propose: Makes the scene with the proposed camera of a number, from 0 up; may raise PlacementError.

        Returns:
            Where none does, the first of those that miss the fewest: the label images have the last word.

        Raises:
            PlacementError: The first camera has no place.
        """
        best, fewest, layout = 0, None, None
        for number in range(self._most):
            try:
                scene = propose(number)
            except PlacementError:
                if number == 0:
                    raise
                continue
            if layout is None or layout.objects is not scene.objects:
                layout = self._estimator.layout(scene.objects)
            missed = self._missed(scene, View(layout, scene.camera))
            if fewest is None or missed < fewest:
                best, fewest = number, missed
            if not missed:
                break
        return best

    def _missed(self, scene: Scene, view: View) -> float:
        """Return how much a scene misses, by estimate; of two that miss as many, what is hopeless is worse."""
        hopeless = sum(_hopeless(constraint, scene, view) for constraint in self._constraints)
        if hopeless:
            return len(self._constraints) + len(self._levels) + hopeless
        named = (self._factors[name].objects for name in self._levels)
        asked = [*_asked(self._constraints), *(which for which in named if which is not None)]
        measures = view.measures(_ids(scene, asked))
        missed = len(violated(self._constraints, scene, measures))
        return missed + len(row_misses(self._factors, self._levels, scene, measures))


def _hopeless(constraint: Constraint, scene: Scene, view: View) -> bool:
    """Return whether the boxes around objects tell that too few of them are in the picture, or large enough."""
    if not isinstance(constraint, Occlusion | VisibleFraction | Truncation | PixelSize | InFrontOf):
        return False
    sizes = [view.largest_wh(item.instance_id) for item in scene.objects if constraint.of.takes(item)]
    least, axis = 1.0, 1
    if isinstance(constraint, PixelSize):
        least, axis = constraint.between[0], int(constraint.kind == "pixel_height")
    elif isinstance(constraint, Truncation) and constraint.between[1] >= 1:
        return False  # what lies beside the picture is truncated as a whole
    wanted = max(len(sizes), 1) if constraint.at_least == "all" else constraint.at_least
    return sum(size[axis] >= least for size in sizes) < wanted


def _asked(constraints: Sequence[Constraint]) -> list[Which]:
    """Return whose measures are needed: those that are judged, and those that others stand in front of."""
    asked = [each.of for each in constraints if not isinstance(each, AsFactor) and needs_pixels(each)]
    return asked + [each.than for each in constraints if isinstance(each, InFrontOf)]


def _ids(scene: Scene, asked: Sequence[Which]) -> set[int]:
    return {item.instance_id for item in scene.objects if any(which.takes(item) for which in asked)}
