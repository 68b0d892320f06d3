"""What `import synthvision` gives, and what it must not load on the way."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthvision

FUNCTIONS = ["augment_dataset", "load_job", "open_dataset", "render_frame", "render_job", "sample_scene"]

# What takes long to import or needs a driver: all run-time dependencies but typer and what typer itself may load.
HEAVY = {
    "numpy", "scipy", "yaml", "moderngl", "glcontext", "trimesh", "networkx", "fcl", "cv2", "PIL", "tifffile",
    "OpenEXR", "pycocotools", "torch", "transformers", "diffusers", "ray", "fastapi", "mujoco", "mitsuba", "pyrender",
    "albumentations",
}  # fmt: skip


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A fresh process with warnings as errors."""
    command = [sys.executable, "-W", "error", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environment}
    )


def loaded_by(code: str) -> set[str]:
    """Names of the top-level modules that are loaded after `code` ran in a fresh process."""
    report = (
        "\nimport json, sys\nprint(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    result = python("-c", code + report)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


def test_the_list_of_public_names_is_complete_and_sorted():
    assert synthvision.__all__ == sorted(FUNCTIONS)
    assert sorted(dir(synthvision)) == sorted([*FUNCTIONS, "__version__"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_name_is_a_documented_function(name):
    function = getattr(synthvision, name)
    assert inspect.isfunction(function)
    assert function.__name__ == name
    assert inspect.getdoc(function)
    assert name in sys.modules[function.__module__].__all__
    hints = inspect.signature(function)
    assert hints.return_annotation is not inspect.Signature.empty
    assert all(parameter.annotation is not parameter.empty for parameter in hints.parameters.values())


def test_type_checkers_are_told_the_same_as_the_interpreter():
    """The imports under TYPE_CHECKING and the table of lazy names must not part."""
    tree = ast.parse(Path(synthvision.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    told = {alias.name: node.module for node in block.body for alias in node.names if isinstance(node, ast.ImportFrom)}
    assert told == {name: getattr(synthvision, name).__module__ for name in FUNCTIONS}


def test_the_names_can_be_imported_directly():
    code = f"from synthvision import {', '.join(FUNCTIONS)}\nfrom synthvision import *\nassert callable(render_job)"
    assert "synthvision" in loaded_by(code)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'synthvision' has no attribute 'rendre'$"):
        synthvision.rendre  # noqa: B018 - the access is what is tested


def test_the_version_is_that_of_the_installed_package():
    assert synthvision.__version__ == importlib.metadata.version("synthvision")


def test_the_package_says_that_it_is_typed():
    assert (Path(synthvision.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize(
    "code", ["import synthvision", "import synthvision; dir(synthvision); synthvision.__all__; synthvision.__version__"]
)
def test_the_import_alone_loads_no_other_package_and_nothing_of_ours(code):
    others = {"pydantic", "pydantic_core", "typer", "rich", *HEAVY}
    assert not loaded_by(code) & others
    result = python(
        "-c", f"{code}\nimport sys\nprint([name for name in sys.modules if name.startswith('synthvision.')])"
    )
    assert result.stdout == "[]\n"


@pytest.mark.parametrize(
    "code",
    [
        "import synthvision.cli.main",
        "from synthvision.cli.main import main\nassert main(['--help']) == 0",
        "from synthvision.cli.main import main\nassert main(['--version']) == 0",
        "from synthvision.cli.main import main\nassert main(['render', '--help']) == 0",
        "from synthvision.cli.main import main\nassert main(['rendre']) == 2",
    ],
    ids=["command line", "--help", "--version", "render --help", "unknown command"],
)
def test_nothing_heavy_is_loaded_by(code):
    loaded = loaded_by(code)
    assert "synthvision" in loaded
    assert not loaded & HEAVY


def test_loading_a_job_needs_no_opengl_and_no_meshes():
    loaded = loaded_by("import synthvision\nsynthvision.load_job('quickstart')")
    assert "pydantic" in loaded  # the check can see what is loaded
    assert not loaded & {"moderngl", "glcontext", "trimesh", "cv2", "fcl", "torch"}


def test_the_module_runs_as_a_command():
    result = python("-m", "synthvision", "--help")
    assert result.returncode == 0
    assert result.stderr == ""
    assert result.stdout.startswith("Usage: synthvision ")
    for command in (
        "render",
        "init",
        "preview",
        "replay",
        "validate",
        "augment",
        "assets",
        "bench",
        "schema",
        "doctor",
    ):
        assert f"\n  {command} " in result.stdout


def test_help_works_where_a_heavy_package_is_broken(tmp_path):
    """As on a machine with half an installation: each of them fails as soon as it is imported."""
    for name in HEAVY:
        (tmp_path / f"{name}.py").write_text("raise ImportError('broken on purpose')\n", encoding="utf-8")
    assert python("-c", "import numpy", PYTHONPATH=str(tmp_path)).returncode == 1
    result = python("-m", "synthvision", "--help", PYTHONPATH=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Usage: synthvision ")
