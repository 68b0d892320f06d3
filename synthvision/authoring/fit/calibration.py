"""How sizes and places of boxes become values of a scene: solved by trying the scene out, without drawing it.

What the boxes of a picture share is set for each scene: how large they are by the camera's distance (or its field of
view, where it stands at a stated place), where they are by the camera's principal point, which shifts the whole picture
as cropping a photo does. What a scene adds of its own to these (its camera's other values, the chance of how objects
lie) is measured and taken off what is set, so that the sum varies as the photos do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.annotations import RealImage
from synthvision.authoring.fit.features import PictureTable, box_table, picture_table
from synthvision.authoring.fit.simulation import Simulation
from synthvision.core.errors import UsageError
from synthvision.sampling.camera_config import FixedCamera, ShellCamera
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.distributions import Distribution
from synthvision.sampling.placement.config import Region
from synthvision.scene import Scene

__all__ = ["Knob", "Settings", "calibrate", "camera_knob"]

Float = NDArray[np.float64]
Knob = Literal["distance_m", "fov_deg"]

_ROUNDS = 3
_FIRST_SCENES = 24
_FOV_DEG = (5.0, 140.0)
_REACH_M = (0.01, 10_000.0)
_SHIFT = 0.6
#: The field that objects lie in is made no wider or narrower than this in one round.
_STEP = (0.5, 2.0)
#: Sizes that differ less than this from object to object are left as they are.
_LEAST_SCALE_STD = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """Values of a scene that a fit sets.

    Args:
        knob: The camera's key that sizes are set by.
        columns: Values of each scene, row by row: objects by group, the knob, `shift_x` and `shift_y`.
        fields: Width of the field that each group's objects lie in, against what the scene file says.
        scale_std: Standard deviation of the objects' sizes about those of the scene file, by group.
    """

    knob: Knob
    columns: Mapping[str, Float]
    fields: Mapping[str, float] = field(default_factory=dict)
    scale_std: Mapping[str, float] = field(default_factory=dict)


def camera_knob(spec: SceneSpec) -> Knob:
    """Return which key of a scene's camera sizes can be set by.

    Raises:
        UsageError: The scene has several cameras.
    """
    if len(spec.cameras) != 1:
        raise UsageError(f"a fit must have a scene with one camera, got {len(spec.cameras)}")
    return "fov_deg" if isinstance(spec.cameras[0], FixedCamera) else "distance_m"


def calibrate(
    spec: SceneSpec,
    wanted: Mapping[str, Float],
    groups: Sequence[str],
    real: tuple[PictureTable, float],
    simulate: Callable[[Settings | None], Simulation],
    *,
    scenes: int = 120,
) -> Settings:
    """Return the settings with which a scene gives the wanted sizes and places.

    Args:
        spec: The scene file.
        wanted: Rows of the learned joint distribution: objects by group, and `size`, `x`, `y` as `PictureTable` has
            them.
        groups: Names of the groups.
        real: Numbers of the real pictures; standard deviation of the logarithm of their box sizes about the median of
            the picture.
        simulate: Makes a simulation of the scene with settings, whose table `pictures` can be pinned by columns; of the
            scene as it is where they are None.
        scenes: How many scenes are tried in each round.

    Raises:
        UsageError: The scene can hardly place as many objects as the photos show.
    """
    knob = camera_knob(spec)
    target = np.stack([wanted[name] for name in ("size", "x", "y")], axis=1)
    offset = np.array([_first_constant(simulate(None), groups, knob), 0.5, 0.5])
    control = target - offset
    settings = Settings(knob, _columns(wanted, groups, knob, control), dict.fromkeys(_fields(spec, groups), 1.0))
    chosen = np.unique(np.linspace(0, len(target) - 1, min(scenes, len(target))).round().astype(np.int64))
    for _ in range(_ROUNDS):
        rows, pictures = _try(simulate(settings), settings, chosen)
        table = picture_table(pictures, {group: group for group in groups})
        measured = np.stack([table.size, table.x, table.y], axis=1)
        seen = np.isfinite(measured).all(axis=1)
        if seen.sum() < 3:
            raise UsageError(
                "the scene must be able to show the objects that the photos show, but of "
                f"{len(chosen)} tried scenes {int(seen.sum())} did; a larger region or surface helps"
            )
        control = _without_own_share(target, measured[seen] - control[rows[seen]])
        settings = replace(
            settings,
            columns=_columns(wanted, groups, knob, control),
            fields=_wider(settings.fields, real[0], table),
            scale_std=settings.scale_std or _scale_std(spec, groups, real[1], pictures, table),
        )
    return settings


def _first_constant(simulation: Simulation, groups: Sequence[str], knob: Knob) -> float:
    """Return the logarithm of box size times distance (or over focal length) of the scene as it is."""
    found = []
    for index in range(_FIRST_SCENES):
        made = simulation.picture(index)
        if made is None or not made[0].boxes:
            continue
        size = float(picture_table([made[0]], {group: group for group in groups}).size[0])
        found.append(size - _knob_log(made[1], groups, knob))
    if not found:
        raise UsageError(f"the scene must show its objects of {', '.join(groups)}, but of {_FIRST_SCENES} none did")
    return float(np.mean(found))


def _knob_log(scene: Scene, groups: Sequence[str], knob: Knob) -> float:
    if knob == "fov_deg":
        return math.log(scene.camera.focal_xy_px[0] / max(scene.camera.size_wh))
    middle = np.mean([item.position_m for item in scene.objects if item.name.partition("/")[0] in groups], axis=0)
    return -math.log(float(np.linalg.norm(middle - np.array(scene.camera.position_m))))


def _columns(wanted: Mapping[str, Float], groups: Sequence[str], knob: Knob, control: Float) -> dict[str, Float]:
    if knob == "distance_m":
        values = np.clip(np.exp(-control[:, 0]), *_REACH_M)
    else:
        values = np.clip(np.degrees(2 * np.arctan(0.5 / np.exp(control[:, 0]))), *_FOV_DEG)
    shifts = np.clip(control[:, 1:], -_SHIFT, _SHIFT)
    return {
        **{group: wanted[group] for group in groups}, knob: values, "shift_x": shifts[:, 0], "shift_y": shifts[:, 1]
    }  # fmt: skip


def _try(
    simulation: Simulation, settings: Settings, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[RealImage]]:
    rows, pictures = [], []
    extra = (settings.knob, "shift_x", "shift_y")
    for row in chosen:
        pins = {
            f"tables.pictures.{name}": float(column[row]) if name in extra else int(column[row])
            for name, column in settings.columns.items()
        }
        made = simulation.picture(int(row), pins)
        if made is not None:
            rows.append(row)
            pictures.append(made[0])
    return np.array(rows, np.int64), pictures


def _without_own_share(target: Float, own: Float) -> Float:
    """Return what must be set so that, with what the scene adds of its own, the targets come out as a whole."""
    variance = target.var(axis=0)
    left = np.sqrt(np.maximum(variance - own.var(axis=0), 0.0) / np.where(variance > 0, variance, 1.0))
    mean = target.mean(axis=0)
    control: Float = mean + (target - mean) * left - own.mean(axis=0)
    return control


def _fields(spec: SceneSpec, groups: Sequence[str]) -> list[str]:
    """Return the groups whose objects lie in a region that can be made wider."""
    return [group for group in groups if isinstance(getattr(spec.objects[group].placement, "region", None), Region)]


def _wider(fields: Mapping[str, float], real: PictureTable, made: PictureTable) -> dict[str, float]:
    wanted, got = real.spread[np.isfinite(real.spread)], made.spread[np.isfinite(made.spread)]
    if len(wanted) < 3 or len(got) < 3 or got.mean() <= 0:
        return dict(fields)
    step = float(np.clip(wanted.mean() / got.mean(), *_STEP))
    return {group: factor * step for group, factor in fields.items()}


def _scale_std(
    spec: SceneSpec, groups: Sequence[str], real_std: float, pictures: Sequence[RealImage], table: PictureTable
) -> dict[str, float]:
    boxes = box_table(pictures, {group: group for group in groups})
    if len(boxes.size) < 3:
        return {}
    own = np.log(boxes.size) - table.size[boxes.picture]
    missing = math.sqrt(max(real_std**2 - float(own.var()), 0.0))
    if missing < _LEAST_SCALE_STD:
        return {}
    return {group: missing for group in groups if not isinstance(spec.objects[group].scale, Distribution)}


def shell_camera(spec: SceneSpec) -> ShellCamera | None:
    """Return a scene's camera where it stands on a shell, else None."""
    camera = spec.cameras[0]
    return camera if isinstance(camera, ShellCamera) else None
