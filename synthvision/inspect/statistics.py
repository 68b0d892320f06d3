"""What a data set holds, in numbers: instances by class and status, sizes, visibility."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from synthvision.annotate.config import PolicyRule
from synthvision.core.labels import InstanceLabel
from synthvision.dataset.records import FrameRecord

__all__ = ["IGNORE_CAUSES", "LabelStatistics", "count_labels", "ignore_cause"]

# COCO's own limits of small and medium objects.
_SMALL_PX = 32**2
_MEDIUM_PX = 96**2

#: What hid an object, in a word, by the rule of the label policy that it misses; of several the first one is named.
IGNORE_CAUSES: dict[PolicyRule, str] = {
    "min_contrast_transmittance": "weather",
    "min_lens_transmittance": "dirty lens",
    "min_apparent_contrast": "faint",
    "min_visible_fraction": "occluded",
    "max_truncation": "cut off",
    "min_visible_pixels": "tiny",
    "min_side_px": "tiny",
}


@dataclass(slots=True)
class LabelStatistics:
    """Counts over frames; all mappings by class name hold every class of the job, in its order.

    Args:
        frames: Frames that were counted.
        empty_frames: Frames without a labelled instance.
        labelled: Instances with an annotation that counts.
        ignored: Instances with an annotation that training and evaluation skip.
        ignored_by: The same by what hid them (see `IGNORE_CAUSES`).
        dropped: Instances without annotation because of the label policy.
        hidden: Targets without a visible pixel.
        sizes: Labelled instances that are small (under 32 x 32 px of mask), medium (under 96 x 96), large.
        reasons: How often each rule of the label policy was missed.
        occluded: Labelled instances of which something is hidden.
        truncated: Labelled instances of which something is outside the picture.
        visible_fraction_sum: Sum of the visible fraction over labelled instances that have one.
        visible_fraction_count: Number of these.
    """

    frames: int = 0
    empty_frames: int = 0
    labelled: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=lambda: {"small": 0, "medium": 0, "large": 0})
    ignored_by: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    occluded: int = 0
    truncated: int = 0
    visible_fraction_sum: float = 0.0
    visible_fraction_count: int = 0

    @property
    def mean_visible_fraction(self) -> float | None:
        """Mean visible fraction of labelled instances, or None where none has one."""
        return self.visible_fraction_sum / self.visible_fraction_count if self.visible_fraction_count else None


def count_labels(frames: Iterable[FrameRecord | Sequence[InstanceLabel]], classes: Sequence[str]) -> LabelStatistics:
    """Return counts over frames, holding one frame at a time.

    Args:
        frames: Records, or the instances of each frame.
        classes: Class names in the job's order.
    """
    result = LabelStatistics()
    for tally in (result.labelled, result.ignored, result.dropped, result.hidden):
        tally.update(dict.fromkeys(classes, 0))
    for frame in frames:
        instances = frame.instances if isinstance(frame, FrameRecord) else frame
        result.frames += 1
        result.empty_frames += not any(item.status == "labelled" for item in instances)
        for item in instances:
            _count(result, item)
    return result


def ignore_cause(label: InstanceLabel) -> str:
    """Return in a word why an ignored instance is ignored."""
    missed = {reason.split(":", 1)[0] for reason in label.reasons}
    return next((word for rule, word in IGNORE_CAUSES.items() if rule in missed), "policy")


def _count(result: LabelStatistics, item: InstanceLabel) -> None:
    if item.category is None or item.status == "unlabelled":
        return
    tally = {
        "labelled": result.labelled,
        "ignored": result.ignored,
        "dropped": result.dropped,
        "hidden": result.hidden,
    }[item.status]
    tally[item.category] = tally.get(item.category, 0) + 1
    result.reasons.update(reason.split(":", 1)[0] for reason in item.reasons)
    if item.status == "ignored":
        result.ignored_by[ignore_cause(item)] += 1
    if item.status != "labelled":
        return
    size = "small" if item.visible_pixels < _SMALL_PX else "medium" if item.visible_pixels < _MEDIUM_PX else "large"
    result.sizes[size] += 1
    result.truncated += bool(item.truncation)
    if item.visible_fraction is not None:
        result.occluded += item.visible_fraction < 1
        result.visible_fraction_sum += item.visible_fraction
        result.visible_fraction_count += 1
