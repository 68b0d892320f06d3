"""Finding the guard's limits: faults and harmless changes are planted into renders, and the scores are compared.

Every limit first stands where harmless changes pass: at the quantile of their scores that leaves each limit its share
of the false alarms allowed. Then all limits that answer to the same faults are loosened together, two thirds as far as
the faults are still found: a refiner does more to a picture than the harmless changes do, and may, as long as labels
stay true; and it makes faults that are not those planted here.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.rle import decode_id_image
from synthvision.core.errors import UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import DatasetFrame
from synthvision.realism.guard.config import GuardLimits, GuardSpec
from synthvision.realism.guard.faults import FAULTS, HARMLESS, PICTURE_FAULTS
from synthvision.realism.guard.measurement import Measurement, measure
from synthvision.realism.guard.targets import Target, targets_of

__all__ = ["CalibrationReport", "Example", "Rate", "calibrate", "examples_of"]

#: Bounds of the size classes of the table, in pixels of the shorter box side.
_SIZES = (0, 24, 48, 96, 1 << 30)
#: Instances below this are not what the limits are for.
_LEAST_PX = 24
# Limits by the faults that they answer to.
_OF_INSTANCES = ("edge_lost", "edge_lost_worst", "edge_moved_px", "structure_lost", "appearance_drift")
_GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (_OF_INSTANCES, ("shift", "warp", "erase")),
    (("new_structure_px",), ("insert",)),
    (("legibility_lost",), ("smear",)),
    (("overall_shift_px",), ("slide",)),
    (("picture_structure_lost",), ("mirror",)),
)
_COUNT = sum(len(names) for names, _ in _GROUPS)
# In how many steps limits are loosened, from where harmless changes pass to the median of the faults.
_STEPS = 100
# How much is taken of the way on which the faults are still found. With two thirds, limits found without one kind of
# fault still find 97 % of that kind (docs/guard.md); with all of it 89 %.
_WAY = 2 / 3


@dataclass(frozen=True, slots=True)
class Example:
    """A render to plant faults into.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        id_hw: uint16 (height, width).
        labels: Its labels.
        index: Unlike that of every other example; decides what is planted.
    """

    rgb_hwc: NDArray[np.uint8]
    id_hw: NDArray[np.uint16]
    labels: tuple[InstanceLabel, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something alarms the guard.

    Args:
        kind: The fault or harmless change.
        size: Size class in pixels of the shorter box side, such as ``24-47``; ``all`` for all that limits are for.
        count: How many were tried.
        alarms: How many alarmed.
    """

    kind: str
    size: str
    count: int
    alarms: int

    @property
    def share(self) -> float:
        """Alarms among those tried."""
        return self.alarms / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What calibration found.

    Args:
        limits: The limits to use.
        detection: Rates of planted faults with these limits: high is good.
        false_alarms: Rates of harmless changes: low is good.
        unmet: What could not be reached, one sentence each; empty if all is well.
    """

    limits: GuardLimits
    detection: tuple[Rate, ...]
    false_alarms: tuple[Rate, ...]
    unmet: tuple[str, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""

        def rows(rates: Iterable[Rate]) -> list[dict[str, Any]]:
            return [
                {"kind": r.kind, "size": r.size, "count": r.count, "alarms": r.alarms, "share": round(r.share, 4)}
                for r in rates
            ]

        return {
            "limits": self.limits.model_dump(mode="json"),
            "detection": rows(self.detection),
            "false_alarms": rows(self.false_alarms),
            "unmet": list(self.unmet),
        }

    def to_text(self) -> str:
        """Return the tables as text, and the limits as they go into a config."""
        lines = []
        for title, rates in (("planted faults caught", self.detection), ("false alarms", self.false_alarms)):
            lines.append(title)
            lines += [
                f"  {r.kind:<10} {r.size:>8} px  {r.alarms:>5}/{r.count:<5} {100 * r.share:6.1f} %" for r in rates
            ]
        lines += ["limits", *(f"  {name}: {json.dumps(value)}" for name, value in self.limits.model_dump().items())]
        return "\n".join([*lines, *self.unmet])


def examples_of(frames: Iterable[DatasetFrame], first: int = 0) -> Iterable[Example]:
    """Yield the frames of a data set as examples.

    Args:
        frames: For example an open data set.
        first: Index of the first example.

    Raises:
        DatasetError: A picture is missing or broken.
    """
    for offset, frame in enumerate(frames):
        ids = decode_id_image(frame.record.instances, frame.record.size_wh)
        yield Example(frame.rgb(), ids, frame.record.instances, first + offset)


@dataclass(frozen=True, slots=True)
class _Trial:
    kind: str
    side_px: int
    scores: dict[str, float]


def calibrate(
    examples: Iterable[Example],
    spec: GuardSpec,
    seed: int,
    *,
    false_alarms: float = 0.05,
    detection: float = 0.99,
    progress: Callable[[int], None] | None = None,
) -> CalibrationReport:
    """Return limits for a share of false alarms, and how well they find planted faults.

    Args:
        examples: Renders, one in memory at a time.
        spec: What is checked; its limits are not looked at, but for those that calibration does not find.
        seed: Of what is planted where.
        false_alarms: Largest share of instances of 24 px or more that may alarm although their labels are true.
        detection: Share of each kind of fault on such instances that must still be found where limits are loosened.
        progress: Called with the number of examples done.

    Raises:
        UsageError: No example shows an instance of 24 px or more.
    """
    # Legibility is measured on every class here: how much of it may go does not depend on the class.
    harmless: list[_Trial] = []
    faulty: list[_Trial] = []
    for done, example in enumerate(examples, start=1):
        targets = targets_of(example.id_hw, example.labels)
        every = spec.model_copy(update={"legible_classes": tuple({target.category for target in targets})})
        harmless += _harmless_trials(example, targets, every, seed)
        faulty += _fault_trials(example, targets, every, seed)
        if progress is not None:
            progress(done)
    if not any(trial.side_px >= _LEAST_PX for trial in harmless):
        raise UsageError(f"calibration needs pictures with labelled instances of {_LEAST_PX} px or more, got none")
    found, unmet = _limits(harmless, faulty, false_alarms, detection)
    limits = spec.limits.model_copy(update=found)
    return CalibrationReport(limits, _rates(faulty, limits, _of_fault), _rates(harmless, limits, _of_all), unmet)


def _harmless_trials(example: Example, targets: Sequence[Target], spec: GuardSpec, seed: int) -> Iterable[_Trial]:
    for kind, change in HARMLESS.items():
        picture = change(example.rgb_hwc, rng_for(seed, example.index, f"guard.harmless.{kind}"))
        found = measure(example.rgb_hwc, picture, example.id_hw, targets, spec)
        for target, scores in zip(targets, found.instances, strict=True):
            yield _Trial(kind, target.side_px, {**scores, **found.picture})


def _fault_trials(example: Example, targets: Sequence[Target], spec: GuardSpec, seed: int) -> Iterable[_Trial]:
    names = list(HARMLESS)
    for kind, spoil in PICTURE_FAULTS.items():
        rng = rng_for(seed, example.index, f"guard.fault.{kind}")
        found = measure(example.rgb_hwc, spoil(example.rgb_hwc, rng), example.id_hw, targets, spec)
        for target, scores in zip(targets, found.instances, strict=True):
            yield _Trial(kind, target.side_px, {**scores, **found.picture})
    for target in targets:
        mask = example.id_hw == target.instance_id
        for kind, plant in FAULTS.items():
            rng = rng_for(seed, example.index, f"guard.fault.{kind}.{target.instance_id}")
            fault = plant(example.rgb_hwc, mask, rng)
            if fault is None:
                continue
            # A refiner that makes a fault changes the rest of the picture too.
            picture = HARMLESS[names[int(rng.integers(len(names)))]](fault.rgb_hwc, rng)
            found = measure(example.rgb_hwc, picture, example.id_hw, [target], spec)
            scores = {**found.instances[0], **found.picture}
            if kind == "insert" and spec.new_structure:
                scores["new_structure_px"] = _patch_on(found, fault.changed_hw)
            yield _Trial(kind, target.side_px, scores)


def _patch_on(found: Measurement, place_hw: NDArray[np.bool_]) -> float:
    if found.patches is None:
        return 0.0
    return float(found.patches.sides_px[found.patches.number_hw[place_hw]].max(initial=0.0))


def _limits(
    harmless: Sequence[_Trial], faulty: Sequence[_Trial], false_alarms: float, detection: float
) -> tuple[dict[str, float], tuple[str, ...]]:
    limits: dict[str, float] = {}
    unmet = []
    good = [trial for trial in harmless if trial.side_px >= _LEAST_PX]
    for names, kinds in _GROUPS:
        bad = {kind: [t for t in faulty if t.kind == kind and t.side_px >= _LEAST_PX] for kind in kinds}
        bad = {kind: trials for kind, trials in bad.items() if trials}
        tight, loose = {}, {}
        for name in names:
            values = [trial.scores[name] for trial in good if name in trial.scores]
            wrong = [trial.scores[name] for trials in bad.values() for trial in trials if name in trial.scores]
            if not values or not wrong:
                continue
            tight[name] = float(np.quantile(values, 1 - false_alarms / _COUNT, method="higher"))
            loose[name] = max(float(np.median(wrong)), tight[name])
        for kind, share in _caught(bad, _between(tight, loose, 0.0)).items():
            if share < detection:
                unmet.append(
                    f"{kind}: {100 * detection:g} % must be caught, got {100 * share:.1f} % at "
                    f"{100 * false_alarms:g} % false alarms"
                )
        way = 0.0
        for step in range(1, _STEPS + 1):
            shares = _caught(bad, _between(tight, loose, step / _STEPS))
            if min(shares.values(), default=0.0) < detection:
                break
            way = step / _STEPS
        limits |= _between(tight, loose, _WAY * way)
    return limits, tuple(unmet)


def _between(tight: dict[str, float], loose: dict[str, float], share: float) -> dict[str, float]:
    # Rounded before they are tried, so that what is printed is what was measured.
    return {name: math.ceil(1000 * (low + share * (loose[name] - low)) - 1e-6) / 1000 for name, low in tight.items()}


def _caught(bad: dict[str, list[_Trial]], limits: dict[str, float]) -> dict[str, float]:
    return {kind: sum(_alarms(t.scores, limits) for t in trials) / len(trials) for kind, trials in bad.items()}


def _alarms(scores: dict[str, float], limits: dict[str, float]) -> bool:
    return any(scores[name] > limit for name, limit in limits.items() if name in scores)


def _of_fault(kind: str) -> tuple[str, ...]:
    return next(names for names, kinds in _GROUPS if kind in kinds)


def _of_all(kind: str) -> tuple[str, ...]:
    # What is legible is up to the user, and most classes are not marked so.
    return tuple(name for names, _ in _GROUPS for name in names if name != "legibility_lost")


def _rates(
    trials: Sequence[_Trial], limits: GuardLimits, names_of: Callable[[str], tuple[str, ...]]
) -> tuple[Rate, ...]:
    rates = []
    for kind in dict.fromkeys(trial.kind for trial in trials):
        own = [trial for trial in trials if trial.kind == kind]
        asked = {name: getattr(limits, name) for name in names_of(kind)}
        bounds = [(low, high, f"{low}-{high - 1}") for low, high in itertools.pairwise(_SIZES)]
        bounds[0], bounds[-1] = (*bounds[0][:2], f"<{_SIZES[1]}"), (*bounds[-1][:2], f">={_SIZES[-2]}")
        for low, high, size in [*bounds, (_LEAST_PX, _SIZES[-1], "all")]:
            chosen = [trial for trial in own if low <= trial.side_px < high]
            rates.append(Rate(kind, size, len(chosen), sum(_alarms(trial.scores, asked) for trial in chosen)))
    return tuple(rates)
