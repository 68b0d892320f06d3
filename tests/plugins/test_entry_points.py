"""Plugins through the real door: entry points of installed packages, the built-in ones and a stranger's."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import synthvision
from synthvision.core.errors import AssetError, PluginError
from synthvision.core.registry import load_plugin, plugin_names
from synthvision.export.exporter import Exporter
from synthvision.library.assets import AssetLibrary
from synthvision.library.parameters import ProceduralAsset
from synthvision.library.reference import AssetRef
from synthvision.render.renderer import Renderer

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE = Path(synthvision.__file__).parent
# The sheet of an asset pack belongs to no job that could choose another renderer.
ROUND_ABOUT: set[str] = set()

PYRAMIDS = """
import numpy as np
from synthvision.library.model import Material, MeshPart, Model
from synthvision.library.parameters import Number, ProceduralAsset


def build(params):
    r, h = 0.5 * params["width_m"], params["height_m"]
    corners = np.array([[-r, -r, 0], [r, -r, 0], [r, r, 0], [-r, r, 0], [0, 0, h]], np.float32)
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [0, 2, 1], [0, 3, 2]])
    positions = corners[faces].reshape(-1, 3)
    edges = corners[faces]
    normals = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    part = MeshPart(
        positions_n3=positions,
        normals_n3=np.repeat(normals, 3, axis=0).astype(np.float32),
        triangles_m3=np.arange(18, dtype=np.uint32).reshape(6, 3),
    )
    return Model(key="pyramid", parts=(part,), materials=(Material(),))


def assets():
    size = {"width_m": Number(0.1, 0.3, 0.2, "m"), "height_m": Number(0.1, 0.3, 0.2, "m")}
    return (
        ProceduralAsset(
            name="pyramid", kind="model", category="pyramid", parameters=size, build=build, size_m=0.2,
            description="A pyramid.", licence="CC0-1.0", author="Acme",
        ),
    )
"""


# --- built-in ----------------------------------------------------------------------------------------------------


def test_what_the_project_registers_is_what_is_installed():
    for group, entries in PROJECT["entry-points"].items():
        installed = {
            entry.name: entry.value
            for entry in importlib.metadata.distribution("synthvision").entry_points
            if entry.group == group
        }
        assert installed == entries, group
    assert set(PROJECT["entry-points"]) >= {f"synthvision.{g}" for g in ("renderers", "exporters", "procedural")}


@pytest.mark.parametrize(
    ("group", "name", "interface"), [("renderers", "opengl", Renderer), ("exporters", "coco", Exporter)]
)
def test_built_in_classes_come_through_the_door_and_keep_the_interface(group, name, interface):
    assert name in plugin_names(group)
    plugin = load_plugin(group, name)
    wanted = {method: item for method, item in vars(interface).items() if inspect.isfunction(item) and method[0] != "_"}
    assert wanted
    for method, item in wanted.items():
        names = list(inspect.signature(getattr(plugin, method)).parameters)
        assert names == list(inspect.signature(item).parameters), method


def test_built_in_assets_come_through_the_door():
    assets = load_plugin("procedural", "builtin")()
    assert isinstance(assets, tuple)
    assert all(isinstance(asset, ProceduralAsset) for asset in assets)
    names = {entry.name for entry in AssetLibrary.open([]).entries}
    assert {asset.name for asset in assets} <= names


def test_nobody_goes_round_the_door():
    """No other package imports a registered module by name: whoever does would get the built-in and never a plugin."""
    doors = [value.partition(":")[0] for group in PROJECT["entry-points"].values() for value in group.values()]
    assert len(doors) >= 3
    round_about = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(["synthvision", *path.relative_to(PACKAGE).with_suffix("").parts])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                imported = {alias.name for alias in node.names}
            else:
                continue
            found = imported & set(doors)
            round_about += [f"{module}: {door}" for door in found if not module.startswith(door.rpartition(".")[0])]
    assert set(round_about) == ROUND_ABOUT


# --- a stranger's ------------------------------------------------------------------------------------------------


def test_an_exporter_of_another_package_is_found_and_imported_on_first_use_only(install):
    install("acme-labels", {"exporters": {"acme": "acme_labels:Exporter"}}, "class Exporter:\n    pass\n")
    assert plugin_names("exporters") == tuple(sorted({"acme", *PROJECT["entry-points"]["synthvision.exporters"]}))
    assert "acme_labels" not in sys.modules
    try:
        assert load_plugin("exporters", "acme").__module__ == "acme_labels"
    finally:
        sys.modules.pop("acme_labels", None)


def test_two_packages_with_one_name_are_refused_and_both_are_named(install):
    install("acme-labels", {"exporters": {"coco": "acme_labels:Exporter"}}, "class Exporter:\n    pass\n")
    with pytest.raises(PluginError) as info:
        load_plugin("exporters", "coco")
    message = str(info.value)
    assert message.startswith("exporters plugin 'coco' is registered twice: ")
    assert message.endswith("; uninstall one")
    assert "acme_labels:Exporter of acme-labels" in message
    assert f"{PROJECT['entry-points']['synthvision.exporters']['coco']} of synthvision" in message


def test_the_same_object_registered_by_two_packages_is_refused_too(install):
    install("acme-labels", {"exporters": {"acme": "acme_labels:Exporter"}}, "class Exporter:\n    pass\n")
    install("acme-fork", {"exporters": {"acme": "acme_labels:Exporter"}}, "")
    with pytest.raises(
        PluginError, match=r"'acme' is registered twice: .* of acme-(labels|fork) and .*; uninstall one$"
    ):
        plugin_names("exporters")


def test_a_pack_of_another_package_gives_models(install):
    install("acme-pyramids", {"procedural": {"acme": "acme_pyramids:assets"}}, PYRAMIDS)
    try:
        library = AssetLibrary.open(["acme"])
        (entry,) = library.find(asset=None, category="pyramid", tag=None, kind="model")
        assert (entry.pack, entry.name, entry.licence, entry.author) == ("acme", "pyramid", "CC0-1.0", "Acme")
        model = library.load_model(AssetRef("acme", "pyramid", {"width_m": 0.2, "height_m": 0.3}))
        assert model.parts[0].positions_n3[:, 2].max() == pytest.approx(0.3)
        with pytest.raises(AssetError, match=r"width_m must be a number from 0\.1 to 0\.3 m, got 5"):
            library.load_model(AssetRef("acme", "pyramid", {"width_m": 5, "height_m": 0.3}))
    finally:
        sys.modules.pop("acme_pyramids", None)


def test_a_missing_pack_is_told():
    with pytest.raises(AssetError, match="acme"):
        AssetLibrary.open(["acme"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "raise RuntimeError('no licence server')",
            r"procedural plugin 'acme' \(acme_pyramids:assets\) cannot be loaded",
        ),
        ("assets = 3", r"must be a class or function, got int"),
        (
            "def assets():\n    return [1, 2]",
            r"procedural plugin 'acme' must return a tuple of ProceduralAsset, got list",
        ),
    ],
    ids=["import fails", "not callable", "returns nonsense"],
)
def test_a_broken_plugin_stops_the_command_with_one_line(install, tmp_path, source, message):
    install("acme-pyramids", {"procedural": {"acme": "acme_pyramids:assets"}}, source)
    try:
        with pytest.raises(PluginError, match=message):
            AssetLibrary.open(["acme"])
    finally:
        sys.modules.pop("acme_pyramids", None)
    result = subprocess.run(
        [sys.executable, "-m", "synthvision", "assets", "list", "acme"],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "acme" in result.stderr
    assert "Traceback" not in result.stderr
