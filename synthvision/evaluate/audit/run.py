"""Runs an audit: one picture after the other, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from synthvision.core.errors import UsageError
from synthvision.evaluate.audit.cells import CellCounter, find_thin
from synthvision.evaluate.audit.conditions import Conditions, estimate_conditions
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.levels import covered_shares, is_cut, occlusion_level, relative_size, size_level
from synthvision.evaluate.audit.raw_boxes import suspect_file
from synthvision.evaluate.audit.report import AuditReport
from synthvision.evaluate.audit.suspicious import KINDS, Suspicion, suspect_alone, suspect_by_class, suspect_flat
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox

__all__ = ["audit_set", "box_levels"]


def audit_set(
    labelled: LabelledSet, spec: AuditSpec | None = None, progress: Callable[[int], None] | None = None
) -> AuditReport:
    """Return what a labelled set holds, lacks, and which of its boxes look wrong.

    Pictures are read one at a time, and only where light, weather or the inside of boxes count.

    Args:
        labelled: The set, real or rendered.
        spec: What is counted; None for the defaults.
        progress: Called with the number of pictures done.

    Raises:
        UsageError: The set has no box, a picture cannot be read, or `spec` names unknown levels.
    """
    spec = spec or AuditSpec()
    boxes = labelled.photos.boxes
    if not any(boxes):
        raise UsageError(f"{labelled.name}: an audit needs labelled boxes, got none: give a COCO file, or a data set")
    counter = CellCounter(spec, labelled.classes)
    limits = spec.suspicious
    look_at_light = bool({"light", "weather"} & set(spec.over))
    conditions: list[Conditions] = []
    found: list[Suspicion] = []
    cut: list[list[bool]] = []
    for number in range(len(labelled)):
        own, size_wh = boxes[number], labelled.sizes_wh[number]
        file = labelled.photos.paths[number].name
        cut.append([is_cut(box.box_xyxy, size_wh) for box in own])
        found += suspect_alone(own, size_wh, number, file, limits)
        conditions_of_it = None
        if look_at_light or (own and limits.flat_difference):
            rgb_hwc = labelled.photos.load(number)
            found += suspect_flat(rgb_hwc, own, number, file, limits)
            if look_at_light:
                conditions_of_it = estimate_conditions(rgb_hwc)
                conditions.append(conditions_of_it)
        counter.add(box_levels(own, labelled.ignored[number], size_wh, conditions_of_it))
        if progress is not None:
            progress(number + 1)
    files = [path.name for path in labelled.photos.paths]
    found += suspect_by_class(boxes, labelled.sizes_wh, cut, files, limits)
    if labelled.photos.root.suffix.lower() == ".json":
        found += suspect_file(labelled.photos.root, limits.beyond_px)
    order = list(KINDS)
    found.sort(key=lambda each: (order.index(each.kind), -each.severity))
    sizes = range(1, min(2, len(counter.levels), spec.strength) + 1)
    return AuditReport(
        labelled=labelled,
        spec=spec,
        objects=counter.total,
        levels=counter.levels,
        unknown=dict(counter.unknown),
        cells=tuple(cell for size in sizes for cell in counter.cells(size)),
        thin=tuple(find_thin(counter, spec.strength)),
        suspicious=tuple(found),
        conditions=tuple(conditions),
    )


def box_levels(
    boxes: Sequence[PhotoBox],
    ignored: Sequence[PhotoBox],
    size_wh: tuple[int, int],
    conditions: Conditions | None = None,
) -> Iterator[Mapping[str, str]]:
    """Yield the levels of each object of a picture: class, size, occlusion, and light and weather where given.

    Args:
        boxes: Its labelled boxes.
        ignored: Boxes that have no label that counts, but hide others.
        size_wh: Width and height of the picture in pixels.
        conditions: Its light and weather.
    """
    covered = covered_shares([box.box_xyxy for box in (*boxes, *ignored)])
    outside = {} if conditions is None else {"light": conditions.light, "weather": conditions.weather}
    for box, share in zip(boxes, covered[: len(boxes)].tolist(), strict=True):
        yield {
            "class": box.category,
            "size": size_level(relative_size(box.box_xyxy, size_wh)),
            "occlusion": occlusion_level(share, is_cut(box.box_xyxy, size_wh)),
            **outside,
        }
