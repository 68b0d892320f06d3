"""The scene files that ship: they read, their assets exist, their classes can be met, their scenes can be placed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthvision.core.builtin import builtin_folder
from synthvision.core.yaml_file import load_yaml
from synthvision.library.assets import AssetLibrary
from synthvision.sampling.check import check_spec
from synthvision.sampling.classes import ClassSpec
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.sampler import SceneSampler

NUMBERS = ("one", "two", "three", "four", "five", "six")
RANKS = ("nine", "ten", "jack", "queen", "king", "ace")
CLASSES = {
    "tabletop": [{"name": name, "match": {"category": name}} for name in ("bottle", "can", "mug", "bowl", "book")],
    "street_cones": [{"name": "cone", "match": {"category": "traffic_cone"}}],
    "street_weather": [
        {"name": "cone", "match": {"category": "traffic_cone"}}, {"name": "crate", "match": {"category": "crate"}}
    ],
    "dice": [{"name": name, "match": {"state": {"top_face": index}}} for index, name in enumerate(NUMBERS, 1)],
    "cards": [
        {"name": rank, "match": {"attributes": {"rank": rank}, "state": {"visible_side": "front"}}} for rank in RANKS
    ],
    "fruit_bowl": [
        {"name": name, "match": {"asset": f"*ycb_plastic_{name}"}} for name in ("apple", "banana", "lemon", "plum")
    ],
}  # fmt: skip


def load_scene(name):
    folder: Path = builtin_folder("scenes")
    return SceneSpec.model_validate(load_yaml(folder / f"{name}.yaml").data)


def classes_of(name):
    return [ClassSpec.model_validate(item) for item in CLASSES[name]]


@pytest.mark.parametrize("name", CLASSES)
def test_a_scene_file_reads_and_says_what_it_shows(name):
    spec = load_scene(name)
    assert spec.description
    assert SceneSpec.model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize("name", ["tabletop", "street_cones", "street_weather", "dice"])
def test_own_scenes_need_nothing_but_built_in_assets(name):
    assert check_spec(load_scene(name), classes_of(name), AssetLibrary.open(["builtin"])) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["cards", "fruit_bowl"])
def test_shared_scenes_find_their_assets(name):
    assert "SYNTHVISION_ASSETS" in os.environ
    assert check_spec(load_scene(name), classes_of(name), AssetLibrary.open(["builtin", "shared"])) == []


def test_dice_of_the_dice_scene_lie_flat_and_show_every_number():
    spec, library = load_scene("dice"), AssetLibrary.open(["builtin"])
    # Few dice of few kinds: how a body of many faces comes to rest takes its time to find out.
    layout = spec.tables["layout"]
    counts = zip(*(layout.columns[name] for name in ("loose", "together", "boxed")), strict=True)
    few = layout.model_copy(update={"weights": tuple(float(sum(cells) < 8) for cells in counts)})
    groups = {name: group.model_copy(update={"variants": 2}) for name, group in spec.objects.items()}
    spec = spec.model_copy(update={"tables": {"layout": few}, "objects": groups})
    sampler = SceneSampler(spec, classes_of("dice"), library, 0, size_wh=(640, 640))
    found, floors = set(), set()
    for frame in range(8):
        for item in sampler.sample(frame).objects[1:]:
            if item.asset.name != "die":
                continue
            model = library.load_model(item.asset)
            matrix = item.world_from_model
            lowest = min((part.positions_n3 @ matrix[2, :3] + matrix[2, 3]).min() for part in model.parts)
            # On the paper, or on the board of a box.
            floors.add(round(float(lowest) * 1e3, 1))
            found.add(item.category)
    assert floors <= {0.0, *(round(1.5 + 0.1 * step, 1) for step in range(11))}
    assert 0.0 in floors
    assert len(floors) > 1
    assert found == set(NUMBERS)
