"""Scene to JSON and back, exactly: floats keep their bits, unknown keys and values of another type are refused."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from synthvision.core.errors import DatasetError, UsageError
from synthvision.scene.scene import Scene

__all__ = ["scene_from_json", "scene_to_json"]

_adapter: TypeAdapter[Scene] | None = None


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene as JSON values (dicts, lists, numbers, strings).

    Raises:
        UsageError: A field holds something else than its type says, e.g. an array for a tuple, or a number is not
            finite.
    """
    try:
        # By way of text, because pydantic's other way writes a NaN among the factors as null.
        text = _scene_adapter().dump_json(scene, warnings="error")
    except PydanticSerializationError as error:
        raise UsageError(f"a scene must hold plain numbers, text, tuples and mappings: {error}") from error
    data: dict[str, Any] = json.loads(text, parse_constant=_refuse_constant)
    return data


def scene_from_json(data: dict[str, Any]) -> Scene:
    """Return the scene that `scene_to_json` made `data` from.

    Raises:
        DatasetError: A key is unknown or missing, a value has the wrong type or is not finite, or two objects share
            an instance id or a name.
    """
    try:
        # Only pydantic's JSON mode is strict about numbers and text and still takes a list for a tuple.
        return _scene_adapter().validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"a scene record must match this version's schema; {where}: {first['msg']}") from error
    except (TypeError, ValueError, UsageError) as error:
        raise DatasetError(f"a scene record must be JSON values that make a scene: {error}") from error


def _scene_adapter() -> TypeAdapter[Scene]:
    # Built on first use: the schema of all dataclasses takes longer than `synthvision --help` may.
    global _adapter
    if _adapter is None:
        # The dataclasses inside take the settings of the one around them.
        Scene.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
            extra="forbid", strict=True, allow_inf_nan=False, ser_json_inf_nan="constants"
        )
        _adapter = TypeAdapter(Scene)
    return _adapter


def _refuse_constant(constant: str) -> Any:
    raise UsageError(f"the numbers of a scene must be finite, got {constant}")
