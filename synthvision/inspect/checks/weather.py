"""Checks of the weather levels of a record."""

from __future__ import annotations

import math
from collections.abc import Iterator

from synthvision.core.errors import DatasetError
from synthvision.inspect.checks.frame_view import FrameCheck, FrameView
from synthvision.scene.levels import weather_levels

__all__ = ["WEATHER_CHECKS"]

# Levels are rounded numbers, and two machines may round the last digit another way.
_TOLERANCE = 1e-3


def check_weather(view: FrameView) -> Iterator[str]:
    """The weather levels are those of the scene; records of before they were kept have none."""
    got = view.record.weather
    if got is None:
        return
    try:
        expected = weather_levels(view.record.load_scene())
    except DatasetError:
        return  # `check_scene` says so
    for name in sorted(expected.keys() | got.keys()):
        first, second = expected.get(name), got.get(name)
        if isinstance(first, float) and isinstance(second, float) and math.isclose(first, second, rel_tol=_TOLERANCE):
            continue
        if first != second:
            yield f"the weather's {name} must be {first!r} as in the scene, got {second!r}"


WEATHER_CHECKS: tuple[FrameCheck, ...] = (check_weather,)
