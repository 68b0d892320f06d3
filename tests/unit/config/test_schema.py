"""The exported schemas agree with what is loaded, and the reference page agrees with the models."""

import json
from pathlib import Path

import pytest

from synthvision.config.model import Job
from synthvision.config.reference import main as reference_main
from synthvision.config.reference import reference_page
from synthvision.config.schema import job_schema, scene_schema
from synthvision.config.schema_walk import SchemaWalk, describe, kind_of, node_kind
from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.yaml_file import load_yaml


def unknown_paths(walk, data, value=None, path=()):
    """Return the key paths of `data` that the schema does not know, or whose value is of a kind it does not allow."""
    value = data if path == () else value
    if value is None and "extends" in data:
        return []  # takes a key of the other scene away
    kinds = {node_kind(node) for node in walk.at(path, data)}
    if not kinds & {kind_of(value), None}:
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in unknown_paths(walk, data, item, (*path, key))]


@pytest.mark.parametrize("name", builtin_names("render_configs"))
def test_the_job_schema_knows_every_key_of_the_built_in_jobs(name):
    data = load_yaml(builtin_path("render_configs", name)).data
    assert unknown_paths(SchemaWalk(job_schema()), data) == []


@pytest.mark.parametrize("name", builtin_names("scenes"))
def test_the_scene_schema_knows_every_key_of_the_built_in_scenes(name):
    data = load_yaml(builtin_path("scenes", name)).data
    walk = SchemaWalk(scene_schema())
    assert unknown_paths(walk, data) == []
    data.setdefault("objects", {})["planted"] = {"pick": "x", "cuont": 1, "optional": "yes"}
    assert unknown_paths(walk, data) == [("objects", "planted", "cuont"), ("objects", "planted", "optional")]


def test_schemas_are_whole_and_speak_to_editors():
    for schema in (job_schema(), scene_schema()):
        text = json.dumps(schema)
        assert schema["$schema"].startswith("https://json-schema.org/")
        assert '"oneOf"' not in text
        for name in {part.split('"')[0] for part in text.split("#/$defs/")[1:]}:
            assert name in schema["$defs"], name
    assert "ClassSpec" not in scene_schema()["$defs"]


def models_of(schema):
    return {"Job": schema, **schema["$defs"]}


def test_every_key_of_every_model_is_described():
    schema = Job.model_json_schema()
    for name, model in models_of(schema).items():
        assert model.get("description"), name
        for key, field in model.get("properties", {}).items():
            # pydantic leaves out what repeats the description of the model that a key refers to.
            assert field.get("description") or "$ref" in field, f"{name}.{key}"


def test_the_reference_names_every_key_of_every_model():
    page = reference_page()
    for name, model in models_of(job_schema()).items():
        heading = f"## {name}\n"
        assert heading in page, name
        section = page.split(heading)[1].split("\n## ")[0].split("\n### ")[0]
        for key in model.get("properties", {}):
            assert f"| `{key}` |" in section, f"{name}.{key}"


def test_a_stale_reference_is_found(tmp_path, capsys):
    path = tmp_path / "reference.md"
    assert reference_main(["--check", str(path)]) == 1
    assert "run: python -m synthvision.config.reference" in capsys.readouterr().err
    assert reference_main([str(path)]) == 0
    assert reference_main([str(path), "--check"]) == 0
    path.write_text(path.read_text().replace("`frames`", "`frmes`"))
    assert reference_main(["--check", str(path)]) == 1


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([{"type": "integer", "minimum": 1, "maximum": 64}], "a whole number from 1 to 64"),
        ([{"type": "number", "exclusiveMinimum": 0}], "a number above 0"),
        ([{"type": "number", "exclusiveMinimum": 0.0, "maximum": 0.5}], "a number above 0 and up to 0.5"),
        ([{"type": "string", "enum": ["a", "b"]}, {"type": "null"}], "one of a, b, or null"),
        ([{"const": "opengl", "type": "string"}], "opengl"),
        ([{"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}], "a list of 2 numbers"),
        ([{"type": "array", "items": {"type": "string"}, "minItems": 1}], "a list of 1 or more texts"),
        ([{"type": "boolean"}], "true or false"),
        ([{"type": "object", "properties": {"a": {}, "b": {}}}], "a block with the keys a, b"),
        ([{"type": "string", "pattern": "^x$"}], "text of the form ^x$"),
        ([{}], ""),
    ],
)
def test_what_a_schema_allows_is_said_in_words(nodes, words):
    assert describe(nodes) == words


def test_the_committed_reference_is_up_to_date(capsys):
    page = Path(__file__).parents[3] / "docs" / "config_reference.md"
    assert reference_main(["--check", str(page)]) == 0, capsys.readouterr().err
