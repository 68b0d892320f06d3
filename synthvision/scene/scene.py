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
from synthvision.geometry.projection import intrinsic_matrix
from synthvision.library.reference import AssetRef

__all__ = [
    "AssetRef",
    "Backdrop",
    "Camera",
    "Environment",
    "Exposure",
    "MaterialOverride",
    "Origin",
    "PointLight",
    "Role",
    "Scene",
    "SceneObject",
    "SpotLight",
    "SunLight",
]

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Role = Literal["thing", "stuff", "distractor", "background"]

MAX_INSTANCE_ID = 65_535


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

    @property
    def world_from_model(self) -> NDArray[np.float64]:
        """The 4x4 matrix that takes model coordinates to world coordinates."""
        return matrix_from_pose(self.position_m, self.rotation_wxyz, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class SunLight:
    """Light from very far away with a soft-edged shadow.

    Args:
        direction_xyz: Unit vector from the scene *towards* the sun.
        illuminance_lux: On a surface that faces it; 100,000 is a clear noon.
        colour: Linear RGB, scaled so that its luminance is 1.
        angular_diameter_rad: 0.0093 (0.53 degrees) is the real sun; more gives softer shadows.
    """

    direction_xyz: Vector3
    illuminance_lux: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    angular_diameter_rad: float = 0.00925
    kind: Literal["sun"] = "sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLight:
    """A small ball that shines in all directions, without shadow in the raster backend.

    Args:
        position_m: Centre.
        intensity_cd: Luminous intensity in candela.
        colour: Linear RGB, scaled so that its luminance is 1.
        radius_m: Size of the ball.
    """

    position_m: Vector3
    intensity_cd: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    radius_m: float = 0.02
    kind: Literal["point"] = "point"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotLight:
    """A lamp that shines in a cone, with a soft-edged shadow.

    Args:
        position_m: Centre of the lamp.
        direction_xyz: Unit vector along which it shines.
        intensity_cd: Luminous intensity on the axis in candela.
        colour: Linear RGB, scaled so that its luminance is 1.
        inner_angle_rad: Half angle up to which the light is full.
        outer_angle_rad: Half angle beyond which there is none; above `inner_angle_rad`, under pi/2.
        radius_m: Radius of the lamp's face: how soft the shadow is.
    """

    position_m: Vector3
    direction_xyz: Vector3
    intensity_cd: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    inner_angle_rad: float = 0.4
    outer_angle_rad: float = 0.6
    radius_m: float = 0.03
    kind: Literal["spot"] = "spot"


Light = SunLight | PointLight | SpotLight


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
class Exposure:
    """How the camera turns light into pixel values.

    Args:
        mode: ``auto`` meters this frame alone; ``manual`` takes `ev100`.
        ev100: Exposure value at ISO 100 for ``manual``: 15 is a sunny noon, 5 to 7 a lit room.
        compensation_ev: Added stops of brightness, on top of either mode.
        tone_curve: ``filmic`` rolls highlights off; ``linear`` clips at white.
        white_balance_rgb: Linear gains applied before the tone curve.
    """

    mode: Literal["auto", "manual"] = "auto"
    ev100: float = 12.0
    compensation_ev: float = 0.0
    tone_curve: Literal["filmic", "linear"] = "filmic"
    white_balance_rgb: Vector3 = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A pinhole camera.

    Args:
        name: Name in the job's list of cameras.
        size_wh: Picture size in pixels.
        focal_xy_px: Focal lengths.
        centre_xy_px: Principal point; the middle of the picture is (width / 2, height / 2).
        position_m: Where it stands in the world.
        rotation_wxyz: World from camera, OpenCV axes.
        near_m: Nothing closer is drawn.
        far_m: Nothing farther is drawn.
        exposure: How light becomes pixel values.
    """

    name: str = "camera"
    size_wh: tuple[int, int]
    focal_xy_px: tuple[float, float]
    centre_xy_px: tuple[float, float]
    position_m: Vector3
    rotation_wxyz: Quaternion
    near_m: float = 0.02
    far_m: float = 500.0
    exposure: Exposure = field(default_factory=Exposure)

    @property
    def k_33(self) -> NDArray[np.float64]:
        """The intrinsic matrix."""
        return intrinsic_matrix(self.focal_xy_px, self.centre_xy_px)

    @property
    def world_from_camera(self) -> NDArray[np.float64]:
        """The 4x4 matrix that takes camera coordinates (OpenCV axes) to world coordinates."""
        return matrix_from_pose(self.position_m, self.rotation_wxyz)

    @property
    def camera_from_world(self) -> NDArray[np.float64]:
        """The inverse of `world_from_camera`."""
        pose = self.world_from_camera
        inverse = np.eye(4)
        inverse[:3, :3] = pose[:3, :3].T
        inverse[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
        return inverse


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which draw of which job a scene is.

    Args:
        seed: The job's seed.
        frame: Frame index k.
        scene_index: Index of the sampled world; frames of one scene share it.
        view: Index of the view inside the scene.
        camera: Index of the camera inside the view.
        attempt: How often sampling started again before this scene was accepted.
    """

    seed: int = 0
    frame: int = 0
    scene_index: int = 0
    view: int = 0
    camera: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one frame shows.

    Args:
        camera: The camera of this frame.
        objects: Every object, also ground and walls; instance ids are unique.
        lights: Sun, spot and point lights.
        environment: Light from all around, or None for none.
        backdrop: A photo behind the objects, or None.
        origin: Which draw of which job this is.
        factors: Sampled quantities by name, JSON values: what coverage and replay speak of.
        rejections: How often sampling was refused, by reason.

    Raises:
        UsageError: Two objects share an instance id or a name, or an id is out of range.
    """

    camera: Camera
    objects: tuple[SceneObject, ...] = ()
    lights: tuple[Annotated[Light, Discriminator("kind")], ...] = ()
    environment: Environment | None = None
    backdrop: Backdrop | None = None
    origin: Origin = field(default_factory=Origin)
    factors: Mapping[str, Any] = field(default_factory=dict)
    rejections: Mapping[str, int] = field(default_factory=dict)

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
