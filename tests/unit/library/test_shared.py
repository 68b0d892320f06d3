"""Every file of the folder that SYNTHVISION_ASSETS names: opens, has the stated size, stands upright."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from scipy import ndimage

from synthvision.library.assets import AssetLibrary
from synthvision.library.model import EnvironmentMap, Material, Model
from synthvision.library.packs import find_pack

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def library() -> AssetLibrary:
    roots = os.environ.get("SYNTHVISION_ASSETS", "")
    assert roots, "the mark 'shared' needs SYNTHVISION_ASSETS"
    first = roots.split(os.pathsep)[0].rpartition("=")[2]
    return AssetLibrary([find_pack("shared", [f"shared={first}"])], cache_bytes=64 * 2**20)


def test_the_index_is_quick_and_whole(library):
    started = time.perf_counter()
    pack = find_pack("shared", [f"shared={library.packs[0].root}"])
    assert time.perf_counter() - started < 0.5
    kinds = [entry.kind for entry in pack.entries]
    assert kinds.count("model") == 204
    assert kinds.count("environment") == 21
    assert kinds.count("material") == 83  # 22 single pictures, 8 sets, 53 cards
    assert all(entry.licence for entry in pack.entries)
    assert {path for entry in pack.entries for path in entry.files} <= set(pack.root.rglob("*"))


def test_every_model_opens_at_its_size(library):
    for entry in library.find(kind="model"):
        model = library.load_model(entry.reference())
        assert isinstance(model, Model)
        low, high = model.bounds_23
        assert (high - low).max() == pytest.approx(entry.size_m, rel=1e-5), entry.name
        np.testing.assert_allclose([low[2], (low + high)[0], (low + high)[1]], 0, atol=1e-5 * entry.size_m)
        for part in model.parts:
            assert np.isfinite(part.positions_n3).all()
            np.testing.assert_allclose(np.linalg.norm(part.normals_n3, axis=1), 1, atol=1e-4)
            assert part.material < len(model.materials)
            if model.materials[part.material].base_colour_map is not None:
                assert part.uvs_n2 is not None, entry.name
        assert library.cached_bytes <= 64 * 2**20


def test_every_environment_and_material_opens(library):
    for entry in library.find(kind="environment"):
        environment = library.load_environment(entry.reference())
        assert isinstance(environment, EnvironmentMap)
        assert environment.radiance_hwc.shape == (512, 1024, 3)
        assert np.isfinite(environment.radiance_hwc).all()
        assert environment.radiance_hwc.min() >= 0
    for entry in library.find(kind="material"):
        material = library.load_material(entry.reference())
        assert isinstance(material, Material)
        assert material.base_colour_map is not None


def test_outdoor_maps_are_brighter_above_than_below(library):
    """Turned upside down they would not be."""
    for entry in library.find(kind="environment", tag="sun"):
        light = np.minimum(library.load_environment(entry.reference()).radiance_hwc, 20).mean(axis=(1, 2))
        assert light[:200].mean() > light[312:].mean(), entry.name


def test_the_die_shows_its_pips_where_its_states_say(library):
    """Counts the dark pips on each face of the white die through its texture coordinates."""
    model = library.load_model(library.entry("models/die/die_white").reference())
    states = {state.value: np.array(state.direction_xyz) for state in model.states}
    assert {value: tuple(direction) for value, direction in states.items()} == {
        "1": (0, 0, 1), "6": (0, 0, -1), "2": (0, -1, 0), "5": (0, 1, 0), "3": (1, 0, 0), "4": (-1, 0, 0),
    }  # fmt: skip
    (part,) = model.parts
    texture = model.materials[part.material].base_colour_map.pixels_hwc
    counted = {}
    for value, direction in states.items():
        faces = part.triangles_m3[(part.normals_n3[part.triangles_m3] @ direction).min(axis=1) > 0.99]
        uvs = part.uvs_n2[faces].reshape(-1, 2)
        low = np.floor(uvs.min(axis=0) * texture.shape[1::-1]).astype(int)
        high = np.ceil(uvs.max(axis=0) * texture.shape[1::-1]).astype(int)
        patch = texture[low[1] : high[1], low[0] : high[0]].mean(axis=2)
        _, counted[value] = ndimage.label(patch < 128)
    assert counted == {str(value): value for value in range(1, 7)}


def test_every_card_has_its_rank_and_suit(library):
    cards = library.find(kind="material", category="texture_playing_card", asset="*_of_*")
    assert len({(card.attributes["rank"], card.attributes["suit"]) for card in cards}) == 52
    assert {card.tile_m for card in cards} == {None}
