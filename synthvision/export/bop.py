"""BOP: the format of the benchmark for 6D object poses, in its layout by scenes.

``<part>_pbr/<scene>/`` holds ``rgb``, ``depth``, ``mask``, ``mask_visib``, ``scene_camera.json``, ``scene_gt.json`` and
``scene_gt_info.json``; beside the parts stand ``camera.json``, ``dataset_info.json`` and ``models``. The format is that
of https://github.com/thodan/bop_toolkit/blob/master/docs/bop_datasets_format.md, with these choices:

* A scene is 1,000 frames, as in the benchmark's own rendered training sets: frame k is image k % 1000 of scene
  k // 1000.
* Lengths are millimetres. ``cam_K`` takes the middle of a pixel for a whole number, so its principal point is half a
  pixel less than that of the records, where the middle of the first pixel is at 0.5.
* ``cam_R_m2c`` and ``cam_t_m2c`` place the middle of the model's box, which is the origin of the models here; see
  `synthvision.export.bop_models` for what an ``obj_id`` is.
* Depth is 16 bits, 0 where nothing is seen; ``depth_scale`` of a picture is the one that was asked for, or ten times as
  coarse as often as it takes to hold the farthest point.
* ``scene_gt_info.json`` is what the benchmark's own script works out: ``px_count_all`` counts the object alone on a
  canvas three times the picture, ``visib_fract`` is the share of these that is seen (so what lies outside the picture
  counts as hidden), and a box of w columns has the width w - 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import BoxXyxy, InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import atomic_file, write_bytes, write_text
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.dataset.records import RecordCamera
from synthvision.export.bop_models import BopObjects, open_models
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options, require_layers
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.geometry.poses import rotation_from_quaternion

__all__ = ["BopExporter", "BopOptions"]

IMAGES_PER_SCENE = 1_000
_DEEPEST = 65_535
_NO_BOX = [-1, -1, -1, -1]
_FILES = ("scene_camera", "scene_gt", "scene_gt_info")


class BopOptions(ExportOptions):
    """How BOP data sets are written."""

    models: bool = Field(default=True, description="Also write the models; the data set's assets must be there for it.")
    depth_scale_mm: float = Field(
        default=0.1, gt=0, description="Millimetres of one step of the depth images; coarser where depth does not fit."
    )
    split_type: str = Field(
        default="pbr", pattern=r"^\w+$", description="What is added to a part's name after an underscore."
    )
    max_objects: int = Field(default=10_000, ge=1, description="Most objects, each scale of an asset being one.")


class BopExporter:
    """Writes BOP data sets; needs depth.

    BOP has no mark for what is to be ignored: such instances are written like all others, and training on BOP goes by
    ``visib_fract``. Hidden targets are written with ``visib_fract`` 0 if some of them would lie in the picture. Left
    out is what the label policy drops. Lost are classes (``dataset_info.json`` names those of each object), attributes,
    levels, keypoints, lens and sensor, the motion of a rolling shutter, normals, flow, and what is no target. A lens
    with distortion, and a picture that was warped after it was made, cannot be held and are refused.

    Args:
        options: See `BopOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = BopOptions
    needs: ClassVar[tuple[LayerName, ...]] = ("depth",)

    def __init__(self, **options: Any) -> None:
        self._options = build_options(BopOptions, options, "bop")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last export could not hold."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the data set.

        Args:
            dataset: What to read.
            out: Folder of the BOP data set.
            parts: Which frames go into which split.

        Returns:
            `out`.

        Raises:
            DatasetError: A record is broken, has no pose or a camera that BOP cannot hold, depth or the assets are
                missing, or a file cannot be written.
        """
        require_layers(dataset, self.needs, "bop")
        manifest, options = dataset.manifest, self._options
        self._notes = Notes()
        library = open_models(manifest) if options.models else None
        objects = BopObjects(library, out / "models", options.max_objects)
        counts = dict.fromkeys(parts.names, 0)
        with ExitStack() as stack:
            scenes = {name: stack.enter_context(_Scenes(out / f"{name}_{options.split_type}")) for name in parts.names}
            for part, frame in parts.frames_of(dataset):
                entry = _frame_entry(frame, objects, scenes[part].folder_of(frame.index), options.depth_scale_mm)
                if not any(counts.values()):
                    write_text(out / "camera.json", canonical_json(_camera_json(entry[0], frame)) + "\n")
                scenes[part].write(frame.index, entry)
                counts[part] += 1
                ignored = len(frame.labels("ignored"))
                self._notes.count("ignored instances written like all others, to be told by visib_fract", ignored)
        objects.finish()
        self._notes.say(objects.sentence())
        about = {
            "generator": manifest.generator,
            "images": {f"{name}_{options.split_type}": count for name, count in counts.items()},
            "models": options.models,
            "name": manifest.name,
            "objects": objects.about(),
        }
        write_text(out / "dataset_info.json", canonical_json(about) + "\n")
        return out


#: What stands of an image in the three files of its scene.
_Entry = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


class _Scenes:
    """The JSON files of the scenes of one part; frames come in order, so one scene is open at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._scene = -1
        self._stack = ExitStack()
        self._files: tuple[BinaryIO, ...] = ()

    def __enter__(self) -> _Scenes:
        return self

    def __exit__(self, *error: Any) -> bool | None:
        if error[0] is None:
            self._end()
        return self._stack.__exit__(*error)

    def folder_of(self, frame: int) -> Path:
        return self._folder / f"{frame // IMAGES_PER_SCENE:06d}"

    def write(self, frame: int, entry: _Entry) -> None:
        scene, image = divmod(frame, IMAGES_PER_SCENE)
        first = scene != self._scene
        if first:
            self._end()
            folder = self.folder_of(frame)
            self._files = tuple(self._stack.enter_context(atomic_file(folder / f"{name}.json")) for name in _FILES)
            self._scene = scene
        for file, value in zip(self._files, entry, strict=True):
            file.write(f'{"{" if first else ","}\n"{image}":{canonical_json(value)}'.encode())

    def _end(self) -> None:
        for file in self._files:
            file.write(b"\n}\n")
        self._files = ()
        self._stack.close()


def _frame_entry(frame: DatasetFrame, objects: BopObjects, folder: Path, depth_scale_mm: float) -> _Entry:
    """Write the images of a frame and return what stands of it in the files of its scene."""
    record, image = frame.record, frame.index % IMAGES_PER_SCENE
    if record.camera is None or record.scene["camera"].get("lens") is not None:
        raise DatasetError(
            f"BOP holds pictures of pinhole cameras, but that of frame {frame.index} "
            + ("was warped after it was made" if record.camera is None else "has a lens with distortion")
        )
    picture = frame.path("image")
    place_file(picture, folder / "rgb" / f"{image:06d}{picture.suffix}")
    depth_m = frame.depth()
    steps, scale = _depth_steps(depth_m, depth_scale_mm)
    _write_png(folder / "depth" / f"{image:06d}.png", steps)
    items = {item["instance_id"]: item for item in record.scene["objects"]}
    poses: list[dict[str, Any]] = []
    infos: list[dict[str, Any]] = []
    for label in frame.labels("labelled", "ignored", "hidden"):
        if label.status == "hidden" and not label.alone_pixels:
            continue
        silhouette, visible = _masks(frame, label)
        name = f"{image:06d}_{len(poses):06d}.png"
        _write_png(folder / "mask" / name, silhouette * np.uint8(255))
        _write_png(folder / "mask_visib" / name, visible * np.uint8(255))
        poses.append(_pose(frame, label, objects.id_of(label, items[label.instance_id])))
        infos.append(_info(label, int((steps[silhouette] > 0).sum())))
    return _camera(record.camera, scale), poses, infos


def _camera(camera: RecordCamera, depth_scale: float) -> dict[str, Any]:
    (fx, skew, cx), (_, fy, cy), _ = camera.k_33
    rows = camera.camera_from_world[:3]
    return {
        "cam_K": [fx, skew, cx - 0.5, 0.0, fy, cy - 0.5, 0.0, 0.0, 1.0],
        "cam_R_w2c": [value for row in rows for value in row[:3]],
        "cam_t_w2c": [row[3] * 1_000.0 for row in rows],
        "depth_scale": depth_scale,
    }


def _camera_json(camera: Mapping[str, Any], frame: DatasetFrame) -> dict[str, Any]:
    width, height = frame.record.size_wh
    fx, _, cx, _, fy, cy, *_ = camera["cam_K"]
    return {
        "cx": cx,
        "cy": cy,
        "depth_scale": camera["depth_scale"],
        "fx": fx,
        "fy": fy,
        "height": height,
        "width": width,
    }


def _pose(frame: DatasetFrame, label: InstanceLabel, object_id: int) -> dict[str, Any]:
    if label.pose is None or label.bbox_3d is None:
        raise DatasetError(
            f"frame {frame.index}, {label.name}: a pose and a 3D box must be known to be written for BOP"
        )
    return {
        "cam_R_m2c": rotation_from_quaternion(label.pose.rotation_wxyz).ravel().tolist(),
        "cam_t_m2c": [value * 1_000.0 for value in label.bbox_3d.centre_m],
        "obj_id": object_id,
    }


def _masks(frame: DatasetFrame, label: InstanceLabel) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the object alone inside the picture, and what is seen of it, bool (height, width) each."""
    width, height = frame.record.size_wh
    if label.alone_pixels is None or label.alone_pixels_canvas is None:
        raise DatasetError(
            f"frame {frame.index}, {label.name}: BOP needs the outline of each object alone, which this record lacks; "
            f"make the frame again: synthvision replay {frame.layout.root} --frame {frame.index}"
        )
    empty = np.zeros((height, width), np.bool_)
    silhouette = empty if label.amodal_rle is None else decode_rle(label.amodal_rle)
    return silhouette, empty if label.rle is None else decode_rle(label.rle)


def _info(label: InstanceLabel, valid: int) -> dict[str, Any]:
    seen, whole = label.visible_pixels, label.alone_pixels_canvas or 0
    return {
        "bbox_obj": _box(label.amodal_box_xyxy if seen else None),
        "bbox_visib": _box(label.box_xyxy),
        "px_count_all": whole,
        "px_count_valid": valid,
        "px_count_visib": seen,
        "visib_fract": seen / whole if whole else 0.0,
    }


def _box(box_xyxy: BoxXyxy | None) -> list[int]:
    """Return x, y, width and height as the benchmark counts them: from the first pixel to the last."""
    if box_xyxy is None:
        return _NO_BOX
    x1, y1, x2, y2 = box_xyxy
    return [x1, y1, x2 - 1 - x1, y2 - 1 - y1]


def _depth_steps(depth_m_hw: NDArray[np.float32], scale_mm: float) -> tuple[NDArray[np.uint16], float]:
    """Return depth in whole steps, 0 where nothing is seen, and the millimetres of a step."""
    seen = np.isfinite(depth_m_hw)
    depth_mm = np.where(seen, depth_m_hw, 0.0).astype(np.float64) * 1_000.0
    scale = scale_mm
    while depth_mm.max(initial=0.0) / scale > _DEEPEST:
        scale *= 10.0
    # What is seen has at least one step: 0 says that nothing is there.
    steps = np.where(seen, np.maximum(np.rint(depth_mm / scale), 1.0), 0.0)
    return steps.astype(np.uint16), scale


def _write_png(path: Path, pixels: NDArray[Any]) -> None:
    ok, data = cv2.imencode(".png", pixels)
    if not ok:
        raise DatasetError(f"an image of shape {pixels.shape} could not be written as {path}")
    write_bytes(path, bytes(data))
