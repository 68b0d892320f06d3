"""What one frame shows: objects, lights, surroundings, camera.

Right-handed space in metres, Z up; the camera has OpenCV axes (x right, y down, z forward). Angles are radians,
light is photometric and linear with sRGB primaries. Everything is immutable and made of numbers, strings, tuples and
mappings, so that a scene survives JSON exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator

from synthvision.core.errors import UsageError
from synthvision.geometry.poses import matrix_from_pose
from synthvision.library.reference import AssetRef
from synthvision.scene.camera import Camera
from synthvision.scene.lights import Light
from synthvision.scene.weather import Weather

__all__ = [
    "PART",
    "SHELL",
    "AssetRef",
    "Backdrop",
    "Environment",
    "MaterialOverride",
    "Origin",
    "Role",
    "Scene",
    "SceneObject",
]

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Role = Literal["thing", "stuff", "distractor", "background"]

MAX_INSTANCE_ID = 65_535
#: Attribute of an object that is a part of another: the name of its mesh parts.
PART = "part"
#: Attribute of an object that is the inside of a room: the scene's lights stand for its lamps and windows, which are
#: seen but light nothing, and the light from all around comes from within it.
SHELL = "shell"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialOverride:
    """A change to one material slot of one object; None leaves the model's own value.

    Args:
        slot: Name of the material in the model, or ``*`` for all.
        asset: A material asset (PBR texture set, or one texture as base colour) whose maps replace the model's.
        base_colour: Linear RGB that replaces the base colour factor (maps are still multiplied by it).
        metallic: Replaces the factor, 0..1.
        roughness: Replaces the factor, 0..1.
        uv_scale: Multiplies texture coordinates: 2 shows twice as many repeats.
        uv_offset: Added to the texture coordinates after scaling.
        uv_rotation_rad: Turns the texture coordinates about their origin before scaling.
    """

    slot: str = "*"
    asset: AssetRef | None = None
    base_colour: Vector3 | None = None
    metallic: float | None = None
    roughness: float | None = None
    uv_scale: float = 1.0
    uv_offset: tuple[float, float] = (0.0, 0.0)
    uv_rotation_rad: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneObject:
    """One object with its own instance id.

    Args:
        instance_id: 1 to 65,535, unique in the scene; 0 is the background.
        name: Where it came from, unique in the scene, e.g. ``bottles/2``.
        asset: Which model.
        position_m: Where the model's origin stands in the world.
        rotation_wxyz: World from model, unit quaternion.
        scale: Multiplies the model's coordinates before rotation.
        role: ``thing`` and ``stuff`` are labelled; a ``distractor`` occludes without a label; ``background`` is
            ground, walls and the like.
        category: Class name of the job, or None where the object has no label.
        materials: Overrides, later ones win.
        attributes: Facts that classes, factors and exporters can use: the asset's own, those of its material
            variants, and its states (``top_face`` of a die).
        velocity_m_s: How fast it moves in the world, at mid-exposure.
        angular_velocity_rad_s: How fast it turns about `position_m`, as a vector along the axis in world axes.
        shown_parts: Names of the mesh parts that it consists of; None for all. Objects that share asset and pose show
            different parts where a class asks for a part of its own.
    """

    instance_id: int
    name: str
    asset: AssetRef
    position_m: Vector3 = (0.0, 0.0, 0.0)
    rotation_wxyz: Quaternion = (1.0, 0.0, 0.0, 0.0)
    scale: Vector3 = (1.0, 1.0, 1.0)
    role: Role = "thing"
    category: str | None = None
    materials: tuple[MaterialOverride, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    velocity_m_s: Vector3 = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: Vector3 = (0.0, 0.0, 0.0)
    shown_parts: tuple[str, ...] | None = None

    def shows(self, part: str) -> bool:
        """Return whether the object holds mesh parts of a name."""
        return self.shown_parts is None or part in self.shown_parts

    @property
    def world_from_model(self) -> NDArray[np.float64]:
        """The 4x4 matrix that takes model coordinates to world coordinates."""
        return matrix_from_pose(self.position_m, self.rotation_wxyz, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Light from all around.

    Args:
        asset: An environment map, from a file or procedural.
        illuminance_lux: What it gives on an unshaded horizontal surface that faces up; the map is scaled to it.
        rotation_rad: Turn about +Z, counter-clockwise seen from above.
        visible: False shows black (or the backdrop) instead of the map behind the objects; it still lights them.
    """

    asset: AssetRef
    illuminance_lux: float
    rotation_rad: float = 0.0
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """A photo that fills the picture where no object is seen.

    Args:
        asset: The photo, cropped about its centre to the picture's aspect.
        luminance_cd_m2: Luminance of the photo's white.
    """

    asset: AssetRef
    luminance_cd_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which draw of which job a scene is.

    Args:
        seed: The job's seed.
        frame: Frame index k.
        scene_index: Index of the sampled world; frames of one scene share it.
        view: Index of the view inside the scene.
        camera: Index of the camera inside the view.
        step: Index of the step in time inside the view.
        attempt: How often sampling started again before this scene was accepted.
        proposal: Which of the cameras that were drawn for the view it is.
    """

    seed: int = 0
    frame: int = 0
    scene_index: int = 0
    view: int = 0
    camera: int = 0
    attempt: int = 0
    step: int = 0
    proposal: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one frame shows.

    Args:
        camera: The camera of this frame.
        objects: Every object, also ground and walls; instance ids are unique.
        lights: Sun, spot, point and rectangle lights.
        environment: Light from all around, or None for none.
        backdrop: A photo behind the objects, or None.
        weather: What is in the air and on the ground; None for clear air over dry ground.
        origin: Which draw of which job this is.
        factors: Sampled quantities by name, JSON values: what coverage and replay speak of.
        weight: Importance weight: how likely the scene is by nature over how likely it was to be drawn, up to a
            factor that all scenes of a job share. Means weighted with it are those of the scene file's distributions.
        rejections: How often sampling was refused, by reason.
        time_s: How long after the scene's first step this is.

    Raises:
        UsageError: Two objects share an instance id or a name, or an id is out of range.
    """

    camera: Camera
    objects: tuple[SceneObject, ...] = ()
    lights: tuple[Annotated[Light, Discriminator("kind")], ...] = ()
    environment: Environment | None = None
    backdrop: Backdrop | None = None
    weather: Weather | None = None
    origin: Origin = field(default_factory=Origin)
    factors: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    rejections: Mapping[str, int] = field(default_factory=dict)
    time_s: float = 0.0

    def __post_init__(self) -> None:
        ids = [item.instance_id for item in self.objects]
        for instance_id in ids:
            if not 1 <= instance_id <= MAX_INSTANCE_ID:
                raise UsageError(f"instance_id must be 1 to {MAX_INSTANCE_ID}, got {instance_id}")
        if len(set(ids)) != len(ids):
            raise UsageError(f"instance ids must be unique in a scene, got {sorted(ids)}")
        names = [item.name for item in self.objects]
        if len(set(names)) != len(names):
            raise UsageError(f"object names must be unique in a scene, got {sorted(names)}")
