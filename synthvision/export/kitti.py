"""KITTI object detection, 2D and 3D: ``image_2``, ``label_2``, ``calib`` and ``ImageSets``.

A line of ``label_2/000017.txt`` is type, truncated, occluded, alpha, bbox (4), height, width, length, location (3) and
rotation_y, as the development kit's readme has it (https://www.cvlibs.net/datasets/kitti/eval_object.php?obj_benchmark=3d).

- KITTI's pixel coordinates are 0 at the centre of the top-left pixel; in a data set that is (0.5, 0.5). ``P2`` has the
  principal point shifted by half a pixel, and a box goes from the centre of its first pixel to that of its last: the
  half-open (x1, y1, x2, y2) is written (x1, y1, x2 - 1, y2 - 1).
- Location is the middle of the box's lower side in camera axes (x right, y down, z forward, metres). KITTI's boxes turn
  about the y axis alone, since its cameras look along the horizon. The side of a box nearest to that axis is its
  height; length lies along the model's x axis (its front) and width along y. What is tilted beyond that by more than
  some degrees, as everything is that a camera looks down on, is written without a 3D box or, on request, upright with
  the same centre, size and heading; it is counted either way. With ``axes=level`` 3D boxes are in axes of which y
  points to the ground, so that whatever stands upright fits, and ``P2`` turns them into the camera's: right for readers
  that project with the whole matrix, wrong for those that take it for focal lengths and a principal point.
- alpha = rotation_y - atan2(x, z). occluded is 0, 1 or 2 by the visible fraction, 3 where that is not known.
- There is no laser scanner: ``Tr_velo_to_cam`` only exchanges axes, as if one stood where the camera stands.
- Everything lies in ``training/``, but a part called ``test`` in ``testing/``, where readers look for it; it has labels
  too. ``ImageSets/<part>.txt`` lists the parts.

What the files cannot hold: masks, keypoints, tilted poses, lens distortion, names with spaces (written with ``_``).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.labels import InstanceLabel, OrientedBox
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.dataset.records import FrameRecord, RecordCamera
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_picture
from synthvision.geometry.poses import rotation_from_quaternion

__all__ = ["KittiBox", "KittiExporter", "kitti_box", "kitti_names", "level_from_camera"]

_DONT_CARE = "DontCare"
_UNKNOWN_3D = "-1 -1 -1 -1000 -1000 -1000 -10"


class KittiOptions(ExportOptions):
    """How KITTI files are written."""

    axes: Literal["camera", "level"] = Field(
        default="camera",
        description="Axes of 3D boxes: the camera's, or level ones at the same place (y to the ground), with a P2 that "
        "turns them into the camera's.",
    )
    tilted: Literal["fit", "unknown"] = Field(
        default="unknown",
        description="3D boxes that are turned about more than the y axis: without their 3D part, or upright "
        "with the same centre, size and heading.",
    )
    tilted_above_deg: float = Field(
        default=5.0, ge=0, le=90, description="Degrees between a box and the y axis above which it is tilted."
    )
    distorted: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="Pictures of a lens with distortion: refused, since P2 would not fit them, or written with the P2 "
        "of a pinhole.",
    )
    partly_below: float = Field(
        default=0.9, ge=0, le=1, description="Visible fraction below which an object is partly occluded (1)."
    )
    largely_below: float = Field(
        default=0.5, ge=0, le=1, description="Visible fraction below which an object is largely occluded (2)."
    )


@dataclass(frozen=True, slots=True)
class KittiBox:
    """A 3D box as KITTI has it.

    Args:
        size_hwl_m: Height along the y axis, width, length.
        location_m: Middle of the lower side.
        rotation_y_rad: Turn about the y axis, -pi..pi; 0 heads along the x axis.
        tilt_rad: Angle between the box's upright side and the y axis, 0..pi/2.
        lies: Whether the model's z axis is not its upright side.
    """

    size_hwl_m: tuple[float, float, float]
    location_m: tuple[float, float, float]
    rotation_y_rad: float
    tilt_rad: float
    lies: bool


def kitti_box(box: OrientedBox, axes_from_camera: NDArray[np.float64] | None = None) -> KittiBox:
    """Return the box that KITTI can hold which is nearest to an oriented box: same centre, size and heading.

    Args:
        box: In camera axes.
        axes_from_camera: float64 (3, 3), turn into the axes of the result; None for the camera's.
    """
    turn = np.eye(3) if axes_from_camera is None else axes_from_camera
    axes = turn @ rotation_from_quaternion(box.rotation_wxyz)
    upright = int(np.argmax(np.abs(axes[1])))
    # The model's front is +x; where that stands upright, its z axis heads somewhere.
    forward, across = ((0, 1), (0, 2), (2, 1))[(2, 1, 0).index(upright)]
    height, width, length = (box.size_m[axis] for axis in (upright, across, forward))
    x, y, z = (turn @ box.centre_m).tolist()
    heading = axes[:, forward]
    return KittiBox(
        size_hwl_m=(height, width, length),
        location_m=(x, y + height / 2, z),
        rotation_y_rad=float(np.arctan2(-heading[2], heading[0])),
        tilt_rad=float(np.arccos(min(1.0, abs(axes[1, upright])))),
        lies=upright != 2,
    )


def level_from_camera(camera: RecordCamera) -> NDArray[np.float64]:
    """Return the turn from camera axes to level ones, float64 (3, 3): y to the ground, z where the camera looks."""
    down = -np.array(camera.camera_from_world)[:3, 2]
    forward = np.array([0.0, 0.0, 1.0])
    # Straight down or up there is no such direction: then z is where the top of the picture points.
    if abs(down[2]) > 1 - 1e-9:
        forward = np.array([0.0, -1.0, 0.0])
    forward -= (forward @ down) * down
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(down, forward), down, forward])


def kitti_names(class_names: tuple[str, ...]) -> dict[str, str]:
    """Return the type that is written for each class: its name with ``_`` for spaces.

    Raises:
        UsageError: Two classes would get the same type, or one that of KITTI's own mark.

    Example:
        >>> kitti_names(("traffic cone", "car"))
        {'traffic cone': 'traffic_cone', 'car': 'car'}
    """
    names = {name: "_".join(name.split()) for name in class_names}
    found: dict[str, str] = {_DONT_CARE: "KITTI's own mark"}
    for name, written in names.items():
        if written in found:
            raise UsageError(
                f"KITTI's types have no spaces, so that class {name!r} would be written {written!r}, like "
                f"{found[written]}; rename one"
            )
        found[written] = f"class {name!r}"
    return names


class KittiExporter:
    """Writes KITTI files.

    What the label policy ignores is a ``DontCare`` line with its box, which KITTI's evaluation skips. See the module
    for what is lost.

    Args:
        options: See `KittiOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = KittiOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(KittiOptions, options, "kitti")
        if self._options.largely_below > self._options.partly_below:
            raise UsageError("option largely_below of kitti must not be above partly_below")
        self._notes = Notes()
        self._most_tilted_rad = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be held, one sentence each."""
        if not self._most_tilted_rad:
            return self._notes.sentences
        most = f"the most tilted 3D box is {np.degrees(self._most_tilted_rad):.1f} degrees off the y axis"
        return (*self._notes.sentences, most)

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the files and return their folder.

        Raises:
            DatasetError: A record is broken, a picture is missing or distorted, or a file cannot be written.
            UsageError: Two classes would get the same type.
        """
        self._notes, self._most_tilted_rad = Notes(), 0.0
        names = kitti_names(dataset.manifest.class_names)
        for name, written in names.items():
            if name != written:
                self._notes.say(f"class {name!r} is written {written!r}")
        with ExitStack() as stack:
            lists = {name: stack.enter_context(atomic_file(out / "ImageSets" / f"{name}.txt")) for name in parts.names}
            for part, frame in parts.frames_of(dataset):
                name = f"{frame.index:06d}"
                lists[part].write(f"{name}\n".encode())
                self._write_frame(frame, out / ("testing" if part == "test" else "training"), name, names)
        return out

    def _write_frame(self, frame: DatasetFrame, folder: Path, name: str, names: Mapping[str, str]) -> None:
        level = None
        if self._options.axes == "level" and frame.record.camera is not None:
            level = level_from_camera(frame.record.camera)
        calibration = self._calibration(frame.record, level)
        # Readers of KITTI look for PNG; a JPEG is written as the pixels that it decodes to.
        place_picture(frame, folder / "image_2" / name, "png")
        lines = [self._line(frame.index, label, names, level) for label in frame.labels("labelled")]
        # The development kit expects the regions that do not count after the objects.
        lines += [_dont_care(frame.index, label) for label in frame.labels("ignored")]
        write_text(folder / "label_2" / f"{name}.txt", "".join(f"{line}\n" for line in lines))
        if calibration is not None:
            write_text(folder / "calib" / f"{name}.txt", calibration)

    def _calibration(self, record: FrameRecord, level: NDArray[np.float64] | None) -> str | None:
        if record.camera is None:
            self._notes.count("pictures without calib, since they were warped after they were made")
            return None
        if record.scene.get("camera", {}).get("lens") is not None:
            if self._options.distorted == "refuse":
                raise DatasetError(
                    f"KITTI needs pictures without distortion, but frame {record.frame} was taken through a lens; "
                    "render it with a pinhole, or convert with distorted=allow, which leaves the lens out of P2"
                )
            self._notes.count("pictures with a P2 that leaves out the distortion of their lens")
        k = np.array(record.camera.k_33)
        k[:2, 2] -= 0.5
        if level is not None:
            k = k @ level.T
        p = np.concatenate([k, np.zeros((3, 1))], axis=1)
        matrices = {f"P{number}": p for number in range(4)}
        matrices["R0_rect"] = np.eye(3)
        # A scanner's axes are x forward, y left, z up.
        matrices["Tr_velo_to_cam"] = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]])
        matrices["Tr_imu_to_velo"] = np.eye(3, 4)
        lines = [f"{name}: {' '.join(f'{value:.12e}' for value in m.ravel())}\n" for name, m in matrices.items()]
        return "".join(lines)

    def _line(
        self, frame: int, label: InstanceLabel, names: Mapping[str, str], level: NDArray[np.float64] | None
    ) -> str:
        if label.category is None or label.category not in names or label.box_xyxy is None:
            raise DatasetError(
                f"frame {frame}, {label.name}: a labelled instance must have a pixel and a class of the manifest"
            )
        truncated = -1.0 if label.truncation is None else label.truncation
        head = f"{names[label.category]} {truncated:.4f} {self._occluded(label.visible_fraction)}"
        box = self._box(label, level)
        if box is None:
            return f"{head} -10 {_box_2d(label)} {_UNKNOWN_3D}"
        x, y, z = box.location_m
        alpha = _wrapped(box.rotation_y_rad - np.arctan2(x, z))
        numbers = (*box.size_hwl_m, x, y, z, box.rotation_y_rad)
        return f"{head} {alpha:.6f} {_box_2d(label)} {' '.join(f'{value:.6f}' for value in numbers)}"

    def _box(self, label: InstanceLabel, level: NDArray[np.float64] | None) -> KittiBox | None:
        if label.bbox_3d is None:
            self._notes.count("objects without a 3D box, since the picture was warped after it was made")
            return None
        box = kitti_box(label.bbox_3d, level)
        if box.tilt_rad <= np.radians(self._options.tilted_above_deg):
            if box.lies:
                self._notes.count("3D boxes of objects that lie on a side, with heights and headings of the box")
            return box
        self._most_tilted_rad = max(self._most_tilted_rad, box.tilt_rad)
        angle = f"{self._options.tilted_above_deg:g} degrees"
        if self._options.tilted == "unknown":
            self._notes.count(f"3D boxes tilted by more than {angle}, left out (tilted=fit writes them upright)")
            return None
        self._notes.count(
            f"3D boxes tilted by more than {angle}, written upright with the same centre, size and heading"
        )
        return box

    def _occluded(self, visible_fraction: float | None) -> int:
        if visible_fraction is None:
            return 3
        if visible_fraction >= self._options.partly_below:
            return 0
        return 1 if visible_fraction >= self._options.largely_below else 2


def _box_2d(label: InstanceLabel) -> str:
    assert label.box_xyxy is not None
    x1, y1, x2, y2 = label.box_xyxy
    return f"{x1:.2f} {y1:.2f} {x2 - 1:.2f} {y2 - 1:.2f}"


def _dont_care(frame: int, label: InstanceLabel) -> str:
    if label.box_xyxy is None:
        raise DatasetError(f"frame {frame}, {label.name}: an ignored instance must have a visible pixel")
    return f"{_DONT_CARE} -1 -1 -10 {_box_2d(label)} {_UNKNOWN_3D}"


def _wrapped(angle_rad: float) -> float:
    """Return an angle in -pi..pi."""
    return float((angle_rad + np.pi) % (2 * np.pi) - np.pi)
