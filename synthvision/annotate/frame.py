"""One frame from ids to labels: every object of the scene with its mask, its figures and the policy's verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.contrast import apparent_contrasts, picture_noise
from synthvision.annotate.placement import ModelSource, camera_pose, locate_keypoints, model_facts, oriented_box
from synthvision.annotate.policy import TARGET_ROLES, judge_instance
from synthvision.annotate.rle import InstanceMask, encode_coverages, encode_id_image
from synthvision.annotate.transmittance import mean_transmittances
from synthvision.core.errors import FrameError, UsageError, nearest_name
from synthvision.core.frames import AmodalCoverage, CapturedFrame
from synthvision.core.labels import BoxXyxy, InstanceLabel, Status, label_to_json
from synthvision.scene import Scene, SceneObject, scene_to_json
from synthvision.scene.levels import weather_levels
from synthvision.scene.rolling import rolled_motion
from synthvision.scene.tracks import track_id

__all__ = ["AnnotatedFrame", "annotate_frame", "coverage_ids"]


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """A frame's scene and labels.

    Args:
        scene: What the frame shows.
        instances: One label for each object of the scene, by ascending instance id.
        exposure_ev100: The exposure value at ISO 100 that was used.
        noise: Standard deviation of the picture's noise in 8-bit levels (see `contrast.picture_noise`).
        factor_levels: Level of each sampled factor of the scene file; those of measured ones are on the instances.
    """

    scene: Scene
    instances: tuple[InstanceLabel, ...]
    exposure_ev100: float
    noise: float
    factor_levels: Mapping[str, str] = field(default_factory=dict)

    @property
    def frame(self) -> int:
        """Frame index k."""
        return self.scene.origin.frame

    def with_status(self, *status: Status) -> tuple[InstanceLabel, ...]:
        """Return the instances that have one of the given statuses."""
        return tuple(label for label in self.instances if label.status in status)

    def counts(self) -> dict[str, int]:
        """Return the number of labelled instances by class, classes without one left out."""
        found = Counter(label.category for label in self.with_status("labelled") if label.category is not None)
        return dict(sorted(found.items()))

    def to_record(self) -> dict[str, Any]:
        """Return the frame's line in ``records/*.jsonl`` as JSON values; the writer adds ``files``."""
        camera = self.scene.camera
        return {
            "frame": self.frame,
            "size_wh": list(camera.size_wh),
            "camera": {
                "k_33": camera.k_33.tolist(),
                "camera_from_world": camera.camera_from_world.tolist(),
            },
            "exposure_ev100": self.exposure_ev100,
            "noise": self.noise,
            "weather": weather_levels(self.scene),
            "instances": [label_to_json(label) for label in self.instances],
            "scene": scene_to_json(self.scene),
            **({"factor_levels": dict(self.factor_levels)} if self.factor_levels else {}),
        }


def coverage_ids(scene: Scene) -> tuple[int, ...]:
    """Return the ids whose coverage alone labels need: every object but ground, walls and the like."""
    return tuple(item.instance_id for item in scene.objects if item.role != "background")


def annotate_frame(
    scene: Scene,
    captured: CapturedFrame,
    library: ModelSource,
    policy: LabelPolicy,
    classes: Sequence[str],
) -> AnnotatedFrame:
    """Return every object of a scene with its mask, box, visibility, pose and the policy's verdict.

    Args:
        scene: What the frame shows.
        captured: The final picture, the label images that go with it, and what air and lens let through.
        library: Loads models, for bounds and keypoints.
        policy: Which instances become annotations.
        classes: The job's class names.

    Raises:
        UsageError: A target has a class that the job does not name, the picture and the ids differ in size, or a
            rule needs a coverage that the renderer was not asked for.
        FrameError: The id image holds an id that no object of the scene has, or a transmittance is not 0 to 1.
        AssetError: A model cannot be loaded.
    """
    labels = captured.labels
    if captured.rgb_hwc.shape[:2] != labels.id_hw.shape:
        raise UsageError(
            f"picture and ids must have one size, got {captured.rgb_hwc.shape[:2]} and {labels.id_hw.shape}"
        )
    objects = sorted(scene.objects, key=lambda item: item.instance_id)
    _check_classes(objects, classes)
    masks = encode_id_image(labels.id_hw)
    strangers = sorted(masks.keys() - {item.instance_id for item in objects})
    if strangers:
        raise FrameError(f"every id in the picture must belong to an object of the scene, got {strangers[:5]}")
    amodal = dict(zip(labels.amodal, encode_coverages(labels.amodal.values(), _size_hw(labels.id_hw)), strict=True))
    noise = picture_noise(captured.rgb_hwc)
    boxes = {
        item.instance_id: masks[item.instance_id].box_xyxy
        for item in objects
        if item.role != "background" and item.instance_id in masks
    }
    contrasts = apparent_contrasts(captured.rgb_hwc, labels.id_hw, boxes, noise)
    pixels = {instance_id: mask.area for instance_id, mask in masks.items()}
    through_air = mean_transmittances(labels.id_hw, captured.air_transmittance_hw, pixels)
    through_lens = mean_transmittances(labels.id_hw, captured.lens_transmittance_hw, pixels)
    instances = []
    for item in objects:
        label_id = item.instance_id
        pose = camera_pose(scene.camera, item)
        motion = rolled_motion(scene.camera, item)
        facts = model_facts(library, item)
        figures = _Figures(masks.get(label_id), labels.amodal.get(label_id))
        contrast = contrasts.get(label_id)
        air, lens = through_air.get(label_id, 1.0), through_lens.get(label_id, 1.0)
        status, reasons = judge_instance(
            policy,
            role=item.role,
            category=item.category,
            visible_pixels=figures.visible_pixels,
            box_xyxy=figures.box_xyxy,
            visible_fraction=figures.visible_fraction,
            truncation=figures.truncation,
            contrast_transmittance=air,
            lens_transmittance=lens,
            apparent_contrast=contrast,
        )
        instances.append(
            InstanceLabel(
                instance_id=label_id,
                name=item.name,
                role=item.role,
                category=item.category,
                status=status,
                reasons=reasons,
                visible_pixels=figures.visible_pixels,
                box_xyxy=figures.box_xyxy,
                centroid_xy=None if figures.mask is None else figures.mask.centroid_xy,
                rle=None if figures.mask is None else figures.mask.rle,
                alone_pixels=None if figures.coverage is None else figures.coverage.alone_pixels,
                alone_pixels_canvas=None if figures.coverage is None else figures.coverage.alone_pixels_canvas,
                visible_fraction=figures.visible_fraction,
                truncation=figures.truncation,
                amodal_box_xyxy=None if figures.coverage is None else figures.coverage.box_xyxy,
                amodal_rle=amodal.get(label_id),
                contrast_transmittance=air,
                lens_transmittance=lens,
                apparent_contrast=contrast,
                pose=pose,
                bbox_3d=oriented_box(scene.camera, pose, facts, motion),
                keypoints=locate_keypoints(scene.camera, pose, facts, label_id, labels, motion),
                attributes=item.attributes,
                track_id=track_id(scene.origin, label_id),
            )
        )
    return AnnotatedFrame(scene, tuple(instances), float(captured.exposure_ev100), noise)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the pixels say about one instance."""

    mask: InstanceMask | None
    coverage: AmodalCoverage | None

    @property
    def box_xyxy(self) -> BoxXyxy | None:
        return None if self.mask is None else self.mask.box_xyxy

    @property
    def visible_pixels(self) -> int:
        return 0 if self.mask is None else self.mask.area

    @property
    def visible_fraction(self) -> float | None:
        if self.coverage is None:
            return None
        return self.visible_pixels / self.coverage.alone_pixels if self.coverage.alone_pixels else 0.0

    @property
    def truncation(self) -> float | None:
        if self.coverage is None or not self.coverage.alone_pixels_canvas:
            return None
        return 1 - self.coverage.alone_pixels / self.coverage.alone_pixels_canvas


def _size_hw(id_hw: Any) -> tuple[int, int]:
    height, width = id_hw.shape
    return int(height), int(width)


def _check_classes(objects: Iterable[SceneObject], classes: Sequence[str]) -> None:
    allowed = set(classes)
    for item in objects:
        if item.role in TARGET_ROLES and item.category is not None and item.category not in allowed:
            near = nearest_name(item.category, classes)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(
                f"object {item.name!r} must have a class of the job ({', '.join(classes)}), got {item.category!r}{hint}"
            )
