"""Scene to JSON and back, exactly: floats keep their bits, unknown keys and values of another type are refused."""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from synthvision.core.errors import DatasetError, UsageError
from synthvision.scene.scene import Scene

__all__ = ["scene_from_json", "scene_to_json"]

# A tuple of one scene, because pydantic takes a config only for what is not itself a dataclass; the dataclasses
# inside inherit it. JSON's own types are enough for everything in a scene, so nothing is converted.
_SETTINGS = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, ser_json_inf_nan="constants")
_adapter: TypeAdapter[tuple[Scene]] | None = None


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene as JSON values (dicts, lists, numbers, strings).

    Raises:
        UsageError: A field holds something else than its type says, e.g. an array for a tuple, or a number is not
            finite.
    """
    try:
        data: dict[str, Any] = _scene_adapter().dump_python((scene,), mode="json", warnings="error")[0]
    except PydanticSerializationError as error:
        raise UsageError(f"a scene must hold plain numbers, text, tuples and mappings: {error}") from error
    _check_finite(data, "scene")
    return data


def scene_from_json(data: dict[str, Any]) -> Scene:
    """Return the scene that `scene_to_json` made `data` from.

    Raises:
        DatasetError: A key is unknown or missing, a value has the wrong type, is not finite or out of range, or two
            objects share an instance id or a name.
    """
    try:
        # Only pydantic's JSON mode is strict about numbers and text and still takes a list for a tuple.
        return _scene_adapter().validate_json(json.dumps([data], allow_nan=False))[0]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "scene"
        raise DatasetError(f"a scene record must match this version's schema; {where}: {first['msg']}") from error
    except UsageError as error:
        raise DatasetError(f"a scene record must hold a scene that can be: {error}") from error
    except (TypeError, ValueError) as error:
        raise DatasetError(f"a scene record must be JSON values that make a scene: {error}") from error


def _scene_adapter() -> TypeAdapter[tuple[Scene]]:
    # Built on first use: the schema of all dataclasses takes longer than `synthvision --help` may.
    global _adapter
    if _adapter is None:
        _adapter = TypeAdapter(tuple[Scene], config=_SETTINGS)
    return _adapter


def _check_finite(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_finite(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_finite(item, f"{where}.{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"the numbers of a scene must be finite; {where}: {value}")
