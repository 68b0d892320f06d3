"""Checks of masks and of what is counted on them: partition, extent, area, visibility, policy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthvision.annotate.contrast import apparent_contrasts, picture_noise
from synthvision.annotate.policy import TARGET_ROLES, judge_instance
from synthvision.core.errors import UsageError
from synthvision.dataset.images import semantic_image
from synthvision.geometry.boxes import tight_box
from synthvision.inspect.checks.frame_view import FrameCheck, FrameView, describe

__all__ = ["MASK_CHECKS"]

_TOLERANCE = 1e-6


def check_mask_decodes(view: FrameView) -> Iterator[str]:
    """Every mask is whole and has the size of the picture."""
    for label in view.record.instances:
        for kind, rle in (("mask", label.rle), ("amodal mask", label.amodal_rle)):
            problem = view.mask_problem(rle) if rle is not None else ""
            if problem:
                yield f"{describe(label)}: {kind}: {problem}"


def check_mask_overlap(view: FrameView) -> Iterator[str]:
    """No pixel belongs to two instances."""
    taken = np.zeros(view.shape_hw, np.uint16)
    for label in view.record.instances:
        mask = view.visible.get(label.instance_id)
        if mask is None:
            continue
        shared = taken[mask]
        if shared.any():
            others = sorted({int(value) for value in np.unique(shared)} - {0})
            yield f"{describe(label)}: {int(np.count_nonzero(shared))} of its pixels also belong to instance {others}"
        taken[mask] = label.instance_id


def check_mask_ids(view: FrameView) -> Iterator[str]:
    """The masks make exactly the id image on disk."""
    ids = view.pixels("ids")
    if ids is None:
        return
    wrong = ids != view.id_image
    if wrong.any():
        y, x = (int(value[0]) for value in np.nonzero(wrong))
        yield (
            f"{int(wrong.sum())} pixels of the id image differ from the masks, first at ({x}, {y}): "
            f"image {int(ids[y, x])}, masks {int(view.id_image[y, x])}"
        )


def check_semantic(view: FrameView) -> Iterator[str]:
    """The class image on disk gives each pixel the class of its instance."""
    pixels = view.pixels("semantic")
    if pixels is None:
        return
    numbers = {name: number for number, name in enumerate(view.manifest.class_names, start=1)}
    classes = {
        label.instance_id: numbers[label.category]
        for label in view.record.instances
        if label.role in TARGET_ROLES and label.category in numbers
    }
    wrong = int(np.count_nonzero(pixels != semantic_image(view.id_image, classes)))
    if wrong:
        yield f"{wrong} pixels of the class image differ from the classes of the masks"


def check_box_extent(view: FrameView) -> Iterator[str]:
    """The box of an instance is the extent of its mask, half-open."""
    for label in view.record.instances:
        if label.rle is None and label.box_xyxy is not None:
            yield f"{describe(label)}: it has no visible pixel, but the box {label.box_xyxy}"
        mask = view.visible.get(label.instance_id)
        if mask is not None and tight_box(mask) != label.box_xyxy:
            yield f"{describe(label)}: the box must be {tight_box(mask)}, got {label.box_xyxy}"


def check_mask_area(view: FrameView) -> Iterator[str]:
    """The area of an instance is the number of pixels of its mask, one or more."""
    for label in view.record.instances:
        mask = view.visible.get(label.instance_id)
        pixels = 0 if mask is None else int(mask.sum())
        if label.rle is None or mask is not None:
            if pixels != label.visible_pixels:
                yield f"{describe(label)}: the area must be {pixels} pixels, got {label.visible_pixels}"
            if mask is not None and not pixels:
                yield f"{describe(label)}: an instance without a visible pixel must have no mask"


def check_amodal_contains_visible(view: FrameView) -> Iterator[str]:
    """The mask of an object alone holds every pixel of its visible mask."""
    for label in view.record.instances:
        mask, alone = view.visible.get(label.instance_id), view.amodal.get(label.instance_id)
        if mask is None or label.alone_pixels is None:
            continue
        outside = int(np.count_nonzero(mask if alone is None else mask & ~alone))
        if outside:
            yield f"{describe(label)}: {outside} visible pixels are outside the mask of the object alone"


def check_amodal_area(view: FrameView) -> Iterator[str]:
    """Pixels and box of an object alone agree with its mask."""
    height, width = view.shape_hw
    for label in view.record.instances:
        if label.alone_pixels is None or (label.amodal_rle is not None and label.instance_id not in view.amodal):
            continue
        alone = view.amodal.get(label.instance_id)
        pixels = 0 if alone is None else int(alone.sum())
        if pixels != label.alone_pixels:
            yield f"{describe(label)}: the object alone must have {pixels} pixels, got {label.alone_pixels}"
        box = label.amodal_box_xyxy
        extent = None if alone is None else tight_box(alone)
        clipped = None
        if box is not None:
            x1, y1, x2, y2 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
            clipped = (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
        # After augmentation the box is that of the source where pixels moved as a whole, and else not known.
        if view.record.augmentation is not None and (box is None or view.record.augmentation.geometry != "pixels"):
            if box is not None and extent is not None and not _holds(clipped, extent):
                yield f"{describe(label)}: the amodal box {box} must hold its amodal mask, {extent}"
            continue
        # An object with parts outside the picture may reach less far inside than its whole box does.
        inside = box is not None and clipped == box
        if (inside and clipped != extent) or (extent is not None and not _holds(clipped, extent)):
            yield f"{describe(label)}: the amodal box {box} must be the extent of its amodal mask, {extent}"


def check_visible_fraction(view: FrameView) -> Iterator[str]:
    """The visible fraction is visible pixels over pixels of the object alone, 0 to 1."""
    for label in view.record.instances:
        if label.visible_fraction is None or label.alone_pixels is None:
            continue
        expected = label.visible_pixels / label.alone_pixels if label.alone_pixels else 0.0
        if abs(expected - label.visible_fraction) > _TOLERANCE or not 0 <= label.visible_fraction <= 1:
            got = label.visible_fraction
            yield f"{describe(label)}: visible_fraction must be {expected:.6f}, 0 to 1, got {got:.6f}"


def check_truncation(view: FrameView) -> Iterator[str]:
    """The truncation is the share of the object's own pixels outside the picture, 0 to 1."""
    for label in view.record.instances:
        if label.truncation is None or label.alone_pixels is None or not label.alone_pixels_canvas:
            continue
        expected = 1 - label.alone_pixels / label.alone_pixels_canvas
        if abs(expected - label.truncation) > _TOLERANCE or not 0 <= label.truncation <= 1:
            yield f"{describe(label)}: truncation must be {expected:.6f}, 0 to 1, got {label.truncation:.6f}"


def check_transmittance(view: FrameView) -> Iterator[str]:
    """Transmittances are 0 to 1, and 1 in clear air and behind clean glass."""
    weather, camera = (view.record.scene.get(key) or {} for key in ("weather", "camera"))
    thinned = {
        "contrast_transmittance": any(weather.get(key) for key in ("air", "rain", "snowfall")),
        "lens_transmittance": bool(camera.get("lens_surface")),
    }
    for label in view.record.instances:
        for name, may_be_less in thinned.items():
            value = getattr(label, name)
            if not 0 <= value <= 1:
                yield f"{describe(label)}: {name} must be 0 to 1, got {value}"
            elif value != 1 and not (may_be_less and label.visible_pixels):
                why = "the scene has nothing that dims it" if label.visible_pixels else "it has no visible pixel"
                yield f"{describe(label)}: {name} must be 1, since {why}, got {value}"


def check_contrast(view: FrameView) -> Iterator[str]:
    """The apparent contrast is what the picture on disk shows inside and around the masks.

    Only for lossless pictures. It fails for a picture that does not belong to the masks: flipped, shifted, or of
    another frame.
    """
    picture = view.pixels("image")
    if picture is None or view.manifest.layers["image"].suffix != "png":
        return
    noise = picture_noise(picture)
    if abs(noise - view.record.noise) > _TOLERANCE * max(noise, 1):
        yield f"the noise of the picture must be {view.record.noise:.4f} levels, got {noise:.4f}"
        return
    stated = {label.instance_id: label for label in view.record.instances if label.apparent_contrast is not None}
    boxes = {instance_id: box for instance_id in stated if (box := tight_box(view.id_image == instance_id)) is not None}
    for instance_id, value in apparent_contrasts(picture, view.id_image, boxes, noise).items():
        label = stated[instance_id]
        expected = label.apparent_contrast
        if value is None or expected is None or abs(value - expected) > _TOLERANCE * max(expected, 1):
            yield f"{describe(label)}: apparent_contrast must be {value}, as in the picture, got {expected}"


def check_instance_ids(view: FrameView) -> Iterator[str]:
    """Instance ids are 1 to 65,535, each once, ascending."""
    ids = [label.instance_id for label in view.record.instances]
    doubled = sorted({value for value in ids if ids.count(value) > 1})
    if doubled:
        yield f"instance ids must be unique, got {doubled} more than once"
    elif ids != sorted(ids):
        yield f"instances must stand by ascending id, got {ids[:8]}"
    for value in ids:
        if not 1 <= value <= 65_535:
            yield f"an instance id must be 1 to 65535, got {value}"


def check_category_known(view: FrameView) -> Iterator[str]:
    """Every class stands in the manifest."""
    for label in view.record.instances:
        if (
            label.category is not None
            and label.role in TARGET_ROLES
            and label.category not in view.manifest.class_names
        ):
            yield f"{describe(label)}: the class must be one of {', '.join(view.manifest.class_names)}"


def check_policy(view: FrameView) -> Iterator[str]:
    """The status of every instance is what the label policy gives, or ignored where the guard of realism says so."""
    realism = view.record.realism
    refused = {each.instance_id for each in realism.instances if each.decision == "ignored"} if realism else set()
    for label in view.record.instances:
        try:
            status, reasons = judge_instance(
                view.policy,
                role=label.role,
                category=label.category,
                visible_pixels=label.visible_pixels,
                box_xyxy=label.box_xyxy,
                visible_fraction=label.visible_fraction,
                truncation=label.truncation,
                contrast_transmittance=label.contrast_transmittance,
                lens_transmittance=label.lens_transmittance,
                apparent_contrast=label.apparent_contrast,
            )
        except UsageError as error:
            yield f"{describe(label)}: {error}"
            continue
        if status == "labelled" and label.instance_id in refused:
            status = "ignored"
        if status != label.status:
            why = f" ({'; '.join(reasons)})" if reasons else ""
            yield f"{describe(label)}: the label policy makes it {status}{why}, but it is {label.status}"


MASK_CHECKS: tuple[FrameCheck, ...] = (
    check_instance_ids,
    check_mask_decodes,
    check_mask_overlap,
    check_mask_ids,
    check_semantic,
    check_box_extent,
    check_mask_area,
    check_amodal_contains_visible,
    check_amodal_area,
    check_visible_fraction,
    check_truncation,
    check_transmittance,
    check_contrast,
    check_category_known,
    check_policy,
)


def _holds(outer: tuple[int, int, int, int] | None, inner: tuple[int, int, int, int]) -> bool:
    if outer is None:
        return False
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
