"""Scene: plain frozen data that says what one frame shows; knows no renderer, no randomness, no file."""

from synthvision.scene.camera import Camera, Exposure
from synthvision.scene.codec import scene_from_json, scene_to_json
from synthvision.scene.lights import Light, PointLight, RectLight, SpotLight, SunLight
from synthvision.scene.optics import BrownConradyLens, KannalaBrandtLens, LensSurface, Optics, Sensor
from synthvision.scene.scene import (
    PART,
    SHELL,
    AssetRef,
    Backdrop,
    Environment,
    MaterialOverride,
    Origin,
    Role,
    Scene,
    SceneObject,
)
from synthvision.scene.weather import AirMedium, Rain, SnowCover, Snowfall, Weather, Wetness

__all__ = [
    "PART",
    "SHELL",
    "AirMedium",
    "AssetRef",
    "Backdrop",
    "BrownConradyLens",
    "Camera",
    "Environment",
    "Exposure",
    "KannalaBrandtLens",
    "LensSurface",
    "Light",
    "MaterialOverride",
    "Optics",
    "Origin",
    "PointLight",
    "Rain",
    "RectLight",
    "Role",
    "Scene",
    "SceneObject",
    "Sensor",
    "SnowCover",
    "Snowfall",
    "SpotLight",
    "SunLight",
    "Weather",
    "Wetness",
    "scene_from_json",
    "scene_to_json",
]
