"""Rules of the house that no linter checks, on the package as it is installed."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import synthvision
from synthvision.core.builtin import builtin_folder, builtin_names, builtin_path
from synthvision.core.yaml_file import load_yaml

PACKAGE = Path(synthvision.__file__).resolve().parent
# What the wheel carries below `builtin` is data, not code.
FILES = [path for path in sorted(PACKAGE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
#: Tables that a function of the package fitted and a test fits again.
TABLES = {"render/opengl/data/lobes.npy"}
CODE = [
    path
    for path in FILES
    if path.relative_to(PACKAGE).parts[0] != "builtin" and path.relative_to(PACKAGE).as_posix() not in TABLES
]
MODULES = [path for path in CODE if path.suffix == ".py"]

MAX_LINES = 400
# Longer files by name, each with the reason why it is not split.
LONGER_FILES: dict[str, str] = {
    "library/assets.py": "one class, the door to every asset",
    "library/decals.py": "one cut of a mesh, read from top to bottom",
    "library/procedural/models/storage/hall_shell.py": "one building, part by part",
}
#: Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_name(path: Path) -> str:
    parts = ["synthvision", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_the_package_was_found():
    assert len(MODULES) > 150
    names = {relative(path) for path in CODE}
    assert {"core/errors.py", "scene/scene.py", "cli/main.py", "py.typed", "gpu/shaders/full_screen.vert.glsl"} <= names


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_module_says_what_it_is(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, "a module starts with a docstring"
    first = text.splitlines()[0]
    assert first[-1] in ".:", f"its first line is a sentence, got {first!r}"


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in MODULES}
    assert [relative(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_file_is_too_long():
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    long = {name: length for name, length in lengths.items() if length > MAX_LINES and name not in LONGER_FILES}
    assert long == {}
    # An exception that is not needed any more is taken off the list.
    assert [name for name in LONGER_FILES if lengths.get(name, 0) <= MAX_LINES] == []


def test_no_module_has_a_name_that_says_nothing():
    parts = {part for path in CODE for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert parts & EMPTY_NAMES == set()


def test_only_code_shaders_and_pages_lie_in_the_package():
    page = {".html", ".css", ".js", ".svg"}
    others = [path for path in CODE if path.suffix not in {".py", ".glsl"} and path.name != "py.typed"]
    assert [relative(path) for path in others if path.suffix not in page or "/service/" not in path.as_posix()] == []


def test_shaders_are_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    assert [relative(path) for path in CODE if path.suffix == ".glsl" and path.name not in code] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "__main__.py"], ids=relative)
def test_every_name_in_all_is_there_and_documented(path):
    module = importlib.import_module(module_name(path))
    names = getattr(module, "__all__", None)
    if path.name == "__init__.py" and names is None:
        return
    assert names is not None, "a module lists its public names in __all__"
    assert len(set(names)) == len(names)
    for name in names:
        item = getattr(module, name)
        if callable(item) and getattr(item, "__module__", None) == module.__name__ and hasattr(item, "__name__"):
            assert item.__doc__, f"{name} has no docstring"


def test_nothing_is_left_to_be_done():
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bNotImplementedError\(\)")
    found = [
        f"{relative(path)}:{number}"
        for path in CODE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("kind", ["scenes", "render_configs", "scenes/weather", "scenes/cameras"])
def test_every_yaml_file_that_travels_with_the_package_loads(kind):
    files = sorted(path for path in builtin_folder(kind).rglob("*") if path.is_file() and path.name != ".gitkeep")
    if kind == "scenes":
        presets = [builtin_folder(part) for part in ("scenes/weather", "scenes/cameras")]
        files = [path for path in files if path.parent not in presets]
    assert [path.name for path in files if path.suffix != ".yaml"] == []
    assert files == [builtin_path(kind, name) for name in sorted(builtin_names(kind), key=lambda n: f"{n}.yaml")]
    assert len(files) >= 5
    for path in files:
        document = load_yaml(path)
        assert isinstance(document.data, dict), path
        assert document.data, path


@pytest.mark.parametrize("name", builtin_names("render_configs"))
def test_every_job_that_travels_with_the_package_is_a_valid_job(name):
    job = synthvision.load_job(name)
    assert job.frames >= 1
    assert job.classes


def test_every_scene_is_used_by_a_job():
    jobs = [load_yaml(builtin_path("render_configs", name)).data for name in builtin_names("render_configs")]
    used = {job["scene"] for job in jobs if isinstance(job["scene"], str)}
    # A scenario goes with the job of the world that it builds on.
    scenes = {name for name in builtin_names("scenes") if not name.startswith("scenarios/")}
    assert scenes - used == set()
    assert used <= scenes
