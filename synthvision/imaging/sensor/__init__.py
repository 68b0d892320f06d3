"""The sensor: electrons, noise, colour filters, processing and compression."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.sensor.colours import develop_mosaic, develop_three
from synthvision.imaging.sensor.finishing import compress, expected_noise, reduce_noise, sharpen
from synthvision.imaging.sensor.gain import SensorGain, iso_speed, sensor_gain
from synthvision.imaging.sensor.mosaic import draw_mosaic, read_mosaic
from synthvision.imaging.tools import ImagingTools
from synthvision.scene import Optics, Scene, Sensor

__all__ = ["SensorGain", "finish_picture", "iso_speed", "read_mosaic", "read_sensor", "sensor_gain"]


def read_sensor(tools: ImagingTools, scene: Scene, light: moderngl.Texture, ev100: float) -> NDArray[np.uint8]:
    """Return the 8-bit picture that a scene's sensor makes of the light on it.

    Args:
        tools: Where to draw.
        scene: Its camera has a sensor; without optics the aperture and shutter are those of `Optics()`.
        light: Float texture, cd/m2 per sRGB primary, first row the bottom of the picture.
        ev100: The frame's exposure value at ISO 100.
    """
    camera = scene.camera
    sensor, exposure = camera.sensor or Sensor(), camera.exposure
    gain = sensor_gain(sensor, camera.optics or Optics(), exposure, ev100)
    if sensor.bayer is None:
        rgb = develop_three(tools, sensor, exposure, gain, light)
    else:
        mosaic = draw_mosaic(tools, sensor, light, gain)
        rgb = develop_mosaic(tools, sensor, exposure, gain, mosaic, light.size)
    return finish_picture(scene, gain, rgb)


def finish_picture(scene: Scene, gain: SensorGain, rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture after the noise reduction, sharpening and compression of a scene's sensor.

    Args:
        scene: Its camera has a sensor.
        gain: How that is set.
        rgb_hwc: uint8 (height, width, 3).
    """
    sensor = scene.camera.sensor or Sensor()
    if sensor.denoise > 0:
        rgb_hwc = reduce_noise(rgb_hwc, sensor.denoise, expected_noise(sensor, scene.camera.exposure, gain))
    return compress(sharpen(rgb_hwc, sensor.sharpening), sensor.jpeg_quality)
