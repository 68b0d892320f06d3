"""Scene to JSON and back, exactly: floats keep their bits, unknown keys are refused."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from synthvision.core.errors import DatasetError
from synthvision.scene.scene import Scene

__all__ = ["scene_from_json", "scene_to_json"]

_adapter: TypeAdapter[Scene] | None = None


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene as JSON values (dicts, lists, numbers, strings)."""
    data: dict[str, Any] = _scene_adapter().dump_python(scene, mode="json")
    return data


def scene_from_json(data: dict[str, Any]) -> Scene:
    """Return the scene that `scene_to_json` made `data` from.

    Raises:
        DatasetError: A key is unknown or missing, or a value has the wrong type.
    """
    try:
        return _scene_adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"a scene record must match this version's schema; {where}: {first['msg']}") from error


def _scene_adapter() -> TypeAdapter[Scene]:
    # Built on first use: the schema of all dataclasses takes longer than `synthvision --help` may.
    global _adapter
    if _adapter is None:
        Scene.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
        _adapter = TypeAdapter(Scene)
    return _adapter
