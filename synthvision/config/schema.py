"""JSON schemas of job and scene files, from the models: for editors, for checks, for the reference page."""

from __future__ import annotations

from typing import Any

from synthvision.config.model import Job

__all__ = ["job_schema", "scene_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ANY_VALUE = "A value as it may stand in the scene file."


def job_schema() -> dict[str, Any]:
    """Return the JSON schema of a job file, with every form that `load_job` accepts."""
    schema = _any_of(Job.model_json_schema())
    _add_camera(schema["$defs"]["SceneSpec"])
    scene = schema["properties"]["scene"]
    named = {"type": "string", "minLength": 1, "description": "Name of a built-in scene, or a file beside the job."}
    changed = {
        "type": "object",
        "description": "A scene with changes.",
        "properties": {
            "file": named,
            "set": {
                "type": "object",
                "description": "Values by dotted key path, e.g. objects.bottles.count.",
                "additionalProperties": {"description": _ANY_VALUE},
            },
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    schema["properties"]["scene"] = {
        "description": scene["description"],
        "anyOf": [named, changed, {"$ref": "#/$defs/SceneSpec"}],
    }
    return {"$schema": _DIALECT, **schema, "title": "synthvision job"}


def scene_schema() -> dict[str, Any]:
    """Return the JSON schema of a scene file."""
    schema = _any_of(Job.model_json_schema())
    definitions = schema["$defs"]
    scene = definitions.pop("SceneSpec")
    _add_camera(scene)
    _add_inheritance(scene)
    return {"$schema": _DIALECT, **scene, "title": "synthvision scene", "$defs": _reachable(scene, definitions)}


def _add_camera(scene: dict[str, Any]) -> None:
    scene["properties"]["camera"] = {
        **scene["properties"]["cameras"]["items"],
        "description": "The only camera: short for a list of one.",
    }


def _add_inheritance(scene: dict[str, Any]) -> None:
    """Let a scene build on another one: no key is needed then."""
    scene["properties"]["extends"] = {
        "type": "string",
        "minLength": 1,
        "description": "Another scene that this one changes: a built-in one by name, or a file beside this one.",
    }
    scene.pop("required", None)


def _any_of(node: Any) -> Any:
    """Return a schema with every ``oneOf`` as ``anyOf``.

    Where models choose an alternative by a look at the value, one value may fit several of them: a choice of words is
    also a choice of colours.
    """
    if isinstance(node, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in node.items()}
    return [_any_of(value) for value in node] if isinstance(node, list) else node


def _reachable(node: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions that `node` refers to, directly or through others."""
    found: dict[str, Any] = {}
    todo = [node]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rsplit("/", 1)[-1]
            if name in definitions and name not in found:
                found[name] = definitions[name]
                todo.append(definitions[name])
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return dict(sorted(found.items()))
