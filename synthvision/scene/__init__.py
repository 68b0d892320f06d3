"""Scene: plain frozen data that says what one frame shows; knows no renderer, no randomness, no file."""

from synthvision.scene.codec import scene_from_json, scene_to_json
from synthvision.scene.scene import (
    AssetRef,
    Backdrop,
    Camera,
    Environment,
    Exposure,
    MaterialOverride,
    Origin,
    PointLight,
    Role,
    Scene,
    SceneObject,
    SpotLight,
    SunLight,
)

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
    "scene_from_json",
    "scene_to_json",
]
