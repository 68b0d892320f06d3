"""Properties that every procedural model has: sound meshes, honest parameters, the same object from the same values."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import cv2
import numpy as np
import pytest
import trimesh

from synthvision.core.streams import rng_for
from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models import model_assets

ASSETS = {asset.name: asset for asset in model_assets()}
GROUNDS = {"ground", "street"}
"""What other things stand on: level, with z = 0 where most of them do, and larger than any object."""
OBJECTS = [name for name in ASSETS if name not in GROUNDS]
DRAWS = 10
OPEN_PARTS = {"label", "torn_label", "nails", "stencil", "cap", "view"}
"""Parts that are sheets on a solid (paper, paint, foil) or end inside it."""

MOST_TRIANGLES = {"hall_shell": 18_000, "tree": 14_000, "building": 14_000, "street": 20_000}


def drawn(asset: ProceduralAsset, number: int, **fixed: Any) -> dict[str, Any]:
    """Parameters of one object, drawn as the declarations say."""
    values: dict[str, Any] = {}
    for name, parameter in asset.parameters.items():
        rng = rng_for(11, number, f"test.{asset.name}.{name}")
        if isinstance(parameter, Number):
            low, high = (np.log([parameter.low, parameter.high])) if parameter.log else (parameter.low, parameter.high)
            value = rng.uniform(low, high)
            values[name] = float(np.exp(value)) if parameter.log else float(value)
        elif isinstance(parameter, Integer):
            values[name] = int(rng.integers(parameter.low, parameter.high, endpoint=True))
        elif isinstance(parameter, Choice):
            values[name] = parameter.values[int(rng.integers(len(parameter.values)))]
        else:
            colour = np.array(parameter.palette[int(rng.integers(len(parameter.palette)))])
            values[name] = np.clip(colour * rng.uniform(1 - parameter.jitter, 1 + parameter.jitter, 3), 0, 1).tolist()
    return values | fixed


@pytest.fixture(scope="module", params=list(ASSETS))
def drawn_models(request):
    asset = ASSETS[request.param]
    return asset, [asset.build(drawn(asset, number)) for number in range(DRAWS)]


def solid_of(model: Model) -> trimesh.Trimesh:
    """All closed parts as one mesh whose vertices are shared by place alone; what is double-sided is a sheet."""
    parts = [
        part for part in model.parts if part.name not in OPEN_PARTS and not model.materials[part.material].double_sided
    ]
    meshes = [trimesh.Trimesh(part.positions_n3, part.triangles_m3, process=False) for part in parts]
    solid = trimesh.util.concatenate(meshes)
    solid.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=6)
    return solid


def silhouette(model: Model, span_m: float) -> np.ndarray:
    """What the model covers seen along +y, 160 x 160 pixels over `span_m` metres, bool."""
    image = np.zeros((160, 160), np.uint8)
    scale = 150 / span_m
    for part in model.parts:
        x, z = part.positions_n3[:, 0] * scale + 80, 158 - part.positions_n3[:, 2] * scale
        points = np.round(np.stack([x, z], axis=1) * 16).astype(np.int32)[part.triangles_m3]
        for triangle in points:
            cv2.fillConvexPoly(image, triangle, 1, shift=4)
    return image.astype(bool)


def test_meshes_are_sound(drawn_models):
    asset, models = drawn_models
    for number, model in enumerate(models):
        for part in model.parts:
            where = f"{asset.name} {number} {part.name}"
            assert np.isfinite(part.positions_n3).all(), where
            assert np.abs(np.linalg.norm(part.normals_n3, axis=1) - 1).max() < 1e-4, where
            assert part.uvs_n2 is not None, where
            assert np.isfinite(part.uvs_n2).all(), where
            if part.colours_n4 is not None:
                assert (part.colours_n4 >= 0).all(), where
            assert part.triangles_m3.max() < len(part.positions_n3), where
            assert 0 <= part.material < len(model.materials), where
        names = [material.name for material in model.materials]
        assert len(set(names)) == len(names), f"{asset.name} {number}: slots must be unique, got {names}"


def test_triangles_run_counter_clockwise_from_outside(drawn_models):
    asset, models = drawn_models
    for number, model in enumerate(models):
        for part in model.parts:
            corners = part.positions_n3.astype(np.float64)[part.triangles_m3]
            facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            shading = part.normals_n3[part.triangles_m3].mean(axis=1)
            wrong = np.einsum("ij,ij->i", facing, shading) <= 0
            area = np.linalg.norm(facing, axis=1)
            # Slivers where two bevels meet may point anywhere.
            share = area[wrong].sum() / area.sum()
            assert share < 2e-3, f"{asset.name} {number} {part.name}: {wrong.sum()} triangles face inwards"


def test_solids_are_closed_and_hold_a_volume(drawn_models):
    asset, models = drawn_models
    if asset.name == "ground":
        assert all(np.ptp(part.positions_n3[:, 2]) == 0 for model in models for part in model.parts)
        return
    for number, model in enumerate(models):
        solid = solid_of(model)
        _, uses = np.unique(solid.edges_sorted, axis=0, return_counts=True)
        assert (uses % 2 == 0).all(), f"{asset.name} {number}: {(uses % 2).sum()} open edges"
        assert solid.volume > 0, f"{asset.name} {number}"


def test_origin_is_the_middle_of_the_base_and_sizes_are_real(drawn_models):
    asset, models = drawn_models
    longest = []
    for number, model in enumerate(models):
        low, high = model.bounds_23
        size = high - low
        assert asset.name in GROUNDS or abs(low[2]) < 1e-6, f"{asset.name} {number}: stands at {low[2]}"
        middle = (low + high)[:2] / 2
        assert (np.abs(middle) < 0.27 * max(size[:2])).all(), f"{asset.name} {number}: middle at {middle}"
        longest.append(float(size.max()))
    if asset.size_m is not None:
        assert asset.size_m / 4 < np.median(longest) < asset.size_m * 4, asset.name


def test_triangle_counts_stay_within_the_budget(drawn_models):
    asset, models = drawn_models
    counts = [model.triangle_count for model in models]
    assert max(counts) <= MOST_TRIANGLES.get(asset.name, 8000), f"{asset.name}: {max(counts)}"


def test_parts_and_keypoints_are_the_declared_ones(drawn_models):
    asset, models = drawn_models
    assert {part.name for model in models for part in model.parts} <= set(asset.parts)
    assert all(set(model.keypoints) == set(asset.keypoints) for model in models)
    assert {name for pair in asset.skeleton for name in pair} <= set(asset.keypoints)
    for turn in asset.symmetry:
        assert np.linalg.norm(turn.axis_xyz) == pytest.approx(1.0)
        assert turn.fold == 0 or turn.fold >= 2


@pytest.mark.parametrize("name", list(ASSETS))
def test_declared_parameters_are_the_ones_that_are_used(name):
    used: set[str] = set()

    class Watched(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            used.add(key)
            return super().__getitem__(key)

    asset = ASSETS[name]
    for number in range(40):
        asset.build(Watched(drawn(asset, number)))
    assert used == set(asset.parameters)


@pytest.mark.parametrize("name", list(ASSETS))
def test_same_values_make_the_same_object_without_any_cache(name):
    asset = ASSETS[name]
    params = drawn(asset, 3)
    first = asset.build(params)
    for module in [module for key, module in sys.modules.items() if key.startswith("synthvision.library.procedural")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    # The cache of the asset list itself is cleared too, which changes nothing here.
    second = asset.build(dict(reversed(params.items())))
    assert first.key == second.key
    assert first.attributes == second.attributes
    assert len(first.parts) == len(second.parts)
    for one, other in zip(first.parts, second.parts, strict=True):
        for field in ("positions_n3", "normals_n3", "uvs_n2", "triangles_m3"):
            assert np.array_equal(getattr(one, field), getattr(other, field)), field
    for one, other in zip(first.materials, second.materials, strict=True):
        for field in ("base_colour_map", "metallic_roughness_map", "normal_map"):
            maps = getattr(one, field), getattr(other, field)
            assert (maps[0] is None) == (maps[1] is None)
            if maps[0] is not None:
                assert maps[0].key == maps[1].key
                assert np.array_equal(maps[0].pixels_hwc, maps[1].pixels_hwc)


@pytest.mark.parametrize("name", OBJECTS)
def test_draws_differ_in_silhouette(name):
    asset = ASSETS[name]
    models = [asset.build(drawn(asset, number)) for number in range(6)]
    span = max(float(np.abs(model.bounds_23).max()) for model in models) * 2
    outlines = [silhouette(model, span) for model in models]
    different = [(a != b).sum() / max((a | b).sum(), 1) > 0.03 for a, b in itertools.combinations(outlines, 2)]
    assert np.mean(different) > 0.8, f"{name}: {different}"


@pytest.mark.parametrize("name", list(ASSETS))
def test_texture_keys_stand_for_content(name):
    asset = ASSETS[name]
    seen: dict[str, bytes] = {}
    for number in range(8):
        for material in asset.build(drawn(asset, number)).materials:
            for texture in (material.base_colour_map, material.metallic_roughness_map, material.normal_map):
                if texture is not None:
                    content = texture.pixels_hwc.tobytes()
                    assert seen.setdefault(texture.key, content) == content
    contents = list(seen.values())
    assert len(set(contents)) == len(contents)


@pytest.mark.parametrize("name", list(ASSETS))
def test_materials_are_physical(name):
    asset = ASSETS[name]
    for number in range(8):
        for material in asset.build(drawn(asset, number)).materials:
            assert 0 <= material.roughness <= 1
            assert 0 <= material.metallic <= 1
            assert material.ior >= 1
            assert all(0 <= channel <= 1 for channel in material.base_colour)
            if material.base_colour_map is not None:
                assert material.base_colour_map.is_srgb
            for data in (material.metallic_roughness_map, material.normal_map):
                assert data is None or not data.is_srgb
